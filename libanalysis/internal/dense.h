/** Short vectors and matrices by rows, where a call of BLAS would cost more than it saves: sums run
 *  from the first term to the last, so that they have the same bits everywhere. */
#ifndef ANALYSIS_INTERNAL_DENSE_H
#define ANALYSIS_INTERNAL_DENSE_H

#include <math.h>
#include <stddef.h>

static inline double ana_dot(size_t n, const double *a, const double *b)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/** The sum of those that are not NaN; 0 of none. */
static inline double ana_sum_of_known(size_t n, const double *values)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += isnan(values[i]) ? 0.0 : values[i];
    }
    return sum;
}

static inline double ana_squared_distance(size_t n, const double *a, const double *b)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return sum;
}

/** to (m x n) = transpose of from (n x m); they do not overlap. */
static inline void ana_transpose(size_t n, size_t m, const double *from, double *to)
{
    const size_t most = 8; /* rows, so that each cache line is written once */
    for (size_t first = 0; first < n; first += most) {
        const size_t end = n - first < most ? n : first + most;
        for (size_t j = 0; j < m; j++) {
            for (size_t i = first; i < end; i++) {
                to[j * n + i] = from[i * m + j];
            }
        }
    }
}

/** The place of the largest of n > 0 values, the first of those that are equal. */
static inline size_t ana_largest(size_t n, const double *values)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++) {
        best = values[i] > values[best] ? i : best;
    }
    return best;
}

#endif
