#include "checked.h"
#include "memory.h"
#include "oasis_fit.h"
#include "read_ahead.h"
#include "try.h"
#include "workspace.h"

#include <analysis/oasis.h>

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* Some channels of one segment on their way. */
typedef struct channel_batch {
    const ana_series *series;
    const ana_oasis_options *options;
    size_t segment;
    size_t n_times;
    size_t first; /* channel */
    size_t n;     /* channels */
    double *fluorescence;
    double *calcium;
    double *spikes;
    ana_oasis_task *tasks;
    bool *good; /* can be taken apart */
    ana_read_ahead ahead;
} channel_batch;

static size_t longest_segment(const ana_series *series)
{
    size_t longest = 0;
    for (size_t s = 0; s < series->n_segments; s++) {
        size_t n = series->segments[s].n_times;
        longest = n > longest ? n : longest;
    }
    return longest;
}

/* Channels at a time: one for each thread, fewer where memory is short, one at least. */
static ana_status channels_at_once(const ana_series *series, const ana_run *run, size_t longest,
                                   size_t *out)
{
    const size_t sample = 3 * sizeof(double) + ana_oasis_scratch_bytes(1);
    size_t bytes = 0;
    if (!ana_multiply(longest, sample, &bytes)) {
        bytes = SIZE_MAX;
    }
    ana_status status = ana_run_check_memory(run, bytes, "oasis: one segment of one channel");
    size_t allowed = bytes > 0 ? ana_run_memory_limit(run) / bytes : 1;
    size_t wanted = (size_t)ana_run_threads(run, series->n_channels);
    *out = wanted < allowed ? wanted : allowed;
    return status;
}

static ana_status place_batch(ana_workspace *workspace, size_t n, size_t longest,
                              channel_batch *batch)
{
    batch->fluorescence = ana_workspace_doubles(workspace, n, longest);
    batch->calcium = ana_workspace_doubles(workspace, n, longest);
    batch->spikes = ana_workspace_doubles(workspace, n, longest);
    batch->tasks = ana_workspace_bytes(workspace, n, 1, sizeof *batch->tasks);
    batch->good = ana_workspace_bytes(workspace, n, 1, sizeof *batch->good);
    batch->ahead = ana_read_ahead_of(batch->series, &batch->options->run, workspace);
    for (size_t i = 0; i < n && batch->tasks != NULL; i++) {
        void *memory = ana_workspace_bytes(workspace, longest, 1, ana_oasis_scratch_bytes(1));
        if (memory != NULL) {
            ana_oasis_scratch_place(longest, memory, &batch->tasks[i].scratch);
        }
    }
    return ana_workspace_check(workspace, "oasis");
}

/* Nothing is known of a trace that cannot be taken apart. */
static void blank(size_t n, ana_oasis_task *task)
{
    const ana_oasis_fit unknown = {.g = {NAN, NAN},
                                   .decay_s = NAN,
                                   .rise_s = NAN,
                                   .baseline = NAN,
                                   .noise = NAN,
                                   .penalty = NAN,
                                   .min_spike = NAN,
                                   .initial = NAN,
                                   .rss = NAN,
                                   .total = NAN,
                                   .n_observed = task->fit.n_observed};
    task->fit = unknown;
    memset(task->solution.calcium, 0, n * sizeof *task->solution.calcium);
    memset(task->solution.spikes, 0, n * sizeof *task->solution.spikes);
}

/* Read the channels and find their noise and time constants, which may fail. */
static ana_status prepare_batch(channel_batch *batch)
{
    ana_status status = ANA_OK;
    const ana_segment *segment = &batch->series->segments[batch->segment];
    for (size_t i = 0; i < batch->n; i++) {
        ana_oasis_task *task = &batch->tasks[i];
        size_t channel = batch->first + i;
        double *y = batch->fluorescence + i * batch->n_times;
        task->problem.n = batch->n_times;
        task->problem.y = y;
        task->solution.calcium = batch->calcium + i * batch->n_times;
        task->solution.spikes = batch->spikes + i * batch->n_times;
        ANA_TRY(ana_read_ahead_row(&batch->ahead, channel, segment->first, batch->n_times, y));
        status = ana_oasis_prepare(batch->options, batch->series->rate, task);
        batch->good[i] = status == ANA_OK;
        if (status == ANA_ERR_NUMERIC) {
            ana_warn(&batch->options->run, "channel %s, segment %zu: %s",
                     batch->series->channels[channel].name, batch->segment, ana_last_error());
            blank(batch->n_times, task);
            status = ANA_OK;
        }
        ANA_TRY(status);
    }
done:
    return status;
}

static void solve_batch(const channel_batch *batch)
{
    const double rate = batch->series->rate;
    const size_t n = batch->n;
    ana_oasis_task *tasks = batch->tasks;
    const bool *good = batch->good;
#pragma omp parallel for default(none) shared(tasks, good, rate, n)                                \
    num_threads(ana_run_threads(&batch->options->run, n)) schedule(dynamic)
    for (size_t i = 0; i < n; i++) {
        if (good[i]) {
            ana_oasis_solve(rate, &tasks[i]);
        }
    }
}

static ana_status hand_over(const channel_batch *batch, ana_oasis_function function, void *user)
{
    for (size_t i = 0; i < batch->n; i++) {
        const ana_oasis_task *task = &batch->tasks[i];
        const ana_oasis_piece piece = {
            .channel = batch->first + i,
            .segment = batch->segment,
            .n = batch->n_times,
            .fluorescence = task->problem.y,
            .calcium = task->solution.calcium,
            .spikes = task->solution.spikes,
            .fit = task->fit,
        };
        ana_status status = function(user, &piece);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}

/* The channels of one segment, `at_once` at a time. */
static ana_status walk_segment(channel_batch *batch, size_t at_once, ana_oasis_function function,
                               void *user)
{
    ana_status status = ANA_OK;
    const ana_series *series = batch->series;
    batch->n_times = series->segments[batch->segment].n_times;
    for (size_t first = 0; first < series->n_channels; first += at_once) {
        size_t left = series->n_channels - first;
        size_t done_before = batch->segment * series->n_channels + first;
        ANA_TRY(ana_run_progress(&batch->options->run, "oasis", done_before,
                                 series->n_segments * series->n_channels));
        batch->first = first;
        batch->n = left < at_once ? left : at_once;
        ANA_TRY(prepare_batch(batch));
        solve_batch(batch);
        ANA_TRY(hand_over(batch, function, user));
    }
done:
    return status;
}

ana_status ana_oasis_walk(const ana_series *series, const ana_oasis_options *options,
                          ana_oasis_function function, void *user)
{
    ana_status status = ANA_OK;
    const ana_oasis_options defaults = ana_oasis_options_default();
    options = options != NULL ? options : &defaults;
    ana_workspace workspace = {0};
    channel_batch batch = {.series = series, .options = options};
    size_t longest = longest_segment(series);
    size_t at_once = 0;
    ANA_TRY(ana_oasis_check_options(options));
    if (!(series->rate > 0.0)) {
        return ana_fail(ANA_ERR_VALUE, "oasis: \"%s\" has no regular rate", series->name);
    }
    ANA_TRY(channels_at_once(series, &options->run, longest, &at_once));
    ANA_TRY(place_batch(&workspace, at_once, longest, &batch));
    for (batch.segment = 0; batch.segment < series->n_segments; batch.segment++) {
        ANA_TRY(walk_segment(&batch, at_once, function, user));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

void ana_oasis_result_free(ana_oasis_result *result)
{
    if (result == NULL) {
        return;
    }
    free(result->calcium);
    free(result->spikes);
    free(result->fits);
    free(result);
}

/* Where a walk's pieces are put together. */
typedef struct collection {
    const ana_series *series;
    ana_oasis_result *result;
} collection;

static ana_status collect(void *user, const ana_oasis_piece *piece)
{
    const collection *into = user;
    ana_oasis_result *result = into->result;
    size_t at = piece->channel * result->n_times + into->series->segments[piece->segment].first;
    memcpy(result->calcium + at, piece->calcium, piece->n * sizeof *piece->calcium);
    memcpy(result->spikes + at, piece->spikes, piece->n * sizeof *piece->spikes);
    result->fits[piece->channel * result->n_segments + piece->segment] = piece->fit;
    return ANA_OK;
}

/* The run of the walk, which may hold what the result leaves of the memory. */
static ana_status leave_room(const ana_run *run, size_t n_values, ana_run *out)
{
    size_t bytes = 0;
    if (!ana_multiply(n_values, 2 * sizeof(double), &bytes)) {
        bytes = SIZE_MAX;
    }
    ana_status status =
        ana_run_check_memory(run, bytes, "oasis: calcium and spikes of all channels");
    *out = *run;
    out->max_memory = ana_run_memory_limit(run) - bytes;
    out->max_memory += out->max_memory == 0; /* 0 would mean no limit */
    return status;
}

ana_status ana_oasis_series(const ana_series *series, const ana_oasis_options *options,
                            ana_oasis_result **out)
{
    ana_status status = ANA_OK;
    ana_oasis_options walk = options != NULL ? *options : ana_oasis_options_default();
    ana_oasis_result *result = NULL;
    size_t n_values = 0;
    if (!ana_multiply(series->n_channels, series->n_times, &n_values)) {
        n_values = SIZE_MAX;
    }
    ANA_TRY(leave_room(&walk.run, n_values, &walk.run));
    ANA_TRY(ana_allocate(1, sizeof *result, "oasis", &result));
    result->n_channels = series->n_channels;
    result->n_times = series->n_times;
    result->n_segments = series->n_segments;
    ANA_TRY(ana_allocate(n_values, sizeof(double), "oasis", &result->calcium));
    ANA_TRY(ana_allocate(n_values, sizeof(double), "oasis", &result->spikes));
    ANA_TRY(ana_allocate(series->n_channels * series->n_segments, sizeof *result->fits, "oasis",
                         &result->fits));
    collection into = {series, result};
    ANA_TRY(ana_oasis_walk(series, &walk, collect, &into));
    *out = result;
    result = NULL;
done:
    ana_oasis_result_free(result);
    return status;
}
