/* MAT files of versions 5 to 7: tagged elements, nested and perhaps deflated. */
#include "mat5.h"

#include "checked.h"
#include "cursor.h"
#include "mat.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "zip.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEADER_BYTES = 128,
    TAG_BYTES = 8,
    HEAD_BYTES = 512, /* of a variable, looked at for its name */
    MI_MATRIX = 14,
    MI_COMPRESSED = 15
};

bool ana_mat_begins_as_5(const unsigned char *head, size_t n)
{
    bool marked =
        n >= HEADER_BYTES && (memcmp(head + 126, "MI", 2) == 0 || memcmp(head + 126, "IM", 2) == 0);
    if (!marked) {
        return false;
    }
    unsigned high = head[126] == 'M' ? head[124] : head[125];
    return high == 1; /* version 0x0100; 0x0200 is 7.3 */
}

/* One matrix element while its children are read. */
typedef struct frame {
    ana_mat_value *value;
    ana_cursor body;
    size_t next;
} frame;

/* Read the matrix in `body` with all that is nested in it. */
static ana_status read_tree(ana_mat_reader *reader, ana_cursor body, ana_mat_value *root)
{
    frame stack[ANA_MAT_MAX_DEPTH];
    size_t depth = 1;
    stack[0] = (frame){root, body, 0};
    ana_status status = ana_mat5_read_value(reader, &stack[0].body, root);
    while (status == ANA_OK && depth > 0) {
        frame *top = &stack[depth - 1];
        if (top->next == top->value->n_children) {
            depth--;
            continue;
        }
        ana_mat_value *child = &top->value->children[top->next++];
        ana_mat5_element element = {0};
        status = ana_mat5_take(&top->body, &element);
        if (status != ANA_OK) {
            break;
        }
        if (element.type != MI_MATRIX) {
            return ana_fail(ANA_ERR_FORMAT,
                            "%s: byte %llu: an element of type %u where a matrix is "
                            "needed",
                            body.name, (unsigned long long)ana_cursor_offset(&element.data),
                            element.type);
        }
        if (ana_cursor_left(&element.data) == 0) { /* [] */
            child->class_of = ANA_MAT_DOUBLE;
            child->n_axes = 2;
            continue;
        }
        if (depth == ANA_MAT_MAX_DEPTH) {
            return ana_fail(ANA_ERR_UNSUPPORTED, "%s: byte %llu: nested more than %d deep",
                            body.name, (unsigned long long)ana_cursor_offset(&element.data),
                            ANA_MAT_MAX_DEPTH);
        }
        stack[depth] = (frame){child, element.data, 0};
        status = ana_mat5_read_value(reader, &stack[depth].body, child);
        depth++;
    }
    return status;
}

/* Where a variable's element stands, unpacked or not. */
typedef struct stretch {
    uint64_t at; /* of the tag in the file */
    uint32_t type;
    uint32_t n;
    bool big_endian;
} stretch;

/* *out = the n bytes of a matrix element without its tag; freed by free(). With `most` smaller only
 * as many of them. */
static ana_status fetch(ana_mat_reader *reader, const stretch *place, size_t most,
                        unsigned char **out, size_t *n)
{
    ana_status status = ANA_OK;
    const char *path = ana_file_name(reader->file);
    ana_inflater *inflater = NULL;
    unsigned char *bytes = NULL;
    unsigned char tag[TAG_BYTES];
    size_t total = place->n;
    if (place->type == MI_COMPRESSED) {
        ANA_TRY(ana_inflater_new(reader->file, place->at + TAG_BYTES, place->n, ANA_DEFLATE_ZLIB,
                                 &inflater));
        ANA_TRY(ana_inflater_read(inflater, TAG_BYTES, tag));
        ana_cursor cursor = ana_cursor_over(path, tag, TAG_BYTES, place->at);
        cursor.big_endian = place->big_endian;
        uint32_t type = ana_cursor_u32(&cursor);
        total = ana_cursor_u32(&cursor);
        if (type != MI_MATRIX) {
            status = ana_fail(ANA_ERR_FORMAT,
                              "%s: byte %llu: packs an element of type %u, not a "
                              "matrix",
                              path, (unsigned long long)place->at, type);
            goto done;
        }
    }
    bool whole = most >= total;
    if (whole && inflater != NULL) {
        reader->n_packed += place->n;
        reader->n_unpacked += total;
        ANA_TRY(ana_check_expansion(path, reader->run, reader->n_packed, reader->n_unpacked));
    }
    *n = whole ? total : most;
    ANA_TRY(ana_run_check_memory(reader->run, *n, path));
    ANA_TRY(ana_allocate(*n, 1, path, &bytes));
    ANA_TRY(inflater != NULL ? ana_inflater_read(inflater, *n, bytes)
                             : ana_file_read(reader->file, place->at + TAG_BYTES, *n, bytes));
    ANA_TRY(whole && inflater != NULL ? ana_inflater_finish(inflater) : ANA_OK);
    *out = bytes;
    bytes = NULL;
done:
    ana_inflater_free(inflater);
    free(bytes);
    return status;
}

/* Whether the variable is the one wanted: a look at its first bytes. */
static ana_status is_wanted(ana_mat_reader *reader, const stretch *place, bool *wanted)
{
    ana_status status = ANA_OK;
    unsigned char *bytes = NULL;
    size_t n = 0;
    *wanted = true;
    if (reader->wanted == NULL) {
        return ANA_OK;
    }
    ANA_TRY(fetch(reader, place, HEAD_BYTES, &bytes, &n));
    ana_cursor cursor = ana_cursor_over(ana_file_name(reader->file), bytes, n, place->at);
    cursor.big_endian = place->big_endian;
    *wanted = ana_mat5_may_be_called(cursor, reader->wanted);
done:
    free(bytes);
    return status;
}

static ana_status read_variable(ana_mat_reader *reader, const stretch *place)
{
    ana_status status = ANA_OK;
    unsigned char *bytes = NULL;
    size_t n = 0;
    bool wanted = true;
    ana_mat_value *value = NULL;
    ANA_TRY(is_wanted(reader, place, &wanted));
    if (!wanted) {
        goto done;
    }
    ANA_TRY(fetch(reader, place, SIZE_MAX, &bytes, &n));
    ana_cursor cursor =
        ana_cursor_over(ana_file_name(reader->file), bytes, n,
                        place->type == MI_COMPRESSED ? place->at : place->at + TAG_BYTES);
    cursor.big_endian = place->big_endian;
    ANA_TRY(ana_mat_append(reader, "", 0, &value));
    ANA_TRY(read_tree(reader, cursor, value));
    /* Variables without a name are MATLAB's own workspace of functions. */
    bool keep = value->name[0] != '\0' &&
                (reader->wanted == NULL || strcmp(reader->wanted, value->name) == 0);
    if (!keep) {
        ana_mat_value_release(value);
        reader->out->n--;
    }
done:
    free(bytes);
    return status;
}

ana_status ana_mat_read_5(ana_mat_reader *reader)
{
    const char *path = ana_file_name(reader->file);
    const uint64_t size = ana_file_size(reader->file);
    unsigned char mark[2];
    ana_status status = ana_file_read(reader->file, 126, sizeof mark, mark);
    const bool big_endian = mark[0] == 'M';
    uint64_t at = HEADER_BYTES;
    while (status == ANA_OK && at + TAG_BYTES <= size) {
        unsigned char tag[TAG_BYTES];
        status = ana_file_read(reader->file, at, TAG_BYTES, tag);
        if (status != ANA_OK) {
            return status;
        }
        ana_cursor cursor = ana_cursor_over(path, tag, TAG_BYTES, at);
        cursor.big_endian = big_endian;
        stretch place = {.at = at, .big_endian = big_endian};
        place.type = ana_cursor_u32(&cursor);
        place.n = ana_cursor_u32(&cursor);
        if (place.n > size - at - TAG_BYTES) {
            return ana_fail(ANA_ERR_FORMAT,
                            "%s: byte %llu: an element of %u bytes is announced, but %llu follow",
                            path, (unsigned long long)at, place.n,
                            (unsigned long long)(size - at - TAG_BYTES));
        }
        if (place.type == MI_MATRIX || place.type == MI_COMPRESSED) {
            status = read_variable(reader, &place);
        }
        at += TAG_BYTES + place.n;
    }
    if (status == ANA_OK && at < size) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: ends within the tag of an element", path,
                          (unsigned long long)at);
    }
    return status;
}
