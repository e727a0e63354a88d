#include "source.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_TYPES = ANA_FLOAT64 + 1
};

/* Fill n elements of any type with irregular values over its whole range. */
static void fill_samples(ana_sample_type type, size_t n, uint64_t seed, void *samples)
{
    ana_random random = ana_random_stream(seed, "test.source", (uint64_t)type);
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = ana_random_u64(&random);
        if (type == ANA_FLOAT32) {
            ((float *)samples)[i] = (float)ana_random_normal(&random);
        } else if (type == ANA_FLOAT64) {
            ((double *)samples)[i] = ana_random_normal(&random) * 1e3;
        } else if (type == ANA_INT24) {
            ((int32_t *)samples)[i] = (int32_t)(bits & 0xffffff) - 0x800000;
        } else {
            memcpy((char *)samples + i * ana_sample_size(type), &bits, ana_sample_size(type));
        }
    }
}

/* Element i as a double, one type at a time: the plain way. */
static double widen(ana_sample_type type, const void *samples, size_t i)
{
    switch (type) {
    case ANA_INT8:
        return ((const int8_t *)samples)[i];
    case ANA_UINT8:
        return ((const uint8_t *)samples)[i];
    case ANA_INT16:
        return ((const int16_t *)samples)[i];
    case ANA_UINT16:
        return ((const uint16_t *)samples)[i];
    case ANA_INT24:
    case ANA_INT32:
        return ((const int32_t *)samples)[i];
    case ANA_UINT32:
        return ((const uint32_t *)samples)[i];
    case ANA_INT64:
        return (double)((const int64_t *)samples)[i];
    case ANA_UINT64:
        return (double)((const uint64_t *)samples)[i];
    case ANA_FLOAT32:
        return (double)((const float *)samples)[i];
    case ANA_FLOAT64:
        return ((const double *)samples)[i];
    }
    return NAN;
}

static void each_type_has_its_size_and_name(void **state)
{
    (void)state;
    static const char *const names[] = {"int8",   "uint8", "int16",  "uint16",  "int24",  "int32",
                                        "uint32", "int64", "uint64", "float32", "float64"};
    static const size_t sizes[] = {1, 1, 2, 2, 4, 4, 4, 8, 8, 4, 8};
    for (int type = 0; type < N_TYPES; type++) {
        assert_string_equal(ana_sample_type_name((ana_sample_type)type), names[type]);
        assert_int_equal(ana_sample_size((ana_sample_type)type), sizes[type]);
        assert_int_equal(ana_sample_is_integer((ana_sample_type)type), type < ANA_FLOAT32);
    }
}

static void each_kind_has_its_name(void **state)
{
    (void)state;
    static const char *const names[] = {"other", "eeg",      "eog",     "emg",
                                        "ecg",   "lfp",      "spike",   "intracellular",
                                        "roi",   "stimulus", "trigger", "behaviour"};
    for (int kind = 0; kind <= ANA_KIND_BEHAVIOUR; kind++) {
        assert_string_equal(ana_kind_name((ana_kind)kind), names[kind]);
    }
}

static void any_type_and_stride_widens_to_the_same_bits_as_one_by_one(void **state)
{
    (void)state;
    enum {
        N = 133
    }; /* odd, so that vectors leave a rest */
    uint64_t samples[N * 3];
    double out[N + 1];
    for (int t = 0; t < N_TYPES; t++) {
        ana_sample_type type = (ana_sample_type)t;
        fill_samples(type, (size_t)N * 3, 5, samples);
        for (size_t stride = 1; stride <= 3; stride++) {
            for (size_t n = 0; n <= N; n += 19) {
                out[n] = 77.0;
                ana_samples_to_double(type, n, samples, stride, 0.3125e-3, -1.7, out);
                for (size_t i = 0; i < n; i++) {
                    double wanted = widen(type, samples, i * stride) * 0.3125e-3 + -1.7;
                    assert_memory_equal(&out[i], &wanted, sizeof wanted);
                }
                assert_true(out[n] == 77.0);
            }
        }
    }
}

static void unscaled_samples_keep_their_value_and_the_sign_of_zero(void **state)
{
    (void)state;
    const double doubles[] = {-0.0, 0.0, NAN, INFINITY, 1e-310, -1.0 / 3.0};
    const int16_t zero = 0;
    double out[6];
    ana_samples_to_double(ANA_FLOAT64, 6, doubles, 1, 1.0, 0.0, out);
    assert_true(signbit(out[0]));
    assert_false(signbit(out[1]));
    assert_true(isnan(out[2]));
    assert_true(isinf(out[3]));
    assert_true(out[4] == 1e-310);
    assert_true(out[5] == -1.0 / 3.0);
    ana_samples_to_double(ANA_INT16, 1, &zero, 1, 1.0, 0.0, out);
    assert_false(signbit(out[0]));
    ana_samples_to_double(ANA_INT16, 1, &zero, 1, -2.0, 0.0, out); /* 0 * -2 + 0 */
    assert_false(signbit(out[0]));
}

/* Any window of a source in memory, held against the samples one by one. */
static void check_memory_source(ana_sample_type type, bool channel_major, ana_random *random)
{
    enum {
        CHANNELS = 5,
        TIMES = 700
    };
    const size_t size = ana_sample_size(type);
    char *samples = calloc((size_t)CHANNELS * TIMES, size);
    ana_source *source = NULL;
    fill_samples(type, (size_t)CHANNELS * TIMES, 11, samples);
    check_ok(ana_source_from_memory(type, CHANNELS, TIMES, channel_major, samples, &source));
    for (int trial = 0; trial < 20; trial++) {
        size_t channels[8];
        double gain[8];
        double offset[8];
        ana_window window = {.channels = channels};
        window.n_channels = ana_random_below(random, 9);
        window.first = ana_random_below(random, TIMES);
        window.n_times = ana_random_below(random, TIMES - window.first + 1);
        for (size_t i = 0; i < window.n_channels; i++) {
            channels[i] = ana_random_below(random, CHANNELS); /* repeats are fine */
            gain[i] = ana_random_normal(random);
            offset[i] = ana_random_normal(random);
        }
        bool scaled = trial % 2 == 0;
        window.gain = scaled ? gain : NULL;
        window.offset = scaled ? offset : NULL;
        double *out = calloc(window.n_channels * window.n_times + 1, sizeof *out);
        char *stored = calloc(window.n_channels * window.n_times + 1, size);
        check_ok(ana_source_read(source, &window, out));
        check_ok(ana_source_read_stored(source, &window, stored));
        for (size_t i = 0; i < window.n_channels; i++) {
            for (size_t t = 0; t < window.n_times; t++) {
                size_t at = window.first + t;
                size_t from =
                    channel_major ? channels[i] * TIMES + at : at * CHANNELS + channels[i];
                size_t to = i * window.n_times + t;
                double value = widen(type, samples, from);
                double wanted = scaled ? value * gain[i] + offset[i] : value;
                assert_true(out[to] == wanted);
                assert_memory_equal(stored + to * size, samples + from * size, size);
            }
        }
        free(stored);
        free(out);
    }
    ana_source_free(source);
    free(samples);
}

static void memory_reads_any_window_in_either_layout(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(3, "test.source.windows", 0);
    for (int type = 0; type < N_TYPES; type++) {
        check_memory_source((ana_sample_type)type, true, &random);
        check_memory_source((ana_sample_type)type, false, &random);
    }
}

static void rows_can_be_read_in_pieces(void **state)
{
    (void)state;
    enum {
        COLUMNS = 7,
        ROWS = 900
    };
    static const size_t channels[] = {6, 1, 3};
    static const double gain[] = {0.5, -2.0, 3.0};
    static const double offset[] = {1.0, 0.25, -7.0};
    const ana_window window = {3, channels, 0, ROWS, gain, offset};
    ana_random random = ana_random_stream(21, "test.source.rows", 0);
    int16_t *rows = calloc((size_t)ROWS * COLUMNS, sizeof *rows);
    double *out = calloc(3 * (size_t)ROWS, sizeof *out);
    int16_t *stored = calloc(3 * (size_t)ROWS, sizeof *stored);
    fill_samples(ANA_INT16, (size_t)ROWS * COLUMNS, 4, rows);
    for (size_t at = 0; at < ROWS;) { /* as a reader that holds some rows at a time */
        size_t n = 1 + ana_random_below(&random, ROWS - at);
        ana_rows_to_double(ANA_INT16, n, COLUMNS, rows + at * COLUMNS, &window, at, out);
        ana_rows_to_stored(ANA_INT16, n, COLUMNS, rows + at * COLUMNS, &window, at, stored);
        at += n;
    }
    for (size_t i = 0; i < 3 * (size_t)ROWS; i++) {
        int16_t sample = rows[i % ROWS * COLUMNS + channels[i / ROWS]];
        assert_int_equal(stored[i], sample);
        assert_true(out[i] == (double)sample * gain[i / ROWS] + offset[i / ROWS]);
    }
    free(stored);
    free(out);
    free(rows);
}

static void a_source_lives_until_its_last_owner_lets_go(void **state)
{
    (void)state;
    const int16_t samples[] = {7, 8, 9};
    const size_t channel = 0;
    const ana_window window = {1, &channel, 2, 1, NULL, NULL};
    ana_source *source = NULL;
    double out = 0.0;
    check_ok(ana_source_from_memory(ANA_INT16, 1, 3, true, samples, &source));
    ana_source *shared = ana_source_share(source);
    assert_ptr_equal(shared, source);
    ana_source_free(source);
    check_ok(ana_source_read(shared, &window, &out));
    assert_true(out == 9.0);
    ana_source_free(shared);
    ana_source_free(NULL);
}

static void a_view_shows_runs_of_chosen_channels(void **state)
{
    (void)state;
    enum {
        CHANNELS = 4,
        TIMES = 100,
        KEPT = 3
    };
    static const size_t channels[KEPT] = {2, 0, 3};
    static const ana_run_of_samples runs[] = {{5, 10}, {40, 1}, {41, 3}, {0, 4}, {90, 10}};
    int32_t samples[CHANNELS * TIMES];
    size_t places[28];
    size_t n_places = 0;
    ana_source *source = NULL;
    ana_source *view = NULL;
    fill_samples(ANA_INT32, (size_t)CHANNELS * TIMES, 2, samples);
    check_ok(ana_source_from_memory(ANA_INT32, CHANNELS, TIMES, true, samples, &source));
    for (size_t r = 0; r < 5; r++) {
        for (size_t t = 0; t < runs[r].n; t++) {
            places[n_places++] = runs[r].first + t;
        }
    }
    const ana_view of = {KEPT, channels, 5, runs, 4};
    check_ok(ana_source_view(source, &of, &view));
    ana_source_free(source); /* the view owns it too */
    for (size_t first = 0; first < n_places; first++) {
        for (size_t n = 1; n <= n_places - first; n++) {
            static const size_t wanted[] = {1, 2, 1};
            static const double gain[] = {2.0, 0.5, 1.0};
            static const double offset[] = {1.0, -3.0, 0.0};
            const ana_window window = {3, wanted, first, n, gain, offset};
            double out[3 * 28];
            int32_t stored[3 * 28];
            check_ok(ana_source_read(view, &window, out));
            check_ok(ana_source_read_stored(view, &window, stored));
            for (size_t i = 0; i < 3 * n; i++) {
                size_t c = i / n;
                int32_t sample = samples[channels[wanted[c]] * TIMES + places[first + i % n]];
                assert_int_equal(stored[i], sample);
                assert_true(out[i] == (double)sample * gain[c] + offset[c]);
            }
        }
    }
    ana_source_free(view);
}

/* A source whose reading fails, and that counts how often it is freed. */
typedef struct broken_source {
    int n_freed;
} broken_source;

static ana_status fail_to_read(void *self, const ana_window *window, double *out)
{
    (void)self;
    (void)window;
    (void)out;
    return ana_fail(ANA_ERR_IO, "the disk is gone");
}

static ana_status fail_to_read_stored(void *self, const ana_window *window, void *out)
{
    (void)self;
    (void)window;
    (void)out;
    return ana_fail(ANA_ERR_IO, "the disk is gone too");
}

static void count_free(void *self)
{
    ((broken_source *)self)->n_freed++;
}

static const ana_source_operations broken = {fail_to_read, fail_to_read_stored, count_free};

static void a_failure_to_read_comes_through_a_view(void **state)
{
    (void)state;
    broken_source self = {0};
    const size_t channel = 0;
    const ana_run_of_samples run = {0, 10};
    const ana_view of = {1, &channel, 1, &run, 8};
    const ana_window window = {1, &channel, 0, 3, NULL, NULL};
    ana_source *source = NULL;
    ana_source *view = NULL;
    double out[3];
    check_ok(ana_source_new(&broken, &self, &source));
    check_ok(ana_source_view(source, &of, &view));
    check_fails(ana_source_read(view, &window, out), ANA_ERR_IO, "gone");
    check_fails(ana_source_read_stored(view, &window, out), ANA_ERR_IO, "gone too");
    ana_source_free(view);
    assert_int_equal(self.n_freed, 0);
    ana_source_free(source);
    assert_int_equal(self.n_freed, 1);
}

static void a_size_that_overflows_is_refused(void **state)
{
    (void)state;
    ana_source *source = NULL;
    check_fails(ana_source_from_memory(ANA_INT16, SIZE_MAX, 2, true, NULL, &source), ANA_ERR_SHAPE,
                "overflow");
    check_fails(ana_source_from_memory(ANA_INT16, SIZE_MAX / 2, 1, true, NULL, &source),
                ANA_ERR_MEMORY, "samples");
    assert_null(source);
}

static void without_memory_the_caller_keeps_what_it_gave(void **state)
{
    (void)state;
    const int16_t samples[] = {7, 8, 9, 10};
    static const size_t channels[] = {1, 0};
    static const ana_run_of_samples run = {1, 1};
    broken_source self = {0};
    ana_source *source = NULL;
    ana_source *view = NULL;
    ALLOCATION_TEST(ana_source_new, (&broken, &self, &source), ana_source_free(source));
    assert_int_equal(self.n_freed, 1); /* by the release alone, not by the failures */
    ALLOCATION_TEST(ana_source_from_memory, (ANA_INT16, 2, 2, true, samples, &source),
                    ana_source_free(source));
    check_ok(ana_source_from_memory(ANA_INT16, 2, 2, true, samples, &source));
    const ana_view of = {2, channels, 1, &run, 2};
    ALLOCATION_TEST(ana_source_view, (source, &of, &view), ana_source_free(view));
    check_ok(ana_source_view(source, &of, &view));
    const ana_window window = {2, channels, 0, 1, NULL, NULL};
    double out[2];
    ALLOCATION_TEST(ana_source_read, (view, &window, out), (void)0);
    assert_true(out[0] == 8.0 && out[1] == 10.0);
    ana_source_free(view);
    ana_source_free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_has_its_size_and_name),
        cmocka_unit_test(each_kind_has_its_name),
        cmocka_unit_test(any_type_and_stride_widens_to_the_same_bits_as_one_by_one),
        cmocka_unit_test(unscaled_samples_keep_their_value_and_the_sign_of_zero),
        cmocka_unit_test(memory_reads_any_window_in_either_layout),
        cmocka_unit_test(rows_can_be_read_in_pieces),
        cmocka_unit_test(a_source_lives_until_its_last_owner_lets_go),
        cmocka_unit_test(a_view_shows_runs_of_chosen_channels),
        cmocka_unit_test(a_failure_to_read_comes_through_a_view),
        cmocka_unit_test(a_size_that_overflows_is_refused),
        cmocka_unit_test(without_memory_the_caller_keeps_what_it_gave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
