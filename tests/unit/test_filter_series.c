/* Filtered series: any way of reading, any number of threads, the same bits. */
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/filter.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double rate = 160.0;

static ana_filter_options band(void)
{
    ana_filter_options options = ana_filter_options_default();
    options.high_pass_hz = 8.0;
    options.low_pass_hz = 32.0;
    return options;
}

/* Three segments, one shorter than the filter, one of several blocks; five channels. */
enum {
    N_LONG = 5,
    LONG_TIMES = 20000 + 90 + 7001
};
static const size_t long_segments[] = {20000, 90, 7001};

static ana_series *long_series(double **x)
{
    *x = calloc((size_t)N_LONG * LONG_TIMES, sizeof **x);
    assert_non_null(*x);
    for (size_t c = 0; c < N_LONG; c++) {
        fill_noise(c, LONG_TIMES, *x + c * LONG_TIMES);
    }
    return series_of(rate, N_LONG, 3, long_segments, *x);
}

static void every_way_of_filtering_streams_with_the_bits_of_memory(void **state)
{
    (void)state;
    double *x = NULL;
    ana_series *series = long_series(&x);
    for (int method = 0; method < 2; method++) {
        for (int phase = 0; phase < 3; phase++) {
            ana_filter_options options = band();
            options.method = (ana_filter_method)method;
            options.phase = (ana_filter_phase)phase;
            options.notch_hz = 50.0;
            ana_series *out = NULL;
            options.run = run_of(1, 0);
            check_ok(ana_series_filter(series, &options, &out));
            double *whole = read_whole(out);
            ana_series_free(out);
            options.run = run_of(3, 0);
            check_ok(ana_series_filter(series, &options, &out));
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
    ana_fir *fir = NULL;
    ana_filter_options options = band();
    ana_series *out = NULL;
    check_ok(ana_fir_design(&options, rate, &fir));
    check_ok(ana_series_fir(series, fir, ANA_PHASE_ZERO, NULL, &out));
    double *whole = read_whole(out);
    for (size_t s = 0; s < 3; s++) {
        const ana_segment *segment = &series->segments[s];
        double *y = calloc(segment->n_times, sizeof *y);
        for (size_t c = 0; c < N_LONG; c++) {
            check_ok(ana_fir_apply(fir, ANA_PHASE_ZERO, 1, segment->n_times,
                                   x + c * LONG_TIMES + segment->first, NULL, y));
            check_same_bits(segment->n_times, whole + c * LONG_TIMES + segment->first, y);
        }
        free(y);
    }
    free(whole);
    ana_fir_free(fir);
    ana_series_free(out);
    ana_series_free(series);
    free(x);
}

/* States of a causal filter are kept every 65536 samples: windows far apart go on from them. */
static void a_long_causal_series_has_the_same_bits_from_anywhere(void **state)
{
    (void)state;
    enum {
        N = 230000
    };
    const size_t n = N;
    double *x = calloc((size_t)4 * N, sizeof *x);
    double *whole = x + (size_t)2 * N;
    double z[2 * 8] = {0.0};
    ana_sos *sos = NULL;
    ana_series *out = NULL;
    fill_noise(1, N, x);
    fill_noise(2, N, x + N);
    ana_series *series = series_of(rate, 2, 1, &n, x);
    check_ok(ana_butterworth(2, 0.01, 30.0, rate, &sos)); /* rings for thousands of samples */
    check_ok(ana_sos_apply(sos, 2, N, x, z, whole));
    check_ok(ana_series_sos(series, sos, ANA_PHASE_CAUSAL, NULL, &out));
    static const size_t firsts[] = {229000, 100, 131072, 131071, 140000, 139999, 65536, 65535, 0};
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++) {
        double part[500];
        const size_t channel = i % 2;
        check_ok(ana_series_read(out, 1, &channel, firsts[i], 500, part));
        check_same_bits(500, part, whole + channel * N + firsts[i]);
    }
    check_any_window(out, whole);
    ana_sos_free(sos);
    ana_series_free(out);
    ana_series_free(series);
    free(x);
}

/* A source that counts the samples it is asked for. */
static ana_status read_counting(void *self, const ana_window *window, double *out)
{
    *(size_t *)self += window->n_times * window->n_channels;
    for (size_t i = 0; i < window->n_times * window->n_channels; i++) {
        out[i] = (double)((window->first + i) % 17);
    }
    return ANA_OK;
}

static ana_status read_counting_stored(void *self, const ana_window *window, void *out)
{
    return read_counting(self, window, out);
}

static void keep_counter(void *self)
{
    (void)self;
}

static void a_window_costs_no_more_than_the_way_from_the_last_kept_state(void **state)
{
    (void)state;
    static const ana_source_operations operations = {read_counting, read_counting_stored,
                                                     keep_counter};
    enum {
        N = 1000000
    };
    size_t n_read = 0;
    double part[1000];
    ana_series *series = NULL;
    ana_series *out = NULL;
    ana_sos *sos = NULL;
    check_ok(ana_series_new("counted", 1, &series));
    series->rate = rate;
    series->type = ANA_FLOAT64;
    series->channels[0].name = strdup("c");
    check_ok(ana_series_add_segment(series, N, 0.0));
    check_ok(ana_source_new(&operations, &n_read, &series->source));
    check_ok(ana_butterworth(2, 1.0, 30.0, rate, &sos));
    check_ok(ana_series_sos(series, sos, ANA_PHASE_CAUSAL, NULL, &out));
    for (size_t at = 0; at < N; at += 1000) { /* a walk reads each sample once */
        check_ok(ana_series_read(out, 0, NULL, at, 1000, part));
    }
    assert_int_equal(n_read, N);
    static const size_t firsts[] = {5000, 900000, 800000, 131000, 65536, 999000};
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++) {
        n_read = 0;
        check_ok(ana_series_read(out, 0, NULL, firsts[i], 1000, part));
        assert_true(n_read <= 65536 + 1000);
    }
    ana_sos_free(sos);
    ana_series_free(out);
    ana_series_free(series);
}

static void several_threads_may_read_a_series_at_once(void **state)
{
    (void)state;
    double *x = NULL;
    ana_series *series = long_series(&x);
    for (int phase = 0; phase < 2; phase++) {
        ana_filter_options options = band();
        options.method = phase == 0 ? ANA_FILTER_FIR : ANA_FILTER_BUTTERWORTH;
        options.phase = (ana_filter_phase)phase;
        ana_series *out = NULL;
        check_ok(ana_series_filter(series, &options, &out));
        double *whole = read_whole(out);
        int n_failed = 0;
#pragma omp parallel for num_threads(4) reduction(+ : n_failed)
        for (size_t i = 0; i < 40; i++) { /* windows of one channel, far apart */
            const size_t channel = i % N_LONG;
            const size_t first = i * 7919 % (LONG_TIMES - 300);
            double part[300];
            n_failed += ana_series_read(out, 1, &channel, first, 300, part) == ANA_OK ? 0 : 1;
            n_failed +=
                memcmp(part, whole + channel * LONG_TIMES + first, sizeof part) == 0 ? 0 : 1;
        }
        assert_int_equal(n_failed, 0);
        free(whole);
        ana_series_free(out);
    }
    ana_series_free(series);
    free(x);
}

static void trigger_channels_pass_unchanged(void **state)
{
    (void)state;
    double *x = NULL;
    ana_series *series = long_series(&x);
    series->channels[2].kind = ANA_KIND_TRIGGER;
    for (int method = 0; method < 2; method++) {
        for (int phase = 0; phase < 2; phase++) {
            ana_filter_options options = band();
            options.method = (ana_filter_method)method;
            options.phase = (ana_filter_phase)phase;
            ana_series *out = NULL;
            check_ok(ana_series_filter(series, &options, &out));
            double *y = read_whole(out);
            check_same_bits(LONG_TIMES, y + (size_t)2 * LONG_TIMES, x + (size_t)2 * LONG_TIMES);
            assert_true(fabs(y[LONG_TIMES + 5] - x[LONG_TIMES + 5]) > 1e-3);
            assert_true(isnan(out->channels[2].high_pass_hz));
            check_close(out->channels[0].high_pass_hz, 8.0, 0.0, 0.0);
            check_close(out->channels[0].low_pass_hz, 32.0, 0.0, 0.0);
            free(y);
            ana_series_free(out);
        }
    }
    ana_series_free(series);
    free(x);
}

static void a_filtered_series_is_a_sound_series_in_physical_units(void **state)
{
    (void)state;
    static const int16_t stored[] = {3, -7, 11, 20, -5, 0, 9, 1};
    ana_series *series = NULL;
    ana_series *out = NULL;
    static const double delta = 1.0;
    ana_fir *fir = NULL;
    check_ok(ana_series_new("raw", 1, &series));
    series->rate = 100.0;
    series->type = ANA_INT16;
    series->channels[0].name = strdup("Cz");
    series->channels[0].gain = 0.5;
    series->channels[0].offset = -2.0;
    check_ok(ana_series_add_segment(series, 8, 1.0));
    check_ok(ana_source_from_memory(ANA_INT16, 1, 8, true, stored, &series->source));
    check_ok(ana_fir_new(1, &delta, &fir));
    check_ok(ana_series_fir(series, fir, ANA_PHASE_ZERO, NULL, &out));
    check_ok(ana_series_check(out));
    double y[8];
    double z[8];
    check_ok(ana_series_read(out, 0, NULL, 0, 8, y));
    check_ok(ana_series_read_stored(out, 0, NULL, 0, 8, z));
    for (size_t t = 0; t < 8; t++) {
        check_close(y[t], 0.5 * stored[t] - 2.0, 1e-14, 0.0);
    }
    check_same_bits(8, z, y);
    ana_fir_free(fir);
    ana_series_free(out);
    ana_series_free(series);
}

static void what_cannot_be_filtered_is_refused(void **state)
{
    (void)state;
    double *x = NULL;
    ana_series *series = long_series(&x);
    ana_series *out = NULL;
    ana_filter_options options = ana_filter_options_default();
    check_fails(ana_series_filter(series, NULL, &out), ANA_ERR_VALUE, "no high-pass");
    options.high_pass_hz = -1.0;
    check_fails(ana_series_filter(series, &options, &out), ANA_ERR_VALUE, "high-pass");
    options = band();
    options.low_pass_hz = 90.0;
    check_fails(ana_series_filter(series, &options, &out), ANA_ERR_VALUE, "90 Hz");
    static const double even[] = {0.5, 0.5};
    ana_fir *fir = NULL;
    check_ok(ana_fir_new(2, even, &fir));
    check_fails(ana_series_fir(series, fir, ANA_PHASE_ZERO, NULL, &out), ANA_ERR_VALUE, "2 taps");
    ana_fir_free(fir);
    series->rate = 0.0;
    options = band();
    check_fails(ana_series_filter(series, &options, &out), ANA_ERR_VALUE, "no regular rate");
    series->rate = rate;
    options.method = ANA_FILTER_BUTTERWORTH;
    options.run = run_of(1, 4 * LONG_TIMES * sizeof(double));
    check_ok(ana_series_filter(series, &options, &out));
    double *y = calloc((size_t)N_LONG * LONG_TIMES, sizeof *y);
    static const size_t one = 3;
    check_ok(ana_series_read(out, 1, &one, 0, LONG_TIMES, y));
    check_fails(ana_series_read(out, 0, NULL, 0, 100, y), ANA_ERR_LIMIT, "whole segment");
    free(y);
    assert_non_null(out);
    ana_series_free(out);
    ana_series_free(series);
    free(x);
}

typedef struct failing {
    ana_series *series;
    ana_filter_options options;
} failing;

static ana_status filter_and_read(void *user)
{
    const failing *work = user;
    double y[3 * 500];
    ana_series *out = NULL;
    ana_status status = ana_series_filter(work->series, &work->options, &out);
    if (status == ANA_OK) {
        status = ana_series_read(out, 0, NULL, 0, 500, y);
    }
    ana_series_free(out);
    return status;
}

static void a_failed_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    double x[3 * 500];
    const size_t n = 500;
    fill_noise(1, (size_t)3 * 500, x);
    failing work = {series_of(rate, 3, 1, &n, x), band()};
    work.options.run = run_of(2, 0);
    work.options.notch_hz = 50.0;
    for (int method = 0; method < 2; method++) {
        for (int phase = 0; phase < 2; phase++) {
            work.options.method = (ana_filter_method)method;
            work.options.phase = (ana_filter_phase)phase;
            assert_true(check_each_allocation(filter_and_read, &work, 0) > 20);
        }
    }
    ana_series_free(work.series);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_of_filtering_streams_with_the_bits_of_memory),
        cmocka_unit_test(a_series_and_its_segments_in_memory_have_the_same_bits),
        cmocka_unit_test(a_long_causal_series_has_the_same_bits_from_anywhere),
        cmocka_unit_test(a_window_costs_no_more_than_the_way_from_the_last_kept_state),
        cmocka_unit_test(several_threads_may_read_a_series_at_once),
        cmocka_unit_test(trigger_channels_pass_unchanged),
        cmocka_unit_test(a_filtered_series_is_a_sound_series_in_physical_units),
        cmocka_unit_test(what_cannot_be_filtered_is_refused),
        cmocka_unit_test(a_failed_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
