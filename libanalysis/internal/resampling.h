/** What the files of the resample module share. */
#ifndef ANALYSIS_INTERNAL_RESAMPLING_H
#define ANALYSIS_INTERNAL_RESAMPLING_H

#include "fft.h"
#include "polyphase.h"

#include <analysis/resample.h>

/** Largest factor of a resampling ratio. */
#define ANA_MAX_FACTOR 65536

/** *out = the resampler of ana_resample_polyphase; up and down are reduced. */
ANA_USE_RESULT ana_status ana_polyphase_design(size_t up, size_t down, bool reflect,
                                               ana_polyphase **out);

/** *out = the resampler of ana_decimate. */
ANA_USE_RESULT ana_status ana_polyphase_decimator(size_t factor, ana_polyphase **out);

/** Plans to take n_in samples to n_out in the same time, through their spectrum. */
typedef struct ana_fourier_resampler {
    size_t n_in;
    size_t n_out;
    ana_fft *in;
    ana_fft *out;
} ana_fourier_resampler;

ANA_USE_RESULT ana_status ana_fourier_resampler_new(size_t n_in, size_t n_out,
                                                    ana_fourier_resampler *resampler);
void ana_fourier_resampler_release(ana_fourier_resampler *resampler);

/** Doubles of aligned scratch for one run. */
size_t ana_fourier_resampler_scratch(size_t n_in, size_t n_out);

/** Where a run expects its n_in samples and leaves its n_out answers, within the scratch. */
double *ana_fourier_resampler_input(double *scratch);
double *ana_fourier_resampler_run(const ana_fourier_resampler *resampler, double *scratch);

#endif
