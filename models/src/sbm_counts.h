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
    size_t *least;  /**< most + 1: first sum of row n */
    size_t *start;  /**< most + 2: where row n begins */
    double *scaled; /**< q * 1e-300 */
} ana_sbm_counts_table;

/** @param n_sides  1, or 2: out- and in-degrees
 *  @param degrees  of each side, n_nodes
 *  @param most     largest group asked for
 *  @param gt245    as graph-tool 2.45 tabulates them */
ANA_USE_RESULT ana_status ana_sbm_counts_make(size_t n_nodes, size_t n_sides,
                                              size_t *const degrees[2], size_t most, bool gt245,
                                              ana_workspace *workspace, ana_sbm_counts_table *out);

/** ln q(m, n), m a sum of n of the degrees. */
double ana_sbm_log_count(const ana_sbm_counts_table *table, size_t m, size_t n);

/** Szekeres' formula, 0 < m, 0 < n. */
double ana_sbm_log_count_asymptotic(size_t m, size_t n);

#endif
