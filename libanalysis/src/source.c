#include "source.h"

#include "checked.h"
#include "memory.h"
#include "try.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct ana_source {
    const ana_source_operations *operations;
    void *self;
    atomic_size_t n_owners;
};

ana_status ana_source_new(const ana_source_operations *operations, void *self, ana_source **out)
{
    ana_source *source = NULL;
    ana_status status = ana_allocate(1, sizeof *source, "source", &source);
    if (status != ANA_OK) {
        return status;
    }
    source->operations = operations;
    source->self = self;
    atomic_init(&source->n_owners, 1);
    *out = source;
    return ANA_OK;
}

ana_source *ana_source_share(ana_source *source)
{
    atomic_fetch_add(&source->n_owners, 1);
    return source;
}

void ana_source_free(ana_source *source)
{
    if (source != NULL && atomic_fetch_sub(&source->n_owners, 1) == 1) {
        source->operations->free(source->self);
        free(source);
    }
}

ana_status ana_source_read(const ana_source *source, const ana_window *window, double *out)
{
    return source->operations->read(source->self, window, out);
}

ana_status ana_source_read_stored(const ana_source *source, const ana_window *window, void *out)
{
    return source->operations->read_stored(source->self, window, out);
}

/* Samples in memory, behind this header. */
typedef struct memory_source {
    ana_sample_type type;
    size_t n_channels;
    size_t n_times;
    bool channel_major;
    unsigned char *samples;
} memory_source;

static const unsigned char *sample_address(const memory_source *self, size_t channel, size_t time)
{
    size_t sample =
        self->channel_major ? channel * self->n_times + time : time * self->n_channels + channel;
    return self->samples + sample * ana_sample_size(self->type);
}

static ana_status read_memory(void *opaque, const ana_window *window, double *out)
{
    const memory_source *self = opaque;
    if (!self->channel_major) {
        ana_rows_to_double(self->type, window->n_times, self->n_channels,
                           sample_address(self, 0, window->first), window, 0, out);
        return ANA_OK;
    }
    for (size_t i = 0; i < window->n_channels; i++) {
        ana_samples_to_double(
            self->type, window->n_times, sample_address(self, window->channels[i], window->first),
            1, window->gain != NULL ? window->gain[i] : 1.0,
            window->gain != NULL ? window->offset[i] : 0.0, out + i * window->n_times);
    }
    return ANA_OK;
}

static ana_status read_memory_stored(void *opaque, const ana_window *window, void *out)
{
    const memory_source *self = opaque;
    if (!self->channel_major) {
        ana_rows_to_stored(self->type, window->n_times, self->n_channels,
                           sample_address(self, 0, window->first), window, 0, out);
        return ANA_OK;
    }
    const size_t n_bytes = window->n_times * ana_sample_size(self->type);
    for (size_t i = 0; i < window->n_channels; i++) {
        memcpy((unsigned char *)out + i * n_bytes,
               sample_address(self, window->channels[i], window->first), n_bytes);
    }
    return ANA_OK;
}

static void free_memory(void *opaque)
{
    memory_source *self = opaque;
    if (self != NULL) {
        free(self->samples);
        free(self);
    }
}

ana_status ana_source_from_memory(ana_sample_type type, size_t n_channels, size_t n_times,
                                  bool channel_major, const void *samples, ana_source **out)
{
    static const ana_source_operations operations = {read_memory, read_memory_stored, free_memory};
    ana_status status = ANA_OK;
    memory_source *self = NULL;
    size_t n = 0;
    if (!ana_multiply(n_channels, n_times, &n)) {
        return ana_fail(ANA_ERR_SHAPE, "source: %zu channels x %zu samples overflow", n_channels,
                        n_times);
    }
    ANA_TRY(ana_allocate(1, sizeof *self, "source", &self));
    self->type = type;
    self->n_channels = n_channels;
    self->n_times = n_times;
    self->channel_major = channel_major;
    ANA_TRY(ana_allocate(n, ana_sample_size(type), "samples", &self->samples));
    if (n > 0) {
        memcpy(self->samples, samples, n * ana_sample_size(type));
    }
    ANA_TRY(ana_source_new(&operations, self, out));
    self = NULL;
done:
    free_memory(self);
    return status;
}

/* Part of another source: its runs of samples one after the other, start[r] counted in the view. */
typedef struct view_source {
    ana_source *source;
    size_t n_channels;
    size_t *channels; /* NULL: all, as they are */
    size_t n_runs;
    ana_run_of_samples *runs;
    size_t *start; /* n_runs + 1 */
    size_t sample_size;
} view_source;

static size_t run_of(const view_source *self, size_t sample)
{
    size_t low = 0;
    size_t high = self->n_runs;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (self->start[middle] <= sample) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Read a window, into doubles or as stored. A window within one run, the usual one, is passed on;
 * one that crosses runs is read run by run and channel by channel, each into its own place. */
static ana_status read_runs(const view_source *self, const ana_window *window, bool stored,
                            void *out)
{
    const size_t size = stored ? self->sample_size : sizeof(double);
    size_t done = 0;
    while (done < window->n_times) {
        size_t run = run_of(self, window->first + done);
        size_t within = window->first + done - self->start[run];
        size_t n = self->runs[run].n - within;
        n = n < window->n_times - done ? n : window->n_times - done;
        ana_window part = *window;
        part.first = self->runs[run].first + within;
        part.n_times = n;
        size_t step = n == window->n_times ? window->n_channels : 1;
        for (size_t i = 0; i < window->n_channels; i += step) {
            unsigned char *to = (unsigned char *)out + (i * window->n_times + done) * size;
            part.n_channels = step;
            part.channels = window->channels + i;
            part.gain = window->gain != NULL ? window->gain + i : NULL;
            part.offset = window->gain != NULL ? window->offset + i : NULL;
            ana_status status = stored ? ana_source_read_stored(self->source, &part, to)
                                       : ana_source_read(self->source, &part, (double *)(void *)to);
            if (status != ANA_OK) {
                return status;
            }
        }
        done += n;
    }
    return ANA_OK;
}

static ana_status read_view_as(const view_source *self, const ana_window *window, bool stored,
                               void *out)
{
    if (self->channels == NULL) {
        return read_runs(self, window, stored, out);
    }
    size_t *channels = NULL;
    ana_status status = ana_allocate(window->n_channels, sizeof *channels, "channels", &channels);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i < window->n_channels; i++) {
        channels[i] = self->channels[window->channels[i]];
    }
    ana_window mapped = *window;
    mapped.channels = channels;
    status = read_runs(self, &mapped, stored, out);
    free(channels);
    return status;
}

static ana_status read_view(void *self, const ana_window *window, double *out)
{
    return read_view_as(self, window, false, out);
}

static ana_status read_view_stored(void *self, const ana_window *window, void *out)
{
    return read_view_as(self, window, true, out);
}

static void free_view(void *opaque)
{
    view_source *self = opaque;
    if (self != NULL) {
        ana_source_free(self->source);
        free(self->channels);
        free(self->runs);
        free(self->start);
        free(self);
    }
}

static ana_status copy_view(const ana_view *view, view_source *self)
{
    ana_status status = ANA_OK;
    self->n_channels = view->n_channels;
    self->n_runs = view->n_runs;
    self->sample_size = view->sample_size;
    if (view->channels != NULL) {
        ANA_TRY(ana_allocate(view->n_channels, sizeof *self->channels, "view", &self->channels));
        memcpy(self->channels, view->channels, view->n_channels * sizeof *self->channels);
    }
    ANA_TRY(ana_allocate(view->n_runs, sizeof *self->runs, "view", &self->runs));
    ANA_TRY(ana_allocate(view->n_runs + 1, sizeof *self->start, "view", &self->start));
    for (size_t r = 0; r < view->n_runs; r++) {
        self->runs[r] = view->runs[r];
        self->start[r + 1] = self->start[r] + view->runs[r].n;
    }
done:
    return status;
}

ana_status ana_source_view(ana_source *source, const ana_view *view, ana_source **out)
{
    static const ana_source_operations operations = {read_view, read_view_stored, free_view};
    ana_status status = ANA_OK;
    view_source *self = NULL;
    ANA_TRY(ana_allocate(1, sizeof *self, "view", &self));
    ANA_TRY(copy_view(view, self));
    ANA_TRY(ana_source_new(&operations, self, out));
    self->source = ana_source_share(source);
    self = NULL;
done:
    free_view(self);
    return status;
}
