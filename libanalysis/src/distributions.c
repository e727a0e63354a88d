#include "constants.h"

#include <analysis/distributions.h>

#include <math.h>

/* log n! minus Stirling's formula log(sqrt(2 pi n) (n/e)^n), n >= 1. */
static double stirling_error(double n)
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
    if (n < 16.0) {
        return table[(int)n];
    }
    double nn = n * n;
    return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / nn) / nn) / nn) / nn) /
           n;
}

/* x log(x / mean) + mean - x without cancellation where x is near the mean (Loader's D0). */
static double deviance(double x, double mean)
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

double ana_poisson_log_pmf(uint64_t count, double mean)
{
    if (!(mean >= 0.0) || isinf(mean)) {
        return NAN;
    }
    if (count == 0) {
        return -mean;
    }
    if (mean == 0.0) {
        return -INFINITY;
    }
    double x = (double)count;
    return -stirling_error(x) - deviance(x, mean) - 0.5 * (ANA_LOG_2PI + log(x));
}

double ana_binomial_log_pmf(uint64_t count, uint64_t n, double p)
{
    if (!(p >= 0.0 && p <= 1.0)) {
        return NAN;
    }
    if (count > n || (p == 0.0 && count > 0) || (p == 1.0 && count < n)) {
        return -INFINITY;
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
    double errors = stirling_error(total) - stirling_error(x) - stirling_error(rest);
    double deviances = deviance(x, total * p) + deviance(rest, total * (1.0 - p));
    return errors - deviances - 0.5 * (ANA_LOG_2PI + log(x) + log1p(-x / total));
}
