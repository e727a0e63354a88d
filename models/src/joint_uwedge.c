/* Uniformly weighted exhaustive diagonalisation with Gauss iterations (U-WEDGE). */
#include "joint_parts.h"
#include "spd_mean_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

typedef struct wedge {
    const joint_job *job;
    const double *given; /* the matrices as they came */
    double *products;    /* n x n: B = sum w d d^T, d the diagonals */
    double *cross;       /* n x n: C_ri = sum w x_ri d_r */
    double *step;        /* n x n */
    double *room;        /* n x n */
} wedge;

/* V = the axes of the first matrix, each over the root of its eigenvalue. */
static ana_status begin(const wedge *at)
{
    ana_status status = ANA_OK;
    const size_t n = at->job->n;
    double *values = at->room;
    ANA_TRY(ana_linalg_eigen_symmetric(n, at->given, values, at->job->v));
    for (size_t i = 0; i < n; i++) {
        const double size = fabs(values[i]);
        for (size_t j = 0; j < n && size > 0.0; j++) {
            at->job->v[i * n + j] /= sqrt(size);
        }
    }
done:
    return status;
}

/* x = V given V^T; the squares beside the diagonals over all squares. */
static ana_status turn_all(const wedge *at, double *part)
{
    ana_status status = ANA_OK;
    const size_t n = at->job->n;
    double all = 0.0;
    double beside = 0.0;
    for (size_t k = 0; k < at->job->n_matrices; k++) {
        double *x = at->job->x + k * n * n;
        ANA_TRY(spd_sandwich(n, at->job->v, at->given + k * n * n, at->room, x));
        for (size_t e = 0; e < n * n; e++) {
            const double square = at->job->weights[k] * x[e] * x[e];
            all += square;
            beside += e % (n + 1) == 0 ? 0.0 : square;
        }
    }
    *part = all > 0.0 ? beside / all : 0.0;
done:
    return status;
}

/* How much of row j is to be taken from row i: 0 where the diagonals do not tell them apart. */
static double find_step(const wedge *at, size_t i, size_t j)
{
    const size_t n = at->job->n;
    const double both = at->products[i * n + j];
    const double row = at->products[i * (n + 1)];
    const double column = at->products[j * (n + 1)];
    const double determinant = both * both - row * column;
    const double wanted = at->cross[i * n + j] * both - row * at->cross[j * n + i];
    return determinant < -1e-14 * row * column ? wanted / determinant : 0.0;
}

/* A0 of Tichavsky & Yeredor 2009, eq. 21, and V <- A0^-1 V. */
static ana_status improve(const wedge *at)
{
    ana_status status = ANA_OK;
    const size_t n = at->job->n;
    memset(at->products, 0, n * n * sizeof *at->products);
    memset(at->cross, 0, n * n * sizeof *at->cross);
    for (size_t k = 0; k < at->job->n_matrices; k++) {
        const double *x = at->job->x + k * n * n;
        const double w = at->job->weights[k];
        for (size_t i = 0; i < n; i++) {
            const double of_row = w * x[i * (n + 1)];
            for (size_t j = 0; j < n; j++) {
                at->products[i * n + j] += of_row * x[j * (n + 1)];
                at->cross[i * n + j] += of_row * x[i * n + j];
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            at->step[i * n + j] = i == j ? 1.0 : find_step(at, i, j);
        }
    }
    ANA_TRY(ana_linalg_solve(n, at->step, n, at->job->v, at->room, NULL));
    memcpy(at->job->v, at->room, n * n * sizeof *at->room);
done:
    return status;
}

/* The first matrix keeps ones on its diagonal. */
static ana_status keep_size(const wedge *at)
{
    ana_status status = ANA_OK;
    const size_t n = at->job->n;
    ANA_TRY(spd_sandwich(n, at->job->v, at->given, at->room, at->step));
    for (size_t i = 0; i < n; i++) {
        const double size = fabs(at->step[i * (n + 1)]);
        for (size_t j = 0; j < n && size > 0.0; j++) {
            at->job->v[i * n + j] /= sqrt(size);
        }
    }
done:
    return status;
}

ana_status joint_uwedge(const joint_job *job, ana_joint_info *info)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = job->n;
    const size_t most = job->options->max_iterations;
    double *given = ana_workspace_doubles(&workspace, job->n_matrices * n, n);
    const wedge at = {.job = job,
                      .given = given,
                      .products = ana_workspace_doubles(&workspace, n, n),
                      .cross = ana_workspace_doubles(&workspace, n, n),
                      .step = ana_workspace_doubles(&workspace, n, n),
                      .room = ana_workspace_doubles(&workspace, n, n)};
    double before = 0.0;
    double now = 0.0;
    ANA_TRY(ana_workspace_check(&workspace, "joint diagonalisation"));
    memcpy(given, job->x, job->n_matrices * n * n * sizeof *given);
    ANA_TRY(begin(&at));
    ANA_TRY(turn_all(&at, &before));
    while (info->n_iterations < most && !info->converged) {
        ANA_TRY(improve(&at));
        ANA_TRY(keep_size(&at));
        ANA_TRY(turn_all(&at, &now));
        info->residual = fabs(now - before);
        before = now;
        info->n_iterations++;
        info->converged = info->residual <= job->options->tolerance;
        ANA_TRY(ana_run_progress(&job->options->run, "joint", info->n_iterations, most));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
