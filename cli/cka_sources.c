#include "cka_sources.h"

#include "try.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Bytes of the file that an input is, or is of; 0: none. */
static double bytes_of(const char *input)
{
    struct stat info;
    double bytes = 0.0;
    if (stat(input, &info) == 0) {
        return (double)info.st_size;
    }
    const char *colon = strrchr(input, ':');
    char *path = strndup(input, colon != NULL ? (size_t)(colon - input) : 0);
    if (path != NULL && stat(path, &info) == 0) {
        bytes = (double)info.st_size;
    }
    free(path);
    return bytes;
}

/* Bytes of an input's arrays as doubles; 0 when they cannot be read by rows. */
static double bytes_as_doubles(const command_job *job, const char *input)
{
    ana_array_listing *listing = NULL;
    double bytes = 0.0;
    if (ana_array_listing_read(input, &job->run, &listing) != ANA_OK) {
        return 0.0;
    }
    for (size_t k = 0; k < listing->n; k++) {
        ana_array_rows *rows = NULL;
        double n = sizeof(double);
        for (size_t axis = 0; axis < listing->arrays[k].n_axes; axis++) {
            n *= (double)listing->arrays[k].shape[axis];
        }
        if (ana_array_rows_open(listing->arrays[k].location, &rows) == ANA_OK) {
            bytes += n;
        }
        ana_array_rows_close(rows);
    }
    ana_array_listing_free(listing);
    return bytes;
}

bool cka_inputs_are_large(const command_job *job, size_t n, char **inputs, char *against)
{
    const double room = 0.25 * (double)ana_run_memory_limit(&job->run);
    const size_t n_all = n + (against != NULL ? 1 : 0);
    double stored = 0.0;
    double bytes = 0.0;
    for (size_t i = 0; i < n_all; i++) {
        stored += bytes_of(i < n ? inputs[i] : against);
    }
    if (stored * sizeof(double) <= room) { /* of a byte each at least */
        return false;
    }
    for (size_t i = 0; i < n_all; i++) {
        bytes += bytes_as_doubles(job, i < n ? inputs[i] : against);
    }
    return bytes > room;
}

static ana_status read_rows(void *user, size_t first, size_t n, double *values)
{
    return ana_array_rows_read(user, first, n, values);
}

/* Rows and source number out->n. */
static ana_status open_array(const ana_listed_array *array, const char *name, cka_sources *out)
{
    ana_status status = ANA_OK;
    ana_array_rows *rows = NULL;
    ANA_TRY(ana_array_rows_open(array->location, &rows));
    if (ana_array_rows_n_axes(rows) != 2) {
        ANA_TRY(
            ana_fail(ANA_ERR_SHAPE,
                     "%s: has %zu axes; of arrays larger than memory, stimulus x unit is wanted",
                     array->location, ana_array_rows_n_axes(rows)));
    }
    out->sources[out->n] = (ana_cka_source){.name = name,
                                            .n_stimuli = ana_array_rows_length(rows, 0),
                                            .n_units = ana_array_rows_length(rows, 1),
                                            .read = read_rows,
                                            .user = rows};
    out->rows[out->n++] = rows;
    rows = NULL;
done:
    ana_array_rows_close(rows);
    return status;
}

ana_status cka_sources_open(const command_job *job, size_t n, char **inputs, cka_sources *out)
{
    ana_status status = ANA_OK;
    size_t n_arrays = 0;
    *out = (cka_sources){.n_inputs = n};
    out->listings = calloc(n + 1, sizeof(ana_array_listing *));
    if (out->listings == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu inputs", n);
    }
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(ana_array_listing_read(inputs[i], &job->run, &out->listings[i]));
        n_arrays += out->listings[i]->n;
    }
    out->rows = calloc(n_arrays + 1, sizeof(ana_array_rows *));
    out->sources = calloc(n_arrays + 1, sizeof *out->sources);
    if (out->rows == NULL || out->sources == NULL) {
        ANA_TRY(ana_fail(ANA_ERR_MEMORY, "no memory for %zu arrays", n_arrays));
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < out->listings[i]->n; k++) {
            const ana_listed_array *array = &out->listings[i]->arrays[k];
            ANA_TRY(open_array(array, out->listings[i]->n == 1 ? inputs[i] : array->name, out));
        }
    }
done:
    return status;
}

void cka_sources_close(cka_sources *sources)
{
    for (size_t k = 0; k < sources->n && sources->rows != NULL; k++) {
        ana_array_rows_close(sources->rows[k]);
    }
    for (size_t i = 0; i < sources->n_inputs && sources->listings != NULL; i++) {
        ana_array_listing_free(sources->listings[i]);
    }
    free(sources->rows);
    free(sources->sources);
    free(sources->listings);
}
