#include "ridge_basis.h"

#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

enum {
    CHUNK = 512 /* targets at a time */
};

/* values and vectors (r x n, as rows) in descending order, from ascending ones; those that are
 * roundings of 0 become 0, so that the share of a null vector is exactly 1 under any penalty. */
static void descend(size_t n, size_t r, const double *values, const double *vectors,
                    double *values_out, double *vectors_out)
{
    const double rounding = (double)n * 2.220446049250313e-16 * fmax(0.0, values[n - 1]);
    for (size_t k = 0; k < r; k++) {
        const double value = values[n - 1 - k];
        values_out[k] = value > rounding ? value : 0.0;
        memcpy(vectors_out + k * n, vectors + (n - 1 - k) * n, n * sizeof *vectors);
    }
}

/* The keep largest values of a symmetric matrix, with their vectors as rows (keep x n). */
static ana_status decompose(size_t n, const double *matrix, size_t keep, double *values,
                            double *vectors)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *all_values = ana_workspace_doubles(&workspace, n, 1);
    double *all_vectors = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "ridge"));
    ANA_TRY(ana_linalg_eigen_symmetric(n, matrix, all_values, all_vectors));
    descend(n, keep, all_values, all_vectors, values, vectors);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* out (n x m) = a (n x k) b^T, b m x k. */
static ana_status times_transpose(size_t n, size_t k, size_t m, const double *a, const double *b,
                                  double *out)
{
    const ana_gemm shape = {
        .n_rows = n, .n_inner = k, .n_columns = m, .transpose_b = true, .alpha = 1.0, .beta = 0.0};
    return ana_linalg_gemm(&shape, a, b, out);
}

ana_status ridge_basis_primal(const ridge_matrices *from, ana_workspace *workspace,
                              ridge_basis *basis)
{
    ana_status status = ANA_OK;
    ana_workspace own = {0};
    const size_t n = from->n;
    const size_t p = from->p;
    const size_t n_test = from->n_test;
    double *gram = ana_workspace_doubles(&own, p, p);
    basis->n = n;
    basis->n_test = n_test;
    basis->dual = false;
    basis->r = from->keep < p ? from->keep : p;
    basis->values = ana_workspace_doubles(workspace, basis->r, 1);
    basis->vectors = ana_workspace_doubles(workspace, basis->r, p);
    basis->left = ana_workspace_doubles(workspace, n, basis->r);
    basis->test = ana_workspace_doubles(workspace, n_test, basis->r);
    ANA_TRY(ana_workspace_check(&own, "ridge"));
    ANA_TRY(ana_workspace_check(workspace, "ridge"));
    ANA_TRY(ana_linalg_gram(n, p, from->train, gram));
    ANA_TRY(decompose(p, gram, basis->r, basis->values, basis->vectors));
    ANA_TRY(times_transpose(n, p, basis->r, from->train, basis->vectors, basis->left));
    if (n_test > 0) {
        ANA_TRY(times_transpose(n_test, p, basis->r, from->test, basis->vectors, basis->test));
    }
done:
    ana_workspace_release(&own);
    return status;
}

ana_status ridge_basis_dual(const ridge_matrices *from, ana_workspace *workspace,
                            ridge_basis *basis)
{
    ana_status status = ANA_OK;
    ana_workspace own = {0};
    const size_t n = from->n;
    const size_t n_test = from->n_test;
    const size_t r = from->keep < n ? from->keep : n;
    double *vectors = ana_workspace_doubles(&own, r, n);
    basis->n = n;
    basis->n_test = n_test;
    basis->dual = true;
    basis->r = r;
    basis->vectors = NULL;
    basis->values = ana_workspace_doubles(workspace, r, 1);
    basis->left = ana_workspace_doubles(workspace, n, r);
    basis->test = ana_workspace_doubles(workspace, n_test, r);
    ANA_TRY(ana_workspace_check(&own, "ridge"));
    ANA_TRY(ana_workspace_check(workspace, "ridge"));
    ANA_TRY(decompose(n, from->train, r, basis->values, vectors));
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < r; k++) {
            basis->left[i * r + k] = vectors[k * n + i];
        }
    }
    if (n_test > 0) {
        ANA_TRY(times_transpose(n_test, n, r, from->test, vectors, basis->test));
    }
done:
    ana_workspace_release(&own);
    return status;
}

void ridge_centre_kernel(size_t n, double *kernel, size_t n_test, double *kernel_test,
                         double *means)
{
    double *test_means = means + n;
    double mean = 0.0;
    for (size_t i = 0; i < n + n_test; i++) {
        const double *row = i < n ? kernel + i * n : kernel_test + (i - n) * n;
        means[i] = 0.0;
        for (size_t j = 0; j < n; j++) {
            means[i] += row[j];
        }
        means[i] /= (double)n;
        mean += i < n ? means[i] / (double)n : 0.0;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            kernel[i * n + j] += mean - means[i] - means[j];
        }
    }
    for (size_t i = 0; i < n_test; i++) {
        for (size_t j = 0; j < n; j++) {
            kernel_test[i * n + j] += mean - test_means[i] - means[j];
        }
    }
}

/* What the losses of one chunk of targets need. */
typedef struct loss_room {
    double *chunk;    /* n x m: targets of the chunk */
    double *products; /* r x m: L^T y */
    double *scaled;   /* r x m: D L^T y */
    double *fitted;   /* rows x m */
    double *left_out; /* n: 1 - h */
} loss_room;

/* Columns first ... first + m - 1 of n x q. */
static void take_columns(size_t n, size_t q, const double *from, size_t first, size_t m, double *to)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(to + i * m, from + i * q + first, m * sizeof *to);
    }
}

/* A complete basis of the kernel: residuals are U diag(penalty / (values + penalty)) U^T y, and
 * what is left of a row a sum of such shares, which lose no digits where the fit is nearly perfect.
 */
static bool is_complete(const ridge_basis *basis)
{
    return basis->dual && basis->r == basis->n;
}

/* The factor of number k between L^T y and the rows that train. */
static double factor(const ridge_basis *basis, size_t k, double penalty)
{
    const double above = is_complete(basis) ? penalty : (basis->dual ? basis->values[k] : 1.0);
    return above / (basis->values[k] + penalty);
}

/* 1 - h_i of the hat matrix, its part of the intercept as well. */
static void shares_left(const ridge_basis *basis, double penalty, double *out)
{
    for (size_t i = 0; i < basis->n; i++) {
        const double *row = basis->left + i * basis->r;
        double sum = 0.0;
        for (size_t k = 0; k < basis->r; k++) {
            sum += row[k] * row[k] * factor(basis, k, penalty);
        }
        out[i] = (is_complete(basis) ? sum : 1.0 - sum) - basis->offset;
    }
}

/* losses (m) += squared errors of the rows, their errors divided by what is left of them. */
static void add_squares(size_t n, size_t m, const double *y, const double *fitted,
                        const double *left_out, double *losses)
{
    for (size_t i = 0; i < n; i++) {
        const double scale = left_out != NULL ? 1.0 / fmax(left_out[i], 1e-14) : 1.0;
        for (size_t j = 0; j < m; j++) {
            const double error = scale * ((y != NULL ? y[i * m + j] : 0.0) - fitted[i * m + j]);
            losses[j] += error * error;
        }
    }
}

/* One penalty for one chunk. */
static ana_status add_penalty(const ridge_basis *basis, bool leave_one_out, double penalty,
                              size_t m, const loss_room *room, double *losses)
{
    const size_t r = basis->r;
    const size_t n = leave_one_out ? basis->n : basis->n_test;
    const bool residuals = leave_one_out && is_complete(basis);
    for (size_t k = 0; k < r; k++) {
        const double d =
            leave_one_out ? factor(basis, k, penalty) : 1.0 / (basis->values[k] + penalty);
        for (size_t j = 0; j < m; j++) {
            room->scaled[k * m + j] = d * room->products[k * m + j];
        }
    }
    const double *rows = leave_one_out ? basis->left : basis->test;
    ana_status status = ana_linalg_multiply(n, r, m, rows, room->scaled, room->fitted);
    if (status != ANA_OK) {
        return status;
    }
    if (leave_one_out) {
        shares_left(basis, penalty, room->left_out);
    }
    add_squares(n, m, residuals ? NULL : room->chunk, room->fitted,
                leave_one_out ? room->left_out : NULL, losses);
    return ANA_OK;
}

static ana_status products_of(const ridge_basis *basis, size_t m, const double *y, double *out)
{
    const ana_gemm shape = {.n_rows = basis->r,
                            .n_inner = basis->n,
                            .n_columns = m,
                            .transpose_a = true,
                            .alpha = 1.0,
                            .beta = 0.0};
    return ana_linalg_gemm(&shape, basis->left, y, out);
}

ana_status ridge_add_losses(const ridge_basis *basis, const ridge_targets *targets, double *losses)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t q = targets->q;
    const size_t wide = q < CHUNK ? q : CHUNK;
    const size_t most = basis->n > basis->n_test ? basis->n : basis->n_test;
    const bool leave_one_out = targets->y_test == NULL;
    const loss_room room = {.chunk = ana_workspace_doubles(&workspace, most, wide),
                            .products = ana_workspace_doubles(&workspace, basis->r, wide),
                            .scaled = ana_workspace_doubles(&workspace, basis->r, wide),
                            .fitted = ana_workspace_doubles(&workspace, most, wide),
                            .left_out = ana_workspace_doubles(&workspace, basis->n, 1)};
    ANA_TRY(ana_workspace_check(&workspace, "ridge"));
    for (size_t first = 0; first < q; first += wide) {
        const size_t m = q - first < wide ? q - first : wide;
        take_columns(basis->n, q, targets->y, first, m, room.chunk);
        ANA_TRY(products_of(basis, m, room.chunk, room.products));
        if (!leave_one_out) {
            take_columns(basis->n_test, q, targets->y_test, first, m, room.chunk);
        }
        for (size_t a = 0; a < targets->n_penalties; a++) {
            ANA_TRY(add_penalty(basis, leave_one_out, targets->penalties[a], m, &room,
                                losses + a * q + first));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* D L^T y of m targets, each with its own penalty. */
static ana_status coefficients(const ridge_basis *basis, size_t m, const double *y,
                               const double *penalty, double *out)
{
    ana_status status = products_of(basis, m, y, out);
    for (size_t k = 0; k < basis->r && status == ANA_OK; k++) {
        for (size_t j = 0; j < m; j++) {
            const double divisor = basis->values[k] + penalty[j];
            out[k * m + j] = divisor > 0.0 ? out[k * m + j] / divisor : 0.0;
        }
    }
    return status;
}

ana_status ridge_basis_predict(const ridge_basis *basis, size_t q, const double *y,
                               const double *penalty, double *predicted)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *scaled = ana_workspace_doubles(&workspace, basis->r, q);
    ANA_TRY(ana_workspace_check(&workspace, "ridge"));
    ANA_TRY(coefficients(basis, q, y, penalty, scaled));
    ANA_TRY(ana_linalg_multiply(basis->n_test, basis->r, q, basis->test, scaled, predicted));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ridge_basis_weights(const ridge_basis *basis, size_t p, const double *x, size_t q,
                               const double *y, const double *penalty, double *weights)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = basis->n;
    double *scaled = ana_workspace_doubles(&workspace, basis->r, q);
    double *of_rows = ana_workspace_doubles(&workspace, basis->dual ? n : 1, q);
    ANA_TRY(ana_workspace_check(&workspace, "ridge"));
    ANA_TRY(coefficients(basis, q, y, penalty, scaled));
    ana_gemm shape = {.n_rows = p,
                      .n_inner = basis->r,
                      .n_columns = q,
                      .transpose_a = true,
                      .alpha = 1.0,
                      .beta = 0.0};
    if (!basis->dual) {
        ANA_TRY(ana_linalg_gemm(&shape, basis->vectors, scaled, weights));
    } else {
        shape.n_inner = n;
        ANA_TRY(ana_linalg_multiply(n, basis->r, q, basis->left, scaled, of_rows));
        ANA_TRY(ana_linalg_gemm(&shape, x, of_rows, weights));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

void ridge_choose(size_t n_penalties, size_t q, const double *losses, bool per_target,
                  size_t *place)
{
    size_t best = 0;
    double least = INFINITY;
    for (size_t a = 0; a < n_penalties && !per_target; a++) {
        double sum = 0.0;
        for (size_t j = 0; j < q; j++) {
            sum += losses[a * q + j];
        }
        best = sum <= least ? a : best;
        least = sum <= least ? sum : least;
    }
    for (size_t j = 0; j < q; j++) {
        place[j] = per_target ? 0 : best;
        for (size_t a = 1; a < n_penalties && per_target; a++) {
            place[j] = losses[a * q + j] <= losses[place[j] * q + j] ? a : place[j];
        }
    }
}
