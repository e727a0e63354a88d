/** What the ways to cluster matrices share. */
#ifndef MODELS_SPD_CLUSTER_PARTS_H
#define MODELS_SPD_CLUSTER_PARTS_H

#include <analysis/models/spd_clustering.h>

/** Room for the results; not of a mixture. */
ANA_USE_RESULT ana_status spd_clusters_new(const ana_spd_set *set, size_t n_clusters,
                                           ana_spd_clusters **out);

/** Labels by the nearest centre, the first of equals; distances (n_matrices x n_clusters) is room;
 *  inertia. */
ANA_USE_RESULT ana_status spd_clusters_assign(const ana_spd_set *set, const ana_run *run,
                                              double *distances, ana_spd_clusters *out);

/** Clusters by falling size, of equals by their first matrix; sizes counted anew. */
ANA_USE_RESULT ana_status spd_clusters_sort(const ana_spd_set *set, ana_spd_clusters *out);

#endif
