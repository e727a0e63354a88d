/** Transitions driven by inputs: P(j at t | i at t - 1) = softmax_j(log P_ij + V_j' u_t), with the
 *  input of the row that is entered. Zeros of P stay zeros. */
#ifndef ANALYSIS_MODELS_HMM_INPUTS_H
#define ANALYSIS_MODELS_HMM_INPUTS_H

#include "hmm_em.h"

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

/** Bytes and room of what the M-step below holds. */
size_t ana_em_inputs_bytes(size_t n_states, size_t n_inputs);
ana_em_inputs *ana_em_inputs_new(size_t n_states, size_t n_inputs, ana_workspace *workspace);

/** M-step of transitions and weights together, by Newton's method with step halving on expected
 *  log-likelihood plus Dirichlet prior minus ridge / 2 |V|^2, which is concave: it never falls. */
ANA_USE_RESULT ana_status ana_em_maximise_inputs(const ana_em *em, const ana_em_seat *seat,
                                                 ana_em_model *model);

#endif
