/** Linear maps with a penalty in the basis in which all penalties are diagonal. */
#ifndef MODELS_RIDGE_BASIS_H
#define MODELS_RIDGE_BASIS_H

#include "workspace.h"

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

/** Fitted values are S D L^T Y, those of new rows T D L^T Y, with D = 1 / (values + penalty).
 *
 *  Of X^T X = V diag(values) V^T (fewer features than rows): S = L = X V, T = X_new V. Of
 *  X X^T = U diag(values) U^T: L = U, S = U diag(values), T = X_new X^T U. Values descend. */
typedef struct ridge_basis {
    size_t n;      /**< rows that train */
    size_t n_test; /**< new rows */
    size_t r;      /**< of the basis: all, or the largest that are kept */
    bool dual;
    double offset;   /**< 1 / n when means were taken away, else 0 */
    double *values;  /**< r */
    double *left;    /**< n x r: L */
    double *test;    /**< n_test x r: T */
    double *vectors; /**< primal: r x p, the rows of V^T; NULL for dual */
} ridge_basis;

/** What a basis is made of: features (n x p, p < n; n_test x p), or kernels (p = n) of the rows
 *  that train, and of new rows with them; means taken away. */
typedef struct ridge_matrices {
    size_t n;
    size_t p;
    const double *train;
    size_t n_test;
    const double *test;
    size_t keep; /**< at most so many values are kept */
} ridge_matrices;

/** The basis of features, and that of kernels, with arrays from the workspace. */
ANA_USE_RESULT ana_status ridge_basis_primal(const ridge_matrices *from, ana_workspace *workspace,
                                             ridge_basis *basis);
ANA_USE_RESULT ana_status ridge_basis_dual(const ridge_matrices *from, ana_workspace *workspace,
                                           ridge_basis *basis);

/** Take the means of features away in kernels: rows and columns of K lose their means, and those of
 *  K_test the same of the rows that train. `means` is room for n + n_test numbers. */
void ridge_centre_kernel(size_t n, double *kernel, size_t n_test, double *kernel_test,
                         double *means);

/** What is tried in a basis: q targets (n x q, means taken away). */
typedef struct ridge_targets {
    size_t q;
    const double *y;      /**< n x q, of rows that train */
    const double *y_test; /**< n_test x q, less the means of y; NULL for leave-one-out */
    size_t n_penalties;
    const double *penalties;
} ridge_targets;

/** losses (n_penalties x q) += squared errors of leaving each row out (y_test NULL), or of the new
 *  rows, in chunks of targets. */
ANA_USE_RESULT ana_status ridge_add_losses(const ridge_basis *basis, const ridge_targets *targets,
                                           double *losses);

/** predicted (n_test x q) = T D L^T y, each target with its own penalty. */
ANA_USE_RESULT ana_status ridge_basis_predict(const ridge_basis *basis, size_t q, const double *y,
                                              const double *penalty, double *predicted);

/** weights (p x q) in the features of the basis: V D L^T y, or x^T U D U^T y with the x (n x p) of
 *  the kernel. */
ANA_USE_RESULT ana_status ridge_basis_weights(const ridge_basis *basis, size_t p, const double *x,
                                              size_t q, const double *y, const double *penalty,
                                              double *weights);

/** place (q) = of the penalty with the least loss, the last (largest) of equals; one for all
 *  targets unless per_target, by the mean loss. */
void ridge_choose(size_t n_penalties, size_t q, const double *losses, bool per_target,
                  size_t *place);

#endif
