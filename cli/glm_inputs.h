/** Inputs of the commands of linear models: counts, covariates, masks, and the design of them. */
#ifndef CLI_GLM_INPUTS_H
#define CLI_GLM_INPUTS_H

#include "job.h"

#include <analysis/models/glm.h>
#include <analysis/models/goodness.h>

/** Inputs beside the counts. */
typedef struct glm_input_options {
    const char *covariates;    /**< array: the same rows x covariates */
    const char *coupling_mask; /**< array: targets x sources, 1 where one may drive the other */
    double lags_s;             /**< how far back the past reaches, seconds; 0: as the basis says */
} glm_input_options;

extern const ana_option glm_covariate_option_table[];
extern const ana_option glm_mask_option_table[];
extern const ana_option glm_lags_option_table[];

/** What a model is fitted to or held against. */
typedef struct glm_inputs {
    ana_observations *rows;   /**< as read; the job's */
    ana_observations *counts; /**< those that the model is of: rows or picked */
    ana_observations *picked; /**< counts of the model's units alone, in its order; or NULL */
    ana_observations *covariates;
    ana_basis *basis;
    ana_design *design;
    uint8_t *mask;
    ana_glm_data data;
} glm_inputs;

/** What a fitted model asks of its inputs; borrowed from it. */
typedef struct glm_known {
    size_t n_units;
    char *const *unit_names;
    const ana_basis *basis;       /**< NULL: no history */
    double bin_s;                 /**< NaN: rows are no times */
    const ana_glm_family *family; /**< of the responses */
} glm_known;

glm_known glm_known_of(const ana_glm *model);

/** The inputs from number `first` on. With `known` (else NULL) its units in its order and its basis
 *  are taken, and `basis` is not; without, basis NULL means no history. */
ANA_USE_RESULT ana_status glm_inputs_open(command_job *job, size_t first,
                                          const glm_input_options *options, const glm_known *known,
                                          const ana_basis_options *basis, glm_inputs *out);
void glm_inputs_close(glm_inputs *inputs);

/** *out = the array in that file as rows of the given sequences; NULL without a path. */
ANA_USE_RESULT ana_status glm_read_covariates(const char *path, const ana_run *run,
                                              size_t n_sequences, const size_t *lengths,
                                              ana_observations **out);

/** The rescaled intervals of the inputs by the model's means; of Bernoulli responses a mean is the
 *  chance of a spike. */
ANA_USE_RESULT ana_status glm_goodness(const ana_glm *model, const glm_inputs *inputs,
                                       const ana_goodness_options *options, ana_goodness **out);

/** Whether rescaled intervals test such responses: Poisson and Bernoulli. */
bool glm_has_spikes(const ana_glm_family *family);

/** Says on stderr which units are silent, separated, or have columns left out. */
void glm_warn_flags(const ana_glm *model);

/** Tells job_observations what the model takes: counts, in its bins. */
void glm_expect_rows(command_job *job, const glm_known *known);

#endif
