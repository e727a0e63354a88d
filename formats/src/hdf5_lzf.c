#include "hdf5_lzf.h"

#include <string.h>

/* A stream is a sequence of runs. Control byte c < 32: c + 1 literal bytes follow. Otherwise a copy
 * from what was made: its length is (c >> 5) + 2, and when c >> 5 is 7 the next byte is added; its
 * distance is ((c & 31) << 8 | next byte) + 1. Source and target may overlap. */
size_t ana_lzf_expand(const unsigned char *bytes, size_t n, unsigned char *out, size_t size)
{
    size_t made = 0;
    size_t at = 0;
    while (at < n) {
        size_t control = bytes[at++];
        if (control < 32) {
            size_t length = control + 1;
            if (length > n - at || length > size - made) {
                return 0;
            }
            memcpy(out + made, bytes + at, length);
            at += length;
            made += length;
            continue;
        }
        size_t length = (control >> 5) + 2;
        if (control >> 5 == 7) {
            if (at == n) {
                return 0;
            }
            length += bytes[at++];
        }
        if (at == n) {
            return 0;
        }
        size_t distance = ((control & 31) << 8 | bytes[at++]) + 1;
        if (distance > made || length > size - made) {
            return 0;
        }
        for (size_t i = 0; i < length; i++, made++) {
            out[made] = out[made - distance];
        }
    }
    return made;
}
