#include "npz_reader.h"

#include "lists.h"
#include "memory.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

ana_status ana_npz_wrong(const ana_npz_reader *in, const char *what)
{
    (void)ana_fail(ANA_ERR_FORMAT, "%s: byte 0: array \"%s\" %s", in->recording->path,
                   in->key.bytes != NULL ? in->key.bytes : "", what);
    return ANA_ERR_FORMAT;
}

static ana_status make_key(ana_npz_reader *in, const char *name, const char *part)
{
    ana_text_release(&in->key);
    ana_text_append(&in->key, name);
    if (part != NULL) {
        ana_text_append(&in->key, "/");
        ana_text_append(&in->key, part);
    }
    return ana_text_check(&in->key, "array name");
}

void ana_npz_opened_release(ana_npz_opened *array)
{
    ana_npy_release(&array->npy);
    ana_held_file_free(array->held);
    *array = (ana_npz_opened){0};
}

ana_status ana_npz_open_array(ana_npz_reader *in, const char *name, const char *part,
                              ana_npz_opened *array)
{
    ana_status status = make_key(in, name, part);
    if (status != ANA_OK) {
        return status;
    }
    const ana_zip_entry *entry = ana_npz_find(in->npz, in->key.bytes);
    if (entry == NULL) {
        return ana_npz_wrong(in, "is missing");
    }
    return ana_npz_array(in->npz, entry, &in->options->run, &array->held, &array->npy);
}

bool ana_npz_has(const ana_npz_reader *in, const char *name, const char *part)
{
    const ana_zip *zip = in->npz->zip;
    const size_t n = strlen(name);
    const size_t n_part = strlen(part);
    for (size_t i = 0; i < zip->n_entries; i++) {
        const char *entry = zip->entries[i].name;
        if (strncmp(entry, name, n) == 0 && entry[n] == '/' &&
            strncmp(entry + n + 1, part, n_part) == 0 &&
            strcmp(entry + n + 1 + n_part, ".npy") == 0) {
            return true;
        }
    }
    return false;
}

static bool is_text(const ana_npy *npy)
{
    return npy->n_fields == 0 &&
           (npy->type.kind == ANA_NPY_BYTES || npy->type.kind == ANA_NPY_UNICODE);
}

/* *texts = the n texts of an array (n SIZE_MAX: however many), freed by ana_free_texts. */
ana_status ana_npz_read_texts(ana_npz_reader *in, const char *name, const char *part, size_t *n,
                              char ***texts)
{
    ana_status status = ANA_OK;
    ana_npz_opened array = {0};
    char **read = NULL;
    size_t n_read = 0;
    ANA_TRY(ana_npz_open_array(in, name, part, &array));
    if (!is_text(&array.npy) || (*n != SIZE_MAX && array.npy.n != *n)) {
        status = ana_npz_wrong(in, "should hold texts, one for each item");
        goto done;
    }
    n_read = array.npy.n;
    ANA_TRY(ana_allocate(n_read, sizeof *read, in->key.bytes, &read));
    ANA_TRY(ana_npy_read_texts(ana_held_file_get(array.held), &array.npy, &in->options->run, read));
    *n = n_read;
    *texts = read;
    read = NULL;
done:
    ana_free_texts(n_read, read);
    ana_npz_opened_release(&array);
    return status;
}

/* *values = the n numbers of an array (n SIZE_MAX: however many), as stored in `type`; the array is
 * refused when it is of another type. */
ana_status ana_npz_read_numbers(ana_npz_reader *in, const char *name, const char *part,
                                ana_sample_type type, size_t *n, void *values)
{
    ana_status status = ANA_OK;
    ana_npz_opened array = {0};
    void *read = NULL;
    ANA_TRY(ana_npz_open_array(in, name, part, &array));
    bool plain = array.npy.n_fields == 0 && array.npy.type.kind == ANA_NPY_NUMBER;
    if (!plain || array.npy.type.sample != type || (*n != SIZE_MAX && array.npy.n != *n)) {
        status = ana_npz_wrong(in, "has another type or length than its object needs");
        goto done;
    }
    ANA_TRY(ana_allocate(array.npy.n, ana_sample_size(type), in->key.bytes, &read));
    ANA_TRY(
        ana_npy_read_stored(ana_held_file_get(array.held), &array.npy, &in->options->run, read));
    *n = array.npy.n;
    memcpy(values, &read, sizeof read);
    read = NULL;
done:
    free(read);
    ana_npz_opened_release(&array);
    return status;
}

ana_status ana_npz_read_doubles(ana_npz_reader *in, const char *name, const char *part, size_t *n,
                                double **values)
{
    return ana_npz_read_numbers(in, name, part, ANA_FLOAT64, n, values);
}

ana_status ana_npz_read_double(ana_npz_reader *in, const char *name, const char *part,
                               double *value)
{
    size_t n = 1;
    double *values = NULL;
    ana_status status = ana_npz_read_doubles(in, name, part, &n, &values);
    if (status == ANA_OK) {
        *value = values[0];
    }
    free(values);
    return status;
}

/* Row starts: from 0 ascending to `total`. */
ana_status ana_npz_read_starts(ana_npz_reader *in, const char *name, const char *part, size_t *n,
                               size_t total, size_t **values)
{
    ana_status status = ana_npz_read_numbers(in, name, part, ANA_UINT64, n, values);
    if (status != ANA_OK) {
        return status;
    }
    bool right = *n > 0 && (*values)[0] == 0 && (*values)[*n - 1] == total;
    for (size_t i = 1; right && i < *n; i++) {
        right = (*values)[i] >= (*values)[i - 1];
    }
    if (!right) {
        free(*values);
        *values = NULL;
        return ana_npz_wrong(in, "should ascend from 0 to the number of elements");
    }
    return ANA_OK;
}

/* One column, of an array that has as many elements as the table has rows. */
static ana_status read_column(ana_npz_reader *in, const char *name, const char *part,
                              const ana_npy *npy, ana_table *table)
{
    ana_status status = ANA_OK;
    ana_column *column = NULL;
    void *values = NULL;
    char **texts = NULL;
    size_t n = table->n_rows;
    const char *title = strchr(part, '/') + 1;
    if (is_text(npy)) {
        ANA_TRY(ana_npz_read_texts(in, name, part, &n, &texts));
        ANA_TRY(ana_table_add(table, title, ANA_COLUMN_TEXT, NULL, &column));
        for (size_t i = 0; i < n; i++) {
            if (texts[i][0] != '\0') { /* "" stands for a missing text */
                column->texts[i] = texts[i];
                texts[i] = NULL;
            }
        }
    } else if (npy->type.boolean) {
        ANA_TRY(ana_npz_read_numbers(in, name, part, ANA_UINT8, &n, &values));
        ANA_TRY(ana_table_add(table, title, ANA_COLUMN_BOOL, NULL, &column));
        for (size_t i = 0; i < n; i++) {
            column->bools[i] = ((const unsigned char *)values)[i] != 0;
        }
    } else if (npy->type.sample == ANA_INT64) {
        ANA_TRY(ana_npz_read_numbers(in, name, part, ANA_INT64, &n, &values));
        ANA_TRY(ana_table_add_ints(table, title, values));
    } else {
        ANA_TRY(ana_npz_read_numbers(in, name, part, ANA_FLOAT64, &n, &values));
        ANA_TRY(ana_table_add_doubles(table, title, NULL, values));
    }
done:
    ana_free_texts(n, texts);
    free(values);
    return status;
}

static ana_status add_column(ana_npz_reader *in, const char *name, const char *part,
                             ana_table **table)
{
    ana_status status = ANA_OK;
    ana_npz_opened array = {0};
    ANA_TRY(ana_npz_open_array(in, name, part, &array));
    if (*table == NULL) {
        ANA_TRY(ana_table_new(array.npy.n, table));
    }
    if (ana_table_find(*table, strchr(part, '/') + 1) == NULL) {
        ANA_TRY(read_column(in, name, part, &array.npy, *table));
    }
done:
    ana_npz_opened_release(&array);
    return status;
}

ana_status ana_npz_read_columns(ana_npz_reader *in, const char *name, const char *part,
                                ana_table **table)
{
    ana_text prefix = {0};
    const ana_zip *zip = in->npz->zip;
    ana_text_append(&prefix, name);
    ana_text_append(&prefix, "/");
    ana_text_append(&prefix, part);
    ana_text_append(&prefix, "/");
    ana_status status = ana_text_check(&prefix, "column");
    for (size_t i = 0; i < zip->n_entries && status == ANA_OK; i++) {
        char *key = NULL;
        if (ana_text_starts_with(zip->entries[i].name, prefix.bytes)) {
            status = ana_npz_key(&zip->entries[i], &key);
        }
        if (key != NULL) {
            status = add_column(in, name, key + strlen(name) + 1, table);
        }
        free(key);
    }
    ana_text_release(&prefix);
    return status;
}
