/** How well do models match what was measured in several subjects, and how well could any?
 *
 *  Representational similarity analysis (Kriegeskorte et al. 2008; Nili et al. 2014; Schuett et al.
 *  2023): each model's dissimilarity matrix is compared with each subject's by one of the
 *  similarities of rdm_compare.h. The noise ceiling is what the best possible model would reach: at
 *  most the mean similarity of each subject with the pool of all (upper), at least that with the
 *  pool of the others (lower). The pool is the matrix nearest to all subjects: the mean of a / rms
 *  (cosines), of z-scores (correlations) or of ranks (the rest by ranks; bures and riemannian as
 *  cosines).
 *
 *  Three questions, three tests: could the match be chance (permutation of the conditions' labels,
 *  all of them where they are few, the largest of all models for the family-wise error), does it
 *  hold for subjects beyond these (over subjects: t-tests with divisor n - 1, Wilcoxon's signed
 *  ranks, or flips of sign), and are two models different (the same of their differences, corrected
 *  for their number). When the bootstrap draws conditions or knows groups of subjects, the last two
 *  are t-tests with its variance (rsa_bootstrap.h): they hold for other conditions as well. */
#ifndef ANALYSIS_MODELS_RSA_H
#define ANALYSIS_MODELS_RSA_H

#include <analysis/models/rdm_compare.h>
#include <analysis/models/rsa_bootstrap.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** How values of subjects are tested against 0. */
typedef enum ana_rsa_test_kind {
    ANA_RSA_T,           /**< their mean is normal */
    ANA_RSA_SIGNED_RANK, /**< Wilcoxon 1945: they are symmetric */
    ANA_RSA_SIGN_FLIP    /**< the same, of their mean: all flips of sign, or as many as
                              permutations */
} ana_rsa_test_kind;

typedef struct ana_rsa_options {
    ana_run run;
    ana_rdm_compare_options compare;
    size_t n_permutations;  /**< of the conditions; all of them where these are no more, and p
                                 their share; 0: no such test; default 1000 */
    ana_rsa_resampled over; /**< what the bootstrap draws; default subjects */
    size_t n_bootstraps;    /**< 0: no intervals; default 1000 */
    double level;           /**< of the intervals; default 0.95 */
    bool percentile;        /**< intervals of the bootstrap not corrected (BCa); default false */
    const size_t *groups;   /**< an id for each subject, borrowed: matrices of one group (sessions
                                 of a subject) are drawn and left out together; NULL: all differ */
    ana_rsa_test_kind test; /**< over subjects; default t */
    int correction;         /**< ana_correction of the tests between models; default Holm */
} ana_rsa_options;

ANA_API ana_rsa_options ana_rsa_options_default(void);

/** Rows for permutations, bootstrap (what is drawn), bootstraps, level, percentile, test,
 *  correction. */
ANA_API extern const ana_option ana_rsa_option_table[];

/** M models, S subjects; all owned. NaN: too few subjects, or not asked for. */
typedef struct ana_rsa {
    size_t n_models;
    size_t n_subjects;
    size_t n_conditions;
    ana_rdm_similarity similarity;
    char **models; /**< names */
    char **subjects;
    double *values;         /**< M x S: similarity */
    double *mean;           /**< M: over subjects */
    double *standard_error; /**< M: of it, over subjects, or by a bootstrap of conditions or groups
                             */
    double *low;            /**< M: ends of the bootstrap's interval (3 subjects or more) */
    double *high;
    double *p_chance;     /**< M: permutation of conditions, one-sided */
    double *p_chance_max; /**< M: against the best of all models in each permutation */
    double *p_zero;       /**< M: mean above 0; NaN for bures-distance and riemannian, whose 0 is
                                 a perfect match */
    double *p_ceiling;    /**< M: against the lower ceiling, two-sided */
    double *p_between;    /**< M x M: of each other, two-sided, corrected; 1 on the diagonal */
    double ceiling_low;
    double ceiling_high;
    size_t best;           /**< model of the largest mean, or the least distance */
    size_t n_permutations; /**< made; 0: none */
    ana_rsa_test_kind test;
    ana_rsa_bootstrap *bootstrap; /**< NULL: none. Ceilings of the samples are there when they cost
                                       no comparison, or conditions are drawn */
} ana_rsa;

/** Compare every model with every subject; conditions must be the same (ana_rdms_join).
 *
 *  @param noise  as ana_rdm_compare
 *  @return errors of ana_rdm_compare; ANA_ERR_VALUE also for no models or no subjects. */
ANA_API ANA_USE_RESULT ana_status ana_rsa_compute(const ana_rdms *subjects, const ana_rdms *models,
                                                  const double *noise,
                                                  const ana_rsa_options *options, ana_rsa **out);

/** The pool of matrices, n_pairs values (out); `left_out` is not in it (n_rdms: none is). NaN where
 *  no matrix has the pair. */
ANA_API ANA_USE_RESULT ana_status ana_rdm_pool(const ana_rdms *rdms, ana_rdm_similarity similarity,
                                               size_t left_out, double *out);

/** "schema" is "rsa": the numbers above, and as figures the models' bars with the ceiling, and
 *  which of them differ. */
ANA_API ANA_USE_RESULT ana_status ana_rsa_to_record(const ana_rsa *rsa, ana_record **out);

ANA_API void ana_rsa_free(ana_rsa *rsa);

ANA_END_DECLS

#endif
