#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"
#include "text.h"

#include <analysis/formats/table_io.h>

#include <math.h>
#include <string.h>

static const char *write_text(const char *name, const char *text)
{
    return scratch_file(name, text, strlen(text));
}

static void columns_are_numbers_or_texts(void **state)
{
    (void)state;
    ana_table *table = NULL;
    (void)write_text("edges.tsv",
                     "pre\tpost\ttype\tsynapses\nADAL\tAIAL\tchemical\t2\nADAL\tn/a\t\"a\tb"
                     "\"\t\n1\t7\telectrical\t-0.5\n");
    check_ok(ana_table_read(scratch("edges.tsv"), NULL, &table));
    check_ok(ana_table_check(table));
    assert_int_equal(table->n_rows, 3);
    assert_int_equal(table->n_columns, 4);
    assert_string_equal(ana_table_find(table, "pre")->texts[2], "1");
    assert_int_equal(ana_table_find(table, "post")->type, ANA_COLUMN_TEXT);
    assert_null(ana_table_find(table, "post")->texts[1]);
    assert_string_equal(ana_table_find(table, "type")->texts[1], "a\tb");
    check_all_close(3, ana_table_find(table, "synapses")->doubles,
                    ((const double[]){2.0, (double)NAN, -0.5}), 0.0, 0.0);
    ana_table_free(table);
}

static void a_json_list_of_objects_is_a_table(void **state)
{
    (void)state;
    ana_table *table = NULL;
    (void)write_text("rows.json",
                     "[{\"pre\":\"A\",\"typ\":0,\"syn\":[2,1.5]},"
                     "{\"syn\":[],\"typ\":null,\"pre\":\"B\"},{\"typ\":2.5,\"more\":1}]");
    check_ok(ana_table_read(scratch("rows.json"), NULL, &table));
    check_ok(ana_table_check(table));
    assert_int_equal(table->n_rows, 3);
    assert_int_equal(table->n_columns, 3);
    assert_string_equal(ana_table_find(table, "pre")->texts[1], "B");
    assert_null(ana_table_find(table, "pre")->texts[2]);
    check_all_close(3, ana_table_find(table, "typ")->doubles,
                    ((const double[]){0.0, (double)NAN, 2.5}), 0.0, 0.0);
    const ana_column *lists = ana_table_find(table, "syn");
    assert_int_equal(lists->row_start[1], 2);
    assert_int_equal(lists->row_start[3], 2);
    check_close(lists->doubles[1], 1.5, 0.0, 0.0);
    ana_table_free(table);
    (void)write_text("object.json", "{\"a\":1}");
    check_fails(ana_table_read(scratch("object.json"), NULL, &table), ANA_ERR_FORMAT,
                "list of objects");
    (void)write_text("mixed.json", "[{\"a\":1},{\"a\":\"x\"}]");
    check_fails(ana_table_read(scratch("mixed.json"), NULL, &table), ANA_ERR_FORMAT,
                "row 1: a is no number");
    (void)write_text("flat.json", "[{\"a\":1},7]");
    check_fails(ana_table_read(scratch("flat.json"), NULL, &table), ANA_ERR_FORMAT,
                "row 1 is no object");
    (void)write_text("deep.json", "[{\"a\":[1,\"x\"]}]");
    check_fails(ana_table_read(scratch("deep.json"), NULL, &table), ANA_ERR_FORMAT,
                "list of numbers");
    (void)write_text("some.json", "[{\"a\":1,\"b\":\"x\",\"c\":[1]}]");
    TOLERANT_ALLOCATION_TEST(ana_table_read, (scratch("some.json"), NULL, &table),
                             ana_table_free(table));
}

/* A row of many columns, and many rows that say nothing. */
static void a_json_list_that_fills_a_large_table_is_refused(void **state)
{
    (void)state;
    const ana_run run = {.max_memory = (size_t)100 << 10};
    ana_table *table = NULL;
    ana_text text = {0};
    ana_text_append(&text, "[{\"a\":1");
    for (int i = 0; i < 100; i++) {
        ana_text_printf(&text, ",\"%d\":1", i);
    }
    for (int i = 0; i < 400; i++) {
        ana_text_append(&text, i == 0 ? "},{}" : ",{}");
    }
    ana_text_append(&text, "]");
    (void)write_text("wide.json", text.bytes);
    check_fails(ana_table_read(scratch("wide.json"), &run, &table), ANA_ERR_LIMIT, "wide.json");
    check_ok(ana_table_read(scratch("wide.json"), NULL, &table));
    assert_int_equal(table->n_rows * table->n_columns, 401 * 101);
    ana_table_free(table);
    ana_text_release(&text);
}

static void a_first_line_of_names_behind_a_sharp_is_a_header(void **state)
{
    (void)state;
    ana_table *table = NULL;
    (void)write_text("sharp.csv", "#from,to,x\nA,B,C\nC,D,E\n");
    check_ok(ana_table_read(scratch("sharp.csv"), NULL, &table));
    assert_int_equal(table->n_rows, 2);
    assert_string_equal(ana_table_find(table, "from")->texts[0], "A");
    assert_string_equal(ana_table_find(table, "x")->texts[1], "E");
    ana_table_free(table);
    static const char *const comments[] = {
        "# from,to,x\na,b,c\nC,D,E\n", "#from,to\na,b,c\nC,D,E\n", "#from,to,2\na,b,c\nC,D,E\n"};
    for (size_t i = 0; i < 3; i++) {
        (void)write_text("comment.csv", comments[i]);
        check_ok(ana_table_read(scratch("comment.csv"), NULL, &table));
        assert_int_equal(table->n_rows, 1);
        assert_non_null(ana_table_find(table, "a"));
        ana_table_free(table);
    }
}

static void what_is_no_table_is_refused(void **state)
{
    (void)state;
    ana_table *table = NULL;
    (void)write_text("twice.csv", "a,b,a\n1,2,3\n");
    check_fails(ana_table_read(scratch("twice.csv"), NULL, &table), ANA_ERR_VALUE, "a");
    (void)write_text("ragged.csv", "a,b\n1,2\n3\n");
    check_fails(ana_table_read(scratch("ragged.csv"), NULL, &table), ANA_ERR_FORMAT, "line 3");
    check_fails(ana_table_read(scratch("none.csv"), NULL, &table), ANA_ERR_IO, "none.csv");
    assert_null(table);
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    ana_table *table = NULL;
    (void)write_text("some.csv", "a,b\nx,2\ny,3\n");
    ALLOCATION_TEST(ana_table_read, (scratch("some.csv"), NULL, &table), ana_table_free(table));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_numbers_or_texts),
        cmocka_unit_test(a_json_list_of_objects_is_a_table),
        cmocka_unit_test(a_json_list_that_fills_a_large_table_is_refused),
        cmocka_unit_test(a_first_line_of_names_behind_a_sharp_is_a_header),
        cmocka_unit_test(what_is_no_table_is_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("table io", tests, NULL, NULL);
}
