#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/erp_covariance.h>
#include <analysis/linalg.h>
#include <analysis/random.h>

#include <math.h>
#include <string.h>

enum {
    N_CHANNELS = 3,
    N_TIMES = 24,
    N_TRIALS = 6
};

static ana_trial_signals make_trials(bool is_complex, double *values)
{
    const size_t n = (size_t)N_TRIALS * N_CHANNELS * N_TIMES * (is_complex ? 2 : 1);
    ana_random random = ana_random_stream(5, "erp", 0);
    for (size_t i = 0; i < n; i++) {
        values[i] = ana_random_normal(&random) + 0.3;
    }
    return (ana_trial_signals){.n_trials = N_TRIALS,
                               .n_channels = N_CHANNELS,
                               .n_times = N_TIMES,
                               .is_complex = is_complex,
                               .values = values};
}

static const size_t labels[N_TRIALS] = {1, 0, 2, 1, 0, 1}; /* two classes, and one trial apart */

static void prototypes_are_the_mean_trials(void **state)
{
    (void)state;
    double x[2 * N_TRIALS * N_CHANNELS * N_TIMES];
    for (size_t parts = 1; parts <= 2; parts++) {
        const size_t size = N_CHANNELS * N_TIMES * parts;
        double out[2 * 2 * N_CHANNELS * N_TIMES];
        const ana_trial_signals trials = make_trials(parts == 2, x);
        check_ok(ana_erp_prototypes(&trials, labels, 2, 0, out));
        for (size_t i = 0; i < size; i++) {
            check_close(out[i], (x[size + i] + x[4 * size + i]) / 2.0, 0.0, 1e-14);
            check_close(out[size + i], (x[i] + x[3 * size + i] + x[5 * size + i]) / 3.0, 1e-15,
                        1e-14);
        }
    }
}

/* The rows of U_k^T M are orthogonal, and as long as the singular values. */
static void components_are_the_largest(void **state)
{
    (void)state;
    double x[N_TRIALS * N_CHANNELS * N_TIMES];
    double whole[2 * N_CHANNELS * N_TIMES];
    double out[2 * 2 * N_TIMES];
    double u[N_CHANNELS * N_CHANNELS];
    double s[N_CHANNELS];
    double vt[N_CHANNELS * N_TIMES];
    double product[4];
    const ana_trial_signals trials = make_trials(false, x);
    check_ok(ana_erp_prototypes(&trials, labels, 2, 0, whole));
    check_ok(ana_erp_prototypes(&trials, labels, 2, 2, out));
    for (size_t label = 0; label < 2; label++) {
        const double *rows = out + label * 2 * N_TIMES;
        const double *mean = whole + label * N_CHANNELS * N_TIMES;
        check_ok(ana_linalg_svd(N_CHANNELS, N_TIMES, mean, u, s, vt));
        check_ok(ana_linalg_gram_rows(2, N_TIMES, rows, product));
        const double wanted[] = {s[0] * s[0], 0.0, 0.0, s[1] * s[1]};
        check_all_close(4, product, wanted, 1e-13, 1e-13);
        for (size_t t = 0; t < N_TIMES; t++) { /* U^T M itself */
            double sum = 0.0;
            for (size_t c = 0; c < N_CHANNELS; c++) {
                sum += u[c * N_CHANNELS] * mean[c * N_TIMES + t];
            }
            check_close(rows[t], sum, 1e-13, 1e-13);
        }
    }
}

static void covariances_are_those_of_the_stacked_rows(void **state)
{
    (void)state;
    double x[2 * N_TRIALS * N_CHANNELS * N_TIMES];
    double stacked[2 * N_TRIALS * (2 + N_CHANNELS) * N_TIMES];
    double prototypes[2 * 2 * N_TIMES];
    double weights[N_TIMES];
    ana_random random = ana_random_stream(6, "erp", 0);
    for (size_t i = 0; i < 2 * 2 * N_TIMES; i++) {
        prototypes[i] = ana_random_normal(&random);
    }
    for (size_t t = 0; t < N_TIMES; t++) {
        weights[t] = 1.0 + (double)(t % 3);
    }
    for (size_t i = 0; i < 46; i++) { /* the last estimator takes no weights */
        const size_t parts = 1 + i % 2;
        const size_t m = 2 + N_CHANNELS;
        const size_t length = N_TIMES * parts;
        double one[2 * N_TRIALS * 25];
        double other[2 * N_TRIALS * 25];
        ana_trial_signals trials = make_trials(parts == 2, x);
        trials.weights = i < 24 ? NULL : weights;
        ana_trial_signals plain = trials;
        ana_covariance_options options = ana_covariance_options_default();
        options.estimator = (ana_covariance_estimator)(i % 24 / 2);
        options.n_starts = 3;
        options.run.n_threads = 1; /* teams of threads for tiny trials cost more than these */
        for (size_t k = 0; k < N_TRIALS; k++) {
            memcpy(stacked + k * m * length, prototypes, 2 * length * sizeof *stacked);
            memcpy(stacked + (k * m + 2) * length, x + k * N_CHANNELS * length,
                   N_CHANNELS * length * sizeof *stacked);
        }
        plain.n_channels = m;
        plain.values = stacked;
        check_ok(ana_erp_covariance(&trials, 2, prototypes, &options, NULL, one));
        check_ok(ana_covariance_of_trials(&plain, &options, NULL, other));
        check_all_close(N_TRIALS * m * m * parts, one, other, 1e-12, 1e-12);
    }
}

static void what_has_no_prototype_is_refused(void **state)
{
    (void)state;
    double x[2 * N_TRIALS * N_CHANNELS * N_TIMES];
    double out[3 * 2 * N_CHANNELS * N_TIMES];
    ana_trial_signals trials = make_trials(true, x);
    check_fails(ana_erp_prototypes(&trials, labels, 2, 2, out), ANA_ERR_UNSUPPORTED, "real");
    trials = make_trials(false, x);
    check_fails(ana_erp_prototypes(&trials, labels, 4, 0, out), ANA_ERR_VALUE,
                "class 3 has no trial");
    check_fails(ana_erp_prototypes(&trials, labels, 2, 4, out), ANA_ERR_VALUE,
                "4 components of 3 channels");
    x[(3 * N_CHANNELS + 2) * N_TIMES + 1] = NAN;
    check_fails(ana_erp_prototypes(&trials, labels, 2, 0, out), ANA_ERR_VALUE,
                "channel 2 has a missing or infinite sample in a trial of class 1");
    trials.n_trials = 1;
    out[N_TIMES + 3] = NAN;
    check_fails(ana_erp_covariance(&trials, 2, out, NULL, NULL, out + 100), ANA_ERR_VALUE,
                "covariance: prototype 1 has a missing sample");
}

static void allocations_may_fail(void **state)
{
    (void)state;
    double x[N_TRIALS * N_CHANNELS * N_TIMES];
    double rows[2 * 2 * N_TIMES];
    double out[N_TRIALS * 7 * 7];
    const ana_trial_signals trials = make_trials(false, x);
    ALLOCATION_TEST(ana_erp_prototypes, (&trials, labels, 2, 2, rows), (void)0);
    ALLOCATION_TEST(ana_erp_covariance, (&trials, 4, rows, NULL, NULL, out), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prototypes_are_the_mean_trials),
        cmocka_unit_test(components_are_the_largest),
        cmocka_unit_test(covariances_are_those_of_the_stacked_rows),
        cmocka_unit_test(what_has_no_prototype_is_refused),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
