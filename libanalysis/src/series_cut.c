#include "memory.h"
#include "source.h"
#include "spans.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

/* What is kept of a series: runs of samples in the old one; segments of the new one. */
typedef struct kept_samples {
    size_t n_runs;
    size_t run_capacity;
    ana_run_of_samples *runs;
    size_t n_segments;
    size_t segment_capacity;
    ana_segment *segments;
    size_t n_times;
} kept_samples;

static void release_kept(kept_samples *kept)
{
    free(kept->runs);
    free(kept->segments);
}

/* Keep the samples first ... stop - 1, which lie in one segment of the old series. A run that goes
 *  on where the last one ended lengthens it; a segment is lengthened only within an old one. */
static ana_status keep(kept_samples *kept, size_t first, size_t stop, double start,
                       bool same_segment)
{
    ana_status status = ANA_OK;
    const size_t n = stop - first;
    ana_run_of_samples *last = kept->n_runs > 0 ? &kept->runs[kept->n_runs - 1] : NULL;
    bool goes_on = last != NULL && last->first + last->n == first;
    if (goes_on) {
        last->n += n;
    } else {
        ANA_TRY(ana_grow(&kept->runs, &kept->run_capacity, kept->n_runs + 1, sizeof *kept->runs,
                         "selection"));
        kept->runs[kept->n_runs++] = (ana_run_of_samples){first, n};
    }
    if (kept->n_segments > 0 && goes_on && same_segment) {
        kept->segments[kept->n_segments - 1].n_times += n;
    } else {
        ANA_TRY(ana_grow(&kept->segments, &kept->segment_capacity, kept->n_segments + 1,
                         sizeof *kept->segments, "selection"));
        kept->segments[kept->n_segments++] = (ana_segment){kept->n_times, n, start};
    }
    kept->n_times += n;
done:
    return status;
}

/* The samples first ... stop - 1 of a regular series, segment by segment. */
static ana_status keep_regular(const ana_series *series, size_t first, size_t stop,
                               kept_samples *kept)
{
    ana_status status = ANA_OK;
    size_t at = first;
    while (at < stop && status == ANA_OK) {
        const ana_segment *segment = &series->segments[ana_series_segment_of(series, at)];
        size_t end = segment->first + segment->n_times;
        end = end < stop ? end : stop;
        double start = segment->start + (double)(at - segment->first) / series->rate;
        status = keep(kept, at, end, start, at > segment->first);
        at = end;
    }
    return status;
}

/* Those of the n samples from `first` on whose times lie in the spans. */
static ana_status keep_times(const ana_spans *spans, size_t first, size_t n, const double *times,
                             kept_samples *kept)
{
    ana_status status = ANA_OK;
    for (size_t t = 0; t < n && status == ANA_OK; t++) {
        if (ana_spans_hold(spans, times[t])) {
            status = keep(kept, first + t, first + t + 1, times[t], true);
        }
    }
    return status;
}

/* The samples of a time-stamped series whose times lie in the spans, read in chunks. */
static ana_status keep_stamped(const ana_series *series, const ana_spans *spans, kept_samples *kept)
{
    enum {
        CHUNK = 8192
    };
    ana_status status = ANA_OK;
    double *times = NULL;
    ANA_TRY(ana_allocate(CHUNK, sizeof *times, "selection", &times));
    for (size_t first = 0; first < series->n_times; first += CHUNK) {
        size_t n = series->n_times - first < CHUNK ? series->n_times - first : CHUNK;
        ANA_TRY(ana_series_times(series, first, n, times));
        ANA_TRY(keep_times(spans, first, n, times, kept));
    }
    if (kept->n_segments > 0) { /* a time-stamped series has one segment, whatever was left out */
        kept->n_segments = 1;
        kept->segments[0].n_times = kept->n_times;
    }
done:
    free(times);
    return status;
}

static ana_status keep_within(const ana_series *series, const ana_spans *spans, kept_samples *kept)
{
    ana_status status = ANA_OK;
    if (!(series->rate > 0.0)) {
        return keep_stamped(series, spans, kept);
    }
    size_t done = 0; /* spans closer than a sample must not keep one twice */
    for (size_t i = 0; i < spans->n && status == ANA_OK; i++) {
        size_t first = ana_series_sample_at(series, spans->spans[i].start);
        size_t stop = ana_series_sample_at(series, spans->spans[i].stop);
        first = first < done ? done : first;
        if (stop > first) {
            status = keep_regular(series, first, stop, kept);
            done = stop;
        }
    }
    return status;
}

/* All samples: one run, the same segments. */
static ana_status keep_all(const ana_series *series, kept_samples *kept)
{
    ana_status status = ANA_OK;
    kept->n_times = series->n_times;
    ANA_TRY(ana_allocate(1, sizeof *kept->runs, "selection", &kept->runs));
    kept->runs[0] = (ana_run_of_samples){0, series->n_times};
    kept->n_runs = 1;
    ANA_TRY(ana_allocate(series->n_segments, sizeof *kept->segments, "selection", &kept->segments));
    if (series->n_segments > 0) {
        memcpy(kept->segments, series->segments, series->n_segments * sizeof *kept->segments);
    }
    kept->n_segments = series->n_segments;
done:
    return status;
}

static ana_status copy_channel(const ana_channel *from, ana_channel *to)
{
    ana_status status = ANA_OK;
    *to = *from;
    to->name = NULL; /* the texts are copied one by one: on failure the rest must be NULL */
    to->unit = NULL;
    to->filter = NULL;
    to->reference = NULL;
    to->transducer = NULL;
    ANA_TRY(ana_copy_text(from->name, &to->name));
    ANA_TRY(ana_copy_text(from->unit, &to->unit));
    ANA_TRY(ana_copy_text(from->filter, &to->filter));
    ANA_TRY(ana_copy_text(from->reference, &to->reference));
    ANA_TRY(ana_copy_text(from->transducer, &to->transducer));
done:
    return status;
}

/* The series without samples: its name, rate, type and the listed channels. */
static ana_status copy_heading(const ana_series *series, size_t n_channels, const size_t *channels,
                               ana_series **out)
{
    ana_status status = ANA_OK;
    ana_series *copy = NULL;
    ANA_TRY(ana_series_new(series->name, n_channels, &copy));
    ANA_TRY(ana_copy_text(series->description, &copy->description));
    copy->rate = series->rate;
    copy->type = series->type;
    copy->timestamps_ascend = series->timestamps_ascend;
    for (size_t i = 0; i < n_channels; i++) {
        size_t c = channels != NULL ? channels[i] : i;
        ANA_TRY(copy_channel(&series->channels[c], &copy->channels[i]));
    }
    *out = copy;
    copy = NULL;
done:
    ana_series_free(copy);
    return status;
}

/* *out = the kept samples of `source`: the source itself when nothing is left out. */
static ana_status cut_source(ana_source *source, const ana_view *view, size_t n_times,
                             ana_source **out)
{
    if (view->channels == NULL && view->n_runs == 1 && view->runs[0].n == n_times) {
        *out = ana_source_share(source);
        return ANA_OK;
    }
    return ana_source_view(source, view, out);
}

ana_status ana_series_cut(const ana_series *series, size_t n_channels, const size_t *channels,
                          const ana_spans *spans, ana_series **out)
{
    ana_status status = ANA_OK;
    ana_series *cut = NULL;
    kept_samples kept = {0};
    const size_t n = channels != NULL ? n_channels : series->n_channels;
    ANA_TRY(copy_heading(series, n, channels, &cut));
    ANA_TRY(spans != NULL ? keep_within(series, spans, &kept) : keep_all(series, &kept));
    ana_view view = {n, channels, kept.n_runs, kept.runs, ana_sample_size(series->type)};
    ANA_TRY(cut_source(series->source, &view, series->n_times, &cut->source));
    if (series->timestamps != NULL) {
        view = (ana_view){1, NULL, kept.n_runs, kept.runs, sizeof(double)};
        ANA_TRY(cut_source(series->timestamps, &view, series->n_times, &cut->timestamps));
    }
    cut->n_times = kept.n_times;
    cut->n_segments = kept.n_segments;
    cut->segments = kept.segments;
    kept.segments = NULL;
    *out = cut;
    cut = NULL;
done:
    ana_series_free(cut);
    release_kept(&kept);
    return status;
}
