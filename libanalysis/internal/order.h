/** Comparisons for qsort: of numbers, none of them NaN, and of numbers with the index that tells
 *  equal ones apart. */
#ifndef ANALYSIS_INTERNAL_ORDER_H
#define ANALYSIS_INTERNAL_ORDER_H

#include <stddef.h>

/** A number with its place in the list that is sorted. */
typedef struct ana_placed {
    double value;
    size_t index;
} ana_placed;

/** Two doubles, rising. */
static inline int ana_compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/** Two ana_placed: rising value, then rising index. */
static inline int ana_compare_rising(const void *a, const void *b)
{
    const ana_placed *x = a;
    const ana_placed *y = b;
    const int order = (x->value > y->value) - (x->value < y->value);
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

/** Two ana_placed: falling value, then rising index. */
static inline int ana_compare_falling(const void *a, const void *b)
{
    const ana_placed *x = a;
    const ana_placed *y = b;
    const int order = (x->value < y->value) - (x->value > y->value);
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

#endif
