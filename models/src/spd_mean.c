/* Means of positive definite matrices. Matrices are real here; Hermitian ones are embedded. */
#include "spd_mean_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/spd_mean.h>

#include <math.h>
#include <string.h>

static const char *const method_names[] = {"riemann",
                                           "log-euclidean",
                                           "euclidean",
                                           "harmonic",
                                           "cholesky",
                                           "log-cholesky",
                                           "kullback-symmetric",
                                           "log-determinant",
                                           "wasserstein",
                                           "power-euclidean",
                                           "power",
                                           "median-euclidean",
                                           "median-riemann",
                                           "joint-diagonal",
                                           "ando-li-mathias",
                                           "bini-meini-poloni",
                                           "cheap",
                                           "thompson",
                                           NULL};

const ana_option ana_spd_mean_option_table[] = {
    {"mean", ANA_OPTION_CHOICE, offsetof(ana_spd_mean_options, method), 0, 0, method_names,
     "METHOD", "mean of covariances", false},
    {"mean-power", ANA_OPTION_DOUBLE, offsetof(ana_spd_mean_options, power), -1.0, 1.0, NULL, "P",
     "power and power-euclidean means: the power, not 0", false},
    {"mean-tolerance", ANA_OPTION_DOUBLE, offsetof(ana_spd_mean_options, tolerance), 1e-15, 1.0,
     NULL, "CHANGE", "relative change at which a mean has settled", false},
    {"mean-iterations", ANA_OPTION_SIZE, offsetof(ana_spd_mean_options, max_iterations), 1, 1e6,
     NULL, "N", "steps towards a mean at most", false},
    ANA_OPTION_END,
};

ana_spd_mean_options ana_spd_mean_options_default(void)
{
    return (ana_spd_mean_options){.run = ana_run_default(),
                                  .method = ANA_SPD_MEAN_RIEMANN,
                                  .power = 0.5,
                                  .tolerance = 1e-9,
                                  .max_iterations = 1000};
}

ana_status spd_normalise_weights(size_t n, const double *weights, double *out)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        out[k] = weights != NULL ? weights[k] : 1.0;
        if (!(out[k] >= 0.0) || !isfinite(out[k])) {
            return ana_fail(ANA_ERR_VALUE, "spd: weight %zu is %g; 0 or more is right", k, out[k]);
        }
        sum += out[k];
    }
    if (!(sum > 0.0)) {
        return ana_fail(ANA_ERR_VALUE, "spd: the weights of %zu matrices are all 0", n);
    }
    for (size_t k = 0; k < n; k++) {
        out[k] /= sum;
    }
    return ANA_OK;
}

void spd_weighted_sum(const spd_job *job, const double *matrices, double *out)
{
    const size_t size = job->n * job->n;
    memset(out, 0, size * sizeof *out);
    for (size_t k = 0; k < job->n_matrices; k++) {
        const double *x = matrices + k * size;
        for (size_t e = 0; e < size; e++) {
            out[e] += job->weights[k] * x[e];
        }
    }
}

void spd_symmetrise(size_t n, double *a)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            a[i * n + j] = a[j * n + i] = 0.5 * (a[i * n + j] + a[j * n + i]);
        }
    }
}

ana_status spd_sandwich(size_t n, const double *f, const double *s, double *room, double *out)
{
    const ana_gemm right = {n, n, n, false, true, 1.0, 0.0};
    ana_status status = ana_linalg_multiply(n, n, n, f, s, room);
    if (status == ANA_OK) {
        status = ana_linalg_gemm(&right, room, f, out);
    }
    spd_symmetrise(n, out);
    return status;
}

ana_status spd_function_of(const spd_job *job, ana_spd_function function, double power,
                           size_t n_matrices, const double *matrices, double *out)
{
    const ana_spd_set set = {job->n, false, n_matrices, matrices};
    return ana_spd_apply(&set, function, power, job->run, out);
}

/* (sum w f(X)), and f^-1 of it. */
static ana_status by_function(const spd_job *job, ana_spd_function there, ana_spd_function back,
                              double power, double *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(spd_function_of(job, there, power, job->n_matrices, job->x, job->maps));
    spd_weighted_sum(job, job->maps, out);
    ANA_TRY(spd_function_of(job, back, 1.0 / power, 1, out, out));
done:
    return status;
}

/* M = L (L^-1 B L^-T)^t L^T with A = L L^T: on the geodesic from A to B. */
ana_status spd_between(const spd_job *job, const double *a, const double *b, double t, double *out)
{
    ana_status status = ANA_OK;
    const size_t n = job->n;
    ANA_TRY(ana_linalg_cholesky(n, a, job->lower));
    const spd_work work = {.n = n,
                           .lower = job->lower,
                           .function = spd_power_of,
                           .power = t,
                           .positive = true,
                           .maps = job->small[0]};
    ANA_TRY(spd_run(&work, 1, b, job->run));
    ANA_TRY(spd_sandwich(n, job->lower, job->small[0], job->small[1], out));
done:
    return status;
}

static ana_status kullback_mean(const spd_job *job, double *out)
{
    ana_status status = ANA_OK;
    double *arithmetic = job->small[2];
    double *harmonic = job->small[3];
    spd_weighted_sum(job, job->x, arithmetic);
    ANA_TRY(by_function(job, ANA_SPD_INVERSE, ANA_SPD_INVERSE, 1.0, harmonic));
    ANA_TRY(spd_between(job, arithmetic, harmonic, 0.5, out));
done:
    return status;
}

/* Element (i, j) of L L^H, j <= i. */
static void square_element(size_t n, size_t step, const double *lower, size_t i, size_t j,
                           double out[2])
{
    out[0] = 0.0;
    out[1] = 0.0;
    for (size_t k = 0; k <= j; k++) {
        const double *a = lower + step * (i * n + k);
        const double *b = lower + step * (j * n + k);
        out[0] += a[0] * b[0];
        if (step == 2) {
            out[0] += a[1] * b[1];
            out[1] += a[1] * b[0] - a[0] * b[1];
        }
    }
}

static void square_factor(size_t n, size_t step, const double *lower, double *out)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double element[2];
            square_element(n, step, lower, i, j, element);
            out[step * (i * n + j)] = out[step * (j * n + i)] = element[0];
            if (step == 2) {
                out[2 * (i * n + j) + 1] = i == j ? 0.0 : element[1];
                out[2 * (j * n + i) + 1] = i == j ? 0.0 : -element[1];
            }
        }
    }
}

/* Factors in the set's own shape: those of embedded matrices are others. */
static ana_status cholesky_mean(const ana_spd_set *set, const double *weights, bool logs,
                                double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = set->n;
    const size_t step = set->hermitian ? 2 : 1;
    const size_t size = ana_spd_size(set);
    double *factors = ana_workspace_doubles(&workspace, set->n_matrices, size);
    double *sum = ana_workspace_doubles(&workspace, size, 1);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    ANA_TRY(spd_cholesky(set, factors));
    for (size_t k = 0; k < set->n_matrices; k++) {
        for (size_t e = 0; e < size; e++) {
            const bool diagonal = e % (step * (n + 1)) == 0;
            const double value = factors[k * size + e];
            sum[e] += weights[k] * (logs && diagonal ? log(value) : value);
        }
    }
    for (size_t i = 0; i < n && logs; i++) {
        sum[step * i * (n + 1)] = exp(sum[step * i * (n + 1)]);
    }
    square_factor(n, step, sum, out);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Means without iterations; *done says whether the method is one. */
static ana_status closed_mean(const spd_job *job, const ana_spd_mean_options *options, bool *done,
                              double *out)
{
    *done = true;
    switch (options->method) {
    case ANA_SPD_MEAN_EUCLIDEAN:
        spd_weighted_sum(job, job->x, out);
        return ANA_OK;
    case ANA_SPD_MEAN_LOG_EUCLIDEAN:
        return by_function(job, ANA_SPD_LOG, ANA_SPD_EXP, 1.0, out);
    case ANA_SPD_MEAN_HARMONIC:
        return by_function(job, ANA_SPD_INVERSE, ANA_SPD_INVERSE, 1.0, out);
    case ANA_SPD_MEAN_POWER_EUCLIDEAN:
        return by_function(job, ANA_SPD_POWER, ANA_SPD_POWER, options->power, out);
    case ANA_SPD_MEAN_KULLBACK_SYMMETRIC:
        return kullback_mean(job, out);
    case ANA_SPD_MEAN_RIEMANN:
    case ANA_SPD_MEAN_CHOLESKY:
    case ANA_SPD_MEAN_LOG_CHOLESKY:
    case ANA_SPD_MEAN_LOG_DETERMINANT:
    case ANA_SPD_MEAN_WASSERSTEIN:
    case ANA_SPD_MEAN_POWER:
    case ANA_SPD_MEDIAN_EUCLIDEAN:
    case ANA_SPD_MEDIAN_RIEMANN:
    case ANA_SPD_MEAN_JOINT_DIAGONAL:
    case ANA_SPD_MEAN_ANDO_LI_MATHIAS:
    case ANA_SPD_MEAN_BINI_MEINI_POLONI:
    case ANA_SPD_MEAN_CHEAP:
    case ANA_SPD_MEAN_THOMPSON:
        break;
    }
    *done = false;
    return ANA_OK;
}

/* Where iterations begin: as asked, or between the arithmetic and the harmonic mean. */
static ana_status find_start(const spd_job *job, const ana_spd_set *set,
                             const ana_spd_mean_options *options, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    if (options->start == NULL) {
        return kullback_mean(job, out);
    }
    const ana_spd_set start = {set->n, set->hermitian, 1, options->start};
    const double *real = spd_real(&start, &workspace);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    memcpy(out, real, job->n * job->n * sizeof *out);
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status iterate(const spd_job *job, const ana_spd_set *set,
                          const ana_spd_mean_options *options, ana_spd_mean_info *info,
                          double *mean)
{
    ana_status status = ANA_OK;
    ANA_TRY(find_start(job, set, options, mean));
    info->converged = false;
    switch (options->method) {
    case ANA_SPD_MEAN_RIEMANN:
    case ANA_SPD_MEDIAN_RIEMANN:
        return spd_karcher(job, options, info, mean);
    case ANA_SPD_MEAN_POWER:
        return spd_power_mean(job, options, info, mean);
    case ANA_SPD_MEAN_JOINT_DIAGONAL:
        return spd_joint_mean(job, set, options, info, mean);
    case ANA_SPD_MEAN_ANDO_LI_MATHIAS:
    case ANA_SPD_MEAN_BINI_MEINI_POLONI:
        return spd_ladder_mean(job, options, info, mean);
    case ANA_SPD_MEAN_CHEAP:
        return spd_cheap_mean(job, options, info, mean);
    case ANA_SPD_MEAN_THOMPSON:
        return spd_thompson_mean(job, options, info, mean);
    case ANA_SPD_MEAN_LOG_EUCLIDEAN:
    case ANA_SPD_MEAN_EUCLIDEAN:
    case ANA_SPD_MEAN_HARMONIC:
    case ANA_SPD_MEAN_CHOLESKY:
    case ANA_SPD_MEAN_LOG_CHOLESKY:
    case ANA_SPD_MEAN_KULLBACK_SYMMETRIC:
    case ANA_SPD_MEAN_LOG_DETERMINANT:
    case ANA_SPD_MEAN_WASSERSTEIN:
    case ANA_SPD_MEAN_POWER_EUCLIDEAN:
    case ANA_SPD_MEDIAN_EUCLIDEAN:
        break;
    }
    ANA_TRY(spd_fixed_point(job, options, info, mean));
done:
    return status;
}

static ana_status check_options(const ana_spd_set *set, const ana_spd_mean_options *options)
{
    const bool has_power =
        options->method == ANA_SPD_MEAN_POWER || options->method == ANA_SPD_MEAN_POWER_EUCLIDEAN;
    if (set->n_matrices == 0 || set->n == 0) {
        return ana_fail(ANA_ERR_VALUE, "spd: a mean of %zu matrices of %zu rows", set->n_matrices,
                        set->n);
    }
    if (has_power && (!(fabs(options->power) <= 1.0) || options->power == 0.0)) {
        return ana_fail(ANA_ERR_VALUE, "spd: a power of %g; from -1 to 1, but not 0, is right",
                        options->power);
    }
    return ANA_OK;
}

/* The job's memory. */
static void make_room(spd_job *job, ana_workspace *workspace)
{
    const size_t n = job->n;
    job->maps = ana_workspace_doubles(workspace, job->n_matrices * n, n);
    job->values = ana_workspace_doubles(workspace, job->n_matrices * n, 1);
    job->lower = ana_workspace_doubles(workspace, n, n);
    for (size_t i = 0; i < SPD_N_SMALL; i++) {
        job->small[i] = ana_workspace_doubles(workspace, n, n);
    }
}

ana_status ana_spd_mean(const ana_spd_set *set, const double *weights,
                        const ana_spd_mean_options *options, ana_spd_mean_info *info, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_spd_mean_options chosen = options != NULL ? *options : ana_spd_mean_options_default();
    ana_spd_mean_info found = {.converged = true};
    bool done_already = false;
    spd_job job = {.n = spd_rows(set), .n_matrices = set->n_matrices, .run = &chosen.run};
    ANA_TRY(check_options(set, &chosen));
    double *shares = ana_workspace_doubles(&workspace, set->n_matrices, 1);
    double *mean = ana_workspace_doubles(&workspace, job.n, job.n);
    job.x = spd_real(set, &workspace);
    make_room(&job, &workspace);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    ANA_TRY(spd_normalise_weights(set->n_matrices, weights, shares));
    job.weights = shares;
    if (chosen.method == ANA_SPD_MEAN_CHOLESKY || chosen.method == ANA_SPD_MEAN_LOG_CHOLESKY) {
        ANA_TRY(cholesky_mean(set, shares, chosen.method == ANA_SPD_MEAN_LOG_CHOLESKY, out));
    } else {
        ANA_TRY(closed_mean(&job, &chosen, &done_already, mean));
        ANA_TRY(done_already ? ANA_OK : iterate(&job, set, &chosen, &found, mean));
        const ana_spd_set one = {set->n, set->hermitian, 1, out};
        if (set->hermitian) {
            spd_unembed(&one, mean, out);
        } else {
            memcpy(out, mean, job.n * job.n * sizeof *out);
        }
    }
    if (!found.converged && info == NULL) {
        ANA_TRY(ana_fail(ANA_ERR_NUMERIC,
                         "spd: the mean has not settled after %zu steps (%.3g of %.3g)",
                         found.n_iterations, found.residual, chosen.tolerance));
    }
    if (info != NULL) {
        *info = found;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
