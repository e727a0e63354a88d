#include "text.h"

#include "memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ana_text_append_bytes(ana_text *text, const char *bytes, size_t n)
{
    if (text->failed) {
        return;
    }
    if (n > SIZE_MAX - text->n - 1 ||
        ana_grow(&text->bytes, &text->capacity, text->n + n + 1, 1, "text") != ANA_OK) {
        text->failed = true;
        return;
    }
    if (n > 0) { /* nothing may come without bytes */
        memcpy(text->bytes + text->n, bytes, n);
    }
    text->n += n;
    text->bytes[text->n] = '\0';
}

void ana_text_append(ana_text *text, const char *piece)
{
    ana_text_append_bytes(text, piece, strlen(piece));
}

void ana_text_printf(ana_text *text, const char *format, ...)
{
    char small[512];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    if (n < 0) {
        text->failed = true;
        return;
    }
    if ((size_t)n < sizeof small) {
        ana_text_append_bytes(text, small, (size_t)n);
        return;
    }
    char *large = malloc((size_t)n + 1);
    if (large == NULL) {
        text->failed = true;
        return;
    }
    va_start(arguments, format);
    vsnprintf(large, (size_t)n + 1, format, arguments);
    va_end(arguments);
    ana_text_append_bytes(text, large, (size_t)n);
    free(large);
}

void ana_text_append_double(ana_text *text, double value)
{
    char number[32];
    ana_format_double(value, number);
    ana_text_append(text, number);
}

void ana_text_append_fixed(ana_text *text, double value, int digits)
{
    char number[400];
    ana_format_fixed(value, digits, number, sizeof number);
    ana_text_append(text, number);
}

ana_status ana_text_check(const ana_text *text, const char *what)
{
    if (!text->failed) {
        return ANA_OK;
    }
    return ana_fail(ANA_ERR_MEMORY, "%s: no memory for text of more than %zu bytes", what, text->n);
}

void ana_text_release(ana_text *text)
{
    free(text->bytes);
    *text = (ana_text){0};
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool equal_ignoring_case(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (lower(a[i]) != lower(b[i])) {
            return false;
        }
    }
    return true;
}

bool ana_text_equal_ignoring_case(const char *a, const char *b)
{
    size_t n = strlen(a);
    return n == strlen(b) && equal_ignoring_case(a, b, n);
}

bool ana_text_starts_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

bool ana_text_ends_with_ignoring_case(const char *text, const char *ending)
{
    size_t n = strlen(text);
    size_t m = strlen(ending);
    return n >= m && equal_ignoring_case(text + (n - m), ending, m);
}

/* Bytes of the UTF-8 sequence that begins at `s` (n bytes left), 0 when it is not valid. */
static size_t utf8_sequence(const unsigned char *s, size_t n)
{
    if (s[0] < 0x80) {
        return s[0] != 0 ? 1 : 0;
    }
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || length > n) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    /* Overlong forms, UTF-16 surrogates, and what lies beyond U+10FFFF. */
    bool bad = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
               (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f);
    return bad ? 0 : length;
}

bool ana_text_is_utf8(const char *bytes, size_t n)
{
    const unsigned char *s = (const unsigned char *)bytes;
    for (size_t i = 0; i < n;) {
        size_t length = utf8_sequence(s + i, n - i);
        if (length == 0) {
            return false;
        }
        i += length;
    }
    return true;
}

ana_status ana_text_to_utf8(const char *bytes, size_t n, char **out)
{
    const char *end = memchr(bytes, '\0', n);
    n = end != NULL ? (size_t)(end - bytes) : n;
    while (n > 0 && bytes[n - 1] == ' ') {
        n--;
    }
    if (ana_text_is_utf8(bytes, n)) {
        return ana_copy_bytes_as_text(bytes, n, out);
    }
    char *text = NULL;
    ana_status status = ana_allocate(2 * n + 1, 1, "text", &text);
    if (status != ANA_OK) {
        return status;
    }
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x80) {
            text[m++] = (char)c;
        } else {
            text[m++] = (char)(0xc0 | (c >> 6));
            text[m++] = (char)(0x80 | (c & 0x3f));
        }
    }
    *out = text;
    return ANA_OK;
}
