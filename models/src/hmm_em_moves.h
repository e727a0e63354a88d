/** Moves that iterations cannot make: a state that explains nothing, or the lesser of two that are
 *  alike, is given half of a state that covers two things (split and merge: Ueda et al. 2000,
 *  Neural Computation 12). Free of the family: rows are compared by what the states' emissions say
 *  of them, and parameters follow from edited posteriors. */
#ifndef ANALYSIS_MODELS_HMM_EM_MOVES_H
#define ANALYSIS_MODELS_HMM_EM_MOVES_H

#include "hmm_em.h"

/** What a pass over the rows is to do beside the E-step. */
typedef enum ana_em_pass {
    ANA_EM_PASS_PLAIN,
    ANA_EM_PASS_OBSERVE, /**< fill the windows' sums and the likeness of states */
    ANA_EM_PASS_EDIT     /**< edit the posteriors by the proposal before they are used */
} ana_em_pass;

/** State `fresh` gives its rows to `heir` (itself: it keeps them) and gets those of `split` in the
 *  windows whose side is 1. */
typedef struct ana_em_proposal {
    size_t fresh;
    size_t heir;
    size_t split;
} ana_em_proposal;

/** Rows in windows of a few, cut within sequences: states last longer than a row. */
struct ana_em_moves {
    ana_em_pass pass;
    ana_em_proposal proposal;
    size_t length;        /**< rows of a window */
    size_t n_windows;     /**< of all sequences */
    size_t *first_window; /**< n_sequences */
    double *mass;         /**< n_windows x K: posteriors */
    double *profile;      /**< n_windows x K: mean log-likelihood under each state */
    unsigned char *side;  /**< n_windows */
    double *likeness;     /**< K x K: sum over rows of posterior(a) (log p(a) - log p(b)) */
    double *total;        /**< K: posteriors */
    double *transitions;  /**< K x K: expected after an edit */
    double *spread;       /**< K: how much the windows of a state differ */
    double *axis;         /**< K x K: the direction in which they do */
    double *covariance;   /**< K x K */
    double *mean;         /**< K */
    double *after;        /**< K: edited posterior of the first row after the block */
};

/** From the workspace, which the caller checks. */
ana_em_moves *ana_em_moves_new(const ana_em *em, ana_workspace *workspace);

/** Rows begin ... begin + n - 1 of a sequence; both arrays are n x K. */
typedef struct ana_em_rows {
    size_t sequence;
    size_t begin;
    size_t n;
    const double *log_emission;
    double *posterior;
} ana_em_rows;

/** Observe or edit posteriors, as the pass says: a sequence's blocks from the last to the first. */
void ana_em_moves_pass(const ana_em *em, const ana_em_seat *seat, const ana_em_rows *rows);

/** Before and after such a pass over all sequences. */
void ana_em_moves_begin(const ana_em *em, const ana_em_seat *seat);
void ana_em_moves_end(const ana_em *em, const ana_em_seat *seat);

/** Try moves from the seat's current model and keep what raises the objective: first for empty
 *  states, then `n_moves` of split and merge. */
ANA_USE_RESULT ana_status ana_em_improve(const ana_em *em, ana_em_seat *seat);

#endif
