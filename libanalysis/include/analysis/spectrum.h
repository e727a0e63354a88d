/** How much power does a signal have at each frequency?
 *
 *  Averages over windows: Welch (1967), IEEE Trans. Audio Electroacoust. 15(2), as
 *  scipy.signal.welch; multitaper: Thomson (1982), Proc. IEEE 70(9), as
 *  mne.time_frequency.psd_array_multitaper; and the autoregressive model of each window by Burg's
 *  method (`autoregression.h`), for windows of a few cycles. One-sided: powers of positive and
 *  negative frequencies are added. A window never crosses a gap; a window with a missing sample
 * (NaN) is left out of its channel's average, and the windows used are counted. */
#ifndef ANALYSIS_SPECTRUM_H
#define ANALYSIS_SPECTRUM_H

#include <analysis/matrix.h>
#include <analysis/options.h>
#include <analysis/preprocess.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/series.h>
#include <analysis/status.h>
#include <analysis/taper.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_spectrum_method {
    ANA_SPECTRUM_WELCH,
    ANA_SPECTRUM_MULTITAPER,
    ANA_SPECTRUM_BURG
} ana_spectrum_method;

/** DENSITY: unit^2 / Hz, which integrates to the variance. POWER (Welch): unit^2, where a line of
 *  amplitude a is a^2 / 2 high. */
typedef enum ana_spectrum_scaling {
    ANA_SPECTRUM_DENSITY,
    ANA_SPECTRUM_POWER
} ana_spectrum_scaling;

/** MEDIAN: over windows, divided by its bias; a burst in a few windows does not move it. */
typedef enum ana_spectrum_average {
    ANA_SPECTRUM_MEAN,
    ANA_SPECTRUM_MEDIAN
} ana_spectrum_average;

typedef struct ana_spectrum_options {
    ana_run run;
    ana_spectrum_method method;
    double window_s;      /**< default 2; 0: the whole segment, of which there must be one */
    double overlap;       /**< part of a window that the next one shares, default 0.5 */
    size_t n_fft;         /**< length windows are filled up to with zeros; 0: as they are. Burg:
                               frequencies are rate / n_fft apart; 0: at most 1 Hz */
    ana_taper_kind taper; /**< Welch; default hann */
    double taper_beta;    /**< of kaiser */
    ana_trend detrend;    /**< of each window; default constant */
    ana_spectrum_scaling scaling;
    ana_spectrum_average average;
    double bandwidth_hz; /**< multitaper: full width W of the smoothing; 0: NW = 4 */
    bool adaptive;       /**< multitaper: weights by frequency (Thomson 1982, sec. V); default no */
    bool low_bias;  /**< multitaper: only tapers with over 0.9 of their energy within; default */
    double min_hz;  /**< frequencies returned, both ends included */
    double max_hz;  /**< 0: up to half the rate */
    size_t order;   /**< Burg: coefficients of the model; 0: as order_s says */
    double order_s; /**< Burg: the same in seconds, default 0.038 (19 at 500 Hz); at least one */
} ana_spectrum_options;

ANA_API ana_spectrum_options ana_spectrum_options_default(void);
ANA_API extern const ana_option ana_spectrum_option_table[];

/** *out = channel x frequency (hertz) powers of a signal in memory; NaN for a channel without a
 *  window.
 *
 *  @param x          n_channels x n_times, one segment
 *  @param n_windows  n_channels (out) or NULL: windows averaged
 *  @return ANA_ERR_VALUE for options that do not fit each other or the signal; ANA_ERR_LIMIT */
ANA_API ANA_USE_RESULT ana_status ana_spectrum(const ana_spectrum_options *options, double rate,
                                               size_t n_channels, size_t n_times, const double *x,
                                               size_t *n_windows, ana_matrix **out);

/** The same of a series, which is read once, in blocks: windows stream exactly. A whole segment
 *  (window_s 0) is read for as many channels at a time as run.max_memory holds; ANA_ERR_LIMIT with
 *  the figure needed when that is none, ANA_ERR_VALUE when there is more than one segment. The
 *  median keeps the powers of all windows. Channels are labelled with their names. */
ANA_API ANA_USE_RESULT ana_status ana_series_spectrum(const ana_series *series,
                                                      const ana_spectrum_options *options,
                                                      size_t *n_windows, ana_matrix **out);

/** Samples that come bit by bit. */
typedef struct ana_spectrum_stream ana_spectrum_stream;

/** ANA_ERR_VALUE as ana_spectrum, and for window_s 0. */
ANA_API ANA_USE_RESULT ana_status ana_spectrum_stream_new(const ana_spectrum_options *options,
                                                          double rate, size_t n_channels,
                                                          ana_spectrum_stream **out);

/** The next n samples, n_channels x n. Any cut of a signal gives the same bits. */
ANA_API ANA_USE_RESULT ana_status ana_spectrum_stream_push(ana_spectrum_stream *stream, size_t n,
                                                           const double *x);

/** What comes next does not follow on what came last: windows start anew. */
ANA_API void ana_spectrum_stream_gap(ana_spectrum_stream *stream);

/** *out = the powers so far; the stream goes on. */
ANA_API ANA_USE_RESULT ana_status ana_spectrum_stream_read(const ana_spectrum_stream *stream,
                                                           size_t *n_windows, ana_matrix **out);

ANA_API void ana_spectrum_stream_free(ana_spectrum_stream *stream);

/** *out = channel x band: the integral of each channel's density over bands_hz[2 b] ... bands_hz[2
 *  b + 1] (trapezoids, the density read off between frequencies where an edge falls there), or with
 *  `relative` its part of the integral over all frequencies of the spectrum. ANA_ERR_SHAPE when
 *  `spectrum` is not channel x frequency; ANA_ERR_VALUE for a band that is empty or leaves its
 *  frequencies. */
ANA_API ANA_USE_RESULT ana_status ana_band_power(const ana_matrix *spectrum, size_t n_bands,
                                                 const double *bands_hz, bool relative,
                                                 ana_matrix **out);

/** *out = a record of a spectrum (channel x frequency):
 *  - power (line, or heat map above 8 channels): decibels, 10 log10 of the values;
 *  - bands (heat map): share of the power of each channel in delta (1-4 Hz), theta (4-8), alpha
 *    (8-13), beta (13-30) and gamma (30-80), those that the frequencies cover;
 *  - spectrum: the values themselves, with their frequencies and channels.
 *  `unit` is that of the samples; NULL: none. ANA_ERR_SHAPE as ana_band_power. */
ANA_API ANA_USE_RESULT ana_status ana_spectrum_to_record(const ana_matrix *spectrum,
                                                         const char *unit, ana_record **out);

ANA_END_DECLS

#endif
