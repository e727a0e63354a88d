#include "checked.h"
#include "hdf5_private.h"
#include "memory.h"
#include "source.h"
#include "try.h"

#include <stdlib.h>

static const char *filter_name(int filter)
{
    switch (filter) {
    case 32001:
        return "blosc";
    case 32004:
        return "lz4";
    case 32008:
        return "bitshuffle";
    case 32015:
        return "zstd";
    case 32026:
        return "blosc2";
    default:
        return "right";
    }
}

/* Every filter of the pipeline must be there before a read is tried: HDF5's own sentence does not
 * say which one is missing. */
ana_status ana_hdf5_check_filters(const ana_hdf5_object *object, const char *path)
{
    ana_status status = ANA_OK;
    hid_t list = H5Dget_create_plist(object->id);
    int n = list < 0 ? 0 : H5Pget_nfilters(list);
    for (int i = 0; i < n; i++) {
        unsigned flags = 0;
        size_t n_values = 0;
        unsigned configuration = 0;
        int filter =
            H5Pget_filter2(list, (unsigned)i, &flags, &n_values, NULL, 0, NULL, &configuration);
        if (filter >= 0 && H5Zfilter_avail(filter) <= 0) {
            status = ana_fail(ANA_ERR_UNSUPPORTED,
                              "%s: %s: needs the %s plug-in (filter %d); install it and allow "
                              "plug-ins with --hdf5-plugins",
                              object->file->path, path, filter_name(filter), filter);
            break;
        }
    }
    H5Pclose(list);
    return status;
}

/* Bytes wanted in memory for all of it, held against what is stored and against the limit. */
static ana_status check_whole(const ana_hdf5 *file, const char *path, const ana_hdf5_info *info,
                              size_t element)
{
    size_t bytes = 0;
    size_t raw = 0;
    if (!ana_multiply(info->n_elements, element, &bytes) ||
        !ana_multiply(info->n_elements, info->type_size, &raw)) {
        return ana_fail(ANA_ERR_FORMAT, "%s: %s: claims more bytes than can be counted", file->path,
                        path);
    }
    ana_status status = ana_run_check_memory(&file->run, bytes, path);
    if (status != ANA_OK) {
        return ana_fail_in(status, "%s: ", file->path);
    }
    if (raw > ana_hdf5_plausible_bytes(info->stored_bytes)) {
        return ana_fail(ANA_ERR_FORMAT, "%s: %s: claims %zu bytes but stores %llu", file->path,
                        path, raw, (unsigned long long)info->stored_bytes);
    }
    return ANA_OK;
}

/* The memory type for a member of a compound (`whole` NULL: the dataset itself): a compound with
 * that one member, which HDF5 picks out by name. */
static hid_t one_field(const char *field, hid_t memory_type)
{
    hid_t compound = H5Tcreate(H5T_COMPOUND, H5Tget_size(memory_type));
    if (compound >= 0 && H5Tinsert(compound, field, 0, memory_type) < 0) {
        H5Tclose(compound);
        return -1;
    }
    return compound;
}

/* Fill values cost a file nothing: small datasets of them are believed, many are not. */
static ana_status count_filled(ana_hdf5 *file, const char *path, const ana_hdf5_info *info)
{
    const size_t element = info->type_size > sizeof(double) ? info->type_size : sizeof(double);
    const uint64_t raw = (uint64_t)info->n_elements * element; /* small numbers are widened */
    const uint64_t free_bytes = ana_hdf5_plausible_bytes(0);
    const uint64_t backed =
        (ana_hdf5_plausible_bytes(info->stored_bytes) - free_bytes) / info->type_size * element;
    file->n_filled += raw > backed ? raw - backed : 0;
    if (file->n_filled > 8 * free_bytes) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: %s: is one of many datasets that claim bytes and store none, %llu MiB "
                        "by now",
                        file->path, path, (unsigned long long)(file->n_filled >> 20));
    }
    return ANA_OK;
}

/* Read all elements of (a member of) the dataset as `memory_type`; *out is allocated. */
static ana_status read_whole(const ana_hdf5_object *object, const char *path, const char *field,
                             hid_t memory_type, const ana_hdf5_info *info, void **out)
{
    ana_status status = ANA_OK;
    void *values = NULL;
    size_t element = H5Tget_size(memory_type);
    hid_t wanted = field == NULL ? H5Tcopy(memory_type) : one_field(field, memory_type);
    ANA_TRY(ana_hdf5_check_filters(object, path));
    ANA_TRY(check_whole(object->file, path, info, element));
    ANA_TRY(count_filled(object->file, path, info));
    ANA_TRY(ana_hdf5_check_whole(object->file, object->id, path));
    ANA_TRY(ana_allocate(info->n_elements, element, path, &values));
    if (info->n_elements > 0 &&
        H5Dread(object->id, wanted, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
        status = ana_hdf5_fail(ANA_ERR_FORMAT, object->file, path, "cannot be read");
        goto done;
    }
    *out = values;
    values = NULL;
done:
    H5Tclose(wanted);
    free(values);
    return status;
}

/* Locate and describe a dataset, or a member of one, and check its class. */
static ana_status prepare(ana_hdf5 *file, const char *path, const char *field,
                          ana_hdf5_object *object, ana_hdf5_info *info)
{
    ana_status status = ana_hdf5_require(file, path, ANA_HDF5_DATASET, object);
    if (status == ANA_OK) {
        status = ana_hdf5_describe_object(object, path, info);
    }
    if (status != ANA_OK || field == NULL) {
        return status;
    }
    hid_t type = H5Dget_type(object->id);
    hid_t member = ana_hdf5_field_type(type, field);
    size_t whole = info->type_size;
    if (member < 0) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: %s: has no member \"%s\"", file->path, path, field);
    } else {
        status = ana_hdf5_describe_type(object->file, path, member, info);
    }
    info->type_size = whole; /* of an element in the file, which check_whole holds against it */
    H5Tclose(member);
    H5Tclose(type);
    return status;
}

static bool is_number(ana_hdf5_class type_class)
{
    return type_class == ANA_HDF5_INTEGER || type_class == ANA_HDF5_FLOAT ||
           type_class == ANA_HDF5_BOOL;
}

/* An enumeration has no conversion to numbers in HDF5: it is read by its own base type. */
static ana_status read_numbers(const ana_hdf5_object *object, const char *path, const char *field,
                               const ana_hdf5_info *info, void **out)
{
    ana_status status = ANA_OK;
    hid_t file_type = H5Dget_type(object->id);
    hid_t member = field == NULL ? H5Tcopy(file_type) : ana_hdf5_field_type(file_type, field);
    hid_t wanted = H5Tget_class(member) == H5T_ENUM ? H5Tget_native_type(member, H5T_DIR_DEFAULT)
                                                    : H5Tcopy(ana_hdf5_native_type(info->sample));
    if (wanted < 0 || H5Tget_size(wanted) != ana_sample_size(info->sample)) {
        status = ana_hdf5_fail(ANA_ERR_UNSUPPORTED, object->file, path, "has an odd number type");
        goto done;
    }
    status = read_whole(object, path, field, wanted, info, out);
done:
    H5Tclose(wanted);
    H5Tclose(member);
    H5Tclose(file_type);
    return status;
}

ana_status ana_hdf5_read_doubles(ana_hdf5 *file, const char *path, const char *field, double **out,
                                 size_t *n)
{
    ana_status status = ANA_OK;
    ana_hdf5_guard guard;
    ana_hdf5_object object;
    ana_hdf5_info info;
    void *stored = NULL;
    *out = NULL;
    *n = 0;
    ana_hdf5_enter(file, &guard);
    ANA_TRY(prepare(file, path, field, &object, &info));
    if (!is_number(info.type_class)) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: %s: does not hold numbers", file->path, path);
        goto done;
    }
    ANA_TRY(check_whole(object.file, path, &info, sizeof(double)));
    ANA_TRY(read_numbers(&object, path, field, &info, &stored));
    if (info.sample != ANA_FLOAT64) {
        ANA_TRY(ana_allocate(info.n_elements, sizeof(double), path, out));
        ana_samples_to_double(info.sample, info.n_elements, stored, 1, 1.0, 0.0, *out);
    } else {
        *out = stored;
        stored = NULL;
    }
    *n = info.n_elements;
done:
    free(stored);
    ana_hdf5_leave(&guard);
    return status;
}

/* Widen n stored integers; false when one is beyond int64. */
static bool widen(ana_sample_type type, size_t n, const void *stored, int64_t *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = ana_stored_integer(type, stored, i);
        if (type == ANA_UINT64 && out[i] < 0) {
            return false;
        }
    }
    return true;
}

ana_status ana_hdf5_read_ints(ana_hdf5 *file, const char *path, const char *field, int64_t **out,
                              size_t *n)
{
    ana_status status = ANA_OK;
    ana_hdf5_guard guard;
    ana_hdf5_object object;
    ana_hdf5_info info;
    void *stored = NULL;
    int64_t *values = NULL;
    *out = NULL;
    *n = 0;
    ana_hdf5_enter(file, &guard);
    ANA_TRY(prepare(file, path, field, &object, &info));
    if (info.type_class != ANA_HDF5_INTEGER && info.type_class != ANA_HDF5_BOOL) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: %s: does not hold integers", file->path, path);
        goto done;
    }
    ANA_TRY(check_whole(object.file, path, &info, sizeof(int64_t)));
    ANA_TRY(read_numbers(&object, path, field, &info, &stored));
    ANA_TRY(ana_allocate(info.n_elements, sizeof(int64_t), path, &values));
    if (!widen(info.sample, info.n_elements, stored, values)) {
        status = ana_fail(ANA_ERR_UNSUPPORTED, "%s: %s: holds integers beyond 64 signed bits",
                          file->path, path);
        goto done;
    }
    *out = values;
    *n = info.n_elements;
    values = NULL;
done:
    free(values);
    free(stored);
    ana_hdf5_leave(&guard);
    return status;
}

ana_status ana_hdf5_read_references(ana_hdf5 *file, const char *path, const char *field,
                                    uint64_t **out, size_t *n)
{
    ana_status status = ANA_OK;
    ana_hdf5_guard guard;
    ana_hdf5_object object;
    ana_hdf5_info info;
    void *addresses = NULL;
    *out = NULL;
    *n = 0;
    ana_hdf5_enter(file, &guard);
    ANA_TRY(prepare(file, path, field, &object, &info));
    if (info.type_class != ANA_HDF5_REFERENCE) {
        status =
            ana_fail(ANA_ERR_FORMAT, "%s: %s: does not hold object references", file->path, path);
        goto done;
    }
    /* In memory such a reference is the address of the object's header (hobj_ref_t). */
    ANA_TRY(read_whole(&object, path, field, H5T_STD_REF_OBJ, &info, &addresses));
    *out = addresses;
    *n = info.n_elements;
done:
    ana_hdf5_leave(&guard);
    return status;
}
