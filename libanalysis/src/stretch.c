#include "stretch.h"

#include <string.h>

void ana_stretch_reach(size_t n_times, bool reflect, ptrdiff_t from, ptrdiff_t to, size_t *first,
                       size_t *n)
{
    const ptrdiff_t last = (ptrdiff_t)n_times - 1;
    ptrdiff_t low = from > 0 ? from : 0;
    ptrdiff_t high = to < last ? to : last;
    if (reflect && from < 0 && -from > high) {
        high = -from < last ? -from : last;
    }
    if (reflect && to > last && 2 * last - to < low) {
        low = 2 * last - to > 0 ? 2 * last - to : 0;
    }
    *first = (size_t)low;
    *n = (size_t)(high - low + 1);
}

static double beyond(const ana_stretch *stretch, bool reflect, ptrdiff_t place)
{
    const ptrdiff_t last = (ptrdiff_t)stretch->n_times - 1;
    const ptrdiff_t edge = place < 0 ? 0 : last;
    const ptrdiff_t mirrored = 2 * edge - place;
    if (!reflect || mirrored < 0 || mirrored > last) {
        return 0.0;
    }
    return 2.0 * stretch->x[(size_t)edge - stretch->first] -
           stretch->x[(size_t)mirrored - stretch->first];
}

void ana_stretch_load(const ana_stretch *stretch, bool reflect, ptrdiff_t from, size_t n,
                      double *out)
{
    size_t i = 0;
    for (; i < n && from + (ptrdiff_t)i < 0; i++) {
        out[i] = beyond(stretch, reflect, from + (ptrdiff_t)i);
    }
    const size_t place = (size_t)(from + (ptrdiff_t)i);
    if (i < n && place < stretch->n_times) {
        const size_t held = stretch->n_times - place;
        const size_t inside = n - i < held ? n - i : held;
        memcpy(out + i, stretch->x + (place - stretch->first), inside * sizeof *out);
        i += inside;
    }
    for (; i < n; i++) {
        out[i] = beyond(stretch, reflect, from + (ptrdiff_t)i);
    }
}
