/* What the joint M-step climbs on: a response's penalised log-likelihood in a state, with gradient
 * and expected Hessian in all its predictors and lapses. */
#include "glm_hmm_joint.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <omp.h>
#include <string.h>

/* Posteriors below this move no digit that counts. */
static const double least_posterior = 1e-10;

bool ana_glm_hmm_asks_joint(const ana_glm_hmm_options *options)
{
    return options->family.distribution == ANA_GLM_CATEGORICAL ||
           options->lapse != ANA_GLM_LAPSE_NONE || options->share != ANA_GLM_HMM_SHARE_NOTHING;
}

size_t ana_glm_hmm_wide(const ana_glm_hmm_task *task)
{
    return task->n_responses > 0 ? task->n_classes - 1 : 1;
}

size_t ana_glm_hmm_lapse_size(const ana_glm_hmm_task *task)
{
    return ana_glm_lapse_size(task->options->lapse, task->n_classes);
}

static size_t most_parameters(const ana_glm_hmm_task *task)
{
    return ana_glm_hmm_wide(task) * task->n_columns + ana_glm_hmm_lapse_size(task);
}

static size_t seat_doubles(const ana_glm_hmm_task *task)
{
    const size_t q = most_parameters(task);
    const size_t m = ana_glm_hmm_wide(task);
    const size_t derived = m + ana_glm_hmm_lapse_size(task);
    const size_t rows = ANA_GLM_HMM_ROWS;
    const size_t k = task->n_states;
    return rows * (3 * task->n_columns + 2 * m + 1 + derived * (1 + derived)) +
           task->n_columns * task->n_columns + 2 * q * q + m * task->n_columns + k * q * (m + 5) +
           (k + 3) * m * (m + 1) + task->n_classes;
}

size_t ana_glm_hmm_joint_bytes(const ana_glm_hmm_task *task)
{
    return (size_t)ana_run_threads(&task->options->run, SIZE_MAX) * seat_doubles(task) *
           sizeof(double);
}

void ana_glm_hmm_joint_room(const ana_glm_hmm_task *task, ana_workspace *workspace,
                            ana_glm_hmm_room *room)
{
    const size_t q = most_parameters(task);
    const size_t m = ana_glm_hmm_wide(task);
    const size_t p = task->n_columns;
    const size_t k = task->n_states;
    const size_t derived = m + ana_glm_hmm_lapse_size(task);
    room->statuses = ana_workspace_bytes(workspace, k * task->n_units, 1, sizeof *room->statuses);
    room->is_empty = ana_workspace_bytes(workspace, k, 1, sizeof *room->is_empty);
    room->joint = ana_workspace_bytes(workspace, room->n_seats, 1, sizeof *room->joint);
    for (size_t i = 0; room->joint != NULL && i < room->n_seats; i++) {
        room->joint[i] = (ana_glm_hmm_joint_seat){
            .panel = ana_workspace_doubles(workspace, ANA_GLM_HMM_ROWS, p),
            .rows = ana_workspace_doubles(workspace, ANA_GLM_HMM_ROWS, p),
            .scaled = ana_workspace_doubles(workspace, ANA_GLM_HMM_ROWS, p),
            .response = ana_workspace_doubles(workspace, ANA_GLM_HMM_ROWS, m),
            .eta = ana_workspace_doubles(workspace, ANA_GLM_HMM_ROWS, m),
            .weight = ana_workspace_doubles(workspace, ANA_GLM_HMM_ROWS, 1),
            .score = ana_workspace_doubles(workspace, ANA_GLM_HMM_ROWS, derived),
            .information = ana_workspace_doubles(workspace, ANA_GLM_HMM_ROWS, derived * derived),
            .block = ana_workspace_doubles(workspace, p, p),
            .hessian = ana_workspace_doubles(workspace, q, q),
            .factor = ana_workspace_doubles(workspace, q, q),
            .coefficients = ana_workspace_doubles(workspace, m, p),
            .shares = ana_workspace_doubles(workspace, task->n_classes, 1),
            .at = ana_workspace_doubles(workspace, k, q),
            .tried = ana_workspace_doubles(workspace, k, q),
            .gradient = ana_workspace_doubles(workspace, k, q),
            .direction = ana_workspace_doubles(workspace, k, q),
            .solved = ana_workspace_doubles(workspace, k * q, m + 1),
            .inverse = ana_workspace_doubles(workspace, k * m, m),
            .common = ana_workspace_doubles(workspace, m, 3 * m + k + 3),
        };
    }
}

size_t ana_glm_hmm_first_unit(const ana_glm_hmm_item *self)
{
    return self->response * ana_glm_hmm_wide(self->task);
}

ana_glm_hmm_item ana_glm_hmm_item_new(const ana_glm_hmm_task *task,
                                      const ana_glm_hmm_weights *weights, const double *posterior,
                                      size_t number)
{
    const bool shared = task->options->share == ANA_GLM_HMM_SHARE_INTERCEPT;
    ana_glm_hmm_item made = {.task = task,
                             .weights = weights,
                             .posterior = posterior,
                             .seat = task->room->joint + omp_get_thread_num(),
                             .response = shared ? number : number / task->n_states,
                             .first_state = shared ? 0 : number % task->n_states,
                             .n_states = shared ? task->n_states : 1,
                             .n_lapses = weights->lapse != NULL ? ana_glm_hmm_lapse_size(task) : 0};
    for (size_t a = 0; a < ana_glm_hmm_wide(task); a++) {
        const size_t unit = ana_glm_hmm_first_unit(&made) + a;
        made.n_free += task->silent[unit] ? 0 : task->n_free[unit];
        made.n_ends += task->silent[unit] || !task->has_intercept ? 0 : 1;
    }
    made.n = made.n_free + made.n_lapses;
    return made;
}

size_t ana_glm_hmm_n_items(const ana_glm_hmm_task *task)
{
    const size_t responses = task->n_units / ana_glm_hmm_wide(task);
    return task->options->share == ANA_GLM_HMM_SHARE_INTERCEPT ? responses
                                                               : responses * task->n_states;
}

double *ana_glm_hmm_lapse_of(const ana_glm_hmm_item *self, size_t state)
{
    const ana_glm_hmm_task *task = self->task;
    return self->weights->lapse == NULL
               ? NULL
               : self->weights->lapse +
                     (state * task->n_responses + self->response) * task->n_classes;
}

void ana_glm_hmm_pack(const ana_glm_hmm_item *self, size_t state, double *x)
{
    const ana_glm_hmm_task *task = self->task;
    const size_t p = task->n_columns;
    for (size_t a = 0; a < ana_glm_hmm_wide(task); a++) {
        const size_t unit = ana_glm_hmm_first_unit(self) + a;
        const double *from = self->weights->coefficients + (state * task->n_units + unit) * p;
        for (size_t i = 0; i < task->n_free[unit] && !task->silent[unit]; i++) {
            *x++ = from[task->free[unit * p + i]];
        }
    }
    if (self->n_lapses > 0) {
        ana_glm_lapse_to_logits(task->options->lapse, task->n_classes,
                                ana_glm_hmm_lapse_of(self, state), x);
    }
}

void ana_glm_hmm_unpack(const ana_glm_hmm_item *self, const double *x, double *coefficients,
                        double *shares)
{
    const ana_glm_hmm_task *task = self->task;
    const size_t p = task->n_columns;
    for (size_t a = 0; a < ana_glm_hmm_wide(task); a++) {
        const size_t unit = ana_glm_hmm_first_unit(self) + a;
        for (size_t i = 0; i < task->n_free[unit] && !task->silent[unit]; i++) {
            coefficients[a * p + task->free[unit * p + i]] = *x++;
        }
    }
    if (self->n_lapses > 0) {
        ana_glm_lapse_from_logits(task->options->lapse, task->n_classes, x, shares);
    }
}

/* Rows of a block with weight in a state, their responses and weights, into the seat. */
static size_t gather(const ana_glm_hmm_item *self, const ana_glm_hmm_block *block, size_t state)
{
    const ana_glm_hmm_task *task = self->task;
    const ana_glm_hmm_joint_seat *seat = self->seat;
    const size_t p = task->n_columns;
    const size_t m = ana_glm_hmm_wide(task);
    size_t n = 0;
    for (size_t t = 0; t < block->n; t++) {
        const size_t row = block->actual + t;
        const double weight = self->posterior[(block->first + t) * task->n_states + state];
        const double *y =
            task->data->responses->values + row * task->n_units + ana_glm_hmm_first_unit(self);
        if (weight > least_posterior && !isnan(y[0]) &&
            ana_design_usable(task->data->design, row)) {
            memcpy(seat->rows + n * p, seat->panel + t * p, p * sizeof(double));
            memcpy(seat->response + n * m, y, m * sizeof(double));
            seat->weight[n++] = weight;
        }
    }
    return n;
}

static size_t class_of(size_t m, const double *y)
{
    size_t chosen = 0;
    for (size_t a = 0; a < m; a++) {
        chosen = y[a] == 1.0 ? a + 1 : chosen;
    }
    return chosen;
}

/* Weighted value of the gathered choices; with `derive` scores and information of each. */
static double value_choices(const ana_glm_hmm_item *self, size_t n, bool derive)
{
    const ana_glm_hmm_task *task = self->task;
    const ana_glm_hmm_joint_seat *seat = self->seat;
    const size_t m = ana_glm_hmm_wide(task);
    const size_t d = m + self->n_lapses;
    const ana_glm_lapse lapse = self->n_lapses > 0 ? task->options->lapse : ANA_GLM_LAPSE_NONE;
    ana_glm_choice_row row;
    double sum = 0.0;
    for (size_t t = 0; t < n; t++) {
        const double value = ana_glm_choice_derive(
            task->n_classes, lapse, self->n_lapses > 0 ? seat->shares : NULL, seat->eta + t * m,
            class_of(m, seat->response + t * m), derive ? &row : NULL);
        sum += seat->weight[t] * value;
        for (size_t i = 0; derive && i < d; i++) {
            seat->score[t * d + i] = seat->weight[t] * row.score[i];
            for (size_t j = 0; j <= i; j++) {
                seat->information[(t * d + i) * d + j] = seat->weight[t] * row.information[i][j];
            }
        }
    }
    return sum;
}

/* The same of responses of one predictor. */
static double value_plain(const ana_glm_hmm_item *self, size_t n, bool derive)
{
    const ana_glm_hmm_joint_seat *seat = self->seat;
    double value[ANA_GLM_HMM_ROWS] = {0.0};
    double sum = 0.0;
    ana_glm_kernel(&self->task->options->family, true, n, seat->response, seat->eta,
                   (ana_glm_outputs){.log_likelihood = value,
                                     .gradient = derive ? seat->score : NULL,
                                     .curvature = derive ? seat->information : NULL});
    for (size_t t = 0; t < n; t++) {
        sum += seat->weight[t] * value[t];
        if (derive) {
            seat->score[t] *= seat->weight[t];
            seat->information[t] *= seat->weight[t];
        }
    }
    return sum;
}

/* block (P x P) = rows' diag(information of i and j) rows */
static ana_status weigh_rows(const ana_glm_hmm_item *self, size_t n, size_t i, size_t j)
{
    const ana_glm_hmm_joint_seat *seat = self->seat;
    const size_t p = self->task->n_columns;
    const size_t d = ana_glm_hmm_wide(self->task) + self->n_lapses;
    const ana_gemm shape = {
        .n_rows = p, .n_inner = n, .n_columns = p, .transpose_a = true, .alpha = 1.0};
    for (size_t t = 0; t < n; t++) {
        const double weight = seat->information[(t * d + i) * d + j];
        for (size_t c = 0; c < p; c++) {
            seat->scaled[t * p + c] = weight * seat->rows[t * p + c];
        }
    }
    return ana_linalg_gemm(&shape, seat->scaled, seat->rows, seat->block);
}

size_t ana_glm_hmm_place(const ana_glm_hmm_item *self, size_t a)
{
    size_t place = 0;
    for (size_t b = 0; b < a; b++) {
        const size_t unit = ana_glm_hmm_first_unit(self) + b;
        place += self->task->silent[unit] ? 0 : self->task->n_free[unit];
    }
    return place;
}

/* The block of units a >= b into the lower triangle of the Hessian. */
static ana_status add_units(const ana_glm_hmm_item *self, size_t n, size_t a, size_t b)
{
    const ana_glm_hmm_task *task = self->task;
    const size_t p = task->n_columns;
    const size_t left = ana_glm_hmm_first_unit(self) + a;
    const size_t right = ana_glm_hmm_first_unit(self) + b;
    double *corner =
        self->seat->hessian + ana_glm_hmm_place(self, a) * self->n + ana_glm_hmm_place(self, b);
    if (task->silent[left] || task->silent[right]) {
        return ANA_OK;
    }
    ana_status status = weigh_rows(self, n, a, b);
    for (size_t i = 0; i < task->n_free[left] && status == ANA_OK; i++) {
        for (size_t j = 0; j < task->n_free[right]; j++) {
            corner[i * self->n + j] +=
                self->seat->block[task->free[left * p + i] * p + task->free[right * p + j]];
        }
    }
    return status;
}

/* What the rows say of unit a: its gradient, and how it goes with each lapse. */
static void add_slopes(const ana_glm_hmm_item *self, size_t n, size_t a, double *gradient)
{
    const ana_glm_hmm_task *task = self->task;
    const ana_glm_hmm_joint_seat *seat = self->seat;
    const size_t p = task->n_columns;
    const size_t m = ana_glm_hmm_wide(task);
    const size_t d = m + self->n_lapses;
    const size_t unit = ana_glm_hmm_first_unit(self) + a;
    const size_t place = ana_glm_hmm_place(self, a);
    for (size_t t = 0; t < n && !task->silent[unit]; t++) {
        for (size_t i = 0; i < task->n_free[unit]; i++) {
            const double x = seat->rows[t * p + task->free[unit * p + i]];
            gradient[place + i] += seat->score[t * d + a] * x;
            for (size_t l = 0; l < self->n_lapses; l++) {
                seat->hessian[(self->n_free + l) * self->n + place + i] +=
                    seat->information[(t * d + m + l) * d + a] * x;
            }
        }
    }
}

static ana_status add_derivatives(const ana_glm_hmm_item *self, size_t n, double *gradient)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm_joint_seat *seat = self->seat;
    const size_t m = ana_glm_hmm_wide(self->task);
    const size_t d = m + self->n_lapses;
    for (size_t a = 0; a < m; a++) {
        add_slopes(self, n, a, gradient);
        for (size_t b = 0; b <= a; b++) {
            ANA_TRY(add_units(self, n, a, b));
        }
    }
    for (size_t t = 0; t < n; t++) {
        for (size_t i = 0; i < self->n_lapses; i++) {
            gradient[self->n_free + i] += seat->score[t * d + m + i];
            for (size_t j = 0; j <= i; j++) {
                seat->hessian[(self->n_free + i) * self->n + self->n_free + j] +=
                    seat->information[(t * d + m + i) * d + m + j];
            }
        }
    }
done:
    return status;
}

/* Ridge: its value; with `derive` into gradient and Hessian. */
static double add_penalty(const ana_glm_hmm_item *self, const double *x, bool derive,
                          double *gradient)
{
    const ana_glm_hmm_task *task = self->task;
    double sum = 0.0;
    size_t place = 0;
    for (size_t a = 0; a < ana_glm_hmm_wide(task); a++) {
        const size_t unit = ana_glm_hmm_first_unit(self) + a;
        for (size_t i = 0; i < task->n_free[unit] && !task->silent[unit]; i++, place++) {
            const size_t column = task->free[unit * task->n_columns + i];
            const double precision = ana_glm_hmm_precision(task, self->weights, column);
            sum -= 0.5 * precision * x[place] * x[place];
            if (derive) {
                gradient[place] -= precision * x[place];
                self->seat->hessian[place * self->n + place] += precision;
            }
        }
    }
    return sum;
}

ana_status ana_glm_hmm_evaluate(const ana_glm_hmm_item *self, size_t state, const double *x,
                                double *gradient, double *value)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm_task *task = self->task;
    const ana_glm_hmm_joint_seat *seat = self->seat;
    const size_t p = task->n_columns;
    const size_t m = ana_glm_hmm_wide(task);
    double sum = 0.0;
    memcpy(seat->coefficients,
           self->weights->coefficients + (state * task->n_units + ana_glm_hmm_first_unit(self)) * p,
           m * p * sizeof(double));
    ana_glm_hmm_unpack(self, x, seat->coefficients, seat->shares);
    if (gradient != NULL) {
        memset(gradient, 0, self->n * sizeof *gradient);
        memset(seat->hessian, 0, self->n * self->n * sizeof(double));
    }
    for (size_t b = 0; b < task->n_blocks; b++) {
        const ana_glm_hmm_block *block = task->blocks + b;
        ANA_TRY(ana_design_panel(task->data->design, block->actual, block->n, seat->panel));
        const size_t n = gather(self, block, state);
        const ana_gemm shape = {
            .n_rows = n, .n_inner = p, .n_columns = m, .transpose_b = true, .alpha = 1.0};
        if (n == 0) {
            continue;
        }
        ANA_TRY(ana_linalg_gemm(&shape, seat->rows, seat->coefficients, seat->eta));
        sum += task->n_responses > 0 ? value_choices(self, n, gradient != NULL)
                                     : value_plain(self, n, gradient != NULL);
        if (gradient != NULL) {
            ANA_TRY(add_derivatives(self, n, gradient));
        }
    }
    *value = sum + add_penalty(self, x, gradient != NULL, gradient);
    for (size_t i = 0; i < self->n && gradient != NULL; i++) {
        for (size_t j = 0; j < i; j++) {
            seat->hessian[j * self->n + i] = seat->hessian[i * self->n + j];
        }
    }
done:
    return status;
}

ana_status ana_glm_hmm_invert(size_t n, const double *matrix, double *factor, double *inverse)
{
    memmove(factor, matrix, n * n * sizeof *factor);
    ana_status status = ana_linalg_cholesky(n, factor, factor);
    for (size_t i = 0; i < n * n; i++) {
        inverse[i] = i / n == i % n ? 1.0 : 0.0;
    }
    return status == ANA_OK ? ana_linalg_solve_cholesky(n, factor, n, inverse, inverse) : status;
}
