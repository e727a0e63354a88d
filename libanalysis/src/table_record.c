#include "memory.h"
#include "table_rows.h"
#include "try.h"
#include "workspace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The group of a table holds an array for each column that is not ragged, and a group "about":
 *   n_rows, columns, types   number of rows; names and types of the columns, in order
 *   "0", "1", ...            for the columns that need it:
 *     description, unit      texts (numbers carry their unit themselves)
 *     missing                places of missing integers, truth values and texts
 *     row_start, values      of a ragged column
 * Truth values are stored as 0 and 1. */

static const char about[] = "about";
static const char *const type_names[] = {"bool", "int", "double", "text"};

/* A column's name as a node's: never empty, without '/', not "about". Freed by free(). */
static ana_status node_name(const char *name, char **out)
{
    ana_status status = ANA_OK;
    if (name[0] == '\0' || strcmp(name, about) == 0) {
        size_t size = strlen(name) + 2;
        ANA_TRY(ana_allocate(size, 1, "name", out));
        memcpy(*out, name, size - 2);
        (*out)[size - 2] = '_';
        return ANA_OK;
    }
    ANA_TRY(ana_copy_text(name, out));
    for (char *slash = strchr(*out, '/'); slash != NULL; slash = strchr(slash, '/')) {
        *slash = '_';
    }
done:
    return status;
}

static size_t count_missing(const ana_column *column)
{
    size_t n = 0;
    for (size_t i = 0; i < column->n_elements; i++) {
        n += ana_column_is_missing(column, i) ? 1 : 0;
    }
    return n;
}

static ana_status add_missing(const ana_column *column, ana_record *note)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t n = 0;
    size_t *places = ana_workspace_sizes(&workspace, column->n_elements, 1);
    ANA_TRY(ana_workspace_check(&workspace, "table"));
    for (size_t i = 0; i < column->n_elements; i++) {
        if (ana_column_is_missing(column, i)) {
            places[n++] = i;
        }
    }
    ANA_TRY(ana_record_add_sizes(note, "missing", ana_shape_1(n, NULL), places, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_values(const ana_column *column, ana_record *group, const char *name)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_shape shape = ana_shape_1(column->n_elements, NULL);
    switch (column->type) {
    case ANA_COLUMN_INT:
        return ana_record_add_ints(group, name, shape, column->ints, column->unit);
    case ANA_COLUMN_DOUBLE:
        return ana_record_add_doubles(group, name, shape, column->doubles, column->unit);
    case ANA_COLUMN_TEXT:
        return ana_record_add_texts(group, name, column->n_elements,
                                    (const char *const *)column->texts);
    case ANA_COLUMN_BOOL:
        break;
    }
    size_t *numbers = ana_workspace_sizes(&workspace, column->n_elements, 1);
    ANA_TRY(ana_workspace_check(&workspace, "table"));
    for (size_t i = 0; i < column->n_elements; i++) {
        numbers[i] = column->bools[i] ? 1 : 0;
    }
    ANA_TRY(ana_record_add_sizes(group, name, shape, numbers, column->unit));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Fill `note`, the group in "about" that says of a column what its array cannot. */
static ana_status add_notes(const ana_table *table, const ana_column *column, ana_record *note)
{
    ana_status status = ANA_OK;
    if (column->description != NULL) {
        ANA_TRY(ana_record_add_text(note, "description", column->description));
    }
    if (column->unit != NULL && column->type == ANA_COLUMN_TEXT) {
        ANA_TRY(ana_record_add_text(note, "unit", column->unit));
    }
    if (column->type != ANA_COLUMN_DOUBLE && count_missing(column) > 0) {
        ANA_TRY(add_missing(column, note));
    }
    if (column->row_start != NULL) {
        ANA_TRY(ana_record_add_sizes(note, "row_start", ana_shape_1(table->n_rows + 1, NULL),
                                     column->row_start, NULL));
        ANA_TRY(add_values(column, note, "values"));
    }
done:
    return status;
}

static ana_status add_column(const ana_table *table, size_t i, ana_record *group, ana_record *notes)
{
    ana_status status = ANA_OK;
    const ana_column *column = &table->columns[i];
    char *name = NULL;
    ana_record *note = NULL;
    ANA_TRY(ana_record_new(&note));
    ANA_TRY(add_notes(table, column, note));
    if (column->row_start == NULL) {
        ANA_TRY(node_name(column->name, &name));
        ANA_TRY(add_values(column, group, name));
    }
    if (note->n_children > 0) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i);
        ana_record *given = note;
        note = NULL; /* freed by its new group, also when it cannot be taken */
        ANA_TRY(ana_record_adopt(notes, number, given));
    }
done:
    ana_record_free(note);
    free(name);
    return status;
}

/* "about" with the names and types of the columns. */
static ana_status add_about(const ana_table *table, ana_record *group, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = table->n_columns;
    const char **names = ana_workspace_bytes(&workspace, n, 1, sizeof *names);
    const char **types = ana_workspace_bytes(&workspace, n, 1, sizeof *types);
    ANA_TRY(ana_workspace_check(&workspace, "table"));
    for (size_t i = 0; i < n; i++) {
        names[i] = table->columns[i].name;
        types[i] = type_names[table->columns[i].type];
    }
    ANA_TRY(ana_record_add_group(group, about, ANA_HINT_NONE, out));
    ANA_TRY(ana_record_add_int(*out, "n_rows", (int64_t)table->n_rows, NULL));
    ANA_TRY(ana_record_add_texts(*out, "columns", n, names));
    ANA_TRY(ana_record_add_texts(*out, "types", n, types));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_table_to_record(const ana_table *table, ana_record *group, const char *name)
{
    ana_status status = ANA_OK;
    ana_record *root = NULL;
    ana_record *notes = NULL;
    ANA_TRY(ana_record_new(&root));
    root->hint = ANA_HINT_TABLE;
    ANA_TRY(add_about(table, root, &notes));
    for (size_t i = 0; i < table->n_columns; i++) {
        ANA_TRY(add_column(table, i, root, notes));
    }
    ana_record *given = root;
    root = NULL;
    ANA_TRY(ana_record_adopt(group, name, given));
done:
    ana_record_free(root);
    return status;
}

/* The node of column i's note, or NULL. */
static const ana_record *find_note(const ana_record *group, size_t i, const char *what)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%zu/%s", about, i, what);
    return ana_record_find(group, path);
}

static ana_status type_from_name(const char *name, ana_column_type *out)
{
    for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++) {
        if (strcmp(type_names[i], name) == 0) {
            *out = (ana_column_type)i;
            return ANA_OK;
        }
    }
    return ana_fail(ANA_ERR_FORMAT, "record: table: there is no column type \"%s\"", name);
}

/* *out = the array of a column: its values, in the group or in the note of a ragged one. */
static ana_status find_values(const ana_record *group, size_t i, const char *name, bool ragged,
                              const ana_record **out)
{
    if (ragged) {
        *out = find_note(group, i, "values");
        return ANA_OK;
    }
    char *node = NULL;
    ana_status status = node_name(name, &node);
    if (status == ANA_OK) {
        *out = ana_record_find(group, node);
    }
    free(node);
    return status;
}

static ana_status read_values(const ana_record *values, ana_column *column)
{
    static const ana_record_type types[] = {ANA_RECORD_INTS, ANA_RECORD_INTS, ANA_RECORD_DOUBLES,
                                            ANA_RECORD_TEXTS};
    ana_status status = ANA_OK;
    if (values == NULL || values->type != types[column->type] || values->n_axes != 1 ||
        values->shape[0] != column->n_elements) {
        return ana_fail(ANA_ERR_FORMAT,
                        "record: table: column \"%s\" should hold %zu elements of type %s",
                        column->name, column->n_elements, type_names[column->type]);
    }
    for (size_t i = 0; i < column->n_elements && status == ANA_OK; i++) {
        switch (column->type) {
        case ANA_COLUMN_BOOL:
            column->bools[i] = values->ints[i] != 0;
            break;
        case ANA_COLUMN_INT:
            column->ints[i] = values->ints[i];
            break;
        case ANA_COLUMN_DOUBLE:
            column->doubles[i] = values->doubles[i];
            break;
        case ANA_COLUMN_TEXT:
            status = ana_copy_text(values->texts[i], &column->texts[i]);
            break;
        }
    }
    return status != ANA_OK ? status : ana_copy_text(values->unit, &column->unit);
}

/* *out = copy of the text that column i's note holds, where it does. */
static ana_status read_note_text(const ana_record *group, size_t i, const char *what, char **out)
{
    const ana_record *note = find_note(group, i, what);
    if (note == NULL || note->type != ANA_RECORD_TEXT || *out != NULL) {
        return ANA_OK;
    }
    return ana_copy_text(note->text, out);
}

static ana_status read_missing(const ana_record *group, size_t i, ana_column *column)
{
    ana_status status = ANA_OK;
    const ana_record *missing = find_note(group, i, "missing");
    if (missing == NULL || missing->type != ANA_RECORD_INTS) {
        return ANA_OK;
    }
    const size_t n = ana_record_size(missing);
    for (size_t k = 0; k < n && status == ANA_OK; k++) { /* a place that is none is refused */
        status = ana_column_set_missing(column, (size_t)missing->ints[k]);
    }
    return status;
}

/* *out = row_start of column i (owned), NULL when it is not ragged. */
static ana_status read_row_start(const ana_record *group, size_t i, size_t n_rows, size_t **out)
{
    const ana_record *node = find_note(group, i, "row_start");
    *out = NULL;
    if (node == NULL) {
        return ANA_OK;
    }
    if (node->type != ANA_RECORD_INTS || n_rows == SIZE_MAX ||
        ana_record_size(node) != n_rows + 1) {
        return ana_fail(ANA_ERR_FORMAT, "record: table: row_start should hold %zu integers",
                        n_rows + 1);
    }
    ana_status status = ana_allocate(n_rows + 1, sizeof **out, "table", out);
    for (size_t r = 0; r <= n_rows && status == ANA_OK; r++) {
        (*out)[r] = (size_t)node->ints[r]; /* a negative one ascends no more, and is refused */
    }
    return status;
}

static ana_status read_column(const ana_record *group, size_t i, const char *name,
                              const char *type_name, ana_table *table)
{
    ana_status status = ANA_OK;
    ana_column *column = NULL;
    const ana_record *values = NULL;
    size_t *row_start = NULL;
    ana_column_type type = ANA_COLUMN_BOOL;
    ANA_TRY(type_from_name(type_name, &type));
    ANA_TRY(read_row_start(group, i, table->n_rows, &row_start));
    ANA_TRY(find_values(group, i, name, row_start != NULL, &values));
    const size_t n = row_start != NULL ? row_start[table->n_rows] : table->n_rows;
    if (values == NULL || ana_record_size(values) != n) { /* said before n are allocated */
        status = ana_fail(ANA_ERR_FORMAT, "record: table: column \"%s\" should have %zu elements",
                          name, n);
        goto done;
    }
    ANA_TRY(ana_table_add(table, name, type, row_start, &column));
    ANA_TRY(read_values(values, column));
    ANA_TRY(read_note_text(group, i, "description", &column->description));
    ANA_TRY(read_note_text(group, i, "unit", &column->unit));
    ANA_TRY(read_missing(group, i, column));
done:
    free(row_start);
    return status;
}

ana_status ana_table_from_record(const ana_record *group, const char *path, ana_table **out)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    const char *const *names = NULL;
    const char *const *types = NULL;
    size_t n_rows = 0;
    size_t n = 0;
    const ana_record *root = ana_record_find(group, path);
    if (root == NULL || root->type != ANA_RECORD_GROUP) {
        return ana_fail(ANA_ERR_FORMAT, "record: \"%s\" should be a table", path);
    }
    ANA_TRY(ana_record_get_size(root, "about/n_rows", &n_rows));
    ANA_TRY(ana_record_get_texts(root, "about/columns", &n, &names));
    size_t n_types = n; /* so that as many are asked for */
    ANA_TRY(ana_record_get_texts(root, "about/types", &n_types, &types));
    ANA_TRY(ana_table_new(n_rows, &table));
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(read_column(root, i, names[i], types[i], table));
    }
    *out = table;
    table = NULL;
done:
    ana_table_free(table);
    return status;
}
