/* Modularity of given partitions at three resolutions, by the formula (python-igraph 0.10.2 ignores
 * the resolution of weighted graphs), and Leiden, against networks.h5 and its JSON. */
#include "connectome.h"
#include "support/check.h"

#include <analysis/models/community.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ana_graph *read_graph(const h5_reference *file, const char *name)
{
    char path[256];
    ana_graph *graph = NULL;
    snprintf(path, sizeof path, "%s/A", name);
    h5_doubles matrix = h5_reference_doubles(file, path);
    check_ok(ana_graph_from_matrix(matrix.shape[0], matrix.values, strstr(name, "_dir") != NULL,
                                   true, &graph));
    h5_doubles_free(&matrix);
    return graph;
}

static size_t *read_partition(const h5_reference *file, const char *name, const char *which)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", name, which);
    h5_ints labels = h5_reference_ints(file, path);
    size_t *group = calloc(labels.n, sizeof *group);
    assert_non_null(group);
    for (size_t i = 0; i < labels.n; i++) {
        group[i] = (size_t)labels.values[i];
    }
    h5_ints_free(&labels);
    return group;
}

static void compare_modularity(const ana_graph *graph, const size_t *group, double resolution,
                               const json_t *wanted, const char *key, const char *name,
                               tally *counts)
{
    ana_leiden_options options = ana_leiden_options_default();
    double found = 0.0;
    options.resolution = resolution;
    assert_true(json_is_number(json_object_get(wanted, key)));
    check_ok(ana_modularity(graph, group, &options, &found));
    tally_number(counts, found, json_number_value(json_object_get(wanted, key)), 1e-12, 1e-10,
                 "%s/%s", name, key);
}

/* Restarts reach what igraph's own twenty do. */
static void compare_leiden(const h5_reference *file, const ana_graph *graph, const json_t *wanted,
                           const char *name, tally *counts)
{
    ana_leiden_options options = ana_leiden_options_default();
    size_t *group = read_partition(file, name, "leiden_best_partition");
    size_t n_groups = 0;
    double found = 0.0;
    const double best = json_number_value(json_object_get(wanted, "leiden_best_modularity"));
    compare_modularity(graph, group, 1.0, wanted, "leiden_best_modularity", name, counts);
    options.n_restarts = 100;
    check_ok(ana_leiden(graph, &options, group, &n_groups, NULL));
    check_ok(ana_modularity(graph, group, &options, &found));
    tally_that(counts, found >= best - 1e-12, "%s: modularity %.9f, igraph's best %.9f", name,
               found, best);
    free(group);
}

void compare_community(tally *counts)
{
    static const char *const keys[] = {"modularity_formula_weighted_res0.5",
                                       "modularity_formula_weighted_res1.0",
                                       "modularity_formula_weighted_res2.0"};
    static const double resolutions[] = {0.5, 1.0, 2.0};
    char path[4096];
    json_error_t error;
    assert_true(shared_path("reference/connectome/networks.json", path, sizeof path));
    json_t *root = json_load_file(path, 0, &error);
    assert_non_null(root);
    assert_true(shared_path("reference/connectome/networks.h5", path, sizeof path));
    h5_reference *file = h5_reference_open(path);
    assert_non_null(file);
    h5_names cases = h5_reference_list(file, "/", H5_KIND_GROUP);
    for (size_t i = 0; i < cases.n; i++) {
        const json_t *wanted = json_object_get(root, cases.names[i]);
        ana_graph *graph = read_graph(file, cases.names[i]);
        size_t *group = read_partition(file, cases.names[i], "partition_given");
        for (size_t k = 0; k < 3; k++) {
            compare_modularity(graph, group, resolutions[k], wanted, keys[k], cases.names[i],
                               counts);
        }
        if (!graph->directed) {
            compare_leiden(file, graph, wanted, cases.names[i], counts);
        }
        counts->n_cases++;
        free(group);
        ana_graph_free(graph);
    }
    h5_names_free(&cases);
    h5_reference_close(file);
    json_decref(root);
}
