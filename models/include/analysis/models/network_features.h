/** What does a network look like: who is central, how clustered is it, how far apart are its nodes?
 *
 *  Numbers of a graph, for each node and for the whole. They are defined for any graph, also one
 *  that is empty, disconnected or has negative weights:
 *  - a loop counts in none of them;
 *  - strengths add signed weights, everything else takes a weight's absolute value;
 *  - an edge exists whatever it weighs; by weights, one that weighs 0 cannot be passed;
 *  - paths are means over pairs that reach each other, and NaN where there is none;
 *  - a ratio whose denominator is 0 is 0 for clustering and NaN otherwise.
 *
 *  Sources: clustering Watts & Strogatz 1998, Barrat et al. 2004, Onnela et al. 2005, directed
 *  Fagiolo 2007 (Phys. Rev. E 76, 026107); betweenness Brandes 2001; cores Batagelj & Zaversnik
 *  2003; efficiency Latora & Marchiori 2001; assortativity Newman 2002; triads Davis & Leinhardt
 *  1972; small worlds Humphries & Gurney 2008, against the swaps of Maslov & Sneppen 2002. */
#ifndef ANALYSIS_MODELS_NETWORK_FEATURES_H
#define ANALYSIS_MODELS_NETWORK_FEATURES_H

#include <analysis/models/graph.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

/** Of a node. Directed graphs: degree and strength are in + out. */
typedef enum ana_node_feature {
    ANA_NODE_DEGREE,
    ANA_NODE_IN_DEGREE,
    ANA_NODE_OUT_DEGREE,
    ANA_NODE_STRENGTH,
    ANA_NODE_IN_STRENGTH,
    ANA_NODE_OUT_STRENGTH,
    ANA_NODE_CYCLES3,             /**< directed cycles of three through it; undirected: triangles */
    ANA_NODE_TRIANGLES,           /**< whatever their directions */
    ANA_NODE_CLUSTERING,          /**< local clustering; directed: Fagiolo, all cycles */
    ANA_NODE_CLUSTERING_WEIGHTED, /**< Onnela; directed: Fagiolo; weights over the largest */
    ANA_NODE_CLUSTERING_BARRAT,   /**< direction left out, weights both ways added */
    ANA_NODE_CORENESS,            /**< largest k of whose k-core it is; by `degree` */
    ANA_NODE_PAGERANK,            /**< by weights, from where it is connected; sums to 1 */
    ANA_NODE_EIGENVECTOR,  /**< of the nodes that lead here, largest 1; NaN: no convergence */
    ANA_NODE_CLOSENESS,    /**< r/(n - 1) times r / distance to the r nodes it reaches */
    ANA_NODE_BETWEENNESS,  /**< shortest paths through it, each pair's sum to 1 */
    ANA_NODE_ECCENTRICITY, /**< distance to the farthest node it reaches */
    ANA_NODE_N_FEATURES
} ana_node_feature;

/** Of the graph. */
typedef enum ana_graph_feature {
    ANA_GRAPH_DENSITY,     /**< edges over possible ones */
    ANA_GRAPH_RECIPROCITY, /**< edges whose opposite exists, over all; 1 when undirected */
    ANA_GRAPH_MEAN_DEGREE,
    ANA_GRAPH_DEGREE_ENTROPY, /**< of the distribution of `degree`, nats */
    ANA_GRAPH_ASSORTATIVITY,  /**< correlation of degrees across edges; directed: out with in */
    ANA_GRAPH_TRANSITIVITY,   /**< global clustering: closed triples over all, undirected */
    ANA_GRAPH_MEAN_CLUSTERING,
    ANA_GRAPH_MEAN_CLUSTERING_WEIGHTED,
    ANA_GRAPH_N_COMPONENTS,      /**< directions left out */
    ANA_GRAPH_LARGEST_COMPONENT, /**< share of the nodes in it */
    ANA_GRAPH_MEAN_LINK_LENGTH,  /**< distance between the ends of an edge; NaN without positions */
    ANA_GRAPH_PATH_LENGTH,       /**< mean shortest path over ordered pairs that have one */
    ANA_GRAPH_DIAMETER,          /**< the longest of them */
    ANA_GRAPH_EFFICIENCY,        /**< mean of 1/distance over ordered pairs, 0 where no path is */
    ANA_GRAPH_REACHED,           /**< share of ordered pairs that have a path */
    ANA_GRAPH_N_FEATURES
} ana_graph_feature;

/** "degree", "in_degree", ...; "density", ... */
ANA_API const char *ana_node_feature_name(ana_node_feature feature);
ANA_API const char *ana_graph_feature_name(ana_graph_feature feature);

/** How long an edge is. */
typedef enum ana_path_kind {
    ANA_PATHS_HOPS,    /**< 1 */
    ANA_PATHS_WEIGHT,  /**< its weight */
    ANA_PATHS_INVERSE, /**< 1 / its weight: strong edges are short */
    ANA_PATHS_NONE     /**< features of paths are left out (NaN): they cost nodes x edges */
} ana_path_kind;

typedef struct ana_network_options {
    ana_run run;
    size_t weight_index; /**< which weight; default 0 */
    ana_path_kind paths; /**< default hops */
    double damping;      /**< of PageRank, 0 to 0.99; default 0.85 */
    size_t n_nulls;      /**< rewired graphs to compare with; default 0 */
    double swaps;        /**< tried for each edge of a rewired graph; default 10 */
} ana_network_options;

ANA_API ana_network_options ana_network_options_default(void);
ANA_API extern const ana_option ana_network_option_table[];

/** Mean clustering C and path length L beside those of graphs with the same degrees. */
typedef struct ana_small_world {
    size_t n_nulls; /**< 0: not computed */
    double clustering;
    double path_length;
    double null_clustering; /**< mean over nulls */
    double null_clustering_sd;
    double null_path_length;
    double null_path_length_sd;
    double sigma; /**< (C / null C) / (L / null L); NaN where a null's is 0 */
} ana_small_world;

/** All owned. */
typedef struct ana_network_features {
    size_t n_nodes;
    size_t n_edges;
    bool directed;
    char **node_names;
    double *of_node[ANA_NODE_N_FEATURES]; /**< n_nodes each */
    double of_graph[ANA_GRAPH_N_FEATURES];
    size_t n_degrees;
    double *degree_counts; /**< nodes of degree 0, 1, ..., n_degrees - 1 */
    ana_small_world small_world;
} ana_network_features;

/** All features of a graph. Betweenness, closeness and the other features of paths: O(nodes x
 *  edges); clustering: O(edges x degree).
 *
 *  @param positions  n_nodes x n_axes, for the length of links, over those whose ends are not NaN;
 *                    NULL: none
 *  @return ANA_ERR_VALUE for an option out of range, or a weight the graph does not have;
 *  ANA_ERR_LIMIT; ANA_ERR_MEMORY; ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_network_features_new(const ana_graph *graph, size_t n_axes,
                                                           const double *positions,
                                                           const ana_network_options *options,
                                                           ana_network_features **out);

/** "schema" is "network features". */
ANA_API ANA_USE_RESULT ana_status
ana_network_features_to_record(const ana_network_features *features, ana_record **out);

ANA_API void ana_network_features_free(ana_network_features *features);

/** out (n_nodes x n_bins) = edges of each node (in + out) whose length lies in [bins[b],
 *  bins[b + 1]), by positions (n_nodes x n_axes). ANA_ERR_VALUE unless the n_bins + 1 borders
 *  ascend. */
ANA_API ANA_USE_RESULT ana_status ana_network_degree_by_distance(const ana_graph *graph,
                                                                 size_t n_axes,
                                                                 const double *positions,
                                                                 size_t n_bins, const double *bins,
                                                                 double *out);

/** Kinds of groups of three nodes, in the order 003, 012, 102, 021D, 021U, 021C, 111D, 111U, 030T,
 *  030C, 201, 120D, 120U, 120C, 210, 300. */
#define ANA_N_TRIADS 16

/** counts (out) = how many groups of three nodes are of each kind. Undirected edges count as both
 *  ways. ANA_ERR_LIMIT beyond 4 million nodes. */
ANA_API ANA_USE_RESULT ana_status ana_network_triads(const ana_graph *graph,
                                                     size_t counts[ANA_N_TRIADS]);

/** "003", "012", ... */
ANA_API const char *ana_triad_name(size_t kind);

/** A random graph in which every node has as many edges (in, out) as before: `swaps` times the
 *  number of edges, two edges exchange their ends, unless that makes a loop or a second edge.
 *  Weights stay with their edges; loops stay. The stream of random numbers is that of `item`. */
ANA_API ANA_USE_RESULT ana_status ana_network_rewire(const ana_graph *graph, double swaps,
                                                     uint64_t seed, uint64_t item, ana_graph **out);

/** The same, and every node keeps its number of edges that go both ways: those exchange their ends
 *  among themselves, both edges at once (Milo et al. 2002). */
ANA_API ANA_USE_RESULT ana_status ana_network_rewire_mutual(const ana_graph *graph, double swaps,
                                                            uint64_t seed, uint64_t item,
                                                            ana_graph **out);

ANA_END_DECLS

#endif
