/** What a block model partitions: the nodes of a graph, or the groups of a partition as nodes. */
#ifndef ANALYSIS_MODELS_SBM_NETWORK_H
#define ANALYSIS_MODELS_SBM_NETWORK_H

#include "sbm_terms.h"
#include "workspace.h"

#include <analysis/models/graph.h>

#include <stdint.h>

enum {
    ANA_SBM_MOST_LAYERS = 1000
};

typedef struct ana_sbm_link {
    uint32_t node;
    uint32_t layer;
    ana_sbm_amount amount;
} ana_sbm_link;

/** Side 0: where edges lead (undirected: all of a node's, a loop once); side 1, directed: where
 *  they come from, loops left out. Held in a workspace. */
typedef struct ana_sbm_network {
    size_t n;
    bool upper; /**< of groups: several edges between two, degrees count for nothing */
    size_t n_layers;
    double *layer_edges; /**< n_layers */
    size_t n_sides;
    size_t *start[2];
    ana_sbm_link *links[2];
    /* Of a graph only: */
    size_t n_dealt;
    ana_sbm_dealt *dealt; /**< n_dealt */
    double adjacency;     /**< what any partition pays */
    double weights;
    double membership; /**< of nodes in layers */
} ana_sbm_network;

/** Refuses layers without edges, that differ in their nodes, or with weights that the options'
 *  distribution does not allow; *most is the largest count that terms will meet. */
ANA_USE_RESULT ana_status ana_sbm_check_layers(const ana_sbm_layers *layers,
                                               const ana_sbm_options *options, size_t *most);

/** Whether there are layers, of as many nodes each. */
ANA_USE_RESULT ana_status ana_sbm_check_sizes(const ana_sbm_layers *layers);

/** The degrees alone, in the workspace: n_dealt and dealt. `independent`: of each layer. */
ANA_USE_RESULT ana_status ana_sbm_network_degrees(const ana_sbm_layers *layers, bool independent,
                                                  ana_workspace *workspace,
                                                  ana_sbm_network *network);

/** The rest, given layers that were checked, and degrees. */
ANA_USE_RESULT ana_status ana_sbm_network_fill(const ana_sbm_layers *layers,
                                               const ana_sbm_options *options,
                                               const ana_sbm_terms *terms, ana_workspace *workspace,
                                               ana_sbm_network *network);

#endif
