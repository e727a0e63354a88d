/* What an HMM says of data: emissions, score, decoding, agreement with labels. */
#include "hmm_decode.h"

#include "feature_id.h"
#include "hmm_family.h"
#include "memory.h"
#include "try.h"

#include <analysis/agreement.h>
#include <analysis/models/hmm.h>
#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The model's own family over these rows, its parameters in place. */
static ana_status family_of(const ana_hmm *hmm, const ana_observations *observations,
                            ana_workspace *workspace, ana_hmm_family *family, void **parameters)
{
    ana_status status = ANA_OK;
    ana_hmm_options options = ana_hmm_options_default();
    ana_random unused = {0};
    size_t *feature_of = ana_workspace_sizes(workspace, hmm->n_features, 1);
    options.emission = (int)hmm->emission;
    options.n_states = hmm->n_states;
    options.n_lags = hmm->order;
    ANA_TRY(ana_workspace_check(workspace, "hmm"));
    ANA_TRY(ana_observations_check(observations));
    ANA_TRY(
        ana_feature_match("hmm", hmm->n_features, hmm->feature_names, observations, feature_of));
    const ana_hmm_family_input input = {observations, &options, hmm, hmm->n_features, feature_of};
    ANA_TRY(ana_hmm_family_new(&input, workspace, family));
    ANA_TRY(family->emission.make(family->emission.data, workspace, parameters));
    ANA_TRY(family->emission.start(family->emission.data, 0, &unused, *parameters));
    ANA_TRY(family->emission.begin(family->emission.data, *parameters));
done:
    return status;
}

/* log_emission (T x K, from the workspace) of all rows. */
static ana_status emissions_of(const ana_hmm *hmm, const ana_observations *observations,
                               ana_workspace *workspace, double *out)
{
    ana_hmm_family family = {0};
    void *parameters = NULL;
    ana_status status = family_of(hmm, observations, workspace, &family, &parameters);
    return status != ANA_OK ? status
                            : family.emission.log_likelihood(family.emission.data, parameters, 0,
                                                             observations->n_times, out);
}

ana_status ana_hmm_log_emission(const ana_hmm *hmm, const ana_observations *observations,
                                double *out)
{
    ana_workspace workspace = {0};
    ana_status status = emissions_of(hmm, observations, &workspace, out);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_hmm_score(const ana_hmm *hmm, const ana_observations *observations, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_hmm_chain chain = {hmm->n_states, hmm->initial, hmm->transition, 0};
    const size_t *start = observations->sequence_start;
    double total = 0.0;
    double *rows = ana_workspace_doubles(&workspace, observations->n_times, hmm->n_states);
    ANA_TRY(ana_workspace_check(&workspace, "hmm score"));
    ANA_TRY(emissions_of(hmm, observations, &workspace, rows));
    for (size_t s = 0; s < observations->n_sequences; s++) {
        double part = 0.0;
        double *first = rows + start[s] * hmm->n_states;
        if (start[s + 1] > start[s]) {
            ANA_TRY(ana_hmm_filter(&chain, start[s + 1] - start[s], first, first, &part));
        }
        total += part;
    }
    *out = total;
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status new_decoding(size_t n_times, size_t n_states, size_t n_sequences,
                               ana_hmm_decoding **out)
{
    ana_status status = ANA_OK;
    ana_hmm_decoding *made = NULL;
    ANA_TRY(ana_allocate(1, sizeof *made, "hmm decoding", &made));
    made->n_times = n_times;
    made->n_states = n_states;
    made->n_sequences = n_sequences;
    ANA_TRY(ana_allocate(n_times * n_states, sizeof(double), "hmm decoding", &made->posterior));
    ANA_TRY(ana_allocate(n_times, sizeof(size_t), "hmm decoding", &made->path));
    ANA_TRY(ana_allocate(n_sequences, sizeof(double), "hmm decoding", &made->log_likelihood));
    ANA_TRY(ana_allocate(n_sequences, sizeof(double), "hmm decoding", &made->log_path));
    ANA_TRY(ana_allocate(n_states, sizeof(double), "hmm decoding", &made->occupancy));
    ANA_TRY(ana_allocate(n_states, sizeof(size_t), "hmm decoding", &made->n_visits));
    ANA_TRY(ana_allocate(n_states, sizeof(double), "hmm decoding", &made->mean_dwell));
    *out = made;
    made = NULL;
done:
    ana_hmm_decoding_free(made);
    return status;
}

void ana_hmm_decoding_free(ana_hmm_decoding *decoding)
{
    if (decoding == NULL) {
        return;
    }
    free(decoding->posterior);
    free(decoding->path);
    free(decoding->log_likelihood);
    free(decoding->log_path);
    free(decoding->occupancy);
    free(decoding->n_visits);
    free(decoding->mean_dwell);
    free(decoding);
}

/* Occupancy, visits and dwell times from posterior and path. */
static void summarise(const ana_observations *observations, ana_hmm_decoding *decoding)
{
    const size_t n_states = decoding->n_states;
    const size_t *start = observations->sequence_start;
    for (size_t s = 0; s < decoding->n_sequences; s++) {
        for (size_t t = start[s]; t < start[s + 1]; t++) {
            size_t state = decoding->path[t];
            bool enters = t == start[s] || decoding->path[t - 1] != state;
            decoding->n_visits[state] += enters ? 1 : 0;
            decoding->mean_dwell[state] += 1.0;
            for (size_t k = 0; k < n_states; k++) {
                decoding->occupancy[k] += decoding->posterior[t * n_states + k];
            }
        }
    }
    for (size_t k = 0; k < n_states; k++) {
        decoding->occupancy[k] /= (double)decoding->n_times;
        decoding->mean_dwell[k] = decoding->n_visits[k] > 0
                                      ? decoding->mean_dwell[k] / (double)decoding->n_visits[k]
                                      : (double)NAN;
    }
}

ana_status ana_hmm_decode_rows(const ana_hmm_chain *chain, const double *rows,
                               const ana_observations *observations, const ana_run *run,
                               ana_hmm_decoding **out)
{
    ana_status status = ANA_OK;
    ana_hmm_decoding *made = NULL;
    const size_t n_states = chain->n_states;
    const size_t *start = observations->sequence_start;
    ANA_TRY(new_decoding(observations->n_times, n_states, observations->n_sequences, &made));
    for (size_t s = 0; s < observations->n_sequences; s++) {
        size_t n = start[s + 1] - start[s];
        const double *first = rows + start[s] * n_states;
        if (n == 0) {
            continue;
        }
        status = ana_hmm_smooth(chain, n, first, made->posterior + start[s] * n_states, NULL,
                                &made->log_likelihood[s]);
        if (status == ANA_OK) {
            status = ana_hmm_viterbi(chain, n, first, made->path + start[s], &made->log_path[s]);
        }
        if (status != ANA_OK) {
            status = ana_fail_in(status, "sequence %zu: ", s);
            goto done;
        }
        ANA_TRY(ana_run_progress(run, "hmm decode: sequences", s + 1, observations->n_sequences));
    }
    summarise(observations, made);
    *out = made;
    made = NULL;
done:
    ana_hmm_decoding_free(made);
    return status;
}

ana_status ana_hmm_decode(const ana_hmm *hmm, const ana_observations *observations,
                          const ana_run *run, ana_hmm_decoding **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_states = hmm->n_states;
    const ana_hmm_chain chain = {n_states, hmm->initial, hmm->transition, 0};
    ANA_TRY(ana_run_check_memory(run, observations->n_times * (4 * n_states + 3) * sizeof(double),
                                 "hmm decode"));
    double *rows = ana_workspace_doubles(&workspace, observations->n_times, n_states);
    ANA_TRY(ana_workspace_check(&workspace, "hmm decode"));
    ANA_TRY(emissions_of(hmm, observations, &workspace, rows));
    ANA_TRY(ana_hmm_decode_rows(&chain, rows, observations, run, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* States and labels of the labelled rows only, in order. */
static size_t take_labelled(const ana_hmm_decoding *decoding, const ana_observations *observations,
                            size_t *states, size_t *labels)
{
    size_t n = 0;
    for (size_t t = 0; t < decoding->n_times; t++) {
        if (observations->labels[t] >= 0) {
            states[n] = decoding->path[t];
            labels[n] = (size_t)observations->labels[t];
            n++;
        }
    }
    return n;
}

/* Counts of states (columns) by labels (rows), the states shifted round by `shift` rows. */
typedef struct label_table {
    size_t n;
    size_t n_labels;
    size_t n_states;
    const size_t *states;
    const size_t *labels;
    size_t *counts; /* n_labels x n_states */
} label_table;

static ana_status count_shifted(const label_table *table, size_t shift, double *ari)
{
    ana_agreement found = {0};
    memset(table->counts, 0, table->n_labels * table->n_states * sizeof *table->counts);
    for (size_t t = 0; t < table->n; t++) {
        size_t from = t + shift < table->n ? t + shift : t + shift - table->n;
        table->counts[table->labels[t] * table->n_states + table->states[from]]++;
    }
    ana_status status =
        ana_agreement_of_counts(table->n_labels, table->n_states, table->counts, &found);
    *ari = found.adjusted_rand;
    return status;
}

/* Shares of each label's rows in each state, from the counts without a shift. */
static void share_rows(const label_table *table, double *occupancy)
{
    for (size_t l = 0; l < table->n_labels; l++) {
        const size_t *counts = table->counts + l * table->n_states;
        double sum = 0.0;
        for (size_t k = 0; k < table->n_states; k++) {
            sum += (double)counts[k];
        }
        for (size_t k = 0; k < table->n_states; k++) {
            occupancy[l * table->n_states + k] = sum > 0.0 ? (double)counts[k] / sum : (double)NAN;
        }
    }
}

/* How many of the shifts agree with the labels as well as `ari`. */
static ana_status count_as_good(const label_table *table, double ari, size_t n_shifts,
                                const ana_run *run, size_t *n_as_good)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < n_shifts; i++) {
        ana_random random = ana_random_stream(run != NULL ? run->seed : 0, "hmm.shift", i);
        size_t shift = table->n > 1 ? 1 + (size_t)ana_random_below(&random, table->n - 1) : 0;
        double shifted = 0.0;
        ANA_TRY(count_shifted(table, shift, &shifted));
        *n_as_good += shifted >= ari ? 1 : 0;
        ANA_TRY(ana_run_progress(run, "hmm agreement: shifts", i + 1, n_shifts));
    }
done:
    return status;
}

ana_status ana_hmm_agree(const ana_hmm_decoding *decoding, const ana_observations *observations,
                         size_t n_shifts, const ana_run *run, ana_hmm_agreement *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *occupancy = NULL;
    double ari = 0.0;
    size_t n_as_good = 0;
    const size_t n_times = decoding->n_times;
    if (observations->labels == NULL || observations->n_times != n_times) {
        return ana_fail(ANA_ERR_VALUE, "hmm: no labels to compare the %zu decoded rows with",
                        n_times);
    }
    size_t *states = ana_workspace_sizes(&workspace, n_times, 1);
    size_t *labels = ana_workspace_sizes(&workspace, n_times, 1);
    label_table table = {.n_labels = observations->n_labels, .n_states = decoding->n_states};
    table.counts = ana_workspace_sizes(&workspace, table.n_labels, table.n_states);
    ANA_TRY(ana_workspace_check(&workspace, "hmm agreement"));
    ANA_TRY(
        ana_allocate(table.n_labels * table.n_states, sizeof(double), "hmm agreement", &occupancy));
    table.n = take_labelled(decoding, observations, states, labels);
    table.states = states;
    table.labels = labels;
    ANA_TRY(count_shifted(&table, 0, &ari));
    share_rows(&table, occupancy);
    ANA_TRY(count_as_good(&table, ari, n_shifts, run, &n_as_good));
    *out = (ana_hmm_agreement){.ari = ari,
                               .p = (1.0 + (double)n_as_good) / (1.0 + (double)n_shifts),
                               .n_shifts = n_shifts,
                               .occupancy = occupancy};
    occupancy = NULL;
done:
    free(occupancy);
    ana_workspace_release(&workspace);
    return status;
}
