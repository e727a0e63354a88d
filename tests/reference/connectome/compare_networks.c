/* Networks: matrices in, features of nodes from the file and of graphs from the JSON beside it. */
#include "connectome.h"
#include "json.h"
#include "support/check.h"
#include "support/scratch.h"

#include <analysis/models/network_features.h>
#include <analysis/models/visibility.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the JSON says NAME and where the features hold it. */
typedef struct named_feature {
    const char *name;
    int feature;
} named_feature;

static const named_feature of_nodes[] = {
    {"betweenness_unweighted", ANA_NODE_BETWEENNESS},
    {"clustering_fagiolo_directed", ANA_NODE_CLUSTERING},
    {"clustering_local_nan0", ANA_NODE_CLUSTERING},
    {"clustering_onnela", ANA_NODE_CLUSTERING_WEIGHTED},
    {"clustering_barrat", ANA_NODE_CLUSTERING_BARRAT},
    {"coreness", ANA_NODE_CORENESS},
    {"cycles3_per_node", ANA_NODE_CYCLES3},
    {"cycles3_directed_per_node", ANA_NODE_CYCLES3},
    {"degree", ANA_NODE_DEGREE},
    {"degree_in", ANA_NODE_IN_DEGREE},
    {"degree_out", ANA_NODE_OUT_DEGREE},
    {"nx_triangles", ANA_NODE_TRIANGLES},
    {"pagerank_weighted", ANA_NODE_PAGERANK},
    {"strength", ANA_NODE_STRENGTH},
    {"strength_out", ANA_NODE_OUT_STRENGTH},
    {"triangles_undirected_per_node", ANA_NODE_TRIANGLES},
};

static const named_feature of_graphs[] = {
    {"reciprocity", ANA_GRAPH_RECIPROCITY},
    {"avg_path_len_directed_reachable", ANA_GRAPH_PATH_LENGTH},
    {"avg_path_len_lcc", ANA_GRAPH_PATH_LENGTH}, /* the other components are single nodes */
    {"density", ANA_GRAPH_DENSITY},
    {"transitivity_global", ANA_GRAPH_TRANSITIVITY},
    {"eff_global", ANA_GRAPH_EFFICIENCY},
    {"assortativity_degree", ANA_GRAPH_ASSORTATIVITY},
    /* visibility.json */
    {"mean_degree", ANA_GRAPH_MEAN_DEGREE},
    {"transitivity", ANA_GRAPH_TRANSITIVITY},
    {"avg_clustering", ANA_GRAPH_MEAN_CLUSTERING},
    {"avg_path_length", ANA_GRAPH_PATH_LENGTH},
    {"diameter", ANA_GRAPH_DIAMETER},
    {"assortativity", ANA_GRAPH_ASSORTATIVITY},
    {"edge_density", ANA_GRAPH_DENSITY},
    {"degree_entropy_nats", ANA_GRAPH_DEGREE_ENTROPY},
    {"link_length_mean", ANA_GRAPH_MEAN_LINK_LENGTH}, /* in samples */
};

static ana_json *read_json(const char *name)
{
    char relative[256];
    char path[4096];
    ana_json *json = NULL;
    size_t n = 0;
    snprintf(relative, sizeof relative, "reference/connectome/%s", name);
    assert_true(shared_path(relative, path, sizeof path));
    unsigned char *bytes = read_bytes(path, &n);
    check_ok(ana_json_parse(name, (const char *)bytes, n, &json));
    free(bytes);
    return json;
}

static void compare_nodes(const h5_reference *file, const char *name,
                          const ana_network_features *features, tally *counts)
{
    size_t n_read = 1; /* A */
    for (size_t k = 0; k < sizeof of_nodes / sizeof of_nodes[0]; k++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", name, of_nodes[k].name);
        if (!h5_reference_has(file, path)) {
            continue;
        }
        h5_doubles wanted = h5_reference_doubles(file, path);
        for (size_t i = 0; i < wanted.n; i++) {
            tally_number(counts, features->of_node[of_nodes[k].feature][i], wanted.values[i], 1e-10,
                         1e-10, "%s[%zu]", path, i);
        }
        h5_doubles_free(&wanted);
        n_read++;
    }
    h5_names all = h5_reference_list(file, name, H5_KIND_DATASET);
    counts->n_unread += all.n - n_read; /* partitions: communities are another method */
    h5_names_free(&all);
}

static void compare_graph(const ana_json *facts, const char *name,
                          const ana_network_features *features, tally *counts)
{
    for (size_t k = 0; k < sizeof of_graphs / sizeof of_graphs[0]; k++) {
        const ana_json *wanted = ana_json_find(facts, of_graphs[k].name);
        if (wanted != NULL) {
            tally_number(counts, features->of_graph[of_graphs[k].feature], ana_json_double(wanted),
                         1e-10, 1e-10, "%s: %s", name, of_graphs[k].name);
        }
    }
}

static void compare_triads(const ana_json *facts, const ana_graph *graph, tally *counts)
{
    const ana_json *wanted = ana_json_find(facts, "triad_census");
    size_t triads[ANA_N_TRIADS];
    check_ok(ana_network_triads(graph, triads));
    for (size_t k = 0; k < ANA_N_TRIADS && wanted != NULL; k++) {
        tally_number(counts, (double)triads[k],
                     ana_json_double(ana_json_find(wanted, ana_triad_name(k))), 0.0, 0.0,
                     "triads %s", ana_triad_name(k));
    }
}

void compare_networks(const h5_reference *file, tally *counts)
{
    ana_json *json = read_json("networks.json");
    h5_names cases = h5_reference_list(file, "/", H5_KIND_GROUP);
    for (size_t c = 0; c < cases.n; c++) {
        char path[256];
        const ana_json *facts = ana_json_find(json, cases.names[c]);
        const bool directed = h5_reference_attribute(file, cases.names[c], "directed", -1.0) == 1.0;
        ana_graph *graph = NULL;
        ana_network_features *features = NULL;
        snprintf(path, sizeof path, "%s/A", cases.names[c]);
        h5_doubles matrix = h5_reference_doubles(file, path);
        check_ok(ana_graph_from_matrix(matrix.shape[0], matrix.values, directed, true, &graph));
        check_ok(ana_network_features_new(graph, 0, NULL, NULL, &features));
        tally_that(counts, facts != NULL, "%s is not in the JSON", cases.names[c]);
        compare_nodes(file, cases.names[c], features, counts);
        compare_graph(facts, cases.names[c], features, counts);
        compare_triads(facts, graph, counts);
        counts->n_cases++;
        ana_network_features_free(features);
        ana_graph_free(graph);
        h5_doubles_free(&matrix);
    }
    h5_names_free(&cases);
    ana_json_free(json);
}

static double mean_of(size_t n, const double *values)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
    }
    return sum / (double)n;
}

/* Metrics of one undirected visibility graph; the samples' numbers are their positions. */
void compare_visibility_metrics(const char *name, const char *kind, const ana_graph *graph,
                                tally *counts)
{
    ana_json *json = read_json("visibility.json");
    const ana_json *facts = ana_json_find(ana_json_find(json, name), kind);
    const size_t n = graph->n_nodes;
    double *positions = calloc(n, sizeof *positions);
    ana_network_features *features = NULL;
    assert_non_null(positions);
    for (size_t i = 0; i < n; i++) {
        positions[i] = (double)i;
    }
    check_ok(ana_network_features_new(graph, 1, positions, NULL, &features));
    tally_that(counts, facts != NULL, "%s/%s is not in the JSON", name, kind);
    compare_graph(facts, name, features, counts);
    tally_number(counts, mean_of(n, features->of_node[ANA_NODE_BETWEENNESS]),
                 ana_json_double(ana_json_find(facts, "mean_betweenness")), 1e-10, 1e-10,
                 "%s/%s: betweenness", name, kind);
    tally_number(counts, mean_of(n, features->of_node[ANA_NODE_CLOSENESS]),
                 ana_json_double(ana_json_find(facts, "mean_closeness")), 1e-10, 1e-10,
                 "%s/%s: closeness", name, kind);
    ana_network_features_free(features);
    free(positions);
    ana_json_free(json);
}
