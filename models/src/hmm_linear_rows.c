/* Rows under normal emissions: their likelihoods, and what they add to the sums. */
#include "constants.h"
#include "hmm_linear.h"
#include "simd.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

static void set_regressors(const ana_linear_data *self, size_t t, double *out)
{
    const size_t n = self->values.n_features;
    out[0] = 1.0;
    for (size_t lag = 1; lag <= self->n_lags; lag++) {
        memcpy(out + 1 + (lag - 1) * n, self->values.values + (t - lag) * n, n * sizeof *out);
    }
}

/* residual[i * ANA_LINEAR_BLOCK] = y[i] - regression[i] . x */
ANA_CLONES
static void subtract_regression(size_t n, size_t m, const double *regression, const double *x,
                                const double *y, double *residual)
{
    for (size_t i = 0; i < n; i++) {
        const double *row = regression + i * m;
        double sum = 0.0;
        for (size_t j = 0; j < m; j++) {
            sum += row[j] * x[j];
        }
        residual[i * ANA_LINEAR_BLOCK] = y[i] - sum;
    }
}

/* squares[b] = |L^-1 residual[:, b]|^2, a block of rows side by side. */
ANA_CLONES
static void whiten(size_t n, const double *factor, double *residual, double *squares)
{
    memset(squares, 0, ANA_LINEAR_BLOCK * sizeof *squares);
    for (size_t i = 0; i < n; i++) {
        double *here = residual + i * ANA_LINEAR_BLOCK;
        const double scale = 1.0 / factor[i * n + i];
        for (size_t j = 0; j < i; j++) {
            const double *other = residual + j * ANA_LINEAR_BLOCK;
            const double c = factor[i * n + j];
            for (size_t b = 0; b < ANA_LINEAR_BLOCK; b++) {
                here[b] -= c * other[b];
            }
        }
        for (size_t b = 0; b < ANA_LINEAR_BLOCK; b++) {
            here[b] *= scale;
            squares[b] += here[b] * here[b];
        }
    }
}

/* A row with missing entries given state k: index lists observed features and then missing ones,
 * sub holds the factor of the observed block, and cross (n_observed x (1 + n_missing)) that
 * block's inverse times the residual and times the covariance with the missing. */
static ana_status condition(const ana_linear_data *self, const ana_linear_parameters *own, size_t k,
                            const double *row, size_t *n_observed)
{
    const size_t n = self->values.n_features;
    const double *covariance = own->covariance + k * n * n;
    size_t n_seen = 0;
    size_t n_lost = 0;
    for (size_t f = 0; f < n; f++) {
        if (isnan(row[f])) {
            own->index[n - ++n_lost] = f;
        } else {
            own->index[n_seen++] = f;
        }
    }
    for (size_t i = 0; i < n_seen; i++) {
        const size_t f = own->index[i];
        for (size_t j = 0; j < n_seen; j++) {
            own->sub[i * n_seen + j] = covariance[f * n + own->index[j]];
        }
        own->cross[i * (1 + n_lost)] = row[f] - own->regression[k * n + f];
        for (size_t j = 0; j < n_lost; j++) {
            own->cross[i * (1 + n_lost) + 1 + j] = covariance[f * n + own->index[n_seen + j]];
        }
    }
    *n_observed = n_seen;
    ana_status status = ana_linalg_cholesky(n_seen, own->sub, own->sub);
    return status;
}

/* Log density of the observed entries alone. */
static ana_status marginal(const ana_linear_data *self, const ana_linear_parameters *own, size_t k,
                           const double *row, double *out)
{
    size_t n_seen = 0;
    ana_status status = condition(self, own, k, row, &n_seen);
    if (status != ANA_OK) {
        return status;
    }
    const size_t step = 1 + self->values.n_features - n_seen;
    for (size_t i = 0; i < n_seen; i++) {
        own->filled[i] = own->cross[i * step];
    }
    status = ana_linalg_solve_lower(n_seen, own->sub, false, 1, own->filled, own->filled);
    double squares = 0.0;
    for (size_t i = 0; i < n_seen; i++) {
        squares += own->filled[i] * own->filled[i];
    }
    *out = -0.5 * ((double)n_seen * log(2.0 * ANA_PI) +
                   ana_linalg_logdet_cholesky(n_seen, own->sub) + squares);
    return status;
}

/* Residuals of the complete rows of a block under every state. */
static void fill_residuals(const ana_linear_data *self, const ana_linear_parameters *own,
                           size_t first, size_t n_rows)
{
    const size_t n = self->values.n_features;
    const size_t m = self->n_regressors;
    for (size_t b = 0; b < n_rows; b++) {
        if (self->row[first + b] != ANA_LINEAR_COMPLETE) {
            continue;
        }
        set_regressors(self, first + b, own->regressors);
        for (size_t k = 0; k < self->n_states; k++) {
            subtract_regression(n, m, own->regression + k * n * m, own->regressors,
                                self->values.values + (first + b) * n,
                                own->residual + k * n * ANA_LINEAR_BLOCK + b);
        }
    }
}

static ana_status block_log_likelihood(const ana_linear_data *self,
                                       const ana_linear_parameters *own, size_t first,
                                       size_t n_rows, double *out)
{
    const size_t n = self->values.n_features;
    const size_t n_states = self->n_states;
    ana_status status = ANA_OK;
    fill_residuals(self, own, first, n_rows);
    for (size_t k = 0; k < n_states; k++) {
        whiten(n, own->factor + k * n * n, own->residual + k * n * ANA_LINEAR_BLOCK, own->squares);
        for (size_t b = 0; b < n_rows && status == ANA_OK; b++) {
            double *to = out + b * n_states + k;
            *to = 0.0;
            if (self->row[first + b] == ANA_LINEAR_COMPLETE) {
                *to = own->constant[k] - 0.5 * own->squares[b];
            } else if (self->row[first + b] == ANA_LINEAR_PARTIAL) {
                status = marginal(self, own, k, self->values.values + (first + b) * n, to);
            }
        }
    }
    return status;
}

ana_status ana_linear_log_likelihood(const void *data, void *parameters, size_t first, size_t n,
                                     double *out)
{
    const ana_linear_data *self = data;
    ana_status status = ANA_OK;
    for (size_t begin = 0; begin < n && status == ANA_OK; begin += ANA_LINEAR_BLOCK) {
        const size_t n_rows = n - begin < ANA_LINEAR_BLOCK ? n - begin : ANA_LINEAR_BLOCK;
        status = block_log_likelihood(self, parameters, first + begin, n_rows,
                                      out + begin * self->n_states);
    }
    return status;
}

/* The sums of one state. */
typedef struct state_sums {
    size_t n;
    size_t m;
    double *xx;
    double *yx;
    double *yy;
} state_sums;

static state_sums sums_of(const ana_linear_data *self, const ana_linear_parameters *own, size_t k)
{
    const size_t n = self->values.n_features;
    const size_t m = self->n_regressors;
    const state_sums sums = {n, m, own->xx + k * m * m, own->yx + k * n * m, own->yy + k * n * n};
    return sums;
}

/* to[j] += c * from[j] */
static void add_scaled(size_t n, double c, const double *restrict from, double *restrict to)
{
    for (size_t j = 0; j < n; j++) {
        to[j] += c * from[j];
    }
}

/* Adds weight times the products of a row and its regressors. */
ANA_CLONES
static void add_products(const state_sums *sums, double weight, const double *x, const double *y)
{
    for (size_t i = 0; i < sums->m; i++) {
        add_scaled(i + 1, weight * x[i], x, sums->xx + i * sums->m);
    }
    for (size_t i = 0; i < sums->n; i++) {
        add_scaled(sums->m, weight * y[i], x, sums->yx + i * sums->m);
        add_scaled(i + 1, weight * y[i], y, sums->yy + i * sums->n);
    }
}

/* What a row with missing entries adds: its expectation given what was seen, and the covariance of
 * what was not. A factor that failed would have failed in the likelihood already. */
static void add_expected(const ana_linear_data *self, const ana_linear_parameters *own, size_t k,
                         double weight, const double *row)
{
    const size_t n = self->values.n_features;
    const double *covariance = own->covariance + k * n * n;
    double *yy = own->yy + k * n * n;
    size_t n_seen = 0;
    if (condition(self, own, k, row, &n_seen) != ANA_OK) {
        return;
    }
    const size_t n_lost = n - n_seen;
    const size_t step = 1 + n_lost;
    double *solved = own->cross;
    if (ana_linalg_solve_cholesky(n_seen, own->sub, step, own->cross, solved) != ANA_OK) {
        return;
    }
    memcpy(own->filled, row, n * sizeof *row);
    for (size_t i = 0; i < n_lost; i++) {
        const size_t f = own->index[n_seen + i];
        double expected = own->regression[k * n + f];
        for (size_t s = 0; s < n_seen; s++) {
            expected += covariance[f * n + own->index[s]] * solved[s * step];
        }
        own->filled[f] = expected;
        for (size_t j = 0; j < n_lost; j++) {
            const size_t g = own->index[n_seen + j];
            double rest = covariance[f * n + g];
            for (size_t s = 0; s < n_seen; s++) {
                rest -= covariance[f * n + own->index[s]] * solved[s * step + 1 + j];
            }
            yy[f * n + g] += g <= f ? weight * rest : 0.0;
        }
    }
    own->regressors[0] = 1.0;
    const state_sums sums = sums_of(self, own, k);
    add_products(&sums, weight, own->regressors, own->filled);
}

void ana_linear_accumulate(const void *data, void *parameters, size_t first, size_t n_rows,
                           const double *posterior)
{
    const ana_linear_data *self = data;
    const ana_linear_parameters *own = parameters;
    const size_t n = self->values.n_features;
    for (size_t b = 0; b < n_rows; b++) {
        const double *row = self->values.values + (first + b) * n;
        const unsigned char kind = self->row[first + b];
        if (kind == ANA_LINEAR_COMPLETE) {
            set_regressors(self, first + b, own->regressors);
        }
        for (size_t k = 0; k < self->n_states && kind != ANA_LINEAR_SKIPPED; k++) {
            const double weight = posterior[b * self->n_states + k];
            const state_sums sums = sums_of(self, own, k);
            own->weight[k] += weight;
            if (kind == ANA_LINEAR_PARTIAL && weight > 0.0) {
                add_expected(self, own, k, weight, row);
            } else if (weight > 0.0) {
                add_products(&sums, weight, own->regressors, row);
            }
        }
    }
}
