#include "frequency_pools.h"

#include "text.h"

#include <math.h>

ana_status ana_frequency_pools_check(const ana_frequency_pools *pools)
{
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

ana_status ana_frequency_pools_count(const ana_frequency_pools *pools, const ana_matrix *matrix,
                                     size_t *n)
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

void ana_frequency_pools_means(const ana_frequency_pools *pools, const ana_matrix *matrix, size_t n,
                               double *out)
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
