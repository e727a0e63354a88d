/* Traces of worms in every published layout that is read: made here as they are described, read
 * back, damaged, and with each allocation failing. */
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"
#include "support/worm_files.h"
#include "worm.h"

#include <analysis/formats/reader.h>

#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    T = WORM_FILE_TIMES,
    N = WORM_FILE_TRACES
};

/* What each layout's file should be read as. */
static const struct {
    const char *(*make)(void);
    const char *dataset;
    const char *name;
    const char *labels[N];
    size_t n_worms;
    double rate;
    double start;
    bool confident;
} layouts[] = {
    {worm_file_compact, "Dag 2023", "worm1", {"AVAL", "SIBV?", NULL}, 2, 2.0, 0.0, true},
    {worm_file_dag, "Dag 2023", "2022-01-02-3", {"AVAL", "SIBV?", NULL}, 1, 2.0, 0.0, true},
    {worm_file_flavell, "Atanas 2023", "flavell", {"AVAL", "SIBV?", NULL}, 1, 2.0, 0.0, true},
    {worm_file_structs,
     "Kato 2015 and kin",
     "WT_1",
     {"AVAL", "AVAL/RIS", NULL},
     1,
     2.0,
     0.0,
     false},
    {worm_file_yemini, "Yemini 2021", "w1", {"AVAL", "AVAR", "RIS"}, 1, 2.0, 2.0, false},
    {worm_file_lin, "Lin 2023", "lin", {"AVAL", "SIBV?", "3"}, 1, 2.0, 0.0, false},
    {worm_file_randi, "Randi 2023", "0_gcamp", {"AVAL", "SIBV?", NULL}, 1, 2.0, 0.0, false},
    {worm_file_venkatachalam,
     "Venkatachalam 2024",
     "v",
     {"AVAL", "SIBV?", NULL},
     1,
     1.0 / 0.375,
     0.75,
     false},
    {worm_file_nwb, "Nejatbakhsh 2020", "n", {"AVAL", "SIBV?", NULL}, 1, 4.0, 0.0, false},
};

enum {
    N_LAYOUTS = sizeof layouts / sizeof layouts[0]
};

static void check_animal(const ana_recording *recording, size_t k)
{
    char name[64];
    double values[N * T];
    const ana_series *series = recording->series[0];
    assert_string_equal(series->name, layouts[k].name);
    assert_int_equal(series->n_channels, N);
    assert_int_equal(series->n_times, T);
    check_close(series->rate, layouts[k].rate, 0.0, 1e-9);
    check_close(series->segments[0].start, layouts[k].start, 1e-9, 0.0);
    check_ok(ana_series_read(series, 0, NULL, 0, T, values));
    snprintf(name, sizeof name, "%s_neurons", series->name);
    const ana_table *neurons = ana_recording_find_table(recording, name);
    assert_non_null(neurons);
    const ana_column *confidence = ana_table_find(neurons, "confidence");
    for (size_t i = 0; i < N; i++) {
        const char *label = ana_table_find(neurons, "label")->texts[i];
        assert_int_equal(label == NULL, layouts[k].labels[i] == NULL);
        if (label != NULL) {
            assert_string_equal(label, layouts[k].labels[i]);
        }
        assert_int_equal(series->channels[i].kind, ANA_KIND_ROI);
        for (size_t t = 0; t < T; t++) {
            check_close(values[i * T + t], worm_file_value(i, t), 0.0, 0.0);
        }
    }
    if (layouts[k].confident) {
        assert_non_null(confidence);
        check_close(confidence->doubles[0], 4.0, 0.0, 0.0);
        check_close(confidence->doubles[1], 2.5, 0.0, 0.0);
        assert_true(isnan(confidence->doubles[2]));
    }
}

static void every_layout_is_found_by_content_and_read(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_LAYOUTS; k++) {
        ana_recording *recording = NULL;
        check_ok(ana_recording_read(layouts[k].make(), NULL, &recording));
        check_ok(ana_recording_check(recording));
        assert_string_equal(recording->format, "worm");
        assert_string_equal(ana_recording_find_fact(recording, "dataset"), layouts[k].dataset);
        assert_int_equal(recording->n_series, layouts[k].n_worms);
        check_animal(recording, k);
        ana_recording_free(recording);
    }
}

static ana_status read_one(void *user)
{
    ana_read_options options = ana_read_options_default();
    ana_recording *recording = NULL;
    options.format = "worm";
    ana_status status = ana_recording_read(user, &options, &recording);
    if (status == ANA_OK) {
        ana_recording_free(recording);
    }
    return status;
}

typedef struct attempt {
    const ana_worm_layout *layout;
    const char *path;
} attempt;

static ana_status read_layout(void *user)
{
    const attempt *one = user;
    const ana_read_options options = ana_read_options_default();
    ana_worm_reader reader = {.path = one->path, .options = &options};
    ana_status status = ana_recording_new(&reader.recording);
    if (status == ANA_OK) {
        status = one->layout->read(&reader);
        ana_recording_free(reader.recording);
    }
    return status;
}

/* Labels beside a file may not be found without memory: then it is read without. */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    static const ana_worm_layout *const by_number[] = {
        &ana_worm_layout_compact, &ana_worm_layout_dag,           &ana_worm_layout_flavell,
        &ana_worm_layout_structs, &ana_worm_layout_yemini,        &ana_worm_layout_lin,
        &ana_worm_layout_randi,   &ana_worm_layout_venkatachalam, &ana_worm_layout_nejatbakhsh};
    for (size_t k = 0; k < N_LAYOUTS; k++) {
        char path[512];
        snprintf(path, sizeof path, "%s", layouts[k].make());
        attempt one = {by_number[k], path};
        assert_true(check_each_allocation(read_layout, &one, true) > 10);
    }
}

/* Cut short, or with a byte that differs: read or refused with a sentence, never more. */
static void damaged_files_are_read_or_refused(void **state)
{
    (void)state;
    size_t n_refused = 0;
    for (size_t k = 0; k < N_LAYOUTS; k++) {
        size_t n = 0;
        const char *path = layouts[k].make();
        char name[256];
        snprintf(name, sizeof name, "%s", strrchr(path, '/') + 1);
        unsigned char *bytes = read_bytes(path, &n);
        for (size_t i = 0; i < 60; i++) {
            const size_t at = (i * 7919 + 13) % n;
            const unsigned char old = bytes[at];
            const bool cut = i % 3 == 0;
            bytes[at] = (unsigned char)(old ^ (1 + i));
            char *damaged = (char *)(uintptr_t)scratch_file(name, bytes, cut ? at : n);
            if (read_one(damaged) != ANA_OK) {
                n_refused++;
                assert_true(strlen(ana_last_error()) > 0);
            }
            bytes[at] = old;
        }
        free(bytes);
    }
    assert_true(n_refused > 150);
}

static void check_refused(const char *name, const char *text, const char *piece)
{
    ana_read_options options = ana_read_options_default();
    ana_recording *recording = NULL;
    options.format = "worm";
    check_fails(ana_recording_read(scratch_file(name, text, strlen(text)), &options, &recording),
                ANA_ERR_FORMAT, piece);
}

static void what_does_not_fit_together_is_refused_by_name(void **state)
{
    (void)state;
    check_refused("a.json", "{\"trace_array\": [[1, 2], [3]], \"timestamp_confocal\": [0, 1]}",
                  "lists of 2 numbers");
    check_refused("a.json", "{\"trace_array\": [[1, 2]], \"timestamp_confocal\": [0]}",
                  "\"timestamp_confocal\": a list of 2");
    check_refused("a.json", "{\"trace_array\": [[1, \"x\"]], \"timestamp_confocal\": [0, 1]}",
                  "number 1 is none");
    check_refused("a.json",
                  "{\"trace_array\": [[1, 2]], \"timestamp_confocal\": [0, 1], \"labeled\": "
                  "{\"2\": {\"label\": \"AVAL\"}}}",
                  "a trace that is not there");
    check_refused("a.json",
                  "{\"trace_array\": [[1, 2]], \"timestamp_confocal\": [0, 1], \"labeled\": "
                  "{\"one\": {\"label\": \"AVAL\"}}}",
                  "is no number of a trace");
    check_refused("a.json", "{\"trace_array\": [], \"timestamp_confocal\": []}", "0 times");
    check_refused("a.csv", "a,b\n1,2\n", "of no layout");
    (void)worm_file_randi();
    check_refused("0_gcamp.txt", "1 2\n3\n", "line 2: 1 numbers");
    check_refused("0_gcamp.txt", "1 2\n3 4\n", "7 times of 2 lines");
}

/* The dictionary of labels that the publication has for all of its animals. */
static void labels_of_dag_may_stand_in_one_dictionary(void **state)
{
    (void)state;
    static const char labels[] = "{\"2022-01-02-3\": [{\"2\": {\"label\": \"RIS\"}}, 1]}";
    ana_recording *recording = NULL;
    const char *path = worm_file_dag();
    assert_int_equal(remove(scratch("labels_2022-01-02-3.csv")), 0);
    (void)scratch_file("NeuroPAL_labels_dict.json", labels, sizeof labels - 1);
    check_ok(ana_recording_read(path, NULL, &recording));
    assert_string_equal(recording->series[0]->channels[1].name, "RIS");
    assert_string_equal(recording->series[0]->channels[0].name, "0");
    ana_recording_free(recording);
    assert_int_equal(remove(scratch("NeuroPAL_labels_dict.json")), 0);
}

/* Each of them fits in memory, and so does the file. */
static void animals_that_are_links_to_one_must_fit_together(void **state)
{
    (void)state;
    ana_read_options options = ana_read_options_default();
    ana_recording *recording = NULL;
    const char *path = worm_file_compact();
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    for (int i = 0; i < 50; i++) {
        char name[16];
        snprintf(name, sizeof name, "more%d", i);
        assert_true(H5Lcreate_hard(file, "worm1", file, name, H5P_DEFAULT, H5P_DEFAULT) >= 0);
    }
    H5Fclose(file);
    options.run.max_memory = (size_t)52 * T * N * sizeof(double);
    check_ok(ana_recording_read(path, &options, &recording));
    assert_int_equal(recording->n_series, 52);
    ana_recording_free(recording);
    options.run.max_memory -= 1;
    check_fails(ana_recording_read(path, &options, &recording), ANA_ERR_LIMIT, "compact.h5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_is_found_by_content_and_read),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(damaged_files_are_read_or_refused),
        cmocka_unit_test(what_does_not_fit_together_is_refused_by_name),
        cmocka_unit_test(animals_that_are_links_to_one_must_fit_together),
        cmocka_unit_test(labels_of_dag_may_stand_in_one_dictionary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
