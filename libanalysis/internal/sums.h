/** Pairwise sums in a fixed order. */
#ifndef ANALYSIS_INTERNAL_SUMS_H
#define ANALYSIS_INTERNAL_SUMS_H

#include <stddef.h>

/** The sum of terms first ... first + n - 1 in any order that depends on n alone. */
typedef double (*ana_block_sum)(const void *terms, size_t first, size_t n);

/** The sum of n terms: blocks of 256 summed by `block`, their sums added pairwise as in a binary
 *  tree. */
double ana_pairwise_sum(size_t n, ana_block_sum block, const void *terms);

#endif
