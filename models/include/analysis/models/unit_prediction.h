/** How few units of one system does it take to predict a unit of another?
 *
 *  Each unit of the second system (target) is regressed on all units of the first (predictors) with
 *  an l1 penalty, least |y - X b|^2 / (2 n) + penalty |b|_1 of standardised units (lasso:
 *  Tibshirani 1996; coordinate descent with covariance updates along falling penalties, Friedman,
 *  Hastie & Tibshirani 2010, J. Stat. Softw. 33(1)), as in convergent learning (Li et al. 2016): a
 *  target that one predictor suffices for has a counterpart, one that takes many is spread over
 *  them.
 *
 *  Scores are of stimuli held out. Within the training stimuli of each fold a second set of folds
 *  chooses each target's penalty; R2 = 1 - squared error / squared distance from the training mean,
 *  both summed over the folds: at most 1, below 0 when worse than the mean. R2 against the number
 *  of predictors is that of the weakest penalty of the path with no more than so many. */
#ifndef ANALYSIS_MODELS_UNIT_PREDICTION_H
#define ANALYSIS_MODELS_UNIT_PREDICTION_H

#include <analysis/models/unit_matching.h>

ANA_BEGIN_DECLS

typedef struct ana_unit_prediction_options {
    ana_run run;
    size_t n_folds;       /**< of stimuli held out; default 5 */
    size_t n_inner_folds; /**< of the others, for the penalty; default 5 */
    size_t n_values;      /**< of the penalty, evenly spaced in the logarithm; default 30 */
    double share;         /**< the smallest is this share of the largest, the least that leaves no
                               predictor; default 1e-2 */
} ana_unit_prediction_options;

ANA_API ana_unit_prediction_options ana_unit_prediction_options_default(void);

/** Rows for inner-folds, penalties and smallest-penalty; the folds are the caller's. */
ANA_API extern const ana_option ana_unit_prediction_option_table[];

/** p predictors, q targets; all owned. */
typedef struct ana_unit_prediction {
    size_t n_stimuli;
    size_t n_folds;
    ana_unit_side predictors; /**< without the arrays of matches */
    ana_unit_side targets;
    double *r2;           /**< q: held out */
    double *penalty;      /**< q: chosen on all stimuli */
    size_t *n_predictors; /**< q: of the fit to all stimuli at that penalty */
    double *weights;      /**< q x p: of that fit, standardised units */
    size_t most;          /**< predictors that are counted */
    double *r2_of_number; /**< most + 1: held out, with at most 0, 1, ... predictors, mean over
                               targets */
    double *quartiles;    /**< 2 x (most + 1): of the targets */
    double mean;          /**< of r2 */
    double median;
    size_t n_unsettled; /**< descents that ran out of sweeps */
} ana_unit_prediction;

/** Predict the units of `targets` from those of `predictors`, with the same stimuli
 *  (ana_responses_match). Units without any value or without variance are left out and counted.
 *
 *  @return ANA_ERR_VALUE for an option out of range, fewer than four stimuli for each outer fold or
 *  too few for the inner ones, another missing value, an infinite one or one above 1e100 (named
 *  with its system, unit and stimulus), no unit left; ANA_ERR_SHAPE for different numbers of
 *  stimuli; ANA_ERR_LIMIT when the p x p products of predictors pass the memory; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status
ana_unit_prediction_fit(const ana_responses *predictors, const ana_responses *targets,
                        const ana_unit_prediction_options *options, ana_unit_prediction **out);

/** "schema" is "unit prediction": each target's score, as figures R2 against the number of
 *  predictors, and the targets' scores in falling order. */
ANA_API ANA_USE_RESULT ana_status
ana_unit_prediction_to_record(const ana_unit_prediction *prediction, ana_record **out);
ANA_API void ana_unit_prediction_free(ana_unit_prediction *prediction);

ANA_END_DECLS

#endif
