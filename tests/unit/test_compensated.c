#include "compensated.h"
#include "support/check.h"

#include <math.h>

static double sum_of(size_t n, const double *terms)
{
    ana_compensated total = {0.0, 0.0};
    for (size_t i = 0; i < n; i++) {
        ana_compensated_add(&total, terms[i]);
    }
    return ana_compensated_total(&total);
}

static void what_rounding_takes_comes_back(void **state)
{
    (void)state;
    static const double cancelling[] = {1.0, 1e100, 1.0, -1e100};
    assert_true(sum_of(4, cancelling) == 2.0);
    static const double small_ones[] = {1e16, 1.0, 1.0, 1.0, 1.0, -1e16};
    assert_true(sum_of(6, small_ones) == 4.0);
}

static void a_tenth_ten_million_times_is_a_million(void **state)
{
    (void)state;
    ana_compensated total = {0.0, 0.0};
    double plain = 0.0;
    for (size_t i = 0; i < 10000000; i++) {
        ana_compensated_add(&total, 0.1);
        plain += 0.1;
    }
    check_close(ana_compensated_total(&total), 1e6, 1e-9, 0.0);
    assert_true(fabs(plain - 1e6) > 1e-5);
}

static void missing_terms_make_the_sum_missing(void **state)
{
    (void)state;
    static const double terms[] = {1.0, (double)NAN, 2.0};
    assert_true(isnan(sum_of(3, terms)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_rounding_takes_comes_back),
        cmocka_unit_test(a_tenth_ten_million_times_is_a_million),
        cmocka_unit_test(missing_terms_make_the_sum_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
