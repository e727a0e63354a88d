/* Communities as a record, and back. */
#include "grouped_pictures.h"
#include "lists.h"
#include "memory.h"
#include "sbm_state.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/sbm.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_IN_TREE = 1000 /* nodes; more are smaller than a pixel */
};

static void name_level(size_t l, char name[32])
{
    snprintf(name, 32, "level_%zu", l);
}

/* The group of each node at level l. */
static void project(const ana_sbm *sbm, size_t l, size_t *out)
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
        "Group of each node (column, ordered by group) at each level (row), from below.", "node",
        "level", "group"};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = sbm->n_nodes;
    const size_t n_levels = sbm->hierarchy.n_levels;
    double *values = ana_workspace_doubles(&workspace, n_levels, n);
    size_t *group = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "communities"));
    for (size_t l = 0; l < n_levels; l++) {
        size_t place = 0;
        project(sbm, l, group);
        for (size_t g = 0; g < sbm->hierarchy.n_groups[0]; g++) {
            for (size_t i = 0; i < n; i++) {
                if (sbm->hierarchy.group[0][i] == g) {
                    values[l * n + place++] = (double)group[i];
                }
            }
        }
    }
    ANA_TRY(ana_record_add_picture(record, "tree", ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n_levels, "level", n, "node"),
                                   values, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_table(const ana_sbm *sbm, ana_record *record)
{
    static const ana_picture_words words = {
        "Nodes and their groups",
        "The group at each level from below, and the share of samples in which the node is in its "
        "own.",
        NULL, NULL, NULL};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = sbm->n_nodes;
    const ana_shape nodes = ana_shape_1(n, "node");
    size_t *group = ana_workspace_sizes(&workspace, n, 1);
    double *certainty = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "communities"));
    ANA_TRY(ana_record_add_picture(record, "members", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "node", n, (const char *const *)sbm->node_names));
    for (size_t l = 0; l < sbm->hierarchy.n_levels; l++) {
        char name[32];
        name_level(l, name);
        project(sbm, l, group);
        ANA_TRY(ana_record_add_sizes(table, name, nodes, group, NULL));
    }
    for (size_t i = 0; i < n && sbm->n_samples > 0; i++) {
        const size_t g = sbm->hierarchy.group[0][i];
        certainty[i] = sbm->membership[i * sbm->hierarchy.n_groups[0] + g];
    }
    if (sbm->n_samples > 0) {
        ANA_TRY(ana_record_add_doubles(table, "certainty", nodes, certainty, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The parts of a description length, by name. */
typedef struct part {
    const char *name;
    size_t offset;
} part;

static const part parts[] = {
    {"total", offsetof(ana_sbm_length, total)},
    {"adjacency", offsetof(ana_sbm_length, adjacency)},
    {"partition", offsetof(ana_sbm_length, partition)},
    {"degrees", offsetof(ana_sbm_length, degrees)},
    {"layers", offsetof(ana_sbm_length, layers)},
    {"edges", offsetof(ana_sbm_length, edges)},
    {"weights", offsetof(ana_sbm_length, weights)},
    {"weight_prior", offsetof(ana_sbm_length, weight_prior)},
};
enum {
    N_PARTS = sizeof parts / sizeof parts[0]
};

static ana_status add_lengths(const ana_sbm *sbm, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    const size_t n_levels = sbm->hierarchy.n_levels;
    ANA_TRY(ana_record_add_group(record, "description_length", ANA_HINT_NONE, &group));
    for (size_t p = 0; p < N_PARTS; p++) {
        const char *field = (const char *)&sbm->length + parts[p].offset;
        double value = 0.0;
        memcpy(&value, field, sizeof value);
        ANA_TRY(ana_record_add_double(group, parts[p].name, value, "nat"));
    }
    ANA_TRY(ana_record_add_doubles(group, "levels", ana_shape_1(n_levels, "level"),
                                   sbm->level_lengths, "nat"));
    ANA_TRY(ana_record_add_double(group, "one_group", sbm->one_group, "nat"));
    ANA_TRY(ana_record_add_double(group, "other_degrees", sbm->other_degrees, "nat"));
    ANA_TRY(ana_record_add_double(group, "other_layering", sbm->other_layering, "nat"));
    ANA_TRY(ana_record_add_doubles(group, "weight_models",
                                   ana_shape_1(ANA_SBM_WEIGHTS_AUTO, "model"), sbm->weight_lengths,
                                   "nat"));
    ANA_TRY(ana_record_add_doubles(group, "restarts", ana_shape_1(sbm->n_restarts, "restart"),
                                   sbm->restart_lengths, "nat"));
    ANA_TRY(ana_record_add_int(group, "best_restart", (int64_t)sbm->best_restart, NULL));
done:
    return status;
}

static ana_status add_hierarchy(const ana_sbm *sbm, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    const ana_sbm_hierarchy *hierarchy = &sbm->hierarchy;
    ANA_TRY(ana_record_add_group(record, "hierarchy", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_sizes(group, "groups", ana_shape_1(hierarchy->n_levels, "level"),
                                 hierarchy->n_groups, NULL));
    for (size_t l = 0; l < hierarchy->n_levels; l++) {
        char name[32];
        const size_t n = l > 0 ? hierarchy->n_groups[l - 1] : sbm->n_nodes;
        name_level(l, name);
        ANA_TRY(ana_record_add_sizes(group, name, ana_shape_1(n, l > 0 ? "group" : "node"),
                                     hierarchy->group[l], NULL));
    }
done:
    return status;
}

static ana_status add_samples(const ana_sbm *sbm, ana_record *record)
{
    static const ana_picture_words words = {
        "How sure the groups are",
        "Share of sampled partitions in which two nodes are in one group; ordered by group.",
        "node", "node", "share"};
    ana_status status = ANA_OK;
    const size_t n_groups = sbm->hierarchy.n_groups[0];
    const ana_grouped_nodes nodes = nodes_of(sbm);
    ANA_TRY(ana_record_add_doubles(record, "membership",
                                   ana_shape_2(sbm->n_nodes, "node", n_groups, "group"),
                                   sbm->membership, NULL));
    ANA_TRY(ana_add_grouped_matrix(&nodes, &words, "similarity", sbm->similarity, record));
done:
    return status;
}

static ana_status add_figures(const ana_sbm *sbm, const ana_graph *graph, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_grouped_nodes nodes = nodes_of(sbm);
    if (graph != NULL) {
        ANA_TRY(ana_add_grouped_graph(&nodes, graph, sbm->column, record));
    }
    if (sbm->n_nodes <= MOST_IN_TREE && sbm->hierarchy.n_levels > 1) {
        ANA_TRY(add_tree(sbm, record));
    }
    ANA_TRY(add_table(sbm, record));
done:
    return status;
}

ana_status ana_sbm_to_record(const ana_sbm *sbm, const ana_graph *graph, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "communities"));
    ANA_TRY(ana_record_add_text(record, "title", "Communities"));
    ANA_TRY(ana_record_add_int(record, "groups", (int64_t)sbm->hierarchy.n_groups[0], NULL));
    ANA_TRY(ana_record_add_text(record, "weights", ana_sbm_weight_words[sbm->weights]));
    ANA_TRY(ana_record_add_int(record, "trials", (int64_t)sbm->n_trials, NULL));
    ANA_TRY(ana_record_add_int(record, "weight_column", (int64_t)sbm->column, NULL));
    ANA_TRY(ana_record_add_bool(record, "degree_corrected", sbm->corrected));
    ANA_TRY(ana_record_add_texts(record, "layers", sbm->n_layers,
                                 (const char *const *)sbm->layer_names));
    ANA_TRY(ana_record_add_bool(record, "independent_layers", sbm->independent));
    ANA_TRY(ana_record_add_int(record, "samples", (int64_t)sbm->n_samples, NULL));
    ANA_TRY(add_lengths(sbm, record));
    ANA_TRY(
        ana_record_add_texts(record, "nodes", sbm->n_nodes, (const char *const *)sbm->node_names));
    ANA_TRY(add_hierarchy(sbm, record));
    if (sbm->n_samples > 0) {
        ANA_TRY(add_samples(sbm, record));
    }
    ANA_TRY(add_figures(sbm, graph, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}

static ana_status read_labels(const ana_record *record, const char *path, size_t n, size_t below,
                              size_t **out)
{
    ana_status status = ANA_OK;
    ana_shape shape = ana_shape_1(n, NULL);
    const int64_t *ints = NULL;
    size_t *values = NULL;
    ANA_TRY(ana_record_get_ints(record, path, &shape, &ints));
    ANA_TRY(ana_allocate(shape.n[0], sizeof *values, "communities", &values));
    for (size_t i = 0; i < shape.n[0]; i++) {
        if (ints[i] < 0 || (uint64_t)ints[i] >= below) {
            ANA_TRY(ana_fail(ANA_ERR_FORMAT, "record: %s[%zu] is %lld; 0 to %zu is possible", path,
                             i, (long long)ints[i], below - 1));
        }
        values[i] = (size_t)ints[i];
    }
    *out = values;
    values = NULL;
done:
    free(values);
    return status;
}

static ana_status read_doubles(const ana_record *record, const char *path, size_t rows,
                               size_t columns, double **out)
{
    ana_status status = ANA_OK;
    const bool flat = columns == 0;
    ana_shape shape = flat ? ana_shape_1(rows, NULL) : ana_shape_2(rows, NULL, columns, NULL);
    const double *values = NULL;
    ANA_TRY(ana_record_get_doubles(record, path, &shape, &values));
    const size_t n = shape.n[0] * (flat ? 1 : shape.n[1]);
    ANA_TRY(ana_allocate(n, sizeof *values, "communities", out));
    memcpy(*out, values, n * sizeof *values);
done:
    return status;
}

static ana_status read_hierarchy(const ana_record *record, ana_sbm *sbm)
{
    ana_status status = ANA_OK;
    ana_sbm_hierarchy *hierarchy = &sbm->hierarchy;
    ana_shape shape = ana_shape_1(0, NULL);
    const int64_t *ints = NULL;
    ANA_TRY(ana_record_get_ints(record, "hierarchy/groups", &shape, &ints));
    if (shape.n[0] == 0 || shape.n[0] > ANA_SBM_MOST_LEVELS) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT,
                         "record: hierarchy/groups: %zu levels; 1 to %d are possible", shape.n[0],
                         ANA_SBM_MOST_LEVELS));
    }
    ANA_TRY(read_labels(record, "hierarchy/groups", shape.n[0], sbm->n_nodes + 1,
                        &hierarchy->n_groups));
    ANA_TRY(ana_allocate(shape.n[0], sizeof(size_t *), "communities", &hierarchy->group));
    hierarchy->n_levels = shape.n[0];
    for (size_t l = 0; l < hierarchy->n_levels; l++) {
        char path[48] = "hierarchy/";
        name_level(l, path + strlen(path));
        const size_t n = l > 0 ? hierarchy->n_groups[l - 1] : sbm->n_nodes;
        if (hierarchy->n_groups[l] == 0 || hierarchy->n_groups[l] > n) {
            ANA_TRY(ana_fail(ANA_ERR_FORMAT, "record: hierarchy/groups: %zu groups of %zu",
                             hierarchy->n_groups[l], n));
        }
        ANA_TRY(read_labels(record, path, n, hierarchy->n_groups[l], &hierarchy->group[l]));
    }
done:
    return status;
}

static ana_status read_lengths(const ana_record *record, ana_sbm *sbm)
{
    ana_status status = ANA_OK;
    ana_shape shape = ana_shape_1(0, NULL);
    ana_shape models = ana_shape_1(ANA_SBM_WEIGHTS_AUTO, NULL);
    const double *restarts = NULL;
    const double *lengths = NULL;
    const ana_record *group = ana_record_find(record, "description_length");
    if (group == NULL) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT, "record: description_length: there is none"));
    }
    for (size_t p = 0; p < N_PARTS; p++) {
        double value = 0.0;
        ANA_TRY(ana_record_get_double(group, parts[p].name, &value));
        memcpy((char *)&sbm->length + parts[p].offset, &value, sizeof value);
    }
    ANA_TRY(ana_record_get_double(group, "one_group", &sbm->one_group));
    ANA_TRY(ana_record_get_double(group, "other_degrees", &sbm->other_degrees));
    ANA_TRY(ana_record_get_double(group, "other_layering", &sbm->other_layering));
    ANA_TRY(ana_record_get_doubles(group, "weight_models", &models, &lengths));
    memcpy(sbm->weight_lengths, lengths, sizeof sbm->weight_lengths);
    ANA_TRY(ana_record_get_size(group, "best_restart", &sbm->best_restart));
    ANA_TRY(ana_record_get_doubles(group, "restarts", &shape, &restarts));
    sbm->n_restarts = shape.n[0];
    ANA_TRY(read_doubles(group, "restarts", sbm->n_restarts, 0, &sbm->restart_lengths));
    ANA_TRY(read_doubles(group, "levels", sbm->hierarchy.n_levels, 0, &sbm->level_lengths));
done:
    return status;
}

static ana_status read_model(const ana_record *record, ana_sbm *sbm)
{
    ana_status status = ANA_OK;
    const char *schema = NULL;
    const char *weights = NULL;
    const char *const *layers = NULL;
    size_t n_layers = 0;
    ANA_TRY(ana_record_get_text(record, "schema", &schema));
    if (strcmp(schema, "communities") != 0) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT, "record: schema is \"%s\", not \"communities\"", schema));
    }
    ANA_TRY(ana_record_get_text(record, "weights", &weights));
    for (size_t w = 0; strcmp(ana_sbm_weight_words[w], weights) != 0; w++) {
        if (w + 1 == ANA_SBM_WEIGHTS_AUTO) {
            ANA_TRY(
                ana_fail(ANA_ERR_FORMAT, "record: weights are \"%s\", which is unknown", weights));
        }
        sbm->weights = (ana_sbm_weights)(w + 1);
    }
    ANA_TRY(ana_record_get_size(record, "trials", &sbm->n_trials));
    ANA_TRY(ana_record_get_size(record, "weight_column", &sbm->column));
    ANA_TRY(ana_record_get_bool(record, "degree_corrected", &sbm->corrected));
    ANA_TRY(ana_record_get_bool(record, "independent_layers", &sbm->independent));
    ANA_TRY(ana_record_get_texts(record, "layers", &n_layers, &layers));
    ANA_TRY(ana_copy_texts(n_layers, layers, &sbm->layer_names));
    sbm->n_layers = n_layers;
    ANA_TRY(ana_record_get_size(record, "samples", &sbm->n_samples));
done:
    return status;
}

ana_status ana_sbm_from_record(const ana_record *record, ana_sbm **out)
{
    ana_status status = ANA_OK;
    ana_sbm *sbm = NULL;
    size_t n = 0;
    const char *const *names = NULL;
    ANA_TRY(ana_allocate(1, sizeof *sbm, "communities", &sbm));
    ANA_TRY(read_model(record, sbm));
    ANA_TRY(ana_record_get_texts(record, "nodes", &n, &names));
    ANA_TRY(ana_copy_texts(n, names, &sbm->node_names));
    sbm->n_nodes = n;
    if (n == 0) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT, "record: nodes: there are none"));
    }
    ANA_TRY(read_hierarchy(record, sbm));
    ANA_TRY(read_lengths(record, sbm));
    if (sbm->n_samples > 0) {
        ANA_TRY(
            read_doubles(record, "membership", n, sbm->hierarchy.n_groups[0], &sbm->membership));
        ANA_TRY(read_doubles(record, "similarity/values", n, n, &sbm->similarity));
    }
    *out = sbm;
    sbm = NULL;
done:
    ana_sbm_free(sbm);
    return status;
}
