/* Features of a network as a record, with its degree distribution as a figure. */
#include "try.h"
#include "workspace.h"

#include <analysis/models/network_features.h>

static ana_status add_small_world(const ana_small_world *world, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    ANA_TRY(ana_record_add_group(record, "small_world", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_int(group, "n_nulls", (int64_t)world->n_nulls, NULL));
    ANA_TRY(ana_record_add_double(group, "clustering", world->clustering, NULL));
    ANA_TRY(ana_record_add_double(group, "path_length", world->path_length, NULL));
    ANA_TRY(ana_record_add_double(group, "null_clustering", world->null_clustering, NULL));
    ANA_TRY(ana_record_add_double(group, "null_clustering_sd", world->null_clustering_sd, NULL));
    ANA_TRY(ana_record_add_double(group, "null_path_length", world->null_path_length, NULL));
    ANA_TRY(ana_record_add_double(group, "null_path_length_sd", world->null_path_length_sd, NULL));
    ANA_TRY(ana_record_add_double(group, "sigma", world->sigma, NULL));
done:
    return status;
}

static ana_status add_distribution(const ana_network_features *features, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const ana_shape shape = ana_shape_1(features->n_degrees, "degree");
    double *degrees = ana_workspace_doubles(&workspace, features->n_degrees, 1);
    ANA_TRY(ana_workspace_check(&workspace, "network"));
    for (size_t k = 0; k < features->n_degrees; k++) {
        degrees[k] = (double)k;
    }
    ANA_TRY(ana_record_add_group(record, "degree_distribution", ANA_HINT_LINE, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "Degree distribution"));
    ANA_TRY(ana_record_add_text(figure, "caption", "How many nodes have each number of edges."));
    ANA_TRY(ana_record_add_text(figure, "x_title", "degree"));
    ANA_TRY(ana_record_add_text(figure, "y_title", "nodes"));
    ANA_TRY(ana_record_add_doubles(figure, "x", shape, degrees, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "y", shape, features->degree_counts, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_network_features_to_record(const ana_network_features *features, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ana_record *nodes = NULL;
    const size_t n = features->n_nodes;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "network features"));
    ANA_TRY(ana_record_add_text(record, "title", "Features of the network"));
    ANA_TRY(ana_record_add_bool(record, "directed", features->directed));
    ANA_TRY(ana_record_add_int(record, "n_nodes", (int64_t)n, NULL));
    ANA_TRY(ana_record_add_int(record, "n_edges", (int64_t)features->n_edges, NULL));
    for (size_t f = 0; f < ANA_GRAPH_N_FEATURES; f++) {
        ANA_TRY(ana_record_add_double(record, ana_graph_feature_name((ana_graph_feature)f),
                                      features->of_graph[f], NULL));
    }
    if (features->small_world.n_nulls > 0) {
        ANA_TRY(add_small_world(&features->small_world, record));
    }
    ANA_TRY(ana_record_add_group(record, "nodes", ANA_HINT_TABLE, &nodes));
    ANA_TRY(ana_record_add_text(nodes, "title", "Nodes"));
    ANA_TRY(ana_record_add_texts(nodes, "node", n, (const char *const *)features->node_names));
    for (size_t f = 0; f < ANA_NODE_N_FEATURES; f++) {
        ANA_TRY(ana_record_add_doubles(nodes, ana_node_feature_name((ana_node_feature)f),
                                       ana_shape_1(n, "node"), features->of_node[f], NULL));
    }
    if (features->n_degrees > 0) {
        ANA_TRY(add_distribution(features, record));
    }
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
