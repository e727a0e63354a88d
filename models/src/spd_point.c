#include "spd_point.h"

#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

/* out = A B, or A B^T */
ana_status spd_point_product(const spd_point *at, const double *a, bool transpose, const double *b,
                             double *out)
{
    const ana_gemm shape = {at->n, at->n, at->n, false, transpose, 1.0, 0.0};
    return ana_linalg_gemm(&shape, a, b, out);
}

/* out = F S F^T, by way of at->room */
ana_status spd_point_sandwich(const spd_point *at, const double *f, const double *s, double *out)
{
    ana_status status = spd_point_product(at, f, false, s, at->room);
    return status == ANA_OK ? spd_point_product(at, at->room, true, f, out) : status;
}

static void transpose(size_t n, const double *from, double *to)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            to[j * n + i] = from[i * n + j];
        }
    }
}

/* Eigenvalues of neighbours are nearly the same: the slope is then the value itself. */
static void find_slopes(spd_point *at)
{
    for (size_t i = 0; i < at->n; i++) {
        for (size_t j = 0; j < at->n; j++) {
            const double a = at->values[i];
            const double b = at->values[j];
            const double ratio = (a - b) / b;
            at->slopes[i * at->n + j] =
                fabs(ratio) < 1e-8 ? b * (1.0 + 0.5 * ratio) : (a - b) / log1p(ratio);
        }
    }
}

/* The Cholesky factor in the matrix's own shape, as a matrix of rows. */
ana_status spd_embed_factor(const ana_spd_set *shape, const double *matrix,
                            ana_workspace *workspace, double *out)
{
    ana_status status = ANA_OK;
    ana_spd_set one = *shape;
    one.n_matrices = 1;
    one.values = matrix;
    double *factor = ana_workspace_doubles(workspace, ana_spd_size(shape), 1);
    ANA_TRY(ana_workspace_check(workspace, "spd"));
    ANA_TRY(spd_cholesky(&one, factor));
    one.values = factor;
    const double *real = spd_real(&one, workspace);
    ANA_TRY(ana_workspace_check(workspace, "spd"));
    memcpy(out, real, spd_rows(shape) * spd_rows(shape) * sizeof *out);
done:
    return status;
}

ana_status spd_open_point(const ana_spd_set *shape, const double *matrix, ana_workspace *workspace,
                          spd_point *at)
{
    ana_status status = ANA_OK;
    const size_t n = spd_rows(shape);
    const ana_spd_set one = {shape->n, shape->hermitian, 1, matrix};
    *at = (spd_point){.n = n, .half = shape->n, .matrix = spd_real(&one, workspace)};
    double **arrays[] = {&at->root,   &at->inverse, &at->lower, &at->vectors,
                         &at->slopes, &at->room,    &at->other};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        *arrays[i] = ana_workspace_doubles(workspace, n, n);
    }
    at->values = ana_workspace_doubles(workspace, n, 1);
    ANA_TRY(ana_workspace_check(workspace, "spd"));
    ANA_TRY(ana_spd_check(&one, NULL));
    const ana_spd_set real = {n, false, 1, at->matrix};
    ANA_TRY(ana_spd_apply(&real, ANA_SPD_SQUARE_ROOT, 0.0, NULL, at->root));
    ANA_TRY(ana_spd_apply(&real, ANA_SPD_INVERSE_SQUARE_ROOT, 0.0, NULL, at->inverse));
    ANA_TRY(ana_linalg_eigen_symmetric(n, at->matrix, at->values, at->vectors));
    find_slopes(at);
    ANA_TRY(spd_embed_factor(shape, matrix, workspace, at->lower));
done:
    return status;
}

/* out = V^T (slopes or their inverses times V W V^T) V: derivatives of exp and of log. */
ana_status spd_derive(const spd_point *at, bool of_log, const double *w, double *out)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    ANA_TRY(spd_point_sandwich(at, at->vectors, w, at->other));
    for (size_t e = 0; e < n * n; e++) {
        at->other[e] *= of_log ? 1.0 / at->slopes[e] : at->slopes[e];
    }
    const ana_gemm left = {n, n, n, true, false, 1.0, 0.0};
    ANA_TRY(ana_linalg_gemm(&left, at->vectors, at->other, at->room));
    ANA_TRY(spd_point_product(at, at->room, false, at->vectors, out));
done:
    return status;
}

/* U of a tangent W: L (below(P) + diag(P) / 2) with P = L^-1 W L^-T. */
ana_status spd_to_lower(const spd_point *at, const double *w, double *out)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    ANA_TRY(ana_linalg_solve(n, at->lower, n, w, at->room, NULL));
    transpose(n, at->room, at->other);
    ANA_TRY(ana_linalg_solve(n, at->lower, n, at->other, at->room, NULL));
    transpose(n, at->room, at->other);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            const size_t row = i % at->half;
            const size_t column = j % at->half;
            at->other[i * n + j] *= row > column ? 1.0 : row == column ? 0.5 : 0.0;
        }
    }
    ANA_TRY(spd_point_product(at, at->lower, false, at->other, out));
done:
    return status;
}

/* W = U L^T + L U^T */
ana_status spd_from_lower(const spd_point *at, const double *u, double *out)
{
    ana_status status = spd_point_product(at, u, true, at->lower, at->room);
    for (size_t i = 0; i < at->n && status == ANA_OK; i++) {
        for (size_t j = 0; j < at->n; j++) {
            out[i * at->n + j] = at->room[i * at->n + j] + at->room[j * at->n + i];
        }
    }
    return status;
}

ana_status spd_point_function(const spd_point *at, ana_spd_function function, const double *x,
                              double *out)
{
    const ana_spd_set one = {at->n, false, 1, x};
    return ana_spd_apply(&one, function, 0.0, NULL, out);
}

void spd_mend_symmetry(size_t n, double *a)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            a[i * n + j] = a[j * n + i] = 0.5 * (a[i * n + j] + a[j * n + i]);
        }
    }
}

ana_status spd_no_such_map(ana_spd_metric metric)
{
    return ana_fail(ANA_ERR_UNSUPPORTED,
                    "spd: %s has no such map; riemann, euclidean, log-euclidean and log-cholesky "
                    "have, and wasserstein between points and tangents",
                    ana_spd_metric_names[metric]);
}
