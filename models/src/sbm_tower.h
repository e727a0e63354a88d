/** One search for the best partition, or hierarchy of them, of a network. */
#ifndef ANALYSIS_MODELS_SBM_TOWER_H
#define ANALYSIS_MODELS_SBM_TOWER_H

#include "sbm_search.h"

/** A hierarchy as a search finds it: labels 0 ... n_groups[l] - 1, none empty. */
typedef struct ana_sbm_found {
    size_t n_levels;
    size_t n_groups[ANA_SBM_MOST_LEVELS];
    size_t *group[ANA_SBM_MOST_LEVELS]; /**< [0]: nodes; others: `room` each */
    double length;
} ana_sbm_found;

/** What one thread needs. */
typedef struct ana_sbm_tower {
    size_t room;           /**< groups of the lowest level that can be grouped */
    ana_sbm_search lowest; /**< of the graph */
    ana_sbm_search upper;  /**< of groups */
    ana_sbm_network groups;
    ana_sbm_found trial;
    size_t *number_of; /**< slots: compact labels */
} ana_sbm_tower;

ANA_USE_RESULT ana_status ana_sbm_found_make(size_t n, size_t room, bool nested,
                                             ana_workspace *workspace, ana_sbm_found *out);
void ana_sbm_found_copy(size_t n, const ana_sbm_found *from, ana_sbm_found *to);

/** Most groups at which a search of n nodes begins, and that it can group further. */
size_t ana_sbm_capacity(size_t n);
size_t ana_sbm_room(size_t n);

ANA_USE_RESULT ana_status ana_sbm_tower_make(const ana_sbm_terms *terms,
                                             const ana_sbm_network *network, bool nested,
                                             ana_workspace *workspace, ana_sbm_tower *out);
size_t ana_sbm_tower_bytes(const ana_sbm_network *network, bool nested);

/** Search from scratch, with the random stream in tower->lowest, and leave the best in `best`. */
void ana_sbm_tower_search(ana_sbm_tower *tower, bool nested, size_t n_rounds, ana_sbm_found *best);

/** The state of the lowest level under a hierarchy. */
void ana_sbm_tower_set(ana_sbm_tower *tower, const ana_sbm_found *found);

#endif
