/* Newton's method for a group of units side by side: every pass over the data evaluates each
 * unit's trial with gradient and Hessian, so that an accepted step costs one pass. */
#include "glm_parts.h"

#include <math.h>
#include <omp.h>
#include <string.h>

static const double sufficient = 1e-4;  /* share of the slope a step must gain (Armijo 1966) */
static const double rounding = 1e-13;   /* of the objective: differences below say nothing */
static const double least_step = 1e-10; /* then the direction leads nowhere */

static void set_trial(ana_glm_unit *unit)
{
    for (size_t i = 0; i < unit->n; i++) {
        unit->trial[i] = unit->beta[i] + unit->step * unit->direction[i];
    }
    unit->trial_dispersion = unit->family.dispersion;
    if (unit->step * unit->spread_direction != 0.0) {
        unit->trial_dispersion *= exp(unit->step * unit->spread_direction);
    }
}

static void accept(double objective, ana_glm_unit *unit)
{
    memcpy(unit->beta, unit->trial, unit->n * sizeof *unit->beta);
    unit->family.dispersion = unit->trial_dispersion;
    unit->objective = objective;
}

static void stop(bool converged, ana_glm_unit *unit)
{
    unit->active = false;
    unit->converged = converged;
}

/* Whether the step that led here was the last. */
static bool has_converged(const ana_glm_task *task, const ana_glm_unit *unit)
{
    const double enough = task->options->tolerance * (1.0 + fabs(unit->objective));
    return unit->step == 1.0 && unit->gain <= enough;
}

static void reject(ana_glm_unit *unit)
{
    unit->step *= 0.5;
    if (unit->step < least_step) {
        unit->step = 0.0; /* one more pass where the unit stands, for its Hessian */
        unit->leaves = true;
    }
    set_trial(unit);
}

void ana_glm_launch(ana_glm_unit *unit)
{
    unit->step = 1.0;
    set_trial(unit);
}

void ana_glm_judge(const ana_glm_task *task, double *vector, ana_glm_unit *unit)
{
    const double objective = ana_glm_objective(task, unit, vector);
    unit->moved = false;
    if (unit->leaves) {
        unit->objective = objective;
        stop(unit->gain <= sqrt(task->options->tolerance) * (1.0 + fabs(objective)), unit);
        return;
    }
    const double slack = rounding * (1.0 + fabs(unit->objective));
    const bool first = isinf(unit->objective);
    if (first && isinf(objective)) {
        stop(false, unit); /* nothing can be computed even at the start */
    } else if (first ||
               objective >= unit->objective + sufficient * unit->step * unit->slope - slack) {
        accept(objective, unit);
        unit->n_iterations += first ? 0 : 1;
        if (!first && has_converged(task, unit)) {
            stop(true, unit);
        } else if (unit->n_iterations >= task->options->max_iterations) {
            stop(false, unit);
        } else {
            unit->moved = true;
        }
    } else {
        reject(unit);
    }
}

static void advance(const ana_glm_task *task, const ana_glm_scratch *scratch, ana_glm_unit *unit)
{
    ana_glm_judge(task, scratch->vector, unit);
    if (unit->moved) {
        ana_glm_find_direction(task, scratch, unit);
        ana_glm_launch(unit);
    }
}

double ana_glm_total(size_t n_units, const ana_glm_unit *units, bool *any_active)
{
    double total = 0.0;
    *any_active = false;
    for (size_t u = 0; u < n_units; u++) {
        total += isfinite(units[u].objective) ? units[u].objective : 0.0;
        *any_active = *any_active || units[u].active;
    }
    return total;
}

void ana_glm_add_trace(ana_glm_trace *trace, size_t n_passes, double total)
{
    for (size_t i = n_passes; i < trace->capacity; i++) {
        trace->values[i] += total - trace->last; /* the group's change, from here on */
    }
    trace->last = total;
    trace->n = n_passes + 1 > trace->n ? n_passes + 1 : trace->n;
}

ana_status ana_glm_newton(const ana_glm_task *task, const ana_glm_room *room, size_t n_units,
                          ana_glm_unit *units, ana_glm_trace *trace)
{
    bool any_active = true;
    trace->last = 0.0;
    for (size_t pass = 0; any_active && pass < trace->capacity; pass++) {
        ana_status status = ana_glm_pass(task, room, n_units, units, true);
        if (status != ANA_OK) {
            return status;
        }
#pragma omp parallel for default(none) num_threads(room->n_threads) schedule(dynamic, 1)           \
    shared(task, room, n_units, units)
        for (size_t u = 0; u < n_units; u++) {
            if (units[u].active) {
                advance(task, &room->scratch[omp_get_thread_num()], &units[u]);
            }
        }
        ana_glm_add_trace(trace, pass, ana_glm_total(n_units, units, &any_active));
    }
    return ANA_OK;
}
