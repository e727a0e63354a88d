#include "constants.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"
#include "support/signals.h"

#include <analysis/spectrum.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_TIMES = 700
};
static const double rate = 160.0;

static double number(reference *root, const char *group, const char *name, const char *key)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s/%s", group, name, key);
    return reference_number(root, path);
}

static const char *word(reference *root, const char *group, const char *name, const char *key)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s/%s", group, name, key);
    return reference_text(root, path);
}

static int index_of(const char *const *words, const char *wanted)
{
    int i = 0;
    while (strcmp(words[i], wanted) != 0) {
        i++;
    }
    return i;
}

static void check_spectrum(reference *root, const char *group, const char *name,
                           const ana_matrix *spectrum, double factor)
{
    char path[128];
    size_t n = 0;
    snprintf(path, sizeof path, "%s/%s/frequencies", group, name);
    const double *wanted = reference_doubles(root, path, &n);
    assert_int_equal(spectrum->axes[1].n, n);
    check_all_close(n, spectrum->axes[1].coordinates, wanted, 0.0, 1e-15);
    snprintf(path, sizeof path, "%s/%s/psd", group, name);
    wanted = reference_doubles(root, path, &n);
    assert_int_equal(ana_matrix_size(spectrum), n);
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs(wanted[i]));
    }
    for (size_t i = 0; i < n; i++) {
        check_close(spectrum->values[i] * factor, wanted[i], 1e-13 * largest, 1e-12);
    }
}

static void welch_agrees_with_scipy(void **state)
{
    reference *root = *state;
    const double *x = reference_doubles(root, "x", NULL);
    for (size_t i = 0; i < reference_count(root, "welch"); i++) {
        const char *name = reference_key(root, "welch", i);
        ana_spectrum_options options = ana_spectrum_options_default();
        const double length = number(root, "welch", name, "length");
        options.window_s = length / rate;
        options.overlap = number(root, "welch", name, "overlap") / length;
        options.n_fft = (size_t)number(root, "welch", name, "n_fft");
        options.taper =
            (ana_taper_kind)index_of(ana_taper_names, word(root, "welch", name, "taper"));
        options.detrend =
            (ana_trend)index_of(ana_trend_names, word(root, "welch", name, "detrend"));
        const bool density = strcmp(word(root, "welch", name, "scaling"), "density") == 0;
        options.scaling = density ? ANA_SPECTRUM_DENSITY : ANA_SPECTRUM_POWER;
        const bool mean = strcmp(word(root, "welch", name, "average"), "mean") == 0;
        options.average = mean ? ANA_SPECTRUM_MEAN : ANA_SPECTRUM_MEDIAN;
        ana_matrix *spectrum = NULL;
        check_ok(ana_spectrum(&options, rate, 2, N_TIMES, x, NULL, &spectrum));
        check_spectrum(root, "welch", name, spectrum, 1.0);
        ana_matrix_free(spectrum);
    }
}

static ana_matrix *multitaper(reference *root, const char *name)
{
    const double *x = reference_doubles(root, "x", NULL);
    const size_t n = (size_t)number(root, "multitaper", name, "n");
    double *part = calloc(2 * n, sizeof *part);
    memcpy(part, x, n * sizeof *part);
    memcpy(part + n, x + N_TIMES, n * sizeof *part);
    ana_series *series = series_of(rate, 2, 1, &n, part);
    ana_spectrum_options options = ana_spectrum_options_default();
    options.method = ANA_SPECTRUM_MULTITAPER;
    options.window_s = 0.0;
    options.bandwidth_hz = number(root, "multitaper", name, "bandwidth");
    options.adaptive = number(root, "multitaper", name, "adaptive") == 1.0;
    options.low_bias = number(root, "multitaper", name, "low_bias") == 1.0;
    ana_matrix *spectrum = NULL;
    ana_matrix *in_memory = NULL;
    check_ok(ana_series_spectrum(series, &options, NULL, &spectrum));
    check_ok(ana_spectrum(&options, rate, 2, n, part, NULL, &in_memory));
    check_same_bits(ana_matrix_size(spectrum), in_memory->values, spectrum->values);
    ana_matrix_free(in_memory);
    ana_series_free(series);
    free(part);
    return spectrum;
}

static void multitaper_agrees_with_mne(void **state)
{
    reference *root = *state;
    assert_int_equal(reference_count(root, "multitaper"), 5);
    for (size_t i = 0; i < 5; i++) {
        const char *name = reference_key(root, "multitaper", i);
        const bool length = strcmp(word(root, "multitaper", name, "normalization"), "length") == 0;
        ana_matrix *spectrum = multitaper(root, name);
        check_spectrum(root, "multitaper", name, spectrum, length ? rate : 1.0);
        ana_matrix_free(spectrum);
    }
}

static void density_without_overlap_adds_up_to_the_mean_square(void **state)
{
    (void)state;
    enum {
        N = 12 * 37
    };
    double x[N];
    double mean_square = 0.0;
    double sum = 0.0;
    fill_noise(3, N, x);
    ana_spectrum_options options = ana_spectrum_options_default();
    options.window_s = 37.0 / rate;
    options.overlap = 0.0;
    options.taper = ANA_TAPER_RECTANGLE;
    options.detrend = ANA_TREND_NONE;
    ana_matrix *spectrum = NULL;
    size_t n_windows = 0;
    check_ok(ana_spectrum(&options, rate, 1, N, x, &n_windows, &spectrum));
    assert_int_equal(n_windows, 12);
    for (size_t t = 0; t < N; t++) {
        mean_square += x[t] * x[t] / N;
    }
    for (size_t f = 0; f < spectrum->axes[1].n; f++) {
        sum += spectrum->values[f] * rate / 37.0;
    }
    check_close(sum, mean_square, 0.0, 1e-13);
    ana_matrix_free(spectrum);
}

static void a_line_of_amplitude_a_is_half_its_square_high(void **state)
{
    (void)state;
    double x[800];
    for (size_t t = 0; t < 800; t++) {
        x[t] = 3.0 * cos(2.0 * ANA_PI * 20.0 * (double)t / rate + 1.0);
    }
    ana_spectrum_options options = ana_spectrum_options_default();
    options.scaling = ANA_SPECTRUM_POWER;
    options.window_s = 1.0;
    options.min_hz = 20.0;
    options.max_hz = 20.0;
    ana_matrix *spectrum = NULL;
    check_ok(ana_spectrum(&options, rate, 1, 800, x, NULL, &spectrum));
    assert_int_equal(spectrum->axes[1].n, 1);
    check_close(spectrum->values[0], 4.5, 1e-12, 0.0);
    ana_matrix_free(spectrum);
}

/* Two segments; a missing sample in channel 1 of the first. */
enum {
    N_CHANNELS = 3,
    FIRST = 9001,
    LONG_TIMES = FIRST + 20000
};

static double *long_signal(void)
{
    double *x = calloc((size_t)N_CHANNELS * LONG_TIMES, sizeof *x);
    assert_non_null(x);
    for (size_t c = 0; c < N_CHANNELS; c++) {
        fill_noise(c, LONG_TIMES, x + c * LONG_TIMES);
    }
    x[LONG_TIMES + 5000] = NAN;
    return x;
}

static ana_spectrum_options choose(int i)
{
    ana_spectrum_options options = ana_spectrum_options_default();
    options.window_s = i == 0 ? 1.7 : 0.6;
    options.overlap = i == 0 ? 0.5 : 0.3;
    options.method = i == 2 ? ANA_SPECTRUM_MULTITAPER : ANA_SPECTRUM_WELCH;
    options.average = i == 1 ? ANA_SPECTRUM_MEDIAN : ANA_SPECTRUM_MEAN;
    options.adaptive = true;
    return options;
}

static void any_cut_of_a_stream_gives_the_bits_of_the_series(void **state)
{
    (void)state;
    static const size_t lengths[] = {FIRST, LONG_TIMES - FIRST};
    static const size_t cuts[] = {1, 997, 30011};
    double *x = long_signal();
    double *piece = calloc((size_t)N_CHANNELS * 30011, sizeof *piece);
    ana_series *series = series_of(rate, N_CHANNELS, 2, lengths, x);
    for (int i = 0; i < 3; i++) {
        ana_spectrum_options options = choose(i);
        ana_matrix *wanted = NULL;
        size_t n_wanted[N_CHANNELS];
        options.run = run_of(1, 0);
        check_ok(ana_series_spectrum(series, &options, n_wanted, &wanted));
        assert_true(n_wanted[1] < n_wanted[0] && n_wanted[0] == n_wanted[2]);
        options.run = run_of(3, 0);
        for (size_t k = 0; k < 3; k++) {
            ana_spectrum_stream *stream = NULL;
            ana_matrix *spectrum = NULL;
            size_t n_windows[N_CHANNELS];
            check_ok(ana_spectrum_stream_new(&options, rate, N_CHANNELS, &stream));
            for (size_t s = 0; s < 2; s++) {
                const ana_segment *segment = &series->segments[s];
                ana_spectrum_stream_gap(stream);
                const size_t cut = cuts[k] == 1 && i > 0 ? 7 : cuts[k];
                for (size_t at = 0; at < segment->n_times; at += cut) {
                    const size_t n = segment->n_times - at < cut ? segment->n_times - at : cut;
                    check_ok(ana_series_read(series, 0, NULL, segment->first + at, n, piece));
                    check_ok(ana_spectrum_stream_push(stream, n, piece));
                }
            }
            check_ok(ana_spectrum_stream_read(stream, n_windows, &spectrum));
            check_same_bits(ana_matrix_size(wanted), spectrum->values, wanted->values);
            assert_memory_equal(n_windows, n_wanted, sizeof n_wanted);
            ana_matrix_free(spectrum);
            ana_spectrum_stream_free(stream);
        }
        ana_matrix_free(wanted);
    }
    ana_series_free(series);
    free(piece);
    free(x);
}

static void windows_do_not_cross_gaps_nor_hold_missing_samples(void **state)
{
    (void)state;
    static const size_t lengths[] = {500, 300, 90};
    double x[890];
    fill_noise(9, 890, x);
    ana_series *series = series_of(rate, 1, 3, lengths, x);
    ana_spectrum_options options = ana_spectrum_options_default();
    options.window_s = 100.0 / rate;
    options.overlap = 0.0;
    ana_matrix *all = NULL;
    ana_matrix *parts[2];
    size_t n = 0;
    check_ok(ana_series_spectrum(series, &options, &n, &all));
    assert_int_equal(n, 8); /* 5 + 3 + 0 */
    check_ok(ana_spectrum(&options, rate, 1, 500, x, NULL, &parts[0]));
    check_ok(ana_spectrum(&options, rate, 1, 300, x + 500, NULL, &parts[1]));
    for (size_t f = 0; f < all->axes[1].n; f++) {
        check_close(all->values[f], (5.0 * parts[0]->values[f] + 3.0 * parts[1]->values[f]) / 8.0,
                    0.0, 1e-14);
    }
    ana_matrix_free(parts[0]);
    x[250] = NAN; /* the third window of five */
    check_ok(ana_spectrum(&options, rate, 1, 500, x, &n, &parts[0]));
    assert_int_equal(n, 4);
    assert_true(isfinite(parts[0]->values[3]));
    ana_matrix_free(parts[0]);
    for (size_t t = 0; t < 500; t += 50) {
        x[t] = NAN;
    }
    check_ok(ana_spectrum(&options, rate, 1, 500, x, &n, &parts[0]));
    assert_int_equal(n, 0);
    assert_true(isnan(parts[0]->values[3]));
    ana_matrix_free(parts[0]);
    ana_matrix_free(parts[1]);
    ana_matrix_free(all);
    ana_series_free(series);
}

static void series_spectra_carry_names_and_unit(void **state)
{
    (void)state;
    const size_t n = 400;
    double x[800];
    fill_noise(1, 800, x);
    ana_series *series = series_of(rate, 2, 1, &n, x);
    ana_matrix *spectrum = NULL;
    check_ok(ana_series_spectrum(series, NULL, NULL, &spectrum));
    assert_string_equal(spectrum->axes[0].name, "channel");
    assert_string_equal(spectrum->axes[0].labels[1], "c1");
    assert_string_equal(spectrum->axes[1].unit, "Hz");
    assert_string_equal(spectrum->unit, "uV^2/Hz");
    ana_matrix_free(spectrum);
    free(series->channels[1].unit);
    series->channels[1].unit = NULL;
    check_ok(ana_series_spectrum(series, NULL, NULL, &spectrum));
    assert_null(spectrum->unit);
    ana_matrix_free(spectrum);
    for (size_t c = 0; c < 2; c++) {
        free(series->channels[c].unit);
        series->channels[c].unit = strdup("1");
    }
    check_ok(ana_series_spectrum(series, NULL, NULL, &spectrum));
    assert_string_equal(spectrum->unit, "1/Hz");
    ana_matrix_free(spectrum);
    ana_series_free(series);
}

static void a_silent_channel_has_no_power(void **state)
{
    (void)state;
    double x[320];
    for (size_t t = 0; t < 320; t++) {
        x[t] = -7.25;
    }
    for (int method = 0; method < 2; method++) {
        ana_spectrum_options options = ana_spectrum_options_default();
        options.method = (ana_spectrum_method)method;
        options.adaptive = true;
        ana_matrix *spectrum = NULL;
        check_ok(ana_spectrum(&options, rate, 1, 320, x, NULL, &spectrum));
        for (size_t f = 0; f < spectrum->axes[1].n; f++) {
            assert_true(spectrum->values[f] == 0.0);
        }
        ana_matrix_free(spectrum);
    }
}

static void power_in_a_band_is_the_area_under_the_density(void **state)
{
    (void)state;
    static const char *const names[] = {"channel", "frequency"};
    static const size_t lengths[] = {1, 4};
    static const double frequencies[] = {0.0, 1.0, 2.0, 4.0};
    static const double density[] = {2.0, 4.0, 0.0, 1.0};
    static const double bands[] = {0.0, 4.0, 0.5, 1.5, 3.0, 4.0};
    ana_matrix *spectrum = NULL;
    ana_matrix *power = NULL;
    check_ok(ana_matrix_new(2, names, lengths, &spectrum));
    check_ok(ana_matrix_set_coordinates(spectrum, 1, frequencies, "Hz"));
    memcpy(spectrum->values, density, sizeof density);
    check_ok(ana_band_power(spectrum, 3, bands, false, &power));
    /* trapezoids by hand: 3 + 2 + 1; 0.5 (3 + 4) / 2 + 0.5 (4 + 2) / 2; (0.5 + 1) / 2 */
    static const double wanted[] = {6.0, 3.25, 0.75};
    check_all_close(3, power->values, wanted, 1e-15, 0.0);
    ana_matrix_free(power);
    check_ok(ana_band_power(spectrum, 3, bands, true, &power));
    for (size_t b = 0; b < 3; b++) {
        check_close(power->values[b], wanted[b] / 6.0, 1e-15, 0.0);
    }
    ana_matrix_free(power);
    static const double wrong[][2] = {{-1.0, 2.0}, {2.0, 2.0}, {3.0, 4.5}, {NAN, 1.0}};
    for (size_t i = 0; i < 4; i++) {
        check_fails(ana_band_power(spectrum, 1, wrong[i], false, &power), ANA_ERR_VALUE, "0 to 4");
    }
    ana_matrix_free(spectrum);
    check_ok(ana_matrix_new(1, names, lengths, &spectrum));
    check_fails(ana_band_power(spectrum, 1, bands, false, &power), ANA_ERR_SHAPE, "frequency");
    ana_matrix_free(spectrum);
}

static void what_has_no_spectrum_is_refused(void **state)
{
    (void)state;
    static const size_t lengths[] = {150, 150};
    double x[300];
    fill_noise(2, 300, x);
    ana_series *series = series_of(rate, 1, 2, lengths, x);
    ana_spectrum_options options = ana_spectrum_options_default();
    ana_matrix *out = NULL;
    ana_spectrum_stream *stream = NULL;
    check_fails(ana_spectrum(&options, rate, 1, 300, x, NULL, &out), ANA_ERR_VALUE,
                "320 samples in a signal of 300");
    check_fails(ana_spectrum(&options, 0.0, 1, 300, x, NULL, &out), ANA_ERR_VALUE, "0 Hz");
    options.window_s = 0.0;
    check_fails(ana_spectrum_stream_new(&options, rate, 1, &stream), ANA_ERR_VALUE, "0 s");
    check_fails(ana_series_spectrum(series, &options, NULL, &out), ANA_ERR_VALUE, "2 segments");
    options.window_s = 0.5;
    options.n_fft = 79;
    check_fails(ana_spectrum(&options, rate, 1, 300, x, NULL, &out), ANA_ERR_VALUE,
                "transforms of 79");
    options.n_fft = 0;
    options.min_hz = 81.0;
    check_fails(ana_spectrum(&options, rate, 1, 300, x, NULL, &out), ANA_ERR_VALUE, "2 Hz apart");
    options.min_hz = 0.0;
    options.overlap = 1.0;
    check_fails(ana_spectrum(&options, rate, 1, 300, x, NULL, &out), ANA_ERR_VALUE, "overlap");
    options.overlap = 0.5;
    options.method = ANA_SPECTRUM_MULTITAPER;
    options.scaling = ANA_SPECTRUM_POWER;
    check_fails(ana_spectrum(&options, rate, 1, 300, x, NULL, &out), ANA_ERR_VALUE, "density");
    options.scaling = ANA_SPECTRUM_DENSITY;
    options.bandwidth_hz = 1.5;
    check_fails(ana_spectrum(&options, rate, 1, 300, x, NULL, &out), ANA_ERR_VALUE,
                "bandwidth of 1.5 Hz");
    series->rate = 0.0;
    check_fails(ana_series_spectrum(series, NULL, NULL, &out), ANA_ERR_VALUE, "no regular rate");
    ana_series_free(series);
}

static void a_whole_segment_is_held_within_the_memory_allowed(void **state)
{
    (void)state;
    enum {
        N = 20000
    };
    const size_t n = N;
    double *x = calloc((size_t)4 * N, sizeof *x);
    for (size_t c = 0; c < 4; c++) {
        fill_noise(c, N, x + c * N);
    }
    ana_series *series = series_of(rate, 4, 1, &n, x);
    ana_spectrum_options options = ana_spectrum_options_default();
    ana_matrix *wanted = NULL;
    ana_matrix *spectrum = NULL;
    options.window_s = 0.0;
    check_ok(ana_series_spectrum(series, &options, NULL, &wanted));
    options.run = run_of(1, (size_t)8 * N * sizeof(double)); /* a channel or two at a time */
    check_ok(ana_series_spectrum(series, &options, NULL, &spectrum));
    check_same_bits(ana_matrix_size(wanted), spectrum->values, wanted->values);
    ana_matrix_free(spectrum);
    options.run = run_of(1, (size_t)4 * N * sizeof(double));
    check_fails(ana_series_spectrum(series, &options, NULL, &spectrum), ANA_ERR_LIMIT, "needs");
    options.window_s = 1.0;
    options.average = ANA_SPECTRUM_MEDIAN;
    options.run = run_of(1, 500000);
    check_fails(ana_series_spectrum(series, &options, NULL, &spectrum), ANA_ERR_LIMIT, "needs");
    ana_matrix_free(wanted);
    ana_series_free(series);
    free(x);
}

static ana_status all_spectra(void *user)
{
    const ana_series *series = user;
    ana_status status = ANA_OK;
    for (int i = 0; i < 4 && status == ANA_OK; i++) {
        ana_spectrum_options options = choose(i % 3);
        ana_matrix *spectrum = NULL;
        ana_matrix *power = NULL;
        static const double band[] = {8.0, 13.0};
        options.window_s = i == 3 ? 0.0 : options.window_s;
        status = ana_series_spectrum(series, &options, NULL, &spectrum);
        if (status == ANA_OK) {
            status = ana_band_power(spectrum, 1, band, false, &power);
        }
        ana_matrix_free(spectrum);
        ana_matrix_free(power);
    }
    return status;
}

static void a_failed_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    const size_t n = 600;
    double x[1200];
    fill_noise(4, 1200, x);
    ana_series *series = series_of(rate, 2, 1, &n, x);
    assert_true(check_each_allocation(all_spectra, series, 0) > 80);
    ana_series_free(series);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(welch_agrees_with_scipy),
        cmocka_unit_test(multitaper_agrees_with_mne),
        cmocka_unit_test(density_without_overlap_adds_up_to_the_mean_square),
        cmocka_unit_test(a_line_of_amplitude_a_is_half_its_square_high),
        cmocka_unit_test(any_cut_of_a_stream_gives_the_bits_of_the_series),
        cmocka_unit_test(windows_do_not_cross_gaps_nor_hold_missing_samples),
        cmocka_unit_test(series_spectra_carry_names_and_unit),
        cmocka_unit_test(a_silent_channel_has_no_power),
        cmocka_unit_test(power_in_a_band_is_the_area_under_the_density),
        cmocka_unit_test(what_has_no_spectrum_is_refused),
        cmocka_unit_test(a_whole_segment_is_held_within_the_memory_allowed),
        cmocka_unit_test(a_failed_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, open_signal_reference, close_reference);
}
