/** How good are a live classifier's decisions? Pseudo-online: a recording is replayed through the
 *  stream (`bci_stream.h`, the same code as live), and each window is compared with the events.
 *
 *  A window that lies within an event is of the event's class, one that meets no event is idle, and
 *  one that lies across a border, or meets an event of a class that the model does not know, is not
 *  scored (Carrara & Papadopoulo 2023, arXiv 2308.11656). The model answers idle by a class of its
 *  own of that name, or where its highest score is below a limit. Windows overlap, so their number
 *  is not that of independent trials; bits per minute count one decision a window's length. */
#ifndef ANALYSIS_MODELS_BCI_PSEUDO_ONLINE_H
#define ANALYSIS_MODELS_BCI_PSEUDO_ONLINE_H

#include <analysis/classification_scores.h>
#include <analysis/intervals.h>
#include <analysis/models/bci_stream.h>

ANA_BEGIN_DECLS

/** Stands for a class: of a gated window, or of one that is not scored. */
#define ANA_BCI_NO_CLASS ((size_t)-1)

typedef struct ana_bci_idle_options {
    const char *idle;  /**< the class of no event; borrowed; default "idle" */
    double idle_below; /**< a window whose highest score is below is answered idle; 0 (default):
                          none is, whatever its scores */
    double event_s;    /**< length of events that have none; 0 (default): to the end of a trial */
} ana_bci_idle_options;

ANA_API ana_bci_idle_options ana_bci_idle_options_default(void);
/** Rows for idle, idle-below, event-length. */
ANA_API extern const ana_option ana_bci_idle_option_table[];

/** One event of a class of the model. */
typedef struct ana_bci_live_event {
    size_t class_number;
    double start; /**< seconds on the recording's clock */
    double stop;
    double latency_s; /**< from its start to the end of the first window that ends within it and
                           is answered right; NaN: none */
} ana_bci_live_event;

/** Windows in their order. All owned. */
typedef struct ana_bci_windows {
    ana_bci_idle_options options; /**< idle borrowed */
    size_t n_model;               /**< classes of the pipeline's lesson, here called the model */
    size_t n_classes;             /**< with idle, which is the last unless the model has it */
    char **classes;
    size_t idle;         /**< its number */
    double begin_s;      /**< time of the stream's first sample, on the recording's clock */
    double rate;         /**< Hz */
    double window_s;     /**< from the first to the last sample, and one more */
    double trial_stop_s; /**< end of a trial, after its event */
    size_t n;            /**< windows */
    size_t capacity;     /**< that there is room for */
    double *stops;       /**< n: seconds on the recording's clock, of the last sample */
    size_t *chosen;      /**< n; ANA_BCI_NO_CLASS: gated */
    double *scores;      /**< n x n_model; NaN: gated */
    double *z;           /**< n: of the gate; NaN without */
    double *p;           /**< n: of a gate that is a field; NaN without */
    char warning[ANA_BCI_ADVICE]; /**< of ana_bci_stream_advise; empty: none */
    size_t *truth; /**< n; ANA_BCI_NO_CLASS: not scored, and all before ana_bci_windows_label */
    size_t n_events;
    ana_bci_live_event *events; /**< of classes that the model knows */
} ana_bci_windows;

/** *out = no windows yet, of a stream whose first sample is at begin_s; freed by
 *  ana_bci_windows_free. `options` NULL: the defaults. */
ANA_API ANA_USE_RESULT ana_status ana_bci_windows_new(const ana_bci_stream *stream, double begin_s,
                                                      const ana_bci_idle_options *options,
                                                      ana_bci_windows **out);
ANA_API void ana_bci_windows_free(ana_bci_windows *windows);

/** One more, from the stream's listener; gaps are passed over. ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_bci_windows_note(ana_bci_windows *windows,
                                                       const ana_bci_answer *answer);

/** Find the truth of each window, and the latency of each event. Labels (TEXT column "label") are
 *  classes by their names; rows without one, of the idle class, or that begin with BAD are no
 *  events. ANA_ERR_VALUE when no event is of a class of the model. */
ANA_API ANA_USE_RESULT ana_status ana_bci_windows_label(ana_bci_windows *windows,
                                                        const ana_intervals *events);

/** *out = the scores of the windows that have a truth and an answer, idle among the classes.
 *  ANA_ERR_VALUE when there are none, or no window lies within an event. */
ANA_API ANA_USE_RESULT ana_status ana_bci_windows_score(const ana_bci_windows *windows,
                                                        ana_classification_scores **out);

/** *out = a record; "schema" is "bci-pseudo-online": scores, confusions, latencies of events, and
 *  the answers of all windows. ANA_ERR_VALUE as ana_bci_windows_score. */
ANA_API ANA_USE_RESULT ana_status ana_bci_windows_to_record(const ana_bci_windows *windows,
                                                            ana_record **out);

/** *out = the windows of a recording, with their truths: a stream of the pipeline, replayed. What
 *  adapts moves in the pipeline: a second replay begins where the first has ended. `stream` and
 *  `idle` NULL: the defaults. Errors of the stream and of ana_bci_windows_label. */
ANA_API ANA_USE_RESULT ana_status ana_bci_pseudo_online(
    ana_bci_pipeline *pipeline, const ana_series *series, const ana_intervals *events,
    const ana_bci_stream_options *stream, const ana_bci_idle_options *idle, ana_bci_windows **out);

ANA_END_DECLS

#endif
