#include "chart.h"

#include <math.h>

static const size_t most_lying = 40; /* bars with long names lie down, up to this many */
static const double group_room = 22.0;
static const double widest_bar = 72.0;
static const double level_room = 0.05; /* of a line over the bars, in their range */

enum {
    MOST_JOINED = 40
};

typedef struct bar_data {
    ana_values values, low, high;
    ana_values band;   /* two values: what lies between is shaded */
    ana_values joined; /* rows of two: bars that a line over them joins */
    size_t n_levels;   /* of such lines, which do not cross */
    size_t n_groups, n;
    ana_names names;
    bool lying;
    ana_chart chart;
} bar_data;

static ana_range range_of(const bar_data *bars)
{
    ana_range range = ana_range_empty();
    const ana_values *parts[] = {&bars->values, &bars->low, &bars->high, &bars->band};
    for (size_t part = 0; part < 4; part++) {
        ana_range one = ana_values_range(parts[part]);
        ana_range_add(&range, one.low);
        ana_range_add(&range, one.high);
    }
    return range;
}

/* Bars begin at zero; the far end gets room. */
static ana_range with_zero(ana_range range)
{
    ana_range_add(&range, 0.0);
    if (range.low == range.high) {
        return (ana_range){0.0, 1.0};
    }
    double room = 0.05 * (range.high - range.low);
    return ana_range_widened((ana_range){range.low < 0.0 ? range.low - room : 0.0,
                                         range.high > 0.0 ? range.high + room : 0.0},
                             0.0);
}

/* The bands that line k is over. */
static void ends_of_line(const bar_data *bars, size_t k, size_t ends[2])
{
    const double a = ana_value(&bars->joined, 2 * k);
    const double b = ana_value(&bars->joined, 2 * k + 1);
    ends[0] = (size_t)fmin(a, b);
    ends[1] = (size_t)fmax(a, b);
}

/* level[k]: the lowest on which line k meets none before it. Lines that are not of two bars are
 * none. */
static void find_levels(bar_data *bars, size_t *level)
{
    const size_t n = bars->joined.columns == 2 ? bars->joined.rows : 0;
    bool valid = n <= MOST_JOINED;
    for (size_t k = 0; k < 2 * n; k++) {
        const double bar = ana_value(&bars->joined, k);
        valid = valid && bar >= 0.0 && bar < (double)bars->n;
    }
    bars->joined.rows = valid ? n : 0;
    for (size_t k = 0; k < bars->joined.rows; k++) {
        size_t own[2];
        ends_of_line(bars, k, own);
        level[k] = 0;
        for (size_t i = 0; i < k; i++) {
            size_t other[2];
            ends_of_line(bars, i, other);
            const bool meets = own[0] <= other[1] && other[0] <= own[1];
            level[k] = meets && level[k] <= level[i] ? level[i] + 1 : level[k];
        }
        bars->n_levels = level[k] + 1 > bars->n_levels ? level[k] + 1 : bars->n_levels;
    }
}

/* Room for the lines beyond the far end. */
static ana_range with_lines(const bar_data *bars, ana_range range)
{
    const double room = level_room * ((double)bars->n_levels + 0.5);
    if (bars->n_levels > 0) {
        range.high += room * (range.high - range.low);
    }
    return range;
}

/* Each at the middle of its bars, with a short end towards them. */
static void draw_lines(ana_figure *figure, const bar_data *bars, const size_t *level)
{
    const ana_box plot = bars->chart.plot;
    const double length = bars->lying ? plot.width : plot.height;
    const double step = length / ((double)bars->n_levels + 0.5 + 1.0 / level_room);
    const ana_scale *bands = bars->lying ? &bars->chart.y.scale : &bars->chart.x.scale;
    ana_svg_path_open(&figure->svg);
    for (size_t k = 0; k < bars->joined.rows; k++) {
        size_t ends[2];
        ends_of_line(bars, k, ends);
        const double a = ana_scale_at(bands, (double)ends[0] + 0.5);
        const double b = ana_scale_at(bands, (double)ends[1] + 0.5);
        const double away = step * ((double)(bars->n_levels - level[k]) - 0.3);
        const double tip = 0.3 * step;
        if (bars->lying) {
            const double x = plot.x + plot.width - away;
            ana_svg_move(&figure->svg, x - tip, a);
            ana_svg_across(&figure->svg, tip);
            ana_svg_down(&figure->svg, b - a);
            ana_svg_across(&figure->svg, -tip);
        } else {
            const double y = plot.y + away;
            ana_svg_move(&figure->svg, a, y + tip);
            ana_svg_down(&figure->svg, -tip);
            ana_svg_across(&figure->svg, b - a);
            ana_svg_down(&figure->svg, tip);
        }
    }
    ana_svg_path_paint(&figure->svg, (ana_paint){.stroke = ANA_INK_MUTED, .stroke_width = 1.2});
}

/* Whether the names are too wide to stand side by side under upright bars. */
static bool has_long_names(const bar_data *bars, double width)
{
    double widest = 0.0;
    for (size_t i = 0; i < bars->n && bars->names.node != NULL; i++) {
        widest = fmax(widest, ana_svg_text_width(bars->names.node->texts[i], ANA_TICK_SIZE));
    }
    return widest + 8.0 > (width - 60.0) / (double)bars->n;
}

/* The box from zero to `value` across band position `start` ... `stop`. */
static ana_box box_of(const bar_data *bars, double value, double start, double stop)
{
    const ana_scale *scale = bars->lying ? &bars->chart.x.scale : &bars->chart.y.scale;
    const ana_scale *bands = bars->lying ? &bars->chart.y.scale : &bars->chart.x.scale;
    double a = ana_scale_at(scale, 0.0);
    double b = ana_scale_at(scale, value);
    double c = ana_scale_at(bands, start);
    double d = ana_scale_at(bands, stop);
    return bars->lying ? (ana_box){fmin(a, b), c, fabs(b - a), d - c}
                       : (ana_box){c, fmin(a, b), d - c, fabs(b - a)};
}

/* Of one bar, in bands: most of the band, but no more than looks well. */
static double bar_width(const bar_data *bars)
{
    const ana_box plot = bars->chart.plot;
    double band = (bars->lying ? plot.height : plot.width) / (double)bars->n;
    return fmin(0.72 / (double)bars->n_groups, widest_bar / band);
}

/* On each side of the bars of a band, in bands. */
static double band_gap(const bar_data *bars)
{
    return (1.0 - bar_width(bars) * (double)bars->n_groups) / 2.0;
}

static double interval_end(const bar_data *bars, const ana_values *ends, size_t i)
{
    return ends->n > 0 ? ana_value(ends, i) : ana_value(&bars->values, i);
}

/* The interval of one bar at band position `at`, with caps of half width `cap` bands. */
static void draw_interval(ana_figure *figure, const bar_data *bars, size_t i, double at, double cap)
{
    ana_svg *svg = &figure->svg;
    double low = interval_end(bars, &bars->low, i);
    double high = interval_end(bars, &bars->high, i);
    if (isnan(low) || isnan(high)) {
        return;
    }
    const ana_scale *scale = bars->lying ? &bars->chart.x.scale : &bars->chart.y.scale;
    const ana_scale *bands = bars->lying ? &bars->chart.y.scale : &bars->chart.x.scale;
    double a = ana_scale_at(scale, low);
    double b = ana_scale_at(scale, high);
    double c = ana_scale_at(bands, at);
    double half = fmin(fabs(ana_scale_at(bands, at + cap) - c), 5.0);
    if (bars->lying) {
        ana_svg_move(svg, a, c);
        ana_svg_across(svg, b - a);
        ana_svg_move(svg, a, c - half);
        ana_svg_down(svg, 2.0 * half);
        ana_svg_move(svg, b, c - half);
        ana_svg_down(svg, 2.0 * half);
    } else {
        ana_svg_move(svg, c, a);
        ana_svg_down(svg, b - a);
        ana_svg_move(svg, c - half, a);
        ana_svg_across(svg, 2.0 * half);
        ana_svg_move(svg, c - half, b);
        ana_svg_across(svg, 2.0 * half);
    }
}

static void append_bar(ana_svg *svg, ana_box box)
{
    ana_svg_move(svg, box.x, box.y);
    ana_svg_across(svg, box.width);
    ana_svg_down(svg, box.height);
    ana_svg_across(svg, -box.width);
    ana_svg_close(svg);
}

static void draw_group(ana_figure *figure, const bar_data *bars, size_t group)
{
    const double width = bar_width(bars);
    const double gap = band_gap(bars);
    ana_svg_path_open(&figure->svg);
    for (size_t i = 0; i < bars->n; i++) {
        double value = ana_value(&bars->values, group * bars->n + i);
        double start = (double)i + gap + width * (double)group;
        if (!isnan(value)) {
            append_bar(&figure->svg, box_of(bars, value, start, start + 0.94 * width));
        }
    }
    ana_svg_path_paint(&figure->svg, (ana_paint){.fill = ana_ink_category(group), .opacity = 0.88});
    if (bars->low.n == 0 && bars->high.n == 0) {
        return;
    }
    ana_svg_path_open(&figure->svg);
    for (size_t i = 0; i < bars->n; i++) {
        double at = (double)i + gap + width * ((double)group + 0.47);
        draw_interval(figure, bars, group * bars->n + i, at, 0.3 * width);
    }
    ana_svg_path_paint(&figure->svg, (ana_paint){.stroke = ANA_INK_TEXT, .stroke_width = 1.2});
}

/* A small cross on the zero line where a value is missing. */
static void mark_missing(ana_figure *figure, const bar_data *bars)
{
    const double arm = 3.0;
    ana_svg *svg = &figure->svg;
    bool any = false;
    for (size_t k = 0; k < bars->values.n; k++) {
        if (!isnan(ana_value(&bars->values, k))) {
            continue;
        }
        if (!any) {
            ana_svg_path_open(svg);
            any = true;
        }
        const size_t group = k / bars->n;
        double width = bar_width(bars);
        double at = (double)(k % bars->n) + band_gap(bars) + width * ((double)group + 0.47);
        ana_box zero = box_of(bars, 0.0, at, at);
        ana_svg_move(svg, zero.x - arm, zero.y - arm);
        ana_svg_line_to(svg, zero.x + arm, zero.y + arm);
        ana_svg_move(svg, zero.x - arm, zero.y + arm);
        ana_svg_line_to(svg, zero.x + arm, zero.y - arm);
    }
    if (any) {
        ana_svg_path_paint(svg, (ana_paint){.stroke = ANA_INK_MUTED});
    }
}

static void set_axes(ana_figure *figure, bar_data *bars)
{
    const ana_record *values = bars->values.node;
    const char *title = ana_figure_text(figure, "value_title");
    title = title != NULL ? title : ana_figure_text(figure, "y_title");
    ana_chart_axis numbers = ana_axis_of(
        ANA_SCALE_LINEAR, with_lines(bars, with_zero(range_of(bars))), title, values->unit);
    numbers.grid = true;
    const char *name = ana_figure_text(figure, "x_title");
    name = name != NULL ? name : values->axis_names[values->n_axes - 1];
    ana_chart_axis bands = ana_axis_of_bands(bars->n, bars->names, name);
    bars->chart.x = bars->lying ? numbers : bands;
    bars->chart.y = bars->lying ? bands : numbers;
}

static void draw_zero_line(ana_figure *figure, const bar_data *bars)
{
    const ana_box plot = bars->chart.plot;
    const ana_paint paint = {.stroke = ANA_INK_AXIS};
    if (bars->lying) {
        double x = ana_scale_at(&bars->chart.x.scale, 0.0);
        ana_svg_line(&figure->svg, x, plot.y, x, plot.y + plot.height, paint);
    } else {
        double y = ana_scale_at(&bars->chart.y.scale, 0.0);
        ana_svg_line(&figure->svg, plot.x, y, plot.x + plot.width, y, paint);
    }
}

/* Across all bars, behind them; a dashed line where both ends are one. */
static void draw_band(ana_figure *figure, const bar_data *bars)
{
    if (bars->band.n != 2 || isnan(ana_value(&bars->band, 0)) || isnan(ana_value(&bars->band, 1))) {
        return;
    }
    const ana_box plot = bars->chart.plot;
    const ana_scale *scale = bars->lying ? &bars->chart.x.scale : &bars->chart.y.scale;
    const double a = ana_scale_at(scale, ana_value(&bars->band, 0));
    const double b = ana_scale_at(scale, ana_value(&bars->band, 1));
    const ana_box box = bars->lying
                            ? (ana_box){fmin(a, b), plot.y, fmax(fabs(b - a), 1.0), plot.height}
                            : (ana_box){plot.x, fmin(a, b), plot.width, fmax(fabs(b - a), 1.0)};
    if (fabs(b - a) < 1.0) {
        const ana_paint line = {.stroke = ANA_INK_MUTED, .stroke_width = 1.4, .dashed = true};
        ana_svg_line(&figure->svg, box.x, box.y, bars->lying ? box.x : box.x + box.width,
                     bars->lying ? box.y + box.height : box.y, line);
        return;
    }
    ana_svg_rect(&figure->svg, box, (ana_paint){.fill = ANA_INK_MUTED, .opacity = 0.22});
}

static ana_box draw_legend(ana_figure *figure, const bar_data *bars)
{
    ana_box box = figure->body;
    ana_legend legend = {.n = bars->n_groups, .names = ana_figure_names(figure, "group_labels")};
    if (bars->n_groups > 1) {
        ana_legend_draw(figure, &legend, &box);
    }
    return box;
}

ana_status ana_draw_bars(ana_figure *figure)
{
    bar_data bars = {.values = ana_figure_values(figure, "values"),
                     .low = ana_figure_values(figure, "low"),
                     .high = ana_figure_values(figure, "high"),
                     .band = ana_figure_values(figure, "band"),
                     .joined = ana_figure_values(figure, "joined"),
                     .names = ana_figure_names(figure, "labels")};
    size_t level[MOST_JOINED] = {0};
    if (ana_range_is_empty(ana_values_range(&bars.values))) {
        ana_figure_say(figure, bars.values.n == 0 ? "No data" : "All values are missing");
        return ANA_OK;
    }
    bars.n_groups = bars.values.rows;
    bars.n = bars.values.columns;
    find_levels(&bars, level);
    bars.lying = bars.n <= most_lying && has_long_names(&bars, figure->width);
    set_axes(figure, &bars);
    double lane = fmax(group_room, 11.0 * (double)bars.n_groups + 8.0);
    double height = 280.0 + ana_axis_extra_height(bars.chart.x, figure->width - 80.0);
    ana_figure_open(figure, bars.lying ? fmin(60.0 + lane * (double)bars.n, 900.0) : height);
    ana_chart_place(&bars.chart, draw_legend(figure, &bars));
    ana_chart_grid(figure, &bars.chart);
    draw_band(figure, &bars);
    for (size_t group = 0; group < bars.n_groups; group++) {
        draw_group(figure, &bars, group);
    }
    draw_zero_line(figure, &bars);
    mark_missing(figure, &bars);
    if (bars.n_levels > 0) {
        draw_lines(figure, &bars, level);
    }
    ana_chart_axes(figure, &bars.chart);
    return ANA_OK;
}
