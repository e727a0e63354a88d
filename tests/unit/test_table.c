#include "support/check.h"
#include "support/fail_nth.h"
#include "table_rows.h"

#include <analysis/random.h>
#include <analysis/table.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Four rows with a column of each type, missing elements, and two ragged ones. */
static const size_t electrode_start[] = {0, 2, 2, 3, 6};

static ana_table *make_units(void)
{
    static const int64_t ids[] = {11, -7, INT64_MIN, 400};
    static const double rates[] = {0.5, NAN, 12.25, -0.0};
    static const char *const labels[] = {"good", NULL, "mua", "g\xc3\xbct"};
    static const int64_t electrodes[] = {3, 1, 4, 1, 5, 9};
    static const char *const words[] = {"a", NULL, "bc", "", "e", "f"};
    ana_table *table = NULL;
    ana_column *column = NULL;
    check_ok(ana_table_new(4, &table));
    check_ok(ana_table_add_ints(table, "id", ids));
    check_ok(ana_table_add_doubles(table, "rate", "Hz", rates));
    check_ok(ana_table_add_texts(table, "label", labels));
    check_ok(ana_table_add(table, "accepted", ANA_COLUMN_BOOL, NULL, &column));
    column->bools[0] = true;
    column->bools[3] = true;
    check_ok(ana_column_set_missing(column, 1));
    check_ok(ana_table_add(table, "electrodes", ANA_COLUMN_INT, electrode_start, &column));
    memcpy(column->ints, electrodes, sizeof electrodes);
    column->description = strdup("where it was seen");
    check_ok(ana_column_set_missing(column, 4));
    check_ok(ana_table_add(table, "tags", ANA_COLUMN_TEXT, electrode_start, &column));
    for (size_t i = 0; i < 6; i++) {
        check_ok(ana_column_set_text(column, i, words[i]));
    }
    check_ok(ana_table_check(table));
    return table;
}

static void columns_are_found_by_name_and_know_what_is_missing(void **state)
{
    (void)state;
    ana_table *table = make_units();
    assert_int_equal(table->n_columns, 6);
    const ana_column *rate = ana_table_find(table, "rate");
    assert_string_equal(rate->unit, "Hz");
    assert_true(rate->doubles[2] == 12.25);
    assert_true(ana_column_is_missing(rate, 1));
    assert_false(ana_column_is_missing(rate, 0));
    const ana_column *label = ana_table_find(table, "label");
    assert_string_equal(label->texts[2], "mua");
    assert_true(ana_column_is_missing(label, 1));
    assert_false(ana_column_is_missing(label, 3));
    const ana_column *accepted = ana_table_find(table, "accepted");
    assert_true(ana_column_is_missing(accepted, 1));
    assert_false(ana_column_is_missing(accepted, 2));
    const ana_column *electrodes = ana_table_find(table, "electrodes");
    assert_int_equal(electrodes->n_elements, 6);
    assert_true(ana_column_is_missing(electrodes, 4));
    assert_false(ana_column_is_missing(ana_table_find(table, "id"), 2));
    assert_null(ana_table_find(table, "depth"));
    ana_table_free(table);
    ana_table_free(NULL);
}

static void a_text_can_be_set_replaced_and_taken_away(void **state)
{
    (void)state;
    ana_table *table = make_units();
    ana_column *label = &table->columns[2];
    check_ok(ana_column_set_text(label, 1, "noise"));
    check_ok(ana_column_set_text(label, 0, label->texts[1])); /* of the column itself */
    assert_string_equal(label->texts[0], "noise");
    check_ok(ana_column_set_text(label, 0, NULL));
    assert_true(ana_column_is_missing(label, 0));
    check_ok(ana_column_set_missing(label, 1));
    assert_true(ana_column_is_missing(label, 1));
    ana_column *rate = &table->columns[1];
    check_ok(ana_column_set_missing(rate, 0));
    assert_true(isnan(rate->doubles[0]));
    ana_table_free(table);
}

/* Element e of a column as text, to compare columns of any type. */
static void element_text(const ana_column *column, size_t e, char *text, size_t size)
{
    if (ana_column_is_missing(column, e)) {
        snprintf(text, size, "missing");
    } else if (column->type == ANA_COLUMN_BOOL) {
        snprintf(text, size, "%d", column->bools[e]);
    } else if (column->type == ANA_COLUMN_INT) {
        snprintf(text, size, "%lld", (long long)column->ints[e]);
    } else if (column->type == ANA_COLUMN_DOUBLE) {
        snprintf(text, size, "%a", column->doubles[e]);
    } else {
        snprintf(text, size, "\"%s\"", column->texts[e]);
    }
}

/* Row a of table A holds in each column what row b of table B holds. */
static void check_same_row(const ana_table *a, size_t row_a, const ana_table *b, size_t row_b)
{
    for (size_t i = 0; i < a->n_columns; i++) {
        const ana_column *left = &a->columns[i];
        const ana_column *right = ana_table_find(b, left->name);
        size_t first_a = left->row_start != NULL ? left->row_start[row_a] : row_a;
        size_t first_b = right->row_start != NULL ? right->row_start[row_b] : row_b;
        size_t n_a = left->row_start != NULL ? left->row_start[row_a + 1] - first_a : 1;
        size_t n_b = right->row_start != NULL ? right->row_start[row_b + 1] - first_b : 1;
        assert_int_equal(n_a, n_b);
        assert_int_equal(left->type, right->type);
        for (size_t e = 0; e < n_a; e++) {
            char text_a[64];
            char text_b[64];
            element_text(left, first_a + e, text_a, sizeof text_a);
            element_text(right, first_b + e, text_b, sizeof text_b);
            assert_string_equal(text_a, text_b);
        }
    }
}

static void taken_rows_hold_what_the_rows_held(void **state)
{
    (void)state;
    ana_table *table = make_units();
    ana_random random = ana_random_stream(7, "test.table", 0);
    for (int trial = 0; trial < 50; trial++) {
        size_t rows[9];
        size_t n = ana_random_below(&random, 10);
        for (size_t i = 0; i < n; i++) {
            rows[i] = ana_random_below(&random, 4);
        }
        ana_table *taken = NULL;
        check_ok(ana_table_take(table, n, rows, &taken));
        check_ok(ana_table_check(taken));
        assert_int_equal(taken->n_rows, n);
        assert_int_equal(taken->n_columns, table->n_columns);
        for (size_t i = 0; i < n; i++) {
            check_same_row(taken, i, table, rows[i]);
        }
        assert_string_equal(taken->columns[1].unit, "Hz");
        assert_string_equal(taken->columns[4].description, "where it was seen");
        ana_table_free(taken);
    }
    ana_table_free(table);
}

static void gathered_rows_miss_what_their_table_lacks(void **state)
{
    (void)state;
    ana_table *units = make_units();
    ana_table *other = NULL;
    ana_table *gathered = NULL;
    check_ok(ana_table_new(2, &other));
    check_ok(ana_table_add_ints(other, "id", (const int64_t[]){5, 6}));
    check_ok(ana_table_add_texts(other, "rate", (const char *const[]){"slow", "fast"}));
    check_ok(ana_table_add_ints(other, "electrodes", (const int64_t[]){1, 2}));
    const ana_table *tables[] = {other, units, other};
    const size_t rows[] = {1, 3, 0};
    check_ok(ana_table_gather(units, 3, tables, rows, &gathered));
    check_ok(ana_table_check(gathered));
    const int64_t *ids = ana_table_find(gathered, "id")->ints;
    assert_int_equal(ids[0], 6);
    assert_int_equal(ids[1], 400);
    assert_int_equal(ids[2], 5);
    const ana_column *rate = ana_table_find(gathered, "rate"); /* texts there: not the same */
    assert_true(ana_column_is_missing(rate, 0));
    assert_false(ana_column_is_missing(rate, 1));
    assert_true(ana_column_is_missing(ana_table_find(gathered, "accepted"), 2));
    const ana_column *electrodes = ana_table_find(gathered, "electrodes"); /* not ragged there */
    assert_int_equal(electrodes->row_start[1], 0);
    assert_int_equal(electrodes->row_start[2], 3);
    assert_int_equal(electrodes->row_start[3], 3);
    ana_table_free(gathered);
    ana_table_free(other);
    ana_table_free(units);
}

static void columns_that_break_the_rules_are_refused(void **state)
{
    (void)state;
    ana_table *table = make_units();
    ana_table *taken = NULL;
    static const size_t falling[] = {0, 2, 1, 3, 6};
    static const size_t late[] = {1, 2, 3, 4, 5};
    static const size_t row = 4;
    check_fails(ana_table_add(table, "rate", ANA_COLUMN_INT, NULL, NULL), ANA_ERR_VALUE, "rate");
    check_fails(ana_table_add_ints(table, "id", NULL), ANA_ERR_VALUE, "already");
    check_fails(ana_table_add_doubles(table, "id", NULL, NULL), ANA_ERR_VALUE, "already");
    check_fails(ana_table_add_texts(table, "id", NULL), ANA_ERR_VALUE, "already");
    check_fails(ana_table_add(table, "x", ANA_COLUMN_INT, falling, NULL), ANA_ERR_VALUE, "row 1");
    check_fails(ana_table_add(table, "x", ANA_COLUMN_INT, late, NULL), ANA_ERR_VALUE, "begins");
    check_fails(ana_table_take(table, 1, &row, &taken), ANA_ERR_VALUE, "4 rows");
    check_fails(ana_column_set_text(&table->columns[0], 0, "x"), ANA_ERR_VALUE, "\"id\"");
    check_fails(ana_column_set_text(&table->columns[2], 4, "x"), ANA_ERR_VALUE, "element 4");
    check_fails(ana_column_set_missing(&table->columns[2], 4), ANA_ERR_VALUE, "element 4");
    assert_int_equal(table->n_columns, 6);
    ana_table_free(table);
}

static void a_column_too_long_to_be_is_refused(void **state)
{
    (void)state;
    ana_table *table = NULL;
    static const size_t huge[] = {0, SIZE_MAX};
    check_ok(ana_table_new(1, &table));
    check_fails(ana_table_add(table, "x", ANA_COLUMN_INT, huge, NULL), ANA_ERR_MEMORY, "column");
    check_ok(ana_table_add(table, "y", ANA_COLUMN_INT, (const size_t[]){0, 0}, NULL));
    table->columns[0].row_start[1] = SIZE_MAX / 2 + 1; /* never touched: refused before */
    ana_table *taken = NULL;
    check_fails(ana_table_take(table, 2, (const size_t[]){0, 0}, &taken), ANA_ERR_SHAPE, "\"y\"");
    ana_table_free(table);
    check_ok(ana_table_new(SIZE_MAX, &table)); /* rows cost nothing before there is a column */
    check_fails(ana_table_add(table, "x", ANA_COLUMN_DOUBLE, NULL, NULL), ANA_ERR_MEMORY, "column");
    ana_table_free(table);
}

static void check_finds_each_broken_invariant(void **state)
{
    (void)state;
    ana_table *table = make_units();
    ana_column *columns = table->columns;
    char *name = columns[1].name;
    columns[1].name = columns[0].name;
    check_fails(ana_table_check(table), ANA_ERR_VALUE, "two columns");
    columns[1].name = NULL;
    check_fails(ana_table_check(table), ANA_ERR_VALUE, "column 1 has no name");
    columns[1].name = name;
    columns[1].type = ANA_COLUMN_INT;
    check_fails(ana_table_check(table), ANA_ERR_VALUE, "one array");
    columns[1].type = ANA_COLUMN_DOUBLE;
    columns[0].n_elements = 3;
    check_fails(ana_table_check(table), ANA_ERR_VALUE, "3 elements");
    columns[0].n_elements = 4;
    columns[4].row_start[3] = 1;
    check_fails(ana_table_check(table), ANA_ERR_VALUE, "row_start falls");
    columns[4].row_start[3] = 3;
    columns[4].row_start[0] = 1;
    check_fails(ana_table_check(table), ANA_ERR_VALUE, "row_start begins");
    columns[4].row_start[0] = 0;
    columns[1].missing = columns[3].missing;
    check_fails(ana_table_check(table), ANA_ERR_VALUE, "missing");
    columns[1].missing = NULL;
    check_ok(ana_column_set_text(&columns[2], 3, "g\xfct"));
    check_fails(ana_table_check(table), ANA_ERR_VALUE, "UTF-8");
    check_ok(ana_column_set_text(&columns[2], 3, "good"));
    check_ok(ana_table_check(table));
    ana_table_free(table);
}

static void a_table_comes_back_from_a_record_as_it_was(void **state)
{
    (void)state;
    ana_table *table = make_units();
    ana_table *back = NULL;
    ana_record *record = NULL;
    check_ok(ana_table_add_ints(table, "about", (const int64_t[]){1, 2, 3, 4}));
    check_ok(ana_table_add_ints(table, "spikes/s", (const int64_t[]){4, 3, 2, 1}));
    check_ok(ana_table_add_ints(table, "", (const int64_t[]){0, 0, 0, 1}));
    table->columns[2].unit = strdup("word");
    check_ok(ana_record_new(&record));
    check_ok(ana_table_to_record(table, record, "units"));
    check_ok(ana_record_check(record));
    check_ok(ana_table_from_record(record, "units", &back));
    check_ok(ana_table_check(back));
    assert_int_equal(back->n_rows, table->n_rows);
    assert_int_equal(back->n_columns, table->n_columns);
    for (size_t i = 0; i < table->n_columns; i++) {
        const char *unit = table->columns[i].unit;
        const char *description = table->columns[i].description;
        assert_string_equal(back->columns[i].name, table->columns[i].name);
        assert_string_equal(back->columns[i].unit != NULL ? back->columns[i].unit : "NULL",
                            unit != NULL ? unit : "NULL");
        assert_string_equal(back->columns[i].description != NULL ? back->columns[i].description
                                                                 : "NULL",
                            description != NULL ? description : "NULL");
    }
    for (size_t row = 0; row < table->n_rows; row++) {
        check_same_row(back, row, table, row);
    }
    ana_table_free(back);
    ana_record_free(record);
    ana_table_free(table);
}

/* The node at `path`, to be broken. */
static ana_record *node_at(ana_record *record, const char *path)
{
    ana_record *node = record;
    while (node != NULL && path[0] != '\0') {
        size_t n = strcspn(path, "/");
        ana_record *next = NULL;
        for (size_t i = 0; i < node->n_children; i++) {
            if (strncmp(node->children[i]->name, path, n) == 0 &&
                node->children[i]->name[n] == '\0') {
                next = node->children[i];
            }
        }
        node = next;
        path += n + (path[n] == '/' ? 1 : 0);
    }
    return node;
}

static void a_record_that_is_no_table_is_refused(void **state)
{
    (void)state;
    ana_table *table = make_units();
    ana_table *back = NULL;
    ana_record *record = NULL;
    check_ok(ana_record_new(&record));
    check_ok(ana_table_to_record(table, record, "units"));
    check_fails(ana_table_from_record(record, "trials", &back), ANA_ERR_FORMAT, "trials");
    check_fails(ana_table_from_record(record, "units/id", &back), ANA_ERR_FORMAT, "table");

    ana_record *n_rows = node_at(record, "units/about/n_rows");
    n_rows->integer = 5;
    check_fails(ana_table_from_record(record, "units", &back), ANA_ERR_FORMAT, "5 elements");
    n_rows->integer = -1;
    check_fails(ana_table_from_record(record, "units", &back), ANA_ERR_FORMAT, "at least 0");
    n_rows->integer = INT64_MAX;
    check_fails(ana_table_from_record(record, "units", &back), ANA_ERR_FORMAT, "elements");
    n_rows->integer = 4;

    ana_record *types = node_at(record, "units/about/types");
    types->texts[0][0] = 'X';
    check_fails(ana_table_from_record(record, "units", &back), ANA_ERR_FORMAT, "\"Xnt\"");
    types->texts[0][0] = 'i';
    strcpy(types->texts[1], "int");
    check_fails(ana_table_from_record(record, "units", &back), ANA_ERR_FORMAT, "of type int");
    strcpy(types->texts[1], "double");
    free(types->texts[5]);
    types->shape[0] = 5;
    check_fails(ana_table_from_record(record, "units", &back), ANA_ERR_FORMAT, "should be 6 long");
    types->texts[5] = strdup("text");
    types->shape[0] = 6;

    ana_record *starts = node_at(record, "units/about/4/row_start");
    starts->ints[1] = -2;
    check_fails(ana_table_from_record(record, "units", &back), ANA_ERR_VALUE, "row_start falls");
    starts->ints[1] = 2;
    starts->ints[4] = 7;
    check_fails(ana_table_from_record(record, "units", &back), ANA_ERR_FORMAT, "7 elements");
    starts->ints[4] = 6;
    ana_record *missing = node_at(record, "units/about/3/missing");
    missing->ints[0] = 4;
    check_fails(ana_table_from_record(record, "units", &back), ANA_ERR_VALUE, "no element 4");
    missing->ints[0] = 1;
    assert_null(back);
    check_ok(ana_table_from_record(record, "units", &back));
    ana_table_free(back);
    ana_record_free(record);
    ana_table_free(table);
}

static void without_memory_a_table_stays_as_it_was(void **state)
{
    (void)state;
    ana_table *table = make_units();
    ana_table *made = NULL;
    static const size_t rows[] = {3, 0, 3};
    static const double values[] = {1.0, 2.0, 3.0, 4.0};
    static const int64_t ints[] = {1, 2, 3, 4};
    static const char *const texts[] = {"a", "b", NULL, "d"};
    ALLOCATION_TEST(ana_table_new, (3, &made), ana_table_free(made));
    ALLOCATION_TEST(ana_table_add, (table, "x", ANA_COLUMN_TEXT, electrode_start, NULL), (void)0);
    ALLOCATION_TEST(ana_table_add_doubles, (table, "y", "s", values), (void)0);
    ALLOCATION_TEST(ana_table_add_ints, (table, "z", ints), (void)0);
    ALLOCATION_TEST(ana_table_add_texts, (table, "w", texts), (void)0);
    assert_int_equal(table->n_columns, 10);
    ALLOCATION_TEST(ana_column_set_text, (&table->columns[2], 0, "other"), (void)0);
    ALLOCATION_TEST(ana_column_set_missing, (&table->columns[0], 2), (void)0);
    ALLOCATION_TEST(ana_table_take, (table, 3, rows, &made), ana_table_free(made));
    NO_ALLOCATION_TEST(ana_table_check, (table));
    ana_record *record = NULL;
    table->columns[2].unit = strdup("word");
    check_ok(ana_record_new(&record));
    ALLOCATION_TEST(ana_table_to_record, (table, record, "units"), (void)0);
    ALLOCATION_TEST(ana_table_from_record, (record, "units", &made), ana_table_free(made));
    ana_record_free(record);
    ana_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_found_by_name_and_know_what_is_missing),
        cmocka_unit_test(a_text_can_be_set_replaced_and_taken_away),
        cmocka_unit_test(taken_rows_hold_what_the_rows_held),
        cmocka_unit_test(gathered_rows_miss_what_their_table_lacks),
        cmocka_unit_test(columns_that_break_the_rules_are_refused),
        cmocka_unit_test(a_column_too_long_to_be_is_refused),
        cmocka_unit_test(check_finds_each_broken_invariant),
        cmocka_unit_test(a_table_comes_back_from_a_record_as_it_was),
        cmocka_unit_test(a_record_that_is_no_table_is_refused),
        cmocka_unit_test(without_memory_a_table_stays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
