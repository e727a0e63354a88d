/* What an HMM expects of each row given those before it, and whether the spikes agree. */
#include "feature_id.h"
#include "hmm_decode.h"
#include "hmm_durations.h"
#include "hmm_inputs.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/hmm.h>
#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <string.h>

/* A model, data, and P(state | past) of every row. */
typedef struct expectation {
    const ana_hmm *hmm;
    const ana_observations *observations;
    double *predicted;  /* T x K */
    size_t *feature_of; /* N: the observations' column of each feature */
} expectation;

/* P(state | past) with explicit durations: the chain of states and ages, where a visit of some age
 * ends with the hazard of that age. rows: log-likelihoods of one sequence. O(T K D). */
typedef struct ageing {
    size_t n_states;
    size_t most;     /* D */
    double *hazard;  /* K x D */
    double *weights; /* K x D: P(state, age | past) */
    double *leaving; /* K */
} ageing;

static ana_status make_ageing(const ana_hmm *hmm, ana_workspace *workspace, ageing *out)
{
    const size_t n = hmm->n_states;
    const size_t most = hmm->max_duration;
    *out = (ageing){.n_states = n,
                    .most = most,
                    .hazard = ana_workspace_doubles(workspace, n, most),
                    .weights = ana_workspace_doubles(workspace, n, most),
                    .leaving = ana_workspace_doubles(workspace, n, 1)};
    double *log_tail = ana_workspace_doubles(workspace, most, 1);
    ana_status status = ana_workspace_check(workspace, "hmm");
    for (size_t k = 0; k < n && status == ANA_OK; k++) {
        double *hazard = out->hazard + k * most;
        ana_semi_durations(hmm->durations + 2 * k, most, hazard, log_tail);
        for (size_t d = 0; d < most; d++) {
            hazard[d] = isfinite(log_tail[d]) ? exp(hazard[d] - log_tail[d]) : 1.0;
        }
    }
    return status;
}

/* One row further: visits end or grow older, and those that ended begin elsewhere. */
static void grow_older(const ana_hmm *hmm, const ageing *ages)
{
    const size_t most = ages->most;
    for (size_t k = 0; k < ages->n_states; k++) {
        double *weights = ages->weights + k * most;
        ages->leaving[k] = 0.0;
        for (size_t d = most; d-- > 0;) {
            const double ends = weights[d] * ages->hazard[k * most + d];
            ages->leaving[k] += ends;
            if (d + 1 < most) {
                weights[d + 1] = weights[d] - ends;
            }
        }
        weights[0] = 0.0;
    }
    for (size_t i = 0; i < ages->n_states; i++) {
        for (size_t j = 0; j < ages->n_states; j++) {
            ages->weights[j * most] += ages->leaving[i] * hmm->transition[i * ages->n_states + j];
        }
    }
}

/* Bayes' rule for one row. ANA_ERR_NUMERIC when it is impossible. */
static ana_status learn(const ageing *ages, const double *row, size_t t)
{
    double largest = -(double)INFINITY;
    double total = 0.0;
    for (size_t k = 0; k < ages->n_states; k++) {
        largest = fmax(largest, row[k]);
    }
    for (size_t k = 0; k < ages->n_states; k++) {
        const double likelihood = exp(row[k] - largest);
        for (size_t d = 0; d < ages->most; d++) {
            ages->weights[k * ages->most + d] *= likelihood;
            total += ages->weights[k * ages->most + d];
        }
    }
    if (!(total > 0.0)) {
        return ana_fail(ANA_ERR_NUMERIC, "hmm: row %zu is impossible in every state", t);
    }
    for (size_t i = 0; i < ages->n_states * ages->most; i++) {
        ages->weights[i] /= total;
    }
    return ANA_OK;
}

static ana_status predict_ageing(const ana_hmm *hmm, const ageing *ages, size_t n,
                                 const double *rows, double *predicted)
{
    const size_t n_states = ages->n_states;
    memset(ages->weights, 0, n_states * ages->most * sizeof *ages->weights);
    for (size_t k = 0; k < n_states; k++) {
        ages->weights[k * ages->most] = hmm->initial[k];
    }
    for (size_t t = 0; t < n; t++) {
        for (size_t k = 0; k < n_states; k++) {
            double sum = 0.0;
            for (size_t d = 0; d < ages->most; d++) {
                sum += ages->weights[k * ages->most + d];
            }
            predicted[t * n_states + k] = sum;
        }
        ana_status status = learn(ages, rows + t * n_states, t);
        if (status != ANA_OK) {
            return status;
        }
        grow_older(hmm, ages);
    }
    return ANA_OK;
}

static ana_status predict_states(const ana_hmm *hmm, const ana_observations *observations,
                                 ana_workspace *workspace, expectation *out)
{
    ana_status status = ANA_OK;
    const size_t n_states = hmm->n_states;
    const size_t *start = observations->sequence_start;
    ana_hmm_driven chains = {0};
    ageing ages = {0};
    double *rows = ana_workspace_doubles(workspace, observations->n_times, n_states);
    *out = (expectation){.hmm = hmm,
                         .observations = observations,
                         .predicted =
                             ana_workspace_doubles(workspace, observations->n_times, n_states),
                         .feature_of = ana_workspace_sizes(workspace, hmm->n_features, 1)};
    ANA_TRY(ana_workspace_check(workspace, "hmm"));
    ANA_TRY(ana_hmm_log_emission(hmm, observations, rows));
    ANA_TRY(ana_feature_match("hmm", hmm->n_features, hmm->feature_names, observations,
                              out->feature_of));
    ANA_TRY(ana_hmm_chains(hmm, observations, workspace, &chains));
    if (hmm->durations != NULL) {
        ANA_TRY(make_ageing(hmm, workspace, &ages));
    }
    for (size_t s = 0; s < observations->n_sequences; s++) {
        double log_likelihood = 0.0;
        const size_t n = start[s + 1] - start[s];
        double *first = rows + start[s] * n_states;
        double *predicted = out->predicted + start[s] * n_states;
        if (hmm->durations != NULL) {
            ANA_TRY(predict_ageing(hmm, &ages, n, first, predicted));
            continue;
        }
        const ana_hmm_chain chain = ana_hmm_driven_chain(&chains, s);
        ANA_TRY(ana_hmm_filter(&chain, n, first, first, &log_likelihood));
        ANA_TRY(ana_hmm_predict_states(&chain, n, first, predicted));
    }
done:
    return status;
}

/* The mixture of one feature's means, which stand `stride` apart. */
static void mix(const expectation *from, const double *means, size_t feature, double *out,
                size_t out_stride)
{
    const size_t n_states = from->hmm->n_states;
    const size_t n_features = from->hmm->n_features;
    for (size_t t = 0; t < from->observations->n_times; t++) {
        double sum = 0.0;
        for (size_t k = 0; k < n_states; k++) {
            sum += from->predicted[t * n_states + k] * means[k * n_features + feature];
        }
        out[t * out_stride] = sum;
    }
}

/* sum over lags and sources of coefficient x earlier value; NaN where one is missing. */
static double lagged(const expectation *from, size_t state, size_t feature, size_t t)
{
    const ana_hmm *hmm = from->hmm;
    const size_t n = hmm->n_features;
    const double *coefficients = hmm->coefficients + (state * n + feature) * hmm->order * n;
    double sum = 0.0;
    for (size_t lag = 1; lag <= hmm->order; lag++) {
        const double *row = from->observations->values + (t - lag) * from->observations->n_features;
        for (size_t source = 0; source < n; source++) {
            sum += coefficients[(lag - 1) * n + source] * row[from->feature_of[source]];
        }
    }
    return sum;
}

static void add_history(const expectation *from, size_t feature, double *out, size_t out_stride)
{
    const size_t n_states = from->hmm->n_states;
    const size_t *start = from->observations->sequence_start;
    for (size_t s = 0; s < from->observations->n_sequences; s++) {
        for (size_t t = start[s]; t < start[s + 1]; t++) {
            double sum = t - start[s] < from->hmm->order ? (double)NAN : 0.0;
            for (size_t k = 0; k < n_states && !isnan(sum); k++) {
                sum += from->predicted[t * n_states + k] * lagged(from, k, feature, t);
            }
            out[t * out_stride] += sum;
        }
    }
}

ana_status ana_hmm_predict(const ana_hmm *hmm, const ana_observations *observations, double *mean)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    expectation from = {0};
    const double *means = ana_hmm_plain_mean(hmm);
    if (means == NULL) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "hmm: categories are names and have no expected value");
    }
    ANA_TRY(predict_states(hmm, observations, &workspace, &from));
    for (size_t n = 0; n < hmm->n_features; n++) {
        mix(&from, means, n, mean + n, hmm->n_features);
        if (hmm->emission == ANA_HMM_AUTOREGRESSIVE) {
            add_history(&from, n, mean + n, hmm->n_features);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The same means in every row. */
static ana_status expected_in_states(void *user, size_t unit, double *mean)
{
    const expectation *from = user;
    const size_t n_states = from->hmm->n_states;
    const double *means = ana_hmm_plain_mean(from->hmm);
    for (size_t t = 0; t < from->observations->n_times; t++) {
        for (size_t k = 0; k < n_states; k++) {
            mean[t * n_states + k] = means[k * from->hmm->n_features + unit];
        }
    }
    return ANA_OK;
}

ana_status ana_hmm_goodness(const ana_hmm *hmm, const ana_observations *observations,
                            const ana_goodness_options *given, ana_goodness **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_observations *taken = NULL;
    expectation from = {0};
    ana_goodness_options options = given != NULL ? *given : ana_goodness_options_default();
    if (hmm->emission != ANA_HMM_POISSON && hmm->emission != ANA_HMM_BERNOULLI) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "hmm: goodness of fit by time rescaling is for spikes: Poisson or "
                        "Bernoulli emissions");
    }
    if (hmm->emission == ANA_HMM_BERNOULLI) {
        options.rescaling = ANA_RESCALE_BINARY;
    }
    ANA_TRY(predict_states(hmm, observations, &workspace, &from));
    ANA_TRY(ana_observations_take(observations, hmm->n_features, from.feature_of, &taken));
    const ana_expectation counts = {hmm->n_states, from.predicted, expected_in_states, &from};
    ANA_TRY(ana_goodness_of_fit(taken, &counts, &options, out));
done:
    ana_observations_free(taken);
    ana_workspace_release(&workspace);
    return status;
}
