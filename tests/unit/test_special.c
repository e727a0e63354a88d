#include "loader.h"
#include "support/check.h"
#include "support/reference_table.h"

#include <analysis/special.h>

#include <math.h>

static const double missing = (double)NAN;
static const double inf = HUGE_VAL;

/* Each function with its arguments from a row. */
#define ADAPT_1(name, call)                                                                        \
    static double name(const double *v, size_t n)                                                  \
    {                                                                                              \
        assert_int_equal(n, 1);                                                                    \
        return call(v[0]);                                                                         \
    }

ADAPT_1(lgamma_of, ana_special_lgamma)
ADAPT_1(digamma_of, ana_special_digamma)
ADAPT_1(trigamma_of, ana_special_trigamma)
ADAPT_1(log1p_exp_of, ana_special_log1p_exp)
ADAPT_1(kolmogorov_of, ana_special_kolmogorov)

static double log_factorial_of(const double *v, size_t n)
{
    assert_int_equal(n, 1);
    return ana_special_log_factorial((uint64_t)v[0]);
}

static double log_choose_of(const double *v, size_t n)
{
    assert_int_equal(n, 2);
    return ana_special_log_choose((uint64_t)v[0], (uint64_t)v[1]);
}

static double log_beta_of(const double *v, size_t n)
{
    assert_int_equal(n, 2);
    return ana_special_log_beta(v[0], v[1]);
}

static double log_sum_exp_of(const double *v, size_t n)
{
    return ana_special_log_sum_exp(n, v);
}

static double gamma_p_of(const double *v, size_t n)
{
    assert_int_equal(n, 2);
    return ana_special_gamma_p(v[0], v[1]);
}

static double gamma_q_of(const double *v, size_t n)
{
    assert_int_equal(n, 2);
    return ana_special_gamma_q(v[0], v[1]);
}

static double beta_of(const double *v, size_t n)
{
    assert_int_equal(n, 3);
    return ana_special_beta(v[0], v[1], v[2], 1.0 - v[2]);
}

static double kolmogorov_smirnov_of(const double *v, size_t n)
{
    assert_int_equal(n, 2);
    return ana_special_kolmogorov_smirnov((size_t)v[0], v[1]);
}

static void functions_agree_with_scipy(void **state)
{
    reference *root = *state;
    check_table(root, "special/lgamma", lgamma_of, 1e-15, 1e-14);
    check_table(root, "special/digamma", digamma_of, 1e-15, 1e-14);
    check_table(root, "special/trigamma", trigamma_of, 0.0, 1e-14);
    check_table(root, "special/log_factorial", log_factorial_of, 1e-15, 1e-14);
    check_table(root, "special/log_choose", log_choose_of, 1e-15, 1e-14);
    check_table(root, "special/log_beta", log_beta_of, 1e-13, 1e-13); /* scipy's own loss */
    check_table(root, "special/log_sum_exp", log_sum_exp_of, 0.0, 1e-15);
    check_table(root, "special/log1p_exp", log1p_exp_of, 0.0, 1e-15);
    check_table(root, "special/gamma_p", gamma_p_of, 0.0, 1e-11);
    check_table(root, "special/gamma_q", gamma_q_of, 0.0, 1e-11);
    check_table(root, "special/beta", beta_of, 0.0, 1e-11);
    check_table(root, "special/kolmogorov", kolmogorov_of, 0.0, 1e-14);
    check_table(root, "special/kolmogorov_smirnov", kolmogorov_smirnov_of, 1e-13, 1e-8);
    check_table(root, "special/kolmogorov_smirnov_rough", kolmogorov_smirnov_of, 4e-6, 0.0);
}

/* Shapes where scipy has lost digits: 30-digit sums of the power series (mpmath). */
static void large_shapes_keep_their_digits(void **state)
{
    (void)state;
    check_close(ana_special_gamma_p(1001.0, 368.2283192177451), 2.277647710243236e-162, 0.0, 1e-12);
    check_close(ana_special_gamma_p(1e5, 93675.44467966324), 3.9326250479586391e-93, 0.0, 1e-12);
    check_close(ana_special_gamma_q(1e5, 1e5), 0.4995794778896348, 0.0, 1e-13);
    check_close(ana_special_gamma_q(1001.0, 1190.8315042346765), 7.2147229850136692e-09, 0.0,
                1e-12);
    check_close(ana_special_beta(1e4, 1e4, 0.489075546440437, 0.510924453559563),
                0.00099999999999979316, 0.0, 1e-11);
    /* A median within half a standard deviation of rounding: of a beta, by symmetry. */
    check_close(ana_special_beta(1e9, 1e9, 0.5, 0.5), 0.5, 0.0, 1e-11);
    /* and of a gamma, a - 1/3 + 8 / (405 a) (Choi 1994). */
    check_close(ana_special_gamma_p(1e9, 1e9 - 1.0 / 3.0), 0.5, 1e-10, 0.0);
}

static void recurrences_hold_over_the_seams(void **state)
{
    (void)state;
    const double shapes[] = {0.01, 0.5, 7.5, 15.9, 16.1, 500.0, 999.5, 1000.5, 40000.0};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        double a = shapes[i];
        check_close(ana_special_lgamma(a + 1.0), ana_special_lgamma(a) + log(a), 1e-15, 1e-14);
        check_close(ana_special_digamma(a + 1.0), ana_special_digamma(a) + 1.0 / a, 1e-14, 1e-14);
        check_close(ana_special_trigamma(a + 1.0), ana_special_trigamma(a) - 1.0 / (a * a),
                    1e-14 + 1e-15 / (a * a), 1e-14);
        check_close(ana_stirling_error(a), /* two ways where both can be had */
                    ana_special_lgamma(a + 1.0) - (a + 0.5) * log(a) + a - 0.91893853320467274178,
                    1e-15 * a * (1.0 + fabs(log(a))) + 1e-14, 0.0);
        for (double x = 0.3 * a; x < 3.0 * a; x += 0.13 * a) {
            double p = ana_special_gamma_p(a, x);
            check_close(p + ana_special_gamma_q(a, x), 1.0, 1e-14, 0.0);
            /* P(a + 1, x) = P(a, x) - x^a e^-x / Gamma(a + 1) */
            double step = exp(a * log(x) - x - ana_special_lgamma(a + 1.0));
            check_close(ana_special_gamma_p(a + 1.0, x), p - step, 1e-10 * step + 1e-14, 1e-12);
        }
        for (double x = 0.1; x < 1.0; x += 0.2) {
            double whole =
                ana_special_beta(a, 2.5, x, 1.0 - x) + ana_special_beta(2.5, a, 1.0 - x, x);
            check_close(whole, 1.0, 1e-14, 0.0);
            check_close(ana_special_beta(a, 1.0, x, 1.0 - x), pow(x, a), 1e-300, 1e-11);
        }
    }
}

static void the_deviance_keeps_the_digits_of_a_small_difference(void **state)
{
    (void)state;
    /* x log(x/m) + m - x = d^2 / (2m) - d^3 / (6 m^2) + ... for x = m + d */
    double d = 1e-3;
    double wanted = d * d / 2e6 - d * d * d / 6e12;
    check_close(ana_deviance(1e6 + d, 1e6), wanted, 0.0, 1e-6); /* d itself has 7 digits there */
    check_close(ana_deviance(3.0, 1.0), 3.0 * log(3.0) - 2.0, 1e-15, 0.0);
    check_close(ana_deviance(2.0, 2.0), 0.0, 0.0, 0.0);
    check_close(ana_deviance(1.0, 1e-310), log(1.0) - log(1e-310) - 1.0, 0.0, 1e-14);
}

static void one_value_by_hand(void **state)
{
    (void)state;
    check_close(ana_special_lgamma(5.0), log(24.0), 0.0, 1e-15);
    check_close(ana_special_digamma(1.0), -0.57721566490153286061, 0.0, 1e-15);
    check_close(ana_special_trigamma(1.0), 1.6449340668482264365, 0.0, 1e-15);
    check_close(ana_special_log_choose(5, 2), log(10.0), 0.0, 1e-14);
    check_close(ana_special_log_beta(2.0, 3.0), -log(12.0), 0.0, 1e-14);
    check_close(ana_special_log_sum_exp(2, (double[2]){1000.0, 1000.0}), 1000.0 + log(2.0), 0.0,
                1e-15);
    check_close(ana_special_gamma_q(1.0, 2.0), exp(-2.0), 0.0, 1e-14);
    check_close(ana_special_beta(2.0, 1.0, 0.3, 0.7), 0.09, 0.0, 1e-14);
    /* One value is uniform: P(D >= d) = 2 (1 - d) for d >= 1/2. */
    check_close(ana_special_kolmogorov_smirnov(1, 0.8), 0.4, 0.0, 1e-14);
    /* The matrix power in 60 digits (mpmath); scipy 1.10 gives 0.64357717932 and 0.61280545890. */
    check_close(ana_special_kolmogorov_smirnov(505, 0.032617784182859544), 0.64357724790862857,
                1e-12, 0.0);
    check_close(ana_special_kolmogorov_smirnov(505, 0.033430925939716416), 0.61280555167547969,
                1e-12, 0.0);
    /* Two values: 1 - 2 (1 - d)^2 ... is P(D < d) for d >= 1/2. */
    check_close(ana_special_kolmogorov_smirnov(2, 0.6), 2.0 * 0.4 * 0.4, 0.0, 1e-14);
}

static void ends_and_domains(void **state)
{
    (void)state;
    check_close(ana_special_lgamma(0.0), inf, 0.0, 0.0);
    check_close(ana_special_lgamma(inf), inf, 0.0, 0.0);
    check_close(ana_special_lgamma(-1.5), missing, 0.0, 0.0);
    check_close(ana_special_lgamma(missing), missing, 0.0, 0.0);
    check_close(ana_special_digamma(0.0), missing, 0.0, 0.0);
    check_close(ana_special_trigamma(-1.0), missing, 0.0, 0.0);
    check_close(ana_special_log_choose(3, 4), -inf, 0.0, 0.0);
    check_close(ana_special_log_choose(3, 3), 0.0, 0.0, 0.0);
    check_close(ana_special_log_beta(0.0, 1.0), missing, 0.0, 0.0);
    check_close(ana_special_log_sum_exp(0, NULL), -inf, 0.0, 0.0);
    check_close(ana_special_log_sum_exp(2, (double[2]){-inf, -inf}), -inf, 0.0, 0.0);
    check_close(ana_special_log_sum_exp(2, (double[2]){1.0, inf}), inf, 0.0, 0.0);
    check_close(ana_special_log_sum_exp(3, (double[3]){1.0, missing, 2.0}), missing, 0.0, 0.0);
    check_close(ana_special_gamma_p(0.0, 1.0), missing, 0.0, 0.0);
    check_close(ana_special_gamma_p(1.0, -1.0), missing, 0.0, 0.0);
    check_close(ana_special_gamma_p(2.0, 0.0), 0.0, 0.0, 0.0);
    check_close(ana_special_gamma_q(2.0, 0.0), 1.0, 0.0, 0.0);
    check_close(ana_special_gamma_q(2.0, inf), 0.0, 0.0, 0.0);
    check_close(ana_special_gamma_q(2.0, 1e5), 0.0, 0.0, 0.0);
    check_close(ana_special_gamma_p(100.0, 1e-10), 0.0, 0.0, 0.0);
    /* GSL would abort the process on these */
    check_close(ana_special_trigamma(1e308), 0.0, 0.0, 0.0);
    check_close(ana_special_trigamma(1e-310), inf, 0.0, 0.0);
    check_close(ana_special_lgamma(1e-310), -log(1e-310), 0.0, 1e-15);
    check_close(ana_special_gamma_q(2.0, missing), missing, 0.0, 0.0);
    check_close(ana_special_beta(1.0, 2.0, 0.0, 1.0), 0.0, 0.0, 0.0);
    check_close(ana_special_beta(1.0, 2.0, 1.0, 0.0), 1.0, 0.0, 0.0);
    check_close(ana_special_beta(1.0, -2.0, 0.5, 0.5), missing, 0.0, 0.0);
    check_close(ana_special_kolmogorov(0.0), 1.0, 0.0, 0.0);
    check_close(ana_special_kolmogorov(-1.0), 1.0, 0.0, 0.0);
    check_close(ana_special_kolmogorov(missing), missing, 0.0, 0.0);
    check_close(ana_special_kolmogorov_smirnov(0, 0.5), missing, 0.0, 0.0);
    check_close(ana_special_kolmogorov_smirnov(10, 0.05), 1.0, 0.0, 0.0);
    check_close(ana_special_kolmogorov_smirnov(10, 1.0), 0.0, 0.0, 0.0);
    check_close(ana_special_kolmogorov_smirnov(10, missing), missing, 0.0, 0.0);
    check_close(ana_special_kolmogorov_smirnov(4000000, 1.5e-3), 2.0 * exp(-18.0), 0.0, 1e-2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_agree_with_scipy),
        cmocka_unit_test(large_shapes_keep_their_digits),
        cmocka_unit_test(recurrences_hold_over_the_seams),
        cmocka_unit_test(the_deviance_keeps_the_digits_of_a_small_difference),
        cmocka_unit_test(one_value_by_hand),
        cmocka_unit_test(ends_and_domains),
    };
    return cmocka_run_group_tests(tests, open_maths_reference, close_reference);
}
