/* From derivatives to a direction, and what a step along it is worth. */
#include "dense.h"
#include "glm_parts.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

enum {
    MAX_SHIFTS = 24
};

static const double first_shift = 1e-10; /* of the largest diagonal element */
static const double next_shift = 10.0;
static const double largest_spread_step = 2.0; /* of log dispersion */

/* matrix = Hessian + penalty + shift on the diagonal. */
static void fill_matrix(const ana_glm_task *task, const ana_glm_unit *unit, double shift,
                        double *matrix)
{
    const size_t n = unit->n;
    memcpy(matrix, unit->hessian, n * n * sizeof *matrix);
    ana_glm_add_quadratic(task, unit, matrix);
    for (size_t i = 0; i < n; i++) {
        matrix[i * n + i] += shift;
    }
}

static double largest_diagonal(const ana_glm_unit *unit)
{
    double most = 1e-300;
    for (size_t i = 0; i < unit->n; i++) {
        most = fmax(most, fabs(unit->hessian[i * unit->n + i]));
    }
    return most;
}

/* The shift grows until the matrix is positive definite; false when it never is. */
static bool factorise(const ana_glm_task *task, const ana_glm_unit *unit, double *matrix)
{
    double shift = 0.0;
    for (size_t i = 0; i < MAX_SHIFTS; i++) {
        fill_matrix(task, unit, shift, matrix);
        if (ana_linalg_cholesky(unit->n, matrix, matrix) == ANA_OK) {
            return true;
        }
        shift = shift == 0.0 ? first_shift * largest_diagonal(unit) : shift * next_shift;
    }
    return false;
}

/* d . A d of a lower triangle. */
static double square_form(size_t n, const double *a, const double *d)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += d[i] * (2.0 * ana_dot(i, a + i * n, d) + a[i * n + i] * d[i]);
    }
    return sum;
}

static bool is_sparse(const ana_glm_task *task)
{
    return task->options->lasso > 0.0 || task->options->group > 0.0;
}

static void sparse_direction(const ana_glm_task *task, const double *gradient,
                             const ana_glm_scratch *scratch, ana_glm_unit *unit)
{
    const size_t n = unit->n;
    double *ahead = scratch->vector;
    fill_matrix(task, unit, 0.0, scratch->matrix);
    ana_glm_descend(task, gradient, scratch->matrix, scratch->vector, unit);
    for (size_t i = 0; i < n; i++) {
        ahead[i] = unit->beta[i] + unit->direction[i];
    }
    unit->slope = ana_dot(n, gradient, unit->direction) - ana_glm_sparse(task, unit, ahead) +
                  ana_glm_sparse(task, unit, unit->beta);
    unit->gain = unit->slope - 0.5 * square_form(n, scratch->matrix, unit->direction);
}

static void newton_direction(const ana_glm_task *task, const double *gradient,
                             const ana_glm_scratch *scratch, ana_glm_unit *unit)
{
    const size_t n = unit->n;
    const bool solved =
        factorise(task, unit, scratch->matrix) &&
        ana_linalg_solve_cholesky(n, scratch->matrix, 1, gradient, unit->direction) == ANA_OK;
    if (!solved) {
        memset(unit->direction, 0, n * sizeof *unit->direction);
    }
    unit->slope = ana_dot(n, gradient, unit->direction);
    unit->gain = 0.5 * unit->slope;
}

void ana_glm_find_spread(ana_glm_unit *unit)
{
    const ana_glm_sums *sums = &unit->sums;
    double step = 0.0;
    unit->spread_direction = 0.0;
    if (!unit->fits_dispersion || !(sums->n_rows > 0.0)) {
        return;
    }
    if (unit->family.distribution == ANA_GLM_GAUSSIAN) {
        step = 0.5 * log((sums->spread + sums->n_rows) / sums->n_rows); /* the best given beta */
    } else {
        step = sums->spread_curvature > 0.0 ? sums->spread / sums->spread_curvature
                                            : copysign(1.0, sums->spread);
    }
    step = fmin(fmax(step, -largest_spread_step), largest_spread_step);
    const double now = log(unit->family.dispersion);
    step = fmin(fmax(now + step, log(unit->least_dispersion)), log(unit->most_dispersion)) - now;
    if (step * sums->spread > 0.0) {
        unit->spread_direction = step;
        unit->slope += step * sums->spread;
        unit->gain += 0.5 * step * sums->spread;
    }
}

void ana_glm_find_direction(const ana_glm_task *task, const ana_glm_scratch *scratch,
                            ana_glm_unit *unit)
{
    const size_t n = unit->n;
    double *gradient = scratch->vector + 2 * n;
    double value = 0.0;
    ana_glm_quadratic(task, unit, unit->beta, gradient, &value);
    for (size_t i = 0; i < n; i++) {
        gradient[i] = unit->gradient[i] - gradient[i];
    }
    if (is_sparse(task)) {
        sparse_direction(task, gradient, scratch, unit);
    } else {
        newton_direction(task, gradient, scratch, unit);
    }
    ana_glm_find_spread(unit);
}

double ana_glm_objective(const ana_glm_task *task, const ana_glm_unit *unit, double *vector)
{
    double value = 0.0;
    ana_glm_quadratic(task, unit, unit->trial, vector, &value);
    value = unit->sums.log_likelihood - value - ana_glm_sparse(task, unit, unit->trial);
    return isfinite(value) ? value : -(double)INFINITY;
}
