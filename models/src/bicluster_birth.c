/* A trajectory proposed for a cluster founded by some neurons. mu comes from a mixture of
 * Gaussians, each at the mode of their counts under an autoregression of another innovation,
 * weighted by their evidence. The rows of X come, as a coin decides, from broad dynamics of each
 * row by itself, or like mu from the counts, given loadings along the first principal axis of what
 * the rows before leave of the counts; the density is that of both together. Any density would do,
 * since the weight of the new cluster is corrected by what the model says of the trajectory, but
 * what it does not cover could never be given up. */
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
    MAX_NEWTON = 40,
    HALF_WIDTH = 3, /* of the residuals' smoothing */
    N_POWERS = 30
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

/* A row x of the trajectory, by which neuron j of the set has log rates base_j + loading_j x. */
typedef struct wanted {
    const bicluster_data *data;
    const bicluster_set *set;
    double *base;    /* n x T */
    double *loading; /* n */
} wanted;

/* Slopes of the set's log-likelihood; `eta`, `rate`: scratch. */
static void differentiate(const wanted *row, const double *x, double *eta, double *rate,
                          double *gradient, double *curvature)
{
    const bicluster_data *data = row->data;
    const size_t n = data->n_times;
    const bool poisson = data->options->family == ANA_BICLUSTER_POISSON;
    memset(gradient, 0, n * sizeof *gradient);
    memset(curvature, 0, n * sizeof *curvature);
    for (size_t j = 0; j < row->set->n; j++) {
        const size_t i = row->set->neurons[j];
        const double size = row->set->sizes[i];
        const double c = row->loading[j];
        const double *base = row->base + j * n;
        const double *y = data->counts + i * n;
        const double *weight = data->weight + i * n;
        for (size_t t = 0; t < n; t++) {
            eta[t] = base[t] + c * x[t];
        }
        ana_vec_exp(n, eta, rate);
        for (size_t t = 0; t < n; t++) {
            const double share = poisson ? 0.0 : 1.0 / (1.0 + size / rate[t]);
            const double mean = poisson ? rate[t] : (y[t] + size) * share;
            gradient[t] += c * weight[t] * (y[t] - mean);
            curvature[t] += c * c * weight[t] * mean * (1.0 - share);
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

/* The mode of the row, and the pivots of its precision there. `block` has 5 T doubles. */
static bool find_mode(const wanted *row, double innovation, double *block, component *one)
{
    const bicluster_data *data = row->data;
    const size_t n = data->n_times;
    double *diagonal = block;
    double *step = block + n;
    double *curvature = block + 2 * n;
    prior_precision(data, innovation, diagonal, one->beside);
    memset(one->mode, 0, n * sizeof *one->mode);
    for (size_t pass = 0; pass < MAX_NEWTON; pass++) {
        double longest = 0.0;
        differentiate(row, one->mode, block + 3 * n, block + 4 * n, step, curvature);
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
static bool fit_component(const wanted *row, double innovation, double *block, component *one)
{
    const bicluster_data *data = row->data;
    const size_t n = data->n_times;
    if (!find_mode(row, innovation, block, one)) {
        return false;
    }
    one->evidence = log_prior(data, innovation, one->mode) - log_gaussian(n, one, one->mode);
    for (size_t j = 0; j < row->set->n; j++) {
        const size_t i = row->set->neurons[j];
        for (size_t t = 0; t < n; t++) {
            block[t] = row->base[j * n + t] + row->loading[j] * one->mode[t];
        }
        one->evidence += bicluster_log_likelihood(data, i, row->set->sizes[i], block, block + n);
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

/* x (T): drawn, or given when `random` is NULL; adds the log density either way. */
static bool propose_row(const wanted *row, ana_random *random, bicluster_room *room, double *x,
                        double *log_density)
{
    const size_t n = row->data->n_times;
    component components[N_INNOVATIONS];
    double weight[N_INNOVATIONS];
    double density[N_INNOVATIONS];
    for (size_t k = 0; k < N_INNOVATIONS; k++) {
        double *own = room->mixture + 3 * k * n;
        components[k] = (component){own, own + n, own + 2 * n, 0.0};
        if (!fit_component(row, innovations[k], room->block, components + k)) {
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
                      x);
    }
    for (size_t k = 0; k < N_INNOVATIONS; k++) {
        density[k] += log_gaussian(n, components + k, x);
    }
    *log_density += ana_special_log_sum_exp(N_INNOVATIONS, density);
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

/* residual (n x T): what the log rates `base` leave of the counts, in standard deviations and
 * smoothed; `scratch` has T doubles. */
static void fill_residuals(const wanted *row, double *scratch, double *residual)
{
    const bicluster_data *data = row->data;
    const size_t n = data->n_times;
    const size_t half = HALF_WIDTH;
    const bool poisson = data->options->family == ANA_BICLUSTER_POISSON;
    for (size_t j = 0; j < row->set->n; j++) {
        const size_t i = row->set->neurons[j];
        const double over = poisson ? 0.0 : 1.0 / row->set->sizes[i];
        double *smooth = residual + j * n;
        double sum = 0.0;
        ana_vec_exp(n, row->base + j * n, scratch);
        for (size_t t = 0; t < n; t++) {
            const double mean = scratch[t];
            scratch[t] = data->weight[i * n + t] * (data->counts[i * n + t] - mean) /
                         sqrt(mean * (1.0 + over * mean) + 1e-12);
        }
        for (size_t t = 0; t < n + half; t++) {
            sum += t < n ? scratch[t] : 0.0;
            sum -= t > 2 * half ? scratch[t - 2 * half - 1] : 0.0;
            if (t >= half) {
                smooth[t - half] = sum;
            }
        }
    }
}

/* loading: the residuals' first principal axis, of mean square 1 / 2, by power iteration from the
 * neuron of most variance. */
static void fill_loadings(const wanted *row, bicluster_room *room)
{
    const size_t n = row->set->n;
    const size_t n_times = row->data->n_times;
    const double *residual = room->residuals;
    double *gram = room->gram;
    double *next = room->nearest;
    size_t most = 0;
    fill_residuals(row, room->block, room->residuals);
    for (size_t j = 0; j < n; j++) {
        for (size_t k = 0; k <= j; k++) {
            double sum = 0.0;
            for (size_t t = 0; t < n_times; t++) {
                sum += residual[j * n_times + t] * residual[k * n_times + t];
            }
            gram[j * n + k] = sum;
            gram[k * n + j] = sum;
        }
        most = gram[j * n + j] > gram[most * n + most] ? j : most;
    }
    memcpy(row->loading, gram + most * n, n * sizeof *gram);
    for (size_t iteration = 0; iteration < N_POWERS; iteration++) {
        double square = 1e-300;
        bicluster_multiply(n, n, 1, gram, row->loading, next);
        for (size_t j = 0; j < n; j++) {
            square += next[j] * next[j];
        }
        for (size_t j = 0; j < n; j++) {
            row->loading[j] = next[j] * sqrt(0.5 * (double)n / square);
        }
    }
}

/* Adds loading_j x to the log rates. */
static void add_row(const wanted *row, const double *x)
{
    const size_t n = row->data->n_times;
    for (size_t j = 0; j < row->set->n; j++) {
        for (size_t t = 0; t < n; t++) {
            row->base[j * n + t] += row->loading[j] * x[t];
        }
    }
}

/* The rows of X after mu, from the counts: drawn, or given when `random` is NULL. */
static bool propose_from_counts(const wanted *row, ana_random *random, bicluster_room *room,
                                double *path, double *log_density)
{
    const size_t n = row->data->n_times;
    for (size_t k = 1; k < row->data->n_rows; k++) {
        add_row(row, path + (k - 1) * n);
        fill_loadings(row, room);
        if (!propose_row(row, random, room, path + k * n, log_density)) {
            return false;
        }
    }
    return true;
}

/* The same from broad dynamics in each state of time. */
static void propose_broadly(const wanted *row, const size_t *state, ana_random *random,
                            bicluster_room *room, double *path, double *log_density)
{
    for (size_t k = 1; k < row->data->n_rows; k++) {
        double *x = path + k * row->data->n_times;
        if (random != NULL) {
            draw_factor(row->data, state, random, room->factor_dynamics, x);
        }
        *log_density += log_factor(row->data, state, x, room->factor_dynamics);
    }
}

/* A neuron by itself has no axis: its X is broad. */
static bool propose_factors(const wanted *row, const size_t *state, ana_random *random,
                            bicluster_room *room, double *path, double *log_density)
{
    double both[2] = {0.0, 0.0};
    const bool several = row->set->n > 1;
    const bool broad = random != NULL && (!several || ana_random_uniform(random) < 0.5);
    if (broad || !several) {
        propose_broadly(row, state, random, room, path, both);
    }
    if (several) {
        ana_random *own = broad ? NULL : random;
        if (!propose_from_counts(row, own, room, path, both + 1)) {
            return false;
        }
        if (!broad) {
            propose_broadly(row, state, NULL, room, path, both);
        }
    }
    *log_density += several ? ana_special_log_sum_exp(2, both) + log(0.5) : both[0];
    return isfinite(*log_density);
}

bool bicluster_propose_path(const bicluster_data *data, const bicluster_set *set,
                            const size_t *state, ana_random *random, bicluster_room *room,
                            double *path, double *log_density)
{
    const wanted row = {data, set, room->rates, room->axis};
    for (size_t j = 0; j < set->n; j++) {
        row.loading[j] = 1.0;
        for (size_t t = 0; t < data->n_times; t++) {
            row.base[j * data->n_times + t] = data->log_rate[set->neurons[j]];
        }
    }
    *log_density = 0.0;
    return propose_row(&row, random, room, path, log_density) &&
           propose_factors(&row, state, random, room, path, log_density);
}
