#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/matrix.h>

#include <string.h>

static const char *const names[] = {"trial", "channel", "time"};
static const size_t lengths[] = {2, 3, 5};

static void a_new_matrix_has_named_axes_and_zeros(void **state)
{
    (void)state;
    ana_matrix *matrix = NULL;
    check_ok(ana_matrix_new(3, names, lengths, &matrix));
    assert_int_equal(matrix->n_axes, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(matrix->axes[i].name, names[i]);
        assert_int_equal(matrix->axes[i].n, lengths[i]);
        assert_null(matrix->axes[i].unit);
        assert_null(matrix->axes[i].coordinates);
        assert_null(matrix->axes[i].labels);
    }
    assert_int_equal(ana_matrix_size(matrix), 30);
    for (size_t i = 0; i < 30; i++) {
        assert_true(matrix->values[i] == 0.0);
    }
    ana_matrix_free(matrix);
    ana_matrix_free(NULL);
}

static void a_matrix_without_axes_holds_one_value(void **state)
{
    (void)state;
    ana_matrix *matrix = NULL;
    check_ok(ana_matrix_new(0, NULL, NULL, &matrix));
    assert_int_equal(ana_matrix_size(matrix), 1);
    assert_true(matrix->values[0] == 0.0);
    ana_matrix_free(matrix);
}

static void four_axes_are_the_most(void **state)
{
    (void)state;
    static const char *const four_names[] = {"trial", "channel", "frequency", "time"};
    static const size_t four[] = {2, 3, 4, 5};
    ana_matrix *matrix = NULL;
    check_ok(ana_matrix_new(ANA_MAX_AXES, four_names, four, &matrix));
    assert_int_equal(ana_matrix_size(matrix), 120);
    assert_string_equal(matrix->axes[3].name, "time");
    ana_matrix_free(matrix);
}

static void an_axis_of_length_0_is_allowed(void **state)
{
    (void)state;
    const size_t empty[] = {4, 0};
    ana_matrix *matrix = NULL;
    check_ok(ana_matrix_new(2, names, empty, &matrix));
    assert_int_equal(ana_matrix_size(matrix), 0);
    assert_non_null(matrix->values);
    check_ok(ana_matrix_set_coordinates(matrix, 1, NULL, "s"));
    check_ok(ana_matrix_set_labels(matrix, 1, NULL));
    ana_matrix_free(matrix);
}

static void coordinates_and_labels_are_copies_that_can_be_replaced(void **state)
{
    (void)state;
    double times[] = {-0.2, -0.1, 0.0, 0.1, 0.25};
    char word[] = "Fz";
    const char *labels[] = {word, "Cz", "Pz"};
    ana_matrix *matrix = NULL;
    check_ok(ana_matrix_new(3, names, lengths, &matrix));
    check_ok(ana_matrix_set_coordinates(matrix, 2, times, "s"));
    check_ok(ana_matrix_set_labels(matrix, 1, labels));
    times[0] = 99.0;
    word[0] = 'X';
    assert_true(matrix->axes[2].coordinates[0] == -0.2);
    assert_true(matrix->axes[2].coordinates[4] == 0.25);
    assert_string_equal(matrix->axes[2].unit, "s");
    assert_string_equal(matrix->axes[1].labels[0], "Fz");
    check_ok(ana_matrix_set_coordinates(matrix, 2, times, NULL));
    check_ok(ana_matrix_set_labels(matrix, 1, labels));
    assert_true(matrix->axes[2].coordinates[0] == 99.0);
    assert_null(matrix->axes[2].unit);
    assert_string_equal(matrix->axes[1].labels[0], "Xz");
    ana_matrix_free(matrix);
}

static void sizes_that_cannot_be_are_refused(void **state)
{
    (void)state;
    const size_t huge[] = {SIZE_MAX / 2, 3};
    const size_t five[] = {1, 1, 1, 1, 1};
    const char *const five_names[] = {"a", "b", "c", "d", "e"};
    ana_matrix *matrix = NULL;
    check_fails(ana_matrix_new(2, names, huge, &matrix), ANA_ERR_SHAPE, "axis \"channel\"");
    check_fails(ana_matrix_new(5, five_names, five, &matrix), ANA_ERR_SHAPE, "at most 4");
    const size_t large[] = {SIZE_MAX / 8, 1};
    check_fails(ana_matrix_new(2, names, large, &matrix), ANA_ERR_MEMORY, "matrix");
    assert_null(matrix);
    check_ok(ana_matrix_new(3, names, lengths, &matrix));
    check_fails(ana_matrix_set_coordinates(matrix, 3, NULL, NULL), ANA_ERR_SHAPE, "axis 3");
    check_fails(ana_matrix_set_labels(matrix, 7, NULL), ANA_ERR_SHAPE, "axis 7");
    ana_matrix_free(matrix);
}

static void without_memory_nothing_is_left_behind(void **state)
{
    (void)state;
    const double times[] = {1.0, 2.0, 3.0, 4.0, 5.0};
    const char *const labels[] = {"Fz", "Cz", "Pz"};
    ana_matrix *matrix = NULL;
    ALLOCATION_TEST(ana_matrix_new, (3, names, lengths, &matrix), ana_matrix_free(matrix));
    check_ok(ana_matrix_new(3, names, lengths, &matrix));
    ALLOCATION_TEST(ana_matrix_set_coordinates, (matrix, 2, times, "s"), (void)0);
    ALLOCATION_TEST(ana_matrix_set_labels, (matrix, 1, labels), (void)0);
    assert_string_equal(matrix->axes[1].labels[2], "Pz");
    ana_matrix_free(matrix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_matrix_has_named_axes_and_zeros),
        cmocka_unit_test(a_matrix_without_axes_holds_one_value),
        cmocka_unit_test(four_axes_are_the_most),
        cmocka_unit_test(an_axis_of_length_0_is_allowed),
        cmocka_unit_test(coordinates_and_labels_are_copies_that_can_be_replaced),
        cmocka_unit_test(sizes_that_cannot_be_are_refused),
        cmocka_unit_test(without_memory_nothing_is_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
