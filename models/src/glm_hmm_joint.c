/* The M-step where parameters belong together: the predictors of all classes of a choice and its
 * lapses, and with a shared intercept those of all states. Newton's method with the expected
 * Hessian of a response as a whole (Fisher scoring), steps halved until the penalised value does
 * not fall.
 *
 * States meet in the shared intercept b alone. With H_k the Hessian of a state and g_k its
 * gradient, E its intercepts' columns, S_k = E' H_k^-1 E and u_k = E' H_k^-1 g_k, the step that is
 * the same for all is b = (sum S_k^-1)^-1 sum S_k^-1 u_k, and the rest of a state's follows: H_k^-1
 * (g_k + E S_k^-1 (b - u_k)). */
#include "glm_hmm_joint.h"

#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <omp.h>
#include <string.h>

enum {
    MOST_HALVINGS = 20,
    MOST_STEPS = 50,   /* where Newton's method is to converge */
    MOST_DAMPINGS = 24 /* of a step of the lapses */
};

/* The longest step of a lapse's log odds. */
static const double longest_lapse = 3.0;

/* Right-hand sides: the gradient, and with shared intercepts a one for each of them. */
static size_t fill_sides(const ana_glm_hmm_item *self, const double *gradient, double *sides)
{
    const bool shared = self->n_states > 1;
    const size_t n_sides = 1 + (shared ? self->n_ends : 0);
    memset(sides, 0, self->n * n_sides * sizeof *sides);
    for (size_t i = 0; i < self->n; i++) {
        sides[i * n_sides] = gradient[i];
    }
    size_t end = 0;
    for (size_t a = 0; shared && a < ana_glm_hmm_wide(self->task); a++) {
        if (!self->task->silent[ana_glm_hmm_first_unit(self) + a]) {
            sides[ana_glm_hmm_place(self, a) * n_sides + 1 + end++] = 1.0;
        }
    }
    return n_sides;
}

/* How far the step moves a lapse's log odds. */
static double lapse_step(const ana_glm_hmm_item *self, size_t n_sides, const double *sides)
{
    double most = 0.0;
    for (size_t l = 0; l < self->n_lapses; l++) {
        most = fmax(most, fabs(sides[(self->n_free + l) * n_sides]));
    }
    return most;
}

/* Solve for the right-hand sides. Where the step would throw the lapses about, their curvature is
 * raised by a share of what it would be if lapses were seen. */
static ana_status solve(const ana_glm_hmm_item *self, double rows, const double *gradient,
                        double *sides)
{
    const ana_glm_hmm_joint_seat *seat = self->seat;
    const size_t n_classes = self->task->n_classes;
    double share = 0.0;
    for (int i = 0;; i++) {
        const size_t n_sides = fill_sides(self, gradient, sides);
        ana_status status =
            ana_glm_hmm_solve_raised(self->n, seat->hessian, seat->factor, n_sides, sides);
        if (status != ANA_OK || i == MOST_DAMPINGS ||
            lapse_step(self, n_sides, sides) <= longest_lapse) {
            return status;
        }
        const double more = share > 0.0 ? 3.0 * share : 1e-9;
        share += more;
        for (size_t l = 0; l < self->n_lapses; l++) {
            double lapse = 0.0;
            for (size_t c = 0; c < n_classes; c++) {
                lapse += self->n_lapses == 1 || c == l ? seat->shares[c] : 0.0;
            }
            seat->hessian[(self->n_free + l) * (self->n + 1)] +=
                more * rows * fmax(lapse * (1.0 - lapse), 1e-9);
        }
    }
}

static double rows_of(const ana_glm_hmm_item *self, size_t state)
{
    double rows = 0.0;
    for (size_t t = 0; t < self->task->n_times; t++) {
        rows += self->posterior[t * self->task->n_states + state];
    }
    return rows;
}

/* The inverse of S, and what it says of the intercepts, summed over states into `total` (m x m) and
 * `pull` (m). */
static ana_status add_ends(const ana_glm_hmm_item *self, size_t i, double *total, double *pull)
{
    const size_t e = self->n_ends;
    const size_t n_sides = 1 + e;
    const double *sides = self->seat->solved + i * self->n * (ana_glm_hmm_wide(self->task) + 1);
    double *inverse = self->seat->inverse + i * e * e;
    size_t row = 0;
    for (size_t a = 0; a < ana_glm_hmm_wide(self->task); a++) {
        if (!self->task->silent[ana_glm_hmm_first_unit(self) + a]) {
            memcpy(inverse + row++ * e, sides + ana_glm_hmm_place(self, a) * n_sides + 1,
                   e * sizeof *inverse);
        }
    }
    ana_status status = ana_glm_hmm_invert(e, inverse, self->seat->factor, inverse);
    for (size_t r = 0; r < e && status == ANA_OK; r++) {
        size_t column = 0;
        for (size_t a = 0; a < ana_glm_hmm_wide(self->task); a++) {
            if (!self->task->silent[ana_glm_hmm_first_unit(self) + a]) {
                total[r * e + column] += inverse[r * e + column];
                pull[r] += inverse[r * e + column] * sides[ana_glm_hmm_place(self, a) * n_sides];
                column++;
            }
        }
    }
    return status;
}

/* A state's step when its intercepts make the step b. */
static void follow(const ana_glm_hmm_item *self, size_t i, const double *b)
{
    const size_t e = self->n_ends;
    const size_t n_sides = 1 + e;
    const size_t m = ana_glm_hmm_wide(self->task);
    const double *sides = self->seat->solved + i * self->n * (m + 1);
    const double *inverse = self->seat->inverse + i * e * e;
    double *direction = self->seat->direction + i * self->n;
    double *push = self->seat->common + m * (2 * m + 2);
    for (size_t r = 0; r < e; r++) {
        size_t column = 0;
        push[r] = 0.0;
        for (size_t a = 0; a < m; a++) {
            if (!self->task->silent[ana_glm_hmm_first_unit(self) + a]) {
                push[r] += inverse[r * e + column] *
                           (b[column] - sides[ana_glm_hmm_place(self, a) * n_sides]);
                column++;
            }
        }
    }
    for (size_t j = 0; j < self->n; j++) {
        direction[j] = sides[j * n_sides];
        for (size_t r = 0; r < e; r++) {
            direction[j] += sides[j * n_sides + 1 + r] * push[r];
        }
    }
}

/* The intercepts of all states make one step. */
static ana_status agree(const ana_glm_hmm_item *self)
{
    ana_status status = ANA_OK;
    const size_t e = self->n_ends;
    const size_t m = ana_glm_hmm_wide(self->task);
    double *total = self->seat->common;
    double *pull = total + m * m;
    if (e == 0) {
        return ANA_OK;
    }
    memset(total, 0, (m * m + m) * sizeof *total);
    for (size_t i = 0; i < self->n_states; i++) {
        if (!self->task->room->is_empty[i]) {
            ANA_TRY(add_ends(self, i, total, pull));
        }
    }
    ANA_TRY(ana_linalg_cholesky(e, total, self->seat->factor));
    ANA_TRY(ana_linalg_solve_cholesky(e, self->seat->factor, 1, pull, pull));
    for (size_t i = 0; i < self->n_states; i++) {
        double *direction = self->seat->direction + i * self->n;
        size_t end = 0;
        if (!self->task->room->is_empty[i]) {
            follow(self, i, pull);
        }
        for (size_t a = 0; a < m; a++) {
            if (!self->task->silent[ana_glm_hmm_first_unit(self) + a]) {
                direction[ana_glm_hmm_place(self, a)] = pull[end++];
            }
        }
    }
done:
    return status;
}

/* Values and directions of all states of the item; *rise: twice what a quadratic would gain. */
static ana_status set_out(const ana_glm_hmm_item *self, double *value, double *rise)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm_joint_seat *seat = self->seat;
    const size_t n_sides = 1 + (self->n_states > 1 ? self->n_ends : 0);
    *value = 0.0;
    *rise = 0.0;
    for (size_t i = 0; i < self->n_states; i++) {
        const size_t state = self->first_state + i;
        double *gradient = seat->gradient + i * self->n;
        double *sides = seat->solved + i * self->n * (ana_glm_hmm_wide(self->task) + 1);
        double part = 0.0;
        memset(seat->direction + i * self->n, 0, self->n * sizeof(double));
        ana_glm_hmm_pack(self, state, seat->at + i * self->n);
        if (self->task->room->is_empty[state]) {
            memset(gradient, 0, self->n * sizeof *gradient);
            continue;
        }
        ANA_TRY(ana_glm_hmm_evaluate(self, state, seat->at + i * self->n, gradient, &part));
        *value += part;
        ANA_TRY(solve(self, rows_of(self, state), gradient, sides));
        for (size_t j = 0; j < self->n; j++) {
            seat->direction[i * self->n + j] = sides[j * n_sides];
        }
    }
    if (self->n_states > 1) {
        ANA_TRY(agree(self));
    }
    for (size_t j = 0; j < self->n_states * self->n; j++) {
        *rise += seat->gradient[j] * seat->direction[j];
    }
done:
    return status;
}

/* The point a step of that length leads to; intercepts keep above their floor. */
static void propose(const ana_glm_hmm_item *self, double length)
{
    const ana_glm_hmm_task *task = self->task;
    const ana_glm_hmm_joint_seat *seat = self->seat;
    for (size_t i = 0; i < self->n_states; i++) {
        double *to = seat->tried + i * self->n;
        for (size_t j = 0; j < self->n; j++) {
            to[j] = seat->at[i * self->n + j] + length * seat->direction[i * self->n + j];
        }
        for (size_t a = 0; a < ana_glm_hmm_wide(task) && task->has_intercept; a++) {
            const size_t unit = ana_glm_hmm_first_unit(self) + a;
            if (!task->silent[unit]) {
                double *intercept = to + ana_glm_hmm_place(self, a);
                *intercept = fmax(*intercept, task->floor[unit]);
            }
        }
    }
}

static ana_status value_tried(const ana_glm_hmm_item *self, double *value)
{
    ana_status status = ANA_OK;
    *value = 0.0;
    for (size_t i = 0; i < self->n_states; i++) {
        double part = 0.0;
        if (!self->task->room->is_empty[self->first_state + i]) {
            ANA_TRY(ana_glm_hmm_evaluate(self, self->first_state + i,
                                         self->seat->tried + i * self->n, NULL, &part));
        }
        *value += part;
    }
done:
    return status;
}

/* The tried point becomes the weights. */
static void accept(const ana_glm_hmm_item *self)
{
    const ana_glm_hmm_task *task = self->task;
    for (size_t i = 0; i < self->n_states; i++) {
        const size_t state = self->first_state + i;
        double *to = self->weights->coefficients +
                     (state * task->n_units + ana_glm_hmm_first_unit(self)) * task->n_columns;
        ana_glm_hmm_unpack(self, self->seat->tried + i * self->n, to,
                           ana_glm_hmm_lapse_of(self, state));
    }
}

static ana_status climb(const ana_glm_hmm_item *self, size_t n_steps)
{
    ana_status status = ANA_OK;
    for (size_t step = 0; step < n_steps; step++) {
        double value = 0.0;
        double rise = 0.0;
        bool found = false;
        ANA_TRY(set_out(self, &value, &rise));
        if (!(rise > 1e-20 * (1.0 + fabs(value)))) {
            break;
        }
        for (int i = 0; i < MOST_HALVINGS && !found; i++) {
            double tried = 0.0;
            propose(self, ldexp(1.0, -i));
            ANA_TRY(value_tried(self, &tried));
            found = tried >= value - 1e-13 * fabs(value);
        }
        if (!found) {
            break;
        }
        accept(self);
    }
done:
    return status;
}

ana_status ana_glm_hmm_joint(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                             const double *posterior)
{
    const size_t asked = task->options->newton_steps;
    const size_t n_steps = asked > 0 ? asked : MOST_STEPS;
    const size_t n = ana_glm_hmm_n_items(task);
    ana_status *statuses = task->room->statuses;
#pragma omp parallel for default(none) schedule(dynamic, 1)                                        \
    num_threads(ana_run_threads(&task->options->run, n))                                           \
        shared(task, weights, posterior, n, n_steps, statuses)
    for (size_t i = 0; i < n; i++) {
        const ana_glm_hmm_item own = ana_glm_hmm_item_new(task, weights, posterior, i);
        statuses[i] = own.n > 0 ? climb(&own, n_steps) : ANA_OK;
    }
    for (size_t i = 0; i < n; i++) {
        if (statuses[i] != ANA_OK) {
            return ana_fail(
                ANA_ERR_NUMERIC, "glm-hmm: response %zu: a Hessian is not finite",
                task->options->share == ANA_GLM_HMM_SHARE_INTERCEPT ? i : i / task->n_states);
        }
    }
    return ANA_OK;
}
