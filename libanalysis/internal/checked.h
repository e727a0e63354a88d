/** Arithmetic on sizes that come from a file or a caller: it says when it would overflow. */
#ifndef ANALYSIS_INTERNAL_CHECKED_H
#define ANALYSIS_INTERNAL_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** *out = a * b; false when it does not fit (then *out is not to be used). */
static inline bool ana_multiply(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

/** *out = a + b; false when it does not fit. */
static inline bool ana_add(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

#endif
