/** How many different patterns does a sequence of symbols hold? Few in a rhythm, many in noise.
 *
 *  Counts of the phrases into which Lempel and Ziv cut a sequence, each phrase being the shortest
 *  that is new. Memory grows with the length, time with length times number of symbols. */
#ifndef ANALYSIS_COMPLEXITY_H
#define ANALYSIS_COMPLEXITY_H

#include <analysis/status.h>

#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

/** symbols[i] = 1 where x[i] > threshold, else 0. The usual threshold is the median of the whole
 *  signal (ana_stats_median), of which x may be a window. ANA_ERR_VALUE for a NaN in x (with its
 *  place) or as threshold. */
ANA_API ANA_USE_RESULT ana_status ana_complexity_binarise(size_t n, const double *x,
                                                          double threshold, int64_t *symbols);

/** *count = phrases of the exhaustive history of Lempel & Ziv (1976), IEEE Trans. Inf. Theory
 *  22(1): each phrase is the shortest that does not occur in what stands before its last symbol
 *  (it may overlap itself); what is left at the end counts as one. As Kaspar & Schuster (1987),
 *  Phys. Rev. A 36(2), count, but in linear time. 0 for no symbols. ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_complexity_lz76(size_t n, const int64_t *symbols,
                                                      size_t *count);

/** *count = phrases of Ziv & Lempel (1978), IEEE Trans. Inf. Theory 24(5): each phrase is the
 *  shortest that is not yet in the dictionary of phrases; what is left at the end counts as one.
 *  0 for no symbols. ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_complexity_lz78(size_t n, const int64_t *symbols,
                                                      size_t *count);

/** count log(n) / log(n_symbols) / n: near 1 for long sequences of n_symbols equally likely,
 *  independent symbols, near 0 for regular ones. NaN for n < 2 or n_symbols < 2. */
ANA_API double ana_complexity_normalise(size_t count, size_t n, size_t n_symbols);

ANA_END_DECLS

#endif
