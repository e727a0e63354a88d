/* Tangent spaces of positive definite matrices. Matrices are real here, Hermitian ones embedded; of
 * an embedded matrix, element (i, j) stands for the complex one (i mod n, j mod n). */
#include "spd_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/spd_map.h>

#include <math.h>
#include <string.h>

/* A point of the space with what maps at it need. */
typedef struct point {
    size_t n;    /* rows */
    size_t half; /* rows of the complex matrix; n of a real one */
    const double *matrix;
    double *root;    /* matrix^1/2 */
    double *inverse; /* matrix^-1/2 */
    double *lower;   /* Cholesky factor, embedded */
    double *values;  /* eigenvalues */
    double *vectors; /* rows */
    double *slopes;  /* (v_i - v_j) / (ln v_i - ln v_j) */
    double *room;
    double *other;
} point;

/* out = A B, or A B^T */
static ana_status product(const point *at, const double *a, bool transpose, const double *b,
                          double *out)
{
    const ana_gemm shape = {at->n, at->n, at->n, false, transpose, 1.0, 0.0};
    return ana_linalg_gemm(&shape, a, b, out);
}

/* out = F S F^T, by way of at->room */
static ana_status sandwich(const point *at, const double *f, const double *s, double *out)
{
    ana_status status = product(at, f, false, s, at->room);
    return status == ANA_OK ? product(at, at->room, true, f, out) : status;
}

static void transpose(size_t n, const double *from, double *to)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            to[j * n + i] = from[i * n + j];
        }
    }
}

/* Eigenvalues of neighbours are nearly the same: the slope is then the value itself. */
static void find_slopes(point *at)
{
    for (size_t i = 0; i < at->n; i++) {
        for (size_t j = 0; j < at->n; j++) {
            const double a = at->values[i];
            const double b = at->values[j];
            const double ratio = (a - b) / b;
            at->slopes[i * at->n + j] =
                fabs(ratio) < 1e-8 ? b * (1.0 + 0.5 * ratio) : (a - b) / log1p(ratio);
        }
    }
}

/* The Cholesky factor in the matrix's own shape, as a matrix of rows. */
static ana_status embed_factor(const ana_spd_set *shape, const double *matrix,
                               ana_workspace *workspace, double *out)
{
    ana_status status = ANA_OK;
    ana_spd_set one = *shape;
    one.n_matrices = 1;
    one.values = matrix;
    double *factor = ana_workspace_doubles(workspace, ana_spd_size(shape), 1);
    ANA_TRY(ana_workspace_check(workspace, "spd"));
    ANA_TRY(spd_cholesky(&one, factor));
    one.values = factor;
    const double *real = spd_real(&one, workspace);
    ANA_TRY(ana_workspace_check(workspace, "spd"));
    memcpy(out, real, spd_rows(shape) * spd_rows(shape) * sizeof *out);
done:
    return status;
}

static ana_status open_point(const ana_spd_set *shape, const double *matrix,
                             ana_workspace *workspace, point *at)
{
    ana_status status = ANA_OK;
    const size_t n = spd_rows(shape);
    const ana_spd_set one = {shape->n, shape->hermitian, 1, matrix};
    *at = (point){.n = n, .half = shape->n, .matrix = spd_real(&one, workspace)};
    double **arrays[] = {&at->root,   &at->inverse, &at->lower, &at->vectors,
                         &at->slopes, &at->room,    &at->other};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        *arrays[i] = ana_workspace_doubles(workspace, n, n);
    }
    at->values = ana_workspace_doubles(workspace, n, 1);
    ANA_TRY(ana_workspace_check(workspace, "spd"));
    ANA_TRY(ana_spd_check(&one, NULL));
    const ana_spd_set real = {n, false, 1, at->matrix};
    ANA_TRY(ana_spd_apply(&real, ANA_SPD_SQUARE_ROOT, 0.0, NULL, at->root));
    ANA_TRY(ana_spd_apply(&real, ANA_SPD_INVERSE_SQUARE_ROOT, 0.0, NULL, at->inverse));
    ANA_TRY(ana_linalg_eigen_symmetric(n, at->matrix, at->values, at->vectors));
    find_slopes(at);
    ANA_TRY(embed_factor(shape, matrix, workspace, at->lower));
done:
    return status;
}

/* out = V^T (slopes or their inverses times V W V^T) V: derivatives of exp and of log. */
static ana_status derive(const point *at, bool of_log, const double *w, double *out)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    ANA_TRY(sandwich(at, at->vectors, w, at->other));
    for (size_t e = 0; e < n * n; e++) {
        at->other[e] *= of_log ? 1.0 / at->slopes[e] : at->slopes[e];
    }
    const ana_gemm left = {n, n, n, true, false, 1.0, 0.0};
    ANA_TRY(ana_linalg_gemm(&left, at->vectors, at->other, at->room));
    ANA_TRY(product(at, at->room, false, at->vectors, out));
done:
    return status;
}

/* U of a tangent W: L (below(P) + diag(P) / 2) with P = L^-1 W L^-T. */
static ana_status to_lower(const point *at, const double *w, double *out)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    ANA_TRY(ana_linalg_solve(n, at->lower, n, w, at->room, NULL));
    transpose(n, at->room, at->other);
    ANA_TRY(ana_linalg_solve(n, at->lower, n, at->other, at->room, NULL));
    transpose(n, at->room, at->other);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            const size_t row = i % at->half;
            const size_t column = j % at->half;
            at->other[i * n + j] *= row > column ? 1.0 : row == column ? 0.5 : 0.0;
        }
    }
    ANA_TRY(product(at, at->lower, false, at->other, out));
done:
    return status;
}

/* W = U L^T + L U^T */
static ana_status from_lower(const point *at, const double *u, double *out)
{
    ana_status status = product(at, u, true, at->lower, at->room);
    for (size_t i = 0; i < at->n && status == ANA_OK; i++) {
        for (size_t j = 0; j < at->n; j++) {
            out[i * at->n + j] = at->room[i * at->n + j] + at->room[j * at->n + i];
        }
    }
    return status;
}

static ana_status function_of(const point *at, ana_spd_function function, const double *x,
                              double *out)
{
    const ana_spd_set one = {at->n, false, 1, x};
    return ana_spd_apply(&one, function, 0.0, NULL, out);
}

static void symmetrise(size_t n, double *a)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            a[i * n + j] = a[j * n + i] = 0.5 * (a[i * n + j] + a[j * n + i]);
        }
    }
}

/* One matrix there and back in each metric; `x` and `out` are other places. */
static ana_status log_riemann(const point *at, const double *x, double *out)
{
    ana_status status = sandwich(at, at->inverse, x, out);
    symmetrise(at->n, out);
    return status == ANA_OK ? function_of(at, ANA_SPD_LOG, out, out) : status;
}

static ana_status exp_riemann(const point *at, const double *x, double *out)
{
    ana_status status = function_of(at, ANA_SPD_EXP, x, at->other);
    return status == ANA_OK ? sandwich(at, at->root, at->other, out) : status;
}

static ana_status log_log_euclidean(const point *at, const double *x, double *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(function_of(at, ANA_SPD_LOG, at->matrix, at->other));
    ANA_TRY(function_of(at, ANA_SPD_LOG, x, out));
    for (size_t e = 0; e < at->n * at->n; e++) {
        out[e] -= at->other[e];
    }
    ANA_TRY(derive(at, false, out, out));
done:
    return status;
}

static ana_status exp_log_euclidean(const point *at, const double *x, double *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(derive(at, true, x, out));
    ANA_TRY(function_of(at, ANA_SPD_LOG, at->matrix, at->other));
    for (size_t e = 0; e < at->n * at->n; e++) {
        out[e] += at->other[e];
    }
    symmetrise(at->n, out);
    ANA_TRY(function_of(at, ANA_SPD_EXP, out, out));
done:
    return status;
}

/* `x` is the embedded Cholesky factor of the matrix. */
static ana_status log_log_cholesky(const point *at, const double *x, double *out)
{
    const size_t n = at->n;
    for (size_t e = 0; e < n * n; e++) {
        at->other[e] = x[e] - at->lower[e];
    }
    for (size_t i = 0; i < n; i++) {
        const double diagonal = at->lower[i * (n + 1)];
        at->other[i * (n + 1)] = diagonal * log(x[i * (n + 1)] / diagonal);
    }
    return from_lower(at, at->other, out);
}

static ana_status exp_log_cholesky(const point *at, const double *x, double *out)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    ANA_TRY(to_lower(at, x, out));
    memcpy(at->other, at->lower, n * n * sizeof *at->other);
    for (size_t e = 0; e < n * n; e++) {
        at->other[e] += e % (n + 1) == 0 ? 0.0 : out[e];
    }
    for (size_t i = 0; i < n; i++) {
        const double diagonal = at->lower[i * (n + 1)];
        at->other[i * (n + 1)] = diagonal * exp(out[i * (n + 1)] / diagonal);
    }
    ANA_TRY(product(at, at->other, true, at->other, out));
done:
    return status;
}

static ana_status log_wasserstein(const point *at, const double *x, double *out)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    ANA_TRY(sandwich(at, at->root, x, out));
    symmetrise(n, out);
    ANA_TRY(function_of(at, ANA_SPD_SQUARE_ROOT, out, at->other));
    ANA_TRY(product(at, at->root, false, at->other, at->room));
    ANA_TRY(product(at, at->room, false, at->inverse, at->other));
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
static ana_status exp_wasserstein(const point *at, const double *x, double *out)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    const ana_gemm left = {n, n, n, true, false, 1.0, 0.0};
    ANA_TRY(sandwich(at, at->vectors, x, at->other));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            at->other[i * n + j] /= at->values[i] + at->values[j];
        }
    }
    ANA_TRY(ana_linalg_gemm(&left, at->vectors, at->other, at->room));
    ANA_TRY(product(at, at->room, false, at->vectors, at->other));
    ANA_TRY(product(at, at->other, false, at->matrix, at->room));
    ANA_TRY(product(at, at->room, false, at->other, out));
    for (size_t e = 0; e < n * n; e++) {
        out[e] += at->matrix[e] + x[e];
    }
done:
    return status;
}

typedef ana_status (*point_map)(const point *at, const double *x, double *out);

static ana_status no_such_map(ana_spd_metric metric)
{
    return ana_fail(ANA_ERR_UNSUPPORTED,
                    "spd: %s has no such map; riemann, euclidean, log-euclidean and log-cholesky "
                    "have, and wasserstein between points and tangents",
                    ana_spd_metric_names[metric]);
}

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
    point at;
    ANA_TRY(open_point(set, reference, &workspace, &at));
    const double *real = spd_real(set, &workspace);
    double *x = ana_workspace_doubles(&workspace, n, n);
    double *maps = ana_workspace_doubles(&workspace, set->n_matrices * n, n);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    for (size_t k = 0; k < set->n_matrices; k++) {
        memcpy(x, real + k * n * n, n * n * sizeof *x);
        if (metric == ANA_SPD_LOG_CHOLESKY && is_log) {
            ANA_TRY(embed_factor(set, set->values + k * ana_spd_size(set), &workspace, x));
        }
        ANA_TRY(map(&at, x, maps + k * n * n));
        symmetrise(n, maps + k * n * n);
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
        symmetrise(n, s);
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
                                          : no_such_map(metric);
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
                                           : no_such_map(metric);
}

/* One tangent from a to b. */
static ana_status carry(const point *a, const point *b, ana_spd_metric metric, const double *bridge,
                        const double *w, double *out)
{
    ana_status status = ANA_OK;
    if (metric == ANA_SPD_RIEMANN) {
        return sandwich(a, bridge, w, out);
    }
    if (metric == ANA_SPD_LOG_EUCLIDEAN) {
        ANA_TRY(derive(a, true, w, out));
        ANA_TRY(derive(b, false, out, out));
        return ANA_OK;
    }
    ANA_TRY(to_lower(a, w, out));
    for (size_t i = 0; i < a->n; i++) {
        out[i * (a->n + 1)] *= b->lower[i * (a->n + 1)] / a->lower[i * (a->n + 1)];
    }
    memcpy(b->other, out, a->n * a->n * sizeof *out);
    ANA_TRY(from_lower(b, b->other, out));
done:
    return status;
}

/* (to from^-1)^1/2 = from^1/2 (from^-1/2 to from^-1/2)^1/2 from^-1/2 */
static ana_status find_bridge(const point *a, const point *b, double *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(sandwich(a, a->inverse, b->matrix, out));
    symmetrise(a->n, out);
    ANA_TRY(function_of(a, ANA_SPD_SQUARE_ROOT, out, out));
    ANA_TRY(product(a, a->root, false, out, a->room));
    ANA_TRY(product(a, a->room, false, a->inverse, out));
done:
    return status;
}

static bool has_tangents(ana_spd_metric metric)
{
    return metric == ANA_SPD_RIEMANN || metric == ANA_SPD_EUCLIDEAN ||
           metric == ANA_SPD_LOG_EUCLIDEAN || metric == ANA_SPD_LOG_CHOLESKY;
}

ana_status ana_spd_transport(const ana_spd_set *tangents, const double *from, const double *to,
                             ana_spd_metric metric, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = spd_rows(tangents);
    point a;
    point b;
    if (!has_tangents(metric)) {
        return no_such_map(metric);
    }
    if (metric == ANA_SPD_EUCLIDEAN) {
        memmove(out, tangents->values, tangents->n_matrices * ana_spd_size(tangents) * sizeof *out);
        return ANA_OK;
    }
    ANA_TRY(open_point(tangents, from, &workspace, &a));
    ANA_TRY(open_point(tangents, to, &workspace, &b));
    const double *real = spd_real(tangents, &workspace);
    double *bridge = ana_workspace_doubles(&workspace, n, n);
    double *carried = ana_workspace_doubles(&workspace, tangents->n_matrices * n, n);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    ANA_TRY(find_bridge(&a, &b, bridge));
    for (size_t k = 0; k < tangents->n_matrices; k++) {
        ANA_TRY(carry(&a, &b, metric, bridge, real + k * n * n, carried + k * n * n));
    }
    if (tangents->hermitian) {
        spd_unembed(tangents, carried, out);
    } else {
        memcpy(out, carried, tangents->n_matrices * n * n * sizeof *out);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* A tangent as numbers whose Euclidean product is the metric's. */
static ana_status flatten(const point *at, ana_spd_metric metric, const double *w, double *out)
{
    ana_status status = ANA_OK;
    if (metric == ANA_SPD_RIEMANN) {
        return sandwich(at, at->inverse, w, out);
    }
    if (metric == ANA_SPD_LOG_EUCLIDEAN) {
        return derive(at, true, w, out);
    }
    if (metric == ANA_SPD_EUCLIDEAN) {
        memcpy(out, w, at->n * at->n * sizeof *out);
        return ANA_OK;
    }
    ANA_TRY(to_lower(at, w, out));
    for (size_t i = 0; i < at->n; i++) {
        out[i * (at->n + 1)] /= at->lower[i * (at->n + 1)];
    }
done:
    return status;
}

ana_status ana_spd_inner(const ana_spd_set *a, const ana_spd_set *b, const double *reference,
                         ana_spd_metric metric, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = spd_rows(a);
    point at;
    if (!has_tangents(metric)) {
        return no_such_map(metric);
    }
    if (a->n != b->n || a->hermitian != b->hermitian || a->n_matrices != b->n_matrices) {
        return ana_fail(ANA_ERR_SHAPE, "spd: %zu tangents of %zu rows and %zu of %zu",
                        a->n_matrices, a->n, b->n_matrices, b->n);
    }
    ANA_TRY(open_point(a, reference, &workspace, &at));
    const double *x = spd_real(a, &workspace);
    const double *y = spd_real(b, &workspace);
    double *flat[2] = {ana_workspace_doubles(&workspace, n, n),
                       ana_workspace_doubles(&workspace, n, n)};
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    for (size_t k = 0; k < a->n_matrices; k++) {
        ANA_TRY(flatten(&at, metric, x + k * n * n, flat[0]));
        ANA_TRY(flatten(&at, metric, y + k * n * n, flat[1]));
        out[k] = 0.0;
        for (size_t e = 0; e < n * n; e++) {
            out[k] += flat[0][e] * flat[1][e];
        }
        out[k] /= a->hermitian ? 2.0 : 1.0;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
