#include "hdf5_rows.h"

#include "memory.h"
#include "workspace.h"

#include <stdlib.h>

/* Bytes of samples that wait to be widened; a row is fetched whole where it is longer. */
static const size_t block_bytes = (size_t)1 << 22;

typedef struct rows_source {
    ana_hdf5_dataset *dataset;
    ana_sample_type type;
} rows_source;

static void source_free(void *self)
{
    rows_source *source = self;
    ana_hdf5_dataset_close(source->dataset);
    free(source);
}

/* How many of the window's channels from the i-th on are neighbours in the file, at most `most`:
 * these are fetched together, so that a chunk which holds several of them is unpacked once. */
static size_t count_neighbours(const ana_window *window, size_t i, size_t most)
{
    size_t n = 1;
    while (n < most && i + n < window->n_channels &&
           window->channels[i + n] == window->channels[i] + n) {
        n++;
    }
    return n;
}

/* n of the window's channels from the i-th on, neighbours in the file. */
static ana_status fetch(const rows_source *source, const ana_window *window, size_t i, size_t n,
                        void *out)
{
    const size_t start[2] = {window->channels[i], window->first};
    const size_t count[2] = {n, window->n_times};
    return ana_hdf5_dataset_read(source->dataset, start, count, out);
}

static ana_status source_read_stored(void *self, const ana_window *window, void *out)
{
    const rows_source *source = self;
    const size_t bytes = window->n_times * ana_sample_size(source->type);
    size_t n = 0;
    for (size_t i = 0; i < window->n_channels; i += n) {
        n = count_neighbours(window, i, window->n_channels);
        ana_status status = fetch(source, window, i, n, (char *)out + i * bytes);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}

static ana_status source_read(void *self, const ana_window *window, double *out)
{
    const rows_source *source = self;
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_times = window->n_times;
    const size_t size = ana_sample_size(source->type);
    const size_t fitting = n_times > 0 ? block_bytes / size / n_times : 0;
    const size_t most = fitting > window->n_channels ? window->n_channels : fitting;
    char *stored = ana_workspace_bytes(&workspace, most > 0 ? most : 1, n_times, size);
    size_t n = 0;
    status = ana_workspace_check(&workspace, "samples");
    for (size_t i = 0; i < window->n_channels && status == ANA_OK; i += n) {
        n = count_neighbours(window, i, most);
        status = fetch(source, window, i, n, stored);
        for (size_t c = i; c < i + n && status == ANA_OK; c++) {
            double gain = window->gain != NULL ? window->gain[c] : 1.0;
            double offset = window->offset != NULL ? window->offset[c] : 0.0;
            ana_samples_to_double(source->type, n_times, stored + (c - i) * n_times * size, 1, gain,
                                  offset, out + c * n_times);
        }
    }
    ana_workspace_release(&workspace);
    return status;
}

static const ana_source_operations source_operations = {source_read, source_read_stored,
                                                        source_free};

ana_status ana_source_from_hdf5_rows(ana_hdf5_dataset *dataset, ana_source **out)
{
    rows_source *source = NULL;
    ana_status status = ana_allocate(1, sizeof *source, "source", &source);
    if (status != ANA_OK) {
        return status;
    }
    *source = (rows_source){dataset, ana_hdf5_dataset_info(dataset)->sample};
    status = ana_source_new(&source_operations, source, out);
    if (status != ANA_OK) {
        free(source);
    }
    return status;
}
