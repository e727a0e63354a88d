#include "hdf5_private.h"
#include "memory.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

/* An attribute stands in its object's header or a heap of the file, so it cannot be larger. */
static bool is_plausible(const ana_hdf5 *file, const ana_hdf5_info *info)
{
    return file->writing || info->n_elements <= file->size / info->type_size + 1;
}

ana_status ana_hdf5_attribute_open(const ana_hdf5_object *object, const char *path,
                                   const char *name, ana_hdf5_attribute *attribute,
                                   ana_hdf5_info *info)
{
    ana_status status = ANA_OK;
    hid_t space = -1;
    htri_t exists = H5Aexists(object->id, name);
    if (exists == 0) {
        return ANA_OK;
    }
    attribute->id = exists < 0 ? -1 : H5Aopen(object->id, name, H5P_DEFAULT);
    attribute->type = H5Aget_type(attribute->id);
    space = H5Aget_space(attribute->id);
    if (attribute->id < 0 || attribute->type < 0 || space < 0) {
        status = ana_hdf5_fail(ANA_ERR_FORMAT, object->file, path, "has a broken attribute");
        goto done;
    }
    ANA_TRY(ana_hdf5_describe_type(object->file, path, attribute->type, info));
    ANA_TRY(ana_hdf5_describe_space(object->file, path, space, info));
    if (!is_plausible(object->file, info)) {
        status = ana_fail(ANA_ERR_FORMAT,
                          "%s: %s: attribute \"%s\" claims %zu elements, more than the file holds",
                          object->file->path, path, name, info->n_elements);
    }
done:
    H5Sclose(space);
    return status;
}

void ana_hdf5_attribute_close(ana_hdf5_attribute *attribute)
{
    if (attribute->type >= 0) {
        H5Tclose(attribute->type);
    }
    if (attribute->id >= 0) {
        H5Aclose(attribute->id);
    }
}

/* What H5Aiterate is given. */
typedef struct gathering {
    ana_hdf5_texts *names;
    size_t capacity;
    ana_status status;
} gathering;

static herr_t gather_name(hid_t object, const char *name, const H5A_info_t *info, void *user)
{
    (void)object;
    (void)info;
    gathering *into = user;
    ana_hdf5_texts *names = into->names;
    into->status =
        ana_grow(&names->items, &into->capacity, names->n + 1, sizeof *names->items, "attributes");
    if (into->status == ANA_OK) {
        names->items[names->n] = NULL;
        into->status = ana_copy_text(name, &names->items[names->n++]);
    }
    return into->status == ANA_OK ? 0 : -1;
}

ana_status ana_hdf5_attribute_names(ana_hdf5 *file, const char *path, ana_hdf5_texts *out)
{
    ana_hdf5_guard guard;
    ana_hdf5_object object;
    gathering into = {.names = out};
    *out = (ana_hdf5_texts){0};
    ana_hdf5_enter(file, &guard);
    ana_status status = ana_hdf5_require(file, path, ANA_HDF5_NOTHING, &object);
    hsize_t from = 0;
    if (status == ANA_OK &&
        H5Aiterate2(object.id, H5_INDEX_NAME, H5_ITER_INC, &from, gather_name, &into) < 0) {
        ana_hdf5_texts_release(out);
        status = into.status != ANA_OK ? into.status
                                       : ana_hdf5_fail(ANA_ERR_FORMAT, file, path,
                                                       "has attributes that cannot be listed");
    }
    ana_hdf5_leave(&guard);
    return status;
}

ana_status ana_hdf5_describe_attribute(ana_hdf5 *file, const char *path, const char *name,
                                       bool *found, ana_hdf5_info *out)
{
    ana_hdf5_guard guard;
    ana_hdf5_object object;
    ana_hdf5_attribute attribute = {.id = -1, .type = -1};
    *out = (ana_hdf5_info){0};
    ana_hdf5_enter(file, &guard);
    ana_status status = ana_hdf5_require(file, path, ANA_HDF5_NOTHING, &object);
    if (status == ANA_OK) {
        status = ana_hdf5_attribute_open(&object, path, name, &attribute, out);
    }
    *found = attribute.id >= 0;
    ana_hdf5_attribute_close(&attribute);
    ana_hdf5_leave(&guard);
    return status;
}

/* All elements as doubles. HDF5 converts no enumeration, which h5py makes of booleans, to numbers:
 * these are read by their own type. */
static ana_status read_doubles(ana_hdf5 *file, const char *path,
                               const ana_hdf5_attribute *attribute, const ana_hdf5_info *info,
                               double *out)
{
    ana_status status = ANA_OK;
    void *stored = NULL;
    const bool of_enum = H5Tget_class(attribute->type) == H5T_ENUM;
    const size_t size = ana_sample_size(info->sample);
    hid_t wanted =
        of_enum ? H5Tget_native_type(attribute->type, H5T_DIR_DEFAULT) : H5Tcopy(H5T_NATIVE_DOUBLE);
    if (wanted < 0 || (of_enum && H5Tget_size(wanted) != size)) {
        status = ana_hdf5_fail(ANA_ERR_UNSUPPORTED, file, path, "has an attribute of an odd type");
        goto done;
    }
    if (of_enum) {
        ANA_TRY(ana_allocate(info->n_elements, size, path, &stored));
    }
    if (info->n_elements > 0 &&
        H5Aread(attribute->id, wanted, of_enum ? stored : (void *)out) < 0) {
        status = ana_hdf5_fail(ANA_ERR_FORMAT, file, path, "has an attribute that cannot be read");
        goto done;
    }
    if (of_enum) {
        ana_samples_to_double(info->sample, info->n_elements, stored, 1, 1.0, 0.0, out);
    }
done:
    H5Tclose(wanted);
    free(stored);
    return status;
}

/* All elements of an attribute of numbers or of references; *out is NULL when it is absent. */
static ana_status read_all(ana_hdf5 *file, const char *path, const char *name, bool references,
                           void *out, size_t *n)
{
    ana_status status = ANA_OK;
    ana_hdf5_object object;
    ana_hdf5_info info = {0};
    ana_hdf5_attribute attribute = {.id = -1, .type = -1};
    void *values = NULL;
    *n = 0;
    ANA_TRY(ana_hdf5_require(file, path, ANA_HDF5_NOTHING, &object));
    ANA_TRY(ana_hdf5_attribute_open(&object, path, name, &attribute, &info));
    if (attribute.id < 0) {
        goto done;
    }
    bool number = info.type_class == ANA_HDF5_INTEGER || info.type_class == ANA_HDF5_FLOAT ||
                  info.type_class == ANA_HDF5_BOOL;
    if (references ? info.type_class != ANA_HDF5_REFERENCE : !number) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: %s: attribute \"%s\" is not a %s", file->path, path,
                          name, references ? "reference" : "number");
        goto done;
    }
    ANA_TRY(ana_allocate(info.n_elements, sizeof(double), path, &values)); /* or an address */
    if (!references) {
        ANA_TRY(read_doubles(file, path, &attribute, &info, values));
    } else if (info.n_elements > 0 && H5Aread(attribute.id, H5T_STD_REF_OBJ, values) < 0) {
        status = ana_hdf5_fail(ANA_ERR_FORMAT, file, path, "has an attribute that cannot be read");
        goto done;
    }
    *n = info.n_elements;
    memcpy(out, &values, sizeof values);
    values = NULL;
done:
    ana_hdf5_attribute_close(&attribute);
    free(values);
    return status;
}

ana_status ana_hdf5_attribute_doubles(ana_hdf5 *file, const char *path, const char *name,
                                      double **out, size_t *n)
{
    ana_hdf5_guard guard;
    *out = NULL;
    ana_hdf5_enter(file, &guard);
    ana_status status = read_all(file, path, name, false, out, n);
    ana_hdf5_leave(&guard);
    return status;
}

ana_status ana_hdf5_attribute_double(ana_hdf5 *file, const char *path, const char *name,
                                     double *out)
{
    double *values = NULL;
    size_t n = 0;
    ana_status status = ana_hdf5_attribute_doubles(file, path, name, &values, &n);
    if (status == ANA_OK && n > 0) {
        *out = values[0];
    }
    free(values);
    return status;
}

ana_status ana_hdf5_attribute_reference(ana_hdf5 *file, const char *path, const char *name,
                                        uint64_t *out)
{
    ana_hdf5_guard guard;
    uint64_t *values = NULL;
    size_t n = 0;
    ana_hdf5_enter(file, &guard);
    ana_status status = read_all(file, path, name, true, &values, &n);
    if (status == ANA_OK && n > 0) {
        *out = values[0];
    }
    free(values);
    ana_hdf5_leave(&guard);
    return status;
}
