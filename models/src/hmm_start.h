/** Where the Poisson HMM's iterations begin. */
#ifndef ANALYSIS_MODELS_HMM_START_H
#define ANALYSIS_MODELS_HMM_START_H

#include "workspace.h"

#include <analysis/observations.h>
#include <analysis/random.h>

/** A sample of rows on which starts are sought: square roots of the counts, which have about equal
 *  variance at any rate, averaged over five rows of a sequence, since states last longer than a
 * bin. */
typedef struct ana_hmm_sample {
    size_t n_rows;
    size_t n_features;
    double *smooth;     /**< n_rows x N */
    double *counts;     /**< n_rows x N; NaN where missing */
    double *mean_count; /**< N: over all observed rows; 0 for a feature that is never observed */
} ana_hmm_sample;

/** At most 20000 rows, evenly spread. From the workspace. */
ANA_USE_RESULT ana_status ana_hmm_sample_new(ana_workspace *workspace,
                                             const ana_observations *observations,
                                             ana_hmm_sample *out);

/** rates (K x N, out) of K clusters: k-means++ (Arthur & Vassilvitskii 2007), then Lloyd's
 *  iterations; each rate is the cluster's mean with one more row of the overall mean, so that none
 *  is zero that need not be. distance and cluster have n_rows entries, centre and sums K x N. */
typedef struct ana_hmm_start_buffers {
    double *distance;  /**< n_rows */
    size_t *cluster;   /**< n_rows */
    double *centre;    /**< K x N */
    double *sums;      /**< K x N */
    double *n_members; /**< K x N */
} ana_hmm_start_buffers;

ana_hmm_start_buffers ana_hmm_start_buffers_new(ana_workspace *workspace, size_t n_rows,
                                                size_t n_states, size_t n_features);

void ana_hmm_start_rates(const ana_hmm_sample *sample, size_t n_states, ana_random *random,
                         const ana_hmm_start_buffers *buffers, double *rates);

#endif
