/** Where do the responses match a model: at which sensors, in which part of the brain, when?
 *
 *  A searchlight (Kriegeskorte, Goebel & Bandettini 2006) is a small set of channels about a
 *  centre: the sensors near one, the voxels of a sphere, the nodes a few steps away in a graph, a
 *  window of time, or sensors by windows. At each centre the dissimilarities of the conditions are
 *  those of its channels alone, by any method of rdm.h, whitened by the noise of these channels
 *  where asked; they are compared with every model. Nothing is kept of a centre but its
 *  similarities: memory does not grow with their number, and its matrix goes to the caller as it is
 *  made.
 *
 *  Chance: the conditions of the models change places, in the same way for all centres, and the
 *  largest similarity of all centres is what a map has to exceed (Nichols & Holmes 2002). */
#ifndef ANALYSIS_MODELS_SEARCHLIGHT_H
#define ANALYSIS_MODELS_SEARCHLIGHT_H

#include <analysis/models/noise.h>
#include <analysis/models/rdm.h>
#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** The channels of every centre: features[start[c]] ... features[start[c + 1] - 1] are numbers of
 *  features, ascending. All owned. */
typedef struct ana_centres {
    size_t n;
    size_t n_features; /**< of the observations they are made for */
    size_t *start;     /**< n + 1 */
    size_t *features;
    size_t *centre;    /**< n: the sensor, voxel, node or first bin in its middle */
    double *positions; /**< n x 3; NaN where there is none */
} ana_centres;

/** Sensors within `radius` of each (in the unit of the positions, n x 3), or with `n_nearest` (not
 *  0) that many of the nearest, itself included. ANA_ERR_VALUE without sensors, for a position that
 *  is not finite, or without radius and number. */
ANA_API ANA_USE_RESULT ana_status ana_centres_near(size_t n, const double *positions, double radius,
                                                   size_t n_nearest, ana_centres **out);

/** A volume: voxel (x, y, z) is feature (x shape[1] + y) shape[2] + z. */
typedef struct ana_volume {
    size_t shape[3];
    double size[3];   /**< of a voxel along each axis, mm; 1, 1, 1: radii are in voxels */
    const bool *mask; /**< which voxels are looked at; NULL: all; borrowed */
} ana_volume;

/** The voxels of the mask within `radius` of each voxel of the mask; centres of which less than
 *  `min_fraction` of the whole sphere lies within mask and volume are left out (others are cut off
 *  at the edge). ANA_ERR_VALUE for a radius, size or fraction out of range, or when no centre is
 *  left. */
ANA_API ANA_USE_RESULT ana_status ana_centres_volume(const ana_volume *volume, double radius,
                                                     double min_fraction, ana_centres **out);

/** Nodes within `steps` along edges, in either direction. ANA_ERR_VALUE for an edge of a node that
 *  is not there. */
ANA_API ANA_USE_RESULT ana_status ana_centres_graph(size_t n, size_t n_edges, const size_t *from,
                                                    const size_t *to, size_t steps,
                                                    ana_centres **out);

/** Windows of `width` bins by all channels: feature (bin t, channel c) is t n_channels + c.
 *  ANA_ERR_VALUE for a width of 0 or beyond n_times. Positions are the middles, in bins. */
ANA_API ANA_USE_RESULT ana_status ana_centres_times(size_t n_times, size_t n_channels, size_t width,
                                                    ana_centres **out);

/** Every centre among the channels by every window of time; centre c of window w is number
 *  w n + c, at the channel's position. */
ANA_API ANA_USE_RESULT ana_status ana_centres_by_times(const ana_centres *channels, size_t n_times,
                                                       size_t width, ana_centres **out);

/** Similarities that are products of directions. */
typedef enum ana_searchlight_similarity {
    ANA_SEARCHLIGHT_COSINE,
    ANA_SEARCHLIGHT_PEARSON,
    ANA_SEARCHLIGHT_SPEARMAN,
    ANA_SEARCHLIGHT_RHO_A
} ana_searchlight_similarity;

typedef struct ana_searchlight_options {
    ana_run run;
    ana_rdm_options rdm; /**< how conditions are told apart */
    bool whiten;         /**< by the noise of each centre's channels; default false */
    ana_noise_options
        noise; /**< how it is estimated: of the trials about their conditions' means */
    ana_searchlight_similarity similarity; /**< default rho-a */
    size_t n_permutations;                 /**< of the conditions; 0: no test; default 1000 */
} ana_searchlight_options;

ANA_API ana_searchlight_options ana_searchlight_options_default(void);

/** Rows for whiten, similarity, permutations. */
ANA_API extern const ana_option ana_searchlight_option_table[];

/** Told the matrix of each centre, in their order; `rdm` (packed as in rdm.h, NaN: no channels) is
 *  borrowed for the call. */
typedef ana_status (*ana_searchlight_function)(void *user, size_t centre, size_t n_pairs,
                                               const double *rdm);

/** M models at C centres; all owned. */
typedef struct ana_searchlight {
    size_t n_centres;
    size_t n_models;
    size_t n_conditions;
    ana_searchlight_similarity similarity;
    size_t n_permutations;
    char **models;
    double *values;             /**< M x C: similarity; NaN: none */
    double *p;                  /**< M x C: of this centre; NULL without permutations */
    double *p_max;              /**< M x C: against the largest of all centres of the model */
    double *thresholds;         /**< M: similarity with p_max 0.05; NULL without permutations */
    size_t *n_features;         /**< C: channels used */
    size_t *centre;             /**< C */
    double *positions;          /**< C x 3 */
    size_t n_without;           /**< centres that have no similarity */
    size_t n_features_left_out; /**< with a value missing, or (whitened) that never vary */
} ana_searchlight;

/** Every centre against every model. Conditions are matched by id: the models must have all that
 *  the observations have (others are not looked at). Channels with a missing value in a labelled
 *  row take no part; nor, whitened, do those that never vary.
 *
 *  @param function  may be NULL
 *  @return errors of ana_rdm_compute; ANA_ERR_VALUE also for models that lack a condition (named),
 *          fewer than three conditions, an infinite value, centres of other observations,
 *          or when no centre has a similarity; ANA_ERR_CANCELLED; what
 *          `function` returned. */
ANA_API ANA_USE_RESULT ana_status ana_searchlight_compute(const ana_observations *observations,
                                                          const ana_centres *centres,
                                                          const ana_rdms *models,
                                                          const ana_searchlight_options *options,
                                                          ana_searchlight_function function,
                                                          void *user, ana_searchlight **out);

/** How a map is drawn. */
typedef struct ana_searchlight_view {
    const ana_volume *volume; /**< slices; or NULL */
    char *const *names;       /**< of sensors or nodes, by ana_centres.centre; or NULL */
    size_t n_windows;         /**< of time, slowest; 0: no time */
    const double *times;      /**< n_windows: their middles; NULL: numbers */
    const char *time_unit;    /**< NULL: bins */
    bool flat;                /**< positions are of sensors in the plane */
} ana_searchlight_view;

/** "schema" is "searchlight": the map, its best centres, and figures: slices of a volume, sensors
 *  in the plane, curves over time. */
ANA_API ANA_USE_RESULT ana_status ana_searchlight_to_record(const ana_searchlight *searchlight,
                                                            const ana_searchlight_view *view,
                                                            ana_record **out);

ANA_API void ana_centres_free(ana_centres *centres);
ANA_API void ana_searchlight_free(ana_searchlight *searchlight);

ANA_END_DECLS

#endif
