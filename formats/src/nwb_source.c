/* Samples that stay in an HDF5 dataset until they are asked for. */
#include "hdf5_file.h"
#include "memory.h"
#include "nwb.h"
#include "source.h"
#include "try.h"
#include "workspace.h"

#include <stdlib.h>

/* Bytes of rows read at a time. */
static const size_t block_bytes = (size_t)1 << 22;

typedef struct dataset_source {
    ana_hdf5_dataset *dataset;
    size_t n_columns;
    bool as_double;
} dataset_source;

static void source_free(void *self)
{
    dataset_source *source = self;
    ana_hdf5_dataset_close(source->dataset);
    free(source);
}

/* Columns that the window asks for, as a range; in a dataset of more than two axes all of them. */
static void column_range(const dataset_source *source, const ana_window *window, size_t *first,
                         size_t *n)
{
    *first = 0;
    *n = source->n_columns;
    if (ana_hdf5_dataset_info(source->dataset)->n_axes != 2 || window->n_channels == 0) {
        return;
    }
    size_t least = window->channels[0];
    size_t most = window->channels[0];
    for (size_t i = 1; i < window->n_channels; i++) {
        least = window->channels[i] < least ? window->channels[i] : least;
        most = window->channels[i] > most ? window->channels[i] : most;
    }
    *first = least;
    *n = most - least + 1;
}

/* Read the window block after block; `out` is doubles, or elements as stored. */
static ana_status read_window(const dataset_source *source, const ana_window *window,
                              bool to_double, void *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_hdf5_info *info = ana_hdf5_dataset_info(source->dataset);
    size_t column = 0;
    size_t n_columns = 0;
    column_range(source, window, &column, &n_columns);
    size_t element = ana_sample_size(info->sample);
    size_t n_rows = n_columns == 0 ? 1 : block_bytes / element / n_columns;
    n_rows = n_rows == 0 ? 1 : n_rows < window->n_times ? n_rows : window->n_times;
    void *rows = ana_workspace_bytes(&workspace, n_rows, n_columns, element);
    size_t *channels = ana_workspace_sizes(&workspace, window->n_channels, 1);
    ANA_TRY(ana_workspace_check(&workspace, "samples of an HDF5 file"));
    for (size_t i = 0; i < window->n_channels; i++) {
        channels[i] = window->channels[i] - column;
    }
    ana_window within = *window;
    within.channels = channels;
    for (size_t at = 0; at < window->n_times; at += n_rows) {
        size_t n = window->n_times - at < n_rows ? window->n_times - at : n_rows;
        size_t start[ANA_HDF5_MAX_AXES] = {window->first + at, column};
        size_t count[ANA_HDF5_MAX_AXES] = {n, n_columns};
        for (size_t i = 2; i < info->n_axes; i++) {
            start[i - 1] = 0;
            count[i - 1] = info->n[i - 1];
            count[i] = info->n[i];
        }
        ANA_TRY(ana_hdf5_dataset_read(source->dataset, start, count, rows));
        if (to_double) {
            ana_rows_to_double(info->sample, n, n_columns, rows, &within, at, out);
        } else {
            ana_rows_to_stored(info->sample, n, n_columns, rows, &within, at, out);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status source_read(void *self, const ana_window *window, double *out)
{
    return read_window(self, window, true, out);
}

static ana_status source_read_stored(void *self, const ana_window *window, void *out)
{
    const dataset_source *source = self;
    ana_window plain = *window;
    plain.gain = NULL;
    plain.offset = NULL;
    return read_window(source, &plain, source->as_double, out);
}

ana_status ana_nwb_source(ana_hdf5 *file, const char *path, bool as_double, ana_source **out)
{
    static const ana_source_operations operations = {
        .read = source_read, .read_stored = source_read_stored, .free = source_free};
    ana_status status = ANA_OK;
    dataset_source *source = NULL;
    ANA_TRY(ana_allocate(1, sizeof *source, path, &source));
    source->as_double = as_double;
    ANA_TRY(ana_hdf5_dataset_open(file, path, &source->dataset));
    const ana_hdf5_info *info = ana_hdf5_dataset_info(source->dataset);
    source->n_columns = 1;
    for (size_t i = 1; i < info->n_axes; i++) {
        source->n_columns *= info->n[i]; /* no larger than n_elements unless that is 0 */
    }
    ANA_TRY(ana_source_new(&operations, source, out));
    source = NULL;
done:
    if (source != NULL) {
        source_free(source);
    }
    return status;
}
