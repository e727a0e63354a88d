/** Which directions of two representations go together, and how much of each do they hold?
 *
 *  Canonical correlation analysis (Hotelling 1936): pairs of weighted sums of units, one of each
 *  system, that correlate most over the stimuli, each pair uncorrelated with those before. With
 *  centred X = U S V^T (of rank r by singular values above a tolerance) and Y = U' S' V'^T, the
 *  correlations rho are the singular values of U^T U': the same for any invertible mixing of the
 *  units. Summaries of them, and of what they leave out:
 *
 *  | summary | value |
 *  |---|---|
 *  | mean | mean of rho |
 *  | r2 | sum rho^2 / min(r, r') (Kornblith et al. 2019) |
 *  | pillai | sum rho^2 |
 *  | yanai | sum rho^2 / sqrt(r r'): Yanai's (1974) generalised determination |
 *  | regression | \|U'^T X\|^2 / \|X\|^2: variance of X that Y explains, and the other way round |
 *  | svcca | mean of rho among the leading principal components that hold a share of each system
 *      (Raghu et al. 2017) |
 *  | pwcca | mean of rho weighted by how much of a system each of its canonical variates carries:
 *      sum over units of \|h_i . x_j\| (Morcos et al. 2018); of either side |
 *
 *  With as many dimensions as stimuli every rho is 1, whatever the responses: `saturated`, warned
 *  of. Two ways out: a ridge (singular values s count s / sqrt(s^2 + ridge m), m the mean of a
 *  system's squared singular values: Vinod 1976), and correlations of stimuli that took no part in
 *  finding the directions. */
#ifndef ANALYSIS_MODELS_CCA_H
#define ANALYSIS_MODELS_CCA_H

#include <analysis/models/responses.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef struct ana_cca_options {
    ana_run run;
    double ridge;     /**< of each system, in mean squared singular values; default 0 */
    double share;     /**< svcca: what the components kept hold; default 0.99 */
    bool sum_of_sv;   /**< svcca: share of the sum of singular values, as some programs have
                           it; else, the default, of their squares: of the variance */
    double tolerance; /**< singular values up to tolerance times the largest are 0; 0, the
                           default: max(n, p) times the machine epsilon */
    size_t n_folds;   /**< of stimuli for held-out correlations; 0, the default: none */
} ana_cca_options;

ANA_API ana_cca_options ana_cca_options_default(void);
ANA_API extern const ana_option ana_cca_option_table[];

/** Of two systems; all owned. */
typedef struct ana_cca {
    char *name_a;
    char *name_b;
    size_t n_stimuli;
    size_t units_a;
    size_t units_b;
    size_t n_units_left_out; /**< without a finite value */
    size_t rank_a;
    size_t rank_b;
    bool saturated;
    size_t n;             /**< min(rank_a, rank_b) */
    double *correlations; /**< n, falling */
    double mean;
    double r2;
    double pillai;
    double yanai;
    double regression_a; /**< share of a's variance that b explains */
    double regression_b;
    double pwcca_a; /**< weighted by a's units */
    double pwcca_b;
    double pwcca;  /**< that of the side of smaller rank, a's of equal ones */
    size_t kept_a; /**< components of svcca */
    size_t kept_b;
    size_t n_svcca; /**< min(kept_a, kept_b) */
    double *svcca;  /**< n_svcca: correlations */
    double svcca_mean;
    size_t n_held_out; /**< components that every fold has; 0: not asked for */
    double *held_out;  /**< n_held_out: correlation of the held-out variates, mean over folds; NaN
                            where they do not vary */
    double held_out_mean;
} ana_cca;

/** Stimuli must be the same, in the same order (ana_responses_match). Units without any finite
 *  value are left out and counted.
 *
 *  @return ANA_ERR_VALUE for an option out of range, fewer than three stimuli (or three in a fold),
 *  numbers of stimuli that differ, other values that are not finite; ANA_ERR_NUMERIC for a system
 *  that does not vary; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_cca_compute(const ana_responses *a, const ana_responses *b,
                                                  const ana_cca_options *options, ana_cca **out);

/** "schema" is "cca": of n > 0 pairs the summaries as a table, and as a figure the correlations by
 *  component. */
ANA_API ANA_USE_RESULT ana_status ana_ccas_to_record(size_t n, ana_cca *const *ccas,
                                                     ana_record **out);

ANA_API void ana_cca_free(ana_cca *cca);

ANA_END_DECLS

#endif
