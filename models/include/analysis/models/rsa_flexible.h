/** How well does a combination of models match, when it is fitted to other subjects and other
 *  conditions than it is tried on?
 *
 *  The matrices of several models are the parts of one that bends (Khaligh-Razavi & Kriegeskorte
 *  2014; Schuett et al. 2023):
 *
 *  | kind | prediction |
 *  |---|---|
 *  | select | the one model that matches best |
 *  | weighted | any weighted sum |
 *  | non-negative | a sum with weights of 0 or more |
 *  | interpolated | between one model and the next, in the order given |
 *
 *  Weights reach the largest mean similarity with the subjects fitted to. For cosines, Pearson and
 *  the whitened ones this has a closed form: least squares, in the metric of the similarity, of the
 *  mean of the subjects' matrices at length 1. Other similarities select by themselves, and weight
 *  as Pearson does (bures and riemannian as the cosine). Models that add up to one another share
 *  the least weights; non-negative weights are found by active sets (Bro & de Jong 1997), whose
 *  conditions are held relative to the largest product of a model and the target. Weights have
 *  length 1, those of select and interpolated sum to 1.
 *
 *  Folds of subjects times folds of conditions: each test is on conditions and subjects that the
 *  weights have not seen. Every model by itself is tried on the same folds, and so are the
 *  ceilings: the pool of the training subjects (lower) and of all (upper) in the conditions of the
 *  test. */
#ifndef ANALYSIS_MODELS_RSA_FLEXIBLE_H
#define ANALYSIS_MODELS_RSA_FLEXIBLE_H

#include <analysis/models/rdm_compare.h>
#include <analysis/models/rsa_bootstrap.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_rsa_flexibility {
    ANA_RSA_SELECT,
    ANA_RSA_WEIGHTED,
    ANA_RSA_NON_NEGATIVE,
    ANA_RSA_INTERPOLATED,
    ANA_RSA_ALL_KINDS
} ana_rsa_flexibility;

enum {
    ANA_RSA_N_KINDS = 4
};

typedef struct ana_rsa_flexible_options {
    ana_run run;
    ana_rdm_compare_options compare;
    ana_rsa_flexibility kind; /**< default all kinds */
    bool to_pool;             /**< fit the pool of the subjects rather than their mean similarity;
                                   the same but for whitened similarities; default false */
    double ridge;             /**< penalty on squared weights of models of length 1; default 0 */
    size_t n_subject_folds;   /**< 0 (default): by their number; 1: the same subjects train and
                                   test */
    size_t n_condition_folds; /**< the same of conditions */
    const size_t *subject_folds;   /**< fold of each subject, borrowed; NULL: at random */
    const size_t *condition_folds; /**< of each condition */
    const size_t *groups;          /**< an id for each subject, borrowed; NULL: all differ */
    ana_rsa_resampled over;        /**< what the bootstrap draws; default subjects */
    size_t n_samples; /**< of it, each with two sets of folds; 0 (default): no bootstrap */
    double level;     /**< of the intervals; default 0.95 */
    int correction;   /**< ana_correction of the tests between models; default Holm */
} ana_rsa_flexible_options;

ANA_API ana_rsa_flexible_options ana_rsa_flexible_options_default(void);

/** Rows for flexible, to-pool, ridge, subject-folds, condition-folds, flexible-bootstraps. */
ANA_API extern const ana_option ana_rsa_flexible_option_table[];

/** Folds for n subjects (groups) or n conditions (Schuett et al. 2023). */
ANA_API size_t ana_rsa_default_folds_of_subjects(size_t n);
ANA_API size_t ana_rsa_default_folds_of_conditions(size_t n);

/** weights[M] (out) of one kind, fitted to all subjects and conditions. Errors of ana_rdm_compare;
 *  ANA_ERR_VALUE also for ANA_RSA_ALL_KINDS, no models or no subjects. Where no model varies, or no
 *  weight above 0 matches, all are 0. */
ANA_API ANA_USE_RESULT ana_status ana_rsa_fit_weights(const ana_rdms *subjects,
                                                      const ana_rdms *models, const double *noise,
                                                      const ana_rsa_flexible_options *options,
                                                      ana_rsa_flexibility kind, double *weights);

/** M models, then K kinds: P = M + K predictions. All owned. */
typedef struct ana_rsa_flexible {
    size_t n_models;
    size_t n_kinds;
    size_t n_subject_folds;
    size_t n_condition_folds;
    size_t n_folds; /**< their product */
    size_t n_void;  /**< folds with fewer than three conditions to train or to test */
    ana_rdm_similarity similarity;
    ana_rsa_flexibility kinds[ANA_RSA_N_KINDS];
    char **names;    /**< P: the models', then the kinds' */
    double *values;  /**< P x n_folds: mean similarity over the subjects of a test; NaN: void */
    double *mean;    /**< P: over the folds */
    double *weights; /**< K x M: fitted to all */
    double *fold_weights; /**< n_folds x K x M */
    double ceiling_low;   /**< NaN: the same subjects train and test */
    double ceiling_high;
    ana_rsa_bootstrap *bootstrap; /**< of the P predictions, its variance that of infinitely many
                                       sets of folds; NULL: none */
    double *p_between;            /**< P x P, by the bootstrap, corrected; NULL: none */
} ana_rsa_flexible;

/** Fit and try by folds; with samples, do so in each, where copies of a condition or subject stay
 * in one fold. The variance between samples is (2 v_mean - v_one), v_mean of the mean over two sets
 *  of folds and v_one of one: what the folds' choice adds is taken away.
 *
 *  @return errors of ana_rdm_compare and ana_rsa_bootstrap_compute; ANA_ERR_VALUE also for more
 *  folds than subjects or conditions / 3, folds of neither, or no fold that is not void;
 *  ANA_ERR_UNSUPPORTED for noise where conditions are drawn. */
ANA_API ANA_USE_RESULT ana_status ana_rsa_flexible_compute(const ana_rdms *subjects,
                                                           const ana_rdms *models,
                                                           const double *noise,
                                                           const ana_rsa_flexible_options *options,
                                                           ana_rsa_flexible **out);

/** "schema" is "rsa flexible": the numbers above, and as figures the predictions' bars with the
 *  ceiling, the weights, and which predictions differ. */
ANA_API ANA_USE_RESULT ana_status ana_rsa_flexible_to_record(const ana_rsa_flexible *flexible,
                                                             ana_record **out);

ANA_API void ana_rsa_flexible_free(ana_rsa_flexible *flexible);

ANA_END_DECLS

#endif
