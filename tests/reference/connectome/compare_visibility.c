/* Visibility graphs: a series in, edges and degrees out, all whole numbers. */
#include "connectome.h"
#include "support/check.h"

#include <analysis/models/visibility.h>

#include <stdio.h>
#include <string.h>

static size_t row_length(const size_t *start, size_t i)
{
    return start[i + 1] - start[i];
}

/* One number for each node, or for each degree 0, 1, ... */
static double quantity_at(const ana_graph *graph, const char *quantity, size_t i)
{
    if (strcmp(quantity, "kin") == 0) {
        return (double)row_length(graph->in_start, i);
    }
    if (strcmp(quantity, "kout") == 0) {
        return (double)row_length(graph->out_start, i);
    }
    if (strcmp(quantity, "degree") == 0) {
        return (double)(row_length(graph->in_start, i) + row_length(graph->out_start, i));
    }
    double n = 0.0;
    for (size_t node = 0; node < graph->n_nodes; node++) {
        n += quantity_at(graph, "degree", node) == (double)i ? 1.0 : 0.0;
    }
    return n;
}

static void compare_edges(const ana_graph *graph, const h5_doubles *wanted, const char *path,
                          tally *counts)
{
    if (!tally_that(counts, wanted->n == 2 * graph->n_edges, "%s: %zu edges, computed %zu", path,
                    wanted->n / 2, graph->n_edges)) {
        return;
    }
    for (size_t e = 0; e < graph->n_edges; e++) {
        tally_number(counts, (double)graph->from[e], wanted->values[2 * e], 0.0, 0.0, "%s[%zu]",
                     path, e);
        tally_number(counts, (double)graph->to[e], wanted->values[2 * e + 1], 0.0, 0.0, "%s[%zu]",
                     path, e);
    }
}

static void compare_quantity(const h5_reference *file, const char *name, const char *kind,
                             const char *quantity, const ana_graph *graph, tally *counts)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s_%s", name, kind, quantity);
    h5_doubles wanted = h5_reference_doubles(file, path);
    if (strcmp(quantity, "edges") == 0) {
        compare_edges(graph, &wanted, path, counts);
    } else {
        bool is_node = strcmp(quantity, "degree_hist") != 0;
        if (tally_that(counts, !is_node || wanted.n == graph->n_nodes, "%s: %zu nodes", path,
                       wanted.n)) {
            for (size_t i = 0; i < wanted.n; i++) {
                tally_number(counts, quantity_at(graph, quantity, i), wanted.values[i], 0.0, 0.0,
                             "%s[%zu]", path, i);
            }
        }
    }
    h5_doubles_free(&wanted);
}

static void compare_kind(const h5_reference *file, const char *name, const char *kind,
                         ana_visibility_kind which, tally *counts)
{
    static const char *const quantities[] = {"edges", "degree", "degree_hist", "kin", "kout"};
    char path[512];
    ana_visibility_options options = ana_visibility_options_default();
    ana_graph *graph = NULL;
    snprintf(path, sizeof path, "%s/t", name);
    h5_doubles times = h5_reference_doubles(file, path);
    snprintf(path, sizeof path, "%s/y", name);
    h5_doubles values = h5_reference_doubles(file, path);
    options.kind = which;
    options.directed = true;
    check_ok(ana_visibility_graph(values.n, times.values, values.values, &options, &graph));
    for (size_t q = 0; q < sizeof quantities / sizeof quantities[0]; q++) {
        compare_quantity(file, name, kind, quantities[q], graph, counts);
    }
    ana_graph_free(graph);
    options.directed = false;
    check_ok(ana_visibility_graph(values.n, times.values, values.values, &options, &graph));
    compare_visibility_metrics(name, kind, graph, counts);
    ana_graph_free(graph);
    h5_doubles_free(&times);
    h5_doubles_free(&values);
}

void compare_visibility(const h5_reference *file, tally *counts)
{
    h5_names cases = h5_reference_list(file, "/", H5_KIND_GROUP);
    for (size_t i = 0; i < cases.n; i++) {
        compare_kind(file, cases.names[i], "natural", ANA_VISIBILITY_NATURAL, counts);
        compare_kind(file, cases.names[i], "horizontal", ANA_VISIBILITY_HORIZONTAL, counts);
        counts->n_cases++;
    }
    h5_names_free(&cases);
}
