/** How likely is each class, given a row of features?
 *
 *  Logistic regression of two classes, or of more by one score each (multinomial), with a penalty
 *  of the weights but not of the biases:
 *
 *      C sum_i s_i loss_i + (1 - a) |w|^2 / 2 + a |w|_1
 *
 *  which is scikit-learn's LogisticRegression; a is its l1_ratio, s_i the weight of row i. Without
 *  the absolute values the minimum is found by Newton's steps to rounding, in the space that the
 *  rows span when there are fewer rows than features; with them by coordinate descent on Newton's
 *  quadratic (Friedman, Hastie & Tibshirani 2010, J. Stat. Softw. 33(1)). scikit-learn's own
 *  solvers stop at 1e-4, so that its weights agree to three or four digits. */
#ifndef ANALYSIS_MODELS_LOGISTIC_REGRESSION_H
#define ANALYSIS_MODELS_LOGISTIC_REGRESSION_H

#include <analysis/models/linear_scores.h>
#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef struct ana_logistic_options {
    ana_run run;
    double cost;           /**< C: of the losses, against the penalty; default 1 */
    double l1_share;       /**< a: 0 (default) to 1 */
    bool balanced;         /**< each class weighs the same: s_i n / (n_classes n_class); default
                                false */
    double tolerance;      /**< Newton: squared decrement over the losses at 0; descent: gradient
                                left over the largest at 0. Default 1e-12 */
    size_t max_iterations; /**< default 1000 */
} ana_logistic_options;

ANA_API ana_logistic_options ana_logistic_options_default(void);

/** Rows for cost, l1-share, balanced, logistic-tolerance, logistic-iterations. */
ANA_API extern const ana_option ana_logistic_option_table[];

typedef struct ana_logistic_info {
    size_t n_iterations;
    bool converged;
    double objective; /**< the sum above, at the answer */
} ana_logistic_info;

/** Fit; scores and probabilities by ana_linear_scores and ana_linear_probabilities.
 *
 *  @param row_weights  n               s, not negative, not all 0 in a class; NULL: 1
 *  @param weights      n_scores x d    (out) n_scores = ana_linear_n_scores(n_classes)
 *  @param biases       n_scores        (out) those of more than two classes sum to 0
 *  @param info                         may be NULL; without it a fit that did not converge is
 *                                      ANA_ERR_NUMERIC
 *  @return ANA_ERR_VALUE as ana_labelled_rows_check, and for weights or options out of range;
 *  ANA_ERR_LIMIT when Newton's matrix is over the memory allowed. `options` may be NULL. */
ANA_API ANA_USE_RESULT ana_status ana_logistic_fit(const ana_labelled_rows *rows,
                                                   const double *row_weights,
                                                   const ana_logistic_options *options,
                                                   double *weights, double *biases,
                                                   ana_logistic_info *info);

ANA_END_DECLS

#endif
