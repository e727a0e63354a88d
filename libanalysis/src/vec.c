/* Polynomials and reductions: exp by Cody & Waite (1980) with the Taylor series to r^13, log and
 * log1p after FreeBSD's msun (s = f / (2 + f), minimax in s^2). Everything is straight-line code
 * with selects, so that the compiler turns each loop into vectors. */
#include "vec.h"

#include "simd.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Adding it rounds to an integer, which then stands in the low bits. */
static const double rounder = 0x1.8p52;

static inline uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double double_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 2^k for a whole k given as k + rounder, -1022 <= k <= 1023. */
static inline double power_of_two(double rounded)
{
    return double_of((bits_of(rounded) + 1023) << 52);
}

/* (exp(r) - 1 - r) / r^2 for |r| <= log(2) / 2. */
static inline double exp_rest(double r)
{
    const double s = r * r;
    const double q = s * s;
    const double a = 1.0 / 2.0 + r * (1.0 / 6.0) + s * (1.0 / 24.0 + r * (1.0 / 120.0));
    const double b = 1.0 / 720.0 + r * (1.0 / 5040.0) + s * (1.0 / 40320.0 + r * (1.0 / 362880.0));
    const double c = 1.0 / 3628800.0 + r * (1.0 / 39916800.0) +
                     s * (1.0 / 479001600.0 + r * (1.0 / 6227020800.0));
    return a + q * (b + q * c);
}

static inline double exp_one(double x)
{
    double y = x > 710.0 ? 710.0 : x; /* beyond, the answer no longer changes */
    y = y < -746.0 ? -746.0 : y;
    const double k = (y * 0x1.71547652b82fep0 + rounder) - rounder;
    const double high = y - k * 0x1.62e42feep-1; /* exact: 21 trailing zeros */
    const double low = k * 0x1.a39ef35793c76p-33;
    const double r = high - low;
    const double lost = (high - r) - low;
    const double value = 1.0 + (r + (r * r * exp_rest(r) + lost));
    const double half = k * 0.5 + rounder; /* in two steps, for results below 2^-1022 */
    const double rest = (k - (half - rounder)) + rounder;
    return value * power_of_two(half) * power_of_two(rest);
}

/* What log and log1p share: log(1 + f) = f - (square - s (square + series(s^2))), for
 * sqrt(1/2) - 1 <= f <= sqrt(2) - 1. */
static inline double log_series(double z)
{
    const double w = z * z;
    const double odd = w * (3.999999999940941908e-01 +
                            w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    const double even = z * (6.666666666666735130e-01 +
                             w * (2.857142874366239149e-01 +
                                  w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    return odd + even;
}

/* x = (1 + f) 2^k with 1 + f between sqrt(1/2) and sqrt(2); x normal and positive. */
static inline double split(double x, double *k)
{
    const uint64_t shifted = bits_of(x) + (0x3ff0000000000000U - 0x3fe6a09e667f3bcdU);
    *k = double_of((shifted >> 52) | 0x4330000000000000U) - (0x1p52 + 1023.0);
    return double_of((shifted & 0x000fffffffffffffU) + 0x3fe6a09e667f3bcdU) - 1.0;
}

static inline double log_parts(double f, double k, double correction)
{
    const double s = f / (2.0 + f);
    const double square = 0.5 * f * f;
    const double series = s * (square + log_series(s * s));
    const double low = k * 1.90821492927058770002e-10 + correction;
    return k * 6.93147180369123816490e-01 - ((square - (series + low)) - f);
}

static inline double log_one(double x)
{
    const int small = x < 0x1p-1022;
    double k = 0.0;
    const double f = split(small ? x * 0x1p54 : x, &k);
    double value = log_parts(f, small ? k - 54.0 : k, 0.0);
    value = x > 0.0 ? value : (x == 0.0 ? -(double)INFINITY : (double)NAN);
    return x < (double)INFINITY ? value : x;
}

static inline double log1p_one(double x)
{
    const int near = x > -0.2928 && x < 0.4142; /* 1 + x would lose digits of x for nothing */
    const double u = 1.0 + x;
    double k = 0.0;
    double f = split(u, &k);
    const double lost = x > 1.0 ? 1.0 - (u - x) : x - (u - 1.0);
    f = near ? x : f;
    k = near ? 0.0 : k;
    double value = log_parts(f, k, near ? 0.0 : lost / u);
    value = x > -1.0 ? value : (x == -1.0 ? -(double)INFINITY : (double)NAN);
    return x < (double)INFINITY ? value : x;
}

ANA_CLONES static void exp_all(size_t n, const double *x, double *out)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        out[i] = exp_one(x[i]);
    }
}

ANA_CLONES static void log_all(size_t n, const double *x, double *out)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        out[i] = log_one(x[i]);
    }
}

ANA_CLONES static void log1p_all(size_t n, const double *x, double *out)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        out[i] = log1p_one(x[i]);
    }
}

void ana_vec_exp(size_t n, const double *x, double *out)
{
    exp_all(n, x, out);
}

void ana_vec_log(size_t n, const double *x, double *out)
{
    log_all(n, x, out);
}

void ana_vec_log1p(size_t n, const double *x, double *out)
{
    log1p_all(n, x, out);
}
