/* A list of JSON objects to the columns of a table. */
#include "table_json.h"

#include "checked.h"
#include "file.h"
#include "json.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdlib.h>

/* One column on its way from the rows to the table. */
typedef struct json_column {
    const char *path;
    const char *name;
    const ana_json *rows;
    size_t n_rows;
} json_column;

static const ana_json *value_at(const json_column *self, size_t row)
{
    const ana_json *value = ana_json_find(ana_json_at(self->rows, row), self->name);
    return value != NULL && ana_json_get_type(value) != ANA_JSON_NULL ? value : NULL;
}

static bool is_number(const ana_json *value)
{
    const ana_json_type type = ana_json_get_type(value);
    return type == ANA_JSON_INT || type == ANA_JSON_DOUBLE;
}

static ana_status refuse(const json_column *self, size_t row, const char *wanted)
{
    return ana_fail(ANA_ERR_FORMAT, "%s: row %zu: %s is no %s", self->path, row, self->name,
                    wanted);
}

static ana_status add_texts(const json_column *self, ana_table *table)
{
    ana_column *column = NULL;
    ana_status status = ana_table_add(table, self->name, ANA_COLUMN_TEXT, NULL, &column);
    for (size_t r = 0; r < self->n_rows && status == ANA_OK; r++) {
        const ana_json *value = value_at(self, r);
        if (value == NULL) {
            continue;
        }
        status = ana_json_get_type(value) == ANA_JSON_TEXT
                     ? ana_column_set_text(column, r, ana_json_text(value))
                     : refuse(self, r, "text");
    }
    return status;
}

static ana_status add_numbers(const json_column *self, ana_table *table)
{
    ana_column *column = NULL;
    ana_status status = ana_table_add(table, self->name, ANA_COLUMN_DOUBLE, NULL, &column);
    for (size_t r = 0; r < self->n_rows && status == ANA_OK; r++) {
        const ana_json *value = value_at(self, r);
        column->doubles[r] = value != NULL ? ana_json_double(value) : (double)NAN;
        if (value != NULL && !is_number(value)) {
            status = refuse(self, r, "number");
        }
    }
    return status;
}

static ana_status add_lists(const json_column *self, ana_table *table)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_column *column = NULL;
    size_t *start = ana_workspace_sizes(&workspace, self->n_rows + 1, 1);
    ANA_TRY(ana_workspace_check(&workspace, self->path));
    for (size_t r = 0; r < self->n_rows; r++) {
        const ana_json *value = value_at(self, r);
        if (value != NULL && ana_json_get_type(value) != ANA_JSON_LIST) {
            ANA_TRY(refuse(self, r, "list"));
        }
        start[r + 1] = start[r] + (value != NULL ? ana_json_count(value) : 0);
    }
    ANA_TRY(ana_table_add(table, self->name, ANA_COLUMN_DOUBLE, start, &column));
    for (size_t r = 0; r < self->n_rows; r++) {
        for (size_t i = start[r]; i < start[r + 1]; i++) {
            const ana_json *element = ana_json_at(value_at(self, r), i - start[r]);
            if (!is_number(element)) {
                ANA_TRY(refuse(self, r, "list of numbers"));
            }
            column->doubles[i] = ana_json_double(element);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_column(const json_column *self, const ana_json *first, ana_table *table)
{
    switch (ana_json_get_type(first)) {
    case ANA_JSON_TEXT:
        return add_texts(self, table);
    case ANA_JSON_INT:
    case ANA_JSON_DOUBLE:
    case ANA_JSON_NULL:
        return add_numbers(self, table);
    case ANA_JSON_LIST:
        return add_lists(self, table);
    case ANA_JSON_BOOL:
    case ANA_JSON_OBJECT:
    default:
        return refuse(self, 0, "number, text or list of numbers");
    }
}

static ana_status check_rows(const char *path, const ana_json *root)
{
    const size_t n = ana_json_count(root);
    if (ana_json_get_type(root) != ANA_JSON_LIST || n == 0) {
        return ana_fail(ANA_ERR_FORMAT, "%s: a table in JSON is a list of objects, an object a row",
                        path);
    }
    for (size_t r = 0; r < n; r++) {
        if (ana_json_get_type(ana_json_at(root, r)) != ANA_JSON_OBJECT) {
            return ana_fail(ANA_ERR_FORMAT, "%s: row %zu is no object", path, r);
        }
    }
    return ANA_OK;
}

/* Every row has room in every column of the first, also where it says nothing. */
static ana_status check_memory(const char *path, const ana_run *run, const ana_json *root)
{
    size_t bytes = 0;
    if (!ana_multiply(ana_json_count(root), ana_json_count(ana_json_at(root, 0)), &bytes) ||
        !ana_multiply(bytes, sizeof(double), &bytes)) {
        return ana_fail(ANA_ERR_LIMIT, "%s: has more cells than can be counted", path);
    }
    return ana_run_check_memory(run, bytes, path);
}

ana_status ana_table_json_read(const char *path, const ana_run *run, ana_table **out)
{
    ana_status status = ANA_OK;
    char *bytes = NULL;
    size_t n_bytes = 0;
    ana_json *root = NULL;
    ana_table *table = NULL;
    /* The tree takes some tens of bytes for each of the text's. */
    ANA_TRY(ana_file_read_all(path, ana_run_memory_limit(run) / 40, &bytes, &n_bytes));
    ANA_TRY(ana_json_parse(path, bytes, n_bytes, &root));
    ANA_TRY(check_rows(path, root));
    ANA_TRY(check_memory(path, run, root));
    ANA_TRY(ana_table_new(ana_json_count(root), &table));
    json_column column = {.path = path, .rows = root, .n_rows = ana_json_count(root)};
    ana_json_member member = {0};
    while (ana_json_next(ana_json_at(root, 0), &member)) {
        column.name = member.key;
        ANA_TRY(add_column(&column, member.value, table));
    }
    *out = table;
    table = NULL;
done:
    ana_table_free(table);
    ana_json_free(root);
    free(bytes);
    return status;
}
