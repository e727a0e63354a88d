/* One object of a MAT file of version 7.3 as a value; what it holds is left to be read. */
#include "checked.h"
#include "mat73.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

static ana_status wrong(const ana_mat73 *mat, const char *path, const char *what)
{
    return ana_fail(ANA_ERR_FORMAT, "%s: %s: %s", ana_hdf5_path(mat->file), path, what);
}

/* The class of that name; what MATLAB alone understands is OPAQUE. */
static ana_mat_class class_named(const char *name)
{
    static const char *const names[] = {"cell",   "struct", "",       "char",  "",
                                        "double", "single", "int8",   "uint8", "int16",
                                        "uint16", "int32",  "uint32", "int64", "uint64"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i][0] != '\0' && strcmp(names[i], name) == 0) {
            return (ana_mat_class)(i + 1);
        }
    }
    return strcmp(name, "logical") == 0           ? (ana_mat_class)(ANA_MAT_INT8 + 1)
           : strcmp(name, "canonical empty") == 0 ? ANA_MAT_DOUBLE
                                                  : ANA_MAT_OPAQUE;
}

/* Of a dataset that MATLAB did not mark: by the type of its numbers. */
static ana_mat_class class_of_numbers(const ana_hdf5_info *info)
{
    if (info->type_class != ANA_HDF5_INTEGER && info->type_class != ANA_HDF5_FLOAT &&
        info->type_class != ANA_HDF5_BOOL) {
        return ANA_MAT_OPAQUE;
    }
    return info->sample == ANA_FLOAT64   ? ANA_MAT_DOUBLE
           : info->sample == ANA_FLOAT32 ? ANA_MAT_SINGLE
                                         : class_named(ana_sample_type_name(info->sample));
}

static ana_status find_class(ana_mat73 *mat, const char *path, const ana_hdf5_info *info,
                             ana_mat_value *value)
{
    ana_status status = ANA_OK;
    char *name = NULL;
    bool found = false;
    ana_hdf5_info of_attribute;
    ANA_TRY(ana_hdf5_attribute_text(mat->file, path, "MATLAB_class", &name));
    ANA_TRY(ana_hdf5_describe_attribute(mat->file, path, "MATLAB_object_decode", &found,
                                        &of_attribute));
    if (found) {
        value->class_of = ANA_MAT_OPAQUE;
    } else if (name != NULL) {
        value->class_of = class_named(name);
        value->logical = strcmp(name, "logical") == 0;
    } else {
        value->class_of = info != NULL ? class_of_numbers(info) : ANA_MAT_STRUCT;
    }
done:
    free(name);
    return status;
}

/* MATLAB's axes are the file's in reverse; it has two at least. */
static void set_shape(const ana_hdf5_info *info, ana_mat_value *value)
{
    value->n_axes = info->n_axes < 2 ? 2 : info->n_axes;
    value->shape[0] = 1;
    value->shape[1] = 1;
    for (size_t i = 0; i < info->n_axes; i++) {
        value->shape[value->n_axes - 1 - i] = info->n[i];
    }
    value->n = info->n_elements;
}

/* An empty array holds its shape. */
static ana_status read_empty(ana_mat73 *mat, const char *path, ana_mat_value *value)
{
    int64_t *sizes = NULL;
    size_t n = 0;
    bool any_zero = false;
    ana_status status = ana_hdf5_read_ints(mat->file, path, NULL, &sizes, &n);
    bool fits = status == ANA_OK && n >= 1 && n <= ANA_MAT_MAX_AXES;
    value->n_axes = fits ? n : 0;
    for (size_t i = 0; fits && i < n; i++) {
        fits = sizes[i] >= 0 && sizes[i] < INT32_MAX;
        any_zero = any_zero || sizes[i] == 0;
        value->shape[i] = fits ? (size_t)sizes[i] : 0;
    }
    free(sizes);
    if (status == ANA_OK && (!fits || !any_zero)) {
        status = wrong(mat, path, "is called empty, but its sizes are not");
    }
    return status;
}

static ana_status count(ana_mat73 *mat, const ana_hdf5_info *info, size_t size)
{
    return ana_mat_count(mat->reader, info->n_elements, size);
}

/* Pairs of a real and an imaginary part, as doubles. */
static ana_status read_complex(ana_mat73 *mat, const char *path, const ana_hdf5_info *info,
                               ana_mat_value *value)
{
    ana_status status = ANA_OK;
    ana_hdf5_info field;
    double *real = NULL;
    double *imaginary = NULL;
    size_t n = 0;
    ANA_TRY(ana_hdf5_describe_field(mat->file, path, "imag", &field));
    if (field.type_class != ANA_HDF5_FLOAT && field.type_class != ANA_HDF5_INTEGER) {
        status = wrong(mat, path, "holds records without a part \"imag\", where numbers should be");
        goto done;
    }
    ANA_TRY(count(mat, info, 2 * sizeof *real));
    ANA_TRY(ana_hdf5_read_doubles(mat->file, path, "real", &real, &n));
    ANA_TRY(ana_hdf5_read_doubles(mat->file, path, "imag", &imaginary, &n));
    value->stored = ANA_FLOAT64;
    value->n_stored = n;
    value->real = real;
    value->imaginary = imaginary;
    real = NULL;
    imaginary = NULL;
done:
    free(real);
    free(imaginary);
    return status;
}

/* All numbers of a dataset as they are stored. */
static ana_status read_numbers(ana_mat73 *mat, const char *path, ana_mat_value *value)
{
    ana_status status = ANA_OK;
    ana_hdf5_info info;
    ana_hdf5_dataset *dataset = NULL;
    void *numbers = NULL;
    const size_t start[ANA_HDF5_MAX_AXES] = {0};
    ANA_TRY(ana_hdf5_describe(mat->file, path, &info));
    if (info.type_class == ANA_HDF5_COMPOUND) {
        return read_complex(mat, path, &info, value);
    }
    ANA_TRY(ana_hdf5_dataset_open(mat->file, path, &dataset));
    ANA_TRY(count(mat, &info, ana_sample_size(info.sample)));
    ANA_TRY(ana_allocate(info.n_elements, ana_sample_size(info.sample), path, &numbers));
    if (info.n_elements > 0) {
        ANA_TRY(ana_hdf5_dataset_read(dataset, start, info.n, numbers));
    }
    value->stored = info.sample;
    value->n_stored = info.n_elements;
    value->real = numbers;
    numbers = NULL;
done:
    free(numbers);
    ana_hdf5_dataset_close(dataset);
    return status;
}

/* Text in units of UTF-16. */
static ana_status read_chars(ana_mat73 *mat, const char *path, ana_mat_value *value)
{
    ana_status status = ANA_OK;
    int64_t *codes = NULL;
    uint16_t *units = NULL;
    size_t n = 0;
    ANA_TRY(ana_mat_count(mat->reader, value->n, sizeof *codes + sizeof *units));
    ANA_TRY(ana_hdf5_read_ints(mat->file, path, NULL, &codes, &n));
    ANA_TRY(ana_allocate(n, sizeof *units, path, &units));
    for (size_t i = 0; i < n; i++) {
        if (codes[i] < 0 || codes[i] > UINT16_MAX) {
            status = wrong(mat, path, "holds numbers that are no characters");
            goto done;
        }
        units[i] = (uint16_t)codes[i];
    }
    ANA_TRY(ana_mat_set_lines(mat->reader, value, units));
done:
    free(codes);
    free(units);
    return status;
}

static ana_status read_cells(ana_mat73 *mat, const ana_mat73_task *task)
{
    ana_mat_value *value = task->value;
    uint64_t *addresses = NULL;
    size_t n = 0;
    ana_status status = ana_hdf5_read_references(mat->file, task->path, NULL, &addresses, &n);
    if (status == ANA_OK) {
        status = ana_mat73_add_children(mat, task, n);
    }
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        status = ana_mat73_push_reference(mat, task, addresses[i], &value->children[i]);
    }
    free(addresses);
    return status;
}

static ana_status read_dataset(ana_mat73 *mat, const ana_mat73_task *task)
{
    ana_status status = ANA_OK;
    ana_mat_value *value = task->value;
    ana_hdf5_info info;
    double empty = 0.0;
    ANA_TRY(ana_hdf5_describe(mat->file, task->path, &info));
    ANA_TRY(find_class(mat, task->path, &info, value));
    ANA_TRY(ana_hdf5_attribute_double(mat->file, task->path, "MATLAB_empty", &empty));
    if (value->class_of == ANA_MAT_OPAQUE) {
        goto done;
    }
    if (empty != 0.0 || info.is_null) {
        status = info.is_null ? ANA_OK : read_empty(mat, task->path, value);
        goto done;
    }
    set_shape(&info, value);
    if (value->class_of == ANA_MAT_CELL) {
        status = read_cells(mat, task);
    } else if (value->class_of == ANA_MAT_CHAR) {
        status = read_chars(mat, task->path, value);
    } else if (value->class_of == ANA_MAT_STRUCT) {
        status = wrong(mat, task->path, "is called a struct, but is no group");
    } else {
        status = read_numbers(mat, task->path, value);
    }
done:
    return status;
}

/* path + "/" + name */
static ana_status join(const char *path, const char *name, ana_text *out)
{
    out->n = 0;
    ana_text_append(out, path);
    ana_text_append(out, "/");
    ana_text_append(out, name);
    return ana_text_check(out, "path");
}

/* Columns must start in ascending order, rows must lie in the matrix. */
static ana_status check_sparse(const ana_mat73 *mat, const char *path, const ana_mat_value *value,
                               size_t n_rows)
{
    const size_t n_columns = value->shape[1];
    bool good = value->starts[0] == 0 && value->starts[n_columns] == (int64_t)value->n_stored;
    for (size_t c = 0; good && c < n_columns; c++) {
        good = value->starts[c] <= value->starts[c + 1];
    }
    good = good && n_rows == value->n_stored;
    for (size_t i = 0; good && i < n_rows; i++) {
        good = value->rows[i] >= 0 && (uint64_t)value->rows[i] < value->shape[0];
    }
    return good ? ANA_OK : wrong(mat, path, "ir and jc are not those of a sparse matrix");
}

/* "ir" and "data" are not there when all is zero. */
static ana_status read_sparse(ana_mat73 *mat, const char *path, ana_mat_value *value)
{
    ana_status status = ANA_OK;
    ana_text part = {0};
    double n_rows = -1.0;
    size_t n_starts = 0;
    size_t n_indices = 0;
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ANA_TRY(ana_hdf5_attribute_double(mat->file, path, "MATLAB_sparse", &n_rows));
    ANA_TRY(join(path, "jc", &part));
    ANA_TRY(ana_hdf5_read_ints(mat->file, part.bytes, NULL, &value->starts, &n_starts));
    if (!(n_rows >= 0.0 && n_rows < 9007199254740992.0) || n_starts == 0 ||
        !ana_multiply((size_t)n_rows, n_starts - 1, &value->n)) {
        status = wrong(mat, path, "has no size of a sparse matrix");
        goto done;
    }
    value->n_axes = 2;
    value->shape[0] = (size_t)n_rows;
    value->shape[1] = n_starts - 1;
    ANA_TRY(join(path, "data", &part));
    ANA_TRY(ana_hdf5_look(mat->file, part.bytes, &kind));
    if (kind == ANA_HDF5_NOTHING) {
        value->stored = ANA_FLOAT64;
        ANA_TRY(ana_allocate(0, sizeof(double), path, &value->real));
    } else {
        ANA_TRY(read_numbers(mat, part.bytes, value));
        ANA_TRY(join(path, "ir", &part));
        ANA_TRY(ana_hdf5_read_ints(mat->file, part.bytes, NULL, &value->rows, &n_indices));
    }
    value->class_of = ANA_MAT_SPARSE;
    ANA_TRY(check_sparse(mat, path, value, n_indices));
done:
    ana_text_release(&part);
    return status;
}

static ana_status set_fields(const ana_mat73 *mat, const char *path, const ana_hdf5_links *links,
                             ana_mat_value *value)
{
    if (links->n > ANA_MAT_MAX_FIELDS) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "%s: %s: %zu fields; at most %d are read",
                        ana_hdf5_path(mat->file), path, links->n, ANA_MAT_MAX_FIELDS);
    }
    ana_status status = ana_allocate(links->n, sizeof *value->fields, path, &value->fields);
    if (status != ANA_OK) {
        return status;
    }
    value->n_fields = links->n;
    for (size_t f = 0; f < links->n && status == ANA_OK; f++) {
        const char *name = links->items[f].name;
        status = ana_text_to_utf8(name, strlen(name), &value->fields[f]);
    }
    return status;
}

/* Whether the field at `path` holds references to one value for each struct of an array. */
static ana_status is_of_array(ana_mat73 *mat, const char *path, bool *out, ana_hdf5_info *info)
{
    ana_status status = ANA_OK;
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    char *name = NULL;
    *out = false;
    ANA_TRY(ana_hdf5_look(mat->file, path, &kind));
    if (kind == ANA_HDF5_DATASET) {
        ANA_TRY(ana_hdf5_describe(mat->file, path, info));
        ANA_TRY(ana_hdf5_attribute_text(mat->file, path, "MATLAB_class", &name));
        *out = info->type_class == ANA_HDF5_REFERENCE && name == NULL;
    }
done:
    free(name);
    return status;
}

/* Field f of every struct of the array. */
static ana_status push_column(ana_mat73 *mat, const ana_mat73_task *task, const char *path,
                              size_t f)
{
    ana_status status = ANA_OK;
    ana_mat_value *value = task->value;
    ana_hdf5_info info;
    bool of_array = false;
    uint64_t *addresses = NULL;
    size_t n = 0;
    ANA_TRY(is_of_array(mat, path, &of_array, &info));
    if (!of_array || (f > 0 && info.n_elements != value->n)) {
        status = wrong(mat, path, "is no field of an array of structs, as those before it are");
        goto done;
    }
    if (f == 0) {
        size_t n_children = 0;
        set_shape(&info, value);
        if (!ana_multiply(value->n, value->n_fields, &n_children)) {
            n_children = SIZE_MAX; /* more than are allowed */
        }
        ANA_TRY(ana_mat73_add_children(mat, task, n_children));
    }
    ANA_TRY(ana_hdf5_read_references(mat->file, path, NULL, &addresses, &n));
    for (size_t i = 0; i < n; i++) {
        ana_mat_value *child = &value->children[i * value->n_fields + f];
        ANA_TRY(ana_mat73_push_reference(mat, task, addresses[i], child));
    }
done:
    free(addresses);
    return status;
}

static ana_status read_struct(ana_mat73 *mat, const ana_mat73_task *task)
{
    ana_status status = ANA_OK;
    ana_mat_value *value = task->value;
    ana_hdf5_links links = {0};
    ana_hdf5_info info;
    ana_text path = {0};
    bool of_array = false;
    ANA_TRY(ana_hdf5_list(mat->file, task->path, &links));
    ANA_TRY(set_fields(mat, task->path, &links, value));
    if (links.n > 0) {
        ANA_TRY(join(task->path, links.items[0].name, &path));
        ANA_TRY(is_of_array(mat, path.bytes, &of_array, &info));
    }
    for (size_t f = 0; of_array && f < links.n; f++) {
        ANA_TRY(join(task->path, links.items[f].name, &path));
        ANA_TRY(push_column(mat, task, path.bytes, f));
    }
    if (!of_array) {
        value->n_axes = 2;
        value->shape[0] = 1;
        value->shape[1] = 1;
        value->n = 1;
        ANA_TRY(ana_mat73_add_children(mat, task, links.n));
    }
    for (size_t f = links.n; !of_array && f-- > 0;) {
        ANA_TRY(ana_mat73_push(mat, task, &value->children[f], links.items[f].name));
    }
done:
    ana_text_release(&path);
    ana_hdf5_links_release(&links);
    return status;
}

static ana_status read_group(ana_mat73 *mat, const ana_mat73_task *task)
{
    ana_hdf5_info info;
    bool sparse = false;
    ana_status status = find_class(mat, task->path, NULL, task->value);
    if (status == ANA_OK) {
        status =
            ana_hdf5_describe_attribute(mat->file, task->path, "MATLAB_sparse", &sparse, &info);
    }
    if (status == ANA_OK && sparse) {
        return read_sparse(mat, task->path, task->value);
    }
    if (status == ANA_OK && task->value->class_of == ANA_MAT_STRUCT) {
        return read_struct(mat, task);
    }
    task->value->class_of = ANA_MAT_OPAQUE;
    return status;
}

ana_status ana_mat73_read_value(ana_mat73 *mat, const ana_mat73_task *task)
{
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ana_status status = ana_hdf5_look(mat->file, task->path, &kind);
    if (status != ANA_OK) {
        return status;
    }
    switch (kind) {
    case ANA_HDF5_GROUP:
        return read_group(mat, task);
    case ANA_HDF5_DATASET:
        return read_dataset(mat, task);
    case ANA_HDF5_NOTHING:
    case ANA_HDF5_NAMED_TYPE:
    default:
        break;
    }
    task->value->class_of = ANA_MAT_OPAQUE;
    return ANA_OK;
}
