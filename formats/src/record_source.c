#include "record_source.h"

#include "checked.h"
#include "cursor.h"
#include "int24.h"
#include "memory.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

typedef struct record_source {
    ana_file *file;
    uint64_t data_offset;
    size_t record_bytes;
    ana_sample_type type;
    size_t sample_bytes; /* in the file */
    size_t n_samples;    /* of each channel in a record */
    size_t *offset;      /* of each channel's run, bytes from the beginning of the record */
} record_source;

/* One window being read: into doubles, or as stored. */
typedef struct record_transfer {
    const record_source *self;
    const ana_window *window;
    bool stored;
    unsigned char *out;
    unsigned char *bytes; /* of the file, n_bytes at a time */
    size_t n_bytes;
} record_transfer;

size_t ana_record_sample_bytes(ana_sample_type type)
{
    return type == ANA_INT24 ? 3 : ana_sample_size(type);
}

/* Bytes to hold at a time: they and what becomes of them fit the second-level cache. */
static const size_t block_bytes = (size_t)256 << 10;

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Runs of mixed types may begin anywhere: such samples are brought to their place first. */
static void widen(const record_source *self, size_t n, const unsigned char *bytes, double gain,
                  double offset, double *out)
{
    enum {
        N = 256
    };
    const size_t size = self->sample_bytes;
    uint64_t aligned[N];
    if ((uintptr_t)bytes % size == 0) {
        ana_samples_to_double(self->type, n, bytes, 1, gain, offset, out);
        return;
    }
    for (size_t done = 0; done < n; done += N) {
        const size_t n_part = smaller(N, n - done);
        memcpy(aligned, bytes + done * size, n_part * size);
        ana_samples_to_double(self->type, n_part, aligned, 1, gain, offset, out + done);
    }
}

/* n samples at `bytes` become those of the window's i-th channel from its sample `at` on. */
static void convert(const record_transfer *transfer, size_t i, size_t at,
                    const unsigned char *bytes, size_t n)
{
    const ana_window *window = transfer->window;
    const size_t place = i * window->n_times + at;
    const record_source *self = transfer->self;
    const bool wide = self->type == ANA_INT24;
    if (transfer->stored && wide) {
        ana_int24_to_int32(n, bytes, (int32_t *)(void *)transfer->out + place);
    } else if (transfer->stored) {
        memcpy(transfer->out + place * self->sample_bytes, bytes, n * self->sample_bytes);
    } else {
        double *out = (double *)(void *)transfer->out + place;
        double gain = window->gain != NULL ? window->gain[i] : 1.0;
        double offset = window->gain != NULL ? window->offset[i] : 0.0;
        if (wide) {
            ana_int24_to_double(n, bytes, gain, offset, out);
        } else {
            widen(self, n, bytes, gain, offset, out);
        }
    }
}

static ana_status read_bytes(const record_transfer *transfer, uint64_t offset, size_t n)
{
    return ana_file_read(transfer->self->file, offset, n, transfer->bytes);
}

/* The part of record `record` that the window covers: samples *first ... *first + n - 1 of the
 * record, the first of them sample *at of the window. */
static size_t part_of_record(const record_transfer *transfer, size_t record, size_t *first,
                             size_t *at)
{
    const ana_window *window = transfer->window;
    const size_t begins = record * transfer->self->n_samples;
    *first = window->first > begins ? window->first - begins : 0;
    *at = begins + *first - window->first;
    return smaller(transfer->self->n_samples - *first, window->n_times - *at);
}

/* Read whole records, as many at a time as there is room for. */
static ana_status read_by_records(const record_transfer *transfer, size_t first_record,
                                  size_t n_records)
{
    const record_source *self = transfer->self;
    const size_t at_once = transfer->n_bytes / self->record_bytes;
    for (size_t done = 0; done < n_records; done += at_once) {
        size_t n = smaller(at_once, n_records - done);
        uint64_t offset = self->data_offset + (uint64_t)(first_record + done) * self->record_bytes;
        ana_status status = read_bytes(transfer, offset, n * self->record_bytes);
        if (status != ANA_OK) {
            return status;
        }
        for (size_t i = 0; i < transfer->window->n_channels; i++) {
            const size_t run = self->offset[transfer->window->channels[i]];
            for (size_t r = 0; r < n; r++) {
                size_t first = 0;
                size_t at = 0;
                size_t n_part = part_of_record(transfer, first_record + done + r, &first, &at);
                convert(transfer, i, at,
                        transfer->bytes + r * self->record_bytes + run + first * self->sample_bytes,
                        n_part);
            }
        }
    }
    return ANA_OK;
}

/* n samples of the window's i-th channel, at `offset` in the file, the first of them the window's
 * sample `at`; as many at a time as there is room for. */
static ana_status read_run(const record_transfer *transfer, size_t i, uint64_t offset, size_t n,
                           size_t at)
{
    const size_t sample_bytes = transfer->self->sample_bytes;
    const size_t at_once = transfer->n_bytes / sample_bytes;
    ana_status status = ANA_OK;
    for (size_t done = 0; done < n && status == ANA_OK; done += at_once) {
        size_t n_part = smaller(at_once, n - done);
        status = read_bytes(transfer, offset + done * sample_bytes, n_part * sample_bytes);
        if (status == ANA_OK && ana_host_is_big_endian() && transfer->self->type != ANA_INT24) {
            ana_swap_bytes(transfer->bytes, n_part, sample_bytes);
        }
        if (status == ANA_OK) {
            convert(transfer, i, at + done, transfer->bytes, n_part);
        }
    }
    return status;
}

/* Read the window's runs alone: few channels of many, or records that are too long to hold. */
static ana_status read_by_runs(const record_transfer *transfer, size_t first_record,
                               size_t n_records)
{
    const record_source *self = transfer->self;
    ana_status status = ANA_OK;
    for (size_t r = first_record; r < first_record + n_records && status == ANA_OK; r++) {
        size_t first = 0;
        size_t at = 0;
        const size_t n = part_of_record(transfer, r, &first, &at);
        const uint64_t record = self->data_offset + (uint64_t)r * self->record_bytes;
        for (size_t i = 0; i < transfer->window->n_channels && status == ANA_OK; i++) {
            size_t run = self->offset[transfer->window->channels[i]] + first * self->sample_bytes;
            status = read_run(transfer, i, record + run, n, at);
        }
    }
    return status;
}

static bool goes_by_runs(const record_source *self, const ana_window *window)
{
    const size_t run_bytes = self->n_samples * self->sample_bytes;
    const size_t few = self->record_bytes / 4;
    return ana_host_is_big_endian() || self->record_bytes > block_bytes ||
           (run_bytes >= 4096 && window->n_channels < few / run_bytes);
}

static ana_status read_window(const record_source *self, const ana_window *window, bool stored,
                              void *out)
{
    ana_status status = ANA_OK;
    record_transfer transfer = {self, window, stored, out, NULL, 0};
    const size_t first_record = window->first / self->n_samples;
    const size_t last_record = (window->first + window->n_times - 1) / self->n_samples;
    const size_t n_records = last_record - first_record + 1;
    const bool by_runs = goes_by_runs(self, window);
    const size_t unit = by_runs ? self->sample_bytes : self->record_bytes;
    const size_t n_units = by_runs ? window->n_times : n_records;
    transfer.n_bytes = smaller(block_bytes / unit, n_units) * unit;
    ANA_TRY(ana_allocate(transfer.n_bytes, 1, "records", &transfer.bytes));
    ANA_TRY(by_runs ? read_by_runs(&transfer, first_record, n_records)
                    : read_by_records(&transfer, first_record, n_records));
done:
    free(transfer.bytes);
    return status;
}

static ana_status read_physical(void *self, const ana_window *window, double *out)
{
    return window->n_times > 0 ? read_window(self, window, false, out) : ANA_OK;
}

static ana_status read_stored(void *self, const ana_window *window, void *out)
{
    return window->n_times > 0 ? read_window(self, window, true, out) : ANA_OK;
}

static void free_source(void *opaque)
{
    record_source *self = opaque;
    if (self != NULL) {
        ana_file_close(self->file);
        free(self->offset);
        free(self);
    }
}

ana_status ana_source_from_records(ana_file *file, const ana_record_layout *layout,
                                   ana_source **out)
{
    static const ana_source_operations operations = {read_physical, read_stored, free_source};
    ana_status status = ANA_OK;
    record_source *self = NULL;
    ANA_TRY(ana_allocate(1, sizeof *self, "source", &self));
    ANA_TRY(ana_allocate(layout->n_channels, sizeof *self->offset, "source", &self->offset));
    self->file = ana_file_share(file);
    self->data_offset = layout->data_offset;
    self->record_bytes = layout->record_bytes;
    self->type = layout->type;
    self->sample_bytes = ana_record_sample_bytes(layout->type);
    self->n_samples = layout->n_samples;
    for (size_t i = 0; i < layout->n_channels; i++) {
        const size_t at = layout->channels[i] * layout->offset_step;
        memcpy(&self->offset[i], (const char *)layout->offset + at, sizeof self->offset[i]);
    }
    ANA_TRY(ana_source_new(&operations, self, out));
    self = NULL;
done:
    free_source(self);
    return status;
}
