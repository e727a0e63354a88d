/* Approximate joint diagonalisation: what its methods share. */
#include "joint_parts.h"
#include "spd_mean_parts.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <string.h>

static const char *const method_names[] = {"pham", "rjd", "uwedge", NULL};

const ana_option ana_joint_option_table[] = {
    {"joint-method", ANA_OPTION_CHOICE, offsetof(ana_joint_options, method), 0, 0, method_names,
     "METHOD", "joint diagonalisation (default pham)", false},
    {"joint-tolerance", ANA_OPTION_DOUBLE, offsetof(ana_joint_options, tolerance), 0.0, 1.0, NULL,
     "CHANGE", "change at which a joint diagonalisation has settled (default 1e-12)", false},
    {"joint-iterations", ANA_OPTION_SIZE, offsetof(ana_joint_options, max_iterations), 1, 1e6, NULL,
     "N", "sweeps of a joint diagonalisation at most (default 200)", false},
    ANA_OPTION_END,
};

ana_joint_options ana_joint_options_default(void)
{
    return (ana_joint_options){.run = ana_run_default(),
                               .method = ANA_JOINT_PHAM,
                               .tolerance = 1e-12,
                               .max_iterations = 200};
}

/* x, y <- t0 x + t1 y, t2 x + t3 y: n numbers, `stride` numbers from each to the next. */
static void turn_pair(size_t n, size_t step, size_t stride, double *x, double *y, double t[4][2])
{
    for (size_t e = 0; e < n; e++, x += stride * step, y += stride * step) {
        if (step == 1) {
            const double old = *x;
            *x = t[0][0] * old + t[1][0] * *y;
            *y = t[2][0] * old + t[3][0] * *y;
            continue;
        }
        const double a[2] = {x[0], x[1]};
        const double b[2] = {y[0], y[1]};
        x[0] = t[0][0] * a[0] - t[0][1] * a[1] + t[1][0] * b[0] - t[1][1] * b[1];
        x[1] = t[0][0] * a[1] + t[0][1] * a[0] + t[1][0] * b[1] + t[1][1] * b[0];
        y[0] = t[2][0] * a[0] - t[2][1] * a[1] + t[3][0] * b[0] - t[3][1] * b[1];
        y[1] = t[2][0] * a[1] + t[2][1] * a[0] + t[3][0] * b[1] + t[3][1] * b[0];
    }
}

void joint_turn(const joint_job *job, size_t i, size_t j, double t[4][2])
{
    const size_t n = job->n;
    const size_t row = n * job->step;
    double conjugate[4][2];
    for (size_t e = 0; e < 4; e++) {
        conjugate[e][0] = t[e][0];
        conjugate[e][1] = -t[e][1];
    }
    for (size_t k = 0; k < job->n_matrices; k++) {
        double *x = job->x + k * n * row;
        turn_pair(n, job->step, 1, x + i * row, x + j * row, t);
        turn_pair(n, job->step, n, x + i * job->step, x + j * job->step, conjugate);
    }
    turn_pair(n, job->step, 1, job->v + i * row, job->v + j * row, t);
}

/* Components of unit variance under the mean. */
static void scale_rows(const joint_job *job)
{
    const size_t row = job->n * job->step;
    for (size_t i = 0; i < job->n; i++) {
        double variance = 0.0;
        for (size_t k = 0; k < job->n_matrices; k++) {
            variance += job->weights[k] * job->x[k * job->n * row + i * row + i * job->step];
        }
        const double factor = variance > 0.0 ? 1.0 / sqrt(variance) : 1.0;
        for (size_t e = 0; e < row; e++) {
            job->v[i * row + e] *= factor;
        }
        for (size_t k = 0; k < job->n_matrices; k++) {
            double *x = job->x + k * job->n * row;
            for (size_t e = 0; e < row; e++) {
                x[i * row + e] *= factor;
                x[e / job->step * row + i * job->step + e % job->step] *= factor;
            }
        }
    }
}

static ana_status check_input(const ana_spd_set *set, const ana_joint_options *options)
{
    ana_status status = ANA_OK;
    if (set->n_matrices == 0 || set->n == 0) {
        return ana_fail(ANA_ERR_VALUE, "joint diagonalisation of %zu matrices of %zu rows",
                        set->n_matrices, set->n);
    }
    ANA_TRY(ana_options_check(ana_joint_option_table, options, "joint diagonalisation"));
    if (set->hermitian && options->method != ANA_JOINT_PHAM) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "joint diagonalisation: %s takes real matrices; pham takes Hermitian ones",
                        method_names[options->method]);
    }
    ANA_TRY(options->method == ANA_JOINT_PHAM ? ana_spd_check(set, &options->run)
                                              : spd_check_symmetric(set));
done:
    return status;
}

static ana_status run_method(const joint_job *job, ana_joint_info *info)
{
    switch (job->options->method) {
    case ANA_JOINT_PHAM:
        return joint_pham(job, info);
    case ANA_JOINT_RJD:
        return joint_rjd(job, info);
    case ANA_JOINT_UWEDGE:
        return joint_uwedge(job, info);
    }
    return ANA_OK;
}

ana_status ana_joint_diagonalise(const ana_spd_set *set, const double *weights,
                                 const ana_joint_options *options, ana_joint_info *info,
                                 double *diagonaliser, double *diagonalised)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_joint_options chosen = options != NULL ? *options : ana_joint_options_default();
    const size_t size = ana_spd_size(set);
    ana_joint_info found = {0};
    ANA_TRY(check_input(set, &chosen));
    double *shares = ana_workspace_doubles(&workspace, set->n_matrices, 1);
    joint_job job = {.n = set->n,
                     .step = set->hermitian ? 2 : 1,
                     .n_matrices = set->n_matrices,
                     .weights = shares,
                     .options = &chosen,
                     .x = ana_workspace_doubles(&workspace, set->n_matrices, size),
                     .v = ana_workspace_doubles(&workspace, size, 1)};
    ANA_TRY(ana_workspace_check(&workspace, "joint diagonalisation"));
    ANA_TRY(spd_normalise_weights(set->n_matrices, weights, shares));
    memcpy(job.x, set->values, set->n_matrices * size * sizeof *job.x);
    for (size_t i = 0; i < set->n; i++) {
        job.v[job.step * i * (set->n + 1)] = 1.0;
    }
    ANA_TRY(run_method(&job, &found));
    if (!found.converged && info == NULL) {
        ANA_TRY(ana_fail(ANA_ERR_NUMERIC,
                         "joint diagonalisation: not settled after %zu sweeps (%.3g of %.3g)",
                         found.n_iterations, found.residual, chosen.tolerance));
    }
    if (chosen.method != ANA_JOINT_RJD) {
        scale_rows(&job);
    }
    memcpy(diagonaliser, job.v, size * sizeof *job.v);
    if (diagonalised != NULL) {
        memcpy(diagonalised, job.x, set->n_matrices * size * sizeof *job.x);
    }
    if (info != NULL) {
        *info = found;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
