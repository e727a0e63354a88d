/* Sources that are read in parts: by features, or in batches. */
#include "checked.h"
#include "cka_parts.h"
#include "try.h"
#include "workspace.h"

#include <math.h>

/* The rows of all layers that stand from `first` on: borrowed, or read into `rooms`. */
static ana_status feed(const ana_cka_layers *layers, const ana_cka_source *sources, size_t first,
                       size_t n, double *const *rooms, const double **rows)
{
    ana_status status = ANA_OK;
    for (size_t k = 0; k < layers->n; k++) {
        rows[k] = rooms[k];
        if (sources[k].values != NULL) {
            rows[k] = sources[k].values + first * layers->units[k];
        } else if (sources[k].read != NULL) {
            ANA_TRY(sources[k].read(sources[k].user, first, n, rooms[k]));
        }
        ANA_TRY(ana_cka_check_rows(sources[k].name, first, n, layers->units[k], rows[k]));
    }
done:
    return status;
}

/* Parts of `part` stimuli each, the `index`-th of `n_parts` spread over n. */
static size_t first_of_part(size_t n, size_t part, size_t n_parts, size_t index)
{
    const size_t whole = n / part;
    if (n_parts >= whole || n_parts == 0) {
        return index * part;
    }
    const double step = n_parts > 1 ? (double)(whole - 1) / (double)(n_parts - 1) : 0.0;
    return (size_t)llround(step * (double)index) * part;
}

/* n rows of every layer that is read. */
static ana_status make_rooms(const ana_cka_layers *layers, const ana_cka_source *sources, size_t n,
                             const ana_run *run, ana_workspace *workspace, double **rooms)
{
    ana_status status = ANA_OK;
    size_t n_units = 0;
    size_t bytes = 0;
    ANA_TRY(ana_workspace_check(workspace, "cka"));
    for (size_t k = 0; k < layers->n; k++) {
        n_units += sources[k].values == NULL ? layers->units[k] : 0;
    }
    const bool known =
        ana_multiply(n_units, n, &bytes) && ana_multiply(bytes, sizeof(double), &bytes);
    ANA_TRY(ana_run_check_memory(run, known ? bytes : SIZE_MAX,
                                 "rows of all systems that are read at a time (smaller batches "
                                 "take less)"));
    for (size_t k = 0; k < layers->n; k++) {
        rooms[k] =
            ana_workspace_doubles(workspace, sources[k].values == NULL ? n : 0, layers->units[k]);
    }
    ANA_TRY(ana_workspace_check(workspace, "cka"));
done:
    return status;
}

/* By features, or in batches. */
ana_status ana_cka_by_stream(const ana_cka_layers *layers, const ana_cka_source *sources,
                             char *const *names, const ana_cka_options *options, ana_cka **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_cka_stream *stream = NULL;
    const size_t n = sources[0].n_stimuli;
    const bool batches = options->batch > 0;
    const size_t part = batches ? options->batch : ana_cka_features_chunk(layers);
    const size_t n_whole = batches ? n / part : (n + part - 1) / part;
    const size_t wanted = batches ? options->n_batches : 0;
    const size_t n_parts = wanted > 0 && wanted < n_whole ? wanted : n_whole;
    const double **rows = ana_workspace_bytes(&workspace, layers->n, 1, sizeof *rows);
    double **rooms = ana_workspace_bytes(&workspace, layers->n, 1, sizeof *rooms);
    ANA_TRY(make_rooms(layers, sources, part, &options->run, &workspace, rooms));
    ANA_TRY(ana_cka_stream_new(layers, names, options, &stream));
    for (size_t index = 0; index < n_parts; index++) {
        const size_t first = first_of_part(n, part, wanted, index);
        const size_t count = n - first < part ? n - first : part;
        ANA_TRY(ana_run_progress(&options->run, "stimuli", first, n));
        ANA_TRY(feed(layers, sources, first, count, rooms, rows));
        ANA_TRY(ana_cka_push_layers(stream, count, rows));
    }
    ANA_TRY(ana_cka_end(stream, out));
    (*out)->n_stimuli_left_out = batches ? n - n_parts * part : 0;
done:
    ana_cka_stream_free(stream);
    ana_workspace_release(&workspace);
    return status;
}
