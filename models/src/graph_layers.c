#include "try.h"
#include "workspace.h"

#include <analysis/models/graph_layers.h>

#include <stdlib.h>
#include <string.h>

/* A node by name, with its place: among those of its graph, or of the union. */
typedef struct named_node {
    const char *name;
    size_t place;
} named_node;

static int compare_nodes(const void *a, const void *b)
{
    return strcmp(((const named_node *)a)->name, ((const named_node *)b)->name);
}

/* Names in the order of the union, and the same sorted. */
typedef struct node_union {
    size_t n;
    const char **names;
    named_node *sorted;
} node_union;

static ana_status sort_nodes(const ana_graph *graph, size_t which, named_node *nodes)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        nodes[i] = (named_node){graph->node_names[i], i};
    }
    qsort(nodes, graph->n_nodes, sizeof *nodes, compare_nodes);
    for (size_t i = 1; i < graph->n_nodes; i++) {
        if (strcmp(nodes[i - 1].name, nodes[i].name) == 0) {
            return ana_fail(ANA_ERR_VALUE, "graph %zu: two nodes are called %s", which,
                            nodes[i].name);
        }
    }
    return ANA_OK;
}

/* Nodes that the union lacks go to its end. */
static void add_nodes(const ana_graph *graph, node_union *all)
{
    const size_t n_before = all->n;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const named_node key = {graph->node_names[i], 0};
        if (bsearch(&key, all->sorted, n_before, sizeof key, compare_nodes) == NULL) {
            all->names[all->n++] = graph->node_names[i];
        }
    }
    for (size_t i = n_before; i < all->n; i++) {
        all->sorted[i] = (named_node){all->names[i], i};
    }
    qsort(all->sorted, all->n, sizeof *all->sorted, compare_nodes);
}

static ana_status move_edges(const ana_graph *graph, const node_union *all, ana_graph **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_graph *moved = NULL;
    size_t *place = ana_workspace_sizes(&workspace, graph->n_nodes, 1);
    size_t *ends = ana_workspace_sizes(&workspace, graph->n_edges, 2);
    ANA_TRY(ana_workspace_check(&workspace, "graph"));
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const named_node key = {graph->node_names[i], 0};
        const named_node *found = bsearch(&key, all->sorted, all->n, sizeof key, compare_nodes);
        place[i] = found != NULL ? found->place : all->n; /* every name is in the union */
    }
    for (size_t e = 0; e < graph->n_edges; e++) {
        ends[e] = place[graph->from[e]];
        ends[graph->n_edges + e] = place[graph->to[e]];
    }
    const ana_edge_list list = {
        all->n,           graph->n_edges, ends,           ends + graph->n_edges,
        graph->n_weights, graph->weights, graph->directed};
    ANA_TRY(ana_graph_new(&list, &moved));
    ANA_TRY(ana_graph_name_nodes(moved, all->names));
    ANA_TRY(ana_graph_name_weights(moved, (const char *const *)graph->weight_names));
    *out = moved;
    moved = NULL;
done:
    ana_graph_free(moved);
    ana_workspace_release(&workspace);
    return status;
}

static void free_graphs(size_t n, ana_graph **graphs)
{
    for (size_t i = 0; i < n; i++) {
        ana_graph_free(graphs[i]);
        graphs[i] = NULL;
    }
}

ana_status ana_graph_unite_nodes(size_t n, const ana_graph *const *graphs, ana_graph **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    node_union all = {0};
    size_t most = 0;
    size_t n_made = 0;
    for (size_t g = 0; g < n; g++) {
        most += graphs[g]->n_nodes;
    }
    all.names = ana_workspace_bytes(&workspace, most, 1, sizeof *all.names);
    all.sorted = ana_workspace_bytes(&workspace, most, 1, sizeof *all.sorted);
    named_node *own = ana_workspace_bytes(&workspace, most, 1, sizeof *own);
    ANA_TRY(ana_workspace_check(&workspace, "graph"));
    for (size_t g = 0; g < n; g++) {
        ANA_TRY(sort_nodes(graphs[g], g, own));
        add_nodes(graphs[g], &all);
    }
    for (; n_made < n; n_made++) {
        ANA_TRY(move_edges(graphs[n_made], &all, &out[n_made]));
    }
done:
    if (status != ANA_OK) {
        free_graphs(n_made, out);
    }
    ana_workspace_release(&workspace);
    return status;
}

static ana_status take_weight(const ana_graph *graph, size_t w, ana_graph **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_graph *taken = NULL;
    const double *weights = graph->weights + w * graph->n_edges;
    size_t *ends = ana_workspace_sizes(&workspace, graph->n_edges, 2);
    double *kept = ana_workspace_doubles(&workspace, graph->n_edges, 1);
    size_t n = 0;
    ANA_TRY(ana_workspace_check(&workspace, "graph"));
    for (size_t e = 0; e < graph->n_edges; e++) {
        if (weights[e] != 0.0) {
            ends[n] = graph->from[e];
            ends[graph->n_edges + n] = graph->to[e];
            kept[n++] = weights[e];
        }
    }
    const ana_edge_list list = {graph->n_nodes, n, ends, ends + graph->n_edges, 1, kept,
                                graph->directed};
    ANA_TRY(ana_graph_new(&list, &taken));
    ANA_TRY(ana_graph_name_nodes(taken, (const char *const *)graph->node_names));
    ANA_TRY(ana_graph_name_weights(taken, (const char *const *)graph->weight_names + w));
    *out = taken;
    taken = NULL;
done:
    ana_graph_free(taken);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_graph_split_weights(const ana_graph *graph, ana_graph **out)
{
    ana_status status = ANA_OK;
    for (size_t w = 0; w < graph->n_weights && status == ANA_OK; w++) {
        status = take_weight(graph, w, &out[w]);
        if (status != ANA_OK) {
            free_graphs(w, out);
        }
    }
    return status;
}
