#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

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
        cmocka_unit_test(what_is_no_table_is_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("table io", tests, NULL, NULL);
}
