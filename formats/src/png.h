/** Small pictures of indexed colours as PNG, for data URIs.
 *
 *  The pixels are stored, not compressed (RFC 1951, section 3.2.4), so that the bytes do not depend
 *  on the version of a compressor; the figures bound the number of pixels. */
#ifndef ANALYSIS_FORMATS_PNG_H
#define ANALYSIS_FORMATS_PNG_H

#include "text.h"

#include <stddef.h>

typedef struct ana_image {
    size_t width, height;
    const unsigned char *pixels; /**< height x width indices into the palette, from the top left */
    unsigned char palette[256][4]; /**< red, green, blue, alpha */
} ana_image;

/** Append the bytes of a PNG file. */
void ana_png_append(ana_text *out, const ana_image *image);

/** Append n bytes in base 64. */
void ana_base64_append(ana_text *out, const void *bytes, size_t n);

#endif
