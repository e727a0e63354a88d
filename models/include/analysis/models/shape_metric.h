/** How far apart are two geometries, when turning one to fit the other is free?
 *
 *  Shape metrics (Williams et al. 2021): the distance between the responses of two systems to the
 *  same stimuli, X (n x p) and Y (n x q), after the best alignment of their units. Over all
 *  rotations and reflections the best fit is the nuclear norm of X^T Y (Procrustes; Schoenemann
 *  1966), over all exchanges of units the assignment of largest sum of products. Where p and q
 *  differ, the smaller system has units that are always 0.
 *
 *  | distance | value |
 *  |---|---|
 *  | euclidean | least \|X - Y Q\|, over all stimuli and units |
 *  | scaled | the same when both are first brought to length 1 |
 *  | angular | arc cosine of the largest X . Y Q / (\|X\| \|Y\|), radians |
 *
 *  Each is a metric: symmetric, 0 for systems that are turned or mirrored images (or exchanges of
 *  units), and never longer than a way round. Whitening by a share w takes the units' scales and
 *  correlations away before: Z = (1 - w) I + w C^-1/2, scaled so that X Z varies as much as X, C =
 *  X^T X; w = 1 makes it the geometry of canonical correlations. The eigenvectors of C whose
 *  eigenvalue is at most `tolerance` times the largest are not whitened.
 *
 *  Held out, means, whitening and alignment are those of the training stimuli, and the distance is
 *  that of the test stimuli, over all folds; what lies in directions that no training stimulus
 *  spans is not matched with anything. It is then no longer a metric, and what was fitted to noise
 *  does not make systems look alike.
 *
 *  For p > n the n x n inner products of stimuli take the place of units. */
#ifndef ANALYSIS_MODELS_SHAPE_METRIC_H
#define ANALYSIS_MODELS_SHAPE_METRIC_H

#include <analysis/models/responses.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** What may be done to one system to fit it to another. */
typedef enum ana_shape_alignment {
    ANA_SHAPE_ORTHOGONAL,  /**< rotations and reflections of the units' space */
    ANA_SHAPE_PERMUTATION, /**< exchanges of units */
    ANA_SHAPE_UNALIGNED    /**< nothing: unit i of one is unit i of the other */
} ana_shape_alignment;

typedef enum ana_shape_distance {
    ANA_SHAPE_EUCLIDEAN,
    ANA_SHAPE_SCALED,
    ANA_SHAPE_ANGULAR
} ana_shape_distance;

/** What a system is: its means, or (shape_trials.h) distributions over trials. */
typedef enum ana_shape_noise {
    ANA_SHAPE_NO_NOISE,
    ANA_SHAPE_GAUSSIAN,
    ANA_SHAPE_ENERGY
} ana_shape_noise;

typedef struct ana_shape_options {
    ana_run run;
    ana_shape_alignment alignment; /**< default orthogonal */
    ana_shape_distance distance;   /**< default angular */
    double whitening;              /**< share, 0 to 1; default 0 */
    double tolerance;              /**< of eigenvalues to whiten; default 1e-7 */
    bool centre;                   /**< take each unit's mean away; default true */
    size_t n_folds;                /**< of stimuli held out; 0, the default: none are */
    bool mean;                     /**< find the mean of all systems; default false */
    size_t n_permutations;         /**< of the stimuli of one system; 0, the default: no test */
    size_t n_bootstraps; /**< of the stimuli, alignments kept; 0, the default: no intervals */
    double level;        /**< of the intervals; default 0.95 */
} ana_shape_options;

ANA_API ana_shape_options ana_shape_options_default(void);
ANA_API extern const ana_option ana_shape_option_table[];

/** S systems, n stimuli; all owned. Matrices are S x S, symmetric. */
typedef struct ana_shapes {
    size_t n_systems;
    size_t n_stimuli;
    ana_shape_alignment alignment;
    ana_shape_distance kind;
    ana_shape_noise noise;
    double whitening;
    size_t n_folds; /**< 0: the stimuli that the alignments were fitted to */
    char **names;
    size_t *n_units;    /**< of each system that were compared */
    size_t *n_excluded; /**< units without any value */
    double *distance;
    double *low; /**< ends of the bootstrap's interval; NaN: not asked for */
    double *high;
    double *p;          /**< chance of so small a distance; NaN: not asked for */
    double *p_adjusted; /**< for the number of pairs, after Holm */
    double *from_mean;  /**< S: distance from the mean of all; NaN: not asked for */
} ana_shapes;

/** Distances of all pairs of systems, which must have the same stimuli (ana_responses_match). Units
 *  without any value are left out and counted.
 *
 *  Permutations exchange the stimuli of one system of a pair, held out within each fold alone. The
 *  bootstrap draws stimuli with their distances under the alignments found. The mean of all systems
 *  is the geometry of least summed squared distance (Frechet mean; generalised Procrustes analysis,
 *  Gower 1975): systems are aligned to it and averaged in turn, from the one in the middle on, to a
 *  local minimum; of systems as they are for euclidean distances, else of length 1.
 *
 *  @return ANA_ERR_VALUE for an option out of range, fewer than two systems or three stimuli, a
 *  system without units, another missing value, an infinite one or one above 1e100 (named with its
 *  system, unit and stimulus), fewer training stimuli than two, a mean of held-out distances, and
 *  for a system that does not vary where the distance needs its length; ANA_ERR_SHAPE when systems
 *  have different numbers of stimuli, or unaligned of units; ANA_ERR_LIMIT; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_shapes_compute(const ana_responses_set *systems,
                                                     const ana_shape_options *options,
                                                     ana_shapes **out);

/** "schema" is "shape": the distances, as figures their matrix and the systems in the plane. */
ANA_API ANA_USE_RESULT ana_status ana_shapes_to_record(const ana_shapes *shapes, ana_record **out);

ANA_API void ana_shapes_free(ana_shapes *shapes);

ANA_END_DECLS

#endif
