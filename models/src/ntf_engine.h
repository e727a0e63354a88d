/** The iterations of ntf.h: several runs at a time, which read the tensor together. */
#ifndef MODELS_NTF_ENGINE_H
#define MODELS_NTF_ENGINE_H

#include "ntf_divergence.h"
#include "ntf_tensor.h"
#include "workspace.h"

#include <analysis/models/ntf.h>
#include <analysis/random.h>

/** One start, and where it got to. */
typedef struct ntf_run {
    double *factors[ANA_TENSOR_MAX_MODES]; /**< length x rank */
    double *dual[ANA_TENSOR_MAX_MODES];    /**< ADMM; else NULL */
    ana_random random;                     /**< of new factors for components that died */
    double objective; /**< half the squared distance, plus the penalties; to be lowered */
    size_t n_iterations;
    bool converged;
    bool stopped;
    size_t n_reseeded;
    size_t n_trace;
    size_t trace_capacity;
    double *trace; /**< objective before each iteration, and after the last; owned */
} ntf_run;

/** Room for a job of n_runs runs of that rank, all of it the workspace's; the factors are not set.
 *  ANA_ERR_LIMIT when it does not fit the run's memory. */
ANA_USE_RESULT ana_status ntf_job_new(const ana_tensor *tensor, const ana_run *run, size_t rank,
                                      size_t n_runs, ana_workspace *workspace, ntf_job *job);

/** Iterate until each of the runs has stopped. `fixed`: a bool for each mode. */
ANA_USE_RESULT ana_status ntf_iterate(const ana_tensor *tensor, const ana_ntf_options *options,
                                      const bool *fixed, size_t n_runs, ntf_run *runs);

/** The same for another divergence than half the sum of squares, by multiplicative steps; and for
 *  either (`divergence` NULL: half the sum of squares) by all factors at once. */
ANA_USE_RESULT ana_status ntf_iterate_divergence(const ana_tensor *tensor,
                                                 const ana_ntf_options *options,
                                                 const ntf_divergence *divergence,
                                                 const bool *fixed, size_t n_runs, ntf_run *runs);
ANA_USE_RESULT ana_status ntf_iterate_together(const ana_tensor *tensor,
                                               const ana_ntf_options *options,
                                               const ntf_divergence *divergence, const bool *fixed,
                                               size_t n_runs, ntf_run *runs);

/** Notes the objective; the run stops when it no longer falls, or is no more than `exact`. */
ANA_USE_RESULT ana_status ntf_judge(const ana_ntf_options *options, double exact, double now,
                                    ntf_run *run);

/** What sparsity and smoothness add to the objective. */
double ntf_penalties(const ana_tensor *tensor, const ana_ntf_options *options, const ntf_run *run);

/** A start of singular vectors, of each mode's unfolding; of all but the tensor's size the same
 *  for every seed. */
ANA_USE_RESULT ana_status ntf_start_nndsvd(const ana_tensor *tensor, const ana_run *run,
                                           size_t rank, double *const *factors);

/** Runs that read the tensor together: so many that the reading for a divergence, of all modes or
 *  one at a time, takes half of the memory at most. */
size_t ntf_batch(const ana_tensor *tensor, const ana_ntf_options *options,
                 const ntf_divergence *divergence, bool all);

/** Columns of unit norm, weights their norms' products. */
void ntf_scale(ana_ntf *ntf);

#endif
