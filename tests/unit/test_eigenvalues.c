#include "eigenvalues.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/random.h>

#include <math.h>

static void eigenvalues_of_turns_and_shears_by_hand(void **state)
{
    (void)state;
    /* A turn by 0.3 that shrinks to 0.9, a shear (1, 1), and -2. */
    double a[25] = {0.0};
    double values[10];
    const double wanted[10] = {
        -2.0,           0.0, 1.0, 0.0, 1.0, 0.0, 0.9 * cos(0.3), 0.9 * sin(0.3), 0.9 * cos(0.3),
        -0.9 * sin(0.3)};
    a[0] = a[6] = 0.9 * cos(0.3);
    a[1] = -0.9 * sin(0.3);
    a[5] = 0.9 * sin(0.3);
    a[12] = a[18] = 1.0;
    a[13] = 5.0;
    a[24] = -2.0;
    check_ok(ana_linalg_eigenvalues(5, a, values));
    check_all_close(10, values, wanted, 1e-14, 0.0);
    check_ok(ana_linalg_eigenvalues(0, a, values));
}

static void their_sum_is_the_trace_and_moduli_fall(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(1, "eigenvalues", 0);
    double a[49];
    double values[14];
    double trace = 0.0;
    double sum = 0.0;
    for (size_t i = 0; i < 49; i++) {
        a[i] = ana_random_normal(&random);
        trace += i % 8 == 0 ? a[i] : 0.0;
    }
    check_ok(ana_linalg_eigenvalues(7, a, values));
    for (size_t k = 0; k < 7; k++) {
        sum += values[2 * k];
        assert_true(k == 0 || hypot(values[2 * k], values[2 * k + 1]) <=
                                  hypot(values[2 * k - 2], values[2 * k - 1]));
        if (values[2 * k + 1] > 0.0) { /* its conjugate follows */
            assert_true(values[2 * k + 2] == values[2 * k]);
            assert_true(values[2 * k + 3] == -values[2 * k + 1]);
        }
    }
    check_close(sum, trace, 1e-13, 0.0);
    a[10] = (double)NAN;
    check_fails(ana_linalg_eigenvalues(7, a, values), ANA_ERR_VALUE, "eigenvalues");
    a[10] = 1.0;
    ALLOCATION_TEST(ana_linalg_eigenvalues, (7, a, values), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eigenvalues_of_turns_and_shears_by_hand),
        cmocka_unit_test(their_sum_is_the_trace_and_moduli_fall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
