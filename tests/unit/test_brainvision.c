#include "brainvision.h"
#include "channel.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <analysis/formats/reader.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TITLE "Brain Vision Data Exchange Header File Version 1.0\r\n; a comment\r\n\r\n"
#define COMMON "[Common Infos]\r\nDataFile=$b.eeg\r\nMarkerFile=$b.vmrk\r\nDataFormat=BINARY\r\n"
#define TWO_CHANNELS "[Channel Infos]\nCh1=Fz,,0.5,\xc2\xb5V\nCh2=a\\1b,ref,,mm\n"

static const char multiplexed[] =
    TITLE COMMON "DataOrientation=MULTIPLEXED\nNumberOfChannels=2\nSamplingInterval=4000\n"
                 "[Binary Infos]\nBinaryFormat=INT_16\n" TWO_CHANNELS;

static const char markers[] =
    "Brain Vision Data Exchange Marker File, Version 1.0\n[Marker Infos]\n"
    "; Mk<number>=...\nMk1=New Segment,,1,1,0,20210304050607891000\n"
    "Mk2=Stimulus,S  1,3,2,2\nMk3=Comment,a\\1b,0,1,0\nMk4=no position\n"
    "[Marker User Infos]\nMk5=Stimulus,not one,1,1,0\n";

/* Write header, data and markers under a name; the path of the header. */
static const char *write_files(const char *name, const char *header, const void *data, size_t n,
                               const char *marker_text)
{
    char file[64];
    snprintf(file, sizeof file, "%s.eeg", name);
    (void)scratch_file(file, data, n);
    snprintf(file, sizeof file, "%s.vmrk", name);
    (void)scratch_file(file, marker_text, strlen(marker_text));
    snprintf(file, sizeof file, "%s.vhdr", name);
    return scratch_file(file, header, strlen(header));
}

static const int16_t samples[] = {1, -2, 3, -4, 5, -6, 7, -8};

/* By hand: 30 degrees from the top towards the nose, 87 mm away; on the sphere for all heads the
 * left ear; not known. */
static void coordinates_on_spheres_are_positions_in_metres(void **state)
{
    (void)state;
    static const char *const coordinates[][2] = {{"87,30,90", "1,-90,0"}, {"0,0,0", "nan,1,2"}};
    const double expected[][3] = {{0.0, 0.0435, 0.087 * sqrt(0.75)}, {-0.095, 0.0, 0.0}};
    for (size_t k = 0; k < 2; k++) {
        char header[1024];
        ana_recording *recording = NULL;
        snprintf(header, sizeof header, "%s[Coordinates]\nCh1=%s\nCh2=%s\n", multiplexed,
                 coordinates[k][0], coordinates[k][1]);
        check_ok(ana_recording_read(write_files("placed", header, samples, sizeof samples, markers),
                                    NULL, &recording));
        for (size_t i = 0; i < 6; i++) {
            const double value = recording->series[0]->channels[i / 3].position[i % 3];
            assert_true(isnan(value) == (k == 1));
            if (k == 0) {
                check_close(value, expected[i / 3][i % 3], 1e-15, 0.0);
            }
        }
        ana_recording_free(recording);
    }
}

static void multiplexed_integers_are_read_with_their_resolution(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    double values[8];
    check_ok(ana_recording_read(write_files("mux", multiplexed, samples, sizeof samples, markers),
                                NULL, &recording));
    check_ok(ana_recording_check(recording));
    const ana_series *series = recording->series[0];
    assert_int_equal(recording->n_warnings, 0);
    assert_int_equal(series->n_times, 4);
    assert_true(series->rate == 250.0);
    assert_string_equal(series->channels[1].name, "a,b");
    assert_string_equal(series->channels[1].reference, "ref");
    assert_string_equal(series->channels[1].unit, "mm");
    assert_true(series->channels[1].gain == 1.0);
    assert_int_equal(series->channels[0].kind, ANA_KIND_EEG);
    check_ok(ana_series_read(series, 0, NULL, 0, 4, values));
    const double wanted[] = {0.5, 1.5, 2.5, 3.5, -2, -4, -6, -8};
    assert_memory_equal(values, wanted, sizeof wanted);
    assert_string_equal(recording->start_time, "2021-03-04T05:06:07.891000");
    ana_recording_free(recording);
}

static void markers_become_intervals_and_nothing_is_lost(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    check_ok(ana_recording_read(write_files("mk", multiplexed, samples, sizeof samples, markers),
                                NULL, &recording));
    const ana_intervals *rows = ana_recording_find_intervals(recording, "annotations");
    const ana_column *labels = ana_table_find(rows->table, "label");
    assert_int_equal(rows->n, 3);
    assert_string_equal(labels->texts[0], "New Segment/");
    assert_string_equal(labels->texts[1], "Stimulus/S  1");
    assert_string_equal(labels->texts[2], "Comment/a,b");
    check_close(rows->start[1], 0.008, 1e-15, 0.0);
    check_close(rows->stop[1], 0.016, 1e-15, 0.0);
    assert_true(rows->start[2] == 0.0 && rows->stop[2] == 0.0); /* before the first sample */
    assert_string_equal(ana_table_find(rows->table, "channels")->texts[0], "a,b");
    const ana_table *unread = ana_recording_find_table(recording, "unread_markers");
    assert_int_equal(unread->n_rows, 1);
    assert_int_equal(ana_table_find(unread, "line")->ints[0], 7);
    assert_string_equal(ana_table_find(unread, "text")->texts[0], "Mk4=no position");
    ana_recording_free(recording);
    ana_read_options options = ana_read_options_default();
    options.strict = true;
    check_fails(ana_recording_read(scratch("mk.vhdr"), &options, &recording), ANA_ERR_FORMAT,
                "line 7: a marker without");
}

static void validation_names_the_lines_of_bad_markers(void **state)
{
    (void)state;
    const char bad[] =
        "[Marker Infos]\nMk1=A,b,1,1,0\nMk2=A,b,5,1,0\nMk3=A,b,0,1,0\nMk4=A,b,2,1,3\n"
        "Mk5=A\n";
    static const char *const lines[] = {"line 6", "line 3", "line 4", "line 5"};
    ana_findings *findings = NULL;
    check_ok(ana_file_validate(write_files("bad", multiplexed, samples, sizeof samples, bad), NULL,
                               &findings));
    assert_int_equal(findings->n, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(findings->items[i].where, lines[i]);
        assert_false(findings->items[i].error);
    }
    ana_findings_free(findings);
}

/* The same numbers in each layout and type. */
static void check_layout(const char *orientation, const char *format, const void *data, size_t n)
{
    char header[1024];
    ana_recording *recording = NULL;
    double values[8];
    double one[3];
    const size_t second = 1;
    snprintf(header, sizeof header,
             TITLE COMMON "DataOrientation=%s\nNumberOfChannels=2\nSamplingInterval=4000\n"
                          "[Binary Infos]\n%s\n" TWO_CHANNELS,
             orientation, format);
    check_ok(ana_recording_read(write_files("layout", header, data, n, markers), NULL, &recording));
    check_ok(ana_series_read(recording->series[0], 0, NULL, 0, 4, values));
    const double wanted[] = {0.5, 1.5, 2.5, 3.5, -2, -4, -6, -8};
    assert_memory_equal(values, wanted, sizeof wanted);
    check_ok(ana_series_read(recording->series[0], 1, &second, 1, 3, one));
    assert_memory_equal(one, wanted + 5, sizeof one);
    ana_recording_free(recording);
}

static void each_layout_and_type_gives_the_same_numbers(void **state)
{
    (void)state;
    const int16_t vectors[] = {1, 3, 5, 7, -2, -4, -6, -8};
    float floats[8];
    double doubles[8];
    int32_t wide[8];
    unsigned char swapped[16];
    for (size_t i = 0; i < 8; i++) {
        floats[i] = samples[i];
        doubles[i] = samples[i];
        wide[i] = samples[i];
        swapped[2 * i] = (unsigned char)((uint16_t)samples[i] >> 8);
        swapped[2 * i + 1] = (unsigned char)samples[i];
    }
    check_layout("MULTIPLEXED", "BinaryFormat=INT_16", samples, sizeof samples);
    check_layout("VECTORIZED", "BinaryFormat=INT_16", vectors, sizeof vectors);
    check_layout("MULTIPLEXED", "BinaryFormat=INT_32", wide, sizeof wide);
    check_layout("MULTIPLEXED", "BinaryFormat=IEEE_FLOAT_32", floats, sizeof floats);
    check_layout("MULTIPLEXED", "BinaryFormat=IEEE_FLOAT_64", doubles, sizeof doubles);
    check_layout("MULTIPLEXED", "BinaryFormat=INT_16\nUseBigEndianOrder=YES", swapped,
                 sizeof swapped);
    check_layout("MULTIPLEXED", "BinaryFormat=INT_16\nDataOffset=2\nTrailerSize=4",
                 (const int16_t[]){9, 1, -2, 3, -4, 5, -6, 7, -8, 9, 9}, 22);
    check_layout("VECTORIZED", "BinaryFormat=INT_16\nChannelOffset=2",
                 (const int16_t[]){1, 3, 5, 7, 9, -2, -4, -6, -8}, 18);
}

static void ascii_is_read_by_line_or_by_column(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        const char *data;
    } cases[] = {
        {"DataFormat=ASCII\nDataOrientation=VECTORIZED\nNumberOfChannels=2\nSamplingInterval=4000\n"
         "[ASCII Infos]\nDecimalSymbol=,\nSkipLines=0\nSkipColumns=1\n",
         "Fz 1,0 3 5,0e0 7\nb -2 -4 -6 -8\n"},
        {"DataFormat=ASCII\nDataOrientation=MULTIPLEXED\nNumberOfChannels=2\nSamplingInterval="
         "4000\n"
         "[ASCII Infos]\nSkipLines=1\n",
         "Fz b\n1 -2\n3 -4\r\n5 -6\n\n7 -8"},
    };
    char header[1024];
    ana_recording *recording = NULL;
    double values[8];
    for (size_t i = 0; i < 2; i++) {
        snprintf(header, sizeof header, TITLE "[Common Infos]\nDataFile=ascii.eeg\n%s" TWO_CHANNELS,
                 cases[i].header);
        check_ok(ana_recording_read(
            write_files("ascii", header, cases[i].data, strlen(cases[i].data), ""), NULL,
            &recording));
        check_ok(ana_series_read(recording->series[0], 0, NULL, 0, 4, values));
        const double wanted[] = {0.5, 1.5, 2.5, 3.5, -2, -4, -6, -8};
        assert_memory_equal(values, wanted, sizeof wanted);
        ana_recording_free(recording);
    }
    const char *path = write_files("ascii", header, "Fz b\n1 -2\n3\n", 12, "");
    check_fails(ana_recording_read(path, NULL, &recording), ANA_ERR_FORMAT,
                "line 3: has 1 numbers, but 2 are needed");
    path = write_files("ascii", header, "Fz b\n1 x\n", 9, "");
    check_fails(ana_recording_read(path, NULL, &recording), ANA_ERR_FORMAT,
                "line 2: column 2 is no number: \"x\"");
}

static void a_pause_leaves_a_gap_and_an_early_clock_none(void **state)
{
    (void)state;
    const char pause[] = "[Marker Infos]\nMk1=New Segment,,1,1,0,20210304235959000000\n"
                         "Mk2=New Segment,,3,1,0,20210305000001500000\n"
                         "Mk3=New Segment,,4,1,0,20210305000001500001\nMk4=A,b,4,1,0\n";
    ana_recording *recording = NULL;
    check_ok(ana_recording_read(write_files("pause", multiplexed, samples, sizeof samples, pause),
                                NULL, &recording));
    const ana_series *series = recording->series[0];
    assert_int_equal(series->n_segments, 2);
    assert_int_equal(series->segments[1].first, 2);
    assert_true(series->segments[1].start == 2.5);
    check_close(ana_recording_find_intervals(recording, NULL)->start[3], 2.504, 1e-12, 0.0);
    ana_recording_free(recording);
}

static void filters_come_from_the_tables_in_the_comment(void **state)
{
    (void)state;
    const char *const comment =
        "[Comment]\n\n#     Name      Phys. Chn.    Resolution / Unit   Low Cutoff [s]   High "
        "Cutoff "
        "[Hz]   Notch [Hz]    Offset\n"
        "1     Fz     1    0.5 \xc2\xb5V    10     250     Off    0\n"
        "2     b c    2    0.5 mm           DC     1000    50     0\n"
        "S o f t w a r e  F i l t e r s\n"
        "#     Low Cutoff [s]   High Cutoff [Hz]   Notch [Hz]\n1      0.9     30      60\n\n";
    char header[2048];
    ana_recording *recording = NULL;
    snprintf(header, sizeof header, "%s%s", multiplexed, comment);
    check_ok(ana_recording_read(write_files("filters", header, samples, sizeof samples, markers),
                                NULL, &recording));
    const ana_channel *channels = recording->series[0]->channels;
    check_close(channels[0].high_pass_hz, 1.0 / (2.0 * 3.14159265358979323846 * 0.9), 1e-15, 0.0);
    assert_true(channels[0].low_pass_hz == 30.0 && channels[0].notch_hz == 60.0);
    assert_true(channels[1].high_pass_hz == 0.0 && channels[1].low_pass_hz == 1000.0);
    ana_recording_free(recording);
}

static void each_rule_of_the_header_is_checked(void **state)
{
    (void)state;
    static const struct {
        const char *old;
        const char *new_text;
        ana_status status;
        const char *sentence;
    } faults[] = {
        {"Header File", "Header Pile", ANA_ERR_FORMAT, "line 1"},
        {"Header File", "Marker File", ANA_ERR_FORMAT, "is the marker file"},
        {"NumberOfChannels=2", "NumberOfChannels=x", ANA_ERR_FORMAT, "line 9: NumberOfChannels"},
        {"NumberOfChannels=2", "NumberOfChannels=0", ANA_ERR_FORMAT, "1 or more"},
        {"NumberOfChannels=2", "NumberOfchannels=2", ANA_ERR_FORMAT, "before NumberOfChannels"},
        {"SamplingInterval=4000", "SamplingInterval=-4.0", ANA_ERR_FORMAT, "line 10: Sampling"},
        {"SamplingInterval", "samplingInterval", ANA_ERR_FORMAT, "ends without SamplingInterval"},
        {"DataFile", "datafile", ANA_ERR_FORMAT, "ends without DataFile"},
        {"BinaryFormat", "binaryFormat", ANA_ERR_FORMAT, "ends without BinaryFormat"},
        {"INT_16", "INT_99", ANA_ERR_UNSUPPORTED, "line 12: BinaryFormat is \"INT_99\""},
        {"MULTIPLEXED", "SCRAMBLED", ANA_ERR_UNSUPPORTED, "only MULTIPLEXED and VECTORIZED"},
        {"BINARY", "BINARI", ANA_ERR_UNSUPPORTED, "only BINARY and ASCII"},
        {"Fz,,0.5", "Fz,,nan", ANA_ERR_FORMAT, "the resolution, must be a number"},
        {"Fz,,0.5", "Fz,,0.0", ANA_ERR_FORMAT, "the resolution, must be a number"},
        {"$b.eeg", "../x.eeg", ANA_ERR_FORMAT, ": line 5: names the file"},
        {"$b.eeg", "none.eeg", ANA_ERR_IO, "No such file"},
    };
    ana_recording *recording = NULL;
    ana_read_options options = ana_read_options_default();
    options.format = "brainvision";
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char header[1024];
        const char *at = strstr(multiplexed, faults[i].old);
        assert_non_null(at);
        snprintf(header, sizeof header, "%.*s%s%s", (int)(at - multiplexed), multiplexed,
                 faults[i].new_text, at + strlen(faults[i].old));
        check_fails(
            ana_recording_read(write_files("fault", header, samples, sizeof samples, markers),
                               &options, &recording),
            faults[i].status, faults[i].sentence);
    }
}

static void leftovers_are_named(void **state)
{
    (void)state;
    char header[1024];
    const char *at = strstr(multiplexed, "[Binary");
    snprintf(header, sizeof header, "%.*sDataPoints=9\n%s", (int)(at - multiplexed), multiplexed,
             at);
    ana_recording *recording = NULL;
    const char *path = write_files("left", header, samples, sizeof samples - 1, markers);
    assert_int_equal(remove(scratch("left.vmrk")), 0);
    check_ok(ana_recording_read(path, NULL, &recording));
    assert_int_equal(recording->n_warnings, 3);
    assert_int_equal(recording->series[0]->n_times, 3);
    assert_non_null(strstr(recording->warnings[0], "the markers in"));
    assert_non_null(strstr(recording->warnings[1], "byte 12: 3 bytes are left"));
    assert_non_null(strstr(recording->warnings[2], "DataPoints=9"));
    ana_recording_free(recording);
}

static void labels_say_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        ana_kind kind;
    } cases[] = {
        {"EEG Fpz-Cz", ANA_KIND_EEG},
        {"Fp1", ANA_KIND_EEG},
        {"POz", ANA_KIND_EEG},
        {"fz", ANA_KIND_EEG},
        {"A2", ANA_KIND_EEG},
        {"EOG horizontal", ANA_KIND_EOG},
        {"HEOGli", ANA_KIND_OTHER},
        {"EMG3", ANA_KIND_EMG},
        {"ECG ECG1", ANA_KIND_ECG},
        {"Status", ANA_KIND_TRIGGER},
        {"Temp rectal", ANA_KIND_OTHER},
        {"C123", ANA_KIND_OTHER},
        {"Czz", ANA_KIND_OTHER},
        {"", ANA_KIND_OTHER},
        {"zz", ANA_KIND_OTHER},
        {"acc1", ANA_KIND_BEHAVIOUR},
        {"F3-A2", ANA_KIND_EEG},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(ana_kind_from_label(cases[i].label), cases[i].kind);
    }
    assert_int_equal(ana_kind_from_electrode("B17", "Active Electrode, pin type"), ANA_KIND_EEG);
    assert_int_equal(ana_kind_from_electrode("B17", NULL), ANA_KIND_OTHER);
    assert_int_equal(ana_kind_from_voltage("x", "\xc2\xb5V"), ANA_KIND_EEG);
    assert_int_equal(ana_kind_from_voltage("x", "mm"), ANA_KIND_OTHER);
    assert_int_equal(ana_kind_from_voltage("x", NULL), ANA_KIND_OTHER);
}

static void a_recording_is_written_and_read_again(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    ana_recording *again = NULL;
    char *losses = NULL;
    ana_write_options options = ana_write_options_default();
    const char pause[] = "[Marker Infos]\nMk1=New Segment,,1,1,0,20210304235959000000\n"
                         "Mk2=Stimulus,S 1,2,1,2\n"
                         "Mk3=New Segment,,3,1,0,20210305000001500000\n";
    check_ok(ana_recording_read(write_files("before", multiplexed, samples, sizeof samples, pause),
                                NULL, &recording));
    check_ok(ana_recording_losses(recording, "brainvision", &losses));
    assert_string_equal(losses, "");
    free(losses);
    const char *path = scratch("after.vhdr");
    check_ok(ana_recording_write(recording, path, NULL));
    check_fails(ana_recording_write(recording, path, &options), ANA_ERR_IO, "exists already");
    assert_int_equal(remove(path), 0);
    check_fails(ana_recording_write(recording, path, &options), ANA_ERR_IO,
                "after.eeg: exists already");
    assert_int_equal(access(path, F_OK), -1);
    options.overwrite = true;
    check_ok(ana_recording_write(recording, path, &options));
    check_ok(ana_recording_read(path, NULL, &again));
    const ana_series *a = recording->series[0];
    const ana_series *b = again->series[0];
    assert_int_equal(b->type, ANA_INT16);
    assert_int_equal(b->n_segments, 2);
    assert_true(b->segments[1].start == a->segments[1].start);
    assert_string_equal(again->start_time, recording->start_time);
    int16_t stored[8];
    check_ok(ana_series_read_stored(b, 0, NULL, 0, 4, stored));
    const int16_t wanted[] = {1, 3, 5, 7, -2, -4, -6, -8};
    assert_memory_equal(stored, wanted, sizeof wanted);
    assert_int_equal(again->intervals[0]->n, 3);
    ana_recording_free(again);
    ana_recording_free(recording);
}

static void an_offset_is_kept_by_exact_floats(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    ana_recording *again = NULL;
    char *losses = NULL;
    double values[2];
    check_ok(ana_recording_read(
        write_files("offset", multiplexed, samples, sizeof samples, markers), NULL, &recording));
    recording->n_tables = 0; /* leave out what is not of this test */
    recording->series[0]->channels[0].offset = 0.25;
    check_ok(ana_recording_losses(recording, "brainvision", &losses));
    assert_null(strstr(losses, "rounded"));
    free(losses);
    recording->series[0]->channels[1].offset = 0.1;
    check_ok(ana_recording_losses(recording, "brainvision", &losses));
    assert_non_null(strstr(losses, "of 1 channels are rounded to 32-bit floats"));
    free(losses);
    ana_write_options options = ana_write_options_default();
    options.lossy = true;
    check_ok(ana_recording_write(recording, scratch("offset_out.vhdr"), &options));
    check_ok(ana_recording_read(scratch("offset_out.vhdr"), NULL, &again));
    assert_int_equal(again->series[0]->type, ANA_FLOAT32);
    check_ok(ana_series_read(again->series[0], 0, NULL, 3, 1, values));
    assert_true(values[0] == 3.75);
    check_close(values[1], -7.9, 0.0, 1e-7);
    ana_recording_free(again);
    recording->n_tables = 1;
    ana_recording_free(recording);
}

static ana_status read_and_write(void *user)
{
    const char *path = user;
    ana_recording *recording = NULL;
    ana_write_options options = ana_write_options_default();
    options.lossy = true;
    options.overwrite = true;
    ana_status status = ana_recording_read(path, NULL, &recording);
    if (status == ANA_OK) {
        status = ana_recording_write(recording, scratch("allocation_out.vhdr"), &options);
    }
    ana_recording_free(recording);
    return status;
}

static void each_failed_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    char path[256];
    snprintf(path, sizeof path, "%s",
             write_files("allocation", multiplexed, samples, sizeof samples, markers));
    assert_true(check_each_allocation(read_and_write, path, 0) > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multiplexed_integers_are_read_with_their_resolution),
        cmocka_unit_test(markers_become_intervals_and_nothing_is_lost),
        cmocka_unit_test(validation_names_the_lines_of_bad_markers),
        cmocka_unit_test(each_layout_and_type_gives_the_same_numbers),
        cmocka_unit_test(ascii_is_read_by_line_or_by_column),
        cmocka_unit_test(a_pause_leaves_a_gap_and_an_early_clock_none),
        cmocka_unit_test(filters_come_from_the_tables_in_the_comment),
        cmocka_unit_test(each_rule_of_the_header_is_checked),
        cmocka_unit_test(leftovers_are_named),
        cmocka_unit_test(labels_say_kinds),
        cmocka_unit_test(a_recording_is_written_and_read_again),
        cmocka_unit_test(an_offset_is_kept_by_exact_floats),
        cmocka_unit_test(coordinates_on_spheres_are_positions_in_metres),
        cmocka_unit_test(each_failed_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
