/* Resampled series: resamplers as kernels of derived series. */
#include "derived.h"
#include "memory.h"
#include "resampling.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

/* Answers in a block of the polyphase grid: about 8192 samples in. */
static size_t block_of(const ana_polyphase *polyphase)
{
    size_t n = 8192 / polyphase->down * polyphase->up;
    return n > 64 ? n : 64;
}

static size_t polyphase_length(const void *self, size_t n_times)
{
    const ana_polyphase *polyphase = self;
    return ana_resample_length(n_times, polyphase->up, polyphase->down);
}

static void polyphase_reach(const void *self, size_t n_times, size_t first, size_t n,
                            size_t *in_first, size_t *in_n)
{
    ana_polyphase_reach(self, n_times, first, n, in_first, in_n);
}

static size_t polyphase_scratch(const void *self, size_t n_times)
{
    (void)n_times;
    return ana_polyphase_scratch(self, block_of(self));
}

static void polyphase_compute(const void *self, const ana_derived_block *block, double *scratch,
                              double *const *out)
{
    ana_stretch stretch = {block->in, block->in_first, block->in_n, block->n_times};
    ana_polyphase_run(self, &stretch, block->first, block->n, scratch, out[0]);
}

static void polyphase_free(void *self)
{
    ana_polyphase_free(self);
}

static ana_status derive_polyphase(const ana_series *series, ana_polyphase *polyphase,
                                   const char *name, double rate, const ana_run *run,
                                   ana_series **out)
{
    ana_derivation derivation = {.name = name,
                                 .n_outputs = 1,
                                 .n_lanes = 1,
                                 .block = block_of(polyphase),
                                 .holds_triggers = true,
                                 .up = polyphase->up,
                                 .down = polyphase->down,
                                 .rate = rate,
                                 .length = polyphase_length,
                                 .reach = polyphase_reach,
                                 .scratch = polyphase_scratch,
                                 .compute = polyphase_compute,
                                 .free = polyphase_free};
    return ana_series_derive(series, &derivation, polyphase, run, out);
}

/* Whole segments through the spectrum: lengths are made such that no answer falls between samples.
 */
typedef struct whole_resampler {
    size_t up;
    size_t down;
    ana_fourier_resampler plans; /* for the segment length prepared last */
} whole_resampler;

static size_t whole_length(const void *self, size_t n_times)
{
    const whole_resampler *whole = self;
    return ana_resample_length(n_times, whole->up, whole->down);
}

/* A segment's length with at least an eighth of it, at most 100 samples, added on either side: a
 * power of two if `down` divides it, else the next good multiple of `down`. */
static size_t padded_length(const whole_resampler *whole, size_t n_times)
{
    const size_t side = n_times / 8 < 100 ? n_times / 8 : 100;
    size_t power = 1;
    while (power < n_times + 2 * side) {
        power *= 2;
    }
    if (power % whole->down == 0) {
        return power;
    }
    return ana_fft_good_length((n_times + 2 * side + whole->down - 1) / whole->down) * whole->down;
}

/* Samples added before the first one: answers to them are a whole number too. */
static size_t samples_before(const whole_resampler *whole, size_t n_times)
{
    return (padded_length(whole, n_times) - n_times) / 2 / whole->down * whole->down;
}

static ana_status whole_prepare(void *self, size_t n_times)
{
    whole_resampler *whole = self;
    const size_t length = padded_length(whole, n_times);
    ana_fourier_resampler_release(&whole->plans);
    return ana_fourier_resampler_new(length, length / whole->down * whole->up, &whole->plans);
}

static size_t whole_scratch(const void *self, size_t n_times)
{
    const whole_resampler *whole = self;
    const size_t length = padded_length(whole, n_times);
    return ana_fourier_resampler_scratch(length, length / whole->down * whole->up);
}

static void whole_reach(const void *self, size_t n_times, size_t first, size_t n, size_t *in_first,
                        size_t *in_n)
{
    (void)self;
    (void)first;
    (void)n;
    *in_first = 0;
    *in_n = n_times;
}

static void whole_compute(const void *self, const ana_derived_block *block, double *scratch,
                          double *const *out)
{
    const whole_resampler *whole = self;
    const size_t before = samples_before(whole, block->n_times);
    ana_stretch stretch = {block->in, 0, block->n_times, block->n_times};
    ana_stretch_load(&stretch, true, -(ptrdiff_t)before, whole->plans.n_in,
                     ana_fourier_resampler_input(scratch));
    const double *answer = ana_fourier_resampler_run(&whole->plans, scratch);
    memcpy(out[0], answer + before / whole->down * whole->up, block->n * sizeof(double));
}

static void whole_free(void *self)
{
    whole_resampler *whole = self;
    ana_fourier_resampler_release(&whole->plans);
    free(whole);
}

static ana_status derive_whole(const ana_series *series, size_t up, size_t down, double rate,
                               const ana_run *run, ana_series **out)
{
    whole_resampler *whole = NULL;
    ana_status status = ana_allocate(1, sizeof *whole, "resampling", &whole);
    if (status != ANA_OK) {
        return status;
    }
    whole->up = up;
    whole->down = down;
    ana_derivation derivation = {.name = "Fourier resampling of a whole segment",
                                 .n_outputs = 1,
                                 .n_lanes = 1,
                                 .holds_triggers = true,
                                 .up = up,
                                 .down = down,
                                 .rate = rate,
                                 .length = whole_length,
                                 .reach = whole_reach,
                                 .prepare = whole_prepare,
                                 .scratch = whole_scratch,
                                 .compute = whole_compute,
                                 .free = whole_free};
    return ana_series_derive(series, &derivation, whole, run, out);
}

/* Half the new rate is now the highest frequency. */
static void note_low_pass(ana_series *series)
{
    for (size_t c = 0; c < series->n_channels; c++) {
        ana_channel *channel = &series->channels[c];
        if (channel->low_pass_hz > 0.5 * series->rate) {
            channel->low_pass_hz = 0.5 * series->rate;
        }
    }
}

ana_status ana_series_resample(const ana_series *series, const ana_resample_options *options,
                               ana_series **out)
{
    ana_status status = ANA_OK;
    size_t up = 0;
    size_t down = 0;
    ana_polyphase *polyphase = NULL;
    const ana_resample_options standard = ana_resample_options_default();
    const ana_resample_options *chosen = options != NULL ? options : &standard;
    ANA_TRY(ana_options_check(ana_resample_option_table, chosen, "resampling"));
    ANA_TRY(ana_series_need_rate(series, "resampling"));
    ANA_TRY(ana_resample_ratio(series->rate, chosen->rate_hz, &up, &down));
    if (chosen->method == ANA_RESAMPLE_FOURIER) {
        ANA_TRY(derive_whole(series, up, down, chosen->rate_hz, &chosen->run, out));
    } else {
        ANA_TRY(ana_polyphase_design(up, down, chosen->edge == ANA_EDGE_REFLECT, &polyphase));
        ANA_TRY(
            derive_polyphase(series, polyphase, "resampling", chosen->rate_hz, &chosen->run, out));
    }
    note_low_pass(*out);
done:
    return status;
}

ana_status ana_series_decimate(const ana_series *series, size_t factor, const ana_run *run,
                               ana_series **out)
{
    ana_status status = ANA_OK;
    ana_polyphase *polyphase = NULL;
    ANA_TRY(ana_series_need_rate(series, "decimation"));
    ANA_TRY(ana_polyphase_decimator(factor, &polyphase));
    ANA_TRY(
        derive_polyphase(series, polyphase, "decimation", series->rate / (double)factor, run, out));
    note_low_pass(*out);
done:
    return status;
}
