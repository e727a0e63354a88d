/** Counts as the Poisson HMM's loops want them: only what is not zero, and what is missing. */
#ifndef ANALYSIS_MODELS_HMM_COUNTS_H
#define ANALYSIS_MODELS_HMM_COUNTS_H

#include "workspace.h"

#include <analysis/observations.h>

#include <stdint.h>

/** One non-zero count, or (with count 0) one missing entry of a row. */
typedef struct ana_hmm_event {
    uint32_t feature;
    float count; /**< exact: counts up to 2^24 are accepted */
} ana_hmm_event;

/** Row t has the events event_start[t] ... event_start[t + 1] - 1 and the missing entries
 *  missing_start[t] ...; log_factorial[t] is the sum of log y! of the row. */
typedef struct ana_hmm_counts {
    size_t n_times;
    size_t n_features;
    size_t n_observed;
    size_t *event_start;
    ana_hmm_event *events;
    size_t *missing_start;
    uint32_t *missing;
    double *log_factorial;
} ana_hmm_counts;

/** From the workspace. ANA_ERR_VALUE for a count that is negative, not whole, or above 2^24 (row
 *  and feature are named). feature_of[f] is the observation's column of feature f; NULL: the same.
 */
ANA_USE_RESULT ana_status ana_hmm_counts_new(ana_workspace *workspace,
                                             const ana_observations *observations,
                                             size_t n_features, const size_t *feature_of,
                                             ana_hmm_counts *out);

/** A model's rates laid out for the events: what one unit's event adds to every state is
 *  contiguous. */
typedef struct ana_hmm_rates {
    size_t n_states;
    size_t n_features;
    double *by_feature; /**< N x K */
    double *logs;       /**< N x K: log of by_feature */
    double *sums;       /**< K: sum over features */
} ana_hmm_rates;

/** Room for the rates, from the workspace, which the caller checks. */
ana_hmm_rates ana_hmm_rates_new(ana_workspace *workspace, size_t n_states, size_t n_features);

/** Fill them from rates (K x N). */
void ana_hmm_rates_set(const ana_hmm_rates *to, const double *rates);

/** log p(row | state k) for rows first ... first + n - 1: out is n x K. */
void ana_hmm_emissions(const ana_hmm_counts *counts, size_t first, size_t n,
                       const ana_hmm_rates *rates, double *out);

#endif
