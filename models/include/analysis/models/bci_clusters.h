/** Which trials belong together, when nobody has said so? Clusters of their matrices
 *  (spd_clustering.h) beside the classes and sessions that the trials are of.
 *
 *  | method | the number of clusters |
 *  |---|---|
 *  | k-means | as told, or of the largest mean silhouette (Rousseeuw 1987) |
 *  | mixture | as told, or of the lowest Bayesian information criterion (Schwarz 1978) |
 *  | mean-shift | as many as there are modes |
 *
 *  Classes are only compared with, by the adjusted Rand index (Hubert & Arabie 1985): 0 by chance,
 *  1 the same groups. So are sessions: an index that is high says that clusters are days. */
#ifndef ANALYSIS_MODELS_BCI_CLUSTERS_H
#define ANALYSIS_MODELS_BCI_CLUSTERS_H

#include <analysis/models/bci_prefix.h>
#include <analysis/models/spd_clustering.h>
#include <analysis/record.h>

ANA_BEGIN_DECLS

typedef enum ana_bci_cluster_method {
    ANA_BCI_KMEANS,
    ANA_BCI_MIXTURE,
    ANA_BCI_MEAN_SHIFT
} ana_bci_cluster_method;

typedef struct ana_bci_cluster_options {
    ana_spd_cluster_options how;   /**< its run serves all; n_clusters is not looked at */
    ana_bci_cluster_method method; /**< default k-means */
    size_t least; /**< the numbers of clusters to choose from are this, default 2, */
    size_t most;  /**< to this, default 2; mean-shift looks at neither */
} ana_bci_cluster_options;

ANA_API ana_bci_cluster_options ana_bci_cluster_options_default(void);
/** One row: method. */
ANA_API extern const ana_option ana_bci_cluster_option_table[];

/** All owned. */
typedef struct ana_bci_clusters {
    ana_bci_cluster_method method;
    ana_spd_clusters *found;
    double *silhouettes; /**< n_trials; NaN with one cluster */
    double silhouette;   /**< their mean */
    size_t least;        /**< as asked for */
    size_t n_scores;     /**< numbers of clusters that were compared; 0: one alone was asked for */
    double *scores; /**< n_scores: mean silhouette, or criterion, of `least`, `least` + 1, ...; NULL
                         where n_scores is 0 */
    double of_classes;  /**< adjusted Rand index with the classes; NaN where there is one class */
    double of_sessions; /**< the same with the sessions; NaN where there is one session */
} ana_bci_clusters;

/** *out = clusters of the matrices of these trials; freed by ana_bci_clusters_free.
 *
 *  @param matrices  one for each trial, as ana_bci_prefix_apply makes them
 *  @param options   NULL: the defaults
 *  @return ANA_ERR_SHAPE for no trials, or another number of matrices; ANA_ERR_VALUE for a range of
 *  numbers that is empty, begins below 1 (below 2 where silhouettes choose) or has more clusters
 *  than trials; errors of spd_clustering.h; ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_bci_cluster(const ana_spd_set *matrices,
                                                  const ana_bci_trials *trials,
                                                  const ana_bci_cluster_options *options,
                                                  ana_bci_clusters **out);
ANA_API void ana_bci_clusters_free(ana_bci_clusters *clusters);

/** *out = a record of it: "schema" is "bci-clusters"; a table of trials with cluster and
 *  silhouette, members by class and by session, scores of numbers of clusters, centres. */
ANA_API ANA_USE_RESULT ana_status ana_bci_clusters_to_record(const ana_bci_clusters *clusters,
                                                             const ana_spd_set *matrices,
                                                             const ana_bci_trials *trials,
                                                             ana_record **out);

ANA_END_DECLS

#endif
