#include "format.h"
#include "hdf5_write.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <analysis/formats/reader.h>
#include <analysis/formats/record_io.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    N_TIMES = 64
};

/* One channel of whole numbers at 16 Hz with a scale that EDF holds, and one annotation. */
static ana_recording *new_recording(void)
{
    ana_recording *recording = NULL;
    ana_series *series = NULL;
    ana_intervals *intervals = NULL;
    ana_column *label = NULL;
    int16_t samples[N_TIMES];
    for (int i = 0; i < N_TIMES; i++) {
        samples[i] = (int16_t)(i * i * 7 - 9000);
    }
    check_ok(ana_recording_new(&recording));
    recording->start_time = strdup("2021-03-04T05:06:07");
    check_ok(ana_series_new("eeg", 1, &series));
    series->rate = 16.0;
    series->type = ANA_INT16;
    series->channels[0].name = strdup("EEG Fz");
    series->channels[0].unit = strdup("uV");
    series->channels[0].gain = 0.25;
    series->channels[0].kind = ANA_KIND_EEG;
    check_ok(ana_series_add_segment(series, N_TIMES, 0.0));
    check_ok(ana_source_from_memory(ANA_INT16, 1, N_TIMES, true, samples, &series->source));
    check_ok(ana_recording_add_series(recording, series));
    check_ok(ana_intervals_new("annotations", 1, &intervals));
    check_ok(ana_table_add(intervals->table, "label", ANA_COLUMN_TEXT, NULL, &label));
    check_ok(ana_column_set_text(label, 0, "blink"));
    intervals->start[0] = 1.0;
    intervals->stop[0] = 1.5;
    check_ok(ana_recording_add_intervals(recording, intervals));
    return recording;
}

static const char *write_sample(const char *name)
{
    const char *path = scratch(name);
    ana_recording *recording = new_recording();
    ana_write_options options = ana_write_options_default();
    options.overwrite = true;
    check_ok(ana_recording_write(recording, path, &options));
    ana_recording_free(recording);
    return path;
}

static void every_format_has_a_name_and_finds_nothing_in_nothing(void **state)
{
    (void)state;
    assert_true(ana_format_count() > 0);
    for (size_t i = 0; i < ana_format_count(); i++) {
        ana_format_info info = ana_format_get(i);
        assert_true(strlen(info.name) > 0 && strlen(info.title) > 0 && strlen(info.endings) > 0);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(info.name, ana_format_get(j).name);
        }
    }
    ana_recording *recording = NULL;
    const char *path = scratch_file("empty.edf", "", 0);
    check_fails(ana_recording_read(path, NULL, &recording), ANA_ERR_FORMAT, "the file is empty");
}

static void content_decides_and_not_the_ending(void **state)
{
    (void)state;
    const char *path = write_sample("content.edf");
    const char *other = scratch("content.txt");
    ana_recording *recording = NULL;
    assert_int_equal(rename(path, other), 0);
    check_ok(ana_recording_read(other, NULL, &recording));
    assert_string_equal(recording->format, "edf");
    assert_string_equal(recording->path, other);
    check_ok(ana_recording_check(recording));
    ana_recording_free(recording);
}

static void the_best_score_comes_first(void **state)
{
    (void)state;
    const char *path = write_sample("score.edf");
    ana_format_score *scores = calloc(ana_format_count(), sizeof *scores);
    assert_non_null(scores);
    check_ok(ana_format_detect(path, scores));
    assert_string_equal(scores[0].name, "edf");
    for (size_t i = 1; i < ana_format_count(); i++) {
        assert_true(scores[i].score <= scores[i - 1].score);
    }
    check_fails(ana_format_detect("/nowhere", scores), ANA_ERR_IO, "No such file");
    free(scores);
}

static void a_named_format_is_believed(void **state)
{
    (void)state;
    const char *path = write_sample("named.edf");
    ana_recording *recording = NULL;
    ana_read_options options = ana_read_options_default();
    options.format = "brainvision";
    check_fails(ana_recording_read(path, &options, &recording), ANA_ERR_FORMAT, "line 1");
    options.format = "nonsense";
    check_fails(ana_recording_read(path, &options, &recording), ANA_ERR_UNSUPPORTED,
                "no format is called \"nonsense\"; there are: edf");
    options.format = "edf";
    check_ok(ana_recording_read(path, &options, &recording));
    ana_recording_free(recording);
    options.rate = -1.0;
    check_fails(ana_recording_read(path, &options, &recording), ANA_ERR_VALUE, "rate");
}

static void an_unknown_file_names_the_formats(void **state)
{
    (void)state;
    static const unsigned char noise[] = {0xa8, 0xe5, 0xb8, 0xab, 0x00, 0xab, 0x14, 0xce};
    ana_recording *recording = NULL;
    const char *path = scratch_file("noise", noise, sizeof noise);
    check_fails(ana_recording_read(path, NULL, &recording), ANA_ERR_FORMAT, "brainvision");
    check_fails(ana_recording_read("/nowhere", NULL, &recording), ANA_ERR_IO, "No such file");
}

static void what_no_format_claims_is_described(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    static const int16_t values[15] = {3, 1, 4, 1, 5};
    const ana_hdf5_array array = {.type = ANA_INT16, .n_axes = 2, .n = {5, 3}, .values = values};
    const char *path = scratch("own_layout.h5");
    for (int n_arrays = 0; n_arrays < 2; n_arrays++) {
        ana_hdf5 *file = NULL;
        check_ok(ana_hdf5_create(path, &file));
        check_ok(ana_hdf5_write_text(file, "/notes", "no numbers"));
        if (n_arrays > 0) {
            check_ok(ana_hdf5_write(file, "/counts", &array));
        }
        check_ok(ana_hdf5_finish(file));
        check_fails(ana_recording_read(path, NULL, &recording), ANA_ERR_FORMAT,
                    n_arrays > 0 ? "as in own_layout.h5:/counts; it holds /counts (5 x 3)"
                                 : "holds no array of numbers");
        assert_null(strstr(ana_last_error(), "notes"));
    }
    ana_record *record = NULL;
    check_ok(ana_record_new(&record));
    check_ok(ana_record_write(record, scratch("result.json")));
    check_fails(ana_recording_read(scratch("result.json"), NULL, &recording), ANA_ERR_FORMAT,
                "is a saved result, not a recording");
    ana_record_free(record);
    assert_int_equal(mkdir(scratch("plain_folder"), 0700), 0);
    check_fails(ana_recording_read(scratch("plain_folder"), NULL, &recording), ANA_ERR_FORMAT,
                "is a folder; recordings are given as files. Whole folders are read of spikes");
    (void)scratch_file("plain_folder/notes.txt", "one, two\n", 9);
    check_fails(ana_recording_read(scratch("plain_folder"), NULL, &recording), ANA_ERR_FORMAT,
                "are given as files. Whole");
    (void)scratch_file("plain_folder/run.csv", "time,x\n0,1\n", 11);
    check_fails(ana_recording_read(scratch("plain_folder"), NULL, &recording), ANA_ERR_FORMAT,
                "plain_folder/run.csv. Whole");
    (void)scratch_file("pair.vhdr", "x", 1);
    check_fails(ana_recording_read(scratch_file("pair.eeg", "\1\2", 2), NULL, &recording),
                ANA_ERR_FORMAT, "pair.vhdr: open that");
}

static void the_ending_chooses_the_writer(void **state)
{
    (void)state;
    ana_recording *recording = new_recording();
    ana_recording *again = NULL;
    ana_write_options options = ana_write_options_default();
    check_fails(ana_recording_write(recording, scratch("x.unknown"), NULL), ANA_ERR_UNSUPPORTED,
                "belongs to no format that is written");
    options.format = "bdf";
    const char *path = scratch("any.name");
    check_ok(ana_recording_write(recording, path, &options));
    check_ok(ana_recording_read(path, NULL, &again));
    assert_string_equal(again->format, "bdf");
    ana_recording_free(again);
    ana_format_info info;
    NO_ALLOCATION_TEST(ana_format_for_writing, (path, "bdf", &info));
    assert_string_equal(info.name, "bdf");
    assert_string_equal(info.companions, "");
    check_ok(ana_format_for_writing("a/b.VHDR", NULL, &info));
    assert_string_equal(info.name, "brainvision");
    assert_string_equal(info.companions, ".eeg .vmrk");
    check_fails(ana_format_for_writing("a.unknown", NULL, &info), ANA_ERR_UNSUPPORTED, "nwb");
    check_fails(ana_format_for_writing("a.edf", "mat", &info), ANA_ERR_UNSUPPORTED, "not written");
    NO_ALLOCATION_TEST(ana_format_find, ("mat", &info));
    assert_false(info.writes);
    check_fails(ana_format_find("nonsense", &info), ANA_ERR_UNSUPPORTED, "there are: edf");
    options.format = "nonsense";
    check_fails(ana_recording_write(recording, path, &options), ANA_ERR_UNSUPPORTED, "nonsense");
    ana_recording_free(recording);
}

static void an_existing_file_is_replaced_only_when_asked(void **state)
{
    (void)state;
    ana_recording *recording = new_recording();
    ana_write_options options = ana_write_options_default();
    const char *path = write_sample("old.edf");
    check_fails(ana_recording_write(recording, path, &options), ANA_ERR_IO, "exists already");
    options.overwrite = true;
    check_ok(ana_recording_write(recording, path, &options));
    ana_recording_free(recording);
}

/* Counts the warnings that the losses become. */
static void count_warning(void *user, const char *sentence)
{
    size_t *n = user;
    assert_non_null(strstr(sentence, "lost: "));
    (*n)++;
}

static void losses_are_refused_unless_allowed(void **state)
{
    (void)state;
    ana_recording *recording = new_recording();
    char *losses = NULL;
    check_ok(ana_recording_losses(recording, "edf", &losses));
    assert_string_equal(losses, "");
    free(losses);
    recording->series[0]->channels[0].bad = true;
    check_ok(ana_recording_losses(recording, "edf", &losses));
    assert_non_null(strstr(losses, "the mark as bad of 1 channels: \"EEG Fz\"\n"));
    free(losses);
    size_t n_warnings = 0;
    ana_write_options options = ana_write_options_default();
    options.run.warn = count_warning;
    options.run.user = &n_warnings;
    const char *path = scratch("lossy.edf");
    check_fails(ana_recording_write(recording, path, &options), ANA_ERR_UNSUPPORTED,
                "would lose: the mark as bad");
    assert_int_not_equal(ana_last_error()[strlen(ana_last_error()) - 1], '\n');
    assert_int_equal(access(path, F_OK), -1);
    options.lossy = true;
    check_ok(ana_recording_write(recording, path, &options));
    assert_int_equal(n_warnings, 1);
    check_fails(ana_recording_losses(recording, "nonsense", &losses), ANA_ERR_UNSUPPORTED,
                "nonsense");
    ana_recording_free(recording);
}

static void an_unwritable_folder_is_an_error(void **state)
{
    (void)state;
    ana_recording *recording = new_recording();
    check_fails(ana_recording_write(recording, "/nowhere/at/all.edf", NULL), ANA_ERR_IO,
                "No such file");
    ana_recording_free(recording);
}

static void a_good_file_has_no_findings(void **state)
{
    (void)state;
    ana_findings *findings = NULL;
    check_ok(ana_file_validate(write_sample("good.edf"), NULL, &findings));
    assert_int_equal(findings->n, 0);
    ana_findings_free(findings);
    ana_findings_free(NULL);
}

static void a_bad_file_has_its_faults_listed_by_place(void **state)
{
    (void)state;
    ana_findings *findings = NULL;
    size_t n = 0;
    unsigned char *bytes = read_bytes(write_sample("bad.edf"), &n);
    check_ok(ana_file_validate(scratch_file("cut.edf", bytes, n - 3), NULL, &findings));
    assert_int_equal(findings->n, 1);
    assert_false(findings->items[0].error);
    assert_string_equal(findings->items[0].where, "byte 236");
    ana_findings_free(findings);
    memcpy(bytes + 252, "0   ", 4);
    check_ok(ana_file_validate(scratch_file("none.edf", bytes, n), NULL, &findings));
    assert_int_equal(findings->n, 1);
    assert_true(findings->items[0].error);
    assert_string_equal(findings->items[0].where, "byte 252");
    assert_memory_equal(findings->items[0].what, "the number", 10); /* the place is said once */
    ana_findings_free(findings);
    free(bytes);
    check_fails(ana_file_validate("/nowhere", NULL, &findings), ANA_ERR_IO, "No such file");
}

static void strict_reading_refuses_what_would_be_recovered(void **state)
{
    (void)state;
    size_t n = 0;
    ana_recording *recording = NULL;
    unsigned char *bytes = read_bytes(write_sample("strict.edf"), &n);
    const char *path = scratch_file("strict_cut.edf", bytes, n - 3);
    ana_read_options options = ana_read_options_default();
    check_ok(ana_recording_read(path, &options, &recording));
    assert_int_equal(recording->n_warnings, 1);
    ana_recording_free(recording);
    options.strict = true;
    check_fails(ana_recording_read(path, &options, &recording), ANA_ERR_FORMAT, "data records");
    free(bytes);
}

static void option_tables_hold_their_own_defaults(void **state)
{
    (void)state;
    ana_read_options read = ana_read_options_default();
    ana_write_options write = ana_write_options_default();
    check_ok(ana_options_check(ana_read_option_table, &read, "read"));
    check_ok(ana_options_check(ana_write_option_table, &write, "write"));
    check_ok(ana_option_set(ana_option_find(ana_read_option_table, "rate"), &read, "30.5"));
    assert_true(read.rate == 30.5);
    assert_non_null(ana_option_find(ana_write_option_table, "lossy"));
}

static void each_failed_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    const char *path = write_sample("allocation.edf");
    const char *output = scratch("allocation_out.edf");
    ana_recording *recording = NULL;
    ana_findings *findings = NULL;
    char *losses = NULL;
    ana_format_score *scores = calloc(ana_format_count(), sizeof *scores);
    assert_non_null(scores);
    ALLOCATION_TEST(ana_recording_read, (path, NULL, &recording), ana_recording_free(recording));
    ALLOCATION_TEST(ana_format_detect, (path, scores), (void)0);
    TOLERANT_ALLOCATION_TEST(ana_file_validate, (path, NULL, &findings),
                             ana_findings_free(findings));
    recording = new_recording();
    ALLOCATION_TEST(ana_recording_losses, (recording, "edf", &losses), free(losses));
    ALLOCATION_TEST(ana_recording_write, (recording, output, NULL), remove(output));
    assert_int_equal(access(output, F_OK), -1);
    ana_recording_free(recording);
    free(scores);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_has_a_name_and_finds_nothing_in_nothing),
        cmocka_unit_test(content_decides_and_not_the_ending),
        cmocka_unit_test(the_best_score_comes_first),
        cmocka_unit_test(a_named_format_is_believed),
        cmocka_unit_test(an_unknown_file_names_the_formats),
        cmocka_unit_test(what_no_format_claims_is_described),
        cmocka_unit_test(the_ending_chooses_the_writer),
        cmocka_unit_test(an_existing_file_is_replaced_only_when_asked),
        cmocka_unit_test(losses_are_refused_unless_allowed),
        cmocka_unit_test(an_unwritable_folder_is_an_error),
        cmocka_unit_test(a_good_file_has_no_findings),
        cmocka_unit_test(a_bad_file_has_its_faults_listed_by_place),
        cmocka_unit_test(strict_reading_refuses_what_would_be_recovered),
        cmocka_unit_test(option_tables_hold_their_own_defaults),
        cmocka_unit_test(each_failed_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
