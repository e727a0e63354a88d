/** How do calcium recordings of different laboratories become one set of animals?
 *
 *  Traces of labelled neurons at one spacing, smoothed in seconds, on one scale, with the neurons
 *  by name (worm_neurons.h): what affinity.h, ntf.h and functional_network.h take (after Simeon et
 *  al. 2024, arXiv 2411.12091, whose own functions are in homogenise_compat.h). In this order:
 *
 *  1. **Labels** become slots of the list, or none, by a stated rule; see ana_label_rule.
 *  2. **Smoothing** of the samples as they were taken, by weights of their distance d in seconds:
 *     moving 1 within w (centred: |d| <= w / 2; causal: the last w seconds), gaussian
 *     exp(-d^2 / 2 w^2) up to 5 w, exponential exp(-|d| / w) up to 15 w; divided by the weights of
 *     what was observed. A missing sample stays missing and gives no weight; nothing is smoothed
 *     across a gap.
 *  3. **Resampling** to t0 + k dt, t0 the animal's first sample. When dt is more than a tenth
 *     longer than the median spacing: the mean of the straight lines between samples from half a
 *     row before to half a row after, for rows that the recording covers whole (from k = 1), so
 *     that a row stands for the middle of its block. Else the straight line at that time. A row is
 *     missing (NaN) where it would reach across more than max_gap_s without a sample of that trace,
 *     and never is a trace filled in from others.
 *  4. **Derivative**, if asked for: of step 3, per second, from the rows before and after.
 *  5. **Scale**: standard (x - mean) / sd over the animal's rows (sd with divisor n); causal: the
 *     same of the rows up to each, without those of the first settle_s seconds, in which it has
 *     seen too little; min-max (x - min) / (max - min); none.
 *
 *  Traces that never change, or of which nothing is left, are masked (`mask` false; true: usable).
 *  They keep their place and their label, and are missing in the dense view. Animals too short,
 *  with too few labelled neurons, or without usable times are left out, each with its reason. */
#ifndef ANALYSIS_MODELS_HOMOGENISE_H
#define ANALYSIS_MODELS_HOMOGENISE_H

#include <analysis/models/worm_neurons.h>
#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/recording.h>
#include <analysis/run.h>
#include <analysis/status.h>

ANA_BEGIN_DECLS

typedef enum ana_worm_smoothing {
    ANA_WORM_SMOOTH_NONE,
    ANA_WORM_SMOOTH_MOVING,
    ANA_WORM_SMOOTH_GAUSSIAN,
    ANA_WORM_SMOOTH_EXPONENTIAL
} ana_worm_smoothing;

typedef enum ana_worm_scale {
    ANA_WORM_SCALE_NONE, /**< as the source has it: dF/F, F/F20, ... */
    ANA_WORM_SCALE_STANDARD,
    ANA_WORM_SCALE_CAUSAL,
    ANA_WORM_SCALE_MIN_MAX
} ana_worm_scale;

/** Which of several traces with one label is the neuron; the others are unlabelled. */
typedef enum ana_worm_duplicates {
    ANA_WORM_DUPLICATES_BEST, /**< the one of highest confidence; none when two are equally sure */
    ANA_WORM_DUPLICATES_FIRST,
    ANA_WORM_DUPLICATES_NONE
} ana_worm_duplicates;

typedef struct ana_homogenise_options {
    ana_run run;
    double dt_s; /**< of the rows; 0, the default: the longest median spacing of the animals, so
                    that no rows are made up between samples */
    ana_worm_smoothing smooth; /**< default none: affinity.h smooths by itself */
    double smooth_s;           /**< w; default 2 s */
    bool causal;               /**< only the present and the past; default no */
    ana_worm_scale normalise;  /**< default standard */
    double settle_s;           /**< default 30 s */
    bool derivative;           /**< default no */
    double max_gap_s; /**< bridged by a straight line; 0, the default: 2.5 times the median spacing,
                           a single lost sample */
    double min_confidence;          /**< labels below it are not used; default 0: all are */
    ana_worm_duplicates duplicates; /**< default best */
    double min_duration_s;          /**< shorter animals are left out; default 60 s */
    size_t min_labelled;            /**< animals with fewer neurons are left out; default 1 */
    bool common; /**< all animals have the same rows k, from the last to begin to the first to end
                      (ana_tensor_animals wants that); default no */
    bool compat; /**< steps 2 to 5 as published instead (homogenise_compat.h): a window of 15
                      frames, a width of 5, a share of 0.5; dt_s 0 is then 0.333; default no */
} ana_homogenise_options;

ANA_API ana_homogenise_options ana_homogenise_options_default(void);
ANA_API extern const ana_option ana_homogenise_option_table[];

/** One animal as it was recorded: a channel a trace. Borrowed. */
typedef struct ana_worm_source {
    const char *name;    /**< of the animal; NULL: the series' */
    const char *path;    /**< file it came from; may be NULL */
    const char *dataset; /**< "Dag 2023"; may be NULL */
    const ana_series *series;
    const ana_table *neurons; /**< "label" (texts), "confidence" (numbers), "trace" (0-based
                                   channel; without it row r is channel r); NULL: channels' names
                                   are labels */
} ana_worm_source;

/** The animals of a recording: each series "x" that a table "x_neurons" stands beside; without any
 *  such table the series of regions of interest. *out borrows from the recording and is freed by
 *  free(). ANA_ERR_VALUE when there is none. */
ANA_API ANA_USE_RESULT ana_status ana_worm_sources(const ana_recording *recording, size_t *n,
                                                   ana_worm_source **out);

/** One animal in the common form. All owned. */
typedef struct ana_worm {
    char *name;
    char *path;    /**< NULL: unknown */
    char *dataset; /**< NULL: unknown */
    size_t n_times;
    size_t n_traces;
    double start_s;     /**< time of the first row on the recording's clock; row k is k dt later */
    double source_dt_s; /**< median spacing of the samples */
    size_t n_samples;
    double *calcium;      /**< n_times x n_traces; NaN: missing */
    double *derivative;   /**< likewise, per second, not scaled; NULL unless asked for */
    char **labels;        /**< n_traces, the source's own words; NULL: none */
    int *slot;            /**< n_traces: neuron of the list, -1: none; none stands twice */
    ana_label_rule *rule; /**< n_traces */
    double *confidence;   /**< n_traces, the source's own scale; NaN: unknown */
    bool *mask;           /**< n_traces: true: usable, it varies; false: masked */
    size_t n_labelled;    /**< traces with a slot */
    size_t n_masked;      /**< traces whose `mask` is false */
} ana_worm;

/** An animal that was left out. */
typedef struct ana_worm_exclusion {
    char *name;
    char *reason;
} ana_worm_exclusion;

/** All owned. */
typedef struct ana_worms {
    size_t n;
    ana_worm *items;
    double dt_s;
    size_t n_excluded;
    ana_worm_exclusion *excluded;
} ana_worms;

/** @param sources  n animals; names that stand twice get "_2", "_3", ...
 *  @return ANA_ERR_VALUE for an option out of range, a table of neurons without "label", with a
 *  channel that is not there or one that stands twice, a value that is infinite, and when no animal
 *  is left (the sentence holds the first reason); ANA_ERR_LIMIT; ANA_ERR_CANCELLED; ANA_ERR_MEMORY;
 *  what reading the series returns. */
ANA_API ANA_USE_RESULT ana_status ana_homogenise(size_t n, const ana_worm_source *sources,
                                                 const ana_homogenise_options *options,
                                                 ana_worms **out);

/** out (n_times x ANA_WORM_NEURONS) = an array of the animal (`values`: its calcium or derivative)
 *  by slots; NaN for neurons that it lacks or that are masked. mask (ANA_WORM_NEURONS, may be
 *  NULL): true for those that it has, usable. */
ANA_API void ana_worm_dense(const ana_worm *worm, const double *values, double *out, bool *mask);

/** As rows for any model: a sequence an animal, a feature a neuron, its id the neuron's name.
 *  Neurons that at least one animal has, or with `all_slots` all of the list; NaN where an animal
 *  lacks one. */
ANA_API ANA_USE_RESULT ana_status ana_worms_to_observations(const ana_worms *worms, bool all_slots,
                                                            ana_observations **out);

/** "schema" is "worms": group "worm" with "000", "001", ..., each {calcium, time, dt, label_index,
 *  label, mask, confidence, ...}, what became of the labels, animals left out, and as figures which
 *  neurons are in which animals and how surely, and labels by rule. ANA_ERR_FORMAT when a record
 *  is none. */
ANA_API ANA_USE_RESULT ana_status ana_worms_to_record(const ana_worms *worms, ana_record **out);
ANA_API ANA_USE_RESULT ana_status ana_worms_from_record(const ana_record *record, ana_worms **out);

ANA_API void ana_worms_free(ana_worms *worms);

ANA_END_DECLS

#endif
