/* Means, distances and tangent vectors of covariances against the operations they take at the speed
 * of a matrix product of the same run.
 *   bench_spd [matrices] [rows]   default 1000 64
 * The floor: for each matrix 12 n^3 operations a step of the mean (whitening 2, eigenvectors 9, the
 * sum of logarithms 1), 5 of a distance (whitening 2, eigenvalues 3), 16 of a tangent vector. */
#include "bench.h"

#include <analysis/linalg.h>
#include <analysis/models/spd_map.h>
#include <analysis/models/spd_mean.h>
#include <analysis/random.h>

#include <stdio.h>
#include <stdlib.h>

/* Covariances of 4 n samples of mixed noise. */
static double *draw(size_t n_matrices, size_t n)
{
    ana_random random = ana_random_stream(1, "bench", 0);
    double *out = bench_doubles(n_matrices * n * n);
    double *x = bench_doubles(4 * n * n);
    for (size_t k = 0; k < n_matrices; k++) {
        for (size_t i = 0; i < 4 * n * n; i++) {
            x[i] = ana_random_normal(&random) * (1.0 + (double)(i % n % 7));
        }
        stop_on(ana_linalg_gram(4 * n, n, x, out + k * n * n));
    }
    free(x);
    return out;
}

/* Seconds of n^3 operations. */
static double measure_cube(size_t n, const double *matrices)
{
    double *out = bench_doubles(n * n);
    const double start = cpu_seconds();
    for (size_t k = 0; k < 200; k++) {
        stop_on(ana_linalg_multiply(n, n, n, matrices, matrices, out));
    }
    free(out);
    return (cpu_seconds() - start) / 200.0 / 2.0;
}

static void print_row(const char *what, double seconds, double floor_s)
{
    printf("%-24s %8.3f s  floor %7.3f s  %5.2f\n", what, seconds, floor_s, seconds / floor_s);
}

int main(int argc, char **argv)
{
    const size_t n_matrices = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
    const size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 64;
    double *matrices = draw(n_matrices, n);
    double *mean = bench_doubles(n * n);
    double *out = bench_doubles(n_matrices * n * (n + 1));
    const ana_spd_set set = {n, false, n_matrices, matrices};
    const ana_spd_set four = {n, false, 4, matrices};
    const double cube = measure_cube(n, matrices) * (double)n_matrices;
    ana_spd_mean_options options = ana_spd_mean_options_default();
    ana_spd_mean_info info;
    ana_spd_distance_options distances = ana_spd_distance_options_default();
    options.run.n_threads = 1;
    options.tolerance = 1e-8;
    distances.run.n_threads = 1;
    printf("%zu matrices of %zu rows\n", n_matrices, n);
    double start = cpu_seconds();
    stop_on(ana_spd_mean(&set, NULL, &options, &info, mean));
    print_row("riemannian mean", cpu_seconds() - start,
              12.0 * cube * (double)(info.n_iterations + 1));
    printf("  %zu steps to %.1e\n", info.n_iterations, info.residual);
    start = cpu_seconds();
    stop_on(ana_spd_distances(&set, &four, &distances, out));
    print_row("distances to 4", cpu_seconds() - start, 4.0 * 5.0 * cube);
    start = cpu_seconds();
    stop_on(ana_spd_to_vectors(&set, mean, &options.run, out));
    print_row("tangent vectors", cpu_seconds() - start, 16.0 * cube);
    free(matrices);
    free(mean);
    free(out);
    return 0;
}
