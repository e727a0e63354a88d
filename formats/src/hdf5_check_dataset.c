#include "hdf5_check_parts.h"
#include "try.h"

#include <string.h>

enum {
    COMPACT = 0,
    CONTIGUOUS = 1,
    CHUNKED = 2,
    VIRTUAL = 3
};

/* Filters that HDF5 has built in and whose values it believes. */
enum {
    FILTER_SZIP = 4,
    FILTER_NBIT = 5,
    FILTER_SCALE_OFFSET = 6
};

/* A dataset's messages, held against each other. */
typedef struct dataset {
    ana_hdf5_checked_type type;
    ana_hdf5_checked_space space;
    ana_hdf5_layout layout;
} dataset;

/* The value of what was never written: as long as an element, and without references. Sections
 * IV.A.2.e and f; *n = 0: none. */
static ana_status take_fill(const ana_hdf5_message *message, ana_cursor *value)
{
    ana_cursor cursor = message->body;
    uint32_t n = 0;
    *value = (ana_cursor){0};
    if (message->type == MESSAGE_OLD_FILL) {
        n = ana_cursor_u32(&cursor);
    } else {
        unsigned version = ana_cursor_u8(&cursor);
        unsigned flags = version < 3 ? 0x20 : ana_cursor_u8(&cursor);
        ana_cursor_skip(&cursor, version < 3 ? 2 : 0);
        if (version < 3) {
            flags = ana_cursor_u8(&cursor) != 0 || version == 1 ? 0x20 : 0;
        }
        if (version < 1 || version > 3) {
            return ana_hdf5_damaged(&message->body, "a fill value of unknown version");
        }
        n = (flags & 0x20) != 0 ? ana_cursor_u32(&cursor) : 0;
    }
    n = n == UINT32_MAX ? 0 : n; /* undefined */
    *value = ana_cursor_sub(&cursor, n);
    return ana_cursor_check(&cursor, "a fill value");
}

static ana_status check_fill(ana_hdf5_check *check, const ana_hdf5_message *message,
                             const ana_hdf5_checked_type *type)
{
    ana_cursor value;
    ana_status status = take_fill(message, &value);
    if (status != ANA_OK || value.n == 0) {
        return status;
    }
    if (value.n != type->size) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: a fill value of %zu bytes for elements of %lu", value.name,
                        (unsigned long long)value.origin, value.n, (unsigned long)type->size);
    }
    if (type->is_text) {
        return ana_hdf5_check_texts(check, value.bytes, 1, value.origin);
    }
    for (size_t i = 0; type->has_heaps && i < value.n; i++) {
        if (value.bytes[i] != 0) {
            return ana_fail(ANA_ERR_UNSUPPORTED,
                            "%s: byte %llu: a fill value of variable length; zeros can be read",
                            value.name, (unsigned long long)value.origin + i);
        }
    }
    return ANA_OK;
}

/* HDF5 takes the sizes its built-in filters work with from the file. */
static ana_status check_filters(const ana_cursor *at, const dataset *set)
{
    const ana_hdf5_layout *layout = &set->layout;
    const uint64_t n = layout->chunk_bytes / set->type.size;
    for (size_t i = 0; i < layout->n_filters; i++) {
        const ana_hdf5_checked_filter *filter = &layout->filters[i];
        const uint32_t *values = filter->values;
        bool good = true;
        switch (filter->id) {
        case FILTER_SZIP:
            good = filter->n_values >= 2 && values[1] > 0;
            break;
        case FILTER_NBIT: /* of whole numbers and floats alone */
            good = filter->n_values >= 3 && values[0] == filter->n_values && values[2] == n &&
                   (values[1] != 0 ||
                    (filter->n_values == 8 && values[3] == 1 && values[4] == set->type.size &&
                     values[5] <= 1 && values[6] > 0 &&
                     (uint64_t)values[6] + values[7] <= 8 * (uint64_t)set->type.size));
            break;
        case FILTER_SCALE_OFFSET:
            good = filter->n_values == 20 && values[2] == n && values[4] == set->type.size &&
                   values[3] <= 1;
            break;
        default:
            break;
        }
        if (!good) {
            return ana_fail(ANA_ERR_FORMAT,
                            "%s: byte %llu: filter %u with numbers that do not fit to the chunks",
                            at->name, (unsigned long long)ana_cursor_offset(at), filter->id);
        }
    }
    return ANA_OK;
}

static ana_status check_chunked(ana_hdf5_check *check, const ana_cursor *at, const dataset *set)
{
    const ana_hdf5_layout *layout = &set->layout;
    if (layout->rank != set->space.rank + 1 || layout->chunk[layout->rank - 1] != set->type.size) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: chunks of %u axes and elements of %llu bytes in a dataset "
                        "of %u axes and elements of %lu",
                        at->name, (unsigned long long)ana_cursor_offset(at), layout->rank - 1,
                        (unsigned long long)layout->chunk[layout->rank - 1], set->space.rank,
                        (unsigned long)set->type.size);
    }
    ana_status status = check_filters(at, set);
    if (status != ANA_OK || layout->address == ANA_HDF5_NOWHERE) {
        return status;
    }
    if (layout->index != 0) {
        return ana_hdf5_check_extent(check, at, layout->address, layout->size, "chunks");
    }
    return ana_hdf5_check_chunks(check, layout);
}

static ana_status check_stored(ana_hdf5_check *check, const ana_cursor *at, const dataset *set)
{
    const ana_hdf5_layout *layout = &set->layout;
    uint64_t bytes = 0;
    uint64_t size = 0;
    if (__builtin_mul_overflow(set->space.n_elements, (uint64_t)set->type.size, &bytes)) {
        return ana_hdf5_damaged(at, "a dataset of more bytes than can be counted");
    }
    switch (layout->layout_class) {
    case CHUNKED:
        return check_chunked(check, at, set);
    case CONTIGUOUS:
        size = layout->version < 3 ? bytes : layout->size;
        if (layout->address == ANA_HDF5_NOWHERE) {
            return ANA_OK;
        }
        if (size < bytes) {
            return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: values of %llu bytes, stored in %llu",
                            at->name, (unsigned long long)ana_cursor_offset(at),
                            (unsigned long long)bytes, (unsigned long long)size);
        }
        return ana_hdf5_check_extent(check, at, layout->address, size, "values");
    case COMPACT:
        return layout->values.n >= bytes
                   ? ANA_OK
                   : ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: values of %llu bytes, stored in %zu",
                              at->name, (unsigned long long)ana_cursor_offset(at),
                              (unsigned long long)bytes, layout->values.n);
    default: {
        /* Virtual: HDF5 looks up where its parts are, in a heap; nobody follows that. */
        uint64_t n = 0;
        return ana_hdf5_check_heap_reference(check, at, layout->address, layout->index, &n);
    }
    }
}

/* What stands elsewhere must be a type: shapes, filters and fills shared by a table are rare. */
static ana_status refuse_shared(const ana_hdf5_header *header)
{
    for (size_t i = 0; i < header->n; i++) {
        const ana_hdf5_message *message = &header->items[i];
        if ((message->flags & ANA_HDF5_SHARED) != 0 && message->type != MESSAGE_TYPE) {
            return ana_fail(ANA_ERR_UNSUPPORTED,
                            "%s: byte %llu: a shared message of type %u; repacked by h5repack the "
                            "file can be read",
                            message->body.name, (unsigned long long)message->body.origin,
                            message->type);
        }
    }
    return ANA_OK;
}

/* HDF5 takes the first message of a kind, or the last: there is to be only one. */
static ana_status refuse_doubles(const ana_hdf5_header *header)
{
    static const uint16_t once[] = {MESSAGE_SPACE,    MESSAGE_TYPE,        MESSAGE_OLD_FILL,
                                    MESSAGE_FILL,     MESSAGE_LAYOUT,      MESSAGE_FILTERS,
                                    MESSAGE_EXTERNAL, MESSAGE_SYMBOL_TABLE};
    bool found[N_MESSAGE_TYPES] = {false};
    for (size_t i = 0; i < header->n; i++) {
        unsigned type = header->items[i].type;
        for (size_t k = 0; k < sizeof once / sizeof once[0]; k++) {
            if (type != once[k]) {
                continue;
            }
            if (found[type]) {
                return ana_hdf5_damaged(&header->items[i].body,
                                        "a second message of a kind that an object has once");
            }
            found[type] = true;
        }
    }
    return ANA_OK;
}

static ana_status take_dataset(ana_hdf5_check *check, const ana_hdf5_header *header, dataset *out)
{
    ana_status status = ANA_OK;
    const ana_hdf5_message *type = ana_hdf5_header_find(header, MESSAGE_TYPE);
    const ana_hdf5_message *space = ana_hdf5_header_find(header, MESSAGE_SPACE);
    const ana_hdf5_message *layout = ana_hdf5_header_find(header, MESSAGE_LAYOUT);
    if (type != NULL) {
        ANA_TRY(ana_hdf5_check_type_or_shared(check, (type->flags & ANA_HDF5_SHARED) != 0,
                                              type->body, &out->type));
    }
    if (space != NULL) {
        ana_cursor body = space->body;
        ANA_TRY(ana_hdf5_check_space(check, &body, &out->space));
    }
    if (layout != NULL) {
        if (type == NULL || space == NULL) {
            return ana_hdf5_damaged(&layout->body, "a dataset without a type or a shape");
        }
        status = ana_hdf5_check_layout(check, header, &out->layout);
    }
done:
    return status;
}

ana_status ana_hdf5_check_dataset(ana_hdf5_check *check, const ana_hdf5_header *header)
{
    ana_status status = ANA_OK;
    dataset set = {0};
    ANA_TRY(refuse_shared(header));
    ANA_TRY(refuse_doubles(header));
    ANA_TRY(take_dataset(check, header, &set));
    const ana_hdf5_message *layout = ana_hdf5_header_find(header, MESSAGE_LAYOUT);
    if (layout == NULL) {
        goto done;
    }
    for (size_t i = 0; i < header->n; i++) {
        if (header->items[i].type == MESSAGE_FILL || header->items[i].type == MESSAGE_OLD_FILL) {
            ANA_TRY(check_fill(check, &header->items[i], &set.type));
        }
    }
    status = check_stored(check, &layout->body, &set);
done:
    return status;
}

ana_status ana_hdf5_check_object(ana_hdf5_check *check, uint64_t address)
{
    ana_status status = ANA_OK;
    bool seen = false;
    ana_hdf5_header header = {0};
    const ana_hdf5_token token = {.address = address};
    if (ana_hdf5_tokens_have(&check->checked, token)) {
        return ANA_OK;
    }
    ANA_TRY(ana_hdf5_header_read(check, address, &header));
    ANA_TRY(ana_hdf5_check_dataset(check, &header));
    for (size_t i = 0; i < header.n; i++) {
        ANA_TRY(ana_hdf5_check_message(check, &header.items[i]));
    }
    status = ana_hdf5_tokens_meet(&check->checked, token, &seen);
done:
    ana_hdf5_header_release(&header);
    return status;
}

/* Texts at the address in pieces. */
static ana_status check_contiguous_texts(ana_hdf5_check *check, uint64_t address, uint64_t n,
                                         size_t element)
{
    enum {
        N_AT_ONCE = 4096
    };
    ana_status status = ANA_OK;
    for (uint64_t first = 0; first < n && status == ANA_OK; first += N_AT_ONCE) {
        uint64_t some = n - first < N_AT_ONCE ? n - first : N_AT_ONCE;
        ana_workspace workspace = {0};
        ana_cursor texts;
        status = ana_hdf5_check_load(check, &workspace, address + first * element, some * element,
                                     "texts", &texts);
        if (status == ANA_OK) {
            status = ana_hdf5_check_texts(check, texts.bytes, (size_t)some, texts.origin);
        }
        ana_workspace_release(&workspace);
    }
    return status;
}

ana_status ana_hdf5_check_dataset_texts(ana_hdf5_check *check, uint64_t address)
{
    ana_status status = ANA_OK;
    ana_hdf5_header header = {0};
    dataset set = {0};
    ANA_TRY(ana_hdf5_header_read(check, address, &header));
    ANA_TRY(take_dataset(check, &header, &set));
    if (!set.type.is_text) {
        goto done;
    }
    if (set.layout.layout_class == COMPACT) {
        status = ana_hdf5_check_texts(check, set.layout.values.bytes, (size_t)set.space.n_elements,
                                      set.layout.values.origin);
    } else if (set.layout.layout_class == CONTIGUOUS && set.layout.address != ANA_HDF5_NOWHERE) {
        status =
            check_contiguous_texts(check, set.layout.address, set.space.n_elements, set.type.size);
    }
done:
    ana_hdf5_header_release(&header);
    return status;
}
