#include "hdf5_private.h"
#include "hdf5_write.h"
#include "memory.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A window over many channels and few samples touches a row of chunks; they must all stay in the
 * cache, or each is inflated again and again. */
static const size_t least_cache = (size_t)1 << 20;
static const size_t most_cache = (size_t)64 << 20;

static size_t cache_bytes(const ana_hdf5_info *info)
{
    double bytes = (double)info->type_size;
    for (size_t i = 0; i < info->n_axes; i++) {
        double chunk = (double)info->chunk[i];
        double chunks = i == 0 ? 2.0 : ceil((double)info->n[i] / chunk);
        bytes *= chunk * chunks;
    }
    return bytes < (double)least_cache  ? least_cache
           : bytes > (double)most_cache ? most_cache
                                        : (size_t)bytes;
}

static hid_t open_with_cache(const ana_hdf5_object *object, const ana_hdf5_info *info)
{
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    if (info->is_chunked) {
        H5Pset_chunk_cache(access, 12421, cache_bytes(info), 1.0); /* a prime number of slots */
    }
    hid_t id = H5Dopen2(object->file->id, object->real[0] == '\0' ? "/" : object->real, access);
    H5Pclose(access);
    return id;
}

ana_status ana_hdf5_dataset_open(ana_hdf5 *file, const char *path, ana_hdf5_dataset **out)
{
    ana_status status = ANA_OK;
    ana_hdf5_guard guard;
    ana_hdf5_object object;
    ana_hdf5_dataset *dataset = NULL;
    *out = NULL;
    ana_hdf5_enter(file, &guard);
    ANA_TRY(ana_allocate(1, sizeof *dataset, path, &dataset));
    dataset->id = -1;
    ANA_TRY(ana_copy_text(path, &dataset->path));
    ANA_TRY(ana_hdf5_require(file, path, ANA_HDF5_DATASET, &object));
    ANA_TRY(ana_hdf5_describe_object(&object, path, &dataset->info));
    if (dataset->info.type_class != ANA_HDF5_INTEGER &&
        dataset->info.type_class != ANA_HDF5_FLOAT && dataset->info.type_class != ANA_HDF5_BOOL) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: %s: does not hold numbers", file->path, path);
        goto done;
    }
    ANA_TRY(ana_hdf5_check_filters(&object, path));
    dataset->id = open_with_cache(&object, &dataset->info);
    if (dataset->id < 0) {
        status = ana_hdf5_fail(ANA_ERR_FORMAT, file, path, "cannot be opened");
        goto done;
    }
    dataset->file = object.file;
    dataset->file->n_owners++;
    *out = dataset;
    dataset = NULL;
done:
    if (dataset != NULL) {
        free(dataset->path);
        free(dataset);
    }
    ana_hdf5_leave(&guard);
    return status;
}

const ana_hdf5_info *ana_hdf5_dataset_info(const ana_hdf5_dataset *dataset)
{
    return &dataset->info;
}

/* Spaces of a box of the dataset and of the memory it goes to; negative ids on failure. */
static void select_box(const ana_hdf5_dataset *dataset, const size_t *start, const size_t *count,
                       hid_t *file_space, hid_t *memory_space)
{
    hsize_t first[ANA_HDF5_MAX_AXES] = {0};
    hsize_t n[ANA_HDF5_MAX_AXES] = {0};
    for (size_t i = 0; i < dataset->info.n_axes; i++) {
        first[i] = start[i];
        n[i] = count[i];
    }
    *file_space = H5Dget_space(dataset->id);
    *memory_space = -1;
    if (dataset->info.n_axes == 0) {
        *memory_space = H5Screate(H5S_SCALAR);
    } else if (H5Sselect_hyperslab(*file_space, H5S_SELECT_SET, first, NULL, n, NULL) >= 0) {
        *memory_space = H5Screate_simple((int)dataset->info.n_axes, n, NULL);
    }
}

/* The base type of an enumeration must be asked for as such; nothing else converts. */
static hid_t memory_type_of(const ana_hdf5_dataset *dataset)
{
    hid_t type = H5Dget_type(dataset->id);
    hid_t wanted = H5Tget_class(type) == H5T_ENUM
                       ? H5Tget_native_type(type, H5T_DIR_DEFAULT)
                       : H5Tcopy(ana_hdf5_native_type(dataset->info.sample));
    H5Tclose(type);
    return wanted;
}

static ana_status check_box(const ana_hdf5_dataset *dataset, const size_t *start,
                            const size_t *count)
{
    for (size_t i = 0; i < dataset->info.n_axes; i++) {
        if (start[i] > dataset->info.n[i] || count[i] > dataset->info.n[i] - start[i]) {
            return ana_fail(ANA_ERR_SHAPE, "%s: %s: axis %zu has %zu elements, not %zu",
                            dataset->file->path, dataset->path, i, dataset->info.n[i],
                            start[i] + count[i]);
        }
    }
    return ANA_OK;
}

static bool is_empty(const ana_hdf5_dataset *dataset, const size_t *count)
{
    bool empty = dataset->info.is_null;
    for (size_t i = 0; i < dataset->info.n_axes; i++) {
        empty = empty || count[i] == 0;
    }
    return empty;
}

ana_status ana_hdf5_dataset_read(ana_hdf5_dataset *dataset, const size_t *start,
                                 const size_t *count, void *out)
{
    ana_hdf5_guard guard;
    ana_status status = check_box(dataset, start, count);
    if (status != ANA_OK || is_empty(dataset, count)) {
        return status;
    }
    hid_t file_space = -1;
    hid_t memory_space = -1;
    ana_hdf5_enter(dataset->file, &guard);
    status = ana_hdf5_check_packed(dataset->file, dataset->id, dataset->path, start, count,
                                   &dataset->checked);
    if (status != ANA_OK) {
        ana_hdf5_leave(&guard);
        return status;
    }
    select_box(dataset, start, count, &file_space, &memory_space);
    hid_t type = memory_type_of(dataset);
    if (type < 0 || memory_space < 0 ||
        H5Dread(dataset->id, type, memory_space, file_space, H5P_DEFAULT, out) < 0) {
        status = ana_hdf5_fail(ANA_ERR_FORMAT, dataset->file, dataset->path, "cannot be read");
    }
    H5Tclose(type);
    H5Sclose(memory_space);
    H5Sclose(file_space);
    ana_hdf5_leave(&guard);
    return status;
}

ana_status ana_hdf5_dataset_write(ana_hdf5_dataset *dataset, const size_t *start,
                                  const size_t *count, const void *values)
{
    ana_hdf5_guard guard;
    ana_status status = check_box(dataset, start, count);
    if (status != ANA_OK || is_empty(dataset, count)) {
        return status;
    }
    hid_t file_space = -1;
    hid_t memory_space = -1;
    ana_hdf5_enter(dataset->file, &guard);
    select_box(dataset, start, count, &file_space, &memory_space);
    if (memory_space < 0 || H5Dwrite(dataset->id, ana_hdf5_native_type(dataset->info.sample),
                                     memory_space, file_space, H5P_DEFAULT, values) < 0) {
        status = ana_hdf5_fail(ANA_ERR_IO, dataset->file, dataset->path, "cannot be written");
    } else {
        status = ana_hdf5_check_output(dataset->file);
    }
    H5Sclose(memory_space);
    H5Sclose(file_space);
    ana_hdf5_leave(&guard);
    return status;
}

void ana_hdf5_dataset_close(ana_hdf5_dataset *dataset)
{
    if (dataset != NULL) {
        ana_hdf5_guard guard;
        ana_hdf5_enter(dataset->file, &guard);
        H5Dclose(dataset->id);
        ana_hdf5_close_locked(dataset->file);
        ana_hdf5_leave(&guard);
        ana_hdf5_tokens_release(&dataset->checked);
        free(dataset->path);
        free(dataset);
    }
}
