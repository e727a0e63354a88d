/** Which activity drove the calcium? Sparse non-negative deconvolution (OASIS).
 *
 *  Fluorescence y_t = baseline + c_t + noise, where calcium c_t = g1 c_{t-1} + g2 c_{t-2} + s_t
 *  follows the activity s_t >= 0: at once (order 1, g2 = 0), or after a rise (order 2).
 *  Friedrich, Zhou & Paninski (2017), PLoS Comput Biol 13(3):e1005423.
 *
 *  - PENALTY: minimise 1/2 |y - baseline - c|^2 + penalty sum s.
 *  - NOISE: the least sum s with which |y - baseline - c|^2 is at most noise^2 a sample; the
 *    penalty is found.
 *  - THRESHOLD: no penalty, but each s is 0 or at least min_spike; unless given, the largest one
 *    with which the residual is at most the noise. Not convex: solved greedily.
 *
 *  Order 1 is solved by pooling adjacent violators; order 2, for which the paper has a greedy
 *  method, by pivoting on the set of spikes: both exactly. A baseline that is not given is fitted
 *  jointly (THRESHOLD: to the spikes above a first threshold, since a penalty leaves it too high).
 *  The activity has no absolute scale: s = 1 raises calcium by 1 in the unit of y.
 *
 *  Missing samples (NaN) have no weight and no spike; calcium there is predicted. The calcium of
 *  the first sample was there before: it decays with the slow time constant and is no spike.
 *
 *  Needs the whole segment: holds one segment of as many channels as there are threads, and refuses
 *  above run.max_memory; reads channels ahead as calcium.h says. */
#ifndef ANALYSIS_OASIS_H
#define ANALYSIS_OASIS_H

#include <analysis/calcium.h>
#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/series.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_oasis_method {
    ANA_OASIS_NOISE,
    ANA_OASIS_PENALTY,
    ANA_OASIS_THRESHOLD
} ana_oasis_method;

typedef struct ana_oasis_options {
    ana_run run;
    size_t order;                      /**< 1 or 2; default 1 */
    ana_oasis_method method;           /**< default noise */
    double decay_s;                    /**< time constant; NaN (default): estimated */
    double rise_s;                     /**< of order 2; NaN (default): estimated */
    double noise;                      /**< standard deviation; NaN (default): measured */
    ana_calcium_noise_kind noise_kind; /**< how; default psd-logmexp */
    double baseline;                   /**< NaN (default): fitted */
    double penalty;                    /**< of PENALTY; default 0.1 */
    double min_spike;                  /**< of THRESHOLD; NaN (default): found */
    size_t n_lags; /**< autocovariances that estimate time constants, beyond the order; default 5 */
    double
        tolerance; /**< of the residual's standard deviation to the noise, relative; default 1e-9 */
} ana_oasis_options;

ANA_API ana_oasis_options ana_oasis_options_default(void);
ANA_API extern const ana_option ana_oasis_option_table[];

/** How one trace was taken apart. */
typedef struct ana_oasis_fit {
    double g[2];
    double decay_s;
    double rise_s;       /**< order 2; else 0 */
    bool decay_adjusted; /**< the estimate was outside 0 ... 1 and was set to 0.95 or 0.15 */
    double baseline;
    double noise; /**< NaN where neither given nor needed */
    double penalty;
    double min_spike;
    double initial; /**< calcium already there at the first sample */
    double rss;     /**< sum of squared residuals */
    double total;   /**< sum of the activity, without `initial` */
    size_t n_observed;
    size_t n_spikes;    /**< samples with activity */
    size_t n_solutions; /**< how often the inner problem was solved */
    bool converged;     /**< false: the noise cannot be reached, or a search was given up */
} ana_oasis_fit;

/** g[0 ... 1] of time constants: roots exp(-1 / (decay rate)) and exp(-1 / (rise rate)); rise_s 0
 *  for order 1. */
ANA_API void ana_oasis_coefficients(double decay_s, double rise_s, double rate, double g[2]);

/** Estimate g of that order from the autocovariance x of a trace: x_k = sum_j g_j x_{k-j} - noise^2
 *  at k = j, for k = 1 ... n_lags + order, by least squares, as CaImAn does. Complex roots of
 *  z^2 - g1 z - g2 are replaced by their real part, roots of 1 or more by 0.95, of 0 or less by
 *  0.15 (then *adjusted). ANA_ERR_NUMERIC when the trace is too short or does not vary. */
ANA_API ANA_USE_RESULT ana_status ana_oasis_estimate(size_t n, const double *y, size_t order,
                                                     size_t n_lags, double noise, double g[2],
                                                     bool *adjusted);

/** Take one segment apart.
 *  @param y        n        fluorescence (dF/F as a rule), NaN where missing
 *  @param calcium  n (out)  without the baseline
 *  @param spikes   n (out)  activity; 0 at the first observed sample
 *  @return ANA_ERR_VALUE for an option out of range, or a baseline to be fitted without a penalty;
 *          ANA_ERR_NUMERIC when the trace has fewer than 2 (order + n_lags) samples, does not vary,
 *  or has no noise though it is asked for; ANA_ERR_MEMORY */
ANA_API ANA_USE_RESULT ana_status ana_oasis_trace(size_t n, const double *y, double rate,
                                                  const ana_oasis_options *options, double *calcium,
                                                  double *spikes, ana_oasis_fit *fit);

/** One segment of one channel, taken apart. Borrowed for the call. */
typedef struct ana_oasis_piece {
    size_t channel;
    size_t segment;
    size_t n;
    const double *fluorescence;
    const double *calcium;
    const double *spikes;
    ana_oasis_fit fit;
} ana_oasis_piece;

typedef ana_status (*ana_oasis_function)(void *user, const ana_oasis_piece *piece);

/** Take every segment of every channel apart, in parallel over channels, and hand each to
 *  `function`, segment by segment, channel by channel. A piece that cannot be taken apart
 *  (ANA_ERR_NUMERIC) is handed over with NaN in `fit` and zeros in its arrays, and a warning. Stops
 *  at the first failure of `function`. */
ANA_API ANA_USE_RESULT ana_status ana_oasis_walk(const ana_series *series,
                                                 const ana_oasis_options *options,
                                                 ana_oasis_function function, void *user);

/** All of it in memory. Row-major, all owned. */
typedef struct ana_oasis_result {
    size_t n_channels;
    size_t n_times;
    size_t n_segments;
    double *calcium;     /**< n_channels x n_times */
    double *spikes;      /**< n_channels x n_times */
    ana_oasis_fit *fits; /**< n_channels x n_segments */
} ana_oasis_result;

ANA_API ANA_USE_RESULT ana_status ana_oasis_series(const ana_series *series,
                                                   const ana_oasis_options *options,
                                                   ana_oasis_result **out);

ANA_API void ana_oasis_result_free(ana_oasis_result *result);

ANA_END_DECLS

#endif
