#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/hmm.h>
#include <analysis/models/hmm_messages.h>
#include <analysis/random.h>

#include <math.h>
#include <string.h>

enum {
    K = 5
};

static void two_states_by_hand(void **state)
{
    (void)state;
    double share[2];
    check_ok(ana_hmm_stationary(2, (const double[]){0.9, 0.1, 0.3, 0.7}, share));
    check_close(share[0], 0.75, 0.0, 1e-15);
    check_close(share[1], 0.25, 0.0, 1e-15);
    /* Changes of 1e-17 do not show in the diagonal, and yet decide. */
    check_ok(ana_hmm_stationary(2, (const double[]){1.0, 1e-17, 3e-17, 1.0}, share));
    check_close(share[0], 0.75, 0.0, 1e-15);
    check_ok(ana_hmm_stationary(1, (const double[]){1.0}, share));
    check_close(share[0], 1.0, 0.0, 0.0);
}

static void one_more_step_changes_nothing(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(3, "test.stationary", 0);
    for (size_t trial = 0; trial < 50; trial++) {
        double transition[K * K];
        double share[K];
        double alpha[K] = {0.3, 0.3, 0.3, 0.3, 0.3};
        for (size_t i = 0; i < K; i++) {
            ana_random_dirichlet(&random, K, alpha, transition + i * K);
        }
        check_ok(ana_hmm_stationary(K, transition, share));
        for (size_t j = 0; j < K; j++) {
            double next = 0.0;
            for (size_t i = 0; i < K; i++) {
                next += share[i] * transition[i * K + j];
            }
            check_close(next, share[j], 1e-14, 1e-12);
        }
    }
}

static void states_left_for_good_have_no_share(void **state)
{
    (void)state;
    double share[4];
    check_ok(ana_hmm_stationary(2, (const double[]){0.9, 0.1, 0.0, 1.0}, share));
    check_all_close(2, share, ((const double[]){0.0, 1.0}), 0.0, 0.0);
    check_ok(ana_hmm_stationary(2, (const double[]){1.0, 0.0, 0.1, 0.9}, share));
    check_all_close(2, share, ((const double[]){1.0, 0.0}), 0.0, 0.0);
    /* 0 and 3 lead to 1 and 2, which stay among themselves. */
    check_ok(ana_hmm_stationary(4,
                                (const double[]){0.5, 0.2, 0.0, 0.3, 0.0, 0.6, 0.4, 0.0, 0.0, 0.2,
                                                 0.8, 0.0, 0.1, 0.0, 0.5, 0.4},
                                share));
    check_all_close(4, share, ((const double[]){0.0, 1.0 / 3.0, 2.0 / 3.0, 0.0}), 0.0, 1e-15);
}

static void a_chain_that_falls_apart_is_refused(void **state)
{
    (void)state;
    double share[3];
    check_fails(ana_hmm_stationary(2, (const double[]){1.0, 0.0, 0.0, 1.0}, share), ANA_ERR_NUMERIC,
                "states 1 and 2");
    check_fails(ana_hmm_stationary(3, (const double[]){0.2, 0.4, 0.4, 0, 1, 0, 0, 0, 1}, share),
                ANA_ERR_NUMERIC, "states 2 and 3");
    check_fails(ana_hmm_stationary(2, (const double[]){0.9, 0.2, 0.5, 0.5}, share), ANA_ERR_VALUE,
                "");
}

/* Explicit durations with r = 1 are those of a chain that stays: visits and shares are the same. */
static void geometric_durations_are_those_of_a_chain(void **state)
{
    (void)state;
    ana_hmm *plain = NULL;
    ana_hmm *explicit = NULL;
    double wanted[2];
    double found[2];
    check_ok(ana_hmm_new(2, 1, &plain));
    check_ok(ana_hmm_new(2, 1, &explicit));
    memcpy(plain->transition, (const double[]){0.8, 0.2, 0.4, 0.6}, 4 * sizeof(double));
    memcpy(explicit->transition, (const double[]){0, 1, 1, 0}, 4 * sizeof(double));
    check_ok(ana_hmm_set_durations(explicit, 400));
    memcpy(explicit->durations, (const double[]){1, 0.8, 1, 0.6}, 4 * sizeof(double));
    check_ok(ana_hmm_mean_durations(plain, wanted));
    check_close(wanted[0], 5.0, 0.0, 1e-15);
    check_ok(ana_hmm_mean_durations(explicit, found));
    check_all_close(2, found, wanted, 0.0, 1e-12);
    check_ok(ana_hmm_long_run(plain, wanted));
    check_close(wanted[0], 2.0 / 3.0, 0.0, 1e-15);
    check_ok(ana_hmm_long_run(explicit, found));
    check_all_close(2, found, wanted, 0.0, 1e-12);
    ana_hmm_free(plain);
    ana_hmm_free(explicit);
}

static ana_status find(void *user)
{
    (void)user;
    double share[2];
    return ana_hmm_stationary(2, (const double[]){0.9, 0.1, 0.3, 0.7}, share);
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    assert_true(check_each_allocation(find, NULL, 0) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_states_by_hand),
        cmocka_unit_test(one_more_step_changes_nothing),
        cmocka_unit_test(geometric_durations_are_those_of_a_chain),
        cmocka_unit_test(states_left_for_good_have_no_share),
        cmocka_unit_test(a_chain_that_falls_apart_is_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("hmm stationary", tests, NULL, NULL);
}
