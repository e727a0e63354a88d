#include "csv.h"
#include "table_json.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/formats/table_io.h>

#include <string.h>

static ana_status add_column(const ana_csv *csv, size_t c, ana_table *table, char ***texts)
{
    ana_status status = ANA_OK;
    ana_column *column = NULL;
    ANA_TRY(ana_table_add(table, csv->names[c],
                          csv->is_text[c] ? ANA_COLUMN_TEXT : ANA_COLUMN_DOUBLE, NULL, &column));
    for (size_t r = 0; r < csv->n_rows && !csv->is_text[c]; r++) {
        column->doubles[r] = csv->values[r * csv->n_columns + c];
    }
    /* The list of texts stays where it is when the table's columns move. */
    texts[c] = csv->is_text[c] ? column->texts : NULL;
done:
    return status;
}

ana_status ana_table_read(const char *path, const ana_run *run, ana_table **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_csv csv = {0};
    ana_table *table = NULL;
    if (ana_text_ends_with_ignoring_case(path, ".json")) {
        return ana_table_json_read(path, run, out);
    }
    ANA_TRY(ana_csv_read(path, run, &csv));
    char ***texts = ana_workspace_bytes(&workspace, csv.n_columns, 1, sizeof *texts);
    ANA_TRY(ana_workspace_check(&workspace, path));
    ANA_TRY(ana_table_new(csv.n_rows, &table));
    for (size_t c = 0; c < csv.n_columns; c++) {
        ANA_TRY(add_column(&csv, c, table, texts));
    }
    ANA_TRY(ana_csv_texts(&csv, (char **const *)texts));
    *out = table;
    table = NULL;
done:
    ana_table_free(table);
    ana_csv_release(&csv);
    ana_workspace_release(&workspace);
    return status;
}
