/* MAT files of versions 4 to 7, built byte by byte. */
#include "mat.h"
#include "support/build_mat.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"
#include "text.h"
#include "zip.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/reader.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *save(mat_builder *b, const char *name)
{
    assert_false(b->text.failed);
    const char *path = scratch_file(name, b->text.bytes, b->text.n);
    ana_text_release(&b->text);
    return path;
}

static void check_all(const char *path)
{
    ana_mat_file mat = {0};
    check_ok(ana_mat_read(path, NULL, NULL, &mat));
    assert_int_equal(mat.n, 9);
    const ana_mat_value *x = ana_mat_find(&mat, "x");
    assert_int_equal(x->class_of, ANA_MAT_DOUBLE);
    assert_int_equal(x->stored, ANA_INT16);
    double values[6];
    ana_mat_to_doubles(x, values);
    const double wanted[] = {1, 2, 3, -4, 5, 6};
    check_all_close(6, values, wanted, 0.0, 0.0);
    assert_int_equal(((int8_t *)ana_mat_find(&mat, "cplx")->imaginary)[1], -4);
    assert_string_equal(ana_mat_find(&mat, "c")->lines[0], "text");
    assert_string_equal(ana_mat_find(&mat, "u")->lines[0], "\xc3\xa4 ");
    const ana_mat_value *sparse = ana_mat_find(&mat, "s");
    ana_mat_to_doubles(sparse, values);
    const double filled[] = {0, 0, 7, 0, 8, 0};
    check_all_close(6, values, filled, 0.0, 0.0);
    assert_string_equal(ana_mat_find(&mat, "cell")->children[1].lines[0], "two");
    const ana_mat_value *data = ana_mat_find(&mat, "data");
    assert_int_equal(data->n_fields, 3);
    assert_string_equal(data->fields[2], "_1_a"); /* a second time */
    assert_int_equal(ana_mat_find(&mat, "data.a")->n, 4);
    assert_int_equal(ana_mat_find(&mat, "data._1_a")->n, 0);
    assert_null(ana_mat_find(&mat, "data.b"));
    assert_null(ana_mat_find(&mat, "x.b"));
    ana_mat_file_release(&mat);
}

static void values_read_in_both_byte_orders(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        mat_builder b = {.big = big == 1};
        mat_put_all(&b);
        check_all(save(&b, "all.mat"));
    }
}

static const char *deflate_all(const char *name)
{
    mat_builder plain = {0};
    mat_builder packed = {0};
    mat_put_all(&plain);
    mat_deflate_variables(&plain, &packed);
    ana_text_release(&plain.text);
    return save(&packed, name);
}

static void deflated_values_read_the_same(void **state)
{
    (void)state;
    check_all(deflate_all("packed.mat"));
}

static void variables_become_objects_of_a_recording(void **state)
{
    (void)state;
    const char *path = deflate_all("recording.mat");
    ana_recording *recording = NULL;
    check_ok(ana_recording_read(path, NULL, &recording));
    check_ok(ana_recording_check(recording));
    assert_string_equal(recording->format, "mat");
    const ana_series *x = ana_recording_find_series(recording, "x");
    assert_int_equal(x->n_channels, 2);
    assert_int_equal(x->type, ANA_INT16);
    double values[6];
    check_ok(ana_series_read(x, 2, NULL, 0, 3, values));
    const double rows[] = {1, 3, 5, 2, -4, 6};
    check_all_close(6, values, rows, 0.0, 0.0);
    const ana_series *a = ana_recording_find_series(recording, "data.a");
    check_close(a->rate, 0.5, 0.0, 0.0); /* from data.t */
    assert_null(ana_recording_find_series(recording, "data.t"));
    assert_non_null(ana_recording_find_series(recording, "s"));
    assert_string_equal(ana_recording_find_fact(recording, "long_name"), "1");
    assert_string_equal(ana_recording_find_fact(recording, "c"), "text");
    const ana_table *cell = ana_recording_find_table(recording, "cell");
    assert_string_equal(ana_table_find(cell, "cell")->texts[1], "two");
    bool complex_told = false;
    bool mixed_told = false;
    for (size_t i = 0; i < recording->n_warnings; i++) {
        complex_told = complex_told || strstr(recording->warnings[i], "complex") != NULL;
        mixed_told = mixed_told || strstr(recording->warnings[i], "\"mixed\"") != NULL;
    }
    assert_true(complex_told && mixed_told);
    ana_recording_free(recording);
    ana_read_options options = ana_read_options_default();
    options.variable = "x";
    options.rate = 10.0;
    check_ok(ana_recording_read(path, &options, &recording));
    assert_int_equal(recording->n_series, 1);
    check_close(recording->series[0]->rate, 10.0, 0.0, 0.0);
    ana_recording_free(recording);
    options.variable = "y";
    check_fails(ana_recording_read(path, &options, &recording), ANA_ERR_VALUE, "\"y\"");
}

static void a_matrix_keeps_matlabs_order_of_indices(void **state)
{
    (void)state;
    deflate_all("matrix.mat");
    ana_matrix *matrix = NULL;
    check_ok(ana_matrix_read(scratch("matrix.mat:x"), NULL, &matrix));
    const double rows[] = {1, 3, 5, 2, -4, 6};
    assert_int_equal(matrix->axes[0].n, 2);
    check_all_close(6, matrix->values, rows, 0.0, 0.0);
    ana_matrix_free(matrix);
    check_ok(ana_matrix_read(scratch("matrix.mat:data.a"), NULL, &matrix));
    check_close(matrix->values[3], 6.0, 0.0, 0.0);
    ana_matrix_free(matrix);
    check_ok(ana_matrix_read(scratch("matrix.mat:s"), NULL, &matrix));
    check_close(matrix->values[4], 7.0, 0.0, 0.0);
    ana_matrix_free(matrix);
    check_fails(ana_matrix_read(scratch("matrix.mat:cplx"), NULL, &matrix), ANA_ERR_UNSUPPORTED,
                "real numbers");
    check_fails(ana_matrix_read(scratch("matrix.mat"), NULL, &matrix), ANA_ERR_VALUE,
                "x, long_name");
    check_fails(ana_matrix_read(scratch("matrix.mat:none"), NULL, &matrix), ANA_ERR_VALUE, "cell");
}

static void version_4_is_read(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        mat_builder b = {.big = big == 1};
        const double numbers[] = {1.5, 2, 3, 4};
        const double letters[] = {'h', 'y', 'i', 'o'};
        const double triples[] = {2, 1, 1, 3, 1, 2, 1, 2, 7, 8, 9, 0};
        mat_put_4(&b, 0, 2, 2, "m", numbers);
        mat_put_4(&b, 51, 2, 2, "text", letters);
        mat_put_4(&b, 2, 4, 3, "sp", triples);
        const char *path = save(&b, "four.mat");
        ana_mat_file mat = {0};
        check_ok(ana_mat_read(path, NULL, NULL, &mat));
        assert_int_equal(mat.n, 3);
        check_close(((double *)ana_mat_find(&mat, "m")->real)[0], 1.5, 0.0, 0.0);
        const ana_mat_value *text = ana_mat_find(&mat, "text");
        assert_string_equal(text->lines[0], "hi");
        assert_string_equal(text->lines[1], "yo");
        double values[6];
        const double filled[] = {9, 7, 0, 8, 0, 0};
        const ana_mat_value *sparse = ana_mat_find(&mat, "sp");
        assert_int_equal(sparse->n, 6);
        ana_mat_to_doubles(sparse, values);
        check_all_close(6, values, filled, 0.0, 0.0);
        ana_mat_file_release(&mat);
        ana_recording *recording = NULL;
        check_ok(ana_recording_read(path, NULL, &recording));
        assert_int_equal(recording->n_series, 2);
        ana_recording_free(recording);
        ana_matrix *matrix = NULL;
        check_ok(ana_matrix_read(scratch("four.mat:m"), NULL, &matrix));
        check_close(matrix->values[1], 3.0, 0.0, 0.0);
        ana_matrix_free(matrix);
    }
}

static void check_refused(mat_builder *b, ana_status wanted, const char *piece)
{
    ana_mat_file mat = {0};
    check_fails(ana_mat_read(save(b, "bad.mat"), NULL, NULL, &mat), wanted, piece);
    assert_non_null(strstr(ana_last_error(), "bad.mat"));
    ana_mat_file_release(&mat);
}

static void nesting_is_limited(void **state)
{
    (void)state;
    for (int levels = 60; levels <= 5000; levels += 4940) {
        mat_builder b = {0};
        size_t *at = malloc((size_t)levels * sizeof *at);
        assert_non_null(at);
        mat_put_head(&b);
        for (int i = 0; i < levels; i++) {
            at[i] = mat_begin(&b, 1, 1, 1, i == 0 ? "deep" : "");
        }
        mat_put(&b, 14, 4);
        mat_put(&b, 0, 4);
        for (int i = levels; i-- > 0;) {
            mat_end(&b, at[i]);
        }
        free(at);
        if (levels == 60) {
            ana_mat_file mat = {0};
            check_ok(ana_mat_read(save(&b, "deep.mat"), NULL, NULL, &mat));
            ana_mat_file_release(&mat);
        } else {
            check_refused(&b, ANA_ERR_UNSUPPORTED, "nested more than 64 deep");
        }
    }
}

static void lies_are_refused_with_their_place(void **state)
{
    (void)state;
    const int64_t numbers[] = {1, 2, 3, 4};
    mat_builder b = {0};
    mat_put_head(&b);
    size_t at = mat_begin(&b, 6, 1000, 1000, "x");
    mat_put_element(&b, 2, 1, 4, numbers);
    mat_end(&b, at);
    check_refused(&b, ANA_ERR_FORMAT, "fewer numbers");
    mat_put_head(&b);
    at = mat_begin(&b, 1, 100000, 100000, "c");
    mat_end(&b, at);
    check_refused(&b, ANA_ERR_FORMAT, "more cells");
    mat_put_head(&b);
    at = mat_begin(&b, 6, -1, 2, "x");
    mat_end(&b, at);
    check_refused(&b, ANA_ERR_FORMAT, "negative length");
    mat_put_head(&b);
    at = mat_begin(&b, 4, 1, 1000, "t");
    mat_put_element(&b, 4, 2, 4, numbers);
    mat_end(&b, at);
    check_refused(&b, ANA_ERR_FORMAT, "fewer characters");
    mat_put_head(&b);
    at = mat_begin(&b, 5, 2, 2, "s");
    mat_put_element(&b, 5, 4, 1, (const int64_t[]){2}); /* row 2 of 2 */
    mat_put_element(&b, 5, 4, 3, (const int64_t[]){0, 1, 1});
    mat_put_element(&b, 2, 1, 1, numbers);
    mat_end(&b, at);
    check_refused(&b, ANA_ERR_FORMAT, "leave its shape");
    mat_put_head(&b);
    at = mat_begin(&b, 6, 1, 1, "x");
    mat_put(&b, 2, 4);
    mat_put(&b, 0xfffffff0, 4);
    mat_end(&b, at);
    check_refused(&b, ANA_ERR_FORMAT, "longer than what it stands in");
    mat_put_head(&b);
    mat_put(&b, 14, 4);
    mat_put(&b, 0x7fffffff, 4);
    check_refused(&b, ANA_ERR_FORMAT, "but 0 follow");
    mat_put_head(&b);
    mat_put(&b, 14, 4);
    check_refused(&b, ANA_ERR_FORMAT, "ends within the tag");
    ana_text_append(&b.text, "no MAT file of any kind, but text that is long enough to be one");
    check_refused(&b, ANA_ERR_FORMAT, "version 4 to 7");
    const double one = 1.0;
    mat_put_4(&b, 0, 1, 1, "big", &one);
    b.text.bytes[7] = 0x40; /* 2^30 and one more rows */
    check_refused(&b, ANA_ERR_FORMAT, "1073741825 x 1 is announced");
}

static void a_bomb_is_refused(void **state)
{
    (void)state;
    const size_t n = (size_t)40 << 20;
    mat_builder inner = {0};
    size_t at = mat_begin(&inner, 9, 1, (int64_t)n, "x");
    mat_put(&inner, 2, 4);
    mat_put(&inner, n, 4);
    size_t head = inner.text.n;
    char *bytes = calloc(head + n, 1);
    assert_non_null(bytes);
    mat_end(&inner, at);
    memcpy(bytes, inner.text.bytes, head);
    uint32_t total = (uint32_t)(head + n - 8);
    memcpy(bytes + 4, &total, 4);
    unsigned char *packed = NULL;
    size_t n_packed = 0;
    check_ok(ana_deflate(bytes, head + n, ANA_DEFLATE_ZLIB, &packed, &n_packed));
    mat_builder b = {0};
    mat_put_head(&b);
    mat_put(&b, 15, 4);
    mat_put(&b, n_packed, 4);
    ana_text_append_bytes(&b.text, (char *)packed, n_packed);
    check_refused(&b, ANA_ERR_FORMAT, "believed");
    free(packed);
    free(bytes);
    ana_text_release(&inner.text);
    ana_mat_file mat = {0};
    ana_run run = ana_run_default();
    run.max_memory = 100;
    deflate_all("limit.mat");
    check_fails(ana_mat_read(scratch("limit.mat"), NULL, &run, &mat), ANA_ERR_LIMIT, "limit.mat");
    ana_mat_file_release(&mat);
}

/* Counts that no byte of the file stands behind. */
static void what_costs_the_file_nothing_stays_small(void **state)
{
    (void)state;
    const double none = 0.0;
    mat_builder b = {0};
    ana_mat_file mat = {0};
    mat_put_4(&b, 1, (1 << 30) + 5, 0, "t", &none);
    mat_put_4(&b, 1, 1, 0, "u", &none);
    check_ok(ana_mat_read(save(&b, "rows.mat"), NULL, NULL, &mat));
    assert_int_equal(mat.variables[0].shape[0], (1 << 30) + 5);
    assert_int_equal(mat.variables[0].n_lines, 0);
    assert_int_equal(mat.variables[1].n_lines, 1);
    assert_string_equal(mat.variables[1].lines[0], "");
    ana_mat_file_release(&mat);
    b = (mat_builder){0};
    mat_put_head(&b);
    size_t at = mat_begin(&b, 4, INT32_MAX, 0, "t");
    mat_end(&b, at);
    check_ok(ana_mat_read(save(&b, "rows.mat"), NULL, NULL, &mat));
    assert_int_equal(mat.variables[0].n_lines, 0);
    ana_mat_file_release(&mat);
    /* A sparse matrix of 10^9 columns without a number. */
    const double shape[] = {1, 1e9, 0};
    b = (mat_builder){0};
    mat_put_4(&b, 2, 1, 3, "s", shape);
    check_fails(ana_mat_read(save(&b, "columns.mat"), NULL, NULL, &mat), ANA_ERR_FORMAT,
                "a file of 46 bytes");
    ana_mat_file_release(&mat);
}

/* Each may be filled up by itself, but not all four. */
static void sparse_matrices_are_filled_up_within_limits(void **state)
{
    (void)state;
    const double shape[] = {2000, 2000, 0};
    char name[] = "s0";
    mat_builder b = {0};
    for (; name[1] < '4'; name[1]++) {
        mat_put_4(&b, 2, 1, 3, name, shape);
    }
    ana_recording *recording = NULL;
    check_ok(ana_recording_read(save(&b, "sparse.mat"), NULL, &recording));
    assert_int_equal(recording->n_series, 2);
    size_t n_told = 0;
    for (size_t i = 0; i < recording->n_warnings; i++) {
        n_told += strstr(recording->warnings[i], "too large to be filled up") != NULL ? 1 : 0;
    }
    assert_int_equal(n_told, 2);
    ana_recording_free(recording);
}

static void mutants_do_no_harm(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(8, "test", 0);
    mat_builder b = {0};
    mat_put_all(&b);
    save(&b, "seed.mat");
    b.big = false;
    const double numbers[] = {2, 1, 1, 3, 1, 2, 1, 2, 7, 8, 9, 0};
    mat_put_4(&b, 2, 4, 3, "sp", numbers);
    mat_put_4(&b, 0, 2, 2, "m", numbers);
    save(&b, "seed4.mat");
    size_t n_refused = 0;
    for (int round = 0; round < 4000; round++) {
        size_t n = 0;
        unsigned char *bytes = read_bytes(scratch(round % 4 == 0 ? "seed4.mat" : "seed.mat"), &n);
        size_t n_changes = 1 + (size_t)ana_random_below(&random, 4);
        size_t from = round % 4 == 0 ? 0 : 124;
        for (size_t i = 0; i < n_changes; i++) {
            static const unsigned char edges[] = {0, 1, 0x7f, 0x80, 0xff};
            uint64_t pick = ana_random_below(&random, 10);
            bytes[from + ana_random_below(&random, n - from)] =
                pick < 5 ? edges[pick] : (unsigned char)ana_random_u64(&random);
        }
        ana_recording *recording = NULL;
        ana_status status =
            ana_recording_read(scratch_file("mutant.mat", bytes, n), NULL, &recording);
        n_refused += status != ANA_OK ? 1 : 0;
        if (status == ANA_OK) {
            check_ok(ana_recording_check(recording));
            ana_recording_free(recording);
        }
        free(bytes);
    }
    assert_true(n_refused > 500);
}

static ana_status read_both(void *user)
{
    (void)user;
    static const char *const names[] = {"fail.mat", "fail4.mat"};
    ana_status status = ANA_OK;
    for (size_t i = 0; i < 2 && status == ANA_OK; i++) {
        ana_recording *recording = NULL;
        status = ana_recording_read(scratch(names[i]), NULL, &recording);
        if (status == ANA_OK) {
            ana_recording_free(recording);
        }
    }
    return status;
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    mat_builder b = {0};
    const double numbers[] = {2, 1, 1, 3, 1, 2, 1, 2, 7, 8, 9, 0};
    mat_put_4(&b, 2, 4, 3, "sp", numbers);
    mat_put_4(&b, 1, 2, 2, "text", numbers);
    save(&b, "fail4.mat");
    deflate_all("fail.mat");
    assert_true(check_each_allocation(read_both, NULL, 1) > 100);
    ana_matrix *matrix = NULL;
    ALLOCATION_TEST(ana_matrix_read, (scratch("fail.mat:x"), NULL, &matrix),
                    ana_matrix_free(matrix));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_read_in_both_byte_orders),
        cmocka_unit_test(deflated_values_read_the_same),
        cmocka_unit_test(variables_become_objects_of_a_recording),
        cmocka_unit_test(a_matrix_keeps_matlabs_order_of_indices),
        cmocka_unit_test(version_4_is_read),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(lies_are_refused_with_their_place),
        cmocka_unit_test(a_bomb_is_refused),
        cmocka_unit_test(what_costs_the_file_nothing_stays_small),
        cmocka_unit_test(sparse_matrices_are_filled_up_within_limits),
        cmocka_unit_test(mutants_do_no_harm),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
