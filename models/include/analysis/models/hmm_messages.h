/** Hidden Markov chains given the likelihood of each observation: which state, when?
 *
 *  Everything here is free of emissions: a model hands over log p(o_t | state) and gets filtered
 *  and smoothed state probabilities, expected transitions, the best path or a sampled one. The
 *  recursions are scaled (Rabiner 1989, Proc. IEEE 77(2), sec. V.A), after the largest
 *  log-likelihood of each time is taken out, so that they hold to rounding at log-likelihoods of
 *  -1e5 and below. */
#ifndef ANALYSIS_MODELS_HMM_MESSAGES_H
#define ANALYSIS_MODELS_HMM_MESSAGES_H

#include <analysis/random.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** A chain; arrays are borrowed. Rows of `initial` and `transition` sum to 1; zeros are exact. */
typedef struct ana_hmm_chain {
    size_t n_states;
    const double *initial;    /**< K: P(first state) */
    const double *transition; /**< P(state j | state i) at i * K + j */
    size_t transition_stride; /**< 0: the same at every step; K * K: the step from t to t + 1 uses
                                   transition + t * K * K (n_times - 1 matrices) */
} ana_hmm_chain;

/** ANA_ERR_VALUE when K is 0, or a row is negative, not finite, or off 1 by more than 1e-8. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_chain_check(const ana_hmm_chain *chain, size_t n_times);

/** Filtered state probabilities, P(state at t | o_1 ... o_t).
 *
 *  @param log_emission    T x K        log p(o_t | state k), nats; -inf where impossible
 *  @param filtered        T x K (out)  each row sums to 1; may be the same array as log_emission
 *  @param log_likelihood  (out)        log p(o_1 ... o_T), nats
 *  @return ANA_ERR_VALUE if T is 0; ANA_ERR_NUMERIC if an observation is impossible in every
 *          reachable state, or a likelihood is NaN (the outputs are then not to be used). */
ANA_API ANA_USE_RESULT ana_status ana_hmm_filter(const ana_hmm_chain *chain, size_t n_times,
                                                 const double *log_emission, double *filtered,
                                                 double *log_likelihood);

/** One step ahead: P(state at t | o_1 ... o_{t-1}), what was expected before each observation.
 *
 *  @param filtered   T x K        of ana_hmm_filter
 *  @param predicted  T x K (out)  row 0 is `initial`; may not be `filtered`
 *  @return ANA_ERR_VALUE as ana_hmm_chain_check. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_predict_states(const ana_hmm_chain *chain, size_t n_times,
                                                         const double *filtered, double *predicted);

/** Several steps ahead of time t: row h - 1 of `predicted` (n_steps x K) is
 *  P(state at t + h | o_1 ... o_t), h = 1 ... n_steps.
 *
 *  @param filtered  K  row t of ana_hmm_filter
 *  Transitions that change with time are read from t to t + n_steps - 1. Errors as above. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_predict_states_ahead(const ana_hmm_chain *chain, size_t t,
                                                               size_t n_steps,
                                                               const double *filtered,
                                                               double *predicted);

/** Smoothing with a bounded delay: P(state at t | o_1 ... o_{t+lag}), or all of them near the end.
 *  A lag of 0 is the filter, one of T - 1 the smoother. Takes T lag K^2 steps. Errors as
 *  ana_hmm_filter, and ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_smooth_fixed_lag(const ana_hmm_chain *chain,
                                                           size_t n_times,
                                                           const double *log_emission, size_t lag,
                                                           double *posterior);

/** Long-run share of each state: the probabilities that one more step leaves as they are.
 *
 *  By elimination without subtraction (Grassmann, Taksar & Heyman 1985, Oper. Res. 33(5)). States
 *  that the chain leaves for good have share 0.
 *  @param out  n_states (out)
 *  @return ANA_ERR_VALUE as ana_hmm_chain_check; ANA_ERR_NUMERIC when two states never lead to one
 *          another and are never left for good, so that the long run depends on the start;
 *          ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_stationary(size_t n_states, const double *transition,
                                                     double *out);

/** Smoothed state probabilities and expected transitions given all observations.
 *
 *  @param posterior    T x K (out)  P(state at t | o_1 ... o_T); rows sum to 1
 *  @param transitions  K x K (out)  sum over t of P(i at t, j at t + 1 | o_1 ... o_T); may be NULL
 *  Holds T (K + 1) doubles while it runs. Errors as ana_hmm_filter, and ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_smooth(const ana_hmm_chain *chain, size_t n_times,
                                                 const double *log_emission, double *posterior,
                                                 double *transitions, double *log_likelihood);

/** Where a chain too long for memory comes from and goes to. A function that fails ends the pass
 *  with what it returned. */
typedef struct ana_hmm_stream {
    /** log_emission (n x K, out) of times first ... first + n - 1; each block is asked for twice,
     *  first in order of time, then from the last to the first. */
    ana_status (*read)(void *user, size_t first, size_t n, double *log_emission);

    /** Posteriors (n x K) of those times, from the last block to the first; may be NULL. */
    ana_status (*hand)(void *user, size_t first, size_t n, const double *posterior);
    void *user;
} ana_hmm_stream;

/** As ana_hmm_smooth, to the last bit, in about 5 K sqrt(T) doubles: filtered rows are kept at the
 *  ends of blocks and the blocks filtered anew on the way back. `transitions` may be NULL. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_smooth_stream(const ana_hmm_chain *chain, size_t n_times,
                                                        const ana_hmm_stream *ends,
                                                        double *transitions,
                                                        double *log_likelihood);

/** The most probable path (Viterbi) in log space; of equal ones that with the lowest states, seen
 *  from the end.
 *
 *  @param path             T (out)  states 0 ... K-1
 *  @param log_probability  (out)    log p(path, o_1 ... o_T), nats
 *  @return as ana_hmm_filter, and ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_viterbi(const ana_hmm_chain *chain, size_t n_times,
                                                  const double *log_emission, size_t *path,
                                                  double *log_probability);

/** One path drawn from P(path | o_1 ... o_T), by filtering forward and sampling backward.
 *  Errors as ana_hmm_filter, and ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_sample_path(const ana_hmm_chain *chain, size_t n_times,
                                                      const double *log_emission,
                                                      ana_random *random, size_t *path);

ANA_END_DECLS

#endif
