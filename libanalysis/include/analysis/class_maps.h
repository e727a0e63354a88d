/** Which features (channel x frequency, or any others) tell two classes of trials apart?
 *
 *  For each feature by itself: how much of its variance the class explains, and two tests of
 *  whether it lies elsewhere. All trials of both classes count, also when there are more of one.
 *  Values picked by such a map must be picked inside the folds that score them: a p-value of the
 *  best of many features is no p-value. */
#ifndef ANALYSIS_CLASS_MAPS_H
#define ANALYSIS_CLASS_MAPS_H

#include <analysis/status.h>

#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

/** Each array has n_features values; NaN where a feature does not allow an answer: no trial of a
 *  class is left (t: fewer than two), or nothing varies (t: within the classes). */
typedef struct ana_class_maps {
    size_t n_features;
    size_t n_first;    /**< trials of the first class */
    size_t n_second;   /**< trials of the second class */
    double *r2;        /**< share of the variance that lies between the classes, 0 to 1 */
    double *signed_r2; /**< the same, negative where the second class has the lower mean */
    double *t;         /**< Welch's t, first minus second class */
    double *df;        /**< its degrees of freedom (Welch-Satterthwaite) */
    double *t_p;       /**< two-sided */
    double *z;         /**< Wilcoxon's rank sum of the first class, standardised */
    double *z_p;       /**< two-sided, by the normal distribution with the ties' variance */
} ana_class_maps;

/** Maps between the trials labelled `first` and those labelled `second`; others are passed over.
 *
 *  r2 is the squared point-biserial correlation: n1 n2 / n (m1 - m2)^2 over the total sum of
 *  squares. Welch (1947), Biometrika 34; Wilcoxon (1945), Biometrics Bull. 1(6), without correction
 *  for continuity. NaN is a missing value: that trial is left out of that feature.
 *
 *  @param values  n_trials x n_features
 *  @param labels  n_trials
 *  @return ANA_ERR_VALUE when the two labels are the same, a class has no trials, or a value is
 *          infinite (with its place); ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_class_maps_compute(size_t n_trials, size_t n_features,
                                                         const double *values,
                                                         const int64_t *labels, int64_t first,
                                                         int64_t second, ana_class_maps **out);

ANA_API void ana_class_maps_free(ana_class_maps *maps);

ANA_END_DECLS

#endif
