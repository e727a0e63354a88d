/* Newton's method for the logistic regression with a penalty of squares. */
#include "checked.h"
#include "dense.h"
#include "logistic_parts.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

typedef struct newton_room {
    double *residuals; /* n x n_scores */
    double *scaled;    /* n x (d + 1) */
    double *block;     /* (d + 1) x (d + 1) */
    double *gradient;  /* n_scores x (d + 1) */
    double *hessian;
    double *step;
    double *start;
} newton_room;

static ana_status find_gradient(const logistic_problem *problem, const double *parameters,
                                newton_room *room)
{
    const size_t width = problem->d + 1;
    const ana_gemm shape = {.n_rows = problem->n_scores,
                            .n_inner = problem->n,
                            .n_columns = width,
                            .transpose_a = true,
                            .alpha = 1.0};
    logistic_residuals(problem, room->residuals);
    const ana_status status = ana_linalg_gemm(&shape, room->residuals, problem->x, room->gradient);
    for (size_t k = 0; k < problem->n_scores; k++) {
        for (size_t j = 0; j < problem->d; j++) {
            room->gradient[k * width + j] += problem->l2 * parameters[k * width + j];
        }
    }
    return status;
}

/* The second derivatives of scores k and l, by rows. */
static ana_status find_block(const logistic_problem *problem, size_t k, size_t l, newton_room *room)
{
    const size_t width = problem->d + 1;
    const ana_gemm shape = {.n_rows = width,
                            .n_inner = problem->n,
                            .n_columns = width,
                            .transpose_a = true,
                            .alpha = 1.0};
    for (size_t i = 0; i < problem->n; i++) {
        const double *p = problem->probability + i * problem->n_scores;
        const double factor = problem->costs[i] * p[k] * (k == l ? 1.0 - p[k] : -p[l]);
        for (size_t j = 0; j < width; j++) {
            room->scaled[i * width + j] = factor * problem->x[i * width + j];
        }
    }
    return ana_linalg_gemm(&shape, problem->x, room->scaled, room->block);
}

/* Blocks k >= l, the lower triangle, of the second derivatives. All biases rising together changes
 * nothing; that direction, in which the gradient is 0, is made stiff so that the matrix is positive
 * definite. */
static ana_status find_hessian(const logistic_problem *problem, newton_room *room)
{
    const size_t width = problem->d + 1;
    const size_t size = problem->n_scores * width;
    double stiffness = 0.0;
    for (size_t k = 0; k < problem->n_scores; k++) {
        for (size_t l = 0; l <= k; l++) {
            const ana_status status = find_block(problem, k, l, room);
            if (status != ANA_OK) {
                return status;
            }
            for (size_t i = 0; i < width; i++) {
                memcpy(room->hessian + (k * width + i) * size + l * width, room->block + i * width,
                       width * sizeof *room->block);
            }
        }
        for (size_t j = 0; j < problem->d; j++) {
            room->hessian[(k * width + j) * (size + 1)] += problem->l2;
        }
        stiffness += room->hessian[(k * width + problem->d) * (size + 1)];
    }
    for (size_t k = 0; k < problem->n_scores && problem->n_scores > 1; k++) {
        for (size_t l = 0; l <= k; l++) {
            room->hessian[(k * width + problem->d) * size + l * width + problem->d] += stiffness;
        }
    }
    return ANA_OK;
}

static ana_status check_size(size_t size, const ana_logistic_options *options)
{
    size_t bytes = 0;
    if (!ana_multiply(size, size, &bytes) || !ana_multiply(bytes, sizeof(double), &bytes)) {
        return ana_fail(ANA_ERR_LIMIT, "logistic: %zu parameters are too many", size);
    }
    return ana_run_check_memory(&options->run, bytes, "logistic regression");
}

ana_status logistic_newton(logistic_problem *problem, const ana_logistic_options *options,
                           double *parameters, ana_logistic_info *info)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t width = problem->d + 1;
    const size_t size = problem->n_scores * width;
    ANA_TRY(check_size(size, options));
    newton_room room = {ana_workspace_doubles(&workspace, problem->n, problem->n_scores),
                        ana_workspace_doubles(&workspace, problem->n, width),
                        ana_workspace_doubles(&workspace, width, width),
                        ana_workspace_doubles(&workspace, size, 1),
                        ana_workspace_doubles(&workspace, size, size),
                        ana_workspace_doubles(&workspace, size, 1),
                        ana_workspace_doubles(&workspace, size, 1)};
    ANA_TRY(ana_workspace_check(&workspace, "logistic"));
    ANA_TRY(logistic_value(problem, parameters, &info->objective));
    const double scale = info->objective;
    while (!info->converged && info->n_iterations < options->max_iterations) {
        ANA_TRY(find_gradient(problem, parameters, &room));
        ANA_TRY(find_hessian(problem, &room));
        ANA_TRY(ana_linalg_cholesky(size, room.hessian, room.hessian));
        ANA_TRY(ana_linalg_solve_cholesky(size, room.hessian, 1, room.gradient, room.step));
        const double decrement = ana_dot(size, room.gradient, room.step);
        memcpy(room.start, parameters, size * sizeof *parameters);
        ANA_TRY(logistic_search(problem, room.start, room.step, decrement, parameters,
                                &info->objective));
        info->n_iterations++;
        /* Convergence is quadratic: the step just taken squares what was left. */
        info->converged = decrement <= options->tolerance * scale;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
