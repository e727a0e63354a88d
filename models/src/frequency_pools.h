/** Frequencies pooled into bands of equal width: features of the steps psd and connectivity. */
#ifndef MODELS_FREQUENCY_POOLS_H
#define MODELS_FREQUENCY_POOLS_H

#include <analysis/matrix.h>
#include <analysis/status.h>

#include <stddef.h>

/** Bands [min + k width, min + (k + 1) width), the last with its end; width 0: every frequency. */
typedef struct ana_frequency_pools {
    const char *what; /**< begins sentences: "psd" */
    double min_hz;
    double max_hz;
    double width_hz;
} ana_frequency_pools;

/** ANA_ERR_VALUE when there is no band. */
ANA_USE_RESULT ana_status ana_frequency_pools_check(const ana_frequency_pools *pools);

/** *n = bands of the n_rows x frequency matrix; ANA_ERR_VALUE names one without a frequency. */
ANA_USE_RESULT ana_status ana_frequency_pools_count(const ana_frequency_pools *pools,
                                                    const ana_matrix *matrix, size_t *n);

/** out[row * n + band] = means of each row, for the n of ana_frequency_pools_count. */
void ana_frequency_pools_means(const ana_frequency_pools *pools, const ana_matrix *matrix, size_t n,
                               double *out);

#endif
