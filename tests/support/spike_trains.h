/** Spikes for tests: by hand, or irregular ones from a seed. */
#ifndef TESTS_SUPPORT_SPIKE_TRAINS_H
#define TESTS_SUPPORT_SPIKE_TRAINS_H

#include <analysis/spikes.h>

#include <stddef.h>
#include <stdint.h>

/** n_units units with n[u] spikes each, `times` one after the other; every unit observed in
 *  [start, stop). */
ana_spikes *spikes_by_hand(size_t n_units, const size_t *n, const double *times, double start,
                           double stop);

/** Bursty units of different rates over `duration` seconds, each observed in its own two to four
 *  intervals between gaps; spikes in the gaps too. Every other unit has the quality "good". */
ana_spikes *spikes_from_seed(uint64_t seed, size_t n_units, double duration);

#endif
