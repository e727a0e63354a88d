/** Maps from features to targets beside ridge regression (ridge.h): what few directions, or single
 *  units, of a model predict.
 *
 *  Partial least squares (Wold 1966; de Jong 1993 for the kernel form) finds directions of the
 *  features whose scores have the largest covariance with the targets, one after the other, each
 *  orthogonal to those before: the leading left singular vector of X^T Y, X^T Y deflated by the
 *  score. It is the map of Brain-Score (Schrimpf et al. 2018), with 25 components.
 *
 *  Unit maps predict each target from one feature, by a line: the feature of the largest
 *  correlation (best unit), or a different feature for each target, so that the sum of correlations
 *  is largest (one to one; Arend et al. 2018; Khosla & Williams 2024). */
#ifndef ANALYSIS_MODELS_ENCODING_MAPS_H
#define ANALYSIS_MODELS_ENCODING_MAPS_H

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef struct ana_pls_options {
    size_t n_components; /**< at least 1; at most min(n - 1, p) are found; default 25 */
    double tolerance;    /**< 0 (default): singular vectors to the last digits; else those of the
                              NIPALS iteration, which stops when the squared change of the direction
                              is below it (1e-6 in scikit-learn and so in Brain-Score) */
} ana_pls_options;

ANA_API ana_pls_options ana_pls_options_default(void);

/** p features, q targets; all owned. Columns' means are taken away; nothing is scaled. */
typedef struct ana_pls {
    size_t n_features;
    size_t n_targets;
    size_t n_components; /**< fewer than asked for where nothing is left to explain */
    double *directions;  /**< n_components x p: scores are (X - means) times these */
    double *loadings;    /**< n_components x q: of the targets on the scores */
    double *mean_x;      /**< p */
    double *mean_y;      /**< q */
} ana_pls;

/** Fit.
 *
 *  @param x          n x p
 *  @param y          n x q
 *  @return ANA_ERR_VALUE for fewer than two samples, no features, targets or components, a NaN or
 *          infinity, or a negative tolerance; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_pls_fit(size_t n, size_t p, const double *x, size_t q,
                                              const double *y, const ana_pls_options *options,
                                              ana_pls **out);

/** predicted (m x q) of x (m x p). */
ANA_API ANA_USE_RESULT ana_status ana_pls_predict(const ana_pls *pls, size_t m, const double *x,
                                                  double *predicted);

ANA_API void ana_pls_free(ana_pls *pls);

/** Which feature predicts each target; all owned. */
typedef struct ana_unit_map {
    size_t n_targets;
    size_t *feature;     /**< q; ANA_UNASSIGNED (assignment.h): none is left */
    double *correlation; /**< q; NaN: none */
    double *slope;       /**< q */
    double *intercept;   /**< q; NaN: none */
} ana_unit_map;

/** Features that do not vary correlate with nothing (0), and so do such targets.
 *
 *  @param one_to_one  no feature serves two targets; with fewer features than targets some targets
 *                     have none
 *  @return ANA_ERR_VALUE for fewer than two samples, no features or targets, or a NaN or infinity;
 *          ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_unit_map_fit(size_t n, size_t p, const double *x, size_t q,
                                                   const double *y, bool one_to_one,
                                                   ana_unit_map **out);

/** predicted (m x q) of x (m x p); NaN for targets without a feature. */
ANA_API void ana_unit_map_predict(const ana_unit_map *map, size_t m, size_t p, const double *x,
                                  double *predicted);

ANA_API void ana_unit_map_free(ana_unit_map *map);

ANA_END_DECLS

#endif
