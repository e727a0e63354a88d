#include "hdf5_check_parts.h"
#include "memory.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

enum {
    FLAG_CREATION_ORDER = 0x04, /* of a header of version 2 */
    FLAG_LIMITS = 0x10,
    FLAG_TIMES = 0x20,
    FLAG_NEVER_SHARED = 0x04, /* of a message */
    FLAG_FAIL_UNKNOWN = 0x08,
    FLAG_MARK_UNKNOWN = 0x10,
    FLAG_WAS_UNKNOWN = 0x20,
    MAX_MESSAGES = 1 << 20
};

/* While the chunks of one header are taken apart. */
typedef struct taking {
    ana_hdf5_check *check;
    ana_hdf5_header *header;
    uint64_t walk;
    unsigned flags;
} taking;

/* Flags that exclude each other; HDF5 gives up on them half-way through a list of links, and frees
 * what it never made. */
static bool is_flag_pair(unsigned flags)
{
    const bool shared = (flags & ANA_HDF5_SHARED) != 0 && (flags & FLAG_NEVER_SHARED) != 0;
    const bool met = (flags & FLAG_WAS_UNKNOWN) != 0;
    return shared ||
           (met && ((flags & FLAG_FAIL_UNKNOWN) != 0 || (flags & FLAG_MARK_UNKNOWN) == 0));
}

static ana_status add(taking *from, ana_hdf5_message message)
{
    ana_hdf5_header *header = from->header;
    if (is_flag_pair(message.flags)) {
        return ana_hdf5_damaged(&message.body, "a message of flags that exclude each other");
    }
    if (header->n >= MAX_MESSAGES) {
        return ana_hdf5_damaged(&message.body, "an object of more than a million messages");
    }
    ana_status status = ana_grow(&header->items, &header->capacity, header->n + 1,
                                 sizeof *header->items, "messages");
    if (status == ANA_OK) {
        header->items[header->n++] = message;
    }
    return status;
}

/* Section IV.A.1.a: messages of a multiple of 8 bytes, without a gap at the end. */
static ana_status take_old(taking *from, ana_cursor chunk)
{
    while (ana_cursor_left(&chunk) > 0) {
        ana_hdf5_message message = {.type = ana_cursor_u16(&chunk)};
        uint16_t n = ana_cursor_u16(&chunk);
        message.flags = ana_cursor_u8(&chunk);
        ana_cursor_skip(&chunk, 3);
        message.body = ana_cursor_sub(&chunk, n);
        if (chunk.failed || n % 8 != 0) {
            return ana_hdf5_damaged(&chunk, "a message that does not fit into its header");
        }
        ana_status status = add(from, message);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}

/* Section IV.A.1.b: what is too short for a message is a gap. */
static ana_status take_new(taking *from, ana_cursor chunk)
{
    const size_t head = (from->flags & FLAG_CREATION_ORDER) != 0 ? 6 : 4;
    while (ana_cursor_left(&chunk) >= head) {
        ana_hdf5_message message = {.type = ana_cursor_u8(&chunk)};
        uint16_t n = ana_cursor_u16(&chunk);
        message.flags = ana_cursor_u8(&chunk);
        ana_cursor_skip(&chunk, head - 4);
        message.body = ana_cursor_sub(&chunk, n);
        if (chunk.failed) {
            return ana_hdf5_damaged(&chunk, "a message that does not fit into its header");
        }
        ana_status status = add(from, message);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}

static ana_status take_continuation(taking *from, ana_cursor message)
{
    ana_status status = ANA_OK;
    ana_cursor chunk;
    uint64_t address = ana_hdf5_take_address(from->check, &message);
    uint64_t n = ana_hdf5_take_length(from->check, &message);
    ANA_TRY(ana_cursor_check(&message, "a continuation"));
    ANA_TRY(ana_hdf5_check_load(from->check, &from->header->workspace, address, n,
                                "a continuation of a header", &chunk));
    ANA_TRY(ana_hdf5_check_meet(from->check, from->walk, address, "a header"));
    if (from->header->version == 1) {
        return take_old(from, chunk);
    }
    const unsigned char *mark = ana_cursor_take(&chunk, 4);
    if (mark == NULL || memcmp(mark, "OCHK", 4) != 0) {
        return ana_hdf5_damaged(&message, "a continuation that does not begin with OCHK");
    }
    ANA_TRY(ana_hdf5_check_sum(&chunk, "a continuation"));
    chunk.n -= 4;
    status = take_new(from, chunk);
done:
    return status;
}

/* Version 1: 16 bytes, then messages. */
static ana_status read_old(taking *from, ana_cursor *head)
{
    ana_cursor chunk;
    ana_cursor_skip(head, 8); /* version, reserved, number of messages, references */
    uint32_t n = ana_cursor_u32(head);
    ana_status status = ana_cursor_check(head, "a header");
    if (status == ANA_OK) {
        status = ana_hdf5_check_load(from->check, &from->header->workspace,
                                     from->header->address + 16, n, "a header", &chunk);
    }
    return status == ANA_OK ? take_old(from, chunk) : status;
}

/* Version 2: with a checksum. */
static ana_status read_new(taking *from, ana_cursor *head)
{
    ana_cursor chunk;
    ana_cursor_skip(head, 4);
    unsigned version = ana_cursor_u8(head);
    from->flags = ana_cursor_u8(head);
    ana_cursor_skip(head, ((from->flags & FLAG_TIMES) != 0 ? 16 : 0) +
                              ((from->flags & FLAG_LIMITS) != 0 ? 4 : 0));
    uint64_t n = 0;
    for (unsigned i = 0; i < 1U << (from->flags & 3U); i++) {
        n |= (uint64_t)ana_cursor_u8(head) << (8 * i);
    }
    ana_status status = ana_cursor_check(head, "a header");
    if (status != ANA_OK) {
        return status;
    }
    if (version != 2) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: byte %llu: an object header of version %u; 1 and 2 are known",
                        head->name, (unsigned long long)head->origin + 4, version);
    }
    if (n > UINT64_MAX - head->at - 4) {
        return ana_hdf5_damaged(head, "a header of more bytes than can be counted");
    }
    status = ana_hdf5_check_load(from->check, &from->header->workspace, from->header->address,
                                 head->at + n + 4, "a header", &chunk);
    if (status == ANA_OK) {
        status = ana_hdf5_check_sum(&chunk, "a header");
    }
    if (status != ANA_OK) {
        return status;
    }
    chunk.at = head->at;
    chunk.n -= 4;
    return take_new(from, chunk);
}

ana_status ana_hdf5_header_read(ana_hdf5_check *check, uint64_t address, ana_hdf5_header *out)
{
    ana_status status = ANA_OK;
    ana_cursor head;
    *out = (ana_hdf5_header){.address = address};
    taking from = {.check = check, .header = out, .walk = ++check->n_walks};
    uint64_t left = address < check->end ? check->end - address : 0;
    /* The longest beginning has 34 bytes; the shortest header 16. */
    ANA_TRY(ana_hdf5_check_load(check, &out->workspace, address,
                                left < 16   ? 16
                                : left < 40 ? left
                                            : 40,
                                "the header of an object", &head));
    ANA_TRY(ana_hdf5_check_meet(check, from.walk, address, "a header"));
    if (head.bytes[0] == 1) {
        out->version = 1;
        ANA_TRY(read_old(&from, &head));
    } else if (memcmp(head.bytes, "OHDR", 4) == 0) {
        out->version = 2;
        ANA_TRY(read_new(&from, &head));
    } else {
        status = ana_hdf5_damaged(
            &head, "no object: its header begins neither with version 1 nor with OHDR");
        goto done;
    }
    /* Continuations may hold continuations. */
    for (size_t i = 0; i < out->n; i++) {
        if (out->items[i].type == MESSAGE_CONTINUATION) {
            ANA_TRY(take_continuation(&from, out->items[i].body));
        }
    }
done:
    if (status != ANA_OK) {
        ana_hdf5_header_release(out);
    }
    return status;
}

void ana_hdf5_header_release(ana_hdf5_header *header)
{
    ana_workspace_release(&header->workspace);
    free(header->items);
    *header = (ana_hdf5_header){0};
}

const ana_hdf5_message *ana_hdf5_header_find(const ana_hdf5_header *header, unsigned type)
{
    for (size_t i = 0; i < header->n; i++) {
        if (header->items[i].type == type) {
            return &header->items[i];
        }
    }
    return NULL;
}
