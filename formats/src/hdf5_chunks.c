#include "hdf5_lzf.h"
#include "hdf5_private.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"
#include "zip.h"

#include <string.h>

enum {
    MAX_FILTERS = 32,
    CHECKSUM_BYTES = 4
};

/* The chunks of a dataset of texts of variable length, which we unpack ourselves: HDF5 believes
 * what is in them. */
typedef struct text_chunks {
    const ana_hdf5 *file;
    const char *path;
    hid_t dataset;
    int n_axes;
    hsize_t n[ANA_HDF5_MAX_AXES];
    hsize_t chunk[ANA_HDF5_MAX_AXES];
    size_t chunk_bytes;
    size_t n_filters;
    H5Z_filter_t filters[MAX_FILTERS];
    unsigned widths[MAX_FILTERS]; /* of the elements that are shuffled */
    bool foreign;                 /* a plug-in packed them, and the user trusts it */
} text_chunks;

/* Bytes while their filters are undone: from one room to the other and back. */
typedef struct packed_bytes {
    unsigned char *bytes;
    unsigned char *other;
    size_t n;
    size_t most;
} packed_bytes;

static void swap(packed_bytes *packed)
{
    unsigned char *bytes = packed->bytes;
    packed->bytes = packed->other;
    packed->other = bytes;
}

static ana_status inflate_bytes(const text_chunks *chunks, packed_bytes *packed)
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

static ana_status undo_filter(const text_chunks *chunks, size_t i, packed_bytes *packed)
{
    switch (chunks->filters[i]) {
    case H5Z_FILTER_DEFLATE:
        return inflate_bytes(chunks, packed);
    case H5Z_FILTER_SHUFFLE:
        unshuffle(packed, chunks->widths[i]);
        return ANA_OK;
    case H5Z_FILTER_FLETCHER32:
        packed->n -= packed->n < CHECKSUM_BYTES ? packed->n : CHECKSUM_BYTES;
        return ANA_OK;
    case ANA_LZF_FILTER:
        packed->n = ana_lzf_expand(packed->bytes, packed->n, packed->other, packed->most);
        swap(packed);
        return ANA_OK;
    default:
        return ana_fail(ANA_ERR_UNSUPPORTED, "%s: %s: texts of variable length behind filter %d",
                        chunks->file->path, chunks->path, (int)chunks->filters[i]);
    }
}

/* Those of the chunk's texts that are inside the dataset, row by row. */
static ana_status check_rows(const text_chunks *chunks, const hsize_t *start,
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

static ana_status check_chunk(const text_chunks *chunks, const hsize_t *start)
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
        if ((mask >> i & 1) == 0) {
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
    status = check_rows(chunks, start, packed.bytes, address);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Sizes and filters; true when there is something to check. */
static bool describe(const ana_hdf5 *file, hid_t dataset, text_chunks *out)
{
    hid_t list = H5Dget_create_plist(dataset);
    hid_t space = H5Dget_space(dataset);
    bool chunked = H5Pget_layout(list) == H5D_CHUNKED;
    out->n_axes = chunked ? H5Sget_simple_extent_dims(space, out->n, NULL) : 0;
    if (chunked) {
        H5Pget_chunk(list, ANA_HDF5_MAX_AXES, out->chunk);
    }
    int n = chunked ? H5Pget_nfilters(list) : 0;
    out->n_filters = n > 0 && n <= MAX_FILTERS ? (size_t)n : 0;
    for (size_t i = 0; i < out->n_filters; i++) {
        unsigned flags = 0;
        unsigned configuration = 0;
        size_t n_values = 1;
        out->filters[i] = H5Pget_filter2(list, (unsigned)i, &flags, &n_values, &out->widths[i], 0,
                                         NULL, &configuration);
        out->widths[i] = n_values > 0 ? out->widths[i] : 0;
        out->foreign = out->foreign || (file->plugins && out->filters[i] >= H5Z_FILTER_RESERVED &&
                                        out->filters[i] != ANA_LZF_FILTER);
    }
    H5Sclose(space);
    H5Pclose(list);
    return out->n_axes > 0 && !out->foreign;
}

static ana_status check_chunks(text_chunks *chunks)
{
    ana_status status = ANA_OK;
    hsize_t start[ANA_HDF5_MAX_AXES] = {0};
    chunks->chunk_bytes = ana_hdf5_check_text_bytes(chunks->file->check);
    for (int i = 0; i < chunks->n_axes; i++) {
        chunks->chunk_bytes *= (size_t)chunks->chunk[i]; /* less than 4 GiB: checked before */
        if (chunks->n[i] == 0) {
            return ANA_OK;
        }
    }
    int axis = 0;
    while (axis >= 0 && status == ANA_OK) {
        status = check_chunk(chunks, start);
        axis = chunks->n_axes - 1;
        while (axis >= 0 && chunks->n[axis] - start[axis] <= chunks->chunk[axis]) {
            start[axis--] = 0;
        }
        if (axis >= 0) {
            start[axis] += chunks->chunk[axis];
        }
    }
    return status;
}

ana_status ana_hdf5_check_stored_texts(const ana_hdf5 *file, hid_t dataset, const char *path)
{
    H5O_info_t info;
    text_chunks chunks = {.file = file, .path = path, .dataset = dataset};
    if (file->check == NULL) {
        return ANA_OK;
    }
    if (H5Oget_info2(dataset, &info, H5O_INFO_BASIC) < 0) {
        return ana_hdf5_fail(ANA_ERR_FORMAT, file, path, "has a broken header");
    }
    ana_status status = ana_hdf5_check_dataset_texts(file->check, info.addr);
    if (status == ANA_OK && describe(file, dataset, &chunks)) {
        status = check_chunks(&chunks);
    }
    return status;
}
