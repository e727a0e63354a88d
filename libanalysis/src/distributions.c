#include "constants.h"
#include "loader.h"

#include <analysis/distributions.h>
#include <analysis/optimise.h>
#include <analysis/special.h>

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>

double ana_normal_cdf(double x)
{
    return isnan(x) ? x : gsl_cdf_ugaussian_P(x);
}

double ana_normal_survival(double x)
{
    return isnan(x) ? x : gsl_cdf_ugaussian_Q(x);
}

double ana_normal_quantile(double p)
{
    return p >= 0.0 && p <= 1.0 ? gsl_cdf_ugaussian_Pinv(p) : (double)NAN;
}

double ana_gamma_cdf(double x, double shape)
{
    return ana_special_gamma_p(shape, x < 0.0 ? 0.0 : x);
}

double ana_gamma_survival(double x, double shape)
{
    return ana_special_gamma_q(shape, x < 0.0 ? 0.0 : x);
}

double ana_chi2_cdf(double x, double df)
{
    return ana_gamma_cdf(0.5 * x, 0.5 * df);
}

double ana_chi2_survival(double x, double df)
{
    return ana_gamma_survival(0.5 * x, 0.5 * df);
}

double ana_beta_cdf(double x, double a, double b)
{
    double inside = x < 0.0 ? 0.0 : x > 1.0 ? 1.0 : x;
    return ana_special_beta(a, b, inside, 1.0 - inside);
}

double ana_beta_survival(double x, double a, double b)
{
    double inside = x < 0.0 ? 0.0 : x > 1.0 ? 1.0 : x;
    return ana_special_beta(b, a, 1.0 - inside, inside);
}

/* r / (1 + r), also for r = inf. */
static double share(double r)
{
    return r < 1.0 ? r / (1.0 + r) : 1.0 / (1.0 + 1.0 / r);
}

/* P(T > t) for t >= 0: half of I_x(df/2, 1/2), x = df / (df + t^2). */
static double t_tail(double t, double df)
{
    double ratio = t * t / df;
    return 0.5 * ana_special_beta(0.5 * df, 0.5, 1.0 / (1.0 + ratio), share(ratio));
}

double ana_t_survival(double x, double df)
{
    if (isinf(df) && df > 0.0) {
        return ana_normal_survival(x);
    }
    return x > 0.0 ? t_tail(x, df) : 1.0 - t_tail(-x, df);
}

double ana_t_cdf(double x, double df)
{
    return ana_t_survival(-x, df);
}

double ana_f_cdf(double x, double df1, double df2)
{
    double ratio = x < 0.0 ? 0.0 : x * (df1 / df2);
    return ana_special_beta(0.5 * df1, 0.5 * df2, share(ratio), 1.0 / (1.0 + ratio));
}

double ana_f_survival(double x, double df1, double df2)
{
    double ratio = x < 0.0 ? 0.0 : x * (df1 / df2);
    return ana_special_beta(0.5 * df2, 0.5 * df1, 1.0 / (1.0 + ratio), share(ratio));
}

/* The equation a quantile solves, in a coordinate u in which the distribution is spread out: log x
 * for gamma (b = 0), log(x / (1 - x)) for beta. Both sides are logarithms of the smaller tail. */
typedef struct quantile {
    double p;
    bool upper; /* p is that of the upper tail */
    double a;
    double b;
} quantile;

static double tail_at(const quantile *wanted, double u, bool upper)
{
    double a = wanted->a;
    double b = wanted->b;
    if (b == 0.0) {
        return upper ? ana_special_gamma_q(a, exp(u)) : ana_special_gamma_p(a, exp(u));
    }
    double x = share(exp(u));
    double y = share(exp(-u));
    return upper ? ana_special_beta(b, a, y, x) : ana_special_beta(a, b, x, y);
}

static double mismatch(void *user, double u)
{
    const quantile *wanted = user;
    double tail = fmax(tail_at(wanted, u, wanted->upper), DBL_TRUE_MIN);
    double difference = log(tail) - log(wanted->p);
    return wanted->upper ? -difference : difference;
}

/* The u of the quantile; -inf and +inf where a double cannot hold it. */
static double solve(double p, double complement, double a, double b)
{
    const double farthest = 700.0; /* exp(700) and its inverse are 1e304 and 1e-304 */
    quantile wanted = {.p = fmin(p, complement), .upper = complement < p, .a = a, .b = b};
    if (mismatch(&wanted, -farthest) >= 0.0) {
        return -HUGE_VAL;
    }
    if (mismatch(&wanted, farthest) <= 0.0) {
        return HUGE_VAL;
    }
    double u = 0.0;
    ana_status status = ana_optimise_root(mismatch, &wanted, -farthest, farthest, 0.0, &u);
    return status == ANA_OK ? u : (double)NAN;
}

static bool is_solvable(double p, double a, double b)
{
    return p >= 0.0 && p <= 1.0 && a > 0.0 && b > 0.0 && isfinite(a) && isfinite(b);
}

double ana_gamma_quantile(double p, double shape)
{
    if (!is_solvable(p, shape, 1.0)) {
        return NAN;
    }
    return p == 0.0 ? 0.0 : p == 1.0 ? HUGE_VAL : exp(solve(p, 1.0 - p, shape, 0.0));
}

double ana_chi2_quantile(double p, double df)
{
    return 2.0 * ana_gamma_quantile(p, 0.5 * df);
}

double ana_beta_quantile(double p, double a, double b)
{
    if (!is_solvable(p, a, b)) {
        return NAN;
    }
    return p == 0.0 || p == 1.0 ? p : 1.0 / (1.0 + exp(-solve(p, 1.0 - p, a, b)));
}

double ana_f_quantile(double p, double df1, double df2)
{
    if (!is_solvable(p, df1, df2)) {
        return NAN;
    }
    if (p == 0.0 || p == 1.0) {
        return p == 0.0 ? 0.0 : HUGE_VAL;
    }
    return df2 / df1 * exp(solve(p, 1.0 - p, 0.5 * df1, 0.5 * df2));
}

/* |t| from 2 p = I_x(df/2, 1/2): t^2 = df (1 - x) / x. */
double ana_t_quantile(double p, double df)
{
    if (isinf(df) && df > 0.0) {
        return ana_normal_quantile(p);
    }
    if (!is_solvable(p, df, 1.0) || p == 0.5) {
        return p == 0.5 && df > 0.0 ? 0.0 : (double)NAN;
    }
    double sign = p < 0.5 ? -1.0 : 1.0;
    double tail = p < 0.5 ? p : 1.0 - p;
    if (tail == 0.0) {
        return sign * HUGE_VAL;
    }
    double u = solve(2.0 * tail, 1.0 - 2.0 * tail, 0.5 * df, 0.5);
    return sign * sqrt(df) * exp(-0.5 * u);
}

double ana_poisson_log_pmf(uint64_t count, double mean)
{
    if (!(mean >= 0.0) || isinf(mean)) {
        return NAN;
    }
    if (count == 0) {
        return -mean;
    }
    if (mean == 0.0) {
        return -HUGE_VAL;
    }
    double x = (double)count;
    return -ana_stirling_error(x) - ana_deviance(x, mean) - 0.5 * (ANA_LOG_2PI + log(x));
}

double ana_binomial_log_pmf(uint64_t count, uint64_t n, double p)
{
    if (!(p >= 0.0 && p <= 1.0)) {
        return NAN;
    }
    if (count > n || (p == 0.0 && count > 0) || (p == 1.0 && count < n)) {
        return -HUGE_VAL;
    }
    double x = (double)count;
    double total = (double)n;
    double rest = (double)(n - count);
    if (count == 0) {
        return n == 0 ? 0.0 : total * log1p(-p);
    }
    if (count == n) {
        return total * log(p);
    }
    double errors = ana_stirling_error(total) - ana_stirling_error(x) - ana_stirling_error(rest);
    double deviances = ana_deviance(x, total * p) + ana_deviance(rest, total * (1.0 - p));
    return errors - deviances - 0.5 * (ANA_LOG_2PI + log(x) + log1p(-x / total));
}
