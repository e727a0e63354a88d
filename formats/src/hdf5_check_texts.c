#include "hdf5_check_parts.h"
#include "memory.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEAP_SIZE = 8, /* where the length stands */
    HEAP_LEAST = 4096
};

/* The beginnings of a heap and of each of its objects: 8 bytes and a length, filled up to 8. */
static size_t head_bytes(const ana_hdf5_check *check)
{
    return ((size_t)check->length_bytes + 15) / 8 * 8;
}

static int by_index(const void *a, const void *b)
{
    const ana_hdf5_heap_object *first = a;
    const ana_hdf5_heap_object *second = b;
    return (first->index > second->index) - (first->index < second->index);
}

/* Objects of a header (index, references, reserved, size) and their bytes, filled up to 8. Index 0
 * is free space, and its size counts the header. */
static ana_status take_objects(ana_hdf5_check *check, ana_cursor *cursor, ana_hdf5_heap *heap)
{
    size_t capacity = 0;
    const size_t head = head_bytes(check);
    while (ana_cursor_left(cursor) >= head) {
        uint64_t here = ana_cursor_offset(cursor);
        ana_hdf5_heap_object object = {.index = ana_cursor_u16(cursor)};
        ana_cursor_skip(cursor, 6);
        object.size = ana_hdf5_take_length(check, cursor);
        ana_cursor_skip(cursor, head - 8U - check->length_bytes);
        size_t left = ana_cursor_left(cursor);
        uint64_t taken = (object.size + 7) / 8 * 8;
        if (object.index == 0) {
            taken = object.size - head;
            object.size = object.size < head ? ANA_HDF5_NOWHERE : taken;
        }
        if (object.size > left || taken > left) {
            return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: a text that leaves its collection",
                            cursor->name, (unsigned long long)here);
        }
        ana_cursor_skip(cursor, (size_t)taken);
        if (object.index == 0) {
            continue;
        }
        ana_status status =
            ana_grow(&heap->objects, &capacity, heap->n + 1, sizeof *heap->objects, "texts");
        if (status != ANA_OK) {
            return status;
        }
        heap->objects[heap->n++] = object;
    }
    if (heap->n > 1) {
        qsort(heap->objects, heap->n, sizeof *heap->objects, by_index);
    }
    for (size_t i = 1; i < heap->n; i++) {
        if (heap->objects[i].index == heap->objects[i - 1].index) {
            return ana_hdf5_damaged(cursor, "two texts of one number in a collection");
        }
    }
    return ANA_OK;
}

/* Section III.E. */
static ana_status read_heap(ana_hdf5_check *check, uint64_t address, ana_hdf5_heap *heap)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_cursor head;
    ana_cursor whole;
    const size_t n_head = head_bytes(check);
    ANA_TRY(
        ana_hdf5_check_load(check, &workspace, address, n_head, "a collection of texts", &head));
    if (memcmp(ana_cursor_take(&head, 5), "GCOL\1", 5) != 0) {
        head.at = 0;
        status = ana_hdf5_damaged(&head, "no collection of texts: it does not begin with GCOL, "
                                         "version 1");
        goto done;
    }
    ana_cursor_skip(&head, 3);
    uint64_t n = ana_hdf5_take_length(check, &head);
    if (n < HEAP_LEAST) {
        status =
            ana_fail(ANA_ERR_FORMAT,
                     "%s: byte %llu: a collection of texts of %llu bytes; at least 4096 are "
                     "right",
                     head.name, (unsigned long long)head.origin + HEAP_SIZE, (unsigned long long)n);
        goto done;
    }
    ANA_TRY(ana_hdf5_check_load(check, &workspace, address, n, "a collection of texts", &whole));
    ana_cursor_skip(&whole, n_head);
    status = take_objects(check, &whole, heap);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Where in the list the heap is, or belongs. */
static size_t place_of(const ana_hdf5_check *check, uint64_t address)
{
    size_t first = 0;
    size_t stop = check->n_heaps;
    while (first < stop) {
        size_t middle = first + (stop - first) / 2;
        if (check->heaps[middle].address < address) {
            first = middle + 1;
        } else {
            stop = middle;
        }
    }
    return first;
}

static ana_status find_heap(ana_hdf5_check *check, uint64_t address, const ana_hdf5_heap **out)
{
    ana_status status = ANA_OK;
    ana_hdf5_heap heap = {.address = address};
    size_t at = place_of(check, address);
    if (at == check->n_heaps || check->heaps[at].address != address) {
        ANA_TRY(ana_grow(&check->heaps, &check->heap_capacity, check->n_heaps + 1,
                         sizeof *check->heaps, "collections of texts"));
        ANA_TRY(read_heap(check, address, &heap));
        memmove(check->heaps + at + 1, check->heaps + at,
                (check->n_heaps - at) * sizeof *check->heaps);
        check->heaps[at] = heap;
        check->n_heaps++;
        heap.objects = NULL;
    }
    *out = &check->heaps[at];
done:
    free(heap.objects);
    return status;
}

ana_status ana_hdf5_check_heap_reference(ana_hdf5_check *check, const ana_cursor *cursor,
                                         uint64_t address, uint32_t index, uint64_t *size)
{
    const ana_hdf5_heap *heap = NULL;
    *size = 0;
    if (address == 0 || address == ANA_HDF5_NOWHERE) {
        return ANA_OK;
    }
    ana_status status = find_heap(check, address, &heap);
    if (status != ANA_OK) {
        return status;
    }
    const ana_hdf5_heap_object wanted = {.index = (uint16_t)index};
    const ana_hdf5_heap_object *found =
        index > UINT16_MAX || heap->n == 0
            ? NULL
            : bsearch(&wanted, heap->objects, heap->n, sizeof wanted, by_index);
    if (found == NULL) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: text %lu of the collection at byte %llu, which has none of "
                        "that number",
                        cursor->name, (unsigned long long)ana_cursor_offset(cursor),
                        (unsigned long)index, ana_hdf5_byte(check, address));
    }
    *size = found->size;
    return ANA_OK;
}

size_t ana_hdf5_check_text_bytes(const ana_hdf5_check *check)
{
    return 8U + check->address_bytes;
}

ana_status ana_hdf5_check_texts(ana_hdf5_check *check, const void *stored, size_t n,
                                uint64_t offset)
{
    ana_status status = ANA_OK;
    const size_t element = ana_hdf5_check_text_bytes(check);
    ana_cursor cursor = ana_cursor_over(ana_file_name(check->file), stored, n * element, offset);
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        const ana_cursor here = cursor;
        uint64_t size = 0;
        uint32_t length = ana_cursor_u32(&cursor);
        uint64_t address = ana_hdf5_take_address(check, &cursor);
        uint32_t index = ana_cursor_u32(&cursor);
        status = ana_hdf5_check_heap_reference(check, &here, address, index, &size);
        if (status == ANA_OK && address != 0 && size != length) {
            status = ana_fail(ANA_ERR_FORMAT,
                              "%s: byte %llu: a text of %lu bytes, but %llu are kept of it",
                              cursor.name, (unsigned long long)ana_cursor_offset(&here),
                              (unsigned long)length, (unsigned long long)size);
        }
    }
    return status;
}
