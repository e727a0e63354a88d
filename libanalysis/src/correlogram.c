#include "memory.h"
#include "order.h"
#include "stretches.h"
#include "try.h"
#include "workspace.h"

#include <analysis/correlogram.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

ana_correlogram_options ana_correlogram_options_default(void)
{
    ana_correlogram_options options = {
        .run = ana_run_default(),
        .bin_s = 0.001,
        .max_lag_s = 0.05,
        .correction = ANA_CORRELOGRAM_PLAIN,
        .jitter_s = 0.02,
        .n_surrogates = 100,
        .border = false,
    };
    return options;
}

static const char *const corrections[] = {"plain", "shift", "shuffle", "jitter", NULL};

const ana_option ana_correlogram_option_table[] = {
    {"correlogram-bin", ANA_OPTION_DOUBLE, offsetof(ana_correlogram_options, bin_s), 1e-9, 1e6,
     NULL, "SECONDS", "width of a bin of lags", false},
    {"max-lag", ANA_OPTION_DOUBLE, offsetof(ana_correlogram_options, max_lag_s), 0.0, 1e6, NULL,
     "SECONDS", "centre of the last bin of lags", false},
    {"correction", ANA_OPTION_CHOICE, offsetof(ana_correlogram_options, correction), 0, 0,
     corrections, "METHOD", "what chance gives is estimated by this and shown beside the counts",
     false},
    {"jitter", ANA_OPTION_DOUBLE, offsetof(ana_correlogram_options, jitter_s), 1e-9, 1e6, NULL,
     "SECONDS", "window within which jittered spikes are drawn anew", false},
    {"surrogates", ANA_OPTION_SIZE, offsetof(ana_correlogram_options, n_surrogates), 1, 100000,
     NULL, "N", "jittered surrogates", false},
    {"border", ANA_OPTION_BOOL, offsetof(ana_correlogram_options, border), 0, 0, NULL, NULL,
     "weigh each lag by the time in which a pair of that lag fits", false},
    ANA_OPTION_END,
};

void ana_correlogram_free(ana_correlogram *correlogram)
{
    if (correlogram == NULL) {
        return;
    }
    free(correlogram->lag);
    free(correlogram->count);
    free(correlogram->predictor);
    free(correlogram->low);
    free(correlogram->high);
    free(correlogram);
}

/* Two trains cut into stretches. Times count from the start of each, so that trials can be held
 * against one another; stretch i of the reference has its spikes at reference[reference_row[i]] ...
 */
typedef struct cut_trains {
    size_t n;
    double *start;
    double *length;
    size_t *reference_row;
    double *reference;
    size_t *target_row;
    double *target;
    bool same; /* one unit against itself */
} cut_trains;

/* Place of lags in bins. */
typedef struct lag_axis {
    size_t n;
    double furthest; /* outer edge of the bins */
    double scale;    /* bins per second */
} lag_axis;

/* Count the pairs of two pieces of train. With `same` both are one piece, and no spike is paired
 * with itself. */
static void count_pairs(const lag_axis *axis, size_t n_reference, const double *reference,
                        size_t n_target, const double *target, bool same, double *count)
{
    size_t first = 0;
    for (size_t i = 0; i < n_reference; i++) {
        double from = reference[i] - axis->furthest;
        while (first < n_target && (target[first] - from) * axis->scale + 1e-8 < 0.0) {
            first++;
        }
        for (size_t j = first; j < n_target; j++) {
            double place = (target[j] - from) * axis->scale + 1e-8;
            if (!(place < (double)axis->n)) {
                break;
            }
            count[(size_t)place] += same && i == j ? 0.0 : 1.0;
        }
    }
}

/* Reference of stretch i against target of stretch (i + step) % n, summed over i. */
static void count_stretches(const cut_trains *trains, const lag_axis *axis, size_t step,
                            double *count)
{
    for (size_t i = 0; i < trains->n; i++) {
        size_t other = (i + step) % trains->n;
        const size_t *r = trains->reference_row + i;
        const size_t *t = trains->target_row + other;
        count_pairs(axis, r[1] - r[0], trains->reference + r[0], t[1] - t[0], trains->target + t[0],
                    trains->same && step == 0, count);
    }
}

/* All trials against all others: the pooled trains against each other, less each trial against
 * itself, a share of n - 1. */
static ana_status count_shuffled(const cut_trains *trains, const lag_axis *axis, double *count)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t n_reference = trains->reference_row[trains->n];
    size_t n_target = trains->target_row[trains->n];
    double *reference = ana_workspace_doubles(&workspace, n_reference, 1);
    double *target = ana_workspace_doubles(&workspace, n_target, 1);
    double *within = ana_workspace_doubles(&workspace, axis->n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "correlogram"));
    memcpy(reference, trains->reference, n_reference * sizeof *reference);
    memcpy(target, trains->target, n_target * sizeof *target);
    qsort(reference, n_reference, sizeof *reference, ana_compare_doubles);
    qsort(target, n_target, sizeof *target, ana_compare_doubles);
    count_pairs(axis, n_reference, reference, n_target, target, false, count);
    cut_trains with_itself = *trains;
    with_itself.same = false;
    count_stretches(&with_itself, axis, 0, within);
    for (size_t k = 0; k < axis->n; k++) {
        count[k] = (count[k] - within[k]) / (double)(trains->n - 1);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Draw each spike anew within its window; the times of a window are put back in order. */
static void jitter_train(size_t n, const double *times, double length, double window,
                         ana_random *random, double *out)
{
    for (size_t i = 0; i < n; i++) {
        double start = floor(times[i] / window) * window;
        double stop = fmin(start + window, length);
        double drawn = start + ana_random_uniform(random) * (stop - start);
        size_t place = i;
        while (place > 0 && out[place - 1] > drawn) {
            out[place] = out[place - 1];
            place--;
        }
        out[place] = drawn;
    }
}

static void count_jittered(const cut_trains *trains, const lag_axis *axis,
                           const ana_correlogram_options *options, size_t surrogate,
                           double *jittered, double *count)
{
    ana_random random = ana_random_stream(options->run.seed, "correlogram.jitter", surrogate);
    for (size_t i = 0; i < trains->n; i++) {
        const size_t *row = trains->target_row + i;
        jitter_train(row[1] - row[0], trains->target + row[0], trains->length[i], options->jitter_s,
                     &random, jittered + row[0]);
    }
    cut_trains surrogates = *trains;
    surrogates.target = jittered;
    surrogates.same = false;
    count_stretches(&surrogates, axis, 0, count);
}

/* Mean and 95 % band of the surrogates, lag by lag. */
static ana_status predict_by_jitter(const cut_trains *trains, const lag_axis *axis,
                                    const ana_correlogram_options *options, ana_correlogram *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = options->n_surrogates;
    const size_t n_target = trains->target_row[trains->n];
    const int n_threads = ana_run_threads(&options->run, n);
    double *counts = ana_workspace_doubles(&workspace, n, axis->n);
    double *room = ana_workspace_doubles(&workspace, (size_t)n_threads, n_target);
    double *values = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "correlogram"));
#pragma omp parallel for default(none) shared(trains, axis, options, counts, room, n, n_target)    \
    num_threads(n_threads) schedule(static)
    for (size_t i = 0; i < n; i++) {
        count_jittered(trains, axis, options, i, room + (size_t)omp_get_thread_num() * n_target,
                       counts + i * axis->n);
    }
    for (size_t k = 0; k < axis->n; k++) {
        for (size_t i = 0; i < n; i++) {
            values[i] = counts[i * axis->n + k];
        }
        out->predictor[k] = ana_stats_mean(n, values);
        out->low[k] = ana_stats_quantile_in_place(n, values, 0.025);
        out->high[k] = ana_stats_quantile_in_place(n, values, 0.975);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Copy the spikes of one unit in each stretch, counted from its start. `times` NULL: only count. */
static void cut_train(const ana_spikes *spikes, size_t unit, const cut_trains *trains,
                      const double *stop, size_t *row, double *times)
{
    const double *train = spikes->times + spikes->unit_start[unit];
    for (size_t i = 0; i < trains->n; i++) {
        size_t first = 0;
        size_t n = ana_stretch_spikes(spikes, unit, trains->start[i], stop[i], &first);
        row[i + 1] = row[i] + n;
        for (size_t k = 0; times != NULL && k < n; k++) {
            times[row[i] + k] = train[first + k] - trains->start[i];
        }
    }
}

/* The stretches: what both units were observed, or the trials that lie within that. */
static size_t find_stretches(const ana_intervals *trials, size_t n_common, const double *common[2],
                             double *start, double *stop)
{
    size_t n = 0;
    if (trials == NULL) {
        memcpy(start, common[0], n_common * sizeof *start);
        memcpy(stop, common[1], n_common * sizeof *stop);
        return n_common;
    }
    for (size_t i = 0; i < trials->n; i++) {
        for (size_t j = 0; j < n_common; j++) {
            if (trials->start[i] >= common[0][j] && trials->stop[i] <= common[1][j] &&
                trials->start[i] < trials->stop[i]) {
                start[n] = trials->start[i];
                stop[n++] = trials->stop[i];
            }
        }
    }
    return n;
}

static ana_status cut(const ana_spikes *spikes, const size_t units[2], const ana_intervals *trials,
                      ana_workspace *workspace, cut_trains *trains)
{
    ana_status status = ANA_OK;
    size_t most = ana_stretches_most(spikes, units[0], units[1]);
    double *common_start = ana_workspace_doubles(workspace, most, 1);
    double *common_stop = ana_workspace_doubles(workspace, most, 1);
    ANA_TRY(ana_workspace_check(workspace, "correlogram"));
    size_t n_common = ana_stretches_common(spikes, units[0], units[1], common_start, common_stop);
    size_t n_most = trials != NULL ? trials->n : n_common;
    double *stop = ana_workspace_doubles(workspace, n_most, 1);
    trains->start = ana_workspace_doubles(workspace, n_most, 1);
    trains->length = ana_workspace_doubles(workspace, n_most, 1);
    trains->reference_row = ana_workspace_sizes(workspace, n_most + 1, 1);
    trains->target_row = ana_workspace_sizes(workspace, n_most + 1, 1);
    ANA_TRY(ana_workspace_check(workspace, "correlogram"));
    const double *common[2] = {common_start, common_stop};
    trains->n = find_stretches(trials, n_common, common, trains->start, stop);
    trains->same = units[0] == units[1];
    for (size_t i = 0; i < trains->n; i++) {
        trains->length[i] = stop[i] - trains->start[i];
    }
    cut_train(spikes, units[0], trains, stop, trains->reference_row, NULL);
    cut_train(spikes, units[1], trains, stop, trains->target_row, NULL);
    trains->reference = ana_workspace_doubles(workspace, trains->reference_row[trains->n], 1);
    trains->target = ana_workspace_doubles(workspace, trains->target_row[trains->n], 1);
    ANA_TRY(ana_workspace_check(workspace, "correlogram"));
    cut_train(spikes, units[0], trains, stop, trains->reference_row, trains->reference);
    cut_train(spikes, units[1], trains, stop, trains->target_row, trains->target);
done:
    return status;
}

static ana_status check_stretches(const cut_trains *trains, const ana_intervals *trials,
                                  const ana_correlogram_options *options)
{
    bool by_trial = options->correction == ANA_CORRELOGRAM_SHIFT ||
                    options->correction == ANA_CORRELOGRAM_SHUFFLE;
    if (by_trial && (trials == NULL || trains->n < 2)) {
        return ana_fail(ANA_ERR_VALUE,
                        "correlogram: correction %s needs two trials at least in which both units "
                        "were observed; there are %zu",
                        corrections[options->correction], trials != NULL ? trains->n : 0);
    }
    if (trains->n == 0) {
        return ana_fail(ANA_ERR_VALUE, "correlogram: the units were never observed together");
    }
    return ANA_OK;
}

static ana_status allocate_correlogram(const ana_correlogram_options *options, ana_correlogram *out)
{
    ana_status status = ANA_OK;
    size_t n = out->n_lags;
    size_t size = sizeof(double);
    ANA_TRY(ana_allocate(n, size, "correlogram", &out->lag));
    ANA_TRY(ana_allocate(n, size, "correlogram", &out->count));
    if (options->correction != ANA_CORRELOGRAM_PLAIN) {
        ANA_TRY(ana_allocate(n, size, "correlogram", &out->predictor));
    }
    if (options->correction == ANA_CORRELOGRAM_JITTER) {
        ANA_TRY(ana_allocate(n, size, "correlogram", &out->low));
        ANA_TRY(ana_allocate(n, size, "correlogram", &out->high));
    }
done:
    return status;
}

static ana_status predict(const cut_trains *trains, const lag_axis *axis,
                          const ana_correlogram_options *options, ana_correlogram *out)
{
    switch (options->correction) {
    case ANA_CORRELOGRAM_SHIFT:
        count_stretches(trains, axis, 1, out->predictor);
        break;
    case ANA_CORRELOGRAM_SHUFFLE:
        return count_shuffled(trains, axis, out->predictor);
    case ANA_CORRELOGRAM_JITTER:
        return predict_by_jitter(trains, axis, options, out);
    case ANA_CORRELOGRAM_PLAIN:
        break;
    }
    return ANA_OK;
}

/* The whole time over the time in which a pair of that lag fits; 1 where none fits. */
static double border_weight(const cut_trains *trains, double lag)
{
    double all = 0.0;
    double fits = 0.0;
    for (size_t i = 0; i < trains->n; i++) {
        all += trains->length[i];
        fits += fmax(trains->length[i] - fabs(lag), 0.0);
    }
    return fits > 0.0 ? all / fits : 1.0;
}

static void describe(const cut_trains *trains, const ana_correlogram_options *options,
                     ana_correlogram *out)
{
    size_t n_side = out->n_lags / 2;
    out->bin_s = options->bin_s;
    out->n_reference = trains->reference_row[trains->n];
    out->n_target = trains->target_row[trains->n];
    out->n_stretches = trains->n;
    for (size_t i = 0; i < trains->n; i++) {
        out->observed_s += trains->length[i];
    }
    double *const arrays[] = {out->count, out->predictor, out->low, out->high};
    for (size_t k = 0; k < out->n_lags; k++) {
        out->lag[k] = ((double)k - (double)n_side) * options->bin_s;
        double weight = options->border ? border_weight(trains, out->lag[k]) : 1.0;
        for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
            if (arrays[i] != NULL) {
                arrays[i][k] *= weight;
            }
        }
    }
}

ana_status ana_correlogram_compute(const ana_spikes *spikes, size_t reference, size_t target,
                                   const ana_intervals *trials,
                                   const ana_correlogram_options *options, ana_correlogram **out)
{
    ana_status status = ANA_OK;
    const ana_correlogram_options defaults = ana_correlogram_options_default();
    options = options != NULL ? options : &defaults;
    ana_workspace workspace = {0};
    ana_correlogram *correlogram = NULL;
    cut_trains trains = {0};
    ANA_TRY(ana_options_check(ana_correlogram_option_table, options, "correlogram"));
    double n_side = floor(options->max_lag_s / options->bin_s + 0.5);
    if (n_side > 1e7) {
        return ana_fail(ANA_ERR_VALUE, "correlogram: more than 10 million bins up to max-lag");
    }
    ANA_TRY(cut(spikes, (const size_t[]){reference, target}, trials, &workspace, &trains));
    ANA_TRY(check_stretches(&trains, trials, options));
    ANA_TRY(ana_allocate(1, sizeof *correlogram, "correlogram", &correlogram));
    correlogram->n_lags = 2 * (size_t)n_side + 1;
    ANA_TRY(allocate_correlogram(options, correlogram));
    lag_axis axis = {correlogram->n_lags, (n_side + 0.5) * options->bin_s, 1.0 / options->bin_s};
    count_stretches(&trains, &axis, 0, correlogram->count);
    ANA_TRY(predict(&trains, &axis, options, correlogram));
    describe(&trains, options, correlogram);
    *out = correlogram;
    correlogram = NULL;
done:
    ana_correlogram_free(correlogram);
    ana_workspace_release(&workspace);
    return status;
}
