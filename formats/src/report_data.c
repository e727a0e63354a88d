#include "report_parts.h"

#include <inttypes.h>
#include <string.h>

static const size_t most_cells = 60000; /* of one block; longer ones are thinned evenly */

/* Arrays with the same number of rows stand side by side. `across`: rows run along the last axis.
 */
typedef struct data_column {
    const ana_record *node;
    size_t n_rows, n_columns;
    bool across;
} data_column;

static bool is_array(const ana_record *node)
{
    return node->type == ANA_RECORD_DOUBLES || node->type == ANA_RECORD_INTS ||
           node->type == ANA_RECORD_TEXTS;
}

/* Lines, posteriors and bars are stored a row each and read better a column each. */
static bool runs_across(const ana_record *group, const ana_record *node)
{
    bool hinted = group->hint == ANA_HINT_LINE || group->hint == ANA_HINT_RIBBON ||
                  group->hint == ANA_HINT_BARS;
    return hinted && node->n_axes == 2;
}

static data_column column_of(const ana_record *group, const ana_record *node)
{
    data_column column = {.node = node, .across = runs_across(group, node)};
    const size_t n = ana_record_size(node);
    if (node->n_axes == 0) {
        column.n_rows = n;
    } else {
        column.n_rows = column.across ? node->shape[1] : node->shape[0];
    }
    column.n_columns = column.n_rows > 0 ? n / column.n_rows : 0;
    return column;
}

/* Bytes that may stand in a URI within a quoted attribute as they are; RFC 3986. */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~' || c == ',';
}

static void append_byte(ana_text *out, char byte)
{
    if (is_plain(byte)) {
        ana_text_append_bytes(out, &byte, 1);
    } else {
        ana_text_printf(out, "%%%02X", (unsigned)(unsigned char)byte);
    }
}

static void append_encoded(ana_text *out, const char *text)
{
    for (; *text != '\0'; text++) {
        append_byte(out, *text);
    }
}

/* A text as a field: quoted where needed; one that a spreadsheet would run gets an apostrophe. */
static void append_field(ana_text *out, const char *text)
{
    bool formula = text[0] == '=' || text[0] == '@';
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    if (quoted) {
        append_byte(out, '"');
    }
    if (formula) {
        append_byte(out, '\'');
    }
    for (const char *at = text; *at != '\0'; at++) {
        append_byte(out, *at);
        if (*at == '"') {
            append_byte(out, '"');
        }
    }
    if (quoted) {
        append_byte(out, '"');
    }
}

static void append_cell(ana_text *out, const data_column *column, size_t row, size_t k)
{
    const ana_record *node = column->node;
    size_t i = column->across ? k * column->n_rows + row : row * column->n_columns + k;
    if (node->type == ANA_RECORD_TEXTS) {
        append_field(out, node->texts[i]);
    } else if (node->type == ANA_RECORD_INTS) {
        ana_text_printf(out, "%" PRId64, node->ints[i]);
    } else {
        char number[32];
        ana_format_double(node->doubles[i], number);
        append_encoded(out, number);
    }
}

static void append_head(ana_text *out, const data_column *column)
{
    const ana_record *node = column->node;
    for (size_t k = 0; k < column->n_columns; k++) {
        ana_text head = {0};
        ana_text_append(&head, node->name);
        if (column->n_columns > 1) {
            ana_text_printf(&head, "[%zu]", k);
        }
        if (node->unit != NULL) {
            ana_text_printf(&head, " (%s)", node->unit);
        }
        ana_text_append(out, ",");
        append_field(out, head.bytes != NULL ? head.bytes : "");
        out->failed = out->failed || head.failed;
        ana_text_release(&head);
    }
}

/* All arrays of `n_rows` rows, side by side, with the row's number in front. */
static size_t append_block(ana_text *out, const ana_record *group, size_t n_rows)
{
    size_t cells = 0;
    append_field(out, "row");
    for (size_t i = 0; i < group->n_children; i++) {
        data_column column = column_of(group, group->children[i]);
        if (is_array(group->children[i]) && column.n_rows == n_rows) {
            append_head(out, &column);
            cells += ana_record_size(group->children[i]);
        }
    }
    append_byte(out, '\n');
    size_t stride = cells / most_cells + 1;
    for (size_t row = 0; row < n_rows; row += stride) {
        ana_text_printf(out, "%zu", row);
        for (size_t i = 0; i < group->n_children; i++) {
            data_column column = column_of(group, group->children[i]);
            bool mine = is_array(group->children[i]) && column.n_rows == n_rows;
            for (size_t k = 0; mine && k < column.n_columns; k++) {
                ana_text_append(out, ",");
                append_cell(out, &column, row, k);
            }
        }
        append_byte(out, '\n');
    }
    return stride;
}

/* Whether an earlier array has as many rows, so that its block has been written. */
static bool is_written(const ana_record *group, size_t child, size_t n_rows)
{
    for (size_t i = 0; i < child; i++) {
        if (is_array(group->children[i]) && column_of(group, group->children[i]).n_rows == n_rows) {
            return true;
        }
    }
    return false;
}

ana_report_data ana_report_append_data(ana_text *out, const ana_record *group)
{
    ana_report_data data = {.stride = 1};
    const size_t before = out->n;
    for (size_t i = 0; i < group->n_children; i++) {
        const ana_record *node = group->children[i];
        size_t n_rows = is_array(node) ? column_of(group, node).n_rows : 0;
        if (n_rows == 0 || is_written(group, i, n_rows)) {
            continue;
        }
        if (data.n_rows > 0) {
            append_byte(out, '\n');
        }
        size_t stride = append_block(out, group, n_rows);
        data.stride = stride > data.stride ? stride : data.stride;
        data.n_rows = n_rows > data.n_rows ? n_rows : data.n_rows;
    }
    data.n_bytes = out->n - before;
    return data;
}
