/** What would the published one-hot prior-informed HMM-GLM say of given parameters?
 *
 *  An evaluator alone, for comparison with glm_hmm.h, which sums over the signs exactly: the model
 *  of Li et al. (2023), arXiv 2310.15263, with Poisson counts whose logarithm is taken of the mean
 *  plus 1e-8, and its relaxation of one-hot signs by Gumbel-softmax densities (Jang et al. 2017,
 *  ICLR; Maddison et al. 2017, ICLR). Signs stand in the order inhibitory, none, excitatory. */
#ifndef ANALYSIS_MODELS_GLM_HMM_RELAXED_H
#define ANALYSIS_MODELS_GLM_HMM_RELAXED_H

#include <analysis/models/glm_family.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** Log density at x of the Gumbel-softmax distribution of n categories with the logarithms of
 *  (unnormalised) probabilities `log_mean`:
 *  lgamma(n) + (n - 1) log tau - n log sum exp(l - tau log x) + sum (l - (tau + 1) log x).
 *  Without bound near the corners of the simplex. ANA_ERR_VALUE for a temperature or an x <= 0. */
ANA_API ANA_USE_RESULT ana_status ana_relaxed_log_density(size_t n, const double *log_mean,
                                                          double temperature, const double *x,
                                                          double *out);

/** Strengths with the most probable of three signs: weight = strength, 0 or -strength. n edges;
 *  probability n x 3. */
ANA_API void ana_relaxed_harden(size_t n, const double *probability, const double *strength,
                                double *weight);

/** Log density of n weights under N(mean, spread^2). */
ANA_API double ana_relaxed_gaussian(size_t n, const double *weight, const double *mean,
                                    double spread);

/** Parameters in each of K states, N units, L lags; borrowed. */
typedef struct ana_relaxed_model {
    size_t n_states;
    size_t n_units;
    size_t n_lags;
    ana_glm_link link;
    const double *weight; /**< K x N x N x L, [to][from]; element j is for the bin L - j before */
    const double *bias;   /**< K x N */
} ana_relaxed_model;

/** log p(row | state), T x K, of counts (T x N) of one sequence, silent before its start. mean
 *  (K x T x N, out) may be NULL. */
ANA_API ANA_USE_RESULT ana_status ana_relaxed_emission(const ana_relaxed_model *model,
                                                       size_t n_times, const double *counts,
                                                       double *mean, double *out);

/** Expected complete log-likelihood: sum posterior_0 log initial + sum transitions log P
 *  + sum posterior log p(row | state). `transitions` (K x K) are expected counts. */
ANA_API double ana_relaxed_expected(size_t n_times, size_t n_states, const double *initial,
                                    const double *transition, const double *posterior,
                                    const double *transitions, const double *log_emission);

ANA_END_DECLS

#endif
