/* Signals in plain HDF5, as h5py makes them. */
#include "support/build_signal_h5.h"
#include "support/check.h"
#include "support/reading.h"
#include "support/reference_h5.h"
#include "support/scratch.h"
#include "support/shared.h"

#include <analysis/formats/reader.h>

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_CHANNELS = SIGNAL_H5_CHANNELS,
    N_TIMES = SIGNAL_H5_TIMES,
    N_EVENTS = SIGNAL_H5_EVENTS
};

static const char *write_file(const char *name, const signal_h5_plan *given)
{
    const char *path = scratch(name);
    assert_true(write_signal_h5(path, given));
    return path;
}

static float sample(size_t c, size_t t)
{
    return signal_h5_sample(c, t);
}

static ana_recording *read_plan(const char *name, const signal_h5_plan *given)
{
    ana_recording *recording = NULL;
    check_ok(ana_recording_read(write_file(name, given), NULL, &recording));
    check_ok(ana_recording_check(recording));
    assert_string_equal(recording->format, "signal_h5");
    return recording;
}

static void refused(const signal_h5_plan *given, const char *piece)
{
    ana_recording *recording = NULL;
    check_fails(ana_recording_read(write_file("refused.h5", given), NULL, &recording),
                ANA_ERR_FORMAT, piece);
    assert_non_null(strstr(ana_last_error(), "refused.h5: /"));
}

/* It is read with that warning, which `strict` makes an error. */
static ana_recording *recovered(const signal_h5_plan *given, const char *piece)
{
    ana_recording *recording = NULL;
    ana_read_options options = ana_read_options_default();
    options.strict = true;
    check_fails(ana_recording_read(write_file("strict.h5", given), &options, &recording),
                ANA_ERR_FORMAT, piece);
    recording = read_plan("recovered.h5", given);
    assert_int_equal(recording->n_warnings, 1);
    assert_non_null(strstr(recording->warnings[0], piece));
    return recording;
}

static const char *label_at(const ana_intervals *intervals, size_t i)
{
    return ana_table_find(intervals->table, "label")->texts[i];
}

static void samples_names_and_unit_are_read(void **state)
{
    (void)state;
    for (hsize_t chunk = 0; chunk <= 2; chunk++) {
        double values[N_CHANNELS * N_TIMES];
        float stored[N_CHANNELS * N_TIMES];
        signal_h5_plan given = signal_h5_good();
        given.chunk = chunk;
        ana_recording *recording = read_plan("good.h5", &given);
        assert_int_equal(recording->n_series, 1);
        assert_int_equal(recording->n_warnings, 0);
        const ana_series *series = recording->series[0];
        assert_string_equal(series->name, "signals"); /* one of them is no electrode */
        assert_int_equal(series->n_channels, N_CHANNELS);
        assert_int_equal(series->n_times, N_TIMES);
        assert_int_equal(series->type, ANA_FLOAT32);
        check_close(series->rate, 125.0, 0.0, 0.0);
        assert_string_equal(series->channels[1].name, "Cz");
        assert_string_equal(series->channels[1].unit, "uV");
        assert_int_equal(series->channels[1].kind, ANA_KIND_EEG);
        assert_int_equal(series->channels[2].kind, ANA_KIND_OTHER);
        assert_true(isnan(series->channels[0].position[0]));
        check_ok(ana_series_read(series, 0, NULL, 0, N_TIMES, values));
        check_ok(ana_series_read_stored(series, 0, NULL, 0, N_TIMES, stored));
        for (size_t i = 0; i < (size_t)N_CHANNELS * N_TIMES; i++) {
            check_close(values[i], (double)sample(i / N_TIMES, i % N_TIMES), 0.0, 0.0);
            check_close((double)stored[i], values[i], 0.0, 0.0);
        }
        assert_string_equal(ana_recording_find_fact(recording, "participant"), "P1");
        assert_string_equal(ana_recording_find_fact(recording, "session"), "3");
        assert_null(ana_recording_find_fact(recording, "sfreq"));
        ana_recording_free(recording);
    }
}

/* Neighbours are fetched together; any other order must not tell. */
static void channels_come_in_any_order(void **state)
{
    (void)state;
    static const size_t orders[][4] = {{2, 0, 1, 2}, {1, 2, 0, 1}, {0, 0, 1, 1}, {2, 1, 0, 0}};
    signal_h5_plan given = signal_h5_good();
    given.chunk = 2;
    ana_recording *recording = read_plan("order.h5", &given);
    for (size_t k = 0; k < sizeof orders / sizeof orders[0]; k++) {
        double values[4 * 11];
        float stored[4 * 11];
        check_ok(ana_series_read(recording->series[0], 4, orders[k], 3, 11, values));
        check_ok(ana_series_read_stored(recording->series[0], 4, orders[k], 3, 11, stored));
        for (size_t i = 0; i < 4 * 11; i++) {
            check_close(values[i], (double)sample(orders[k][i / 11], 3 + i % 11), 0.0, 0.0);
            check_close((double)stored[i], values[i], 0.0, 0.0);
        }
    }
    ana_recording_free(recording);
}

static void events_become_labelled_spans(void **state)
{
    (void)state;
    signal_h5_plan given = signal_h5_good();
    ana_recording *recording = read_plan("events.h5", &given);
    const ana_intervals *events = ana_recording_find_intervals(recording, "events");
    assert_int_equal(events->n, N_EVENTS);
    const double starts[N_EVENTS] = {0.0, 0.056, 0.04, 0.312};
    check_all_close(N_EVENTS, events->start, starts, 1e-15, 0.0);
    check_close(events->stop[1], 0.306, 1e-15, 0.0);
    assert_string_equal(label_at(events, 0), "right_hand");
    assert_string_equal(label_at(events, 1), "idle");
    assert_string_equal(label_at(events, 2), "7"); /* has no name */
    assert_int_equal(ana_table_find(events->table, "code")->ints[2], 7);
    const ana_intervals *seizure = ana_recording_find_intervals(recording, "seizure");
    assert_int_equal(seizure->n, 2);
    check_close(seizure->start[0], 0.125, 0.0, 0.0);
    check_close(seizure->stop[0], 0.25, 0.0, 0.0);
    check_close(seizure->stop[1], 0.0625, 0.0, 0.0);
    assert_string_equal(label_at(seizure, 1), "seizure");
    ana_recording_free(recording);
}

static void what_is_not_there_is_done_without(void **state)
{
    (void)state;
    signal_h5_plan given = {.rate_name = "fs", .rate = 50.0, .shape = {N_CHANNELS, N_TIMES}};
    ana_recording *recording = read_plan("bare.h5", &given);
    assert_int_equal(recording->n_intervals, 0);
    assert_string_equal(recording->series[0]->channels[2].name, "2");
    check_close(recording->series[0]->rate, 50.0, 0.0, 0.0);
    ana_recording_free(recording);
    given.rate_name = "rate";
    given.n_codes = N_EVENTS;
    given.last_sample = 9;
    recording = read_plan("points.h5", &given);
    const ana_intervals *events = ana_recording_find_intervals(recording, "events");
    check_close(events->start[3], 0.18, 1e-15, 0.0);
    check_all_close(N_EVENTS, events->stop, events->start, 0.0, 0.0);
    assert_string_equal(label_at(events, 1), "2");
    ana_recording_free(recording);
}

static void the_rate_comes_from_the_file_or_the_caller(void **state)
{
    (void)state;
    static const double bad[] = {0.0, -125.0, 1e-300, NAN, INFINITY};
    ana_recording *recording = NULL;
    ana_read_options options = ana_read_options_default();
    signal_h5_plan given = signal_h5_good();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        given.rate = bad[i];
        refused(&given, "attribute \"sfreq\" is");
    }
    given.rate_name = NULL;
    refused(&given, "--rate");
    options.rate = 250.0;
    check_ok(ana_recording_read(write_file("rate.h5", &given), &options, &recording));
    check_close(recording->series[0]->rate, 250.0, 0.0, 0.0);
    check_close(recording->intervals[0]->start[1], 0.028, 1e-15, 0.0);
    ana_recording_free(recording);
}

static void wrong_shapes_are_refused(void **state)
{
    (void)state;
    signal_h5_plan given = signal_h5_good();
    given.shape[1] = 0;
    refused(&given, "/signal: has 1 axes and 3 samples; channel x time");
    given.shape[1] = 4;
    given.shape[2] = 5;
    refused(&given, "/signal: has 3 axes and 60 samples");
    given = signal_h5_good();
    given.n_names = 4;
    refused(&given, "/channels: holds 4 names, but /signal is 3 x 40");
    given.n_names = 2;
    refused(&given, "/channels: holds 2 names");
    given.n_names = 3;
    given.names_are_numbers = true;
    refused(&given, "/channels: does not hold text");
    given = signal_h5_good();
    given.n_codes = 3;
    refused(&given, "/event_sample: holds 4 entries, and /event_code 3");
    given = signal_h5_good();
    given.n_offsets = 1;
    refused(&given, "/seizure_onset_s: holds 2 entries, and /seizure_offset_s 1");
}

static void a_signal_that_seems_transposed_is_said(void **state)
{
    (void)state;
    signal_h5_plan given = signal_h5_good();
    given.shape[0] = N_TIMES;
    given.shape[1] = 2;
    given.n_codes = 0;
    given.n_names = 0;
    ana_recording *recording = recovered(&given, "more channels (40) than samples (2)");
    assert_int_equal(recording->series[0]->n_channels, N_TIMES);
    ana_recording_free(recording);
    given.n_names = 2;
    refused(&given, "stored as time x channel");
}

static void spans_and_durations_that_lie_are_refused(void **state)
{
    (void)state;
    static const double bad[] = {-1.0, NAN, INFINITY};
    signal_h5_plan given = signal_h5_good();
    given.onset_s = 0.5;
    refused(&given, "/seizure_onset_s: entry 0 is from 0.5 to 0.25 s");
    given.onset_s = NAN;
    refused(&given, "entry 0 is from nan to 0.25 s");
    given = signal_h5_good();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        given.duration_s = bad[i];
        refused(&given, "attribute \"trial_duration_s\" is");
    }
}

static void events_outside_the_signal_are_left_out(void **state)
{
    (void)state;
    static const int32_t outside[] = {N_TIMES, -1, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        signal_h5_plan given = signal_h5_good();
        given.last_sample = outside[i];
        ana_recording *recording =
            recovered(&given, "1 events stand outside the 40 samples of /signal, the first of them "
                              "at entry 3");
        const ana_intervals *events = ana_recording_find_intervals(recording, "events");
        assert_int_equal(events->n, N_EVENTS - 1);
        assert_string_equal(label_at(events, 2), "7");
        ana_recording_free(recording);
    }
}

static void names_that_are_no_json_leave_the_codes(void **state)
{
    (void)state;
    static const char *const texts[] = {"{1: 'right_hand'}", "", "[\"right_hand\"]", "7"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        signal_h5_plan given = signal_h5_good();
        given.event_names = texts[i];
        ana_recording *recording = recovered(&given, "event_names");
        const ana_intervals *events = ana_recording_find_intervals(recording, "events");
        assert_string_equal(label_at(events, 0), "1");
        ana_recording_free(recording);
    }
    signal_h5_plan given = signal_h5_good();
    given.event_names = "{\"1\": 5, \"2\": \"idle\"}"; /* a name that is no text */
    ana_recording *recording = read_plan("number.h5", &given);
    const ana_intervals *events = ana_recording_find_intervals(recording, "events");
    assert_string_equal(label_at(events, 0), "1");
    assert_string_equal(label_at(events, 1), "idle");
    ana_recording_free(recording);
}

/* A file cut anywhere is refused in words. */
static void a_cut_file_is_refused(void **state)
{
    (void)state;
    signal_h5_plan given = signal_h5_good();
    check_cuts_are_refused("signal_h5", write_file("whole.h5", &given));
}

static void only_such_files_are_taken_for_it(void **state)
{
    (void)state;
    signal_h5_plan given = signal_h5_good();
    assert_int_equal(format_score("signal_h5", write_file("is.h5", &given)), 95);
    given.rate_name = NULL;
    assert_int_equal(format_score("signal_h5", write_file("is.h5", &given)), 70);
    given.n_codes = 0; /* an array that is called so by chance */
    assert_int_equal(format_score("signal_h5", write_file("is.h5", &given)), 0);
    assert_int_equal(format_score("signal_h5", scratch_file("text.h5", "signal", 6)), 0);
}

/* What HDF5 itself reads of a real file. */
typedef struct truth {
    double rate;
    h5_doubles signal;
    h5_names names;
    h5_ints samples; /* none of a seizure */
    h5_ints codes;
} truth;

/* Closed before we open the file, since HDF5 wants both to lock it alike. */
static truth read_truth(const char *path)
{
    h5_reference *file = h5_reference_open(path);
    assert_non_null(file);
    truth wanted = {.rate = h5_reference_attribute(file, "/", "sfreq", NAN),
                    .signal = h5_reference_doubles(file, "signal"),
                    .names = h5_reference_texts(file, "channels")};
    if (h5_reference_has(file, "event_sample")) {
        wanted.samples = h5_reference_ints(file, "event_sample");
        wanted.codes = h5_reference_ints(file, "event_code");
    }
    h5_reference_close(file);
    return wanted;
}

static void compare_series(const truth *wanted, const ana_series *series)
{
    assert_non_null(series);
    check_close(series->rate, wanted->rate, 0.0, 0.0);
    assert_int_equal(series->n_channels, wanted->signal.shape[0]);
    assert_int_equal(series->n_times, wanted->signal.shape[1]);
    assert_int_equal(series->n_channels, wanted->names.n);
    for (size_t c = 0; c < wanted->names.n; c++) {
        assert_string_equal(series->channels[c].name, wanted->names.names[c]);
    }
    double *values = calloc(wanted->signal.n, sizeof *values);
    check_ok(ana_series_read(series, 0, NULL, 0, series->n_times, values));
    assert_memory_equal(values, wanted->signal.values, wanted->signal.n * sizeof *values);
    free(values);
}

static void compare_events(const truth *wanted, const ana_series *series,
                           const ana_intervals *events)
{
    static const char *const labels[] = {"", "right_hand", "left_hand", "idle", "tongue"};
    assert_int_equal(events->n, wanted->samples.n);
    for (size_t i = 0; i < events->n; i++) {
        const int64_t code = wanted->codes.values[i];
        assert_int_equal(ana_series_sample_at(series, events->start[i]), wanted->samples.values[i]);
        check_close(events->stop[i] - events->start[i], 3.0, 1e-12, 0.0);
        assert_true(code >= 1 && code <= 4);
        assert_string_equal(label_at(events, i), labels[code]);
        assert_int_equal(ana_table_find(events->table, "code")->ints[i], code);
    }
}

/* The recording of one real file, to the bit. */
static void compare_with_hdf5(const char *path)
{
    ana_recording *recording = NULL;
    truth wanted = read_truth(path);
    check_ok(ana_recording_read(path, NULL, &recording));
    check_ok(ana_recording_check(recording));
    assert_int_equal(recording->n_warnings, 0);
    const ana_series *series = ana_recording_find_series(recording, "eeg"); /* all electrodes */
    compare_series(&wanted, series);
    if (wanted.samples.n > 0) {
        compare_events(&wanted, series, ana_recording_find_intervals(recording, "events"));
        assert_non_null(ana_recording_find_fact(recording, "participant"));
    } else {
        const ana_intervals *seizure = ana_recording_find_intervals(recording, "seizure");
        check_close(seizure->start[0], 350.0, 0.0, 0.0); /* by h5py */
        check_close(seizure->stop[0], 500.0, 0.0, 0.0);
        assert_int_equal(series->type, ANA_INT16);
    }
    h5_ints_free(&wanted.samples);
    h5_ints_free(&wanted.codes);
    h5_names_free(&wanted.names);
    h5_doubles_free(&wanted.signal);
    ana_recording_free(recording);
}

static void real_recordings_agree_with_hdf5(void **state)
{
    (void)state;
    char folder[4096];
    char path[4400];
    size_t n = 0;
    if (!shared_path("data/eeg/mi_openbci", folder, sizeof folder) ||
        !shared_path("data/eeg/seizure_malow/seizure_malow_18ch.h5", path, sizeof path)) {
        skip();
    }
    compare_with_hdf5(path);
    DIR *opened = opendir(folder);
    assert_non_null(opened);
    for (struct dirent *entry = NULL; (entry = readdir(opened)) != NULL;) { /* one thread only */
        if (strstr(entry->d_name, ".h5") != NULL) {
            (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            compare_with_hdf5(path);
            n++;
        }
    }
    closedir(opened);
    assert_true(n > 0);
}

static void a_failed_allocation_is_reported(void **state)
{
    (void)state;
    signal_h5_plan given = signal_h5_good();
    check_reading_reports_failed_allocations("signal_h5", write_file("memory.h5", &given), 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_names_and_unit_are_read),
        cmocka_unit_test(channels_come_in_any_order),
        cmocka_unit_test(events_become_labelled_spans),
        cmocka_unit_test(what_is_not_there_is_done_without),
        cmocka_unit_test(the_rate_comes_from_the_file_or_the_caller),
        cmocka_unit_test(wrong_shapes_are_refused),
        cmocka_unit_test(a_signal_that_seems_transposed_is_said),
        cmocka_unit_test(spans_and_durations_that_lie_are_refused),
        cmocka_unit_test(events_outside_the_signal_are_left_out),
        cmocka_unit_test(names_that_are_no_json_leave_the_codes),
        cmocka_unit_test(a_cut_file_is_refused),
        cmocka_unit_test(only_such_files_are_taken_for_it),
        cmocka_unit_test(real_recordings_agree_with_hdf5),
        cmocka_unit_test(a_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
