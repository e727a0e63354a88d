#include "hdf5_check_parts.h"
#include "try.h"

#include <string.h>

enum {
    COMPACT = 0,
    CONTIGUOUS = 1,
    CHUNKED = 2,
    VIRTUAL = 3,
    INDEX_SINGLE = 1, /* of chunks, in version 4 */
    INDEX_IMPLICIT = 2,
    INDEX_FIXED = 3,
    INDEX_EXTENSIBLE = 4,
    INDEX_TREE = 5
};

static ana_status check_rank(const ana_cursor *cursor, unsigned rank)
{
    return rank >= 1 && rank <= ANA_HDF5_MAX_RANK + 1
               ? ANA_OK
               : ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: a layout of %u axes; 1 to 33 are right",
                          cursor->name, (unsigned long long)ana_cursor_offset(cursor), rank);
}

/* The sides of a chunk, the last of them the bytes of an element, as numbers of `width` bytes. */
static ana_status take_chunk(ana_cursor *cursor, unsigned width, ana_hdf5_layout *out)
{
    bool fits = true;
    out->chunk_bytes = 1;
    for (unsigned i = 0; i < out->rank; i++) {
        out->chunk[i] = 0;
        for (unsigned k = 0; k < width; k++) {
            out->chunk[i] |= (uint64_t)ana_cursor_u8(cursor) << (8 * k);
        }
        fits = fits && out->chunk[i] > 0 &&
               !__builtin_mul_overflow(out->chunk_bytes, out->chunk[i], &out->chunk_bytes);
    }
    ana_status status = ana_cursor_check(cursor, "the shape of a chunk");
    if (status == ANA_OK && (!fits || out->chunk_bytes > UINT32_MAX)) {
        status = ana_hdf5_damaged(cursor, "chunks of 0, or of 4 GiB or more");
    }
    return status;
}

/* Versions 1 and 2. */
static ana_status take_old(const ana_hdf5_check *check, ana_cursor *cursor, ana_hdf5_layout *out)
{
    unsigned rank = ana_cursor_u8(cursor);
    out->layout_class = ana_cursor_u8(cursor);
    ana_cursor_skip(cursor, 5);
    out->address = ANA_HDF5_NOWHERE;
    if (out->layout_class != COMPACT) {
        out->address = ana_hdf5_take_address(check, cursor);
    }
    ana_status status = check_rank(cursor, rank);
    if (status == ANA_OK && out->layout_class == CHUNKED) {
        out->rank = rank;
        return take_chunk(cursor, 4, out);
    }
    ana_cursor_skip(cursor, 4 * (size_t)rank);
    if (out->layout_class == COMPACT) {
        out->size = ana_cursor_u32(cursor);
        out->values = ana_cursor_sub(cursor, (size_t)out->size);
    }
    return status;
}

/* How the chunks of version 4 are found. */
static ana_status take_index(const ana_hdf5_check *check, ana_cursor *cursor, unsigned flags,
                             ana_hdf5_layout *out)
{
    out->index = ana_cursor_u8(cursor);
    out->size = 0;
    switch (out->index) {
    case INDEX_SINGLE:
        if ((flags & 2) != 0) {
            out->size = ana_hdf5_take_length(check, cursor);
            ana_cursor_skip(cursor, 4);
        }
        break;
    case INDEX_IMPLICIT:
        break;
    case INDEX_FIXED:
        ana_cursor_skip(cursor, 1);
        break;
    case INDEX_EXTENSIBLE:
        ana_cursor_skip(cursor, 5);
        break;
    case INDEX_TREE:
        ana_cursor_skip(cursor, 6);
        break;
    default:
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: byte %llu: chunks found by index %u; 1 to 5 are known", cursor->name,
                        (unsigned long long)ana_cursor_offset(cursor) - 1, out->index);
    }
    out->address = ana_hdf5_take_address(check, cursor);
    return ANA_OK;
}

/* Versions 3 and 4. */
static ana_status take_new(const ana_hdf5_check *check, ana_cursor *cursor, ana_hdf5_layout *out)
{
    ana_status status = ANA_OK;
    out->layout_class = ana_cursor_u8(cursor);
    switch (out->layout_class) {
    case COMPACT:
        out->size = ana_cursor_u16(cursor);
        out->values = ana_cursor_sub(cursor, (size_t)out->size);
        break;
    case CONTIGUOUS:
        out->address = ana_hdf5_take_address(check, cursor);
        out->size = ana_hdf5_take_length(check, cursor);
        break;
    case CHUNKED: {
        unsigned flags = out->version == 4 ? ana_cursor_u8(cursor) : 0;
        out->rank = ana_cursor_u8(cursor);
        ANA_TRY(check_rank(cursor, out->rank));
        if (out->version == 3) {
            out->address = ana_hdf5_take_address(check, cursor);
            return take_chunk(cursor, 4, out);
        }
        unsigned width = ana_cursor_u8(cursor);
        if (width < 1 || width > 8) {
            return ana_hdf5_damaged(cursor, "sides of chunks of 0 or more than 8 bytes");
        }
        ANA_TRY(take_chunk(cursor, width, out));
        status = take_index(check, cursor, flags, out);
        break;
    }
    default:
        out->address = ana_hdf5_take_address(check, cursor);
        out->index = ana_cursor_u32(cursor);
        break;
    }
done:
    return status;
}

/* Section IV.A.2.i. */
ana_status ana_hdf5_check_layout(const ana_hdf5_check *check, const ana_hdf5_header *header,
                                 ana_hdf5_layout *out)
{
    ana_status status = ANA_OK;
    const ana_hdf5_message *message = ana_hdf5_header_find(header, MESSAGE_LAYOUT);
    const ana_hdf5_message *filters = ana_hdf5_header_find(header, MESSAGE_FILTERS);
    ana_cursor cursor = message->body;
    *out = (ana_hdf5_layout){.version = ana_cursor_u8(&cursor)};
    if (out->version < 1 || out->version > 4) {
        return ana_fail(
            ANA_ERR_UNSUPPORTED, "%s: byte %llu: a layout of version %u; versions 1 to 4 are known",
            cursor.name, (unsigned long long)ana_cursor_offset(&cursor) - 1, out->version);
    }
    ANA_TRY(out->version < 3 ? take_old(check, &cursor, out) : take_new(check, &cursor, out));
    ANA_TRY(ana_cursor_check(&cursor, "a layout"));
    if (out->layout_class > (out->version == 4 ? VIRTUAL : CHUNKED)) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: a layout of class %u; 0 (compact) to 2 (chunked) are right",
                        cursor.name, (unsigned long long)message->body.origin + 1,
                        out->layout_class);
    }
    if (filters != NULL) {
        status = ana_hdf5_check_filters_message(filters->body, out);
    }
done:
    return status;
}

static ana_status take_filter(ana_cursor *cursor, unsigned version, ana_hdf5_checked_filter *out)
{
    *out = (ana_hdf5_checked_filter){.id = ana_cursor_u16(cursor)};
    size_t n_name = version == 1 || out->id >= 256 ? ana_cursor_u16(cursor) : 0;
    ana_cursor_skip(cursor, 2);
    out->n_values = ana_cursor_u16(cursor);
    const unsigned char *name = ana_cursor_take(cursor, n_name);
    if (n_name > 0 &&
        (name == NULL || (version == 1 && n_name % 8 != 0) || memchr(name, 0, n_name) == NULL)) {
        return ana_hdf5_damaged(cursor, "a filter whose name does not end where it should");
    }
    for (size_t k = 0; k < out->n_values; k++) {
        uint32_t value = ana_cursor_u32(cursor);
        if (k < sizeof out->values / sizeof out->values[0]) {
            out->values[k] = value;
        }
    }
    ana_cursor_skip(cursor, version == 1 && out->n_values % 2 != 0 ? 4 : 0);
    return ana_cursor_check(cursor, "filters");
}

/* Section IV.A.2.l. */
ana_status ana_hdf5_check_filters_message(ana_cursor cursor, ana_hdf5_layout *out)
{
    ana_status status = ANA_OK;
    unsigned version = ana_cursor_u8(&cursor);
    out->n_filters = ana_cursor_u8(&cursor);
    ana_cursor_skip(&cursor, version == 1 ? 6 : 0);
    if (!cursor.failed && (version < 1 || version > 2 || out->n_filters > ANA_HDF5_MAX_FILTERS)) {
        return ana_hdf5_damaged(&cursor, "filters of an unknown version, or more than 32");
    }
    for (size_t i = 0; i < out->n_filters && status == ANA_OK; i++) {
        status = take_filter(&cursor, version, &out->filters[i]);
    }
    return status == ANA_OK ? ana_cursor_check(&cursor, "filters") : status;
}
