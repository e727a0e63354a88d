/** Transitions driven by inputs: P(j at t | i at t - 1) = softmax_j(log P_ij + V_j' u_t), with the
 *  input of the row that is entered. Zeros of P stay zeros. */
#ifndef ANALYSIS_MODELS_HMM_INPUTS_H
#define ANALYSIS_MODELS_HMM_INPUTS_H

#include "hmm_em.h"

#include <analysis/models/hmm.h>

/** Inputs of the rows first, ... and what moves the transitions by them; all borrowed. */
typedef struct ana_hmm_inputs {
    size_t n_states;
    size_t n_inputs;
    const double *values;     /**< T x D: u */
    const double *transition; /**< K x K: P */
    const double *weights;    /**< K x D: V */
} ana_hmm_inputs;

/** What the function below writes over. */
typedef struct ana_hmm_input_room {
    double *logits; /**< K x K */
    double *push;   /**< K */
} ana_hmm_input_room;

/** out ((n - 1) x K x K): the transitions between rows first ... first + n - 1, as the chain of
 *  hmm_messages.h wants them with stride K x K. */
void ana_hmm_input_steps(const ana_hmm_inputs *inputs, size_t first, size_t n,
                         const ana_hmm_input_room *room, double *out);

/** The chains of several sequences, driven or not. */
typedef struct ana_hmm_driven {
    ana_hmm_inputs inputs; /**< n_inputs 0: nothing drives them */
    const double *initial;
    const size_t *sequence_start; /**< read where there are inputs */
    double *steps;                /**< of one sequence */
    ana_hmm_input_room room;
} ana_hmm_driven;

/** Room for the longest sequence, from the workspace. */
ANA_USE_RESULT ana_status ana_hmm_driven_new(const ana_hmm_inputs *inputs, const double *initial,
                                             size_t n_sequences, const size_t *sequence_start,
                                             ana_workspace *workspace, ana_hmm_driven *out);

/** The chain of sequence s; that of the last call is no longer there. */
ana_hmm_chain ana_hmm_driven_chain(const ana_hmm_driven *driven, size_t s);

/** The chains of observations under a model, whose inputs are found among the features by id.
 *  ANA_ERR_SHAPE where one is not there, ANA_ERR_VALUE where it is missing in a row. */
ANA_USE_RESULT ana_status ana_hmm_chains(const ana_hmm *hmm, const ana_observations *observations,
                                         ana_workspace *workspace, ana_hmm_driven *out);

/** The last n_inputs features as inputs (T x D, in the workspace), and *own = the others. */
ANA_USE_RESULT ana_status ana_hmm_part_inputs(const ana_observations *observations, size_t n_inputs,
                                              ana_workspace *workspace, ana_observations **own,
                                              double **values);

/** What a fit found of them into the model, with the names of those features. */
ANA_USE_RESULT ana_status ana_hmm_keep_inputs(const ana_observations *observations,
                                              const ana_em_model *model, size_t n_inputs,
                                              ana_hmm *hmm);

/** Standard errors of the weights (K x D, out) given the states' posteriors (T x K): of each
 *  state's weight against the mean of all, the log transitions being known no better. */
ANA_USE_RESULT ana_status ana_hmm_input_errors(const ana_hmm_inputs *inputs, size_t n_sequences,
                                               const size_t *sequence_start,
                                               const double *posterior, double ridge, double *out);

/** Bytes and room of what the M-step below holds. */
size_t ana_em_inputs_bytes(size_t n_states, size_t n_inputs);
ana_em_inputs *ana_em_inputs_new(size_t n_states, size_t n_inputs, ana_workspace *workspace);

/** M-step of transitions and weights together, by Newton's method with step halving on expected
 *  log-likelihood plus Dirichlet prior minus ridge / 2 |V|^2, which is concave: it never falls. */
ANA_USE_RESULT ana_status ana_em_maximise_inputs(const ana_em *em, const ana_em_seat *seat,
                                                 ana_em_model *model);

#endif
