/** Decoding once the likelihoods of the rows are known, for any emissions. */
#ifndef ANALYSIS_MODELS_HMM_DECODE_H
#define ANALYSIS_MODELS_HMM_DECODE_H

#include "hmm_inputs.h"

#include <analysis/models/hmm.h>
#include <analysis/models/hmm_messages.h>

/** As ana_hmm_decode; rows (T x K): log p(row | state). The chains are of the observations'
 *  sequences. */
ANA_USE_RESULT ana_status ana_hmm_decode_rows(const ana_hmm_driven *chains, const double *rows,
                                              const ana_observations *observations,
                                              const ana_run *run, ana_hmm_decoding **out);

/** What the states expect whatever the rows before: the model's K x N, or NULL where it has none.
 */
const double *ana_hmm_plain_mean(const ana_hmm *hmm);

#endif
