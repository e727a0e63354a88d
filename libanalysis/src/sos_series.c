/* Causally filtered series: a recursion has to run from its segment's first sample, so its states
 * are kept at regular places and where the last window ended. Any way of reading gives the same
 * bits. */
#include "checked.h"
#include "derived.h"
#include "filters.h"
#include "memory.h"
#include "room.h"
#include "spans.h"
#include "try.h"

#include <analysis/filter.h>

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Samples between kept states, and samples filtered at a time. */
enum {
    CHECKPOINT = 65536,
    CHUNK = 8192
};

/* Where the recursion of one channel stands: before sample `at` of the segment. */
typedef struct position {
    size_t segment;
    size_t at;
} recursion_position;

/* Kept states of one segment: state k of a channel is that before its sample k * CHECKPOINT. */
typedef struct kept_states {
    size_t n_places;
    size_t *n_known; /* for each channel: places 1 ... n_known are known; place 0 is zeros */
    double *states;  /* n_places x n_channels x 2 n_sections */
} kept_states;

typedef struct causal_source {
    ana_series *parent;
    ana_sos *sos;
    ana_run run;
    pthread_mutex_t lock;          /* of everything below */
    kept_states *kept;             /* one a segment, made when it is first read */
    recursion_position *positions; /* one a channel */
    double *states;                /* n_channels x 2 n_sections, at those positions */
    ana_room room;                 /* for the channels of one window */
} causal_source;

/* Answers from ... to - 1 of one segment, for the channels of a window. */
typedef struct causal_work {
    const ana_window *window;
    size_t segment;
    size_t from;
    size_t to;
    double *in;     /* n_channels x CHUNK */
    double *answer; /* the same */
    double *states; /* n_channels x 2 n_sections */
    double *out;
} causal_work;

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void free_causal(void *opaque)
{
    causal_source *self = opaque;
    if (self == NULL) {
        return;
    }
    for (size_t s = 0; self->kept != NULL && s < self->parent->n_segments; s++) {
        free(self->kept[s].n_known);
        free(self->kept[s].states);
    }
    free(self->kept);
    free(self->positions);
    free(self->states);
    ana_room_release(&self->room);
    ana_sos_free(self->sos);
    ana_series_free(self->parent);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

static size_t state_size(const causal_source *self)
{
    return 2 * self->sos->n_sections;
}

static double *kept_state(const causal_source *self, const kept_states *kept, size_t place,
                          size_t channel)
{
    return kept->states + (place * self->parent->n_channels + channel) * state_size(self);
}

static ana_status make_places(causal_source *self, size_t segment)
{
    ana_status status = ANA_OK;
    kept_states *kept = &self->kept[segment];
    size_t n_places = self->parent->segments[segment].n_times / CHECKPOINT + 1;
    size_t n = self->parent->n_channels * state_size(self);
    size_t bytes = 0;
    if (kept->states != NULL) {
        return ANA_OK;
    }
    if (!ana_multiply(n, n_places, &n) || !ana_multiply(n, sizeof(double), &bytes)) {
        bytes = SIZE_MAX;
    }
    ANA_TRY(ana_run_check_memory(&self->run, bytes, "filter states"));
    if (kept->n_known == NULL) {
        ANA_TRY(ana_allocate(self->parent->n_channels, sizeof(size_t), "filter states",
                             &kept->n_known));
    }
    ANA_TRY(ana_allocate(n, sizeof(double), "filter states", &kept->states));
    kept->n_places = n_places;
done:
    return status;
}

/* Brings a channel's recursion to the last known place at or before sample `first`. */
static void resume(causal_source *self, size_t segment, size_t first, size_t channel)
{
    recursion_position *position = &self->positions[channel];
    const kept_states *kept = &self->kept[segment];
    size_t place = smaller(first / CHECKPOINT, kept->n_known[channel]);
    bool goes_on =
        position->segment == segment && position->at <= first && position->at >= place * CHECKPOINT;
    if (!goes_on) {
        *position = (recursion_position){segment, place * CHECKPOINT};
        memcpy(self->states + channel * state_size(self), kept_state(self, kept, place, channel),
               state_size(self) * sizeof(double));
    }
}

/* Keeps the state of a channel that stands at the next place to be known. */
static void keep(causal_source *self, size_t channel)
{
    const recursion_position *position = &self->positions[channel];
    kept_states *kept = &self->kept[position->segment];
    size_t place = position->at / CHECKPOINT;
    if (position->at % CHECKPOINT == 0 && place == kept->n_known[channel] + 1 &&
        place < kept->n_places) {
        memcpy(kept_state(self, kept, place, channel), self->states + channel * state_size(self),
               state_size(self) * sizeof(double));
        kept->n_known[channel] = place;
    }
}

/* Filters the next n samples of channels that stand at one position. */
static ana_status step(causal_source *self, const causal_work *work, size_t n_channels,
                       const size_t *channels, size_t n)
{
    ana_status status = ANA_OK;
    const size_t size = state_size(self);
    const size_t at = self->positions[channels[0]].at;
    ANA_TRY(ana_series_read(self->parent, n_channels, channels,
                            self->parent->segments[work->segment].first + at, n, work->in));
    for (size_t i = 0; i < n_channels; i++) {
        memcpy(work->states + i * size, self->states + channels[i] * size, size * sizeof(double));
    }
    ANA_TRY(ana_sos_apply_parallel(self->sos, n_channels, n, work->in, work->states, &self->run,
                                   work->answer));
    for (size_t i = 0; i < n_channels; i++) {
        if (self->parent->channels[channels[i]].kind == ANA_KIND_TRIGGER) {
            memcpy(work->answer + i * n, work->in + i * n, n * sizeof(double));
        }
        memcpy(self->states + channels[i] * size, work->states + i * size, size * sizeof(double));
        self->positions[channels[i]].at = at + n;
        keep(self, channels[i]);
    }
done:
    return status;
}

/* Copies what the window wants of the n answers from sample `at` of the segment on. */
static void copy_out(const causal_source *self, const causal_work *work, size_t listed,
                     size_t n_channels, size_t at, size_t n)
{
    const ana_window *window = work->window;
    const size_t segment_first = self->parent->segments[work->segment].first;
    const size_t from = at > work->from ? at : work->from;
    const size_t stop = smaller(at + n, work->to);
    for (size_t i = 0; i < n_channels; i++) {
        double gain = window->gain != NULL ? window->gain[listed + i] : 1.0;
        double offset = window->gain != NULL ? window->offset[listed + i] : 0.0;
        double *row = work->out + (listed + i) * window->n_times;
        for (size_t t = from; t < stop; t++) {
            row[segment_first + t - window->first] = work->answer[i * n + t - at] * gain + offset;
        }
    }
}

/* Channels of the window from `listed` on, as many as stand at the position of the first. */
static size_t count_together(const causal_source *self, const ana_window *window, size_t listed)
{
    const recursion_position *first = &self->positions[window->channels[listed]];
    size_t n = 1;
    while (listed + n < window->n_channels &&
           self->positions[window->channels[listed + n]].at == first->at) {
        n++;
    }
    return n;
}

/* Runs channels that stand at one position to the end of what the window wants. */
static ana_status run_together(causal_source *self, const causal_work *work, size_t listed,
                               size_t n_channels)
{
    ana_status status = ANA_OK;
    const size_t *channels = work->window->channels + listed;
    for (size_t at = self->positions[channels[0]].at; at < work->to && status == ANA_OK;) {
        const size_t n = smaller(CHUNK, smaller(work->to - at, CHECKPOINT - at % CHECKPOINT));
        status = step(self, work, n_channels, channels, n);
        if (status == ANA_OK) {
            copy_out(self, work, listed, n_channels, at, n);
        }
        at += n;
    }
    return status;
}

static ana_status run_segment(causal_source *self, const causal_work *work)
{
    ana_status status = ANA_OK;
    const ana_window *window = work->window;
    ANA_TRY(make_places(self, work->segment));
    for (size_t i = 0; i < window->n_channels; i++) {
        resume(self, work->segment, work->from, window->channels[i]);
    }
    for (size_t listed = 0; listed < window->n_channels;) {
        resume(self, work->segment, work->from, window->channels[listed]);
        const size_t together = count_together(self, window, listed);
        ANA_TRY(run_together(self, work, listed, together));
        listed += together;
    }
done:
    return status;
}

static ana_status read_locked(causal_source *self, const ana_window *window, double *out)
{
    ana_status status = ANA_OK;
    causal_work work = {.window = window};
    work.out = out;
    ANA_TRY(ana_room_doubles(&self->room, window->n_channels, state_size(self) + (size_t)2 * CHUNK,
                             "filter", &work.in));
    work.answer = work.in + window->n_channels * CHUNK;
    work.states = work.answer + window->n_channels * CHUNK;
    for (size_t at = window->first; at < window->first + window->n_times;) {
        work.segment = ana_series_segment_of(self->parent, at);
        const ana_segment *segment = &self->parent->segments[work.segment];
        work.from = at - segment->first;
        work.to = smaller(segment->n_times, window->first + window->n_times - segment->first);
        ANA_TRY(run_segment(self, &work));
        at = segment->first + work.to;
    }
done:
    return status;
}

static ana_status read_causal(void *opaque, const ana_window *window, double *out)
{
    causal_source *self = opaque;
    pthread_mutex_lock(&self->lock);
    ana_status status = read_locked(self, window, out);
    pthread_mutex_unlock(&self->lock);
    return status;
}

static ana_status read_causal_stored(void *opaque, const ana_window *window, void *out)
{
    ana_window physical = *window;
    physical.gain = NULL;
    physical.offset = NULL;
    return read_causal(opaque, &physical, out);
}

static ana_status new_causal(const ana_series *series, const ana_sos *sos, const ana_run *run,
                             causal_source **out)
{
    ana_status status = ANA_OK;
    causal_source *source = NULL;
    ANA_TRY(ana_allocate(1, sizeof *source, "filter", &source));
    pthread_mutex_init(&source->lock, NULL);
    source->run = ana_run_lasting(run);
    ANA_TRY(ana_series_cut(series, 0, NULL, NULL, &source->parent));
    ANA_TRY(ana_sos_copy(sos, &source->sos));
    ANA_TRY(ana_allocate(series->n_segments, sizeof *source->kept, "filter", &source->kept));
    ANA_TRY(
        ana_allocate(series->n_channels, sizeof *source->positions, "filter", &source->positions));
    ANA_TRY(ana_allocate(series->n_channels, state_size(source) * sizeof(double), "filter",
                         &source->states));
    for (size_t c = 0; c < series->n_channels; c++) {
        source->positions[c].segment = series->n_segments; /* nowhere */
    }
    *out = source;
    source = NULL;
done:
    free_causal(source);
    return status;
}

ana_status ana_series_sos_causal(const ana_series *series, const ana_sos *sos, const ana_run *run,
                                 ana_series **out)
{
    static const ana_source_operations operations = {read_causal, read_causal_stored, free_causal};
    ana_status status = ANA_OK;
    causal_source *source = NULL;
    ana_series *filtered = NULL;
    ANA_TRY(ana_series_heading(series, "filter", 1, &filtered));
    ANA_TRY(new_causal(series, sos, run, &source));
    ANA_TRY(ana_source_new(&operations, source, &filtered->source));
    source = NULL;
    *out = filtered;
    filtered = NULL;
done:
    free_causal(source);
    ana_series_free(filtered);
    return status;
}
