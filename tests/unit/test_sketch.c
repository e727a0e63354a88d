#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/formats/sketch.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double none = (double)NAN;

/* One channel of doubles in memory. */
static ana_series *series_of(const char *name, size_t n, const double *values)
{
    ana_series *series = NULL;
    check_ok(ana_series_new(name, 1, &series));
    series->type = ANA_FLOAT64;
    series->channels[0].name = strdup("c0");
    check_ok(ana_source_from_memory(ANA_FLOAT64, 1, n, true, values, &series->source));
    return series;
}

static void stamp(ana_series *series, size_t n, const double *times)
{
    check_ok(ana_series_add_segment(series, n, times[0]));
    check_ok(ana_source_from_memory(ANA_FLOAT64, 1, n, true, times, &series->timestamps));
}

/* Low and high of every column by looking at each sample for each column. */
static void compare_with_brute_force(const ana_series *series, size_t n, const double *values,
                                     double from, double to, size_t n_columns)
{
    double *low = calloc(2 * n_columns + n + 1, sizeof *low);
    assert_non_null(low);
    double *high = low + n_columns;
    double *times = high + n_columns;
    check_ok(ana_series_times(series, 0, n, times));
    check_ok(ana_series_envelope(series, 0, from, to, n_columns, low, high));
    for (size_t c = 0; c < n_columns; c++) {
        double lowest = INFINITY;
        double highest = -INFINITY;
        for (size_t t = 0; t < n; t++) {
            double place = (times[t] - from) * ((double)n_columns / (to - from));
            if (place >= (double)c && place < (double)(c + 1) && !isnan(values[t])) {
                lowest = fmin(lowest, values[t]);
                highest = fmax(highest, values[t]);
            }
        }
        check_close(low[c], isinf(lowest) ? none : lowest, 0.0, 0.0);
        check_close(high[c], isinf(lowest) ? none : highest, 0.0, 0.0);
    }
    free(low);
}

static void the_envelope_has_the_extremes_of_every_column(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(3, "test", 0);
    for (size_t round = 0; round < 40; round++) {
        size_t n = 1 + (size_t)(300.0 * ana_random_uniform(&random));
        size_t n_columns = 1 + (size_t)(70.0 * ana_random_uniform(&random));
        double *values = calloc(2 * n, sizeof *values);
        assert_non_null(values);
        double *times = values + n;
        for (size_t t = 0; t < n; t++) {
            values[t] = ana_random_uniform(&random) < 0.1 ? none : ana_random_normal(&random);
            times[t] = 5.0 * ana_random_uniform(&random) - 1.0;
        }
        ana_series *series = series_of("x", n, values);
        if (round % 2 == 0) {
            series->rate = 97.0;
            check_ok(ana_series_add_segment(series, n / 3, 0.25)); /* then a gap */
            check_ok(ana_series_add_segment(series, n - n / 3, 2.5 + (double)n / 97.0));
        } else {
            stamp(series, n, times);
        }
        double from = 2.0 * ana_random_uniform(&random) - 0.5;
        double to = from + 0.01 + 4.0 * ana_random_uniform(&random);
        compare_with_brute_force(series, n, values, from, to, n_columns);
        ana_series_free(series);
        free(values);
    }
}

static void a_gap_leaves_columns_empty(void **state)
{
    (void)state;
    const double values[4] = {1.0, 2.0, 3.0, 4.0};
    double low[6];
    double high[6];
    ana_series *series = series_of("x", 4, values);
    series->rate = 1.0;
    check_ok(ana_series_add_segment(series, 2, 0.0));
    check_ok(ana_series_add_segment(series, 2, 4.0));
    check_ok(ana_series_envelope(series, 0, 0.0, 6.0, 6, low, high));
    const double wanted[6] = {1.0, 2.0, none, none, 3.0, 4.0};
    check_all_close(6, low, wanted, 0.0, 0.0);
    check_all_close(6, high, wanted, 0.0, 0.0);
    /* A sample whose time is the beginning but for rounding belongs to the first column. */
    check_ok(ana_series_envelope(series, 0, 1.0 + 1e-9, 2.0, 2, low, high));
    check_close(low[0], 2.0, 0.0, 0.0);
    check_close(low[1], none, 0.0, 0.0);
    check_fails(ana_series_envelope(series, 0, 1.0, 1.0, 6, low, high), ANA_ERR_VALUE, "columns");
    check_fails(ana_series_envelope(series, 0, none, 1.0, 6, low, high), ANA_ERR_VALUE, "columns");
    check_fails(ana_series_envelope(series, 0, 0.0, 1.0, 0, low, high), ANA_ERR_VALUE, "columns");
    check_fails(ana_series_envelope(series, 1, 0.0, 1.0, 6, low, high), ANA_ERR_VALUE, "channel 1");
    ana_series_free(series);
}

/* A rising line of 8 samples at 1 Hz, two units, two spans. */
static ana_recording *tiny_recording(const char *channel, const char *unit, const char *label)
{
    const double values[8] = {0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0};
    const size_t n_in_unit[2] = {3, 1};
    ana_recording *recording = NULL;
    ana_spikes *spikes = NULL;
    ana_intervals *intervals = NULL;
    check_ok(ana_recording_new(&recording));
    ana_series *series = series_of("eeg", 8, values);
    free(series->channels[0].name);
    series->channels[0].name = strdup(channel);
    series->channels[0].unit = strdup(unit);
    series->rate = 1.0;
    check_ok(ana_series_add_segment(series, 8, 0.0));
    check_ok(ana_recording_add_series(recording, series));
    check_ok(ana_spikes_new("units", 2, n_in_unit, &spikes));
    memcpy(spikes->times, (const double[4]){0.1, 0.2, 7.9, 4.0}, 4 * sizeof(double));
    check_ok(ana_recording_add_spikes(recording, spikes));
    check_ok(ana_intervals_new("marks", 3, &intervals));
    memcpy(intervals->start, (const double[3]){2.0, 6.0, 20.0}, 3 * sizeof(double));
    memcpy(intervals->stop, (const double[3]){4.0, none, 21.0}, 3 * sizeof(double));
    const char *labels[3] = {label, NULL, "later"};
    check_ok(ana_table_add_texts(intervals->table, "label", labels));
    check_ok(ana_recording_add_intervals(recording, intervals));
    return recording;
}

static ana_sketch_options narrow(bool ascii)
{
    ana_sketch_options options = ana_sketch_options_default();
    options.width = 40; /* 26 cells right of the labels */
    options.from = 0.0;
    options.to = 8.0;
    options.ascii = ascii;
    return options;
}

static char *sketch(const ana_recording *recording, const ana_sketch_options *options)
{
    char *text = NULL;
    check_ok(ana_recording_sketch(recording, options, &text));
    return text;
}

static void letters_show_a_line_two_units_and_two_spans(void **state)
{
    (void)state;
    ana_recording *recording = tiny_recording("Cz", "uV", "stim");
    ana_sketch_options options = narrow(true);
    char *text = sketch(recording, &options);
    /* Columns 0, 6, 13, 19, 26, 32, 39 and 45 of 52 hold a sample each: cells 0, 3, 6, 9, ... */
    assert_string_equal(text, "eeg\n"
                              "Cz                         .  .  '  '     0 to 7 uV\n"
                              "              .  .  '  '                \n"
                              "units\n"
                              "0             :                        .\n"
                              "1                          .            \n"
                              "marks\n"
                              "stim                ========\n"
                              "                                 =\n"
                              "              0.000              8.000 s\n");
    free(text);
    ana_recording_free(recording);
}

static void dots_stand_where_the_values_are(void **state)
{
    (void)state;
    ana_recording *recording = tiny_recording("Cz", "uV", "stim");
    ana_sketch_options options = narrow(false);
    char *text = sketch(recording, &options);
    /* The lowest sample is the lowest left dot (bit 0x40), the highest the highest right one. */
    const char *second = strchr(strchr(text, '\n') + 1, '\n') + 1;
    assert_memory_equal(second, "              \xe2\xa1\x80", 17);
    assert_non_null(strstr(text, "\xe2\xa0\x88     0 to 7 uV")); /* U+2808 */
    assert_non_null(strstr(text, "\n0             \xe2\x96\x8e"));
    assert_null(strstr(text, "more"));
    free(text);
    ana_recording_free(recording);
}

static void names_from_a_file_cannot_move_the_cursor(void **state)
{
    (void)state;
    ana_recording *recording =
        tiny_recording("\x1b[2J\nx\x80\xe2\x80\xae\xc2\x9b", "\r\x07\n", "\n\n\t\x7f");
    free(recording->series[0]->name);
    recording->series[0]->name = strdup("\x1b]0;title\x07");
    ana_sketch_options options = narrow(true);
    char *text = sketch(recording, &options);
    size_t n_lines = 0;
    for (const char *c = text; *c != '\0'; c++) {
        n_lines += *c == '\n' ? 1 : 0;
        assert_true(*c == '\n' || (unsigned char)*c >= 0x20);
        assert_true((unsigned char)*c != 0x7f && (unsigned char)*c != 0x9b);
    }
    assert_int_equal(n_lines, 10);
    assert_non_null(strstr(text, "?]0;title?\n"));
    assert_non_null(strstr(text, "?[2J?x\xef\xbf\xbd??  "));
    assert_non_null(strstr(text, "0 to 7 ???\n"));
    assert_non_null(strstr(text, "\n????   "));
    free(text);
    ana_recording_free(recording);
}

static char *sketch_values(size_t n, const double *values)
{
    ana_recording *recording = NULL;
    ana_sketch_options options = narrow(true);
    check_ok(ana_recording_new(&recording));
    ana_series *series = series_of("x", n, values);
    series->rate = 1.0;
    check_ok(ana_series_add_segment(series, n, 0.0));
    check_ok(ana_recording_add_series(recording, series));
    char *text = sketch(recording, &options);
    ana_recording_free(recording);
    return text;
}

static void extremes_of_any_size_are_written_right(void **state)
{
    (void)state;
    static const struct {
        double values[3];
        const char *wanted;
    } cases[] = {
        {{1.23456789e-10, 0.0, 2e-10}, "  0 to 2e-10\n"},
        {{-123456789012.0, 1.0, 0.1}, "  -123457000000 to 1\n"},
        {{1.23456789e-10, 1.3e-10, 1.3e-10}, "  1.23457e-10 to 1.3e-10\n"},
        {{-1.7e308, 1.7e308, 0.0}, "  -1.7e+308 to 1.7e+308\n"},
        {{4.0, 4.0, 4.0}, "  4 to 4\n"},
        {{INFINITY, 1.0, -INFINITY}, "  1 to 1\n"},
        {{INFINITY, 5.0, 7.0}, "  5 to 7\n"},
        {{5e-324, 0.0, 5e-324}, "  0 to 4.94065645841247e-324\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = sketch_values(3, cases[i].values);
        if (strstr(text, cases[i].wanted) == NULL) {
            print_error("%zu: \"%s\" is not in\n%s", i, cases[i].wanted, text);
            fail();
        }
        free(text);
    }
    char *text = sketch_values(3, (const double[3]){none, none, none});
    assert_null(strstr(text, " to "));
    free(text);
    text = sketch_values(2, (const double[2]){INFINITY, -INFINITY});
    assert_null(strstr(text, " to "));
    assert_non_null(strstr(text, "c0            '  "));
    free(text);
}

static void the_span_is_ten_seconds_or_the_end(void **state)
{
    (void)state;
    double from = 0.0;
    double to = 0.0;
    ana_recording *recording = tiny_recording("Cz", "uV", "stim");
    ana_recording *empty = NULL;
    check_ok(ana_recording_new(&empty));
    ana_sketch_options options = ana_sketch_options_default();
    check_ok(ana_sketch_span(recording, &options, &from, &to));
    check_close(from, 0.0, 0.0, 0.0);
    check_close(to, 10.0, 0.0, 0.0);
    options.from = 15.0;
    check_ok(ana_sketch_span(recording, &options, &from, &to));
    check_close(to, 21.0, 0.0, 0.0);
    options.from = 100.0; /* after the end */
    check_ok(ana_sketch_span(recording, &options, &from, &to));
    check_close(to, 110.0, 0.0, 0.0);
    options.to = 100.0;
    check_fails(ana_sketch_span(recording, &options, &from, &to), ANA_ERR_VALUE, "end");
    options.to = INFINITY;
    check_fails(ana_sketch_span(recording, &options, &from, &to), ANA_ERR_VALUE, "end");
    options = ana_sketch_options_default();
    check_ok(ana_sketch_span(empty, &options, &from, &to));
    check_close(to, 10.0, 0.0, 0.0);
    ana_recording_free(empty);
    ana_recording_free(recording);
}

static void empty_things_are_drawn_as_nothing(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    ana_series *series = NULL;
    check_ok(ana_recording_new(&recording));
    ana_sketch_options options = narrow(true);
    char *text = sketch(recording, &options);
    assert_string_equal(text, "              0.000              8.000 s\n");
    free(text);
    check_ok(ana_series_new("none", 0, &series));
    series->rate = 1.0;
    check_ok(ana_recording_add_series(recording, series));
    text = sketch(recording, &options);
    assert_string_equal(text, "none\n              0.000              8.000 s\n");
    free(text);
    text = sketch(recording, NULL);
    assert_non_null(strstr(text, "10.000 s\n"));
    free(text);
    ana_recording_free(recording);
    recording = tiny_recording("Cz", "uV", "stim");
    options.from = 1000.0;
    options.to = 1001.0;
    text = sketch(recording, &options);
    assert_null(strpbrk(text, "'|:=#")); /* neither trace, nor spikes, nor spans */
    assert_null(strstr(text, " to "));
    free(text);
    ana_recording_free(recording);
}

static void what_is_left_out_is_counted(void **state)
{
    (void)state;
    ana_recording *recording = tiny_recording("Cz", "uV", "stim");
    ana_intervals *many = NULL;
    check_ok(ana_intervals_new("many", 11, &many));
    check_ok(ana_recording_add_intervals(recording, many));
    ana_sketch_options options = narrow(true);
    options.max_channels = 1;
    char *text = sketch(recording, &options);
    assert_non_null(strstr(text, "(1 more units)\n"));
    assert_null(strstr(text, "more channels"));
    assert_non_null(strstr(text, "(3 more)\n"));
    free(text);
    options.width = 5;
    check_fails(ana_recording_sketch(recording, &options, &text), ANA_ERR_VALUE, "width");
    ana_recording_free(recording);
}

static void a_failed_allocation_is_reported(void **state)
{
    (void)state;
    double from = 0.0;
    double to = 0.0;
    double low[4];
    double high[4];
    char *text = NULL;
    ana_recording *recording = tiny_recording("Cz", "uV", "stim");
    ana_sketch_options options = narrow(false);
    NO_ALLOCATION_TEST(ana_sketch_span, (recording, &options, &from, &to));
    ALLOCATION_TEST(ana_series_envelope, (recording->series[0], 0, 0.0, 8.0, 4, low, high),
                    (void)0);
    ALLOCATION_TEST(ana_recording_sketch, (recording, &options, &text), free(text));
    ana_recording_free(recording);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_envelope_has_the_extremes_of_every_column),
        cmocka_unit_test(a_gap_leaves_columns_empty),
        cmocka_unit_test(letters_show_a_line_two_units_and_two_spans),
        cmocka_unit_test(dots_stand_where_the_values_are),
        cmocka_unit_test(names_from_a_file_cannot_move_the_cursor),
        cmocka_unit_test(extremes_of_any_size_are_written_right),
        cmocka_unit_test(the_span_is_ten_seconds_or_the_end),
        cmocka_unit_test(empty_things_are_drawn_as_nothing),
        cmocka_unit_test(what_is_left_out_is_counted),
        cmocka_unit_test(a_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
