/* CaImAn results (HDF5): traces of the components found in a calcium movie.
 *
 *  Group /estimates holds C (denoised), S (events), F_dff, YrA (residual), R, f (background), each
 *  component x time; A (footprints, compressed sparse columns); idx_components (accepted); what was
 *  not computed is the text "NoneType" and is passed over. The frame rate is /params/data/fr. */
#include "arrays.h"
#include "format.h"
#include "hdf5_rows.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The reader's state. */
typedef struct caiman_reader {
    const char *path;
    ana_hdf5 *file;
    const ana_read_options *options;
    ana_recording *recording;
    double rate;
    size_t n_components; /* of C; 0: not known yet */
} caiman_reader;

static int probe(const ana_probe *probe)
{
    ana_hdf5 *file = NULL;
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    int score = 0;
    if (!ana_hdf5_has_signature(probe->head, probe->n_head) ||
        ana_hdf5_open(probe->path, NULL, &file) != ANA_OK) {
        return 0;
    }
    if (ana_hdf5_look(file, "/estimates", &kind) == ANA_OK && kind == ANA_HDF5_GROUP) {
        score = 95;
    }
    ana_hdf5_close(file);
    return score;
}

/* --rate before the file's own; without either an error, since a rate is never assumed. */
static ana_status find_rate(caiman_reader *reader)
{
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    double *values = NULL;
    size_t n = 0;
    if (reader->options != NULL && reader->options->rate > 0.0) {
        reader->rate = reader->options->rate;
        return ANA_OK;
    }
    ana_status status = ana_hdf5_look(reader->file, "/params/data/fr", &kind);
    if (status == ANA_OK && kind == ANA_HDF5_DATASET) {
        status = ana_hdf5_read_doubles(reader->file, "/params/data/fr", NULL, &values, &n);
        reader->rate = status == ANA_OK && n == 1 ? values[0] : 0.0;
        free(values);
    }
    if (status == ANA_OK && !(reader->rate > 0.0 && isfinite(reader->rate))) {
        status =
            ana_fail(ANA_ERR_FORMAT, "%s: /params/data/fr: holds no frame rate; give it by --rate",
                     reader->path);
    }
    return status;
}

static ana_status name_channels(const char *prefix, ana_series *series)
{
    for (size_t c = 0; c < series->n_channels; c++) {
        char name[48];
        snprintf(name, sizeof name, "%s%zu", prefix, c);
        ana_status status = ana_copy_text(name, &series->channels[c].name);
        if (status != ANA_OK) {
            return status;
        }
        series->channels[c].kind = ANA_KIND_ROI;
        series->channels[c].file_index = c;
    }
    return ANA_OK;
}

static ana_status add_traces(caiman_reader *reader, const char *name, const char *description,
                             ana_hdf5_dataset **dataset)
{
    ana_status status = ANA_OK;
    ana_series *series = NULL;
    const ana_hdf5_info *info = ana_hdf5_dataset_info(*dataset);
    ANA_TRY(ana_series_new(name, info->n[0], &series));
    ANA_TRY(ana_copy_text(description, &series->description));
    ANA_TRY(name_channels(strcmp(name, "f") == 0 ? "background" : "component", series));
    series->rate = reader->rate;
    series->type = info->sample;
    ANA_TRY(ana_series_add_segment(series, info->n[1], 0.0));
    ANA_TRY(ana_source_from_hdf5_rows(*dataset, &series->source));
    *dataset = NULL;
    status = ana_recording_add_series(reader->recording, series);
    series = NULL;
done:
    ana_series_free(series);
    return status;
}

/* One of the trace arrays, when it was computed. */
static ana_status read_traces(caiman_reader *reader, const char *name, const char *description)
{
    ana_status status = ANA_OK;
    ana_hdf5_dataset *dataset = NULL;
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ana_hdf5_info info = {0};
    char path[64];
    snprintf(path, sizeof path, "/estimates/%s", name);
    ANA_TRY(ana_hdf5_look(reader->file, path, &kind));
    if (kind != ANA_HDF5_DATASET) {
        goto done;
    }
    ANA_TRY(ana_hdf5_describe(reader->file, path, &info));
    if (info.type_class != ANA_HDF5_FLOAT && info.type_class != ANA_HDF5_INTEGER) {
        goto done;
    }
    bool of_components = strcmp(name, "f") != 0;
    if (info.n_axes != 2 ||
        (of_components && reader->n_components > 0 && info.n[0] != reader->n_components)) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: %s: %zu axes, %zu rows; component x time wanted",
                          reader->path, path, info.n_axes, info.n_axes > 0 ? info.n[0] : 0);
        goto done;
    }
    reader->n_components = of_components ? info.n[0] : reader->n_components;
    ANA_TRY(ana_hdf5_dataset_open(reader->file, path, &dataset));
    ANA_TRY(add_traces(reader, name, description, &dataset));
done:
    ana_hdf5_dataset_close(dataset);
    return status;
}

/* A whole array of integers, or ANA_OK with *out NULL when it is not there. */
static ana_status read_optional_ints(const caiman_reader *reader, const char *path, int64_t **out,
                                     size_t *n)
{
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ana_hdf5_info info = {0};
    *out = NULL;
    *n = 0;
    ana_status status = ana_hdf5_look(reader->file, path, &kind);
    if (status != ANA_OK || kind != ANA_HDF5_DATASET) {
        return status;
    }
    status = ana_hdf5_describe(reader->file, path, &info);
    if (status != ANA_OK || info.type_class != ANA_HDF5_INTEGER) {
        return status;
    }
    return ana_hdf5_read_ints(reader->file, path, NULL, out, n);
}

/* Column "accepted" from the list of accepted components. */
static ana_status add_accepted(const caiman_reader *reader, ana_table *table)
{
    ana_status status = ANA_OK;
    int64_t *accepted = NULL;
    size_t n = 0;
    ana_column *column = NULL;
    ANA_TRY(read_optional_ints(reader, "/estimates/idx_components", &accepted, &n));
    if (accepted == NULL) {
        goto done;
    }
    ANA_TRY(ana_table_add(table, "accepted", ANA_COLUMN_BOOL, NULL, &column));
    for (size_t i = 0; i < n; i++) {
        if (accepted[i] < 0 || (uint64_t)accepted[i] >= table->n_rows) {
            status = ana_fail(ANA_ERR_FORMAT,
                              "%s: /estimates/idx_components: entry %zu is %lld, but there are %zu "
                              "components",
                              reader->path, i, (long long)accepted[i], table->n_rows);
            goto done;
        }
        column->bools[accepted[i]] = true;
    }
done:
    free(accepted);
    return status;
}

/* Starts of the columns: ascending from 0 to n_values. */
static ana_status check_starts(const caiman_reader *reader, size_t n_components, size_t n_starts,
                               const int64_t *starts, size_t n_values, size_t *rows)
{
    bool good = n_starts == n_components + 1 && starts[0] == 0;
    for (size_t i = 0; good && i < n_starts; i++) {
        good = starts[i] >= 0 && (uint64_t)starts[i] <= n_values &&
               (i == 0 || starts[i] >= starts[i - 1]);
        rows[i] = (size_t)starts[i];
    }
    if (!good || rows[n_components] != n_values) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: /estimates/A/indptr: is no list of %zu ascending starts that ends at "
                        "%zu",
                        reader->path, n_components + 1, n_values);
    }
    return ANA_OK;
}

/* The footprints: pixels and weights of each component, as ragged columns. */
static ana_status add_footprints(const caiman_reader *reader, ana_table *table)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    int64_t *starts = NULL;
    int64_t *pixels = NULL;
    double *weights = NULL;
    size_t n_starts = 0;
    size_t n_pixels = 0;
    size_t n_weights = 0;
    ana_column *column = NULL;
    ANA_TRY(read_optional_ints(reader, "/estimates/A/indptr", &starts, &n_starts));
    ANA_TRY(read_optional_ints(reader, "/estimates/A/indices", &pixels, &n_pixels));
    if (starts == NULL || pixels == NULL) {
        goto done;
    }
    ANA_TRY(ana_hdf5_read_doubles(reader->file, "/estimates/A/data", NULL, &weights, &n_weights));
    if (n_weights != n_pixels) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: /estimates/A: %zu weights for %zu pixels",
                          reader->path, n_weights, n_pixels);
        goto done;
    }
    size_t *rows = ana_workspace_sizes(&workspace, table->n_rows + 1 + n_starts, 1);
    ANA_TRY(ana_workspace_check(&workspace, "caiman"));
    ANA_TRY(check_starts(reader, table->n_rows, n_starts, starts, n_pixels, rows));
    ANA_TRY(ana_table_add(table, "pixel", ANA_COLUMN_INT, rows, &column));
    memcpy(column->ints, pixels, n_pixels * sizeof *pixels);
    ANA_TRY(ana_table_add(table, "weight", ANA_COLUMN_DOUBLE, rows, &column));
    memcpy(column->doubles, weights, n_weights * sizeof *weights);
done:
    free(starts);
    free(pixels);
    free(weights);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_components(const caiman_reader *reader)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    int64_t *dims = NULL;
    size_t n = 0;
    ANA_TRY(ana_table_new(reader->n_components, &table));
    ANA_TRY(add_accepted(reader, table));
    ANA_TRY(add_footprints(reader, table));
    ANA_TRY(read_optional_ints(reader, "/dims", &dims, &n));
    if (n == 2) {
        char text[64];
        snprintf(text, sizeof text, "%lld x %lld", (long long)dims[0], (long long)dims[1]);
        ANA_TRY(ana_recording_add_fact(reader->recording, "frame", text));
    }
    status = ana_recording_add_table(reader->recording, "components", table);
    table = NULL;
done:
    free(dims);
    ana_table_free(table);
    return status;
}

static ana_status read_all(caiman_reader *reader)
{
    static const char *const traces[][2] = {
        {"C", "denoised fluorescence of each component"},
        {"F_dff", "relative change of fluorescence"},
        {"S", "inferred events"},
        {"YrA", "residual of each component"},
        {"R", "residual of each component"},
        {"f", "background over time"},
    };
    ana_status status = ANA_OK;
    ANA_TRY(find_rate(reader));
    for (size_t i = 0; i < sizeof traces / sizeof traces[0]; i++) {
        ANA_TRY(read_traces(reader, traces[i][0], traces[i][1]));
    }
    if (reader->n_components == 0) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: /estimates: holds no traces (C, F_dff, S, YrA)",
                          reader->path);
        goto done;
    }
    ANA_TRY(add_components(reader));
done:
    return status;
}

static ana_status read(const char *path, const ana_read_options *options, ana_recording **out)
{
    ana_status status = ANA_OK;
    caiman_reader reader = {.path = path, .options = options};
    ANA_TRY(ana_hdf5_open(path, options, &reader.file));
    ANA_TRY(ana_recording_new(&reader.recording));
    ANA_TRY(ana_copy_text("caiman", &reader.recording->format));
    ANA_TRY(ana_copy_text(path, &reader.recording->path));
    ANA_TRY(read_all(&reader));
    *out = reader.recording;
    reader.recording = NULL;
done:
    ana_recording_free(reader.recording);
    ana_hdf5_close(reader.file);
    return status;
}

const ana_format ana_format_caiman = {
    .name = "caiman",
    .title = "CaImAn results (HDF5)",
    .endings = ".hdf5 .h5",
    .probe = probe,
    .read = read,
};
