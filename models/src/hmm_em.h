/** One restart of the Poisson HMM's expectation maximisation, step by step, for hmm.c and tests. */
#ifndef ANALYSIS_MODELS_HMM_EM_H
#define ANALYSIS_MODELS_HMM_EM_H

#include "hmm_counts.h"
#include "hmm_scratch.h"
#include "workspace.h"

#include <analysis/models/hmm.h>

/** What every restart reads. */
typedef struct ana_hmm_data {
    const ana_observations *observations;
    ana_hmm_counts counts;
    size_t n_states;
    size_t n_features;
    size_t longest; /**< rows of the longest sequence */
} ana_hmm_data;

/** What one thread writes to while it works. */
typedef struct ana_hmm_em_buffers {
    ana_hmm_scratch scratch;
    double *log_emission; /**< longest x K */
    double *posterior;    /**< longest x K */
    ana_hmm_rates rates;
    double *first;           /**< K: sum of each sequence's first posterior */
    double *occupancy;       /**< K: sum of all posteriors */
    double *weighted_counts; /**< N x K: sum of posterior x count */
    double *missing;         /**< N x K: posterior of the rows where it is missing */
} ana_hmm_em_buffers;

/** One restart: parameters (borrowed room) and how it went. */
typedef struct ana_hmm_restart {
    double *initial;    /**< K */
    double *transition; /**< K x K */
    double *rates;      /**< K x N */
    double *occupancy;  /**< K: sum of posteriors at the end */
    double *trace;      /**< max_iterations + 1 */
    size_t n_trace;
    bool converged;
    double log_likelihood;
    double objective;
    ana_status status;
    char error[256];
} ana_hmm_restart;

ana_hmm_em_buffers ana_hmm_em_buffers_new(ana_workspace *workspace, const ana_hmm_data *data);

/** E step: fills the sums of `buffers` and the expected transitions; *log_likelihood of all. */
ANA_USE_RESULT ana_status ana_hmm_expect(const ana_hmm_data *data, const ana_hmm_restart *restart,
                                         const ana_hmm_em_buffers *buffers, double *log_likelihood);

/** M step: new parameters from those sums. */
void ana_hmm_maximise(const ana_hmm_data *data, const ana_hmm_options *options,
                      const ana_hmm_em_buffers *buffers, ana_hmm_restart *restart);

/** Log density of the priors up to a constant; flat priors give 0. */
double ana_hmm_log_prior(const ana_hmm_data *data, const ana_hmm_options *options,
                         const ana_hmm_restart *restart);

/** What the restarts of one fit share: how far they are, and whether to stop. */
typedef struct ana_hmm_watch {
    const ana_run *run;
    size_t n_done;
    size_t n;
    bool cancelled;
} ana_hmm_watch;

/** Report progress and ask whether to go on; for any thread, between two iterations. */
bool ana_hmm_watch_goes_on(ana_hmm_watch *watch);

/** The whole of one restart. Allocates nothing; a failure is left in restart->status and error. */
void ana_hmm_em(const ana_hmm_data *data, const ana_hmm_options *options,
                const ana_hmm_em_buffers *buffers, ana_hmm_watch *watch, ana_hmm_restart *restart);

#endif
