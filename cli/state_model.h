/** A fitted model of states, of either kind: hidden Markov model (hmm.h), or one whose states are
 *  coupled linear models (glm_hmm.h). What the commands `ana hmm ...` ask of it, whichever it is.
 */
#ifndef CLI_STATE_MODEL_H
#define CLI_STATE_MODEL_H

#include "glm_inputs.h"
#include "job.h"

#include <analysis/models/glm_hmm.h>
#include <analysis/models/goodness.h>
#include <analysis/models/hmm.h>

typedef struct state_model {
    ana_hmm *hmm; /**< one of these two */
    ana_glm_hmm *coupled;
    ana_observations *rows;   /**< as read; the job's */
    ana_observations *driven; /**< of `hmm`: the same with what drives the transitions; or NULL */
    glm_inputs inputs;        /**< of `coupled` */
    ana_glm_hmm_data data;    /**< of `coupled` */
} state_model;

/** The job's first input. */
ANA_USE_RESULT ana_status state_model_read(command_job *job, state_model *out);

/** The job's inputs from the second on, as rows of the model's bins; the units that it does not
 *  know are named on stderr. */
ANA_USE_RESULT ana_status state_model_open(command_job *job, const glm_input_options *options,
                                           state_model *self);

/** Units, with those left out, into job->record. */
ANA_USE_RESULT ana_status state_model_note_units(command_job *job, const state_model *self);

size_t state_model_n_states(const state_model *self);

ANA_USE_RESULT ana_status state_model_decode(const state_model *self, const ana_run *run,
                                             ana_hmm_decoding **out);
ANA_USE_RESULT ana_status state_model_goodness(const state_model *self,
                                               const ana_goodness_options *options,
                                               ana_goodness **out);
/** What is to be drawn: covariates, and after them what drives the transitions. */
typedef struct state_drawing {
    size_t n_sequences;
    const size_t *lengths;
    const ana_observations *covariates;
    uint64_t seed;
} state_drawing;

/** Responses as the commands take them: of categorical ones class numbers. */
ANA_USE_RESULT ana_status state_model_simulate(const state_model *self, const state_drawing *what,
                                               ana_observations **out);

/** Rows as the model decodes them, for figures: of its own units in its order. */
const ana_observations *state_model_rows(const state_model *self);

void state_model_close(state_model *self);

#endif
