#include "cursor.h"
#include "hdf5_lzf.h"
#include "hdf5_private.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"
#include "zip.h"

#include <string.h>

enum {
    MAX_FILTERS = 32,
    CHECKSUM_BYTES = 4,
    N_VALUES = 8,
    SCALE_OFFSET_HEAD = 21
};

/* The chunks of a dataset, unpacked by us before HDF5 does: it believes that they have the size
 * they should have, and what texts of variable length in them say. */
typedef struct packed_chunks {
    const ana_hdf5 *file;
    bool texts;
    const char *path;
    hid_t dataset;
    int n_axes;
    hsize_t n[ANA_HDF5_MAX_AXES];
    hsize_t chunk[ANA_HDF5_MAX_AXES];
    size_t chunk_bytes;
    size_t n_filters;
    H5Z_filter_t filters[MAX_FILTERS];
    unsigned values[MAX_FILTERS][N_VALUES]; /* that the filters work with */
} packed_chunks;

/* Bytes while their filters are undone: from one room to the other and back. */
typedef struct packed_bytes {
    unsigned char *bytes;
    unsigned char *other;
    size_t n;
    size_t most;
    bool unknown; /* the bytes themselves: only how many there will be */
} packed_bytes;

static void swap(packed_bytes *packed)
{
    unsigned char *bytes = packed->bytes;
    packed->bytes = packed->other;
    packed->other = bytes;
}

static ana_status inflate_bytes(const packed_chunks *chunks, packed_bytes *packed)
{
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    ana_inflater *inflater = NULL;
    ANA_TRY(ana_file_from_memory(chunks->file->path, packed->bytes, packed->n, &file));
    ANA_TRY(ana_inflater_new(file, 0, packed->n, ANA_DEFLATE_ZLIB, &inflater));
    ANA_TRY(ana_inflater_read_some(inflater, packed->most, packed->other, &packed->n));
    ANA_TRY(ana_inflater_finish(inflater));
    swap(packed);
done:
    ana_inflater_free(inflater);
    ana_file_close(file);
    return status;
}

/* The k-th bytes of all elements stand together. */
static void unshuffle(packed_bytes *packed, unsigned width)
{
    if (width < 2) {
        return;
    }
    size_t n = packed->n / width;
    for (size_t k = 0; k < width; k++) {
        for (size_t i = 0; i < n; i++) {
            packed->other[i * width + k] = packed->bytes[k * n + i];
        }
    }
    memcpy(packed->other + n * width, packed->bytes + n * width, packed->n - n * width);
    swap(packed);
}

static uint32_t little_endian(const packed_bytes *packed)
{
    ana_cursor cursor = ana_cursor_over("", packed->bytes, packed->n, 0);
    return ana_cursor_u32(&cursor);
}

/* What HDF5's other filters will unpack to: n bytes when `needed` packed ones are there, else 0. */
static void expect(packed_bytes *packed, uint64_t needed, uint64_t n)
{
    packed->unknown = true;
    packed->n = needed <= packed->n && n <= packed->most ? (size_t)n : 0;
}

static ana_status undo_filter(const packed_chunks *chunks, size_t i, packed_bytes *packed)
{
    const unsigned *values = chunks->values[i];
    const uint64_t bits = little_endian(packed);
    switch (chunks->filters[i]) {
    case H5Z_FILTER_DEFLATE:
        return inflate_bytes(chunks, packed);
    case H5Z_FILTER_SHUFFLE:
        unshuffle(packed, values[0]);
        return ANA_OK;
    case H5Z_FILTER_FLETCHER32:
        packed->n -= packed->n < CHECKSUM_BYTES ? packed->n : CHECKSUM_BYTES;
        return ANA_OK;
    case ANA_LZF_FILTER:
        packed->n = ana_lzf_expand(packed->bytes, packed->n, packed->other, packed->most);
        swap(packed);
        return ANA_OK;
    case H5Z_FILTER_SZIP: /* begins with the size it unpacks to */
        expect(packed, CHECKSUM_BYTES, bits);
        return ANA_OK;
    case H5Z_FILTER_SCALEOFFSET: /* begins with the bits of each number; then its own values */
        expect(packed, bits > 64 ? UINT64_MAX : SCALE_OFFSET_HEAD + (bits * values[2] + 7) / 8,
               chunks->chunk_bytes);
        return ANA_OK;
    case H5Z_FILTER_NBIT: /* number of elements and bits of each */
        expect(packed,
               values[1] != 0 ? chunks->chunk_bytes : ((uint64_t)values[2] * values[6] + 7) / 8,
               chunks->chunk_bytes);
        return ANA_OK;
    default: /* a plug-in, which the user trusts */
        expect(packed, 0, chunks->chunk_bytes);
        return ANA_OK;
    }
}

/* Those of the chunk's texts that are inside the dataset, row by row. */
static ana_status check_rows(const packed_chunks *chunks, const hsize_t *start,
                             const unsigned char *bytes, haddr_t address)
{
    const size_t element = ana_hdf5_check_text_bytes(chunks->file->check);
    const int last = chunks->n_axes - 1;
    hsize_t n[ANA_HDF5_MAX_AXES];
    hsize_t at[ANA_HDF5_MAX_AXES] = {0};
    for (int i = 0; i <= last; i++) {
        hsize_t left = chunks->n[i] - start[i];
        n[i] = left < chunks->chunk[i] ? left : chunks->chunk[i];
    }
    int axis = 0;
    while (axis >= 0) {
        size_t row = 0;
        for (int i = 0; i <= last; i++) {
            row = row * (size_t)chunks->chunk[i] + (size_t)at[i];
        }
        ana_status status = ana_hdf5_check_texts(chunks->file->check, bytes + row * element,
                                                 (size_t)n[last], address);
        if (status != ANA_OK) {
            return ana_fail_in(status, "%s: ", chunks->path);
        }
        for (axis = last - 1; axis >= 0 && ++at[axis] == n[axis]; axis--) {
            at[axis] = 0;
        }
    }
    return ANA_OK;
}

static ana_status check_chunk(const packed_chunks *chunks, const hsize_t *start)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    unsigned mask = 0;
    haddr_t address = HADDR_UNDEF;
    hsize_t stored = 0;
    if (H5Dget_chunk_info_by_coord(chunks->dataset, start, &mask, &address, &stored) < 0) {
        return ana_hdf5_fail(ANA_ERR_FORMAT, chunks->file, chunks->path, "has broken chunks");
    }
    if (address == HADDR_UNDEF || stored == 0) {
        return ANA_OK; /* never written: the fill value, which was checked */
    }
    if (stored > chunks->file->size) {
        return ana_fail(ANA_ERR_FORMAT, "%s: %s: byte %llu: a chunk of %llu bytes",
                        chunks->file->path, chunks->path, (unsigned long long)address,
                        (unsigned long long)stored);
    }
    packed_bytes packed = {.n = (size_t)stored};
    packed.most = chunks->chunk_bytes + CHECKSUM_BYTES * chunks->n_filters + 16;
    packed.most = packed.n > packed.most ? packed.n : packed.most;
    ANA_TRY(ana_run_check_memory(&chunks->file->run, packed.most, chunks->path));
    packed.bytes = ana_workspace_bytes(&workspace, packed.most, 1, 1);
    packed.other = ana_workspace_bytes(&workspace, packed.most, 1, 1);
    ANA_TRY(ana_workspace_check(&workspace, chunks->path));
    if (H5Dread_chunk(chunks->dataset, H5P_DEFAULT, start, &mask, packed.bytes) < 0) {
        status = ana_hdf5_fail(ANA_ERR_FORMAT, chunks->file, chunks->path, "has broken chunks");
        goto done;
    }
    for (size_t i = chunks->n_filters; i-- > 0;) {
        if ((mask >> i & 1) == 0 && !packed.unknown) {
            ANA_TRY(undo_filter(chunks, i, &packed));
        }
    }
    if (packed.n < chunks->chunk_bytes) {
        status = ana_fail(ANA_ERR_FORMAT,
                          "%s: %s: byte %llu: a chunk that unpacks to %zu bytes; %zu are right",
                          chunks->file->path, chunks->path, (unsigned long long)address, packed.n,
                          chunks->chunk_bytes);
        goto done;
    }
    if (chunks->texts && packed.unknown && !chunks->file->plugins) {
        status = ana_fail(ANA_ERR_UNSUPPORTED,
                          "%s: %s: texts of variable length behind a filter "
                          "that does not pack them",
                          chunks->file->path, chunks->path);
    } else if (chunks->texts && !packed.unknown) {
        status = check_rows(chunks, start, packed.bytes, address);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Sizes and filters; true when there is something to check. */
static bool describe(hid_t dataset, packed_chunks *out)
{
    hid_t list = H5Dget_create_plist(dataset);
    hid_t space = H5Dget_space(dataset);
    hid_t type = H5Dget_type(dataset);
    bool chunked = H5Pget_layout(list) == H5D_CHUNKED;
    out->n_axes = chunked ? H5Sget_simple_extent_dims(space, out->n, NULL) : 0;
    out->texts = H5Tis_variable_str(type) > 0;
    out->chunk_bytes = out->texts ? ana_hdf5_check_text_bytes(out->file->check) : H5Tget_size(type);
    if (chunked) {
        H5Pget_chunk(list, ANA_HDF5_MAX_AXES, out->chunk);
    }
    for (int i = 0; i < out->n_axes; i++) {
        out->chunk_bytes *= (size_t)out->chunk[i]; /* less than 4 GiB: checked before */
    }
    int n = chunked ? H5Pget_nfilters(list) : 0;
    out->n_filters = n > 0 && n <= MAX_FILTERS ? (size_t)n : 0;
    for (size_t i = 0; i < out->n_filters; i++) {
        unsigned flags = 0;
        unsigned configuration = 0;
        size_t n_values = N_VALUES;
        out->filters[i] = H5Pget_filter2(list, (unsigned)i, &flags, &n_values, out->values[i], 0,
                                         NULL, &configuration);
    }
    H5Tclose(type);
    H5Sclose(space);
    H5Pclose(list);
    return out->n_axes > 0 && (out->n_filters > 0 || out->texts);
}

/* The chunks from first[] up to those of last[], each once. */
static ana_status check_box(const packed_chunks *chunks, const hsize_t *first, const hsize_t *last,
                            ana_hdf5_tokens *seen)
{
    ana_status status = ANA_OK;
    hsize_t at[ANA_HDF5_MAX_AXES];
    memcpy(at, first, sizeof at);
    int axis = 0;
    while (axis >= 0 && status == ANA_OK) {
        hsize_t start[ANA_HDF5_MAX_AXES];
        ana_hdf5_token token = {0};
        for (int i = 0; i < chunks->n_axes; i++) {
            start[i] = at[i] * chunks->chunk[i];
            token.address =
                token.address * ((chunks->n[i] - 1) / chunks->chunk[i] + 1) + (uint64_t)at[i];
        }
        token.address++;
        if (!ana_hdf5_tokens_have(seen, token)) {
            bool before = false;
            status = check_chunk(chunks, start);
            status = status == ANA_OK ? ana_hdf5_tokens_meet(seen, token, &before) : status;
        }
        for (axis = chunks->n_axes - 1; axis >= 0 && at[axis]++ == last[axis]; axis--) {
            at[axis] = first[axis];
        }
    }
    return status;
}

ana_status ana_hdf5_check_packed(const ana_hdf5 *file, hid_t dataset, const char *path,
                                 const size_t *start, const size_t *count, ana_hdf5_tokens *seen)
{
    packed_chunks chunks = {.file = file, .path = path, .dataset = dataset};
    hsize_t first[ANA_HDF5_MAX_AXES] = {0};
    hsize_t last[ANA_HDF5_MAX_AXES] = {0};
    if (file->check == NULL || !describe(dataset, &chunks)) {
        return ANA_OK;
    }
    for (int i = 0; i < chunks.n_axes; i++) {
        uint64_t from = start != NULL ? start[i] : 0;
        uint64_t n = count != NULL ? count[i] : chunks.n[i];
        if (n == 0) {
            return ANA_OK;
        }
        first[i] = from / chunks.chunk[i];
        last[i] = (from + n - 1) / chunks.chunk[i];
    }
    return check_box(&chunks, first, last, seen);
}

ana_status ana_hdf5_check_whole(const ana_hdf5 *file, hid_t dataset, const char *path)
{
    ana_status status = ANA_OK;
    H5O_info_t info;
    ana_hdf5_tokens seen = {0};
    if (file->check == NULL) {
        return ANA_OK;
    }
    if (H5Oget_info2(dataset, &info, H5O_INFO_BASIC) < 0) {
        return ana_hdf5_fail(ANA_ERR_FORMAT, file, path, "has a broken header");
    }
    ANA_TRY(ana_hdf5_check_dataset_texts(file->check, info.addr));
    status = ana_hdf5_check_packed(file, dataset, path, NULL, NULL, &seen);
done:
    ana_hdf5_tokens_release(&seen);
    return status;
}
