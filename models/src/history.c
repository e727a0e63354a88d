#include "checked.h"
#include "design_parts.h"
#include "memory.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_status ana_history_new(size_t n_units, const ana_basis *basis, ana_history *out)
{
    ana_status status = ANA_OK;
    size_t n = 0;
    memset(out, 0, sizeof *out);
    out->n_units = n_units;
    out->n_lags = basis->n_lags;
    if (!ana_multiply(n_units, basis->n_functions, &out->n_columns) ||
        !ana_multiply(out->n_columns, basis->n_lags + 1, &n)) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE, "history: %zu units x %zu functions x %zu lags overflow",
                         n_units, basis->n_functions, basis->n_lags));
    }
    ANA_TRY(ana_allocate(n, sizeof *out->rows, "history", (void *)&out->rows));
    ANA_TRY(ana_design_support_new(basis, &out->support));
    ana_history_restart(out);
done:
    return status;
}

void ana_history_clear(ana_history *history)
{
    ana_design_support_clear(&history->support);
    free(history->rows);
    memset(history, 0, sizeof *history);
}

void ana_history_restart(ana_history *history)
{
    memset(history->rows, 0, (history->n_lags + 1) * history->n_columns * sizeof *history->rows);
    history->now = 0;
    history->known = history->n_lags;
}

const double *ana_history_row(const ana_history *history)
{
    return history->known >= history->n_lags ? history->rows + history->now * history->n_columns
                                             : NULL;
}

void ana_history_push(ana_history *history, const double *counts)
{
    const size_t n_functions = history->support.basis->n_functions;
    const size_t n_slots = history->n_lags + 1;
    bool missing = false;
    for (size_t m = 0; m < history->n_units; m++) {
        missing = missing || isnan(counts[m]);
        if (counts[m] == 0.0 || isnan(counts[m])) {
            continue;
        }
        for (size_t lag = 1; lag <= history->n_lags; lag++) {
            const size_t slot = (history->now + lag) % n_slots;
            ana_design_scatter(&history->support, lag, counts[m],
                               history->rows + slot * history->n_columns + m * n_functions);
        }
    }
    memset(history->rows + history->now * history->n_columns, 0,
           history->n_columns * sizeof *history->rows);
    history->now = (history->now + 1) % n_slots;
    if (missing) {
        history->known = 0;
    } else if (history->known < history->n_lags) {
        history->known++;
    }
}
