#include "constants.h"

#include <analysis/distributions.h>
#include <analysis/special.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    MOST_STEPS = 10000, /* of the exact method: a tenth of a second */
    WIDEST = 401,       /* of its matrix: what these need up to n d^2 = 4 */
    N_FACTORIALS = 25   /* 1 / 25! is below the rounding of the rest */
};

static const double largest_smirnov = 1e6; /* its sum has n terms */

double ana_special_kolmogorov(double x)
{
    if (!(x > 0.0)) {
        return isnan(x) ? x : 1.0;
    }
    double sum = 0.0;
    if (x < 1.0) { /* Jacobi's other form, where this one would need many terms */
        for (int k = 1; k < 20; k += 2) {
            sum += exp(-k * k * ANA_PI * ANA_PI / (8.0 * x * x));
        }
        return 1.0 - sqrt(2.0 * ANA_PI) / x * sum;
    }
    for (int k = 1; k < 20; k++) {
        sum += (k % 2 ? 2.0 : -2.0) * exp(-2.0 * k * k * x * x);
    }
    return sum;
}

/* P(D+ >= d), Smirnov (1944): d sum_j C(n, j) (d + j/n)^(j-1) (1 - d - j/n)^(n-j), whose terms are
 * binomial probabilities. */
static double one_sided(size_t n, double d)
{
    double total = (double)n;
    double sum = 0.0;
    for (size_t j = 0; (double)j < total * (1.0 - d); j++) {
        double p = d + (double)j / total;
        if (p < 1.0) {
            sum += exp(ana_binomial_log_pmf(j, n, p)) * d / p;
        }
    }
    return sum;
}

/* n! e^n / n^n, the inverse of the largest Poisson probability's kernel; Stirling's series loses no
 * digits where the factorials would. */
static double stirling_factor(size_t n)
{
    double x = (double)n;
    double series = 1.0 / (12.0 * x) - 1.0 / (360.0 * x * x * x) +
                    1.0 / (1260.0 * x * x * x * x * x) - 1.0 / (1680.0 * pow(x, 7.0));
    return n < 16 ? exp(ana_special_log_factorial(n) + x - x * log(x))
                  : sqrt(2.0 * ANA_PI * x) * exp(series);
}

/* The matrix H of Marsaglia, Tsang & Wang, section 2, is 1 / g! on its g-th diagonal but for the
 * first column and the last row. h = k - n d. */
typedef struct step_matrix {
    size_t m;
    double h;
    double inverse_factorial[N_FACTORIALS];
} step_matrix;

static double step_element(const step_matrix *step, size_t i, size_t j)
{
    size_t g = i + 1 - j;
    double element = 1.0;
    if (g >= N_FACTORIALS) {
        return 0.0;
    }
    element -= j == 0 ? pow(step->h, (double)(i + 1)) : 0.0;
    element -= i + 1 == step->m ? pow(step->h, (double)(step->m - j)) : 0.0;
    if (j == 0 && i + 1 == step->m && step->h > 0.5) {
        element += pow(2.0 * step->h - 1.0, (double)step->m);
    }
    return element * step->inverse_factorial[g];
}

/* to = H from / e: from each place at most N_FACTORIALS elements count. */
static void take_step(const step_matrix *step, const double *first, const double *last,
                      const double *from, double *to)
{
    const size_t m = step->m;
    for (size_t i = 0; i < m; i++) {
        double sum = first[i] * from[0];
        for (size_t g = 0; g < N_FACTORIALS && g < i + 1; g++) {
            size_t j = i + 1 - g;
            if (j < m) {
                sum += (i + 1 == m ? last[j] : step->inverse_factorial[g]) * from[j];
            }
        }
        to[i] = sum * exp(-1.0);
    }
}

/* P(D < d): n! / n^n times the middle element of H^n, by n products with a vector; 20 n (4 n d)
 * multiply-adds. */
static double exact_below(size_t n, double d)
{
    const size_t k = (size_t)floor((double)n * d) + 1;
    step_matrix step = {.m = 2 * k - 1, .h = (double)k - (double)n * d};
    double first[WIDEST];
    double last[WIDEST];
    double here[WIDEST] = {0.0};
    double next[WIDEST];
    step.inverse_factorial[0] = 1.0;
    for (size_t g = 1; g < N_FACTORIALS; g++) {
        step.inverse_factorial[g] = step.inverse_factorial[g - 1] / (double)g;
    }
    for (size_t i = 0; i < step.m; i++) {
        first[i] = step_element(&step, i, 0);
        last[i] = step_element(&step, step.m - 1, i);
    }
    here[k - 1] = 1.0;
    for (size_t s = 0; s < n; s++) {
        take_step(&step, first, last, here, next);
        memcpy(here, next, step.m * sizeof *here);
    }
    return here[k - 1] * stirling_factor(n);
}

/* P(D < d) by the terms up to n^(-3/2) of Pelz & Good; z = sqrt(n) d. */
static double pelz_good_below(double n, double z)
{
    double z2 = z * z;
    double z4 = z2 * z2;
    double z6 = z4 * z2;
    double k0 = 0.0;
    double k1 = 0.0;
    double k2 = 0.0;
    double k3 = 0.0;
    for (int k = 0; k < 20; k++) {
        double h = ANA_PI * ANA_PI * (k + 0.5) * (k + 0.5);
        double weight = 2.0 * exp(-h / (2.0 * z2)); /* k and -k - 1 */
        k0 += weight;
        k1 += weight * (h - z2);
        k2 += weight * (6.0 * z6 + 2.0 * z4 + h * (2.0 * z4 - 5.0 * z2) + h * h * (1.0 - 2.0 * z2));
        k3 += weight * (h * h * h * (5.0 - 30.0 * z2) + h * h * (212.0 * z4 - 60.0 * z2) +
                        h * (135.0 * z4 - 96.0 * z6) - (30.0 * z6 + 90.0 * z6 * z2));
    }
    double even2 = 0.0;
    double even3 = 0.0;
    for (int k = 1; k < 20; k++) {
        double g = ANA_PI * ANA_PI * k * k;
        double weight = 2.0 * exp(-g / (2.0 * z2));
        even2 += weight * g;
        even3 += weight * (3.0 * g * z2 - g * g);
    }
    double sum = k0 / z + k1 / (6.0 * z4 * sqrt(n)) +
                 (k2 / (72.0 * z6 * z) - even2 / (36.0 * z2 * z)) / n +
                 (k3 / (6480.0 * z6 * z4) + even3 / (216.0 * z6)) / (n * sqrt(n));
    return sqrt(0.5 * ANA_PI) * sum;
}

double ana_special_kolmogorov_smirnov(size_t n, double d)
{
    double total = (double)n;
    if (n == 0 || isnan(d)) {
        return NAN;
    }
    if (d <= 0.5 / total || d >= 1.0) { /* D is never smaller */
        return d < 1.0 ? 1.0 : 0.0;
    }
    double z = sqrt(total) * d;
    if (z * z >= 4.0) {
        return total <= largest_smirnov ? fmin(1.0, 2.0 * one_sided(n, d))
                                        : ana_special_kolmogorov(z + 1.0 / (6.0 * sqrt(total)));
    }
    double below = n <= MOST_STEPS ? exact_below(n, d) : pelz_good_below(total, z);
    return fmax(0.0, fmin(1.0, 1.0 - below));
}
