#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/intervals.h>

#include <math.h>
#include <string.h>

/* Overlapping spans, a point, and one of unknown end. */
static ana_intervals *make_intervals(void)
{
    static const double start[] = {0.0, 1.0, 0.5, 3.0};
    static const double stop[] = {2.0, 1.0, 4.0, NAN};
    static const char *const labels[] = {"BAD_muscle", "left", NULL, "bad"};
    ana_intervals *intervals = NULL;
    check_ok(ana_intervals_new("annotations", 4, &intervals));
    memcpy(intervals->start, start, sizeof start);
    memcpy(intervals->stop, stop, sizeof stop);
    check_ok(ana_table_add_texts(intervals->table, "label", labels));
    check_ok(ana_intervals_check(intervals));
    return intervals;
}

static void new_intervals_are_points_at_0(void **state)
{
    (void)state;
    ana_intervals *intervals = NULL;
    check_ok(ana_intervals_new("trials", 3, &intervals));
    assert_string_equal(intervals->name, "trials");
    assert_int_equal(intervals->n, 3);
    assert_int_equal(intervals->table->n_rows, 3);
    assert_true(intervals->start[2] == 0.0 && intervals->stop[2] == 0.0);
    assert_false(ana_intervals_has_label(intervals, 0, "*")); /* there are no labels */
    check_ok(ana_intervals_check(intervals));
    ana_intervals_free(intervals);
    ana_intervals_free(NULL);
}

static void labels_match_whole_or_up_to_the_star(void **state)
{
    (void)state;
    ana_intervals *intervals = make_intervals();
    assert_true(ana_intervals_has_label(intervals, 0, "BAD_muscle"));
    assert_true(ana_intervals_has_label(intervals, 0, "BAD*"));
    assert_true(ana_intervals_has_label(intervals, 0, "*"));
    assert_false(ana_intervals_has_label(intervals, 0, "BAD"));
    assert_false(ana_intervals_has_label(intervals, 0, "BAD_muscles*"));
    assert_false(ana_intervals_has_label(intervals, 3, "BAD*")); /* case matters */
    assert_false(ana_intervals_has_label(intervals, 2, "*"));    /* missing */
    assert_false(ana_intervals_has_label(intervals, 1, ""));
    ana_intervals_free(intervals);
}

static void a_row_may_carry_several_labels(void **state)
{
    (void)state;
    static const size_t start[] = {0, 2, 2};
    ana_intervals *intervals = NULL;
    ana_column *label = NULL;
    check_ok(ana_intervals_new("tags", 2, &intervals));
    check_ok(ana_table_add(intervals->table, "label", ANA_COLUMN_TEXT, start, &label));
    check_ok(ana_column_set_text(label, 0, "go"));
    check_ok(ana_column_set_text(label, 1, "left"));
    assert_true(ana_intervals_has_label(intervals, 0, "left"));
    assert_true(ana_intervals_has_label(intervals, 0, "go"));
    assert_false(ana_intervals_has_label(intervals, 1, "*"));
    ana_intervals_free(intervals);
}

static void a_label_that_is_no_text_is_none(void **state)
{
    (void)state;
    ana_intervals *intervals = NULL;
    check_ok(ana_intervals_new("trials", 1, &intervals));
    check_ok(ana_table_add_ints(intervals->table, "label", (const int64_t[]){3}));
    assert_false(ana_intervals_has_label(intervals, 0, "3"));
    ana_intervals_free(intervals);
}

static void taken_rows_keep_their_times_and_columns(void **state)
{
    (void)state;
    static const size_t rows[] = {3, 0, 0};
    static const size_t beyond = 4;
    ana_intervals *intervals = make_intervals();
    ana_intervals *taken = NULL;
    check_ok(ana_intervals_take(intervals, 3, rows, &taken));
    check_ok(ana_intervals_check(taken));
    assert_string_equal(taken->name, "annotations");
    assert_true(taken->start[0] == 3.0 && isnan(taken->stop[0]));
    assert_true(taken->start[2] == 0.0 && taken->stop[2] == 2.0);
    assert_true(ana_intervals_has_label(taken, 0, "bad"));
    assert_true(ana_intervals_has_label(taken, 2, "BAD_muscle"));
    ana_intervals_free(taken);
    check_fails(ana_intervals_take(intervals, 1, &beyond, &taken), ANA_ERR_VALUE, "row 4");
    ana_intervals_free(intervals);
}

static void check_finds_each_broken_invariant(void **state)
{
    (void)state;
    ana_intervals *intervals = make_intervals();
    char *name = intervals->name;
    intervals->name = NULL;
    check_fails(ana_intervals_check(intervals), ANA_ERR_VALUE, "no name");
    intervals->name = name;
    intervals->start[1] = 1.5;
    check_fails(ana_intervals_check(intervals), ANA_ERR_VALUE, "row 1 stops before");
    intervals->start[1] = NAN;
    check_fails(ana_intervals_check(intervals), ANA_ERR_VALUE, "row 1 has no finite start");
    intervals->start[1] = 1.0;
    intervals->stop[2] = INFINITY;
    check_fails(ana_intervals_check(intervals), ANA_ERR_VALUE, "row 2");
    intervals->stop[2] = 4.0;
    intervals->table->n_rows = 3;
    check_fails(ana_intervals_check(intervals), ANA_ERR_VALUE, "4 rows");
    intervals->table->n_rows = 4;
    intervals->table->columns[0].type = ANA_COLUMN_INT;
    check_fails(ana_intervals_check(intervals), ANA_ERR_VALUE, "\"label\"");
    intervals->table->columns[0].type = ANA_COLUMN_TEXT;
    check_ok(ana_intervals_check(intervals));
    ana_intervals_free(intervals);
}

static void without_memory_nothing_is_left_behind(void **state)
{
    (void)state;
    static const size_t rows[] = {3, 0};
    ana_intervals *intervals = make_intervals();
    ana_intervals *made = NULL;
    ALLOCATION_TEST(ana_intervals_new, ("x", 2, &made), ana_intervals_free(made));
    ALLOCATION_TEST(ana_intervals_take, (intervals, 2, rows, &made), ana_intervals_free(made));
    NO_ALLOCATION_TEST(ana_intervals_check, (intervals));
    ana_intervals_free(intervals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_intervals_are_points_at_0),
        cmocka_unit_test(labels_match_whole_or_up_to_the_star),
        cmocka_unit_test(a_row_may_carry_several_labels),
        cmocka_unit_test(a_label_that_is_no_text_is_none),
        cmocka_unit_test(taken_rows_keep_their_times_and_columns),
        cmocka_unit_test(check_finds_each_broken_invariant),
        cmocka_unit_test(without_memory_nothing_is_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
