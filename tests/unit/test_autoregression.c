#include "constants.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/autoregression.h>
#include <analysis/random.h>
#include <analysis/spectrum.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Forward errors of order 0: 2, -1, 3; backward: 1, 2, -1. */
static void two_orders_by_hand(void **state)
{
    (void)state;
    const double x[] = {1.0, 2.0, -1.0, 3.0};
    double a[2];
    double variance = 0.0;
    check_ok(ana_burg(4, x, 1, a, &variance));
    /* -2 (2 - 2 - 3) / (4 + 1 + 9 + 1 + 4 + 1) */
    check_close(a[0], 0.3, 0.0, 1e-15);
    check_close(variance, 15.0 / 4.0 * (1.0 - 0.09), 0.0, 1e-15);
    check_ok(ana_burg(4, x, 2, a, &variance));
    /* forward: -1 + .6 = -.4, 3 - .3 = 2.7; backward: 1 + .6 = 1.6, 2 - .3 = 1.7 */
    const double second = -2.0 * (-0.4 * 1.6 + 2.7 * 1.7) / (0.16 + 7.29 + 2.56 + 2.89);
    check_close(a[0], 0.3 + second * 0.3, 0.0, 1e-14);
    check_close(a[1], second, 0.0, 1e-14);
    check_close(variance, 3.4125 * (1.0 - second * second), 0.0, 1e-14);
}

/* The recursion written down without sharing arrays or orders. */
static void every_order_agrees_with_the_plain_recursion(void **state)
{
    (void)state;
    enum {
        N = 97,
        ORDER = 12
    };
    double x[N];
    double forward[N];
    double backward[N];
    double wanted[ORDER + 1] = {1.0};
    double found[ORDER];
    double variance = 0.0;
    double error = 0.0;
    fill_noise(5, N, x);
    memcpy(forward, x, sizeof x);
    memcpy(backward, x, sizeof x);
    for (size_t t = 0; t < N; t++) {
        error += x[t] * x[t] / N;
    }
    for (size_t m = 1; m <= ORDER; m++) {
        double older[ORDER + 1];
        double f[N];
        double b[N];
        double top = 0.0;
        double bottom = 0.0;
        for (size_t t = m; t < N; t++) {
            top += forward[t] * backward[t - 1];
            bottom += forward[t] * forward[t] + backward[t - 1] * backward[t - 1];
        }
        const double k = -2.0 * top / bottom;
        for (size_t t = m; t < N; t++) {
            f[t] = forward[t] + k * backward[t - 1];
            b[t] = backward[t - 1] + k * forward[t];
        }
        memcpy(forward + m, f + m, (N - m) * sizeof *f);
        memcpy(backward + m, b + m, (N - m) * sizeof *b);
        memcpy(older, wanted, sizeof older);
        for (size_t i = 1; i <= m; i++) {
            wanted[i] = older[i] + k * (i == m ? 1.0 : older[m - i]);
        }
        error *= 1.0 - k * k;
        check_ok(ana_burg(N, x, m, found, &variance));
        check_all_close(m, found, wanted + 1, 1e-14, 1e-12);
        check_close(variance, error, 0.0, 1e-13);
    }
}

static void a_simulated_model_is_found_again(void **state)
{
    (void)state;
    enum {
        N = 40000,
        SKIPPED = 1000
    };
    double *x = calloc(N + SKIPPED, sizeof *x);
    double a[2];
    double variance = 0.0;
    assert_non_null(x);
    ana_random random = ana_random_stream(7, "test.autoregression", 0);
    for (size_t t = 0; t < N + SKIPPED; t++) {
        x[t] = 3.0 * ana_random_normal(&random) + (t > 1 ? 1.2 * x[t - 1] - 0.8 * x[t - 2] : 0.0);
    }
    check_ok(ana_burg(N, x + SKIPPED, 2, a, &variance));
    check_close(a[0], -1.2, 0.02, 0.0); /* standard errors are sqrt(.36 / N) = .003 */
    check_close(a[1], 0.8, 0.02, 0.0);
    check_close(variance, 9.0, 0.0, 0.03); /* standard error sqrt(2 / N) = .7 % */
    free(x);
}

static void densities_integrate_to_the_variance_and_scale_with_the_square(void **state)
{
    (void)state;
    enum {
        N = 200,
        BINS = 4001
    };
    double x[N];
    double micro[N];
    double a[4];
    double scaled[4];
    double f[BINS];
    double p[BINS];
    double variance = 0.0;
    double small = 0.0;
    double integral = 0.0;
    ana_random random = ana_random_stream(7, "test.autoregression", 1);
    for (size_t t = 0; t < N; t++) {
        x[t] = ana_random_normal(&random);
        micro[t] = x[t] * 1e-6;
    }
    check_ok(ana_burg(N, x, 4, a, &variance));
    check_ok(ana_burg(N, micro, 4, scaled, &small));
    check_all_close(4, scaled, a, 1e-13, 1e-12);
    check_close(small * 1e12, variance, 0.0, 1e-12);
    for (size_t i = 0; i < BINS; i++) {
        f[i] = 80.0 * (double)i / (BINS - 1);
    }
    ana_autoregression_density(4, a, variance, 160.0, BINS, f, p);
    for (size_t i = 0; i + 1 < BINS; i++) {
        integral += 0.5 * (p[i] + p[i + 1]) * (f[i + 1] - f[i]);
    }
    double mean_square = 0.0;
    for (size_t t = 0; t < N; t++) {
        mean_square += x[t] * x[t] / N;
    }
    /* Burg's variance is that of the model: the same lattice makes both. */
    check_close(integral, mean_square, 0.0, 1e-5);
}

static void silence_and_perfect_prediction_end_the_recursion(void **state)
{
    (void)state;
    const double zeros[6] = {0.0};
    const double turns[] = {1.0, -1.0, 1.0, -1.0, 1.0, -1.0};
    double a[3] = {1.0, 1.0, 1.0};
    double variance = 1.0;
    check_ok(ana_burg(6, zeros, 3, a, &variance));
    assert_true(a[0] == 0.0 && a[1] == 0.0 && a[2] == 0.0 && variance == 0.0);
    check_ok(ana_burg(6, turns, 3, a, &variance));
    assert_true(a[0] == 1.0 && a[1] == 0.0 && a[2] == 0.0 && variance == 0.0);
}

/* Windows of .25 s at 160 Hz are 40 samples, .038 s are 6 coefficients. */
static void a_spectrum_is_the_mean_of_the_densities_of_its_windows(void **state)
{
    (void)state;
    enum {
        N = 200,
        LENGTH = 40,
        STEP = 26
    };
    double x[N];
    double wanted[81] = {0.0};
    double f[81];
    double p[81];
    ana_spectrum_options options = ana_spectrum_options_default();
    ana_matrix *spectrum = NULL;
    size_t n_windows = 0;
    fill_noise(4, N, x);
    for (size_t i = 0; i < 81; i++) {
        f[i] = (double)i;
    }
    for (size_t w = 0; w < 7; w++) {
        double part[LENGTH];
        double a[6];
        double variance = 0.0;
        double mean = 0.0;
        for (size_t t = 0; t < LENGTH; t++) {
            mean += x[w * STEP + t] / LENGTH;
        }
        for (size_t t = 0; t < LENGTH; t++) {
            part[t] = x[w * STEP + t] - mean;
        }
        check_ok(ana_burg(LENGTH, part, 6, a, &variance));
        ana_autoregression_density(6, a, variance, 160.0, 81, f, p);
        for (size_t i = 0; i < 81; i++) {
            wanted[i] += p[i] / 7.0;
        }
    }
    options.method = ANA_SPECTRUM_BURG;
    options.window_s = 0.25;
    options.overlap = 0.35;
    check_ok(ana_spectrum(&options, 160.0, 1, N, x, &n_windows, &spectrum));
    assert_int_equal(n_windows, 7);
    assert_int_equal(spectrum->axes[1].n, 81);
    check_all_close(81, spectrum->axes[1].coordinates, f, 0.0, 0.0);
    check_all_close(81, spectrum->values, wanted, 0.0, 1e-11);
    ana_matrix_free(spectrum);
    options.order = 6; /* in samples: the same */
    options.n_fft = 32;
    check_ok(ana_spectrum(&options, 160.0, 1, N, x, NULL, &spectrum));
    assert_int_equal(spectrum->axes[1].n, 17);
    check_close(spectrum->values[2], wanted[10], 0.0, 1e-11);
    ana_matrix_free(spectrum);
}

/* Each thread's scratch is aligned, whatever the order. */
static void channels_and_threads_do_not_meet(void **state)
{
    (void)state;
    enum {
        CHANNELS = 7,
        N = 300
    };
    double x[CHANNELS * N];
    ana_spectrum_options options = ana_spectrum_options_default();
    ana_matrix *all = NULL;
    fill_noise(6, (size_t)CHANNELS * N, x);
    options.method = ANA_SPECTRUM_BURG;
    options.window_s = 0.5;
    for (size_t order = 1; order < 9; order++) {
        options.order = order;
        options.run = run_of(3, 0);
        check_ok(ana_spectrum(&options, 160.0, CHANNELS, N, x, NULL, &all));
        options.run = run_of(1, 0);
        for (size_t c = 0; c < CHANNELS; c++) {
            ana_matrix *one = NULL;
            check_ok(ana_spectrum(&options, 160.0, 1, N, x + c * N, NULL, &one));
            check_same_bits(81, all->values + c * 81, one->values);
            ana_matrix_free(one);
        }
        ana_matrix_free(all);
    }
}

static void wrong_options_are_named(void **state)
{
    (void)state;
    const double x[] = {1.0, 2.0, NAN, 3.0};
    double a[4];
    double variance = 0.0;
    ana_spectrum_options options = ana_spectrum_options_default();
    ana_matrix *spectrum = NULL;
    check_fails(ana_burg(4, x, 0, a, &variance), ANA_ERR_VALUE, "order 0 of 4 samples");
    check_fails(ana_burg(4, x, 4, a, &variance), ANA_ERR_VALUE, "below their number");
    check_fails(ana_burg(4, x, 2, a, &variance), ANA_ERR_VALUE, "sample 2 is nan");
    options.method = ANA_SPECTRUM_BURG;
    options.window_s = 4.0;
    options.order = 4;
    check_fails(ana_spectrum(&options, 1.0, 1, 4, x, NULL, &spectrum), ANA_ERR_VALUE,
                "an order of 4 with windows of 4 samples");
    options.order = 2;
    options.n_fft = 2;
    check_fails(ana_spectrum(&options, 1.0, 1, 4, x, NULL, &spectrum), ANA_ERR_VALUE,
                "transforms of 2 samples");
    options.n_fft = 0;
    options.average = ANA_SPECTRUM_MEDIAN;
    check_fails(ana_spectrum(&options, 1.0, 1, 4, x, NULL, &spectrum), ANA_ERR_VALUE,
                "only the mean over windows");
    options.average = ANA_SPECTRUM_MEAN;
    options.scaling = ANA_SPECTRUM_POWER;
    check_fails(ana_spectrum(&options, 1.0, 1, 4, x, NULL, &spectrum), ANA_ERR_VALUE,
                "burg: only the density");
    options.scaling = ANA_SPECTRUM_DENSITY;
    check_ok(ana_spectrum(&options, 1.0, 1, 4, x, NULL, &spectrum));
    assert_true(isnan(spectrum->values[0])); /* the only window misses a sample */
    ana_matrix_free(spectrum);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    const double x[] = {1.0, 2.0, -1.0, 3.0};
    double a[2];
    double variance = 0.0;
    ALLOCATION_TEST(ana_burg, (4, x, 2, a, &variance), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_orders_by_hand),
        cmocka_unit_test(every_order_agrees_with_the_plain_recursion),
        cmocka_unit_test(a_simulated_model_is_found_again),
        cmocka_unit_test(densities_integrate_to_the_variance_and_scale_with_the_square),
        cmocka_unit_test(silence_and_perfect_prediction_end_the_recursion),
        cmocka_unit_test(a_spectrum_is_the_mean_of_the_densities_of_its_windows),
        cmocka_unit_test(channels_and_threads_do_not_meet),
        cmocka_unit_test(wrong_options_are_named),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
