/* Each distribution of random.h against its distribution function, at fixed seeds: Pearson's
 * chi-square for counts, Kolmogorov and Smirnov's distance for reals. With the seed fixed a p below
 * 1e-4 in about a hundred comparisons is a defect, not chance. */
#include "support/check.h"

#include <analysis/random.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 40000
};

static const double smallest_p = 1e-4;

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef double (*distribution)(double x, double a, double b);

/* Kolmogorov's limit: p of the distance d of n values. */
static void check_ks(size_t n, double *values, distribution cdf, double a, double b)
{
    qsort(values, n, sizeof *values, ascending);
    double d = 0.0;
    for (size_t i = 0; i < n; i++) {
        double f = cdf(values[i], a, b);
        d = fmax(d, fmax(f - (double)i / (double)n, (double)(i + 1) / (double)n - f));
    }
    double t = d * (sqrt((double)n) + 0.12 + 0.11 / sqrt((double)n));
    double p = 0.0;
    for (int k = 1; k < 100; k++) {
        p += (k % 2 ? 2.0 : -2.0) * exp(-2.0 * k * k * t * t);
    }
    if (p < smallest_p) {
        print_error("distance %g, p = %g at parameters %g, %g\n", d, p, a, b);
        fail();
    }
}

static double normal_cdf(double x, double mean, double deviation)
{
    return gsl_cdf_gaussian_P(x - mean, deviation);
}

static double exponential_cdf(double x, double mean, double unused)
{
    (void)unused;
    return gsl_cdf_exponential_P(x, mean);
}

static double gamma_cdf(double x, double shape, double unused)
{
    (void)unused;
    return gsl_cdf_gamma_P(x, shape, 1.0);
}

/* log G for a tiny shape a: P(log G <= y) -> exp(a y), from x^a / Gamma(1 + a) for x -> 0. */
static double tiny_log_gamma_cdf(double y, double shape, double unused)
{
    (void)unused;
    return fmin(1.0, exp(shape * y - lgamma(1.0 + shape)));
}

static double beta_cdf(double x, double a, double b)
{
    return gsl_cdf_beta_P(x, a, b);
}

static double *values_of(double (*draw)(ana_random *, double, double), double a, double b)
{
    double *values = calloc(N, sizeof *values);
    assert_non_null(values);
    ana_random stream = ana_random_stream(2024, "draws", (uint64_t)(1000.0 * fmin(a, 1e6)));
    for (size_t i = 0; i < N; i++) {
        values[i] = draw(&stream, a, b);
        assert_true(values[i] <= HUGE_VAL);
    }
    return values;
}

static double draw_normal(ana_random *random, double a, double b)
{
    return a + b * ana_random_normal(random);
}

static double draw_exponential(ana_random *random, double a, double b)
{
    (void)b;
    return a * ana_random_exponential(random);
}

static double draw_gamma(ana_random *random, double a, double b)
{
    (void)b;
    return ana_random_gamma(random, a);
}

static double draw_log_gamma(ana_random *random, double a, double b)
{
    (void)b;
    return log(ana_random_gamma(random, a));
}

static double draw_beta(ana_random *random, double a, double b)
{
    return ana_random_beta(random, a, b);
}

static void normals_and_exponentials_follow_their_distribution(void **state)
{
    (void)state;
    double *values = values_of(draw_normal, 0.0, 1.0);
    check_ks(N, values, normal_cdf, 0.0, 1.0);
    free(values);
    values = values_of(draw_exponential, 1.0, 0.0);
    check_ks(N, values, exponential_cdf, 1.0, 0.0);
    free(values);
}

/* Both members of the polar method's pair, and they are uncorrelated: 5 standard errors. */
static void neighbouring_normals_are_uncorrelated(void **state)
{
    (void)state;
    ana_random stream = ana_random_stream(3, "pairs", 0);
    double sum = 0.0;
    double squares = 0.0;
    double fourth = 0.0;
    for (size_t i = 0; i < N; i++) {
        double x = ana_random_normal(&stream);
        double y = ana_random_normal(&stream);
        sum += x * y;
        squares += x * x * y * y;
        fourth += x * x * x * x;
    }
    check_close(sum / N, 0.0, 5.0 / sqrt(N), 0.0);
    check_close(squares / N, 1.0, 5.0 * sqrt(8.0 / N), 0.0);
    check_close(fourth / N, 3.0, 5.0 * sqrt(96.0 / N), 0.0);
}

static void gamma_follows_its_distribution_for_every_shape(void **state)
{
    (void)state;
    const double shapes[] = {0.05, 0.3, 0.999, 1.0, 1.5, 4.0, 50.0, 1e4};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        double *values = values_of(draw_gamma, shapes[i], 0.0);
        check_ks(N, values, gamma_cdf, shapes[i], 0.0);
        free(values);
    }
    double *values = values_of(draw_log_gamma, 0.004, 0.0);
    for (size_t i = 0; i < N; i++) { /* below the smallest double G is 0: put it at its edge */
        values[i] = fmax(values[i], -700.0);
    }
    double distance = 0.0; /* against the tail alone, so compare the share below a few points */
    for (double y = -600.0; y < -50.0; y += 50.0) {
        size_t below = 0;
        for (size_t i = 0; i < N; i++) {
            below += values[i] <= y;
        }
        double share = (double)below / N;
        distance = fmax(distance, fabs(share - tiny_log_gamma_cdf(y, 0.004, 0.0)));
    }
    assert_true(distance < 2.2 / sqrt(N)); /* Kolmogorov: P(D > 2.2 / sqrt(n)) = 1.3e-4 */
    free(values);
    values = values_of(draw_gamma, 1e15, 0.0);
    check_ks(N, values, normal_cdf, 1e15, sqrt(1e15));
    free(values);
}

static void beta_follows_its_distribution(void **state)
{
    (void)state;
    const double pairs[][2] = {{1.0, 1.0}, {0.5, 0.5},  {0.1, 3.0},
                               {2.5, 0.7}, {30.0, 4.0}, {1000.0, 900.0}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        double *values = values_of(draw_beta, pairs[i][0], pairs[i][1]);
        check_ks(N, values, beta_cdf, pairs[i][0], pairs[i][1]);
        free(values);
    }
}

/* With both parameters tiny a beta variate is a coin: P(1) = a / (a + b). 1e-310 has no finite
 * logarithm of a variate at all. */
static void a_beta_of_tiny_parameters_is_a_coin(void **state)
{
    (void)state;
    const double scales[] = {1e-5, 1e-100, 1e-310};
    for (size_t s = 0; s < 3; s++) {
        ana_random stream = ana_random_stream(4, "coin", s);
        double sum = 0.0;
        for (size_t i = 0; i < N; i++) {
            double x = ana_random_beta(&stream, 3.0 * scales[s], 7.0 * scales[s]);
            assert_true(x >= 0.0 && x <= 1.0);
            sum += x;
        }
        check_close(sum / N, 0.3, 5.0 * sqrt(0.21 / N), 0.0);
    }
}

/* Chi-square of N draws of a count against probabilities p(k), k = first ..., cells pooled in order
 * until 20 are expected. */
typedef double (*mass)(unsigned k, double a, double b);

static void check_counts(const uint64_t *draws, unsigned first, unsigned n_values, mass pmf,
                         double a, double b)
{
    double *observed = calloc(n_values + 2, sizeof *observed);
    assert_non_null(observed);
    for (size_t i = 0; i < N; i++) {
        assert_true(draws[i] >= first && draws[i] < first + n_values);
        observed[draws[i] - first] += 1.0;
    }
    double statistic = 0.0;
    double seen = 0.0;
    double expected = 0.0;
    double total = 0.0;
    size_t cells = 0;
    for (unsigned k = 0; k < n_values; k++) {
        seen += observed[k];
        expected += N * pmf(first + k, a, b);
        total += N * pmf(first + k, a, b);
        if (expected >= 20.0 && N - total >= 20.0) {
            statistic += (seen - expected) * (seen - expected) / expected;
            cells++;
            seen = 0.0;
            expected = 0.0;
        }
    }
    check_close(total, N, 1e-5 * N, 0.0); /* what the reference masses themselves lose */
    free(observed);
    if (cells == 0) { /* all in one value */
        check_close(seen, expected, 20.0, 0.0);
        return;
    }
    statistic += (seen - expected) * (seen - expected) / expected;
    double p = gsl_cdf_chisq_Q(statistic, (double)cells);
    if (p < smallest_p) {
        print_error("chi-square %g of %zu cells, p = %g at %g, %g\n", statistic, cells + 1, p, a,
                    b);
        fail();
    }
}

static double poisson_mass(unsigned k, double mean, double unused)
{
    (void)unused;
    return mean == 0.0 ? k == 0 : gsl_ran_poisson_pdf(k, mean);
}

static void poisson_follows_its_distribution(void **state)
{
    (void)state;
    static uint64_t draws[N];
    const double means[] = {0.0, 1e-10, 0.01, 0.7, 3.0, 9.999, 10.0, 12.5, 30.0, 300.0, 1e4};
    for (size_t m = 0; m < sizeof means / sizeof *means; m++) {
        ana_random stream = ana_random_stream(77, "poisson", m);
        for (size_t i = 0; i < N; i++) {
            draws[i] = ana_random_poisson(&stream, means[m]);
        }
        double reach = 8.0 * sqrt(means[m]) + 30.0;
        unsigned first = (unsigned)fmax(0.0, floor(means[m] - reach));
        check_counts(draws, first, (unsigned)(2.0 * reach) + 2, poisson_mass, means[m], 0.0);
    }
}

/* At 1e6 and beyond the skewness 1/sqrt(mean) is under what N draws can see of it. */
static void poisson_of_a_large_mean_is_normal(void **state)
{
    (void)state;
    const double means[] = {1e6, 1e9, 1e12, 1e15, 1e18};
    double *values = calloc(N, sizeof *values);
    for (size_t m = 0; m < sizeof means / sizeof *means; m++) {
        ana_random stream = ana_random_stream(78, "poisson", m);
        for (size_t i = 0; i < N; i++) {
            values[i] = ((double)ana_random_poisson(&stream, means[m]) - means[m]) / sqrt(means[m]);
        }
        check_ks(N, values, normal_cdf, 0.0, 1.0);
    }
    free(values);
    ana_random stream = ana_random_stream(78, "poisson", 99);
    check_close((double)ana_random_poisson(&stream, 1e300), 0x1p62, 0x1p36, 0.0);
    check_close((double)ana_random_poisson(&stream, INFINITY), 0x1p62, 0x1p36, 0.0);
    assert_int_equal(ana_random_poisson(&stream, NAN), 0);
    assert_int_equal(ana_random_poisson(&stream, -1.0), 0);
}

static double binomial_mass(unsigned k, double n, double p)
{
    return k > n ? 0.0 : gsl_ran_binomial_pdf(k, p, (unsigned)n);
}

static void binomial_follows_its_distribution(void **state)
{
    (void)state;
    static uint64_t draws[N];
    const double cases[][2] = {{0, 0.3},    {1, 0.5},     {10, 0.3},      {20, 0.5},
                               {25, 0.39},  {40, 0.25},   {40, 0.75},     {1000, 1e-3},
                               {1000, 0.2}, {1000, 0.97}, {1000, 0.0},    {1000, 1.0},
                               {1e6, 0.5},  {1e6, 1e-5},  {1e6, 0.99999}, {4e9, 2e-9}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double n = cases[c][0];
        double p = cases[c][1];
        ana_random stream = ana_random_stream(79, "binomial", c);
        for (size_t i = 0; i < N; i++) {
            draws[i] = ana_random_binomial(&stream, (uint64_t)n, p);
            assert_true((double)draws[i] <= n);
        }
        double reach = 8.0 * sqrt(n * p * (1.0 - p)) + 30.0;
        unsigned first = (unsigned)fmax(0.0, floor(n * p - reach));
        check_counts(draws, first, (unsigned)(2.0 * reach) + 2, binomial_mass, n, p);
    }
}

static void binomial_of_many_trials_is_normal(void **state)
{
    (void)state;
    const struct {
        uint64_t n;
        double p;
    } cases[] = {{1000000000000U, 0.3}, {1ULL << 60, 0.5}, {UINT64_MAX, 1e-10}, {UINT64_MAX, 0.9}};
    double *values = calloc(N, sizeof *values);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double mean = (double)cases[c].n * cases[c].p;
        ana_random stream = ana_random_stream(80, "binomial", c);
        for (size_t i = 0; i < N; i++) {
            double k = (double)ana_random_binomial(&stream, cases[c].n, cases[c].p);
            values[i] = (k - mean) / sqrt(mean * (1.0 - cases[c].p));
        }
        check_ks(N, values, normal_cdf, 0.0, 1.0);
    }
    free(values);
    ana_random stream = ana_random_stream(80, "binomial", 99);
    assert_int_equal(ana_random_binomial(&stream, UINT64_MAX, 1.0), UINT64_MAX);
    assert_int_equal(ana_random_binomial(&stream, UINT64_MAX, NAN), 0);
}

static const double weights[] = {0.0, 2.5, 1e-3, 0.0, 7.0, 0.4, 0.0};
enum {
    N_WEIGHTS = 7
};

static void check_shares(const uint64_t *counts, uint64_t total)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < N_WEIGHTS; i++) {
        double p = weights[i] / 9.901;
        double deviation = sqrt((double)total * p * (1.0 - p));
        check_close((double)counts[i], (double)total * p, 5.0 * deviation, 0.0);
        sum += counts[i];
    }
    assert_int_equal(sum, total);
}

static void categories_come_at_their_weights_and_never_at_weight_zero(void **state)
{
    (void)state;
    ana_random stream = ana_random_stream(81, "categorical", 0);
    uint64_t counts[N_WEIGHTS] = {0};
    for (size_t i = 0; i < 200000; i++) {
        counts[ana_random_categorical(&stream, N_WEIGHTS, weights)]++;
    }
    check_shares(counts, 200000);
    uint64_t sums[N_WEIGHTS] = {0};
    for (size_t i = 0; i < 1000; i++) {
        uint64_t once[N_WEIGHTS];
        ana_random_multinomial(&stream, 200, N_WEIGHTS, weights, once);
        uint64_t drawn = 0;
        for (size_t k = 0; k < N_WEIGHTS; k++) {
            sums[k] += once[k];
            drawn += once[k];
        }
        assert_int_equal(drawn, 200);
    }
    check_shares(sums, 200000);
    ana_random_multinomial(&stream, 1000000000000000U, N_WEIGHTS, weights, sums);
    check_shares(sums, 1000000000000000U);
    ana_random_multinomial(&stream, 0, N_WEIGHTS, weights, sums);
    check_shares(sums, 0);
}

/* Components of a Dirichlet draw are beta(alpha_i, sum - alpha_i), and sum to 1. */
static void dirichlet_components_are_beta(void **state)
{
    (void)state;
    const double alpha[] = {0.02, 3.0, 0.6, 11.0};
    double *values = calloc(4 * (size_t)N, sizeof *values);
    ana_random stream = ana_random_stream(82, "dirichlet", 0);
    for (size_t i = 0; i < N; i++) {
        double draw[4];
        ana_random_dirichlet(&stream, 4, alpha, draw);
        check_close(draw[0] + draw[1] + draw[2] + draw[3], 1.0, 1e-15, 0.0);
        for (size_t k = 0; k < 4; k++) {
            values[k * N + i] = draw[k];
        }
    }
    for (size_t k = 1; k < 4; k++) {
        check_ks(N, values + k * N, beta_cdf, alpha[k], 14.62 - alpha[k]);
    }
    free(values);
    double sparse[50];
    double tiny[50];
    for (size_t k = 0; k < 50; k++) {
        tiny[k] = k % 2 ? 1e-300 : 1e-312;
    }
    for (size_t i = 0; i < 1000; i++) {
        ana_random_dirichlet(&stream, 50, tiny, sparse);
        double sum = 0.0;
        for (size_t k = 0; k < 50; k++) {
            sum += sparse[k];
        }
        check_close(sum, 1.0, 1e-15, 0.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normals_and_exponentials_follow_their_distribution),
        cmocka_unit_test(neighbouring_normals_are_uncorrelated),
        cmocka_unit_test(gamma_follows_its_distribution_for_every_shape),
        cmocka_unit_test(beta_follows_its_distribution),
        cmocka_unit_test(a_beta_of_tiny_parameters_is_a_coin),
        cmocka_unit_test(poisson_follows_its_distribution),
        cmocka_unit_test(poisson_of_a_large_mean_is_normal),
        cmocka_unit_test(binomial_follows_its_distribution),
        cmocka_unit_test(binomial_of_many_trials_is_normal),
        cmocka_unit_test(categories_come_at_their_weights_and_never_at_weight_zero),
        cmocka_unit_test(dirichlet_components_are_beta),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
