/** Which class's cloud of rows is the nearest, if all clouds have one shape?
 *
 *  Fisher's linear discriminant analysis (LDA) as scikit-learn's LinearDiscriminantAnalysis has it.
 *  Score of class k: m_k S^-1 x - m_k S^-1 m_k / 2 + log(prior k) of means m and the covariance S
 *  within classes.
 *
 *  | solver | S |
 *  |---|---|
 *  | svd | pooled, divisor n - n_classes, within the space where features, each over its standard
 *      deviation within classes, vary by more than the tolerance; of between classes only the axes
 *      above the tolerance times the largest |
 *  | least-squares | sum prior_k S_k, S_k of divisor n_k, shrunk: (1 - a) S_k + a mean variance. With
 *      a found by Ledoit & Wolf (2004), S_k is shrunk as the covariance of *standardised* features
 *      and given its standard deviations back |
 *
 *  A singular S gives the solution of least norm. With more features than rows, a shrunk S is
 *  solved in the space of the rows. (decoding.h has the decoder of neural responses, which shrinks
 *  one pooled covariance.) */
#ifndef ANALYSIS_MODELS_LINEAR_DISCRIMINANT_H
#define ANALYSIS_MODELS_LINEAR_DISCRIMINANT_H

#include <analysis/models/linear_scores.h>
#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/status.h>

ANA_BEGIN_DECLS

typedef enum ana_discriminant_solver {
    ANA_DISCRIMINANT_SVD,
    ANA_DISCRIMINANT_LEAST_SQUARES
} ana_discriminant_solver;

typedef struct ana_linear_discriminant_options {
    ana_run run;
    ana_discriminant_solver solver; /**< default svd */
    double shrinkage;     /**< least-squares: 0 (default) to 1; -1: as Ledoit & Wolf find best */
    double tolerance;     /**< svd: of singular values; default 1e-4 */
    const double *priors; /**< n_classes, above 0, of sum 1; NULL (default): shares of the rows */
} ana_linear_discriminant_options;

ANA_API ana_linear_discriminant_options ana_linear_discriminant_options_default(void);

/** Rows for solver, shrinkage, rank-tolerance. */
ANA_API extern const ana_option ana_linear_discriminant_option_table[];

/** Fit; scores and probabilities by ana_linear_scores and ana_linear_probabilities.
 *
 *  @param weights  n_scores x d  (out) n_scores = ana_linear_n_scores(n_classes)
 *  @param biases   n_scores      (out)
 *  @return ANA_ERR_VALUE as ana_labelled_rows_check, for options or priors out of range, shrinkage
 *  with svd, no more rows than classes (svd), or a class of one row (Ledoit & Wolf);
 *  ANA_ERR_NUMERIC when no feature varies within classes. `options` may be NULL. */
ANA_API ANA_USE_RESULT ana_status ana_linear_discriminant_fit(
    const ana_labelled_rows *rows, const ana_linear_discriminant_options *options, double *weights,
    double *biases);

ANA_END_DECLS

#endif
