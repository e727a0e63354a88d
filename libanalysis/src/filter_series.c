/* Filtered series: filters as kernels of derived series. */
#include "derived.h"
#include "fft.h"
#include "filters.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/filter.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void fir_reach(const void *self, size_t n_times, size_t first, size_t n, size_t *in_first,
                      size_t *in_n)
{
    ana_convolver_reach(self, n_times, first, n, in_first, in_n);
}

static size_t fir_scratch(const void *self, size_t n_times)
{
    (void)n_times;
    return ana_convolver_scratch(self);
}

static void fir_compute(const void *self, const ana_derived_block *block, double *scratch,
                        double *const *out)
{
    ana_stretch stretch = {block->in, block->in_first, block->in_n, block->n_times};
    ana_convolver_run(self, &stretch, block->index, block->n, scratch, block->n, out[0]);
}

static void fir_free(void *self)
{
    ana_convolver_free(self);
}

ana_status ana_series_fir(const ana_series *series, const ana_fir *fir, ana_filter_phase phase,
                          const ana_run *run, ana_series **out)
{
    ana_convolver *convolver = NULL;
    ana_status status = ana_fir_convolver(fir, phase, &convolver);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t s = 0; s < series->n_segments; s++) {
        if (series->segments[s].n_times < fir->n_taps) {
            ana_warn(run,
                     "filter: its %zu samples are longer than the %zu of segment %zu of series "
                     "\"%s\": the answer there is mostly edge",
                     fir->n_taps, series->segments[s].n_times, s, series->name);
            break;
        }
    }
    ana_derivation derivation = {.name = "filter",
                                 .n_outputs = 1,
                                 .n_lanes = 1,
                                 .block = ana_convolver_block(convolver),
                                 .holds_triggers = true,
                                 .up = 1,
                                 .down = 1,
                                 .rate = series->rate,
                                 .reach = fir_reach,
                                 .scratch = fir_scratch,
                                 .compute = fir_compute,
                                 .free = fir_free};
    return ana_series_derive(series, &derivation, convolver, run, out);
}

/* A zero-phase recursive filter and what it needs on every segment. */
typedef struct both_ways {
    ana_sos *sos;
    double *steady;
    size_t ringing;
} both_ways;

static size_t pad_of(const both_ways *self, size_t n_times)
{
    return self->ringing < n_times ? self->ringing : n_times - 1;
}

static size_t both_ways_scratch(const void *self, size_t n_times)
{
    const both_ways *filter = self;
    return ana_sos_scratch(filter->sos, pad_of(filter, n_times));
}

static void both_ways_compute(const void *self, const ana_derived_block *block, double *scratch,
                              double *const *out)
{
    const both_ways *filter = self;
    ana_sos_both_ways(filter->sos, filter->steady, block->n_channels, block->n_times,
                      pad_of(filter, block->n_times), block->in, scratch);
    for (size_t l = 0; l < block->n_channels; l++) {
        memcpy(out[l], block->in + l * block->in_n, block->n * sizeof(double));
    }
}

static void both_ways_free(void *self)
{
    both_ways *filter = self;
    if (filter != NULL) {
        ana_sos_free(filter->sos);
        free(filter->steady);
        free(filter);
    }
}

static ana_status new_both_ways(const ana_sos *sos, both_ways **out)
{
    ana_status status = ANA_OK;
    both_ways *filter = NULL;
    ANA_TRY(ana_allocate(1, sizeof *filter, "filter", &filter));
    ANA_TRY(ana_sos_copy(sos, &filter->sos));
    ANA_TRY(ana_allocate(sos->n_sections, 2 * sizeof(double), "filter", &filter->steady));
    ANA_TRY(ana_sos_steady_state(sos, filter->steady));
    filter->ringing = ana_sos_ringing(sos);
    *out = filter;
    filter = NULL;
done:
    both_ways_free(filter);
    return status;
}

ana_status ana_series_sos(const ana_series *series, const ana_sos *sos, ana_filter_phase phase,
                          const ana_run *run, ana_series **out)
{
    if (phase != ANA_PHASE_ZERO) {
        return ana_series_sos_causal(series, sos, run, out);
    }
    both_ways *filter = NULL;
    ana_status status = new_both_ways(sos, &filter);
    if (status != ANA_OK) {
        return status;
    }
    ana_derivation derivation = {.name = "zero-phase filter of a whole segment",
                                 .n_outputs = 1,
                                 .n_lanes = ANA_SOS_LANES,
                                 .holds_triggers = true,
                                 .up = 1,
                                 .down = 1,
                                 .rate = series->rate,
                                 .scratch = both_ways_scratch,
                                 .compute = both_ways_compute,
                                 .free = both_ways_free};
    return ana_series_derive(series, &derivation, filter, run, out);
}

static ana_status filter_by_fir(const ana_series *series, const ana_filter_options *options,
                                bool notch, ana_series **out)
{
    ana_status status = ANA_OK;
    ana_fir *fir = NULL;
    ana_fir *minimum = NULL;
    ANA_TRY(notch ? ana_fir_notch(options, series->rate, &fir)
                  : ana_fir_design(options, series->rate, &fir));
    if (options->phase == ANA_PHASE_MINIMUM) {
        ANA_TRY(ana_fir_minimum_phase(fir, &minimum));
    }
    ANA_TRY(ana_series_fir(series, minimum != NULL ? minimum : fir, options->phase, &options->run,
                           out));
done:
    ana_fir_free(fir);
    ana_fir_free(minimum);
    return status;
}

/* One section for each multiple of the notch below half the rate. */
static ana_status notch_sections(const ana_filter_options *options, double rate, ana_sos **out)
{
    ana_status status = ANA_OK;
    ana_sos *sos = NULL;
    ana_sos *one = NULL;
    ANA_TRY(ana_sos_new(options->notch_harmonics, &sos));
    for (size_t i = 0; i < options->notch_harmonics; i++) {
        double middle = (double)(i + 1) * options->notch_hz;
        double width = options->notch_width_hz > 0.0 ? options->notch_width_hz : middle / 30.0;
        if (i > 0 && middle >= 0.5 * rate) {
            sos->n_sections = i;
            break;
        }
        ANA_TRY(ana_sos_notch(middle, width, rate, &one));
        memcpy(sos->sections + 6 * i, one->sections, 6 * sizeof(double));
        ana_sos_free(one);
        one = NULL;
    }
    *out = sos;
    sos = NULL;
done:
    ana_sos_free(one);
    ana_sos_free(sos);
    return status;
}

static ana_status filter_by_sections(const ana_series *series, const ana_filter_options *options,
                                     bool notch, ana_series **out)
{
    ana_status status = ANA_OK;
    ana_sos *sos = NULL;
    ANA_TRY(notch ? notch_sections(options, series->rate, &sos)
                  : ana_butterworth(options->order, options->high_pass_hz, options->low_pass_hz,
                                    series->rate, &sos));
    ANA_TRY(ana_series_sos(series, sos, options->phase, &options->run, out));
done:
    ana_sos_free(sos);
    return status;
}

static ana_status filter_once(const ana_series *series, const ana_filter_options *options,
                              bool notch, ana_series **out)
{
    return options->method == ANA_FILTER_FIR ? filter_by_fir(series, options, notch, out)
                                             : filter_by_sections(series, options, notch, out);
}

/* The channels' recorded settings, narrowed by what was done. */
static void note_settings(const ana_filter_options *options, ana_series *series)
{
    const double high = options->high_pass_hz;
    const double low = options->low_pass_hz;
    const bool stop = high > 0.0 && low > 0.0 && high > low;
    for (size_t c = 0; c < series->n_channels; c++) {
        ana_channel *channel = &series->channels[c];
        if (channel->kind == ANA_KIND_TRIGGER) {
            continue;
        }
        if (high > 0.0 && !stop) {
            channel->high_pass_hz = fmax(channel->high_pass_hz, high);
        }
        if (low > 0.0 && !stop) {
            channel->low_pass_hz = fmin(channel->low_pass_hz, low);
        }
        if (options->notch_hz > 0.0) {
            channel->notch_hz = options->notch_hz;
        }
    }
}

ana_status ana_series_filter(const ana_series *series, const ana_filter_options *options,
                             ana_series **out)
{
    ana_status status = ANA_OK;
    ana_series *band = NULL;
    ana_series *notched = NULL;
    const ana_filter_options standard = ana_filter_options_default();
    const ana_filter_options *chosen = options != NULL ? options : &standard;
    ANA_TRY(ana_options_check(ana_filter_option_table, chosen, "filter"));
    ANA_TRY(ana_series_need_rate(series, "filter"));
    const bool wants_band = chosen->high_pass_hz > 0.0 || chosen->low_pass_hz > 0.0;
    const bool wants_notch = chosen->notch_hz > 0.0;
    if (!wants_band && !wants_notch) {
        status = ana_fail(ANA_ERR_VALUE, "filter: no high-pass, low-pass or notch is given");
        goto done;
    }
    if (wants_band) {
        ANA_TRY(filter_once(series, chosen, false, &band));
    }
    if (wants_notch) {
        ANA_TRY(filter_once(band != NULL ? band : series, chosen, true, &notched));
        ana_series_free(band);
        band = notched;
        notched = NULL;
    }
    note_settings(chosen, band);
    *out = band;
    band = NULL;
done:
    ana_series_free(band);
    return status;
}
