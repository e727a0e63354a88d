#include "support/reference_h5.h"

#include "support/check.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct h5_reference {
    hid_t file;
    char path[512];
};

/* A reference file is ours: what is wrong in it is a defect of the test, which then fails. */
static void need(bool holds, const h5_reference *file, const char *path, const char *what)
{
    if (!holds) {
        fail_msg("%s: %s: %s", file->path, path, what);
    }
}

static void *need_memory(size_t n, size_t size)
{
    void *memory = calloc(n > 0 ? n : 1, size);
    assert_non_null(memory);
    return memory;
}

h5_reference *h5_reference_open(const char *path)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t id = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (id < 0) {
        return NULL;
    }
    h5_reference *file = need_memory(1, sizeof *file);
    file->file = id;
    snprintf(file->path, sizeof file->path, "%s", path);
    return file;
}

void h5_reference_close(h5_reference *file)
{
    if (file != NULL) {
        H5Fclose(file->file);
        free(file);
    }
}

typedef struct listing {
    h5_names names;
    H5O_type_t type;
} listing;

static herr_t add_name(hid_t group, const char *name, const H5L_info_t *info, void *user)
{
    (void)info;
    listing *list = user;
    H5O_info_t object;
    if (H5Oget_info_by_name(group, name, &object, H5P_DEFAULT) < 0 || object.type != list->type) {
        return 0;
    }
    list->names.names[list->names.n] = strdup(name);
    assert_non_null(list->names.names[list->names.n]);
    list->names.n++;
    return 0;
}

h5_names h5_reference_list(const h5_reference *file, const char *group, h5_kind kind)
{
    hid_t id = H5Gopen2(file->file, group, H5P_DEFAULT);
    need(id >= 0, file, group, "no such group");
    H5G_info_t info;
    need(H5Gget_info(id, &info) >= 0, file, group, "cannot be listed");
    listing list = {.type = kind == H5_KIND_GROUP ? H5O_TYPE_GROUP : H5O_TYPE_DATASET};
    list.names.names = need_memory((size_t)info.nlinks, sizeof(char *));
    H5Literate(id, H5_INDEX_NAME, H5_ITER_INC, NULL, add_name, &list);
    H5Gclose(id);
    return list.names;
}

void h5_names_free(h5_names *names)
{
    for (size_t i = 0; i < names->n; i++) {
        free(names->names[i]);
    }
    free(names->names);
    *names = (h5_names){0};
}

static herr_t count_dataset(hid_t object, const char *name, const H5O_info_t *info, void *user)
{
    size_t *n = user;
    (void)object;
    (void)name;
    *n += info->type == H5O_TYPE_DATASET ? 1 : 0;
    return 0;
}

size_t h5_reference_count(const h5_reference *file)
{
    size_t n = 0;
    H5Ovisit(file->file, H5_INDEX_NAME, H5_ITER_INC, count_dataset, &n);
    return n;
}

bool h5_reference_has(const h5_reference *file, const char *path)
{
    hid_t id = H5Oopen(file->file, path, H5P_DEFAULT);
    if (id >= 0) {
        H5Oclose(id);
    }
    return id >= 0;
}

/* Opens a dataset and tells its shape; returns the number of elements. */
static size_t open_dataset(const h5_reference *file, const char *path, hid_t *dataset,
                           size_t *n_axes, size_t shape[H5_MAX_AXES])
{
    *dataset = H5Dopen2(file->file, path, H5P_DEFAULT);
    need(*dataset >= 0, file, path, "no such dataset");
    hid_t space = H5Dget_space(*dataset);
    hsize_t lengths[H5_MAX_AXES];
    int rank = H5Sget_simple_extent_ndims(space);
    need(rank >= 0 && rank <= H5_MAX_AXES, file, path, "has too many axes");
    H5Sget_simple_extent_dims(space, lengths, NULL);
    *n_axes = (size_t)rank;
    for (size_t i = 0; i < *n_axes; i++) {
        shape[i] = (size_t)lengths[i];
    }
    size_t n = (size_t)H5Sget_simple_extent_npoints(space);
    H5Sclose(space);
    return n;
}

/* h5py stores booleans as an enumeration of int8, which HDF5 does not turn into other numbers. */
static bool is_enumeration(hid_t dataset)
{
    hid_t type = H5Dget_type(dataset);
    bool enumeration = H5Tget_class(type) == H5T_ENUM;
    H5Tclose(type);
    return enumeration;
}

static herr_t read_enumeration(hid_t dataset, size_t n, double *values)
{
    hid_t type = H5Dget_type(dataset);
    size_t size = H5Tget_size(type);
    unsigned char *bytes = need_memory(n, size);
    herr_t result = H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes);
    for (size_t i = 0; i < n; i++) {
        values[i] = (double)bytes[i * size];
    }
    free(bytes);
    H5Tclose(type);
    return result;
}

/* h5py stores complex numbers as pairs "r", "i". */
static bool is_complex(hid_t dataset)
{
    hid_t type = H5Dget_type(dataset);
    bool pair = H5Tget_class(type) == H5T_COMPOUND && H5Tget_nmembers(type) == 2;
    H5Tclose(type);
    return pair;
}

static herr_t read_complex(hid_t dataset, double *values)
{
    hid_t type = H5Tcreate(H5T_COMPOUND, 2 * sizeof(double));
    H5Tinsert(type, "r", 0, H5T_NATIVE_DOUBLE);
    H5Tinsert(type, "i", sizeof(double), H5T_NATIVE_DOUBLE);
    herr_t result = H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Tclose(type);
    return result;
}

static herr_t read_doubles(hid_t dataset, h5_doubles *doubles)
{
    if (is_enumeration(dataset)) {
        return read_enumeration(dataset, doubles->n, doubles->values);
    }
    if (is_complex(dataset)) {
        return read_complex(dataset, doubles->values);
    }
    return H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, doubles->values);
}

h5_doubles h5_reference_doubles(const h5_reference *file, const char *path)
{
    h5_doubles doubles = {0};
    hid_t dataset = H5I_INVALID_HID;
    doubles.n = open_dataset(file, path, &dataset, &doubles.n_axes, doubles.shape);
    if (is_complex(dataset)) {
        doubles.shape[doubles.n_axes++] = 2;
        doubles.n *= 2;
    }
    doubles.values = need_memory(doubles.n, sizeof(double));
    need(read_doubles(dataset, &doubles) >= 0, file, path, "is not numeric");
    H5Dclose(dataset);
    return doubles;
}

void h5_doubles_free(h5_doubles *doubles)
{
    free(doubles->values);
    *doubles = (h5_doubles){0};
}

h5_ints h5_reference_ints(const h5_reference *file, const char *path)
{
    h5_ints ints = {0};
    hid_t dataset = H5I_INVALID_HID;
    ints.n = open_dataset(file, path, &dataset, &ints.n_axes, ints.shape);
    ints.values = need_memory(ints.n, sizeof(int64_t));
    need(H5Dread(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, ints.values) >= 0, file,
         path, "is not of integers");
    H5Dclose(dataset);
    return ints;
}

void h5_ints_free(h5_ints *ints)
{
    free(ints->values);
    *ints = (h5_ints){0};
}

static char *copy_bytes(const char *bytes, size_t n)
{
    char *text = need_memory(n + 1, 1);
    memcpy(text, bytes, strnlen(bytes, n));
    return text;
}

static herr_t read_variable(hid_t dataset, hid_t type, h5_names *texts)
{
    char **values = need_memory(texts->n, sizeof(char *));
    herr_t result = H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    for (size_t i = 0; i < texts->n && result >= 0; i++) {
        texts->names[i] = copy_bytes(values[i] ? values[i] : "", values[i] ? strlen(values[i]) : 0);
    }
    if (result >= 0) {
        hid_t space = H5Dget_space(dataset);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, values);
        H5Sclose(space);
    }
    free(values);
    return result;
}

static herr_t read_fixed(hid_t dataset, hid_t type, h5_names *texts)
{
    size_t size = H5Tget_size(type);
    char *bytes = need_memory(texts->n, size);
    herr_t result = H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes);
    for (size_t i = 0; i < texts->n && result >= 0; i++) {
        texts->names[i] = copy_bytes(bytes + i * size, size);
    }
    free(bytes);
    return result;
}

h5_names h5_reference_texts(const h5_reference *file, const char *path)
{
    h5_names texts = {0};
    hid_t dataset = H5I_INVALID_HID;
    size_t n_axes = 0;
    size_t shape[H5_MAX_AXES];
    texts.n = open_dataset(file, path, &dataset, &n_axes, shape);
    texts.names = need_memory(texts.n, sizeof(char *));
    hid_t type = H5Dget_type(dataset);
    need(H5Tget_class(type) == H5T_STRING, file, path, "is not of texts");
    herr_t result = H5Tis_variable_str(type) > 0 ? read_variable(dataset, type, &texts)
                                                 : read_fixed(dataset, type, &texts);
    need(result >= 0, file, path, "cannot be read");
    H5Tclose(type);
    H5Dclose(dataset);
    return texts;
}

static hid_t open_attribute(const h5_reference *file, const char *path, const char *name)
{
    if (H5Aexists_by_name(file->file, path, name, H5P_DEFAULT) <= 0) {
        return H5I_INVALID_HID;
    }
    return H5Aopen_by_name(file->file, path, name, H5P_DEFAULT, H5P_DEFAULT);
}

static size_t attribute_elements(hid_t attribute)
{
    hid_t space = H5Aget_space(attribute);
    size_t n = (size_t)H5Sget_simple_extent_npoints(space);
    H5Sclose(space);
    return n;
}

double h5_reference_attribute(const h5_reference *file, const char *path, const char *name,
                              double otherwise)
{
    hid_t attribute = open_attribute(file, path, name);
    if (attribute < 0) {
        return otherwise;
    }
    size_t n = attribute_elements(attribute);
    double *values = need_memory(n, sizeof(double));
    bool numeric = H5Aread(attribute, H5T_NATIVE_DOUBLE, values) >= 0 && n > 0;
    double value = numeric ? values[0] : otherwise;
    free(values);
    H5Aclose(attribute);
    return value;
}

bool h5_reference_attribute_text(const h5_reference *file, const char *path, const char *name,
                                 char *text, size_t size)
{
    text[0] = '\0';
    hid_t attribute = open_attribute(file, path, name);
    if (attribute < 0) {
        return false;
    }
    hid_t type = H5Aget_type(attribute);
    bool found = H5Tget_class(type) == H5T_STRING && attribute_elements(attribute) == 1;
    if (found && H5Tis_variable_str(type) > 0) {
        char *value = NULL;
        found = H5Aread(attribute, type, &value) >= 0 && value != NULL;
        snprintf(text, size, "%s", found ? value : "");
        H5free_memory(value);
    } else if (found) {
        size_t length = H5Tget_size(type);
        char *value = need_memory(length + 1, 1);
        found = H5Aread(attribute, type, value) >= 0;
        snprintf(text, size, "%s", value);
        free(value);
    }
    H5Tclose(type);
    H5Aclose(attribute);
    return found;
}
