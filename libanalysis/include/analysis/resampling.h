/** How sure is a result, and could it be chance? Bootstrap intervals, permutation tests and the
 *  correction of many p-values.
 *
 *  A statistic is a function of rearranged items (trials, subjects, time bins). Resample i draws
 *  from the stream (seed, scheme, i) alone, so the values are the same for any number of threads,
 *  and shards put together are the whole. */
#ifndef ANALYSIS_RESAMPLING_H
#define ANALYSIS_RESAMPLING_H

#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** What is exchangeable when nothing is the matter. */
typedef enum ana_scheme {
    ANA_SCHEME_PERMUTE,   /**< items change places within their group */
    ANA_SCHEME_SIGN_FLIP, /**< differences change sign; with groups, a group at a time */
    ANA_SCHEME_SHIFT, /**< items turn in a circle within their group: time series against labels */
    ANA_SCHEME_BOOTSTRAP /**< items are drawn with repetition within their group */
} ana_scheme;

/** Which values of a statistic speak against chance. */
typedef enum ana_tail {
    ANA_TAIL_GREATER,
    ANA_TAIL_LESS,
    ANA_TAIL_TWO_SIDED /**< large |value|: the statistic is 0 by chance */
} ana_tail;

/** The rearranged data a statistic is computed from: place i holds item order[i] times signs[i]. */
typedef struct ana_rearranged {
    size_t n;
    const size_t *order; /**< the identity but for the three schemes that move items */
    const double *signs; /**< all 1 but for ANA_SCHEME_SIGN_FLIP */
    size_t worker; /**< 0 ... ana_run_threads - 1: which of the caller's scratch spaces to use */
} ana_rearranged;

/** values[n_values] of the data. Called from several threads at once, with different `worker`s;
 *  must depend on order and signs alone. A status other than ANA_OK ends the run and is returned.
 */
typedef ana_status (*ana_statistic_function)(void *user, const ana_rearranged *data,
                                             double *values);

typedef struct ana_resampling_options {
    ana_run run;
    size_t n_resamples; /**< default 1000 */
    ana_scheme scheme;  /**< default ANA_SCHEME_PERMUTE */
    ana_tail tail;      /**< of tests; default ANA_TAIL_TWO_SIDED */
    double level;       /**< of intervals; default 0.95 */
    bool bca;         /**< intervals: bias-corrected and accelerated (default), else percentiles */
    size_t min_shift; /**< ANA_SCHEME_SHIFT: at least so many places either way; default 1 */
    const size_t *groups; /**< an id per item, borrowed; NULL (default): one group */
} ana_resampling_options;

ANA_API ana_resampling_options ana_resampling_options_default(void);

/** Rows for resamples, scheme, tail, level, bca, min-shift. */
ANA_API extern const ana_option ana_resampling_option_table[];

/** The statistic of every resample of this shard.
 *
 *  @param n        items
 *  @param values   n_resamples x n_values (out)  rows of other shards are NaN
 *  @return ANA_OK; ANA_ERR_VALUE for an option out of range, no items, or a group too short to
 *  shift; what the statistic returned, of the first resample that failed; ANA_ERR_CANCELLED;
 *          ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_resampling_values(size_t n, size_t n_values,
                                                        ana_statistic_function statistic,
                                                        void *user,
                                                        const ana_resampling_options *options,
                                                        double *values);

/** p = (1 + number of resamples at least as extreme) / (1 + n_resamples): never 0, and valid for
 *  any n_resamples (Phipson & Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9(1)). Values that equal
 *  the observed one to 1e-12 count as extreme.
 *
 *  @param observed   n_values
 *  @param resampled  n_resamples x n_values
 *  @param p          n_values (out)  each statistic by itself; may be NULL
 *  @param p_max      n_values (out)  against the most extreme of all statistics of a resample,
 *  which controls the family-wise error (Westfall & Young 1993); may be NULL
 *  @return ANA_OK; ANA_ERR_VALUE for NaN, naming the row: a shard that is missing. */
ANA_API ANA_USE_RESULT ana_status ana_resampling_p_values(size_t n_resamples, size_t n_values,
                                                          const double *observed,
                                                          const double *resampled, ana_tail tail,
                                                          double *p, double *p_max);

/** A test of n_values statistics. */
typedef struct ana_resampling_test_result {
    size_t n_resamples;
    size_t n_values;
    double *observed; /**< n_values, of the data as they are */
    double *p;        /**< n_values; NaN when this is one shard of several */
    double *p_max;    /**< n_values */
    double *null;     /**< n_resamples x n_values */
} ana_resampling_test_result;

/** Compute, resample, compare. Errors of both functions above. Freed by
 *  ana_resampling_test_free. */
ANA_API ANA_USE_RESULT ana_status ana_resampling_test(size_t n, size_t n_values,
                                                      ana_statistic_function statistic, void *user,
                                                      const ana_resampling_options *options,
                                                      ana_resampling_test_result **out);
ANA_API void ana_resampling_test_free(ana_resampling_test_result *test);

/** Bootstrap intervals of n_values statistics. */
typedef struct ana_bootstrap {
    size_t n_resamples;
    size_t n_values;
    double *estimate;       /**< n_values, of the data as they are */
    double *standard_error; /**< standard deviation of the resamples; NaN in one shard of several */
    double *low;            /**< ends of the intervals */
    double *high;
    double *resampled; /**< n_resamples x n_values */
} ana_bootstrap;

/** Options as above; `scheme` is ANA_SCHEME_BOOTSTRAP whatever it says. BCa needs the statistic of
 *  the n data sets without one item as well. ANA_ERR_NUMERIC when a BCa interval has no answer (see
 *  ana_resampling_bca). */
ANA_API ANA_USE_RESULT ana_status ana_resampling_bootstrap(size_t n, size_t n_values,
                                                           ana_statistic_function statistic,
                                                           void *user,
                                                           const ana_resampling_options *options,
                                                           ana_bootstrap **out);
ANA_API void ana_bootstrap_free(ana_bootstrap *bootstrap);

/** interval = the central `level` of the resampled values. ANA_ERR_VALUE unless 0 < level < 1. */
ANA_API ANA_USE_RESULT ana_status ana_resampling_percentile(size_t n, const double *resampled,
                                                            double level, double interval[2]);

/** Bias-corrected and accelerated interval, Efron (1987), J. Am. Stat. Assoc. 82(397); jackknife:
 *  the statistic without each item. ANA_ERR_NUMERIC when the estimate lies outside all resamples,
 *  or something is NaN. */
ANA_API ANA_USE_RESULT ana_status ana_resampling_bca(size_t n, const double *resampled,
                                                     double estimate, size_t n_jackknife,
                                                     const double *jackknife, double level,
                                                     double interval[2]);

/** How many p-values are corrected. */
typedef enum ana_correction {
    ANA_CORRECTION_BONFERRONI,         /**< family-wise error */
    ANA_CORRECTION_HOLM,               /**< family-wise error, stepping down; never weaker */
    ANA_CORRECTION_BENJAMINI_HOCHBERG, /**< false discovery rate; independent or positively
                                          dependent */
    ANA_CORRECTION_BENJAMINI_YEKUTIELI /**< false discovery rate; any dependence */
} ana_correction;

/** Adjusted p-values: reject where they are at most the error rate wanted. NaN stays and is not
 *  counted. `adjusted` may be `p`. ANA_ERR_VALUE for a p outside 0 to 1. */
ANA_API ANA_USE_RESULT ana_status ana_resampling_adjust(size_t n, const double *p,
                                                        ana_correction method, double *adjusted);

ANA_END_DECLS

#endif
