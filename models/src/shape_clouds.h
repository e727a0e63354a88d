/** Distributions over trials, and one step of the alternation that aligns two systems of them. */
#ifndef MODELS_SHAPE_CLOUDS_H
#define MODELS_SHAPE_CLOUDS_H

#include <analysis/models/shape_trials.h>

/** One system: the trials of n stimuli in d units. */
typedef struct ana_shape_cloud {
    size_t n;
    size_t d;
    size_t *start;  /**< n + 1: first row of each stimulus */
    double *rows;   /**< trials x d */
    double *means;  /**< n x d */
    double *roots;  /**< n x d x d: of covariances; NULL for energies */
    double spread;  /**< mean over stimuli: trace of the covariance, or E|x - x'| */
    double *common; /**< d x d: eigenvectors (rows) of the mean covariance */
} ana_shape_cloud;

/** means, roots, spread and common of a cloud whose rows are there; arrays are there as well. */
ANA_USE_RESULT ana_status ana_shape_cloud_describe(ana_shape_noise noise, ana_shape_cloud *cloud);

/** At the alignment `turn` (d x d, for rows: y becomes y turn) the squared distance, and the matrix
 *  C (d x d) whose product with the next alignment is to be largest. */
ANA_USE_RESULT ana_status ana_shape_gaussian_step(const ana_shape_cloud *a,
                                                  const ana_shape_cloud *b, double mean_weight,
                                                  const double *turn, double *value, double *next);
ANA_USE_RESULT ana_status ana_shape_energy_step(const ana_shape_cloud *a, const ana_shape_cloud *b,
                                                const double *turn, double *value, double *next);

/** The squared distance of two clouds under the best alignment that is found. */
ANA_USE_RESULT ana_status ana_shape_align_clouds(const ana_shape_cloud *a, const ana_shape_cloud *b,
                                                 const ana_shape_trials_options *options,
                                                 uint64_t item, double *value);

#endif
