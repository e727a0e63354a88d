#include "hdf5_check_parts.h"
#include "try.h"

#include <string.h>

enum {
    MAX_LEVELS = 64,
    LEAF_ENTRY_REST = 8 + 16 /* of a name: what is kept of it, reserved, and room for that */
};

/* One group, while its tree is walked through. */
typedef struct group_walk {
    ana_hdf5_check *check;
    ana_workspace workspace;
    ana_hdf5_names names;
    uint64_t walk;
} group_walk;

/* Nodes that are still to be looked at: one on each level at a time. */
typedef struct tree_place {
    ana_cursor children; /* key, child, key, child, ..., key */
    unsigned level;
    unsigned n_left;
} tree_place;

/* Free pieces follow each other, and HDF5 with them until they end (1: the last). */
static ana_status check_free_list(ana_hdf5_check *check, const ana_cursor *data, uint64_t first)
{
    uint64_t at = first;
    uint64_t n_most = data->n / (2 * (size_t)check->length_bytes) + 1;
    for (uint64_t n = 0; at != 1; n++) {
        if (at >= data->n || n > n_most) {
            return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: free pieces of a heap of names that %s",
                            data->name, (unsigned long long)data->origin,
                            n > n_most ? "lead in a circle" : "leave it");
        }
        ana_cursor piece = *data;
        piece.at = (size_t)at;
        uint64_t next = ana_hdf5_take_length(check, &piece);
        uint64_t size = ana_hdf5_take_length(check, &piece);
        piece.at = (size_t)at;
        if (piece.failed || next == 0 || size > data->n - at) {
            return ana_fail(ANA_ERR_FORMAT,
                            "%s: byte %llu: a free piece of a heap of names that leaves it",
                            data->name, (unsigned long long)ana_cursor_offset(&piece));
        }
        at = next;
    }
    return ANA_OK;
}

/* Section III.D. */
ana_status ana_hdf5_check_names(ana_hdf5_check *check, uint64_t address, ana_hdf5_names *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_cursor head;
    ana_cursor data;
    *out = (ana_hdf5_names){0};
    ANA_TRY(ana_hdf5_check_load(check, &workspace, address,
                                8 + 2 * (uint64_t)check->length_bytes + check->address_bytes,
                                "a heap of names", &head));
    const unsigned char *mark = ana_cursor_take(&head, 8);
    if (memcmp(mark, "HEAP\0", 5) != 0) {
        head.at = 0;
        status =
            ana_hdf5_damaged(&head, "no heap of names: it does not begin with HEAP, version 0");
        goto done;
    }
    uint64_t n = ana_hdf5_take_length(check, &head);
    uint64_t first_free = ana_hdf5_take_length(check, &head);
    uint64_t place = ana_hdf5_take_address(check, &head);
    if (n == 0) {
        status = first_free == 1 ? ANA_OK : ana_hdf5_damaged(&head, "free pieces of an empty heap");
        goto done;
    }
    ANA_TRY(ana_hdf5_check_load(check, &workspace, place, n, "names", &data));
    ANA_TRY(check_free_list(check, &data, first_free));
    while (data.n > 0 && data.bytes[data.n - 1] != 0) {
        data.n--;
    }
    out->n = data.n;
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_name(const group_walk *walk, const ana_cursor *cursor, uint64_t offset)
{
    return offset < walk->names.n
               ? ANA_OK
               : ana_fail(ANA_ERR_FORMAT,
                          "%s: byte %llu: a name at %llu of a heap whose last name ends at %llu",
                          cursor->name, (unsigned long long)ana_cursor_offset(cursor),
                          (unsigned long long)offset, (unsigned long long)walk->names.n);
}

/* Section III.C: one name and where it leads. */
static ana_status check_entry(const group_walk *walk, ana_cursor *cursor)
{
    ana_status status = ANA_OK;
    const ana_hdf5_check *check = walk->check;
    uint64_t name = ana_hdf5_take_length(check, cursor);
    uint64_t address = ana_hdf5_take_address(check, cursor);
    uint32_t kept = ana_cursor_u32(cursor);
    ana_cursor_skip(cursor, 4);
    ana_cursor room = ana_cursor_sub(cursor, 16);
    ANA_TRY(check_name(walk, cursor, name));
    if (kept > 2) {
        return ana_hdf5_damaged(&room, "a name of unknown kind; 0 to 2 are right");
    }
    if (kept == 2) {
        ANA_TRY(check_name(walk, &room, ana_cursor_u32(&room)));
    } else if (address == 0 || address >= check->end) {
        status = ana_hdf5_damaged(&room, "a name that leads out of the file");
    }
done:
    return status;
}

/* Section III.B.1. */
static ana_status check_leaf(group_walk *walk, uint64_t address)
{
    ana_status status = ANA_OK;
    ana_cursor head;
    ana_cursor entries;
    const ana_hdf5_check *check = walk->check;
    ANA_TRY(
        ana_hdf5_check_load(walk->check, &walk->workspace, address, 8, "names of a group", &head));
    ANA_TRY(ana_hdf5_check_meet(walk->check, walk->walk, address, "a group"));
    if (memcmp(ana_cursor_take(&head, 5), "SNOD\1", 5) != 0) {
        head.at = 0;
        return ana_hdf5_damaged(&head, "no names of a group: they do not begin with SNOD, version "
                                       "1");
    }
    ana_cursor_skip(&head, 1);
    unsigned n = ana_cursor_u16(&head);
    if (n > 2U * check->leaf_k) {
        return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: %u names; at most %u are right", head.name,
                        (unsigned long long)head.origin + 6, n, 2U * check->leaf_k);
    }
    uint64_t entry = (uint64_t)check->length_bytes + check->address_bytes + LEAF_ENTRY_REST;
    ANA_TRY(ana_hdf5_check_load(walk->check, &walk->workspace, address + 8, n * entry,
                                "names of a group", &entries));
    for (unsigned i = 0; i < n; i++) {
        ANA_TRY(check_entry(walk, &entries));
    }
done:
    return status;
}

/* Section III.A.1: a node of the tree on a level (MAX_LEVELS: the root, on any). */
static ana_status open_node(group_walk *walk, uint64_t address, unsigned level, tree_place *out)
{
    ana_status status = ANA_OK;
    ana_cursor head;
    const ana_hdf5_check *check = walk->check;
    ANA_TRY(ana_hdf5_check_load(walk->check, &walk->workspace, address,
                                8 + 2 * (uint64_t)check->address_bytes, "the tree of a group",
                                &head));
    ANA_TRY(ana_hdf5_check_meet(walk->check, walk->walk, address, "the tree of a group"));
    if (memcmp(ana_cursor_take(&head, 5), "TREE\0", 5) != 0) {
        head.at = 0;
        return ana_hdf5_damaged(&head, "no tree of a group: it does not begin with TREE, kind 0");
    }
    out->level = ana_cursor_u8(&head);
    out->n_left = ana_cursor_u16(&head);
    if (out->level >= MAX_LEVELS || (level < MAX_LEVELS && out->level != level) ||
        out->n_left > 2U * check->group_k) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: a node of level %u with %u children; at most %u on each "
                        "level are right",
                        head.name, (unsigned long long)head.origin + 5, out->level, out->n_left,
                        2U * check->group_k);
    }
    out->children = ana_cursor_over(head.name, NULL, 0, head.origin + head.n);
    if (out->n_left == 0) {
        goto done; /* the keys of an empty node mean nothing */
    }
    uint64_t n =
        (uint64_t)out->n_left * (check->length_bytes + check->address_bytes) + check->length_bytes;
    ANA_TRY(ana_hdf5_check_load(walk->check, &walk->workspace, address + head.n, n,
                                "the tree of a group", &out->children));
done:
    return status;
}

static ana_status check_tree(group_walk *walk, uint64_t root)
{
    ana_status status = ANA_OK;
    tree_place places[MAX_LEVELS] = {0};
    size_t depth = 1;
    ANA_TRY(open_node(walk, root, MAX_LEVELS, &places[0]));
    while (depth > 0) {
        tree_place *place = &places[depth - 1];
        if (ana_cursor_left(&place->children) == 0) {
            depth--;
            continue;
        }
        ANA_TRY(check_name(walk, &place->children,
                           ana_hdf5_take_length(walk->check, &place->children)));
        if (place->n_left == 0) {
            continue;
        }
        place->n_left--;
        uint64_t child = ana_hdf5_take_address(walk->check, &place->children);
        if (place->level == 0) {
            ANA_TRY(check_leaf(walk, child));
        } else {
            ANA_TRY(open_node(walk, child, place->level - 1, &places[depth]));
            depth++;
        }
    }
done:
    return status;
}

ana_status ana_hdf5_check_group(ana_hdf5_check *check, ana_cursor cursor)
{
    ana_status status = ANA_OK;
    group_walk walk = {.check = check, .walk = ++check->n_walks};
    uint64_t tree = ana_hdf5_take_address(check, &cursor);
    uint64_t heap = ana_hdf5_take_address(check, &cursor);
    ANA_TRY(ana_cursor_check(&cursor, "the table of a group"));
    ANA_TRY(ana_hdf5_check_names(check, heap, &walk.names));
    status = check_tree(&walk, tree);
done:
    ana_workspace_release(&walk.workspace);
    return status;
}
