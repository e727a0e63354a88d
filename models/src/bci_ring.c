#include "bci_ring.h"

#include "memory.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

ana_status bci_ring_make(const ana_bci_bank *bank, double rate, bci_ring *ring)
{
    ana_status status = ANA_OK;
    ring->n_bands = bank->n_bands > 0 ? bank->n_bands : 1;
    ANA_TRY(ana_allocate(ring->n_bands * ring->n_channels, ring->n_times * sizeof *ring->values,
                         "stream", &ring->values));
    for (size_t b = 0; b < bank->n_bands; b++) {
        bci_ring_band *one = &ring->bands[b];
        ANA_TRY(ana_butterworth(bank->order, bank->bands_hz[2 * b], bank->bands_hz[2 * b + 1], rate,
                                &one->sos));
        ANA_TRY(ana_allocate(ring->n_channels * one->sos->n_sections, 2 * sizeof *one->state,
                             "stream", &one->state));
        const size_t n = ana_sos_ringing(one->sos);
        ring->n_ringing = n > ring->n_ringing ? n : ring->n_ringing;
    }
done:
    return status;
}

void bci_ring_release(bci_ring *ring)
{
    for (size_t b = 0; b < ring->n_bands; b++) {
        ana_sos_free(ring->bands[b].sos);
        free(ring->bands[b].state);
    }
    free(ring->values);
    *ring = (bci_ring){.n_bands = 0};
}

ana_status bci_ring_take(bci_ring *ring, size_t n, const double *samples, double *filtered)
{
    ana_status status = ANA_OK;
    for (size_t b = 0; b < ring->n_bands; b++) {
        const bci_ring_band *one = &ring->bands[b];
        const double *from = samples;
        if (one->sos != NULL) {
            ANA_TRY(ana_sos_apply(one->sos, ring->n_channels, n, samples, one->state, filtered));
            from = filtered;
        }
        for (size_t c = 0; c < ring->n_channels; c++) {
            double *row = ring->values + (b * ring->n_channels + c) * ring->n_times;
            size_t at = ring->place;
            for (size_t t = 0; t < n; t++) {
                row[at] = from[c * n + t];
                at = at + 1 < ring->n_times ? at + 1 : 0;
            }
        }
    }
    ring->place = (ring->place + n) % ring->n_times;
done:
    return status;
}

void bci_ring_restart(bci_ring *ring)
{
    for (size_t b = 0; b < ring->n_bands; b++) {
        const bci_ring_band *one = &ring->bands[b];
        if (one->sos != NULL) {
            memset(one->state, 0, 2 * ring->n_channels * one->sos->n_sections * sizeof *one->state);
        }
    }
}

void bci_ring_copy(const bci_ring *ring, double *out)
{
    const size_t n = ring->n_times;
    const size_t before = n - ring->place;
    for (size_t r = 0; r < ring->n_bands * ring->n_channels; r++) {
        const double *row = ring->values + r * n;
        memcpy(out + r * n, row + ring->place, before * sizeof *out);
        memcpy(out + r * n + before, row, ring->place * sizeof *out);
    }
}
