/* Checks, functions and distances of positive definite matrices. */
#include "memory.h"
#include "spd_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const ana_spd_metric_names[] = {"riemann",
                                            "log-euclidean",
                                            "euclidean",
                                            "cholesky",
                                            "log-cholesky",
                                            "harmonic",
                                            "kullback",
                                            "kullback-right",
                                            "kullback-symmetric",
                                            "log-determinant",
                                            "thompson",
                                            "wasserstein",
                                            "power-euclidean",
                                            NULL};

/* The first element that is not finite, or not the conjugate of its mirror image. */
static ana_status check_symmetric(const ana_spd_set *set, size_t k)
{
    const size_t step = set->hermitian ? 2 : 1;
    const double *matrix = set->values + k * ana_spd_size(set);
    double largest = 0.0;
    for (size_t e = 0; e < ana_spd_size(set); e++) {
        if (!isfinite(matrix[e])) {
            return ana_fail(ANA_ERR_VALUE, "matrix %zu: element [%zu, %zu] is not finite", k,
                            e / step / set->n, e / step % set->n);
        }
        largest = fmax(largest, fabs(matrix[e]));
    }
    for (size_t i = 0; i < set->n; i++) {
        for (size_t j = 0; j <= i; j++) {
            const double *below = matrix + step * (i * set->n + j);
            const double *above = matrix + step * (j * set->n + i);
            const double real = fabs(below[0] - above[0]);
            const double imaginary = set->hermitian ? fabs(below[1] + above[1]) : 0.0;
            if (fmax(real, imaginary) > 1e-8 * largest) {
                return ana_fail(ANA_ERR_VALUE, "matrix %zu is not %s at [%zu, %zu]", k,
                                set->hermitian ? "Hermitian" : "symmetric", i, j);
            }
        }
    }
    return ANA_OK;
}

ana_status spd_check_symmetric(const ana_spd_set *set)
{
    ana_status status = ANA_OK;
    for (size_t k = 0; k < set->n_matrices && status == ANA_OK; k++) {
        status = check_symmetric(set, k);
    }
    return status;
}

ana_status ana_spd_check(const ana_spd_set *set, const ana_run *run)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ANA_TRY(spd_check_symmetric(set));
    const spd_work work = {.n = spd_rows(set), .positive = true};
    const double *real = spd_real(set, &workspace);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    ANA_TRY(spd_run(&work, set->n_matrices, real, run));
done:
    ana_workspace_release(&workspace);
    return status;
}

static double take_log(double value, double power)
{
    (void)power;
    return log(value);
}

static double take_exp(double value, double power)
{
    (void)power;
    return exp(value);
}

static double take_root(double value, double power)
{
    (void)power;
    return sqrt(value);
}

static double take_inverse_root(double value, double power)
{
    (void)power;
    return 1.0 / sqrt(value);
}

static double take_power(double value, double power)
{
    return pow(value, power);
}

static double take_inverse(double value, double power)
{
    (void)power;
    return 1.0 / value;
}

ana_status ana_spd_apply(const ana_spd_set *set, ana_spd_function function, double power,
                         const ana_run *run, double *out)
{
    static const spd_scalar functions[] = {
        [ANA_SPD_LOG] = take_log,          [ANA_SPD_EXP] = take_exp,
        [ANA_SPD_SQUARE_ROOT] = take_root, [ANA_SPD_INVERSE_SQUARE_ROOT] = take_inverse_root,
        [ANA_SPD_POWER] = take_power,      [ANA_SPD_INVERSE] = take_inverse,
    };
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t rows = spd_rows(set);
    const double *real = spd_real(set, &workspace);
    double *maps = out;
    if (set->hermitian) {
        maps = ana_workspace_doubles(&workspace, set->n_matrices * rows, rows);
    }
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    const spd_work work = {.n = rows,
                           .function = functions[function],
                           .power = power,
                           .positive = function != ANA_SPD_EXP,
                           .maps = maps};
    ANA_TRY(spd_run(&work, set->n_matrices, real, run));
    if (set->hermitian) {
        spd_unembed(set, maps, out);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Complex numbers by their parts: the rows are short, and this is no hot loop. */
static bool cholesky_complex(size_t n, const double *a, double *out)
{
    memset(out, 0, 2 * n * n * sizeof *out);
    for (size_t j = 0; j < n; j++) {
        for (size_t i = j; i < n; i++) {
            double re = a[2 * (i * n + j)];
            double im = a[2 * (i * n + j) + 1];
            for (size_t k = 0; k < j; k++) {
                const double *x = out + 2 * (i * n + k);
                const double *y = out + 2 * (j * n + k);
                re -= x[0] * y[0] + x[1] * y[1];
                im -= x[1] * y[0] - x[0] * y[1];
            }
            const double pivot = i == j ? sqrt(re) : out[2 * (j * n + j)];
            out[2 * (i * n + j)] = i == j ? pivot : re / pivot;
            out[2 * (i * n + j) + 1] = i == j ? 0.0 : im / pivot;
        }
        if (!(out[2 * (j * n + j)] > 0.0)) {
            return false;
        }
    }
    return true;
}

ana_status spd_cholesky(const ana_spd_set *set, double *out)
{
    const size_t size = ana_spd_size(set);
    for (size_t k = 0; k < set->n_matrices; k++) {
        const double *matrix = set->values + k * size;
        const bool done = set->hermitian
                              ? cholesky_complex(set->n, matrix, out + k * size)
                              : ana_linalg_cholesky(set->n, matrix, out + k * size) == ANA_OK;
        if (!done) {
            return ana_fail(ANA_ERR_VALUE, "matrix %zu is not positive definite", k);
        }
    }
    return ANA_OK;
}
