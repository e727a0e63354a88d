/** What a block model partitions: the nodes of a graph, or the groups of a partition as nodes. */
#ifndef ANALYSIS_MODELS_SBM_NETWORK_H
#define ANALYSIS_MODELS_SBM_NETWORK_H

#include "sbm_terms.h"
#include "workspace.h"

#include <analysis/models/graph.h>

typedef struct ana_sbm_link {
    size_t node;
    ana_sbm_amount amount;
} ana_sbm_link;

/** Side 0: where edges lead (undirected: all of a node's, a loop once); side 1, directed: where
 * they come from, loops left out. Held in a workspace. */
typedef struct ana_sbm_network {
    size_t n;
    bool upper; /**< of groups: several edges between two, degrees count for nothing */
    size_t n_sides;
    double n_edges;
    size_t *start[2];
    ana_sbm_link *links[2];
    /* Of a graph only: */
    size_t *degree[2];
    size_t *degree_class[2]; /**< nodes of equal degree share it */
    size_t n_classes[2];
    double adjacency; /**< what any partition pays */
    double weights;
} ana_sbm_network;

/** Refuses a graph without edges, or with weights that the options' distribution does not allow. */
ANA_USE_RESULT ana_status ana_sbm_network_of_graph(const ana_graph *graph,
                                                   const ana_sbm_options *options,
                                                   const ana_sbm_terms *terms,
                                                   ana_workspace *workspace, ana_sbm_network *out);

/** Refusal alone, before there are tables; *most is the largest count that terms will meet. */
ANA_USE_RESULT ana_status ana_sbm_check_graph(const ana_graph *graph,
                                              const ana_sbm_options *options, size_t *most);

/** Degrees of both sides in the workspace: `network` is otherwise untouched. */
ANA_USE_RESULT ana_status ana_sbm_network_degrees(const ana_graph *graph, ana_workspace *workspace,
                                                  ana_sbm_network *network);

#endif
