/** How different are the responses to each pair of conditions?
 *
 *  A representational dissimilarity matrix (Kriegeskorte, Mur & Bandettini 2008): one number for
 *  each pair of conditions, packed as (0, 1), (0, 2), ... (0, n - 1), (1, 2), ... Observations are
 *  trials: labels are their conditions, sequences (runs, sessions) the folds of cross-validated
 *  distances, features the p channels. x_i is the mean over the trials of condition i, P the
 *  precision of the noise (noise.h; the identity without one):
 *
 *  | method | dissimilarity |
 *  |---|---|
 *  | euclidean | \|x_i - x_j\|^2 / p |
 *  | correlation | 1 - Pearson correlation over channels |
 *  | cosine | 1 - x_i . x_j / (\|x_i\| \|x_j\|) |
 *  | mahalanobis | (x_i - x_j)^T P (x_i - x_j) / p |
 *  | crossnobis | mean over pairs of folds f < g of (x_fi - x_fj)^T P (x_gi - x_gj) / p |
 *  | poisson | (l_i - l_j) . (ln l_i - ln l_j) / p |
 *  | poisson-cv | mean over folds f of (l_i - l_j of the other folds) . (ln l_fi - ln l_fj) / p |
 *  | spearman | 1 - Pearson correlation of the ranks over channels |
 *  | euclidean-root, cityblock, chebyshev, canberra, braycurtis | by their usual definitions |
 *  | lda, max-margin | share of trials of a fold that are told apart rightly |
 *
 *  crossnobis is unbiased, so it may be negative (Walther et al. 2016; Diedrichsen et al. 2016).
 *  l = (x + prior rate x prior weight) / (1 + prior weight) (Schuett et al. 2023). Those of the
 *  last row are not divided by p.
 *
 *  Decoding: trials of each fold are told apart by those of the others: lda by the nearer mean in
 *  the metric P (linear discriminants), max-margin by a support vector machine with that product
 *  (svm.h). The mean of both conditions' shares, over folds: 1/2 by chance.
 *
 *  A condition that a fold lacks takes no part in that fold: each pair has the folds that hold both
 *  (`n_folds`). A missing value (NaN) leaves its channel out of the pairs it touches, p is then the
 *  number of channels left, and P the inverse of the covariance of those; rsatoolbox 0.3 divides by
 *  all of them. What cannot be said (a constant pattern's correlation, no channel or no fold left)
 *  is NaN, counted and warned of. */
#ifndef ANALYSIS_MODELS_RDM_H
#define ANALYSIS_MODELS_RDM_H

#include <analysis/models/noise.h>
#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_rdm_method {
    ANA_RDM_EUCLIDEAN,
    ANA_RDM_CORRELATION,
    ANA_RDM_COSINE,
    ANA_RDM_MAHALANOBIS,
    ANA_RDM_CROSSNOBIS,
    ANA_RDM_POISSON,
    ANA_RDM_POISSON_CV,
    ANA_RDM_SPEARMAN,
    ANA_RDM_EUCLIDEAN_ROOT,
    ANA_RDM_CITYBLOCK,
    ANA_RDM_CHEBYSHEV,
    ANA_RDM_CANBERRA,
    ANA_RDM_BRAYCURTIS,
    ANA_RDM_LDA,
    ANA_RDM_MAX_MARGIN
} ana_rdm_method;

typedef enum ana_rdm_pooling {
    ANA_RDM_FOLDS, /**< every fold counts alike, however many trials it has */
    ANA_RDM_TRIALS /**< every pair of trials counts alike: of different folds when cross-validated,
                        all otherwise; correlations are of single trials */
} ana_rdm_pooling;

typedef struct ana_rdm_options {
    ana_run run;
    ana_rdm_method method;   /**< default correlation */
    ana_rdm_pooling pooling; /**< default folds */
    bool trials_alike;       /**< with pooling of trials: a pair of trials counts the same however
                                  many channels both have, rather than by their number; default
                                  false */
    bool remove_mean;        /**< of each pattern over its channels, before anything else; default
                                  false */
    bool constant_apart;     /**< the correlation of a constant pattern is 0, its dissimilarity 1,
                                  rather than NaN; default false */
    double prior_rate;       /**< poisson: what every mean is drawn towards, in the units of the
                                  responses; default 1 */
    double prior_weight;     /**< poisson: trials that this is worth; default 0.1 */
    double margin_penalty;   /**< max-margin: of a trial within the margin; default 1 */
} ana_rdm_options;

ANA_API ana_rdm_options ana_rdm_options_default(void);
ANA_API extern const ana_option ana_rdm_option_table[];

/** Matrices of the same conditions: of subjects, models, regions, times. All owned. */
typedef struct ana_rdms {
    size_t n_rdms;
    size_t n_conditions;
    double *values;    /**< n_rdms x n_pairs */
    char **conditions; /**< n_conditions ids */
    char **names;      /**< n_rdms texts */
    double *n_folds;   /**< n_rdms x n_pairs: folds that a pair was seen in; NULL: not by folds */
    char *method;      /**< how they were made: "crossnobis"; NULL: not known */
    size_t n_missing;  /**< NaN among the values */
} ana_rdms;

/** Number of pairs of n conditions, and the place of one, i < j. */
ANA_API size_t ana_rdm_n_pairs(size_t n_conditions);
ANA_API size_t ana_rdm_pair(size_t n_conditions, size_t i, size_t j);

/** n_rdms matrices of n_conditions, all 0, with names and conditions "0", "1", ... ANA_ERR_SHAPE
 *  for fewer than two conditions. */
ANA_API ANA_USE_RESULT ana_status ana_rdms_new(size_t n_rdms, size_t n_conditions, ana_rdms **out);

/** One matrix, called `name`, of the labelled rows of the observations; conditions stand in the
 *  order of the labels. `noise` (mahalanobis, crossnobis) may be NULL: the identity.
 *
 *  @return ANA_ERR_VALUE for an option out of range, an infinite value, no channels, no labels,
 * fewer than two conditions, fewer than two folds where they are needed, noise of other channels, a
 *  method that takes no noise, or for Poisson a value below 0 (named with its row and channel) or 0
 *  with a prior of 0; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_rdm_compute(const ana_observations *observations,
                                                  const ana_noise *noise,
                                                  const ana_rdm_options *options, const char *name,
                                                  ana_rdms **out);

/** crossnobis with a noise of each fold: noises[f] is of sequence f, and the product of folds f and
 *  g is whitened by the inverse of the mean of their covariances. Errors as ana_rdm_compute. */
ANA_API ANA_USE_RESULT ana_status ana_rdm_crossnobis_by_fold(const ana_observations *observations,
                                                             const ana_noise *const *noises,
                                                             const ana_rdm_options *options,
                                                             const char *name, ana_rdms **out);

/** Covariance of the noise between conditions, n_conditions x n_conditions (out): mean over
 *  channels of the covariance of whitened means over folds (Diedrichsen et al. 2016, eq. 36). Every
 *  fold must hold every condition. */
ANA_API ANA_USE_RESULT ana_status ana_rdm_noise_of_conditions(const ana_observations *observations,
                                                              const ana_noise *noise, double *out);

/** *out = the matrices of all parts, for the conditions that all of them have (by id, in the order
 *  of the first). ANA_ERR_VALUE when fewer than three are shared, or an id stands twice in a part;
 *  the sentence names ids that are missing. */
ANA_API ANA_USE_RESULT ana_status ana_rdms_join(size_t n, ana_rdms *const *parts, ana_rdms **out);

/** Whole matrix `k`, n_conditions x n_conditions (out), 0 on the diagonal. */
ANA_API void ana_rdms_square(const ana_rdms *rdms, size_t k, double *out);

/** From a square matrix, symmetric to 1e-6 of its largest value and 0 on the diagonal: row k. Else
 *  ANA_ERR_VALUE with the place. */
ANA_API ANA_USE_RESULT ana_status ana_rdms_set_square(ana_rdms *rdms, size_t k,
                                                      const double *square);

/** "schema" is "rdm": the packed values, conditions, names, and as figures each matrix and its
 *  conditions in the plane (classical scaling). ANA_ERR_FORMAT when a record is none. */
ANA_API ANA_USE_RESULT ana_status ana_rdms_to_record(const ana_rdms *rdms, ana_record **out);
ANA_API ANA_USE_RESULT ana_status ana_rdms_from_record(const ana_record *record, ana_rdms **out);

ANA_API void ana_rdms_free(ana_rdms *rdms);

ANA_END_DECLS

#endif
