#include "orientation.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

/* a - b = high + low, exactly. */
static void exact_difference(double a, double b, double *high, double *low)
{
    double difference = a - b;
    double b_part = a - difference;
    double a_part = difference + b_part;
    *high = difference;
    *low = (a - a_part) + (b_part - b);
}

static void split(double a, double *high, double *low)
{
    double big = 0x1.0000002p27 * a; /* 2^27 + 1 */
    *high = big - (big - a);
    *low = a - *high;
}

/* a b = high + low, exactly. */
static void exact_product(double a, double b, double *high, double *low)
{
    double a_high;
    double a_low;
    double b_high;
    double b_low;
    split(a, &a_high, &a_low);
    split(b, &b_high, &b_low);
    *high = a * b;
    *low = a_low * b_low - (((*high - a_high * b_high) - a_low * b_high) - a_high * b_low);
}

/* Adds b to an expansion of n numbers that do not overlap, the smallest first. */
static size_t grow(double *expansion, size_t n, double b)
{
    double sum = b;
    for (size_t i = 0; i < n; i++) {
        double a = expansion[i];
        double total = sum + a;
        double a_part = total - sum;
        expansion[i] = (sum - (total - a_part)) + (a - a_part);
        sum = total;
    }
    expansion[n] = sum;
    return n + 1;
}

/* Adds sign (a - b)(c - d). */
static size_t add_product(double *expansion, size_t n, double a, double b, double c, double d,
                          double sign)
{
    double left[2];
    double right[2];
    exact_difference(a, b, &left[0], &left[1]);
    exact_difference(c, d, &right[0], &right[1]);
    for (size_t i = 0; i < 4; i++) {
        double high;
        double low;
        exact_product(left[i / 2], right[i % 2], &high, &low);
        n = grow(expansion, n, sign * low);
        n = grow(expansion, n, sign * high);
    }
    return n;
}

static int exact_orientation(const double *point0, const double *point1, const double *point2)
{
    double expansion[16];
    size_t n = 0;
    n = add_product(expansion, n, point2[1], point0[1], point1[0], point0[0], 1.0);
    n = add_product(expansion, n, point1[1], point0[1], point2[0], point0[0], -1.0);
    while (n > 0 && expansion[n - 1] == 0.0) {
        n--;
    }
    return n == 0 ? 0 : expansion[n - 1] > 0.0 ? 1 : -1;
}

int ana_orientation(const double point0[2], const double point1[2], const double point2[2])
{
    double left = (point2[1] - point0[1]) * (point1[0] - point0[0]);
    double right = (point1[1] - point0[1]) * (point2[0] - point0[0]);
    double difference = left - right;
    /* Each factor is off by a rounding, each product and the difference by another. */
    double doubt = 4.0 * DBL_EPSILON * (fabs(left) + fabs(right));
    if (fabs(difference) > doubt) {
        return difference > 0.0 ? 1 : -1;
    }
    return exact_orientation(point0, point1, point2);
}
