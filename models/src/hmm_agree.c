/* How well decoded states agree with labels. */
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/agreement.h>
#include <analysis/models/hmm.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
                               .n_labels = table.n_labels,
                               .n_states = table.n_states,
                               .occupancy = occupancy};
    occupancy = NULL;
done:
    free(occupancy);
    ana_workspace_release(&workspace);
    return status;
}

void ana_hmm_agreement_clear(ana_hmm_agreement *agreement)
{
    free(agreement->occupancy);
    *agreement = (ana_hmm_agreement){0};
}
