/** The same signal at another rate.
 *
 *  Polyphase filtering looks a few samples ahead and streams; the Fourier method is sharper and
 *  needs each segment whole. Both keep frequencies below half the lower rate and take away those
 *  above. The first answer of a segment lies at the time of its first sample.
 *
 *  Missing samples (NaN): missing in exactly the answers whose window holds one (polyphase); the
 *  whole segment of the channel (Fourier). */
#ifndef ANALYSIS_RESAMPLE_H
#define ANALYSIS_RESAMPLE_H

#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/series.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_resample_method {
    ANA_RESAMPLE_POLYPHASE,
    ANA_RESAMPLE_FOURIER
} ana_resample_method;

/** How a signal goes on beyond its ends. REFLECT: 2 x[0] - x[k], as far as it is long, then zeros.
 *  ZERO: zeros at once; a signal with an offset then rings at its ends (scipy's resample_poly). */
typedef enum ana_resample_edge {
    ANA_EDGE_REFLECT,
    ANA_EDGE_ZERO
} ana_resample_edge;

typedef struct ana_resample_options {
    ana_run run;
    double rate_hz; /**< of the answers; must be given */
    ana_resample_method method;
    ana_resample_edge edge; /**< polyphase; the Fourier method always reflects */
} ana_resample_options;

ANA_API ana_resample_options ana_resample_options_default(void);
ANA_API extern const ana_option ana_resample_option_table[];

/** Smallest whole numbers with to / from = up / down to 13 digits. ANA_ERR_VALUE when there are
 *  none up to 65536, or a rate is not above 0. */
ANA_API ANA_USE_RESULT ana_status ana_resample_ratio(double from, double to, size_t *up,
                                                     size_t *down);

/** Answers to n samples: n * up / down, rounded up. */
ANA_API size_t ana_resample_length(size_t n, size_t up, size_t down);

/** A low-pass at half the lower rate, run at the samples that are wanted: windowed sinc of 20
 *  max(up, down) + 1 taps, Kaiser taper of beta 5, gain up, as scipy.signal.resample_poly.
 *
 *  @param x    n_channels x n_times
 *  @param out  n_channels x ana_resample_length(n_times, up, down) (out)
 *  @return ANA_ERR_VALUE for a factor of 0 or above 65536 */
ANA_API ANA_USE_RESULT ana_status ana_resample_polyphase(size_t up, size_t down,
                                                         ana_resample_edge edge, size_t n_channels,
                                                         size_t n_times, const double *x,
                                                         double *out);

/** Every factor-th sample of the signal behind a low-pass of 20 factor + 1 taps, Hamming taper, as
 *  scipy.signal.decimate(ftype="fir"); zeros beyond the ends. out: n_channels x
 *  ana_resample_length(n_times, 1, factor). */
ANA_API ANA_USE_RESULT ana_status ana_decimate(size_t factor, size_t n_channels, size_t n_times,
                                               const double *x, double *out);

/** n_out samples in the time of n_times: the spectrum is cut or continued by zeros, as
 *  scipy.signal.resample; the signal is taken as one turn of a circle.
 *
 *  @param x    n_channels x n_times
 *  @param out  n_channels x n_out (out)
 *  @return ANA_ERR_VALUE for a length of 0; ANA_ERR_LIMIT with the memory needed */
ANA_API ANA_USE_RESULT ana_status ana_resample_fourier(size_t n_channels, size_t n_times,
                                                       const double *x, size_t n_out,
                                                       const ana_run *run, double *out);

/** *out = the series at options->rate_hz, computed as it is read; trigger channels hold the code of
 *  the sample at or before each time.
 *
 *  Polyphase streams with a look-ahead of 10 max(up, down) / up samples. Fourier holds the whole
 *  segment of the channels asked for in one reading (ANA_ERR_LIMIT with the figure needed above
 *  run.max_memory), extended on both sides by reflection to a length whose answers are a whole
 *  number of samples: to the power of two that mne.filter.resample takes where that is such a
 *  length (MNE rounds where it is not, and its answers drift in time). Segments keep their start.
 *  @return ANA_ERR_VALUE for a rate that is not above 0 or no ratio of whole numbers */
ANA_API ANA_USE_RESULT ana_status ana_series_resample(const ana_series *series,
                                                      const ana_resample_options *options,
                                                      ana_series **out);

/** *out = every factor-th sample behind the low-pass of ana_decimate. Streams. */
ANA_API ANA_USE_RESULT ana_status ana_series_decimate(const ana_series *series, size_t factor,
                                                      const ana_run *run, ana_series **out);

ANA_END_DECLS

#endif
