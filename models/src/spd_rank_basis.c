/* The subspace in which covariances have full rank, and the way there and back. */
#include "dense.h"
#include "memory.h"
#include "spd_rank_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <float.h>
#include <math.h>
#include <string.h>

/* A direction of the scaled space, in the channels' own units: row of `to`. */
static void unscale(const spd_rank_search *search, size_t n_vectors, const double *from, double *to)
{
    for (size_t v = 0; v < n_vectors; v++) {
        for (size_t i = 0; i < search->rows; i++) {
            const double scale = search->scale[i % search->n];
            to[v * search->rows + i] = scale > 0.0 ? from[v * search->rows + i] / scale : 0.0;
        }
    }
}

/* Rows e_c of the channels that are flat; how many. */
static size_t add_flat(const spd_rank_search *search, double *to)
{
    size_t n_added = 0;
    for (size_t i = 0; i < search->rows; i++) {
        if (!(search->scale[i % search->n] > 0.0)) {
            memset(to + n_added * search->rows, 0, search->rows * sizeof *to);
            to[n_added * search->rows + i] = 1.0;
            n_added++;
        }
    }
    return n_added;
}

/* out = P M P + (I - P) times the mean's trace twice, P the projector on what is orthogonal to
 * n_null rows of `null`: what is not wanted has the largest eigenvalues. */
static ana_status lift_null(const spd_rank_search *search, size_t n_null, const double *null,
                            double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t rows = search->rows;
    double *columns = ana_workspace_doubles(&workspace, rows, rows);
    double *q = ana_workspace_doubles(&workspace, rows, rows);
    double *upper = ana_workspace_doubles(&workspace, rows, rows);
    double *projector = ana_workspace_doubles(&workspace, rows, rows);
    double *half = ana_workspace_doubles(&workspace, rows, rows);
    ANA_TRY(ana_workspace_check(&workspace, "rank"));
    for (size_t i = 0; i < rows; i++) {
        projector[i * (rows + 1)] = 1.0;
    }
    if (n_null > 0) {
        ana_transpose(n_null, rows, null, columns);
        ANA_TRY(ana_linalg_qr(rows, n_null, columns, q, upper));
        const ana_gemm outer = {rows, n_null, rows, false, true, -1.0, 1.0};
        ANA_TRY(ana_linalg_gemm(&outer, q, q, projector));
    }
    double trace = 0.0;
    for (size_t i = 0; i < rows; i++) {
        trace += search->mean[i * (rows + 1)];
    }
    ANA_TRY(ana_linalg_multiply(rows, rows, rows, projector, search->mean, half));
    ANA_TRY(ana_linalg_multiply(rows, rows, rows, half, projector, out));
    for (size_t e = 0; e < rows * rows; e++) {
        out[e] += 2.0 * trace * ((e % (rows + 1) == 0 ? 1.0 : 0.0) - projector[e]);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* z -= what it has of the column b of the basis, complex: b^H z. */
static void remove_column(size_t n, size_t n_columns, const double *basis, size_t b, double *z)
{
    double re = 0.0;
    double im = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double *u = basis + 2 * (i * n_columns + b);
        re += u[0] * z[2 * i] + u[1] * z[2 * i + 1];
        im += u[0] * z[2 * i + 1] - u[1] * z[2 * i];
    }
    for (size_t i = 0; i < n; i++) {
        const double *u = basis + 2 * (i * n_columns + b);
        z[2 * i] -= u[0] * re - u[1] * im;
        z[2 * i + 1] -= u[0] * im + u[1] * re;
    }
}

/* Each eigenvector x + iy of a Hermitian matrix stands twice among the embedded rows (x, y): those
 * that are new become columns. */
static size_t take_complex(size_t n, size_t n_columns, size_t n_rows, const double *rows_down,
                           double *z, double *basis)
{
    size_t n_taken = 0;
    for (size_t r = n_rows; r-- > 0 && n_taken < n_columns;) {
        const double *row = rows_down + r * 2 * n;
        for (size_t i = 0; i < n; i++) {
            z[2 * i] = row[i];
            z[2 * i + 1] = row[n + i];
        }
        for (size_t b = 0; b < 2 * n_taken; b++) { /* twice, for the last digits */
            remove_column(n, n_columns, basis, b % n_taken, z);
        }
        const double length = sqrt(ana_dot(2 * n, z, z));
        if (length < 1e-3) {
            continue;
        }
        for (size_t i = 0; i < 2 * n; i++) {
            basis[2 * (i / 2 * n_columns + n_taken) + i % 2] = z[i] / length;
        }
        n_taken++;
    }
    return n_taken;
}

/* The columns of the basis, from the mean's axes (rising rows, of which the first n_axes are of the
 * subspace). */
static ana_status take_axes(const spd_rank_search *search, size_t n_axes, const double *axes,
                            ana_spd_rank *rank)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_columns = rank->n_dimensions;
    double *z = ana_workspace_doubles(&workspace, search->rows, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rank"));
    ANA_TRY(ana_allocate(search->rows * n_columns, sizeof *rank->basis, "rank", &rank->basis));
    if (search->set->hermitian) {
        if (take_complex(search->n, n_columns, n_axes, axes, z, rank->basis) != n_columns) {
            ANA_TRY(
                ana_fail(ANA_ERR_NUMERIC, "rank: no %zu axes of the subspace found", n_columns));
        }
        goto done;
    }
    for (size_t b = 0; b < n_columns; b++) {
        for (size_t i = 0; i < search->n; i++) {
            rank->basis[i * n_columns + b] = axes[(n_axes - 1 - b) * search->n + i];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status spd_rank_find_basis(const spd_rank_search *search, ana_spd_rank *rank)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t rows = search->rows;
    const size_t wanted = search->options->n_dimensions;
    double *null = ana_workspace_doubles(&workspace, rows, rows);
    double *lifted = ana_workspace_doubles(&workspace, rows, rows);
    double *values = ana_workspace_doubles(&workspace, rows, 1);
    double *axes = ana_workspace_doubles(&workspace, rows, rows);
    ANA_TRY(ana_workspace_check(&workspace, "rank"));
    size_t n_null = add_flat(search, null);
    const bool by_union = search->n_others > search->n_null && n_null + search->n_others < rows;
    unscale(search, by_union ? search->n_others : search->n_null,
            by_union ? search->others : search->null, null + n_null * rows);
    n_null += by_union ? search->n_others : search->n_null;
    const size_t n_axes = rows - n_null;
    rank->n_dimensions = n_axes / search->twice;
    if (!by_union && rank->lowest < rank->n_dimensions) {
        rank->n_dimensions = rank->lowest;
    }
    if (wanted > 0 && wanted < rank->n_dimensions) {
        rank->n_dimensions = wanted;
    }
    if (rank->n_dimensions == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "rank: matrix %zu has rank 0", rank->lowest_at));
    }
    ANA_TRY(lift_null(search, n_null, null, lifted));
    ANA_TRY(ana_linalg_eigen_symmetric(rows, lifted, values, axes));
    ANA_TRY(take_axes(search, n_axes, axes, rank));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The basis as a real matrix of n or 2 n rows. */
static const double *real_basis(const ana_spd_rank *rank, ana_workspace *workspace)
{
    const size_t r = rank->n_dimensions;
    if (!rank->hermitian) {
        return rank->basis;
    }
    double *out = ana_workspace_doubles(workspace, 2 * rank->n, 2 * r);
    for (size_t e = 0; e < rank->n * r && out != NULL; e++) {
        const size_t i = e / r;
        const size_t b = e % r;
        out[i * 2 * r + b] = out[(rank->n + i) * 2 * r + r + b] = rank->basis[2 * e];
        out[(rank->n + i) * 2 * r + b] = rank->basis[2 * e + 1];
        out[i * 2 * r + r + b] = -rank->basis[2 * e + 1];
    }
    return out;
}

/* out[k] = U^T X U, or U X U^T of smaller X. */
static ana_status turn(const ana_spd_rank *rank, const ana_spd_set *set, bool is_back, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t twice = rank->hermitian ? 2 : 1;
    const size_t from = spd_rows(set);
    const size_t n_out = is_back ? rank->n : rank->n_dimensions;
    const size_t to = twice * n_out;
    const ana_spd_set shape = {n_out, set->hermitian, set->n_matrices, NULL};
    const double *real = spd_real(set, &workspace);
    const double *basis = real_basis(rank, &workspace);
    double *half = ana_workspace_doubles(&workspace, to, from);
    double *turned =
        set->hermitian ? ana_workspace_doubles(&workspace, set->n_matrices * to, to) : out;
    ANA_TRY(ana_workspace_check(&workspace, "rank"));
    const ana_gemm left = {to, from, from, !is_back, false, 1.0, 0.0};
    const ana_gemm right = {to, from, to, false, is_back, 1.0, 0.0};
    for (size_t k = 0; k < set->n_matrices; k++) {
        double *y = turned + k * to * to;
        ANA_TRY(ana_linalg_gemm(&left, basis, real + k * from * from, half));
        ANA_TRY(ana_linalg_gemm(&right, half, basis, y));
        for (size_t i = 0; i < to; i++) {
            for (size_t j = 0; j < i; j++) {
                y[i * to + j] = y[j * to + i] = 0.5 * (y[i * to + j] + y[j * to + i]);
            }
        }
    }
    if (set->hermitian) {
        spd_unembed(&shape, turned, out);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_shape(const ana_spd_rank *rank, const ana_spd_set *set, size_t n)
{
    if (set->n != n || set->hermitian != rank->hermitian) {
        return ana_fail(ANA_ERR_SHAPE, "rank: %s matrices of %zu rows; %s ones of %zu are right",
                        set->hermitian ? "Hermitian" : "real", set->n,
                        rank->hermitian ? "Hermitian" : "real", n);
    }
    return ANA_OK;
}

ana_status ana_spd_rank_project(const ana_spd_rank *rank, const ana_spd_set *set,
                                const ana_run *run, double *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(check_shape(rank, set, rank->n));
    ANA_TRY(spd_check_symmetric(set));
    ANA_TRY(turn(rank, set, false, out));
    const ana_spd_set projected = {rank->n_dimensions, set->hermitian, set->n_matrices, out};
    ANA_TRY(ana_spd_check(&projected, run));
done:
    return status;
}

ana_status ana_spd_rank_restore(const ana_spd_rank *rank, const ana_spd_set *projected, double *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(check_shape(rank, projected, rank->n_dimensions));
    ANA_TRY(turn(rank, projected, true, out));
done:
    return status;
}
