/* The tags of FIF files. */
#include "cursor.h"
#include "fif.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

/* Blocks that are open at some tag. */
typedef struct block_stack {
    size_t depth;
    int32_t blocks[ANA_FIF_MAX_DEPTH];
} block_stack;

static ana_status read_int(const ana_file *file, uint64_t offset, int32_t *out)
{
    unsigned char bytes[4];
    ana_status status = ana_file_read(file, offset, sizeof bytes, bytes);
    ana_cursor cursor = ana_cursor_over(ana_file_name(file), bytes, sizeof bytes, offset);
    cursor.big_endian = true;
    *out = status == ANA_OK ? ana_cursor_i32(&cursor) : 0;
    return status;
}

/* A block opens before its tag is visited, and closes before the tag of its end is. */
static ana_status follow_blocks(const ana_file *file, const ana_fif_tag *tag, block_stack *stack)
{
    if (tag->kind == ANA_FIF_BLOCK_END) {
        stack->depth -= stack->depth > 0 ? 1 : 0;
    }
    if (tag->kind != ANA_FIF_BLOCK_START) {
        return ANA_OK;
    }
    if (stack->depth == ANA_FIF_MAX_DEPTH || tag->n_bytes != 4) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: a block should be called by 4 bytes, at most %d deep",
                        ana_file_name(file), (unsigned long long)tag->data, ANA_FIF_MAX_DEPTH);
    }
    return read_int(file, tag->data, &stack->blocks[stack->depth++]);
}

/* The tag at `at`; *next: where the next one stands, 0 after the last. */
static ana_status read_tag(const ana_file *file, uint64_t at, ana_fif_tag *tag, uint64_t *next)
{
    unsigned char bytes[ANA_FIF_TAG_BYTES];
    const char *name = ana_file_name(file);
    ana_status status = ana_file_read(file, at, sizeof bytes, bytes);
    if (status != ANA_OK) {
        return status;
    }
    ana_cursor cursor = ana_cursor_over(name, bytes, sizeof bytes, at);
    cursor.big_endian = true;
    tag->kind = ana_cursor_i32(&cursor);
    tag->type = ana_cursor_i32(&cursor);
    const int32_t size = ana_cursor_i32(&cursor);
    const int32_t link = ana_cursor_i32(&cursor);
    if (size < 0) {
        return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: a tag of %d bytes", name,
                        (unsigned long long)at, (int)size);
    }
    tag->data = at + ANA_FIF_TAG_BYTES;
    tag->n_bytes = (size_t)size;
    *next = link == 0 ? tag->data + tag->n_bytes : link < 0 ? 0 : (uint64_t)link;
    if (*next != 0 && *next <= at) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: the next tag stands at byte %llu; tags must not lead back",
                        name, (unsigned long long)at, (unsigned long long)*next);
    }
    return ANA_OK;
}

ana_status ana_fif_walk(const ana_file *file, ana_fif_visitor visitor, void *user, bool *cut)
{
    ana_status status = ANA_OK;
    block_stack stack = {.depth = 0};
    const uint64_t size = ana_file_size(file);
    *cut = false;
    for (uint64_t at = 0, next = 1; next != 0 && at < size; at = next) {
        ana_fif_tag tag = {.block = 0};
        if (size - at < ANA_FIF_TAG_BYTES) {
            *cut = true;
            break;
        }
        ANA_TRY(read_tag(file, at, &tag, &next));
        if (tag.n_bytes > size - tag.data) {
            *cut = true;
            break;
        }
        ANA_TRY(follow_blocks(file, &tag, &stack));
        tag.block = stack.depth > 0 ? stack.blocks[stack.depth - 1] : 0;
        ANA_TRY(visitor(user, &tag));
    }
done:
    return status;
}

ana_status ana_fif_numbers(const ana_file *file, const ana_fif_tag *tag, size_t *n, double **values)
{
    ana_status status = ANA_OK;
    unsigned char *bytes = NULL;
    double *made = NULL;
    const bool narrow = tag->type == ANA_FIF_SHORT || tag->type == ANA_FIF_PACKED;
    const size_t size = narrow ? 2 : tag->type == ANA_FIF_DOUBLE ? 8 : 4;
    *n = tag->n_bytes / size;
    ANA_TRY(ana_allocate(tag->n_bytes, 1, "tag", &bytes));
    ANA_TRY(ana_allocate(*n, sizeof *made, "tag", &made));
    ANA_TRY(ana_file_read(file, tag->data, tag->n_bytes, bytes));
    ana_cursor cursor = ana_cursor_over(ana_file_name(file), bytes, tag->n_bytes, tag->data);
    cursor.big_endian = true;
    for (size_t i = 0; i < *n; i++) {
        made[i] = narrow                        ? (double)ana_cursor_i16(&cursor)
                  : tag->type == ANA_FIF_DOUBLE ? ana_cursor_f64(&cursor)
                  : tag->type == ANA_FIF_FLOAT  ? (double)ana_cursor_f32(&cursor)
                                                : (double)ana_cursor_i32(&cursor);
    }
    *values = made;
    made = NULL;
done:
    free(bytes);
    free(made);
    return status;
}

ana_status ana_fif_text(const ana_file *file, const ana_fif_tag *tag, char **text)
{
    ana_status status = ANA_OK;
    char *bytes = NULL;
    ANA_TRY(ana_allocate(tag->n_bytes + 1, 1, "tag", &bytes));
    ANA_TRY(ana_file_read(file, tag->data, tag->n_bytes, bytes));
    ANA_TRY(ana_text_to_utf8(bytes, strnlen(bytes, tag->n_bytes), text));
done:
    free(bytes);
    return status;
}
