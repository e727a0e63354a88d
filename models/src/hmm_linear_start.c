#include "hmm_linear.h"
#include "try.h"

#include <math.h>
#include <string.h>

enum {
    MAX_ROWS = 20000,
    MIN_LENGTH = 16,
    N_ROUNDS = 8
};

ana_status ana_linear_windows_new(const ana_hmm_family_input *input, ana_workspace *workspace,
                                  ana_linear_data *data)
{
    const ana_observations *observations = input->observations;
    const size_t wanted = 2 * data->n_regressors > MIN_LENGTH ? 2 * data->n_regressors : MIN_LENGTH;
    const size_t most = observations->n_times / (4 * data->n_states) + 1;
    const size_t length = wanted < most ? wanted : most;
    size_t n = 0;
    for (size_t s = 0; s < observations->n_sequences; s++) {
        n += (observations->sequence_start[s + 1] - observations->sequence_start[s]) / length;
    }
    const size_t every = n * length > MAX_ROWS ? n * length / MAX_ROWS : 1;
    size_t *first = ana_workspace_sizes(workspace, n / every + 1, 1);
    ana_status status = ana_workspace_check(workspace, "hmm start");
    if (status != ANA_OK) {
        return status;
    }
    size_t i = 0;
    size_t n_taken = 0;
    for (size_t s = 0; s < observations->n_sequences; s++) {
        const size_t end = observations->sequence_start[s + 1];
        for (size_t t = observations->sequence_start[s]; t + length <= end; t += length, i++) {
            if (i % every == 0) {
                first[n_taken++] = t;
            }
        }
    }
    data->windows = (ana_linear_windows){n_taken, length, first};
    return ANA_OK;
}

/* Mean 0 and the data's own variances in every state. */
static void start_pooled(const ana_linear_data *self, const ana_linear_parameters *own)
{
    const size_t n = self->values.n_features;
    memset(own->regression, 0, self->n_states * n * self->n_regressors * sizeof(double));
    memset(own->covariance, 0, self->n_states * n * n * sizeof(double));
    for (size_t j = 0; j < self->n_states * n; j++) {
        own->covariance[j * n + j % n] = self->values.spread[j % n];
    }
}

static void take_given(const ana_linear_data *self, const ana_linear_parameters *own)
{
    const size_t n = self->values.n_features;
    const size_t m = self->n_regressors;
    for (size_t j = 0; j < self->n_states * n; j++) {
        double *regression = own->regression + j * m;
        regression[0] = self->given->mean[j] - self->values.centre[j % n];
        for (size_t c = 1; c < m; c++) {
            regression[c] = self->given->coefficients[j * (m - 1) + c - 1];
            regression[0] += regression[c] * self->values.centre[(c - 1) % n];
        }
    }
    memcpy(own->covariance, self->given->covariance, self->n_states * n * n * sizeof(double));
}

/* Adds a row wholly to state k. */
static void add_to_state(const ana_linear_data *self, ana_linear_parameters *own, size_t t,
                         size_t k)
{
    if (self->row[t] == ANA_LINEAR_COMPLETE) {
        own->score[k] = 1.0;
        ana_linear_accumulate(self, own, t, 1, own->score);
        own->score[k] = 0.0;
    }
}

static ana_status start_from_clusters(const ana_linear_data *self, ana_random *random,
                                      ana_linear_parameters *own)
{
    ana_hmm_start_cluster(&self->sample, self->n_states, random, &own->starting);
    ana_linear_clear(self, own);
    memset(own->score, 0, self->n_states * sizeof *own->score);
    for (size_t r = 0; r < self->sample.n_rows; r++) {
        add_to_state(self, own, self->sample.row[r], own->starting.cluster[r]);
    }
    return ana_linear_set_modes(self, own, 1.0);
}

static void add_windows(const ana_linear_data *self, ana_linear_parameters *own)
{
    ana_linear_clear(self, own);
    memset(own->score, 0, self->n_states * sizeof *own->score);
    for (size_t w = 0; w < self->windows.n; w++) {
        for (size_t t = 0; t < self->windows.length && own->member[w] < self->n_states; t++) {
            add_to_state(self, own, self->windows.first[w] + t, own->member[w]);
        }
    }
}

/* Each window goes to the state under which it is most likely. */
static ana_status assign_windows(const ana_linear_data *self, ana_linear_parameters *own)
{
    const size_t n_states = self->n_states;
    ana_status status = ana_linear_factor(self, own);
    for (size_t w = 0; w < self->windows.n && status == ANA_OK; w++) {
        double highest = -INFINITY;
        status = ana_linear_log_likelihood(self, own, self->windows.first[w], self->windows.length,
                                           own->score);
        for (size_t k = 0; k < n_states; k++) {
            double sum = 0.0;
            for (size_t t = 0; t < self->windows.length; t++) {
                sum += own->score[t * n_states + k];
            }
            if (sum > highest) {
                highest = sum;
                own->member[w] = k;
            }
        }
    }
    return status;
}

/* Clusters of windows by dynamics: each state is fitted to one window, then to those it fits best.
 */
static ana_status start_from_windows(const ana_linear_data *self, ana_random *random,
                                     ana_linear_parameters *own)
{
    ana_status status = ANA_OK;
    ana_random_permutation(random, self->windows.n, own->order);
    for (size_t i = 0; i < self->windows.n; i++) {
        own->member[own->order[i]] = i < self->n_states ? i : SIZE_MAX;
    }
    for (int round = 0; round < N_ROUNDS; round++) {
        if (round > 0) {
            ANA_TRY(assign_windows(self, own));
        }
        add_windows(self, own);
        ANA_TRY(ana_linear_set_modes(self, own, 1.0));
    }
done:
    return status;
}

ana_status ana_linear_start(const void *data, size_t restart, ana_random *random, void *parameters)
{
    const ana_linear_data *self = data;
    (void)restart;
    if (self->given != NULL) {
        take_given(self, parameters);
        return ANA_OK;
    }
    start_pooled(self, parameters);
    return self->n_lags > 0 ? start_from_windows(self, random, parameters)
                            : start_from_clusters(self, random, parameters);
}
