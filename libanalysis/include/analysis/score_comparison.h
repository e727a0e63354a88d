/** How sure is a classifier's score, and is one classifier better than another?
 *
 *  Trials of a subject, and folds still more, are not independent: what the scores of many subjects
 *  say of people in general is judged over subjects. With fewer than ANA_SCORE_MIN_SUBJECTS of them
 *  only the trials at hand can be judged, in blocks that stay together, and the result says so.
 *  Scores of folds are never resampled: their training sets overlap (Nadeau & Bengio 2003). */
#ifndef ANALYSIS_SCORE_COMPARISON_H
#define ANALYSIS_SCORE_COMPARISON_H

#include <analysis/options.h>
#include <analysis/resampling.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

enum {
    ANA_SCORE_MIN_SUBJECTS = 6
};

/** What a result holds for. */
typedef enum ana_score_unit {
    ANA_SCORE_SUBJECTS, /**< other people */
    ANA_SCORE_BLOCKS,   /**< other trials of these people, in blocks */
    ANA_SCORE_TRIALS    /**< the same, each trial by itself */
} ana_score_unit;

/** "subjects", "trial blocks", "trials", NULL: to be printed beside every interval and p. */
ANA_API extern const char *const ana_score_unit_names[];

typedef enum ana_score_metric {
    ANA_SCORE_ACCURACY,
    ANA_SCORE_BALANCED_ACCURACY,
    ANA_SCORE_AREA, /**< under the ROC curve; needs scores */
    ANA_SCORE_KAPPA,
    ANA_SCORE_MATTHEWS
} ana_score_metric;

/** "accuracy", "balanced-accuracy", "roc-auc", "kappa", "mcc", NULL. */
ANA_API extern const char *const ana_score_metric_names[];

/** What a pipeline answered; borrowed. */
typedef struct ana_scored_trials {
    size_t n;
    size_t n_classes;
    const size_t *truth;
    const size_t *predicted;
    const double *scores; /**< n x n_classes; NULL: none */
    const size_t *blocks; /**< n: an id of the run or stretch each is of; NULL: each its own */
} ana_scored_trials;

/** *score = that of all trials (classification_scores.h); NaN where the trials leave it open.
 *  ANA_ERR_VALUE for a class that is not below n_classes, an area without scores, or a score that
 *  is NaN; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_score_trials(const ana_scored_trials *trials,
                                                   ana_score_metric metric, double *score);

typedef struct ana_score_options {
    ana_run run;
    size_t n_resamples; /**< default 10000 */
    double level;       /**< of intervals; default 0.95 */
} ana_score_options;

ANA_API ana_score_options ana_score_options_default(void);

/** Rows for resamples, level. */
ANA_API extern const ana_option ana_score_option_table[];

typedef struct ana_score_interval {
    ana_score_unit unit;
    size_t n_units;  /**< subjects, blocks or trials */
    double estimate; /**< mean over the subjects, or the score of all trials */
    double standard_error;
    double low;
    double high;
    bool is_bca; /**< bias-corrected and accelerated; else percentiles, where that has no answer */
} ana_score_interval;

/** A bootstrap interval: of the mean of n_subjects scores when there are six or more of them, else
 *  of `metric` over blocks of trials drawn with repetition. Resamples in which the metric is open
 *  (a class is missing) are left out. Same seed, same bits.
 *
 *  @param scores   n_subjects; not read with fewer than six
 *  @param trials   not read with six or more; NULL is then right
 *  @param options  NULL, here and below: the defaults
 *  @return ANA_ERR_VALUE for fewer than two blocks, a score that is NaN, or no trials and too few
 *  subjects; ANA_ERR_MEMORY; ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_score_interval_find(size_t n_subjects, const double *scores,
                                                          const ana_scored_trials *trials,
                                                          ana_score_metric metric,
                                                          const ana_score_options *options,
                                                          ana_score_interval *out);

/** Pipeline A against pipeline B on the same subjects, or on the same trials. */
typedef struct ana_score_test {
    ana_score_unit unit;
    size_t n_units;
    double difference; /**< A - B */
    double effect;     /**< mean difference over its standard deviation (n - 1); NaN over trials of
                            other metrics than accuracy, and where nothing varies */
    double p;          /**< two-sided */
    double p_greater;  /**< one-sided, that A is not better */
    size_t n_resamples;
    bool exhaustive; /**< every one of the 2^n sign flips */
} ana_score_test;

/** Over subjects: their differences change sign, all ways where there are at most n_resamples. p =
 *  share of the flips at least as extreme, else (1 + those) / (1 + n_resamples). ANA_ERR_VALUE for
 *  no subjects or a NaN. */
ANA_API ANA_USE_RESULT ana_status ana_score_test_subjects(size_t n, const double *a,
                                                          const double *b,
                                                          const ana_score_options *options,
                                                          ana_score_test *out);

/** Over trials: the two pipelines' answers to a trial (to a block of trials) change places. Scores
 *  on different scales are compared by their ranks within each class's column. ANA_ERR_SHAPE when
 *  trials, truths or blocks of A and B differ; ANA_ERR_VALUE when the metric of the trials is open.
 */
ANA_API ANA_USE_RESULT ana_status ana_score_test_trials(const ana_scored_trials *a,
                                                        const ana_scored_trials *b,
                                                        ana_score_metric metric,
                                                        const ana_score_options *options,
                                                        ana_score_test *out);

/** What several data sets say together. */
typedef struct ana_score_meta {
    size_t n_tests;
    double z;
    double p_greater;
    double p;      /**< two-sided */
    double effect; /**< weighted mean of those that are known; NaN: none is */
} ana_score_meta;

/** Stouffer's method: z = sum w z_i / sqrt(sum w^2), z_i the normal quantile of 1 - p_greater of
 *  test i, w = sqrt(its units) (Liptak 1958), p clipped to 1e-10 from 0 and 1. ANA_ERR_VALUE for no
 *  tests or a p that is none. */
ANA_API ANA_USE_RESULT ana_status ana_score_combine(size_t n, const ana_score_test *tests,
                                                    ana_score_meta *out);

ANA_END_DECLS

#endif
