#include "chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double patch = 10.0;
static const double row_height = 17.0;
static const double entry_gap = 16.0;
static const double longest_name = 170.0;
static const double more_room = 110.0;
static const double bar_width = 11.0;
static const double bar_gap = 14.0;

#define MAX_ROWS 3

/* How much of a name is shown: the last row has room for one and the count of the others. */
static double name_room(double width)
{
    return fmin(longest_name, fmax(width - patch - 6.0 - entry_gap - more_room, 20.0));
}

static void draw_entry(ana_figure *figure, const ana_legend *legend, size_t i, ana_box box)
{
    char number[24];
    ana_ink ink = ana_ink_category(i);
    const double x = box.x;
    const double middle = box.y + row_height / 2.0;
    if (legend->lines) {
        ana_svg_line(&figure->svg, x, middle, x + patch + 2.0, middle,
                     (ana_paint){.stroke = ink, .stroke_width = 2.5, .round = true});
    } else {
        ana_svg_rect(&figure->svg, (ana_box){x, middle - patch / 2.0, patch, patch},
                     (ana_paint){.fill = ink});
    }
    ana_figure_name(figure,
                    (ana_label){.x = x + patch + 6.0,
                                .y = middle + 0.36 * ANA_TICK_SIZE,
                                .size = ANA_TICK_SIZE,
                                .ink = ANA_INK_TEXT},
                    ana_name(&legend->names, i, number), box.width);
}

static void draw_more(ana_figure *figure, size_t n, double x, double y)
{
    char text[48];
    snprintf(text, sizeof text, "and %zu more", n);
    ana_figure_label(figure,
                     (ana_label){.x = x,
                                 .y = y + row_height / 2.0 + 0.36 * ANA_TICK_SIZE,
                                 .size = ANA_TICK_SIZE,
                                 .ink = ANA_INK_MUTED},
                     text, more_room);
}

/* The height; draws nothing when `figure` is NULL. */
static double lay_out(ana_figure *figure, const ana_legend *legend, double x, double y,
                      double width)
{
    double at = 0.0;
    size_t row = 0;
    for (size_t i = 0; i < legend->n; i++) {
        char number[24];
        const char *name = ana_name(&legend->names, i, number);
        double text = fmin(ana_svg_text_width(name, ANA_TICK_SIZE), name_room(width));
        double needed = patch + 6.0 + text;
        if (at > 0.0 && at + needed > width && row + 1 < MAX_ROWS) {
            at = 0.0;
            row++;
        }
        double after = i + 1 < legend->n && row + 1 == MAX_ROWS ? entry_gap + more_room : 0.0;
        if (row + 1 == MAX_ROWS && at > 0.0 && at + needed + after > width) {
            if (figure != NULL) {
                draw_more(figure, legend->n - i, x + at, y + (double)row * row_height);
            }
            break;
        }
        if (figure != NULL) {
            draw_entry(figure, legend, i,
                       (ana_box){x + at, y + (double)row * row_height, text + 0.01, row_height});
        }
        at += needed + entry_gap;
    }
    return (double)(row + 1) * row_height + 3.0;
}

double ana_legend_height(const ana_legend *legend, double width)
{
    return legend->n > 0 ? lay_out(NULL, legend, 0.0, 0.0, width) : 0.0;
}

void ana_legend_draw(ana_figure *figure, const ana_legend *legend, ana_box *box)
{
    double height = ana_legend_height(legend, box->width);
    if (height > 0.0 && height < 0.5 * box->height) {
        lay_out(figure, legend, box->x, box->y, box->width);
        box->y += height;
        box->height -= height;
    }
}

ana_colour_bar ana_figure_colour_bar(const ana_figure *figure, ana_range range, const char *unit)
{
    ana_colour_bar bar = {
        .map = ANA_MAP_VIRIDIS, .title = ana_figure_text(figure, "value_title"), .unit = unit};
    bool level = (unit != NULL && strstr(unit, "dB re") != NULL) ||
                 (bar.title != NULL && strstr(bar.title, "dB re") != NULL); /* 0 is no middle */
    bool signs = range.low < 0.0 && range.high > 0.0 && !level;
    bool diverging = ana_figure_says(figure, "colours", "diverging");
    if (diverging || (signs && !ana_figure_says(figure, "colours", "sequential"))) {
        double end = fmax(-range.low, range.high);
        range = (ana_range){-end, end};
        bar.map = ANA_MAP_DIVERGING;
    }
    range = ana_range_widened(range, 0.0);
    bar.scale = (ana_scale){.low = range.low, .high = range.high};
    return bar;
}

ana_range ana_figure_range(const ana_figure *figure, ana_range found)
{
    const ana_values range = ana_figure_values(figure, "range");
    if (range.n != 2) {
        return found;
    }
    const double low = ana_value(&range, 0);
    const double high = ana_value(&range, 1);
    const bool usable = fabs(low) <= 1e300 && fabs(high) <= 1e300 && low < high;
    return usable ? (ana_range){low, high} : found;
}

double ana_colour_bar_room(ana_colour_bar *bar, double height)
{
    size_t most = height >= 240.0 ? 8 : height >= 60.0 ? (size_t)(height / 30.0) : 2;
    char title[480];
    ana_ticks_make(&bar->scale, most, &bar->ticks);
    ana_ticks_drop_crowded(&bar->ticks, bar->scale, height, true);
    ana_axis_title(bar->title, bar->unit, &bar->ticks, title, sizeof title);
    double widest = 0.0;
    for (size_t i = 0; i < bar->ticks.n; i++) {
        widest = fmax(widest, ana_svg_text_width(bar->ticks.tick[i].label, ANA_TICK_SIZE));
    }
    return bar_gap + bar_width + 6.0 + ceil(widest) + (title[0] != '\0' ? 20.0 : 2.0);
}

void ana_chart_place_with_bar(ana_figure *figure, ana_chart *chart, ana_colour_bar *bar,
                              bool square)
{
    double room = ana_colour_bar_room(bar, figure->body.height - 60.0);
    for (int round = 0; round < 3; round++) {
        ana_box box = figure->body;
        box.width -= room;
        if (square) {
            ana_chart_place_square(chart, box);
        } else {
            ana_chart_place(chart, box);
        }
        room = fmax(room, ana_colour_bar_room(bar, chart->plot.height));
    }
}

unsigned char ana_colour_index(const ana_colour_bar *bar, double value)
{
    if (isnan(value)) {
        return 0;
    }
    ana_scale scale = bar->scale;
    scale.start = 0.0;
    scale.end = 254.0;
    return (unsigned char)(1.5 + ana_scale_at(&scale, value));
}

void ana_colour_palette(const ana_colour_bar *bar, unsigned char palette[256][4])
{
    for (size_t i = 0; i < 256; i++) {
        ana_colour_map_at(bar->map, i == 0 ? 0.0 : (double)(i - 1) / 254.0, palette[i]);
        palette[i][3] = i == 0 ? 0 : 255;
    }
}

void ana_colour_bar_draw(ana_figure *figure, const ana_colour_bar *bar, ana_box plot)
{
    unsigned char pixels[255];
    ana_image image = {.width = 1, .height = 255, .pixels = pixels};
    for (size_t i = 0; i < 255; i++) {
        pixels[i] = (unsigned char)(255 - i);
    }
    ana_colour_palette(bar, image.palette);
    const ana_box box = {plot.x + plot.width + bar_gap, plot.y, bar_width, plot.height};
    ana_figure_image(figure, box, &image, true);
    ana_scale scale = bar->scale;
    scale.start = plot.y + plot.height;
    scale.end = plot.y;
    double widest = 0.0;
    for (size_t i = 0; i < bar->ticks.n; i++) {
        const ana_tick *tick = &bar->ticks.tick[i];
        ana_label label = {.x = box.x + bar_width + 6.0,
                           .y = ana_scale_at(&scale, tick->value) + 0.36 * ANA_TICK_SIZE,
                           .size = ANA_TICK_SIZE,
                           .ink = ANA_INK_MUTED};
        if (tick->label[0] != '\0') {
            ana_svg_label(&figure->svg, &label, tick->label);
        }
        widest = fmax(widest, ana_svg_text_width(tick->label, ANA_TICK_SIZE));
    }
    char title[480];
    ana_axis_title(bar->title, bar->unit, &bar->ticks, title, sizeof title);
    ana_figure_label(figure,
                     (ana_label){.x = box.x + bar_width + 6.0 + ceil(widest) + 16.0,
                                 .y = plot.y + plot.height / 2.0,
                                 .size = ANA_TITLE_SIZE,
                                 .anchor = ANA_ANCHOR_MIDDLE,
                                 .ink = ANA_INK_TEXT,
                                 .angle = -90.0},
                     title, plot.height);
}
