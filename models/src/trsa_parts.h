/** What the files of topological transforms share. */
#ifndef MODELS_TRSA_PARTS_H
#define MODELS_TRSA_PARTS_H

#include "workspace.h"

#include <analysis/models/trsa.h>

extern const char *const ana_trsa_transform_names[];

/** Ranks of n values from 0 to 1, ties sharing theirs; NaN stays. ANA_ERR_VALUE when all that are
 *  known are equal, or one is infinite. */
ANA_USE_RESULT ana_status ana_trsa_ranks(size_t n, const double *values, double *ranks);

/** The geo-topological transform of n ranks; to may be ranks. */
void ana_trsa_clip(size_t n, const double *ranks, double low, double high, double *to);

/** Room of one thread. */
typedef struct ana_trsa_room {
    double *square;   /**< n x n: lengths of edges, infinite without one */
    double *distance; /**< n */
    double *done;     /**< n */
} ana_trsa_room;

/** pairs (packed, n conditions): lengths of edges, infinite where there is none, NaN where missing;
 *  in place, the lengths of the shortest paths; *n_unreachable pairs have none and get the largest
 *  of all, at least 1. false: there is no edge at all. */
bool ana_trsa_shortest_paths(size_t n, double *pairs, const ana_trsa_room *room,
                             size_t *n_unreachable);

/** Lengths of edges of pairs: those of rank r among the neighbours of either end. */
void ana_trsa_keep_nearest(size_t n, size_t neighbours, double *pairs, const ana_trsa_room *room);

/** Ranks of matrices on their way; arrays from the workspace. */
typedef struct ana_trsa_ranked {
    const ana_trsa_options *options;
    int n_threads;
    size_t n; /**< conditions */
    size_t n_rdms;
    double *quantiles;     /**< n_rdms x 3: those of low, high, share */
    size_t *n_unreachable; /**< n_rdms */
    bool *has_edges; /**< n_rdms: false when no edge is left, and the values are not to be used */
    ana_trsa_room *rooms; /**< n_threads */
} ana_trsa_ranked;

ANA_USE_RESULT ana_status ana_trsa_ranked_new(const ana_rdms *rdms, const ana_trsa_options *options,
                                              ana_workspace *workspace, ana_trsa_ranked *out);

/** values (n_rdms x pairs): ranks; in place, what they are transformed to. */
void ana_trsa_transform_ranks(const ana_trsa_ranked *ranked, double *values);

#endif
