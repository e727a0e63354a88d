/* Held-out predictions against measured stimuli that changed places. Within folds neither means nor
 * deviations change, so that every correlation is one sum of products of rows. */
#include "encoding_summary_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/resampling.h>

#include <math.h>
#include <string.h>

/* Stimuli that were tested: predictions and measurements of each unit, less their means and of
 * length 1 (in each fold, and divided by the root of the number of folds; pooled: in all). */
typedef struct permutation_task {
    const encoding_units *units;
    size_t n_models;
    size_t n;
    size_t q;
    const double *predicted; /* n_models x n x q */
    const double *measured;  /* n x q */
    const bool *scored;      /* n_models x q: a unit with a score */
    double *sums;            /* workers x q */
    double *room;            /* workers x q */
    const double *observed;  /* n_models x q: of the units as they are; NULL: they are asked for */
    double *counts;          /* workers x n_models x q: permutations that reach them */
} permutation_task;

/* Values that equal the observed ones but for rounding reach them. */
static void count_units(const permutation_task *task, size_t model, const double *sums,
                        size_t worker)
{
    const double *observed = task->observed + model * task->q;
    double *counts = task->counts + (worker * task->n_models + model) * task->q;
    for (size_t j = 0; j < task->q; j++) {
        counts[j] += sums[j] >= observed[j] - 1e-12 ? 1.0 : 0.0;
    }
}

static ana_status correlate(void *user, const ana_rearranged *data, double *values)
{
    const permutation_task *task = user;
    const size_t q = task->q;
    double *sums = task->sums + data->worker * q;
    for (size_t m = 0; m < task->n_models; m++) {
        memset(sums, 0, q * sizeof *sums);
        for (size_t i = 0; i < data->n; i++) {
            const double *a = task->predicted + (m * task->n + i) * q;
            const double *b = task->measured + data->order[i] * q;
#pragma omp simd
            for (size_t j = 0; j < q; j++) {
                sums[j] += a[j] * b[j];
            }
        }
        for (size_t j = 0; j < q; j++) {
            sums[j] = task->scored[m * q + j] ? sums[j] : (double)NAN;
        }
        if (task->observed != NULL) {
            count_units(task, m, sums, data->worker);
        }
        values[m] =
            encoding_mean_of_medians(task->units, sums, NULL, task->room + data->worker * q, NULL);
    }
    return ANA_OK;
}

/* Rows of group g (all of them when `all`) of column j less their mean, of length `length`. */
static void direct(size_t n, size_t q, const size_t *group, size_t g, bool all, double length,
                   double *column)
{
    double mean = 0.0;
    double square = 0.0;
    double count = 0.0;
    for (size_t i = 0; i < n; i++) {
        const bool here = all || group[i] == g;
        mean += here ? column[i * q] : 0.0;
        count += here ? 1.0 : 0.0;
    }
    mean /= count;
    for (size_t i = 0; i < n; i++) {
        const double away = column[i * q] - mean;
        square += all || group[i] == g ? away * away : 0.0;
    }
    const double rounding = 1e-14 * fabs(mean) * sqrt(count);
    const double scale = sqrt(square) > rounding ? length / sqrt(square) : 0.0;
    for (size_t i = 0; i < n; i++) {
        if (all || group[i] == g) {
            column[i * q] = (column[i * q] - mean) * scale;
        }
    }
}

static void direct_all(const ana_encoding *encoding, size_t n, const size_t *group, double *x)
{
    const size_t q = encoding->n_units;
    const size_t n_groups = encoding->pooled ? 1 : encoding->n_folds;
    for (size_t j = 0; j < q; j++) {
        for (size_t g = 0; g < n_groups; g++) {
            direct(n, q, group, g, encoding->pooled, pow((double)n_groups, -0.5), x + j);
        }
    }
}

/* Rows of tested stimuli, with the fold of each; returns how many. */
static size_t take_tested(const ana_encoding *encoding, const double *from, size_t width,
                          const size_t *columns, size_t *group, double *to)
{
    size_t n = 0;
    const size_t q = encoding->n_units;
    for (size_t i = 0; i < encoding->n_stimuli; i++) {
        if (encoding->fold[i] < encoding->n_folds) {
            group[n] = encoding->fold[i];
            for (size_t j = 0; j < q; j++) {
                to[n * q + j] = from[i * width + (columns != NULL ? columns[j] : j)];
            }
            n++;
        }
    }
    return n;
}

/* The statistic, and the correlation of every unit (n_models x q), of the data as they are. */
static void observe(permutation_task *task, size_t *order, double *values, double *of_units)
{
    for (size_t i = 0; i < task->n; i++) {
        order[i] = i;
    }
    const ana_rearranged data = {task->n, order, NULL, 0};
    for (size_t m = 0; m < task->n_models; m++) {
        permutation_task one = *task;
        one.n_models = 1;
        one.predicted = task->predicted + m * task->n * task->q;
        one.scored = task->scored + m * task->q;
        (void)correlate(&one, &data, &values[m]);
        memcpy(of_units + m * task->q, one.sums, task->q * sizeof *of_units);
    }
}

/* p of each unit, and adjusted for the number of units of its model. */
static ana_status find_unit_p(const permutation_task *task, size_t n_seats, size_t n_permutations,
                              ana_encoding_summary *summary)
{
    ana_status status = ANA_OK;
    const size_t n = task->n_models * task->q;
    for (size_t k = 0; k < n; k++) {
        double count = 1.0;
        for (size_t seat = 0; seat < n_seats; seat++) {
            count += task->counts[seat * n + k];
        }
        summary->p_units[k] =
            task->scored[k] ? count / (1.0 + (double)n_permutations) : (double)NAN;
    }
    for (size_t m = 0; m < task->n_models; m++) {
        ANA_TRY(ana_resampling_adjust(task->q, summary->p_units + m * task->q,
                                      ANA_CORRECTION_BENJAMINI_HOCHBERG,
                                      summary->q_units + m * task->q));
    }
done:
    return status;
}

static ana_status test(permutation_task *task, const size_t *group, size_t n_seats,
                       const ana_encoding_summary_options *options, ana_encoding_summary *summary)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_resampling_options settings = ana_resampling_options_default();
    const size_t n = options->n_permutations;
    size_t *order = ana_workspace_sizes(&workspace, task->n, 1);
    double *observed = ana_workspace_doubles(&workspace, task->n_models, 1);
    double *of_units = ana_workspace_doubles(&workspace, task->n_models, task->q);
    double *null = ana_workspace_doubles(&workspace, n, task->n_models);
    bool known = true;
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
    settings.run = options->run;
    settings.n_resamples = n;
    settings.scheme = options->blocked ? ANA_SCHEME_SHIFT : ANA_SCHEME_PERMUTE;
    settings.tail = ANA_TAIL_GREATER;
    settings.groups = group;
    observe(task, order, observed, of_units);
    task->observed = of_units;
    ANA_TRY(ana_resampling_values(task->n, task->n_models, correlate, task, &settings, null));
    for (size_t m = 0; m < task->n_models; m++) {
        known = known && !isnan(observed[m]);
    }
    if (known) { /* else a model has no score at all, and the largest is not known */
        ANA_TRY(ana_resampling_p_values(n, task->n_models, observed, null, ANA_TAIL_GREATER,
                                        summary->p, summary->p_max));
    }
    ANA_TRY(find_unit_p(task, n_seats, n, summary));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status encoding_permute(const encoding_units *units, ana_encoding *const *encodings,
                            const ana_responses *target,
                            const ana_encoding_summary_options *options,
                            ana_encoding_summary *summary)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_encoding *first = encodings[0];
    const size_t most = first->n_stimuli;
    const size_t q = first->n_units;
    const size_t n_models = summary->n_models;
    const size_t n_seats = (size_t)ana_run_threads(&options->run, options->n_permutations);
    const double bytes = 8.0 * (double)(n_models + 1) * (double)most * (double)q;
    ANA_TRY(ana_run_check_memory(&options->run, bytes < 9e18 ? (size_t)bytes : SIZE_MAX,
                                 "predictions of all models"));
    size_t *group = ana_workspace_sizes(&workspace, most, 1);
    double *predicted = ana_workspace_doubles(&workspace, n_models * most, q);
    double *measured = ana_workspace_doubles(&workspace, most, q);
    bool *scored = ana_workspace_bytes(&workspace, n_models, q, sizeof *scored);
    double *sums = ana_workspace_doubles(&workspace, n_seats, q);
    double *room = ana_workspace_doubles(&workspace, n_seats, q);
    double *counts = ana_workspace_doubles(&workspace, n_seats * n_models, q);
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
    const size_t n =
        take_tested(first, target->values, target->n_units, first->unit, group, measured);
    direct_all(first, n, group, measured);
    for (size_t m = 0; m < n_models; m++) {
        double *rows = predicted + m * n * q;
        (void)take_tested(encodings[m], encodings[m]->predicted, q, NULL, group, rows);
        direct_all(encodings[m], n, group, rows);
        for (size_t j = 0; j < q; j++) {
            scored[m * q + j] = !isnan(encodings[m]->score[j]);
        }
    }
    permutation_task task = {.units = units,
                             .n_models = n_models,
                             .n = n,
                             .q = q,
                             .predicted = predicted,
                             .measured = measured,
                             .scored = scored,
                             .sums = sums,
                             .room = room,
                             .counts = counts};
    ANA_TRY(test(&task, group, n_seats, options, summary));
done:
    ana_workspace_release(&workspace);
    return status;
}
