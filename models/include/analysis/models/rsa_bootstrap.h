/** How sure is the match of models and subjects, for other subjects and other conditions?
 *
 *  A sample draws subjects, conditions or both with repetition (Nili et al. 2014; Schuett et al.
 *  2023), and every model's mean similarity and the noise ceiling are found anew. A pair of
 *  conditions drawn w_i and w_j times is there w_i w_j times; a pair of a condition with itself,
 *  whose dissimilarity would be 0 in every matrix, is left out. So a sample is a weighting of what
 *  was measured, and nothing is copied:
 *
 *  | similarity | a sample costs |
 *  |---|---|
 *  | cosine, pearson | sums w_i w_j a_ij b_ij: one matrix product for all samples |
 *  | whitened ones | these, and a system of as many unknowns as conditions |
 *  | spearman, rho-a | weighted ranks in one pass over an order found once |
 *  | tau-a, tau-b | these, and a pass with a tree of weights for each two matrices |
 *  | riemannian, both bures | a comparison of the drawn conditions |
 *
 *  Copies of a condition are measured by themselves in the whitened similarities: V is that of the
 *  drawn pairs. bures, bures-distance and riemannian take every condition drawn once, for they need
 *  all pairs.
 *
 *  A sample of fewer than three different conditions is void; those are counted and left out. With
 *  groups (the sessions of a subject) groups are drawn, and a group leaves the pool of the lower
 *  ceiling as one. Both ceilings are means over the different groups of a sample.
 *
 *  dual: drawing both at once counts the measurement's noise too often. With v_s, v_c and v_sc the
 *  variances over subjects, conditions and both, S groups and n conditions, the variance is
 *
 *      S/(S-1) v_s + n/(n-1) v_c - S n/((S-1)(n-1)) (v_sc - v_s - v_c),
 *
 *  not below the first two terms, each by itself, nor above v_sc (Schuett et al. 2023, eqs. 8-10).
 */
#ifndef ANALYSIS_MODELS_RSA_BOOTSTRAP_H
#define ANALYSIS_MODELS_RSA_BOOTSTRAP_H

#include <analysis/models/rdm_compare.h>
#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_rsa_resampled {
    ANA_RSA_SUBJECTS,
    ANA_RSA_CONDITIONS,
    ANA_RSA_BOTH,
    ANA_RSA_DUAL
} ana_rsa_resampled;

typedef struct ana_rsa_bootstrap_options {
    ana_run run;
    ana_rdm_compare_options compare;
    ana_rsa_resampled over; /**< default dual */
    size_t n_samples;       /**< default 1000 */
    double level;           /**< of the intervals; default 0.95 */
    bool no_ceilings;     /**< ceilings of the samples are NaN: for the similarities of the table's
                               last row they cost most; default false */
    bool percentile;      /**< intervals by percentiles, not corrected for bias and acceleration
                               (BCa); default false */
    const size_t *groups; /**< an id for each subject, borrowed; NULL (default): all differ */
} ana_rsa_bootstrap_options;

ANA_API ana_rsa_bootstrap_options ana_rsa_bootstrap_options_default(void);

/** Rows for bootstrap (what is drawn), bootstraps, level, percentile. */
ANA_API extern const ana_option ana_rsa_bootstrap_option_table[];

/** How often each sample holds each subject and condition. */
typedef struct ana_rsa_draws {
    size_t n_samples;
    const size_t *subjects;   /**< n_samples x S; NULL: each once */
    const size_t *conditions; /**< n_samples x n; NULL: each once */
} ana_rsa_draws;

/** values[i * (M + 2) + m] (out): the mean similarity of model m over the subjects of sample i,
 *  then the lower and the upper ceiling. NaN: a void sample, a similarity that is not there, or a
 *  ceiling of one group alone.
 *
 *  @param noise  as ana_rdm_compare
 *  @return errors of ana_rdm_compare; ANA_ERR_UNSUPPORTED for conditions drawn with noise. */
ANA_API ANA_USE_RESULT ana_status ana_rsa_evaluate_draws(
    const ana_rdms *subjects, const ana_rdms *models, const double *noise,
    const ana_rsa_bootstrap_options *options, const ana_rsa_draws *draws, double *values);

/** Q = M + 2 quantities: the models, the lower and the upper ceiling. All owned. NaN: not enough
 *  samples, or no ceilings. */
typedef struct ana_rsa_bootstrap {
    ana_rsa_resampled over;
    size_t n_models;
    size_t n_samples;
    size_t n_void;   /**< samples of fewer than three different conditions */
    size_t n_groups; /**< of subjects */
    size_t n_conditions;
    size_t n_factors;   /**< 1; dual: 3 */
    double dof;         /**< of t-tests: the fewer of what is drawn, less one */
    double *estimate;   /**< Q: of the data as they are */
    double *values;     /**< n_factors x n_samples x Q; dual: subjects, conditions, both */
    double *covariance; /**< n_factors x Q x Q, over the samples */
    double *variance;   /**< Q x Q: of the difference of two quantities, on the diagonal of one */
    double *low;        /**< Q: ends of the intervals. dual: of a t distribution; else of the
                             samples */
    double *high;
} ana_rsa_bootstrap;

/** Draw the samples and sum them up. Warns of fewer than 12 conditions where they are drawn, of
 *  void samples, and where an interval cannot be corrected and is one of percentiles. Errors as
 *  ana_rsa_evaluate_draws; ANA_ERR_VALUE also for an option out of range, no models, no subjects,
 *  one group where subjects are drawn, or no sample that is not void. */
ANA_API ANA_USE_RESULT ana_status
ana_rsa_bootstrap_compute(const ana_rdms *subjects, const ana_rdms *models, const double *noise,
                          const ana_rsa_bootstrap_options *options, ana_rsa_bootstrap **out);

/** The dual variance of one quantity from those over subjects, conditions and both. */
ANA_API double ana_rsa_dual_variance(const double variance[3], size_t n_groups,
                                     size_t n_conditions);

/** p of a t-test with the bootstrap's variance: two-sided of quantities i and j being the same
 *  (1 for i = j), one-sided of quantity i being above 0 for j = ANA_RSA_ZERO. */
#define ANA_RSA_ZERO ((size_t)-1)
ANA_API double ana_rsa_bootstrap_p(const ana_rsa_bootstrap *bootstrap, size_t i, size_t j);

ANA_API void ana_rsa_bootstrap_free(ana_rsa_bootstrap *bootstrap);

ANA_END_DECLS

#endif
