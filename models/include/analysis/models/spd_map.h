/** Which flat picture has the space of positive definite matrices, and what lies between two?
 *
 *  At a reference point R the space has a tangent space of symmetric (Hermitian) matrices:
 *
 *  | metric | log map of X at R |
 *  |---|---|
 *  | riemann | log(R^-1/2 X R^-1/2): whitened, so that its length is the distance |
 *  | euclidean | X - R |
 *  | log-euclidean | derivative of exp at log R along log X - log R |
 *  | log-cholesky | L U^T + U L^T, with U = below(L_X - L) + L diag(ln(L_X / L)), L L^T = R |
 *  | wasserstein | (X R)^1/2 + (R X)^1/2 - 2 R |
 *
 *  The exponential map leads back, transport carries tangents from one point to another along the
 *  geodesic. Other metrics are ANA_ERR_UNSUPPORTED; geodesics are there of cholesky and thompson as
 *  well. Tangents stand in an ana_spd_set, of the size of its matrices.
 *
 *  Sources: Pennec et al. 2006; Arsigny et al. 2007; Lin 2019 (log-Cholesky); Malago et al. 2018
 *  (Wasserstein); Barachant et al. 2012 (tangent vectors). */
#ifndef ANALYSIS_MODELS_SPD_MAP_H
#define ANALYSIS_MODELS_SPD_MAP_H

#include <analysis/models/spd.h>

ANA_BEGIN_DECLS

/** out (ana_spd_size) = the point at t on the geodesic between the two matrices of the set, the
 *  first at t = 0, the second at 1. ANA_ERR_VALUE unless there are two, and t is 0 to 1. */
ANA_API ANA_USE_RESULT ana_status ana_spd_geodesic(const ana_spd_set *pair, ana_spd_metric metric,
                                                   double t, double *out);

/** out[k] = log map of matrix k at `reference` (ana_spd_size); and back. */
ANA_API ANA_USE_RESULT ana_status ana_spd_log_map(const ana_spd_set *set, const double *reference,
                                                  ana_spd_metric metric, const ana_run *run,
                                                  double *out);
ANA_API ANA_USE_RESULT ana_status ana_spd_exp_map(const ana_spd_set *tangents,
                                                  const double *reference, ana_spd_metric metric,
                                                  const ana_run *run, double *out);

/** out[k] = tangent k carried from one point to another (ana_spd_size each). Not for wasserstein.
 *  The riemann tangents are taken and given unwhitened: E W E^T with E = (to from^-1)^1/2. */
ANA_API ANA_USE_RESULT ana_status ana_spd_transport(const ana_spd_set *tangents, const double *from,
                                                    const double *to, ana_spd_metric metric,
                                                    double *out);

/** out[k] (n_matrices) = inner product of tangent k of both sets at `reference`; riemann: tr R^-1 A
 *  R^-1 B. Not for wasserstein. ANA_ERR_SHAPE for sets that differ. */
ANA_API ANA_USE_RESULT ana_status ana_spd_inner(const ana_spd_set *a, const ana_spd_set *b,
                                                const double *reference, ana_spd_metric metric,
                                                double *out);

/** Numbers of a tangent vector: n (n + 1) / 2, or n^2 of Hermitian matrices. */
ANA_API size_t ana_spd_vector_size(const ana_spd_set *set);

/** vectors[k] (ana_spd_vector_size) = the upper triangle of the riemann log map, row by row, off
 *  the diagonal times the root of 2 (each real part before its imaginary one): Euclidean lengths
 *  are distances from `reference`; and back. */
ANA_API ANA_USE_RESULT ana_status ana_spd_to_vectors(const ana_spd_set *set,
                                                     const double *reference, const ana_run *run,
                                                     double *vectors);
/** out: set->n_matrices matrices of its size; its values are not read. */
ANA_API ANA_USE_RESULT ana_status ana_spd_from_vectors(const ana_spd_set *set,
                                                       const double *vectors,
                                                       const double *reference, const ana_run *run,
                                                       double *out);

ANA_END_DECLS

#endif
