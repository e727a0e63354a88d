/** Communities of largest modularity of a small dense graph, thousands of times over: in place,
 *  with room of the caller's, so that it can run in parallel (ana_leiden waits for one igraph).
 *  Moves of single nodes, then of whole communities, and again until nothing gains (Blondel et al.
 *  2008, J. Stat. Mech. P10008, with moves of nodes at the end). */
#ifndef MODELS_CONNECTOME_PARTITION_H
#define MODELS_CONNECTOME_PARTITION_H

#include <analysis/random.h>

#include <stddef.h>

typedef struct connectome_graph {
    size_t n;
    const double *matrix; /**< n x n, symmetric, >= 0; the diagonal counts as it stands */
    double resolution;
} connectome_graph;

/** Room of a search in graphs of up to n nodes. */
size_t connectome_room_doubles(size_t n);
size_t connectome_room_sizes(size_t n);

/** label[i] = 0 ... by falling size, or ANA_NO_LABEL for a node that is tied to nobody; hold[i]
 *  (may be NULL): how firmly its community holds it, 0 to 1: the share of the node's strength that
 *  modularity would lose if the node went to the next best community, or stood alone. Returns the
 *  number of communities. */
size_t connectome_partition(const connectome_graph *graph, ana_random *random, double *doubles,
                            size_t *sizes, size_t *label, double *hold);

/** Modularity of labels as they are, 0 for a graph without weight. `sums` has n doubles. */
double connectome_modularity(const connectome_graph *graph, const size_t *label, double *sums);

#endif
