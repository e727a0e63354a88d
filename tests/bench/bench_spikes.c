/* Kernels of spikes and calcium against plain loops over the same memory, in one run.
 *   bench_spikes [n_spikes [n_units]]   default 10000000 spikes, 100 units */
#include "bench.h"

#include <analysis/bin.h>
#include <analysis/calcium.h>
#include <analysis/correlogram.h>
#include <analysis/oasis.h>
#include <analysis/random.h>
#include <analysis/spike_stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Regular enough trains with jitter, ascending, at 20 Hz. */
static ana_spikes *make_spikes(size_t n_spikes, size_t n_units, bool with_ticks)
{
    ana_spikes *spikes = NULL;
    size_t *n = calloc(n_units, sizeof *n);
    for (size_t u = 0; u < n_units; u++) {
        n[u] = n_spikes / n_units;
    }
    stop_on(ana_spikes_new("bench", n_units, n, &spikes));
    free(n);
    ana_random random = ana_random_stream(1, "bench", 0);
    double stop = 0.0;
    for (size_t u = 0; u < n_units; u++) {
        double t = 0.0;
        for (size_t i = spikes->unit_start[u]; i < spikes->unit_start[u + 1]; i++) {
            t += 0.1 * ana_random_uniform(&random);
            spikes->times[i] = with_ticks ? round(t * 30000.0) / 30000.0 : t;
        }
        stop = fmax(stop, t + 1.0);
    }
    if (with_ticks) {
        spikes->tick_rate = 30000.0;
        spikes->ticks = calloc(spikes->n_spikes, sizeof *spikes->ticks);
        for (size_t i = 0; i < spikes->n_spikes; i++) {
            spikes->ticks[i] = (int64_t)round(spikes->times[i] * 30000.0);
        }
    }
    double start = 0.0;
    stop_on(ana_spikes_observe(spikes, 1, &start, &stop));
    return spikes;
}

/* The plain loop: one pass over the times, counts in one row after the other. */
static double count_plainly(const ana_spikes *spikes, double bin_s, size_t n_bins, double *counts)
{
    double began = wall_seconds();
    memset(counts, 0, n_bins * spikes->n_units * sizeof *counts);
    for (size_t u = 0; u < spikes->n_units; u++) {
        for (size_t i = spikes->unit_start[u]; i < spikes->unit_start[u + 1]; i++) {
            size_t k = (size_t)(spikes->times[i] / bin_s);
            counts[k * spikes->n_units + u] += k < n_bins ? 1.0 : 0.0;
        }
    }
    return wall_seconds() - began;
}

static void bench_bins(size_t n_spikes, size_t n_units, bool with_ticks, double bin_s)
{
    ana_spikes *spikes = make_spikes(n_spikes, n_units, with_ticks);
    ana_bin_options options = ana_bin_options_default();
    options.bin_s = bin_s;
    ana_bin_plan *plan = NULL;
    double began = wall_seconds();
    stop_on(ana_bin_plan_new(spikes, NULL, &options, &plan));
    double planned = wall_seconds() - began;
    size_t n_bins = ana_bin_plan_report(plan)->n_bins;
    double *counts = calloc((n_bins + 1) * n_units, sizeof *counts);
    memset(counts, 1, n_bins * n_units * sizeof *counts); /* the pages are there */
    double plain = count_plainly(spikes, bin_s, n_bins, counts);
    began = wall_seconds();
    stop_on(ana_bin_plan_read(plan, 0, n_bins, counts));
    double counted = wall_seconds() - began;
    printf(
        "bin %zu spikes into %zu x %zu, %s, %g s: plan %.1f ms, count %.1f ms (%.2f ns a spike); "
        "plain loop %.1f ms: %.2f of it\n",
        spikes->n_spikes, n_bins, n_units, with_ticks ? "ticks" : "times", bin_s, 1e3 * planned,
        1e3 * counted, 1e9 * counted / (double)spikes->n_spikes, 1e3 * plain, counted / plain);
    free(counts);
    ana_bin_plan_free(plan);
    ana_spikes_free(spikes);
}

static void bench_pairs(void)
{
    ana_spikes *spikes = make_spikes(40000, 2, false);
    ana_correlogram *correlogram = NULL;
    double value = 0.0;
    double began = wall_seconds();
    stop_on(ana_sttc(spikes, 0, 1, 0.01, &value));
    double tiling = wall_seconds() - began;
    began = wall_seconds();
    stop_on(ana_correlogram_compute(spikes, 0, 1, NULL, NULL, &correlogram));
    double pairs = wall_seconds() - began;
    printf("two trains of 20000: tiling %.2f ms, correlogram of +-50 ms %.2f ms\n", 1e3 * tiling,
           1e3 * pairs);
    ana_correlogram_free(correlogram);
    ana_spikes_free(spikes);
}

static void make_trace(size_t n, size_t order, double *y)
{
    double g[2];
    ana_oasis_coefficients(1.0, order == 2 ? 0.1 : 0.0, 30.0, g);
    ana_random random = ana_random_stream(2, "bench.trace", order);
    double before = 0.0;
    double earlier = 0.0;
    for (size_t t = 0; t < n; t++) {
        double c =
            g[0] * before + g[1] * earlier + (ana_random_below(&random, 60) == 0 ? 1.0 : 0.0);
        earlier = before;
        before = c;
        y[t] = 10.0 + c + 0.2 * ana_random_normal(&random);
    }
}

static void bench_oasis(size_t n)
{
    static const char *const methods[] = {"noise", "penalty", "threshold"};
    double *y = calloc(3 * n, sizeof *y);
    for (size_t order = 1; order <= 2; order++) {
        make_trace(n, order, y);
        for (int method = 0; method < 3; method++) {
            ana_oasis_options options = ana_oasis_options_default();
            options.order = order;
            options.method = (ana_oasis_method)method;
            options.baseline = method == 1 ? 10.0 : (double)NAN;
            options.penalty = 1.0;
            ana_oasis_fit fit;
            double began = wall_seconds();
            stop_on(ana_oasis_trace(n, y, 30.0, &options, y + n, y + 2 * n, &fit));
            double seconds = wall_seconds() - began;
            printf("oasis order %zu, %s, %zu samples: %.2f ms, %.0f ns a sample, %zu solutions\n",
                   order, methods[method], n, 1e3 * seconds, 1e9 * seconds / (double)n,
                   fit.n_solutions);
        }
    }
    free(y);
}

static void bench_baseline(size_t n)
{
    double *f = calloc(2 * n, sizeof *f);
    make_trace(n, 2, f);
    for (int kind = 0; kind < 2; kind++) {
        ana_calcium_options options = ana_calcium_options_default();
        options.baseline = (ana_calcium_baseline_kind)kind;
        double began = wall_seconds();
        stop_on(ana_calcium_baseline(n, f, 30.0, &options, f + n));
        double seconds = wall_seconds() - began;
        printf("baseline by %s, window 1800, %zu samples: %.2f ms, %.0f ns a sample\n",
               kind == 0 ? "percentile" : "maximin", n, 1e3 * seconds, 1e9 * seconds / (double)n);
    }
    free(f);
}

int main(int argc, char **argv)
{
    size_t n_spikes = argc > 1 ? (size_t)strtoull(argv[1], NULL, 10) : 10000000;
    size_t n_units = argc > 2 ? (size_t)strtoull(argv[2], NULL, 10) : 100;
    bench_bins(n_spikes, n_units, false, 0.01);
    bench_bins(n_spikes, n_units, true, 0.01);
    bench_bins(n_spikes, n_units, false, 0.2);
    bench_pairs();
    bench_oasis(27000);
    bench_baseline(27000);
    return 0;
}
