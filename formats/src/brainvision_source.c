/* The samples of a binary BrainVision data file: time by time (multiplexed) or channel by channel.
 */
#include "brainvision.h"
#include "cursor.h"
#include "memory.h"
#include "source.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

typedef struct brainvision_source {
    ana_file *file;
    ana_sample_type type;
    bool is_vectorized;
    bool is_swapped; /* the file's byte order is not this machine's */
    uint64_t data_offset;
    uint64_t channel_bytes; /* from one channel's samples to the next one's; vectorized */
    size_t n_columns;       /* samples of one time; multiplexed */
} brainvision_source;

/* Bytes to hold at a time: they and what becomes of them fit the second-level cache. */
static const size_t block_bytes = (size_t)256 << 10;

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static ana_status read_bytes(const brainvision_source *self, uint64_t offset, size_t n, void *bytes)
{
    ana_status status = ana_file_read(self->file, offset, n, bytes);
    if (status == ANA_OK && self->is_swapped) {
        size_t size = ana_sample_size(self->type);
        ana_swap_bytes(bytes, n / size, size);
    }
    return status;
}

static ana_status read_multiplexed(const brainvision_source *self, const ana_window *window,
                                   bool stored, void *out)
{
    ana_status status = ANA_OK;
    unsigned char *rows = NULL;
    const size_t row_bytes = self->n_columns * ana_sample_size(self->type);
    const size_t fit = block_bytes / row_bytes;
    const size_t at_once = smaller(fit > 0 ? fit : 1, window->n_times);
    ANA_TRY(ana_allocate(at_once, row_bytes, "rows of samples", &rows));
    for (size_t at = 0; at < window->n_times; at += at_once) {
        size_t n = smaller(at_once, window->n_times - at);
        uint64_t offset = self->data_offset + (uint64_t)(window->first + at) * row_bytes;
        ANA_TRY(read_bytes(self, offset, n * row_bytes, rows));
        if (stored) {
            ana_rows_to_stored(self->type, n, self->n_columns, rows, window, at, out);
        } else {
            ana_rows_to_double(self->type, n, self->n_columns, rows, window, at, out);
        }
    }
done:
    free(rows);
    return status;
}

/* The window's i-th channel of a vectorized file; `bytes` has room for `at_once` samples. */
static ana_status read_channel(const brainvision_source *self, const ana_window *window, size_t i,
                               size_t at_once, unsigned char *bytes, double *out)
{
    const size_t size = ana_sample_size(self->type);
    const uint64_t channel = self->data_offset + window->channels[i] * self->channel_bytes;
    ana_status status = ANA_OK;
    for (size_t at = 0; at < window->n_times && status == ANA_OK; at += at_once) {
        size_t n = smaller(at_once, window->n_times - at);
        status = read_bytes(self, channel + (uint64_t)(window->first + at) * size, n * size, bytes);
        if (status == ANA_OK) {
            ana_samples_to_double(
                self->type, n, bytes, 1, window->gain != NULL ? window->gain[i] : 1.0,
                window->gain != NULL ? window->offset[i] : 0.0, out + i * window->n_times + at);
        }
    }
    return status;
}

static ana_status read_vectorized(const brainvision_source *self, const ana_window *window,
                                  double *out)
{
    ana_status status = ANA_OK;
    unsigned char *bytes = NULL;
    const size_t size = ana_sample_size(self->type);
    const size_t at_once = smaller(block_bytes / size, window->n_times);
    ANA_TRY(ana_allocate(at_once, size, "samples", &bytes));
    for (size_t i = 0; i < window->n_channels; i++) {
        ANA_TRY(read_channel(self, window, i, at_once, bytes, out));
    }
done:
    free(bytes);
    return status;
}

static ana_status read_vectorized_stored(const brainvision_source *self, const ana_window *window,
                                         unsigned char *out)
{
    const size_t size = ana_sample_size(self->type);
    ana_status status = ANA_OK;
    for (size_t i = 0; i < window->n_channels && status == ANA_OK; i++) {
        uint64_t offset = self->data_offset + window->channels[i] * self->channel_bytes +
                          (uint64_t)window->first * size;
        status = read_bytes(self, offset, window->n_times * size, out + i * window->n_times * size);
    }
    return status;
}

static ana_status read_physical(void *opaque, const ana_window *window, double *out)
{
    const brainvision_source *self = opaque;
    if (window->n_times == 0) {
        return ANA_OK;
    }
    return self->is_vectorized ? read_vectorized(self, window, out)
                               : read_multiplexed(self, window, false, out);
}

static ana_status read_stored(void *opaque, const ana_window *window, void *out)
{
    const brainvision_source *self = opaque;
    if (window->n_times == 0) {
        return ANA_OK;
    }
    return self->is_vectorized ? read_vectorized_stored(self, window, out)
                               : read_multiplexed(self, window, true, out);
}

static void free_source(void *opaque)
{
    brainvision_source *self = opaque;
    if (self != NULL) {
        ana_file_close(self->file);
        free(self);
    }
}

ana_status ana_brainvision_source(ana_file *file, const ana_brainvision_header *header,
                                  size_t n_times, ana_source **out)
{
    static const ana_source_operations operations = {read_physical, read_stored, free_source};
    ana_status status = ANA_OK;
    brainvision_source *self = NULL;
    ANA_TRY(ana_allocate(1, sizeof *self, "source", &self));
    self->file = ana_file_share(file);
    self->type = header->type;
    self->is_vectorized = header->is_vectorized;
    self->is_swapped = header->is_big_endian != ana_host_is_big_endian();
    self->data_offset = header->data_offset;
    self->channel_bytes =
        (uint64_t)n_times * ana_sample_size(header->type) + header->channel_offset;
    self->n_columns = header->n_channels + header->n_unnamed;
    ANA_TRY(ana_source_new(&operations, self, out));
    self = NULL;
done:
    free_source(self);
    return status;
}
