/** Which neurons change community from one epoch to another, beyond what chance and the search for
 *  communities would have them do?
 *
 *  A visit is a stretch of time of one epoch: a presentation of a stimulus, a window. In each visit
 *  of each animal the motifs, weighted by the mean of the animal's own courses there, add up to a
 *  functional graph of the animal's neurons; its communities are those of largest modularity
 *  (Blondel et al. 2008, J. Stat. Mech. P10008, moves of single nodes to the end), searched for in
 *  several restarts. Each partition's communities are matched one to one (most shared neurons,
 *  assignment.h) to those of the mean graph of all times and animals; what finds no partner is
 *  "another". The share of an epoch's partitions that put a neuron in each community is its
 *  membership there.
 *
 *  The change of a neuron between two epochs is how much partitions of the two disagree about it,
 *  less the mean of how much two partitions of the same epoch do. A pair of partitions that put it
 *  in different communities disagrees by the product of how firmly each holds it: the share of its
 *  strength that modularity would lose by its next best choice. So 0 is no more than restarts,
 *  visits and animals differ among themselves, 1 the most there can be, and a neuron on the border
 *  of two communities changes little by crossing it.
 *
 *  Null hypothesis: what an animal does is not tied to the epochs; the joint law of its courses
 *  stays the same under circular shifts of time. A surrogate turns the courses by a random shift
 *  against the epochs and does all of the above again; p = (1 + surrogates whose change is at least
 *  that large) / (1 + surrogates). Turned `together` all animals share the shift: the motifs of the
 *  turned data would be the same, and p is exact under the hypothesis (level <= alpha for any
 *  number of surrogates), but a recording offers no more than its length over its memory of
 *  different shifts. Turned `apart` each animal has its own shift: many more, the hypothesis
 *  includes that animals do not keep the same time, and p is exact for motifs found in other data;
 *  found in the same data they may favour coincidences between animals, a bias that shrinks as
 *  pairs and times outnumber motifs. Real recordings drift: then both are approximate, a turned
 *  series having a seam. The p of all neurons and comparisons are corrected together. */
#ifndef ANALYSIS_MODELS_CONNECTOME_DYNAMICS_H
#define ANALYSIS_MODELS_CONNECTOME_DYNAMICS_H

#include <analysis/intervals.h>
#include <analysis/models/connectome.h>
#include <analysis/options.h>
#include <analysis/resampling.h>

ANA_BEGIN_DECLS

/** Visits of epochs, in samples. All owned. */
typedef struct ana_connectome_epochs {
    size_t n_epochs;
    char **names; /**< n_epochs */
    size_t n_visits;
    size_t *epoch; /**< n_visits: of each */
    size_t *first; /**< n_visits: its first time */
    size_t *stop;  /**< n_visits: the time after its last */
} ana_connectome_epochs;

/** n windows of equal length (to a sample), each an epoch visited once, named by its seconds.
 *  ANA_ERR_VALUE unless 1 <= n <= n_times. */
ANA_API ANA_USE_RESULT ana_status ana_connectome_windows(size_t n_times, double dt_s, size_t n,
                                                         ana_connectome_epochs **out);

/** What animals were sampled at: n_times from origin_s on, dt_s apart. */
typedef struct ana_connectome_clock {
    double origin_s;
    double dt_s;
    size_t n_times;
} ana_connectome_clock;

/** Each interval a visit of the epoch its label names (or `intervals` itself), in the order in
 *  which labels come; with `rest` what lies outside all of them is an epoch "rest". Intervals
 *  without a sample are left out. ANA_ERR_VALUE when none is left. */
ANA_API ANA_USE_RESULT ana_status ana_connectome_epochs_of(const ana_intervals *intervals,
                                                           const ana_connectome_clock *clock,
                                                           bool rest, ana_connectome_epochs **out);

ANA_API void ana_connectome_epochs_free(ana_connectome_epochs *epochs);

typedef enum ana_connectome_turn {
    ANA_TURN_TOGETHER,
    ANA_TURN_APART
} ana_connectome_turn;

typedef struct ana_connectome_dynamics_options {
    ana_run run;
    double resolution;   /**< of modularity; more: smaller communities; default 1 */
    size_t n_restarts;   /**< of the search in each visit of each animal, at least 2; default 4 */
    size_t n_surrogates; /**< default 499 */
    int turn;            /**< ana_connectome_turn; default apart */
    bool all_pairs;      /**< compare all epochs, not each with the next alone; default false */
    int correction;      /**< ana_correction; default Benjamini-Hochberg */
    double level;        /**< of changes, after correction; default 0.05 */
} ana_connectome_dynamics_options;

ANA_API ana_connectome_dynamics_options ana_connectome_dynamics_options_default(void);
ANA_API extern const ana_option ana_connectome_dynamics_option_table[];

/** All owned. Community n_communities - 1 is "another". */
typedef struct ana_connectome_dynamics {
    size_t n_neurons;
    size_t n_epochs;
    size_t n_communities;
    size_t n_comparisons;
    size_t n_surrogates;
    char **neuron_names;
    char **epoch_names;
    size_t *reference;  /**< n_neurons: in the mean graph; ANA_NO_LABEL: tied to nobody */
    double *share;      /**< epoch x neuron x community: of its partitions; NaN: in none */
    size_t *membership; /**< epoch x neuron: the largest share, the first on a tie; ANA_NO_LABEL */
    double *wavering;   /**< epoch x neuron: how often two partitions of the epoch disagree */
    size_t *from;       /**< n_comparisons: epoch */
    size_t *to;         /**< n_comparisons: epoch */
    double *change;     /**< comparison x neuron; NaN where either share is */
    double *p;          /**< comparison x neuron; NaN where the change is */
    double *adjusted;   /**< comparison x neuron: for all of them */
    bool *changed;      /**< comparison x neuron: adjusted <= level */
} ana_connectome_dynamics;

/** @return ANA_ERR_VALUE for an option out of range, fewer than two epochs, or a connectome that is
 *          0; ANA_ERR_SHAPE for a visit beyond its times; ANA_ERR_LIMIT; ANA_ERR_MEMORY;
 *          ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_connectome_follow(
    const ana_connectome *connectome, const ana_connectome_epochs *epochs,
    const ana_connectome_dynamics_options *options, ana_connectome_dynamics **out);

/** "schema" is "connectome dynamics": memberships and changes, with figures and a table of the
 *  neurons that change most surely. With `connectome` (may be NULL; the one that was followed) and
 *  `epochs` also the activity of each community of the mean graph in each animal, and the graph of
 *  each epoch; `drawing` may be NULL. */
ANA_API ANA_USE_RESULT ana_status ana_connectome_dynamics_to_record(
    const ana_connectome_dynamics *dynamics, const ana_connectome *connectome,
    const ana_connectome_epochs *epochs, const ana_connectome_drawing *drawing, ana_record **out);

ANA_API void ana_connectome_dynamics_free(ana_connectome_dynamics *dynamics);

ANA_END_DECLS

#endif
