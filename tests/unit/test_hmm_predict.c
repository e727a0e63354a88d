#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/hmm.h>
#include <analysis/models/hmm_messages.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    K = 2,
    N = 3
};

static const double initial[K] = {0.7, 0.3};
static const double transition[K * K] = {0.9, 0.1, 0.2, 0.8};
static const double means[K * N] = {0.2, 1.5, 0.6, 1.8, 0.1, 0.6};

static ana_hmm *model(ana_hmm_emission emission, size_t order)
{
    ana_hmm *hmm = NULL;
    check_ok(ana_hmm_new_of(emission, K, N, order, &hmm));
    memcpy(hmm->initial, initial, sizeof initial);
    memcpy(hmm->transition, transition, sizeof transition);
    return hmm;
}

/* The mean of the next row by Bayes' rule, forward from the first, with nothing scaled. */
static void expect_by_hand(const ana_hmm *hmm, const ana_observations *rows, size_t first,
                           size_t last, double *mean)
{
    double belief[K];
    double log_rows[K * 64];
    check_ok(ana_hmm_log_emission(hmm, rows, log_rows));
    memcpy(belief, initial, sizeof belief);
    for (size_t t = first; t < last; t++) {
        double total = 0.0;
        double next[K] = {0.0};
        for (size_t n = 0; n < N; n++) {
            mean[t * N + n] = belief[0] * means[n] + belief[1] * means[N + n];
        }
        for (size_t k = 0; k < K; k++) {
            belief[k] *= exp(log_rows[t * K + k]);
            total += belief[k];
        }
        for (size_t j = 0; j < K; j++) {
            next[j] = (belief[0] * transition[j] + belief[1] * transition[K + j]) / total;
        }
        memcpy(belief, next, sizeof belief);
    }
}

static void expected_rows_are_mixtures_given_the_past(void **state)
{
    (void)state;
    ana_hmm *hmm = model(ANA_HMM_POISSON, 0);
    ana_observations *rows = NULL;
    double mean[20 * N];
    double wanted[20 * N];
    memcpy(hmm->rates, means, sizeof means);
    check_ok(ana_hmm_simulate(hmm, 2, (const size_t[]){12, 8}, 3, &rows));
    rows->values[4] = NAN;
    check_ok(ana_hmm_predict(hmm, rows, mean));
    expect_by_hand(hmm, rows, 0, 12, wanted);
    expect_by_hand(hmm, rows, 12, 20, wanted);
    check_all_close(20 * N, mean, wanted, 0.0, 1e-12);
    ana_observations_free(rows);
    ana_hmm_free(hmm);
}

/* Durations with r = 1 are those of a chain that stays with p: the same is expected. */
static void geometric_durations_expect_what_a_chain_does(void **state)
{
    (void)state;
    ana_hmm *plain = model(ANA_HMM_POISSON, 0);
    ana_hmm *timed = model(ANA_HMM_POISSON, 0);
    ana_observations *rows = NULL;
    double wanted[120 * N];
    double found[120 * N];
    memcpy(plain->rates, means, sizeof means);
    memcpy(timed->rates, means, sizeof means);
    memcpy(timed->transition, (const double[]){0, 1, 1, 0}, 4 * sizeof(double));
    check_ok(ana_hmm_set_durations(timed, 400));
    memcpy(timed->durations, (const double[]){1, 0.9, 1, 0.8}, 4 * sizeof(double));
    check_ok(ana_hmm_simulate(plain, 2, (const size_t[]){70, 50}, 3, &rows));
    check_ok(ana_hmm_predict(plain, rows, wanted));
    check_ok(ana_hmm_predict(timed, rows, found));
    check_all_close(120 * N, found, wanted, 0.0, 1e-11); /* what is cut off at 400 rows */
    ana_observations_free(rows);
    ana_hmm_free(plain);
    ana_hmm_free(timed);
}

/* One state: y_t = c + A y_{t-1} + noise is expected to be c + A y_{t-1}. */
static void autoregressive_rows_are_expected_from_those_before(void **state)
{
    (void)state;
    ana_hmm *hmm = NULL;
    ana_observations *rows = NULL;
    double mean[10];
    check_ok(ana_hmm_new_of(ANA_HMM_AUTOREGRESSIVE, 1, 2, 1, &hmm));
    hmm->initial[0] = hmm->transition[0] = 1.0;
    memcpy(hmm->mean, (const double[]){0.5, -1.0}, 2 * sizeof(double));
    memcpy(hmm->coefficients, (const double[]){0.9, 0.1, -0.2, 0.5}, 4 * sizeof(double));
    memcpy(hmm->covariance, (const double[]){1.0, 0.0, 0.0, 1.0}, 4 * sizeof(double));
    check_ok(ana_hmm_simulate(hmm, 1, (const size_t[]){5}, 3, &rows));
    check_ok(ana_hmm_predict(hmm, rows, mean));
    assert_true(isnan(mean[0]) && isnan(mean[1]));
    for (size_t t = 1; t < 5; t++) {
        const double *y = rows->values + 2 * (t - 1);
        check_close(mean[2 * t], 0.5 + 0.9 * y[0] + 0.1 * y[1], 1e-14, 1e-14);
        check_close(mean[2 * t + 1], -1.0 - 0.2 * y[0] + 0.5 * y[1], 1e-14, 1e-14);
    }
    ana_observations_free(rows);
    ana_hmm_free(hmm);
}

/* Spikes of the model pass; spikes of another order of its units do not; the data's own order of
 * units does not matter. */
static void a_true_model_passes_and_a_false_one_does_not(void **state)
{
    (void)state;
    ana_hmm *hmm = model(ANA_HMM_POISSON, 0);
    ana_observations *rows = NULL;
    ana_observations *turned = NULL;
    ana_goodness *found = NULL;
    ana_goodness *again = NULL;
    memcpy(hmm->rates, means, sizeof means);
    check_ok(ana_hmm_simulate(hmm, 1, (const size_t[]){6000}, 3, &rows));
    check_ok(ana_hmm_goodness(hmm, rows, NULL, &found));
    for (size_t n = 0; n < N; n++) {
        assert_true(found->p[n] > 0.01);
    }
    check_ok(ana_observations_take(rows, N, (const size_t[]){2, 0, 1}, &turned));
    check_ok(ana_hmm_goodness(hmm, turned, NULL, &again));
    assert_memory_equal(again->distance, found->distance, N * sizeof(double));
    ana_goodness_free(again);
    ana_goodness_free(found);
    double first = hmm->rates[0];
    hmm->rates[0] = hmm->rates[1];
    hmm->rates[1] = first;
    check_ok(ana_hmm_goodness(hmm, rows, NULL, &found));
    assert_true(found->p[0] < 1e-6 && found->p[1] < 1e-6);
    ana_goodness_free(found);
    ana_observations_free(rows);
    ana_observations_free(turned);
    ana_hmm_free(hmm);
}

static void binary_bins_of_a_true_model_pass(void **state)
{
    (void)state;
    ana_hmm *hmm = model(ANA_HMM_BERNOULLI, 0);
    ana_observations *rows = NULL;
    ana_goodness *found = NULL;
    memcpy(hmm->probability, (const double[]){0.1, 0.4, 0.3, 0.6, 0.1, 0.3}, 6 * sizeof(double));
    check_ok(ana_hmm_simulate(hmm, 1, (const size_t[]){6000}, 3, &rows));
    check_ok(ana_hmm_goodness(hmm, rows, NULL, &found));
    assert_int_equal(found->rescaling, ANA_RESCALE_BINARY);
    for (size_t n = 0; n < N; n++) {
        assert_true(found->p[n] > 0.01);
    }
    ana_goodness_free(found);
    ana_observations_free(rows);
    ana_hmm_free(hmm);
}

static void what_has_no_spikes_has_no_rescaling(void **state)
{
    (void)state;
    ana_hmm *gaussian = model(ANA_HMM_GAUSSIAN_DIAGONAL, 0);
    ana_hmm *names = model(ANA_HMM_CATEGORICAL, 2);
    ana_observations *rows = NULL;
    ana_goodness *found = NULL;
    double mean[4 * N];
    check_ok(ana_observations_new(4, N, &rows));
    check_fails(ana_hmm_goodness(gaussian, rows, NULL, &found), ANA_ERR_UNSUPPORTED,
                "Poisson or Bernoulli");
    check_fails(ana_hmm_predict(names, rows, mean), ANA_ERR_UNSUPPORTED, "no expected value");
    assert_null(found);
    ana_observations_free(rows);
    ana_hmm_free(gaussian);
    ana_hmm_free(names);
}

static ana_status expect_and_test(void *user)
{
    const ana_observations *rows = user;
    double mean[20 * N];
    ana_goodness *found = NULL;
    ana_hmm *hmm = NULL;
    ana_status status = ana_hmm_new(K, N, &hmm);
    if (status == ANA_OK) {
        memcpy(hmm->initial, initial, sizeof initial);
        memcpy(hmm->transition, transition, sizeof transition);
        memcpy(hmm->rates, means, sizeof means);
        status = ana_hmm_predict(hmm, rows, mean);
    }
    status = status == ANA_OK ? ana_hmm_goodness(hmm, rows, NULL, &found) : status;
    ana_goodness_free(found);
    ana_hmm_free(hmm);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    ana_hmm *hmm = model(ANA_HMM_POISSON, 0);
    ana_observations *rows = NULL;
    memcpy(hmm->rates, means, sizeof means);
    check_ok(ana_hmm_simulate(hmm, 1, (const size_t[]){20}, 3, &rows));
    assert_true(check_each_allocation(expect_and_test, rows, 0) > 0);
    ana_observations_free(rows);
    ana_hmm_free(hmm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expected_rows_are_mixtures_given_the_past),
        cmocka_unit_test(geometric_durations_expect_what_a_chain_does),
        cmocka_unit_test(autoregressive_rows_are_expected_from_those_before),
        cmocka_unit_test(a_true_model_passes_and_a_false_one_does_not),
        cmocka_unit_test(binary_bins_of_a_true_model_pass),
        cmocka_unit_test(what_has_no_spikes_has_no_rescaling),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("hmm expected", tests, NULL, NULL);
}
