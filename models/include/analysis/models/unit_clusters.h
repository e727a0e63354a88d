/** Which units of several systems belong together, and does every group have units of each?
 *
 *  The units of all systems are pooled and clustered by the size of their correlations, so that a
 *  group is what several units, of one system or of many, span together (Li et al. 2016): spectral
 *  clustering with the normalised Laplacian L = I - D^-1/2 A D^-1/2, A_ij = |r_ij|, D its row sums
 *  (Shi & Malik 2000; von Luxburg 2007): the eigenvectors of the least eigenvalues, over the roots
 *  of D, are clustered by k-means, the best of several starts. Without a number of clusters, there
 *  are as many as eigenvalues below the largest gap. */
#ifndef ANALYSIS_MODELS_UNIT_CLUSTERS_H
#define ANALYSIS_MODELS_UNIT_CLUSTERS_H

#include <analysis/models/unit_matching.h>

ANA_BEGIN_DECLS

typedef struct ana_unit_clusters_options {
    ana_run run;
    size_t n_clusters;    /**< 0, the default: by the largest gap */
    size_t most_clusters; /**< that the gap may say; default 20 */
    size_t n_starts;      /**< of k-means; default 20 */
} ana_unit_clusters_options;

ANA_API ana_unit_clusters_options ana_unit_clusters_options_default(void);
ANA_API extern const ana_option ana_unit_clusters_option_table[];

/** S systems, n pooled units; all owned. */
typedef struct ana_unit_clusters {
    size_t n_systems;
    size_t n_stimuli;
    ana_unit_side *systems; /**< S: without the arrays of matches */
    size_t n;
    size_t *system; /**< n: the system of each pooled unit, system by system */
    size_t n_clusters;
    size_t *cluster;     /**< n: by falling size */
    double *eigenvalues; /**< n: of the Laplacian, rising, 0 to 2 */
    double *affinity;    /**< n x n: sizes of correlations, 1 on the diagonal */
    double *counts;      /**< n_clusters x S: units */
    double *within;      /**< n_clusters: mean size of correlations of its pairs; NaN of one unit */
} ana_unit_clusters;

/** Cluster the units of systems with the same stimuli (ana_responses_match). Units without any
 *  value or without variance are left out and counted.
 *
 *  @return ANA_ERR_VALUE for an option out of range, no system, fewer than three stimuli, another
 *  missing or an infinite value (named with its system, unit and stimulus), fewer than three units
 *  in all, or not more units than clusters; ANA_ERR_SHAPE for different numbers of stimuli;
 *  ANA_ERR_LIMIT; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_unit_clusters_find(const ana_responses_set *systems,
                                                         const ana_unit_clusters_options *options,
                                                         ana_unit_clusters **out);

/** "schema" is "unit clusters": the clusters' units, as figures the eigenvalues, how many units of
 *  each system a cluster has, and the correlations by cluster. */
ANA_API ANA_USE_RESULT ana_status ana_unit_clusters_to_record(const ana_unit_clusters *clusters,
                                                              ana_record **out);
ANA_API void ana_unit_clusters_free(ana_unit_clusters *clusters);

ANA_END_DECLS

#endif
