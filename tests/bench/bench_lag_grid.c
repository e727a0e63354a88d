/* The grid of order and lag against the eigenvalue decompositions it has to do, timed alone in the
 * same run by the same solver, and the race against the grid.
 *   bench_lag_grid [trials] [channels] [samples] [max order] [max lag]   default 288 22 500 10 10
 * The floor: decompositions of each size, with vectors and of values alone, as the grid counts
 * them. The whole grid takes a quarter of an hour; 72 trials and lags to 2 say the same in one
 * minute. */
#include "bench.h"
#include "matrix_lanes.h"

#include <analysis/linalg.h>
#include <analysis/models/lag_selection.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Mixed autoregressive sources, of which two have more power in one class or the other. */
static ana_lag_trials draw(size_t n_trials, size_t n_channels, size_t n_times, double *values,
                           size_t *classes)
{
    ana_random random = ana_random_stream(2, "bench", 0);
    double *mixing = bench_doubles(n_channels * n_channels);
    double *source = bench_doubles(n_times);
    for (size_t e = 0; e < n_channels * n_channels; e++) {
        mixing[e] = ana_random_normal(&random);
    }
    for (size_t k = 0; k < n_trials; k++) {
        classes[k] = k % 2;
        for (size_t s = 0; s < n_channels; s++) {
            const double pull = 1.2 + 0.5 * (double)s / (double)n_channels;
            const double gain = s < 2 && classes[k] == s ? 1.15 : 1.0;
            for (size_t t = 0; t < n_times; t++) {
                source[t] = gain * ana_random_normal(&random) +
                            (t < 2 ? 0.0 : pull * source[t - 1] - 0.9 * source[t - 2]);
            }
            for (size_t i = 0; i < n_channels; i++) {
                double *x = values + (k * n_channels + i) * n_times;
                for (size_t t = 0; t < n_times; t++) {
                    x[t] += mixing[i * n_channels + s] * source[t];
                }
            }
        }
    }
    free(mixing);
    free(source);
    return (ana_lag_trials){n_trials, n_channels, n_times, values, classes};
}

/* Seconds of one decomposition of a typical matrix, log C^-1 X C^-T's argument. */
static double measure_eigen(const ana_lag_products *products, const ana_lag_options *options,
                            size_t order, size_t n, bool vectors)
{
    const size_t lanes = n <= ANA_LANES_MAX_N ? ANA_LANES : 1;
    const size_t repeats = 48;
    double *a = bench_doubles(n * n);
    double *mean = bench_doubles(n * n);
    double *eight = bench_doubles(n * n * ANA_LANES);
    double *out = bench_doubles(n * n * ANA_LANES);
    double *room = bench_doubles(4 * n * ANA_LANES);
    double *values = bench_doubles(n * ANA_LANES);
    double seconds = 0.0;
    for (size_t k = 0; k < 16; k++) {
        stop_on(ana_lag_covariance(products, k, order, 1, options, a));
        for (size_t e = 0; e < n * n; e++) {
            mean[e] += a[e] / 16.0;
        }
    }
    stop_on(ana_linalg_cholesky(n, mean, mean));
    for (size_t repeat = 0; repeat < repeats; repeat++) {
        stop_on(ana_lag_covariance(products, repeat % 16, order, 1, options, a));
        stop_on(ana_linalg_solve_lower(n, mean, false, n, a, eight));
        for (size_t e = 0; e < n * n; e++) {
            a[e % n * n + e / n] = eight[e];
        }
        stop_on(ana_linalg_solve_lower(n, mean, false, n, a, a));
        for (size_t k = 0; k < lanes; k++) {
            memcpy(out + k * n * n, a, n * n * sizeof *a);
        }
        ana_lanes_pack(n, lanes > 1 ? lanes : 0, out, eight);
        const double start = cpu_seconds();
        if (lanes > 1) {
            (void)ana_lanes_eigen(n, eight, values, vectors ? out : NULL, room);
        } else {
            stop_on(ana_linalg_eigen_symmetric(n, a, values, vectors ? out : NULL));
        }
        seconds += cpu_seconds() - start;
    }
    free(a);
    free(mean);
    free(eight);
    free(out);
    free(room);
    free(values);
    return seconds / (double)(repeats * lanes);
}

/* What the decompositions alone take. */
static double measure_floor(const ana_lag_products *products, const ana_lag_options *options,
                            const ana_lag_selection *selection, bool print)
{
    double floor_s = 0.0;
    for (size_t order = 1; order <= selection->max_order; order++) {
        const size_t n = order * selection->n_channels;
        const double with = measure_eigen(products, options, order, n, true);
        const double without =
            selection->n_values[order] > 0 ? measure_eigen(products, options, order, n, false) : 0;
        floor_s += with * (double)selection->n_vectors[order] +
                   without * (double)selection->n_values[order];
        if (print) {
            printf("  %3zu rows: %7zu with vectors of %7.3f ms, %6zu of values of %7.3f ms\n", n,
                   selection->n_vectors[order], 1e3 * with, selection->n_values[order],
                   1e3 * without);
        }
    }
    return floor_s;
}

static ana_lag_selection *run(ana_lag_products *products, const ana_lag_options *options,
                              const char *what, bool print)
{
    ana_lag_selection *selection = NULL;
    const double start = cpu_seconds();
    stop_on(ana_lag_selection_fit(products, NULL, 0, NULL, options, &selection));
    const double seconds = cpu_seconds() - start;
    const double floor_s = measure_floor(products, options, selection, print);
    const ana_lag_pair *best = &selection->pairs[selection->best];
    printf("%-10s %8.2f s  floor %8.2f s  %5.2f   order %zu, lag %zu: %.4f\n", what, seconds,
           floor_s, seconds / floor_s, best->order, best->lag, best->mean);
    return selection;
}

static void print_agreement(const ana_lag_selection *full, const ana_lag_selection *race)
{
    const ana_lag_pair *chosen = &race->pairs[race->best];
    size_t n_above = 0;
    for (size_t p = 0; p < full->n_pairs; p++) {
        n_above += full->pairs[p].mean > full->pairs[race->best].mean ? 1 : 0;
    }
    printf("the race chose order %zu, lag %zu: %s; %zu of %zu pairs score higher, the best by "
           "%.4f\n",
           chosen->order, chosen->lag, full->best == race->best ? "that of the grid" : "another",
           n_above, full->n_pairs, full->pairs[full->best].mean - full->pairs[race->best].mean);
}

int main(int argc, char **argv)
{
    size_t sizes[] = {288, 22, 500, 10, 10};
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < argc && i <= 5; i++) {
        sizes[i - 1] = strtoul(argv[i], NULL, 10);
    }
    double *values = bench_doubles(sizes[0] * sizes[1] * sizes[2]);
    size_t *classes = calloc(sizes[0], sizeof *classes);
    ana_lag_options options = ana_lag_options_default();
    ana_lag_products *products = NULL;
    if (classes == NULL) {
        return 1;
    }
    const ana_lag_trials trials = draw(sizes[0], sizes[1], sizes[2], values, classes);
    options.run.n_threads = 1;
    options.max_order = sizes[3];
    options.max_lag = sizes[4];
    printf("%zu trials of %zu channels and %zu samples, orders to %zu, lags to %zu\n", sizes[0],
           sizes[1], sizes[2], sizes[3], sizes[4]);
    const double start = cpu_seconds();
    stop_on(ana_lag_products_new(&trials, &options, &products));
    printf("products   %8.2f s\n", cpu_seconds() - start);
    options.race = true;
    ana_lag_selection *race = run(products, &options, "race", false);
    options.race = false;
    ana_lag_selection *full = run(products, &options, "grid", true);
    print_agreement(full, race);
    options.classifier = ANA_LAG_MDM;
    ana_lag_selection_free(race);
    race = run(products, &options, "grid, mdm", false);
    ana_lag_selection_free(race);
    ana_lag_selection_free(full);
    ana_lag_products_free(products);
    free(values);
    free(classes);
    return 0;
}
