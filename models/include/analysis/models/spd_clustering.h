/** Which covariances belong together, when nobody has said so?
 *
 *  | method | clusters |
 *  |---|---|
 *  | k-means | k centres with the least sum of squared distances of the matrices nearest to them |
 *  | mean shift | modes of the density, as many as there are (Subbarao & Meer 2009) |
 *  | Gaussian mixture | clouds with a centre, one spread in every direction of the tangent space at
 *    it, and a share |
 *
 *  Clusters of k-means (with which a mixture begins, and whose numbers it keeps) and of mean shift
 *  are numbered by falling size, of equals by their first matrix. Same seed, same bits, for any
 *  number of threads. */
#ifndef ANALYSIS_MODELS_SPD_CLUSTERING_H
#define ANALYSIS_MODELS_SPD_CLUSTERING_H

#include <analysis/models/spd.h>
#include <analysis/models/spd_mean.h>

ANA_BEGIN_DECLS

typedef struct ana_spd_clusters {
    size_t n_matrices;
    size_t n_clusters;
    size_t *labels;  /**< n_matrices: cluster; owned */
    size_t *sizes;   /**< n_clusters: matrices in each; owned */
    double *centres; /**< n_clusters x ana_spd_size; owned */
    double inertia;  /**< sum of squared distances from the nearest centre */
    size_t n_iterations;
    bool converged;
    double *probabilities; /**< mixture: n_matrices x n_clusters; else NULL; owned */
    double *variances;     /**< mixture: n_clusters, of each direction; else NULL; owned */
    double *shares;        /**< mixture: n_clusters, of sum 1; else NULL; owned */
    double log_likelihood; /**< mixture: nats; else NaN */
    double bic;            /**< mixture: Schwarz's criterion, the lower the better; else NaN */
} ana_spd_clusters;

ANA_API void ana_spd_clusters_free(ana_spd_clusters *clusters);

typedef struct ana_spd_cluster_options {
    ana_run run;
    size_t n_clusters;     /**< k-means, mixture; default 2 */
    size_t n_restarts;     /**< the best of so many starts by k-means++; default 10 */
    size_t max_iterations; /**< default 300 */
    double bandwidth;   /**< mean shift; 0 (default): the distance that 0.3 of all pairs keep to */
    bool normal_kernel; /**< mean shift: exp(-d^2 / bandwidth^2) instead of all within; default
                             false */
    double tolerance;   /**< mean shift, mixture: smallest step, change of log likelihood; default
                             1e-6 */
    const double
        *starts; /**< k-means, mixture: n_clusters centres to begin with instead; borrowed */
} ana_spd_cluster_options;

ANA_API ana_spd_cluster_options ana_spd_cluster_options_default(void);

/** Rows for clusters, restarts, iterations, bandwidth, normal-kernel, tolerance. */
ANA_API extern const ana_option ana_spd_cluster_option_table[];

/** *out = k-means in the riemann metric (Lloyd 1982; starts: Arthur & Vassilvitskii 2007), freed by
 *  ana_spd_clusters_free. A cluster that has lost its matrices takes the one farthest from its
 *  centre. pyRiemann 0.13 compares starts by the sum of distances, not of their squares, which
 *  k-means does not make small. ANA_ERR_VALUE for options out of range and more clusters than
 *  matrices. */
ANA_API ANA_USE_RESULT ana_status ana_spd_kmeans(const ana_spd_set *set,
                                                 const ana_spd_cluster_options *options,
                                                 ana_spd_clusters **out);

/** *out = the modes that matrices climb to; modes within a bandwidth of an earlier one are that.
 *  ANA_ERR_VALUE also where no bandwidth is given and matrices do not differ. */
ANA_API ANA_USE_RESULT ana_status ana_spd_mean_shift(const ana_spd_set *set,
                                                     const ana_spd_cluster_options *options,
                                                     ana_spd_clusters **out);

/** *out = the mixture by expectation and maximisation from k-means. Each direction of a cloud has
 *  one variance, kept above 1e-6 of that of all: a full covariance of n (n + 1) / 2 numbers would
 *  need more trials than there are. Errors as ana_spd_kmeans. */
ANA_API ANA_USE_RESULT ana_status ana_spd_mixture(const ana_spd_set *set,
                                                  const ana_spd_cluster_options *options,
                                                  ana_spd_clusters **out);

/** values[k] (n_matrices, out) = (b - a) / max(a, b): a the mean distance of matrix k from the
 *  others of its cluster, b the least mean distance from those of another (Rousseeuw 1987); 0 of
 *  one that is alone. `labels` are n_matrices, each below n_clusters. ANA_ERR_VALUE for fewer than
 *  two clusters with matrices. */
ANA_API ANA_USE_RESULT ana_status ana_spd_silhouette(const ana_spd_set *set, const size_t *labels,
                                                     size_t n_clusters, const ana_run *run,
                                                     double *values);

/** *n_clusters = the k from 2 to `most` whose k-means has the largest mean silhouette, the first of
 *  equals; scores[k - 2] (most - 1, out): that of each. ANA_ERR_VALUE unless `most` is 2 to
 *  n_matrices. */
ANA_API ANA_USE_RESULT ana_status ana_spd_choose_clusters(const ana_spd_set *set, size_t most,
                                                          const ana_spd_cluster_options *options,
                                                          double *scores, size_t *n_clusters);

ANA_END_DECLS

#endif
