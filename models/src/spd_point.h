/** A point of the space of positive definite matrices, with what its maps need.
 *
 *  Matrices are real here, Hermitian ones embedded (spd_parts.h): of an embedded matrix, element
 *  (i, j) stands for the complex one (i mod half, j mod half). */
#ifndef MODELS_SPD_POINT_H
#define MODELS_SPD_POINT_H

#include "spd_parts.h"

typedef struct spd_point {
    size_t n;    /**< rows */
    size_t half; /**< rows of the complex matrix; n of a real one */
    const double *matrix;
    double *root;    /**< matrix^1/2 */
    double *inverse; /**< matrix^-1/2 */
    double *lower;   /**< Cholesky factor, embedded */
    double *values;  /**< eigenvalues */
    double *vectors; /**< rows */
    double *slopes;  /**< (v_i - v_j) / (ln v_i - ln v_j) */
    double *room;    /**< of the products below */
    double *other;   /**< of the caller, and of spd_derive and spd_to_lower */
} spd_point;

/** The point of a matrix in the shape of a set; workspace memory. */
ANA_USE_RESULT ana_status spd_open_point(const ana_spd_set *shape, const double *matrix,
                                         ana_workspace *workspace, spd_point *at);

/** out = A B, or A B^T. */
ANA_USE_RESULT ana_status spd_point_product(const spd_point *at, const double *a, bool transpose,
                                            const double *b, double *out);
/** out = F S F^T, by way of at->room. */
ANA_USE_RESULT ana_status spd_point_sandwich(const spd_point *at, const double *f, const double *s,
                                             double *out);
/** A function of one symmetric matrix. */
ANA_USE_RESULT ana_status spd_point_function(const spd_point *at, ana_spd_function function,
                                             const double *x, double *out);
/** Both halves become their mean. */
void spd_mend_symmetry(size_t n, double *a);

/** out = the derivative of exp at the point's logarithm, or of log at the point, along W. */
ANA_USE_RESULT ana_status spd_derive(const spd_point *at, bool of_log, const double *w,
                                     double *out);

/** U of a tangent W: L (below(P) + diag(P) / 2) with P = L^-1 W L^-T; and W = U L^T + L U^T. */
ANA_USE_RESULT ana_status spd_to_lower(const spd_point *at, const double *w, double *out);
ANA_USE_RESULT ana_status spd_from_lower(const spd_point *at, const double *u, double *out);

/** The Cholesky factor in the matrix's own shape, as a matrix of at->n rows. */
ANA_USE_RESULT ana_status spd_embed_factor(const ana_spd_set *shape, const double *matrix,
                                           ana_workspace *workspace, double *out);

/** ANA_ERR_UNSUPPORTED in a sentence. */
ana_status spd_no_such_map(ana_spd_metric metric);

#endif
