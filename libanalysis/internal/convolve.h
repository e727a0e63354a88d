/** Convolution of long signals with finite impulse responses, on a fixed grid of blocks.
 *
 *  Overlap-save: a block of answers costs one transform of the samples round it and one inverse per
 *  response. The transform's length follows from the responses alone and the grid starts at the
 *  segment's first sample, so a block's bits depend on the samples its window holds and on nothing
 *  else: whoever computes a signal block by block gets the bits of whoever computes it at once.
 *
 *  Speed, one core, 3301 taps (1-40 Hz at 1 kHz): 3.4 ns a sample at N = 20480, against 4.4 at 8192
 *  and 4.7 at 32768. Lengths 5 * 2^k >= 5 * taps came out best or within a tenth of it for 71 to
 *  13201 taps: powers of two fall into the same cache sets, and above 10^5 samples the second cache
 *  is too small. */
#ifndef ANALYSIS_INTERNAL_CONVOLVE_H
#define ANALYSIS_INTERNAL_CONVOLVE_H

#include "stretch.h"

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

/** y[t] = sum_k taps[k] x[t + ahead - k], ahead < n_taps: 0 is causal, (n_taps - 1) / 2 centred. */
typedef struct ana_response {
    size_t n_taps;
    const double *taps;
    size_t ahead;
} ana_response;

typedef struct ana_convolver ana_convolver;

/** For one or several responses to the same signal; the taps are copied. Beyond the segment's ends
 *  the signal goes on by odd reflection (`reflect`: 2 x[0] - x[k], as far as the segment is long)
 *  and then by zeros, or by zeros at once. */
ANA_USE_RESULT ana_status ana_convolver_new(size_t n_responses, const ana_response *responses,
                                            bool reflect, ana_convolver **out);
void ana_convolver_free(ana_convolver *convolver);

/** Answers in one block of the grid. */
size_t ana_convolver_block(const ana_convolver *convolver);

/** The samples that answers first ... first + n - 1 of a segment of n_times depend on. */
void ana_convolver_reach(const ana_convolver *convolver, size_t n_times, size_t first, size_t n,
                         size_t *in_first, size_t *in_n);

/** Doubles of scratch memory, aligned as for a transform, that one call of ana_convolver_run uses.
 */
size_t ana_convolver_scratch(const ana_convolver *convolver);

/** out[r * stride + i] = answer of response r at sample block * ana_convolver_block + i, i < n (n
 *  at most a block). `stretch` holds the samples in reach. NaN where a window holds a missing or
 *  infinite sample. */
void ana_convolver_run(const ana_convolver *convolver, const ana_stretch *stretch, size_t block,
                       size_t n, double *scratch, size_t stride, double *out);

#endif
