/* Task-related components of steady-state responses. */
#include "dense.h"
#include "labelled_signals.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/steady_state.h>

#include <math.h>
#include <string.h>

/* One band of one class. */
typedef struct component_job {
    const ana_labelled_signals *known;
    size_t c;
    size_t first;     /* row of the band's first channel */
    size_t n;         /* channels of the band */
    double *centred;  /* n x n_times */
    double *gram;     /* n x n */
    double *sum;      /* n x n_times: of the class's trials */
    double *products; /* n x n: sum of X X' */
    double *values;   /* n */
    double *vectors;  /* n x n */
} component_job;

static void centre_row(size_t n_times, const double *from, double *to)
{
    double mean = 0.0;
    for (size_t t = 0; t < n_times; t++) {
        mean += from[t] / (double)n_times;
    }
    for (size_t t = 0; t < n_times; t++) {
        to[t] = from[t] - mean;
    }
}

/* The sums over the class's trials; returns their number in *n_own. */
static ana_status gather(component_job *job, double *n_own)
{
    ana_status status = ANA_OK;
    const ana_labelled_signals *known = job->known;
    const size_t n_times = known->n_times;
    memset(job->sum, 0, job->n * n_times * sizeof *job->sum);
    memset(job->products, 0, job->n * job->n * sizeof *job->products);
    *n_own = 0.0;
    for (size_t i = 0; i < known->n_trials && status == ANA_OK; i++) {
        if (known->classes[i] != job->c) {
            continue;
        }
        for (size_t row = 0; row < job->n; row++) {
            centre_row(n_times, known->values + (i * known->n + job->first + row) * n_times,
                       job->centred + row * n_times);
        }
        status = ana_linalg_gram_rows(job->n, n_times, job->centred, job->gram);
        for (size_t e = 0; e < job->n * n_times; e++) {
            job->sum[e] += job->centred[e];
        }
        for (size_t e = 0; e < job->n * job->n; e++) {
            job->products[e] += job->gram[e];
        }
        *n_own += 1.0;
    }
    return status;
}

/* filter (n, out) and templates (n x n_times, out) of the job's class and band. The sum over pairs
 * of different trials is that over all pairs, (sum X)(sum X)', less Q. */
static ana_status fit_band(component_job *job, double *filter, double *templates)
{
    ana_status status = ANA_OK;
    const size_t n = job->n;
    const size_t n_times = job->known->n_times;
    double n_own = 0.0;
    ANA_TRY(gather(job, &n_own));
    if (n_own < 2.0) {
        return ana_fail(ANA_ERR_VALUE, "trca: class %zu has one trial; two of each are needed",
                        job->c);
    }
    ANA_TRY(ana_linalg_gram_rows(n, n_times, job->sum, job->gram));
    for (size_t e = 0; e < n * n; e++) {
        job->gram[e] -= job->products[e];
    }
    status = ana_linalg_eigen_generalised(n, job->gram, job->products, job->values, job->vectors);
    if (status == ANA_ERR_NUMERIC) {
        status = ana_fail(ANA_ERR_NUMERIC,
                          "trca: the covariance of %zu channels is singular, as that of "
                          "average-referenced channels is; take fewer of them",
                          n);
    }
    ANA_TRY(status);
    const double *best = job->vectors + (n - 1) * n;
    const double length = sqrt(ana_dot(n, best, best));
    for (size_t j = 0; j < n; j++) {
        filter[j] = best[j] / length;
    }
    for (size_t e = 0; e < n * n_times; e++) {
        templates[e] = job->sum[e] / n_own;
    }
done:
    return status;
}

static ana_status check_bands(size_t n, size_t n_bands)
{
    if (n_bands == 0 || n == 0 || n % n_bands != 0) {
        return ana_fail(ANA_ERR_VALUE, "trca: %zu rows are not %zu bands of equal size", n,
                        n_bands);
    }
    return ANA_OK;
}

ana_status ana_task_components_fit(const ana_labelled_signals *known, size_t n_bands,
                                   double *filters, double *templates)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_times = known->n_times;
    const size_t n = n_bands > 0 ? known->n / n_bands : known->n;
    component_job job = {.known = known,
                         .n = n,
                         .centred = ana_workspace_doubles(&workspace, n, n_times),
                         .gram = ana_workspace_doubles(&workspace, n, n),
                         .sum = ana_workspace_doubles(&workspace, n, n_times),
                         .products = ana_workspace_doubles(&workspace, n, n),
                         .values = ana_workspace_doubles(&workspace, n, 1),
                         .vectors = ana_workspace_doubles(&workspace, n, n)};
    ANA_TRY(ana_workspace_check(&workspace, "trca"));
    ANA_TRY(check_bands(known->n, n_bands));
    ANA_TRY(labelled_signals_check(known, "trca"));
    for (job.c = 0; job.c < known->n_classes; job.c++) {
        for (job.first = 0; job.first < known->n; job.first += n) {
            const size_t row = job.c * known->n + job.first;
            ANA_TRY(fit_band(&job, filters + row, templates + row * n_times));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Sums of a filtered trial and template: with one mean over all filters, as of matrices. */
typedef struct likeness {
    double n;
    double a;
    double b;
    double aa;
    double bb;
    double ab;
} likeness;

static void add_likeness(size_t n, const double *a, const double *b, likeness *sums)
{
    for (size_t t = 0; t < n; t++) {
        sums->a += a[t];
        sums->b += b[t];
        sums->aa += a[t] * a[t];
        sums->bb += b[t] * b[t];
        sums->ab += a[t] * b[t];
    }
    sums->n += (double)n;
}

static double correlation_of(const likeness *sums)
{
    const double aa = sums->aa - sums->a * sums->a / sums->n;
    const double bb = sums->bb - sums->b * sums->b / sums->n;
    const double ab = sums->ab - sums->a * sums->b / sums->n;
    return aa > 0.0 && bb > 0.0 ? ab / sqrt(aa * bb) : 0.0;
}

/* A trial (rows of one band, about their means) against class c. */
typedef struct comparison {
    const ana_task_components *components;
    size_t n;     /* rows of the band */
    size_t n_all; /* rows of all bands */
    size_t first; /* of the band */
    size_t n_times;
    const double *centred; /* n x n_times */
    double *a;             /* n_times */
    double *b;
} comparison;

static ana_status compare(const comparison *at, size_t c, double *score)
{
    ana_status status = ANA_OK;
    const ana_task_components *components = at->components;
    const double *template = components->templates + (c * at->n_all + at->first) * at->n_times;
    const size_t from = components->ensemble ? 0 : c;
    const size_t to = components->ensemble ? components->n_classes : c + 1;
    likeness sums = {0};
    for (size_t k = from; k < to; k++) {
        const double *filter = components->filters + k * at->n_all + at->first;
        ANA_TRY(ana_linalg_apply(at->n, at->n_times, at->centred, true, filter, at->a));
        ANA_TRY(ana_linalg_apply(at->n, at->n_times, template, true, filter, at->b));
        add_likeness(at->n_times, at->a, at->b, &sums);
    }
    const size_t band = at->first / at->n + 1;
    *score += (pow((double)band, -1.25) + 0.25) * correlation_of(&sums);
done:
    return status;
}

ana_status ana_task_components_scores(const ana_labelled_signals *trials,
                                      const ana_task_components *components, double *scores)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_times = trials->n_times;
    const size_t n = components->n_bands > 0 ? trials->n / components->n_bands : trials->n;
    double *centred = ana_workspace_doubles(&workspace, n, n_times);
    comparison at = {.components = components,
                     .n = n,
                     .n_all = trials->n,
                     .n_times = n_times,
                     .centred = centred,
                     .a = ana_workspace_doubles(&workspace, n_times, 1),
                     .b = ana_workspace_doubles(&workspace, n_times, 1)};
    ANA_TRY(ana_workspace_check(&workspace, "trca"));
    ANA_TRY(check_bands(trials->n, components->n_bands));
    memset(scores, 0, trials->n_trials * components->n_classes * sizeof *scores);
    for (size_t i = 0; i < trials->n_trials; i++) {
        for (at.first = 0; at.first < trials->n; at.first += n) {
            for (size_t row = 0; row < n; row++) {
                centre_row(n_times, trials->values + (i * trials->n + at.first + row) * n_times,
                           centred + row * n_times);
            }
            for (size_t c = 0; c < components->n_classes; c++) {
                ANA_TRY(compare(&at, c, scores + i * components->n_classes + c));
            }
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
