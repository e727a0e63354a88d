#include "array_location.h"
#include "lists.h"
#include "mat.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <analysis/formats/struct_arrays.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number of the field of that name; n_fields where there is none. */
static size_t find_field(const ana_mat_value *value, const char *name)
{
    size_t f = 0;
    while (f < value->n_fields && strcmp(value->fields[f], name) != 0) {
        f++;
    }
    return f;
}

static bool has_field(const ana_mat_value *value, const char *field)
{
    return value != NULL && value->class_of == ANA_MAT_STRUCT && value->n > 0 &&
           find_field(value, field) < value->n_fields;
}

/* The variable asked for, or the only one with that field; NULL: none. */
static ana_status find_structs(const char *path, const ana_mat_file *mat, const char *key,
                               const char *field, const ana_mat_value **out)
{
    ana_text names = {0};
    size_t n = 0;
    *out = NULL;
    if (key != NULL) {
        const ana_mat_value *value = ana_mat_find(mat, key);
        *out = has_field(value, field) ? value : NULL;
        return ANA_OK;
    }
    for (size_t i = 0; i < mat->n; i++) {
        if (has_field(&mat->variables[i], field)) {
            *out = &mat->variables[i];
            ana_text_append(&names, n > 0 ? ", " : "");
            ana_text_append(&names, mat->variables[i].name);
            n++;
        }
    }
    ana_status status = n > 0 ? ana_text_check(&names, path) : ANA_OK;
    if (status == ANA_OK && n > 1) {
        status = ana_fail(ANA_ERR_VALUE,
                          "%s: %zu variables have a field %s; name one of them after ':': %s", path,
                          n, field, names.bytes);
    }
    ana_text_release(&names);
    return status;
}

/* The one text of a value; NULL: none. */
static const char *text_of(const ana_mat_value *value)
{
    return value->class_of == ANA_MAT_CHAR && value->n_lines == 1 ? value->lines[0] : NULL;
}

static ana_status name_element(const ana_mat_value *structs, size_t i, char **out)
{
    const ana_mat_value *fields = structs->children + i * structs->n_fields;
    const size_t named = find_field(structs, "name");
    char number[32];
    ana_text text = {0};
    ana_text_append(&text, "");
    for (size_t f = 0; f < structs->n_fields; f++) {
        const char *one = text_of(&fields[f]);
        if (one != NULL && (named == structs->n_fields || named == f)) {
            ana_text_append(&text, text.n > 0 ? " " : "");
            ana_text_append(&text, one);
        }
    }
    if (text.n == 0) {
        snprintf(number, sizeof number, "%zu", i);
        ana_text_append(&text, number);
    }
    *out = text.bytes;
    return ana_text_check(&text, "struct");
}

static ana_status take_elements(const char *path, const ana_mat_value *structs, const char *field,
                                const ana_run *run, ana_struct_arrays *out)
{
    ana_status status = ANA_OK;
    const size_t f = find_field(structs, field);
    ANA_TRY(ana_allocate(structs->n, sizeof(char *), "structs", &out->names));
    ANA_TRY(ana_allocate(structs->n, sizeof(ana_matrix *), "structs", &out->matrices));
    out->n = structs->n;
    for (size_t i = 0; i < structs->n; i++) {
        const ana_mat_value *value = &structs->children[i * structs->n_fields + f];
        ANA_TRY(name_element(structs, i, &out->names[i]));
        if (value->class_of < ANA_MAT_SPARSE || value->class_of > ANA_MAT_UINT64) {
            ANA_TRY(ana_fail(ANA_ERR_UNSUPPORTED, "%s: %s of element %zu is no array of numbers",
                             path, field, i));
        }
        ANA_TRY(ana_mat_to_matrix(path, value, run, &out->matrices[i]));
    }
done:
    return status;
}

static ana_status is_mat(const char *path, bool *is)
{
    ana_file *file = NULL;
    ana_array_kind kind = ANA_ARRAY_OTHER;
    ana_status status = ana_file_open(path, &file);
    if (status == ANA_OK) {
        status = ana_array_kind_of(file, &kind);
    }
    ana_file_close(file);
    *is = kind == ANA_ARRAY_MAT || kind == ANA_ARRAY_MAT73;
    return status;
}

ana_status ana_struct_arrays_read(const char *location, const char *field, const ana_run *run,
                                  ana_struct_arrays **out)
{
    ana_status status = ANA_OK;
    char *copy = NULL;
    const char *path = NULL;
    const char *key = NULL;
    ana_mat_file mat = {0};
    const ana_mat_value *structs = NULL;
    ana_struct_arrays *arrays = NULL;
    bool is = false;
    ANA_TRY(ana_array_location_split(location, &copy, &path, &key));
    ANA_TRY(is_mat(path, &is));
    *out = NULL;
    if (!is || (key != NULL && key[0] == '/')) {
        goto done;
    }
    ANA_TRY(ana_mat_read(path, NULL, run, &mat));
    ANA_TRY(find_structs(path, &mat, key, field, &structs));
    if (structs == NULL) {
        goto done;
    }
    ANA_TRY(ana_allocate(1, sizeof *arrays, "structs", &arrays));
    ANA_TRY(take_elements(path, structs, field, run, arrays));
    *out = arrays;
    arrays = NULL;
done:
    free(copy);
    ana_struct_arrays_free(arrays);
    ana_mat_file_release(&mat);
    return status;
}

void ana_struct_arrays_free(ana_struct_arrays *arrays)
{
    if (arrays == NULL) {
        return;
    }
    ana_free_texts(arrays->n, arrays->names);
    for (size_t i = 0; i < arrays->n; i++) {
        ana_matrix_free(arrays->matrices[i]);
    }
    free(arrays->matrices);
    free(arrays);
}
