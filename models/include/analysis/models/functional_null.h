/** Is a functional network more clustered than correlation alone makes it?
 *
 *  Signals that go together with a third go together: networks of correlations are clustered by
 *  construction, and random graphs of the same degrees are not (Zalesky, Fornito & Bullmore 2012,
 *  NeuroImage 60, 2096). The fair comparison is with networks made in the same way, with as many
 *  edges, of signals that have nothing to do with one another but go up and down as slowly: those
 *  with randomised phases (Theiler et al. 1992; Hlinka, Hartman & Palus 2012, Chaos 22, 033107).
 *  Each signal keeps its spectrum, and with it its mean, variance and autocorrelation, within each
 *  sequence; that two signals go together is lost. */
#ifndef ANALYSIS_MODELS_FUNCTIONAL_NULL_H
#define ANALYSIS_MODELS_FUNCTIONAL_NULL_H

#include <analysis/models/functional_network.h>
#include <analysis/models/network_features.h>
#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

/** *out = the same signals with random phases: within each sequence the sizes of all frequencies
 *  stay, and the phases of those between 0 and the highest are uniform, of each signal its own. The
 *  stream of random numbers is that of `item`. ANA_ERR_VALUE for a sample that is missing;
 *  ANA_ERR_LIMIT for a sequence of over 2^30 samples; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_functional_surrogate(const ana_observations *observations,
                                                           uint64_t seed, uint64_t item,
                                                           ana_observations **out);

/** What a network's clustering and path length are compared with. */
typedef enum ana_functional_null_kind {
    ANA_FUNCTIONAL_NULL_NONE,
    ANA_FUNCTIONAL_NULL_PHASES, /**< networks of signals with random phases, of as many edges */
    ANA_FUNCTIONAL_NULL_DEGREES /**< random networks of the same degrees */
} ana_functional_null_kind;

typedef struct ana_functional_null_options {
    ana_run run;
    ana_functional_null_kind null; /**< default none */
    size_t n_nulls;                /**< default 100 */
    double swaps;                  /**< tried for each edge, degrees; default 10 */
} ana_functional_null_options;

ANA_API ana_functional_null_options ana_functional_null_options_default(void);
ANA_API extern const ana_option ana_functional_null_option_table[];

/** All owned. Paths are counted in edges. */
typedef struct ana_functional_world {
    ana_functional_null_kind null;
    ana_small_world world;
    double z_clustering;
    double p_clustering; /**< two-sided, as in network_comparison.h */
    double z_path_length;
    double p_path_length;
    double *clustering;  /**< world.n_nulls */
    double *path_length; /**< world.n_nulls; NaN without a path */
} ana_functional_world;

/** Compare the network that ana_functional_network makes of the observations with `functional`
 *  options. Errors of both functions, and ANA_ERR_VALUE for an option out of range. */
ANA_API ANA_USE_RESULT ana_status
ana_functional_world_new(const ana_observations *observations, const ana_graph *network,
                         const ana_functional_options *functional,
                         const ana_functional_null_options *options, ana_functional_world **out);

/** Adds the group "small_world" to the record of the network. */
ANA_API ANA_USE_RESULT ana_status ana_functional_world_add(const ana_functional_world *world,
                                                           ana_record *record);

ANA_API void ana_functional_world_free(ana_functional_world *world);

ANA_END_DECLS

#endif
