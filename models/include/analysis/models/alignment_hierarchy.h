/** Do the layers of a model follow the regions of a brain, along the cortex and in time?
 *
 *  Of the scores of an alignment (alignment.h: layers against regions in each subject, at times
 *  where there are times) each region's best layer is found, subject by subject. The spatial score
 *  is the correlation over regions of the best layer's depth with the region's distance along the
 *  cortex; the temporal scores those with the time at which the best layer scores highest, and with
 *  the time at which it first reaches half of that (encoding_scores.h; Caucheteux & King 2022,
 *  Commun. Biol. 5; Raugel et al. 2025). Means, intervals and tests are over subjects.
 *
 *  Layers stand in the order of the alignment, from the first to the deepest. Layers at steps of a
 *  network's own time have no depth and are left out; models with fewer than two others have no
 *  scores. Of distances between dissimilarities the least is the best. */
#ifndef ANALYSIS_MODELS_ALIGNMENT_HIERARCHY_H
#define ANALYSIS_MODELS_ALIGNMENT_HIERARCHY_H

#include <analysis/models/alignment.h>
#include <analysis/models/encoding_scores.h>

ANA_BEGIN_DECLS

typedef enum ana_hierarchy_kind {
    ANA_HIERARCHY_SPATIAL,
    ANA_HIERARCHY_PEAK, /**< by the time of the largest score */
    ANA_HIERARCHY_HALF, /**< by the time of its first half */
    ANA_HIERARCHY_KINDS
} ana_hierarchy_kind;

/** M models, R regions, S subjects; all owned. */
typedef struct ana_alignment_hierarchy {
    size_t n_models;
    char **models;
    size_t *n_layers; /**< M: those with a depth */
    size_t n_regions;
    char **regions;
    size_t n_subjects;
    char **subjects;
    ana_hierarchy **scores; /**< ANA_HIERARCHY_KINDS x M: of S subjects and R regions; NULL: fewer
                                 than two layers, no distances, or no two times */
} ana_alignment_hierarchy;

/** @param distance  n_regions  of each region from the first, in any unit; NULL: not known
 *  @param options   ranks, resamples, level and the run; half_maximum is not looked at
 *  @return ANA_ERR_VALUE without distances and two times, for a distance that is not finite, fewer
 *          than three regions, no model of two layers, or an option out of range;
 *          ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_alignment_find_hierarchy(const ana_alignment *alignment,
                                                               const double *distance,
                                                               const ana_hierarchy_options *options,
                                                               ana_alignment_hierarchy **out);

/** "schema" is "hierarchy": a table of the scores with their intervals and tests, the scores of all
 *  subjects, and each kind as points: depth of the best layer against distance or time. */
ANA_API ANA_USE_RESULT ana_status
ana_alignment_hierarchy_to_record(const ana_alignment_hierarchy *hierarchy, ana_record **out);

ANA_API void ana_alignment_hierarchy_free(ana_alignment_hierarchy *hierarchy);

ANA_END_DECLS

#endif
