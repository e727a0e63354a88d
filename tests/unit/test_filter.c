#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"
#include "support/signals.h"

#include <analysis/filter.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The signals of signal.json. */
enum {
    N_CHANNELS = 2,
    N_TIMES = 700
};
static const double rate = 160.0;

static ana_filter_options band(void)
{
    ana_filter_options options = ana_filter_options_default();
    options.high_pass_hz = 8.0;
    options.low_pass_hz = 32.0;
    return options;
}

/* The answer of a filtered series of one segment in memory: x is n_channels x n. */
static double *filtered(const ana_filter_options *options, size_t n, const double *x)
{
    ana_series *series = series_of(rate, N_CHANNELS, 1, &n, x);
    ana_series *out = NULL;
    check_ok(ana_series_filter(series, options, &out));
    ana_series_free(series); /* the derived one keeps what it needs */
    double *y = read_whole(out);
    ana_series_free(out);
    return y;
}

/* The first n samples of each channel. */
static double *beginning(const double *x, size_t n)
{
    double *y = calloc(N_CHANNELS * n, sizeof *y);
    assert_non_null(y);
    for (size_t c = 0; c < N_CHANNELS; c++) {
        memcpy(y + c * n, x + c * N_TIMES, n * sizeof *y);
    }
    return y;
}

static void zero_phase_fir_agrees_with_mne(void **state)
{
    reference *root = *state;
    const double *x = reference_doubles(root, "x", NULL);
    static const size_t lengths[] = {N_TIMES, 150, 40};
    static const char *const names[] = {"fir/band", "fir/band_short", "fir/band_tiny"};
    for (size_t i = 0; i < 3; i++) {
        ana_filter_options options = band();
        double *part = beginning(x, lengths[i]);
        double *y = filtered(&options, lengths[i], part);
        check_all_close(N_CHANNELS * lengths[i], y, reference_doubles(root, names[i], NULL), 1e-13,
                        0.0);
        free(part);
        free(y);
    }
}

static void fir_notches_agree_with_mne(void **state)
{
    reference *root = *state;
    const double *x = reference_doubles(root, "x", NULL);
    ana_filter_options options = ana_filter_options_default();
    options.notch_hz = 50.0;
    double *y = filtered(&options, N_TIMES, x);
    check_all_close(N_CHANNELS * N_TIMES, y, reference_doubles(root, "fir/notch_50", NULL), 1e-12,
                    0.0);
    free(y);
    options.notch_hz = 20.0;
    options.notch_harmonics = 3;
    options.notch_width_hz = 2.0;
    y = filtered(&options, N_TIMES, x);
    check_all_close(N_CHANNELS * N_TIMES, y, reference_doubles(root, "fir/notch_20_40_60", NULL),
                    1e-12, 0.0);
    free(y);
}

static void causal_fir_agrees_with_scipy(void **state)
{
    reference *root = *state;
    ana_filter_options options = band();
    options.phase = ANA_PHASE_CAUSAL;
    double *y = filtered(&options, N_TIMES, reference_doubles(root, "x", NULL));
    check_all_close(N_CHANNELS * N_TIMES, y, reference_doubles(root, "fir/causal", NULL), 1e-13,
                    0.0);
    free(y);
}

static void recursive_filters_agree_with_scipy_and_mne(void **state)
{
    reference *root = *state;
    const double *x = reference_doubles(root, "x", NULL);
    ana_filter_options options = band();
    options.method = ANA_FILTER_BUTTERWORTH;
    double *y = filtered(&options, N_TIMES, x);
    check_all_close(N_CHANNELS * N_TIMES, y, reference_doubles(root, "iir/mne", NULL), 1e-12, 0.0);
    free(y);
    options.phase = ANA_PHASE_CAUSAL;
    y = filtered(&options, N_TIMES, x);
    check_all_close(N_CHANNELS * N_TIMES, y, reference_doubles(root, "iir/causal", NULL), 1e-12,
                    0.0);
    free(y);
}

static void both_ways_in_memory_agrees_with_scipy_for_given_pads(void **state)
{
    reference *root = *state;
    const double *x = reference_doubles(root, "x", NULL);
    double y[N_CHANNELS * N_TIMES];
    ana_sos *sos = NULL;
    check_ok(ana_butterworth(4, 8.0, 32.0, rate, &sos));
    check_ok(ana_sos_apply_zero_phase(sos, reference_size(root, "iir/both_ways_pad"), N_CHANNELS,
                                      N_TIMES, x, NULL, y));
    check_all_close(N_CHANNELS * N_TIMES, y, reference_doubles(root, "iir/both_ways", NULL), 1e-12,
                    0.0);
    ana_sos_free(sos);
    check_ok(ana_sos_notch(50.0, 50.0 / 30.0, rate, &sos));
    memcpy(y, x, sizeof y);
    check_ok(ana_sos_apply_zero_phase(sos, 9, N_CHANNELS, N_TIMES, y, NULL, y)); /* in place */
    check_all_close(N_CHANNELS * N_TIMES, y, reference_doubles(root, "iir/notch_both_ways", NULL),
                    1e-12, 0.0);
    ana_sos_free(sos);
    double *part = beginning(x, 30);
    check_ok(ana_butterworth(3, 0.0, 20.0, rate, &sos));
    check_ok(ana_sos_apply_zero_phase(sos, 0, N_CHANNELS, 30, part, NULL, y));
    check_all_close(N_CHANNELS * 30, y, reference_doubles(root, "iir/low_both_ways_no_pad", NULL),
                    1e-12, 0.0);
    ana_sos_free(sos);
    free(part);
}

/* y[t] = sum_k taps[k] x[t + ahead - k] by definition, the signal continued by odd reflection. */
static double plain_sum(const ana_fir *fir, size_t ahead, bool reflect, size_t n, const double *x,
                        size_t t)
{
    double sum = 0.0;
    for (size_t k = 0; k < fir->n_taps; k++) {
        double place = (double)t + (double)ahead - (double)k;
        double value = 0.0;
        double last = (double)n - 1.0;
        if (place >= 0.0 && place <= last) {
            value = x[(size_t)place];
        } else if (reflect && place < 0.0 && -place <= last) {
            value = 2.0 * x[0] - x[(size_t)-place];
        } else if (reflect && place > last && 2.0 * last - place >= 0.0) {
            value = 2.0 * x[n - 1] - x[(size_t)(2.0 * last - place)];
        }
        sum += fir->taps[k] * value;
    }
    return sum;
}

static void any_fir_on_any_length_agrees_with_the_plain_sum(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 2, 7, 40, 2499, 2560, 7000};
    static const size_t n_taps[] = {1, 3, 61, 501};
    double taps[501];
    for (size_t i = 0; i < sizeof n_taps / sizeof n_taps[0]; i++) {
        ana_fir *fir = NULL;
        fill_noise(i, n_taps[i], taps);
        check_ok(ana_fir_new(n_taps[i], taps, &fir));
        for (size_t j = 0; j < sizeof lengths / sizeof lengths[0]; j++) {
            size_t n = lengths[j];
            double *x = calloc(2 * n, sizeof *x);
            fill_noise(100 + j, n, x);
            for (int zero = 0; zero < 2; zero++) {
                ana_filter_phase phase = zero ? ANA_PHASE_ZERO : ANA_PHASE_CAUSAL;
                check_ok(ana_fir_apply(fir, phase, 1, n, x, NULL, x + n));
                for (size_t t = 0; t < n; t += n < 100 ? 1 : 37) {
                    double wanted = plain_sum(fir, zero ? n_taps[i] / 2 : 0, zero, n, x, t);
                    check_close(x[n + t], wanted, 1e-8, 0.0); /* sums of 501 products of ~400 */
                }
            }
            free(x);
        }
        ana_fir_free(fir);
    }
}

static void a_recursion_cut_anywhere_gives_the_same_bits(void **state)
{
    (void)state;
    enum {
        N = 3001,
        CHANNELS = 11
    };
    double *x = calloc(3 * CHANNELS * N, sizeof *x);
    double *whole = x + CHANNELS * N;
    double *pieces = whole + CHANNELS * N;
    ana_sos *sos = NULL;
    fill_noise(3, CHANNELS * N, x);
    check_ok(ana_butterworth(3, 5.0, 40.0, rate, &sos));
    double z[CHANNELS * 6] = {0.0};
    check_ok(ana_sos_apply(sos, CHANNELS, N, x, z, whole));
    for (size_t c = 0; c < CHANNELS; c++) { /* one channel alone, in pieces of 1, 2, 3, ... */
        double alone[6] = {0.0};
        for (size_t at = 0, n = 1; at < N; at += n, n++) {
            n = n < N - at ? n : N - at;
            check_ok(ana_sos_apply(sos, 1, n, x + c * N + at, alone, pieces + c * N + at));
        }
        check_same_bits(6, alone, z + c * 6);
    }
    check_same_bits(CHANNELS * N, pieces, whole);
    ana_sos_free(sos);
    free(x);
}

static void causal_answers_do_not_depend_on_the_future(void **state)
{
    (void)state;
    enum {
        N = 6000,
        NOW = 3333
    };
    double x[2][N];
    double *y[2];
    const size_t n = N;
    fill_noise(8, N, x[0]);
    memcpy(x[1], x[0], sizeof x[0]);
    for (size_t t = NOW; t < N; t++) {
        x[1][t] = -5.0;
    }
    for (int method = 0; method < 2; method++) {
        ana_filter_options options = band();
        options.method = (ana_filter_method)method;
        options.phase = method == 0 ? ANA_PHASE_MINIMUM : ANA_PHASE_CAUSAL;
        for (size_t i = 0; i < 2; i++) {
            ana_series *series = series_of(rate, 1, 1, &n, x[i]);
            ana_series *out = NULL;
            check_ok(ana_series_filter(series, &options, &out));
            y[i] = read_whole(out);
            ana_series_free(out);
            ana_series_free(series);
        }
        check_all_close(NOW, y[1], y[0], 1e-12, 0.0);
        assert_true(fabs(y[1][NOW] - y[0][NOW]) > 1e-3);
        free(y[0]);
        free(y[1]);
    }
}

static void a_missing_sample_is_missing_in_exactly_the_windows_that_hold_it(void **state)
{
    (void)state;
    enum {
        N = 9000,
        HOLE = 4000
    };
    double x[N];
    double y[N];
    double with_hole[N];
    ana_fir *fir = NULL;
    ana_filter_options options = band();
    fill_noise(1, N, x);
    check_ok(ana_fir_design(&options, rate, &fir));
    check_ok(ana_fir_apply(fir, ANA_PHASE_ZERO, 1, N, x, NULL, y));
    x[HOLE] = NAN;
    x[N - 3] = INFINITY;
    check_ok(ana_fir_apply(fir, ANA_PHASE_ZERO, 1, N, x, NULL, with_hole));
    const size_t half = fir->n_taps / 2;
    for (size_t t = 0; t < N; t++) {
        bool near_hole = t + half >= HOLE && t <= HOLE + half;
        bool near_end = t + half >= N - 3;
        assert_int_equal(isnan(with_hole[t]), near_hole || near_end);
        if (!near_hole && !near_end) {
            check_close(with_hole[t], y[t], 1e-12, 0.0);
        }
    }
    ana_fir_free(fir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zero_phase_fir_agrees_with_mne),
        cmocka_unit_test(fir_notches_agree_with_mne),
        cmocka_unit_test(causal_fir_agrees_with_scipy),
        cmocka_unit_test(recursive_filters_agree_with_scipy_and_mne),
        cmocka_unit_test(both_ways_in_memory_agrees_with_scipy_for_given_pads),
        cmocka_unit_test(any_fir_on_any_length_agrees_with_the_plain_sum),
        cmocka_unit_test(a_recursion_cut_anywhere_gives_the_same_bits),
        cmocka_unit_test(causal_answers_do_not_depend_on_the_future),
        cmocka_unit_test(a_missing_sample_is_missing_in_exactly_the_windows_that_hold_it),
    };
    return cmocka_run_group_tests(tests, open_signal_reference, close_reference);
}
