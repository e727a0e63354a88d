/* States ahead of the data, and states with a bounded delay behind them. */
#include "hmm_scratch.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <string.h>

ana_status ana_hmm_predict_states(const ana_hmm_chain *chain, size_t n_times,
                                  const double *filtered, double *predicted)
{
    const size_t n_states = chain->n_states;
    ana_status status = ana_hmm_chain_check(chain, n_times);
    if (status != ANA_OK) {
        return status;
    }
    memcpy(predicted, chain->initial, n_states * sizeof *predicted);
    for (size_t t = 1; t < n_times; t++) {
        ana_hmm_step(n_states, ana_hmm_step_of(chain, t - 1), filtered + (t - 1) * n_states,
                     predicted + t * n_states);
    }
    return ANA_OK;
}

ana_status ana_hmm_predict_states_ahead(const ana_hmm_chain *chain, size_t t, size_t n_steps,
                                        const double *filtered, double *predicted)
{
    const size_t n_states = chain->n_states;
    ana_status status = ana_hmm_chain_check(chain, t + n_steps + 1);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t h = 0; h < n_steps; h++) {
        const double *before = h == 0 ? filtered : predicted + (h - 1) * n_states;
        ana_hmm_step(n_states, ana_hmm_step_of(chain, t + h), before, predicted + h * n_states);
    }
    return ANA_OK;
}

/* beta[i] = sum_j A(i, j) exp(row[j] - max) beta[j], scaled to a largest of 1. */
static void step_back(size_t n_states, const double *transition, const double *row, double *beta,
                      double *weighted)
{
    double largest = -INFINITY;
    double highest = 0.0;
    for (size_t j = 0; j < n_states; j++) {
        largest = fmax(largest, row[j]);
    }
    for (size_t j = 0; j < n_states; j++) {
        weighted[j] = exp(row[j] - largest) * beta[j];
    }
    for (size_t i = 0; i < n_states; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < n_states; j++) {
            sum += transition[i * n_states + j] * weighted[j];
        }
        beta[i] = sum;
        highest = fmax(highest, sum);
    }
    for (size_t i = 0; i < n_states; i++) {
        beta[i] /= highest;
    }
}

ana_status ana_hmm_smooth_fixed_lag(const ana_hmm_chain *chain, size_t n_times,
                                    const double *log_emission, size_t lag, double *posterior)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_states = chain->n_states;
    double log_likelihood = 0.0;
    double *beta = ana_workspace_doubles(&workspace, n_states, 1);
    double *weighted = ana_workspace_doubles(&workspace, n_states, 1);
    double *filtered = ana_workspace_doubles(&workspace, n_times, n_states);
    ANA_TRY(ana_workspace_check(&workspace, "hmm smooth"));
    ANA_TRY(ana_hmm_filter(chain, n_times, log_emission, filtered, &log_likelihood));
    for (size_t t = 0; t < n_times; t++) {
        const size_t last = n_times - 1 - t < lag ? n_times - 1 : t + lag;
        double sum = 0.0;
        for (size_t k = 0; k < n_states; k++) {
            beta[k] = 1.0;
        }
        for (size_t s = last; s > t; s--) {
            step_back(n_states, ana_hmm_step_of(chain, s - 1), log_emission + s * n_states, beta,
                      weighted);
        }
        for (size_t k = 0; k < n_states; k++) {
            posterior[t * n_states + k] = filtered[t * n_states + k] * beta[k];
            sum += posterior[t * n_states + k];
        }
        for (size_t k = 0; k < n_states; k++) {
            posterior[t * n_states + k] /= sum;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
