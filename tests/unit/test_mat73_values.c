/* MAT files of version 7.3, made by our own writer of HDF5 behind MATLAB's block. */
#include "hdf5_write.h"
#include "mat.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/reader.h>
#include <analysis/random.h>

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int16_t six[6] = {3, -1, 4, 1, -5, 9};
static const double four[4] = {0.5, 1.5, 2.5, 3.5};

/* Classes to be written once the file is finished: of fixed length, as MATLAB writes them. */
static struct mark {
    char path[64];
    const char *class_of;
} marks[32];
static size_t n_marks;

static void mark(const char *path, const char *class_of)
{
    if (class_of != NULL) {
        assert_true(n_marks < sizeof marks / sizeof marks[0]);
        snprintf(marks[n_marks].path, sizeof marks[0].path, "%s", path);
        marks[n_marks++].class_of = class_of;
    }
}

static ana_hdf5 *create(void)
{
    ana_hdf5 *file = NULL;
    n_marks = 0;
    check_ok(ana_hdf5_create(scratch("inner.h5"), &file));
    return file;
}

/* The finished file behind 512 bytes that say what it is: its superblock (version 0) tells where it
 * stands, and where the whole ends. */
static const char *wrap(const char *name)
{
    enum {
        BASE = 24,
        END = 40
    };
    size_t n = 0;
    unsigned char *inner = read_bytes(scratch("inner.h5"), &n);
    unsigned char *whole = calloc(n + 512, 1);
    assert_non_null(whole);
    memset(whole, ' ', 116);
    memcpy(whole, "MATLAB 7.3 MAT-file, Platform: GLNXA64", 38);
    memcpy(whole + 124, "\x00\x02IM", 4);
    memcpy(whole + 512, inner, n);
    assert_int_equal(inner[8], 0);
    const uint64_t base = 512;
    const uint64_t end = n + 512;
    memcpy(whole + 512 + BASE, &base, sizeof base);
    memcpy(whole + 512 + END, &end, sizeof end);
    const char *path = scratch_file(name, whole, n + 512);
    free(inner);
    free(whole);
    return path;
}

/* Closed, marked, and open for what only HDF5 itself can write. */
static hid_t reopen(ana_hdf5 *file)
{
    check_ok(ana_hdf5_finish(file));
    hid_t raw = H5Fopen(scratch("inner.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t space = H5Screate(H5S_SCALAR);
    for (size_t i = 0; i < n_marks; i++) {
        hid_t type = H5Tcopy(H5T_C_S1);
        hid_t object = H5Oopen(raw, marks[i].path, H5P_DEFAULT);
        assert_true(H5Tset_size(type, strlen(marks[i].class_of)) >= 0);
        hid_t class_of = H5Acreate2(object, "MATLAB_class", type, space, H5P_DEFAULT, H5P_DEFAULT);
        assert_true(H5Awrite(class_of, type, marks[i].class_of) >= 0);
        H5Aclose(class_of);
        H5Oclose(object);
        H5Tclose(type);
    }
    H5Sclose(space);
    return raw;
}

static const char *finish(ana_hdf5 *file, const char *name)
{
    H5Fclose(reopen(file));
    return wrap(name);
}

static void put(ana_hdf5 *file, const char *path, const char *class_of, ana_hdf5_array array)
{
    check_ok(ana_hdf5_write(file, path, &array));
    mark(path, class_of);
}

static ana_hdf5_array matrix_of(ana_sample_type type, size_t rows, size_t columns,
                                const void *values)
{
    return (ana_hdf5_array){.type = type, .n_axes = 2, .n = {columns, rows}, .values = values};
}

static void put_chars(ana_hdf5 *file, const char *path, const char *text)
{
    uint16_t units[64];
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++) {
        units[i] = (unsigned char)text[i];
    }
    put(file, path, "char", matrix_of(ANA_UINT16, 1, n, units));
}

static void put_group(ana_hdf5 *file, const char *path, const char *class_of)
{
    check_ok(ana_hdf5_make_group(file, path));
    mark(path, class_of);
}

static void put_empty(ana_hdf5 *file, const char *path, const char *class_of, uint64_t rows,
                      uint64_t columns)
{
    const uint64_t sizes[2] = {rows, columns};
    const uint8_t yes = 1;
    ana_hdf5_array flag = ana_hdf5_scalar(ANA_UINT8, &yes);
    put(file, path, class_of, ana_hdf5_vector(ANA_UINT64, 2, sizes));
    check_ok(ana_hdf5_set(file, path, "MATLAB_empty", &flag));
}

static void put_cells(ana_hdf5 *file, const char *path, const char *class_of, size_t n,
                      const char *const *targets)
{
    check_ok(ana_hdf5_write_references(file, path, n, targets));
    mark(path, class_of);
}

/* [0 7 0; 5 0 6] */
static void put_sparse(ana_hdf5 *file, const char *path, const int64_t *starts, const int64_t *rows)
{
    char part[64];
    const uint64_t n_rows = 2;
    const double values[3] = {5.0, 7.0, 6.0};
    ana_hdf5_array size = ana_hdf5_scalar(ANA_UINT64, &n_rows);
    put_group(file, path, "double");
    check_ok(ana_hdf5_set(file, path, "MATLAB_sparse", &size));
    snprintf(part, sizeof part, "%s/data", path);
    put(file, part, NULL, ana_hdf5_vector(ANA_FLOAT64, 3, values));
    snprintf(part, sizeof part, "%s/ir", path);
    put(file, part, NULL, ana_hdf5_vector(ANA_INT64, 3, rows));
    snprintf(part, sizeof part, "%s/jc", path);
    put(file, part, NULL, ana_hdf5_vector(ANA_INT64, 4, starts));
}

static const int64_t good_starts[4] = {0, 1, 2, 3};
static const int64_t good_rows[3] = {1, 0, 1};

/* One variable of every kind. */
static const char *write_all(const char *name)
{
    static const char *const words[] = {"/#refs#/a", "/#refs#/b"};
    static const char *const mixed[] = {"/#refs#/a", "/#refs#/c"};
    const uint8_t flags[4] = {1, 0, 0, 1};
    const double parts[2] = {1.0, 2.0};
    const double rate = 250.0;
    const ana_hdf5_field fields[2] = {{"real", ANA_FLOAT64, parts, NULL},
                                      {"imag", ANA_FLOAT64, parts, NULL}};
    ana_hdf5 *file = create();
    put_group(file, "/#refs#", NULL);
    put_chars(file, "/#refs#/a", "Fz");
    put_chars(file, "/#refs#/b", "Cz");
    put(file, "/#refs#/c", "double", matrix_of(ANA_FLOAT64, 4, 1, four));
    put(file, "/x", "int16", matrix_of(ANA_INT16, 3, 2, six));
    put(file, "/good", "logical", matrix_of(ANA_UINT8, 4, 1, flags));
    put(file, "/rate", "double", matrix_of(ANA_FLOAT64, 1, 1, &rate));
    put_chars(file, "/subject", "mouse 7");
    put_cells(file, "/labels", "cell", 2, words);
    put_cells(file, "/mixed", "cell", 2, mixed);
    put_empty(file, "/none", "double", 0, 3);
    put_empty(file, "/no_text", "char", 0, 0);
    put_sparse(file, "/sparse", good_starts, good_rows);
    check_ok(ana_hdf5_write_compound(file, "/z", 2, 2, fields));
    mark("/z", "double");
    put_group(file, "/s", "struct");
    put_group(file, "/s/inner", "struct");
    put(file, "/s/inner/y", "double", matrix_of(ANA_FLOAT64, 4, 1, four));
    put_cells(file, "/s/names", "cell", 2, words);
    put_group(file, "/events", "struct");
    put_cells(file, "/events/latency", NULL, 2, mixed);
    put_cells(file, "/events/type", NULL, 2, words);
    put(file, "/f", "function_handle", matrix_of(ANA_FLOAT64, 4, 1, four));
    return finish(file, name);
}

static const ana_mat_value *need(const ana_mat_file *mat, const char *name, ana_mat_class class_of)
{
    const ana_mat_value *value = ana_mat_find(mat, name);
    assert_non_null(value);
    assert_int_equal(value->class_of, class_of);
    return value;
}

static void every_class_is_read(void **state)
{
    (void)state;
    ana_mat_file mat = {0};
    double filled[6];
    check_ok(ana_mat_read(write_all("all.mat"), NULL, NULL, &mat));
    assert_int_equal(mat.n, 13);
    const ana_mat_value *value = need(&mat, "x", ANA_MAT_INT8 + 2);
    assert_int_equal(value->n_axes, 2);
    assert_int_equal(value->shape[0], 3);
    assert_int_equal(value->shape[1], 2);
    assert_int_equal(value->stored, ANA_INT16);
    assert_memory_equal(value->real, six, sizeof six); /* columns one after another */
    assert_true(need(&mat, "good", ANA_MAT_INT8 + 1)->logical);
    assert_string_equal(need(&mat, "subject", ANA_MAT_CHAR)->lines[0], "mouse 7");
    value = need(&mat, "labels", ANA_MAT_CELL);
    assert_int_equal(value->n_children, 2);
    assert_string_equal(value->children[1].lines[0], "Cz");
    value = need(&mat, "mixed", ANA_MAT_CELL);
    assert_memory_equal(value->children[1].real, four, sizeof four);
    value = need(&mat, "none", ANA_MAT_DOUBLE);
    assert_int_equal(value->n, 0);
    assert_int_equal(value->shape[1], 3);
    assert_int_equal(need(&mat, "no_text", ANA_MAT_CHAR)->n_lines, 0);
    value = need(&mat, "sparse", ANA_MAT_SPARSE);
    ana_mat_to_doubles(value, filled);
    const double wanted[6] = {0.0, 5.0, 7.0, 0.0, 0.0, 6.0};
    check_all_close(6, filled, wanted, 0.0, 0.0);
    value = need(&mat, "z", ANA_MAT_DOUBLE);
    assert_int_equal(value->n, 2);
    check_close(((double *)value->imaginary)[1], 2.0, 0.0, 0.0);
    value = need(&mat, "s.inner.y", ANA_MAT_DOUBLE);
    assert_memory_equal(value->real, four, sizeof four);
    value = need(&mat, "events", ANA_MAT_STRUCT);
    assert_int_equal(value->n, 2);
    assert_int_equal(value->n_fields, 2);
    assert_string_equal(value->fields[1], "type");
    assert_string_equal(value->children[3].lines[0], "Cz"); /* of the second struct, field "type" */
    (void)need(&mat, "f", ANA_MAT_OPAQUE);
    ana_mat_file_release(&mat);
}

static void variables_become_objects_of_a_recording(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    ana_read_options options = ana_read_options_default();
    options.rate = 10.0;
    const char *path = write_all("recording.mat");
    check_ok(ana_recording_read(path, &options, &recording));
    check_ok(ana_recording_check(recording));
    assert_string_equal(recording->format, "mat73");
    const ana_series *series = ana_recording_find_series(recording, "x");
    assert_non_null(series);
    assert_int_equal(series->n_times, 3); /* the longest axis is time */
    assert_int_equal(series->n_channels, 2);
    assert_int_equal(series->type, ANA_INT16);
    double values[6];
    check_ok(ana_series_read(series, 0, NULL, 0, 3, values));
    for (size_t i = 0; i < 6; i++) {
        check_close(values[i], six[i], 0.0, 0.0);
    }
    assert_non_null(ana_recording_find_series(recording, "s.inner.y"));
    assert_non_null(ana_recording_find_series(recording, "sparse"));
    assert_string_equal(ana_recording_find_fact(recording, "subject"), "mouse 7");
    const ana_table *table = ana_recording_find_table(recording, "s.names");
    assert_non_null(table);
    assert_int_equal(table->n_rows, 2);
    assert_string_equal(table->columns[0].texts[0], "Fz");
    char all[4000] = "";
    for (size_t i = 0; i < recording->n_warnings; i++) {
        strncat(all, recording->warnings[i], sizeof all - strlen(all) - 1);
    }
    assert_non_null(strstr(all, "\"z\" is not read: it is an array of complex numbers"));
    assert_non_null(strstr(all, "\"events\" is not read"));
    assert_non_null(strstr(all, "\"mixed\" is not read"));
    assert_non_null(strstr(all, "\"f\" is not read"));
    ana_recording_free(recording);
    options.variable = "x";
    check_ok(ana_recording_read(path, &options, &recording));
    assert_int_equal(recording->n_series, 1);
    assert_int_equal(recording->n_facts, 0);
    ana_recording_free(recording);
    options.variable = "s.inner";
    check_ok(ana_recording_read(path, &options, &recording));
    assert_int_equal(recording->n_series, 1);
    assert_string_equal(recording->series[0]->name, "s.inner.y");
    assert_int_equal(recording->n_tables, 0);
    ana_recording_free(recording);
    options.variable = "s.in";
    check_fails(ana_recording_read(path, &options, &recording), ANA_ERR_VALUE, "\"s.in\"");
    options.variable = "not there";
    check_fails(ana_recording_read(path, &options, &recording), ANA_ERR_VALUE, "not there");
    options = ana_read_options_default();
    options.strict = true;
    check_fails(ana_recording_read(path, &options, &recording), ANA_ERR_FORMAT, "is not read");
}

static void the_block_tells_the_format(void **state)
{
    (void)state;
    ana_format_score *scores = calloc(ana_format_count(), sizeof *scores);
    assert_non_null(scores);
    check_ok(ana_format_detect(write_all("any.dat"), scores));
    assert_string_equal(scores[0].name, "mat73");
    assert_int_equal(scores[0].score, 95);
    assert_true(scores[1].score < 95);
    free(scores);
}

static void a_matrix_keeps_matlabs_order_of_indices(void **state)
{
    (void)state;
    char location[300];
    static const char *const names[] = {"x", "/x"};
    ana_matrix *matrix = NULL;
    char *path = strdup(write_all("order.mat"));
    for (size_t k = 0; k < 2; k++) {
        snprintf(location, sizeof location, "%s:%s", path, names[k]);
        check_ok(ana_matrix_read(location, NULL, &matrix));
        assert_int_equal(matrix->axes[0].n, 3);
        assert_int_equal(matrix->axes[1].n, 2);
        for (size_t i = 0; i < 3; i++) {
            for (size_t j = 0; j < 2; j++) {
                check_close(matrix->values[i * 2 + j], six[i + 3 * j], 0.0, 0.0);
            }
        }
        ana_matrix_free(matrix);
    }
    snprintf(location, sizeof location, "%s:s.inner.y", path);
    check_ok(ana_matrix_read(location, NULL, &matrix));
    check_all_close(4, matrix->values, four, 0.0, 0.0);
    ana_matrix_free(matrix);
    snprintf(location, sizeof location, "%s:sparse", path);
    check_ok(ana_matrix_read(location, NULL, &matrix));
    const double wanted[6] = {0.0, 7.0, 0.0, 5.0, 0.0, 6.0};
    check_all_close(6, matrix->values, wanted, 0.0, 0.0);
    ana_matrix_free(matrix);
    snprintf(location, sizeof location, "%s:y", path);
    check_fails(ana_matrix_read(location, NULL, &matrix), ANA_ERR_VALUE, "subject");
    snprintf(location, sizeof location, "%s:z", path);
    check_fails(ana_matrix_read(location, NULL, &matrix), ANA_ERR_UNSUPPORTED, "real numbers");
    free(path);
}

/* Three axes, and numbers without a class or an axis. */
static void other_shapes_are_read(void **state)
{
    (void)state;
    ana_mat_file mat = {0};
    ana_hdf5 *file = create();
    put(file, "/cube", "int16",
        (ana_hdf5_array){.type = ANA_INT16, .n_axes = 3, .n = {1, 2, 3}, .values = six});
    put(file, "/plain", NULL, ana_hdf5_vector(ANA_FLOAT64, 4, four));
    put(file, "/single", "double", ana_hdf5_scalar(ANA_FLOAT64, four));
    check_ok(ana_mat_read(finish(file, "shapes.mat"), NULL, NULL, &mat));
    const ana_mat_value *value = need(&mat, "cube", ANA_MAT_INT8 + 2);
    assert_int_equal(value->n_axes, 3);
    assert_int_equal(value->shape[0], 3);
    assert_int_equal(value->shape[2], 1);
    value = need(&mat, "plain", ANA_MAT_DOUBLE);
    assert_int_equal(value->shape[0], 1);
    assert_int_equal(value->shape[1], 4);
    value = need(&mat, "single", ANA_MAT_DOUBLE);
    assert_int_equal(value->n, 1);
    check_close(*(double *)value->real, 0.5, 0.0, 0.0);
    ana_mat_file_release(&mat);
}

static void check_refused(ana_hdf5 *file, ana_status wanted, const char *piece)
{
    ana_mat_file mat = {0};
    check_fails(ana_mat_read(finish(file, "wrong.mat"), NULL, NULL, &mat), wanted, piece);
    assert_non_null(strstr(ana_last_error(), "wrong.mat"));
    ana_mat_file_release(&mat);
}

static void lies_are_refused_with_their_place(void **state)
{
    (void)state;
    static const int64_t starts[][4] = {{0, 1, 2, 4}, {1, 1, 2, 3}, {0, 2, 1, 3}, {0, -1, 2, 3}};
    static const int64_t rows[][3] = {{2, 0, 1}, {-1, 0, 1}};
    static const char *const outside[] = {"/x"};
    static const char *const inside[] = {"/#refs#/a"};
    static const char *const two[] = {"/#refs#/a", "/#refs#/a"};
    const int32_t code[1] = {70000};
    ana_hdf5 *file = NULL;
    for (size_t i = 0; i < 4; i++) {
        file = create();
        put_sparse(file, "/p", starts[i], good_rows);
        check_refused(file, ANA_ERR_FORMAT, "/p: ir and jc");
    }
    for (size_t i = 0; i < 2; i++) {
        file = create();
        put_sparse(file, "/p", good_starts, rows[i]);
        check_refused(file, ANA_ERR_FORMAT, "/p: ir and jc");
    }
    file = create();
    put(file, "/x", "double", matrix_of(ANA_FLOAT64, 4, 1, four));
    put_cells(file, "/c", "cell", 1, outside);
    check_refused(file, ANA_ERR_FORMAT, "/c: refers to byte");
    file = create();
    put(file, "/t", "char", ana_hdf5_vector(ANA_INT32, 1, code));
    check_refused(file, ANA_ERR_FORMAT, "/t: holds numbers that are no characters");
    file = create();
    put_empty(file, "/e", "double", 2, 3);
    check_refused(file, ANA_ERR_FORMAT, "/e: is called empty");
    file = create();
    put(file, "/s", "struct", matrix_of(ANA_FLOAT64, 4, 1, four));
    check_refused(file, ANA_ERR_FORMAT, "/s: is called a struct");
    file = create();
    put_group(file, "/#refs#", NULL);
    put_chars(file, "/#refs#/a", "Fz");
    put_group(file, "/s", "struct");
    put_cells(file, "/s/f", NULL, 1, inside);
    put_cells(file, "/s/g", NULL, 2, two);
    check_refused(file, ANA_ERR_FORMAT, "/s/g: is no field of an array");
    file = create();
    put(file, "/c", "cell", matrix_of(ANA_FLOAT64, 4, 1, four));
    check_refused(file, ANA_ERR_FORMAT, "/c: does not hold object references");
}

/* A struct within itself, and cells of cells of cells that share what they hold. */
static void circles_and_bombs_are_refused(void **state)
{
    (void)state;
    const char *targets[64];
    char path[32];
    ana_mat_file mat = {0};
    ana_hdf5 *file = create();
    put_group(file, "/s", "struct");
    hid_t raw = reopen(file);
    assert_true(H5Lcreate_hard(raw, "/s", raw, "/s/s", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    assert_true(H5Lcreate_hard(raw, "/s", raw, "/s/t", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    H5Fclose(raw);
    check_fails(ana_mat_read(wrap("circle.mat"), NULL, NULL, &mat), ANA_ERR_UNSUPPORTED,
                "nested more than 64 deep");
    ana_mat_file_release(&mat);
    file = create();
    put_group(file, "/s", "struct");
    check_ok(ana_hdf5_make_soft_link(file, "/s/s", "/s"));
    check_refused(file, ANA_ERR_FORMAT, "/s/s/s");
    file = create();
    put_group(file, "/#refs#", NULL);
    put_chars(file, "/#refs#/c0", "x");
    for (int level = 1; level < 8; level++) {
        char target[32];
        snprintf(target, sizeof target, "/#refs#/c%d", level - 1);
        snprintf(path, sizeof path, "/#refs#/c%d", level);
        for (size_t i = 0; i < 64; i++) {
            targets[i] = target;
        }
        put_cells(file, path, "cell", 64, targets);
    }
    targets[0] = "/#refs#/c7";
    put_cells(file, "/bomb", "cell", 1, targets);
    check_refused(file, ANA_ERR_UNSUPPORTED, "values");
}

/* Fill values are in no byte of the file: many datasets of them are not believed. */
static void fill_values_are_believed_up_to_a_limit(void **state)
{
    (void)state;
    const hsize_t n[2] = {1, (hsize_t)2 << 20};
    char path[] = "/x0";
    ana_mat_file mat = {0};
    ana_hdf5 *file = create();
    hid_t raw = reopen(file);
    hid_t space = H5Screate_simple(2, n, NULL);
    for (; path[2] < '8'; path[2]++) {
        if (path[2] == '4') {
            H5Fflush(raw, H5F_SCOPE_LOCAL);
            check_ok(ana_mat_read(wrap("four.mat"), NULL, NULL, &mat));
            assert_int_equal(mat.n, 4);
            ana_mat_file_release(&mat);
        }
        H5Dclose(
            H5Dcreate2(raw, path, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    }
    H5Sclose(space);
    H5Fclose(raw);
    check_fails(ana_mat_read(wrap("eight.mat"), NULL, NULL, &mat), ANA_ERR_FORMAT, "stores none");
    ana_mat_file_release(&mat);
}

static void the_memory_limit_holds(void **state)
{
    (void)state;
    ana_mat_file mat = {0};
    ana_run run = ana_run_default();
    run.max_memory = 100;
    check_fails(ana_mat_read(write_all("memory.mat"), NULL, &run, &mat), ANA_ERR_LIMIT, "memory");
    ana_mat_file_release(&mat);
}

/* Cut anywhere, a file is refused in words. */
static void a_cut_file_is_refused(void **state)
{
    (void)state;
    size_t n = 0;
    unsigned char *bytes = read_bytes(write_all("whole.mat"), &n);
    for (size_t cut = 19; cut < n; cut += 1 + n / 50) {
        ana_recording *recording = NULL;
        ana_status status =
            ana_recording_read(scratch_file("cut.mat", bytes, cut), NULL, &recording);
        assert_int_equal(status, ANA_ERR_FORMAT);
        assert_non_null(strstr(ana_last_error(), "cut.mat"));
    }
    free(bytes);
}

/* Whether those are the starts and rows of three numbers in a matrix of 2 x 3. */
static bool is_sparse(const int64_t *starts, const int64_t *rows)
{
    bool good = starts[0] == 0 && starts[3] == 3;
    for (size_t i = 0; i < 3; i++) {
        good = good && starts[i] <= starts[i + 1] && (rows[i] == 0 || rows[i] == 1);
    }
    return good;
}

static void random_sparse_matrices_are_read_exactly_when_they_are_some(void **state)
{
    (void)state;
    size_t n_good = 0;
    ana_random random = ana_random_stream(11, "test", 0);
    for (size_t round = 0; round < 300; round++) {
        int64_t starts[4] = {0, 1, 2, 3};
        int64_t rows[3];
        for (size_t i = 0; i < 3; i++) {
            starts[1 + i % 2] = (int64_t)(5.0 * ana_random_uniform(&random)) - 1;
            rows[i] = (int64_t)(2.3 * ana_random_uniform(&random));
        }
        starts[3] += ana_random_uniform(&random) < 0.1 ? 1 : 0;
        ana_mat_file mat = {0};
        ana_hdf5 *file = create();
        put_sparse(file, "/p", starts, rows);
        bool good = is_sparse(starts, rows);
        ana_status status = ana_mat_read(finish(file, "sparse.mat"), NULL, NULL, &mat);
        assert_int_equal(status, good ? ANA_OK : ANA_ERR_FORMAT);
        if (good) {
            double filled[6];
            ana_mat_to_doubles(mat.variables, filled);
            double sum = 0.0;
            for (size_t i = 0; i < 6; i++) {
                sum += filled[i];
            }
            check_close(sum, 18.0, 0.0, 0.0);
            n_good++;
        }
        ana_mat_file_release(&mat);
    }
    assert_true(n_good > 10 && n_good < 290);
}

static ana_status read_recording(void *user)
{
    ana_recording *recording = NULL;
    ana_read_options options = ana_read_options_default();
    options.format = "mat73";
    ana_status status = ana_recording_read(user, &options, &recording);
    if (status == ANA_OK) {
        ana_recording_free(recording);
    }
    return status;
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    char *path = strdup(write_all("fail.mat"));
    /* Warnings are dropped without memory. */
    assert_true(check_each_allocation(read_recording, path, 1) > 50);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_is_read),
        cmocka_unit_test(variables_become_objects_of_a_recording),
        cmocka_unit_test(the_block_tells_the_format),
        cmocka_unit_test(a_matrix_keeps_matlabs_order_of_indices),
        cmocka_unit_test(other_shapes_are_read),
        cmocka_unit_test(lies_are_refused_with_their_place),
        cmocka_unit_test(circles_and_bombs_are_refused),
        cmocka_unit_test(fill_values_are_believed_up_to_a_limit),
        cmocka_unit_test(the_memory_limit_holds),
        cmocka_unit_test(a_cut_file_is_refused),
        cmocka_unit_test(random_sparse_matrices_are_read_exactly_when_they_are_some),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
