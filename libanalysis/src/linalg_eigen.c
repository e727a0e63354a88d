#include "blas.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

/* Rows of `vectors` turned so that their largest component is positive. */
static void settle_signs(size_t n, double *vectors)
{
    for (size_t k = 0; k < n; k++) {
        if (ana_blas_sign(n, vectors + k * n) < 0.0) {
            for (size_t i = 0; i < n; i++) {
                vectors[k * n + i] = -vectors[k * n + i];
            }
        }
    }
}

/* Eigenvalues, and the eigenvectors in place of the matrix where wanted. Divide and conquer needs
 * its sizes asked first. */
static ana_status eigen_in_place(size_t n, bool want_vectors, double *a, double *values)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    lapack_int size = (lapack_int)n;
    char job = want_vectors ? 'V' : 'N';
    double n_work = 0.0;
    lapack_int n_integers = 0;
    LAPACKE_dsyevd_work(LAPACK_COL_MAJOR, job, ANA_BLAS_LOWER, size, a, size, values, &n_work, -1,
                        &n_integers, -1);
    double *work = ana_workspace_doubles(&workspace, (size_t)n_work, 1);
    lapack_int *integers = ana_workspace_bytes(&workspace, (size_t)n_integers, 1, sizeof *integers);
    ANA_TRY(ana_workspace_check(&workspace, "eigen"));
    lapack_int info = LAPACKE_dsyevd_work(LAPACK_COL_MAJOR, job, ANA_BLAS_LOWER, size, a, size,
                                          values, work, (lapack_int)n_work, integers, n_integers);
    if (info != 0) {
        ANA_TRY(ana_fail(ANA_ERR_NUMERIC, "eigen: no convergence for a %zu x %zu matrix", n, n));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_linalg_eigen_symmetric(size_t n, const double *a, double *values, double *vectors)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *copy = vectors != NULL ? vectors : ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "eigen"));
    ANA_TRY(ana_blas_start("eigen", n, n, 1));
    ANA_TRY(ana_blas_copy_symmetric("eigen", n, a, copy));
    if (n > 0) {
        ANA_TRY(eigen_in_place(n, vectors != NULL, copy, values));
    }
    if (vectors != NULL) {
        settle_signs(n, vectors);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_linalg_eigen_generalised(size_t n, const double *a, const double *b, double *values,
                                        double *vectors)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    lapack_int size = (lapack_int)n;
    double *factor = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "eigen"));
    ANA_TRY(ana_blas_start("eigen", n, n, 1));
    ANA_TRY(ana_blas_copy_symmetric("eigen: A", n, a, vectors));
    ANA_TRY(ana_linalg_cholesky(n, b, factor));
    if (n == 0) {
        goto done;
    }
    /* With B = L L^T: L^-1 A L^-T y = lambda y, v = L^-T y. In LAPACK's view L is the upper factor
     * U = L^T, whose kind 1 is inv(U^T) A inv(U), and v = inv(U) y. */
    LAPACKE_dsygst_work(LAPACK_COL_MAJOR, 1, ANA_BLAS_LOWER, size, vectors, size, factor, size);
    ANA_TRY(eigen_in_place(n, true, vectors, values));
    LAPACKE_dtrtrs_work(LAPACK_COL_MAJOR, ANA_BLAS_LOWER, 'N', 'N', size, size, factor, size,
                        vectors, size);
    settle_signs(n, vectors);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* What is done to each eigenvalue. */
typedef struct spectral_function {
    const char *name;
    double (*of)(double value, double power);
    double power;
    bool needs_positive; /* else not negative, or anything, as `of` has it */
} spectral_function;

static double power_of(double value, double power)
{
    return pow(value, power);
}

static double log_of(double value, double power)
{
    (void)power;
    return log(value);
}

static double exp_of(double value, double power)
{
    (void)power;
    return exp(value);
}

static double root_of(double value, double power)
{
    (void)power;
    return sqrt(value);
}

/* values[k] becomes f(values[k]). */
static ana_status transform(size_t n, const spectral_function *f, double *values)
{
    if (n > 0 && f->needs_positive && !(values[0] > 0.0)) {
        return ana_fail(ANA_ERR_NUMERIC,
                        "%s: the matrix is not positive definite (its smallest eigenvalue is %s)",
                        f->name, ana_number(values[0]).text);
    }
    for (size_t k = 0; k < n; k++) {
        double result = f->of(values[k], f->power);
        if (!isfinite(result)) {
            return ana_fail(ANA_ERR_NUMERIC, "%s: no finite value at the eigenvalue %s", f->name,
                            ana_number(values[k]).text);
        }
        values[k] = result;
    }
    return ANA_OK;
}

/* Eigenvalues that rounding made negative become 0: a singular matrix has a root. */
static void forgive_rounding(size_t n, double *values)
{
    double rounding = n > 0 ? (double)n * DBL_EPSILON * fabs(values[n - 1]) : 0.0;
    for (size_t k = 0; k < n; k++) {
        values[k] = values[k] < 0.0 && values[k] >= -rounding ? 0.0 : values[k];
    }
}

static ana_status spectral(size_t n, const double *a, const spectral_function *f, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *values = ana_workspace_doubles(&workspace, n, 1);
    double *vectors = ana_workspace_doubles(&workspace, n, n);
    double *scaled = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, f->name));
    ANA_TRY(ana_linalg_eigen_symmetric(n, a, values, vectors));
    if (f->of == root_of) {
        forgive_rounding(n, values);
    }
    ANA_TRY(transform(n, f, values));
    ana_blas_rebuild(n, values, vectors, scaled, out);
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_linalg_logm_spd(size_t n, const double *a, double *out)
{
    return spectral(n, a, &(spectral_function){"logm", log_of, 0.0, true}, out);
}

ana_status ana_linalg_expm_symmetric(size_t n, const double *a, double *out)
{
    return spectral(n, a, &(spectral_function){"expm", exp_of, 0.0, false}, out);
}

ana_status ana_linalg_sqrtm_spd(size_t n, const double *a, double *out)
{
    return spectral(n, a, &(spectral_function){"sqrtm", root_of, 0.0, false}, out);
}

ana_status ana_linalg_invsqrtm_spd(size_t n, const double *a, double *out)
{
    return spectral(n, a, &(spectral_function){"invsqrtm", power_of, -0.5, true}, out);
}

ana_status ana_linalg_powm_spd(size_t n, const double *a, double power, double *out)
{
    return spectral(n, a, &(spectral_function){"powm", power_of, power, true}, out);
}
