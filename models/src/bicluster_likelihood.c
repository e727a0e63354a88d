/* One neuron's counts given a trajectory: likelihood, and Laplace's marginal over its loadings. */
#include "bicluster_parts.h"
#include "simd.h"
#include "vec.h"

#include <analysis/special.h>

#include <math.h>
#include <string.h>

enum {
    MAX_NEWTON = 60,
    LANES = 8,
    MAX_FACTORS = 8
};

void bicluster_predictor(size_t n_rows, size_t n, const double *path, const double *loading,
                         double *eta)
{
    for (size_t t = 0; t < n; t++) {
        eta[t] = loading[0] + path[t];
    }
    for (size_t k = 1; k < n_rows; k++) {
        const double *row = path + k * n;
        const double c = loading[k];
        for (size_t t = 0; t < n; t++) {
            eta[t] += c * row[t];
        }
    }
}

double bicluster_sum(size_t n, const double *terms)
{
    double lanes[LANES] = {0.0};
    const size_t whole = n - n % LANES;
    for (size_t t = 0; t < whole; t += LANES) {
        for (size_t l = 0; l < LANES; l++) {
            lanes[l] += terms[t + l];
        }
    }
    for (size_t t = whole; t < n; t++) {
        lanes[t - whole] += terms[t];
    }
    return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) +
           ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

double bicluster_dot(size_t n, const double *a, const double *b)
{
    double lanes[LANES] = {0.0};
    const size_t whole = n - n % LANES;
    for (size_t t = 0; t < whole; t += LANES) {
        for (size_t l = 0; l < LANES; l++) {
            lanes[l] += a[t + l] * b[t + l];
        }
    }
    for (size_t t = whole; t < n; t++) {
        lanes[t - whole] += a[t] * b[t];
    }
    return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) +
           ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

double bicluster_log_likelihood(const bicluster_data *data, size_t i, double size,
                                const double *eta, double *scratch)
{
    const size_t n = data->n_times;
    const double *y = data->counts + i * n;
    const double *weight = data->weight + i * n;
    ana_vec_exp(n, eta, scratch);
    if (data->options->family == ANA_BICLUSTER_POISSON) {
        for (size_t t = 0; t < n; t++) {
            scratch[t] = weight[t] * (y[t] * eta[t] - scratch[t]);
        }
        return bicluster_sum(n, scratch);
    }
    const double inverse = 1.0 / size;
    for (size_t t = 0; t < n; t++) {
        scratch[t] *= inverse;
    }
    ana_vec_log1p(n, scratch, scratch);
    for (size_t t = 0; t < n; t++) {
        scratch[t] = weight[t] * (y[t] * eta[t] - (y[t] + size) * scratch[t]);
    }
    return bicluster_sum(n, scratch);
}

double bicluster_log_constant(const bicluster_data *data, size_t i, double size)
{
    const uint64_t *at_least = data->at_least + data->at_least_start[i];
    const size_t n = data->at_least_start[i + 1] - data->at_least_start[i];
    const bool poisson = data->options->family == ANA_BICLUSTER_POISSON;
    double sum = 0.0;
    /* Gamma(y + r) / (Gamma(r) y! r^y) = product over j = 1 ... y of (r + j - 1) / (r j) */
    for (size_t j = 0; j < n; j++) {
        double factor = poisson ? 0.0 : log1p((double)j / size);
        sum += (double)at_least[j] * (factor - log((double)(j + 1)));
    }
    return sum;
}

/* residual = d log p / d eta and curvature = - d2 log p / d eta2, of each row. */
ANA_CLONES static void slopes(size_t n, double size, const double *y, const double *weight,
                              const double *rate, double *residual, double *curvature)
{
    for (size_t t = 0; t < n; t++) {
        const double share = 1.0 / (1.0 + size / rate[t]); /* right for 0 and infinity */
        const double total = y[t] + size;
        residual[t] = weight[t] * (y[t] - total * share);
        curvature[t] = weight[t] * (total * share * (1.0 - share));
    }
}

static void poisson_slopes(size_t n, const double *y, const double *weight, const double *rate,
                           double *residual, double *curvature)
{
    for (size_t t = 0; t < n; t++) {
        residual[t] = weight[t] * (y[t] - rate[t]);
        curvature[t] = weight[t] * rate[t];
    }
}

/* Gradient and negative Hessian of the log posterior; row 0 of the design is all ones. The block
 * holds eta, a product, residuals and curvatures, T each. */
static void differentiate(size_t n_rows, size_t n, const double *path, const double *mode,
                          double *block, double *gradient, double *hessian)
{
    double *product = block + n;
    const double *residual = block + 2 * n;
    const double *curvature = block + 3 * n;
    gradient[0] = bicluster_sum(n, residual) - mode[0];
    hessian[0] = bicluster_sum(n, curvature) + 1.0;
    for (size_t k = 1; k < n_rows; k++) {
        const double *row = path + k * n;
        gradient[k] = bicluster_dot(n, residual, row) - mode[k];
        for (size_t t = 0; t < n; t++) {
            product[t] = curvature[t] * row[t];
        }
        hessian[k] = bicluster_sum(n, product);
        for (size_t j = 1; j <= k; j++) {
            hessian[j * n_rows + k] =
                bicluster_dot(n, product, path + j * n) + (j == k ? 1.0 : 0.0);
        }
    }
}

/* A Newton step, shortened to 3 at most: beyond, the quadratic says nothing about exponentials. */
static double newton_step(size_t n_rows, const double *u, double *gradient, double *mode)
{
    double longest = 0.0;
    bicluster_solve_transposed(n_rows, u, 1, gradient);
    bicluster_solve(n_rows, u, 1, gradient);
    for (size_t k = 0; k < n_rows; k++) {
        longest = fmax(longest, fabs(gradient[k]));
    }
    const double factor = longest > 3.0 ? 3.0 / longest : 1.0;
    for (size_t k = 0; k < n_rows; k++) {
        mode[k] += factor * gradient[k];
    }
    return longest;
}

bool bicluster_laplace_fit(const bicluster_data *data, size_t i, double size, const double *path,
                           double *block, bicluster_laplace *laplace)
{
    const size_t n = data->n_times;
    const size_t q = data->n_rows;
    double *eta = block;
    double *rate = block + n;
    double *residual = block + 2 * n;
    double *curvature = block + 3 * n;
    double gradient[MAX_FACTORS + 1];
    bool at_mode = false;
    for (size_t pass = 0; pass < MAX_NEWTON; pass++) {
        bicluster_predictor(q, n, path, laplace->mode, eta);
        ana_vec_exp(n, eta, rate);
        if (data->options->family == ANA_BICLUSTER_POISSON) {
            poisson_slopes(n, data->counts + i * n, data->weight + i * n, rate, residual,
                           curvature);
        } else {
            slopes(n, size, data->counts + i * n, data->weight + i * n, rate, residual, curvature);
        }
        differentiate(q, n, path, laplace->mode, block, gradient, laplace->curvature);
        if (!bicluster_cholesky(q, laplace->curvature)) {
            return false;
        }
        if (at_mode) {
            break;
        }
        /* Below 1e-5 the next step is below 1e-10: the curvature there is the mode's. */
        at_mode = newton_step(q, laplace->curvature, gradient, laplace->mode) < 1e-5;
    }
    if (!at_mode) {
        return false;
    }
    laplace->peak = bicluster_log_likelihood(data, i, size, eta, rate);
    for (size_t k = 0; k < q; k++) {
        laplace->peak -= 0.5 * laplace->mode[k] * laplace->mode[k];
    }
    laplace->marginal = laplace->peak - bicluster_log_diagonal(q, laplace->curvature);
    return isfinite(laplace->marginal);
}
