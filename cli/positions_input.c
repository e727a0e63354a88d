#include "positions_input.h"

#include "try.h"

#include <analysis/formats/table_io.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_AXES = 3
};

/* The column of names: the first of texts. */
static const ana_column *find_names(const ana_table *table)
{
    for (size_t c = 0; c < table->n_columns; c++) {
        if (table->columns[c].type == ANA_COLUMN_TEXT && table->columns[c].row_start == NULL) {
            return &table->columns[c];
        }
    }
    return NULL;
}

static size_t find_axes(const ana_table *table, const ana_column *axes[MOST_AXES])
{
    static const char *const names[MOST_AXES] = {"x", "y", "z"};
    size_t n = 0;
    for (size_t a = 0; a < MOST_AXES; a++) {
        const ana_column *column = ana_table_find(table, names[a]);
        if (column != NULL && column->type == ANA_COLUMN_DOUBLE && column->row_start == NULL &&
            n == a) {
            axes[n++] = column;
        }
    }
    if (n >= 2) {
        return n;
    }
    n = 0;
    for (size_t c = 0; c < table->n_columns && n < MOST_AXES; c++) {
        if (table->columns[c].type == ANA_COLUMN_DOUBLE && table->columns[c].row_start == NULL) {
            axes[n++] = &table->columns[c];
        }
    }
    return n;
}

/* The row of a name; n_rows when there is none. */
static size_t find_row(const ana_column *names, size_t n_rows, const char *name)
{
    size_t r = 0;
    while (r < n_rows && (names->texts[r] == NULL || strcmp(names->texts[r], name) != 0)) {
        r++;
    }
    return r;
}

ana_status load_positions(const char *path, const ana_graph *graph, const ana_run *run,
                          size_t *n_axes, double **positions)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    double *found = NULL;
    const ana_column *axes[MOST_AXES];
    size_t n_without = 0;
    ANA_TRY(ana_table_read(path, run, &table));
    const ana_column *names = find_names(table);
    const size_t n = find_axes(table, axes);
    if (names == NULL || n < 2) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT,
                         "%s: positions are a table with a column of names and columns x, y and z",
                         path));
    }
    found = calloc(graph->n_nodes * n + 1, sizeof *found);
    if (found == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "%s: no memory for %zu positions", path, graph->n_nodes);
        goto done;
    }
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const size_t row = find_row(names, table->n_rows, graph->node_names[i]);
        for (size_t a = 0; a < n; a++) {
            found[i * n + a] = row < table->n_rows ? axes[a]->doubles[row] : (double)NAN;
        }
        n_without += row == table->n_rows ? 1 : 0;
    }
    if (n_without == graph->n_nodes && graph->n_nodes > 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "%s: has none of the nodes, such as %s", path,
                         graph->node_names[0]));
    }
    if (n_without > 0) {
        console_warn("%s: has no place for %zu of %zu nodes", path, n_without, graph->n_nodes);
    }
    *n_axes = n;
    *positions = found;
    found = NULL;
done:
    free(found);
    ana_table_free(table);
    return status;
}
