/** Do the spikes of two units keep a fixed distance, more often than chance would have it?
 *
 *  A correlogram counts the pairs of a reference spike and a target spike by lag (target time minus
 *  reference time), of which both lie in the same stretch: an interval in which both units were
 *  observed, or a trial. Bin k of 2 K + 1 holds lags in [(k - K - 1/2) bin, (k - K + 1/2) bin); a
 *  lag less than 1e-8 of a bin before an edge counts as on it. A unit against itself leaves out
 *  each spike's pair with itself.
 *
 *  What chance would give is estimated beside the counts (`predictor`), not taken off:
 *  - SHIFT: the reference in each trial against the target in the next one (the last against the
 *    first): what the stimulus does to both. Perkel, Gerstein & Moore (1967).
 *  - SHUFFLE: against the target in all other trials, averaged exactly.
 *  - JITTER: surrogates in which each target spike is drawn anew within its window of jitter_s (a
 *    fixed grid in each stretch): whatever is slower than that. Amarasingham et al. (2012), J
 *    Neurophysiol 107:517-531.
 *
 *  Whole trains are held in memory as they are in `ana_spikes`; nothing here streams. */
#ifndef ANALYSIS_CORRELOGRAM_H
#define ANALYSIS_CORRELOGRAM_H

#include <analysis/intervals.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/spikes.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_correlogram_correction {
    ANA_CORRELOGRAM_PLAIN,
    ANA_CORRELOGRAM_SHIFT,
    ANA_CORRELOGRAM_SHUFFLE,
    ANA_CORRELOGRAM_JITTER
} ana_correlogram_correction;

typedef struct ana_correlogram_options {
    ana_run run;
    double bin_s;     /**< default 0.001 */
    double max_lag_s; /**< K = max_lag_s / bin_s, rounded; default 0.05 */
    ana_correlogram_correction correction;
    double jitter_s;     /**< window of JITTER; default 0.02 */
    size_t n_surrogates; /**< of JITTER; default 100 */
    /** Weigh each lag by the whole time over the time in which a pair of that lag fits into a
     * stretch, so that a flat correlogram is flat to its ends. Default no. */
    bool border;
} ana_correlogram_options;

ANA_API ana_correlogram_options ana_correlogram_options_default(void);
ANA_API extern const ana_option ana_correlogram_option_table[];

/** All arrays have n_lags elements, owned. */
typedef struct ana_correlogram {
    size_t n_lags; /**< 2 K + 1 */
    double bin_s;
    double *lag;        /**< centre of each bin, seconds */
    double *count;      /**< pairs; a whole number unless `border` */
    double *predictor;  /**< expected by chance; NULL: PLAIN */
    double *low;        /**< JITTER: 2.5th percentile of the surrogates, lag by lag; else NULL */
    double *high;       /**< JITTER: 97.5th */
    size_t n_reference; /**< spikes of the reference within the stretches */
    size_t n_target;
    size_t n_stretches;
    double observed_s; /**< length of all stretches */
} ana_correlogram;

/** Reference against target, in the time both were observed (`trials` NULL; touching intervals
 *  count as one), or in those rows of `trials` that both were observed throughout. ANA_ERR_VALUE
 *  for a bad option, SHIFT or SHUFFLE with fewer than two trials, or no stretch at all. */
ANA_API ANA_USE_RESULT ana_status ana_correlogram_compute(const ana_spikes *spikes,
                                                          size_t reference, size_t target,
                                                          const ana_intervals *trials,
                                                          const ana_correlogram_options *options,
                                                          ana_correlogram **out);

/** Of binned trains: count[k] = sum_t reference[t] target[t + k - K] over bins in which neither is
 *  missing (NaN), as most other programs define it; n_bins x 1 each. `count` has 2 K + 1 entries
 *  (out), `coefficient` too (out, may be NULL): (count - n_r n_t / n) / sqrt((sum r^2 - n_r^2 / n)
 *  (sum t^2 - n_t^2 / n)), n the bins in which neither is missing, sums over those. With `border`
 *  the count is scaled by n / (n - |lag|) first. */
ANA_API void ana_correlogram_of_counts(size_t n_bins, const double *reference, const double *target,
                                       size_t n_side, bool border, double *count,
                                       double *coefficient);

/** A line with the predictor and its band beside it. `title` may be NULL. */
ANA_API ANA_USE_RESULT ana_status ana_correlogram_to_record(const ana_correlogram *correlogram,
                                                            const char *title, ana_record **out);

ANA_API void ana_correlogram_free(ana_correlogram *correlogram);

ANA_END_DECLS

#endif
