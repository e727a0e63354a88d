/** What the geometry of positive definite matrices is made of: real symmetric matrices, many at a
 *  time.
 *
 *  A Hermitian matrix A + iB is taken as the real [[A, -B], [B, A]] of twice the size: sums,
 *  products, inverses and functions of such matrices are such matrices again, and every eigenvalue
 *  stands twice. Only Cholesky factors are not, and have a path of their own. */
#ifndef MODELS_SPD_PARTS_H
#define MODELS_SPD_PARTS_H

#include "workspace.h"

#include <analysis/models/spd.h>

/** Rows of the real matrices. */
static inline size_t spd_rows(const ana_spd_set *set)
{
    return set->hermitian ? 2 * set->n : set->n;
}

/** The set's matrices as real ones (symmetric: themselves, borrowed); NULL when the workspace,
 *  which the caller checks, has failed. */
const double *spd_real(const ana_spd_set *set, ana_workspace *workspace);

/** The way back of as many matrices as the set has, averaged to be Hermitian to the last bit. */
void spd_unembed(const ana_spd_set *set, const double *real, double *out);

/** ANA_ERR_VALUE for the first matrix that is not finite, or not symmetric (Hermitian). */
ANA_USE_RESULT ana_status spd_check_symmetric(const ana_spd_set *set);

/** One number's function; `power` as the caller gave it. */
typedef double (*spd_scalar)(double value, double power);

/** What is done with L^-1 X L^-T of each real matrix X (L NULL: with X). */
typedef struct spd_work {
    size_t n;            /**< rows */
    const double *lower; /**< L, n x n; or NULL */
    spd_scalar function; /**< of the eigenvalues, for `maps`; or NULL */
    double power;
    bool positive;  /**< eigenvalues must be above n epsilon times the largest */
    double *values; /**< N x n: eigenvalues, in no order; or NULL */
    double *maps;   /**< N x n x n: V f(values) V^T; or NULL */
} spd_work;

/** Eight at a time up to ANA_LANES_MAX_N rows, else, and one alone, by LAPACK (whose last bits are
 *  others); on the threads of `run`.
 *  ANA_ERR_VALUE names the first matrix that is not positive definite where it has to be;
 *  ANA_ERR_NUMERIC the first for which the iteration failed or f gave no finite number. `maps` may
 *  be `matrices`. */
ANA_USE_RESULT ana_status spd_run(const spd_work *work, size_t n_matrices, const double *matrices,
                                  const ana_run *run);

/** Cholesky factors of the set's matrices in their own shape (complex for Hermitian ones): lower
 *  triangular, zeros above. ANA_ERR_VALUE with the number of the first that has none. */
ANA_USE_RESULT ana_status spd_cholesky(const ana_spd_set *set, double *out);

#endif
