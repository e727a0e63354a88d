#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/assignment.h>
#include <analysis/models/hmm_select.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows whose values are their own numbers, so that a trial can be asked which it holds. */
static ana_observations *numbered(size_t n_sequences, const size_t *lengths)
{
    ana_observations *rows = NULL;
    size_t n = 0;
    for (size_t s = 0; s < n_sequences; s++) {
        n += lengths[s];
    }
    check_ok(ana_observations_new(n, 1, &rows));
    check_ok(ana_observations_set_sequences(rows, n_sequences, lengths, NULL));
    for (size_t t = 0; t < n; t++) {
        rows->values[t] = (double)t;
    }
    return rows;
}

/* Scores by a formula of the states and of the first row held out; notes which rows were seen. */
typedef struct notes {
    size_t n_rows;
    size_t gap;
    size_t n_calls;
    size_t n_tests;      /* calls with something held out */
    size_t tested[1000]; /* how often each row was */
} notes;

static ana_status note(void *user, const ana_hmm_trial *trial, ana_hmm_trial_result *out)
{
    notes *all = user;
    bool in_test[1000] = {false};
    all->n_calls++;
    *out = (ana_hmm_trial_result){.log_likelihood = -100.0 + (double)trial->n_states,
                                  .n_parameters = 3.0 * (double)trial->n_states,
                                  .n_observed = 50.0,
                                  .entropy = 0.5,
                                  .converged = true};
    if (trial->test == NULL) {
        assert_int_equal(trial->train->n_times, all->n_rows);
        return ANA_OK;
    }
    all->n_tests++;
    for (size_t t = 0; t < trial->test->n_times; t++) {
        const size_t row = (size_t)trial->test->values[t];
        in_test[row] = true;
        all->tested[row]++;
    }
    for (size_t t = 0; t < trial->train->n_times; t++) {
        const size_t row = (size_t)trial->train->values[t];
        assert_false(in_test[row]);
        for (size_t g = 1; g <= all->gap; g++) { /* a sequence begins at row 200 */
            const bool reaches = row + g < all->n_rows && (row >= 200 || row + g < 200);
            const bool looks_back = row >= g && (row < 200 || row - g >= 200);
            assert_false(reaches && in_test[row + g]);
            assert_false(looks_back && in_test[row - g]);
        }
    }
    /* What follows within a sequence followed before. */
    for (size_t s = 0; s < trial->train->n_sequences; s++) {
        for (size_t t = trial->train->sequence_start[s] + 1;
             t < trial->train->sequence_start[s + 1]; t++) {
            assert_true(trial->train->values[t] == trial->train->values[t - 1] + 1.0);
        }
    }
    /* 2 states: a little behind 3 and unsure; 1 far behind; 4 no better. */
    const double fold = (double)((all->n_tests - 1) % 4);
    const double score[5] = {0.0, -5.0, -1.0 - 0.1 + 0.2 * (fold - 1.5), -1.0, -1.01};
    out->held_out = (score[trial->n_states] + 0.3 * fold) * (double)trial->test->n_times;
    return ANA_OK;
}

static void the_smallest_within_one_error_stands_beside_the_best(void **state)
{
    (void)state;
    const size_t lengths[4] = {30, 20, 25, 40};
    ana_observations *rows = numbered(4, lengths);
    ana_hmm_select_options options = ana_hmm_select_options_default();
    notes all = {.n_rows = 115};
    ana_hmm_selection *selection = NULL;
    options.max_states = 4;
    options.n_folds = 4;
    check_ok(ana_hmm_select_by(rows, &options, note, &all, &selection));
    assert_int_equal(all.n_calls, 4 * 5);
    assert_true(selection->held_out == ANA_HMM_HOLD_SEQUENCES);
    for (size_t t = 0; t < 115; t++) {
        assert_int_equal(all.tested[t], 4);
    }
    /* Differences of 2 to 3 states: .4, .2, 0, -.2: mean .1, error sqrt(.2 / 3 / 4). */
    const ana_hmm_candidate *two = selection->candidates + 1;
    check_close(two->behind, 0.1, 1e-12, 0.0);
    check_close(two->behind_error, sqrt(0.2 / 3.0 / 4.0), 1e-12, 0.0);
    check_close(selection->candidates[2].held_out, -1.0 + 0.45, 1e-12, 0.0);
    check_close(two->aic, 12.0 + 196.0, 1e-12, 0.0);
    check_close(two->bic, 6.0 * log(50.0) + 196.0, 1e-12, 0.0);
    check_close(two->icl, two->bic + 1.0, 1e-12, 0.0);
    assert_int_equal(selection->best, 2);
    assert_int_equal(selection->chosen, 1);
    ana_hmm_selection_free(selection);
    ana_observations_free(rows);
}

static void blocks_keep_their_gap(void **state)
{
    (void)state;
    const size_t lengths[2] = {200, 120};
    ana_observations *rows = numbered(2, lengths);
    ana_hmm_select_options options = ana_hmm_select_options_default();
    notes all = {.n_rows = 320, .gap = 7};
    ana_hmm_selection *selection = NULL;
    options.max_states = 2;
    options.n_folds = 4;
    options.gap = 7;
    check_ok(ana_hmm_select_by(rows, &options, note, &all, &selection));
    assert_true(selection->held_out == ANA_HMM_HOLD_BLOCKS);
    for (size_t t = 0; t < 320; t++) {
        assert_int_equal(all.tested[t], 2);
    }
    ana_hmm_selection_free(selection);
    ana_observations_free(rows);
}

static ana_hmm *three_states(ana_hmm_emission emission)
{
    enum {
        K = 3,
        N = 6
    };
    ana_hmm *hmm = NULL;
    check_ok(ana_hmm_new_of(emission, K, N, 1, &hmm));
    for (size_t k = 0; k < K; k++) {
        hmm->initial[k] = 1.0 / K;
        for (size_t j = 0; j < K; j++) {
            hmm->transition[k * K + j] = k == j ? 0.94 : 0.03;
        }
        for (size_t f = 0; f < N; f++) {
            const double level = f / 2 == k ? 2.0 : 0.4;
            if (emission == ANA_HMM_POISSON) {
                hmm->rates[k * N + f] = level;
            } else {
                hmm->mean[k * N + f] = level;
                hmm->variance[k * N + f] = 0.5;
            }
        }
    }
    return hmm;
}

static ana_hmm_options quick(ana_hmm_emission emission)
{
    ana_hmm_options model = ana_hmm_options_default();
    model.emission = (int)emission;
    model.n_restarts = 3;
    model.max_iterations = 60;
    model.tolerance = 1e-6;
    return model;
}

static void the_true_number_of_states_is_found(void **state)
{
    (void)state;
    const size_t lengths[5] = {240, 200, 150, 260, 150};
    const int ways[] = {ANA_HMM_HOLD_AUTO, ANA_HMM_HOLD_BLOCKS, ANA_HMM_HOLD_SPECKLED};
    const ana_hmm_emission kinds[] = {ANA_HMM_POISSON, ANA_HMM_GAUSSIAN_DIAGONAL};
    for (size_t i = 0; i < 6; i++) {
        ana_hmm *truth = three_states(kinds[i % 2]);
        ana_hmm_options model = quick(kinds[i % 2]);
        ana_hmm_select_options options = ana_hmm_select_options_default();
        ana_observations *rows = NULL;
        ana_hmm_selection *selection = NULL;
        check_ok(ana_hmm_simulate(truth, 5, lengths, 7, &rows));
        options.max_states = 5;
        options.n_folds = 4;
        options.held_out = ways[i / 2];
        check_ok(ana_hmm_select(rows, &model, &options, &selection));
        assert_int_equal(selection->candidates[selection->chosen].n_states, 3);
        assert_true(selection->candidates[2].bic < selection->candidates[1].bic);
        assert_true(selection->candidates[2].bic < selection->candidates[4].bic);
        ana_hmm_selection_free(selection);
        ana_observations_free(rows);
        ana_hmm_free(truth);
    }
}

static void one_spike_of_a_silent_unit_does_not_decide(void **state)
{
    (void)state;
    const size_t lengths[4] = {100, 100, 100, 100};
    ana_hmm *truth = three_states(ANA_HMM_POISSON);
    ana_hmm_options model = quick(ANA_HMM_POISSON);
    ana_hmm_select_options options = ana_hmm_select_options_default();
    ana_observations *rows = NULL;
    ana_hmm_selection *selection = NULL;
    check_ok(ana_hmm_simulate(truth, 4, lengths, 8, &rows));
    for (size_t t = 0; t < 400; t++) {
        rows->values[t * 6] = t == 120 ? 1.0 : 0.0;
    }
    options.max_states = 3;
    options.n_folds = 4;
    check_ok(ana_hmm_select(rows, &model, &options, &selection));
    for (size_t c = 0; c < 3; c++) {
        assert_true(isfinite(selection->candidates[c].held_out));
    }
    ana_hmm_selection_free(selection);
    ana_observations_free(rows);
    ana_hmm_free(truth);
}

static void what_cannot_be_selected_is_refused(void **state)
{
    (void)state;
    const size_t lengths[1] = {3};
    ana_observations *rows = numbered(1, lengths);
    ana_hmm_select_options options = ana_hmm_select_options_default();
    ana_hmm_options model = quick(ANA_HMM_AUTOREGRESSIVE);
    ana_hmm_selection *selection = NULL;
    options.min_states = 4;
    options.max_states = 2;
    check_fails(ana_hmm_select(rows, &model, &options, &selection), ANA_ERR_VALUE,
                "--max-states 2 is below");
    options = ana_hmm_select_options_default();
    check_fails(ana_hmm_select(rows, &model, &options, &selection), ANA_ERR_VALUE, "");
    ana_observations_free(rows);
    const size_t more[1] = {100};
    rows = numbered(1, more);
    options.held_out = ANA_HMM_HOLD_SPECKLED;
    options.min_states = 2;
    check_fails(ana_hmm_select(rows, &model, &options, &selection), ANA_ERR_VALUE, "would leak");
    options.n_folds = 1;
    check_fails(ana_hmm_select(rows, &model, &options, &selection), ANA_ERR_VALUE, "--folds 1");
    assert_null(selection);
    ana_observations_free(rows);
}

static void states_are_matched_by_their_paths(void **state)
{
    (void)state;
    enum {
        T = 500
    };
    const size_t order[4] = {2, 0, 3, 1};
    size_t path[T];
    size_t reference[T];
    size_t partner[4];
    double agreement = 0.0;
    ana_random random = ana_random_stream(4, "test.match", 0);
    for (size_t t = 0; t < T; t++) {
        reference[t] = (size_t)ana_random_below(&random, 4);
        path[t] = t % 10 == 0 ? (size_t)ana_random_below(&random, 4) : order[reference[t]];
    }
    check_ok(ana_hmm_match(T, reference, 4, path, 4, partner, &agreement));
    assert_memory_equal(partner, order, sizeof order);
    size_t n_same = 0;
    for (size_t t = 0; t < T; t++) {
        n_same += partner[reference[t]] == path[t] ? 1 : 0;
    }
    check_close(agreement, (double)n_same / T, 1e-15, 0.0);
    for (size_t t = 0; t < T; t++) {
        path[t] = path[t] == 3 ? 0 : path[t];
    }
    check_ok(ana_hmm_match(T, reference, 4, path, 3, partner, NULL));
    size_t n_without = 0;
    for (size_t k = 0; k < 4; k++) {
        n_without += partner[k] == ANA_UNASSIGNED ? 1 : 0;
    }
    assert_int_equal(n_without, 1);
    check_fails(ana_hmm_match(T, reference, 4, path, 2, partner, NULL), ANA_ERR_VALUE, "row ");
}

static ana_status select_and_record(void *user)
{
    const ana_observations *rows = user;
    ana_hmm_select_options options = ana_hmm_select_options_default();
    ana_hmm_options model = quick(ANA_HMM_POISSON);
    ana_hmm_selection *selection = NULL;
    ana_record *record = NULL;
    size_t partner[3];
    model.n_restarts = 1;
    model.max_iterations = 1;
    options.max_states = 2;
    options.n_folds = 2;
    options.run.n_threads = 1;
    ana_status status = ana_hmm_select(rows, &model, &options, &selection);
    if (status == ANA_OK) {
        status = ana_hmm_selection_to_record(selection, &record);
    }
    if (status == ANA_OK) {
        status = ana_record_check(record);
    }
    if (status == ANA_OK) {
        const size_t path[3] = {0, 1, 2};
        status = ana_hmm_match(3, path, 3, path, 3, partner, NULL);
    }
    ana_record_free(record);
    ana_hmm_selection_free(selection);
    return status;
}

static void without_memory_nothing_is_left_behind(void **state)
{
    (void)state;
    const size_t lengths[2] = {15, 15};
    ana_hmm *truth = three_states(ANA_HMM_POISSON);
    ana_observations *rows = NULL;
    check_ok(ana_hmm_simulate(truth, 2, lengths, 9, &rows));
    assert_true(check_each_allocation(select_and_record, rows, 0) > 50);
    ana_observations_free(rows);
    ana_hmm_free(truth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_within_one_error_stands_beside_the_best),
        cmocka_unit_test(blocks_keep_their_gap),
        cmocka_unit_test(the_true_number_of_states_is_found),
        cmocka_unit_test(one_spike_of_a_silent_unit_does_not_decide),
        cmocka_unit_test(what_cannot_be_selected_is_refused),
        cmocka_unit_test(states_are_matched_by_their_paths),
        cmocka_unit_test(without_memory_nothing_is_left_behind),
    };
    return cmocka_run_group_tests_name("hmm select", tests, NULL, NULL);
}
