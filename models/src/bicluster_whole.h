/** What bicluster.h's chains have around them: memory, copies, the summary of all. */
#ifndef ANALYSIS_MODELS_BICLUSTER_WHOLE_H
#define ANALYSIS_MODELS_BICLUSTER_WHOLE_H

#include "workspace.h"

#include <analysis/models/bicluster.h>

/** Everything zero, chains of options->n_chains that have not begun. */
ANA_USE_RESULT ana_status bicluster_new(size_t n_neurons, size_t n_times,
                                        const ana_bicluster_options *options, ana_bicluster **out);

/** How many paths a chain of that many sweeps keeps. */
size_t bicluster_kept(const ana_bicluster_options *options);

/** Every chain of `from` into `to`, which has the same sizes and at least as many sweeps. */
void bicluster_copy_chains(const ana_bicluster *from, ana_bicluster *to);

/** Similarity, partition, states, means and diagnostics from the chains. */
ANA_USE_RESULT ana_status bicluster_summarise(ana_bicluster *fit);

/** Group "chains" of a record, whole; and back into a fit of the same sizes. */
ANA_USE_RESULT ana_status bicluster_add_chains(const ana_bicluster *fit, ana_record *record);
ANA_USE_RESULT ana_status bicluster_read_chains(const ana_record *record, ana_bicluster *fit);

/** What a simulation of G clusters of neurons and q rows each drew beside the counts. Borrowed from
 *  a workspace. */
typedef struct bicluster_truth {
    size_t *state;   /**< T */
    double *turn;    /**< G x q x q: A of each cluster's rows in state 1 */
    double *centre;  /**< G x q: what was taken off the trajectories */
    double *path;    /**< G x q x T: centred */
    double *loading; /**< N x q: delta, c */
} bicluster_truth;

/** ana_bicluster_simulate, and its truth. */
ANA_USE_RESULT ana_status bicluster_simulate(const ana_bicluster_simulation *simulation,
                                             ana_workspace *workspace, bicluster_truth *truth,
                                             ana_observations **out);

/** The record's figures. */
ANA_USE_RESULT ana_status bicluster_add_figures(const ana_bicluster *fit, ana_record *record);

#endif
