/* Dynamical similarity against what it cannot do without, in the same run: the embedding against
 * one singular value decomposition of it, a search against the products that its points ask for.
 *   bench_dsa [rank] [units] [delays] [samples]   default 10 50 10 20000 */
#include "bench.h"

#include <analysis/linalg.h>
#include <analysis/models/dsa.h>
#include <analysis/random.h>

#include <stdio.h>
#include <stdlib.h>

static double *draw(size_t n, uint64_t item)
{
    ana_random random = ana_random_stream(1, "bench", item);
    double *out = malloc(n * sizeof *out);
    for (size_t i = 0; i < n && out != NULL; i++) {
        out[i] = ana_random_normal(&random);
    }
    if (out == NULL) {
        exit(1);
    }
    return out;
}

/* A point of a search is eight products and one inverse of rank x rank: the time of one. */
static double point_s(size_t n, const double *a, const double *b)
{
    const size_t repeats = 2000;
    double *out = draw(n * n, 3);
    double *one = draw(n * n, 4);
    const double start = cpu_seconds();
    for (size_t k = 0; k < repeats; k++) {
        for (size_t p = 0; p < 8; p++) {
            stop_on(ana_linalg_multiply(n, n, n, a, b, out));
        }
        stop_on(ana_linalg_solve(n, a, n, one, out, NULL));
    }
    const double seconds = (cpu_seconds() - start) / (double)repeats;
    free(out);
    free(one);
    return seconds;
}

static void measure_search(size_t rank)
{
    double *a = draw(rank * rank, 1);
    double *b = draw(rank * rank, 2);
    ana_dsa_options options = ana_dsa_options_default();
    ana_dsa_match match;
    options.run.n_threads = 1;
    options.n_starts = 100;
    options.n_agreeing = 1;
    const double start = cpu_seconds();
    stop_on(ana_dsa_match_dynamics(rank, a, b, &options, NULL, &match));
    const double seconds = (cpu_seconds() - start) / (double)match.n_starts;
    const double point = point_s(rank, a, b);
    printf("  a search of rank %zu: %.3f ms, of %.1f us a point: %.0f points' worth; %zu of %zu "
           "agree on %.6f\n",
           rank, 1e3 * seconds, 1e6 * point, seconds / point, match.n_agreeing, match.n_starts,
           match.distance);
    free(a);
    free(b);
}

static void measure_fit(size_t rank, size_t n_units, size_t n_delays, size_t n_samples)
{
    ana_observations *rows = NULL;
    ana_dsa_system *system = NULL;
    ana_dsa_options options = ana_dsa_options_default();
    const size_t n_rows = n_samples - n_delays + 1;
    const size_t n_columns = n_units * n_delays;
    double *x = draw(n_rows * n_columns, 5);
    double *u = draw(n_rows * n_columns, 6);
    double *s = draw(n_columns, 7);
    double *vt = draw(n_columns * n_columns, 8);
    stop_on(ana_observations_new(n_samples, n_units, &rows));
    for (size_t i = 0; i < n_samples * n_units; i++) {
        rows->values[i] = x[i];
    }
    options.n_delays = n_delays;
    options.rank = rank;
    options.run.n_threads = 1;
    double start = cpu_seconds();
    stop_on(ana_linalg_svd(n_rows, n_columns, x, u, s, vt));
    const double whole = cpu_seconds() - start;
    start = cpu_seconds();
    stop_on(ana_dsa_fit(rows, NULL, &options, &system));
    const double seconds = cpu_seconds() - start;
    printf("  dynamics of %zu x %zu rows: %.3f s, %.2f of one decomposition, %.3f s\n", n_rows,
           n_columns, seconds, seconds / whole, whole);
    ana_dsa_system_free(system);
    ana_observations_free(rows);
    free(x);
    free(u);
    free(s);
    free(vt);
}

int main(int argc, char **argv)
{
    const size_t rank = argc > 1 ? strtoul(argv[1], NULL, 10) : 10;
    const size_t n_units = argc > 2 ? strtoul(argv[2], NULL, 10) : 50;
    const size_t n_delays = argc > 3 ? strtoul(argv[3], NULL, 10) : 10;
    const size_t n_samples = argc > 4 ? strtoul(argv[4], NULL, 10) : 20000;
    printf("dynamical similarity, one thread\n");
    measure_fit(rank, n_units, n_delays, n_samples);
    measure_search(rank);
    return 0;
}
