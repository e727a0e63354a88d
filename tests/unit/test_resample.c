#include "constants.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"
#include "support/signals.h"

#include <analysis/resample.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_TIMES = 700
};
static const double rate = 160.0;

/* The first n samples of both channels of signal.json. */
static double *beginning(reference *root, size_t n)
{
    const double *x = reference_doubles(root, "x", NULL);
    double *y = calloc(2 * n, sizeof *y);
    assert_non_null(y);
    memcpy(y, x, n * sizeof *y);
    memcpy(y + n, x + N_TIMES, n * sizeof *y);
    return y;
}

static size_t size_at(reference *root, const char *name, const char *key)
{
    char path[128];
    snprintf(path, sizeof path, "resample/%s/%s", name, key);
    return reference_size(root, path);
}

static const double *wanted_at(reference *root, const char *name, size_t *n)
{
    char path[128];
    snprintf(path, sizeof path, "resample/%s/y", name);
    return reference_doubles(root, path, n);
}

static void polyphase_agrees_with_scipy(void **state)
{
    reference *root = *state;
    double *x = beginning(root, 101);
    size_t n_cases = 0;
    for (size_t i = 0; i < reference_count(root, "resample"); i++) {
        const char *name = reference_key(root, "resample", i);
        if (strncmp(name, "poly_", 5) != 0) {
            continue;
        }
        size_t up = size_at(root, name, "up");
        size_t down = size_at(root, name, "down");
        size_t n = 0;
        const double *wanted = wanted_at(root, name, &n);
        double y[2 * 310];
        assert_int_equal(n, 2 * ana_resample_length(101, up, down));
        check_ok(ana_resample_polyphase(up, down, ANA_EDGE_ZERO, 2, 101, x, y));
        check_all_close(n, y, wanted, 1e-14, 1e-14);
        n_cases++;
    }
    assert_int_equal(n_cases, 6);
    free(x);
}

static void decimation_agrees_with_scipy(void **state)
{
    reference *root = *state;
    double *x = beginning(root, 103);
    static const char *const names[] = {"decimate_2", "decimate_5"};
    for (size_t i = 0; i < 2; i++) {
        size_t n = 0;
        double y[2 * 52];
        const double *wanted = wanted_at(root, names[i], &n);
        check_ok(ana_decimate(size_at(root, names[i], "factor"), 2, 103, x, y));
        check_all_close(n, y, wanted, 1e-14, 1e-14);
    }
    free(x);
}

static void fourier_resampling_agrees_with_scipy(void **state)
{
    reference *root = *state;
    size_t n_cases = 0;
    for (size_t i = 0; i < reference_count(root, "resample"); i++) {
        const char *name = reference_key(root, "resample", i);
        if (strncmp(name, "fft_", 4) != 0) {
            continue;
        }
        size_t n_in = size_at(root, name, "n_in");
        size_t n_out = size_at(root, name, "n_out");
        size_t n = 0;
        const double *wanted = wanted_at(root, name, &n);
        double *x = beginning(root, n_in);
        double y[2 * 141];
        for (size_t threads = 1; threads < 3; threads++) {
            ana_run run = run_of(threads, 0);
            check_ok(ana_resample_fourier(2, n_in, x, n_out, &run, y));
            check_all_close(n, y, wanted, 1e-13, 0.0);
        }
        free(x);
        n_cases++;
    }
    assert_int_equal(n_cases, 7);
}

static ana_series *resampled(const ana_series *series, double to, ana_resample_method method,
                             size_t threads)
{
    ana_resample_options options = ana_resample_options_default();
    ana_series *out = NULL;
    options.rate_hz = to;
    options.method = method;
    options.run = run_of(threads, 0);
    check_ok(ana_series_resample(series, &options, &out));
    check_ok(ana_series_check(out));
    check_close(out->rate, to, 0.0, 0.0);
    return out;
}

static void fourier_series_agree_with_mne(void **state)
{
    reference *root = *state;
    static const char *const names[] = {"padded_304", "padded_320", "padded_288"};
    for (size_t i = 0; i < 3; i++) {
        char path[64];
        size_t n_in = size_at(root, names[i], "n_in");
        size_t n = 0;
        const double *wanted = wanted_at(root, names[i], &n);
        snprintf(path, sizeof path, "resample/%s/rate", names[i]);
        double *x = beginning(root, n_in);
        ana_series *series = series_of(rate, 2, 1, &n_in, x);
        ana_series *out = resampled(series, reference_number(root, path), ANA_RESAMPLE_FOURIER, 1);
        double *y = read_whole(out);
        assert_int_equal(2 * out->n_times, n);
        check_all_close(n, y, wanted, 1e-12, 0.0);
        free(y);
        free(x);
        ana_series_free(out);
        ana_series_free(series);
    }
}

/* y[i] = sum over all samples of h(i down - k up) x[k], h the windowed sinc, by definition. */
static double plain_answer(size_t up, size_t down, size_t n, const double *x, size_t i)
{
    const double longest = (double)(up > down ? up : down);
    const double half = 10.0 * longest;
    double sum = 0.0;
    double gain = 0.0;
    for (double m = -half; m <= half; m += 1.0) {
        double place = m / longest;
        double ideal = m == 0.0 ? 1.0 : sin(ANA_PI * place) / (ANA_PI * place);
        double inside = 5.0 * sqrt(1.0 - (m / half) * (m / half));
        double taper = 0.0;
        double term = 1.0;
        for (double k = 1.0; k < 60.0; k += 1.0) { /* I0 */
            taper += term;
            term *= (0.5 * inside / k) * (0.5 * inside / k);
        }
        gain += ideal * taper;
        double at = (double)(i * down) - m; /* on the common grid */
        if (at >= 0.0 && fmod(at, (double)up) == 0.0 && at / (double)up <= (double)n - 1.0) {
            sum += ideal * taper * x[(size_t)(at / (double)up)];
        }
    }
    return sum * (double)up / gain;
}

static void any_ratio_on_any_length_agrees_with_the_plain_sum(void **state)
{
    (void)state;
    static const size_t ratios[][2] = {{1, 1}, {1, 7}, {7, 1}, {3, 2}, {13, 17}, {17, 13}};
    static const size_t lengths[] = {1, 2, 5, 64, 333};
    for (size_t r = 0; r < sizeof ratios / sizeof ratios[0]; r++) {
        for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
            const size_t up = ratios[r][0];
            const size_t down = ratios[r][1];
            const size_t n = lengths[l];
            double x[333];
            double y[333 * 7];
            fill_noise(l, n, x);
            check_ok(ana_resample_polyphase(up, down, ANA_EDGE_ZERO, 1, n, x, y));
            for (size_t i = 0; i < ana_resample_length(n, up, down); i++) {
                double wanted = up == down ? x[i] : plain_answer(up, down, n, x, i);
                check_close(y[i], wanted, 1e-11, 0.0);
            }
        }
    }
}

enum {
    N_LONG = 3,
    LONG_TIMES = 20001 + 17 + 9000
};
static const size_t long_segments[] = {20001, 17, 9000};

static ana_series *long_series(double **x)
{
    *x = calloc((size_t)N_LONG * LONG_TIMES, sizeof **x);
    assert_non_null(*x);
    for (size_t c = 0; c < N_LONG; c++) {
        fill_noise(c, LONG_TIMES, *x + c * LONG_TIMES);
    }
    return series_of(rate, N_LONG, 3, long_segments, *x);
}

static void resampled_series_stream_with_the_bits_of_memory(void **state)
{
    (void)state;
    static const double rates[] = {100.0, 250.0, 40.0, 160.0};
    double *x = NULL;
    ana_series *series = long_series(&x);
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        for (int method = 0; method < 2; method++) {
            ana_series *out = resampled(series, rates[i], (ana_resample_method)method, 1);
            double *whole = read_whole(out);
            ana_series_free(out);
            out = resampled(series, rates[i], (ana_resample_method)method, 3);
            check_any_window(out, whole);
            ana_series_free(out);
            free(whole);
        }
    }
    ana_series_free(series);
    free(x);
}

static void a_series_and_its_segments_in_memory_have_the_same_bits(void **state)
{
    (void)state;
    double *x = NULL;
    ana_series *series = long_series(&x);
    ana_series *poly = resampled(series, 100.0, ANA_RESAMPLE_POLYPHASE, 2);
    ana_series *fewer = NULL;
    check_ok(ana_series_decimate(series, 4, NULL, &fewer));
    assert_true(fewer->rate == 40.0);
    double *whole = read_whole(poly);
    double *decimated = read_whole(fewer);
    double *y = calloc(LONG_TIMES, sizeof *y);
    for (size_t s = 0; s < 3; s++) {
        const ana_segment *segment = &series->segments[s];
        assert_true(poly->segments[s].start == segment->start);
        assert_int_equal(poly->segments[s].n_times, ana_resample_length(segment->n_times, 5, 8));
        for (size_t c = 0; c < N_LONG; c++) {
            const double *part = x + c * LONG_TIMES + segment->first;
            check_ok(ana_resample_polyphase(5, 8, ANA_EDGE_REFLECT, 1, segment->n_times, part, y));
            check_same_bits(poly->segments[s].n_times,
                            whole + c * poly->n_times + poly->segments[s].first, y);
            check_ok(ana_decimate(4, 1, segment->n_times, part, y));
            check_same_bits(fewer->segments[s].n_times,
                            decimated + c * fewer->n_times + fewer->segments[s].first, y);
        }
    }
    free(y);
    free(whole);
    free(decimated);
    ana_series_free(poly);
    ana_series_free(fewer);
    ana_series_free(series);
    free(x);
}

static void a_slow_rhythm_keeps_its_times(void **state)
{
    (void)state;
    const size_t n = 4001;
    static const double rates[] = {128.0, 100.0, 256.0, 96.0};
    double x[4001];
    for (size_t t = 0; t < n; t++) {
        x[t] = 3.0 + sin(2.0 * ANA_PI * 7.3 * (double)t / rate);
    }
    ana_series *series = series_of(rate, 1, 1, &n, x);
    for (size_t i = 0; i < 4; i++) {
        for (int method = 0; method < 2; method++) {
            ana_series *out = resampled(series, rates[i], (ana_resample_method)method, 1);
            double *y = read_whole(out);
            for (size_t t = out->n_times / 8; t < out->n_times / 8 * 7; t++) {
                double wanted = 3.0 + sin(2.0 * ANA_PI * 7.3 * (double)t / rates[i]);
                check_close(y[t], wanted, 3e-3, 0.0); /* ripple of the Kaiser taper */
            }
            free(y);
            ana_series_free(out);
        }
    }
    ana_series_free(series);
}

static void a_constant_stays_constant_when_ends_are_reflected(void **state)
{
    (void)state;
    double x[300];
    double y[300];
    for (size_t t = 0; t < 300; t++) {
        x[t] = -1234.5;
    }
    check_ok(ana_resample_polyphase(5, 8, ANA_EDGE_REFLECT, 1, 300, x, y));
    check_close(y[0], -1234.5, 1.0, 0.0); /* the phases' gains differ by the taper's ripple */
    check_close(y[100], -1234.5, 1.0, 0.0);
    check_ok(ana_resample_polyphase(5, 8, ANA_EDGE_ZERO, 1, 300, x, y));
    assert_true(fabs(y[0] + 1234.5) > 100.0);
}

static void trigger_channels_hold_the_last_code(void **state)
{
    (void)state;
    const size_t n = 3000;
    double *x = calloc(2 * n, sizeof *x);
    fill_noise(1, n, x);
    for (size_t t = 0; t < n; t++) {
        x[n + t] = (double)(t / 37 % 5);
    }
    ana_series *series = series_of(rate, 2, 1, &n, x);
    series->channels[1].kind = ANA_KIND_TRIGGER;
    for (int method = 0; method < 2; method++) {
        ana_series *out = resampled(series, 100.0, (ana_resample_method)method, 1);
        double *y = read_whole(out);
        for (size_t t = 0; t < out->n_times; t++) {
            assert_true(y[out->n_times + t] == x[n + t * 8 / 5]);
        }
        free(y);
        ana_series_free(out);
    }
    ana_series_free(series);
    free(x);
}

static void ratios_are_the_smallest_whole_numbers(void **state)
{
    (void)state;
    static const struct {
        double from;
        double to;
        size_t up;
        size_t down;
    } cases[] = {{160.0, 100.0, 5, 8},
                 {1000.0, 250.0, 1, 4},
                 {250.0, 250.0, 1, 1},
                 {512.0, 100.0, 25, 128},
                 {30.03, 10.01, 1, 3},
                 {44100.0, 48000.0, 160, 147},
                 {24414.0625, 1000.0, 128, 3125},
                 {1.0 / 3.0, 1.0, 3, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t up = 0;
        size_t down = 0;
        check_ok(ana_resample_ratio(cases[i].from, cases[i].to, &up, &down));
        assert_int_equal(up, cases[i].up);
        assert_int_equal(down, cases[i].down);
    }
}

static void what_cannot_be_resampled_is_refused(void **state)
{
    (void)state;
    size_t up = 0;
    size_t down = 0;
    double x[4] = {1.0, 2.0, 3.0, 4.0};
    double y[8];
    check_fails(ana_resample_ratio(0.0, 100.0, &up, &down), ANA_ERR_VALUE, "above 0");
    check_fails(ana_resample_ratio(100.0, NAN, &up, &down), ANA_ERR_VALUE, "nan");
    check_fails(ana_resample_ratio(100.0, 3.0 * ANA_PI, &up, &down), ANA_ERR_VALUE,
                "whole numbers");
    check_fails(ana_resample_polyphase(0, 1, ANA_EDGE_ZERO, 1, 4, x, y), ANA_ERR_VALUE, "0 / 1");
    check_fails(ana_resample_polyphase(1, 65537, ANA_EDGE_ZERO, 1, 4, x, y), ANA_ERR_VALUE,
                "65537");
    check_fails(ana_decimate(1, 1, 4, x, y), ANA_ERR_VALUE, "decimation by 1");
    check_fails(ana_resample_fourier(1, 4, x, 0, NULL, y), ANA_ERR_VALUE, "0 samples");
    ana_run small = run_of(1, 64);
    check_fails(ana_resample_fourier(1, 4, x, 8, &small, y), ANA_ERR_LIMIT, "Fourier");
    const size_t n = 4;
    ana_series *out = NULL;
    ana_series *series = series_of(rate, 1, 1, &n, x);
    check_fails(ana_series_resample(series, NULL, &out), ANA_ERR_VALUE, "above 0");
    ana_resample_options options = ana_resample_options_default();
    options.rate_hz = 100.0;
    options.method = ANA_RESAMPLE_FOURIER;
    options.run = small;
    check_ok(ana_series_resample(series, &options, &out));
    check_fails(ana_series_read(out, 0, NULL, 0, 1, y), ANA_ERR_LIMIT, "whole segment");
    ana_series_free(out);
    series->rate = 0.0;
    check_fails(ana_series_resample(series, &options, &out), ANA_ERR_VALUE, "no regular rate");
    check_fails(ana_series_decimate(series, 2, NULL, &out), ANA_ERR_VALUE, "no regular rate");
    ana_series_free(series);
}

static ana_status resample_and_read(void *user)
{
    const ana_series *series = user;
    ana_resample_options options = ana_resample_options_default();
    double y[600];
    ana_status status = ANA_OK;
    options.rate_hz = 100.0;
    for (int method = 0; method < 3 && status == ANA_OK; method++) {
        ana_series *out = NULL;
        options.method = method == 1 ? ANA_RESAMPLE_FOURIER : ANA_RESAMPLE_POLYPHASE;
        status = method < 2 ? ana_series_resample(series, &options, &out)
                            : ana_series_decimate(series, 3, NULL, &out);
        if (status == ANA_OK) {
            status = ana_series_read(out, 0, NULL, 0, out->n_times, y);
        }
        ana_series_free(out);
    }
    if (status == ANA_OK) {
        status = ana_resample_fourier(1, 100, y, 90, NULL, y + 100);
    }
    return status;
}

static void a_failed_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    const size_t n = 300;
    double x[600];
    fill_noise(4, 600, x);
    ana_series *series = series_of(rate, 2, 1, &n, x);
    assert_true(check_each_allocation(resample_and_read, series, 0) > 40);
    ana_series_free(series);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(polyphase_agrees_with_scipy),
        cmocka_unit_test(decimation_agrees_with_scipy),
        cmocka_unit_test(fourier_resampling_agrees_with_scipy),
        cmocka_unit_test(fourier_series_agree_with_mne),
        cmocka_unit_test(any_ratio_on_any_length_agrees_with_the_plain_sum),
        cmocka_unit_test(resampled_series_stream_with_the_bits_of_memory),
        cmocka_unit_test(a_series_and_its_segments_in_memory_have_the_same_bits),
        cmocka_unit_test(a_slow_rhythm_keeps_its_times),
        cmocka_unit_test(a_constant_stays_constant_when_ends_are_reflected),
        cmocka_unit_test(trigger_channels_hold_the_last_code),
        cmocka_unit_test(ratios_are_the_smallest_whole_numbers),
        cmocka_unit_test(what_cannot_be_resampled_is_refused),
        cmocka_unit_test(a_failed_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, open_signal_reference, close_reference);
}
