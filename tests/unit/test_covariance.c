#include "support/check.h"
#include "support/covariance_trials.h"
#include "support/fail_nth.h"

#include <analysis/covariance.h>
#include <analysis/linalg.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void two_channels_by_hand(void **state)
{
    (void)state;
    const double x[] = {1.0, 2.0, 6.0, -1.0, 1.0, 3.0}; /* means 3 and 1 */
    double out[4];
    check_ok(ana_covariance_compute(ANA_COVARIANCE_EMPIRICAL, 2, 3, x, out));
    check_all_close(4, out, ((const double[]){7.0, 5.0, 5.0, 4.0}), 1e-15, 1e-15);
    check_ok(ana_covariance_compute(ANA_COVARIANCE_MAXIMUM_LIKELIHOOD, 2, 3, x, out));
    check_all_close(4, out, ((const double[]){14.0 / 3, 10.0 / 3, 10.0 / 3, 8.0 / 3}), 1e-15,
                    1e-15);
    check_ok(ana_covariance_compute(ANA_COVARIANCE_SECOND_MOMENT, 2, 3, x, out));
    check_all_close(4, out, ((const double[]){41.0 / 3, 19.0 / 3, 19.0 / 3, 11.0 / 3}), 1e-15,
                    1e-15);
    check_ok(ana_covariance_compute(ANA_COVARIANCE_CORRELATION, 2, 3, x, out));
    const double r = 5.0 / sqrt(28.0);
    check_all_close(4, out, ((const double[]){1.0, r, r, 1.0}), 1e-15, 1e-15);
    check_ok(ana_covariance_compute(ANA_COVARIANCE_SHRUNK, 2, 3, x, out)); /* .1 of 11 / 3 */
    check_all_close(4, out, ((const double[]){13.7 / 3, 3.0, 3.0, 8.3 / 3}), 1e-15, 1e-15);
}

/* (1 + i, 0), (0, 2 i), (-1 - i, -2 i) about mean 0. */
static void complex_channels_by_hand(void **state)
{
    (void)state;
    const double x[] = {1, 1, 0, 0, -1, -1, 0, 0, 0, 2, 0, -2};
    const ana_trial_signals trial = {1, 2, 3, true, x, NULL};
    ana_covariance_options options = covariance_options_of(ANA_COVARIANCE_EMPIRICAL);
    double out[8];
    check_ok(ana_covariance_of_trials(&trial, &options, NULL, out));
    /* (-1 - i) conj(-2 i) = (-1 - i) 2 i = 2 - 2 i, over 2. */
    check_all_close(8, out, ((const double[]){2, 0, 1, -1, 1, 1, 4, 0}), 1e-15, 1e-15);
}

/* Whole weights are repetitions. The estimators that count samples would count them anew. */
static void whole_weights_are_repetitions(void **state)
{
    (void)state;
    static const ana_covariance_estimator estimators[] = {
        ANA_COVARIANCE_SECOND_MOMENT, ANA_COVARIANCE_MAXIMUM_LIKELIHOOD,
        ANA_COVARIANCE_CORRELATION,   ANA_COVARIANCE_SHRUNK,
        ANA_COVARIANCE_HUBER,         ANA_COVARIANCE_STUDENT,
        ANA_COVARIANCE_TYLER};
    for (size_t complex_too = 0; complex_too < 2; complex_too++) {
        double x[2 * N_CHANNELS * N_TIMES];
        double repeated[2 * N_CHANNELS * N_TIMES * 3];
        double weights[N_TIMES];
        const size_t parts = 1 + complex_too;
        size_t n_repeated = 0;
        draw_mixed(N_CHANNELS, parts * N_TIMES, 5, x);
        for (size_t t = 0; t < N_TIMES; t++) {
            weights[t] = (double)(t % 4); /* 0 is left out */
            n_repeated += t % 4;
        }
        for (size_t c = 0; c < N_CHANNELS; c++) {
            size_t place = c * n_repeated * parts;
            for (size_t t = 0; t < N_TIMES; t++) {
                for (size_t k = 0; k < t % 4; k++, place += parts) {
                    memcpy(repeated + place, x + (c * N_TIMES + t) * parts, parts * sizeof *x);
                }
            }
        }
        x[4 * parts] = NAN; /* of weight 0: not read */
        ana_trial_signals weighted = {1, N_CHANNELS, N_TIMES, complex_too == 1, x, weights};
        ana_trial_signals plain = {1, N_CHANNELS, n_repeated, complex_too == 1, repeated, NULL};
        for (size_t i = 0; i < sizeof estimators / sizeof estimators[0]; i++) {
            double one[2 * N_CHANNELS * N_CHANNELS];
            double other[2 * N_CHANNELS * N_CHANNELS];
            const ana_covariance_options options = covariance_options_of(estimators[i]);
            check_ok(ana_covariance_of_trials(&weighted, &options, NULL, one));
            check_ok(ana_covariance_of_trials(&plain, &options, NULL, other));
            /* Fixed points to 1e-10 of themselves. */
            check_all_close(N_CHANNELS * N_CHANNELS * parts, one, other, 1e-8, 1e-8);
        }
    }
}

static void equal_weights_change_nothing(void **state)
{
    (void)state;
    double x[2 * N_TRIALS * N_CHANNELS * N_TIMES];
    double weights[N_TIMES];
    for (size_t t = 0; t < N_TIMES; t++) {
        weights[t] = 3e200; /* whose sum of squares would overflow */
    }
    for (size_t i = 0; i < 2 * (N_ESTIMATORS - 1); i++) {
        double one[2 * N_TRIALS * N_CHANNELS * N_CHANNELS];
        double other[2 * N_TRIALS * N_CHANNELS * N_CHANNELS];
        ana_trial_signals trials = make_mixed_trials(i % 2 == 1, x);
        const ana_covariance_options options = covariance_options_of(i / 2);
        check_ok(ana_covariance_of_trials(&trials, &options, NULL, one));
        trials.weights = weights;
        check_ok(ana_covariance_of_trials(&trials, &options, NULL, other));
        check_all_close(N_TRIALS * N_CHANNELS * N_CHANNELS * (1 + i % 2), one, other, 1e-11, 1e-11);
    }
}

/* Scatter of the pairs' own products, one by one. */
static void weighted_shrinkage_is_that_of_its_sums(void **state)
{
    (void)state;
    double x[N_TRIALS * N_CHANNELS * N_TIMES];
    double weights[N_TIMES];
    double s[N_CHANNELS * N_CHANNELS];
    ana_trial_signals trials = make_mixed_trials(false, x);
    ana_random random = ana_random_stream(2, "weights", 0);
    double sum = 0.0;
    for (size_t t = 0; t < N_TIMES; t++) {
        weights[t] = ana_random_uniform(&random);
        sum += weights[t];
    }
    trials.n_trials = 1;
    trials.weights = weights;
    ana_covariance_options options = covariance_options_of(ANA_COVARIANCE_MAXIMUM_LIKELIHOOD);
    check_ok(ana_covariance_of_trials(&trials, &options, NULL, s));
    double trace = 0.0;
    double squares = 0.0;
    double total = 0.0;
    double distance = 0.0;
    double norm = 0.0;
    double above = 0.0;
    double below = 0.0;
    double means[N_CHANNELS] = {0.0};
    for (size_t t = 0; t < N_TIMES; t++) {
        squares += weights[t] * weights[t] / sum / sum;
        for (size_t c = 0; c < N_CHANNELS; c++) {
            means[c] += weights[t] / sum * x[c * N_TIMES + t];
        }
    }
    for (size_t i = 0; i < N_CHANNELS; i++) {
        trace += s[i * (N_CHANNELS + 1)];
    }
    for (size_t i = 0; i < N_CHANNELS; i++) {
        for (size_t j = 0; j < N_CHANNELS; j++) {
            const double element = s[i * N_CHANNELS + j];
            double scatter = 0.0;
            for (size_t t = 0; t < N_TIMES; t++) {
                const double product =
                    (x[i * N_TIMES + t] - means[i]) * (x[j * N_TIMES + t] - means[j]);
                scatter += pow(weights[t] / sum * (product - element), 2.0);
            }
            const double target = i == j ? trace / N_CHANNELS : 0.0;
            total += scatter;
            distance += pow(element - target, 2.0);
            norm += element * element;
            if (i != j) {
                const double scale = s[i * (N_CHANNELS + 1)] * s[j * (N_CHANNELS + 1)];
                above += scatter / scale / (1.0 - squares);
                below += element * element / scale;
            }
        }
    }
    const double mean_square = norm / (N_CHANNELS * N_CHANNELS);
    const double mean = trace / N_CHANNELS;
    const double wanted[] = {total / distance,
                             (mean_square + mean * mean) /
                                 ((1.0 / squares + 1.0) * (mean_square - mean * mean / N_CHANNELS)),
                             above / below};
    for (size_t i = 0; i < 3; i++) {
        ana_covariance_info info;
        double out[N_CHANNELS * N_CHANNELS];
        options.estimator = (ana_covariance_estimator)(ANA_COVARIANCE_LEDOIT_WOLF + i);
        check_ok(ana_covariance_of_trials(&trials, &options, &info, out));
        check_close(info.intensity, wanted[i], 1e-12, 1e-11);
        assert_true(info.converged);
        const double kept = (1.0 - info.intensity) / (i == 2 ? 1.0 - squares : 1.0);
        check_close(out[1], kept * s[1], 1e-12, 1e-12);
    }
}

/* Volts and microvolts. */
static void units_square(void **state)
{
    (void)state;
    double x[2 * N_TRIALS * N_CHANNELS * N_TIMES];
    for (size_t i = 0; i < 2 * N_ESTIMATORS; i++) {
        double one[2 * N_TRIALS * N_CHANNELS * N_CHANNELS];
        double other[2 * N_TRIALS * N_CHANNELS * N_CHANNELS];
        const ana_trial_signals trials = make_mixed_trials(i % 2 == 1, x);
        const size_t parts = 1 + i % 2;
        const size_t n = N_TRIALS * N_CHANNELS * N_CHANNELS * parts;
        const ana_covariance_options options = covariance_options_of(i / 2);
        const bool is_free = i / 2 == ANA_COVARIANCE_CORRELATION || i / 2 == ANA_COVARIANCE_TYLER;
        check_ok(ana_covariance_of_trials(&trials, &options, NULL, one));
        for (size_t k = 0; k < N_TRIALS * N_CHANNELS * N_TIMES * parts; k++) {
            x[k] *= 1e-6;
        }
        check_ok(ana_covariance_of_trials(&trials, &options, NULL, other));
        for (size_t k = 0; k < n; k++) {
            other[k] *= is_free ? 1.0 : 1e12;
        }
        check_all_close(n, other, one, 1e-12, 1e-12);
    }
}

static void threads_and_company_do_not_change_the_bits(void **state)
{
    (void)state;
    double x[2 * N_TRIALS * N_CHANNELS * N_TIMES];
    for (size_t i = 0; i < 2 * N_ESTIMATORS; i++) {
        const size_t parts = 1 + i % 2;
        const size_t n = N_CHANNELS * N_CHANNELS * parts;
        double all[2 * N_TRIALS * N_CHANNELS * N_CHANNELS];
        double again[2 * N_TRIALS * N_CHANNELS * N_CHANNELS];
        ana_trial_signals trials = make_mixed_trials(i % 2 == 1, x);
        ana_covariance_options options = covariance_options_of(i / 2);
        options.run.n_threads = 1;
        check_ok(ana_covariance_of_trials(&trials, &options, NULL, all));
        options.run.n_threads = 3;
        check_ok(ana_covariance_of_trials(&trials, &options, NULL, again));
        assert_memory_equal(all, again, N_TRIALS * n * sizeof *all);
        trials.n_trials = 1;
        trials.values = x + N_CHANNELS * N_TIMES * parts;
        check_ok(ana_covariance_of_trials(&trials, &options, NULL, again));
        assert_memory_equal(all + n, again, n * sizeof *all);
        for (size_t a = 0; a < N_CHANNELS; a++) { /* Hermitian to the last bit */
            for (size_t b = 0; b < N_CHANNELS; b++) {
                const double *one = again + (a * N_CHANNELS + b) * parts;
                const double *other = again + (b * N_CHANNELS + a) * parts;
                assert_true(one[0] == other[0]);
                assert_true(parts == 1 || one[1] == -other[1]);
            }
        }
    }
}

static void a_ridge_is_part_of_the_mean_variance(void **state)
{
    (void)state;
    double x[N_TRIALS * N_CHANNELS * N_TIMES];
    double plain[N_TRIALS * N_CHANNELS * N_CHANNELS];
    double out[N_TRIALS * N_CHANNELS * N_CHANNELS];
    const ana_trial_signals trials = make_mixed_trials(false, x);
    ana_covariance_options options = covariance_options_of(ANA_COVARIANCE_EMPIRICAL);
    check_ok(ana_covariance_of_trials(&trials, &options, NULL, plain));
    options.ridge = 0.25;
    check_ok(ana_covariance_of_trials(&trials, &options, NULL, out));
    const double mean = (plain[0] + plain[5] + plain[10] + plain[15]) / 4.0;
    check_close(out[5], plain[5] + 0.25 * mean, 0.0, 1e-15);
    check_close(out[1], plain[1], 0.0, 0.0);
}

static void blocks_are_estimated_by_themselves(void **state)
{
    (void)state;
    double x[2 * N_TRIALS * N_CHANNELS * N_TIMES];
    static const size_t sizes[] = {1, 3};
    for (size_t parts = 1; parts <= 2; parts++) {
        double out[2 * N_TRIALS * N_CHANNELS * N_CHANNELS];
        double own[2 * 3 * 3];
        const ana_trial_signals trials = make_mixed_trials(parts == 2, x);
        const ana_covariance_options options = covariance_options_of(ANA_COVARIANCE_OAS);
        check_ok(ana_covariance_of_blocks(&trials, 2, sizes, &options, out));
        ana_trial_signals block = trials;
        block.n_trials = 1;
        block.n_channels = 3;
        block.values = x + (size_t)(2 * N_CHANNELS + 1) * N_TIMES * parts; /* of the last trial */
        check_ok(ana_covariance_of_trials(&block, &options, NULL, own));
        const double *last = out + (size_t)2 * N_CHANNELS * N_CHANNELS * parts;
        for (size_t i = 0; i < 3; i++) {
            assert_memory_equal(last + ((i + 1) * N_CHANNELS + 1) * parts, own + i * 3 * parts,
                                3 * parts * sizeof *own);
            assert_true(last[(i + 1) * N_CHANNELS * parts] == 0.0);
        }
        check_fails(ana_covariance_of_blocks(&trials, 1, sizes, &options, out), ANA_ERR_VALUE,
                    "add up to the 4 channels");
        check_fails(ana_covariance_of_blocks(&trials, 2, (const size_t[]){0, 4}, &options, out),
                    ANA_ERR_VALUE, "above 0");
        ALLOCATION_TEST(ana_covariance_of_blocks, (&trials, 2, sizes, &options, out), (void)0);
    }
}

/* More channels than samples: what is shrunk is definite, the others say what they need. */
static void few_samples_are_shrunk_or_refused(void **state)
{
    (void)state;
    double x[8 * 5];
    double out[64];
    double factor[64];
    const ana_trial_signals trial = {1, 8, 5, false, x, NULL};
    draw_mixed(8, 5, 7, x);
    for (size_t i = 0; i < N_ESTIMATORS; i++) {
        const ana_covariance_options options = covariance_options_of(i);
        if (i >= ANA_COVARIANCE_HUBER) {
            check_fails(ana_covariance_of_trials(&trial, &options, NULL, out), ANA_ERR_VALUE,
                        "5 samples of 8 channels");
            continue;
        }
        check_ok(ana_covariance_of_trials(&trial, &options, NULL, out));
        const bool is_shrunk =
            i == ANA_COVARIANCE_SHRUNK ||
            (i >= ANA_COVARIANCE_LEDOIT_WOLF && i <= ANA_COVARIANCE_SCHAEFER_STRIMMER);
        if (is_shrunk) {
            check_ok(ana_linalg_cholesky(8, out, factor));
        }
    }
}

/* The last channel is minus the sum of the others. */
static void an_average_reference_is_shrunk_or_named(void **state)
{
    (void)state;
    double x[N_CHANNELS * N_TIMES];
    double out[N_CHANNELS * N_CHANNELS];
    const ana_trial_signals trial = {1, N_CHANNELS, N_TIMES, false, x, NULL};
    draw_mixed(N_CHANNELS - 1, N_TIMES, 8, x);
    for (size_t t = 0; t < N_TIMES; t++) {
        x[3 * N_TIMES + t] = -(x[t] + x[N_TIMES + t] + x[2 * N_TIMES + t]);
    }
    for (size_t i = 0; i < N_ESTIMATORS; i++) {
        const ana_covariance_options options = covariance_options_of(i);
        if (i >= ANA_COVARIANCE_HUBER) {
            check_fails(ana_covariance_of_trials(&trial, &options, NULL, out), ANA_ERR_NUMERIC,
                        "an average reference");
        } else {
            check_ok(ana_covariance_of_trials(&trial, &options, NULL, out));
        }
    }
}

static void constant_channels_have_no_variance(void **state)
{
    (void)state;
    double x[N_TRIALS * N_CHANNELS * N_TIMES];
    double out[N_TRIALS * N_CHANNELS * N_CHANNELS];
    const ana_trial_signals trials = make_mixed_trials(false, x);
    for (size_t t = 0; t < N_TIMES; t++) {
        x[(size_t)(N_CHANNELS + 2) * N_TIMES + t] = 0.1; /* channel 2 of trial 1 */
    }
    for (size_t i = 0; i < N_ESTIMATORS; i++) {
        const ana_covariance_options options = covariance_options_of(i);
        if (i == ANA_COVARIANCE_CORRELATION || i >= ANA_COVARIANCE_HUBER) {
            check_fails(ana_covariance_of_trials(&trials, &options, NULL, out), ANA_ERR_VALUE,
                        "trial 1: channel 2 does not vary");
        } else {
            check_ok(ana_covariance_of_trials(&trials, &options, NULL, out));
            assert_true(i == ANA_COVARIANCE_SECOND_MOMENT || out[16 + 2] == 0.0);
        }
    }
}

static void bad_samples_are_named(void **state)
{
    (void)state;
    double x[2 * N_TRIALS * N_CHANNELS * N_TIMES];
    double out[2 * N_TRIALS * N_CHANNELS * N_CHANNELS];
    for (size_t i = 0; i < 2 * N_ESTIMATORS; i++) {
        const size_t parts = 1 + i % 2;
        const ana_trial_signals trials = make_mixed_trials(parts == 2, x);
        const ana_covariance_options options = covariance_options_of(i / 2);
        double *bad = x + ((size_t)(2 * N_CHANNELS + 3) * N_TIMES + 7) * parts + parts - 1;
        *bad = NAN;
        check_fails(ana_covariance_of_trials(&trials, &options, NULL, out), ANA_ERR_VALUE,
                    "covariance: trial 2: channel 3 has a missing sample");
        *bad = -INFINITY;
        check_fails(ana_covariance_of_trials(&trials, &options, NULL, out), ANA_ERR_VALUE,
                    "trial 2: channel 3 has an infinite sample");
        *bad = 1e200;
        if (i / 2 < ANA_COVARIANCE_HUBER && i / 2 != ANA_COVARIANCE_CORRELATION) {
            check_fails(ana_covariance_of_trials(&trials, &options, NULL, out), ANA_ERR_NUMERIC,
                        "too large to square");
        }
    }
}

static void what_cannot_be_estimated_is_refused(void **state)
{
    (void)state;
    double x[N_TRIALS * N_CHANNELS * N_TIMES];
    double out[N_TRIALS * N_CHANNELS * N_CHANNELS];
    double weights[N_TIMES] = {0.0};
    ana_trial_signals trials = make_mixed_trials(false, x);
    ana_covariance_options options = covariance_options_of(ANA_COVARIANCE_OAS);
    check_fails(ana_covariance_compute(ANA_COVARIANCE_OAS, 4, 1, x, out), ANA_ERR_VALUE,
                "1 samples of 4 channels");
    check_fails(ana_covariance_compute(ANA_COVARIANCE_OAS, 0, 9, x, out), ANA_ERR_VALUE,
                "0 channels");
    check_fails(ana_covariance_compute(ANA_COVARIANCE_OAS, SIZE_MAX / 4, 9, x, out), ANA_ERR_SHAPE,
                "LAPACK");
    trials.weights = weights;
    check_fails(ana_covariance_of_trials(&trials, &options, NULL, out), ANA_ERR_VALUE,
                "the weights of all 50 samples are 0");
    weights[3] = 2.0;
    check_fails(ana_covariance_of_trials(&trials, &options, NULL, out), ANA_ERR_VALUE,
                "the weights leave one sample");
    weights[4] = -1.0;
    check_fails(ana_covariance_of_trials(&trials, &options, NULL, out), ANA_ERR_VALUE,
                "the weight of sample 4 is -1");
    weights[4] = NAN;
    check_fails(ana_covariance_of_trials(&trials, &options, NULL, out), ANA_ERR_VALUE,
                "the weight of sample 4 is nan");
    weights[4] = 1.0;
    options.estimator = ANA_COVARIANCE_MINIMUM_DETERMINANT;
    check_fails(ana_covariance_of_trials(&trials, &options, NULL, out), ANA_ERR_VALUE,
                "takes no weights");
    trials.weights = NULL;
    options.shrinkage = 1.5;
    check_fails(ana_covariance_of_trials(&trials, &options, NULL, out), ANA_ERR_VALUE, "shrinkage");
}

static void allocations_may_fail(void **state)
{
    (void)state;
    double x[2 * N_TRIALS * N_CHANNELS * N_TIMES];
    double out[2 * N_TRIALS * N_CHANNELS * N_CHANNELS];
    double weights[N_TIMES];
    ana_trial_signals trials = make_mixed_trials(true, x);
    const ana_covariance_options options = covariance_options_of(ANA_COVARIANCE_LEDOIT_WOLF);
    for (size_t t = 0; t < N_TIMES; t++) {
        weights[t] = 1.0 + (double)t;
    }
    trials.weights = weights;
    ALLOCATION_TEST(ana_covariance_of_trials, (&trials, &options, NULL, out), (void)0);
    ALLOCATION_TEST(ana_covariance_compute, (ANA_COVARIANCE_TYLER, N_CHANNELS, N_TIMES, x, out),
                    (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_channels_by_hand),
        cmocka_unit_test(complex_channels_by_hand),
        cmocka_unit_test(whole_weights_are_repetitions),
        cmocka_unit_test(equal_weights_change_nothing),
        cmocka_unit_test(weighted_shrinkage_is_that_of_its_sums),
        cmocka_unit_test(units_square),
        cmocka_unit_test(threads_and_company_do_not_change_the_bits),
        cmocka_unit_test(a_ridge_is_part_of_the_mean_variance),
        cmocka_unit_test(blocks_are_estimated_by_themselves),
        cmocka_unit_test(few_samples_are_shrunk_or_refused),
        cmocka_unit_test(an_average_reference_is_shrunk_or_named),
        cmocka_unit_test(constant_channels_have_no_variance),
        cmocka_unit_test(bad_samples_are_named),
        cmocka_unit_test(what_cannot_be_estimated_is_refused),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
