/* Elements of .npy files: numbers, texts and columns, in C order and native byte order. */
#include "npy.h"

#include "checked.h"
#include "cursor.h"
#include "memory.h"
#include "try.h"
#include "unicode.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of an element once read: half floats are widened, complex numbers are pairs. */
static size_t stored_size(const ana_npy_type *type)
{
    return ana_sample_size(type->sample) * (type->kind == ANA_NPY_COMPLEX ? 2 : 1);
}

ana_status ana_npy_check_numbers(const char *name, const ana_npy *npy)
{
    if (npy->n_fields > 0) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: is a structured array (columns \"%s\", ...), not plain numbers", name,
                        npy->fields[0].name);
    }
    if (npy->type.kind == ANA_NPY_NUMBER) {
        return ANA_OK;
    }
    const char *what = npy->type.kind == ANA_NPY_COMPLEX ? "complex numbers"
                       : npy->type.kind == ANA_NPY_OTHER
                           ? "dates, raw bytes or numbers C has no type for"
                           : "texts";
    return ana_fail(ANA_ERR_UNSUPPORTED, "%s: holds %s (dtype \"%s\"), but real numbers are needed",
                    name, what, npy->type.text);
}

/* Bring n raw elements to native order and final width; `to` may be `from` unless half. */
static void to_native(const ana_npy_type *type, size_t n, unsigned char *from, void *to)
{
    size_t parts = type->kind == ANA_NPY_COMPLEX ? 2 : 1;
    if (type->swap) {
        ana_swap_bytes(from, n * parts, type->size / parts);
    }
    if (type->half != ANA_HALF_NONE) {
        ana_halfs_to_floats(type->half, n, from, to);
    } else if (to != from) {
        memcpy(to, from, n * type->size);
    }
}

/* Scatter n elements of a Fortran-ordered array into C order. */
static void to_c_order(const ana_npy *npy, size_t size, const unsigned char *from,
                       unsigned char *to)
{
    size_t stride[ANA_NPY_MAX_AXES] = {0};
    size_t index[ANA_NPY_MAX_AXES] = {0};
    size_t step = 1;
    for (size_t i = npy->n_axes; i-- > 0;) {
        stride[i] = step;
        step *= npy->shape[i];
    }
    size_t at = 0;
    for (size_t i = 0; i < npy->n; i++) {
        memcpy(to + at * size, from + i * size, size);
        for (size_t axis = 0; axis < npy->n_axes; axis++) {
            at += stride[axis];
            if (++index[axis] < npy->shape[axis]) {
                break;
            }
            at -= stride[axis] * npy->shape[axis];
            index[axis] = 0;
        }
    }
}

ana_status ana_npy_read_raw(const ana_file *file, const ana_npy *npy, const ana_run *run,
                            unsigned char **out)
{
    ana_status status = ANA_OK;
    unsigned char *raw = NULL;
    unsigned char *ordered = NULL;
    const char *name = ana_file_name(file);
    bool permute = npy->fortran && npy->n_axes > 1;
    size_t bytes = 0;
    if (!ana_multiply(npy->n_bytes, permute ? 2 : 1, &bytes)) {
        (void)ana_fail(ANA_ERR_LIMIT, "%s: too large for memory", name);
        return ANA_ERR_LIMIT;
    }
    ANA_TRY(ana_run_check_memory(run, bytes, name));
    ANA_TRY(ana_allocate(npy->n_bytes, 1, name, &raw));
    ANA_TRY(ana_file_read(file, npy->data, npy->n_bytes, raw));
    if (permute) {
        ANA_TRY(ana_allocate(npy->n_bytes, 1, name, &ordered));
        to_c_order(npy, npy->type.size, raw, ordered);
    }
    *out = permute ? ordered : raw;
    raw = permute ? raw : NULL;
done:
    free(raw);
    return status;
}

ana_status ana_npy_read_stored(const ana_file *file, const ana_npy *npy, const ana_run *run,
                               void *out)
{
    unsigned char *raw = NULL;
    ana_status status = ana_npy_read_raw(file, npy, run, &raw);
    if (status == ANA_OK) {
        to_native(&npy->type, npy->n, raw, out);
    }
    free(raw);
    return status;
}

ana_status ana_npy_read_doubles(const ana_file *file, const ana_npy *npy, const ana_run *run,
                                double *out)
{
    ana_status status = ANA_OK;
    unsigned char *raw = NULL;
    void *native = NULL;
    size_t size = stored_size(&npy->type);
    ANA_TRY(ana_npy_check_numbers(ana_file_name(file), npy));
    ANA_TRY(ana_npy_read_raw(file, npy, run, &raw));
    if (npy->type.half != ANA_HALF_NONE) {
        ANA_TRY(ana_allocate(npy->n, size, ana_file_name(file), &native));
    }
    to_native(&npy->type, npy->n, raw, native != NULL ? native : raw);
    ana_samples_to_double(npy->type.sample, npy->n, native != NULL ? native : raw, 1, 1.0, 0.0,
                          out);
done:
    free(native);
    free(raw);
    return status;
}

/* One fixed-length text as UTF-8; trailing NULs are padding. */
static ana_status decode_text(const ana_npy_type *type, const unsigned char *bytes, char **out)
{
    if (type->kind == ANA_NPY_BYTES) {
        return ana_text_to_utf8((const char *)bytes, type->size, out);
    }
    ana_text text = {0};
    ana_text_append(&text, "");
    ana_cursor cursor = ana_cursor_over("", bytes, type->size, 0);
    const uint16_t one = 1;
    unsigned char first = 0;
    memcpy(&first, &one, 1);
    cursor.big_endian = (first == 0) != type->swap;
    uint32_t code = ana_cursor_u32(&cursor);
    while (!cursor.failed && code != 0) {
        ana_text_append_code_point(&text, code);
        code = ana_cursor_u32(&cursor);
    }
    ana_status status = ana_text_check(&text, "text");
    if (status != ANA_OK) {
        ana_text_release(&text);
        return status;
    }
    *out = text.bytes;
    return ANA_OK;
}

static ana_status decode_texts(const ana_npy_type *type, size_t n, const unsigned char *bytes,
                               size_t stride, char **out)
{
    for (size_t i = 0; i < n; i++) {
        ana_status status = decode_text(type, bytes + i * stride, &out[i]);
        if (status != ANA_OK) {
            while (i-- > 0) {
                free(out[i]);
                out[i] = NULL;
            }
            return status;
        }
    }
    return ANA_OK;
}

static bool is_text(const ana_npy_type *type)
{
    return type->kind == ANA_NPY_BYTES || type->kind == ANA_NPY_UNICODE;
}

ana_status ana_npy_read_texts(const ana_file *file, const ana_npy *npy, const ana_run *run,
                              char **out)
{
    if (npy->n_fields > 0 || !is_text(&npy->type)) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "%s: holds no texts (dtype \"%s\")",
                        ana_file_name(file), npy->type.text);
    }
    unsigned char *raw = NULL;
    ana_status status = ana_npy_read_raw(file, npy, run, &raw);
    if (status == ANA_OK) {
        status = decode_texts(&npy->type, npy->n, raw, npy->type.size, out);
    }
    free(raw);
    return status;
}

ana_status ana_npy_column(const ana_npy *npy, const ana_npy_field *field, const unsigned char *raw,
                          void **out)
{
    ana_status status = ANA_OK;
    unsigned char *column = NULL;
    void *native = NULL;
    const size_t bytes = field->n * field->type.size; /* checked when the header was read */
    const size_t n = npy->n * field->n;
    ANA_TRY(ana_allocate(n, field->type.size, field->name, &column));
    ANA_TRY(ana_allocate(n, stored_size(&field->type), field->name, &native));
    for (size_t i = 0; i < npy->n; i++) {
        memcpy(column + i * bytes, raw + i * npy->type.size + field->offset, bytes);
    }
    to_native(&field->type, n, column, native);
    *out = native;
    native = NULL;
done:
    free(native);
    free(column);
    return status;
}

ana_status ana_npy_column_texts(const ana_npy *npy, const ana_npy_field *field,
                                const unsigned char *raw, char **out)
{
    return decode_texts(&field->type, npy->n, raw + field->offset, npy->type.size, out);
}
