/** Does the hierarchy of a model follow that of the brain, and what do several feature spaces
 *  explain alone and together?
 *
 *  Of encoding scores by layer and region the best layer of each region is found; the spatial score
 *  is the correlation over regions of its depth with a distance along the cortex, the temporal
 *  score that with the time at which the region is predicted best, or first half as well
 *  (Caucheteux & King 2022, Commun. Biol. 5; Raugel et al. 2025). Each subject has a score;
 *  intervals and tests are over subjects.
 *
 *  One brain as the model of another is measured with noise as well: halves of the trials of both
 *  are mapped onto each other, and the correlation is freed of the noise of prediction and target.
 *
 *  Variance partitioning (Borcard et al. 1992; Nimon & Oswald 2013; Lescroart et al. 2015): R2 of
 *  held-out stimuli is found for every combination of the feature spaces, and the share that a
 *  set of spaces explains together and no other does follows by inclusion and exclusion. Shares of
 *  held-out R2 may be below 0. */
#ifndef ANALYSIS_MODELS_ENCODING_SCORES_H
#define ANALYSIS_MODELS_ENCODING_SCORES_H

#include <analysis/models/encoding.h>

ANA_BEGIN_DECLS

/** Scores of subjects, layers and regions (channels, sensors) at times; borrowed. */
typedef struct ana_layer_scores {
    size_t n_subjects;
    size_t n_layers;      /**< from the first to the deepest; 2 or more */
    size_t n_regions;     /**< 3 or more */
    size_t n_times;       /**< 1: scores without time */
    const double *values; /**< n_subjects x n_layers x n_regions x n_times; NaN: not known */
} ana_layer_scores;

typedef struct ana_hierarchy_options {
    ana_run run;
    bool ranks;         /**< Spearman's correlation (default), else Pearson's */
    bool half_maximum;  /**< time of the first half of the largest score, by a line between two
                             times; default false: time of the largest */
    size_t n_resamples; /**< of subjects; default 10000 */
    double level;       /**< of the interval; default 0.95 */
} ana_hierarchy_options;

ANA_API ana_hierarchy_options ana_hierarchy_options_default(void);

/** What scores say of subjects beyond these. */
typedef struct ana_over_subjects {
    size_t n;    /**< subjects with a score */
    double mean; /**< NaN for none */
    double low;  /**< ends of its bootstrap interval; NaN for fewer than three */
    double high;
    double p; /**< mean above 0: sign-flip test, one-sided; NaN for fewer than two */
} ana_over_subjects;

/** Of one score for each subject (encoding scores, spatial or temporal ones); NaN is left out.
 *
 *  @return ANA_ERR_VALUE for no subjects, an infinite score or an option out of range;
 *          ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_encoding_over_subjects(size_t n, const double *scores,
                                                             const ana_hierarchy_options *options,
                                                             ana_over_subjects *out);

/** A correlation over regions in each subject; all owned. */
typedef struct ana_hierarchy {
    size_t n_subjects;
    size_t n_regions;
    double *depth; /**< n_subjects x n_regions: of the best layer, 0 (first) to 1; NaN: none */
    double *place; /**< n_subjects x n_regions: distance, or time; NaN: none */
    double *score; /**< n_subjects: NaN where fewer than three regions, or either is constant */
    ana_over_subjects over; /**< of the scores */
} ana_hierarchy;

/** The best layer is that of the largest score at any time; the first of equals.
 *
 *  @param distance  n_regions  from the first area along the cortex, in any unit
 *  @return ANA_ERR_VALUE for fewer than two layers, three regions or one subject, an infinite
 *          score, a distance that is not finite, or an option out of range; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_encoding_spatial_score(const ana_layer_scores *scores,
                                                             const double *distance,
                                                             const ana_hierarchy_options *options,
                                                             ana_hierarchy **out);

/** The same with the time of each region's best layer.
 *
 *  @param times  n_times  seconds, rising; two at least */
ANA_API ANA_USE_RESULT ana_status ana_encoding_temporal_score(const ana_layer_scores *scores,
                                                              const double *times,
                                                              const ana_hierarchy_options *options,
                                                              ana_hierarchy **out);

ANA_API void ana_hierarchy_free(ana_hierarchy *hierarchy);

/** Correlation of the units of y with what the units of x predict of them, without the noise of
 *  either: random halves x1, x2 and y1, y2 of the trials of each stimulus; p1 predicts y1 from x1
 *  on held-out stimuli, p2 y2 from x2; the mean over splits of (r(p1, y2) + r(p2, y1)) / 2 /
 *  sqrt(r(p1, p2) r(y1, y2)), where both under the root are above 0 (Nayebi et al. 2021,
 *  inter-animal consistency).
 *
 *  @param x, y    trials, labelled by stimulus; shared stimuli by the labels' names
 *  @param halves  n_splits, and the seed
 *  @param r       n_features of y (out)  NaN where every split is left out
 *  @param n_used  n_features of y (out)  splits in the mean; may be NULL
 *  @return errors of ana_encoding_compute; ANA_ERR_VALUE also with fewer than three stimuli of two
 *          trials in both. */
ANA_API ANA_USE_RESULT ana_status ana_encoding_between(const ana_observations *x,
                                                       const ana_observations *y,
                                                       const ana_encoding_options *options,
                                                       const ana_ceiling_options *halves, double *r,
                                                       size_t *n_used);

enum {
    ANA_PARTITION_MAX_SPACES = 4
};

/** Sets of G feature spaces are numbered by their bits: set s holds space g when bit g of s + 1 is
 *  1, so that the last set holds all. All owned. */
typedef struct ana_encoding_partition {
    size_t n_spaces;
    char **spaces;
    size_t n_sets; /**< 2^G - 1 */
    size_t n_units;
    char **units;
    double *r2;     /**< n_sets x n_units: of the spaces of a set, held out, all stimuli at once */
    double *shares; /**< n_sets x n_units: what its spaces explain together and the others do not;
                         they sum to the R2 of all spaces. NaN for units that never vary */
} ana_encoding_partition;

/** Of one to four feature spaces, by the map and folds of the options (banded ridge where a set has
 *  several spaces and the map says so; else they are put side by side). Errors of
 *  ana_encoding_compute; ANA_ERR_VALUE also for no spaces or more than four. */
ANA_API ANA_USE_RESULT ana_status ana_encoding_partition_compute(
    size_t n_spaces, ana_responses *const *spaces, const ana_responses *target,
    const ana_encoding_options *options, ana_encoding_partition **out);

/** "schema" is "encoding-partition": R2 and shares of every unit, a table of their medians, and the
 *  shares as bars. */
ANA_API ANA_USE_RESULT ana_status
ana_encoding_partition_to_record(const ana_encoding_partition *partition, ana_record **out);

ANA_API void ana_encoding_partition_free(ana_encoding_partition *partition);

ANA_END_DECLS

#endif
