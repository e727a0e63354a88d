/** Fluorescence of regions of interest: how much brighter than at rest, how noisy, when active?
 *
 *  The usual order: take off the neuropil (`ana_series_neuropil`), divide by the baseline
 *  (`ana_series_dff`), find events (`ana_calcium_events`) or the activity that drove the calcium
 *  (oasis.h). Each step makes a series that computes as it is read.
 *
 *  NaN is a missing sample: left out of baselines, fits and noise, and missing in the answer.
 *
 *  Neuropil and dF/F stream exactly: any window of the series gives the same bits as the whole. The
 *  robust neuropil fit takes one pass over the source beforehand, one channel at a time. Noise and
 *  events hold one segment of one channel at a time. What goes channel by channel reads some ahead,
 *  as many as an eighth of run.max_memory holds, 64 MiB at most. */
#ifndef ANALYSIS_CALCIUM_H
#define ANALYSIS_CALCIUM_H

#include <analysis/intervals.h>
#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/series.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** What counts as rest. Windows are centred (of an even number of samples, one more before than
 *  after) and reflected at the ends of a segment (c b a | a b c), as scipy.ndimage and Suite2p do.
 */
typedef enum ana_calcium_baseline_kind {
    /** A low percentile of the window: the value of rank floor(n percentile / 100) of the n
     * present. */
    ANA_BASELINE_PERCENTILE,
    /** Suite2p's: Gaussian smoothing, then the window's minimum, then the window's maximum. */
    ANA_BASELINE_MAXIMIN
} ana_calcium_baseline_kind;

typedef enum ana_calcium_neuropil_kind {
    ANA_NEUROPIL_FIXED, /**< the given coefficient for all */
    ANA_NEUROPIL_ROBUST /**< fitted to each region */
} ana_calcium_neuropil_kind;

/** Standard deviation of the noise, from the power spectral density between a quarter and half of
 *  the rate (Welch, 256 samples, Hann, half overlapping; windows with a missing sample left out),
 *  where activity has no power, as CaImAn does; or from the differences of neighbours. */
typedef enum ana_calcium_noise_kind {
    ANA_NOISE_PSD_MEAN,
    ANA_NOISE_PSD_MEDIAN,
    ANA_NOISE_PSD_LOGMEXP, /**< exp of the mean of the log */
    ANA_NOISE_DIFFERENCE   /**< median |difference - median| / (0.6745 sqrt 2): robust, and needs no
                            *   spectrum */
} ana_calcium_noise_kind;

typedef struct ana_calcium_options {
    ana_run run;
    ana_calcium_baseline_kind baseline; /**< default percentile */
    double percentile;                  /**< default 8 */
    double window_s;                    /**< of either baseline; default 60 s */
    double
        smooth_samples; /**< Gaussian of maximin: standard deviation; cut at 4 of it; default 10 */
    bool ratio;         /**< (F - F0) / F0; else F - F0; default yes */
    ana_calcium_neuropil_kind neuropil; /**< default fixed */
    double coefficient;                 /**< default 0.7 */
    ana_calcium_noise_kind noise;       /**< default psd-logmexp */
    double threshold; /**< an event rises this many robust standard deviations above the median;
                       *   default 3 */
    double release;   /**< and lasts while above this many; default 1 */
    double min_duration_s; /**< shorter events are left out; default 0.2 s */
} ana_calcium_options;

ANA_API ana_calcium_options ana_calcium_options_default(void);
ANA_API extern const ana_option ana_calcium_option_table[];

/** Baseline of one segment.
 *  @param f    n       fluorescence, NaN where missing
 *  @param f0   n (out) baseline; NaN where the whole window is missing
 *  @return ANA_ERR_VALUE for an option out of range; ANA_ERR_MEMORY */
ANA_API ANA_USE_RESULT ana_status ana_calcium_baseline(size_t n, const double *f, double rate,
                                                       const ana_calcium_options *options,
                                                       double *f0);

/** dff[t] = (f - f0) / f0, or f - f0 without `ratio`; NaN where a ratio has no positive baseline.
 *  Returns how many samples were present but had none. `dff` may be f or f0. */
ANA_API size_t ana_calcium_dff(size_t n, const double *f, const double *f0, bool ratio,
                               double *dff);

/** *out = dF/F of every channel of `series`, computed as it is read, each segment by itself. Its
 *  unit is "1" with `ratio`. ANA_ERR_VALUE for an option out of range or a series without
 *  a rate. */
ANA_API ANA_USE_RESULT ana_status ana_series_dff(const ana_series *series,
                                                 const ana_calcium_options *options,
                                                 ana_series **out);

/** f = intercept + slope g + noise by iteratively reweighted least squares: first Huber's weights
 *  (1.345), then Tukey's bisquare (4.685), in units of the median |residual| / 0.6745; so a cell's
 *  own transients have no say. */
typedef struct ana_neuropil_fit {
    double intercept;
    double slope;
    double scale; /**< of the residuals */
    size_t n;     /**< samples present in both */
    bool converged;
} ana_neuropil_fit;

/** The fit over n samples of f and g. ANA_ERR_NUMERIC with fewer than three pairs, or when g does
 *  not vary. */
ANA_API ANA_USE_RESULT ana_status ana_calcium_fit_neuropil(size_t n, const double *f,
                                                           const double *g, ana_neuropil_fit *out);

/** *out = fluorescence - coefficient x neuropil, channel by channel in order, computed as it is
 *  read. With the robust kind each channel's coefficient is its slope, kept within 0 ... 1.
 *  `coefficients` (n_channels, out; may be NULL) are those used. ANA_ERR_SHAPE unless both series
 *  have the same channels, rate and segments. */
ANA_API ANA_USE_RESULT ana_status ana_series_neuropil(const ana_series *fluorescence,
                                                      const ana_series *neuropil,
                                                      const ana_calcium_options *options,
                                                      double *coefficients, ana_series **out);

/** *sd = standard deviation of the noise of one trace. Without one whole window of 256 samples (or
 *  of n, when that is less) the differences are taken. NaN with fewer than three neighbours
 *  present.
 */
ANA_API ANA_USE_RESULT ana_status ana_calcium_noise(size_t n, const double *x,
                                                    ana_calcium_noise_kind kind, double *sd);

/** Noise level that can be compared between recordings of different rates: median |dF/F_{t+1} -
 *  dF/F_t| / sqrt(rate), times 100 for per cent; Rupprecht et al. (2021), Nat Neurosci 24:1324.
 *  `room` has n doubles. NaN when no neighbours are present. */
ANA_API double ana_calcium_noise_level(size_t n, const double *dff, double rate, double *room);

/** *out = events of every channel: the runs of samples above median + release x s of the channel's
 *  segment that rise above median + threshold x s and last min_duration_s, where s is 1.4826 times
 *  the median distance from the median. A missing sample ends a run. Intervals ascend by channel,
 *  then by time; columns "channels" (the name), "channel" (its place), "peak" (in the series'
 *  unit), "peak_time". ANA_ERR_VALUE for an option out of range or a series without a rate;
 *  ANA_ERR_LIMIT when a segment is over run.max_memory. */
ANA_API ANA_USE_RESULT ana_status ana_calcium_events(const ana_series *series,
                                                     const ana_calcium_options *options,
                                                     ana_intervals **out);

ANA_END_DECLS

#endif
