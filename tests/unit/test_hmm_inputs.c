/* Hidden Markov models whose transitions inputs drive. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/hmm.h>
#include <analysis/models/hmm_select.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    K = 2,
    N = 2,
    D = 2
};

/* Two states of other rates; the inputs push into the first. */
static ana_hmm *driven_model(void)
{
    const double rates[] = {0.4, 3.0, 2.5, 0.5};
    const double transition[] = {0.9, 0.1, 0.15, 0.85};
    const double weights[] = {0.9, -0.3, -0.9, 0.3};
    ana_hmm *hmm = NULL;
    check_ok(ana_hmm_new(K, N, &hmm));
    memcpy(hmm->rates, rates, sizeof rates);
    memcpy(hmm->transition, transition, sizeof transition);
    hmm->initial[0] = 0.3;
    hmm->initial[1] = 0.7;
    hmm->n_inputs = D;
    hmm->input_weights = calloc(K * D, sizeof(double));
    hmm->input_errors = calloc(K * D, sizeof(double));
    hmm->input_names = calloc(D, sizeof(char *));
    memcpy(hmm->input_weights, weights, sizeof weights);
    hmm->input_names[0] = strdup("reward");
    hmm->input_names[1] = strdup("tone");
    return hmm;
}

static ana_observations *draw_inputs(size_t n, size_t n_sequences)
{
    ana_observations *inputs = NULL;
    ana_table *names = NULL;
    size_t lengths[8];
    ana_random random = ana_random_stream(5, "test.hmm_inputs", n);
    for (size_t s = 0; s < n_sequences; s++) {
        lengths[s] = n / n_sequences;
    }
    check_ok(ana_observations_new(n, D, &inputs));
    check_ok(ana_observations_set_sequences(inputs, n_sequences, lengths, NULL));
    for (size_t i = 0; i < n * D; i++) {
        inputs->values[i] = ana_random_normal(&random);
    }
    check_ok(ana_table_new(D, &names));
    check_ok(ana_table_add_texts(names, "id", (const char *const[]){"reward", "tone"}));
    ana_table_free(inputs->features);
    inputs->features = names;
    return inputs;
}

/* Counts drawn from the model with the inputs as features after them. */
static ana_observations *draw(const ana_hmm *hmm, size_t n, size_t n_sequences)
{
    ana_observations *inputs = draw_inputs(n, n_sequences);
    ana_observations *rows = NULL;
    check_ok(ana_hmm_simulate_driven(hmm, inputs, 3, &rows));
    assert_int_equal(rows->n_features, N + D);
    assert_string_equal(ana_table_find(rows->features, "id")->texts[N], "reward");
    ana_observations_free(inputs);
    return rows;
}

static void a_driven_score_is_a_sum_over_paths(void **state)
{
    (void)state;
    enum {
        ROWS = 9
    };
    ana_hmm *hmm = driven_model();
    ana_observations *rows = draw(hmm, ROWS, 1);
    double total = 0.0;
    for (size_t path = 0; path < (size_t)1 << ROWS; path++) {
        double product = 1.0;
        for (size_t t = 0; t < ROWS; t++) {
            const double *row = rows->values + t * (N + D);
            const size_t now = path >> t & 1;
            const size_t before = t > 0 ? path >> (t - 1) & 1 : 0;
            double norm = 0.0;
            double step[K];
            for (size_t j = 0; j < K; j++) {
                const double push =
                    hmm->input_weights[j * D] * row[N] + hmm->input_weights[j * D + 1] * row[N + 1];
                step[j] = hmm->transition[before * K + j] * exp(push);
                norm += step[j];
            }
            product *= t == 0 ? hmm->initial[now] : step[now] / norm;
            for (size_t f = 0; f < N; f++) {
                const double rate = hmm->rates[now * N + f];
                product *= exp(row[f] * log(rate) - rate - lgamma(row[f] + 1.0));
            }
        }
        total += product;
    }
    double score = 0.0;
    ana_hmm_decoding *decoding = NULL;
    check_ok(ana_hmm_score(hmm, rows, &score));
    check_close(score, log(total), 0.0, 1e-12);
    check_ok(ana_hmm_decode(hmm, rows, NULL, &decoding));
    check_close(decoding->log_likelihood[0], log(total), 0.0, 1e-12);
    ana_hmm_decoding_free(decoding);
    ana_observations_free(rows);
    ana_hmm_free(hmm);
}

static double objective(const ana_hmm *hmm, const ana_observations *rows, double ridge)
{
    double value = 0.0;
    check_ok(ana_hmm_score(hmm, rows, &value));
    for (size_t i = 0; i < K * D; i++) {
        value -= 0.5 * ridge * hmm->input_weights[i] * hmm->input_weights[i];
    }
    return value;
}

static void planted_weights_are_found_and_nothing_near_is_better(void **state)
{
    (void)state;
    ana_hmm *hmm = driven_model();
    ana_observations *rows = draw(hmm, 4000, 4);
    ana_hmm_options options = ana_hmm_options_default();
    ana_hmm *fit = NULL;
    options.n_states = K;
    options.n_restarts = 2;
    options.n_inputs = D;
    options.input_ridge = 0.1;
    options.tolerance = 1e-12;
    check_ok(ana_hmm_fit(rows, &options, &fit));
    const size_t first = fit->rates[0] < fit->rates[1] ? 0U : 1U;
    for (size_t i = 0; i < K * D; i++) {
        const size_t own = (i / D == 0 ? first : 1 - first) * D + i % D;
        assert_true(fit->input_errors[own] > 0.0 && fit->input_errors[own] < 0.2);
        check_close(fit->input_weights[own], hmm->input_weights[i], 4.0 * fit->input_errors[own],
                    0.0);
    }
    for (size_t d = 0; d < D; d++) { /* against the mean of all states */
        check_close(fit->input_weights[d] + fit->input_weights[D + d], 0.0, 1e-6, 0.0);
    }
    const double here = objective(fit, rows, options.input_ridge);
    check_close(here, fit->info.objective, 0.0, 1e-9);
    for (size_t i = 0; i < 2 * K * D; i++) {
        const double kept = fit->input_weights[i / 2];
        fit->input_weights[i / 2] += i % 2 == 0 ? 0.02 : -0.02;
        assert_true(objective(fit, rows, options.input_ridge) < here);
        fit->input_weights[i / 2] = kept;
    }
    ana_record *record = NULL;
    ana_hmm *read = NULL;
    check_ok(ana_hmm_to_record(fit, &record));
    check_ok(ana_record_check(record));
    check_ok(ana_hmm_from_record(record, &read));
    check_close(objective(read, rows, options.input_ridge), here, 0.0, 0.0);
    assert_string_equal(read->input_names[1], "tone");
    /* without inputs the same rows are worth less, for fewer parameters */
    ana_hmm_select_options selection = ana_hmm_select_options_default();
    ana_hmm_selection *found = NULL;
    selection.min_states = selection.max_states = K;
    selection.n_folds = 2;
    options.tolerance = 1e-7;
    check_ok(ana_hmm_select(rows, &options, &selection, &found));
    check_close(found->candidates[0].n_parameters, ana_hmm_n_parameters(fit), 0.0, 0.0);
    check_close(ana_hmm_n_parameters(fit), K * N + 3.0 + D, 0.0, 0.0);
    ana_hmm_selection_free(found);
    selection.held_out = ANA_HMM_HOLD_SPECKLED;
    check_fails(ana_hmm_select(rows, &options, &selection, &found), ANA_ERR_VALUE, "drive");
    ana_record_free(record);
    ana_hmm_free(read);
    ana_hmm_free(fit);
    ana_observations_free(rows);
    ana_hmm_free(hmm);
}

static void what_cannot_be_driven_says_why(void **state)
{
    (void)state;
    ana_hmm *hmm = driven_model();
    ana_observations *rows = draw(hmm, 40, 1);
    ana_observations *counts = NULL;
    ana_observations *drawn = NULL;
    ana_hmm *fit = NULL;
    const size_t own[] = {0, 1};
    const size_t length = 5;
    double value = 0.0;
    double states[K];
    ana_hmm_options options = ana_hmm_options_default();
    options.n_states = K;
    options.n_inputs = D;
    options.durations = ANA_HMM_NEGATIVE_BINOMIAL;
    check_fails(ana_hmm_fit(rows, &options, &fit), ANA_ERR_VALUE, "explicit durations");
    options.durations = ANA_HMM_GEOMETRIC;
    options.n_inputs = N + D;
    check_fails(ana_hmm_fit(rows, &options, &fit), ANA_ERR_SHAPE, "leave none");
    options.n_inputs = D;
    check_ok(ana_observations_take(rows, N, own, &counts));
    check_fails(ana_hmm_score(hmm, counts, &value), ANA_ERR_SHAPE, "reward");
    check_fails(ana_hmm_simulate(hmm, 1, &length, 1, &drawn), ANA_ERR_VALUE, "none are given");
    check_fails(ana_hmm_forecast(hmm, rows, 1, states, NULL), ANA_ERR_UNSUPPORTED, "ahead");
    rows->values[7 * (N + D) + N] = (double)NAN;
    check_fails(ana_hmm_fit(rows, &options, &fit), ANA_ERR_VALUE, "reward");
    check_fails(ana_hmm_score(hmm, rows, &value), ANA_ERR_VALUE, "row 7");
    ana_observations_free(counts);
    ana_observations_free(rows);
    ana_hmm_free(hmm);
}

static ana_status fit_once(void *user)
{
    ana_hmm_options options = ana_hmm_options_default();
    ana_hmm *fit = NULL;
    ana_hmm *read = NULL;
    ana_record *record = NULL;
    ana_observations *drawn = NULL;
    options.run.n_threads = 1;
    options.n_states = K;
    options.n_inputs = D;
    options.n_restarts = 1;
    options.max_iterations = 2;
    ana_status status = ana_hmm_fit(user, &options, &fit);
    status = status == ANA_OK ? ana_hmm_to_record(fit, &record) : status;
    status = status == ANA_OK ? ana_hmm_from_record(record, &read) : status;
    status = status == ANA_OK ? ana_hmm_simulate_driven(fit, user, 1, &drawn) : status;
    ana_observations_free(drawn);
    ana_record_free(record);
    ana_hmm_free(read);
    ana_hmm_free(fit);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    ana_hmm *hmm = driven_model();
    ana_observations *rows = draw(hmm, 20, 1);
    assert_true(check_each_allocation(fit_once, rows, 0) > 0);
    ana_observations_free(rows);
    ana_hmm_free(hmm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_driven_score_is_a_sum_over_paths),
        cmocka_unit_test(planted_weights_are_found_and_nothing_near_is_better),
        cmocka_unit_test(what_cannot_be_driven_says_why),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("hmm_inputs", tests, NULL, NULL);
}
