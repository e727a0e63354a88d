/* The long run of a chain. */
#include "hmm_durations.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/hmm.h>
#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* reaches[i][j]: state j is some number of steps from i, or i itself (Warshall 1962). */
static void find_reach(size_t n, const double *transition, bool *reaches)
{
    for (size_t i = 0; i < n * n; i++) {
        reaches[i] = transition[i] > 0.0 || i / n == i % n;
    }
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n && reaches[i * n + k]; j++) {
                reaches[i * n + j] = reaches[i * n + j] || reaches[k * n + j];
            }
        }
    }
}

/* The states to which the chain comes back for ever; those before them are left for good. */
static size_t find_lasting(size_t n, const bool *reaches, size_t *lasting)
{
    size_t n_lasting = 0;
    for (size_t i = 0; i < n; i++) {
        bool comes_back = true;
        for (size_t j = 0; j < n; j++) {
            comes_back = comes_back && (!reaches[i * n + j] || reaches[j * n + i]);
        }
        if (comes_back) {
            lasting[n_lasting++] = i;
        }
    }
    return n_lasting;
}

/* Takes the states out of the chain from the last on: what went through one goes on to the others.
 * Nothing is subtracted, so that no digits are lost however rare the changes are. Every state
 * reaches every other. */
static void eliminate(size_t n, double *matrix, double *shares)
{
    double sum = 1.0;
    for (size_t last = n - 1; last > 0; last--) {
        double leaves = 0.0;
        for (size_t j = 0; j < last; j++) {
            leaves += matrix[last * n + j];
        }
        for (size_t i = 0; i < last; i++) {
            matrix[i * n + last] /= leaves;
            for (size_t j = 0; j < last; j++) {
                matrix[i * n + j] += matrix[i * n + last] * matrix[last * n + j];
            }
        }
    }
    shares[0] = 1.0;
    for (size_t j = 1; j < n; j++) {
        shares[j] = 0.0;
        for (size_t i = 0; i < j; i++) {
            shares[j] += shares[i] * matrix[i * n + j];
        }
        sum += shares[j];
    }
    for (size_t j = 0; j < n; j++) {
        shares[j] /= sum;
    }
}

/* The lasting states are one class; else the long run depends on where the chain begins. */
static ana_status check_one_class(size_t n, const bool *reaches, size_t n_lasting,
                                  const size_t *lasting)
{
    for (size_t i = 1; i < n_lasting; i++) {
        if (!reaches[lasting[0] * n + lasting[i]]) {
            return ana_fail(ANA_ERR_NUMERIC,
                            "hmm: the chain falls apart: states %zu and %zu never lead to one "
                            "another, so that its long run depends on where it begins",
                            lasting[0] + 1, lasting[i] + 1);
        }
    }
    return ANA_OK;
}

ana_status ana_hmm_stationary(size_t n_states, const double *transition, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = n_states;
    const ana_hmm_chain chain = {n, transition, transition, 0}; /* any row is a start */
    double *matrix = ana_workspace_doubles(&workspace, n, n);
    double *shares = ana_workspace_doubles(&workspace, n, 1);
    bool *reaches = ana_workspace_bytes(&workspace, n, n, sizeof *reaches);
    size_t *lasting = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_hmm_chain_check(&chain, 2));
    ANA_TRY(ana_workspace_check(&workspace, "hmm stationary"));
    find_reach(n, transition, reaches);
    const size_t n_lasting = find_lasting(n, reaches, lasting);
    ANA_TRY(check_one_class(n, reaches, n_lasting, lasting));
    for (size_t i = 0; i < n_lasting; i++) {
        for (size_t j = 0; j < n_lasting; j++) {
            matrix[i * n_lasting + j] = transition[lasting[i] * n + lasting[j]];
        }
    }
    eliminate(n_lasting, matrix, shares);
    memset(out, 0, n * sizeof *out);
    for (size_t i = 0; i < n_lasting; i++) {
        out[lasting[i]] = shares[i];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_hmm_mean_durations(const ana_hmm *hmm, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = hmm->n_states;
    const size_t most = hmm->durations != NULL ? hmm->max_duration : 0;
    double *log_pmf = ana_workspace_doubles(&workspace, most, 1);
    double *log_tail = ana_workspace_doubles(&workspace, most, 1);
    ANA_TRY(ana_workspace_check(&workspace, "hmm durations"));
    for (size_t k = 0; k < n; k++) {
        if (hmm->durations == NULL) {
            out[k] = 1.0 / (1.0 - hmm->transition[k * n + k]);
            continue;
        }
        ana_semi_durations(hmm->durations + 2 * k, most, log_pmf, log_tail);
        out[k] = 0.0;
        for (size_t d = 0; d < most; d++) {
            out[k] += exp(log_tail[d]); /* the mean is the sum of P(at least d) */
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_hmm_long_run(const ana_hmm *hmm, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = hmm->n_states;
    double sum = 0.0;
    double *visits = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "hmm stationary"));
    ANA_TRY(ana_hmm_stationary(n, hmm->transition, out));
    if (hmm->durations != NULL) { /* shares of the visits, each of its length */
        ANA_TRY(ana_hmm_mean_durations(hmm, visits));
        for (size_t k = 0; k < n; k++) {
            out[k] *= visits[k];
            sum += out[k];
        }
        for (size_t k = 0; k < n; k++) {
            out[k] /= sum;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
