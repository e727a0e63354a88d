/** How far apart are two noisy geometries, their trials and not only their means?
 *
 *  Stochastic shape metrics (Duong et al. 2023): the responses of each system to a stimulus are a
 *  distribution over trials, and the distance is the root of the mean over stimuli of a squared
 *  distance between distributions, under one alignment Q of units for all stimuli:
 *
 *  | noise | of stimulus i |
 *  |---|---|
 *  | gaussian | w \|mu_i - Q nu_i\|^2 + (2 - w) B^2(S_i, Q T_i Q^T), B the Bures distance of covariances |
 *  | energy | 2 E\|x - Q y\| - E\|x - x'\| - E\|y - y'\| over trials (Szekely & Rizzo 2013) |
 *
 *  w = 1 is the Wasserstein distance between Gaussians, w = 2 that of means alone, w = 0 of noise
 *  alone. Both are lowered by alternation that never rises: for Gaussians the rotations inside each
 *  Bures distance and the alignment (each a Procrustes problem), for energies weights 1 / distance
 *  and the alignment. It ends in a local minimum: the best of several starts is taken (as units
 *  stand, by means, by covariances, and at random). Where systems have different numbers of units,
 *  the smaller has units that are always 0. */
#ifndef ANALYSIS_MODELS_SHAPE_TRIALS_H
#define ANALYSIS_MODELS_SHAPE_TRIALS_H

#include <analysis/models/shape_metric.h>
#include <analysis/observations.h>

ANA_BEGIN_DECLS

typedef struct ana_shape_trials_options {
    ana_run run;
    ana_shape_noise noise;         /**< gaussian (the default) or energy */
    ana_shape_alignment alignment; /**< default orthogonal */
    double mean_weight;            /**< w, 0 to 2; default 1 */
    bool centre;                   /**< the mean over stimuli taken away first; default true */
    size_t n_starts;               /**< default 8 */
    size_t max_iterations;         /**< of each start; default 500 */
    double tolerance;              /**< share of the squared distance that ends it; default 1e-10 */
} ana_shape_trials_options;

ANA_API ana_shape_trials_options ana_shape_trials_options_default(void);

/** Rows for mean-weight, starts and iterations; noise, alignment and centre are the caller's. */
ANA_API extern const ana_option ana_shape_trials_option_table[];

/** Distances of all pairs of n systems, whose rows are trials labelled by stimuli; stimuli are
 *  matched by their labels' names (`match` may be NULL).
 *
 *  @return errors of ana_responses_match; ANA_ERR_VALUE for an option out of range, fewer than two
 *  systems, a stimulus of fewer than two trials, a missing, infinite or larger value than 1e100
 *  (named with its system and row); ANA_ERR_SHAPE for different numbers of units without alignment;
 *  ANA_ERR_LIMIT; ANA_ERR_NUMERIC; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_shapes_of_trials(
    size_t n, const ana_observations *const *systems, const char *const *names,
    const ana_match_options *match, const ana_shape_trials_options *options, ana_shapes **out);

ANA_END_DECLS

#endif
