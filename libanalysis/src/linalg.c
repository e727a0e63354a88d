#include "blas.h"
#include "dense.h"
#include "outside.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <cblas.h>
#include <float.h>
#include <lapacke.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

static void use_one_thread(void)
{
    openblas_set_num_threads(1);
}

ana_status ana_blas_start(const char *what, size_t n, size_t m, size_t k)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, use_one_thread);
    if (n > INT_MAX || m > INT_MAX || k > INT_MAX) {
        return ana_fail(ANA_ERR_SHAPE, "%s: sizes %zu, %zu, %zu, but LAPACK holds %d at most", what,
                        n, m, k, INT_MAX);
    }
    return ANA_OK;
}

static ana_status refuse(const char *what, size_t row, size_t column, double value)
{
    return ana_fail(ANA_ERR_VALUE, "%s: the element in row %zu, column %zu is %s", what, row,
                    column, isnan(value) ? "NaN" : "infinite");
}

ana_status ana_blas_check_finite(const char *what, size_t n, size_t m, const double *a)
{
    for (size_t i = 0; i < n; i++) {
        const double *row = a + i * m;
        int n_bad = 0; /* without a way out of the loop it is vectorised; memory is the limit */
        for (size_t j = 0; j < m; j++) {
            n_bad |= !(fabs(row[j]) <= DBL_MAX);
        }
        for (size_t j = 0; n_bad != 0 && j < m; j++) {
            if (!isfinite(row[j])) {
                return refuse(what, i, j, row[j]);
            }
        }
    }
    return ANA_OK;
}

ana_status ana_blas_copy_symmetric(const char *what, size_t n, const double *a, double *out)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double value = a[i * n + j];
            if (!isfinite(value)) {
                return refuse(what, i, j, value);
            }
            out[i * n + j] = value;
        }
    }
    ana_blas_mirror_lower(n, out);
    return ANA_OK;
}

void ana_blas_mirror_lower(size_t n, double *a)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            a[j * n + i] = a[i * n + j];
        }
    }
}

double ana_blas_sign(size_t n, const double *vector)
{
    size_t largest = 0;
    for (size_t i = 1; i < n; i++) {
        largest = fabs(vector[i]) > fabs(vector[largest]) ? i : largest;
    }
    return n > 0 && vector[largest] < 0.0 ? -1.0 : 1.0;
}

void ana_blas_gemm(const ana_gemm *shape, const double *a, const double *b, double *c)
{
    const int rows = (int)shape->n_rows;
    const int columns = (int)shape->n_columns;
    const int inner = (int)shape->n_inner;
    if (rows == 0 || columns == 0) {
        return;
    }
    cblas_dgemm(CblasRowMajor, shape->transpose_a ? CblasTrans : CblasNoTrans,
                shape->transpose_b ? CblasTrans : CblasNoTrans, rows, columns, inner, shape->alpha,
                a, shape->transpose_a ? rows : (inner > 0 ? inner : 1), b,
                shape->transpose_b ? (inner > 0 ? inner : 1) : columns, shape->beta, c, columns);
}

ana_status ana_linalg_gemm(const ana_gemm *shape, const double *a, const double *b, double *c)
{
    ana_status status = ana_blas_start("product", shape->n_rows, shape->n_columns, shape->n_inner);
    if (status == ANA_OK) {
        ana_blas_gemm(shape, a, b, c);
    }
    return status;
}

ana_status ana_linalg_multiply(size_t n, size_t k, size_t m, const double *a, const double *b,
                               double *c)
{
    const ana_gemm shape = {.n_rows = n, .n_inner = k, .n_columns = m, .alpha = 1.0};
    return ana_linalg_gemm(&shape, a, b, c);
}

void ana_blas_apply(size_t n, size_t m, const double *a, bool transpose, const double *x,
                    double beta, double *y)
{
    if (n > 0 && m > 0) {
        cblas_dgemv(CblasRowMajor, transpose ? CblasTrans : CblasNoTrans, (int)n, (int)m, 1.0, a,
                    (int)m, x, 1, beta, y, 1);
    }
}

ana_status ana_linalg_apply(size_t n, size_t m, const double *a, bool transpose, const double *x,
                            double *y)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_blas_start("product", n, m, 1));
    if (n == 0 || m == 0) {
        memset(y, 0, (transpose ? m : n) * sizeof *y);
        goto done;
    }
    ana_blas_apply(n, m, a, transpose, x, 0.0, y);
done:
    return status;
}

void ana_blas_gram_add(size_t n, size_t m, double alpha, const double *x, double *c)
{
    if (n > 0 && m > 0) {
        cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, (int)m, (int)n, alpha, x, (int)m, 1.0, c,
                    (int)m);
    }
}

void ana_blas_rebuild(size_t n, const double *values, const double *vectors, double *room,
                      double *out)
{
    size_t n_positive = 0; /* rows from the front; those of negative values from the back */
    size_t n_negative = 0;
    for (size_t k = 0; k < n; k++) {
        const double root = sqrt(fabs(values[k]));
        const size_t row = values[k] < 0.0 ? n - 1 - n_negative++ : n_positive++;
        for (size_t i = 0; i < n; i++) {
            room[row * n + i] = root * vectors[k * n + i];
        }
    }
    memset(out, 0, n * n * sizeof *out);
    ana_blas_gram_add(n_positive, n, 1.0, room, out);
    ana_blas_gram_add(n_negative, n, -1.0, room + n_positive * n, out);
    ana_blas_mirror_lower(n, out);
}

static ana_status gram(size_t n, size_t k, bool transpose, const double *x, double *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_blas_start("product", n, k, 1));
    if (n == 0 || k == 0) {
        memset(out, 0, n * n * sizeof *out);
        goto done;
    }
    cblas_dsyrk(CblasRowMajor, CblasLower, transpose ? CblasTrans : CblasNoTrans, (int)n, (int)k,
                1.0, x, (int)(transpose ? n : k), 0.0, out, (int)n);
    ana_blas_mirror_lower(n, out);
done:
    return status;
}

ana_status ana_linalg_gram(size_t n, size_t m, const double *x, double *out)
{
    return gram(m, n, true, x, out);
}

ana_status ana_linalg_gram_rows(size_t n, size_t m, const double *x, double *out)
{
    return gram(n, m, false, x, out);
}

/* The largest column sum of sizes, which is LAPACK's infinity norm of its transposed view. */
static double one_norm(size_t n, const double *a)
{
    double largest = 0.0;
    for (size_t j = 0; j < n; j++) {
        double sum = 0.0;
        for (size_t i = 0; i < n; i++) {
            sum += fabs(a[i * n + j]);
        }
        largest = fmax(largest, sum);
    }
    return largest;
}

ana_status ana_linalg_solve(size_t n, const double *a, size_t n_rhs, const double *b, double *x,
                            double *rcond)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *lu = ana_workspace_doubles(&workspace, n, n);
    double *columns = ana_workspace_doubles(&workspace, n, n_rhs);
    double *work = ana_workspace_doubles(&workspace, 4, n);
    lapack_int *pivots = ana_workspace_bytes(&workspace, n, 1, sizeof *pivots);
    lapack_int *integers = ana_workspace_bytes(&workspace, n, 1, sizeof *integers);
    ANA_TRY(ana_blas_start("solve", n, n_rhs, 1));
    ANA_TRY(ana_workspace_check(&workspace, "solve"));
    ANA_TRY(ana_blas_check_finite("solve: A", n, n, a));
    ANA_TRY(ana_blas_check_finite("solve: B", n, n_rhs, b));
    if (n == 0) {
        goto done;
    }
    lapack_int size = (lapack_int)n;
    memcpy(lu, a, n * n * sizeof *lu);
    ana_transpose(n, n_rhs, b, columns);
    lapack_int info = LAPACKE_dgetrf_work(LAPACK_COL_MAJOR, size, size, lu, size, pivots);
    if (info > 0) {
        ANA_TRY(ana_fail(ANA_ERR_NUMERIC, "solve: the %zu x %zu matrix is singular (pivot %d is 0)",
                         n, n, (int)info));
    }
    if (n_rhs > 0) {
        LAPACKE_dgetrs_work(LAPACK_COL_MAJOR, 'T', size, (lapack_int)n_rhs, lu, size, pivots,
                            columns, size);
    }
    if (rcond != NULL) {
        LAPACKE_dgecon_work(LAPACK_COL_MAJOR, 'I', size, lu, size, one_norm(n, a), rcond, work,
                            integers);
    }
    ana_transpose(n_rhs, n, columns, x);
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_linalg_cholesky(size_t n, const double *a, double *l)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_blas_start("cholesky", n, n, 1));
    ANA_TRY(ana_blas_copy_symmetric("cholesky", n, a, l));
    if (n == 0) {
        goto done;
    }
    lapack_int info =
        LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, ANA_BLAS_LOWER, (lapack_int)n, l, (lapack_int)n);
    if (info > 0) {
        ANA_TRY(ana_fail(ANA_ERR_NUMERIC,
                         "cholesky: the matrix is not positive definite (leading minor %d of %zu)",
                         (int)info, n));
    }
    for (size_t i = 0; i < n; i++) {
        memset(l + i * n + i + 1, 0, (n - i - 1) * sizeof *l);
    }
done:
    return status;
}

static ana_status check_diagonal(size_t n, const double *l)
{
    for (size_t i = 0; i < n; i++) {
        if (l[i * n + i] == 0.0) {
            return ana_fail(ANA_ERR_NUMERIC, "solve: the triangular matrix is singular (row %zu)",
                            i);
        }
    }
    return ANA_OK;
}

ana_status ana_linalg_solve_lower(size_t n, const double *l, bool transpose, size_t n_rhs,
                                  const double *b, double *x)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_blas_start("solve", n, n_rhs, 1));
    ANA_TRY(check_diagonal(n, l));
    if (n == 0 || n_rhs == 0) {
        goto done;
    }
    if (x != b) {
        memcpy(x, b, n * n_rhs * sizeof *x);
    }
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, transpose ? CblasTrans : CblasNoTrans,
                CblasNonUnit, (int)n, (int)n_rhs, 1.0, l, (int)n, x, (int)n_rhs);
done:
    return status;
}

ana_status ana_linalg_solve_cholesky(size_t n, const double *l, size_t n_rhs, const double *b,
                                     double *x)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_linalg_solve_lower(n, l, false, n_rhs, b, x));
    ANA_TRY(ana_linalg_solve_lower(n, l, true, n_rhs, x, x));
done:
    return status;
}

double ana_linalg_logdet_cholesky(size_t n, const double *l)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += log(l[i * n + i]);
    }
    return 2.0 * sum;
}

ana_status ana_linalg_solve_spd(size_t n, const double *a, size_t n_rhs, const double *b, double *x)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *l = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "solve"));
    ANA_TRY(ana_linalg_cholesky(n, a, l));
    ANA_TRY(ana_blas_check_finite("solve: B", n, n_rhs, b));
    ANA_TRY(ana_linalg_solve_cholesky(n, l, n_rhs, b, x));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_linalg_logdet_spd(size_t n, const double *a, double *logdet)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *l = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "logdet"));
    ANA_TRY(ana_linalg_cholesky(n, a, l));
    *logdet = ana_linalg_logdet_cholesky(n, l);
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_linalg_inverse_spd(size_t n, const double *a, double *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_linalg_cholesky(n, a, out));
    if (n > 0) {
        LAPACKE_dpotri_work(LAPACK_COL_MAJOR, ANA_BLAS_LOWER, (lapack_int)n, out, (lapack_int)n);
    }
    ana_blas_mirror_lower(n, out);
done:
    return status;
}

const char *ana_outside_blas(void)
{
    return openblas_get_config();
}
