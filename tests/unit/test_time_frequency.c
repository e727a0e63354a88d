#include "constants.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"
#include "support/signals.h"

#include <analysis/time_frequency.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_TIMES = 700,
    N_WAVELETS = 4
};
static const double rate = 160.0;

/* The wavelets of signal.json. */
static ana_morlet *wavelets(reference *root, bool zero_mean)
{
    size_t n = 0;
    ana_morlet *morlet = NULL;
    const double *frequencies = reference_doubles(root, "morlet/frequencies", &n);
    const double *cycles = reference_doubles(root, "morlet/cycles", NULL);
    check_ok(ana_morlet_new(rate, n, frequencies, cycles, zero_mean, &morlet));
    assert_int_equal(ana_morlet_count(morlet), N_WAVELETS);
    assert_true(ana_morlet_frequency(morlet, 1) == frequencies[1]);
    return morlet;
}

static void wavelet_answers_agree_with_mne(void **state)
{
    reference *root = *state;
    const double *x = reference_doubles(root, "x", NULL);
    static const char *const names[][2] = {{"morlet/plain/real", "morlet/plain/imaginary"},
                                           {"morlet/zero_mean/real", "morlet/zero_mean/imaginary"}};
    double part[2][200];
    double *y = calloc((size_t)2 * 2 * N_WAVELETS * 200, sizeof *y);
    memcpy(part[0], x, sizeof part[0]);
    memcpy(part[1], x + N_TIMES, sizeof part[1]);
    for (int zero_mean = 0; zero_mean < 2; zero_mean++) {
        ana_morlet *morlet = wavelets(root, zero_mean);
        check_ok(ana_morlet_apply(morlet, ANA_MORLET_COMPLEX, 2, 200, part[0], NULL, y));
        for (int imaginary = 0; imaginary < 2; imaginary++) {
            size_t n = 0;
            const double *wanted = reference_doubles(root, names[zero_mean][imaginary], &n);
            for (size_t i = 0; i < n; i++) { /* every 7th time of 200 was kept: 29 of them */
                const size_t row = 2 * (i / 29) + (size_t)imaginary;
                check_close(y[row * 200 + i % 29 * 7], wanted[i], 1e-12, 0.0);
            }
        }
        ana_morlet_free(morlet);
    }
    free(y);
}

static void power_amplitude_and_phase_are_those_of_the_complex_answer(void **state)
{
    reference *root = *state;
    const double *x = reference_doubles(root, "x", NULL);
    ana_morlet *morlet = wavelets(root, false);
    double *y = calloc((size_t)5 * N_WAVELETS * N_TIMES, sizeof *y);
    double *z = y + (size_t)2 * N_WAVELETS * N_TIMES;
    check_ok(ana_morlet_apply(morlet, ANA_MORLET_COMPLEX, 1, N_TIMES, x, NULL, y));
    for (int output = ANA_MORLET_POWER; output < ANA_MORLET_COMPLEX; output++) {
        check_ok(ana_morlet_apply(morlet, (ana_morlet_output)output, 1, N_TIMES, x, NULL, z));
        for (size_t i = 0; i < (size_t)N_WAVELETS * N_TIMES; i++) {
            const size_t at = i / N_TIMES * 2 * N_TIMES + i % N_TIMES;
            const double amplitude = hypot(y[at], y[at + N_TIMES]);
            const double wanted = output == ANA_MORLET_PHASE       ? atan2(y[at + N_TIMES], y[at])
                                  : output == ANA_MORLET_AMPLITUDE ? amplitude
                                                                   : amplitude * amplitude;
            check_close(z[i], wanted, 0.0, 1e-14);
        }
    }
    ana_morlet_free(morlet);
    free(y);
}

static void averages_over_trials_agree_with_mne(void **state)
{
    reference *root = *state;
    const double *x = reference_doubles(root, "x", NULL);
    enum {
        TRIALS = 3,
        TIMES = 230
    };
    static const size_t shape[] = {TRIALS, 2, TIMES};
    double *trials = calloc((size_t)TRIALS * 2 * TIMES, sizeof *trials);
    double *power = calloc((size_t)2 * 2 * N_WAVELETS * TIMES, sizeof *power);
    double *coherence = power + (size_t)2 * N_WAVELETS * TIMES;
    for (size_t trial = 0; trial < TRIALS; trial++) {
        for (size_t c = 0; c < 2; c++) {
            memcpy(trials + (trial * 2 + c) * TIMES, x + c * N_TIMES + trial * TIMES,
                   TIMES * sizeof *trials);
        }
    }
    ana_morlet *morlet = wavelets(root, false);
    for (size_t threads = 1; threads < 3; threads++) {
        const ana_run run = run_of(threads, 0);
        size_t n = 0;
        check_ok(ana_morlet_average(morlet, shape, trials, &run, power, coherence));
        const double *wanted = reference_doubles(root, "morlet/average_power", &n);
        for (size_t i = 0; i < n; i++) { /* every 9th of 230: 26 */
            check_close(power[i / 26 * TIMES + i % 26 * 9], wanted[i], 1e-12, 1e-12);
        }
        wanted = reference_doubles(root, "morlet/itc", &n);
        for (size_t i = 0; i < n; i++) {
            check_close(coherence[i / 26 * TIMES + i % 26 * 9], wanted[i], 1e-12, 0.0);
        }
    }
    check_ok(ana_morlet_average(morlet, shape, trials, NULL, NULL, NULL));
    static const size_t none[] = {0, 2, TIMES};
    check_fails(ana_morlet_average(morlet, none, trials, NULL, power, NULL), ANA_ERR_VALUE,
                "no trials");
    ana_morlet_free(morlet);
    free(power);
    free(trials);
}

static void a_rhythm_of_amplitude_a_answers_at_its_own_frequency(void **state)
{
    (void)state;
    enum {
        N = 4000
    };
    double x[N];
    double y[3 * N];
    static const double frequencies[] = {8.0, 12.0, 20.0};
    static const double cycles[] = {7.0, 7.0, 7.0};
    for (size_t t = 0; t < N; t++) {
        x[t] = 5.0 + 2.0 * cos(2.0 * ANA_PI * 12.0 * (double)t / rate);
    }
    ana_morlet *morlet = NULL;
    check_ok(ana_morlet_new(rate, 3, frequencies, cycles, true, &morlet));
    check_ok(ana_morlet_apply(morlet, ANA_MORLET_POWER, 1, N, x, NULL, y));
    const double at = y[N + N / 2];
    assert_true(y[N / 2] < 1e-2 * at && y[2 * N + N / 2] < 1e-2 * at);
    for (size_t t = 1000; t < 3000; t++) {
        check_close(y[N + t], at, 0.0, 1e-5); /* what the other half of the cosine adds */
    }
    ana_morlet_free(morlet);
}

/* Three segments, one shorter than the wavelets. */
enum {
    N_CHANNELS = 3,
    LONG_TIMES = 15000 + 40 + 6001
};
static const size_t long_segments[] = {15000, 40, 6001};

static ana_series *long_series(double **x)
{
    *x = calloc((size_t)N_CHANNELS * LONG_TIMES, sizeof **x);
    assert_non_null(*x);
    for (size_t c = 0; c < N_CHANNELS; c++) {
        fill_noise(c, LONG_TIMES, *x + c * LONG_TIMES);
    }
    return series_of(rate, N_CHANNELS, 3, long_segments, *x);
}

static void time_frequency_series_stream_with_the_bits_of_memory(void **state)
{
    reference *root = *state;
    double *x = NULL;
    ana_series *series = long_series(&x);
    for (int output = ANA_MORLET_POWER; output <= ANA_MORLET_COMPLEX; output += 3) {
        ana_morlet *morlet = wavelets(root, false);
        const size_t rows = ana_morlet_rows(morlet, (ana_morlet_output)output);
        const ana_run run = run_of(2, 0);
        ana_series *out = NULL;
        check_ok(ana_series_morlet(series, morlet, (ana_morlet_output)output, &run, &out));
        double *whole = read_whole(out);
        assert_int_equal(out->n_channels, N_CHANNELS * rows);
        for (size_t s = 0; s < 3; s++) {
            const ana_segment *segment = &series->segments[s];
            double *y = calloc(rows * segment->n_times, sizeof *y);
            for (size_t c = 0; c < N_CHANNELS; c++) {
                check_ok(ana_morlet_apply(morlet, (ana_morlet_output)output, 1, segment->n_times,
                                          x + c * LONG_TIMES + segment->first, NULL, y));
                for (size_t r = 0; r < rows; r++) {
                    check_same_bits(segment->n_times,
                                    whole + (c * rows + r) * LONG_TIMES + segment->first,
                                    y + r * segment->n_times);
                }
            }
            free(y);
        }
        ana_morlet_free(morlet); /* the series is another owner */
        check_any_window(out, whole);
        free(whole);
        ana_series_free(out);
    }
    ana_series_free(series);
    free(x);
}

static void time_frequency_channels_say_what_they_are(void **state)
{
    reference *root = *state;
    double *x = NULL;
    ana_series *series = long_series(&x);
    ana_morlet *morlet = wavelets(root, false);
    static const struct {
        ana_morlet_output output;
        size_t channel;
        const char *name;
        const char *unit;
    } wanted[] = {{ANA_MORLET_POWER, 5, "c1 10.3 Hz", "uV^2"},
                  {ANA_MORLET_AMPLITUDE, 0, "c0 6 Hz", "uV"},
                  {ANA_MORLET_PHASE, 11, "c2 45 Hz", "rad"},
                  {ANA_MORLET_COMPLEX, 11, "c1 10.3 Hz im", "uV"}};
    for (size_t i = 0; i < 4; i++) {
        ana_series *out = NULL;
        check_ok(ana_series_morlet(series, morlet, wanted[i].output, NULL, &out));
        check_ok(ana_series_check(out));
        assert_string_equal(out->channels[wanted[i].channel].name, wanted[i].name);
        assert_string_equal(out->channels[wanted[i].channel].unit, wanted[i].unit);
        ana_series_free(out);
    }
    ana_morlet_free(morlet);
    ana_series_free(series);
    free(x);
}

static void a_missing_sample_is_missing_where_wavelets_hold_it(void **state)
{
    (void)state;
    enum {
        N = 500,
        HOLE = 200
    };
    double x[N];
    double y[N];
    static const double frequency = 20.0;
    static const double cycles = 5.0;
    ana_morlet *morlet = NULL;
    fill_noise(1, N, x);
    x[HOLE] = NAN;
    check_ok(ana_morlet_new(rate, 1, &frequency, &cycles, false, &morlet));
    check_ok(ana_morlet_apply(morlet, ANA_MORLET_POWER, 1, N, x, NULL, y));
    /* 5 sigma are 5 * 5 / (2 pi 20) s = 31.8 samples: 31 to either side */
    for (size_t t = 0; t < N; t++) {
        assert_int_equal(isnan(y[t]), t + 31 >= HOLE && t <= HOLE + 31);
    }
    ana_morlet_free(morlet);
}

static void options_give_frequencies_at_equal_ratios_or_steps(void **state)
{
    (void)state;
    ana_morlet_options options = ana_morlet_options_default();
    ana_morlet *morlet = NULL;
    options.min_hz = 5.0;
    options.max_hz = 45.0;
    options.n_frequencies = 3;
    options.max_cycles = 12.0;
    check_ok(ana_morlet_from_options(&options, rate, &morlet));
    check_close(ana_morlet_frequency(morlet, 1), 15.0, 1e-13, 0.0);
    ana_morlet_free(morlet);
    options.logarithmic = false;
    check_ok(ana_morlet_from_options(&options, rate, &morlet));
    check_close(ana_morlet_frequency(morlet, 1), 25.0, 1e-13, 0.0);
    check_close(ana_morlet_frequency(morlet, 2), 45.0, 1e-13, 0.0);
    ana_morlet_free(morlet);
    check_ok(ana_morlet_from_options(NULL, rate, &morlet));
    assert_int_equal(ana_morlet_count(morlet), 20);
    ana_morlet_free(morlet);
}

static void what_is_no_wavelet_is_refused(void **state)
{
    (void)state;
    static const double frequencies[] = {0.0, 81.0, 10.0};
    static const double cycles[] = {5.0, 5.0, 0.0};
    ana_morlet *morlet = NULL;
    check_fails(ana_morlet_new(rate, 0, frequencies, cycles, false, &morlet), ANA_ERR_VALUE,
                "no frequency");
    check_fails(ana_morlet_new(rate, 1, frequencies, cycles, false, &morlet), ANA_ERR_VALUE,
                "at 0 Hz");
    check_fails(ana_morlet_new(rate, 1, frequencies + 1, cycles, false, &morlet), ANA_ERR_VALUE,
                "at 81 Hz");
    check_fails(ana_morlet_new(rate, 1, frequencies + 2, cycles + 2, false, &morlet), ANA_ERR_VALUE,
                "0 cycles");
    ana_morlet_options options = ana_morlet_options_default();
    options.n_frequencies = 0;
    check_fails(ana_morlet_from_options(&options, rate, &morlet), ANA_ERR_VALUE, "frequencies");
    check_ok(ana_morlet_from_options(NULL, 2.0 * rate, &morlet));
    double *x = NULL;
    ana_series *series = long_series(&x);
    ana_series *out = NULL;
    check_fails(ana_series_morlet(series, morlet, ANA_MORLET_POWER, NULL, &out), ANA_ERR_VALUE,
                "320 Hz");
    const ana_run small = run_of(1, 1000);
    double y[20];
    check_fails(ana_morlet_apply(morlet, ANA_MORLET_POWER, 1, 1, x, &small, y), ANA_ERR_LIMIT,
                "Morlet");
    static const size_t shape[] = {1, 1, 1};
    check_fails(ana_morlet_average(morlet, shape, x, &small, y, NULL), ANA_ERR_LIMIT, "Morlet");
    series->rate = 0.0;
    check_fails(ana_series_analytic(series, ANA_ANALYTIC_PHASE, NULL, &out), ANA_ERR_VALUE,
                "no regular rate");
    check_fails(ana_analytic(ANA_ANALYTIC_PHASE, 1, 1000, x, &small, x), ANA_ERR_LIMIT, "analytic");
    ana_morlet_free(morlet);
    ana_series_free(series);
    free(x);
}

static void the_hilbert_transform_agrees_with_scipy(void **state)
{
    reference *root = *state;
    const double *x = reference_doubles(root, "x", NULL);
    static const struct {
        size_t n;
        const char *name;
    } cases[] = {{200, "hilbert/n200/imaginary"},
                 {201, "hilbert/n201/imaginary"},
                 {1, "hilbert/n1/imaginary"},
                 {2, "hilbert/n2/imaginary"}};
    for (size_t i = 0; i < 4; i++) {
        const size_t n = cases[i].n;
        double y[2 * 201];
        memcpy(y, x, n * sizeof *y);
        memcpy(y + n, x + N_TIMES, n * sizeof *y);
        check_ok(ana_analytic(ANA_ANALYTIC_IMAGINARY, 2, n, y, NULL, y)); /* in place */
        check_all_close(2 * n, y, reference_doubles(root, cases[i].name, NULL), 1e-13, 0.0);
    }
}

static void envelope_and_phase_of_a_modulated_rhythm_are_its_own(void **state)
{
    (void)state;
    enum {
        N = 1600
    };
    double x[N];
    double envelope[N];
    double phase[N];
    for (size_t t = 0; t < N; t++) { /* whole cycles in N samples: the circle closes */
        const double angle = 2.0 * ANA_PI * (double)t / N;
        x[t] = (3.0 + cos(4.0 * angle)) * cos(100.0 * angle + 0.3);
    }
    check_ok(ana_analytic(ANA_ANALYTIC_ENVELOPE, 1, N, x, NULL, envelope));
    check_ok(ana_analytic(ANA_ANALYTIC_PHASE, 1, N, x, NULL, phase));
    for (size_t t = 0; t < N; t++) {
        const double angle = 2.0 * ANA_PI * (double)t / N;
        check_close(envelope[t], 3.0 + cos(4.0 * angle), 1e-12, 0.0);
        check_close(remainder(phase[t] - (100.0 * angle + 0.3), 2.0 * ANA_PI), 0.0, 1e-11, 0.0);
    }
}

static void analytic_series_have_the_bits_of_memory(void **state)
{
    (void)state;
    double *x = NULL;
    ana_series *series = long_series(&x);
    series->channels[2].kind = ANA_KIND_TRIGGER;
    for (int output = ANA_ANALYTIC_ENVELOPE; output <= ANA_ANALYTIC_IMAGINARY; output++) {
        ana_series *out = NULL;
        const ana_run run = run_of(2, 0);
        check_ok(ana_series_analytic(series, (ana_analytic_output)output, &run, &out));
        assert_string_equal(out->channels[0].unit, output == ANA_ANALYTIC_PHASE ? "rad" : "uV");
        double *whole = read_whole(out);
        for (size_t s = 0; s < 3; s++) {
            const ana_segment *segment = &series->segments[s];
            double *y = calloc(segment->n_times, sizeof *y);
            for (size_t c = 0; c < 2; c++) {
                check_ok(ana_analytic((ana_analytic_output)output, 1, segment->n_times,
                                      x + c * LONG_TIMES + segment->first, NULL, y));
                check_same_bits(segment->n_times, whole + c * LONG_TIMES + segment->first, y);
            }
            free(y);
        }
        check_same_bits(LONG_TIMES, whole + (size_t)2 * LONG_TIMES, x + (size_t)2 * LONG_TIMES);
        check_any_window(out, whole);
        free(whole);
        ana_series_free(out);
    }
    ana_series_free(series);
    free(x);
}

static ana_status transform_all(void *user)
{
    const ana_series *series = user;
    double y[2 * 8 * 300];
    static const size_t shape[] = {1, 2, 300};
    ana_morlet *morlet = NULL;
    ana_series *rows = NULL;
    ana_series *phase = NULL;
    ana_morlet_options options = ana_morlet_options_default();
    options.n_frequencies = 4;
    ana_status status = ana_morlet_from_options(&options, rate, &morlet);
    status = status == ANA_OK ? ana_series_morlet(series, morlet, ANA_MORLET_COMPLEX, NULL, &rows)
                              : status;
    status = status == ANA_OK ? ana_series_read(rows, 0, NULL, 0, 300, y) : status;
    status = status == ANA_OK ? ana_morlet_average(morlet, shape, y, NULL, NULL, NULL) : status;
    status = status == ANA_OK ? ana_morlet_apply(morlet, ANA_MORLET_POWER, 1, 300, y, NULL, y + 300)
                              : status;
    status =
        status == ANA_OK ? ana_series_analytic(series, ANA_ANALYTIC_PHASE, NULL, &phase) : status;
    status = status == ANA_OK ? ana_series_read(phase, 0, NULL, 0, 300, y) : status;
    status = status == ANA_OK ? ana_analytic(ANA_ANALYTIC_PHASE, 1, 300, y, NULL, y) : status;
    ana_morlet_free(morlet);
    ana_series_free(rows);
    ana_series_free(phase);
    return status;
}

static void a_failed_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    const size_t n = 300;
    double x[600];
    fill_noise(4, 600, x);
    ana_series *series = series_of(rate, 2, 1, &n, x);
    assert_true(check_each_allocation(transform_all, series, 0) > 60);
    ana_series_free(series);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wavelet_answers_agree_with_mne),
        cmocka_unit_test(power_amplitude_and_phase_are_those_of_the_complex_answer),
        cmocka_unit_test(averages_over_trials_agree_with_mne),
        cmocka_unit_test(a_rhythm_of_amplitude_a_answers_at_its_own_frequency),
        cmocka_unit_test(time_frequency_series_stream_with_the_bits_of_memory),
        cmocka_unit_test(time_frequency_channels_say_what_they_are),
        cmocka_unit_test(a_missing_sample_is_missing_where_wavelets_hold_it),
        cmocka_unit_test(options_give_frequencies_at_equal_ratios_or_steps),
        cmocka_unit_test(what_is_no_wavelet_is_refused),
        cmocka_unit_test(the_hilbert_transform_agrees_with_scipy),
        cmocka_unit_test(envelope_and_phase_of_a_modulated_rhythm_are_its_own),
        cmocka_unit_test(analytic_series_have_the_bits_of_memory),
        cmocka_unit_test(a_failed_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, open_signal_reference, close_reference);
}
