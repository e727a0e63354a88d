#include "blas.h"
#include "eigenvalues.h"
#include "try.h"
#include "workspace.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Falling modulus, then falling real part, then falling imaginary part. */
static int compare_moduli(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    const double moduli[2] = {hypot(x[0], x[1]), hypot(y[0], y[1])};
    if (moduli[0] != moduli[1]) {
        return moduli[0] < moduli[1] ? 1 : -1;
    }
    if (x[0] != y[0]) {
        return x[0] < y[0] ? 1 : -1;
    }
    return (x[1] < y[1]) - (x[1] > y[1]);
}

ana_status ana_linalg_eigenvalues(size_t n, const double *a, double *values)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ANA_TRY(ana_blas_start("eigenvalues", n, n, 1));
    ANA_TRY(ana_blas_check_finite("eigenvalues", n, n, a));
    if (n == 0) {
        goto done;
    }
    double *copy = ana_workspace_doubles(&workspace, n, n);
    double *real = ana_workspace_doubles(&workspace, n, 1);
    double *imaginary = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "eigenvalues"));
    memcpy(copy, a, n * n * sizeof *copy); /* seen by LAPACK as A^T: the same eigenvalues */
    double n_work = 0.0;
    const lapack_int size = (lapack_int)n;
    LAPACKE_dgeev_work(LAPACK_COL_MAJOR, 'N', 'N', size, copy, size, real, imaginary, NULL, 1, NULL,
                       1, &n_work, -1);
    double *work = ana_workspace_doubles(&workspace, (size_t)n_work, 1);
    ANA_TRY(ana_workspace_check(&workspace, "eigenvalues"));
    const lapack_int info =
        LAPACKE_dgeev_work(LAPACK_COL_MAJOR, 'N', 'N', size, copy, size, real, imaginary, NULL, 1,
                           NULL, 1, work, (lapack_int)n_work);
    if (info != 0) {
        ANA_TRY(
            ana_fail(ANA_ERR_NUMERIC, "eigenvalues: no convergence for a %zu x %zu matrix", n, n));
    }
    for (size_t k = 0; k < n; k++) {
        values[2 * k] = real[k];
        values[2 * k + 1] = imaginary[k];
    }
    qsort(values, n, 2 * sizeof *values, compare_moduli);
done:
    ana_workspace_release(&workspace);
    return status;
}
