/* The bound of bicluster_bound.h and its updates. With f = (delta - log r, 1, c) and u = (1, m_t),
 * psi_t = f' u, so that E psi_t^2 and the sums over time that the loadings want are products of
 * E u u' with one vector a neuron. */
#include "bicluster_bound.h"

#include "checked.h"
#include "constants.h"
#include "dense.h"
#include "simd.h"
#include "vec.h"

#include <math.h>
#include <string.h>

enum {
    MAX_ROWS = BICLUSTER_MAX_ROWS,
    MAX_PRODUCTS = (MAX_ROWS + 1) * (MAX_ROWS + 2) / 2
};

static size_t products_of(const bicluster_data *data)
{
    return (data->n_rows + 1) * (data->n_rows + 2) / 2;
}

size_t bicluster_bounds_doubles(const bicluster_data *data)
{
    const size_t q = data->n_rows;
    size_t sum = 0;
    if (!ana_multiply(data->n_times, 2 * q * q + q + 3, &sum) ||
        !ana_add(sum, (2 * q + 1) * (2 * q + 1) + 6 * (q + 1) * (q + 1), &sum)) {
        return SIZE_MAX;
    }
    return sum;
}

size_t bicluster_group_doubles(const bicluster_data *data)
{
    const size_t q = data->n_rows;
    size_t sum = 0;
    size_t loadings = 0;
    if (!ana_multiply(data->n_times, q + products_of(data), &sum) ||
        !ana_multiply(data->n_neurons, 1 + q + q * q, &loadings) || !ana_add(sum, loadings, &sum)) {
        return SIZE_MAX;
    }
    return sum;
}

bicluster_bounds bicluster_bounds_new(ana_workspace *workspace, const bicluster_data *data,
                                      const double *size)
{
    const size_t n = data->n_times;
    const size_t q = data->n_rows;
    bicluster_bounds bounds = {
        .data = data,
        .size = size,
        .n_products = products_of(data),
        .root = ana_workspace_doubles(workspace, n, 1),
        .omega = ana_workspace_doubles(workspace, n, 1),
        .scratch = ana_workspace_doubles(workspace, n, 1),
        .information = ana_workspace_doubles(workspace, n, q * q),
        .linear = ana_workspace_doubles(workspace, n, q),
        .link = ana_workspace_doubles(workspace, n, q * q),
        .moments = ana_workspace_doubles(workspace, 2 * q + 1, 2 * q + 1),
        .dense = ana_workspace_doubles(workspace, 6, (q + 1) * (q + 1)),
    };
    return bounds;
}

bicluster_group bicluster_group_new(ana_workspace *workspace, const bicluster_data *data)
{
    const size_t q = data->n_rows;
    bicluster_group group = {
        .neurons = ana_workspace_sizes(workspace, data->n_neurons, 1),
        .mean = ana_workspace_doubles(workspace, q, data->n_times),
        .products = ana_workspace_doubles(workspace, products_of(data), data->n_times),
        .loading = ana_workspace_doubles(workspace, data->n_neurons, q),
        .spread = ana_workspace_doubles(workspace, data->n_neurons, q * q),
        .dynamics = bicluster_dynamics_new(workspace, q),
    };
    return group;
}

void bicluster_group_begin(const bicluster_bounds *bounds, ana_random *random,
                           bicluster_group *group)
{
    const bicluster_data *data = bounds->data;
    const size_t q = data->n_rows;
    const size_t n = data->n_times;
    bicluster_dynamics *one = &group->dynamics;
    group->followed = false;
    memset(group->mean, 0, q * n * sizeof(double));
    memset(group->products, 0, bounds->n_products * n * sizeof(double));
    for (size_t k = 0; k <= q; k++) {
        double *square = group->products + bicluster_place(q + 1, k, k) * n;
        for (size_t t = 0; t < n; t++) {
            square[t] = k == 0 ? 1.0 : 0.1;
        }
    }
    memset(group->spread, 0, data->n_neurons * q * q * sizeof(double));
    for (size_t i = 0; i < data->n_neurons; i++) {
        for (size_t k = 0; k < q; k++) {
            group->loading[i * q + k] =
                k == 0 ? data->log_rate[i] : 0.5 * ana_random_normal(random);
            group->spread[(i * q + k) * q + k] = 0.05;
        }
    }
    /* A slow wander: A = 0.99, Q = 0.01. */
    memset(one->precision, 0, q * q * sizeof(double));
    memset(one->cross, 0, q * q * sizeof(double));
    memset(one->back, 0, q * q * sizeof(double));
    memset(one->push, 0, q * sizeof(double));
    memset(one->pull, 0, q * sizeof(double));
    for (size_t k = 0; k < q; k++) {
        one->precision[k * q + k] = 100.0;
        one->cross[k * q + k] = 99.0;
        one->back[k * q + k] = 98.01;
    }
}

void bicluster_group_copy(const bicluster_bounds *bounds, const bicluster_group *from,
                          bicluster_group *to)
{
    const size_t n = bounds->data->n_times;
    const size_t n_neurons = bounds->data->n_neurons;
    const size_t q = bounds->data->n_rows;
    to->n = from->n;
    to->followed = from->followed;
    to->bound = from->bound;
    memcpy(to->neurons, from->neurons, from->n * sizeof(size_t));
    memcpy(to->mean, from->mean, q * n * sizeof(double));
    memcpy(to->products, from->products, bounds->n_products * n * sizeof(double));
    memcpy(to->loading, from->loading, n_neurons * q * sizeof(double));
    memcpy(to->spread, from->spread, n_neurons * q * q * sizeof(double));
    memcpy(to->dynamics.precision, from->dynamics.precision, q * q * sizeof(double));
    memcpy(to->dynamics.cross, from->dynamics.cross, q * q * sizeof(double));
    memcpy(to->dynamics.back, from->dynamics.back, q * q * sizeof(double));
    memcpy(to->dynamics.push, from->dynamics.push, q * sizeof(double));
    memcpy(to->dynamics.pull, from->dynamics.pull, q * sizeof(double));
}

void bicluster_group_add(bicluster_group *group, size_t neuron)
{
    group->neurons[group->n++] = neuron;
}

void bicluster_group_remove(bicluster_group *group, size_t neuron)
{
    for (size_t j = 0; j < group->n; j++) {
        if (group->neurons[j] == neuron) {
            group->n--;
            memmove(group->neurons + j, group->neurons + j + 1,
                    (group->n - j) * sizeof *group->neurons);
            return;
        }
    }
}

/* E f_a f_b by place, those off the diagonal twice. */
static void weigh_products(const bicluster_bounds *bounds, const bicluster_group *group, size_t i,
                           double *weight)
{
    const size_t q = bounds->data->n_rows;
    const double *loading = group->loading + i * q;
    const double *spread = group->spread + i * q * q;
    double f[MAX_ROWS + 1];
    f[0] = loading[0] - log(bounds->size[i]);
    f[1] = 1.0;
    memcpy(f + 2, loading + 1, (q - 1) * sizeof *f);
    for (size_t a = 0; a <= q; a++) {
        for (size_t b = a; b <= q; b++) {
            const bool both = a != 1 && b != 1;
            const double covariance =
                both ? spread[(a > 0 ? a - 1 : 0) * q + (b > 0 ? b - 1 : 0)] : 0.0;
            *weight++ = (a == b ? 1.0 : 2.0) * (f[a] * f[b] + covariance);
        }
    }
}

/* root[t]^2 = sum over j of weight[j] products[j][t]; the product of 1 and 1 is not read. */
ANA_CLONES static void fill_roots(size_t n_products, size_t n, const double *weight,
                                  const double *products, double *root)
{
    for (size_t t = 0; t < n; t++) {
        root[t] = weight[0];
    }
    for (size_t j = 1; j < n_products; j++) {
        const double factor = weight[j];
        const double *row = products + j * n;
        for (size_t t = 0; t < n; t++) {
            root[t] += factor * row[t];
        }
    }
    for (size_t t = 0; t < n; t++) {
        root[t] = sqrt(root[t] > 1e-8 ? root[t] : 1e-8);
    }
}

/* omega = (y + r) tanh(xi / 2) / (2 xi); `scratch` has exp(-xi). */
ANA_CLONES static void fill_omega(size_t n, double size, const double *y, const double *weight,
                                  const double *scratch, const double *root, double *omega)
{
    for (size_t t = 0; t < n; t++) {
        const double total = weight[t] * (y[t] + size);
        omega[t] = total / (2.0 * root[t]) * (1.0 - scratch[t]) / (1.0 + scratch[t]);
    }
}

/* (y + r) log(2 cosh(xi / 2)); `scratch` has log(1 + exp(-xi)). */
ANA_CLONES static void fill_terms(size_t n, double size, const double *y, const double *weight,
                                  const double *root, double *scratch)
{
    for (size_t t = 0; t < n; t++) {
        scratch[t] = weight[t] * (y[t] + size) * (0.5 * root[t] + scratch[t]);
    }
}

/* kappa = (y - r) / 2 */
ANA_CLONES static void fill_kappa(size_t n, double size, const double *y, const double *weight,
                                  double *kappa)
{
    for (size_t t = 0; t < n; t++) {
        kappa[t] = 0.5 * weight[t] * (y[t] - size);
    }
}

/* Kullback-Leibler divergence of a neuron's loadings from N(0, I); NaN when it breaks down. */
static double cost_of_loadings(size_t q, const double *loading, const double *spread)
{
    double u[MAX_ROWS * MAX_ROWS];
    double sum = -(double)q;
    memcpy(u, spread, q * q * sizeof *u);
    if (!bicluster_cholesky(q, u)) {
        return NAN;
    }
    for (size_t k = 0; k < q; k++) {
        sum += spread[k * q + k] + loading[k] * loading[k];
    }
    return 0.5 * sum - bicluster_log_diagonal(q, u);
}

/* The neuron's part of the bound as it is; leaves omega, kappa (in `scratch`) and the sums over
 * time of kappa E u. */
static double look_at(const bicluster_bounds *bounds, const bicluster_group *group, size_t i,
                      double *pulls)
{
    const bicluster_data *data = bounds->data;
    const size_t n = data->n_times;
    const size_t q = data->n_rows;
    const double size = bounds->size[i];
    const double *y = data->counts + i * n;
    const double *known = data->weight + i * n;
    const double *loading = group->loading + i * q;
    double weight[MAX_PRODUCTS] = {0.0};
    double *scratch = bounds->scratch;
    weigh_products(bounds, group, i, weight);
    fill_roots(bounds->n_products, n, weight, group->products, bounds->root);
    for (size_t t = 0; t < n; t++) {
        scratch[t] = -bounds->root[t];
    }
    ana_vec_exp(n, scratch, scratch);
    fill_omega(n, size, y, known, scratch, bounds->root, bounds->omega);
    ana_vec_log1p(n, scratch, scratch);
    fill_terms(n, size, y, known, bounds->root, scratch);
    double sum = -bicluster_sum(n, scratch);
    fill_kappa(n, size, y, known, scratch);
    pulls[0] = bicluster_sum(n, scratch);
    sum += pulls[0] * (loading[0] - log(size));
    for (size_t k = 0; k < q; k++) {
        pulls[k + 1] = bicluster_dot(n, scratch, group->mean + k * n);
        sum += pulls[k + 1] * (k == 0 ? 1.0 : loading[k]);
    }
    return sum - cost_of_loadings(q, loading, group->spread + i * q * q);
}

/* Loadings given omega and what the paths are thought to be. False when it breaks down. */
static bool update_loadings(const bicluster_bounds *bounds, bicluster_group *group, size_t i,
                            const double *pulls)
{
    const size_t n = bounds->data->n_times;
    const size_t q = bounds->data->n_rows;
    const double log_size = log(bounds->size[i]);
    double sums[MAX_PRODUCTS] = {0.0};
    double u[MAX_ROWS * MAX_ROWS];
    double *loading = group->loading + i * q;
    double *spread = group->spread + i * q * q;
    for (size_t j = 0; j < bounds->n_products; j++) {
        sums[j] = bicluster_dot(n, bounds->omega, group->products + j * n);
    }
    for (size_t k = 0; k < q; k++) {
        const size_t a = k == 0 ? 0 : k + 1; /* of u: loadings have no mu */
        loading[k] = pulls[a] + log_size * sums[bicluster_place(q + 1, 0, a)] -
                     sums[bicluster_place(q + 1, 1, a)];
        for (size_t j = k; j < q; j++) {
            u[k * q + j] =
                sums[bicluster_place(q + 1, a, j == 0 ? 0 : j + 1)] + (j == k ? 1.0 : 0.0);
        }
    }
    if (!bicluster_cholesky(q, u)) {
        return false;
    }
    bicluster_solve_transposed(q, u, 1, loading);
    bicluster_solve(q, u, 1, loading);
    bicluster_invert(q, u, spread);
    return true;
}

double bicluster_bound_neuron(const bicluster_bounds *bounds, bicluster_group *group, size_t i,
                              size_t n_updates)
{
    double pulls[MAX_ROWS + 1] = {0.0};
    double bound = look_at(bounds, group, i, pulls);
    for (size_t k = 0; k < n_updates; k++) {
        if (!update_loadings(bounds, group, i, pulls)) {
            return (double)-INFINITY;
        }
        bound = look_at(bounds, group, i, pulls);
    }
    return isfinite(bound) ? bound : (double)-INFINITY;
}

/* Adds what neuron i says of the paths: information[t] (upper) += omega E h h', linear[t] += E h
 * (kappa + omega (log r - delta)) with h = (1, c); kappa is in `scratch`. */
static void add_neuron(const bicluster_bounds *bounds, const bicluster_group *group, size_t i)
{
    const size_t q = bounds->data->n_rows;
    const double *loading = group->loading + i * q;
    const double *spread = group->spread + i * q * q;
    const double level = log(bounds->size[i]) - loading[0];
    double outer[MAX_ROWS * MAX_ROWS] = {0.0};
    double h[MAX_ROWS] = {0.0};
    double g[MAX_ROWS] = {0.0};
    for (size_t k = 0; k < q; k++) {
        h[k] = k == 0 ? 1.0 : loading[k];
        g[k] = h[k] * level - (k == 0 ? 0.0 : spread[k]);
    }
    for (size_t k = 0; k < q; k++) {
        for (size_t j = k; j < q; j++) {
            outer[k * q + j] = h[k] * h[j] + (k > 0 ? spread[k * q + j] : 0.0);
        }
    }
    for (size_t t = 0; t < bounds->data->n_times; t++) {
        const double omega = bounds->omega[t];
        const double kappa = bounds->scratch[t];
        double *information = bounds->information + t * q * q;
        double *linear = bounds->linear + t * q;
        for (size_t k = 0; k < q; k++) {
            linear[k] += kappa * h[k] + omega * g[k];
            for (size_t j = k; j < q; j++) {
                information[k * q + j] += omega * outer[k * q + j];
            }
        }
    }
}

/* What the counts say of the paths, each neuron's loadings updated before it speaks. */
static bool gather(const bicluster_bounds *bounds, bicluster_group *group)
{
    const size_t q = bounds->data->n_rows;
    memset(bounds->information, 0, bounds->data->n_times * q * q * sizeof(double));
    memset(bounds->linear, 0, bounds->data->n_times * q * sizeof(double));
    for (size_t m = 0; m < group->n; m++) {
        const size_t i = group->neurons[m];
        double pulls[MAX_ROWS + 1] = {0.0};
        if (!isfinite(look_at(bounds, group, i, pulls)) ||
            (group->followed && !update_loadings(bounds, group, i, pulls))) {
            return false;
        }
        add_neuron(bounds, group, i);
    }
    return true;
}

/* One update of everything; *cost: what paths and dynamics cost. */
static bool update(const bicluster_bounds *bounds, bicluster_group *group, double *cost)
{
    const bicluster_data *data = bounds->data;
    const double n_values = (double)(data->n_times * data->n_rows);
    double log_evidence = 0.0;
    *cost = -0.5 * n_values * (1.0 + ANA_LOG_2PI);
    if (!gather(bounds, group) || !bicluster_group_smooth(bounds, group, cost)) {
        return false;
    }
    group->followed = true;
    if (!bicluster_expect_dynamics(data, data->n_rows, data->n_times - data->n_sequences,
                                   bounds->moments, bounds->dense, &group->dynamics,
                                   &log_evidence)) {
        return false;
    }
    *cost -= log_evidence;
    return true;
}

void bicluster_group_fit(const bicluster_bounds *bounds, size_t n_updates, bicluster_group *group)
{
    double cost = 0.0;
    group->bound = (double)-INFINITY;
    for (size_t k = 0; k < n_updates; k++) {
        if (!update(bounds, group, &cost)) {
            return;
        }
    }
    double sum = -cost;
    for (size_t m = 0; m < group->n; m++) {
        sum += bicluster_bound_neuron(bounds, group, group->neurons[m], 1);
    }
    group->bound = isfinite(sum) ? sum : (double)-INFINITY;
}
