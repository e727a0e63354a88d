#include "blas.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/singular_values.h>

#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

/* Right vectors (rows of vt) turned so that their largest component is positive, and the left ones
 * with them. */
static void settle_signs(size_t n, size_t m, size_t r, double *u, double *vt)
{
    for (size_t k = 0; k < r; k++) {
        if (ana_blas_sign(m, vt + k * m) < 0.0) {
            for (size_t j = 0; j < m; j++) {
                vt[k * m + j] = -vt[k * m + j];
            }
            for (size_t i = 0; i < n; i++) {
                u[i * r + k] = -u[i * r + k];
            }
        }
    }
}

ana_status ana_linalg_svd(size_t n, size_t m, const double *a, double *u, double *s, double *vt)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t r = n < m ? n : m;
    ANA_TRY(ana_blas_start("svd", n, m, 1));
    ANA_TRY(ana_blas_check_finite("svd", n, m, a));
    if (r == 0) {
        goto done;
    }
    double *copy = ana_workspace_doubles(&workspace, n, m);
    lapack_int *integers = ana_workspace_bytes(&workspace, r, 8, sizeof *integers);
    ANA_TRY(ana_workspace_check(&workspace, "svd"));
    memcpy(copy, a, n * m * sizeof *copy);
    /* LAPACK sees A^T (m x n) = V diag(s) U^T, so its left vectors are our vt and its right ones u,
     * each in the layout wanted. */
    double n_work = 0.0;
    lapack_int rows = (lapack_int)m;
    lapack_int columns = (lapack_int)n;
    lapack_int rank = (lapack_int)r;
    LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'S', rows, columns, copy, rows, s, vt, rows, u, rank,
                        &n_work, -1, integers);
    double *work = ana_workspace_doubles(&workspace, (size_t)n_work, 1);
    ANA_TRY(ana_workspace_check(&workspace, "svd"));
    lapack_int info = LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'S', rows, columns, copy, rows, s, vt,
                                          rows, u, rank, work, (lapack_int)n_work, integers);
    if (info != 0) {
        ANA_TRY(ana_fail(ANA_ERR_NUMERIC, "svd: no convergence for a %zu x %zu matrix", n, m));
    }
    settle_signs(n, m, r, u, vt);
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_singular_values(size_t n, size_t m, const double *a, double *s)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t r = n < m ? n : m;
    ANA_TRY(ana_blas_start("singular values", n, m, 1));
    ANA_TRY(ana_blas_check_finite("singular values", n, m, a));
    if (r == 0) {
        goto done;
    }
    double *copy = ana_workspace_doubles(&workspace, n, m);
    lapack_int *integers = ana_workspace_bytes(&workspace, r, 8, sizeof *integers);
    ANA_TRY(ana_workspace_check(&workspace, "singular values"));
    memcpy(copy, a, n * m * sizeof *copy);
    double n_work = 0.0;
    double none = 0.0; /* stands for the vectors */
    const lapack_int rows = (lapack_int)m;
    const lapack_int columns = (lapack_int)n;
    LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'N', rows, columns, copy, rows, s, &none, 1, &none, 1,
                        &n_work, -1, integers);
    double *work = ana_workspace_doubles(&workspace, (size_t)n_work, 1);
    ANA_TRY(ana_workspace_check(&workspace, "singular values"));
    const lapack_int info =
        LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'N', rows, columns, copy, rows, s, &none, 1, &none, 1,
                            work, (lapack_int)n_work, integers);
    if (info != 0) {
        ANA_TRY(ana_fail(ANA_ERR_NUMERIC, "singular values: no convergence for a %zu x %zu matrix",
                         n, m));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Signs that make the diagonal of the triangle positive; the product stays. */
static void settle_diagonal(size_t n, size_t m, size_t r, double *q, double *upper)
{
    for (size_t k = 0; k < r; k++) {
        if (upper[k * m + k] < 0.0) {
            for (size_t j = k; j < m; j++) {
                upper[k * m + j] = -upper[k * m + j];
            }
            for (size_t i = 0; i < n; i++) {
                q[i * r + k] = -q[i * r + k];
            }
        }
    }
}

ana_status ana_linalg_qr(size_t n, size_t m, const double *a, double *q, double *upper)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t r = n < m ? n : m;
    ANA_TRY(ana_blas_start("qr", n, m, 1));
    ANA_TRY(ana_blas_check_finite("qr", n, m, a));
    if (r == 0) {
        goto done;
    }
    double *copy = ana_workspace_doubles(&workspace, n, m);
    double *reflectors = ana_workspace_doubles(&workspace, r, 1);
    size_t n_work = 64 * (n > m ? n : m); /* LAPACK's block of 64 columns */
    double *work = ana_workspace_doubles(&workspace, n_work, 1);
    ANA_TRY(ana_workspace_check(&workspace, "qr"));
    ANA_TRY(ana_blas_start("qr", n_work, 1, 1));
    memcpy(copy, a, n * m * sizeof *copy);
    /* LAPACK sees A^T = L Q' (m x n): A = Q'^T L^T. Q' (r x n by columns) is our q in its layout.
     */
    lapack_int rows = (lapack_int)m;
    lapack_int columns = (lapack_int)n;
    lapack_int rank = (lapack_int)r;
    LAPACKE_dgelqf_work(LAPACK_COL_MAJOR, rows, columns, copy, rows, reflectors, work,
                        (lapack_int)n_work);
    for (size_t i = 0; i < r; i++) {
        for (size_t j = 0; j < m; j++) {
            upper[i * m + j] = j < i ? 0.0 : copy[i * m + j];
        }
    }
    for (size_t i = 0; i < n; i++) {
        memcpy(q + i * r, copy + i * m, r * sizeof *q);
    }
    LAPACKE_dorglq_work(LAPACK_COL_MAJOR, rank, columns, rank, q, rank, reflectors, work,
                        (lapack_int)n_work);
    settle_diagonal(n, m, r, q, upper);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Rows of the projections over their singular values; those of no rank become 0. The rank. */
static size_t divide_by_singular_values(size_t r, size_t n_rhs, double tolerance, const double *s,
                                        double *projected)
{
    size_t rank = 0;
    for (size_t k = 0; k < r; k++) {
        bool counts = s[k] > tolerance * s[0];
        rank += counts;
        for (size_t j = 0; j < n_rhs; j++) {
            projected[k * n_rhs + j] = counts ? projected[k * n_rhs + j] / s[k] : 0.0;
        }
    }
    return rank;
}

ana_status ana_linalg_least_squares(size_t n, size_t m, const double *a, size_t n_rhs,
                                    const double *b, double *x, size_t *rank)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t r = n < m ? n : m;
    double *u = ana_workspace_doubles(&workspace, n, r);
    double *s = ana_workspace_doubles(&workspace, r, 1);
    double *vt = ana_workspace_doubles(&workspace, r, m);
    double *projected = ana_workspace_doubles(&workspace, r, n_rhs);
    ANA_TRY(ana_workspace_check(&workspace, "least squares"));
    ANA_TRY(ana_blas_check_finite("least squares: B", n, n_rhs, b));
    ANA_TRY(ana_linalg_svd(n, m, a, u, s, vt));
    const ana_gemm project = {
        .n_rows = r, .n_inner = n, .n_columns = n_rhs, .transpose_a = true, .alpha = 1.0};
    ANA_TRY(ana_linalg_gemm(&project, u, b, projected));
    double tolerance = DBL_EPSILON * (double)(n > m ? n : m);
    size_t kept = divide_by_singular_values(r, n_rhs, tolerance, s, projected);
    const ana_gemm expand = {
        .n_rows = m, .n_inner = r, .n_columns = n_rhs, .transpose_a = true, .alpha = 1.0};
    ANA_TRY(ana_linalg_gemm(&expand, vt, projected, x));
    if (rank != NULL) {
        *rank = kept;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
