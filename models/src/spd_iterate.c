/* Means that are found step by step. */
#include "spd_mean_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

double spd_power_of(double value, double power)
{
    return pow(value, power);
}

static double log_of(double value, double power)
{
    (void)power;
    return log(value);
}

static double inner(size_t n, const double *a, const double *b)
{
    double sum = 0.0;
    for (size_t e = 0; e < n * n; e++) {
        sum += a[e] * b[e];
    }
    return sum;
}

/* J = sum w log(C^-1 X C^-T), of a median with w over each log's length. */
ana_status spd_find_tangent(const spd_job *job, const void *user, const double *mean, double *j)
{
    ana_status status = ANA_OK;
    const bool is_median = user != NULL && *(const bool *)user;
    const size_t size = job->n * job->n;
    (void)mean;
    const spd_work work = {
        .n = job->n, .lower = job->lower, .function = log_of, .positive = true, .maps = job->maps};
    ANA_TRY(spd_run(&work, job->n_matrices, job->x, job->run));
    if (!is_median) {
        spd_weighted_sum(job, job->maps, j);
        goto done;
    }
    double sum = 0.0;
    memset(j, 0, size * sizeof *j);
    for (size_t k = 0; k < job->n_matrices; k++) {
        const double *s = job->maps + k * size;
        const double length = sqrt(inner(job->n, s, s));
        const double weight = length > 0.0 ? job->weights[k] / length : 0.0;
        for (size_t e = 0; e < size; e++) {
            j[e] += weight * s[e];
        }
        sum += weight;
    }
    for (size_t e = 0; e < size; e++) {
        j[e] /= sum > 0.0 ? sum : 1.0;
    }
done:
    return status;
}

/* What steps need to know of the one before. */
typedef struct walk {
    double *frame;  /* F, M = F F^T */
    double *before; /* J of the step before, in that frame, which is carried along the step */
    double *now;    /* J */
    double step;
    double length; /* of J before; 0: no step yet */
} walk;

/* J in the frame F: Q J Q^T with Q = F^-1 C. */
static ana_status to_frame(const spd_job *job, const walk *at, const double *j, double *out)
{
    ana_status status = ANA_OK;
    double *q = job->small[0];
    ANA_TRY(ana_linalg_solve(job->n, at->frame, job->n, job->lower, q, NULL));
    ANA_TRY(spd_sandwich(job->n, q, j, job->small[1], out));
done:
    return status;
}

/* Barzilai & Borwein's step: what the last one did to the gradient. Half of it when that grew. */
static void choose_step(const spd_job *job, walk *at, double length)
{
    if (at->length > 0.0) {
        const double same = inner(job->n, at->before, at->before);
        const double change = same - inner(job->n, at->before, at->now);
        const double ratio = change > 0.0 ? same / change : 2.0;
        const double next = at->step * ratio;
        at->step = length > at->length ? 0.5 * at->step : fmin(fmax(next, 0.1), 2.0);
    }
    at->length = length;
}

/* A whole step (of a median, Weiszfeld's) overshoots where matrices lie far apart, as the space is
 * curved. */
static void choose_cautious_step(walk *at, double length)
{
    const bool grew = at->length > 0.0 && length > at->length;
    at->step = grew ? 0.5 * at->step : fmin(1.0, 1.25 * at->step);
    at->length = length;
}

/* F <- F exp(step J / 2), M = F F^T */
static ana_status take_step(const spd_job *job, walk *at, double *mean)
{
    ana_status status = ANA_OK;
    const size_t n = job->n;
    const ana_gemm square = {n, n, n, false, true, 1.0, 0.0};
    double *half = job->small[0];
    for (size_t e = 0; e < n * n; e++) {
        half[e] = 0.5 * at->step * at->now[e];
    }
    ANA_TRY(spd_function_of(job, ANA_SPD_EXP, 0.0, 1, half, half));
    ANA_TRY(ana_linalg_multiply(n, n, n, at->frame, half, job->small[1]));
    memcpy(at->frame, job->small[1], n * n * sizeof *at->frame);
    ANA_TRY(ana_linalg_gemm(&square, at->frame, at->frame, mean));
    spd_symmetrise(n, mean);
    memcpy(at->before, at->now, n * n * sizeof *at->before);
done:
    return status;
}

ana_status spd_walk(const spd_job *job, const spd_direction *direction,
                    const ana_spd_mean_options *options, ana_spd_mean_info *info, double *mean)
{
    ana_status status = ANA_OK;
    double *j = job->small[4];
    walk at = {.frame = job->small[5], .before = job->small[6], .now = job->small[7], .step = 1.0};
    ANA_TRY(ana_linalg_cholesky(job->n, mean, at.frame));
    for (; info->n_iterations < options->max_iterations; info->n_iterations++) {
        ANA_TRY(ana_linalg_cholesky(job->n, mean, job->lower));
        ANA_TRY(direction->find(job, direction->user, mean, j));
        info->residual = sqrt(inner(job->n, j, j));
        if (info->residual <= options->tolerance) {
            info->converged = true;
            break;
        }
        ANA_TRY(to_frame(job, &at, j, at.now));
        if (direction->is_cautious) {
            choose_cautious_step(&at, info->residual);
        } else {
            choose_step(job, &at, info->residual);
        }
        ANA_TRY(take_step(job, &at, mean));
        ANA_TRY(ana_run_progress(job->run, "mean", info->n_iterations, options->max_iterations));
    }
done:
    return status;
}

ana_status spd_karcher(const spd_job *job, const ana_spd_mean_options *options,
                       ana_spd_mean_info *info, double *mean)
{
    const bool is_median = options->method == ANA_SPD_MEDIAN_RIEMANN;
    const spd_direction direction = {spd_find_tangent, &is_median, is_median};
    return spd_walk(job, &direction, options, info, mean);
}

/* M' = (sum w ((X + M) / 2)^-1)^-1 */
static ana_status log_determinant_step(const spd_job *job, const double *mean, double *next)
{
    ana_status status = ANA_OK;
    const size_t size = job->n * job->n;
    for (size_t k = 0; k < job->n_matrices; k++) {
        for (size_t e = 0; e < size; e++) {
            job->maps[k * size + e] = 0.5 * (job->x[k * size + e] + mean[e]);
        }
    }
    ANA_TRY(spd_function_of(job, ANA_SPD_INVERSE, 0.0, job->n_matrices, job->maps, job->maps));
    spd_weighted_sum(job, job->maps, next);
    ANA_TRY(spd_function_of(job, ANA_SPD_INVERSE, 0.0, 1, next, next));
done:
    return status;
}

/* What rounding has made negative is 0. */
static double root_of(double value, double power)
{
    (void)power;
    return sqrt(fmax(value, 0.0));
}

/* Whether eigenvalues of a matrix span so much that their roots have few digits left. */
static bool are_steep(const spd_job *job)
{
    for (size_t k = 0; k < job->n_matrices; k++) {
        double low = INFINITY;
        double high = 0.0;
        for (size_t i = 0; i < job->n; i++) {
            low = fmin(low, job->values[k * job->n + i]);
            high = fmax(high, job->values[k * job->n + i]);
        }
        if (!(low > 1e-9 * high)) {
            return true;
        }
    }
    return false;
}

/* (R X R)^1/2 = U S U^T with R L = U S V^T, X = L L^T: twice the digits, and slower. */
static ana_status roots_by_factors(const spd_job *job, const double *root)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = job->n;
    double *u = ana_workspace_doubles(&workspace, n, n);
    double *scaled = ana_workspace_doubles(&workspace, n, n);
    double *values = ana_workspace_doubles(&workspace, n, 1);
    const ana_gemm square = {n, n, n, false, true, 1.0, 0.0};
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    for (size_t k = 0; k < job->n_matrices; k++) {
        ANA_TRY(ana_linalg_cholesky(n, job->x + k * n * n, job->lower));
        ANA_TRY(ana_linalg_multiply(n, n, n, root, job->lower, job->small[0]));
        ANA_TRY(ana_linalg_svd(n, n, job->small[0], u, values, job->small[1]));
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++) {
                scaled[i * n + j] = u[i * n + j] * values[j];
            }
        }
        ANA_TRY(ana_linalg_gemm(&square, scaled, u, job->maps + k * n * n));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* M' = Y Y^T, Y = R^-1 sum w (R X R)^1/2 with R = M^1/2 (Alvarez-Esteban et al. 2016). */
static ana_status wasserstein_step(const spd_job *job, const double *mean, double *next)
{
    ana_status status = ANA_OK;
    const size_t n = job->n;
    double *root = job->small[4];
    double *inverse = job->small[5];
    double *sum = job->small[6];
    const spd_work work = {.n = n, .function = root_of, .values = job->values, .maps = job->maps};
    ANA_TRY(spd_function_of(job, ANA_SPD_SQUARE_ROOT, 0.0, 1, mean, root));
    ANA_TRY(spd_function_of(job, ANA_SPD_INVERSE_SQUARE_ROOT, 0.0, 1, mean, inverse));
    for (size_t k = 0; k < job->n_matrices; k++) {
        ANA_TRY(spd_sandwich(n, root, job->x + k * n * n, job->small[0], job->maps + k * n * n));
    }
    ANA_TRY(spd_run(&work, job->n_matrices, job->maps, job->run));
    ANA_TRY(are_steep(job) ? roots_by_factors(job, root) : ANA_OK);
    spd_weighted_sum(job, job->maps, sum);
    ANA_TRY(ana_linalg_multiply(n, n, n, inverse, sum, job->small[1]));
    ANA_TRY(ana_linalg_gram_rows(n, n, job->small[1], next));
done:
    return status;
}

/* Weiszfeld's: M' = sum (w / d) X / sum (w / d) */
static ana_status median_step(const spd_job *job, const double *mean, double *next)
{
    const size_t size = job->n * job->n;
    double total = 0.0;
    memset(next, 0, size * sizeof *next);
    for (size_t k = 0; k < job->n_matrices; k++) {
        const double *x = job->x + k * size;
        double square = 0.0;
        for (size_t e = 0; e < size; e++) {
            square += (x[e] - mean[e]) * (x[e] - mean[e]);
        }
        const double weight = square > 0.0 ? job->weights[k] / sqrt(square) : 0.0;
        for (size_t e = 0; e < size; e++) {
            next[e] += weight * x[e];
        }
        total += weight;
    }
    for (size_t e = 0; e < size; e++) {
        next[e] = total > 0.0 ? next[e] / total : mean[e];
    }
    return ANA_OK;
}

ana_status spd_whiten(size_t n, const double *lower, const double *a, double *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_linalg_solve_lower(n, lower, false, n, a, out));
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            const double above = out[k * n + i];
            out[k * n + i] = out[i * n + k];
            out[i * n + k] = above;
        }
    }
    ANA_TRY(ana_linalg_solve_lower(n, lower, false, n, out, out));
done:
    return status;
}

ana_status spd_find_change(const spd_job *job, const double *mean, const double *next, double *out)
{
    ana_status status = ANA_OK;
    const size_t n = job->n;
    double *difference = job->small[0];
    ANA_TRY(ana_linalg_cholesky(n, mean, job->lower));
    for (size_t e = 0; e < n * n; e++) {
        difference[e] = next[e] - mean[e];
    }
    ANA_TRY(spd_whiten(n, job->lower, difference, difference));
    *out = sqrt(inner(n, difference, difference));
done:
    return status;
}

ana_status spd_fixed_point(const spd_job *job, const ana_spd_mean_options *options,
                           ana_spd_mean_info *info, double *mean)
{
    ana_status status = ANA_OK;
    double *next = job->small[9];
    while (info->n_iterations < options->max_iterations && !info->converged) {
        ANA_TRY(options->method == ANA_SPD_MEAN_LOG_DETERMINANT
                    ? log_determinant_step(job, mean, next)
                : options->method == ANA_SPD_MEAN_WASSERSTEIN ? wasserstein_step(job, mean, next)
                                                              : median_step(job, mean, next));
        ANA_TRY(spd_find_change(job, mean, next, &info->residual));
        memcpy(mean, next, job->n * job->n * sizeof *mean);
        info->n_iterations++;
        info->converged = info->residual <= options->tolerance;
        ANA_TRY(ana_run_progress(job->run, "mean", info->n_iterations, options->max_iterations));
    }
done:
    return status;
}

/* M = sum w (M #_p X): in the frame of M = L L^T the identity = sum w (L^-1 X L^-T)^p. Of a
 * negative power the same for the inverses. */
static ana_status power_residual(const spd_job *job, const double *x, double power, double *h)
{
    ana_status status = ANA_OK;
    const spd_work work = {.n = job->n,
                           .lower = job->lower,
                           .function = spd_power_of,
                           .power = power,
                           .positive = true,
                           .maps = job->maps};
    ANA_TRY(spd_run(&work, job->n_matrices, x, job->run));
    spd_weighted_sum(job, job->maps, h);
done:
    return status;
}

static double distance_from_identity(size_t n, const double *h)
{
    double square = 0.0;
    for (size_t e = 0; e < n * n; e++) {
        const double off = h[e] - (e % (n + 1) == 0 ? 1.0 : 0.0);
        square += off * off;
    }
    return sqrt(square);
}

/* M <- L H^e L^T until H is the identity. With e = 1 each step brings M 1 - p times as near (Lim &
 * Palfia 2012); e = 3 / (4 p) is faster (Congedo et al. 2017), and given up where it is not. */
static ana_status walk_power(const spd_job *job, const double *x,
                             const ana_spd_mean_options *options, ana_spd_mean_info *info,
                             double *mean)
{
    ana_status status = ANA_OK;
    const size_t n = job->n;
    const double power = fabs(options->power);
    double *h = job->small[4];
    double exponent = fmax(1.0, 0.75 / power);
    double before = INFINITY;
    for (; info->n_iterations < options->max_iterations; info->n_iterations++) {
        ANA_TRY(ana_linalg_cholesky(n, mean, job->lower));
        ANA_TRY(power_residual(job, x, power, h));
        info->residual = distance_from_identity(n, h) / power;
        if (info->residual <= options->tolerance) {
            info->converged = true;
            break;
        }
        exponent = info->residual < 0.9 * before ? exponent : fmax(1.0, 0.5 * exponent);
        before = info->residual;
        ANA_TRY(spd_function_of(job, ANA_SPD_POWER, exponent, 1, h, h));
        ANA_TRY(spd_sandwich(n, job->lower, h, job->small[0], mean));
        ANA_TRY(ana_run_progress(job->run, "mean", info->n_iterations, options->max_iterations));
    }
done:
    return status;
}

ana_status spd_power_mean(const spd_job *job, const ana_spd_mean_options *options,
                          ana_spd_mean_info *info, double *mean)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = job->n * job->n;
    if (options->power > 0.0) {
        return walk_power(job, job->x, options, info, mean);
    }
    double *inverses = ana_workspace_doubles(&workspace, job->n_matrices, size);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    ANA_TRY(spd_function_of(job, ANA_SPD_INVERSE, 0.0, job->n_matrices, job->x, inverses));
    ANA_TRY(spd_function_of(job, ANA_SPD_INVERSE, 0.0, 1, mean, mean));
    ANA_TRY(walk_power(job, inverses, options, info, mean));
    ANA_TRY(spd_function_of(job, ANA_SPD_INVERSE, 0.0, 1, mean, mean));
done:
    ana_workspace_release(&workspace);
    return status;
}
