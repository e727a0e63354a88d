/** What the files of encoding models share. */
#ifndef MODELS_ENCODING_PARTS_H
#define MODELS_ENCODING_PARTS_H

#include "ridge_parts.h"

#include <analysis/models/encoding.h>

extern const char *const ana_encoding_map_names[];
extern const char *const ana_encoding_measure_names[];

/** Whether the map has penalties that are chosen. */
bool encoding_has_penalties(ana_encoding_map map);

/** Features and units of all stimuli, and what is done in each fold. */
typedef struct encoding_task {
    const ana_encoding_options *options;
    const ana_folds *folds;
    ridge_data data;
    size_t q;
    const double *y; /**< n x q */
    size_t n_penalties;
    const double *penalties;
    size_t n_draws; /**< 0: no bands */
    const double *gammas;
    /* Each fold writes its own: */
    double *predicted; /**< n_repeats x n x q: the rows it tests */
    double *losses;    /**< n_folds x n_penalties x q */
    double *penalty;   /**< n_folds x q */
    double *gamma;     /**< n_folds x n_spaces x q */
} encoding_task;

/** Fit one fold and predict what it tests. */
ANA_USE_RESULT ana_status encoding_fit_fold(const encoding_task *task, size_t fold);

/** The features of all spaces that were measured, side by side, and the target's units; arrays from
 *  the workspace. */
typedef struct encoding_inputs {
    size_t n;
    size_t p;
    double *x;           /**< n x p, less its means */
    size_t *space_start; /**< n_spaces + 1 */
    size_t q;
    double *y;    /**< n x q */
    size_t *unit; /**< q: in the target */
} encoding_inputs;

ANA_USE_RESULT ana_status encoding_gather(size_t n_spaces, ana_responses *const *spaces,
                                          const ana_responses *target, ana_workspace *workspace,
                                          encoding_inputs *out);

/** Scores of predicted and measured (y, n_stimuli x n_units), with their ceiling (may be NULL). */
ANA_USE_RESULT ana_status encoding_score(const ana_folds *folds, const double *y,
                                         const ana_ceiling *ceiling, ana_encoding *encoding);

#endif
