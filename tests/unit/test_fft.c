#include "constants.h"
#include "fft.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "workspace.h"

#include <analysis/random.h>

#include <math.h>
#include <string.h>

enum {
    MAX_LENGTH = 97
};

typedef struct arrays {
    ana_workspace memory;
    double *signal;
    double *spectrum;
    double *back;
} arrays;

static arrays make_arrays(size_t n)
{
    arrays made = {{0}, NULL, NULL, NULL};
    made.signal = ana_workspace_doubles(&made.memory, n, 1);
    made.spectrum = ana_workspace_doubles(&made.memory, ana_fft_bins(n), 2);
    made.back = ana_workspace_doubles(&made.memory, n, 1);
    check_ok(ana_workspace_check(&made.memory, "test"));
    return made;
}

static void fill(size_t n, uint64_t item, double *signal)
{
    ana_random random = ana_random_stream(11, "test.fft", item);
    for (size_t t = 0; t < n; t++) {
        signal[t] = ana_random_normal(&random);
    }
}

static void every_length_agrees_with_the_defining_sum(void **state)
{
    (void)state;
    for (size_t n = 1; n <= MAX_LENGTH; n++) {
        arrays a = make_arrays(n);
        ana_fft *fft = NULL;
        check_ok(ana_fft_new(n, &fft));
        fill(n, n, a.signal);
        ana_fft_forward(fft, a.signal, a.spectrum);
        for (size_t k = 0; k < ana_fft_bins(n); k++) {
            double re = 0.0;
            double im = 0.0;
            for (size_t t = 0; t < n; t++) {
                double angle = 2.0 * ANA_PI * (double)((k * t) % n) / (double)n;
                re += a.signal[t] * cos(angle);
                im -= a.signal[t] * sin(angle);
            }
            check_close(a.spectrum[2 * k], re, 1e-13 * (double)n, 0.0);
            check_close(a.spectrum[2 * k + 1], im, 1e-13 * (double)n, 0.0);
        }
        ana_fft_free(fft);
        ana_workspace_release(&a.memory);
    }
}

static void inverse_of_the_forward_transform_is_n_times_the_signal(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 2, 97, 1000, 4999, 20480};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t n = lengths[i];
        arrays a = make_arrays(n);
        ana_fft *fft = NULL;
        check_ok(ana_fft_new(n, &fft));
        fill(n, 1000 + i, a.signal);
        ana_fft_forward(fft, a.signal, a.spectrum);
        ana_fft_inverse(fft, a.spectrum, a.back);
        for (size_t t = 0; t < n; t++) {
            check_close(a.back[t] / (double)n, a.signal[t], 1e-14, 0.0);
        }
        ana_fft_free(fft);
        ana_workspace_release(&a.memory);
    }
}

static void forward_transform_leaves_the_signal_as_it_is(void **state)
{
    (void)state;
    const size_t n = 60;
    arrays a = make_arrays(n);
    ana_fft *fft = NULL;
    check_ok(ana_fft_new(n, &fft));
    fill(n, 5, a.signal);
    memcpy(a.back, a.signal, n * sizeof(double));
    ana_fft_forward(fft, a.signal, a.spectrum);
    assert_memory_equal(a.back, a.signal, n * sizeof(double));
    ana_fft_free(fft);
    ana_workspace_release(&a.memory);
}

static void good_lengths_have_no_prime_factor_above_seven(void **state)
{
    (void)state;
    static const size_t wanted[][2] = {{0, 1},     {1, 1},       {11, 12},     {13, 14},
                                       {121, 125}, {1023, 1024}, {1025, 1029}, {20481, 20580}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_int_equal(ana_fft_good_length(wanted[i][0]), wanted[i][1]);
    }
}

static void impossible_lengths_are_refused(void **state)
{
    (void)state;
    ana_fft *fft = NULL;
    check_fails(ana_fft_new(0, &fft), ANA_ERR_VALUE, "0 samples");
    check_fails(ana_fft_new(ANA_FFT_MAX + 1, &fft), ANA_ERR_VALUE, "1073741825 samples");
    assert_null(fft);
}

static ana_status plan_once(void *user)
{
    (void)user;
    ana_fft *fft = NULL;
    ana_status status = ana_fft_new(32, &fft);
    if (status == ANA_OK) {
        ana_fft_free(fft);
    }
    return status;
}

static void a_failed_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_int_equal(check_each_allocation(plan_once, NULL, 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_agrees_with_the_defining_sum),
        cmocka_unit_test(inverse_of_the_forward_transform_is_n_times_the_signal),
        cmocka_unit_test(forward_transform_leaves_the_signal_as_it_is),
        cmocka_unit_test(good_lengths_have_no_prime_factor_above_seven),
        cmocka_unit_test(impossible_lengths_are_refused),
        cmocka_unit_test(a_failed_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
