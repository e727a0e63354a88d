/* Trials as windows about the events of a recording. */
#include "trials_input.h"
#include "try.h"
#include "windows_parts.h"

#include <analysis/epoch.h>
#include <analysis/formats/texts_io.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The events that have a label, or a condition, and what is kept of them. */
typedef struct events {
    ana_intervals *intervals;
    size_t n;
    size_t *row;       /* of the intervals */
    char **conditions; /* n */
    char **folds;      /* n; NULL: no column */
    double from_s;
    double to_s;
    double bin_s;
    size_t n_bins;
} events;

static void release(events *all)
{
    free(all->row);
    ana_texts_free(all->n, all->conditions);
    ana_texts_free(all->n, all->folds);
}

static ana_status no_memory(const char *input)
{
    ana_fail(ANA_ERR_MEMORY, "%s: no memory for its events", input);
    return ANA_ERR_MEMORY;
}

/* Whether row i carries one of the labels, which have commas between. */
static bool is_wanted(const ana_intervals *intervals, size_t i, const char *labels)
{
    while (*labels != '\0') {
        char one[256];
        const size_t n = strcspn(labels, ",");
        snprintf(one, sizeof one, "%.*s", (int)(n < sizeof one ? n : sizeof one - 1), labels);
        if (ana_intervals_has_label(intervals, i, one)) {
            return true;
        }
        labels += n + (labels[n] == ',' ? 1 : 0);
    }
    return false;
}

/* The intervals that have the columns asked for, and an event of the labels; the first such. */
static ana_status find_intervals(const ana_recording *recording, const windows_options *options,
                                 ana_intervals **out)
{
    const char *condition = options->condition_column;
    for (size_t k = 0; k < recording->n_intervals; k++) {
        ana_intervals *one = recording->intervals[k];
        bool fits = ana_table_find(one->table, condition != NULL ? condition : "label") != NULL;
        bool any = false;
        fits = fits && (options->fold_column == NULL ||
                        ana_table_find(one->table, options->fold_column) != NULL);
        for (size_t i = 0; i < one->n && fits && !any; i++) {
            any = is_wanted(one, i, options->events) ||
                  (strcmp(options->events, "*") == 0 && condition != NULL);
        }
        if (any) {
            *out = one;
            return ANA_OK;
        }
    }
    ana_fail(ANA_ERR_VALUE, "%s: no intervals with a label of %s%s%s%s%s", recording->path,
             options->events, condition != NULL ? ", and a column " : "",
             condition != NULL ? condition : "",
             options->fold_column != NULL ? ", and a column " : "",
             options->fold_column != NULL ? options->fold_column : "");
    return ANA_ERR_VALUE;
}

/* Events in order, each with its condition and fold; events without a condition are left out. */
static ana_status list_events(const windows_options *options, const char *input, events *all)
{
    ana_status status = ANA_OK;
    const ana_intervals *intervals = all->intervals;
    const char *name = options->condition_column != NULL ? options->condition_column : "label";
    const ana_column *condition = ana_table_find(intervals->table, name);
    const ana_column *fold = options->fold_column != NULL
                                 ? ana_table_find(intervals->table, options->fold_column)
                                 : NULL;
    const bool every = strcmp(options->events, "*") == 0;
    all->row = calloc(intervals->n + 1, sizeof *all->row);
    all->conditions = calloc(intervals->n + 1, sizeof *all->conditions);
    all->folds = fold != NULL ? calloc(intervals->n + 1, sizeof *all->folds) : NULL;
    if (all->row == NULL || all->conditions == NULL || (fold != NULL && all->folds == NULL)) {
        return no_memory(input);
    }
    if (condition->row_start != NULL || (fold != NULL && fold->row_start != NULL)) {
        ana_fail(ANA_ERR_FORMAT, "%s: column %s holds lists", input, name);
        return ANA_ERR_FORMAT;
    }
    for (size_t i = 0; i < intervals->n; i++) {
        if (!isfinite(intervals->start[i]) || ana_column_is_missing(condition, i) ||
            !(every || is_wanted(intervals, i, options->events))) {
            continue;
        }
        all->row[all->n] = i;
        all->n++;
        ANA_TRY(trials_cell_text(condition, i, &all->conditions[all->n - 1]));
        if (fold != NULL) {
            ANA_TRY(trials_cell_text(fold, i, &all->folds[all->n - 1]));
        }
    }
    if (all->n == 0) {
        ana_fail(ANA_ERR_VALUE, "%s: no event of %s has a condition", input, options->events);
        status = ANA_ERR_VALUE;
    }
done:
    return status;
}

/* Ends of the windows, and their bins. */
static ana_status plan_bins(const windows_options *options, const char *input, double bin_s,
                            events *all)
{
    all->from_s = options->from_s;
    all->to_s = options->to_s;
    if (isnan(all->to_s)) {
        all->to_s = INFINITY;
        for (size_t k = 0; k < all->n; k++) {
            const size_t i = all->row[k];
            const double length = all->intervals->stop[i] - all->intervals->start[i];
            all->to_s = isnan(length) || length <= 0.0 ? all->to_s : fmin(all->to_s, length);
        }
    }
    const double length = all->to_s - all->from_s;
    all->bin_s = bin_s > 0.0 ? bin_s : length;
    const double n_bins = floor(length / all->bin_s + 1e-6);
    if (!(length > 0.0) || !isfinite(length) || !(n_bins >= 1.0) || n_bins > 1e6) {
        ana_fail(ANA_ERR_VALUE,
                 "%s: windows of %.6g s in bins of %.6g s; give --window-to (and --bin) so that "
                 "each has a bin",
                 input, length, all->bin_s);
        return ANA_ERR_VALUE;
    }
    all->n_bins = (size_t)n_bins;
    return ANA_OK;
}

/* Whether a unit was watched during all of a window. */
static bool is_observed(const ana_spikes *spikes, size_t u, double from, double to)
{
    for (size_t k = spikes->observed_row[u]; k < spikes->observed_row[u + 1]; k++) {
        if (spikes->observed_start[k] <= from + 1e-9 && spikes->observed_stop[k] >= to - 1e-9) {
            return true;
        }
    }
    return false;
}

/* The first spike of a unit at or after a time. */
static size_t first_spike(const ana_spikes *spikes, size_t u, double time)
{
    size_t low = spikes->unit_start[u];
    size_t high = spikes->unit_start[u + 1];
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (spikes->times[middle] < time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Spikes of one trial in bins; NaN for a unit that was not watched. */
static void count_trial(const ana_spikes *spikes, const events *all, double onset, double *counts)
{
    const double from = onset + all->from_s;
    const double to = from + (double)all->n_bins * all->bin_s;
    const size_t n = spikes->n_units;
    for (size_t u = 0; u < n; u++) {
        const bool seen = is_observed(spikes, u, from, to);
        for (size_t b = 0; b < all->n_bins; b++) {
            counts[b * n + u] = seen ? 0.0 : (double)NAN;
        }
        size_t k = first_spike(spikes, u, from);
        for (; seen && k < spikes->unit_start[u + 1] && spikes->times[k] < to; k++) {
            const size_t bin = (size_t)((spikes->times[k] - from) / all->bin_s);
            counts[(bin < all->n_bins ? bin : all->n_bins - 1) * n + u] += 1.0;
        }
    }
}

static ana_status windows_of_spikes(const ana_spikes *spikes, const events *all, trial_windows *out)
{
    const size_t n_features = all->n_bins * spikes->n_units;
    ana_status status = ana_observations_new(all->n, n_features, &out->rows);
    for (size_t k = 0; k < all->n && status == ANA_OK; k++) {
        count_trial(spikes, all, all->intervals->start[all->row[k]],
                    out->rows->values + k * n_features);
    }
    out->n_channels = spikes->n_units;
    return status;
}

/* Epochs of samples averaged within bins; events whose epoch was dropped stay missing. */
static void average_epochs(const ana_epochs *epochs, const events *all, ana_observations *rows)
{
    const size_t n = epochs->n_channels;
    for (size_t t = 0; t < epochs->n_trials; t++) {
        const size_t row = epochs->events[epochs->event_of[t]].row;
        size_t k = 0;
        while (k < all->n && all->row[k] != row) {
            k++;
        }
        for (size_t i = 0; k < all->n && i < all->n_bins * n; i++) {
            const size_t bin = i / n;
            const double from = all->from_s + (double)bin * all->bin_s;
            double sum = 0.0;
            double count = 0.0;
            for (size_t s = 0; s < epochs->n_times; s++) {
                if (epochs->times[s] >= from - 1e-9 &&
                    epochs->times[s] < from + all->bin_s - 1e-9) {
                    sum += epochs->values[(t * n + i % n) * epochs->n_times + s];
                    count += 1.0;
                }
            }
            rows->values[k * all->n_bins * n + i] = sum / count; /* no sample: missing */
        }
    }
}

/* Names of the channels, and where they are, if all are known. */
static ana_status describe_channels(const ana_series *series, const char *input, trial_windows *out)
{
    const size_t n = series->n_channels;
    bool known = true;
    out->n_channels = n;
    out->names = calloc(n + 1, sizeof *out->names);
    out->positions = calloc(n + 1, 3 * sizeof *out->positions);
    if (out->names == NULL || out->positions == NULL) {
        return no_memory(input);
    }
    for (size_t c = 0; c < n; c++) {
        const ana_channel *channel = &series->channels[c];
        memcpy(out->positions + 3 * c, channel->position, sizeof channel->position);
        known = known && isfinite(channel->position[0]) && isfinite(channel->position[1]) &&
                isfinite(channel->position[2]);
        out->names[c] = strdup(channel->name != NULL ? channel->name : "");
        if (out->names[c] == NULL) {
            return no_memory(input);
        }
    }
    if (!known) {
        free(out->positions);
        out->positions = NULL;
    }
    return ANA_OK;
}

static ana_status windows_of_series(const ana_series *series, const char *input, const events *all,
                                    const ana_run *run, trial_windows *out)
{
    ana_status status = ANA_OK;
    ana_epochs *epochs = NULL;
    ana_epoch_options options = ana_epoch_options_default();
    const size_t n_features = all->n_bins * series->n_channels;
    options.run = *run;
    options.from_s = all->from_s;
    options.to_s = all->from_s + (double)all->n_bins * all->bin_s;
    ANA_TRY(ana_epochs_read(series, all->intervals, &options, &epochs));
    ANA_TRY(ana_observations_new(all->n, n_features, &out->rows));
    for (size_t i = 0; i < all->n * n_features; i++) {
        out->rows->values[i] = (double)NAN;
    }
    average_epochs(epochs, all, out->rows);
    ANA_TRY(describe_channels(series, input, out));
    if (epochs->n_trials == 0) {
        ana_fail(ANA_ERR_VALUE, "%s: every event's window leaves the recording, or is bad", input);
        status = ANA_ERR_VALUE;
    }
done:
    ana_epochs_free(epochs);
    return status;
}

/* Trials without any value are left out: outside of what was recorded. */
static ana_status drop_missing(command_job *job, const char *input, events *all, trial_windows *out)
{
    ana_observations *rows = out->rows;
    const size_t p = rows->n_features;
    size_t n_kept = 0;
    for (size_t k = 0; k < all->n; k++) {
        bool known = false;
        for (size_t i = 0; i < p && !known; i++) {
            known = !isnan(rows->values[k * p + i]);
        }
        if (!known) {
            free(all->conditions[k]);
            all->conditions[k] = NULL;
            continue;
        }
        memmove(rows->values + n_kept * p, rows->values + k * p, p * sizeof(double));
        if (n_kept < k) {
            all->conditions[n_kept] = all->conditions[k];
            all->conditions[k] = NULL;
            if (all->folds != NULL) {
                free(all->folds[n_kept]);
                all->folds[n_kept] = all->folds[k];
                all->folds[k] = NULL;
            }
        }
        n_kept++;
    }
    if (n_kept < all->n) {
        console_say(&job->console,
                    "%s: %zu of %zu events lie outside of what was recorded, or are "
                    "bad, and are left out",
                    input, all->n - n_kept, all->n);
    }
    if (n_kept == 0) {
        ana_fail(ANA_ERR_VALUE, "%s: no event lies within what was recorded", input);
        return ANA_ERR_VALUE;
    }
    for (size_t k = n_kept; k < all->n && all->folds != NULL; k++) {
        free(all->folds[k]);
        all->folds[k] = NULL;
    }
    rows->n_times = n_kept;
    return ana_observations_set_sequences(rows, 1, &n_kept, NULL);
}

static ana_status set_times(const events *all, const char *input, trial_windows *out)
{
    out->n_times = all->n_bins;
    out->times = calloc(all->n_bins, sizeof *out->times);
    if (out->times == NULL) {
        return no_memory(input);
    }
    for (size_t b = 0; b < all->n_bins; b++) {
        out->times[b] = all->from_s + ((double)b + 0.5) * all->bin_s;
    }
    return ANA_OK;
}

ana_status windows_of_recording(command_job *job, const char *input, const windows_options *options,
                                trial_windows *out, char ***folds)
{
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    events all = {.n = 0};
    ANA_TRY(load_recording(input, &job->input, &job->console, &recording));
    ANA_TRY(find_intervals(recording, options, &all.intervals));
    ANA_TRY(list_events(options, input, &all));
    ANA_TRY(plan_bins(options, input, job->input.rows.bin_s, &all));
    if (recording->n_spikes > 0) {
        ANA_TRY(windows_of_spikes(recording->spikes[0], &all, out));
    } else if (recording->n_series > 0) {
        ANA_TRY(windows_of_series(recording->series[0], input, &all, &job->run, out));
    } else {
        ANA_TRY(load_refuse(recording, "series", NULL));
    }
    ANA_TRY(drop_missing(job, input, &all, out));
    ANA_TRY(set_times(&all, input, out));
    ANA_TRY(trials_label_by_ids((const char *const *)all.conditions, out->rows));
    *folds = all.folds;
    all.folds = NULL;
done:
    release(&all);
    ana_recording_free(recording);
    return status;
}
