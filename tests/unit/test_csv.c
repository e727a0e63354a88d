#include "csv.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <analysis/formats/reader.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *put(const char *name, const char *text)
{
    return scratch_file(name, text, strlen(text));
}

static ana_recording *read_ok(const char *path, double rate)
{
    ana_recording *recording = NULL;
    ana_read_options options = ana_read_options_default();
    options.rate = rate;
    check_ok(ana_recording_read(path, &options, &recording));
    check_ok(ana_recording_check(recording));
    return recording;
}

static void a_column_of_times_gives_the_rate(void **state)
{
    (void)state;
    ana_recording *recording =
        read_ok(put("a.csv", "time [s],Cz [uV],Pz\n0.5,1.25,-3\n0.504,2.5,\n0.508,nan,7e3\n"), 0.0);
    const ana_series *series = ana_recording_find_series(recording, NULL);
    double values[6];
    assert_string_equal(recording->format, "csv");
    assert_int_equal(series->n_channels, 2);
    check_close(series->rate, 250.0, 1e-9, 0.0);
    check_close(series->segments[0].start, 0.5, 0.0, 0.0);
    assert_string_equal(series->channels[0].name, "Cz");
    assert_string_equal(series->channels[0].unit, "uV");
    assert_null(series->channels[1].unit);
    check_ok(ana_series_read(series, 2, NULL, 0, 3, values));
    const double wanted[6] = {1.25, 2.5, (double)NAN, -3.0, (double)NAN, 7000.0};
    check_all_close(6, values, wanted, 0.0, 0.0);
    ana_recording_free(recording);
}

static void times_that_are_uneven_stay_stamps(void **state)
{
    (void)state;
    ana_recording *recording = read_ok(put("b.tsv", "t\tx\n0\t1\n1\t2\n5\t3\n"), 0.0);
    const ana_series *series = ana_recording_find_series(recording, NULL);
    double times[3];
    assert_true(series->rate == 0.0);
    check_ok(ana_series_times(series, 0, 3, times));
    assert_true(times[0] == 0.0 && times[1] == 1.0 && times[2] == 5.0);
    ana_recording_free(recording);
}

/* Rows of stamps and their number; `times` are in seconds. */
static const char *put_stamps(const char *name, size_t n, const double *times, int decimals)
{
    ana_text text = {0};
    ana_text_append(&text, "timestamps,x\n");
    for (size_t i = 0; i < n; i++) {
        ana_text_printf(&text, "%.*f,%zu\n", decimals, times[i], i);
    }
    assert_false(text.failed);
    const char *path = put(name, text.bytes);
    ana_text_release(&text);
    return path;
}

/* 300 stamps at 256.04 Hz from a late zero, of which those from `gap` on are `lost` samples later;
 * the clock is read up to `jitter` of a sample wrong. */
static void make_stamps(size_t gap, double lost, double jitter, double times[300])
{
    uint64_t bits = 7;
    for (size_t i = 0; i < 300; i++) {
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        const double wrong = jitter * (2.0 * (double)(bits >> 40) / (double)(1 << 24) - 1.0);
        times[i] = 1486223115.0 + ((double)i + (i >= gap ? lost : 0.0) + wrong) / 256.04;
    }
}

static void a_jittering_clock_gives_its_rate_with_a_warning(void **state)
{
    (void)state;
    double times[300];
    make_stamps(300, 0.0, 0.0, times);
    const char *path = put_stamps("ja.csv", 300, times, 3);
    ana_recording *recording = read_ok(path, 0.0);
    const ana_series *series = ana_recording_find_series(recording, NULL);
    /* thousandths of a second are wrong by half of one, evenly: the line knows better by far */
    check_close(series->rate, 256.04, 0.0, 2e-4);
    assert_int_equal(series->n_segments, 1);
    check_close(series->segments[0].start, 1486223115.0, 2e-4, 0.0);
    assert_int_equal(recording->n_warnings, 1);
    assert_non_null(strstr(recording->warnings[0], "jitter"));
    ana_recording_free(recording);
    ana_read_options strict = ana_read_options_default();
    strict.strict = true;
    check_ok(ana_recording_read(path, &strict, &recording));
    assert_true(ana_recording_find_series(recording, NULL)->rate == 0.0);
    ana_recording_free(recording);
    for (size_t i = 0; i < 300; i++) {
        times[i] = (double)i / 256.0;
    }
    recording = read_ok(put_stamps("jb.csv", 300, times, 3), 0.0);
    assert_true(ana_recording_find_series(recording, NULL)->rate == 256.0);
    ana_recording_free(recording);
}

static void gaps_of_a_clock_are_gaps(void **state)
{
    (void)state;
    const double jitters[] = {0.0, 0.2};
    for (size_t k = 0; k < 2; k++) {
        for (double lost = 1.0; lost < 1000.0; lost *= 30.0) {
            double times[300];
            double first = 0.0;
            make_stamps(130, lost, jitters[k], times);
            ana_recording *recording = read_ok(put_stamps("jc.csv", 300, times, 6), 0.0);
            const ana_series *series = ana_recording_find_series(recording, NULL);
            assert_int_equal(series->n_segments, 2);
            assert_int_equal(series->segments[1].first, 130);
            check_ok(ana_series_times(series, 130, 1, &first));
            check_close(first, 1486223115.0 + (130.0 + lost) / 256.04, 0.1 / 256.04, 0.0);
            assert_non_null(
                strstr(recording->warnings[recording->n_warnings - 1], "have 1 gap, where "));
            assert_int_equal(recording->n_warnings, k + 1);
            ana_recording_free(recording);
        }
    }
}

/* Wherever a sample is lost, whatever the jitter: two segments, or stamps, never one segment. */
static void a_lost_sample_is_never_closed(void **state)
{
    (void)state;
    for (size_t gap = 1; gap < 300; gap += 13) {
        for (double jitter = 0.0; jitter < 0.8; jitter += 0.19) {
            double times[300];
            make_stamps(gap, 1.0, jitter, times);
            ana_recording *recording = read_ok(put_stamps("jd.csv", 300, times, 6), 0.0);
            const ana_series *series = ana_recording_find_series(recording, NULL);
            assert_true(series->rate == 0.0 || series->n_segments == 2);
            assert_true(series->rate == 0.0 || series->segments[1].first == gap);
            ana_recording_free(recording);
        }
    }
}

static void what_no_clock_gives_stays_stamps(void **state)
{
    (void)state;
    double times[4][300];
    uint64_t bits = 5;
    make_stamps(300, 0.0, 0.6, times[0]); /* too rough */
    make_stamps(300, 0.0, 0.3, times[1]);
    times[1][200] = times[1][199]; /* no time between two */
    times[2][0] = times[3][0] = 0.0;
    for (size_t i = 1; i < 300; i++) { /* steps of their own: a walk off every line */
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        times[2][i] = times[2][i - 1] + 0.8 + 0.4 * (double)(bits >> 40) / (double)(1 << 24);
        times[3][i] = times[3][i - 1] + (i % 5 == 0 ? 3.0 : 1.0); /* more gaps than stretches */
    }
    for (size_t k = 0; k < 4; k++) {
        ana_recording *recording = read_ok(put_stamps("je.csv", 300, times[k], 6), 0.0);
        const ana_series *series = ana_recording_find_series(recording, NULL);
        double read[300];
        assert_true(series->rate == 0.0);
        assert_int_equal(recording->n_warnings, 0);
        check_ok(ana_series_times(series, 0, 300, read));
        check_close(read[200], times[k][200], 1e-6, 0.0);
        ana_recording_free(recording);
    }
}

static void rows_without_times_are_counted_with_a_warning(void **state)
{
    (void)state;
    const char *path = put("c.csv", "1,2\n3,4\n");
    ana_recording *recording = read_ok(path, 0.0);
    assert_int_equal(recording->n_warnings, 1);
    assert_non_null(strstr(recording->warnings[0], "--rate"));
    assert_string_equal(ana_recording_find_series(recording, NULL)->channels[1].name, "column2");
    ana_recording_free(recording);
    recording = read_ok(path, 100.0);
    assert_int_equal(recording->n_warnings, 0);
    assert_true(ana_recording_find_series(recording, NULL)->rate == 100.0);
    ana_recording_free(recording);
}

static void onsets_make_events(void **state)
{
    (void)state;
    ana_recording *recording =
        read_ok(put("d.tsv", "\xef\xbb\xbfonset\tduration\ttrial_type\tscore\r\n"
                             "1.5\t0.5\t\"left \"\"hand\"\"\"\t3\r\n2.5\tn/a\trest\tn/a\r\n"),
                0.0);
    const ana_intervals *events = ana_recording_find_intervals(recording, NULL);
    assert_int_equal(events->n, 2);
    assert_true(events->start[0] == 1.5 && events->stop[0] == 2.0);
    assert_true(isnan(events->stop[1]));
    assert_true(ana_intervals_has_label(events, 0, "left \"hand\""));
    assert_true(ana_column_is_missing(ana_table_find(events->table, "score"), 1));
    ana_recording_free(recording);
}

static void semicolons_bring_decimal_commas(void **state)
{
    (void)state;
    ana_recording *recording = read_ok(put("e.csv", "time;x\n0,0;1,5\n0,1;-2,25\n0,2;3\n"), 0.0);
    const ana_series *series = ana_recording_find_series(recording, NULL);
    double values[3];
    check_close(series->rate, 10.0, 1e-9, 0.0);
    check_ok(ana_series_read(series, 1, NULL, 0, 3, values));
    assert_true(values[0] == 1.5 && values[1] == -2.25 && values[2] == 3.0);
    ana_recording_free(recording);
}

static void texts_without_times_are_a_table(void **state)
{
    (void)state;
    ana_recording *recording =
        read_ok(put("f.csv", "# made by hand\nname,x\n\"a,\nb\",1\n\nc,2\n"), 0.0);
    const ana_table *table = ana_recording_find_table(recording, "table");
    assert_int_equal(table->n_rows, 2);
    assert_string_equal(ana_table_find(table, "name")->texts[0], "a,\nb");
    assert_true(ana_table_find(table, "x")->doubles[1] == 2.0);
    ana_recording_free(recording);
}

static void numbers_are_read_as_strtod_reads_them(void **state)
{
    (void)state;
    uint64_t bits = 42;
    for (int i = 0; i < 20000; i++) {
        char text[64];
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        double value = (double)(int64_t)(bits >> 20) / (i % 3 == 0 ? 1e9 : i % 3 == 1 ? 1e3 : 1e25);
        snprintf(text, sizeof text, "x\n%.*g\n", 3 + i % 15, value);
        if (i % 500 != 0) {
            continue; /* a file each: a sample of them is enough */
        }
        ana_matrix *matrix = NULL;
        check_ok(ana_csv_read_matrix(put("n.csv", text), NULL, &matrix));
        assert_true(matrix->values[0] == strtod(text + 2, NULL));
        ana_matrix_free(matrix);
    }
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    ana_recording *recording =
        read_ok(put("g.csv", "time,a [mV],\"b,c\"\n0,0.1,1e-300\n0.01,,-7.25\n0.02,3,4\n"), 0.0);
    ana_recording *again = NULL;
    ana_write_options options = ana_write_options_default();
    const char *path = scratch("h.csv");
    check_ok(ana_recording_write(recording, path, &options));
    check_ok(ana_recording_read(path, NULL, &again));
    const ana_series *a = ana_recording_find_series(recording, NULL);
    const ana_series *b = ana_recording_find_series(again, NULL);
    double values[2][6];
    check_ok(ana_series_read(a, 2, NULL, 0, 3, values[0]));
    check_ok(ana_series_read(b, 2, NULL, 0, 3, values[1]));
    check_all_close(6, values[1], values[0], 0.0, 0.0);
    assert_string_equal(b->channels[1].name, "b,c");
    assert_string_equal(b->channels[0].unit, "mV");
    assert_true(b->rate == a->rate);
    ana_recording_free(recording);
    ana_recording_free(again);
}

static void bad_files_are_refused_with_the_line(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    ana_read_options options = ana_read_options_default();
    options.format = "csv";
    check_fails(ana_recording_read(put("i.csv", "a,b\n1,2\n3\n"), &options, &recording),
                ANA_ERR_FORMAT, "line 3: 1 cells");
    check_fails(ana_recording_read(put("j.csv", "a,b\n1,\"2\n3,4\n"), &options, &recording),
                ANA_ERR_FORMAT, "line 2: a quote");
    check_fails(ana_recording_read(put("k.csv", "\n\n"), &options, &recording), ANA_ERR_FORMAT,
                "no table");
    check_fails(ana_recording_read(put("l.csv", ""), &options, &recording), ANA_ERR_FORMAT,
                "l.csv");
    check_fails(ana_recording_read(scratch_file("m.csv", "a\0b\n", 4), &options, &recording),
                ANA_ERR_FORMAT, "byte 1");
    check_fails(ana_recording_read(put("o.csv", "onset,x\nn/a,1\n"), &options, &recording),
                ANA_ERR_FORMAT, "row 1");
    ana_matrix *matrix = NULL;
    check_fails(ana_csv_read_matrix(put("p.csv", "a,b\n1,x\n"), NULL, &matrix), ANA_ERR_UNSUPPORTED,
                "column b");
}

/* Each text in its own column and row; one column more than are read. */
static void wide_tables_are_read_up_to_a_limit(void **state)
{
    (void)state;
    for (size_t n_columns = 4096; n_columns <= 4097; n_columns++) {
        ana_text text = {0};
        ana_recording *recording = NULL;
        ana_read_options options = ana_read_options_default();
        options.format = "csv";
        for (size_t row = 0; row < 3; row++) {
            for (size_t c = 0; c < n_columns; c++) {
                ana_text_printf(&text, "%s%s%zu", c > 0 ? "," : "",
                                row == 0     ? "name"
                                : c % 7 == 2 ? ""
                                : row == 1   ? "x"
                                             : "y",
                                c);
            }
            ana_text_append(&text, "\n");
        }
        assert_false(text.failed);
        const char *path = put("wide.csv", text.bytes);
        ana_text_release(&text);
        if (n_columns > 4096) {
            check_fails(ana_recording_read(path, &options, &recording), ANA_ERR_UNSUPPORTED,
                        "4097 columns");
            continue;
        }
        check_ok(ana_recording_read(path, &options, &recording));
        const ana_table *table = ana_recording_find_table(recording, "table");
        assert_int_equal(table->n_columns, 4096);
        assert_string_equal(ana_table_find(table, "name0")->texts[0], "x0");
        assert_string_equal(ana_table_find(table, "name4095")->texts[1], "y4095");
        assert_true(ana_table_find(table, "name9")->doubles[1] == 9.0);
        ana_recording_free(recording);
    }
}

static ana_status read_and_release(void *user)
{
    ana_recording *recording = NULL;
    ana_status status = ana_recording_read(user, NULL, &recording);
    ana_recording_free(recording);
    return status;
}

static void without_memory_nothing_is_left_behind(void **state)
{
    (void)state;
    char path[4096];
    snprintf(path, sizeof path, "%s", put("q.tsv", "onset\tduration\tname\n1\t2\tx\n3\t4\ty\n"));
    assert_true(check_each_allocation(read_and_release, path, 0) > 10);
    double times[300];
    make_stamps(130, 2.0, 0.1, times);
    snprintf(path, sizeof path, "%s", put_stamps("jf.csv", 300, times, 6));
    assert_true(check_each_allocation(read_and_release, path, 1) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_column_of_times_gives_the_rate),
        cmocka_unit_test(times_that_are_uneven_stay_stamps),
        cmocka_unit_test(a_jittering_clock_gives_its_rate_with_a_warning),
        cmocka_unit_test(gaps_of_a_clock_are_gaps),
        cmocka_unit_test(a_lost_sample_is_never_closed),
        cmocka_unit_test(what_no_clock_gives_stays_stamps),
        cmocka_unit_test(rows_without_times_are_counted_with_a_warning),
        cmocka_unit_test(onsets_make_events),
        cmocka_unit_test(semicolons_bring_decimal_commas),
        cmocka_unit_test(texts_without_times_are_a_table),
        cmocka_unit_test(numbers_are_read_as_strtod_reads_them),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(bad_files_are_refused_with_the_line),
        cmocka_unit_test(wide_tables_are_read_up_to_a_limit),
        cmocka_unit_test(without_memory_nothing_is_left_behind),
    };
    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
