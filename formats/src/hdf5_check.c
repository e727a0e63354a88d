#include "hdf5_check.h"

#include "hdf5_check_parts.h"
#include "memory.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

ana_status ana_hdf5_damaged(const ana_cursor *cursor, const char *what)
{
    return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: %s", cursor->name,
                    (unsigned long long)ana_cursor_offset(cursor), what);
}

ana_status ana_hdf5_check_extent(const ana_hdf5_check *check, const ana_cursor *cursor,
                                 uint64_t address, uint64_t n, const char *what)
{
    if (address < check->end && n <= check->end - address) {
        return ANA_OK;
    }
    return ana_fail(
        ANA_ERR_FORMAT, "%s: byte %llu: %s of %llu bytes at byte %llu, but the file ends at %llu",
        cursor->name, (unsigned long long)ana_cursor_offset(cursor), what, (unsigned long long)n,
        ana_hdf5_byte(check, address), ana_hdf5_byte(check, check->end));
}

/* Each part is looked at once, or by some objects that share it; what is looked at again and again
 * is a file made to take all day. */
static const uint64_t looks_per_byte = 8;
static const uint64_t free_looks = (uint64_t)32 << 20;

ana_status ana_hdf5_check_load(ana_hdf5_check *check, ana_workspace *workspace, uint64_t address,
                               uint64_t n, const char *what, ana_cursor *out)
{
    const char *name = ana_file_name(check->file);
    ana_cursor place = ana_cursor_over(name, NULL, 0, check->base + address);
    if (address == 0 || address == ANA_HDF5_NOWHERE) {
        return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: %s is nowhere in the file", name,
                        (unsigned long long)check->base, what);
    }
    ana_status status = ana_hdf5_check_extent(check, &place, address, n, what);
    if (status != ANA_OK) {
        return status;
    }
    check->loaded += n;
    if ((check->loaded - n) / looks_per_byte > check->end + free_looks / looks_per_byte) {
        return ana_hdf5_damaged(&place, "parts that are used again and again; each object has its "
                                        "own in a good file");
    }
    unsigned char *bytes = ana_workspace_bytes(workspace, (size_t)n, 1, 1);
    status = ana_workspace_check(workspace, name);
    if (status == ANA_OK) {
        status = ana_file_read(check->file, check->base + address, (size_t)n, bytes);
    }
    *out = ana_cursor_over(name, bytes, (size_t)n, check->base + address);
    return status;
}

static uint64_t take(ana_cursor *cursor, unsigned n)
{
    uint64_t value = 0;
    uint64_t ones = n < 8 ? ((uint64_t)1 << (8 * n)) - 1 : UINT64_MAX;
    switch (n) {
    case 2:
        value = ana_cursor_u16(cursor);
        break;
    case 4:
        value = ana_cursor_u32(cursor);
        break;
    default:
        value = ana_cursor_u64(cursor);
        break;
    }
    return value == ones ? ANA_HDF5_NOWHERE : value;
}

uint64_t ana_hdf5_take_address(const ana_hdf5_check *check, ana_cursor *cursor)
{
    return take(cursor, check->address_bytes);
}

uint64_t ana_hdf5_take_length(const ana_hdf5_check *check, ana_cursor *cursor)
{
    return take(cursor, check->length_bytes);
}

ana_status ana_hdf5_check_meet(ana_hdf5_check *check, uint64_t walk, uint64_t address,
                               const char *what)
{
    bool seen = false;
    ana_hdf5_token token = {.file = walk, .address = address};
    ana_status status = ana_hdf5_tokens_meet(&check->met, token, &seen);
    if (status == ANA_OK && seen) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: %s that leads in a circle",
                          ana_file_name(check->file), ana_hdf5_byte(check, address), what);
    }
    return status;
}

static uint32_t turn(uint32_t x, unsigned by)
{
    return x << by | x >> (32 - by);
}

/* Bob Jenkins' lookup3 (2006), hashlittle with 0, which is HDF5's checksum of metadata. */
static uint32_t lookup3(const unsigned char *bytes, size_t n)
{
    uint32_t a = 0xdeadbeef + (uint32_t)n;
    uint32_t b = a;
    uint32_t c = a;
    uint32_t words[3] = {0};
    for (; n > 12; n -= 12, bytes += 12) {
        memset(words, 0, sizeof words);
        for (size_t i = 0; i < 12; i++) {
            words[i / 4] |= (uint32_t)bytes[i] << (8 * (i % 4));
        }
        a += words[0];
        b += words[1];
        c += words[2];
        a = (a - c) ^ turn(c, 4);
        c += b;
        b = (b - a) ^ turn(a, 6);
        a += c;
        c = (c - b) ^ turn(b, 8);
        b += a;
        a = (a - c) ^ turn(c, 16);
        c += b;
        b = (b - a) ^ turn(a, 19);
        a += c;
        c = (c - b) ^ turn(b, 4);
        b += a;
    }
    if (n == 0) {
        return c;
    }
    memset(words, 0, sizeof words);
    for (size_t i = 0; i < n; i++) {
        words[i / 4] |= (uint32_t)bytes[i] << (8 * (i % 4));
    }
    a += words[0];
    b += words[1];
    c += words[2];
    c = (c ^ b) - turn(b, 14);
    a = (a ^ c) - turn(c, 11);
    b = (b ^ a) - turn(a, 25);
    c = (c ^ b) - turn(b, 16);
    a = (a ^ c) - turn(c, 4);
    b = (b ^ a) - turn(a, 14);
    return (c ^ b) - turn(b, 24);
}

ana_status ana_hdf5_check_sum(const ana_cursor *whole, const char *what)
{
    if (whole->n < 4) {
        return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: %s without a checksum", whole->name,
                        (unsigned long long)whole->origin, what);
    }
    ana_cursor end = *whole;
    end.at = whole->n - 4;
    uint32_t stored = ana_cursor_u32(&end);
    uint32_t sum = lookup3(whole->bytes, whole->n - 4);
    if (stored == sum) {
        return ANA_OK;
    }
    return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: %s with checksum %08lx; its bytes have %08lx",
                    whole->name, (unsigned long long)whole->origin + whole->n - 4, what,
                    (unsigned long)stored, (unsigned long)sum);
}

/* Section II.A, versions 0 and 1; the cursor stands behind the version. */
static ana_status old_superblock(ana_hdf5_check *check, ana_cursor *cursor, unsigned version,
                                 uint64_t *end)
{
    ana_cursor_skip(cursor, 4);
    check->address_bytes = ana_cursor_u8(cursor);
    check->length_bytes = ana_cursor_u8(cursor);
    ana_cursor_skip(cursor, 1);
    check->leaf_k = ana_cursor_u16(cursor);
    check->group_k = ana_cursor_u16(cursor);
    ana_cursor_skip(cursor, 4);
    if (version == 1) {
        check->chunk_k = ana_cursor_u16(cursor);
        ana_cursor_skip(cursor, 2);
    }
    uint64_t base = ana_hdf5_take_address(check, cursor);
    ana_cursor_skip(cursor, check->address_bytes); /* free space */
    if (base != check->base && !cursor->failed) {
        return ana_hdf5_damaged(cursor, "a base that is not where the superblock is");
    }
    *end = ana_hdf5_take_address(check, cursor);
    if (ana_hdf5_take_address(check, cursor) != ANA_HDF5_NOWHERE && !cursor->failed) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: byte %llu: a file that is split over others; put together by h5repart "
                        "it can be read",
                        cursor->name, (unsigned long long)ana_cursor_offset(cursor));
    }
    ana_cursor_skip(cursor, check->length_bytes); /* the root's name */
    check->root = ana_hdf5_take_address(check, cursor);
    if (check->leaf_k == 0 || check->group_k == 0 || check->chunk_k == 0) {
        return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: trees of 0 children; at least 1 is right",
                        cursor->name, (unsigned long long)check->base + 16);
    }
    return ANA_OK;
}

/* Section II.B, versions 2 and 3. */
static ana_status new_superblock(ana_hdf5_check *check, ana_cursor *cursor, uint64_t *end)
{
    check->address_bytes = ana_cursor_u8(cursor);
    check->length_bytes = ana_cursor_u8(cursor);
    ana_cursor_skip(cursor, 1); /* flags */
    uint64_t base = ana_hdf5_take_address(check, cursor);
    if (base != check->base && !cursor->failed) {
        return ana_hdf5_damaged(cursor, "a base that is not where the superblock is");
    }
    check->extra = ana_hdf5_take_address(check, cursor);
    *end = ana_hdf5_take_address(check, cursor);
    check->root = ana_hdf5_take_address(check, cursor);
    ana_cursor_skip(cursor, 4);
    ana_cursor whole = ana_cursor_over(cursor->name, cursor->bytes, cursor->at, cursor->origin);
    return cursor->failed ? ANA_OK : ana_hdf5_check_sum(&whole, "a superblock");
}

static bool is_width(unsigned width)
{
    return width == 2 || width == 4 || width == 8;
}

static ana_status check_superblock(ana_hdf5_check *check, ana_cursor *cursor)
{
    ana_status status = ANA_OK;
    uint64_t end = 0;
    ana_cursor_skip(cursor, sizeof signature);
    unsigned version = ana_cursor_u8(cursor);
    if (version > 3) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: byte %llu: superblock version %u; versions 0 to 3 are known",
                        cursor->name, (unsigned long long)check->base + 8, version);
    }
    size_t widths = version < 2 ? 13 : 9;
    if (cursor->n > widths + 1 &&
        (!is_width(cursor->bytes[widths]) || !is_width(cursor->bytes[widths + 1]))) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: addresses of %u and lengths of %u bytes; 2, 4 or 8 are "
                        "legal",
                        cursor->name, (unsigned long long)check->base + widths,
                        cursor->bytes[widths], cursor->bytes[widths + 1]);
    }
    ANA_TRY(version < 2 ? old_superblock(check, cursor, version, &end)
                        : new_superblock(check, cursor, &end));
    if (cursor->failed) {
        return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: ends within the HDF5 superblock",
                        cursor->name, (unsigned long long)ana_file_size(check->file));
    }
    if (end > ana_file_size(check->file)) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: truncated: the superblock says that the file has %llu "
                        "bytes",
                        cursor->name, (unsigned long long)ana_file_size(check->file),
                        (unsigned long long)end);
    }
done:
    return status;
}

/* The signature: at the beginning or behind a user block of 512, 1024, 2048, ... bytes. */
static ana_status find_superblock(ana_hdf5_check *check)
{
    ana_status status = ANA_OK;
    const uint64_t size = ana_file_size(check->file);
    const char *name = ana_file_name(check->file);
    unsigned char block[128];
    bool found = false;
    uint64_t at = 0;
    while (!found && at < size && size - at >= sizeof signature) {
        ANA_TRY(ana_file_read(check->file, at, sizeof signature, block));
        found = memcmp(block, signature, sizeof signature) == 0;
        at = found ? at : at == 0 ? 512 : at * 2;
    }
    if (!found) {
        return ana_fail(ANA_ERR_FORMAT, "%s: byte 0: no HDF5 signature here nor at 512, 1024, ...",
                        name);
    }
    size_t n = size - at < sizeof block ? (size_t)(size - at) : sizeof block;
    ANA_TRY(ana_file_read(check->file, at, n, block));
    check->base = at;
    check->end = size - at;
    ana_cursor cursor = ana_cursor_over(name, block, n, at);
    status = check_superblock(check, &cursor);
done:
    return status;
}

/* The superblock's extension: how many children trees of chunks have; the rest must be harmless. */
static ana_status check_extension(ana_hdf5_check *check)
{
    ana_status status = ANA_OK;
    ana_hdf5_header header = {0};
    if (check->extra == ANA_HDF5_NOWHERE) {
        return ANA_OK;
    }
    ANA_TRY(ana_hdf5_header_read(check, check->extra, &header));
    for (size_t i = 0; i < header.n; i++) {
        ana_cursor body = header.items[i].body;
        unsigned type = header.items[i].type;
        if (type == MESSAGE_SHARED_TABLE || type == MESSAGE_DRIVER || type == MESSAGE_CACHE_IMAGE) {
            status = ana_fail(ANA_ERR_UNSUPPORTED,
                              "%s: byte %llu: a file with shared messages, drivers or an image of "
                              "the cache (message %u); repacked by h5repack it can be read",
                              body.name, (unsigned long long)ana_cursor_offset(&body), type);
            goto done;
        }
        ANA_TRY(ana_hdf5_check_message(check, &header.items[i]));
        if (type == MESSAGE_TREE_K) {
            ana_cursor_skip(&body, 1);
            check->chunk_k = ana_cursor_u16(&body);
            check->group_k = ana_cursor_u16(&body);
            check->leaf_k = ana_cursor_u16(&body);
        }
    }
done:
    ana_hdf5_header_release(&header);
    return status;
}

ana_status ana_hdf5_check_open(const char *path, ana_hdf5_check **out)
{
    ana_status status = ANA_OK;
    ana_hdf5_check *check = NULL;
    *out = NULL;
    ANA_TRY(ana_allocate(1, sizeof *check, path, &check));
    check->leaf_k = 4; /* what a file of version 2 or 3 does not say */
    check->group_k = 16;
    check->chunk_k = 32;
    check->extra = ANA_HDF5_NOWHERE;
    ANA_TRY(ana_file_open(path, &check->file));
    ANA_TRY(find_superblock(check));
    ANA_TRY(check_extension(check));
    ANA_TRY(ana_hdf5_check_object(check, check->root));
    *out = check;
    check = NULL;
done:
    ana_hdf5_check_close(check);
    return status;
}

void ana_hdf5_check_close(ana_hdf5_check *check)
{
    if (check == NULL) {
        return;
    }
    for (size_t i = 0; i < check->n_heaps; i++) {
        free(check->heaps[i].objects);
    }
    free(check->heaps);
    ana_hdf5_tokens_release(&check->checked);
    ana_hdf5_tokens_release(&check->met);
    ana_file_close(check->file);
    free(check);
}

uint64_t ana_hdf5_check_size(const ana_hdf5_check *check)
{
    return ana_file_size(check->file);
}
