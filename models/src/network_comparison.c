/* Two networks joined by the names of their nodes, pair by pair. */
#include "checked.h"
#include "comparison_parts.h"
#include "lists.h"
#include "memory.h"
#include "order.h"
#include "try.h"

#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_comparison_options ana_comparison_options_default(void)
{
    return (ana_comparison_options){
        .run = ana_run_default(), .n_nulls = 500, .swaps = 10.0, .n_bins = 10};
}

const ana_option ana_comparison_option_table[] = {
    {"nulls", ANA_OPTION_SIZE, offsetof(ana_comparison_options, n_nulls), 0, 1e6, NULL, "N",
     "random networks of each kind to compare with", false},
    {"swaps", ANA_OPTION_DOUBLE, offsetof(ana_comparison_options, swaps), 0, 1e6, NULL, "N",
     "exchanges tried for each edge of a network of the same degrees", false},
    {"bins", ANA_OPTION_SIZE, offsetof(ana_comparison_options, n_bins), 1, 1e6, NULL, "N",
     "classes of distance, equally full, within which pairs change places", false},
    {"with-sign", ANA_OPTION_BOOL, offsetof(ana_comparison_options, with_sign), 0, 0, NULL, NULL,
     "strengths keep their sign; without it their size counts", false},
    {"weight-column", ANA_OPTION_SIZE, offsetof(ana_comparison_options, weight_index), 0, 1e9, NULL,
     "N", "which of several weights of the other network, from 0", false},
    ANA_OPTION_END,
};

const char *ana_pair_class_name(ana_pair_class pair, bool two_kinds)
{
    static const char *const kinds[] = {"any", "chemical", "electrical", "both", "none"};
    return pair == ANA_PAIR_FIRST && !two_kinds ? "edge" : kinds[pair];
}

const char *ana_comparison_null_name(ana_comparison_null null)
{
    static const char *const names[] = {"labels", "degrees", "distance"};
    return names[null];
}

const char *ana_comparison_statistic_name(ana_comparison_statistic statistic, bool two_kinds)
{
    static const char *const names[] = {"pearson",           "spearman",     "jaccard",
                                        "auc any",           "auc chemical", "auc electrical",
                                        "auc both",          "within any",   "within chemical",
                                        "within electrical", "within both"};
    const size_t s = (size_t)statistic;
    if (!two_kinds && s == ANA_COMPARE_AUC + ANA_PAIR_FIRST) {
        return "auc edge";
    }
    return !two_kinds && s == ANA_COMPARE_WITHIN + ANA_PAIR_FIRST ? "within edge" : names[s];
}

/* A name and its node, for looking up. */
typedef struct named_node {
    const char *name;
    size_t node;
} named_node;

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const named_node *)a)->name, ((const named_node *)b)->name);
}

static ana_status sort_names(const ana_graph *graph, const char *which, ana_workspace *workspace,
                             named_node **out)
{
    ana_status status = ANA_OK;
    named_node *names = ana_workspace_bytes(workspace, graph->n_nodes, 1, sizeof *names);
    ANA_TRY(ana_workspace_check(workspace, "comparison"));
    for (size_t i = 0; i < graph->n_nodes; i++) {
        names[i] = (named_node){graph->node_names[i], i};
    }
    if (graph->n_nodes > 0) {
        qsort(names, graph->n_nodes, sizeof *names, compare_names);
    }
    for (size_t i = 1; i < graph->n_nodes; i++) {
        if (strcmp(names[i - 1].name, names[i].name) == 0) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE,
                             "comparison: the name %s stands twice in the %s network; nodes are "
                             "joined by name",
                             names[i].name, which));
        }
    }
    *out = names;
done:
    return status;
}

/* Shared nodes by their numbers in each network. */
typedef struct shared_nodes {
    size_t n;
    size_t *first;
    size_t *second;
} shared_nodes;

static ana_status share_nodes(const ana_graph *reference, const ana_graph *other,
                              ana_workspace *workspace, shared_nodes *out)
{
    ana_status status = ANA_OK;
    named_node *names = NULL;
    named_node *unique = NULL;
    ANA_TRY(sort_names(reference, "reference", workspace, &unique));
    ANA_TRY(sort_names(other, "other", workspace, &names));
    out->first = ana_workspace_sizes(workspace, reference->n_nodes, 1);
    out->second = ana_workspace_sizes(workspace, reference->n_nodes, 1);
    ANA_TRY(ana_workspace_check(workspace, "comparison"));
    for (size_t i = 0; i < reference->n_nodes && other->n_nodes > 0; i++) {
        const named_node key = {.name = reference->node_names[i]};
        const named_node *found = bsearch(&key, names, other->n_nodes, sizeof key, compare_names);
        if (found != NULL) {
            out->first[out->n] = i;
            out->second[out->n++] = found->node;
        }
    }
    if (out->n < 3) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "comparison: the networks share %zu nodes by name; three are needed (the "
                         "first of %zu is %s, of %zu %s)",
                         out->n, reference->n_nodes,
                         reference->n_nodes > 0 ? reference->node_names[0] : "-", other->n_nodes,
                         other->n_nodes > 0 ? other->node_names[0] : "-"));
    }
done:
    return status;
}

/* Weight `weight_index` from i to j, and, for unordered pairs of a directed graph, back as well. */
static double weight_between(const ana_graph *graph, size_t weight_index, size_t i, size_t j,
                             bool ordered)
{
    const double *weights = graph->weights + weight_index * graph->n_edges;
    const size_t there = ana_graph_find_edge(graph, i, j);
    double weight = there < graph->n_edges ? weights[there] : 0.0;
    if (graph->directed && !ordered) {
        const size_t back = ana_graph_find_edge(graph, j, i);
        weight += back < graph->n_edges ? weights[back] : 0.0;
    }
    return weight;
}

static bool is_linked(const ana_graph *graph, size_t i, size_t j, bool ordered)
{
    return ana_graph_find_edge(graph, i, j) < graph->n_edges ||
           (graph->directed && !ordered && ana_graph_find_edge(graph, j, i) < graph->n_edges);
}

/* The columns of both kinds of synapses; false when there are none of these names. */
static bool find_kinds(const ana_graph *graph, size_t columns[2])
{
    static const char *const names[2] = {"chemical", "electrical"};
    size_t n_found = 0;
    for (size_t k = 0; k < 2; k++) {
        for (size_t w = 0; w < graph->n_weights; w++) {
            if (strcmp(graph->weight_names[w], names[k]) == 0) {
                columns[k] = w;
                n_found++;
            }
        }
    }
    return n_found == 2;
}

static void fill_pair(const ana_graph *reference, const size_t columns[2], size_t i, size_t j,
                      size_t at, ana_network_comparison *out)
{
    if (!out->two_kinds) {
        const bool linked = is_linked(reference, i, j, out->ordered);
        out->classes[at] = linked ? ANA_PAIR_FIRST : ANA_PAIR_NONE;
        out->weights[at] = weight_between(reference, 0, i, j, out->ordered);
        return;
    }
    static const ana_pair_class of[2][2] = {{ANA_PAIR_NONE, ANA_PAIR_SECOND},
                                            {ANA_PAIR_FIRST, ANA_PAIR_BOTH}};
    const double chemical = weight_between(reference, columns[0], i, j, out->ordered);
    double electrical = weight_between(reference, columns[1], i, j, out->ordered);
    /* A gap junction stands both ways in a directed graph: it counts once. */
    electrical /= reference->directed && !out->ordered ? 2.0 : 1.0;
    out->classes[at] = of[chemical != 0.0 ? 1 : 0][electrical != 0.0 ? 1 : 0];
    out->weights[at] = chemical + electrical;
}

static ana_status fill_pairs(const ana_graph *reference, const ana_graph *other,
                             const shared_nodes *shared, const ana_comparison_options *options,
                             ana_network_comparison *out)
{
    size_t columns[2] = {0};
    size_t at = 0;
    out->two_kinds = find_kinds(reference, columns);
    for (size_t a = 0; a < shared->n; a++) {
        for (size_t b = out->ordered ? 0 : a + 1; b < shared->n; b++) {
            if (a == b) {
                continue;
            }
            const double strength = weight_between(other, options->weight_index, shared->second[a],
                                                   shared->second[b], out->ordered);
            out->from[at] = a;
            out->to[at] = b;
            out->strengths[at] = options->with_sign ? strength : fabs(strength);
            fill_pair(reference, columns, shared->first[a], shared->first[b], at, out);
            at++;
        }
    }
    return ANA_OK;
}

static ana_status name_nodes(const ana_graph *reference, const shared_nodes *shared,
                             ana_network_comparison *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_allocate(shared->n, sizeof *out->node_names, "comparison", &out->node_names));
    out->n_nodes = shared->n;
    for (size_t i = 0; i < shared->n; i++) {
        ANA_TRY(ana_copy_text(reference->node_names[shared->first[i]], &out->node_names[i]));
    }
done:
    return status;
}

static ana_status make_comparison(const ana_graph *reference, const ana_graph *other,
                                  const shared_nodes *shared, const ana_comparison_options *options,
                                  ana_network_comparison *out)
{
    ana_status status = ANA_OK;
    size_t n_pairs = 0;
    size_t bytes = 0;
    out->ordered = reference->directed && other->directed;
    out->with_sign = options->with_sign;
    out->n_only_first = reference->n_nodes - shared->n;
    out->n_only_second = other->n_nodes - shared->n;
    if (!ana_multiply(shared->n, shared->n - 1, &n_pairs) || !ana_multiply(n_pairs, 320, &bytes)) {
        ANA_TRY(ana_fail(ANA_ERR_LIMIT, "comparison: %zu shared nodes are too many", shared->n));
    }
    n_pairs /= out->ordered ? 1 : 2;
    ANA_TRY(ana_run_check_memory(&options->run, bytes, "pairs of the comparison"));
    ANA_TRY(name_nodes(reference, shared, out));
    out->n_pairs = n_pairs;
    ANA_TRY(ana_allocate(n_pairs, sizeof *out->from, "comparison", &out->from));
    ANA_TRY(ana_allocate(n_pairs, sizeof *out->to, "comparison", &out->to));
    ANA_TRY(ana_allocate(n_pairs, sizeof *out->classes, "comparison", &out->classes));
    ANA_TRY(ana_allocate(n_pairs, sizeof *out->weights, "comparison", &out->weights));
    ANA_TRY(ana_allocate(n_pairs, sizeof *out->strengths, "comparison", &out->strengths));
    ANA_TRY(fill_pairs(reference, other, shared, options, out));
done:
    return status;
}

static ana_status check_arguments(const ana_graph *other, const ana_comparison_options *options)
{
    ana_status status = ana_options_check(ana_comparison_option_table, options, "comparison");
    if (status == ANA_OK && options->weight_index >= other->n_weights) {
        status = ana_fail(ANA_ERR_VALUE,
                          "comparison: the other network has no weight %zu; it has %zu, from 0",
                          options->weight_index, other->n_weights);
    }
    return status;
}

/* Positions of the shared nodes; NULL when there are none. */
static ana_status take_positions(const ana_node_positions *positions, const shared_nodes *shared,
                                 ana_workspace *workspace, ana_node_positions *out)
{
    const size_t n_axes = positions->n_axes;
    double *taken = ana_workspace_doubles(workspace, shared->n, n_axes);
    ana_status status = ana_workspace_check(workspace, "comparison");
    for (size_t k = 0; k < shared->n * n_axes && status == ANA_OK; k++) {
        taken[k] = positions->positions[shared->first[k / n_axes] * n_axes + k % n_axes];
    }
    *out = (ana_node_positions){n_axes, taken};
    return status;
}

static ana_status prepare_sides(const ana_network_comparison *comparison, ana_workspace *workspace,
                                pair_side *first, strength_side *second)
{
    ana_status status = ANA_OK;
    const size_t n = comparison->n_pairs;
    ana_placed *sorted = ana_workspace_bytes(workspace, n, 1, sizeof *sorted);
    *first = (pair_side){comparison->classes, comparison->weights,
                         ana_workspace_doubles(workspace, n, 1)};
    *second = (strength_side){n, comparison->strengths, ana_workspace_doubles(workspace, n, 1),
                              ana_workspace_sizes(workspace, n, 1)};
    ANA_TRY(ana_workspace_check(workspace, "comparison"));
    ANA_TRY(ana_stats_ranks(n, comparison->weights, first->ranks));
    ANA_TRY(ana_stats_ranks(n, comparison->strengths, second->ranks));
    for (size_t k = 0; k < n; k++) {
        sorted[k] = (ana_placed){comparison->strengths[k], k};
    }
    qsort(sorted, n, sizeof *sorted, ana_compare_falling);
    for (size_t k = 0; k < n; k++) {
        second->order[k] = sorted[k].index;
    }
done:
    return status;
}

ana_status ana_network_compare(const ana_graph *reference, const ana_graph *other,
                               const ana_node_positions *positions,
                               const ana_comparison_options *options, ana_network_comparison **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_comparison_options defaults = ana_comparison_options_default();
    const ana_comparison_options *use = options != NULL ? options : &defaults;
    ana_network_comparison *comparison = NULL;
    ana_node_positions places = {0};
    shared_nodes shared = {0};
    pair_side first = {0};
    strength_side second = {0};
    ANA_TRY(check_arguments(other, use));
    ANA_TRY(share_nodes(reference, other, &workspace, &shared));
    ANA_TRY(ana_allocate(1, sizeof *comparison, "comparison", &comparison));
    ANA_TRY(make_comparison(reference, other, &shared, use, comparison));
    if (positions != NULL) {
        ANA_TRY(take_positions(positions, &shared, &workspace, &places));
    }
    ANA_TRY(prepare_sides(comparison, &workspace, &first, &second));
    comparison_measure(&first, &second, comparison->value);
    ANA_TRY(comparison_describe(&first, &second, comparison));
    ANA_TRY(comparison_test(&first, &second, positions != NULL ? &places : NULL, use, comparison));
    *out = comparison;
    comparison = NULL;
done:
    ana_network_comparison_free(comparison);
    ana_workspace_release(&workspace);
    return status;
}

void ana_network_comparison_free(ana_network_comparison *comparison)
{
    if (comparison == NULL) {
        return;
    }
    ana_free_texts(comparison->n_nodes, comparison->node_names);
    free(comparison->from);
    free(comparison->to);
    free(comparison->classes);
    free(comparison->weights);
    free(comparison->strengths);
    free(comparison);
}
