/** What the hdf5_check*.c files share. */
#ifndef ANALYSIS_FORMATS_HDF5_CHECK_PARTS_H
#define ANALYSIS_FORMATS_HDF5_CHECK_PARTS_H

#include "cursor.h"
#include "hdf5_check.h"
#include "hdf5_tokens.h"
#include "workspace.h"

#define ANA_HDF5_NOWHERE UINT64_MAX /**< an address or length of ones alone: undefined */

enum {
    ANA_HDF5_MAX_RANK = 32,
    ANA_HDF5_MAX_FILTERS = 32
};

/** A heap of texts that was checked: the size of each of its objects. */
typedef struct ana_hdf5_heap_object {
    uint16_t index;
    uint64_t size;
} ana_hdf5_heap_object;

typedef struct ana_hdf5_heap {
    uint64_t address;
    size_t n;
    ana_hdf5_heap_object *objects; /**< by index */
} ana_hdf5_heap;

struct ana_hdf5_check {
    ana_file *file;
    uint64_t base; /**< file offset of address 0 */
    uint64_t end;  /**< first address behind the file */
    uint8_t address_bytes;
    uint8_t length_bytes;
    uint16_t leaf_k;         /**< half of the names in a leaf of a group's tree */
    uint16_t group_k;        /**< half of the children of a node of such a tree */
    uint16_t chunk_k;        /**< the same of a tree of chunks */
    uint64_t root;           /**< address of the root's header */
    uint64_t extra;          /**< of the superblock's extension */
    uint64_t loaded;         /**< bytes of metadata looked at so far */
    uint64_t n_walks;        /**< a number for each structure walked through */
    ana_hdf5_tokens checked; /**< objects */
    ana_hdf5_tokens met;     /**< parts of the structures walked through */
    size_t n_heaps;
    size_t heap_capacity;
    ana_hdf5_heap *heaps; /**< by address */
};

/** Where an address is in the file, for sentences. */
static inline unsigned long long ana_hdf5_byte(const ana_hdf5_check *check, uint64_t address)
{
    return check->base + address;
}

/** ANA_ERR_FORMAT "name: byte N: `what`", N where the cursor stands. */
ana_status ana_hdf5_damaged(const ana_cursor *cursor, const char *what);

/** n bytes at an address, kept by the workspace. `what` is theirs in the sentence. */
ANA_USE_RESULT ana_status ana_hdf5_check_load(ana_hdf5_check *check, ana_workspace *workspace,
                                              uint64_t address, uint64_t n, const char *what,
                                              ana_cursor *out);
/** ANA_ERR_FORMAT unless n bytes at the address are inside the file. */
ANA_USE_RESULT ana_status ana_hdf5_check_extent(const ana_hdf5_check *check,
                                                const ana_cursor *cursor, uint64_t address,
                                                uint64_t n, const char *what);
uint64_t ana_hdf5_take_address(const ana_hdf5_check *check, ana_cursor *cursor);
uint64_t ana_hdf5_take_length(const ana_hdf5_check *check, ana_cursor *cursor);
/** ANA_ERR_FORMAT when this part was met in this walk before: it leads in a circle. */
ANA_USE_RESULT ana_status ana_hdf5_check_meet(ana_hdf5_check *check, uint64_t walk,
                                              uint64_t address, const char *what);
/** n bytes whose checksum follows them (Jenkins' lookup3). */
ANA_USE_RESULT ana_status ana_hdf5_check_sum(const ana_cursor *whole, const char *what);

/** One message of an object's header. */
typedef struct ana_hdf5_message {
    uint16_t type;
    uint8_t flags;
    ana_cursor body;
} ana_hdf5_message;

enum {
    ANA_HDF5_SHARED = 0x02 /**< flag: the body says where the message is */
};

enum {
    MESSAGE_NOTHING = 0,
    MESSAGE_SPACE = 1,
    MESSAGE_LINK_INFO = 2,
    MESSAGE_TYPE = 3,
    MESSAGE_OLD_FILL = 4,
    MESSAGE_FILL = 5,
    MESSAGE_LINK = 6,
    MESSAGE_EXTERNAL = 7,
    MESSAGE_LAYOUT = 8,
    MESSAGE_BOGUS = 9,
    MESSAGE_GROUP_INFO = 10,
    MESSAGE_FILTERS = 11,
    MESSAGE_ATTRIBUTE = 12,
    MESSAGE_COMMENT = 13,
    MESSAGE_OLD_TIME = 14,
    MESSAGE_SHARED_TABLE = 15,
    MESSAGE_CONTINUATION = 16,
    MESSAGE_SYMBOL_TABLE = 17,
    MESSAGE_TIME = 18,
    MESSAGE_TREE_K = 19,
    MESSAGE_DRIVER = 20,
    MESSAGE_ATTRIBUTE_INFO = 21,
    MESSAGE_REFERENCES = 22,
    MESSAGE_FILE_SPACE = 23,
    MESSAGE_CACHE_IMAGE = 24,
    N_MESSAGE_TYPES = 25
};

/** All messages of an object, through its continuations. */
typedef struct ana_hdf5_header {
    uint64_t address;
    unsigned version;
    size_t n;
    size_t capacity;
    ana_hdf5_message *items;
    ana_workspace workspace; /**< the bytes */
} ana_hdf5_header;
ANA_USE_RESULT ana_status ana_hdf5_header_read(ana_hdf5_check *check, uint64_t address,
                                               ana_hdf5_header *out);
void ana_hdf5_header_release(ana_hdf5_header *header);
/** The first message of a type, or NULL. */
const ana_hdf5_message *ana_hdf5_header_find(const ana_hdf5_header *header, unsigned type);

/** What must be known of a type to hold others against it. */
typedef struct ana_hdf5_checked_type {
    uint8_t type_class;
    uint32_t size;
    bool is_text;   /**< of variable length */
    bool has_heaps; /**< it or a part of it is of variable length */
} ana_hdf5_checked_type;

typedef struct ana_hdf5_checked_space {
    unsigned rank;
    uint64_t n[ANA_HDF5_MAX_RANK];
    uint64_t n_elements; /**< 0: nothing */
} ana_hdf5_checked_space;

ANA_USE_RESULT ana_status ana_hdf5_check_type(const ana_hdf5_check *check, ana_cursor *cursor,
                                              ana_hdf5_checked_type *out);
ANA_USE_RESULT ana_status ana_hdf5_check_space(const ana_hdf5_check *check, ana_cursor *cursor,
                                               ana_hdf5_checked_space *out);
/** A type message or part of an attribute, perhaps a type that stands elsewhere by itself. */
ANA_USE_RESULT ana_status ana_hdf5_check_type_or_shared(ana_hdf5_check *check, bool shared,
                                                        ana_cursor cursor,
                                                        ana_hdf5_checked_type *out);

/** The messages that stand for themselves: links, infos, comments, times, attributes. */
ANA_USE_RESULT ana_status ana_hdf5_check_message(ana_hdf5_check *check,
                                                 const ana_hdf5_message *message);
ANA_USE_RESULT ana_status ana_hdf5_check_attribute(ana_hdf5_check *check, ana_cursor cursor);

/** A symbol table: its tree, leaves and names. */
ANA_USE_RESULT ana_status ana_hdf5_check_group(ana_hdf5_check *check, ana_cursor cursor);

/** A heap of names, of links or of external files. */
typedef struct ana_hdf5_names {
    uint64_t n; /**< offsets below it begin a text that ends inside the heap */
} ana_hdf5_names;
ANA_USE_RESULT ana_status ana_hdf5_check_names(ana_hdf5_check *check, uint64_t address,
                                               ana_hdf5_names *out);

/** How the values of a dataset are stored. */
typedef struct ana_hdf5_checked_filter {
    uint16_t id;
    size_t n_values;
    uint32_t values[20]; /**< the first of them */
} ana_hdf5_checked_filter;

typedef struct ana_hdf5_layout {
    unsigned version;
    unsigned layout_class; /**< 0 compact, 1 contiguous, 2 chunked, 3 virtual */
    uint64_t address;
    uint64_t size;
    ana_cursor values; /**< compact */
    unsigned rank;     /**< chunked: with the bytes of an element */
    uint64_t chunk[ANA_HDF5_MAX_RANK + 1];
    uint64_t chunk_bytes;
    uint32_t index; /**< of chunks in version 4, 0: a tree of version 1; virtual: in the heap */
    size_t n_filters;
    ana_hdf5_checked_filter filters[ANA_HDF5_MAX_FILTERS];
} ana_hdf5_layout;
ANA_USE_RESULT ana_status ana_hdf5_check_layout(const ana_hdf5_check *check,
                                                const ana_hdf5_header *header,
                                                ana_hdf5_layout *out);
ANA_USE_RESULT ana_status ana_hdf5_check_filters_message(ana_cursor cursor, ana_hdf5_layout *out);
/** Type, space, fill value, layout, filters and chunks against each other. */
ANA_USE_RESULT ana_status ana_hdf5_check_dataset(ana_hdf5_check *check,
                                                 const ana_hdf5_header *header);
ANA_USE_RESULT ana_status ana_hdf5_check_chunks(ana_hdf5_check *check,
                                                const ana_hdf5_layout *layout);

/** Where many links or attributes of one object stand: in blocks of a heap ("fractal"). */
typedef struct ana_hdf5_block {
    uint64_t offset; /**< in the heap */
    ana_cursor bytes;
} ana_hdf5_block;

typedef struct ana_hdf5_blocks {
    ana_workspace workspace; /**< the bytes */
    size_t n;
    size_t capacity;
    ana_hdf5_block *items; /**< by offset */
    unsigned id_bytes;     /**< of an object's number in the heap */
    unsigned offset_bytes;
    unsigned length_bytes;
    uint64_t large; /**< the tree of objects that are too large for blocks */
} ana_hdf5_blocks;
ANA_USE_RESULT ana_status ana_hdf5_check_blocks(ana_hdf5_check *check, uint64_t address,
                                                ana_hdf5_blocks *out);
void ana_hdf5_blocks_release(ana_hdf5_blocks *blocks);
/** Its bytes, when `n` of them from `offset` are in one block. */
bool ana_hdf5_blocks_find(const ana_hdf5_blocks *blocks, uint64_t offset, uint64_t n,
                          ana_cursor *out);

/** Calls `visit` for each record of a tree of version 2, whose nodes are checked. */
typedef struct ana_hdf5_record_visitor {
    ana_status (*visit)(struct ana_hdf5_record_visitor *self, ana_cursor record);
    ana_hdf5_check *check;
    unsigned kind;  /**< of the records, by the format's numbers */
    size_t n_least; /**< bytes of a record */
} ana_hdf5_record_visitor;
ANA_USE_RESULT ana_status ana_hdf5_check_records(ana_hdf5_record_visitor *visitor,
                                                 uint64_t address);
/** All links (or attributes) that are not in the header: the heap and its trees by name and by
 *  order. */
ANA_USE_RESULT ana_status ana_hdf5_check_dense(ana_hdf5_check *check, bool links, uint64_t heap,
                                               uint64_t by_name, uint64_t by_order);
/** Bytes that numbers up to `most` take. */
unsigned ana_hdf5_bytes_for(uint64_t most);
/** The next n <= 8 bytes as a number. */
uint64_t ana_hdf5_take_number(ana_cursor *cursor, unsigned n);

/** One reference into a heap of objects of variable length; `size` of the object it leads to, 0
 *  when it leads nowhere. */
ANA_USE_RESULT ana_status ana_hdf5_check_heap_reference(ana_hdf5_check *check,
                                                        const ana_cursor *cursor, uint64_t address,
                                                        uint32_t index, uint64_t *size);

#endif
