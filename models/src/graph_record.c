/* A graph as a record and back. */
#include "checked.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/graph.h>

#include <string.h>

enum {
    MOST_DRAWN = 400 /* nodes; more make a picture of nothing */
};

static ana_status add_figure(const ana_graph *graph, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const ana_shape shape = ana_shape_1(graph->n_edges, "edge");
    ANA_TRY(ana_record_add_group(record, "figure", ANA_HINT_GRAPH, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "Graph"));
    ANA_TRY(ana_record_add_text(figure, "caption", graph->weight_names[0]));
    ANA_TRY(ana_record_add_bool(figure, "directed", graph->directed));
    ANA_TRY(ana_record_add_sizes(figure, "from", shape, graph->from, NULL));
    ANA_TRY(ana_record_add_sizes(figure, "to", shape, graph->to, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "weight", shape, graph->weights, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", graph->n_nodes,
                                 (const char *const *)graph->node_names));
done:
    return status;
}

ana_status ana_graph_to_record(const ana_graph *graph, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const ana_shape shape = ana_shape_1(graph->n_edges, "edge");
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "graph"));
    ANA_TRY(ana_record_add_text(record, "title", "A network"));
    ANA_TRY(ana_record_add_bool(record, "directed", graph->directed));
    ANA_TRY(ana_record_add_texts(record, "nodes", graph->n_nodes,
                                 (const char *const *)graph->node_names));
    ANA_TRY(ana_record_add_texts(record, "weight_names", graph->n_weights,
                                 (const char *const *)graph->weight_names));
    ANA_TRY(ana_record_add_sizes(record, "from", shape, graph->from, NULL));
    ANA_TRY(ana_record_add_sizes(record, "to", shape, graph->to, NULL));
    ANA_TRY(ana_record_add_doubles(record, "weights",
                                   ana_shape_2(graph->n_weights, "weight", graph->n_edges, "edge"),
                                   graph->weights, NULL));
    if (graph->n_nodes <= MOST_DRAWN && graph->n_edges > 0) {
        ANA_TRY(add_figure(graph, record));
    }
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}

/* Ends of edges, from integers that may be anything. */
static ana_status read_ends(const ana_record *record, const char *name, size_t n_nodes,
                            ana_workspace *workspace, size_t *n_edges, const size_t **out)
{
    ana_status status = ANA_OK;
    ana_shape shape = ana_shape_1(*n_edges, NULL);
    const int64_t *ints = NULL;
    ANA_TRY(ana_record_get_ints(record, name, &shape, &ints));
    size_t *ends = ana_workspace_sizes(workspace, shape.n[0], 1);
    ANA_TRY(ana_workspace_check(workspace, "graph"));
    for (size_t e = 0; e < shape.n[0]; e++) {
        if (ints[e] < 0 || (uint64_t)ints[e] >= n_nodes) {
            ANA_TRY(ana_fail(ANA_ERR_FORMAT,
                             "record: %s[%zu] is %lld, which is none of the %zu nodes", name, e,
                             (long long)ints[e], n_nodes));
        }
        ends[e] = (size_t)ints[e];
    }
    *n_edges = shape.n[0];
    *out = ends;
done:
    return status;
}

static ana_status read_list(const ana_record *record, ana_workspace *workspace, ana_edge_list *list,
                            const char *const **nodes, const char *const **weight_names)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_record_get_bool(record, "directed", &list->directed));
    ANA_TRY(ana_record_get_texts(record, "nodes", &list->n_nodes, nodes));
    ANA_TRY(ana_record_get_texts(record, "weight_names", &list->n_weights, weight_names));
    ANA_TRY(read_ends(record, "from", list->n_nodes, workspace, &list->n_edges, &list->from));
    if (list->n_edges > 0) { /* a length of 0 would accept any */
        ANA_TRY(read_ends(record, "to", list->n_nodes, workspace, &list->n_edges, &list->to));
        ana_shape shape = ana_shape_2(list->n_weights, NULL, list->n_edges, NULL);
        ANA_TRY(ana_record_get_doubles(record, "weights", &shape, &list->weights));
    }
    if (list->n_weights == 0) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT, "record: weight_names: a graph has at least one weight"));
    }
done:
    return status;
}

ana_status ana_graph_from_record(const ana_record *record, ana_graph **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_edge_list list = {0};
    ana_graph *graph = NULL;
    const char *schema = NULL;
    const char *const *nodes = NULL;
    const char *const *weight_names = NULL;
    ANA_TRY(ana_record_get_text(record, "schema", &schema));
    if (strcmp(schema, "graph") != 0) {
        ANA_TRY(
            ana_fail(ANA_ERR_FORMAT, "record: schema is \"%s\"; a graph's is \"graph\"", schema));
    }
    ANA_TRY(read_list(record, &workspace, &list, &nodes, &weight_names));
    ANA_TRY(ana_graph_new(&list, &graph));
    ANA_TRY(ana_graph_name_nodes(graph, nodes));
    ANA_TRY(ana_graph_name_weights(graph, weight_names));
    *out = graph;
    graph = NULL;
done:
    ana_graph_free(graph);
    ana_workspace_release(&workspace);
    return status;
}
