/* A trajectory proposed for a cluster founded by some neurons. mu comes from a mixture of
 * Gaussians, each at the mode of their counts under an autoregression of another innovation,
 * weighted by their evidence; each row of X from the model's own prior of one row by itself. Any
 * density would do, since the weight of the new cluster is corrected by what the model says of the
 * trajectory, but what it does not cover could never be given up. */
#include "bicluster_parts.h"
#include "constants.h"
#include "vec.h"

#include <analysis/special.h>

#include <math.h>
#include <string.h>

static const double memory = 0.99;
static const double innovations[] = {0.0005, 0.002, 0.008, 0.032}; /* variances */

enum {
    N_INNOVATIONS = sizeof innovations / sizeof innovations[0],
    MAX_NEWTON = 40
};

static bool begins(const bicluster_data *data, size_t t, size_t *sequence)
{
    while (data->sequence_start[*sequence + 1] <= t) {
        (*sequence)++;
    }
    return data->sequence_start[*sequence] == t;
}

/* Diagonal of the autoregression's precision, and `next` beside it (0 at borders). */
static void prior_precision(const bicluster_data *data, double innovation, double *diagonal,
                            double *beside)
{
    size_t s = 0;
    for (size_t t = 0; t < data->n_times; t++) {
        const bool first = begins(data, t, &s);
        const bool last = t + 1 == data->sequence_start[s + 1];
        diagonal[t] =
            (first ? 1.0 : 1.0 / innovation) + (last ? 0.0 : memory * memory / innovation);
        beside[t] = last ? 0.0 : -memory / innovation;
    }
}

/* pivot[t] of the L D L' of (precision + diag(curvature)); false when not positive. */
static bool factor(size_t n, const double *diagonal, const double *beside, const double *curvature,
                   double *pivot)
{
    for (size_t t = 0; t < n; t++) {
        pivot[t] = diagonal[t] + curvature[t];
        if (t > 0) {
            pivot[t] -= beside[t - 1] * beside[t - 1] / pivot[t - 1];
        }
        if (!(pivot[t] > 0.0) || !isfinite(pivot[t])) {
            return false;
        }
    }
    return true;
}

/* x = (L D L')^-1 x */
static void solve(size_t n, const double *beside, const double *pivot, double *x)
{
    for (size_t t = 1; t < n; t++) {
        x[t] -= beside[t - 1] / pivot[t - 1] * x[t - 1];
    }
    x[n - 1] /= pivot[n - 1];
    for (size_t t = n - 1; t-- > 0;) {
        x[t] = (x[t] - beside[t] * x[t + 1]) / pivot[t];
    }
}

/* Slopes of the set's log-likelihood at log rates log_rate[i] + mu; `eta`, `rate`: scratch. */
static void differentiate(const bicluster_data *data, const bicluster_set *set, const double *mu,
                          double *eta, double *rate, double *gradient, double *curvature)
{
    const size_t n = data->n_times;
    const bool poisson = data->options->family == ANA_BICLUSTER_POISSON;
    memset(gradient, 0, n * sizeof *gradient);
    memset(curvature, 0, n * sizeof *curvature);
    for (size_t j = 0; j < set->n; j++) {
        const size_t i = set->neurons[j];
        const double size = set->sizes[i];
        const double *y = data->counts + i * n;
        const double *weight = data->weight + i * n;
        for (size_t t = 0; t < n; t++) {
            eta[t] = data->log_rate[i] + mu[t];
        }
        ana_vec_exp(n, eta, rate);
        for (size_t t = 0; t < n; t++) {
            const double share = poisson ? 0.0 : 1.0 / (1.0 + size / rate[t]);
            const double mean = poisson ? rate[t] : (y[t] + size) * share;
            gradient[t] += weight[t] * (y[t] - mean);
            curvature[t] += weight[t] * mean * (1.0 - share);
        }
    }
}

/* One Gaussian of the mixture; arrays of T. */
typedef struct component {
    double *mode;
    double *pivot;
    double *beside;
    double evidence; /* log */
} component;

/* The mode of mu, and the pivots of its precision there. `block` has 5 T doubles. */
static bool find_mode(const bicluster_data *data, const bicluster_set *set, double innovation,
                      double *block, component *one)
{
    const size_t n = data->n_times;
    double *diagonal = block;
    double *step = block + n;
    double *curvature = block + 2 * n;
    prior_precision(data, innovation, diagonal, one->beside);
    memset(one->mode, 0, n * sizeof *one->mode);
    for (size_t pass = 0; pass < MAX_NEWTON; pass++) {
        double longest = 0.0;
        differentiate(data, set, one->mode, block + 3 * n, block + 4 * n, step, curvature);
        if (!factor(n, diagonal, one->beside, curvature, one->pivot)) {
            return false;
        }
        for (size_t t = 0; t < n; t++) {
            step[t] -= diagonal[t] * one->mode[t];
            step[t] -= t > 0 ? one->beside[t - 1] * one->mode[t - 1] : 0.0;
            step[t] -= t + 1 < n ? one->beside[t] * one->mode[t + 1] : 0.0;
        }
        solve(n, one->beside, one->pivot, step);
        for (size_t t = 0; t < n; t++) {
            longest = fmax(longest, fabs(step[t]));
            one->mode[t] += fmin(fmax(step[t], -2.0), 2.0);
        }
        if (longest < 1e-4) { /* any Gaussian near the mode serves, as long as it is the same */
            break;
        }
    }
    return true;
}

/* log of the Gaussian at `mode` with those pivots. */
static double log_gaussian(size_t n, const component *one, const double *mu)
{
    const double *beside = one->beside;
    const double *pivot = one->pivot;
    const double *mode = one->mode;
    double sum = 0.0;
    for (size_t t = 0; t < n; t++) {
        const double here = mu[t] - mode[t];
        const double next = t + 1 < n ? mu[t + 1] - mode[t + 1] : 0.0;
        const double z = here + beside[t] / pivot[t] * next;
        sum += 0.5 * (log(pivot[t]) - ANA_LOG_2PI - pivot[t] * z * z);
    }
    return sum;
}

/* log of the autoregression's density of mu. */
static double log_prior(const bicluster_data *data, double innovation, const double *mu)
{
    double sum = 0.0;
    size_t s = 0;
    for (size_t t = 0; t < data->n_times; t++) {
        const bool first = begins(data, t, &s);
        const double variance = first ? 1.0 : innovation;
        const double z = mu[t] - (first ? 0.0 : memory * mu[t - 1]);
        sum -= 0.5 * (z * z / variance + log(variance) + ANA_LOG_2PI);
    }
    return sum;
}

/* Mode, pivots and evidence (by Laplace's approximation) of one component. */
static bool fit_component(const bicluster_data *data, const bicluster_set *set, double innovation,
                          double *block, component *one)
{
    const size_t n = data->n_times;
    if (!find_mode(data, set, innovation, block, one)) {
        return false;
    }
    one->evidence = log_prior(data, innovation, one->mode) - log_gaussian(n, one, one->mode);
    for (size_t j = 0; j < set->n; j++) {
        const size_t i = set->neurons[j];
        for (size_t t = 0; t < n; t++) {
            block[t] = data->log_rate[i] + one->mode[t];
        }
        one->evidence += bicluster_log_likelihood(data, i, set->sizes[i], block, block + n);
    }
    return isfinite(one->evidence);
}

/* x = mode + L'^-1 D^-1/2 z */
static void draw_gaussian(size_t n, const component *one, ana_random *random, double *mu)
{
    for (size_t t = n; t-- > 0;) {
        mu[t] = ana_random_normal(random) / sqrt(one->pivot[t]);
        mu[t] -= t + 1 < n ? one->beside[t] / one->pivot[t] * mu[t + 1] : 0.0;
    }
    for (size_t t = 0; t < n; t++) {
        mu[t] += one->mode[t];
    }
}

/* mu (n): drawn, or given when `random` is NULL; the log density either way. */
static bool propose_mean(const bicluster_data *data, const bicluster_set *set, ana_random *random,
                         bicluster_room *room, double *mu, double *log_density)
{
    const size_t n = data->n_times;
    component components[N_INNOVATIONS];
    double weight[N_INNOVATIONS];
    double density[N_INNOVATIONS];
    for (size_t k = 0; k < N_INNOVATIONS; k++) {
        double *own = room->mixture + 3 * k * n;
        components[k] = (component){own, own + n, own + 2 * n, 0.0};
        if (!fit_component(data, set, innovations[k], room->block, components + k)) {
            return false;
        }
        weight[k] = components[k].evidence;
    }
    const double total = ana_special_log_sum_exp(N_INNOVATIONS, weight);
    for (size_t k = 0; k < N_INNOVATIONS; k++) {
        density[k] = weight[k] - total;
        weight[k] = exp(weight[k] - total);
    }
    if (random != NULL) {
        draw_gaussian(n, components + ana_random_categorical(random, N_INNOVATIONS, weight), random,
                      mu);
    }
    for (size_t k = 0; k < N_INNOVATIONS; k++) {
        density[k] += log_gaussian(n, components + k, mu);
    }
    *log_density = ana_special_log_sum_exp(N_INNOVATIONS, density);
    return true;
}

/* One factor: in each state of time x_t = a x_(t-1) + b + N(0, v), v ~ inverse gamma, a near one of
 * a few centres, b near 0; a, b and v are integrated out of its density. The model's own prior,
 * with a spread of a about 1 that lets it explode, would be a poor proposal. */
static const double centres[] = {1.0, 0.95, 0.7, 0.0};
static const double tightness = 200.0; /* of a and b, in units of 1 / v */
static const double variance_shape = 1.5;
static const double variance_scale = 0.01;

enum {
    N_CENTRES = sizeof centres / sizeof centres[0],
    N_SUMS = 6 /* n, x, x x, x y, y, y y with y the next x */
};

static void draw_factor(const bicluster_data *data, const size_t *state, ana_random *random,
                        double *scratch, double *x)
{
    size_t s = 0;
    for (size_t l = 0; l < data->options->n_states; l++) {
        const double centre = centres[ana_random_below(random, N_CENTRES)];
        const double variance = variance_scale / ana_random_gamma(random, variance_shape);
        const double spread = sqrt(variance / tightness);
        scratch[N_SUMS * l] = centre + spread * ana_random_normal(random);
        scratch[N_SUMS * l + 1] = spread * ana_random_normal(random);
        scratch[N_SUMS * l + 2] = sqrt(variance);
    }
    for (size_t t = 0; t < data->n_times; t++) {
        const double *one = scratch + N_SUMS * state[t];
        x[t] = begins(data, t, &s)
                   ? ana_random_normal(random)
                   : one[0] * x[t - 1] + one[1] + one[2] * ana_random_normal(random);
    }
}

/* log density of one state's steps when a is near that centre: regression of y - centre x on
 * (x, 1) with a conjugate prior around 0. */
static double log_steps(const double *sums, double centre)
{
    const double n = sums[0];
    const double xx = sums[2] + tightness;
    const double oo = n + tightness;
    const double xr = sums[3] - centre * sums[2];
    const double or = sums[4] - centre * sums[1];
    const double rr = sums[5] - 2.0 * centre * sums[3] + centre * centre * sums[2];
    const double det = xx * oo - sums[1] * sums[1];
    const double explained = (oo * xr * xr - 2.0 * sums[1] * xr * or +xx * or * or) / det;
    const double shape = variance_shape + 0.5 * n;
    const double scale = variance_scale + 0.5 * fmax(rr - explained, 0.0);
    return -0.5 * n * ANA_LOG_2PI + log(tightness) - 0.5 * log(det) +
           variance_shape * log(variance_scale) - shape * log(scale) + ana_special_lgamma(shape) -
           ana_special_lgamma(variance_shape);
}

static double log_factor(const bicluster_data *data, const size_t *state, const double *x,
                         double *scratch)
{
    const size_t n_states = data->options->n_states;
    double total = 0.0;
    size_t s = 0;
    memset(scratch, 0, N_SUMS * n_states * sizeof *scratch);
    for (size_t t = 0; t < data->n_times; t++) {
        double *sums = scratch + N_SUMS * state[t];
        if (begins(data, t, &s)) {
            total -= 0.5 * (x[t] * x[t] + ANA_LOG_2PI);
            continue;
        }
        sums[0] += 1.0;
        sums[1] += x[t - 1];
        sums[2] += x[t - 1] * x[t - 1];
        sums[3] += x[t - 1] * x[t];
        sums[4] += x[t];
        sums[5] += x[t] * x[t];
    }
    for (size_t l = 0; l < n_states; l++) {
        double each[N_CENTRES];
        for (size_t k = 0; k < N_CENTRES; k++) {
            each[k] = log_steps(scratch + N_SUMS * l, centres[k]) - log((double)N_CENTRES);
        }
        total += ana_special_log_sum_exp(N_CENTRES, each);
    }
    return total;
}

bool bicluster_propose_path(const bicluster_data *data, const bicluster_set *set,
                            const size_t *state, ana_random *random, bicluster_room *room,
                            double *path, double *log_density)
{
    if (!propose_mean(data, set, random, room, path, log_density)) {
        return false;
    }
    for (size_t k = 1; k < data->n_rows; k++) {
        double *row = path + k * data->n_times;
        if (random != NULL) {
            draw_factor(data, state, random, room->factor_dynamics, row);
        }
        *log_density += log_factor(data, state, row, room->factor_dynamics);
    }
    return isfinite(*log_density);
}
