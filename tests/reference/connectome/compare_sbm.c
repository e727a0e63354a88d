/* Block models: description lengths of given partitions, part by part, with graph-tool's own ways
 * of counting (compat), against sbm.h5 and the sbm.json beside it. */
#include "connectome.h"
#include "support/check.h"

#include <analysis/models/sbm.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double tolerance = 1e-8; /* relative, of what graph-tool prints with 16 digits */

static double number(const json_t *group, const char *key)
{
    const json_t *value = json_object_get(group, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static void compare(tally *counts, double value, const json_t *group, const char *key,
                    const char *name, const char *partition)
{
    tally_number(counts, value, number(group, key), 1e-9, tolerance, "%s/%s/%s", name, partition,
                 key);
}

/* A graph of the file: `name`/edges, `name`/weights less `less`. */
static ana_graph *read_graph(const h5_reference *file, const char *name, size_t n, bool directed,
                             double less)
{
    char path[256];
    ana_graph *graph = NULL;
    snprintf(path, sizeof path, "%s/edges", name);
    h5_ints edges = h5_reference_ints(file, path);
    snprintf(path, sizeof path, "%s/weights", name);
    h5_doubles weights = h5_reference_doubles(file, path);
    const size_t n_edges = edges.n / 2;
    size_t *ends = calloc(edges.n, sizeof *ends);
    assert_non_null(ends);
    for (size_t e = 0; e < n_edges; e++) {
        ends[e] = (size_t)edges.values[2 * e];
        ends[n_edges + e] = (size_t)edges.values[2 * e + 1];
        weights.values[e] -= less;
    }
    const ana_edge_list list = {n, n_edges, ends, ends + n_edges, 1, weights.values, directed};
    check_ok(ana_graph_new(&list, &graph));
    free(ends);
    h5_ints_free(&edges);
    h5_doubles_free(&weights);
    return graph;
}

static size_t *read_partition(const h5_reference *file, const char *name, const char *partition,
                              size_t *n)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", name, partition);
    h5_ints labels = h5_reference_ints(file, path);
    size_t *group = calloc(labels.n, sizeof *group);
    assert_non_null(group);
    for (size_t i = 0; i < labels.n; i++) {
        group[i] = (size_t)labels.values[i];
    }
    *n = labels.n;
    h5_ints_free(&labels);
    return group;
}

/* graph-tool's names of the weights, by ana_sbm_weights. */
static int weights_of(const char *name)
{
    static const char *const beginnings[] = {"none",
                                             "real-exponential",
                                             "real-normal",
                                             "discrete-geometric",
                                             "discrete-poisson",
                                             "discrete-binomial"};
    for (int i = 0; i < 6; i++) {
        if (strstr(name, beginnings[i]) == name) {
            return i;
        }
    }
    return -1;
}

static ana_sbm_options compat(const char *name, bool corrected)
{
    ana_sbm_options options = ana_sbm_options_default();
    options.weights = weights_of(name);
    options.n_trials = 8;
    options.degrees = corrected ? ANA_SBM_DEGREES_CORRECTED : ANA_SBM_DEGREES_PLAIN;
    options.counts = ANA_SBM_COUNTS_GT245;
    options.prior_twice = true;
    return options;
}

static void compare_parts(const ana_graph *graph, const size_t *group,
                          const ana_sbm_options *options, const json_t *wanted, const char *name,
                          const char *partition, tally *counts)
{
    ana_sbm_length length;
    check_ok(ana_sbm_describe(graph, group, options, &length));
    compare(counts, length.total, wanted, "total", name, partition);
    compare(counts, length.adjacency, wanted, "adjacency", name, partition);
    compare(counts, length.partition, wanted, "partition_dl", name, partition);
    compare(counts, length.degrees, wanted, "degree_dl", name, partition);
    compare(counts, length.edges, wanted, "edges_dl", name, partition);
    compare(counts, length.weights + length.weight_prior, wanted, "recs", name, partition);
}

static void compare_hierarchy(const ana_graph *graph, size_t *group, const ana_sbm_options *options,
                              const json_t *wanted, const char *name, tally *counts)
{
    size_t pairs[4] = {0, 1, 0, 1};
    size_t top[2] = {0, 0};
    size_t n_groups[3] = {4, 2, 1};
    size_t *groups[3] = {group, pairs, top};
    double levels[3];
    const ana_sbm_hierarchy hierarchy = {3, n_groups, groups};
    const json_t *list = json_object_get(wanted, "levels");
    check_ok(ana_sbm_describe_nested(graph, &hierarchy, options, levels, NULL));
    for (size_t l = 0; l < 3; l++) {
        tally_number(counts, levels[l], json_number_value(json_array_get(list, l)), 1e-9, tolerance,
                     "%s/nested_true_2_1_dc1/levels[%zu]", name, l);
    }
}

/* A search finds a partition no longer than the best that graph-tool did. */
static void compare_best(const ana_graph *graph, const char *name, bool nested,
                         const json_t *wanted, const char *label, tally *counts)
{
    ana_sbm *sbm = NULL;
    ana_sbm_options options = compat(name, true);
    const double best = number(wanted, "total");
    options.nested = nested;
    options.n_samples = 0;
    options.run.seed = 1;
    check_ok(ana_sbm_fit(graph, &options, &sbm));
    tally_that(counts, sbm->length.total <= best * (1.0 + tolerance),
               "%s/%s: %.6f nats, graph-tool's best has %.6f", name, label, sbm->length.total,
               best);
    counts->n_cases++;
    ana_sbm_free(sbm);
}

static void compare_case(const h5_reference *file, const char *name, const json_t *wanted,
                         tally *counts)
{
    static const char *const partitions[] = {"b_true", "b_random5", "one"};
    const bool directed = strstr(name, "_dir") != NULL;
    size_t n = 0;
    size_t *truth = read_partition(file, name, "b_true", &n);
    ana_graph *graph = read_graph(file, name, n, directed, 0.0);
    for (size_t p = 0; p < 3; p++) {
        size_t *group =
            p < 2 ? read_partition(file, name, partitions[p], &n) : calloc(n, sizeof *group);
        for (int corrected = 0; corrected < 2; corrected++) {
            char key[64];
            const ana_sbm_options options = compat(name, corrected != 0);
            snprintf(key, sizeof key, "%s_dc%d", partitions[p] + (p < 2 ? 2 : 0), corrected);
            compare_parts(graph, group, &options, json_object_get(wanted, key), name, key, counts);
            counts->n_cases++;
        }
        free(group);
    }
    const json_t *best = json_object_get(wanted, "best_dc1");
    if (best != NULL) {
        compare_best(graph, name, false, best, "best_dc1", counts);
    }
    const json_t *best_nested = json_object_get(wanted, "best_nested_dc1");
    if (best_nested != NULL) {
        compare_best(graph, name, true, best_nested, "best_nested_dc1", counts);
    }
    const json_t *nested = json_object_get(wanted, "nested_true_2_1_dc1");
    if (nested != NULL) {
        const ana_sbm_options options = compat(name, true);
        compare_hierarchy(graph, truth, &options, nested, name, counts);
    }
    ana_graph_free(graph);
    free(truth);
}

/* A real connectome, with the partitions that graph-tool found best. */
static void compare_connectome(const h5_reference *file, const json_t *wanted, tally *counts)
{
    static const char *const keys[] = {"best_unweighted", "best_geometric_wminus1"};
    static const char *const labels[] = {"b_best_unweighted", "b_best_geometric_wminus1"};
    static const char *const nested[] = {"best_nested_unweighted", "best_nested_geometric_wminus1"};
    static const char *const names[] = {"none", "discrete-geometric"};
    for (size_t i = 0; i < 2; i++) {
        size_t n = 0;
        size_t *group = read_partition(file, "connectome", labels[i], &n);
        ana_graph *graph = read_graph(file, "connectome", n, true, 1.0);
        const ana_sbm_options options = compat(names[i], true);
        compare_parts(graph, group, &options, json_object_get(wanted, keys[i]), "connectome",
                      keys[i], counts);
        counts->n_cases++;
        compare_best(graph, names[i], false, json_object_get(wanted, keys[i]), keys[i], counts);
        compare_best(graph, names[i], true, json_object_get(wanted, nested[i]), nested[i], counts);
        ana_graph_free(graph);
        free(group);
    }
}

/* The edges of one layer. */
static ana_graph *read_layer(const h5_reference *file, size_t n, int64_t wanted)
{
    ana_graph *graph = NULL;
    h5_ints edges = h5_reference_ints(file, "layered/edges");
    h5_ints layer = h5_reference_ints(file, "layered/layer");
    h5_doubles weights = h5_reference_doubles(file, "layered/weights");
    size_t *ends = calloc(edges.n, sizeof *ends);
    assert_non_null(ends);
    size_t n_edges = 0;
    for (size_t e = 0; e < layer.n; e++) {
        if (layer.values[e] == wanted) {
            ends[n_edges] = (size_t)edges.values[2 * e];
            ends[layer.n + n_edges] = (size_t)edges.values[2 * e + 1];
            weights.values[n_edges++] = weights.values[e];
        }
    }
    const ana_edge_list list = {n, n_edges, ends, ends + layer.n, 1, weights.values, false};
    check_ok(ana_graph_new(&list, &graph));
    free(ends);
    h5_ints_free(&edges);
    h5_ints_free(&layer);
    h5_doubles_free(&weights);
    return graph;
}

/* Two layers, of edges that share degrees ("layers0") or are independent ("layers1"). */
static void compare_layered(const h5_reference *file, const json_t *wanted, tally *counts)
{
    size_t n = 0;
    size_t *group = read_partition(file, "layered", "b", &n);
    ana_graph *graphs[2] = {read_layer(file, n, 0), read_layer(file, n, 1)};
    const ana_sbm_layers layers = {.n = 2, .graphs = (const ana_graph *const *)graphs};
    const ana_sbm_hierarchy flat = {.n_levels = 1, .group = &group};
    for (unsigned k = 0; k < 8; k++) {
        char key[32];
        ana_sbm_length length;
        const bool independent = (k & 4) != 0;
        ana_sbm_options options = compat((k & 1) != 0 ? "real-exponential" : "none", (k & 2) != 0);
        options.layering = independent ? ANA_SBM_LAYERS_INDEPENDENT : ANA_SBM_LAYERS_SHARED;
        check_ok(ana_sbm_describe_layers(&layers, &flat, &options, NULL, &length));
        snprintf(key, sizeof key, "layers%d_dc%d_w%d", independent ? 1 : 0, (k & 2) != 0 ? 1 : 0,
                 (k & 1) != 0 ? 1 : 0);
        compare(counts, length.total, wanted, key, "layered", "b");
        counts->n_cases++;
    }
    ana_graph_free(graphs[0]);
    ana_graph_free(graphs[1]);
    free(group);
}

void compare_sbm(const h5_reference *file, tally *counts)
{
    char path[4096];
    json_error_t error;
    assert_true(shared_path("reference/connectome/sbm.json", path, sizeof path));
    json_t *root = json_load_file(path, 0, &error);
    assert_non_null(root);
    h5_names cases = h5_reference_list(file, "/", H5_KIND_GROUP);
    for (size_t i = 0; i < cases.n; i++) {
        const json_t *wanted = json_object_get(root, cases.names[i]);
        if (strcmp(cases.names[i], "connectome") == 0) {
            compare_connectome(file, wanted, counts);
        } else if (strcmp(cases.names[i], "layered") == 0) {
            compare_layered(file, wanted, counts);
        } else {
            compare_case(file, cases.names[i], wanted, counts);
        }
    }
    h5_names_free(&cases);
    json_decref(root);
    compare_community(counts);
}
