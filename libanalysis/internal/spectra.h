/** What the files of the spectrum module share. */
#ifndef ANALYSIS_INTERNAL_SPECTRA_H
#define ANALYSIS_INTERNAL_SPECTRA_H

#include "text.h"
#include "trend.h"
#include "window_power.h"

#include <analysis/spectrum.h>

/** Powers of windows, averaged for each channel in the order of the windows. */
typedef struct ana_power_average {
    size_t n_channels;
    size_t n_bins;
    size_t n_times; /**< samples of a window */
    bool median;
    size_t *n;             /**< windows averaged, for each channel */
    ana_compensated *sums; /**< n_channels x n_bins; mean */
    size_t *capacity;      /**< windows there is room for, for each channel; median */
    double **kept;         /**< for each channel its windows' powers, n x n_bins; median */
    ana_run run;
} ana_power_average;

/** Options as checked; zeroed averages, released by ana_power_average_release in any case. */
ANA_USE_RESULT ana_status ana_power_average_new(const ana_spectrum_options *options,
                                                size_t n_channels, const ana_window_power *power,
                                                ana_power_average *average);
void ana_power_average_release(ana_power_average *average);

/** Room for n more windows of every channel; before ana_power_average_window. */
ANA_USE_RESULT ana_status ana_power_average_reserve(ana_power_average *average, size_t n);

/** Doubles of aligned scratch for ana_power_average_window. */
size_t ana_power_average_scratch(const ana_window_power *power);

/** Adds the powers of window x to a channel, unless a sample is missing. False when the adaptive
 *  weights did not converge. Different channels may be added to at once. */
bool ana_power_average_window(ana_power_average *average, const ana_window_power *power,
                              size_t channel, const double *x, double *scratch);

/** *out = channel x frequency from options->min_hz to max_hz; NaN without windows. */
ANA_USE_RESULT ana_status ana_power_average_read(const ana_power_average *average,
                                                 const ana_window_power *power,
                                                 const ana_spectrum_options *options,
                                                 ana_matrix **out);

/** matrix, as ana_power_average_read has made it of an average of the same channels and options,
 *  takes the values of this one. */
ANA_USE_RESULT ana_status ana_power_average_fill(const ana_power_average *average,
                                                 const ana_window_power *power,
                                                 const ana_spectrum_options *options,
                                                 ana_matrix *matrix);

/** Forget all windows. */
void ana_power_average_restart(ana_power_average *average);

/** Samples of a window, and from the start of one to that of the next. */
ANA_USE_RESULT ana_status ana_spectrum_windows(const ana_spectrum_options *options, double rate,
                                               size_t *n, size_t *step);

/** "uV^2/Hz", or "uV^2" when not a density; "1/Hz" and "1" for what has no unit (NULL or "1"). */
void ana_spectrum_write_unit(ana_text *text, const char *unit, bool density);

/** The powers of these n_times samples alone, by a stream that is used for nothing else: `matrix`
 * is one that ana_spectrum_stream_read has made. Nothing is allocated but workspaces. ANA_ERR_VALUE
 *  for fewer samples than a window. */
ANA_USE_RESULT ana_status ana_spectrum_stream_again(ana_spectrum_stream *stream, size_t n_times,
                                                    const double *x, ana_matrix *matrix);

/** Tells of the windows whose adaptive weights did not converge, if any. */
void ana_spectrum_stream_warn(const ana_spectrum_stream *stream, const ana_run *run);

/** The options within their ranges and fitting each other. */
ANA_USE_RESULT ana_status ana_spectrum_check(const ana_spectrum_options *options, double rate);

#endif
