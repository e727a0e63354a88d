/* Traces of worms in every published layout that is read: made here as they are described, read
 * back, damaged, and with each allocation failing. */
#include "archive.h"
#include "support/build_mat.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"
#include "worm.h"

#include <analysis/formats/reader.h>

#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    T = 7,
    N = 3
};

/* Value of trace i at frame t; a quarter of a whole number, which every layout keeps. */
static double value_of(size_t i, size_t t)
{
    return 0.25 * (double)(10 * i + t);
}

static void put_doubles(hid_t file, const char *path, hsize_t rows, hsize_t columns,
                        const double *values)
{
    const hsize_t shape[] = {rows, columns};
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    hid_t space = H5Screate_simple(columns > 0 ? 2 : 1, shape, NULL);
    hid_t data = H5Dcreate2(file, path, H5T_NATIVE_DOUBLE, space, links, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(data);
    H5Sclose(space);
    H5Pclose(links);
}

static void put_labels(hid_t file, const char *path)
{
    static const char labels[N][8] = {"AVAL", "SIBV?", ""};
    const hsize_t n = N;
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, 8);
    hid_t space = H5Screate_simple(1, &n, NULL);
    hid_t data = H5Dcreate2(file, path, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, labels) >= 0);
    H5Dclose(data);
    H5Sclose(space);
    H5Tclose(type);
    H5Pclose(links);
}

/* Time x trace, and times from `first` on. */
static void fill(double first, double dt, double values[T * N], double times[T])
{
    for (size_t t = 0; t < T; t++) {
        times[t] = first + dt * (double)t;
        for (size_t i = 0; i < N; i++) {
            values[t * N + i] = value_of(i, t);
        }
    }
}

static const char *make_compact(void)
{
    static const double confidence[N] = {4.0, 2.5, NAN};
    double values[T * N];
    double times[T];
    const char *path = scratch("compact.h5");
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    fill(0.0, 0.5, values, times);
    for (int worm = 1; worm <= 2; worm++) {
        char name[32];
        snprintf(name, sizeof name, "/worm%d/F_F20", worm);
        put_doubles(file, name, T, N, values);
        snprintf(name, sizeof name, "/worm%d/time_s", worm);
        put_doubles(file, name, T, 0, times);
        snprintf(name, sizeof name, "/worm%d/label", worm);
        put_labels(file, name);
        snprintf(name, sizeof name, "/worm%d/confidence", worm);
        put_doubles(file, name, N, 0, confidence);
    }
    H5Fclose(file);
    return path;
}

static const char *make_dag(void)
{
    static const char labels[] = "trace_index0,label,confidence\n1,SIBV?,2.5\n0,AVAL,4\n";
    double values[T * N];
    double times[T];
    (void)scratch_file("labels_2022-01-02-3.csv", labels, sizeof labels - 1);
    const char *path = scratch("2022-01-02-3-data.h5");
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    fill(1.8e6, 0.5, values, times);
    put_doubles(file, "/gcamp/traces_array_F_F20", T, N, values);
    put_doubles(file, "/timing/timestamp_confocal", T, 0, times);
    H5Fclose(file);
    return path;
}

static const char *make_nwb(void)
{
    double values[T * N];
    double times[T];
    const char *path = scratch("n.nwb");
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    fill(0.0, 0.25, values, times);
    put_doubles(file,
                "/processing/CalciumActivity/SignalRawFluor/SignalCalciumImResponseSeries/data", T,
                N, values);
    put_labels(file, "/processing/CalciumActivity/NeuronIDs/labels");
    H5Fclose(file);
    return path;
}

static const char *write_text(const char *name, const ana_text *text)
{
    return scratch_file(name, text->bytes, text->n);
}

static const char *make_flavell(void)
{
    ana_text text = {0};
    ana_text_append(&text, "{\"trace_array\": [");
    for (size_t i = 0; i < N; i++) {
        ana_text_append(&text, i > 0 ? ", [" : "[");
        for (size_t t = 0; t < T; t++) {
            ana_text_append(&text, t > 0 ? ", " : "");
            ana_text_append_double(&text, value_of(i, t));
        }
        ana_text_append(&text, "]");
    }
    ana_text_append(&text, "], \"timestamp_confocal\": [3, 3.5, 4, 4.5, 5, 5.5, 6], \"labeled\": "
                           "{\"1\": {\"label\": \"AVAL\", \"confidence\": 4}, \"2\": {\"label\": "
                           "\"SIBV?\", \"confidence\": 2.5}}}");
    const char *path = write_text("flavell.json", &text);
    ana_text_release(&text);
    return path;
}

static const char *make_randi(void)
{
    ana_text text = {0};
    ana_text times = {0};
    static const char labels[] = "AVAL\nSIBV?\n\n";
    for (size_t t = 0; t < T; t++) {
        for (size_t i = 0; i < N; i++) {
            ana_text_append(&text, i > 0 ? " " : "");
            ana_text_append_double(&text, value_of(i, t));
        }
        ana_text_append(&text, "\n");
        ana_text_append_double(&times, 0.5 * (double)t);
        ana_text_append(&times, "\n");
    }
    (void)scratch_file("0_labels.txt", labels, sizeof labels - 1);
    (void)write_text("0_t.txt", &times);
    const char *path = write_text("0_gcamp.txt", &text);
    ana_text_release(&text);
    ana_text_release(&times);
    return path;
}

static const char *make_venkatachalam(void)
{
    static const char *const labels[N] = {"AVAL", "SIBV?", ""};
    ana_text text = {0};
    ana_atomic atomic = {0};
    ana_zip_writer *writer = NULL;
    const char *path = scratch("v.zip");
    ana_text_append(&text, "id,neuron,quality,0,1");
    for (size_t t = 0; t < T; t++) {
        ana_text_printf(&text, ",%zu", t + 2);
    }
    for (size_t i = 0; i < N; i++) {
        ana_text_printf(&text, "\nq,%s,good,,", labels[i]);
        for (size_t t = 0; t < T; t++) {
            ana_text_append(&text, ",");
            ana_text_append_double(&text, value_of(i, t));
        }
    }
    check_ok(ana_atomic_open(path, &atomic));
    check_ok(ana_zip_writer_new(&atomic, &writer));
    check_ok(ana_zip_writer_begin(writer, "v.csv", text.n, true));
    check_ok(ana_zip_writer_add(writer, text.bytes, text.n));
    check_ok(ana_zip_writer_end(writer));
    check_ok(ana_zip_writer_finish(writer));
    check_ok(ana_atomic_commit(&atomic));
    ana_zip_writer_free(writer);
    ana_atomic_discard(&atomic);
    ana_text_release(&text);
    return path;
}

/* A matrix of doubles. */
static void put_matrix(mat_builder *b, const char *name, int64_t rows, int64_t columns,
                       const double *values)
{
    size_t at = mat_begin(b, 6, rows, columns, name);
    mat_put(b, 9, 4);
    mat_put(b, (uint64_t)(rows * columns) * 8, 4);
    for (int64_t i = 0; i < rows * columns; i++) {
        mat_put_double(b, values[i]);
    }
    mat_end(b, at);
}

/* Frames of one trace after four empty ones. */
static void put_trace(mat_builder *b, size_t i)
{
    double frames[T + 4] = {0.0};
    for (size_t t = 0; t < T; t++) {
        frames[4 + t] = value_of(i, t);
    }
    put_matrix(b, "", 1, T + 4, frames);
}

static const char *make_yemini(void)
{
    static const double sides[] = {1.0, 0.0};
    static const double none = NAN;
    static const double fps = 2.0;
    mat_builder b = {0};
    mat_put_head(&b);
    put_matrix(&b, "fps", 1, 1, &fps);
    size_t at = mat_begin(&b, 1, 1, 1, "files");
    mat_put_text(&b, "", 16, "raw/w1.mat");
    mat_end(&b, at);
    at = mat_begin(&b, 1, 1, 2, "neurons");
    mat_put_text(&b, "", 16, "AVA");
    mat_put_text(&b, "", 16, "RIS");
    mat_end(&b, at);
    at = mat_begin(&b, 1, 1, 2, "is_L");
    put_matrix(&b, "", 2, 1, sides);
    put_matrix(&b, "", 1, 1, &none);
    mat_end(&b, at);
    at = mat_begin(&b, 1, 1, 2, "norm_traces");
    size_t inner = mat_begin(&b, 1, 2, 1, "");
    put_trace(&b, 0);
    put_trace(&b, 1);
    mat_end(&b, inner);
    inner = mat_begin(&b, 1, 1, 1, "");
    put_trace(&b, 2);
    mat_end(&b, inner);
    mat_end(&b, at);
    const char *path = write_text("yemini.mat", &b.text);
    ana_text_release(&b.text);
    return path;
}

/* Four traces, of which the second is not in use. */
static const char *make_lin(void)
{
    static const char *const labels[] = {"AVAL", "ASHR", "SIBV?", "3"};
    static const double flags[] = {1.0, 0.0, 2.0, 1.0};
    static const size_t which[] = {0, 9, 1, 2};
    double values[4 * T];
    double times[T];
    mat_builder b = {0};
    for (size_t t = 0; t < T; t++) {
        times[t] = 0.5 * (double)t;
        for (size_t i = 0; i < 4; i++) {
            values[i + 4 * t] = value_of(which[i], t);
        }
    }
    mat_put_head(&b);
    put_matrix(&b, "corrected_F", 4, T, values);
    put_matrix(&b, "use_flag", 4, 1, flags);
    size_t at = mat_begin(&b, 1, 4, 1, "proofread_neurons");
    for (size_t i = 0; i < 4; i++) {
        mat_put_text(&b, "", 16, labels[i]);
    }
    mat_end(&b, at);
    put_matrix(&b, "times", 1, T, times);
    const char *path = write_text("lin.mat", &b.text);
    ana_text_release(&b.text);
    return path;
}

static void put_attribute(hid_t object, const char *value)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(value));
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, "MATLAB_class", type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, value) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

/* A dataset as MATLAB writes it; HDF5 has columns x rows. */
static void put_73(hid_t where, const char *name, const char *class_name, hid_t type, hsize_t rows,
                   hsize_t columns, const void *values)
{
    const hsize_t shape[] = {columns, rows};
    hid_t space = H5Screate_simple(2, shape, NULL);
    hid_t data = H5Dcreate2(where, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    put_attribute(data, class_name);
    H5Dclose(data);
    H5Sclose(space);
}

/* One animal, whose second trace could be either of two neurons. */
static const char *make_structs(void)
{
    static const uint16_t aval[] = {'A', 'V', 'A', 'L'};
    static const uint16_t ris[] = {'R', 'I', 'S'};
    double values[T * N];
    double times[T];
    hobj_ref_t pair[2];
    hobj_ref_t ids[3];
    const char *path = scratch("structs.mat");
    hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_userblock(creation, 512);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, creation, H5P_DEFAULT);
    fill(0.0, 0.5, values, times);
    hid_t refs = H5Gcreate2(file, "#refs#", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    put_73(refs, "a", "char", H5T_NATIVE_UINT16, 1, 4, aval);
    put_73(refs, "b", "char", H5T_NATIVE_UINT16, 1, 3, ris);
    put_73(refs, "e", "double", H5T_NATIVE_DOUBLE, 1, 1, times);
    assert_true(H5Rcreate(&pair[0], refs, "a", H5R_OBJECT, -1) >= 0);
    assert_true(H5Rcreate(&pair[1], refs, "b", H5R_OBJECT, -1) >= 0);
    put_73(refs, "c", "cell", H5T_STD_REF_OBJ, 1, 2, pair);
    assert_true(H5Rcreate(&ids[0], refs, "a", H5R_OBJECT, -1) >= 0);
    assert_true(H5Rcreate(&ids[1], refs, "c", H5R_OBJECT, -1) >= 0);
    assert_true(H5Rcreate(&ids[2], refs, "e", H5R_OBJECT, -1) >= 0);
    hid_t group = H5Gcreate2(file, "WT", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    put_attribute(group, "struct");
    put_73(group, "NeuronNames", "cell", H5T_STD_REF_OBJ, 1, N, ids);
    put_73(group, "deltaFOverF_bc", "double", H5T_NATIVE_DOUBLE, N, T, values);
    put_73(group, "tv", "double", H5T_NATIVE_DOUBLE, T, 1, times);
    H5Gclose(group);
    H5Gclose(refs);
    H5Fclose(file);
    H5Pclose(creation);
    FILE *stream = fopen(path, "r+b");
    assert_non_null(stream);
    fputs("MATLAB 7.3 MAT-file", stream);
    fclose(stream);
    return path;
}

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
    {make_compact, "Dag 2023", "worm1", {"AVAL", "SIBV?", NULL}, 2, 2.0, 0.0, true},
    {make_dag, "Dag 2023", "2022-01-02-3", {"AVAL", "SIBV?", NULL}, 1, 2.0, 0.0, true},
    {make_flavell, "Atanas 2023", "flavell", {"AVAL", "SIBV?", NULL}, 1, 2.0, 0.0, true},
    {make_structs, "Kato 2015 and kin", "WT_1", {"AVAL", "AVAL/RIS", NULL}, 1, 2.0, 0.0, false},
    {make_yemini, "Yemini 2021", "w1", {"AVAL", "AVAR", "RIS"}, 1, 2.0, 2.0, false},
    {make_lin, "Lin 2023", "lin", {"AVAL", "SIBV?", "3"}, 1, 2.0, 0.0, false},
    {make_randi, "Randi 2023", "0_gcamp", {"AVAL", "SIBV?", NULL}, 1, 2.0, 0.0, false},
    {make_venkatachalam,
     "Venkatachalam 2024",
     "v",
     {"AVAL", "SIBV?", NULL},
     1,
     1.0 / 0.375,
     0.75,
     false},
    {make_nwb, "Nejatbakhsh 2020", "n", {"AVAL", "SIBV?", NULL}, 1, 4.0, 0.0, false},
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
            check_close(values[i * T + t], value_of(i, t), 0.0, 0.0);
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
    (void)make_randi();
    check_refused("0_gcamp.txt", "1 2\n3\n", "line 2: 1 numbers");
    check_refused("0_gcamp.txt", "1 2\n3 4\n", "7 times of 2 lines");
}

/* The dictionary of labels that the publication has for all of its animals. */
static void labels_of_dag_may_stand_in_one_dictionary(void **state)
{
    (void)state;
    static const char labels[] = "{\"2022-01-02-3\": [{\"2\": {\"label\": \"RIS\"}}, 1]}";
    ana_recording *recording = NULL;
    const char *path = make_dag();
    assert_int_equal(remove(scratch("labels_2022-01-02-3.csv")), 0);
    (void)scratch_file("NeuroPAL_labels_dict.json", labels, sizeof labels - 1);
    check_ok(ana_recording_read(path, NULL, &recording));
    assert_string_equal(recording->series[0]->channels[1].name, "RIS");
    assert_string_equal(recording->series[0]->channels[0].name, "0");
    ana_recording_free(recording);
    assert_int_equal(remove(scratch("NeuroPAL_labels_dict.json")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_is_found_by_content_and_read),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(damaged_files_are_read_or_refused),
        cmocka_unit_test(what_does_not_fit_together_is_refused_by_name),
        cmocka_unit_test(labels_of_dag_may_stand_in_one_dictionary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
