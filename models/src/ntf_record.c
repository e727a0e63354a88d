/* A factorisation as a record and back, with its figures. */
#include "lists.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/ntf.h>

#include <stdio.h>
#include <string.h>

enum {
    NAME_SIZE = 32,
    MOST_DRAWN = 400 /* neurons of a motif's picture */
};

/* What a factorisation is called along its modes. */
typedef struct names {
    const ana_ntf_axes *axes;
    char numbers[ANA_TENSOR_MAX_MODES][NAME_SIZE];
} names;

static const char *mode_name(names *self, size_t mode)
{
    if (self->axes != NULL && self->axes->names[mode] != NULL) {
        return self->axes->names[mode];
    }
    (void)snprintf(self->numbers[mode], NAME_SIZE, "mode %zu", mode);
    return self->numbers[mode];
}

static ana_status add_texts(ana_record *figure, const char *title, const char *caption,
                            const char *x, const char *y)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_record_add_text(figure, "title", title));
    ANA_TRY(ana_record_add_text(figure, "caption", caption));
    if (x != NULL) {
        ANA_TRY(ana_record_add_text(figure, "x_title", x));
        ANA_TRY(ana_record_add_text(figure, "y_title", y));
    }
done:
    return status;
}

static ana_status add_time_figure(const ana_ntf *ntf, const ana_ntf_axes *axes, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const char *const *components = NULL;
    const size_t n_times = ntf->length[ntf->time_mode];
    const double dt = axes != NULL && axes->dt_s > 0.0 ? axes->dt_s : 1.0;
    const bool timed = axes != NULL && axes->dt_s > 0.0;
    double *x = ana_workspace_doubles(&workspace, n_times, 1);
    double *y = ana_workspace_doubles(&workspace, ntf->rank, n_times);
    components = ana_numbered_texts(&workspace, "component", ntf->rank);
    ANA_TRY(ana_workspace_check(&workspace, "ntf record"));
    for (size_t t = 0; t < n_times; t++) {
        x[t] = (double)t * dt;
        for (size_t r = 0; r < ntf->rank; r++) {
            y[r * n_times + t] = ntf->factors[ntf->time_mode][t * ntf->rank + r] * ntf->weights[r];
        }
    }
    ANA_TRY(ana_record_add_group(record, "time_factors", ANA_HINT_LINE, &figure));
    ANA_TRY(add_texts(figure, "When each component is active",
                      "Factor of time of each component, times its weight.", "time", "activity"));
    ANA_TRY(
        ana_record_add_doubles(figure, "x", ana_shape_1(n_times, "time"), x, timed ? "s" : NULL));
    ANA_TRY(ana_record_add_doubles(figure, "y",
                                   ana_shape_2(ntf->rank, "component", n_times, "time"), y, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", ntf->rank, components));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The neurons of a tensor's motifs; 0: it has none. */
static size_t n_neurons_of(const ana_ntf *ntf, const ana_ntf_axes *axes)
{
    if (ntf->n_modes != 3 || ntf->time_mode != 2) {
        return 0;
    }
    if (axes != NULL && axes->n_neurons > 0) {
        return ana_affinity_n_pairs(axes->n_neurons) == ntf->length[1] ? axes->n_neurons : 0;
    }
    return ntf->length[0] == ntf->length[1] ? ntf->length[0] : 0;
}

/* Who is active together: u v' of one component, made symmetric, or its pairs. */
static void motif_values(const ana_ntf *ntf, bool of_pairs, size_t n, size_t r, double *values)
{
    const double *u = ntf->factors[0] + r;
    const double *v = ntf->factors[1] + r;
    const size_t rank = ntf->rank;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i; j < n; j++) {
            double value = 0.0;
            if (!of_pairs) {
                value = 0.5 * (u[i * rank] * v[j * rank] + u[j * rank] * v[i * rank]);
            } else if (i != j) {
                value = v[ana_affinity_pair(n, i, j) * rank];
            }
            values[i * n + j] = ntf->weights[r] * value;
            values[j * n + i] = values[i * n + j];
        }
    }
}

static ana_status add_motif(const ana_ntf *ntf, const ana_ntf_axes *axes, size_t r,
                            ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    char name[NAME_SIZE];
    char title[NAME_SIZE];
    const size_t n = n_neurons_of(ntf, axes);
    const bool of_pairs = axes != NULL && axes->n_neurons > 0;
    const char *const *labels = axes == NULL ? NULL : of_pairs ? axes->neurons : axes->labels[0];
    double *values = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "ntf record"));
    motif_values(ntf, of_pairs, n, r, values);
    (void)snprintf(name, sizeof name, "motif_%zu", r + 1);
    (void)snprintf(title, sizeof title, "Motif %zu", r + 1);
    ANA_TRY(ana_record_add_group(record, name, ANA_HINT_HEAT_MAP, &figure));
    ANA_TRY(add_texts(figure, title,
                      "Affinity of each pair of neurons in this component, times its weight.", NULL,
                      NULL));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "neuron", n, "neuron"), values,
                                   NULL));
    if (labels != NULL) {
        ANA_TRY(ana_record_add_texts(figure, "row_labels", n, labels));
        ANA_TRY(ana_record_add_texts(figure, "column_labels", n, labels));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* How much of each component is in each animal. */
static ana_status add_animals(const ana_ntf *ntf, const ana_ntf_axes *axes,
                              const char *const *components, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    ANA_TRY(ana_record_add_group(record, "animal_weights", ANA_HINT_HEAT_MAP, &figure));
    ANA_TRY(add_texts(figure, "Weights of the animals",
                      "Factor of the animals (rows) in each component (columns).", "component",
                      "animal"));
    ANA_TRY(ana_record_add_doubles(figure, "values",
                                   ana_shape_2(ntf->length[0], "animal", ntf->rank, "component"),
                                   ntf->factors[0], NULL));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", ntf->rank, components));
    if (axes->labels[0] != NULL) {
        ANA_TRY(ana_record_add_texts(figure, "row_labels", ntf->length[0], axes->labels[0]));
    }
done:
    return status;
}

static ana_status add_bars(ana_record *record, const char *name, size_t n, const double *values,
                           const char *const *labels, ana_record **figure)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_record_add_group(record, name, ANA_HINT_BARS, figure));
    ANA_TRY(ana_record_add_doubles(*figure, "values", ana_shape_1(n, NULL), values, NULL));
    if (labels != NULL) {
        ANA_TRY(ana_record_add_texts(*figure, "labels", n, labels));
    }
done:
    return status;
}

static ana_status add_figures(const ana_ntf *ntf, const ana_ntf_axes *axes, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const char *const *components = NULL;
    const size_t n_neurons = n_neurons_of(ntf, axes);
    components = ana_numbered_texts(&workspace, "component", ntf->rank);
    ANA_TRY(ana_workspace_check(&workspace, "ntf record"));
    ANA_TRY(add_bars(record, "component_weights", ntf->rank, ntf->weights, components, &figure));
    ANA_TRY(add_texts(figure, "Weights of the components",
                      "Size of each component; its factors have norm 1.", "component", "weight"));
    ANA_TRY(add_time_figure(ntf, axes, record));
    if (axes != NULL && axes->n_neurons > 0) {
        ANA_TRY(add_animals(ntf, axes, components, record));
    }
    for (size_t r = 0; n_neurons > 0 && n_neurons <= MOST_DRAWN && r < ntf->rank; r++) {
        ANA_TRY(add_motif(ntf, axes, r, record));
    }
    if (ntf->similarity != NULL && ntf->info.n_restarts > 1) {
        ANA_TRY(add_bars(record, "restart_similarity", ntf->info.n_restarts, ntf->similarity, NULL,
                         &figure));
        ANA_TRY(add_texts(figure, "Similarity of the restarts",
                          "Mean congruence of each restart's components with the best's.",
                          "restart", "similarity"));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static const char *word_of(const char *option, size_t choice)
{
    return ana_option_find(ana_ntf_option_table, option)->choices[choice];
}

/* As ana_fit_info_to_record, whose objective is a likelihood; ours is a share. */
static ana_status add_fit(const ana_ntf *ntf, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *fit = NULL;
    ana_record *trace = NULL;
    const ana_fit_info *info = &ntf->info;
    ANA_TRY(ana_record_add_group(record, "fit", ANA_HINT_NONE, &fit));
    ANA_TRY(ana_record_add_text(fit, "method", word_of("method", ntf->method)));
    ANA_TRY(ana_record_add_text(fit, "loss", word_of("loss", ntf->loss)));
    ANA_TRY(ana_record_add_double(fit, "beta", ntf->beta, NULL));
    ANA_TRY(ana_record_add_bool(fit, "converged", info->converged));
    ANA_TRY(ana_record_add_int(fit, "iterations", (int64_t)info->n_iterations, NULL));
    ANA_TRY(ana_record_add_double(fit, "objective", info->objective, NULL));
    ANA_TRY(ana_record_add_int(fit, "best_restart", (int64_t)info->best_restart, NULL));
    ANA_TRY(ana_record_add_doubles(fit, "restart_objective",
                                   ana_shape_1(info->n_restarts, "restart"),
                                   info->restart_objective, NULL));
    ANA_TRY(ana_record_add_group(fit, "objective_trace", ANA_HINT_LINE, &trace));
    ANA_TRY(
        add_texts(trace, "Objective over the iterations",
                  ntf->loss == ANA_NTF_FROBENIUS
                      ? "Share of the tensor's squares that is explained, less the penalties, "
                        "before each iteration of the best restart and after its last."
                      : "Share of the divergence of the tensor from its mean that is explained, "
                        "less the penalties, before each iteration of the best restart and "
                        "after its last.",
                  "iteration", "objective"));
    ANA_TRY(ana_record_add_doubles(trace, "y", ana_shape_1(info->n_trace, "iteration"), info->trace,
                                   NULL));
done:
    return status;
}

/* "mode_0", ...: factors with their names and labels. */
static ana_status add_mode(const ana_ntf *ntf, names *named, size_t mode, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    char name[NAME_SIZE];
    const ana_ntf_axes *axes = named->axes;
    const char *axis = mode_name(named, mode);
    (void)snprintf(name, sizeof name, "mode_%zu", mode);
    ANA_TRY(ana_record_add_group(record, name, ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_text(group, "name", axis));
    ANA_TRY(ana_record_add_doubles(group, "factor",
                                   ana_shape_2(ntf->length[mode], axis, ntf->rank, "component"),
                                   ntf->factors[mode], NULL));
    if (axes != NULL && axes->labels[mode] != NULL) {
        ANA_TRY(ana_record_add_texts(group, "labels", ntf->length[mode], axes->labels[mode]));
    }
done:
    return status;
}

ana_status ana_ntf_to_record(const ana_ntf *ntf, const ana_ntf_axes *axes, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    names named = {.axes = axes};
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "ntf"));
    ANA_TRY(ana_record_add_text(record, "title", "Non-negative factors of the tensor"));
    ANA_TRY(ana_record_add_int(record, "n_modes", (int64_t)ntf->n_modes, NULL));
    ANA_TRY(ana_record_add_int(record, "rank", (int64_t)ntf->rank, NULL));
    ANA_TRY(ana_record_add_int(record, "time_mode", (int64_t)ntf->time_mode, NULL));
    ANA_TRY(ana_record_add_double(record, "relative_error", ntf->relative_error, NULL));
    ANA_TRY(ana_record_add_int(record, "n_reseeded", (int64_t)ntf->n_reseeded, NULL));
    ANA_TRY(ana_record_add_doubles(record, "weights", ana_shape_1(ntf->rank, "component"),
                                   ntf->weights, NULL));
    for (size_t m = 0; m < ntf->n_modes; m++) {
        ANA_TRY(add_mode(ntf, &named, m, record));
    }
    if (axes != NULL && axes->dt_s > 0.0) {
        ANA_TRY(ana_record_add_double(record, "bin", axes->dt_s, "s"));
    }
    if (ntf->info.n_restarts > 0) {
        ANA_TRY(add_fit(ntf, record));
        ANA_TRY(ana_record_add_doubles(record, "similarity",
                                       ana_shape_1(ntf->info.n_restarts, "restart"),
                                       ntf->similarity, NULL));
    }
    ANA_TRY(add_figures(ntf, axes, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}

static ana_status refuse(const char *what)
{
    return ana_fail(ANA_ERR_FORMAT, "record: %s, which no factorisation has", what);
}

static ana_status read_factors(const ana_record *record, size_t n_modes, size_t rank,
                               const double **factors, size_t *lengths)
{
    ana_status status = ANA_OK;
    char path[NAME_SIZE];
    for (size_t m = 0; m < n_modes; m++) {
        ana_shape shape = ana_shape_2(0, NULL, rank, NULL);
        (void)snprintf(path, sizeof path, "mode_%zu/factor", m);
        ANA_TRY(ana_record_get_doubles(record, path, &shape, &factors[m]));
        lengths[m] = shape.n[0];
    }
done:
    return status;
}

/* By what it was fitted, in the words of the options. */
static ana_status read_loss(const ana_record *fit, ana_ntf *ntf)
{
    static const char *const chosen[] = {"method", "loss"};
    ana_status status = ANA_OK;
    ana_ntf_options options = ana_ntf_options_default();
    for (size_t i = 0; i < sizeof chosen / sizeof chosen[0]; i++) {
        const char *word = NULL;
        ANA_TRY(ana_record_get_text(fit, chosen[i], &word));
        if (ana_option_set(ana_option_find(ana_ntf_option_table, chosen[i]), &options, word) !=
            ANA_OK) {
            ANA_TRY(refuse("fit: that method or loss"));
        }
    }
    ntf->method = options.method;
    ntf->loss = options.loss;
    ANA_TRY(ana_record_get_double(fit, "beta", &ntf->beta));
done:
    return status;
}

/* How the fit went; a model made by hand has none. */
static ana_status read_info(const ana_record *record, ana_ntf *ntf)
{
    ana_status status = ANA_OK;
    const double *similarity = NULL;
    const ana_record *fit = ana_record_find(record, "fit");
    if (fit == NULL) {
        return ANA_OK;
    }
    ANA_TRY(read_loss(fit, ntf));
    ANA_TRY(ana_fit_info_from_record(fit, &ntf->info));
    if (ntf->info.n_restarts == 0) {
        ANA_TRY(refuse("fit: no restarts"));
    }
    ana_shape shape = ana_shape_1(ntf->info.n_restarts, NULL);
    ANA_TRY(ana_record_get_doubles(record, "similarity", &shape, &similarity));
    ANA_TRY(ana_allocate(ntf->info.n_restarts, sizeof *similarity, "ntf", &ntf->similarity));
    for (size_t k = 0; k < ntf->info.n_restarts; k++) {
        ntf->similarity[k] = similarity[k];
    }
done:
    return status;
}

ana_status ana_ntf_from_record(const ana_record *record, ana_ntf **out)
{
    ana_status status = ANA_OK;
    ana_ntf *ntf = NULL;
    const char *schema = NULL;
    const double *factors[ANA_TENSOR_MAX_MODES] = {NULL};
    const double *weights = NULL;
    size_t lengths[ANA_TENSOR_MAX_MODES] = {0};
    size_t n_modes = 0;
    size_t time_mode = 0;
    ana_shape shape = ana_shape_1(0, NULL);
    ANA_TRY(ana_record_get_text(record, "schema", &schema));
    ANA_TRY(ana_record_get_size(record, "n_modes", &n_modes));
    ANA_TRY(ana_record_get_size(record, "time_mode", &time_mode));
    ANA_TRY(ana_record_get_doubles(record, "weights", &shape, &weights));
    if (strcmp(schema, "ntf") != 0 || n_modes < 2 || n_modes > ANA_TENSOR_MAX_MODES ||
        time_mode >= n_modes || shape.n[0] == 0) {
        ANA_TRY(refuse("schema, n_modes, time_mode or weights"));
    }
    ANA_TRY(read_factors(record, n_modes, shape.n[0], factors, lengths));
    ANA_TRY(ana_ntf_new(n_modes, lengths, shape.n[0], &ntf));
    ntf->time_mode = time_mode;
    memcpy(ntf->weights, weights, ntf->rank * sizeof *weights);
    for (size_t m = 0; m < n_modes; m++) {
        memcpy(ntf->factors[m], factors[m], lengths[m] * ntf->rank * sizeof(double));
    }
    ANA_TRY(ana_record_get_double(record, "relative_error", &ntf->relative_error));
    ANA_TRY(ana_record_get_size(record, "n_reseeded", &ntf->n_reseeded));
    ANA_TRY(read_info(record, ntf));
    *out = ntf;
    ntf = NULL;
done:
    ana_ntf_free(ntf);
    return status;
}
