/** One positive definite matrix at a time, without allocation: for a stream that must not wait.
 *
 *  Matrices are real here, Hermitian ones embedded (spd_parts.h). */
#ifndef MODELS_SPD_LIVE_H
#define MODELS_SPD_LIVE_H

#include "spd_parts.h"

/** Doubles of room for matrices of n rows, and as many for spd_live_embed. */
size_t spd_live_room(size_t n);

/** The one matrix of the set, embedded in `real` (spd_rows squared); and back. */
void spd_live_embed(const ana_spd_set *set, double *real);
void spd_live_unembed(const ana_spd_set *set, const double *real, double *out);

/** lower = L of A = L L^T. ANA_ERR_VALUE when A is not positive definite. */
ANA_USE_RESULT ana_status spd_live_factor(size_t n, const double *a, double *lower);

/** *squared = riemann distance of X from L L^T, squared. ANA_ERR_VALUE when X is not positive
 *  definite, or not finite. */
ANA_USE_RESULT ana_status spd_live_distance(size_t n, const double *lower, const double *x,
                                            double *room, double *squared);

/** out = f(X), by eigenvalues above 0. `out` may be X. */
ANA_USE_RESULT ana_status spd_live_function(size_t n, const double *x, spd_scalar function,
                                            double power, double *room, double *out);

/** out = L (L^-1 X L^-T)^t L^T: on the geodesic from L L^T to X. */
ANA_USE_RESULT ana_status spd_live_between(size_t n, const double *lower, const double *x, double t,
                                           double *room, double *out);

/** out = F X F, symmetric; F symmetric. `out` may be X. */
ANA_USE_RESULT ana_status spd_live_congruence(size_t n, const double *f, const double *x,
                                              double *room, double *out);

/** 1 / sqrt(value); of the power nothing is read. */
double spd_inverse_root(double value, double power);

#endif
