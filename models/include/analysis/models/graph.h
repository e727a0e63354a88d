/** Who is connected with whom, and how strongly?
 *
 *  A graph of n nodes with weighted edges, as every method of networks takes it: each edge stands
 *  once in the list of edges (undirected: from <= to), and in the rows of its ends. Several weights
 *  to an edge (chemical and electrical synapses, layers) are columns. */
#ifndef ANALYSIS_MODELS_GRAPH_H
#define ANALYSIS_MODELS_GRAPH_H

#include <analysis/record.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** One end of an edge, seen from the other. */
typedef struct ana_neighbour {
    size_t node;
    size_t edge; /**< its place in the list of edges */
} ana_neighbour;

/** Invariant (ana_graph_check): edges ascend by (from, to), none twice; undirected ones have
 *  from <= to; weights are finite. Row i of `out` is out[out_start[i]] ... out[out_start[i + 1] -
 *  1], ascending by node. Undirected: both ends hold the edge (a loop stands once in its row), and
 *  `in` is `out`. All owned. */
typedef struct ana_graph {
    size_t n_nodes;
    size_t n_edges;
    bool directed;
    size_t n_weights;    /**< of each edge; at least 1 */
    size_t *from;        /**< n_edges */
    size_t *to;          /**< n_edges */
    double *weights;     /**< n_weights x n_edges */
    size_t *out_start;   /**< n_nodes + 1 */
    ana_neighbour *out;  /**< where edges lead */
    size_t *in_start;    /**< n_nodes + 1 */
    ana_neighbour *in;   /**< where they come from */
    char **node_names;   /**< n_nodes texts */
    char **weight_names; /**< n_weights texts */
} ana_graph;

/** Edges in any order. Borrowed. */
typedef struct ana_edge_list {
    size_t n_nodes;
    size_t n_edges;
    const size_t *from; /**< n_edges */
    const size_t *to;   /**< n_edges */
    size_t n_weights;
    const double *weights; /**< n_weights x n_edges; NULL (n_weights 0): every edge weighs 1 */
    bool directed;
} ana_edge_list;

/** The graph of a list: edges given several times are one, with the sum of their weights, and
 *  undirected ones may be given from either end. Nodes are called "0", "1", ..., weights "weight"
 *  or "weight 0", ... ANA_ERR_VALUE for an end that is no node or a weight that is not finite;
 *  ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_graph_new(const ana_edge_list *edges, ana_graph **out);

/** An edge for each element of the n x n matrix (row: from) that is not 0 and not NaN, off the
 *  diagonal; on it with `loops`. Undirected: the lower triangle is read. */
ANA_API ANA_USE_RESULT ana_status ana_graph_from_matrix(size_t n, const double *matrix,
                                                        bool directed, bool loops, ana_graph **out);

/** out (n x n) = weight `weight_index` of each edge, 0 where there is none; symmetric when
 *  undirected. */
ANA_API void ana_graph_to_matrix(const ana_graph *graph, size_t weight_index, double *out);

/** Copy the names of all nodes, or of all weights, in their order. */
ANA_API ANA_USE_RESULT ana_status ana_graph_name_nodes(ana_graph *graph, const char *const *names);
ANA_API ANA_USE_RESULT ana_status ana_graph_name_weights(ana_graph *graph,
                                                         const char *const *names);

/** The edge between two nodes, or n_edges. */
ANA_API size_t ana_graph_find_edge(const ana_graph *graph, size_t from, size_t to);

/** ANA_ERR_VALUE with the broken invariant. */
ANA_API ANA_USE_RESULT ana_status ana_graph_check(const ana_graph *graph);

/** "schema" is "graph"; drawn as a graph when it has at most 400 nodes. ANA_ERR_FORMAT when a
 *  record is none. */
ANA_API ANA_USE_RESULT ana_status ana_graph_to_record(const ana_graph *graph, ana_record **out);
ANA_API ANA_USE_RESULT ana_status ana_graph_from_record(const ana_record *record, ana_graph **out);

ANA_API void ana_graph_free(ana_graph *graph);

ANA_END_DECLS

#endif
