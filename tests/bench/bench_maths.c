/* Kernels of the maths layer against the plainest loop over the same memory, in one run.
 *   bench_maths [n]   default 4000000 numbers */
#include "bench.h"

#include <analysis/linalg.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print(const char *what, size_t n, double seconds, double plain)
{
    printf("%-28s %8.2f ns a number, %6.2f times its plain loop\n", what, 1e9 * seconds / (double)n,
           seconds / plain);
}

/* Best of five runs of the same call. */
static double best(void (*call)(size_t n, double *x, double *out), size_t n, double *x, double *out)
{
    double least = 1e300;
    for (int run = 0; run < 5; run++) {
        double start = wall_seconds();
        call(n, x, out);
        double seconds = wall_seconds() - start;
        least = seconds < least ? seconds : least;
    }
    return least;
}

static void fill_plain(size_t n, double *x, double *out)
{
    (void)out;
    for (size_t i = 0; i < n; i++) {
        x[i] = (double)i;
    }
}

static void fill_uniform(size_t n, double *x, double *out)
{
    (void)out;
    ana_random random = ana_random_stream(1, "bench", 0);
    for (size_t i = 0; i < n; i++) {
        x[i] = ana_random_uniform(&random);
    }
}

static void fill_normal(size_t n, double *x, double *out)
{
    (void)out;
    ana_random random = ana_random_stream(1, "bench", 1);
    for (size_t i = 0; i < n; i++) {
        x[i] = ana_random_normal(&random);
    }
}

static void fill_poisson(size_t n, double *x, double *out)
{
    (void)out;
    ana_random random = ana_random_stream(1, "bench", 2);
    for (size_t i = 0; i < n; i++) {
        x[i] = (double)ana_random_poisson(&random, i % 2 ? 2.0 : 50.0);
    }
}

static void sum_plain(size_t n, double *x, double *out)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += x[i];
    }
    *out = sum;
}

static void sum_pairwise(size_t n, double *x, double *out)
{
    *out = ana_stats_sum(n, x);
}

static void variance(size_t n, double *x, double *out)
{
    *out = ana_stats_variance(n, x, 1);
}

static void copy(size_t n, double *x, double *out)
{
    memcpy(out, x, n * sizeof *x);
}

static void median(size_t n, double *x, double *out)
{
    copy(n, x, out);
    out[0] = ana_stats_median_in_place(n, out);
}

enum {
    N_FEATURES = 64
};

static void gram(size_t n, double *x, double *out)
{
    stop_on(ana_linalg_gram(n / N_FEATURES, N_FEATURES, x, out));
}

static void covariance(size_t n, double *x, double *out)
{
    stop_on(ana_stats_covariance(n / N_FEATURES, N_FEATURES, x, 1, NULL, out));
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 4000000;
    double *x = calloc(n + 1, sizeof *x);
    double *out = calloc(n + N_FEATURES * N_FEATURES, sizeof *out);
    if (x == NULL || out == NULL) {
        return 1;
    }
    double fill = best(fill_plain, n, x, out);
    print("Poisson, means 2 and 50", n, best(fill_poisson, n, x, out), fill);
    print("normal", n, best(fill_normal, n, x, out), fill);
    print("uniform (two Philox words)", n, best(fill_uniform, n, x, out), fill);
    double add = best(sum_plain, n, x, out);
    print("sum, pairwise, without NaN", n, best(sum_pairwise, n, x, out), add);
    print("variance", n, best(variance, n, x, out), add);
    print("median", n, best(median, n, x, out), best(copy, n, x, out));
    print("covariance of 64 features", n, best(covariance, n, x, out), best(gram, n, x, out));
    free(x);
    free(out);
    return 0;
}
