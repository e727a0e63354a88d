/** Which side of the widest gap between two classes does an item lie on?
 *
 *  The support vector machine with soft margin (Cortes & Vapnik 1995) on any kernel, given as a
 *  matrix: linear, radial, or of covariances. Solved by libsvm's sequential minimal optimisation
 *  (Fan, Chen & Lin 2005). */
#ifndef ANALYSIS_SVM_H
#define ANALYSIS_SVM_H

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** Fit n items.
 *
 *  @param kernel     n x n   of every pair, symmetric
 *  @param is_second  n       their classes; both must be there
 *  @param penalty            C, above 0: of an item within the margin
 *  @param tolerance          of the optimality conditions, above 0 (libsvm: 1e-3)
 *  @param weights    n       (out) of the items; 0 of those beyond the margin
 *  @param offset             (out)
 *
 *  The decision on x is sum weights[i] kernel(i, x) + offset, above 0 for the second class.
 *
 *  @return ANA_ERR_VALUE for one class alone, an option out of range or a kernel that is not
 *  finite; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_svm_fit(size_t n, const double *kernel, const bool *is_second,
                                              double penalty, double tolerance, double *weights,
                                              double *offset);

ANA_END_DECLS

#endif
