/* Tensors: elements of every type, headers that lie, and what becomes of them. */
#include "safetensors.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"
#include "support/tensors.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/array_rows.h>
#include <analysis/formats/reader.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *example(void)
{
    const char *path = scratch("example.safetensors");
    assert_true(write_example_tensors(path));
    return path;
}

/* One tensor of a single axis, alone in its file. */
static ana_matrix *tensor_of(const char *dtype, size_t n, const void *elements, size_t size)
{
    char header[256];
    ana_matrix *matrix = NULL;
    const char *path = scratch("one.safetensors");
    snprintf(header, sizeof header,
             "{\"x\":{\"dtype\":\"%s\",\"shape\":[%zu],\"data_offsets\":[0,%zu]}}", dtype, n,
             n * size);
    assert_true(write_tensors(path, header, elements, n * size));
    check_ok(ana_matrix_read(path, NULL, &matrix));
    assert_int_equal(matrix->n_axes, 1);
    assert_int_equal(matrix->axes[0].n, n);
    return matrix;
}

static void check_tensor(const char *dtype, size_t n, const void *elements, size_t size,
                         const double *wanted)
{
    ana_matrix *matrix = tensor_of(dtype, n, elements, size);
    check_all_close(n, matrix->values, wanted, 0.0, 0.0);
    ana_matrix_free(matrix);
}

static void every_type_is_read_exactly(void **state)
{
    (void)state;
    /* binary16: sign, 5 bits from 15, 10 bits; bfloat16: the upper half of a float. */
    check_tensor("F16", 6, (const uint16_t[]){0x3c00, 0xc000, 0x3555, 0x7c00, 0x0001, 0x7bff}, 2,
                 (const double[]){1.0, -2.0, 1365.0 / 4096.0, (double)INFINITY, 0x1p-24, 65504.0});
    check_tensor("BF16", 5, (const uint16_t[]){0x3f80, 0xc040, 0x3eab, 0xff80, 0x0001}, 2,
                 (const double[]){1.0, -3.0, 171.0 / 512.0, -(double)INFINITY, 0x1p-133});
    check_tensor("F32", 2, (const float[]){0.1F, -INFINITY}, 4,
                 (const double[]){(double)0.1F, -(double)INFINITY});
    check_tensor("F64", 2, (const double[]){0.1, 1e300}, 8, (const double[]){0.1, 1e300});
    check_tensor("I8", 2, (const int8_t[]){-128, 7}, 1, (const double[]){-128.0, 7.0});
    check_tensor("U8", 2, (const uint8_t[]){255, 7}, 1, (const double[]){255.0, 7.0});
    check_tensor("BOOL", 2, (const uint8_t[]){1, 0}, 1, (const double[]){1.0, 0.0});
    check_tensor("I16", 1, (const int16_t[]){-300}, 2, (const double[]){-300.0});
    check_tensor("U16", 1, (const uint16_t[]){65535}, 2, (const double[]){65535.0});
    check_tensor("I32", 1, (const int32_t[]){-70000}, 4, (const double[]){-70000.0});
    check_tensor("U32", 1, (const uint32_t[]){4000000000U}, 4, (const double[]){4e9});
    check_tensor("I64", 1, (const int64_t[]){-((int64_t)1 << 40)}, 8, (const double[]){-0x1p40});
    check_tensor("U64", 1, (const uint64_t[]){(uint64_t)1 << 63}, 8, (const double[]){0x1p63});
}

static void a_file_of_several_is_read_by_name_whole_or_by_rows(void **state)
{
    (void)state;
    char location[4096];
    ana_matrix *matrix = NULL;
    ana_array_rows *rows = NULL;
    double part[8];
    snprintf(location, sizeof location, "%s:layer2", example());
    check_ok(ana_matrix_read(location, NULL, &matrix));
    assert_int_equal(matrix->n_axes, 3);
    check_close(matrix->values[5], 0.0, 0.0, 0.0); /* (25 mod 17 - 8) / 4 */
    check_close(matrix->values[7], 1.75, 0.0, 0.0);
    check_ok(ana_array_rows_open(location, &rows));
    assert_int_equal(ana_array_rows_length(rows, 2), 2);
    check_ok(ana_array_rows_read(rows, 3, 4, part));
    check_all_close(8, part, matrix->values + 6, 0.0, 0.0);
    ana_array_rows_close(rows);
    ana_matrix_free(matrix);
    check_fails(ana_matrix_read(example(), NULL, &matrix), ANA_ERR_VALUE, "holds 3 tensors");
    snprintf(location, sizeof location, "%s:layer9", example());
    check_fails(ana_matrix_read(location, NULL, &matrix), ANA_ERR_VALUE, "layer1, layer2, count");
}

static void a_file_is_a_recording_with_facts(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    ana_read_options options = ana_read_options_default();
    check_ok(ana_recording_read(example(), &options, &recording));
    assert_string_equal(recording->format, "safetensors");
    assert_int_equal(recording->n_series, 3);
    assert_string_equal(ana_recording_find_fact(recording, "format"), "pt");
    const ana_series *series = ana_recording_find_series(recording, "layer1");
    assert_int_equal(series->n_channels, 4);
    assert_int_equal(series->n_times, 6);
    ana_recording_free(recording);
}

static void headers_that_lie_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t n;
        const char *piece;
    } lies[] = {
        {"[1]", 0, "begins like none"},
        {"{\"x\":1}", 0, "should have a dtype"},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]}}", 8, "should have"},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8, "should have"},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,9]}}", 8, "should have"},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, "lies at 8 to 0"},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,9]}}", 8, "of 8 bytes"},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, "asks for 12"},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}}", 8,
         "asks for more than"},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 10, "2 bytes follow"},
        {"{\"x\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
         "\"y\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[2,6]}}",
         6, "the one before it ends"},
        {"{\"x\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
         "\"y\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[4,6]}}",
         6, "the one before it ends"},
        {"{\"x\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
         "\"x\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}",
         4, "x"},
        {"{\"x\":", 0, "line 1"},
        {"{\"x\":{\"dtype\":\"Q7\",\"shape\":[2],\"data_offsets\":[0,2]}}", 2, "does not know"},
        {"{\"x\":{\"dtype\":\"F8_E4M3\",\"shape\":[2],\"data_offsets\":[0,2]}}", 2, "F8_E4M3"},
    };
    const char *path = scratch("lie.safetensors");
    const unsigned char elements[16] = {0};
    ana_matrix *matrix = NULL;
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        assert_true(write_tensors(path, lies[i].header, elements, lies[i].n));
        const ana_status status = ana_matrix_read(path, NULL, &matrix);
        if (status == ANA_OK || strstr(ana_last_error(), lies[i].piece) == NULL) {
            fail_msg("%s: %s", lies[i].header, status == ANA_OK ? "read" : ana_last_error());
        }
        assert_null(matrix);
    }
}

static void a_header_longer_than_the_file_is_no_header(void **state)
{
    (void)state;
    unsigned char bytes[32] = {0xff, 0xff, 0, 0, 0, 0, 0, 0, '{', '}'};
    ana_file *file = NULL;
    ana_safetensors tensors = {0};
    check_ok(ana_file_from_memory("memory", bytes, sizeof bytes, &file));
    assert_false(ana_begins_as_safetensors(bytes, sizeof bytes, sizeof bytes));
    check_fails(ana_safetensors_open(file, &tensors), ANA_ERR_FORMAT, "24 are left");
    ana_file_close(file);
    check_ok(ana_file_from_memory("memory", bytes, 5, &file));
    check_fails(ana_safetensors_open(file, &tensors), ANA_ERR_FORMAT, "ends at byte 5");
    ana_file_close(file);
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    char location[4096];
    ana_matrix *matrix = NULL;
    ana_recording *recording = NULL;
    ana_array_rows *rows = NULL;
    snprintf(location, sizeof location, "%s:layer2", example());
    ALLOCATION_TEST(ana_matrix_read, (location, NULL, &matrix), ana_matrix_free(matrix));
    ALLOCATION_TEST(ana_array_rows_open, (location, &rows), ana_array_rows_close(rows));
    const char *path = example();
    TOLERANT_ALLOCATION_TEST(ana_recording_read, (path, NULL, &recording),
                             ana_recording_free(recording));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_read_exactly),
        cmocka_unit_test(a_file_of_several_is_read_by_name_whole_or_by_rows),
        cmocka_unit_test(a_file_is_a_recording_with_facts),
        cmocka_unit_test(headers_that_lie_are_refused),
        cmocka_unit_test(a_header_longer_than_the_file_is_no_header),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("safetensors", tests, NULL, NULL);
}
