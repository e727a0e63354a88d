#include "chart.h"

#include <math.h>
#include <stdlib.h>

static const double strip = 7.0; /* of group colours along the matrix */
static const double strip_gap = 3.0;

typedef struct grouped_item {
    int64_t group;
    size_t item;
} grouped_item;

static int compare_items(const void *a, const void *b)
{
    const grouped_item *x = a;
    const grouped_item *y = b;
    if (x->group != y->group) {
        return x->group < y->group ? -1 : 1;
    }
    return (x->item > y->item) - (x->item < y->item);
}

typedef struct matrix_data {
    ana_values values, group;
    size_t n;
    size_t *order;      /* item at each place, group by group */
    int64_t *group_at;  /* group at each place */
    int64_t *number_at; /* item at each place, as its name where there are no labels */
    ana_record *names;  /* labels by place */
    ana_chart chart;
} matrix_data;

static ana_status read_matrix(ana_figure *figure, matrix_data *matrix)
{
    matrix->values = ana_figure_values(figure, "values");
    matrix->group = ana_figure_values(figure, "group");
    matrix->n = matrix->values.rows;
    const size_t n = matrix->n;
    ana_workspace *workspace = &figure->workspace;
    grouped_item *items = ana_workspace_bytes(workspace, n, 1, sizeof *items);
    matrix->order = ana_workspace_sizes(workspace, n, 1);
    matrix->group_at = ana_workspace_bytes(workspace, n, 1, sizeof *matrix->group_at);
    matrix->number_at = ana_workspace_bytes(workspace, n, 1, sizeof *matrix->number_at);
    char **texts = ana_workspace_bytes(workspace, n, 1, sizeof *texts);
    matrix->names = ana_workspace_bytes(workspace, 1, 1, sizeof *matrix->names);
    ana_status status = ana_workspace_check(workspace, "figure");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        items[i] = (grouped_item){matrix->group.ints[i], i};
    }
    qsort(items, n, sizeof *items, compare_items);
    const ana_record *labels = ana_figure_names(figure, "labels").node;
    for (size_t place = 0; place < n; place++) {
        matrix->order[place] = items[place].item;
        matrix->group_at[place] = items[place].group;
        matrix->number_at[place] = (int64_t)items[place].item;
        texts[place] = labels != NULL ? labels->texts[items[place].item] : NULL;
    }
    *matrix->names = (ana_record){.type = ANA_RECORD_TEXTS, .n_axes = 1, .shape = {n}};
    matrix->names->texts = texts;
    matrix->names = labels != NULL ? matrix->names : NULL;
    return ANA_OK;
}

/* Place after the last of the group that begins at `start`. */
static size_t end_of_group(const matrix_data *matrix, size_t start)
{
    size_t stop = start;
    while (stop < matrix->n && matrix->group_at[stop] == matrix->group_at[start]) {
        stop++;
    }
    return stop;
}

static void draw_borders(ana_figure *figure, const matrix_data *matrix)
{
    const ana_box plot = matrix->chart.plot;
    ana_svg *svg = &figure->svg;
    ana_svg_path_open(svg);
    for (size_t start = 0; start < matrix->n; start = end_of_group(matrix, start)) {
        double x = ana_scale_at(&matrix->chart.x.scale, (double)start);
        double y = ana_scale_at(&matrix->chart.y.scale, (double)start);
        if (start > 0) {
            ana_svg_move(svg, x, plot.y);
            ana_svg_down(svg, plot.height);
            ana_svg_move(svg, plot.x, y);
            ana_svg_across(svg, plot.width);
        }
    }
    ana_svg_path_paint(svg, (ana_paint){.stroke = ANA_INK_PAPER, .stroke_width = 1.6});
}

static void draw_strips(ana_figure *figure, const matrix_data *matrix)
{
    const ana_box plot = matrix->chart.plot;
    for (size_t start = 0; start < matrix->n;) {
        size_t stop = end_of_group(matrix, start);
        const ana_paint paint = {.fill = ana_ink_category((size_t)matrix->group_at[start])};
        double x0 = ana_scale_at(&matrix->chart.x.scale, (double)start);
        double x1 = ana_scale_at(&matrix->chart.x.scale, (double)stop);
        double y0 = ana_scale_at(&matrix->chart.y.scale, (double)start);
        double y1 = ana_scale_at(&matrix->chart.y.scale, (double)stop);
        double trim = stop < matrix->n ? fmin(1.0, (x1 - x0) / 4.0) : 0.0;
        ana_svg_rect(&figure->svg, (ana_box){x0, plot.y - strip_gap - strip, x1 - x0 - trim, strip},
                     paint);
        ana_svg_rect(&figure->svg, (ana_box){plot.x - strip_gap - strip, y0, strip, y1 - y0 - trim},
                     paint);
        start = stop;
    }
}

/* One group alone is no grouping: neither legend nor strips. */
static bool is_grouped(const matrix_data *matrix)
{
    return matrix->n > 0 && matrix->group_at[0] != matrix->group_at[matrix->n - 1];
}

static size_t count_groups(const matrix_data *matrix, const ana_names *names)
{
    if (names->node != NULL) {
        return names->node->shape[0];
    }
    return matrix->n > 0 ? (size_t)matrix->group_at[matrix->n - 1] + 1 : 0;
}

static const char *axis_title(const ana_figure *figure, const char *name, const matrix_data *matrix,
                              size_t axis)
{
    const char *title = ana_figure_text(figure, name);
    return title != NULL ? title : matrix->values.node->axis_names[axis];
}

/* Legend of the groups, if there are several, then the matrix; the strips stand in the room that
 * the body gives up. */
static void place(ana_figure *figure, matrix_data *matrix, ana_colour_bar *bar)
{
    const double room = is_grouped(matrix) ? strip : 0.0;
    if (room > 0.0) {
        ana_legend legend = {.names = ana_figure_names(figure, "group_labels")};
        legend.n = count_groups(matrix, &legend.names);
        ana_legend_draw(figure, &legend, &figure->body);
    }
    figure->body.y += room;
    figure->body.height -= room;
    ana_names names = {.node = matrix->names, .numbers = matrix->number_at};
    matrix->chart.x = ana_axis_of_bands(matrix->n, names, axis_title(figure, "x_title", matrix, 1));
    matrix->chart.y = ana_axis_of_bands(matrix->n, names, axis_title(figure, "y_title", matrix, 0));
    matrix->chart.y.label_gap = room + strip_gap;
    ana_chart_place_with_bar(figure, &matrix->chart, bar, true);
}

ana_status ana_draw_matrix_groups(ana_figure *figure)
{
    matrix_data matrix = {0};
    ana_status status = read_matrix(figure, &matrix);
    if (status != ANA_OK) {
        return status;
    }
    const ana_range range = ana_values_range(&matrix.values);
    if (ana_range_is_empty(range)) {
        ana_figure_say(figure, matrix.n == 0 ? "No data" : "All values are missing");
        return ANA_OK;
    }
    ana_colour_bar bar = ana_figure_colour_bar(figure, range, matrix.values.node->unit);
    ana_figure_open(figure, fmin(fmax((double)matrix.n * 15.0 + 120.0, 320.0), 560.0));
    place(figure, &matrix, &bar);
    const ana_grid_axis cells = {.n = matrix.n, .order = matrix.order};
    status = ana_grid_draw(figure, &matrix.values, &cells, &cells, &bar, matrix.chart.plot);
    draw_borders(figure, &matrix);
    if (is_grouped(&matrix)) {
        draw_strips(figure, &matrix);
    }
    ana_chart_axes(figure, &matrix.chart);
    ana_colour_bar_draw(figure, &bar, matrix.chart.plot);
    return status;
}
