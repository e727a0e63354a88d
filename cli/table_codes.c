#include "table_codes.h"

#include "try.h"

#include <analysis/options.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A cell as text: numbers as the shortest that reads back. */
static void write_cell(const ana_column *column, size_t row, char *text, size_t size)
{
    static const ana_option number = {.name = "id", .type = ANA_OPTION_DOUBLE};
    switch (column->type) {
    case ANA_COLUMN_TEXT:
        snprintf(text, size, "%s", column->texts[row]);
        break;
    case ANA_COLUMN_DOUBLE:
        ana_option_get(&number, &column->doubles[row], text, size);
        break;
    case ANA_COLUMN_INT:
        snprintf(text, size, "%lld", (long long)column->ints[row]);
        break;
    case ANA_COLUMN_BOOL:
        snprintf(text, size, "%s", column->bools[row] ? "true" : "false");
        break;
    }
}

static ana_status add_word(table_codes *codes, size_t row, const char *text)
{
    size_t code = 0;
    while (code < codes->n && strcmp(codes->words[code], text) != 0) {
        code++;
    }
    if (code == codes->n) {
        codes->words[code] = strdup(text);
        if (codes->words[code] == NULL) {
            return ana_fail(ANA_ERR_MEMORY, "no memory for the names of a table");
        }
        codes->n++;
    }
    codes->codes[row] = code;
    return ANA_OK;
}

ana_status table_code_column(const ana_table *table, const char *path, const char *name,
                             table_codes *out)
{
    ana_status status = ANA_OK;
    table_codes made = {.n_rows = table->n_rows};
    const ana_column *column = ana_table_find(table, name);
    if (column == NULL || column->row_start != NULL) {
        return ana_fail(ANA_ERR_FORMAT, "%s: a column \"%s\" is wanted", path, name);
    }
    made.codes = calloc(table->n_rows + 1, sizeof *made.codes);
    made.words = calloc(table->n_rows + 1, sizeof *made.words);
    if (made.codes == NULL || made.words == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for %zu names", table->n_rows);
        goto done;
    }
    for (size_t i = 0; i < table->n_rows; i++) {
        char text[256];
        if (ana_column_is_missing(column, i)) {
            ANA_TRY(ana_fail(ANA_ERR_FORMAT, "%s: row %zu has no %s", path, i + 1, name));
        }
        write_cell(column, i, text, sizeof text);
        ANA_TRY(add_word(&made, i, text));
    }
    *out = made;
    made = (table_codes){0};
done:
    table_codes_free(&made);
    return status;
}

ana_status table_codes_of_ids(const ana_table *table, const char *path, const table_codes *codes,
                              size_t n_ids, char *const *ids, size_t *out)
{
    const ana_column *column = ana_table_find(table, "id");
    if (column == NULL || column->row_start != NULL) {
        if (table->n_rows != n_ids) {
            return ana_fail(ANA_ERR_SHAPE,
                            "%s: %zu rows for %zu stimuli, and no column \"id\" to tell which",
                            path, table->n_rows, n_ids);
        }
        for (size_t i = 0; i < n_ids; i++) {
            out[i] = codes->codes[i];
        }
        return ANA_OK;
    }
    for (size_t i = 0; i < n_ids; i++) {
        size_t row = 0;
        char text[256] = "";
        for (; row < table->n_rows; row++) {
            if (!ana_column_is_missing(column, row)) {
                write_cell(column, row, text, sizeof text);
                if (strcmp(text, ids[i]) == 0) {
                    break;
                }
            }
        }
        if (row == table->n_rows) {
            return ana_fail(ANA_ERR_VALUE, "%s: no row has the id %s", path, ids[i]);
        }
        out[i] = codes->codes[row];
    }
    return ANA_OK;
}

void table_codes_free(table_codes *codes)
{
    for (size_t k = 0; k < codes->n; k++) {
        free(codes->words[k]);
    }
    free(codes->words);
    free(codes->codes);
    *codes = (table_codes){0};
}
