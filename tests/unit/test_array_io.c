/* Plain arrays by location. */
#include "archive.h"
#include "npy.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <analysis/formats/array_io.h>

#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double numbers[] = {1.5, -2.0, 1e300, 0.1, NAN, 6.0};

static ana_matrix *make_matrix(void)
{
    static const char *const names[] = {"trial", "feature"};
    static const char *const labels[] = {"plain", "with, comma", "with \"quotes\""};
    const size_t shape[] = {2, 3};
    ana_matrix *matrix = NULL;
    check_ok(ana_matrix_new(2, names, shape, &matrix));
    memcpy(matrix->values, numbers, sizeof numbers);
    check_ok(ana_matrix_set_labels(matrix, 1, labels));
    return matrix;
}

static void check_matrix(const char *location)
{
    ana_matrix *matrix = NULL;
    check_ok(ana_matrix_read(location, NULL, &matrix));
    assert_int_equal(matrix->n_axes, 2);
    assert_int_equal(matrix->axes[0].n, 2);
    assert_int_equal(matrix->axes[1].n, 3);
    check_all_close(6, matrix->values, numbers, 0.0, 0.0);
    ana_matrix_free(matrix);
}

static void a_written_matrix_reads_back(void **state)
{
    (void)state;
    ana_matrix *matrix = make_matrix();
    check_ok(ana_matrix_write(matrix, scratch("m.npy")));
    check_matrix(scratch("m.npy"));
    check_ok(ana_matrix_write(matrix, scratch("m.csv")));
    size_t n = 0;
    char *text = (char *)read_bytes(scratch("m.csv"), &n);
    assert_string_equal(text, "plain,\"with, comma\",\"with \"\"quotes\"\"\"\n"
                              "1.5,-2,1e+300\n0.1,nan,6\n");
    free(text);
    check_matrix(scratch("m.csv"));
    ana_matrix *labelled = NULL;
    check_ok(ana_matrix_read(scratch("m.csv"), NULL, &labelled));
    assert_string_equal(labelled->axes[1].labels[1], "with, comma");
    assert_string_equal(labelled->axes[1].labels[2], "with \"quotes\"");
    ana_matrix_free(labelled);
    check_fails(ana_matrix_write(matrix, scratch("m.xls")), ANA_ERR_UNSUPPORTED, ".npy or .csv");
    check_fails(ana_matrix_write(matrix, scratch("no/such/m.npy")), ANA_ERR_IO, "no/such");
    ana_matrix_free(matrix);
}

static void make_archive(const char *path, size_t n_entries)
{
    ana_atomic atomic = {0};
    ana_zip_writer *writer = NULL;
    const size_t shape[] = {2, 3};
    static const char *const names[] = {"a.npy", "b.npy"};
    check_ok(ana_atomic_open(path, &atomic));
    check_ok(ana_zip_writer_new(&atomic, &writer));
    for (size_t i = 0; i < n_entries; i++) {
        ana_text header = {0};
        ana_npy_put_header(&header, "<f8", false, 2, shape);
        check_ok(ana_zip_writer_begin(writer, names[i], header.n + sizeof numbers, i == 0));
        check_ok(ana_zip_writer_add(writer, header.bytes, header.n));
        check_ok(ana_zip_writer_add(writer, numbers, sizeof numbers));
        check_ok(ana_zip_writer_end(writer));
        ana_text_release(&header);
    }
    check_ok(ana_zip_writer_finish(writer));
    check_ok(ana_atomic_commit(&atomic));
    ana_zip_writer_free(writer);
    ana_atomic_discard(&atomic);
}

static void an_archive_is_asked_by_key(void **state)
{
    (void)state;
    make_archive(scratch("one.npz"), 1);
    make_archive(scratch("two.npz"), 2);
    check_matrix(scratch("one.npz"));
    check_matrix(scratch("two.npz:a"));
    check_matrix(scratch("two.npz:b"));
    ana_matrix *matrix = NULL;
    check_fails(ana_matrix_read(scratch("two.npz"), NULL, &matrix), ANA_ERR_VALUE,
                "after ':': a, b");
    check_fails(ana_matrix_read(scratch("two.npz:c"), NULL, &matrix), ANA_ERR_VALUE,
                "no array \"c\"");
}

static void a_dataset_of_hdf5_is_asked_by_path(void **state)
{
    (void)state;
    const hsize_t shape[] = {2, 3};
    hid_t file = H5Fcreate(scratch("m.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t group = H5Gcreate2(file, "/group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(2, shape, NULL);
    hid_t data =
        H5Dcreate2(group, "x", H5T_IEEE_F64BE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers) >= 0);
    H5Dclose(data);
    H5Sclose(space);
    H5Gclose(group);
    H5Fclose(file);
    check_matrix(scratch("m.h5:/group/x"));
    check_matrix(scratch("m.h5:group/x"));
    check_matrix(scratch("m.h5"));
    ana_matrix *matrix = NULL;
    assert_int_not_equal(ana_matrix_read(scratch("m.h5:/group/y"), NULL, &matrix), ANA_OK);
    assert_non_null(strstr(ana_last_error(), "/group/y"));
}

static void what_cannot_be_read_is_told(void **state)
{
    (void)state;
    ana_matrix *matrix = make_matrix();
    ana_matrix *again = NULL;
    check_ok(ana_matrix_write(matrix, scratch("m:1.npy")));
    check_matrix(scratch("m:1.npy")); /* a colon in the name itself */
    check_fails(ana_matrix_read(scratch("m:1.npy:key"), NULL, &again), ANA_ERR_VALUE,
                "holds one array only");
    check_fails(ana_matrix_read(scratch("missing.npy:x"), NULL, &again), ANA_ERR_IO, "missing.npy");
    ana_run run = ana_run_default();
    run.max_memory = 47;
    check_fails(ana_matrix_read(scratch("m:1.npy"), &run, &again), ANA_ERR_LIMIT, "m:1.npy");
    static const char *const texts[] = {"a"};
    check_ok(ana_npy_save_texts(scratch("t.npy"), 1, texts));
    check_fails(ana_matrix_read(scratch("t.npy"), NULL, &again), ANA_ERR_UNSUPPORTED, "texts");
    const size_t shape[] = {1, 1, 1, 1, 1};
    check_ok(ana_npy_save(scratch("5.npy"), ANA_FLOAT64, 5, shape, numbers));
    check_fails(ana_matrix_read(scratch("5.npy"), NULL, &again), ANA_ERR_UNSUPPORTED, "5 axes");
    matrix->n_axes = 3;
    check_fails(ana_matrix_write(matrix, scratch("m.csv")), ANA_ERR_UNSUPPORTED, "2 axes");
    matrix->n_axes = 2;
    ana_matrix_free(matrix);
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    ana_matrix *matrix = make_matrix();
    ana_matrix *read = NULL;
    ALLOCATION_TEST(ana_matrix_write, (matrix, scratch("fail.csv")), (void)0);
    ALLOCATION_TEST(ana_matrix_write, (matrix, scratch("fail.npy")), (void)0);
    ALLOCATION_TEST(ana_matrix_read, (scratch("fail.csv"), NULL, &read), ana_matrix_free(read));
    ALLOCATION_TEST(ana_matrix_read, (scratch("fail.npy"), NULL, &read), ana_matrix_free(read));
    make_archive(scratch("fail.npz"), 2);
    ALLOCATION_TEST(ana_matrix_read, (scratch("fail.npz:a"), NULL, &read), ana_matrix_free(read));
    ana_matrix_free(matrix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_written_matrix_reads_back),
        cmocka_unit_test(an_archive_is_asked_by_key),
        cmocka_unit_test(a_dataset_of_hdf5_is_asked_by_path),
        cmocka_unit_test(what_cannot_be_read_is_told),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
