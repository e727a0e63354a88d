/* Iterations of the factorisation against the limits of the machine in the same run: reading the
 * tensor once (stream), and the products an iteration cannot do without (GEMM).
 *   bench_ntf [neurons] [times] [rank] [iterations]   default 150 1600 12 100
 * Tensors that would be larger than 2 GB are factorised without being made, alone; the memory that
 * took is printed. */
#include "bench.h"

#include <analysis/linalg.h>
#include <analysis/models/ntf.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static double *room(size_t n)
{
    double *values = malloc(n * sizeof *values);
    if (values == NULL) {
        fprintf(stderr, "no memory for %zu numbers\n", n);
        exit(1);
    }
    for (size_t k = 0; k < n; k++) {
        values[k] = 1.0;
    }
    return values;
}

static ana_affinity *make_affinity(size_t n, size_t n_times)
{
    ana_random random = ana_random_stream(1, "bench", 0);
    ana_observations *observations = NULL;
    ana_affinity *affinity = NULL;
    stop_on(ana_observations_new(n_times, n, &observations));
    observations->bin_s = 0.6;
    for (size_t t = 0; t < n_times; t++) {
        for (size_t i = 0; i < n; i++) {
            const size_t k = t * n + i;
            const double before = t > 0 ? observations->values[k - n] : 0.0;
            observations->values[k] =
                0.95 * before + sin(0.01 * (double)(t * (1 + i % 5))) + ana_random_normal(&random);
        }
    }
    stop_on(ana_affinity_new(observations, NULL, &affinity));
    ana_observations_free(observations);
    return affinity;
}

/* Least of three: the sum of all values. */
static double stream(size_t n, const double *values)
{
    double least = INFINITY;
    double total = 0.0;
    for (size_t k = 0; k < 3; k++) {
        double sums[8] = {0.0};
        const double start = cpu_seconds();
        for (size_t i = 0; i + 8 <= n; i += 8) {
            for (size_t q = 0; q < 8; q++) {
                sums[q] += values[i + q];
            }
        }
        least = fmin(least, cpu_seconds() - start);
        total += sums[0];
    }
    return total >= 0.0 ? least : 0.0;
}

/* Least of three: one product of the unfolded tensor (rows x times) with `columns` columns, and one
 * of its transpose. */
static double products(size_t n_rows, size_t n_times, size_t n_columns, const double *values)
{
    double *right = room(n_times * n_columns);
    double *left = room(n_rows * n_columns);
    const ana_gemm back = {.n_rows = n_times,
                           .n_inner = n_rows,
                           .n_columns = n_columns,
                           .transpose_a = true,
                           .alpha = 1e-9};
    double least = INFINITY;
    for (size_t k = 0; k < 3; k++) {
        const double start = cpu_seconds();
        stop_on(ana_linalg_multiply(n_rows, n_times, n_columns, values, right, left));
        stop_on(ana_linalg_gemm(&back, values, left, right));
        least = fmin(least, cpu_seconds() - start);
    }
    free(right);
    free(left);
    return least;
}

static double iterate(const ana_tensor *tensor, size_t rank, size_t n_restarts, size_t n_iterations,
                      double *error)
{
    ana_ntf_options options = ana_ntf_options_default();
    ana_ntf *ntf = NULL;
    options.rank = rank;
    options.n_restarts = n_restarts;
    options.max_iterations = n_iterations;
    options.tolerance = 0.0;
    options.run.n_threads = 1;
    const double start = cpu_seconds();
    stop_on(ana_ntf_fit(tensor, &options, &ntf));
    const double seconds = cpu_seconds() - start;
    *error = ntf->relative_error;
    ana_ntf_free(ntf);
    return seconds;
}

static void report(const char *what, double seconds, size_t n_iterations, double floor,
                   const char *of, double error)
{
    printf("%-34s %9.3f s, %8.5f s an iteration, %5.2f times %s (%.5f s), error %.9f\n", what,
           seconds, seconds / (double)n_iterations, seconds / (double)n_iterations / floor, of,
           floor, error);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    const size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 150;
    const size_t n_times = argc > 2 ? strtoul(argv[2], NULL, 10) : 1600;
    const size_t rank = argc > 3 ? strtoul(argv[3], NULL, 10) : 12;
    const size_t n_iterations = argc > 4 ? strtoul(argv[4], NULL, 10) : 100;
    const size_t lengths[] = {n, n, n_times};
    ana_affinity *affinity = make_affinity(n, n_times);
    ana_tensor *tensor = NULL;
    double error = 0.0;
    double *few = room(n_times * n);
    /* Implicit: the products are of T x N arrays, five for the mode of time and five each for the
     * modes of neurons. */
    const double small = 7.5 * products(n_times, n, rank, few);
    const double small10 = 7.5 * products(n_times, n, 10 * rank < 128 ? 10 * rank : 128, few);
    stop_on(ana_tensor_affinity(affinity, &tensor));
    double seconds = iterate(tensor, rank, 1, n_iterations, &error);
    report("implicit", seconds, n_iterations, small, "GEMM", error);
    seconds = iterate(tensor, rank, 10, n_iterations, &error);
    report("implicit, 10 restarts", seconds, n_iterations, small10, "GEMM", error);
    ana_tensor_free(tensor);
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("peak memory so far %.0f MiB\n", (double)used.ru_maxrss / 1024.0);
    if ((double)n * (double)n * (double)n_times * sizeof(double) > 2e9) {
        ana_affinity_free(affinity);
        free(few);
        return 0;
    }
    const ana_affinity *animals[] = {affinity, affinity, affinity};
    double *values = room(n * n * n_times);
    stop_on(ana_affinity_materialise(affinity, NULL, true, values));
    const size_t n_pairs = ana_affinity_n_pairs(n);
    double floor = products(n_pairs, n_times, rank, values);
    stop_on(ana_tensor_pairs(n, n_times, values, NULL, &tensor));
    seconds = iterate(tensor, rank, 1, n_iterations, &error);
    report("packed pairs", seconds, n_iterations, floor, "GEMM", error);
    ana_tensor_free(tensor);
    /* Three animals: three such arrays, whose rows are made as they are needed. */
    const size_t n_together = 8 * rank < 96 ? 8 * rank : 96;
    const size_t n_few = n_iterations < 10 ? n_iterations : 10;
    floor = 3.0 * products(n_pairs, n_times, n_together, values);
    stop_on(ana_tensor_animals(3, animals, NULL, &tensor));
    seconds = iterate(tensor, rank, n_together / rank, n_few, &error);
    report("three animals, restarts together", seconds, n_few, floor, "GEMM", error);
    ana_tensor_free(tensor);
    stop_on(ana_affinity_materialise(affinity, NULL, false, values));
    floor = products(n * n, n_times, rank, values);
    stop_on(ana_tensor_dense(3, lengths, values, NULL, NULL, &tensor));
    seconds = iterate(tensor, rank, 1, n_iterations, &error);
    report("whole", seconds, n_iterations, floor, "GEMM", error);
    report("whole", seconds, n_iterations, 2.0 * stream(n * n * n_times, values), "two streams",
           error);
    ana_tensor_free(tensor);
    float *floats = malloc(n * n * n_times * sizeof *floats);
    for (size_t k = 0; floats != NULL && k < n * n * n_times; k++) {
        floats[k] = (float)values[k];
    }
    if (floats == NULL) {
        fprintf(stderr, "no memory for floats\n");
        exit(1);
    }
    stop_on(ana_tensor_floats(3, lengths, floats, NULL, NULL, &tensor));
    seconds = iterate(tensor, rank, 1, n_few, &error);
    report("whole, as floats", seconds, n_few, floor, "GEMM of doubles", error);
    ana_tensor_free(tensor);
    free(floats);
    ana_affinity_free(affinity);
    free(values);
    free(few);
    return 0;
}
