/* DynamicTable, written: ids, columns, indices and regions. */
#include "memory.h"
#include "nwb.h"
#include "nwb_write.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ana_status describe(ana_nwb_writer *writer, const char *path, const char *description)
{
    return ana_hdf5_set_text(writer->file, path, "description",
                             description != NULL && description[0] != '\0' ? description
                                                                           : "no description");
}

static ana_status write_ids(ana_nwb_table_out *out, const ana_table *table)
{
    ana_status status = ANA_OK;
    int64_t *ids = NULL;
    const ana_column *id = table == NULL ? NULL : ana_table_find(table, "id");
    bool given = id != NULL && id->type == ANA_COLUMN_INT && id->row_start == NULL;
    ANA_TRY(ana_allocate(out->n_rows, sizeof *ids, out->path, &ids));
    for (size_t i = 0; i < out->n_rows; i++) {
        ids[i] = given ? id->ints[i] : (int64_t)i;
    }
    ANA_TRY(ana_nwb_join(&out->text, out->path, "id"));
    ana_hdf5_array array = ana_hdf5_vector(ANA_INT64, out->n_rows, ids);
    ANA_TRY(ana_hdf5_write(out->writer->file, out->text.bytes, &array));
    status = ana_nwb_mark(out->writer, out->text.bytes, "hdmf-common", "ElementIdentifiers");
done:
    free(ids);
    return status;
}

ana_status ana_nwb_begin_table(ana_nwb_writer *writer, const char *path, const char *type,
                               const char *description, size_t n_rows, const ana_table *table,
                               ana_nwb_table_out *out)
{
    ana_status status = ANA_OK;
    bool is_common = strcmp(type, "DynamicTable") == 0;
    *out = (ana_nwb_table_out){.writer = writer, .path = path, .n_rows = n_rows};
    ANA_TRY(ana_hdf5_make_group(writer->file, path));
    ANA_TRY(ana_nwb_mark(writer, path, is_common ? "hdmf-common" : "core", type));
    ANA_TRY(describe(writer, path, description));
    status = write_ids(out, table);
done:
    return status;
}

ana_status ana_nwb_end_table(ana_nwb_table_out *out, ana_status status)
{
    if (status == ANA_OK) {
        status =
            ana_hdf5_set_texts(out->writer->file, out->path, "colnames", out->n_names, out->names);
    }
    free(out->names);
    ana_text_release(&out->text);
    return status;
}

/* The column at out->text is written: give it its type and note its name. */
static ana_status finish_column(ana_nwb_table_out *out, const char *name, const char *type,
                                const char *description)
{
    ana_status status = ANA_OK;
    bool is_core = strcmp(type, "TimeSeriesReferenceVectorData") == 0;
    ANA_TRY(ana_nwb_mark(out->writer, out->text.bytes, is_core ? "core" : "hdmf-common", type));
    ANA_TRY(describe(out->writer, out->text.bytes, description));
    ANA_TRY(ana_grow(&out->names, &out->capacity, out->n_names + 1, sizeof *out->names, "table"));
    out->names[out->n_names++] = name;
done:
    return status;
}

/* The VectorIndex of the column at out->text: where each row ends. */
static ana_status put_index(ana_nwb_table_out *out, const char *name, const size_t *row_start)
{
    ana_status status = ANA_OK;
    ana_text path = {0};
    ana_text description = {0};
    uint64_t *ends = NULL;
    ANA_TRY(ana_allocate(out->n_rows, sizeof *ends, name, &ends));
    for (size_t r = 0; r < out->n_rows; r++) {
        ends[r] = row_start[r + 1];
    }
    ANA_TRY(ana_nwb_join(&path, out->path, name));
    ana_text_append(&path, "_index");
    ana_text_printf(&description, "Index for VectorData '%s'", name);
    ANA_TRY(ana_text_check(&path, name));
    ANA_TRY(ana_text_check(&description, name));
    ana_hdf5_array array = ana_hdf5_vector(ANA_UINT64, out->n_rows, ends);
    ANA_TRY(ana_hdf5_write(out->writer->file, path.bytes, &array));
    ANA_TRY(ana_nwb_mark(out->writer, path.bytes, "hdmf-common", "VectorIndex"));
    ANA_TRY(describe(out->writer, path.bytes, description.bytes));
    status = ana_hdf5_set_reference(out->writer->file, path.bytes, "target", out->text.bytes);
done:
    free(ends);
    ana_text_release(&path);
    ana_text_release(&description);
    return status;
}

ana_status ana_nwb_put_typed(ana_nwb_table_out *out, const ana_column *column, const char *type)
{
    ana_status status = ANA_OK;
    ana_hdf5_array array = ana_hdf5_vector(ANA_INT64, column->n_elements, column->ints);
    ANA_TRY(ana_nwb_join(&out->text, out->path, column->name));
    ANA_TRY(ana_hdf5_write(out->writer->file, out->text.bytes, &array));
    ANA_TRY(finish_column(out, column->name, type, column->description));
    if (column->row_start != NULL) {
        status = put_index(out, column->name, column->row_start);
    }
done:
    return status;
}

ana_status ana_nwb_put_references(ana_nwb_table_out *out, const char *name, const char *description,
                                  const char *const *targets)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_nwb_join(&out->text, out->path, name));
    ANA_TRY(ana_hdf5_write_references(out->writer->file, out->text.bytes, out->n_rows, targets));
    status = finish_column(out, name, "VectorData", description);
done:
    return status;
}

static ana_status put_numbers(ana_nwb_table_out *out, const char *name, const char *description,
                              const size_t *row_start, const ana_hdf5_array *array)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_nwb_join(&out->text, out->path, name));
    ANA_TRY(ana_hdf5_write(out->writer->file, out->text.bytes, array));
    ANA_TRY(finish_column(out, name, "VectorData", description));
    if (row_start != NULL) {
        status = put_index(out, name, row_start);
    }
done:
    return status;
}

ana_status ana_nwb_put_doubles(ana_nwb_table_out *out, const char *name, const char *description,
                               const size_t *row_start, size_t n_entries, size_t width,
                               const double *values)
{
    ana_hdf5_array array = {.type = ANA_FLOAT64,
                            .n_axes = width > 1 ? 2 : 1,
                            .n = {n_entries, width},
                            .values = values};
    return put_numbers(out, name, description, row_start, &array);
}

/* The same number of elements in every row, more than one; 0: not so. */
static size_t even_width(const ana_column *column, size_t n_rows)
{
    size_t width = n_rows == 0 ? 0 : column->row_start[1];
    for (size_t r = 0; r < n_rows && width > 0; r++) {
        width = column->row_start[r + 1] - column->row_start[r] == width ? width : 0;
    }
    return width;
}

/* Columns that the standard defines with several numbers in each row, not as ragged. */
static bool is_wide(const char *name)
{
    static const char *const names[] = {"waveform_mean", "waveform_sd", "image_mask", "voxel_mask",
                                        "band_limits"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static ana_status put_number_column(ana_nwb_table_out *out, const ana_column *column,
                                    ana_sample_type type, const void *values)
{
    size_t width =
        column->row_start != NULL && is_wide(column->name) ? even_width(column, out->n_rows) : 0;
    ana_hdf5_array array = ana_hdf5_vector(type, column->n_elements, values);
    array.is_bool = column->type == ANA_COLUMN_BOOL;
    if (width > 0) {
        array.n_axes = 2;
        array.n[0] = out->n_rows;
        array.n[1] = width;
        if (strcmp(column->name, "image_mask") == 0) {
            array.n_axes = 3; /* pictures of one row: their height is not known any more */
            array.n[1] = 1;
            array.n[2] = width;
        }
    }
    return put_numbers(out, column->name, column->description, width > 0 ? NULL : column->row_start,
                       &array);
}

/* Integers of which some are missing stand among doubles, as NaN. */
static ana_status put_gappy_ints(ana_nwb_table_out *out, const ana_column *column)
{
    double *values = NULL;
    ana_status status = ana_allocate(column->n_elements, sizeof *values, column->name, &values);
    for (size_t i = 0; status == ANA_OK && i < column->n_elements; i++) {
        values[i] = column->missing[i] ? (double)NAN : (double)column->ints[i];
    }
    if (status == ANA_OK) {
        status = put_number_column(out, column, ANA_FLOAT64, values);
    }
    free(values);
    return status;
}

static ana_status put_bools(ana_nwb_table_out *out, const ana_column *column)
{
    int8_t *values = NULL;
    ana_status status = ana_allocate(column->n_elements, sizeof *values, column->name, &values);
    for (size_t i = 0; status == ANA_OK && i < column->n_elements; i++) {
        values[i] = column->bools[i] ? 1 : 0;
    }
    if (status == ANA_OK) {
        status = put_number_column(out, column, ANA_INT8, values);
    }
    free(values);
    return status;
}

static ana_status put_texts(ana_nwb_table_out *out, const char *name, const ana_column *column)
{
    ana_status status = ANA_OK;
    const char **texts = NULL;
    ANA_TRY(ana_allocate(column->n_elements, sizeof *texts, name, &texts));
    for (size_t i = 0; i < column->n_elements; i++) {
        texts[i] = column->texts[i];
    }
    ANA_TRY(ana_nwb_join(&out->text, out->path, name));
    ANA_TRY(ana_hdf5_write_texts(out->writer->file, out->text.bytes, column->n_elements, texts));
    ANA_TRY(finish_column(out, name, "VectorData", column->description));
    if (column->row_start != NULL) {
        status = put_index(out, name, column->row_start);
    }
done:
    free(texts);
    return status;
}

ana_status ana_nwb_put_column(ana_nwb_table_out *out, const ana_column *column)
{
    ana_status status = ANA_OK;
    switch (column->type) {
    case ANA_COLUMN_BOOL:
        status = put_bools(out, column);
        break;
    case ANA_COLUMN_INT:
        status = column->missing != NULL ? put_gappy_ints(out, column)
                                         : put_number_column(out, column, ANA_INT64, column->ints);
        break;
    case ANA_COLUMN_DOUBLE:
        status = put_number_column(out, column, ANA_FLOAT64, column->doubles);
        break;
    case ANA_COLUMN_TEXT:
    default:
        status = put_texts(out, column->name, column);
        break;
    }
    if (status == ANA_OK && column->unit != NULL) {
        status = ana_hdf5_set_text(out->writer->file, out->text.bytes, "unit", column->unit);
    }
    return status;
}

/* The column called `name` + `member`. */
static const ana_column *member_of(const ana_table *table, const char *name, const char *member)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < table->n_columns; i++) {
        const ana_column *column = &table->columns[i];
        if (strncmp(column->name, name, n) == 0 && strcmp(column->name + n, member) == 0) {
            return column;
        }
    }
    return NULL;
}

/* pixel_mask: x, y and weight of each pixel. */
static ana_status put_pixel_mask(ana_nwb_table_out *out, const ana_table *table, bool *done)
{
    ana_status status = ANA_OK;
    static const char *const members[3] = {"_x", "_y", "_weight"};
    const ana_column *columns[3];
    uint32_t *places[2] = {NULL, NULL};
    float *weights = NULL;
    for (size_t i = 0; i < 3; i++) {
        columns[i] = member_of(table, "pixel_mask", members[i]);
        if (columns[i] == NULL || columns[i]->row_start == NULL ||
            columns[i]->type != (i < 2 ? ANA_COLUMN_INT : ANA_COLUMN_DOUBLE)) {
            return ANA_OK;
        }
    }
    size_t n = columns[0]->n_elements;
    ANA_TRY(ana_allocate(n, sizeof *places[0], "pixel_mask", &places[0]));
    ANA_TRY(ana_allocate(n, sizeof *places[1], "pixel_mask", &places[1]));
    ANA_TRY(ana_allocate(n, sizeof *weights, "pixel_mask", &weights));
    for (size_t i = 0; i < n; i++) {
        places[0][i] = (uint32_t)columns[0]->ints[i];
        places[1][i] = (uint32_t)columns[1]->ints[i];
        weights[i] = (float)columns[2]->doubles[i];
    }
    const ana_hdf5_field fields[3] = {{"x", ANA_UINT32, places[0], NULL},
                                      {"y", ANA_UINT32, places[1], NULL},
                                      {"weight", ANA_FLOAT32, weights, NULL}};
    ANA_TRY(ana_nwb_join(&out->text, out->path, "pixel_mask"));
    ANA_TRY(ana_hdf5_write_compound(out->writer->file, out->text.bytes, n, 3, fields));
    ANA_TRY(finish_column(out, "pixel_mask", "VectorData", "Pixel masks for each ROI"));
    ANA_TRY(put_index(out, "pixel_mask", columns[0]->row_start));
    *done = true;
done:
    free(places[0]);
    free(places[1]);
    free(weights);
    return status;
}

static const char *path_of_series(const ana_nwb_writer *writer, const char *name)
{
    for (size_t i = 0; name != NULL && i < writer->recording->n_series; i++) {
        if (writer->series_paths[i] != NULL &&
            strcmp(writer->recording->series[i]->name, name) == 0) {
            return writer->series_paths[i];
        }
    }
    return NULL;
}

/* timeseries: which samples of which series. Only when every series named was written. */
static ana_status put_series_references(ana_nwb_table_out *out, const ana_table *table, bool *done)
{
    ana_status status = ANA_OK;
    const ana_column *first = ana_table_find(table, "timeseries_idx_start");
    const ana_column *count = ana_table_find(table, "timeseries_count");
    const ana_column *series = ana_table_find(table, "timeseries");
    const char **targets = NULL;
    int32_t *numbers = NULL;
    if (first == NULL || count == NULL || series == NULL || series->row_start == NULL ||
        first->type != ANA_COLUMN_INT || count->type != ANA_COLUMN_INT ||
        series->type != ANA_COLUMN_TEXT) {
        return ANA_OK;
    }
    size_t n = series->n_elements;
    ANA_TRY(ana_allocate(n, sizeof *targets, "timeseries", &targets));
    ANA_TRY(ana_allocate(2 * n, sizeof *numbers, "timeseries", &numbers));
    for (size_t i = 0; i < n; i++) {
        targets[i] = path_of_series(out->writer, series->texts[i]);
        if (targets[i] == NULL) {
            goto done;
        }
        numbers[i] = (int32_t)first->ints[i];
        numbers[n + i] = (int32_t)count->ints[i];
    }
    const ana_hdf5_field fields[3] = {{"idx_start", ANA_INT32, numbers, NULL},
                                      {"count", ANA_INT32, numbers + n, NULL},
                                      {"timeseries", ANA_UINT8, NULL, targets}};
    ANA_TRY(ana_nwb_join(&out->text, out->path, "timeseries"));
    ANA_TRY(ana_hdf5_write_compound(out->writer->file, out->text.bytes, n, 3, fields));
    ANA_TRY(finish_column(out, "timeseries", "TimeSeriesReferenceVectorData",
                          "index into a TimeSeries object"));
    ANA_TRY(put_index(out, "timeseries", series->row_start));
    *done = true;
done:
    free(targets);
    free(numbers);
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

ana_status ana_nwb_put_columns(ana_nwb_table_out *out, const ana_table *table,
                               const char *const *without)
{
    static const char *const masks[] = {"pixel_mask_x", "pixel_mask_y", "pixel_mask_weight", NULL};
    static const char *const references[] = {"timeseries_idx_start", "timeseries_count",
                                             "timeseries", NULL};
    ana_status status = ANA_OK;
    bool has_mask = false;
    bool has_references = false;
    ANA_TRY(put_pixel_mask(out, table, &has_mask));
    ANA_TRY(put_series_references(out, table, &has_references));
    for (size_t i = 0; i < table->n_columns; i++) {
        const ana_column *column = &table->columns[i];
        if ((strcmp(column->name, "id") == 0 && column->type == ANA_COLUMN_INT) ||
            is_listed(without, column->name) || (has_mask && is_listed(masks, column->name)) ||
            (has_references && is_listed(references, column->name))) {
            continue;
        }
        if (strcmp(column->name, "id") == 0) {
            ANA_TRY(put_texts(out, "original_id", column));
        } else if (strcmp(column->name, "timeseries") == 0 && column->type == ANA_COLUMN_TEXT) {
            ANA_TRY(put_texts(out, "timeseries_name", column)); /* "timeseries" is a reference */
        } else {
            ANA_TRY(ana_nwb_put_column(out, column));
        }
    }
done:
    return status;
}

ana_status ana_nwb_put_region(ana_nwb_writer *writer, const char *path, const char *target,
                              const char *description, size_t n, const int64_t *rows)
{
    ana_status status = ANA_OK;
    ana_hdf5_array array = ana_hdf5_vector(ANA_INT64, n, rows);
    ANA_TRY(ana_hdf5_write(writer->file, path, &array));
    ANA_TRY(ana_nwb_mark(writer, path, "hdmf-common", "DynamicTableRegion"));
    ANA_TRY(describe(writer, path, description));
    status = ana_hdf5_set_reference(writer->file, path, "table", target);
done:
    return status;
}
