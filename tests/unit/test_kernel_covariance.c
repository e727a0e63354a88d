#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/kernel_covariance.h>
#include <analysis/linalg.h>
#include <analysis/random.h>

#include <math.h>
#include <string.h>

enum {
    N = 5,
    N_TIMES = 40,
    N_TRIALS = 3,
    N_KERNELS = ANA_CHANNEL_KERNEL_LAPLACIAN + 1
};

static ana_trial_signals make_trials(double *x)
{
    ana_random random = ana_random_stream(5, "kernel", 0);
    for (size_t i = 0; i < N_TRIALS * N * N_TIMES; i++) {
        x[i] = ana_random_normal(&random) + 0.2;
    }
    return (ana_trial_signals){
        .n_trials = N_TRIALS, .n_channels = N, .n_times = N_TIMES, .values = x};
}

/* x = (3, 1), y = (-1, 3): products 10, 0, 10, squared distance 20, distances 4 and 2; v = 5. */
static void two_channels_by_hand(void **state)
{
    (void)state;
    const double x[] = {3.0, 1.0, -1.0, 3.0};
    const ana_trial_signals trial = {.n_trials = 1, .n_channels = 2, .n_times = 2, .values = x};
    const double equal[] = {1.0, 1.0, 8.0, 1.0, 1.0};
    const double apart[] = {0.0, 0.0, 1.0, exp(-2.0), exp(-3.0 / sqrt(5.0))};
    const double raw[] = {0.0, 0.0, 1.0, exp(-10.0), exp(-3.0)}; /* scikit-learn's own */
    for (size_t i = 0; i < N_KERNELS; i++) {
        double out[4];
        ana_kernel_covariance_options options = ana_kernel_covariance_options_default();
        options.kernel = (ana_channel_kernel)i;
        check_ok(ana_kernel_covariance(&trial, &options, out));
        check_close(out[0], equal[i], 0.0, 1e-15);
        check_close(out[3], equal[i], 0.0, 1e-15);
        check_close(out[1], apart[i], 1e-15, 1e-15);
        assert_true(out[1] == out[2]);
        options.mean_square = 1.0;
        check_ok(ana_kernel_covariance(&trial, &options, out));
        check_close(out[1], raw[i], 1e-15, 1e-15);
    }
    double out[4];
    ana_kernel_covariance_options options = ana_kernel_covariance_options_default();
    options.kernel = ANA_CHANNEL_KERNEL_POLYNOMIAL;
    options.gamma = 0.5;
    options.offset = 2.0;
    options.degree = 2;
    check_ok(ana_kernel_covariance(&trial, &options, out));
    check_close(out[0], 6.25, 0.0, 1e-15);
    check_close(out[1], 4.0, 0.0, 1e-15);
}

static void kernels_are_definite_in_any_unit_on_any_threads(void **state)
{
    (void)state;
    double x[N_TRIALS * N * N_TIMES];
    for (size_t i = 0; i < N_KERNELS; i++) {
        double one[N_TRIALS * N * N];
        double other[N_TRIALS * N * N];
        double factor[N * N];
        const ana_trial_signals trials = make_trials(x);
        ana_kernel_covariance_options options = ana_kernel_covariance_options_default();
        options.kernel = (ana_channel_kernel)i;
        options.run.n_threads = 1;
        check_ok(ana_kernel_covariance(&trials, &options, one));
        options.run.n_threads = 3;
        check_ok(ana_kernel_covariance(&trials, &options, other));
        assert_memory_equal(one, other, sizeof one);
        for (size_t k = 0; k < N_TRIALS; k++) {
            check_ok(ana_linalg_cholesky(N, one + k * N * N, factor));
        }
        for (size_t k = 0; k < N_TRIALS * N * N_TIMES; k++) {
            x[k] *= 1e-6;
        }
        check_ok(ana_kernel_covariance(&trials, &options, other));
        check_all_close(N_TRIALS * N * N, other, one, 1e-13, 1e-12);
    }
}

static void what_has_no_kernel_is_refused(void **state)
{
    (void)state;
    double x[N_TRIALS * N * N_TIMES];
    double out[N_TRIALS * N * N];
    ana_trial_signals trials = make_trials(x);
    ana_kernel_covariance_options options = ana_kernel_covariance_options_default();
    x[(N + 3) * N_TIMES + 5] = NAN;
    check_fails(ana_kernel_covariance(&trials, NULL, out), ANA_ERR_VALUE,
                "kernel covariance: trial 1: channel 3 has a missing sample");
    x[(N + 3) * N_TIMES + 5] = 1e200;
    check_fails(ana_kernel_covariance(&trials, NULL, out), ANA_ERR_NUMERIC, "too large");
    memset(x + (N + 3) * N_TIMES, 0, N_TIMES * sizeof *x);
    options.kernel = ANA_CHANNEL_KERNEL_COSINE;
    check_fails(ana_kernel_covariance(&trials, &options, out), ANA_ERR_VALUE,
                "trial 1: channel 3 is 0 throughout");
    memset(x, 0, sizeof x);
    check_fails(ana_kernel_covariance(&trials, NULL, out), ANA_ERR_VALUE,
                "trial 0: every sample is 0");
    trials = make_trials(x);
    options.kernel = ANA_CHANNEL_KERNEL_POLYNOMIAL;
    options.degree = 100;
    options.offset = 1e10;
    check_fails(ana_kernel_covariance(&trials, &options, out), ANA_ERR_NUMERIC, "overflows");
    options.degree = 0;
    check_fails(ana_kernel_covariance(&trials, &options, out), ANA_ERR_VALUE, "degree");
    trials.n_channels = 0;
    check_fails(ana_kernel_covariance(&trials, NULL, out), ANA_ERR_VALUE, "of 0 channels");
    trials.is_complex = true;
    check_fails(ana_kernel_covariance(&trials, NULL, out), ANA_ERR_UNSUPPORTED, "real");
}

static void nothing_is_allocated(void **state)
{
    (void)state;
    double x[N_TRIALS * N * N_TIMES];
    double out[N_TRIALS * N * N];
    const ana_trial_signals trials = make_trials(x);
    NO_ALLOCATION_TEST(ana_kernel_covariance, (&trials, NULL, out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_channels_by_hand),
        cmocka_unit_test(kernels_are_definite_in_any_unit_on_any_threads),
        cmocka_unit_test(what_has_no_kernel_is_refused),
        cmocka_unit_test(nothing_is_allocated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
