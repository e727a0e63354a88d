/** Resampling by a ratio of whole numbers: a low-pass at the common rate, run only where answers
 *  are. */
#ifndef ANALYSIS_INTERNAL_POLYPHASE_H
#define ANALYSIS_INTERNAL_POLYPHASE_H

#include "stretch.h"

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

/** Answer i stands at i * down / up samples. Its value is a sum over the samples within `half`
 *  steps of 1 / up sample: each answer has one order of summation, whatever is computed with it. */
typedef struct ana_polyphase {
    size_t up;
    size_t down;
    size_t half;    /**< taps: 2 half + 1 */
    size_t n_phase; /**< taps of a phase, at most */
    bool reflect;
    double *
        phases; /**< up x n_phase: taps of each phase, last first, as they meet ascending samples */
} ana_polyphase;

/** `taps`: 2 half + 1, copied. */
ANA_USE_RESULT ana_status ana_polyphase_new(size_t up, size_t down, size_t half, const double *taps,
                                            bool reflect, ana_polyphase **out);
void ana_polyphase_free(ana_polyphase *polyphase);

/** The samples that answers first ... first + n - 1 of a segment of n_times depend on. */
void ana_polyphase_reach(const ana_polyphase *polyphase, size_t n_times, size_t first, size_t n,
                         size_t *in_first, size_t *in_n);

/** Doubles of scratch for n answers. */
size_t ana_polyphase_scratch(const ana_polyphase *polyphase, size_t n);

/** out[n] = answers first ... of the segment that `stretch` is part of. */
void ana_polyphase_run(const ana_polyphase *polyphase, const ana_stretch *stretch, size_t first,
                       size_t n, double *scratch, double *out);

#endif
