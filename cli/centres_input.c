#include "centres_input.h"

#include "graph_input.h"
#include "try.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/table_io.h>
#include <analysis/formats/texts_io.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

centres_options centres_options_default(void)
{
    return (centres_options){.radius = (double)NAN, .min_fraction = 0.5, .steps = 1, .window = 1};
}

const ana_option centres_option_table[] = {
    {"positions", ANA_OPTION_TEXT, offsetof(centres_options, positions), 0, 0, NULL, "TABLE",
     "places of the sensors (default: those the recording has), a row each: columns x, y and z, or "
     "the first two or three of numbers; "
     "a column of texts names them",
     false},
    {"radius", ANA_OPTION_DOUBLE, offsetof(centres_options, radius), 0, 0, NULL, "LENGTH",
     "of a searchlight, in the unit of the positions, or of the voxels' size", false},
    {"neighbours", ANA_OPTION_SIZE, offsetof(centres_options, neighbours), 0, 1e9, NULL, "N",
     "sensors of a searchlight, the nearest of each, instead of a radius", false},
    {"mask", ANA_OPTION_TEXT, offsetof(centres_options, mask), 0, 0, NULL, "ARRAY",
     "volume (x, y, z) that is not 0 where voxels are looked at; responses are trial x x x y x z, "
     "or trial x voxel of the mask",
     false},
    {"voxel-size", ANA_OPTION_TEXT, offsetof(centres_options, voxel_size), 0, 0, NULL, "X,Y,Z",
     "millimetres of a voxel along each axis (default: 1,1,1, so that the radius is in voxels)",
     false},
    {"min-fraction", ANA_OPTION_DOUBLE, offsetof(centres_options, min_fraction), 0, 1, NULL,
     "SHARE", "of a sphere that must lie within the mask for its centre to be looked at", false},
    {"graph", ANA_OPTION_TEXT, offsetof(centres_options, graph), 0, 0, NULL, "FILE",
     "edges between the channels, by their numbers from 0", false},
    {"steps", ANA_OPTION_SIZE, offsetof(centres_options, steps), 0, 1e6, NULL, "N",
     "along edges of the graph that a searchlight reaches", false},
    {"window", ANA_OPTION_SIZE, offsetof(centres_options, window), 1, 1e6, NULL, "BINS",
     "of time that a searchlight takes together, each bin with its own values", false},
    ANA_OPTION_END,
};

static ana_status no_memory(const char *what)
{
    ana_fail(ANA_ERR_MEMORY, "no memory for %s", what);
    return ANA_ERR_MEMORY;
}

static double number_of(const ana_column *column, size_t row)
{
    if (column == NULL || ana_column_is_missing(column, row)) {
        return (double)NAN;
    }
    return column->type == ANA_COLUMN_INT ? (double)column->ints[row] : column->doubles[row];
}

static bool is_numbers(const ana_column *column)
{
    return column != NULL && column->row_start == NULL &&
           (column->type == ANA_COLUMN_INT || column->type == ANA_COLUMN_DOUBLE);
}

/* Columns x, y, z; or the first two or three of numbers. */
static size_t find_axes(const ana_table *table, const ana_column *axes[3])
{
    static const char *const names[] = {"x", "y", "z"};
    size_t n = 0;
    while (n < 3 && is_numbers(ana_table_find(table, names[n]))) {
        axes[n] = ana_table_find(table, names[n]);
        n++;
    }
    if (n >= 2) {
        return n;
    }
    n = 0;
    for (size_t k = 0; k < table->n_columns && n < 3; k++) {
        if (is_numbers(&table->columns[k])) {
            axes[n++] = &table->columns[k];
        }
    }
    return n;
}

static ana_status copy_names(const ana_table *table, centres_input *out)
{
    for (size_t k = 0; k < table->n_columns; k++) {
        const ana_column *column = &table->columns[k];
        if (column->type != ANA_COLUMN_TEXT || column->row_start != NULL) {
            continue;
        }
        out->names = calloc(table->n_rows + 1, sizeof *out->names);
        if (out->names == NULL) {
            return no_memory("the names of sensors");
        }
        out->n_names = table->n_rows;
        for (size_t i = 0; i < table->n_rows; i++) {
            out->names[i] = strdup(column->texts[i] != NULL ? column->texts[i] : "");
            if (out->names[i] == NULL) {
                return no_memory("the names of sensors");
            }
        }
        return ANA_OK;
    }
    return ANA_OK;
}

static ana_status centres_of_sensors(command_job *job, const centres_options *options,
                                     size_t n_channels, centres_input *out)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    const ana_column *axes[3] = {NULL, NULL, NULL};
    double *positions = calloc(n_channels + 1, 3 * sizeof *positions);
    if (positions == NULL) {
        return no_memory("the places of sensors");
    }
    ANA_TRY(ana_table_read(options->positions, &job->run, &table));
    const size_t n_axes = find_axes(table, axes);
    if (n_axes < 2 || table->n_rows != n_channels) {
        ana_fail(ANA_ERR_SHAPE,
                 "%s: %zu rows with %zu columns of numbers, for %zu sensors with "
                 "two or three",
                 options->positions, table->n_rows, n_axes, n_channels);
        status = ANA_ERR_SHAPE;
        goto done;
    }
    for (size_t i = 0; i < 3 * n_channels; i++) {
        positions[i] = i % 3 < n_axes ? number_of(axes[i % 3], i / 3) : 0.0;
    }
    ANA_TRY(ana_centres_near(n_channels, positions, options->radius, options->neighbours,
                             &out->centres));
    ANA_TRY(copy_names(table, out));
    out->view.names = out->names;
    out->view.flat = true;
done:
    ana_table_free(table);
    free(positions);
    return status;
}

/* Sensors where the recording says that they are. */
static ana_status centres_of_recording(const centres_options *options, trial_windows *windows,
                                       centres_input *out)
{
    ana_status status = ana_centres_near(windows->n_channels, windows->positions, options->radius,
                                         options->neighbours, &out->centres);
    out->names = windows->names; /* they are the centres' from now on */
    out->n_names = windows->n_channels;
    windows->names = NULL;
    out->view.names = out->names;
    out->view.flat = true;
    return status;
}

static ana_status parse_size(const char *text, double size[3])
{
    ana_status status = ANA_OK;
    const char *rest = text != NULL ? text : "1,1,1";
    static const ana_option number = {
        .name = "voxel-size", .type = ANA_OPTION_DOUBLE, .min = 1e-6, .max = 1e6};
    for (size_t k = 0; k < 3; k++) {
        char one[64] = "";
        const size_t n = strcspn(rest, ",");
        memcpy(one, rest, n < sizeof one ? n : sizeof one - 1);
        ANA_TRY(ana_option_set(&number, &size[k], one));
        rest += n + (rest[n] == ',' ? 1 : 0);
    }
    if (*rest != '\0') {
        ana_fail(ANA_ERR_VALUE, "--voxel-size %s: three numbers are wanted", text);
        status = ANA_ERR_VALUE;
    }
done:
    return status;
}

static ana_status read_mask(command_job *job, const char *path, centres_input *out)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    ANA_TRY(ana_matrix_read(path, &job->run, &matrix));
    if (matrix->n_axes != 3) {
        ana_fail(ANA_ERR_SHAPE, "%s: a mask has three axes, not %zu", path, matrix->n_axes);
        status = ANA_ERR_SHAPE;
        goto done;
    }
    const size_t n = ana_matrix_size(matrix);
    out->mask = calloc(n + 1, sizeof *out->mask);
    if (out->mask == NULL) {
        status = no_memory(path);
        goto done;
    }
    for (size_t k = 0; k < 3; k++) {
        out->volume.shape[k] = matrix->axes[k].n;
    }
    for (size_t v = 0; v < n; v++) {
        out->mask[v] = matrix->values[v] != 0.0 && !isnan(matrix->values[v]);
    }
    out->volume.mask = out->mask;
done:
    ana_matrix_free(matrix);
    return status;
}

/* Features are the voxels of the mask alone, in their order. */
static ana_status number_by_mask(size_t n_voxels, centres_input *out)
{
    ana_centres *centres = out->centres;
    size_t *number = calloc(n_voxels + 1, sizeof *number);
    size_t n = 0;
    if (number == NULL) {
        return no_memory("the voxels of the mask");
    }
    for (size_t v = 0; v < n_voxels; v++) {
        number[v] = n;
        n += out->mask[v] ? 1 : 0;
    }
    for (size_t k = 0; k < centres->start[centres->n]; k++) {
        centres->features[k] = number[centres->features[k]];
    }
    centres->n_features = n;
    free(number);
    return ANA_OK;
}

static ana_status centres_of_volume(command_job *job, const centres_options *options,
                                    const trial_windows *windows, centres_input *out)
{
    ana_status status = ANA_OK;
    const size_t *shape = windows->shape;
    if (options->mask != NULL) {
        ANA_TRY(read_mask(job, options->mask, out));
        if (shape[0] > 0 && memcmp(shape, out->volume.shape, sizeof out->volume.shape) != 0) {
            ana_fail(ANA_ERR_SHAPE,
                     "%s: %zu x %zu x %zu voxels, but responses have %zu x %zu x %zu",
                     options->mask, out->volume.shape[0], out->volume.shape[1],
                     out->volume.shape[2], shape[0], shape[1], shape[2]);
            status = ANA_ERR_SHAPE;
            goto done;
        }
    } else {
        memcpy(out->volume.shape, shape, sizeof out->volume.shape);
    }
    ANA_TRY(parse_size(options->voxel_size, out->volume.size));
    ANA_TRY(
        ana_centres_volume(&out->volume, options->radius, options->min_fraction, &out->centres));
    if (shape[0] == 0) {
        ANA_TRY(number_by_mask(out->centres->n_features, out));
    }
    out->view.volume = &out->volume;
done:
    return status;
}

/* Nodes are called by the numbers of their channels. */
static ana_status number_nodes(const ana_graph *graph, const char *path, size_t *numbers)
{
    static const ana_option number = {.name = "node", .type = ANA_OPTION_SIZE};
    for (size_t i = 0; i < graph->n_nodes; i++) {
        if (ana_option_set(&number, &numbers[i], graph->node_names[i]) != ANA_OK) {
            ana_fail(ANA_ERR_VALUE,
                     "%s: node %s; nodes are to be called by the numbers of channels, from 0", path,
                     graph->node_names[i]);
            return ANA_ERR_VALUE;
        }
    }
    return ANA_OK;
}

static ana_status centres_of_graph(command_job *job, const centres_options *options,
                                   size_t n_channels, centres_input *out)
{
    ana_status status = ANA_OK;
    ana_graph *graph = NULL;
    size_t *numbers = NULL;
    size_t *ends = NULL;
    const graph_input_options plain = graph_input_options_default();
    ANA_TRY(load_graph(options->graph, &plain, &job->console, &job->run, &graph));
    numbers = calloc(graph->n_nodes + 1, sizeof *numbers);
    ends = calloc(graph->n_edges + 1, 2 * sizeof *ends);
    if (numbers == NULL || ends == NULL) {
        status = no_memory(options->graph);
        goto done;
    }
    ANA_TRY(number_nodes(graph, options->graph, numbers));
    for (size_t e = 0; e < graph->n_edges; e++) {
        ends[e] = numbers[graph->from[e]];
        ends[graph->n_edges + e] = numbers[graph->to[e]];
    }
    ANA_TRY(ana_centres_graph(n_channels, graph->n_edges, ends, ends + graph->n_edges,
                              options->steps, &out->centres));
done:
    free(numbers);
    free(ends);
    ana_graph_free(graph);
    return status;
}

/* The same by every window of time. */
static ana_status add_times(const centres_options *options, const trial_windows *windows,
                            centres_input *out)
{
    ana_status status = ANA_OK;
    ana_centres *both = NULL;
    if (out->centres == NULL) {
        ANA_TRY(ana_centres_times(windows->n_times, windows->n_channels, options->window, &both));
    } else {
        ANA_TRY(ana_centres_by_times(out->centres, windows->n_times, options->window, &both));
        ana_centres_free(out->centres);
    }
    out->centres = both;
    out->view.n_windows = windows->n_times - options->window + 1;
    if (windows->times != NULL) {
        out->times = calloc(windows->n_times, sizeof *out->times);
        if (out->times == NULL) {
            return no_memory("the times of windows");
        }
        for (size_t w = 0; w < out->view.n_windows; w++) {
            out->times[w] = 0.5 * (windows->times[w] + windows->times[w + options->window - 1]);
        }
        out->view.times = out->times;
        out->view.time_unit = "s";
    }
done:
    return status;
}

ana_status centres_load(command_job *job, const centres_options *options, trial_windows *windows,
                        centres_input *out)
{
    ana_status status = ANA_OK;
    *out = (centres_input){.centres = NULL};
    if (options->mask != NULL || windows->shape[0] > 0) {
        ANA_TRY(centres_of_volume(job, options, windows, out));
    } else if (options->graph != NULL) {
        ANA_TRY(centres_of_graph(job, options, windows->n_channels, out));
    } else if (options->positions != NULL) {
        ANA_TRY(centres_of_sensors(job, options, windows->n_channels, out));
    } else if (windows->positions != NULL && (options->neighbours > 0 || !isnan(options->radius))) {
        ANA_TRY(centres_of_recording(options, windows, out));
    } else if (windows->n_times == 1) {
        ANA_TRY(job_refuse(job,
                           "where are the channels? --positions, --mask, --graph, or responses "
                           "with a time axis are needed"));
    }
    if (windows->n_times > 1) {
        ANA_TRY(add_times(options, windows, out));
    }
done:
    if (status != ANA_OK) {
        centres_release(out);
    }
    return status;
}

void centres_release(centres_input *centres)
{
    ana_centres_free(centres->centres);
    free(centres->mask);
    ana_texts_free(centres->n_names, centres->names);
    free(centres->times);
    *centres = (centres_input){.centres = NULL};
}
