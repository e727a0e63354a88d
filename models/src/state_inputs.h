/** Weights of what drives the transitions between states, in the records of the models that have
 *  them. */
#ifndef ANALYSIS_MODELS_STATE_INPUTS_H
#define ANALYSIS_MODELS_STATE_INPUTS_H

#include <analysis/record.h>

/** K states, D inputs; arrays borrowed by a writer, owned by a reader. */
typedef struct ana_state_inputs {
    size_t n_states;
    size_t n_inputs;
    double *weights; /**< K x D */
    double *errors;  /**< K x D */
    char **names;    /**< D */
} ana_state_inputs;

/** The figure "transition_inputs" into `record` and the numbers into `group`, its "parameters";
 *  nothing without inputs. */
ANA_USE_RESULT ana_status ana_state_inputs_to_record(const ana_state_inputs *inputs,
                                                     const char *const *states, ana_record *record,
                                                     ana_record *group);

/** From "parameters"; n_inputs is 0 where there are none. n_states is given. */
ANA_USE_RESULT ana_status ana_state_inputs_from_record(const ana_record *record,
                                                       ana_state_inputs *inputs);

#endif
