#include "png.h"

#include "zip.h"

#include <string.h>

#define STORED_MAX 65535U

static void put_u32(unsigned char *at, size_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        at[i] = (unsigned char)(value >> (24 - 8 * i));
    }
}

static void append_chunk(ana_text *out, const char type[4], const void *bytes, size_t n)
{
    unsigned char word[4];
    put_u32(word, n);
    ana_text_append_bytes(out, (const char *)word, 4);
    ana_text_append_bytes(out, type, 4);
    ana_text_append_bytes(out, bytes, n);
    put_u32(word, ana_crc32(ana_crc32(0, type, 4), bytes, n));
    ana_text_append_bytes(out, (const char *)word, 4);
}

static size_t adler32(const unsigned char *bytes, size_t n)
{
    size_t a = 1;
    size_t b = 0;
    for (size_t i = 0; i < n; i++) {
        a = (a + bytes[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

/* zlib's wrapping around stored blocks. */
static void append_stored(ana_text *out, const unsigned char *bytes, size_t n)
{
    ana_text_append_bytes(out, "\x78\x01", 2);
    for (size_t at = 0; at == 0 || at < n; at += STORED_MAX) {
        size_t length = n - at < STORED_MAX ? n - at : STORED_MAX;
        const unsigned char head[5] = {
            at + length == n, (unsigned char)(length & 0xff), (unsigned char)(length >> 8),
            (unsigned char)(~length & 0xff), (unsigned char)(~length >> 8 & 0xff)};
        ana_text_append_bytes(out, (const char *)head, sizeof head);
        ana_text_append_bytes(out, (const char *)bytes + at, length);
    }
    unsigned char sum[4];
    put_u32(sum, adler32(bytes, n));
    ana_text_append_bytes(out, (const char *)sum, 4);
}

static void append_pixels(ana_text *out, const ana_image *image)
{
    ana_text rows = {0};
    for (size_t y = 0; y < image->height; y++) {
        ana_text_append_bytes(&rows, "\0", 1); /* no filter */
        ana_text_append_bytes(&rows, (const char *)image->pixels + y * image->width, image->width);
    }
    ana_text packed = {0};
    append_stored(&packed, (const unsigned char *)rows.bytes, rows.n);
    append_chunk(out, "IDAT", packed.bytes, packed.n);
    out->failed = out->failed || rows.failed || packed.failed;
    ana_text_release(&rows);
    ana_text_release(&packed);
}

void ana_png_append(ana_text *out, const ana_image *image)
{
    unsigned char header[13] = {0};
    unsigned char colours[768];
    unsigned char alphas[256];
    put_u32(header, image->width);
    put_u32(header + 4, image->height);
    header[8] = 8; /* bits an index */
    header[9] = 3; /* indexed */
    for (size_t i = 0; i < 256; i++) {
        memcpy(colours + 3 * i, image->palette[i], 3);
        alphas[i] = image->palette[i][3];
    }
    ana_text_append_bytes(out, "\x89PNG\r\n\x1a\n", 8);
    append_chunk(out, "IHDR", header, sizeof header);
    append_chunk(out, "PLTE", colours, sizeof colours);
    append_chunk(out, "tRNS", alphas, sizeof alphas);
    append_pixels(out, image);
    append_chunk(out, "IEND", "", 0);
}

void ana_base64_append(ana_text *out, const void *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = bytes;
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        unsigned long word = (unsigned long)in[i] << 16;
        word |= left > 1 ? (unsigned long)in[i + 1] << 8 : 0;
        word |= left > 2 ? (unsigned long)in[i + 2] : 0;
        char four[4] = {digits[word >> 18 & 63], digits[word >> 12 & 63], digits[word >> 6 & 63],
                        digits[word & 63]};
        if (left < 3) {
            four[3] = '=';
        }
        if (left < 2) {
            four[2] = '=';
        }
        ana_text_append_bytes(out, four, 4);
    }
}
