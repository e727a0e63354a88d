/* Kilosort and Phy folders: spikes by unit, their tables, and params.py that is never run. */
#include "npy.h"
#include "phy.h"
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
    N = 7
};

static const uint64_t ticks[N] = {30, 60, 61, 90, 300, 301, 3000};
static const int32_t clusters[N] = {12, 3, 12, 3, 3, 40, 12};
static const double amplitudes[N] = {1, 2, 3, 4, 6, 9, 5};
static const char params[] = "dat_path = r'x.dat'  # the samples\r\n"
                             "sample_rate = 30000. # Hz\r\n"
                             "__import__('os').system('id')\n"
                             "n_channels_dat=4\n";
static const char groups[] = "cluster_id\tgroup\r\n3\tgood\r\n12\tmua\r\n999\tnoise\r\n";
static const char info[] = "id\tdepth\tch\tnote\tgroup\n12\t20.5\t7\t\tx\n3\tnan\t8\tlow rate\ty\n"
                           "40\t10\t\tz\tz\n";

static const char *name_in(const char *folder, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return scratch(path);
}

static void put_text(const char *folder, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    scratch_file(path, text, strlen(text));
}

static const char *make_folder(const char *folder)
{
    const size_t column[] = {N, 1};
    mkdir(scratch(folder), 0777);
    check_ok(ana_npy_save(name_in(folder, "spike_times.npy"), ANA_UINT64, 2, column, ticks));
    check_ok(ana_npy_save(name_in(folder, "spike_clusters.npy"), ANA_INT32, 1, column, clusters));
    check_ok(ana_npy_save(name_in(folder, "amplitudes.npy"), ANA_FLOAT64, 2, column, amplitudes));
    put_text(folder, "params.py", params);
    put_text(folder, "cluster_group.tsv", groups);
    put_text(folder, "cluster_info.tsv", info);
    return scratch(folder);
}

static void check_units(const ana_recording *recording)
{
    check_ok(ana_recording_check(recording));
    const ana_spikes *spikes = ana_recording_find_spikes(recording, "units");
    assert_int_equal(spikes->n_units, 3);
    assert_int_equal(spikes->n_spikes, N);
    const size_t start[] = {0, 3, 6, 7};
    const int64_t grouped[] = {60, 90, 300, 30, 61, 3000, 301};
    assert_memory_equal(spikes->unit_start, start, sizeof start);
    assert_memory_equal(spikes->ticks, grouped, sizeof grouped);
    check_close(spikes->tick_rate, 30000.0, 0.0, 0.0);
    for (size_t i = 0; i < N; i++) {
        check_close(spikes->times[i], (double)grouped[i] / 30000.0, 0.0, 0.0);
    }
    const int64_t ids[] = {3, 12, 40};
    assert_memory_equal(ana_table_find(spikes->units, "id")->ints, ids, sizeof ids);
}

static void spikes_are_grouped_by_unit_and_keep_their_ticks(void **state)
{
    (void)state;
    const char *path = make_folder("one");
    ana_recording *recording = NULL;
    check_ok(ana_recording_read(path, NULL, &recording));
    assert_string_equal(recording->format, "phy");
    check_units(recording);
    const ana_table *units = recording->spikes[0]->units;
    const ana_column *label = ana_table_find(units, "label");
    assert_string_equal(label->texts[0], "good");
    assert_string_equal(label->texts[1], "mua");
    assert_null(label->texts[2]);
    assert_string_equal(ana_table_find(units, "group")->texts[1], "mua"); /* the first table's */
    const ana_column *depth = ana_table_find(units, "depth");
    assert_true(isnan(depth->doubles[0]));
    check_close(depth->doubles[1], 20.5, 0.0, 0.0);
    const ana_column *channel = ana_table_find(units, "ch");
    assert_int_equal(channel->type, ANA_COLUMN_INT);
    assert_int_equal(channel->ints[1], 7);
    assert_true(channel->missing[2]);
    assert_string_equal(ana_table_find(units, "note")->texts[0], "low rate");
    check_close(ana_table_find(units, "amplitude")->doubles[0], 4.0, 0.0, 0.0);
    check_close(ana_table_find(units, "amplitude")->doubles[1], 3.0, 0.0, 0.0);
    assert_string_equal(ana_recording_find_fact(recording, "params.dat_path"), "x.dat");
    assert_string_equal(ana_recording_find_fact(recording, "params.n_channels_dat"), "4");
    const ana_spikes *spikes = recording->spikes[0];
    assert_true(spikes->observed_inferred);
    check_close(ana_spikes_observed_s(spikes, 1), 3001.0 / 30000.0, 0.0, 1e-15);
    ana_recording_free(recording);
    check_ok(ana_recording_read(scratch("one/spike_times.npy"), NULL, &recording));
    check_units(recording);
    ana_recording_free(recording);
}

static void sparse_ids_and_unsorted_times_are_sorted(void **state)
{
    (void)state;
    const int64_t far[N] = {INT64_MAX, INT64_MIN, 5, 5, 5, INT64_MAX, 5};
    const double times[N] = {9, 8, 7, 6, 5, 4, 3};
    const size_t n = N;
    const char *path = make_folder("sparse");
    check_ok(ana_npy_save(scratch("sparse/spike_clusters.npy"), ANA_INT64, 1, &n, far));
    check_ok(ana_npy_save(scratch("sparse/spike_times.npy"), ANA_FLOAT64, 1, &n, times));
    ana_recording *recording = NULL;
    check_ok(ana_recording_read(path, NULL, &recording));
    check_ok(ana_recording_check(recording));
    const int64_t sorted[] = {8, 3, 5, 6, 7, 4, 9};
    assert_memory_equal(recording->spikes[0]->ticks, sorted, sizeof sorted);
    const int64_t ids[] = {INT64_MIN, 5, INT64_MAX};
    assert_memory_equal(recording->spikes[0]->units->columns[0].ints, ids, sizeof ids);
    ana_recording_free(recording);
}

static void the_rate_is_given_or_read_never_assumed(void **state)
{
    (void)state;
    const char *path = make_folder("rate");
    ana_recording *recording = NULL;
    ana_read_options options = ana_read_options_default();
    options.rate = 1000.0;
    check_ok(ana_recording_read(path, &options, &recording));
    check_close(recording->spikes[0]->tick_rate, 1000.0, 0.0, 0.0);
    ana_recording_free(recording);
    remove(scratch("rate/params.py"));
    check_fails(ana_recording_read(path, NULL, &recording), ANA_ERR_UNSUPPORTED, "--rate");
    put_text("rate", "params.py", "x = 1\nsample_rate = int(open('rate').read())\n");
    check_fails(ana_recording_read(path, NULL, &recording), ANA_ERR_FORMAT, "line 2: sample_rate");
    put_text("rate", "params.py", "sample_rate = -1\n");
    check_fails(ana_recording_read(path, NULL, &recording), ANA_ERR_FORMAT, "line 1");
}

static void bad_folders_are_refused_with_the_place(void **state)
{
    (void)state;
    const char *path = make_folder("bad");
    ana_recording *recording = NULL;
    const size_t few = N - 1;
    check_ok(ana_npy_save(scratch("bad/spike_clusters.npy"), ANA_INT32, 1, &few, clusters));
    check_fails(ana_recording_read(path, NULL, &recording), ANA_ERR_FORMAT,
                "has 6 values, but spike_times.npy has 7");
    make_folder("bad");
    const double halves[N] = {0.5};
    const size_t n = N;
    check_ok(ana_npy_save(scratch("bad/spike_times.npy"), ANA_FLOAT64, 1, &n, halves));
    check_fails(ana_recording_read(path, NULL, &recording), ANA_ERR_FORMAT, "no whole number");
    const uint64_t huge[N] = {0, UINT64_MAX};
    check_ok(ana_npy_save(scratch("bad/spike_times.npy"), ANA_UINT64, 1, &n, huge));
    check_fails(ana_recording_read(path, NULL, &recording), ANA_ERR_FORMAT, "below 2^63");
    make_folder("bad");
    put_text("bad", "cluster_group.tsv", "group\nx\n");
    check_fails(ana_recording_read(path, NULL, &recording), ANA_ERR_FORMAT, "line 1");
    put_text("bad", "cluster_group.tsv", "cluster_id\tgroup\n3\tgood\n12\n");
    check_fails(ana_recording_read(path, NULL, &recording), ANA_ERR_FORMAT, "line 3");
    put_text("bad", "cluster_group.tsv", "cluster_id\tgroup\n3\tgood\tmore\n");
    check_fails(ana_recording_read(path, NULL, &recording), ANA_ERR_FORMAT, "line 2");
    put_text("bad", "cluster_group.tsv", "cluster_id\tgroup\nthree\tgood\n");
    check_fails(ana_recording_read(path, NULL, &recording), ANA_ERR_FORMAT, "line 2");
    make_folder("bad");
    ana_read_options options = ana_read_options_default();
    options.run.max_memory = 50;
    check_fails(ana_recording_read(path, &options, &recording), ANA_ERR_LIMIT, "spike_times.npy");
}

static void no_spikes_are_no_units(void **state)
{
    (void)state;
    const size_t none = 0;
    mkdir(scratch("none"), 0777);
    check_ok(ana_npy_save(scratch("none/spike_times.npy"), ANA_INT64, 1, &none, ticks));
    check_ok(ana_npy_save(scratch("none/spike_templates.npy"), ANA_INT32, 1, &none, clusters));
    put_text("none", "params.py", params);
    ana_recording *recording = NULL;
    check_ok(ana_recording_read(scratch("none"), NULL, &recording));
    check_ok(ana_recording_check(recording));
    assert_int_equal(recording->spikes[0]->n_units, 0);
    ana_recording_free(recording);
}

static void mutated_tables_do_no_harm(void **state)
{
    (void)state;
    char path[768]; /* a copy, since scratch() hands out its texts in turn */
    snprintf(path, sizeof path, "%s", make_folder("mutant"));
    ana_random random = ana_random_stream(3, "test", 0);
    static const char *const names[] = {"cluster_group.tsv", "cluster_info.tsv", "params.py"};
    static const char *const texts[] = {groups, info, params};
    for (int round = 0; round < 600; round++) {
        char text[256];
        size_t which = (size_t)round % 3;
        size_t n = strlen(texts[which]);
        memcpy(text, texts[which], n + 1);
        for (size_t i = 0; i < 3; i++) {
            text[ana_random_below(&random, n)] = (char)(1 + ana_random_below(&random, 254));
        }
        put_text("mutant", names[which], text);
        ana_recording *recording = NULL;
        ana_read_options options = ana_read_options_default();
        options.rate = 1.0;
        if (ana_recording_read(path, &options, &recording) == ANA_OK) {
            check_ok(ana_recording_check(recording));
            assert_int_equal(recording->spikes[0]->n_spikes, N);
            ana_recording_free(recording);
        }
        put_text("mutant", names[which], texts[which]);
    }
}

static ana_status read_folder(void *user)
{
    ana_recording *recording = NULL;
    ana_status status = ana_recording_read(user, NULL, &recording);
    if (status == ANA_OK) {
        ana_recording_free(recording);
    }
    return status;
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    char *path = strdup(make_folder("failing"));
    assert_true(check_each_allocation(read_folder, path, 1) > 30);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spikes_are_grouped_by_unit_and_keep_their_ticks),
        cmocka_unit_test(sparse_ids_and_unsorted_times_are_sorted),
        cmocka_unit_test(the_rate_is_given_or_read_never_assumed),
        cmocka_unit_test(bad_folders_are_refused_with_the_place),
        cmocka_unit_test(no_spikes_are_no_units),
        cmocka_unit_test(mutated_tables_do_no_harm),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
