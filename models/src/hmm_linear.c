#include "hmm_linear.h"

#include "constants.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

/* Below this much of a row, a state's sums say nothing. */
static const double least_weight = 1e-12;

static size_t linear_bytes(const void *data)
{
    const ana_linear_data *self = data;
    const size_t n = self->values.n_features;
    const size_t m = self->n_regressors;
    const size_t of_state = 2 * n * m + m * m + 3 * n * n + n * ANA_LINEAR_BLOCK + 4 +
                            self->windows.length + 1 + 3 * self->sample.n_columns;
    return sizeof(double) * (self->n_states * of_state + m * m + m * n + 2 * n * n +
                             2 * self->windows.n + 2 * self->sample.n_rows);
}

static ana_status linear_make(const void *data, ana_workspace *workspace, void **out)
{
    const ana_linear_data *self = data;
    const size_t n = self->values.n_features;
    const size_t m = self->n_regressors;
    const size_t n_states = self->n_states;
    ana_linear_parameters *made = ana_workspace_bytes(workspace, 1, 1, sizeof *made);
    if (made != NULL) {
        made->regression = ana_workspace_doubles(workspace, n_states * n, m);
        made->covariance = ana_workspace_doubles(workspace, n_states * n, n);
        made->factor = ana_workspace_doubles(workspace, n_states * n, n);
        made->constant = ana_workspace_doubles(workspace, n_states, 1);
        made->weight = ana_workspace_doubles(workspace, n_states, 1);
        made->xx = ana_workspace_doubles(workspace, n_states * m, m);
        made->yx = ana_workspace_doubles(workspace, n_states * n, m);
        made->yy = ana_workspace_doubles(workspace, n_states * n, n);
        made->regressors = ana_workspace_doubles(workspace, m, 1);
        made->residual = ana_workspace_doubles(workspace, n_states * n, ANA_LINEAR_BLOCK);
        made->squares = ana_workspace_doubles(workspace, ANA_LINEAR_BLOCK, 1);
        made->system = ana_workspace_doubles(workspace, m, m);
        made->solution = ana_workspace_doubles(workspace, m, n);
        made->sub = ana_workspace_doubles(workspace, n, n);
        made->cross = ana_workspace_doubles(workspace, n, n + 1);
        made->filled = ana_workspace_doubles(workspace, n, 1);
        made->index = ana_workspace_sizes(workspace, n, 1);
        made->score = ana_workspace_doubles(workspace, self->windows.length + 1, n_states);
        made->member = ana_workspace_sizes(workspace, self->windows.n, 1);
        made->order = ana_workspace_sizes(workspace, self->windows.n, 1);
        made->starting = ana_hmm_start_buffers_new(workspace, self->sample.n_rows, n_states,
                                                   self->sample.n_columns);
    }
    *out = made;
    return ana_workspace_check(workspace, "hmm fit");
}

static void linear_copy(const void *data, const void *from, const size_t *order, void *to)
{
    const ana_linear_data *self = data;
    const ana_linear_parameters *source = from;
    const ana_linear_parameters *target = to;
    const size_t n = self->values.n_features;
    const size_t n_weights = n * self->n_regressors;
    for (size_t k = 0; k < self->n_states; k++) {
        const size_t of = order != NULL ? order[k] : k;
        memcpy(target->regression + k * n_weights, source->regression + of * n_weights,
               n_weights * sizeof(double));
        memcpy(target->covariance + k * n * n, source->covariance + of * n * n,
               n * n * sizeof(double));
    }
}

void ana_linear_clear(const ana_linear_data *self, const ana_linear_parameters *own)
{
    const size_t n = self->n_states * self->values.n_features;
    const size_t m = self->n_regressors;
    memset(own->weight, 0, self->n_states * sizeof(double));
    memset(own->xx, 0, self->n_states * m * m * sizeof(double));
    memset(own->yx, 0, n * m * sizeof(double));
    memset(own->yy, 0, n * self->values.n_features * sizeof(double));
}

ana_status ana_linear_factor(const ana_linear_data *self, const ana_linear_parameters *own)
{
    const size_t n = self->values.n_features;
    for (size_t k = 0; k < self->n_states; k++) {
        double *factor = own->factor + k * n * n;
        ana_status status = ana_linalg_cholesky(n, own->covariance + k * n * n, factor);
        if (status != ANA_OK) {
            return ana_fail(status,
                            "hmm fit: the covariance of state %zu is not positive definite; a "
                            "prior (--covariance-rows) keeps it so",
                            k + 1);
        }
        own->constant[k] =
            -0.5 * ((double)n * log(2.0 * ANA_PI) + ana_linalg_logdet_cholesky(n, factor));
    }
    return ANA_OK;
}

static ana_status linear_begin(const void *data, void *parameters)
{
    ana_linear_clear(data, parameters);
    return ana_linear_factor(data, parameters);
}

/* The regression of state k: (xx + ridge) A' = yx'. */
static ana_status set_regression(const ana_linear_data *self, const ana_linear_parameters *own,
                                 size_t k, double rows)
{
    const size_t n = self->values.n_features;
    const size_t m = self->n_regressors;
    const double *yx = own->yx + k * n * m;
    memcpy(own->system, own->xx + k * m * m, m * m * sizeof(double));
    for (size_t j = 1; j < m; j++) {
        own->system[j * m + j] += rows * self->values.spread[(j - 1) % n];
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m; j++) {
            own->solution[j * n + i] = yx[i * m + j];
        }
    }
    ana_status status = ana_linalg_cholesky(m, own->system, own->system);
    if (status != ANA_OK) {
        return ana_fail(status,
                        "hmm fit: the regressors of state %zu depend on each other; a ridge "
                        "(--coefficient-rows) settles them",
                        k + 1);
    }
    status = ana_linalg_solve_cholesky(m, own->system, n, own->solution, own->solution);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m; j++) {
            own->regression[(k * n + i) * m + j] = own->solution[j * n + i];
        }
    }
    return status;
}

/* The covariance that goes with it: (yy - A yx' + prior) / (weight + rows). */
static void set_covariance(const ana_linear_data *self, const ana_linear_parameters *own, size_t k,
                           double rows)
{
    const size_t n = self->values.n_features;
    const size_t m = self->n_regressors;
    double *covariance = own->covariance + k * n * n;
    for (size_t i = 0; i < n; i++) {
        const double *regression = own->regression + (k * n + i) * m;
        for (size_t j = 0; j <= i; j++) {
            const double *yx = own->yx + (k * n + j) * m;
            double sum = own->yy[(k * n + i) * n + j];
            for (size_t l = 0; l < m; l++) {
                sum -= regression[l] * yx[l];
            }
            sum += i == j ? rows * self->values.spread[i] : 0.0;
            covariance[i * n + j] = sum / (own->weight[k] + rows);
            covariance[j * n + i] = covariance[i * n + j];
        }
    }
}

ana_status ana_linear_set_modes(const ana_linear_data *self, const ana_linear_parameters *own,
                                double extra)
{
    ana_status status = ANA_OK;
    for (size_t k = 0; k < self->n_states && status == ANA_OK; k++) {
        if (own->weight[k] > least_weight) {
            status = set_regression(self, own, k, self->coefficient_rows + extra);
            set_covariance(self, own, k, self->covariance_rows + extra);
        }
    }
    return status;
}

static ana_status linear_maximise(const void *data, void *parameters, const double *posterior)
{
    (void)posterior;
    return ana_linear_set_modes(data, parameters, 0.0);
}

/* |L^-1 v|^2, v written over. */
static double whitened_square(size_t n, const double *factor, double *v)
{
    double squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        for (size_t l = 0; l < i; l++) {
            v[i] -= factor[i * n + l] * v[l];
        }
        v[i] /= factor[i * n + i];
        squares += v[i] * v[i];
    }
    return squares;
}

/* Normal-inverse-Wishart up to a constant: the traces are squared norms of L^-1 times roots.
 * Called after begin, whose factors it reads. */
static double linear_log_prior(const void *data, const void *parameters)
{
    const ana_linear_data *self = data;
    const ana_linear_parameters *own = parameters;
    const size_t n = self->values.n_features;
    const size_t m = self->n_regressors;
    double sum = 0.0;
    for (size_t k = 0; k < self->n_states; k++) {
        const double *factor = own->factor + k * n * n;
        const double *regression = own->regression + k * n * m;
        sum -= 0.5 * self->covariance_rows * ana_linalg_logdet_cholesky(n, factor);
        for (size_t f = 0; f < n; f++) {
            memset(own->filled, 0, n * sizeof(double));
            own->filled[f] = sqrt(self->covariance_rows * self->values.spread[f]);
            sum -= 0.5 * whitened_square(n, factor, own->filled);
        }
        for (size_t c = 1; c < m && n > 0; c++) {
            const double root = sqrt(self->coefficient_rows * self->values.spread[(c - 1) % n]);
            for (size_t i = 0; i < n; i++) {
                own->filled[i] = root * regression[i * m + c];
            }
            sum -= 0.5 * whitened_square(n, factor, own->filled);
        }
    }
    return sum;
}

/* A model's constant is that of the values as they are, ours of the centred ones. */
static void linear_give(const void *data, const void *parameters, ana_hmm *to)
{
    const ana_linear_data *self = data;
    const ana_linear_parameters *own = parameters;
    const size_t n = self->values.n_features;
    const size_t m = self->n_regressors;
    for (size_t j = 0; j < self->n_states * n; j++) {
        const double *regression = own->regression + j * m;
        double mean = regression[0] + self->values.centre[j % n];
        for (size_t c = 1; c < m; c++) {
            mean -= regression[c] * self->values.centre[(c - 1) % n];
            to->coefficients[j * (m - 1) + c - 1] = regression[c];
        }
        to->mean[j] = mean;
    }
    memcpy(to->covariance, own->covariance, self->n_states * n * n * sizeof(double));
}

/* Which rows are scored. */
static void classify(const ana_observations *observations, ana_linear_data *data)
{
    const size_t n = data->values.n_features;
    for (size_t s = 0; s < observations->n_sequences; s++) {
        size_t n_whole = 0; /* complete rows before this one */
        for (size_t t = observations->sequence_start[s]; t < observations->sequence_start[s + 1];
             t++) {
            size_t n_missing = 0;
            for (size_t f = 0; f < n; f++) {
                n_missing += isnan(data->values.values[t * n + f]) ? 1 : 0;
            }
            if (n_missing == 0 && n_whole >= data->n_lags) {
                data->row[t] = ANA_LINEAR_COMPLETE;
            } else if (n_missing < n && data->n_lags == 0) {
                data->row[t] = ANA_LINEAR_PARTIAL;
            }
            data->n_observed += data->row[t] != ANA_LINEAR_SKIPPED ? n - n_missing : 0;
            n_whole = n_missing == 0 ? n_whole + 1 : 0;
        }
    }
}

static ana_status prepare_starts(const ana_hmm_family_input *input, ana_workspace *workspace,
                                 ana_linear_data *data)
{
    if (data->given != NULL) {
        return ANA_OK;
    }
    return data->n_lags > 0 ? ana_linear_windows_new(input, workspace, data)
                            : ana_hmm_values_sample(input, &data->values, workspace, &data->sample);
}

ana_status ana_hmm_linear_new(const ana_hmm_family_input *input, ana_workspace *workspace,
                              ana_hmm_family *out)
{
    ana_status status = ANA_OK;
    const ana_hmm_options *options = input->options;
    ana_linear_data *data = ana_workspace_bytes(workspace, 1, 1, sizeof *data);
    ANA_TRY(ana_workspace_check(workspace, "hmm"));
    data->given = input->given;
    data->n_states = options->n_states;
    data->n_lags = options->emission == ANA_HMM_AUTOREGRESSIVE ? options->n_lags : 0;
    data->n_regressors = 1 + data->n_lags * input->n_features;
    data->covariance_rows = options->covariance_rows;
    data->coefficient_rows = options->coefficient_rows;
    data->row = ana_workspace_bytes(workspace, input->observations->n_times, 1, 1);
    ANA_TRY(ana_workspace_check(workspace, "hmm"));
    ANA_TRY(ana_hmm_values_new(input, workspace, &data->values));
    classify(input->observations, data);
    ANA_TRY(prepare_starts(input, workspace, data));
    *out = (ana_hmm_family){.emission = {.name = "hmm fit",
                                         .data = data,
                                         .n_states = data->n_states,
                                         .bytes = linear_bytes,
                                         .make = linear_make,
                                         .start = ana_linear_start,
                                         .copy = linear_copy,
                                         .begin = linear_begin,
                                         .log_likelihood = ana_linear_log_likelihood,
                                         .accumulate = ana_linear_accumulate,
                                         .maximise = linear_maximise,
                                         .log_prior = linear_log_prior},
                            .n_observed = data->n_observed,
                            .order = data->n_lags,
                            .give = linear_give};
done:
    return status;
}
