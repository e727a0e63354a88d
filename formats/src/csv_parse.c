/* The text of a CSV file to rows of numbers. */
#include "csv.h"
#include "file.h"
#include "memory.h"
#include "try.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* One cell as it stands in the file; quoted cells without their outer quotes. */
typedef struct csv_cell {
    const char *start;
    size_t n;
    bool quoted;
    bool ends_row;
} csv_cell;

/* Where reading stands. */
typedef struct csv_scanner {
    const char *path;
    const char *at;
    const char *end;
    char separator;
    size_t line; /* 1-based */
} csv_scanner;

static bool ends_line(char c)
{
    return c == '\n' || c == '\r';
}

static void pass_line_end(csv_scanner *scanner)
{
    if (scanner->at < scanner->end && *scanner->at == '\r') {
        scanner->at++;
    }
    if (scanner->at < scanner->end && *scanner->at == '\n') {
        scanner->at++;
    }
    scanner->line++;
}

/* Passes over comments and empty lines; false at the end of the file. */
static bool next_row(csv_scanner *scanner)
{
    while (scanner->at < scanner->end) {
        if (*scanner->at == '#') {
            while (scanner->at < scanner->end && !ends_line(*scanner->at)) {
                scanner->at++;
            }
        }
        if (scanner->at < scanner->end && !ends_line(*scanner->at)) {
            return true;
        }
        if (scanner->at < scanner->end) {
            pass_line_end(scanner);
        }
    }
    return false;
}

static ana_status quoted_cell(csv_scanner *scanner, csv_cell *cell)
{
    size_t first_line = scanner->line;
    const char *c = ++scanner->at;
    cell->start = c;
    cell->quoted = true;
    for (; c < scanner->end; c++) {
        if (*c == '"' && c + 1 < scanner->end && c[1] == '"') {
            c++;
        } else if (*c == '"') {
            cell->n = (size_t)(c - cell->start);
            scanner->at = c + 1;
            return ANA_OK;
        }
        scanner->line += *c == '\n' ? 1 : 0;
    }
    return ana_fail(ANA_ERR_FORMAT, "%s: line %zu: a quote that does not end", scanner->path,
                    first_line);
}

static ana_status next_cell(csv_scanner *scanner, csv_cell *cell)
{
    *cell = (csv_cell){scanner->at, 0, false, false};
    if (scanner->at < scanner->end && *scanner->at == '"') {
        ana_status status = quoted_cell(scanner, cell);
        if (status != ANA_OK) {
            return status;
        }
    }
    const char *c = scanner->at;
    while (c < scanner->end && *c != scanner->separator && !ends_line(*c)) {
        c++;
    }
    if (!cell->quoted) {
        cell->n = (size_t)(c - cell->start);
    }
    scanner->at = c;
    cell->ends_row = c >= scanner->end || ends_line(*c);
    if (cell->ends_row && c < scanner->end) {
        pass_line_end(scanner);
    } else if (!cell->ends_row) {
        scanner->at++;
    }
    return ANA_OK;
}

static bool is_missing(const char *cell, size_t n)
{
    static const char *const words[] = {"", "n/a", "na", "nan", "null"};
    char word[8];
    while (n > 0 && cell[0] == ' ') {
        cell++;
        n--;
    }
    while (n > 0 && cell[n - 1] == ' ') {
        n--;
    }
    if (n >= sizeof word) {
        return false;
    }
    memcpy(word, cell, n);
    word[n] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (ana_text_equal_ignoring_case(word, words[i])) {
            return true;
        }
    }
    return false;
}

/* The exact value of up to 15 digits with a power of ten up to 22, both of which a double holds
 * exactly, so that one division or product rounds once (Clinger 1990); false for all else. The
 * limit is a few cycles a byte, where strtod takes tens. */
static bool parse_short(const char *cell, size_t n, char point, double *out)
{
    static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    size_t i = n > 0 && (cell[0] == '-' || cell[0] == '+') ? 1 : 0;
    uint64_t digits = 0;
    size_t n_digits = 0;
    size_t n_decimals = 0;
    bool after_point = false;
    for (; i < n; i++) {
        if (cell[i] == point && !after_point) {
            after_point = true;
            continue;
        }
        if (cell[i] < '0' || cell[i] > '9' || n_digits == 15) {
            return false;
        }
        digits = digits * 10 + (uint64_t)(cell[i] - '0');
        n_digits++;
        n_decimals += after_point ? 1 : 0;
    }
    if (n_digits == 0) {
        return false;
    }
    double value = (double)digits / tens[n_decimals];
    *out = cell[0] == '-' ? -value : value;
    return true;
}

/* A number, or NaN for a missing cell; false for text. */
static bool parse_cell(const csv_cell *cell, char separator, double *out)
{
    char point = separator == ';' && memchr(cell->start, ',', cell->n) != NULL ? ',' : '.';
    if (parse_short(cell->start, cell->n, point, out)) {
        return true;
    }
    if (is_missing(cell->start, cell->n)) {
        *out = (double)NAN;
        return true;
    }
    char copy[64];
    if (point == ',' && cell->n < sizeof copy) {
        memcpy(copy, cell->start, cell->n);
        *(char *)memchr(copy, ',', cell->n) = '.';
        return ana_parse_double(copy, cell->n, out);
    }
    return ana_parse_double(cell->start, cell->n, out);
}

/* Cells of the first rows under a separator: their number when all have the same, else 0. */
static size_t cells_under(csv_scanner scanner, char separator)
{
    enum {
        N_ROWS = 10
    };
    size_t n_cells = 0;
    scanner.separator = separator;
    for (int row = 0; row < N_ROWS && next_row(&scanner); row++) {
        csv_cell cell = {0};
        size_t n = 0;
        while (!cell.ends_row) {
            if (next_cell(&scanner, &cell) != ANA_OK) {
                return 0;
            }
            n++;
        }
        if (row > 0 && n != n_cells) {
            return 0;
        }
        n_cells = n;
    }
    return n_cells;
}

static char find_separator(const csv_scanner *scanner)
{
    static const char candidates[] = {'\t', ';', ','};
    for (size_t i = 0; i < sizeof candidates; i++) {
        if (cells_under(*scanner, candidates[i]) > 1) {
            return candidates[i];
        }
    }
    return ',';
}

/* The cell as UTF-8 with doubled quotes undone; *out is NULL when it is missing. */
static ana_status cell_text(const csv_cell *cell, char **out)
{
    *out = NULL;
    if (!cell->quoted && is_missing(cell->start, cell->n)) {
        return ANA_OK;
    }
    char *text = NULL;
    ana_status status = ana_text_to_utf8(cell->start, cell->n, &text);
    if (status != ANA_OK || !cell->quoted) {
        *out = text;
        return status;
    }
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        *to++ = *from;
        from += from[0] == '"' && from[1] == '"' ? 1 : 0;
    }
    *to = '\0';
    *out = text;
    return ANA_OK;
}

/* Whether the first line is "#name,name,...": as many cells as the next row, and no number. */
static bool has_header_in_comment(const csv_scanner *scanner)
{
    csv_scanner line = *scanner;
    csv_cell cell = {0};
    size_t n_cells = 0;
    if (line.end - line.at < 2 || line.at[0] != '#' ||
        !((line.at[1] | 0x20) >= 'a' && (line.at[1] | 0x20) <= 'z')) {
        return false;
    }
    line.at++;
    while (!cell.ends_row) {
        double value = 0.0;
        if (next_cell(&line, &cell) != ANA_OK) {
            return false;
        }
        n_cells++;
        if (parse_cell(&cell, scanner->separator, &value) && !isnan(value)) {
            return false;
        }
    }
    const size_t n_wanted = n_cells;
    n_cells = 0;
    for (cell.ends_row = !next_row(&line); !cell.ends_row; n_cells++) {
        if (next_cell(&line, &cell) != ANA_OK) {
            return false;
        }
    }
    return n_wanted > 1 && n_cells == n_wanted;
}

/* The first row: how many columns, their names, and whether it is a header. */
static ana_status read_header(csv_scanner *scanner, ana_csv *csv)
{
    ana_status status = ANA_OK;
    const csv_scanner start = *scanner;
    csv_cell cell = {0};
    size_t capacity = 0;
    while (!cell.ends_row) {
        double value = 0.0;
        ANA_TRY(next_cell(scanner, &cell));
        ANA_TRY(ana_grow(&csv->names, &capacity, csv->n_columns + 1, sizeof *csv->names,
                         scanner->path));
        csv->names[csv->n_columns++] = NULL;
        ANA_TRY(cell_text(&cell, &csv->names[csv->n_columns - 1]));
        csv->has_header = csv->has_header || !parse_cell(&cell, scanner->separator, &value);
    }
    for (size_t c = 0; c < csv->n_columns; c++) {
        if (!csv->has_header || csv->names[c] == NULL) {
            ana_text name = {0};
            ana_text_printf(&name, "column%zu", c + 1);
            ANA_TRY(ana_text_check(&name, scanner->path));
            free(csv->names[c]);
            csv->names[c] = name.bytes;
        }
    }
    if (!csv->has_header) {
        *scanner = start;
    }
    ANA_TRY(ana_allocate(csv->n_columns, sizeof *csv->is_text, scanner->path, &csv->is_text));
done:
    return status;
}

static ana_status read_row(csv_scanner *scanner, ana_csv *csv, double *values)
{
    const size_t line = scanner->line;
    size_t n = 0;
    csv_cell cell = {0};
    while (!cell.ends_row) {
        ana_status status = next_cell(scanner, &cell);
        if (status != ANA_OK) {
            return status;
        }
        if (n < csv->n_columns && !parse_cell(&cell, scanner->separator, &values[n])) {
            csv->is_text[n] = true;
            values[n] = (double)NAN;
        }
        n++;
    }
    if (n != csv->n_columns) {
        return ana_fail(ANA_ERR_FORMAT, "%s: line %zu: %zu cells, but the first line has %zu",
                        scanner->path, line, n, csv->n_columns);
    }
    return ANA_OK;
}

static csv_scanner start_scanner(const char *path, const ana_csv *csv)
{
    csv_scanner scanner = {path, csv->bytes, csv->bytes + csv->n_bytes, csv->separator, 1};
    if (csv->n_bytes >= 3 && memcmp(csv->bytes, "\xef\xbb\xbf", 3) == 0) {
        scanner.at += 3;
    }
    return scanner;
}

/* The table in out->bytes. */
static ana_status parse_bytes(const char *path, ana_csv *out)
{
    ana_status status = ANA_OK;
    size_t capacity = 0;
    if (memchr(out->bytes, '\0', out->n_bytes) != NULL) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: byte %zu: is zero, so this is no text table", path,
                          (size_t)((char *)memchr(out->bytes, '\0', out->n_bytes) - out->bytes));
        goto done;
    }
    csv_scanner scanner = start_scanner(path, out);
    out->separator = find_separator(&scanner);
    scanner.separator = out->separator;
    out->header_is_comment = has_header_in_comment(&scanner);
    scanner.at += out->header_is_comment ? 1 : 0;
    if (!out->header_is_comment && !next_row(&scanner)) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: holds no table: no line with a cell", path);
        goto done;
    }
    ANA_TRY(read_header(&scanner, out));
    while (next_row(&scanner)) {
        ANA_TRY(ana_grow(&out->values, &capacity, (out->n_rows + 1) * out->n_columns,
                         sizeof *out->values, path));
        ANA_TRY(read_row(&scanner, out, out->values + out->n_rows * out->n_columns));
        out->n_rows++;
    }
done:
    return status;
}

/* Bytes and numbers: a cell of two bytes becomes a double of eight. */
static const size_t bytes_a_byte = 6;

ana_status ana_csv_read(const char *path, const ana_run *run, ana_csv *out)
{
    *out = (ana_csv){0};
    ana_status status = ana_file_read_all(path, ana_run_memory_limit(run) / bytes_a_byte,
                                          &out->bytes, &out->n_bytes);
    return status == ANA_OK ? parse_bytes(path, out) : status;
}

ana_status ana_csv_parse(const char *name, const char *bytes, size_t n, const ana_run *run,
                         ana_csv *out)
{
    *out = (ana_csv){0};
    ana_status status =
        n <= ana_run_memory_limit(run) / bytes_a_byte
            ? ana_copy_bytes_as_text(bytes, n, &out->bytes)
            : ana_fail(ANA_ERR_LIMIT, "%s: a table of %zu bytes does not fit in memory", name, n);
    out->n_bytes = n;
    return status == ANA_OK ? parse_bytes(name, out) : status;
}

ana_status ana_csv_texts(const ana_csv *csv, char **const *texts)
{
    ana_status status = ANA_OK;
    csv_scanner scanner = start_scanner("table", csv);
    bool header = csv->has_header && !csv->header_is_comment;
    for (size_t row = 0; row < csv->n_rows && next_row(&scanner);) {
        csv_cell cell = {0};
        for (size_t c = 0; !cell.ends_row; c++) {
            ANA_TRY(next_cell(&scanner, &cell));
            if (!header && c < csv->n_columns && texts[c] != NULL) {
                ANA_TRY(cell_text(&cell, &texts[c][row]));
            }
        }
        row += header ? 0 : 1;
        header = false;
    }
done:
    return status;
}

size_t ana_csv_find(const ana_csv *csv, const char *const *names)
{
    for (size_t c = 0; c < csv->n_columns; c++) {
        for (const char *const *name = names; *name != NULL; name++) {
            if (csv->has_header && ana_text_equal_ignoring_case(csv->names[c], *name)) {
                return c;
            }
        }
    }
    return csv->n_columns;
}

void ana_csv_release(ana_csv *csv)
{
    for (size_t c = 0; csv->names != NULL && c < csv->n_columns; c++) {
        free(csv->names[c]);
    }
    free(csv->names);
    free(csv->values);
    free(csv->is_text);
    free(csv->bytes);
    *csv = (ana_csv){0};
}
