/* Hidden Markov models whose transitions inputs drive: where the inputs stand among the rows. */
#include "feature_id.h"
#include "hmm_family.h"
#include "hmm_inputs.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <math.h>
#include <string.h>

/* values (T x D) = the given columns of the rows. */
static ana_status take_columns(const ana_observations *observations, size_t n,
                               const size_t *columns, double *values)
{
    for (size_t t = 0; t < observations->n_times; t++) {
        for (size_t d = 0; d < n; d++) {
            values[t * n + d] = observations->values[t * observations->n_features + columns[d]];
            if (!isfinite(values[t * n + d])) {
                char id[ANA_FEATURE_ID_SIZE];
                ana_feature_id(observations, columns[d], id, sizeof id);
                return ana_fail(ANA_ERR_VALUE,
                                "hmm: input %s, which drives the transitions, is missing in row "
                                "%zu",
                                id, t);
            }
        }
    }
    return ANA_OK;
}

ana_status ana_hmm_chains(const ana_hmm *hmm, const ana_observations *observations,
                          ana_workspace *workspace, ana_hmm_driven *out)
{
    ana_status status = ANA_OK;
    const size_t d = hmm->n_inputs;
    ana_hmm_inputs inputs = {hmm->n_states, d, NULL, hmm->transition, hmm->input_weights};
    if (d > 0) {
        double *values = ana_workspace_doubles(workspace, observations->n_times, d);
        size_t *columns = ana_workspace_sizes(workspace, d, 1);
        ANA_TRY(ana_workspace_check(workspace, "hmm inputs"));
        ANA_TRY(ana_feature_match("hmm", d, hmm->input_names, observations, columns));
        ANA_TRY(take_columns(observations, d, columns, values));
        inputs.values = values;
    }
    ANA_TRY(ana_hmm_driven_new(&inputs, hmm->initial, observations->n_sequences,
                               observations->sequence_start, workspace, out));
done:
    return status;
}

ana_status ana_hmm_part_inputs(const ana_observations *observations, size_t n_inputs,
                               ana_workspace *workspace, ana_observations **own, double **values)
{
    ana_status status = ANA_OK;
    const size_t all = observations->n_features;
    size_t *columns = ana_workspace_sizes(workspace, all, 1);
    *values = ana_workspace_doubles(workspace, observations->n_times, n_inputs);
    ANA_TRY(ana_workspace_check(workspace, "hmm inputs"));
    if (n_inputs >= all) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE,
                         "hmm: %zu features of which %zu drive the transitions leave none to model",
                         all, n_inputs));
    }
    for (size_t f = 0; f < all; f++) {
        columns[f] = f;
    }
    ANA_TRY(take_columns(observations, n_inputs, columns + all - n_inputs, *values));
    ANA_TRY(ana_observations_take(observations, all - n_inputs, columns, own));
done:
    return status;
}

ana_status ana_hmm_keep_inputs(const ana_observations *observations, const ana_em_model *model,
                               size_t n_inputs, ana_hmm *hmm)
{
    ana_status status = ANA_OK;
    const size_t first = observations->n_features - n_inputs;
    ANA_TRY(
        ana_allocate(hmm->n_states * n_inputs, sizeof(double), "hmm inputs", &hmm->input_weights));
    ANA_TRY(
        ana_allocate(hmm->n_states * n_inputs, sizeof(double), "hmm inputs", &hmm->input_errors));
    ANA_TRY(ana_allocate(n_inputs, sizeof(char *), "hmm inputs", &hmm->input_names));
    hmm->n_inputs = n_inputs;
    memcpy(hmm->input_weights, model->input_weights, hmm->n_states * n_inputs * sizeof(double));
    for (size_t d = 0; d < n_inputs; d++) {
        char id[ANA_FEATURE_ID_SIZE];
        ana_feature_id(observations, first + d, id, sizeof id);
        ANA_TRY(ana_copy_text(id, &hmm->input_names[d]));
    }
done:
    return status;
}
