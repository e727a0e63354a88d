/* Communities as a record, and back. */
#include "sbm_record.h"

#include "lists.h"
#include "memory.h"
#include "picture.h"
#include "record_read.h"
#include "sbm_state.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    ANA_TRY(ana_record_add_doubles(group, "restarts", ana_shape_1(sbm->n_restarts, "restart"),
                                   sbm->restart_lengths, "nat"));
    ANA_TRY(ana_record_add_int(group, "best_restart", (int64_t)sbm->best_restart, NULL));
done:
    return status;
}

/* What was tried when the weights were to choose their model; nothing when there was no choice. */
static ana_status add_weight_models(const ana_sbm *sbm, ana_record *record)
{
    static const ana_picture_words words = {
        "Models of the weights",
        "Description length that a short search came to with each model that the weights allow.",
        NULL, NULL, NULL};
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const char *models[ANA_SBM_WEIGHTS_AUTO];
    double nats[ANA_SBM_WEIGHTS_AUTO];
    size_t n = 0;
    for (size_t w = 0; w < ANA_SBM_WEIGHTS_AUTO; w++) {
        if (!isnan(sbm->weight_lengths[w])) {
            models[n] = ana_sbm_weight_words[w];
            nats[n++] = sbm->weight_lengths[w];
        }
    }
    if (n > 0) {
        ANA_TRY(ana_record_add_picture(record, "weight_models", ANA_HINT_TABLE, &words, &table));
        ANA_TRY(ana_record_add_texts(table, "model", n, models));
        ANA_TRY(ana_record_add_doubles(table, "description_length", ana_shape_1(n, "model"), nats,
                                       "nat"));
    }
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
        ana_sbm_name_level(l, name);
        ANA_TRY(ana_record_add_sizes(group, name, ana_shape_1(n, l > 0 ? "group" : "node"),
                                     hierarchy->group[l], NULL));
    }
done:
    return status;
}

static ana_status add_samples(const ana_sbm *sbm, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_sbm_hierarchy *hierarchy = &sbm->hierarchy;
    const size_t n = sbm->n_nodes;
    ANA_TRY(ana_record_add_doubles(record, "membership",
                                   ana_shape_2(n, "node", hierarchy->n_groups[0], "group"),
                                   sbm->membership, NULL));
    ANA_TRY(ana_record_add_doubles(record, "certainty",
                                   ana_shape_2(hierarchy->n_levels, "level", n, "node"),
                                   sbm->certainty, NULL));
    ANA_TRY(ana_record_add_sizes(record, "sample_groups", ana_shape_1(sbm->n_samples, "sample"),
                                 sbm->sample_groups, NULL));
done:
    return status;
}

ana_status ana_sbm_layers_to_record(const ana_sbm *sbm, const ana_sbm_layers *layers,
                                    ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "communities"));
    ANA_TRY(ana_record_add_text(record, "title", "Communities"));
    ANA_TRY(ana_record_add_int(record, "groups", (int64_t)sbm->hierarchy.n_groups[0], NULL));
    ANA_TRY(ana_record_add_text(record, "weights", ana_sbm_weight_words[sbm->weights]));
    if (sbm->weights == ANA_SBM_BINOMIAL) {
        ANA_TRY(ana_record_add_int(record, "trials", (int64_t)sbm->n_trials, NULL));
    }
    ANA_TRY(ana_record_add_int(record, "weight_column", (int64_t)sbm->weight_index, NULL));
    ANA_TRY(ana_record_add_bool(record, "degree_corrected", sbm->corrected));
    ANA_TRY(ana_record_add_texts(record, "layers", sbm->n_layers,
                                 (const char *const *)sbm->layer_names));
    ANA_TRY(ana_record_add_bool(record, "independent_layers", sbm->independent));
    ANA_TRY(ana_record_add_int(record, "samples", (int64_t)sbm->n_samples, NULL));
    ANA_TRY(add_lengths(sbm, record));
    ANA_TRY(add_weight_models(sbm, record));
    ANA_TRY(
        ana_record_add_texts(record, "nodes", sbm->n_nodes, (const char *const *)sbm->node_names));
    ANA_TRY(add_hierarchy(sbm, record));
    if (sbm->n_samples > 0) {
        ANA_TRY(add_samples(sbm, record));
    }
    ANA_TRY(ana_sbm_add_figures(sbm, layers, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}

ana_status ana_sbm_to_record(const ana_sbm *sbm, const ana_graph *graph, ana_record **out)
{
    const ana_sbm_layers layers = {.n = 1, .graphs = &graph};
    return ana_sbm_layers_to_record(sbm, graph != NULL ? &layers : NULL, out);
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
        ana_sbm_name_level(l, path + strlen(path));
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
    const double *restarts = NULL;
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
    ANA_TRY(ana_record_get_size(group, "best_restart", &sbm->best_restart));
    ANA_TRY(ana_record_get_doubles(group, "restarts", &shape, &restarts));
    sbm->n_restarts = shape.n[0];
    ANA_TRY(ana_record_copy_doubles(group, "restarts", ana_shape_1(sbm->n_restarts, NULL),
                                    &sbm->restart_lengths));
    ANA_TRY(ana_record_copy_doubles(group, "levels", ana_shape_1(sbm->hierarchy.n_levels, NULL),
                                    &sbm->level_lengths));
done:
    return status;
}

static ana_status read_weight_word(const char *word, ana_sbm_weights *out)
{
    for (size_t w = 0; w < ANA_SBM_WEIGHTS_AUTO; w++) {
        if (strcmp(ana_sbm_weight_words[w], word) == 0) {
            *out = (ana_sbm_weights)w;
            return ANA_OK;
        }
    }
    return ana_fail(ANA_ERR_FORMAT, "record: weights are \"%s\", which is unknown", word);
}

static ana_status read_weight_models(const ana_record *record, ana_sbm *sbm)
{
    ana_status status = ANA_OK;
    size_t n = 0;
    const char *const *models = NULL;
    const double *nats = NULL;
    for (size_t w = 0; w < ANA_SBM_WEIGHTS_AUTO; w++) {
        sbm->weight_lengths[w] = (double)NAN;
    }
    if (ana_record_find(record, "weight_models") == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_record_get_texts(record, "weight_models/model", &n, &models));
    ana_shape shape = ana_shape_1(n, NULL);
    ANA_TRY(ana_record_get_doubles(record, "weight_models/description_length", &shape, &nats));
    for (size_t i = 0; i < n; i++) {
        ana_sbm_weights model = ANA_SBM_UNWEIGHTED;
        ANA_TRY(read_weight_word(models[i], &model));
        sbm->weight_lengths[model] = nats[i];
    }
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
    ANA_TRY(read_weight_word(weights, &sbm->weights));
    if (sbm->weights == ANA_SBM_BINOMIAL) {
        ANA_TRY(ana_record_get_size(record, "trials", &sbm->n_trials));
    }
    ANA_TRY(ana_record_get_size(record, "weight_column", &sbm->weight_index));
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
    ANA_TRY(read_weight_models(record, sbm));
    if (sbm->n_samples > 0) {
        ANA_TRY(ana_record_copy_doubles(record, "membership",
                                        ana_shape_2(n, NULL, sbm->hierarchy.n_groups[0], NULL),
                                        &sbm->membership));
        ANA_TRY(ana_record_copy_doubles(record, "similarity/values", ana_shape_2(n, NULL, n, NULL),
                                        &sbm->similarity));
        ANA_TRY(ana_record_copy_doubles(record, "certainty",
                                        ana_shape_2(sbm->hierarchy.n_levels, NULL, n, NULL),
                                        &sbm->certainty));
        ANA_TRY(read_labels(record, "sample_groups", sbm->n_samples, n + 1, &sbm->sample_groups));
    }
    *out = sbm;
    sbm = NULL;
done:
    ana_sbm_free(sbm);
    return status;
}
