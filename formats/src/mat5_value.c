/* One matrix of a MAT file of versions 5 to 7: its head, numbers, text and fields. */
#include "checked.h"
#include "mat5.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "unicode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MI_INT8 = 1,
    MI_UINT8 = 2,
    MI_INT16 = 3,
    MI_UINT16 = 4,
    MI_INT32 = 5,
    MI_UINT32 = 6,
    MI_SINGLE = 7,
    MI_DOUBLE = 9,
    MI_INT64 = 12,
    MI_UINT64 = 13,
    MI_UTF8 = 16,
    MI_UTF16 = 17,
    MI_UTF32 = 18,
    FLAG_LOGICAL = 0x200,
    FLAG_COMPLEX = 0x800
};

static ana_status wrong(const ana_cursor *at, const char *what)
{
    (void)ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: %s", at->name,
                   (unsigned long long)ana_cursor_offset(at), what);
    return ANA_ERR_FORMAT;
}

ana_status ana_mat5_take(ana_cursor *cursor, ana_mat5_element *element)
{
    uint32_t first = ana_cursor_u32(cursor);
    if (first >> 16 != 0) { /* short form: length and type in one number, then four bytes */
        ana_cursor four = ana_cursor_sub(cursor, 4);
        element->type = first & 0xffff;
        element->data = ana_cursor_sub(&four, first >> 16);
    } else {
        uint32_t n = ana_cursor_u32(cursor);
        element->type = first;
        element->data = ana_cursor_sub(cursor, n);
        size_t padding = (8 - n % 8) % 8;
        size_t left = ana_cursor_left(cursor);
        if (!cursor->failed) {
            ana_cursor_skip(cursor, padding < left ? padding : left);
        }
    }
    return cursor->failed || element->data.failed
               ? wrong(cursor, "an element that is longer than what it stands in")
               : ANA_OK;
}

/* What the numbers of an element are; false when it holds none. */
static bool find_sample(uint32_t type, ana_sample_type *sample)
{
    static const struct {
        uint32_t type;
        ana_sample_type sample;
    } known[] = {
        {MI_INT8, ANA_INT8},      {MI_UINT8, ANA_UINT8},    {MI_INT16, ANA_INT16},
        {MI_UINT16, ANA_UINT16},  {MI_INT32, ANA_INT32},    {MI_UINT32, ANA_UINT32},
        {MI_SINGLE, ANA_FLOAT32}, {MI_DOUBLE, ANA_FLOAT64}, {MI_INT64, ANA_INT64},
        {MI_UINT64, ANA_UINT64},  {MI_UTF8, ANA_UINT8},     {MI_UTF16, ANA_UINT16},
        {MI_UTF32, ANA_UINT32},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].type == type) {
            *sample = known[i].sample;
            return true;
        }
    }
    return false;
}

static bool machine_is_big_endian(void)
{
    const uint16_t one = 1;
    unsigned char first = 0;
    memcpy(&first, &one, 1);
    return first == 0;
}

/* *out = all numbers of the next element, native; *n of them, at least `least`. MATLAB calls the
 * bytes of sparse logical matrices doubles: as many bytes as numbers are taken for what they are.
 */
static ana_status read_numbers(ana_mat_reader *reader, ana_cursor *body, size_t least,
                               ana_sample_type *sample, size_t *n, void **out)
{
    ana_status status = ANA_OK;
    ana_mat5_element element = {0};
    void *numbers = NULL;
    ANA_TRY(ana_mat5_take(body, &element));
    if (!find_sample(element.type, sample)) {
        return wrong(&element.data, "an element that holds no numbers where some are needed");
    }
    if (*sample == ANA_FLOAT64 && least > 0 && ana_cursor_left(&element.data) == least) {
        *sample = ANA_UINT8;
    }
    const size_t size = ana_sample_size(*sample);
    *n = ana_cursor_left(&element.data) / size;
    if (*n < least) {
        return wrong(&element.data, "fewer numbers than the shape needs");
    }
    ANA_TRY(ana_mat_count(reader, *n, size));
    ANA_TRY(ana_allocate(*n, size, "matrix", &numbers));
    const unsigned char *bytes = ana_cursor_take(&element.data, *n * size);
    if (bytes != NULL && *n > 0) {
        memcpy(numbers, bytes, *n * size);
    }
    if (element.data.big_endian != machine_is_big_endian()) {
        ana_swap_bytes(numbers, *n, size);
    }
    *out = numbers;
done:
    return status;
}

static ana_status read_text(ana_cursor *body, char **out)
{
    ana_mat5_element element = {0};
    ana_status status = ana_mat5_take(body, &element);
    if (status != ANA_OK) {
        return status;
    }
    size_t n = ana_cursor_left(&element.data);
    const unsigned char *bytes = ana_cursor_take(&element.data, n);
    return ana_text_to_utf8(bytes != NULL ? (const char *)bytes : "", bytes != NULL ? n : 0, out);
}

/* Flags: class, and whether it is logical or complex. */
static ana_status read_flags(ana_cursor *body, ana_mat_value *value, bool *is_complex)
{
    ana_mat5_element element = {0};
    ana_status status = ana_mat5_take(body, &element);
    if (status != ANA_OK) {
        return status;
    }
    uint32_t flags = ana_cursor_u32(&element.data);
    if (element.type != MI_UINT32 || element.data.failed || (flags & 0xff) == 0 ||
        (flags & 0xff) > ANA_MAT_OPAQUE) {
        return wrong(body, "no flags of a matrix");
    }
    value->class_of = (ana_mat_class)(flags & 0xff);
    value->logical = (flags & FLAG_LOGICAL) != 0;
    *is_complex = (flags & FLAG_COMPLEX) != 0;
    return ANA_OK;
}

static ana_status read_shape(ana_cursor *body, ana_mat_value *value)
{
    ana_mat5_element element = {0};
    ana_status status = ana_mat5_take(body, &element);
    if (status != ANA_OK) {
        return status;
    }
    size_t n = ana_cursor_left(&element.data) / 4;
    if ((element.type != MI_INT32 && element.type != MI_UINT32) || n < 2) {
        return wrong(&element.data, "no shape of a matrix");
    }
    if (n > ANA_MAT_MAX_AXES) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: byte %llu: a matrix of %zu axes; at most %d are "
                        "read",
                        body->name, (unsigned long long)ana_cursor_offset(&element.data), n,
                        ANA_MAT_MAX_AXES);
    }
    value->n = 1;
    value->n_axes = n;
    bool empty = false;
    size_t product = 1;
    for (size_t i = 0; i < n; i++) {
        int32_t length = ana_cursor_i32(&element.data);
        if (length < 0 || !ana_multiply(product, length > 0 ? (size_t)length : 1, &product)) {
            return wrong(&element.data, "a shape with a negative length, or beyond 64 bits");
        }
        value->shape[i] = (size_t)length;
        empty = empty || length == 0;
    }
    value->n = empty ? 0 : product;
    return ANA_OK;
}

static ana_status read_plain(ana_mat_reader *reader, ana_cursor *body, ana_mat_value *value,
                             bool is_complex)
{
    size_t n = 0;
    ana_sample_type second = ANA_FLOAT64;
    if (value->n == 0 && ana_cursor_left(body) == 0) {
        return ANA_OK;
    }
    ana_status status = read_numbers(reader, body, value->n, &value->stored, &n, &value->real);
    value->n_stored = value->n;
    if (status != ANA_OK || !is_complex) {
        return status;
    }
    status = read_numbers(reader, body, value->n, &second, &n, &value->imaginary);
    if (status == ANA_OK && second != value->stored) {
        return wrong(body, "real and imaginary parts of different types");
    }
    return status;
}

/* Row and column starts are widened, and every index is held against the shape. */
static ana_status read_sparse(ana_mat_reader *reader, ana_cursor *body, ana_mat_value *value,
                              bool is_complex)
{
    ana_status status = ANA_OK;
    ana_sample_type type = ANA_INT32;
    void *rows = NULL;
    void *starts = NULL;
    size_t n_rows = 0;
    size_t n_starts = 0;
    const size_t n_columns = value->shape[1];
    ANA_TRY(read_numbers(reader, body, 0, &type, &n_rows, &rows));
    ANA_TRY(type == ANA_INT32 ? ANA_OK : wrong(body, "row indices of another type than int32"));
    ANA_TRY(read_numbers(reader, body, n_columns + 1, &type, &n_starts, &starts));
    ANA_TRY(type == ANA_INT32 ? ANA_OK : wrong(body, "column starts of another type than int32"));
    const int32_t *start = starts;
    const int32_t *row = rows;
    bool right = value->n_axes == 2 && start[0] == 0 && start[n_columns] >= 0 &&
                 (size_t)start[n_columns] <= n_rows;
    for (size_t c = 0; right && c < n_columns; c++) {
        right = start[c] <= start[c + 1];
    }
    size_t n = right ? (size_t)start[n_columns] : 0;
    for (size_t i = 0; i < n; i++) {
        right = right && row[i] >= 0 && (size_t)row[i] < value->shape[0];
    }
    ANA_TRY(right ? ANA_OK : wrong(body, "a sparse matrix whose indices leave its shape"));
    ANA_TRY(ana_mat_count(reader, n + n_columns + 1, sizeof *value->rows));
    ANA_TRY(ana_allocate(n, sizeof *value->rows, "sparse", &value->rows));
    ANA_TRY(ana_allocate(n_columns + 1, sizeof *value->starts, "sparse", &value->starts));
    for (size_t i = 0; i < n; i++) {
        value->rows[i] = row[i];
    }
    for (size_t c = 0; c <= n_columns; c++) {
        value->starts[c] = start[c];
    }
    size_t n_numbers = 0;
    value->n_stored = n;
    ANA_TRY(read_numbers(reader, body, n, &value->stored, &n_numbers, &value->real));
    if (is_complex) {
        ana_sample_type second = ANA_FLOAT64;
        ANA_TRY(read_numbers(reader, body, n, &second, &n_numbers, &value->imaginary));
        ANA_TRY(second == value->stored ? ANA_OK : wrong(body, "parts of different types"));
    }
done:
    free(rows);
    free(starts);
    return status;
}

/* At most `most` UTF-16 units of UTF-8 bytes. */
static size_t units_of_utf8(const unsigned char *bytes, size_t n, size_t most, uint16_t *units)
{
    size_t made = 0;
    for (size_t at = 0; at < n && made < most;) {
        uint32_t code = ana_utf8_next(bytes, n, &at);
        if (code > 0xffff && made + 1 < most) {
            units[made++] = (uint16_t)(0xd800 + ((code - 0x10000) >> 10));
            code = 0xdc00 + ((code - 0x10000) & 0x3ff);
        }
        units[made++] = (uint16_t)(code > 0xffff ? 0xfffd : code);
    }
    return made;
}

static ana_status read_chars(ana_mat_reader *reader, ana_cursor *body, ana_mat_value *value)
{
    ana_status status = ANA_OK;
    ana_mat5_element element = {0};
    uint16_t *units = NULL;
    if (value->n == 0) {
        return ana_mat_set_lines(reader, value, (uint16_t[1]){0});
    }
    ana_cursor peek = *body;
    ANA_TRY(ana_mat5_take(&peek, &element));
    const bool utf8 = element.type == MI_UTF8;
    size_t left = ana_cursor_left(&element.data);
    size_t n = 0;
    ana_sample_type sample = ANA_UINT8;
    if (left == 0 && value->n == 1) { /* MATLAB writes such a blank in files of its own */
        return ana_mat_set_lines(reader, value, (uint16_t[1]){' '});
    }
    /* Each character takes a byte at least: what the shape claims beyond is not there. */
    ANA_TRY(value->n <= left ? ANA_OK
                             : wrong(&element.data, "fewer characters than the shape needs"));
    ANA_TRY(ana_mat_count(reader, value->n, sizeof *units));
    ANA_TRY(ana_allocate(value->n, sizeof *units, "text", &units));
    if (utf8) {
        size_t made = units_of_utf8(ana_cursor_take(&element.data, left), left, value->n, units);
        for (; made < value->n; made++) {
            units[made] = ' ';
        }
    } else {
        void *codes = NULL;
        ANA_TRY(read_numbers(reader, body, value->n, &sample, &n, &codes));
        const unsigned char *bytes = codes;
        for (size_t i = 0; i < value->n; i++) {
            double code = 0.0;
            ana_samples_to_double(sample, 1, bytes + i * ana_sample_size(sample), 1, 1.0, 0.0,
                                  &code);
            units[i] = code >= 0.0 && code < 65536.0 ? (uint16_t)code : 0xfffd;
        }
        free(codes);
    }
    status = ana_mat_set_lines(reader, value, units);
done:
    free(units);
    return status;
}

static ana_status make_children(ana_mat_reader *reader, ana_cursor *body, ana_mat_value *value,
                                size_t n)
{
    if (n > ana_cursor_left(body) / 8) { /* each takes a tag at least */
        return wrong(body, "more cells or fields than there are bytes for");
    }
    ana_status status = ana_mat_count(reader, n, sizeof *value->children);
    if (status == ANA_OK) {
        status = ana_allocate(n, sizeof *value->children, "cells", &value->children);
    }
    if (status == ANA_OK) {
        value->n_children = n;
    }
    return status;
}

/* A field name that was there already gets a number in front, as other readers have it. */
static ana_status name_field(ana_mat_value *value, const char *bytes, size_t n)
{
    char *name = NULL;
    ana_status status = ana_text_to_utf8(bytes, n, &name);
    if (status != ANA_OK) {
        return status;
    }
    size_t n_before = 0;
    for (size_t f = 0; f < value->n_fields; f++) {
        const char *other = value->fields[f];
        size_t digits = other[0] == '_' ? strspn(other + 1, "0123456789") : 0;
        const char *plain = digits > 0 && other[1 + digits] == '_' ? other + digits + 2 : other;
        n_before += strcmp(other, name) == 0 || strcmp(plain, name) == 0 ? 1 : 0;
    }
    if (n_before > 0) {
        ana_text numbered = {0};
        ana_text_printf(&numbered, "_%zu_", n_before);
        ana_text_append(&numbered, name);
        free(name);
        name = numbered.bytes;
        status = ana_text_check(&numbered, "field");
        if (status != ANA_OK) {
            free(name);
            return status;
        }
    }
    value->fields[value->n_fields++] = name;
    return ANA_OK;
}

static ana_status read_fields(ana_mat_reader *reader, ana_cursor *body, ana_mat_value *value)
{
    ana_status status = ANA_OK;
    ana_mat5_element element = {0};
    size_t n = 0;
    if (value->class_of == ANA_MAT_OBJECT) {
        ANA_TRY(read_text(body, &value->class_name));
    }
    ANA_TRY(ana_mat5_take(body, &element));
    int32_t length = ana_cursor_i32(&element.data);
    if (element.type != MI_INT32 || element.data.failed || length < 1 || length > 4096) {
        return wrong(body, "no length of field names");
    }
    ANA_TRY(ana_mat5_take(body, &element));
    size_t n_fields = ana_cursor_left(&element.data) / (size_t)length;
    if (n_fields > ANA_MAT_MAX_FIELDS) {
        return wrong(body, "more fields than are read");
    }
    ANA_TRY(ana_allocate(n_fields, sizeof *value->fields, "fields", &value->fields));
    while (value->n_fields < n_fields) {
        const unsigned char *name = ana_cursor_take(&element.data, (size_t)length);
        ANA_TRY(name != NULL ? name_field(value, (const char *)name, (size_t)length)
                             : wrong(body, "field names"));
    }
    if (!ana_multiply(value->n, n_fields, &n)) {
        return wrong(body, "a struct beyond 64 bits");
    }
    status = make_children(reader, body, value, n);
done:
    return status;
}

ana_status ana_mat5_read_value(ana_mat_reader *reader, ana_cursor *body, ana_mat_value *value)
{
    ana_status status = ANA_OK;
    bool is_complex = false;
    char *name = NULL;
    ANA_TRY(read_flags(body, value, &is_complex));
    if (value->class_of != ANA_MAT_OPAQUE) {
        ANA_TRY(read_shape(body, value));
    }
    ANA_TRY(read_text(body, &name));
    free(value->name);
    value->name = name;
    switch (value->class_of) {
    case ANA_MAT_CELL:
        status = make_children(reader, body, value, value->n);
        break;
    case ANA_MAT_STRUCT:
    case ANA_MAT_OBJECT:
        status = read_fields(reader, body, value);
        break;
    case ANA_MAT_CHAR:
        status = read_chars(reader, body, value);
        break;
    case ANA_MAT_SPARSE:
        status = read_sparse(reader, body, value, is_complex);
        break;
    case ANA_MAT_FUNCTION:
        status = make_children(reader, body, value, 1);
        break;
    case ANA_MAT_NOTHING:
    case ANA_MAT_OPAQUE:
        break;
    case ANA_MAT_DOUBLE:
    case ANA_MAT_SINGLE:
    case ANA_MAT_INT8:
    case ANA_MAT_UINT64:
    default:
        status = read_plain(reader, body, value, is_complex);
        break;
    }
done:
    return status;
}

bool ana_mat5_may_be_called(ana_cursor body, const char *name)
{
    ana_mat_value value = {0};
    bool is_complex = false;
    char *found = NULL;
    bool may_be = read_flags(&body, &value, &is_complex) != ANA_OK ||
                  (value.class_of != ANA_MAT_OPAQUE && read_shape(&body, &value) != ANA_OK) ||
                  read_text(&body, &found) != ANA_OK || strcmp(found, name) == 0;
    free(found);
    return may_be;
}
