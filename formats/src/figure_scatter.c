/* Points: darker where they are dense, larger where several are equal. */
#include "chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double cell = 4.0; /* pixels over which density is counted */
static const double dark[] = {0.5, 0.65, 0.85, 1.0};
static const double wide[] = {1.0, 1.5, 2.0, 3.0};

/* One or more equal points of a line. */
typedef struct mark {
    size_t line;
    size_t size;  /* 0 to 3: of one, two, four, eight points or more */
    size_t shade; /* the same, of the points near it */
    double x;
    double y;
    size_t n;
} mark;

typedef struct scatter_data {
    ana_values x, y;
    bool log_x, log_y;
    bool identity;
    size_t n_points;
    size_t n; /* marks */
    mark *marks;
    size_t most; /* points in a mark */
    ana_range range_x, range_y;
    ana_chart chart;
} scatter_data;

static int compare_places(const void *left, const void *right)
{
    const mark *a = left;
    const mark *b = right;
    if (a->line != b->line) {
        return a->line < b->line ? -1 : 1;
    }
    const int by_x = (a->x > b->x) - (a->x < b->x);
    return by_x != 0 ? by_x : (a->y > b->y) - (a->y < b->y);
}

/* By line, then as they are painted: large marks and thin places first, then by place. */
static int compare_paints(const void *left, const void *right)
{
    const mark *a = left;
    const mark *b = right;
    if (a->line != b->line) {
        return a->line < b->line ? -1 : 1;
    }
    if (a->size != b->size) {
        return a->size > b->size ? -1 : 1;
    }
    if (a->shade != b->shade) {
        return a->shade < b->shade ? -1 : 1;
    }
    return compare_places(left, right);
}

static size_t class_of(size_t n)
{
    return n >= 8 ? 3 : n >= 4 ? 2 : n >= 2 ? 1 : 0;
}

static bool is_drawn(double value, bool log)
{
    return fabs(value) <= 1e300 && (!log || value > 0.0);
}

/* Equal neighbours become one mark. */
static void merge(scatter_data *data)
{
    size_t n = 0;
    for (size_t i = 0; i < data->n_points; i++) {
        const bool same = n > 0 && compare_places(&data->marks[n - 1], &data->marks[i]) == 0;
        if (same) {
            data->marks[n - 1].n++;
        } else {
            data->marks[n++] = data->marks[i];
        }
        data->most = data->marks[n - 1].n > data->most ? data->marks[n - 1].n : data->most;
    }
    data->n = n;
    for (size_t i = 0; i < n; i++) {
        data->marks[i].size = class_of(data->marks[i].n);
    }
}

static ana_status read_points(ana_figure *figure, scatter_data *data)
{
    const size_t n = data->y.columns;
    data->marks = ana_workspace_bytes(&figure->workspace, data->y.n, 1, sizeof *data->marks);
    const ana_status status = ana_workspace_check(&figure->workspace, "figure");
    data->range_x = ana_range_empty();
    data->range_y = ana_range_empty();
    for (size_t i = 0; i < data->y.n && status == ANA_OK; i++) {
        const double x = data->x.n > 0 ? ana_value(&data->x, i % n) : (double)(i % n);
        const double y = ana_value(&data->y, i);
        if (is_drawn(x, data->log_x) && is_drawn(y, data->log_y)) {
            data->marks[data->n_points++] = (mark){.line = i / n, .x = x, .y = y, .n = 1};
            ana_range_add(&data->range_x, x);
            ana_range_add(&data->range_y, y);
        }
    }
    if (status == ANA_OK) {
        qsort(data->marks, data->n_points, sizeof *data->marks, compare_places);
        merge(data);
    }
    return status;
}

static ana_range widened(ana_range range, bool log)
{
    return log ? ana_range_widened_log(range, 0.05) : ana_range_widened(range, 0.05);
}

static void set_axes(ana_figure *figure, scatter_data *data)
{
    const char *x_unit = data->x.n > 0 ? data->x.node->unit : NULL;
    const char *y_unit = data->y.node->unit;
    if (data->identity) {
        ana_range_add(&data->range_x, data->range_y.low);
        ana_range_add(&data->range_x, data->range_y.high);
        data->range_y = data->range_x;
    }
    data->chart.x = ana_axis_of(data->log_x ? ANA_SCALE_LOG : ANA_SCALE_LINEAR,
                                widened(data->range_x, data->log_x),
                                ana_figure_text(figure, "x_title"), x_unit);
    data->chart.y = ana_axis_of(data->log_y ? ANA_SCALE_LOG : ANA_SCALE_LINEAR,
                                widened(data->range_y, data->log_y),
                                ana_figure_text(figure, "y_title"), y_unit);
    data->chart.x.grid = true;
    data->chart.y.grid = true;
}

static double pixel_x(const scatter_data *data, const mark *point)
{
    return ana_scale_at(&data->chart.x.scale, point->x);
}

static double pixel_y(const scatter_data *data, const mark *point)
{
    return ana_scale_at(&data->chart.y.scale, point->y);
}

/* Shades by the points of a line within the cell of each mark. */
static ana_status find_shades(ana_figure *figure, scatter_data *data)
{
    const ana_box plot = data->chart.plot;
    const size_t columns = (size_t)(fmax(plot.width, 0.0) / cell) + 1;
    const size_t rows = (size_t)(fmax(plot.height, 0.0) / cell) + 1;
    size_t *counts = ana_workspace_sizes(&figure->workspace, rows, columns);
    size_t *place = ana_workspace_sizes(&figure->workspace, data->n, 1);
    const ana_status status = ana_workspace_check(&figure->workspace, "figure");
    for (size_t i = 0; i < data->n && status == ANA_OK; i++) {
        const double across = fmax(pixel_x(data, &data->marks[i]) - plot.x, 0.0) / cell;
        const double down = fmax(pixel_y(data, &data->marks[i]) - plot.y, 0.0) / cell;
        const size_t column = (size_t)fmin(across, (double)(columns - 1));
        const size_t row = (size_t)fmin(down, (double)(rows - 1));
        place[i] = row * columns + column;
        counts[place[i]] += data->marks[i].n;
    }
    for (size_t i = 0; i < data->n && status == ANA_OK; i++) {
        data->marks[i].shade = class_of(counts[place[i]]);
    }
    return status;
}

/* Runs of marks of one ink, size and shade are one path. */
static void draw_marks(ana_figure *figure, const scatter_data *data)
{
    const size_t n = data->n_points;
    const double least = n <= 50 ? 0.9 : n <= 500 ? 0.65 : 0.5; /* few points are no cloud */
    const double width = n <= 50 ? 7.0 : n <= 500 ? 5.0 : n <= 2000 ? 3.6 : 2.6;
    for (size_t i = 0; i < data->n; i++) {
        const mark *one = &data->marks[i];
        const bool last = i + 1 == data->n || one[1].line != one->line ||
                          one[1].size != one->size || one[1].shade != one->shade;
        const bool first = i == 0 || one[-1].line != one->line || one[-1].size != one->size ||
                           one[-1].shade != one->shade;
        if (first) {
            ana_svg_path_open(&figure->svg);
        }
        ana_svg_move(&figure->svg, pixel_x(data, one), pixel_y(data, one));
        ana_svg_across(&figure->svg, 0.0);
        if (last) {
            ana_svg_path_paint(&figure->svg, (ana_paint){.stroke = ana_ink_category(one->line),
                                                         .stroke_width = width * wide[one->size],
                                                         .round = true,
                                                         .opacity = fmax(least, dark[one->shade])});
        }
    }
}

/* Both axes have the same ends. */
static void draw_identity(ana_figure *figure, const scatter_data *data)
{
    const ana_scale *x = &data->chart.x.scale;
    const ana_scale *y = &data->chart.y.scale;
    ana_svg_line(&figure->svg, ana_scale_at(x, x->low), ana_scale_at(y, y->low),
                 ana_scale_at(x, x->high), ana_scale_at(y, y->high),
                 (ana_paint){.stroke = ANA_INK_TEXT, .dashed = true});
}

ana_status ana_draw_scatter(ana_figure *figure)
{
    const ana_record *identity = ana_record_find(figure->group, "identity");
    scatter_data data = {.x = ana_figure_values(figure, "x"),
                         .y = ana_figure_values(figure, "y"),
                         .log_x = ana_figure_says(figure, "x_scale", "log"),
                         .log_y = ana_figure_says(figure, "y_scale", "log")};
    const ana_legend legend = {.n = data.y.rows, .names = ana_figure_names(figure, "labels")};
    ana_status status = read_points(figure, &data);
    if (status != ANA_OK) {
        return status;
    }
    if (data.n_points == 0) {
        ana_figure_say(figure, data.y.n == 0 ? "No data" : "All values are missing");
        return ANA_OK;
    }
    data.identity = identity != NULL && identity->type == ANA_RECORD_BOOL && identity->boolean &&
                    data.log_x == data.log_y;
    if (data.most > 1) {
        snprintf(figure->note, sizeof figure->note, "Larger marks are equal points, up to %zu",
                 data.most);
    }
    set_axes(figure, &data);
    ana_figure_open(figure, data.identity ? 400.0 : 320.0);
    ana_box box = figure->body;
    if (legend.n > 1) {
        ana_legend_draw(figure, &legend, &box);
    }
    if (data.identity) {
        ana_chart_place_square(&data.chart, box);
    } else {
        ana_chart_place(&data.chart, box);
    }
    status = find_shades(figure, &data);
    if (status != ANA_OK) {
        return status;
    }
    qsort(data.marks, data.n, sizeof *data.marks, compare_paints);
    ana_chart_grid(figure, &data.chart);
    if (data.identity) {
        draw_identity(figure, &data);
    }
    draw_marks(figure, &data);
    ana_chart_axes(figure, &data.chart);
    return ANA_OK;
}
