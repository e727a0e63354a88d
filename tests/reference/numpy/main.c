/* numpy reads the arrays that we write, and we read what numpy and scipy write, bit by bit. */
#include "support/check.h"
#include "support/scratch.h"
#include "support/shared.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/reader.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool skipped;

/* Exit status of numpy_peer.py. */
static int run_python(const char *mode, const char *folder)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        execl("/usr/bin/python3", "python3", ANA_SOURCE_DIR "/tests/reference/numpy/numpy_peer.py",
              mode, folder, (char *)NULL);
        _exit(TEST_SKIPPED);
    }
    int ended = 0;
    assert_true(child > 0 && waitpid(child, &ended, 0) == child);
    return WIFEXITED(ended) ? WEXITSTATUS(ended) : 1;
}

static const char *folder_path(const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return scratch(path);
}

static void note(const char *folder, const char *location, const char *raw, const char *shape,
                 size_t n, const double *values)
{
    FILE *stream = fopen(folder_path(folder, raw), "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(values, sizeof *values, n, stream), n);
    fclose(stream);
    stream = fopen(folder_path(folder, "wanted.tsv"), "ab");
    assert_non_null(stream);
    fprintf(stream, "%s\t%s\t%s\n", location, raw, shape);
    fclose(stream);
}

enum {
    CHANNELS = 3,
    TIMES = 70
};

static ana_recording *make_recording(double *values)
{
    static int16_t samples[CHANNELS * TIMES];
    ana_recording *recording = NULL;
    ana_series *series = NULL;
    for (size_t i = 0; i < CHANNELS * TIMES; i++) {
        samples[i] = (int16_t)(i * 7919 % 30011);
        values[i] = samples[i];
    }
    check_ok(ana_recording_new(&recording));
    check_ok(ana_series_new("F", CHANNELS, &series));
    for (size_t c = 0; c < CHANNELS; c++) {
        series->channels[c].name = strdup("roi");
        series->channels[c].kind = ANA_KIND_ROI;
    }
    series->rate = 12.5;
    series->type = ANA_INT16;
    check_ok(ana_source_from_memory(ANA_INT16, CHANNELS, TIMES, true, samples, &series->source));
    check_ok(ana_series_add_segment(series, TIMES, 0.0));
    check_ok(ana_recording_add_series(recording, series));
    return recording;
}

static void numpy_reads_what_we_write(void **state)
{
    (void)state;
    double values[CHANNELS * TIMES];
    const double rate = 12.5;
    ana_write_options options = ana_write_options_default();
    mkdir(scratch("ours"), 0777);
    ana_recording *recording = make_recording(values);
    options.lossy = true;
    check_ok(ana_recording_write(recording, folder_path("ours", "a.npy"), &options));
    check_ok(ana_recording_write(recording, folder_path("ours", "a.npz"), &options));
    options.format = "suite2p";
    check_ok(ana_recording_write(recording, folder_path("ours", "folder"), &options));
    ana_recording_free(recording);
    static const char *const axes[] = {"row", "column"};
    const size_t shape[] = {CHANNELS, TIMES};
    ana_matrix *matrix = NULL;
    check_ok(ana_matrix_new(2, axes, shape, &matrix));
    memcpy(matrix->values, values, sizeof values);
    check_ok(ana_matrix_write(matrix, folder_path("ours", "m.npy")));
    ana_matrix_free(matrix);
    static const char *const locations[] = {"a.npy", "a.npz:F", "folder/plane0/F.npy", "m.npy"};
    for (size_t i = 0; i < 4; i++) {
        note("ours", locations[i], "samples.f64", "3 70", CHANNELS * TIMES, values);
    }
    note("ours", "folder/plane0/ops.npy", "rate.f64", "", 1, &rate);
    note("ours", "a.npz:F/rate", "rate.f64", "", 1, &rate);
    int ended = run_python("read", scratch("ours"));
    if (ended == TEST_SKIPPED) {
        skipped = true;
        return;
    }
    assert_int_equal(ended, 0);
}

/* One line of wanted.tsv: the array at its location against the raw doubles. */
static void check_line(char *line)
{
    char *raw = strchr(line, '\t');
    assert_non_null(raw);
    *raw++ = '\0';
    char *shape = strchr(raw, '\t');
    assert_non_null(shape);
    *shape++ = '\0';
    ana_matrix *matrix = NULL;
    check_ok(ana_matrix_read(folder_path("theirs", line), NULL, &matrix));
    size_t n_axes = 0;
    for (char *at = shape; *at != '\0'; n_axes++) {
        size_t length = (size_t)strtoul(at, &at, 10);
        assert_true(n_axes < matrix->n_axes);
        assert_int_equal(matrix->axes[n_axes].n, length);
    }
    assert_int_equal(matrix->n_axes, n_axes);
    size_t n_bytes = 0;
    unsigned char *wanted = read_bytes(folder_path("theirs", raw), &n_bytes);
    assert_int_equal(n_bytes, ana_matrix_size(matrix) * sizeof(double));
    assert_memory_equal(matrix->values, wanted, n_bytes);
    free(wanted);
    ana_matrix_free(matrix);
}

static void we_read_what_numpy_and_scipy_write(void **state)
{
    (void)state;
    mkdir(scratch("theirs"), 0777);
    int ended = run_python("write", scratch("theirs"));
    if (ended == TEST_SKIPPED) {
        skipped = true;
        return;
    }
    assert_int_equal(ended, 0);
    size_t n = 0;
    size_t n_lines = 0;
    char *text = (char *)read_bytes(folder_path("theirs", "wanted.tsv"), &n);
    for (char *line = text; *line != '\0'; n_lines++) {
        char *end = strchr(line, '\n');
        assert_non_null(end);
        *end = '\0';
        check_line(line);
        line = end + 1;
    }
    printf("%zu arrays by numpy and scipy\n", n_lines);
    assert_true(n_lines > 50);
    free(text);
}

int main(void)
{
    if (access("/usr/bin/python3", X_OK) != 0) {
        return TEST_SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numpy_reads_what_we_write),
        cmocka_unit_test(we_read_what_numpy_and_scipy_write),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed == 0 && skipped ? TEST_SKIPPED : failed;
}
