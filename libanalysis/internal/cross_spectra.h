/** Cross-spectra of trials that come one by one: the transform is made once. */
#ifndef ANALYSIS_INTERNAL_CROSS_SPECTRA_H
#define ANALYSIS_INTERNAL_CROSS_SPECTRA_H

#include "fft.h"

#include <analysis/cross_spectrum.h>

/** As ana_cross_spectrum, with a transform of options->window samples. */
ANA_USE_RESULT ana_status ana_cross_spectrum_by(const ana_fft *fft,
                                                const ana_cross_spectrum_options *options,
                                                double rate, const ana_trial_signals *trials,
                                                double *out);

#endif
