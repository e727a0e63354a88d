/** What was shown, by the responses of single trials?
 *
 *  Trials are rows of observations with labels, sequences their sessions. A decoder learns from
 *  some of them and is tested on others; each gives every class a score that is linear in the
 *  responses, and the largest wins (the first of equals):
 *
 *  | method | score of class c |
 *  |---|---|
 *  | lda | m_c S^-1 x - m_c S^-1 m_c / 2 + log(share of c): m_c means, S the covariance within
 *      classes, shrunk towards its mean variance (Ledoit & Wolf 2004) |
 *  | centroid | m_c x - m_c m_c / 2: the nearest mean |
 *  | logistic | multinomial regression with a ridge (glm.h, categorical) |
 *
 *  With more units than trials, lda is done in the space that the trials span, exactly. Units are
 *  standardised by the training trials alone. Accuracy is compared with that of decoders that
 *  learned from permuted labels: what the same procedure reaches by chance.
 *
 *  Across animals: two animals that saw the same stimuli are aligned by a map fitted to the means
 *  of some stimuli, and a decoder of the first animal then tells the others apart in the second. */
#ifndef ANALYSIS_MODELS_DECODING_H
#define ANALYSIS_MODELS_DECODING_H

#include <analysis/folds.h>
#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_decoding_method {
    ANA_DECODING_LDA,
    ANA_DECODING_CENTROID,
    ANA_DECODING_LOGISTIC
} ana_decoding_method;

/** Which trials are tested together. */
typedef enum ana_decoding_split {
    ANA_DECODING_STRATIFIED, /**< folds of trials, each with the same share of each class */
    ANA_DECODING_SESSIONS    /**< each session in turn */
} ana_decoding_split;

typedef struct ana_decoding_options {
    ana_run run;
    ana_decoding_method method; /**< default lda */
    ana_decoding_split split;   /**< default stratified */
    size_t n_folds;             /**< stratified; default 5 */
    double shrinkage;           /**< lda: 0 to 1; -1 (default): as Ledoit & Wolf (2004) find best */
    double ridge;          /**< logistic: penalty of the weights of standardised units; default 1 */
    bool raw;              /**< units as they are, not standardised; default false */
    size_t n_permutations; /**< of the labels; 0: no test; default 200 */
} ana_decoding_options;

ANA_API ana_decoding_options ana_decoding_options_default(void);
ANA_API extern const ana_option ana_decoding_option_table[];

/** All owned; NaN: not asked for. */
typedef struct ana_decoding {
    ana_decoding_method method;
    size_t n_trials;     /**< with a label */
    size_t n_unlabelled; /**< trials left out */
    size_t n_units;      /**< used */
    size_t n_silent;     /**< units left out: no finite value */
    size_t n_classes;
    char **classes;    /**< n_classes names */
    size_t *truth;     /**< n_trials */
    size_t *predicted; /**< n_trials; n_classes: not tested */
    double *confusion; /**< n_classes x n_classes: of class (row), taken for (column) */
    size_t n_folds;
    double *fold_accuracy; /**< n_folds */
    size_t n_unlearned;   /**< tests of a class of which their fold had none to learn from: wrong */
    double accuracy;      /**< share of the tests that is right */
    double balanced;      /**< mean over classes of that share of the class */
    double chance;        /**< mean of `balanced` over permutations, or what guessing gives */
    double chance_high;   /**< its quantile 0.95 over permutations */
    double p;             /**< of `balanced`: permutation, one-sided */
    bool within_sessions; /**< labels were permuted within sessions; else over all trials, as when
                               a session holds one class alone */
} ana_decoding;

/** Learn and test on folds of the labelled trials, in their order (NULL: as the options say).
 *
 *  @return ANA_ERR_VALUE for an option out of range, no labels, fewer than two classes, a value
 *  that is not finite in a unit that has one (named by trial and unit), no unit with values, more
 *  than 64 classes for logistic; ANA_ERR_SHAPE for folds of other trials, or fewer training trials
 *  than classes plus 1 (lda); ANA_ERR_NUMERIC when lda without shrinkage meets a singular
 *  covariance; ANA_ERR_MEMORY; ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_decoding_validate(const ana_observations *trials,
                                                        const ana_folds *folds,
                                                        const ana_decoding_options *options,
                                                        ana_decoding **out);

/** How the second animal's responses become those of the first. */
typedef enum ana_decoding_map {
    ANA_DECODING_ORTHOGONAL, /**< turned, shifted and scaled (Schoenemann 1966) */
    ANA_DECODING_RIDGE       /**< linear, with a penalty */
} ana_decoding_map;

typedef struct ana_transfer_options {
    ana_decoding_options decoding; /**< method, shrinkage, ridge, raw, permutations; folds are of
                                        stimuli */
    ana_decoding_map map;          /**< default orthogonal */
    double map_ridge; /**< ridge: penalty in units of the mean squared singular value; default 1 */
} ana_transfer_options;

ANA_API ana_transfer_options ana_transfer_options_default(void);

/** Rows for map and map-ridge. */
ANA_API extern const ana_option ana_transfer_option_table[];

/** Train on `from`, test on `to`: classes are the stimuli (labels, by name) that both have. For
 * each fold of stimuli the map is fitted to the means of the others, and the fold's trials of `to`,
 *  mapped, are told apart among the fold's stimuli by a decoder of all trials of `from`. So nothing
 *  of `to`'s responses to a stimulus is known when it is tested. Labels are permuted within folds.
 *
 *  @return errors of ana_decoding_validate; ANA_ERR_VALUE also for fewer than four shared stimuli,
 *  or folds that would hold fewer than two. */
ANA_API ANA_USE_RESULT ana_status ana_decoding_transfer(const ana_observations *from,
                                                        const ana_observations *to,
                                                        const ana_transfer_options *options,
                                                        ana_decoding **out);

/** "schema" is "decoding": accuracies with chance, the predictions, and as figures the confusions
 *  and the accuracy of each fold. */
ANA_API ANA_USE_RESULT ana_status ana_decoding_to_record(const ana_decoding *decoding,
                                                         ana_record **out);

ANA_API void ana_decoding_free(ana_decoding *decoding);

ANA_END_DECLS

#endif
