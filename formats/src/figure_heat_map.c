#include "chart.h"

#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static const size_t most_sampled = 65536;
static const size_t fewest_for_outliers = 400;
static const double number_size = 12.0; /* in cells */

/* Where the cells of an axis end, on the scale of the axis, from 0 to 1. */
typedef struct coordinates {
    ana_values values;
    double *edges; /* n + 1 on the axis' own numbers, then from 0 to 1 */
    size_t n;
    bool usable; /* strictly ascending and finite */
    bool even;   /* equally wide on the scale */
    ana_scale_kind kind;
} coordinates;

static double on_scale(const coordinates *c, size_t i)
{
    double value = ana_value(&c->values, i);
    return c->kind == ANA_SCALE_LOG ? log(value) : value;
}

static bool is_usable(const ana_values *values)
{
    for (size_t i = 0; i < values->n; i++) {
        double value = ana_value(values, i);
        if (!(fabs(value) <= 1e300) || (i > 0 && !(value > ana_value(values, i - 1)))) {
            return false;
        }
    }
    return values->n >= 2 && ana_value(values, values->n - 1) - ana_value(values, 0) > 1e-300;
}

static bool is_even(const coordinates *c)
{
    double step = (on_scale(c, c->n - 1) - on_scale(c, 0)) / (double)(c->n - 1);
    for (size_t i = 1; i < c->n; i++) {
        if (fabs(on_scale(c, i) - on_scale(c, i - 1) - step) > 1e-3 * step) {
            return false;
        }
    }
    return true;
}

static coordinates read_coordinates(const ana_figure *figure, const char *name, const char *scale)
{
    coordinates c = {.values = ana_figure_values(figure, name)};
    if (c.values.n == 0) {
        return c;
    }
    c.n = c.values.n;
    c.usable = is_usable(&c.values);
    c.kind = ana_figure_scale_kind(figure, scale, c.values.node->unit);
    bool positive = c.usable && ana_value(&c.values, 0) > 0.0;
    if (c.kind == ANA_SCALE_LOG && !positive) {
        c.kind = ANA_SCALE_LINEAR;
    }
    c.even = c.usable && is_even(&c);
    if (c.usable && !c.even && positive && c.kind == ANA_SCALE_LINEAR) {
        c.kind = ANA_SCALE_LOG; /* frequencies are often spaced so */
        c.even = is_even(&c);
        c.kind = c.even ? ANA_SCALE_LOG : ANA_SCALE_LINEAR;
    }
    return c;
}

/* Borders half way between neighbours; the outermost cells are symmetric about their coordinate. */
static ana_status find_edges(ana_figure *figure, coordinates *c)
{
    c->edges = ana_workspace_doubles(&figure->workspace, c->n + 1, 1);
    ana_status status = ana_workspace_check(&figure->workspace, "figure");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 1; i < c->n; i++) {
        c->edges[i] = on_scale(c, i - 1) / 2.0 + on_scale(c, i) / 2.0;
    }
    c->edges[0] = 2.0 * on_scale(c, 0) - c->edges[1];
    c->edges[c->n] = 2.0 * on_scale(c, c->n - 1) - c->edges[c->n - 1];
    return ANA_OK;
}

static ana_range span_of(const coordinates *c)
{
    ana_range range = {c->edges[0], c->edges[c->n]};
    if (c->kind == ANA_SCALE_LOG) {
        range = (ana_range){exp(range.low), exp(range.high)};
    }
    return range;
}

static ana_grid_axis cells_of(coordinates *c)
{
    const double first = c->edges[0];
    const double span = c->edges[c->n] - first;
    for (size_t i = 0; i <= c->n; i++) {
        c->edges[i] = (c->edges[i] - first) / span;
    }
    return (ana_grid_axis){.n = c->n, .edges = c->even ? NULL : c->edges};
}

/* Numbers along an axis when there are coordinates and no names, else a band for each cell. */
static ana_status make_axis(ana_figure *figure, coordinates *c, ana_names names, const char *title,
                            ana_chart_axis *axis, ana_grid_axis *cells)
{
    if (names.node != NULL || !c->usable) {
        *axis = ana_axis_of_bands(c->n, names, title);
        *cells = (ana_grid_axis){.n = c->n};
        return ANA_OK;
    }
    ana_status status = find_edges(figure, c);
    if (status == ANA_OK) {
        *axis = ana_axis_of(c->kind, span_of(c), title, c->values.node->unit);
        *cells = cells_of(c);
    }
    return status;
}

/* The group's own title, or the name of the array's axis. */
static const char *title_of(const ana_figure *figure, const char *name, const ana_values *values,
                            size_t axis)
{
    const char *title = ana_figure_text(figure, name);
    return title != NULL ? title : values->node->axis_names[axis];
}

static double height_for(const ana_chart *chart, double width)
{
    const ana_chart_axis *y = &chart->y;
    double rows = y->names.node != NULL ? (double)y->n_bands * 15.0 + 60.0 : 310.0;
    return fmin(fmax(rows, 230.0), 640.0) + ana_axis_extra_height(chart->x, width - 200.0);
}

/* Adds a sentence to the figure's note. */
static void add_note(ana_figure *figure, const char *sentence)
{
    size_t n = strlen(figure->note);
    snprintf(figure->note + n, sizeof figure->note - n, "%s%s", n > 0 ? " " : "", sentence);
}

/* What the colours span: all values, or the means that are shown where cells are many. */
static ana_range range_shown(ana_figure *figure, const ana_values *values)
{
    const double across = fmax(figure->width - 160.0, 1.0);
    const double down = 260.0;
    if ((double)values->columns <= across && (double)values->rows <= down) {
        return ana_values_range(values);
    }
    char sentence[120];
    snprintf(sentence, sizeof sentence,
             "%zu \xc3\x97 %zu values; each pixel is the mean of those it covers.", values->rows,
             values->columns);
    add_note(figure, sentence);
    return ana_grid_range(values, across, down);
}

/* A few values far from all others would leave one colour for the rest: then the colours end where
 * one value in 200 lies beyond on each side, and the note says so. Long arrays are sampled. */
static ana_status leave_out_outliers(ana_figure *figure, const ana_values *values, ana_range *range)
{
    static const double q[] = {0.005, 0.995};
    double ends[2];
    const size_t stride = values->n / most_sampled + 1;
    const size_t n = (values->n + stride - 1) / stride;
    double *sample = ana_workspace_doubles(&figure->workspace, n, 1);
    ana_status status = ana_workspace_check(&figure->workspace, "figure");
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        double value = ana_value(values, i * stride);
        sample[i] = isfinite(value) ? value : (double)NAN;
    }
    if (status == ANA_OK) {
        status = ana_stats_quantiles(n, sample, 2, q, ends);
    }
    if (status != ANA_OK) {
        return status;
    }
    double low = fmax(range->low, ends[0]);
    double high = fmin(range->high, ends[1]);
    if (n >= fewest_for_outliers && high > low && high - low < 0.25 * (range->high - range->low)) {
        *range = (ana_range){low, high};
        add_note(figure, "One value in 200 lies beyond each end of the colours.");
    }
    return ANA_OK;
}

static bool wants_numbers(const ana_figure *figure)
{
    const ana_record *node = ana_record_find(figure->group, "numbers");
    return node != NULL && node->type == ANA_RECORD_BOOL && node->boolean;
}

/* Whether a colour is so dark that letters on it are light. */
static bool is_dark(const ana_colour_bar *bar, double value)
{
    unsigned char rgb[3];
    const double span = bar->scale.high - bar->scale.low;
    ana_colour_map_at(bar->map, span > 0.0 ? (value - bar->scale.low) / span : 0.5, rgb);
    return 0.299 * (double)rgb[0] + 0.587 * (double)rgb[1] + 0.114 * (double)rgb[2] < 128.0;
}

/* The values in the middle of their cells, where these have the room. */
static void draw_numbers(ana_figure *figure, const ana_values *values, const ana_colour_bar *bar,
                         ana_box plot)
{
    const double width = plot.width / (double)values->columns;
    const double height = plot.height / (double)values->rows;
    for (size_t k = 0; k < values->n && width >= 36.0 && height >= 15.0; k++) {
        const double value = ana_value(values, k);
        char text[64];
        ana_number_label(value, 2, text, sizeof text);
        if (fabs(value) >= 100.0) {
            ana_number_fixed(value, 0, text, sizeof text);
        }
        if (isfinite(value)) {
            const double x = plot.x + ((double)(k % values->columns) + 0.5) * width;
            const size_t row = k / values->columns;
            const double y = plot.y + ((double)row + 0.5) * height;
            ana_figure_label(
                figure,
                (ana_label){.x = x,
                            .y = y + 4.0,
                            .size = number_size,
                            .anchor = ANA_ANCHOR_MIDDLE,
                            .ink = is_dark(bar, value) ? ANA_INK_RIM : ANA_INK_CONTOUR},
                text, width);
        }
    }
}

ana_status ana_draw_heat_map(ana_figure *figure)
{
    const ana_values values = ana_figure_values(figure, "values");
    ana_range range = range_shown(figure, &values);
    if (ana_range_is_empty(range)) {
        ana_figure_say(figure, values.n == 0 ? "No data" : "All values are missing");
        return ANA_OK;
    }
    const bool given = ana_figure_values(figure, "range").n == 2;
    ana_status status = given ? ANA_OK : leave_out_outliers(figure, &values, &range);
    range = ana_figure_range(figure, range);
    if (status != ANA_OK) {
        return status;
    }
    coordinates x = read_coordinates(figure, "x", "x_scale");
    coordinates y = read_coordinates(figure, "y", "y_scale");
    x.n = values.columns;
    y.n = values.rows;
    ana_chart chart = {0};
    ana_grid_axis across;
    ana_grid_axis down;
    status = make_axis(figure, &x, ana_figure_names(figure, "column_labels"),
                       title_of(figure, "x_title", &values, 1), &chart.x, &across);
    if (status == ANA_OK) {
        status = make_axis(figure, &y, ana_figure_names(figure, "row_labels"),
                           title_of(figure, "y_title", &values, 0), &chart.y, &down);
    }
    if (status != ANA_OK) {
        return status;
    }
    down.reversed = !chart.y.bands;
    ana_figure_open(figure, height_for(&chart, figure->width));
    ana_colour_bar bar = ana_figure_colour_bar(figure, range, values.node->unit);
    ana_chart_place_with_bar(figure, &chart, &bar, false);
    status = ana_grid_draw(figure, &values, &across, &down, &bar, chart.plot);
    if (chart.x.bands && chart.y.bands && wants_numbers(figure)) {
        draw_numbers(figure, &values, &bar, chart.plot);
    }
    ana_chart_axes(figure, &chart);
    ana_colour_bar_draw(figure, &bar, chart.plot);
    return status;
}
