/* NumPy arrays: headers, elements, and what becomes of them in a recording. */
#include "npy.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <analysis/formats/reader.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file in memory: header of that version around the literal, then n bytes. */
static const char *npy_file(const char *name, int version, const char *literal, const void *bytes,
                            size_t n)
{
    size_t length = strlen(literal);
    size_t preamble = version == 1 ? 10 : 12;
    unsigned char *file = malloc(preamble + length + n);
    assert_non_null(file);
    memcpy(file, "\x93NUMPY", 6);
    file[6] = (unsigned char)version;
    file[7] = 0;
    for (size_t i = 8; i < preamble; i++) {
        file[i] = (unsigned char)(length >> (8 * (i - 8)) & 0xff);
    }
    memcpy(file + preamble, literal, length);
    memcpy(file + preamble + length, bytes, n);
    const char *path = scratch_file(name, file, preamble + length + n);
    free(file);
    return path;
}

static ana_status open_npy(const char *path, ana_npy *npy)
{
    ana_file *file = NULL;
    ana_status status = ana_file_open(path, &file);
    if (status == ANA_OK) {
        status = ana_npy_open(file, 0, ana_file_size(file), npy);
    }
    ana_file_close(file);
    return status;
}

/* All numbers of a file, in C order; freed by free(). */
static double *numbers_of(const char *path, ana_npy *npy)
{
    ana_file *file = NULL;
    check_ok(ana_file_open(path, &file));
    check_ok(ana_npy_open(file, 0, ana_file_size(file), npy));
    double *values = malloc((npy->n + 1) * sizeof *values);
    assert_non_null(values);
    check_ok(ana_npy_read_doubles(file, npy, NULL, values));
    ana_file_close(file);
    return values;
}

static void a_saved_array_reads_back_in_every_type(void **state)
{
    (void)state;
    static const ana_sample_type types[] = {ANA_INT8,  ANA_UINT8,   ANA_INT16,  ANA_UINT16,
                                            ANA_INT32, ANA_UINT32,  ANA_INT64,  ANA_UINT64,
                                            ANA_INT24, ANA_FLOAT32, ANA_FLOAT64};
    unsigned char bytes[6 * 8];
    ana_random random = ana_random_stream(1, "test", 0);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)ana_random_below(&random, 100); /* no NaN among the floats */
    }
    const size_t shape[] = {3, 2};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        check_ok(ana_npy_save(scratch("types.npy"), types[i], 2, shape, bytes));
        ana_npy npy = {0};
        ana_file *file = NULL;
        check_ok(ana_file_open(scratch("types.npy"), &file));
        check_ok(ana_npy_open(file, 0, ana_file_size(file), &npy));
        assert_int_equal(npy.data % 64, 0);
        assert_int_equal(npy.n_axes, 2);
        assert_int_equal(npy.shape[0], 3);
        assert_int_equal(npy.shape[1], 2);
        assert_int_equal(npy.type.sample, types[i] == ANA_INT24 ? ANA_INT32 : types[i]);
        unsigned char again[sizeof bytes];
        check_ok(ana_npy_read_stored(file, &npy, NULL, again));
        assert_memory_equal(bytes, again, 6 * ana_sample_size(types[i]));
        double values[6];
        double wanted[6];
        check_ok(ana_npy_read_doubles(file, &npy, NULL, values));
        ana_samples_to_double(types[i], 6, bytes, 1, 1.0, 0.0, wanted);
        check_all_close(6, values, wanted, 0.0, 0.0);
        ana_npy_release(&npy);
        ana_file_close(file);
    }
}

static void byte_orders_and_fortran_order_are_undone(void **state)
{
    (void)state;
    const unsigned char big[] = {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0xff, 0xfe};
    ana_npy npy = {0};
    double *values = numbers_of(
        npy_file("big.npy", 2, "{'descr': '>i2', 'fortran_order': False, 'shape': (2, 3)}", big,
                 sizeof big),
        &npy);
    const double rows[] = {1, 2, 3, 4, 5, -2};
    check_all_close(6, values, rows, 0.0, 0.0);
    free(values);
    values = numbers_of(npy_file("fortran.npy", 1,
                                 "{'shape': (2L, 3L), 'fortran_order': True, 'descr': \">i2\", }",
                                 big, sizeof big),
                        &npy);
    const double columns[] = {1, 3, 5, 2, 4, -2};
    check_all_close(6, values, columns, 0.0, 0.0);
    free(values);
    const unsigned char halfs[] = {0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00,
                                   0xff, 0x7b, 0x00, 0xfc, 0x01, 0x7e};
    values = numbers_of(npy_file("half.npy", 3,
                                 "{'descr': '<f2', 'fortran_order': False, 'shape': (6,)}", halfs,
                                 sizeof halfs),
                        &npy);
    const double floats[] = {1.0, -2.0, ldexp(1.0, -24), 65504.0, -INFINITY, NAN};
    check_all_close(6, values, floats, 0.0, 0.0);
    free(values);
    values = numbers_of(
        npy_file("bool.npy", 1, "{'descr': '|b1', 'fortran_order': False, 'shape': ()}", "\1", 1),
        &npy);
    assert_int_equal(npy.n_axes, 0);
    assert_int_equal(npy.n, 1);
    check_close(values[0], 1.0, 0.0, 0.0);
    free(values);
}

static void fortran_order_of_four_axes_agrees_with_the_index_formula(void **state)
{
    (void)state;
    enum {
        A = 3,
        B = 4,
        C = 2,
        D = 5
    };
    uint16_t stored[A * B * C * D];
    for (size_t i = 0; i < A * B * C * D; i++) {
        stored[i] = (uint16_t)(i * 7 + 1);
    }
    ana_npy npy = {0};
    double *values = numbers_of(
        npy_file("four.npy", 1, "{'descr': '<u2', 'fortran_order': True, 'shape': (3, 4, 2, 5)}",
                 stored, sizeof stored),
        &npy);
    size_t at = 0;
    for (size_t a = 0; a < A; a++) {
        for (size_t b = 0; b < B; b++) {
            for (size_t c = 0; c < C; c++) {
                for (size_t d = 0; d < D; d++) {
                    check_close(values[at++], stored[a + A * (b + B * (c + C * d))], 0.0, 0.0);
                }
            }
        }
    }
    free(values);
}

static void texts_read_back(void **state)
{
    (void)state;
    static const char *const texts[] = {"x", "\xc3\xa4\xf0\x9f\xa7\xa0z", NULL, "last"};
    const char *path = scratch("texts.npy");
    check_ok(ana_npy_save_texts(path, 4, texts));
    ana_file *file = NULL;
    ana_npy npy = {0};
    char *again[4] = {0};
    check_ok(ana_file_open(path, &file));
    check_ok(ana_npy_open(file, 0, ana_file_size(file), &npy));
    check_ok(ana_npy_read_texts(file, &npy, NULL, again));
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(again[i], texts[i] != NULL ? texts[i] : "");
        free(again[i]);
    }
    double value = 0.0;
    check_fails(ana_npy_read_doubles(file, &npy, NULL, &value), ANA_ERR_UNSUPPORTED, "holds texts");
    ana_file_close(file);
    ana_npy bytes = {0};
    path = npy_file("bytes.npy", 1, "{'descr': '|S3', 'fortran_order': False, 'shape': (2,)}",
                    "ab\0xyz", 6);
    check_ok(ana_file_open(path, &file));
    check_ok(ana_npy_open(file, 0, ana_file_size(file), &bytes));
    check_ok(ana_npy_read_texts(file, &bytes, NULL, again));
    assert_string_equal(again[0], "ab");
    assert_string_equal(again[1], "xyz");
    free(again[0]);
    free(again[1]);
    ana_file_close(file);
}

static const char record_literal[] =
    "{'descr': [('t', '<i8'), ('x', '>f4', (2,)), ('', '|V1'), (('a title', 's'), 'S4'), ('ok', "
    "'?')], 'fortran_order': False, 'shape': (2,), }";

static void a_structured_array_becomes_a_table(void **state)
{
    (void)state;
    unsigned char bytes[2 * 22] = {0};
    for (size_t i = 0; i < 2; i++) {
        unsigned char *row = bytes + 22 * i;
        int64_t t = i == 0 ? 1 : INT64_MIN;
        memcpy(row, &t, 8);
        memcpy(row + 8, "\x3f\x80\0\0\xc0\0\0\0", 8);
        memcpy(row + 17, i == 0 ? "ab" : "cdef", i == 0 ? 2 : 4);
        row[21] = (unsigned char)i;
    }
    const char *path = npy_file("record.npy", 1, record_literal, bytes, sizeof bytes);
    ana_recording *recording = NULL;
    check_ok(ana_recording_read(path, NULL, &recording));
    assert_int_equal(recording->n_series, 0);
    const ana_table *table = ana_recording_find_table(recording, "record");
    assert_non_null(table);
    assert_int_equal(table->n_rows, 2);
    assert_int_equal(table->n_columns, 4);
    const ana_column *t = ana_table_find(table, "t");
    assert_int_equal(t->type, ANA_COLUMN_INT);
    assert_true(t->ints[0] == 1 && t->ints[1] == INT64_MIN);
    const ana_column *x = ana_table_find(table, "x");
    assert_int_equal(x->n_elements, 4);
    assert_int_equal(x->row_start[1], 2);
    check_close(x->doubles[2], 1.0, 0.0, 0.0);
    check_close(x->doubles[3], -2.0, 0.0, 0.0);
    assert_string_equal(ana_table_find(table, "s")->texts[0], "ab");
    assert_string_equal(ana_table_find(table, "s")->texts[1], "cdef");
    assert_false(ana_table_find(table, "ok")->bools[0]);
    assert_true(ana_table_find(table, "ok")->bools[1]);
    ana_recording_free(recording);
}

static void bad_headers_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *literal;
        ana_status status;
        const char *piece;
    } cases[] = {
        {"{'descr': '<f8', 'fortran_order': False}", ANA_ERR_FORMAT, "has no shape"},
        {"{'descr': '<f8', 'shape': (1,)}", ANA_ERR_FORMAT, "has no fortran_order"},
        {"{'fortran_order': True, 'shape': (1,)}", ANA_ERR_FORMAT, "has no descr"},
        {"{'descr': '<f8', 'descr': '<f8'}", ANA_ERR_FORMAT, "once"},
        {"{'descr': '<f8', 'nonsense': 1}", ANA_ERR_FORMAT, "once"},
        {"'<f8'", ANA_ERR_FORMAT, "a dictionary"},
        {"{'descr': __import__('os')}", ANA_ERR_FORMAT, "byte 20"},
        {"{'descr': '<f8', 'fortran_order': Maybe, 'shape': (1,)}", ANA_ERR_FORMAT,
         "True or False"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': ((1,))}", ANA_ERR_FORMAT,
         "a whole number"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", ANA_ERR_FORMAT,
         "a whole number"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (1 2)}", ANA_ERR_FORMAT, "a comma or"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} and more", ANA_ERR_FORMAT,
         "nothing"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (0, 18446744073709551615)}",
         ANA_ERR_FORMAT, "a whole number"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (0, 9223372036854775807)}",
         ANA_ERR_FORMAT, "more elements than fit"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", ANA_ERR_FORMAT,
         "2 elements need 16 bytes, but 8 are there"},
        {"{'descr': '<q8', 'fortran_order': False, 'shape': (1,)}", ANA_ERR_FORMAT, "no type"},
        {"{'descr': '', 'fortran_order': False, 'shape': (1,)}", ANA_ERR_FORMAT, "no type"},
        {"{'descr': 'S0', 'fortran_order': False, 'shape': (1,)}", ANA_ERR_UNSUPPORTED, "no bytes"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", ANA_ERR_UNSUPPORTED, "pickled"},
        {"{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (1,)}", ANA_ERR_UNSUPPORTED,
         "pickled"},
        {"{'descr': [('a', [('b', '<f8')])], 'fortran_order': False, 'shape': (1,)}",
         ANA_ERR_UNSUPPORTED, "structure within a structure"},
        {"{'descr': [('a', '<f8', (4294967296, 4294967296))], 'fortran_order': False, 'shape': ()}",
         ANA_ERR_FORMAT, "fits in 64 bits"},
        {"{'descr': [('a', '<f8'], 'fortran_order': False, 'shape': ()}", ANA_ERR_FORMAT,
         "a closing parenthesis"},
        {"{'descr': 'unended", ANA_ERR_FORMAT, "a quote"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
         "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0)}",
         ANA_ERR_FORMAT, "more than 32 axes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ana_npy npy = {0};
        const char *path = npy_file("bad.npy", 1, cases[i].literal, "12345678", 8);
        check_fails(open_npy(path, &npy), cases[i].status, cases[i].piece);
        assert_non_null(strstr(ana_last_error(), "bad.npy: byte "));
    }
    ana_npy npy = {0};
    check_fails(open_npy(scratch_file("bad.npy", "\x93NUM", 4), &npy), ANA_ERR_FORMAT,
                "\\x93NUMPY");
    check_fails(open_npy(scratch_file("bad.npy", "\x93NUMPY\x09\0\1\0x", 11), &npy),
                ANA_ERR_UNSUPPORTED, "version 9");
    check_fails(open_npy(scratch_file("bad.npy", "\x93NUMPY\1\0\xff\xffx", 11), &npy),
                ANA_ERR_FORMAT, "65535 bytes is announced, but 1 follow");
    check_fails(open_npy(scratch_file("bad.npy", "\x93NUMPY\2\0\xff", 9), &npy), ANA_ERR_FORMAT,
                "but 0 follow");
}

/* Sample t of channel c as a formula, so that every reading can be checked. */
static float value_at(size_t c, size_t t)
{
    return (float)(c * 1000 + t) + 0.25F;
}

static void check_series(const ana_series *series, size_t n_channels, size_t n_times)
{
    check_ok(ana_series_check(series));
    assert_int_equal(series->n_channels, n_channels);
    assert_int_equal(series->n_times, n_times);
    for (size_t first = 0; first < n_times; first += n_times / 3 + 1) {
        size_t n = n_times - first < 5 ? n_times - first : 5;
        const size_t channels[] = {n_channels - 1, 0, n_channels / 2};
        double values[15];
        float stored[15];
        check_ok(ana_series_read(series, 3, channels, first, n, values));
        check_ok(ana_series_read_stored(series, 3, channels, first, n, stored));
        for (size_t i = 0; i < 3; i++) {
            for (size_t t = 0; t < n; t++) {
                double wanted = (double)value_at(channels[i], first + t);
                check_close(values[i * n + t], wanted, 0.0, 0.0);
                check_close((double)stored[i * n + t], wanted, 0.0, 0.0);
            }
        }
    }
}

static void the_longest_axis_is_time_in_either_order(void **state)
{
    (void)state;
    enum {
        CHANNELS = 7,
        TIMES = 1201
    };
    static float samples[CHANNELS * TIMES];
    for (int order = 0; order < 4; order++) {
        bool channel_first = order % 2 == 0;
        bool fortran = order / 2 == 1;
        for (size_t c = 0; c < CHANNELS; c++) {
            for (size_t t = 0; t < TIMES; t++) {
                bool time_fastest = channel_first != fortran;
                samples[time_fastest ? c * TIMES + t : t * CHANNELS + c] = value_at(c, t);
            }
        }
        char literal[128];
        snprintf(literal, sizeof literal,
                 "{'descr': '<f4', 'fortran_order': %s, 'shape': (%d, %d)}",
                 fortran ? "True" : "False", channel_first ? CHANNELS : TIMES,
                 channel_first ? TIMES : CHANNELS);
        const char *path = npy_file("series.npy", 1, literal, samples, sizeof samples);
        ana_recording *recording = NULL;
        ana_read_options options = ana_read_options_default();
        options.rate = 250.0;
        check_ok(ana_recording_read(path, &options, &recording));
        assert_int_equal(recording->n_series, 1);
        assert_string_equal(recording->format, "npy");
        assert_string_equal(recording->series[0]->name, "series");
        assert_string_equal(recording->series[0]->channels[3].name, "3");
        check_close(recording->series[0]->rate, 250.0, 0.0, 0.0);
        check_series(recording->series[0], CHANNELS, TIMES);
        assert_int_equal(recording->n_warnings, 1);
        assert_non_null(strstr(recording->warnings[0], "longest"));
        ana_recording_free(recording);
        options.strict = true;
        check_fails(ana_recording_read(path, &options, &recording), ANA_ERR_FORMAT, "longest");
    }
}

static void other_axes_are_channels_by_index(void **state)
{
    (void)state;
    enum {
        A = 3,
        TIMES = 50,
        B = 2
    };
    static float samples[A * TIMES * B];
    for (size_t a = 0; a < A; a++) {
        for (size_t t = 0; t < TIMES; t++) {
            for (size_t b = 0; b < B; b++) {
                samples[(a * TIMES + t) * B + b] = value_at(a * B + b, t);
            }
        }
    }
    const char *path =
        npy_file("three.npy", 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 50, 2)}",
                 samples, sizeof samples);
    ana_recording *recording = NULL;
    check_ok(ana_recording_read(path, NULL, &recording));
    const ana_series *series = recording->series[0];
    assert_string_equal(series->channels[3].name, "1,1");
    check_series(series, A * B, TIMES);
    ana_recording_free(recording);
}

static void without_a_rate_times_count_samples_and_a_warning_says_so(void **state)
{
    (void)state;
    const float samples[] = {1.5F, 2.5F, NAN};
    const size_t n = 3;
    const char *path = scratch("plain.npy");
    check_ok(ana_npy_save(path, ANA_FLOAT32, 1, &n, samples));
    ana_recording *recording = NULL;
    check_ok(ana_recording_read(path, NULL, &recording));
    const ana_series *series = recording->series[0];
    check_ok(ana_recording_check(recording));
    assert_true(series->rate == 0.0);
    double times[3];
    const double wanted[] = {0.0, 1.0, 2.0};
    check_ok(ana_series_times(series, 0, 3, times));
    check_all_close(3, times, wanted, 0.0, 0.0);
    assert_int_equal(recording->n_warnings, 1);
    assert_non_null(strstr(recording->warnings[0], "--rate"));
    ana_recording_free(recording);
}

static void what_is_no_number_is_refused_or_warned_of(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    unsigned char bytes[64] = {0};
    const char *path = npy_file(
        "complex.npy", 1, "{'descr': '<c16', 'fortran_order': False, 'shape': (2,)}", bytes, 32);
    check_fails(ana_recording_read(path, NULL, &recording), ANA_ERR_UNSUPPORTED, "complex numbers");
    path = npy_file("date.npy", 1, "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (2,)}",
                    bytes, 16);
    check_fails(ana_recording_read(path, NULL, &recording), ANA_ERR_UNSUPPORTED, "dates");
    path = npy_file("tail.npy", 1, "{'descr': '<i2', 'fortran_order': False, 'shape': (2,)}", bytes,
                    7);
    check_ok(ana_recording_read(path, NULL, &recording));
    assert_non_null(strstr(recording->warnings[0], "3 bytes follow"));
    ana_recording_free(recording);
    path = npy_file("empty.npy", 1, "{'descr': '<i2', 'fortran_order': False, 'shape': (5, 0)}", "",
                    0);
    check_ok(ana_recording_read(path, NULL, &recording));
    check_ok(ana_recording_check(recording));
    assert_int_equal(recording->series[0]->n_times, 0);
    ana_recording_free(recording);
    path = npy_file("scalar.npy", 1, "{'descr': '<i8', 'fortran_order': False, 'shape': ()}",
                    "\xff\xff\xff\xff\xff\xff\xff\x7f", 8);
    check_ok(ana_recording_read(path, NULL, &recording));
    assert_string_equal(ana_recording_find_fact(recording, "scalar"), "9223372036854775807");
    ana_recording_free(recording);
}

/* What a header claims beyond the bytes there are, or beyond any recording. */
static void columns_of_nothing_and_too_many_channels_are_left_out(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    const char *path = npy_file("hollow.npy", 1,
                                "{'descr': [('a', '|u1'), ('s', 'S0'), ('z', '<f8', (3, 0))], "
                                "'fortran_order': False, 'shape': (3,)}",
                                "\1\2\3", 3);
    check_ok(ana_recording_read(path, NULL, &recording));
    assert_int_equal(recording->n_warnings, 2);
    assert_non_null(strstr(recording->warnings[0], "\"s\" of \"hollow\" holds nothing"));
    assert_int_equal(ana_recording_find_table(recording, "hollow")->n_columns, 1);
    ana_recording_free(recording);
    const size_t n = (size_t)1 << 18;
    unsigned char *bytes = calloc(n, 1);
    assert_non_null(bytes);
    path = npy_file("many.npy", 1,
                    "{'descr': '|u1', 'fortran_order': False, "
                    "'shape': (2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2)}",
                    bytes, n);
    check_ok(ana_recording_read(path, NULL, &recording));
    assert_int_equal(recording->n_series, 0);
    assert_non_null(strstr(recording->warnings[0], "131072 channels"));
    ana_recording_free(recording);
    free(bytes);
}

static void a_written_series_reads_back(void **state)
{
    (void)state;
    enum {
        CHANNELS = 3,
        TIMES = 40
    };
    int16_t samples[CHANNELS * TIMES];
    for (size_t i = 0; i < CHANNELS * TIMES; i++) {
        samples[i] = (int16_t)(i * 577 - 30000);
    }
    for (int scaled = 0; scaled < 2; scaled++) {
        ana_recording *recording = NULL;
        ana_series *series = NULL;
        check_ok(ana_recording_new(&recording));
        check_ok(ana_series_new("eeg", CHANNELS, &series));
        for (size_t c = 0; c < CHANNELS; c++) {
            series->channels[c].name = strdup("c");
            series->channels[c].gain = scaled ? 0.5 : 1.0;
        }
        series->rate = 100.0;
        series->type = ANA_INT16;
        check_ok(
            ana_source_from_memory(ANA_INT16, CHANNELS, TIMES, true, samples, &series->source));
        check_ok(ana_series_add_segment(series, TIMES, 0.0));
        check_ok(ana_recording_add_series(recording, series));
        ana_write_options options = ana_write_options_default();
        options.overwrite = true;
        const char *path = scratch("written.npy");
        check_fails(ana_recording_write(recording, path, &options), ANA_ERR_UNSUPPORTED, "100 Hz");
        options.lossy = true;
        check_ok(ana_recording_write(recording, path, &options));
        ana_recording *again = NULL;
        check_ok(ana_recording_read(path, NULL, &again));
        assert_int_equal(again->series[0]->type, scaled ? ANA_FLOAT64 : ANA_INT16);
        double values[CHANNELS * TIMES];
        check_ok(ana_series_read(again->series[0], CHANNELS, NULL, 0, TIMES, values));
        for (size_t i = 0; i < CHANNELS * TIMES; i++) {
            check_close(values[i], samples[i] * (scaled ? 0.5 : 1.0), 0.0, 0.0);
        }
        ana_recording_free(again);
        ana_recording_free(recording);
    }
    ana_recording *nothing = NULL;
    check_ok(ana_recording_new(&nothing));
    check_fails(ana_recording_write(nothing, scratch("nothing.npy"), NULL), ANA_ERR_UNSUPPORTED,
                "holds a series");
    ana_recording_free(nothing);
}

static void mutated_files_do_no_harm(void **state)
{
    (void)state;
    unsigned char bytes[2 * 22] = {0};
    size_t n = 0;
    unsigned char *file =
        read_bytes(npy_file("seed.npy", 1, record_literal, bytes, sizeof bytes), &n);
    ana_random random = ana_random_stream(4, "test", 0);
    size_t n_refused = 0;
    for (int round = 0; round < 1500; round++) {
        unsigned char *copy = malloc(n);
        assert_non_null(copy);
        memcpy(copy, file, n);
        size_t n_changes = 1 + (size_t)ana_random_below(&random, 3);
        for (size_t i = 0; i < n_changes; i++) {
            /* Half the changes swap in characters of the literal itself. */
            copy[6 + ana_random_below(&random, n - 6)] =
                round % 2 == 0 ? (unsigned char)ana_random_u64(&random)
                               : file[10 + ana_random_below(&random, 100)];
        }
        size_t keep = round % 7 == 0 ? (size_t)ana_random_below(&random, n) : n;
        ana_recording *recording = NULL;
        ana_status status =
            ana_recording_read(scratch_file("mutant.npy", copy, keep), NULL, &recording);
        n_refused += status != ANA_OK ? 1 : 0;
        assert_true(status == ANA_OK || strlen(ana_last_error()) > 0);
        if (status == ANA_OK) {
            check_ok(ana_recording_check(recording));
            ana_recording_free(recording);
        }
        free(copy);
    }
    assert_true(n_refused > 500);
    free(file);
}

static ana_status save_and_read(void *user)
{
    const size_t shape[] = {2, 3};
    const double numbers[] = {1, 2, 3, 4, 5, 6};
    static const char *const texts[] = {"a", "bc"};
    (void)user;
    ana_status status = ana_npy_save(scratch("fail.npy"), ANA_FLOAT64, 2, shape, numbers);
    if (status == ANA_OK) {
        status = ana_npy_save_texts(scratch("fail_texts.npy"), 2, texts);
    }
    static const char *const names[] = {"fail.npy", "fail_texts.npy", "record.npy"};
    for (size_t i = 0; status == ANA_OK && i < 3; i++) {
        ana_recording *recording = NULL;
        status = ana_recording_read(scratch(names[i]), NULL, &recording);
        if (status == ANA_OK) {
            ana_recording_free(recording);
        }
    }
    return status;
}

static ana_status write_again(void *user)
{
    ana_write_options options = ana_write_options_default();
    options.overwrite = true;
    options.lossy = true;
    return ana_recording_write(user, scratch("fail_again.npy"), &options);
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    a_structured_array_becomes_a_table(state); /* leaves record.npy */
    assert_true(check_each_allocation(save_and_read, NULL, 1) > 20);
    ana_recording *recording = NULL;
    check_ok(ana_recording_read(scratch("fail.npy"), NULL, &recording));
    assert_true(check_each_allocation(write_again, recording, 1) > 5);
    ana_recording_free(recording);
}

static void memory_is_limited(void **state)
{
    (void)state;
    const char *path = npy_file("record2.npy", 1, record_literal, (unsigned char[44]){0}, 44);
    ana_read_options options = ana_read_options_default();
    options.run.max_memory = 43;
    ana_recording *recording = NULL;
    check_fails(ana_recording_read(path, &options, &recording), ANA_ERR_LIMIT, "record2.npy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_saved_array_reads_back_in_every_type),
        cmocka_unit_test(byte_orders_and_fortran_order_are_undone),
        cmocka_unit_test(fortran_order_of_four_axes_agrees_with_the_index_formula),
        cmocka_unit_test(texts_read_back),
        cmocka_unit_test(a_structured_array_becomes_a_table),
        cmocka_unit_test(bad_headers_are_refused_with_their_place),
        cmocka_unit_test(the_longest_axis_is_time_in_either_order),
        cmocka_unit_test(other_axes_are_channels_by_index),
        cmocka_unit_test(without_a_rate_times_count_samples_and_a_warning_says_so),
        cmocka_unit_test(what_is_no_number_is_refused_or_warned_of),
        cmocka_unit_test(columns_of_nothing_and_too_many_channels_are_left_out),
        cmocka_unit_test(a_written_series_reads_back),
        cmocka_unit_test(mutated_files_do_no_harm),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
        cmocka_unit_test(memory_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
