/* MAT files: what their versions share. */
#include "mat.h"

#include "checked.h"
#include "lists.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "unicode.h"

#include <stdlib.h>
#include <string.h>

static void release_one(ana_mat_value *value)
{
    free(value->name);
    free(value->real);
    free(value->imaginary);
    free(value->rows);
    free(value->starts);
    ana_free_texts(value->n_lines, value->lines);
    ana_free_texts(value->n_fields, value->fields);
    free(value->class_name);
    free(value->children);
}

/* Children first, by a stack of as many levels as nesting may have. */
void ana_mat_value_release(ana_mat_value *value)
{
    ana_mat_value *stack[ANA_MAT_MAX_DEPTH + 2];
    size_t depth = 0;
    stack[depth++] = value;
    while (depth > 0) {
        ana_mat_value *top = stack[depth - 1];
        if (top->n_children > 0 && depth < sizeof stack / sizeof stack[0]) {
            stack[depth++] = &top->children[--top->n_children];
        } else {
            release_one(top);
            depth--;
        }
    }
    *value = (ana_mat_value){0};
}

void ana_mat_file_release(ana_mat_file *mat)
{
    for (size_t i = 0; i < mat->n; i++) {
        ana_mat_value_release(&mat->variables[i]);
    }
    free(mat->variables);
    *mat = (ana_mat_file){0};
}

ana_status ana_mat_append(ana_mat_reader *reader, const char *name, size_t n_name,
                          ana_mat_value **out)
{
    ana_mat_file *mat = reader->out;
    ana_mat_value value = {0};
    ana_status status =
        ana_grow(&mat->variables, &mat->capacity, mat->n + 1, sizeof *mat->variables, "variables");
    if (status == ANA_OK) {
        status = ana_text_to_utf8(name, n_name, &value.name);
    }
    if (status == ANA_OK) {
        mat->variables[mat->n] = value;
        *out = &mat->variables[mat->n++];
    }
    return status;
}

/* Deflate makes at most 1032 bytes of one, and numbers may take twice as much as they did in the
 * file. Columns of a sparse matrix, fill values and references to one value cost a file nothing. */
static const uint64_t max_ratio = 2200;
static const uint64_t free_bytes = (uint64_t)64 << 20;

ana_status ana_mat_count(ana_mat_reader *reader, size_t n, size_t size)
{
    size_t bytes = 0;
    if (!ana_multiply(n, size, &bytes) || !ana_add(reader->bytes, bytes, &reader->bytes)) {
        return ana_fail(ANA_ERR_LIMIT, "%s: needs more bytes than there can be",
                        ana_file_name(reader->file));
    }
    if (reader->bytes > free_bytes && reader->bytes / max_ratio > ana_file_size(reader->file)) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: claims more than %zu MiB, of which a file of %llu bytes stores none",
                        ana_file_name(reader->file), reader->bytes >> 20,
                        (unsigned long long)ana_file_size(reader->file));
    }
    return ana_run_check_memory(reader->run, reader->bytes, ana_file_name(reader->file));
}

ana_status ana_mat_set_lines(ana_mat_reader *reader, ana_mat_value *value, const uint16_t *units)
{
    enum {
        LINE_BYTES = 32 /* of the smallest text on the heap */
    };
    ana_status status = ANA_OK;
    uint16_t *row = NULL;
    size_t n_rows = value->n_axes > 0 ? value->shape[0] : 0;
    if (value->n == 0 && n_rows > 1) {
        n_rows = 0; /* no bytes stand behind them: there may be billions */
    }
    const size_t n_columns = n_rows > 0 ? value->n / n_rows : 0;
    ANA_TRY(ana_mat_count(reader, n_rows, sizeof *value->lines + LINE_BYTES));
    ANA_TRY(ana_allocate(n_rows, sizeof *value->lines, "texts", &value->lines));
    value->n_lines = n_rows;
    ANA_TRY(ana_allocate(n_columns, sizeof *row, "text", &row));
    for (size_t r = 0; r < n_rows; r++) {
        ana_text text = {0};
        for (size_t c = 0; c < n_columns; c++) {
            row[c] = units[r + n_rows * c];
        }
        ana_text_append(&text, "");
        for (size_t at = 0; at < n_columns;) {
            ana_text_append_code_point(&text, ana_utf16_next(row, n_columns, &at));
        }
        value->lines[r] = text.bytes;
        ANA_TRY(ana_text_check(&text, "text"));
    }
done:
    free(row);
    return status;
}

ana_status ana_mat_read(const char *path, const char *name, const ana_run *run, ana_mat_file *out)
{
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    unsigned char head[128] = {0};
    *out = (ana_mat_file){0};
    ANA_TRY(ana_file_open(path, &file));
    size_t n = ana_file_size(file) < sizeof head ? (size_t)ana_file_size(file) : sizeof head;
    ANA_TRY(ana_file_read(file, 0, n, head));
    ana_mat_reader reader = {.file = file, .wanted = name, .run = run, .out = out};
    if (ana_mat_begins_as_5(head, n)) {
        status = ana_mat_read_5(&reader);
    } else if (ana_mat_begins_as_4(head, n)) {
        status = ana_mat_read_4(&reader);
    } else if (ana_mat_begins_as_73(head, n)) {
        status = ana_mat_read_73(&reader);
    } else {
        status =
            ana_fail(ANA_ERR_FORMAT, "%s: byte 0: begins like no MAT file of version 4 to 7", path);
    }
done:
    ana_file_close(file);
    return status;
}

/* The field of that name (n bytes) of a 1 x 1 struct. */
static const ana_mat_value *find_field(const ana_mat_value *value, const char *name, size_t n)
{
    bool one = value->class_of == ANA_MAT_STRUCT && value->n == 1;
    for (size_t f = 0; one && f < value->n_fields; f++) {
        if (strlen(value->fields[f]) == n && memcmp(value->fields[f], name, n) == 0) {
            return &value->children[f];
        }
    }
    return NULL;
}

const ana_mat_value *ana_mat_find(const ana_mat_file *mat, const char *path)
{
    size_t n = strcspn(path, ".");
    const ana_mat_value *found = NULL;
    for (size_t i = 0; i < mat->n && found == NULL; i++) {
        const char *name = mat->variables[i].name;
        bool same = strlen(name) == n && memcmp(name, path, n) == 0;
        found = same ? &mat->variables[i] : NULL;
    }
    while (found != NULL && path[n] == '.') {
        path += n + 1;
        n = strcspn(path, ".");
        found = find_field(found, path, n);
    }
    return found;
}

void ana_mat_to_doubles(const ana_mat_value *value, double *out)
{
    if (value->class_of != ANA_MAT_SPARSE) {
        ana_samples_to_double(value->stored, value->n, value->real, 1, 1.0, 0.0, out);
        return;
    }
    const unsigned char *bytes = value->real;
    for (size_t i = 0; i < value->n; i++) {
        out[i] = 0.0;
    }
    for (size_t c = 0; c < value->shape[1]; c++) {
        for (int64_t i = value->starts[c]; i < value->starts[c + 1]; i++) {
            double number = 0.0;
            ana_samples_to_double(value->stored, 1,
                                  bytes + (size_t)i * ana_sample_size(value->stored), 1, 1.0, 0.0,
                                  &number);
            out[(size_t)value->rows[i] + value->shape[0] * c] += number;
        }
    }
}

/* ANA_ERR_VALUE that lists the variables. */
static ana_status no_such_variable(const char *path, const ana_mat_file *mat, const char *name)
{
    ana_text names = {0};
    for (size_t i = 0; i < mat->n && names.n < 500; i++) {
        ana_text_append(&names, i > 0 ? ", " : "");
        ana_text_append(&names, mat->variables[i].name);
    }
    const char *there = names.bytes != NULL ? names.bytes : "none";
    if (name == NULL) {
        (void)ana_fail(ANA_ERR_VALUE, "%s: holds %zu variables; name one of them after ':': %s",
                       path, mat->n, there);
    } else {
        (void)ana_fail(ANA_ERR_VALUE, "%s: has no variable \"%s\"; there are: %s", path, name,
                       there);
    }
    ana_text_release(&names);
    return ANA_ERR_VALUE;
}

/* out[C order] = in[MATLAB's order]. */
static void turn(const ana_mat_value *value, const double *in, double *out)
{
    size_t index[ANA_MAT_MAX_AXES] = {0};
    for (size_t i = 0; i < value->n; i++) {
        size_t at = 0;
        for (size_t axis = 0; axis < value->n_axes; axis++) {
            at = at * value->shape[axis] + index[axis];
        }
        out[at] = in[i];
        for (size_t axis = 0; axis < value->n_axes && ++index[axis] == value->shape[axis]; axis++) {
            index[axis] = 0;
        }
    }
}

ana_status ana_mat_to_matrix(const char *path, const ana_mat_value *value, const ana_run *run,
                             ana_matrix **out)
{
    static const char *const names[] = {"axis0", "axis1", "axis2", "axis3"};
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    double *values = NULL;
    size_t bytes = 0;
    if ((value->real == NULL && value->class_of != ANA_MAT_DOUBLE) || value->imaginary != NULL ||
        value->n_axes > ANA_MAX_AXES) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: holds no array of real numbers with at most %d axes under that name",
                        path, ANA_MAX_AXES);
    }
    if (!ana_multiply(value->n, 2 * sizeof *values, &bytes)) {
        return ana_fail(ANA_ERR_LIMIT, "%s: %zu values", path, value->n);
    }
    ANA_TRY(ana_run_check_memory(run, bytes, path));
    ANA_TRY(ana_matrix_new(value->n_axes, names, value->shape, &matrix));
    ANA_TRY(ana_allocate(value->n, sizeof *values, path, &values));
    if (value->real != NULL) {
        ana_mat_to_doubles(value, values);
    }
    turn(value, values, matrix->values);
    *out = matrix;
    matrix = NULL;
done:
    free(values);
    ana_matrix_free(matrix);
    return status;
}

ana_status ana_mat_read_matrix(const char *path, const char *name, const ana_run *run,
                               ana_matrix **out)
{
    ana_status status = ANA_OK;
    ana_mat_file mat = {0};
    const ana_mat_value *value = NULL;
    ANA_TRY(ana_mat_read(path, NULL, run, &mat));
    value = name != NULL ? ana_mat_find(&mat, name) : mat.n == 1 ? mat.variables : NULL;
    ANA_TRY(value != NULL ? ana_mat_to_matrix(path, value, run, out)
                          : no_such_variable(path, &mat, name));
done:
    ana_mat_file_release(&mat);
    return status;
}
