/** What steps of linear classifiers share: they learn weights and biases. */
#ifndef MODELS_BCI_LINEAR_H
#define MODELS_BCI_LINEAR_H

#include "bci_step.h"

#include <analysis/models/linear_scores.h>

enum {
    BCI_WEIGHTS, /**< n_scores x n_features */
    BCI_BIASES,  /**< n_scores */
    BCI_PATTERNS /**< n_scores x n_features, for pictures: cov(x) w (Haufe et al. 2014, eq. 6) */
};

extern const char *const ana_bci_linear_learned[];

/** The items of a batch of vectors as rows whose classes are known; borrowed. */
ana_labelled_rows ana_bci_rows(const bci_batch *in, const bci_teacher *teacher);

/** Room for what is learned. */
ANA_USE_RESULT ana_status ana_bci_linear_learn(bci_step *step, const bci_batch *in,
                                               const bci_teacher *teacher, double **weights,
                                               double **biases);

/** What of the features goes along with each score, once the weights are there. */
ANA_USE_RESULT ana_status ana_bci_linear_patterns(bci_step *step, const bci_batch *in);

/** `shape` and `apply` of every linear classifier: scores are decision values, of two classes the
 *  negative for the first. */
ANA_USE_RESULT ana_status ana_bci_linear_shape(const bci_step *step, const bci_shape *in,
                                               bci_shape *out);
ANA_USE_RESULT ana_status ana_bci_linear_apply(const bci_step *step, const bci_batch *in,
                                               const bci_teacher *teacher, bci_batch *out);

#endif
