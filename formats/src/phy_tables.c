/* The texts of a Phy folder: params.py and the tables of clusters. */
#include "checked.h"
#include "file.h"
#include "memory.h"
#include "phy.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_TEXT_BYTES = 64 << 20, /* of a table */
    MAX_COLUMNS = 256
};

/* A stretch of text, not ended by NUL. */
typedef struct piece {
    const char *at;
    size_t n;
} piece;

static piece trimmed(piece p)
{
    while (p.n > 0 && (p.at[0] == ' ' || p.at[0] == '\t')) {
        p.at++;
        p.n--;
    }
    while (p.n > 0 && strchr(" \t\r", p.at[p.n - 1]) != NULL) {
        p.n--;
    }
    return p;
}

/* The text up to the next `end`, or all of it; *rest is what follows. */
static piece cut(piece *rest, char end)
{
    const char *found = rest->n > 0 ? memchr(rest->at, end, rest->n) : NULL;
    piece part = {rest->at, found != NULL ? (size_t)(found - rest->at) : rest->n};
    size_t used = part.n + (found != NULL ? 1 : 0);
    rest->at += used;
    rest->n -= used;
    return part;
}

static bool is_name(piece p)
{
    for (size_t i = 0; i < p.n; i++) {
        char c = p.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9')) {
            return false;
        }
    }
    return p.n > 0;
}

/* Without its quotes, or up to a comment. */
static piece literal_of(piece p)
{
    p = trimmed(p);
    if (p.n > 0 && p.at[0] == 'r') { /* a raw text: r'C:\data.bin' */
        p.at += p.n > 1 && (p.at[1] == '\'' || p.at[1] == '"') ? 1 : 0;
        p.n -= p.at[0] != 'r' ? 1 : 0;
    }
    if (p.n > 0 && (p.at[0] == '\'' || p.at[0] == '"')) {
        piece rest = {p.at + 1, p.n - 1};
        return cut(&rest, p.at[0]);
    }
    return trimmed(cut(&p, '#'));
}

static ana_status add_fact(ana_recording *recording, piece name, piece value)
{
    ana_text key = {0};
    char *text = NULL;
    ana_text_append(&key, "params.");
    ana_text_append_bytes(&key, name.at, name.n);
    ana_status status = ana_text_check(&key, "fact");
    if (status == ANA_OK) {
        status = ana_text_to_utf8(value.at, value.n, &text);
    }
    if (status == ANA_OK) {
        status = ana_recording_add_fact(recording, key.bytes, text);
    }
    free(text);
    ana_text_release(&key);
    return status;
}

ana_status ana_phy_read_params(const char *path, ana_recording *recording, double *rate)
{
    static const char *const wanted[] = {"dat_path", "n_channels_dat", "dtype",
                                         "offset",   "sample_rate",    "hp_filtered"};
    ana_status status = ANA_OK;
    char *bytes = NULL;
    size_t n = 0;
    *rate = 0.0;
    ANA_TRY(ana_file_read_all(path, 1 << 20, &bytes, &n));
    piece rest = {bytes, n};
    for (size_t line = 1; rest.n > 0 && status == ANA_OK; line++) {
        piece value = cut(&rest, '\n');
        piece name = trimmed(cut(&value, '='));
        size_t w = 0;
        while (w < 6 && (name.n != strlen(wanted[w]) || memcmp(name.at, wanted[w], name.n) != 0)) {
            w++;
        }
        if (w == 6 || !is_name(name)) {
            continue;
        }
        value = literal_of(value);
        bool is_rate = strcmp(wanted[w], "sample_rate") == 0;
        if (is_rate &&
            (!ana_parse_double(value.at, value.n, rate) || !(*rate > 0.0) || isinf(*rate))) {
            status = ana_fail(ANA_ERR_FORMAT,
                              "%s: line %zu: sample_rate is not a number above 0; what else Python "
                              "would make of it is not looked at",
                              path, line);
            break;
        }
        status = add_fact(recording, name, value);
    }
done:
    free(bytes);
    return status;
}

/* A table of clusters: its lines, and for each the row of the units table. */
typedef struct cluster_table {
    const char *path;
    char separator;
    size_t n_columns;
    piece titles[MAX_COLUMNS];
    size_t id_column;
    size_t n_rows; /* of the units table */
    piece *cells;  /* n_rows x n_columns; `at` NULL where the file is silent */
} cluster_table;

static ana_status read_titles(cluster_table *table, piece line)
{
    line = trimmed(line);
    table->id_column = MAX_COLUMNS;
    bool more = true;
    while (more && table->n_columns < MAX_COLUMNS) {
        more = memchr(line.at, table->separator, line.n) != NULL;
        piece title = trimmed(cut(&line, table->separator));
        bool id = (title.n == 10 && memcmp(title.at, "cluster_id", 10) == 0) ||
                  (title.n == 2 && memcmp(title.at, "id", 2) == 0);
        if (id && table->id_column == MAX_COLUMNS) {
            table->id_column = table->n_columns;
        }
        table->titles[table->n_columns++] = title;
    }
    if (more || table->id_column == MAX_COLUMNS) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: line 1: a header with \"cluster_id\" and at most %d columns is needed",
                        table->path, MAX_COLUMNS);
    }
    return ANA_OK;
}

/* Row of the unit `id` among the ascending ids; n when there is none. */
static size_t find_row(size_t n, const int64_t *ids, int64_t id)
{
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ids[middle] < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < n && ids[low] == id ? low : n;
}

static ana_status read_line(cluster_table *table, piece line, size_t number, const int64_t *ids)
{
    piece cells[MAX_COLUMNS] = {{NULL, 0}};
    size_t n = 0;
    bool more = true;
    while (more && n < table->n_columns) {
        more = memchr(line.at, table->separator, line.n) != NULL;
        cells[n++] = trimmed(cut(&line, table->separator));
    }
    double id = 0.0;
    bool right = !more && n == table->n_columns &&
                 ana_parse_double(cells[table->id_column].at, cells[table->id_column].n, &id) &&
                 id == floor(id) && fabs(id) < 9e15;
    if (!right) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: line %zu: should have %zu columns with a whole number as cluster_id",
                        table->path, number, table->n_columns);
    }
    size_t row = find_row(table->n_rows, ids, (int64_t)id);
    if (row < table->n_rows) { /* clusters without spikes are no units */
        memcpy(table->cells + row * table->n_columns, cells, n * sizeof *cells);
    }
    return ANA_OK;
}

static bool is_missing(piece cell)
{
    static const char *const words[] = {"", "nan", "NaN", "None", "n/a"};
    for (size_t i = 0; cell.at != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (cell.n == strlen(words[i]) && memcmp(cell.at, words[i], cell.n) == 0) {
            return true;
        }
    }
    return cell.at == NULL;
}

/* The narrowest type that holds all cells of a column. */
static ana_column_type column_type(const cluster_table *table, size_t c)
{
    ana_column_type type = ANA_COLUMN_INT;
    for (size_t r = 0; r < table->n_rows; r++) {
        piece cell = table->cells[r * table->n_columns + c];
        int64_t integer = 0;
        double value = 0.0;
        if (is_missing(cell)) {
            continue;
        }
        if (type == ANA_COLUMN_INT && !ana_parse_int(cell.at, cell.n, &integer)) {
            type = ANA_COLUMN_DOUBLE;
        }
        if (type == ANA_COLUMN_DOUBLE && !ana_parse_double(cell.at, cell.n, &value)) {
            return ANA_COLUMN_TEXT;
        }
    }
    return type;
}

static ana_status fill_cell(ana_column *column, size_t r, piece cell)
{
    if (is_missing(cell)) {
        if (column->type == ANA_COLUMN_DOUBLE) {
            column->doubles[r] = (double)NAN;
        } else if (column->type == ANA_COLUMN_INT) {
            column->missing[r] = true;
        }
        return ANA_OK;
    }
    if (column->type == ANA_COLUMN_TEXT) {
        return ana_text_to_utf8(cell.at, cell.n, &column->texts[r]);
    }
    bool parsed = column->type == ANA_COLUMN_INT
                      ? ana_parse_int(cell.at, cell.n, &column->ints[r])
                      : ana_parse_double(cell.at, cell.n, &column->doubles[r]);
    (void)parsed; /* tried before, when the type was chosen */
    return ANA_OK;
}

static ana_status add_column(const cluster_table *table, size_t c, ana_table *units)
{
    ana_status status = ANA_OK;
    char *title = NULL;
    ana_column *column = NULL;
    ANA_TRY(ana_text_to_utf8(table->titles[c].at, table->titles[c].n, &title));
    if (title[0] == '\0' || ana_table_find(units, title) != NULL) {
        goto done;
    }
    ana_column_type type = column_type(table, c);
    ANA_TRY(ana_table_add(units, title, type, NULL, &column));
    if (type == ANA_COLUMN_INT) {
        ANA_TRY(ana_allocate(units->n_rows, sizeof *column->missing, title, &column->missing));
    }
    for (size_t r = 0; r < table->n_rows; r++) {
        ANA_TRY(fill_cell(column, r, table->cells[r * table->n_columns + c]));
    }
done:
    free(title);
    return status;
}

ana_status ana_phy_read_columns(const char *path, ana_table *units)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    char *bytes = NULL;
    size_t n = 0;
    cluster_table table = {.path = path, .separator = '\t', .n_rows = units->n_rows};
    const int64_t *ids = ana_table_find(units, "id")->ints;
    if (ana_text_ends_with_ignoring_case(path, ".csv")) {
        table.separator = ',';
    }
    ANA_TRY(ana_file_read_all(path, MAX_TEXT_BYTES, &bytes, &n));
    piece rest = {bytes, n};
    ANA_TRY(read_titles(&table, cut(&rest, '\n')));
    table.cells =
        ana_workspace_bytes(&workspace, table.n_rows, table.n_columns, sizeof *table.cells);
    ANA_TRY(ana_workspace_check(&workspace, path));
    for (size_t line = 2; rest.n > 0; line++) {
        piece text = cut(&rest, '\n');
        ANA_TRY(trimmed(text).n > 0 ? read_line(&table, text, line, ids) : ANA_OK);
    }
    for (size_t c = 0; c < table.n_columns; c++) {
        ANA_TRY(c != table.id_column ? add_column(&table, c, units) : ANA_OK);
    }
done:
    ana_workspace_release(&workspace);
    free(bytes);
    return status;
}
