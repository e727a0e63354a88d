/** Code points to and from UTF-8, forgiving: what is no character becomes U+FFFD. */
#ifndef ANALYSIS_FORMATS_UNICODE_H
#define ANALYSIS_FORMATS_UNICODE_H

#include "text.h"

#include <stdint.h>

/** Append a code point as UTF-8 (surrogates, and numbers beyond U+10FFFF, as U+FFFD). */
void ana_text_append_code_point(ana_text *text, uint32_t code);

/** The code point at bytes[*at], which moves behind it; U+FFFD for a byte that begins none. */
uint32_t ana_utf8_next(const unsigned char *bytes, size_t n, size_t *at);

/** The code point at units[*at], which moves behind it (by two for a surrogate pair). */
uint32_t ana_utf16_next(const uint16_t *units, size_t n, size_t *at);

#endif
