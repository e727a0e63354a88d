/** 24-bit little-endian two's complement samples, three bytes each, as BDF stores them. */
#ifndef ANALYSIS_FORMATS_INT24_H
#define ANALYSIS_FORMATS_INT24_H

#include <stddef.h>
#include <stdint.h>

/** out[i] = sample i * gain + offset, for the n samples at `bytes`. */
void ana_int24_to_double(size_t n, const unsigned char *bytes, double gain, double offset,
                         double *out);
/** out[i] = sample i. */
void ana_int24_to_int32(size_t n, const unsigned char *bytes, int32_t *out);

#endif
