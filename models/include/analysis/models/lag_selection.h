/** Which delay embedding of the trials tells their classes apart best?
 *
 *  An augmented covariance matrix is that of the channels together with themselves at p * lag
 *  samples, p = 0 ... order - 1: the second moments of an autoregressive model, which hold the
 *  course of a trial where a plain covariance holds its snapshot (Carrara & Papadopoulo 2023,
 *  arXiv 2302.04508). Order and lag are chosen on the training trials alone:
 *
 *  | method | candidates |
 *  |---|---|
 *  | grid | every order up to max_order with every lag up to max_lag; order 1 has no lag |
 *  | mdop | one: the mean over trials of what MDOP (lag_embedding.h) finds in each |
 *  | aic | at each lag the order of the autoregressive model with the least AIC |
 *
 *  Each candidate is scored by folds: of an SVM on tangent vectors at the Riemannian mean of the
 *  training part, with every penalty and kernel, or of the distances to the means of the classes.
 *  The pair and setting with the best mean over folds wins; of equal ones that of smaller order,
 *  then of smaller lag, then of smaller penalty, then the linear kernel.
 *
 *  The grid is fast by sharing: products of the channels at each distance in time are summed once
 *  for each trial (ana_lag_products), for all pairs and all folds of an evaluation; the means of
 *  folds begin at the mean of all, with the logarithms and the curvature found there; the tangent
 *  vectors are those of the last step towards the mean. With `race` all pairs run on tangent
 *  vectors at the arithmetic mean, one eigenvalue decomposition a trial, and the best n_kept are
 *  then scored as above: the choice may differ from the full grid's. */
#ifndef ANALYSIS_MODELS_LAG_SELECTION_H
#define ANALYSIS_MODELS_LAG_SELECTION_H

#include <analysis/folds.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** Trials of equal length; borrowed. */
typedef struct ana_lag_trials {
    size_t n_trials;
    size_t n_channels;
    size_t n_times;
    const double *values;  /**< n_trials x n_channels x n_times, each finite */
    const size_t *classes; /**< n_trials: any numbers, equal for trials of a class */
} ana_lag_trials;

typedef enum ana_lag_method {
    ANA_LAG_GRID,
    ANA_LAG_MDOP,
    ANA_LAG_AIC
} ana_lag_method;

/** The samples that each of the order's blocks holds, of n_times. */
typedef enum ana_lag_tail {
    ANA_LAG_PUBLISHED, /**< n_times - order lag: one lag less than there is, as published */
    ANA_LAG_FULL,      /**< n_times - (order - 1) lag: all there are */
    ANA_LAG_ALIGNED    /**< n_times - max_order lag: the same for all orders above 1 at a lag, whose
                            matrices are then leading blocks of each other */
} ana_lag_tail;

typedef enum ana_lag_estimator {
    ANA_LAG_COVARIANCE, /**< about the mean, divisor n - 1, as published */
    ANA_LAG_OAS         /**< shrunk (Chen et al. 2010, as scikit-learn): for high orders */
} ana_lag_estimator;

typedef enum ana_lag_classifier {
    ANA_LAG_SVM,
    ANA_LAG_MDM
} ana_lag_classifier;
typedef enum ana_lag_kernel {
    ANA_LAG_LINEAR,
    ANA_LAG_RADIAL
} ana_lag_kernel;

/** Which kernels compete. */
typedef enum ana_lag_kernels {
    ANA_LAG_ONLY_LINEAR,
    ANA_LAG_ONLY_RADIAL, /**< gamma = 1 / (number of features x their variance) */
    ANA_LAG_BOTH_KERNELS
} ana_lag_kernels;

typedef enum ana_lag_metric {
    ANA_LAG_AUTOMATIC, /**< auc for two classes, else accuracy */
    ANA_LAG_AUC,
    ANA_LAG_ACCURACY
} ana_lag_metric;

typedef struct ana_lag_options {
    ana_run run;
    ana_lag_method method;         /**< default grid */
    bool race;                     /**< grid: default false */
    size_t n_kept;                 /**< race: pairs that are scored in full; default 10 */
    size_t max_order;              /**< default 10 */
    size_t max_lag;                /**< samples; default 10 */
    ana_lag_tail tail;             /**< default published */
    ana_lag_estimator estimator;   /**< default covariance */
    ana_lag_classifier classifier; /**< default svm */
    const char *penalties;         /**< svm: C, rising, commas between; NULL: "0.5,1,1.5" */
    ana_lag_kernels kernels;       /**< svm: default both */
    ana_lag_metric metric;         /**< default auto */
    size_t n_folds;                /**< when none are given; default 3 */
    double tolerance;              /**< of means, as in spd_mean.h; default 1e-9 */
} ana_lag_options;

ANA_API ana_lag_options ana_lag_options_default(void);
/** Rows for method, race, keep, max-order, max-lag, tail, estimator, classifier, penalties,
 *  kernels, metric, inner-folds, mean-tolerance. */
ANA_API extern const ana_option ana_lag_option_table[];

/** The products of the channels at each distance in time that a grid needs, of every trial. What
 *  is found later of a trial by itself (mdop) is kept here too, so that folds share it. */
typedef struct ana_lag_products ana_lag_products;

/** *out = the products of those trials, freed by ana_lag_products_free. Of the options: run,
 *  max_order, max_lag; later calls may ask for less, not more. Nothing is borrowed. `options` NULL,
 *  here and below: the defaults.
 *
 *  @return ANA_ERR_VALUE for a value that is not finite (trial, channel and sample are named), no
 *  trials, channels, or fewer than two samples; ANA_ERR_LIMIT; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_lag_products_new(const ana_lag_trials *trials,
                                                       const ana_lag_options *options,
                                                       ana_lag_products **out);

ANA_API void ana_lag_products_free(ana_lag_products *products);

/** out = the augmented covariance of a trial: n x n with n = order x channels, block p x channels.
 *  ANA_ERR_VALUE when a trial is too short for it, or the products do not reach so far. */
ANA_API ANA_USE_RESULT ana_status ana_lag_covariance(const ana_lag_products *products, size_t trial,
                                                     size_t order, size_t lag,
                                                     const ana_lag_options *options, double *out);

/** What became of a pair. */
typedef enum ana_lag_state {
    ANA_LAG_SCORED,
    ANA_LAG_DROPPED,      /**< by the race */
    ANA_LAG_TOO_SHORT,    /**< trials have fewer samples than its matrices have rows */
    ANA_LAG_NOT_POSITIVE, /**< a matrix is not positive definite to rounding, or has no logarithm */
    ANA_LAG_NOT_SETTLED   /**< a mean was not found in 1000 steps */
} ana_lag_state;

typedef struct ana_lag_pair {
    size_t order;
    size_t lag; /**< samples; 0 of order 1 */
    ana_lag_state state;
    double screening;      /**< mean score of the race; NaN without */
    double mean;           /**< over folds, of the best setting; NaN unless scored */
    double standard_error; /**< of that mean, over folds; NaN of fewer than two */
    double penalty;        /**< svm: of the best setting */
    ana_lag_kernel kernel; /**< svm: of the best setting */
} ana_lag_pair;

/** All owned. */
typedef struct ana_lag_selection {
    ana_lag_method method;
    ana_lag_classifier classifier;
    bool raced;
    bool is_auc;
    size_t max_order;
    size_t max_lag;
    size_t n_trials; /**< that were asked for */
    size_t n_classes;
    size_t *class_counts; /**< n_classes: trials of each, in the order of their numbers */
    size_t n_channels;
    size_t n_times;
    size_t n_folds;
    size_t n_pairs;
    ana_lag_pair *pairs; /**< by order, then lag */
    double *fold_scores; /**< n_pairs x n_folds, of the best setting; NaN unless scored */
    size_t best;         /**< the pair chosen */
    double *aic;         /**< aic: max_lag x max_order, nats a sample; NaN: too short; else NULL */
    size_t *trial_order; /**< mdop: n_trials; else NULL */
    double *trial_lag;   /**< mdop: n_trials: mean of the delays; else NULL */
    size_t *n_vectors;   /**< max_order + 1: eigenvalue decompositions of each order's matrices */
    size_t *n_values;    /**< max_order + 1: those of values alone */
    double seconds;      /**< what it took; not saved */
} ana_lag_selection;

/** Select on some of the trials.
 *
 *  @param items    n_items  trials, none twice; NULL: all
 *  @param n_items           not read when items is NULL
 *  @param folds             of the items, in their order; NULL: stratified and shuffled
 *  @return ANA_ERR_VALUE for an option out of range, fewer than two classes, auc of more than two,
 *  a fold that trains on one class or scores auc on one, no pair that can be scored (the sentence
 *  says why the first could not); ANA_ERR_SHAPE for folds of other items; ANA_ERR_LIMIT;
 *  ANA_ERR_MEMORY; ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_lag_selection_fit(ana_lag_products *products,
                                                        const size_t *items, size_t n_items,
                                                        const ana_folds *folds,
                                                        const ana_lag_options *options,
                                                        ana_lag_selection **out);

/** Schema "lag selection": the choice with its score and what guessing scores (`chance`: an area of
 *  0.5, or the share of the largest class and `chance_bound`, which 95 of 100 guessers stay at or
 *  below), every pair, and the map of scores. */
ANA_API ANA_USE_RESULT ana_status ana_lag_selection_to_record(const ana_lag_selection *selection,
                                                              ana_record **out);

ANA_API void ana_lag_selection_free(ana_lag_selection *selection);

ANA_END_DECLS

#endif
