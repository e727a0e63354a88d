/* Series without their segments' trends. */
#include "checked.h"
#include "derived.h"
#include "memory.h"
#include "trend.h"
#include "try.h"
#include "workspace.h"

#include <stdlib.h>

typedef struct trend_lines {
    size_t n_channels;
    ana_line *lines; /* n_segments x n_channels */
} trend_lines;

/* The first pass: what the walk adds to. */
typedef struct measuring {
    const ana_series *series;
    ana_trend_fit *fits; /* n_segments x n_channels */
} measuring;

static ana_status measure_block(void *user, const ana_block *block)
{
    const measuring *work = user;
    const ana_segment *segment = &work->series->segments[block->segment];
    for (size_t c = 0; c < work->series->n_channels; c++) {
        ana_trend_fit_add(&work->fits[block->segment * work->series->n_channels + c],
                          segment->n_times, block->first - segment->first, block->n,
                          block->values + c * block->n);
    }
    return ANA_OK;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the type of every derivation's kernel */
static void detrend_compute(const void *self, const ana_derived_block *block, double *scratch,
                            double *const *out)
{
    (void)scratch;
    const trend_lines *detrender = self;
    const ana_line line =
        detrender->lines[block->segment * detrender->n_channels + block->channels[0]];
    ana_line_subtract(line, block->n_times, block->first, block->n, block->in, out[0]);
}

static void detrend_free(void *self)
{
    trend_lines *detrender = self;
    if (detrender != NULL) {
        free(detrender->lines);
        free(detrender);
    }
}

static ana_status measure(const ana_series *series, ana_trend trend, const ana_run *run,
                          trend_lines **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    trend_lines *detrender = NULL;
    measuring work = {series, ana_workspace_bytes(&workspace, series->n_segments,
                                                  series->n_channels, sizeof *work.fits)};
    ANA_TRY(ana_workspace_check(&workspace, "detrend"));
    const size_t n = series->n_segments * series->n_channels;
    ANA_TRY(ana_allocate(1, sizeof *detrender, "detrend", &detrender));
    ANA_TRY(ana_allocate(n, sizeof *detrender->lines, "detrend", &detrender->lines));
    detrender->n_channels = series->n_channels;
    ANA_TRY(ana_series_blocks(series, NULL, run, measure_block, &work));
    for (size_t i = 0; i < n; i++) {
        detrender->lines[i] = ana_trend_fit_line(&work.fits[i], trend);
    }
    *out = detrender;
    detrender = NULL;
done:
    detrend_free(detrender);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_series_detrend(const ana_series *series, ana_trend trend, const ana_run *run,
                              ana_series **out)
{
    ana_status status = ANA_OK;
    trend_lines *detrender = NULL;
    ANA_TRY(ana_series_need_rate(series, "detrend"));
    ANA_TRY(measure(series, trend, run, &detrender));
    const ana_derivation derivation = {.name = "detrend",
                                       .n_outputs = 1,
                                       .n_lanes = 1,
                                       .block = 8192,
                                       .holds_triggers = true,
                                       .up = 1,
                                       .down = 1,
                                       .rate = series->rate,
                                       .compute = detrend_compute,
                                       .free = detrend_free};
    status = ana_series_derive(series, &derivation, detrender, run, out);
done:
    return status;
}
