/* Means that are where all matrices meet, and those in coordinates of their own. */
#include "dense.h"
#include "spd_mean_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/joint_diagonalisation.h>

#include <math.h>
#include <string.h>

enum {
    MAX_ANDO = 5,
    MAX_BINI = 7,
    MAX_STALLED = 4 /* steps that bring nothing: rounding is all that is left */
};

/* The matrices of one level and the mean of all but one, which is the level below. */
typedef struct rung {
    double *now;     /* n_matrices x n x n */
    double *next;    /* the same */
    double *below;   /* n x n: the mean of the others */
    double *weights; /* n_matrices, sum 1 */
} rung;

typedef struct ladder {
    const spd_job *job;
    const ana_spd_mean_options *options;
    ana_spd_mean_info *info; /* the worst of all levels */
    double *room;            /* of rungs 1, 2, ... */
} ladder;

/* The rung of n_matrices: its place is after those of fewer. */
static rung find_rung(const ladder *at, size_t n_matrices)
{
    const size_t size = at->job->n * at->job->n;
    const size_t n_before = n_matrices * (n_matrices - 1) / 2;
    double *first = at->room + n_before * (2 * size + 1) + (n_matrices - 1) * size;
    return (rung){.now = first,
                  .next = first + n_matrices * size,
                  .below = first + 2 * n_matrices * size,
                  .weights = first + (2 * n_matrices + 1) * size};
}

/* How far towards the mean of the others a matrix of weight w goes, so that matrices that commute
 * keep their weights: 1 - w, or as much farther as the least weight lets all go. */
static double find_stride(const ladder *at, size_t n_matrices, const double *weights, size_t h)
{
    double least = 1.0;
    for (size_t k = 0; k < n_matrices; k++) {
        least = fmin(least, weights[k]);
    }
    const bool is_far = at->options->method == ANA_SPD_MEAN_ANDO_LI_MATHIAS;
    return fmin(1.0, (1.0 - weights[h]) / (is_far ? 1.0 - least : 1.0));
}

/* The others of matrix h, on the rung below. */
static void fill_below(const ladder *at, size_t n_matrices, size_t h)
{
    const size_t size = at->job->n * at->job->n;
    const rung from = find_rung(at, n_matrices);
    const rung to = find_rung(at, n_matrices - 1);
    size_t n_filled = 0;
    for (size_t k = 0; k < n_matrices; k++) {
        if (k != h) {
            memcpy(to.now + n_filled * size, from.now + k * size, size * sizeof *to.now);
            to.weights[n_filled] = from.weights[k] / (1.0 - from.weights[h]);
            n_filled++;
        }
    }
}

static ana_status climb(const ladder *at, size_t n_matrices, double *out);

/* One step of every matrix of a rung; *moved is the longest. */
// NOLINTNEXTLINE(misc-no-recursion): each level has one matrix less, of MAX_BINI at most
static ana_status step_rung(const ladder *at, size_t n_matrices, double *moved)
{
    ana_status status = ANA_OK;
    const size_t size = at->job->n * at->job->n;
    const rung here = find_rung(at, n_matrices);
    *moved = 0.0;
    for (size_t h = 0; h < n_matrices; h++) {
        double change = 0.0;
        fill_below(at, n_matrices, h);
        ANA_TRY(climb(at, n_matrices - 1, here.below));
        ANA_TRY(spd_between(at->job, here.now + h * size, here.below,
                            find_stride(at, n_matrices, here.weights, h), here.next + h * size));
        ANA_TRY(spd_find_change(at->job, here.now + h * size, here.next + h * size, &change));
        *moved = fmax(*moved, change);
    }
    memcpy(here.now, here.next, n_matrices * size * sizeof *here.now);
    at->info->n_iterations += n_matrices == at->job->n_matrices ? 1 : 0;
done:
    return status;
}

/* The mean of the n_matrices matrices of their rung. */
// NOLINTNEXTLINE(misc-no-recursion): each level has one matrix less, of MAX_BINI at most
static ana_status climb(const ladder *at, size_t n_matrices, double *out)
{
    ana_status status = ANA_OK;
    const size_t size = at->job->n * at->job->n;
    const rung here = find_rung(at, n_matrices);
    if (n_matrices == 1) {
        memcpy(out, here.now, size * sizeof *out);
        return ANA_OK;
    }
    if (n_matrices == 2) {
        return spd_between(at->job, here.now, here.now + size, here.weights[1], out);
    }
    double moved = INFINITY;
    double least = INFINITY;
    size_t n_stalled = 0;
    for (size_t i = 0; i < at->options->max_iterations && n_stalled < MAX_STALLED &&
                       moved > at->options->tolerance;
         i++) {
        ANA_TRY(step_rung(at, n_matrices, &moved));
        n_stalled = moved < least ? 0 : n_stalled + 1;
        least = fmin(least, moved);
        ANA_TRY(ana_run_progress(at->job->run, "mean", at->info->n_iterations,
                                 at->options->max_iterations));
    }
    at->info->residual = fmax(at->info->residual, moved <= at->options->tolerance ? moved : least);
    const spd_job last = {.n = at->job->n, .n_matrices = n_matrices, .weights = here.weights};
    spd_weighted_sum(&last, here.now, out);
done:
    return status;
}

/* Matrices of weight 0 do not count, nor do they step. */
static size_t fill_top(const spd_job *job, const rung *top)
{
    const size_t size = job->n * job->n;
    size_t n_filled = 0;
    for (size_t k = 0; k < job->n_matrices; k++) {
        if (job->weights[k] > 0.0) {
            memcpy(top->now + n_filled * size, job->x + k * size, size * sizeof *top->now);
            top->weights[n_filled++] = job->weights[k];
        }
    }
    return n_filled;
}

ana_status spd_ladder_mean(const spd_job *job, const ana_spd_mean_options *options,
                           ana_spd_mean_info *info, double *mean)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const bool is_ando = options->method == ANA_SPD_MEAN_ANDO_LI_MATHIAS;
    const size_t most = is_ando ? MAX_ANDO : MAX_BINI;
    spd_job of_those = *job;
    ladder at = {.job = &of_those, .options = options, .info = info};
    of_those.n_matrices = 0;
    for (size_t k = 0; k < job->n_matrices; k++) {
        of_those.n_matrices += job->weights[k] > 0.0 ? 1 : 0;
    }
    if (of_those.n_matrices > most) {
        return ana_fail(ANA_ERR_VALUE,
                        "spd: the %s mean of %zu matrices would take for ever (its steps grow with "
                        "the factorial); of %zu at most, or cheap, which is near it",
                        is_ando ? "ando-li-mathias" : "bini-meini-poloni", of_those.n_matrices,
                        most);
    }
    const size_t m = of_those.n_matrices;
    at.room = ana_workspace_doubles(&workspace, job->n * job->n + 1, m * (m + 2));
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    const rung top = find_rung(&at, m);
    ANA_TRY(climb(&at, fill_top(job, &top), mean));
    info->converged = info->residual <= options->tolerance;
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Every matrix takes the first step to the mean of all: X exp(sum w log X^-1 Y), in frames. */
static ana_status step_all(const spd_job *here, double *next, double *moved)
{
    ana_status status = ANA_OK;
    const size_t n = here->n;
    double *tangent = here->small[4];
    *moved = 0.0;
    for (size_t h = 0; h < here->n_matrices; h++) {
        double square = 0.0;
        ANA_TRY(ana_linalg_cholesky(n, here->x + h * n * n, here->lower));
        ANA_TRY(spd_find_tangent(here, NULL, NULL, tangent));
        for (size_t e = 0; e < n * n; e++) {
            square += tangent[e] * tangent[e];
        }
        *moved = fmax(*moved, sqrt(square));
        ANA_TRY(spd_function_of(here, ANA_SPD_EXP, 0.0, 1, tangent, tangent));
        ANA_TRY(spd_sandwich(n, here->lower, tangent, here->small[0], next + h * n * n));
    }
done:
    return status;
}

ana_status spd_cheap_mean(const spd_job *job, const ana_spd_mean_options *options,
                          ana_spd_mean_info *info, double *mean)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t all = job->n_matrices * job->n;
    double *now = ana_workspace_doubles(&workspace, all, job->n);
    double *next = ana_workspace_doubles(&workspace, all, job->n);
    spd_job here = *job;
    here.x = now;
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    memcpy(now, job->x, all * job->n * sizeof *now);
    while (info->n_iterations < options->max_iterations && !info->converged) {
        ANA_TRY(step_all(&here, next, &info->residual));
        memcpy(now, next, all * job->n * sizeof *now);
        info->n_iterations++;
        info->converged = info->residual <= options->tolerance;
        ANA_TRY(ana_run_progress(job->run, "mean", info->n_iterations, options->max_iterations));
    }
    spd_weighted_sum(job, now, mean);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Thompson's geodesic from M to X begins along a X + b M, with low and high the least and largest
 * eigenvalue of M^-1 X. */
static void find_slope(double low, double high, double *a, double *b)
{
    if (high - low <= 1e-7 * high) { /* the matrices are the same but for a factor */
        const double middle = sqrt(low * high);
        *a = 1.0 / middle;
        *b = log(middle) - 1.0;
        return;
    }
    *a = log(high / low) / (high - low);
    *b = (high * log(low) - low * log(high)) / (high - low);
}

/* sum w L^-1 (a X + b M) L^-T */
static ana_status find_thompson(const spd_job *job, const void *user, const double *mean, double *j)
{
    ana_status status = ANA_OK;
    const size_t n = job->n;
    const spd_work work = {.n = n, .lower = job->lower, .positive = true, .values = job->values};
    double *sum = job->small[8];
    double of_mean = 0.0;
    (void)user;
    (void)mean;
    ANA_TRY(spd_run(&work, job->n_matrices, job->x, job->run));
    memset(sum, 0, n * n * sizeof *sum);
    for (size_t k = 0; k < job->n_matrices; k++) {
        double low = INFINITY;
        double high = 0.0;
        double a = 0.0;
        double b = 0.0;
        for (size_t i = 0; i < n; i++) {
            low = fmin(low, job->values[k * n + i]);
            high = fmax(high, job->values[k * n + i]);
        }
        find_slope(low, high, &a, &b);
        of_mean += job->weights[k] * b;
        for (size_t e = 0; e < n * n; e++) {
            sum[e] += job->weights[k] * a * job->x[k * n * n + e];
        }
    }
    ANA_TRY(spd_whiten(n, job->lower, sum, j));
    for (size_t i = 0; i < n; i++) {
        j[i * (n + 1)] += of_mean;
    }
    spd_symmetrise(n, j);
done:
    return status;
}

ana_status spd_thompson_mean(const spd_job *job, const ana_spd_mean_options *options,
                             ana_spd_mean_info *info, double *mean)
{
    const spd_direction direction = {find_thompson, NULL, true};
    return spd_walk(job, &direction, options, info, mean);
}

/* The rows of B, as a real matrix. */
static ana_status find_coordinates(const spd_job *job, const ana_spd_set *set,
                                   const ana_spd_mean_options *mean_options, bool *settled,
                                   double *b)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_joint_options options = ana_joint_options_default();
    ana_joint_info joint;
    double *rows = ana_workspace_doubles(&workspace, ana_spd_size(set), 1);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    options.run = *job->run;
    options.tolerance = mean_options->tolerance * mean_options->tolerance; /* it is of squares */
    options.max_iterations = mean_options->max_iterations;
    ANA_TRY(ana_joint_diagonalise(set, job->weights, &options, &joint, rows, NULL));
    *settled = joint.converged;
    const ana_spd_set one = {set->n, set->hermitian, 1, rows};
    const double *real = spd_real(&one, &workspace);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    memcpy(b, real, job->n * job->n * sizeof *b);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* out = exp(sum w log B X B^T) */
static ana_status mean_there(const spd_job *job, const double *b, double *out)
{
    ana_status status = ANA_OK;
    const size_t size = job->n * job->n;
    for (size_t k = 0; k < job->n_matrices; k++) {
        ANA_TRY(spd_sandwich(job->n, b, job->x + k * size, job->small[0], job->maps + k * size));
    }
    ANA_TRY(spd_function_of(job, ANA_SPD_LOG, 0.0, job->n_matrices, job->maps, job->maps));
    spd_weighted_sum(job, job->maps, out);
    ANA_TRY(spd_function_of(job, ANA_SPD_EXP, 0.0, 1, out, out));
done:
    return status;
}

/* Rows of B over the roots of their variances, or nearer to them; *length is how far off they were.
 */
static void scale_coordinates(size_t n, const double *there, double *step, double *length,
                              double *b)
{
    double square = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double change = log(there[i * (n + 1)]);
        square += change * change;
    }
    *step = sqrt(square) < *length ? fmin(1.0, 1.25 * *step) : 0.5 * *step;
    *length = sqrt(square);
    for (size_t i = 0; i < n; i++) {
        const double factor = exp(-0.5 * *step * log(there[i * (n + 1)]));
        for (size_t j = 0; j < n; j++) {
            b[i * n + j] *= factor;
        }
    }
}

ana_status spd_joint_mean(const spd_job *job, const ana_spd_set *set,
                          const ana_spd_mean_options *options, ana_spd_mean_info *info,
                          double *mean)
{
    ana_status status = ANA_OK;
    const size_t n = job->n;
    double *b = job->small[4];
    double *there = job->small[5];
    double step = 1.0;
    bool is_diagonal = false;
    info->residual = INFINITY;
    ANA_TRY(find_coordinates(job, set, options, &is_diagonal, b));
    while (info->n_iterations < options->max_iterations && !info->converged) {
        ANA_TRY(mean_there(job, b, there));
        scale_coordinates(n, there, &step, &info->residual, b);
        info->n_iterations++;
        info->converged = info->residual <= options->tolerance;
        ANA_TRY(ana_run_progress(job->run, "mean", info->n_iterations, options->max_iterations));
    }
    info->converged = info->converged && is_diagonal;
    ANA_TRY(mean_there(job, b, there));
    /* B^-1 E B^-T: B Y = E, and B Z = Y^T */
    ANA_TRY(ana_linalg_solve(n, b, n, there, job->small[1], NULL));
    ana_transpose(n, n, job->small[1], job->small[0]);
    ANA_TRY(ana_linalg_solve(n, b, n, job->small[0], mean, NULL));
    spd_symmetrise(n, mean);
done:
    return status;
}
