/* Connectivity as a record with its figures. */
#include "order.h"
#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <analysis/connectivity.h>
#include <analysis/montage.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_LINES = 8,
    MAX_EDGES = 200,
    MIN_PLACES = 4 /* of a topography */
};

/* What is drawn. */
typedef struct drawing {
    const ana_matrix *of;
    const char *const *names; /* NULL: channels have none */
    const char *measure;
    size_t n_channels;
    size_t n;      /* frequencies */
    char when[64]; /* ", mean over 8 to 13 Hz" */
    double *mean;  /* n_channels x n_channels: over frequencies */
    ana_record *record;
} drawing;

/* Means over the frequencies that a pair has; NaN: none. */
static void average(const drawing *d)
{
    for (size_t pair = 0; pair < d->n_channels * d->n_channels; pair++) {
        double sum = 0.0;
        size_t n = 0;
        for (size_t f = 0; f < d->n; f++) {
            const double value = d->of->values[pair * d->n + f];
            sum += isnan(value) ? 0.0 : value;
            n += isnan(value) ? 0 : 1;
        }
        d->mean[pair] = n > 0 ? sum / (double)n : (double)NAN;
    }
}

static void say_when(drawing *d)
{
    const double *frequencies = d->of->axes[2].coordinates;
    if (frequencies == NULL || d->n == 0) {
        return;
    }
    if (d->n == 1) {
        snprintf(d->when, sizeof d->when, ", %g Hz", frequencies[0]);
    } else {
        snprintf(d->when, sizeof d->when, ", mean over %g to %g Hz", frequencies[0],
                 frequencies[d->n - 1]);
    }
}

static ana_status add_names(const drawing *d, ana_record *figure, const char *key)
{
    return d->names != NULL ? ana_record_add_texts(figure, key, d->n_channels, d->names) : ANA_OK;
}

static ana_status add_matrix(const drawing *d)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    char title[160];
    snprintf(title, sizeof title, "Connectivity of the channels%s", d->when);
    const ana_picture_words words = {.title = title,
                                     .caption = "Each channel with each other.",
                                     .x_title = "channel",
                                     .y_title = "channel",
                                     .value_title = d->measure};
    ANA_TRY(ana_record_add_picture(d->record, "matrix", ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values",
                                   ana_shape_2(d->n_channels, "channel", d->n_channels, "channel"),
                                   d->mean, NULL));
    ANA_TRY(add_names(d, figure, "row_labels"));
    ANA_TRY(add_names(d, figure, "column_labels"));
done:
    return status;
}

/* Places of the channels that have one by name: indices and x, y. Returns how many. */
static size_t find_places(const drawing *d, size_t *channels, double *places)
{
    size_t n = 0;
    for (size_t c = 0; c < d->n_channels && d->names != NULL; c++) {
        if (ana_montage_position(d->names[c], places + 2 * n)) {
            channels[n++] = c;
        }
    }
    return n;
}

/* A pair and the size of its connection. */
typedef struct edge {
    double size;
    size_t from;
    size_t to;
} edge;

/* Strongest first; equals in their order. */
static int by_size(const void *a, const void *b)
{
    const edge *one = a;
    const edge *two = b;
    if (one->size != two->size) {
        return one->size > two->size ? -1 : 1;
    }
    const bool earlier = one->from < two->from || (one->from == two->from && one->to < two->to);
    return earlier ? -1 : 1;
}

static size_t list_edges(const drawing *d, edge *edges)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n_channels; i++) {
        for (size_t j = i + 1; j < d->n_channels; j++) {
            const double size = fabs(d->mean[i * d->n_channels + j]);
            if (size > 0.0) {
                edges[n++] = (edge){size, i, j};
            }
        }
    }
    qsort(edges, n, sizeof *edges, by_size);
    const size_t tenth = (n + 9) / 10;
    const size_t least = n < d->n_channels ? n : d->n_channels;
    const size_t kept = tenth > least ? tenth : least;
    return kept < MAX_EDGES ? kept : MAX_EDGES;
}

static ana_status fill_graph(size_t n, const edge *edges, ana_record *figure)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *ends = ana_workspace_sizes(&workspace, 2, n);
    double *weights = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "connectivity"));
    for (size_t e = 0; e < n; e++) {
        ends[e] = edges[e].from;
        ends[n + e] = edges[e].to;
        weights[e] = edges[e].size;
    }
    ANA_TRY(ana_record_add_sizes(figure, "from", ana_shape_1(n, "edge"), ends, NULL));
    ANA_TRY(ana_record_add_sizes(figure, "to", ana_shape_1(n, "edge"), ends + n, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "weight", ana_shape_1(n, "edge"), weights, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_graph(const drawing *d)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    char title[160];
    snprintf(title, sizeof title, "Strongest connections%s", d->when);
    const ana_picture_words words = {
        .title = title,
        .caption = "The strongest tenth of the pairs (as many as channels at least, 200 at most).",
        .value_title = d->measure};
    const size_t n_pairs = d->n_channels * d->n_channels / 2;
    edge *edges = ana_workspace_bytes(&workspace, n_pairs, 1, sizeof *edges);
    size_t *placed = ana_workspace_sizes(&workspace, d->n_channels, 1);
    double *places = ana_workspace_doubles(&workspace, d->n_channels + 1, 2);
    ANA_TRY(ana_workspace_check(&workspace, "connectivity"));
    const size_t n = list_edges(d, edges);
    if (n == 0) {
        goto done;
    }
    ANA_TRY(ana_record_add_picture(d->record, "graph", ANA_HINT_GRAPH, &words, &figure));
    ANA_TRY(fill_graph(n, edges, figure));
    ANA_TRY(add_names(d, figure, "labels"));
    if (find_places(d, placed, places) == d->n_channels) {
        ANA_TRY(ana_record_add_doubles(
            figure, "position", ana_shape_2(d->n_channels, "channel", 2, NULL), places, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_strength(const drawing *d, const ana_matrix *strength)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const bool lines = d->n_channels <= MAX_LINES && d->n > 1;
    char value_title[96];
    snprintf(value_title, sizeof value_title, "node strength (%s)", d->measure);
    const ana_picture_words words = {
        .title = "Node strength by frequency",
        .caption = "Sum of the sizes of each channel's connections to all others.",
        .x_title = "frequency",
        .y_title = lines ? value_title : "channel",
        .value_title = lines ? NULL : value_title};
    ANA_TRY(ana_record_add_picture(d->record, "strength", lines ? ANA_HINT_LINE : ANA_HINT_HEAT_MAP,
                                   &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, lines ? "y" : "values",
                                   ana_shape_2(d->n_channels, "channel", d->n, "frequency"),
                                   strength->values, NULL));
    if (d->of->axes[2].coordinates != NULL) {
        ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(d->n, "frequency"),
                                       d->of->axes[2].coordinates, "Hz"));
    }
    ANA_TRY(add_names(d, figure, lines ? "labels" : "row_labels"));
done:
    return status;
}

/* The values of the placed channels move to the front; those without a strength go. */
static size_t take_placed(const drawing *d, const ana_matrix *strength, size_t n, size_t *placed,
                          double *places, double *values)
{
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (size_t f = 0; f < d->n; f++) {
            sum += strength->values[placed[i] * d->n + f] / (double)d->n;
        }
        if (!isnan(sum)) {
            values[n_kept] = sum;
            placed[n_kept] = placed[i];
            places[2 * n_kept] = places[2 * i];
            places[2 * n_kept + 1] = places[2 * i + 1];
            n_kept++;
        }
    }
    return n_kept;
}

static ana_status add_topography(const drawing *d, const ana_matrix *strength)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    char title[160];
    snprintf(title, sizeof title, "Node strength%s", d->when);
    const ana_picture_words words = {
        .title = title,
        .caption = "At the places that the channels' names have in the 10-10 system.",
        .value_title = d->measure};
    size_t *placed = ana_workspace_sizes(&workspace, d->n_channels, 1);
    double *places = ana_workspace_doubles(&workspace, d->n_channels + 1, 2);
    double *values = ana_workspace_doubles(&workspace, d->n_channels, 1);
    const char **labels = ana_workspace_bytes(&workspace, d->n_channels, 1, sizeof *labels);
    ANA_TRY(ana_workspace_check(&workspace, "connectivity"));
    const size_t n =
        take_placed(d, strength, find_places(d, placed, places), placed, places, values);
    if (n < MIN_PLACES) {
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        labels[i] = d->names[placed[i]];
    }
    ANA_TRY(ana_record_add_picture(d->record, "topography", ANA_HINT_TOPOGRAPHY, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_1(n, "channel"), values, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "position", ana_shape_2(n, "channel", 2, NULL), places,
                                   NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_numbers(const drawing *d)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    const ana_shape shape = {
        3, {d->n_channels, d->n_channels, d->n}, {"channel", "channel", "frequency"}};
    ANA_TRY(ana_record_add_group(d->record, "connectivity", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_doubles(group, "values", shape, d->of->values, NULL));
    if (d->of->axes[2].coordinates != NULL) {
        ANA_TRY(ana_record_add_doubles(group, "frequency", ana_shape_1(d->n, "frequency"),
                                       d->of->axes[2].coordinates, "Hz"));
    }
    ANA_TRY(add_names(d, group, "channel"));
done:
    return status;
}

static ana_status add_all(drawing *d, const ana_matrix *strength)
{
    ana_status status = ANA_OK;
    char title[96];
    snprintf(title, sizeof title, "Connectivity: %s", d->measure);
    ANA_TRY(ana_record_new(&d->record));
    ANA_TRY(ana_record_add_text(d->record, "schema", "connectivity"));
    ANA_TRY(ana_record_add_text(d->record, "title", title));
    ANA_TRY(ana_record_add_text(d->record, "measure", d->measure));
    ANA_TRY(add_matrix(d));
    ANA_TRY(add_graph(d));
    ANA_TRY(add_strength(d, strength));
    ANA_TRY(add_topography(d, strength));
    ANA_TRY(add_numbers(d));
done:
    return status;
}

ana_status ana_connectivity_to_record(const ana_matrix *connectivity,
                                      ana_connectivity_measure measure, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_matrix *strength = NULL;
    drawing d = {.of = connectivity, .measure = ana_connectivity_names[measure]};
    ANA_TRY(ana_node_strength(connectivity, &strength));
    d.names = (const char *const *)connectivity->axes[0].labels;
    d.n_channels = connectivity->axes[0].n;
    d.n = connectivity->axes[2].n;
    d.mean = ana_workspace_doubles(&workspace, d.n_channels, d.n_channels);
    ANA_TRY(ana_workspace_check(&workspace, "connectivity"));
    average(&d);
    say_when(&d);
    ANA_TRY(add_all(&d, strength));
    *out = d.record;
    d.record = NULL;
done:
    ana_record_free(d.record);
    ana_matrix_free(strength);
    ana_workspace_release(&workspace);
    return status;
}
