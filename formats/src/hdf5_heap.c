#include "hdf5_heap.h"

#include "cursor.h"
#include "memory.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t max_file = (uint64_t)64 << 20;

/* Format specification, III.E: "GCOL", version 1, three zeros, the collection's size; then objects
 * of a header of 16 bytes (index, references, 4 zeros, size) and their bytes, filled up to 8. Index
 * 0 is the free space at the end. */
static const unsigned char signature[8] = {'G', 'C', 'O', 'L', 1, 0, 0, 0};

static ana_status check_collection(ana_cursor *cursor)
{
    uint64_t at = ana_cursor_offset(cursor);
    ana_cursor_skip(cursor, sizeof signature);
    uint64_t size = ana_cursor_u64(cursor);
    if (cursor->failed || size < 16 || size - 16 > ana_cursor_left(cursor)) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: a collection of texts that does not fit into the file",
                        cursor->name, (unsigned long long)at);
    }
    ana_cursor objects = ana_cursor_sub(cursor, (size_t)size - 16);
    while (ana_cursor_left(&objects) >= 16) {
        uint64_t here = ana_cursor_offset(&objects);
        uint16_t index = ana_cursor_u16(&objects);
        ana_cursor_skip(&objects, 6);
        uint64_t n = ana_cursor_u64(&objects);
        if (index == 0) {
            break;
        }
        size_t left = ana_cursor_left(&objects);
        if (n > left || (n + 7) / 8 * 8 > left) {
            return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: a text that leaves its collection",
                            cursor->name, (unsigned long long)here);
        }
        ana_cursor_skip(&objects, (size_t)((n + 7) / 8 * 8));
    }
    return ANA_OK;
}

ana_status ana_hdf5_check_heaps(const ana_file *file)
{
    ana_status status = ANA_OK;
    unsigned char *bytes = NULL;
    uint64_t size = ana_file_size(file);
    if (size > max_file) {
        return ANA_OK;
    }
    ANA_TRY(ana_allocate((size_t)size, 1, ana_file_name(file), &bytes));
    ANA_TRY(ana_file_read(file, 0, (size_t)size, bytes));
    /* Collections are aligned to 8 bytes. */
    for (size_t at = 0; at + 16 <= size; at += 8) {
        if (memcmp(bytes + at, signature, sizeof signature) == 0) {
            ana_cursor cursor =
                ana_cursor_over(ana_file_name(file), bytes + at, (size_t)size - at, at);
            ANA_TRY(check_collection(&cursor));
        }
    }
done:
    free(bytes);
    return status;
}
