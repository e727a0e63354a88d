#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/cross_spectrum.h>
#include <analysis/random.h>

#include <math.h>
#include <string.h>

enum {
    N_CHANNELS = 3,
    N_TIMES = 61,
    N_TRIALS = 2,
    MOST = 2 * N_TRIALS * 17 * N_CHANNELS * N_CHANNELS
};

static const double pi = 3.14159265358979323846;

static ana_trial_signals make_trials(double *values)
{
    ana_random random = ana_random_stream(5, "cross", 0);
    for (size_t i = 0; i < (size_t)N_TRIALS * N_CHANNELS * N_TIMES; i++) {
        values[i] = ana_random_normal(&random) + 0.3;
    }
    return (ana_trial_signals){
        .n_trials = N_TRIALS, .n_channels = N_CHANNELS, .n_times = N_TIMES, .values = values};
}

/* By the sums of the definition. */
static void slow_spectrum(const double *x, size_t window, size_t step, size_t k, double *out)
{
    size_t n_windows = 0;
    double squares = 0.0;
    memset(out, 0, (size_t)2 * N_CHANNELS * N_CHANNELS * sizeof *out);
    for (size_t first = 0; first + window <= N_TIMES; first += step, n_windows++) {
        double re[N_CHANNELS] = {0.0};
        double im[N_CHANNELS] = {0.0};
        squares = 0.0;
        for (size_t t = 0; t < window; t++) {
            const double h = 0.5 - 0.5 * cos(2.0 * pi * (double)t / (double)(window - 1));
            const double phase = 2.0 * pi * (double)(k * t) / (double)window;
            squares += h * h;
            for (size_t c = 0; c < N_CHANNELS; c++) {
                re[c] += h * x[c * N_TIMES + first + t] * cos(phase);
                im[c] -= h * x[c * N_TIMES + first + t] * sin(phase);
            }
        }
        for (size_t c = 0; c < N_CHANNELS; c++) {
            for (size_t d = 0; d < N_CHANNELS; d++) {
                out[2 * (c * N_CHANNELS + d)] += re[c] * re[d] + im[c] * im[d];
                out[2 * (c * N_CHANNELS + d) + 1] += re[c] * im[d] - im[c] * re[d];
            }
        }
    }
    const double doubled = k > 0 && 2 * k != window ? 2.0 : 1.0;
    for (size_t i = 0; i < (size_t)2 * N_CHANNELS * N_CHANNELS; i++) {
        out[i] *= doubled / (double)n_windows / squares;
    }
}

static void spectra_are_those_of_the_definition(void **state)
{
    (void)state;
    static const size_t windows[] = {16, 17, 32, 61};
    static const double overlaps[] = {0.0, 0.75, 0.5, 0.9};
    double x[N_TRIALS * N_CHANNELS * N_TIMES];
    const ana_trial_signals trials = make_trials(x);
    const size_t size = (size_t)2 * N_CHANNELS * N_CHANNELS;
    for (size_t i = 0; i < 4; i++) {
        double out[2 * N_TRIALS * 31 * N_CHANNELS * N_CHANNELS];
        double again[2 * N_TRIALS * 31 * N_CHANNELS * N_CHANNELS];
        double wanted[2 * N_CHANNELS * N_CHANNELS];
        size_t first = 99;
        size_t n = 0;
        ana_cross_spectrum_options options = ana_cross_spectrum_options_default();
        options.window = windows[i];
        options.overlap = overlaps[i];
        options.run.n_threads = 1;
        check_ok(ana_cross_spectrum_frequencies(&options, 100.0, &first, &n));
        assert_int_equal(first, 0);
        assert_int_equal(n, windows[i] / 2 + 1);
        check_ok(ana_cross_spectrum(&options, 100.0, &trials, out));
        options.run.n_threads = 2;
        check_ok(ana_cross_spectrum(&options, 100.0, &trials, again));
        assert_memory_equal(out, again, N_TRIALS * n * size * sizeof *out);
        const size_t step = (size_t)((1.0 - overlaps[i]) * (double)windows[i]);
        for (size_t k = 0; k < N_TRIALS * n; k++) {
            slow_spectrum(x + k / n * N_CHANNELS * N_TIMES, windows[i], step, k % n, wanted);
            check_all_close(size, out + k * size, wanted, 1e-12, 1e-12);
        }
    }
}

static void bands_are_cut_and_the_peer_halves_their_ends(void **state)
{
    (void)state;
    double x[N_TRIALS * N_CHANNELS * N_TIMES];
    double whole[MOST];
    double band[MOST];
    size_t first = 0;
    size_t n = 0;
    const ana_trial_signals trials = make_trials(x);
    const size_t size = (size_t)2 * N_CHANNELS * N_CHANNELS;
    ana_cross_spectrum_options options = ana_cross_spectrum_options_default();
    options.window = 32;
    check_ok(ana_cross_spectrum(&options, 64.0, &trials, whole)); /* 0, 2, ... 32 Hz */
    options.min_hz = 4.0;
    options.max_hz = 9.0;
    check_ok(ana_cross_spectrum_frequencies(&options, 64.0, &first, &n));
    assert_int_equal(first, 2);
    assert_int_equal(n, 3);
    check_ok(ana_cross_spectrum(&options, 64.0, &trials, band));
    assert_memory_equal(band, whole + 2 * size, 3 * size * sizeof *band);
    options.compat = true;
    check_ok(ana_cross_spectrum(&options, 64.0, &trials, band));
    check_close(band[0], whole[2 * size] / 2.0, 0.0, 1e-15);
    check_close(band[size], whole[3 * size], 0.0, 1e-15);
    check_close(band[2 * size], whole[4 * size] / 2.0, 0.0, 1e-15);
}

/* S = [2, 1 + i; 1 - i, 4]: 1/4 and 1/8. */
static void coherences_by_hand_in_any_unit(void **state)
{
    (void)state;
    const double wanted[] = {0.25, 0.125, 0.125, 1.0 / 7.0};
    for (double unit = 1.0; unit > 1e-13; unit *= 1e-12) {
        const double s[] = {2 * unit, 0, unit, unit, unit, -unit, 4 * unit, 0};
        for (size_t kind = 0; kind < 4; kind++) {
            double out[4];
            check_ok(ana_coherence((ana_coherence_kind)kind, 1, 2, s, out));
            check_close(out[1], wanted[kind], 0.0, 1e-14);
            check_close(out[2], wanted[kind], 0.0, 1e-14);
            assert_true(out[0] == (kind < 2 ? 1.0 : 0.0));
        }
    }
    const double same[] = {1, 0, 1, 0, 1, 0, 1, 0}; /* one signal twice: nothing is lagged */
    double out[4];
    check_ok(ana_coherence(ANA_COHERENCE_LAGGED, 1, 2, same, out));
    assert_true(out[1] == 0.0);
    double real[4];
    ana_cospectrum(1, 2, same, real);
    assert_true(real[0] == 1.0 && real[1] == 1.0 && real[2] == 1.0 && real[3] == 1.0);
    const double silent[] = {1, 0, 0, 0, 0, 0, 0, 0};
    check_fails(ana_coherence(ANA_COHERENCE_ORDINARY, 1, 2, silent, out), ANA_ERR_NUMERIC,
                "matrix 0: channel 1 has no power");
}

static void coherences_lie_between_0_and_1(void **state)
{
    (void)state;
    double x[N_TRIALS * N_CHANNELS * N_TIMES];
    double spectra[MOST];
    double out[MOST / 2];
    const ana_trial_signals trials = make_trials(x);
    ana_cross_spectrum_options options = ana_cross_spectrum_options_default();
    options.window = 32;
    options.overlap = 0.0; /* one window: ordinary coherence is 1 */
    check_ok(ana_cross_spectrum(&options, 64.0, &trials, spectra));
    for (size_t kind = 0; kind < 4; kind++) {
        check_ok(ana_coherence((ana_coherence_kind)kind, 2 * 17, N_CHANNELS, spectra, out));
        for (size_t i = 0; i < MOST / 2; i++) {
            assert_true(out[i] >= 0.0 && out[i] <= 1.0);
            assert_true(kind > 0 || out[i] > 1.0 - 1e-12);
        }
    }
}

static void what_has_no_spectrum_is_refused(void **state)
{
    (void)state;
    double x[N_TRIALS * N_CHANNELS * N_TIMES];
    double out[MOST];
    size_t first = 0;
    size_t n = 0;
    ana_trial_signals trials = make_trials(x);
    ana_cross_spectrum_options options = ana_cross_spectrum_options_default();
    check_fails(ana_cross_spectrum(NULL, 100.0, &trials, out), ANA_ERR_VALUE,
                "61 samples of 3 channels; at least one channel and a window of 128");
    options.window = 32;
    check_fails(ana_cross_spectrum(&options, 0.0, &trials, out), ANA_ERR_VALUE, "a rate of 0 Hz");
    options.min_hz = 3.2;
    options.max_hz = 6.0;
    check_fails(ana_cross_spectrum_frequencies(&options, 100.0, &first, &n), ANA_ERR_VALUE,
                "multiples of 3.125 Hz up to 50 Hz");
    options = ana_cross_spectrum_options_default();
    options.window = 2;
    check_fails(ana_cross_spectrum(&options, 100.0, &trials, out), ANA_ERR_VALUE, "all taper");
    options.window = 1;
    check_fails(ana_cross_spectrum(&options, 100.0, &trials, out), ANA_ERR_VALUE, "window");
    options.window = 32;
    x[(N_CHANNELS + 2) * N_TIMES + 5] = NAN;
    check_fails(ana_cross_spectrum(&options, 100.0, &trials, out), ANA_ERR_VALUE,
                "trial 1: channel 2 has a missing sample");
    trials.is_complex = true;
    check_fails(ana_cross_spectrum(&options, 100.0, &trials, out), ANA_ERR_UNSUPPORTED, "real");
}

static void allocations_may_fail(void **state)
{
    (void)state;
    double x[N_TRIALS * N_CHANNELS * N_TIMES];
    double out[MOST];
    const ana_trial_signals trials = make_trials(x);
    ana_cross_spectrum_options options = ana_cross_spectrum_options_default();
    options.window = 32;
    ALLOCATION_TEST(ana_cross_spectrum, (&options, 64.0, &trials, out), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spectra_are_those_of_the_definition),
        cmocka_unit_test(bands_are_cut_and_the_peer_halves_their_ends),
        cmocka_unit_test(coherences_by_hand_in_any_unit),
        cmocka_unit_test(coherences_lie_between_0_and_1),
        cmocka_unit_test(what_has_no_spectrum_is_refused),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
