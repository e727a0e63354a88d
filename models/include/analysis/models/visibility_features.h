/** What shape have the signals of a recording, seen as visibility graphs?
 *
 *  The graph of each signal within each sequence (visibility.h; a gap is never crossed), by the
 *  features of the whole graph (network_features.h) and its irreversibility. Links are as long as
 *  the time they span. A sequence in which a signal has a missing sample has no graph: its features
 *  are NaN, and a warning says how many. */
#ifndef ANALYSIS_MODELS_VISIBILITY_FEATURES_H
#define ANALYSIS_MODELS_VISIBILITY_FEATURES_H

#include <analysis/models/network_features.h>
#include <analysis/models/visibility.h>
#include <analysis/observations.h>
#include <analysis/record.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** Arrays are n_signals x n_sequences. All owned. */
typedef struct ana_visibility_features {
    size_t n_signals;
    size_t n_sequences;
    size_t n_missing; /**< signals of sequences without a graph */
    char **signal_names;
    char **sequence_names;
    double *n_edges;
    double *irreversibility; /**< nats, visibility.h */
    double *of_graph[ANA_GRAPH_N_FEATURES];
} ana_visibility_features;

/** `directed` of `visibility` does not matter: irreversibility is that of the directed graph, the
 *  features are the undirected graph's. Both options may be NULL. Errors are those of
 *  ana_visibility_graph and ana_network_features_new. */
ANA_API ANA_USE_RESULT ana_status ana_visibility_features_new(
    const ana_observations *observations, const ana_visibility_options *visibility,
    const ana_network_options *network, ana_visibility_features **out);

/** "schema" is "visibility features". */
ANA_API ANA_USE_RESULT ana_status
ana_visibility_features_to_record(const ana_visibility_features *features, ana_record **out);

ANA_API void ana_visibility_features_free(ana_visibility_features *features);

ANA_END_DECLS

#endif
