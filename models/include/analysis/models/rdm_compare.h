/** How alike are two dissimilarity matrices?
 *
 *  Similarities of the packed dissimilarities a, b of the same conditions (rdm.h), N of them:
 *
 *  | similarity | value |
 *  |---|---|
 *  | cosine | a . b / (\|a\| \|b\|) |
 *  | pearson | the same about their means |
 *  | spearman | pearson of the ranks, ties sharing theirs |
 *  | rho-a | spearman expected when ties are broken at random (Schuett et al. 2023) |
 *  | tau-a | Kendall: concordant less discordant, over N (N - 1) / 2 |
 *  | tau-b | the same over what ties leave |
 *  | whitened-cosine | a^T V^-1 b / sqrt(a^T V^-1 a  b^T V^-1 b) |
 *  | whitened-correlation | the same of a and b about their means |
 *  | bures | tr((A^1/2 B A^1/2)^1/2) / sqrt(tr A tr B) |
 *  | bures-distance | sqrt(tr A + tr B - 2 tr(...)) of the same: a distance, 0 for equals |
 *  | riemannian | minus the least distance of exp(s) A + exp(t) S to B over s, t; 0 for equals |
 *
 *  rho-a is 12 / (N^3 - N) sum of (rank a - mean) (rank b - mean). V = (C S C^T) squared by element
 *  is the covariance of the dissimilarities when the conditions' means have covariance S, C the
 *  differences of pairs (Diedrichsen et al. 2021); with S = I the whitened cosine is the linear CKA
 *  of the conditions' inner products. For bures A = -H D H / 2 without negative eigenvalues; for
 *  riemannian A and B are the inner products about the first condition, and the distance is the
 *  affine-invariant one.
 *
 *  V^-1 is never formed: with S = L L^T the whitened matrix of a is P L^-1 (-D / 2) L^-T P, P the
 *  projection away from L^-1 1, and V^-1 products are its inner products: exact for any S, n^3 once
 *  and n^2 for each matrix (rsatoolbox iterates, or takes the diagonal of S: off by up to 4e-3).
 *  With missing pairs and S = I, V = 2 I + B B^T, B the pairs' conditions, and one n x n system.
 *
 *  Ties and models with few distinct values: rho-a and tau-a are the rank similarities that do not
 *  favour tied models (Nili et al. 2014). */
#ifndef ANALYSIS_MODELS_RDM_COMPARE_H
#define ANALYSIS_MODELS_RDM_COMPARE_H

#include <analysis/matrix.h>
#include <analysis/models/rdm.h>
#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_rdm_similarity {
    ANA_RDM_SIM_COSINE,
    ANA_RDM_SIM_PEARSON,
    ANA_RDM_SIM_SPEARMAN,
    ANA_RDM_SIM_RHO_A,
    ANA_RDM_SIM_TAU_A,
    ANA_RDM_SIM_TAU_B,
    ANA_RDM_SIM_WHITENED_COSINE,
    ANA_RDM_SIM_WHITENED_CORRELATION,
    ANA_RDM_SIM_BURES,
    ANA_RDM_SIM_BURES_DISTANCE,
    ANA_RDM_SIM_RIEMANNIAN
} ana_rdm_similarity;

typedef struct ana_rdm_compare_options {
    ana_run run;
    ana_rdm_similarity similarity; /**< default rho-a */
    bool leave_out_missing;        /**< pairs that any matrix lacks are left out of all; else, the
                                        default, every matrix must lack the same */
} ana_rdm_compare_options;

ANA_API ana_rdm_compare_options ana_rdm_compare_options_default(void);
ANA_API extern const ana_option ana_rdm_compare_option_table[];

/** similarity[i * b->n_rdms + j] (out) of matrix i of `a` with matrix j of `b`, NaN where one does
 *  not vary or is 0. Conditions must be the same, in the same order (ana_rdms_join).
 *
 *  @param noise  covariance S of the conditions, n x n, for the whitened ones and riemannian; NULL:
 *  the identity
 *  @return ANA_ERR_VALUE for an option out of range, other conditions, pairs missing in some
 *  matrices alone, fewer than three pairs; ANA_ERR_UNSUPPORTED for missing pairs with noise, bures
 *  or riemannian; ANA_ERR_NUMERIC when S, or for riemannian B, is not positive definite;
 *  ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_rdm_compare(const ana_rdms *a, const ana_rdms *b,
                                                  const double *noise,
                                                  const ana_rdm_compare_options *options,
                                                  double *similarity);

/** What several models explain of one matrix, by least squares with an intercept; arrays of
 *  models->n_rdms (out). */
typedef struct ana_rdm_regression {
    double r2;       /**< of all models together */
    double *weights; /**< of each */
    double *unique;  /**< what r2 loses without it */
    double *partial; /**< correlation with the matrix, the other models taken out of both */
} ana_rdm_regression;

/** Of matrix k of `data`; the arrays are the caller's. Missing pairs of any are left out.
 *  ANA_ERR_VALUE for other conditions, or not more pairs than models plus 1. Models that add up to
 *  one another share the least-norm weights, and their unique part is 0. */
ANA_API ANA_USE_RESULT ana_status ana_rdm_regress(const ana_rdms *data, size_t k,
                                                  const ana_rdms *models,
                                                  ana_rdm_regression *regression);

ANA_END_DECLS

#endif
