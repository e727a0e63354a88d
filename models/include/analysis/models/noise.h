/** How do channels vary together while the condition stays the same?
 *
 *  The covariance of what is left of responses when their condition's mean is taken away, and its
 *  inverse, the precision P, by which distances between patterns are whitened (rdm.h). P is kept as
 *  a product that is never formed: with many channels and few residuals, a diagonal less a product
 *  of low rank (Woodbury), so that nothing of n_channels x n_channels exists.
 *
 *  Residuals E (n_residuals x n_channels) lose their column means; n stands for their number:
 *
 *  | estimator | covariance |
 *  |---|---|
 *  | full | E^T E / dof |
 *  | diagonal | its diagonal |
 *  | shrink-identity | towards the mean variance, of divisor n, then times n / dof |
 *  | shrink-diagonal | off-diagonal times 1 - lambda |
 *
 *  shrink-identity: Ledoit & Wolf (2004), J. Multivar. Anal. 88(2), lemma 3.2 ff. shrink-diagonal:
 *  Schaefer & Strimmer (2005), Stat. Appl. Genet. Mol. Biol. 4(1), table 2 target D, with
 *  lambda = clip(sum over i != j of Var(r_ij) / sum of r_ij^2, 0, 1) with r the correlations of
 *  divisor n - 1 and Var(r_ij) = n / dof^2 (mean of squared products - r_ij^2). */
#ifndef ANALYSIS_MODELS_NOISE_H
#define ANALYSIS_MODELS_NOISE_H

#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_noise_estimator {
    ANA_NOISE_FULL,
    ANA_NOISE_DIAGONAL,
    ANA_NOISE_SHRINK_IDENTITY,
    ANA_NOISE_SHRINK_DIAGONAL
} ana_noise_estimator;

typedef struct ana_noise_options {
    ana_run run;
    ana_noise_estimator estimator; /**< default shrink-diagonal */
    double dof;                    /**< degrees of freedom of the residuals; 0 (default): rows less
                                        conditions for observations, n_residuals - 1 for residuals */
} ana_noise_options;

ANA_API ana_noise_options ana_noise_options_default(void);
ANA_API extern const ana_option ana_noise_option_table[];

/** P = F F^T - L L^T: a row x of responses becomes the n_channels values x F and the n_negative
 *  values x L, and x P y^T is the product of the first less that of the second. All owned. */
typedef struct ana_noise {
    size_t n_channels;
    size_t n_residuals;
    ana_noise_estimator estimator;
    double dof;
    double shrinkage; /**< lambda, or its like; 0 without shrinkage, 1 for a diagonal */
    double *cholesky; /**< n_channels x n_channels, lower: covariance = C C^T, F = C^-T; or NULL */
    double *scale;    /**< n_channels: F is diagonal; NULL with `cholesky` */
    size_t n_negative;
    double *negative; /**< L, n_channels x n_negative; NULL: none */
} ana_noise;

/** The noise of residuals whose rows are observations. Shared errors: ANA_ERR_VALUE for an option
 *  out of range, fewer than two residuals, a missing or infinite value, a channel that never varies
 *  (named by its number); ANA_ERR_NUMERIC when the covariance has no inverse, as the full one with
 *  no more residuals than channels; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_noise_of_residuals(size_t n_residuals, size_t n_channels,
                                                         const double *residuals,
                                                         const ana_noise_options *options,
                                                         ana_noise **out);

/** The noise of observations: each row less the mean of the rows with its label, of those that have
 *  one. ANA_ERR_VALUE also without labels, or with a missing value. */
ANA_API ANA_USE_RESULT ana_status ana_noise_of_observations(const ana_observations *observations,
                                                            const ana_noise_options *options,
                                                            ana_noise **out);

/** A covariance known otherwise: n_channels x n_channels, symmetric (its lower triangle is read).
 *  ANA_ERR_NUMERIC when it is not positive definite. */
ANA_API ANA_USE_RESULT ana_status ana_noise_of_covariance(size_t n_channels,
                                                          const double *covariance,
                                                          ana_noise **out);

/** covariance, precision: n_channels x n_channels (out), exactly symmetric. */
ANA_API ANA_USE_RESULT ana_status ana_noise_covariance(const ana_noise *noise, double *covariance);
ANA_API ANA_USE_RESULT ana_status ana_noise_precision(const ana_noise *noise, double *precision);

/** positive (n x n_channels, may be x) = X F; negative (n x n_negative) = X L, not touched when
 *  there is none. NaN passes into its whole row. */
ANA_API ANA_USE_RESULT ana_status ana_noise_whiten(const ana_noise *noise, size_t n,
                                                   const double *x, double *positive,
                                                   double *negative);

ANA_API void ana_noise_free(ana_noise *noise);

ANA_END_DECLS

#endif
