/* Maps of a functional network beside the products it cannot do without, in one run.
 *   bench_networks [signals] [times]   default 20000 190 */
#include "bench.h"

#include <analysis/linalg.h>
#include <analysis/models/functional_network.h>
#include <analysis/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

/* Seconds that one thread takes for the products of all pairs i < j, from one large product. */
static double time_products(size_t n, size_t n_times, const double *values)
{
    enum {
        BLOCK = 512
    };
    double *out = malloc((size_t)BLOCK * BLOCK * sizeof *out);
    const ana_gemm shape = {
        .n_rows = BLOCK, .n_inner = n_times, .n_columns = BLOCK, .transpose_b = true, .alpha = 1.0};
    double best = 1e9;
    if (out == NULL || n < BLOCK) {
        fprintf(stderr, "give at least %d signals\n", BLOCK);
        exit(1);
    }
    for (size_t k = 0; k < 20; k++) {
        const double start = cpu_seconds();
        stop_on(ana_linalg_gemm(&shape, values, values, out));
        const double seconds = cpu_seconds() - start;
        best = seconds < best ? seconds : best;
    }
    free(out);
    return best / ((double)BLOCK * BLOCK) * ((double)n * ((double)n - 1.0) / 2.0);
}

int main(int argc, char **argv)
{
    const size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
    const size_t n_times = argc > 2 ? strtoul(argv[2], NULL, 10) : 190;
    ana_observations *observations = NULL;
    ana_functional_maps *maps = NULL;
    ana_functional_options options = ana_functional_options_default();
    ana_random random = ana_random_stream(1, "bench", 0);
    struct rusage used;
    options.run.n_threads = 1;
    options.threshold = 0.12; /* about a tenth of the pairs of noise of 190 samples */
    stop_on(ana_observations_new(n_times, n, &observations));
    for (size_t k = 0; k < n * n_times; k++) {
        observations->values[k] = ana_random_normal(&random);
    }
    const double floor = time_products(n, n_times, observations->values);
    const double start = cpu_seconds();
    stop_on(ana_functional_maps_new(observations, NULL, &options, &maps));
    const double seconds = cpu_seconds() - start;
    getrusage(RUSAGE_SELF, &used);
    printf("%zu signals, %zu times: %zu edges, %.2f s, %.2f times the %.2f s of the products of "
           "all pairs, %ld MB\n",
           n, n_times, maps->n_edges, seconds, seconds / floor, floor, used.ru_maxrss / 1024);
    ana_functional_maps_free(maps);
    ana_observations_free(observations);
    return 0;
}
