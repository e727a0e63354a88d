/** What the files of shape metrics share. */
#ifndef MODELS_SHAPE_PARTS_H
#define MODELS_SHAPE_PARTS_H

#include "measured_units.h"
#include "workspace.h"

#include <analysis/models/shape_metric.h>

extern const char *const ana_shape_distance_names[];
extern const char *const ana_shape_alignment_names[];
extern const char *const ana_shape_noise_names[];

/** Names, and matrices of NaN (the distances 0). */
ANA_USE_RESULT ana_status ana_shapes_new(const ana_responses_set *systems, ana_shapes **out);

/** distance of a pair of systems, written to its place in the matrix. */
typedef ana_status (*ana_shape_measure)(const void *user, size_t pair, size_t i, size_t j,
                                        double *distance);

/** All pairs, on the run's threads. */
ANA_USE_RESULT ana_status ana_shapes_measure(const ana_run *run, ana_shape_measure measure,
                                             const void *user, ana_shapes *shapes);

/** Which stimuli train and which test; NULL: all of them are both. */
typedef struct ana_shape_split {
    size_t n_train;
    const size_t *train;
    size_t n_test;
    const size_t *test;
} ana_shape_split;

/** A system, centred and whitened, in as few columns as its alignment needs. */
typedef struct ana_shape_form {
    size_t n_train;
    size_t n_test;
    size_t d;
    double *train; /**< n_train x d */
    double *test;  /**< n_test x d; `train` itself when all stimuli are both */
    double *rest;  /**< n_test: squared length of each stimulus outside the columns */
} ana_shape_form;

/** From the workspace. */
ANA_USE_RESULT ana_status ana_shape_form_fit(const ana_measured_units *units,
                                             const ana_shape_options *options,
                                             const ana_shape_split *split, ana_workspace *workspace,
                                             ana_shape_form *out);

/** The squared distance of the two under the best alignment, and where `of_stimulus` (n_test) is
 *  given that of each. Rows of b's training and test stimuli are taken in those orders; NULL: as
 *  they are. */
typedef struct ana_shape_orders {
    const size_t *train;
    const size_t *test;
} ana_shape_orders;

ANA_USE_RESULT ana_status ana_shape_fit_pair(const ana_shape_form *a, const ana_shape_form *b,
                                             ana_shape_alignment alignment,
                                             const ana_shape_orders *orders, double *apart,
                                             double *of_stimulus);

/** The distance of squared distance `apart` and squared lengths x and y. */
double ana_shape_distance_of(ana_shape_distance kind, double apart, double x, double y);

/** All systems in all folds. */
typedef struct ana_shape_work {
    const ana_shape_options *options;
    size_t n_systems;
    size_t n_stimuli;
    size_t n_folds; /**< at least 1 */
    const ana_measured_units *units;
    ana_shape_split *splits; /**< n_folds */
    ana_shape_form *forms;   /**< n_folds x n_systems */
    size_t *fold;            /**< n_stimuli: in which each tests */
    size_t *place;           /**< n_folds x n_stimuli: among that fold's training stimuli, or test
                                  stimuli where it tests */
    double *length;          /**< n_systems x n_stimuli: squared length of each where it tests */
    double *apart;           /**< pairs x n_stimuli; NULL: not wanted */
} ana_shape_work;

/** low and high, p and p_adjusted, as far as asked for. */
ANA_USE_RESULT ana_status ana_shapes_infer(const ana_shape_work *work, ana_shapes *shapes);

/** from_mean, by alignments to all stimuli. */
ANA_USE_RESULT ana_status ana_shapes_find_mean(const ana_shape_work *work, ana_shapes *shapes);

#endif
