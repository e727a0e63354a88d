#include "svg.h"

#include <stdio.h>

#define FONTS                                                                                      \
    "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Helvetica,Arial,"                  \
    "'DejaVu Sans',sans-serif"

static void append(ana_svg *svg, const char *piece)
{
    ana_text_append(&svg->text, piece);
}

static void append_number(ana_svg *svg, double value)
{
    ana_text_append_fixed(&svg->text, value, 2);
}

/* name="12.30" */
static void append_attribute(ana_svg *svg, const char *name, double value)
{
    ana_text_printf(&svg->text, " %s=\"", name);
    append_number(svg, value);
    append(svg, "\"");
}

static void append_ink(ana_svg *svg, const char *name, ana_ink ink)
{
    if (ink == ANA_INK_NONE) {
        return;
    }
    if (svg->embedded) {
        ana_text_printf(&svg->text, " %s=\"var(%s)\"", name, ana_ink_variable(ink));
    } else {
        ana_text_printf(&svg->text, " %s=\"%s\"", name, ana_ink_hex(ink, svg->dark));
    }
}

static void append_paint(ana_svg *svg, ana_paint paint)
{
    append_ink(svg, "fill", paint.fill);
    append_ink(svg, "stroke", paint.stroke);
    if (paint.stroke != ANA_INK_NONE && paint.stroke_width > 0.0) {
        append_attribute(svg, "stroke-width", paint.stroke_width);
    }
    if (paint.opacity > 0.0 && paint.opacity < 1.0) {
        append_attribute(svg, "opacity", paint.opacity);
    }
    if (paint.round) {
        append(svg, " stroke-linecap=\"round\" stroke-linejoin=\"round\"");
    }
    if (paint.dashed) {
        append(svg, " stroke-dasharray=\"4 3\"");
    }
}

void ana_svg_begin(ana_svg *svg, double width, double height, const char *title,
                   const char *description)
{
    append(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 ");
    append_number(svg, width);
    append(svg, " ");
    append_number(svg, height);
    append(svg, "\"");
    append_attribute(svg, "width", width);
    append_attribute(svg, "height", height);
    append(svg, " fill=\"none\"");
    if (!svg->embedded) {
        append(svg, " font-family=\"" FONTS "\"");
    }
    const char *name = description != NULL ? description : title;
    if (name != NULL) {
        append(svg, " aria-label=\"");
        ana_svg_escape(&svg->text, name);
        append(svg, "\"");
    }
    append(svg, ">\n");
    if (!svg->embedded) {
        if (title != NULL) {
            append(svg, "<title>");
            ana_svg_escape(&svg->text, title);
            append(svg, "</title>\n");
        }
        if (description != NULL) {
            append(svg, "<desc>");
            ana_svg_escape(&svg->text, description);
            append(svg, "</desc>\n");
        }
        ana_svg_rect(svg, (ana_box){0.0, 0.0, width, height}, (ana_paint){.fill = ANA_INK_PAPER});
    }
}

void ana_svg_end(ana_svg *svg)
{
    append(svg, "</svg>\n");
}

static void append_box(ana_svg *svg, ana_box box)
{
    append_attribute(svg, "x", box.x);
    append_attribute(svg, "y", box.y);
    append_attribute(svg, "width", box.width);
    append_attribute(svg, "height", box.height);
}

void ana_svg_clip_begin(ana_svg *svg, ana_box box)
{
    append(svg, "<svg");
    append_box(svg, box);
    append(svg, " viewBox=\"");
    append_number(svg, box.x);
    append(svg, " ");
    append_number(svg, box.y);
    append(svg, " ");
    append_number(svg, box.width);
    append(svg, " ");
    append_number(svg, box.height);
    append(svg, "\">\n");
}

void ana_svg_clip_end(ana_svg *svg)
{
    append(svg, "</svg>\n");
}

void ana_svg_rect(ana_svg *svg, ana_box box, ana_paint paint)
{
    append(svg, "<rect");
    append_box(svg, box);
    append_paint(svg, paint);
    append(svg, "/>\n");
}

void ana_svg_line(ana_svg *svg, double x0, double y0, double x1, double y1, ana_paint paint)
{
    ana_svg_path_open(svg);
    ana_svg_move(svg, x0, y0);
    ana_svg_line_to(svg, x1, y1);
    ana_svg_path_paint(svg, paint);
}

void ana_svg_circle(ana_svg *svg, double x, double y, double radius, ana_paint paint)
{
    append(svg, "<circle");
    append_attribute(svg, "cx", x);
    append_attribute(svg, "cy", y);
    append_attribute(svg, "r", radius);
    append_paint(svg, paint);
    append(svg, "/>\n");
}

void ana_svg_label(ana_svg *svg, const ana_label *label, const char *text)
{
    static const char *const anchors[] = {"start", "middle", "end"};
    append(svg, "<text");
    append_attribute(svg, "x", label->x);
    append_attribute(svg, "y", label->y);
    append_attribute(svg, "font-size", label->size);
    if (label->anchor != ANA_ANCHOR_START) {
        ana_text_printf(&svg->text, " text-anchor=\"%s\"", anchors[label->anchor]);
    }
    if (label->bold) {
        append(svg, " font-weight=\"600\"");
    }
    append_ink(svg, "fill", label->ink);
    if (label->halo != ANA_INK_NONE) {
        append_ink(svg, "stroke", label->halo);
        append(svg, " stroke-width=\"2.5\" stroke-linejoin=\"round\" paint-order=\"stroke\"");
    }
    if (label->angle != 0.0) {
        append(svg, " transform=\"rotate(");
        append_number(svg, label->angle);
        append(svg, " ");
        append_number(svg, label->x);
        append(svg, " ");
        append_number(svg, label->y);
        append(svg, ")\"");
    }
    append(svg, ">");
    ana_svg_escape(&svg->text, text);
    if (label->full != NULL) {
        append(svg, "<title>");
        ana_svg_escape(&svg->text, label->full);
        append(svg, "</title>");
    }
    append(svg, "</text>\n");
}

void ana_svg_image_open(ana_svg *svg, ana_box box, bool smooth)
{
    append(svg, "<image");
    append_box(svg, box);
    append(svg, " preserveAspectRatio=\"none\"");
    if (!smooth) {
        append(svg, " image-rendering=\"pixelated\"");
    }
    append(svg, " href=\"data:image/png;base64,");
}

void ana_svg_image_close(ana_svg *svg)
{
    append(svg, "\"/>\n");
}

void ana_svg_path_open(ana_svg *svg)
{
    append(svg, "<path d=\"");
}

static void append_point(ana_svg *svg, const char *command, double x, double y)
{
    append(svg, command);
    append_number(svg, x);
    append(svg, " ");
    append_number(svg, y);
}

void ana_svg_move(ana_svg *svg, double x, double y)
{
    append_point(svg, "M", x, y);
}

void ana_svg_line_to(ana_svg *svg, double x, double y)
{
    append_point(svg, "L", x, y);
}

void ana_svg_down(ana_svg *svg, double length)
{
    append(svg, "v");
    append_number(svg, length);
}

void ana_svg_across(ana_svg *svg, double length)
{
    append(svg, "h");
    append_number(svg, length);
}

void ana_svg_curve_to(ana_svg *svg, double cx, double cy, double x, double y)
{
    append_point(svg, "Q", cx, cy);
    append_point(svg, " ", x, y);
}

void ana_svg_close(ana_svg *svg)
{
    append(svg, "Z");
}

void ana_svg_path_paint(ana_svg *svg, ana_paint paint)
{
    append(svg, "\"");
    append_paint(svg, paint);
    append(svg, "/>\n");
}
