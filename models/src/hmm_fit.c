#include "hmm_em.h"
#include "hmm_poisson.h"
#include "memory.h"
#include "try.h"

#include <analysis/models/hmm.h>
#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
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

static void copy_parameters(const ana_em_model *model, ana_hmm *hmm)
{
    const size_t n_states = hmm->n_states;
    memcpy(hmm->initial, model->initial, n_states * sizeof *hmm->initial);
    memcpy(hmm->transition, model->transition, n_states * n_states * sizeof *hmm->transition);
    memcpy(hmm->rates, ana_hmm_poisson_rates(model->emission),
           n_states * hmm->n_features * sizeof *hmm->rates);
    hmm->log_likelihood = model->log_likelihood;
}

static ana_status copy_names(const ana_observations *observations, ana_hmm *hmm)
{
    const ana_column *ids = ana_table_find(observations->features, "id");
    for (size_t f = 0; ids != NULL && f < hmm->n_features; f++) {
        char number[32];
        const char *name = number;
        if (ids->type == ANA_COLUMN_TEXT && ids->texts[f] != NULL) {
            name = ids->texts[f];
        } else if (ids->type == ANA_COLUMN_INT) {
            snprintf(number, sizeof number, "%lld", (long long)ids->ints[f]);
        } else {
            continue;
        }
        char *copy = NULL;
        ana_status status = ana_copy_text(name, &copy);
        if (status != ANA_OK) {
            return status;
        }
        free(hmm->feature_names[f]);
        hmm->feature_names[f] = copy;
    }
    return ANA_OK;
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
                         .stream = "hmm.start"};
    return em;
}

/* With `start`, one run from there, whose states keep their order. */
static ana_status fit(const ana_observations *observations, const ana_hmm *start,
                      const ana_hmm_options *options, ana_hmm **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_hmm *hmm = NULL;
    ana_hmm_poisson data = {0};
    ana_em_model model = {0};
    ana_em_options em = em_options(options);
    if (start != NULL) {
        em.n_restarts = 1;
        em.initial = start->initial;
        em.transition = start->transition;
        em.keep_order = true;
    }
    ANA_TRY(check_size(observations, options->n_states));
    ANA_TRY(ana_hmm_new(options->n_states, observations->n_features, &hmm));
    ANA_TRY(ana_hmm_poisson_new(observations, options, start != NULL ? start->rates : NULL,
                                &workspace, &data));
    const ana_emission emission = ana_hmm_poisson_emission(&data);
    ANA_TRY(ana_em_fit(&emission, observations, &em, &workspace, &model, &hmm->info));
    copy_parameters(&model, hmm);
    hmm->bin_s = observations->bin_s;
    hmm->n_observed = data.counts.n_observed;
    ANA_TRY(copy_names(observations, hmm));
    *out = hmm;
    hmm = NULL;
done:
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

static ana_status check_start(const ana_hmm *start, size_t n_features)
{
    const ana_hmm_chain chain = {start->n_states, start->initial, start->transition, 0};
    if (start->n_features != n_features) {
        return ana_fail(ANA_ERR_SHAPE, "hmm: the model has %zu features, the data %zu",
                        start->n_features, n_features);
    }
    for (size_t j = 0; j < start->n_states * n_features; j++) {
        if (!(start->rates[j] >= 0.0) || !isfinite(start->rates[j])) {
            return ana_fail(ANA_ERR_VALUE, "hmm: rate %zu of the model is negative or not finite",
                            j);
        }
    }
    return ana_hmm_chain_check(&chain, 1);
}

ana_status ana_hmm_fit_from(const ana_observations *observations, const ana_hmm *start,
                            const ana_hmm_options *given, ana_hmm **out)
{
    ana_status status = ANA_OK;
    ana_hmm_options options = given != NULL ? *given : ana_hmm_options_default();
    options.n_states = start->n_states;
    ANA_TRY(ana_options_check(ana_hmm_option_table, &options, "hmm"));
    ANA_TRY(check_start(start, observations->n_features));
    ANA_TRY(fit(observations, start, &options, out));
done:
    return status;
}
