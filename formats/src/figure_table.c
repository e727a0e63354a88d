#include "chart.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const double row_height = 20.0;
static const double cell_gap = 22.0;
static const double widest_cell = 200.0;
static const size_t most_rows = 40;
static const char missing[] = "\xe2\x80\x93";

typedef struct table_data {
    const ana_record **columns;
    size_t n_columns, n_rows;
    size_t shown_columns, shown_rows;
    double *widths;
} table_data;

/* A list is a column; anything else is a column of one cell. */
static bool is_list(const ana_record *node)
{
    return node->n_axes == 1 && (node->type == ANA_RECORD_DOUBLES ||
                                 node->type == ANA_RECORD_INTS || node->type == ANA_RECORD_TEXTS);
}

static bool is_number(const ana_record *node)
{
    return node->type == ANA_RECORD_DOUBLES || node->type == ANA_RECORD_INTS ||
           node->type == ANA_RECORD_DOUBLE || node->type == ANA_RECORD_INT;
}

/* The words about a picture are no data of it. */
static bool is_heading(const ana_record *node)
{
    static const char *const words[] = {"title", "caption", "x_title", "y_title", "value_title"};
    for (size_t i = 0; i < sizeof words / sizeof words[0] && node->type == ANA_RECORD_TEXT; i++) {
        if (strcmp(node->name, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void write_number(double value, char *out, size_t size)
{
    if (isnan(value)) {
        snprintf(out, size, "%s", missing);
    } else {
        ana_number_label(value, 5, out, size);
    }
}

static void write_shape(const ana_record *node, char *out, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < node->n_axes && n < size; i++) {
        int more = snprintf(out + n, size - n, "%s%zu", i == 0 ? "" : " \xc3\x97 ", node->shape[i]);
        n += more > 0 ? (size_t)more : 0;
    }
}

/* The text of one cell: the node's own, or written into `out`. */
static const char *cell(const ana_record *node, size_t row, char out[64])
{
    bool list = is_list(node);
    out[0] = '\0';
    if (row >= (list ? node->shape[0] : 1)) {
        return out;
    }
    switch (node->type) {
    case ANA_RECORD_GROUP:
        snprintf(out, 64, "%zu entries", node->n_children);
        break;
    case ANA_RECORD_BOOL:
        return node->boolean ? "yes" : "no";
    case ANA_RECORD_INT:
        snprintf(out, 64, "%" PRId64, node->integer);
        break;
    case ANA_RECORD_DOUBLE:
        write_number(node->number, out, 64);
        break;
    case ANA_RECORD_TEXT:
        return node->text;
    case ANA_RECORD_INTS:
    case ANA_RECORD_DOUBLES:
        if (!list) {
            write_shape(node, out, 64);
        } else if (node->type == ANA_RECORD_INTS) {
            snprintf(out, 64, "%" PRId64, node->ints[row]);
        } else {
            write_number(node->doubles[row], out, 64);
        }
        break;
    case ANA_RECORD_TEXTS:
        return list ? node->texts[row] : "";
    }
    return out;
}

static void write_head(const ana_record *node, char *out, size_t size)
{
    if (node->unit != NULL) {
        snprintf(out, size, "%.150s (%.40s)", node->name, node->unit);
    } else {
        snprintf(out, size, "%.190s", node->name);
    }
}

static double column_width(const ana_record *node, size_t n_rows)
{
    char text[256];
    write_head(node, text, sizeof text);
    double widest = ana_svg_text_width(text, ANA_TICK_SIZE * ANA_BOLD_WIDTH);
    for (size_t row = 0; row < n_rows; row++) {
        char number[64];
        widest = fmax(widest, ana_svg_text_width(cell(node, row, number), ANA_TICK_SIZE));
    }
    return fmin(ceil(widest) + 1.0, widest_cell);
}

static ana_status read_table(ana_figure *figure, table_data *table)
{
    const ana_record *group = figure->group;
    ana_workspace *workspace = &figure->workspace;
    table->columns =
        ana_workspace_bytes(workspace, group->n_children, 1, sizeof(const ana_record *));
    table->widths = ana_workspace_doubles(workspace, group->n_children, 1);
    ana_status status = ana_workspace_check(workspace, "figure");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i < group->n_children; i++) {
        const ana_record *node = group->children[i];
        if (!is_heading(node)) {
            size_t rows = is_list(node) ? node->shape[0] : 1;
            table->columns[table->n_columns++] = node;
            table->n_rows = rows > table->n_rows ? rows : table->n_rows;
        }
    }
    return ANA_OK;
}

/* How many columns stand side by side within the width, and how many rows within the height. */
static void choose_shown(ana_figure *figure, table_data *table)
{
    size_t rows = most_rows;
    if (figure->wanted_height > 0.0) {
        double room = (figure->wanted_height - 80.0) / row_height;
        rows = room > 1.0 ? (size_t)room : 1;
    }
    table->shown_rows = table->n_rows < rows ? table->n_rows : rows;
    double used = 0.0;
    for (size_t i = 0; i < table->n_columns; i++) {
        table->widths[i] = column_width(table->columns[i], table->shown_rows);
        used += table->widths[i] + cell_gap;
        if (i > 0 && used > figure->width - 2.0 * ANA_PAD) {
            break;
        }
        table->shown_columns = i + 1;
    }
    table->widths[0] = fmin(table->widths[0], figure->width - 2.0 * ANA_PAD - cell_gap);
    if (table->shown_rows < table->n_rows || table->shown_columns < table->n_columns) {
        snprintf(figure->note, sizeof figure->note, "%zu of %zu rows, %zu of %zu columns",
                 table->shown_rows, table->n_rows, table->shown_columns, table->n_columns);
    }
}

static void draw_cell(ana_figure *figure, const table_data *table, size_t column, double x,
                      double y, const char *text, bool head)
{
    bool right = is_number(table->columns[column]);
    ana_figure_label(figure,
                     (ana_label){.x = right ? x + table->widths[column] : x,
                                 .y = y + row_height / 2.0 + 0.36 * ANA_TICK_SIZE,
                                 .size = ANA_TICK_SIZE,
                                 .anchor = right ? ANA_ANCHOR_END : ANA_ANCHOR_START,
                                 .ink = ANA_INK_TEXT,
                                 .bold = head},
                     text, table->widths[column]);
}

static void draw_rows(ana_figure *figure, const table_data *table)
{
    const ana_box body = figure->body;
    for (size_t row = 0; row < table->shown_rows; row++) {
        double y = body.y + (double)(row + 1) * row_height + 4.0;
        if (row % 2 == 1) {
            ana_svg_rect(&figure->svg, (ana_box){body.x, y, body.width, row_height},
                         (ana_paint){.fill = ANA_INK_PANEL});
        }
    }
    double x = body.x + cell_gap / 2.0;
    for (size_t column = 0; column < table->shown_columns; column++) {
        char text[256];
        write_head(table->columns[column], text, sizeof text);
        draw_cell(figure, table, column, x, body.y, text, true);
        for (size_t row = 0; row < table->shown_rows; row++) {
            char number[64];
            draw_cell(figure, table, column, x, body.y + (double)(row + 1) * row_height + 4.0,
                      cell(table->columns[column], row, number), false);
        }
        x += table->widths[column] + cell_gap;
    }
    double line = body.y + row_height + 1.5;
    ana_svg_line(&figure->svg, body.x, line, body.x + body.width, line,
                 (ana_paint){.stroke = ANA_INK_AXIS});
}

ana_status ana_draw_table(ana_figure *figure)
{
    table_data table = {0};
    ana_status status = read_table(figure, &table);
    if (status != ANA_OK) {
        return status;
    }
    if (table.n_columns == 0 || table.n_rows == 0) {
        ana_figure_say(figure, "No data");
        return ANA_OK;
    }
    choose_shown(figure, &table);
    ana_figure_open(figure, (double)(table.shown_rows + 1) * row_height + 8.0);
    draw_rows(figure, &table);
    return ANA_OK;
}
