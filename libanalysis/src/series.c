#include "checked.h"
#include "memory.h"
#include "source.h"
#include "try.h"

#include <analysis/series.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>

static void free_channel(ana_channel *channel)
{
    free(channel->name);
    free(channel->unit);
    free(channel->filter);
    free(channel->reference);
    free(channel->transducer);
}

void ana_series_free(ana_series *series)
{
    if (series == NULL) {
        return;
    }
    for (size_t c = 0; c < series->n_channels; c++) {
        free_channel(&series->channels[c]);
    }
    free(series->channels);
    free(series->name);
    free(series->description);
    free(series->segments);
    ana_source_free(series->source);
    ana_source_free(series->timestamps);
    free(series);
}

ana_status ana_series_new(const char *name, size_t n_channels, ana_series **out)
{
    ana_status status = ANA_OK;
    ana_series *series = NULL;
    ANA_TRY(ana_allocate(1, sizeof *series, "series", &series));
    ANA_TRY(ana_copy_text(name, &series->name));
    ANA_TRY(ana_allocate(n_channels, sizeof *series->channels, "channels", &series->channels));
    series->n_channels = n_channels;
    for (size_t c = 0; c < n_channels; c++) {
        ana_channel *channel = &series->channels[c];
        channel->gain = 1.0;
        channel->high_pass_hz = NAN;
        channel->low_pass_hz = NAN;
        channel->notch_hz = NAN;
        channel->file_index = c;
        for (int axis = 0; axis < 3; axis++) {
            channel->position[axis] = NAN;
        }
    }
    *out = series;
    series = NULL;
done:
    ana_series_free(series);
    return status;
}

/* Time just past the last sample of a segment of a regular series. */
static double segment_stop(const ana_series *series, const ana_segment *segment)
{
    return segment->start + (double)segment->n_times / series->rate;
}

/* Whether a segment that starts at `start` (NaN: not given) goes on where the last one ends. */
static bool continues_last(const ana_series *series, double start)
{
    if (series->n_segments == 0) {
        return false;
    }
    if (!(series->rate > 0.0) || isnan(start)) {
        return true;
    }
    double stop = segment_stop(series, &series->segments[series->n_segments - 1]);
    return fabs(start - stop) * series->rate <= 0.5;
}

ana_status ana_series_add_segment(ana_series *series, size_t n_times, double start)
{
    size_t total = 0;
    size_t capacity = series->n_segments;
    if (n_times == 0) {
        return ANA_OK;
    }
    if (isinf(start)) {
        return ana_fail(ANA_ERR_VALUE, "series \"%s\": a segment starts at an infinite time",
                        series->name);
    }
    if (!ana_add(series->n_times, n_times, &total)) {
        return ana_fail(ANA_ERR_SHAPE, "series \"%s\": %zu and %zu more samples overflow",
                        series->name, series->n_times, n_times);
    }
    if (continues_last(series, start)) {
        series->segments[series->n_segments - 1].n_times += n_times;
        series->n_times = total;
        return ANA_OK;
    }
    if (series->n_segments > 0 && !(start > series->segments[series->n_segments - 1].start)) {
        return ana_fail(ANA_ERR_VALUE, "series \"%s\": segment %zu starts before segment %zu",
                        series->name, series->n_segments, series->n_segments - 1);
    }
    ana_status status = ana_grow(&series->segments, &capacity, series->n_segments + 1,
                                 sizeof *series->segments, "segments");
    if (status != ANA_OK) {
        return status;
    }
    series->segments[series->n_segments++] =
        (ana_segment){series->n_times, n_times, isnan(start) ? 0.0 : start};
    series->n_times = total;
    return ANA_OK;
}

size_t ana_series_segment_of(const ana_series *series, size_t sample)
{
    size_t low = 0;
    size_t high = series->n_segments;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (series->segments[middle].first <= sample) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The last segment that starts at or before `time`, the first when none does. */
static size_t segment_at(const ana_series *series, double time, double tolerance)
{
    size_t low = 0;
    size_t high = series->n_segments;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (series->segments[middle].start <= time + tolerance) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t ana_series_sample_at(const ana_series *series, double time)
{
    if (series->n_segments == 0 || !(time < HUGE_VAL)) {
        return series->n_times;
    }
    if (time <= series->segments[0].start) {
        return 0;
    }
    /* Times are ticks of the rate that went through doubles: a difference of a millionth of a
     * sample, or of the rounding of the time itself, is none. */
    double slack = 1e-6 + 4.0 * DBL_EPSILON * fabs(time) * series->rate;
    size_t s = segment_at(series, time, slack / series->rate);
    const ana_segment *segment = &series->segments[s];
    double ticks = ceil((time - segment->start) * series->rate - slack);
    if (!(ticks > 0.0)) {
        return segment->first;
    }
    if (ticks >= (double)segment->n_times) {
        return segment->first + segment->n_times; /* the first of the next one, or n_times */
    }
    return segment->first + (size_t)ticks;
}

ana_status ana_series_stop(const ana_series *series, double *out)
{
    if (series->n_times == 0) {
        *out = 0.0;
        return ANA_OK;
    }
    if (series->rate > 0.0) {
        *out = segment_stop(series, &series->segments[series->n_segments - 1]);
        return ANA_OK;
    }
    return ana_series_times(series, series->n_times - 1, 1, out);
}

static ana_status check_segments(const ana_series *series)
{
    size_t n = 0;
    for (size_t s = 0; s < series->n_segments; s++) {
        const ana_segment *segment = &series->segments[s];
        if (segment->first != n || segment->n_times == 0) {
            return ana_fail(ANA_ERR_VALUE,
                            "series \"%s\": segment %zu holds %zu samples from %zu on; it must go "
                            "on at %zu and not be empty",
                            series->name, s, segment->n_times, segment->first, n);
        }
        if (!isfinite(segment->start) || (s > 0 && !(segment->start > segment[-1].start))) {
            return ana_fail(ANA_ERR_VALUE,
                            "series \"%s\": segment %zu does not start after the one before it",
                            series->name, s);
        }
        if (!ana_add(n, segment->n_times, &n)) {
            return ana_fail(ANA_ERR_VALUE, "series \"%s\": its segments overflow", series->name);
        }
    }
    if (n != series->n_times) {
        return ana_fail(ANA_ERR_VALUE, "series \"%s\": segments cover %zu of %zu samples",
                        series->name, n, series->n_times);
    }
    return ANA_OK;
}

static ana_status check_channels(const ana_series *series)
{
    for (size_t c = 0; c < series->n_channels; c++) {
        const ana_channel *channel = &series->channels[c];
        if (channel->name == NULL) {
            return ana_fail(ANA_ERR_VALUE, "series \"%s\": channel %zu has no name", series->name,
                            c);
        }
        if (!isfinite(channel->gain) || !isfinite(channel->offset)) {
            return ana_fail(ANA_ERR_VALUE,
                            "series \"%s\": channel \"%s\": its gain or offset is not finite",
                            series->name, channel->name);
        }
    }
    return ANA_OK;
}

ana_status ana_series_check(const ana_series *series)
{
    if (series->name == NULL) {
        return ana_fail(ANA_ERR_VALUE, "series: it has no name");
    }
    if (!(series->rate >= 0.0) || isinf(series->rate)) {
        return ana_fail(ANA_ERR_VALUE, "series \"%s\": its rate is negative or not finite",
                        series->name);
    }
    if ((series->rate > 0.0) != (series->timestamps == NULL)) {
        return ana_fail(ANA_ERR_VALUE,
                        "series \"%s\": it needs either a rate or timestamps, and not both",
                        series->name);
    }
    if (!(series->rate > 0.0) && series->n_segments > 1) {
        return ana_fail(ANA_ERR_VALUE, "series \"%s\": time-stamped, yet of %zu segments",
                        series->name, series->n_segments);
    }
    if (series->source == NULL) {
        return ana_fail(ANA_ERR_VALUE, "series \"%s\": it has no samples (no source)",
                        series->name);
    }
    ana_status status = check_segments(series);
    return status != ANA_OK ? status : check_channels(series);
}
