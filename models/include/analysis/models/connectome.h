/** Who works together when, in which animal, and which neurons change community?
 *
 *  The motifs of a factorisation (ntf.h) over neurons, times and animals, as a functional
 *  connectome that changes in time (after Dyballa et al. 2024, arXiv 2402.14102): each motif a
 *  weighted graph, each animal's own course of every motif, the activity of communities, and the
 *  community of each neuron in each epoch with a test of its changes (connectome_dynamics.h). */
#ifndef ANALYSIS_MODELS_CONNECTOME_H
#define ANALYSIS_MODELS_CONNECTOME_H

#include <analysis/models/affinity.h>
#include <analysis/models/graph.h>
#include <analysis/models/ntf.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** The affinity of neurons i and j of animal w at time t is modelled as
 *  sum over motifs r of courses[w][t][r] matrices[r][i][j]. All owned. */
typedef struct ana_connectome {
    size_t n_motifs;
    size_t n_animals;
    size_t n_neurons;
    size_t n_times;
    double dt_s;         /**< between times */
    double *weights;     /**< n_motifs: size of each, its three factors of norm 1 */
    double *matrices;    /**< motif x neuron x neuron: symmetric, diagonal 0, squares over the pairs
                              i < j sum to 1; NaN for a pair that no animal has */
    double *time;        /**< motif x time: shared by the animals, norm 1 */
    double *shares;      /**< motif x animal: how much of it is in each, norm 1 */
    double *courses;     /**< animal x time x motif: each animal's own, see ana_connectome_new */
    bool *has;           /**< animal x neuron: whether the animal has the neuron */
    char **neuron_names; /**< n_neurons texts */
    char **animal_names; /**< n_animals texts */
} ana_connectome;

/** From a fit to affinities: of several animals (animal x pair x time, ana_tensor_animals), or of
 *  one (neuron x neuron x time, ana_tensor_affinity: its motifs u v' are made symmetric). An
 *  animal's own course is the non-negative least squares fit of the motifs to its affinities at
 *  each time, over the pairs that it has: unlike the shared factor of time it says what that animal
 *  did.
 *
 *  @param affinities    n_animals, those the tensor was made of: factored, equal in size
 *  @param animal_names  n_animals; NULL: "1", "2", ...
 *  @return ANA_ERR_SHAPE when fit and affinities differ in size; ANA_ERR_UNSUPPORTED for a kernel
 *          without factored form; ANA_ERR_VALUE when no pair of neurons is in any animal;
 *          ANA_ERR_LIMIT; ANA_ERR_MEMORY; ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_connectome_new(const ana_ntf *ntf, size_t n_animals,
                                                     const ana_affinity *const *affinities,
                                                     const char *const *animal_names,
                                                     const ana_run *run, ana_connectome **out);

/** A motif as an undirected graph, its edges the pairs of weight > 0: what ana_sbm_fit with
 *  exponential weights takes apart into communities. ANA_ERR_VALUE when motif >= n_motifs. */
ANA_API ANA_USE_RESULT ana_status ana_connectome_motif_graph(const ana_connectome *connectome,
                                                             size_t motif, ana_graph **out);

/** How strongly each motif ties the members of a community to one another, and to others. With the
 *  courses this is motif x community x time x animal: tie of motif and community, times the course
 *  of motif, time and animal. All owned. */
typedef struct ana_connectome_ties {
    size_t n_motifs;
    size_t n_groups;
    double *within;  /**< motif x group: mean matrix entry of its pairs; NaN: it has none */
    double *between; /**< motif x group: of its members with neurons of other groups */
} ana_connectome_ties;

/** @param group  n_neurons labels below n_groups; ANA_NO_LABEL (agreement.h): left out
 *  @return ANA_ERR_VALUE for a label that is none; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_connectome_tie(const ana_connectome *connectome,
                                                     size_t n_groups, const size_t *group,
                                                     ana_connectome_ties **out);

/** out (group x time) = sum over motifs of a tie (`within` or `between`: motif x group) times the
 *  animal's course of the motif: the mean affinity that the model gives those pairs. NaN where the
 *  tie is. */
ANA_API void ana_connectome_activity(const ana_connectome *connectome, size_t animal,
                                     size_t n_groups, const double *ties, double *out);

ANA_API void ana_connectome_ties_free(ana_connectome_ties *ties);

/** out (neuron x neuron) = mean over animals and the times first ... stop - 1 of the model's
 *  affinities: the functional graph of an epoch. */
ANA_API void ana_connectome_mean_graph(const ana_connectome *connectome, size_t first, size_t stop,
                                       double *out);

/** What a page about it needs beside the connectome; each may be NULL. Borrowed. */
typedef struct ana_connectome_drawing {
    const double *position;        /**< neuron x 2; NaN: unknown */
    size_t n_spans;                /**< stimuli and the like, to be marked on the axis of time */
    const double *span_start;      /**< n_spans, seconds from the first time */
    const double *span_stop;       /**< n_spans, seconds from the first time */
    const size_t *span_kind;       /**< n_spans */
    const char *const *span_names; /**< by kind */
} ana_connectome_drawing;

/** "schema" is "connectome": sizes, weights, shares, courses, and figures of them. `groups` (may be
 *  NULL) holds for each motif a label of each neuron, by which its matrix is ordered and its graph
 *  coloured. `drawing` may be NULL. */
ANA_API ANA_USE_RESULT ana_status ana_connectome_to_record(const ana_connectome *connectome,
                                                           const size_t *const *groups,
                                                           const ana_connectome_drawing *drawing,
                                                           ana_record **out);

ANA_API void ana_connectome_free(ana_connectome *connectome);

ANA_END_DECLS

#endif
