/* Matrices and sheets of synapses. */
#include "checked.h"
#include "lists.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/anatomical_network.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A list being filled. */
typedef struct filling {
    size_t n;
    const char **from;
    const char **to;
    ana_synapse *kinds;
    double *weights;
} filling;

static ana_status make_room(size_t n, ana_workspace *workspace, filling *out)
{
    out->from = ana_workspace_bytes(workspace, n, 1, sizeof *out->from);
    out->to = ana_workspace_bytes(workspace, n, 1, sizeof *out->to);
    out->kinds = ana_workspace_bytes(workspace, n, 1, sizeof *out->kinds);
    out->weights = ana_workspace_doubles(workspace, n, 1);
    return ana_workspace_check(workspace, "connectome");
}

static void put(filling *self, const char *from, const char *to, ana_synapse kind, double weight)
{
    self->from[self->n] = from;
    self->to[self->n] = to;
    self->kinds[self->n] = kind;
    self->weights[self->n++] = weight;
}

/* Whether element k of a matrix is an edge. */
static bool is_edge(const ana_anatomical_matrices *matrices, const double *values, size_t k)
{
    const bool tested = values == matrices->chemical && matrices->p != NULL;
    return values != NULL && values[k] != 0.0 && !isnan(values[k]) &&
           (!tested || matrices->p[k] < matrices->below);
}

static void put_matrix(const ana_anatomical_matrices *matrices, const double *values,
                       ana_synapse kind, filling *self)
{
    const size_t n = matrices->n;
    for (size_t k = 0; k < n * n && values != NULL; k++) {
        const size_t row = k / n;
        const size_t column = k % n;
        if (is_edge(matrices, values, k)) {
            put(self, matrices->cells[matrices->rows_receive ? column : row],
                matrices->cells[matrices->rows_receive ? row : column], kind, values[k]);
        }
    }
}

static size_t count_edges(const ana_anatomical_matrices *matrices, const double *values)
{
    size_t n = 0;
    for (size_t k = 0; k < matrices->n * matrices->n && values != NULL; k++) {
        n += is_edge(matrices, values, k) ? 1 : 0;
    }
    return n;
}

ana_status ana_anatomical_from_matrices(const ana_anatomical_matrices *matrices,
                                        const ana_anatomical_options *options, ana_graph **out,
                                        ana_anatomical_counts *counts)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    filling rows = {0};
    size_t n_elements = 0;
    if (!ana_multiply(matrices->n, matrices->n, &n_elements)) {
        return ana_fail(ANA_ERR_LIMIT, "connectome: %zu cells are too many", matrices->n);
    }
    ANA_TRY(make_room(count_edges(matrices, matrices->chemical) +
                          count_edges(matrices, matrices->electrical),
                      &workspace, &rows));
    put_matrix(matrices, matrices->chemical, ANA_SYNAPSE_CHEMICAL, &rows);
    put_matrix(matrices, matrices->electrical, ANA_SYNAPSE_ELECTRICAL, &rows);
    const ana_synapse_list list = {.n = rows.n,
                                   .from = rows.from,
                                   .to = rows.to,
                                   .kinds = rows.kinds,
                                   .weights = rows.weights,
                                   .n_cells = matrices->n,
                                   .cells = matrices->cells};
    ANA_TRY(ana_anatomical_network(&list, options, out, counts));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* A table as a grid whose row 0 is the header. NULL: an empty cell, or a name no file gave. */
static const char *cell_of(const ana_table *table, size_t row, size_t column)
{
    const ana_column *held = &table->columns[column];
    if (row == 0) {
        return ana_text_starts_with(held->name, "column") ? NULL : held->name;
    }
    return held->type == ANA_COLUMN_TEXT && held->row_start == NULL ? held->texts[row - 1] : NULL;
}

static bool is_number(const char *text)
{
    double value = 0.0;
    return text == NULL || ana_parse_double(text, strlen(text), &value);
}

/* Cells in a row, or (across) in a column, that are names. */
static size_t count_names(const ana_table *table, size_t at, bool across)
{
    const size_t n = across ? table->n_rows + 1 : table->n_columns;
    size_t n_names = 0;
    for (size_t i = 0; i < n; i++) {
        const char *text = across ? cell_of(table, i, at) : cell_of(table, at, i);
        n_names += is_number(text) ? 0 : 1;
    }
    return n_names;
}

/* Of the first rows (or columns), the one that holds most names. */
static size_t find_names(const ana_table *table, bool across, size_t *n_names)
{
    enum {
        N_LOOKED_AT = 8
    };
    const size_t n = across ? table->n_columns : table->n_rows + 1;
    size_t best = 0;
    *n_names = 0;
    for (size_t i = 0; i < n && i < N_LOOKED_AT; i++) {
        const size_t here = count_names(table, i, across);
        if (here > *n_names) {
            *n_names = here;
            best = i;
        }
    }
    return best;
}

static double number_of(const ana_table *table, size_t row, size_t column)
{
    const ana_column *held = &table->columns[column];
    double value = (double)NAN;
    if (row > 0 && held->type == ANA_COLUMN_DOUBLE && held->row_start == NULL) {
        return held->doubles[row - 1];
    }
    const char *text = cell_of(table, row, column);
    return text != NULL && ana_parse_double(text, strlen(text), &value) ? value : (double)NAN;
}

/* Names right of (across: below) the corner; places[i]: where. */
static size_t take_names(const ana_table *table, size_t row, size_t column, bool across,
                         const char **names, size_t *places)
{
    const size_t n = across ? table->n_rows + 1 : table->n_columns;
    size_t n_names = 0;
    for (size_t i = (across ? row : column) + 1; i < n; i++) {
        const char *text = across ? cell_of(table, i, column) : cell_of(table, row, i);
        if (!is_number(text)) {
            names[n_names] = text;
            places[n_names++] = i;
        }
    }
    return n_names;
}

ana_status ana_anatomical_sheet_from_table(const ana_table *table, ana_anatomical_sheet **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_anatomical_sheet *sheet = NULL;
    size_t n_names[2] = {0};
    const size_t most = table->n_rows + 1 + table->n_columns;
    const size_t row = find_names(table, false, &n_names[0]);
    const size_t column = find_names(table, true, &n_names[1]);
    const char **names = ana_workspace_bytes(&workspace, most, 1, sizeof *names);
    size_t *rows = ana_workspace_sizes(&workspace, most, 1);
    size_t *columns = ana_workspace_sizes(&workspace, most, 1);
    ANA_TRY(ana_workspace_check(&workspace, "connectome"));
    ANA_TRY(ana_allocate(1, sizeof *sheet, "connectome", &sheet));
    sheet->n_from = take_names(table, row, column, true, names, rows);
    ANA_TRY(ana_copy_texts(sheet->n_from, names, &sheet->from));
    sheet->n_to = take_names(table, row, column, false, names, columns);
    ANA_TRY(ana_copy_texts(sheet->n_to, names, &sheet->to));
    if (sheet->n_from < 2 || sheet->n_to < 2) {
        ANA_TRY(
            ana_fail(ANA_ERR_FORMAT,
                     "connectome: a sheet has a row of names of receivers and a column of names "
                     "of senders; here are %zu and %zu",
                     sheet->n_to, sheet->n_from));
    }
    ANA_TRY(
        ana_allocate(sheet->n_from * sheet->n_to, sizeof(double), "connectome", &sheet->weights));
    for (size_t k = 0; k < sheet->n_from * sheet->n_to; k++) {
        sheet->weights[k] = number_of(table, rows[k / sheet->n_to], columns[k % sheet->n_to]);
    }
    *out = sheet;
    sheet = NULL;
done:
    ana_anatomical_sheet_free(sheet);
    ana_workspace_release(&workspace);
    return status;
}

void ana_anatomical_sheet_free(ana_anatomical_sheet *sheet)
{
    if (sheet != NULL) {
        ana_free_texts(sheet->n_from, sheet->from);
        ana_free_texts(sheet->n_to, sheet->to);
        free(sheet->weights);
        free(sheet);
    }
}

static void put_sheet(const ana_anatomical_sheet *sheet, ana_synapse kind, filling *self)
{
    for (size_t k = 0; sheet != NULL && k < sheet->n_from * sheet->n_to; k++) {
        if (!isnan(sheet->weights[k]) && sheet->weights[k] != 0.0) {
            put(self, sheet->from[k / sheet->n_to], sheet->to[k % sheet->n_to], kind,
                sheet->weights[k]);
        }
    }
}

ana_status ana_anatomical_from_sheets(const ana_anatomical_sheet *chemical,
                                      const ana_anatomical_sheet *electrical,
                                      const ana_anatomical_options *options, ana_graph **out,
                                      ana_anatomical_counts *counts)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    filling rows = {0};
    const size_t n_chemical = chemical != NULL ? chemical->n_from * chemical->n_to : 0;
    const size_t n_electrical = electrical != NULL ? electrical->n_from * electrical->n_to : 0;
    ANA_TRY(make_room(n_chemical + n_electrical, &workspace, &rows));
    put_sheet(chemical, ANA_SYNAPSE_CHEMICAL, &rows);
    put_sheet(electrical, ANA_SYNAPSE_ELECTRICAL, &rows);
    const ana_synapse_list list = {.n = rows.n,
                                   .from = rows.from,
                                   .to = rows.to,
                                   .kinds = rows.kinds,
                                   .weights = rows.weights};
    ANA_TRY(ana_anatomical_network(&list, options, out, counts));
done:
    ana_workspace_release(&workspace);
    return status;
}
