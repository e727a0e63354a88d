#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/assignment.h>
#include <analysis/random.h>
#include <analysis/transport.h>

#include <math.h>
#include <stdlib.h>

enum {
    LARGEST = 60
};

static void draw_costs(ana_random *random, bool coarse, size_t n, double *cost)
{
    for (size_t i = 0; i < n; i++) {
        cost[i] =
            coarse ? (double)ana_random_below(random, 4) - 1.0 : 3.0 * ana_random_normal(random);
    }
}

/* The same by an assignment: each row and column as often as makes both equally many. */
static double least_by_assigning(size_t n_rows, size_t n_columns, const double *cost)
{
    const size_t n = n_rows * n_columns;
    double *whole = calloc(n * n, sizeof *whole);
    size_t *partner = calloc(n, sizeof *partner);
    double total = 0.0;
    for (size_t i = 0; i < n * n; i++) {
        whole[i] = cost[i / n / n_columns * n_columns + i % n / n_rows];
    }
    check_ok(ana_assignment_solve(n, n, whole, partner, &total));
    free(whole);
    free(partner);
    return total / (double)n;
}

static void check_weights(size_t n_rows, size_t n_columns, size_t n_moves,
                          const ana_transport_move *moves)
{
    double rows[LARGEST] = {0.0};
    double columns[LARGEST] = {0.0};
    assert_true(n_moves < n_rows + n_columns);
    for (size_t k = 0; k < n_moves; k++) {
        assert_true(moves[k].row < n_rows && moves[k].column < n_columns && moves[k].mass > 0.0);
        assert_true(k == 0 || moves[k - 1].row < moves[k].row ||
                    (moves[k - 1].row == moves[k].row && moves[k - 1].column < moves[k].column));
        rows[moves[k].row] += moves[k].mass;
        columns[moves[k].column] += moves[k].mass;
    }
    for (size_t i = 0; i < n_rows; i++) {
        check_close(rows[i], 1.0 / (double)n_rows, 1e-15, 0.0);
    }
    for (size_t j = 0; j < n_columns; j++) {
        check_close(columns[j], 1.0 / (double)n_columns, 1e-15, 0.0);
    }
}

static void a_small_case_by_hand(void **state)
{
    (void)state;
    /* Rows weigh 1/2, columns 1/3: row 0 takes column 0 and half of column 1, row 1 the rest. */
    const double cost[6] = {0, 3, 9, 8, 4, 1};
    ana_transport_move moves[4];
    size_t n_moves = 0;
    double total = 0.0;
    check_ok(ana_transport_solve(2, 3, cost, moves, &n_moves, &total));
    assert_int_equal(n_moves, 4);
    check_close(total, 3.0 / 6.0 + 4.0 / 6.0 + 1.0 / 3.0, 1e-15, 0.0);
    assert_int_equal(moves[1].column, 1);
    check_close(moves[1].mass, 1.0 / 6.0, 1e-16, 0.0);
    check_ok(ana_transport_solve(1, 3, cost, moves, &n_moves, NULL));
    assert_int_equal(n_moves, 3);
    check_ok(ana_transport_solve(1, 1, cost, moves, &n_moves, &total));
    check_close(moves[0].mass, 1.0, 0.0, 0.0);
}

static void no_other_plan_is_cheaper(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(1, "transport", 0);
    for (size_t trial = 0; trial < 300; trial++) {
        const size_t n_rows = 1 + ana_random_below(&random, 7);
        const size_t n_columns = 1 + ana_random_below(&random, 7);
        double cost[49];
        ana_transport_move moves[14];
        size_t n_moves = 0;
        double total = 0.0;
        draw_costs(&random, trial % 2 == 0, n_rows * n_columns, cost);
        check_ok(ana_transport_solve(n_rows, n_columns, cost, moves, &n_moves, &total));
        check_weights(n_rows, n_columns, n_moves, moves);
        check_close(total, least_by_assigning(n_rows, n_columns, cost), 1e-13, 0.0);
    }
}

static void larger_plans_cost_the_same_turned_around(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(2, "transport", 0);
    double *cost = calloc((size_t)LARGEST * LARGEST, sizeof *cost);
    double *turned = calloc((size_t)LARGEST * LARGEST, sizeof *turned);
    for (size_t trial = 0; trial < 30; trial++) {
        const size_t n_rows = 20 + ana_random_below(&random, LARGEST - 20);
        const size_t n_columns = trial % 5 == 0 ? n_rows : 20 + ana_random_below(&random, 40);
        ana_transport_move moves[2 * LARGEST];
        size_t n_moves = 0;
        double totals[3] = {0.0};
        draw_costs(&random, trial % 2 == 0, n_rows * n_columns, cost);
        for (size_t i = 0; i < n_rows * n_columns; i++) {
            turned[i % n_columns * n_rows + i / n_columns] = cost[i];
        }
        check_ok(ana_transport_solve(n_rows, n_columns, cost, moves, &n_moves, &totals[0]));
        check_weights(n_rows, n_columns, n_moves, moves);
        check_ok(ana_transport_solve(n_columns, n_rows, turned, moves, &n_moves, &totals[1]));
        check_close(totals[0], totals[1], 1e-12, 0.0);
        if (n_rows == n_columns) {
            size_t partner[LARGEST];
            check_ok(ana_assignment_solve(n_rows, n_columns, cost, partner, &totals[2]));
            check_close(totals[0], totals[2] / (double)n_rows, 1e-12, 0.0);
        }
    }
    free(cost);
    free(turned);
}

static void points_on_a_line_move_by_their_ranks(void **state)
{
    (void)state;
    /* Between equally many sorted points the cheapest plan joins those of one rank; between m and
     * 2 m each joins two. */
    double cost[20 * 40];
    ana_transport_move moves[60];
    size_t n_moves = 0;
    for (size_t i = 0; i < 20; i++) {
        for (size_t j = 0; j < 40; j++) {
            const double apart = sqrt(1.0 + (double)i) - 0.7 * sqrt(1.0 + 0.5 * (double)j);
            cost[i * 40 + j] = apart * apart;
        }
    }
    check_ok(ana_transport_solve(20, 40, cost, moves, &n_moves, NULL));
    assert_int_equal(n_moves, 40);
    for (size_t k = 0; k < n_moves; k++) {
        assert_int_equal(moves[k].row, k / 2);
        assert_int_equal(moves[k].column, k);
    }
}

static void wrong_input_is_refused(void **state)
{
    (void)state;
    double cost[4] = {1.0, 2.0, NAN, 4.0};
    ana_transport_move moves[3];
    size_t n_moves = 0;
    check_fails(ana_transport_solve(2, 2, cost, moves, &n_moves, NULL), ANA_ERR_VALUE,
                "row 1, column 0");
    cost[2] = INFINITY;
    check_fails(ana_transport_solve(2, 2, cost, moves, &n_moves, NULL), ANA_ERR_VALUE, "inf");
    check_fails(ana_transport_solve(0, 2, cost, moves, &n_moves, NULL), ANA_ERR_VALUE, "0 rows");
    check_fails(ana_transport_solve((size_t)1 << 31, 2, cost, moves, &n_moves, NULL), ANA_ERR_LIMIT,
                "too large");
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    const double cost[6] = {0, 3, 9, 8, 4, 1};
    ana_transport_move moves[4];
    size_t n_moves = 0;
    ALLOCATION_TEST(ana_transport_solve, (2, 3, cost, moves, &n_moves, NULL), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_case_by_hand),
        cmocka_unit_test(no_other_plan_is_cheaper),
        cmocka_unit_test(larger_plans_cost_the_same_turned_around),
        cmocka_unit_test(points_on_a_line_move_by_their_ranks),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
