/** What is the least work of carrying one heap to another? Units of two systems of unequal size,
 *  each weighing the same; eigenvalues of two systems.
 *
 *  Exact optimal transport between uniform weights, 1 / n_rows of each row and 1 / n_columns of
 *  each column: the least sum of P_ij cost_ij over P >= 0 with those sums. Primal network simplex
 *  on the tree of its basis (Dantzig 1951; Ahuja, Magnanti & Orlin 1993, chapter 11), in whole
 *  numbers, with the weights disturbed so that no step is idle (Charnes 1952). Between equally many
 *  it is the assignment (assignment.h, which is faster) divided by their number. */
#ifndef ANALYSIS_TRANSPORT_H
#define ANALYSIS_TRANSPORT_H

#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** What goes from a row to a column. */
typedef struct ana_transport_move {
    size_t row;
    size_t column;
    double mass; /**< above 0; all of them add up to 1 */
} ana_transport_move;

/** The moves of least total cost; at most n_rows + n_columns - 1.
 *
 *  Ties: the result is a function of the costs alone.
 *
 *  @param cost     n_rows x n_columns                 finite
 *  @param moves    n_rows + n_columns - 1 (out)       by row, then column
 *  @param n_moves  (out)                              how many there are
 *  @param total    (out)                              sum of mass times cost, within 4 (n_rows +
 *                                                     n_columns) roundings of the largest cost of
 *                                                     the least; may be NULL
 *  @return ANA_OK; ANA_ERR_VALUE without rows or columns, or for a cost that is not finite;
 *          ANA_ERR_LIMIT where n_rows^2 n_columns passes 2^60; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_transport_solve(size_t n_rows, size_t n_columns,
                                                      const double *cost, ana_transport_move *moves,
                                                      size_t *n_moves, double *total);

ANA_END_DECLS

#endif
