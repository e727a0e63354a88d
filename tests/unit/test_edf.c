#include "edf.h"
#include "edf_scale.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"
#include "support/shared.h"

#include <analysis/formats/reader.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What the header of a test's own file says; texts are padded to their fields. */
typedef struct plain_signal {
    const char *label;
    const char *unit;
    const char *scale[4]; /* physical and digital minimum and maximum */
    int n_samples;
} plain_signal;

typedef struct plain_file {
    const char *reserved;
    const char *recording;
    const char *date;
    const char *n_records;
    const char *record_s;
    size_t n_signals;
    plain_signal signals[3];
} plain_file;

static void put(unsigned char *bytes, size_t at, size_t width, const char *text)
{
    memset(bytes + at, ' ', width);
    memcpy(bytes + at, text, strlen(text));
}

/* Write the header and n bytes of data; returns the path. */
static const char *write_plain(const char *name, const plain_file *file, const void *data, size_t n)
{
    const size_t ns = file->n_signals;
    const size_t n_header = 256 * (ns + 1);
    unsigned char *bytes = malloc(n_header + n);
    char number[16];
    assert_non_null(bytes);
    memset(bytes, ' ', n_header);
    put(bytes, 0, 8, "0");
    put(bytes, 8, 80, "P-7 M 01-JAN-1980 Anon");
    put(bytes, 88, 80, file->recording);
    put(bytes, 168, 16, file->date);
    snprintf(number, sizeof number, "%zu", n_header);
    put(bytes, 184, 8, number);
    put(bytes, 192, 44, file->reserved);
    put(bytes, 236, 8, file->n_records);
    put(bytes, 244, 8, file->record_s);
    snprintf(number, sizeof number, "%zu", ns);
    put(bytes, 252, 4, number);
    for (size_t s = 0; s < ns; s++) {
        const plain_signal *signal = &file->signals[s];
        put(bytes, 256 + s * 16, 16, signal->label);
        put(bytes, 256 + ns * 96 + s * 8, 8, signal->unit);
        for (size_t i = 0; i < 4; i++) {
            put(bytes, 256 + ns * (104 + 8 * i) + s * 8, 8, signal->scale[i]);
        }
        put(bytes, 256 + ns * 136 + s * 80, 80, "HP:0.1Hz LP:75Hz N:50");
        snprintf(number, sizeof number, "%d", signal->n_samples);
        put(bytes, 256 + ns * 216 + s * 8, 8, number);
    }
    memcpy(bytes + n_header, data, n);
    const char *path = scratch_file(name, bytes, n_header + n);
    free(bytes);
    return path;
}

#define PLAIN_SCALE                                                                                \
    {                                                                                              \
        "-100", "100", "-1000", "1000"                                                             \
    }
#define ANNOTATIONS(n)                                                                             \
    {                                                                                              \
        "EDF Annotations", "", {"-1", "1", "-32768", "32767"}, n                                   \
    }

static const plain_file two_rates = {
    "",
    "night 3",
    "04.03.2105.06.07",
    "2",
    "2",
    2,
    {{"EEG Fz-Ref", "uV", PLAIN_SCALE, 4}, {"Temp", "degC", {"20,5", "45", "-1000", "1000"}, 1}}};
static const int16_t two_records[] = {-1000, 0, 1, 1000, 500, 7, 8, 9, 10, -500};

static void signals_of_one_rate_are_one_series(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    double values[8];
    int16_t stored[8];
    check_ok(ana_recording_read(write_plain("two.edf", &two_rates, two_records, sizeof two_records),
                                NULL, &recording));
    check_ok(ana_recording_check(recording));
    assert_int_equal(recording->n_series, 2);
    assert_string_equal(recording->start_time, "2021-03-04T05:06:07");
    const ana_series *fast = recording->series[0];
    const ana_series *slow = recording->series[1];
    assert_string_equal(fast->name, "eeg_2Hz");
    assert_string_equal(slow->name, "signals_0.5Hz");
    assert_true(fast->rate == 2.0 && slow->rate == 0.5);
    assert_int_equal(slow->channels[0].file_index, 1);
    assert_int_equal(fast->channels[0].kind, ANA_KIND_EEG);
    assert_string_equal(fast->channels[0].reference, "Ref");
    assert_true(fast->channels[0].high_pass_hz == 0.1 && fast->channels[0].low_pass_hz == 75.0);
    assert_true(fast->channels[0].notch_hz == 50.0);
    check_ok(ana_series_read(fast, 0, NULL, 0, 8, values));
    check_ok(ana_series_read_stored(fast, 0, NULL, 0, 8, stored));
    const int16_t wanted[] = {-1000, 0, 1, 1000, 7, 8, 9, 10};
    for (size_t t = 0; t < 8; t++) {
        assert_int_equal(stored[t], wanted[t]);
        check_close(values[t], wanted[t] * 0.1, 1e-13, 0.0);
    }
    check_ok(ana_series_read(slow, 0, NULL, 0, 2, values));
    check_close(values[0], 20.5 + 1500.0 * 24.5 / 2000.0, 1e-12, 0.0);
    assert_string_equal(ana_recording_find_fact(recording, "recording"), "night 3");
    ana_recording_free(recording);
}

static void any_window_equals_that_part_of_the_whole(void **state)
{
    (void)state;
    enum {
        N_RECORDS = 50,
        N_SAMPLES = 3000
    };
    static int16_t data[N_RECORDS * N_SAMPLES * 2];
    static double whole[2 * N_RECORDS * N_SAMPLES];
    static double part[2 * N_RECORDS * N_SAMPLES];
    const plain_file file = {
        "",
        "",
        "04.03.2105.06.07",
        "50",
        "1",
        2,
        {{"a", "uV", PLAIN_SCALE, N_SAMPLES}, {"b", "uV", PLAIN_SCALE, N_SAMPLES}}};
    const size_t n_times = (size_t)N_RECORDS * N_SAMPLES;
    ana_recording *recording = NULL;
    for (size_t i = 0; i < 2 * n_times; i++) {
        data[i] = (int16_t)((i * 7919) % 1999 - 1000);
    }
    check_ok(
        ana_recording_read(write_plain("windows.edf", &file, data, sizeof data), NULL, &recording));
    const ana_series *series = recording->series[0];
    check_ok(ana_series_read(series, 0, NULL, 0, n_times, whole));
    const size_t windows[][2] = {{0, 1},      {2999, 2},   {1, 2998},  {3000, 3000},
                                 {5, 140000}, {149999, 1}, {4321, 77}, {0, 150000}};
    for (size_t w = 0; w < sizeof windows / sizeof windows[0]; w++) {
        const size_t order[] = {1, 0};
        size_t first = windows[w][0];
        size_t n = windows[w][1];
        check_ok(ana_series_read(series, 2, order, first, n, part));
        assert_memory_equal(part, whole + n_times + first, n * sizeof *part);
        assert_memory_equal(part + n, whole + first, n * sizeof *part);
        check_ok(ana_series_read(series, 1, order + 1, first, n, part));
        assert_memory_equal(part, whole + first, n * sizeof *part);
    }
    ana_recording_free(recording);
}

/* Three records of 2 samples and 24 bytes of lists. */
static void fill_lists(unsigned char *data, const char *const *lists, const size_t *n)
{
    memset(data, 0, 3 * 28);
    for (size_t r = 0; r < 3; r++) {
        data[r * 28] = (unsigned char)r;
        memcpy(data + r * 28 + 4, lists[r], n[r]);
    }
}

static const plain_file with_lists = {"EDF+D",
                                      "Startdate 04-MAR-2121 X X X",
                                      "04.03.2105.06.07",
                                      "3",
                                      "1",
                                      2,
                                      {{"EEG Fz", "uV", PLAIN_SCALE, 2}, ANNOTATIONS(12)}};

static void gaps_begin_segments_and_texts_become_intervals(void **state)
{
    (void)state;
    unsigned char data[3 * 28];
    const char *const lists[] = {("+0.25\x14\x14\0+1\x15"
                                  "0.5\x14"
                                  "a\x14"
                                  "b\x14"),
                                 ("+1.25\x14\x14\0-3\x14"
                                  "c@@EEG Fz\x14"),
                                 "+7.5\x14\x14"};
    const size_t n[] = {20, 22, 7};
    ana_recording *recording = NULL;
    fill_lists(data, lists, n);
    check_ok(ana_recording_read(write_plain("gaps.edf", &with_lists, data, sizeof data), NULL,
                                &recording));
    assert_int_equal(recording->n_warnings, 0);
    const ana_series *series = recording->series[0];
    assert_int_equal(series->n_segments, 2);
    assert_int_equal(series->segments[0].n_times, 4);
    assert_true(series->segments[0].start == 0.25 && series->segments[1].start == 7.5);
    assert_string_equal(recording->start_time, "2121-03-04T05:06:07"); /* four digits win */
    const ana_intervals *annotations = ana_recording_find_intervals(recording, "annotations");
    assert_int_equal(annotations->n, 3);
    assert_true(annotations->start[1] == 1.0 && annotations->stop[1] == 1.5);
    assert_true(annotations->start[2] == -3.0 && annotations->stop[2] == -3.0);
    assert_string_equal(ana_table_find(annotations->table, "label")->texts[1], "b");
    const ana_column *channels = ana_table_find(annotations->table, "channels");
    assert_int_equal(channels->row_start[2], 0);
    assert_string_equal(channels->texts[0], "EEG Fz");
    ana_recording_free(recording);
}

static void broken_lists_are_recovered_from(void **state)
{
    (void)state;
    unsigned char data[3 * 28];
    const char *const lists[] = {("+0\x14\x14\0x5\x14"
                                  "a\x14"),
                                 "nothing", "+1\x14\x14\0+2\x15z\x14q\x14"};
    const size_t n[] = {11, 7, 13};
    ana_recording *recording = NULL;
    fill_lists(data, lists, n);
    check_ok(ana_recording_read(write_plain("broken.edf", &with_lists, data, sizeof data), NULL,
                                &recording));
    check_ok(ana_recording_check(recording));
    assert_int_equal(recording->n_warnings, 6);
    assert_non_null(strstr(recording->warnings[0], "without a readable onset"));
    assert_non_null(strstr(recording->warnings[1], "does not end with 0x14 0x00"));
    assert_non_null(strstr(recording->warnings[3], "duration"));
    assert_non_null(strstr(recording->warnings[4], "record 1 has no onset"));
    assert_non_null(strstr(recording->warnings[5], "record 2 has an onset that is not after"));
    assert_int_equal(recording->series[0]->n_segments, 1);
    ana_recording_free(recording);
}

static void a_continuous_file_with_gaps_is_believed_to_have_them(void **state)
{
    (void)state;
    unsigned char data[3 * 28];
    plain_file file = with_lists;
    const char *const lists[] = {"+0\x14\x14", "+1\x14\x14", "+9\x14\x14"};
    const size_t n[] = {4, 4, 4};
    ana_recording *recording = NULL;
    file.reserved = "EDF+C";
    fill_lists(data, lists, n);
    check_ok(ana_recording_read(write_plain("c.edf", &file, data, sizeof data), NULL, &recording));
    assert_int_equal(recording->series[0]->n_segments, 2);
    assert_int_equal(recording->n_warnings, 1);
    ana_recording_free(recording);
}

static void years_are_those_from_1985_to_2084(void **state)
{
    (void)state;
    char text[32];
    ana_edf_start_time("31.12.84", "23.59.59", "", text);
    assert_string_equal(text, "2084-12-31T23:59:59");
    ana_edf_start_time("01.01.85", "00.00.00", "", text);
    assert_string_equal(text, "1985-01-01T00:00:00");
    ana_edf_start_time("01.01.85", "00.00.00", "Startdate X X X X", text);
    assert_string_equal(text, "");
    ana_edf_start_time("05.06.07", "01.02.03", "Startdate 05-JUN-1907 X X X", text);
    assert_string_equal(text, "1907-06-05T01:02:03");
    ana_edf_start_time("05.06.07", "01.02.03", "Startdate 06-JUN-1907 X X X", text);
    assert_string_equal(text, "2007-06-05T01:02:03");
    const char *const wrong[] = {"31.02.01", "00.01.01", "01.13.01", "ab.cd.ef", "........"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ana_edf_start_time(wrong[i], "00.00.00", "", text);
        assert_string_equal(text, "");
    }
    ana_edf_start_time("01.01.01", "24.00.00", "", text);
    assert_string_equal(text, "");
}

static void each_rule_of_the_header_is_checked(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        const char *field;
        const char *sentence;
    } faults[] = {
        {184, "1000    ", "byte 184: the number of header bytes"},
        {236, "many    ", "byte 236: the number of data records"},
        {236, "-2      ", "byte 236: the number of data records"},
        {244, "nan     ", "byte 244: the duration of a data record"},
        {244, "-1      ", "it must not be negative"},
        {244, "0       ", "it must be above 0"},
        {252, "0   ", "byte 252: the number of signals"},
        {464, "x       ", "byte 464: a physical minimum"},
        {688, "0       ", "byte 688: the number of samples in a record"},
        {688, "99999999", "ends before the first of its data records"},
    };
    size_t n = 0;
    ana_recording *recording = NULL;
    unsigned char *bytes =
        read_bytes(write_plain("rules.edf", &two_rates, two_records, sizeof two_records), &n);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char old[16];
        const size_t width = strlen(faults[i].field);
        memcpy(old, bytes + faults[i].at, width);
        memcpy(bytes + faults[i].at, faults[i].field, width);
        ana_read_options options = ana_read_options_default();
        options.format = "edf";
        check_fails(ana_recording_read(scratch_file("fault.edf", bytes, n), &options, &recording),
                    ANA_ERR_FORMAT, faults[i].sentence);
        memcpy(bytes + faults[i].at, old, width);
    }
    for (size_t cut = 0; cut < 768 + 10; cut += 97) { /* within the header or the first record */
        ana_read_options options = ana_read_options_default();
        options.format = "edf";
        check_fails(ana_recording_read(scratch_file("cut.edf", bytes, cut), &options, &recording),
                    ANA_ERR_FORMAT, "byte");
    }
    free(bytes);
}

/* A carriage return before every line feed, cut to the size it had: as a version control system
 * changes a binary file that it takes for a text. */
static void samples_changed_by_a_transfer_as_text_are_refused_with_the_reason(void **state)
{
    (void)state;
    enum {
        N_RECORDS = 40,
        N_SAMPLES = 500,
        RECORD = 2 * (N_SAMPLES + 8)
    };
    static unsigned char data[N_RECORDS * RECORD];
    static unsigned char changed[N_RECORDS * RECORD];
    const plain_file file = {"EDF+C",
                             "",
                             "04.03.2105.06.07",
                             "40",
                             "1",
                             2,
                             {{"a", "uV", PLAIN_SCALE, N_SAMPLES}, ANNOTATIONS(8)}};
    ana_recording *recording = NULL;
    for (size_t r = 0; r < N_RECORDS; r++) {
        for (size_t t = 0; t < N_SAMPLES; t++) {
            const int value = (int)((r * N_SAMPLES + t) * 7919 % 2000) - 1000;
            data[r * RECORD + 2 * t] = (unsigned char)(value & 0xff);
            data[r * RECORD + 2 * t + 1] = (unsigned char)((value >> 8) & 0xff);
        }
        snprintf((char *)data + r * RECORD + 2 * N_SAMPLES, 16, "+%u\x14\x14", (unsigned)r);
    }
    size_t n = 0;
    for (size_t k = 0; n < sizeof changed; k++) {
        if (data[k] == '\n') {
            changed[n++] = '\r';
        }
        if (n < sizeof changed) {
            changed[n++] = data[k];
        }
    }
    check_ok(
        ana_recording_read(write_plain("sound.edf", &file, data, sizeof data), NULL, &recording));
    ana_recording_free(recording);
    check_fails(ana_recording_read(write_plain("text.edf", &file, changed, sizeof changed), NULL,
                                   &recording),
                ANA_ERR_FORMAT, "the file was changed by a transfer as text");
}

/* As a program wrote the EDF files of the BIDS example emg_Multimodal, which other readers refuse
 * with "invalid number". */
static void a_header_out_of_step_is_refused_with_the_place(void **state)
{
    (void)state;
    size_t n = 0;
    ana_recording *recording = NULL;
    ana_read_options options = ana_read_options_default();
    options.format = "edf";
    unsigned char *bytes =
        read_bytes(write_plain("step.edf", &two_rates, two_records, sizeof two_records), &n);
    memmove(bytes + 160, bytes + 161, n - 161); /* a blank less */
    check_fails(ana_recording_read(scratch_file("short.edf", bytes, n - 1), &options, &recording),
                ANA_ERR_FORMAT,
                "byte 167: the start date stands here, not at byte 168: the texts before it are 1 "
                "byte too short");
    memmove(bytes + 163, bytes + 160, n - 163); /* two more */
    check_fails(ana_recording_read(scratch_file("long.edf", bytes, n), &options, &recording),
                ANA_ERR_FORMAT, "byte 170: the start date stands here");
    free(bytes);
}

static void validation_lists_what_reading_passes_over(void **state)
{
    (void)state;
    static const char *const wanted[] = {"only printable US-ASCII",  "are both called \"Temp\"",
                                         "asks for code, sex",       "asks for \"Startdate\"",
                                         "has no annotation signal", "2 of 8 samples are outside"};
    plain_file file = two_rates;
    size_t n = 0;
    ana_findings *findings = NULL;
    file.reserved = "EDF+C";
    file.signals[0] = (plain_signal){"Temp", "uV", {"-100", "100", "0", "500"}, 4};
    unsigned char *bytes =
        read_bytes(write_plain("valid.edf", &file, two_records, sizeof two_records), &n);
    memset(bytes + 8, ' ', 80);
    bytes[8] = 0xe9;
    check_ok(ana_file_validate(scratch_file("valid.edf", bytes, n), NULL, &findings));
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        bool found = false;
        for (size_t f = 0; f < findings->n; f++) {
            found = found || strstr(findings->items[f].what, wanted[i]) != NULL;
        }
        assert_true(found);
    }
    assert_int_equal(findings->n, sizeof wanted / sizeof wanted[0]);
    ana_findings_free(findings);
    free(bytes);
}

static void a_scale_without_a_range_gives_the_stored_numbers(void **state)
{
    (void)state;
    plain_file file = two_rates;
    ana_recording *recording = NULL;
    double value = 0.0;
    file.signals[0].scale[2] = "1000";
    check_ok(ana_recording_read(write_plain("flat.edf", &file, two_records, sizeof two_records),
                                NULL, &recording));
    assert_int_equal(recording->n_warnings, 1);
    assert_null(recording->series[0]->channels[0].unit);
    check_ok(ana_series_read(recording->series[0], 0, NULL, 3, 1, &value));
    assert_true(value == 1000.0);
    ana_recording_free(recording);
}

/* Whether the file system here holds a sparse file of more than 4 GB. */
static bool holds_large_files(void)
{
    const char *path = scratch_file("large", "", 0);
    const bool held = truncate(path, 512 + ((off_t)1 << 32)) == 0;
    remove(path);
    return held;
}

static void a_sparse_file_of_4_gigabytes_opens_at_once(void **state)
{
    (void)state;
    plain_file file = {
        "", "", "04.03.2105.06.07", "1048576", "1", 1, {{"a", "uV", PLAIN_SCALE, 2048}}};
    const char *path = write_plain("sparse.edf", &file, two_records, 0);
    ana_recording *recording = NULL;
    double last = -1.0;
    struct timespec begin;
    struct timespec end;
    if (!holds_large_files()) {
        skip(); /* and main says so */
    }
    assert_int_equal(truncate(path, 512 + ((off_t)1 << 32)), 0);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    check_ok(ana_recording_read(path, NULL, &recording));
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    assert_int_equal(recording->n_warnings, 0);
    assert_true((double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec) <
                0.05);
    const ana_series *series = recording->series[0];
    assert_int_equal(series->n_times, (size_t)1 << 31);
    check_ok(ana_series_read(series, 0, NULL, series->n_times - 1, 1, &last));
    assert_true(last == 0.0);
    ana_recording_free(recording);
    remove(path);
}

static void numbers_take_at_most_eight_characters(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.0, "0"},
                 {-250.5, "-250.5"},
                 {1.0 / 3.0, "0.333333"},
                 {-1.0 / 3.0, "-0.33333"},
                 {99999999.0, "99999999"},
                 {-9999999.0, "-9999999"},
                 {9.99999999, "10"},
                 {1234567.89, "1234568"},
                 {1e-9, "0"}};
    char text[ANA_EDF_NUMBER_CHARS + 1];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(ana_edf_format_number(cases[i].value, text));
        assert_string_equal(text, cases[i].text);
    }
    assert_false(ana_edf_format_number(1e8, text));
    assert_false(ana_edf_format_number(-1e7, text));
    assert_false(ana_edf_format_number((double)NAN, text));
}

static void scales_of_a_header_are_found_again(void **state)
{
    (void)state;
    static const double ranges[][4] = {
        {-250.5, 250.5, -32768, 32767},   {-3200, 3200, -2048, 2047},    {20, 45, -1000, 1000},
        {3276.7, -3276.8, -32768, 32767}, {-0.0625, 0.0625, -17, 31999}, {5, 5, -32768, 32767},
        {-187500, 187500, -30000, 29999}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const double gain = (ranges[i][1] - ranges[i][0]) / (ranges[i][3] - ranges[i][2]);
        const double offset = ranges[i][0] - ranges[i][2] * gain;
        ana_edf_scale scale;
        assert_true(ana_edf_find_scale(gain, offset, -32768, 32767, &scale));
        check_close(scale.gain, gain, 0.0, 1e-12);
        check_close(scale.offset, offset, 1e-12 * fabs(gain) * 32768.0, 1e-12);
    }
    ana_edf_scale scale;
    assert_false(ana_edf_find_scale(0.1234567890123, 0.0, -32768, 32767, &scale));
    assert_true(ana_edf_nearest_scale(0.1234567890123, 0.0, -32768, 32767, &scale));
    check_close(scale.gain, 0.1234567890123, 0.0, 1e-5);
    assert_true(ana_edf_covering_scale(-1.23456789, 7.0, -32768, 32767, &scale));
    assert_true(scale.physical_min <= -1.23456789 && scale.physical_max >= 7.0);
    assert_true(ana_edf_covering_scale(2.0, 2.0, -32768, 32767, &scale));
    assert_true(scale.physical_min < scale.physical_max);
    assert_false(ana_edf_covering_scale(0.0, 1e9, -32768, 32767, &scale));
}

/* A float series of two segments at a rate that has no short record of a second. */
static ana_recording *new_float_recording(size_t n_first)
{
    ana_recording *recording = NULL;
    ana_series *series = NULL;
    float samples[400];
    for (size_t i = 0; i < 400; i++) {
        samples[i] = (float)sin((double)i * 0.7) * 1e-5F;
    }
    samples[7] = NAN;
    check_ok(ana_recording_new(&recording));
    check_ok(ana_series_new("lfp", 1, &series));
    series->rate = 100.0;
    series->type = ANA_FLOAT32;
    series->channels[0].name = strdup("LFP 1");
    series->channels[0].kind = ANA_KIND_LFP;
    series->channels[0].unit = strdup("V");
    check_ok(ana_series_add_segment(series, n_first, 1.5));
    check_ok(ana_series_add_segment(series, 400 - n_first, 60.25));
    check_ok(ana_source_from_memory(ANA_FLOAT32, 1, 400, true, samples, &series->source));
    check_ok(ana_recording_add_series(recording, series));
    return recording;
}

static void floats_are_digitised_and_their_losses_listed(void **state)
{
    (void)state;
    ana_recording *recording = new_float_recording(150);
    ana_recording *again = NULL;
    char *losses = NULL;
    double before[400];
    double after[400];
    ana_write_options options = ana_write_options_default();
    options.lossy = true;
    options.overwrite = true;
    check_ok(ana_recording_losses(recording, "edf", &losses));
    assert_non_null(strstr(losses, "float32 samples of 1 channels are rounded to steps of up to"));
    assert_non_null(strstr(losses, "1 missing samples become the lowest value"));
    free(losses);
    const char *path = scratch("float.edf");
    check_ok(ana_recording_write(recording, path, &options));
    check_ok(ana_recording_read(path, NULL, &again));
    const ana_series *series = again->series[0];
    assert_null(again->start_time); /* unknown stays unknown */
    assert_int_equal(series->n_segments, 2);
    assert_int_equal(series->segments[1].first, 150);
    check_close(series->segments[1].start, 60.25, 1e-9, 0.0);
    check_close(series->rate, 100.0, 0.0, 1e-12);
    check_ok(ana_series_read_si(recording->series[0], 0, NULL, 0, 400, before));
    check_ok(ana_series_read_si(series, 0, NULL, 0, 400, after));
    for (size_t t = 0; t < 400; t++) {
        if (t != 7) {
            check_close(after[t], before[t], 1e-9,
                        0.0); /* half a step of 20 uV / 65535, rounded up */
        }
    }
    ana_recording_free(again);
    ana_recording_free(recording);
}

static void samples_that_fill_no_record_are_named(void **state)
{
    (void)state;
    ana_recording *recording = new_float_recording(150);
    char *losses = NULL;
    recording->series[0]->rate = 30000.0; /* no record of fewer than 3 samples has 8 characters */
    recording->series[0]->segments[0].n_times = 151;
    recording->series[0]->segments[1].first = 151;
    recording->series[0]->segments[1].n_times = 249;
    check_ok(ana_recording_losses(recording, "bdf", &losses));
    assert_non_null(strstr(losses, "1 samples at the ends of its segments"));
    free(losses);
    ana_recording_free(recording);
}

static void what_has_no_place_is_listed(void **state)
{
    (void)state;
    ana_recording *recording = new_float_recording(200);
    ana_channel *channel = &recording->series[0]->channels[0];
    char *losses = NULL;
    ana_table *table = NULL;
    ana_intervals *trials = NULL;
    const int64_t choices[] = {1, 2};
    channel->bad = true;
    channel->position[0] = 0.0;
    channel->kind = ANA_KIND_SPIKE;
    free(channel->name);
    channel->name = strdup("a name of more than sixteen bytes");
    check_ok(ana_table_new(2, &table));
    check_ok(ana_recording_add_table(recording, "electrodes", table));
    check_ok(ana_intervals_new("trials", 2, &trials));
    check_ok(ana_table_add_ints(trials->table, "choice", choices));
    trials->stop[1] = (double)NAN;
    check_ok(ana_recording_add_intervals(recording, trials));
    check_ok(ana_recording_add_fact(recording, "experimenter", "somebody"));
    check_ok(ana_recording_losses(recording, "edf", &losses));
    const char *const wanted[] = {
        "the end of the name",      "the kind, which",
        "the position of 1",        "the mark as bad",
        "table \"electrodes\"",     "intervals \"trials\": columns \"choice\"",
        "1 rows of unknown length", "1 facts: \"experimenter\""};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_non_null(strstr(losses, wanted[i]));
    }
    free(losses);
    ana_recording_free(recording);
}

static ana_status write_and_read(void *user)
{
    const ana_recording *recording = user;
    ana_recording *again = NULL;
    ana_write_options options = ana_write_options_default();
    options.lossy = true;
    options.overwrite = true;
    const char *path = scratch("allocations.edf");
    ana_status status = ana_recording_write(recording, path, &options);
    if (status == ANA_OK) {
        status = ana_recording_read(path, NULL, &again);
    }
    ana_recording_free(again);
    return status;
}

static void each_failed_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    ana_recording *recording = new_float_recording(200);
    assert_true(check_each_allocation(write_and_read, recording, 0) > 40);
    ana_recording_free(recording);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_of_one_rate_are_one_series),
        cmocka_unit_test(any_window_equals_that_part_of_the_whole),
        cmocka_unit_test(gaps_begin_segments_and_texts_become_intervals),
        cmocka_unit_test(broken_lists_are_recovered_from),
        cmocka_unit_test(a_continuous_file_with_gaps_is_believed_to_have_them),
        cmocka_unit_test(years_are_those_from_1985_to_2084),
        cmocka_unit_test(each_rule_of_the_header_is_checked),
        cmocka_unit_test(samples_changed_by_a_transfer_as_text_are_refused_with_the_reason),
        cmocka_unit_test(a_header_out_of_step_is_refused_with_the_place),
        cmocka_unit_test(validation_lists_what_reading_passes_over),
        cmocka_unit_test(a_scale_without_a_range_gives_the_stored_numbers),
        cmocka_unit_test(a_sparse_file_of_4_gigabytes_opens_at_once),
        cmocka_unit_test(numbers_take_at_most_eight_characters),
        cmocka_unit_test(scales_of_a_header_are_found_again),
        cmocka_unit_test(floats_are_digitised_and_their_losses_listed),
        cmocka_unit_test(samples_that_fill_no_record_are_named),
        cmocka_unit_test(what_has_no_place_is_listed),
        cmocka_unit_test(each_failed_allocation_leaves_nothing_behind),
    };
    const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    return n_failed == 0 && !holds_large_files() ? TEST_SKIPPED : n_failed;
}
