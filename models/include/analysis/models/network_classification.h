/** Which group does a subject belong to, by a map of network features?
 *
 *  After Dey, Rao & Shah (2012; Front. Syst. Neurosci. 6:75): maps (degree, triangles, ... of each
 *  voxel, functional_network.h) are reduced to principal components, and these told apart by linear
 *  discriminants with one covariance for all groups. Everything is learned from the training
 *  subjects alone: the mask of useful features, the mean, the components, the covariance; and in
 *  validation the choice between kinds of maps (thresholds) and numbers of components as well, by
 *  folds within the training subjects. */
#ifndef ANALYSIS_MODELS_NETWORK_CLASSIFICATION_H
#define ANALYSIS_MODELS_NETWORK_CLASSIFICATION_H

#include <analysis/folds.h>
#include <analysis/models/functional_network.h>
#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** Subjects with their groups; borrowed. */
typedef struct ana_labelled_maps {
    size_t n;
    size_t n_features;
    const double *x; /**< n x n_features */
    size_t n_groups;
    const size_t *groups; /**< n, each below n_groups */
} ana_labelled_maps;

typedef struct ana_network_classifier_options {
    ana_run run;
    size_t n_components; /**< at most; those without variance are left out. Default 10 */
    double shrinkage;    /**< of the covariance towards its mean variance; 0 to 1, default 0 */
    double kept;         /**< share of the features in the mask, those of the largest ratio of
                              variance between and within groups; default 1: all */
} ana_network_classifier_options;

ANA_API ana_network_classifier_options ana_network_classifier_options_default(void);
ANA_API extern const ana_option ana_network_classifier_option_table[];

/** All owned. Score of group g: bias[g] + sum of maps[g][f] (x[f] - mean[f]), the logarithm of its
 *  posterior but for a term that all groups share. */
typedef struct ana_network_classifier {
    size_t n_features;
    size_t n_groups;
    size_t n_components;
    double *mask;       /**< n_features: 1, or 0 where not used */
    double *mean;       /**< n_features */
    double *components; /**< n_components x n_features, orthonormal, 0 outside the mask */
    double *variance;   /**< n_components, descending */
    double *maps;       /**< n_groups x n_features: discriminants back in the space of features */
    double *bias;       /**< n_groups */
} ana_network_classifier;

/** Fit to `rows` (n_rows numbers of subjects; NULL: all).
 *
 *  @return ANA_ERR_VALUE for an option out of range, a value that is not finite, a group that does
 *  not exist or of which there is no subject; ANA_ERR_SHAPE unless there are more subjects than
 *  groups; ANA_ERR_NUMERIC when nothing varies, or the covariance is singular. */
ANA_API ANA_USE_RESULT ana_status ana_network_classifier_fit(
    const ana_labelled_maps *data, size_t n_rows, const size_t *rows,
    const ana_network_classifier_options *options, ana_network_classifier **out);

/** Scores (n x n_groups; may be NULL) and the group of the largest (the first of equals) of maps x
 *  (n x n_features). */
ANA_API void ana_network_classifier_predict(const ana_network_classifier *classifier, size_t n,
                                            const double *x, double *scores, size_t *groups);

ANA_API void ana_network_classifier_free(ana_network_classifier *classifier);

/** What to choose from: the same subjects by several kinds of maps, and numbers of components. */
typedef struct ana_network_choices {
    size_t n_kinds;
    const ana_labelled_maps *kinds; /**< of equal n, n_groups and groups */
    size_t n_counts;
    const size_t *counts; /**< of components, replacing the option */
    size_t n_inner;       /**< folds within the training subjects, by group; at least 2 */
} ana_network_choices;

/** All owned. */
typedef struct ana_network_validation {
    size_t n;
    size_t n_folds;
    size_t *predicted;    /**< n: group when tested; of the last repeat; n_groups: never tested */
    size_t *kind;         /**< n_folds: chosen */
    size_t *n_components; /**< n_folds: chosen */
    double *inner;        /**< n_folds: share right within the training subjects */
    size_t n_kinds;       /**< to choose from */
    size_t n_counts;
    double *grid;    /**< n_folds x n_kinds x n_counts: that share of each choice */
    double *outer;   /**< n_folds: share of the test subjects that is right */
    double accuracy; /**< share of all tests that is right */
    double balanced; /**< mean over groups of that share of the group */
    size_t n_groups;
    double *confusion; /**< n_groups x n_groups: tests of group (row) predicted as (column) */
} ana_network_validation;

/** For each fold: choose by inner folds of its training subjects (first of equals, so put the
 *  simplest first; one that cannot be fitted, for lack of variance, is passed over), fit to all of
 *  these, predict the others. Errors as of _fit, and ANA_ERR_SHAPE for folds of other subjects or
 *  kinds that differ. */
ANA_API ANA_USE_RESULT ana_status
ana_network_validate(const ana_network_choices *choices, const ana_folds *folds,
                     const ana_network_classifier_options *options, ana_network_validation **out);

ANA_API void ana_network_validation_free(ana_network_validation *validation);

/** What groups, kinds of maps and features are called; borrowed, each may be NULL. */
typedef struct ana_network_class_names {
    const char *const *groups;
    const char *const *kinds;
    const char *const *features;
} ana_network_class_names;

/** "schema" is "network classification": predictions, accuracies, the table of confusions, the
 *  share right of each choice within the training subjects, and the discriminants of `classifier`
 *  (may be NULL) as maps. */
ANA_API ANA_USE_RESULT ana_status ana_network_validation_to_record(
    const ana_network_validation *validation, const ana_network_choices *choices,
    const ana_network_class_names *names, const ana_network_classifier *classifier,
    ana_record **out);

/** Which map of each subject's functional network to learn from. */
typedef struct ana_network_map_options {
    ana_functional_options functional; /**< threshold and density are replaced by the levels */
    ana_functional_feature feature;    /**< default triangles, as published */
    bool by_density;                   /**< levels are densities; default thresholds */
} ana_network_map_options;

ANA_API ana_network_map_options ana_network_map_options_default(void);

/** x (n_levels x n_sequences x n_features) = the map of each sequence, a subject, by itself, at
 *  each level. Errors of ana_functional_maps_new, with the subject's number; ANA_ERR_VALUE for a
 *  level outside 0 to 1. */
ANA_API ANA_USE_RESULT ana_status ana_network_maps(const ana_observations *subjects,
                                                   const ana_network_map_options *options,
                                                   size_t n_levels, const double *levels,
                                                   double *x);

ANA_END_DECLS

#endif
