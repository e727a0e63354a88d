/* Files that we write are read by MNE-Python with the same samples, rates and annotations. Writes
 * them with the values wanted beside, then hands over to peers_read.py. */
#include "support/check.h"
#include "support/scratch.h"
#include "support/shared.h"

#include <analysis/formats/reader.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    N_CHANNELS = 3,
    N_TIMES = 600
};

/* A file to write: its format, the samples' type and whether there is a gap. */
typedef struct peer_file {
    const char *name;
    ana_sample_type type;
    double scale; /* of the whole numbers, so that floats are none */
    bool gap;
    bool annotations; /* compared too */
} peer_file;

static const peer_file files[] = {
    {"c.edf", ANA_INT16, 1.0, false, true},
    {"d.edf", ANA_INT16, 1.0, true, false},
    {"c.bdf", ANA_INT32, 200.0, false, true},
    {"f.edf", ANA_FLOAT32, 0.37, false, true},
    {"int16.vhdr", ANA_INT16, 1.0, false, true},
    {"float32.vhdr", ANA_FLOAT32, 0.37, false, true},
    {"float64.vhdr", ANA_FLOAT64, 0.5, false, true},
};

static void fill_source(const peer_file *file, ana_series *series)
{
    static double numbers[N_CHANNELS * N_TIMES];
    static int16_t narrow[N_CHANNELS * N_TIMES];
    static int32_t wide[N_CHANNELS * N_TIMES];
    static float floats[N_CHANNELS * N_TIMES];
    for (size_t i = 0; i < (size_t)N_CHANNELS * N_TIMES; i++) {
        numbers[i] = ((double)((i * 7919 + 13 * i * i) % 30011) - 15000.0) * file->scale;
        narrow[i] = (int16_t)numbers[i];
        wide[i] = (int32_t)numbers[i];
        floats[i] = (float)numbers[i];
    }
    const void *samples = file->type == ANA_INT16     ? (const void *)narrow
                          : file->type == ANA_INT32   ? (const void *)wide
                          : file->type == ANA_FLOAT32 ? (const void *)floats
                                                      : numbers;
    check_ok(
        ana_source_from_memory(file->type, N_CHANNELS, N_TIMES, true, samples, &series->source));
}

static ana_recording *make_recording(const peer_file *file)
{
    static const char *const names[N_CHANNELS] = {"EEG Fz", "EEG Cz", "EEG Pz"};
    ana_recording *recording = NULL;
    ana_series *series = NULL;
    ana_intervals *intervals = NULL;
    ana_column *label = NULL;
    check_ok(ana_recording_new(&recording));
    recording->start_time = strdup("2021-03-04T05:06:07");
    check_ok(ana_series_new("eeg", N_CHANNELS, &series));
    series->rate = 200.0;
    series->type = file->type;
    for (size_t c = 0; c < N_CHANNELS; c++) {
        series->channels[c].name = strdup(names[c]);
        series->channels[c].unit = strdup("uV");
        series->channels[c].gain = 0.05;
        series->channels[c].kind = ANA_KIND_EEG;
        series->channels[c].high_pass_hz = c > 0 ? 0.1 : 0.0;
        series->channels[c].low_pass_hz = 75.0;
    }
    check_ok(ana_series_add_segment(series, N_TIMES / 2, 0.0));
    check_ok(ana_series_add_segment(series, N_TIMES / 2, file->gap ? 10.0 : 1.5));
    fill_source(file, series);
    check_ok(ana_recording_add_series(recording, series));
    check_ok(ana_intervals_new("annotations", 3, &intervals));
    check_ok(ana_table_add(intervals->table, "label", ANA_COLUMN_TEXT, NULL, &label));
    for (size_t i = 0; i < 3; i++) {
        intervals->start[i] = 0.25 + 0.75 * (double)i;
        intervals->stop[i] = intervals->start[i] + 0.1 * (double)i;
        check_ok(ana_column_set_text(label, i, i == 1 ? "Stimulus/S  1" : "Comment/blink"));
    }
    check_ok(ana_recording_add_intervals(recording, intervals));
    return recording;
}

/* The values wanted, in volts, a line a channel; then the annotations. */
static void write_wanted(const peer_file *file, const ana_recording *recording)
{
    char name[64];
    static double values[N_CHANNELS * N_TIMES];
    const ana_series *series = recording->series[0];
    const ana_intervals *intervals = recording->intervals[0];
    const ana_column *label = ana_table_find(intervals->table, "label");
    snprintf(name, sizeof name, "%s.wanted", file->name);
    FILE *stream = fopen(scratch(name), "w");
    assert_non_null(stream);
    check_ok(ana_series_read_si(series, 0, NULL, 0, N_TIMES, values));
    fprintf(stream, "%.17g\n%d\n", series->rate, N_CHANNELS);
    for (size_t c = 0; c < N_CHANNELS; c++) {
        for (size_t t = 0; t < N_TIMES; t++) {
            fprintf(stream, "%.17g ", values[c * N_TIMES + t]);
        }
        fprintf(stream, "\n");
    }
    for (size_t i = 0; i < intervals->n && file->annotations; i++) {
        fprintf(stream, "%.17g\t%.17g\t%s\n", intervals->start[i],
                intervals->stop[i] - intervals->start[i], label->texts[i]);
    }
    assert_int_equal(fclose(stream), 0);
}

static int run_peer(void)
{
    const pid_t child = fork();
    if (child == 0) {
        execl("/usr/bin/python3", "python3", ANA_SOURCE_DIR "/tests/reference/peers/peers_read.py",
              scratch(""), (char *)NULL);
        _exit(TEST_SKIPPED);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
        return 1;
    }
    return WEXITSTATUS(status);
}

static int peer_status;

static void peers_read_what_we_write(void **state)
{
    (void)state;
    ana_write_options options = ana_write_options_default();
    options.lossy = true;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        ana_recording *recording = make_recording(&files[i]);
        check_ok(ana_recording_write(recording, scratch(files[i].name), &options));
        write_wanted(&files[i], recording);
        ana_recording_free(recording);
    }
    peer_status = run_peer();
    assert_true(peer_status == 0 || peer_status == TEST_SKIPPED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(peers_read_what_we_write)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed == 0 && peer_status == TEST_SKIPPED ? TEST_SKIPPED : failed;
}
