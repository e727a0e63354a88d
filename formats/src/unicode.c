#include "unicode.h"

static const uint32_t replacement = 0xfffd;

void ana_text_append_code_point(ana_text *text, uint32_t code)
{
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        code = replacement;
    }
    char bytes[4];
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1;) {
        bytes[i] = (char)(unsigned char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    static const unsigned char lead[] = {0x00, 0xc0, 0xe0, 0xf0};
    bytes[0] = (char)(unsigned char)(lead[n - 1] | code);
    ana_text_append_bytes(text, bytes, n);
}

uint32_t ana_utf8_next(const unsigned char *bytes, size_t n, size_t *at)
{
    unsigned char first = bytes[(*at)++];
    if (first < 0x80) {
        return first;
    }
    size_t more = first >= 0xf0 && first < 0xf5 ? 3 : first >= 0xe0 && first < 0xf0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4 || more > n - *at) {
        return replacement;
    }
    uint32_t code = first & (0x3fU >> more);
    for (size_t i = 0; i < more; i++) {
        if ((bytes[*at + i] & 0xc0) != 0x80) {
            return replacement;
        }
        code = code << 6 | (bytes[*at + i] & 0x3fU);
    }
    static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    if (code < smallest[more]) {
        return replacement;
    }
    *at += more;
    return code;
}

uint32_t ana_utf16_next(const uint16_t *units, size_t n, size_t *at)
{
    uint32_t first = units[(*at)++];
    if (first < 0xd800 || first >= 0xdc00 || *at == n) {
        return first;
    }
    uint32_t second = units[*at];
    if (second < 0xdc00 || second >= 0xe000) {
        return first;
    }
    (*at)++;
    return 0x10000 + ((first - 0xd800) << 10 | (second - 0xdc00));
}
