/** How good are a classifier's answers, and how good would guessing have been?
 *
 *  Classes are numbers from 0 to n_classes - 1. Most scores are of the table of counts,
 *  confusion[t * n_classes + p]: items of class t that were given p.
 *
 *  | score | of the table, with n items | guessing |
 *  |---|---|---|
 *  | accuracy | share of the diagonal | share of the largest class |
 *  | balanced accuracy | mean over the classes of the share found | 1 / classes |
 *  | kappa | (accuracy - e) / (1 - e), e = sum of products of the margins' shares (Cohen 1960) | 0 |
 *  | Matthews | correlation of truth and answer, of any number of classes (Gorodkin 2004) | 0 |
 *  | normalised Matthews | (that + 1) / 2 | 0.5 |
 *  | area under the ROC curve | probability that an item of the class scores above one that is not,
 *    ties half; of more than two classes the mean over each against the rest | 0.5 |
 *  | information transfer | bits that an answer brings (Wolpaw et al. 2000) | 0 |
 *
 *  A class without items takes no part in means over classes. A score that the counts leave open is
 *  NaN. */
#ifndef ANALYSIS_CLASSIFICATION_SCORES_H
#define ANALYSIS_CLASSIFICATION_SCORES_H

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** confusion (n_classes x n_classes, out). ANA_ERR_VALUE names an item of a class that is not. */
ANA_API ANA_USE_RESULT ana_status ana_classification_confusion(size_t n, const size_t *truth,
                                                               const size_t *predicted,
                                                               size_t n_classes, size_t *confusion);

/** This and the next: NaN without items. */
ANA_API double ana_classification_accuracy(size_t n_classes, const size_t *confusion);
ANA_API double ana_classification_balanced_accuracy(size_t n_classes, const size_t *confusion);
/** NaN when truth and answers are all one class. */
ANA_API double ana_classification_kappa(size_t n_classes, const size_t *confusion);
/** 0 when truth or answers are all one class. */
ANA_API double ana_classification_matthews(size_t n_classes, const size_t *confusion);

/** log2 N + P log2 P + (1 - P) log2((1 - P) / (N - 1)) of one answer of accuracy P among N classes;
 *  0 up to P = 1 / N, where it would rise again. NaN for fewer than two classes, or a P that is no
 *  share. */
ANA_API double ana_classification_bits(size_t n_classes, double accuracy);

/** The smallest share of right answers that guessing, right with probability p, stays at or below
 *  in `level` (0.95) of all series of n answers: the binomial's quantile over n. An accuracy above
 *  is better than chance (Mueller-Putz et al. 2008, Int. J. Bioelectromagn. 10; exact here). NaN
 *  for n = 0 or a p or level outside 0 to 1. */
ANA_API double ana_classification_chance_bound(size_t n, double p, double level);

/** *area = that of n scores for the items that are positive. NaN without both kinds. ANA_ERR_VALUE
 *  names a score that is NaN; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_classification_area(size_t n, const bool *positive,
                                                          const double *scores, double *area);

/** The mean of the areas of each class that has items and is not all of them, by its own column of
 *  scores (n x n_classes); of two classes, the area of class 1 by scores[1] - scores[0]. NaN when
 *  there is no such class. ANA_ERR_VALUE as above. */
ANA_API ANA_USE_RESULT ana_status ana_classification_mean_area(size_t n, const size_t *truth,
                                                               size_t n_classes,
                                                               const double *scores, double *area);

/** Points of a ROC curve from (0, 0) to (1, 1), one for each distinct score. */
typedef struct ana_roc_curve {
    size_t n;
    double *false_positive; /**< share of the others at or above the threshold; owned */
    double *true_positive;  /**< share of the positive at or above it; owned */
    double *threshold;      /**< falling; the first is infinite; owned */
} ana_roc_curve;

/** *out = the curve, freed by ana_roc_curve_free. ANA_ERR_VALUE as the area, and without both
 *  kinds. */
ANA_API ANA_USE_RESULT ana_status ana_classification_roc(size_t n, const bool *positive,
                                                         const double *scores, ana_roc_curve **out);
ANA_API void ana_roc_curve_free(ana_roc_curve *curve);

/** All of them at once. */
typedef struct ana_classification_scores {
    size_t n; /**< items */
    size_t n_classes;
    size_t *confusion; /**< n_classes x n_classes; owned */
    size_t *counts;    /**< n_classes: items of each; owned */
    double accuracy;
    double balanced_accuracy;
    double kappa;
    double matthews;
    double normalised_matthews;
    double area;            /**< NaN without scores */
    double bits;            /**< of one answer */
    double bits_per_minute; /**< NaN without the time of an answer */
    double chance;          /**< accuracy of the largest class's name as every answer */
    double chance_bound;    /**< ana_classification_chance_bound of that, at 0.95 */
} ana_classification_scores;

/** *out = the scores, freed by ana_classification_scores_free.
 *
 *  @param scores   n x n_classes: the higher, the more likely; NULL: none
 *  @param trial_s  seconds that an answer takes; 0: not known
 *  @return ANA_ERR_VALUE as above, and for no items; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_classification_scores_compute(
    size_t n, const size_t *truth, const size_t *predicted, size_t n_classes, const double *scores,
    double trial_s, ana_classification_scores **out);
ANA_API void ana_classification_scores_free(ana_classification_scores *scores);

ANA_END_DECLS

#endif
