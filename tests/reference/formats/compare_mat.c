/* Truths of MAT files of versions 4 to 7, value by value. */
#include "formats.h"
#include "mat.h"
#include "support/check.h"

#include <analysis/formats/reader.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Element i of n in C order stands at which place in MATLAB's order. */
static size_t matlab_place(const ana_mat_value *value, size_t i)
{
    size_t place = 0;
    size_t step = value->n;
    for (size_t axis = value->n_axes; axis-- > 0;) {
        step /= value->shape[axis];
        place += i % value->shape[axis] * step;
        i /= value->shape[axis];
    }
    return place;
}

static void compare_value_shape(const format_case *c, const char *name, const json_t *shape,
                                const ana_mat_value *value)
{
    /* Texts have a shape without their last axis. */
    size_t n = value->class_of == ANA_MAT_CHAR ? value->n_axes - 1 : value->n_axes;
    bool same = json_array_size(shape) == n;
    for (size_t i = 0; same && i < n; i++) {
        same = (size_t)json_integer_value(json_array_get(shape, i)) == value->shape[i];
    }
    tally_that(c->tally, same, "%s has another shape", name);
}

static void compare_plain(const format_case *c, const char *name, const json_t *summary,
                          const ana_mat_value *value)
{
    const size_t size = ana_sample_size(value->stored);
    unsigned char *ordered = malloc(value->n * size + 1);
    assert_non_null(ordered);
    for (size_t i = 0; i < value->n; i++) {
        memcpy(ordered + i * size,
               (const unsigned char *)value->real + matlab_place(value, i) * size, size);
    }
    compare_numbers(c, name, summary, value->n, value->stored, ordered);
    free(ordered);
}

/* Real and imaginary parts as pairs in C order; sparse ones filled up. */
static void compare_parts(const format_case *c, const char *name, const json_t *summary,
                          ana_mat_value *value)
{
    double *parts = calloc(4 * value->n + 1, sizeof *parts);
    assert_non_null(parts);
    ana_mat_to_doubles(value, parts);
    if (value->imaginary != NULL) {
        void *real = value->real;
        value->real = value->imaginary;
        ana_mat_to_doubles(value, parts + value->n);
        value->real = real;
    }
    double *pairs = parts + 2 * value->n;
    for (size_t i = 0; i < value->n; i++) {
        size_t place = matlab_place(value, i);
        if (value->imaginary != NULL) {
            pairs[2 * i] = parts[place];
            pairs[2 * i + 1] = parts[value->n + place];
        } else {
            pairs[i] = parts[place];
        }
    }
    if (value->imaginary != NULL) {
        compare_complex(c, name, summary, value->n, pairs);
    } else {
        compare_values(c, name, summary, value->n, pairs, 1.0, 1e-12);
    }
    free(parts);
}

static void compare_fields(const format_case *c, const char *name, const json_t *fields,
                           const ana_mat_value *value)
{
    const ana_mat_value *holder = value->class_of == ANA_MAT_FUNCTION ? &value->children[0] : value;
    tally_that(c->tally, json_array_size(fields) == holder->n_fields, "%s has %zu fields", name,
               holder->n_fields);
    for (size_t f = 0; f < json_array_size(fields) && f < holder->n_fields; f++) {
        compare_text(c, name, json_array_get(fields, f), holder->fields[f]);
    }
}

static void compare_variable(const format_case *c, const char *name, const json_t *summary,
                             ana_mat_value *value)
{
    compare_value_shape(c, name, json_object_get(summary, "shape"), value);
    const json_t *chars = json_object_get(summary, "chars");
    const json_t *nnz = json_object_get(summary, "nnz");
    if (json_object_get(summary, "struct") != NULL) {
        compare_fields(c, name, json_object_get(summary, "struct"), value);
    } else if (chars != NULL) {
        tally_that(c->tally, json_array_size(chars) == value->n_lines, "%s has %zu lines", name,
                   value->n_lines);
        for (size_t i = 0; i < json_array_size(chars) && i < value->n_lines; i++) {
            compare_text(c, name, json_array_get(chars, i), value->lines[i]);
        }
    } else if (json_object_get(summary, "kind") != NULL) {
        tally_that(c->tally, value->class_of == ANA_MAT_CELL && value->n_children == value->n,
                   "%s is no cell array", name);
    } else if (nnz != NULL || value->imaginary != NULL) {
        if (nnz != NULL) {
            tally_that(c->tally, (size_t)json_integer_value(nnz) == value->n_stored,
                       "%s: %zu numbers are stored", name, value->n_stored);
        }
        compare_parts(c, name, summary, value);
    } else {
        compare_plain(c, name, summary, value);
    }
}

/* Classes as MATLAB names them. */
static void compare_class(const format_case *c, const json_t *who, const ana_mat_value *value)
{
    static const char *const names[] = {
        "",      "cell",  "struct", "object", "char",   "sparse", "double", "single",   "int8",
        "uint8", "int16", "uint16", "int32",  "uint32", "int64",  "uint64", "function", "opaque"};
    const char *wanted = json_string_value(json_array_get(who, 2));
    bool logical = value->logical && strcmp(wanted, "logical") == 0;
    tally_that(c->tally, logical || strcmp(names[value->class_of], wanted) == 0,
               "%s is %s, wanted %s", value->name, names[value->class_of], wanted);
}

/* What other readers give up on: an answer is enough, no crash. */
static void expect_an_answer(const format_case *c)
{
    ana_recording *recording = NULL;
    ana_status status = ana_recording_read(c->path, NULL, &recording);
    if (status == ANA_OK) {
        tally_that(c->tally, ana_recording_check(recording) == ANA_OK, "%s", ana_last_error());
        ana_recording_free(recording);
    } else {
        tally_that(c->tally, strstr(ana_last_error(), "byte ") != NULL, "no place in \"%s\"",
                   ana_last_error());
    }
}

void compare_mat(const format_case *c)
{
    if (json_object_get(c->truth, "objects") != NULL) {
        compare_mat73(c);
        return;
    }
    if (json_object_get(c->truth, "error") != NULL) {
        expect_an_answer(c);
        return;
    }
    ana_mat_file mat = {0};
    const char *name = NULL;
    json_t *summary = NULL;
    if (tally_that(c->tally, ana_mat_read(c->path, NULL, NULL, &mat) == ANA_OK, "%s",
                   ana_last_error())) {
        json_object_foreach(json_object_get(c->truth, "vars"), name, summary)
        {
            const ana_mat_value *value = ana_mat_find(&mat, name);
            if (tally_that(c->tally, value != NULL, "no variable \"%s\"", name)) {
                compare_variable(c, name, summary, &mat.variables[value - mat.variables]);
            }
        }
        const json_t *whos = json_object_get(c->truth, "whos");
        for (size_t i = 0; i < json_array_size(whos); i++) {
            const json_t *who = json_array_get(whos, i);
            const char *of = json_string_value(json_array_get(who, 0));
            const ana_mat_value *value = ana_mat_find(&mat, of);
            if (strncmp(of, "__", 2) == 0) {
                continue; /* a reader's own name for what has none */
            }
            if (tally_that(c->tally, value != NULL, "a variable is missing")) {
                compare_class(c, who, value);
            }
        }
    }
    ana_mat_file_release(&mat);
    ana_recording_free(open_case(c));
}
