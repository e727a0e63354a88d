/* What the files of network_features.h share. */
#ifndef MODELS_NETWORK_PARTS_H
#define MODELS_NETWORK_PARTS_H

#include "workspace.h"

#include <analysis/models/network_features.h>

/* A node's connection with another, both ways in one. */
typedef struct ana_tie {
    size_t node;
    bool out;      /* an edge leads there; undirected: both */
    bool in;       /* an edge comes from there */
    double weight; /* sum of the absolute weights of the one or two edges */
    double root;   /* sum of the cube roots of the absolute weights, out and in; the largest is 1 */
} ana_tie;

/* Row i is tie[start[i]] ... tie[start[i + 1] - 1], ascending by node, without loops. */
typedef struct ana_ties {
    size_t n_nodes;
    size_t *start;
    ana_tie *tie;
} ana_ties;

ANA_USE_RESULT ana_status ana_network_ties(const ana_graph *graph, size_t layer,
                                           ana_workspace *workspace, ana_ties *out);

void ana_network_count(const ana_graph *graph, size_t layer, ana_network_features *features);
ANA_USE_RESULT ana_status ana_network_components(const ana_ties *ties,
                                                 ana_network_features *features);
double ana_network_link_length(const ana_graph *graph, size_t n_axes, const double *positions);

/* Cycles, triangles and clustering of all nodes, and their means. */
void ana_network_cluster(const ana_ties *ties, bool directed, const ana_run *run,
                         ana_network_features *features);

ANA_USE_RESULT ana_status ana_network_cores(const ana_graph *graph, double *coreness);
ANA_USE_RESULT ana_status ana_network_pagerank(const ana_graph *graph, size_t layer, double damping,
                                               double *out);
/* All NaN when it does not converge. */
ANA_USE_RESULT ana_status ana_network_eigenvector(const ana_graph *graph, size_t layer,
                                                  const ana_run *run, double *out);

/* Everything that follows from shortest paths. */
ANA_USE_RESULT ana_status ana_network_walk(const ana_graph *graph,
                                           const ana_network_options *options,
                                           ana_network_features *features);

ANA_USE_RESULT ana_status ana_network_small_world(const ana_graph *graph,
                                                  const ana_network_options *options,
                                                  const ana_network_features *features,
                                                  ana_small_world *out);

ANA_USE_RESULT ana_status ana_network_features_make(const ana_graph *graph,
                                                    ana_network_features **out);

#endif
