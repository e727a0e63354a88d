/* The M-step without signs: Newton's method on the weighted regression of each state and unit, with
 * expected curvature (Fisher scoring), halved steps where the penalised value would fall. Up to 128
 * free columns every unit has its own Hessian; beyond, all units of a state share one, weighted
 * with their mean curvature and scaled to each unit's own, which costs one Gram matrix a state in
 * place of N and leaves the optimum where it is. */
#include "glm_hmm_parts.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <omp.h>
#include <string.h>

enum {
    MOST_HALVINGS = 20,
    MOST_STEPS = 50 /* where Newton's method is to converge */
};

double ana_glm_hmm_precision(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                             size_t column)
{
    if (task->has_intercept && column == 0) {
        return 0.0;
    }
    return task->prior == ANA_GLM_HMM_GAUSSIAN ? 1.0 / (weights->spread * weights->spread)
                                               : task->options->ridge;
}

static double centre_of(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                        size_t unit, size_t column)
{
    return task->prior == ANA_GLM_HMM_GAUSSIAN ? weights->centre[unit * task->n_columns + column]
                                               : 0.0;
}

double ana_glm_hmm_log_penalty(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                               size_t unit, const double *coefficients)
{
    double sum = 0.0;
    for (size_t i = 0; i < task->n_free[unit]; i++) {
        const size_t c = task->free[unit * task->n_columns + i];
        if (!ana_glm_hmm_is_edge(task, unit, c)) {
            const double off = coefficients[c] - centre_of(task, weights, unit, c);
            sum -= 0.5 * ana_glm_hmm_precision(task, weights, c) * off * off;
        }
    }
    return sum;
}

/* A raised diagonal shortens the step, which still leads upwards. */
ana_status ana_glm_hmm_solve_raised(size_t n, const double *hessian, double *factor, size_t n_rhs,
                                    double *x)
{
    double trace = 0.0;
    for (size_t i = 0; i < n; i++) {
        trace += hessian[i * n + i];
    }
    double raise = 0.0;
    for (int i = 0; i < 40; i++) {
        memcpy(factor, hessian, n * n * sizeof *factor);
        for (size_t j = 0; j < n; j++) {
            factor[j * n + j] += raise;
        }
        if (ana_linalg_cholesky(n, factor, factor) == ANA_OK) {
            return ana_linalg_solve_cholesky(n, factor, n_rhs, x, x);
        }
        raise = raise > 0.0 ? 10.0 * raise : 1e-12 * (trace / (double)n) + 1e-300;
    }
    return ana_fail(ANA_ERR_NUMERIC, "glm-hmm: a Hessian is not finite");
}

/* Gradient of the penalised value at unit n's free columns, into x, `stride` apart. */
static void slopes_of(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                      size_t state, size_t unit, size_t stride, double *x)
{
    const size_t p = task->n_columns;
    const size_t cell = (state * task->n_units + unit) * p;
    for (size_t i = 0; i < task->n_free[unit]; i++) {
        const size_t c = task->free[unit * p + i];
        const double off = weights->coefficients[cell + c] - centre_of(task, weights, unit, c);
        x[i * stride] =
            task->room->sums.gradient[cell + c] - ana_glm_hmm_precision(task, weights, c) * off;
    }
}

/* matrix = scale * (the state's or the unit's Hessian) + precisions, at unit n's free columns. */
static void hessian_of(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                       size_t state, size_t unit, double scale, double *matrix)
{
    const size_t p = task->n_columns;
    const size_t n = task->n_free[unit];
    const size_t *free = task->free + unit * p;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            matrix[i * n + j] = scale * ana_glm_hmm_hessian(task, state, unit, i, j);
        }
        matrix[i * n + i] += ana_glm_hmm_precision(task, weights, free[i]);
    }
}

double ana_glm_hmm_hessian(const ana_glm_hmm_task *task, size_t state, size_t unit, size_t i,
                           size_t j)
{
    const size_t p = task->n_columns;
    if (task->is_exact) {
        const double *gram = task->room->sums.gram + ana_glm_hmm_gram_at(task, state, unit);
        return gram[i * task->n_free[unit] + j];
    }
    const size_t *free = task->free + unit * p;
    return task->room->sums.gram[state * p * p + free[i] * p + free[j]];
}

/* How the unit's curvature compares with the mean that the shared Hessian is weighted with. */
double ana_glm_hmm_share(const ana_glm_hmm_task *task, size_t state, size_t unit)
{
    if (task->is_exact) {
        return 1.0;
    }
    const double *weight = task->room->sums.weight + state * task->n_units;
    double mean = 0.0;
    for (size_t n = 0; n < task->n_units; n++) {
        mean += weight[n] / (double)task->n_units;
    }
    return mean > 0.0 ? weight[unit] / mean : 1.0;
}

/* Where x was solved for the free columns, the direction; its slope along the gradient. */
static double keep_direction(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                             size_t state, size_t unit, size_t stride, const double *x)
{
    const size_t p = task->n_columns;
    const size_t cell = (state * task->n_units + unit) * p;
    double rise = 0.0;
    for (size_t i = 0; i < task->n_free[unit]; i++) {
        const size_t c = task->free[unit * p + i];
        const double off = weights->coefficients[cell + c] - centre_of(task, weights, unit, c);
        task->room->direction[cell + c] = x[i * stride];
        rise += x[i * stride] * (task->room->sums.gradient[cell + c] -
                                 ana_glm_hmm_precision(task, weights, c) * off);
    }
    return rise;
}

static ana_status own_direction(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                                size_t state, size_t unit, const ana_glm_hmm_seat *seat,
                                double *rise)
{
    const size_t n = task->n_free[unit];
    const double scale = ana_glm_hmm_share(task, state, unit);
    slopes_of(task, weights, state, unit, 1, seat->gradient);
    hessian_of(task, weights, state, unit, scale, seat->product);
    ana_status status = ana_glm_hmm_solve_raised(n, seat->product, seat->scaled, 1, seat->gradient);
    if (status == ANA_OK) {
        *rise = keep_direction(task, weights, state, unit, 1, seat->gradient);
    }
    return status;
}

/* Units whose curvature is within a factor of 2 of each other share a factor. */
static int level_of(const ana_glm_hmm_task *task, size_t state, size_t unit)
{
    return ilogb(fmax(ana_glm_hmm_share(task, state, unit), 1e-6));
}

/* All units of a state that share the Hessian and are on one level, in one solve. */
static ana_status level_directions(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                                   size_t state, int level, const ana_glm_hmm_seat *seat,
                                   double *rises)
{
    const size_t p = task->n_columns;
    const size_t n_units = task->n_units;
    size_t unit = n_units;
    double *x = task->room->solve + state * p * n_units;
    memset(x, 0, p * n_units * sizeof *x);
    for (size_t n = 0; n < n_units; n++) {
        if (task->n_free[n] == p && level_of(task, state, n) == level) {
            slopes_of(task, weights, state, n, n_units, x + n);
            unit = n;
        }
    }
    if (unit == n_units) {
        return ANA_OK;
    }
    hessian_of(task, weights, state, unit, 1.5 * exp2(level), seat->product);
    ana_status status = ana_glm_hmm_solve_raised(p, seat->product, seat->scaled, n_units, x);
    for (size_t n = 0; n < n_units && status == ANA_OK; n++) {
        if (task->n_free[n] == p && level_of(task, state, n) == level) {
            rises[n] = keep_direction(task, weights, state, n, n_units, x + n);
        }
    }
    return status;
}

static ana_status shared_directions(const ana_glm_hmm_task *task,
                                    const ana_glm_hmm_weights *weights, size_t state,
                                    const ana_glm_hmm_seat *seat, double *rises)
{
    ana_status status = ANA_OK;
    for (int level = -20; level <= 20; level++) {
        ANA_TRY(level_directions(task, weights, state, level, seat, rises));
    }
    for (size_t n = 0; n < task->n_units; n++) {
        if (task->n_free[n] < task->n_columns) {
            ANA_TRY(own_direction(task, weights, state, n, seat, rises + n));
        }
    }
done:
    return status;
}

/* Directions of all states and units; rises (K x N) are twice what a quadratic would gain. */
static ana_status find_directions(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                                  double *rises)
{
    ana_glm_hmm_room *room = task->room;
    const size_t n_units = task->n_units;
    const size_t n_items = task->is_exact ? task->n_states * n_units : task->n_states;
#pragma omp parallel for default(none) schedule(dynamic, 1)                                        \
    num_threads(ana_glm_hmm_solver_threads(task, n_items))                                         \
        shared(task, weights, rises, room, n_units, n_items)
    for (size_t i = 0; i < n_items; i++) {
        const ana_glm_hmm_seat *seat = room->seats + omp_get_thread_num();
        room->statuses[i] =
            task->is_exact ? own_direction(task, weights, i / n_units, i % n_units, seat, rises + i)
                           : shared_directions(task, weights, i, seat, rises + i * n_units);
    }
    for (size_t i = 0; i < n_items; i++) {
        if (room->statuses[i] != ANA_OK) {
            return ana_fail(ANA_ERR_NUMERIC, "glm-hmm: state %zu: a Hessian is not finite",
                            task->is_exact ? i / n_units : i);
        }
    }
    return ANA_OK;
}

void ana_glm_hmm_mark_empty(const ana_glm_hmm_task *task, const double *posterior)
{
    for (size_t k = 0; k < task->n_states; k++) {
        double rows = 0.0;
        for (size_t t = 0; t < task->n_times; t++) {
            rows += posterior[t * task->n_states + k];
        }
        task->room->is_empty[k] = rows < 1.0;
    }
}

/* Units and states that stay as they are: silent ones, and states without rows. */
static void hold_still(const ana_glm_hmm_task *task, double *rises)
{
    const size_t p = task->n_columns;
    for (size_t i = 0; i < task->n_states * task->n_units; i++) {
        if (task->room->is_empty[i / task->n_units] || task->silent[i % task->n_units]) {
            memset(task->room->direction + i * p, 0, p * sizeof(double));
            rises[i] = 0.0;
        }
    }
}

static void propose(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights, size_t cell,
                    double length)
{
    const size_t p = task->n_columns;
    double *to = task->room->proposal + cell * p;
    for (size_t c = 0; c < p; c++) {
        to[c] = weights->coefficients[cell * p + c] + length * task->room->direction[cell * p + c];
    }
    if (task->has_intercept) {
        to[0] = fmax(to[0], task->floor[cell % task->n_units]);
    }
}

/* Whether the proposal of a cell is no worse than where it comes from, beyond rounding. */
static bool is_no_worse(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                        size_t cell)
{
    const size_t p = task->n_columns;
    const size_t unit = cell % task->n_units;
    const double before =
        task->room->sums.value[cell] +
        ana_glm_hmm_log_penalty(task, weights, unit, weights->coefficients + cell * p);
    const double after =
        task->room->trial.value[cell] +
        ana_glm_hmm_log_penalty(task, weights, unit, task->room->proposal + cell * p);
    return after >= before - 1e-13 * fabs(before);
}

/* One step of every cell, halved until none is worse. */
static ana_status take_step(const ana_glm_hmm_task *task, ana_glm_hmm_weights *weights,
                            const double *posterior)
{
    ana_status status = ANA_OK;
    const size_t cells = task->n_states * task->n_units;
    double *length = task->room->length;
    for (size_t i = 0; i < cells; i++) {
        length[i] = 1.0;
        propose(task, weights, i, 1.0);
    }
    for (size_t halving = 0, worse = 1; halving <= MOST_HALVINGS && worse > 0; halving++) {
        ANA_TRY(ana_glm_hmm_pass(task, task->room->proposal, posterior, ANA_GLM_HMM_VALUE,
                                 &task->room->trial));
        worse = 0;
        for (size_t i = 0; i < cells; i++) {
            if (length[i] > 0.0 && !is_no_worse(task, weights, i)) {
                length[i] = halving + 1 < MOST_HALVINGS ? 0.5 * length[i] : 0.0;
                propose(task, weights, i, length[i]);
                worse++;
            }
        }
    }
    memcpy(weights->coefficients, task->room->proposal,
           cells * task->n_columns * sizeof *weights->coefficients);
done:
    return status;
}

/* A shared Hessian only steers: it serves several M-steps. */
static ana_glm_hmm_want what_is_due(const ana_glm_hmm_task *task,
                                    const ana_glm_hmm_weights *weights)
{
    ana_glm_hmm_room *room = task->room;
    if (!task->is_exact && room->hessian_of == weights &&
        ++room->hessian_age < ANA_GLM_HMM_KEEP_SHARED) {
        return ANA_GLM_HMM_GRADIENT;
    }
    room->hessian_of = weights;
    room->hessian_age = 0;
    return ANA_GLM_HMM_HESSIAN;
}

ana_status ana_glm_hmm_stand(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                             const double *posterior)
{
    return ana_glm_hmm_pass(task, weights->coefficients, posterior, what_is_due(task, weights),
                            &task->room->sums);
}

ana_status ana_glm_hmm_newton(const ana_glm_hmm_task *task, ana_glm_hmm_weights *weights,
                              const double *posterior)
{
    ana_status status = ANA_OK;
    const size_t cells = task->n_states * task->n_units;
    const size_t asked = task->options->newton_steps;
    const size_t n_steps = asked > 0 ? asked : MOST_STEPS;
    double *rises = task->room->rises;
    for (size_t step = 0; step < n_steps; step++) {
        ANA_TRY(ana_glm_hmm_stand(task, weights, posterior));
        ANA_TRY(find_directions(task, weights, rises));
        hold_still(task, rises);
        double most = 0.0;
        for (size_t i = 0; i < cells; i++) {
            most = fmax(most, rises[i] / (1.0 + fabs(task->room->sums.value[i])));
        }
        if (most < 1e-20) {
            break;
        }
        ANA_TRY(take_step(task, weights, posterior));
    }
done:
    return status;
}
