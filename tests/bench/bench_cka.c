/* Centred kernel alignment against the products it cannot do without, in the same run.
 *   bench_cka [stimuli] [units] [permutations]   default 10000 2048 100 */
#include "bench.h"

#include <analysis/linalg.h>
#include <analysis/models/cka.h>
#include <analysis/random.h>

#include <stdio.h>
#include <stdlib.h>

static ana_responses *draw(uint64_t item, size_t n, size_t p)
{
    ana_random random = ana_random_stream(1, "bench", item);
    ana_responses *made = NULL;
    stop_on(ana_responses_new("drawn", n, p, &made));
    for (size_t i = 0; i < n * p; i++) {
        made->values[i] = ana_random_uniform(&random);
    }
    return made;
}

/* X^T X, Y^T Y and X^T Y (or X X^T and Y Y^T). */
static double floor_s(const ana_responses *x, const ana_responses *y, bool by_units)
{
    const size_t n = x->n_stimuli;
    const size_t p = x->n_units;
    const size_t size = by_units ? p : n;
    const ana_gemm shape = {
        .n_rows = p, .n_inner = n, .n_columns = p, .transpose_a = true, .alpha = 1.0};
    double *out = calloc(size * size, sizeof *out);
    if (out == NULL) {
        exit(1);
    }
    const double start = cpu_seconds();
    if (by_units) {
        stop_on(ana_linalg_gram(n, p, x->values, out));
        stop_on(ana_linalg_gram(n, p, y->values, out));
        stop_on(ana_linalg_gemm(&shape, x->values, y->values, out));
    } else {
        stop_on(ana_linalg_gram_rows(n, p, x->values, out));
        stop_on(ana_linalg_gram_rows(n, p, y->values, out));
    }
    const double seconds = cpu_seconds() - start;
    free(out);
    return seconds;
}

static void measure(const char *name, ana_responses *two[2], const ana_cka_options *options,
                    double least_s)
{
    const ana_responses_set a = {1, &two[0]};
    const ana_responses_set b = {1, &two[1]};
    ana_cka_options settings = *options;
    ana_cka *cka = NULL;
    settings.run.n_threads = 1;
    const double start = cpu_seconds();
    stop_on(ana_cka_compute(&a, &b, &settings, &cka));
    const double seconds = cpu_seconds() - start;
    printf("  %-34s %8.3f s   %5.2f of its products, %.3f s\n", name, seconds, seconds / least_s,
           least_s);
    ana_cka_free(cka);
}

int main(int argc, char **argv)
{
    const size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
    const size_t p = argc > 2 ? strtoul(argv[2], NULL, 10) : 2048;
    const size_t n_permutations = argc > 3 ? strtoul(argv[3], NULL, 10) : 100;
    ana_responses *two[2] = {draw(0, n, p), draw(1, n, p)};
    ana_responses *few[2] = {draw(2, n / 8, p), draw(3, n / 8, p)};
    ana_cka_options options = ana_cka_options_default();
    printf("%zu stimuli, %zu units on both sides, one thread\n", n, p);
    const double by_units = floor_s(two[0], two[1], true);
    measure("debiased, by units", two, &options, by_units);
    options.estimator = ANA_CKA_BIASED;
    measure("biased, by units", two, &options, floor_s(two[0], two[1], true));
    options = ana_cka_options_default();
    printf("%zu stimuli, %zu units\n", n / 8, p);
    options.form = ANA_CKA_KERNELS;
    const double by_stimuli = floor_s(few[0], few[1], false);
    measure("debiased, by stimuli", few, &options, by_stimuli);
    options.n_permutations = n_permutations;
    measure("the same with permutations", few, &options, by_stimuli);
    options.n_permutations = 0;
    options.n_bootstraps = n_permutations;
    measure("the same with as many bootstraps", few, &options, by_stimuli);
    for (size_t k = 0; k < 2; k++) {
        ana_responses_free(two[k]);
        ana_responses_free(few[k]);
    }
    return 0;
}
