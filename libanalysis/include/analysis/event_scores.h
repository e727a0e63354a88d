/** How well do detected events (seizures, spindles, ripples, sleep stages) match the true ones?
 *
 *  By events, after the rules of SzCORE (Dan et al. 2024, Epilepsia; "Framework for objective
 *  evaluation of seizure detection"): events less than `merge_s` apart become one, longer ones than
 *  `split_s` become pieces of that length, and a true event is detected when any detected one
 *  overlaps the time from `tolerance_before_s` before it to `tolerance_after_s` after it. A
 *  detected event that overlaps no true one so widened is false. Beside it by samples, of the lists
 *  as they are given. */
#ifndef ANALYSIS_EVENT_SCORES_H
#define ANALYSIS_EVENT_SCORES_H

#include <analysis/intervals.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef struct ana_event_score_options {
    double merge_s;            /**< SzCORE: 90 */
    double split_s;            /**< SzCORE: 300; 0: never */
    double tolerance_before_s; /**< SzCORE: 30 */
    double tolerance_after_s;  /**< SzCORE: 60 */
    double rate_hz;            /**< of the samples; SzCORE: 1 */
    double duration_s; /**< of the recording, from 0; 0: not known: no rates of false alarms */
    bool compat; /**< what lies beyond the end counts, as missed or false, as in timescoring */
} ana_event_score_options;

ANA_API ana_event_score_options ana_event_score_options_default(void);

/** merge, split, tolerance-before, tolerance-after, sample-rate, duration, compat. */
ANA_API extern const ana_option ana_event_score_option_table[];

/** Of n_reference events (or samples) n_detected were found; n_false others were made up. */
typedef struct ana_detection_scores {
    double n_reference;
    double n_detected;
    double n_false;
    double sensitivity;    /**< detected / reference; NaN without any */
    double precision;      /**< detected / (detected + false); NaN without any */
    double f1;             /**< harmonic mean of the two; NaN when one of them is */
    double false_per_day;  /**< false / duration; NaN when that is not known */
    double false_per_hour; /**< the same; per hour */
} ana_detection_scores;

/** One list after merging and splitting, in time order. */
typedef struct ana_scored_events {
    size_t n;
    double *start;    /**< s */
    double *stop;     /**< s */
    bool *matched;    /**< detected; of the detections: true */
    double *latency;  /**< s from the start to that of the first detection that overlaps; negative:
                           before; NaN: missed, or not the first piece of a long event. Reference
                           only, else NULL */
    size_t n_outside; /**< events given that lie wholly outside the recording and are left out */
} ana_scored_events;

typedef struct ana_event_scores {
    ana_event_score_options options;
    ana_scored_events reference;
    ana_scored_events hypothesis;
    ana_detection_scores events;
    ana_detection_scores samples;
    double mean_latency_s;   /**< over the events that have one; NaN: none */
    double median_latency_s; /**< the same */
} ana_event_scores;

/** *out = the scores of `hypothesis` held against `reference`, whose order does not matter; events
 *  of one list that overlap become one.
 *
 *  A point (stop == start) is detected, or detects, where it lies within; it marks no sample. A
 *  sample is marked when the middle of its period lies within an event. With a duration, events are
 *  cut to the recording before anything else; with `compat` they are not: what lies beyond can
 *  neither detect nor be detected.
 *
 *  ANA_ERR_VALUE: an event whose start or stop is missing or infinite, or that stops before it
 *  starts (list and row are named); an option out of its range; more than ten million pieces.
 *  ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_event_scores_compute(const ana_intervals *reference,
                                                           const ana_intervals *hypothesis,
                                                           const ana_event_score_options *options,
                                                           ana_event_scores **out);

/** *out = a record of schema "event scores": scores by events and samples, both lists, and both as
 *  lanes along time. */
ANA_API ANA_USE_RESULT ana_status ana_event_scores_to_record(const ana_event_scores *scores,
                                                             ana_record **out);

ANA_API void ana_event_scores_free(ana_event_scores *scores);

ANA_END_DECLS

#endif
