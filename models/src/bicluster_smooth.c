/* The paths of a group given what its counts say: the smoother of a linear dynamical system, block
 * tridiagonal as in bicluster_paths.c, with blocks of q, and with covariances. A row costs some 10
 * q^3 flops. */
#include "bicluster_bound.h"
#include "constants.h"
#include "dense.h"

#include <string.h>

enum {
    MAX_ROWS = BICLUSTER_MAX_ROWS
};

/* What the dynamics add to row t, from the row before and from the row after. */
static void add_dynamics(const bicluster_bounds *bounds, const bicluster_dynamics *one, size_t t,
                         bool first, bool last)
{
    const size_t q = bounds->data->n_rows;
    double *u = bounds->information + t * q * q;
    double *linear = bounds->linear + t * q;
    for (size_t k = 0; k < q; k++) {
        u[k * q + k] += first ? 1.0 : 0.0;
        linear[k] += (first ? 0.0 : one->push[k]) - (last ? 0.0 : one->pull[k]);
        for (size_t j = k; j < q; j++) {
            u[k * q + j] += first ? 0.0 : one->precision[k * q + j];
            u[k * q + j] += last ? 0.0 : one->back[k * q + j];
        }
    }
}

/* What the row before, integrated out, takes from row t. */
static void carry(const bicluster_bounds *bounds, size_t t)
{
    const size_t q = bounds->data->n_rows;
    const double *link = bounds->link + (t - 1) * q * q;
    const double *before = bounds->linear + (t - 1) * q;
    double *u = bounds->information + t * q * q;
    double *linear = bounds->linear + t * q;
    for (size_t m = 0; m < q; m++, link += q) {
        for (size_t k = 0; k < q; k++) {
            linear[k] -= link[k] * before[m];
            for (size_t j = k; j < q; j++) {
                u[k * q + j] -= link[k] * link[j];
            }
        }
    }
}

/* Factors the paths' precision, U_t over the information and U_t^-T (linear) over the linear terms;
 * adds log det U. */
static bool forward(const bicluster_bounds *bounds, const bicluster_dynamics *one, double *log_det)
{
    const bicluster_data *data = bounds->data;
    const size_t q = data->n_rows;
    for (size_t s = 0; s < data->n_sequences; s++) {
        const size_t begin = data->sequence_start[s];
        const size_t end = data->sequence_start[s + 1];
        for (size_t t = begin; t < end; t++) {
            double *u = bounds->information + t * q * q;
            double *link = bounds->link + t * q * q;
            add_dynamics(bounds, one, t, t == begin, t + 1 == end);
            if (t > begin) {
                carry(bounds, t);
            }
            if (!bicluster_cholesky(q, u)) {
                return false;
            }
            bicluster_solve_transposed(q, u, 1, bounds->linear + t * q);
            *log_det += bicluster_log_diagonal(q, u);
            for (size_t j = 0; j < q * q; j++) {
                link[j] = -one->cross[j];
            }
            bicluster_solve_transposed(q, u, q, link);
        }
    }
    return true;
}

/* The paths at one row: mean, covariance, and covariance with the row after (q x q, this row's
 * first). */
typedef struct row {
    double mean[MAX_ROWS];
    double covariance[MAX_ROWS * MAX_ROWS];
    double across[MAX_ROWS * MAX_ROWS];
} row;

/* Row t from the row after it, if any. */
static void smooth_row(const bicluster_bounds *bounds, size_t t, const row *after, row *out)
{
    const size_t q = bounds->data->n_rows;
    const double *u = bounds->information + t * q * q;
    const double *link = bounds->link + t * q * q;
    double half[MAX_ROWS * MAX_ROWS];
    memcpy(out->mean, bounds->linear + t * q, q * sizeof(double));
    memset(half, 0, q * q * sizeof *half);
    for (size_t k = 0; k < q; k++) {
        half[k * q + k] = 1.0;
    }
    if (after != NULL) {
        bicluster_multiply(q, q, q, link, after->covariance, out->across);
        for (size_t k = 0; k < q; k++) {
            for (size_t j = 0; j < q; j++) {
                out->mean[k] -= link[k * q + j] * after->mean[j];
                half[k * q + j] += ana_dot(q, out->across + k * q, link + j * q);
            }
        }
        bicluster_solve(q, u, q, out->across);
    }
    bicluster_solve(q, u, 1, out->mean);
    bicluster_solve(q, u, q, half);
    ana_transpose(q, q, half, out->covariance);
    bicluster_solve(q, u, q, out->covariance);
}

/* Moments of (m_(t+1), m_t, 1), upper triangle. */
static void add_moments(const bicluster_bounds *bounds, const row *here, const row *after)
{
    const size_t q = bounds->data->n_rows;
    const size_t wide = 2 * q + 1;
    double u[2 * MAX_ROWS + 1];
    memcpy(u, after->mean, q * sizeof *u);
    memcpy(u + q, here->mean, q * sizeof *u);
    u[2 * q] = 1.0;
    for (size_t a = 0; a < wide; a++) {
        for (size_t b = a; b < wide; b++) {
            bounds->moments[a * wide + b] += u[a] * u[b];
        }
    }
    for (size_t a = 0; a < q; a++) {
        for (size_t b = 0; b < q; b++) {
            bounds->moments[a * wide + b] += after->covariance[a * q + b];
            bounds->moments[(q + a) * wide + q + b] += here->covariance[a * q + b];
            /* `across` has the sign turned, since U^-1 L is what is solved for */
            bounds->moments[a * wide + q + b] -= here->across[b * q + a];
        }
    }
}

/* Means and products of row t. */
static void keep_row(const bicluster_bounds *bounds, size_t t, const row *here,
                     bicluster_group *group)
{
    const size_t n = bounds->data->n_times;
    const size_t q = bounds->data->n_rows;
    for (size_t k = 0; k < q; k++) {
        group->mean[k * n + t] = here->mean[k];
        group->products[(k + 1) * n + t] = here->mean[k];
        for (size_t j = k; j < q; j++) {
            group->products[bicluster_place(q + 1, k + 1, j + 1) * n + t] =
                here->mean[k] * here->mean[j] + here->covariance[k * q + j];
        }
    }
}

/* All rows from the last to the first; returns - E log p of the sequences' first rows. */
static double backward(const bicluster_bounds *bounds, bicluster_group *group)
{
    const bicluster_data *data = bounds->data;
    const size_t q = data->n_rows;
    double cost = 0.0;
    memset(bounds->moments, 0, (2 * q + 1) * (2 * q + 1) * sizeof(double));
    for (size_t s = 0; s < data->n_sequences; s++) {
        const size_t begin = data->sequence_start[s];
        const size_t end = data->sequence_start[s + 1];
        row rows[2];
        for (size_t t = end; t-- > begin;) {
            row *here = rows + t % 2;
            const row *after = t + 1 < end ? rows + (t + 1) % 2 : NULL;
            smooth_row(bounds, t, after, here);
            keep_row(bounds, t, here, group);
            if (after != NULL) {
                add_moments(bounds, here, after);
            }
        }
        for (size_t k = 0; k < q; k++) {
            const row *first = rows + begin % 2;
            cost += 0.5 *
                    (first->mean[k] * first->mean[k] + first->covariance[k * q + k] + ANA_LOG_2PI);
        }
    }
    return cost;
}

bool bicluster_group_smooth(const bicluster_bounds *bounds, bicluster_group *group, double *cost)
{
    if (!forward(bounds, &group->dynamics, cost)) {
        return false;
    }
    *cost += backward(bounds, group);
    return true;
}
