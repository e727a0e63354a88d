/** Numbers to text and back, free of the host's locale, and text that grows.
 *
 *  `strtod`, `printf("%g")` and friends follow the decimal comma of LC_NUMERIC; nothing else in the
 *  project may parse or print a number. */
#ifndef ANALYSIS_INTERNAL_TEXT_H
#define ANALYSIS_INTERNAL_TEXT_H

#include <analysis/export.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Parse the whole of `text` (n bytes, spaces around allowed); false when it is no number, or out
 *  of the type's range. Doubles: decimal, exponent, inf, nan; no hexadecimal. */
bool ana_parse_double(const char *text, size_t n, double *out);
bool ana_parse_int(const char *text, size_t n, int64_t *out);
bool ana_parse_u64(const char *text, size_t n, uint64_t *out);

/** Shortest text that reads back to the same double; "nan", "inf", "-inf". `out` has 32 bytes. */
void ana_format_double(double value, char out[32]);

/** A double as text for one message: ana_fail(..., "%s Hz", ana_number(rate).text). The text lives
 *  to the end of the statement. */
typedef struct ana_number_text {
    char text[32];
} ana_number_text;

static inline ana_number_text ana_number(double value)
{
    ana_number_text number = {""};
    ana_format_double(value, number.text);
    return number;
}

/** `value` with exactly `digits` (0-17) decimals, "-0.00" never; for pictures. `out` 352 bytes at
 *  most are written, cut to size. */
void ana_format_fixed(double value, int digits, char *out, size_t size);

/** Text that grows. A failed allocation is remembered: append on, then check once. */
typedef struct ana_text {
    char *bytes; /**< NUL-terminated once anything was appended; else NULL */
    size_t n;
    size_t capacity;
    bool failed;
} ana_text;

void ana_text_append(ana_text *text, const char *piece);
void ana_text_append_bytes(ana_text *text, const char *bytes, size_t n);
/** Integers and texts only (%s %d %zu %lld %c %x); doubles by the two below. */
ANA_PRINTF(2, 3) void ana_text_printf(ana_text *text, const char *format, ...);
void ana_text_append_double(ana_text *text, double value);
void ana_text_append_fixed(ana_text *text, double value, int digits);
ANA_USE_RESULT ana_status ana_text_check(const ana_text *text, const char *what);
void ana_text_release(ana_text *text);

/** Case-insensitive comparison of ASCII letters. */
bool ana_text_equal_ignoring_case(const char *a, const char *b);
bool ana_text_starts_with(const char *text, const char *beginning);
bool ana_text_ends_with_ignoring_case(const char *text, const char *ending);

/** Whether n bytes are valid UTF-8 (no overlong forms, no surrogates, no NUL). */
bool ana_text_is_utf8(const char *bytes, size_t n);

/** *out = the n bytes as UTF-8: kept when they are valid UTF-8, else read as Latin-1. Stops at the
 *  first NUL; trailing spaces are removed. Freed by free(). */
ANA_USE_RESULT ana_status ana_text_to_utf8(const char *bytes, size_t n, char **out);

#endif
