#include "half.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static float half_to_float(uint16_t half)
{
    int exponent = half >> 10 & 0x1f;
    int fraction = half & 0x3ff;
    float size;
    if (exponent == 0x1f) {
        size = fraction != 0 ? NAN : INFINITY;
    } else if (exponent == 0) {
        size = ldexpf((float)fraction, -24);
    } else {
        size = ldexpf((float)(fraction | 0x400), exponent - 25);
    }
    return (half & 0x8000) != 0 ? -size : size;
}

static float bfloat_to_float(uint16_t half)
{
    const uint32_t bits = (uint32_t)half << 16;
    float value = 0.0F;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void ana_halfs_to_floats(ana_half kind, size_t n, const void *halfs, float *out)
{
    const unsigned char *at = halfs;
    for (size_t i = 0; i < n; i++) {
        uint16_t half = 0;
        memcpy(&half, at + 2 * i, sizeof half);
        out[i] = kind == ANA_HALF_BFLOAT16 ? bfloat_to_float(half) : half_to_float(half);
    }
}
