/* MAT files of version 7.3, made with HDF5 as MATLAB lays them out. */
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/reader.h>

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_attribute(hid_t object, const char *name, const char *value)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(value));
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, value) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

static void put_flag(hid_t object, const char *name)
{
    const int one = 1;
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, H5T_NATIVE_INT, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, H5T_NATIVE_INT, &one) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
}

/* A dataset of MATLAB's shape rows x columns: HDF5 has it as columns x rows. */
static void put(hid_t where, const char *name, const char *class_name, hid_t type, hsize_t rows,
                hsize_t columns, const void *values)
{
    const hsize_t shape[] = {columns, rows};
    hid_t space = H5Screate_simple(2, shape, NULL);
    hid_t data = H5Dcreate2(where, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(data >= 0);
    assert_true(H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    put_attribute(data, "MATLAB_class", class_name);
    H5Dclose(data);
    H5Sclose(space);
}

static const double numbers[] = {1, 2, 3, 4, 5, 6}; /* 2 x 3: [1 3 5; 2 4 6] */

static const char *make_file(const char *name)
{
    static const uint16_t letters[] = {'h', 'i', 0xe4};
    static const double times[] = {0.5, 1.0};
    static const uint64_t sparse_rows[] = {0, 0};
    static const uint64_t sparse_starts[] = {0, 1, 2};
    char path[512];
    snprintf(path, sizeof path, "%s", scratch(name));
    hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_userblock(creation, 512);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, creation, H5P_DEFAULT);
    assert_true(file >= 0);
    put(file, "x", "double", H5T_NATIVE_DOUBLE, 2, 3, numbers);
    put(file, "text", "char", H5T_NATIVE_UINT16, 1, 3, letters);
    hid_t group = H5Gcreate2(file, "data", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    put_attribute(group, "MATLAB_class", "struct");
    put(group, "avg", "single", H5T_NATIVE_DOUBLE, 3, 2, numbers);
    put(group, "time", "double", H5T_NATIVE_DOUBLE, 1, 2, times);
    H5Gclose(group);
    group = H5Gcreate2(file, "sparse", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    put_flag(group, "MATLAB_sparse");
    put(group, "data", "double", H5T_NATIVE_DOUBLE, 1, 2, times);
    put(group, "ir", "uint64", H5T_NATIVE_UINT64, 1, 2, sparse_rows);
    put(group, "jc", "uint64", H5T_NATIVE_UINT64, 1, 3, sparse_starts);
    H5Gclose(group);
    hid_t empty = H5Screate_simple(1, (const hsize_t[]){2}, NULL);
    hid_t none =
        H5Dcreate2(file, "none", H5T_NATIVE_UINT64, empty, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    put_attribute(none, "MATLAB_class", "double");
    put_flag(none, "MATLAB_empty");
    H5Dclose(none);
    H5Sclose(empty);
    group = H5Gcreate2(file, "#refs#", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    put(group, "a", "char", H5T_NATIVE_UINT16, 1, 2, letters);
    put(group, "b", "char", H5T_NATIVE_UINT16, 1, 3, letters);
    put(group, "c", "double", H5T_NATIVE_DOUBLE, 1, 1, numbers);
    hobj_ref_t references[3];
    assert_true(H5Rcreate(&references[0], group, "b", H5R_OBJECT, -1) >= 0);
    assert_true(H5Rcreate(&references[1], group, "a", H5R_OBJECT, -1) >= 0);
    assert_true(H5Rcreate(&references[2], group, "c", H5R_OBJECT, -1) >= 0);
    put(file, "words", "cell", H5T_STD_REF_OBJ, 2, 1, references);
    put(file, "mixed", "cell", H5T_STD_REF_OBJ, 3, 1, references);
    H5Gclose(group);
    H5Fclose(file);
    H5Pclose(creation);
    FILE *stream = fopen(path, "r+b");
    assert_non_null(stream);
    fputs("MATLAB 7.3 MAT-file", stream);
    fclose(stream);
    return scratch(name);
}

static void variables_become_objects_of_a_recording(void **state)
{
    (void)state;
    const char *path = make_file("a.mat");
    ana_recording *recording = NULL;
    check_ok(ana_recording_read(path, NULL, &recording));
    check_ok(ana_recording_check(recording));
    assert_string_equal(recording->format, "mat73");
    const ana_series *x = ana_recording_find_series(recording, "x");
    double values[6];
    check_ok(ana_series_read(x, 2, NULL, 0, 3, values));
    const double rows[] = {1, 3, 5, 2, 4, 6};
    check_all_close(6, values, rows, 0.0, 0.0);
    const ana_series *avg = ana_recording_find_series(recording, "data.avg");
    assert_int_equal(avg->n_channels, 3); /* data.time says which axis is time */
    check_close(avg->rate, 2.0, 0.0, 0.0);
    check_close(avg->segments[0].start, 0.5, 0.0, 0.0);
    assert_string_equal(ana_recording_find_fact(recording, "text"), "hi\xc3\xa4");
    const ana_table *words = ana_recording_find_table(recording, "words");
    assert_string_equal(ana_table_find(words, "words")->texts[0], "hi\xc3\xa4");
    assert_string_equal(ana_table_find(words, "words")->texts[1], "hi");
    const ana_series *sparse = ana_recording_find_series(recording, "sparse");
    check_ok(ana_series_read(sparse, 1, NULL, 0, 2, values));
    const double filled[] = {0.5, 1.0};
    check_all_close(2, values, filled, 0.0, 0.0);
    assert_int_equal(recording->n_series, 3);
    size_t n_told = 0;
    for (size_t i = 0; i < recording->n_warnings; i++) {
        n_told += strstr(recording->warnings[i], "\"mixed\"") != NULL ? 1 : 0;
    }
    assert_int_equal(n_told, 1);
    ana_recording_free(recording);
}

static void one_variable_can_be_asked_for(void **state)
{
    (void)state;
    const char *path = make_file("b.mat");
    ana_recording *recording = NULL;
    ana_read_options options = ana_read_options_default();
    options.variable = "data";
    options.rate = 100.0;
    check_ok(ana_recording_read(path, &options, &recording));
    assert_int_equal(recording->n_series, 1);
    check_close(recording->series[0]->rate, 100.0, 0.0, 0.0);
    ana_recording_free(recording);
    options.variable = "dat";
    check_fails(ana_recording_read(path, &options, &recording), ANA_ERR_VALUE, "\"dat\"");
    options.variable = "x";
    options.run.max_memory = 40;
    check_fails(ana_recording_read(path, &options, &recording), ANA_ERR_LIMIT, "b.mat");
    ana_matrix *matrix = NULL;
    check_ok(ana_matrix_read(scratch("b.mat:x"), NULL, &matrix));
    assert_int_equal(matrix->axes[0].n, 2);
    check_close(matrix->values[1], 3.0, 0.0, 0.0);
    ana_matrix_free(matrix);
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    const char *path = make_file("c.mat");
    ana_recording *recording = NULL;
    TOLERANT_ALLOCATION_TEST(ana_recording_read, (path, NULL, &recording),
                             ana_recording_free(recording));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables_become_objects_of_a_recording),
        cmocka_unit_test(one_variable_can_be_asked_for),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
