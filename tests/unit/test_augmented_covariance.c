#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/augmented_covariance.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_CHANNELS = 3,
    N_TIMES = 40,
    N_TRIALS = 2,
    MOST = 5 * N_CHANNELS
};

static ana_trial_signals make_trials(bool is_complex, double *values)
{
    const size_t n = (size_t)N_TRIALS * N_CHANNELS * N_TIMES * (is_complex ? 2 : 1);
    ana_random random = ana_random_stream(5, "augmented", 0);
    for (size_t i = 0; i < n; i++) { /* slow noise with an offset and a drift */
        const double before = i > 0 ? values[i - 1] : 0.0;
        values[i] = 0.9 * before + ana_random_normal(&random) + 0.02 * (double)(i % N_TIMES);
    }
    return (ana_trial_signals){.n_trials = N_TRIALS,
                               .n_channels = N_CHANNELS,
                               .n_times = N_TIMES,
                               .is_complex = is_complex,
                               .values = values};
}

static void one_channel_by_hand(void **state)
{
    (void)state;
    const double x[] = {1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0};
    const ana_trial_signals trial = {.n_trials = 1, .n_channels = 1, .n_times = 7, .values = x};
    ana_augmentation pair = {.order = 2, .lag = 2, .tail = ANA_TAIL_PUBLISHED};
    const double published[] = {1, 2, 4, 4, 8, 16};
    const double full[] = {1, 2, 4, 8, 16, 4, 8, 16, 32, 64};
    const double circular[] = {1, 2, 4, 8, 16, 32, 64, 32, 64, 1, 2, 4, 8, 16};
    double out[14];
    size_t n_left = 0;
    check_ok(ana_augmented_length(&pair, 7, &n_left));
    assert_int_equal(n_left, 3);
    check_ok(ana_augmented_signals(&pair, &trial, out));
    assert_memory_equal(out, published, sizeof published);
    pair.tail = ANA_TAIL_FULL;
    check_ok(ana_augmented_length(&pair, 7, &n_left));
    assert_int_equal(n_left, 5);
    check_ok(ana_augmented_signals(&pair, &trial, out));
    assert_memory_equal(out, full, sizeof full);
    pair.tail = ANA_TAIL_CIRCULAR;
    check_ok(ana_augmented_length(&pair, 7, &n_left));
    assert_int_equal(n_left, 7);
    check_ok(ana_augmented_signals(&pair, &trial, out));
    assert_memory_equal(out, circular, sizeof circular);
    /* Second moments of the published tail: 21, 84 and 336, over 3. */
    ana_covariance_options options = ana_covariance_options_default();
    options.estimator = ANA_COVARIANCE_SECOND_MOMENT;
    pair.tail = ANA_TAIL_PUBLISHED;
    check_ok(ana_augmented_covariance(&pair, &trial, &options, NULL, out));
    const double wanted[] = {7.0, 28.0, 28.0, 112.0};
    check_all_close(4, out, wanted, 0.0, 1e-15);
}

/* For every estimator, tail and small pair, real and complex; the lagged products lose digits of
 * the largest variance, the fixed points stop at 1e-10. */
static void covariances_are_those_of_the_embedding(void **state)
{
    (void)state;
    double x[2 * N_TRIALS * N_CHANNELS * N_TIMES];
    double embedded[2 * N_TRIALS * MOST * N_TIMES];
    double one[2 * N_TRIALS * MOST * MOST];
    double other[2 * N_TRIALS * MOST * MOST];
    static const size_t pairs[][2] = {{1, 3}, {2, 1}, {3, 2}, {2, 9}, {5, 2}, {5, 7}};
    for (size_t i = 0; i < 6 * 3 * 2 * 12; i++) {
        const ana_augmentation pair = {.order = pairs[i % 6][0],
                                       .lag = pairs[i % 6][1],
                                       .tail = (ana_augmented_tail)(i / 6 % 3)};
        const ana_trial_signals trials = make_trials(i / 18 % 2 == 1, x);
        ana_trial_signals plain = trials;
        ana_covariance_options options = ana_covariance_options_default();
        options.estimator = (ana_covariance_estimator)(i / 36);
        options.n_starts = 3;
        options.run.n_threads = 1; /* teams of threads for tiny trials cost more than these */
        plain.n_channels = N_CHANNELS * pair.order;
        plain.values = embedded;
        const size_t parts = trials.is_complex ? 2 : 1;
        const size_t m = plain.n_channels;
        check_ok(ana_augmented_length(&pair, N_TIMES, &plain.n_times));
        if (options.estimator >= ANA_COVARIANCE_HUBER && plain.n_times <= m * parts) {
            continue; /* those want more samples than that; refusals are another test */
        }
        check_ok(ana_augmented_signals(&pair, &trials, embedded));
        check_ok(ana_covariance_of_trials(&plain, &options, NULL, other));
        check_ok(ana_augmented_covariance(&pair, &trials, &options, NULL, one));
        check_all_close(N_TRIALS * m * m * parts, one, other, 1e-12 * fabs(other[0]), 1e-11);
    }
}

static void weights_are_of_the_samples_left(void **state)
{
    (void)state;
    double x[N_TRIALS * N_CHANNELS * N_TIMES];
    double weights[N_TIMES];
    double embedded[N_TRIALS * MOST * N_TIMES];
    double one[N_TRIALS * MOST * MOST];
    double other[N_TRIALS * MOST * MOST];
    const ana_augmentation pair = {.order = 3, .lag = 4, .tail = ANA_TAIL_FULL};
    ana_trial_signals trials = make_trials(false, x);
    ana_trial_signals plain = trials;
    ana_covariance_options options = ana_covariance_options_default();
    options.estimator = ANA_COVARIANCE_EMPIRICAL;
    for (size_t t = 0; t < N_TIMES; t++) {
        weights[t] = 1.0 + (double)(t % 3);
    }
    trials.weights = weights;
    plain.weights = weights;
    plain.values = embedded;
    plain.n_channels = 9;
    check_ok(ana_augmented_length(&pair, N_TIMES, &plain.n_times));
    check_ok(ana_augmented_signals(&pair, &trials, embedded));
    check_ok(ana_covariance_of_trials(&plain, &options, NULL, other));
    check_ok(ana_augmented_covariance(&pair, &trials, &options, NULL, one));
    check_all_close(N_TRIALS * 81, one, other, 1e-12, 1e-12);
}

/* The samples after the last that is used are not looked at, and those before are. */
static void only_samples_in_use_must_be_there(void **state)
{
    (void)state;
    double x[N_TRIALS * N_CHANNELS * N_TIMES];
    double out[N_TRIALS * MOST * MOST];
    const ana_augmentation pair = {.order = 2, .lag = 3, .tail = ANA_TAIL_PUBLISHED};
    const ana_trial_signals trials = make_trials(false, x);
    ana_covariance_options options = ana_covariance_options_default();
    for (size_t i = 0; i < 2; i++) {
        options.estimator = i == 0 ? ANA_COVARIANCE_OAS : ANA_COVARIANCE_LEDOIT_WOLF;
        x[N_TIMES - 1] = NAN;
        check_ok(ana_augmented_covariance(&pair, &trials, &options, NULL, out));
        x[2 * N_TIMES - 4] = NAN;
        check_fails(ana_augmented_covariance(&pair, &trials, &options, NULL, out), ANA_ERR_VALUE,
                    "trial 0: channel 1 has a missing sample");
        x[2 * N_TIMES - 4] = 0.0;
    }
}

static void trials_too_short_for_the_embedding_are_refused(void **state)
{
    (void)state;
    double x[N_TRIALS * N_CHANNELS * N_TIMES];
    double out[N_TRIALS * MOST * MOST];
    size_t n_left = 0;
    const ana_trial_signals trials = make_trials(false, x);
    ana_augmentation pair = {.order = 3, .lag = 13, .tail = ANA_TAIL_PUBLISHED};
    const char *sentence = "order 3 and lag 13 leave fewer than two of 40 samples";
    check_fails(ana_augmented_length(&pair, N_TIMES, &n_left), ANA_ERR_VALUE, sentence);
    check_fails(ana_augmented_signals(&pair, &trials, out), ANA_ERR_VALUE, sentence);
    check_fails(ana_augmented_covariance(&pair, &trials, NULL, NULL, out), ANA_ERR_VALUE, sentence);
    check_ok(ana_augmented_length(&pair, N_TIMES + 1, &n_left));
    assert_int_equal(n_left, 2);
    pair.tail = ANA_TAIL_FULL;
    check_ok(ana_augmented_length(&pair, N_TIMES, &n_left));
    assert_int_equal(n_left, 14);
    pair.order = 1;
    pair.lag = SIZE_MAX;
    check_ok(ana_augmented_length(&pair, N_TIMES, &n_left));
    assert_int_equal(n_left, N_TIMES);
    pair.order = 3;
    check_fails(ana_augmented_length(&pair, N_TIMES, &n_left), ANA_ERR_VALUE, "fewer than two");
    pair.lag = 0;
    check_fails(ana_augmented_covariance(&pair, &trials, NULL, NULL, out), ANA_ERR_VALUE,
                "both at least 1");
    pair = (ana_augmentation){.order = 0, .lag = 1};
    check_fails(ana_augmented_signals(&pair, &trials, out), ANA_ERR_VALUE, "both at least 1");
    pair = (ana_augmentation){.order = SIZE_MAX / 2, .lag = 1, .tail = ANA_TAIL_CIRCULAR};
    check_fails(ana_augmented_covariance(&pair, &trials, NULL, NULL, out), ANA_ERR_SHAPE,
                "3 channels to the order");
}

static void allocations_may_fail(void **state)
{
    (void)state;
    double x[N_TRIALS * N_CHANNELS * N_TIMES];
    double out[N_TRIALS * MOST * MOST];
    const ana_augmentation pair = {.order = 2, .lag = 3, .tail = ANA_TAIL_PUBLISHED};
    const ana_trial_signals trials = make_trials(false, x);
    ALLOCATION_TEST(ana_augmented_covariance, (&pair, &trials, NULL, NULL, out), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_channel_by_hand),
        cmocka_unit_test(covariances_are_those_of_the_embedding),
        cmocka_unit_test(weights_are_of_the_samples_left),
        cmocka_unit_test(only_samples_in_use_must_be_there),
        cmocka_unit_test(trials_too_short_for_the_embedding_are_refused),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
