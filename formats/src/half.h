/** Floats of 16 bits, which C11 does not have. */
#ifndef ANALYSIS_FORMATS_HALF_H
#define ANALYSIS_FORMATS_HALF_H

#include <stddef.h>

typedef enum ana_half {
    ANA_HALF_NONE,     /**< elements are not of this kind */
    ANA_HALF_BINARY16, /**< IEEE 754: 5 bits of exponent, 10 of fraction */
    ANA_HALF_BFLOAT16  /**< the upper half of a binary32 */
} ana_half;

/** out[i] = the float at halfs[2 i] (native byte order), exactly. */
void ana_halfs_to_floats(ana_half kind, size_t n, const void *halfs, float *out);

#endif
