#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/random.h>
#include <analysis/singular_values.h>

#include <math.h>

static void two_values_by_hand(void **state)
{
    (void)state;
    /* A^T A = (25 20; 20 25): eigenvalues 45 and 5. */
    const double a[4] = {3, 0, 4, 5};
    const double row[3] = {2, -3, 6};
    double s[2];
    check_ok(ana_singular_values(2, 2, a, s));
    check_close(s[0], 3.0 * sqrt(5.0), 0.0, 1e-15);
    check_close(s[1], sqrt(5.0), 0.0, 1e-15);
    check_ok(ana_singular_values(1, 3, row, s));
    check_close(s[0], 7.0, 0.0, 1e-15);
    check_ok(ana_singular_values(0, 3, row, s));
}

static void they_are_those_with_vectors(void **state)
{
    (void)state;
    enum {
        MOST = 40
    };
    ana_random random = ana_random_stream(1, "singular", 0);
    for (size_t trial = 0; trial < 30; trial++) {
        const size_t n = 1 + ana_random_below(&random, MOST);
        const size_t m = 1 + ana_random_below(&random, MOST);
        double a[MOST * MOST];
        double u[MOST * MOST];
        double vt[MOST * MOST];
        double s[2][MOST];
        for (size_t i = 0; i < n * m; i++) {
            a[i] = trial % 3 == 0 && i >= m ? a[i - m] : ana_random_normal(&random);
        }
        check_ok(ana_linalg_svd(n, m, a, u, s[0], vt));
        check_ok(ana_singular_values(n, m, a, s[1]));
        check_all_close(n < m ? n : m, s[1], s[0], 1e-13 * s[0][0], 0.0);
    }
}

static void wrong_input_is_refused(void **state)
{
    (void)state;
    const double a[2] = {1.0, NAN};
    double s[1];
    check_fails(ana_singular_values(1, 2, a, s), ANA_ERR_VALUE, "singular values");
    check_fails(ana_singular_values((size_t)1 << 31, 1, a, s), ANA_ERR_SHAPE, "singular values");
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    const double a[6] = {3, 0, 4, 5, 1, 2};
    double s[2];
    ALLOCATION_TEST(ana_singular_values, (2, 3, a, s), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_values_by_hand),
        cmocka_unit_test(they_are_those_with_vectors),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
