#include "derived.h"
#include "memory.h"
#include "mix.h"
#include "spans.h"
#include "try.h"
#include "workspace.h"

#include <stdlib.h>
#include <string.h>

typedef struct mix_source {
    ana_series *parent;
    ana_mix mix;
} mix_source;

/* The parent's channels that a window needs, each read once, and where their rows are. */
typedef struct needed_rows {
    size_t n;
    size_t *channels;
    size_t *place; /* of each of the parent's channels among them */
    size_t chunk;  /* samples read at a time */
    double *rows;  /* n x chunk */
    double *mean;  /* chunk: of the shared channels */
} needed_rows;

ana_status ana_mix_new(size_t n, size_t n_shared, ana_mix *out)
{
    ana_status status = ANA_OK;
    ana_mix mix = {.n = n, .n_shared = n_shared};
    ANA_TRY(ana_allocate(n, sizeof *mix.plus, "channels", &mix.plus));
    ANA_TRY(ana_allocate(n, sizeof *mix.minus, "channels", &mix.minus));
    ANA_TRY(ana_allocate(n_shared, sizeof *mix.shared, "channels", &mix.shared));
    *out = mix;
    mix = (ana_mix){0};
done:
    ana_mix_release(&mix);
    return status;
}

void ana_mix_release(ana_mix *mix)
{
    free(mix->plus);
    free(mix->minus);
    free(mix->shared);
    *mix = (ana_mix){0};
}

static void free_mix(void *opaque)
{
    mix_source *self = opaque;
    if (self != NULL) {
        ana_mix_release(&self->mix);
        ana_series_free(self->parent);
        free(self);
    }
}

static void need(const mix_source *self, needed_rows *needed, size_t channel)
{
    if (channel < self->parent->n_channels && needed->place[channel] == ANA_MIX_ALONE) {
        needed->place[channel] = needed->n;
        needed->channels[needed->n++] = channel;
    }
}

static ana_status list_needed(const mix_source *self, const ana_window *window,
                              ana_workspace *workspace, needed_rows *needed)
{
    const size_t n_channels = self->parent->n_channels;
    needed->channels = ana_workspace_sizes(workspace, n_channels, 1);
    needed->place = ana_workspace_sizes(workspace, n_channels, 1);
    ana_status status = ana_workspace_check(workspace, "reference");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t c = 0; c < n_channels; c++) {
        needed->place[c] = ANA_MIX_ALONE;
    }
    for (size_t i = 0; i < window->n_channels; i++) {
        need(self, needed, self->mix.plus[window->channels[i]]);
        need(self, needed, self->mix.minus[window->channels[i]]);
    }
    for (size_t i = 0; i < self->mix.n_shared; i++) {
        need(self, needed, self->mix.shared[i]);
    }
    const size_t values = ((size_t)4 << 20) / sizeof(double);
    const size_t wanted = values / (needed->n + 1) > 256 ? values / (needed->n + 1) : 256;
    needed->chunk = wanted < window->n_times ? wanted : window->n_times;
    needed->rows = ana_workspace_doubles(workspace, needed->n, needed->chunk);
    needed->mean = ana_workspace_doubles(workspace, needed->chunk, 1);
    return ana_workspace_check(workspace, "reference");
}

static const double *row_of(const needed_rows *needed, size_t channel, size_t n)
{
    return needed->rows + needed->place[channel] * n;
}

/* The mean of the shared channels over the n samples at hand, summed in their order. */
static void take_mean(const mix_source *self, const needed_rows *needed, size_t n)
{
    if (self->mix.n_shared == 0) {
        return;
    }
    for (size_t t = 0; t < n; t++) {
        needed->mean[t] = 0.0;
    }
    for (size_t i = 0; i < self->mix.n_shared; i++) {
        const double *row = row_of(needed, self->mix.shared[i], n);
        for (size_t t = 0; t < n; t++) {
            needed->mean[t] += row[t];
        }
    }
    for (size_t t = 0; t < n; t++) {
        needed->mean[t] /= (double)self->mix.n_shared;
    }
}

static void subtract(const mix_source *self, const needed_rows *needed, size_t channel, size_t n,
                     double *out)
{
    const size_t minus = self->mix.minus[channel];
    memcpy(out, row_of(needed, self->mix.plus[channel], n), n * sizeof *out);
    if (minus == ANA_MIX_ALONE) {
        return;
    }
    const double *subtracted = minus == ANA_MIX_MEAN ? needed->mean : row_of(needed, minus, n);
    for (size_t t = 0; t < n; t++) {
        out[t] -= subtracted[t];
    }
}

static ana_status read_mix(void *opaque, const ana_window *window, double *out)
{
    const mix_source *self = opaque;
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    needed_rows needed = {0};
    ANA_TRY(list_needed(self, window, &workspace, &needed));
    for (size_t at = 0; at < window->n_times; at += needed.chunk) {
        const size_t left = window->n_times - at;
        const size_t n = left < needed.chunk ? left : needed.chunk;
        ANA_TRY(ana_series_read(self->parent, needed.n, needed.channels, window->first + at, n,
                                needed.rows));
        take_mean(self, &needed, n);
        for (size_t i = 0; i < window->n_channels; i++) {
            subtract(self, &needed, window->channels[i], n, out + i * window->n_times + at);
        }
    }
    for (size_t i = 0; i < window->n_channels && window->gain != NULL; i++) {
        double *row = out + i * window->n_times;
        for (size_t t = 0; t < window->n_times; t++) {
            row[t] = row[t] * window->gain[i] + window->offset[i];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status read_mix_stored(void *opaque, const ana_window *window, void *out)
{
    ana_window physical = *window;
    physical.gain = NULL;
    physical.offset = NULL;
    return read_mix(opaque, &physical, out);
}

static ana_status new_source(const ana_series *parent, const ana_mix *mix, mix_source **out)
{
    ana_status status = ANA_OK;
    mix_source *source = NULL;
    ANA_TRY(ana_allocate(1, sizeof *source, "reference", &source));
    ANA_TRY(ana_series_cut(parent, 0, NULL, NULL, &source->parent));
    ANA_TRY(ana_mix_new(mix->n, mix->n_shared, &source->mix));
    memcpy(source->mix.plus, mix->plus, mix->n * sizeof *mix->plus);
    memcpy(source->mix.minus, mix->minus, mix->n * sizeof *mix->minus);
    memcpy(source->mix.shared, mix->shared, mix->n_shared * sizeof *mix->shared);
    *out = source;
    source = NULL;
done:
    free_mix(source);
    return status;
}

ana_status ana_series_mix(const ana_series *parent, const ana_mix *mix, ana_series **out)
{
    static const ana_source_operations operations = {read_mix, read_mix_stored, free_mix};
    ana_status status = ANA_OK;
    ana_series *plus = NULL;
    ana_series *series = NULL;
    mix_source *source = NULL;
    ANA_TRY(ana_series_cut(parent, mix->n, mix->plus, NULL, &plus));
    ANA_TRY(ana_series_heading(plus, "reference", 1, &series));
    ANA_TRY(new_source(parent, mix, &source));
    ANA_TRY(ana_source_new(&operations, source, &series->source));
    source = NULL;
    *out = series;
    series = NULL;
done:
    free_mix(source);
    ana_series_free(plus);
    ana_series_free(series);
    return status;
}
