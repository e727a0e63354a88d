#include "hdf5_check_parts.h"
#include "try.h"

#include <string.h>

/* A text of n bytes of which the last is its end. */
static bool is_text(const unsigned char *bytes, size_t n)
{
    return bytes != NULL && n > 0 && memchr(bytes, 0, n) == bytes + n - 1;
}

/* Where a soft (1) or external (64) link leads. */
static ana_status check_link_value(ana_cursor *cursor, unsigned kind)
{
    size_t n = ana_cursor_u16(cursor);
    const unsigned char *value = ana_cursor_take(cursor, n);
    if (value == NULL || (kind == 1 && n == 0) || (kind == 64 && (n < 3 || value[n - 1] != 0))) {
        return ana_hdf5_damaged(cursor, "a soft or external link without an end");
    }
    return ANA_OK;
}

/* Section IV.A.2.g. Whatever HDF5 would give up on is refused: half-way through a list of links it
 * frees what it never made. */
static ana_status check_link(const ana_hdf5_check *check, ana_cursor cursor)
{
    unsigned version = ana_cursor_u8(&cursor);
    unsigned flags = ana_cursor_u8(&cursor);
    unsigned kind = (flags & 0x08) != 0 ? ana_cursor_u8(&cursor) : 0;
    ana_cursor_skip(&cursor, (flags & 0x04) != 0 ? 8 : 0);
    unsigned characters = (flags & 0x10) != 0 ? ana_cursor_u8(&cursor) : 0;
    if (flags > 0x1f || characters > 1 || (kind > 1 && kind < 64)) {
        return ana_hdf5_damaged(&cursor, "a link of unknown flags, kind or characters");
    }
    uint64_t n = 0;
    for (unsigned i = 0; i < 1U << (flags & 3U); i++) {
        n |= (uint64_t)ana_cursor_u8(&cursor) << (8 * i);
    }
    if (version != 1 || n == 0 || n > ana_cursor_left(&cursor)) {
        return ana_hdf5_damaged(&cursor, "a link without a name, or one that leaves its message");
    }
    ana_cursor_skip(&cursor, (size_t)n);
    if (kind == 0) {
        uint64_t address = ana_hdf5_take_address(check, &cursor);
        if (!cursor.failed && (address == 0 || address >= check->end)) {
            return ana_hdf5_damaged(&cursor, "a link that leads out of the file");
        }
        return ana_cursor_check(&cursor, "a link");
    }
    return check_link_value(&cursor, kind);
}

/* Where links or attributes of an object stand that are not in its header. */
static ana_status check_info(ana_hdf5_check *check, ana_cursor cursor, bool links)
{
    uint64_t places[3] = {ANA_HDF5_NOWHERE, ANA_HDF5_NOWHERE, ANA_HDF5_NOWHERE};
    unsigned version = ana_cursor_u8(&cursor);
    unsigned flags = ana_cursor_u8(&cursor);
    ana_cursor_skip(&cursor, (flags & 1) == 0 ? 0 : links ? 8 : 2);
    for (unsigned i = 0; i < ((flags & 2) != 0 ? 3 : 2); i++) {
        places[i] = ana_hdf5_take_address(check, &cursor);
    }
    if (version != 0 && !cursor.failed) {
        return ana_hdf5_damaged(&cursor, "an unknown version; 0 is right");
    }
    ana_status status = ana_cursor_check(&cursor, "where links or attributes stand");
    if (status != ANA_OK || places[0] == ANA_HDF5_NOWHERE) {
        return status;
    }
    return ana_hdf5_check_dense(check, links, places[0], places[1], places[2]);
}

static ana_status check_group_info(ana_cursor cursor)
{
    ana_cursor_skip(&cursor, 1);
    unsigned flags = ana_cursor_u8(&cursor);
    ana_cursor_skip(&cursor, ((flags & 1) != 0 ? 4 : 0) + ((flags & 2) != 0 ? 4 : 0));
    return ana_cursor_check(&cursor, "what is said of a group");
}

static ana_status check_comment(ana_cursor cursor)
{
    size_t n = ana_cursor_left(&cursor);
    return n > 0 && memchr(cursor.bytes + cursor.at, 0, n) != NULL
               ? ANA_OK
               : ana_hdf5_damaged(&cursor, "a comment that does not end");
}

/* A list of external files: their names are in a heap. */
static ana_status check_external(ana_hdf5_check *check, ana_cursor cursor)
{
    ana_status status = ANA_OK;
    ana_hdf5_names names;
    unsigned version = ana_cursor_u8(&cursor);
    ana_cursor_skip(&cursor, 3);
    unsigned n_slots = ana_cursor_u16(&cursor);
    unsigned n = ana_cursor_u16(&cursor);
    uint64_t heap = ana_hdf5_take_address(check, &cursor);
    ANA_TRY(ana_cursor_check(&cursor, "a list of external files"));
    if (version != 1 || n == 0 || n > n_slots) {
        return ana_hdf5_damaged(&cursor, "a list of external files that is none");
    }
    ANA_TRY(ana_hdf5_check_names(check, heap, &names));
    for (unsigned i = 0; i < n; i++) {
        uint64_t name = ana_hdf5_take_length(check, &cursor);
        ana_cursor_skip(&cursor, 2 * (size_t)check->length_bytes);
        ANA_TRY(ana_cursor_check(&cursor, "a list of external files"));
        if (name >= names.n) {
            return ana_hdf5_damaged(&cursor, "an external file whose name leaves its heap");
        }
    }
done:
    return status;
}

/* Bytes of fixed length, as section IV.A.2 has them. */
static ana_status check_length(ana_cursor cursor, size_t n, const char *what)
{
    ana_cursor_skip(&cursor, n);
    return ana_cursor_check(&cursor, what);
}

ana_status ana_hdf5_check_message(ana_hdf5_check *check, const ana_hdf5_message *message)
{
    const ana_cursor *body = &message->body;
    switch (message->type) {
    case MESSAGE_LINK:
        return check_link(check, *body);
    case MESSAGE_LINK_INFO:
        return check_info(check, *body, true);
    case MESSAGE_ATTRIBUTE_INFO:
        return check_info(check, *body, false);
    case MESSAGE_GROUP_INFO:
        return check_group_info(*body);
    case MESSAGE_COMMENT:
        return check_comment(*body);
    case MESSAGE_EXTERNAL:
        return check_external(check, *body);
    case MESSAGE_ATTRIBUTE:
        return ana_hdf5_check_attribute(check, *body);
    case MESSAGE_SYMBOL_TABLE:
        return ana_hdf5_check_group(check, *body);
    case MESSAGE_OLD_TIME:
        return check_length(*body, 16, "a time");
    case MESSAGE_TIME:
        return check_length(*body, 8, "a time");
    case MESSAGE_TREE_K:
        return check_length(*body, 7, "the sizes of trees");
    case MESSAGE_REFERENCES:
        return check_length(*body, 5, "a count of references");
    case MESSAGE_FILE_SPACE:
        return check_length(*body, 3 + (size_t)check->length_bytes, "the free space");
    case MESSAGE_BOGUS:
        return ana_hdf5_damaged(body, "a message of type 9, which no file has");
    default:
        return ANA_OK; /* of datasets, or unknown, which HDF5 passes over */
    }
}

/* The texts of an attribute stand in heaps. */
static ana_status check_values(ana_hdf5_check *check, ana_cursor *cursor,
                               const ana_hdf5_checked_type *type, uint64_t n)
{
    uint64_t bytes = 0;
    if (__builtin_mul_overflow(n, (uint64_t)type->size, &bytes) ||
        bytes > ana_cursor_left(cursor)) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: an attribute of %llu values of %lu bytes, but %zu bytes "
                        "are there",
                        cursor->name, (unsigned long long)ana_cursor_offset(cursor),
                        (unsigned long long)n, (unsigned long)type->size, ana_cursor_left(cursor));
    }
    if (!type->is_text) {
        return ANA_OK;
    }
    return ana_hdf5_check_texts(check, cursor->bytes + cursor->at, (size_t)n,
                                ana_cursor_offset(cursor));
}

/* Section IV.A.2.m. In version 1 each part is filled up to a multiple of 8. */
ana_status ana_hdf5_check_attribute(ana_hdf5_check *check, ana_cursor cursor)
{
    ana_status status = ANA_OK;
    ana_hdf5_checked_type type = {0};
    ana_hdf5_checked_space space = {0};
    unsigned version = ana_cursor_u8(&cursor);
    unsigned flags = ana_cursor_u8(&cursor);
    size_t n_name = ana_cursor_u16(&cursor);
    size_t n_type = ana_cursor_u16(&cursor);
    size_t n_space = ana_cursor_u16(&cursor);
    const size_t unit = version == 1 ? 8 : 1;
    ANA_TRY(ana_cursor_check(&cursor, "an attribute"));
    if (version < 1 || version > 3) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: byte %llu: an attribute of version %u; versions 1 to 3 are known",
                        cursor.name, (unsigned long long)ana_cursor_offset(&cursor) - 8, version);
    }
    flags = version == 1 ? 0 : flags;
    ana_cursor_skip(&cursor, version == 3 ? 1 : 0);
    const unsigned char *name = ana_cursor_take(&cursor, (n_name + unit - 1) / unit * unit);
    if (!is_text(name, n_name)) {
        return ana_hdf5_damaged(&cursor, "an attribute whose name does not end where it should");
    }
    ana_cursor type_bytes = ana_cursor_sub(&cursor, (n_type + unit - 1) / unit * unit);
    ana_cursor space_bytes = ana_cursor_sub(&cursor, (n_space + unit - 1) / unit * unit);
    ANA_TRY(ana_cursor_check(&cursor, "an attribute"));
    if ((flags & 2) != 0) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: byte %llu: an attribute with a shared shape; repacked by h5repack it "
                        "can be read",
                        cursor.name, (unsigned long long)ana_cursor_offset(&cursor));
    }
    ANA_TRY(ana_hdf5_check_type_or_shared(check, (flags & 1) != 0, type_bytes, &type));
    ANA_TRY(ana_hdf5_check_space(check, &space_bytes, &space));
    status = check_values(check, &cursor, &type, space.n_elements);
done:
    return status;
}
