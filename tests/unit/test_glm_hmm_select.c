#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/glm_hmm_select.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>

enum {
    N = 3
};

/* Four sequences of two states with other rates. */
static ana_observations *draw(size_t length)
{
    ana_observations *counts = NULL;
    const size_t lengths[] = {length, length, length, length};
    ana_random random = ana_random_stream(4, "test.glm_hmm_select", 0);
    check_ok(ana_observations_new(4 * length, N, &counts));
    check_ok(ana_observations_set_sequences(counts, 4, lengths, NULL));
    for (size_t t = 0; t < 4 * length; t++) {
        for (size_t n = 0; n < N; n++) {
            const double before = t % length > 0 ? counts->values[(t - 1) * N + (n + 1) % N] : 0.0;
            const double base = (t / 40 % 2 == 0) == (n == 0) ? 2.5 : 0.3;
            counts->values[t * N + n] =
                (double)ana_random_poisson(&random, base / (1.0 + 0.3 * before));
        }
    }
    return counts;
}

static ana_basis *lags(void)
{
    ana_basis *basis = NULL;
    ana_basis_options options = ana_basis_options_default();
    options.family = ANA_BASIS_EXPONENTIAL;
    options.n_functions = 1;
    options.n_lags = 3;
    check_ok(ana_basis_new(&options, &basis));
    return basis;
}

static ana_glm_hmm_options quick(void)
{
    ana_glm_hmm_options options = ana_glm_hmm_options_default();
    options.n_restarts = 2;
    options.max_iterations = 30;
    return options;
}

static void two_states_are_found_and_training_gains_with_each(void **state)
{
    (void)state;
    ana_observations *counts = draw(240);
    ana_basis *basis = lags();
    ana_hmm_selection *found = NULL;
    const ana_glm_hmm_options model = quick();
    ana_hmm_select_options options = ana_hmm_select_options_default();
    options.max_states = 3;
    options.n_folds = 4;
    check_ok(ana_glm_hmm_select(&(ana_glm_hmm_select_data){.responses = counts, .basis = basis},
                                &model, &options, &found));
    assert_int_equal(found->held_out, ANA_HMM_HOLD_SEQUENCES);
    assert_int_equal(found->candidates[found->chosen].n_states, 2);
    assert_true(found->candidates[0].behind > 10.0 * found->candidates[0].behind_error);
    assert_true(found->candidates[1].log_likelihood > found->candidates[0].log_likelihood);
    /* One intercept and one weight for each source, in each state; and the chain. */
    check_close(found->candidates[1].n_parameters, 2.0 * N * (1 + N) + 3.0, 0.0, 0.0);
    ana_hmm_selection_free(found);
    ana_basis_free(basis);
    ana_observations_free(counts);
}

static void single_entries_are_refused_and_no_basis_is_no_history(void **state)
{
    (void)state;
    ana_observations *counts = draw(60);
    ana_basis *basis = lags();
    ana_hmm_selection *found = NULL;
    const ana_glm_hmm_options model = quick();
    ana_hmm_select_options options = ana_hmm_select_options_default();
    options.max_states = 1;
    options.n_folds = 2;
    options.held_out = ANA_HMM_HOLD_SPECKLED;
    check_fails(ana_glm_hmm_select(&(ana_glm_hmm_select_data){.responses = counts, .basis = basis},
                                   &model, &options, &found),
                ANA_ERR_VALUE, "leak");
    assert_null(found);
    options.held_out = ANA_HMM_HOLD_BLOCKS;
    check_ok(ana_glm_hmm_select(&(ana_glm_hmm_select_data){.responses = counts}, &model, &options,
                                &found));
    check_close(found->candidates[0].n_parameters, N, 0.0, 0.0);
    ana_hmm_selection_free(found);
    ana_basis_free(basis);
    ana_observations_free(counts);
}

typedef struct inputs {
    ana_observations *counts;
    ana_basis *basis;
} inputs;

static ana_status select_once(void *user)
{
    const inputs *in = user;
    ana_hmm_selection *found = NULL;
    ana_glm_hmm_options model = quick();
    ana_hmm_select_options options = ana_hmm_select_options_default();
    model.n_restarts = 1;
    model.max_iterations = 2;
    options.max_states = 1;
    options.n_folds = 2;
    ana_status status =
        ana_glm_hmm_select(&(ana_glm_hmm_select_data){.responses = in->counts, .basis = in->basis},
                           &model, &options, &found);
    ana_hmm_selection_free(found);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    inputs in = {draw(20), lags()};
    assert_true(check_each_allocation(select_once, &in, 0) > 0);
    ana_basis_free(in.basis);
    ana_observations_free(in.counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_states_are_found_and_training_gains_with_each),
        cmocka_unit_test(single_entries_are_refused_and_no_basis_is_no_history),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("glm-hmm select", tests, NULL, NULL);
}
