/** Powers of one window of a signal: what Welch's, the multitaper and Burg's method average. */
#ifndef ANALYSIS_INTERNAL_WINDOW_POWER_H
#define ANALYSIS_INTERNAL_WINDOW_POWER_H

#include <analysis/spectrum.h>

typedef struct ana_window_power ana_window_power;

/** For windows of n samples at `rate`; options as checked by the caller. ANA_ERR_VALUE when they do
 *  not fit the window. */
ANA_USE_RESULT ana_status ana_window_power_new(const ana_spectrum_options *options, double rate,
                                               size_t n, ana_window_power **out);
void ana_window_power_free(ana_window_power *power);

/** Samples of a window. */
size_t ana_window_power_times(const ana_window_power *power);

/** Frequencies 0 ... half the rate. */
size_t ana_window_power_bins(const ana_window_power *power);

/** Frequency of bin k, hertz. */
double ana_window_power_frequency(const ana_window_power *power, size_t k);

/** Doubles of aligned scratch for one run. */
size_t ana_window_power_scratch(const ana_window_power *power);

/** out[bins] = powers of x[n]. Returns whether the adaptive weights converged (true when there are
 *  none). Called by several threads at once. */
bool ana_window_power_run(const ana_window_power *power, const double *x, double *scratch,
                          double *out);

#endif
