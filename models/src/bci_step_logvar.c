/* logvar: the logarithm of each channel's variance. */
#include "bci_kinds.h"

#include <analysis/stats.h>

#include <math.h>

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    (void)step;
    *out = (bci_shape){.form = BCI_VECTORS,
                       .n_rows = 1,
                       .n_columns = in->n_rows,
                       .n_bands = in->n_bands,
                       .rate = in->rate};
    if (in->n_columns < 2) {
        return ana_fail(ANA_ERR_SHAPE,
                        "pipeline: logvar of trials of %zu samples; two or more are right",
                        in->n_columns);
    }
    return ANA_OK;
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    const size_t n_rows = in->shape.n_rows;
    const size_t n_times = in->shape.n_columns;
    (void)step;
    (void)teacher;
    for (size_t i = 0; i < in->n_items * n_rows; i++) {
        const double variance = ana_stats_variance(n_times, in->values + i * n_times, 1);
        if (!(variance > 0.0 && isfinite(variance))) {
            return ana_fail(ANA_ERR_VALUE,
                            "pipeline: logvar: row %zu of trial %zu has no variance, or samples "
                            "that are missing",
                            i % n_rows, i / n_rows);
        }
        out->values[i] = log(variance);
    }
    return ANA_OK;
}

const bci_kind ana_bci_logvar = {
    .says = {.name = "logvar",
             .summary = "the logarithm of each channel's variance",
             .takes = "signals",
             .gives = "vectors"},
    .takes = BCI_SIGNALS,
    .gives = BCI_VECTORS,
    .shape = shape,
    .apply = apply,
};
