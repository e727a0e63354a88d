/** How good would a pipeline be live?
 *
 *  Every recording in turn is replayed to a pipeline that has learned from the trials of the other
 *  recordings of that subject (of other subjects, where there are none), and each window is scored,
 *  with a class for no event (bci_pseudo_online.h; Carrara & Papadopoulo 2023, arXiv 2308.11656).
 */
#ifndef ANALYSIS_MODELS_BCI_ONLINE_EVALUATION_H
#define ANALYSIS_MODELS_BCI_ONLINE_EVALUATION_H

#include <analysis/models/bci_evaluation.h>
#include <analysis/models/bci_pseudo_online.h>

ANA_BEGIN_DECLS

/** Asked for a recording: its series and the events labelled by classes; borrowed until it is asked
 *  for the next, or the evaluation ends. */
typedef ana_status (*ana_bci_run_function)(void *user, size_t run, const ana_series **series,
                                           const ana_intervals **events);

typedef struct ana_bci_online_task {
    ana_bci_trials_function trials_of; /**< runs of the trials are the recordings, by number */
    ana_bci_run_function run_of;
    void *user;                    /**< handed to both */
    size_t n_pipelines;            /**< causal ones, no families */
    const char *const *names;      /**< n_pipelines */
    const char *const *texts;      /**< n_pipelines */
    double gate_z;                 /**< threshold of the gate that is learned; 0: no gate */
    ana_bci_stream_options stream; /**< begin with ana_bci_stream_options_default, */
    ana_bci_idle_options idle;     /**< and with ana_bci_idle_options_default */
} ana_bci_online_task;

/** One pipeline on one recording. */
typedef struct ana_bci_online_score {
    size_t n_windows; /**< with a truth and an answer */
    size_t n_gated;   /**< windows without a decision */
    double gated;     /**< their share of all windows */
    double accuracy;  /**< this and what follows as classification_scores.h has it, idle a
                           class */
    double chance;    /**< the accuracy of the most frequent truth as every answer */
    double balanced_accuracy;
    double normalised_matthews; /**< what the field reports: (Matthews' correlation + 1) / 2 */
    double bits_per_minute;     /**< one decision a window's length */
    size_t n_events;            /**< of classes that the model knows */
    size_t n_found;             /**< of them, with a window within that is answered right */
    double latency_s;           /**< median, of those found; NaN: none */
} ana_bci_online_score;

/** All owned. */
typedef struct ana_bci_online_evaluation {
    size_t n_pipelines;
    char **names;
    char **texts;
    size_t n_runs;
    char **run_names;             /**< "subject session run" */
    ana_bci_online_score *scores; /**< n_pipelines x n_runs */
    double *mean;                 /**< n_pipelines: of normalised_matthews over runs */
    double *sd;                   /**< n_pipelines: the same, divisor n - 1 */
    double *seconds;              /**< n_pipelines: of fits and replays */
} ana_bci_online_evaluation;

/** *out = the evaluation of all pipelines, freed by ana_bci_online_evaluation_free. `run` is of the
 *  fits; NULL: the defaults.
 *
 *  @return ANA_ERR_VALUE for no pipelines, fewer than two recordings, or one whose events no window
 *  lies within; ANA_ERR_UNSUPPORTED for a family; errors of the pipeline and the stream, with
 *  pipeline and recording; ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_bci_evaluate_online(const ana_bci_online_task *task,
                                                          const ana_run *run,
                                                          ana_bci_online_evaluation **out);
ANA_API void ana_bci_online_evaluation_free(ana_bci_online_evaluation *evaluation);

/** *out = a record of it: "schema" is "bci-online-evaluation"; metric ("normalised-mcc"),
 *  pipelines/<name>/pseudo_online with mean, sd, recordings (scores) and what else there is of
 *  each; bars of the scores. */
ANA_API ANA_USE_RESULT ana_status
ana_bci_online_evaluation_to_record(const ana_bci_online_evaluation *evaluation, ana_record **out);

ANA_END_DECLS

#endif
