/** Descriptive statistics: where do these values lie, how far do they scatter, do they go together?
 *
 *  NaN is a missing sample. Functions of one variable leave it out and say NaN where too little
 *  remains; functions of two variables leave out every pair with a NaN; functions of a matrix
 *  refuse it (ANA_ERR_VALUE with row and column), since leaving out cells would not give a positive
 *  semidefinite matrix. Infinities are values.
 *
 *  Sums are pairwise over blocks cut by position alone: error of the order of log(n) roundings, and
 *  the same bits always. Functions that return a double allocate nothing and can be called inside a
 *  parallel region. ANA_ERR_MEMORY is shared by the others. */
#ifndef ANALYSIS_STATS_H
#define ANALYSIS_STATS_H

#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** Moments. */

/** Number of values that are not NaN. */
ANA_API size_t ana_stats_count(size_t n, const double *x);

/** Sum of the values; 0 for none. */
ANA_API double ana_stats_sum(size_t n, const double *x);

/** Mean, corrected in a second pass, so that equal values have exactly their own mean. */
ANA_API double ana_stats_mean(size_t n, const double *x);

/** Mean square deviation from the mean over count - ddof (0: of the population, 1: unbiased). Two
 *  passes; exactly 0 for equal values; NaN unless count > ddof. */
ANA_API double ana_stats_variance(size_t n, const double *x, size_t ddof);

/** sum w x / sum w over the x that are not NaN; NaN where the weights sum to 0. */
ANA_API double ana_stats_weighted_mean(size_t n, const double *x, const double *weights);

/** out = (x - mean) / deviation with that ddof; NaN stays; 0 throughout where nothing varies. `out`
 *  may be `x`. */
ANA_API void ana_stats_zscore(size_t n, const double *x, size_t ddof, double *out);

/** Order. Quantiles are of type 7 of Hyndman & Fan (1996), Am. Stat. 50(4): linear between order
 *  statistics at (count - 1) q, as numpy and R have it. In place: O(n), n log n at worst. */

/** Quantile q (0 to 1; else NaN) of values that are reordered on the way, NaN to the end. */
ANA_API double ana_stats_quantile_in_place(size_t n, double *values, double q);

/** Median of values that are reordered on the way. */
ANA_API double ana_stats_median_in_place(size_t n, double *values);

/** Median distance from the median (not scaled) of values that are overwritten on the way. */
ANA_API double ana_stats_mad_in_place(size_t n, double *values);

/** out[i] = quantile q[i]. ANA_ERR_VALUE for a q outside 0 to 1. */
ANA_API ANA_USE_RESULT ana_status ana_stats_quantiles(size_t n, const double *x, size_t n_q,
                                                      const double *q, double *out);

/** The same on a copy. */
ANA_API ANA_USE_RESULT ana_status ana_stats_median(size_t n, const double *x, double *median);

/** Median, and a scale that is the standard deviation for normal values: 1.4826 times the median
 *  distance from the median. `median` may be NULL. */
ANA_API ANA_USE_RESULT ana_status ana_stats_robust_scale(size_t n, const double *x, double *median,
                                                         double *scale);

/** out = (x - median) / robust scale; NaN stays; where the scale is 0, values at the median become
 *  0 and the others infinite. `out` may be `x`. */
ANA_API ANA_USE_RESULT ana_status ana_stats_robust_zscore(size_t n, const double *x, double *out);

/** Ranks from 1, ties get the mean of their ranks; NaN stays and takes no rank. `ranks` may be `x`.
 */
ANA_API ANA_USE_RESULT ana_status ana_stats_ranks(size_t n, const double *x, double *ranks);

/** counts[i] = number of values in [edges[i], edges[i + 1]), the last bin closed; values outside
 *  and NaN are not counted. counts has n_edges - 1 entries. ANA_ERR_VALUE unless there are two
 *  edges, ascending. */
ANA_API ANA_USE_RESULT ana_status ana_stats_histogram(size_t n, const double *x, size_t n_edges,
                                                      const double *edges, size_t *counts);

/** Correlation of two variables; NaN where one of them does not vary. -1 to 1. */

ANA_API double ana_stats_pearson(size_t n, const double *x, const double *y);

/** Pearson's correlation of the ranks (of the complete pairs). */
ANA_API ANA_USE_RESULT ana_status ana_stats_spearman(size_t n, const double *x, const double *y,
                                                     double *correlation);

/** Kendall's (1945) tau-b, by Knight's (1966) O(n log n) count of exchanges. */
ANA_API ANA_USE_RESULT ana_status ana_stats_kendall(size_t n, const double *x, const double *y,
                                                    double *tau);

/** Matrices of X (n_observations x n_features, row-major); out is n_features x n_features, exactly
 *  symmetric. Shared errors: ANA_ERR_VALUE for NaN or infinity in X. */

/** Covariance over n_observations - ddof; ANA_ERR_VALUE unless that is positive. `mean`
 *  (n_features) may be NULL. */
ANA_API ANA_USE_RESULT ana_status ana_stats_covariance(size_t n_observations, size_t n_features,
                                                       const double *x, size_t ddof, double *mean,
                                                       double *out);

/** Pearson's correlations; rows and columns of a feature that does not vary are NaN. */
ANA_API ANA_USE_RESULT ana_status ana_stats_correlation(size_t n_observations, size_t n_features,
                                                        const double *x, double *out);

/** How far a covariance from few observations is drawn towards a simple target. */
typedef enum ana_shrinkage {
    ANA_SHRINKAGE_LEDOIT_WOLF, /**< towards mean variance times identity; divisor n.
                                    Ledoit & Wolf (2004), J. Multivar. Anal. 88, lemma 3.3 */
    ANA_SHRINKAGE_OAS, /**< the same target and divisor. Chen et al. (2010), IEEE Trans. Signal
                            Process. 58(10), eq. 23, without its terms 2/p, as scikit-learn has it
                        */
    ANA_SHRINKAGE_SCHAEFER_STRIMMER /**< towards the diagonal; divisor n - 1. Schaefer & Strimmer
                                         (2005), Stat. Appl. Genet. Mol. Biol. 4(1), target D */
} ana_shrinkage;

/** out = (1 - intensity) covariance + intensity target, with the intensity (0 to 1; may be NULL)
 *  the method finds best. ANA_ERR_VALUE with fewer than two observations. */
ANA_API ANA_USE_RESULT ana_status ana_stats_shrunk_covariance(size_t n_observations,
                                                              size_t n_features, const double *x,
                                                              ana_shrinkage method, double *out,
                                                              double *intensity);

ANA_END_DECLS

#endif
