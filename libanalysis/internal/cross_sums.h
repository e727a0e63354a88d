/** Sums over windows of what two channels' spectra have in common: what all measures of
 *  connectivity are made of.
 *
 *  A batch of windows is laid out so that eight frequencies are one vector: frequency 8 k + l, real
 *  and imaginary part of channel c in window w stand at ((k n_channels + c) most + w) 16 + l and
 *  8 further on. A pair's products of a batch run through two such rows, the sums stay in
 *  registers: 8 operations on 4 loads for each pair, window and frequency, out of the second-level
 *  cache. Sums grow window by window, so the bits do not depend on the batches. */
#ifndef ANALYSIS_INTERNAL_CROSS_SUMS_H
#define ANALYSIS_INTERNAL_CROSS_SUMS_H

#include <analysis/connectivity.h>

#include <stdbool.h>

enum {
    ANA_CROSS_LANES = 8,
    ANA_CROSS_WINDOWS = 32 /**< of a batch at most */
};

typedef struct ana_cross_sums {
    ana_run run;
    ana_connectivity_measure measure;
    size_t n_channels;
    size_t n_bins;   /**< frequencies */
    size_t n_chunks; /**< of eight of them */
    size_t n_kinds;  /**< sums of one pair and frequency, as the measure needs */
    double *pairs;   /**< n_chunks x pairs i < j x n_kinds x 8 */
    double *powers;  /**< n_chunks x n_channels x 8: of the windows that a channel has */
    double *shared;  /**< n_chunks x i x j x 8: power of i where j is there too; NULL: no window
                          was missing in some channels alone */
    double *n;       /**< n_channels x n_channels: windows that both have */
    double *batch;   /**< as above */
    bool *valid;     /**< n_channels x ANA_CROSS_WINDOWS */
    double weight[ANA_CROSS_WINDOWS]; /**< what each window of the batch counts */
} ana_cross_sums;

/** Zeroed sums, released by ana_cross_sums_release in any case. */
ANA_USE_RESULT ana_status ana_cross_sums_new(const ana_connectivity_options *options,
                                             size_t n_channels, size_t n_bins,
                                             ana_cross_sums *sums);
void ana_cross_sums_release(ana_cross_sums *sums);

/** Forget all windows. */
void ana_cross_sums_restart(ana_cross_sums *sums);

/** Where frequency `bin` of channel c in window w of the batch stands. */
static inline double *ana_cross_place(const ana_cross_sums *sums, size_t bin, size_t c, size_t w)
{
    const size_t row = (bin / ANA_CROSS_LANES) * sums->n_channels + c;
    return sums->batch + (row * ANA_CROSS_WINDOWS + w) * 2 * ANA_CROSS_LANES +
           bin % ANA_CROSS_LANES;
}

/** Adds the first n windows of the batch; `weight` and `valid` are set, and what is not valid is
 *  zero. */
ANA_USE_RESULT ana_status ana_cross_sums_add(ana_cross_sums *sums, size_t n);

/** The measure between channels i and j at a frequency; with `lanes` (analytic signals) of the
 *  sums over all frequencies. */
double ana_cross_sums_read(const ana_cross_sums *sums, size_t i, size_t j, size_t bin, bool lanes);

#endif
