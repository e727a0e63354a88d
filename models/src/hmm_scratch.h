/** The message recursions without allocation, for loops that run them many times. */
#ifndef ANALYSIS_MODELS_HMM_SCRATCH_H
#define ANALYSIS_MODELS_HMM_SCRATCH_H

#include "workspace.h"

#include <analysis/models/hmm_messages.h>

/** The transitions from time t to t + 1. */
static inline const double *ana_hmm_step_of(const ana_hmm_chain *chain, size_t t)
{
    return chain->transition + t * chain->transition_stride;
}

/** predicted[j] = sum_i previous[i] A(i, j) */
void ana_hmm_step(size_t n_states, const double *transition, const double *previous,
                  double *predicted);

/** Room for chains of up to n_times times and n_states states. */
typedef struct ana_hmm_scratch {
    double *likelihood;   /**< n_times x K */
    double *scale;        /**< n_times; NULL: nothing is kept, and likelihood is one row */
    double *row;          /**< K */
    double *beta;         /**< K */
    const double *before; /**< K: the filtered row before the first time; unused at time 0 */
    double *sums;         /**< K x K: expected transitions are added here */
} ana_hmm_scratch;

/** From the workspace, which the caller checks. */
ana_hmm_scratch ana_hmm_scratch_new(ana_workspace *workspace, size_t n_times, size_t n_states);

/** The forward pass over times first ... first + n_times - 1, whose rows are given. Adds to
 *  *log_likelihood; scratch->likelihood and ->scale keep what the backward pass needs. */
ANA_USE_RESULT ana_status ana_hmm_forward(const ana_hmm_chain *chain, size_t first, size_t n_times,
                                          const double *log_emission,
                                          const ana_hmm_scratch *scratch, double *filtered,
                                          double *log_likelihood);

/** The backward pass over the same times: filtered rows become posteriors. scratch->beta is that
 *  of the last time on entry (whose row is left as it is) and of the first on return; expected
 *  transitions are added to scratch->sums. */
void ana_hmm_backward(const ana_hmm_chain *chain, size_t first, size_t n_times,
                      const ana_hmm_scratch *scratch, double *posterior);

/** As ana_hmm_smooth, of a chain that was checked; adds to scratch->sums. */
ANA_USE_RESULT ana_status ana_hmm_smooth_in(const ana_hmm_chain *chain, size_t n_times,
                                            const double *log_emission,
                                            const ana_hmm_scratch *scratch, double *posterior,
                                            double *log_likelihood);

/** As ana_hmm_sample_path, of a chain that was checked; `filtered` has T x K doubles, `scratch`
 *  room for one time is enough. */
ANA_USE_RESULT ana_status ana_hmm_sample_path_in(const ana_hmm_chain *chain, size_t n_times,
                                                 const double *log_emission,
                                                 const ana_hmm_scratch *scratch, double *filtered,
                                                 ana_random *random, size_t *path);

#endif
