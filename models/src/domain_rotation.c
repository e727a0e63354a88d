/* The orthogonal matrix that carries class means of one domain to those of another. */
#include "dense.h"
#include "spd_parts.h"
#include "spd_point.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/domain_transfer.h>

#include <math.h>
#include <string.h>

static const char *const cost_names[] = {"euclidean", "riemann", NULL};

const ana_option ana_rotation_option_table[] = {
    {"rotation-cost", ANA_OPTION_CHOICE, offsetof(ana_rotation_options, cost), 0, 0, cost_names,
     "METRIC", "distance of class means that a rotation makes small", false},
    {"rotation-tolerance", ANA_OPTION_DOUBLE, offsetof(ana_rotation_options, tolerance), 1e-14, 1.0,
     NULL, "GRADIENT", "relative gradient at which a rotation has settled", false},
    {"rotation-iterations", ANA_OPTION_SIZE, offsetof(ana_rotation_options, max_iterations), 1, 1e7,
     NULL, "N", "steps towards a rotation at most", false},
    ANA_OPTION_END,
};

ana_rotation_options ana_rotation_options_default(void)
{
    return (ana_rotation_options){.run = ana_run_default(),
                                  .cost = ANA_ROTATION_EUCLIDEAN,
                                  .tolerance = 1e-9,
                                  .max_iterations = 10000};
}

enum {
    N_SMALL = 8
};

/* Means of the classes, and room. */
typedef struct search {
    size_t n;
    size_t n_classes;
    ana_rotation_cost cost;
    const double *weights; /* sum 1 */
    const double *source;
    const double *target;
    double *lower;  /* n_classes x n x n: Cholesky factors of the target's */
    double *values; /* n */
    double *small[N_SMALL];
} search;

/* at->small[0] = Q S Q^T of class c. */
static ana_status turn(const search *at, const double *q, size_t c)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    const ana_gemm right = {n, n, n, false, true, 1.0, 0.0};
    ANA_TRY(ana_linalg_multiply(n, n, n, q, at->source + c * n * n, at->small[1]));
    ANA_TRY(ana_linalg_gemm(&right, at->small[1], q, at->small[0]));
    spd_mend_symmetry(n, at->small[0]);
done:
    return status;
}

static double log_of(double value, double power)
{
    (void)power;
    return log(value);
}

/* Of log(L^-1 Y L^-T), Y in small[0]: the squared length, and with `gradient` the matrix itself in
 * small[1]. */
static ana_status whitened_log(const search *at, size_t c, bool gradient, double *squared)
{
    ana_status status = ANA_OK;
    const spd_work work = {.n = at->n,
                           .lower = at->lower + c * at->n * at->n,
                           .function = log_of,
                           .positive = true,
                           .values = at->values,
                           .maps = gradient ? at->small[1] : NULL};
    ANA_TRY(spd_run(&work, 1, at->small[0], NULL));
    *squared = 0.0;
    for (size_t i = 0; i < at->n; i++) {
        *squared += log(at->values[i]) * log(at->values[i]);
    }
done:
    return status;
}

static ana_status find_cost(const search *at, const double *q, double *cost)
{
    ana_status status = ANA_OK;
    const size_t square = at->n * at->n;
    *cost = 0.0;
    for (size_t c = 0; c < at->n_classes; c++) {
        double squared = 0.0;
        ANA_TRY(turn(at, q, c));
        if (at->cost == ANA_ROTATION_RIEMANN) {
            ANA_TRY(whitened_log(at, c, false, &squared));
        } else {
            squared = ana_squared_distance(square, at->small[0], at->target + c * square);
        }
        *cost += at->weights[c] * squared;
    }
done:
    return status;
}

/* small[2] = T^-1 Y's logarithm, L^-T log(L^-1 Y L^-T) L^T; or Y T. What is left of it without its
 * transpose is half the gradient of the squared distance along exp(A) Q, A skew. */
static ana_status half_gradient(const search *at, size_t c)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    const double *target = at->target + c * n * n;
    const double *lower = at->lower + c * n * n;
    const ana_gemm right = {n, n, n, false, true, 1.0, 0.0};
    double squared = 0.0;
    if (at->cost == ANA_ROTATION_RIEMANN) {
        ANA_TRY(whitened_log(at, c, true, &squared));
        ANA_TRY(ana_linalg_gemm(&right, at->small[1], lower, at->small[2]));
        ANA_TRY(ana_linalg_solve_lower(n, lower, true, n, at->small[2], at->small[2]));
    } else {
        ANA_TRY(ana_linalg_multiply(n, n, n, at->small[0], target, at->small[2]));
    }
done:
    return status;
}

/* out = the gradient at Q: skew. */
static ana_status find_gradient(const search *at, const double *q, double *out)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    memset(out, 0, n * n * sizeof *out);
    for (size_t c = 0; c < at->n_classes; c++) {
        ANA_TRY(turn(at, q, c));
        ANA_TRY(half_gradient(at, c));
        const double *m = at->small[2];
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++) {
                out[i * n + j] += 2.0 * at->weights[c] * (m[i * n + j] - m[j * n + i]);
            }
        }
    }
done:
    return status;
}

/* out = (I + s G / 2)^-1 (I - s G / 2) Q: orthogonal, and from Q along -G. */
static ana_status step_along(const search *at, const double *q, const double *gradient, double step,
                             double *out)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    double *plus = at->small[1];
    double *minus = at->small[2];
    for (size_t e = 0; e < n * n; e++) {
        const double one = e % (n + 1) == 0 ? 1.0 : 0.0;
        plus[e] = one + 0.5 * step * gradient[e];
        minus[e] = one - 0.5 * step * gradient[e];
    }
    ANA_TRY(ana_linalg_multiply(n, n, n, minus, q, at->small[3]));
    ANA_TRY(ana_linalg_solve(n, plus, n, at->small[3], out, NULL));
done:
    return status;
}

/* What gradients are held against: a number with their unit. */
static double gradient_scale(const search *at)
{
    const size_t square = at->n * at->n;
    double sum = 0.0;
    for (size_t c = 0; c < at->n_classes; c++) {
        const double *s = at->source + c * square;
        const double *t = at->target + c * square;
        sum += at->weights[c] * sqrt(ana_dot(square, s, s)) * sqrt(ana_dot(square, t, t));
    }
    return at->cost == ANA_ROTATION_RIEMANN ? 1.0 : sum;
}

/* Barzilai & Borwein's step from the change of gradients after one of length `step` along `before`.
 */
static double next_step(size_t square, const double *before, const double *now, double step)
{
    double along = 0.0;
    double change = 0.0;
    for (size_t e = 0; e < square; e++) {
        const double difference = now[e] - before[e];
        along -= before[e] * difference;
        change += difference * difference;
    }
    return along > 0.0 && change > 0.0 ? step * along / change : 2.0 * step;
}

/* Q becomes the end of the descent from it. small[4]: the gradient, [5]: the one before, [6]: where
 * a step leads. */
static ana_status descend(const search *at, const ana_rotation_options *options, double *q,
                          ana_rotation_info *info)
{
    ana_status status = ANA_OK;
    const size_t square = at->n * at->n;
    const double scale = gradient_scale(at);
    double *gradient = at->small[4];
    double step = 0.25 / scale;
    *info = (ana_rotation_info){.n_iterations = 0};
    ANA_TRY(find_cost(at, q, &info->cost));
    ANA_TRY(find_gradient(at, q, gradient));
    for (;;) {
        const double slope = ana_dot(square, gradient, gradient);
        double cost = INFINITY;
        info->residual = sqrt(slope) / scale;
        info->converged = info->residual <= options->tolerance;
        if (info->converged || info->n_iterations >= options->max_iterations) {
            break;
        }
        for (size_t halving = 0; halving < 60; halving++) {
            ANA_TRY(step_along(at, q, gradient, step, at->small[6]));
            ANA_TRY(find_cost(at, at->small[6], &cost));
            if (cost <= info->cost - 1e-4 * step * slope + 1e-12 * info->cost) {
                break;
            }
            step *= 0.5;
        }
        memcpy(q, at->small[6], square * sizeof *q);
        memcpy(at->small[5], gradient, square * sizeof *gradient);
        info->cost = cost;
        ANA_TRY(find_gradient(at, q, gradient));
        step = next_step(square, at->small[5], gradient, step);
        info->n_iterations++;
    }
done:
    return status;
}

static void turn_around(size_t n, double *row)
{
    for (size_t j = 0; j < n; j++) {
        row[j] = -row[j];
    }
}

/* Vector k of the source the other way round, if that costs less. small[4] and [5]: vectors. */
static ana_status try_sign(const search *at, size_t k, double *q, double *cost)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    const ana_gemm left = {n, n, n, true, false, 1.0, 0.0};
    double changed = 0.0;
    turn_around(n, at->small[4] + k * n);
    ANA_TRY(ana_linalg_gemm(&left, at->small[5], at->small[4], at->small[6]));
    ANA_TRY(find_cost(at, at->small[6], &changed));
    if (changed < *cost) {
        *cost = changed;
        memcpy(q, at->small[6], n * n * sizeof *q);
    } else {
        turn_around(n, at->small[4] + k * n);
    }
done:
    return status;
}

/* Q = V_T^T V_S of one class's eigenvectors by rows, with the signs of least cost: each is tried
 * twice. */
static ana_status start_from_class(const search *at, size_t c, double *q, double *cost)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    const ana_gemm left = {n, n, n, true, false, 1.0, 0.0};
    ANA_TRY(ana_linalg_eigen_symmetric(n, at->source + c * n * n, at->values, at->small[4]));
    ANA_TRY(ana_linalg_eigen_symmetric(n, at->target + c * n * n, at->values, at->small[5]));
    ANA_TRY(ana_linalg_gemm(&left, at->small[5], at->small[4], q));
    ANA_TRY(find_cost(at, q, cost));
    for (size_t sweep = 0; sweep < 2; sweep++) {
        for (size_t k = 0; k < n; k++) {
            ANA_TRY(try_sign(at, k, q, cost));
        }
    }
done:
    return status;
}

/* best = the start of least cost. */
static ana_status find_start(const search *at, double *best)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    double least = 0.0;
    memset(best, 0, n * n * sizeof *best);
    for (size_t i = 0; i < n; i++) {
        best[i * (n + 1)] = 1.0;
    }
    ANA_TRY(find_cost(at, best, &least));
    for (size_t c = 0; c < at->n_classes; c++) {
        double cost = 0.0;
        ANA_TRY(start_from_class(at, c, at->small[7], &cost));
        if (cost < least) {
            least = cost;
            memcpy(best, at->small[7], n * n * sizeof *best);
        }
    }
done:
    return status;
}

/* q = Q R with the reflection R = I - 2 v v^T, v an eigenvector of the first class's source mean,
 * that costs least: the other determinant. */
static ana_status reflect(const search *at, const double *from, double *q)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    double least = INFINITY;
    ANA_TRY(ana_linalg_eigen_symmetric(n, at->source, at->values, at->small[4]));
    for (size_t k = 0; k < n; k++) {
        const double *v = at->small[4] + k * n;
        double cost = 0.0;
        for (size_t i = 0; i < n; i++) {
            const double along = ana_dot(n, from + i * n, v);
            for (size_t j = 0; j < n; j++) {
                at->small[6][i * n + j] = from[i * n + j] - 2.0 * along * v[j];
            }
        }
        ANA_TRY(find_cost(at, at->small[6], &cost));
        if (cost < least) {
            least = cost;
            memcpy(q, at->small[6], n * n * sizeof *q);
        }
    }
done:
    return status;
}

static ana_status prepare(search *at, const ana_rotation_options *options, double *shares)
{
    const size_t square = at->n * at->n;
    double sum = 0.0;
    for (size_t c = 0; c < at->n_classes; c++) {
        shares[c] = options->weights != NULL ? options->weights[c] : 1.0;
        if (!(shares[c] >= 0.0)) {
            return ana_fail(ANA_ERR_VALUE, "transfer: the weight of class %zu is %g", c, shares[c]);
        }
        sum += shares[c];
    }
    if (!(sum > 0.0) || !isfinite(sum)) {
        return ana_fail(ANA_ERR_VALUE, "transfer: the weights of %zu classes sum to %g",
                        at->n_classes, sum);
    }
    for (size_t c = 0; c < at->n_classes; c++) {
        shares[c] /= sum;
        const ana_status status =
            ana_linalg_cholesky(at->n, at->target + c * square, at->lower + c * square);
        if (status != ANA_OK) {
            return status;
        }
    }
    at->weights = shares;
    return ANA_OK;
}

static ana_status check(const ana_spd_set *source, const ana_spd_set *target,
                        const ana_rotation_options *options)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_options_check(ana_rotation_option_table, options, "transfer"));
    if (source->n != target->n || source->n_matrices != target->n_matrices) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE,
                         "transfer: the source has %zu class means of %zu rows, the target %zu of "
                         "%zu; both must be alike",
                         source->n_matrices, source->n, target->n_matrices, target->n));
    }
    if (source->hermitian || target->hermitian) {
        ANA_TRY(ana_fail(ANA_ERR_UNSUPPORTED, "transfer: complex matrices are not rotated"));
    }
    ANA_TRY(ana_spd_check(source, &options->run));
    ANA_TRY(ana_spd_check(target, &options->run));
done:
    return status;
}

ana_status ana_domain_rotation(const ana_spd_set *source, const ana_spd_set *target,
                               const ana_rotation_options *options, ana_rotation_info *info,
                               double *rotation)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_rotation_options chosen = options != NULL ? *options : ana_rotation_options_default();
    const size_t n = source->n;
    ana_rotation_info found[2];
    search at = {.n = n,
                 .n_classes = source->n_matrices,
                 .cost = chosen.cost,
                 .source = source->values,
                 .target = target->values,
                 .lower = ana_workspace_doubles(&workspace, source->n_matrices * n, n),
                 .values = ana_workspace_doubles(&workspace, n, 1)};
    double *shares = ana_workspace_doubles(&workspace, source->n_matrices, 1);
    double *other = ana_workspace_doubles(&workspace, n, n);
    for (size_t i = 0; i < N_SMALL; i++) {
        at.small[i] = ana_workspace_doubles(&workspace, n, n);
    }
    ANA_TRY(ana_workspace_check(&workspace, "transfer"));
    ANA_TRY(check(source, target, &chosen));
    ANA_TRY(prepare(&at, &chosen, shares));
    ANA_TRY(find_start(&at, rotation));
    ANA_TRY(reflect(&at, rotation, other));
    ANA_TRY(descend(&at, &chosen, rotation, &found[0]));
    ANA_TRY(descend(&at, &chosen, other, &found[1]));
    const size_t best = found[1].cost < found[0].cost ? 1 : 0;
    if (best == 1) {
        memcpy(rotation, other, n * n * sizeof *rotation);
    }
    for (size_t e = 0; e < n * n; e++) {
        other[e] = e % (n + 1) == 0 ? 1.0 : 0.0;
    }
    ANA_TRY(find_cost(&at, other, &found[best].before));
    if (info == NULL && !found[best].converged) {
        ANA_TRY(ana_fail(ANA_ERR_NUMERIC,
                         "transfer: the rotation has not settled after %zu steps (%.3g of %.3g)",
                         found[best].n_iterations, found[best].residual, chosen.tolerance));
    }
    if (info != NULL) {
        *info = found[best];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_domain_rotate(const ana_spd_set *set, const double *rotation, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = set->n;
    const ana_gemm right = {n, n, n, false, true, 1.0, 0.0};
    double *room = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "transfer"));
    if (set->hermitian) {
        ANA_TRY(ana_fail(ANA_ERR_UNSUPPORTED, "transfer: complex matrices are not rotated"));
    }
    for (size_t k = 0; k < set->n_matrices; k++) {
        ANA_TRY(ana_linalg_multiply(n, n, n, rotation, set->values + k * n * n, room));
        ANA_TRY(ana_linalg_gemm(&right, room, rotation, out + k * n * n));
        spd_mend_symmetry(n, out + k * n * n);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
