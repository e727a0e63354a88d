/* CaImAn results, made with HDF5's own functions as the program makes them. */
#include "support/check.h"
#include "support/reading.h"
#include "support/scratch.h"

#include <analysis/formats/reader.h>

#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Three components of four times; what a test makes different. */
typedef struct results {
    double rate;             /* 0: none is given */
    const int64_t *accepted; /* two of them; NULL: not evaluated */
    const int32_t *starts;   /* four of them */
    size_t n_weights;        /* of five */
    bool c_is_none;
    size_t n_rows_of_s; /* 0: no S */
} results;

static const float traces[12] = {0.5F, 1.0F, 1.5F,  2.0F,  3.0F,  3.5F,
                                 4.0F, 4.5F, -1.0F, -2.0F, -3.0F, -4.0F};
static const double weights[5] = {0.25, 0.75, 1.0, 0.5, 0.5};
static const int32_t pixels[5] = {0, 2, 1, 4, 5};
static const int32_t good_starts[4] = {0, 2, 3, 5};
static const int64_t good_accepted[2] = {0, 2};

static results good(void)
{
    return (results){30.0, good_accepted, good_starts, 5, false, 0};
}

static void write_array(hid_t at, const char *name, hid_t type, size_t rows, size_t columns,
                        const void *values)
{
    const hsize_t shape[2] = {rows, columns};
    hid_t space = H5Screate_simple(columns > 0 ? 2 : 1, shape, NULL);
    hid_t set = H5Dcreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(set);
    H5Sclose(space);
}

static void write_scalar(hid_t at, const char *name, hid_t type, const void *value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t set = H5Dcreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    H5Dclose(set);
    H5Sclose(space);
}

static void write_none(hid_t at, const char *name)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    assert_true(H5Tset_size(type, 8) >= 0);
    write_scalar(at, name, type, "NoneType");
    H5Tclose(type);
}

static hid_t make_group(hid_t at, const char *name)
{
    return H5Gcreate2(at, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
}

static const char *write_results(const char *name, const results *given)
{
    const char *path = scratch(name);
    const int64_t dims[2] = {2, 3};
    const double background[8] = {9.0, 9.5, 9.0, 8.5, 1.0, 1.0, 1.0, 1.0};
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t estimates = make_group(file, "estimates");
    hid_t a = make_group(estimates, "A");
    hid_t params = make_group(file, "params");
    hid_t data = make_group(params, "data");
    if (given->c_is_none) {
        write_none(estimates, "C");
    } else {
        write_array(estimates, "C", H5T_NATIVE_FLOAT, 3, 4, traces);
    }
    if (given->n_rows_of_s > 0) {
        write_array(estimates, "S", H5T_NATIVE_FLOAT, given->n_rows_of_s, 12 / given->n_rows_of_s,
                    traces);
    }
    write_none(estimates, "F_dff");
    write_array(estimates, "f", H5T_NATIVE_DOUBLE, 2, 4, background);
    if (given->accepted != NULL) {
        write_array(estimates, "idx_components", H5T_NATIVE_INT64, 2, 0, given->accepted);
    } else {
        write_none(estimates, "idx_components");
    }
    write_array(a, "indptr", H5T_NATIVE_INT32, 4, 0, given->starts);
    write_array(a, "indices", H5T_NATIVE_INT32, 5, 0, pixels);
    write_array(a, "data", H5T_NATIVE_DOUBLE, given->n_weights, 0, weights);
    write_array(file, "dims", H5T_NATIVE_INT64, 2, 0, dims);
    if (given->rate > 0.0) {
        write_scalar(data, "fr", H5T_NATIVE_DOUBLE, &given->rate);
    }
    H5Gclose(data);
    H5Gclose(params);
    H5Gclose(a);
    H5Gclose(estimates);
    assert_true(H5Fclose(file) >= 0);
    return path;
}

static void traces_footprints_and_accepted_components_are_read(void **state)
{
    (void)state;
    double values[12];
    ana_recording *recording = NULL;
    results given = good();
    given.n_rows_of_s = 3;
    check_ok(ana_recording_read(write_results("good.hdf5", &given), NULL, &recording));
    check_ok(ana_recording_check(recording));
    assert_string_equal(recording->format, "caiman");
    assert_int_equal(recording->n_series, 3); /* C, S and f; F_dff was not computed */
    const ana_series *series = ana_recording_find_series(recording, "C");
    assert_non_null(series);
    assert_int_equal(series->n_channels, 3);
    assert_int_equal(series->n_times, 4);
    assert_int_equal(series->type, ANA_FLOAT32);
    check_close(series->rate, 30.0, 0.0, 0.0);
    assert_string_equal(series->channels[2].name, "component2");
    assert_int_equal(series->channels[2].kind, ANA_KIND_ROI);
    check_ok(ana_series_read(series, 0, NULL, 0, 4, values));
    for (size_t i = 0; i < 12; i++) {
        check_close(values[i], (double)traces[i], 0.0, 0.0);
    }
    const size_t chosen[2] = {2, 0}; /* any order, any window */
    check_ok(ana_series_read(series, 2, chosen, 1, 2, values));
    const double wanted[4] = {-2.0, -3.0, 1.0, 1.5};
    check_all_close(4, values, wanted, 0.0, 0.0);
    series = ana_recording_find_series(recording, "f");
    assert_int_equal(series->n_channels, 2);
    assert_string_equal(series->channels[1].name, "background1");
    const ana_table *table = ana_recording_find_table(recording, "components");
    assert_int_equal(table->n_rows, 3);
    const ana_column *column = ana_table_find(table, "accepted");
    assert_true(column->bools[0] && !column->bools[1] && column->bools[2]);
    column = ana_table_find(table, "pixel");
    assert_int_equal(column->row_start[1], 2);
    assert_int_equal(column->row_start[3], 5);
    assert_int_equal(column->ints[3], 4);
    check_all_close(5, ana_table_find(table, "weight")->doubles, weights, 0.0, 0.0);
    assert_string_equal(ana_recording_find_fact(recording, "frame"), "2 x 3");
    ana_recording_free(recording);
}

static void what_was_not_evaluated_is_no_column(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    results given = good();
    given.accepted = NULL;
    check_ok(ana_recording_read(write_results("none.hdf5", &given), NULL, &recording));
    assert_null(ana_table_find(ana_recording_find_table(recording, "components"), "accepted"));
    ana_recording_free(recording);
}

static void the_rate_comes_from_the_file_or_the_caller(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    results given = good();
    given.rate = 0.0;
    const char *path = write_results("rate.hdf5", &given);
    check_fails(ana_recording_read(path, NULL, &recording), ANA_ERR_FORMAT, "--rate");
    ana_read_options options = ana_read_options_default();
    options.rate = 7.5;
    check_ok(ana_recording_read(path, &options, &recording));
    check_close(recording->series[0]->rate, 7.5, 0.0, 0.0);
    ana_recording_free(recording);
}

static void lists_that_lie_are_refused(void **state)
{
    (void)state;
    static const int32_t lies[][4] = {{0, 2, 3, 6}, {0, 2, 3, 4},  {1, 2, 3, 5},
                                      {0, 3, 2, 5}, {0, -1, 3, 5}, {0, 2, 70000, 5}};
    static const int64_t beyond[][2] = {{0, 3}, {-1, 0}, {INT64_MAX, 0}};
    ana_recording *recording = NULL;
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        results given = good();
        given.starts = lies[i];
        check_fails(ana_recording_read(write_results("lies.hdf5", &given), NULL, &recording),
                    ANA_ERR_FORMAT, "/estimates/A/indptr");
    }
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
        results given = good();
        given.accepted = beyond[i];
        check_fails(ana_recording_read(write_results("beyond.hdf5", &given), NULL, &recording),
                    ANA_ERR_FORMAT, "/estimates/idx_components: entry");
    }
    results given = good();
    given.n_weights = 4;
    check_fails(ana_recording_read(write_results("few.hdf5", &given), NULL, &recording),
                ANA_ERR_FORMAT, "4 weights for 5 pixels");
}

static void traces_must_be_those_of_the_components(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    results given = good();
    given.n_rows_of_s = 4;
    check_fails(ana_recording_read(write_results("rows.hdf5", &given), NULL, &recording),
                ANA_ERR_FORMAT, "/estimates/S: 2 axes, 4 rows");
    given = good();
    given.c_is_none = true;
    check_fails(ana_recording_read(write_results("empty.hdf5", &given), NULL, &recording),
                ANA_ERR_FORMAT, "holds no traces");
}

/* A file cut anywhere is refused in words, or read as far as it is whole. */
static void a_cut_file_is_refused(void **state)
{
    (void)state;
    results given = good();
    check_cuts_are_refused("caiman", write_results("whole.hdf5", &given));
}

static void only_such_files_are_taken_for_caiman(void **state)
{
    (void)state;
    results given = good();
    const char *path = write_results("is.hdf5", &given);
    assert_int_equal(format_score("caiman", path), 95);
    hid_t file = H5Fcreate(scratch("other.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    write_array(file, "estimates", H5T_NATIVE_FLOAT, 3, 4, traces);
    H5Fclose(file);
    assert_int_equal(format_score("caiman", scratch("other.h5")), 0);
}

static void a_failed_allocation_is_reported(void **state)
{
    (void)state;
    results given = good();
    check_reading_reports_failed_allocations("caiman", write_results("memory.hdf5", &given), 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traces_footprints_and_accepted_components_are_read),
        cmocka_unit_test(what_was_not_evaluated_is_no_column),
        cmocka_unit_test(the_rate_comes_from_the_file_or_the_caller),
        cmocka_unit_test(lists_that_lie_are_refused),
        cmocka_unit_test(traces_must_be_those_of_the_components),
        cmocka_unit_test(a_cut_file_is_refused),
        cmocka_unit_test(only_such_files_are_taken_for_caiman),
        cmocka_unit_test(a_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
