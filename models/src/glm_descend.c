/* The step under penalties with corners: block coordinate descent on the quadratic model. A block
 * is a group, or one column; within a group the model is bounded by a sphere (Tseng & Yun 2009,
 * Math. Program. 117), so that each update has a closed form and zeros are exact. */
#include "glm_parts.h"

#include <math.h>
#include <string.h>

enum {
    MAX_SWEEPS = 20000
};

/* The largest change of a sweep, in units of the model's own curvature, that ends the descent. */
static const double small_change = 1e-12;

typedef struct descent {
    const ana_glm_task *task;
    const double *matrix; /* n x n, lower triangle */
    double *point;        /* beta + direction */
    double *rest;         /* gradient - A direction */
    ana_glm_unit *unit;
} descent;

static double element(const descent *at, size_t i, size_t j)
{
    return j <= i ? at->matrix[i * at->unit->n + j] : at->matrix[j * at->unit->n + i];
}

/* point[i] += change. */
static void move(const descent *at, size_t i, double change)
{
    const size_t n = at->unit->n;
    const double *row = at->matrix + i * n;
    at->point[i] += change;
    for (size_t j = 0; j <= i; j++) {
        at->rest[j] -= row[j] * change;
    }
    for (size_t j = i + 1; j < n; j++) {
        at->rest[j] -= at->matrix[j * n + i] * change;
    }
}

/* An upper bound of the block's largest eigenvalue: its largest row sum. */
static double bound(const descent *at, size_t first, size_t end)
{
    double most = 0.0;
    for (size_t i = first; i < end; i++) {
        double sum = 0.0;
        for (size_t j = first; j < end; j++) {
            sum += fabs(element(at, i, j));
        }
        most = fmax(most, sum);
    }
    return most;
}

static double shrunk(double value, double by)
{
    const double size = fabs(value) - by;
    return size > 0.0 ? copysign(size, value) : 0.0;
}

/* The largest change of the block, times the root of its curvature. */
static double update_block(const descent *at, size_t first, size_t end, size_t size)
{
    const ana_glm_options *options = at->task->options;
    const double curvature = bound(at, first, end);
    double most = 0.0;
    double squares = 0.0;
    if (!(curvature > 0.0)) {
        return 0.0;
    }
    const bool penalised = at->unit->columns[first] >= at->task->history_column;
    const double lasso = penalised ? options->lasso / curvature : 0.0;
    for (size_t i = first; i < end; i++) {
        const double wanted = shrunk(at->point[i] + at->rest[i] / curvature, lasso);
        squares += wanted * wanted;
    }
    const double norm = sqrt(squares);
    const double group = size > 0 ? options->group * sqrt((double)size) / curvature : 0.0;
    const double keep = norm > group ? 1.0 - group / norm : 0.0;
    /* All new values come from the same rest: they are found before any is moved. */
    double *changes = at->unit->direction + first;
    for (size_t i = first; i < end; i++) {
        const double wanted = shrunk(at->point[i] + at->rest[i] / curvature, lasso);
        changes[i - first] = (size > 0 ? keep : 1.0) * wanted - at->point[i];
    }
    for (size_t i = first; i < end; i++) {
        if (changes[i - first] != 0.0) {
            most = fmax(most, fabs(changes[i - first]) * sqrt(curvature));
            move(at, i, changes[i - first]);
        }
    }
    return most;
}

static bool is_zero(const descent *at, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        if (at->point[i] != 0.0) {
            return false;
        }
    }
    return true;
}

/* Blocks that are 0 are left alone when `moving_only`. */
static double sweep(const descent *at, bool moving_only)
{
    double most = 0.0;
    size_t end = 0;
    for (size_t i = 0; i < at->unit->n; i = end) {
        size_t size = 0;
        ana_glm_group_of(at->task, at->unit, i, &end, &size);
        if (!moving_only || !is_zero(at, i, end)) {
            most = fmax(most, update_block(at, i, end, size));
        }
    }
    return most;
}

void ana_glm_descend(const ana_glm_task *task, const double *gradient, const double *matrix,
                     double *vector, ana_glm_unit *unit)
{
    const size_t n = unit->n;
    memcpy(vector, unit->beta, n * sizeof *vector);
    memcpy(vector + n, gradient, n * sizeof *vector);
    const descent at = {task, matrix, vector, vector + n, unit};
    size_t n_sweeps = 0;
    while (n_sweeps < MAX_SWEEPS && sweep(&at, false) > small_change) {
        n_sweeps++;
        while (n_sweeps < MAX_SWEEPS && sweep(&at, true) > small_change) {
            n_sweeps++;
        }
    }
    for (size_t i = 0; i < n; i++) {
        unit->direction[i] = at.point[i] - unit->beta[i];
    }
}
