#include "constants.h"

#include <analysis/distributions.h>
#include <analysis/special.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    WIDEST = 47 /* of the exact method's matrix: what n = 140 needs up to n d^2 = 4 */
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

/* A square matrix times 10^exponent. */
typedef struct scaled_matrix {
    double values[WIDEST * WIDEST];
    int exponent;
} scaled_matrix;

static void multiply(size_t m, const scaled_matrix *a, const scaled_matrix *b, scaled_matrix *c)
{
    memset(c->values, 0, m * m * sizeof *c->values);
    for (size_t i = 0; i < m; i++) {
        for (size_t k = 0; k < m; k++) {
            for (size_t j = 0; j < m; j++) {
                c->values[i * m + j] += a->values[i * m + k] * b->values[k * m + j];
            }
        }
    }
    c->exponent = a->exponent + b->exponent;
    if (c->values[(m / 2) * m + m / 2] > 1e140) {
        for (size_t i = 0; i < m * m; i++) {
            c->values[i] *= 1e-140;
        }
        c->exponent += 140;
    }
}

/* The matrix H of Marsaglia, Tsang & Wang, section 2; h = k - n d. */
static void fill_steps(size_t m, double h, scaled_matrix *steps)
{
    double *a = steps->values;
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < m; j++) {
            a[i * m + j] = i + 1 < j ? 0.0 : 1.0;
        }
    }
    for (size_t i = 0; i < m; i++) {
        a[i * m] -= pow(h, (double)(i + 1));
        a[(m - 1) * m + i] -= pow(h, (double)(m - i));
    }
    a[(m - 1) * m] += 2.0 * h > 1.0 ? pow(2.0 * h - 1.0, (double)m) : 0.0;
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < m && j <= i; j++) {
            for (size_t g = 1; g <= i + 1 - j; g++) {
                a[i * m + j] /= (double)g;
            }
        }
    }
}

/* P(D < d): n! / n^n times the middle element of H^n, by repeated squaring from n's highest bit. */
static double exact_below(size_t n, double d, size_t k)
{
    size_t m = 2 * k - 1;
    scaled_matrix steps = {{0.0}, 0};
    scaled_matrix power = {{0.0}, 0};
    scaled_matrix next = {{0.0}, 0};
    fill_steps(m, (double)k - (double)n * d, &steps);
    memcpy(power.values, steps.values, m * m * sizeof *power.values);
    power.exponent = 0;
    size_t bit = 0;
    while (n >> bit > 1) {
        bit++;
    }
    while (bit-- > 0) {
        multiply(m, &power, &power, &next);
        bool odd = n >> bit & 1;
        if (odd) {
            multiply(m, &next, &steps, &power);
        } else {
            memcpy(power.values, next.values, m * m * sizeof *power.values);
            power.exponent = next.exponent;
        }
    }
    double log_factor = 2.30258509299404568402 * power.exponent + ana_special_log_factorial(n) -
                        (double)n * log((double)n);
    return power.values[(k - 1) * m + k - 1] * exp(log_factor);
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
    double k = floor(total * d) + 1.0;
    double below =
        2.0 * k - 1.0 <= WIDEST ? exact_below(n, d, (size_t)k) : pelz_good_below(total, z);
    return fmax(0.0, fmin(1.0, 1.0 - below));
}
