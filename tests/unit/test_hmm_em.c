/* The EM driver with a family made for the test: one normal of variance 1 a state. */
#include "hmm_em.h"
#include "hmm_inputs.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_K = 4
};

typedef struct normal_data {
    const double *values;
    size_t n_times;
    size_t n_states;
    double start[MAX_K]; /* the means every restart begins from, moved by its noise */
    double noise;
    bool spoil;             /* M-steps that go the wrong way */
    size_t failing_restart; /* SIZE_MAX: none */
} normal_data;

typedef struct normal_parameters {
    double mean[MAX_K];
    double sum[MAX_K];
    double weight[MAX_K];
} normal_parameters;

static size_t normal_bytes(const void *data)
{
    (void)data;
    return sizeof(normal_parameters);
}

static ana_status normal_make(const void *data, ana_workspace *workspace, void **out)
{
    (void)data;
    *out = ana_workspace_bytes(workspace, 1, 1, sizeof(normal_parameters));
    return ana_workspace_check(workspace, "normal");
}

static ana_status normal_start(const void *data, size_t restart, ana_random *random,
                               void *parameters)
{
    const normal_data *self = data;
    for (size_t k = 0; k < self->n_states; k++) {
        ((normal_parameters *)parameters)->mean[k] =
            self->start[k] + self->noise * ana_random_normal(random);
    }
    return restart == self->failing_restart
               ? ana_fail(ANA_ERR_NUMERIC, "no start for restart %zu", restart)
               : ANA_OK;
}

static void normal_copy(const void *data, const void *from, const size_t *order, void *to)
{
    const normal_data *self = data;
    for (size_t k = 0; k < self->n_states; k++) {
        ((normal_parameters *)to)->mean[k] =
            ((const normal_parameters *)from)->mean[order != NULL ? order[k] : k];
    }
}

static ana_status normal_begin(const void *data, void *parameters)
{
    normal_parameters *own = parameters;
    (void)data;
    memset(own->sum, 0, sizeof own->sum);
    memset(own->weight, 0, sizeof own->weight);
    return ANA_OK;
}

static ana_status normal_log_likelihood(const void *data, void *parameters, size_t first, size_t n,
                                        double *out)
{
    const normal_data *self = data;
    const normal_parameters *own = parameters;
    for (size_t t = 0; t < n; t++) {
        for (size_t k = 0; k < self->n_states; k++) {
            double z = self->values[first + t] - own->mean[k];
            out[t * self->n_states + k] = -0.5 * z * z;
        }
    }
    return ANA_OK;
}

static void normal_accumulate(const void *data, void *parameters, size_t first, size_t n,
                              const double *posterior)
{
    const normal_data *self = data;
    normal_parameters *own = parameters;
    for (size_t t = 0; t < n; t++) {
        for (size_t k = 0; k < self->n_states; k++) {
            own->sum[k] += posterior[t * self->n_states + k] * self->values[first + t];
            own->weight[k] += posterior[t * self->n_states + k];
        }
    }
}

static ana_status normal_maximise(const void *data, void *parameters, const double *posterior)
{
    const normal_data *self = data;
    normal_parameters *own = parameters;
    if (posterior != NULL) {
        normal_accumulate(data, parameters, 0, self->n_times, posterior);
    }
    for (size_t k = 0; k < self->n_states; k++) {
        if (own->weight[k] > 0.0) {
            own->mean[k] = own->sum[k] / own->weight[k] + (self->spoil ? 3.0 : 0.0);
        }
    }
    return ANA_OK;
}

static ana_emission family(const normal_data *data)
{
    const ana_emission emission = {
        .name = "normal fit",
        .data = data,
        .n_states = data->n_states,
        .bytes = normal_bytes,
        .make = normal_make,
        .start = normal_start,
        .copy = normal_copy,
        .begin = normal_begin,
        .log_likelihood = normal_log_likelihood,
        .accumulate = normal_accumulate,
        .maximise = normal_maximise,
    };
    return emission;
}

/* What warnings said, one after the other. */
typedef struct told {
    char text[2000];
    size_t n_before_cancel; /* progress calls; 0: never */
    size_t n_calls;
} told;

static void keep_warning(void *user, const char *sentence)
{
    told *all = user;
    size_t n = strlen(all->text);
    snprintf(all->text + n, sizeof all->text - n, "%s\n", sentence);
}

static bool count_calls(void *user, const char *what, size_t done, size_t total)
{
    told *all = user;
    (void)what;
    assert_true(done <= total);
    all->n_calls++;
    return all->n_before_cancel == 0 || all->n_calls <= all->n_before_cancel;
}

/* Rows in runs of 25 around levels, in three sequences of unequal length. */
static ana_observations *draw(size_t n_levels, const double *levels)
{
    enum {
        N_TIMES = 900
    };
    ana_observations *rows = NULL;
    const size_t lengths[3] = {400, 290, 210};
    ana_random random = ana_random_stream(2, "test.em", 0);
    check_ok(ana_observations_new(N_TIMES, 1, &rows));
    check_ok(ana_observations_set_sequences(rows, 3, lengths, NULL));
    for (size_t t = 0; t < N_TIMES; t++) {
        rows->values[t] = levels[(t / 25) % n_levels] + ana_random_normal(&random);
    }
    return rows;
}

typedef struct setting {
    ana_run run;
    told said;
    normal_data data;
    ana_em_options options;
} setting;

static void set_up(setting *s, const ana_observations *rows, size_t n_states, const double *start)
{
    *s = (setting){.run = ana_run_default()};
    s->run.warn = keep_warning;
    s->run.progress = count_calls;
    s->run.user = &s->said;
    s->data = (normal_data){.values = rows->values,
                            .n_times = rows->n_times,
                            .n_states = n_states,
                            .failing_restart = SIZE_MAX};
    memcpy(s->data.start, start, n_states * sizeof *start);
    s->options = (ana_em_options){.run = &s->run,
                                  .n_restarts = 1,
                                  .max_iterations = 200,
                                  .tolerance = 1e-10,
                                  .concentration = 1.0,
                                  .persistence = 0.9,
                                  .empty_below = 1.0,
                                  .stream = "test.start"};
}

/* The fit's means, in the result's order. */
static ana_status fit(const setting *s, const ana_observations *rows, double *means,
                      ana_em_model *model, ana_fit_info *info)
{
    ana_workspace workspace = {0};
    const ana_emission emission = family(&s->data);
    *info = (ana_fit_info){0};
    ana_status status = ana_em_fit(&emission, rows, &s->options, &workspace, model, info);
    if (status == ANA_OK) {
        memcpy(means, ((const normal_parameters *)model->emission)->mean,
               s->data.n_states * sizeof *means);
    }
    ana_workspace_release(&workspace);
    return status;
}

static bool has_near(const double *means, double wanted)
{
    return fabs(means[0] - wanted) < 0.3 || fabs(means[1] - wanted) < 0.3 ||
           fabs(means[2] - wanted) < 0.3;
}

static void a_split_and_a_merge_leave_a_local_optimum(void **state)
{
    (void)state;
    const double levels[3] = {-20.0, 0.0, 20.0};
    const double stuck[3] = {-20.5, -19.5, 10.0};
    ana_observations *rows = draw(3, levels);
    setting s;
    double means[MAX_K];
    ana_em_model model;
    ana_fit_info info;
    set_up(&s, rows, 3, stuck);
    s.options.empty_below = 0.0;
    check_ok(fit(&s, rows, means, &model, &info));
    const double before = info.objective;
    assert_false(has_near(means, 0.0) && has_near(means, 20.0));
    ana_fit_info_clear(&info);
    s.options.n_moves = 4;
    check_ok(fit(&s, rows, means, &model, &info));
    assert_true(info.objective > before + 100.0);
    assert_true(has_near(means, -20.0) && has_near(means, 0.0) && has_near(means, 20.0));
    for (size_t i = 1; i < info.n_trace; i++) {
        assert_true(info.trace[i] >= info.trace[i - 1] - 1e-9 * fabs(info.trace[i]));
    }
    assert_true(info.trace[info.n_trace - 1] == info.objective);
    ana_fit_info_clear(&info);
    ana_observations_free(rows);
}

static void an_empty_state_is_given_half_of_another(void **state)
{
    (void)state;
    const double levels[3] = {-8.0, 0.0, 8.0};
    const double far[3] = {-8.0, 4.0, 1e6};
    ana_observations *rows = draw(3, levels);
    setting s;
    double means[MAX_K];
    ana_em_model model;
    ana_fit_info info;
    set_up(&s, rows, 3, far);
    check_ok(fit(&s, rows, means, &model, &info));
    assert_true(has_near(means, -8.0) && has_near(means, 0.0) && has_near(means, 8.0));
    assert_string_equal(s.said.text, "");
    ana_fit_info_clear(&info);
    s.options.empty_below = 0.0;
    check_ok(fit(&s, rows, means, &model, &info));
    assert_true(means[2] == 1e6);
    ana_fit_info_clear(&info);
    ana_observations_free(rows);
}

static void a_state_that_stays_empty_is_named(void **state)
{
    (void)state;
    const double level = 0.0;
    const double far[2] = {1e6, 1.0};
    ana_observations *rows = draw(1, &level);
    setting s;
    double means[MAX_K];
    ana_em_model model;
    ana_fit_info info;
    memset(rows->values, 0, rows->n_times * sizeof(double));
    set_up(&s, rows, 2, far);
    check_ok(fit(&s, rows, means, &model, &info));
    assert_non_null(strstr(s.said.text, "state 2 is empty: it explains 0 of 900 rows"));
    assert_true(isfinite(info.objective));
    ana_fit_info_clear(&info);
    ana_observations_free(rows);
}

static void a_restart_whose_objective_falls_is_left_out(void **state)
{
    (void)state;
    const double levels[2] = {-2.0, 2.0};
    ana_observations *rows = draw(2, levels);
    setting s;
    double means[MAX_K];
    ana_em_model model;
    ana_fit_info info;
    set_up(&s, rows, 2, levels);
    s.data.spoil = true;
    check_fails(fit(&s, rows, means, &model, &info), ANA_ERR_NUMERIC, "the objective fell from");
    assert_non_null(strstr(s.said.text, "restart 0 failed: normal fit: the objective fell"));
    assert_null(info.trace);
    ana_observations_free(rows);
}

static void a_failing_restart_is_warned_of_and_the_best_of_the_others_kept(void **state)
{
    (void)state;
    const double levels[3] = {-3.0, 0.5, 3.0};
    ana_observations *rows = draw(3, levels);
    setting s;
    double means[MAX_K];
    ana_em_model model;
    ana_fit_info info;
    set_up(&s, rows, 3, levels);
    s.options.n_restarts = 6;
    s.data.noise = 3.0;
    s.data.failing_restart = 2;
    check_ok(fit(&s, rows, means, &model, &info));
    assert_non_null(strstr(s.said.text, "restart 2 failed: no start for restart 2"));
    assert_true(isinf(info.restart_objective[2]));
    size_t best = 0;
    for (size_t r = 0; r < 6; r++) {
        best = info.restart_objective[r] > info.restart_objective[best] ? r : best;
    }
    assert_true(info.best_restart == best && info.objective == info.restart_objective[best]);
    ana_fit_info_clear(&info);
    ana_observations_free(rows);
}

static void threads_and_kept_posteriors_do_not_change_the_bits(void **state)
{
    (void)state;
    const size_t threads[] = {1, 2, 3, 7};
    const double levels[3] = {-2.0, 0.0, 2.0};
    const double start[3] = {0.0, 0.0, 0.0};
    ana_observations *rows = draw(3, levels);
    double wanted[MAX_K];
    double objective = 0.0;
    for (size_t i = 0; i < 8; i++) {
        setting s;
        double means[MAX_K];
        ana_em_model model;
        ana_fit_info info = {0};
        ana_workspace workspace = {0};
        set_up(&s, rows, 3, start);
        s.data.noise = 2.0;
        s.options.n_restarts = 9;
        s.options.n_moves = 2;
        s.run.n_threads = threads[i % 4];
        ana_emission emission = family(&s.data);
        emission.needs_posterior = i >= 4;
        emission.accumulate = i >= 4 ? NULL : emission.accumulate;
        check_ok(ana_em_fit(&emission, rows, &s.options, &workspace, &model, &info));
        memcpy(means, ((const normal_parameters *)model.emission)->mean, sizeof means);
        if (i == 0) {
            memcpy(wanted, means, sizeof means);
            objective = info.objective;
        }
        assert_memory_equal(means, wanted, 3 * sizeof *means);
        assert_true(info.objective == objective);
        ana_workspace_release(&workspace);
        ana_fit_info_clear(&info);
    }
    ana_observations_free(rows);
}

/* With restarts, empty states that are filled, splits and merges. */
static double fit_in_blocks(const ana_observations *rows, size_t block_rows, bool stream,
                            size_t n_threads, double *numbers)
{
    const double start[3] = {0.0, 0.0, 400.0};
    setting s;
    double means[MAX_K];
    ana_em_model model;
    ana_fit_info info = {0};
    ana_workspace workspace = {0};
    set_up(&s, rows, 3, start);
    s.data.noise = 2.0;
    s.options.n_restarts = 3;
    s.options.n_moves = 2;
    s.options.block_rows = block_rows;
    s.options.kept_bytes = stream ? 1 : SIZE_MAX;
    s.run.n_threads = n_threads;
    const ana_emission emission = family(&s.data);
    check_ok(ana_em_fit(&emission, rows, &s.options, &workspace, &model, &info));
    memcpy(means, ((const normal_parameters *)model.emission)->mean, sizeof means);
    memcpy(numbers, means, 3 * sizeof *means);
    memcpy(numbers + 3, model.transition, 9 * sizeof *numbers);
    memcpy(numbers + 12, model.initial, 3 * sizeof *numbers);
    memcpy(numbers + 15, model.occupancy, 3 * sizeof *numbers);
    const double objective = info.objective;
    assert_true(info.n_trace > 2);
    for (size_t i = 1; i < info.n_trace; i++) {
        assert_true(info.trace[i] >= info.trace[i - 1] - 1e-9 * fabs(info.trace[i]));
    }
    ana_workspace_release(&workspace);
    ana_fit_info_clear(&info);
    return objective;
}

static void messages_made_anew_have_the_bits_of_those_kept(void **state)
{
    (void)state;
    const size_t blocks[] = {1, 7, 210, 399};
    const double levels[3] = {-2.0, 0.0, 2.0};
    ana_observations *rows = draw(3, levels);
    double whole[18];
    const double objective = fit_in_blocks(rows, 0, false, 1, whole);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        double kept[18];
        double streamed[18];
        const double kept_objective = fit_in_blocks(rows, blocks[i], false, 1, kept);
        assert_true(fit_in_blocks(rows, blocks[i], true, 1 + i % 3, streamed) == kept_objective);
        assert_memory_equal(streamed, kept, sizeof kept);
        /* the cut changes no more than the order of sums, and with it where iterations stop */
        check_close(kept_objective, objective, 1e-6, 0.0);
        check_all_close(18, kept, whole, 1e-3, 1e-3);
    }
    ana_observations_free(rows);
}

static void zeros_of_the_start_stay_zero_under_any_prior(void **state)
{
    (void)state;
    const double levels[3] = {-2.0, 0.0, 2.0};
    const double initial[3] = {1.0, 0.0, 0.0};
    const double ring[9] = {0.9, 0.1, 0.0, 0.0, 0.9, 0.1, 0.1, 0.0, 0.9};
    ana_observations *rows = draw(3, levels);
    setting s;
    double means[MAX_K];
    ana_fit_info info = {0};
    ana_em_model model;
    ana_workspace workspace = {0};
    set_up(&s, rows, 3, levels);
    s.options.initial = initial;
    s.options.transition = ring;
    s.options.concentration = 1.7;
    s.options.stickiness = 4.0;
    s.options.keep_order = true;
    const ana_emission emission = family(&s.data);
    check_ok(ana_em_fit(&emission, rows, &s.options, &workspace, &model, &info));
    for (size_t i = 0; i < 9; i++) {
        assert_true((model.transition[i] == 0.0) == (ring[i] == 0.0));
    }
    assert_true(model.initial[0] == 1.0 && model.initial[1] == 0.0);
    assert_true(isfinite(info.objective));
    memcpy(means, ((const normal_parameters *)model.emission)->mean, sizeof means);
    check_all_close(3, means, levels, 0.3, 0.0);
    ana_workspace_release(&workspace);
    ana_fit_info_clear(&info);
    ana_observations_free(rows);
}

enum {
    N_DRIVEN = 6000
};

/* Two levels; the step into row t is softmax_j(log P_ij + V_j' u_t) with u a slow wave and noise.
 */
static ana_observations *draw_driven(const double *transition, const double *weights,
                                     double *inputs)
{
    ana_observations *rows = NULL;
    const size_t lengths[2] = {N_DRIVEN / 2, N_DRIVEN / 2};
    ana_random random = ana_random_stream(3, "test.driven", 0);
    double steps[(N_DRIVEN - 1) * 4];
    double logits[4];
    double push[2];
    size_t state = 0;
    check_ok(ana_observations_new(N_DRIVEN, 1, &rows));
    check_ok(ana_observations_set_sequences(rows, 2, lengths, NULL));
    for (size_t t = 0; t < N_DRIVEN; t++) {
        inputs[2 * t] = sin(0.05 * (double)t);
        inputs[2 * t + 1] = ana_random_normal(&random);
    }
    const ana_hmm_inputs driven = {2, 2, inputs, transition, weights};
    const ana_hmm_input_room room = {logits, push};
    ana_hmm_input_steps(&driven, 0, N_DRIVEN, &room, steps);
    for (size_t t = 0; t < N_DRIVEN; t++) {
        if (t > 0) {
            state = ana_random_categorical(&random, 2, steps + (t - 1) * 4 + state * 2);
        }
        rows->values[t] = (state == 0 ? -2.0 : 2.0) + ana_random_normal(&random);
    }
    return rows;
}

static void transitions_follow_their_inputs(void **state)
{
    (void)state;
    static double inputs[2 * N_DRIVEN];
    const double transition[4] = {0.9, 0.1, 0.2, 0.8};
    const double weights[4] = {0.8, -0.3, -0.8, 0.3};
    const double levels[2] = {-2.0, 2.0};
    ana_observations *rows = draw_driven(transition, weights, inputs);
    setting s;
    ana_workspace workspace = {0};
    ana_em_model model;
    ana_em_model moved;
    ana_fit_info info = {0};
    ana_fit_info again = {0};
    set_up(&s, rows, 2, levels);
    s.options.inputs = inputs;
    s.options.n_inputs = 2;
    s.options.input_ridge = 0.1;
    s.options.concentration = 1.5;
    s.options.keep_order = true;
    const ana_emission emission = family(&s.data);
    check_ok(ana_em_fit(&emission, rows, &s.options, &workspace, &model, &info));
    assert_string_equal(s.said.text, "");
    assert_true(info.converged);
    /* The curvature of about 900 changes of state leaves errors of about 0.1. */
    check_all_close(4, model.input_weights, weights, 0.25, 0.0);
    check_all_close(4, model.transition, transition, 0.05, 0.0);
    /* It is a maximum: no small change of any weight or row does better. */
    memcpy(s.data.start, ((const normal_parameters *)model.emission)->mean, 2 * sizeof(double));
    s.options.max_iterations = 0;
    s.options.initial = model.initial;
    for (size_t i = 0; i < 8; i++) {
        double changed[8];
        memcpy(changed, model.transition, 4 * sizeof *changed);
        memcpy(changed + 4, model.input_weights, 4 * sizeof *changed);
        changed[i] += i < 4 ? 0.01 : 0.05;
        changed[i ^ 1] -= i < 4 ? 0.01 : 0.0;
        s.options.transition = changed;
        s.options.input_weights = changed + 4;
        check_ok(ana_em_fit(&emission, rows, &s.options, &workspace, &moved, &again));
        assert_true(again.objective < info.objective);
        ana_fit_info_clear(&again);
    }
    ana_fit_info_clear(&info);
    ana_workspace_release(&workspace);
    ana_observations_free(rows);
}

static void inputs_of_nothing_change_nothing(void **state)
{
    (void)state;
    static double inputs[900 * 1];
    const double levels[3] = {-2.0, 0.0, 2.0};
    const double ring[9] = {0.9, 0.1, 0.0, 0.0, 0.9, 0.1, 0.1, 0.0, 0.9};
    ana_observations *rows = draw(3, levels);
    double wanted[9];
    double objective = 0.0;
    memset(inputs, 0, sizeof inputs);
    for (size_t n_inputs = 0; n_inputs < 2; n_inputs++) {
        setting s;
        ana_workspace workspace = {0};
        ana_em_model model;
        ana_fit_info info = {0};
        set_up(&s, rows, 3, levels);
        s.options.inputs = inputs;
        s.options.n_inputs = n_inputs;
        s.options.input_ridge = 1.0;
        s.options.stickiness = 3.0;
        s.options.transition = ring;
        s.options.tolerance = 1e-12;
        const ana_emission emission = family(&s.data);
        check_ok(ana_em_fit(&emission, rows, &s.options, &workspace, &model, &info));
        if (n_inputs == 0) {
            memcpy(wanted, model.transition, sizeof wanted);
            objective = info.objective;
        }
        check_all_close(9, model.transition, wanted, 1e-5, 0.0);
        check_close(info.objective, objective, 0.0, 1e-9);
        ana_workspace_release(&workspace);
        ana_fit_info_clear(&info);
    }
    ana_observations_free(rows);
}

static void identical_states_stay_finite_and_identical(void **state)
{
    (void)state;
    const double levels[2] = {-2.0, 2.0};
    const double same[2] = {0.3, 0.3};
    ana_observations *rows = draw(2, levels);
    setting s;
    double means[MAX_K];
    ana_em_model model;
    ana_fit_info info;
    set_up(&s, rows, 2, same);
    check_ok(fit(&s, rows, means, &model, &info));
    assert_true(isfinite(info.objective) && isfinite(means[0]) && isfinite(means[1]));
    assert_true(means[0] == means[1]);
    ana_fit_info_clear(&info);
    ana_observations_free(rows);
}

static void a_fit_stops_within_an_iteration(void **state)
{
    (void)state;
    const double levels[2] = {-2.0, 2.0};
    ana_observations *rows = draw(2, levels);
    setting s;
    double means[MAX_K];
    ana_em_model model;
    ana_fit_info info;
    for (size_t n = 1; n < 12; n += 3) {
        set_up(&s, rows, 2, levels);
        s.said.n_before_cancel = n;
        s.run.n_threads = 1;
        check_fails(fit(&s, rows, means, &model, &info), ANA_ERR_CANCELLED, "cancelled");
        assert_true(s.said.n_calls == n + 1);
    }
    ana_observations_free(rows);
}

static ana_status fit_with_moves(void *user)
{
    const ana_observations *rows = user;
    const double start[3] = {-9.0, -7.0, 4.0};
    setting s;
    double means[MAX_K];
    ana_em_model model;
    ana_fit_info info;
    set_up(&s, rows, 3, start);
    s.options.n_moves = 2;
    s.run.n_threads = 1;
    ana_status status = fit(&s, rows, means, &model, &info);
    ana_fit_info_clear(&info);
    return status;
}

static void without_memory_nothing_is_left_behind(void **state)
{
    (void)state;
    const double levels[3] = {-8.0, 0.0, 8.0};
    ana_observations *rows = draw(3, levels);
    assert_true(check_each_allocation(fit_with_moves, rows, 0) > 10);
    ana_observations_free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_split_and_a_merge_leave_a_local_optimum),
        cmocka_unit_test(an_empty_state_is_given_half_of_another),
        cmocka_unit_test(a_state_that_stays_empty_is_named),
        cmocka_unit_test(a_restart_whose_objective_falls_is_left_out),
        cmocka_unit_test(a_failing_restart_is_warned_of_and_the_best_of_the_others_kept),
        cmocka_unit_test(threads_and_kept_posteriors_do_not_change_the_bits),
        cmocka_unit_test(messages_made_anew_have_the_bits_of_those_kept),
        cmocka_unit_test(zeros_of_the_start_stay_zero_under_any_prior),
        cmocka_unit_test(transitions_follow_their_inputs),
        cmocka_unit_test(inputs_of_nothing_change_nothing),
        cmocka_unit_test(identical_states_stay_finite_and_identical),
        cmocka_unit_test(a_fit_stops_within_an_iteration),
        cmocka_unit_test(without_memory_nothing_is_left_behind),
    };
    return cmocka_run_group_tests_name("hmm_em", tests, NULL, NULL);
}
