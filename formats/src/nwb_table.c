/* DynamicTable: columns by "colnames", ragged ones by a VectorIndex of cumulative ends. */
#include "checked.h"
#include "lists.h"
#include "memory.h"
#include "nwb.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A column larger than this is left where it is: image masks of hundreds of megabytes. */
static const size_t max_elements = (size_t)1 << 23;

ana_status ana_nwb_join(ana_text *text, const char *path, const char *name)
{
    text->n = 0;
    ana_text_append(text, strcmp(path, "/") == 0 ? "" : path);
    ana_text_append(text, "/");
    ana_text_append(text, name);
    return ana_text_check(text, path);
}

/* Apply one VectorIndex: starts of rows become starts in what the index points to. */
static ana_status apply_index(const ana_nwb_reader *reader, const char *path, size_t n_rows,
                              size_t *starts, const int64_t *ends, size_t n_ends)
{
    for (size_t i = 0; i < n_ends; i++) {
        if (ends[i] < 0 || (i > 0 && ends[i] < ends[i - 1])) {
            return ana_fail(ANA_ERR_FORMAT, "%s: %s: falls at row %zu; ends of rows must ascend",
                            ana_hdf5_path(reader->file), path, i);
        }
    }
    if (starts[n_rows] != n_ends) {
        return ana_fail(ANA_ERR_FORMAT, "%s: %s: has %zu entries, but %zu rows point into it",
                        ana_hdf5_path(reader->file), path, n_ends, starts[n_rows]);
    }
    for (size_t r = 0; r <= n_rows; r++) {
        starts[r] = starts[r] == 0 ? 0 : (size_t)ends[starts[r] - 1];
    }
    return ANA_OK;
}

ana_status ana_nwb_row_starts(ana_nwb_reader *reader, const char *table, const char *name,
                              size_t n_rows, size_t n_target, size_t **out)
{
    ana_status status = ANA_OK;
    ana_text path = {0};
    ana_text column = {0};
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    int64_t *ends[2] = {NULL, NULL};
    size_t n_ends[2] = {0, 0};
    size_t *starts = NULL;
    size_t levels = 0;
    *out = NULL;
    ana_text_append(&column, name);
    for (; levels < 2; levels++) {
        ana_text_append(&column, "_index");
        ANA_TRY(ana_text_check(&column, name));
        ANA_TRY(ana_nwb_join(&path, table, column.bytes));
        ANA_TRY(ana_hdf5_look(reader->file, path.bytes, &kind));
        if (kind != ANA_HDF5_DATASET) {
            break;
        }
        ANA_TRY(ana_hdf5_read_ints(reader->file, path.bytes, NULL, &ends[levels], &n_ends[levels]));
    }
    if (levels == 0) {
        goto done;
    }
    ANA_TRY(ana_allocate(n_rows + 1, sizeof *starts, name, &starts));
    for (size_t r = 0; r <= n_rows; r++) {
        starts[r] = r;
    }
    ANA_TRY(ana_nwb_join(&path, table, name));
    while (levels-- > 0) {
        ANA_TRY(apply_index(reader, path.bytes, n_rows, starts, ends[levels], n_ends[levels]));
    }
    if (starts[n_rows] > n_target) {
        status =
            ana_fail(ANA_ERR_FORMAT, "%s: %s_index: ends at element %zu, but the column has %zu",
                     ana_hdf5_path(reader->file), path.bytes, starts[n_rows], n_target);
        goto done;
    }
    *out = starts;
    starts = NULL;
done:
    free(starts);
    free(ends[0]);
    free(ends[1]);
    ana_text_release(&path);
    ana_text_release(&column);
    return status;
}

/* A column on its way from the file into the table. */
typedef struct column_read {
    ana_nwb_reader *reader;
    ana_table *table;
    const char *path;
    const char *name;
    ana_hdf5_info info;
    size_t *starts; /* in elements; NULL: one element a row */
} column_read;

/* Starts in elements of the flat array, when each row or each of its entries has several. */
static ana_status find_rows(column_read *column, const char *table, size_t n_rows)
{
    size_t width = 1;
    size_t n_target = column->info.n_axes == 0 ? column->info.n_elements : column->info.n[0];
    for (size_t i = 1; i < column->info.n_axes; i++) {
        width *= column->info.n[i];
    }
    ana_status status =
        ana_nwb_row_starts(column->reader, table, column->name, n_rows, n_target, &column->starts);
    if (status != ANA_OK) {
        return status;
    }
    if (column->starts == NULL && n_target != n_rows) {
        return ana_fail(ANA_ERR_FORMAT, "%s: %s: has %zu rows, but its table has %zu",
                        ana_hdf5_path(column->reader->file), column->path, n_target, n_rows);
    }
    if (column->starts == NULL && column->info.n_axes < 2) {
        return ANA_OK;
    }
    if (column->starts == NULL) {
        status = ana_allocate(n_rows + 1, sizeof *column->starts, column->name, &column->starts);
        for (size_t r = 0; status == ANA_OK && r <= n_rows; r++) {
            column->starts[r] = r;
        }
    }
    for (size_t r = 0; status == ANA_OK && r <= n_rows; r++) {
        column->starts[r] *= width;
    }
    return status;
}

/* A new column of the table, described as in the file. */
static ana_status new_column(const column_read *from, const char *name, ana_column_type type,
                             ana_column **out)
{
    char *description = NULL;
    char *unit = NULL;
    ana_status status = ana_table_add(from->table, name, type, from->starts, out);
    if (status == ANA_OK) {
        status =
            ana_hdf5_attribute_text(from->reader->file, from->path, "description", &description);
    }
    if (status == ANA_OK &&
        ana_hdf5_attribute_text(from->reader->file, from->path, "unit", &unit) != ANA_OK) {
        unit = NULL;
    }
    if (status == ANA_OK) {
        (*out)->description = description;
        (*out)->unit = unit;
        return ANA_OK;
    }
    free(description);
    return status;
}

static ana_status add_doubles(const column_read *from, const char *name, const char *field)
{
    ana_column *column = NULL;
    double *values = NULL;
    size_t n = 0;
    ana_status status = ana_hdf5_read_doubles(from->reader->file, from->path, field, &values, &n);
    if (status == ANA_OK) {
        status = new_column(from, name, ANA_COLUMN_DOUBLE, &column);
    }
    if (status == ANA_OK) {
        memcpy(column->doubles, values, column->n_elements * sizeof *values);
    }
    free(values);
    return status;
}

static ana_status add_integers(const column_read *from, const char *name, const char *field,
                               bool as_bool)
{
    ana_column *column = NULL;
    int64_t *values = NULL;
    size_t n = 0;
    ana_status status = ana_hdf5_read_ints(from->reader->file, from->path, field, &values, &n);
    if (status == ANA_ERR_UNSUPPORTED) {
        return add_doubles(from, name, field); /* beyond 64 signed bits */
    }
    if (status == ANA_OK) {
        status = new_column(from, name, as_bool ? ANA_COLUMN_BOOL : ANA_COLUMN_INT, &column);
    }
    for (size_t i = 0; status == ANA_OK && i < column->n_elements; i++) {
        if (as_bool) {
            column->bools[i] = values[i] != 0;
        } else {
            column->ints[i] = values[i];
        }
    }
    free(values);
    return status;
}

static ana_status add_texts(const column_read *from)
{
    ana_column *column = NULL;
    ana_hdf5_texts texts = {0};
    ana_status status = ana_hdf5_read_texts(from->reader->file, from->path, &texts);
    if (status == ANA_OK) {
        status = new_column(from, from->name, ANA_COLUMN_TEXT, &column);
    }
    for (size_t i = 0; status == ANA_OK && i < column->n_elements; i++) {
        column->texts[i] = texts.items[i];
        texts.items[i] = NULL;
    }
    ana_hdf5_texts_release(&texts);
    return status;
}

/* References to series of a TimeIntervals table become the series' names. */
static ana_status add_series_names(const column_read *from, const char *field)
{
    ana_column *column = NULL;
    uint64_t *addresses = NULL;
    size_t n = 0;
    ana_status status =
        ana_hdf5_read_references(from->reader->file, from->path, field, &addresses, &n);
    if (status == ANA_OK) {
        status = new_column(from, from->name, ANA_COLUMN_TEXT, &column);
    }
    for (size_t i = 0; status == ANA_OK && i < column->n_elements; i++) {
        const ana_nwb_object *object = ana_nwb_find(from->reader, addresses[i]);
        status = ana_column_set_text(column, i, object == NULL ? NULL : ana_nwb_name(object->path));
    }
    free(addresses);
    return status;
}

/* Members that NWB's own compound columns have, each as a column of its own. */
static ana_status add_members(const column_read *from)
{
    static const char *const members[] = {"x",         "y",     "z",         "weight",
                                          "idx_start", "count", "timeseries"};
    ana_status status = ANA_OK;
    ana_text name = {0};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        ana_hdf5_info info;
        ANA_TRY(ana_hdf5_describe_field(from->reader->file, from->path, members[i], &info));
        name.n = 0;
        ana_text_append(&name, from->name);
        ana_text_append(&name, "_");
        ana_text_append(&name, members[i]);
        ANA_TRY(ana_text_check(&name, from->name));
        if (info.type_class == ANA_HDF5_INTEGER) {
            ANA_TRY(add_integers(from, name.bytes, members[i], false));
        } else if (info.type_class == ANA_HDF5_FLOAT) {
            ANA_TRY(add_doubles(from, name.bytes, members[i]));
        } else if (info.type_class == ANA_HDF5_REFERENCE) {
            ANA_TRY(add_series_names(from, members[i]));
        }
    }
done:
    ana_text_release(&name);
    return status;
}

static ana_status add_values(const column_read *from)
{
    switch (from->info.type_class) {
    case ANA_HDF5_INTEGER:
        return add_integers(from, from->name, NULL, false);
    case ANA_HDF5_BOOL:
        return add_integers(from, from->name, NULL, true);
    case ANA_HDF5_FLOAT:
        return add_doubles(from, from->name, NULL);
    case ANA_HDF5_TEXT:
        return add_texts(from);
    case ANA_HDF5_COMPOUND:
        return add_members(from);
    case ANA_HDF5_REFERENCE: /* to groups and devices, which a table cannot hold */
    case ANA_HDF5_OTHER:
    default:
        return ANA_OK;
    }
}

static ana_status add_column(ana_nwb_reader *reader, const char *table_path, const char *name,
                             ana_table *table)
{
    ana_status status = ANA_OK;
    ana_text path = {0};
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    column_read column = {.reader = reader, .table = table, .name = name};
    ANA_TRY(ana_nwb_join(&path, table_path, name));
    column.path = path.bytes;
    ANA_TRY(ana_hdf5_look(reader->file, path.bytes, &kind));
    if (kind != ANA_HDF5_DATASET) {
        status = ana_recover(reader->recording, reader->options,
                             "%s: %s: \"colnames\" names it, but it is not there",
                             ana_hdf5_path(reader->file), path.bytes);
        goto done;
    }
    if (ana_table_find(table, name) != NULL) {
        status = ana_recover(reader->recording, reader->options,
                             "%s: %s: \"colnames\" names the column \"%s\" twice",
                             ana_hdf5_path(reader->file), table_path, name);
        goto done;
    }
    ANA_TRY(ana_hdf5_describe(reader->file, path.bytes, &column.info));
    if (column.info.n_elements > max_elements) {
        ana_recording_warn(reader->recording,
                           "%s: %s: %zu values are too many for a table and are not read",
                           ana_hdf5_path(reader->file), path.bytes, column.info.n_elements);
        goto done;
    }
    ANA_TRY(find_rows(&column, table_path, table->n_rows));
    status = add_values(&column);
done:
    free(column.starts);
    ana_text_release(&path);
    return status;
}

static bool is_listed(const char *const *names, const char *name)
{
    for (; names != NULL && *names != NULL; names++) {
        if (strcmp(*names, name) == 0) {
            return true;
        }
    }
    return false;
}

/* A table with the column "id". */
static ana_status begin_table(ana_nwb_reader *reader, const char *path, ana_table **out)
{
    ana_status status = ANA_OK;
    ana_text id = {0};
    int64_t *ids = NULL;
    size_t n = 0;
    ana_table *table = NULL;
    ANA_TRY(ana_nwb_join(&id, path, "id"));
    ANA_TRY(ana_hdf5_read_ints(reader->file, id.bytes, NULL, &ids, &n));
    ANA_TRY(ana_table_new(n, &table));
    ANA_TRY(ana_table_add_ints(table, "id", ids));
    *out = table;
    table = NULL;
done:
    ana_table_free(table);
    free(ids);
    ana_text_release(&id);
    return status;
}

ana_status ana_nwb_read_table(ana_nwb_reader *reader, const char *path, const char *const *without,
                              ana_table **out)
{
    ana_status status = ANA_OK;
    ana_hdf5_texts names = {0};
    ana_table *table = NULL;
    ANA_TRY(begin_table(reader, path, &table));
    ANA_TRY(ana_hdf5_attribute_texts(reader->file, path, "colnames", &names));
    for (size_t i = 0; i < names.n; i++) {
        if (names.items[i][0] != '\0' && !is_listed(without, names.items[i])) {
            ANA_TRY(add_column(reader, path, names.items[i], table));
        }
    }
    *out = table;
    table = NULL;
done:
    ana_table_free(table);
    ana_hdf5_texts_release(&names);
    return status;
}

ana_status ana_nwb_add_table(ana_nwb_reader *reader, const ana_nwb_object *object)
{
    ana_table *table = NULL;
    ana_status status = ana_nwb_read_table(reader, object->path, NULL, &table);
    return status == ANA_OK
               ? ana_recording_add_table(reader->recording, ana_nwb_name(object->path), table)
               : status;
}
