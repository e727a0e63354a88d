/* Penalties over a unit's free columns. Whatever was left out counts as 0. */
#include "glm_parts.h"

#include <math.h>
#include <string.h>

static bool is_history(const ana_glm_task *task, size_t column)
{
    return column >= task->history_column && column < task->covariate_column;
}

static bool is_penalised(const ana_glm_task *task, size_t column)
{
    return column >= task->history_column;
}

/* Which of its source's functions a column is. */
static size_t function_of(const ana_glm_task *task, size_t column)
{
    return (column - task->history_column) % task->n_functions;
}

/* Diagonal of Q, and its element with the free column that follows. */
static void quadratic_row(const ana_glm_task *task, const ana_glm_unit *unit, size_t i,
                          double *diagonal, double *next)
{
    const ana_glm_options *options = task->options;
    const size_t column = unit->columns[i];
    *diagonal = is_penalised(task, column) ? options->ridge : 0.0;
    *next = 0.0;
    if (options->smooth > 0.0 && is_history(task, column)) {
        const size_t b = function_of(task, column);
        const bool last = b + 1 == task->n_functions;
        *diagonal += options->smooth * ((b > 0 ? 1.0 : 0.0) + (last ? 0.0 : 1.0));
        if (!last && i + 1 < unit->n && unit->columns[i + 1] == column + 1) {
            *next = -options->smooth;
        }
    }
}

void ana_glm_quadratic(const ana_glm_task *task, const ana_glm_unit *unit, const double *beta,
                       double *out, double *value)
{
    double sum = 0.0;
    double before = 0.0; /* what the column before has with this one, times its coefficient */
    for (size_t i = 0; i < unit->n; i++) {
        double diagonal = 0.0;
        double next = 0.0;
        quadratic_row(task, unit, i, &diagonal, &next);
        out[i] = diagonal * beta[i] + before + (next != 0.0 ? next * beta[i + 1] : 0.0);
        before = next * beta[i];
        sum += 0.5 * beta[i] * out[i];
    }
    *value = sum;
}

void ana_glm_add_quadratic(const ana_glm_task *task, const ana_glm_unit *unit, double *matrix)
{
    for (size_t i = 0; i < unit->n; i++) {
        double diagonal = 0.0;
        double next = 0.0;
        quadratic_row(task, unit, i, &diagonal, &next);
        matrix[i * unit->n + i] += diagonal;
        if (next != 0.0) {
            matrix[(i + 1) * unit->n + i] += next;
        }
    }
}

void ana_glm_group_of(const ana_glm_task *task, const ana_glm_unit *unit, size_t i, size_t *end,
                      size_t *size)
{
    *end = i + 1;
    *size = 0;
    if (task->options->group == 0.0 || !is_history(task, unit->columns[i])) {
        return;
    }
    const size_t source = (unit->columns[i] - task->history_column) / task->n_functions;
    const size_t beyond = task->history_column + (source + 1) * task->n_functions;
    while (*end < unit->n && unit->columns[*end] < beyond) {
        (*end)++;
    }
    *size = task->n_functions;
}

double ana_glm_sparse(const ana_glm_task *task, const ana_glm_unit *unit, const double *beta)
{
    const ana_glm_options *options = task->options;
    double sum = 0.0;
    size_t end = 0;
    if (options->lasso == 0.0 && options->group == 0.0) {
        return 0.0;
    }
    for (size_t i = 0; i < unit->n; i = end) {
        size_t size = 0;
        double squares = 0.0;
        ana_glm_group_of(task, unit, i, &end, &size);
        for (size_t j = i; j < end; j++) {
            sum += is_penalised(task, unit->columns[j]) ? options->lasso * fabs(beta[j]) : 0.0;
            squares += beta[j] * beta[j];
        }
        sum += size > 0 ? options->group * sqrt((double)size * squares) : 0.0;
    }
    return sum;
}
