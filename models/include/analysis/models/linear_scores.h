/** Which class does a row's score speak for?
 *
 *  What linear classifiers share: rows of features whose classes are known, scores that are linear
 *  in a row, and the probabilities and labels that follow from scores. Two classes have one score,
 *  above 0 for the second; more have one each, and the largest wins. That is scikit-learn's
 *  decision_function. */
#ifndef ANALYSIS_MODELS_LINEAR_SCORES_H
#define ANALYSIS_MODELS_LINEAR_SCORES_H

#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** Rows to learn from; borrowed. */
typedef struct ana_labelled_rows {
    size_t n;
    size_t d;
    const double *x; /**< n x d */
    size_t n_classes;
    const size_t *classes; /**< n, each below n_classes */
} ana_labelled_rows;

/** ANA_ERR_VALUE, in a sentence that begins with `what`: fewer than two classes, a class without a
 *  row or out of range, no features, or a feature that is not finite. ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_labelled_rows_check(const ana_labelled_rows *rows,
                                                          const char *what);

/** Scores of a row: 1 for two classes, else one for each. */
ANA_API size_t ana_linear_n_scores(size_t n_classes);

/** scores (n x n_scores, out) = x (n x d) times weights (n_scores x d) + biases (n_scores). NaN
 *  passes through. */
ANA_API ANA_USE_RESULT ana_status ana_linear_scores(size_t n, size_t d, const double *x,
                                                    size_t n_scores, const double *weights,
                                                    const double *biases, double *scores);

/** Probabilities (n x n_classes, out) of scores that are log odds, or logarithms of probabilities
 *  but for a term that all classes share: 1 / (1 + exp(-score)), or the softmax. */
ANA_API void ana_linear_probabilities(size_t n, size_t n_classes, const double *scores,
                                      double *probabilities);

/** out (n x n_classes) = exp(score - largest) of each row, of sum 1; also of two classes. `out` may
 *  be `scores`. */
ANA_API void ana_linear_softmax(size_t n, size_t n_classes, const double *scores, double *out);

/** The class (n, out) of the largest score; of equals the first. Two classes: the second where the
 *  score is above 0. */
ANA_API void ana_linear_predict(size_t n, size_t n_classes, const double *scores,
                                size_t *predicted);

ANA_END_DECLS

#endif
