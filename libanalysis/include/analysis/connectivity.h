/** Which channels go together at which frequency, and who leads?
 *
 *  From the cross-spectra S_ij = sum over windows of F_i conj(F_j), by tapered windows (Welch), or
 *  from the analytic signals of one band (Hilbert). A window never crosses a gap. A window with a
 *  missing sample is left out of its channel's pairs alone, and the powers that a coherence is
 *  divided by are those of the windows that both channels have. Coherence of few windows is high by
 *  chance: 1 / windows on average without any connection; so is the locking of phases.
 *
 *  Every matrix is channel x channel x frequency. Volume conduction and a common reference make
 *  coherence and locking without delay; the imaginary part, the phase lag indices and the lagged
 *  coherence do not see it. */
#ifndef ANALYSIS_CONNECTIVITY_H
#define ANALYSIS_CONNECTIVITY_H

#include <analysis/matrix.h>
#include <analysis/options.h>
#include <analysis/preprocess.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/series.h>
#include <analysis/status.h>
#include <analysis/taper.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** C = S_ij / sqrt(S_ii S_jj) is the coherency, whose phase is that by which i is ahead of j. */
typedef enum ana_connectivity_measure {
    ANA_CONNECTIVITY_COHERENCE, /**< |C|^2, the magnitude squared */
    ANA_CONNECTIVITY_IMAGINARY, /**< |Im C|: Nolte et al. (2004), Clin. Neurophysiol. 115 */
    ANA_CONNECTIVITY_LAGGED, /**< Im C^2 / (1 - Re C^2): Pascual-Marqui (2007), arXiv:0706.1776 */
    ANA_CONNECTIVITY_COHERENCY_REAL,      /**< Re C, -1 to 1 */
    ANA_CONNECTIVITY_COHERENCY_IMAGINARY, /**< Im C, -1 to 1; above 0: i is ahead of j */
    ANA_CONNECTIVITY_PLV,          /**< |mean of e^(i phase difference)|: Lachaux et al. (1999) */
    ANA_CONNECTIVITY_PLI,          /**< |mean sign of Im F_i conj(F_j)|: Stam et al. (2007) */
    ANA_CONNECTIVITY_WPLI,         /**< |sum Im| / sum |Im|: Vinck et al. (2011), NeuroImage 55 */
    ANA_CONNECTIVITY_WPLI_DEBIASED /**< of its square, 0 on average without connection; eq. 30 */
} ana_connectivity_measure;

/** The words of an option that names a measure, in the order of the enum, NULL at the end. */
ANA_API extern const char *const ana_connectivity_names[];

typedef enum ana_connectivity_method {
    ANA_CONNECTIVITY_WELCH,
    ANA_CONNECTIVITY_HILBERT
} ana_connectivity_method;

typedef struct ana_connectivity_options {
    ana_run run;
    ana_connectivity_measure measure; /**< default coherence */
    ana_connectivity_method method;   /**< default Welch */
    double window_s;                  /**< Welch: default 1 */
    double overlap;                   /**< part of a window that the next one shares, default 0.5 */
    ana_taper_kind taper;             /**< default hann */
    double taper_beta;                /**< of kaiser (taper.h) */
    ana_trend detrend;                /**< of each window; default constant */
    double min_hz; /**< frequencies returned, both included; Hilbert: the band's lower edge */
    double max_hz; /**< 0: up to half the rate; Hilbert: the upper edge, needed */
} ana_connectivity_options;

ANA_API ana_connectivity_options ana_connectivity_options_default(void);
/** Rows for measure, method, window, overlap, taper, taper-beta, detrend, min-frequency,
 *  max-frequency. */
ANA_API extern const ana_option ana_connectivity_option_table[];

/** *out = channel x channel x frequency (hertz) of a signal in memory, one segment, by Welch's
 *  windows; freed by ana_matrix_free. `options` NULL, here and below: the defaults. The diagonal is
 *  1, or 0 of the measures of lags. NaN where two channels share fewer than two windows, or one has
 *  no power; where all imaginary parts are rounding (below 1e-12 of the powers), lag measures are
 *  0.
 *
 *  @param x          n_channels x n_times
 *  @param n_windows  n_channels x n_channels (out) or NULL: windows that both have
 *  @return ANA_ERR_VALUE for options that do not fit each other or the signal, or Hilbert's method;
 *          ANA_ERR_LIMIT above run.max_memory */
ANA_API ANA_USE_RESULT ana_status ana_connectivity(const ana_connectivity_options *options,
                                                   double rate, size_t n_channels, size_t n_times,
                                                   const double *x, size_t *n_windows,
                                                   ana_matrix **out);

/** *out = channel x channel x 1 of the analytic signals of x, which is band-passed already; every
 *  sample counts as a window does above. A missing sample takes its whole channel. The frequency
 *  is the middle of options->min_hz and max_hz; Welch's options are passed over. Errors as
 *  above. */
ANA_API ANA_USE_RESULT ana_status ana_connectivity_of_band(const ana_connectivity_options *options,
                                                           size_t n_channels, size_t n_times,
                                                           const double *x, ana_matrix **out);

/** The same of a series, which is read once. Welch: in blocks, windows stream exactly. Hilbert:
 *  filtered to the band by a finite impulse response of zero phase (`filter.h`), whole segments;
 *  ANA_ERR_LIMIT with the figure needed. Both channel axes are labelled. `n_windows` counts samples
 *  by Hilbert's method. Errors as above, and of ana_series_read. */
ANA_API ANA_USE_RESULT ana_status ana_series_connectivity(const ana_series *series,
                                                          const ana_connectivity_options *options,
                                                          size_t *n_windows, ana_matrix **out);

/** Samples that come bit by bit; Welch's method. */
typedef struct ana_connectivity_stream ana_connectivity_stream;

/** *out = a stream without samples yet, freed by ana_connectivity_stream_free. Errors as
 *  ana_connectivity. */
ANA_API ANA_USE_RESULT ana_status
ana_connectivity_stream_new(const ana_connectivity_options *options, double rate, size_t n_channels,
                            ana_connectivity_stream **out);

/** The next n samples, n_channels x n. Any cut of a signal gives the same bits. */
ANA_API ANA_USE_RESULT ana_status ana_connectivity_stream_push(ana_connectivity_stream *stream,
                                                               size_t n, const double *x);

/** What comes next does not follow on what came last: windows start anew. */
ANA_API void ana_connectivity_stream_gap(ana_connectivity_stream *stream);

/** *out = the measure so far, NaN where windows are too few; the stream goes on. */
ANA_API ANA_USE_RESULT ana_status ana_connectivity_stream_read(
    const ana_connectivity_stream *stream, size_t *n_windows, ana_matrix **out);

ANA_API void ana_connectivity_stream_free(ana_connectivity_stream *stream);

/** *out = channel x frequency: the sum of the sizes of each channel's connections to the others;
 *  pairs without a value are passed over, and a channel without any is NaN. ANA_ERR_SHAPE when
 *  `connectivity` is not channel x channel x frequency. */
ANA_API ANA_USE_RESULT ana_status ana_node_strength(const ana_matrix *connectivity,
                                                    ana_matrix **out);

/** *out = a record of schema "connectivity":
 *  - matrix (heat map): the mean over frequencies of each pair;
 *  - graph: the strongest tenth of the pairs, at most 200, in that mean;
 *  - strength (line, or heat map above 8 channels) and topography (of the channels whose place is
 *    known by its name, when there are four): of the nodes;
 *  - connectivity: the values, their frequencies and channels.
 *  ANA_ERR_SHAPE as ana_node_strength. */
ANA_API ANA_USE_RESULT ana_status ana_connectivity_to_record(const ana_matrix *connectivity,
                                                             ana_connectivity_measure measure,
                                                             ana_record **out);

ANA_END_DECLS

#endif
