/* Bases of rows that train, from all rows or their kernels. */
#include "ridge_rows.h"

#include "columns.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

void ridge_take_rows(size_t n, const size_t *rows, size_t m, const double *from, double *to)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(to + i * m, from + rows[i] * m, m * sizeof *to);
    }
}

static void subtract(size_t n, size_t p, const double *mean, double *x)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < p; j++) {
            x[i * p + j] -= mean[j];
        }
    }
}

static void scale(size_t n, size_t p, const double *deviation, double *x)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < p; j++) {
            x[i * p + j] = deviation[j] > 0.0 ? x[i * p + j] / deviation[j] : 0.0;
        }
    }
}

void ridge_prepare(size_t n, size_t p, double *x, size_t n_test, double *x_test, bool standardise,
                   double *room)
{
    double *mean = room;
    double *deviation = room + p;
    columns_mean(n, p, x, room + 2 * p, mean);
    subtract(n, p, mean, x);
    subtract(n_test, p, mean, x_test);
    if (!standardise) {
        return;
    }
    memset(deviation, 0, p * sizeof *deviation);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < p; j++) {
            deviation[j] += x[i * p + j] * x[i * p + j] / (double)n;
        }
    }
    for (size_t j = 0; j < p; j++) {
        const double rounding = 1e-14 * fabs(mean[j]); /* of values that are all the same */
        deviation[j] = deviation[j] > rounding * rounding ? sqrt(deviation[j]) : 0.0;
    }
    scale(n, p, deviation, x);
    scale(n_test, p, deviation, x_test);
}

static size_t space_start(const ridge_data *data, size_t g)
{
    if (data->space_start != NULL) {
        return data->space_start[g];
    }
    return g == 0 ? 0 : data->p;
}

/* to (n x width) = features of one space. */
static void take_space(const ridge_data *data, size_t g, double *to)
{
    const size_t first = space_start(data, g);
    const size_t width = space_start(data, g + 1) - first;
    for (size_t i = 0; i < data->n; i++) {
        memcpy(to + i * width, data->x + i * data->p + first, width * sizeof *to);
    }
}

ana_status ridge_make_kernels(size_t n_train, const ana_run *run, ana_workspace *workspace,
                              ridge_data *data)
{
    ana_status status = ANA_OK;
    ana_workspace own = {0};
    const size_t n = data->n;
    if (data->p < n_train || data->standardise) {
        return ANA_OK;
    }
    const double bytes = 8.0 * (double)n * (double)n * (double)data->n_spaces;
    ANA_TRY(ana_run_check_memory(run, bytes < 9e18 ? (size_t)bytes : SIZE_MAX, "kernels of rows"));
    data->kernels = ana_workspace_doubles(workspace, data->n_spaces * n, n);
    double *space = data->n_spaces > 1 ? ana_workspace_doubles(&own, n, data->p) : NULL;
    ANA_TRY(ana_workspace_check(workspace, "ridge"));
    ANA_TRY(ana_workspace_check(&own, "ridge"));
    for (size_t g = 0; g < data->n_spaces; g++) {
        const size_t width = space_start(data, g + 1) - space_start(data, g);
        if (space != NULL) {
            take_space(data, g, space);
        }
        ANA_TRY(ana_linalg_gram_rows(n, width, space != NULL ? space : data->x,
                                     data->kernels + g * n * n));
    }
done:
    ana_workspace_release(&own);
    return status;
}

/* Space g of x times sqrt(gamma_g). */
static void weigh_spaces(const ridge_data *data, const double *gamma, size_t n, double *x)
{
    for (size_t g = 0; gamma != NULL && g < data->n_spaces; g++) {
        const double root = sqrt(gamma[g]);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = space_start(data, g); j < space_start(data, g + 1); j++) {
                x[i * data->p + j] *= root;
            }
        }
    }
}

void ridge_weigh_weights(const ridge_data *data, const double *gamma, bool dual, size_t q,
                         double *weights)
{
    for (size_t g = 0; gamma != NULL && g < data->n_spaces; g++) {
        const double by = dual ? gamma[g] : sqrt(gamma[g]);
        for (size_t j = space_start(data, g) * q; j < space_start(data, g + 1) * q; j++) {
            weights[j] *= by;
        }
    }
}

/* out (n x m) = sum over spaces of gamma_g K_g of those rows and columns. */
static void mix_kernels(const ridge_data *data, const double *gamma, size_t n, const size_t *rows,
                        size_t m, const size_t *columns, double *out)
{
    memset(out, 0, n * m * sizeof *out);
    for (size_t g = 0; g < data->n_spaces; g++) {
        const double by = gamma != NULL ? gamma[g] : 1.0;
        for (size_t i = 0; i < n; i++) {
            const double *row = data->kernels + (g * data->n + rows[i]) * data->n;
            for (size_t j = 0; j < m; j++) {
                out[i * m + j] += by * row[columns[j]];
            }
        }
    }
}

static ana_status basis_of_kernels(const ridge_data *data, const ridge_split *split, size_t keep,
                                   ana_workspace *workspace, ridge_basis *basis)
{
    ana_status status = ANA_OK;
    ana_workspace own = {0};
    const size_t n = split->n;
    double *kernel = ana_workspace_doubles(&own, n, n);
    double *test = ana_workspace_doubles(&own, split->n_test, n);
    double *means = ana_workspace_doubles(&own, n + split->n_test, 1);
    ANA_TRY(ana_workspace_check(&own, "ridge"));
    mix_kernels(data, split->gamma, n, split->rows, n, split->rows, kernel);
    mix_kernels(data, split->gamma, split->n_test, split->test, n, split->rows, test);
    if (data->intercept) {
        ridge_centre_kernel(n, kernel, split->n_test, test, means);
    }
    const ridge_matrices from = {n, n, kernel, split->n_test, test, keep};
    ANA_TRY(ridge_basis_dual(&from, workspace, basis));
done:
    ana_workspace_release(&own);
    return status;
}

static ana_status basis_of_features(const ridge_data *data, const ridge_split *split, size_t keep,
                                    ana_workspace *workspace, ridge_basis *basis)
{
    ana_status status = ANA_OK;
    ana_workspace own = {0};
    const size_t n = split->n;
    const size_t p = data->p;
    const bool dual = p >= n;
    double *x = ana_workspace_doubles(&own, n, p);
    double *test = ana_workspace_doubles(&own, split->n_test, p);
    double *room = ana_workspace_doubles(&own, 3, p);
    double *kernel = ana_workspace_doubles(&own, dual ? n : 1, n);
    double *kernel_test = ana_workspace_doubles(&own, dual ? split->n_test : 1, n);
    ANA_TRY(ana_workspace_check(&own, "ridge"));
    ridge_take_rows(n, split->rows, p, data->x, x);
    ridge_take_rows(split->n_test, split->test, p, data->x, test);
    if (data->intercept) {
        ridge_prepare(n, p, x, split->n_test, test, data->standardise, room);
    }
    weigh_spaces(data, split->gamma, n, x);
    weigh_spaces(data, split->gamma, split->n_test, test);
    if (!dual) {
        const ridge_matrices from = {n, p, x, split->n_test, test, keep};
        ANA_TRY(ridge_basis_primal(&from, workspace, basis));
        goto done;
    }
    ANA_TRY(ana_linalg_gram_rows(n, p, x, kernel));
    const ana_gemm shape = {.n_rows = split->n_test,
                            .n_inner = p,
                            .n_columns = n,
                            .transpose_b = true,
                            .alpha = 1.0,
                            .beta = 0.0};
    if (split->n_test > 0) {
        ANA_TRY(ana_linalg_gemm(&shape, test, x, kernel_test));
    }
    const ridge_matrices from = {n, n, kernel, split->n_test, kernel_test, keep};
    ANA_TRY(ridge_basis_dual(&from, workspace, basis));
done:
    ana_workspace_release(&own);
    return status;
}

ana_status ridge_basis_of(const ridge_data *data, const ridge_split *split, size_t keep,
                          ana_workspace *workspace, ridge_basis *basis)
{
    basis->offset = data->intercept ? 1.0 / (double)split->n : 0.0;
    return data->kernels != NULL && data->p >= split->n
               ? basis_of_kernels(data, split, keep, workspace, basis)
               : basis_of_features(data, split, keep, workspace, basis);
}
