/** Weights of models by their inner products alone. */
#ifndef MODELS_RSA_FIT_H
#define MODELS_RSA_FIT_H

#include <analysis/models/rsa_flexible.h>

/** x (n, out): least 1/2 x^T a x - c^T x, a (n x n) of unit diagonal or 0; the least-norm one of
 *  several. */
ANA_USE_RESULT ana_status ana_rsa_solve_weights(size_t n, const double *a, const double *c,
                                                double *x);

/** The same with x >= 0. */
ANA_USE_RESULT ana_status ana_rsa_solve_non_negative(size_t n, const double *a, const double *c,
                                                     double *x);

#endif
