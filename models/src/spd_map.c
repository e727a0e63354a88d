/* Tangent spaces of positive definite matrices: there and back. */
#include "spd_point.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/spd_map.h>

#include <math.h>
#include <string.h>

/* One matrix there and back in each metric; `x` and `out` are other places. */
static ana_status log_riemann(const spd_point *at, const double *x, double *out)
{
    ana_status status = spd_point_sandwich(at, at->inverse, x, out);
    spd_mend_symmetry(at->n, out);
    return status == ANA_OK ? spd_point_function(at, ANA_SPD_LOG, out, out) : status;
}

static ana_status exp_riemann(const spd_point *at, const double *x, double *out)
{
    ana_status status = spd_point_function(at, ANA_SPD_EXP, x, at->other);
    return status == ANA_OK ? spd_point_sandwich(at, at->root, at->other, out) : status;
}

static ana_status log_log_euclidean(const spd_point *at, const double *x, double *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(spd_point_function(at, ANA_SPD_LOG, at->matrix, at->other));
    ANA_TRY(spd_point_function(at, ANA_SPD_LOG, x, out));
    for (size_t e = 0; e < at->n * at->n; e++) {
        out[e] -= at->other[e];
    }
    ANA_TRY(spd_derive(at, false, out, out));
done:
    return status;
}

static ana_status exp_log_euclidean(const spd_point *at, const double *x, double *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(spd_derive(at, true, x, out));
    ANA_TRY(spd_point_function(at, ANA_SPD_LOG, at->matrix, at->other));
    for (size_t e = 0; e < at->n * at->n; e++) {
        out[e] += at->other[e];
    }
    spd_mend_symmetry(at->n, out);
    ANA_TRY(spd_point_function(at, ANA_SPD_EXP, out, out));
done:
    return status;
}

/* `x` is the embedded Cholesky factor of the matrix. */
static ana_status log_log_cholesky(const spd_point *at, const double *x, double *out)
{
    const size_t n = at->n;
    for (size_t e = 0; e < n * n; e++) {
        at->other[e] = x[e] - at->lower[e];
    }
    for (size_t i = 0; i < n; i++) {
        const double diagonal = at->lower[i * (n + 1)];
        at->other[i * (n + 1)] = diagonal * log(x[i * (n + 1)] / diagonal);
    }
    return spd_from_lower(at, at->other, out);
}

static ana_status exp_log_cholesky(const spd_point *at, const double *x, double *out)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    ANA_TRY(spd_to_lower(at, x, out));
    memcpy(at->other, at->lower, n * n * sizeof *at->other);
    for (size_t e = 0; e < n * n; e++) {
        at->other[e] += e % (n + 1) == 0 ? 0.0 : out[e];
    }
    for (size_t i = 0; i < n; i++) {
        const double diagonal = at->lower[i * (n + 1)];
        at->other[i * (n + 1)] = diagonal * exp(out[i * (n + 1)] / diagonal);
    }
    ANA_TRY(spd_point_product(at, at->other, true, at->other, out));
done:
    return status;
}

static ana_status log_wasserstein(const spd_point *at, const double *x, double *out)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    ANA_TRY(spd_point_sandwich(at, at->root, x, out));
    spd_mend_symmetry(n, out);
    ANA_TRY(spd_point_function(at, ANA_SPD_SQUARE_ROOT, out, at->other));
    ANA_TRY(spd_point_product(at, at->root, false, at->other, at->room));
    ANA_TRY(spd_point_product(at, at->room, false, at->inverse, at->other));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            out[i * n + j] =
                at->other[i * n + j] + at->other[j * n + i] - 2.0 * at->matrix[i * n + j];
        }
    }
done:
    return status;
}

/* R + W + S R S with S R + R S = W, in the frame of R's eigenvectors. */
static ana_status exp_wasserstein(const spd_point *at, const double *x, double *out)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    const ana_gemm left = {n, n, n, true, false, 1.0, 0.0};
    ANA_TRY(spd_point_sandwich(at, at->vectors, x, at->other));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            at->other[i * n + j] /= at->values[i] + at->values[j];
        }
    }
    ANA_TRY(ana_linalg_gemm(&left, at->vectors, at->other, at->room));
    ANA_TRY(spd_point_product(at, at->room, false, at->vectors, at->other));
    ANA_TRY(spd_point_product(at, at->other, false, at->matrix, at->room));
    ANA_TRY(spd_point_product(at, at->room, false, at->other, out));
    for (size_t e = 0; e < n * n; e++) {
        out[e] += at->matrix[e] + x[e];
    }
done:
    return status;
}

typedef ana_status (*point_map)(const spd_point *at, const double *x, double *out);

/* The map of a metric, NULL for none; euclidean maps are sums. */
static point_map find_map(ana_spd_metric metric, bool is_log)
{
    static const struct {
        ana_spd_metric metric;
        point_map log_map;
        point_map exp_map;
    } maps[] = {{ANA_SPD_RIEMANN, log_riemann, exp_riemann},
                {ANA_SPD_LOG_EUCLIDEAN, log_log_euclidean, exp_log_euclidean},
                {ANA_SPD_LOG_CHOLESKY, log_log_cholesky, exp_log_cholesky},
                {ANA_SPD_WASSERSTEIN, log_wasserstein, exp_wasserstein}};
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        if (maps[i].metric == metric) {
            return is_log ? maps[i].log_map : maps[i].exp_map;
        }
    }
    return NULL;
}

static void add_all(const ana_spd_set *set, const double *reference, double factor, double *out)
{
    const size_t size = ana_spd_size(set);
    for (size_t e = 0; e < set->n_matrices * size; e++) {
        out[e] = set->values[e] + factor * reference[e % size];
    }
}

static ana_status map_all(const ana_spd_set *set, const double *reference, ana_spd_metric metric,
                          bool is_log, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = spd_rows(set);
    const point_map map = find_map(metric, is_log);
    spd_point at;
    ANA_TRY(spd_open_point(set, reference, &workspace, &at));
    const double *real = spd_real(set, &workspace);
    double *x = ana_workspace_doubles(&workspace, n, n);
    double *maps = ana_workspace_doubles(&workspace, set->n_matrices * n, n);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    for (size_t k = 0; k < set->n_matrices; k++) {
        memcpy(x, real + k * n * n, n * n * sizeof *x);
        if (metric == ANA_SPD_LOG_CHOLESKY && is_log) {
            ANA_TRY(spd_embed_factor(set, set->values + k * ana_spd_size(set), &workspace, x));
        }
        ANA_TRY(map(&at, x, maps + k * n * n));
        spd_mend_symmetry(n, maps + k * n * n);
    }
    if (set->hermitian) {
        spd_unembed(set, maps, out);
    } else {
        memcpy(out, maps, set->n_matrices * n * n * sizeof *out);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static double log_of(double value, double power)
{
    (void)power;
    return log(value);
}

/* Riemann log maps of many matrices at once: log(L^-1 X L^-T), turned by R^-1/2 L. */
static ana_status log_riemann_all(const ana_spd_set *set, const double *reference,
                                  const ana_run *run, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = set->n;
    const ana_gemm right = {n, n, n, false, true, 1.0, 0.0};
    const ana_spd_set one = {n, false, 1, reference};
    double *lower = ana_workspace_doubles(&workspace, n, n);
    double *turn = ana_workspace_doubles(&workspace, n, n);
    double *room = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    ANA_TRY(ana_spd_check(&one, run));
    ANA_TRY(ana_linalg_cholesky(n, reference, lower));
    ANA_TRY(ana_spd_apply(&one, ANA_SPD_INVERSE_SQUARE_ROOT, 0.0, run, room));
    ANA_TRY(ana_linalg_multiply(n, n, n, room, lower, turn));
    const spd_work work = {
        .n = n, .lower = lower, .function = log_of, .positive = true, .maps = out};
    ANA_TRY(spd_run(&work, set->n_matrices, set->values, run));
    for (size_t k = 0; k < set->n_matrices; k++) {
        double *s = out + k * n * n;
        ANA_TRY(ana_linalg_multiply(n, n, n, turn, s, room));
        ANA_TRY(ana_linalg_gemm(&right, room, turn, s));
        spd_mend_symmetry(n, s);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_spd_log_map(const ana_spd_set *set, const double *reference, ana_spd_metric metric,
                           const ana_run *run, double *out)
{
    if (metric == ANA_SPD_EUCLIDEAN) {
        add_all(set, reference, -1.0, out);
        return ANA_OK;
    }
    if (metric == ANA_SPD_RIEMANN && !set->hermitian) {
        return log_riemann_all(set, reference, run, out);
    }
    return find_map(metric, true) != NULL ? map_all(set, reference, metric, true, out)
                                          : spd_no_such_map(metric);
}

ana_status ana_spd_exp_map(const ana_spd_set *tangents, const double *reference,
                           ana_spd_metric metric, const ana_run *run, double *out)
{
    (void)run;
    if (metric == ANA_SPD_EUCLIDEAN) {
        add_all(tangents, reference, 1.0, out);
        return ANA_OK;
    }
    return find_map(metric, false) != NULL ? map_all(tangents, reference, metric, false, out)
                                           : spd_no_such_map(metric);
}
