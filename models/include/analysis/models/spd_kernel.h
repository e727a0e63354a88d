/** How alike are two positive definite matrices, as an inner product a kernel machine can use?
 *
 *  | metric | K(X, Y) at the reference R |
 *  |---|---|
 *  | euclidean | tr (X - R)(Y - R) |
 *  | log-euclidean | tr (log X - log R)(log Y - log R) |
 *  | riemann | tr log(R^-1/2 X R^-1/2) log(R^-1/2 Y R^-1/2) |
 *
 *  Without a reference R is 0 for euclidean, else the identity; then log-euclidean and riemann
 *  kernels depend on the unit of the data. pyRiemann 0.13 adds 1e-10 to the diagonal of the kernel
 *  of a set with itself; here it is what the formula says, positive semidefinite to rounding.
 *
 *  Source: Barachant et al. 2013, Neurocomputing 112. */
#ifndef ANALYSIS_MODELS_SPD_KERNEL_H
#define ANALYSIS_MODELS_SPD_KERNEL_H

#include <analysis/models/spd.h>

ANA_BEGIN_DECLS

/** out[i * y->n_matrices + j] = K(x_i, y_j).
 *
 *  @param reference  ana_spd_size   R; NULL: see above
 *  @return ANA_ERR_SHAPE for sets of different sizes; ANA_ERR_UNSUPPORTED for other metrics;
 *          ANA_ERR_VALUE for what is not symmetric or, but for euclidean, not positive definite. */
ANA_API ANA_USE_RESULT ana_status ana_spd_kernel(const ana_spd_set *x, const ana_spd_set *y,
                                                 ana_spd_metric metric, const double *reference,
                                                 const ana_run *run, double *out);

ANA_END_DECLS

#endif
