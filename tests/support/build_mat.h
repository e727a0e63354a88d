/** MAT files built byte by byte. */
#ifndef TESTS_SUPPORT_BUILD_MAT_H
#define TESTS_SUPPORT_BUILD_MAT_H

#include "text.h"

/** A file that grows, in one of the byte orders. */
typedef struct mat_builder {
    ana_text text;
    bool big;
} mat_builder;

/** The low n bytes of `value`; a double. */
void mat_put(mat_builder *b, uint64_t value, size_t n);
void mat_put_double(mat_builder *b, double value);

/** The 128 bytes that a file of version 5 begins with. */
void mat_put_head(mat_builder *b);
/** A long element of n whole numbers of `size` bytes, padded. */
void mat_put_element(mat_builder *b, uint32_t type, size_t size, size_t n, const int64_t *values);
/** Begin a matrix; returns where its length stands, for mat_end. */
size_t mat_begin(mat_builder *b, uint32_t flags, int64_t rows, int64_t columns, const char *name);
void mat_end(mat_builder *b, size_t at);
void mat_put_numbers(mat_builder *b, uint32_t flags, const char *name, uint32_t type, size_t size,
                     int64_t rows, int64_t columns, const int64_t *values);
void mat_put_text(mat_builder *b, const char *name, uint32_t type, const char *text);

/** A 1 x 2 struct called `name` with the fields "RDM" (a row of three; a 2 x 2, or without
 *  `numbers` a text) and `second`, a text of its own. */
void mat_put_structs(mat_builder *b, const char *name, const char *second, bool numbers);

/** A whole file with one of everything: numbers, complex, texts, sparse, cells, a struct. */
void mat_put_all(mat_builder *b);
/** The same file with each variable deflated, as version 7 has it; both little-endian. */
void mat_deflate_variables(const mat_builder *plain, mat_builder *packed);

/** A matrix of version 4: kind 10 P + T of the file's MOPT. */
void mat_put_4(mat_builder *b, uint32_t kind, uint32_t rows, uint32_t columns, const char *name,
               const double *values);

#endif
