/** Linear algebra on dense row-major arrays of doubles, over LAPACK and BLAS.
 *
 *  An n x m matrix has element (i, j) at i * m + j. Symmetric matrices are stored whole; functions
 *  read their lower triangle (j <= i) alone and write both. Eigenvectors and right singular vectors
 *  are *rows*: vector k is contiguous at vectors + k * n. Signs, which the mathematics leaves open,
 *  are settled: the component of largest size (the first of equals) of each such vector is
 *  positive.
 *
 *  The same input gives the same bits for any number of threads: the BLAS runs one. Functions that
 *  return a status can be called from several threads at once; each holds its own temporaries.
 *
 *  Errors they share: ANA_ERR_VALUE for an element that is NaN or infinite; ANA_ERR_SHAPE for a
 *  size beyond the 2^31 - 1 of LAPACK; ANA_ERR_MEMORY. Outputs must not overlap inputs unless a
 *  comment says they may; after an error they are not to be used. */
#ifndef ANALYSIS_LINALG_H
#define ANALYSIS_LINALG_H

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** Products. NaN and infinities pass through; only the sizes are checked. */

/** C = alpha op(A) op(B) + beta C, op the transpose where asked; C is n_rows x n_columns, op(A) is
 *  n_rows x n_inner, op(B) n_inner x n_columns. With beta 0, C need not be set before. */
typedef struct ana_gemm {
    size_t n_rows;
    size_t n_inner;
    size_t n_columns;
    bool transpose_a; /**< A is stored n_inner x n_rows */
    bool transpose_b; /**< B is stored n_columns x n_inner */
    double alpha;
    double beta;
} ana_gemm;

ANA_API ANA_USE_RESULT ana_status ana_linalg_gemm(const ana_gemm *shape, const double *a,
                                                  const double *b, double *c);

/** C (n x m) = A (n x k) B (k x m). */
ANA_API ANA_USE_RESULT ana_status ana_linalg_multiply(size_t n, size_t k, size_t m, const double *a,
                                                      const double *b, double *c);

/** y (n) = A (n x m) x (m), or A^T x with x (n) and y (m). */
ANA_API ANA_USE_RESULT ana_status ana_linalg_apply(size_t n, size_t m, const double *a,
                                                   bool transpose, const double *x, double *y);

/** X^T X of X (n x m): m x m, both triangles, exactly symmetric. */
ANA_API ANA_USE_RESULT ana_status ana_linalg_gram(size_t n, size_t m, const double *x, double *out);

/** X X^T of X (n x m): n x n, both triangles, exactly symmetric. */
ANA_API ANA_USE_RESULT ana_status ana_linalg_gram_rows(size_t n, size_t m, const double *x,
                                                       double *out);

/** Systems of equations. B and X are n x n_rhs. */

/** A X = B by LU with partial pivoting. `rcond` (may be NULL): LAPACK's estimate of the reciprocal
 *  condition in the 1-norm; below about 1e-16 no digit of X is certain. ANA_ERR_NUMERIC when A is
 *  exactly singular. */
ANA_API ANA_USE_RESULT ana_status ana_linalg_solve(size_t n, const double *a, size_t n_rhs,
                                                   const double *b, double *x, double *rcond);

/** A = L L^T, L lower triangular with zeros above. `l` may be `a`. ANA_ERR_NUMERIC names the
 *  leading minor that is not positive definite. */
ANA_API ANA_USE_RESULT ana_status ana_linalg_cholesky(size_t n, const double *a, double *l);

/** L X = B, or L^T X = B; L lower triangular (its upper triangle is not read). `x` may be `b`. NaN
 *  passes through. ANA_ERR_NUMERIC for a zero on the diagonal. */
ANA_API ANA_USE_RESULT ana_status ana_linalg_solve_lower(size_t n, const double *l, bool transpose,
                                                         size_t n_rhs, const double *b, double *x);

/** L L^T X = B with the L of ana_linalg_cholesky. `x` may be `b`. NaN passes through. */
ANA_API ANA_USE_RESULT ana_status ana_linalg_solve_cholesky(size_t n, const double *l, size_t n_rhs,
                                                            const double *b, double *x);

/** log det of L L^T: twice the sum of the logarithms of L's diagonal. */
ANA_API double ana_linalg_logdet_cholesky(size_t n, const double *l);

/** A X = B for symmetric positive definite A. `x` may be `b`. ANA_ERR_NUMERIC as
 *  ana_linalg_cholesky. */
ANA_API ANA_USE_RESULT ana_status ana_linalg_solve_spd(size_t n, const double *a, size_t n_rhs,
                                                       const double *b, double *x);

/** log det A for symmetric positive definite A. */
ANA_API ANA_USE_RESULT ana_status ana_linalg_logdet_spd(size_t n, const double *a, double *logdet);

/** A^-1 for symmetric positive definite A, where the inverse itself is the result wanted (a
 *  precision matrix); else solve. `out` may be `a`. */
ANA_API ANA_USE_RESULT ana_status ana_linalg_inverse_spd(size_t n, const double *a, double *out);

/** Decompositions. */

/** A = sum_k values[k] v_k v_k^T, values ascending, vectors (n x n) rows v_k orthonormal; `vectors`
 *  may be NULL. ANA_ERR_NUMERIC when the iteration fails. */
ANA_API ANA_USE_RESULT ana_status ana_linalg_eigen_symmetric(size_t n, const double *a,
                                                             double *values, double *vectors);

/** A v_k = values[k] B v_k for symmetric A and symmetric positive definite B; values ascending,
 *  rows v_k with v_k^T B v_l = 1 for k = l, else 0. ANA_ERR_NUMERIC when B is not positive
 *  definite. */
ANA_API ANA_USE_RESULT ana_status ana_linalg_eigen_generalised(size_t n, const double *a,
                                                               const double *b, double *values,
                                                               double *vectors);

/** A (n x m) = U diag(s) V^T, r = min(n, m): u is n x r, s descending, vt is r x m (rows are the
 *  right singular vectors). */
ANA_API ANA_USE_RESULT ana_status ana_linalg_svd(size_t n, size_t m, const double *a, double *u,
                                                 double *s, double *vt);

/** A (n x m) = Q R, r = min(n, m): q is n x r with orthonormal columns, `upper` is r x m, upper
 *  triangular with a diagonal >= 0. */
ANA_API ANA_USE_RESULT ana_status ana_linalg_qr(size_t n, size_t m, const double *a, double *q,
                                                double *upper);

/** The X (m x n_rhs) of least norm among those that minimise |A X - B|, A n x m, B n x n_rhs.
 *
 *  By SVD; singular values up to max(n, m) times the machine epsilon times the largest count as 0.
 *  `rank` (may be NULL): how many count. */
ANA_API ANA_USE_RESULT ana_status ana_linalg_least_squares(size_t n, size_t m, const double *a,
                                                           size_t n_rhs, const double *b, double *x,
                                                           size_t *rank);

/** Functions of a symmetric matrix by its eigenvalues: V^T diag(f(values)) V, exactly symmetric.
 *  `out` may be `a`. All but expm need positive eigenvalues (sqrtm: none negative beyond rounding).
 *  ANA_ERR_NUMERIC names the eigenvalue; for expm it is an overflow. */
ANA_API ANA_USE_RESULT ana_status ana_linalg_logm_spd(size_t n, const double *a, double *out);
ANA_API ANA_USE_RESULT ana_status ana_linalg_expm_symmetric(size_t n, const double *a, double *out);
ANA_API ANA_USE_RESULT ana_status ana_linalg_sqrtm_spd(size_t n, const double *a, double *out);
ANA_API ANA_USE_RESULT ana_status ana_linalg_invsqrtm_spd(size_t n, const double *a, double *out);
ANA_API ANA_USE_RESULT ana_status ana_linalg_powm_spd(size_t n, const double *a, double power,
                                                      double *out);

ANA_END_DECLS

#endif
