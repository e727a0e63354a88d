/* Alignment of distributions: each step lowers a bound that touches the distance. */
#include "shape_clouds.h"

#include "dense.h"
#include "try.h"
#include "workspace.h"

#include <analysis/assignment.h>
#include <analysis/linalg.h>
#include <analysis/random.h>

#include <float.h>
#include <math.h>
#include <string.h>

static void find_means(ana_shape_cloud *cloud)
{
    for (size_t i = 0; i < cloud->n; i++) {
        const double n_trials = (double)(cloud->start[i + 1] - cloud->start[i]);
        for (size_t t = cloud->start[i]; t < cloud->start[i + 1]; t++) {
            for (size_t k = 0; k < cloud->d; k++) {
                cloud->means[i * cloud->d + k] += cloud->rows[t * cloud->d + k] / n_trials;
            }
        }
    }
}

/* Covariance of stimulus i, divisor trials less 1. */
static ana_status find_covariance(const ana_shape_cloud *cloud, size_t i, double *room, double *out)
{
    const size_t d = cloud->d;
    const size_t n_trials = cloud->start[i + 1] - cloud->start[i];
    for (size_t t = 0; t < n_trials; t++) {
        for (size_t k = 0; k < d; k++) {
            room[t * d + k] = cloud->rows[(cloud->start[i] + t) * d + k] - cloud->means[i * d + k];
        }
    }
    ana_status status = ana_linalg_gram(n_trials, d, room, out);
    for (size_t k = 0; k < d * d; k++) {
        out[k] /= (double)n_trials - 1.0;
    }
    return status;
}

static double mean_distance(const ana_shape_cloud *cloud, size_t i)
{
    const size_t n_trials = cloud->start[i + 1] - cloud->start[i];
    const double *rows = cloud->rows + cloud->start[i] * cloud->d;
    double sum = 0.0;
    for (size_t s = 0; s < n_trials; s++) {
        for (size_t t = s + 1; t < n_trials; t++) {
            sum += sqrt(ana_squared_distance(cloud->d, rows + s * cloud->d, rows + t * cloud->d));
        }
    }
    return 2.0 * sum / ((double)n_trials * (double)n_trials);
}

ana_status ana_shape_cloud_describe(ana_shape_noise noise, ana_shape_cloud *cloud)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t d = cloud->d;
    size_t most = 0;
    for (size_t i = 0; i < cloud->n; i++) {
        const size_t n_trials = cloud->start[i + 1] - cloud->start[i];
        most = n_trials > most ? n_trials : most;
    }
    double *room = ana_workspace_doubles(&workspace, most, d);
    double *covariance = ana_workspace_doubles(&workspace, d, d);
    double *all = ana_workspace_doubles(&workspace, d, d);
    double *values = ana_workspace_doubles(&workspace, d, 1);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    find_means(cloud);
    cloud->spread = 0.0;
    for (size_t i = 0; i < cloud->n; i++) {
        ANA_TRY(find_covariance(cloud, i, room, covariance));
        double trace = 0.0;
        for (size_t k = 0; k < d; k++) {
            trace += covariance[k * d + k];
        }
        for (size_t k = 0; k < d * d; k++) {
            all[k] += covariance[k] / (double)cloud->n;
        }
        cloud->spread +=
            (noise == ANA_SHAPE_GAUSSIAN ? trace : mean_distance(cloud, i)) / (double)cloud->n;
        if (noise == ANA_SHAPE_GAUSSIAN) {
            ANA_TRY(ana_linalg_sqrtm_spd(d, covariance, cloud->roots + i * d * d));
        }
    }
    ANA_TRY(ana_linalg_eigen_symmetric(d, all, values, cloud->common));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* out += scale A^T B of n rows. */
static ana_status add_products(size_t n, size_t d, double scale, const double *a, const double *b,
                               double *out)
{
    const ana_gemm shape = {.n_rows = d,
                            .n_inner = n,
                            .n_columns = d,
                            .transpose_a = true,
                            .alpha = scale,
                            .beta = 1.0};
    return ana_linalg_gemm(&shape, a, b, out);
}

/* The cross term of one stimulus, the nuclear norm of B W A = U S V^T; U V^T A, which turns B as
 * near to A as it may be, comes first in
 * the room of 4 d^2 + d. */
static ana_status relate(size_t d, const double *a, const double *b, const double *turn,
                         double *room, double *common)
{
    ana_status status = ANA_OK;
    double *related = room;
    double *other = related + d * d;
    double *u = other + d * d;
    double *vt = u + d * d;
    double *s = vt + d * d;
    ANA_TRY(ana_linalg_multiply(d, d, d, b, turn, related));
    ANA_TRY(ana_linalg_multiply(d, d, d, related, a, other));
    ANA_TRY(ana_linalg_svd(d, d, other, u, s, vt));
    *common = 0.0;
    for (size_t k = 0; k < d; k++) {
        *common += s[k];
    }
    ANA_TRY(ana_linalg_multiply(d, d, d, u, vt, other));
    ANA_TRY(ana_linalg_multiply(d, d, d, other, a, related));
done:
    return status;
}

ana_status ana_shape_gaussian_step(const ana_shape_cloud *a, const ana_shape_cloud *b,
                                   double mean_weight, const double *turn, double *value,
                                   double *next)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t d = a->d;
    const double share = 1.0 / (double)a->n;
    double *moved = ana_workspace_doubles(&workspace, a->n, d);
    double *room = ana_workspace_doubles(&workspace, 4 * d + 1, d);
    double noise = a->spread + b->spread;
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    memset(next, 0, d * d * sizeof *next);
    ANA_TRY(ana_linalg_multiply(a->n, d, d, b->means, turn, moved));
    ANA_TRY(add_products(a->n, d, mean_weight, b->means, a->means, next));
    for (size_t i = 0; i < a->n && mean_weight < 2.0; i++) {
        double common = 0.0;
        const double *own = b->roots + i * d * d; /* symmetric */
        ANA_TRY(relate(d, a->roots + i * d * d, own, turn, room, &common));
        ANA_TRY(add_products(d, d, 2.0 - mean_weight, own, room, next));
        noise -= 2.0 * share * common;
    }
    *value = mean_weight * share * ana_squared_distance(a->n * d, a->means, moved) +
             (2.0 - mean_weight) * noise;
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Distances of the trials of one stimulus become weights; their mean is returned. */
static double weigh_trials(size_t n_a, size_t n_b, size_t d, const double *a, const double *b,
                           double *weights)
{
    const double share = 1.0 / ((double)n_a * (double)n_b);
    double sum = 0.0;
    for (size_t t = 0; t < n_b; t++) {
        for (size_t s = 0; s < n_a; s++) {
            const double apart = sqrt(ana_squared_distance(d, b + t * d, a + s * d));
            /* Trials that meet pull as hard as any; the bound still holds. */
            weights[t * n_a + s] = share / fmax(apart, 1e-100);
            sum += apart;
        }
    }
    return sum * share;
}

ana_status ana_shape_energy_step(const ana_shape_cloud *a, const ana_shape_cloud *b,
                                 const double *turn, double *value, double *next)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t d = a->d;
    size_t most[2] = {0, 0};
    for (size_t i = 0; i < a->n; i++) {
        const size_t n_a = a->start[i + 1] - a->start[i];
        const size_t n_b = b->start[i + 1] - b->start[i];
        most[0] = n_a > most[0] ? n_a : most[0];
        most[1] = n_b > most[1] ? n_b : most[1];
    }
    double *moved = ana_workspace_doubles(&workspace, most[1], d);
    double *pulled = ana_workspace_doubles(&workspace, most[1], d);
    double *weights = ana_workspace_doubles(&workspace, most[0], most[1]);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    memset(next, 0, d * d * sizeof *next);
    *value = -a->spread - b->spread;
    for (size_t i = 0; i < a->n; i++) {
        const size_t n_a = a->start[i + 1] - a->start[i];
        const size_t n_b = b->start[i + 1] - b->start[i];
        const double *x = a->rows + a->start[i] * d;
        const double *y = b->rows + b->start[i] * d;
        ANA_TRY(ana_linalg_multiply(n_b, d, d, y, turn, moved));
        *value += 2.0 * weigh_trials(n_a, n_b, d, x, moved, weights) / (double)a->n;
        ANA_TRY(ana_linalg_multiply(n_b, n_a, d, weights, x, pulled));
        ANA_TRY(add_products(n_b, d, 1.0, y, pulled, next));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The alignment of largest product with `towards`. */
static ana_status best_turn(ana_shape_alignment alignment, size_t d, const double *towards,
                            double *turn)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *room = ana_workspace_doubles(&workspace, 2 * d + 1, d);
    size_t *column = ana_workspace_sizes(&workspace, d, 1);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    if (alignment == ANA_SHAPE_ORTHOGONAL) {
        double *vt = room + d * d;
        ANA_TRY(ana_linalg_svd(d, d, towards, room, vt + d * d, vt));
        ANA_TRY(ana_linalg_multiply(d, d, d, room, vt, turn));
        goto done;
    }
    for (size_t k = 0; k < d * d; k++) {
        room[k] = -towards[k];
        turn[k] = 0.0;
    }
    for (size_t k = 0; k < d; k++) {
        column[k] = k;
    }
    if (alignment == ANA_SHAPE_PERMUTATION) {
        ANA_TRY(ana_assignment_solve(d, d, room, column, NULL));
    }
    for (size_t k = 0; k < d; k++) {
        turn[k * d + column[k]] = 1.0;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Where start number `start` begins. */
static ana_status begin(const ana_shape_cloud *a, const ana_shape_cloud *b, size_t start,
                        ana_random *random, double *towards)
{
    const size_t d = a->d;
    memset(towards, 0, d * d * sizeof *towards);
    if (start == 0) {
        return add_products(a->n, d, 1.0, b->means, a->means, towards);
    }
    if (start == 1) {
        return add_products(d, d, 1.0, b->common, a->common, towards);
    }
    for (size_t k = 0; k < d * d; k++) {
        const double own = k / d == k % d ? 1.0 : 0.0;
        towards[k] = start == 2 ? own : ana_random_normal(random);
    }
    return ANA_OK;
}

static ana_status descend(const ana_shape_cloud *a, const ana_shape_cloud *b,
                          const ana_shape_trials_options *options, double *turn, double *towards,
                          double *value)
{
    ana_status status = ANA_OK;
    double before = INFINITY;
    for (size_t k = 0; k < options->max_iterations; k++) {
        ANA_TRY(best_turn(options->alignment, a->d, towards, turn));
        ANA_TRY(options->noise == ANA_SHAPE_GAUSSIAN
                    ? ana_shape_gaussian_step(a, b, options->mean_weight, turn, value, towards)
                    : ana_shape_energy_step(a, b, turn, value, towards));
        const double rounding = 1e-9 * (fabs(before) + a->spread + b->spread);
        if (*value > before + rounding) {
            ANA_TRY(ana_fail(ANA_ERR_NUMERIC,
                             "shape: the squared distance rose from %.17g to %.17g", before,
                             *value));
        }
        if (!(before - *value > options->tolerance * (a->spread + b->spread + *value))) {
            break;
        }
        before = *value;
    }
done:
    return status;
}

ana_status ana_shape_align_clouds(const ana_shape_cloud *a, const ana_shape_cloud *b,
                                  const ana_shape_trials_options *options, uint64_t item,
                                  double *value)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t d = a->d;
    const size_t n_starts = options->alignment == ANA_SHAPE_UNALIGNED ? 1 : options->n_starts;
    ana_random random = ana_random_stream(options->run.seed, "shape.start", item);
    double *turn = ana_workspace_doubles(&workspace, d, d);
    double *towards = ana_workspace_doubles(&workspace, d, d);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    *value = INFINITY;
    for (size_t start = 0; start < n_starts; start++) {
        double found = 0.0;
        ANA_TRY(begin(a, b, start, &random, towards));
        ANA_TRY(descend(a, b, options, turn, towards, &found));
        *value = fmin(*value, found);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
