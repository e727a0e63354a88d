#include "constants.h"
#include "loader.h"

#include <analysis/special.h>

#include <float.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>

/* From here on the incomplete gamma function is our own: GSL's loses digits as a grows (1e-11 at
 * 3000, half of them at 1e9), which Loader's form of the leading factor does not. */
static const double largest_shape_for_gsl = 1000.0;

/* The sums and fractions below need about ten times the square root of the shapes. */
static const int max_terms = 10000000;

static void silence_gsl(void)
{
    (void)gsl_set_error_handler_off();
}

typedef int (*gsl_function_1)(double x, gsl_sf_result *result);
typedef int (*gsl_function_2)(double a, double x, gsl_sf_result *result);

/* GSL's handler calls abort() unless it is off. The value that comes with an underflow or overflow
 * is the 0 or infinity it should be. */
static double call_gsl(gsl_function_1 one, gsl_function_2 two, double a, double x)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, silence_gsl);
    gsl_sf_result result = {0.0, 0.0};
    int error = one != NULL ? one(x, &result) : two(a, x, &result);
    bool known = error == GSL_SUCCESS || error == GSL_EUNDRFLW || error == GSL_EOVRFLW;
    return known ? result.val : (double)NAN;
}

double ana_special_lgamma(double x)
{
    if (x == 0.0 || x == HUGE_VAL) {
        return HUGE_VAL;
    }
    if (x > 0.0 && x < 1e-300) { /* where GSL's 1 / x overflows */
        return -log(x);
    }
    return x > 0.0 ? call_gsl(gsl_sf_lngamma_e, NULL, 0.0, x) : (double)NAN;
}

double ana_special_digamma(double x)
{
    return x > 0.0 ? call_gsl(gsl_sf_psi_e, NULL, 0.0, x) : (double)NAN;
}

double ana_special_trigamma(double x)
{
    return x > 0.0 ? call_gsl(gsl_sf_psi_1_e, NULL, 0.0, x) : (double)NAN;
}

double ana_stirling_error(double x)
{
    static const double table[16] = {0.0,
                                     0.08106146679532725822,
                                     0.041340695955409294094,
                                     0.027677925684998339149,
                                     0.020790672103765093112,
                                     0.016644691189821192163,
                                     0.013876128823070747999,
                                     0.011896709945891770095,
                                     0.010411265261972096497,
                                     0.0092554621827127329177,
                                     0.0083305634333628712565,
                                     0.007573675487951840795,
                                     0.0069428401072095298657,
                                     0.0064089941880042070684,
                                     0.0059513701127588477356,
                                     0.005554733551962801371};
    if (x < 16.0 && x == floor(x)) {
        return table[(int)x];
    }
    if (x < 16.0) {
        return ana_special_lgamma(x + 1.0) - (x + 0.5) * log(x) + x - 0.5 * ANA_LOG_2PI;
    }
    double xx = x * x;
    return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / xx) / xx) / xx) / xx) /
           x;
}

double ana_deviance(double x, double mean)
{
    if (fabs(x - mean) >= 0.1 * (x + mean)) {
        double log_ratio = mean < 1e-290 ? log(x) - log(mean) : log(x / mean); /* no overflow */
        return x * log_ratio + mean - x;
    }
    double v = (x - mean) / (x + mean);
    double sum = (x - mean) * v;
    double term = 2.0 * x * v;
    for (int j = 1; j < 1000; j++) {
        term *= v * v;
        double next = sum + term / (2 * j + 1);
        if (next == sum) {
            break;
        }
        sum = next;
    }
    return sum;
}

double ana_special_log_factorial(uint64_t n)
{
    static const double small[] = {1.0, 1.0, 2.0, 6.0, 24.0, 120.0, 720.0, 5040.0};
    if (n < 8) {
        return log(small[n]);
    }
    double x = (double)n;
    return (x + 0.5) * log(x) - x + 0.5 * ANA_LOG_2PI + ana_stirling_error(x);
}

double ana_special_log_beta(double a, double b)
{
    if (!(a > 0.0 && b > 0.0)) {
        return NAN;
    }
    double small = fmin(a, b);
    double large = fmax(a, b);
    double sum = a + b;
    double log_large = log1p(-small / sum); /* log of its share */
    double errors = ana_stirling_error(a) + ana_stirling_error(b) - ana_stirling_error(sum);
    double powers = small * log(small / sum) + large * log_large;
    return errors + powers + 0.5 * (ANA_LOG_2PI - log(small) - log_large);
}

double ana_special_log_choose(uint64_t n, uint64_t k)
{
    if (k > n) {
        return -HUGE_VAL;
    }
    if (k == 0 || k == n) {
        return 0.0;
    }
    return -ana_special_log_beta((double)k + 1.0, (double)(n - k) + 1.0) - log1p((double)n);
}

double ana_special_log_sum_exp(size_t n, const double *x)
{
    double largest = -HUGE_VAL;
    for (size_t i = 0; i < n; i++) {
        largest = x[i] > largest || isnan(x[i]) ? x[i] : largest;
    }
    if (!isfinite(largest)) {
        return largest;
    }
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += exp(x[i] - largest);
    }
    return largest + log(sum);
}

double ana_special_log1p_exp(double x)
{
    return x > 0.0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/* x^a e^-x / Gamma(a + 1). */
static double gamma_factor(double a, double x)
{
    return exp(-ana_stirling_error(a) - ana_deviance(a, x)) / sqrt(2.0 * ANA_PI * a);
}

/* P for x <= a by its power series: all terms positive. */
static double gamma_series(double a, double x)
{
    double term = 1.0;
    double sum = 1.0;
    for (int k = 1; k < max_terms && term > DBL_EPSILON * sum / 16.0; k++) {
        term *= x / (a + k);
        sum += term;
    }
    return gamma_factor(a, x) * sum;
}

/* Q for x > a by Legendre's continued fraction, evaluated as Lentz does. */
static double gamma_fraction(double a, double x)
{
    double b = x + 1.0 - a;
    double c = HUGE_VAL;
    double d = 1.0 / b;
    double h = d;
    for (int k = 1; k < max_terms; k++) {
        double an = -(double)k * (k - a);
        b += 2.0;
        d = 1.0 / (an * d + b);
        c = b + an / c;
        h *= d * c;
        if (fabs(d * c - 1.0) < DBL_EPSILON) {
            break;
        }
    }
    return a * gamma_factor(a, x) * h;
}

/* Whether (a, x) has a value that needs no computation; then it is P. */
static bool gamma_is_known(double a, double x, double *p)
{
    *p = !(a > 0.0 && x >= 0.0) || isinf(a) ? (double)NAN : x == 0.0 ? 0.0 : 1.0;
    return isnan(*p) || x == 0.0 || isinf(x);
}

double ana_special_gamma_p(double a, double x)
{
    double p = 0.0;
    if (gamma_is_known(a, x, &p)) {
        return p;
    }
    if (a <= largest_shape_for_gsl) {
        return call_gsl(NULL, gsl_sf_gamma_inc_P_e, a, x);
    }
    return x <= a ? gamma_series(a, x) : 1.0 - gamma_fraction(a, x);
}

double ana_special_gamma_q(double a, double x)
{
    double p = 0.0;
    if (gamma_is_known(a, x, &p)) {
        return 1.0 - p;
    }
    if (a <= largest_shape_for_gsl) {
        return call_gsl(NULL, gsl_sf_gamma_inc_Q_e, a, x);
    }
    return x <= a ? 1.0 - gamma_series(a, x) : gamma_fraction(a, x);
}

/* x^a y^b / B(a, b). */
static double beta_factor(double a, double b, double x, double y)
{
    double sum = a + b;
    double errors = ana_stirling_error(sum) - ana_stirling_error(a) - ana_stirling_error(b);
    double deviances = ana_deviance(a, sum * x) + ana_deviance(b, sum * y);
    return exp(errors - deviances) * sqrt(a / (2.0 * ANA_PI) * (b / sum));
}

/* I_x(a, b) for x below about a / (a + b), where the fraction converges fast. */
static double beta_fraction(double a, double b, double x, double y)
{
    double c = 1.0;
    double d = 1.0 / (1.0 - (a + b) * x / (a + 1.0));
    double h = d;
    for (int m = 1; m < max_terms; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m));
        d = 1.0 / (1.0 + even * d);
        c = 1.0 + even / c;
        h *= d * c;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0));
        d = 1.0 / (1.0 + odd * d);
        c = 1.0 + odd / c;
        h *= d * c;
        if (fabs(d * c - 1.0) < DBL_EPSILON) {
            break;
        }
    }
    return beta_factor(a, b, x, y) / a * h;
}

double ana_special_beta(double a, double b, double x, double y)
{
    if (!(a > 0.0 && b > 0.0 && x >= 0.0 && y >= 0.0) || isinf(a) || isinf(b)) {
        return NAN;
    }
    if (x == 0.0 || y == 0.0) {
        return x == 0.0 ? 0.0 : 1.0;
    }
    return x < (a + 1.0) / (a + b + 2.0) ? beta_fraction(a, b, x, y)
                                         : 1.0 - beta_fraction(b, a, y, x);
}
