#include "checked.h"
#include "lists.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/graph.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An edge on its way to its place. */
typedef struct loose_edge {
    size_t from;
    size_t to;
    size_t given; /* its number in the list */
} loose_edge;

static int compare_edges(const void *a, const void *b)
{
    const loose_edge *x = a;
    const loose_edge *y = b;
    if (x->from != y->from) {
        return x->from < y->from ? -1 : 1;
    }
    if (x->to != y->to) {
        return x->to < y->to ? -1 : 1;
    }
    return (x->given > y->given) - (x->given < y->given);
}

static ana_status name_all(size_t n, const char *word, char ***out)
{
    ana_status status = ANA_OK;
    char **names = NULL;
    ANA_TRY(ana_allocate(n, sizeof *names, "graph", &names));
    for (size_t i = 0; i < n; i++) {
        char name[48];
        snprintf(name, sizeof name, "%s%s%zu", word, word[0] != '\0' ? " " : "", i);
        ANA_TRY(ana_copy_text(n == 1 && word[0] != '\0' ? word : name, &names[i]));
    }
    *out = names;
    names = NULL;
done:
    ana_free_texts(n, names);
    return status;
}

static ana_status make_graph(size_t n_nodes, size_t n_edges, size_t n_weights, bool directed,
                             ana_graph **out)
{
    ana_status status = ANA_OK;
    ana_graph *graph = NULL;
    size_t n_weight_values = 0;
    if (n_nodes == SIZE_MAX || !ana_multiply(n_edges, n_weights, &n_weight_values)) {
        ANA_TRY(ana_fail(ANA_ERR_LIMIT, "graph: %zu nodes and %zu edges are too many", n_nodes,
                         n_edges));
    }
    ANA_TRY(ana_allocate(1, sizeof *graph, "graph", &graph));
    graph->n_nodes = n_nodes;
    graph->n_edges = n_edges;
    graph->n_weights = n_weights;
    graph->directed = directed;
    ANA_TRY(ana_allocate(n_edges, sizeof(size_t), "graph", &graph->from));
    ANA_TRY(ana_allocate(n_edges, sizeof(size_t), "graph", &graph->to));
    ANA_TRY(ana_allocate(n_weight_values, sizeof(double), "graph", &graph->weights));
    ANA_TRY(ana_allocate(n_nodes + 1, sizeof(size_t), "graph", &graph->out_start));
    ANA_TRY(name_all(n_nodes, "", &graph->node_names));
    ANA_TRY(name_all(n_weights, "weight", &graph->weight_names));
    *out = graph;
    graph = NULL;
done:
    ana_graph_free(graph);
    return status;
}

/* Rows of neighbours by counting: edges ascend, so that each row comes out ascending by node, the
 * smaller ends of undirected edges first. `backward`: rows are the edges' targets. */
static ana_status make_rows(const ana_graph *graph, bool backward, size_t *start,
                            ana_neighbour **out)
{
    const size_t *own = backward ? graph->to : graph->from;
    const size_t *other = backward ? graph->from : graph->to;
    ana_neighbour *row = NULL;
    for (size_t e = 0; e < graph->n_edges; e++) {
        start[own[e] + 1]++;
        start[other[e] + 1] += !graph->directed && own[e] != other[e] ? 1 : 0;
    }
    for (size_t i = 0; i < graph->n_nodes; i++) {
        start[i + 1] += start[i];
    }
    ana_status status = ana_allocate(start[graph->n_nodes], sizeof *row, "graph", &row);
    if (status != ANA_OK) {
        return status;
    }
    /* Ends seen from their larger node come before those seen from their smaller one. */
    for (size_t e = 0; e < graph->n_edges && !graph->directed; e++) {
        if (own[e] != other[e]) {
            row[start[other[e]]++] = (ana_neighbour){own[e], e};
        }
    }
    for (size_t e = 0; e < graph->n_edges; e++) {
        row[start[own[e]]++] = (ana_neighbour){other[e], e};
    }
    memmove(start + 1, start, graph->n_nodes * sizeof *start);
    start[0] = 0;
    *out = row;
    return ANA_OK;
}

static ana_status connect_rows(ana_graph *graph)
{
    ana_status status = ANA_OK;
    ANA_TRY(make_rows(graph, false, graph->out_start, &graph->out));
    graph->in_start = graph->out_start;
    graph->in = graph->out;
    if (graph->directed) {
        graph->in_start = NULL;
        graph->in = NULL;
        ANA_TRY(ana_allocate(graph->n_nodes + 1, sizeof(size_t), "graph", &graph->in_start));
        ANA_TRY(make_rows(graph, true, graph->in_start, &graph->in));
    }
done:
    return status;
}

static ana_status check_list(const ana_edge_list *list)
{
    for (size_t e = 0; e < list->n_edges; e++) {
        if (list->from[e] >= list->n_nodes || list->to[e] >= list->n_nodes) {
            return ana_fail(ANA_ERR_VALUE,
                            "graph: edge %zu runs from node %zu to node %zu; there "
                            "are nodes 0 to %zu",
                            e, list->from[e], list->to[e], list->n_nodes - 1);
        }
        for (size_t w = 0; w < list->n_weights; w++) {
            if (!isfinite(list->weights[w * list->n_edges + e])) {
                return ana_fail(ANA_ERR_VALUE,
                                "graph: edge %zu from node %zu to node %zu weighs "
                                "%g; a finite weight is possible",
                                e, list->from[e], list->to[e],
                                list->weights[w * list->n_edges + e]);
            }
        }
    }
    return ANA_OK;
}

/* Sorted, each edge once; `edge_of[i]` is the place of the i-th sorted one. Returns how many. */
static size_t sort_edges(const ana_edge_list *list, loose_edge *edges, size_t *edge_of)
{
    size_t n = 0;
    for (size_t e = 0; e < list->n_edges; e++) {
        bool turned = !list->directed && list->from[e] > list->to[e];
        edges[e] = (loose_edge){turned ? list->to[e] : list->from[e],
                                turned ? list->from[e] : list->to[e], e};
    }
    if (list->n_edges > 0) {
        qsort(edges, list->n_edges, sizeof *edges, compare_edges);
    }
    for (size_t i = 0; i < list->n_edges; i++) {
        bool again = i > 0 && edges[i].from == edges[i - 1].from && edges[i].to == edges[i - 1].to;
        n += again ? 0 : 1;
        edge_of[i] = n - 1;
    }
    return n;
}

ana_status ana_graph_new(const ana_edge_list *list, ana_graph **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_graph *graph = NULL;
    const size_t n_weights = list->n_weights > 0 ? list->n_weights : 1;
    loose_edge *edges = ana_workspace_bytes(&workspace, list->n_edges, 1, sizeof *edges);
    size_t *edge_of = ana_workspace_sizes(&workspace, list->n_edges, 1);
    ANA_TRY(ana_workspace_check(&workspace, "graph"));
    ANA_TRY(check_list(list));
    size_t n = sort_edges(list, edges, edge_of);
    ANA_TRY(make_graph(list->n_nodes, n, n_weights, list->directed, &graph));
    for (size_t i = 0; i < list->n_edges; i++) {
        size_t e = edge_of[i];
        graph->from[e] = edges[i].from;
        graph->to[e] = edges[i].to;
        for (size_t w = 0; w < n_weights; w++) {
            graph->weights[w * n + e] +=
                list->n_weights > 0 ? list->weights[w * list->n_edges + edges[i].given] : 1.0;
        }
    }
    ANA_TRY(connect_rows(graph));
    *out = graph;
    graph = NULL;
done:
    ana_graph_free(graph);
    ana_workspace_release(&workspace);
    return status;
}

/* Whether element (i, j) of a matrix is an edge. */
static bool is_edge(double value, size_t i, size_t j, bool directed, bool loops)
{
    bool wanted = i == j ? loops : directed || j < i;
    return wanted && value != 0.0 && !isnan(value);
}

ana_status ana_graph_from_matrix(size_t n, const double *matrix, bool directed, bool loops,
                                 ana_graph **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_edge_list list = {.n_nodes = n, .n_weights = 1, .directed = directed};
    for (size_t i = 0; i < n * n; i++) {
        list.n_edges += is_edge(matrix[i], i / n, i % n, directed, loops) ? 1 : 0;
    }
    size_t *from = ana_workspace_sizes(&workspace, list.n_edges, 1);
    size_t *to = ana_workspace_sizes(&workspace, list.n_edges, 1);
    double *weights = ana_workspace_doubles(&workspace, list.n_edges, 1);
    ANA_TRY(ana_workspace_check(&workspace, "graph"));
    size_t e = 0;
    for (size_t i = 0; i < n * n; i++) {
        if (is_edge(matrix[i], i / n, i % n, directed, loops)) {
            from[e] = i / n;
            to[e] = i % n;
            weights[e++] = matrix[i];
        }
    }
    list.from = from;
    list.to = to;
    list.weights = weights;
    ANA_TRY(ana_graph_new(&list, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

void ana_graph_to_matrix(const ana_graph *graph, size_t weight_index, double *out)
{
    const size_t n = graph->n_nodes;
    memset(out, 0, n * n * sizeof *out);
    for (size_t e = 0; e < graph->n_edges; e++) {
        double weight = graph->weights[weight_index * graph->n_edges + e];
        out[graph->from[e] * n + graph->to[e]] = weight;
        if (!graph->directed) {
            out[graph->to[e] * n + graph->from[e]] = weight;
        }
    }
}

static ana_status rename_all(size_t n, const char *const *names, char ***held)
{
    char **copies = NULL;
    ana_status status = ana_copy_texts(n, names, &copies);
    if (status == ANA_OK) {
        ana_free_texts(n, *held);
        *held = copies;
    }
    return status;
}

ana_status ana_graph_name_nodes(ana_graph *graph, const char *const *names)
{
    return rename_all(graph->n_nodes, names, &graph->node_names);
}

ana_status ana_graph_name_weights(ana_graph *graph, const char *const *names)
{
    return rename_all(graph->n_weights, names, &graph->weight_names);
}

size_t ana_graph_find_edge(const ana_graph *graph, size_t from, size_t to)
{
    size_t low = graph->out_start[from];
    size_t high = graph->out_start[from + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (graph->out[middle].node < to) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < graph->out_start[from + 1] && graph->out[low].node == to;
    return found ? graph->out[low].edge : graph->n_edges;
}

static ana_status check_edges(const ana_graph *graph)
{
    for (size_t e = 0; e < graph->n_edges; e++) {
        const size_t from = graph->from[e];
        const size_t to = graph->to[e];
        bool ascends = e == 0 || graph->from[e - 1] < from ||
                       (graph->from[e - 1] == from && graph->to[e - 1] < to);
        if (from >= graph->n_nodes || to >= graph->n_nodes || !ascends ||
            (!graph->directed && from > to)) {
            return ana_fail(ANA_ERR_VALUE,
                            "graph: edge %zu, from node %zu to node %zu, is out of "
                            "order or runs to no node",
                            e, from, to);
        }
    }
    for (size_t i = 0; i < graph->n_edges * graph->n_weights; i++) {
        if (!isfinite(graph->weights[i])) {
            return ana_fail(ANA_ERR_VALUE, "graph: weight %zu is not finite", i);
        }
    }
    return ANA_OK;
}

/* Each row ascends by node and names an edge that ends there. */
static ana_status check_rows(const ana_graph *graph, const size_t *start, const ana_neighbour *row,
                             const size_t *own)
{
    size_t n_ends = 0;
    for (size_t e = 0; e < graph->n_edges; e++) {
        n_ends += !graph->directed && graph->from[e] != graph->to[e] ? 2 : 1;
    }
    if (start[0] != 0 || start[graph->n_nodes] != n_ends) {
        return ana_fail(ANA_ERR_VALUE, "graph: the rows hold %zu ends of edges; the edges have %zu",
                        start[graph->n_nodes], n_ends);
    }
    for (size_t i = 0; i < graph->n_nodes; i++) {
        for (size_t a = start[i]; a < start[i + 1]; a++) {
            size_t e = row[a].edge;
            bool fits = e < graph->n_edges && graph->from[e] + graph->to[e] == i + row[a].node &&
                        (own[e] == i || (!graph->directed && graph->to[e] == i));
            if (!fits || (a > start[i] && row[a - 1].node >= row[a].node)) {
                return ana_fail(ANA_ERR_VALUE, "graph: the row of node %zu does not hold its edges",
                                i);
            }
        }
    }
    return ANA_OK;
}

ana_status ana_graph_check(const ana_graph *graph)
{
    ana_status status = ANA_OK;
    if (graph->n_weights == 0) {
        return ana_fail(ANA_ERR_VALUE, "graph: edges without a weight");
    }
    ANA_TRY(check_edges(graph));
    ANA_TRY(check_rows(graph, graph->out_start, graph->out, graph->from));
    if (graph->directed) {
        ANA_TRY(check_rows(graph, graph->in_start, graph->in, graph->to));
    }
done:
    return status;
}

void ana_graph_free(ana_graph *graph)
{
    if (graph == NULL) {
        return;
    }
    if (graph->directed) {
        free(graph->in_start);
        free(graph->in);
    }
    free(graph->out_start);
    free(graph->out);
    free(graph->from);
    free(graph->to);
    free(graph->weights);
    ana_free_texts(graph->n_nodes, graph->node_names);
    ana_free_texts(graph->n_weights, graph->weight_names);
    free(graph);
}
