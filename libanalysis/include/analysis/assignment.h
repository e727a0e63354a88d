/** Who goes with whom at the least total cost? States of a fit with true states, components of two
 *  fits, units of two sessions.
 *
 *  Shortest augmenting paths with dual prices: Jonker & Volgenant (1987), Computing 38, in the
 *  rectangular form of Crouse (2016), IEEE Trans. Aerosp. Electron. Syst. 52(4), algorithm 4.
 *  O(min(n, m)^2 max(n, m)). */
#ifndef ANALYSIS_ASSIGNMENT_H
#define ANALYSIS_ASSIGNMENT_H

#include <analysis/status.h>

#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

/** A row without a column. */
#define ANA_UNASSIGNED SIZE_MAX

/** The assignment of rows to columns with the least sum of costs; min(n_rows, n_columns) pairs.
 *
 *  To maximise, negate. Ties: the result is a function of the costs alone; of equally long paths
 *  the one to the first column is taken, so equal costs throughout give row i column i.
 *
 *  @param cost           n_rows x n_columns  finite, or +inf for a pair that is not allowed
 *  @param column_of_row  n_rows (out)        column of each row, or ANA_UNASSIGNED
 *  @param total          (out)               sum of the chosen costs, in row order; may be NULL
 *  @return ANA_OK; ANA_ERR_VALUE for a cost that is NaN or -inf; ANA_ERR_NUMERIC if the pairs that
 *          are allowed leave a row (a column, where there are fewer) without partner;
 *          ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_assignment_solve(size_t n_rows, size_t n_columns,
                                                       const double *cost, size_t *column_of_row,
                                                       double *total);

ANA_END_DECLS

#endif
