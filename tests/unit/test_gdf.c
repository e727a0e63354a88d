/* GDF: both layouts of the header, samples of mixed types, the event table, and headers that lie.
 */
#include "support/build_gdf.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <analysis/formats/reader.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const gdf_plan usual = {.version = 210, .n_records = GDF_RECORDS, .mode = 3, .tags = true};

static ana_recording *read_plan(const gdf_plan *plan)
{
    ana_recording *recording = NULL;
    const char *path = scratch("a.gdf");
    assert_true(write_gdf(path, plan));
    check_ok(ana_recording_read(path, NULL, &recording));
    check_ok(ana_recording_check(recording));
    return recording;
}

/* All samples of the three signals that are read, in two windows that cut records. */
static void check_samples(const ana_recording *recording)
{
    assert_int_equal(recording->n_series, 3);
    for (size_t s = 0; s < 3; s++) {
        const ana_series *series = recording->series[s];
        const size_t n = series->n_times;
        double values[20];
        assert_int_equal(n, s < 2 ? 20 : 10);
        check_close(series->rate, s < 2 ? 8.0 : 4.0, 0.0, 0.0);
        check_ok(ana_series_read(series, 1, NULL, 0, 7, values));
        check_ok(ana_series_read(series, 1, NULL, 7, n - 7, values + 7));
        for (size_t t = 0; t < n; t++) {
            check_close(values[t], 0.25 * gdf_sample(s, t), 0.0, 0.0);
        }
    }
}

static void every_version_gives_the_same_samples(void **state)
{
    (void)state;
    static const int versions[] = {100, 125, 190, 193, 194, 210, 251};
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        for (size_t as_double = 0; as_double < 2; as_double++) {
            gdf_plan plan = usual;
            plan.version = versions[i];
            plan.double_seconds = as_double == 1;
            ana_recording *recording = read_plan(&plan);
            check_samples(recording);
            ana_recording_free(recording);
        }
    }
}

static void the_header_says_who_when_and_how(void **state)
{
    (void)state;
    ana_recording *recording = read_plan(&usual);
    const ana_channel *channel = &recording->series[1]->channels[0];
    assert_string_equal(recording->start_time, "2009-03-17T18:00:00");
    assert_string_equal(ana_recording_find_fact(recording, "patient"), "P01");
    assert_string_equal(channel->name, "C4");
    assert_string_equal(channel->unit, "mV");
    assert_int_equal(channel->kind, ANA_KIND_EEG);
    assert_int_equal(channel->file_index, 1);
    check_close(channel->low_pass_hz, 30.0, 0.0, 0.0);
    check_close(channel->high_pass_hz, 0.5, 0.0, 0.0);
    assert_true(isnan(channel->notch_hz));
    check_close(channel->position[2], -0.5, 0.0, 0.0);
    /* The fourth signal's type is not one that we have. */
    assert_int_equal(recording->n_warnings, 1);
    assert_non_null(strstr(recording->warnings[0], "\"odd\" is left out"));
    ana_recording_free(recording);
    gdf_plan old = usual;
    old.version = 125;
    recording = read_plan(&old);
    assert_string_equal(recording->start_time, "2009-03-17T22:33:44.550000");
    assert_string_equal(recording->series[0]->channels[0].unit, "uV");
    ana_recording_free(recording);
}

static void events_have_words_times_and_channels(void **state)
{
    (void)state;
    static const char *const labels[] = {"left hand", "go", "33024"};
    static const int modes[] = {1, 3, 7};
    for (size_t m = 0; m < 3; m++) {
        gdf_plan plan = usual;
        plan.mode = modes[m];
        plan.version = m == 1 ? 193 : 210;
        ana_recording *recording = read_plan(&plan);
        const ana_intervals *events = ana_recording_find_intervals(recording, "events");
        assert_int_equal(events->n, 3);
        const ana_column *label = ana_table_find(events->table, "label");
        const ana_column *code = ana_table_find(events->table, "code");
        const ana_column *channels = ana_table_find(events->table, "channels");
        for (size_t i = 0; i < 3; i++) {
            assert_string_equal(label->texts[i], labels[i]);
            check_close(events->start[i], 0.5 * (double)i, 0.0, 0.0); /* 4 samples at 8 Hz */
        }
        assert_int_equal(code->ints[0], 769);
        check_close(events->stop[2] - events->start[2], modes[m] == 1 ? 0.0 : 1.0, 0.0, 0.0);
        assert_int_equal(channels != NULL, modes[m] != 1);
        if (channels != NULL) {
            assert_int_equal(channels->row_start[1], 0);
            assert_int_equal(channels->row_start[2], 1);
            assert_string_equal(channels->texts[0], "C4");
        }
        ana_recording_free(recording);
    }
    gdf_plan none = usual;
    none.mode = 0;
    ana_recording *recording = read_plan(&none);
    assert_int_equal(recording->n_intervals, 0);
    ana_recording_free(recording);
}

static void counts_that_lie_are_recovered_from(void **state)
{
    (void)state;
    gdf_plan plan = usual;
    plan.n_records = 7;
    plan.mode = 0;
    ana_recording *recording = read_plan(&plan);
    check_samples(recording);
    assert_non_null(strstr(recording->warnings[0], "after 5 whole ones"));
    ana_recording_free(recording);
    plan.n_records = -1;
    recording = read_plan(&plan);
    check_samples(recording);
    assert_non_null(strstr(recording->warnings[0], "room for 5"));
    ana_recording_free(recording);
    plan.n_records = 3; /* the rest is no table of events */
    recording = read_plan(&plan);
    assert_int_equal(recording->series[0]->n_times, 12);
    assert_int_equal(recording->n_warnings, 2);
    ana_recording_free(recording);
    plan.n_records = -2;
    recording = NULL;
    assert_true(write_gdf(scratch("a.gdf"), &plan));
    check_fails(ana_recording_read(scratch("a.gdf"), NULL, &recording), ANA_ERR_FORMAT,
                "-2 records");
}

/* One byte or a few of the usual file put differently. */
static void headers_that_lie_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        const char *bytes;
        size_t n;
        const char *piece;
    } lies[] = {
        {4, "9.00", 4, "GDF 1.00"},
        {184, "\2\0", 2, "a header of 512 bytes"},
        {184, "\377\377", 2, "the file has"},
        {244, "\0\0\0\0\0\0\0\0", 8, "above 0"},
        {252, "\377\377", 2, "at most 4096"},
        {256 + 4 * 220, "\64\22\0\0", 4, "is of type"}, /* types stand 220 bytes a signal in */
    };
    size_t n = 0;
    assert_true(write_gdf(scratch("a.gdf"), &usual));
    unsigned char *bytes = read_bytes(scratch("a.gdf"), &n);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        unsigned char *lie = malloc(n);
        ana_recording *recording = NULL;
        ana_read_options options = ana_read_options_default();
        options.format = "gdf";
        assert_non_null(lie);
        memcpy(lie, bytes, n);
        memcpy(lie + lies[i].at, lies[i].bytes, lies[i].n);
        const char *path = scratch_file("lie.gdf", lie, n);
        free(lie);
        const ana_status status = ana_recording_read(path, &options, &recording);
        if (status == ANA_OK || strstr(ana_last_error(), lies[i].piece) == NULL) {
            fail_msg("%s: %s", lies[i].piece, status == ANA_OK ? "read" : ana_last_error());
        }
    }
    for (size_t cut = 0; cut < 256 * (GDF_SIGNALS + 2); cut += 97) {
        ana_recording *recording = NULL;
        ana_read_options options = ana_read_options_default();
        options.format = "gdf";
        const char *path = scratch_file("cut.gdf", bytes, cut);
        assert_int_not_equal(ana_recording_read(path, &options, &recording), ANA_OK);
    }
    free(bytes);
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    const char *path = scratch("a.gdf");
    assert_true(write_gdf(path, &usual));
    TOLERANT_ALLOCATION_TEST(ana_recording_read, (path, NULL, &recording),
                             ana_recording_free(recording));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_gives_the_same_samples),
        cmocka_unit_test(the_header_says_who_when_and_how),
        cmocka_unit_test(events_have_words_times_and_channels),
        cmocka_unit_test(counts_that_lie_are_recovered_from),
        cmocka_unit_test(headers_that_lie_are_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("gdf", tests, NULL, NULL);
}
