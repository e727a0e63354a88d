#include "hdf5_check_parts.h"
#include "memory.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

enum {
    FLAG_CHECKSUMS = 2,
    MAX_ROWS = 64
};

/* Section III.G: the heap's header. Blocks stand in rows of `width`; those of the first two rows
 * have `first` bytes, and those of each further row twice as many as before. */
typedef struct heap_head {
    ana_hdf5_check *check;
    uint64_t walk;
    unsigned flags;
    unsigned width;
    uint64_t first;
    uint64_t largest; /* block that is not a table of blocks */
    uint64_t root;
    unsigned n_rows;
    unsigned direct_rows; /* of blocks that are not tables */
} heap_head;

/* A table of blocks that is still to be looked at. */
typedef struct block_table {
    uint64_t address;
    uint64_t offset;
    unsigned n_rows;
} block_table;

typedef struct block_tables {
    size_t n;
    size_t capacity;
    block_table *items;
} block_tables;

static unsigned log_2(uint64_t x)
{
    return 63 - (unsigned)__builtin_clzll(x | 1);
}

unsigned ana_hdf5_bytes_for(uint64_t most)
{
    return log_2(most) / 8 + 1;
}

uint64_t ana_hdf5_take_number(ana_cursor *cursor, unsigned n)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < n && i < 8; i++) {
        value |= (uint64_t)ana_cursor_u8(cursor) << (8 * i);
    }
    return value;
}

static bool is_power_of_2(uint64_t x)
{
    return x > 0 && (x & (x - 1)) == 0;
}

static uint64_t row_bytes(const heap_head *head, unsigned row)
{
    return row == 0 ? head->first : head->first << (row - 1);
}

/* Bytes of all rows before this one. */
static uint64_t row_offset(const heap_head *head, unsigned row)
{
    return row == 0 ? 0 : head->width * head->first << (row - 1);
}

static ana_status take_head(ana_cursor *cursor, heap_head *head, ana_hdf5_blocks *out)
{
    const ana_hdf5_check *check = head->check;
    ana_cursor_skip(cursor, 5);
    out->id_bytes = ana_cursor_u16(cursor);
    unsigned n_filters = ana_cursor_u16(cursor);
    head->flags = ana_cursor_u8(cursor);
    uint64_t most = ana_cursor_u32(cursor);
    ana_cursor_skip(cursor, check->length_bytes);
    out->large = ana_hdf5_take_address(check, cursor);
    ana_cursor_skip(cursor, 9 * (size_t)check->length_bytes + check->address_bytes);
    head->width = ana_cursor_u16(cursor);
    head->first = ana_hdf5_take_length(check, cursor);
    head->largest = ana_hdf5_take_length(check, cursor);
    unsigned bits = ana_cursor_u16(cursor);
    ana_cursor_skip(cursor, 2);
    head->root = ana_hdf5_take_address(check, cursor);
    head->n_rows = ana_cursor_u16(cursor);
    if (n_filters != 0 || (head->flags & FLAG_CHECKSUMS) == 0) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: byte %llu: a heap of links or attributes that is packed or without "
                        "checksums; repacked by h5repack it can be read",
                        cursor->name, (unsigned long long)cursor->origin);
    }
    if (!is_power_of_2(head->width) || !is_power_of_2(head->first) ||
        !is_power_of_2(head->largest) || head->largest < head->first ||
        head->largest > UINT32_MAX || bits == 0 || bits > 64 || most == 0) {
        return ana_hdf5_damaged(cursor, "a heap of links or attributes of impossible blocks");
    }
    head->direct_rows = log_2(head->largest) - log_2(head->first) + 2;
    unsigned max_rows =
        bits < log_2(head->first * head->width) ? 0 : bits - log_2(head->first * head->width) + 1;
    if (head->n_rows > max_rows || head->n_rows > MAX_ROWS) {
        return ana_hdf5_damaged(cursor, "a heap of links or attributes of impossible rows");
    }
    unsigned block_bytes = (log_2(head->largest) + 7) / 8;
    out->offset_bytes = (bits + 7) / 8;
    out->length_bytes =
        ana_hdf5_bytes_for(most) < block_bytes ? ana_hdf5_bytes_for(most) : block_bytes;
    return ANA_OK;
}

/* The sum of a block stands inside it, and counts as zeros. */
static ana_status check_block_sum(const ana_cursor *block, size_t at)
{
    ana_status status = ANA_OK;
    unsigned char *copy = NULL;
    ANA_TRY(ana_allocate(block->n + 4, 1, block->name, &copy));
    memcpy(copy, block->bytes, block->n);
    memset(copy + at, 0, 4);
    memcpy(copy + block->n, block->bytes + at, 4);
    ana_cursor whole = ana_cursor_over(block->name, copy, block->n + 4, block->origin);
    status = ana_hdf5_check_sum(&whole, "links or attributes");
done:
    free(copy);
    return status;
}

static ana_status add_block(const heap_head *head, uint64_t address, uint64_t offset, uint64_t n,
                            ana_hdf5_blocks *out)
{
    ana_status status = ANA_OK;
    ana_cursor bytes;
    const size_t sum_at = 5 + (size_t)head->check->address_bytes + out->offset_bytes;
    ANA_TRY(ana_hdf5_check_load(head->check, &out->workspace, address, n, "links or attributes",
                                &bytes));
    ANA_TRY(ana_hdf5_check_meet(head->check, head->walk, address, "a heap"));
    if (bytes.n < sum_at + 4 || memcmp(bytes.bytes, "FHDB\0", 5) != 0) {
        return ana_hdf5_damaged(&bytes, "no links or attributes: they do not begin with FHDB, "
                                        "version 0");
    }
    ANA_TRY(check_block_sum(&bytes, sum_at));
    ANA_TRY(ana_grow(&out->items, &out->capacity, out->n + 1, sizeof *out->items, "links"));
    out->items[out->n++] = (ana_hdf5_block){.offset = offset, .bytes = bytes};
done:
    return status;
}

static ana_status add_table(const heap_head *head, block_tables *tables, block_table table)
{
    ana_status status =
        ana_grow(&tables->items, &tables->capacity, tables->n + 1, sizeof *tables->items, "tables");
    if (status == ANA_OK) {
        tables->items[tables->n++] = table;
        status = ana_hdf5_check_meet(head->check, head->walk, table.address, "a heap");
    }
    return status;
}

/* One table: blocks, then further tables. */
static ana_status open_table(const heap_head *head, block_table table, block_tables *tables,
                             ana_hdf5_blocks *out)
{
    ana_status status = ANA_OK;
    ana_cursor bytes;
    const unsigned first_bits = log_2(head->first * head->width);
    const size_t n_children = (size_t)table.n_rows * head->width;
    const size_t n_head = 5 + (size_t)head->check->address_bytes + out->offset_bytes;
    ANA_TRY(ana_hdf5_check_load(head->check, &out->workspace, table.address,
                                n_head + n_children * head->check->address_bytes + 4,
                                "a table of blocks", &bytes));
    if (memcmp(bytes.bytes, "FHIB\0", 5) != 0) {
        return ana_hdf5_damaged(&bytes, "no table of blocks: it does not begin with FHIB, version "
                                        "0");
    }
    ANA_TRY(ana_hdf5_check_sum(&bytes, "a table of blocks"));
    ana_cursor_skip(&bytes, n_head);
    for (unsigned row = 0; row < table.n_rows; row++) {
        uint64_t n = row_bytes(head, row);
        for (unsigned column = 0; column < head->width; column++) {
            uint64_t child = ana_hdf5_take_address(head->check, &bytes);
            uint64_t offset = table.offset + row_offset(head, row) + column * n;
            if (child == ANA_HDF5_NOWHERE) {
                continue;
            }
            if (row < head->direct_rows) {
                ANA_TRY(add_block(head, child, offset, n, out));
                continue;
            }
            if (log_2(n) < first_bits) {
                return ana_hdf5_damaged(&bytes, "a table of blocks that is too small for one");
            }
            ANA_TRY(
                add_table(head, tables, (block_table){child, offset, log_2(n) - first_bits + 1}));
        }
    }
done:
    return status;
}

static int by_offset(const void *a, const void *b)
{
    const ana_hdf5_block *first = a;
    const ana_hdf5_block *second = b;
    return (first->offset > second->offset) - (first->offset < second->offset);
}

ana_status ana_hdf5_check_blocks(ana_hdf5_check *check, uint64_t address, ana_hdf5_blocks *out)
{
    ana_status status = ANA_OK;
    ana_cursor cursor;
    block_tables tables = {0};
    heap_head head = {.check = check, .walk = ++check->n_walks};
    const uint64_t n = 26 + 12 * (uint64_t)check->length_bytes + 3 * (uint64_t)check->address_bytes;
    *out = (ana_hdf5_blocks){0};
    ANA_TRY(ana_hdf5_check_load(check, &out->workspace, address, n, "a heap of links or attributes",
                                &cursor));
    if (memcmp(cursor.bytes, "FRHP\0", 5) != 0) {
        status = ana_hdf5_damaged(&cursor, "no heap of links or attributes: it does not begin with "
                                           "FRHP, version 0");
        goto done;
    }
    ANA_TRY(take_head(&cursor, &head, out));
    ANA_TRY(ana_hdf5_check_sum(&cursor, "a heap of links or attributes"));
    if (head.root != ANA_HDF5_NOWHERE && head.n_rows == 0) {
        ANA_TRY(add_block(&head, head.root, 0, head.first, out));
    } else if (head.root != ANA_HDF5_NOWHERE) {
        ANA_TRY(add_table(&head, &tables, (block_table){head.root, 0, head.n_rows}));
    }
    for (size_t i = 0; i < tables.n; i++) {
        ANA_TRY(open_table(&head, tables.items[i], &tables, out));
    }
    if (out->n > 1) {
        qsort(out->items, out->n, sizeof *out->items, by_offset);
    }
done:
    free(tables.items);
    if (status != ANA_OK) {
        ana_hdf5_blocks_release(out);
    }
    return status;
}

void ana_hdf5_blocks_release(ana_hdf5_blocks *blocks)
{
    ana_workspace_release(&blocks->workspace);
    free(blocks->items);
    *blocks = (ana_hdf5_blocks){0};
}

bool ana_hdf5_blocks_find(const ana_hdf5_blocks *blocks, uint64_t offset, uint64_t n,
                          ana_cursor *out)
{
    size_t first = 0;
    size_t stop = blocks->n;
    while (first < stop) {
        size_t middle = first + (stop - first) / 2;
        if (blocks->items[middle].offset <= offset) {
            first = middle + 1;
        } else {
            stop = middle;
        }
    }
    if (first == 0) {
        return false;
    }
    ana_cursor bytes = blocks->items[first - 1].bytes;
    uint64_t at = offset - blocks->items[first - 1].offset;
    if (at >= bytes.n || n > bytes.n - at) {
        return false;
    }
    ana_cursor_skip(&bytes, (size_t)at);
    *out = ana_cursor_sub(&bytes, (size_t)n);
    return true;
}
