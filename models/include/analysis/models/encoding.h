/** How well do the features of a model predict measured responses to stimuli it was not fitted to?
 *
 *  A map from features to units (neurons, voxels, sensors) is fitted to the stimuli of all folds
 *  but one and predicts those of the one left out, until each was predicted once. Everything that
 *  looks at data (means, z-scores, components, penalties, the units chosen) sees the training
 *  stimuli of its fold alone; penalties are chosen within them, by closed-form leave-one-out or,
 *  where stimuli come in groups or blocks of time, over inner folds of the same kind.
 *
 *  The score of a unit is, by `measure`, Pearson's r of predicted and measured, its square (below 0
 *  for r < 0), or the coefficient of determination R2 = 1 - sum of squared errors / sum of squares
 *  about the mean; the mean over folds (Brain-Score), or of all held-out stimuli at once
 *  (`pooled`). Folds may be drawn anew several times (Brain-Score's random splits): scores are
 *  means over repeats. Predictions are kept repeat by repeat, for their mean over repeats would be
 *  the prediction of many maps together, which is better than that of one. Given the units'
 *  reliability (ceiling.h), r is normalised by sqrt(rel), r^2 and R2 by rel. A unit that never
 *  varies has no score; a prediction that does not vary scores r = 0. */
#ifndef ANALYSIS_MODELS_ENCODING_H
#define ANALYSIS_MODELS_ENCODING_H

#include <analysis/folds.h>
#include <analysis/models/ceiling.h>
#include <analysis/models/responses.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_encoding_map {
    ANA_ENCODING_RIDGE,
    ANA_ENCODING_BANDED,    /**< ridge with a penalty for each feature space */
    ANA_ENCODING_PLS,       /**< partial least squares */
    ANA_ENCODING_PCA_RIDGE, /**< ridge on the leading principal components */
    ANA_ENCODING_OLS,       /**< ordinary least squares of least norm */
    ANA_ENCODING_ONE_TO_ONE,
    ANA_ENCODING_BEST_UNIT
} ana_encoding_map;

typedef enum ana_encoding_measure {
    ANA_ENCODING_PEARSON,
    ANA_ENCODING_SQUARED, /**< r |r| */
    ANA_ENCODING_R2
} ana_encoding_measure;

typedef struct ana_encoding_options {
    ana_run run;
    ana_encoding_map map;
    ana_encoding_measure measure;
    bool pooled;             /**< score all held-out stimuli at once; default false */
    size_t n_components;     /**< of PLS and PCA; default 25 */
    double pls_tolerance;    /**< as ana_pls_fit; default 0 */
    bool standardise;        /**< features are z-scored in each fold; default false */
    bool per_target;         /**< a penalty for each unit (default), or one for all */
    size_t n_penalties;      /**< 0 (default): as ana_ridge_options, of all stimuli */
    const double *penalties; /**< n_penalties, > 0; borrowed */
    size_t n_draws;          /**< of banded ridge's gamma; default 50 */
    size_t n_folds;          /**< of each repeat; default 5 */
    size_t n_repeats;        /**< times the stimuli are dealt to folds anew; default 1 */
    size_t n_inner;          /**< folds that choose penalties; 0 (default): leave one out, or 5 with
                                  groups or blocks */
    const size_t *groups;    /**< n_stimuli: those of a group leave together; NULL; borrowed */
    bool blocked;            /**< stimuli are in time: folds are stretches of it */
    size_t gap;              /**< blocked: stimuli left out of training on either side */
    const ana_folds *folds;  /**< instead of all that; NULL; borrowed */
} ana_encoding_options;

ANA_API ana_encoding_options ana_encoding_options_default(void);

/** Rows for map, score, pooled, components, pls-tolerance, standardise, one-penalty, draws, folds,
 *  inner-folds, repeats, blocked, gap. */
ANA_API extern const ana_option ana_encoding_option_table[];

/** All owned. NaN: not known. Units that were never measured are left out of all. */
typedef struct ana_encoding {
    char *name; /**< of the features */
    ana_encoding_map map;
    ana_encoding_measure measure;
    bool pooled;
    size_t n_stimuli;
    size_t n_features;
    size_t n_units; /**< that were measured */
    char **units;
    size_t *unit; /**< n_units: their numbers in the target */
    size_t n_repeats;
    size_t n_folds;      /**< of all repeats together */
    size_t *fold;        /**< n_repeats x n_stimuli: that tested it; n_folds: none did */
    double *predicted;   /**< n_repeats x n_stimuli x n_units: held out; NaN where none was */
    double *r_folds;     /**< n_folds x n_units */
    double *r_pooled;    /**< n_units: of all held-out stimuli, mean over repeats */
    double *r2;          /**< n_units: R2 of all held-out stimuli, mean over repeats */
    double *score;       /**< n_units: the measure asked for */
    double *reliability; /**< n_units; NaN without a ceiling */
    double *ceiling;     /**< n_units: score of a perfect model: sqrt(rel), or rel */
    double *normalised;  /**< n_units: score / ceiling; NaN unless rel > 0 */
    size_t n_penalties;  /**< 0: none in this map */
    double *penalties;   /**< n_penalties */
    double *losses;      /**< n_penalties x n_units: mean over folds of inner squared errors */
    double *penalty;     /**< n_folds x n_units: chosen */
    size_t n_spaces;     /**< of banded ridge; else 0 */
    char **spaces;       /**< n_spaces names */
    double *gamma;       /**< n_spaces x n_units: mean over folds */
    double median;       /**< of the scores */
    double median_normalised;
    size_t n_not_measured; /**< units of the target left out */
    size_t n_constant;     /**< units without a score: they never vary */
    size_t n_unreliable;   /**< units not normalised: rel <= 0 */
    size_t n_unknown;      /**< units not normalised: reliability not known */
    size_t n_unmatched;    /**< units to which one-to-one found no feature in some fold */
} ana_encoding;

/** Predict the target from features of the same stimuli, in the same order (ana_responses_match).
 *
 *  @param n_spaces  feature spaces: one, two or more for banded ridge; of other maps they are put
 *                   side by side. Features that were never measured are left out.
 *  @param ceiling   of the target's units; NULL: none
 *  @return ANA_ERR_VALUE for an option out of range, groups and blocks at once, repeated blocks,
 *          folds whose repeats are not numbered from 0 on,
 *          fewer than three stimuli, features or units
 *          none of which was measured, another missing or infinite value (with its place), features
 *          that never vary, folds that leave fewer than two stimuli to train on, or, unless pooled,
 *          fewer than three to test; ANA_ERR_SHAPE for other numbers of stimuli, or a ceiling of
 *          other units; ANA_ERR_LIMIT; ANA_ERR_CANCELLED; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_encoding_compute(
    size_t n_spaces, ana_responses *const *spaces, const ana_responses *target,
    const ana_ceiling *ceiling, const ana_encoding_options *options, ana_encoding **out);

ANA_API void ana_encoding_free(ana_encoding *encoding);

/** The folds that ana_encoding_compute makes of n stimuli: grouped, blocked or plain. Freed by
 *  ana_folds_free. */
ANA_API ANA_USE_RESULT ana_status ana_encoding_folds(size_t n_stimuli,
                                                     const ana_encoding_options *options,
                                                     ana_folds **out);

ANA_END_DECLS

#endif
