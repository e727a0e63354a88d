#include "hdf5_lzf.h"
#include "hdf5_write.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const path = "test_hdf5_file.h5";

static int remove_files(void **state)
{
    (void)state;
    unlink(path);
    unlink("test_hdf5_other.h5");
    return 0;
}

static void every_number_type_reads_back_as_doubles_and_integers(void **state)
{
    (void)state;
    const int8_t i8[3] = {-128, 0, 127};
    const uint8_t u8[3] = {0, 7, 255};
    const int16_t i16[3] = {-32768, 5, 32767};
    const uint16_t u16[3] = {0, 9, 65535};
    const int32_t i32[3] = {INT32_MIN, 11, INT32_MAX};
    const uint32_t u32[3] = {0, 13, UINT32_MAX};
    const int64_t i64[3] = {INT64_MIN, 17, INT64_MAX};
    const uint64_t u64[3] = {0, 19, INT64_MAX};
    const float f32[3] = {-1.5f, 3.25f, 1e30f};
    const double f64[3] = {-0.1, 1e-310, 1e300};
    const struct {
        const char *name;
        ana_sample_type type;
        const void *values;
        double doubles[3];
        int64_t ints[3];
    } cases[] = {
        {"/i8", ANA_INT8, i8, {-128, 0, 127}, {-128, 0, 127}},
        {"/u8", ANA_UINT8, u8, {0, 7, 255}, {0, 7, 255}},
        {"/i16", ANA_INT16, i16, {-32768, 5, 32767}, {-32768, 5, 32767}},
        {"/u16", ANA_UINT16, u16, {0, 9, 65535}, {0, 9, 65535}},
        {"/i32", ANA_INT32, i32, {INT32_MIN, 11, INT32_MAX}, {INT32_MIN, 11, INT32_MAX}},
        {"/u32", ANA_UINT32, u32, {0, 13, UINT32_MAX}, {0, 13, UINT32_MAX}},
        {"/i64", ANA_INT64, i64, {-0x1p63, 17, 0x1p63}, {INT64_MIN, 17, INT64_MAX}},
        {"/u64", ANA_UINT64, u64, {0, 19, 0x1p63}, {0, 19, INT64_MAX}},
        {"/f32", ANA_FLOAT32, f32, {-1.5, 3.25, (double)1e30f}, {0}},
        {"/f64", ANA_FLOAT64, f64, {-0.1, 1e-310, 1e300}, {0}},
    };
    const size_t n_cases = sizeof cases / sizeof *cases;
    ana_hdf5 *file = NULL;
    check_ok(ana_hdf5_create(path, &file));
    for (size_t i = 0; i < n_cases; i++) {
        ana_hdf5_array array = ana_hdf5_vector(cases[i].type, 3, cases[i].values);
        array.deflate = i % 2 == 0 ? 0 : 4;
        check_ok(ana_hdf5_write(file, cases[i].name, &array));
    }
    check_ok(ana_hdf5_finish(file));
    check_ok(ana_hdf5_open(path, NULL, &file));
    for (size_t i = 0; i < n_cases; i++) {
        double *doubles = NULL;
        int64_t *ints = NULL;
        size_t n = 0;
        ana_hdf5_info info;
        check_ok(ana_hdf5_describe(file, cases[i].name, &info));
        assert_int_equal(info.sample, cases[i].type);
        assert_int_equal(info.n_elements, 3);
        check_ok(ana_hdf5_read_doubles(file, cases[i].name, NULL, &doubles, &n));
        assert_int_equal(n, 3);
        assert_memory_equal(doubles, cases[i].doubles, sizeof cases[i].doubles);
        free(doubles);
        if (info.type_class == ANA_HDF5_INTEGER) {
            check_ok(ana_hdf5_read_ints(file, cases[i].name, NULL, &ints, &n));
            assert_memory_equal(ints, cases[i].ints, sizeof cases[i].ints);
            free(ints);
        } else {
            check_fails(ana_hdf5_read_ints(file, cases[i].name, NULL, &ints, &n), ANA_ERR_FORMAT,
                        "integers");
        }
    }
    ana_hdf5_close(file);
}

static void integers_beyond_64_signed_bits_are_refused_not_clipped(void **state)
{
    (void)state;
    const uint64_t large = (uint64_t)INT64_MAX + 1;
    int64_t *ints = NULL;
    size_t n = 0;
    ana_hdf5 *file = NULL;
    ana_hdf5_array array = ana_hdf5_vector(ANA_UINT64, 1, &large);
    check_ok(ana_hdf5_create(path, &file));
    check_ok(ana_hdf5_write(file, "/u", &array));
    check_ok(ana_hdf5_finish(file));
    check_ok(ana_hdf5_open(path, NULL, &file));
    check_fails(ana_hdf5_read_ints(file, "/u", NULL, &ints, &n), ANA_ERR_UNSUPPORTED, "64");
    assert_null(ints);
    ana_hdf5_close(file);
}

static void texts_references_and_compounds_read_back(void **state)
{
    (void)state;
    const char *const texts[3] = {"µV", "", NULL};
    const char *const targets[2] = {"/g", "/texts"};
    const uint32_t x[2] = {3, 4};
    const float weight[2] = {0.5f, 0.25f};
    const ana_hdf5_field fields[3] = {{"x", ANA_UINT32, x, NULL},
                                      {"weight", ANA_FLOAT32, weight, NULL},
                                      {"target", ANA_UINT8, NULL, targets}};
    ana_hdf5 *file = NULL;
    ana_hdf5_token tokens[2];
    ana_hdf5_texts read;
    ana_hdf5_info info;
    uint64_t *references = NULL;
    double *doubles = NULL;
    char *text = NULL;
    size_t n = 0;
    check_ok(ana_hdf5_create(path, &file));
    check_ok(ana_hdf5_make_group(file, "/g"));
    check_ok(ana_hdf5_write_texts(file, "/texts", 3, texts));
    check_ok(ana_hdf5_write_text(file, "/g/text", "one"));
    check_ok(ana_hdf5_write_references(file, "/references", 2, targets));
    check_ok(ana_hdf5_write_compound(file, "/compound", 2, 3, fields));
    check_ok(ana_hdf5_finish(file));

    check_ok(ana_hdf5_open(path, NULL, &file));
    check_ok(ana_hdf5_get_token(file, "/g", &tokens[0]));
    check_ok(ana_hdf5_get_token(file, "/texts", &tokens[1]));
    check_ok(ana_hdf5_read_texts(file, "/texts", &read));
    assert_int_equal(read.n, 3);
    assert_string_equal(read.items[0], "µV");
    assert_string_equal(read.items[1], "");
    assert_string_equal(read.items[2], "");
    ana_hdf5_texts_release(&read);
    check_ok(ana_hdf5_read_text(file, "/g/text", &text));
    assert_string_equal(text, "one");
    free(text);
    check_ok(ana_hdf5_read_text(file, "/g/absent", &text));
    assert_null(text);
    for (int from_compound = 0; from_compound < 2; from_compound++) {
        check_ok(ana_hdf5_read_references(file, from_compound ? "/compound" : "/references",
                                          from_compound ? "target" : NULL, &references, &n));
        assert_int_equal(n, 2);
        assert_int_equal(references[0], tokens[0].address);
        assert_int_equal(references[1], tokens[1].address);
        free(references);
    }
    check_ok(ana_hdf5_read_doubles(file, "/compound", "weight", &doubles, &n));
    check_close(doubles[1], 0.25, 0.0, 0.0);
    free(doubles);
    check_ok(ana_hdf5_read_doubles(file, "/compound", "x", &doubles, &n));
    check_close(doubles[0], 3.0, 0.0, 0.0);
    free(doubles);
    check_ok(ana_hdf5_describe_field(file, "/compound", "x", &info));
    assert_int_equal(info.sample, ANA_UINT32);
    check_ok(ana_hdf5_describe_field(file, "/compound", "y", &info));
    assert_int_equal(info.type_class, ANA_HDF5_OTHER);
    check_fails(ana_hdf5_read_doubles(file, "/compound", "y", &doubles, &n), ANA_ERR_FORMAT,
                "\"y\"");
    check_fails(ana_hdf5_read_doubles(file, "/compound", NULL, &doubles, &n), ANA_ERR_FORMAT,
                "numbers");
    check_fails(ana_hdf5_read_doubles(file, "/g", NULL, &doubles, &n), ANA_ERR_FORMAT,
                "is a group, not a dataset");
    check_fails(ana_hdf5_read_texts(file, "/references", &read), ANA_ERR_FORMAT, "text");
    ana_hdf5_close(file);
}

static void attributes_read_back_and_absent_ones_leave_the_default(void **state)
{
    (void)state;
    const double rate = 1250.5;
    const int32_t numbers[2] = {4, -5};
    const char *const names[2] = {"a", "b"};
    ana_hdf5 *file = NULL;
    ana_hdf5_texts read;
    ana_hdf5_info info;
    bool found = false;
    char *text = NULL;
    double value = -1.0;
    double *values = NULL;
    size_t n = 0;
    uint64_t reference = 0;
    ana_hdf5_token token;
    ana_hdf5_array array = ana_hdf5_scalar(ANA_FLOAT64, &rate);
    check_ok(ana_hdf5_create(path, &file));
    check_ok(ana_hdf5_make_group(file, "/g"));
    check_ok(ana_hdf5_set(file, "/g", "rate", &array));
    array = ana_hdf5_vector(ANA_INT32, 2, numbers);
    check_ok(ana_hdf5_set(file, "/g", "numbers", &array));
    check_ok(ana_hdf5_set_text(file, "/g", "unit", "V"));
    check_ok(ana_hdf5_set_texts(file, "/g", "names", 2, names));
    check_ok(ana_hdf5_set_reference(file, "/", "self", "/g"));
    check_ok(ana_hdf5_finish(file));

    check_ok(ana_hdf5_open(path, NULL, &file));
    check_ok(ana_hdf5_attribute_double(file, "/g", "rate", &value));
    check_close(value, rate, 0.0, 0.0);
    check_ok(ana_hdf5_attribute_double(file, "/g", "absent", &value));
    check_close(value, rate, 0.0, 0.0);
    check_ok(ana_hdf5_attribute_doubles(file, "/g", "numbers", &values, &n));
    assert_int_equal(n, 2);
    check_close(values[1], -5.0, 0.0, 0.0);
    free(values);
    check_ok(ana_hdf5_attribute_doubles(file, "/g", "absent", &values, &n));
    assert_null(values);
    check_ok(ana_hdf5_attribute_text(file, "/g", "unit", &text));
    assert_string_equal(text, "V");
    free(text);
    check_ok(ana_hdf5_attribute_text(file, "/g", "absent", &text));
    assert_null(text);
    check_ok(ana_hdf5_attribute_texts(file, "/g", "names", &read));
    assert_int_equal(read.n, 2);
    assert_string_equal(read.items[1], "b");
    ana_hdf5_texts_release(&read);
    check_ok(ana_hdf5_get_token(file, "/g", &token));
    check_ok(ana_hdf5_attribute_reference(file, "/", "self", &reference));
    assert_int_equal(reference, token.address);
    check_ok(ana_hdf5_attribute_names(file, "/g", &read));
    assert_int_equal(read.n, 4);
    assert_string_equal(read.items[0], "names");
    assert_string_equal(read.items[3], "unit");
    ana_hdf5_texts_release(&read);
    check_ok(ana_hdf5_describe_attribute(file, "/g", "numbers", &found, &info));
    assert_true(found);
    assert_int_equal(info.n[0], 2);
    check_ok(ana_hdf5_describe_attribute(file, "/g", "absent", &found, &info));
    assert_false(found);
    check_fails(ana_hdf5_attribute_double(file, "/g", "unit", &value), ANA_ERR_FORMAT, "number");
    check_fails(ana_hdf5_attribute_text(file, "/g", "rate", &text), ANA_ERR_FORMAT, "text");
    check_fails(ana_hdf5_attribute_text(file, "/h", "rate", &text), ANA_ERR_FORMAT, "/h");
    ana_hdf5_close(file);
}

static void put_attribute(hid_t file, const char *name, hid_t type, hid_t memory, hsize_t n,
                          const void *values)
{
    hid_t space = H5Screate_simple(1, &n, NULL);
    hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, memory, values) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
}

/* Booleans are an enumeration of int8, as h5py has them; other enumerations are whole numbers. */
static void enumerations_are_numbers_in_attributes(void **state)
{
    (void)state;
    const int8_t ends[2] = {0, 1};
    const int8_t truth[3] = {1, 0, 1};
    const double wanted[3] = {1.0, 0.0, 1.0};
    const uint16_t level = 40000;
    ana_hdf5 *file = NULL;
    double *values = NULL;
    double value = 7.0;
    size_t n = 0;
    hid_t raw = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t boolean = H5Tenum_create(H5T_STD_I8LE);
    H5Tenum_insert(boolean, "FALSE", &ends[0]);
    H5Tenum_insert(boolean, "TRUE", &ends[1]);
    put_attribute(raw, "no", boolean, boolean, 1, &truth[1]);
    put_attribute(raw, "yes", boolean, boolean, 1, truth);
    put_attribute(raw, "three", boolean, boolean, 3, truth);
    hid_t native = H5Tenum_create(H5T_NATIVE_UINT16);
    H5Tenum_insert(native, "HIGH", &level);
    hid_t big = H5Tenum_create(H5T_STD_U16BE);
    const uint8_t big_level[2] = {40000 >> 8, 40000 & 0xff};
    H5Tenum_insert(big, "HIGH", big_level);
    put_attribute(raw, "level", big, native, 1, &level);
    H5Tclose(big);
    H5Tclose(native);
    H5Tclose(boolean);
    H5Fclose(raw);

    check_ok(ana_hdf5_open(path, NULL, &file));
    check_ok(ana_hdf5_attribute_double(file, "/", "no", &value));
    check_close(value, 0.0, 0.0, 0.0);
    check_ok(ana_hdf5_attribute_double(file, "/", "yes", &value));
    check_close(value, 1.0, 0.0, 0.0);
    check_ok(ana_hdf5_attribute_double(file, "/", "level", &value));
    check_close(value, 40000.0, 0.0, 0.0);
    check_ok(ana_hdf5_attribute_doubles(file, "/", "three", &values, &n));
    assert_int_equal(n, 3);
    check_all_close(3, values, wanted, 0.0, 0.0);
    free(values);
    ana_hdf5_close(file);
}

/* Never written, so that the file has 17 headers and no number: 8 MiB each when read. */
static void many_unwritten_datasets_are_not_believed(void **state)
{
    (void)state;
    const hsize_t n = (hsize_t)1 << 20;
    char name[] = "/a";
    ana_hdf5 *file = NULL;
    double *values = NULL;
    size_t n_read = 0;
    hid_t raw = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(1, &n, NULL);
    for (; name[1] <= 'q'; name[1]++) {
        H5Dclose(
            H5Dcreate2(raw, name, H5T_STD_I16LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    }
    H5Sclose(space);
    H5Fclose(raw);
    check_ok(ana_hdf5_open(path, NULL, &file));
    for (name[1] = 'a'; name[1] < 'q'; name[1]++) {
        check_ok(ana_hdf5_read_doubles(file, name, NULL, &values, &n_read));
        assert_int_equal(n_read, n);
        free(values);
    }
    check_fails(ana_hdf5_read_doubles(file, name, NULL, &values, &n_read), ANA_ERR_FORMAT,
                "/q: is one of many");
    ana_hdf5_close(file);
}

static void a_dataset_reads_any_box_and_keeps_its_file_open(void **state)
{
    (void)state;
    enum {
        ROWS = 500,
        COLUMNS = 7
    };
    static int16_t values[ROWS][COLUMNS];
    ana_hdf5 *file = NULL;
    ana_hdf5_dataset *dataset = NULL;
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < COLUMNS; j++) {
            values[i][j] = (int16_t)((i * 7919 + j * 104729) % 30011);
        }
    }
    ana_hdf5_array array = {.type = ANA_INT16, .n_axes = 2, .n = {ROWS, COLUMNS}, .deflate = 4};
    check_ok(ana_hdf5_create(path, &file));
    check_ok(ana_hdf5_dataset_create(file, "/x", &array, &dataset));
    for (size_t first = 0; first < ROWS; first += 100) {
        const size_t start[2] = {first, 0};
        const size_t count[2] = {100, COLUMNS};
        check_ok(ana_hdf5_dataset_write(dataset, start, count, values[first]));
    }
    ana_hdf5_dataset_close(dataset);
    check_ok(ana_hdf5_finish(file));
    check_ok(ana_hdf5_open(path, NULL, &file));
    check_ok(ana_hdf5_dataset_open(file, "/x", &dataset));
    ana_hdf5_close(file);
    assert_int_equal(ana_hdf5_dataset_info(dataset)->n[0], ROWS);
    assert_true(ana_hdf5_dataset_info(dataset)->is_chunked);
    int16_t box[33 * 3];
    const size_t start[2] = {311, 2};
    const size_t count[2] = {33, 3};
    check_ok(ana_hdf5_dataset_read(dataset, start, count, box));
    for (size_t i = 0; i < 33; i++) {
        for (size_t j = 0; j < 3; j++) {
            assert_int_equal(box[i * 3 + j], values[311 + i][2 + j]);
        }
    }
    const size_t beyond[2] = {ROWS - 1, 0};
    check_fails(ana_hdf5_dataset_read(dataset, beyond, count, box), ANA_ERR_SHAPE, "/x");
    const size_t nothing[2] = {0, 0};
    check_ok(ana_hdf5_dataset_read(dataset, start, nothing, box));
    ana_hdf5_dataset_close(dataset);
}

static void a_shape_the_file_cannot_hold_is_refused_before_memory_is_taken(void **state)
{
    (void)state;
    const hsize_t n[1] = {(hsize_t)1 << 40};
    const hsize_t chunk[1] = {1 << 10};
    const hsize_t large_chunk[1] = {(hsize_t)1 << 31};
    double *values = NULL;
    size_t count = 0;
    ana_hdf5 *file = NULL;
    ana_hdf5_info info;
    ana_read_options options = ana_read_options_default();
    options.run.max_memory = (size_t)1 << 44;
    hid_t raw = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(1, n, NULL);
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 1, chunk);
    H5Dclose(H5Dcreate2(raw, "sparse", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, list, H5P_DEFAULT));
    H5Dclose(H5Dcreate2(raw, "bytes", H5T_NATIVE_INT8, space, H5P_DEFAULT, list, H5P_DEFAULT));
    H5Pset_chunk(list, 1, large_chunk);
    H5Dclose(H5Dcreate2(raw, "chunk", H5T_NATIVE_INT8, space, H5P_DEFAULT, list, H5P_DEFAULT));
    H5Pclose(list);
    H5Sclose(space);
    H5Fclose(raw);
    check_ok(ana_hdf5_open(path, &options, &file));
    check_fails(ana_hdf5_read_doubles(file, "/sparse", NULL, &values, &count), ANA_ERR_FORMAT,
                "stores");
    check_fails(ana_hdf5_describe(file, "/chunk", &info), ANA_ERR_FORMAT, "chunks");
    ana_hdf5_close(file);
    options.run.max_memory = (size_t)1 << 20;
    check_ok(ana_hdf5_open(path, &options, &file));
    check_fails(ana_hdf5_read_doubles(file, "/bytes", NULL, &values, &count), ANA_ERR_LIMIT,
                "/bytes");
    ana_hdf5_close(file);
}

static void values_in_other_files_are_refused(void **state)
{
    (void)state;
    const hsize_t n[1] = {4};
    ana_hdf5 *file = NULL;
    ana_hdf5_info info;
    hid_t raw = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(1, n, NULL);
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(list, "/etc/passwd", 0, 4);
    H5Dclose(H5Dcreate2(raw, "external", H5T_NATIVE_INT8, space, H5P_DEFAULT, list, H5P_DEFAULT));
    H5Pclose(list);
    list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_virtual(list, space, "other.h5", "/x", space);
    H5Dclose(H5Dcreate2(raw, "virtual", H5T_NATIVE_INT8, space, H5P_DEFAULT, list, H5P_DEFAULT));
    H5Pclose(list);
    H5Sclose(space);
    H5Fclose(raw);
    check_ok(ana_hdf5_open(path, NULL, &file));
    check_fails(ana_hdf5_describe(file, "/external", &info), ANA_ERR_UNSUPPORTED, "other files");
    check_fails(ana_hdf5_describe(file, "/virtual", &info), ANA_ERR_UNSUPPORTED, "other files");
    ana_hdf5_close(file);
}

static void copy_file(const char *from, const char *to, size_t n)
{
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");
    for (size_t i = 0; i < n; i++) {
        int c = fgetc(in);
        if (c == EOF) {
            break;
        }
        fputc(c, out);
    }
    fclose(in);
    fclose(out);
}

static void a_file_cut_anywhere_is_refused_with_its_byte(void **state)
{
    (void)state;
    const double one = 1.0;
    ana_hdf5 *file = NULL;
    ana_hdf5_array array = ana_hdf5_vector(ANA_FLOAT64, 1, &one);
    check_ok(ana_hdf5_create("test_hdf5_other.h5", &file));
    check_ok(ana_hdf5_write(file, "/x", &array));
    check_ok(ana_hdf5_finish(file));
    static const size_t cuts[] = {0, 1, 7, 8, 9, 40, 63, 64, 65, 96, 100, 500, 511, 512, 600};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        copy_file("test_hdf5_other.h5", path, cuts[i]);
        check_fails(ana_hdf5_open(path, NULL, &file), ANA_ERR_FORMAT, "byte");
        assert_null(file);
    }
    check_fails(ana_hdf5_open("absent.h5", NULL, &file), ANA_ERR_IO, "absent.h5");
}

static void lzf_expands_runs_and_overlapping_copies(void **state)
{
    (void)state;
    unsigned char out[64];
    /* "ab", then 7 from distance 2, then a long copy of 9 + 4 from distance 1 */
    const unsigned char stream[] = {1, 'a', 'b', 5 << 5, 1, 7 << 5, 4, 0};
    assert_int_equal(ana_lzf_expand(stream, sizeof stream, out, sizeof out), 22);
    assert_memory_equal(out, "ababababaaaaaaaaaaaaaa", 22);
    assert_int_equal(ana_lzf_expand(stream, sizeof stream, out, 21), 0);
    for (size_t n = 1; n < sizeof stream; n++) {
        size_t made = ana_lzf_expand(stream, n, out, sizeof out);
        assert_true(made == 0 || n == 3 || n == 5);
    }
    const unsigned char too_far[] = {0, 'a', 1 << 5, 1};
    assert_int_equal(ana_lzf_expand(too_far, sizeof too_far, out, sizeof out), 0);
}

static size_t pass_through(unsigned flags, size_t n_values, const unsigned values[], size_t n_bytes,
                           size_t *size, void **bytes)
{
    (void)flags;
    (void)n_values;
    (void)values;
    (void)size;
    (void)bytes;
    return n_bytes;
}

/* n bytes as one chunk; those of the file, which the filter made of them, are given as they are. */
static void write_filtered(hid_t file, const char *name, H5Z_filter_t filter, hsize_t n,
                           size_t n_packed, const unsigned char *packed)
{
    const hsize_t origin = 0;
    hid_t space = H5Screate_simple(1, &n, NULL);
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(H5Pset_chunk(creation, 1, &n) >= 0);
    assert_true(H5Pset_filter(creation, filter, H5Z_FLAG_OPTIONAL, 0, NULL) >= 0);
    hid_t dataset = H5Dcreate2(file, name, H5T_STD_U8LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    assert_true(dataset >= 0);
    assert_true(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, &origin, n_packed, packed) >= 0);
    H5Dclose(dataset);
    H5Pclose(creation);
    H5Sclose(space);
}

static void a_missing_filter_is_named(void **state)
{
    (void)state;
    /* "ab", then 7 from distance 2, then 13 from distance 1 */
    const unsigned char packed[] = {1, 'a', 'b', 5 << 5, 1, 7 << 5, 4, 0};
    const H5Z_class2_t zstd = {
        H5Z_CLASS_T_VERS, 32015, 1, 1, "there for the writing only", NULL, NULL, pass_through};
    assert_true(H5Zregister(&zstd) >= 0);
    hid_t made = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(made >= 0);
    write_filtered(made, "needs_zstd", 32015, sizeof packed, sizeof packed, packed);
    write_filtered(made, "lzf", ANA_LZF_FILTER, 22, sizeof packed, packed);
    H5Fclose(made);
    assert_true(H5Zunregister(32015) >= 0);
    ana_hdf5 *file = NULL;
    double *values = NULL;
    size_t n = 0;
    check_ok(ana_hdf5_open(path, NULL, &file));
    check_fails(ana_hdf5_read_doubles(file, "/needs_zstd", NULL, &values, &n), ANA_ERR_UNSUPPORTED,
                "needs the zstd plug-in (filter 32015)");
    check_ok(ana_hdf5_read_doubles(file, "/lzf", NULL, &values, &n));
    assert_int_equal(n, 22);
    assert_true(values[0] == 'a' && values[1] == 'b' && values[21] == 'a');
    free(values);
    ana_hdf5_close(file);
}

static ana_status write_all(void *user)
{
    (void)user;
    ana_status status;
    const double x[2] = {1.0, 2.0};
    const char *const texts[2] = {"/", "/g"};
    const ana_hdf5_field fields[2] = {{"x", ANA_FLOAT64, x, NULL}, {"r", ANA_UINT8, NULL, texts}};
    ana_hdf5_array array = ana_hdf5_vector(ANA_FLOAT64, 2, x);
    ana_hdf5 *file = NULL;
    status = ana_hdf5_create(path, &file);
    if (status != ANA_OK) {
        return status;
    }
    status = ana_hdf5_make_group(file, "/g");
    status = status != ANA_OK ? status : ana_hdf5_write(file, "/g/x", &array);
    status = status != ANA_OK ? status : ana_hdf5_write_texts(file, "/t", 2, texts);
    status = status != ANA_OK ? status : ana_hdf5_write_references(file, "/r", 2, texts);
    status = status != ANA_OK ? status : ana_hdf5_write_compound(file, "/c", 2, 2, fields);
    status = status != ANA_OK ? status : ana_hdf5_set_texts(file, "/g/x", "a", 2, texts);
    ana_status finished = ana_hdf5_finish(file);
    return status != ANA_OK ? status : finished;
}

static ana_status read_all(void *user)
{
    (void)user;
    ana_hdf5 *file = NULL;
    ana_hdf5_texts texts = {0};
    ana_hdf5_links links = {0};
    ana_hdf5_dataset *dataset = NULL;
    double *doubles = NULL;
    uint64_t *references = NULL;
    size_t n = 0;
    ana_status status = ana_hdf5_open(path, NULL, &file);
    if (status != ANA_OK) {
        return status;
    }
    status = ana_hdf5_list(file, "/", &links);
    ana_hdf5_links_release(&links);
    status = status != ANA_OK ? status : ana_hdf5_read_doubles(file, "/c", "x", &doubles, &n);
    free(doubles);
    status =
        status != ANA_OK ? status : ana_hdf5_read_references(file, "/r", NULL, &references, &n);
    free(references);
    status = status != ANA_OK ? status : ana_hdf5_read_texts(file, "/t", &texts);
    ana_hdf5_texts_release(&texts);
    status = status != ANA_OK ? status : ana_hdf5_attribute_texts(file, "/g/x", "a", &texts);
    ana_hdf5_texts_release(&texts);
    status = status != ANA_OK ? status : ana_hdf5_attribute_names(file, "/g/x", &texts);
    ana_hdf5_texts_release(&texts);
    status = status != ANA_OK ? status : ana_hdf5_dataset_open(file, "/g/x", &dataset);
    ana_hdf5_dataset_close(dataset);
    ana_hdf5_close(file);
    return status;
}

static void each_failing_allocation_is_reported_and_leaves_nothing(void **state)
{
    (void)state;
    assert_true(check_each_allocation(write_all, NULL, 0) > 5);
    assert_true(check_each_allocation(read_all, NULL, 0) > 20);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, remove_files)
    const struct CMUnitTest tests[] = {
        TEST(every_number_type_reads_back_as_doubles_and_integers),
        TEST(integers_beyond_64_signed_bits_are_refused_not_clipped),
        TEST(texts_references_and_compounds_read_back),
        TEST(attributes_read_back_and_absent_ones_leave_the_default),
        TEST(enumerations_are_numbers_in_attributes),
        TEST(many_unwritten_datasets_are_not_believed),
        TEST(a_dataset_reads_any_box_and_keeps_its_file_open),
        TEST(a_shape_the_file_cannot_hold_is_refused_before_memory_is_taken),
        TEST(values_in_other_files_are_refused),
        TEST(a_file_cut_anywhere_is_refused_with_its_byte),
        TEST(lzf_expands_runs_and_overlapping_copies),
        TEST(a_missing_filter_is_named),
        TEST(each_failing_allocation_is_reported_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
