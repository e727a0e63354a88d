#include "chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double tick_gap = 8.0;    /* from the plot to a tick's label */
static const double title_room = 20.0; /* a line of axis title with its gap */
static const double line_room = 12.5;  /* a line of labels */
static const double name_share_y = 220.0;
static const double name_share_x = 120.0;
static const double middle = 0.36; /* of an em: from the base line to the middle of capitals */

ana_chart_axis ana_axis_of(ana_scale_kind kind, ana_range range, const char *title,
                           const char *unit)
{
    return (ana_chart_axis){.scale = {.kind = kind, .low = range.low, .high = range.high},
                            .title = title,
                            .unit = unit};
}

ana_chart_axis ana_axis_of_bands(size_t n, ana_names names, const char *title)
{
    return (ana_chart_axis){.scale = {.low = 0.0, .high = (double)n},
                            .title = title,
                            .bands = true,
                            .n_bands = n,
                            .names = names};
}

/* The first n bytes, a name: no underscores, and a capital where a word of small letters begins it
 * ("dwell_time", but not "dF/F" or "p"). */
static void make_readable(char *name, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        name[i] = name[i] == '_' ? ' ' : name[i];
    }
    size_t small = strspn(name, "abcdefghijklmnopqrstuvwxyz");
    if (small >= 2 && small <= n && (small == n || name[small] == ' ')) {
        name[0] = (char)(name[0] - 'a' + 'A');
    }
}

void ana_axis_title(const char *title, const char *unit, const ana_ticks *ticks, char *out,
                    size_t n)
{
    const char *shown = ticks->unit != NULL ? ticks->unit : unit != NULL ? unit : "";
    const char *name = title != NULL ? title : "";
    const char *from = ticks->from[0] != '\0' ? "from " : "";
    bool more = ticks->power[0] != '\0' || shown[0] != '\0';
    char inside[192];
    snprintf(inside, sizeof inside, "%s%s%.80s%s%s%s", ticks->power,
             ticks->power[0] != '\0' && shown[0] != '\0' ? " " : "", shown,
             more && from[0] != '\0' ? ", " : "", from, ticks->from);
    if (inside[0] == '\0') {
        snprintf(out, n, "%.200s", name);
    } else {
        snprintf(out, n, name[0] != '\0' ? "%.200s (%s)" : "%s%s", name, inside);
    }
    make_readable(out, strlen(name) < 200 ? strlen(name) : 200);
}

static bool has_title(const ana_chart_axis *axis)
{
    char title[480];
    ana_axis_title(axis->title, axis->unit, &axis->ticks, title, sizeof title);
    return title[0] != '\0';
}

/* 1, 2, 5, 10, 20, ...: the first that is at least `wanted`. */
static size_t round_stride(double wanted)
{
    double power = 1.0;
    for (;;) {
        for (size_t i = 0; i < 3; i++) {
            double stride = (i == 0 ? 1.0 : i == 1 ? 2.0 : 5.0) * power;
            if (stride >= wanted) {
                return stride < 1e19 ? (size_t)stride : SIZE_MAX;
            }
        }
        power *= 10.0;
    }
}

/* Width of the widest of the names that are written. */
static double widest_name(const ana_chart_axis *axis)
{
    double widest = 0.0;
    char number[24];
    for (size_t i = 0; i < axis->n_bands; i += axis->stride) {
        const char *name = ana_name(&axis->names, i, number);
        widest = fmax(widest, ana_svg_text_width(name, ANA_TICK_SIZE));
    }
    return widest;
}

static double widest_tick(const ana_ticks *ticks)
{
    double widest = 0.0;
    for (size_t i = 0; i < ticks->n; i++) {
        widest = fmax(widest, ana_svg_text_width(ticks->tick[i].label, ANA_TICK_SIZE));
    }
    return widest;
}

static size_t clamp_count(double wanted, size_t least, size_t most)
{
    return wanted < (double)least ? least : wanted > (double)most ? most : (size_t)wanted;
}

/* Choose what stands on a vertical axis; the room it takes on the left. */
static double fit_y(ana_chart_axis *axis, double height)
{
    if (axis->hidden) {
        return 0.0;
    }
    if (axis->bands) {
        axis->stride = round_stride(line_room * (double)axis->n_bands / fmax(height, line_room));
        axis->label_room = fmin(ceil(widest_name(axis)), axis->label_most);
    } else {
        ana_ticks_make(&axis->scale, clamp_count(height / 36.0, 2, 9), &axis->ticks);
        ana_ticks_drop_crowded(&axis->ticks, axis->scale, height, true);
        axis->label_room = ceil(widest_tick(&axis->ticks)) + 0.5;
    }
    return axis->label_room + tick_gap + axis->label_gap + (has_title(axis) ? title_room : 0.0);
}

size_t ana_ticks_drop_crowded(ana_ticks *ticks, ana_scale scale, double length, bool upright)
{
    scale.start = 0.0;
    scale.end = length;
    double end = -INFINITY;
    size_t dropped = 0;
    for (size_t i = 0; i < ticks->n; i++) {
        ana_tick *tick = &ticks->tick[i];
        double width = ana_svg_text_width(tick->label, ANA_TICK_SIZE);
        double half = upright ? line_room / 2.0 : width / 2.0 + 4.0;
        double at = ana_scale_at(&scale, tick->value);
        if (at - half < end) {
            tick->label[0] = '\0';
            dropped++;
        } else {
            end = at + half;
        }
    }
    return dropped;
}

static void fit_bands_x(ana_chart_axis *axis, double width)
{
    double spacing = width / (double)axis->n_bands;
    axis->stride = round_stride(line_room * (double)axis->n_bands / fmax(width, line_room));
    double widest = widest_name(axis);
    axis->upright = false;
    if (axis->stride == 1 && widest + 8.0 <= spacing) {
        axis->label_room = spacing - 8.0;
    } else if (axis->names.node == NULL) {
        axis->stride = round_stride((widest + 12.0) / spacing);
        axis->label_room = widest + 1.0;
    } else {
        axis->upright = true;
        axis->label_room = fmin(ceil(widest), axis->label_most);
    }
}

double ana_axis_extra_height(ana_chart_axis axis, double width)
{
    if (!axis.bands || axis.n_bands == 0) {
        return 0.0;
    }
    axis.label_most = name_share_x;
    fit_bands_x(&axis, width);
    return axis.upright ? axis.label_room : 0.0;
}

/* Choose what stands on a horizontal axis; the room it takes below. */
static double fit_x(ana_chart_axis *axis, double width)
{
    if (axis->hidden) {
        return 4.0;
    }
    double labels = ANA_TICK_SIZE;
    if (axis->bands) {
        fit_bands_x(axis, width);
        labels = axis->upright ? axis->label_room : labels;
    } else {
        size_t most = clamp_count(width / 72.0, 2, 12);
        ana_ticks_make(&axis->scale, most, &axis->ticks);
        while (ana_ticks_drop_crowded(&axis->ticks, axis->scale, width, false) > 0 && most > 2) {
            ana_ticks_make(&axis->scale, --most, &axis->ticks);
        }
    }
    return tick_gap + labels + 3.0 + (has_title(axis) ? title_room : 0.0);
}

/* How far labels of the horizontal axis may reach beyond its ends. */
static double overhang(const ana_chart_axis *axis)
{
    if (axis->hidden || axis->upright) {
        return 4.0;
    }
    if (axis->bands && axis->names.node != NULL) {
        return 4.0; /* each within its band */
    }
    double widest = axis->bands ? axis->label_room : widest_tick(&axis->ticks);
    return fmax(4.0, ceil(widest / 2.0) + 1.0);
}

void ana_chart_place(ana_chart *chart, ana_box outer)
{
    double left = fmax(chart->least_left, 40.0);
    double right = fmax(chart->least_right, 4.0);
    double below = 40.0;
    const double above = 7.0; /* half a line: the label of the topmost tick */
    chart->x.label_most = fmin(name_share_x, 0.4 * outer.height);
    chart->y.label_most = fmin(name_share_y, 0.32 * outer.width);
    for (int round = 0; round < 4; round++) {
        left = fmax(left, fit_y(&chart->y, fmax(outer.height - below - above, 1.0)));
        double needed = fit_x(&chart->x, fmax(outer.width - left - right, 1.0));
        below = round == 0 ? needed : fmax(below, needed);
        double reach = overhang(&chart->x);
        right = fmax(right, reach);
        left = fmax(left, reach);
    }
    chart->plot = (ana_box){outer.x + left, outer.y + above, fmax(outer.width - left - right, 1.0),
                            fmax(outer.height - below - above, 1.0)};
    fit_y(&chart->y, chart->plot.height);
    fit_x(&chart->x, chart->plot.width);
    chart->x.scale.start = chart->plot.x;
    chart->x.scale.end = chart->plot.x + chart->plot.width;
    chart->y.scale.start = chart->plot.y + chart->plot.height;
    chart->y.scale.end = chart->plot.y;
    if (chart->y.bands) { /* the first band on top */
        chart->y.scale.start = chart->plot.y;
        chart->y.scale.end = chart->plot.y + chart->plot.height;
    }
}

void ana_chart_place_square(ana_chart *chart, ana_box outer)
{
    for (int round = 0; round < 3; round++) {
        ana_chart_place(chart, outer);
        outer.width -= fmax(chart->plot.width - chart->plot.height, 0.0);
        outer.height -= fmax(chart->plot.height - chart->plot.width, 0.0);
    }
}

void ana_chart_grid(ana_figure *figure, const ana_chart *chart)
{
    const ana_box plot = chart->plot;
    const ana_paint paint = {.stroke = ANA_INK_GRID};
    if (!chart->x.grid && !chart->y.grid) {
        return;
    }
    ana_svg_path_open(&figure->svg);
    for (size_t i = 0; chart->y.grid && i < chart->y.ticks.n; i++) {
        ana_svg_move(&figure->svg, plot.x,
                     ana_scale_at(&chart->y.scale, chart->y.ticks.tick[i].value));
        ana_svg_across(&figure->svg, plot.width);
    }
    for (size_t i = 0; chart->x.grid && i < chart->x.ticks.n; i++) {
        ana_svg_move(&figure->svg, ana_scale_at(&chart->x.scale, chart->x.ticks.tick[i].value),
                     plot.y);
        ana_svg_down(&figure->svg, plot.height);
    }
    ana_svg_path_paint(&figure->svg, paint);
}

static void draw_names_x(ana_figure *figure, const ana_chart_axis *axis, double top)
{
    char number[24];
    for (size_t i = 0; i < axis->n_bands; i += axis->stride) {
        double at = ana_scale_at(&axis->scale, (double)i + 0.5);
        ana_label label = {.x = at,
                           .y = top + 0.8 * ANA_TICK_SIZE,
                           .size = ANA_TICK_SIZE,
                           .anchor = ANA_ANCHOR_MIDDLE,
                           .ink = ANA_INK_MUTED};
        if (axis->upright) {
            label.x = at + middle * ANA_TICK_SIZE;
            label.y = top;
            label.anchor = ANA_ANCHOR_END;
            label.angle = -90.0;
        }
        ana_figure_name(figure, label, ana_name(&axis->names, i, number), axis->label_room + 0.5);
    }
}

static void draw_x(ana_figure *figure, const ana_chart *chart)
{
    const ana_chart_axis *axis = &chart->x;
    const double bottom = chart->plot.y + chart->plot.height;
    const ana_paint paint = {.stroke = ANA_INK_AXIS};
    if (axis->bands) {
        draw_names_x(figure, axis, bottom + tick_gap);
        return;
    }
    ana_svg_path_open(&figure->svg);
    ana_svg_move(&figure->svg, chart->plot.x, bottom);
    ana_svg_across(&figure->svg, chart->plot.width);
    for (size_t i = 0; i < axis->ticks.n; i++) {
        ana_svg_move(&figure->svg, ana_scale_at(&axis->scale, axis->ticks.tick[i].value), bottom);
        ana_svg_down(&figure->svg, 4.0);
    }
    ana_svg_path_paint(&figure->svg, paint);
    for (size_t i = 0; i < axis->ticks.n; i++) {
        const ana_tick *tick = &axis->ticks.tick[i];
        ana_label label = {.x = ana_scale_at(&axis->scale, tick->value),
                           .y = bottom + tick_gap + 0.8 * ANA_TICK_SIZE,
                           .size = ANA_TICK_SIZE,
                           .anchor = ANA_ANCHOR_MIDDLE,
                           .ink = ANA_INK_MUTED};
        if (tick->label[0] != '\0') {
            ana_svg_label(&figure->svg, &label, tick->label);
        }
    }
}

static void draw_y(ana_figure *figure, const ana_chart *chart)
{
    const ana_chart_axis *axis = &chart->y;
    ana_label label = {.x = chart->plot.x - tick_gap - axis->label_gap,
                       .size = ANA_TICK_SIZE,
                       .anchor = ANA_ANCHOR_END,
                       .ink = ANA_INK_MUTED};
    char number[24];
    for (size_t i = 0; axis->bands && i < axis->n_bands; i += axis->stride) {
        label.y = ana_scale_at(&axis->scale, (double)i + 0.5) + middle * ANA_TICK_SIZE;
        ana_figure_name(figure, label, ana_name(&axis->names, i, number), axis->label_room + 0.5);
    }
    for (size_t i = 0; !axis->bands && i < axis->ticks.n; i++) {
        label.y = ana_scale_at(&axis->scale, axis->ticks.tick[i].value) + middle * ANA_TICK_SIZE;
        if (axis->ticks.tick[i].label[0] != '\0') {
            ana_svg_label(&figure->svg, &label, axis->ticks.tick[i].label);
        }
    }
}

/* Room for a title centred at `centre` between the borders. */
static double centred_room(double centre, double low, double high)
{
    return 2.0 * fmin(centre - low, high - centre);
}

static void draw_titles(ana_figure *figure, const ana_chart *chart)
{
    const ana_box plot = chart->plot;
    char title[480];
    if (!chart->x.hidden) {
        double centre = plot.x + plot.width / 2.0;
        double labels = chart->x.upright ? chart->x.label_room : ANA_TICK_SIZE;
        ana_axis_title(chart->x.title, chart->x.unit, &chart->x.ticks, title, sizeof title);
        ana_figure_label(
            figure,
            (ana_label){.x = centre,
                        .y = plot.y + plot.height + tick_gap + labels + title_room - 3.0,
                        .size = ANA_TITLE_SIZE,
                        .anchor = ANA_ANCHOR_MIDDLE,
                        .ink = ANA_INK_TEXT},
            title, centred_room(centre, 2.0, figure->width - 2.0));
    }
    if (!chart->y.hidden) {
        double centre = plot.y + plot.height / 2.0;
        ana_axis_title(chart->y.title, chart->y.unit, &chart->y.ticks, title, sizeof title);
        ana_figure_label(
            figure,
            (ana_label){.x = plot.x - tick_gap - chart->y.label_gap - chart->y.label_room - 10.0,
                        .y = centre,
                        .size = ANA_TITLE_SIZE,
                        .anchor = ANA_ANCHOR_MIDDLE,
                        .ink = ANA_INK_TEXT,
                        .angle = -90.0},
            title, plot.height);
    }
}

void ana_chart_axes(ana_figure *figure, const ana_chart *chart)
{
    if (!chart->x.hidden) {
        draw_x(figure, chart);
    }
    if (!chart->y.hidden) {
        draw_y(figure, chart);
    }
    draw_titles(figure, chart);
}
