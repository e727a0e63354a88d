#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/array_writer.h>

#include <unistd.h>

static const double numbers[] = {1.5, -2.0, 3.25, 4.0, 5.0, 6.0};

/* The whole of a 2 x 3 array in two parts. */
static ana_status write_all(const char *path)
{
    const size_t shape[] = {2, 3};
    ana_array_writer *writer = NULL;
    ana_status status = ana_array_writer_open(path, 2, shape, &writer);
    if (status == ANA_OK) {
        status = ana_array_writer_append(writer, 4, numbers);
    }
    if (status == ANA_OK) {
        status = ana_array_writer_append(writer, 2, numbers + 4);
    }
    if (status == ANA_OK) {
        status = ana_array_writer_commit(writer);
    }
    ana_array_writer_close(writer);
    return status;
}

static void what_is_written_in_parts_is_read_whole(void **state)
{
    (void)state;
    ana_matrix *matrix = NULL;
    check_ok(write_all(scratch("parts.npy")));
    check_ok(ana_matrix_read(scratch("parts.npy"), NULL, &matrix));
    assert_int_equal(matrix->n_axes, 2);
    assert_int_equal(matrix->axes[0].n, 2);
    check_all_close(6, matrix->values, numbers, 0.0, 0.0);
    ana_matrix_free(matrix);
}

static void nothing_is_there_before_all_is(void **state)
{
    (void)state;
    const size_t shape[] = {2, 3};
    const size_t endless[] = {(size_t)-1, 3};
    const char *path = scratch("half.npy");
    ana_array_writer *writer = NULL;
    check_ok(ana_array_writer_open(path, 2, shape, &writer));
    check_ok(ana_array_writer_append(writer, 4, numbers));
    check_fails(ana_array_writer_append(writer, 3, numbers), ANA_ERR_SHAPE,
                "3 values after 4 of 6");
    check_fails(ana_array_writer_commit(writer), ANA_ERR_SHAPE, "only 4 of 6");
    ana_array_writer_close(writer);
    assert_int_equal(access(path, F_OK), -1);
    check_fails(ana_array_writer_open(path, 2, endless, &writer), ANA_ERR_SHAPE, "more elements");
    check_fails(ana_array_writer_open("/nowhere/at/all.npy", 2, shape, &writer), ANA_ERR_IO,
                "nowhere");
    ana_array_writer_close(NULL);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    const size_t shape[] = {2, 3};
    const char *path = scratch("fail.npy");
    ana_array_writer *writer = NULL;
    ALLOCATION_TEST(ana_array_writer_open, (path, 2, shape, &writer),
                    ana_array_writer_close(writer));
    check_ok(ana_array_writer_open(path, 2, shape, &writer));
    NO_ALLOCATION_TEST(ana_array_writer_append, (writer, 6, numbers));
    NO_ALLOCATION_TEST(ana_array_writer_commit, (writer));
    ana_array_writer_close(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_in_parts_is_read_whole),
        cmocka_unit_test(nothing_is_there_before_all_is),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
