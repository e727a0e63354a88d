#include "hdf5_check_parts.h"
#include "try.h"

#include <string.h>

enum {
    MAX_DEPTH = 16,
    NODE_REST = 10, /* of a node: signature, version, kind, checksum */
    LINKS_BY_NAME = 5,
    LINKS_BY_ORDER = 6,
    ATTRIBUTES_BY_NAME = 8,
    ATTRIBUTES_BY_ORDER = 9,
    LARGE_OBJECTS = 1
};

/* Section III.A.2: what the header of a tree says. */
typedef struct tree_head {
    ana_hdf5_check *check;
    uint64_t walk;
    unsigned kind;
    uint64_t node_bytes;
    unsigned record_bytes;
    unsigned depth;
    unsigned count_bytes;                /* of the number of records in a child */
    unsigned total_bytes[MAX_DEPTH + 1]; /* of all records below a node of that depth */
    uint64_t most[MAX_DEPTH + 1];        /* records in a node of that depth */
    uint64_t n_met;
} tree_head;

/* A node on the way down; its records were visited. */
typedef struct tree_node {
    ana_workspace workspace;
    ana_cursor children;
    uint64_t n_left;
} tree_node;

static ana_status measure(tree_head *head, const ana_cursor *cursor)
{
    uint64_t all = 0;
    for (unsigned u = 0; u <= head->depth; u++) {
        uint64_t pointer = u == 0 ? 0
                                  : (uint64_t)head->check->address_bytes + head->count_bytes +
                                        head->total_bytes[u - 1];
        uint64_t rest = NODE_REST + pointer;
        head->most[u] = head->node_bytes <= rest
                            ? 0
                            : (head->node_bytes - rest) / (head->record_bytes + pointer);
        if (head->most[u] == 0) {
            return ana_hdf5_damaged(cursor, "a tree whose nodes hold no record");
        }
        if (u == 0) {
            head->count_bytes = ana_hdf5_bytes_for(head->most[0]);
            all = head->most[0];
            continue;
        }
        if (__builtin_mul_overflow(all, head->most[u] + 1, &all) ||
            __builtin_add_overflow(all, head->most[u], &all)) {
            return ana_hdf5_damaged(cursor, "a tree of more records than can be counted");
        }
        head->total_bytes[u] = ana_hdf5_bytes_for(all);
    }
    return ANA_OK;
}

/* A node of this depth with n records: visits them, and leaves its children in `out`. */
static ana_status open_node(tree_head *head, ana_hdf5_record_visitor *visitor, uint64_t address,
                            uint64_t n, unsigned depth, tree_node *out)
{
    ana_status status = ANA_OK;
    ana_cursor cursor;
    uint64_t pointer = depth == 0 ? 0
                                  : (uint64_t)head->check->address_bytes + head->count_bytes +
                                        head->total_bytes[depth - 1];
    *out = (tree_node){0};
    uint64_t bytes = NODE_REST + n * head->record_bytes + (depth > 0 ? (n + 1) * pointer : 0);
    ANA_TRY(ana_hdf5_check_load(head->check, &out->workspace, address, bytes, "a node of a tree",
                                &cursor));
    ANA_TRY(ana_hdf5_check_meet(head->check, head->walk, address, "a tree"));
    const unsigned char *mark = ana_cursor_take(&cursor, 6);
    if (memcmp(mark, depth == 0 ? "BTLF\0" : "BTIN\0", 5) != 0 || mark[5] != head->kind ||
        n > head->most[depth]) {
        cursor.at = 0;
        status = ana_hdf5_damaged(&cursor, "no node of a tree: it begins with neither BTLF nor "
                                           "BTIN, is of another kind, or has too many records");
        goto done;
    }
    ANA_TRY(ana_hdf5_check_sum(&cursor, "a node of a tree"));
    for (uint64_t i = 0; i < n; i++) {
        ANA_TRY(visitor->visit(visitor, ana_cursor_sub(&cursor, head->record_bytes)));
    }
    head->n_met += n;
    out->n_left = depth > 0 ? n + 1 : 0;
    out->children = cursor;
done:
    return status;
}

static ana_status walk_nodes(tree_head *head, ana_hdf5_record_visitor *visitor, uint64_t root,
                             uint64_t n)
{
    ana_status status = ANA_OK;
    tree_node nodes[MAX_DEPTH + 1] = {0};
    size_t n_open = 1;
    ANA_TRY(open_node(head, visitor, root, n, head->depth, &nodes[0]));
    while (n_open > 0) {
        tree_node *node = &nodes[n_open - 1];
        unsigned depth = head->depth - (unsigned)(n_open - 1);
        if (node->n_left == 0) {
            ana_workspace_release(&node->workspace);
            n_open--;
            continue;
        }
        node->n_left--;
        uint64_t child = ana_hdf5_take_address(head->check, &node->children);
        uint64_t n_child = ana_hdf5_take_number(&node->children, head->count_bytes);
        ana_cursor_skip(&node->children, depth > 1 ? head->total_bytes[depth - 1] : 0);
        n_open++;
        ANA_TRY(open_node(head, visitor, child, n_child, depth - 1, &nodes[n_open - 1]));
    }
done:
    while (n_open > 0) {
        ana_workspace_release(&nodes[--n_open].workspace);
    }
    return status;
}

ana_status ana_hdf5_check_records(ana_hdf5_record_visitor *visitor, uint64_t address)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_cursor cursor;
    ana_hdf5_check *check = visitor->check;
    tree_head head = {.check = check, .walk = ++check->n_walks, .kind = visitor->kind};
    ANA_TRY(ana_hdf5_check_load(check, &workspace, address,
                                22 + (uint64_t)check->address_bytes + check->length_bytes,
                                "a tree of version 2", &cursor));
    const unsigned char *mark = ana_cursor_take(&cursor, 6);
    if (memcmp(mark, "BTHD\0", 5) != 0 || mark[5] != visitor->kind) {
        cursor.at = 0;
        status = ana_hdf5_damaged(&cursor, "no tree: it does not begin with BTHD, version 0, or is "
                                           "of another kind");
        goto done;
    }
    ANA_TRY(ana_hdf5_check_sum(&cursor, "a tree"));
    head.node_bytes = ana_cursor_u32(&cursor);
    head.record_bytes = ana_cursor_u16(&cursor);
    head.depth = ana_cursor_u16(&cursor);
    ana_cursor_skip(&cursor, 2);
    uint64_t root = ana_hdf5_take_address(check, &cursor);
    uint64_t n_root = ana_cursor_u16(&cursor);
    uint64_t n_all = ana_hdf5_take_length(check, &cursor);
    if (head.depth > MAX_DEPTH || head.record_bytes != visitor->n_least) {
        status = ana_hdf5_damaged(&cursor, "a tree too deep, or of records of another size");
        goto done;
    }
    ANA_TRY(measure(&head, &cursor));
    if (root != ANA_HDF5_NOWHERE) {
        ANA_TRY(walk_nodes(&head, visitor, root, n_root));
    }
    if (head.n_met != n_all) {
        status = ana_fail(ANA_ERR_FORMAT,
                          "%s: byte %llu: a tree of %llu records, of which %llu are there",
                          cursor.name, (unsigned long long)cursor.origin, (unsigned long long)n_all,
                          (unsigned long long)head.n_met);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Looks for one large object by its number. */
typedef struct large_search {
    ana_hdf5_record_visitor visitor;
    uint64_t number;
    uint64_t address;
    uint64_t n;
    bool found;
} large_search;

static ana_status visit_large(ana_hdf5_record_visitor *self, ana_cursor record)
{
    large_search *search = (large_search *)(void *)self;
    uint64_t address = ana_hdf5_take_address(self->check, &record);
    uint64_t n = ana_hdf5_take_length(self->check, &record);
    if (ana_hdf5_take_length(self->check, &record) == search->number) {
        search->address = address;
        search->n = n;
        search->found = true;
    }
    return ANA_OK;
}

/* Walks through the links or attributes by one of their trees. */
typedef struct dense_walk {
    ana_hdf5_record_visitor visitor;
    ana_hdf5_blocks blocks;
    bool links;
} dense_walk;

static ana_status check_body(const dense_walk *walk, ana_cursor body)
{
    const ana_hdf5_message message = {
        .type = walk->links ? MESSAGE_LINK : MESSAGE_ATTRIBUTE,
        .body = body,
    };
    return ana_hdf5_check_message(walk->visitor.check, &message);
}

static ana_status check_large(const dense_walk *walk, const ana_cursor *at, uint64_t number)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_cursor body;
    ana_hdf5_check *check = walk->visitor.check;
    large_search search = {
        .visitor = {.visit = visit_large,
                    .check = check,
                    .kind = LARGE_OBJECTS,
                    .n_least = check->address_bytes + 2 * (size_t)check->length_bytes},
        .number = number,
    };
    ANA_TRY(ana_hdf5_check_records(&search.visitor, walk->blocks.large));
    if (!search.found) {
        status = ana_hdf5_damaged(at, "a large attribute that is nowhere");
        goto done;
    }
    ANA_TRY(ana_hdf5_check_load(check, &workspace, search.address, search.n, "a large attribute",
                                &body));
    status = check_body(walk, body);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Section III.G: the number of an object in its heap. */
static ana_status visit_object(ana_hdf5_record_visitor *self, ana_cursor record)
{
    const dense_walk *walk = (const dense_walk *)(const void *)self;
    const ana_hdf5_blocks *blocks = &walk->blocks;
    const ana_cursor here = record;
    ana_cursor body;
    ana_cursor_skip(&record, self->kind == LINKS_BY_NAME    ? 4
                             : self->kind == LINKS_BY_ORDER ? 8
                                                            : 0);
    ana_cursor id = ana_cursor_sub(&record, blocks->id_bytes);
    unsigned flags = walk->links ? 0 : ana_cursor_u8(&record);
    unsigned kind = ana_cursor_u8(&id);
    if (id.failed || (flags & ANA_HDF5_SHARED) != 0 || (kind & 0xcf) != 0 || kind > 0x1f) {
        return ana_hdf5_damaged(&here, "a link or attribute that is shared, or kept in its number");
    }
    if (kind == 0x10) {
        return check_large(walk, &here, ana_hdf5_take_number(&id, blocks->id_bytes - 1));
    }
    uint64_t offset = ana_hdf5_take_number(&id, blocks->offset_bytes);
    uint64_t n = ana_hdf5_take_number(&id, blocks->length_bytes);
    if (id.failed || !ana_hdf5_blocks_find(blocks, offset, n, &body)) {
        return ana_hdf5_damaged(&here, "a link or attribute that leaves its heap");
    }
    return check_body(walk, body);
}

ana_status ana_hdf5_check_dense(ana_hdf5_check *check, bool links, uint64_t heap, uint64_t by_name,
                                uint64_t by_order)
{
    ana_status status = ANA_OK;
    dense_walk walk = {.visitor = {.visit = visit_object, .check = check}, .links = links};
    ANA_TRY(ana_hdf5_check_blocks(check, heap, &walk.blocks));
    size_t n_id = walk.blocks.id_bytes;
    walk.visitor.kind = links ? LINKS_BY_NAME : ATTRIBUTES_BY_NAME;
    walk.visitor.n_least = links ? 4 + n_id : n_id + 9;
    ANA_TRY(ana_hdf5_check_records(&walk.visitor, by_name));
    walk.visitor.kind = links ? LINKS_BY_ORDER : ATTRIBUTES_BY_ORDER;
    walk.visitor.n_least = links ? 8 + n_id : n_id + 5;
    if (by_order != ANA_HDF5_NOWHERE) {
        status = ana_hdf5_check_records(&walk.visitor, by_order);
    }
done:
    ana_hdf5_blocks_release(&walk.blocks);
    return status;
}
