/* An HMM as a record, with its figures. */
#include "hmm_family.h"
#include "memory.h"
#include "picture.h"
#include "state_inputs.h"
#include "state_names.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/hmm.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How the main array of an emission reads. */
typedef struct sheet {
    const char *group; /* of the figure */
    const char *title;
    const char *caption;
    const char *value;
    const char *unit;
    const double *values; /* K x N */
    double scale;
} sheet;

static sheet main_sheet(const ana_hmm *hmm)
{
    const bool timed = hmm->bin_s > 0.0;
    const char *rate = timed ? "firing rate" : "expected count";
    sheet made = {"means",
                  "Means in each state",
                  "Mean of each feature (column) in each state (row).",
                  "mean",
                  NULL,
                  hmm->mean,
                  1.0};
    if (hmm->emission == ANA_HMM_POISSON) {
        made = (sheet){"firing_rates",
                       "Firing rates in each state",
                       "Expected rate of each unit (column) in each state (row).",
                       rate,
                       timed ? "Hz" : "count",
                       hmm->rates,
                       timed ? 1.0 / hmm->bin_s : 1.0};
    } else if (hmm->emission == ANA_HMM_BERNOULLI) {
        made = (sheet){"probabilities",
                       "Probabilities of a 1 in each state",
                       "Probability of a 1 in each feature (column) in each state (row).",
                       "probability",
                       NULL,
                       hmm->probability,
                       1.0};
    } else if (hmm->emission == ANA_HMM_AUTOREGRESSIVE) {
        made.group = "constants";
        made.title = "Constants in each state";
        made.caption = "What is added to each feature (column) at every row in each state (row).";
        made.value = "constant";
    }
    return made;
}

static ana_status add_main_figure(const ana_hmm *hmm, const char *const *states, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const sheet main = main_sheet(hmm);
    const size_t n = hmm->n_states * hmm->n_features;
    double *values = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "hmm record"));
    for (size_t j = 0; j < n; j++) {
        values[j] = main.values[j] * main.scale;
    }
    ANA_TRY(ana_record_add_picture(
        record, main.group, ANA_HINT_HEAT_MAP,
        &(ana_picture_words){.title = main.title,
                             .caption = main.caption,
                             .x_title = hmm->emission == ANA_HMM_POISSON ? "unit" : "feature",
                             .y_title = "state",
                             .value_title = main.value},
        &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values",
                                   ana_shape_2(hmm->n_states, "state", hmm->n_features, "unit"),
                                   values, main.unit));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", hmm->n_states, states));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", hmm->n_features,
                                 (const char *const *)hmm->feature_names));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* For each state the probability of each category, over all features. */
static ana_status add_categories_figure(const ana_hmm *hmm, const char *const *states,
                                        ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const size_t n = hmm->n_features * hmm->order;
    ANA_TRY(ana_record_add_picture(
        record, "probabilities", ANA_HINT_HEAT_MAP,
        &(ana_picture_words){
            .title = "Probabilities of the categories in each state",
            .caption = "Columns are the categories of the first feature, then of the next.",
            .x_title = "category",
            .y_title = "state",
            .value_title = "probability"},
        &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values",
                                   ana_shape_2(hmm->n_states, "state", n, "category"),
                                   hmm->probability, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", hmm->n_states, states));
done:
    return status;
}

static ana_status add_transition_figure(const ana_hmm *hmm, const char *const *states,
                                        ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    ANA_TRY(ana_record_add_picture(
        record, "transitions", ANA_HINT_HEAT_MAP,
        &(ana_picture_words){
            .title = "Transitions between states",
            .caption = "Probability of the state in the next row (column) given the state in "
                       "this one (row).",
            .x_title = "to",
            .y_title = "from",
            .value_title = "probability"},
        &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values",
                                   ana_shape_2(hmm->n_states, "from", hmm->n_states, "to"),
                                   hmm->transition, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", hmm->n_states, states));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", hmm->n_states, states));
done:
    return status;
}

enum {
    N_ARRAYS = 7
};

/* One of a model's arrays of emissions; `values` is NULL where the emission has none. */
typedef struct array {
    const char *name;
    double *values;
    size_t n;
    ana_shape shape;
    const char *unit;
} array;

static void list_arrays(const ana_hmm *hmm, array *out)
{
    const size_t n = hmm->n_features;
    const ana_hmm_sizes sizes = ana_hmm_sizes_of(hmm);
    const ana_shape plain = ana_shape_2(hmm->n_states, "state", n, "unit");
    const ana_shape square = {3, {hmm->n_states, n, n}, {"state", "unit", "unit"}};
    const ana_shape lagged = {
        4, {hmm->n_states, n, hmm->order, n}, {"state", "target", "lag", "source"}};
    const ana_shape cubic = {3, {hmm->n_states, n, hmm->order}, {"state", "unit", "category"}};
    out[0] = (array){"rates", hmm->rates, sizes.rates, plain, "count per bin"};
    out[1] = (array){"mean", hmm->mean, sizes.mean, plain, NULL};
    out[2] = (array){"covariance", hmm->covariance, sizes.covariance, square, NULL};
    out[3] = (array){"variance", hmm->variance, sizes.variance, plain, NULL};
    out[4] = (array){"coefficients", hmm->coefficients, sizes.coefficients, lagged, NULL};
    out[6] =
        (array){"durations", hmm->durations, hmm->durations != NULL ? 2 * hmm->n_states : (size_t)0,
                ana_shape_2(hmm->n_states, "state", 2, "parameter"), NULL};
    out[5] = (array){"probability", hmm->probability, sizes.probability,
                     hmm->emission == ANA_HMM_CATEGORICAL ? cubic : plain, NULL};
}

static ana_status add_parameters(const ana_hmm *hmm, const char *const *states, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    array arrays[N_ARRAYS];
    const size_t n_states = hmm->n_states;
    list_arrays(hmm, arrays);
    ANA_TRY(ana_record_add_group(record, "parameters", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_text(group, "emission", ana_hmm_emission_names[hmm->emission]));
    ANA_TRY(ana_record_add_int(group, "order", (int64_t)hmm->order, NULL));
    ANA_TRY(ana_record_add_int(group, "max_duration", (int64_t)hmm->max_duration, NULL));
    ANA_TRY(ana_record_add_double(group, "bin", hmm->bin_s, "s"));
    ANA_TRY(ana_record_add_doubles(group, "initial", ana_shape_1(n_states, "state"), hmm->initial,
                                   NULL));
    ANA_TRY(ana_record_add_doubles(
        group, "transition", ana_shape_2(n_states, "from", n_states, "to"), hmm->transition, NULL));
    for (size_t i = 0; i < N_ARRAYS; i++) {
        if (arrays[i].values != NULL) {
            ANA_TRY(ana_record_add_doubles(group, arrays[i].name, arrays[i].shape, arrays[i].values,
                                           arrays[i].unit));
        }
    }
    ANA_TRY(ana_record_add_texts(group, "units", hmm->n_features,
                                 (const char *const *)hmm->feature_names));
    const ana_state_inputs inputs = {hmm->n_states, hmm->n_inputs, hmm->input_weights,
                                     hmm->input_errors, hmm->input_names};
    ANA_TRY(ana_state_inputs_to_record(&inputs, states, record, group));
done:
    return status;
}

double ana_hmm_n_parameters(const ana_hmm *hmm)
{
    const double n_states = (double)hmm->n_states;
    const double n = (double)hmm->n_features;
    const double order = (double)hmm->order;
    double of_state = 0.0;
    switch (hmm->emission) {
    case ANA_HMM_POISSON:
    case ANA_HMM_BERNOULLI:
        of_state = n;
        break;
    case ANA_HMM_GAUSSIAN_DIAGONAL:
        of_state = 2.0 * n;
        break;
    case ANA_HMM_GAUSSIAN:
    case ANA_HMM_AUTOREGRESSIVE:
        of_state = n + 0.5 * n * (n + 1.0) + n * n * order;
        break;
    case ANA_HMM_CATEGORICAL:
        of_state = n * (order - 1.0);
        break;
    }
    double chain = hmm->durations != NULL ? n_states - 1.0 + n_states * (n_states - 2.0)
                                          : (n_states - 1.0) * (n_states + 1.0);
    of_state += hmm->durations != NULL ? 2.0 : 0.0;
    chain += (n_states - 1.0) * (double)hmm->n_inputs;
    return chain + n_states * of_state;
}

/* What entries that were scored are called. */
static const char *observed_name(const ana_hmm *hmm)
{
    return hmm->emission == ANA_HMM_POISSON ? "observed_counts" : "observations";
}

ana_status ana_hmm_to_record(const ana_hmm *hmm, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *record = NULL;
    const char *const *states = ana_state_names(&workspace, hmm->n_states);
    const double k = ana_hmm_n_parameters(hmm);
    ANA_TRY(ana_workspace_check(&workspace, "hmm record"));
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "hmm"));
    ANA_TRY(ana_record_add_text(record, "title",
                                hmm->emission == ANA_HMM_POISSON
                                    ? "Hidden Markov model of the spike counts"
                                    : "Hidden Markov model"));
    ANA_TRY(ana_record_add_text(record, "emission", ana_hmm_emission_names[hmm->emission]));
    ANA_TRY(ana_record_add_int(record, "states", (int64_t)hmm->n_states, NULL));
    ANA_TRY(ana_record_add_int(record, observed_name(hmm), (int64_t)hmm->n_observed, NULL));
    ANA_TRY(ana_record_add_double(record, "log_likelihood", hmm->log_likelihood, "nat"));
    ANA_TRY(ana_record_add_double(record,
                                  hmm->emission == ANA_HMM_POISSON
                                      ? "log_likelihood_per_count"
                                      : "log_likelihood_per_observation",
                                  hmm->log_likelihood / (double)hmm->n_observed, "nat"));
    ANA_TRY(ana_record_add_double(
        record, "bic", k * log((double)hmm->n_observed) - 2.0 * hmm->log_likelihood, "nat"));
    ANA_TRY(ana_record_add_double(record, "aic", 2.0 * k - 2.0 * hmm->log_likelihood, "nat"));
    ANA_TRY(hmm->emission == ANA_HMM_CATEGORICAL ? add_categories_figure(hmm, states, record)
                                                 : add_main_figure(hmm, states, record));
    ANA_TRY(add_transition_figure(hmm, states, record));
    ANA_TRY(ana_fit_info_to_record(&hmm->info, record, "fit"));
    ANA_TRY(add_parameters(hmm, states, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status read_names(const ana_record *record, ana_hmm *hmm)
{
    const ana_record *units = ana_record_find(record, "parameters/units");
    if (units == NULL || units->type != ANA_RECORD_TEXTS || units->shape[0] != hmm->n_features) {
        return ana_fail(ANA_ERR_FORMAT, "record: parameters/units: expected %zu texts",
                        hmm->n_features);
    }
    for (size_t f = 0; f < hmm->n_features; f++) {
        char *copy = NULL;
        ana_status status = ana_copy_text(units->texts[f] != NULL ? units->texts[f] : "", &copy);
        if (status != ANA_OK) {
            return status;
        }
        free(hmm->feature_names[f]);
        hmm->feature_names[f] = copy;
    }
    return ANA_OK;
}

static ana_status find_emission(const char *name, ana_hmm_emission *out)
{
    for (size_t e = 0; ana_hmm_emission_names[e] != NULL; e++) {
        if (strcmp(name, ana_hmm_emission_names[e]) == 0) {
            *out = (ana_hmm_emission)e;
            return ANA_OK;
        }
    }
    return ana_fail(ANA_ERR_FORMAT, "record: parameters/emission: \"%s\" is not known", name);
}

/* A model of the sizes the record says, without its numbers. */
static ana_status read_sizes(const ana_record *record, ana_hmm **out)
{
    ana_status status = ANA_OK;
    const char *name = NULL;
    const double *initial = NULL;
    size_t order = 0;
    size_t max_duration = 0;
    size_t n_features = 0;
    ana_hmm *made = NULL;
    ana_hmm_emission emission = ANA_HMM_POISSON;
    const char *const *units = NULL;
    ana_shape states = ana_shape_1(0, NULL);
    ANA_TRY(ana_record_get_text(record, "parameters/emission", &name));
    ANA_TRY(find_emission(name, &emission));
    ANA_TRY(ana_record_get_size(record, "parameters/order", &order));
    ANA_TRY(ana_record_get_doubles(record, "parameters/initial", &states, &initial));
    ANA_TRY(ana_record_get_texts(record, "parameters/units", &n_features, &units));
    ANA_TRY(ana_record_get_size(record, "parameters/max_duration", &max_duration));
    ANA_TRY(ana_hmm_new_of(emission, states.n[0], n_features, order, &made));
    if (max_duration > 0) {
        ANA_TRY(ana_hmm_set_durations(made, max_duration));
    }
    *out = made;
    made = NULL;
done:
    ana_hmm_free(made);
    return status;
}

static ana_status read_arrays(const ana_record *record, ana_hmm *hmm)
{
    ana_status status = ANA_OK;
    const size_t n_states = hmm->n_states;
    const double *values = NULL;
    array arrays[N_ARRAYS];
    ana_shape square = ana_shape_2(n_states, NULL, n_states, NULL);
    ana_shape one = ana_shape_1(n_states, NULL);
    ANA_TRY(ana_record_get_doubles(record, "parameters/transition", &square, &values));
    memcpy(hmm->transition, values, n_states * n_states * sizeof *values);
    ANA_TRY(ana_record_get_doubles(record, "parameters/initial", &one, &values));
    memcpy(hmm->initial, values, n_states * sizeof *values);
    list_arrays(hmm, arrays);
    for (size_t i = 0; i < N_ARRAYS; i++) {
        char path[64];
        snprintf(path, sizeof path, "parameters/%s", arrays[i].name);
        if (arrays[i].values != NULL) {
            ANA_TRY(ana_record_get_doubles(record, path, &arrays[i].shape, &values));
            memcpy(arrays[i].values, values, arrays[i].n * sizeof *values);
        }
    }
    ANA_TRY(ana_hmm_check(hmm));
done:
    return status;
}

static ana_status read_inputs(const ana_record *record, ana_hmm *hmm)
{
    ana_state_inputs inputs = {.n_states = hmm->n_states};
    ana_status status = ana_state_inputs_from_record(record, &inputs);
    hmm->n_inputs = inputs.n_inputs;
    hmm->input_weights = inputs.weights;
    hmm->input_errors = inputs.errors;
    hmm->input_names = inputs.names;
    return status;
}

ana_status ana_hmm_from_record(const ana_record *record, ana_hmm **out)
{
    ana_status status = ANA_OK;
    ana_hmm *hmm = NULL;
    const ana_record *fit = ana_record_find(record, "fit");
    ANA_TRY(read_sizes(record, &hmm));
    ANA_TRY(read_arrays(record, hmm));
    ANA_TRY(ana_record_get_double(record, "parameters/bin", &hmm->bin_s));
    ANA_TRY(ana_record_get_double(record, "log_likelihood", &hmm->log_likelihood));
    ANA_TRY(ana_record_get_size(record, observed_name(hmm), &hmm->n_observed));
    ANA_TRY(read_inputs(record, hmm));
    ANA_TRY(read_names(record, hmm));
    if (fit != NULL) {
        ANA_TRY(ana_fit_info_from_record(fit, &hmm->info));
    }
    *out = hmm;
    hmm = NULL;
done:
    ana_hmm_free(hmm);
    return status;
}
