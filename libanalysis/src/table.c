#include "lists.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <analysis/table.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void free_column(ana_column *column)
{
    free(column->name);
    free(column->description);
    free(column->unit);
    free(column->row_start);
    free(column->missing);
    free(column->bools);
    free(column->ints);
    free(column->doubles);
    ana_free_texts(column->n_elements, column->texts);
}

void ana_table_free(ana_table *table)
{
    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < table->n_columns; i++) {
        free_column(&table->columns[i]);
    }
    free(table->columns);
    free(table);
}

ana_status ana_table_new(size_t n_rows, ana_table **out)
{
    ana_status status = ana_allocate(1, sizeof **out, "table", out);
    if (status == ANA_OK) {
        (*out)->n_rows = n_rows;
    }
    return status;
}

/* The rule of a ragged column: n_rows + 1 ascending entries, the first 0. */
static ana_status check_row_start(const char *name, size_t n_rows, const size_t *row_start)
{
    if (row_start[0] != 0) {
        return ana_fail(ANA_ERR_VALUE, "table: column \"%s\": row_start begins with %zu, not 0",
                        name, row_start[0]);
    }
    for (size_t r = 0; r < n_rows; r++) {
        if (row_start[r + 1] < row_start[r]) {
            return ana_fail(ANA_ERR_VALUE,
                            "table: column \"%s\": row_start falls from %zu to %zu at row %zu",
                            name, row_start[r], row_start[r + 1], r);
        }
    }
    return ANA_OK;
}

static ana_status allocate_elements(ana_column *column)
{
    size_t n = column->n_elements;
    switch (column->type) {
    case ANA_COLUMN_BOOL:
        return ana_allocate(n, sizeof *column->bools, "table column", &column->bools);
    case ANA_COLUMN_INT:
        return ana_allocate(n, sizeof *column->ints, "table column", &column->ints);
    case ANA_COLUMN_DOUBLE:
        return ana_allocate(n, sizeof *column->doubles, "table column", &column->doubles);
    case ANA_COLUMN_TEXT:
        return ana_allocate(n, sizeof *column->texts, "table column", &column->texts);
    }
    return ana_fail(ANA_ERR_VALUE, "table: column \"%s\": unknown type %d", column->name,
                    (int)column->type);
}

static ana_status copy_row_start(size_t n_rows, const size_t *row_start, size_t **out)
{
    ana_status status = ana_allocate(n_rows + 1, sizeof **out, "table column", out);
    if (status == ANA_OK) {
        memcpy(*out, row_start, (n_rows + 1) * sizeof **out);
    }
    return status;
}

ana_status ana_table_add(ana_table *table, const char *name, ana_column_type type,
                         const size_t *row_start, ana_column **out)
{
    ana_status status = ANA_OK;
    ana_column column = {.type = type, .n_elements = table->n_rows};
    size_t capacity = table->n_columns;
    if (ana_table_find(table, name) != NULL) {
        return ana_fail(ANA_ERR_VALUE, "table: there is already a column \"%s\"", name);
    }
    ANA_TRY(ana_copy_text(name, &column.name));
    if (row_start != NULL) {
        ANA_TRY(check_row_start(name, table->n_rows, row_start));
        column.n_elements = row_start[table->n_rows];
        ANA_TRY(copy_row_start(table->n_rows, row_start, &column.row_start));
    }
    ANA_TRY(allocate_elements(&column));
    ANA_TRY(ana_grow(&table->columns, &capacity, table->n_columns + 1, sizeof column, "table"));
    table->columns[table->n_columns++] = column;
    if (out != NULL) {
        *out = &table->columns[table->n_columns - 1];
    }
done:
    if (status != ANA_OK) {
        free_column(&column);
    }
    return status;
}

static ana_column *last_column(const ana_table *table)
{
    return &table->columns[table->n_columns - 1];
}

/* Take the last column away again. */
static void drop_last(ana_table *table)
{
    free_column(last_column(table));
    table->n_columns--;
}

ana_status ana_table_add_doubles(ana_table *table, const char *name, const char *unit,
                                 const double *values)
{
    ana_status status = ana_table_add(table, name, ANA_COLUMN_DOUBLE, NULL, NULL);
    if (status != ANA_OK) {
        return status;
    }
    ana_column *column = last_column(table);
    status = ana_copy_text(unit, &column->unit);
    if (status != ANA_OK) {
        drop_last(table);
        return status;
    }
    if (table->n_rows > 0) {
        memcpy(column->doubles, values, table->n_rows * sizeof *values);
    }
    return ANA_OK;
}

ana_status ana_table_add_ints(ana_table *table, const char *name, const int64_t *values)
{
    ana_status status = ana_table_add(table, name, ANA_COLUMN_INT, NULL, NULL);
    if (status == ANA_OK && table->n_rows > 0) {
        memcpy(last_column(table)->ints, values, table->n_rows * sizeof *values);
    }
    return status;
}

ana_status ana_table_add_texts(ana_table *table, const char *name, const char *const *values)
{
    char **copies = NULL;
    ana_status status = ana_table_add(table, name, ANA_COLUMN_TEXT, NULL, NULL);
    if (status != ANA_OK) {
        return status;
    }
    status = ana_copy_texts(table->n_rows, values, &copies);
    if (status != ANA_OK) {
        drop_last(table);
        return status;
    }
    free(last_column(table)->texts); /* as yet a list of NULLs */
    last_column(table)->texts = copies;
    return ANA_OK;
}

ana_status ana_column_set_text(ana_column *column, size_t element, const char *text)
{
    char *copy = NULL;
    if (column->type != ANA_COLUMN_TEXT || element >= column->n_elements) {
        return ana_fail(ANA_ERR_VALUE, "table: column \"%s\" has no text element %zu (of %zu)",
                        column->name, element, column->n_elements);
    }
    ana_status status = ana_copy_text(text, &copy);
    if (status == ANA_OK) {
        free(column->texts[element]);
        column->texts[element] = copy;
    }
    return status;
}

ana_status ana_column_set_missing(ana_column *column, size_t element)
{
    ana_status status = ANA_OK;
    if (element >= column->n_elements) {
        return ana_fail(ANA_ERR_VALUE, "table: column \"%s\" has no element %zu (of %zu)",
                        column->name, element, column->n_elements);
    }
    if (column->type == ANA_COLUMN_DOUBLE) {
        column->doubles[element] = NAN;
    } else if (column->type == ANA_COLUMN_TEXT) {
        free(column->texts[element]);
        column->texts[element] = NULL;
    } else {
        if (column->missing == NULL) {
            status = ana_allocate(column->n_elements, sizeof *column->missing, "table column",
                                  &column->missing);
        }
        if (status == ANA_OK) {
            column->missing[element] = true;
        }
    }
    return status;
}

const ana_column *ana_table_find(const ana_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (strcmp(table->columns[i].name, name) == 0) {
            return &table->columns[i];
        }
    }
    return NULL;
}

bool ana_column_is_missing(const ana_column *column, size_t element)
{
    if (column->type == ANA_COLUMN_DOUBLE) {
        return isnan(column->doubles[element]);
    }
    if (column->type == ANA_COLUMN_TEXT) {
        return column->texts[element] == NULL;
    }
    return column->missing != NULL && column->missing[element];
}

/* Whether exactly the array that `type` names is there. */
static bool has_its_array(const ana_column *column)
{
    return (column->bools != NULL) == (column->type == ANA_COLUMN_BOOL) &&
           (column->ints != NULL) == (column->type == ANA_COLUMN_INT) &&
           (column->doubles != NULL) == (column->type == ANA_COLUMN_DOUBLE) &&
           (column->texts != NULL) == (column->type == ANA_COLUMN_TEXT);
}

static ana_status check_column(const ana_table *table, const ana_column *column)
{
    size_t n = table->n_rows;
    if (!has_its_array(column)) {
        return ana_fail(ANA_ERR_VALUE,
                        "table: column \"%s\" does not hold the one array of its "
                        "type",
                        column->name);
    }
    if (column->row_start != NULL) {
        ana_status status = check_row_start(column->name, table->n_rows, column->row_start);
        if (status != ANA_OK) {
            return status;
        }
        n = column->row_start[table->n_rows];
    }
    if (column->n_elements != n) {
        return ana_fail(ANA_ERR_VALUE, "table: column \"%s\" has %zu elements, %zu are needed",
                        column->name, column->n_elements, n);
    }
    if (column->missing != NULL && column->bools == NULL && column->ints == NULL) {
        return ana_fail(ANA_ERR_VALUE,
                        "table: column \"%s\" flags missing elements, which only "
                        "bool and int columns do",
                        column->name);
    }
    for (size_t i = 0; column->texts != NULL && i < n; i++) {
        const char *text = column->texts[i];
        if (text != NULL && !ana_text_is_utf8(text, strlen(text))) {
            return ana_fail(ANA_ERR_VALUE, "table: column \"%s\": element %zu is not UTF-8",
                            column->name, i);
        }
    }
    return ANA_OK;
}

ana_status ana_table_check(const ana_table *table)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        const ana_column *column = &table->columns[i];
        if (column->name == NULL) {
            return ana_fail(ANA_ERR_VALUE, "table: column %zu has no name", i);
        }
        if (ana_table_find(table, column->name) != column) {
            return ana_fail(ANA_ERR_VALUE, "table: two columns are named \"%s\"", column->name);
        }
        ana_status status = check_column(table, column);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}
