#include "frequency_pools.h"

#include "text.h"
#include "try.h"

#include <math.h>

ana_frequency_pools ana_frequency_pools_default(const char *what)
{
    return (ana_frequency_pools){.what = what, .min_hz = 8.0, .max_hz = 30.0, .width_hz = 2.0};
}

ana_status ana_frequency_pools_check(const void *options)
{
    const ana_frequency_pools *pools = options;
    if (!(pools->max_hz > pools->min_hz)) {
        return ana_fail(ANA_ERR_VALUE, "%s: frequencies from %s to %s Hz; min is to be below max",
                        pools->what, ana_number(pools->min_hz).text,
                        ana_number(pools->max_hz).text);
    }
    return ANA_OK;
}

/* The band of a frequency, below n. */
static size_t band_of(const ana_frequency_pools *pools, double frequency, size_t n)
{
    const double place = floor((frequency - pools->min_hz) / pools->width_hz + 1e-9);
    return place < (double)n ? (size_t)fmax(place, 0.0) : n - 1;
}

/* *n = bands of a row x frequency matrix. */
static ana_status count_bands(const ana_frequency_pools *pools, const ana_matrix *matrix, size_t *n)
{
    const ana_axis *axis = &matrix->axes[1];
    *n = axis->n;
    if (pools->width_hz == 0.0) {
        return ANA_OK;
    }
    const double wanted = ceil((pools->max_hz - pools->min_hz) / pools->width_hz - 1e-9);
    if (wanted > (double)axis->n) {
        return ana_fail(ANA_ERR_VALUE,
                        "%s: %s bands of %s Hz, but there are %zu frequencies; wider bands or "
                        "longer windows are right",
                        pools->what, ana_number(wanted).text, ana_number(pools->width_hz).text,
                        axis->n);
    }
    *n = (size_t)wanted;
    size_t next = 0; /* frequencies ascend, so bands are met in their order */
    for (size_t f = 0; f < axis->n; f++) {
        const size_t band = band_of(pools, axis->coordinates[f], *n);
        next = band == next ? next + 1 : next;
    }
    if (next < *n) {
        return ana_fail(ANA_ERR_VALUE,
                        "%s: no frequency in the band from %s Hz on, %s Hz wide; wider bands or "
                        "longer windows are right",
                        pools->what,
                        ana_number(pools->min_hz + (double)next * pools->width_hz).text,
                        ana_number(pools->width_hz).text);
    }
    return ANA_OK;
}

/* out[row * n + band] = means of each row. */
static void pool(const ana_frequency_pools *pools, const ana_matrix *matrix, size_t n, double *out)
{
    const ana_axis *axis = &matrix->axes[1];
    for (size_t row = 0; row < matrix->axes[0].n; row++) {
        size_t f = 0;
        for (size_t band = 0; band < n; band++) {
            double sum = 0.0;
            size_t n_in = 0;
            while (f < axis->n &&
                   (pools->width_hz == 0.0 ? n_in == 0
                                           : band_of(pools, axis->coordinates[f], n) == band)) {
                sum += matrix->values[row * axis->n + f];
                n_in++;
                f++;
            }
            out[row * n + band] = sum / (double)n_in;
        }
    }
}

ana_status ana_frequency_pools_count(const bci_step *step, const bci_shape *in, size_t n_rows,
                                     size_t *n)
{
    ana_status status = ANA_OK;
    void *tool = NULL;
    bci_shape few = *in;
    few.n_rows = n_rows;
    ANA_TRY(step->kind->take_up(step, &few, NULL, &tool));
    const ana_pooled *pooled = tool;
    ANA_TRY(count_bands(step->options, pooled->matrix, n));
done:
    step->kind->put_down(tool);
    return status;
}

ana_status ana_frequency_pools_apply(const bci_step *step, const bci_batch *in,
                                     const bci_teacher *teacher, bci_batch *out)
{
    ana_status status = ANA_OK;
    ana_pooled *pooled = teacher->tool;
    const size_t size = ana_bci_item_size(&in->shape);
    const size_t n = out->shape.n_columns / pooled->matrix->axes[0].n;
    for (size_t i = 0; i < in->n_items; i++) {
        ANA_TRY(pooled->make(pooled, in->shape.n_columns, in->values + i * size));
        pool(step->options, pooled->matrix, n, out->values + i * out->shape.n_columns);
    }
done:
    return status;
}
