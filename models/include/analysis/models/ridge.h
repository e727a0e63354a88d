/** Which weights of many features predict many targets best, when there are more features than
 *  samples?
 *
 *  Ridge regression: W minimises |Y - X W|^2 + penalty |W|^2 with the columns' means taken away
 *  first, so that the intercept is not penalised. One symmetric decomposition serves all penalties
 *  and targets: of X^T X where there are fewer features than samples, else of X X^T (Hastie &
 *  Tibshirani 2004, Biostatistics 5(3)). The penalty that predicts best is chosen for each target,
 *  or one for all, by the mean squared error
 *
 *  - of leave-one-out prediction in closed form, e_i / (1 - h_i) with h the diagonal of the hat
 *    matrix (Allen 1974, Technometrics 16(1)), or
 *  - over folds, where samples of a group, or neighbours in time, must leave together.
 *
 *  Banded ridge (Nunez-Elizalde, Huth & Gallant 2019, NeuroImage 197; Dupre la Tour et al. 2022,
 *  NeuroImage 264) gives each of G feature spaces a penalty of its own: space g is scaled by
 *  sqrt(gamma_g), with gamma on the simplex, and gamma is searched at random (Dirichlet) together
 *  with the common penalty: the penalty of space g is penalty / gamma_g. */
#ifndef ANALYSIS_MODELS_RIDGE_H
#define ANALYSIS_MODELS_RIDGE_H

#include <analysis/folds.h>
#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** The feature spaces of banded ridge, and the mixtures of them that are tried. */
typedef struct ana_bands {
    size_t n_spaces;           /**< 2 or more */
    const size_t *space_start; /**< n_spaces + 1: space g is the features from space_start[g] on;
                                    from 0 to p, ascending */
    size_t n_draws;            /**< 1 or more */
    const double *gammas;      /**< n_draws x n_spaces, >= 0, rows of sum 1; NULL: the first has
                                    equal parts, the others are Dirichlet draws of run.seed with
                                    concentrations 1 and 0.1 in turns */
} ana_bands;

typedef struct ana_ridge_options {
    ana_run run;
    size_t n_penalties;      /**< 0 (default): 20 from 1e-7 to 10 times the mean squared length of
                                  the (centred) rows of X, by equal factors */
    const double *penalties; /**< n_penalties, each > 0; borrowed */
    bool per_target;         /**< a penalty for each target (default), or one for all */
    bool intercept;          /**< take the means away (default); else data are as they are */
    const ana_folds *folds;  /**< choose the penalty over these; NULL (default): leave one out */
    const ana_bands *bands;  /**< a penalty for each feature space: each target takes its own gamma
                                  and penalty (per_target; else all the same); NULL (default) */
} ana_ridge_options;

ANA_API ana_ridge_options ana_ridge_options_default(void);

/** p features, q targets; all owned. */
typedef struct ana_ridge {
    size_t n_features;
    size_t n_targets;
    size_t n_penalties;
    double *penalties; /**< n_penalties: those tried */
    double *losses;    /**< n_penalties x q: mean squared error of prediction */
    double *penalty;   /**< q: chosen; the largest of equals */
    double *weights;   /**< p x q */
    double *intercept; /**< q; 0 without */
    /* Banded ridge alone: */
    size_t n_spaces;     /**< 0: plain */
    size_t n_draws;      /**< of gamma */
    double *gammas;      /**< n_draws x n_spaces: those tried */
    double *draw_losses; /**< n_draws x q: the least over penalties */
    double *gamma;       /**< n_spaces x q: chosen */
} ana_ridge;

/** Choose the penalties and fit.
 *
 *  @param x  n x p   samples by features
 *  @param y  n x q
 *  @return ANA_ERR_VALUE for no samples, features or targets, fewer than three samples, a penalty
 *          that is not above 0, bands that break their rules, a NaN or infinity (with its place),
 *          or rows of X that are all the same; ANA_ERR_SHAPE for folds of another number of
 *  samples; ANA_ERR_LIMIT; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_ridge_fit(size_t n, size_t p, const double *x, size_t q,
                                                const double *y, const ana_ridge_options *options,
                                                ana_ridge **out);

/** predicted (m x q) = x (m x p) weights + intercept. */
ANA_API ANA_USE_RESULT ana_status ana_ridge_predict(const ana_ridge *ridge, size_t m,
                                                    const double *x, double *predicted);

ANA_API void ana_ridge_free(ana_ridge *ridge);

ANA_END_DECLS

#endif
