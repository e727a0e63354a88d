/** The numbers of a fit of states that programs read, under the same names for every model.
 *
 *  Group "summary" of a fit's record: log_likelihood and log_likelihood_per_bin (nats; a bin is a
 *  row), bits_per_spike (gain over each unit's mean count, counts only), bic, occupancy[] (share of
 *  the rows), dwell_s[] (mean length of a visit, seconds, or rows where rows are no times), n_iter,
 *  converged, restarts[] (each start's objective). Where the rows have labels (animals,
 *  conditions), figure "states_by_label" beside it: the share of each label's rows in each
 *  state. */
#ifndef ANALYSIS_MODELS_STATE_SUMMARY_H
#define ANALYSIS_MODELS_STATE_SUMMARY_H

#include <analysis/models/fit_info.h>
#include <analysis/models/hmm.h>
#include <analysis/observations.h>
#include <analysis/record.h>

#include <stdbool.h>

ANA_BEGIN_DECLS

/** What they are made from; all borrowed. */
typedef struct ana_state_summary {
    const ana_observations *observations; /**< what the model was fitted to */
    const ana_hmm_decoding *decoding;     /**< of the same rows */
    const ana_fit_info *info;
    double log_likelihood;
    double bic;
    bool are_counts; /**< else there is no bits_per_spike */
} ana_state_summary;

/** sum over units of log p(counts | Poisson with the unit's mean count), nats; missing counts left
 *  out. What bits per spike are a gain over. */
ANA_API double ana_mean_count_log_likelihood(const ana_observations *observations);

ANA_API ANA_USE_RESULT ana_status ana_state_summary_to_record(const ana_state_summary *summary,
                                                              ana_record *group);

ANA_END_DECLS

#endif
