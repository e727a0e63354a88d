/** Half-precision floats (IEEE 754 binary16), which C11 does not have. */
#ifndef ANALYSIS_FORMATS_HALF_H
#define ANALYSIS_FORMATS_HALF_H

#include <stddef.h>

/** out[i] = the half float at halfs[2 i] (native byte order), exactly. */
void ana_halfs_to_floats(size_t n, const void *halfs, float *out);

#endif
