/* How sure is a distance of shape, and could two systems be so near by chance? */
#include "pairs.h"
#include "shape_parts.h"
#include "try.h"

#include <analysis/resampling.h>

#include <math.h>
#include <string.h>

typedef struct shape_pair {
    const ana_shape_work *work;
    size_t i;
    size_t j;
    size_t *orders; /* workers x 2 x n_stimuli: places of the exchanged stimuli in a fold */
} shape_pair;

/* The distance when stimulus k of the second system is its stimulus order[k]. Exchanges stay within
 * the folds, so that what each was fitted to is the same. */
static ana_status exchanged(void *user, const ana_rearranged *data, double *value)
{
    const shape_pair *of = user;
    const ana_shape_work *work = of->work;
    const size_t n = work->n_stimuli;
    size_t *train = of->orders + data->worker * 2 * n;
    size_t *test = train + n;
    double whole = 0.0;
    double lengths[2] = {0.0, 0.0};
    for (size_t f = 0; f < work->n_folds; f++) {
        const ana_shape_split *split = &work->splits[f];
        const ana_shape_form *forms = work->forms + f * work->n_systems;
        const ana_shape_orders orders = {train, test};
        double apart = 0.0;
        for (size_t k = 0; k < split->n_train; k++) {
            const size_t s = split->train == NULL ? k : split->train[k];
            train[k] = work->place[f * n + data->order[s]];
        }
        for (size_t k = 0; k < split->n_test; k++) {
            const size_t s = split->test == NULL ? k : split->test[k];
            test[k] = work->place[f * n + data->order[s]];
        }
        ana_status status = ana_shape_fit_pair(&forms[of->i], &forms[of->j],
                                               work->options->alignment, &orders, &apart, NULL);
        if (status != ANA_OK) {
            return status;
        }
        whole += apart;
    }
    for (size_t s = 0; s < n; s++) {
        lengths[0] += work->length[of->i * n + s];
        lengths[1] += work->length[of->j * n + s];
    }
    *value = ana_shape_distance_of(work->options->distance, whole, lengths[0], lengths[1]);
    return ANA_OK;
}

/* The distance of drawn stimuli, each with its own under the alignment found. */
static ana_status drawn(void *user, const ana_rearranged *data, double *value)
{
    const shape_pair *of = user;
    const ana_shape_work *work = of->work;
    const size_t n = work->n_stimuli;
    const double *apart = work->apart + pairs_place(work->n_systems, of->i, of->j) * n;
    double sums[3] = {0.0, 0.0, 0.0};
    for (size_t k = 0; k < data->n; k++) {
        const size_t s = data->order[k];
        sums[0] += apart[s];
        sums[1] += work->length[of->i * n + s];
        sums[2] += work->length[of->j * n + s];
    }
    /* The jackknife's data have fewer stimuli. */
    const double scale = (double)n / (double)data->n;
    *value = ana_shape_distance_of(work->options->distance, scale * sums[0], scale * sums[1],
                                   scale * sums[2]);
    return ANA_OK;
}

static ana_resampling_options settings_of(const ana_shape_work *work, size_t n)
{
    ana_resampling_options settings = ana_resampling_options_default();
    settings.run = work->options->run;
    settings.n_resamples = n;
    settings.level = work->options->level;
    settings.tail = ANA_TAIL_LESS;
    settings.groups = work->fold;
    return settings;
}

static ana_status find_interval(shape_pair *of, double *low, double *high)
{
    ana_bootstrap *bootstrap = NULL;
    ana_resampling_options settings = settings_of(of->work, of->work->options->n_bootstraps);
    settings.groups = NULL;
    ana_status status =
        ana_resampling_bootstrap(of->work->n_stimuli, 1, drawn, of, &settings, &bootstrap);
    if (status == ANA_ERR_NUMERIC) { /* every draw the same: percentiles */
        settings.bca = false;
        status = ana_resampling_bootstrap(of->work->n_stimuli, 1, drawn, of, &settings, &bootstrap);
    }
    if (status == ANA_OK) {
        *low = bootstrap->low[0];
        *high = bootstrap->high[0];
    }
    ana_bootstrap_free(bootstrap);
    return status;
}

static ana_status find_chance(shape_pair *of, double *p)
{
    ana_resampling_test_result *test = NULL;
    const ana_resampling_options settings =
        settings_of(of->work, of->work->options->n_permutations);
    ana_status status =
        ana_resampling_test(of->work->n_stimuli, 1, exchanged, of, &settings, &test);
    if (status == ANA_OK) {
        *p = test->p[0];
    }
    ana_resampling_test_free(test);
    return status;
}

static void mirror(size_t n, double *square)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            square[j * n + i] = square[i * n + j];
        }
    }
}

/* The upper triangle after Holm; the diagonal and what was not tested stay NaN. */
static ana_status adjust(ana_shapes *shapes)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = shapes->n_systems;
    double *p = ana_workspace_doubles(&workspace, pairs_count(n), 1);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    for (size_t i = 0; i < n; i++) {
        memcpy(p + (i + 1 < n ? pairs_place(n, i, i + 1) : 0), shapes->p + i * n + i + 1,
               (n - i - 1) * sizeof *p);
    }
    ANA_TRY(ana_resampling_adjust(pairs_count(n), p, ANA_CORRECTION_HOLM, p));
    for (size_t i = 0; i + 1 < n; i++) {
        memcpy(shapes->p_adjusted + i * n + i + 1, p + pairs_place(n, i, i + 1),
               (n - i - 1) * sizeof *p);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_shapes_infer(const ana_shape_work *work, ana_shapes *shapes)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = work->n_systems;
    const ana_shape_options *options = work->options;
    const size_t n_workers = (size_t)ana_run_threads(&options->run, options->n_permutations);
    shape_pair of = {.work = work};
    of.orders = ana_workspace_sizes(&workspace, 2 * n_workers, work->n_stimuli);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    for (size_t k = 0; k < n * n; k++) {
        of.i = k / n;
        of.j = k % n;
        if (of.i < of.j && options->n_bootstraps > 0) {
            ANA_TRY(find_interval(&of, &shapes->low[k], &shapes->high[k]));
        }
        if (of.i < of.j && options->n_permutations > 0) {
            ANA_TRY(find_chance(&of, &shapes->p[k]));
        }
    }
    if (options->n_permutations > 0) {
        ANA_TRY(adjust(shapes));
    }
    mirror(n, shapes->low);
    mirror(n, shapes->high);
    mirror(n, shapes->p);
    mirror(n, shapes->p_adjusted);
done:
    ana_workspace_release(&workspace);
    return status;
}
