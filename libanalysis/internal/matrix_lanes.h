/** Eight small symmetric matrices side by side, one in each lane of a vector.
 *
 *  LAPACK takes one matrix at a time, and at n = 64 half of its time is spent in loops that are too
 *  short for the vector unit. Here element (i, j) of matrix k stands at (i * n + j) * 8 + k, so
 * that every step of an algorithm is one vector operation on all eight. A lane's bits do not depend
 *  on its neighbours: results are the same however matrices are dealt to lanes.
 *
 *  Worth it up to n = ANA_LANES_MAX_N: means of 288 matrices take 0.85 of the time with LAPACK at
 *  198 rows and 0.97 at 220, where eight matrices are far past the second-level cache
 *  (tests/bench/bench_spd); the caller goes to LAPACK beyond. */
#ifndef ANALYSIS_INTERNAL_MATRIX_LANES_H
#define ANALYSIS_INTERNAL_MATRIX_LANES_H

#include <stdbool.h>
#include <stddef.h>

enum {
    ANA_LANES = 8,
    ANA_LANES_MAX_N = 224
};

/** Doubles of eight n x n matrices. */
static inline size_t ana_lanes_size(size_t n)
{
    return n * n * ANA_LANES;
}

/** out = n_matrices (1 to 8) matrices, n x n, row-major, behind each other; the lanes left over
 *  hold identities. */
void ana_lanes_pack(size_t n, size_t n_matrices, const double *matrices, double *out);
/** The way back, for the first n_matrices lanes. */
void ana_lanes_unpack(size_t n, size_t n_matrices, const double *lanes, double *matrices);

/** A becomes L^-1 A L^-T in every lane, for one lower triangular L (n x n, row-major). */
void ana_lanes_whiten(size_t n, const double *lower, double *lanes);

/** A = V diag(values) V^T in every lane; its lower triangle is read, and overwritten.
 *
 *  Householder's tridiagonal form, then QL with implicit shifts (Golub & Van Loan 8.3), to
 *  machine precision times the largest eigenvalue. In no order.
 *
 *  @param lanes    n x n x 8      in: the matrices; out: rubbish
 *  @param values   n x 8          (out)
 *  @param vectors  n x n x 8      component i of vector j at [i][j] (out); NULL: values alone
 *  @param room     3 n x 8        anything
 *  @return whether every lane converged; infinite or missing numbers do not. */
bool ana_lanes_eigen(size_t n, double *lanes, double *values, double *vectors, double *room);

/** out = V diag(values) V^T in every lane: n x n x 8, whole. */
void ana_lanes_rebuild(size_t n, const double *values, const double *vectors, double *out);

#endif
