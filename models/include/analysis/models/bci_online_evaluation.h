/** How good would a pipeline be live? Every recording in turn is replayed to a pipeline that has
 *  learned from the trials of the other recordings of that subject (of other subjects, where there
 *  are none), and each window is scored, with a class for no event (bci_pseudo_online.h;
 *  Carrara & Papadopoulo 2023, arXiv 2308.11656). */
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
    void *user;         /**< of both */
    size_t n_pipelines; /**< causal ones, no families */
    const char *const *names;
    const char *const *texts;
    double gate_z; /**< a gate is learned and used; 0: none */
    ana_bci_stream_options stream;
    ana_bci_idle_options idle;
} ana_bci_online_task;

/** One pipeline on one recording. */
typedef struct ana_bci_online_score {
    size_t n_windows; /**< with a truth and an answer */
    size_t n_gated;
    double gated; /**< share of all windows */
    double accuracy;
    double balanced_accuracy;
    double normalised_matthews; /**< what the field reports: (Matthews' correlation + 1) / 2 */
    double bits_per_minute;
    size_t n_events;
    size_t n_found;   /**< with a window within that is answered right */
    double latency_s; /**< median, of those found */
} ana_bci_online_score;

/** All owned. */
typedef struct ana_bci_online_evaluation {
    size_t n_pipelines;
    char **names;
    char **texts;
    size_t n_runs;
    char **run_names;
    ana_bci_online_score *scores; /**< n_pipelines x n_runs */
    double *mean;                 /**< n_pipelines: of the normalised correlation over runs */
    double *sd;
    double *seconds; /**< n_pipelines */
} ana_bci_online_evaluation;

/** Evaluate all pipelines. ANA_ERR_VALUE for a family, fewer than two recordings, and errors of the
 *  pipeline and the stream, with pipeline and recording. */
ANA_API ANA_USE_RESULT ana_status ana_bci_evaluate_online(const ana_bci_online_task *task,
                                                          const ana_run *run,
                                                          ana_bci_online_evaluation **out);
ANA_API void ana_bci_online_evaluation_free(ana_bci_online_evaluation *evaluation);

/** "schema" is "bci-online-evaluation": metric ("normalised-mcc"), pipelines/<name>/pseudo_online
 *  with mean, sd, recordings (scores) and what else there is of each; bars of the scores. */
ANA_API ANA_USE_RESULT ana_status
ana_bci_online_evaluation_to_record(const ana_bci_online_evaluation *evaluation, ana_record **out);

ANA_END_DECLS

#endif
