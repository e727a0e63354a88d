#include "grouped_pictures.h"

#include "try.h"
#include "workspace.h"

#include <analysis/agreement.h>

#include <math.h>

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

ana_status ana_add_grouped_edges(const ana_grouped_nodes *nodes, const ana_graph *graph,
                                 size_t column, const char *name, const char *title,
                                 ana_record *record)
{
    const ana_picture_words words = {
        title != NULL ? title : "Edges, ordered by group",
        "Weight of the edge from each node (row) to each other (column), 0 where there is none; "
        "nodes of a group stand together.",
        "to", "from", "weight"};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    if (nodes->n > MOST_IN_MATRIX) {
        return ANA_OK;
    }
    double *values = ana_workspace_doubles(&workspace, nodes->n, nodes->n);
    ANA_TRY(ana_workspace_check(&workspace, "communities"));
    ana_graph_to_matrix(graph, column, values);
    ANA_TRY(ana_add_grouped_matrix(nodes, &words, name, values, record));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_add_flow(size_t n_stages, size_t n_nodes, const size_t *group,
                        const char *const *names, const ana_picture_words *words, const char *name,
                        ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    double *values = ana_workspace_doubles(&workspace, n_stages, n_nodes);
    ANA_TRY(ana_workspace_check(&workspace, "communities"));
    for (size_t i = 0; i < n_stages * n_nodes; i++) {
        values[i] = group[i] == ANA_NO_LABEL ? (double)NAN : (double)group[i];
    }
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_HEAT_MAP, words, &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "alluvial"));
    ANA_TRY(ana_record_add_doubles(figure, "values",
                                   ana_shape_2(n_stages, "stage", n_nodes, "node"), values, NULL));
    if (names != NULL) {
        ANA_TRY(ana_record_add_texts(figure, "row_labels", n_stages, names));
    }
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
    ANA_TRY(ana_add_grouped_edges(nodes, graph, column, "adjacency", NULL, record));
    if (nodes->n <= MOST_DRAWN) {
        ANA_TRY(add_drawing(nodes, graph, column, record));
    }
done:
    return status;
}
