#include "support/check.h"
#include "vec.h"

#include <analysis/random.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum {
    N = 200000
};

typedef long double (*exact_function)(long double);
typedef void (*vector_function)(size_t n, const double *x, double *out);

/* Distance in units of the last place of the exact value. */
static double error_in_ulp(double value, long double exact)
{
    if (isnan((double)exact) || isinf((double)exact) || isinf(value)) {
        return is_close(value, (double)exact, 0.0, 0.0) ? 0.0 : (double)INFINITY;
    }
    int exponent = 0;
    (void)frexpl(exact, &exponent);
    const long double unit = ldexpl(1.0L, (exponent < -1021 ? -1021 : exponent) - DBL_MANT_DIG);
    return (double)(fabsl((long double)value - exact) / unit);
}

static double worst_error(vector_function vector, exact_function exact, size_t n, const double *x)
{
    double *values = calloc(n, sizeof *values);
    double worst = 0.0;
    vector(n, x, values);
    for (size_t i = 0; i < n; i++) {
        worst = fmax(worst, error_in_ulp(values[i], exact((long double)x[i])));
    }
    free(values);
    return worst;
}

/* n values, uniform between the ends. */
static double *spread(size_t n, double low, double high, uint64_t seed)
{
    ana_random random = ana_random_stream(seed, "vec.test", 0);
    double *x = calloc(n, sizeof *x);
    for (size_t i = 0; i < n; i++) {
        x[i] = low + (high - low) * ana_random_uniform(&random);
    }
    return x;
}

static void exp_is_within_two_units_everywhere(void **state)
{
    (void)state;
    const double ends[][2] = {{-745.2, 709.8}, {-746.0, -708.0}, {700.0, 710.0},
                              {-1.0, 1.0},     {-1e-3, 1e-3},    {-40, 5}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        double *x = spread(N, ends[i][0], ends[i][1], i);
        assert_true(worst_error(ana_vec_exp, expl, N, x) < 2.0);
        free(x);
    }
}

static void log_is_within_two_units_everywhere(void **state)
{
    (void)state;
    const double ends[][2] = {{-745.0, 709.7}, {-1.0, 1.0}, {-1e-7, 1e-7}, {-744.0, -708.0}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        double *x = spread(N, ends[i][0], ends[i][1], i);
        for (size_t j = 0; j < N; j++) {
            x[j] = exp(x[j]);
        }
        assert_true(worst_error(ana_vec_log, logl, N, x) < 2.0);
        free(x);
    }
}

static void log1p_is_within_two_units_everywhere(void **state)
{
    (void)state;
    const double ends[][2] = {{-0.99999, 3.0}, {-1e-9, 1e-9}, {0.0, 1.0}, {0.0, 1e6}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        double *x = spread(N, ends[i][0], ends[i][1], i);
        assert_true(worst_error(ana_vec_log1p, log1pl, N, x) < 2.0);
        free(x);
    }
    double *x = spread(N, -744.0, 709.0, 9);
    for (size_t j = 0; j < N; j++) {
        x[j] = exp(x[j]);
    }
    assert_true(worst_error(ana_vec_log1p, log1pl, N, x) < 2.0);
    free(x);
}

static void the_far_ends_are_those_of_the_c_library(void **state)
{
    (void)state;
    const double x[] = {-INFINITY, -1e308,  -800.0, -746.0,   -745.13, -2.0,    -1.0,
                        -DBL_MIN,  -0.0,    0.0,    4.9e-324, DBL_MIN, 1e-310,  DBL_EPSILON,
                        1.0,       709.782, 709.79, 710.0,    1e10,    DBL_MAX, INFINITY};
    const size_t n = sizeof x / sizeof x[0];
    assert_true(worst_error(ana_vec_exp, expl, n, x) < 2.0);
    assert_true(worst_error(ana_vec_log, logl, n, x) < 2.0);
    assert_true(worst_error(ana_vec_log1p, log1pl, n, x) < 2.0);
}

static void missing_stays_missing_and_ones_are_exact(void **state)
{
    (void)state;
    double x[3] = {(double)NAN, 0.0, 1.0};
    double out[3];
    ana_vec_exp(3, x, out);
    assert_true(isnan(out[0]) && out[1] == 1.0);
    ana_vec_log(3, x, out);
    assert_true(isnan(out[0]) && out[2] == 0.0);
    ana_vec_log1p(3, x, out);
    assert_true(isnan(out[0]) && out[1] == 0.0);
}

static void the_place_in_the_array_changes_no_bit(void **state)
{
    (void)state;
    double *x = spread(64, -30.0, 3.0, 4);
    double whole[64];
    ana_vec_exp(64, x, whole);
    for (size_t first = 0; first < 64; first++) {
        double part[64];
        ana_vec_exp(64 - first, x + first, part);
        check_all_close(64 - first, part, whole + first, 0.0, 0.0);
    }
    ana_vec_exp(64, x, x); /* in place */
    check_all_close(64, x, whole, 0.0, 0.0);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_within_two_units_everywhere),
        cmocka_unit_test(log_is_within_two_units_everywhere),
        cmocka_unit_test(log1p_is_within_two_units_everywhere),
        cmocka_unit_test(the_far_ends_are_those_of_the_c_library),
        cmocka_unit_test(missing_stays_missing_and_ones_are_exact),
        cmocka_unit_test(the_place_in_the_array_changes_no_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
