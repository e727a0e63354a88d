/** The fitted GLM-HMM as a struct: made from a task and what its last stage found. */
#ifndef ANALYSIS_MODELS_GLM_HMM_MODEL_H
#define ANALYSIS_MODELS_GLM_HMM_MODEL_H

#include "glm_hmm_parts.h"
#include "hmm_em.h"
#include "hmm_inputs.h"

/** Zeroed arrays of the task's sizes; the arrays of learned priors as the options ask. */
ANA_USE_RESULT ana_status ana_glm_hmm_model_new(const ana_glm_hmm_task *task, ana_glm_hmm **out);

/** The arrays of a model whose sizes, prior and basis are set. */
ANA_USE_RESULT ana_status ana_glm_hmm_allocate(ana_glm_hmm *model);

/** Parameters, edges, likelihood, names and flags. */
void ana_glm_hmm_keep(const ana_glm_hmm_task *task, const ana_em_model *fitted, ana_glm_hmm *model);

/** Standard errors from the Hessians in room->sums, where each unit has its own. */
void ana_glm_hmm_keep_errors(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                             ana_glm_hmm *model);

/** Sizes of the task, and whether data, options and family go together. */
ANA_USE_RESULT ana_status ana_glm_hmm_check_data(const ana_glm_hmm_data *data,
                                                 const ana_glm_hmm_options *options,
                                                 ana_glm_hmm_task *task);

/** ANA_ERR_VALUE with fewer usable rows than states. */
ANA_USE_RESULT ana_status ana_glm_hmm_check_rows(const ana_glm_hmm_task *task);

/** Curvatures of the learned priors from room->sums: Gaussian K x N x P, one-hot K x N x M along
 *  the kernels that the coefficients give. */
ANA_USE_RESULT ana_status ana_glm_hmm_curvature(const ana_glm_hmm_task *task,
                                                const double *coefficients,
                                                ana_workspace *workspace, double *out);

/** Whether a model can be gone on from with the task's data. */
ANA_USE_RESULT ana_status ana_glm_hmm_check_start(const ana_glm_hmm_task *task,
                                                  const ana_glm_hmm *start);

/** The chains of the data's sequences, with the inputs that drive them. */
ANA_USE_RESULT ana_status ana_glm_hmm_chains(const ana_glm_hmm *model, const ana_glm_hmm_data *data,
                                             ana_workspace *workspace, ana_hmm_driven *out);

/** P(state | rows before) of every row: predicted is T x K. */
ANA_USE_RESULT ana_status ana_glm_hmm_look_ahead(const ana_glm_hmm *model,
                                                 const ana_glm_hmm_data *data, const ana_run *run,
                                                 double *predicted);

#endif
