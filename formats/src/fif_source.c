/* The samples of a FIF file: buffers, in each all channels time by time, big-endian. */
#include "cursor.h"
#include "fif.h"
#include "memory.h"
#include "source.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

typedef struct fif_source {
    ana_file *file;
    ana_sample_type type;
    size_t n_channels;
    size_t n_buffers;
    ana_fif_buffer *buffers;
} fif_source;

/* Bytes to hold at a time, where a row is not longer. */
static const size_t block_bytes = (size_t)256 << 10;

/* The buffer that holds sample `t`. */
static size_t find_buffer(const fif_source *self, size_t t)
{
    size_t low = 0;
    size_t high = self->n_buffers;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (self->buffers[middle].first <= t) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static ana_status read_rows(const fif_source *self, uint64_t offset, size_t n, void *rows)
{
    const size_t size = ana_sample_size(self->type);
    ana_status status = ana_file_read(self->file, offset, n * self->n_channels * size, rows);
    if (status == ANA_OK && !ana_host_is_big_endian()) {
        ana_swap_bytes(rows, n * self->n_channels, size);
    }
    return status;
}

static ana_status read_window(const fif_source *self, const ana_window *window, bool stored,
                              void *out)
{
    ana_status status = ANA_OK;
    unsigned char *rows = NULL;
    const size_t row_bytes = self->n_channels * ana_sample_size(self->type);
    const size_t fit = block_bytes / row_bytes;
    const size_t at_once = fit > 0 ? fit : 1;
    size_t b = window->n_times > 0 ? find_buffer(self, window->first) : 0;
    ANA_TRY(ana_allocate(at_once, row_bytes, "rows of samples", &rows));
    for (size_t at = 0; at < window->n_times;) {
        const ana_fif_buffer *buffer = &self->buffers[b];
        const size_t skip = window->first + at - buffer->first;
        size_t n = buffer->n_times - skip;
        n = n < at_once ? n : at_once;
        n = n < window->n_times - at ? n : window->n_times - at;
        if (n == 0) { /* the buffer is used up */
            b++;
            continue;
        }
        ANA_TRY(read_rows(self, buffer->data + (uint64_t)skip * row_bytes, n, rows));
        if (stored) {
            ana_rows_to_stored(self->type, n, self->n_channels, rows, window, at, out);
        } else {
            ana_rows_to_double(self->type, n, self->n_channels, rows, window, at, out);
        }
        at += n;
    }
done:
    free(rows);
    return status;
}

static ana_status read_physical(void *self, const ana_window *window, double *out)
{
    return read_window(self, window, false, out);
}

static ana_status read_stored(void *self, const ana_window *window, void *out)
{
    return read_window(self, window, true, out);
}

static void free_source(void *opaque)
{
    fif_source *self = opaque;
    if (self != NULL) {
        ana_file_close(self->file);
        free(self->buffers);
        free(self);
    }
}

ana_status ana_fif_source(ana_file *file, ana_sample_type type, size_t n_channels, size_t n_buffers,
                          const ana_fif_buffer *buffers, ana_source **out)
{
    static const ana_source_operations operations = {read_physical, read_stored, free_source};
    ana_status status = ANA_OK;
    fif_source *self = NULL;
    ANA_TRY(ana_allocate(1, sizeof *self, "source", &self));
    ANA_TRY(ana_allocate(n_buffers, sizeof *self->buffers, "source", &self->buffers));
    self->file = ana_file_share(file);
    self->type = type;
    self->n_channels = n_channels;
    self->n_buffers = n_buffers;
    if (n_buffers > 0) {
        memcpy(self->buffers, buffers, n_buffers * sizeof *buffers);
    }
    ANA_TRY(ana_source_new(&operations, self, out));
    self = NULL;
done:
    free_source(self);
    return status;
}
