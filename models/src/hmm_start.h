/** Where the HMM's iterations begin: clusters of rows. */
#ifndef ANALYSIS_MODELS_HMM_START_H
#define ANALYSIS_MODELS_HMM_START_H

#include "workspace.h"

#include <analysis/observations.h>
#include <analysis/random.h>

/** A sample of rows as points, each averaged over five rows of its sequence, since states last
 *  longer than a row. */
typedef struct ana_hmm_sample {
    size_t n_rows;
    size_t n_columns;
    size_t *row;    /**< n_rows: which row of the observations */
    double *smooth; /**< n_rows x n_columns */
} ana_hmm_sample;

/** Coordinate `column` of row t; NaN: missing. */
typedef double (*ana_hmm_coordinate)(const void *data, size_t t, size_t column);

/** At most 20000 rows, evenly spread. Where the whole window is missing, fill[column] stands.
 *  From the workspace. */
ANA_USE_RESULT ana_status ana_hmm_sample_new(const ana_observations *observations, size_t n_columns,
                                             ana_hmm_coordinate coordinate, const void *data,
                                             const double *fill, ana_workspace *workspace,
                                             ana_hmm_sample *out);

/** What clustering writes to; `cluster` is its result. */
typedef struct ana_hmm_start_buffers {
    double *distance;  /**< n_rows */
    size_t *cluster;   /**< n_rows */
    double *centre;    /**< K x n_columns */
    double *sums;      /**< K x n_columns */
    double *n_members; /**< K */
} ana_hmm_start_buffers;

/** From the workspace, which the caller checks. */
ana_hmm_start_buffers ana_hmm_start_buffers_new(ana_workspace *workspace, size_t n_rows,
                                                size_t n_states, size_t n_columns);

/** K clusters: k-means++ (Arthur & Vassilvitskii 2007), then Lloyd's iterations. */
void ana_hmm_start_cluster(const ana_hmm_sample *sample, size_t n_states, ana_random *random,
                           const ana_hmm_start_buffers *buffers);

#endif
