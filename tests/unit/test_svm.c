/* Support vector machines: by hand, and by the conditions of optimality. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/random.h>
#include <analysis/svm.h>

#include <math.h>
#include <stdlib.h>

enum {
    N = 40
};

static void the_widest_gap_of_points_on_a_line_is_halfway(void **state)
{
    (void)state;
    /* -3, -1 | 2, 5: the margin lies between -1 and 2, with slope 2/3 and zero at 1/2. */
    const double x[4] = {-3.0, -1.0, 2.0, 5.0};
    const bool is_second[4] = {false, false, true, true};
    double kernel[16];
    double weights[4];
    double offset = 0.0;
    for (size_t i = 0; i < 16; i++) {
        kernel[i] = x[i / 4] * x[i % 4];
    }
    check_ok(ana_svm_fit(4, kernel, is_second, 1e6, 1e-10, weights, &offset));
    check_close(weights[0], 0.0, 0.0, 0.0);
    check_close(weights[1], -2.0 / 9.0, 1e-9, 0.0);
    check_close(weights[2], 2.0 / 9.0, 1e-9, 0.0);
    check_close(weights[3], 0.0, 0.0, 0.0);
    check_close(offset, -1.0 / 3.0, 1e-9, 0.0);
    /* With the classes exchanged the decision changes its sign. */
    const bool exchanged[4] = {true, true, false, false};
    check_ok(ana_svm_fit(4, kernel, exchanged, 1e6, 1e-10, weights, &offset));
    check_close(weights[1], 2.0 / 9.0, 1e-9, 0.0);
    check_close(offset, 1.0 / 3.0, 1e-9, 0.0);
}

static void optimality_holds_for_classes_that_overlap(void **state)
{
    (void)state;
    const double penalty = 0.7;
    double x[N][2];
    double kernel[N * N];
    double weights[N];
    double offset = 0.0;
    bool is_second[N];
    ana_random random = ana_random_stream(1, "test.svm", 0);
    for (size_t i = 0; i < N; i++) {
        is_second[i] = i % 3 == 0;
        x[i][0] = ana_random_normal(&random) + (is_second[i] ? 0.8 : -0.8);
        x[i][1] = ana_random_normal(&random);
    }
    for (size_t e = 0; e < (size_t)N * N; e++) { /* radial */
        const double *a = x[e / N];
        const double *b = x[e % N];
        kernel[e] = exp(-0.5 * (pow(a[0] - b[0], 2.0) + pow(a[1] - b[1], 2.0)));
    }
    check_ok(ana_svm_fit(N, kernel, is_second, penalty, 1e-9, weights, &offset));
    double sum = 0.0;
    for (size_t i = 0; i < N; i++) {
        const double side = is_second[i] ? 1.0 : -1.0;
        double decision = offset;
        for (size_t j = 0; j < N; j++) {
            decision += weights[j] * kernel[i * N + j];
        }
        sum += weights[i];
        const double alpha = side * weights[i];
        assert_true(alpha >= 0.0 && alpha <= penalty + 1e-12);
        if (alpha == 0.0) {
            assert_true(side * decision >= 1.0 - 1e-7);
        } else if (alpha < penalty - 1e-12) {
            check_close(side * decision, 1.0, 1e-7, 0.0);
        } else {
            assert_true(side * decision <= 1.0 + 1e-7);
        }
    }
    check_close(sum, 0.0, 1e-12, 0.0);
}

static void what_has_no_gap_is_refused(void **state)
{
    (void)state;
    double kernel[4] = {1.0, 0.0, 0.0, 1.0};
    double weights[2];
    double offset = 0.0;
    const bool alike[2] = {true, true};
    const bool apart[2] = {true, false};
    check_fails(ana_svm_fit(2, kernel, alike, 1.0, 1e-3, weights, &offset), ANA_ERR_VALUE,
                "0 items of one class and 2 of the other");
    check_fails(ana_svm_fit(2, kernel, apart, 0.0, 1e-3, weights, &offset), ANA_ERR_VALUE,
                "above 0");
    check_fails(ana_svm_fit(2, kernel, apart, 1.0, NAN, weights, &offset), ANA_ERR_VALUE,
                "above 0");
    kernel[2] = INFINITY;
    check_fails(ana_svm_fit(2, kernel, apart, 1.0, 1e-3, weights, &offset), ANA_ERR_VALUE,
                "items 1 and 0 is not finite");
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    const double kernel[4] = {1.0, 0.0, 0.0, 1.0};
    const bool is_second[2] = {true, false};
    double weights[2];
    double offset = 0.0;
    ALLOCATION_TEST(ana_svm_fit, (2, kernel, is_second, 1.0, 1e-3, weights, &offset), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_widest_gap_of_points_on_a_line_is_halfway),
        cmocka_unit_test(optimality_holds_for_classes_that_overlap),
        cmocka_unit_test(what_has_no_gap_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("svm", tests, NULL, NULL);
}
