/* Groups by modularity as a record. */
#include "grouped_pictures.h"
#include "try.h"

#include <analysis/models/community.h>

static ana_status add_members(const ana_grouped_nodes *nodes, ana_record *record)
{
    static const ana_picture_words words = {"Nodes and their groups", "Group of each node.", NULL,
                                            NULL, NULL};
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    ANA_TRY(ana_record_add_picture(record, "members", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "node", nodes->n, nodes->names));
    ANA_TRY(
        ana_record_add_sizes(table, "group", ana_shape_1(nodes->n, "node"), nodes->group, NULL));
done:
    return status;
}

ana_status ana_leiden_to_record(const ana_graph *graph, const ana_leiden_options *options,
                                const size_t *group, const double *modularity, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const ana_grouped_nodes nodes = {graph->n_nodes, group, (const char *const *)graph->node_names};
    size_t n_groups = 0;
    double best = 0.0;
    for (size_t i = 0; i < nodes.n; i++) {
        n_groups = group[i] >= n_groups ? group[i] + 1 : n_groups;
    }
    ANA_TRY(ana_modularity(graph, group, options, &best));
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "leiden"));
    ANA_TRY(ana_record_add_text(record, "title", "Communities by modularity"));
    ANA_TRY(ana_record_add_int(record, "groups", (int64_t)n_groups, NULL));
    ANA_TRY(ana_record_add_double(record, "modularity", best, NULL));
    ANA_TRY(ana_record_add_double(record, "resolution", options->resolution, NULL));
    ANA_TRY(ana_record_add_doubles(record, "restarts", ana_shape_1(options->n_restarts, "restart"),
                                   modularity, NULL));
    ANA_TRY(add_members(&nodes, record));
    ANA_TRY(ana_add_grouped_graph(&nodes, graph, options->weight_index, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
