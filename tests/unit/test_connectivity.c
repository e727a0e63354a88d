#include "constants.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/connectivity.h>
#include <analysis/filter.h>
#include <analysis/random.h>

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_MEASURES = 9,
    N_CHANNELS = 4,
    N_TIMES = 1000,
    LATE = 10000,
    LENGTH = 40,
    STEP = 20,
    BINS = 21
};
static const double rate = 80.0;

/* Noises of which channel 1 follows 0 by three samples, channel 2 is 0 three times as high, and
 * channel 3 stands alone. */
static double *make_signals(size_t n)
{
    double *x = calloc(N_CHANNELS * n, sizeof *x);
    ana_random random = ana_random_stream(11, "test.connectivity", 0);
    assert_non_null(x);
    for (size_t c = 0; c < N_CHANNELS; c++) {
        for (size_t t = 0; t < n; t++) {
            const double noise = ana_random_normal(&random);
            x[c * n + t] =
                c == 1 ? 0.8 * noise + (t >= 3 ? x[t - 3] : 0.0) : (c == 2 ? 3.0 * x[t] : noise);
        }
    }
    return x;
}

static ana_connectivity_options choose(ana_connectivity_measure measure)
{
    ana_connectivity_options options = ana_connectivity_options_default();
    options.run = run_of(1, 0);
    options.measure = measure;
    options.window_s = LENGTH / rate;
    return options;
}

/* The Fourier sum of one window less its mean, tapered. */
static double complex spectrum_of(const double *x, size_t bin)
{
    double complex sum = 0.0;
    double mean = 0.0;
    for (size_t t = 0; t < LENGTH; t++) {
        mean += x[t] / LENGTH;
    }
    for (size_t t = 0; t < LENGTH; t++) {
        const double angle = 2.0 * ANA_PI * (double)(bin * t) / (double)LENGTH;
        const double taper = 0.5 - 0.5 * cos(2.0 * ANA_PI * (double)t / LENGTH);
        sum += taper * (x[t] - mean) * (cos(angle) - (double complex)I * sin(angle));
    }
    return sum;
}

/* Every sum a measure is made of, over windows that both channels have. */
typedef struct plain {
    double complex cross;
    double complex unit;
    double power[2];
    double signs;
    double imaginary;
    double sizes;
    double squares;
    double n;
} plain;

static bool has_missing(const double *x)
{
    bool missing = false;
    for (size_t t = 0; t < LENGTH; t++) {
        missing = missing || !isfinite(x[t]);
    }
    return missing;
}

static plain plain_sums(const double *x, const double *y, size_t n_times, size_t bin)
{
    plain of = {0};
    for (size_t first = 0; first + LENGTH <= n_times; first += STEP) {
        if (has_missing(x + first) || has_missing(y + first)) {
            continue;
        }
        const double complex a = spectrum_of(x + first, bin);
        const double complex b = spectrum_of(y + first, bin);
        const double complex product = a * conj(b);
        of.cross += product;
        of.unit += product / cabs(product);
        of.power[0] += creal(a * conj(a));
        of.power[1] += creal(b * conj(b));
        of.signs += (cimag(product) > 0.0) - (cimag(product) < 0.0);
        of.imaginary += cimag(product);
        of.sizes += fabs(cimag(product));
        of.squares += cimag(product) * cimag(product);
        of.n++;
    }
    return of;
}

static double plain_measure(ana_connectivity_measure measure, const plain *of)
{
    const double complex coherency = of->cross / sqrt(of->power[0] * of->power[1]);
    const double re = creal(coherency);
    const double im = cimag(coherency);
    switch (measure) {
    case ANA_CONNECTIVITY_COHERENCE:
        return re * re + im * im;
    case ANA_CONNECTIVITY_IMAGINARY:
        return fabs(im);
    case ANA_CONNECTIVITY_LAGGED:
        return im * im / (1.0 - re * re);
    case ANA_CONNECTIVITY_COHERENCY_REAL:
        return re;
    case ANA_CONNECTIVITY_COHERENCY_IMAGINARY:
        return im;
    case ANA_CONNECTIVITY_PLV:
        return cabs(of->unit) / of->n;
    case ANA_CONNECTIVITY_PLI:
        return fabs(of->signs) / of->n;
    case ANA_CONNECTIVITY_WPLI:
        return fabs(of->imaginary) / of->sizes;
    case ANA_CONNECTIVITY_WPLI_DEBIASED:
        break;
    }
    return (of->imaginary * of->imaginary - of->squares) / (of->sizes * of->sizes - of->squares);
}

static void check_against_plain(const double *x, size_t n_times, ana_connectivity_measure measure)
{
    static const size_t pairs[][2] = {{0, 1}, {1, 0}, {0, 3}, {3, 1}, {1, 2}};
    const ana_connectivity_options options = choose(measure);
    size_t n_windows[N_CHANNELS * N_CHANNELS];
    ana_matrix *found = NULL;
    check_ok(ana_connectivity(&options, rate, N_CHANNELS, n_times, x, n_windows, &found));
    assert_int_equal(found->axes[2].n, BINS);
    for (size_t bin = 0; bin < BINS; bin++) {
        check_close(found->axes[2].coordinates[bin], 2.0 * (double)bin, 0.0, 1e-14);
    }
    for (size_t p = 0; p < sizeof pairs / sizeof pairs[0]; p++) {
        const size_t place = pairs[p][0] * N_CHANNELS + pairs[p][1];
        for (size_t bin = 1; bin < BINS - 1; bin++) { /* the ends are real: no phases there */
            const plain of =
                plain_sums(x + pairs[p][0] * n_times, x + pairs[p][1] * n_times, n_times, bin);
            check_close(found->values[place * BINS + bin], plain_measure(measure, &of), 1e-12,
                        1e-10);
            assert_int_equal(n_windows[place], (size_t)of.n);
        }
    }
    ana_matrix_free(found);
}

static void every_measure_agrees_with_fourier_sums(void **state)
{
    (void)state;
    double *x = make_signals(N_TIMES);
    for (int measure = 0; measure < N_MEASURES; measure++) {
        check_against_plain(x, N_TIMES, (ana_connectivity_measure)measure);
    }
    free(x);
}

static void windows_with_missing_samples_leave_their_own_pairs_alone(void **state)
{
    (void)state;
    double *x = make_signals(N_TIMES);
    x[699] = NAN;                /* the last of one window */
    x[N_TIMES + 130] = INFINITY; /* another window of another channel */
    for (int measure = 0; measure < N_MEASURES; measure++) {
        check_against_plain(x, N_TIMES, (ana_connectivity_measure)measure);
    }
    double *longer = make_signals(LATE); /* beyond a batch of windows: powers are split then */
    longer[LATE - 30] = NAN;
    check_against_plain(longer, LATE, ANA_CONNECTIVITY_COHERENCE);
    free(longer);
    for (size_t t = 0; t < N_TIMES; t++) { /* a dead channel */
        x[3 * N_TIMES + t] = NAN;
    }
    const ana_connectivity_options options = choose(ANA_CONNECTIVITY_COHERENCE);
    ana_matrix *found = NULL;
    ana_matrix *strength = NULL;
    check_ok(ana_connectivity(&options, rate, N_CHANNELS, N_TIMES, x, NULL, &found));
    check_ok(ana_node_strength(found, &strength));
    assert_true(isnan(found->values[3 * BINS + 4]) && isnan(found->values[15 * BINS + 4]));
    assert_true(isnan(strength->values[3 * BINS + 4]));
    const double *row = found->values + 4; /* of channel 0 */
    check_close(strength->values[4], row[BINS] + row[2 * (size_t)BINS], 0.0, 1e-14);
    ana_matrix_free(strength);
    ana_matrix_free(found);
    free(x);
}

static double value_at(const ana_connectivity_options *options, const double *x, size_t pair)
{
    ana_matrix *found = NULL;
    check_ok(ana_connectivity(options, rate, N_CHANNELS, N_TIMES, x, NULL, &found));
    const double value = found->values[pair * BINS + 5];
    ana_matrix_free(found);
    return value;
}

static void what_has_no_delay_is_seen_by_some_and_not_by_others(void **state)
{
    (void)state;
    double *x = make_signals(N_TIMES);
    for (int measure = 0; measure < N_MEASURES; measure++) {
        const ana_connectivity_options options = choose((ana_connectivity_measure)measure);
        const double copy = value_at(&options, x, 2); /* channels 0 and 2 */
        const double self = value_at(&options, x, 0);
        const bool sees = measure == ANA_CONNECTIVITY_COHERENCE ||
                          measure == ANA_CONNECTIVITY_COHERENCY_REAL ||
                          measure == ANA_CONNECTIVITY_PLV;
        check_close(copy, sees ? 1.0 : 0.0, 1e-12, 0.0);
        assert_true(self == (sees ? 1.0 : 0.0));
    }
    free(x);
}

static void who_is_ahead_has_the_positive_imaginary_part(void **state)
{
    (void)state;
    double *x = make_signals(N_TIMES);
    const ana_connectivity_options options = choose(ANA_CONNECTIVITY_COHERENCY_IMAGINARY);
    ana_matrix *found = NULL;
    ana_matrix *strength = NULL;
    check_ok(ana_connectivity(&options, rate, N_CHANNELS, N_TIMES, x, NULL, &found));
    check_ok(ana_node_strength(found, &strength));
    const double *row = found->values + 5;
    /* the same of fewer frequencies, ends included */
    ana_connectivity_options some = options;
    ana_matrix *part = NULL;
    some.min_hz = 10.0;
    some.max_hz = 20.0;
    check_ok(ana_connectivity(&some, rate, N_CHANNELS, N_TIMES, x, NULL, &part));
    assert_int_equal(part->axes[2].n, 6);
    check_same_bits(6, part->values + 6, row + BINS);
    ana_matrix_free(part);
    check_close(strength->values[5],
                fabs(row[BINS]) + fabs(row[2 * (size_t)BINS]) + fabs(row[3 * (size_t)BINS]), 0.0,
                1e-14);
    ana_matrix_free(strength);
    ana_matrix_free(found);
    /* bin 5 is 10 Hz: three samples of 80 Hz are 135 degrees */
    assert_true(value_at(&options, x, 1) > 0.3);
    check_close(value_at(&options, x, 4), -value_at(&options, x, 1), 0.0, 0.0);
    free(x);
}

static void units_do_not_matter(void **state)
{
    (void)state;
    double *x = make_signals(N_TIMES);
    double *volts = calloc((size_t)N_CHANNELS * N_TIMES, sizeof *volts);
    assert_non_null(volts);
    for (size_t i = 0; i < (size_t)N_CHANNELS * N_TIMES; i++) {
        volts[i] = 1e-6 * x[i];
    }
    for (int measure = 0; measure < N_MEASURES; measure++) {
        const ana_connectivity_options options = choose((ana_connectivity_measure)measure);
        check_close(value_at(&options, volts, 1), value_at(&options, x, 1), 1e-13, 1e-12);
    }
    free(volts);
    free(x);
}

/* Coherence of n windows without any connection is 1 / n on average; the debiased index 0. */
static void chance_is_what_the_header_says(void **state)
{
    (void)state;
    double sum = 0.0;
    double debiased = 0.0;
    double wpli = 0.0;
    enum {
        REPEATS = 400,
        N = 10 * LENGTH
    };
    for (size_t r = 0; r < REPEATS; r++) {
        double x[2 * N];
        ana_matrix *found = NULL;
        ana_random random = ana_random_stream(3, "test.connectivity", 1 + r);
        for (size_t i = 0; i < sizeof x / sizeof x[0]; i++) {
            x[i] = ana_random_normal(&random);
        }
        for (int k = 0; k < 3; k++) {
            static const ana_connectivity_measure measures[] = {
                ANA_CONNECTIVITY_COHERENCE, ANA_CONNECTIVITY_WPLI, ANA_CONNECTIVITY_WPLI_DEBIASED};
            ana_connectivity_options options = choose(measures[k]);
            options.overlap = 0.0;
            options.run = run_of(1, 0);
            check_ok(ana_connectivity(&options, rate, 2, N, x, NULL, &found));
            double *into = k == 0 ? &sum : (k == 1 ? &wpli : &debiased);
            *into += found->values[BINS + 7] / REPEATS;
            ana_matrix_free(found);
        }
    }
    check_close(sum, 0.1, 0.015, 0.0); /* standard error .1 / sqrt(400) = .005 */
    assert_true(wpli > 0.2);
    check_close(debiased, 0.0, 0.025, 0.0); /* of values spread by about .15 */
}

static void any_cut_any_block_and_any_thread_give_the_same_bits(void **state)
{
    (void)state;
    enum {
        LONG = 30000
    };
    static const size_t lengths[] = {11003, LONG - 11003};
    static const size_t cuts[] = {13, 4999, LONG};
    double *x = make_signals(LONG);
    double *piece = calloc((size_t)N_CHANNELS * LONG, sizeof *piece);
    assert_non_null(piece);
    x[LONG + 17000] = NAN;
    ana_series *series = series_of(rate, N_CHANNELS, 2, lengths, x);
    ana_connectivity_options options = choose(ANA_CONNECTIVITY_WPLI_DEBIASED);
    ana_matrix *wanted = NULL;
    options.run = run_of(1, 0);
    check_ok(ana_series_connectivity(series, &options, NULL, &wanted));
    assert_string_equal(wanted->axes[1].labels[3], "c3");
    options.run = run_of(3, 0);
    for (size_t k = 0; k < 3; k++) {
        ana_connectivity_stream *stream = NULL;
        ana_matrix *found = NULL;
        check_ok(ana_connectivity_stream_new(&options, rate, N_CHANNELS, &stream));
        for (size_t s = 0; s < 2; s++) {
            const ana_segment *segment = &series->segments[s];
            ana_connectivity_stream_gap(stream);
            for (size_t at = 0; at < segment->n_times; at += cuts[k]) {
                const size_t left = segment->n_times - at;
                const size_t n = left < cuts[k] ? left : cuts[k];
                check_ok(ana_series_read(series, 0, NULL, segment->first + at, n, piece));
                check_ok(ana_connectivity_stream_push(stream, n, piece));
            }
        }
        check_ok(ana_connectivity_stream_read(stream, NULL, &found));
        check_same_bits(ana_matrix_size(wanted), found->values, wanted->values);
        ana_matrix_free(found);
        ana_connectivity_stream_free(stream);
    }
    ana_matrix_free(wanted);
    ana_series_free(series);
    free(piece);
    free(x);
}

/* Sines an eighth of a turn apart, eleven periods of them. */
static void a_band_of_sines_is_locked_with_their_lag(void **state)
{
    (void)state;
    enum {
        N = 99 /* not a multiple of the eight lanes */
    };
    double x[3 * N];
    for (size_t t = 0; t < N; t++) {
        const double phase = 2.0 * ANA_PI * 11.0 * (double)t / N;
        x[t] = sin(phase);
        x[N + t] = 2.0 * sin(phase - 0.25 * ANA_PI);
        x[2 * N + t] = NAN;
    }
    static const double wanted[N_MEASURES] = {
        1.0, 0.70710678118654752, 1.0, 0.70710678118654752, 0.70710678118654752, 1.0, 1.0, 1.0,
        1.0};
    for (int measure = 0; measure < N_MEASURES; measure++) {
        ana_connectivity_options options = choose((ana_connectivity_measure)measure);
        ana_matrix *found = NULL;
        options.min_hz = 8.0;
        options.max_hz = 12.0;
        check_ok(ana_connectivity_of_band(&options, 3, N, x, &found));
        check_close(found->values[1], wanted[measure], 1e-12, 0.0);
        assert_true(isnan(found->values[2]) && found->axes[2].coordinates[0] == 10.0);
        ana_matrix_free(found);
    }
}

static void a_series_is_filtered_to_its_band(void **state)
{
    (void)state;
    enum {
        N = 515 /* not a multiple of the eight lanes; one window more than two batches */
    };
    const size_t lengths[] = {N};
    double *x = make_signals(N);
    ana_series *series = series_of(rate, N_CHANNELS, 1, lengths, x);
    ana_series *filtered = NULL;
    ana_matrix *found = NULL;
    ana_matrix *wanted = NULL;
    size_t n_samples[N_CHANNELS * N_CHANNELS];
    ana_filter_options band = ana_filter_options_default();
    ana_connectivity_options options = choose(ANA_CONNECTIVITY_PLV);
    options.method = ANA_CONNECTIVITY_HILBERT;
    options.min_hz = band.high_pass_hz = 8.0;
    options.max_hz = band.low_pass_hz = 13.0;
    check_ok(ana_series_filter(series, &band, &filtered));
    double *y = read_whole(filtered);
    check_ok(ana_connectivity_of_band(&options, N_CHANNELS, N, y, &wanted));
    check_ok(ana_series_connectivity(series, &options, n_samples, &found));
    check_same_bits(ana_matrix_size(wanted), found->values, wanted->values);
    assert_int_equal(n_samples[1], N);
    assert_true(found->values[1] > 0.5 && found->values[3] < 0.5);
    options.run = run_of(1, 10000);
    ana_matrix_free(found);
    check_fails(ana_series_connectivity(series, &options, NULL, &found), ANA_ERR_LIMIT, "");
    free(y);
    ana_matrix_free(wanted);
    ana_series_free(filtered);
    ana_series_free(series);
    free(x);
}

static void wrong_use_is_named(void **state)
{
    (void)state;
    double *x = make_signals(N_TIMES);
    const size_t lengths[] = {N_TIMES};
    ana_series *series = series_of(rate, N_CHANNELS, 1, lengths, x);
    ana_connectivity_options options = choose(ANA_CONNECTIVITY_PLV);
    ana_matrix *found = NULL;
    check_fails(ana_connectivity(&options, rate, N_CHANNELS, LENGTH - 1, x, NULL, &found),
                ANA_ERR_VALUE, "windows of 40 samples in a signal of 39");
    check_fails(ana_connectivity(&options, 0.0, N_CHANNELS, N_TIMES, x, NULL, &found),
                ANA_ERR_VALUE, "a rate of 0 Hz");
    check_fails(ana_connectivity(&options, -1.0, N_CHANNELS, N_TIMES, x, NULL, &found),
                ANA_ERR_VALUE, "a rate of -1 Hz");
    options.min_hz = 41.0;
    check_fails(ana_connectivity(&options, rate, N_CHANNELS, N_TIMES, x, NULL, &found),
                ANA_ERR_VALUE, "no frequency from 41 to 40 Hz; they are 2 Hz apart");
    options.method = ANA_CONNECTIVITY_HILBERT;
    check_fails(ana_connectivity(&options, rate, N_CHANNELS, N_TIMES, x, NULL, &found),
                ANA_ERR_VALUE, "need the whole of a series");
    check_fails(ana_series_connectivity(series, &options, NULL, &found), ANA_ERR_VALUE,
                "a band from 41 to 0 Hz");
    options.overlap = 1.0;
    options.method = ANA_CONNECTIVITY_WELCH;
    check_fails(ana_connectivity(&options, rate, N_CHANNELS, N_TIMES, x, NULL, &found),
                ANA_ERR_VALUE, "connectivity: --overlap 1");
    check_fails(ana_connectivity_of_band(&options, N_CHANNELS, N_TIMES, x, &found), ANA_ERR_VALUE,
                "overlap");
    options = choose(ANA_CONNECTIVITY_PLV);
    options.run = run_of(1, 1000);
    check_fails(ana_connectivity(&options, rate, N_CHANNELS, N_TIMES, x, NULL, &found),
                ANA_ERR_LIMIT, "connectivity");
    options.run = run_of(1, 0);
    check_ok(ana_connectivity(&options, rate, 1, LENGTH, x, NULL, &found));
    assert_true(ana_connectivity_options_default().window_s == 1.0);
    assert_true(isnan(found->values[3])); /* one window agrees with itself: no answer */
    ana_matrix *strength = NULL;
    found->n_axes = 2;
    ana_record *record = NULL;
    check_fails(ana_node_strength(found, &strength), ANA_ERR_SHAPE, "channel x channel");
    check_fails(ana_connectivity_to_record(found, ANA_CONNECTIVITY_PLV, &record), ANA_ERR_SHAPE,
                "channel x channel");
    found->n_axes = 3;
    ana_matrix_free(found);
    ana_series_free(series);
    free(x);
}

static void a_record_has_its_figures(void **state)
{
    (void)state;
    static const char *const names[] = {"C3", "C4", "Fz", "Pz"};
    double *x = make_signals(N_TIMES);
    const ana_connectivity_options options = choose(ANA_CONNECTIVITY_IMAGINARY);
    ana_matrix *found = NULL;
    ana_record *record = NULL;
    check_ok(ana_connectivity(&options, rate, N_CHANNELS, N_TIMES, x, NULL, &found));
    check_ok(ana_matrix_set_labels(found, 0, names));
    check_ok(ana_connectivity_to_record(found, options.measure, &record));
    check_ok(ana_record_check(record));
    static const char *const figures[] = {"matrix", "graph", "strength", "topography",
                                          "connectivity"};
    for (size_t i = 0; i < 5; i++) {
        assert_non_null(ana_record_find(record, figures[i]));
    }
    const ana_record *weights = ana_record_find(record, "graph/weight");
    assert_true(weights->shape[0] == 4 && weights->doubles[0] >= weights->doubles[1]);
    ana_record_free(record);
    ALLOCATION_TEST(ana_connectivity_to_record, (found, options.measure, &record),
                    ana_record_free(record));
    ana_matrix_free(found);
    free(x);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    double *x = make_signals(N_TIMES);
    const size_t lengths[] = {N_TIMES};
    ana_series *series = series_of(rate, N_CHANNELS, 1, lengths, x);
    ana_connectivity_options options = choose(ANA_CONNECTIVITY_COHERENCE);
    ana_connectivity_stream *stream = NULL;
    ana_matrix *found = NULL;
    ana_matrix *strength = NULL;
    x[5] = NAN;
    ALLOCATION_TEST(ana_connectivity, (&options, rate, N_CHANNELS, N_TIMES, x, NULL, &found),
                    ana_matrix_free(found));
    ALLOCATION_TEST(ana_series_connectivity, (series, &options, NULL, &found),
                    ana_matrix_free(found));
    ALLOCATION_TEST(ana_connectivity_of_band, (&options, N_CHANNELS, N_TIMES, x, &found),
                    ana_matrix_free(found));
    ALLOCATION_TEST(ana_connectivity_stream_new, (&options, rate, N_CHANNELS, &stream),
                    ana_connectivity_stream_free(stream));
    options.method = ANA_CONNECTIVITY_HILBERT;
    options.min_hz = 8.0;
    options.max_hz = 12.0;
    ALLOCATION_TEST(ana_series_connectivity, (series, &options, NULL, &found),
                    ana_matrix_free(found));
    options.method = ANA_CONNECTIVITY_WELCH;
    check_ok(ana_connectivity_stream_new(&options, rate, N_CHANNELS, &stream));
    ALLOCATION_TEST(ana_connectivity_stream_push, (stream, N_TIMES, x),
                    ana_connectivity_stream_gap(stream));
    ALLOCATION_TEST(ana_connectivity_stream_read, (stream, NULL, &found), ana_matrix_free(found));
    ana_connectivity_stream_free(stream);
    ana_connectivity_stream_free(NULL);
    check_ok(ana_connectivity(&options, rate, N_CHANNELS, N_TIMES, x, NULL, &found));
    ALLOCATION_TEST(ana_node_strength, (found, &strength), ana_matrix_free(strength));
    ana_matrix_free(found);
    ana_series_free(series);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_measure_agrees_with_fourier_sums),
        cmocka_unit_test(windows_with_missing_samples_leave_their_own_pairs_alone),
        cmocka_unit_test(what_has_no_delay_is_seen_by_some_and_not_by_others),
        cmocka_unit_test(who_is_ahead_has_the_positive_imaginary_part),
        cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(chance_is_what_the_header_says),
        cmocka_unit_test(any_cut_any_block_and_any_thread_give_the_same_bits),
        cmocka_unit_test(a_band_of_sines_is_locked_with_their_lag),
        cmocka_unit_test(a_series_is_filtered_to_its_band),
        cmocka_unit_test(wrong_use_is_named),
        cmocka_unit_test(a_record_has_its_figures),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
