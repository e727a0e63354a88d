#include "safetensors.h"

#include "arrays.h"
#include "checked.h"
#include "memory.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

enum {
    N_LENGTH = 8,               /* bytes of the header's length */
    MAX_HEADER = 100 * 1000000, /* as the format says */
    MAX_NAMES = 500             /* bytes of names in a sentence */
};

static uint64_t header_length(const unsigned char *bytes)
{
    uint64_t length = 0;
    for (size_t i = N_LENGTH; i-- > 0;) {
        length = length << 8 | bytes[i];
    }
    return length;
}

bool ana_begins_as_safetensors(const unsigned char *head, size_t n, uint64_t size)
{
    return n > N_LENGTH && head[N_LENGTH] == '{' && header_length(head) <= size - N_LENGTH;
}

void ana_safetensors_release(ana_safetensors *safetensors)
{
    for (size_t i = 0; i < safetensors->n; i++) {
        ana_npy_release(&safetensors->tensors[i].array);
        free(safetensors->tensors[i].name);
    }
    free(safetensors->tensors);
    ana_json_free(safetensors->header);
    *safetensors = (ana_safetensors){0};
}

/* Types of the format that are not read. */
static bool is_other_type(const char *name)
{
    static const char *const names[] = {"F8_E4M3", "F8_E5M2", "F8_E8M0", "F6_E2M3",
                                        "F6_E3M2", "F4",      "C64"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The element type of a name; of one that is not read the size is 0, and its kind OTHER. */
static ana_npy_type type_of(const char *name)
{
    static const struct {
        const char *name;
        ana_sample_type sample;
        unsigned char size;
        ana_half half;
    } known[] = {
        {"F64", ANA_FLOAT64, 8, ANA_HALF_NONE},     {"F32", ANA_FLOAT32, 4, ANA_HALF_NONE},
        {"F16", ANA_FLOAT32, 2, ANA_HALF_BINARY16}, {"BF16", ANA_FLOAT32, 2, ANA_HALF_BFLOAT16},
        {"I64", ANA_INT64, 8, ANA_HALF_NONE},       {"U64", ANA_UINT64, 8, ANA_HALF_NONE},
        {"I32", ANA_INT32, 4, ANA_HALF_NONE},       {"U32", ANA_UINT32, 4, ANA_HALF_NONE},
        {"I16", ANA_INT16, 2, ANA_HALF_NONE},       {"U16", ANA_UINT16, 2, ANA_HALF_NONE},
        {"I8", ANA_INT8, 1, ANA_HALF_NONE},         {"U8", ANA_UINT8, 1, ANA_HALF_NONE},
        {"BOOL", ANA_UINT8, 1, ANA_HALF_NONE},
    };
    const uint16_t one = 1;
    unsigned char first = 0;
    memcpy(&first, &one, 1);
    ana_npy_type type = {.kind = ANA_NPY_OTHER, .sample = ANA_UINT8};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, name) == 0) {
            type = (ana_npy_type){.kind = ANA_NPY_NUMBER,
                                  .sample = known[i].sample,
                                  .size = known[i].size,
                                  .swap = first != 1 && known[i].size > 1,
                                  .half = known[i].half,
                                  .boolean = strcmp(name, "BOOL") == 0};
        }
    }
    strncpy(type.text, name, sizeof type.text - 1);
    return type;
}

/* Lists of whole numbers that are not negative. */
static bool read_sizes(const ana_json *list, size_t most, size_t *n, size_t *out)
{
    *n = ana_json_count(list);
    if (list == NULL || ana_json_get_type(list) != ANA_JSON_LIST || *n > most) {
        return false;
    }
    for (size_t i = 0; i < *n; i++) {
        const ana_json *value = ana_json_at(list, i);
        if (ana_json_get_type(value) != ANA_JSON_INT || ana_json_int(value) < 0) {
            return false;
        }
        out[i] = (size_t)ana_json_int(value);
    }
    return true;
}

/* A tensor's place from its member of the header; `data` is the byte where elements begin. */
static ana_status place_tensor(const char *path, const ana_json *value, uint64_t data,
                               uint64_t n_data, ana_tensor *tensor)
{
    ana_npy *array = &tensor->array;
    const ana_json *dtype = ana_json_find(value, "dtype");
    const char *type = dtype != NULL ? ana_json_text(dtype) : NULL;
    size_t ends[2] = {0, 0};
    size_t n_ends = 0;
    if (type == NULL ||
        !read_sizes(ana_json_find(value, "shape"), ANA_NPY_MAX_AXES, &array->n_axes,
                    array->shape) ||
        !read_sizes(ana_json_find(value, "data_offsets"), 2, &n_ends, ends) || n_ends != 2) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %d: tensor \"%s\" should have a dtype, a shape of at most %d "
                        "whole numbers and two data_offsets",
                        path, N_LENGTH, tensor->name, ANA_NPY_MAX_AXES);
    }
    if (ends[0] > ends[1] || ends[1] > n_data) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %d: tensor \"%s\" lies at %zu to %zu of %llu bytes of elements",
                        path, N_LENGTH, tensor->name, ends[0], ends[1], (unsigned long long)n_data);
    }
    array->type = type_of(type);
    if (array->type.kind != ANA_NPY_NUMBER && !is_other_type(type)) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %d: tensor \"%s\" is of the type \"%s\", which the format does "
                        "not know; \"F32\" would be one",
                        path, N_LENGTH, tensor->name, type);
    }
    array->data = data + ends[0];
    array->n_bytes = ends[1] - ends[0];
    array->n = 1;
    bool fits = true;
    for (size_t i = 0; i < array->n_axes; i++) {
        fits = fits && ana_multiply(array->n, array->shape[i], &array->n);
    }
    size_t wanted = 0;
    fits = fits && ana_multiply(array->n, array->type.size, &wanted);
    if (array->type.kind == ANA_NPY_NUMBER && (!fits || wanted != array->n_bytes)) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %d: tensor \"%s\" has %zu bytes, but its shape asks for %s%zu "
                        "of %s",
                        path, N_LENGTH, tensor->name, array->n_bytes, fits ? "" : "more than ",
                        fits ? wanted : SIZE_MAX, type);
    }
    return ANA_OK;
}

static int compare_places(const void *a, const void *b)
{
    const ana_npy *x = &((const ana_tensor *)a)->array;
    const ana_npy *y = &((const ana_tensor *)b)->array;
    if (x->data != y->data) {
        return x->data < y->data ? -1 : 1;
    }
    return x->n_bytes < y->n_bytes ? -1 : x->n_bytes > y->n_bytes;
}

/* Tensors stand one behind the other, up to the end of the file. */
static ana_status check_cover(const char *path, uint64_t data, uint64_t size,
                              ana_safetensors *safetensors)
{
    uint64_t at = data;
    qsort(safetensors->tensors, safetensors->n, sizeof *safetensors->tensors, compare_places);
    for (size_t i = 0; i < safetensors->n; i++) {
        const ana_tensor *tensor = &safetensors->tensors[i];
        if (tensor->array.data != at) {
            return ana_fail(ANA_ERR_FORMAT,
                            "%s: byte %llu: tensor \"%s\" begins here, but the one before it ends "
                            "at byte %llu",
                            path, (unsigned long long)tensor->array.data, tensor->name,
                            (unsigned long long)at);
        }
        at += tensor->array.n_bytes;
    }
    if (at != size) {
        return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: %llu bytes follow the last tensor", path,
                        (unsigned long long)at, (unsigned long long)(size - at));
    }
    return ANA_OK;
}

static ana_status read_header(const ana_file *file, ana_safetensors *out, uint64_t *data)
{
    ana_status status = ANA_OK;
    char *text = NULL;
    unsigned char bytes[N_LENGTH];
    const char *path = ana_file_name(file);
    ANA_TRY(ana_file_read(file, 0, sizeof bytes, bytes));
    const uint64_t length = header_length(bytes);
    const uint64_t left = ana_file_size(file) - N_LENGTH;
    if (length > left) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte 0: a header of %llu bytes, but %llu are left in the file", path,
                        (unsigned long long)length, (unsigned long long)left);
    }
    if (length > MAX_HEADER) {
        return ana_fail(ANA_ERR_LIMIT, "%s: byte 0: a header of %llu bytes; at most %d are read",
                        path, (unsigned long long)length, MAX_HEADER);
    }
    ANA_TRY(ana_allocate((size_t)length + 1, 1, path, &text));
    ANA_TRY(ana_file_read(file, N_LENGTH, (size_t)length, text));
    ANA_TRY(ana_json_parse(path, text, (size_t)length, &out->header));
    if (ana_json_get_type(out->header) != ANA_JSON_OBJECT) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT, "%s: byte %d: the header should be a JSON object", path,
                         N_LENGTH));
    }
    *data = N_LENGTH + length;
done:
    free(text);
    return status;
}

ana_status ana_safetensors_open(const ana_file *file, ana_safetensors *out)
{
    ana_status status = ANA_OK;
    const char *path = ana_file_name(file);
    uint64_t data = 0;
    *out = (ana_safetensors){0};
    ANA_TRY(read_header(file, out, &data));
    const size_t n = ana_json_count(out->header);
    if (n > ANA_MAX_ARRAYS) {
        ANA_TRY(ana_fail(ANA_ERR_LIMIT, "%s: byte %d: %zu tensors; at most %d are read", path,
                         N_LENGTH, n, ANA_MAX_ARRAYS));
    }
    ANA_TRY(ana_allocate(n, sizeof *out->tensors, path, &out->tensors));
    ana_json_member member = {.key = NULL};
    while (ana_json_next(out->header, &member)) {
        if (strcmp(member.key, "__metadata__") != 0) {
            ana_tensor *tensor = &out->tensors[out->n++];
            ANA_TRY(ana_copy_text(member.key, &tensor->name));
            ANA_TRY(place_tensor(path, member.value, data, ana_file_size(file) - data, tensor));
        }
    }
    ANA_TRY(check_cover(path, data, ana_file_size(file), out));
done:
    if (status != ANA_OK) {
        ana_safetensors_release(out);
    }
    return status;
}

static ana_status fail_name(const ana_safetensors *safetensors, const char *path, const char *name)
{
    ana_text names = {0};
    for (size_t i = 0; i < safetensors->n && names.n < MAX_NAMES; i++) {
        ana_text_printf(&names, "%s%s", i > 0 ? ", " : "", safetensors->tensors[i].name);
    }
    const char *there = names.bytes != NULL ? names.bytes : "none";
    if (name == NULL) {
        (void)ana_fail(ANA_ERR_VALUE, "%s: holds %zu tensors; name one of them after ':': %s", path,
                       safetensors->n, there);
    } else {
        (void)ana_fail(ANA_ERR_VALUE, "%s: has no tensor \"%s\"; there are: %s", path, name, there);
    }
    ana_text_release(&names);
    return ANA_ERR_VALUE;
}

ana_status ana_safetensors_find(const ana_safetensors *safetensors, const char *path,
                                const char *name, const ana_tensor **out)
{
    for (size_t i = 0; i < safetensors->n; i++) {
        const ana_tensor *tensor = &safetensors->tensors[i];
        if (name != NULL ? strcmp(tensor->name, name) == 0 : safetensors->n == 1) {
            *out = tensor;
            return ANA_OK;
        }
    }
    return fail_name(safetensors, path, name);
}
