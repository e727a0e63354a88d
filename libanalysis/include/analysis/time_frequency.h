/** Which rhythm is there when, how strong, and at what phase?
 *
 *  Morlet wavelets (Tallon-Baudry et al. 1997, J. Neurosci. 17(2)), as
 *  mne.time_frequency.tfr_array_morlet: for each frequency f with c cycles a complex exponential
 *  under a Gaussian of sigma c / (2 pi f) seconds, 5 sigma to either side, of norm sqrt(2); zeros
 *  stand beyond a segment's ends. They stream.
 *
 *  The analytic signal (Gabor 1946; Hilbert transform), as scipy.signal.hilbert: of narrow-band
 *  signals. It needs each segment whole and takes it as one turn of a circle.
 *
 *  A missing sample (NaN) is missing in exactly the answers whose wavelet holds it; in the analytic
 *  signal it takes the whole segment of its channel. */
#ifndef ANALYSIS_TIME_FREQUENCY_H
#define ANALYSIS_TIME_FREQUENCY_H

#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/series.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** COMPLEX: real, then imaginary parts, two rows a frequency. PHASE: radians, -pi to pi. */
typedef enum ana_morlet_output {
    ANA_MORLET_POWER,
    ANA_MORLET_AMPLITUDE,
    ANA_MORLET_PHASE,
    ANA_MORLET_COMPLEX
} ana_morlet_output;

/** Frequencies for the command line: n of them from the lowest to the highest. */
typedef struct ana_morlet_options {
    ana_run run;
    double min_hz;        /**< default 4 */
    double max_hz;        /**< default 40 */
    size_t n_frequencies; /**< default 20 */
    bool logarithmic;     /**< equal ratios instead of equal steps; default yes */
    double cycles;        /**< at the lowest frequency, default 3 */
    double max_cycles;    /**< at the highest, in between as the frequencies; 0: as the lowest */
    bool zero_mean;       /**< wavelets without mean: no answer to an offset */
    ana_morlet_output output;
} ana_morlet_options;

ANA_API ana_morlet_options ana_morlet_options_default(void);
ANA_API extern const ana_option ana_morlet_option_table[];

/** A set of wavelets for one rate. */
typedef struct ana_morlet ana_morlet;

/** n wavelets of cycles[i] > 0 cycles at frequencies_hz[i], above 0 and at most half the rate. */
ANA_API ANA_USE_RESULT ana_status ana_morlet_new(double rate, size_t n,
                                                 const double *frequencies_hz, const double *cycles,
                                                 bool zero_mean, ana_morlet **out);

/** The wavelets that the options ask for. */
ANA_API ANA_USE_RESULT ana_status ana_morlet_from_options(const ana_morlet_options *options,
                                                          double rate, ana_morlet **out);
ANA_API void ana_morlet_free(ana_morlet *morlet);

/** Number of wavelets, and the frequency of one. */
ANA_API size_t ana_morlet_count(const ana_morlet *morlet);
ANA_API double ana_morlet_frequency(const ana_morlet *morlet, size_t i);

/** Rows of answers to one channel: one a wavelet, two when COMPLEX. */
ANA_API size_t ana_morlet_rows(const ana_morlet *morlet, ana_morlet_output output);

/** Answers to one segment in memory.
 *  @param x    n_channels x n_times
 *  @param out  n_channels x rows x n_times (out), not x */
ANA_API ANA_USE_RESULT ana_status ana_morlet_apply(const ana_morlet *morlet,
                                                   ana_morlet_output output, size_t n_channels,
                                                   size_t n_times, const double *x,
                                                   const ana_run *run, double *out);

/** Means over trials, each a segment of its own; a missing answer is missing in the mean.
 *  @param shape      n_trials, n_channels, n_times
 *  @param x          n_trials x n_channels x n_times
 *  @param power      n_channels x wavelets x n_times (out) or NULL: mean power
 *  @param coherence  the same (out) or NULL: length of the mean of the answers' directions, 0 to 1
 *  @return ANA_ERR_VALUE without trials */
ANA_API ANA_USE_RESULT ana_status ana_morlet_average(const ana_morlet *morlet,
                                                     const size_t shape[3], const double *x,
                                                     const ana_run *run, double *power,
                                                     double *coherence);

/** *out = series with the rows of each channel as channels, "C3 10 Hz", computed as it is read;
 *  streams exactly. The wavelets' rate must be the series', which becomes one of their owners. */
ANA_API ANA_USE_RESULT ana_status ana_series_morlet(const ana_series *series, ana_morlet *morlet,
                                                    ana_morlet_output output, const ana_run *run,
                                                    ana_series **out);

/** IMAGINARY: the Hilbert transform (the real part is the signal). PHASE: radians, -pi to pi. */
typedef enum ana_analytic_output {
    ANA_ANALYTIC_ENVELOPE,
    ANA_ANALYTIC_PHASE,
    ANA_ANALYTIC_IMAGINARY
} ana_analytic_output;

/** The words of an option that names it, in the order of the enum, NULL at the end. */
ANA_API extern const char *const ana_analytic_names[];

/** Analytic signal of each channel of one segment.
 *  @param x    n_channels x n_times
 *  @param out  n_channels x n_times (out); may be x
 *  @return ANA_ERR_LIMIT with the memory needed */
ANA_API ANA_USE_RESULT ana_status ana_analytic(ana_analytic_output output, size_t n_channels,
                                               size_t n_times, const double *x, const ana_run *run,
                                               double *out);

/** *out = the analytic series, computed as it is read; holds the whole segment of the channels
 *  asked for in one reading (ANA_ERR_LIMIT with the figure needed above run.max_memory). */
ANA_API ANA_USE_RESULT ana_status ana_series_analytic(const ana_series *series,
                                                      ana_analytic_output output,
                                                      const ana_run *run, ana_series **out);

ANA_END_DECLS

#endif
