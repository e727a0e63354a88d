/* The long run of a chain. */
#include "hmm_durations.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/hmm.h>
#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <string.h>

/* Takes the states out of the chain from the last on: what went through one goes on to the others.
 * Nothing is subtracted, so that no digits are lost however rare the changes are. */
static ana_status eliminate(size_t n, double *matrix)
{
    for (size_t last = n - 1; last > 0; last--) {
        double leaves = 0.0;
        for (size_t j = 0; j < last; j++) {
            leaves += matrix[last * n + j];
        }
        if (!(leaves > 0.0)) {
            return ana_fail(ANA_ERR_NUMERIC,
                            "hmm: the chain falls apart: from state %zu on no state before it is "
                            "reached, so that its long run depends on where it begins",
                            last + 1);
        }
        for (size_t i = 0; i < last; i++) {
            matrix[i * n + last] /= leaves;
            for (size_t j = 0; j < last; j++) {
                matrix[i * n + j] += matrix[i * n + last] * matrix[last * n + j];
            }
        }
    }
    return ANA_OK;
}

ana_status ana_hmm_stationary(size_t n_states, const double *transition, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_hmm_chain chain = {n_states, transition, transition, 0}; /* any row is a start */
    double *matrix = ana_workspace_doubles(&workspace, n_states, n_states);
    double sum = 1.0;
    ANA_TRY(ana_hmm_chain_check(&chain, 2));
    ANA_TRY(ana_workspace_check(&workspace, "hmm stationary"));
    memcpy(matrix, transition, n_states * n_states * sizeof *matrix);
    ANA_TRY(eliminate(n_states, matrix));
    out[0] = 1.0;
    for (size_t j = 1; j < n_states; j++) {
        out[j] = 0.0;
        for (size_t i = 0; i < j; i++) {
            out[j] += out[i] * matrix[i * n_states + j];
        }
        sum += out[j];
    }
    for (size_t j = 0; j < n_states; j++) {
        out[j] /= sum;
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
