/** What is it now? A pipeline that has learned, at work on live signals.
 *
 *  Samples are pushed as they come, in pieces of any size. They are filtered causally, and every
 *  `step_s` seconds the last window, as long as the trials learned from, is decided on. A gate
 *  (bci_gate.h, learned from the same trials) sets artefacts aside; steps that re-centre go
 *  along with the session. The same samples give the same bits however they are cut into pieces:
 *  ana_bci_pseudo_online, which replays a recording, is the same code.
 *
 *  A missing sample (NaN), or samples that never came (ana_bci_stream_skip), are a gap: filters
 *  begin anew behind it, and no window reaches across it. After the first samples, and after a gap,
 *  there is no decision before the filters have settled and a whole window has come.
 *
 *  After ana_bci_stream_new and a first decision nothing is allocated any more. */
#ifndef ANALYSIS_MODELS_BCI_STREAM_H
#define ANALYSIS_MODELS_BCI_STREAM_H

#include <analysis/models/bci_gate.h>

ANA_BEGIN_DECLS

typedef struct ana_bci_stream_options {
    ana_run run;
    double step_s;    /**< between decisions; default 0.1, at least a sample */
    double settle_s;  /**< of the filters, before the first window; -1 (default): until their
                           response has fallen to a thousandth */
    double gate_z;    /**< z at and above which a window is an artefact; 0 (default): as learned */
    double gate_p;    /**< of a field: p below which it is one; 0 (default): as learned */
    double gate_rate; /**< share of each clean window in the gate; 0 (default): it stays */
    double centre_rate; /**< share of each clean window in the centre by which step recentre
                             whitens; 0 (default): as the step has it, else the mean of all so
                             far, where the centre of training counts as many trials */
} ana_bci_stream_options;

ANA_API ana_bci_stream_options ana_bci_stream_options_default(void);
/** Rows for step, settle, gate-z, gate-p, gate-rate, centre-rate. */
ANA_API extern const ana_option ana_bci_stream_option_table[];

typedef enum ana_bci_answer_kind {
    ANA_BCI_DECISION,
    ANA_BCI_GATED, /**< an artefact: no decision */
    ANA_BCI_GAP    /**< here samples begin to be missing */
} ana_bci_answer_kind;

/** Borrowed for the call. */
typedef struct ana_bci_answer {
    ana_bci_answer_kind kind;
    size_t sample;        /**< the window's last, or the gap's first; missing ones count, from 0 */
    double time_s;        /**< sample / rate */
    size_t chosen;        /**< DECISION: index into the lesson's classes */
    const double *scores; /**< DECISION: n_classes; else NULL */
    double z;             /**< of the gate, of a field the largest; NaN without one, infinite for
                               what is no covariance */
    double p;             /**< of a field; NaN without one, 0 where z is infinite */
    const double *potatoes; /**< of a field: z of each; NULL without one, or where z is infinite */
    const char *reason;     /**< GATED: a constant channel, or what a step refuses; NULL: z alone */
} ana_bci_answer;

/** Told of each answer; a status other than ANA_OK ends the push with it. */
typedef ana_status (*ana_bci_listener)(void *user, const ana_bci_answer *answer);

typedef struct ana_bci_stream ana_bci_stream;

/** *out = a stream of that pipeline (borrowed: it must live longer). What adapts, the gate and the
 *  centre, moves in the pipeline itself, which can be saved at any time.
 *
 *  @return ANA_ERR_VALUE before fit, for bad options, gate_z with a field or gate_p without one,
 *          and for a pipeline that no live signal can have: filtered with zero phase (with the text
 *          to learn instead), or a step that has to see all trials at once, other than recentre;
 *          ANA_ERR_LIMIT for a window above the run's memory. */
ANA_API ANA_USE_RESULT ana_status ana_bci_stream_new(ana_bci_pipeline *pipeline,
                                                     const ana_bci_stream_options *options,
                                                     ana_bci_stream **out);

/** Go on by n samples of the lesson's channels, in its unit.
 *
 *  @param samples  n_channels x n
 *  @return what the listener returns; ANA_ERR_MEMORY in the first decision. A window that a step
 *          refuses is GATED, not an error. */
ANA_API ANA_USE_RESULT ana_status ana_bci_stream_push(ana_bci_stream *stream, size_t n,
                                                      const double *samples,
                                                      ana_bci_listener listener, void *user);

/** Go on by n samples that are lost. */
ANA_API ANA_USE_RESULT ana_status ana_bci_stream_skip(ana_bci_stream *stream, size_t n,
                                                      ana_bci_listener listener, void *user);

/** Told before samples are pushed that the last of them is of that time, after the first: to wait
 *  until then. A status other than ANA_OK ends the replay. */
typedef ana_status (*ana_bci_pace)(void *user, double time_s);

/** Whom a replay tells what; `pace` may be NULL: as fast as it goes. */
typedef struct ana_bci_audience {
    ana_bci_pace pace;
    ana_bci_listener listener;
    void *user;
} ana_bci_audience;

/** Push a whole recording, the lesson's channels by their names, so many samples at a time as lie
 *  between two decisions; gaps between its segments are skipped as what is lost. ANA_ERR_SHAPE when
 *  a channel is missing or the rate is another. */
ANA_API ANA_USE_RESULT ana_status ana_bci_stream_replay(ana_bci_stream *stream,
                                                        const ana_series *series,
                                                        const ana_bci_audience *audience);

/** Where the lesson's channels are among n names (n_channels places, out), and the rate is the same
 *  (NaN: not known). ANA_ERR_SHAPE names what differs. */
ANA_API ANA_USE_RESULT ana_status ana_bci_stream_match(const ana_bci_stream *stream, size_t n,
                                                       const char *const *names, double rate,
                                                       size_t *places);

/** What its pipeline was taught. Borrowed. */
ANA_API const ana_bci_lesson *ana_bci_stream_lesson(const ana_bci_stream *stream);

/** Samples between two decisions. */
ANA_API size_t ana_bci_stream_step(const ana_bci_stream *stream);

/** Samples so far, and how many of them were missing or lost. */
ANA_API size_t ana_bci_stream_n_samples(const ana_bci_stream *stream);
ANA_API size_t ana_bci_stream_n_missing(const ana_bci_stream *stream);

/** Whether the gate has set more than half of the windows aside, of ten or more: then it does not
 *  fit these signals, and `advice` says so and what to do. */
ANA_API bool ana_bci_stream_advise(const ana_bci_stream *stream, char advice[ANA_BCI_ADVICE]);

ANA_API void ana_bci_stream_free(ana_bci_stream *stream);

ANA_END_DECLS

#endif
