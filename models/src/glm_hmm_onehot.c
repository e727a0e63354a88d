/* The one-hot M-step. Around the point where it stands the weighted log-likelihood of a unit is
 * replaced by its quadratic; on that, edge by edge, the best posterior of sign and strength given
 * all others is exact (glm_hmm_edges.h), and so is each further coefficient and, over the states
 * together, each shared kernel's step. Where the true value then falls, the quadratic is made
 * steeper and the sweep done again from the start: the value never falls. */
#include "glm_hmm_parts.h"
#include "try.h"

#include <math.h>
#include <omp.h>
#include <string.h>

enum {
    MOST_SWEEPS = 6,
    MOST_TRIES = 12,
    PRIOR_UPDATES = 2 /* of an M-step: they cost little */
};

/* One unit's quadratic and where the sweep is on it. All K x P but for the edges' K x M. */
typedef struct sweep {
    const ana_glm_hmm_task *task;
    const ana_glm_hmm_weights *from; /* where the quadratic was taken */
    ana_glm_hmm_weights *to;         /* what is changed */
    size_t unit;
    double damping; /* >= 0: share by which curvatures are raised */
    double *slope;  /* K x P: gradient of the quadratic where the sweep is, without priors */
    double *share;  /* K */
    double moved;   /* the largest change of eta's scale in this sweep */
} sweep;

static double *coefficients_of(const sweep *self, const ana_glm_hmm_weights *weights, size_t state)
{
    return weights->coefficients +
           (state * self->task->n_units + self->unit) * self->task->n_columns;
}

static double bend(const sweep *self, size_t state, size_t i, size_t j)
{
    return self->share[state] * ana_glm_hmm_hessian(self->task, state, self->unit, i, j);
}

/* Change free coefficient i of a state by `step` and carry the gradient along. */
static void move(sweep *self, size_t state, size_t i, double step)
{
    const ana_glm_hmm_task *task = self->task;
    const size_t *free = task->free + self->unit * task->n_columns;
    double *slope = self->slope + state * task->n_columns;
    if (step == 0.0) {
        return;
    }
    coefficients_of(self, self->to, state)[free[i]] += step;
    for (size_t j = 0; j < task->n_free[self->unit]; j++) {
        slope[free[j]] -= bend(self, state, i, j) * step;
    }
    self->moved = fmax(self->moved, fabs(step) * sqrt(bend(self, state, i, i)));
}

/* A coefficient that is no edge: its own optimum. */
static void move_plain(sweep *self, size_t state, size_t i)
{
    const ana_glm_hmm_task *task = self->task;
    const size_t column = task->free[self->unit * task->n_columns + i];
    const double here = coefficients_of(self, self->to, state)[column];
    const double began = coefficients_of(self, self->from, state)[column];
    const double precision = ana_glm_hmm_precision(task, self->to, column);
    const double own = bend(self, state, i, i);
    const double rise = self->slope[state * task->n_columns + column] -
                        self->damping * own * (here - began) - precision * here;
    const double step = rise / fmax(own * (1.0 + self->damping) + precision, 1e-12);
    const bool is_intercept = task->has_intercept && column == 0;
    move(self, state, i, is_intercept ? fmax(step, task->floor[self->unit] - here) : step);
}

/* Slope and curvature along an edge's kernel; i: the first of its functions among the free. */
static void along_kernel(const sweep *self, size_t state, size_t i, const double *kernel,
                         double *rise, double *own)
{
    const ana_glm_hmm_task *task = self->task;
    const size_t column = task->free[self->unit * task->n_columns + i];
    *rise = 0.0;
    *own = 0.0;
    for (size_t a = 0; a < task->n_functions; a++) {
        *rise += kernel[a] * self->slope[state * task->n_columns + column + a];
        for (size_t b = 0; b < task->n_functions; b++) {
            *own += kernel[a] * kernel[b] * bend(self, state, i + a, i + b);
        }
    }
}

/* The posterior of an edge in a state, given all else. */
static void move_edge(sweep *self, size_t state, size_t source, size_t i)
{
    const ana_glm_hmm_task *task = self->task;
    const size_t edge = self->unit * task->n_sources + source;
    const size_t cell = state * task->n_units * task->n_sources + edge;
    const double *kernel = self->to->kernel + edge * task->n_functions;
    const ana_edge_prior prior = ana_glm_hmm_edge_prior(task, self->to, state, self->unit, source);
    const double here = ana_edge_infer(&prior, self->to->slope[cell]).expected;
    const double began = ana_edge_infer(&prior, self->from->slope[cell]).expected;
    double rise = 0.0;
    double own = 0.0;
    along_kernel(self, state, i, kernel, &rise, &own);
    const double steep = fmax(own * (1.0 + self->damping), prior.curvature);
    const double wanted = rise + own * here + (steep - own) * began;
    self->to->slope[cell] =
        ana_edge_solve(&prior, steep - prior.curvature, wanted, self->to->slope[cell]);
    const double step = ana_edge_infer(&prior, self->to->slope[cell]).expected - here;
    for (size_t b = 0; b < task->n_functions; b++) {
        move(self, state, i + b, step * kernel[b]);
    }
}

/* The nearest point with values >= 0 that sum to 1: Held, Wolfe & Crowder (1974). n is small. */
static void project_on_simplex(size_t n, double *x)
{
    double threshold = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        double count = 0.0;
        for (size_t j = 0; j < n; j++) {
            sum += x[j] >= x[i] ? x[j] : 0.0;
            count += x[j] >= x[i] ? 1.0 : 0.0;
        }
        threshold = fmax(threshold, (sum - 1.0) / count);
    }
    for (size_t i = 0; i < n; i++) {
        x[i] = fmax(x[i] - threshold, 0.0);
    }
}

enum {
    MOST_FUNCTIONS = 64 /* of a kernel that is learned */
};

/* One projected step of the curve over the lags that all states share. */
static void move_kernel(sweep *self, size_t source, size_t i)
{
    const ana_glm_hmm_task *task = self->task;
    const size_t n = task->n_functions;
    const size_t edge = self->unit * task->n_sources + source;
    const size_t column = task->free[self->unit * task->n_columns + i];
    double *kernel = self->to->kernel + edge * n;
    const double *began = self->from->kernel + edge * n;
    double strength[64];
    double next[MOST_FUNCTIONS] = {0.0};
    double steepest = 0.0;
    if (n < 2 || n > MOST_FUNCTIONS) {
        return;
    }
    for (size_t k = 0; k < task->n_states; k++) {
        const ana_edge_prior prior = ana_glm_hmm_edge_prior(task, self->to, k, self->unit, source);
        strength[k] =
            ana_edge_infer(&prior, self->to->slope[k * task->n_units * task->n_sources + edge])
                .expected;
        for (size_t b = 0; b < n; b++) {
            steepest += strength[k] * strength[k] * bend(self, k, i + b, i + b);
            next[b] += strength[k] * self->slope[k * task->n_columns + column + b];
        }
    }
    if (!(steepest > 0.0)) {
        return;
    }
    for (size_t b = 0; b < n; b++) {
        const double rise = next[b] - self->damping * steepest * (kernel[b] - began[b]);
        next[b] = kernel[b] + rise / (steepest * (1.0 + self->damping));
    }
    project_on_simplex(n, next);
    for (size_t k = 0; k < task->n_states; k++) {
        for (size_t b = 0; b < n; b++) {
            move(self, k, i + b, strength[k] * (next[b] - kernel[b]));
        }
    }
    memcpy(kernel, next, n * sizeof *kernel);
}

/* Once over all coefficients of the unit. */
static void sweep_once(sweep *self)
{
    const ana_glm_hmm_task *task = self->task;
    const size_t *free = task->free + self->unit * task->n_columns;
    const size_t first = ana_design_history_column(task->data->design, 0);
    self->moved = 0.0;
    for (size_t i = 0; i < task->n_free[self->unit];) {
        const bool is_edge = ana_glm_hmm_is_edge(task, self->unit, free[i]);
        const size_t source = is_edge ? (free[i] - first) / task->n_functions : 0;
        for (size_t k = 0; k < task->n_states; k++) {
            if (task->room->is_empty[k]) {
                continue;
            }
            if (is_edge) {
                move_edge(self, k, source, i);
            } else {
                move_plain(self, k, i);
            }
        }
        if (is_edge) {
            move_kernel(self, source, i);
        }
        i += is_edge ? task->n_functions : 1;
    }
}

/* Copy one unit's parameters. */
static void copy_unit(const ana_glm_hmm_task *task, size_t unit, const ana_glm_hmm_weights *from,
                      ana_glm_hmm_weights *to)
{
    const size_t p = task->n_columns;
    const size_t m = task->n_sources;
    for (size_t k = 0; k < task->n_states; k++) {
        const size_t cell = k * task->n_units + unit;
        memcpy(to->coefficients + cell * p, from->coefficients + cell * p, p * sizeof(double));
        memcpy(to->slope + cell * m, from->slope + cell * m, m * sizeof(double));
    }
    memcpy(to->kernel + unit * m * task->n_functions, from->kernel + unit * m * task->n_functions,
           m * task->n_functions * sizeof(double));
}

/* Sweeps of one unit from where it stood, on a quadratic as steep as `damping` says. */
static void sweep_unit(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *from, size_t unit,
                       double damping, ana_glm_hmm_weights *to)
{
    const size_t p = task->n_columns;
    double share[64];
    sweep self = {.task = task, .from = from, .to = to, .unit = unit, .damping = damping};
    self.share = share;
    self.slope = task->room->slopes + unit * task->n_states * p;
    copy_unit(task, unit, from, to);
    for (size_t k = 0; k < task->n_states; k++) {
        share[k] = ana_glm_hmm_share(task, k, unit);
        memcpy(self.slope + k * p, task->room->sums.gradient + (k * task->n_units + unit) * p,
               p * sizeof(double));
    }
    for (int i = 0; i < MOST_SWEEPS; i++) {
        sweep_once(&self);
        if (self.moved < 1e-3) {
            break;
        }
    }
}

static double unit_value(const ana_glm_hmm_task *task, const double *values,
                         const ana_glm_hmm_weights *weights, size_t unit)
{
    double sum = ana_glm_hmm_unit_log_prior(task, weights, unit);
    for (size_t k = 0; k < task->n_states; k++) {
        sum += values[k * task->n_units + unit];
    }
    return sum;
}

static void sweep_units(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *from,
                        const double *damping, ana_glm_hmm_weights *to)
{
#pragma omp parallel for default(none) schedule(dynamic, 1)                                        \
    num_threads(ana_glm_hmm_solver_threads(task, task->n_units)) shared(task, from, damping, to)
    for (size_t n = 0; n < task->n_units; n++) {
        if (damping[n] >= 0.0) {
            sweep_unit(task, from, n, damping[n], to);
        }
    }
}

/* One try of all units that are not settled; how many are worse. damping < 0: settled. */
static ana_status try_units(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *from,
                            const double *posterior, double *damping, ana_glm_hmm_weights *to,
                            size_t *worse)
{
    ana_status status = ANA_OK;
    sweep_units(task, from, damping, to);
    ANA_TRY(
        ana_glm_hmm_pass(task, to->coefficients, posterior, ANA_GLM_HMM_VALUE, &task->room->trial));
    *worse = 0;
    for (size_t n = 0; n < task->n_units; n++) {
        if (damping[n] < 0.0) {
            continue;
        }
        const double before = unit_value(task, task->room->sums.value, from, n);
        const double after = unit_value(task, task->room->trial.value, to, n);
        if (after >= before - 1e-13 * fabs(before)) {
            damping[n] = -1.0;
        } else {
            damping[n] = damping[n] > 0.0 ? 4.0 * damping[n] : 0.5;
            (*worse)++;
        }
    }
done:
    return status;
}

ana_status ana_glm_hmm_edges(const ana_glm_hmm_task *task, ana_glm_hmm_weights *weights,
                             const double *posterior)
{
    ana_status status = ANA_OK;
    ana_glm_hmm_weights *to = task->room->tried;
    double *damping = task->room->length;
    size_t worse = 1;
    ANA_TRY(ana_glm_hmm_stand(task, weights, posterior));
    ana_glm_hmm_weights_copy(task, weights, NULL, to);
    for (size_t n = 0; n < task->n_units; n++) {
        damping[n] = task->silent[n] ? -1.0 : 0.0;
    }
    for (int i = 0; i < MOST_TRIES && worse > 0; i++) {
        ANA_TRY(try_units(task, weights, posterior, damping, to, &worse));
    }
    for (size_t n = 0; n < task->n_units; n++) {
        if (damping[n] >= 0.0) {
            copy_unit(task, n, weights, to);
        }
    }
    ana_glm_hmm_weights_copy(task, to, NULL, weights);
    for (int i = 0; i < PRIOR_UPDATES; i++) {
        ana_glm_hmm_prior_update(task, weights);
    }
done:
    return status;
}
