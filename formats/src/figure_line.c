#include "chart.h"

#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MOST_SCATTERED 60000U /* points of a curve whose x goes back and forth */
#define MOST_OVERLAID 8U

static const double lane_height = 28.0;
static const double headroom = 0.6;         /* lanes above the first, at least */
static const double reach = 3.0;            /* lanes a line may rise or fall */
static const double scale_bar_room = 110.0; /* at most */

/* What is drawn at one place along x, in pixels: a point, or the envelope of a pixel column.
 * NaN in `low` breaks the line. */
typedef struct trace_point {
    double x, low, high;
} trace_point;

typedef struct line_data {
    ana_values y, x, low, high;
    size_t n_lines, n;
    bool ascending; /* x never goes back */
    bool stacked;
    trace_point *points; /* of the line being drawn */
    trace_point *upper;  /* of the upper end of its band */
    ana_chart chart;
} line_data;

static double x_value(const line_data *data, size_t i)
{
    return data->x.n > 0 ? ana_value(&data->x, i) : (double)i;
}

static bool is_ascending(const line_data *data)
{
    double last = -INFINITY;
    for (size_t i = 0; i < data->n && data->x.n > 0; i++) {
        double x = ana_value(&data->x, i);
        if (x < last) {
            return false;
        }
        last = isnan(x) ? last : x;
    }
    return true;
}

static trace_point point_at(const line_data *data, const ana_values *values, size_t line, size_t i,
                            const ana_scale *scale)
{
    double value = ana_value(values, line * data->n + i);
    double x = x_value(data, i);
    bool hidden = isnan(x) || (scale->kind == ANA_SCALE_LOG && value <= 0.0) ||
                  (data->chart.x.scale.kind == ANA_SCALE_LOG && x <= 0.0);
    double y = hidden ? (double)NAN : ana_scale_at(scale, value);
    return (trace_point){ana_scale_at(&data->chart.x.scale, x), y, y};
}

/* Number of columns a plot has, one a pixel. */
static size_t count_columns(const line_data *data)
{
    return (size_t)ceil(data->chart.plot.width) + 1;
}

/* Lowest and highest point of each pixel column; columns without a sample are left out, those with
 * missing samples only are breaks. */
static size_t reduce_to_columns(const line_data *data, const ana_values *values, size_t line,
                                const ana_scale *scale, trace_point *out)
{
    size_t n = 0;
    double column = NAN;
    for (size_t i = 0; i < data->n; i++) {
        trace_point point = point_at(data, values, line, i, scale);
        double at = floor(point.x - data->chart.plot.x);
        if (n == 0 || (at > column && !isnan(at))) {
            column = isnan(at) ? 0.0 : at;
            out[n++] = (trace_point){data->chart.plot.x + column + 0.5, NAN, NAN};
        }
        trace_point *last = &out[n - 1];
        last->low = fmin(last->low, point.low);
        last->high = fmax(last->high, point.high);
    }
    return n;
}

/* All points, or for a long scattered curve those that are apart from the one before. */
static size_t keep_points(const line_data *data, const ana_values *values, size_t line,
                          const ana_scale *scale, trace_point *out)
{
    size_t n = 0;
    for (size_t i = 0; i < data->n && n < MOST_SCATTERED; i++) {
        trace_point point = point_at(data, values, line, i, scale);
        bool near = data->n > MOST_SCATTERED && n > 0 && fabs(point.x - out[n - 1].x) < 0.5 &&
                    fabs(point.low - out[n - 1].low) < 0.5;
        if (!near) {
            out[n++] = point;
        }
    }
    return n;
}

static bool is_reduced(const line_data *data)
{
    return data->ascending && data->n > 3 * count_columns(data);
}

static size_t reduce(const line_data *data, const ana_values *values, size_t line,
                     const ana_scale *scale, trace_point *out)
{
    return is_reduced(data) ? reduce_to_columns(data, values, line, scale, out)
                            : keep_points(data, values, line, scale, out);
}

static bool is_alone(const trace_point *points, size_t n, size_t i)
{
    return !isnan(points[i].low) && (i == 0 || isnan(points[i - 1].low)) &&
           (i + 1 == n || isnan(points[i + 1].low));
}

static void draw_trace(ana_figure *figure, const trace_point *points, size_t n, ana_paint paint)
{
    ana_svg *svg = &figure->svg;
    bool open = false;
    double end = 0.0;
    ana_svg_path_open(svg);
    for (size_t i = 0; i < n; i++) {
        const trace_point *point = &points[i];
        if (isnan(point->low)) {
            open = false;
            continue;
        }
        bool from_low = !open || fabs(point->low - end) <= fabs(point->high - end);
        double enter = from_low ? point->low : point->high;
        double leave = from_low ? point->high : point->low;
        if (open) {
            ana_svg_line_to(svg, point->x, enter);
        } else {
            ana_svg_move(svg, point->x, enter);
        }
        if (leave != enter) {
            ana_svg_down(svg, leave - enter);
        }
        open = true;
        end = leave;
    }
    ana_svg_path_paint(svg, paint);
}

/* Samples without a neighbour, which make no line, as dots: strokes of no length, round ends. */
static void draw_dots(ana_figure *figure, const trace_point *points, size_t n, ana_paint paint)
{
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (!is_alone(points, n, i)) {
            continue;
        }
        if (!any) {
            ana_svg_path_open(&figure->svg);
            any = true;
        }
        ana_svg_move(&figure->svg, points[i].x, points[i].low);
        ana_svg_down(&figure->svg, points[i].high - points[i].low);
    }
    if (any) {
        paint.stroke_width += 2.4;
        ana_svg_path_paint(&figure->svg, paint);
    }
}

static bool is_gap(const trace_point *low, const trace_point *high)
{
    return isnan(low->high) || isnan(high->low);
}

/* Between the lower end's lowest and the upper end's highest points; in pixels y points down. */
static void draw_band(ana_figure *figure, const trace_point *low, const trace_point *high, size_t n,
                      ana_ink ink)
{
    ana_svg *svg = &figure->svg;
    ana_svg_path_open(svg);
    for (size_t start = 0; start < n; start++) {
        if (is_gap(&low[start], &high[start])) {
            continue;
        }
        size_t stop = start;
        ana_svg_move(svg, high[start].x, high[start].low);
        while (stop + 1 < n && !is_gap(&low[stop + 1], &high[stop + 1])) {
            stop++;
            ana_svg_line_to(svg, high[stop].x, high[stop].low);
        }
        for (size_t i = stop + 1; i-- > start;) {
            ana_svg_line_to(svg, low[i].x, low[i].high);
        }
        ana_svg_close(svg);
        start = stop;
    }
    ana_svg_path_paint(svg, (ana_paint){.fill = ink, .opacity = 0.18});
}

static void draw_one(ana_figure *figure, const line_data *data, size_t line, const ana_scale *scale)
{
    bool many = data->n_lines > MOST_OVERLAID;
    ana_ink ink = data->stacked ? ANA_INK_CATEGORY : ana_ink_category(line);
    if (data->low.n > 0 && data->high.n > 0) {
        size_t n = reduce(data, &data->low, line, scale, data->points);
        size_t n_upper = reduce(data, &data->high, line, scale, data->upper);
        draw_band(figure, data->points, data->upper, n < n_upper ? n : n_upper, ink);
    }
    size_t n = reduce(data, &data->y, line, scale, data->points);
    double width = data->stacked || is_reduced(data) ? 1.0 : 1.6;
    const ana_paint paint = {.stroke = ink,
                             .stroke_width = width,
                             .round = true,
                             .opacity = many && !data->stacked ? 0.6 : 0.0};
    draw_trace(figure, data->points, n, paint);
    draw_dots(figure, data->points, n, paint);
}

/* Range of one line, of positive values only on a logarithmic axis. */
static ana_range range_of_line(const ana_values *values, size_t line, size_t n, bool positive)
{
    ana_range range = ana_range_empty();
    for (size_t i = 0; i < n; i++) {
        double value = ana_value(values, line * n + i);
        if (!positive || value > 0.0) {
            ana_range_add(&range, value);
        }
    }
    return range;
}

static ana_range range_of_all(const line_data *data, bool positive)
{
    const ana_values *parts[] = {&data->y, &data->low, &data->high};
    ana_range range = ana_range_empty();
    for (size_t part = 0; part < 3; part++) {
        for (size_t line = 0; line < data->n_lines && parts[part]->n > 0; line++) {
            ana_range one = range_of_line(parts[part], line, data->n, positive);
            ana_range_add(&range, one.low);
            ana_range_add(&range, one.high);
        }
    }
    return range;
}

/* Whether x counts something: whole numbers, at least two, without a unit. */
static bool counts(const line_data *data)
{
    double last = NAN;
    bool differ = false;
    for (size_t i = 0; i < data->n && data->x.n > 0; i++) {
        double x = ana_value(&data->x, i);
        if (x != nearbyint(x)) {
            return false;
        }
        differ = differ || (i > 0 && x != last);
        last = x;
    }
    return data->x.n > 0 ? differ && data->x.node->unit == NULL : data->n > 1;
}

static ana_range range_of_x(const line_data *data, bool positive)
{
    ana_range range = ana_range_empty();
    for (size_t i = 0; i < data->n; i++) {
        double value = x_value(data, i);
        if (!positive || value > 0.0) {
            ana_range_add(&range, value);
        }
    }
    return range;
}

static ana_status overlay(ana_figure *figure, line_data *data)
{
    bool log = data->chart.y.scale.kind == ANA_SCALE_LOG;
    ana_range range = range_of_all(data, log);
    range = log ? ana_range_widened_log(range, 0.05) : ana_range_widened(range, 0.05);
    data->chart.y.scale.low = range.low;
    data->chart.y.scale.high = range.high;
    data->chart.y.grid = true;
    ana_legend legend = {
        .n = data->n_lines, .names = ana_figure_names(figure, "labels"), .lines = true};
    ana_box box = figure->body;
    if (legend.names.node != NULL && legend.n > 1) {
        ana_legend_draw(figure, &legend, &box);
    }
    ana_spans_legend(figure, &box);
    ana_chart_place(&data->chart, box);
    ana_chart_grid(figure, &data->chart);
    const ana_status status = ana_spans_draw(figure, &data->chart);
    for (size_t line = 0; line < data->n_lines; line++) {
        draw_one(figure, data, line, &data->chart.y.scale);
    }
    ana_chart_axes(figure, &data->chart);
    return status;
}

/* Of the finite values; a line may be as large as doubles are, so each is divided first. */
static double mean_of_line(const ana_values *values, size_t line, size_t n)
{
    double mean = 0.0;
    size_t n_finite = 0;
    for (size_t i = 0; i < n; i++) {
        n_finite += isfinite(ana_value(values, line * n + i)) ? 1 : 0;
    }
    for (size_t i = 0; i < n; i++) {
        double value = ana_value(values, line * n + i);
        mean += isfinite(value) ? value / (double)n_finite : 0.0;
    }
    return fmin(fmax(mean, -1e300), 1e300);
}

/* What one lane spans: the line in the middle by width; wider ones reach into other lanes. */
static double lane_span(size_t n, const ana_range *ranges, double *spans)
{
    size_t n_spans = 0;
    for (size_t line = 0; line < n; line++) {
        if (!ana_range_is_empty(ranges[line]) && ranges[line].high > ranges[line].low) {
            spans[n_spans++] = ranges[line].high - ranges[line].low;
        }
    }
    if (n_spans == 0) {
        return 1.0;
    }
    return ana_stats_median_in_place(n_spans, spans);
}

/* A bar of a round amount that says how tall values are in every lane. */
typedef struct scale_bar {
    double amount;
    char text[128];
    double room; /* to the right of the plot */
} scale_bar;

static scale_bar make_scale_bar(const line_data *data, double span)
{
    scale_bar bar;
    ana_ticks ticks;
    const ana_scale lane = {.low = 0.0, .high = span};
    ana_ticks_make(&lane, 3, &ticks);
    bar.amount = ticks.n > 1 ? ticks.tick[1].value : span;
    char number[64];
    ana_number_label(bar.amount, 3, number, sizeof number);
    const char *unit = data->y.node->unit;
    snprintf(bar.text, sizeof bar.text, "%s%s%.40s", number, unit != NULL ? " " : "",
             unit != NULL ? unit : "");
    bar.room = fmin(ceil(ana_svg_text_width(bar.text, ANA_TICK_SIZE)) + 15.0, scale_bar_room);
    return bar;
}

static void draw_scale_bar(ana_figure *figure, const line_data *data, const scale_bar *bar,
                           double height)
{
    const ana_box plot = data->chart.plot;
    double x = plot.x + plot.width + 8.0;
    double bottom = plot.y + plot.height - 4.0;
    ana_svg_line(&figure->svg, x, bottom, x, bottom - height,
                 (ana_paint){.stroke = ANA_INK_TEXT, .stroke_width = 2.0});
    ana_figure_label(figure,
                     (ana_label){.x = x + 6.0,
                                 .y = fmax(bottom - height / 2.0 + 4.0, plot.y + 8.0),
                                 .size = ANA_TICK_SIZE,
                                 .ink = ANA_INK_MUTED},
                     bar->text, bar->room - 14.0);
}

/* Lanes above the first that the lines rise to, as far as lines may rise. */
static double room_to_rise(const line_data *data, const ana_range *ranges, double span)
{
    double room = headroom;
    for (size_t line = 0; line < data->n_lines; line++) {
        if (!ana_range_is_empty(ranges[line])) {
            double rise = ranges[line].high / span - mean_of_line(&data->y, line, data->n) / span;
            room = fmax(room, fmin(rise, reach) - (double)line - 0.5);
        }
    }
    return room;
}

static ana_status stack(ana_figure *figure, line_data *data)
{
    ana_range *ranges = ana_workspace_bytes(&figure->workspace, data->n_lines, 1, sizeof *ranges);
    double *spans = ana_workspace_doubles(&figure->workspace, data->n_lines, 1);
    ana_status status = ana_workspace_check(&figure->workspace, "figure");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t line = 0; line < data->n_lines; line++) {
        ranges[line] = range_of_line(&data->y, line, data->n, false);
    }
    const double span = lane_span(data->n_lines, ranges, spans);
    const scale_bar bar = make_scale_bar(data, span);
    data->chart.y = ana_axis_of_bands(data->n_lines, ana_figure_names(figure, "labels"), NULL);
    ana_box box = figure->body;
    bool flat = true; /* lines that only say when: no heights to measure */
    for (size_t line = 0; line < data->n_lines; line++) {
        flat = flat && !(ranges[line].high > ranges[line].low);
    }
    box.width -= flat ? 0.0 : bar.room;
    ana_spans_legend(figure, &box);
    ana_chart_place(&data->chart, box);
    const double room = room_to_rise(data, ranges, span);
    const double lane = data->chart.plot.height / ((double)data->n_lines + room);
    const double top = data->chart.plot.y + room * lane;
    data->chart.y.scale.start = top;
    status = ana_spans_draw(figure, &data->chart);
    ana_svg_clip_begin(&figure->svg, data->chart.plot);
    for (size_t line = 0; line < data->n_lines; line++) {
        if (ana_range_is_empty(ranges[line])) {
            continue;
        }
        double middle = mean_of_line(&data->y, line, data->n);
        double centre = top + ((double)line + 0.5) * lane;
        ana_scale scale = {.low = middle - reach * span, .high = middle + reach * span};
        scale.start = centre + reach * lane;
        scale.end = centre - reach * lane;
        draw_one(figure, data, line, &scale);
    }
    ana_svg_clip_end(&figure->svg);
    ana_chart_axes(figure, &data->chart);
    if (!flat) {
        draw_scale_bar(figure, data, &bar, bar.amount / span * lane);
    }
    return status;
}

/* Points for the longer of the two ways to draw; how wide the plot will be is not known yet. */
static ana_status take_room(ana_figure *figure, line_data *data)
{
    size_t columns = (size_t)ceil(figure->width) + 2;
    size_t most = data->ascending ? 3 * columns : MOST_SCATTERED;
    most = data->n < most ? data->n : most;
    data->points = ana_workspace_bytes(&figure->workspace, most, 1, sizeof *data->points);
    data->upper = ana_workspace_bytes(&figure->workspace, most, 1, sizeof *data->upper);
    return ana_workspace_check(&figure->workspace, "figure");
}

static bool has_layout(const ana_figure *figure, const line_data *data)
{
    if (ana_figure_says(figure, "layout", "overlaid") || data->n_lines < 2) {
        return false;
    }
    return ana_figure_says(figure, "layout", "stacked") || data->n_lines > MOST_OVERLAID;
}

static void set_axes(ana_figure *figure, line_data *data)
{
    const ana_record *y = data->y.node;
    const char *x_unit = data->x.n > 0 ? data->x.node->unit : NULL;
    const char *x_title = ana_figure_text(figure, "x_title");
    x_title = x_title != NULL ? x_title : y->axis_names[y->n_axes - 1];
    x_title = x_title == NULL && x_unit != NULL && strcmp(x_unit, "s") == 0 ? "Time" : x_title;
    ana_scale_kind kind = ana_figure_scale_kind(figure, "x_scale", x_unit);
    ana_range range = range_of_x(data, kind == ANA_SCALE_LOG);
    range =
        kind == ANA_SCALE_LOG ? ana_range_widened_log(range, 0.0) : ana_range_widened(range, 0.0);
    data->chart.x = ana_axis_of(kind, range, x_title, x_unit);
    data->chart.x.scale.whole = counts(data);
    kind = ana_figure_says(figure, "y_scale", "log") ? ANA_SCALE_LOG : ANA_SCALE_LINEAR;
    data->chart.y =
        ana_axis_of(kind, (ana_range){0.0, 1.0}, ana_figure_text(figure, "y_title"), y->unit);
}

ana_status ana_draw_line(ana_figure *figure)
{
    line_data data = {.y = ana_figure_values(figure, "y"),
                      .x = ana_figure_values(figure, "x"),
                      .low = ana_figure_values(figure, "low"),
                      .high = ana_figure_values(figure, "high")};
    data.n_lines = data.y.rows;
    data.n = data.y.columns;
    if (ana_range_is_empty(ana_values_range(&data.y))) {
        ana_figure_say(figure, data.y.n == 0 ? "No data" : "All values are missing");
        return ANA_OK;
    }
    data.ascending = is_ascending(&data);
    data.stacked = has_layout(figure, &data);
    ana_status status = take_room(figure, &data);
    if (status != ANA_OK) {
        return status;
    }
    set_axes(figure, &data);
    if (data.stacked) {
        double lanes = (double)data.n_lines * lane_height + 60.0;
        ana_figure_open(figure, fmin(fmax(lanes, 200.0), 1000.0));
        return stack(figure, &data);
    }
    ana_figure_open(figure, 290.0);
    return overlay(figure, &data);
}
