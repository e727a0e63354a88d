/** The parts of a description length, each a function of a few counts, with tables of logarithms.
 *  Inside a block model all counts are doubles: whole numbers below 2^53. */
#ifndef ANALYSIS_MODELS_SBM_TERMS_H
#define ANALYSIS_MODELS_SBM_TERMS_H

#include "sbm_counts.h"

#include <analysis/models/sbm.h>

/** What runs between two groups (or two nodes). */
typedef struct ana_sbm_amount {
    double edges;
    double filled; /**< pairs of the level below with at least one edge; 0 at the lowest level */
    double sum;    /**< of the edges' weights */
    double square; /**< of their squares; above the lowest level: of the sums of the pairs below */
} ana_sbm_amount;

/** Over all pairs of groups of a level: what the prior of the weights' sums depends on. */
typedef struct ana_sbm_totals {
    double n_filled;   /**< pairs with edges */
    double n_multiple; /**< pairs with more than one edge, or filled pair of the level below */
    double sum;        /**< of all weights */
    double sum_square; /**< over pairs, of the square of their sum */
    double spread;     /**< over filled pairs, of squared deviations from the mean: of weights, or
                            of the sums of the pairs below */
} ana_sbm_totals;

/** The model and its tables; constant during a search. */
typedef struct ana_sbm_terms {
    ana_sbm_weights weights;
    double n_trials;
    bool directed;
    bool corrected;
    size_t n_table;
    const double *log_factorial; /**< n_table */
    size_t n_half;
    const double *half_gamma; /**< n_half: ln Gamma(k / 2); normal weights */
    ana_sbm_counts_table counts;
} ana_sbm_terms;

/** Tables for counts up to about `most` and `most_edges`, in the workspace. */
ANA_USE_RESULT ana_status ana_sbm_terms_make(size_t most, size_t most_edges,
                                             ana_workspace *workspace, ana_sbm_terms *terms);

double ana_sbm_log_factorial(const ana_sbm_terms *terms, double n);
double ana_sbm_log_choose(const ana_sbm_terms *terms, double n, double k);

/** Edges and weights between two groups of the lowest level. */
double ana_sbm_pair_edges(const ana_sbm_terms *terms, bool diagonal, double edges);
double ana_sbm_pair_weights(const ana_sbm_terms *terms, const ana_sbm_amount *amount);

/** All of a pair of groups of an upper level, of so many members. */
double ana_sbm_pair_upper(const ana_sbm_terms *terms, bool diagonal, double size_a, double size_b,
                          const ana_sbm_amount *amount);

/** The numbers of edges between n groups, without a level above. */
double ana_sbm_edges_flat(const ana_sbm_terms *terms, double n_groups, double n_edges);

/** The sums of the weights between groups, without a level above. */
double ana_sbm_prior(const ana_sbm_terms *terms, const ana_sbm_totals *totals);

/** Normal weights, at every level: the squared deviations within its pairs, given their sum. */
double ana_sbm_spread_prior(const ana_sbm_terms *terms, const ana_sbm_totals *totals);

/** Who stands in which of B groups, without the groups' own sum of -ln n_r!. */
double ana_sbm_partition(const ana_sbm_terms *terms, double n_nodes, double n_groups);

/** Degrees of one side of a group of n nodes: what the adjacency, and what the degrees pay. */
double ana_sbm_side_adjacency(const ana_sbm_terms *terms, double degree_sum, double n);
double ana_sbm_side_degrees(const ana_sbm_terms *terms, double degree_sum, double n);

/** What a pair, of the lowest level or an upper one, adds to (sign 1) or takes from (-1) the
 *  totals.
 */
void ana_sbm_totals_add(const ana_sbm_amount *amount, bool upper, double sign,
                        ana_sbm_totals *totals);

#endif
