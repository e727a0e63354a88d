#include "support/check.h"
#include "support/covariance_trials.h"

#include <analysis/covariance.h>
#include <analysis/linalg.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* u(d) of the header's table, for two channels. */
static double weight_of(ana_covariance_estimator estimator, bool is_complex, double d)
{
    if (estimator == ANA_COVARIANCE_TYLER) {
        return 2.0 / d;
    }
    if (estimator == ANA_COVARIANCE_STUDENT) {
        return is_complex ? (4.0 + 5.0) / (2.0 * d + 5.0) : (2.0 + 5.0) / (d + 5.0);
    }
    /* Chi-square of 2 k degrees is a Poisson sum: of 2, c = -2 ln .1. */
    const double c2 = -2.0 * log(0.1);
    const double four = 1.0 - exp(-c2 / 2.0) * (1.0 + c2 / 2.0);
    if (!is_complex) {
        return fmin(1.0, c2 / d) / (four + c2 * 0.1 / 2.0);
    }
    const double c = 3.8897201698674290; /* half the .9 quantile of 4 degrees */
    const double six = 1.0 - exp(-c) * (1.0 + c + c * c / 2.0);
    return fmin(1.0, c / d) / (six + c * 0.1 / 2.0);
}

/* C = sum u(x* C^-1 x) x x* / T, with the inverse of two rows written out. */
static void fixed_points_stay_where_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        const size_t parts = 1 + i % 2;
        const ana_covariance_estimator estimator = ANA_COVARIANCE_HUBER + i / 2;
        double x[2 * 2 * N_TIMES];
        double c[8];
        double moved[4] = {0.0}; /* two diagonal elements, and element [0, 1] */
        draw_mixed(2, parts * N_TIMES, 3, x);
        const ana_trial_signals trial = {1, 2, N_TIMES, parts == 2, x, NULL};
        const ana_covariance_options options = covariance_options_of(estimator);
        check_ok(ana_covariance_of_trials(&trial, &options, NULL, c));
        const double re = c[parts];
        const double im = parts == 2 ? c[3] : 0.0;
        const double det = c[0] * c[3 * parts] - re * re - im * im;
        double means[4] = {0.0};
        for (size_t t = 0; t < parts * N_TIMES; t++) {
            means[t % parts] += x[t] / N_TIMES;
            means[2 + t % parts] += x[parts * N_TIMES + t] / N_TIMES;
        }
        for (size_t t = 0; t < N_TIMES; t++) {
            const double *row = x + parts * t;
            const double a = row[0] - means[0];
            const double b = parts == 2 ? row[1] - means[1] : 0.0;
            const double e = row[parts * N_TIMES] - means[2];
            const double f = parts == 2 ? row[parts * N_TIMES + 1] - means[3] : 0.0;
            const double real = a * e + b * f; /* of x_0 conj(x_1) */
            const double imaginary = b * e - a * f;
            const double d = (c[3 * parts] * (a * a + b * b) + c[0] * (e * e + f * f) -
                              2.0 * (re * real + im * imaginary)) /
                             det;
            const double weight = weight_of(estimator, parts == 2, d) / N_TIMES;
            moved[0] += weight * (a * a + b * b);
            moved[1] += weight * (e * e + f * f);
            moved[2] += weight * real;
            moved[3] += weight * imaginary;
        }
        check_close(moved[0], c[0], 1e-8, 1e-8);
        check_close(moved[1], c[3 * parts], 1e-8, 1e-8);
        check_close(moved[2], re, 1e-8, 1e-8);
        check_close(moved[3], im, 1e-8, 1e-8);
    }
}

/* A x has the covariance A C A^T for those that know no axes. */
static void robust_estimates_follow_a_change_of_axes(void **state)
{
    (void)state;
    static const double mix[] = {1.0, 0.5, 0.0, -1.0, 0.0, 2.0, 0.3, 0.1,
                                 0.7, 0.0, 1.0, 0.0,  0.2, 0.0, 0.4, 3.0};
    double x[N_TRIALS * N_CHANNELS * N_TIMES];
    double mixed[N_CHANNELS * N_TIMES];
    ana_trial_signals trial = make_mixed_trials(false, x);
    trial.n_trials = 1;
    check_ok(ana_linalg_multiply(N_CHANNELS, N_CHANNELS, N_TIMES, mix, x, mixed));
    for (size_t i = ANA_COVARIANCE_HUBER; i < N_ESTIMATORS; i++) {
        double one[N_CHANNELS * N_CHANNELS];
        double other[N_CHANNELS * N_CHANNELS];
        double half[N_CHANNELS * N_CHANNELS];
        double wanted[N_CHANNELS * N_CHANNELS];
        const ana_covariance_options options = covariance_options_of(i);
        const ana_gemm across = {.n_rows = N_CHANNELS,
                                 .n_inner = N_CHANNELS,
                                 .n_columns = N_CHANNELS,
                                 .transpose_b = true,
                                 .alpha = 1.0};
        trial.values = x;
        check_ok(ana_covariance_of_trials(&trial, &options, NULL, one));
        trial.values = mixed;
        check_ok(ana_covariance_of_trials(&trial, &options, NULL, other));
        check_ok(ana_linalg_multiply(N_CHANNELS, N_CHANNELS, N_CHANNELS, mix, one, half));
        check_ok(ana_linalg_gemm(&across, half, mix, wanted));
        const double scale = i == ANA_COVARIANCE_TYLER ? other[0] / wanted[0] : 1.0;
        for (size_t k = 0; k < N_CHANNELS * N_CHANNELS; k++) {
            wanted[k] *= scale;
        }
        check_all_close(N_CHANNELS * N_CHANNELS, other, wanted, 1e-7, 1e-7);
    }
}

/* 20000 normal samples of 5 channels: what the constants are for. Errors of one variance are some
 * sqrt(2 / 20000) = 1 %; the minimum determinant's, of half of them, less than twice that. */
static void robust_estimates_are_right_for_normal_samples(void **state)
{
    (void)state;
    enum {
        N = 5,
        MANY = 20000
    };
    double *x = malloc((size_t)2 * N * MANY * sizeof *x);
    assert_non_null(x);
    ana_random random = ana_random_stream(3, "normal", 0);
    for (size_t i = 0; i < (size_t)2 * N * MANY; i++) {
        x[i] = ana_random_normal(&random);
    }
    for (size_t i = 0; i < 5; i++) {
        const bool is_complex = i % 2 == 1; /* of variance 2 */
        const ana_trial_signals trial = {1, N, MANY, is_complex, x, NULL};
        ana_covariance_options options = covariance_options_of(
            i == 4 ? ANA_COVARIANCE_MINIMUM_DETERMINANT : ANA_COVARIANCE_HUBER);
        options.quantile = i < 2 ? 0.9 : 0.5;
        options.n_starts = 4;
        double out[2 * N * N];
        double trace = 0.0;
        ana_covariance_info info;
        check_ok(ana_covariance_of_trials(&trial, &options, &info, out));
        assert_true(info.converged);
        for (size_t c = 0; c < N; c++) {
            trace += out[(c * N + c) * (is_complex ? 2 : 1)] / N;
        }
        check_close(trace, is_complex ? 2.0 : 1.0, is_complex ? 0.03 : i == 4 ? 0.04 : 0.015, 0.0);
    }
    free(x);
}

/* Student's samples of 5 degrees and scatter 1: pyRiemann's weights give .8332 of it for
 * three channels (the root of E u(d / s) d / s = 3, with d / 3 of F(3, 5)). */
static void student_is_right_for_its_own_samples(void **state)
{
    (void)state;
    enum {
        N = 3,
        MANY = 20000
    };
    double *x = malloc((size_t)N * MANY * sizeof *x);
    assert_non_null(x);
    ana_random random = ana_random_stream(4, "student", 0);
    for (size_t t = 0; t < MANY; t++) {
        const double wild = sqrt(2.0 * ana_random_gamma(&random, 2.5) / 5.0);
        for (size_t c = 0; c < N; c++) {
            x[c * MANY + t] = ana_random_normal(&random) / wild;
        }
    }
    const ana_trial_signals trial = {1, N, MANY, false, x, NULL};
    ana_covariance_options options = covariance_options_of(ANA_COVARIANCE_STUDENT);
    double out[N * N];
    check_ok(ana_covariance_of_trials(&trial, &options, NULL, out));
    check_close((out[0] + out[4] + out[8]) / 3.0, 1.0, 0.02, 0.0);
    options.compat = true;
    options.tolerance = 1e-8;
    options.max_iterations = 500;
    check_ok(ana_covariance_of_trials(&trial, &options, NULL, out));
    check_close((out[0] + out[4] + out[8]) / 3.0, 0.8332, 0.02, 0.0);
    free(x);
}

/* pyRiemann's huber falls to nothing when it is let run (its 50 steps and 1 % hide that). */
static void the_peers_huber_has_no_fixed_point(void **state)
{
    (void)state;
    double x[N_TRIALS * N_CHANNELS * N_TIMES];
    double out[N_CHANNELS * N_CHANNELS];
    double ours[N_CHANNELS * N_CHANNELS];
    ana_trial_signals trial = make_mixed_trials(false, x);
    trial.n_trials = 1;
    ana_covariance_options options = covariance_options_of(ANA_COVARIANCE_HUBER);
    check_ok(ana_covariance_of_trials(&trial, &options, NULL, ours));
    options.quantile = 0.5;
    options.compat = true;
    options.tolerance = 1e-12;
    options.max_iterations = 500;
    ana_covariance_info info;
    check_ok(ana_covariance_of_trials(&trial, &options, &info, out));
    assert_true(out[0] < 0.01 * ours[0]);
    assert_int_equal(info.n_iterations, 500);
    assert_false(info.converged);
}

static void count_warning(void *user, const char *sentence)
{
    if (strstr(sentence, "has not settled in 1 of 1 trials") != NULL) {
        (*(int *)user)++;
    }
}

static void what_does_not_settle_is_a_warning(void **state)
{
    (void)state;
    double x[N_TRIALS * N_CHANNELS * N_TIMES];
    double out[N_CHANNELS * N_CHANNELS];
    int n_warnings = 0;
    ana_trial_signals trial = make_mixed_trials(false, x);
    trial.n_trials = 1;
    ana_covariance_options options = covariance_options_of(ANA_COVARIANCE_TYLER);
    options.max_iterations = 2;
    options.run.warn = count_warning;
    options.run.user = &n_warnings;
    check_ok(ana_covariance_of_trials(&trial, &options, NULL, out));
    assert_int_equal(n_warnings, 1);
}

/* Every fifth sample is a hundred times larger. */
static void wild_samples_do_not_move_robust_estimates(void **state)
{
    (void)state;
    double x[N_CHANNELS * 200];
    double clean[N_CHANNELS * N_CHANNELS];
    double wild[N_CHANNELS * N_CHANNELS];
    ana_trial_signals trial = {1, N_CHANNELS, 200, false, x, NULL};
    const ana_covariance_options options =
        covariance_options_of(ANA_COVARIANCE_MINIMUM_DETERMINANT);
    draw_mixed(N_CHANNELS, 200, 9, x);
    check_ok(ana_covariance_of_trials(&trial, &options, NULL, clean));
    for (size_t c = 0; c < N_CHANNELS; c++) {
        for (size_t t = 0; t < 200; t += 5) {
            x[c * 200 + t] *= 100.0;
        }
    }
    check_ok(ana_covariance_of_trials(&trial, &options, NULL, wild));
    for (size_t c = 0; c < N_CHANNELS; c++) {
        const double ratio = wild[c * (N_CHANNELS + 1)] / clean[c * (N_CHANNELS + 1)];
        assert_true(ratio > 0.4 && ratio < 2.5);
    }
    double plain[N_CHANNELS * N_CHANNELS];
    check_ok(ana_covariance_compute(ANA_COVARIANCE_EMPIRICAL, N_CHANNELS, 200, x, plain));
    assert_true(plain[0] > 100.0 * clean[0]);
}

/* The seven samples of two channels whose four closest are known. */
static void the_smallest_determinant_is_found(void **state)
{
    (void)state;
    const double x[] = {0.0, 1.0, 0.0, 1.1, 0.4, 30.0, -40.0, 0.0, 0.1, 1.0, 0.9, 0.6, 50.0, 20.0};
    const ana_trial_signals trial = {1, 2, 7, false, x, NULL};
    ana_covariance_options options = covariance_options_of(ANA_COVARIANCE_MINIMUM_DETERMINANT);
    double out[4];
    double best = INFINITY;
    double subset[10];
    double wanted[4] = {0.0};
    options.compat = true; /* without the factor */
    check_ok(ana_covariance_of_trials(&trial, &options, NULL, out));
    for (unsigned chosen = 0; chosen < 128; chosen++) { /* all subsets of (7 + 2 + 1) / 2 = 5 */
        size_t n = 0;
        for (size_t t = 0; t < 7; t++) {
            if ((chosen >> t & 1U) != 0 && n < 5) {
                subset[n] = x[t];
                subset[5 + n] = x[7 + t];
            }
            n += chosen >> t & 1U;
        }
        double c[4];
        if (n == 5) {
            check_ok(ana_covariance_compute(ANA_COVARIANCE_MAXIMUM_LIKELIHOOD, 2, 5, subset, c));
            if (c[0] * c[3] - c[1] * c[2] < best) {
                best = c[0] * c[3] - c[1] * c[2];
                memcpy(wanted, c, sizeof wanted);
            }
        }
    }
    check_all_close(4, out, wanted, 1e-12, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_points_stay_where_they_are),
        cmocka_unit_test(robust_estimates_follow_a_change_of_axes),
        cmocka_unit_test(robust_estimates_are_right_for_normal_samples),
        cmocka_unit_test(student_is_right_for_its_own_samples),
        cmocka_unit_test(the_peers_huber_has_no_fixed_point),
        cmocka_unit_test(what_does_not_settle_is_a_warning),
        cmocka_unit_test(wild_samples_do_not_move_robust_estimates),
        cmocka_unit_test(the_smallest_determinant_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
