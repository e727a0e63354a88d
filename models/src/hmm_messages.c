#include "dense.h"
#include "hmm_scratch.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The limit of all of these: 2 T K^2 flops and T K exponentials; T K^2 is small beside the
 * emissions (2 T K N), so plain loops over contiguous rows are enough. */

static ana_status check_row(const double *row, size_t n, const char *what, size_t index)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (!(row[i] >= 0.0) || !isfinite(row[i])) {
            return ana_fail(ANA_ERR_VALUE, "hmm: %s %zu holds a value that is no probability", what,
                            index);
        }
        sum += row[i];
    }
    if (fabs(sum - 1.0) > 1e-8) {
        return ana_fail(ANA_ERR_VALUE, "hmm: %s %zu does not sum to 1", what, index);
    }
    return ANA_OK;
}

ana_status ana_hmm_chain_check(const ana_hmm_chain *chain, size_t n_times)
{
    const size_t n_states = chain->n_states;
    if (n_states == 0 || n_times == 0) {
        return ana_fail(ANA_ERR_VALUE, "hmm: %zu states and %zu times; at least one of each",
                        n_states, n_times);
    }
    ana_status status = check_row(chain->initial, n_states, "initial row", 0);
    size_t n_matrices = chain->transition_stride == 0 ? 1 : n_times - 1;
    for (size_t t = 0; t < n_matrices && status == ANA_OK; t++) {
        for (size_t i = 0; i < n_states && status == ANA_OK; i++) {
            status = check_row(ana_hmm_step_of(chain, t) + i * n_states, n_states, "transition row",
                               t * n_states + i);
        }
    }
    return status;
}

void ana_hmm_step(size_t n_states, const double *transition, const double *previous,
                  double *predicted)
{
    memset(predicted, 0, n_states * sizeof *predicted);
    for (size_t i = 0; i < n_states; i++) {
        const double *row = transition + i * n_states;
        for (size_t j = 0; j < n_states; j++) {
            predicted[j] += previous[i] * row[j];
        }
    }
}

/* likelihood[k] = exp(log_emission[k] - largest); returns the largest, which is not finite when the
 * observation is impossible in every state, or NaN. */
static double scale_emission(size_t n_states, const double *log_emission, double *likelihood)
{
    double largest = -INFINITY;
    for (size_t k = 0; k < n_states; k++) {
        if (isnan(log_emission[k])) {
            return NAN;
        }
        largest = fmax(log_emission[k], largest);
    }
    if (isfinite(largest)) {
        for (size_t k = 0; k < n_states; k++) {
            likelihood[k] = exp(log_emission[k] - largest);
        }
    }
    return largest;
}

static ana_status impossible(size_t t, double largest)
{
    if (isnan(largest) || (largest > 0.0 && isinf(largest))) {
        return ana_fail(ANA_ERR_NUMERIC, "hmm: the log-likelihood of observation %zu is not finite",
                        t);
    }
    return ana_fail(ANA_ERR_NUMERIC,
                    "hmm: observation %zu is impossible in every state that can be reached", t);
}

ana_status ana_hmm_forward(const ana_hmm_chain *chain, size_t first, size_t n_times,
                           const double *log_emission, const ana_hmm_scratch *scratch,
                           double *filtered, double *log_likelihood)
{
    const size_t n_states = chain->n_states;
    const bool keep = scratch->scale != NULL;
    double total = *log_likelihood;
    for (size_t t = 0; t < n_times; t++) {
        double *here = filtered + t * n_states;
        double *b = scratch->likelihood + (keep ? t * n_states : 0);
        double largest = scale_emission(n_states, log_emission + t * n_states, b);
        if (!isfinite(largest)) {
            return impossible(first + t, largest);
        }
        const double *prior = chain->initial;
        if (first + t > 0) {
            ana_hmm_step(n_states, ana_hmm_step_of(chain, first + t - 1),
                         t > 0 ? here - n_states : scratch->before, scratch->row);
            prior = scratch->row;
        }
        double sum = 0.0;
        for (size_t k = 0; k < n_states; k++) {
            here[k] = prior[k] * b[k];
            sum += here[k];
        }
        if (!(sum > 0.0)) {
            return impossible(first + t, -INFINITY);
        }
        for (size_t k = 0; k < n_states; k++) {
            here[k] /= sum;
        }
        if (keep) {
            scratch->scale[t] = sum;
        }
        total += log(sum) + largest;
    }
    *log_likelihood = total;
    return ANA_OK;
}

ana_hmm_scratch ana_hmm_scratch_new(ana_workspace *workspace, size_t n_times, size_t n_states)
{
    ana_hmm_scratch scratch = {
        .likelihood = ana_workspace_doubles(workspace, n_times, n_states),
        .scale = ana_workspace_doubles(workspace, n_times, 1),
        .row = ana_workspace_doubles(workspace, n_states, 1),
        .beta = ana_workspace_doubles(workspace, n_states, 1),
        .sums = ana_workspace_doubles(workspace, n_states, n_states),
    };
    return scratch;
}

ana_status ana_hmm_filter(const ana_hmm_chain *chain, size_t n_times, const double *log_emission,
                          double *filtered, double *log_likelihood)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_hmm_scratch scratch = ana_hmm_scratch_new(&workspace, 1, chain->n_states);
    ANA_TRY(ana_workspace_check(&workspace, "hmm filter"));
    ANA_TRY(ana_hmm_chain_check(chain, n_times));
    scratch.scale = NULL;
    double total = 0.0;
    ANA_TRY(ana_hmm_forward(chain, 0, n_times, log_emission, &scratch, filtered, &total));
    *log_likelihood = total;
done:
    ana_workspace_release(&workspace);
    return status;
}

/* One step back, from t + 1 to t: adds the expected transitions, and turns filtered row t into the
 * posterior. weighted[j] = b_{t+1}(j) beta_{t+1}(j) / c_{t+1} on entry; beta_t is left in `beta`.
 */
static void step_back(size_t n_states, const double *transition, const double *weighted,
                      double *here, double *beta, double *transitions)
{
    for (size_t i = 0; i < n_states; i++) {
        const double *row = transition + i * n_states;
        double *sums = transitions + i * n_states;
        double sum = 0.0;
        for (size_t j = 0; j < n_states; j++) {
            double term = row[j] * weighted[j];
            sum += term;
            sums[j] += here[i] * term;
        }
        beta[i] = sum;
    }
    double total = 0.0;
    for (size_t i = 0; i < n_states; i++) {
        here[i] *= beta[i];
        total += here[i];
    }
    /* total is 1 up to rounding; dividing keeps rows of long chains at 1 to the last digit. */
    for (size_t i = 0; i < n_states; i++) {
        here[i] /= total;
    }
}

void ana_hmm_backward(const ana_hmm_chain *chain, size_t first, size_t n_times,
                      const ana_hmm_scratch *scratch, double *posterior)
{
    const size_t n_states = chain->n_states;
    for (size_t t = n_times - 1; t-- > 0;) {
        const double *b = scratch->likelihood + (t + 1) * n_states;
        for (size_t k = 0; k < n_states; k++) {
            scratch->row[k] = b[k] * scratch->beta[k] / scratch->scale[t + 1];
        }
        step_back(n_states, ana_hmm_step_of(chain, first + t), scratch->row,
                  posterior + t * n_states, scratch->beta, scratch->sums);
    }
}

ana_status ana_hmm_smooth_in(const ana_hmm_chain *chain, size_t n_times, const double *log_emission,
                             const ana_hmm_scratch *scratch, double *posterior,
                             double *log_likelihood)
{
    *log_likelihood = 0.0;
    ana_status status =
        ana_hmm_forward(chain, 0, n_times, log_emission, scratch, posterior, log_likelihood);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t k = 0; k < chain->n_states; k++) {
        scratch->beta[k] = 1.0;
    }
    ana_hmm_backward(chain, 0, n_times, scratch, posterior);
    return ANA_OK;
}

ana_status ana_hmm_smooth(const ana_hmm_chain *chain, size_t n_times, const double *log_emission,
                          double *posterior, double *transitions, double *log_likelihood)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_hmm_scratch scratch = ana_hmm_scratch_new(&workspace, n_times, chain->n_states);
    ANA_TRY(ana_workspace_check(&workspace, "hmm smooth"));
    ANA_TRY(ana_hmm_chain_check(chain, n_times));
    ANA_TRY(ana_hmm_smooth_in(chain, n_times, log_emission, &scratch, posterior, log_likelihood));
    if (transitions != NULL) {
        memcpy(transitions, scratch.sums, chain->n_states * chain->n_states * sizeof *transitions);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Logarithms of n probabilities; log 0 is -inf. */
static void log_all(size_t n, const double *probabilities, double *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = log(probabilities[i]);
    }
}

/* best[j] = max_i previous[i] + log_transition(i, j), and the lowest i that attains it. */
static void best_predecessors(size_t n_states, const double *log_transition, const double *previous,
                              double *best, uint32_t *from)
{
    for (size_t j = 0; j < n_states; j++) {
        double highest = -INFINITY;
        size_t argument = 0;
        for (size_t i = 0; i < n_states; i++) {
            double score = previous[i] + log_transition[i * n_states + j];
            if (score > highest) {
                highest = score;
                argument = i;
            }
        }
        best[j] = highest;
        from[j] = (uint32_t)argument;
    }
}

ana_status ana_hmm_viterbi(const ana_hmm_chain *chain, size_t n_times, const double *log_emission,
                           size_t *path, double *log_probability)
{
    const size_t n_states = chain->n_states;
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    uint32_t *from = ana_workspace_bytes(&workspace, n_times, n_states, sizeof *from);
    double *score = ana_workspace_doubles(&workspace, n_states, 1);
    double *best = ana_workspace_doubles(&workspace, n_states, 1);
    double *log_transition = ana_workspace_doubles(&workspace, n_states, n_states);
    ANA_TRY(ana_workspace_check(&workspace, "hmm viterbi"));
    ANA_TRY(ana_hmm_chain_check(chain, n_times));
    for (size_t k = 0; k < n_states; k++) {
        score[k] = log(chain->initial[k]) + log_emission[k];
    }
    for (size_t t = 1; t < n_times; t++) {
        if (t == 1 || chain->transition_stride > 0) {
            log_all(n_states * n_states, ana_hmm_step_of(chain, t - 1), log_transition);
        }
        best_predecessors(n_states, log_transition, score, best, from + t * n_states);
        for (size_t k = 0; k < n_states; k++) {
            score[k] = best[k] + log_emission[t * n_states + k];
        }
    }
    size_t state = ana_largest(n_states, score);
    if (!isfinite(score[state])) {
        status = ana_fail(ANA_ERR_NUMERIC, "hmm: no path of states can give these observations");
        goto done;
    }
    *log_probability = score[state];
    for (size_t t = n_times; t-- > 0;) {
        path[t] = state;
        state = from[t * n_states + state];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_hmm_sample_path_in(const ana_hmm_chain *chain, size_t n_times,
                                  const double *log_emission, const ana_hmm_scratch *scratch,
                                  double *filtered, ana_random *random, size_t *path)
{
    const size_t n_states = chain->n_states;
    double *weights = scratch->beta;
    double log_likelihood = 0.0;
    ana_hmm_scratch single = *scratch;
    single.scale = NULL;
    ana_status status =
        ana_hmm_forward(chain, 0, n_times, log_emission, &single, filtered, &log_likelihood);
    if (status != ANA_OK) {
        return status;
    }
    path[n_times - 1] =
        ana_random_categorical(random, n_states, filtered + (n_times - 1) * n_states);
    for (size_t t = n_times - 1; t-- > 0;) {
        for (size_t i = 0; i < n_states; i++) {
            weights[i] =
                filtered[t * n_states + i] * ana_hmm_step_of(chain, t)[i * n_states + path[t + 1]];
        }
        path[t] = ana_random_categorical(random, n_states, weights);
    }
    return ANA_OK;
}

ana_status ana_hmm_sample_path(const ana_hmm_chain *chain, size_t n_times,
                               const double *log_emission, ana_random *random, size_t *path)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_hmm_scratch scratch = ana_hmm_scratch_new(&workspace, 1, chain->n_states);
    double *filtered = ana_workspace_doubles(&workspace, n_times, chain->n_states);
    ANA_TRY(ana_workspace_check(&workspace, "hmm sample"));
    ANA_TRY(ana_hmm_chain_check(chain, n_times));
    ANA_TRY(ana_hmm_sample_path_in(chain, n_times, log_emission, &scratch, filtered, random, path));
done:
    ana_workspace_release(&workspace);
    return status;
}
