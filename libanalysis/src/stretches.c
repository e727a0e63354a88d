#include "stretches.h"

#include <math.h>

size_t ana_first_at_or_after(size_t n, const double *times, double from)
{
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (times[middle] < from) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t ana_stretches_most(const ana_spikes *spikes, size_t a, size_t b)
{
    const size_t *row = spikes->observed_row;
    return (row[a + 1] - row[a]) + (row[b + 1] - row[b]);
}

size_t ana_stretches_common(const ana_spikes *spikes, size_t a, size_t b, double *start,
                            double *stop)
{
    const size_t *row = spikes->observed_row;
    size_t i = row[a];
    size_t j = row[b];
    size_t n = 0;
    while (i < row[a + 1] && j < row[b + 1]) {
        double from = fmax(spikes->observed_start[i], spikes->observed_start[j]);
        double to = fmin(spikes->observed_stop[i], spikes->observed_stop[j]);
        if (from < to && n > 0 && from <= stop[n - 1]) {
            stop[n - 1] = to;
        } else if (from < to) {
            start[n] = from;
            stop[n++] = to;
        }
        if (spikes->observed_stop[i] < spikes->observed_stop[j]) {
            i++;
        } else {
            j++;
        }
    }
    return n;
}

size_t ana_stretch_spikes(const ana_spikes *spikes, size_t unit, double start, double stop,
                          size_t *first)
{
    const double *times = spikes->times + spikes->unit_start[unit];
    size_t n = spikes->unit_start[unit + 1] - spikes->unit_start[unit];
    *first = ana_first_at_or_after(n, times, start);
    return ana_first_at_or_after(n, times, stop) - *first;
}
