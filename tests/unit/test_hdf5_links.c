/* Links of HDF5 files: in their order, soft ones followed, those out of the file only where
 * allowed.
 */
#include "hdf5_write.h"
#include "support/check.h"

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const path = "test_hdf5_links.h5";

static int remove_files(void **state)
{
    (void)state;
    unlink(path);
    unlink("test_hdf5_linked.h5");
    return 0;
}

static void links_are_listed_in_the_order_they_were_made(void **state)
{
    (void)state;
    static const char *const names[] = {"/g/z", "/g/a", "/g/m"};
    ana_hdf5 *file = NULL;
    ana_hdf5_links links;
    check_ok(ana_hdf5_create(path, &file));
    check_ok(ana_hdf5_make_group(file, "/g"));
    for (size_t i = 0; i < 3; i++) {
        check_ok(ana_hdf5_make_group(file, names[i]));
    }
    check_ok(ana_hdf5_make_soft_link(file, "/g/b", "/g/m"));
    check_ok(ana_hdf5_finish(file));
    check_ok(ana_hdf5_open(path, NULL, &file));
    check_ok(ana_hdf5_list(file, "/g", &links));
    assert_int_equal(links.n, 4);
    assert_string_equal(links.items[0].name, "z");
    assert_string_equal(links.items[2].name, "m");
    assert_string_equal(links.items[3].name, "b");
    assert_int_equal(links.items[3].type, ANA_HDF5_SOFT);
    assert_string_equal(links.items[3].target, "/g/m");
    ana_hdf5_links_release(&links);
    check_fails(ana_hdf5_list(file, "/no", &links), ANA_ERR_FORMAT, "/no");
    ana_hdf5_close(file);
}

static ana_hdf5_kind look(ana_hdf5 *file, const char *at)
{
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    check_ok(ana_hdf5_look(file, at, &kind));
    return kind;
}

static void soft_links_are_followed_and_circles_end(void **state)
{
    (void)state;
    const double one = 1.0;
    ana_hdf5 *file = NULL;
    ana_hdf5_kind kind;
    ana_hdf5_token tokens[2];
    ana_hdf5_array array = ana_hdf5_scalar(ANA_FLOAT64, &one);
    check_ok(ana_hdf5_create(path, &file));
    check_ok(ana_hdf5_make_group(file, "/a"));
    check_ok(ana_hdf5_make_group(file, "/a/b"));
    check_ok(ana_hdf5_write(file, "/a/b/x", &array));
    check_ok(ana_hdf5_make_soft_link(file, "/to_a", "/a"));
    check_ok(ana_hdf5_make_soft_link(file, "/a/relative", "b/x"));
    check_ok(ana_hdf5_make_soft_link(file, "/a/dots", "./b"));
    check_ok(ana_hdf5_make_soft_link(file, "/nowhere", "/a/none"));
    check_ok(ana_hdf5_make_soft_link(file, "/c1", "/c2"));
    check_ok(ana_hdf5_make_soft_link(file, "/c2", "/c1/x"));
    check_ok(ana_hdf5_finish(file));
    check_ok(ana_hdf5_open(path, NULL, &file));
    assert_int_equal(look(file, "/"), ANA_HDF5_GROUP);
    assert_int_equal(look(file, "/a/b"), ANA_HDF5_GROUP);
    assert_int_equal(look(file, "/a/b/x"), ANA_HDF5_DATASET);
    assert_int_equal(look(file, "/a/none"), ANA_HDF5_NOTHING);
    assert_int_equal(look(file, "/none/x"), ANA_HDF5_NOTHING);
    assert_int_equal(look(file, "/to_a/relative"), ANA_HDF5_DATASET);
    assert_int_equal(look(file, "/to_a/dots/x"), ANA_HDF5_DATASET);
    check_ok(ana_hdf5_get_token(file, "/to_a/relative", &tokens[0]));
    check_ok(ana_hdf5_get_token(file, "/a/b/x", &tokens[1]));
    assert_memory_equal(&tokens[0], &tokens[1], sizeof tokens[0]);
    check_fails(ana_hdf5_look(file, "/nowhere", &kind), ANA_ERR_FORMAT, "leads to nothing");
    check_fails(ana_hdf5_look(file, "/c1", &kind), ANA_ERR_FORMAT, "circle");
    check_ok(ana_hdf5_look(file, "/a/b", &kind)); /* an error leaves the file usable */
    assert_int_equal(kind, ANA_HDF5_GROUP);
    ana_hdf5_close(file);
}

static void external_links_stay_in_the_folder_unless_allowed(void **state)
{
    (void)state;
    const double two = 2.0;
    double *values = NULL;
    size_t n = 0;
    ana_hdf5 *file = NULL;
    ana_hdf5_kind kind;
    ana_read_options options = ana_read_options_default();
    ana_hdf5_array array = ana_hdf5_vector(ANA_FLOAT64, 1, &two);
    check_ok(ana_hdf5_create("test_hdf5_linked.h5", &file));
    check_ok(ana_hdf5_make_group(file, "/g"));
    check_ok(ana_hdf5_write(file, "/g/x", &array));
    check_ok(ana_hdf5_finish(file));
    char absolute[512];
    assert_non_null(getcwd(absolute, sizeof absolute - 32));
    strcat(absolute, "/test_hdf5_linked.h5");
    hid_t raw = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("test_hdf5_linked.h5", "/g", raw, "near", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external(absolute, "/g/x", raw, "absolute", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("../test_hdf5_linked.h5", "/g/x", raw, "up", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("missing.h5", "/g/x", raw, "missing", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("/etc/passwd", "/g/x", raw, "passwd", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(raw);
    for (int allowed = 0; allowed < 2; allowed++) {
        options.allow_outside = allowed == 1;
        check_ok(ana_hdf5_open(path, &options, &file));
        check_ok(ana_hdf5_read_doubles(file, "/near/x", NULL, &values, &n));
        check_close(values[0], 2.0, 0.0, 0.0);
        free(values);
        assert_int_equal(look(file, "/near/none"), ANA_HDF5_NOTHING);
        if (allowed) {
            check_ok(ana_hdf5_read_doubles(file, "/absolute", NULL, &values, &n));
            free(values);
            check_fails(ana_hdf5_look(file, "/passwd", &kind), ANA_ERR_FORMAT, "signature");
        } else {
            check_fails(ana_hdf5_look(file, "/absolute", &kind), ANA_ERR_FORMAT, "leaves");
            check_fails(ana_hdf5_look(file, "/up", &kind), ANA_ERR_FORMAT, "leaves");
            check_fails(ana_hdf5_look(file, "/passwd", &kind), ANA_ERR_FORMAT, "leaves");
        }
        check_fails(ana_hdf5_look(file, "/missing", &kind), ANA_ERR_IO, "missing.h5");
        ana_hdf5_close(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(links_are_listed_in_the_order_they_were_made, remove_files),
        cmocka_unit_test_teardown(soft_links_are_followed_and_circles_end, remove_files),
        cmocka_unit_test_teardown(external_links_stay_in_the_folder_unless_allowed, remove_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
