/** Burg's recursion on a signal that is all there. */
#ifndef ANALYSIS_INTERNAL_BURG_H
#define ANALYSIS_INTERNAL_BURG_H

#include <stddef.h>

/** Doubles of room for ana_burg_recursion. */
static inline size_t ana_burg_room(size_t n, size_t order)
{
    return 2 * n + order;
}

/** coefficients[order] (out) of x[n], order < n; returns the variance of the errors. */
double ana_burg_recursion(size_t n, const double *x, size_t order, double *room,
                          double *coefficients);

#endif
