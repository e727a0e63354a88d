/* Which arrays files and folders hold, and folders of one file for each stimulus. */
#include "archive.h"
#include "npy.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"
#include "support/tensors.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/array_listing.h>

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const double counting[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

/* Texts are kept apart from scratch's own, which are used in turn. */
static char *place(char *to, const char *name)
{
    snprintf(to, 4096, "%s", scratch(name));
    return to;
}

static void make_folder(const char *name)
{
    (void)mkdir(scratch(name), 0700);
}

/* An .npz with "fc.npy" of 1 x n values first, first + 1, ... (deflated), "layer/conv.npy" of 1 x 2
 * x n / 2 of them, an object, and a file that is no array. */
static void save_npz(const char *path, size_t n, double first)
{
    static const char object[] =
        "\x93NUMPY\1\0\x36\0{'descr': '|O', 'fortran_order': False, 'shape': (1,)}";
    const size_t flat[] = {1, n};
    const size_t folded[] = {1, 2, n / 2};
    double values[12];
    ana_atomic atomic = {0};
    ana_zip_writer *writer = NULL;
    for (size_t i = 0; i < n; i++) {
        values[i] = first + counting[i];
    }
    check_ok(ana_atomic_open(path, &atomic));
    check_ok(ana_zip_writer_new(&atomic, &writer));
    for (size_t k = 0; k < 2; k++) {
        ana_text header = {0};
        ana_npy_put_header(&header, "<f8", false, k == 0 ? 2 : 3, k == 0 ? flat : folded);
        check_ok(ana_zip_writer_begin(writer, k == 0 ? "fc.npy" : "layer/conv.npy",
                                      header.n + n * sizeof *values, k == 0));
        check_ok(ana_zip_writer_add(writer, header.bytes, header.n));
        check_ok(ana_zip_writer_add(writer, values, n * sizeof *values));
        check_ok(ana_zip_writer_end(writer));
        ana_text_release(&header);
    }
    check_ok(ana_zip_writer_begin(writer, "meta.npy", sizeof object - 1, false));
    check_ok(ana_zip_writer_add(writer, object, sizeof object - 1));
    check_ok(ana_zip_writer_end(writer));
    check_ok(ana_zip_writer_begin(writer, "about.txt", 2, false));
    check_ok(ana_zip_writer_add(writer, "hi", 2));
    check_ok(ana_zip_writer_end(writer));
    check_ok(ana_zip_writer_finish(writer));
    check_ok(ana_atomic_commit(&atomic));
    ana_zip_writer_free(writer);
    ana_atomic_discard(&atomic);
}

static void save_h5(const char *path)
{
    const hsize_t shape[] = {3, 4};
    const hsize_t deep[] = {1, 1, 1, 3, 4};
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t group = H5Gcreate2(file, "gap", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const char *names[] = {"other", "gap/layer1", "gap/layer2", "gap/deep"};
    for (size_t i = 0; i < 4; i++) {
        hid_t space = i < 3 ? H5Screate_simple(2, shape, NULL) : H5Screate_simple(5, deep, NULL);
        hid_t data = H5Dcreate2(file, names[i], H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT,
                                H5P_DEFAULT);
        assert_true(H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, counting) >=
                    0);
        H5Dclose(data);
        H5Sclose(space);
    }
    H5Gclose(group);
    H5Fclose(file);
}

/* Three stimuli of an archive each, in the folder "stimuli"; the third names fc and conv alone. */
static const char *make_stimuli(void)
{
    static const char *const names[] = {"stimuli/b.npz", "stimuli/a.npz", "stimuli/c.npz"};
    make_folder("stimuli");
    for (size_t i = 0; i < 3; i++) {
        save_npz(scratch(names[i]), 4, 10.0 * (double)i);
    }
    return scratch("stimuli");
}

/* The names of a listing, by commas. */
static void check_listing(const char *location, const char *names, size_t n_skipped)
{
    char text[512] = "";
    ana_array_listing *listing = NULL;
    check_ok(ana_array_listing_read(location, NULL, &listing));
    for (size_t i = 0; i < listing->n; i++) {
        const ana_listed_array *array = &listing->arrays[i];
        ana_matrix *matrix = NULL;
        strncat(text, i > 0 ? "," : "", sizeof text - strlen(text) - 1);
        strncat(text, array->name, sizeof text - strlen(text) - 1);
        /* Each can be read where it is said to be, in the shape that is said. */
        check_ok(ana_matrix_read(array->location, NULL, &matrix));
        assert_int_equal(matrix->n_axes, array->n_axes);
        for (size_t axis = 0; axis < matrix->n_axes; axis++) {
            assert_int_equal(matrix->axes[axis].n, array->shape[axis]);
        }
        ana_matrix_free(matrix);
    }
    assert_string_equal(text, names);
    assert_int_equal(listing->n_skipped, n_skipped);
    ana_array_listing_free(listing);
}

static void a_file_lists_the_arrays_it_holds(void **state)
{
    (void)state;
    char path[4096];
    char location[5000];
    const size_t shape[] = {3, 4};
    check_ok(ana_npy_save(place(path, "one.npy"), ANA_FLOAT64, 2, shape, counting));
    check_listing(path, "one", 0);
    save_npz(place(path, "two.npz"), 4, 0.0);
    check_listing(path, "fc,layer/conv", 1);
    snprintf(location, sizeof location, "%s:layer/conv", path);
    check_listing(location, "layer/conv", 0);
    assert_true(write_example_tensors(place(path, "three.safetensors")));
    check_listing(path, "layer1,layer2,count", 0);
    save_h5(place(path, "four.h5"));
    check_listing(path, "/gap/layer1,/gap/layer2,/other", 1);
    snprintf(location, sizeof location, "%s:/gap", path);
    check_listing(location, "/gap/layer1,/gap/layer2", 1);
    snprintf(location, sizeof location, "%s:/gap/layer2", path);
    check_listing(location, "/gap/layer2", 0);
    scratch_file("five.csv", "a,b\n1,2\n3,4\n", 12);
    check_listing(scratch("five.csv"), "five", 0);
}

static void a_folder_of_layers_lists_its_files(void **state)
{
    (void)state;
    const size_t shape[] = {3, 4};
    make_folder("layers");
    check_ok(ana_npy_save(scratch("layers/v2.npy"), ANA_FLOAT64, 2, shape, counting));
    check_ok(ana_npy_save(scratch("layers/v1.npy"), ANA_FLOAT64, 2, shape, counting));
    assert_true(write_example_tensors(scratch("layers/net.safetensors")));
    check_listing(scratch("layers"), "v1,v2,net/layer1,net/layer2,net/count", 0);
}

static void a_folder_of_stimuli_is_an_array_with_a_row_for_each(void **state)
{
    (void)state;
    char location[4200];
    ana_matrix *matrix = NULL;
    const char *folder = make_stimuli();
    check_listing(folder, "fc,layer/conv", 1);
    snprintf(location, sizeof location, "%s:layer/conv", folder);
    check_ok(ana_matrix_read(location, NULL, &matrix));
    assert_string_equal(matrix->axes[0].labels[0], "a");
    assert_string_equal(matrix->axes[0].labels[2], "c");
    static const double rows[] = {10, 11, 12, 13, 0, 1, 2, 3, 20, 21, 22, 23};
    check_all_close(12, matrix->values, rows, 0.0, 0.0);
    ana_matrix_free(matrix);
    matrix = NULL;
    save_npz(scratch("stimuli/d.npz"), 6, 0.0);
    check_fails(ana_matrix_read(location, NULL, &matrix), ANA_ERR_SHAPE, "d.npz");
    (void)remove(scratch("stimuli/d.npz"));
}

static void what_holds_none_is_told(void **state)
{
    (void)state;
    char location[4200];
    ana_array_listing *listing = NULL;
    ana_matrix *matrix = NULL;
    make_folder("empty");
    check_fails(ana_array_listing_read(scratch("empty"), NULL, &listing), ANA_ERR_VALUE,
                "no .npz file");
    check_fails(ana_matrix_read(scratch("empty"), NULL, &matrix), ANA_ERR_VALUE, "no .npz file");
    check_fails(ana_array_listing_read(scratch("nowhere"), NULL, &listing), ANA_ERR_IO, "nowhere");
    snprintf(location, sizeof location, "%s:other", make_stimuli());
    check_fails(ana_array_listing_read(location, NULL, &listing), ANA_ERR_VALUE, "fc, layer/conv");
    check_fails(ana_matrix_read(location, NULL, &matrix), ANA_ERR_VALUE, "fc, layer/conv");
    check_fails(ana_matrix_read(scratch("stimuli"), NULL, &matrix), ANA_ERR_VALUE, "name one");
    assert_null(listing);
    assert_null(matrix);
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    char location[4200];
    ana_array_listing *listing = NULL;
    ana_matrix *matrix = NULL;
    const char *folder = make_stimuli();
    ALLOCATION_TEST(ana_array_listing_read, (folder, NULL, &listing),
                    ana_array_listing_free(listing));
    snprintf(location, sizeof location, "%s:fc", folder);
    ALLOCATION_TEST(ana_matrix_read, (location, NULL, &matrix), ana_matrix_free(matrix));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_lists_the_arrays_it_holds),
        cmocka_unit_test(a_folder_of_layers_lists_its_files),
        cmocka_unit_test(a_folder_of_stimuli_is_an_array_with_a_row_for_each),
        cmocka_unit_test(what_holds_none_is_told),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("array listing", tests, NULL, NULL);
}
