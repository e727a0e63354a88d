#include "feature_id.h"
#include "hmm_em.h"
#include "hmm_family.h"
#include "hmm_inputs.h"
#include "lists.h"
#include "try.h"

#include <analysis/models/hmm.h>
#include <analysis/models/hmm_messages.h>

#include <string.h>

static ana_status check_size(const ana_observations *observations, size_t n_states)
{
    ana_status status = ana_observations_check(observations);
    if (status != ANA_OK) {
        return status;
    }
    if (observations->n_times < n_states || observations->n_features == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "hmm: %zu rows of %zu features cannot show %zu states; give more data or "
                        "fewer states",
                        observations->n_times, observations->n_features, n_states);
    }
    return ANA_OK;
}

/* Standard errors of the inputs' weights, at the model as it stands. `all`: rows with the inputs.
 */
static ana_status add_input_errors(const ana_observations *all, double ridge, ana_hmm *hmm)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_hmm_driven chains = {0};
    const size_t k = hmm->n_states;
    const size_t *start = all->sequence_start;
    double *rows = ana_workspace_doubles(&workspace, all->n_times, k);
    double *posterior = ana_workspace_doubles(&workspace, all->n_times, k);
    double ignored = 0.0;
    ANA_TRY(ana_workspace_check(&workspace, "hmm fit"));
    ANA_TRY(ana_hmm_chains(hmm, all, &workspace, &chains));
    ANA_TRY(ana_hmm_log_emission(hmm, all, rows));
    for (size_t s = 0; s < all->n_sequences; s++) {
        const ana_hmm_chain chain = ana_hmm_driven_chain(&chains, s);
        ANA_TRY(ana_hmm_smooth(&chain, start[s + 1] - start[s], rows + start[s] * k,
                               posterior + start[s] * k, NULL, &ignored));
    }
    ANA_TRY(ana_hmm_input_errors(&chains.inputs, all->n_sequences, start, posterior, ridge,
                                 hmm->input_errors));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_em_options em_options(const ana_hmm_options *options)
{
    ana_em_options em = {.run = &options->run,
                         .n_restarts = options->n_restarts,
                         .max_iterations = options->max_iterations,
                         .tolerance = options->tolerance,
                         .concentration = options->concentration,
                         .stickiness = options->stickiness,
                         .persistence = options->persistence,
                         .empty_below = options->empty_below,
                         .n_moves = options->n_moves,
                         .max_duration = options->durations == ANA_HMM_NEGATIVE_BINOMIAL
                                             ? options->max_duration
                                             : (size_t)0,
                         .stream = "hmm.start"};
    return em;
}

static void copy_chain(const ana_em_model *model, ana_hmm *hmm)
{
    const size_t n_states = hmm->n_states;
    memcpy(hmm->initial, model->initial, n_states * sizeof *hmm->initial);
    memcpy(hmm->transition, model->transition, n_states * n_states * sizeof *hmm->transition);
    hmm->log_likelihood = model->log_likelihood;
    if (hmm->durations != NULL) {
        memcpy(hmm->durations, model->durations, 2 * n_states * sizeof *hmm->durations);
    }
}

static ana_status take_names(const ana_observations *observations, ana_hmm *hmm)
{
    char **names = NULL;
    ana_status status = ana_feature_ids(observations, &names);
    if (status == ANA_OK) {
        ana_free_texts(hmm->n_features, hmm->feature_names);
        hmm->feature_names = names;
    }
    return status;
}

static ana_status check_inputs(const ana_hmm_options *options)
{
    return options->durations == ANA_HMM_GEOMETRIC
               ? ANA_OK
               : ana_fail(ANA_ERR_VALUE,
                          "hmm: explicit durations and inputs that drive the transitions do not go "
                          "together; leave one out");
}

/* With `start`, one run from there, whose states keep their order. */
static ana_status fit(const ana_observations *all, const ana_hmm *start,
                      const ana_hmm_options *options, ana_hmm **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_hmm *hmm = NULL;
    ana_hmm_family family = {0};
    ana_em_model model = {0};
    ana_em_options em = em_options(options);
    ana_observations *own = NULL;
    double *values = NULL;
    const ana_observations *observations = all;
    ANA_TRY(check_size(all, options->n_states));
    if (options->n_inputs > 0) {
        ANA_TRY(check_inputs(options));
        ANA_TRY(ana_hmm_part_inputs(all, options->n_inputs, &workspace, &own, &values));
        observations = own;
        em.inputs = values;
        em.n_inputs = options->n_inputs;
        em.input_ridge = options->input_ridge;
    }
    if (start != NULL) {
        em.input_weights = start->input_weights;
        em.n_restarts = 1;
        em.initial = start->initial;
        em.transition = start->transition;
        em.durations = start->durations;
        em.keep_order = true;
    }
    const ana_hmm_family_input input = {observations, options, start, observations->n_features,
                                        NULL};
    ANA_TRY(ana_hmm_family_new(&input, &workspace, &family));
    ANA_TRY(ana_hmm_new_of((ana_hmm_emission)options->emission, options->n_states,
                           observations->n_features, family.order, &hmm));
    if (em.max_duration > 0) {
        ANA_TRY(ana_hmm_set_durations(hmm, em.max_duration));
    }
    ANA_TRY(ana_em_fit(&family.emission, observations, &em, &workspace, &model, &hmm->info));
    copy_chain(&model, hmm);
    family.give(family.emission.data, model.emission, hmm);
    hmm->bin_s = observations->bin_s;
    hmm->n_observed = family.n_observed;
    ANA_TRY(take_names(observations, hmm));
    if (options->n_inputs > 0) {
        ANA_TRY(ana_hmm_keep_inputs(all, &model, options->n_inputs, hmm));
        ANA_TRY(add_input_errors(all, options->input_ridge, hmm));
    }
    *out = hmm;
    hmm = NULL;
done:
    ana_observations_free(own);
    ana_hmm_free(hmm);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_hmm_fit(const ana_observations *observations, const ana_hmm_options *given,
                       ana_hmm **out)
{
    const ana_hmm_options options = given != NULL ? *given : ana_hmm_options_default();
    ana_status status = ana_options_check(ana_hmm_option_table, &options, "hmm");
    return status != ANA_OK ? status : fit(observations, NULL, &options, out);
}

ana_status ana_hmm_fit_from(const ana_observations *observations, const ana_hmm *start,
                            const ana_hmm_options *given, ana_hmm **out)
{
    ana_status status = ANA_OK;
    ana_hmm_options options = given != NULL ? *given : ana_hmm_options_default();
    options.emission = (int)start->emission;
    options.n_states = start->n_states;
    options.durations = start->durations != NULL ? ANA_HMM_NEGATIVE_BINOMIAL : ANA_HMM_GEOMETRIC;
    options.max_duration = start->durations != NULL ? start->max_duration : options.max_duration;
    options.n_lags = start->emission == ANA_HMM_AUTOREGRESSIVE ? start->order : options.n_lags;
    ANA_TRY(ana_options_check(ana_hmm_option_table, &options, "hmm"));
    if (start->n_inputs > 0) {
        options.n_inputs = start->n_inputs;
    }
    if (start->n_features + options.n_inputs != observations->n_features) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE, "hmm: the model has %zu features, the data %zu",
                         start->n_features + options.n_inputs, observations->n_features));
    }
    ANA_TRY(ana_hmm_check(start));
    ANA_TRY(fit(observations, start, &options, out));
done:
    return status;
}
