/** Does the model's intensity account for the spike times? Time rescaling.
 *
 *  If the conditional intensity is right, its integrals between successive spikes are exponential
 *  with mean 1, so that z = 1 - exp(-integral) is uniform (Brown et al. 2002, Neural Comput.
 *  14(2)). Bins hide where in its bin a spike fell; without a correction the test rejects true
 *  models from about 0.01 spikes a bin on (Haslinger, Pipa & Brown 2010, Neural Comput. 22(10)).
 *
 *  Only the expected counts enter, so that negative binomial counts, which come in bursts, are
 *  rejected however right their model is. Spikes that share their bin (`crowded`) are placed in it
 *  at random: of their timing within the bin the test says nothing. */
#ifndef ANALYSIS_MODELS_GOODNESS_H
#define ANALYSIS_MODELS_GOODNESS_H

#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/random.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_rescaling {
    ANA_RESCALE_COUNTS, /**< the spikes of a bin lie uniformly in it: exact for Poisson counts of
                             any size */
    ANA_RESCALE_BINARY, /**< a bin holds a spike or none; its place is that of the first spike of a
                             bin that holds one (Haslinger et al. 2010, eq. 12): exact for
                             Bernoulli */
    ANA_RESCALE_PLAIN   /**< a spike stands at the end of its bin: biased; for comparison */
} ana_rescaling;

/** The bins of one unit in one sequence. With hidden states the count of a bin is a mixture, and
 *  what its first spike says of the state changes what is expected of the rest of the bin; with one
 *  state, weights may be NULL. */
typedef struct ana_rescaling_bins {
    size_t n;
    size_t n_states;
    const double *weights;   /**< n x n_states: P(state | past); rows sum to 1 */
    const double *intensity; /**< n x n_states: integral of the intensity over the bin in each
                                  state: the expected count; for a chance p of a spike,
                                  -log(1 - p). NaN: not known, taken as missing */
    const double *counts;    /**< n: spikes; BINARY and PLAIN take more than one as one. NaN:
                                  missing, which ends an interval without completing it */
} ana_rescaling_bins;

/** The rescaled intervals, in order.
 *
 *  @param random        where the places in the bins come from; not used by PLAIN
 *  @param z      (out)  as many as spikes, each in [0, 1]
 *  @param n_z    (out)  how many. An interval begins with the sequence or after what is missing;
 *                       what follows the last spike is not complete and left out
 *  @return ANA_ERR_VALUE names the bin of a count that is negative or not whole, or of an intensity
 *  that is negative or not finite; +inf is right for BINARY (p = 1). */
ANA_API ANA_USE_RESULT ana_status ana_rescale_intervals(const ana_rescaling_bins *bins,
                                                        ana_rescaling method, ana_random *random,
                                                        double *z, size_t *n_z);

/** z of one interval: `before` is the integral up to the spike's bin, `bin` over it, `place` (0 to
 *  1) the random number that places the spike in it. */
ANA_API double ana_rescaled_interval(ana_rescaling method, double before, double bin, double place);

/** Largest distance of the values' distribution function from the diagonal (Kolmogorov-Smirnov).
 *  *p: that of as large a distance by chance (special.h); may be NULL. ANA_ERR_VALUE for n = 0 or a
 *  value outside [0, 1]. */
ANA_API ANA_USE_RESULT ana_status ana_ks_uniform(size_t n, const double *z, double *distance,
                                                 double *p);

/** Half the width of the band around the diagonal that holds 95 % of n uniform values: 1.36 /
 *  sqrt(n), its limit for large n. */
ANA_API double ana_ks_band(size_t n);

/** Correlation of values a lag apart, lags 1 ... n_lags, as normal scores: dependence that the
 *  model leaves between intervals. About normal with spread 1 / sqrt(n) where there is none. NaN
 *  where fewer than 3 pairs are left or a side does not vary. */
ANA_API ANA_USE_RESULT ana_status ana_rescaled_autocorrelation(size_t n, const double *z,
                                                               size_t n_lags, double *out);

typedef struct ana_goodness_options {
    ana_run run;
    ana_rescaling rescaling; /**< default counts */
    size_t n_lags;           /**< of the autocorrelation; default 20 */
} ana_goodness_options;

ANA_API ana_goodness_options ana_goodness_options_default(void);
ANA_API extern const ana_option ana_goodness_option_table[];

/** N units; all arrays owned. */
typedef struct ana_goodness {
    ana_rescaling rescaling;
    size_t n_units;
    size_t n_lags;
    char **unit_names; /**< N */
    size_t *z_start;   /**< N + 1: unit n's intervals are z[z_start[n]] ... z[z_start[n + 1] - 1] */
    double *z;
    double *distance;    /**< N; NaN: no interval */
    double *p;           /**< N; NaN: no interval */
    double *band;        /**< N: ana_ks_band; NaN: no interval */
    double *correlation; /**< N x n_lags */
    double *crowded;     /**< N: share of the spikes that share their bin with another */
} ana_goodness;

/** The expected count of each bin of one unit in each state, given the past alone: T x K into
 *  `mean`. NaN: not known, which ends an interval. */
typedef ana_status (*ana_expected_counts)(void *user, size_t unit, double *mean);

/** What a model expects of counts. */
typedef struct ana_expectation {
    size_t n_states;               /**< K; 1 without hidden states */
    const double *weights;         /**< T x K: P(state | past); NULL when K is 1 */
    ana_expected_counts in_states; /**< asked for one unit after the other */
    void *user;                    /**< handed to it */
} ana_expectation;

/** Of each unit of `observations` (counts, T x N).
 *
 *  @param options  NULL: the defaults. BINARY takes expected counts for chances of a spike
 *  @return ANA_ERR_VALUE names unit and row. Random places are stream "goodness" of the seed, one
 *  item for each unit. */
ANA_API ANA_USE_RESULT ana_status ana_goodness_of_fit(const ana_observations *observations,
                                                      const ana_expectation *expectation,
                                                      const ana_goodness_options *options,
                                                      ana_goodness **out);

/** "schema" is "goodness": distances with their band, the units' curves against the diagonal,
 *  autocorrelation, and how many units pass. */
ANA_API ANA_USE_RESULT ana_status ana_goodness_to_record(const ana_goodness *goodness,
                                                         ana_record **out);

ANA_API void ana_goodness_free(ana_goodness *goodness);

ANA_END_DECLS

#endif
