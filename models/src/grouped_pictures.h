/** Pictures of a graph whose nodes are in groups. */
#ifndef ANALYSIS_MODELS_GROUPED_PICTURES_H
#define ANALYSIS_MODELS_GROUPED_PICTURES_H

#include "picture.h"

#include <analysis/models/graph.h>

/** Nodes by name, with a group each. */
typedef struct ana_grouped_nodes {
    size_t n;
    const size_t *group;
    const char *const *names;
} ana_grouped_nodes;

/** A matrix of n x n values, drawn group by group. */
ANA_USE_RESULT ana_status ana_add_grouped_matrix(const ana_grouped_nodes *nodes,
                                                 const ana_picture_words *words, const char *name,
                                                 const double *values, ana_record *record);

/** A matrix of the edges' weights, up to 1000 nodes. `title` NULL: "Edges, ordered by group". */
ANA_USE_RESULT ana_status ana_add_grouped_edges(const ana_grouped_nodes *nodes,
                                                const ana_graph *graph, size_t column,
                                                const char *name, const char *title,
                                                ana_record *record);

/** Who goes with whom from one partition of the same nodes to the next (levels, layers, epochs,
 *  fits): a heat map of the layout "alluvial".
 *
 *  @param group  n_stages x n_nodes; ANA_NO_LABEL: the node is in none
 *  @param names  n_stages; NULL: 0, 1, ... */
ANA_USE_RESULT ana_status ana_add_flow(size_t n_stages, size_t n_nodes, const size_t *group,
                                       const char *const *names, const ana_picture_words *words,
                                       const char *name, ana_record *record);

/** "adjacency", as ana_add_grouped_edges; "graph", a drawing, up to 400 nodes. */
ANA_USE_RESULT ana_status ana_add_grouped_graph(const ana_grouped_nodes *nodes,
                                                const ana_graph *graph, size_t column,
                                                ana_record *record);

#endif
