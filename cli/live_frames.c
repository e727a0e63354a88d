/* A recording as frames. */
#include "live_lines.h"
#include "live_session.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>

/* Frames under way. */
typedef struct writer {
    const ana_series *series;
    const ana_run *run;
    size_t n_channels;
    size_t *places;
    size_t step;
    double *block; /* channels x step */
    uint64_t sequence;
    size_t n_written; /* samples */
} writer;

static ana_status write_header(const writer *w, const ana_bci_lesson *lesson)
{
    ana_status status = ANA_OK;
    uint8_t *bytes = NULL;
    size_t n = 0;
    ANA_TRY(ana_live_encode_header(lesson->n_channels, (const char *const *)lesson->channel_names,
                                   lesson->rate, &bytes, &n));
    ANA_TRY(live_write_bytes(bytes, n, w->run));
done:
    free(bytes);
    return status;
}

/* n samples of the block as a frame. */
static ana_status write_block(writer *w, size_t n)
{
    ana_status status = ANA_OK;
    uint8_t *bytes = NULL;
    size_t n_bytes = 0;
    const double time_s = w->series->segments[0].start + (double)w->n_written / w->series->rate;
    ANA_TRY(ana_live_encode_samples(w->n_channels, n, w->block, w->sequence++, time_s, &bytes,
                                    &n_bytes));
    ANA_TRY(live_write_bytes(bytes, n_bytes, w->run));
    ANA_TRY(ana_run_progress(w->run, "frames", 0, 0));
    w->n_written += n;
done:
    free(bytes);
    return status;
}

static ana_status write_segment(writer *w, const ana_segment *segment)
{
    ana_status status = ANA_OK;
    for (size_t t = 0; t < segment->n_times;) {
        const size_t left = segment->n_times - t;
        const size_t n = w->step < left ? w->step : left;
        ANA_TRY(
            ana_series_read(w->series, w->n_channels, w->places, segment->first + t, n, w->block));
        ANA_TRY(write_block(w, n));
        t += n;
    }
done:
    return status;
}

/* Between two segments samples are missing: NaN. */
static ana_status write_gap(writer *w, const ana_segment *before, const ana_segment *after)
{
    ana_status status = ANA_OK;
    const double rate = w->series->rate;
    const double lost =
        fmax(1.0, round((after->start - before->start) * rate) - (double)before->n_times);
    for (double left = lost; left > 0.0;) {
        const size_t n = left < (double)w->step ? (size_t)left : w->step;
        for (size_t i = 0; i < w->n_channels * n; i++) {
            w->block[i] = NAN;
        }
        ANA_TRY(write_block(w, n));
        left -= (double)n;
    }
done:
    return status;
}

ana_status live_write_frames(const ana_bci_stream *stream, const ana_series *series,
                             const ana_run *run)
{
    ana_status status = ANA_OK;
    const ana_bci_lesson *lesson = ana_bci_stream_lesson(stream);
    const size_t step = ana_bci_stream_step(stream);
    writer w = {.series = series, .run = run, .n_channels = lesson->n_channels};
    w.step = step < 4096 ? step : 4096;
    const char **names = calloc(series->n_channels + 1, sizeof *names);
    w.places = calloc(w.n_channels, sizeof *w.places);
    w.block = calloc(w.n_channels * w.step, sizeof *w.block);
    if (names == NULL || w.places == NULL || w.block == NULL) {
        ana_fail(ANA_ERR_MEMORY, "no memory for frames of %zu samples", w.step);
        status = ANA_ERR_MEMORY;
        goto done;
    }
    for (size_t c = 0; c < series->n_channels; c++) {
        names[c] = series->channels[c].name;
    }
    ANA_TRY(ana_bci_stream_match(stream, series->n_channels, names, series->rate, w.places));
    ANA_TRY(write_header(&w, lesson));
    for (size_t s = 0; s < series->n_segments; s++) {
        if (s > 0) {
            ANA_TRY(write_gap(&w, &series->segments[s - 1], &series->segments[s]));
        }
        ANA_TRY(write_segment(&w, &series->segments[s]));
    }
done:
    free(names);
    free(w.places);
    free(w.block);
    return status;
}
