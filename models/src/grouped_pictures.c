#include "grouped_pictures.h"

#include "try.h"
#include "workspace.h"

enum {
    MOST_IN_MATRIX = 1000, /* nodes; more are smaller than a pixel */
    MOST_DRAWN = 400
};

ana_status ana_add_grouped_matrix(const ana_grouped_nodes *nodes, const ana_picture_words *words,
                                  const char *name, const double *values, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const size_t n = nodes->n;
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_MATRIX_GROUPS, words, &figure));
    ANA_TRY(
        ana_record_add_doubles(figure, "values", ana_shape_2(n, "from", n, "to"), values, NULL));
    ANA_TRY(ana_record_add_sizes(figure, "group", ana_shape_1(n, "node"), nodes->group, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, nodes->names));
done:
    return status;
}

static ana_status add_adjacency(const ana_grouped_nodes *nodes, const ana_graph *graph,
                                size_t column, ana_record *record)
{
    static const ana_picture_words words = {
        "Edges, ordered by group",
        "Weight of the edge from each node (row) to each other (column), 0 where there is none; "
        "nodes of a group stand together.",
        "to", "from", "weight"};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *values = ana_workspace_doubles(&workspace, nodes->n, nodes->n);
    ANA_TRY(ana_workspace_check(&workspace, "communities"));
    ana_graph_to_matrix(graph, column, values);
    ANA_TRY(ana_add_grouped_matrix(nodes, &words, "adjacency", values, record));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_drawing(const ana_grouped_nodes *nodes, const ana_graph *graph, size_t column,
                              ana_record *record)
{
    static const ana_picture_words words = {"Communities", "Nodes of a group share a colour.", NULL,
                                            NULL, NULL};
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const ana_shape edges = ana_shape_1(graph->n_edges, "edge");
    ANA_TRY(ana_record_add_picture(record, "graph", ANA_HINT_GRAPH, &words, &figure));
    ANA_TRY(ana_record_add_bool(figure, "directed", graph->directed));
    ANA_TRY(ana_record_add_sizes(figure, "from", edges, graph->from, NULL));
    ANA_TRY(ana_record_add_sizes(figure, "to", edges, graph->to, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "weight", edges,
                                   graph->weights + column * graph->n_edges, NULL));
    ANA_TRY(
        ana_record_add_sizes(figure, "group", ana_shape_1(nodes->n, "node"), nodes->group, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", nodes->n, nodes->names));
done:
    return status;
}

ana_status ana_add_grouped_graph(const ana_grouped_nodes *nodes, const ana_graph *graph,
                                 size_t column, ana_record *record)
{
    ana_status status = ANA_OK;
    if (nodes->n <= MOST_IN_MATRIX) {
        ANA_TRY(add_adjacency(nodes, graph, column, record));
    }
    if (nodes->n <= MOST_DRAWN) {
        ANA_TRY(add_drawing(nodes, graph, column, record));
    }
done:
    return status;
}
