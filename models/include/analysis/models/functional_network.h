/** Which signals go together strongly enough to be connected?
 *
 *  From series (rows are times, features are neurons, voxels or channels) a network: an edge where
 *  the similarity of two passes a threshold. Signals are centred within each sequence and scaled to
 *  length 1 over all; a constant one is similar to none.
 *
 *  | measure | similarity |
 *  |---|---|
 *  | pearson | correlation |
 *  | partial | correlation given all others (Schaefer & Strimmer 2005) |
 *  | lagged | directed: the correlation of i with j later that is largest in size |
 *  | distance | distance correlation (Szekely, Rizzo & Bakirov 2007), 0 to 1 |
 *
 *  Partial correlation is of the inverse of the shrunk correlation matrix. Lags are 1 to `max_lag`
 *  samples, with as many terms as overlap, over the whole length; none crosses two sequences.
 *  Distance correlation holds T x T numbers a signal.
 *
 *  Similarities are computed in tiles and never held all at once (but for partial correlation,
 *  whose matrix has to be inverted); a network of 20,000 voxels is a bit for each pair. Correlation
 *  networks are clustered by construction: compare them with a null (network_features.h). */
#ifndef ANALYSIS_MODELS_FUNCTIONAL_NETWORK_H
#define ANALYSIS_MODELS_FUNCTIONAL_NETWORK_H

#include <analysis/models/graph.h>
#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_functional_measure {
    ANA_FUNCTIONAL_PEARSON,
    ANA_FUNCTIONAL_PARTIAL,
    ANA_FUNCTIONAL_LAGGED,
    ANA_FUNCTIONAL_DISTANCE
} ana_functional_measure;

/** Which similarities count. */
typedef enum ana_functional_sign {
    ANA_FUNCTIONAL_EITHER,   /**< by their size */
    ANA_FUNCTIONAL_POSITIVE, /**< positive ones */
    ANA_FUNCTIONAL_NEGATIVE  /**< negative ones, by their size */
} ana_functional_sign;

/** What happens to signals that miss samples. */
typedef enum ana_functional_missing {
    ANA_FUNCTIONAL_MISSING_REFUSE,
    ANA_FUNCTIONAL_MISSING_PAIRWISE /**< pearson: two signals are compared over the sequences in
                                         which neither misses a sample or is constant: animals that
                                         each show some of the neurons */
} ana_functional_missing;

typedef struct ana_functional_options {
    ana_run run;
    ana_functional_measure measure; /**< default pearson */
    ana_functional_missing missing; /**< default refuse */
    ana_functional_sign sign;       /**< default either */
    double threshold;               /**< an edge is above it; 0 to 1, default 0.5 */
    double density; /**< share of the possible edges to keep, strongest first, instead of the
                       threshold; equal ones at the border are all left out. 0, the default: by
                       threshold */
    size_t max_lag; /**< lagged: samples; default 1 */
} ana_functional_options;

ANA_API ana_functional_options ana_functional_options_default(void);
ANA_API extern const ana_option ana_functional_option_table[];

/** The network; its weights are the similarities. Shared errors: ANA_ERR_VALUE for an option out of
 *  range, a sample that is missing, or missing samples with another measure than pearson;
 *  ANA_ERR_SHAPE for fewer than two times; ANA_ERR_LIMIT; ANA_ERR_NUMERIC when a matrix of partial
 *  correlation cannot be inverted; ANA_ERR_MEMORY. Warnings say how many signals are constant, and
 *  how many pairs no sequence shows together: they have no edge. */
ANA_API ANA_USE_RESULT ana_status ana_functional_network(const ana_observations *observations,
                                                         const ana_functional_options *options,
                                                         ana_graph **out);

/** What a map of features holds, a number for each signal. */
typedef enum ana_functional_feature {
    ANA_FUNCTIONAL_DEGREE,
    ANA_FUNCTIONAL_DEGREE_POSITIVE, /**< edges of positive similarity */
    ANA_FUNCTIONAL_DEGREE_NEGATIVE,
    ANA_FUNCTIONAL_STRENGTH, /**< sum of the sizes of its edges' similarities */
    ANA_FUNCTIONAL_CYCLES3,  /**< triangles through it */
    ANA_FUNCTIONAL_CLUSTERING,
    ANA_FUNCTIONAL_N_FEATURES
} ana_functional_feature;

/** "degree", "degree_positive", ... */
ANA_API const char *ana_functional_feature_name(ana_functional_feature feature);

/** Where the signals come from, for edges by length. */
typedef struct ana_functional_space {
    size_t n_axes;
    const double *positions; /**< n_features x n_axes */
    size_t n_bins;
    const double *bins; /**< n_bins + 1, ascending; the last border belongs to no bin */
} ana_functional_space;

/** All owned. */
typedef struct ana_functional_maps {
    size_t n_signals;
    size_t n_edges;
    double threshold; /**< used, also where a density was asked for */
    size_t n_constant;
    double *of_signal[ANA_FUNCTIONAL_N_FEATURES]; /**< n_signals each */
    size_t n_bins;
    double *by_distance; /**< n_signals x n_bins: edges of that length; NULL without a space */
} ana_functional_maps;

/** Features of the network without its list of edges: V x V bits. Not for lagged similarity
 *  (ANA_ERR_VALUE). `space` may be NULL. */
ANA_API ANA_USE_RESULT ana_status ana_functional_maps_new(const ana_observations *observations,
                                                          const ana_functional_space *space,
                                                          const ana_functional_options *options,
                                                          ana_functional_maps **out);

ANA_API void ana_functional_maps_free(ana_functional_maps *maps);

ANA_END_DECLS

#endif
