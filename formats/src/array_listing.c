#include "array_folder.h"
#include "array_location.h"
#include "hdf5_matrix.h"
#include "hdf5_walk.h"
#include "mat.h"
#include "memory.h"
#include "npz.h"
#include "safetensors.h"
#include "text.h"
#include "try.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/array_listing.h>

#include <stdlib.h>
#include <string.h>

static void release(ana_array_listing *listing)
{
    for (size_t i = 0; i < listing->n; i++) {
        free(listing->arrays[i].name);
        free(listing->arrays[i].location);
    }
    free(listing->arrays);
}

void ana_array_listing_free(ana_array_listing *listing)
{
    if (listing != NULL) {
        release(listing);
        free(listing);
    }
}

/* One array more; `key` NULL: the file's only one. */
static ana_status add(ana_array_listing *listing, const char *path, const char *key,
                      const char *name, size_t n_axes, const size_t *shape)
{
    ana_text location = {0};
    if (n_axes > ANA_MAX_AXES) {
        listing->n_skipped++;
        return ANA_OK;
    }
    ana_status status = ana_grow(&listing->arrays, &listing->capacity, listing->n + 1,
                                 sizeof *listing->arrays, "list of arrays");
    if (status != ANA_OK) {
        return status;
    }
    ana_listed_array *array = &listing->arrays[listing->n++];
    *array = (ana_listed_array){.n_axes = n_axes};
    for (size_t i = 0; i < n_axes; i++) {
        array->shape[i] = shape[i];
    }
    ana_text_append(&location, path);
    ana_text_append(&location, key != NULL ? ":" : "");
    ana_text_append(&location, key != NULL ? key : "");
    status = ana_text_check(&location, "location of an array");
    if (status != ANA_OK) {
        ana_text_release(&location);
        return status;
    }
    array->location = location.bytes;
    return ana_copy_text(name, &array->name);
}

/* An array as .npy and its kin describe it. */
static ana_status add_npy(ana_array_listing *listing, const char *path, const char *key,
                          const char *name, const ana_npy *npy)
{
    if (npy->n_fields > 0 || npy->type.kind != ANA_NPY_NUMBER) {
        listing->n_skipped++;
        return ANA_OK;
    }
    return add(listing, path, key, name, npy->n_axes, npy->shape);
}

static ana_status list_npy(const char *path, const char *key, const ana_run *run,
                           ana_array_listing *listing)
{
    (void)run;
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    ana_npy npy = {0};
    char *stem = NULL;
    if (key != NULL) {
        return ana_array_has_no_name(path, key);
    }
    ANA_TRY(ana_file_open(path, &file));
    ANA_TRY(ana_npy_open(file, 0, ana_file_size(file), &npy));
    ANA_TRY(ana_file_stem(path, &stem));
    ANA_TRY(add_npy(listing, path, NULL, stem, &npy));
done:
    free(stem);
    ana_npy_release(&npy);
    ana_file_close(file);
    return status;
}

static ana_status list_entry(ana_npz *npz, const ana_zip_entry *entry, const char *path,
                             const ana_run *run, ana_array_listing *listing)
{
    ana_status status = ANA_OK;
    ana_held_file *held = NULL;
    ana_npy npy = {0};
    char *name = NULL;
    status = ana_npz_array(npz, entry, run, &held, &npy);
    if (status == ANA_ERR_UNSUPPORTED) { /* pickled objects */
        listing->n_skipped++;
        return ANA_OK;
    }
    ANA_TRY(status);
    ANA_TRY(ana_npz_key(entry, &name));
    ANA_TRY(add_npy(listing, path, name, name, &npy));
done:
    free(name);
    ana_npy_release(&npy);
    ana_held_file_free(held);
    return status;
}

static ana_status list_npz(const char *path, const char *key, const ana_run *run,
                           ana_array_listing *listing)
{
    ana_status status = ANA_OK;
    ana_npz npz = {0};
    ANA_TRY(ana_npz_open(path, &npz));
    if (key != NULL) {
        const ana_zip_entry *entry = ana_npz_find(&npz, key);
        status = entry != NULL ? list_entry(&npz, entry, path, run, listing)
                               : ana_npz_fail_key(&npz, key);
        goto done;
    }
    for (size_t i = 0; i < npz.zip->n_entries; i++) {
        if (ana_text_ends_with_ignoring_case(npz.zip->entries[i].name, ".npy")) {
            ANA_TRY(list_entry(&npz, &npz.zip->entries[i], path, run, listing));
        }
    }
done:
    ana_npz_close(&npz);
    return status;
}

static ana_status list_safetensors(const char *path, const char *key, const ana_run *run,
                                   ana_array_listing *listing)
{
    (void)run;
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    ana_safetensors tensors = {0};
    const ana_tensor *only = NULL;
    ANA_TRY(ana_file_open(path, &file));
    ANA_TRY(ana_safetensors_open(file, &tensors));
    if (key != NULL) {
        ANA_TRY(ana_safetensors_find(&tensors, path, key, &only));
    }
    for (size_t i = 0; i < tensors.n; i++) {
        const ana_tensor *tensor = &tensors.tensors[i];
        if (only == NULL || tensor == only) {
            ANA_TRY(add_npy(listing, path, tensor->name, tensor->name, &tensor->array));
        }
    }
done:
    ana_safetensors_release(&tensors);
    ana_file_close(file);
    return status;
}

/* Where the datasets of one file go. */
typedef struct hdf5_listing {
    const char *path;
    ana_array_listing *listing;
} hdf5_listing;

static ana_status add_dataset(void *user, const char *path, const ana_hdf5_info *info)
{
    const hdf5_listing *to = user;
    return add(to->listing, to->path, path, path, info->n_axes, info->n);
}

static ana_status list_hdf5(const char *path, const char *key, const ana_run *run,
                            ana_array_listing *listing)
{
    (void)run;
    ana_status status = ANA_OK;
    ana_hdf5 *file = NULL;
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ana_hdf5_info info;
    hdf5_listing to = {path, listing};
    ANA_TRY(ana_hdf5_open(path, NULL, &file));
    ANA_TRY(ana_hdf5_look(file, key != NULL ? key : "/", &kind));
    if (kind == ANA_HDF5_DATASET) {
        ANA_TRY(ana_hdf5_describe(file, key, &info));
        ANA_TRY(add_dataset(&to, key, &info));
    } else if (kind == ANA_HDF5_GROUP) {
        ANA_TRY(ana_hdf5_each_array(file, key != NULL ? key : "/", add_dataset, &to));
    } else {
        status = ana_fail(ANA_ERR_VALUE, "%s: there is no group or dataset \"%s\"", path, key);
    }
done:
    ana_hdf5_close(file);
    return status;
}

static ana_status list_mat(const char *path, const char *key, const ana_run *run,
                           ana_array_listing *listing)
{
    ana_status status = ANA_OK;
    ana_mat_file mat = {0};
    ANA_TRY(ana_mat_read(path, key, run, &mat));
    for (size_t i = 0; i < mat.n; i++) {
        const ana_mat_value *value = &mat.variables[i];
        const bool real = value->imaginary == NULL && value->class_of >= ANA_MAT_SPARSE &&
                          value->class_of <= ANA_MAT_UINT64;
        if (real) {
            ANA_TRY(add(listing, path, value->name, value->name, value->n_axes, value->shape));
        } else {
            listing->n_skipped++;
        }
    }
done:
    ana_mat_file_release(&mat);
    return status;
}

/* A file whose array can only be read to be known: text. */
static ana_status list_whole(const char *path, const char *key, const ana_run *run,
                             ana_array_listing *listing)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    char *stem = NULL;
    size_t shape[ANA_MAX_AXES] = {0};
    if (key != NULL) {
        return ana_array_has_no_name(path, key);
    }
    ANA_TRY(ana_matrix_read(path, run, &matrix));
    for (size_t i = 0; i < matrix->n_axes; i++) {
        shape[i] = matrix->axes[i].n;
    }
    ANA_TRY(ana_file_stem(path, &stem));
    ANA_TRY(add(listing, path, NULL, stem, matrix->n_axes, shape));
done:
    free(stem);
    ana_matrix_free(matrix);
    return status;
}

static ana_status list_file(const char *path, const char *key, const ana_run *run,
                            ana_array_listing *listing)
{
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    ana_array_kind kind = ANA_ARRAY_OTHER;
    ANA_TRY(ana_file_open(path, &file));
    ANA_TRY(ana_array_kind_of(file, &kind));
    switch (kind) {
    case ANA_ARRAY_NPY:
        status = list_npy(path, key, run, listing);
        break;
    case ANA_ARRAY_NPZ:
        status = list_npz(path, key, run, listing);
        break;
    case ANA_ARRAY_SAFETENSORS:
        status = list_safetensors(path, key, run, listing);
        break;
    case ANA_ARRAY_HDF5:
        status = list_hdf5(path, key, run, listing);
        break;
    case ANA_ARRAY_MAT:
    case ANA_ARRAY_MAT73:
        status = list_mat(path, key, run, listing);
        break;
    case ANA_ARRAY_TEXT:
    case ANA_ARRAY_OTHER:
        status = list_whole(path, key, run, listing);
        break;
    }
done:
    ana_file_close(file);
    return status;
}

/* The arrays of every file of the folder, called by the file and, where it has several, its own
 * name for them. */
static ana_status list_layers(const ana_folder_files *files, const ana_run *run,
                              ana_array_listing *listing)
{
    ana_status status = ANA_OK;
    char *stem = NULL;
    for (size_t i = 0; i < files->n; i++) {
        const size_t first = listing->n;
        ANA_TRY(list_file(files->paths[i], NULL, run, listing));
        ANA_TRY(ana_file_stem(files->paths[i], &stem));
        for (size_t k = first; k < listing->n; k++) {
            ana_text name = {0};
            const char *own = listing->arrays[k].name;
            ana_text_append(&name, stem);
            if (listing->n - first > 1) {
                ana_text_append(&name, "/");
                ana_text_append(&name, own);
            }
            ANA_TRY(ana_text_check(&name, "name of an array"));
            free(listing->arrays[k].name);
            listing->arrays[k].name = name.bytes;
        }
        free(stem);
        stem = NULL;
    }
done:
    free(stem);
    return status;
}

/* Whether every file has an array of that name. */
static ana_status all_have(const ana_folder_files *files, const char *name, bool *out)
{
    ana_status status = ANA_OK;
    *out = true;
    for (size_t i = 1; i < files->n && *out; i++) {
        ana_npz npz = {0};
        ANA_TRY(ana_npz_open(files->paths[i], &npz));
        *out = ana_npz_find(&npz, name) != NULL;
        ana_npz_close(&npz);
    }
done:
    return status;
}

/* One archive for each stimulus: what all of them hold, each with the files as its first axis. */
static ana_status list_stimuli(const char *folder, const ana_folder_files *files, const char *key,
                               const ana_run *run, ana_array_listing *listing)
{
    ana_status status = ANA_OK;
    ana_array_listing first = {0};
    ANA_TRY(list_npz(files->paths[0], key, run, &first));
    listing->n_skipped += first.n_skipped;
    for (size_t i = 0; i < first.n; i++) {
        bool shared = false;
        size_t shape[2] = {files->n, 1};
        for (size_t axis = 0; axis < first.arrays[i].n_axes; axis++) {
            shape[1] *= first.arrays[i].shape[axis]; /* bytes of the file stand behind them */
        }
        ANA_TRY(all_have(files, first.arrays[i].name, &shared));
        if (shared) {
            ANA_TRY(add(listing, folder, first.arrays[i].name, first.arrays[i].name, 2, shape));
        } else {
            listing->n_skipped++;
        }
    }
done:
    release(&first);
    return status;
}

static ana_status list_folder(const char *folder, const char *key, const ana_run *run,
                              ana_array_listing *listing)
{
    static const char *const endings[] = {".npy", ".safetensors"};
    ana_status status = ANA_OK;
    ana_folder_files files = {0};
    bool found = false;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0] && key == NULL; i++) {
        status = ana_folder_find(folder, endings[i], &files);
        if (status == ANA_OK) {
            found = true;
            ANA_TRY(list_layers(&files, run, listing));
            ana_folder_files_release(&files);
        } else if (status != ANA_ERR_VALUE) { /* that: no such file */
            goto done;
        }
    }
    status = ANA_OK;
    if (!found) {
        ANA_TRY(ana_folder_find(folder, ".npz", &files));
        ANA_TRY(list_stimuli(folder, &files, key, run, listing));
    }
done:
    ana_folder_files_release(&files);
    return status;
}

ana_status ana_array_listing_read(const char *location, const ana_run *run, ana_array_listing **out)
{
    ana_status status = ANA_OK;
    char *copy = NULL;
    const char *path = NULL;
    const char *key = NULL;
    ana_array_listing *listing = NULL;
    ANA_TRY(ana_allocate(1, sizeof *listing, location, &listing));
    ANA_TRY(ana_array_location_split(location, &copy, &path, &key));
    ANA_TRY(ana_is_folder(path) ? list_folder(path, key, run, listing)
                                : list_file(path, key, run, listing));
    if (listing->n == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "%s: holds no array of real numbers%s", location,
                         listing->n_skipped > 0 ? " of at most four axes" : ""));
    }
    *out = listing;
    listing = NULL;
done:
    free(copy);
    ana_array_listing_free(listing);
    return status;
}
