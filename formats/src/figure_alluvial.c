/* Who goes with whom from one stage to the next: groups as blocks, their members as streams. */
#include "chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MOST_STAGES = 60,
    MOST_GROUPS = 200
};
static const double block_width = 16.0;
static const double block_gap = 9.0;
static const double thinnest = 0.15; /* pixels of a stream that is drawn */
static const double least_named = 12.0;
static const double largest_group = 1e15;

typedef struct alluvial {
    ana_values values; /* stage x item */
    size_t n_stages, n_items, n_groups;
    ana_names names;
    double *group;     /* n_groups: ascending */
    size_t *place;     /* n_stages x n_items: of its group; n_groups: in none */
    size_t *count;     /* n_stages x n_groups: members */
    double *top;       /* n_stages x n_groups: pixel */
    size_t *stream;    /* n_groups x n_groups: members from one to the next */
    double *left_at;   /* n_groups: how far a block's streams have come */
    double *right_at;  /* n_groups */
    double item;       /* pixels of one */
    size_t n_missing;  /* places without a group */
    double half_block; /* pixels */
    ana_chart chart;
} alluvial;

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The group of an item at a stage; NaN: in none. */
static double group_of(const alluvial *data, size_t i)
{
    const double value = ana_value(&data->values, i);
    return value >= 0.0 && value < largest_group ? floor(value) : (double)NAN;
}

/* The groups that occur, ascending. */
static size_t list_groups(const alluvial *data, double *list)
{
    size_t n = 0;
    size_t n_unique = 0;
    for (size_t i = 0; i < data->n_stages * data->n_items; i++) {
        const double group = group_of(data, i);
        if (!isnan(group)) {
            list[n++] = group;
        }
    }
    qsort(list, n, sizeof *list, compare_doubles);
    for (size_t i = 0; i < n; i++) {
        if (n_unique == 0 || list[i] != list[n_unique - 1]) {
            list[n_unique++] = list[i];
        }
    }
    return n_unique;
}

static void count_members(alluvial *data)
{
    for (size_t s = 0; s < data->n_stages; s++) {
        for (size_t i = 0; i < data->n_items; i++) {
            const double group = group_of(data, s * data->n_items + i);
            size_t *place = &data->place[s * data->n_items + i];
            *place = data->n_groups;
            if (isnan(group)) {
                data->n_missing++;
                continue;
            }
            const double *found =
                bsearch(&group, data->group, data->n_groups, sizeof *found, compare_doubles);
            *place = (size_t)(found - data->group);
            data->count[s * data->n_groups + *place]++;
        }
    }
}

static ana_status read_groups(ana_figure *figure, alluvial *data)
{
    ana_workspace *workspace = &figure->workspace;
    const size_t n_stages = data->n_stages;
    data->group = ana_workspace_doubles(workspace, n_stages, data->n_items);
    ana_status status = ana_workspace_check(workspace, "figure");
    if (status != ANA_OK) {
        return status;
    }
    data->n_groups = list_groups(data, data->group);
    if (data->n_groups == 0 || data->n_groups > MOST_GROUPS) {
        return ANA_OK;
    }
    data->place = ana_workspace_sizes(workspace, n_stages, data->n_items);
    data->count = ana_workspace_sizes(workspace, n_stages, data->n_groups);
    data->top = ana_workspace_doubles(workspace, n_stages, data->n_groups);
    data->stream = ana_workspace_sizes(workspace, data->n_groups, data->n_groups);
    data->left_at = ana_workspace_doubles(workspace, data->n_groups, 1);
    data->right_at = ana_workspace_doubles(workspace, data->n_groups, 1);
    status = ana_workspace_check(workspace, "figure");
    if (status == ANA_OK) {
        count_members(data);
    }
    return status;
}

static size_t count_blocks(const alluvial *data, size_t s, size_t *n_members)
{
    size_t n = 0;
    *n_members = 0;
    for (size_t g = 0; g < data->n_groups; g++) {
        const size_t count = data->count[s * data->n_groups + g];
        n += count > 0 ? 1 : 0;
        *n_members += count;
    }
    return n;
}

/* Blocks of a stage stand one below the other, in the middle of the plot. */
static void place_blocks(alluvial *data)
{
    const ana_box plot = data->chart.plot;
    size_t most = 1;
    size_t n_members = 0;
    for (size_t s = 0; s < data->n_stages; s++) {
        const size_t n = count_blocks(data, s, &n_members);
        most = n > most ? n : most;
    }
    const double gap = fmin(block_gap, 0.35 * plot.height / (double)most);
    data->item = (plot.height - gap * (double)(most - 1)) / (double)data->n_items;
    const double band = plot.width / (double)data->n_stages;
    data->half_block = fmin(block_width, 0.3 * band) / 2.0;
    for (size_t s = 0; s < data->n_stages; s++) {
        const size_t n = count_blocks(data, s, &n_members);
        const double used = (double)n_members * data->item + gap * (n > 0 ? (double)(n - 1) : 0.0);
        double y = plot.y + (plot.height - used) / 2.0;
        for (size_t g = 0; g < data->n_groups; g++) {
            const size_t count = data->count[s * data->n_groups + g];
            data->top[s * data->n_groups + g] = y;
            y += count > 0 ? (double)count * data->item + gap : 0.0;
        }
    }
}

static double middle_of(const alluvial *data, size_t s)
{
    return ana_scale_at(&data->chart.x.scale, (double)s + 0.5);
}

/* An edge of a stream: level at both ends, steepest between them. */
static void append_edge(ana_svg *svg, double x0, double y0, double x1, double y1)
{
    const double middle = (x0 + x1) / 2.0;
    const double lead = (x1 - x0) / 4.0;
    ana_svg_curve_to(svg, middle - lead, y0, middle, (y0 + y1) / 2.0);
    ana_svg_curve_to(svg, middle + lead, y1, x1, y1);
}

static void append_stream(ana_svg *svg, double x0, double y0, double x1, double y1, double width)
{
    ana_svg_move(svg, x0, y0);
    append_edge(svg, x0, y0, x1, y1);
    ana_svg_down(svg, width);
    append_edge(svg, x1, y1 + width, x0, y0 + width);
    ana_svg_close(svg);
}

static void count_streams(alluvial *data, size_t s)
{
    const size_t n = data->n_groups;
    for (size_t i = 0; i < n * n; i++) {
        data->stream[i] = 0;
    }
    for (size_t i = 0; i < data->n_items; i++) {
        const size_t from = data->place[s * data->n_items + i];
        const size_t to = data->place[(s + 1) * data->n_items + i];
        if (from < n && to < n) {
            data->stream[from * n + to]++;
        }
    }
    for (size_t g = 0; g < n; g++) {
        data->left_at[g] = data->top[s * n + g];
        data->right_at[g] = data->top[(s + 1) * n + g];
    }
}

/* From stage s to the next; members of a group leave in the order of where they go. */
static void draw_streams(ana_figure *figure, alluvial *data, size_t s)
{
    const size_t n = data->n_groups;
    const double x0 = middle_of(data, s) + data->half_block;
    const double x1 = middle_of(data, s + 1) - data->half_block;
    count_streams(data, s);
    for (size_t from = 0; from < n; from++) {
        bool any = false;
        for (size_t to = 0; to < n; to++) {
            const double width = (double)data->stream[from * n + to] * data->item;
            if (width >= thinnest) {
                if (!any) {
                    ana_svg_path_open(&figure->svg);
                }
                any = true;
                append_stream(&figure->svg, x0, data->left_at[from], x1, data->right_at[to], width);
            }
            data->left_at[from] += width;
            data->right_at[to] += width;
        }
        if (any) {
            const ana_ink ink = ana_ink_category((size_t)data->group[from]);
            ana_svg_path_paint(&figure->svg, (ana_paint){.fill = ink, .opacity = 0.42});
        }
    }
}

static void draw_blocks(ana_figure *figure, const alluvial *data, size_t s)
{
    const double x = middle_of(data, s) - data->half_block;
    for (size_t g = 0; g < data->n_groups; g++) {
        const size_t at = s * data->n_groups + g;
        const double height = (double)data->count[at] * data->item;
        if (height > 0.0) {
            ana_svg_rect(&figure->svg, (ana_box){x, data->top[at], 2.0 * data->half_block, height},
                         (ana_paint){.fill = ana_ink_category((size_t)data->group[g])});
        }
    }
}

/* Beside each block that is high enough: to its right, at the last stage to its left. */
static void name_blocks(ana_figure *figure, const alluvial *data, size_t s)
{
    const bool last = s + 1 == data->n_stages;
    const double room = data->chart.plot.width / (double)data->n_stages / 2.0 - block_width;
    const double x = middle_of(data, s) + (last ? -1.0 : 1.0) * (data->half_block + 4.0);
    const size_t n_named = data->names.node != NULL ? data->names.node->shape[0] : SIZE_MAX;
    for (size_t g = 0; g < data->n_groups && room >= 10.0; g++) {
        char number[24];
        const size_t at = s * data->n_groups + g;
        const double height = (double)data->count[at] * data->item;
        if (height >= least_named && data->group[g] < (double)n_named) {
            ana_figure_name(figure,
                            (ana_label){.x = x,
                                        .y = data->top[at] + height / 2.0 + 0.36 * ANA_TICK_SIZE,
                                        .size = ANA_TICK_SIZE,
                                        .anchor = last ? ANA_ANCHOR_END : ANA_ANCHOR_START,
                                        .ink = ANA_INK_TEXT,
                                        .halo = ANA_INK_PAPER},
                            ana_name(&data->names, (size_t)data->group[g], number), room);
        }
    }
}

static void write_note(ana_figure *figure, const alluvial *data)
{
    int n = 0;
    if (data->values.rows > data->n_stages) {
        n = snprintf(figure->note, sizeof figure->note, "The first %zu of %zu stages. ",
                     data->n_stages, data->values.rows);
    }
    if (data->n_missing > 0) {
        snprintf(figure->note + n, sizeof figure->note - (size_t)n,
                 "Left out where they have no group: %zu of %zu places.", data->n_missing,
                 data->n_stages * data->n_items);
    }
}

static double height_for(const alluvial *data, double width)
{
    const double rows = 90.0 + 22.0 * (double)data->n_groups;
    return fmin(fmax(rows, 300.0), 640.0) + ana_axis_extra_height(data->chart.x, width - 40.0);
}

ana_status ana_draw_alluvial(ana_figure *figure)
{
    alluvial data = {.values = ana_figure_values(figure, "values"),
                     .names = ana_figure_names(figure, "group_labels")};
    data.n_items = data.values.columns;
    data.n_stages = data.values.rows < MOST_STAGES ? data.values.rows : (size_t)MOST_STAGES;
    ana_status status = read_groups(figure, &data);
    if (status != ANA_OK) {
        return status;
    }
    if (data.n_groups == 0 || data.n_groups > MOST_GROUPS) {
        ana_figure_say(figure, data.values.n == 0   ? "No data"
                               : data.n_groups == 0 ? "No item has a group"
                                                    : "Too many groups to be drawn");
        return ANA_OK;
    }
    const char *title = ana_figure_text(figure, "y_title");
    data.chart.x = ana_axis_of_bands(data.n_stages, ana_figure_names(figure, "row_labels"),
                                     title != NULL ? title : data.values.node->axis_names[0]);
    data.chart.y = ana_axis_of(ANA_SCALE_LINEAR, (ana_range){0.0, 1.0}, NULL, NULL);
    data.chart.y.hidden = true;
    write_note(figure, &data);
    ana_figure_open(figure, height_for(&data, figure->width));
    ana_chart_place(&data.chart, figure->body);
    place_blocks(&data);
    for (size_t s = 0; s + 1 < data.n_stages; s++) {
        draw_streams(figure, &data, s);
    }
    for (size_t s = 0; s < data.n_stages; s++) {
        draw_blocks(figure, &data, s);
        name_blocks(figure, &data, s);
    }
    ana_chart_axes(figure, &data.chart);
    return ANA_OK;
}
