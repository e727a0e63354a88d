/* Connectivity of many channels against its floor in the same run: one transform a channel and
 * window (the time of Welch's spectra), and the products of pairs at a matrix product's speed.
 *   bench_connectivity [channels] [seconds]   default 64 and 300, at 160 Hz */
#include "bench.h"

#include <analysis/connectivity.h>
#include <analysis/linalg.h>
#include <analysis/random.h>
#include <analysis/spectrum.h>

#include <stdio.h>
#include <stdlib.h>

static const double rate = 160.0;

/* Operations a second of a product of two n x n matrices. */
static double product_speed(void)
{
    enum {
        N = 512
    };
    double *a = bench_doubles((size_t)3 * N * N);
    for (size_t i = 0; i < (size_t)2 * N * N; i++) {
        a[i] = (double)(i % 97);
    }
    double *b = a + (size_t)N * N;
    stop_on(ana_linalg_multiply(N, N, N, a, b, b + (size_t)N * N));
    const double start = cpu_seconds();
    stop_on(ana_linalg_multiply(N, N, N, a, b, b + (size_t)N * N));
    const double seconds = cpu_seconds() - start;
    free(a);
    return 2.0 * N * N * N / seconds;
}

int main(int argc, char **argv)
{
    const size_t n_channels = argc > 1 ? (size_t)atoi(argv[1]) : 64;
    const double seconds = argc > 2 ? atof(argv[2]) : 300.0;
    const size_t n_times = (size_t)(seconds * rate);
    double *x = bench_doubles(n_channels * n_times);
    ana_random random = ana_random_stream(1, "bench", 0);
    for (size_t i = 0; i < n_channels * n_times; i++) {
        x[i] = ana_random_normal(&random);
    }
    ana_spectrum_options spectrum = ana_spectrum_options_default();
    ana_matrix *found = NULL;
    size_t *n_windows = calloc(n_channels * n_channels, sizeof *n_windows);
    spectrum.window_s = 1.0;
    spectrum.run.n_threads = 1;
    double start = cpu_seconds();
    stop_on(ana_spectrum(&spectrum, rate, n_channels, n_times, x, n_windows, &found));
    const double transforms = cpu_seconds() - start;
    const double bins = (double)found->axes[1].n;
    const double pairs = 0.5 * (double)n_channels * ((double)n_channels - 1.0);
    const double products = 8.0 * pairs * bins * (double)n_windows[0];
    const double speed = product_speed();
    ana_matrix_free(found);
    printf("%zu channels, %zu windows, %g frequencies\n", n_channels, n_windows[0], bins);
    printf("transforms %.3f s, products at %.1f Gflop/s %.3f s\n", transforms, speed * 1e-9,
           products / speed);
    for (int m = 0; ana_connectivity_names[m] != NULL; m++) {
        ana_connectivity_options options = ana_connectivity_options_default();
        options.measure = (ana_connectivity_measure)m;
        options.run.n_threads = 1;
        start = cpu_seconds();
        stop_on(ana_connectivity(&options, rate, n_channels, n_times, x, NULL, &found));
        const double own = cpu_seconds() - start;
        printf("%-20s %.3f s, %.2f of the floor\n", ana_connectivity_names[m], own,
               own / (transforms + products / speed));
        ana_matrix_free(found);
    }
    free(n_windows);
    free(x);
    return 0;
}
