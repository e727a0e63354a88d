#include "int24.h"

#include "simd.h"

static inline int32_t sample_at(const unsigned char *bytes)
{
    uint32_t bits = (uint32_t)bytes[0] << 8 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 24;
    return (int32_t)bits >> 8;
}

ANA_CLONES static void widen(size_t n, const unsigned char *restrict bytes, double gain,
                             double offset, double *restrict out)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        out[i] = (double)sample_at(bytes + 3 * i) * gain + offset;
    }
}

ANA_CLONES static void unpack(size_t n, const unsigned char *restrict bytes, int32_t *restrict out)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        out[i] = sample_at(bytes + 3 * i);
    }
}

void ana_int24_to_double(size_t n, const unsigned char *bytes, double gain, double offset,
                         double *out)
{
    if (gain == 1.0 && offset == 0.0) {
        offset = -0.0; /* x + -0.0 is x, also for a zero */
    }
    widen(n, bytes, gain, offset, out);
}

void ana_int24_to_int32(size_t n, const unsigned char *bytes, int32_t *out)
{
    unpack(n, bytes, out);
}
