#include "hdf5_check_parts.h"
#include "try.h"

#include <string.h>

enum {
    MAX_LEVELS = 64,
    FILTER_SHUFFLE = 2,
    FILTER_CHECKSUM = 3,
    CHECKSUM_BYTES = 4
};

/* The tree of a dataset's chunks, while it is walked through. */
typedef struct chunk_walk {
    ana_hdf5_check *check;
    ana_workspace workspace;
    const ana_hdf5_layout *layout;
    uint64_t walk;
} chunk_walk;

typedef struct tree_place {
    ana_cursor children; /* key, child, key, child, ..., key */
    unsigned level;
    unsigned n_left;
} tree_place;

static uint64_t key_bytes(const ana_hdf5_layout *layout)
{
    return 8 + 8 * (uint64_t)layout->rank;
}

/* Section III.A.1: a node of the tree on a level (MAX_LEVELS: the root, on any). */
static ana_status open_node(chunk_walk *walk, uint64_t address, unsigned level, tree_place *out)
{
    ana_status status = ANA_OK;
    ana_cursor head;
    const ana_hdf5_check *check = walk->check;
    ANA_TRY(ana_hdf5_check_load(walk->check, &walk->workspace, address,
                                8 + 2 * (uint64_t)check->address_bytes, "the tree of chunks",
                                &head));
    ANA_TRY(ana_hdf5_check_meet(walk->check, walk->walk, address, "a tree of chunks"));
    if (memcmp(ana_cursor_take(&head, 5), "TREE\1", 5) != 0) {
        head.at = 0;
        return ana_hdf5_damaged(&head, "no tree of chunks: it does not begin with TREE, kind 1");
    }
    out->level = ana_cursor_u8(&head);
    out->n_left = ana_cursor_u16(&head);
    if (out->level >= MAX_LEVELS || (level < MAX_LEVELS && out->level != level) ||
        out->n_left > 2U * check->chunk_k) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: a node of level %u with %u chunks; at most %u on each "
                        "level are right",
                        head.name, (unsigned long long)head.origin + 5, out->level, out->n_left,
                        2U * check->chunk_k);
    }
    uint64_t n = (uint64_t)out->n_left * (key_bytes(walk->layout) + check->address_bytes) +
                 key_bytes(walk->layout);
    ANA_TRY(ana_hdf5_check_load(walk->check, &walk->workspace, address + head.n, n,
                                "the tree of chunks", &out->children));
done:
    return status;
}

/* Bytes that a stored chunk must have when no filter changes them; 0: a filter does. */
static uint64_t bytes_unchanged(const ana_hdf5_layout *layout, uint32_t skipped)
{
    uint64_t bytes = layout->chunk_bytes;
    for (size_t i = 0; i < layout->n_filters; i++) {
        if ((skipped >> i & 1) != 0 || layout->filters[i].id == FILTER_SHUFFLE) {
            continue;
        }
        if (layout->filters[i].id != FILTER_CHECKSUM) {
            return 0;
        }
        bytes += CHECKSUM_BYTES;
    }
    return bytes;
}

static ana_status check_chunk(const chunk_walk *walk, tree_place *place)
{
    ana_cursor *cursor = &place->children;
    uint32_t n = ana_cursor_u32(cursor);
    uint32_t skipped = ana_cursor_u32(cursor);
    ana_cursor_skip(cursor, 8 * (size_t)walk->layout->rank);
    uint64_t address = ana_hdf5_take_address(walk->check, cursor);
    uint64_t unchanged = bytes_unchanged(walk->layout, skipped);
    if (n == 0 || (unchanged > 0 && n != unchanged)) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: a chunk of %lu bytes; as it is stored, %llu are right",
                        cursor->name, (unsigned long long)ana_cursor_offset(cursor),
                        (unsigned long)n, (unsigned long long)unchanged);
    }
    return ana_hdf5_check_extent(walk->check, cursor, address, n, "a chunk");
}

static ana_status check_tree(chunk_walk *walk)
{
    ana_status status = ANA_OK;
    tree_place places[MAX_LEVELS] = {0};
    size_t depth = 1;
    ANA_TRY(open_node(walk, walk->layout->address, MAX_LEVELS, &places[0]));
    while (depth > 0) {
        tree_place *place = &places[depth - 1];
        if (place->n_left == 0) {
            depth--;
            continue;
        }
        place->n_left--;
        if (place->level == 0) {
            ANA_TRY(check_chunk(walk, place));
            continue;
        }
        ana_cursor_skip(&place->children, (size_t)key_bytes(walk->layout));
        uint64_t child = ana_hdf5_take_address(walk->check, &place->children);
        ANA_TRY(open_node(walk, child, place->level - 1, &places[depth]));
        depth++;
    }
done:
    return status;
}

ana_status ana_hdf5_check_chunks(ana_hdf5_check *check, const ana_hdf5_layout *layout)
{
    chunk_walk walk = {.check = check, .layout = layout, .walk = ++check->n_walks};
    ana_status status = check_tree(&walk);
    ana_workspace_release(&walk.workspace);
    return status;
}
