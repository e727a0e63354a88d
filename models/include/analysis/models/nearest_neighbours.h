/** Which class do the nearest items belong to?
 *
 *  The k nearest neighbours (kNN; Cover & Hart 1967) by any distances, given as a matrix: of
 *  covariances, those of spd.h. As pyRiemann has them: the label is that of most neighbours, of
 *  equals the first class; the probability of a class is the sum over its neighbours of exp(-d^2),
 *  of all sum 1. */
#ifndef ANALYSIS_MODELS_NEAREST_NEIGHBOURS_H
#define ANALYSIS_MODELS_NEAREST_NEIGHBOURS_H

#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** Distances from new items to those whose classes are known; borrowed. */
typedef struct ana_neighbour_distances {
    size_t n_new;
    size_t n;
    const double *distances; /**< n_new x n, not negative */
    size_t n_classes;
    const size_t *classes; /**< n, each below n_classes */
} ana_neighbour_distances;

/** @param k              1 to n; of equal distances the first item counts as nearer
 *  @param predicted      n_new              (out) may be NULL
 *  @param probabilities  n_new x n_classes  (out) may be NULL
 *  @return ANA_ERR_VALUE for k out of range, a class out of range, or a distance that is negative
 *  or not finite; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_neighbours_predict(const ana_neighbour_distances *known,
                                                         size_t k, size_t *predicted,
                                                         double *probabilities);

ANA_END_DECLS

#endif
