/* Eigenvectors of small matrices, eight side by side, against LAPACK one by one and against a
 * matrix product, in the same run.
 *   bench_matrix_lanes [matrices]   default 512
 * The floor: 9 n^3 operations (the tridiagonal form, its vectors, QL) at the product's speed. */
#include "bench.h"
#include "matrix_lanes.h"

#include <analysis/linalg.h>
#include <analysis/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void draw(size_t n, size_t n_matrices, double *matrices)
{
    ana_random random = ana_random_stream(1, "bench", 0);
    for (size_t k = 0; k < n_matrices; k++) {
        double *a = matrices + k * n * n;
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j <= i; j++) {
                a[i * n + j] = a[j * n + i] = ana_random_normal(&random) + (i == j ? 4.0 : 0.0);
            }
        }
    }
}

/* Seconds a matrix. */
static double by_lapack(size_t n, size_t n_matrices, const double *matrices, double *values,
                        double *vectors)
{
    const double start = cpu_seconds();
    for (size_t k = 0; k < n_matrices; k++) {
        if (ana_linalg_eigen_symmetric(n, matrices + k * n * n, values, vectors) != ANA_OK) {
            exit(1);
        }
    }
    return (cpu_seconds() - start) / (double)n_matrices;
}

static double by_lanes(size_t n, size_t n_matrices, const double *matrices, bool with_vectors)
{
    double *lanes = bench_doubles(ana_lanes_size(n));
    double *vectors = bench_doubles(ana_lanes_size(n));
    double *values = bench_doubles(n * ANA_LANES);
    double *room = bench_doubles(3 * n * ANA_LANES);
    const double start = cpu_seconds();
    for (size_t k = 0; k < n_matrices; k += ANA_LANES) {
        ana_lanes_pack(n, ANA_LANES, matrices + k * n * n, lanes);
        if (!ana_lanes_eigen(n, lanes, values, with_vectors ? vectors : NULL, room)) {
            exit(1);
        }
    }
    const double seconds = (cpu_seconds() - start) / (double)n_matrices;
    free(lanes);
    free(vectors);
    free(values);
    free(room);
    return seconds;
}

/* Seconds of n^3 operations in a product as large. */
static double by_product(size_t n, size_t n_matrices, const double *matrices, double *out)
{
    const double start = cpu_seconds();
    for (size_t k = 0; k < n_matrices; k++) {
        if (ana_linalg_multiply(n, n, n, matrices, matrices + k * n * n, out) != ANA_OK) {
            exit(1);
        }
    }
    return (cpu_seconds() - start) / (double)n_matrices / 2.0;
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {8, 16, 22, 32, 48, 64, 96};
    const size_t n_matrices =
        ((argc > 1 ? strtoul(argv[1], NULL, 10) : 512) + ANA_LANES - 1) / ANA_LANES * ANA_LANES;
    printf("   n   floor  lanes (of floor)  values   LAPACK vectors, values   us a matrix\n");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const size_t n = sizes[i];
        double *matrices = bench_doubles(n_matrices * n * n);
        double *values = bench_doubles(n);
        double *vectors = bench_doubles(n * n);
        draw(n, n_matrices, matrices);
        const double cube = by_product(n, n_matrices, matrices, vectors);
        const double both = by_lanes(n, n_matrices, matrices, true);
        const double alone = by_lanes(n, n_matrices, matrices, false);
        const double theirs = by_lapack(n, n_matrices, matrices, values, vectors);
        const double their_values = by_lapack(n, n_matrices, matrices, values, NULL);
        printf("%4zu %7.1f %7.1f (%4.2f) %11.1f %11.1f %10.1f\n", n, 9e6 * cube, 1e6 * both,
               both / (9.0 * cube), 1e6 * alone, 1e6 * theirs, 1e6 * their_values);
        free(matrices);
        free(values);
        free(vectors);
    }
    return 0;
}
