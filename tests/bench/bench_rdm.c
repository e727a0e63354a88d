/* Dissimilarity matrices against the symmetric products they cannot do without, in the same run.
 *   bench_rdm [conditions] [channels] [folds]   default 2000 5000 5 */
#include "bench.h"

#include <analysis/linalg.h>
#include <analysis/models/rdm.h>
#include <analysis/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A trial of every condition in every fold. */
static ana_observations *draw(size_t n, size_t p, size_t n_folds)
{
    ana_random random = ana_random_stream(1, "bench", 0);
    ana_observations *rows = NULL;
    size_t *lengths = calloc(n_folds, sizeof *lengths);
    stop_on(ana_observations_new(n * n_folds, p, &rows));
    for (size_t f = 0; f < n_folds && lengths != NULL; f++) {
        lengths[f] = n;
    }
    stop_on(ana_observations_set_sequences(rows, n_folds, lengths, NULL));
    free(lengths);
    rows->labels = calloc(rows->n_times, sizeof *rows->labels);
    rows->label_names = calloc(n, sizeof *rows->label_names);
    if (rows->labels == NULL || rows->label_names == NULL) {
        exit(1);
    }
    for (size_t c = 0; c < n; c++) {
        rows->label_names[c] = strdup("c");
    }
    rows->n_labels = n;
    for (size_t t = 0; t < rows->n_times; t++) {
        rows->labels[t] = (int64_t)(t % n);
    }
    for (size_t i = 0; i < rows->n_times * p; i++) {
        rows->values[i] = ana_random_uniform(&random) - 0.5;
    }
    return rows;
}

static void measure(const char *name, const ana_observations *rows, ana_rdm_method method,
                    double floor_s)
{
    ana_rdm_options options = ana_rdm_options_default();
    ana_rdms *rdms = NULL;
    options.method = method;
    options.run.n_threads = 1;
    const double start = cpu_seconds();
    stop_on(ana_rdm_compute(rows, NULL, &options, NULL, &rdms));
    const double seconds = cpu_seconds() - start;
    printf("  %-12s %8.3f s   %5.2f of its products, %.3f s\n", name, seconds, seconds / floor_s,
           floor_s);
    ana_rdms_free(rdms);
}

/* One symmetric product of n rows of p. */
static double product_s(size_t n, size_t p, const double *x)
{
    double *out = malloc(n * n * sizeof *out);
    if (out == NULL) {
        exit(1);
    }
    stop_on(ana_linalg_gram_rows(n, p, x, out));
    const double start = cpu_seconds();
    stop_on(ana_linalg_gram_rows(n, p, x, out));
    const double seconds = cpu_seconds() - start;
    free(out);
    return seconds;
}

int main(int argc, char **argv)
{
    const size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
    const size_t p = argc > 2 ? strtoul(argv[2], NULL, 10) : 5000;
    const size_t n_folds = argc > 3 ? strtoul(argv[3], NULL, 10) : 5;
    ana_observations *rows = draw(n, p, 1);
    const double one = product_s(n, p, rows->values);
    printf("%zu conditions, %zu channels, %zu folds, one thread\n", n, p, n_folds);
    measure("correlation", rows, ANA_RDM_CORRELATION, one);
    measure("euclidean", rows, ANA_RDM_EUCLIDEAN, one);
    measure("cosine", rows, ANA_RDM_COSINE, one);
    ana_observations_free(rows);
    rows = draw(n, p, n_folds);
    measure("crossnobis", rows, ANA_RDM_CROSSNOBIS, (double)(n_folds + 1) * one);
    ana_observations_free(rows);
    return 0;
}
