/** Inputs of the commands of linear models: counts, covariates, masks, and the design of them. */
#ifndef CLI_GLM_INPUTS_H
#define CLI_GLM_INPUTS_H

#include "glm_columns.h"
#include "job.h"

#include <analysis/models/glm.h>
#include <analysis/models/goodness.h>

/** Inputs beside the counts. */
typedef struct glm_input_options {
    const char *covariates;        /**< array: the same rows x covariates */
    const char *coupling_mask;     /**< array: targets x sources, 1 where one may drive the other */
    const char *covariate_names;   /**< of its columns, with commas between */
    bool no_intercept;             /**< the covariates have a constant of their own */
    const char *transition_inputs; /**< array: the same rows x inputs of the transitions */
    const char *input_names;       /**< of its columns, with commas between */
    double lags_s; /**< how far back the past reaches, seconds; 0: as the basis says */
} glm_input_options;

extern const ana_option glm_covariate_option_table[];
extern const ana_option glm_constant_option_table[];        /**< no-intercept, covariate-names */
extern const ana_option glm_transition_option_table[];      /**< transition-inputs */
extern const ana_option glm_transition_name_option_table[]; /**< and input-names */
extern const ana_option glm_mask_option_table[];
extern const ana_option glm_lags_option_table[];

/** What a model is fitted to or held against. */
typedef struct glm_inputs {
    ana_observations *rows;    /**< as read; the job's */
    ana_observations *counts;  /**< those that the model is of: rows or picked */
    ana_observations *classes; /**< indicators of categorical responses; or NULL */
    ana_observations *picked;  /**< counts of the model's units alone, in its order; or NULL */
    ana_observations *covariates;
    ana_observations *inputs; /**< of the transitions; or NULL */
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
    bool has_intercept;
    size_t n_columns;
    char *const *column_names; /**< covariates last */
    size_t n_inputs;
    char *const *input_names;
} glm_known;

glm_known glm_known_of(const ana_glm *model);

/** The inputs from number `first` on: the known model's units in its order, with its basis. */
ANA_USE_RESULT ana_status glm_inputs_open(command_job *job, size_t first,
                                          const glm_input_options *options, const glm_known *known,
                                          glm_inputs *out);

/** All inputs, where a model is to be fitted: basis NULL means no history; categorical responses
 *  become indicators, and family->n_classes is filled in where it is 0. */
ANA_USE_RESULT ana_status glm_inputs_new(command_job *job, const glm_input_options *options,
                                         const ana_basis_options *basis, ana_glm_family *family,
                                         glm_inputs *out);

void glm_inputs_close(glm_inputs *inputs);

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
