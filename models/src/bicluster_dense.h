/** Small matrices and sums along time, as bi-clustering's inner loops want them. */
#ifndef ANALYSIS_MODELS_BICLUSTER_DENSE_H
#define ANALYSIS_MODELS_BICLUSTER_DENSE_H

#include <stdbool.h>
#include <stddef.h>

/** Kernels of small square matrices, in rows. A = U' U with U upper: `a` (lower triangle not read)
 *  becomes U, zeros below. False when not positive definite. n^3 / 3 flops, along rows. */
bool bicluster_cholesky(size_t n, double *a);
/** B (n x m) becomes U^-T B, or U^-1 B. n^2 m flops. */
void bicluster_solve_transposed(size_t n, const double *u, size_t m, double *b);
void bicluster_solve(size_t n, const double *u, size_t m, double *b);

/** C (n x m) = A (n x k) B (k x m); sum of the logarithms of a diagonal. */
void bicluster_multiply(size_t n, size_t k, size_t m, const double *a, const double *b, double *c);
double bicluster_log_diagonal(size_t n, const double *u);
/** out (n x n) = (U'U)^-1. */
void bicluster_invert(size_t n, const double *u, double *out);

/** Sums over time by 8 lanes: vectors, and the same order on every processor. */
double bicluster_sum(size_t n, const double *terms);
double bicluster_dot(size_t n, const double *a, const double *b);

#endif
