/* Geodesics between positive definite matrices, and tangent vectors. */
#include "spd_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/spd_map.h>
#include <analysis/models/spd_mean.h>

#include <math.h>
#include <string.h>

/* Weighted means of two are points of the geodesic. */
static bool find_mean(ana_spd_metric metric, ana_spd_mean_method *out)
{
    static const struct {
        ana_spd_metric metric;
        ana_spd_mean_method mean;
    } means[] = {{ANA_SPD_EUCLIDEAN, ANA_SPD_MEAN_EUCLIDEAN},
                 {ANA_SPD_LOG_EUCLIDEAN, ANA_SPD_MEAN_LOG_EUCLIDEAN},
                 {ANA_SPD_CHOLESKY, ANA_SPD_MEAN_CHOLESKY},
                 {ANA_SPD_LOG_CHOLESKY, ANA_SPD_MEAN_LOG_CHOLESKY}};
    for (size_t i = 0; i < sizeof means / sizeof means[0]; i++) {
        if (means[i].metric == metric) {
            *out = means[i].mean;
            return true;
        }
    }
    return false;
}

/* A and B with A = R R, all real. */
typedef struct ends {
    size_t n;
    const double *a;
    const double *b;
    double *root;
    double *inverse;
    double *middle; /* R^-1 B R^-1 */
    double *room;
} ends;

static ana_status sandwich(const ends *at, const double *f, const double *s, double *out)
{
    const ana_gemm right = {at->n, at->n, at->n, false, true, 1.0, 0.0};
    ana_status status = ana_linalg_multiply(at->n, at->n, at->n, f, s, at->room);
    if (status == ANA_OK) {
        status = ana_linalg_gemm(&right, at->room, f, out);
    }
    for (size_t i = 0; i < at->n; i++) {
        for (size_t j = 0; j < i; j++) {
            const double value = 0.5 * (out[i * at->n + j] + out[j * at->n + i]);
            out[i * at->n + j] = out[j * at->n + i] = value;
        }
    }
    return status;
}

static double power_of(double value, double power)
{
    return pow(value, power);
}

/* L (L^-1 B L^-T)^t L^T with A = L L^T: a factor keeps digits that the root of A loses. */
static ana_status riemann(const ends *at, double t, double *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_linalg_cholesky(at->n, at->a, at->root));
    const spd_work work = {.n = at->n,
                           .lower = at->root,
                           .function = power_of,
                           .power = t,
                           .positive = true,
                           .maps = at->middle};
    ANA_TRY(spd_run(&work, 1, at->b, NULL));
    ANA_TRY(sandwich(at, at->root, at->middle, out));
done:
    return status;
}

/* A straight line in A and B between the extreme eigenvalues of A^-1 B (Nussbaum 1994): squares of
 * singular values of L_A^-1 L_B. */
static ana_status thompson(const ends *at, double t, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = at->n;
    double *values = ana_workspace_doubles(&workspace, n, 1);
    double *u = ana_workspace_doubles(&workspace, n, n);
    double *v = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    ANA_TRY(ana_linalg_cholesky(n, at->a, at->root));
    ANA_TRY(ana_linalg_cholesky(n, at->b, at->middle));
    ANA_TRY(ana_linalg_solve_lower(n, at->root, false, n, at->middle, at->middle));
    ANA_TRY(ana_linalg_svd(n, n, at->middle, u, values, v));
    const double low = values[n - 1] * values[n - 1];
    const double high = values[0] * values[0];
    const bool same = high - low <= 1e-12 * high;
    const double of_b = same ? 0.0 : (pow(high, t) - pow(low, t)) / (high - low);
    const double of_a =
        same ? pow(low, t) : (high * pow(low, t) - low * pow(high, t)) / (high - low);
    for (size_t e = 0; e < n * n; e++) {
        out[e] = of_b * at->b[e] + of_a * at->a[e];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* (1 - t)^2 A + t^2 B + t (1 - t) ((A B)^1/2 + (B A)^1/2), with R (R^-1 .. R^-1)^1/2 for the roots.
 */
static ana_status wasserstein(const ends *at, double t, double *out)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    ANA_TRY(sandwich(at, at->root, at->b, at->middle));
    const ana_spd_set one = {n, false, 1, at->middle};
    ANA_TRY(ana_spd_apply(&one, ANA_SPD_SQUARE_ROOT, 0.0, NULL, at->middle));
    ANA_TRY(ana_linalg_multiply(n, n, n, at->root, at->middle, at->room));
    ANA_TRY(ana_linalg_multiply(n, n, n, at->room, at->inverse, at->middle));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            const double both = at->middle[i * n + j] + at->middle[j * n + i];
            out[i * n + j] = (1.0 - t) * (1.0 - t) * at->a[i * n + j] + t * t * at->b[i * n + j] +
                             t * (1.0 - t) * both;
        }
    }
done:
    return status;
}

static ana_status by_ends(const ana_spd_set *pair, ana_spd_metric metric, double t, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = spd_rows(pair);
    const double *real = spd_real(pair, &workspace);
    double *point = ana_workspace_doubles(&workspace, n, n);
    ends at = {.n = n,
               .root = ana_workspace_doubles(&workspace, n, n),
               .inverse = ana_workspace_doubles(&workspace, n, n),
               .middle = ana_workspace_doubles(&workspace, n, n),
               .room = ana_workspace_doubles(&workspace, n, n)};
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    at.a = real;
    at.b = real + n * n;
    const ana_spd_set first = {n, false, 1, real};
    ANA_TRY(ana_spd_apply(&first, ANA_SPD_SQUARE_ROOT, 0.0, NULL, at.root));
    ANA_TRY(ana_spd_apply(&first, ANA_SPD_INVERSE_SQUARE_ROOT, 0.0, NULL, at.inverse));
    ANA_TRY(sandwich(&at, at.inverse, at.b, at.middle));
    ANA_TRY(metric == ANA_SPD_RIEMANN    ? riemann(&at, t, point)
            : metric == ANA_SPD_THOMPSON ? thompson(&at, t, point)
                                         : wasserstein(&at, t, point));
    if (pair->hermitian) {
        const ana_spd_set one = {pair->n, true, 1, NULL};
        spd_unembed(&one, point, out);
    } else {
        memcpy(out, point, n * n * sizeof *out);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_spd_geodesic(const ana_spd_set *pair, ana_spd_metric metric, double t, double *out)
{
    const double weights[2] = {1.0 - t, t};
    ana_spd_mean_options options = ana_spd_mean_options_default();
    if (pair->n_matrices != 2 || !(t >= 0.0 && t <= 1.0)) {
        return ana_fail(ANA_ERR_VALUE,
                        "spd: a geodesic of %zu matrices at %g; of two, from 0 to 1, is right",
                        pair->n_matrices, t);
    }
    if (find_mean(metric, &options.method)) {
        return ana_spd_mean(pair, weights, &options, NULL, out);
    }
    if (metric != ANA_SPD_RIEMANN && metric != ANA_SPD_THOMPSON && metric != ANA_SPD_WASSERSTEIN) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "spd: %s has no geodesic",
                        ana_spd_metric_names[metric]);
    }
    ana_status status = ana_spd_check(pair, NULL);
    return status == ANA_OK ? by_ends(pair, metric, t, out) : status;
}

size_t ana_spd_vector_size(const ana_spd_set *set)
{
    return set->hermitian ? set->n * set->n : set->n * (set->n + 1) / 2;
}

/* One triangle to numbers. */
static void pack(const ana_spd_set *set, const double *matrix, double *vector)
{
    const size_t step = set->hermitian ? 2 : 1;
    for (size_t i = 0; i < set->n; i++) {
        *vector++ = matrix[step * i * (set->n + 1)];
        for (size_t j = i + 1; j < set->n; j++) {
            for (size_t part = 0; part < step; part++) {
                *vector++ = sqrt(2.0) * matrix[step * (i * set->n + j) + part];
            }
        }
    }
}

/* And back; the diagonal is real. */
static void unpack(const ana_spd_set *set, const double *vector, double *matrix)
{
    const size_t step = set->hermitian ? 2 : 1;
    for (size_t i = 0; i < set->n; i++) {
        matrix[step * i * (set->n + 1)] = *vector++;
        for (size_t j = i + 1; j < set->n; j++) {
            for (size_t part = 0; part < step; part++) {
                const double value = *vector++ / sqrt(2.0);
                matrix[step * (i * set->n + j) + part] = value;
                matrix[step * (j * set->n + i) + part] = part == 1 ? -value : value;
            }
        }
    }
}

ana_status ana_spd_to_vectors(const ana_spd_set *set, const double *reference, const ana_run *run,
                              double *vectors)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = ana_spd_size(set);
    double *logs = ana_workspace_doubles(&workspace, set->n_matrices, size);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    ANA_TRY(ana_spd_log_map(set, reference, ANA_SPD_RIEMANN, run, logs));
    for (size_t k = 0; k < set->n_matrices; k++) {
        pack(set, logs + k * size, vectors + k * ana_spd_vector_size(set));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_spd_from_vectors(const ana_spd_set *set, const double *vectors,
                                const double *reference, const ana_run *run, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = ana_spd_size(set);
    const size_t n_numbers = ana_spd_vector_size(set);
    double *logs = ana_workspace_doubles(&workspace, set->n_matrices, size);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    for (size_t k = 0; k < set->n_matrices; k++) {
        unpack(set, vectors + k * n_numbers, logs + k * size);
    }
    const ana_spd_set tangents = {set->n, set->hermitian, set->n_matrices, logs};
    ANA_TRY(ana_spd_exp_map(&tangents, reference, ANA_SPD_RIEMANN, run, out));
done:
    ana_workspace_release(&workspace);
    return status;
}
