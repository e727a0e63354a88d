/* The format "mat": the variables of MAT files of versions 4 to 7 as objects of a recording. */
#include "mat.h"

#include "arrays.h"
#include "checked.h"
#include "format.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_FILLED = 8 << 20 /* numbers of all sparse matrices that are filled up */
};

/* A value on its way, under its dotted name. */
typedef struct pending {
    ana_mat_value *value;
    char *name;
} pending;

/* The tree on its way into the list of arrays: values wait on a stack, so that nesting costs no
 * recursion. */
typedef struct intake {
    ana_recording *recording;
    const ana_read_options *options;
    ana_array_list *list;
    size_t n_filled; /* numbers of sparse matrices, most of them zeros that no file holds */
    pending *stack;
    size_t n;
    size_t capacity;
} intake;

/* Whether `name` is on the way to what is asked for, it, or within it. */
static bool is_asked(const char *asked, const char *name)
{
    const size_t n = asked != NULL ? strlen(asked) : 0;
    const size_t m = strlen(name);
    const size_t least = n < m ? n : m;
    if (asked == NULL || n == m || strncmp(asked, name, least) != 0) {
        return asked == NULL || strcmp(asked, name) == 0;
    }
    return (n < m ? name : asked)[least] == '.';
}

static ana_status push(intake *in, ana_mat_value *value, const char *prefix, const char *name)
{
    ana_text text = {0};
    if (prefix != NULL) {
        ana_text_append(&text, prefix);
        ana_text_append(&text, ".");
    }
    ana_text_append(&text, name);
    ana_status status = ana_text_check(&text, "name");
    if (status == ANA_OK && !is_asked(in->options->variable, text.bytes)) {
        ana_text_release(&text);
        return ANA_OK;
    }
    if (status == ANA_OK) {
        status = ana_grow(&in->stack, &in->capacity, in->n + 1, sizeof *in->stack, "values");
    }
    if (status != ANA_OK) {
        ana_text_release(&text);
        return status;
    }
    in->stack[in->n++] = (pending){value, text.bytes};
    return ANA_OK;
}

static ana_status warn(intake *in, const char *name, const char *what)
{
    return ana_recover(in->recording, in->options, "%s: \"%s\" is not read: it is %s",
                       in->recording->path, name, what);
}

/* Numbers move from the value into a file in memory that the sources share. */
static ana_status add_numbers(intake *in, ana_mat_value *value, const char *name)
{
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    ana_held_file *held = NULL;
    const size_t size = ana_sample_size(value->stored);
    ANA_TRY(ana_file_from_memory(in->recording->path, value->real, value->n * size, &file));
    ANA_TRY(ana_held_file_new(file, value->real, &held));
    file = NULL;
    value->real = NULL;
    ana_placed_array place = {
        .held = held,
        .type = {.kind = ANA_NPY_NUMBER, .sample = value->stored, .size = size},
        .n_axes = value->n_axes};
    for (size_t i = 0; i < value->n_axes; i++) {
        place.shape[i] = value->shape[i];
    }
    ana_placed_array_order(&place, true);
    ANA_TRY(ana_array_list_add(in->list, name, &place));
done:
    ana_file_close(file);
    ana_held_file_free(held);
    return status;
}

static ana_status add_sparse(intake *in, ana_mat_value *value, const char *name)
{
    double *values = NULL;
    if (value->n > MAX_FILLED - in->n_filled) {
        return warn(in, name, "a sparse matrix too large to be filled up");
    }
    in->n_filled += value->n;
    ana_status status = ana_allocate(value->n, sizeof *values, name, &values);
    if (status != ANA_OK) {
        return status;
    }
    ana_mat_to_doubles(value, values);
    free(value->real);
    value->real = values;
    value->stored = ANA_FLOAT64;
    return add_numbers(in, value, name);
}

static ana_status add_lines(intake *in, size_t n, char **lines, const char *name)
{
    return n > 0 ? ana_array_list_add_texts(in->list, name, n, (const char *const *)lines) : ANA_OK;
}

/* A cell array of texts of one line. */
static ana_status add_cell(intake *in, const ana_mat_value *value, const char *name)
{
    const char **texts = NULL;
    for (size_t i = 0; i < value->n_children; i++) {
        const ana_mat_value *child = &value->children[i];
        bool empty = child->n == 0;
        if (!empty && (child->class_of != ANA_MAT_CHAR || child->n_lines != 1)) {
            return warn(in, name, "a cell array of other things than texts");
        }
    }
    if (value->n_children == 0) {
        return ANA_OK;
    }
    ana_status status = ana_allocate(value->n_children, sizeof *texts, name, &texts);
    for (size_t i = 0; i < value->n_children && status == ANA_OK; i++) {
        const ana_mat_value *child = &value->children[i];
        texts[i] = child->n_lines == 1 ? child->lines[0] : "";
    }
    if (status == ANA_OK) {
        status = ana_array_list_add_texts(in->list, name, value->n_children, texts);
    }
    free(texts);
    return status;
}

/* The fields of a 1 x 1 struct wait in turn, the first on top. */
static ana_status push_fields(intake *in, ana_mat_value *value, const char *name)
{
    if (value->n != 1) {
        return warn(in, name, "an array of structs");
    }
    ana_status status = ANA_OK;
    for (size_t f = value->n_fields; f-- > 0 && status == ANA_OK;) {
        status = push(in, &value->children[f], name, value->fields[f]);
    }
    return status;
}

static ana_status import_value(intake *in, ana_mat_value *value, const char *name)
{
    switch (value->class_of) {
    case ANA_MAT_CELL:
        return add_cell(in, value, name);
    case ANA_MAT_STRUCT:
        return push_fields(in, value, name);
    case ANA_MAT_CHAR:
        return add_lines(in, value->n_lines, value->lines, name);
    case ANA_MAT_OBJECT:
    case ANA_MAT_FUNCTION:
    case ANA_MAT_OPAQUE:
        return warn(in, name, "an object or function of MATLAB's own");
    case ANA_MAT_SPARSE:
    case ANA_MAT_NOTHING:
    case ANA_MAT_DOUBLE:
    case ANA_MAT_SINGLE:
    case ANA_MAT_INT8:
    case ANA_MAT_UINT64:
    default:
        break;
    }
    if (value->imaginary != NULL) {
        return warn(in, name, "an array of complex numbers");
    }
    if (value->real == NULL || value->n == 0) { /* [] */
        return ANA_OK;
    }
    return value->class_of == ANA_MAT_SPARSE ? add_sparse(in, value, name)
                                             : add_numbers(in, value, name);
}

static ana_status import_all(intake *in, ana_mat_file *mat)
{
    ana_status status = ANA_OK;
    for (size_t i = mat->n; i-- > 0 && status == ANA_OK;) {
        status = push(in, &mat->variables[i], NULL, mat->variables[i].name);
    }
    while (in->n > 0 && status == ANA_OK) {
        pending top = in->stack[--in->n];
        status = import_value(in, top.value, top.name);
        free(top.name);
    }
    while (in->n > 0) {
        free(in->stack[--in->n].name);
    }
    free(in->stack);
    return status;
}

static ana_status check_wanted(const char *path, const char *variable, const ana_mat_file *mat)
{
    if (variable == NULL || ana_mat_find(mat, variable) != NULL) {
        return ANA_OK;
    }
    return ana_fail(ANA_ERR_VALUE, "%s: has no variable \"%s\"", path, variable);
}

ana_status ana_mat_read_recording(const char *format, const char *path,
                                  const ana_read_options *options, ana_recording **out)
{
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    ana_mat_file mat = {0};
    ana_array_list list = {0};
    char *variable = NULL;
    ANA_TRY(ana_copy_text(options->variable, &variable));
    if (variable != NULL) {
        variable[strcspn(variable, ".")] = '\0'; /* of "a.b" the variable is a */
    }
    ANA_TRY(ana_mat_read(path, variable, &options->run, &mat));
    ANA_TRY(check_wanted(path, options->variable, &mat));
    ANA_TRY(ana_recording_new(&recording));
    ANA_TRY(ana_copy_text(format, &recording->format));
    ANA_TRY(ana_copy_text(path, &recording->path));
    intake in = {.recording = recording, .options = options, .list = &list};
    ANA_TRY(import_all(&in, &mat));
    ANA_TRY(ana_recording_add_arrays(recording, &list, options));
    *out = recording;
    recording = NULL;
done:
    ana_recording_free(recording);
    ana_array_list_release(&list);
    ana_mat_file_release(&mat);
    free(variable);
    return status;
}

static ana_status read(const char *path, const ana_read_options *options, ana_recording **out)
{
    return ana_mat_read_recording("mat", path, options, out);
}

static int probe(const ana_probe *probe)
{
    if (ana_mat_begins_as_5(probe->head, probe->n_head)) {
        return memcmp(probe->head, "MATLAB 5.0", 10) == 0 ? 95 : 80;
    }
    if (ana_mat_begins_as_4(probe->head, probe->n_head)) {
        return ana_text_ends_with_ignoring_case(probe->path, ".mat") ? 85 : 60;
    }
    return 0;
}

const ana_format ana_format_mat = {
    .name = "mat",
    .title = "MATLAB MAT-file of version 4 to 7",
    .endings = ".mat",
    .probe = probe,
    .read = read,
};
