/** How sure are the scores of an evaluation, and is one pipeline better than another?
 *
 *  With six subjects or more, intervals and paired tests are over subjects, and hold for other
 *  people. With fewer they are over the trials of these people: intervals over blocks of trials
 *  that were tested together, tests by exchanging the answers to a trial; with several subjects
 *  each is tested by itself and Stouffer's method combines them. Folds are never resampled
 *  (score_comparison.h). Scores of different folds come from different fits: they are compared as
 *  ranks within their fold. */
#ifndef ANALYSIS_MODELS_BCI_COMPARISON_H
#define ANALYSIS_MODELS_BCI_COMPARISON_H

#include <analysis/models/bci_evaluation.h>
#include <analysis/score_comparison.h>

ANA_BEGIN_DECLS

/** Of one protocol. All owned. */
typedef struct ana_bci_comparison {
    size_t n_pipelines;            /**< those of the evaluation, "chosen" among them */
    double level;                  /**< of the intervals */
    ana_score_interval *intervals; /**< n_pipelines; their estimate is of all trials at once where
                                        the unit is not the subject */
    ana_score_test *tests;         /**< n_pipelines x n_pipelines: row against column; the diagonal
                                        is zeroed */
    double *p;                     /**< n_pipelines x n_pipelines: two-sided, of `combined` where
                                        there is one, else of `tests`; 1 on the diagonal */
    double *p_corrected;           /**< the same by Holm's method for all pairs */
    ana_score_meta *combined; /**< n_pipelines x n_pipelines: two to five subjects; else NULL */
} ana_bci_comparison;

/** *out = the comparison of all pipelines under one protocol, freed by ana_bci_comparison_free.
 *  `options` NULL: the defaults. Same seed, same bits. ANA_ERR_VALUE for options out of range, a
 *  protocol that was not evaluated, and where nothing was tested or an interval cannot be had
 *  (ana_score_interval_find); ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_bci_compare(const ana_bci_evaluation *evaluation,
                                                  ana_bci_protocol protocol,
                                                  const ana_score_options *options,
                                                  ana_bci_comparison **out);
ANA_API void ana_bci_comparison_free(ana_bci_comparison *comparison);

/** *out = a record of an evaluation: "schema" is "bci-evaluation"; metric, classes with
 *  class_counts (trials of each), summary_<protocol> (a row for each pipeline: its mean, what
 *  guessing scores, of accuracies also the bound that 95 of 100 guessers stay at or below),
 *  pipelines/<name> with, for each protocol, mean, sd, sessions (scores), interval and seconds;
 *  scores and answers of every trial; figures of scores, ROC curves, confusions; tables of
 *  intervals and tests. comparisons[p] may be NULL: without its tables. */
ANA_API ANA_USE_RESULT ana_status ana_bci_evaluation_to_record(
    const ana_bci_evaluation *evaluation,
    const ana_bci_comparison *const comparisons[ANA_BCI_N_PROTOCOLS], ana_record **out);

ANA_END_DECLS

#endif
