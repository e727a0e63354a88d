/* Truths of HDF5 files: every object and link by its path, numbers also as plain arrays. */
#include "formats.h"
#include "hdf5_file.h"
#include "support/check.h"

#include <analysis/formats/array_io.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One object of the file. */
typedef struct hdf5_object {
    const format_case *c;
    ana_hdf5 *file;
    const char *path;
    const json_t *truth;
} hdf5_object;

static bool is_read(const hdf5_object *o, ana_status status)
{
    return tally_that(o->c->tally, status == ANA_OK, "%s: %s", o->path, ana_last_error());
}

static void compare_attribute(const hdf5_object *o, const char *name, const json_t *wanted)
{
    bool found = false;
    ana_hdf5_info info;
    tally *counts = o->c->tally;
    if (!is_read(o, ana_hdf5_describe_attribute(o->file, o->path, name, &found, &info)) ||
        !tally_that(counts, found, "%s has no attribute %s", o->path, name)) {
        return;
    }
    if (json_is_string(wanted) && info.type_class == ANA_HDF5_TEXT) {
        char *text = NULL;
        if (is_read(o, ana_hdf5_attribute_text(o->file, o->path, name, &text))) {
            compare_text(o->c, name, wanted, text);
        }
        free(text);
    } else if (json_is_boolean(wanted)) {
        tally_that(counts, info.type_class == ANA_HDF5_BOOL,
                   "%s, attribute %s is not true or false", o->path, name);
    } else if (json_is_number(wanted)) {
        double value = 0.0;
        if (is_read(o, ana_hdf5_attribute_double(o->file, o->path, name, &value))) {
            tally_number(counts, value, truth_number(wanted), 0.0, 0.0, "%s, attribute %s", o->path,
                         name);
        }
    }
}

static bool compare_shape(const hdf5_object *o, const ana_hdf5_info *info)
{
    const json_t *shape = json_object_get(o->truth, "shape");
    bool same = info->is_null == !json_is_array(shape);
    same = same && (info->is_null || info->n_axes == json_array_size(shape));
    for (size_t i = 0; same && !info->is_null && i < info->n_axes; i++) {
        same = info->n[i] == (size_t)json_integer_value(json_array_get(shape, i));
    }
    return tally_that(o->c->tally, same, "%s has another shape", o->path);
}

static void compare_texts(const hdf5_object *o)
{
    const json_t *values = json_object_get(o->truth, "values");
    ana_hdf5_texts texts = {0};
    if (is_read(o, ana_hdf5_read_texts(o->file, o->path, &texts)) &&
        tally_that(o->c->tally, texts.n == json_array_size(values), "%s has %zu texts", o->path,
                   texts.n)) {
        for (size_t i = 0; i < texts.n; i++) {
            const char *wanted = json_string_value(json_array_get(values, i));
            tally_that(o->c->tally, wanted != NULL && strcmp(texts.items[i], wanted) == 0,
                       "%s, text %zu is \"%s\"", o->path, i, texts.items[i]);
        }
    }
    ana_hdf5_texts_release(&texts);
}

/* h5py's complex numbers: fields r and i. */
static void compare_pairs(const hdf5_object *o)
{
    double *real = NULL;
    double *imaginary = NULL;
    size_t n = 0;
    if (is_read(o, ana_hdf5_read_doubles(o->file, o->path, "r", &real, &n)) &&
        is_read(o, ana_hdf5_read_doubles(o->file, o->path, "i", &imaginary, &n))) {
        double *pairs = calloc(2 * n + 1, sizeof *pairs);
        assert_non_null(pairs);
        for (size_t i = 0; i < n; i++) {
            pairs[2 * i] = real[i];
            pairs[2 * i + 1] = imaginary[i];
        }
        compare_complex(o->c, o->path, o->truth, n, pairs);
        free(pairs);
    }
    free(real);
    free(imaginary);
}

/* As any command takes it: file.h5:/path. */
static void compare_plain_array(const hdf5_object *o, double relative)
{
    char location[4352];
    ana_matrix *matrix = NULL;
    snprintf(location, sizeof location, "%s:%s", o->c->path, o->path);
    if (is_read(o, ana_matrix_read(location, NULL, &matrix))) {
        compare_values(o->c, o->path, o->truth, ana_matrix_size(matrix), matrix->values, 1.0,
                       relative);
    }
    ana_matrix_free(matrix);
}

static void compare_stored(const hdf5_object *o, const ana_hdf5_info *info)
{
    const size_t start[ANA_HDF5_MAX_AXES] = {0};
    ana_hdf5_dataset *dataset = NULL;
    void *stored = calloc(info->n_elements + 1, ana_sample_size(info->sample));
    assert_non_null(stored);
    if (is_read(o, ana_hdf5_dataset_open(o->file, o->path, &dataset)) &&
        is_read(o, ana_hdf5_dataset_read(dataset, start, info->n, stored))) {
        compare_numbers(o->c, o->path, o->truth, info->n_elements, info->sample, stored);
    }
    ana_hdf5_dataset_close(dataset);
    free(stored);
}

static void compare_refused(const hdf5_object *o)
{
    double *values = NULL;
    size_t n = 0;
    ana_status status = ana_hdf5_read_doubles(o->file, o->path, NULL, &values, &n);
    tally_that(o->c->tally, status == ANA_ERR_UNSUPPORTED, "%s is not refused", o->path);
    free(values);
}

static void compare_dataset(const hdf5_object *o)
{
    ana_hdf5_info info;
    if (!is_read(o, ana_hdf5_describe(o->file, o->path, &info)) || !compare_shape(o, &info) ||
        info.is_null) {
        return;
    }
    if (json_object_get(o->truth, "read_error") != NULL) {
        compare_refused(o);
    } else if (info.type_class == ANA_HDF5_TEXT) {
        compare_texts(o);
    } else if (info.type_class == ANA_HDF5_COMPOUND) {
        compare_pairs(o);
    } else if (info.type_class == ANA_HDF5_BOOL) {
        compare_plain_array(o, 1e-12);
    } else if (tally_that(o->c->tally, info.type_class <= ANA_HDF5_FLOAT,
                          "%s: a type this test does not know", o->path)) {
        compare_plain_array(o, info.sample == ANA_FLOAT32 ? 1e-6 : 1e-12);
        compare_stored(o, &info);
    }
}

static void compare_object(const hdf5_object *o)
{
    const bool is_group =
        strcmp(json_string_value(json_object_get(o->truth, "kind")), "group") == 0;
    const char *name = NULL;
    json_t *wanted = NULL;
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    if (!is_read(o, ana_hdf5_look(o->file, o->path, &kind)) ||
        !tally_that(o->c->tally, kind == (is_group ? ANA_HDF5_GROUP : ANA_HDF5_DATASET),
                    "%s is something else", o->path)) {
        return;
    }
    json_object_foreach(json_object_get(o->truth, "attrs"), name, wanted)
    {
        compare_attribute(o, name, wanted);
    }
    if (!is_group) {
        compare_dataset(o);
    }
}

/* "soft:path" or "external:file:path". */
static void compare_link(const hdf5_object *o)
{
    char group[512] = "/";
    char found[1024] = "";
    ana_hdf5_links links = {0};
    const char *name = strrchr(o->path, '/') + 1;
    if (name > o->path + 1) {
        snprintf(group, sizeof group, "%.*s", (int)(name - 1 - o->path), o->path);
    }
    if (is_read(o, ana_hdf5_list(o->file, group, &links))) {
        for (size_t i = 0; i < links.n; i++) {
            const ana_hdf5_link *link = &links.items[i];
            if (strcmp(link->name, name) == 0 && link->type != ANA_HDF5_HARD) {
                snprintf(found, sizeof found, "%s:%s",
                         link->type == ANA_HDF5_SOFT ? "soft" : "external", link->target);
            }
        }
    }
    tally_that(o->c->tally, strcmp(found, json_string_value(o->truth)) == 0, "%s leads to %s",
               o->path, found);
    ana_hdf5_links_release(&links);
}

void compare_hdf5(const format_case *c)
{
    const char *path = NULL;
    json_t *truth = NULL;
    ana_hdf5 *file = NULL;
    if (!tally_that(c->tally, ana_hdf5_open(c->path, NULL, &file) == ANA_OK, "%s",
                    ana_last_error())) {
        return;
    }
    json_object_foreach(json_object_get(c->truth, "objects"), path, truth)
    {
        hdf5_object object = {c, file, path, truth};
        compare_object(&object);
    }
    json_object_foreach(json_object_get(c->truth, "links"), path, truth)
    {
        hdf5_object link = {c, file, path, truth};
        compare_link(&link);
    }
    const hdf5_object root = {c, file, "/", NULL};
    json_object_foreach(json_object_get(c->truth, "attrs"), path, truth)
    {
        compare_attribute(&root, path, truth);
    }
    ana_hdf5_close(file);
}
