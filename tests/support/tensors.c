#include "support/tensors.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

bool write_tensors(const char *path, const char *header, const void *elements, size_t n)
{
    unsigned char length[8];
    const size_t n_header = strlen(header);
    FILE *file = fopen(path, "wb");
    for (size_t i = 0; i < sizeof length; i++) {
        length[i] = (unsigned char)((uint64_t)n_header >> (8 * i) & 0xff);
    }
    bool written = file != NULL && fwrite(length, 1, sizeof length, file) == sizeof length &&
                   fwrite(header, 1, n_header, file) == n_header &&
                   (n == 0 || fwrite(elements, 1, n, file) == n);
    if (file != NULL) {
        written = fclose(file) == 0 && written;
    }
    return written;
}

bool write_example_tensors(const char *path)
{
    static const char header[] =
        "{\"__metadata__\":{\"format\":\"pt\"},"
        "\"layer1\":{\"dtype\":\"F32\",\"shape\":[6,4],\"data_offsets\":[0,96]},"
        "\"layer2\":{\"dtype\":\"BF16\",\"shape\":[6,2,2],\"data_offsets\":[96,144]},"
        "\"count\":{\"dtype\":\"I64\",\"shape\":[3],\"data_offsets\":[144,168]}}  ";
    unsigned char bytes[168];
    for (size_t i = 0; i < 24; i++) {
        const float value = (float)((int)(i * i % 17) - 8) / 4.0F;
        uint32_t bits = 0;
        memcpy(bytes + 4 * i, &value, sizeof value);
        memcpy(&bits, &value, sizeof bits);
        const uint16_t upper = (uint16_t)(bits >> 16);
        memcpy(bytes + 96 + 2 * i, &upper, sizeof upper);
    }
    for (int64_t i = 0; i < 3; i++) {
        const int64_t value = 7 - 5 * i;
        memcpy(bytes + 144 + 8 * i, &value, sizeof value);
    }
    return write_tensors(path, header, bytes, sizeof bytes);
}
