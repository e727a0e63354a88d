/** Which model, and which of its layers, is most like which part of the brain, and when?
 *
 *  Everything at once: the layers of several models against the regions of a brain, at each time
 *  where there are times, in each subject, by any of the measures
 *
 *  | measure | of a layer and a brain |
 *  |---|---|
 *  | rsa | similarity of their dissimilarities (rdm.h, rdm_compare.h) |
 *  | cka | debiased linear centred kernel alignment (cka.h) |
 *  | cca | mean canonical correlation of held-out stimuli, ridge 1, 5 folds (cca.h) |
 *  | procrustes | cosine of the angle between the shapes (shape_metric.h) |
 *  | encoding | median over the brain's units of how well the layer predicts them, held out
 *      (encoding.h) |
 *
 *  and against what else could explain as much: how alike subjects are (the noise ceiling, and each
 *  subject as a model of the others), how alike regions are, layers of baseline models, chance, and
 *  the choice itself:
 *
 *  - Ceiling: rsa by the pool of subjects (rsa.h), encoding by the reliability of units
 *  (ceiling.h); of the others the mean score s of two halves of a brain's trials, and sqrt(2 s / (1
 *  + s)), what that says of all trials and a model without noise, if scores were correlations.
 *  - Chance: the stimuli of all layers are permuted alike, and every layer is compared with every
 *    brain again. p_chance is of one layer and region; p_chance_max holds it against the largest of
 *    all layers, regions and times in each permutation, so that the error of the whole family is
 *    that of one (Westfall & Young 1993).
 *  - Choice: the best layer of a model is chosen on a random half of the stimuli and scored on the
 *    other half, again and again; what is reported for a model has not chosen its layer.
 *  - Size: layers have more units than are recorded. With n_draws, so many random subsets of each
 *    layer's units, as many as the brain has, are compared as well (Shi et al. 2019).
 *  - Rank: models in the order of their means fall into groups: the best and all that are not told
 *    apart from it by the tests (corrected for their number), then the same of the rest.
 *  - Lag: layers with a time (steps of a network) against brains with times: the mean over pairs of
 *    step and time whose difference is that lag, and its p against the largest of all lags, models
 *    and regions. */
#ifndef ANALYSIS_MODELS_ALIGNMENT_H
#define ANALYSIS_MODELS_ALIGNMENT_H

#include <analysis/models/encoding.h>
#include <analysis/models/noise.h>
#include <analysis/models/rdm_compare.h>
#include <analysis/models/responses.h>
#include <analysis/models/rsa.h>
#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_alignment_measure {
    ANA_ALIGNMENT_RSA,
    ANA_ALIGNMENT_CKA,
    ANA_ALIGNMENT_CCA,
    ANA_ALIGNMENT_PROCRUSTES,
    ANA_ALIGNMENT_ENCODING
} ana_alignment_measure;

/** What an interval is for, and the tests between layers are. */
typedef enum ana_alignment_over {
    ANA_ALIGNMENT_SUBJECTS, /**< other subjects: a bootstrap; of fewer than 3, other stimuli */
    ANA_ALIGNMENT_STIMULI,  /**< other stimuli: a bootstrap (rsa), or a jackknife that leaves a 20th
                                 of the stimuli out at a time, as copies of stimuli would make
                                 systems alike */
    ANA_ALIGNMENT_BOTH      /**< the dual bootstrap (rsa), or the sum of both variances */
} ana_alignment_over;

typedef struct ana_alignment_options {
    ana_run run;
    ana_alignment_measure measure;   /**< default rsa */
    ana_rdm_options rdm;             /**< rsa: dissimilarities of layers, and of brains unless
                                          brain_method says else; default correlation */
    int brain_method;                /**< rsa: ana_rdm_method of brains; -1, the default: as of
                                          layers. Those with folds need `trials` */
    bool whiten;                     /**< rsa: brains by the noise of their trials (mahalanobis,
                                          crossnobis); default false */
    ana_noise_options noise;         /**< of whiten */
    ana_rdm_compare_options compare; /**< rsa; default rho-a */
    ana_encoding_options encoding;   /**< of encoding; default of all held-out stimuli at once */
    bool normalise;          /**< encoding: predictions of each unit by what its trials allow
                                  (ceiling.h); default false */
    ana_alignment_over over; /**< default subjects */
    size_t n_permutations;   /**< default 1000; 0: none */
    size_t n_bootstraps;     /**< of subjects; default 1000; 0: no intervals */
    double level;            /**< of the intervals; default 0.95 */
    int correction;          /**< ana_correction between models; default Holm */
    size_t n_halves;         /**< times the stimuli are halved to choose layers; default 20;
                                  0: not */
    size_t n_draws;          /**< subsets of each layer's units; default 0 */
    size_t n_units;          /**< of a subset; 0, the default: as many as the brain has */
    bool compare_brains;     /**< subjects and regions as models too; default true */
} ana_alignment_options;

ANA_API ana_alignment_options ana_alignment_options_default(void);

/** Rows for measure, whiten, normalise, interval-over, permutations, bootstraps, level,
 *  correction, halves, unit-draws, unit-count, compare-brains. */
ANA_API extern const ana_option ana_alignment_option_table[];

/** One side of the comparison: a layer or a brain; all borrowed. Its stimuli are those of all other
 *  systems, in one order (ana_responses_match). */
typedef struct ana_alignment_system {
    const char *group; /**< the model, or the region */
    const char *name;  /**< the layer, or the subject */
    double time;       /**< of a network's step or a brain's bin, seconds; NaN: no time */
    bool is_baseline;  /**< a layer of an untrained model, of pixels, ... */
    const ana_responses *responses; /**< NULL: known by its dissimilarities alone */
    const double *dissimilarities;  /**< packed as in rdm.h; NULL: found from the responses */
    const ana_observations *trials; /**< of the brain, labelled 0 ... n - 1 by their stimuli; NULL:
                                         means alone */
} ana_alignment_system;

/** All that is compared; all borrowed. */
typedef struct ana_alignment_data {
    size_t n_stimuli;
    char *const *stimuli; /**< ids; NULL: numbers */
    size_t n_layers;
    const ana_alignment_system *layers;
    size_t n_brains;
    const ana_alignment_system *brains;
} ana_alignment_data;

/** One region at one time; L layers, M models, S subjects that it was measured in; all owned. */
typedef struct ana_alignment_target {
    char *region;
    double time;           /**< seconds; NaN: no time */
    ana_rsa *scores;       /**< L x S values, means, intervals, ceilings and tests; its p_chance_max
                                is against all layers of all targets */
    size_t n_left_out;     /**< units of its brains without any value */
    double other_subjects; /**< mean score of one subject as the model of another; NaN: one alone */
    double *other_regions; /**< n_regions: mean score of the region in the same subjects; NaN:
                              itself, or not measured */
    double *chosen;        /**< L: share of halves of the stimuli in which it is its model's best */
    double *held_out;      /**< M x S: score of the model's best layer on the other half; NaN: not
                                asked for */
    ana_rsa *models;       /**< the same with tests, M models (for other stimuli those between the
                                layers chosen most often); NULL: not asked for */
    double *drawn_mean;    /**< L: over draws of units and subjects; NaN: not asked for */
    double *drawn_sd;      /**< L: over draws */
    size_t *layer_rank;    /**< L: 1: the best, and all that are not told apart from it */
    size_t *model_rank;    /**< M: the same of held_out; 0: not asked for */
} ana_alignment_target;

/** Mean over pairs of step and time at that lag; n_lags may be 0. */
typedef struct ana_alignment_lags {
    size_t n_lags;
    double *lag;   /**< n_lags: time of the brain less that of the step, seconds, rising */
    double *value; /**< M x n_regions x n_lags; NaN: no pair */
    double *p_max; /**< the same: against the largest of all lags, models and regions */
} ana_alignment_lags;

typedef struct ana_alignment {
    char *measure; /**< "rsa" */
    char *value;   /**< what a score is: "rho-a" */
    size_t n_stimuli;
    char **stimuli; /**< ids */
    size_t n_layers;
    char **layers;      /**< names, with their models' */
    size_t *model_of;   /**< n_layers */
    bool *is_baseline;  /**< n_layers */
    double *layer_time; /**< n_layers */
    size_t *n_units;    /**< n_layers; 0: not known */
    size_t *n_left_out; /**< n_layers: units of it without any value */
    size_t n_models;
    char **models;
    size_t n_regions;
    char **regions;
    size_t n_targets;
    ana_alignment_target *targets; /**< regions in the order they are met, each by rising time */
    size_t *region_of;             /**< n_targets */
    ana_alignment_lags lags;
    size_t n_permutations;
    size_t n_halves;
    ana_rdms *geometry; /**< rsa: dissimilarities of the layers, then each region's mean
 over subjects at the time of its best score; NULL:
                             not by dissimilarities */
} ana_alignment;

/** Compare every layer with every brain.
 *
 *  @return ANA_ERR_VALUE for an option out of range, no layers or brains, fewer stimuli
 *  than the measure needs, a system of other numbers of stimuli than the first, one without
 *  responses where the measure needs them, a layer twice in a model, a subject twice in a target;
 *  ANA_ERR_UNSUPPORTED for dissimilarities with folds without trials; errors of the measure;
 *  ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_alignment_compute(const ana_alignment_data *data,
                                                        const ana_alignment_options *options,
                                                        ana_alignment **out);

/** "schema" is "alignment": the numbers above by target, and as figures the matrices of layers and
 *  regions, the layers' bars with the ceiling, time courses, lags, the dissimilarities and their
 *  maps, and the layers' scores against each other's. */
ANA_API ANA_USE_RESULT ana_status ana_alignment_to_record(const ana_alignment *alignment,
                                                          ana_record **out);

ANA_API void ana_alignment_free(ana_alignment *alignment);

ANA_END_DECLS

#endif
