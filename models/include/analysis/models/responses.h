/** What several systems answer to the same stimuli.
 *
 *  A system is a layer of a model, a region of a brain, an animal, a simulated network: one row of
 *  responses for each stimulus, one column for each unit (neuron, voxel, sensor, feature). What
 *  alignment compares (cka.h, cca.h, shape.h, encoding.h, ...) are systems whose rows are the same
 *  stimuli; ana_responses_match makes them so by the stimuli's ids, never by their order unless
 *  told, and reports what it left out. */
#ifndef ANALYSIS_MODELS_RESPONSES_H
#define ANALYSIS_MODELS_RESPONSES_H

#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** One system; all owned. */
typedef struct ana_responses {
    char *name;
    size_t n_stimuli;
    size_t n_units;
    double *values;   /**< n_stimuli x n_units: means over trials; NaN: not measured */
    char **stimuli;   /**< n_stimuli ids */
    char **units;     /**< n_units ids */
    size_t *n_trials; /**< n_stimuli: trials behind each row */
    bool is_numbered; /**< the ids of stimuli are only the places of rows */
} ana_responses;

/** Several systems; all owned. */
typedef struct ana_responses_set {
    size_t n;
    ana_responses **systems;
} ana_responses_set;

typedef struct ana_match_options {
    bool by_order; /**< rows are the same stimuli in every system, whatever their ids; lengths must
                        agree; default false */
    bool by_stem;  /**< ids are compared without their folders and endings ("images/7.png" is "7",
                        "1.5" stays); default false */
} ana_match_options;

ANA_API ana_match_options ana_match_options_default(void);

/** Rows by-order and by-stem. */
ANA_API extern const ana_option ana_match_option_table[];

/** What matching left out; all owned. */
typedef struct ana_match_report {
    size_t n_systems;
    size_t n_matched;   /**< stimuli that all systems have */
    size_t *n_stimuli;  /**< n_systems: that each had */
    size_t n_unmatched; /**< ids that some system lacks, each once */
    char **unmatched;   /**< n_unmatched ids, in the order they are met */
    size_t *n_lacking;  /**< n_unmatched: systems without it */
} ana_match_report;

/** Zeroed values, stimuli and units called "0", "1", ..., one trial each; is_numbered is false, for
 *  ids are expected to be set. ANA_ERR_SHAPE without stimuli or units. */
ANA_API ANA_USE_RESULT ana_status ana_responses_new(const char *name, size_t n_stimuli,
                                                    size_t n_units, ana_responses **out);

/** Mean over the trials (rows) of each label, in the order of the labels; missing values are left
 *  out of their means, rows without any value are no trials, and labels without a row are left out.
 *  Without labels every row is a stimulus of its own, called by its number (is_numbered).
 *  ANA_ERR_VALUE without rows or units, or for an infinite value (named with its row and unit). */
ANA_API ANA_USE_RESULT ana_status ana_responses_of_observations(
    const ana_observations *observations, const char *name, ana_responses **out);

/** *out = the n systems for the stimuli that all of them have, in the order of the first, whose ids
 *  they all take. A stimulus without any value in a system is one that it lacks. Units without any
 *  finite value stay. `options` and `report` may be NULL.
 *
 *  @return ANA_ERR_VALUE when fewer than three stimuli are shared (the sentence names ids of the
 *  systems), or an id stands twice in a system (two of one stem with by_stem); ANA_ERR_SHAPE when
 *  by_order and the lengths differ, or those of two systems that are numbered: which rows are the
 *  same is not known then. */
ANA_API ANA_USE_RESULT ana_status ana_responses_match(size_t n, ana_responses *const *systems,
                                                      const ana_match_options *options,
                                                      ana_match_report **report,
                                                      ana_responses_set **out);

/** *out = those stimuli, or units, by their numbers, in that order (a number may stand more than
 *  once). ANA_ERR_VALUE for one that is not there; ANA_ERR_SHAPE for none. */
ANA_API ANA_USE_RESULT ana_status ana_responses_take_stimuli(const ana_responses *responses,
                                                             size_t n, const size_t *stimuli,
                                                             ana_responses **out);
ANA_API ANA_USE_RESULT ana_status ana_responses_take_units(const ana_responses *responses, size_t n,
                                                           const size_t *units,
                                                           ana_responses **out);

/** For methods that take no missing values: *out = the units with a value for any stimulus,
 *  *n_left_out (may be NULL) how many have none. ANA_ERR_VALUE for a value that is missing or
 *  infinite among those, named with its stimulus and unit, or when no unit is left. */
ANA_API ANA_USE_RESULT ana_status ana_responses_complete(const ana_responses *responses,
                                                         size_t *n_left_out, ana_responses **out);

ANA_API void ana_match_report_free(ana_match_report *report);
ANA_API void ana_responses_free(ana_responses *responses);
ANA_API void ana_responses_set_free(ana_responses_set *set);

ANA_END_DECLS

#endif
