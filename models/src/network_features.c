/* All features of a graph in their order. */
#include "lists.h"
#include "memory.h"
#include "network_parts.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>

static const char *const path_names[] = {"hops", "weight", "inverse", "none", NULL};

static const char *const node_names[ANA_NODE_N_FEATURES] = {
    "degree",      "in_degree",           "out_degree",        "strength",
    "in_strength", "out_strength",        "cycles3",           "triangles",
    "clustering",  "clustering_weighted", "clustering_barrat", "coreness",
    "pagerank",    "eigenvector",         "closeness",         "betweenness",
    "eccentricity"};

static const char *const graph_names[ANA_GRAPH_N_FEATURES] = {
    "density",       "reciprocity",       "mean_degree",      "degree_entropy",
    "assortativity", "transitivity",      "mean_clustering",  "mean_clustering_weighted",
    "n_components",  "largest_component", "mean_link_length", "path_length",
    "diameter",      "efficiency",        "reached"};

const char *ana_node_feature_name(ana_node_feature feature)
{
    return node_names[feature];
}

const char *ana_graph_feature_name(ana_graph_feature feature)
{
    return graph_names[feature];
}

ana_network_options ana_network_options_default(void)
{
    return (ana_network_options){.run = ana_run_default(), .damping = 0.85, .swaps = 10.0};
}

const ana_option ana_network_option_table[] = {
    {"weight-column", ANA_OPTION_SIZE, offsetof(ana_network_options, weight_index), 0, 1e9, NULL,
     "N", "which of several weights, from 0", false},
    {"paths", ANA_OPTION_CHOICE, offsetof(ana_network_options, paths), 0, 0, path_names, "LENGTH",
     "an edge's length: hops, its weight, its inverse; none leaves paths out", false},
    {"damping", ANA_OPTION_DOUBLE, offsetof(ana_network_options, damping), 0, 0.99, NULL, "SHARE",
     "PageRank: share of steps along an edge", false},
    {"nulls", ANA_OPTION_SIZE, offsetof(ana_network_options, n_nulls), 0, 1e6, NULL, "N",
     "rewired graphs of the same degrees to compare with", false},
    {"swaps", ANA_OPTION_DOUBLE, offsetof(ana_network_options, swaps), 0, 1e6, NULL, "N",
     "exchanges tried for each edge of a rewired graph", false},
    ANA_OPTION_END,
};

ana_status ana_network_features_make(const ana_graph *graph, ana_network_features **out)
{
    ana_status status = ANA_OK;
    ana_network_features *features = NULL;
    const size_t n = graph->n_nodes;
    ANA_TRY(ana_allocate(1, sizeof *features, "network", &features));
    features->n_nodes = n;
    features->n_edges = graph->n_edges;
    features->directed = graph->directed;
    for (size_t f = 0; f < ANA_NODE_N_FEATURES; f++) {
        ANA_TRY(ana_allocate(n, sizeof(double), "network", &features->of_node[f]));
    }
    features->n_degrees = 2 * n + 1; /* in + out */
    ANA_TRY(ana_allocate(features->n_degrees, sizeof(double), "network", &features->degree_counts));
    ANA_TRY(ana_copy_texts(n, (const char *const *)graph->node_names, &features->node_names));
    *out = features;
    features = NULL;
done:
    ana_network_features_free(features);
    return status;
}

static void leave_paths_out(ana_network_features *features)
{
    static const ana_node_feature of_node[] = {ANA_NODE_CLOSENESS, ANA_NODE_BETWEENNESS,
                                               ANA_NODE_ECCENTRICITY};
    static const ana_graph_feature of_graph[] = {ANA_GRAPH_PATH_LENGTH, ANA_GRAPH_DIAMETER,
                                                 ANA_GRAPH_EFFICIENCY, ANA_GRAPH_REACHED};
    for (size_t f = 0; f < sizeof of_node / sizeof of_node[0]; f++) {
        for (size_t i = 0; i < features->n_nodes; i++) {
            features->of_node[of_node[f]][i] = (double)NAN;
        }
    }
    for (size_t f = 0; f < sizeof of_graph / sizeof of_graph[0]; f++) {
        features->of_graph[of_graph[f]] = (double)NAN;
    }
}

static ana_status check_arguments(const ana_graph *graph, const ana_network_options *options)
{
    ana_status status = ana_options_check(ana_network_option_table, options, "network");
    if (status == ANA_OK && options->weight_index >= graph->n_weights) {
        status =
            ana_fail(ANA_ERR_VALUE, "network: there is no weight %zu; the edges have %zu, from 0",
                     options->weight_index, graph->n_weights);
    }
    return status;
}

ana_status ana_network_features_new(const ana_graph *graph, size_t n_axes, const double *positions,
                                    const ana_network_options *options, ana_network_features **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_network_features *features = NULL;
    ana_ties ties = {0};
    const ana_network_options defaults = ana_network_options_default();
    const ana_network_options *use = options != NULL ? options : &defaults;
    ANA_TRY(check_arguments(graph, use));
    ANA_TRY(ana_network_features_make(graph, &features));
    ANA_TRY(ana_network_ties(graph, use->weight_index, &workspace, &ties));
    ana_network_count(graph, use->weight_index, features);
    ANA_TRY(ana_network_components(&ties, features));
    features->of_graph[ANA_GRAPH_MEAN_LINK_LENGTH] =
        ana_network_link_length(graph, n_axes, positions);
    ana_network_cluster(&ties, graph->directed, &use->run, features);
    ANA_TRY(ana_network_cores(graph, features->of_node[ANA_NODE_CORENESS]));
    ANA_TRY(ana_network_pagerank(graph, use->weight_index, use->damping,
                                 features->of_node[ANA_NODE_PAGERANK]));
    ANA_TRY(ana_network_eigenvector(graph, use->weight_index, &use->run,
                                    features->of_node[ANA_NODE_EIGENVECTOR]));
    leave_paths_out(features);
    if (use->paths != ANA_PATHS_NONE) {
        ANA_TRY(ana_network_walk(graph, use, features));
    }
    if (use->n_nulls > 0) {
        ANA_TRY(ana_network_small_world(graph, use, features, &features->small_world));
    }
    *out = features;
    features = NULL;
done:
    ana_network_features_free(features);
    ana_workspace_release(&workspace);
    return status;
}

void ana_network_features_free(ana_network_features *features)
{
    if (features == NULL) {
        return;
    }
    for (size_t f = 0; f < ANA_NODE_N_FEATURES; f++) {
        free(features->of_node[f]);
    }
    free(features->degree_counts);
    ana_free_texts(features->n_nodes, features->node_names);
    free(features);
}
