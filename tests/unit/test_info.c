#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/formats/info.h>
#include <analysis/random.h>

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const double none = (double)NAN;

static ana_series *series_of(ana_sample_type type, size_t n_channels, size_t n, const void *samples)
{
    ana_series *series = NULL;
    check_ok(ana_series_new("x", n_channels, &series));
    series->type = type;
    series->rate = 10.0;
    check_ok(ana_series_add_segment(series, n, 0.0));
    check_ok(ana_source_from_memory(type, n_channels, n, true, samples, &series->source));
    return series;
}

static ana_channel_stats stats_of(ana_sample_type type, bool widen, size_t n, const void *samples)
{
    ana_channel_stats stats = {0};
    ana_series *series = series_of(type, 1, n, samples);
    check_ok(ana_series_stats(series, widen, NULL, &stats));
    ana_series_free(series);
    return stats;
}

static void six_values_by_hand(void **state)
{
    (void)state;
    const double values[6] = {1.0, none, -2.0, 4.0, none, 0.5};
    ana_channel_stats stats = stats_of(ANA_FLOAT64, false, 6, values);
    assert_int_equal(stats.n, 6);
    assert_int_equal(stats.n_missing, 2);
    check_close(stats.sum, 3.5, 0.0, 0.0);
    check_close(stats.sumsq, 21.25, 0.0, 0.0);
    check_close(stats.min, -2.0, 0.0, 0.0);
    check_close(stats.max, 4.0, 0.0, 0.0);
    assert_int_equal(stats.n_first, 4);
    check_all_close(4, stats.first, values, 0.0, 0.0);
    check_all_close(4, stats.last, values + 2, 0.0, 0.0);
    assert_false(stats.has_stored);
}

static void missing_and_short_and_empty_channels(void **state)
{
    (void)state;
    const double values[2] = {none, none};
    const int16_t pair[2] = {-3, 5};
    ana_channel_stats stats = stats_of(ANA_FLOAT64, false, 2, values);
    assert_int_equal(stats.n_missing, 2);
    check_close(stats.min, none, 0.0, 0.0);
    check_close(stats.max, none, 0.0, 0.0);
    check_close(stats.sum, 0.0, 0.0, 0.0);
    stats = stats_of(ANA_INT16, false, 2, pair);
    assert_int_equal(stats.n_first, 2);
    check_close(stats.first[1], 5.0, 0.0, 0.0);
    check_close(stats.last[0], -3.0, 0.0, 0.0);
    stats = stats_of(ANA_INT16, false, 0, pair);
    assert_int_equal(stats.n, 0);
    assert_int_equal(stats.n_first, 0);
    check_close(stats.min, none, 0.0, 0.0);
    assert_string_equal(stats.stored_sum, "0");
}

/* A sum that ordinary addition gets wrong by 1. */
static void rounding_is_not_lost(void **state)
{
    (void)state;
    const double values[4] = {1e16, 1.0, -1e16, 1.0};
    ana_channel_stats stats = stats_of(ANA_FLOAT64, false, 4, values);
    check_close(stats.sum, 2.0, 0.0, 0.0);
}

static void stored_sums_are_exact_beyond_64_bits(void **state)
{
    (void)state;
    const int64_t lowest[3] = {INT64_MIN, INT64_MIN, INT64_MIN};
    const int64_t highest[3] = {INT64_MAX, INT64_MAX, INT64_MAX};
    const int64_t mixed[4] = {INT64_MIN, INT64_MAX, -1, 1};
    const uint64_t unsigned_ones[3] = {UINT64_MAX, UINT64_MAX, 7};
    const int64_t round_down[2] = {-4294967296, -4294967296};
    ana_channel_stats stats = stats_of(ANA_INT64, false, 3, lowest);
    assert_string_equal(stats.stored_sum, "-27670116110564327424");
    assert_true(stats.stored_max == INT64_MIN);
    stats = stats_of(ANA_INT64, false, 3, highest);
    assert_string_equal(stats.stored_sum, "27670116110564327421");
    stats = stats_of(ANA_INT64, false, 4, mixed);
    assert_string_equal(stats.stored_sum, "-1");
    assert_true(stats.stored_min == INT64_MIN && stats.stored_max == INT64_MAX);
    stats = stats_of(ANA_INT64, false, 2, round_down);
    assert_string_equal(stats.stored_sum, "-8589934592");
    stats = stats_of(ANA_UINT64, false, 3, unsigned_ones);
    assert_string_equal(stats.stored_sum, "36893488147419103237");
    assert_true(stats.stored_min == 7 && (uint64_t)stats.stored_max == UINT64_MAX);
}

__extension__ typedef __int128 wide_int;

/* Against 128-bit sums, over several blocks. */
static void stored_sums_agree_with_wider_integers(void **state)
{
    (void)state;
    enum {
        N = 600000
    };
    ana_random random = ana_random_stream(5, "test", 0);
    int64_t *samples = malloc(N * sizeof *samples);
    assert_non_null(samples);
    wide_int sum = 0;
    for (size_t i = 0; i < N; i++) {
        uint64_t bits = (uint64_t)(1.8e19 * ana_random_uniform(&random)); /* negative ones too */
        memcpy(&samples[i], &bits, sizeof bits);
        sum += samples[i];
    }
    ana_channel_stats stats = stats_of(ANA_INT64, false, N, samples);
    wide_int printed = 0;
    for (const char *c = stats.stored_sum; *c != '\0'; c++) {
        printed = *c == '-' ? 0 : printed * 10 + (*c - '0');
    }
    assert_true((stats.stored_sum[0] == '-' ? -printed : printed) == sum);
    assert_int_equal(stats.stored_crc32,
                     crc32(0, (const unsigned char *)samples, N * sizeof *samples));
    free(samples);
}

static void every_integer_type_is_summed_and_checked(void **state)
{
    (void)state;
    const int8_t i8[3] = {-128, 127, -1};
    const uint8_t u8[3] = {255, 0, 1};
    const int16_t i16[3] = {-32768, 32767, -1};
    const uint16_t u16[3] = {65535, 0, 1};
    const int32_t i32[3] = {-8388608, 8388607, -1};
    const uint32_t u32[3] = {UINT32_MAX, 0, 1};
    const struct {
        ana_sample_type type;
        const void *samples;
        size_t size;
        const char *sum;
        int64_t min;
        int64_t max;
    } cases[] = {
        {ANA_INT8, i8, 1, "-2", -128, 127},
        {ANA_UINT8, u8, 1, "256", 0, 255},
        {ANA_INT16, i16, 2, "-2", -32768, 32767},
        {ANA_UINT16, u16, 2, "65536", 0, 65535},
        {ANA_INT24, i32, 4, "-2", -8388608, 8388607},
        {ANA_INT32, i32, 4, "-2", -8388608, 8388607},
        {ANA_UINT32, u32, 4, "4294967296", 0, UINT32_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ana_channel_stats stats = stats_of(cases[i].type, false, 3, cases[i].samples);
        assert_true(stats.has_stored);
        assert_string_equal(stats.stored_sum, cases[i].sum);
        assert_true(stats.stored_min == cases[i].min && stats.stored_max == cases[i].max);
        assert_int_equal(stats.stored_crc32, crc32(0, cases[i].samples, (uInt)(3 * cases[i].size)));
    }
    const int32_t wide[3] = {-32768, 32767, -1};
    ana_channel_stats stats = stats_of(ANA_INT16, true, 3, i16);
    assert_int_equal(stats.stored_crc32, crc32(0, (const unsigned char *)wide, sizeof wide));
}

/* Everything a recording can hold, with numbers that JSON cannot. */
static ana_recording *full_recording(void)
{
    const uint64_t samples[2][3] = {{UINT64_MAX, UINT64_MAX, 1}, {1, 2, 3}};
    const double times[3] = {0.5, 0.6, 2.0};
    const double values[3] = {0.1, none, INFINITY};
    ana_recording *recording = NULL;
    ana_spikes *spikes = NULL;
    ana_intervals *intervals = NULL;
    ana_table *table = NULL;
    check_ok(ana_recording_new(&recording));
    recording->start_time = strdup("2020-01-01T00:00:00");
    ana_series *series = series_of(ANA_UINT64, 2, 3, samples);
    series->channels[0].name = strdup("a \"quoted\"\n\x01");
    series->channels[0].unit = strdup("\xc2\xb5V");
    series->channels[0].kind = ANA_KIND_EEG;
    check_ok(ana_recording_add_series(recording, series));
    series = series_of(ANA_FLOAT64, 1, 3, values);
    series->rate = 0.0;
    check_ok(ana_source_from_memory(ANA_FLOAT64, 1, 3, true, times, &series->timestamps));
    check_ok(ana_recording_add_series(recording, series));
    check_ok(ana_spikes_new("units", 2, (const size_t[2]){2, 0}, &spikes));
    spikes->times[0] = 0.25;
    spikes->times[1] = 0.75;
    check_ok(ana_recording_add_spikes(recording, spikes));
    check_ok(ana_intervals_new("trials", 2, &intervals));
    check_ok(ana_table_add_doubles(intervals->table, "score", NULL, values));
    check_ok(ana_recording_add_intervals(recording, intervals));
    check_ok(ana_table_new(3, &table));
    check_ok(ana_table_add_doubles(table, "depth", "m", values));
    check_ok(ana_recording_add_table(recording, "electrodes", table));
    ana_recording_warn(recording, "byte %d: odd", 7);
    return recording;
}

static json_t *parse(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, 0, &error);
    if (json == NULL) {
        print_error("line %d: %s\n%s\n", error.line, error.text, text);
        fail();
    }
    return json;
}

static json_t *info_of(const ana_recording *recording, bool stats)
{
    char *text = NULL;
    check_ok(ana_recording_info(recording, stats, NULL, &text));
    json_t *json = parse(text);
    free(text);
    return json;
}

/* The keys of `object` are exactly those, space-separated. */
static void check_keys(const json_t *object, const char *keys)
{
    char found[400] = "";
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        strcat(strcat(found, found[0] != '\0' ? " " : ""), key);
    }
    assert_string_equal(found, keys);
}

static const json_t *item(const json_t *object, const char *list, size_t i)
{
    const json_t *found = json_array_get(json_object_get(object, list), i);
    assert_non_null(found);
    return found;
}

static void every_key_of_the_schema_is_there(void **state)
{
    (void)state;
    ana_recording *recording = full_recording();
    json_t *info = info_of(recording, true);
    check_keys(info, "format start_time duration_s series spikes intervals tables warnings");
    const json_t *series = item(info, "series", 0);
    check_keys(series, "name kind rate n_times segments channels");
    check_keys(item(series, "segments", 0), "start n_times");
    const json_t *channel = item(series, "channels", 0);
    check_keys(channel, "name kind unit gain offset n n_missing sum sumsq min max first last "
                        "stored");
    check_keys(json_object_get(channel, "stored"), "dtype sum min max crc32");
    check_keys(item(item(info, "series", 1), "channels", 0),
               "name kind unit gain offset n n_missing sum sumsq min max first last");
    const json_t *spikes = item(info, "spikes", 0);
    check_keys(spikes, "name n_units n_spikes units");
    check_keys(item(spikes, "units", 0), "id n_spikes first last");
    check_keys(item(info, "intervals", 0), "name n columns");
    check_keys(item(info, "tables", 0), "name n columns");
    json_decref(info);
    info = info_of(recording, false);
    check_keys(item(item(info, "series", 0), "channels", 0), "name kind unit gain offset");
    json_decref(info);
    ana_recording_free(recording);
}

static void the_values_are_those_of_the_recording(void **state)
{
    (void)state;
    ana_recording *recording = full_recording();
    json_t *info = info_of(recording, true);
    assert_true(json_is_null(json_object_get(info, "format")));
    assert_string_equal(json_string_value(json_object_get(info, "start_time")),
                        "2020-01-01T00:00:00");
    check_close(json_number_value(json_object_get(info, "duration_s")), 2.0, 0.0, 0.0);
    const json_t *series = item(info, "series", 0);
    assert_string_equal(json_string_value(json_object_get(series, "kind")), "mixed");
    const json_t *channel = item(series, "channels", 0);
    assert_string_equal(json_string_value(json_object_get(channel, "name")), "a \"quoted\"\n\x01");
    const json_t *stored = json_object_get(channel, "stored");
    assert_string_equal(json_string_value(json_object_get(stored, "sum")), "36893488147419103231");
    stored = json_object_get(item(series, "channels", 1), "stored");
    assert_int_equal(json_integer_value(json_object_get(stored, "sum")), 6);
    assert_string_equal(json_string_value(json_object_get(stored, "dtype")), "uint64");
    const json_t *stamped = item(info, "series", 1);
    assert_true(json_is_null(json_object_get(stamped, "rate")));
    channel = item(stamped, "channels", 0);
    const json_t *first = json_object_get(channel, "first");
    check_close(json_number_value(json_array_get(first, 0)), 0.1, 0.0, 0.0);
    assert_true(json_is_null(json_array_get(first, 1)));
    assert_true(json_is_null(json_array_get(first, 2)));
    assert_int_equal(json_integer_value(json_object_get(channel, "n_missing")), 1);
    const json_t *unit = item(item(info, "spikes", 0), "units", 0);
    check_close(json_number_value(json_object_get(unit, "last")), 0.75, 0.0, 0.0);
    assert_true(json_is_null(json_object_get(item(item(info, "spikes", 0), "units", 1), "first")));
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(item(info, "tables", 0), "columns"), 0)),
        "depth");
    assert_string_equal(json_string_value(item(info, "warnings", 0)), "byte 7: odd");
    json_decref(info);
    ana_recording_free(recording);
}

/* Readers of JSON lose, or refuse, what is beyond 2^63 - 1. */
static void unsigned_extremes_beyond_63_bits_are_text(void **state)
{
    (void)state;
    ana_recording *recording = full_recording();
    char *text = NULL;
    check_ok(ana_recording_info(recording, true, NULL, &text));
    assert_non_null(strstr(text, "\"max\": \"18446744073709551615\", \"crc32\""));
    free(text);
    ana_recording_free(recording);
}

static void numbers_keep_every_bit(void **state)
{
    (void)state;
    const double values[3] = {0.1 + 0.2, 1.0 / 3.0, 5e-324};
    ana_recording *recording = NULL;
    check_ok(ana_recording_new(&recording));
    check_ok(ana_recording_add_series(recording, series_of(ANA_FLOAT64, 1, 3, values)));
    json_t *info = info_of(recording, true);
    const json_t *first = json_object_get(item(item(info, "series", 0), "channels", 0), "first");
    for (size_t i = 0; i < 3; i++) {
        double value = json_number_value(json_array_get(first, i));
        assert_memory_equal(&value, &values[i], sizeof value);
    }
    json_decref(info);
    ana_recording_free(recording);
}

static void edf_integers_are_widened(void **state)
{
    (void)state;
    const int16_t samples[3] = {-1, 300, 2};
    const int32_t wide[3] = {-1, 300, 2};
    static const char *const formats[] = {"edf", "bdf", "npy"};
    for (size_t i = 0; i < 3; i++) {
        ana_recording *recording = NULL;
        check_ok(ana_recording_new(&recording));
        recording->format = strdup(formats[i]);
        check_ok(ana_recording_add_series(recording, series_of(ANA_INT16, 1, 3, samples)));
        json_t *info = info_of(recording, true);
        const json_t *stored =
            json_object_get(item(item(info, "series", 0), "channels", 0), "stored");
        assert_string_equal(json_string_value(json_object_get(stored, "dtype")),
                            i < 2 ? "int32" : "int16");
        unsigned long wanted = i < 2 ? crc32(0, (const unsigned char *)wide, sizeof wide)
                                     : crc32(0, (const unsigned char *)samples, sizeof samples);
        assert_int_equal(json_integer_value(json_object_get(stored, "crc32")), wanted);
        json_decref(info);
        ana_recording_free(recording);
    }
}

static void an_empty_recording_and_an_empty_series_are_valid_json(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    ana_series *series = NULL;
    check_ok(ana_recording_new(&recording));
    json_t *info = info_of(recording, true);
    assert_int_equal(json_array_size(json_object_get(info, "series")), 0);
    json_decref(info);
    check_ok(ana_series_new("no channels", 0, &series));
    series->rate = 1.0;
    check_ok(ana_recording_add_series(recording, series));
    check_ok(ana_recording_add_series(recording, series_of(ANA_INT16, 1, 0, &(int16_t){0})));
    info = info_of(recording, true);
    const json_t *channel = item(item(info, "series", 1), "channels", 0);
    assert_int_equal(json_integer_value(json_object_get(channel, "n")), 0);
    assert_true(json_is_null(json_object_get(channel, "min")));
    json_decref(info);
    ana_recording_free(recording);
}

/* A file that ends early is told of, not summed. */
static ana_status read_nothing(void *self, const ana_window *window, double *out)
{
    (void)self;
    (void)window;
    (void)out;
    return ana_fail(ANA_ERR_FORMAT, "x.edf: ends at byte 5");
}

static void free_nothing(void *self)
{
    (void)self;
}

static void a_failure_of_the_file_is_passed_on(void **state)
{
    (void)state;
    static const ana_source_operations operations = {read_nothing, NULL, free_nothing};
    const double values[2] = {1.0, 2.0};
    ana_channel_stats stats;
    ana_recording *recording = NULL;
    char *text = NULL;
    check_ok(ana_recording_new(&recording));
    ana_series *series = series_of(ANA_FLOAT64, 1, 2, values);
    ana_source_free(series->source);
    series->source = NULL;
    check_ok(ana_source_new(&operations, NULL, &series->source));
    check_fails(ana_series_stats(series, false, NULL, &stats), ANA_ERR_FORMAT, "byte 5");
    check_ok(ana_recording_add_series(recording, series));
    check_fails(ana_recording_info(recording, true, NULL, &text), ANA_ERR_FORMAT, "byte 5");
    assert_null(text);
    ana_recording_free(recording);
}

static void a_failed_allocation_is_reported(void **state)
{
    (void)state;
    ana_channel_stats stats[2];
    char *text = NULL;
    ana_recording *recording = full_recording();
    ALLOCATION_TEST(ana_series_stats, (recording->series[0], true, NULL, stats), (void)0);
    ALLOCATION_TEST(ana_recording_info, (recording, true, NULL, &text), free(text));
    ana_recording_free(recording);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(six_values_by_hand),
        cmocka_unit_test(missing_and_short_and_empty_channels),
        cmocka_unit_test(rounding_is_not_lost),
        cmocka_unit_test(stored_sums_are_exact_beyond_64_bits),
        cmocka_unit_test(stored_sums_agree_with_wider_integers),
        cmocka_unit_test(every_integer_type_is_summed_and_checked),
        cmocka_unit_test(every_key_of_the_schema_is_there),
        cmocka_unit_test(the_values_are_those_of_the_recording),
        cmocka_unit_test(unsigned_extremes_beyond_63_bits_are_text),
        cmocka_unit_test(numbers_keep_every_bit),
        cmocka_unit_test(edf_integers_are_widened),
        cmocka_unit_test(an_empty_recording_and_an_empty_series_are_valid_json),
        cmocka_unit_test(a_failure_of_the_file_is_passed_on),
        cmocka_unit_test(a_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
