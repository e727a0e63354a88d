/** How much does a feature say about the class?
 *
 *  Mutual information between a number and a class, by the distances to the nearest neighbours of
 *  the same class (Ross 2014, PLoS ONE 9(2) e87357, eq. 2), as scikit-learn's mutual_info_classif
 *  has it but without the noise it adds: equal numbers are neighbours at distance 0, and the same
 *  input gives the same figures. Selecting features by it must happen within the rows that a
 *  classifier may learn from. */
#ifndef ANALYSIS_MODELS_FEATURE_INFORMATION_H
#define ANALYSIS_MODELS_FEATURE_INFORMATION_H

#include <analysis/models/linear_scores.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** information (d, out), nats, not negative: psi(n) + <psi(k)> - <psi(rows of the class)> -
 *  <psi(m)>, m the rows of all classes nearer than the k-th neighbour in the class, with the row
 *  itself. k is at most the class's rows less one; classes of one row are left out.
 *
 *  @param k  neighbours, 1 or more (3 is usual)
 *  @return ANA_ERR_VALUE as ana_labelled_rows_check and for k 0 */
ANA_API ANA_USE_RESULT ana_status ana_feature_information(const ana_labelled_rows *rows, size_t k,
                                                          double *information);

/** selected (n_selected, out): the features of most information, in rising order of their number;
 *  of equals the first. ANA_ERR_VALUE for more than d, or none. */
ANA_API ANA_USE_RESULT ana_status ana_feature_select(size_t d, const double *information,
                                                     size_t n_selected, size_t *selected);

ANA_END_DECLS

#endif
