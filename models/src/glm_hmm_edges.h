/** The sign of one connection, exactly: inhibitory, absent or excitatory.
 *
 *  The log-likelihood in the connection's strength w is quadratic near its optimum,
 *  slope * w - curvature * w^2 / 2. An absent connection has w = 0; an excitatory one w > 0 and an
 *  inhibitory one w < 0, both with the half-normal prior 2 N(w; 0, spread^2). So each of the three
 *  hypotheses has its evidence in closed form, and its posterior is a truncated normal. */
#ifndef ANALYSIS_MODELS_GLM_HMM_EDGES_H
#define ANALYSIS_MODELS_GLM_HMM_EDGES_H

#include <stddef.h>

/** In the order inhibitory, none, excitatory. */
enum {
    ANA_EDGE_INHIBITORY,
    ANA_EDGE_NONE,
    ANA_EDGE_EXCITATORY,
    ANA_EDGE_SIGNS
};

/** What is held against the data's slope. */
typedef struct ana_edge_prior {
    double curvature;                       /**< >= 0: of minus the log-likelihood in w */
    double spread;                          /**< > 0 */
    double log_probability[ANA_EDGE_SIGNS]; /**< of the signs; need not sum to 1 */
} ana_edge_prior;

typedef struct ana_edge_posterior {
    double probability[ANA_EDGE_SIGNS];
    double mean[ANA_EDGE_SIGNS];   /**< of w given the sign */
    double square[ANA_EDGE_SIGNS]; /**< of w^2 given the sign */
    double expected;               /**< of w */
    double variance;               /**< of w */
    double log_evidence; /**< log sum over signs of prior times evidence; none has evidence 1 */
} ana_edge_posterior;

ana_edge_posterior ana_edge_infer(const ana_edge_prior *prior, double slope);

/** The slope at which `slope + excess * expected(slope)` is `wanted`; excess >= 0. The left side
 *  rises with the slope, so there is one. */
double ana_edge_solve(const ana_edge_prior *prior, double excess, double wanted, double slope);

/** The slope at which the expected w is `wanted`. */
double ana_edge_slope_of(const ana_edge_prior *prior, double wanted, double slope);

/** What an expected strength costs and earns: log evidence - slope * expected
 *  + curvature * expected^2 / 2, the highest value over all posteriors with that expected w of
 *  minus the divergence from the prior minus the curvature times half the variance. */
double ana_edge_log_prior(const ana_edge_prior *prior, double slope);

/** The Dirichlet that groups' probabilities of the signs come from, from their counts (n_groups x
 *  3, >= 0, none needs to be whole; a group of zeros says nothing): the one of highest evidence
 *  between bounds that is reached uphill from `base` (3, in and out). */
void ana_edge_learn_base(size_t n_groups, const double *counts, double least, double most,
                         double *base);

/** Divergence of Dirichlet(a) from Dirichlet(b), n parameters each. */
double ana_edge_dirichlet_divergence(size_t n, const double *a, const double *b);

#endif
