/* Independent normals as a family of emissions. */
#include "constants.h"
#include "hmm_family.h"
#include "hmm_start.h"
#include "try.h"

#include <math.h>
#include <string.h>

typedef struct diagonal_data {
    ana_hmm_values values;
    ana_hmm_sample sample;
    const ana_hmm *given;
    size_t n_states;
    double prior_rows; /* of the variances, with their mode at values.spread */
} diagonal_data;

typedef struct diagonal_parameters {
    double *mean;     /* K x N, of the centred values */
    double *variance; /* K x N */
    double *constant; /* K x N: -log(2 pi variance) / 2 */
    double *weight;   /* K x N: posteriors of the observed entries */
    double *sum;      /* K x N */
    double *squares;  /* K x N */
    ana_hmm_start_buffers starting;
} diagonal_parameters;

static size_t diagonal_bytes(const void *data)
{
    const diagonal_data *self = data;
    const size_t n = self->n_states * self->values.n_features;
    return sizeof(double) * (8 * n + self->n_states + 2 * self->sample.n_rows);
}

static ana_status diagonal_make(const void *data, ana_workspace *workspace, void **out)
{
    const diagonal_data *self = data;
    const size_t n_states = self->n_states;
    const size_t n = self->values.n_features;
    diagonal_parameters *made = ana_workspace_bytes(workspace, 1, 1, sizeof *made);
    if (made != NULL) {
        made->mean = ana_workspace_doubles(workspace, n_states, n);
        made->variance = ana_workspace_doubles(workspace, n_states, n);
        made->constant = ana_workspace_doubles(workspace, n_states, n);
        made->weight = ana_workspace_doubles(workspace, n_states, n);
        made->sum = ana_workspace_doubles(workspace, n_states, n);
        made->squares = ana_workspace_doubles(workspace, n_states, n);
        made->starting = ana_hmm_start_buffers_new(workspace, self->sample.n_rows, n_states, n);
    }
    *out = made;
    return ana_workspace_check(workspace, "hmm fit");
}

static void clear_sums(const diagonal_data *self, const diagonal_parameters *own)
{
    const size_t bytes = self->n_states * self->values.n_features * sizeof(double);
    memset(own->weight, 0, bytes);
    memset(own->sum, 0, bytes);
    memset(own->squares, 0, bytes);
}

static ana_status diagonal_begin(const void *data, void *parameters)
{
    const diagonal_data *self = data;
    const diagonal_parameters *own = parameters;
    for (size_t j = 0; j < self->n_states * self->values.n_features; j++) {
        if (!(own->variance[j] > 0.0)) {
            return ana_fail(ANA_ERR_NUMERIC,
                            "hmm fit: state %zu has no variance left in feature %zu; a prior "
                            "(--covariance-rows) keeps it above zero",
                            j / self->values.n_features + 1, j % self->values.n_features);
        }
        own->constant[j] = -0.5 * log(2.0 * ANA_PI * own->variance[j]);
    }
    clear_sums(self, own);
    return ANA_OK;
}

static ana_status diagonal_log_likelihood(const void *data, void *parameters, size_t first,
                                          size_t n, double *out)
{
    const diagonal_data *self = data;
    const diagonal_parameters *own = parameters;
    const size_t n_features = self->values.n_features;
    for (size_t t = 0; t < n; t++) {
        const double *row = self->values.values + (first + t) * n_features;
        for (size_t k = 0; k < self->n_states; k++) {
            const size_t j = k * n_features;
            double sum = 0.0;
            for (size_t f = 0; f < n_features; f++) {
                double z = row[f] - own->mean[j + f];
                double term = own->constant[j + f] - 0.5 * z * z / own->variance[j + f];
                sum += isnan(row[f]) ? 0.0 : term;
            }
            out[t * self->n_states + k] = sum;
        }
    }
    return ANA_OK;
}

static void add_row(size_t n, const double *row, double weight, double *weights, double *sums,
                    double *squares)
{
    for (size_t f = 0; f < n; f++) {
        double y = isnan(row[f]) ? 0.0 : row[f];
        weights[f] += isnan(row[f]) ? 0.0 : weight;
        sums[f] += weight * y;
        squares[f] += weight * y * y;
    }
}

static void diagonal_accumulate(const void *data, void *parameters, size_t first, size_t n,
                                const double *posterior)
{
    const diagonal_data *self = data;
    const diagonal_parameters *own = parameters;
    const size_t n_features = self->values.n_features;
    for (size_t t = 0; t < n; t++) {
        for (size_t k = 0; k < self->n_states; k++) {
            const double weight = posterior[t * self->n_states + k];
            const size_t j = k * n_features;
            if (weight > 0.0) {
                add_row(n_features, self->values.values + (first + t) * n_features, weight,
                        own->weight + j, own->sum + j, own->squares + j);
            }
        }
    }
}

/* The mode given the sums, with a prior of `rows` rows; what has no weight stays. */
static void set_modes(const diagonal_data *self, const diagonal_parameters *own, double rows)
{
    for (size_t j = 0; j < self->n_states * self->values.n_features; j++) {
        const double weight = own->weight[j];
        if (weight > 0.0) {
            const double mean = own->sum[j] / weight;
            const double rest = fmax(own->squares[j] - weight * mean * mean, 0.0);
            const double prior = rows * self->values.spread[j % self->values.n_features];
            own->mean[j] = mean;
            own->variance[j] = (rest + prior) / (weight + rows);
        }
    }
}

static ana_status diagonal_maximise(const void *data, void *parameters, const double *posterior)
{
    const diagonal_data *self = data;
    (void)posterior;
    set_modes(self, parameters, self->prior_rows);
    return ANA_OK;
}

static void take_given(const diagonal_data *self, const diagonal_parameters *own)
{
    const size_t n = self->values.n_features;
    for (size_t j = 0; j < self->n_states * n; j++) {
        own->mean[j] = self->given->mean[j] - self->values.centre[j % n];
        own->variance[j] = self->given->variance[j];
    }
}

static ana_status diagonal_start(const void *data, size_t restart, ana_random *random,
                                 void *parameters)
{
    const diagonal_data *self = data;
    const diagonal_parameters *own = parameters;
    const size_t n = self->values.n_features;
    (void)restart;
    if (self->given != NULL) {
        take_given(self, own);
        return ANA_OK;
    }
    for (size_t j = 0; j < self->n_states * n; j++) {
        own->mean[j] = 0.0;
        own->variance[j] = self->values.spread[j % n];
    }
    ana_hmm_start_cluster(&self->sample, self->n_states, random, &own->starting);
    clear_sums(self, own);
    for (size_t r = 0; r < self->sample.n_rows; r++) {
        const size_t j = own->starting.cluster[r] * n;
        add_row(n, self->values.values + self->sample.row[r] * n, 1.0, own->weight + j,
                own->sum + j, own->squares + j);
    }
    set_modes(self, own, fmax(self->prior_rows, 1.0));
    return ANA_OK;
}

static void diagonal_copy(const void *data, const void *from, const size_t *order, void *to)
{
    const diagonal_data *self = data;
    const size_t n = self->values.n_features;
    const diagonal_parameters *source = from;
    const diagonal_parameters *target = to;
    for (size_t k = 0; k < self->n_states; k++) {
        const size_t j = (order != NULL ? order[k] : k) * n;
        memcpy(target->mean + k * n, source->mean + j, n * sizeof(double));
        memcpy(target->variance + k * n, source->variance + j, n * sizeof(double));
    }
}

static double diagonal_log_prior(const void *data, const void *parameters)
{
    const diagonal_data *self = data;
    const diagonal_parameters *own = parameters;
    const size_t n = self->values.n_features;
    double sum = 0.0;
    for (size_t j = 0; j < self->n_states * n; j++) {
        sum -= 0.5 * self->prior_rows *
               (log(own->variance[j]) + self->values.spread[j % n] / own->variance[j]);
    }
    return sum;
}

static void diagonal_give(const void *data, const void *parameters, ana_hmm *to)
{
    const diagonal_data *self = data;
    const diagonal_parameters *own = parameters;
    const size_t n = self->values.n_features;
    for (size_t j = 0; j < self->n_states * n; j++) {
        to->mean[j] = own->mean[j] + self->values.centre[j % n];
        to->variance[j] = own->variance[j];
    }
}

ana_status ana_hmm_diagonal_new(const ana_hmm_family_input *input, ana_workspace *workspace,
                                ana_hmm_family *out)
{
    ana_status status = ANA_OK;
    diagonal_data *data = ana_workspace_bytes(workspace, 1, 1, sizeof *data);
    ANA_TRY(ana_workspace_check(workspace, "hmm"));
    data->given = input->given;
    data->n_states = input->options->n_states;
    data->prior_rows = input->options->covariance_rows;
    ANA_TRY(ana_hmm_values_new(input, workspace, &data->values));
    if (data->given == NULL) {
        ANA_TRY(ana_hmm_values_sample(input, &data->values, workspace, &data->sample));
    }
    *out = (ana_hmm_family){.emission = {.name = "hmm fit",
                                         .data = data,
                                         .n_states = data->n_states,
                                         .bytes = diagonal_bytes,
                                         .make = diagonal_make,
                                         .start = diagonal_start,
                                         .copy = diagonal_copy,
                                         .begin = diagonal_begin,
                                         .log_likelihood = diagonal_log_likelihood,
                                         .accumulate = diagonal_accumulate,
                                         .maximise = diagonal_maximise,
                                         .log_prior = diagonal_log_prior},
                            .n_observed = data->values.n_observed,
                            .give = diagonal_give};
done:
    return status;
}
