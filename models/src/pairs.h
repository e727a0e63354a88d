/** The pairs of n things, i < j, in the order (0, 1), (0, 2), ..., (0, n - 1), (1, 2), ... */
#ifndef MODELS_PAIRS_H
#define MODELS_PAIRS_H

#include <stddef.h>

static inline size_t pairs_count(size_t n)
{
    return n % 2 == 0 ? n / 2 * (n - 1) : (n - 1) / 2 * n;
}

/** The place of a pair, i < j. */
static inline size_t pairs_place(size_t n, size_t i, size_t j)
{
    return i * (2 * n - i - 1) / 2 + j - i - 1;
}

/** The place of a pair in either order. */
static inline size_t pairs_place_of(size_t n, size_t i, size_t j)
{
    return i < j ? pairs_place(n, i, j) : pairs_place(n, j, i);
}

#endif
