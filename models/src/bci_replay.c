/* Recordings through a live stream. */
#include "bci_parts.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/bci_stream.h>

#include <math.h>
#include <string.h>

ana_status ana_bci_stream_match(const ana_bci_stream *stream, size_t n, const char *const *names,
                                double rate, size_t *places)
{
    const ana_bci_lesson *lesson = ana_bci_stream_lesson(stream);
    if (!isnan(rate) && !(fabs(rate - lesson->rate) <= 1e-9 * lesson->rate)) {
        return ana_fail(ANA_ERR_SHAPE, "stream: signals of %s Hz, but the model learned from %s Hz",
                        ana_number(rate).text, ana_number(lesson->rate).text);
    }
    for (size_t c = 0; c < lesson->n_channels; c++) {
        size_t k = 0;
        while (k < n && strcmp(names[k], lesson->channel_names[c]) != 0) {
            k++;
        }
        if (k == n) {
            return ana_fail(ANA_ERR_SHAPE,
                            "stream: the model learned from channel %s, which is not among the %zu "
                            "channels that come (the first is %s)",
                            lesson->channel_names[c], n, n > 0 ? names[0] : "none");
        }
        places[c] = k;
    }
    return ANA_OK;
}

/* A replay under way. */
typedef struct replay {
    ana_bci_stream *stream;
    const ana_series *series;
    const ana_bci_audience *audience;
    size_t *channels; /* of the series, in the lesson's order */
    double *block;    /* channels x step */
} replay;

/* Samples first ... first + n - 1, a step at a time. */
static ana_status push_segment(const replay *r, const ana_segment *segment)
{
    ana_status status = ANA_OK;
    const ana_bci_lesson *lesson = ana_bci_stream_lesson(r->stream);
    const size_t step = ana_bci_stream_step(r->stream);
    for (size_t t = 0; t < segment->n_times;) {
        const size_t done = ana_bci_stream_n_samples(r->stream);
        const size_t to_decision = step - done % step;
        const size_t left = segment->n_times - t;
        const size_t n = to_decision < left ? to_decision : left;
        ANA_TRY(ana_series_read(r->series, lesson->n_channels, r->channels, segment->first + t, n,
                                r->block));
        if (r->audience->pace != NULL) {
            ANA_TRY(r->audience->pace(r->audience->user, (double)(done + n - 1) / lesson->rate));
        }
        ANA_TRY(
            ana_bci_stream_push(r->stream, n, r->block, r->audience->listener, r->audience->user));
        t += n;
    }
done:
    return status;
}

/* Samples that are missing before segment s. */
static size_t lost_before(const ana_series *series, size_t s)
{
    const ana_segment *before = &series->segments[s - 1];
    const double end = before->start + (double)before->n_times / series->rate;
    const double n = round((series->segments[s].start - end) * series->rate);
    return (size_t)fmin(fmax(n, 1.0), 1e15);
}

static ana_status find_channels(const ana_bci_stream *stream, const ana_series *series,
                                size_t *channels)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_bci_lesson *lesson = ana_bci_stream_lesson(stream);
    const char **names =
        ana_workspace_bytes(&workspace, series->n_channels, 1, sizeof(const char *));
    ANA_TRY(ana_workspace_check(&workspace, "stream"));
    for (size_t c = 0; c < series->n_channels; c++) {
        names[c] = series->channels[c].name;
    }
    ANA_TRY(ana_bci_stream_match(stream, series->n_channels, names, series->rate, channels));
    for (size_t c = 0; c < lesson->n_channels; c++) {
        const ana_channel *channel = &series->channels[channels[c]];
        if (!ana_bci_units_agree(lesson->unit, channel->unit)) {
            ANA_TRY(ana_fail(ANA_ERR_SHAPE, "stream: %s is in %s, but the model learned from %s",
                             channel->name, channel->unit, lesson->unit));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_bci_stream_replay(ana_bci_stream *stream, const ana_series *series,
                                 const ana_bci_audience *audience)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = ana_bci_stream_lesson(stream)->n_channels;
    const size_t step = ana_bci_stream_step(stream);
    const size_t most = step < series->n_times ? step : series->n_times;
    replay r = {.stream = stream,
                .series = series,
                .audience = audience,
                .channels = ana_workspace_sizes(&workspace, n, 1),
                .block = ana_workspace_doubles(&workspace, n, most)};
    ANA_TRY(ana_workspace_check(&workspace, "stream"));
    ANA_TRY(find_channels(stream, series, r.channels));
    for (size_t s = 0; s < series->n_segments; s++) {
        if (s > 0) {
            ANA_TRY(ana_bci_stream_skip(stream, lost_before(series, s), audience->listener,
                                        audience->user));
        }
        ANA_TRY(push_segment(&r, &series->segments[s]));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
