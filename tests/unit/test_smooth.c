#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/random.h>
#include <analysis/smooth.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_TIMES = 120,
    N_FEATURES = 3
};

static const ana_smooth_kernel kernels[] = {ANA_SMOOTH_GAUSSIAN, ANA_SMOOTH_EXPONENTIAL,
                                            ANA_SMOOTH_ALPHA, ANA_SMOOTH_BOX};

/* Poisson counts in bins of 10 ms, three sequences of uneven lengths, some bins missing. */
static ana_observations *counts_from_seed(uint64_t seed)
{
    ana_observations *counts = NULL;
    check_ok(ana_observations_new(N_TIMES, N_FEATURES, &counts));
    counts->bin_s = 0.01;
    ana_random random = ana_random_stream(seed, "test.smooth", 0);
    for (size_t i = 0; i < (size_t)N_TIMES * N_FEATURES; i++) {
        counts->values[i] = (double)ana_random_poisson(&random, 2.0);
        if (ana_random_below(&random, 10) == 0) {
            counts->values[i] = NAN;
        }
    }
    check_ok(ana_observations_set_sequences(counts, 3, (const size_t[]){50, 1, 69}, NULL));
    return counts;
}

static void weights_by_hand(void **state)
{
    (void)state;
    ana_smooth_options options = ana_smooth_options_default();
    size_t n = 0;
    size_t n_after = 0;
    double *weights = NULL;
    options.kernel = ANA_SMOOTH_BOX;
    options.width_s = 0.04;
    check_ok(ana_smooth_weights(&options, 0.01, &n, &n_after, &weights));
    assert_int_equal(n, 5);
    assert_int_equal(n_after, 2);
    check_all_close(5, weights, ((const double[]){0.125, 0.25, 0.25, 0.25, 0.125}), 0.0, 1e-12);
    free(weights);
    options.width_s = 0.03;
    check_ok(ana_smooth_weights(&options, 0.01, &n, &n_after, &weights));
    assert_int_equal(n, 3);
    check_all_close(3, weights, ((const double[]){1 / 3., 1 / 3., 1 / 3.}), 0.0, 1e-12);
    free(weights);
    options.causal = true;
    options.width_s = 0.02;
    check_ok(ana_smooth_weights(&options, 0.01, &n, &n_after, &weights));
    assert_int_equal(n, 3);
    assert_int_equal(n_after, 0);
    check_all_close(3, weights, ((const double[]){0.25, 0.5, 0.25}), 0.0, 1e-12);
    free(weights);
    options.kernel = ANA_SMOOTH_EXPONENTIAL;
    options.extent = 2.0;
    check_ok(ana_smooth_weights(&options, 0.01, &n, &n_after, &weights));
    assert_int_equal(n, 5);
    for (size_t i = 0; i < 5; i++) {
        check_close(weights[i], exp(-0.5 * (double)i) * 0.5, 0.0, 1e-14);
    }
    free(weights);
}

/* Gaussian weights of a fine grid add up to the Gaussian's mass within 5 widths. */
static void kernels_have_unit_mass(void **state)
{
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        for (int causal = 0; causal < 2; causal++) {
            ana_smooth_options options = ana_smooth_options_default();
            options.kernel = kernels[k];
            options.width_s = 1.0;
            options.causal = causal;
            size_t n = 0;
            size_t n_after = 0;
            double *weights = NULL;
            check_ok(ana_smooth_weights(&options, 1e-4, &n, &n_after, &weights));
            double sum = 0.0;
            for (size_t i = 0; i < n; i++) {
                sum += weights[i];
            }
            /* Half a bin too much at a causal edge, the cut tail too little. */
            check_close(sum, 1.0, 2e-4, 0.0);
            free(weights);
        }
    }
}

/* The definition, one value at a time. */
static double smooth_slowly(const ana_observations *counts, size_t s, size_t t, size_t f,
                            const ana_smooth_options *options)
{
    size_t n = 0;
    size_t n_after = 0;
    double *weights = NULL;
    check_ok(ana_smooth_weights(options, counts->bin_s, &n, &n_after, &weights));
    double sum = 0.0;
    double seen = 0.0;
    for (size_t from = counts->sequence_start[s]; from < counts->sequence_start[s + 1]; from++) {
        double value = counts->values[from * N_FEATURES + f];
        ptrdiff_t i = (ptrdiff_t)t - (ptrdiff_t)from + (ptrdiff_t)n_after;
        if (i >= 0 && i < (ptrdiff_t)n && !isnan(value)) {
            sum += weights[i] * value;
            seen += weights[i];
        }
    }
    free(weights);
    if (isnan(counts->values[t * N_FEATURES + f])) {
        return NAN;
    }
    return sum / (options->correct ? seen : 1.0) / (options->rate ? counts->bin_s : 1.0);
}

static void smoothing_agrees_with_its_definition(void **state)
{
    (void)state;
    for (size_t trial = 0; trial < 32; trial++) {
        ana_smooth_options options = ana_smooth_options_default();
        options.kernel = kernels[trial % 4];
        options.causal = trial / 4 % 2;
        options.correct = trial / 8 % 2;
        options.rate = trial / 16 % 2;
        options.width_s = 0.013 + 0.01 * (double)trial;
        ana_observations *counts = counts_from_seed(trial);
        ana_observations *smooth = counts_from_seed(trial);
        check_ok(ana_smooth_observations(&options, smooth));
        for (size_t s = 0; s < 3; s++) {
            for (size_t t = counts->sequence_start[s]; t < counts->sequence_start[s + 1]; t++) {
                for (size_t f = 0; f < N_FEATURES; f++) {
                    double wanted = smooth_slowly(counts, s, t, f, &options);
                    check_close(smooth->values[t * N_FEATURES + f], wanted, 1e-12, 1e-12);
                }
            }
        }
        if (options.rate) {
            assert_string_equal(smooth->unit, "Hz");
        }
        ana_observations_free(counts);
        ana_observations_free(smooth);
    }
}

static void a_constant_stays_one_up_to_borders_and_gaps(void **state)
{
    (void)state;
    ana_observations *counts = counts_from_seed(1);
    for (size_t i = 0; i < (size_t)N_TIMES * N_FEATURES; i++) {
        counts->values[i] = isnan(counts->values[i]) ? (double)NAN : 3.0;
    }
    check_ok(ana_smooth_observations(NULL, counts));
    size_t n_missing = 0;
    for (size_t i = 0; i < (size_t)N_TIMES * N_FEATURES; i++) {
        n_missing += isnan(counts->values[i]) ? 1 : 0;
        check_close(counts->values[i], isnan(counts->values[i]) ? (double)NAN : 300.0, 0.0, 1e-13);
    }
    assert_true(n_missing > 10);
    ana_observations_free(counts);
}

/* An impulse moves nothing before it when the kernel is causal. */
static void causal_kernels_do_not_look_ahead(void **state)
{
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        ana_smooth_options options = ana_smooth_options_default();
        options.kernel = kernels[k];
        options.causal = true;
        options.correct = false;
        ana_observations *counts = NULL;
        check_ok(ana_observations_new(40, 1, &counts));
        counts->bin_s = 0.01;
        counts->values[20] = 1.0;
        check_ok(ana_smooth_observations(&options, counts));
        for (size_t t = 0; t < 20; t++) {
            check_close(counts->values[t], 0.0, 0.0, 0.0);
        }
        assert_true(counts->values[21] > 0.0);
        ana_observations_free(counts);
    }
    /* Nothing in the past and no weight on the present: no answer. */
    ana_smooth_options options = ana_smooth_options_default();
    options.kernel = ANA_SMOOTH_ALPHA;
    options.causal = true;
    ana_observations *counts = NULL;
    check_ok(ana_observations_new(3, 1, &counts));
    counts->bin_s = 0.01;
    check_ok(ana_smooth_observations(&options, counts));
    check_all_close(3, counts->values, ((const double[]){NAN, 0.0, 0.0}), 0.0, 0.0);
    ana_observations_free(counts);
}

static void threads_do_not_change_the_bits(void **state)
{
    (void)state;
    ana_observations *found[3];
    for (size_t i = 0; i < 3; i++) {
        ana_smooth_options options = ana_smooth_options_default();
        options.run.n_threads = i + 1;
        found[i] = counts_from_seed(9);
        check_ok(ana_smooth_observations(&options, found[i]));
        assert_memory_equal(found[i]->values, found[0]->values,
                            N_TIMES * N_FEATURES * sizeof(double));
    }
    for (size_t i = 0; i < 3; i++) {
        ana_observations_free(found[i]);
    }
}

static void bad_requests_are_refused(void **state)
{
    (void)state;
    ana_observations *counts = counts_from_seed(1);
    ana_smooth_options options = ana_smooth_options_default();
    options.width_s = -1.0;
    check_fails(ana_smooth_observations(&options, counts), ANA_ERR_VALUE, "--width");
    options.width_s = 1e6;
    check_fails(ana_smooth_observations(&options, counts), ANA_ERR_VALUE, "10 million");
    counts->bin_s = NAN;
    check_fails(ana_smooth_observations(NULL, counts), ANA_ERR_VALUE, "longer than 0");
    ana_observations_free(counts);
}

static ana_status smooth_once(void *user)
{
    (void)user;
    ana_observations *counts = NULL;
    ana_status status = ana_observations_new(20, 2, &counts);
    if (status == ANA_OK) {
        counts->bin_s = 0.01;
        status = ana_smooth_observations(NULL, counts);
    }
    ana_observations_free(counts);
    return status;
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    assert_true(check_each_allocation(smooth_once, NULL, 0) > 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_by_hand),
        cmocka_unit_test(kernels_have_unit_mass),
        cmocka_unit_test(smoothing_agrees_with_its_definition),
        cmocka_unit_test(a_constant_stays_one_up_to_borders_and_gaps),
        cmocka_unit_test(causal_kernels_do_not_look_ahead),
        cmocka_unit_test(threads_do_not_change_the_bits),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
