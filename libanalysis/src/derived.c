#include "derived.h"

#include "block_cache.h"
#include "checked.h"
#include "fft.h"
#include "memory.h"
#include "room.h"
#include "spans.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <omp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct derived_source {
    ana_derivation derivation;
    void *self;
    ana_series *parent;
    ana_segment *segments; /* of the answers; as many as the parent's */
    ana_run run;
    pthread_mutex_t lock; /* of everything below */
    size_t prepared_for;  /* length of the segment that `prepare` saw last */
    ana_block_cache kept; /* answers to one channel of the parent in one block: n_outputs x n */
    ana_room room;        /* samples of the channels that are computed together, and scratch */
} derived_source;

/* One block to be computed for some channels. */
typedef struct block_work {
    size_t segment;
    size_t index;
    size_t first;
    size_t n;
    size_t n_channels; /* that are not kept yet */
    size_t *channels;
    double **values; /* where their answers go */
    size_t in_first;
    size_t in_n;
    size_t at_once; /* channels that are read and computed together */
    int n_threads;
    size_t scratch; /* doubles a thread */
    size_t room;    /* doubles for the samples and all threads' scratch */
} block_work;

static void free_derived(void *opaque)
{
    derived_source *self = opaque;
    if (self == NULL) {
        return;
    }
    ana_block_cache_cut(&self->kept, 0);
    ana_room_release(&self->room);
    free(self->segments);
    ana_series_free(self->parent);
    self->derivation.free(self->self);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

static ana_block_key key_of(const block_work *work, size_t channel)
{
    return (ana_block_key){work->segment, work->index, channel};
}

/* Memory that kept blocks may take: two blocks of every channel, or all that is allowed when a
 * block is a whole segment. */
static size_t budget_for_blocks(const derived_source *self)
{
    size_t limit = ana_run_memory_limit(&self->run);
    size_t bytes = 0;
    if (self->derivation.block == 0 ||
        !ana_multiply(2 * sizeof(double) * self->derivation.n_outputs, self->derivation.block,
                      &bytes) ||
        !ana_multiply(bytes, self->parent->n_channels, &bytes)) {
        return limit;
    }
    return bytes < limit ? bytes : limit;
}

/* How many channels are read at once (a few megabytes, and at least what the threads need), and
 * with which memory they are computed. */
static void plan(const derived_source *self, block_work *work)
{
    const ana_derivation *derivation = &self->derivation;
    const size_t quarter = ana_run_memory_limit(&self->run) / 4;
    const size_t few = (size_t)64 << 20;
    const size_t wanted = (quarter < few ? quarter : few) / sizeof(double);
    const size_t n_times = self->parent->segments[work->segment].n_times;
    size_t threads = (size_t)ana_run_threads(&self->run, work->n_channels);
    size_t least = threads * derivation->n_lanes;
    size_t n = work->in_n > 0 ? wanted / work->in_n : work->n_channels;
    n = n > least ? n : least;
    work->at_once = n < work->n_channels ? n : work->n_channels;
    size_t n_items = (work->at_once + derivation->n_lanes - 1) / derivation->n_lanes;
    work->n_threads = ana_run_threads(&self->run, n_items);
    work->scratch = derivation->scratch != NULL ? derivation->scratch(self->self, n_times) : 0;
    work->scratch = ana_fft_stride(work->scratch);
}

/* What a block takes, in bytes: its answers, and the room for its samples and for scratch. */
static bool add_up(const derived_source *self, block_work *work, size_t *answers, size_t *room)
{
    const size_t scratch = (size_t)work->n_threads * work->scratch;
    return ana_multiply(sizeof(double) * self->derivation.n_outputs, work->n, answers) &&
           ana_multiply(*answers, work->n_channels, answers) &&
           ana_multiply(work->in_n, work->at_once, &work->room) &&
           ana_multiply(work->room, sizeof(double), room) && /* so that it can be rounded up */
           ana_add(ana_fft_stride(work->room), scratch, &work->room) &&
           ana_multiply(work->room, sizeof(double), room);
}

/* Makes room for the block and holds what it needs at a time against the run's limit. */
static ana_status check_memory(derived_source *self, block_work *work)
{
    size_t answers = 0;
    size_t room = 0;
    size_t total = SIZE_MAX;
    bool fits = add_up(self, work, &answers, &room) && ana_add(answers, room, &total);
    size_t budget = budget_for_blocks(self);
    ana_block_cache_shrink(&self->kept, fits && budget > total ? budget - total : 0,
                           key_of(work, 0));
    if (!fits || !ana_add(total, self->kept.bytes, &total)) {
        total = SIZE_MAX;
    }
    const size_t limit = ana_run_memory_limit(&self->run);
    const size_t larger = self->room.bytes > room ? self->room.bytes - room : 0;
    if (total > limit || larger > limit - total) {
        ana_room_release(&self->room); /* of a larger block */
    }
    return ana_run_check_memory(&self->run, total, self->derivation.name);
}

/* Trigger codes are not numbers to compute with: each answer is the sample at or before its time.
 */
static void hold(const derived_source *self, const ana_derived_block *block, double *const *out)
{
    for (size_t i = 0; i < block->n; i++) {
        size_t t =
            (block->first + i) / self->derivation.up * self->derivation.down +
            (block->first + i) % self->derivation.up * self->derivation.down / self->derivation.up;
        t = t < block->n_times ? t : block->n_times - 1;
        out[0][i] = block->in[t - block->in_first];
    }
}

static bool is_held(const derived_source *self, size_t channel)
{
    return self->derivation.holds_triggers &&
           self->parent->channels[channel].kind == ANA_KIND_TRIGGER;
}

/* Computes the lanes of one item; channels that are held split it. */
static void compute_item(const derived_source *self, ana_derived_block block, double *scratch,
                         double *const *out)
{
    const ana_derivation *derivation = &self->derivation;
    const size_t n = block.n_channels;
    const size_t *channels = block.channels;
    double *in = block.in;
    for (size_t first = 0; first < n;) {
        bool held = is_held(self, channels[first]);
        size_t last = first + 1;
        while (!held && last < n && !is_held(self, channels[last])) {
            last++;
        }
        block.channels = channels + first;
        block.n_channels = last - first;
        block.in = in + first * block.in_n;
        if (held) {
            hold(self, &block, out + first * derivation->n_outputs);
        } else {
            derivation->compute(self->self, &block, scratch, out + first * derivation->n_outputs);
        }
        first = last;
    }
}

/* Reads and computes channels first ... first + n - 1 of the work's list. */
static ana_status compute_channels(derived_source *self, const block_work *work, size_t first,
                                   size_t n, double *in, double *scratch, double **out)
{
    const ana_derivation *derivation = &self->derivation;
    const ana_segment *segment = &self->parent->segments[work->segment];
    const size_t n_lanes = derivation->n_lanes;
    const size_t n_outputs = derivation->n_outputs;
    const size_t n_items = (n + n_lanes - 1) / n_lanes;
    const size_t stride = work->scratch;
    const size_t n_times = segment->n_times;
    ana_status status = ana_series_read(self->parent, n, work->channels + first,
                                        segment->first + work->in_first, work->in_n, in);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t o = 0; o < n_outputs; o++) {
            out[i * n_outputs + o] = work->values[first + i] + o * work->n;
        }
    }
#pragma omp parallel for default(none) num_threads(work->n_threads) schedule(static)               \
    shared(self, work, first, n, in, scratch, out, n_lanes, n_outputs, n_items, stride, n_times)
    for (size_t item = 0; item < n_items; item++) {
        size_t from = item * n_lanes;
        ana_derived_block block = {.segment = work->segment,
                                   .channels = work->channels + first + from,
                                   .n_channels = n - from < n_lanes ? n - from : n_lanes,
                                   .index = work->index,
                                   .first = work->first,
                                   .n = work->n,
                                   .n_times = n_times,
                                   .in_first = work->in_first,
                                   .in_n = work->in_n,
                                   .in = in + from * work->in_n};
        compute_item(self, block, scratch + (size_t)omp_get_thread_num() * stride,
                     out + from * n_outputs);
    }
    return ANA_OK;
}

static ana_status prepare(derived_source *self, const block_work *work)
{
    size_t n_times = self->parent->segments[work->segment].n_times;
    if (self->derivation.prepare == NULL || self->prepared_for == n_times) {
        return ANA_OK;
    }
    self->prepared_for = 0;
    ana_status status = self->derivation.prepare(self->self, n_times);
    if (status == ANA_OK) {
        self->prepared_for = n_times;
    }
    return status;
}

/* Computes what is not kept of a block. `work` lists the channels. */
static ana_status compute_block(derived_source *self, block_work *work)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    plan(self, work);
    ANA_TRY(check_memory(self, work));
    ANA_TRY(prepare(self, work));
    const size_t at_once = work->at_once;
    double *in = NULL;
    ANA_TRY(ana_room_doubles(&self->room, work->room, 1, self->derivation.name, &in));
    double *scratch = in + work->room - (size_t)work->n_threads * work->scratch;
    double **out =
        ana_workspace_bytes(&workspace, at_once, self->derivation.n_outputs, sizeof *out);
    ANA_TRY(ana_workspace_check(&workspace, self->derivation.name));
    const size_t n_kept = self->kept.n;
    for (size_t i = 0; i < work->n_channels && status == ANA_OK; i++) {
        status = ana_block_cache_add(&self->kept, key_of(work, work->channels[i]),
                                     self->derivation.n_outputs * work->n, &work->values[i]);
    }
    for (size_t first = 0; first < work->n_channels && status == ANA_OK; first += at_once) {
        size_t left = work->n_channels - first;
        status =
            compute_channels(self, work, first, left < at_once ? left : at_once, in, scratch, out);
    }
    if (status != ANA_OK) {
        ana_block_cache_cut(&self->kept, n_kept);
    }
done:
    ana_block_cache_trim(&self->kept);
    if (self->derivation.block == 0) {
        ana_room_release(&self->room); /* a whole segment's, which no block follows */
    }
    ana_workspace_release(&workspace);
    return status;
}

/* Lists in `work` the parent's channels that the window needs and that are not kept, each once. */
static void list_missing(derived_source *self, const ana_window *window, block_work *work,
                         bool *listed)
{
    work->n_channels = 0;
    memset(listed, 0, self->parent->n_channels * sizeof *listed);
    for (size_t i = 0; i < window->n_channels; i++) {
        size_t channel = window->channels[i] / self->derivation.n_outputs;
        if (!listed[channel] && ana_block_cache_find(&self->kept, key_of(work, channel)) == NULL) {
            listed[channel] = true;
            work->channels[work->n_channels++] = channel;
        }
    }
}

static void copy_out(derived_source *self, const ana_window *window, const block_work *work,
                     double *out)
{
    const size_t n_outputs = self->derivation.n_outputs;
    size_t block_first = self->segments[work->segment].first + work->first;
    size_t from = window->first > block_first ? window->first : block_first;
    size_t window_stop = window->first + window->n_times;
    size_t block_stop = block_first + work->n;
    size_t stop = window_stop < block_stop ? window_stop : block_stop;
    for (size_t i = 0; i < window->n_channels; i++) {
        const double *values =
            ana_block_cache_find(&self->kept, key_of(work, window->channels[i] / n_outputs));
        values += window->channels[i] % n_outputs * work->n;
        double gain = window->gain != NULL ? window->gain[i] : 1.0;
        double offset = window->gain != NULL ? window->offset[i] : 0.0;
        for (size_t t = from; t < stop; t++) {
            out[i * window->n_times + t - window->first] = values[t - block_first] * gain + offset;
        }
    }
}

/* Finds the block that holds answer `at` of the series. */
static void locate(const derived_source *self, size_t at, block_work *work)
{
    size_t low = 0;
    size_t high = self->parent->n_segments;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (self->segments[middle].first <= at) {
            low = middle;
        } else {
            high = middle;
        }
    }
    const ana_derivation *derivation = &self->derivation;
    const ana_segment *segment = &self->segments[low];
    size_t block = derivation->block > 0 ? derivation->block : segment->n_times;
    work->segment = low;
    work->index = (at - segment->first) / block;
    work->first = work->index * block;
    size_t left = segment->n_times - work->first;
    work->n = left < block ? left : block;
    work->in_first = work->first;
    work->in_n = work->n;
    if (derivation->reach != NULL) {
        derivation->reach(self->self, self->parent->segments[low].n_times, work->first, work->n,
                          &work->in_first, &work->in_n);
    }
}

static ana_status read_locked(derived_source *self, const ana_window *window, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    block_work work = {0};
    bool *listed = ana_workspace_bytes(&workspace, self->parent->n_channels, 1, sizeof *listed);
    work.channels = ana_workspace_sizes(&workspace, self->parent->n_channels, 1);
    work.values = ana_workspace_bytes(&workspace, self->parent->n_channels, 1, sizeof(double *));
    ANA_TRY(ana_workspace_check(&workspace, self->derivation.name));
    for (size_t at = window->first; at < window->first + window->n_times;) {
        locate(self, at, &work);
        list_missing(self, window, &work, listed);
        ANA_TRY(work.n_channels > 0 ? compute_block(self, &work) : ANA_OK);
        copy_out(self, window, &work, out);
        at = self->segments[work.segment].first + work.first + work.n;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status read_derived(void *opaque, const ana_window *window, double *out)
{
    derived_source *self = opaque;
    pthread_mutex_lock(&self->lock);
    ana_status status = read_locked(self, window, out);
    pthread_mutex_unlock(&self->lock);
    return status;
}

static ana_status read_derived_stored(void *opaque, const ana_window *window, void *out)
{
    ana_window physical = *window;
    physical.gain = NULL;
    physical.offset = NULL;
    return read_derived(opaque, &physical, out);
}

/* Segments of the answers, as many as the parent's and at the same times, for the source and the
 * series. */
static ana_status lay_out_segments(derived_source *self, ana_series *series)
{
    const ana_derivation *derivation = &self->derivation;
    ana_status status = ana_allocate(self->parent->n_segments, sizeof *self->segments,
                                     derivation->name, &self->segments);
    series->n_times = 0;
    series->rate = derivation->rate;
    for (size_t s = 0; s < self->parent->n_segments && status == ANA_OK; s++) {
        ana_segment segment = self->parent->segments[s];
        segment.first = series->n_times;
        if (derivation->length != NULL) {
            segment.n_times = derivation->length(self->self, segment.n_times);
        }
        self->segments[s] = segment;
        series->segments[s] = segment;
        if (!ana_add(series->n_times, segment.n_times, &series->n_times)) {
            status =
                ana_fail(ANA_ERR_SHAPE, "%s: more samples than can be counted", derivation->name);
        }
    }
    return status;
}

static ana_status new_source(const ana_series *parent, const ana_derivation *derivation, void *self,
                             const ana_run *run, derived_source **out)
{
    ana_status status = ANA_OK;
    derived_source *source = NULL;
    ANA_TRY(ana_allocate(1, sizeof *source, derivation->name, &source));
    source->derivation = *derivation;
    source->self = self;
    source->run = ana_run_lasting(run);
    pthread_mutex_init(&source->lock, NULL);
    *out = source;
    ANA_TRY(ana_series_cut(parent, 0, NULL, NULL, &source->parent));
done:
    return status;
}

ana_status ana_series_derive(const ana_series *parent, const ana_derivation *derivation, void *self,
                             const ana_run *run, ana_series **out)
{
    static const ana_source_operations operations = {read_derived, read_derived_stored,
                                                     free_derived};
    ana_status status = ANA_OK;
    derived_source *source = NULL;
    ana_series *series = NULL;
    status = new_source(parent, derivation, self, run, &source);
    if (source == NULL) {
        derivation->free(self);
        return status;
    }
    ANA_TRY(status);
    ANA_TRY(ana_series_heading(parent, derivation->name, derivation->n_outputs, &series));
    ANA_TRY(lay_out_segments(source, series));
    ANA_TRY(ana_source_new(&operations, source, &series->source));
    source = NULL;
    *out = series;
    series = NULL;
done:
    free_derived(source);
    ana_series_free(series);
    return status;
}
