/* Rows of synapses to a graph of cells. */
#include "anatomical_names.h"
#include "try.h"

#include <math.h>
#include <string.h>

enum {
    N_KINDS = ANA_SYNAPSE_UNUSED
};

static const char *const rule_names[] = {"larger", "sum", "mean", NULL};

static const char *const kind_names[N_KINDS] = {"chemical", "electrical", "extrasynaptic"};

ana_anatomical_options ana_anatomical_options_default(void)
{
    return (ana_anatomical_options){.junctions = ANA_JUNCTION_LARGER};
}

const ana_option ana_anatomical_option_table[] = {
    {"junctions", ANA_OPTION_CHOICE, offsetof(ana_anatomical_options, junctions), 0, 0, rule_names,
     "RULE", "of a connectome: a gap junction's weight from its two ways: the larger, sum or mean",
     false},
    {"neurons", ANA_OPTION_BOOL, offsetof(ana_anatomical_options, neurons_only), 0, 0, NULL, NULL,
     "of a connectome: leave out muscles, glia and whatever is no neuron by name", false},
    ANA_OPTION_END,
};

/* Rows that are edges, by numbers of nodes. */
typedef struct used_rows {
    size_t n;
    size_t *from;
    size_t *to;
    double *weights; /* N_KINDS x n_rows, filled up to n */
} used_rows;

static ana_status check_weight(const ana_synapse_list *list, size_t r)
{
    if (list->weights[r] < 0.0 || isinf(list->weights[r])) {
        return ana_fail(ANA_ERR_VALUE,
                        "connectome: row %zu, from %s to %s, weighs %g; 0 and more are possible", r,
                        list->from[r], list->to[r], list->weights[r]);
    }
    return ANA_OK;
}

/* Whether a row makes an edge; else it is counted. */
static bool is_used(const ana_synapse_list *list, size_t r, ana_anatomical_counts *counts)
{
    if (list->kinds[r] >= ANA_SYNAPSE_UNUSED) {
        counts->n_unused++;
        return false;
    }
    if (list->from[r] == NULL || list->to[r] == NULL || isnan(list->weights[r])) {
        counts->n_missing++;
        return false;
    }
    counts->n_zero += list->weights[r] == 0.0 ? 1 : 0;
    return list->weights[r] != 0.0;
}

/* The rows that make edges between cells that stay; names are looked up. */
static ana_status use_rows(const ana_synapse_list *list, const cell_names *names,
                           ana_workspace *workspace, used_rows *rows, ana_anatomical_counts *counts)
{
    ana_status status = ANA_OK;
    rows->from = ana_workspace_sizes(workspace, list->n, 1);
    rows->to = ana_workspace_sizes(workspace, list->n, 1);
    rows->weights = ana_workspace_doubles(workspace, list->n, N_KINDS);
    ANA_TRY(ana_workspace_check(workspace, "connectome"));
    for (size_t r = 0; r < list->n; r++) {
        if (!is_used(list, r, counts)) {
            continue;
        }
        ANA_TRY(check_weight(list, r));
        const size_t from = cell_names_find(names, list->from[r]);
        const size_t to = cell_names_find(names, list->to[r]);
        if (from == names->n || to == names->n) {
            counts->n_other_rows++;
            continue;
        }
        rows->from[rows->n] = from;
        rows->to[rows->n] = to;
        rows->weights[list->kinds[r] * list->n + rows->n] = list->weights[r];
        rows->n++;
    }
    for (size_t k = 1; k < N_KINDS; k++) {
        memmove(rows->weights + k * rows->n, rows->weights + k * list->n,
                rows->n * sizeof *rows->weights);
    }
done:
    return status;
}

static double join_ways(ana_junction_rule rule, double there, double back)
{
    switch (rule) {
    case ANA_JUNCTION_SUM:
        return there + back;
    case ANA_JUNCTION_MEAN:
        return (there + back) / 2.0;
    case ANA_JUNCTION_LARGER:
    default:
        return fmax(there, back);
    }
}

/* Edges being listed: of weights, column k begins at k * n_most. */
typedef struct listed_edges {
    size_t n;
    size_t n_most;
    size_t *from;
    size_t *to;
    double *weights;
} listed_edges;

static size_t list_edge(listed_edges *self, size_t from, size_t to)
{
    self->from[self->n] = from;
    self->to[self->n] = to;
    return self->n++;
}

/* What is no gap junction stays; returns whether anything is extrasynaptic. */
static bool list_synapses(const ana_graph *raw, listed_edges *edges)
{
    bool extrasynaptic = false;
    for (size_t e = 0; e < raw->n_edges; e++) {
        const double chemical = raw->weights[ANA_SYNAPSE_CHEMICAL * raw->n_edges + e];
        const double other = raw->weights[ANA_SYNAPSE_EXTRASYNAPTIC * raw->n_edges + e];
        extrasynaptic = extrasynaptic || other != 0.0;
        if (chemical != 0.0 || other != 0.0) {
            const size_t at = list_edge(edges, raw->from[e], raw->to[e]);
            edges->weights[ANA_SYNAPSE_CHEMICAL * edges->n_most + at] = chemical;
            edges->weights[ANA_SYNAPSE_EXTRASYNAPTIC * edges->n_most + at] = other;
        }
    }
    return extrasynaptic;
}

/* Every gap junction both ways with one weight. */
static void list_junctions(const ana_graph *raw, ana_junction_rule rule, listed_edges *edges,
                           ana_anatomical_counts *counts)
{
    const double *ways = raw->weights + ANA_SYNAPSE_ELECTRICAL * raw->n_edges;
    double *weights = edges->weights + ANA_SYNAPSE_ELECTRICAL * edges->n_most;
    for (size_t e = 0; e < raw->n_edges; e++) {
        const size_t i = raw->from[e];
        const size_t j = raw->to[e];
        const size_t opposite = ana_graph_find_edge(raw, j, i);
        const double back = opposite < raw->n_edges ? ways[opposite] : 0.0;
        if (ways[e] == 0.0 || (back != 0.0 && i > j)) {
            continue;
        }
        if (i == j) {
            weights[list_edge(edges, i, i)] = ways[e];
            continue;
        }
        const double joined = join_ways(rule, ways[e], back);
        counts->n_one_way += back == 0.0 ? 1 : 0;
        counts->n_unequal += back != 0.0 && back != ways[e] ? 1 : 0;
        weights[list_edge(edges, i, j)] = joined;
        weights[list_edge(edges, j, i)] = joined;
    }
}

/* The graph with junctions that are the same both ways. */
static ana_status symmetrise(const ana_graph *raw, ana_junction_rule rule,
                             ana_anatomical_counts *counts, ana_graph **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    listed_edges edges = {.n_most = 3 * raw->n_edges};
    edges.from = ana_workspace_sizes(&workspace, edges.n_most, 1);
    edges.to = ana_workspace_sizes(&workspace, edges.n_most, 1);
    edges.weights = ana_workspace_doubles(&workspace, edges.n_most, N_KINDS);
    ANA_TRY(ana_workspace_check(&workspace, "connectome"));
    const size_t n_kinds = list_synapses(raw, &edges) ? N_KINDS : N_KINDS - 1;
    list_junctions(raw, rule, &edges, counts);
    for (size_t k = 1; k < n_kinds; k++) {
        memmove(edges.weights + k * edges.n, edges.weights + k * edges.n_most,
                edges.n * sizeof *edges.weights);
    }
    const ana_edge_list list = {raw->n_nodes, edges.n,       edges.from, edges.to,
                                n_kinds,      edges.weights, true};
    ANA_TRY(ana_graph_new(&list, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_anatomical_network(const ana_synapse_list *list,
                                  const ana_anatomical_options *options, ana_graph **out,
                                  ana_anatomical_counts *counts)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_anatomical_options defaults = ana_anatomical_options_default();
    const ana_anatomical_options *use = options != NULL ? options : &defaults;
    ana_anatomical_counts found = {.n_rows = list->n};
    cell_names names = {0};
    used_rows rows = {0};
    ana_graph *raw = NULL;
    ana_graph *graph = NULL;
    ANA_TRY(ana_options_check(ana_anatomical_option_table, use, "connectome"));
    ANA_TRY(cell_names_new(list, use, &workspace, &names, &found));
    ANA_TRY(use_rows(list, &names, &workspace, &rows, &found));
    const ana_edge_list edges = {names.n, rows.n, rows.from, rows.to, N_KINDS, rows.weights, true};
    ANA_TRY(ana_graph_new(&edges, &raw));
    ANA_TRY(symmetrise(raw, use->junctions, &found, &graph));
    found.n_repeated = rows.n;
    for (size_t i = 0; i < raw->n_edges * N_KINDS; i++) {
        found.n_repeated -= raw->weights[i] != 0.0 ? 1 : 0;
    }
    for (size_t e = 0; e < graph->n_edges; e++) {
        found.n_loops += graph->from[e] == graph->to[e] ? 1 : 0;
    }
    ANA_TRY(ana_graph_name_nodes(graph, names.names));
    ANA_TRY(ana_graph_name_weights(graph, kind_names));
    if (counts != NULL) {
        *counts = found;
    }
    *out = graph;
    graph = NULL;
done:
    ana_graph_free(raw);
    ana_graph_free(graph);
    ana_workspace_release(&workspace);
    return status;
}

/* The column of weights of that name; n_weights when there is none. */
static size_t find_weight(const ana_graph *graph, const char *name)
{
    size_t w = 0;
    while (w < graph->n_weights && strcmp(graph->weight_names[w], name) != 0) {
        w++;
    }
    return w;
}

static ana_status require_weight(const ana_graph *graph, const char *name, size_t *out)
{
    *out = find_weight(graph, name);
    return *out < graph->n_weights
               ? ANA_OK
               : ana_fail(ANA_ERR_VALUE,
                          "connectome: the edges have no %s weight; the first of theirs is %s",
                          name, graph->weight_names[0]);
}

/* The edges e of which the sum of `n_columns` weights is not 0, each with that sum and, of several,
 * the weights themselves; undirected ones are taken from one of their two ways. */
static ana_status take_columns(const ana_graph *graph, size_t n_columns, const char *const *names,
                               bool directed, ana_graph **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_graph *taken = NULL;
    size_t columns[2] = {0};
    const size_t n_all = graph->n_edges;
    const size_t n_weights = n_columns > 1 ? n_columns + 1 : 1;
    for (size_t c = 0; c < n_columns; c++) {
        ANA_TRY(require_weight(graph, names[n_weights - n_columns + c], &columns[c]));
    }
    listed_edges edges = {.n_most = n_all};
    edges.from = ana_workspace_sizes(&workspace, n_all, 1);
    edges.to = ana_workspace_sizes(&workspace, n_all, 1);
    edges.weights = ana_workspace_doubles(&workspace, n_all, n_weights);
    ANA_TRY(ana_workspace_check(&workspace, "connectome"));
    for (size_t e = 0; e < n_all; e++) {
        double sum = 0.0;
        for (size_t c = 0; c < n_columns; c++) {
            sum += graph->weights[columns[c] * n_all + e];
        }
        if (sum == 0.0 || (!directed && graph->from[e] > graph->to[e])) {
            continue;
        }
        const size_t at = list_edge(&edges, graph->from[e], graph->to[e]);
        edges.weights[at] = sum;
        for (size_t w = 1; w < n_weights; w++) {
            edges.weights[w * n_all + at] = graph->weights[columns[w - 1] * n_all + e];
        }
    }
    for (size_t w = 1; w < n_weights; w++) {
        memmove(edges.weights + w * edges.n, edges.weights + w * n_all,
                edges.n * sizeof *edges.weights);
    }
    const ana_edge_list list = {graph->n_nodes, edges.n,       edges.from, edges.to,
                                n_weights,      edges.weights, directed};
    ANA_TRY(ana_graph_new(&list, &taken));
    ANA_TRY(ana_graph_name_nodes(taken, (const char *const *)graph->node_names));
    ANA_TRY(ana_graph_name_weights(taken, names));
    *out = taken;
    taken = NULL;
done:
    ana_graph_free(taken);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_anatomical_take(const ana_graph *graph, ana_anatomical_edges edges, ana_graph **out)
{
    static const char *const both[] = {"synapses", "chemical", "electrical"};
    switch (edges) {
    case ANA_ANATOMICAL_CHEMICAL:
        return take_columns(graph, 1, &kind_names[ANA_SYNAPSE_CHEMICAL], true, out);
    case ANA_ANATOMICAL_ELECTRICAL:
        return take_columns(graph, 1, &kind_names[ANA_SYNAPSE_ELECTRICAL], false, out);
    case ANA_ANATOMICAL_EXTRASYNAPTIC:
        return take_columns(graph, 1, &kind_names[ANA_SYNAPSE_EXTRASYNAPTIC], true, out);
    case ANA_ANATOMICAL_BOTH:
    default:
        return take_columns(graph, 2, both, true, out);
    }
}
