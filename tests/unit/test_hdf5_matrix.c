#include "hdf5_matrix.h"
#include "hdf5_write.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <stdlib.h>

static const int16_t values[6] = {3, -1, 4, 1, -5, 9};

static ana_hdf5 *create(const char *name)
{
    ana_hdf5 *file = NULL;
    check_ok(ana_hdf5_create(scratch(name), &file));
    return file;
}

static ana_hdf5_array two_by_three(void)
{
    return (ana_hdf5_array){.type = ANA_INT16, .n_axes = 2, .n = {2, 3}, .values = values};
}

static void the_only_array_needs_no_name(void **state)
{
    (void)state;
    ana_matrix *matrix = NULL;
    ana_hdf5_array array = two_by_three();
    ana_hdf5 *file = create("one.h5");
    check_ok(ana_hdf5_make_group(file, "/g"));
    check_ok(ana_hdf5_write(file, "/g/x", &array));
    check_ok(ana_hdf5_write_text(file, "/note", "text is no array"));
    check_ok(ana_hdf5_finish(file));
    static const char *const names[] = {NULL, "/g/x", "g/x"};
    for (size_t i = 0; i < 3; i++) {
        check_ok(ana_hdf5_read_matrix(scratch("one.h5"), names[i], NULL, &matrix));
        assert_int_equal(matrix->n_axes, 2);
        assert_int_equal(matrix->axes[1].n, 3);
        assert_string_equal(matrix->axes[1].name, "axis1");
        for (size_t k = 0; k < 6; k++) {
            check_close(matrix->values[k], values[k], 0.0, 0.0);
        }
        ana_matrix_free(matrix);
    }
}

static void several_arrays_are_listed(void **state)
{
    (void)state;
    ana_matrix *matrix = NULL;
    ana_hdf5_array array = two_by_three();
    ana_hdf5 *file = create("two.h5");
    check_ok(ana_hdf5_write(file, "/b", &array));
    check_ok(ana_hdf5_write(file, "/a", &array));
    check_ok(ana_hdf5_write_text(file, "/t", "text"));
    check_ok(ana_hdf5_finish(file));
    check_fails(ana_hdf5_read_matrix(scratch("two.h5"), NULL, NULL, &matrix), ANA_ERR_VALUE,
                "/b (2 x 3), /a (2 x 3)");
    check_fails(ana_hdf5_read_matrix(scratch("two.h5"), "/c", NULL, &matrix), ANA_ERR_VALUE, "/c");
    check_fails(ana_hdf5_read_matrix(scratch("two.h5"), "/t", NULL, &matrix), ANA_ERR_UNSUPPORTED,
                "text");
    ana_run run = ana_run_default();
    run.max_memory = 40;
    check_fails(ana_hdf5_read_matrix(scratch("two.h5"), "/a", &run, &matrix), ANA_ERR_LIMIT, "/a");
    assert_null(matrix);
}

static void matlab_keeps_its_order_of_indices(void **state)
{
    (void)state;
    ana_matrix *matrix = NULL;
    ana_hdf5_array array = two_by_three();
    const uint64_t empty[2] = {0, 3};
    const uint8_t yes = 1;
    ana_hdf5_array sizes = ana_hdf5_vector(ANA_UINT64, 2, empty);
    ana_hdf5_array flag = ana_hdf5_scalar(ANA_UINT8, &yes);
    ana_hdf5 *file = create("matlab.mat");
    check_ok(ana_hdf5_write(file, "/x", &array)); /* MATLAB: 3 x 2 */
    check_ok(ana_hdf5_set_text(file, "/x", "MATLAB_class", "int16"));
    check_ok(ana_hdf5_write(file, "/c", &array));
    check_ok(ana_hdf5_set_text(file, "/c", "MATLAB_class", "char"));
    check_ok(ana_hdf5_write(file, "/e", &sizes));
    check_ok(ana_hdf5_set_text(file, "/e", "MATLAB_class", "double"));
    check_ok(ana_hdf5_set(file, "/e", "MATLAB_empty", &flag));
    check_ok(ana_hdf5_finish(file));
    check_ok(ana_hdf5_read_matrix(scratch("matlab.mat"), "x", NULL, &matrix));
    assert_int_equal(matrix->axes[0].n, 3);
    assert_int_equal(matrix->axes[1].n, 2);
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 2; j++) {
            check_close(matrix->values[i * 2 + j], values[j * 3 + i], 0.0, 0.0);
        }
    }
    ana_matrix_free(matrix);
    check_ok(ana_hdf5_read_matrix(scratch("matlab.mat"), "e", NULL, &matrix));
    assert_int_equal(matrix->axes[0].n, 0);
    assert_int_equal(matrix->axes[1].n, 3);
    ana_matrix_free(matrix);
    check_fails(ana_hdf5_read_matrix(scratch("matlab.mat"), "c", NULL, &matrix),
                ANA_ERR_UNSUPPORTED, "text");
}

static void a_group_within_itself_ends_the_walk(void **state)
{
    (void)state;
    ana_matrix *matrix = NULL;
    ana_hdf5_array array = two_by_three();
    ana_hdf5 *file = create("loop.h5");
    check_ok(ana_hdf5_make_group(file, "/g"));
    check_ok(ana_hdf5_make_soft_link(file, "/g/self", "/g"));
    check_ok(ana_hdf5_make_soft_link(file, "/nowhere", "/no"));
    check_ok(ana_hdf5_write(file, "/g/x", &array));
    check_ok(ana_hdf5_make_soft_link(file, "/again", "/g/x"));
    check_ok(ana_hdf5_finish(file));
    check_ok(ana_hdf5_read_matrix(scratch("loop.h5"), NULL, NULL, &matrix));
    ana_matrix_free(matrix);
}

static void each_failing_allocation_is_reported(void **state)
{
    (void)state;
    ana_matrix *matrix = NULL;
    ana_hdf5_array array = two_by_three();
    ana_hdf5 *file = create("fail.h5");
    check_ok(ana_hdf5_make_group(file, "/g"));
    check_ok(ana_hdf5_write(file, "/g/x", &array));
    check_ok(ana_hdf5_finish(file));
    const char *path = scratch("fail.h5");
    ALLOCATION_TEST(ana_hdf5_read_matrix, (path, NULL, NULL, &matrix), ana_matrix_free(matrix));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_only_array_needs_no_name),
        cmocka_unit_test(several_arrays_are_listed),
        cmocka_unit_test(matlab_keeps_its_order_of_indices),
        cmocka_unit_test(a_group_within_itself_ends_the_walk),
        cmocka_unit_test(each_failing_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
