/** What the linalg files share. BLAS and LAPACK headers are included by them alone. */
#ifndef ANALYSIS_INTERNAL_BLAS_H
#define ANALYSIS_INTERNAL_BLAS_H

#include <analysis/linalg.h>

#include <stddef.h>

/** LAPACK counts columns first, so a row-major symmetric matrix is its own view with the triangles'
 *  names exchanged: our lower triangle is LAPACK's 'U'. */
#define ANA_BLAS_LOWER 'U'

/** To be called before any BLAS or LAPACK call, from any thread: sets the BLAS to one thread the
 *  first time, and refuses sizes beyond LAPACK's int with ANA_ERR_SHAPE. */
ANA_USE_RESULT ana_status ana_blas_start(const char *what, size_t n, size_t m, size_t k);

/** ANA_ERR_VALUE with row and column of the first element that is NaN or infinite: LAPACK's
 *  iterations may never end on one. */
ANA_USE_RESULT ana_status ana_blas_check_finite(const char *what, size_t n, size_t m,
                                                const double *a);

/** The same for the lower triangle, and *out = that triangle with the rest mirrored. */
ANA_USE_RESULT ana_status ana_blas_copy_symmetric(const char *what, size_t n, const double *a,
                                                  double *out);

/** Copy the triangle j < i to j > i. */
void ana_blas_mirror_lower(size_t n, double *a);

/** +1, or -1 when the component of largest size of the vector is negative. */
double ana_blas_sign(size_t n, const double *vector);

/** C += alpha X^T X in the lower triangle (j <= i) of C (m x m); X is n x m. The rest of C is not
 *  touched. */
void ana_blas_gram_add(size_t n, size_t m, double alpha, const double *x, double *c);

/** out = sum over k of values[k] v_k v_k^T, exactly symmetric: n^3 operations. Rows of `vectors`
 *  (n x n) are the v_k; `room` n x n. */
void ana_blas_rebuild(size_t n, const double *values, const double *vectors, double *room,
                      double *out);

/** y = op(A) x + beta y, op the transpose where asked; A is n x m. */
void ana_blas_apply(size_t n, size_t m, const double *a, bool transpose, const double *x,
                    double beta, double *y);

/** ana_linalg_gemm after ana_blas_start; for loops that cannot return. */
void ana_blas_gemm(const ana_gemm *shape, const double *a, const double *b, double *c);

#endif
