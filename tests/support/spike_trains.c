#include "support/spike_trains.h"

#include "support/check.h"

#include <analysis/random.h>

#include <stdlib.h>
#include <string.h>

ana_spikes *spikes_by_hand(size_t n_units, const size_t *n, const double *times, double start,
                           double stop)
{
    ana_spikes *spikes = NULL;
    check_ok(ana_spikes_new("hand", n_units, n, &spikes));
    if (spikes->n_spikes > 0) {
        memcpy(spikes->times, times, spikes->n_spikes * sizeof *times);
    }
    check_ok(ana_spikes_observe(spikes, 1, &start, &stop));
    return spikes;
}

enum {
    MAX_UNITS = 64,
    MAX_GAPS = 4
};

static void draw_observed(ana_random *random, ana_spikes *spikes, double duration)
{
    size_t row[MAX_UNITS + 1] = {0};
    double start[MAX_UNITS * MAX_GAPS];
    double stop[MAX_UNITS * MAX_GAPS];
    size_t n = 0;
    for (size_t u = 0; u < spikes->n_units; u++) {
        size_t n_here = 2 + ana_random_below(random, MAX_GAPS - 1);
        for (size_t i = 0; i < n_here; i++) {
            double piece = duration / (double)n_here;
            start[n] = ((double)i + 0.1 * ana_random_uniform(random)) * piece;
            stop[n++] = ((double)i + 0.8 + 0.2 * ana_random_uniform(random)) * piece;
        }
        row[u + 1] = n;
    }
    check_ok(ana_spikes_observe_each(spikes, row, start, stop));
}

ana_spikes *spikes_from_seed(uint64_t seed, size_t n_units, double duration)
{
    assert_true(n_units <= MAX_UNITS);
    ana_random random = ana_random_stream(seed, "test.spikes", 0);
    size_t n[MAX_UNITS];
    for (size_t u = 0; u < n_units; u++) {
        n[u] = (size_t)ana_random_poisson(&random, duration * (1.0 + 4.0 * (double)u));
    }
    ana_spikes *spikes = NULL;
    check_ok(ana_spikes_new("seed", n_units, n, &spikes));
    for (size_t i = 0; i < spikes->n_spikes; i++) {
        /* Bursts: a third of the spikes follow the one before closely. */
        bool burst = i > 0 && ana_random_below(&random, 3) == 0;
        double near = i > 0 ? spikes->times[i - 1] + 0.004 * ana_random_exponential(&random) : 0.0;
        spikes->times[i] = burst && near < duration ? near : duration * ana_random_uniform(&random);
    }
    check_ok(ana_spikes_sort(spikes));
    draw_observed(&random, spikes, duration);
    ana_column *quality = NULL;
    check_ok(ana_table_add(spikes->units, "quality", ANA_COLUMN_TEXT, NULL, &quality));
    for (size_t u = 0; u < n_units; u++) {
        check_ok(ana_column_set_text(quality, u, u % 2 == 0 ? "good" : "mua"));
    }
    check_ok(ana_spikes_check(spikes));
    return spikes;
}
