/** Partitions of a network of least description length: agglomeration from small groups, then moves
 *  of nodes, merges and splits of groups (Peixoto 2014, Phys. Rev. E 89, 012804; 2020, Phys. Rev. E
 *  102, 012305), greedy or by Monte Carlo. Nothing here allocates once made. */
#ifndef ANALYSIS_MODELS_SBM_SEARCH_H
#define ANALYSIS_MODELS_SBM_SEARCH_H

#include "sbm_state.h"

#include <analysis/random.h>

enum {
    ANA_SBM_MOST_STAGES = 64 /* of an agglomeration */
};

typedef struct ana_sbm_merge {
    size_t from;
    size_t to;
    double delta;
} ana_sbm_merge;

typedef struct ana_sbm_search {
    ana_sbm_state state;
    ana_random random;
    double length;         /**< of the state's partition */
    size_t *order;         /**< n: nodes in the order of a sweep */
    size_t *candidate;     /**< 2 capacity + 2: groups, those that do not exist yet at the end */
    size_t *parent;        /**< 2 capacity + 2: of the latter */
    double *delta;         /**< 2 capacity + 2 */
    ana_sbm_merge *merges; /**< capacity */
    size_t *heir;          /**< capacity: into which group each one has gone */
    size_t *members;       /**< n: of the group that is split */
    size_t *saved;         /**< n: labels to go back to */
    size_t n_stages;
    size_t *stage;        /**< stages x n: partitions met on the way up */
    double *stage_length; /**< stages */
    size_t *stage_groups; /**< stages */
} ana_sbm_search;

/** Room in the workspace; `capacity` groups at most. */
ANA_USE_RESULT ana_status ana_sbm_search_make(const ana_sbm_terms *terms,
                                              const ana_sbm_network *network, size_t capacity,
                                              ana_workspace *workspace, ana_sbm_search *out);

/** Begin from a partition. */
void ana_sbm_search_set(ana_sbm_search *search, const size_t *group);

/** From groups as small as the capacity allows up to a single one; the stages are kept, the state
 *  ends at the best of them. */
void ana_sbm_agglomerate(ana_sbm_search *search);

/** Node by node, in random order, into the group of least length; with `fresh` also into a group of
 *  its own. Returns the nats gained (>= 0). */
double ana_sbm_sweep(ana_sbm_search *search, bool fresh);

/** Node by node, into a group drawn by its posterior given all others, also into one of its own,
 *  below any of the level above; that level and all higher ones stay as they are. */
void ana_sbm_gibbs(ana_sbm_search *search);

/** Sweeps, merges, splits and both together until none of them gains. */
void ana_sbm_refine(ana_sbm_search *search);

#endif
