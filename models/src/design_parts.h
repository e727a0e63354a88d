/** What designs and streams of single rows share: a past count written into a row. */
#ifndef ANALYSIS_MODELS_DESIGN_PARTS_H
#define ANALYSIS_MODELS_DESIGN_PARTS_H

#include <analysis/models/design.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Which functions are not 0 at each lag: first[lag - 1] ... end[lag - 1] - 1. Owned arrays; the
 *  basis is borrowed. */
typedef struct ana_design_support {
    const ana_basis *basis;
    size_t *first;
    size_t *end;
} ana_design_support;

/** Cleared by ana_design_support_clear, also after a failure. */
ANA_USE_RESULT ana_status ana_design_support_new(const ana_basis *basis, ana_design_support *out);
void ana_design_support_clear(ana_design_support *support);

/** Add what a count `lag` bins ago contributes to its unit's functions: into[0 ... B - 1]. */
void ana_design_scatter(const ana_design_support *support, size_t lag, double count, double *into);

/** ana_design_panel for rows that are known to be there. */
void ana_design_fill(const ana_design *design, size_t first, size_t n, double *panel);

/** History features of one row after the other, as bins arrive; with the bits of ana_design_panel.
 */
typedef struct ana_history {
    size_t n_units;
    size_t n_columns; /**< n_units x functions */
    size_t n_lags;
    size_t now;   /**< slot of the row to come */
    size_t known; /**< rows since a missing count, at most n_lags */
    ana_design_support support;
    double *rows; /**< n_lags + 1 rows to come x n_columns */
} ana_history;

/** Cleared by ana_history_clear, also after a failure. The basis is borrowed. */
ANA_USE_RESULT ana_status ana_history_new(size_t n_units, const ana_basis *basis, ana_history *out);
void ana_history_clear(ana_history *history);

/** Forget the past: a new sequence. */
void ana_history_restart(ana_history *history);

/** Features of the row to come (n_columns); NULL when a count within its lags is missing. Valid
 *  until the next push. */
const double *ana_history_row(const ana_history *history);

/** The counts of that row; NaN is missing. The next row is then the one to come. */
void ana_history_push(ana_history *history, const double *counts);

#endif
