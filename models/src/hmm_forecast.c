/* States and rows ahead of the data. */
#include "feature_id.h"
#include "hmm_decode.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/hmm.h>
#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <string.h>

/* Filtered row at the end of the last sequence. */
static ana_status filter_last(const ana_hmm *hmm, const ana_observations *observations,
                              double *filtered)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_states = hmm->n_states;
    const ana_hmm_chain chain = {n_states, hmm->initial, hmm->transition, 0};
    double log_likelihood = 0.0;
    double *rows = ana_workspace_doubles(&workspace, observations->n_times, n_states);
    ANA_TRY(ana_workspace_check(&workspace, "hmm forecast"));
    ANA_TRY(ana_hmm_log_emission(hmm, observations, rows));
    const size_t first = observations->sequence_start[observations->n_sequences - 1];
    double *last = rows + first * n_states;
    ANA_TRY(ana_hmm_filter(&chain, observations->n_times - first, last, last, &log_likelihood));
    memcpy(filtered, rows + (observations->n_times - 1) * n_states, n_states * sizeof *filtered);
done:
    ana_workspace_release(&workspace);
    return status;
}

const double *ana_hmm_plain_mean(const ana_hmm *hmm)
{
    switch (hmm->emission) {
    case ANA_HMM_POISSON:
        return hmm->rates;
    case ANA_HMM_BERNOULLI:
        return hmm->probability;
    case ANA_HMM_GAUSSIAN:
    case ANA_HMM_GAUSSIAN_DIAGONAL:
    case ANA_HMM_AUTOREGRESSIVE:
        return hmm->mean;
    case ANA_HMM_CATEGORICAL:
        break;
    }
    return NULL;
}

/* Row `to`, whose `order` rows before stand in front of it, given state probabilities. */
static void expect_row(const ana_hmm *hmm, const double *states, double *to)
{
    const size_t n = hmm->n_features;
    const double *mean = ana_hmm_plain_mean(hmm);
    for (size_t f = 0; f < n; f++) {
        double sum = 0.0;
        for (size_t k = 0; k < hmm->n_states; k++) {
            const double *coefficients = hmm->coefficients + (k * n + f) * hmm->order * n;
            double value = mean[k * n + f];
            for (size_t c = 0; hmm->emission == ANA_HMM_AUTOREGRESSIVE && c < hmm->order * n; c++) {
                value += coefficients[c] * *(to - ((c / n + 1) * n - c % n));
            }
            sum += states[k] * value;
        }
        to[f] = sum;
    }
}

/* The last `order` rows, in the model's order of features, into `to`. */
static ana_status take_history(const ana_hmm *hmm, const ana_observations *observations,
                               size_t order, size_t *feature_of, double *to)
{
    const size_t n = hmm->n_features;
    const size_t n_times = observations->n_times;
    const size_t first = observations->sequence_start[observations->n_sequences - 1];
    ana_status status = ana_feature_match("hmm", n, hmm->feature_names, observations, feature_of);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i < order * n; i++) {
        const size_t back = order - i / n;
        const bool there = n_times - first >= back;
        to[i] = there
                    ? observations
                          ->values[(n_times - back) * observations->n_features + feature_of[i % n]]
                    : (double)NAN;
        if (isnan(to[i])) {
            return ana_fail(ANA_ERR_VALUE,
                            "hmm forecast: the last %zu rows must be complete; feature %zu is "
                            "missing %zu rows before the end",
                            order, i % n, back - 1);
        }
    }
    return ANA_OK;
}

static ana_status expect_rows(const ana_hmm *hmm, const ana_observations *observations,
                              size_t n_steps, const double *states, double *mean)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = hmm->n_features;
    const size_t order = hmm->emission == ANA_HMM_AUTOREGRESSIVE ? hmm->order : 0;
    double *rows = ana_workspace_doubles(&workspace, order + n_steps, n);
    size_t *feature_of = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "hmm forecast"));
    ANA_TRY(take_history(hmm, observations, order, feature_of, rows));
    for (size_t h = 0; h < n_steps; h++) {
        expect_row(hmm, states + h * hmm->n_states, rows + (order + h) * n);
    }
    memcpy(mean, rows + order * n, n_steps * n * sizeof *mean);
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_hmm_forecast(const ana_hmm *hmm, const ana_observations *observations,
                            size_t n_steps, double *states, double *mean)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_hmm_chain chain = {hmm->n_states, hmm->initial, hmm->transition, 0};
    if (hmm->n_inputs > 0) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "hmm forecast: what will drive the transitions is not known ahead of the "
                        "data");
    }
    if (hmm->durations != NULL) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "hmm forecast: there is none for explicit durations");
    }
    if (mean != NULL && ana_hmm_plain_mean(hmm) == NULL) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "hmm forecast: categories are names and have no expected value");
    }
    double *filtered = ana_workspace_doubles(&workspace, hmm->n_states, 1);
    ANA_TRY(ana_workspace_check(&workspace, "hmm forecast"));
    ANA_TRY(filter_last(hmm, observations, filtered));
    ANA_TRY(ana_hmm_predict_states_ahead(&chain, 0, n_steps, filtered, states));
    if (mean != NULL) {
        ANA_TRY(expect_rows(hmm, observations, n_steps, states, mean));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
