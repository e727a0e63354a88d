#include "hdf5_matrix.h"

#include "hdf5_walk.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

/* Datasets named in a sentence. */
static const size_t max_listed = 12;

/* A walk that stops at numeric datasets. */
typedef struct array_search {
    ana_hdf5 *file;
    ana_hdf5_array_visitor visitor;
    void *user;
} array_search;

static bool holds_numbers(const ana_hdf5_info *info)
{
    return info->type_class == ANA_HDF5_INTEGER || info->type_class == ANA_HDF5_FLOAT ||
           info->type_class == ANA_HDF5_BOOL;
}

/* "/counts (1200 x 35)"; shapes as they are stored. */
static void append_array(ana_text *names, const char *path, const ana_hdf5_info *info)
{
    ana_text_printf(names, "%s%s (", names->n > 0 ? ", " : "", path);
    for (size_t i = 0; i < info->n_axes; i++) {
        ana_text_printf(names, "%s%zu", i > 0 ? " x " : "", info->n[i]);
    }
    ana_text_append(names, info->n_axes > 0 ? ")" : "one number)");
}

static ana_status visit_link(void *user, ana_hdf5_visit *visit)
{
    array_search *search = user;
    ana_hdf5_info info;
    /* What MATLAB refers to from cells stands in "#refs#". */
    visit->enter = visit->enter && visit->link->name[0] != '#';
    if (visit->kind != ANA_HDF5_DATASET || visit->seen_before) {
        return ANA_OK;
    }
    ana_status status = ana_hdf5_describe(search->file, visit->path, &info);
    if (status != ANA_OK || !holds_numbers(&info)) {
        return status == ANA_ERR_MEMORY ? status : ANA_OK;
    }
    return search->visitor(search->user, visit->path, &info);
}

ana_status ana_hdf5_each_array(ana_hdf5 *file, const char *group, ana_hdf5_array_visitor visitor,
                               void *user)
{
    array_search search = {.file = file, .visitor = visitor, .user = user};
    return ana_hdf5_walk(file, group, visit_link, &search);
}

static ana_status note_array(void *user, const char *path, const ana_hdf5_info *info)
{
    ana_hdf5_arrays *found = user;
    if (info->n_axes > ANA_MAX_AXES) {
        return ANA_OK;
    }
    if (found->n++ < max_listed) {
        append_array(&found->names, path, info);
    }
    return found->first == NULL ? ana_copy_text(path, &found->first) : ANA_OK;
}

ana_status ana_hdf5_find_arrays(ana_hdf5 *file, ana_hdf5_arrays *out)
{
    ana_status status = ana_hdf5_each_array(file, "/", note_array, out);
    if (status != ANA_OK) {
        return status;
    }
    ana_text_append(&out->names, out->n > max_listed ? ", ..." : "");
    return ana_text_check(&out->names, "list of arrays");
}

void ana_hdf5_arrays_release(ana_hdf5_arrays *arrays)
{
    free(arrays->first);
    ana_text_release(&arrays->names);
    *arrays = (ana_hdf5_arrays){.n = 0};
}

ana_status ana_hdf5_find_only_array(ana_hdf5 *file, char **out)
{
    ana_hdf5_arrays found = {.n = 0};
    ana_status status = ana_hdf5_find_arrays(file, &found);
    if (status == ANA_OK && found.n == 0) {
        status = ana_fail(ANA_ERR_VALUE, "%s: holds no array of numbers", ana_hdf5_path(file));
    } else if (status == ANA_OK && found.n > 1) {
        status = ana_fail(ANA_ERR_VALUE, "%s: holds %zu arrays; name one of them after ':': %s",
                          ana_hdf5_path(file), found.n, found.names.bytes);
    } else if (status == ANA_OK) {
        *out = found.first;
        found.first = NULL;
    }
    ana_hdf5_arrays_release(&found);
    return status;
}

static ana_status no_such_dataset(ana_hdf5 *file, const char *dataset)
{
    ana_hdf5_arrays found = {.n = 0};
    ana_status status = ana_hdf5_find_arrays(file, &found);
    if (status == ANA_OK) {
        status = ana_fail(ANA_ERR_VALUE, "%s: there is no dataset \"%s\"; there are: %s",
                          ana_hdf5_path(file), dataset, found.n > 0 ? found.names.bytes : "none");
    }
    ana_hdf5_arrays_release(&found);
    return status;
}

static ana_status refuse(ana_hdf5 *file, const char *path, const char *what)
{
    return ana_fail(ANA_ERR_UNSUPPORTED, "%s: %s: %s", ana_hdf5_path(file), path, what);
}

/* What a matrix cannot hold, by name. */
static ana_status check_numbers(ana_hdf5 *file, const char *path, const ana_hdf5_info *info,
                                const char *matlab_class)
{
    if (info->type_class == ANA_HDF5_TEXT ||
        (matlab_class != NULL && strcmp(matlab_class, "char") == 0)) {
        return refuse(file, path, "is text, not numbers");
    }
    if (info->type_class == ANA_HDF5_COMPOUND) {
        return refuse(file, path, "holds complex numbers or records, not plain numbers");
    }
    if (!holds_numbers(info)) {
        return refuse(file, path, "holds objects, not numbers");
    }
    if (info->n_axes > ANA_MAX_AXES) {
        return refuse(file, path, "has more than 4 axes");
    }
    return ANA_OK;
}

/* Shape in the order of indices: MATLAB's arrays are stored with their axes reversed. An empty one
 * is stored as its shape. */
static ana_status index_shape(ana_hdf5 *file, const char *path, const ana_hdf5_info *info,
                              bool reversed, size_t *n_axes, size_t *shape)
{
    ana_status status = ANA_OK;
    double empty = 0.0;
    int64_t *sizes = NULL;
    size_t n = 0;
    *n_axes = info->n_axes;
    for (size_t i = 0; i < info->n_axes; i++) {
        shape[i] = info->n[reversed ? info->n_axes - 1 - i : i];
    }
    if (reversed) {
        ANA_TRY(ana_hdf5_attribute_double(file, path, "MATLAB_empty", &empty));
    }
    if (empty != 0.0) {
        ANA_TRY(ana_hdf5_read_ints(file, path, NULL, &sizes, &n));
        bool fits = n > 0 && n <= ANA_MAX_AXES;
        *n_axes = n;
        bool any_zero = false;
        for (size_t i = 0; fits && i < n; i++) {
            shape[i] = (size_t)sizes[i];
            any_zero = any_zero || sizes[i] == 0;
            fits = sizes[i] >= 0 && sizes[i] < INT32_MAX;
        }
        if (!fits || !any_zero) {
            status = ana_fail(ANA_ERR_FORMAT, "%s: %s: is called empty, but its sizes are not",
                              ana_hdf5_path(file), path);
        }
    }
done:
    free(sizes);
    return status;
}

/* out[i][j]... = stored[...][j][i]. */
static void reverse_axes(size_t n_axes, const size_t *shape, size_t n, const double *stored,
                         double *out)
{
    size_t index[ANA_MAX_AXES] = {0};
    for (size_t at = 0; at < n; at++) {
        size_t to = 0;
        for (size_t i = 0; i < n_axes; i++) {
            to = to * shape[i] + index[i];
        }
        out[to] = stored[at];
        for (size_t i = 0; i < n_axes && ++index[i] == shape[i]; i++) {
            index[i] = 0; /* the first index runs fastest in the file */
        }
    }
}

static ana_status new_matrix(size_t n_axes, const size_t *shape, ana_matrix **out)
{
    static const char *const names[ANA_MAX_AXES] = {"axis0", "axis1", "axis2", "axis3"};
    return ana_matrix_new(n_axes, names, shape, out);
}

static ana_status read_array(ana_hdf5 *file, const char *path, ana_matrix **out)
{
    ana_status status = ANA_OK;
    ana_hdf5_info info;
    ana_matrix *matrix = NULL;
    char *matlab_class = NULL;
    double *stored = NULL;
    size_t n = 0;
    size_t n_axes = 0;
    size_t shape[ANA_MAX_AXES] = {0};
    ANA_TRY(ana_hdf5_describe(file, path, &info));
    ANA_TRY(ana_hdf5_attribute_text(file, path, "MATLAB_class", &matlab_class));
    ANA_TRY(check_numbers(file, path, &info, matlab_class));
    ANA_TRY(index_shape(file, path, &info, matlab_class != NULL, &n_axes, shape));
    ANA_TRY(ana_hdf5_read_doubles(file, path, NULL, &stored, &n));
    ANA_TRY(new_matrix(n_axes, shape, &matrix));
    if (ana_matrix_size(matrix) == 0) {
        n = 0;
    }
    if (matlab_class != NULL) {
        reverse_axes(n_axes, shape, n, stored, matrix->values);
    } else {
        memcpy(matrix->values, stored, n * sizeof *stored);
    }
    *out = matrix;
    matrix = NULL;
done:
    free(stored);
    free(matlab_class);
    ana_matrix_free(matrix);
    return status;
}

ana_status ana_hdf5_read_matrix(const char *path, const char *dataset, const ana_run *run,
                                ana_matrix **out)
{
    ana_status status = ANA_OK;
    ana_hdf5 *file = NULL;
    char *only = NULL;
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ana_read_options options = ana_read_options_default();
    options.run = run != NULL ? *run : options.run;
    *out = NULL;
    ANA_TRY(ana_hdf5_open(path, &options, &file));
    if (dataset == NULL) {
        ANA_TRY(ana_hdf5_find_only_array(file, &only));
        dataset = only;
    }
    ANA_TRY(ana_hdf5_look(file, dataset, &kind));
    if (kind != ANA_HDF5_DATASET) {
        status = no_such_dataset(file, dataset);
        goto done;
    }
    status = read_array(file, dataset, out);
done:
    free(only);
    ana_hdf5_close(file);
    return status;
}
