#include "checked.h"
#include "hdf5_private.h"
#include "memory.h"
#include "try.h"

#include <strings.h>

/* Deflate cannot shrink by more than 1032; a dataset that claims much more than it stores is a
 * mistake or an attack. Small ones may be all fill values. */
static const uint64_t max_ratio = 1100;
static const uint64_t free_bytes = (uint64_t)16 << 20;

uint64_t ana_hdf5_plausible_bytes(uint64_t stored)
{
    return stored > (UINT64_MAX - free_bytes) / max_ratio ? UINT64_MAX
                                                          : stored * max_ratio + free_bytes;
}

hid_t ana_hdf5_native_type(ana_sample_type type)
{
    switch (type) {
    case ANA_INT8:
        return H5T_NATIVE_INT8;
    case ANA_UINT8:
        return H5T_NATIVE_UINT8;
    case ANA_INT16:
        return H5T_NATIVE_INT16;
    case ANA_UINT16:
        return H5T_NATIVE_UINT16;
    case ANA_INT24:
    case ANA_INT32:
        return H5T_NATIVE_INT32;
    case ANA_UINT32:
        return H5T_NATIVE_UINT32;
    case ANA_INT64:
        return H5T_NATIVE_INT64;
    case ANA_UINT64:
        return H5T_NATIVE_UINT64;
    case ANA_FLOAT32:
        return H5T_NATIVE_FLOAT;
    case ANA_FLOAT64:
    default:
        return H5T_NATIVE_DOUBLE;
    }
}

static ana_sample_type integer_type(size_t size, bool is_signed)
{
    if (size <= 1) {
        return is_signed ? ANA_INT8 : ANA_UINT8;
    }
    if (size <= 2) {
        return is_signed ? ANA_INT16 : ANA_UINT16;
    }
    if (size <= 4) {
        return is_signed ? ANA_INT32 : ANA_UINT32;
    }
    return is_signed ? ANA_INT64 : ANA_UINT64;
}

/* h5py writes booleans as an enumeration of FALSE and TRUE. */
static bool is_boolean(hid_t type)
{
    if (H5Tget_nmembers(type) != 2) {
        return false;
    }
    bool found[2] = {false, false};
    for (unsigned i = 0; i < 2; i++) {
        char *name = H5Tget_member_name(type, i);
        if (name != NULL) {
            found[0] = found[0] || strcasecmp(name, "FALSE") == 0;
            found[1] = found[1] || strcasecmp(name, "TRUE") == 0;
        }
        H5free_memory(name);
    }
    return found[0] && found[1];
}

static ana_hdf5_class class_of(hid_t type)
{
    switch ((int)H5Tget_class(type)) {
    case H5T_INTEGER:
        return ANA_HDF5_INTEGER;
    case H5T_ENUM:
        return is_boolean(type) ? ANA_HDF5_BOOL : ANA_HDF5_INTEGER;
    case H5T_FLOAT:
        return ANA_HDF5_FLOAT;
    case H5T_STRING:
        return ANA_HDF5_TEXT;
    case H5T_COMPOUND:
        return ANA_HDF5_COMPOUND;
    case H5T_REFERENCE:
        return H5Tequal(type, H5T_STD_REF_OBJ) > 0 ? ANA_HDF5_REFERENCE : ANA_HDF5_OTHER;
    default:
        return ANA_HDF5_OTHER;
    }
}

ana_status ana_hdf5_describe_type(const ana_hdf5 *file, const char *path, hid_t type,
                                  ana_hdf5_info *info)
{
    info->type_class = class_of(type);
    info->type_size = H5Tget_size(type);
    if (info->type_size == 0) {
        return ana_hdf5_fail(ANA_ERR_FORMAT, file, path, "has a broken type");
    }
    info->sample = info->type_size <= 4 ? ANA_FLOAT32 : ANA_FLOAT64;
    if (info->type_class == ANA_HDF5_INTEGER || info->type_class == ANA_HDF5_BOOL) {
        if (info->type_size > 8) {
            info->type_class = ANA_HDF5_OTHER;
        }
        hid_t base = H5Tget_class(type) == H5T_ENUM ? H5Tget_super(type) : H5Tcopy(type);
        info->sample = integer_type(info->type_size, H5Tget_sign(base) != H5T_SGN_NONE);
        H5Tclose(base);
    }
    return ANA_OK;
}

ana_status ana_hdf5_describe_space(const ana_hdf5 *file, const char *path, hid_t space,
                                   ana_hdf5_info *info)
{
    H5S_class_t space_class = H5Sget_simple_extent_type(space);
    int n_axes = H5Sget_simple_extent_ndims(space);
    if (n_axes < 0) {
        return ana_hdf5_fail(ANA_ERR_FORMAT, file, path, "has a broken shape");
    }
    if (n_axes > ANA_HDF5_MAX_AXES) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "%s: %s: has %d axes; at most %d are read", file->path,
                        path, n_axes, ANA_HDF5_MAX_AXES);
    }
    hsize_t n[ANA_HDF5_MAX_AXES] = {0};
    H5Sget_simple_extent_dims(space, n, NULL);
    info->is_null = space_class == H5S_NULL;
    info->n_axes = (size_t)n_axes;
    info->n_elements = info->is_null ? 0 : 1;
    bool fits = true;
    for (size_t i = 0; i < info->n_axes; i++) {
        info->n[i] = (size_t)n[i];
        fits = fits && ana_multiply(info->n_elements, info->n[i], &info->n_elements);
    }
    /* An axis of length 0 after an overflow is still an impossible shape. */
    if (!fits) {
        return ana_fail(ANA_ERR_FORMAT, "%s: %s: has a shape of more elements than can be counted",
                        file->path, path);
    }
    return ANA_OK;
}

/* Where the bytes are: outside the file is refused; a chunk must be one that can be held. */
static ana_status describe_layout(const ana_hdf5_object *object, const char *path,
                                  ana_hdf5_info *info)
{
    ana_status status = ANA_OK;
    hid_t list = H5Dget_create_plist(object->id);
    if (list < 0) {
        return ana_hdf5_fail(ANA_ERR_FORMAT, object->file, path, "has a broken header");
    }
    H5D_layout_t layout = H5Pget_layout(list);
    if (layout == H5D_VIRTUAL || H5Pget_external_count(list) > 0) {
        status = ana_fail(ANA_ERR_UNSUPPORTED, "%s: %s: keeps its values in other files (%s)",
                          object->file->path, path,
                          layout == H5D_VIRTUAL ? "a virtual dataset" : "external storage");
        goto done;
    }
    info->is_chunked = layout == H5D_CHUNKED;
    if (info->is_chunked) {
        hsize_t n[ANA_HDF5_MAX_AXES] = {0};
        int n_axes = H5Pget_chunk(list, ANA_HDF5_MAX_AXES, n);
        size_t bytes = info->type_size;
        bool fits = n_axes == (int)info->n_axes;
        for (size_t i = 0; fits && i < info->n_axes; i++) {
            info->chunk[i] = (size_t)n[i];
            fits = n[i] > 0 && ana_multiply(bytes, info->chunk[i], &bytes);
        }
        if (!fits ||
            (object->file->size > 0 && bytes > ana_hdf5_plausible_bytes(object->file->size))) {
            status = ana_fail(ANA_ERR_FORMAT, "%s: %s: has chunks larger than the file can hold",
                              object->file->path, path);
        }
    }
done:
    H5Pclose(list);
    return status;
}

ana_status ana_hdf5_describe_object(const ana_hdf5_object *object, const char *path,
                                    ana_hdf5_info *info)
{
    ana_status status = ANA_OK;
    *info = (ana_hdf5_info){0};
    hid_t type = H5Dget_type(object->id);
    hid_t space = H5Dget_space(object->id);
    if (type < 0 || space < 0) {
        status = ana_hdf5_fail(ANA_ERR_FORMAT, object->file, path, "has a broken header");
        goto done;
    }
    ANA_TRY(ana_hdf5_describe_type(object->file, path, type, info));
    ANA_TRY(ana_hdf5_describe_space(object->file, path, space, info));
    ANA_TRY(describe_layout(object, path, info));
    info->stored_bytes = H5Dget_storage_size(object->id);
    if (object->file->size > 0 && info->stored_bytes > object->file->size) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: %s: says it stores %llu bytes in a file of %llu",
                          object->file->path, path, (unsigned long long)info->stored_bytes,
                          (unsigned long long)object->file->size);
    }
done:
    H5Tclose(type);
    H5Sclose(space);
    return status;
}

ana_status ana_hdf5_describe(ana_hdf5 *file, const char *path, ana_hdf5_info *out)
{
    ana_hdf5_guard guard;
    ana_hdf5_object object;
    ana_hdf5_enter(file, &guard);
    ana_status status = ana_hdf5_require(file, path, ANA_HDF5_DATASET, &object);
    if (status == ANA_OK) {
        status = ana_hdf5_describe_object(&object, path, out);
    }
    ana_hdf5_leave(&guard);
    return status;
}

/* A new id of the member's type; negative when there is none. */
hid_t ana_hdf5_field_type(hid_t type, const char *field)
{
    int member = H5Tget_class(type) == H5T_COMPOUND ? H5Tget_member_index(type, field) : -1;
    return member < 0 ? -1 : H5Tget_member_type(type, (unsigned)member);
}

ana_status ana_hdf5_describe_field(ana_hdf5 *file, const char *path, const char *field,
                                   ana_hdf5_info *out)
{
    ana_hdf5_guard guard;
    ana_hdf5_object object;
    hid_t type = -1;
    hid_t member = -1;
    ana_hdf5_enter(file, &guard);
    ana_status status = ANA_OK;
    ANA_TRY(ana_hdf5_require(file, path, ANA_HDF5_DATASET, &object));
    ANA_TRY(ana_hdf5_describe_object(&object, path, out));
    type = H5Dget_type(object.id);
    member = ana_hdf5_field_type(type, field);
    out->type_class = ANA_HDF5_OTHER;
    if (member >= 0) {
        status = ana_hdf5_describe_type(object.file, path, member, out);
    }
done:
    H5Tclose(member);
    H5Tclose(type);
    ana_hdf5_leave(&guard);
    return status;
}
