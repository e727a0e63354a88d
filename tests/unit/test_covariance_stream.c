#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/covariance_stream.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 4,
    WINDOW = 20
};

static const ana_covariance_estimator estimators[] = {
    ANA_COVARIANCE_EMPIRICAL,   ANA_COVARIANCE_SECOND_MOMENT, ANA_COVARIANCE_MAXIMUM_LIKELIHOOD,
    ANA_COVARIANCE_CORRELATION, ANA_COVARIANCE_SHRUNK,        ANA_COVARIANCE_OAS};

/* Noise on an offset that wanders: n_channels x n. */
static void draw(size_t n_channels, size_t n, double *x)
{
    ana_random random = ana_random_stream(5, "stream", 0);
    for (size_t c = 0; c < n_channels; c++) {
        double level = 10.0;
        for (size_t t = 0; t < n; t++) {
            level += 0.05 * ana_random_normal(&random);
            x[c * n + t] = level + ana_random_normal(&random) * (1.0 + (double)c);
        }
    }
}

static ana_covariance_stream *begin(size_t n_channels, ana_covariance_estimator estimator,
                                    size_t window, double forgetting)
{
    ana_covariance_stream *stream = NULL;
    ana_covariance_stream_options options = ana_covariance_stream_options_default();
    options.covariance.estimator = estimator;
    options.window = window;
    options.forgetting = forgetting;
    check_ok(ana_covariance_stream_new(n_channels, &options, &stream));
    return stream;
}

/* Samples first ... first + n - 1 of x (n_channels x length) pushed at once. */
static void push_piece(ana_covariance_stream *stream, size_t n_channels, size_t length,
                       size_t first, size_t n, const double *x)
{
    double *piece = malloc(n_channels * n * sizeof *piece + 1);
    assert_non_null(piece);
    for (size_t c = 0; c < n_channels; c++) {
        memcpy(piece + c * n, x + c * length + first, n * sizeof *piece);
    }
    check_ok(ana_covariance_stream_push(stream, n, piece));
    free(piece);
}

/* The batch of samples first ... first + n - 1, with weights. */
static void batch(ana_covariance_estimator estimator, size_t length, size_t first, size_t n,
                  const double *x, const double *weights, double *out)
{
    double *piece = malloc(N * n * sizeof *piece);
    assert_non_null(piece);
    for (size_t c = 0; c < N; c++) {
        memcpy(piece + c * n, x + c * length + first, n * sizeof *piece);
    }
    const ana_trial_signals trial = {1, N, n, false, piece, weights};
    ana_covariance_options options = ana_covariance_options_default();
    options.estimator = estimator;
    check_ok(ana_covariance_of_trials(&trial, &options, NULL, out));
    free(piece);
}

/* At every sample, through several exchanges: offsets within a window are some 1 of variances of 1
 * and more, second moments some 100. */
static void a_window_is_that_of_the_batch(void **state)
{
    (void)state;
    enum {
        LENGTH = 107
    };
    double x[N * LENGTH];
    draw(N, LENGTH, x);
    for (size_t i = 0; i < 6; i++) {
        ana_covariance_stream *stream = begin(N, estimators[i], WINDOW, 0.0);
        for (size_t t = 0; t < LENGTH; t++) {
            double out[N * N];
            double wanted[N * N];
            const size_t n = t + 1 < WINDOW ? t + 1 : WINDOW;
            push_piece(stream, N, LENGTH, t, 1, x);
            assert_int_equal(ana_covariance_stream_count(stream), n);
            if (n >= 2) {
                check_ok(ana_covariance_stream_read(stream, NULL, out));
                batch(estimators[i], LENGTH, t + 1 - n, n, x, NULL, wanted);
                check_all_close(N * N, out, wanted, 1e-12 * wanted[N * N - 1], 1e-12);
            }
        }
        ana_covariance_stream_free(stream);
    }
}

static void forgetting_is_that_of_fading_weights(void **state)
{
    (void)state;
    enum {
        LENGTH = 60
    };
    double x[N * LENGTH];
    double weights[LENGTH];
    draw(N, LENGTH, x);
    for (size_t i = 0; i < 6; i++) {
        ana_covariance_stream *stream = begin(N, estimators[i], 0, 0.9);
        for (size_t t = 0; t < LENGTH; t++) {
            double out[N * N];
            double wanted[N * N];
            push_piece(stream, N, LENGTH, t, 1, x);
            for (size_t k = 0; k <= t; k++) {
                weights[k] = pow(0.9, (double)(t - k));
            }
            if (t > 0) {
                check_ok(ana_covariance_stream_read(stream, NULL, out));
                batch(estimators[i], LENGTH, 0, t + 1, x, weights, wanted);
                check_all_close(N * N, out, wanted, 1e-12 * wanted[N * N - 1], 1e-12);
            }
        }
        ana_covariance_stream_free(stream);
    }
}

/* Two hours at 100 Hz, with a burst of 1e6 that would leave 1e-4 behind in sums that are only added
 * to and taken from. */
static void rounding_does_not_add_up(void **state)
{
    (void)state;
    enum {
        LENGTH = 720000
    };
    double *x = malloc((size_t)N * LENGTH * sizeof *x);
    double out[N * N];
    double wanted[N * N];
    assert_non_null(x);
    draw(N, LENGTH, x);
    for (size_t c = 0; c < N; c++) {
        x[c * LENGTH + 1000] = 1e6;
    }
    ana_covariance_stream *stream = begin(N, ANA_COVARIANCE_EMPIRICAL, WINDOW, 0.0);
    push_piece(stream, N, LENGTH, 0, LENGTH, x);
    check_ok(ana_covariance_stream_read(stream, NULL, out));
    batch(ANA_COVARIANCE_EMPIRICAL, LENGTH, LENGTH - WINDOW, WINDOW, x, NULL, wanted);
    check_all_close(N * N, out, wanted, 1e-12, 1e-12);
    ana_covariance_stream_free(stream);
    free(x);
}

static void pieces_do_not_change_the_bits(void **state)
{
    (void)state;
    enum {
        LENGTH = 100
    };
    double x[N * LENGTH];
    draw(N, LENGTH, x);
    for (size_t i = 0; i < 2; i++) {
        double out[N * N];
        double again[N * N];
        ana_covariance_stream *whole = begin(N, ANA_COVARIANCE_OAS, i * WINDOW, 0.95);
        ana_covariance_stream *pieces = begin(N, ANA_COVARIANCE_OAS, i * WINDOW, 0.95);
        push_piece(whole, N, LENGTH, 0, LENGTH, x);
        push_piece(pieces, N, LENGTH, 0, 13, x);
        check_ok(ana_covariance_stream_read(pieces, NULL, again)); /* reading changes nothing */
        push_piece(pieces, N, LENGTH, 13, 0, x);
        push_piece(pieces, N, LENGTH, 13, 70, x);
        push_piece(pieces, N, LENGTH, 83, 17, x);
        check_ok(ana_covariance_stream_read(whole, NULL, out));
        check_ok(ana_covariance_stream_read(pieces, NULL, again));
        assert_memory_equal(out, again, sizeof out);
        ana_covariance_stream_gap(pieces); /* and all over again */
        assert_int_equal(ana_covariance_stream_count(pieces), 0);
        push_piece(pieces, N, LENGTH, 0, LENGTH, x);
        check_ok(ana_covariance_stream_read(pieces, NULL, again));
        assert_memory_equal(out, again, sizeof out);
        ana_covariance_stream_free(whole);
        ana_covariance_stream_free(pieces);
    }
}

static void pushing_and_reading_allocate_nothing(void **state)
{
    (void)state;
    double x[N * 30];
    double out[N * N];
    ana_covariance_info info;
    draw(N, 30, x);
    for (size_t i = 0; i < 2; i++) {
        ana_covariance_stream *stream = begin(N, ANA_COVARIANCE_OAS, i * WINDOW, 0.95);
        NO_ALLOCATION_TEST(ana_covariance_stream_push, (stream, 30, x));
        NO_ALLOCATION_TEST(ana_covariance_stream_read, (stream, &info, out));
        assert_true(info.intensity > 0.0);
        ana_covariance_stream_free(stream);
    }
}

static void bad_samples_are_refused_whole(void **state)
{
    (void)state;
    double x[N * 30];
    double out[N * N];
    double again[N * N];
    draw(N, 30, x);
    ana_covariance_stream *stream = begin(N, ANA_COVARIANCE_OAS, WINDOW, 0.0);
    check_fails(ana_covariance_stream_read(stream, NULL, out), ANA_ERR_VALUE,
                "0 samples; at least two");
    check_ok(ana_covariance_stream_push(stream, 30, x));
    check_ok(ana_covariance_stream_read(stream, NULL, out));
    x[2 * 30 + 7] = NAN;
    check_fails(ana_covariance_stream_push(stream, 30, x), ANA_ERR_VALUE,
                "channel 2, sample 7 of 30: nan");
    x[2 * 30 + 7] = -1e160;
    check_fails(ana_covariance_stream_push(stream, 30, x), ANA_ERR_VALUE, "-1e+160");
    check_ok(ana_covariance_stream_read(stream, NULL, again));
    assert_memory_equal(out, again, sizeof out);
    ana_covariance_stream_free(stream);
    for (size_t t = 0; t < 30; t++) {
        x[2 * 30 + t] = 1.0;
    }
    stream = begin(N, ANA_COVARIANCE_CORRELATION, WINDOW, 0.0);
    check_ok(ana_covariance_stream_push(stream, 30, x));
    check_fails(ana_covariance_stream_read(stream, NULL, out), ANA_ERR_VALUE,
                "covariance stream: channel 2 does not vary");
    ana_covariance_stream_free(stream);
}

static void options_that_cannot_be_are_refused(void **state)
{
    (void)state;
    ana_covariance_stream *stream = NULL;
    ana_covariance_stream_options options = ana_covariance_stream_options_default();
    check_fails(ana_covariance_stream_new(0, NULL, &stream), ANA_ERR_VALUE, "0 channels");
    options.window = 1;
    check_fails(ana_covariance_stream_new(N, &options, &stream), ANA_ERR_VALUE, "1 samples");
    options.window = 0;
    options.forgetting = 1.0;
    check_fails(ana_covariance_stream_new(N, &options, &stream), ANA_ERR_VALUE, "forgetting 1");
    options.forgetting = 1.5;
    check_fails(ana_covariance_stream_new(N, &options, &stream), ANA_ERR_VALUE, "forgetting");
    options = ana_covariance_stream_options_default();
    options.covariance.estimator = ANA_COVARIANCE_TYLER;
    check_fails(ana_covariance_stream_new(N, &options, &stream), ANA_ERR_UNSUPPORTED,
                "tyler looks at the samples");
    options = ana_covariance_stream_options_default();
    options.covariance.run.max_memory = 1000;
    check_fails(ana_covariance_stream_new(N, &options, &stream), ANA_ERR_LIMIT,
                "covariance stream");
    check_fails(ana_covariance_stream_new(SIZE_MAX / 2, NULL, &stream), ANA_ERR_MEMORY,
                "no memory");
    ana_covariance_stream_free(NULL);
    ALLOCATION_TEST(ana_covariance_stream_new, (N, NULL, &stream),
                    ana_covariance_stream_free(stream));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_is_that_of_the_batch),
        cmocka_unit_test(forgetting_is_that_of_fading_weights),
        cmocka_unit_test(rounding_does_not_add_up),
        cmocka_unit_test(pieces_do_not_change_the_bits),
        cmocka_unit_test(pushing_and_reading_allocate_nothing),
        cmocka_unit_test(bad_samples_are_refused_whole),
        cmocka_unit_test(options_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
