#include "chart.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

ana_values ana_figure_values(const ana_figure *figure, const char *name)
{
    const ana_record *node = ana_record_find(figure->group, name);
    if (node == NULL || (node->type != ANA_RECORD_DOUBLES && node->type != ANA_RECORD_INTS)) {
        return (ana_values){0};
    }
    return (ana_values){.node = node,
                        .n = ana_record_size(node),
                        .rows = node->n_axes == 2 ? node->shape[0] : 1,
                        .columns = node->n_axes > 0 ? node->shape[node->n_axes - 1] : 1,
                        .doubles = node->doubles,
                        .ints = node->ints};
}

ana_range ana_values_range(const ana_values *values)
{
    ana_range range = ana_range_empty();
    for (size_t i = 0; i < values->n; i++) {
        ana_range_add(&range, ana_value(values, i));
    }
    return range;
}

const char *ana_figure_text(const ana_figure *figure, const char *name)
{
    const ana_record *node = ana_record_find(figure->group, name);
    return node != NULL && node->type == ANA_RECORD_TEXT && node->text[0] != '\0' ? node->text
                                                                                  : NULL;
}

bool ana_figure_says(const ana_figure *figure, const char *name, const char *word)
{
    const char *text = ana_figure_text(figure, name);
    return text != NULL && strcmp(text, word) == 0;
}

ana_scale_kind ana_figure_scale_kind(const ana_figure *figure, const char *name, const char *unit)
{
    if (ana_figure_says(figure, name, "log")) {
        return ANA_SCALE_LOG;
    }
    return unit != NULL && strcmp(unit, "s") == 0 ? ANA_SCALE_TIME : ANA_SCALE_LINEAR;
}

ana_names ana_figure_names(const ana_figure *figure, const char *name)
{
    const ana_record *node = ana_record_find(figure->group, name);
    return (ana_names){.node = node != NULL && node->type == ANA_RECORD_TEXTS ? node : NULL};
}

const char *ana_name(const ana_names *names, size_t i, char number[24])
{
    if (names->node != NULL && i < names->node->shape[0]) {
        return names->node->texts[i];
    }
    snprintf(number, 24, "%" PRId64, names->numbers != NULL ? names->numbers[i] : (int64_t)i);
    return number;
}

void ana_figure_open(ana_figure *figure, double suits)
{
    const double pad = figure->svg.embedded ? 2.0 : ANA_PAD;
    const char *title = ana_figure_text(figure, "title");
    const char *caption = ana_figure_text(figure, "caption");
    bool headed = title != NULL && !figure->svg.embedded;
    double head = headed ? ANA_HEAD_SIZE + 10.0 : 0.0;
    double foot = figure->note[0] != '\0' ? ANA_TICK_SIZE + 8.0 : 0.0;
    figure->height = figure->wanted_height > 0.0 ? figure->wanted_height
                                                 : nearbyint(suits + head + foot + 2.0 * pad);
    figure->body = (ana_box){pad, pad + head, figure->width - 2.0 * pad,
                             figure->height - 2.0 * pad - head - foot};
    ana_svg_begin(&figure->svg, figure->width, figure->height, title, caption);
    if (headed) {
        ana_figure_label(figure,
                         (ana_label){.x = pad,
                                     .y = pad + 0.85 * ANA_HEAD_SIZE,
                                     .size = ANA_HEAD_SIZE,
                                     .ink = ANA_INK_TEXT,
                                     .bold = true},
                         title, figure->width - 2.0 * pad);
    }
    if (foot > 0.0) {
        ana_figure_label(figure,
                         (ana_label){.x = pad,
                                     .y = figure->height - pad - 3.0,
                                     .size = ANA_TICK_SIZE,
                                     .ink = ANA_INK_MUTED},
                         figure->note, figure->width - 2.0 * pad);
    }
}

void ana_figure_say(ana_figure *figure, const char *sentence)
{
    ana_figure_open(figure, 120.0);
    ana_box body = figure->body;
    ana_svg_rect(&figure->svg, body, (ana_paint){.fill = ANA_INK_PANEL});
    ana_figure_label(figure,
                     (ana_label){.x = body.x + body.width / 2.0,
                                 .y = body.y + body.height / 2.0 + 4.0,
                                 .size = ANA_TITLE_SIZE,
                                 .anchor = ANA_ANCHOR_MIDDLE,
                                 .ink = ANA_INK_MUTED},
                     sentence, body.width - 16.0);
}

void ana_figure_label(ana_figure *figure, ana_label label, const char *text, double width)
{
    char cut[256];
    double size = label.bold ? label.size * ANA_BOLD_WIDTH : label.size;
    if (ana_svg_fit(text, size, width, cut, sizeof cut)) {
        label.full = text;
    }
    if (cut[0] != '\0') {
        ana_svg_label(&figure->svg, &label, cut);
    }
}

void ana_figure_name(ana_figure *figure, ana_label label, const char *name, double width)
{
    char cut[256];
    if (ana_svg_fit_name(name, label.size, width, cut, sizeof cut)) {
        label.full = name;
    }
    if (cut[0] != '\0') {
        ana_svg_label(&figure->svg, &label, cut);
    }
}

void ana_figure_image(ana_figure *figure, ana_box box, const ana_image *image, bool smooth)
{
    ana_svg *svg = &figure->svg;
    ana_text png = {0};
    ana_png_append(&png, image);
    ana_svg_image_open(svg, box, smooth);
    if (png.bytes != NULL) {
        ana_base64_append(&svg->text, png.bytes, png.n);
    }
    ana_svg_image_close(svg);
    svg->text.failed = svg->text.failed || png.failed;
    ana_text_release(&png);
}
