/** The solvers of linear discriminants: weights and biases of every class. */
#ifndef MODELS_LINEAR_DISCRIMINANT_PARTS_H
#define MODELS_LINEAR_DISCRIMINANT_PARTS_H

#include "workspace.h"

#include <analysis/models/linear_discriminant.h>

#include <float.h>
#include <stdbool.h>

typedef struct discriminant_job {
    const ana_labelled_rows *rows;
    const double *n_in;   /**< n_classes: rows of each */
    const double *priors; /**< n_classes */
    const double *means;  /**< n_classes x d */
    double shrinkage;
    double tolerance;
} discriminant_job;

ANA_USE_RESULT ana_status discriminant_by_svd(const discriminant_job *job, double *weights,
                                              double *biases);
ANA_USE_RESULT ana_status discriminant_by_least_squares(const discriminant_job *job,
                                                        double *weights, double *biases);

/** Whether n values about `mean` vary by more than their rounding. */
static inline bool discriminant_varies(size_t n, double mean, double variance)
{
    const double rounding = (double)n * DBL_EPSILON * mean;
    return variance > rounding * rounding;
}

#endif
