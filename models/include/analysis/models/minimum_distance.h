/** Which class's mean is the nearest, in the space of covariances?
 *
 *  Minimum distance to mean (MDM; Barachant et al. 2012): one mean for each class, and
 *  softmax(-d^2) of the distances as probabilities. With geodesic filtering (FgMDM; Barachant et
 *  al. 2010) matrices are first projected, in the tangent space at the mean of all, on the
 *  directions that tell the classes apart: those of a linear discriminant with the best shrinkage
 *  (linear_discriminant.h). Of the discriminants W that is W' pinv(W W') W, kept as orthonormal
 *  axes of the rows of W. */
#ifndef ANALYSIS_MODELS_MINIMUM_DISTANCE_H
#define ANALYSIS_MODELS_MINIMUM_DISTANCE_H

#include <analysis/models/spd.h>
#include <analysis/models/spd_mean.h>

ANA_BEGIN_DECLS

/** Matrices whose classes are known; borrowed. */
typedef struct ana_labelled_matrices {
    ana_spd_set set;
    size_t n_classes;
    const size_t *classes; /**< set.n_matrices, each below n_classes */
} ana_labelled_matrices;

/** *out = the mean that belongs to a distance. ANA_ERR_UNSUPPORTED for a distance that has none
 *  here (kullback, kullback-right, thompson). */
ANA_API ANA_USE_RESULT ana_status ana_minimum_distance_mean(ana_spd_metric metric,
                                                            ana_spd_mean_method *out);

typedef struct ana_minimum_distance_options {
    ana_run run;
    ana_spd_metric metric; /**< of distances and means; default riemann */
} ana_minimum_distance_options;

ANA_API ana_minimum_distance_options ana_minimum_distance_options_default(void);

/** One row: metric. */
ANA_API extern const ana_option ana_minimum_distance_option_table[];

/** means (n_classes x ana_spd_size, out) = the mean of each class.
 *
 *  @return ANA_ERR_VALUE for fewer than two classes, one without matrices, or what ana_spd_mean
 *  refuses; ANA_ERR_UNSUPPORTED for a distance without a mean; ANA_ERR_NUMERIC for a mean that does
 *  not settle. */
ANA_API ANA_USE_RESULT ana_status ana_minimum_distance_fit(
    const ana_labelled_matrices *known, const ana_minimum_distance_options *options, double *means);

/** Distances from the means, and the probabilities of the classes; the nearest mean is the answer.
 *
 *  @param means          n_classes x ana_spd_size
 *  @param distances      n_matrices x n_classes  (out) may be NULL
 *  @param probabilities  n_matrices x n_classes  (out) may be NULL
 *  @return errors of ana_spd_distances */
ANA_API ANA_USE_RESULT ana_status ana_minimum_distance_predict(
    const ana_spd_set *set, size_t n_classes, const double *means,
    const ana_minimum_distance_options *options, double *distances, double *probabilities);

/** Learn to filter.
 *
 *  @param reference  ana_spd_size                    (out) Riemannian mean of all
 *  @param axes       n_axes x ana_spd_vector_size    (out) orthonormal rows, or rows of 0 where the
 *                                                    discriminants have fewer directions;
 *                                                    n_axes = ana_linear_n_scores(n_classes)
 *  @return errors as ana_minimum_distance_fit */
ANA_API ANA_USE_RESULT ana_status ana_geodesic_filter_fit(const ana_labelled_matrices *known,
                                                          const ana_run *run, double *reference,
                                                          double *axes);

/** out (n_matrices x ana_spd_size) = the matrices, filtered. */
ANA_API ANA_USE_RESULT ana_status ana_geodesic_filter_apply(const ana_spd_set *set,
                                                            const double *reference, size_t n_axes,
                                                            const double *axes, const ana_run *run,
                                                            double *out);

ANA_END_DECLS

#endif
