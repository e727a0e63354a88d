#include "table_rows.h"

#include "checked.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdlib.h>

/* Element `i` of `from` becomes element `j` of `to`, of the same type. */
static ana_status copy_element(const ana_column *from, size_t i, ana_column *to, size_t j)
{
    if (ana_column_is_missing(from, i)) {
        return ana_column_set_missing(to, j);
    }
    switch (from->type) {
    case ANA_COLUMN_BOOL:
        to->bools[j] = from->bools[i];
        break;
    case ANA_COLUMN_INT:
        to->ints[j] = from->ints[i];
        break;
    case ANA_COLUMN_DOUBLE:
        to->doubles[j] = from->doubles[i];
        break;
    case ANA_COLUMN_TEXT:
        return ana_copy_text(from->texts[i], &to->texts[j]);
    }
    return ANA_OK;
}

/* The column of `table` that can serve as `like`: same name and type, both ragged or neither. */
static const ana_column *counterpart(const ana_table *table, const ana_column *like)
{
    const ana_column *column = ana_table_find(table, like->name);
    bool fits = column != NULL && column->type == like->type &&
                (column->row_start != NULL) == (like->row_start != NULL);
    return fits ? column : NULL;
}

/* row_start of the gathered rows of a ragged column. */
static ana_status gather_row_start(const ana_column *like, size_t n, const ana_table *const *tables,
                                   const size_t *rows, size_t *row_start)
{
    for (size_t r = 0; r < n; r++) {
        const ana_column *column = counterpart(tables[r], like);
        size_t length =
            column != NULL ? column->row_start[rows[r] + 1] - column->row_start[rows[r]] : 0;
        if (!ana_add(row_start[r], length, &row_start[r + 1])) {
            return ana_fail(ANA_ERR_SHAPE, "table: column \"%s\" grows too long", like->name);
        }
    }
    return ANA_OK;
}

/* Fill row r of `column` from row `row` of `from` (NULL: there is nothing). */
static ana_status fill_row(ana_column *column, size_t r, const ana_column *from, size_t row)
{
    if (column->row_start == NULL) {
        return from != NULL ? copy_element(from, row, column, r)
                            : ana_column_set_missing(column, r);
    }
    ana_status status = ANA_OK;
    size_t n = column->row_start[r + 1] - column->row_start[r];
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        status = copy_element(from, from->row_start[row] + i, column, column->row_start[r] + i);
    }
    return status;
}

static ana_status gather_column(const ana_column *like, size_t n, const ana_table *const *tables,
                                const size_t *rows, ana_table *table)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_column *column = NULL;
    size_t *row_start = NULL;
    if (like->row_start != NULL) {
        row_start = ana_workspace_sizes(&workspace, n + 1, 1);
        ANA_TRY(ana_workspace_check(&workspace, "table"));
        ANA_TRY(gather_row_start(like, n, tables, rows, row_start));
    }
    ANA_TRY(ana_table_add(table, like->name, like->type, row_start, &column));
    ANA_TRY(ana_copy_text(like->description, &column->description));
    ANA_TRY(ana_copy_text(like->unit, &column->unit));
    for (size_t r = 0; r < n; r++) {
        ANA_TRY(fill_row(column, r, counterpart(tables[r], like), rows[r]));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_table_gather(const ana_table *like, size_t n, const ana_table *const *tables,
                            const size_t *rows, ana_table **out)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    ANA_TRY(ana_table_new(n, &table));
    for (size_t i = 0; i < like->n_columns; i++) {
        ANA_TRY(gather_column(&like->columns[i], n, tables, rows, table));
    }
    *out = table;
    table = NULL;
done:
    ana_table_free(table);
    return status;
}

ana_status ana_table_take(const ana_table *table, size_t n, const size_t *rows, ana_table **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_table **tables = ana_workspace_bytes(&workspace, n, 1, sizeof(ana_table *));
    ANA_TRY(ana_workspace_check(&workspace, "table"));
    for (size_t i = 0; i < n; i++) {
        if (rows[i] >= table->n_rows) {
            status = ana_fail(ANA_ERR_VALUE, "table: row %zu asked for, but there are %zu rows",
                              rows[i], table->n_rows);
            goto done;
        }
        tables[i] = table;
    }
    ANA_TRY(ana_table_gather(table, n, tables, rows, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_table_copy(const ana_table *table, ana_table **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *rows = ana_workspace_sizes(&workspace, table->n_rows, 1);
    ANA_TRY(ana_workspace_check(&workspace, "table"));
    for (size_t row = 0; row < table->n_rows; row++) {
        rows[row] = row;
    }
    ANA_TRY(ana_table_take(table, table->n_rows, rows, out));
done:
    ana_workspace_release(&workspace);
    return status;
}
