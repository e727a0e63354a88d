/* Visibility graphs of the signals of a recording, each sequence by itself. */
#include "feature_id.h"
#include "lists.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/visibility_features.h>

#include <math.h>
#include <stdlib.h>

/* One signal in one sequence. */
typedef struct stretch_of_signal {
    size_t n;
    double *times;
    double *values;
    size_t at; /* its place in the arrays of features */
} stretch_of_signal;

static ana_status make_features(const ana_observations *observations, ana_visibility_features **out)
{
    ana_status status = ANA_OK;
    ana_visibility_features *made = NULL;
    const size_t n = observations->n_features;
    const size_t bytes = observations->n_sequences * sizeof(double);
    ANA_TRY(ana_allocate(1, sizeof *made, "visibility", &made));
    made->n_signals = n;
    made->n_sequences = observations->n_sequences;
    ANA_TRY(ana_allocate(n, bytes, "visibility", &made->n_edges));
    ANA_TRY(ana_allocate(n, bytes, "visibility", &made->irreversibility));
    for (size_t f = 0; f < ANA_GRAPH_N_FEATURES; f++) {
        ANA_TRY(ana_allocate(n, bytes, "visibility", &made->of_graph[f]));
    }
    ANA_TRY(ana_feature_ids(observations, &made->signal_names));
    ANA_TRY(ana_copy_texts(made->n_sequences, (const char *const *)observations->sequence_name,
                           &made->sequence_names));
    *out = made;
    made = NULL;
done:
    ana_visibility_features_free(made);
    return status;
}

/* The samples of signal i in sequence s; false when one is missing. */
static bool take_stretch(const ana_observations *observations, size_t i, size_t s,
                         stretch_of_signal *out)
{
    const size_t first = observations->sequence_start[s];
    const double dt = isnan(observations->bin_s) ? 1.0 : observations->bin_s;
    bool complete = true;
    out->n = observations->sequence_start[s + 1] - first;
    out->at = i * observations->n_sequences + s;
    for (size_t t = 0; t < out->n; t++) {
        out->times[t] = (double)t * dt;
        out->values[t] = observations->values[(first + t) * observations->n_features + i];
        complete = complete && isfinite(out->values[t]);
    }
    return complete;
}

static void leave_out(size_t at, ana_visibility_features *features)
{
    features->n_missing++;
    features->n_edges[at] = (double)NAN;
    features->irreversibility[at] = (double)NAN;
    for (size_t f = 0; f < ANA_GRAPH_N_FEATURES; f++) {
        features->of_graph[f][at] = (double)NAN;
    }
}

static ana_status describe_stretch(const stretch_of_signal *stretch,
                                   const ana_visibility_options *visibility,
                                   const ana_network_options *network,
                                   ana_visibility_features *features)
{
    ana_status status = ANA_OK;
    ana_graph *graph = NULL;
    ana_graph *directed = NULL;
    ana_network_features *found = NULL;
    ana_visibility_options options = *visibility;
    options.directed = true;
    ANA_TRY(ana_visibility_graph(stretch->n, stretch->times, stretch->values, &options, &directed));
    ANA_TRY(ana_visibility_irreversibility(directed, &features->irreversibility[stretch->at]));
    options.directed = false;
    ANA_TRY(ana_visibility_graph(stretch->n, stretch->times, stretch->values, &options, &graph));
    ANA_TRY(ana_network_features_new(graph, 1, stretch->times, network, &found));
    features->n_edges[stretch->at] = (double)graph->n_edges;
    for (size_t f = 0; f < ANA_GRAPH_N_FEATURES; f++) {
        features->of_graph[f][stretch->at] = found->of_graph[f];
    }
done:
    ana_network_features_free(found);
    ana_graph_free(directed);
    ana_graph_free(graph);
    return status;
}

ana_status ana_visibility_features_new(const ana_observations *observations,
                                       const ana_visibility_options *visibility,
                                       const ana_network_options *network,
                                       ana_visibility_features **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_visibility_features *features = NULL;
    const ana_visibility_options defaults = ana_visibility_options_default();
    const ana_visibility_options *use = visibility != NULL ? visibility : &defaults;
    const size_t n_sequences = observations->n_sequences;
    stretch_of_signal stretch = {
        .times = ana_workspace_doubles(&workspace, observations->n_times, 1),
        .values = ana_workspace_doubles(&workspace, observations->n_times, 1)};
    ANA_TRY(ana_workspace_check(&workspace, "visibility"));
    ANA_TRY(make_features(observations, &features));
    for (size_t k = 0; k < observations->n_features * n_sequences; k++) {
        if (take_stretch(observations, k / n_sequences, k % n_sequences, &stretch)) {
            ANA_TRY(describe_stretch(&stretch, use, network, features));
        } else {
            leave_out(k, features);
        }
    }
    if (features->n_missing > 0) {
        ana_warn(&use->run,
                 "visibility: %zu of %zu stretches of signals have missing samples and "
                 "no graph",
                 features->n_missing, observations->n_features * n_sequences);
    }
    *out = features;
    features = NULL;
done:
    ana_visibility_features_free(features);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_visibility_features_to_record(const ana_visibility_features *features,
                                             ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const ana_shape shape =
        ana_shape_2(features->n_signals, "signal", features->n_sequences, "sequence");
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "visibility features"));
    ANA_TRY(ana_record_add_text(record, "title", "Visibility graphs of the signals"));
    ANA_TRY(ana_record_add_int(record, "n_missing", (int64_t)features->n_missing, NULL));
    ANA_TRY(ana_record_add_texts(record, "signals", features->n_signals,
                                 (const char *const *)features->signal_names));
    ANA_TRY(ana_record_add_texts(record, "sequences", features->n_sequences,
                                 (const char *const *)features->sequence_names));
    ANA_TRY(ana_record_add_doubles(record, "n_edges", shape, features->n_edges, NULL));
    ANA_TRY(
        ana_record_add_doubles(record, "irreversibility", shape, features->irreversibility, "nat"));
    for (size_t f = 0; f < ANA_GRAPH_N_FEATURES; f++) {
        ANA_TRY(ana_record_add_doubles(record, ana_graph_feature_name((ana_graph_feature)f), shape,
                                       features->of_graph[f], NULL));
    }
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}

void ana_visibility_features_free(ana_visibility_features *features)
{
    if (features == NULL) {
        return;
    }
    for (size_t f = 0; f < ANA_GRAPH_N_FEATURES; f++) {
        free(features->of_graph[f]);
    }
    free(features->n_edges);
    free(features->irreversibility);
    ana_free_texts(features->n_signals, features->signal_names);
    ana_free_texts(features->n_sequences, features->sequence_names);
    free(features);
}
