/* Sequences drawn from an HMM. */
#include "hmm_durations.h"
#include "hmm_inputs.h"
#include "state_names.h"
#include "try.h"
#include "vec.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/hmm.h>
#include <analysis/random.h>

#include <math.h>
#include <string.h>

/* What draws need beside the model. */
typedef struct tools {
    double *factor;    /* K x N x N: Cholesky of the covariances, or NULL */
    double *normal;    /* N */
    double *durations; /* K x D: probabilities of explicit durations */
} tools;

static ana_status make_tools(const ana_hmm *hmm, ana_workspace *workspace, tools *out)
{
    const size_t n = hmm->n_features;
    out->normal = ana_workspace_doubles(workspace, n, 1);
    out->factor = NULL;
    if (hmm->covariance != NULL) {
        out->factor = ana_workspace_doubles(workspace, hmm->n_states * n, n);
    }
    const size_t most = hmm->max_duration;
    double *unused = ana_workspace_doubles(workspace, most, 1);
    out->durations = ana_workspace_doubles(workspace, hmm->n_states, most);
    ana_status status = ana_workspace_check(workspace, "hmm simulate");
    for (size_t k = 0; hmm->durations != NULL && k < hmm->n_states && status == ANA_OK; k++) {
        ana_semi_durations(hmm->durations + 2 * k, most, out->durations + k * most, unused);
        ana_vec_exp(most, out->durations + k * most, out->durations + k * most);
    }
    for (size_t k = 0; hmm->covariance != NULL && k < hmm->n_states && status == ANA_OK; k++) {
        status = ana_linalg_cholesky(n, hmm->covariance + k * n * n, out->factor + k * n * n);
    }
    return status;
}

/* mean + what the n_before rows before, of n_lags, say + L times standard normals. */
static void draw_normal_row(const ana_hmm *hmm, const tools *with, size_t state, size_t n_before,
                            ana_random *random, double *row)
{
    const size_t n = hmm->n_features;
    for (size_t f = 0; f < n; f++) {
        with->normal[f] = ana_random_normal(random);
    }
    for (size_t f = 0; f < n; f++) {
        const double *factor = with->factor + (state * n + f) * n;
        const double *coefficients = hmm->coefficients + (state * n + f) * hmm->order * n;
        double value = hmm->mean[state * n + f];
        for (size_t j = 0; j <= f; j++) {
            value += factor[j] * with->normal[j];
        }
        for (size_t c = 0; c < hmm->order * n && c / n < n_before; c++) {
            value += coefficients[c] * *(row - ((c / n + 1) * n - c % n));
        }
        row[f] = value;
    }
}

/* Rows that a visit to a state lasts, where durations are explicit. */
static size_t draw_duration(const ana_hmm *hmm, const tools *with, size_t state, ana_random *random)
{
    return 1 + ana_random_categorical(random, hmm->max_duration,
                                      with->durations + state * hmm->max_duration);
}

/* One entry of emissions that are independent; j = state x N + feature. */
static double draw_entry(const ana_hmm *hmm, size_t j, ana_random *random)
{
    switch (hmm->emission) {
    case ANA_HMM_GAUSSIAN_DIAGONAL:
        return hmm->mean[j] + sqrt(hmm->variance[j]) * ana_random_normal(random);
    case ANA_HMM_BERNOULLI:
        return ana_random_uniform(random) < hmm->probability[j] ? 1.0 : 0.0;
    case ANA_HMM_CATEGORICAL:
        return (double)ana_random_categorical(random, hmm->order,
                                              hmm->probability + j * hmm->order);
    case ANA_HMM_POISSON:
    case ANA_HMM_GAUSSIAN:
    case ANA_HMM_AUTOREGRESSIVE:
        break;
    }
    return (double)ana_random_poisson(random, hmm->rates[j]);
}

static void draw_sequence(const ana_hmm *hmm, const tools *with, const ana_hmm_chain *chain,
                          size_t first, size_t n, ana_random *random, ana_observations *made)
{
    const size_t n_states = hmm->n_states;
    size_t state = 0;
    size_t rest = 0; /* of the visit, with explicit durations */
    for (size_t t = first; t < first + n; t++) {
        const double *weights =
            t == first
                ? chain->initial
                : chain->transition + (t - first - 1) * chain->transition_stride + state * n_states;
        double *row = made->values + t * hmm->n_features;
        if (rest == 0) {
            state = ana_random_categorical(random, n_states, weights);
            rest = hmm->durations != NULL ? draw_duration(hmm, with, state, random) : 1;
        }
        rest--;
        made->labels[t] = (int64_t)state;
        if (with->factor != NULL) {
            draw_normal_row(hmm, with, state, t - first, random, row);
            continue;
        }
        for (size_t f = 0; f < hmm->n_features; f++) {
            row[f] = draw_entry(hmm, state * hmm->n_features + f, random);
        }
    }
}

/* Sequences of the given lengths, along chains that may be driven. */
static ana_status draw_all(const ana_hmm *hmm, const ana_hmm_driven *chains, size_t n_sequences,
                           const size_t *lengths, uint64_t seed, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_observations *made = NULL;
    tools with = {0};
    size_t n_times = 0;
    for (size_t s = 0; s < n_sequences; s++) {
        n_times += lengths[s];
    }
    ANA_TRY(make_tools(hmm, &workspace, &with));
    ANA_TRY(ana_observations_new(n_times, hmm->n_features, &made));
    ANA_TRY(ana_observations_set_sequences(made, n_sequences, lengths, NULL));
    ANA_TRY(ana_state_labels(hmm->n_states, made));
    made->bin_s = hmm->bin_s;
    for (size_t s = 0; s < n_sequences; s++) {
        ana_random random = ana_random_stream(seed, "hmm.simulate", s);
        const ana_hmm_chain chain = ana_hmm_driven_chain(chains, s);
        draw_sequence(hmm, &with, &chain, made->sequence_start[s], lengths[s], &random, made);
    }
    *out = made;
    made = NULL;
done:
    ana_observations_free(made);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_hmm_simulate(const ana_hmm *hmm, size_t n_sequences, const size_t *lengths,
                            uint64_t seed, ana_observations **out)
{
    ana_status status = ANA_OK;
    const ana_hmm_driven chains = {
        .inputs = {.n_states = hmm->n_states, .transition = hmm->transition},
        .initial = hmm->initial};
    ANA_TRY(ana_hmm_check(hmm));
    if (hmm->n_inputs > 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "hmm simulate: %zu inputs drive the transitions, none are given",
                         hmm->n_inputs));
    }
    ANA_TRY(draw_all(hmm, &chains, n_sequences, lengths, seed, out));
done:
    return status;
}

/* *out = the drawn rows with the model's inputs after them. */
static ana_status append_inputs(const ana_hmm *hmm, const ana_observations *drawn,
                                const ana_hmm_driven *chains, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_observations *made = NULL;
    const size_t n = hmm->n_features;
    const size_t d = hmm->n_inputs;
    size_t *columns = ana_workspace_sizes(&workspace, n + d, 1);
    const char **names = ana_workspace_bytes(&workspace, n + d, 1, sizeof *names);
    ana_table *table = NULL;
    ANA_TRY(ana_workspace_check(&workspace, "hmm simulate"));
    for (size_t f = 0; f < n + d; f++) {
        columns[f] = f < n ? f : 0;
        names[f] = f < n ? hmm->feature_names[f] : hmm->input_names[f - n];
    }
    ANA_TRY(ana_observations_take(drawn, n + d, columns, &made));
    for (size_t t = 0; t < made->n_times; t++) {
        memcpy(made->values + t * (n + d) + n, chains->inputs.values + t * d, d * sizeof(double));
    }
    ANA_TRY(ana_table_new(n + d, &table));
    ANA_TRY(ana_table_add_texts(table, "id", names));
    ana_table_free(made->features);
    made->features = table;
    table = NULL;
    *out = made;
    made = NULL;
done:
    ana_table_free(table);
    ana_observations_free(made);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_hmm_simulate_driven(const ana_hmm *hmm, const ana_observations *inputs,
                                   uint64_t seed, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_hmm_driven chains = {0};
    ana_observations *drawn = NULL;
    size_t *lengths = ana_workspace_sizes(&workspace, inputs->n_sequences, 1);
    ANA_TRY(ana_workspace_check(&workspace, "hmm simulate"));
    ANA_TRY(ana_hmm_check(hmm));
    ANA_TRY(ana_hmm_chains(hmm, inputs, &workspace, &chains));
    for (size_t s = 0; s < inputs->n_sequences; s++) {
        lengths[s] = inputs->sequence_start[s + 1] - inputs->sequence_start[s];
    }
    ANA_TRY(draw_all(hmm, &chains, inputs->n_sequences, lengths, seed, &drawn));
    ANA_TRY(append_inputs(hmm, drawn, &chains, out));
done:
    ana_observations_free(drawn);
    ana_workspace_release(&workspace);
    return status;
}
