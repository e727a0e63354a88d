/* A GLM-HMM as a record, and back. */
#include "glm_hmm_figures.h"
#include "glm_hmm_model.h"
#include "lists.h"
#include "memory.h"
#include "record_read.h"
#include "state_inputs.h"
#include "state_names.h"
#include "try.h"

#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <string.h>

static const char *const prior_names[] = {"free", "gaussian", "one-hot", NULL};
static const char *const share_names[] = {"none", "intercept", NULL};
static const char *const coupling_names[] = {"none", "self", "full", "mask", NULL};

static ana_shape shape_3(size_t a, const char *first, size_t b, const char *second, size_t c,
                         const char *third)
{
    ana_shape shape = {.n_axes = 3, .n = {a, b, c}, .axis_names = {first, second, third}};
    return shape;
}

static ana_status add_edges(const ana_glm_hmm *model, ana_record *group)
{
    ana_status status = ANA_OK;
    const ana_shape edge =
        shape_3(model->n_units, "to", model->n_sources, "from", ANA_EDGE_SIGNS, "sign");
    const ana_shape own = {.n_axes = 4,
                           .n = {model->n_states, model->n_units, model->n_sources, ANA_EDGE_SIGNS},
                           .axis_names = {"state", "to", "from", "sign"}};
    const char *const signs[] = {"inhibitory", "none", "excitatory"};
    const size_t n_functions = model->basis != NULL ? model->basis->n_functions : 0;
    ANA_TRY(ana_record_add_texts(group, "signs", ANA_EDGE_SIGNS, signs));
    ANA_TRY(ana_record_add_doubles(group, "edge", edge, model->edge, NULL));
    ANA_TRY(ana_record_add_doubles(group, "state_edge", own, model->state_edge, NULL));
    ANA_TRY(ana_record_add_doubles(
        group, "kernel",
        shape_3(model->n_units, "to", model->n_sources, "from", n_functions, "function"),
        model->kernel, NULL));
done:
    return status;
}

static ana_status add_names(const ana_glm_hmm *model, ana_record *group)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_record_add_text(group, "distribution",
                                ana_glm_distribution_names[model->family.distribution]));
    ANA_TRY(ana_record_add_text(group, "link", ana_glm_link_names[model->family.link]));
    ANA_TRY(ana_record_add_double(group, "dispersion", model->family.dispersion, NULL));
    ANA_TRY(ana_record_add_int(group, "classes", (int64_t)model->n_classes, NULL));
    ANA_TRY(ana_record_add_text(group, "lapses", ana_glm_lapse_names[model->lapse_kind]));
    ANA_TRY(ana_record_add_text(group, "share", share_names[model->share]));
    ANA_TRY(ana_record_add_text(group, "coupling", coupling_names[model->coupling]));
    ANA_TRY(ana_record_add_text(group, "prior", prior_names[model->prior]));
    ANA_TRY(ana_record_add_bool(group, "intercept", model->has_intercept));
    ANA_TRY(ana_record_add_texts(group, "units", model->n_units,
                                 (const char *const *)model->unit_names));
    ANA_TRY(ana_record_add_texts(group, "columns", model->n_columns,
                                 (const char *const *)model->column_names));
done:
    return status;
}

static ana_status add_lapses(const ana_glm_hmm *model, ana_record *group)
{
    ana_status status = ANA_OK;
    const ana_shape shape = shape_3(model->n_states, "state", model->n_responses, "response",
                                    model->n_classes, "class");
    if (model->lapse != NULL) {
        ANA_TRY(ana_record_add_doubles(group, "lapse", shape, model->lapse, NULL));
        ANA_TRY(ana_record_add_doubles(group, "lapse_errors", shape, model->lapse_errors, NULL));
    }
done:
    return status;
}

static ana_status add_inputs(const ana_glm_hmm *model, ana_record *record, ana_record *group)
{
    ana_workspace workspace = {0};
    const ana_state_inputs inputs = {model->n_states, model->n_inputs, model->input_weights,
                                     model->input_errors, model->input_names};
    const char *const *states = ana_state_names(&workspace, model->n_states);
    ana_status status = ana_workspace_check(&workspace, "glm-hmm record");
    if (status == ANA_OK) {
        status = ana_state_inputs_to_record(&inputs, states, record, group);
    }
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_parameters(const ana_glm_hmm *model, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    const size_t k = model->n_states;
    ANA_TRY(ana_record_add_group(record, "parameters", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_double(group, "bin", model->bin_s, "s"));
    ANA_TRY(add_names(model, group));
    ANA_TRY(ana_record_add_int(group, "sources", (int64_t)model->n_sources, NULL));
    ANA_TRY(ana_record_add_double(group, "sigma", model->sigma, NULL));
    ANA_TRY(
        ana_record_add_doubles(group, "initial", ana_shape_1(k, "state"), model->initial, NULL));
    ANA_TRY(ana_record_add_doubles(group, "transition", ana_shape_2(k, "from", k, "to"),
                                   model->transition, NULL));
    ANA_TRY(ana_record_add_doubles(
        group, "coefficients",
        shape_3(k, "state", model->n_units, "unit", model->n_columns, "column"),
        model->coefficients, NULL));
    ANA_TRY(ana_record_add_doubles(
        group, "standard_errors",
        shape_3(k, "state", model->n_units, "unit", model->n_columns, "column"),
        model->standard_errors, NULL));
    if (model->centre != NULL) {
        ANA_TRY(ana_record_add_doubles(
            group, "centre", ana_shape_2(model->n_units, "unit", model->n_columns, "column"),
            model->centre, NULL));
    }
    if (model->edge != NULL) {
        ANA_TRY(add_edges(model, group));
    }
    ANA_TRY(add_lapses(model, group));
    ANA_TRY(add_inputs(model, record, group));
    if (model->basis != NULL) {
        ANA_TRY(ana_record_add_doubles(
            group, "basis",
            ana_shape_2(model->basis->n_lags, "lag", model->basis->n_functions, "function"),
            model->basis->values, NULL));
    }
done:
    return status;
}

/* What responses that were scored are called. */
static const char *observed_name(const ana_glm_hmm *model)
{
    const ana_glm_distribution distribution = model->family.distribution;
    return distribution == ANA_GLM_POISSON || distribution == ANA_GLM_NEGATIVE_BINOMIAL
               ? "observed_counts"
               : "observations";
}

static ana_status add_scores(const ana_glm_hmm *model, ana_record *record)
{
    ana_status status = ANA_OK;
    const double k = ana_glm_hmm_n_parameters(model);
    const double rows = (double)model->n_rows;
    ANA_TRY(ana_record_add_int(record, "states", (int64_t)model->n_states, NULL));
    ANA_TRY(ana_record_add_int(record, "rows", (int64_t)model->n_rows, NULL));
    ANA_TRY(ana_record_add_int(record, observed_name(model), (int64_t)model->n_observed, NULL));
    ANA_TRY(ana_record_add_int(record, "free_coefficients", (int64_t)model->n_free, NULL));
    ANA_TRY(ana_record_add_double(record, "log_likelihood", model->log_likelihood, "nat"));
    ANA_TRY(ana_record_add_double(record, "log_likelihood_per_bin", model->log_likelihood / rows,
                                  "nat"));
    ANA_TRY(
        ana_record_add_double(record, "bic", k * log(rows) - 2.0 * model->log_likelihood, "nat"));
    ANA_TRY(ana_record_add_double(record, "aic", 2.0 * k - 2.0 * model->log_likelihood, "nat"));
done:
    return status;
}

/* Units with something to say, as a table. */
static ana_status add_flags(const ana_glm_hmm *model, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *flags = ana_workspace_sizes(&workspace, model->n_units, 1);
    ANA_TRY(ana_workspace_check(&workspace, "glm-hmm record"));
    for (size_t n = 0; n < model->n_units; n++) {
        flags[n] = model->flags[n];
    }
    ANA_TRY(
        ana_record_add_sizes(record, "flags", ana_shape_1(model->n_units, "unit"), flags, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_glm_hmm_to_record(const ana_glm_hmm *model, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "glm-hmm"));
    ANA_TRY(
        ana_record_add_text(record, "title",
                            model->n_responses > 0 && model->basis == NULL
                                ? "States of choices"
                                : "States of a population of coupled generalised linear models"));
    ANA_TRY(add_scores(model, record));
    ANA_TRY(ana_glm_hmm_add_figures(model, record));
    ANA_TRY(ana_fit_info_to_record(&model->info, record, "fit"));
    ANA_TRY(add_parameters(model, record));
    ANA_TRY(add_flags(model, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}

/* What makes choices of the responses, and the family as a whole. */
static ana_status read_choices(const ana_record *record, ana_glm_hmm *model)
{
    ana_status status = ANA_OK;
    size_t word = 0;
    size_t classes = 0;
    ANA_TRY(ana_record_get_size(record, "parameters/classes", &classes));
    ANA_TRY(ana_record_get_word(record, "parameters/lapses", ana_glm_lapse_names, &word));
    model->lapse_kind = (ana_glm_lapse)word;
    ANA_TRY(ana_record_get_word(record, "parameters/share", share_names, &word));
    model->share = (ana_glm_hmm_shared)word;
    if (model->family.distribution == ANA_GLM_CATEGORICAL) {
        model->family.n_classes = classes;
    }
    ANA_TRY(ana_glm_family_check(&model->family));
    if (model->family.distribution == ANA_GLM_CATEGORICAL ||
        model->family.distribution == ANA_GLM_BERNOULLI) {
        const ana_glm_choice all = ana_glm_choice_of(&model->family, model->n_units);
        model->n_classes = all.n_classes;
        model->n_responses = all.n_responses;
    }
    if (model->n_units != model->n_responses * (model->n_classes - 1) && model->n_classes > 0) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT,
                         "record: parameters: %zu units are no choices of %zu "
                         "classes",
                         model->n_units, model->n_classes));
    }
    if (model->lapse_kind != ANA_GLM_LAPSE_NONE && model->n_classes == 0) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT, "record: parameters: lapses without choices"));
    }
done:
    return status;
}

static ana_status read_names(const ana_record *record, ana_glm_hmm *model)
{
    ana_status status = ANA_OK;
    const char *const *texts = NULL;
    size_t word = 0;
    size_t n = 0;
    ANA_TRY(
        ana_record_get_word(record, "parameters/distribution", ana_glm_distribution_names, &word));
    model->family.distribution = (ana_glm_distribution)word;
    ANA_TRY(ana_record_get_word(record, "parameters/link", ana_glm_link_names, &word));
    model->family.link = (ana_glm_link)word;
    ANA_TRY(ana_record_get_double(record, "parameters/dispersion", &model->family.dispersion));
    ANA_TRY(ana_record_get_word(record, "parameters/coupling", coupling_names, &word));
    model->coupling = (ana_coupling)word;
    ANA_TRY(ana_record_get_word(record, "parameters/prior", prior_names, &word));
    model->prior = (ana_glm_hmm_prior)word;
    ANA_TRY(read_choices(record, model));
    ANA_TRY(ana_record_get_bool(record, "parameters/intercept", &model->has_intercept));
    n = model->n_units;
    ANA_TRY(ana_record_get_texts(record, "parameters/units", &n, &texts));
    ANA_TRY(ana_copy_texts(n, texts, &model->unit_names));
    n = model->n_columns;
    ANA_TRY(ana_record_get_texts(record, "parameters/columns", &n, &texts));
    ANA_TRY(ana_copy_texts(n, texts, &model->column_names));
done:
    return status;
}

static ana_status read_array(const ana_record *record, const char *path, ana_shape shape,
                             double *out)
{
    const double *values = NULL;
    ana_status status = ana_record_get_doubles(record, path, &shape, &values);
    size_t n = 1;
    for (size_t a = 0; a < shape.n_axes; a++) {
        n *= shape.n[a];
    }
    if (status == ANA_OK) {
        memcpy(out, values, n * sizeof *out);
    }
    return status;
}

static ana_status read_basis(const ana_record *record, ana_glm_hmm *model)
{
    ana_status status = ANA_OK;
    const double *values = NULL;
    ana_shape shape = ana_shape_2(0, NULL, 0, NULL);
    ANA_TRY(ana_record_get_size(record, "parameters/sources", &model->n_sources));
    if (model->n_sources > 0) {
        ANA_TRY(ana_record_get_doubles(record, "parameters/basis", &shape, &values));
        ANA_TRY(ana_basis_custom(shape.n[0], shape.n[1], values, &model->basis));
    }
    const size_t columns = model->n_sources * shape.n[1] + (model->has_intercept ? 1 : 0);
    if (model->n_sources > model->n_columns || columns > model->n_columns ||
        (model->prior == ANA_GLM_HMM_ONE_HOT && model->n_sources == 0)) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT,
                         "record: parameters: %zu sources of %zu functions do not fit %zu columns",
                         model->n_sources, shape.n[1], model->n_columns));
    }
done:
    return status;
}

static ana_status read_inputs(const ana_record *record, ana_glm_hmm *model)
{
    ana_state_inputs inputs = {.n_states = model->n_states};
    ana_status status = ana_state_inputs_from_record(record, &inputs);
    model->n_inputs = inputs.n_inputs;
    model->input_weights = inputs.weights;
    model->input_errors = inputs.errors;
    model->input_names = inputs.names;
    return status;
}

static ana_status read_arrays(const ana_record *record, ana_glm_hmm *model)
{
    ana_status status = ANA_OK;
    const size_t k = model->n_states;
    const size_t n = model->n_units;
    const size_t m = model->n_sources;
    ANA_TRY(ana_glm_hmm_allocate(model));
    ANA_TRY(read_array(record, "parameters/initial", ana_shape_1(k, NULL), model->initial));
    ANA_TRY(read_array(record, "parameters/transition", ana_shape_2(k, NULL, k, NULL),
                       model->transition));
    ANA_TRY(read_array(record, "parameters/coefficients",
                       shape_3(k, NULL, n, NULL, model->n_columns, NULL), model->coefficients));
    ANA_TRY(read_array(record, "parameters/standard_errors",
                       shape_3(k, NULL, n, NULL, model->n_columns, NULL), model->standard_errors));
    if (model->prior == ANA_GLM_HMM_GAUSSIAN) {
        ANA_TRY(read_array(record, "parameters/centre",
                           ana_shape_2(n, NULL, model->n_columns, NULL), model->centre));
    }
    if (model->prior == ANA_GLM_HMM_ONE_HOT) {
        const ana_shape own = {.n_axes = 4, .n = {k, n, m, ANA_EDGE_SIGNS}};
        ANA_TRY(read_array(record, "parameters/edge",
                           shape_3(n, NULL, m, NULL, ANA_EDGE_SIGNS, NULL), model->edge));
        ANA_TRY(read_array(record, "parameters/state_edge", own, model->state_edge));
        ANA_TRY(read_array(record, "parameters/kernel",
                           shape_3(n, NULL, m, NULL, model->basis->n_functions, NULL),
                           model->kernel));
    }
    if (model->lapse != NULL) {
        const ana_shape lapse = shape_3(k, NULL, model->n_responses, NULL, model->n_classes, NULL);
        ANA_TRY(read_array(record, "parameters/lapse", lapse, model->lapse));
        ANA_TRY(read_array(record, "parameters/lapse_errors", lapse, model->lapse_errors));
    }
    ANA_TRY(read_inputs(record, model));
    const ana_hmm_chain chain = {k, model->initial, model->transition, 0};
    ANA_TRY(ana_hmm_chain_check(&chain, 1));
done:
    return status;
}

static ana_status read_scores(const ana_record *record, ana_glm_hmm *model)
{
    ana_status status = ANA_OK;
    const int64_t *flags = NULL;
    ana_shape shape = ana_shape_1(model->n_units, NULL);
    const ana_record *fit = ana_record_find(record, "fit");
    ANA_TRY(ana_record_get_double(record, "parameters/bin", &model->bin_s));
    ANA_TRY(ana_record_get_double(record, "parameters/sigma", &model->sigma));
    ANA_TRY(ana_record_get_double(record, "log_likelihood", &model->log_likelihood));
    ANA_TRY(ana_record_get_size(record, "rows", &model->n_rows));
    ANA_TRY(ana_record_get_size(record, observed_name(model), &model->n_observed));
    ANA_TRY(ana_record_get_size(record, "free_coefficients", &model->n_free));
    ANA_TRY(ana_record_get_ints(record, "flags", &shape, &flags));
    for (size_t n = 0; n < model->n_units; n++) {
        model->flags[n] = (unsigned)flags[n];
    }
    if (fit != NULL) {
        ANA_TRY(ana_fit_info_from_record(fit, &model->info));
    }
done:
    return status;
}

ana_status ana_glm_hmm_from_record(const ana_record *record, ana_glm_hmm **out)
{
    ana_status status = ANA_OK;
    ana_glm_hmm *model = NULL;
    const double *ignored = NULL;
    ana_shape shape = shape_3(0, NULL, 0, NULL, 0, NULL);
    ANA_TRY(ana_record_get_doubles(record, "parameters/coefficients", &shape, &ignored));
    ANA_TRY(ana_allocate(1, sizeof *model, "glm-hmm", &model));
    model->n_states = shape.n[0];
    model->n_units = shape.n[1];
    model->n_columns = shape.n[2];
    ANA_TRY(read_names(record, model));
    ANA_TRY(read_basis(record, model));
    ANA_TRY(read_arrays(record, model));
    ANA_TRY(read_scores(record, model));
    *out = model;
    model = NULL;
done:
    ana_glm_hmm_free(model);
    return status;
}
