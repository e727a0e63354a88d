/* How certain the parameters of the joint M-step are: roots of the diagonal of the inverse Hessian,
 * given the states' posteriors; of lapses by the delta method. */
#include "glm_hmm_joint.h"
#include "try.h"

#include <math.h>
#include <string.h>

/* H^-1 of a state in seat->factor, for its own parameters alone. */
static ana_status invert(const ana_glm_hmm_item *self, size_t state)
{
    const ana_glm_hmm_joint_seat *seat = self->seat;
    double value = 0.0;
    ana_glm_hmm_pack(self, state, seat->at);
    ana_status status = ana_glm_hmm_evaluate(self, state, seat->at, seat->gradient, &value);
    for (size_t i = 0; i < self->n; i++) { /* lapses at 0 say nothing */
        double *own = seat->hessian + i * (self->n + 1);
        *own += i >= self->n_free ? 1e-9 : 0.0;
    }
    return status != ANA_OK
               ? status
               : ana_glm_hmm_invert(self->n, seat->hessian, seat->hessian, seat->factor);
}

/* Delta method: shares from the covariance of their log odds. */
static void keep_lapse_errors(const ana_glm_hmm_item *self, size_t state, double *out)
{
    const ana_glm_hmm_joint_seat *seat = self->seat;
    const size_t n_classes = self->task->n_classes;
    const double *shares = ana_glm_hmm_lapse_of(self, state);
    double all = 0.0;
    for (size_t c = 0; c < n_classes; c++) {
        all += shares[c];
    }
    for (size_t c = 0; c < n_classes; c++) {
        double variance = 0.0;
        for (size_t i = 0; i < self->n_lapses * self->n_lapses; i++) {
            const size_t a = i / self->n_lapses;
            const size_t b = i % self->n_lapses;
            double slope[2] = {shares[c] * (1.0 - all), shares[c] * (1.0 - all)};
            if (self->n_lapses > 1) {
                slope[0] = shares[c] * ((a == c ? 1.0 : 0.0) - shares[a]);
                slope[1] = shares[c] * ((b == c ? 1.0 : 0.0) - shares[b]);
            }
            variance +=
                slope[0] * slope[1] * seat->factor[(self->n_free + a) * self->n + self->n_free + b];
        }
        out[c] = sqrt(variance);
    }
}

static void keep_state_errors(const ana_glm_hmm_item *self, size_t state, ana_glm_hmm *model)
{
    const ana_glm_hmm_task *task = self->task;
    size_t place = 0;
    for (size_t a = 0; a < ana_glm_hmm_wide(task); a++) {
        const size_t unit = ana_glm_hmm_first_unit(self) + a;
        double *out = model->standard_errors + (state * task->n_units + unit) * task->n_columns;
        for (size_t i = 0; i < task->n_free[unit] && !task->silent[unit]; i++, place++) {
            out[task->free[unit * task->n_columns + i]] =
                sqrt(self->seat->factor[place * (self->n + 1)]);
        }
    }
    if (self->n_lapses > 0) {
        keep_lapse_errors(self, state,
                          model->lapse_errors +
                              (state * task->n_responses + self->response) * task->n_classes);
    }
}

/* Shared intercepts: a state's covariance C becomes C - C_E S^-1 (S - V) S^-1 C_E', V that of the
 * intercepts given all states. total: the sum of S^-1, inverted. */
static ana_status tie(const ana_glm_hmm_item *self, const double *total)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm_joint_seat *seat = self->seat;
    const size_t e = self->n_ends;
    const size_t m = ana_glm_hmm_wide(self->task);
    double *middle = seat->common + m * m;
    double *inverse = seat->inverse;
    size_t places[ANA_GLM_MOST_CLASSES] = {0};
    size_t n = 0;
    for (size_t a = 0; a < m; a++) {
        if (!self->task->silent[ana_glm_hmm_first_unit(self) + a]) {
            places[n++] = ana_glm_hmm_place(self, a);
        }
    }
    for (size_t i = 0; i < e * e; i++) {
        inverse[i] = seat->factor[places[i / e] * self->n + places[i % e]];
    }
    ANA_TRY(ana_glm_hmm_invert(e, inverse, seat->hessian, inverse));
    for (size_t i = 0; i < e * e; i++) { /* S^-1 - S^-1 V S^-1 */
        middle[i] = inverse[i];
        for (size_t j = 0; j < e * e; j++) {
            middle[i] -= inverse[i / e * e + j / e] * total[j] * inverse[j % e * e + i % e];
        }
    }
    for (size_t i = 0; i < self->n; i++) {
        double lost = 0.0;
        for (size_t j = 0; j < e * e; j++) {
            lost += seat->factor[i * self->n + places[j / e]] * middle[j] *
                    seat->factor[i * self->n + places[j % e]];
        }
        seat->gradient[i] = lost;
    }
    for (size_t i = 0; i < self->n; i++) {
        seat->factor[i * (self->n + 1)] =
            fmax(seat->factor[i * (self->n + 1)] - seat->gradient[i], 0.0);
    }
done:
    return status;
}

/* V: the inverse of the sum of the states' S^-1. */
static ana_status variance_of_ends(const ana_glm_hmm_item *self, double *total)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm_joint_seat *seat = self->seat;
    const size_t e = self->n_ends;
    memset(total, 0, e * e * sizeof *total);
    for (size_t i = 0; i < self->n_states; i++) {
        size_t row = 0;
        if (self->task->room->is_empty[i]) {
            continue;
        }
        ANA_TRY(invert(self, i));
        for (size_t a = 0; a < ana_glm_hmm_wide(self->task); a++) {
            size_t column = 0;
            for (size_t b = 0; b < ana_glm_hmm_wide(self->task); b++) {
                if (!self->task->silent[ana_glm_hmm_first_unit(self) + a] &&
                    !self->task->silent[ana_glm_hmm_first_unit(self) + b]) {
                    seat->inverse[row * e + column++] =
                        seat->factor[ana_glm_hmm_place(self, a) * self->n +
                                     ana_glm_hmm_place(self, b)];
                }
            }
            row += column > 0 ? 1 : 0;
        }
        ANA_TRY(ana_glm_hmm_invert(e, seat->inverse, seat->hessian, seat->inverse));
        for (size_t j = 0; j < e * e; j++) {
            total[j] += seat->inverse[j];
        }
    }
    ANA_TRY(ana_glm_hmm_invert(e, total, seat->hessian, total));
done:
    return status;
}

static ana_status keep_item_errors(const ana_glm_hmm_item *self, ana_glm_hmm *model)
{
    ana_status status = ANA_OK;
    double *total = self->seat->common;
    const bool shared = self->n_states > 1 && self->n_ends > 0;
    if (shared && variance_of_ends(self, total) != ANA_OK) {
        return ANA_OK; /* no errors where there is no curvature */
    }
    for (size_t i = 0; i < self->n_states; i++) {
        const size_t state = self->first_state + i;
        if (self->task->room->is_empty[state] || invert(self, state) != ANA_OK ||
            (shared && tie(self, total) != ANA_OK)) {
            continue;
        }
        keep_state_errors(self, state, model);
    }
    return status;
}

ana_status ana_glm_hmm_joint_errors(const ana_glm_hmm_task *task,
                                    const ana_glm_hmm_weights *weights, const double *posterior,
                                    ana_glm_hmm *model)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < task->n_states * task->n_units * task->n_columns; i++) {
        model->standard_errors[i] = (double)NAN;
    }
    for (size_t i = 0;
         model->lapse_errors != NULL && i < task->n_states * task->n_responses * task->n_classes;
         i++) {
        model->lapse_errors[i] = (double)NAN;
    }
    for (size_t i = 0; i < ana_glm_hmm_n_items(task); i++) {
        const ana_glm_hmm_item own = ana_glm_hmm_item_new(task, weights, posterior, i);
        if (own.n > 0) {
            ANA_TRY(keep_item_errors(&own, model));
        }
    }
done:
    return status;
}
