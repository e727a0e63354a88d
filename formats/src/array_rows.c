#include "array_location.h"
#include "checked.h"
#include "file.h"
#include "hdf5_file.h"
#include "hdf5_matrix.h"
#include "memory.h"
#include "npy.h"
#include "safetensors.h"
#include "try.h"

#include <analysis/formats/array_rows.h>

#include <stdlib.h>
#include <string.h>

struct ana_array_rows {
    char *name;
    size_t n_axes;
    size_t n[ANA_MAX_AXES];
    size_t n_rows;
    ana_sample_type sample;
    ana_file *file; /* of .npy and .safetensors */
    ana_npy npy;
    ana_hdf5_dataset *dataset;
};

void ana_array_rows_close(ana_array_rows *rows)
{
    if (rows == NULL) {
        return;
    }
    ana_npy_release(&rows->npy);
    ana_file_close(rows->file);
    ana_hdf5_dataset_close(rows->dataset);
    free(rows->name);
    free(rows);
}

size_t ana_array_rows_n_axes(const ana_array_rows *rows)
{
    return rows->n_axes;
}

size_t ana_array_rows_length(const ana_array_rows *rows, size_t axis)
{
    return rows->n[axis];
}

static ana_status set_shape(ana_array_rows *rows, size_t n_axes, const size_t *shape)
{
    if (n_axes == 0 || n_axes > ANA_MAX_AXES) {
        return ana_fail(ANA_ERR_SHAPE, "%s: has %zu axes; 1 to %d can be read by rows", rows->name,
                        n_axes, ANA_MAX_AXES);
    }
    rows->n_axes = n_axes;
    rows->n_rows = 1;
    for (size_t i = 0; i < n_axes; i++) {
        rows->n[i] = shape[i];
        if (i + 1 < n_axes && !ana_multiply(rows->n_rows, shape[i], &rows->n_rows)) {
            return ana_fail(ANA_ERR_SHAPE, "%s: has more rows than can be counted", rows->name);
        }
    }
    return rows->n[n_axes - 1] <= SIZE_MAX / sizeof(double) / (rows->n_rows > 0 ? rows->n_rows : 1)
               ? ANA_OK
               : ana_fail(ANA_ERR_SHAPE, "%s: has more values than can be counted", rows->name);
}

static ana_status refuse_parts(const char *path, const char *what)
{
    return ana_fail(ANA_ERR_UNSUPPORTED,
                    "%s: %s can only be read whole; in parts .npy (C order), "
                    ".safetensors and .h5 can",
                    path, what);
}

static ana_status open_npy(const char *path, const char *key, ana_array_rows *rows)
{
    ana_status status = ANA_OK;
    if (key != NULL) {
        return ana_array_has_no_name(path, key);
    }
    ANA_TRY(ana_npy_open(rows->file, 0, ana_file_size(rows->file), &rows->npy));
    ANA_TRY(ana_npy_check_numbers(path, &rows->npy));
    if (rows->npy.fortran && rows->npy.n_axes > 1) {
        ANA_TRY(refuse_parts(path, "an array in Fortran order"));
    }
    rows->sample = rows->npy.type.sample;
    ANA_TRY(set_shape(rows, rows->npy.n_axes, rows->npy.shape));
done:
    return status;
}

static ana_status open_safetensors(const char *path, const char *key, ana_array_rows *rows)
{
    ana_status status = ANA_OK;
    ana_safetensors tensors = {0};
    const ana_tensor *tensor = NULL;
    ANA_TRY(ana_safetensors_open(rows->file, &tensors));
    ANA_TRY(ana_safetensors_find(&tensors, path, key, &tensor));
    ANA_TRY(ana_npy_check_numbers(path, &tensor->array));
    rows->npy = tensor->array; /* plain: nothing of it is owned */
    rows->sample = rows->npy.type.sample;
    ANA_TRY(set_shape(rows, rows->npy.n_axes, rows->npy.shape));
done:
    ana_safetensors_release(&tensors);
    return status;
}

static ana_status open_hdf5(const char *path, const char *key, ana_array_rows *rows)
{
    ana_status status = ANA_OK;
    ana_hdf5 *file = NULL;
    char *only = NULL;
    ANA_TRY(ana_hdf5_open(path, NULL, &file));
    if (key == NULL) {
        ANA_TRY(ana_hdf5_find_only_array(file, &only));
    }
    ANA_TRY(ana_hdf5_dataset_open(file, key != NULL ? key : only, &rows->dataset));
    const ana_hdf5_info *info = ana_hdf5_dataset_info(rows->dataset);
    rows->sample = info->sample;
    ANA_TRY(set_shape(rows, info->n_axes, info->n));
done:
    free(only);
    ana_hdf5_close(file);
    return status;
}

ana_status ana_array_rows_open(const char *location, ana_array_rows **out)
{
    ana_status status = ANA_OK;
    char *copy = NULL;
    const char *path = NULL;
    const char *key = NULL;
    ana_array_rows *rows = NULL;
    ana_array_kind kind = ANA_ARRAY_OTHER;
    ANA_TRY(ana_array_location_split(location, &copy, &path, &key));
    ANA_TRY(ana_allocate(1, sizeof *rows, location, &rows));
    ANA_TRY(ana_copy_text(location, &rows->name));
    ANA_TRY(ana_file_open(path, &rows->file));
    ANA_TRY(ana_array_kind_of(rows->file, &kind));
    if (kind == ANA_ARRAY_NPY) {
        ANA_TRY(open_npy(path, key, rows));
    } else if (kind == ANA_ARRAY_SAFETENSORS) {
        ANA_TRY(open_safetensors(path, key, rows));
    } else if (kind == ANA_ARRAY_HDF5) {
        ANA_TRY(open_hdf5(path, key, rows));
    } else {
        ANA_TRY(refuse_parts(path, "this kind of file"));
    }
    *out = rows;
    rows = NULL;
done:
    ana_array_rows_close(rows);
    free(copy);
    return status;
}

/* `n` elements of the file from number `first` on, widened. */
static ana_status read_elements(const ana_array_rows *rows, size_t first, size_t n, double *values)
{
    ana_npy part = rows->npy;
    part.n_axes = 1;
    part.shape[0] = n;
    part.n = n;
    part.n_bytes = n * part.type.size;
    part.data += (uint64_t)first * part.type.size;
    return ana_npy_read_doubles(rows->file, &part, NULL, values);
}

static ana_status read_npy(const ana_array_rows *rows, const ana_array_part *part, double *values)
{
    ana_status status = ANA_OK;
    const size_t n_last = rows->n[rows->n_axes - 1];
    if (part->n_columns == n_last) {
        return read_elements(rows, part->first * n_last, part->n * n_last, values);
    }
    for (size_t i = 0; i < part->n; i++) {
        ANA_TRY(read_elements(rows, (part->first + i) * n_last + part->first_column,
                              part->n_columns, values + i * part->n_columns));
    }
done:
    return status;
}

/* A box of the dataset, whose rows do not cross the axes before the last two. */
static ana_status read_box(const ana_array_rows *rows, const ana_array_part *part, void *stored)
{
    size_t start[ANA_HDF5_MAX_AXES] = {0};
    size_t count[ANA_HDF5_MAX_AXES] = {0};
    size_t rest = part->first;
    for (size_t i = rows->n_axes; i-- > 0;) {
        const bool is_last = i + 1 == rows->n_axes;
        start[i] = is_last ? part->first_column : rest % rows->n[i];
        count[i] = is_last ? part->n_columns : i + 2 == rows->n_axes ? part->n : 1;
        rest = is_last ? rest : rest / rows->n[i];
    }
    return ana_hdf5_dataset_read(rows->dataset, start, count, stored);
}

static ana_status read_hdf5(const ana_array_rows *rows, const ana_array_part *part, double *values)
{
    ana_status status = ANA_OK;
    void *stored = NULL;
    const size_t n_columns = part->n_columns;
    const size_t n_inner = rows->n_axes > 1 ? rows->n[rows->n_axes - 2] : 1;
    const size_t size = ana_sample_size(rows->sample);
    const size_t most = part->n < n_inner ? part->n : n_inner;
    ANA_TRY(ana_allocate(most * n_columns, size, rows->name, &stored));
    for (size_t done = 0; done < part->n;) {
        const size_t left = n_inner - (part->first + done) % n_inner;
        ana_array_part box = *part;
        box.first = part->first + done;
        box.n = part->n - done < left ? part->n - done : left;
        ANA_TRY(read_box(rows, &box, stored));
        ana_samples_to_double(rows->sample, box.n * n_columns, stored, 1, 1.0, 0.0,
                              values + done * n_columns);
        done += box.n;
    }
done:
    free(stored);
    return status;
}

ana_status ana_array_rows_read_part(const ana_array_rows *rows, const ana_array_part *part,
                                    double *values)
{
    const size_t n_last = rows->n[rows->n_axes - 1];
    if (part->n == 0 || part->first > rows->n_rows || part->n > rows->n_rows - part->first) {
        return ana_fail(ANA_ERR_SHAPE, "%s: has %zu rows; %zu from row %zu on are wanted",
                        rows->name, rows->n_rows, part->n, part->first);
    }
    if (part->first_column > n_last || part->n_columns > n_last - part->first_column) {
        return ana_fail(ANA_ERR_SHAPE, "%s: has %zu columns; %zu from column %zu on are wanted",
                        rows->name, n_last, part->n_columns, part->first_column);
    }
    return rows->dataset != NULL ? read_hdf5(rows, part, values) : read_npy(rows, part, values);
}

ana_status ana_array_rows_read(const ana_array_rows *rows, size_t first, size_t n, double *values)
{
    const ana_array_part all = {
        .first = first, .n = n, .first_column = 0, .n_columns = rows->n[rows->n_axes - 1]};
    return ana_array_rows_read_part(rows, &all, values);
}
