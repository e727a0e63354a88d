/** Bases of rows that train. */
#ifndef MODELS_RIDGE_ROWS_H
#define MODELS_RIDGE_ROWS_H

#include "ridge_parts.h"

/** Rows of the data, and the mixture of its spaces. */
typedef struct ridge_split {
    size_t n;
    const size_t *rows; /**< that train */
    size_t n_test;
    const size_t *test;
    const double *gamma; /**< n_spaces; NULL: spaces as they are */
} ridge_split;

/** *basis of them, its arrays from the workspace: by features where they are fewer than the rows
 *  that train, else by kernels. */
ANA_USE_RESULT ana_status ridge_basis_of(const ridge_data *data, const ridge_split *split,
                                         size_t keep, ana_workspace *workspace, ridge_basis *basis);

/** Weights (p x q) of the basis to those of the features: times gamma for dual ones, else its root.
 */
void ridge_weigh_weights(const ridge_data *data, const double *gamma, bool dual, size_t q,
                         double *weights);

#endif
