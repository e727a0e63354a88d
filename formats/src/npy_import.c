#include "npy_import.h"

#include "checked.h"
#include "format.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <stdlib.h>

static ana_status import_numbers(ana_held_file *held, const ana_npy *npy, const char *name,
                                 ana_array_list *list)
{
    ana_placed_array place = {
        .held = held, .offset = npy->data, .type = npy->type, .n_axes = npy->n_axes};
    for (size_t i = 0; i < npy->n_axes; i++) {
        place.shape[i] = npy->shape[i];
    }
    ana_placed_array_order(&place, npy->fortran);
    return ana_array_list_add(list, name, &place);
}

static ana_status check_text_memory(const ana_npy *npy, const ana_run *run, const char *name)
{
    size_t bytes = 0;
    if (!ana_multiply(npy->n, sizeof(char *) + 32, &bytes) ||
        !ana_add(bytes, npy->n_bytes, &bytes)) {
        return ana_fail(ANA_ERR_LIMIT, "\"%s\": %zu texts", name, npy->n);
    }
    return ana_run_check_memory(run, bytes, name);
}

static ana_status import_texts(ana_held_file *held, const ana_npy *npy, const char *name,
                               const ana_run *run, ana_array_list *list)
{
    ana_status status = ANA_OK;
    char **texts = NULL;
    ANA_TRY(check_text_memory(npy, run, name));
    ANA_TRY(ana_allocate(npy->n, sizeof *texts, name, &texts));
    ANA_TRY(ana_npy_read_texts(ana_held_file_get(held), npy, run, texts));
    ANA_TRY(ana_array_list_add_texts(list, name, npy->n, (const char *const *)texts));
done:
    ana_free_texts(npy->n, texts);
    return status;
}

/* Columns of arrays become ragged columns whose rows are all equally long. */
static ana_status add_column(ana_table *table, const ana_npy_field *field, ana_column_type type,
                             ana_column **out)
{
    if (field->n == 1) {
        return ana_table_add(table, field->name, type, NULL, out);
    }
    size_t *row_start = NULL;
    ana_status status = ana_allocate(table->n_rows + 1, sizeof *row_start, field->name, &row_start);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t r = 0; r <= table->n_rows; r++) {
        row_start[r] = r * field->n;
    }
    status = ana_table_add(table, field->name, type, row_start, out);
    free(row_start);
    return status;
}

static ana_column_type column_type(const ana_npy_type *type)
{
    if (type->boolean) {
        return ANA_COLUMN_BOOL;
    }
    bool fits = ana_sample_is_integer(type->sample) && type->sample != ANA_UINT64;
    return fits ? ANA_COLUMN_INT : ANA_COLUMN_DOUBLE;
}

static int64_t integer_at(ana_sample_type type, const void *values, size_t i)
{
    if (type == ANA_INT64) {
        return ((const int64_t *)values)[i];
    }
    double value = 0.0; /* exact: at most 32 bits */
    const unsigned char *bytes = values;
    ana_samples_to_double(type, 1, bytes + i * ana_sample_size(type), 1, 1.0, 0.0, &value);
    return (int64_t)value;
}

static ana_status import_number_column(const ana_npy *npy, const ana_npy_field *field,
                                       const unsigned char *raw, ana_table *table)
{
    ana_status status = ANA_OK;
    void *values = NULL;
    ana_column *column = NULL;
    ana_column_type type = column_type(&field->type);
    ANA_TRY(ana_npy_column(npy, field, raw, &values));
    ANA_TRY(add_column(table, field, type, &column));
    if (type == ANA_COLUMN_DOUBLE) {
        ana_samples_to_double(field->type.sample, column->n_elements, values, 1, 1.0, 0.0,
                              column->doubles);
    }
    for (size_t i = 0; i < column->n_elements && type != ANA_COLUMN_DOUBLE; i++) {
        int64_t value = integer_at(field->type.sample, values, i);
        if (type == ANA_COLUMN_BOOL) {
            column->bools[i] = value != 0;
        } else {
            column->ints[i] = value;
        }
    }
done:
    free(values);
    return status;
}

static ana_status import_text_column(const ana_npy *npy, const ana_npy_field *field,
                                     const unsigned char *raw, const ana_run *run, ana_table *table)
{
    ana_status status = ANA_OK;
    char **texts = NULL;
    ANA_TRY(check_text_memory(npy, run, field->name));
    ANA_TRY(ana_allocate(npy->n, sizeof *texts, field->name, &texts));
    ANA_TRY(ana_npy_column_texts(npy, field, raw, texts));
    ANA_TRY(ana_table_add_texts(table, field->name, (const char *const *)texts));
done:
    ana_free_texts(npy->n, texts);
    return status;
}

static ana_status import_column(const ana_npy *npy, const ana_npy_field *field, const char *name,
                                const unsigned char *raw, const ana_read_options *options,
                                ana_recording *recording, ana_table *table)
{
    bool text = field->type.kind == ANA_NPY_BYTES || field->type.kind == ANA_NPY_UNICODE;
    if (field->name[0] == '\0') { /* padding */
        return ANA_OK;
    }
    if (field->n == 0 || field->type.size == 0) { /* rows times columns could be made of little */
        return ana_recover(recording, options, "%s: column \"%s\" of \"%s\" holds nothing",
                           recording->path, field->name, name);
    }
    if (ana_table_find(table, field->name) != NULL) {
        return ana_fail(ANA_ERR_FORMAT, "%s: byte 0: \"%s\" has two columns \"%s\"",
                        recording->path, name, field->name);
    }
    if (field->type.kind == ANA_NPY_NUMBER) {
        return import_number_column(npy, field, raw, table);
    }
    if (text && field->n == 1) {
        return import_text_column(npy, field, raw, &options->run, table);
    }
    return ana_recover(recording, options, "%s: column \"%s\" of \"%s\" (dtype \"%s\") is not read",
                       recording->path, field->name, name, field->type.text);
}

static ana_status import_structure(ana_held_file *held, const ana_npy *npy, const char *name,
                                   const ana_read_options *options, ana_recording *recording)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    unsigned char *raw = NULL;
    ANA_TRY(ana_npy_read_raw(ana_held_file_get(held), npy, &options->run, &raw));
    ANA_TRY(ana_table_new(npy->n, &table));
    for (size_t i = 0; i < npy->n_fields; i++) {
        ANA_TRY(import_column(npy, &npy->fields[i], name, raw, options, recording, table));
    }
    status = ana_recording_add_table(recording, name, table);
    table = NULL;
done:
    ana_table_free(table);
    free(raw);
    return status;
}

ana_status ana_npy_import(ana_held_file *held, const ana_npy *npy, const char *name,
                          const ana_read_options *options, ana_recording *recording,
                          ana_array_list *list)
{
    if (npy->n_fields > 0) {
        return import_structure(held, npy, name, options, recording);
    }
    switch (npy->type.kind) {
    case ANA_NPY_NUMBER:
        return import_numbers(held, npy, name, list);
    case ANA_NPY_BYTES:
    case ANA_NPY_UNICODE:
        return import_texts(held, npy, name, &options->run, list);
    case ANA_NPY_COMPLEX:
    case ANA_NPY_OTHER:
        break;
    }
    return ana_recover(recording, options, "%s: \"%s\" is not read: it holds %s (dtype \"%s\")",
                       ana_file_name(ana_held_file_get(held)), name,
                       npy->type.kind == ANA_NPY_COMPLEX
                           ? "complex numbers"
                           : "dates, raw bytes or numbers C has no type for",
                       npy->type.text);
}
