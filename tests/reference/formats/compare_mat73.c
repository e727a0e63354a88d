/* Truths of MAT files of version 7.3: every object outside of /#refs# against the value of its
 * name.
 */
#include "formats.h"
#include "mat.h"
#include "support/check.h"

#include <stdlib.h>
#include <string.h>

/* The value at "/a/b" of the file: "a.b". */
static const ana_mat_value *find_value(const ana_mat_file *mat, const char *path)
{
    char name[256] = "";
    assert_true(strlen(path) < sizeof name);
    strcpy(name, path + 1);
    for (char *c = name; *c != '\0'; c++) {
        *c = *c == '/' ? '.' : *c;
    }
    return ana_mat_find(mat, name);
}

/* Every field that MATLAB lists, a letter at a time, is a field of the value; the truths cut lists,
 * also of letters, at 16. */
static void compare_fields(const format_case *c, const char *path, const json_t *fields,
                           const ana_mat_value *value)
{
    tally_that(c->tally, value->class_of == ANA_MAT_STRUCT && value->n == 1, "%s is no struct",
               path);
    tally_that(c->tally, value->n_fields == json_array_size(fields), "%s has %zu fields", path,
               value->n_fields);
    for (size_t i = 0; i < json_array_size(fields); i++) {
        char name[128] = "";
        const json_t *letters = json_array_get(fields, i);
        for (size_t k = 0; k < json_array_size(letters); k++) {
            strcat(name, json_string_value(json_array_get(letters, k)));
        }
        bool found = false;
        for (size_t f = 0; f < value->n_fields; f++) {
            size_t n = strlen(name) == 16 ? 16 : sizeof name;
            found = found || strncmp(value->fields[f], name, n) == 0;
        }
        tally_that(c->tally, found, "%s has no field %s", path, name);
    }
}

/* The file has the axes in reverse. */
static void compare_axes(const format_case *c, const char *path, const json_t *shape,
                         const ana_mat_value *value)
{
    bool same = json_array_size(shape) == value->n_axes;
    for (size_t i = 0; same && i < value->n_axes; i++) {
        json_int_t n = json_integer_value(json_array_get(shape, value->n_axes - 1 - i));
        same = (size_t)n == value->shape[i];
    }
    tally_that(c->tally, same, "%s has another shape", path);
}

/* Texts of ASCII letters: back to numbers in MATLAB's order. */
static void compare_letters(const format_case *c, const char *path, const json_t *summary,
                            const ana_mat_value *value)
{
    uint16_t *units = calloc(value->n + 1, sizeof *units);
    assert_non_null(units);
    bool whole = value->n_lines == value->shape[0];
    for (size_t r = 0; whole && r < value->n_lines; r++) {
        whole = strlen(value->lines[r]) == value->shape[1];
        for (size_t k = 0; whole && k < value->shape[1]; k++) {
            units[r + k * value->n_lines] = (unsigned char)value->lines[r][k];
        }
    }
    if (tally_that(c->tally, whole, "%s has other lines", path)) {
        compare_numbers(c, path, summary, value->n, ANA_UINT16, units);
    }
    free(units);
}

/* One of data, ir and jc; false when `path` is none of a sparse matrix. */
static bool compare_sparse_part(const format_case *c, const char *path, const json_t *summary,
                                const ana_mat_file *mat)
{
    char parent[256] = "";
    const char *part = strrchr(path, '/');
    memcpy(parent, path, (size_t)(part - path));
    const ana_mat_value *value = part > path ? find_value(mat, parent) : NULL;
    if (value == NULL || value->class_of != ANA_MAT_SPARSE) {
        return false;
    }
    if (strcmp(part, "/data") == 0) {
        compare_numbers(c, path, summary, value->n_stored, value->stored, value->real);
    } else if (strcmp(part, "/ir") == 0) {
        compare_numbers(c, path, summary, value->n_stored, ANA_INT64, value->rows);
    } else {
        compare_numbers(c, path, summary, value->shape[1] + 1, ANA_INT64, value->starts);
    }
    return true;
}

static void compare_object(const format_case *c, const char *path, const json_t *object,
                           const ana_mat_file *mat)
{
    const json_t *fields = json_object_get(json_object_get(object, "attrs"), "MATLAB_fields");
    const char *class_of =
        json_string_value(json_object_get(json_object_get(object, "attrs"), "MATLAB_class"));
    if (compare_sparse_part(c, path, object, mat)) {
        return;
    }
    const ana_mat_value *value = find_value(mat, path);
    if (!tally_that(c->tally, value != NULL, "%s is missing", path)) {
        return;
    }
    if (fields != NULL) {
        compare_fields(c, path, fields, value);
    } else if (json_object_get(object, "shape") == NULL) {
        tally_that(c->tally, value->class_of == ANA_MAT_SPARSE, "%s is not sparse", path);
    } else if (strcmp(class_of, "cell") == 0) {
        compare_axes(c, path, json_object_get(object, "shape"), value);
        tally_that(c->tally, value->class_of == ANA_MAT_CELL && value->n_children == value->n,
                   "%s is no cell array", path);
        for (size_t i = 0; i < value->n_children; i++) {
            tally_that(c->tally, value->children[i].class_of != ANA_MAT_NOTHING,
                       "%s: cell %zu is not read", path, i);
        }
    } else {
        compare_axes(c, path, json_object_get(object, "shape"), value);
        if (strcmp(class_of, "char") == 0) {
            compare_letters(c, path, object, value);
        } else {
            compare_numbers(c, path, object, value->n, value->stored, value->real);
        }
    }
}

void compare_mat73(const format_case *c)
{
    ana_mat_file mat = {0};
    const char *path = NULL;
    json_t *object = NULL;
    if (tally_that(c->tally, ana_mat_read(c->path, NULL, NULL, &mat) == ANA_OK, "%s",
                   ana_last_error())) {
        json_object_foreach(json_object_get(c->truth, "objects"), path, object)
        {
            if (strncmp(path, "/#", 2) != 0) {
                compare_object(c, path, object, &mat);
            }
        }
    }
    ana_mat_file_release(&mat);
    ana_recording *recording = open_case(c);
    if (recording != NULL) {
        tally_that(c->tally, strcmp(recording->format, "mat73") == 0, "read as %s",
                   recording->format);
    }
    ana_recording_free(recording);
}
