/** Stretches of time in which units were observed without a break. */
#ifndef ANALYSIS_INTERNAL_STRETCHES_H
#define ANALYSIS_INTERNAL_STRETCHES_H

#include <analysis/spikes.h>

#include <stddef.h>

/** Most stretches two units can have in common. */
size_t ana_stretches_most(const ana_spikes *spikes, size_t a, size_t b);

/** The time both units (which may be the same) were observed, as ascending stretches [start, stop)
 *  that neither touch nor are empty; `start` and `stop` have room for ana_stretches_most. Returns
 *  how many. */
size_t ana_stretches_common(const ana_spikes *spikes, size_t a, size_t b, double *start,
                            double *stop);

/** Spikes of `unit` in [start, stop): *first ... the returned number of them, counted in the unit's
 *  own train. */
size_t ana_stretch_spikes(const ana_spikes *spikes, size_t unit, double start, double stop,
                          size_t *first);

/** First of the n ascending times that is `from` or later. */
size_t ana_first_at_or_after(size_t n, const double *times, double from);

#endif
