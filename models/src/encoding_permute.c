/* Held-out predictions against measured stimuli that changed places. Within folds neither means nor
 * deviations change, so that every correlation is one sum of products of rows. Of repeated folds
 * the first repeat is tested: the others predict the same stimuli, and an exchange within the folds
 * of one is none within the folds of another. */
#include "encoding_summary_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/resampling.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Stimuli that were tested: predictions and measurements of each unit, less their means and of
 * length 1 (in each fold, and divided by the root of the number of folds; pooled: in all). */
typedef struct permutation_task {
    const encoding_units *units;
    size_t n_models;
    size_t n;
    size_t q;
    size_t n_blocks;
    const size_t *start;     /* n_blocks + 1: rows of the stimuli that change places as one */
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

/* sums (q) += products of rows, n numbers in all. */
static void add_products(size_t n, size_t q, const double *a, const double *b, double *sums)
{
    for (size_t i = 0; i < n; i += q) {
#pragma omp simd
        for (size_t j = 0; j < q; j++) {
            sums[j] += a[i + j] * b[i + j];
        }
    }
}

static ana_status correlate(void *user, const ana_rearranged *data, double *values)
{
    const permutation_task *task = user;
    const size_t q = task->q;
    double *sums = task->sums + data->worker * q;
    for (size_t m = 0; m < task->n_models; m++) {
        memset(sums, 0, q * sizeof *sums);
        for (size_t k = 0; k < data->n; k++) {
            const size_t first = task->start[k];
            add_products((task->start[k + 1] - first) * q, q,
                         task->predicted + (m * task->n + first) * q,
                         task->measured + task->start[data->order[k]] * q, sums);
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

/* Folds of the first repeat stand first. */
static size_t count_folds(size_t n, const size_t *group)
{
    size_t last = 0;
    for (size_t i = 0; i < n; i++) {
        last = group[i] > last ? group[i] : last;
    }
    return last + 1;
}

static void direct_all(const ana_encoding *encoding, size_t n, const size_t *group, double *x)
{
    const size_t q = encoding->n_units;
    const size_t n_groups = encoding->pooled ? 1 : count_folds(n, group);
    for (size_t j = 0; j < q; j++) {
        for (size_t g = 0; g < n_groups; g++) {
            direct(n, q, group, g, encoding->pooled, pow((double)n_groups, -0.5), x + j);
        }
    }
}

/* A tested stimulus, in the order of blocks. */
typedef struct tested_stimulus {
    size_t fold;
    size_t group;
    size_t row;
} tested_stimulus;

static int compare_stimuli(const void *left, const void *right)
{
    const tested_stimulus *a = left;
    const tested_stimulus *b = right;
    const size_t x[] = {a->fold, a->group, a->row};
    const size_t y[] = {b->fold, b->group, b->row};
    for (size_t k = 0; k < 3; k++) {
        if (x[k] != y[k]) {
            return x[k] < y[k] ? -1 : 1;
        }
    }
    return 0;
}

/* Stimuli that were tested, and which of them change places as one. */
typedef struct tested_blocks {
    size_t n; /* stimuli */
    tested_stimulus *stimuli;
    size_t *fold; /* n */
    size_t n_blocks;
    size_t *start; /* n_blocks + 1 */
    size_t *kind;  /* n_blocks: the same for blocks of one size in one fold */
    size_t n_exchanged;
} tested_blocks;

/* Blocks of one fold stand together: a kind is the first of its size among them. */
static void find_kinds(size_t *members, tested_blocks *out)
{
    size_t first = 0;
    for (size_t b = 0; b < out->n_blocks; b++) {
        const size_t size = out->start[b + 1] - out->start[b];
        first = out->fold[out->start[first]] == out->fold[out->start[b]] ? first : b;
        size_t kind = first;
        while (out->start[kind + 1] - out->start[kind] != size) {
            kind++;
        }
        out->kind[b] = kind;
        members[kind]++;
    }
    for (size_t b = 0; b < out->n_blocks; b++) {
        const size_t size = out->start[b + 1] - out->start[b];
        out->n_exchanged += members[out->kind[b]] > 1 ? size : 0;
    }
}

static ana_status find_blocks(const ana_encoding *encoding, const size_t *groups,
                              ana_workspace *workspace, tested_blocks *out)
{
    ana_status status = ANA_OK;
    const size_t most = encoding->n_stimuli;
    out->stimuli = ana_workspace_bytes(workspace, most, 1, sizeof *out->stimuli);
    out->fold = ana_workspace_sizes(workspace, most, 1);
    out->start = ana_workspace_sizes(workspace, most + 1, 1);
    out->kind = ana_workspace_sizes(workspace, most, 1);
    size_t *members = ana_workspace_sizes(workspace, most, 1);
    ANA_TRY(ana_workspace_check(workspace, "encoding"));
    for (size_t i = 0; i < most; i++) {
        if (encoding->fold[i] < encoding->n_folds) {
            out->stimuli[out->n++] =
                (tested_stimulus){encoding->fold[i], groups != NULL ? groups[i] : i, i};
        }
    }
    qsort(out->stimuli, out->n, sizeof *out->stimuli, compare_stimuli);
    for (size_t i = 0; i < out->n; i++) {
        const tested_stimulus *s = &out->stimuli[i];
        const bool same = i > 0 && s[-1].fold == s->fold && s[-1].group == s->group;
        out->fold[i] = s->fold;
        if (!same) {
            out->start[out->n_blocks++] = i;
        }
    }
    out->start[out->n_blocks] = out->n;
    find_kinds(members, out);
done:
    return status;
}

/* Rows of tested stimuli, block by block. */
static void take_tested(const tested_blocks *blocks, size_t q, const double *from, size_t width,
                        const size_t *columns, double *to)
{
    for (size_t n = 0; n < blocks->n; n++) {
        const double *row = from + blocks->stimuli[n].row * width;
        for (size_t j = 0; j < q; j++) {
            to[n * q + j] = row[columns != NULL ? columns[j] : j];
        }
    }
}

/* The statistic, and the correlation of every unit (n_models x q), of the data as they are. */
static void observe(permutation_task *task, size_t *order, double *values, double *of_units)
{
    for (size_t k = 0; k < task->n_blocks; k++) {
        order[k] = k;
    }
    const ana_rearranged data = {task->n_blocks, order, NULL, 0};
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

static ana_status test(permutation_task *task, const size_t *kind, size_t n_seats,
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
    settings.groups = kind;
    observe(task, order, observed, of_units);
    task->observed = of_units;
    ANA_TRY(
        ana_resampling_values(task->n_blocks, task->n_models, correlate, task, &settings, null));
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
    tested_blocks blocks = {0};
    const ana_encoding *first = encodings[0];
    const size_t most = first->n_stimuli;
    const size_t q = first->n_units;
    const size_t n_models = summary->n_models;
    const size_t n_seats = (size_t)ana_run_threads(&options->run, options->n_permutations);
    const double bytes = 8.0 * (double)(n_models + 1) * (double)most * (double)q;
    ANA_TRY(ana_run_check_memory(&options->run, bytes < 9e18 ? (size_t)bytes : SIZE_MAX,
                                 "predictions of all models"));
    double *predicted = ana_workspace_doubles(&workspace, n_models * most, q);
    double *measured = ana_workspace_doubles(&workspace, most, q);
    bool *scored = ana_workspace_bytes(&workspace, n_models, q, sizeof *scored);
    double *sums = ana_workspace_doubles(&workspace, n_seats, q);
    double *room = ana_workspace_doubles(&workspace, n_seats, q);
    double *counts = ana_workspace_doubles(&workspace, n_seats * n_models, q);
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
    ANA_TRY(find_blocks(first, options->groups, &workspace, &blocks));
    const size_t n = blocks.n;
    summary->n_exchanged = blocks.n_exchanged;
    if (n > 0 && blocks.n_exchanged == 0) {
        ana_warn(&options->run,
                 "no two groups of stimuli have the same size in one fold, so that "
                 "none can change places: no p (fewer folds may bring some together)");
        goto done;
    }
    take_tested(&blocks, q, target->values, target->n_units, first->unit, measured);
    direct_all(first, n, blocks.fold, measured);
    for (size_t m = 0; m < n_models; m++) {
        double *rows = predicted + m * n * q;
        take_tested(&blocks, q, encodings[m]->predicted, q, NULL, rows);
        direct_all(encodings[m], n, blocks.fold, rows);
        for (size_t j = 0; j < q; j++) {
            scored[m * q + j] = !isnan(encodings[m]->score[j]);
        }
    }
    permutation_task task = {.units = units,
                             .n_models = n_models,
                             .n = n,
                             .q = q,
                             .n_blocks = blocks.n_blocks,
                             .start = blocks.start,
                             .predicted = predicted,
                             .measured = measured,
                             .scored = scored,
                             .sums = sums,
                             .room = room,
                             .counts = counts};
    ANA_TRY(test(&task, blocks.kind, n_seats, options, summary));
done:
    ana_workspace_release(&workspace);
    return status;
}
