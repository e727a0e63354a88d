#include "support/build_mat.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"
#include "support/shared.h"

#include <analysis/formats/struct_arrays.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *write_file(const char *name, void (*put)(mat_builder *b))
{
    mat_builder b = {0};
    mat_put_head(&b);
    put(&b);
    const char *path = scratch_file(name, b.text.bytes, b.text.n);
    ana_text_release(&b.text);
    return path;
}

static void put_one(mat_builder *b)
{
    mat_put_numbers(b, 6, "x", 2, 1, 1, 1, (const int64_t[]){3});
    mat_put_structs(b, "RDMs", "name", true);
}

static void put_two(mat_builder *b)
{
    mat_put_structs(b, "a", "name", true);
    mat_put_structs(b, "b", "label", true);
}

static void put_texts(mat_builder *b)
{
    mat_put_structs(b, "RDMs", "name", false);
}

static const char *at(const char *path, const char *key)
{
    static char location[512];
    snprintf(location, sizeof location, "%s:%s", path, key);
    return location;
}

static void every_element_is_a_matrix_with_its_name(void **state)
{
    (void)state;
    const char *path = write_file("one.mat", put_one);
    const double first[] = {9.0, 8.0, 7.0};
    const double second[] = {0.0, 6.0, 5.0, 0.0}; /* value(i, j) is [i][j] */
    ana_struct_arrays *arrays = NULL;
    check_ok(ana_struct_arrays_read(path, "RDM", NULL, &arrays));
    assert_int_equal(arrays->n, 2);
    assert_string_equal(arrays->names[0], "first");
    assert_string_equal(arrays->names[1], "other");
    check_all_close(3, arrays->matrices[0]->values, first, 0.0, 0.0);
    check_all_close(4, arrays->matrices[1]->values, second, 0.0, 0.0);
    assert_int_equal(arrays->matrices[1]->axes[0].n, 2);
    ana_struct_arrays_free(arrays);
    ALLOCATION_TEST(ana_struct_arrays_read, (path, "RDM", NULL, &arrays),
                    ana_struct_arrays_free(arrays));
}

static void a_variable_is_named_where_several_fit(void **state)
{
    (void)state;
    const char *path = write_file("two.mat", put_two);
    ana_struct_arrays *arrays = NULL;
    check_fails(ana_struct_arrays_read(path, "RDM", NULL, &arrays), ANA_ERR_VALUE, "a, b");
    check_ok(ana_struct_arrays_read(at(path, "b"), "RDM", NULL, &arrays));
    assert_string_equal(arrays->names[0], "first"); /* no "name": all that is text */
    ana_struct_arrays_free(arrays);
}

static void what_holds_no_such_structs_is_left_to_others(void **state)
{
    (void)state;
    const char *path = write_file("one.mat", put_one);
    ana_struct_arrays *arrays = NULL;
    check_ok(ana_struct_arrays_read(path, "colour", NULL, &arrays));
    assert_null(arrays);
    check_ok(ana_struct_arrays_read(at(path, "x"), "RDM", NULL, &arrays));
    assert_null(arrays);
    check_ok(ana_struct_arrays_read(scratch_file("a.csv", "1,2\n", 4), "RDM", NULL, &arrays));
    assert_null(arrays);
    path = write_file("texts.mat", put_texts);
    check_fails(ana_struct_arrays_read(path, "RDM", NULL, &arrays), ANA_ERR_UNSUPPORTED,
                "RDM of element 1");
    check_fails(ana_struct_arrays_read(scratch("nothing.mat"), "RDM", NULL, &arrays), ANA_ERR_IO,
                "nothing.mat");
}

/* Whether the toolbox's own file is there. */
static bool find_toolbox_file(char *path, size_t size)
{
    return shared_path("data/alignment/rdm92/92_brainRDMs.mat", path, size);
}

/* Two subjects of four in two sessions, 92 images; MATLAB's order. */
static void matrices_of_the_toolbox_are_read(void **state)
{
    (void)state;
    char path[4096];
    ana_struct_arrays *arrays = NULL;
    if (!find_toolbox_file(path, sizeof path)) {
        skip(); /* and main says so */
    }
    check_ok(ana_struct_arrays_read(path, "RDM", NULL, &arrays));
    assert_int_equal(arrays->n, 8);
    assert_string_equal(arrays->names[0], "hIT | BE | Session: 1");
    assert_int_equal(arrays->matrices[7]->axes[1].n, 92);
    check_close(arrays->matrices[0]->values[1], 0.82878304, 1e-8, 0.0);
    ana_struct_arrays_free(arrays);
}

int main(void)
{
    char path[4096];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_element_is_a_matrix_with_its_name),
        cmocka_unit_test(a_variable_is_named_where_several_fit),
        cmocka_unit_test(what_holds_no_such_structs_is_left_to_others),
        cmocka_unit_test(matrices_of_the_toolbox_are_read),
    };
    const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    return n_failed == 0 && !find_toolbox_file(path, sizeof path) ? TEST_SKIPPED : n_failed;
}
