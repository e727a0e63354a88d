/** Part of one channel of a segment, and how a signal goes on beyond its segment's ends. */
#ifndef ANALYSIS_INTERNAL_STRETCH_H
#define ANALYSIS_INTERNAL_STRETCH_H

#include <stdbool.h>
#include <stddef.h>

/** Samples first ... first + n - 1 of a segment of n_times. */
typedef struct ana_stretch {
    const double *x;
    size_t first;
    size_t n;
    size_t n_times;
} ana_stretch;

/** The samples of the segment that positions from ... to depend on; positions count from its first
 *  sample, those outside 0 ... n_times - 1 lie beyond its ends. At least one of them lies within.
 */
void ana_stretch_reach(size_t n_times, bool reflect, ptrdiff_t from, ptrdiff_t to, size_t *first,
                       size_t *n);

/** out[n] = the signal at positions from, from + 1, ...: within the segment its samples, beyond its
 *  ends the odd reflection 2 x[0] - x[k] or 2 x[n_times - 1] - x[n_times - 1 - k] as far as the
 * segment is long (`reflect`), and zeros after that or instead. The stretch holds what is in reach.
 */
void ana_stretch_load(const ana_stretch *stretch, bool reflect, ptrdiff_t from, size_t n,
                      double *out);

#endif
