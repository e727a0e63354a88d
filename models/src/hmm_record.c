/* A Poisson HMM and its decoding as records, with their figures. */
#include "memory.h"
#include "state_names.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/hmm.h>
#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A group with its texts; the arrays follow. */
static ana_status add_figure(ana_record *parent, const char *name, ana_hint hint, const char *title,
                             const char *caption, ana_record **out)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_record_add_group(parent, name, hint, out));
    ANA_TRY(ana_record_add_text(*out, "title", title));
    ANA_TRY(ana_record_add_text(*out, "caption", caption));
done:
    return status;
}

static ana_status add_titles(ana_record *figure, const char *x, const char *y, const char *value)
{
    ana_status status = ANA_OK;
    if (x != NULL) {
        ANA_TRY(ana_record_add_text(figure, "x_title", x));
    }
    if (y != NULL) {
        ANA_TRY(ana_record_add_text(figure, "y_title", y));
    }
    if (value != NULL) {
        ANA_TRY(ana_record_add_text(figure, "value_title", value));
    }
done:
    return status;
}

/* Rates as spikes per second where the bin width is known, else per bin. */
static ana_status add_rates_figure(const ana_hmm *hmm, const char *const *states,
                                   ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const bool timed = hmm->bin_s > 0.0;
    const size_t n = hmm->n_states * hmm->n_features;
    const char *title = timed ? "firing rate" : "expected count";
    double *rates = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "hmm record"));
    for (size_t j = 0; j < n; j++) {
        rates[j] = timed ? hmm->rates[j] / hmm->bin_s : hmm->rates[j];
    }
    ANA_TRY(add_figure(record, "firing_rates", ANA_HINT_HEAT_MAP, "Firing rates in each state",
                       "Expected rate of each unit (column) in each state (row).", &figure));
    ANA_TRY(add_titles(figure, "unit", "state", title));
    ANA_TRY(ana_record_add_doubles(figure, "values",
                                   ana_shape_2(hmm->n_states, "state", hmm->n_features, "unit"),
                                   rates, timed ? "Hz" : "count"));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", hmm->n_states, states));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", hmm->n_features,
                                 (const char *const *)hmm->feature_names));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_transition_figure(const ana_hmm *hmm, const char *const *states,
                                        ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    ANA_TRY(add_figure(record, "transitions", ANA_HINT_HEAT_MAP, "Transitions between states",
                       "Probability of the state in the next bin (column) given the state in this "
                       "bin (row).",
                       &figure));
    ANA_TRY(add_titles(figure, "to", "from", "probability"));
    ANA_TRY(ana_record_add_doubles(figure, "values",
                                   ana_shape_2(hmm->n_states, "from", hmm->n_states, "to"),
                                   hmm->transition, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", hmm->n_states, states));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", hmm->n_states, states));
done:
    return status;
}

static ana_status add_parameters(const ana_hmm *hmm, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    const size_t n_states = hmm->n_states;
    ANA_TRY(ana_record_add_group(record, "parameters", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_double(group, "bin", hmm->bin_s, "s"));
    ANA_TRY(ana_record_add_doubles(group, "initial", ana_shape_1(n_states, "state"), hmm->initial,
                                   NULL));
    ANA_TRY(ana_record_add_doubles(
        group, "transition", ana_shape_2(n_states, "from", n_states, "to"), hmm->transition, NULL));
    ANA_TRY(ana_record_add_doubles(group, "rates",
                                   ana_shape_2(n_states, "state", hmm->n_features, "unit"),
                                   hmm->rates, "count per bin"));
    ANA_TRY(ana_record_add_texts(group, "units", hmm->n_features,
                                 (const char *const *)hmm->feature_names));
done:
    return status;
}

/* Number of free parameters: initial and transition rows sum to 1. */
static double n_parameters(const ana_hmm *hmm)
{
    double n_states = (double)hmm->n_states;
    return (n_states - 1.0) * (n_states + 1.0) + n_states * (double)hmm->n_features;
}

ana_status ana_hmm_to_record(const ana_hmm *hmm, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *record = NULL;
    const char *const *states = ana_state_names(&workspace, hmm->n_states);
    const double k = n_parameters(hmm);
    ANA_TRY(ana_workspace_check(&workspace, "hmm record"));
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "hmm"));
    ANA_TRY(ana_record_add_text(record, "title", "Hidden Markov model of the spike counts"));
    ANA_TRY(ana_record_add_int(record, "states", (int64_t)hmm->n_states, NULL));
    ANA_TRY(ana_record_add_int(record, "observed_counts", (int64_t)hmm->n_observed, NULL));
    ANA_TRY(ana_record_add_double(record, "log_likelihood", hmm->log_likelihood, "nat"));
    ANA_TRY(ana_record_add_double(record, "log_likelihood_per_count",
                                  hmm->log_likelihood / (double)hmm->n_observed, "nat"));
    ANA_TRY(ana_record_add_double(
        record, "bic", k * log((double)hmm->n_observed) - 2.0 * hmm->log_likelihood, "nat"));
    ANA_TRY(ana_record_add_double(record, "aic", 2.0 * k - 2.0 * hmm->log_likelihood, "nat"));
    ANA_TRY(add_rates_figure(hmm, states, record));
    ANA_TRY(add_transition_figure(hmm, states, record));
    ANA_TRY(ana_fit_info_to_record(&hmm->info, record, "fit"));
    ANA_TRY(add_parameters(hmm, record));
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

ana_status ana_hmm_from_record(const ana_record *record, ana_hmm **out)
{
    ana_status status = ANA_OK;
    ana_hmm *hmm = NULL;
    const double *rates = NULL;
    const double *transition = NULL;
    const double *initial = NULL;
    const ana_record *fit = ana_record_find(record, "fit");
    ana_shape rates_shape = ana_shape_2(0, NULL, 0, NULL);
    ANA_TRY(ana_record_get_doubles(record, "parameters/rates", &rates_shape, &rates));
    const size_t n_states = rates_shape.n[0];
    ana_shape square = ana_shape_2(n_states, NULL, n_states, NULL);
    ana_shape one = ana_shape_1(n_states, NULL);
    ANA_TRY(ana_record_get_doubles(record, "parameters/transition", &square, &transition));
    ANA_TRY(ana_record_get_doubles(record, "parameters/initial", &one, &initial));
    ANA_TRY(ana_hmm_new(n_states, rates_shape.n[1], &hmm));
    memcpy(hmm->rates, rates, n_states * hmm->n_features * sizeof *rates);
    memcpy(hmm->transition, transition, n_states * n_states * sizeof *transition);
    memcpy(hmm->initial, initial, n_states * sizeof *initial);
    const ana_hmm_chain chain = {n_states, hmm->initial, hmm->transition, 0};
    ANA_TRY(ana_hmm_chain_check(&chain, 1));
    ANA_TRY(ana_record_get_double(record, "parameters/bin", &hmm->bin_s));
    ANA_TRY(ana_record_get_double(record, "log_likelihood", &hmm->log_likelihood));
    ANA_TRY(ana_record_get_size(record, "observed_counts", &hmm->n_observed));
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
