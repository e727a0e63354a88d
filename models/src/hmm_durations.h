/** Chains whose states last for explicit numbers of rows (hidden semi-Markov models).
 *
 *  A segment of state j lasts d = 1 ... D rows with probability duration[j][d - 1], then another
 *  state begins; a sequence's last segment may be cut off by its end. Recursions over the ends and
 *  starts of segments in log space, O(T K D): Yu (2010), Artificial Intelligence 174, sec. 2.2. */
#ifndef ANALYSIS_MODELS_HMM_DURATIONS_H
#define ANALYSIS_MODELS_HMM_DURATIONS_H

#include "workspace.h"

#include <analysis/status.h>

#include <stddef.h>
#include <stdint.h>

/** Arrays are borrowed. */
typedef struct ana_semi_chain {
    size_t n_states;
    size_t max_duration;      /**< D */
    const double *initial;    /**< K */
    const double *transition; /**< K x K, [from][to], zero diagonal */
    const double *log_pmf;    /**< K x D: log P(duration = d) */
    const double *log_tail;   /**< K x D: log P(duration >= d) */
} ana_semi_chain;

/** Room for sequences of up to n_times rows, and the sums of an E-step. */
typedef struct ana_semi_scratch {
    double *emission; /**< K x T, the rows turned */
    double *begin;    /**< K x (T + 1): log P(o_1 ... o_t, a segment of j begins after t) */
    double *end;      /**< K x (T + 1): log P(o_1 ... o_t, a segment of j ends at t) */
    double *after;    /**< K x (T + 1): log P(o_t+1 ... | a segment of j ended at t) */
    double *start;    /**< K x (T + 1): log P(o_t+1 ... | a segment of j begins after t) */
    double *term;     /**< D */
    double *column;   /**< K */
    double *steps;    /**< K x K: expected transitions are added here */
    double *first;    /**< K: expected first states are added here */
    double *lasted;   /**< K x D: expected whole segments of each duration are added here */
    double *cut;      /**< K x D: and last ones, cut off after so many rows */
    uint32_t *length; /**< K x (T + 1): of Viterbi's best segment that ends there; else NULL */
    uint32_t *from;   /**< K x (T + 1) */
} ana_semi_scratch;

/** From the workspace, which the caller checks; `decode`: with Viterbi's arrays. */
ana_semi_scratch ana_semi_scratch_new(ana_workspace *workspace, size_t n_times, size_t n_states,
                                      size_t max_duration, bool decode);

/** Posteriors (T x K; NULL: not wanted, then only the likelihood) and expectations given all rows.
 *  ANA_ERR_NUMERIC when no segments can give the rows, or a likelihood is NaN. */
ANA_USE_RESULT ana_status ana_semi_smooth(const ana_semi_chain *chain, size_t n_times,
                                          const double *log_emission,
                                          const ana_semi_scratch *scratch, double *posterior,
                                          double *log_likelihood);

/** The most probable path; of equal ones that of the shortest last segments and lowest states. */
ANA_USE_RESULT ana_status ana_semi_viterbi(const ana_semi_chain *chain, size_t n_times,
                                           const double *log_emission,
                                           const ana_semi_scratch *scratch, size_t *path,
                                           double *log_probability);

/** Durations 1 + negative binomial: P(d) ~ Gamma(d - 1 + r) / (Gamma(r) (d - 1)!) p^(d-1), cut at
 *  D. shape: r, p. With r = 1 the geometric durations of an ordinary chain that stays with
 *  probability p. log_pmf and log_tail have D entries. */
void ana_semi_durations(const double shape[2], size_t max_duration, double *log_pmf,
                        double *log_tail);

/** The shape that is most likely given expected whole and cut segments, if it is more so than
 *  `shape`, else that is kept. log_pmf and log_tail are room for D numbers each. */
ANA_USE_RESULT ana_status ana_semi_fit_durations(size_t max_duration, const double *lasted,
                                                 const double *cut, double *log_pmf,
                                                 double *log_tail, double shape[2]);

#endif
