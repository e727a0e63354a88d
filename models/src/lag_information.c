/* Mutual information of a series with itself. */
#include "lag_embedding_parts.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Whether n sorted values fill their range evenly: chi-squared of halves (10 to 19 values) or
 * quarters at p = 0.1; fewer values are taken to. */
static bool is_uniform(size_t n, const ana_placed *sorted)
{
    const size_t n_parts = n < 20 ? 2 : 4;
    const double critical = n < 20 ? 2.706 : 6.251;
    const double width = (sorted[n - 1].value - sorted[0].value) / (double)n_parts;
    const double expected = rint((double)n / (double)n_parts);
    double sum = 0.0;
    size_t first = 0;
    if (n < 10) {
        return true;
    }
    for (size_t part = 1; part <= n_parts && first < n; part++) {
        const double limit = sorted[0].value + (double)part * width;
        size_t next = first;
        while (next < n && sorted[next].value <= limit) {
            next++;
        }
        const double excess = (double)(next - first) - expected;
        sum += excess * excess / expected;
        first = next;
    }
    return sum < critical;
}

size_t embedding_bisect(size_t n, const ana_placed *sorted, size_t *bins, double *edges)
{
    size_t
        ends[64]; /* of the stretches still to do, the nearest last: each half of the one before */
    size_t n_ends = 1;
    size_t first = 0;
    size_t n_bins = 0;
    ends[0] = n;
    edges[0] = sorted[0].value;
    while (n_ends > 0) {
        const size_t length = ends[n_ends - 1] - first;
        if (is_uniform(length, sorted + first)) {
            bins[n_bins++] = length;
            first = ends[--n_ends];
            edges[n_bins] = sorted[first - 1].value;
        } else {
            ends[n_ends++] = first + length / 2;
        }
    }
    return n_bins;
}

/* The bin of a value: the first whose upper edge it does not pass; the last holds the rest. */
static size_t find_bin(size_t n_bins, const double *edges, double value)
{
    size_t low = 0;
    size_t high = n_bins - 1;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (value > edges[middle + 1]) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* What the delays of a series share. */
typedef struct partition {
    size_t n; /* values */
    size_t n_bins;
    const ana_placed *sorted;
    const size_t *bins;
    const double *edges;
    size_t *counts; /* room: n_bins */
} partition;

static partition divide(const embedding_room *room, size_t n, const double *x)
{
    for (size_t i = 0; i < n; i++) {
        room->sorted[i] = (ana_placed){x[i], i};
    }
    qsort(room->sorted, n, sizeof *room->sorted, ana_compare_rising);
    const size_t n_bins = embedding_bisect(n, room->sorted, room->bin, room->edges);
    return (partition){n, n_bins, room->sorted, room->bin, room->edges, room->counts};
}

static double information(const partition *of, const double *x, size_t delay)
{
    const double n = (double)of->n;
    double sum = 0.0;
    size_t first = 0;
    for (size_t row = 0; row < of->n_bins; row++) {
        const size_t here = of->bins[row];
        memset(of->counts, 0, of->n_bins * sizeof *of->counts);
        for (size_t i = first; i < first + here; i++) {
            of->counts[find_bin(of->n_bins, of->edges, x[of->sorted[i].index + delay])]++;
        }
        for (size_t column = 0; column < of->n_bins; column++) {
            const double both = (double)of->counts[column];
            if (both > 0.0) {
                sum += both / n * log2(both * n / ((double)here * (double)of->bins[column]));
            }
        }
        first += here;
    }
    return sum;
}

size_t embedding_first_minimum(const embedding_room *room, size_t n_times, const double *x,
                               size_t n_delays)
{
    const partition of = divide(room, n_times - n_delays, x);
    double here = information(&of, x, 1);
    for (size_t delay = 1; delay + 1 < n_delays; delay++) {
        const double next = information(&of, x, delay + 1);
        if (!(next < here)) {
            return delay;
        }
        here = next;
    }
    return n_delays;
}

ana_status ana_lag_information(size_t n_times, const double *x, size_t n_delays, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    embedding_room room = {0};
    if (n_delays >= n_times) {
        return ana_fail(ANA_ERR_VALUE, "mutual information: %zu delays of %zu samples", n_delays,
                        n_times);
    }
    for (size_t t = 0; t < n_times; t++) {
        if (!isfinite(x[t])) {
            return ana_fail(ANA_ERR_VALUE, "mutual information: sample %zu is not finite", t);
        }
    }
    room.sorted = ana_workspace_bytes(&workspace, n_times, 1, sizeof *room.sorted);
    room.bin = ana_workspace_sizes(&workspace, n_times, 1);
    room.edges = ana_workspace_doubles(&workspace, n_times + 1, 1);
    room.counts = ana_workspace_sizes(&workspace, n_times, 1);
    ANA_TRY(ana_workspace_check(&workspace, "mutual information"));
    const partition of = divide(&room, n_times - n_delays, x);
    for (size_t delay = 1; delay <= n_delays; delay++) {
        out[delay - 1] = information(&of, x, delay);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
