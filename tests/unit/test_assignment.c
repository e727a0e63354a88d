#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"

#include <analysis/assignment.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    LARGEST = 6
};

/* Least cost over all ways to give each row a different column, where there are enough. */
static double least_by_trying(size_t n_rows, size_t n_columns, const double *cost)
{
    double least = HUGE_VAL;
    size_t columns[LARGEST] = {0};
    for (;;) {
        double sum = 0.0;
        unsigned used = 0;
        for (size_t i = 0; i < n_rows; i++) {
            sum += used >> columns[i] & 1 ? HUGE_VAL : cost[i * n_columns + columns[i]];
            used |= 1U << columns[i];
        }
        least = fmin(least, sum);
        size_t digit = 0;
        while (digit < n_rows && ++columns[digit] == n_columns) {
            columns[digit++] = 0;
        }
        if (digit == n_rows) {
            return least;
        }
    }
}

static void a_small_case_by_hand(void **state)
{
    (void)state;
    /* The greedy choice 1 of row 0 leaves 9 for row 1; the best is 2 + 3 + 4. */
    const double cost[9] = {1, 2, 8, 3, 9, 9, 8, 7, 4};
    size_t column[3];
    double total = 0.0;
    check_ok(ana_assignment_solve(3, 3, cost, column, &total));
    assert_int_equal(column[0], 1);
    assert_int_equal(column[1], 0);
    assert_int_equal(column[2], 2);
    check_close(total, 9.0, 0.0, 0.0);
    check_ok(ana_assignment_solve(3, 3, cost, column, NULL));
}

static void no_other_assignment_is_cheaper(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(1, "assignment", 0);
    for (size_t trial = 0; trial < 400; trial++) {
        size_t n_rows = 1 + ana_random_below(&random, LARGEST - 1);
        size_t n_columns = n_rows + ana_random_below(&random, LARGEST + 1 - n_rows);
        double cost[LARGEST * LARGEST];
        double turned[LARGEST * LARGEST];
        bool coarse = trial % 2 == 0; /* many ties */
        for (size_t i = 0; i < n_rows; i++) {
            for (size_t j = 0; j < n_columns; j++) {
                double c =
                    coarse ? (double)ana_random_below(&random, 4) : ana_random_normal(&random);
                c = ana_random_below(&random, 9) == 0 ? HUGE_VAL : c;
                cost[i * n_columns + j] = c;
                turned[j * n_rows + i] = c;
            }
        }
        double wanted = least_by_trying(n_rows, n_columns, cost);
        size_t column[LARGEST];
        size_t row[LARGEST];
        double total = 0.0;
        if (wanted == HUGE_VAL) {
            check_fails(ana_assignment_solve(n_rows, n_columns, cost, column, &total),
                        ANA_ERR_NUMERIC, "no partner");
            continue;
        }
        check_ok(ana_assignment_solve(n_rows, n_columns, cost, column, &total));
        check_close(total, wanted, 1e-13, 0.0);
        check_ok(ana_assignment_solve(n_columns, n_rows, turned, row, &total));
        check_close(total, wanted, 1e-13, 0.0);
        size_t n_paired = 0;
        unsigned used = 0;
        for (size_t j = 0; j < n_columns; j++) {
            n_paired += row[j] != ANA_UNASSIGNED;
            used |= row[j] != ANA_UNASSIGNED ? 1U << row[j] : 0;
        }
        assert_int_equal(n_paired, n_rows);
        assert_int_equal(used, (1U << n_rows) - 1);
    }
}

static void scipy_finds_the_same(void **state)
{
    reference *root = *state;
    for (size_t i = 0; i < reference_count(root, "assignment"); i++) {
        const char *name = reference_key(root, "assignment", i);
        char path[96];
        snprintf(path, sizeof path, "assignment/%s/cost", name);
        size_t n_rows = reference_axis(root, path, 0);
        size_t n_columns = reference_axis(root, path, 1);
        const double *cost = reference_doubles(root, path, NULL);
        snprintf(path, sizeof path, "assignment/%s/total", name);
        double wanted = reference_number(root, path);
        size_t column[64];
        double total = 0.0;
        assert_true(n_rows <= 64);
        check_ok(ana_assignment_solve(n_rows, n_columns, cost, column, &total));
        check_close(total, wanted, 1e-12, 1e-12);
        snprintf(path, sizeof path, "assignment/%s/column", name);
        const double *wanted_column = reference_doubles(root, path, NULL);
        for (size_t row = 0; row < n_rows; row++) { /* -1: none; no ties in these costs */
            double found = column[row] == ANA_UNASSIGNED ? -1.0 : (double)column[row];
            check_close(found, wanted_column[row], 0.0, 0.0);
        }
    }
}

static void ties_go_to_the_first(void **state)
{
    (void)state;
    double cost[5 * 7];
    size_t column[7];
    for (size_t i = 0; i < 35; i++) {
        cost[i] = 0.7;
    }
    check_ok(ana_assignment_solve(5, 7, cost, column, NULL));
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(column[i], i);
    }
    check_ok(ana_assignment_solve(7, 5, cost, column, NULL));
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(column[i], i < 5 ? i : ANA_UNASSIGNED);
    }
}

static void nothing_to_assign_is_an_assignment(void **state)
{
    (void)state;
    size_t column[3] = {9, 9, 9};
    double total = 1.0;
    check_ok(ana_assignment_solve(0, 0, NULL, column, &total));
    check_close(total, 0.0, 0.0, 0.0);
    check_ok(ana_assignment_solve(3, 0, NULL, column, NULL));
    assert_int_equal(column[2], ANA_UNASSIGNED);
}

static void costs_that_are_no_costs_are_refused(void **state)
{
    (void)state;
    double cost[4] = {1.0, 2.0, NAN, 4.0};
    size_t column[2];
    check_fails(ana_assignment_solve(2, 2, cost, column, NULL), ANA_ERR_VALUE,
                "row 1 and column 0 is NaN");
    cost[2] = -HUGE_VAL;
    check_fails(ana_assignment_solve(2, 2, cost, column, NULL), ANA_ERR_VALUE, "-inf");
}

static ana_status solve_tall(void *user)
{
    size_t column[4];
    return ana_assignment_solve(4, 2, user, column, NULL);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    double cost[8] = {3.1, 1.2, 0.4, 5.5, 2.2, 2.3, 0.1, 4.0};
    assert_true(check_each_allocation(solve_tall, cost, 0) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_case_by_hand),
        cmocka_unit_test(no_other_assignment_is_cheaper),
        cmocka_unit_test(scipy_finds_the_same),
        cmocka_unit_test(ties_go_to_the_first),
        cmocka_unit_test(nothing_to_assign_is_an_assignment),
        cmocka_unit_test(costs_that_are_no_costs_are_refused),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, open_maths_reference, close_reference);
}
