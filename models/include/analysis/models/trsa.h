/** Which conditions are neighbours, whatever their exact distances?
 *
 *  Topological representational similarity analysis (Lin & Kriegeskorte 2024, PNAS 121(42)):
 *  dissimilarity matrices (rdm.h) are transformed, one by one, so that they tell of the topology of
 *  the representation rather than of its geometry, and are then compared as any other
 *  (rdm_compare.h, rsa.h). r: the ranks of the dissimilarities (ties share theirs) from 0, the
 *  smallest, to 1; q(s): the quantile s of r, linear between order statistics:
 *
 *  | transform | value of a pair |
 *  |---|---|
 *  | rgtm | (r - q(low)) / (q(high) - q(low)), clipped to 0 ... 1: a geo-topological matrix |
 *  | sigmoid | 1 / (1 + exp(-steepness (r - centre))) |
 *  | rgdm | length of the shortest path over the pairs whose rgtm is below 1: geodesic distances |
 *  | nearest | the same over r, of pairs of which one is among the other's `neighbours` nearest |
 *  | shortest | the same over r, of pairs with r <= q(share) |
 *
 *  With low = high, or when both quantiles are one value, rgtm is the graph of a threshold: 0 where
 *  r < q, 1 where r >= q. A pair of weight 0 is an edge like any other (the closest pair always is
 *  one). Pairs that no path joins are as far apart as the two farthest that one does, at least 1
 *  (what a saturated pair counts), and counted. Missing pairs stay missing and are no edges.
 *
 *  rsatoolbox 0.3 clips in place, by masks looked up anew in values already changed (0.58 becomes
 *  1), and takes one pair of quantiles for all matrices; it and the paper's program lose edges of
 *  weight 0, and keep a pair by the neighbours of one of its ends alone. */
#ifndef ANALYSIS_MODELS_TRSA_H
#define ANALYSIS_MODELS_TRSA_H

#include <analysis/models/rdm.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_trsa_transform {
    ANA_TRSA_RGTM,
    ANA_TRSA_SIGMOID,
    ANA_TRSA_RGDM,
    ANA_TRSA_NEAREST,
    ANA_TRSA_SHORTEST
} ana_trsa_transform;

typedef struct ana_trsa_options {
    ana_run run;
    ana_trsa_transform transform; /**< default rgtm */
    double low;                   /**< rgtm, rgdm: quantile that becomes 0; default 0.2 */
    double high;                  /**< and 1; at least `low`; default 0.8 */
    double steepness;             /**< sigmoid; default 10 */
    double centre;                /**< sigmoid: rank, 0 to 1, that becomes 1/2; default 0.5 */
    size_t neighbours;            /**< nearest; default 5 */
    double share;                 /**< shortest: of all pairs; default 0.2 */
} ana_trsa_options;

ANA_API ana_trsa_options ana_trsa_options_default(void);
ANA_API extern const ana_option ana_trsa_option_table[];

/** *out = the matrices transformed, with their names and conditions.
 *
 *  @param n_unreachable  n_rdms (out): pairs that no path joins; 0 but for geodesics; may be NULL
 *  @return ANA_ERR_VALUE for an option out of range, an infinite dissimilarity, a matrix whose
 *  dissimilarities are all equal or missing (named), or of which no edge is left;
 *  ANA_ERR_MEMORY; ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_trsa_compute(const ana_rdms *rdms,
                                                   const ana_trsa_options *options,
                                                   size_t *n_unreachable, ana_rdms **out);

/** Whose matrix is of which region; borrowed, n_rdms each. */
typedef struct ana_trsa_regions {
    size_t n_regions;
    const size_t *region; /**< below n_regions */
    size_t n_subjects;
    const size_t *subject; /**< below n_subjects */
} ana_trsa_regions;

typedef struct ana_trsa_adaptive_options {
    ana_run run;
    ana_trsa_transform transform; /**< rgtm or rgdm; default rgtm */
    size_t n_levels;              /**< quantiles 0 ... 1 from which low <= high are chosen; 2 or
                                       more; default 11 */
    size_t n_permutations;        /**< of regions within subjects; 0: no test; default 200 */
} ana_trsa_adaptive_options;

ANA_API ana_trsa_adaptive_options ana_trsa_adaptive_options_default(void);

/** Rows for levels and permutations. */
ANA_API extern const ana_option ana_trsa_adaptive_option_table[];

/** Thresholds under which matrices tell regions apart best; all owned. A matrix is taken for the
 *  region of the nearest centroid: the largest correlation of its transformed dissimilarities with
 *  the mean, over the other subjects, of those of the region (each standardised). One whose
 *  dissimilarities no longer vary is taken for none, and counts as wrong. */
typedef struct ana_trsa_adaptive {
    size_t n_rdms;
    size_t n_levels;
    size_t n_regions;
    size_t n_subjects;
    ana_trsa_transform transform;
    double *levels;   /**< n_levels */
    double *accuracy; /**< n_levels x n_levels: share right at [low][high], each subject left out
                           in turn; NaN where low > high */
    double low;       /**< of the largest accuracy; of equals the widest, then the lowest */
    double high;
    double *chosen_low;  /**< n_subjects: chosen by the others alone */
    double *chosen_high; /**< n_subjects */
    size_t *predicted;   /**< n_rdms: region with the thresholds chosen without its subject;
                              n_regions: none */
    double *confusion;   /**< n_regions x n_regions: of region (row), taken for (column) */
    double nested;       /**< share right of those: what new subjects may expect */
    double geometry;     /**< share right with low 0 and high 1: for rgtm, by the ranks */
    double p;            /**< of `nested`, permutation, one-sided; NaN: not asked for */
} ana_trsa_adaptive;

/** @return errors of ana_trsa_compute; ANA_ERR_VALUE also for a transform without thresholds, a
 *  region or subject out of range, missing pairs, fewer than two regions or three subjects, or a
 *  region that fewer than three subjects have. */
ANA_API ANA_USE_RESULT ana_status ana_trsa_adapt(const ana_rdms *rdms,
                                                 const ana_trsa_regions *regions,
                                                 const ana_trsa_adaptive_options *options,
                                                 ana_trsa_adaptive **out);

/** What the matrices were transformed by, for the record; borrowed. */
typedef struct ana_trsa_report {
    const ana_rdms *before;
    const ana_rdms *after;
    const ana_trsa_options *options;
    const size_t *n_unreachable;       /**< n_rdms */
    const ana_trsa_adaptive *adaptive; /**< NULL: thresholds were given */
    char *const *regions;              /**< n_regions names, with `adaptive` */
} ana_trsa_report;

/** "schema" is "rdm": the transformed matrices as ana_rdms_to_record has them, so that whatever
 *  takes dissimilarities takes them; with the transform, the first two matrices as they were
 *  ("before"), and accuracy over thresholds ("adaptive"), also as figures. */
ANA_API ANA_USE_RESULT ana_status ana_trsa_to_record(const ana_trsa_report *report,
                                                     ana_record **out);

ANA_API void ana_trsa_adaptive_free(ana_trsa_adaptive *adaptive);

ANA_END_DECLS

#endif
