/** How good is a pipeline on trials it has not seen: of the same session, another day, another
 *  person?
 *
 *  Each pipeline learns in every fold from that fold's training trials alone and answers of its
 * test trials. A family of pipelines ({a,b} in its text) chooses its member inside each training
 * set, by inner folds; so does "chosen", which takes all pipelines together: no pipeline is ever
 * chosen on the trials that score it. Scores are means over the folds of a session, then over
 * sessions, as MOABB reports them; intervals and tests are over subjects or trials, never over
 * folds, whose training sets overlap. */
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
    bool choose;                 /**< add "chosen"; default true */
} ana_bci_evaluation_options;

ANA_API ana_bci_evaluation_options ana_bci_evaluation_options_default(void);

/** Rows for metric, inner-metric, inner-folds, choose. */
ANA_API extern const ana_option ana_bci_evaluation_option_table[];

/** Asked for the trials as a bank filters them; borrowed until the evaluation ends. The trials must
 *  be the same whatever the bank. */
typedef ana_status (*ana_bci_trials_function)(void *user, const ana_bci_bank *bank,
                                              const ana_bci_trials **out);

/** What is evaluated. */
typedef struct ana_bci_task {
    ana_bci_trials_function trials_of;
    void *user;
    const ana_folds *folds[ANA_BCI_N_PROTOCOLS]; /**< NULL: not asked for */
    size_t n_pipelines;
    const char *const *names; /**< n_pipelines */
    const char *const *texts; /**< n_pipelines, or families of them */
} ana_bci_task;

/** *out = the trials as the first pipeline's bank filters them, of which folds are made. */
ANA_API ANA_USE_RESULT ana_status ana_bci_task_trials(const ana_bci_task *task,
                                                      const ana_bci_trials **out);

/** One pipeline under one protocol. All owned. */
typedef struct ana_bci_performance {
    double *scores;         /**< n_trials x n_classes, NaN where not tested */
    size_t *chosen;         /**< n_trials; n_classes where not tested */
    double *fold_scores;    /**< n_folds; NaN where the metric has no answer */
    size_t *fold_members;   /**< n_folds: which member of the family */
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
    bool transductive;
    ana_bci_performance *performances[ANA_BCI_N_PROTOCOLS]; /**< NULL: not asked for */
} ana_bci_evaluated;

/** All owned. */
typedef struct ana_bci_evaluation {
    ana_bci_metric metric; /**< not auto */
    double trial_s;        /**< how long a trial is */
    size_t n_trials;
    size_t n_classes;
    char **classes;
    size_t *labels;
    size_t *sessions;
    size_t n_sessions;
    char **session_names;
    size_t *session_subjects;
    size_t n_subjects;
    char **subject_names;
    size_t n_folds[ANA_BCI_N_PROTOCOLS];
    size_t *fold_sessions[ANA_BCI_N_PROTOCOLS]; /**< n_folds: which session each tests */
    size_t *fold_of[ANA_BCI_N_PROTOCOLS];       /**< n_trials: which tests it; n_folds: none */
    size_t n_pipelines;                         /**< "chosen" is the last, where it is asked for */
    ana_bci_evaluated *pipelines;
} ana_bci_evaluation;

/** Evaluate all pipelines.
 *
 *  @return ANA_ERR_VALUE for a text that is wrong (with the pipeline's name), trials that differ by
 *  bank, folds that are of other trials or test several sessions in one fold; what a step refuses,
 *  with pipeline and fold; ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_bci_evaluate(const ana_bci_task *task,
                                                   const ana_bci_evaluation_options *options,
                                                   ana_bci_evaluation **out);
ANA_API void ana_bci_evaluation_free(ana_bci_evaluation *evaluation);

/** "accuracy", "roc-auc", ... */
ANA_API const char *ana_bci_metric_name(ana_bci_metric metric);

/** *value = the metric of n trials; NaN where it has none (an area of one class). `scores` are n x
 *  n_classes. ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_bci_metric_of(ana_bci_metric metric, size_t n,
                                                    size_t n_classes, const size_t *labels,
                                                    const size_t *chosen, const double *scores,
                                                    double *value);

ANA_END_DECLS

#endif
