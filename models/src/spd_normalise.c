/* Scales of covariances, the nearest positive definite matrix, and measures. */
#include "spd_mean_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/spd_normalise.h>

#include <math.h>
#include <string.h>

const char *const ana_spd_norm_names[] = {"trace", "determinant", "correlation", NULL};

const ana_option ana_spd_nearest_option_table[] = {
    {"nearest-floor", ANA_OPTION_DOUBLE, offsetof(ana_spd_nearest_options, floor), 1e-14, 1.0, NULL,
     "RATIO", "smallest eigenvalue over the largest (default 1e-6)", false},
    {"nearest-compat", ANA_OPTION_BOOL, offsetof(ana_spd_nearest_options, compat), 0, 0, NULL, NULL,
     "add the floor to every eigenvalue, in the data's unit, as pyRiemann does (default no)",
     false},
    ANA_OPTION_END,
};

ana_spd_nearest_options ana_spd_nearest_options_default(void)
{
    return (ana_spd_nearest_options){.run = ana_run_default(), .floor = 1e-6};
}

static double trace_of(const ana_spd_set *set, const double *matrix)
{
    const size_t step = set->hermitian ? 2 : 1;
    double trace = 0.0;
    for (size_t i = 0; i < set->n; i++) {
        trace += matrix[step * i * (set->n + 1)];
    }
    return trace;
}

static ana_status normalise_trace(const ana_spd_set *set, double *out)
{
    const size_t size = ana_spd_size(set);
    for (size_t k = 0; k < set->n_matrices; k++) {
        const double trace = trace_of(set, set->values + k * size);
        if (!(trace > 0.0)) {
            return ana_fail(ANA_ERR_VALUE, "matrix %zu has the trace %g; above 0 is right", k,
                            trace);
        }
        for (size_t e = 0; e < size; e++) {
            out[k * size + e] = set->values[k * size + e] / trace;
        }
    }
    return ANA_OK;
}

/* Each over the geometric mean of its eigenvalues. */
static ana_status normalise_determinant(const ana_spd_set *set, const ana_run *run, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t rows = spd_rows(set);
    const size_t size = ana_spd_size(set);
    const double *real = spd_real(set, &workspace);
    double *values = ana_workspace_doubles(&workspace, set->n_matrices, rows);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    const spd_work work = {.n = rows, .positive = true, .values = values};
    ANA_TRY(spd_run(&work, set->n_matrices, real, run));
    for (size_t k = 0; k < set->n_matrices; k++) {
        double sum = 0.0;
        for (size_t i = 0; i < rows; i++) {
            sum += log(values[k * rows + i]);
        }
        const double factor = exp(-sum / (double)rows);
        for (size_t e = 0; e < size; e++) {
            out[k * size + e] = set->values[k * size + e] * factor;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Row i of matrix k: what rounding has made of 1 is 1. */
static void take_row(const ana_spd_set *set, size_t k, size_t i, const double *roots, double *out)
{
    const size_t step = set->hermitian ? 2 : 1;
    const size_t first = k * ana_spd_size(set) + step * i * set->n;
    for (size_t j = 0; j < set->n; j++) {
        for (size_t part = 0; part < step; part++) {
            const size_t at = first + step * j + part;
            const double value = set->values[at] / roots[i] / roots[j];
            out[at] = i == j && part == 0 ? 1.0 : fmin(fmax(value, -1.0), 1.0);
        }
    }
}

static ana_status normalise_correlation(const ana_spd_set *set, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = set->n;
    const size_t step = set->hermitian ? 2 : 1;
    const size_t size = ana_spd_size(set);
    double *roots = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    for (size_t k = 0; k < set->n_matrices; k++) {
        for (size_t i = 0; i < n; i++) {
            const double variance = set->values[k * size + step * i * (n + 1)];
            if (!(variance > 0.0)) {
                ANA_TRY(ana_fail(ANA_ERR_VALUE,
                                 "matrix %zu: channel %zu has the variance %g; above 0 is right", k,
                                 i, variance));
            }
            roots[i] = sqrt(variance);
        }
        for (size_t i = 0; i < n; i++) {
            take_row(set, k, i, roots, out);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_spd_normalise(const ana_spd_set *set, ana_spd_norm norm, const ana_run *run,
                             double *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(spd_check_symmetric(set));
    switch (norm) {
    case ANA_SPD_NORM_TRACE:
        return normalise_trace(set, out);
    case ANA_SPD_NORM_DETERMINANT:
        return normalise_determinant(set, run, out);
    case ANA_SPD_NORM_CORRELATION:
        return normalise_correlation(set, out);
    }
done:
    return status;
}

ana_status ana_spd_nondiagonality(const ana_spd_set *set, double *out)
{
    ana_status status = ANA_OK;
    const size_t step = set->hermitian ? 2 : 1;
    const size_t size = ana_spd_size(set);
    ANA_TRY(spd_check_symmetric(set));
    for (size_t k = 0; k < set->n_matrices; k++) {
        const double *matrix = set->values + k * size;
        double on = 0.0;
        double beside = 0.0;
        for (size_t e = 0; e < size; e++) {
            const bool is_diagonal = e / step % (set->n + 1) == 0;
            on += is_diagonal ? matrix[e] * matrix[e] : 0.0;
            beside += is_diagonal ? 0.0 : matrix[e] * matrix[e];
        }
        if (set->n < 2 || !(on > 0.0)) {
            return ana_fail(ANA_ERR_VALUE, "matrix %zu: a diagonal of %zu numbers, %s", k, set->n,
                            on > 0.0 ? "nothing beside it" : "all 0");
        }
        out[k] = beside / on / (double)(set->n - 1);
    }
done:
    return status;
}

/* The real symmetric part of each matrix. */
static ana_status take_symmetric(const ana_spd_set *set, size_t rows, const double *real,
                                 double *out)
{
    for (size_t k = 0; k < set->n_matrices; k++) {
        const double *x = real + k * rows * rows;
        for (size_t i = 0; i < rows; i++) {
            for (size_t j = 0; j < rows; j++) {
                if (!isfinite(x[i * rows + j])) {
                    return ana_fail(ANA_ERR_VALUE, "matrix %zu: element [%zu, %zu] is not finite",
                                    k, i % set->n, j % set->n);
                }
                out[(k * rows + i) * rows + j] = 0.5 * (x[i * rows + j] + x[j * rows + i]);
            }
        }
    }
    return ANA_OK;
}

/* Eigenvalues become those of the nearest matrix. */
static ana_status raise_values(size_t k, size_t rows, const ana_spd_nearest_options *options,
                               double *values)
{
    const double high = values[rows - 1];
    if (!(high > 0.0)) {
        return ana_fail(ANA_ERR_VALUE,
                        "matrix %zu has no eigenvalue above 0 (the largest is %g): no positive "
                        "definite matrix is nearest to it",
                        k, high);
    }
    const bool is_low = values[0] < options->floor * high;
    for (size_t i = 0; i < rows; i++) {
        values[i] = options->compat ? fmax(values[i], 0.0) + (is_low ? options->floor : 0.0)
                                    : fmax(values[i], options->floor * high);
    }
    return ANA_OK;
}

ana_status ana_spd_nearest(const ana_spd_set *set, const ana_spd_nearest_options *options,
                           double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_spd_nearest_options chosen =
        options != NULL ? *options : ana_spd_nearest_options_default();
    const size_t rows = spd_rows(set);
    ANA_TRY(ana_options_check(ana_spd_nearest_option_table, &chosen, "spd"));
    const double *real = spd_real(set, &workspace);
    double *found = ana_workspace_doubles(&workspace, set->n_matrices * rows, rows);
    double *values = ana_workspace_doubles(&workspace, rows, 1);
    double *vectors = ana_workspace_doubles(&workspace, rows, rows);
    double *scaled = ana_workspace_doubles(&workspace, rows, rows);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    ANA_TRY(take_symmetric(set, rows, real, found));
    const ana_gemm outer = {rows, rows, rows, true, false, 1.0, 0.0};
    for (size_t k = 0; k < set->n_matrices; k++) {
        double *x = found + k * rows * rows;
        ANA_TRY(ana_linalg_eigen_symmetric(rows, x, values, vectors));
        ANA_TRY(raise_values(k, rows, &chosen, values));
        for (size_t e = 0; e < rows * rows; e++) {
            scaled[e] = values[e / rows] * vectors[e];
        }
        ANA_TRY(ana_linalg_gemm(&outer, vectors, scaled, x));
        spd_symmetrise(rows, x);
    }
    if (set->hermitian) {
        spd_unembed(set, found, out);
    } else {
        memcpy(out, found, set->n_matrices * rows * rows * sizeof *out);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
