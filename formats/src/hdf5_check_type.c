#include "hdf5_check_parts.h"
#include "try.h"

#include <string.h>

/* Section IV.A.2.d. */
enum {
    CLASS_INTEGER = 0,
    CLASS_FLOAT = 1,
    CLASS_TIME = 2,
    CLASS_TEXT = 3,
    CLASS_BITS = 4,
    CLASS_OPAQUE = 5,
    CLASS_COMPOUND = 6,
    CLASS_REFERENCE = 7,
    CLASS_ENUM = 8,
    CLASS_VARIABLE = 9,
    CLASS_ARRAY = 10,
    MAX_DEPTH = 32
};

/* A type that others are part of, while it is taken apart. */
typedef struct open_type {
    uint8_t type_class;
    uint8_t version;
    uint32_t flags;
    uint32_t size;
    uint32_t n_left;  /* members that are still to come */
    uint64_t offset;  /* of the member at work */
    uint64_t n_times; /* an array of so many, the member at work as well */
} open_type;

static ana_status check_bits(const ana_cursor *cursor, uint32_t first, uint32_t n, uint32_t size)
{
    if (n > 0 && (uint64_t)first + n <= 8 * (uint64_t)size) {
        return ANA_OK;
    }
    return ana_fail(ANA_ERR_FORMAT,
                    "%s: byte %llu: a number of %lu bits from bit %lu in %lu bytes; at least 1, "
                    "and inside them, is right",
                    cursor->name, (unsigned long long)ana_cursor_offset(cursor), (unsigned long)n,
                    (unsigned long)first, (unsigned long)size);
}

static ana_status check_float(ana_cursor *cursor, const open_type *type)
{
    uint32_t offset = ana_cursor_u16(cursor);
    uint32_t n = ana_cursor_u16(cursor);
    uint32_t exponent = ana_cursor_u8(cursor);
    uint32_t n_exponent = ana_cursor_u8(cursor);
    uint32_t mantissa = ana_cursor_u8(cursor);
    uint32_t n_mantissa = ana_cursor_u8(cursor);
    ana_cursor_skip(cursor, 4);
    uint32_t sign = type->flags >> 8 & 0xff;
    ana_status status = check_bits(cursor, offset, n, type->size);
    if (status == ANA_OK &&
        (n_exponent == 0 || n_mantissa == 0 || n_exponent > 32 || n_mantissa > 64 ||
         sign >= offset + n || exponent + n_exponent > offset + n ||
         mantissa + n_mantissa > offset + n)) {
        status = ana_hdf5_damaged(cursor, "a floating point number whose parts leave it");
    }
    return status;
}

/* The name of a member: in versions before 3 filled up to a multiple of 8. */
static ana_status take_name(ana_cursor *cursor, unsigned version)
{
    const unsigned char *from = cursor->bytes + cursor->at;
    size_t left = ana_cursor_left(cursor);
    const unsigned char *end = left > 0 ? memchr(from, 0, left) : NULL;
    if (end == NULL || cursor->failed) {
        return ana_hdf5_damaged(cursor, "the name of a member that does not end");
    }
    size_t n = (size_t)(end - from) + 1;
    ana_cursor_skip(cursor, version < 3 ? (n + 7) / 8 * 8 : n);
    return ana_cursor_check(cursor, "the name of a member");
}

/* Everything of a compound's member but its type. */
static ana_status open_member(ana_cursor *cursor, open_type *type)
{
    ana_status status = take_name(cursor, type->version);
    if (status != ANA_OK) {
        return status;
    }
    type->n_times = 1;
    type->offset = 0;
    if (type->version < 3) {
        type->offset = ana_cursor_u32(cursor);
    }
    /* As many bytes as the type's size needs. */
    for (unsigned i = 0; type->version >= 3 && i < 4 && (i == 0 || type->size >> (8 * i) > 0);
         i++) {
        type->offset |= (uint64_t)ana_cursor_u8(cursor) << (8 * i);
    }
    if (type->version == 1) {
        unsigned rank = ana_cursor_u8(cursor);
        ana_cursor_skip(cursor, 11);
        for (unsigned i = 0; i < 4; i++) {
            uint32_t n = ana_cursor_u32(cursor);
            if (i < rank && (n == 0 || __builtin_mul_overflow(type->n_times, n, &type->n_times))) {
                return ana_hdf5_damaged(cursor, "a member of an impossible shape");
            }
        }
        if (rank > 4) {
            return ana_hdf5_damaged(cursor, "a member of more than 4 axes");
        }
    }
    return ana_cursor_check(cursor, "a member of a type");
}

static ana_status open_array(ana_cursor *cursor, open_type *type)
{
    unsigned rank = ana_cursor_u8(cursor);
    ana_cursor_skip(cursor, type->version < 3 ? 3 : 0);
    type->n_times = 1;
    for (unsigned i = 0; i < rank; i++) {
        uint32_t n = ana_cursor_u32(cursor);
        if (n == 0 || __builtin_mul_overflow(type->n_times, n, &type->n_times)) {
            return ana_hdf5_damaged(cursor, "an array type of an impossible shape");
        }
    }
    ana_cursor_skip(cursor, type->version < 3 ? 4 * (size_t)rank : 0);
    if (rank == 0 || rank > ANA_HDF5_MAX_RANK || type->version < 2) {
        return ana_hdf5_damaged(cursor, "an array type of no or more than 32 axes");
    }
    return ana_cursor_check(cursor, "an array type");
}

/* What stands between the beginning of a type and the types it is made of. */
static ana_status open_parts(const ana_hdf5_check *check, ana_cursor *cursor, open_type *type)
{
    type->n_left = 1;
    type->n_times = 1;
    switch (type->type_class) {
    case CLASS_COMPOUND:
        type->n_left = type->flags & 0xffff;
        return type->n_left == 0 ? ana_hdf5_damaged(cursor, "a compound type without members")
                                 : open_member(cursor, type);
    case CLASS_ENUM:
        return (type->flags & 0xffff) == 0
                   ? ana_hdf5_damaged(cursor, "an enumeration without members")
                   : ANA_OK;
    case CLASS_ARRAY:
        return open_array(cursor, type);
    default:
        return type->size == 8U + check->address_bytes && (type->flags & 0xf) <= 1 &&
                       (type->flags >> 4 & 0xf) <= 2 && (type->flags >> 8 & 0xf) <= 1
                   ? ANA_OK
                   : ana_hdf5_damaged(cursor, "a type of variable length that is none");
    }
}

/* To an object (0: 8 bytes, or what an address takes) or to a part of one (1: 4 more). */
static ana_status check_reference(const ana_hdf5_check *check, const ana_cursor *cursor,
                                  const open_type *type)
{
    unsigned kind = type->flags & 0xf;
    uint32_t size = kind == 1 ? type->size - 4 : type->size;
    return kind <= 1 && (size == 8 || size == check->address_bytes)
               ? ANA_OK
               : ana_hdf5_damaged(cursor, "a reference of unknown kind or size");
}

/* A type without parts, whole. */
static ana_status check_plain(const ana_hdf5_check *check, ana_cursor *cursor,
                              const open_type *type)
{
    uint32_t first = 0;
    switch (type->type_class) {
    case CLASS_INTEGER:
    case CLASS_BITS:
        first = ana_cursor_u16(cursor);
        return check_bits(cursor, first, ana_cursor_u16(cursor), type->size);
    case CLASS_FLOAT:
        return check_float(cursor, type);
    case CLASS_TIME:
        return check_bits(cursor, 0, ana_cursor_u16(cursor), type->size);
    case CLASS_TEXT:
        return (type->flags & 0xf) <= 2 && (type->flags >> 4 & 0xf) <= 1
                   ? ANA_OK
                   : ana_hdf5_damaged(cursor, "a text of unknown padding or characters");
    case CLASS_OPAQUE:
        ana_cursor_skip(cursor, type->flags & 0xff);
        return (type->flags & 7) == 0 ? ANA_OK
                                      : ana_hdf5_damaged(cursor, "an opaque type with an odd tag");
    case CLASS_REFERENCE:
        return check_reference(check, cursor, type);
    default:
        return ana_fail(
            ANA_ERR_UNSUPPORTED, "%s: byte %llu: a type of class %u; classes 0 to 10 are known",
            cursor->name, (unsigned long long)ana_cursor_offset(cursor), type->type_class);
    }
}

/* Behind the type of the numbers: all names, then all numbers. */
static ana_status close_enum(ana_cursor *cursor, const open_type *type, const open_type *number)
{
    const uint32_t n = type->flags & 0xffff;
    if (number->type_class != CLASS_INTEGER || number->size != type->size) {
        return ana_hdf5_damaged(cursor, "an enumeration of something else than integers");
    }
    for (uint32_t i = 0; i < n; i++) {
        ana_status status = take_name(cursor, type->version);
        if (status != ANA_OK) {
            return status;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        ana_cursor_skip(cursor, number->size);
    }
    return ana_cursor_check(cursor, "an enumeration");
}

/* The type of a part is known; *done once its owner has all of them. */
static ana_status close_part(ana_cursor *cursor, open_type *owner, const open_type *part,
                             bool *done)
{
    uint64_t size = 0;
    bool fits = !__builtin_mul_overflow(owner->n_times, (uint64_t)part->size, &size);
    *done = --owner->n_left == 0;
    switch (owner->type_class) {
    case CLASS_COMPOUND:
        if (!fits || owner->offset > owner->size || size > owner->size - owner->offset) {
            return ana_hdf5_damaged(cursor, "a member that leaves its compound type");
        }
        return *done ? ANA_OK : open_member(cursor, owner);
    case CLASS_ARRAY:
        return fits && size == owner->size
                   ? ANA_OK
                   : ana_hdf5_damaged(cursor, "an array type of another size than its elements");
    case CLASS_ENUM:
        return close_enum(cursor, owner, part);
    default: /* of variable length */
        return (owner->flags & 0xf) == 0 || part->size == 1
                   ? ANA_OK
                   : ana_hdf5_damaged(cursor, "a text whose characters have not one byte each");
    }
}

static ana_status take_head(ana_cursor *cursor, open_type *type)
{
    uint8_t first = ana_cursor_u8(cursor);
    uint32_t flags = ana_cursor_u8(cursor);
    flags |= (uint32_t)ana_cursor_u16(cursor) << 8;
    *type = (open_type){.type_class = first & 0xf,
                        .version = first >> 4,
                        .flags = flags,
                        .size = ana_cursor_u32(cursor)};
    if (cursor->failed) {
        return ana_cursor_check(cursor, "a type");
    }
    if (type->version < 1 || type->version > 3) {
        return ana_fail(
            ANA_ERR_UNSUPPORTED, "%s: byte %llu: a type of version %u; versions 1 to 3 are known",
            cursor->name, (unsigned long long)ana_cursor_offset(cursor) - 8, type->version);
    }
    if (type->size == 0) {
        return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: a type of 0 bytes; at least 1 is right",
                        cursor->name, (unsigned long long)ana_cursor_offset(cursor) - 4);
    }
    return ANA_OK;
}

static bool has_parts(const open_type *type)
{
    return type->type_class == CLASS_COMPOUND || type->type_class == CLASS_ENUM ||
           type->type_class == CLASS_VARIABLE || type->type_class == CLASS_ARRAY;
}

ana_status ana_hdf5_check_type(const ana_hdf5_check *check, ana_cursor *cursor,
                               ana_hdf5_checked_type *out)
{
    ana_status status = ANA_OK;
    open_type owners[MAX_DEPTH];
    open_type type = {0};
    size_t depth = 0;
    bool done = false;
    *out = (ana_hdf5_checked_type){0};
    while (!done) {
        ANA_TRY(take_head(cursor, &type));
        out->has_heaps = out->has_heaps || type.type_class == CLASS_VARIABLE;
        if (has_parts(&type)) {
            if (depth == MAX_DEPTH) {
                status = ana_fail(ANA_ERR_UNSUPPORTED,
                                  "%s: byte %llu: a type nested more than %d "
                                  "deep",
                                  cursor->name, (unsigned long long)ana_cursor_offset(cursor),
                                  MAX_DEPTH);
                goto done;
            }
            ANA_TRY(open_parts(check, cursor, &type));
            owners[depth++] = type;
            continue;
        }
        ANA_TRY(check_plain(check, cursor, &type));
        done = true;
        while (done && depth > 0) {
            ANA_TRY(close_part(cursor, &owners[depth - 1], &type, &done));
            if (done) {
                type = owners[--depth];
            }
        }
    }
    out->type_class = type.type_class;
    out->size = type.size;
    out->is_text = type.type_class == CLASS_VARIABLE && (type.flags & 0xf) == 1;
    status = ana_cursor_check(cursor, "a type");
done:
    return status;
}

ana_status ana_hdf5_check_type_or_shared(ana_hdf5_check *check, bool shared, ana_cursor cursor,
                                         ana_hdf5_checked_type *out)
{
    ana_status status = ANA_OK;
    ana_hdf5_header header = {0};
    if (!shared) {
        return ana_hdf5_check_type(check, &cursor, out);
    }
    unsigned version = ana_cursor_u8(&cursor);
    unsigned kind = ana_cursor_u8(&cursor);
    ana_cursor_skip(&cursor, version == 1 ? 6U + check->length_bytes : 0);
    if (version < 1 || version > 3 || (version == 3 && kind != 2)) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: byte %llu: a shared message of version %u, kind %u; types that stand "
                        "by themselves are known",
                        cursor.name, (unsigned long long)ana_cursor_offset(&cursor) - 2, version,
                        kind);
    }
    uint64_t address = ana_hdf5_take_address(check, &cursor);
    ANA_TRY(ana_cursor_check(&cursor, "a shared type"));
    ANA_TRY(ana_hdf5_header_read(check, address, &header));
    const ana_hdf5_message *message = ana_hdf5_header_find(&header, MESSAGE_TYPE);
    if (message == NULL || (message->flags & ANA_HDF5_SHARED) != 0) {
        status = ana_hdf5_damaged(&cursor, "a shared type that is none");
        goto done;
    }
    ana_cursor body = message->body;
    status = ana_hdf5_check_type(check, &body, out);
done:
    ana_hdf5_header_release(&header);
    return status;
}

/* Section IV.A.2.b. */
ana_status ana_hdf5_check_space(const ana_hdf5_check *check, ana_cursor *cursor,
                                ana_hdf5_checked_space *out)
{
    unsigned version = ana_cursor_u8(cursor);
    unsigned rank = ana_cursor_u8(cursor);
    unsigned flags = ana_cursor_u8(cursor);
    unsigned kind = ana_cursor_u8(cursor);
    *out = (ana_hdf5_checked_space){.rank = rank, .n_elements = 1};
    if (version == 1) {
        ana_cursor_skip(cursor, 4);
        kind = rank > 0 ? 1 : 0;
    }
    if (!cursor->failed && (version < 1 || version > 2 || rank > ANA_HDF5_MAX_RANK || kind > 2 ||
                            (kind != 1 && rank > 0))) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: a shape of version %u, kind %u and %u axes; versions 1 and "
                        "2, kinds 0 to 2 and at most 32 axes are right",
                        cursor->name, (unsigned long long)ana_cursor_offset(cursor), version, kind,
                        rank);
    }
    bool fits = true;
    for (unsigned i = 0; i < rank; i++) {
        out->n[i] = ana_hdf5_take_length(check, cursor);
        fits = fits && !__builtin_mul_overflow(out->n_elements, out->n[i], &out->n_elements);
    }
    for (unsigned i = 0; i < rank && (flags & 1) != 0; i++) {
        fits = ana_hdf5_take_length(check, cursor) >= out->n[i] && fits;
    }
    out->n_elements = kind == 2 ? 0 : out->n_elements;
    if (!fits && !cursor->failed) {
        return ana_hdf5_damaged(cursor, "a shape of more elements than can be counted, or than it "
                                        "may ever have");
    }
    return ana_cursor_check(cursor, "a shape");
}
