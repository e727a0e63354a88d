/* Pictures and the table of a fit. */
#include "grouped_pictures.h"
#include "sbm_record.h"
#include "try.h"
#include "workspace.h"

#include <stdio.h>
#include <string.h>

enum {
    MOST_LAYERS_DRAWN = 12
};

void ana_sbm_name_level(size_t l, char name[32])
{
    snprintf(name, 32, "level_%zu", l);
}

void ana_sbm_project(const ana_sbm *sbm, size_t l, size_t *out)
{
    memcpy(out, sbm->hierarchy.group[0], sbm->n_nodes * sizeof *out);
    for (size_t k = 1; k <= l; k++) {
        for (size_t i = 0; i < sbm->n_nodes; i++) {
            out[i] = sbm->hierarchy.group[k][out[i]];
        }
    }
}

static ana_grouped_nodes nodes_of(const ana_sbm *sbm)
{
    return (ana_grouped_nodes){sbm->n_nodes, sbm->hierarchy.group[0],
                               (const char *const *)sbm->node_names};
}

static ana_status add_tree(const ana_sbm *sbm, ana_record *record)
{
    static const ana_picture_words words = {
        "Hierarchy of the groups",
        "Groups of each level from the lowest on; streams are as wide as the nodes they carry.",
        NULL, "level", "group"};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = sbm->n_nodes;
    const size_t n_levels = sbm->hierarchy.n_levels;
    size_t *group = ana_workspace_sizes(&workspace, n_levels, n);
    ANA_TRY(ana_workspace_check(&workspace, "communities"));
    for (size_t l = 0; l < n_levels; l++) {
        ana_sbm_project(sbm, l, group + l * n);
    }
    ANA_TRY(ana_add_flow(n_levels, n, group, NULL, &words, "tree", record));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_table(const ana_sbm *sbm, ana_record *record)
{
    static const ana_picture_words words = {
        "Nodes and their groups",
        "The group at each level from below, and the share of samples in which the node is in its "
        "own at that level.",
        NULL, NULL, NULL};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = sbm->n_nodes;
    const ana_shape nodes = ana_shape_1(n, "node");
    const bool sampled = sbm->n_samples > 0;
    size_t *group = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "communities"));
    ANA_TRY(ana_record_add_picture(record, "members", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "node", n, (const char *const *)sbm->node_names));
    for (size_t l = 0; l < sbm->hierarchy.n_levels; l++) {
        char name[32];
        ana_sbm_name_level(l, name);
        ana_sbm_project(sbm, l, group);
        ANA_TRY(ana_record_add_sizes(table, name, nodes, group, NULL));
    }
    for (size_t l = 0; l < sbm->hierarchy.n_levels && sampled; l++) {
        char name[32];
        snprintf(name, sizeof name, "certainty_%zu", l);
        ANA_TRY(ana_record_add_doubles(table, name, nodes, sbm->certainty + l * n, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Share of samples by their number of groups, from the fewest to the most. */
static ana_status add_numbers(const ana_sbm *sbm, ana_record *record)
{
    static const ana_picture_words words = {
        "How many groups there are",
        "Share of sampled partitions by the number of groups of the lowest level.", "groups",
        "share of samples", NULL};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    size_t least = sbm->sample_groups[0];
    size_t most = least;
    for (size_t s = 0; s < sbm->n_samples; s++) {
        least = sbm->sample_groups[s] < least ? sbm->sample_groups[s] : least;
        most = sbm->sample_groups[s] > most ? sbm->sample_groups[s] : most;
    }
    const size_t n = most - least + 1;
    double *share = ana_workspace_doubles(&workspace, n, 1);
    const char **names = ana_workspace_bytes(&workspace, n, 1, sizeof *names);
    char *numbers = ana_workspace_bytes(&workspace, n, 24, 1);
    ANA_TRY(ana_workspace_check(&workspace, "communities"));
    for (size_t s = 0; s < sbm->n_samples; s++) {
        share[sbm->sample_groups[s] - least] += 1.0 / (double)sbm->n_samples;
    }
    for (size_t i = 0; i < n; i++) {
        snprintf(numbers + 24 * i, 24, "%zu", least + i);
        names[i] = numbers + 24 * i;
    }
    ANA_TRY(ana_record_add_picture(record, "numbers", ANA_HINT_BARS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_1(n, "groups"), share, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, names));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_samples(const ana_sbm *sbm, ana_record *record)
{
    static const ana_picture_words words = {
        "How sure the groups are",
        "Share of sampled partitions in which two nodes are in one group; ordered by group.",
        "node", "node", "share"};
    ana_status status = ANA_OK;
    const ana_grouped_nodes nodes = nodes_of(sbm);
    ANA_TRY(ana_add_grouped_matrix(&nodes, &words, "similarity", sbm->similarity, record));
    ANA_TRY(add_numbers(sbm, record));
done:
    return status;
}

static ana_status add_layers(const ana_sbm *sbm, const ana_sbm_layers *layers, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    const ana_grouped_nodes nodes = nodes_of(sbm);
    if (layers->n == 1) {
        return ana_add_grouped_graph(&nodes, layers->graphs[0], sbm->weight_index, record);
    }
    ANA_TRY(ana_record_add_group(record, "edges", ANA_HINT_NONE, &group));
    for (size_t l = 0; l < layers->n && l < MOST_LAYERS_DRAWN; l++) {
        char name[32];
        char title[256];
        snprintf(name, sizeof name, "layer_%zu", l);
        snprintf(title, sizeof title, "Edges of layer %s, ordered by group", sbm->layer_names[l]);
        ANA_TRY(ana_add_grouped_edges(&nodes, layers->graphs[l], sbm->weight_index, name, title,
                                      group));
    }
done:
    return status;
}

ana_status ana_sbm_add_figures(const ana_sbm *sbm, const ana_sbm_layers *layers, ana_record *record)
{
    ana_status status = ANA_OK;
    if (sbm->n_samples > 0) {
        ANA_TRY(add_samples(sbm, record));
    }
    if (layers != NULL) {
        ANA_TRY(add_layers(sbm, layers, record));
    }
    if (sbm->hierarchy.n_levels > 1) {
        ANA_TRY(add_tree(sbm, record));
    }
    ANA_TRY(add_table(sbm, record));
done:
    return status;
}
