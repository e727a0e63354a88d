/** How far apart are covariances, as points of a curved space? Symmetric and Hermitian positive
 *  definite matrices, their distances and functions.
 *
 *  A matrix is n x n doubles, row-major, or with `hermitian` n x n complex numbers as pairs (real,
 *  imaginary): ana_spd_size doubles. Every quantity below is the same for volts and microvolts
 *  where its definition is, to rounding: iterations stop by relative measures.
 *
 *  | metric | squared distance of A and B |
 *  |---|---|
 *  | riemann | sum ln^2 of the eigenvalues of A^-1 B (affine-invariant, AIRM) |
 *  | log-euclidean | \|log A - log B\|^2 |
 *  | euclidean | \|A - B\|^2 |
 *  | cholesky | \|chol A - chol B\|^2 |
 *  | log-cholesky | \|below A - below B\|^2 + \|ln diag A - ln diag B\|^2 of Cholesky factors |
 *  | harmonic | \|A^-1 - B^-1\|^2 |
 *  | kullback | Kullback-Leibler divergence of N(0, A) from N(0, B), itself squared |
 *  | kullback-right | the same with A and B exchanged |
 *  | kullback-symmetric | the sum of both, squared |
 *  | log-determinant | ln det((A + B) / 2) - ln det(A B) / 2 |
 *  | thompson | the largest ln^2 of the eigenvalues of A^-1 B |
 *  | wasserstein | tr A + tr B - 2 tr (B^1/2 A B^1/2)^1/2 |
 *  | power-euclidean | \|A^p - B^p\|^2 / p^2 |
 *
 *  What takes positive definite matrices refuses, with the matrix's number (ANA_ERR_VALUE), one
 *  that is not so to rounding: the smallest eigenvalue must be above n times the machine epsilon
 *  times the largest. spd_rank.h says why that is and what helps. One that is not finite is
 *  ANA_ERR_VALUE too or, where it is its eigenvalues that cannot be found, ANA_ERR_NUMERIC.
 *  Euclidean distances, means and maps take any matrices, and NaN passes through. Symmetry is taken
 *  for granted by all that do not say so: ana_spd_check is the function that looks for everything.
 *
 *  Here and in every header of matrices below (spd_*, minimum_distance, domain_transfer, ...)
 *  `options` and `run` may be NULL, the defaults; room for what is written (out) is the caller's;
 *  ANA_ERR_MEMORY and ANA_ERR_CANCELLED can come of any computation. Bits are the same for any
 *  number of threads.
 *
 *  Sources: Bhatia 2007, Positive Definite Matrices; Pennec et al. 2006; Congedo et al. 2017
 *  (means); Barachant et al. 2012 (classification). */
#ifndef ANALYSIS_MODELS_SPD_H
#define ANALYSIS_MODELS_SPD_H

#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** Matrices of one size; borrowed. */
typedef struct ana_spd_set {
    size_t n; /**< rows */
    bool hermitian;
    size_t n_matrices;
    const double *values; /**< n_matrices x ana_spd_size */
} ana_spd_set;

typedef enum ana_spd_metric {
    ANA_SPD_RIEMANN,
    ANA_SPD_LOG_EUCLIDEAN,
    ANA_SPD_EUCLIDEAN,
    ANA_SPD_CHOLESKY,
    ANA_SPD_LOG_CHOLESKY,
    ANA_SPD_HARMONIC,
    ANA_SPD_KULLBACK,
    ANA_SPD_KULLBACK_RIGHT,
    ANA_SPD_KULLBACK_SYMMETRIC,
    ANA_SPD_LOG_DETERMINANT,
    ANA_SPD_THOMPSON,
    ANA_SPD_WASSERSTEIN,
    ANA_SPD_POWER_EUCLIDEAN
} ana_spd_metric;

/** "riemann", "log-euclidean", ..., NULL: as choices of options. */
ANA_API extern const char *const ana_spd_metric_names[];

/** Doubles of one matrix: n^2, or 2 n^2. */
ANA_API size_t ana_spd_size(const ana_spd_set *set);

/** ANA_ERR_VALUE with the number of the first matrix that is not finite, not symmetric (Hermitian)
 *  to 1e-8 of its largest element, or not positive definite. */
ANA_API ANA_USE_RESULT ana_status ana_spd_check(const ana_spd_set *set, const ana_run *run);

typedef enum ana_spd_function {
    ANA_SPD_LOG,
    ANA_SPD_EXP, /**< of any symmetric matrix */
    ANA_SPD_SQUARE_ROOT,
    ANA_SPD_INVERSE_SQUARE_ROOT,
    ANA_SPD_POWER,
    ANA_SPD_INVERSE
} ana_spd_function;

/** out[k] = f(matrix k), by the eigenvalues; `power` is of ANA_SPD_POWER, else not read. `out` may
 *  be the set's own values. ANA_ERR_NUMERIC when exp overflows. */
ANA_API ANA_USE_RESULT ana_status ana_spd_apply(const ana_spd_set *set, ana_spd_function function,
                                                double power, const ana_run *run, double *out);

typedef struct ana_spd_distance_options {
    ana_run run;
    ana_spd_metric metric; /**< default riemann */
    double power;          /**< p of power-euclidean, not 0; default 0.5 */
    bool squared;          /**< the squares instead; default false */
} ana_spd_distance_options;

ANA_API ana_spd_distance_options ana_spd_distance_options_default(void);

/** Rows for metric, power, squared. */
ANA_API extern const ana_option ana_spd_distance_option_table[];

/** out[i * b->n_matrices + j] = distance of matrix i of a and matrix j of b, by generalised
 *  eigenvalues, each b factored once. ANA_ERR_SHAPE for sets of different sizes; ANA_ERR_VALUE also
 *  for options out of range. */
ANA_API ANA_USE_RESULT ana_status ana_spd_distances(const ana_spd_set *a, const ana_spd_set *b,
                                                    const ana_spd_distance_options *options,
                                                    double *out);

ANA_END_DECLS

#endif
