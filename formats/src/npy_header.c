/* The header of .npy: a Python dictionary of three known keys, parsed by hand. The grammar is the
 * one numpy writes; anything else that Python would evaluate is refused. */
#include "checked.h"
#include "memory.h"
#include "npy.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAGIC_BYTES = 6,
    MAX_PREAMBLE = 12,   /* magic, version, length of the header */
    MAX_HEADER = 1 << 20 /* numpy itself believes 10000 bytes */
};

/* The literal, and how far it is read. */
typedef struct literal {
    const char *name; /* of the file */
    const char *text;
    size_t n;
    size_t at;
    uint64_t origin; /* offset of text[0] in the file */
} literal;

/* Offset in the file of what is read next. */
static unsigned long long place(const literal *in)
{
    const uint64_t at = in->origin + in->at;
    return at;
}

static ana_status wrong(const literal *in, const char *wanted)
{
    char found[24] = "the end";
    size_t left = in->n - in->at;
    if (left > 0) {
        size_t n = left < sizeof found - 1 ? left : sizeof found - 1;
        for (size_t i = 0; i < n; i++) {
            char c = in->text[in->at + i];
            found[i] = c >= ' ' && c < 127 ? c : '?';
        }
        found[n] = '\0';
    }
    (void)ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: the header should have %s here, but has \"%s\"",
                   in->name, place(in), wanted, found);
    return ANA_ERR_FORMAT;
}

static void skip_spaces(literal *in)
{
    while (in->at < in->n && strchr(" \t\r\n", in->text[in->at]) != NULL &&
           in->text[in->at] != '\0') {
        in->at++;
    }
}

/* Whether the next character is `c`; then it is passed over. */
static bool accept(literal *in, char c)
{
    skip_spaces(in);
    if (in->at < in->n && in->text[in->at] == c) {
        in->at++;
        return true;
    }
    return false;
}

static ana_status expect(literal *in, char c, const char *wanted)
{
    return accept(in, c) ? ANA_OK : wrong(in, wanted);
}

/* *out = the text between quotes, without its backslashes; freed by free(). */
static ana_status parse_text(literal *in, char **out)
{
    char quote = accept(in, '\'') ? '\'' : accept(in, '"') ? '"' : '\0';
    if (quote == '\0') {
        (void)wrong(in, "a text in quotes");
        return ANA_ERR_FORMAT;
    }
    ana_text text = {0};
    ana_text_append(&text, "");
    while (in->at < in->n && in->text[in->at] != quote) {
        in->at += in->text[in->at] == '\\' && in->at + 1 < in->n ? 1 : 0;
        ana_text_append_bytes(&text, in->text + in->at, 1);
        in->at++;
    }
    if (in->at == in->n) {
        ana_text_release(&text);
        (void)wrong(in, "a quote that ends the text");
        return ANA_ERR_FORMAT;
    }
    in->at++;
    ana_status status = ana_text_check(&text, "header");
    if (status == ANA_OK) {
        status = ana_text_to_utf8(text.bytes, text.n, out);
    }
    ana_text_release(&text);
    return status;
}

static ana_status parse_size(literal *in, size_t *out)
{
    skip_spaces(in);
    size_t n = 0;
    while (in->at + n < in->n && in->text[in->at + n] >= '0' && in->text[in->at + n] <= '9') {
        n++;
    }
    uint64_t value = 0;
    if (n == 0 || !ana_parse_u64(in->text + in->at, n, &value) || value > INT64_MAX) {
        return wrong(in, "a whole number from 0 to 9223372036854775807");
    }
    in->at += n;
    if (in->at < in->n && in->text[in->at] == 'L') { /* Python 2 wrote 10L */
        in->at++;
    }
    *out = (size_t)value;
    return ANA_OK;
}

/* (), (3,), (3, 4): a tuple of whole numbers. */
static ana_status parse_shape(literal *in, size_t *n_axes, size_t shape[ANA_NPY_MAX_AXES])
{
    ana_status status = expect(in, '(', "a tuple such as (3, 4)");
    *n_axes = 0;
    while (status == ANA_OK && !accept(in, ')')) {
        if (*n_axes == ANA_NPY_MAX_AXES) {
            return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: more than %d axes", in->name, place(in),
                            ANA_NPY_MAX_AXES);
        }
        status = parse_size(in, &shape[(*n_axes)++]);
        if (status == ANA_OK && !accept(in, ',')) {
            return expect(in, ')', "a comma or a closing parenthesis");
        }
    }
    return status;
}

static bool is_little_endian_machine(void)
{
    const uint16_t one = 1;
    unsigned char first = 0;
    memcpy(&first, &one, 1);
    return first == 1;
}

/* Numbers by letter and size; true when they can be read. */
static bool find_sample(char letter, size_t size, ana_sample_type *out)
{
    static const struct {
        char letter;
        unsigned char size;
        ana_sample_type sample;
    } known[] = {
        {'b', 1, ANA_UINT8},   {'?', 1, ANA_UINT8},   {'i', 1, ANA_INT8},     {'i', 2, ANA_INT16},
        {'i', 4, ANA_INT32},   {'i', 8, ANA_INT64},   {'u', 1, ANA_UINT8},    {'u', 2, ANA_UINT16},
        {'u', 4, ANA_UINT32},  {'u', 8, ANA_UINT64},  {'f', 2, ANA_FLOAT32},  {'f', 4, ANA_FLOAT32},
        {'f', 8, ANA_FLOAT64}, {'c', 8, ANA_FLOAT32}, {'c', 16, ANA_FLOAT64},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].letter == letter && known[i].size == size) {
            *out = known[i].sample;
            return true;
        }
    }
    return false;
}

static ana_npy_kind kind_of(char letter, bool readable)
{
    if (letter == 'S' || letter == 'a') {
        return ANA_NPY_BYTES;
    }
    if (letter == 'U') {
        return ANA_NPY_UNICODE;
    }
    if (!readable) {
        return ANA_NPY_OTHER;
    }
    return letter == 'c' ? ANA_NPY_COMPLEX : ANA_NPY_NUMBER;
}

/* "<f8" and the like. */
static ana_status parse_type(const literal *in, const char *text, ana_npy_type *out)
{
    const char *at = text + (text[0] != '\0' && strchr("<>=|", text[0]) != NULL ? 1 : 0);
    char letter = *at;
    if (letter == 'O') {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: byte %llu: holds pickled Python objects (dtype object), which are "
                        "never unpickled; save plain numbers or texts",
                        in->name, place(in));
    }
    size_t n_digits = letter == '\0' ? 0 : strspn(at + 1, "0123456789");
    uint64_t size = letter == '?' ? 1 : 0;
    bool sized = letter == '?' || (n_digits > 0 && ana_parse_u64(at + 1, n_digits, &size));
    if (!sized || letter == '\0' || strchr("?biufcSaUVMm", letter) == NULL || size > MAX_HEADER) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: \"%s\" is no type of elements; \"<f8\" would be one",
                        in->name, place(in), text);
    }
    *out = (ana_npy_type){.size = (size_t)size * (letter == 'U' ? 4 : 1)};
    bool readable = find_sample(letter, (size_t)size, &out->sample);
    out->kind = kind_of(letter, readable);
    out->half = letter == 'f' && size == 2 ? ANA_HALF_BINARY16 : ANA_HALF_NONE;
    out->boolean = letter == 'b' || letter == '?';
    bool little = text[0] != '>' && (text[0] == '<' || is_little_endian_machine());
    out->swap = little != is_little_endian_machine();
    size_t n = strlen(text) < sizeof out->text - 1 ? strlen(text) : sizeof out->text - 1;
    memcpy(out->text, text, n);
    return ANA_OK;
}

/* 'x', or ('title', 'x'). */
static ana_status parse_field_name(literal *in, char **out)
{
    if (!accept(in, '(')) {
        return parse_text(in, out);
    }
    char *title = NULL;
    ana_status status = parse_text(in, &title);
    free(title);
    if (status == ANA_OK) {
        status = expect(in, ',', "a comma");
    }
    if (status == ANA_OK) {
        status = parse_text(in, out);
    }
    return status == ANA_OK ? expect(in, ')', "a closing parenthesis") : status;
}

/* ", (2, 3)", when there is one: the shape of the arrays a column is made of. */
static ana_status parse_sub_shape(literal *in, size_t *n)
{
    size_t n_axes = 0;
    size_t shape[ANA_NPY_MAX_AXES];
    *n = 1;
    if (!accept(in, ',')) {
        return ANA_OK;
    }
    ana_status status = parse_shape(in, &n_axes, shape);
    for (size_t i = 0; status == ANA_OK && i < n_axes; i++) {
        if (!ana_multiply(*n, shape[i], n)) {
            return wrong(in, "a shape whose size fits in 64 bits");
        }
    }
    (void)accept(in, ',');
    return status;
}

/* ('x', '<f4') or ('x', '<f4', (3,)): a column of a structured array. */
static ana_status parse_field(literal *in, ana_npy_field *field)
{
    ana_status status = ANA_OK;
    char *type = NULL;
    ANA_TRY(expect(in, '(', "a column such as ('x', '<f8')"));
    ANA_TRY(parse_field_name(in, &field->name));
    ANA_TRY(expect(in, ',', "a comma"));
    if (accept(in, '[')) {
        status = ana_fail(ANA_ERR_UNSUPPORTED,
                          "%s: byte %llu: column \"%s\" is a structure within a structure; these "
                          "are not read",
                          in->name, place(in), field->name);
        goto done;
    }
    ANA_TRY(parse_text(in, &type));
    ANA_TRY(parse_type(in, type, &field->type));
    ANA_TRY(parse_sub_shape(in, &field->n));
    ANA_TRY(expect(in, ')', "a closing parenthesis"));
done:
    free(type);
    return status;
}

/* One more column, behind those already there. */
static ana_status append_field(literal *in, size_t *capacity, ana_npy *npy)
{
    if (npy->n_fields == ANA_NPY_MAX_FIELDS) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "%s: byte %llu: more than %d columns", in->name,
                        place(in), ANA_NPY_MAX_FIELDS);
    }
    ana_status status =
        ana_grow(&npy->fields, capacity, npy->n_fields + 1, sizeof *npy->fields, "columns");
    if (status != ANA_OK) {
        return status;
    }
    ana_npy_field *field = &npy->fields[npy->n_fields++];
    *field = (ana_npy_field){.offset = npy->type.size};
    status = parse_field(in, field);
    if (status != ANA_OK) {
        return status;
    }
    size_t bytes = 0;
    return ana_multiply(field->n, field->type.size, &bytes) &&
                   ana_add(npy->type.size, bytes, &npy->type.size)
               ? ANA_OK
               : wrong(in, "columns whose size fits in 64 bits");
}

/* A type, or a list of columns. */
static ana_status parse_descr(literal *in, ana_npy *npy)
{
    ana_status status = ANA_OK;
    if (!accept(in, '[')) {
        char *type = NULL;
        status = parse_text(in, &type);
        if (status == ANA_OK) {
            status = parse_type(in, type, &npy->type);
        }
        free(type);
        return status;
    }
    size_t capacity = 0;
    while (status == ANA_OK && !accept(in, ']')) {
        status = append_field(in, &capacity, npy);
        if (status == ANA_OK && !accept(in, ',')) {
            return expect(in, ']', "a comma or a closing bracket");
        }
    }
    return status;
}

static ana_status parse_bool(literal *in, bool *out)
{
    skip_spaces(in);
    size_t left = in->n - in->at;
    *out = left >= 4 && memcmp(in->text + in->at, "True", 4) == 0;
    if (!*out && (left < 5 || memcmp(in->text + in->at, "False", 5) != 0)) {
        return wrong(in, "True or False");
    }
    in->at += *out ? 4 : 5;
    return ANA_OK;
}

enum {
    HAS_DESCR = 1,
    HAS_ORDER = 2,
    HAS_SHAPE = 4
};

/* One pair of the dictionary. */
static ana_status parse_pair(literal *in, ana_npy *npy, unsigned *seen)
{
    ana_status status = ANA_OK;
    char *key = NULL;
    ANA_TRY(parse_text(in, &key));
    ANA_TRY(expect(in, ':', "a colon"));
    unsigned is = strcmp(key, "descr") == 0           ? HAS_DESCR
                  : strcmp(key, "fortran_order") == 0 ? HAS_ORDER
                  : strcmp(key, "shape") == 0         ? HAS_SHAPE
                                                      : 0;
    if (is == 0 || (*seen & is) != 0) {
        status = wrong(in, "each of descr, fortran_order and shape once, and no other key");
        goto done;
    }
    *seen |= is;
    ANA_TRY(is == HAS_DESCR   ? parse_descr(in, npy)
            : is == HAS_ORDER ? parse_bool(in, &npy->fortran)
                              : parse_shape(in, &npy->n_axes, npy->shape));
done:
    free(key);
    return status;
}

static ana_status parse_header(literal *in, ana_npy *npy)
{
    unsigned seen = 0;
    ana_status status = expect(in, '{', "a dictionary");
    while (status == ANA_OK && !accept(in, '}')) {
        status = parse_pair(in, npy, &seen);
        if (status == ANA_OK && !accept(in, ',')) {
            status = expect(in, '}', "a comma or a closing brace");
            break;
        }
    }
    skip_spaces(in);
    if (status == ANA_OK && in->at < in->n) {
        status = wrong(in, "nothing");
    }
    if (status == ANA_OK && seen != (HAS_DESCR | HAS_ORDER | HAS_SHAPE)) {
        status = ana_fail(ANA_ERR_FORMAT,
                          "%s: byte %llu: the header has no %s; descr, fortran_order and shape are "
                          "needed",
                          in->name, (unsigned long long)in->origin,
                          (seen & HAS_DESCR) == 0   ? "descr"
                          : (seen & HAS_ORDER) == 0 ? "fortran_order"
                                                    : "shape");
    }
    return status;
}

/* Number of elements, and whether their bytes are there. Axes of length 0 do not excuse a product
 * of the others that overflows. */
static ana_status check_size(const char *name, uint64_t offset, uint64_t n_bytes, ana_npy *npy)
{
    size_t size = npy->type.size;
    bool empty = false;
    bool fits = true;
    for (size_t i = 0; i < npy->n_axes; i++) {
        empty = empty || npy->shape[i] == 0;
        fits = fits && ana_multiply(size, npy->shape[i] > 0 ? npy->shape[i] : 1, &size);
    }
    if (!fits || size > INT64_MAX) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: the shape has more elements than fit in 64 bits", name,
                        (unsigned long long)offset);
    }
    if (npy->type.size == 0 && !empty) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "%s: byte %llu: elements of no bytes (\"%s\")", name,
                        (unsigned long long)offset, npy->type.text);
    }
    npy->n = empty ? 0 : size / npy->type.size;
    npy->n_bytes = empty ? 0 : size;
    uint64_t there = n_bytes - (npy->data - offset);
    if (npy->n_bytes > there) {
        return ana_fail(
            ANA_ERR_FORMAT, "%s: byte %llu: %zu elements need %zu bytes, but %llu are there", name,
            (unsigned long long)npy->data, npy->n, npy->n_bytes, (unsigned long long)there);
    }
    return ANA_OK;
}

/* Version and length; *n = bytes of the literal, which begins `*preamble` bytes after `offset`. */
static ana_status read_preamble(const ana_file *file, uint64_t offset, uint64_t n_bytes,
                                size_t *preamble, size_t *n)
{
    const char *name = ana_file_name(file);
    unsigned char bytes[MAX_PREAMBLE] = {0};
    size_t n_there = n_bytes < MAX_PREAMBLE ? (size_t)n_bytes : MAX_PREAMBLE;
    ana_status status = ana_file_read(file, offset, n_there, bytes);
    if (status != ANA_OK) {
        return status;
    }
    if (memcmp(bytes, "\x93NUMPY", MAGIC_BYTES) != 0) {
        return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: does not begin with \"\\x93NUMPY\"", name,
                        (unsigned long long)offset);
    }
    unsigned version = bytes[6];
    if (version < 1 || version > 3) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: byte %llu: version %u of .npy is not known; 1, 2 and 3 are", name,
                        (unsigned long long)offset + 6, version);
    }
    *n = bytes[8] | (size_t)bytes[9] << 8;
    *preamble = 10;
    if (version > 1) {
        *n |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
        *preamble = 12;
    }
    if (n_bytes < *preamble || *n > n_bytes - *preamble || *n > MAX_HEADER) {
        return ana_fail(
            ANA_ERR_FORMAT, "%s: byte %llu: a header of %zu bytes is announced, but %llu follow",
            name, (unsigned long long)offset + 8, *n,
            (unsigned long long)(n_bytes - (n_bytes < *preamble ? n_bytes : *preamble)));
    }
    return ANA_OK;
}

ana_status ana_npy_open(const ana_file *file, uint64_t offset, uint64_t n_bytes, ana_npy *out)
{
    ana_status status = ANA_OK;
    char *text = NULL;
    ana_npy npy = {0};
    size_t preamble = 0;
    size_t n = 0;
    ANA_TRY(read_preamble(file, offset, n_bytes, &preamble, &n));
    ANA_TRY(ana_allocate(n, 1, ana_file_name(file), &text));
    ANA_TRY(ana_file_read(file, offset + preamble, n, text));
    npy.data = offset + preamble + n;
    literal in = {ana_file_name(file), text, n, 0, offset + preamble};
    ANA_TRY(parse_header(&in, &npy));
    ANA_TRY(check_size(ana_file_name(file), offset, n_bytes, &npy));
    *out = npy;
    npy = (ana_npy){0};
done:
    free(text);
    ana_npy_release(&npy);
    return status;
}

void ana_npy_release(ana_npy *npy)
{
    for (size_t i = 0; i < npy->n_fields; i++) {
        free(npy->fields[i].name);
    }
    free(npy->fields);
    *npy = (ana_npy){0};
}
