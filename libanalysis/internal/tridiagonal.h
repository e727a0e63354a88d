/** The largest eigenvalues of a symmetric tridiagonal matrix, with their vectors. */
#ifndef ANALYSIS_INTERNAL_TRIDIAGONAL_H
#define ANALYSIS_INTERNAL_TRIDIAGONAL_H

#include <analysis/status.h>

#include <stddef.h>

/** Bisection and inverse iteration (LAPACK dstebz, dstein), in time proportional to n * k.
 *
 *  @param diagonal      n
 *  @param off_diagonal  n - 1  the elements beside the diagonal
 *  @param k             how many, 1 to n
 *  @param values        k (out)      descending
 *  @param vectors       k x n (out)  orthonormal rows, of either sign
 *  @return ANA_ERR_VALUE if k is out of range; ANA_ERR_NUMERIC if the iteration fails */
ANA_USE_RESULT ana_status ana_tridiagonal_largest(size_t n, const double *diagonal,
                                                  const double *off_diagonal, size_t k,
                                                  double *values, double *vectors);

#endif
