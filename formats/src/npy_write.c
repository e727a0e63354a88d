/* Writing of .npy: the second half of npy.h. */
#include "checked.h"
#include "memory.h"
#include "npy.h"
#include "try.h"
#include "unicode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ALIGNMENT = 64 /* of the first element, as numpy does */
};

static bool is_big_endian_machine(void)
{
    const uint16_t one = 1;
    unsigned char first = 0;
    memcpy(&first, &one, 1);
    return first == 0;
}

const char *ana_npy_descr(ana_sample_type type)
{
    static const char *const little[] = {
        [ANA_INT8] = "|i1",   [ANA_UINT8] = "|u1",   [ANA_INT16] = "<i2",   [ANA_UINT16] = "<u2",
        [ANA_INT24] = "<i4",  [ANA_INT32] = "<i4",   [ANA_UINT32] = "<u4",  [ANA_INT64] = "<i8",
        [ANA_UINT64] = "<u8", [ANA_FLOAT32] = "<f4", [ANA_FLOAT64] = "<f8",
    };
    static const char *const big[] = {
        [ANA_INT8] = "|i1",   [ANA_UINT8] = "|u1",   [ANA_INT16] = ">i2",   [ANA_UINT16] = ">u2",
        [ANA_INT24] = ">i4",  [ANA_INT32] = ">i4",   [ANA_UINT32] = ">u4",  [ANA_INT64] = ">i8",
        [ANA_UINT64] = ">u8", [ANA_FLOAT32] = ">f4", [ANA_FLOAT64] = ">f8",
    };
    return is_big_endian_machine() ? big[type] : little[type];
}

void ana_npy_put_header(ana_text *text, const char *descr, bool fortran, size_t n_axes,
                        const size_t *shape)
{
    ana_text literal = {0};
    ana_text_printf(&literal, "{'descr': '%s', 'fortran_order': %s, 'shape': (", descr,
                    fortran ? "True" : "False");
    for (size_t i = 0; i < n_axes; i++) {
        ana_text_printf(&literal, "%zu%s", shape[i],
                        n_axes == 1      ? ","
                        : i + 1 < n_axes ? ", "
                                         : "");
    }
    ana_text_append(&literal, "), }");
    /* At most ANA_NPY_MAX_AXES numbers: the length always fits version 1's 16 bits. */
    size_t n = (10 + literal.n + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - 10;
    const char preamble[] = {'\x93',           'N',           'U', 'M', 'P', 'Y', 1, 0,
                             (char)(n & 0xff), (char)(n >> 8)};
    ana_text_append_bytes(text, preamble, sizeof preamble);
    while (literal.n < n - 1 && !literal.failed) {
        ana_text_append(&literal, " ");
    }
    ana_text_append(&literal, "\n");
    if (literal.failed) {
        text->failed = true;
    } else {
        ana_text_append_bytes(text, literal.bytes, literal.n);
    }
    ana_text_release(&literal);
}

/* Header and n_bytes of elements under a temporary name, then the name itself. */
static ana_status save(const char *path, const char *descr, size_t n_axes, const size_t *shape,
                       size_t n_bytes, const void *elements)
{
    ana_status status = ANA_OK;
    ana_atomic atomic = {0};
    ana_text header = {0};
    ana_npy_put_header(&header, descr, false, n_axes, shape);
    ANA_TRY(ana_text_check(&header, path));
    ANA_TRY(ana_atomic_open(path, &atomic));
    ANA_TRY(ana_atomic_write(&atomic, header.bytes, header.n));
    ANA_TRY(ana_atomic_write(&atomic, elements, n_bytes));
    ANA_TRY(ana_atomic_commit(&atomic));
done:
    ana_atomic_discard(&atomic);
    ana_text_release(&header);
    return status;
}

ana_status ana_npy_save(const char *path, ana_sample_type type, size_t n_axes, const size_t *shape,
                        const void *elements)
{
    size_t n_bytes = ana_sample_size(type);
    for (size_t i = 0; i < n_axes; i++) {
        if (!ana_multiply(n_bytes, shape[i], &n_bytes)) {
            return ana_fail(ANA_ERR_SHAPE, "%s: the shape has more elements than fit", path);
        }
    }
    return save(path, ana_npy_descr(type), n_axes, shape, n_bytes, elements);
}

static size_t count_characters(const char *text)
{
    size_t n_bytes = strlen(text);
    size_t n = 0;
    for (size_t at = 0; at < n_bytes; n++) {
        (void)ana_utf8_next((const unsigned char *)text, n_bytes, &at);
    }
    return n;
}

ana_status ana_npy_pack_texts(size_t n, const char *const *texts, char descr[16],
                              unsigned char **bytes, size_t *n_bytes)
{
    size_t longest = 1; /* numpy has no texts of no characters */
    for (size_t i = 0; i < n; i++) {
        size_t length = texts[i] != NULL ? count_characters(texts[i]) : 0;
        longest = length > longest ? length : longest;
    }
    uint32_t *codes = NULL;
    if (!ana_multiply(n, longest * sizeof *codes, n_bytes)) {
        return ana_fail(ANA_ERR_SHAPE, "%zu texts of %zu characters do not fit in memory", n,
                        longest);
    }
    ana_status status = ana_allocate(n, longest * sizeof *codes, "texts", &codes);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        const char *text = texts[i] != NULL ? texts[i] : "";
        size_t length = strlen(text);
        uint32_t *to = codes + i * longest;
        for (size_t at = 0; at < length; to++) {
            *to = ana_utf8_next((const unsigned char *)text, length, &at);
        }
    }
    snprintf(descr, 16, "%cU%u", is_big_endian_machine() ? '>' : '<', (unsigned)longest);
    *bytes = (unsigned char *)codes;
    return ANA_OK;
}

ana_status ana_npy_save_texts(const char *path, size_t n, const char *const *texts)
{
    char descr[16];
    unsigned char *bytes = NULL;
    size_t n_bytes = 0;
    ana_status status = ana_npy_pack_texts(n, texts, descr, &bytes, &n_bytes);
    if (status == ANA_OK) {
        status = save(path, descr, 1, &n, n_bytes, bytes);
    }
    free(bytes);
    return status;
}
