#include "support/check.h"
#include "support/reference_table.h"

#include <analysis/distributions.h>
#include <analysis/random.h>

#include <math.h>

static const double missing = (double)NAN;
static const double inf = HUGE_VAL;

#define ADAPT(name, call)                                                                          \
    static double name(const double *v, size_t n)                                                  \
    {                                                                                              \
        (void)n;                                                                                   \
        return call;                                                                               \
    }

ADAPT(normal_cdf, ana_normal_cdf(v[0]))
ADAPT(normal_survival, ana_normal_survival(v[0]))
ADAPT(normal_quantile, ana_normal_quantile(v[0]))
ADAPT(gamma_cdf, ana_gamma_cdf(v[0], v[1]))
ADAPT(gamma_survival, ana_gamma_survival(v[0], v[1]))
ADAPT(gamma_quantile, ana_gamma_quantile(v[0], v[1]))
ADAPT(chi2_cdf, ana_chi2_cdf(v[0], v[1]))
ADAPT(chi2_survival, ana_chi2_survival(v[0], v[1]))
ADAPT(chi2_quantile, ana_chi2_quantile(v[0], v[1]))
ADAPT(t_cdf, ana_t_cdf(v[0], v[1]))
ADAPT(t_survival, ana_t_survival(v[0], v[1]))
ADAPT(t_quantile, ana_t_quantile(v[0], v[1]))
ADAPT(beta_cdf, ana_beta_cdf(v[0], v[1], v[2]))
ADAPT(beta_survival, ana_beta_survival(v[0], v[1], v[2]))
ADAPT(beta_quantile, ana_beta_quantile(v[0], v[1], v[2]))
ADAPT(f_cdf, ana_f_cdf(v[0], v[1], v[2]))
ADAPT(f_survival, ana_f_survival(v[0], v[1], v[2]))
ADAPT(f_quantile, ana_f_quantile(v[0], v[1], v[2]))
ADAPT(poisson_log_pmf, ana_poisson_log_pmf((uint64_t)v[0], v[1]))
ADAPT(binomial_log_pmf, ana_binomial_log_pmf((uint64_t)v[0], (uint64_t)v[1], v[2]))

/* Both sides lose some hundred roundings at shapes of 400; scipy's t and normal tails, its own. */
static void distributions_agree_with_scipy(void **state)
{
    reference *root = *state;
    const struct {
        const char *path;
        tabled_function function;
    } tables[] = {
        {"distributions/normal/cdf", normal_cdf},
        {"distributions/normal/survival", normal_survival},
        {"distributions/normal/quantile", normal_quantile},
        {"distributions/gamma/cdf", gamma_cdf},
        {"distributions/gamma/survival", gamma_survival},
        {"distributions/gamma/quantile", gamma_quantile},
        {"distributions/chi2/cdf", chi2_cdf},
        {"distributions/chi2/survival", chi2_survival},
        {"distributions/chi2/quantile", chi2_quantile},
        {"distributions/t/cdf", t_cdf},
        {"distributions/t/survival", t_survival},
        {"distributions/beta/cdf", beta_cdf},
        {"distributions/beta/survival", beta_survival},
        {"distributions/beta/quantile", beta_quantile},
        {"distributions/f/cdf", f_cdf},
        {"distributions/f/survival", f_survival},
        {"distributions/f/quantile", f_quantile},
        {"distributions/poisson/log_pmf", poisson_log_pmf},
        {"distributions/binomial/log_pmf", binomial_log_pmf},
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        check_table(root, tables[i].path, tables[i].function, 1e-15, 1e-10);
    }
    /* scipy 1.10 finds these by a search of its own to 8 digits; ours is held against the
     * distribution function below. */
    check_table(root, "distributions/t/quantile", t_quantile, 1e-12, 1e-8);
}

static void values_by_hand(void **state)
{
    (void)state;
    check_close(ana_normal_cdf(0.0), 0.5, 0.0, 0.0);
    check_close(ana_normal_quantile(0.975), 1.9599639845400542, 0.0, 1e-15);
    check_close(ana_gamma_survival(2.0, 1.0), exp(-2.0), 0.0, 1e-14);
    check_close(ana_chi2_cdf(3.0, 2.0), 1.0 - exp(-1.5), 0.0, 1e-14);
    check_close(ana_t_cdf(1.0, 1.0), 0.75, 0.0, 1e-14); /* Cauchy */
    check_close(ana_t_quantile(0.75, 1.0), 1.0, 0.0, 1e-13);
    check_close(ana_beta_cdf(0.3, 1.0, 2.0), 1.0 - 0.49, 0.0, 1e-14);
    check_close(ana_f_cdf(1.0, 7.0, 7.0), 0.5, 0.0, 1e-14);
    check_close(ana_poisson_log_pmf(2, 3.0), log(4.5) - 3.0, 1e-15, 0.0);
    check_close(ana_binomial_log_pmf(1, 3, 0.25), log(3 * 0.25 * 0.5625), 1e-15, 0.0);
}

/* The distribution function of the quantile is p again, over shapes far beyond scipy's table. */
static void quantiles_undo_distribution_functions(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(21, "quantiles", 0);
    for (size_t i = 0; i < 2000; i++) {
        double a = exp(8.0 * ana_random_normal(&random));
        double b = exp(8.0 * ana_random_normal(&random));
        a = fmin(fmax(a, 1e-3), 1e9);
        b = fmin(fmax(b, 1e-3), 1e9);
        double p = ana_random_uniform(&random);
        p = i % 3 == 0 ? pow(10.0, -100.0 * p) : p;
        /* p is the tail itself, so that its digits are those of the quantile; the rest is what one
         * rounding of x makes of p, which grows with the shape. */
        double tolerance = 1e-10 + 1e-14 * fmax(a, b) / sqrt(1.0 + fmin(a, b));
        double x = ana_gamma_quantile(p, a);
        if (x > 1e-300 && x < inf) {
            double slack = 1e-10 + 4e-15 * sqrt(a) * (1.0 + sqrt(-log(p)));
            check_close(p < 0.5 ? ana_gamma_cdf(x, a) : 1.0 - ana_gamma_survival(x, a), p, 0.0,
                        slack);
        }
        x = ana_beta_quantile(p, a, b);
        if (x > 1e-300 && 1.0 - x > 1e-4) {
            check_close(ana_beta_cdf(x, a, b), p, 0.0, tolerance * (1.0 - log(p)));
        }
        x = ana_f_quantile(p, a, b);
        if (x > 1e-300 && x < 1e300) {
            check_close(ana_f_cdf(x, a, b), p, 0.0, tolerance * (1.0 - log(p)));
        }
        x = ana_t_quantile(p, a);
        if (fabs(x) < 1e150) {
            check_close(ana_t_cdf(x, a), p, 0.0, 1e-10);
            check_close(ana_t_quantile(1.0 - p, a), -ana_t_quantile(1.0 - (1.0 - p), a), 1e-14,
                        1e-10);
        }
    }
}

static void ends_and_domains(void **state)
{
    (void)state;
    check_close(ana_normal_quantile(0.0), -inf, 0.0, 0.0);
    check_close(ana_normal_quantile(1.0), inf, 0.0, 0.0);
    check_close(ana_normal_quantile(-0.1), missing, 0.0, 0.0);
    check_close(ana_normal_cdf(missing), missing, 0.0, 0.0);
    check_close(ana_normal_survival(missing), missing, 0.0, 0.0);
    check_close(ana_gamma_cdf(-1.0, 2.0), 0.0, 0.0, 0.0);
    check_close(ana_gamma_survival(-1.0, 2.0), 1.0, 0.0, 0.0);
    check_close(ana_gamma_cdf(1.0, -2.0), missing, 0.0, 0.0);
    check_close(ana_gamma_quantile(0.0, 2.0), 0.0, 0.0, 0.0);
    check_close(ana_gamma_quantile(1.0, 2.0), inf, 0.0, 0.0);
    check_close(ana_gamma_quantile(1e-10, 1e-3), 0.0, 0.0, 0.0); /* 1e-10000 */
    check_close(ana_gamma_quantile(0.5, 0.0), missing, 0.0, 0.0);
    check_close(ana_chi2_quantile(missing, 1.0), missing, 0.0, 0.0);
    check_close(ana_beta_cdf(-0.5, 1.0, 1.0), 0.0, 0.0, 0.0);
    check_close(ana_beta_cdf(1.5, 1.0, 1.0), 1.0, 0.0, 0.0);
    check_close(ana_beta_survival(1.5, 1.0, 1.0), 0.0, 0.0, 0.0);
    check_close(ana_beta_quantile(0.0, 1.0, 1.0), 0.0, 0.0, 0.0);
    check_close(ana_beta_quantile(1.0, 1.0, 1.0), 1.0, 0.0, 0.0);
    check_close(ana_beta_quantile(0.5, 1.0, -1.0), missing, 0.0, 0.0);
    check_close(ana_t_cdf(-inf, 3.0), 0.0, 0.0, 0.0);
    check_close(ana_t_cdf(inf, 3.0), 1.0, 0.0, 0.0);
    check_close(ana_t_cdf(1.0, inf), ana_normal_cdf(1.0), 0.0, 0.0);
    check_close(ana_t_quantile(0.9, inf), ana_normal_quantile(0.9), 0.0, 0.0);
    check_close(ana_t_quantile(0.5, 3.0), 0.0, 0.0, 0.0);
    check_close(ana_t_quantile(0.5, -3.0), missing, 0.0, 0.0);
    check_close(ana_t_quantile(0.0, 3.0), -inf, 0.0, 0.0);
    check_close(ana_t_quantile(1.0, 3.0), inf, 0.0, 0.0);
    check_close(ana_f_cdf(inf, 2.0, 3.0), 1.0, 0.0, 0.0);
    check_close(ana_f_cdf(-1.0, 2.0, 3.0), 0.0, 0.0, 0.0);
    check_close(ana_f_survival(-1.0, 2.0, 3.0), 1.0, 0.0, 0.0);
    check_close(ana_f_quantile(0.0, 2.0, 3.0), 0.0, 0.0, 0.0);
    check_close(ana_f_quantile(1.0, 2.0, 3.0), inf, 0.0, 0.0);
    check_close(ana_f_quantile(0.4, 2.0, 0.0), missing, 0.0, 0.0);
    check_close(ana_poisson_log_pmf(0, 0.0), 0.0, 0.0, 0.0);
    check_close(ana_poisson_log_pmf(1, 0.0), -inf, 0.0, 0.0);
    check_close(ana_poisson_log_pmf(1, -1.0), missing, 0.0, 0.0);
    check_close(ana_poisson_log_pmf(1, missing), missing, 0.0, 0.0);
    check_close(ana_binomial_log_pmf(0, 0, 0.3), 0.0, 0.0, 0.0);
    check_close(ana_binomial_log_pmf(0, 5, 0.0), 0.0, 0.0, 0.0);
    check_close(ana_binomial_log_pmf(1, 5, 0.0), -inf, 0.0, 0.0);
    check_close(ana_binomial_log_pmf(5, 5, 1.0), 0.0, 0.0, 0.0);
    check_close(ana_binomial_log_pmf(6, 5, 0.5), -inf, 0.0, 0.0);
    check_close(ana_binomial_log_pmf(1, 5, 1.1), missing, 0.0, 0.0);
}

/* At a mean of 1e15 the textbook form, k log m - m - log k!, is off by whole units. */
static void masses_of_large_means_are_those_of_the_normal(void **state)
{
    (void)state;
    double mean = 1e15;
    for (double z = -5.0; z <= 5.0; z += 1.25) {
        double k = mean + z * sqrt(mean);
        double density = -0.5 * z * z - 0.5 * log(2.0 * 3.14159265358979324 * mean);
        check_close(ana_poisson_log_pmf((uint64_t)k, mean), density, 1e-5, 0.0);
        density = -0.5 * z * z - 0.5 * log(3.14159265358979324 * mean);
        k = mean + z * sqrt(0.5 * mean);
        check_close(ana_binomial_log_pmf((uint64_t)k, 2000000000000000U, 0.5), density, 1e-5, 0.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distributions_agree_with_scipy),
        cmocka_unit_test(values_by_hand),
        cmocka_unit_test(quantiles_undo_distribution_functions),
        cmocka_unit_test(ends_and_domains),
        cmocka_unit_test(masses_of_large_means_are_those_of_the_normal),
    };
    return cmocka_run_group_tests(tests, open_maths_reference, close_reference);
}
