/* MAT files of version 4: matrices one after the other, each behind five numbers. */
#include "checked.h"
#include "cursor.h"
#include "mat.h"
#include "memory.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER_BYTES = 20,
    MAX_NAME = 1024,
    TYPE_FULL = 0,
    TYPE_TEXT = 1,
    TYPE_SPARSE = 2
};

/* The five numbers, and what the first says. */
typedef struct mat4_header {
    bool big_endian;
    ana_sample_type sample;
    unsigned type;
    size_t n_rows;
    size_t n_columns;
    bool is_complex;
    size_t n_name;
} mat4_header;

static bool parse(const unsigned char *bytes, bool big_endian, mat4_header *header)
{
    static const ana_sample_type samples[] = {ANA_FLOAT64, ANA_FLOAT32, ANA_INT32,
                                              ANA_INT16,   ANA_UINT16,  ANA_UINT8};
    ana_cursor cursor = ana_cursor_over("", bytes, HEADER_BYTES, 0);
    cursor.big_endian = big_endian;
    uint32_t kind = ana_cursor_u32(&cursor); /* MOPT: machine, 0, precision, type */
    uint32_t n_rows = ana_cursor_u32(&cursor);
    uint32_t n_columns = ana_cursor_u32(&cursor);
    uint32_t imaginary = ana_cursor_u32(&cursor);
    uint32_t n_name = ana_cursor_u32(&cursor);
    unsigned machine = big_endian ? 1 : 0;
    if (kind / 1000 != machine || kind / 100 % 10 != 0 || kind / 10 % 10 > 5 ||
        kind % 10 > TYPE_SPARSE || imaginary > 1 || n_name < 1 || n_name > MAX_NAME ||
        n_rows > INT32_MAX || n_columns > INT32_MAX) {
        return false;
    }
    *header = (mat4_header){.big_endian = big_endian,
                            .sample = samples[kind / 10 % 10],
                            .type = kind % 10,
                            .n_rows = n_rows,
                            .n_columns = n_columns,
                            .is_complex = imaginary == 1,
                            .n_name = n_name};
    return true;
}

bool ana_mat_begins_as_4(const unsigned char *head, size_t n)
{
    mat4_header header;
    if (n <= HEADER_BYTES || (!parse(head, false, &header) && !parse(head, true, &header))) {
        return false;
    }
    size_t n_seen = n - HEADER_BYTES < header.n_name ? n - HEADER_BYTES : header.n_name;
    for (size_t i = 0; i < n_seen; i++) {
        unsigned char c = head[HEADER_BYTES + i];
        bool last = i + 1 == header.n_name;
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                      (i > 0 && c >= '0' && c <= '9');
        if (last ? c != '\0' : !letter) {
            return false;
        }
    }
    return true;
}

/* Text: a character code in each number. */
static ana_status make_text(ana_mat_reader *reader, ana_mat_value *value)
{
    ana_status status = ANA_OK;
    double *codes = NULL;
    uint16_t *units = NULL;
    ANA_TRY(ana_mat_count(reader, value->n, sizeof *codes + sizeof *units));
    ANA_TRY(ana_allocate(value->n, sizeof *codes, "text", &codes));
    ANA_TRY(ana_allocate(value->n, sizeof *units, "text", &units));
    ana_mat_to_doubles(value, codes);
    for (size_t i = 0; i < value->n; i++) {
        bool fits = codes[i] >= 0.0 && codes[i] < 65536.0;
        units[i] = fits ? (uint16_t)codes[i] : 0xfffd;
    }
    free(value->real);
    value->real = NULL;
    value->class_of = ANA_MAT_CHAR;
    status = ana_mat_set_lines(reader, value, units);
done:
    free(units);
    free(codes);
    return status;
}

static ana_status wrong_sparse(const ana_mat_reader *reader, uint64_t at)
{
    (void)ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: a sparse matrix whose indices leave its shape",
                   ana_file_name(reader->file), (unsigned long long)at);
    return ANA_ERR_FORMAT;
}

/* Numbers in any order into columns: triples has n + 1 rows of (i, j, value[, imaginary]), the last
 * of which is the shape. */
static void sort_into_columns(const double *triples, size_t n, ana_mat_value *value)
{
    const size_t n_columns = value->shape[1];
    double *numbers = value->real;
    double *imaginary = value->imaginary;
    int64_t *starts = value->starts; /* counted one place ahead, then moved down */
    for (size_t i = 0; i < n; i++) {
        starts[(size_t)triples[n + 1 + i]]++;
    }
    for (size_t c = 0; c < n_columns; c++) {
        starts[c + 1] += starts[c];
    }
    for (size_t i = n; i-- > 0;) { /* backwards: each start ends at its column's first number */
        size_t to = (size_t)--starts[(size_t)triples[n + 1 + i]];
        value->rows[to] = (int64_t)triples[i] - 1;
        numbers[to] = triples[2 * (n + 1) + i];
        if (imaginary != NULL) {
            imaginary[to] = triples[3 * (n + 1) + i];
        }
    }
    memmove(starts, starts + 1, n_columns * sizeof *starts);
    starts[n_columns] = (int64_t)n;
}

static bool indices_fit(const double *triples, size_t n)
{
    const double n_rows = triples[n];
    const double n_columns = triples[2 * n + 1];
    bool right = n_rows >= 0.0 && n_rows < 2e9 && n_columns >= 0.0 && n_columns < 2e9;
    for (size_t i = 0; right && i < n; i++) {
        double column = triples[n + 1 + i];
        right = triples[i] >= 1.0 && triples[i] <= n_rows && column >= 1.0 && column <= n_columns;
    }
    return right;
}

/* Room for n numbers of a sparse matrix of that shape. */
static ana_status make_room(ana_mat_reader *reader, size_t n, bool is_complex, ana_mat_value *value)
{
    ana_status status = ANA_OK;
    const size_t n_starts = value->shape[1] + 1;
    free(value->real);
    free(value->imaginary);
    value->real = NULL;
    value->imaginary = NULL;
    ANA_TRY(ana_mat_count(reader, n_starts, sizeof *value->starts));
    ANA_TRY(ana_mat_count(reader, n, 3 * sizeof(double)));
    ANA_TRY(ana_allocate(n_starts, sizeof *value->starts, "sparse", &value->starts));
    ANA_TRY(ana_allocate(n, sizeof *value->rows, "sparse", &value->rows));
    ANA_TRY(ana_allocate(n, sizeof(double), "sparse", &value->real));
    ANA_TRY(is_complex ? ana_allocate(n, sizeof(double), "sparse", &value->imaginary) : ANA_OK);
done:
    return status;
}

static ana_status make_sparse(ana_mat_reader *reader, uint64_t at, ana_mat_value *value)
{
    ana_status status = ANA_OK;
    double *triples = NULL;
    if (value->shape[0] < 1 || value->shape[1] < 3 || value->shape[1] > 4) {
        return wrong_sparse(reader, at);
    }
    const size_t n = value->shape[0] - 1;
    const bool is_complex = value->shape[1] == 4;
    ANA_TRY(ana_mat_count(reader, value->n, sizeof *triples));
    ANA_TRY(ana_allocate(value->n, sizeof *triples, "sparse", &triples));
    ana_mat_to_doubles(value, triples);
    ANA_TRY(indices_fit(triples, n) ? ANA_OK : wrong_sparse(reader, at));
    value->class_of = ANA_MAT_SPARSE;
    value->stored = ANA_FLOAT64;
    value->n_stored = n;
    value->shape[0] = (size_t)triples[n];
    value->shape[1] = (size_t)triples[2 * n + 1];
    value->n = value->shape[0] * value->shape[1]; /* both below 2e9 */
    ANA_TRY(make_room(reader, n, is_complex, value));
    sort_into_columns(triples, n, value);
done:
    free(triples);
    return status;
}

static ana_status read_part(ana_mat_reader *reader, uint64_t at, const mat4_header *header,
                            size_t n, void **out)
{
    ana_status status = ANA_OK;
    const size_t size = ana_sample_size(header->sample);
    const uint16_t one = 1;
    unsigned char first = 0;
    void *part = NULL;
    memcpy(&first, &one, 1);
    ANA_TRY(ana_mat_count(reader, n, size));
    ANA_TRY(ana_allocate(n, size, "matrix", &part));
    ANA_TRY(ana_file_read(reader->file, at, n * size, part));
    if (header->big_endian != (first == 0)) {
        ana_swap_bytes(part, n, size);
    }
    *out = part;
    part = NULL;
done:
    free(part);
    return status;
}

static ana_status read_matrix(ana_mat_reader *reader, uint64_t at, const mat4_header *header,
                              const char *name)
{
    ana_status status = ANA_OK;
    ana_mat_value *value = NULL;
    size_t n = header->n_rows * header->n_columns; /* both below 2^31 */
    ANA_TRY(ana_mat_append(reader, name, header->n_name, &value));
    value->class_of = ANA_MAT_DOUBLE;
    value->n_axes = 2;
    value->shape[0] = header->n_rows;
    value->shape[1] = header->n_columns;
    value->n = n;
    value->n_stored = n;
    value->stored = header->sample;
    ANA_TRY(read_part(reader, at, header, n, &value->real));
    if (header->is_complex) {
        ANA_TRY(read_part(reader, at + (uint64_t)n * ana_sample_size(header->sample), header, n,
                          &value->imaginary));
    }
    if (header->type == TYPE_TEXT) {
        ANA_TRY(make_text(reader, value));
    } else if (header->type == TYPE_SPARSE) {
        ANA_TRY(make_sparse(reader, at, value));
    }
done:
    return status;
}

ana_status ana_mat_read_4(ana_mat_reader *reader)
{
    const char *path = ana_file_name(reader->file);
    uint64_t size = ana_file_size(reader->file);
    for (uint64_t at = 0; at < size;) {
        unsigned char bytes[HEADER_BYTES];
        char name[MAX_NAME];
        mat4_header header;
        ana_status status = ana_file_read(reader->file, at, HEADER_BYTES, bytes);
        if (status != ANA_OK) {
            return status;
        }
        if (!parse(bytes, false, &header) && !parse(bytes, true, &header)) {
            return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: no header of a version 4 matrix", path,
                            (unsigned long long)at);
        }
        status = ana_file_read(reader->file, at + HEADER_BYTES, header.n_name, name);
        if (status != ANA_OK) {
            return status;
        }
        uint64_t data = at + HEADER_BYTES + header.n_name;
        uint64_t n = (uint64_t)header.n_rows * header.n_columns;
        uint64_t each = ana_sample_size(header.sample) * (header.is_complex ? 2U : 1U);
        if (n > (size - data) / each) {
            return ana_fail(ANA_ERR_FORMAT,
                            "%s: byte %llu: a matrix of %zu x %zu is announced, but %llu bytes "
                            "follow",
                            path, (unsigned long long)at, header.n_rows, header.n_columns,
                            (unsigned long long)(size - data));
        }
        size_t length = strlen(reader->wanted != NULL ? reader->wanted : "");
        bool wanted = reader->wanted == NULL ||
                      (header.n_name == length + 1 && memcmp(name, reader->wanted, length) == 0);
        status = wanted ? read_matrix(reader, data, &header, name) : ANA_OK;
        if (status != ANA_OK) {
            return status;
        }
        at = data + n * each;
    }
    return ANA_OK;
}
