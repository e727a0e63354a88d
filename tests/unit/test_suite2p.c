/* Suite2p folders: rois, rates that are never assumed, and what is written. */
#include "npy.h"
#include "suite2p.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <analysis/formats/reader.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    ROIS = 3,
    FRAMES = 50
};

static void save(const char *folder, const char *name, size_t rows, size_t columns, double first)
{
    char path[128];
    float values[ROIS * FRAMES + FRAMES];
    const size_t shape[] = {rows, columns};
    for (size_t i = 0; i < rows * columns; i++) {
        values[i] = (float)(first + (double)i);
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    check_ok(ana_npy_save(scratch(path), ANA_FLOAT32, 2, shape, values));
}

/* A plane folder with F, Fneu, spks and iscell. */
static const char *make_plane(const char *folder)
{
    mkdir(scratch(folder), 0777);
    save(folder, "F.npy", ROIS, FRAMES, 0.0);
    save(folder, "Fneu.npy", ROIS, FRAMES, 1000.0);
    save(folder, "spks.npy", ROIS, FRAMES, 2000.0);
    save(folder, "iscell.npy", ROIS, 2, 0.0);
    return scratch(folder);
}

static ana_status read_at(const char *path, double rate, ana_recording **out)
{
    ana_read_options options = ana_read_options_default();
    options.rate = rate;
    return ana_recording_read(path, &options, out);
}

static void a_plane_gives_three_series_and_a_table(void **state)
{
    (void)state;
    const char *path = make_plane("one");
    ana_recording *recording = NULL;
    check_ok(read_at(path, 30.0, &recording));
    check_ok(ana_recording_check(recording));
    assert_string_equal(recording->format, "suite2p");
    assert_int_equal(recording->n_series, 3);
    static const char *const names[] = {"F", "Fneu", "spks"};
    for (size_t i = 0; i < 3; i++) {
        const ana_series *series = ana_recording_find_series(recording, names[i]);
        assert_non_null(series);
        check_close(series->rate, 30.0, 0.0, 0.0);
        assert_int_equal(series->n_channels, ROIS);
        assert_int_equal(series->n_times, FRAMES);
        assert_int_equal(series->channels[1].kind, ANA_KIND_ROI);
        const size_t roi = 2;
        double value = 0.0;
        check_ok(ana_series_read(series, 1, &roi, 7, 1, &value));
        check_close(value, 1000.0 * (double)i + 2.0 * FRAMES + 7.0, 0.0, 0.0);
    }
    const ana_table *rois = ana_recording_find_table(recording, "rois");
    const ana_column *iscell = ana_table_find(rois, "iscell");
    assert_false(iscell->bools[0]);
    assert_true(iscell->bools[1]);
    check_close(ana_table_find(rois, "probability")->doubles[2], 5.0, 0.0, 0.0);
    ana_recording_free(recording);
    check_ok(read_at(scratch("one/F.npy"), 30.0, &recording)); /* the file stands for its folder */
    assert_int_equal(recording->n_series, 3);
    ana_recording_free(recording);
}

static void several_planes_are_kept_apart(void **state)
{
    (void)state;
    mkdir(scratch("many"), 0777);
    mkdir(scratch("many/suite2p"), 0777);
    make_plane("many/suite2p/plane0");
    make_plane("many/suite2p/plane1");
    ana_recording *recording = NULL;
    check_ok(read_at(scratch("many"), 15.0, &recording));
    assert_int_equal(recording->n_series, 6);
    assert_non_null(ana_recording_find_series(recording, "plane1/spks"));
    assert_non_null(ana_recording_find_table(recording, "plane1/rois"));
    ana_recording_free(recording);
}

static void a_rate_is_never_assumed(void **state)
{
    (void)state;
    const char *path = make_plane("norate");
    ana_recording *recording = NULL;
    check_fails(read_at(path, 0.0, &recording), ANA_ERR_UNSUPPORTED, "--rate");
    check_ok(ana_suite2p_write_ops(scratch("norate/ops.npy"), 7.25));
    check_ok(read_at(path, 0.0, &recording));
    check_close(recording->series[0]->rate, 7.25, 0.0, 0.0);
    ana_recording_free(recording);
    check_ok(read_at(path, 30.0, &recording)); /* what is given goes before */
    check_close(recording->series[0]->rate, 30.0, 0.0, 0.0);
    ana_recording_free(recording);
}

static void the_rate_is_found_among_opcodes_only(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        double rate;
    } cases[] = {
        {"X\2\0\0\0fsG@>\0\0\0\0\0\0.", 17, 30.0},
        {"X\2\0\0\0fsq\7G@>\0\0\0\0\0\0.", 19, 30.0},
        {"X\2\0\0\0fsr\7\0\0\0K\x0f.", 15, 15.0},
        {"\x8c\2fs\x94M\x2c\1.", 9, 300.0},
        {"\x8c\2fsJ\x2c\1\0\0.", 10, 300.0},
        {"\x8c\2fsJ\xff\xff\xff\xff.", 10, 0.0},    /* below 0 */
        {"\x8c\2fsG\x7f\xf8\0\0\0\0\0\0", 13, 0.0}, /* not a number */
        {"\x8c\2fsK\5\x8c\2fsK\6", 12, 0.0},        /* two that differ */
        {"\x8c\2fsK\5\x8c\2fsK\5", 12, 5.0},
        {"\x8c\2fs", 4, 0.0},
        {"\x8c\3fps", 5, 0.0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double rate = -1.0;
        check_ok(ana_suite2p_find_rate(scratch_file("ops.npy", cases[i].bytes, cases[i].n), &rate));
        check_close(rate, cases[i].rate, 0.0, 0.0);
    }
}

static void files_that_do_not_fit_together_are_refused(void **state)
{
    (void)state;
    const char *path = make_plane("bad");
    ana_recording *recording = NULL;
    save("bad", "iscell.npy", ROIS + 1, 2, 0.0);
    check_fails(read_at(path, 30.0, &recording), ANA_ERR_FORMAT, "3 rois, but iscell.npy has 4");
    save("bad", "iscell.npy", ROIS, 3, 0.0);
    check_fails(read_at(path, 30.0, &recording), ANA_ERR_FORMAT, "3 columns");
    save("bad", "iscell.npy", ROIS, 1, 0.0);
    save("bad", "spks.npy", ROIS, FRAMES - 1, 0.0);
    check_fails(read_at(path, 30.0, &recording), ANA_ERR_FORMAT, "50 frames, but spks.npy has 49");
    save("bad", "spks.npy", ROIS, FRAMES, 0.0);
    remove(scratch("bad/iscell.npy"));
    check_ok(read_at(path, 30.0, &recording));
    assert_non_null(strstr(recording->warnings[0], "iscell"));
    ana_recording_free(recording);
    save("bad", "F.npy", ROIS, 0, 0.0);
    check_fails(read_at(path, 30.0, &recording), ANA_ERR_FORMAT, "3 rois x 0 frames");
    remove(scratch("bad/F.npy"));
    ana_read_options options = ana_read_options_default();
    options.format = "suite2p";
    check_fails(ana_recording_read(path, &options, &recording), ANA_ERR_FORMAT, "neither F.npy");
}

static void a_written_folder_reads_back(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    ana_recording *again = NULL;
    check_ok(read_at(make_plane("source"), 12.5, &recording));
    ana_write_options options = ana_write_options_default();
    options.format = "suite2p";
    const char *path = scratch("written");
    check_ok(ana_recording_write(recording, path, &options));
    check_fails(ana_recording_write(recording, path, &options), ANA_ERR_IO, "exists already");
    options.overwrite = true;
    check_ok(ana_recording_write(recording, path, &options));
    check_ok(read_at(path, 0.0, &again));
    assert_int_equal(again->n_series, 3);
    check_close(again->series[0]->rate, 12.5, 0.0, 0.0);
    for (size_t i = 0; i < 3; i++) {
        double wanted[ROIS * FRAMES];
        double values[ROIS * FRAMES];
        check_ok(ana_series_read(recording->series[i], ROIS, NULL, 0, FRAMES, wanted));
        check_ok(ana_series_read(again->series[i], ROIS, NULL, 0, FRAMES, values));
        assert_int_equal(again->series[i]->type, ANA_FLOAT32);
        check_all_close(ROIS * FRAMES, values, wanted, 0.0, 0.0);
    }
    const ana_table *rois = ana_recording_find_table(again, "rois");
    assert_true(ana_table_find(rois, "iscell")->bools[2]);
    check_close(ana_table_find(rois, "probability")->doubles[0], 1.0, 0.0, 0.0);
    ana_recording_free(again);
    options.overwrite = false;
    check_fails(ana_recording_write(recording, scratch("no/such/folder"), &options), ANA_ERR_IO,
                "cannot be made");
    ana_recording_free(recording);
    check_ok(ana_recording_new(&recording));
    check_fails(ana_recording_write(recording, scratch("none"), &options), ANA_ERR_UNSUPPORTED,
                "rois");
    ana_recording_free(recording);
}

static void what_is_lost_is_told(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    char *losses = NULL;
    check_ok(read_at(make_plane("lossy"), 12.5, &recording));
    check_ok(ana_recording_losses(recording, "suite2p", &losses));
    assert_string_equal(losses, "");
    free(losses);
    recording->start_time = strdup("2020-01-01T00:00:00");
    recording->series[0]->channels[1].gain = 2.0;
    recording->series[1]->channels[0].unit = strdup("V");
    recording->series[2]->rate = 12.0;
    check_ok(ana_recording_losses(recording, "suite2p", &losses));
    assert_non_null(strstr(losses, "series \"F\": the stored float32 numbers"));
    assert_non_null(strstr(losses, "series \"Fneu\": names"));
    assert_non_null(strstr(losses, "series \"spks\"\n"));
    assert_non_null(strstr(losses, "start time"));
    free(losses);
    ana_recording_free(recording);
}

static ana_status read_and_write(void *user)
{
    ana_recording *recording = NULL;
    ana_status status = read_at(user, 20.0, &recording);
    if (status != ANA_OK) {
        return status;
    }
    ana_write_options options = ana_write_options_default();
    options.format = "suite2p";
    options.overwrite = true;
    status = ana_recording_write(recording, scratch("failing_out"), &options);
    ana_recording_free(recording);
    return status;
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    char *path = strdup(make_plane("failing"));
    assert_true(check_each_allocation(read_and_write, path, 1) > 30);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plane_gives_three_series_and_a_table),
        cmocka_unit_test(several_planes_are_kept_apart),
        cmocka_unit_test(a_rate_is_never_assumed),
        cmocka_unit_test(the_rate_is_found_among_opcodes_only),
        cmocka_unit_test(files_that_do_not_fit_together_are_refused),
        cmocka_unit_test(a_written_folder_reads_back),
        cmocka_unit_test(what_is_lost_is_told),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
