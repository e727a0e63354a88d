/* Arrays of files a few rows at a time, against the array read whole. */
#include "npy.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/array_rows.h>
#include <analysis/random.h>

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    A = 4,
    B = 5,
    C = 7
};

static void make_files(void)
{
    float floats[A * B * C];
    int16_t shorts[A * B * C];
    ana_random random = ana_random_stream(5, "test.array_rows", 0);
    const size_t shape[] = {A, B, C};
    const hsize_t sizes[] = {A, B, C};
    const hsize_t chunk[] = {3, 2, 4};
    for (size_t k = 0; k < (size_t)A * B * C; k++) {
        floats[k] = (float)ana_random_normal(&random);
        shorts[k] = (int16_t)(1000.0 * ana_random_normal(&random));
    }
    check_ok(ana_npy_save(scratch("floats.npy"), ANA_FLOAT32, 3, shape, floats));
    check_ok(ana_npy_save(scratch("list.npy"), ANA_INT16, 1, shape + 2, shorts));
    hid_t file = H5Fcreate(scratch("shorts.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(3, sizes, NULL);
    hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(create, 3, chunk);
    H5Pset_deflate(create, 4);
    hid_t data = H5Dcreate2(file, "x", H5T_STD_I16BE, space, H5P_DEFAULT, create, H5P_DEFAULT);
    assert_true(H5Dwrite(data, H5T_NATIVE_INT16, H5S_ALL, H5S_ALL, H5P_DEFAULT, shorts) >= 0);
    H5Dclose(data);
    H5Pclose(create);
    H5Sclose(space);
    H5Fclose(file);
}

static void parts_are_those_of_the_whole(void **state)
{
    (void)state;
    make_files();
    const char *locations[] = {scratch("floats.npy"), scratch("shorts.h5:/x"), scratch("shorts.h5"),
                               scratch("list.npy")};
    for (size_t k = 0; k < 4; k++) {
        ana_array_rows *rows = NULL;
        ana_matrix *whole = NULL;
        double part[A * B * C];
        check_ok(ana_array_rows_open(locations[k], &rows));
        check_ok(ana_matrix_read(locations[k], NULL, &whole));
        const size_t n_axes = ana_array_rows_n_axes(rows);
        assert_int_equal(n_axes, whole->n_axes);
        size_t n_rows = 1;
        for (size_t i = 0; i < n_axes; i++) {
            assert_int_equal(ana_array_rows_length(rows, i), whole->axes[i].n);
            n_rows *= i + 1 < n_axes ? whole->axes[i].n : 1;
        }
        for (size_t first = 0; first < n_rows; first++) {
            for (size_t n = 1; n <= n_rows - first; n++) {
                check_ok(ana_array_rows_read(rows, first, n, part));
                assert_memory_equal(part, whole->values + first * C, n * C * sizeof *part);
            }
        }
        check_fails(ana_array_rows_read(rows, n_rows, 1, part), ANA_ERR_SHAPE, "rows");
        check_fails(ana_array_rows_read(rows, 0, n_rows + 1, part), ANA_ERR_SHAPE, "rows");
        check_fails(ana_array_rows_read(rows, 0, 0, part), ANA_ERR_SHAPE, "rows");
        ana_matrix_free(whole);
        ana_array_rows_close(rows);
    }
}

/* Every box of columns of every run of rows. */
static void check_boxes(const ana_array_rows *rows, const ana_matrix *whole, size_t n_rows)
{
    double values[A * B * C];
    for (size_t k = 0; k < n_rows * n_rows * C * C; k++) {
        const ana_array_part part = {.first = k % n_rows,
                                     .n = 1 + k / n_rows % n_rows,
                                     .first_column = k / n_rows / n_rows % C,
                                     .n_columns = 1 + k / n_rows / n_rows / C};
        const ana_status wanted =
            part.first + part.n > n_rows || part.first_column + part.n_columns > C ? ANA_ERR_SHAPE
                                                                                   : ANA_OK;
        assert_int_equal(ana_array_rows_read_part(rows, &part, values), wanted);
        for (size_t i = 0; i < part.n && wanted == ANA_OK; i++) {
            assert_memory_equal(values + i * part.n_columns,
                                whole->values + (part.first + i) * C + part.first_column,
                                part.n_columns * sizeof *values);
        }
    }
}

static void boxes_are_those_of_the_whole(void **state)
{
    (void)state;
    make_files();
    const char *locations[] = {scratch("floats.npy"), scratch("shorts.h5:/x"), scratch("list.npy")};
    for (size_t k = 0; k < 3; k++) {
        ana_array_rows *rows = NULL;
        ana_matrix *whole = NULL;
        check_ok(ana_array_rows_open(locations[k], &rows));
        check_ok(ana_matrix_read(locations[k], NULL, &whole));
        check_boxes(rows, whole, k == 2 ? 1 : (size_t)A * B);
        check_fails(ana_array_rows_read_part(rows, &(ana_array_part){0, 1, C, 1}, NULL),
                    ANA_ERR_SHAPE, "columns");
        check_fails(ana_array_rows_read_part(rows, &(ana_array_part){0, 1, SIZE_MAX, 2}, NULL),
                    ANA_ERR_SHAPE, "columns");
        ana_matrix_free(whole);
        ana_array_rows_close(rows);
    }
}

/* Two rows of 2^31 + 8 bytes, most of which the file does not hold. */
static void places_beyond_2_to_the_31_are_found(void **state)
{
    (void)state;
    ana_array_rows *rows = NULL;
    ana_text text = {0};
    const size_t n_columns = ((size_t)1 << 31) + 8;
    const size_t shape[] = {2, n_columns};
    const signed char last[] = {-3, 5, 7};
    double values[6];
    ana_npy_put_header(&text, "|i1", false, 2, shape);
    FILE *file = fopen(scratch("sparse.npy"), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text.bytes, 1, text.n, file), text.n);
    for (size_t i = 1; i <= 2; i++) {
        assert_int_equal(fseeko(file, (off_t)(text.n + i * n_columns - 3), SEEK_SET), 0);
        assert_int_equal(fwrite(last + i - 1, 1, 2, file), 2);
        assert_int_equal(fwrite("", 1, 1, file), 1);
    }
    assert_int_equal(fclose(file), 0);
    check_ok(ana_array_rows_open(scratch("sparse.npy"), &rows));
    check_ok(ana_array_rows_read_part(rows, &(ana_array_part){0, 2, n_columns - 3, 3}, values));
    const double wanted[] = {-3.0, 5.0, 0.0, 5.0, 7.0, 0.0};
    assert_memory_equal(values, wanted, sizeof wanted);
    ana_array_rows_close(rows);
    ana_text_release(&text);
    assert_int_equal(remove(scratch("sparse.npy")), 0);
}

static void what_cannot_be_read_in_parts_is_told(void **state)
{
    (void)state;
    ana_array_rows *rows = NULL;
    ana_text text = {0};
    const size_t shape[] = {2, 3};
    make_files();
    scratch_file("table.csv", "a,b\n1,2\n", 8);
    check_fails(ana_array_rows_open(scratch("table.csv"), &rows), ANA_ERR_UNSUPPORTED, "whole");
    check_fails(ana_array_rows_open(scratch("none.npy"), &rows), ANA_ERR_IO, "none.npy");
    check_fails(ana_array_rows_open(scratch("floats.npy:x"), &rows), ANA_ERR_VALUE, "one array");
    check_fails(ana_array_rows_open(scratch("shorts.h5:/y"), &rows), ANA_ERR_FORMAT, "/y");
    ana_npy_put_header(&text, "<f8", true, 2, shape);
    for (size_t k = 0; k < 6 * sizeof(double); k++) {
        ana_text_append_bytes(&text, "", 1);
    }
    scratch_file("fortran.npy", text.bytes, text.n);
    check_fails(ana_array_rows_open(scratch("fortran.npy"), &rows), ANA_ERR_UNSUPPORTED, "Fortran");
    scratch_file("cut.npy", text.bytes, text.n - 1);
    check_fails(ana_array_rows_open(scratch("cut.npy"), &rows), ANA_ERR_FORMAT, "cut.npy");
    ana_text_release(&text);
    ana_array_rows_close(NULL);
    assert_null(rows);
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    ana_array_rows *rows = NULL;
    double part[A * B * C];
    make_files();
    const char *locations[] = {scratch("floats.npy"), scratch("shorts.h5:/x")};
    for (size_t k = 0; k < 2; k++) {
        ALLOCATION_TEST(ana_array_rows_open, (locations[k], &rows), ana_array_rows_close(rows));
        check_ok(ana_array_rows_open(locations[k], &rows));
        ALLOCATION_TEST(ana_array_rows_read, (rows, 3, 9, part), (void)0);
        ALLOCATION_TEST(ana_array_rows_read_part, (rows, &(ana_array_part){3, 9, 2, 4}, part),
                        (void)0);
        ana_array_rows_close(rows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_those_of_the_whole),
        cmocka_unit_test(boxes_are_those_of_the_whole),
        cmocka_unit_test(places_beyond_2_to_the_31_are_found),
        cmocka_unit_test(what_cannot_be_read_in_parts_is_told),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("array rows", tests, NULL, NULL);
}
