/* FIF: samples of every type, gaps, events beside the recording, annotations, and tags that lie. */
#include "support/build_fif.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <analysis/formats/reader.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    N = 2 * FIF_TIMES + 2
};

static const fif_plan usual = {.type = 4, .first_sample = 1000};

static ana_recording *read_plan(const fif_plan *plan)
{
    ana_recording *recording = NULL;
    const char *path = scratch("run_raw.fif");
    assert_true(write_fif(path, plan));
    check_ok(ana_recording_read(path, NULL, &recording));
    check_ok(ana_recording_check(recording));
    return recording;
}

static void samples_of_every_type_are_read_across_buffers(void **state)
{
    (void)state;
    static const int types[] = {3, 4, 5, 16};
    for (size_t k = 0; k < 4; k++) {
        fif_plan plan = usual;
        plan.type = types[k];
        ana_recording *recording = read_plan(&plan);
        const ana_series *series = recording->series[0];
        assert_int_equal(series->n_times, N);
        assert_int_equal(series->n_channels, FIF_CHANNELS);
        check_close(series->rate, 200.0, 0.0, 0.0);
        check_close(series->segments[0].start, 5.0, 0.0, 0.0);
        for (size_t first = 0; first < N;
             first++) { /* every window that begins or ends somewhere */
            for (size_t n = 1; n <= N - first; n++) {
                double values[2 * N];
                const size_t order[] = {2, 0};
                check_ok(ana_series_read(series, 2, order, first, n, values));
                for (size_t t = 0; t < n; t++) {
                    check_close(values[t], 0.125 * fif_sample(2, first + t), 0.0, 0.0);
                    check_close(values[n + t], 0.125 * fif_sample(0, first + t), 0.0, 0.0);
                }
            }
        }
        ana_recording_free(recording);
    }
}

static void the_measurement_is_described(void **state)
{
    (void)state;
    fif_plan plan = usual;
    plan.rest = true;
    ana_recording *recording = read_plan(&plan);
    const ana_series *series = recording->series[0];
    const ana_channel *channels = series->channels;
    assert_string_equal(recording->start_time, "2009-02-13T23:31:30.250000");
    assert_string_equal(ana_recording_find_fact(recording, "comment"), "a run");
    assert_string_equal(channels[0].name, "Cz");
    assert_string_equal(channels[0].unit, "uV");
    assert_int_equal(channels[0].kind, ANA_KIND_EEG);
    assert_true(channels[0].bad);
    assert_false(channels[1].bad); /* "STI" is listed, "STI 014" is not */
    assert_null(channels[1].unit);
    assert_int_equal(channels[1].kind, ANA_KIND_TRIGGER);
    assert_string_equal(channels[2].name, "a longer name of EOG");
    check_close(channels[0].position[0], 0.125, 0.0, 0.0);
    assert_true(isnan(channels[2].position[0]));
    check_close(channels[0].low_pass_hz, 40.0, 0.0, 0.0);
    check_close(channels[0].high_pass_hz, 0.5, 0.0, 0.0);
    const ana_intervals *annotations = ana_recording_find_intervals(recording, "annotations");
    const ana_column *label = ana_table_find(annotations->table, "label");
    assert_string_equal(label->texts[0], "go: now");
    assert_string_equal(label->texts[1], "stop");
    check_close(annotations->start[1], 6.25, 0.0, 0.0);
    check_close(annotations->stop[1], 7.25, 0.0, 0.0);
    assert_non_null(strstr(recording->warnings[0], "projections are not applied"));
    ana_recording_free(recording);
}

static void what_was_not_saved_is_a_gap(void **state)
{
    (void)state;
    fif_plan plan = usual;
    plan.skip = 3;
    ana_recording *recording = read_plan(&plan);
    const ana_series *series = recording->series[0];
    assert_int_equal(series->n_segments, 2);
    assert_int_equal(series->segments[0].n_times, FIF_TIMES);
    /* Three buffers as long as the next one. */
    check_close(series->segments[1].start, 5.0 + 4.0 * FIF_TIMES / 200.0, 1e-12, 0.0);
    ana_recording_free(recording);
}

static void events_beside_a_recording_are_read_by_time(void **state)
{
    (void)state;
    assert_true(write_fif_events(scratch("run-eve.fif")));
    ana_recording *recording = read_plan(&usual);
    const ana_intervals *events = ana_recording_find_intervals(recording, "events");
    const ana_column *label = ana_table_find(events->table, "label");
    const ana_column *before = ana_table_find(events->table, "code_before");
    assert_int_equal(events->n, 3);
    check_close(events->start[0], 0.01, 1e-15, 0.0);
    check_close(events->start[2], 0.04, 1e-15, 0.0);
    assert_string_equal(label->texts[0], "2");
    assert_string_equal(label->texts[1], "1");
    assert_int_equal(before->ints[1], 5);
    ana_recording_free(recording);
    check_ok(ana_recording_read(scratch("run-eve.fif"), NULL, &recording));
    const ana_table *table = ana_recording_find_table(recording, "events");
    assert_int_equal(table->n_rows, 3);
    assert_int_equal(ana_table_find(table, "sample")->ints[0], 8); /* as the file has them */
    ana_recording_free(recording);
    unlink(scratch("run-eve.fif"));
}

static void a_file_that_was_cut_gives_what_it_has(void **state)
{
    (void)state;
    size_t n = 0;
    assert_true(write_fif(scratch("run_raw.fif"), &usual));
    unsigned char *bytes = read_bytes(scratch("run_raw.fif"), &n);
    const size_t last = 16 + 16 + 4 + 16 + 4; /* behind the last buffer */
    ana_recording *recording = NULL;
    const char *path = scratch_file("cut_raw.fif", bytes, n - last - 1);
    check_ok(ana_recording_read(path, NULL, &recording));
    assert_int_equal(recording->series[0]->n_times, 2 * FIF_TIMES);
    assert_non_null(strstr(recording->warnings[0], "ends within a tag"));
    ana_recording_free(recording);
    for (size_t cut = 40; cut < 560; cut += 37) {
        recording = NULL;
        path = scratch_file("cut_raw.fif", bytes, cut);
        assert_int_not_equal(ana_recording_read(path, NULL, &recording), ANA_OK);
    }
    free(bytes);
}

static void tags_that_lie_are_refused(void **state)
{
    (void)state;
    static const struct {
        int kind;
        int type;
        int size;
        int next;
        const char *piece;
    } lies[] = {
        {200, 3, 4, 8, "must not lead back"}, {200, 3, -4, 0, "a tag of -4 bytes"},
        {203, 30, 4, 0, "described by 96"},   {104, 3, 2, 0, "called by 4 bytes"},
        {300, 4, 4, 0, "rows of 0 channels"}, {300, 20, 4, 0, "samples of type 20"},
        {301, 4, 4, 0, "holds no samples"},   {3561, 3, 4, 0, "three whole numbers"},
        {200, 3, 4, -1, "holds no samples"},
    };
    const char *path = scratch("lie.fif");
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        ana_recording *recording = NULL;
        assert_true(write_fif_tag(path, lies[i].kind, lies[i].type, lies[i].size, lies[i].next));
        const ana_status status = ana_recording_read(path, NULL, &recording);
        if (status == ANA_OK || strstr(ana_last_error(), lies[i].piece) == NULL) {
            fail_msg("%s: %s", lies[i].piece, status == ANA_OK ? "read" : ana_last_error());
        }
    }
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    fif_plan plan = usual;
    ana_recording *recording = NULL;
    plan.rest = true;
    plan.skip = 1;
    const char *path = scratch("run_raw.fif");
    assert_true(write_fif(path, &plan));
    assert_true(write_fif_events(scratch("run-eve.fif")));
    TOLERANT_ALLOCATION_TEST(ana_recording_read, (path, NULL, &recording),
                             ana_recording_free(recording));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_of_every_type_are_read_across_buffers),
        cmocka_unit_test(the_measurement_is_described),
        cmocka_unit_test(what_was_not_saved_is_a_gap),
        cmocka_unit_test(events_beside_a_recording_are_read_by_time),
        cmocka_unit_test(a_file_that_was_cut_gives_what_it_has),
        cmocka_unit_test(tags_that_lie_are_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("fif", tests, NULL, NULL);
}
