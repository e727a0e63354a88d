#include "support/worm_files.h"

#include "archive.h"
#include "support/build_mat.h"
#include "support/check.h"
#include "support/scratch.h"

#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    T = WORM_FILE_TIMES,
    N = WORM_FILE_TRACES
};

double worm_file_value(size_t i, size_t t)
{
    return 0.25 * (double)(10 * i + t);
}

/* A dataset that does not say when it was written: equal calls make equal files. */
static hid_t make_dataset(hid_t where, const char *path, hid_t type, hid_t space)
{
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    hid_t timeless = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    H5Pset_obj_track_times(timeless, false);
    hid_t data = H5Dcreate2(where, path, type, space, links, timeless, H5P_DEFAULT);
    assert_true(data >= 0);
    H5Pclose(timeless);
    H5Pclose(links);
    return data;
}

static void put_doubles(hid_t file, const char *path, hsize_t rows, hsize_t columns,
                        const double *values)
{
    const hsize_t shape[] = {rows, columns};
    hid_t space = H5Screate_simple(columns > 0 ? 2 : 1, shape, NULL);
    hid_t data = make_dataset(file, path, H5T_NATIVE_DOUBLE, space);
    assert_true(H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(data);
    H5Sclose(space);
}

static void put_labels(hid_t file, const char *path)
{
    static const char labels[N][8] = {"AVAL", "SIBV?", ""};
    const hsize_t n = N;
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, 8);
    hid_t space = H5Screate_simple(1, &n, NULL);
    hid_t data = make_dataset(file, path, type, space);
    assert_true(H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, labels) >= 0);
    H5Dclose(data);
    H5Sclose(space);
    H5Tclose(type);
}

/* Time x trace, and times from `first` on. */
static void fill(double first, double dt, double values[T * N], double times[T])
{
    for (size_t t = 0; t < T; t++) {
        times[t] = first + dt * (double)t;
        for (size_t i = 0; i < N; i++) {
            values[t * N + i] = worm_file_value(i, t);
        }
    }
}

const char *worm_file_compact(void)
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

const char *worm_file_dag(void)
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

const char *worm_file_nwb(void)
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

const char *worm_file_flavell(void)
{
    ana_text text = {0};
    ana_text_append(&text, "{\"trace_array\": [");
    for (size_t i = 0; i < N; i++) {
        ana_text_append(&text, i > 0 ? ", [" : "[");
        for (size_t t = 0; t < T; t++) {
            ana_text_append(&text, t > 0 ? ", " : "");
            ana_text_append_double(&text, worm_file_value(i, t));
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

const char *worm_file_randi(void)
{
    ana_text text = {0};
    ana_text times = {0};
    static const char labels[] = "AVAL\nSIBV?\n\n";
    for (size_t t = 0; t < T; t++) {
        for (size_t i = 0; i < N; i++) {
            ana_text_append(&text, i > 0 ? " " : "");
            ana_text_append_double(&text, worm_file_value(i, t));
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

const char *worm_file_venkatachalam(void)
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
            ana_text_append_double(&text, worm_file_value(i, t));
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
        frames[4 + t] = worm_file_value(i, t);
    }
    put_matrix(b, "", 1, T + 4, frames);
}

const char *worm_file_yemini(void)
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
const char *worm_file_lin(void)
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
            values[i + 4 * t] = worm_file_value(which[i], t);
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
    hid_t data = make_dataset(where, name, type, space);
    assert_true(H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    put_attribute(data, class_name);
    H5Dclose(data);
    H5Sclose(space);
}

/* One animal, whose second trace could be either of two neurons. */
const char *worm_file_structs(void)
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
