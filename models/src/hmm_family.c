#include "hmm_family.h"

#include "try.h"

#include <analysis/models/hmm_messages.h>

#include <math.h>

ana_status ana_hmm_family_new(const ana_hmm_family_input *input, ana_workspace *workspace,
                              ana_hmm_family *out)
{
    switch ((ana_hmm_emission)input->options->emission) {
    case ANA_HMM_GAUSSIAN:
    case ANA_HMM_AUTOREGRESSIVE:
        return ana_hmm_linear_new(input, workspace, out);
    case ANA_HMM_GAUSSIAN_DIAGONAL:
        return ana_hmm_diagonal_new(input, workspace, out);
    case ANA_HMM_BERNOULLI:
    case ANA_HMM_CATEGORICAL:
        return ana_hmm_categorical_new(input, workspace, out);
    case ANA_HMM_POISSON:
        break;
    }
    return ana_hmm_poisson_new(input, workspace, out);
}

/* Mean and variance of each feature's observed values, in two passes. */
static void measure(const ana_hmm_family_input *input, size_t f, ana_hmm_values *to)
{
    const ana_observations *from = input->observations;
    const size_t column = input->feature_of != NULL ? input->feature_of[f] : f;
    double n = 0.0;
    double sum = 0.0;
    double squares = 0.0;
    for (size_t t = 0; t < from->n_times; t++) {
        double y = from->values[t * from->n_features + column];
        n += isnan(y) ? 0.0 : 1.0;
        sum += isnan(y) ? 0.0 : y;
    }
    to->centre[f] = n > 0.0 ? sum / n : 0.0;
    for (size_t t = 0; t < from->n_times; t++) {
        double y = from->values[t * from->n_features + column] - to->centre[f];
        squares += isnan(y) ? 0.0 : y * y;
        to->values[t * to->n_features + f] = y;
    }
    to->spread[f] = squares > 0.0 ? squares / n : 1.0;
    to->n_observed += (size_t)n;
}

ana_status ana_hmm_values_new(const ana_hmm_family_input *input, ana_workspace *workspace,
                              ana_hmm_values *out)
{
    const size_t n = input->n_features;
    ana_hmm_values made = {.n_times = input->observations->n_times, .n_features = n};
    made.values = ana_workspace_doubles(workspace, made.n_times, n);
    made.centre = ana_workspace_doubles(workspace, n, 1);
    made.spread = ana_workspace_doubles(workspace, n, 1);
    ana_status status = ana_workspace_check(workspace, "hmm");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t f = 0; f < n; f++) {
        measure(input, f, &made);
    }
    *out = made;
    return ANA_OK;
}

static double standardised(const void *data, size_t t, size_t column)
{
    const ana_hmm_values *values = data;
    return values->values[t * values->n_features + column] / sqrt(values->spread[column]);
}

ana_status ana_hmm_values_sample(const ana_hmm_family_input *input, const ana_hmm_values *values,
                                 ana_workspace *workspace, ana_hmm_sample *out)
{
    const double *nothing = ana_workspace_doubles(workspace, values->n_features, 1);
    ana_status status = ana_workspace_check(workspace, "hmm start");
    return status != ANA_OK ? status
                            : ana_hmm_sample_new(input->observations, values->n_features,
                                                 standardised, values, nothing, workspace, out);
}

static ana_status check_numbers(const char *what, size_t n, const double *values, double least,
                                double most)
{
    for (size_t i = 0; i < n; i++) {
        if (!(values[i] >= least && values[i] <= most)) {
            return ana_fail(ANA_ERR_VALUE,
                            "hmm: %s: number %zu of the model, %g, is none or out of range", what,
                            i, values[i]);
        }
    }
    return ANA_OK;
}

ana_status ana_hmm_check(const ana_hmm *hmm)
{
    ana_status status = ANA_OK;
    const ana_hmm_sizes sizes = ana_hmm_sizes_of(hmm);
    const ana_hmm_chain chain = {hmm->n_states, hmm->initial, hmm->transition, 0};
    const double largest = 1e300;
    ANA_TRY(ana_hmm_chain_check(&chain, 1));
    ANA_TRY(check_numbers("rates", sizes.rates, hmm->rates, 0.0, largest));
    ANA_TRY(check_numbers("mean", sizes.mean, hmm->mean, -largest, largest));
    ANA_TRY(check_numbers("covariance", sizes.covariance, hmm->covariance, -largest, largest));
    ANA_TRY(check_numbers("variance", sizes.variance, hmm->variance, 1e-300, largest));
    ANA_TRY(
        check_numbers("coefficients", sizes.coefficients, hmm->coefficients, -largest, largest));
    ANA_TRY(check_numbers("probability", sizes.probability, hmm->probability, 0.0, 1.0));
    for (size_t k = 0; k < hmm->n_states && hmm->durations != NULL; k++) {
        ANA_TRY(check_numbers("durations (r)", 1, hmm->durations + 2 * k, 1e-6, 1e6));
        ANA_TRY(check_numbers("durations (p)", 1, hmm->durations + 2 * k + 1, 1e-12, 1.0 - 1e-12));
        ANA_TRY(check_numbers("diagonal of the transitions beside durations", 1,
                              hmm->transition + k * (hmm->n_states + 1), 0.0, 0.0));
    }
    const size_t n_categories = hmm->emission == ANA_HMM_CATEGORICAL ? hmm->order : 1;
    for (size_t j = 0; hmm->order > 0 && j < sizes.probability / n_categories; j++) {
        double sum = 0.0;
        for (size_t c = 0; c < n_categories; c++) {
            sum += hmm->probability[j * n_categories + c];
        }
        if (fabs(sum - 1.0) > 1e-8) {
            status = ana_fail(ANA_ERR_VALUE, "hmm: probability row %zu does not sum to 1", j);
            goto done;
        }
    }
done:
    return status;
}
