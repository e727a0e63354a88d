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

/** "adjacency", a matrix of the edges' weights, up to 1000 nodes; "graph", a drawing, up to 400. */
ANA_USE_RESULT ana_status ana_add_grouped_graph(const ana_grouped_nodes *nodes,
                                                const ana_graph *graph, size_t column,
                                                ana_record *record);

#endif
