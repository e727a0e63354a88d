#include "hdf5_write.h"

#include "file.h"
#include "hdf5_private.h"
#include "memory.h"
#include "try.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

hid_t ana_hdf5_text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

hid_t ana_hdf5_bool_type(void)
{
    const int8_t no = 0;
    const int8_t yes = 1;
    hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
    H5Tenum_insert(type, "FALSE", &no);
    H5Tenum_insert(type, "TRUE", &yes);
    return type;
}

/* The same on every machine: little-endian, whatever the host. INT24 is held in 32 bits. */
static hid_t stored_type(const ana_hdf5_array *array)
{
    if (array->is_bool) {
        return ana_hdf5_bool_type();
    }
    switch (array->type) {
    case ANA_INT8:
        return H5Tcopy(H5T_STD_I8LE);
    case ANA_UINT8:
        return H5Tcopy(H5T_STD_U8LE);
    case ANA_INT16:
        return H5Tcopy(H5T_STD_I16LE);
    case ANA_UINT16:
        return H5Tcopy(H5T_STD_U16LE);
    case ANA_INT24:
    case ANA_INT32:
        return H5Tcopy(H5T_STD_I32LE);
    case ANA_UINT32:
        return H5Tcopy(H5T_STD_U32LE);
    case ANA_INT64:
        return H5Tcopy(H5T_STD_I64LE);
    case ANA_UINT64:
        return H5Tcopy(H5T_STD_U64LE);
    case ANA_FLOAT32:
        return H5Tcopy(H5T_IEEE_F32LE);
    case ANA_FLOAT64:
    default:
        return H5Tcopy(H5T_IEEE_F64LE);
    }
}

static hid_t given_type(const ana_hdf5_array *array)
{
    return array->is_bool ? ana_hdf5_bool_type() : H5Tcopy(ana_hdf5_native_type(array->type));
}

static hid_t space_of(size_t n_axes, const size_t *n)
{
    hsize_t sizes[ANA_HDF5_MAX_AXES] = {0};
    for (size_t i = 0; i < n_axes; i++) {
        sizes[i] = n[i];
    }
    return n_axes == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple((int)n_axes, sizes, NULL);
}

ana_hdf5_array ana_hdf5_scalar(ana_sample_type type, const void *value)
{
    return (ana_hdf5_array){.type = type, .values = value};
}

ana_hdf5_array ana_hdf5_vector(ana_sample_type type, size_t n, const void *values)
{
    return (ana_hdf5_array){.type = type, .n_axes = 1, .n = {n}, .values = values};
}

static ana_status create(ana_hdf5 *file)
{
    ana_status status = ANA_OK;
    hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_obj_track_times(creation, false);
    H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    ana_hdf5_output_use(access, &file->output);
    file->output.descriptor = open(file->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file->output.descriptor < 0) {
        status = ana_fail_errno(file->path, "cannot be written", errno);
        goto done;
    }
    file->id = H5Fcreate(file->path, H5F_ACC_TRUNC, creation, access);
    if (file->id < 0) {
        status = ana_hdf5_fail(ANA_ERR_IO, file, "/", "cannot be created");
    }
done:
    H5Pclose(access);
    H5Pclose(creation);
    return status;
}

ana_status ana_hdf5_create(const char *path, ana_hdf5 **out)
{
    ana_status status = ANA_OK;
    ana_hdf5_guard guard;
    ana_hdf5 *file = NULL;
    *out = NULL;
    ana_hdf5_enter(NULL, &guard);
    ANA_TRY(ana_allocate(1, sizeof *file, path, &file));
    file->id = -1;
    file->last_id = -1;
    file->n_owners = 1;
    file->writing = true;
    file->output.descriptor = -1;
    file->output.driver = -1;
    file->run = ana_run_default();
    ANA_TRY(ana_copy_text(path, &file->path));
    ANA_TRY(create(file));
    *out = file;
    file = NULL;
done:
    ana_hdf5_close_locked(file);
    ana_hdf5_leave(&guard);
    return status;
}

ana_status ana_hdf5_check_output(const ana_hdf5 *file)
{
    return file->output.error == 0
               ? ANA_OK
               : ana_fail_errno(file->path, "cannot be written", file->output.error);
}

ana_status ana_hdf5_finish(ana_hdf5 *file)
{
    ana_hdf5_guard guard;
    ana_status status = ANA_OK;
    ana_hdf5_enter(file, &guard);
    ana_hdf5_forget(file);
    if (H5Fclose(file->id) < 0) {
        status = ana_hdf5_fail(ANA_ERR_IO, file, "/", "cannot be closed");
    }
    file->id = -1;
    if (status == ANA_OK) {
        status = ana_hdf5_check_output(file);
    }
    ana_hdf5_close_locked(file);
    ana_hdf5_leave(&guard);
    return status;
}

ana_status ana_hdf5_make_group(ana_hdf5 *file, const char *path)
{
    ana_hdf5_guard guard;
    ana_status status = ANA_OK;
    ana_hdf5_enter(file, &guard);
    hid_t creation = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_obj_track_times(creation, false);
    H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    hid_t group = H5Gcreate2(file->id, path, H5P_DEFAULT, creation, H5P_DEFAULT);
    if (group < 0) {
        status = ana_hdf5_fail(ANA_ERR_IO, file, path, "cannot be made");
    }
    H5Gclose(group);
    H5Pclose(creation);
    ana_hdf5_leave(&guard);
    return status;
}

/* About 256 KiB a chunk, whole rows of the later axes where that fits. */
static void choose_chunk(const ana_hdf5_array *array, hsize_t *chunk)
{
    const size_t wanted = (size_t)1 << 18;
    size_t bytes = ana_sample_size(array->type);
    for (size_t i = array->n_axes; i-- > 0;) {
        size_t room = wanted / bytes > 0 ? wanted / bytes : 1;
        chunk[i] = array->n[i] < room ? array->n[i] : room;
        chunk[i] = chunk[i] > 0 ? chunk[i] : 1;
        bytes *= (size_t)chunk[i];
    }
}

/* A dataset of that shape; its id, or negative. */
static hid_t create_dataset(ana_hdf5 *file, const char *path, hid_t type, hid_t space,
                            const ana_hdf5_array *array)
{
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(creation, false);
    if (array != NULL && array->deflate > 0 && array->n_axes > 0) {
        hsize_t chunk[ANA_HDF5_MAX_AXES] = {0};
        choose_chunk(array, chunk);
        H5Pset_chunk(creation, (int)array->n_axes, chunk);
        H5Pset_shuffle(creation);
        H5Pset_deflate(creation, (unsigned)array->deflate);
    }
    hid_t id = H5Dcreate2(file->id, path, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    H5Pclose(creation);
    return id;
}

ana_status ana_hdf5_write(ana_hdf5 *file, const char *path, const ana_hdf5_array *array)
{
    ana_hdf5_guard guard;
    ana_status status = ANA_OK;
    ana_hdf5_enter(file, &guard);
    hid_t stored = stored_type(array);
    hid_t given = given_type(array);
    hid_t space = space_of(array->n_axes, array->n);
    hid_t id = create_dataset(file, path, stored, space, array);
    if (id < 0 || H5Dwrite(id, given, H5S_ALL, H5S_ALL, H5P_DEFAULT, array->values) < 0) {
        status = ana_hdf5_fail(ANA_ERR_IO, file, path, "cannot be written");
    } else {
        status = ana_hdf5_check_output(file);
    }
    H5Dclose(id);
    H5Sclose(space);
    H5Tclose(given);
    H5Tclose(stored);
    ana_hdf5_leave(&guard);
    return status;
}

ana_status ana_hdf5_dataset_create(ana_hdf5 *file, const char *path, const ana_hdf5_array *shape,
                                   ana_hdf5_dataset **out)
{
    ana_hdf5_guard guard;
    ana_status status = ANA_OK;
    *out = NULL;
    ana_hdf5_enter(file, &guard);
    hid_t stored = stored_type(shape);
    hid_t space = space_of(shape->n_axes, shape->n);
    hid_t id = create_dataset(file, path, stored, space, shape);
    if (id < 0) {
        status = ana_hdf5_fail(ANA_ERR_IO, file, path, "cannot be made");
    }
    H5Dclose(id);
    H5Sclose(space);
    H5Tclose(stored);
    ana_hdf5_leave(&guard);
    return status == ANA_OK ? ana_hdf5_dataset_open(file, path, out) : status;
}

/* Texts to an attribute of `object` (when not negative) or a new dataset. n_axes 0: a single one.
 */
static ana_status put_texts(ana_hdf5 *file, const char *path, hid_t object, const char *name,
                            size_t n_axes, size_t n, const char *const *texts)
{
    ana_status status = ANA_OK;
    const char **values = NULL;
    hid_t type = ana_hdf5_text_type();
    hid_t space = space_of(n_axes, &n);
    hid_t id = -1;
    ANA_TRY(ana_allocate(n, sizeof *values, path, &values));
    for (size_t i = 0; i < n; i++) {
        values[i] = texts[i] == NULL ? "" : texts[i];
    }
    herr_t failed = -1;
    if (object >= 0) {
        id = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
        failed = id < 0 ? -1 : H5Awrite(id, type, values);
        H5Aclose(id);
    } else {
        id = create_dataset(file, path, type, space, NULL);
        failed = id < 0 ? -1 : H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
        H5Dclose(id);
    }
    if (failed < 0) {
        status = ana_hdf5_fail(ANA_ERR_IO, file, path, "cannot be written");
    }
done:
    H5Sclose(space);
    H5Tclose(type);
    free(values);
    return status;
}

ana_status ana_hdf5_write_texts(ana_hdf5 *file, const char *path, size_t n,
                                const char *const *texts)
{
    ana_hdf5_guard guard;
    ana_hdf5_enter(file, &guard);
    ana_status status = put_texts(file, path, -1, NULL, 1, n, texts);
    ana_hdf5_leave(&guard);
    return status;
}

ana_status ana_hdf5_write_text(ana_hdf5 *file, const char *path, const char *text)
{
    ana_hdf5_guard guard;
    ana_hdf5_enter(file, &guard);
    ana_status status = put_texts(file, path, -1, NULL, 0, 1, &text);
    ana_hdf5_leave(&guard);
    return status;
}

static ana_status set_texts(ana_hdf5 *file, const char *path, const char *name, size_t n_axes,
                            size_t n, const char *const *texts)
{
    ana_hdf5_guard guard;
    ana_hdf5_object object;
    ana_hdf5_enter(file, &guard);
    ana_status status = ana_hdf5_require(file, path, ANA_HDF5_NOTHING, &object);
    if (status == ANA_OK) {
        status = put_texts(file, path, object.id, name, n_axes, n, texts);
    }
    ana_hdf5_leave(&guard);
    return status;
}

ana_status ana_hdf5_set_text(ana_hdf5 *file, const char *path, const char *name, const char *text)
{
    return set_texts(file, path, name, 0, 1, &text);
}

ana_status ana_hdf5_set_texts(ana_hdf5 *file, const char *path, const char *name, size_t n,
                              const char *const *texts)
{
    return set_texts(file, path, name, 1, n, texts);
}

/* Write an attribute of values in memory of type `given`. */
static ana_status put_attribute(ana_hdf5 *file, const char *path, const char *name, hid_t stored,
                                hid_t given, hid_t space, const void *values)
{
    ana_hdf5_object object;
    ana_status status = ana_hdf5_require(file, path, ANA_HDF5_NOTHING, &object);
    if (status != ANA_OK) {
        return status;
    }
    hid_t id = H5Acreate2(object.id, name, stored, space, H5P_DEFAULT, H5P_DEFAULT);
    if (id < 0 || H5Awrite(id, given, values) < 0) {
        status = ana_hdf5_fail(ANA_ERR_IO, file, path, "takes no attribute");
    }
    H5Aclose(id);
    return status;
}

ana_status ana_hdf5_set(ana_hdf5 *file, const char *path, const char *name,
                        const ana_hdf5_array *array)
{
    ana_hdf5_guard guard;
    ana_hdf5_enter(file, &guard);
    hid_t stored = stored_type(array);
    hid_t given = given_type(array);
    hid_t space = space_of(array->n_axes, array->n);
    ana_status status = put_attribute(file, path, name, stored, given, space, array->values);
    H5Sclose(space);
    H5Tclose(given);
    H5Tclose(stored);
    ana_hdf5_leave(&guard);
    return status;
}

ana_status ana_hdf5_set_reference(ana_hdf5 *file, const char *path, const char *name,
                                  const char *target)
{
    ana_hdf5_guard guard;
    ana_status status = ANA_OK;
    hobj_ref_t reference = 0;
    ana_hdf5_enter(file, &guard);
    hid_t space = H5Screate(H5S_SCALAR);
    if (H5Rcreate(&reference, file->id, target, H5R_OBJECT, -1) < 0) {
        status = ana_hdf5_fail(ANA_ERR_IO, file, target, "cannot be referred to");
    } else {
        status =
            put_attribute(file, path, name, H5T_STD_REF_OBJ, H5T_STD_REF_OBJ, space, &reference);
    }
    H5Sclose(space);
    ana_hdf5_leave(&guard);
    return status;
}

static ana_status make_references(ana_hdf5 *file, size_t n, const char *const *targets,
                                  hobj_ref_t *out)
{
    for (size_t i = 0; i < n; i++) {
        if (H5Rcreate(&out[i], file->id, targets[i], H5R_OBJECT, -1) < 0) {
            return ana_hdf5_fail(ANA_ERR_IO, file, targets[i], "cannot be referred to");
        }
    }
    return ANA_OK;
}

ana_status ana_hdf5_write_references(ana_hdf5 *file, const char *path, size_t n,
                                     const char *const *targets)
{
    ana_hdf5_guard guard;
    ana_status status = ANA_OK;
    hobj_ref_t *references = NULL;
    ana_hdf5_enter(file, &guard);
    hid_t space = space_of(1, &n);
    ANA_TRY(ana_allocate(n, sizeof *references, path, &references));
    ANA_TRY(make_references(file, n, targets, references));
    hid_t id = create_dataset(file, path, H5T_STD_REF_OBJ, space, NULL);
    if (id < 0 || H5Dwrite(id, H5T_STD_REF_OBJ, H5S_ALL, H5S_ALL, H5P_DEFAULT, references) < 0) {
        status = ana_hdf5_fail(ANA_ERR_IO, file, path, "cannot be written");
    }
    H5Dclose(id);
done:
    H5Sclose(space);
    free(references);
    ana_hdf5_leave(&guard);
    return status;
}

static size_t field_size(const ana_hdf5_field *field)
{
    return field->targets != NULL ? sizeof(hobj_ref_t) : ana_sample_size(field->type);
}

/* Write one member of every element; HDF5 leaves the others as they are. */
static ana_status write_field(ana_hdf5 *file, const char *path, hid_t id, size_t n,
                              const ana_hdf5_field *field)
{
    ana_status status = ANA_OK;
    hobj_ref_t *references = NULL;
    const void *values = field->values;
    hid_t member = field->targets != NULL ? H5Tcopy(H5T_STD_REF_OBJ)
                                          : H5Tcopy(ana_hdf5_native_type(field->type));
    hid_t type = H5Tcreate(H5T_COMPOUND, field_size(field));
    H5Tinsert(type, field->name, 0, member);
    if (field->targets != NULL) {
        ANA_TRY(ana_allocate(n, sizeof *references, path, &references));
        ANA_TRY(make_references(file, n, field->targets, references));
        values = references;
    }
    if (H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
        status = ana_hdf5_fail(ANA_ERR_IO, file, path, "cannot be written");
    }
done:
    H5Tclose(type);
    H5Tclose(member);
    free(references);
    return status;
}

ana_status ana_hdf5_write_compound(ana_hdf5 *file, const char *path, size_t n, size_t n_fields,
                                   const ana_hdf5_field *fields)
{
    ana_hdf5_guard guard;
    ana_status status = ANA_OK;
    size_t size = 0;
    for (size_t i = 0; i < n_fields; i++) {
        size += field_size(&fields[i]);
    }
    ana_hdf5_enter(file, &guard);
    hid_t space = space_of(1, &n);
    hid_t type = H5Tcreate(H5T_COMPOUND, size);
    size_t at = 0;
    for (size_t i = 0; i < n_fields; i++) {
        hid_t member = fields[i].targets != NULL
                           ? H5Tcopy(H5T_STD_REF_OBJ)
                           : stored_type(&(ana_hdf5_array){.type = fields[i].type});
        H5Tinsert(type, fields[i].name, at, member);
        at += field_size(&fields[i]);
        H5Tclose(member);
    }
    hid_t id = create_dataset(file, path, type, space, NULL);
    if (id < 0) {
        status = ana_hdf5_fail(ANA_ERR_IO, file, path, "cannot be made");
    }
    for (size_t i = 0; status == ANA_OK && n > 0 && i < n_fields; i++) {
        status = write_field(file, path, id, n, &fields[i]);
    }
    H5Dclose(id);
    H5Tclose(type);
    H5Sclose(space);
    ana_hdf5_leave(&guard);
    return status;
}

ana_status ana_hdf5_make_soft_link(ana_hdf5 *file, const char *path, const char *target)
{
    ana_hdf5_guard guard;
    ana_status status = ANA_OK;
    ana_hdf5_enter(file, &guard);
    if (H5Lcreate_soft(target, file->id, path, H5P_DEFAULT, H5P_DEFAULT) < 0) {
        status = ana_hdf5_fail(ANA_ERR_IO, file, path, "cannot be linked");
    }
    ana_hdf5_leave(&guard);
    return status;
}
