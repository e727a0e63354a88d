/* Plain arrays by location: file.npy, file.npz:key, file.h5:/path, and back to .npy or .csv. */
#include "array_folder.h"
#include "array_location.h"
#include "csv.h"
#include "file.h"
#include "hdf5_file.h"
#include "hdf5_matrix.h"
#include "mat.h"
#include "memory.h"
#include "npy.h"
#include "npz.h"
#include "safetensors.h"
#include "text.h"
#include "try.h"

#include <analysis/formats/array_io.h>

#include <stdlib.h>
#include <string.h>

static ana_status matrix_of_npy(const ana_file *file, const ana_npy *npy, const ana_run *run,
                                ana_matrix **out)
{
    static const char *const names[] = {"axis0", "axis1", "axis2", "axis3"};
    ana_status status = ana_npy_check_numbers(ana_file_name(file), npy);
    ana_matrix *matrix = NULL;
    if (status != ANA_OK) {
        return status;
    }
    if (npy->n_axes > ANA_MAX_AXES) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "%s: has %zu axes; at most %d are handled",
                        ana_file_name(file), npy->n_axes, ANA_MAX_AXES);
    }
    if (npy->n > SIZE_MAX / sizeof(double)) {
        return ana_fail(ANA_ERR_LIMIT, "%s: %zu values do not fit in memory", ana_file_name(file),
                        npy->n);
    }
    ANA_TRY(ana_run_check_memory(run, npy->n * sizeof(double), ana_file_name(file)));
    ANA_TRY(ana_matrix_new(npy->n_axes, names, npy->shape, &matrix));
    ANA_TRY(ana_npy_read_doubles(file, npy, run, matrix->values));
    *out = matrix;
    matrix = NULL;
done:
    ana_matrix_free(matrix);
    return status;
}

static ana_status read_npy(const char *path, const char *key, const ana_run *run, ana_matrix **out)
{
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    ana_npy npy = {0};
    if (key != NULL) {
        return ana_array_has_no_name(path, key);
    }
    ANA_TRY(ana_file_open(path, &file));
    ANA_TRY(ana_npy_open(file, 0, ana_file_size(file), &npy));
    ANA_TRY(matrix_of_npy(file, &npy, run, out));
done:
    ana_npy_release(&npy);
    ana_file_close(file);
    return status;
}

/* The only array of numbers among several; NULL: none, or more than one. Pickled objects and texts
 * are passed over. */
static ana_status find_numbers(ana_npz *npz, const ana_run *run, const ana_zip_entry **out)
{
    ana_status status = ANA_OK;
    size_t n = 0;
    for (size_t i = 0; i < npz->zip->n_entries; i++) {
        const ana_zip_entry *entry = &npz->zip->entries[i];
        ana_held_file *held = NULL;
        ana_npy npy = {0};
        status = ana_npz_array(npz, entry, run, &held, &npy);
        if (status == ANA_OK && npy.n_fields == 0 && npy.type.kind == ANA_NPY_NUMBER) {
            *out = entry;
            n++;
        }
        ana_npy_release(&npy);
        ana_held_file_free(held);
        if (status != ANA_OK && status != ANA_ERR_UNSUPPORTED) {
            return status;
        }
    }
    if (n != 1) {
        *out = NULL;
        return ANA_OK;
    }
    ana_warn(run, "%zu of %zu arrays are texts or objects, and are passed over",
             npz->zip->n_entries - 1, npz->zip->n_entries);
    return ANA_OK;
}

static ana_status read_npz(const char *path, const char *key, const ana_run *run, ana_matrix **out)
{
    ana_status status = ANA_OK;
    ana_npz npz = {0};
    ana_held_file *held = NULL;
    ana_npy npy = {0};
    ANA_TRY(ana_npz_open(path, &npz));
    const ana_zip_entry *entry = key != NULL               ? ana_npz_find(&npz, key)
                                 : npz.zip->n_entries == 1 ? npz.zip->entries
                                                           : NULL;
    if (key == NULL && npz.zip->n_entries > 1) {
        ANA_TRY(find_numbers(&npz, run, &entry));
    }
    if (entry == NULL) {
        status = ana_npz_fail_key(&npz, key);
        goto done;
    }
    ANA_TRY(ana_npz_array(&npz, entry, run, &held, &npy));
    ANA_TRY(matrix_of_npy(ana_held_file_get(held), &npy, run, out));
done:
    ana_npy_release(&npy);
    ana_held_file_free(held);
    ana_npz_close(&npz);
    return status;
}

static ana_status read_safetensors(const char *path, const char *key, const ana_run *run,
                                   ana_matrix **out)
{
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    ana_safetensors tensors = {0};
    const ana_tensor *tensor = NULL;
    ANA_TRY(ana_file_open(path, &file));
    ANA_TRY(ana_safetensors_open(file, &tensors));
    ANA_TRY(ana_safetensors_find(&tensors, path, key, &tensor));
    ANA_TRY(matrix_of_npy(file, &tensor->array, run, out));
done:
    ana_safetensors_release(&tensors);
    ana_file_close(file);
    return status;
}

static ana_status read_csv(const char *path, const char *key, const ana_run *run, ana_matrix **out)
{
    if (key != NULL) {
        return ana_fail(ANA_ERR_VALUE, "%s: is one table, without an array called %s", path, key);
    }
    return ana_csv_read_matrix(path, run, out);
}

/* "/a/b" is a path of HDF5, "a.b" a name of MATLAB. */
static ana_status read_mat73(const char *path, const char *key, const ana_run *run,
                             ana_matrix **out)
{
    return key != NULL && key[0] == '/' ? ana_hdf5_read_matrix(path, key, run, out)
                                        : ana_mat_read_matrix(path, key, run, out);
}

/* What looks like text, or like nothing that holds arrays, may be a recording. */
static ana_status check_is_no_recording(const char *path)
{
    ana_status status = ANA_OK;
    ana_format_score *scores = NULL;
    ANA_TRY(ana_allocate(ana_format_count(), sizeof *scores, "formats", &scores));
    ANA_TRY(ana_format_detect(path, scores));
    if (scores[0].score > 0 && strcmp(scores[0].name, "csv") != 0) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: is a recording (%s), not an array of numbers", path,
                          scores[0].name);
    }
done:
    free(scores);
    return status;
}

static ana_status read_kind(ana_array_kind kind, const char *path, const char *key,
                            const ana_run *run, ana_matrix **out)
{
    switch (kind) {
    case ANA_ARRAY_NPY:
        return read_npy(path, key, run, out);
    case ANA_ARRAY_NPZ:
        return read_npz(path, key, run, out);
    case ANA_ARRAY_SAFETENSORS:
        return read_safetensors(path, key, run, out);
    case ANA_ARRAY_MAT73:
        return read_mat73(path, key, run, out);
    case ANA_ARRAY_HDF5:
        return ana_hdf5_read_matrix(path, key, run, out);
    case ANA_ARRAY_MAT:
        return ana_mat_read_matrix(path, key, run, out);
    case ANA_ARRAY_TEXT:
        return read_csv(path, key, run, out);
    case ANA_ARRAY_OTHER:
        break;
    }
    return ana_fail(ANA_ERR_UNSUPPORTED,
                    "%s: byte 0: begins like none of the files that hold arrays (.npy, .npz, "
                    ".safetensors, .h5, .mat, .csv)",
                    path);
}

ana_status ana_matrix_read(const char *location, const ana_run *run, ana_matrix **out)
{
    ana_status status = ANA_OK;
    char *copy = NULL;
    const char *path = NULL;
    const char *key = NULL;
    ana_file *file = NULL;
    ana_array_kind kind = ANA_ARRAY_OTHER;
    ANA_TRY(ana_array_location_split(location, &copy, &path, &key));
    if (ana_is_folder(path)) {
        status = ana_array_folder_read(path, key, run, out);
        goto done;
    }
    ANA_TRY(ana_file_open(path, &file));
    ANA_TRY(ana_array_kind_of(file, &kind));
    if (kind == ANA_ARRAY_TEXT || kind == ANA_ARRAY_OTHER) {
        ANA_TRY(check_is_no_recording(path));
    }
    ANA_TRY(read_kind(kind, path, key, run, out));
done:
    ana_file_close(file);
    free(copy);
    return status;
}

static void append_row(ana_text *text, size_t n, const double *values)
{
    for (size_t c = 0; c < n; c++) {
        ana_text_append_double(text, values[c]);
        ana_text_append(text, c + 1 < n ? "," : "\n");
    }
}

/* Rows are the first axis; the labels of the second are the header, where there are some. */
static ana_status write_csv(const ana_matrix *matrix, const char *path)
{
    ana_status status = ANA_OK;
    ana_text line = {0};
    ana_atomic atomic = {0};
    if (matrix->n_axes > 2) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "%s: .csv holds at most 2 axes, not %zu", path,
                        matrix->n_axes);
    }
    size_t n_rows = matrix->n_axes > 0 ? matrix->axes[0].n : 1;
    size_t n_columns = matrix->n_axes > 1 ? matrix->axes[1].n : 1;
    char **labels = matrix->n_axes > 1 ? matrix->axes[1].labels : NULL;
    ANA_TRY(ana_atomic_open(path, &atomic));
    for (size_t c = 0; c < n_columns && labels != NULL; c++) {
        ana_csv_append_cell(&line, labels[c], ',');
        ana_text_append(&line, c + 1 < n_columns ? "," : "\n");
    }
    for (size_t r = 0; r < n_rows; r++) {
        append_row(&line, n_columns, matrix->values + r * n_columns);
        ANA_TRY(ana_text_check(&line, path));
        ANA_TRY(ana_atomic_write(&atomic, line.bytes, line.n));
        line.n = 0;
    }
    ANA_TRY(ana_atomic_commit(&atomic));
done:
    ana_atomic_discard(&atomic);
    ana_text_release(&line);
    return status;
}

ana_status ana_matrix_write(const ana_matrix *matrix, const char *path)
{
    if (ana_text_ends_with_ignoring_case(path, ".csv")) {
        return write_csv(matrix, path);
    }
    if (!ana_text_ends_with_ignoring_case(path, ".npy")) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "%s: a matrix is written as .npy or .csv", path);
    }
    size_t shape[ANA_MAX_AXES] = {0};
    for (size_t i = 0; i < matrix->n_axes; i++) {
        shape[i] = matrix->axes[i].n;
    }
    return ana_npy_save(path, ANA_FLOAT64, matrix->n_axes, shape, matrix->values);
}
