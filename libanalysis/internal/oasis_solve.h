/** Sparse non-negative deconvolution of one trace at a given penalty and baseline: the kernels that
 *  `oasis.c` calls again and again while it looks for those. They allocate nothing. */
#ifndef ANALYSIS_INTERNAL_OASIS_SOLVE_H
#define ANALYSIS_INTERNAL_OASIS_SOLVE_H

#include <stdbool.h>
#include <stddef.h>

/** Minimise over s >= 0
 *
 *      1/2 sum over observed t of (y_t - baseline - c_t)^2 + penalty sum_t s_t,
 *
 *  where c_t = g1 c_{t-1} + g2 c_{t-2} + s_t and s_t = 0 where y_t is missing. The first observed
 *  sample's s is the calcium already there, which decays by `decay` from then on (the slow root of
 *  z^2 - g1 z - g2; g1 itself when g2 is 0); before it c is 0. With min_spike > 0 each s but the
 *  first is 0 or at least that: no longer convex, solved greedily. */
typedef struct ana_oasis_problem {
    size_t n;
    const double *y; /**< NaN: missing */
    double g[2];     /**< g[1] 0: first order */
    double decay;
    double baseline;
    double penalty;
    double min_spike;
    bool restricted; /**< spikes only where the scratch's `banned` is false as it is handed over */
} ana_oasis_problem;

/** Arrays of n elements each. `active` carries over from one solution to the next: it is where the
 *  search begins, so that a small step costs little. Zeroed at first. */
typedef struct ana_oasis_scratch {
    double *curvature;
    double *coupling;
    double *pull;
    size_t *pool;
    bool *active;
    bool *banned; /**< no spike here: missing, or dropped since it was below min_spike */
} ana_oasis_scratch;

typedef struct ana_oasis_solution {
    double *calcium; /**< n, without the baseline */
    double *spikes;  /**< n; at the first observed sample the calcium already there */
    double rss;      /**< sum of squared residuals over observed samples */
    double residual; /**< sum of residuals */
    double slope;    /**< derivative of `residual` by the baseline; never positive */
    double total;    /**< sum of spikes */
    bool exact;      /**< false: the search for the active set was given up */
} ana_oasis_solution;

/** First order: pool adjacent violators, O(n). Friedrich, Zhou & Paninski (2017), PLoS Comput Biol
 *  13(3):e1005423, algorithm 2 (and 3 for min_spike), with the pools' sums kept apart so that
 *  missing samples have no weight. */
void ana_oasis_first_order(const ana_oasis_problem *problem, const ana_oasis_scratch *scratch,
                           ana_oasis_solution *solution);

/** Second order (or first, with g[1] 0), exact: block principal pivoting on the set of spikes
 *  (Portugal, Judice & Vicente 1994, Math Comput 63:625-643); given the set, the best trace is a
 *  linear-quadratic control problem with a state of two samples, solved by one pass back and one
 *  forth. Some 20 passes of O(n). */
void ana_oasis_second_order(const ana_oasis_problem *problem, const ana_oasis_scratch *scratch,
                            ana_oasis_solution *solution);

#endif
