/** How good is a pipeline on trials it has not seen: of the same session, another day, another
 *  person?
 *
 *  Each pipeline learns in every fold from that fold's training trials alone and answers of its
 *  test trials. A family of pipelines ({a,b} in its text) chooses its member inside each training
 *  set, by inner folds (Varma & Simon 2006); so does "chosen", which takes all pipelines together:
 *  no pipeline is ever chosen on the trials that score it. Scores are means over the folds of a
 *  session, then over sessions, as MOABB reports them (Chevallier et al. 2024); intervals and tests
 *  (bci_comparison.h) are over subjects or trials, never over folds, whose training sets overlap.
 */
#ifndef ANALYSIS_MODELS_BCI_EVALUATION_H
#define ANALYSIS_MODELS_BCI_EVALUATION_H

#include <analysis/models/bci_folds.h>
#include <analysis/models/bci_pipeline.h>
#include <analysis/record.h>

ANA_BEGIN_DECLS

typedef enum ana_bci_metric {
    ANA_BCI_METRIC_AUTO,     /**< area under the ROC curve of two classes, else accuracy */
    ANA_BCI_METRIC_ACCURACY, /**< this and what follows: ana_score_metric plus 1 */
    ANA_BCI_METRIC_BALANCED_ACCURACY,
    ANA_BCI_METRIC_AREA, /**< under the ROC curve */
    ANA_BCI_METRIC_KAPPA,
    ANA_BCI_METRIC_MATTHEWS
} ana_bci_metric;

typedef struct ana_bci_evaluation_options {
    ana_run run;
    ana_bci_metric metric;       /**< default auto */
    ana_bci_metric inner_metric; /**< by which families choose; default auto */
    size_t n_inner_folds;        /**< default 3 */
    ana_bci_fold_options folds;  /**< inner folds: their split and seed */
    bool choose;                 /**< add "chosen" to two pipelines or more; default true */
} ana_bci_evaluation_options;

ANA_API ana_bci_evaluation_options ana_bci_evaluation_options_default(void);

/** Rows for metric, inner-metric, inner-folds, choose. */
ANA_API extern const ana_option ana_bci_evaluation_option_table[];

/** Asked for the trials as a bank filters them (ana_bci_trials_cut), more than once for a bank
 *  (keep them, and find them by ana_bci_bank_equal); borrowed until the evaluation ends. Labels,
 *  sessions and onsets must be the same whatever the bank. A status other than ANA_OK ends the
 *  evaluation with it. */
typedef ana_status (*ana_bci_trials_function)(void *user, const ana_bci_bank *bank,
                                              const ana_bci_trials **out);

/** What is evaluated. */
typedef struct ana_bci_task {
    ana_bci_trials_function trials_of;
    void *user;                                  /**< handed to it */
    const ana_folds *folds[ANA_BCI_N_PROTOCOLS]; /**< of the trials, by ana_bci_protocol: those of
                                                      ana_bci_folds_make, or any that test one
                                                      session in a fold; NULL: not asked for */
    size_t n_pipelines;
    const char *const *names; /**< n_pipelines, no two alike, none "chosen"; "/" becomes "|" */
    const char *const *texts; /**< n_pipelines, or families of them */
} ana_bci_task;

/** *out = the trials as the first pipeline's bank filters them, of which folds are made. */
ANA_API ANA_USE_RESULT ana_status ana_bci_task_trials(const ana_bci_task *task,
                                                      const ana_bci_trials **out);

/** One pipeline under one protocol. All owned. */
typedef struct ana_bci_performance {
    double *scores;         /**< n_trials x n_classes, NaN where not tested */
    size_t *chosen;         /**< n_trials: class; n_classes where not tested */
    double *fold_scores;    /**< n_folds; NaN where the metric has no answer */
    size_t *fold_members;   /**< n_folds: which member of the family; 0 where it has one */
    double *inner_scores;   /**< n_folds x n_members, of families; else NULL */
    double *session_scores; /**< n_sessions, NaN where not tested */
    double mean;            /**< over sessions */
    double sd;              /**< over sessions, divisor n - 1; NaN for one */
    double seconds;         /**< of fits and answers, choice included */
} ana_bci_performance;

/** One pipeline. */
typedef struct ana_bci_evaluated {
    char *name;
    char *text;             /**< as given */
    ana_bci_family *family; /**< its members */
    bool transductive;      /**< a member that answered is (ana_bci_pipeline_is_transductive) */
    ana_bci_performance *performances[ANA_BCI_N_PROTOCOLS]; /**< NULL: not asked for */
} ana_bci_evaluated;

/** All owned. */
typedef struct ana_bci_evaluation {
    ana_bci_metric metric; /**< not auto */
    double trial_s;        /**< how long a trial is */
    size_t n_trials;
    size_t n_classes;
    char **classes;   /**< these and what follows are the trials' (ana_bci_trials) */
    size_t *labels;   /**< n_trials */
    size_t *sessions; /**< n_trials */
    size_t n_sessions;
    char **session_names;
    size_t *session_subjects; /**< n_sessions */
    size_t n_subjects;
    char **subject_names;
    size_t n_folds[ANA_BCI_N_PROTOCOLS];
    size_t *fold_sessions[ANA_BCI_N_PROTOCOLS]; /**< n_folds: which session each tests */
    size_t *fold_of[ANA_BCI_N_PROTOCOLS];       /**< n_trials: which tests it; n_folds: none */
    size_t n_pipelines;                         /**< "chosen" is the last, where it is asked for */
    ana_bci_evaluated *pipelines;
} ana_bci_evaluation;

/** *out = the evaluation of all pipelines, freed by ana_bci_evaluation_free. `options` NULL: the
 *  defaults. Same seeds, same bits, for any number of threads.
 *
 *  @return ANA_ERR_VALUE for no pipelines, names that are not distinct, options out of range, a
 *  text that is wrong (with the pipeline's name), trials that differ by bank, folds that are of
 *  other trials or test several sessions in one fold; what a step refuses, with pipeline and fold;
 *  ANA_ERR_MEMORY; ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_bci_evaluate(const ana_bci_task *task,
                                                   const ana_bci_evaluation_options *options,
                                                   ana_bci_evaluation **out);
ANA_API void ana_bci_evaluation_free(ana_bci_evaluation *evaluation);

/** "auto", "accuracy", "balanced-accuracy", "roc-auc", "kappa", "mcc". */
ANA_API const char *ana_bci_metric_name(ana_bci_metric metric);

/** *value = the metric of n trials; NaN where it has none (an area of one class). Auto is settled
 *  by the number of classes. `labels` and `chosen` are n classes, `scores` n x n_classes, which the
 *  area alone needs. ANA_ERR_VALUE for a class that is not below n_classes, a score that is NaN, or
 *  an area without scores; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_bci_metric_of(ana_bci_metric metric, size_t n,
                                                    size_t n_classes, const size_t *labels,
                                                    const size_t *chosen, const double *scores,
                                                    double *value);

ANA_END_DECLS

#endif
