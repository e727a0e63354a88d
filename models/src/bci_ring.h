/** The last samples of all channels in each band of a bank, as they come: causal filters, and a
 *  ring of what they gave. */
#ifndef MODELS_BCI_RING_H
#define MODELS_BCI_RING_H

#include <analysis/filter.h>
#include <analysis/models/bci_trials.h>

/** One band: how it is filtered, and where its filters stand. */
typedef struct bci_ring_band {
    ana_sos *sos;  /**< NULL: not filtered */
    double *state; /**< n_channels x n_sections x 2 */
} bci_ring_band;

/** Begin with zeros. */
typedef struct bci_ring {
    size_t n_channels;
    size_t n_times;
    size_t n_bands;   /**< 1 or more */
    size_t n_ringing; /**< samples until the filters' response has fallen to a thousandth */
    size_t place;     /**< of the next sample */
    bci_ring_band bands[ANA_BCI_MAX_BANDS];
    double *values; /**< (band x channel) x n_times */
} bci_ring;

/** n_channels and n_times are set. What is made is released in any case. */
ANA_USE_RESULT ana_status bci_ring_make(const ana_bci_bank *bank, double rate, bci_ring *ring);
void bci_ring_release(bci_ring *ring);

/** n more samples of each channel (n_channels x n), by way of `filtered`, as many doubles. */
ANA_USE_RESULT ana_status bci_ring_take(bci_ring *ring, size_t n, const double *samples,
                                        double *filtered);

/** Filters begin anew. */
void bci_ring_restart(bci_ring *ring);

/** The last n_times samples in their order: (band x channel) x n_times. */
void bci_ring_copy(const bci_ring *ring, double *out);

#endif
