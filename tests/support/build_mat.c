#include "support/build_mat.h"

#include "support/check.h"
#include "zip.h"

#include <stdlib.h>
#include <string.h>

void mat_put(mat_builder *b, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t shift = 8 * (b->big ? n - 1 - i : i);
        char byte = (char)(unsigned char)(value >> shift & 0xff);
        ana_text_append_bytes(&b->text, &byte, 1);
    }
}

void mat_put_double(mat_builder *b, double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, 8);
    mat_put(b, bits, 8);
}

void mat_put_head(mat_builder *b)
{
    for (int i = 0; i < 124; i++) {
        ana_text_append(&b->text, i == 0 ? "M" : " ");
    }
    memcpy(b->text.bytes, "MATLAB 5.0 MAT-file", 19);
    mat_put(b, 0x0100, 2);
    ana_text_append(&b->text, b->big ? "MI" : "IM");
}

/* Long element of whole numbers of `size` bytes, padded. */
void mat_put_element(mat_builder *b, uint32_t type, size_t size, size_t n, const int64_t *values)
{
    mat_put(b, type, 4);
    mat_put(b, n * size, 4);
    for (size_t i = 0; i < n; i++) {
        mat_put(b, (uint64_t)values[i], size);
    }
    mat_put(b, 0, (8 - n * size % 8) % 8);
}

/* Begin a matrix; returns where its length stands. */
size_t mat_begin(mat_builder *b, uint32_t flags, int64_t rows, int64_t columns, const char *name)
{
    mat_put(b, 14, 4);
    size_t at = b->text.n;
    mat_put(b, 0, 4);
    mat_put(b, 6, 4);
    mat_put(b, 8, 4);
    mat_put(b, flags, 4);
    mat_put(b, 0, 4);
    mat_put_element(b, 5, 4, 2, (const int64_t[]){rows, columns});
    size_t n = strlen(name);
    if (n > 0 && n <= 4) { /* short form */
        uint32_t word = (uint32_t)n << 16 | 1;
        mat_put(b, word, 4);
        ana_text_append(&b->text, name);
        mat_put(b, 0, 4 - n);
    } else {
        int64_t letters[64];
        for (size_t i = 0; i < n; i++) {
            letters[i] = name[i];
        }
        mat_put_element(b, 1, 1, n, letters);
    }
    return at;
}

void mat_end(mat_builder *b, size_t at)
{
    uint32_t n = (uint32_t)(b->text.n - at - 4);
    for (size_t i = 0; i < 4; i++) {
        size_t shift = 8 * (b->big ? 3 - i : i);
        b->text.bytes[at + i] = (char)(unsigned char)(n >> shift & 0xff);
    }
}

void mat_put_numbers(mat_builder *b, uint32_t flags, const char *name, uint32_t type, size_t size,
                     int64_t rows, int64_t columns, const int64_t *values)
{
    size_t at = mat_begin(b, flags, rows, columns, name);
    mat_put_element(b, type, size, (size_t)(rows * columns), values);
    mat_end(b, at);
}

void mat_put_text(mat_builder *b, const char *name, uint32_t type, const char *text)
{
    int64_t letters[64];
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++) {
        letters[i] = (unsigned char)text[i];
    }
    size_t at = mat_begin(b, 4, 1, (int64_t)n, name);
    mat_put_element(b, type, type == 4 ? 2 : 1, n, letters);
    mat_end(b, at);
}

void mat_put_structs(mat_builder *b, const char *name, const char *second, bool numbers)
{
    int64_t fields[16] = {'R', 'D', 'M'};
    for (size_t k = 0; second[k] != '\0'; k++) {
        fields[8 + k] = second[k];
    }
    size_t at = mat_begin(b, 2, 1, 2, name);
    mat_put(b, 4 << 16 | 5, 4); /* names of 8 bytes */
    mat_put(b, 8, 4);
    mat_put_element(b, 1, 1, 16, fields);
    mat_put_numbers(b, 6, "", 2, 1, 1, 3, (const int64_t[]){9, 8, 7});
    mat_put_text(b, "", 16, "first");
    if (numbers) {
        mat_put_numbers(b, 6, "", 2, 1, 2, 2, (const int64_t[]){0, 5, 6, 0});
    } else {
        mat_put_text(b, "", 16, "none");
    }
    mat_put_text(b, "", 16, "other");
    mat_end(b, at);
}

/* Everything there is, in one file. */
void mat_put_all(mat_builder *b)
{
    const int64_t numbers[] = {1, 2, 3, -4, 5, 6};
    mat_put_head(b);
    mat_put_numbers(b, 6, "x", 3, 2, 2, 3, numbers);          /* doubles stored as int16 */
    mat_put_numbers(b, 12, "long_name", 5, 4, 1, 1, numbers); /* one int32 */
    size_t at = mat_begin(b, 6 | 0x800, 1, 2, "cplx");
    mat_put_element(b, 1, 1, 2, numbers);
    mat_put_element(b, 1, 1, 2, numbers + 2);
    mat_end(b, at);
    mat_put_text(b, "c", 4, "text");
    mat_put_text(b, "u", 16, "\xc3\xa4");
    at = mat_begin(b, 5, 3, 2, "s"); /* sparse: 7 at (2, 0), 8 at (1, 1) */
    mat_put_element(b, 5, 4, 2, (const int64_t[]){2, 1});
    mat_put_element(b, 5, 4, 3, (const int64_t[]){0, 1, 2});
    mat_put(b, 9, 4);
    mat_put(b, 16, 4);
    mat_put_double(b, 7.0);
    mat_put_double(b, 8.0);
    mat_end(b, at);
    at = mat_begin(b, 1, 1, 2, "cell");
    mat_put_text(b, "", 16, "one");
    mat_put_text(b, "", 16, "two");
    mat_end(b, at);
    at = mat_begin(b, 2, 1, 1, "data");
    mat_put(b, 4 << 16 | 5, 4); /* names of 8 bytes */
    mat_put(b, 8, 4);
    const int64_t names[] = {'a', 0, 0, 0, 0, 0, 0, 0, 't', 0, 0, 0, 0, 0, 0, 0, 'a'};
    int64_t padded[24] = {0};
    memcpy(padded, names, sizeof names);
    mat_put_element(b, 1, 1, 24, padded);
    mat_put_numbers(b, 6, "", 2, 1, 1, 4, (const int64_t[]){9, 8, 7, 6});
    mat_put_numbers(b, 6, "", 2, 1, 4, 1, (const int64_t[]){0, 2, 4, 6});
    mat_put(b, 14, 4); /* [] */
    mat_put(b, 0, 4);
    mat_end(b, at);
    at = mat_begin(b, 1, 1, 2, "mixed");
    mat_put_text(b, "", 16, "one");
    mat_put_numbers(b, 9, "", 2, 1, 1, 1, numbers);
    mat_end(b, at);
    mat_put_numbers(b, 9 | 0x200, "", 2, 1, 1, 2, numbers); /* no name: MATLAB's own */
}

/* A version 4 matrix: header, name, numbers. */
void mat_put_4(mat_builder *b, uint32_t kind, uint32_t rows, uint32_t columns, const char *name,
               const double *values)
{
    mat_put(b, kind + (b->big ? 1000 : 0), 4);
    mat_put(b, rows, 4);
    mat_put(b, columns, 4);
    mat_put(b, 0, 4);
    mat_put(b, strlen(name) + 1, 4);
    ana_text_append(&b->text, name);
    mat_put(b, 0, 1);
    for (size_t i = 0; i < (size_t)rows * columns; i++) {
        if (kind / 10 == 5) {
            mat_put(b, (uint64_t)values[i], 1);
        } else {
            mat_put_double(b, values[i]);
        }
    }
}

/* Each variable of a file deflated by itself, as version 7 has it. */
void mat_deflate_variables(const mat_builder *plain, mat_builder *packed)
{
    mat_put_head(packed);
    for (size_t at = 128; at < plain->text.n;) {
        uint32_t n = 0;
        memcpy(&n, plain->text.bytes + at + 4, 4);
        unsigned char *bytes = NULL;
        size_t n_bytes = 0;
        check_ok(ana_deflate(plain->text.bytes + at, n + 8, ANA_DEFLATE_ZLIB, &bytes, &n_bytes));
        mat_put(packed, 15, 4);
        mat_put(packed, n_bytes, 4);
        ana_text_append_bytes(&packed->text, (char *)bytes, n_bytes);
        free(bytes);
        at += n + 8;
    }
}
