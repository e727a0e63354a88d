/* How certain the weights are: roots of the diagonal of the inverse Hessian of each state and unit,
 * with the prior's precision; for edges with a sign the spread of their own posterior. */
#include "glm_hmm_model.h"

#include <analysis/linalg.h>

#include <math.h>

static void forget(const ana_glm_hmm_task *task, ana_glm_hmm *model)
{
    for (size_t i = 0; i < task->n_states * task->n_units * task->n_columns; i++) {
        model->standard_errors[i] = (double)NAN;
    }
}

/* The unit's Hessian with its prior, at the free columns that are no edges: their number. */
static size_t fill_hessian(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                           size_t state, size_t unit, double *matrix)
{
    const size_t *free = task->free + unit * task->n_columns;
    size_t n = 0;
    for (size_t i = 0; i < task->n_free[unit]; i++) {
        n += ana_glm_hmm_is_edge(task, unit, free[i]) ? 0 : 1;
    }
    size_t row = 0;
    for (size_t i = 0; i < task->n_free[unit]; i++) {
        if (ana_glm_hmm_is_edge(task, unit, free[i])) {
            continue;
        }
        size_t column = 0;
        for (size_t j = 0; j < task->n_free[unit]; j++) {
            if (!ana_glm_hmm_is_edge(task, unit, free[j])) {
                matrix[row * n + column++] = ana_glm_hmm_hessian(task, state, unit, i, j);
            }
        }
        matrix[row * n + row] += ana_glm_hmm_precision(task, weights, free[i]);
        row++;
    }
    return n;
}

static void plain_errors(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                         size_t state, size_t unit, double *out)
{
    const ana_glm_hmm_seat *seat = task->room->seats;
    const size_t *free = task->free + unit * task->n_columns;
    const size_t n = fill_hessian(task, weights, state, unit, seat->product);
    if (n == 0 || ana_linalg_inverse_spd(n, seat->product, seat->scaled) != ANA_OK) {
        return;
    }
    size_t row = 0;
    for (size_t i = 0; i < task->n_free[unit]; i++) {
        if (!ana_glm_hmm_is_edge(task, unit, free[i])) {
            out[free[i]] = sqrt(seat->scaled[row * n + row]);
            row++;
        }
    }
}

static void edge_errors(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                        size_t state, size_t unit, double *out)
{
    const size_t b = task->n_functions;
    for (size_t m = 0; m < task->n_sources; m++) {
        if (!ana_glm_hmm_has_edge(task, unit, m)) {
            continue;
        }
        const size_t edge = unit * task->n_sources + m;
        const size_t column = ana_design_history_column(task->data->design, m);
        const ana_edge_prior prior = ana_glm_hmm_edge_prior(task, weights, state, unit, m);
        const double slope = weights->slope[state * task->n_units * task->n_sources + edge];
        const double spread = sqrt(ana_edge_infer(&prior, slope).variance);
        for (size_t i = 0; i < b; i++) {
            out[column + i] = spread * weights->kernel[edge * b + i];
        }
    }
}

void ana_glm_hmm_keep_errors(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                             ana_glm_hmm *model)
{
    forget(task, model);
    for (size_t i = 0; i < task->n_states * task->n_units; i++) {
        const size_t state = i / task->n_units;
        const size_t unit = i % task->n_units;
        double *out = model->standard_errors + i * task->n_columns;
        if (task->silent[unit]) {
            continue;
        }
        if (task->is_exact) {
            plain_errors(task, weights, state, unit, out);
        }
        if (task->prior == ANA_GLM_HMM_ONE_HOT) {
            edge_errors(task, weights, state, unit, out);
        }
    }
}
