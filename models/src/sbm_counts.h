/** In how many ways can a sum of degrees be dealt to the nodes of a group, as a multiset? The
 *  partitions of m into at most n parts, q(m, n): q(m, n) = q(m, n - 1) + q(m - n, n). */
#ifndef ANALYSIS_MODELS_SBM_COUNTS_H
#define ANALYSIS_MODELS_SBM_COUNTS_H

#include "workspace.h"

#include <stdbool.h>
#include <stddef.h>

/** q for every sum that n nodes of a graph can have: rows are short where degrees are alike. Where
 *  even that is over 8 million numbers, or sums are over 290,000 (q leaves the range of a double),
 *  Szekeres' (1953) asymptotic formula serves instead; `exact` says which. */
typedef struct ana_sbm_counts_table {
    size_t most; /**< largest n */
    bool exact;
    size_t *least;  /**< most + 1: first sum of row n; rows of no sums are empty */
    size_t *start;  /**< most + 2: where row n begins */
    double *scaled; /**< q * 1e-300 */
} ana_sbm_counts_table;

/** Degrees that the nodes of each group are dealt from one sum: of one side of the edges, in all
 *  layers together or in one. */
typedef struct ana_sbm_dealt {
    size_t *degree;   /**< n */
    size_t *class_of; /**< n: nodes of equal degree share it */
    size_t n_classes;
    bool *holds; /**< n: who is in the layer, others have degree 0; NULL: all are */
} ana_sbm_dealt;

/** @param most   largest group asked for
 *  @param gt245  as graph-tool 2.45 tabulates them */
ANA_USE_RESULT ana_status ana_sbm_counts_make(size_t n_nodes, size_t n_dealt,
                                              const ana_sbm_dealt *dealt, size_t most, bool gt245,
                                              ana_workspace *workspace, ana_sbm_counts_table *out);

/** ln q(m, n), m a sum of n of the degrees. */
double ana_sbm_log_count(const ana_sbm_counts_table *table, size_t m, size_t n);

/** Szekeres' formula, 0 < m, 0 < n. */
double ana_sbm_log_count_asymptotic(size_t m, size_t n);

#endif
