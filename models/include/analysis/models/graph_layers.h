/** How do several graphs, or the several weights of one, become layers on the same nodes?
 *
 *  Chemical and electrical synapses, epochs, motifs: what is compared or grouped layer by layer
 *  needs the same nodes, in the same order, in each. */
#ifndef ANALYSIS_MODELS_GRAPH_LAYERS_H
#define ANALYSIS_MODELS_GRAPH_LAYERS_H

#include <analysis/models/graph.h>

ANA_BEGIN_DECLS

/** The same graphs on the union of their nodes, told apart by name: those of the first in their
 *  order, then those that each other one adds, in its order.
 *
 *  @param out  n (out) graphs, the caller's
 *  @return ANA_ERR_VALUE when two nodes of a graph share a name; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_graph_unite_nodes(size_t n, const ana_graph *const *graphs,
                                                        ana_graph **out);

/** For each weight a graph of the edges on which it is not 0, on all nodes.
 *
 *  @param out  graph->n_weights (out) graphs, the caller's */
ANA_API ANA_USE_RESULT ana_status ana_graph_split_weights(const ana_graph *graph, ana_graph **out);

ANA_END_DECLS

#endif
