/* Coordinate descent for the logistic regression with a penalty of absolute values: for one score
 * at a time, on Newton's quadratic of the losses, then as far along that way as lowers the
 * objective. */
#include "dense.h"
#include "logistic_parts.h"
#include "try.h"

#include <math.h>
#include <string.h>

enum {
    MAX_SWEEPS = 1000 /* of the coordinates, within one quadratic */
};

typedef struct descent_room {
    double *columns;   /* (d + 1) x n: x transposed */
    double *residuals; /* n x n_scores */
    double *slopes;    /* n: derivatives of the quadratic by the score of each row */
    double *curvature; /* n */
    double *squares;   /* d + 1: second derivatives */
    double *moved;     /* d + 1 */
    double *direction; /* n_scores x (d + 1) */
    double *start;
} descent_room;

/* The least distance of 0 from the derivatives by one weight: 0 at the minimum. */
static double violation(double gradient, double weight, double l1)
{
    if (weight != 0.0) {
        return fabs(gradient + (weight > 0.0 ? l1 : -l1));
    }
    return fmax(fabs(gradient) - l1, 0.0);
}

/* Of all parameters; `largest`, if not NULL, is the largest gradient of the losses. */
static double find_violation(const logistic_problem *problem, const double *parameters,
                             descent_room *room, double *largest)
{
    const size_t width = problem->d + 1;
    double worst = 0.0;
    logistic_residuals(problem, room->residuals);
    for (size_t k = 0; k < problem->n_scores; k++) {
        for (size_t i = 0; i < problem->n; i++) {
            room->slopes[i] = room->residuals[i * problem->n_scores + k];
        }
        for (size_t j = 0; j < width; j++) {
            const double loss = ana_dot(problem->n, room->columns + j * problem->n, room->slopes);
            const double weight = parameters[k * width + j];
            const bool is_bias = j == problem->d;
            const double gradient = loss + (is_bias ? 0.0 : problem->l2 * weight);
            worst = fmax(worst, violation(gradient, weight, is_bias ? 0.0 : problem->l1));
            if (largest != NULL) {
                *largest = fmax(*largest, fabs(loss));
            }
        }
    }
    return worst;
}

static double shrink(double value, double by)
{
    return copysign(fmax(fabs(value) - by, 0.0), value);
}

/* One sweep; the largest change of a derivative that a move made. Without `all`, weights at 0 stay
 * there. */
static double sweep(const logistic_problem *problem, bool all, descent_room *room)
{
    const size_t n = problem->n;
    double largest = 0.0;
    for (size_t j = 0; j <= problem->d; j++) {
        const double before = room->moved[j];
        if (!(room->squares[j] > 0.0) || (!all && before == 0.0 && j < problem->d)) {
            continue;
        }
        const double *column = room->columns + j * n;
        const bool is_bias = j == problem->d;
        const double gradient =
            ana_dot(n, column, room->slopes) + (is_bias ? 0.0 : problem->l2 * before);
        const double after =
            shrink(before * room->squares[j] - gradient, is_bias ? 0.0 : problem->l1) /
            room->squares[j];
        const double change = after - before;
        if (change == 0.0) {
            continue;
        }
        room->moved[j] = after;
        largest = fmax(largest, fabs(change) * room->squares[j]);
        for (size_t i = 0; i < n; i++) {
            room->slopes[i] += change * room->curvature[i] * column[i];
        }
    }
    return largest;
}

/* The minimum of score k's quadratic, left in room->moved. */
static void lower_quadratic(const logistic_problem *problem, size_t k, double enough,
                            const double *parameters, descent_room *room)
{
    const size_t n = problem->n;
    const size_t width = problem->d + 1;
    logistic_residuals(problem, room->residuals);
    for (size_t i = 0; i < n; i++) {
        const double p = problem->probability[i * problem->n_scores + k];
        room->slopes[i] = room->residuals[i * problem->n_scores + k];
        room->curvature[i] = problem->costs[i] * fmax(p * (1.0 - p), 1e-9);
    }
    for (size_t j = 0; j < width; j++) {
        room->squares[j] = j < problem->d ? problem->l2 : 0.0;
        for (size_t i = 0; i < n; i++) {
            const double value = room->columns[j * n + i];
            room->squares[j] += room->curvature[i] * value * value;
        }
    }
    memcpy(room->moved, parameters + k * width, width * sizeof *room->moved);
    for (size_t s = 0; s < MAX_SWEEPS && sweep(problem, true, room) > enough; s++) {
        for (size_t t = 0; t < MAX_SWEEPS && sweep(problem, false, room) > enough; t++) {
        }
    }
}

/* The decrease of first order along the way of score k, of the losses and of the penalty. */
static double find_slope(const logistic_problem *problem, size_t k, const double *parameters,
                         const descent_room *room)
{
    const size_t width = problem->d + 1;
    const double *own = parameters + k * width;
    double slope = 0.0;
    for (size_t i = 0; i < problem->n; i++) {
        const double *x = problem->x + i * width;
        slope += room->residuals[i * problem->n_scores + k] *
                 ana_dot(width, x, room->direction + k * width);
    }
    for (size_t j = 0; j < problem->d; j++) {
        slope += problem->l2 * own[j] * room->direction[k * width + j] +
                 problem->l1 * (fabs(own[j]) - fabs(room->moved[j]));
    }
    return fmax(slope, 0.0);
}

static ana_status open_room(const logistic_problem *problem, ana_workspace *workspace,
                            descent_room *room)
{
    const size_t width = problem->d + 1;
    *room = (descent_room){ana_workspace_doubles(workspace, width, problem->n),
                           ana_workspace_doubles(workspace, problem->n, problem->n_scores),
                           ana_workspace_doubles(workspace, problem->n, 1),
                           ana_workspace_doubles(workspace, problem->n, 1),
                           ana_workspace_doubles(workspace, width, 1),
                           ana_workspace_doubles(workspace, width, 1),
                           ana_workspace_doubles(workspace, problem->n_scores, width),
                           ana_workspace_doubles(workspace, problem->n_scores, width)};
    return ana_workspace_check(workspace, "logistic");
}

ana_status logistic_descend(logistic_problem *problem, const ana_logistic_options *options,
                            double *parameters, ana_logistic_info *info)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    descent_room room = {0};
    const size_t width = problem->d + 1;
    const size_t size = problem->n_scores * width;
    double scale = 0.0;
    ANA_TRY(open_room(problem, &workspace, &room));
    ana_transpose(problem->n, width, problem->x, room.columns);
    ANA_TRY(logistic_value(problem, parameters, &info->objective));
    double left = find_violation(problem, parameters, &room, &scale);
    info->converged = left <= options->tolerance * scale;
    while (!info->converged && info->n_iterations < options->max_iterations) {
        for (size_t k = 0; k < problem->n_scores; k++) {
            lower_quadratic(problem, k, 0.01 * left, parameters, &room);
            memset(room.direction, 0, size * sizeof *room.direction);
            for (size_t j = 0; j < width; j++) {
                room.direction[k * width + j] = parameters[k * width + j] - room.moved[j];
            }
            memcpy(room.start, parameters, size * sizeof *parameters);
            ANA_TRY(logistic_search(problem, room.start, room.direction,
                                    find_slope(problem, k, parameters, &room), parameters,
                                    &info->objective));
            /* A whole step leaves weights at the very 0 that the sweep gave them. */
        }
        left = find_violation(problem, parameters, &room, NULL);
        info->n_iterations++;
        info->converged = left <= options->tolerance * scale;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
