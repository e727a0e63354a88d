#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/basis.h>

#include <math.h>
#include <stdlib.h>

static ana_basis *made(ana_basis_family family, size_t n_functions, size_t n_lags)
{
    ana_basis_options options = ana_basis_options_default();
    ana_basis *basis = NULL;
    options.family = family;
    options.n_functions = n_functions;
    options.n_lags = n_lags;
    check_ok(ana_basis_new(&options, &basis));
    return basis;
}

static void raised_cosines_sum_to_two_between_the_outer_peaks(void **state)
{
    (void)state;
    ana_basis *basis = made(ANA_BASIS_RAISED_COSINE_LINEAR, 5, 33);
    for (size_t l = 8; l <= 24; l++) {
        double sum = 0.0;
        for (size_t b = 0; b < 5; b++) {
            sum += basis->values[l * 5 + b];
        }
        check_close(sum, 2.0, 1e-14, 0.0);
    }
    assert_true(basis->values[0] == 1.0);
    check_close(basis->values[32 * 5 + 4], 1.0, 1e-15, 0.0);
    ana_basis_free(basis);
}

static void log_raised_cosines_end_at_zero_unless_asked(void **state)
{
    (void)state;
    ana_basis *basis = made(ANA_BASIS_RAISED_COSINE_LOG, 4, 20);
    check_close(basis->values[19 * 4 + 3], 0.0, 1e-15, 0.0);
    ana_basis_free(basis);
    ana_basis_options options = ana_basis_options_default();
    options.full_to_end = true;
    check_ok(ana_basis_new(&options, &basis));
    check_close(basis->values[19 * 5 + 4], 1.0, 1e-15, 0.0);
    ana_basis_free(basis);
}

static void splines_of_every_order_sum_to_one(void **state)
{
    (void)state;
    for (size_t order = 1; order <= 6; order++) {
        ana_basis_options options = ana_basis_options_default();
        ana_basis *basis = NULL;
        options.family = ANA_BASIS_BSPLINE;
        options.order = order;
        options.n_functions = 7;
        options.n_lags = 41;
        check_ok(ana_basis_new(&options, &basis));
        for (size_t l = 0; l < 41; l++) {
            double sum = 0.0;
            for (size_t b = 0; b < 7; b++) {
                assert_true(basis->values[l * 7 + b] >= 0.0);
                sum += basis->values[l * 7 + b];
            }
            check_close(sum, 1.0, 1e-14, 0.0);
        }
        ana_basis_free(basis);
    }
}

static void laguerre_functions_are_orthonormal(void **state)
{
    (void)state;
    ana_basis *basis = made(ANA_BASIS_LAGUERRE, 6, 400); /* the tail beyond is 0.6^200 */
    for (size_t a = 0; a < 6; a++) {
        for (size_t b = 0; b < 6; b++) {
            double sum = 0.0;
            for (size_t l = 0; l < 400; l++) {
                sum += basis->values[l * 6 + a] * basis->values[l * 6 + b];
            }
            check_close(sum, a == b ? 1.0 : 0.0, 1e-12, 0.0);
        }
    }
    ana_basis_free(basis);
}

static void exponentials_sum_to_one_and_double_their_decay(void **state)
{
    (void)state;
    ana_basis *basis = made(ANA_BASIS_EXPONENTIAL, 3, 12);
    for (size_t b = 0; b < 3; b++) {
        double sum = 0.0;
        for (size_t l = 0; l < 12; l++) {
            sum += basis->values[l * 3 + b];
        }
        check_close(sum, 1.0, 1e-14, 0.0);
        check_close(basis->values[3 + b] / basis->values[b], exp(-1.0 / ldexp(1.0, (int)b)), 1e-14,
                    0.0);
    }
    ana_basis_free(basis);
}

static void lags_are_the_identity(void **state)
{
    (void)state;
    ana_basis *basis = made(ANA_BASIS_LAGS, 1, 4);
    assert_int_equal(basis->n_functions, 4);
    for (size_t i = 0; i < 16; i++) {
        assert_true(basis->values[i] == (i % 5 == 0 ? 1.0 : 0.0));
    }
    ana_basis_free(basis);
}

static void options_that_fit_no_basis_are_refused(void **state)
{
    (void)state;
    ana_basis *basis = NULL;
    ana_basis_options options = ana_basis_options_default();
    options.n_functions = 21;
    check_fails(ana_basis_new(&options, &basis), ANA_ERR_VALUE, "21 functions of 20 lags");
    options.n_functions = 1;
    check_fails(ana_basis_new(&options, &basis), ANA_ERR_VALUE, "single raised cosine");
    options.family = ANA_BASIS_BSPLINE;
    options.n_functions = 3;
    check_fails(ana_basis_new(&options, &basis), ANA_ERR_VALUE, "order 4");
    options.family = ANA_BASIS_LAGUERRE;
    options.decay = 1.0;
    check_fails(ana_basis_new(&options, &basis), ANA_ERR_VALUE, "below 1");
    options.n_lags = 0;
    check_fails(ana_basis_new(&options, &basis), ANA_ERR_VALUE, "lag-bins");
    assert_null(basis);
}

static void custom_curves_are_copied_and_must_be_finite(void **state)
{
    (void)state;
    double values[6] = {0.3, -1.25, 2.0, 0.0, 7.5, 1e-3};
    ana_basis *basis = NULL;
    check_ok(ana_basis_custom(3, 2, values, &basis));
    check_all_close(6, basis->values, values, 0.0, 0.0);
    ana_basis_free(basis);
    values[3] = (double)NAN;
    check_fails(ana_basis_custom(3, 2, values, &basis), ANA_ERR_VALUE, "lag 2 of function 1");
    check_fails(ana_basis_custom(0, 2, values, &basis), ANA_ERR_VALUE, "at least one");
}

static void a_basis_comes_back_from_its_record(void **state)
{
    (void)state;
    ana_basis *basis = made(ANA_BASIS_RAISED_COSINE_LOG, 4, 15);
    ana_basis *back = NULL;
    ana_record *record = NULL;
    check_ok(ana_basis_to_record(basis, 0.02, &record));
    check_ok(ana_record_check(record));
    check_ok(ana_basis_from_record(record, &back));
    assert_int_equal(back->n_lags, 15);
    assert_int_equal(back->n_functions, 4);
    check_all_close(60, back->values, basis->values, 0.0, 0.0);
    ana_basis_free(back);
    ana_record_free(record);
    check_ok(ana_basis_to_record(basis, (double)NAN, &record));
    assert_string_equal(ana_record_find(record, "functions/x")->unit, "bin");
    ana_record_free(record);
    check_ok(ana_record_new(&record));
    check_fails(ana_basis_from_record(record, &back), ANA_ERR_FORMAT, "values");
    ana_record_free(record);
    ana_basis_free(basis);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    ana_basis *basis = NULL;
    ana_basis *other = NULL;
    ana_record *record = NULL;
    ana_record *kept = NULL;
    const double values[2] = {1.0, 0.5};
    ALLOCATION_TEST(ana_basis_new, (NULL, &basis), ana_basis_free(basis));
    ALLOCATION_TEST(ana_basis_custom, (2, 1, values, &basis), ana_basis_free(basis));
    basis = made(ANA_BASIS_LAGUERRE, 3, 7);
    ALLOCATION_TEST(ana_basis_to_record, (basis, 0.01, &record), ana_record_free(record));
    check_ok(ana_basis_to_record(basis, 0.01, &kept));
    ALLOCATION_TEST(ana_basis_from_record, (kept, &other), ana_basis_free(other));
    ana_record_free(kept);
    ana_basis_free(basis);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raised_cosines_sum_to_two_between_the_outer_peaks),
        cmocka_unit_test(log_raised_cosines_end_at_zero_unless_asked),
        cmocka_unit_test(splines_of_every_order_sum_to_one),
        cmocka_unit_test(laguerre_functions_are_orthonormal),
        cmocka_unit_test(exponentials_sum_to_one_and_double_their_decay),
        cmocka_unit_test(lags_are_the_identity),
        cmocka_unit_test(options_that_fit_no_basis_are_refused),
        cmocka_unit_test(custom_curves_are_copied_and_must_be_finite),
        cmocka_unit_test(a_basis_comes_back_from_its_record),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
