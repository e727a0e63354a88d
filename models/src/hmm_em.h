/** Expectation maximisation of a hidden Markov model with any emissions (emission.h): restarts, the
 *  E-step, the chain's M-step, and the choice of the best.
 *
 *  The objective, log-likelihood plus the log priors of chain and emissions, never falls: a
 *  restart whose objective does, beyond rounding, is dropped with a warning, and is a defect.
 *  Restarts run in parallel, each from its own random stream, and the result does not depend on
 *  how many threads there are. */
#ifndef ANALYSIS_MODELS_HMM_EM_H
#define ANALYSIS_MODELS_HMM_EM_H

#include "emission.h"
#include "hmm_durations.h"
#include "hmm_scratch.h"
#include "workspace.h"

#include <analysis/models/fit_info.h>
#include <analysis/observations.h>
#include <analysis/run.h>

enum {
    ANA_EM_BLOCK = 4096,            /**< rows that a family is asked for at a time, at most */
    ANA_EM_KEPT = 256 * 1024 * 1024 /**< bytes of messages, all threads together, beyond which they
                                         are made anew on the way back */
};

/** Transition rows have the prior Dirichlet(concentration, with stickiness added on the diagonal);
 *  the initial probabilities a flat one. A transition that is exactly 0 at the start stays so and
 *  is no part of the prior. */
typedef struct ana_em_options {
    const ana_run *run;
    size_t n_restarts;
    size_t max_iterations; /**< of each restart */
    double tolerance;      /**< smallest relative gain that goes on; 0: never stop early */
    double concentration;
    double stickiness;
    double persistence;       /**< diagonal of the transitions at the start */
    double empty_below;       /**< rows: a state that explains less is empty; it is given half of
                                   another where that raises the objective, else warned of */
    size_t n_moves;           /**< of split and merge that each restart tries at its end */
    const double *initial;    /**< K: the start of the chain; NULL: uniform */
    const double *transition; /**< K x K: NULL: from persistence */
    const double *inputs;     /**< T x D, finite: what drives the transitions; NULL: nothing does */
    size_t n_inputs;          /**< D */
    double input_ridge;       /**< of their weights: log prior -ridge / 2 |V|^2; positive */
    const double *input_weights; /**< K x D: their start; NULL: zeros */
    size_t max_duration;     /**< D: states last for negative binomial numbers of rows up to D, and
                                  then give way to another; 0: geometric, as chains do */
    const double *durations; /**< K x 2: their start, r and p; NULL: 1 and persistence */
    bool keep_order;         /**< leave the states in their order; else by falling occupancy */
    size_t block_rows;       /**< of the E-step; 0: ANA_EM_BLOCK */
    size_t kept_bytes;  /**< 0: ANA_EM_KEPT, or a quarter of the run's memory if that is less */
    const char *stream; /**< purpose of the random streams: "hmm.start" */
} ana_em_options;

/** Chain and emissions with how their iterations went. All room is the workspace's. */
typedef struct ana_em_model {
    double *initial;       /**< K */
    double *transition;    /**< K x K, [from][to] */
    double *input_weights; /**< K x D: V; the step into row t is softmax_j(log P_ij + V_j' u_t) */
    double *durations;     /**< K x 2: r and p of each state's durations, where there are any */
    void *emission;        /**< the family's parameters */
    double *occupancy;     /**< K: sum of posteriors at the end, rows */
    double *trace;         /**< objective before each iteration since the last move that was kept;
                                max_iterations + 1 */
    size_t n_trace;
    bool converged;
    double log_likelihood;
    double objective;
} ana_em_model;

/** Fit the family's model to the rows of `observations` (its sequences alone are read here). *out
 *  is in the workspace; `info` is the caller's, with owned arrays, and was zero before. Warns of
 *  failed restarts and of empty states, by their number in the result counted from 1.
 *  ANA_ERR_CANCELLED when asked to stop; the first restart's error when all failed. */
ANA_USE_RESULT ana_status ana_em_fit(const ana_emission *emission,
                                     const ana_observations *observations,
                                     const ana_em_options *options, ana_workspace *workspace,
                                     ana_em_model *out, ana_fit_info *info);

/** The parts of it, for the other files of the driver and for tests. */

/** What the restarts of one fit share: how far they are, and whether to stop. */
typedef struct ana_em_watch {
    const ana_run *run;
    char what[64];
    size_t n_done;
    size_t n;
    bool cancelled;
} ana_em_watch;

/** What all threads read, but for the watch. */
typedef struct ana_em {
    const ana_emission *emission;
    const ana_em_options *options;
    size_t n_states;
    size_t n_times;
    size_t n_sequences;
    const size_t *sequence_start;
    size_t longest; /**< rows of the longest sequence */
    bool keeps_all; /**< the M-step wants the posteriors of all rows at once */
    bool streams;   /**< a block's messages are held, no sequence's */
    size_t block_rows;
    size_t n_borders; /**< blocks of the longest sequence; 0 unless it streams */
    size_t held;      /**< rows of messages: a block and one more, or the longest sequence */
    ana_em_watch *watch;
} ana_em;

typedef struct ana_em_moves ana_em_moves;
typedef struct ana_em_inputs ana_em_inputs;

/** What one thread writes to: a model under way, and the best of its restarts so far. */
typedef struct ana_em_seat {
    ana_hmm_scratch scratch; /**< sums: expected transitions */
    double *log_emission;    /**< held x K */
    double *posterior;       /**< held x K, or T x K where keeps_all */
    double *border;          /**< n_borders x K: the filtered row at each block's end */
    double *next;            /**< K + 1: likelihoods and scale of the row after the block */
    double *steps;           /**< longest x K x K: transitions driven by inputs; else NULL */
    double *logits;          /**< K x K, and the next K, to make those */
    double *push;
    ana_semi_scratch semi; /**< with durations */
    double *log_pmf;       /**< K x D, and log_tail: of the durations */
    double *log_tail;
    ana_em_inputs *inputs; /**< NULL without */
    double *first;         /**< K: sum of each sequence's first posterior */
    ana_em_moves *moves;
    ana_em_model current;
    ana_em_model spare; /**< what a move comes from */
    ana_em_model best;
    size_t best_restart;
    bool has_best;
} ana_em_seat;

/** Report progress and ask whether to go on; for any thread. */
bool ana_em_goes_on(const ana_em *em);

/** E-step: posteriors into the seat's and the family's sums, occupancy and log_likelihood into
 *  `model`. */
ANA_USE_RESULT ana_status ana_em_expect(const ana_em *em, const ana_em_seat *seat,
                                        ana_em_model *model);

/** M-step from those sums. */
ANA_USE_RESULT ana_status ana_em_maximise(const ana_em *em, const ana_em_seat *seat,
                                          ana_em_model *model);

/** Log density of the priors of chain and emissions, up to a constant. */
double ana_em_log_prior(const ana_em *em, const ana_em_model *model);

/** What the prior adds to the count of steps from i to j. */
double ana_em_pseudo_count(const ana_em_options *options, size_t i, size_t j);

/** Both steps in turn until converged, out of iterations or cancelled. */
ANA_USE_RESULT ana_status ana_em_iterate(const ana_em *em, const ana_em_seat *seat,
                                         ana_em_model *model);

#endif
