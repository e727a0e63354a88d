/** A deterministic SVG writer: the same calls give the same bytes on every machine.
 *
 *  Coordinates are CSS pixels with two decimals. No ids, scripts, styles or links are written, so
 *  pictures can stand side by side in a page under the strictest content security policy; parts
 *  are clipped by nesting. Text is escaped, and its width is computed from a table of a wide common
 *  sans font, so that a layout made here also holds in the narrower fonts of other machines. */
#ifndef ANALYSIS_FORMATS_SVG_H
#define ANALYSIS_FORMATS_SVG_H

#include "colour.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct ana_box {
    double x, y, width, height;
} ana_box;

/** How a shape is painted. Zeroed members paint nothing; opacity 0 means opaque. */
typedef struct ana_paint {
    ana_ink fill;
    ana_ink stroke;
    double stroke_width; /**< 0: 1 pixel */
    double opacity;
    bool round; /**< round line ends and joins */
    bool dashed;
} ana_paint;

typedef enum ana_anchor {
    ANA_ANCHOR_START,
    ANA_ANCHOR_MIDDLE,
    ANA_ANCHOR_END
} ana_anchor;

/** A line of text; (x, y) is the anchor on the base line. */
typedef struct ana_label {
    double x, y;
    double size; /**< pixels of an em */
    ana_anchor anchor;
    ana_ink ink;
    double angle; /**< degrees clockwise about (x, y) */
    bool bold;
    ana_ink halo;     /**< a rim around the letters, over a picture; NONE: none */
    const char *full; /**< the text before it was cut, shown when pointed at; NULL: none */
} ana_label;

/** The document being written. A failed allocation is remembered by the text. */
typedef struct ana_svg {
    ana_text text;
    bool dark;
    bool embedded; /**< inks are the page's CSS variables */
} ana_svg;

/** Head of the document; `title` and `description` become the alternative text (NULL: none). */
void ana_svg_begin(ana_svg *svg, double width, double height, const char *title,
                   const char *description);
void ana_svg_end(ana_svg *svg);

/** What is drawn until the matching end is cut at the box; coordinates stay those of the document.
 */
void ana_svg_clip_begin(ana_svg *svg, ana_box box);
void ana_svg_clip_end(ana_svg *svg);

void ana_svg_rect(ana_svg *svg, ana_box box, ana_paint paint);
void ana_svg_line(ana_svg *svg, double x0, double y0, double x1, double y1, ana_paint paint);
void ana_svg_circle(ana_svg *svg, double x, double y, double radius, ana_paint paint);
void ana_svg_label(ana_svg *svg, const ana_label *label, const char *text);

/** An image stretched over a box: open, then the PNG in base 64 is appended to the text, close.
 *  `smooth` blends neighbouring pixels; else they stay sharp. */
void ana_svg_image_open(ana_svg *svg, ana_box box, bool smooth);
void ana_svg_image_close(ana_svg *svg);

/** A path: open, then moves, lines and curves, then paint closes the element. */
void ana_svg_path_open(ana_svg *svg);
void ana_svg_move(ana_svg *svg, double x, double y);
void ana_svg_line_to(ana_svg *svg, double x, double y);
/** Vertical and horizontal stroke from the current point, by a length. */
void ana_svg_down(ana_svg *svg, double length);
void ana_svg_across(ana_svg *svg, double length);
/** Quadratic curve with one control point. */
void ana_svg_curve_to(ana_svg *svg, double cx, double cy, double x, double y);
void ana_svg_close(ana_svg *svg);
void ana_svg_path_paint(ana_svg *svg, ana_paint paint);

/** Bold letters are at most this much wider. */
#define ANA_BOLD_WIDTH 1.22

/** Width in pixels of a line of text at `size` pixels an em. */
double ana_svg_text_width(const char *text, double size);

/** `text` cut to `width` pixels with an ellipsis, on the border of a character; at most `n` bytes
 *  with the final NUL. Returns whether something was cut. */
bool ana_svg_fit(const char *text, double size, double width, char *out, size_t n);

/** The same with the ellipsis in the middle, so that names that differ in their last word stay
 *  different. */
bool ana_svg_fit_name(const char *text, double size, double width, char *out, size_t n);

/** Append `text` for element content or a quoted attribute, in XML or HTML: markup is escaped;
 *  line breaks and tabs become spaces; control characters, direction overrides and bytes that are
 *  not UTF-8 become U+FFFD. */
void ana_svg_escape(ana_text *out, const char *text);

#endif
