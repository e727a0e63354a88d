/** What is in the middle of covariances that do not all have every channel?
 *
 *  The mean M has least sum w d^2(U^H M U, U^H X U) of the riemann distance d, U the columns that a
 *  matrix X is known in: the channels it has, or any subspace (Yger, Chevallier, Barthelemy & Sra
 *  2020). Where matrices are whole that is their Riemannian mean.
 *
 *  pyRiemann 0.13 ends where sum w U A^1/2 log(A^-1/2 B A^-1/2) A^1/2 U^H is 0, with A = U^H M U
 *  and B = U^H X U, which is not where its sum of squares is least (1.83 times it, of the twelve
 *  matrices of the reference); `compat` ends there too. */
#ifndef ANALYSIS_MODELS_SPD_MISSING_H
#define ANALYSIS_MODELS_SPD_MISSING_H

#include <analysis/models/spd_mean.h>

ANA_BEGIN_DECLS

typedef struct ana_spd_missing_options {
    ana_run run;
    double tolerance;      /**< of the gradient in the frame of M; default 1e-9 */
    size_t max_iterations; /**< default 1000 */
    bool compat;           /**< pyRiemann's point, see above; default false */
} ana_spd_missing_options;

ANA_API ana_spd_missing_options ana_spd_missing_options_default(void);

/** Rows for mean-tolerance, mean-iterations, mean-compat. */
ANA_API extern const ana_option ana_spd_missing_option_table[];

/** out = the mean of matrices whose missing channels are rows and columns of NaN.
 *
 *  @param weights  n_matrices   as of ana_spd_mean
 *  @param info     may be NULL; without it a mean that did not converge is ANA_ERR_NUMERIC
 *  @return ANA_ERR_VALUE for a matrix without channels, with a lone NaN, or not positive definite
 *          in its channels, by its number; for a channel that no matrix (of weight above 0) has,
 *          and for two that none has together: nothing is known of their covariance. */
ANA_API ANA_USE_RESULT ana_status ana_spd_mean_missing(const ana_spd_set *set,
                                                       const double *weights,
                                                       const ana_spd_missing_options *options,
                                                       ana_spd_mean_info *info, double *out);

/** out = the mean of matrices known in subspaces.
 *
 *  @param n_columns  n_matrices   of each mask, 1 to n
 *  @param masks      n x n_columns[0], n x n_columns[1], ... one after the other: real orthonormal
 *                    columns U; the matrices are read as U^H X U
 *  @return as above; ANA_ERR_VALUE for columns that are not orthonormal to 1e-8. Directions that no
 *          mask has stay where they begin: at equal variance. */
ANA_API ANA_USE_RESULT ana_status ana_spd_mean_masked(const ana_spd_set *set,
                                                      const size_t *n_columns, const double *masks,
                                                      const double *weights,
                                                      const ana_spd_missing_options *options,
                                                      ana_spd_mean_info *info, double *out);

ANA_END_DECLS

#endif
