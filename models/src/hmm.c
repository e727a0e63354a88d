#include "checked.h"
#include "hmm_family.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <analysis/models/hmm.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

ana_hmm_options ana_hmm_options_default(void)
{
    ana_hmm_options options = {
        .run = ana_run_default(),
        .n_states = 3,
        .n_restarts = 10,
        .max_iterations = 500,
        .tolerance = 1e-8,
        .concentration = 1.0,
        .rate_shape = 1.0,
        .persistence = 0.95,
        .empty_below = 1.0,
        .n_lags = 1,
        .max_duration = 200,
        .input_ridge = 1.0,
        .covariance_rows = 1.0,
        .coefficient_rows = 1.0,
        .probability_prior = 1.0,
    };
    return options;
}

const char *const ana_hmm_emission_names[] = {
    "poisson", "gaussian", "gaussian-diagonal", "bernoulli", "categorical", "autoregressive", NULL};

static const char *const durations[] = {"geometric", "negative-binomial", NULL};

const ana_option ana_hmm_option_table[] = {
    {"emission", ANA_OPTION_CHOICE, offsetof(ana_hmm_options, emission), 0, 0,
     ana_hmm_emission_names, "EMISSION", "what a row looks like in a state", false},
    {"states", ANA_OPTION_SIZE, offsetof(ana_hmm_options, n_states), 1, 64, NULL, "K",
     "number of hidden states", false},
    {"restarts", ANA_OPTION_SIZE, offsetof(ana_hmm_options, n_restarts), 1, 10000, NULL, "N",
     "starts, of which the best is kept", false},
    {"max-iterations", ANA_OPTION_SIZE, offsetof(ana_hmm_options, max_iterations), 1, 1000000, NULL,
     "N", "iterations of a restart at most", false},
    {"tolerance", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, tolerance), 0, 1, NULL, "SHARE",
     "stop when an iteration gains less than this share of the objective; 0: never", false},
    {"concentration", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, concentration), 1, 1e9, NULL,
     "ALPHA", "Dirichlet prior of each transition row; 1: flat", false},
    {"stickiness", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, stickiness), 0, 1e12, NULL, "KAPPA",
     "added to that prior's diagonal: pseudo-counts of staying", false},
    {"rate-shape", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, rate_shape), 1, 1e9, NULL, "A",
     "shape of the gamma prior of the rates; 1 with --rate-bins 0: flat", false},
    {"rate-bins", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, rate_bins), 0, 1e12, NULL, "BINS",
     "bins that prior counts for", false},
    {"persistence", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, persistence), 0, 1, NULL, "P",
     "probability of staying in a state at the start", false},
    {"empty-below", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, empty_below), 0, 1e12, NULL,
     "ROWS", "a state that explains less counts as empty, and is given half of another", false},
    {"lags", ANA_OPTION_SIZE, offsetof(ana_hmm_options, n_lags), 1, 1000, NULL, "L",
     "rows of the past that autoregressive emissions depend on", false},
    {"categories", ANA_OPTION_SIZE, offsetof(ana_hmm_options, n_categories), 0, 10000, NULL, "C",
     "values of categorical emissions: 0 to C - 1; 0: as many as the data show", false},
    {"covariance-rows", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, covariance_rows), 0, 1e12,
     NULL, "ROWS", "rows for which a prior of each (co)variance counts; 0: none", false},
    {"coefficient-rows", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, coefficient_rows), 0, 1e12,
     NULL, "ROWS", "the same for the autoregressive coefficients' ridge", false},
    {"probability-prior", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, probability_prior), 1, 1e9,
     NULL, "ALPHA", "Dirichlet prior of the probabilities of 0, 1, ...; 1: flat", false},
    {"durations", ANA_OPTION_CHOICE, offsetof(ana_hmm_options, durations), 0, 0, durations, "KIND",
     "how long visits to a state last", false},
    {"max-duration", ANA_OPTION_SIZE, offsetof(ana_hmm_options, max_duration), 2, 1000000, NULL,
     "ROWS", "longest visit with explicit durations", false},
    {"split-merge", ANA_OPTION_SIZE, offsetof(ana_hmm_options, n_moves), 0, 10000, NULL, "N",
     "moves each restart tries at its end: two alike states merged, another split", false},
    {"input-ridge", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, input_ridge), 1e-9, 1e12, NULL,
     "LAMBDA", "penalty of each squared weight of what drives the transitions", false},
    ANA_OPTION_END,
};

ana_hmm_sizes ana_hmm_sizes_of(const ana_hmm *hmm)
{
    const size_t n = hmm->n_states * hmm->n_features;
    ana_hmm_sizes sizes = {0};
    switch (hmm->emission) {
    case ANA_HMM_POISSON:
        sizes.rates = n;
        break;
    case ANA_HMM_AUTOREGRESSIVE:
        sizes.coefficients = n * hmm->n_features * hmm->order;
        sizes.covariance = n * hmm->n_features;
        sizes.mean = n;
        break;
    case ANA_HMM_GAUSSIAN:
        sizes.covariance = n * hmm->n_features;
        sizes.mean = n;
        break;
    case ANA_HMM_GAUSSIAN_DIAGONAL:
        sizes.mean = n;
        sizes.variance = n;
        break;
    case ANA_HMM_BERNOULLI:
        sizes.probability = n;
        break;
    case ANA_HMM_CATEGORICAL:
        sizes.probability = n * hmm->order;
        break;
    }
    return sizes;
}

/* Room for n numbers, none where n is 0. */
static ana_status take(size_t n, double **out)
{
    return n > 0 ? ana_allocate(n, sizeof(double), "hmm", out) : ANA_OK;
}

static ana_status take_emissions(ana_hmm *hmm)
{
    ana_status status = ANA_OK;
    const ana_hmm_sizes sizes = ana_hmm_sizes_of(hmm);
    ANA_TRY(take(sizes.rates, &hmm->rates));
    ANA_TRY(take(sizes.mean, &hmm->mean));
    ANA_TRY(take(sizes.covariance, &hmm->covariance));
    ANA_TRY(take(sizes.variance, &hmm->variance));
    ANA_TRY(take(sizes.coefficients, &hmm->coefficients));
    ANA_TRY(take(sizes.probability, &hmm->probability));
done:
    return status;
}

static ana_status name_features(ana_hmm *hmm)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_allocate(hmm->n_features, sizeof(char *), "hmm", &hmm->feature_names));
    for (size_t f = 0; f < hmm->n_features; f++) {
        char number[32];
        snprintf(number, sizeof number, "%zu", f);
        ANA_TRY(ana_copy_text(number, &hmm->feature_names[f]));
    }
done:
    return status;
}

/* Whether the largest array, K x N x N x L, can be counted in bytes. */
static bool is_countable(size_t n_states, size_t n_features, size_t order)
{
    size_t n = 0;
    return ana_multiply(n_states, n_states, &n) && ana_multiply(n, sizeof(double), &n) &&
           ana_multiply(n_states, n_features, &n) && ana_multiply(n, n_features, &n) &&
           ana_multiply(n, order, &n) && ana_multiply(n, sizeof(double), &n);
}

ana_status ana_hmm_new_of(ana_hmm_emission emission, size_t n_states, size_t n_features,
                          size_t order, ana_hmm **out)
{
    ana_status status = ANA_OK;
    ana_hmm *hmm = NULL;
    const bool ordered = emission == ANA_HMM_AUTOREGRESSIVE || emission == ANA_HMM_CATEGORICAL;
    if (n_states == 0 || n_features == 0 || (ordered && order == 0) ||
        !is_countable(n_states, n_features, ordered ? order : 1)) {
        return ana_fail(ANA_ERR_VALUE,
                        "hmm: %zu states, %zu features and order %zu; at least one of each",
                        n_states, n_features, order);
    }
    ANA_TRY(ana_allocate(1, sizeof *hmm, "hmm", &hmm));
    hmm->emission = emission;
    hmm->n_states = n_states;
    hmm->n_features = n_features;
    hmm->order = ordered ? order : 0;
    hmm->bin_s = NAN;
    ANA_TRY(take(n_states, &hmm->initial));
    ANA_TRY(take(n_states * n_states, &hmm->transition));
    ANA_TRY(take_emissions(hmm));
    ANA_TRY(name_features(hmm));
    *out = hmm;
    hmm = NULL;
done:
    ana_hmm_free(hmm);
    return status;
}

ana_status ana_hmm_new(size_t n_states, size_t n_features, ana_hmm **out)
{
    return ana_hmm_new_of(ANA_HMM_POISSON, n_states, n_features, 0, out);
}

void ana_hmm_free(ana_hmm *hmm)
{
    if (hmm == NULL) {
        return;
    }
    ana_free_texts(hmm->n_features, hmm->feature_names);
    free(hmm->initial);
    free(hmm->transition);
    free(hmm->rates);
    free(hmm->mean);
    free(hmm->covariance);
    free(hmm->variance);
    free(hmm->coefficients);
    free(hmm->probability);
    free(hmm->durations);
    free(hmm->input_weights);
    free(hmm->input_errors);
    ana_free_texts(hmm->n_inputs, hmm->input_names);
    ana_fit_info_clear(&hmm->info);
    free(hmm);
}

ana_status ana_hmm_set_durations(ana_hmm *hmm, size_t max_duration)
{
    ana_status status = ANA_OK;
    double *made = NULL;
    if (hmm->n_states < 2 || max_duration == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "hmm: explicit durations need two states and a longest duration; there are "
                        "%zu states and %zu rows",
                        hmm->n_states, max_duration);
    }
    ANA_TRY(ana_allocate(2 * hmm->n_states, sizeof(double), "hmm", &made));
    for (size_t k = 0; k < hmm->n_states; k++) {
        made[2 * k] = 1.0;
        made[2 * k + 1] = 0.9;
    }
    free(hmm->durations);
    hmm->durations = made;
    hmm->max_duration = max_duration;
done:
    return status;
}
