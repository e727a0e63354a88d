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
    double there;  /* of them the one that leads there, over the largest of the graph; 0: none */
    double back;   /* the one that comes from there */
    double root;   /* sum of the cube roots of the absolute weights, out and in; the largest is 1 */
} ana_tie;

/* Row i is tie[start[i]] ... tie[start[i + 1] - 1], ascending by node, without loops. */
typedef struct ana_ties {
    size_t n_nodes;
    size_t *start;
    ana_tie *tie;
} ana_ties;

ANA_USE_RESULT ana_status ana_network_ties(const ana_graph *graph, size_t weight_index,
                                           ana_workspace *workspace, ana_ties *out);

/* A group of three nodes that are not all unconnected: its ties u-v, u-w and v-w, seen from the
 * first, NULL where there is none; at least one is not. */
typedef void (*triad_visit)(size_t kind, const ana_tie *const ties[3], void *user);

/* Visits each group with a connected pair once but those of a pair and one more that is tied to
 * neither, which counts[1] and counts[2] count. */
void ana_network_visit_triads(const ana_ties *ties, triad_visit visit, void *user,
                              size_t counts[ANA_N_TRIADS]);

/* A number beside those of random networks, nulls[k * stride]; NaN ones are passed over. */
typedef struct network_chance {
    double mean;
    double sd;
    double z;
    double p; /* two-sided, each tail with the observed number in it */
} network_chance;

network_chance network_chance_of(size_t n, const double *nulls, size_t stride, double value);

void ana_network_count(const ana_graph *graph, size_t weight_index, ana_network_features *features);
ANA_USE_RESULT ana_status ana_network_components(const ana_ties *ties,
                                                 ana_network_features *features);
double ana_network_link_length(const ana_graph *graph, size_t n_axes, const double *positions);

/* Cycles, triangles and clustering of all nodes, and their means. */
void ana_network_cluster(const ana_ties *ties, bool directed, const ana_run *run,
                         ana_network_features *features);

ANA_USE_RESULT ana_status ana_network_cores(const ana_graph *graph, double *coreness);
ANA_USE_RESULT ana_status ana_network_pagerank(const ana_graph *graph, size_t weight_index,
                                               double damping, double *out);
/* All NaN when it does not converge. */
ANA_USE_RESULT ana_status ana_network_eigenvector(const ana_graph *graph, size_t weight_index,
                                                  const ana_run *run, double *out);

/* Everything that follows from shortest paths. */
ANA_USE_RESULT ana_status ana_network_walk(const ana_graph *graph,
                                           const ana_network_options *options,
                                           ana_network_features *features);

/* Mean clustering and mean path length in edges. */
ANA_USE_RESULT ana_status ana_network_world(const ana_graph *graph, const ana_run *run,
                                            double *clustering, double *path_length);

ANA_USE_RESULT ana_status ana_network_small_world(const ana_graph *graph,
                                                  const ana_network_options *options,
                                                  const ana_network_features *features,
                                                  ana_small_world *out);

ANA_USE_RESULT ana_status ana_network_features_make(const ana_graph *graph,
                                                    ana_network_features **out);

#endif
