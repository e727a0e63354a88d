/* A searchlight against the products it cannot do without, in the same run: those of the conditions
 * at every centre, and those of centres with rearranged models.
 *   bench_searchlight [conditions] [folds] [side] [permutations]   default 92 4 16 1000 */
#include "bench.h"

#include <analysis/linalg.h>
#include <analysis/models/searchlight.h>
#include <analysis/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ana_observations *draw(size_t n, size_t n_folds, size_t p)
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
        char name[24];
        snprintf(name, sizeof name, "%zu", c);
        rows->label_names[c] = strdup(name);
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

/* One symmetric product of n rows of p. */
static double gram_s(size_t n, size_t p, const double *x)
{
    const size_t repeats = 50;
    double *out = malloc(n * n * sizeof *out);
    const double start = cpu_seconds();
    for (size_t k = 0; k < repeats && out != NULL; k++) {
        stop_on(ana_linalg_gram_rows(n, p, x, out));
    }
    free(out);
    return (cpu_seconds() - start) / (double)repeats;
}

/* 64 centres with all rearranged models. */
static double compare_s(size_t n_pairs, size_t n_permutations)
{
    const ana_gemm shape = {64, n_pairs, n_permutations, false, true, 1.0, 0.0};
    double *a = calloc(64 * n_pairs, sizeof *a);
    double *b = calloc(n_permutations * n_pairs, sizeof *b);
    double *c = calloc(64 * n_permutations, sizeof *c);
    double seconds = 0.0;
    if (a != NULL && b != NULL && c != NULL) {
        stop_on(ana_linalg_gemm(&shape, a, b, c));
        const double start = cpu_seconds();
        stop_on(ana_linalg_gemm(&shape, a, b, c));
        seconds = (cpu_seconds() - start) / 64.0;
    }
    free(a);
    free(b);
    free(c);
    return seconds;
}

static void measure(const char *name, const ana_observations *rows, const ana_centres *centres,
                    const ana_rdms *models, ana_searchlight_options *options, double floor_s)
{
    ana_searchlight *map = NULL;
    const double start = cpu_seconds();
    stop_on(ana_searchlight_compute(rows, centres, models, options, NULL, NULL, &map));
    const double seconds = (cpu_seconds() - start) / (double)centres->n;
    printf("  %-26s %7.3f ms a centre, %5.2f of its products, %.3f ms\n", name, 1e3 * seconds,
           seconds / floor_s, 1e3 * floor_s);
    ana_searchlight_free(map);
}

int main(int argc, char **argv)
{
    const size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 92;
    const size_t n_folds = argc > 2 ? strtoul(argv[2], NULL, 10) : 4;
    const size_t side = argc > 3 ? strtoul(argv[3], NULL, 10) : 16;
    const size_t n_permutations = argc > 4 ? strtoul(argv[4], NULL, 10) : 1000;
    const ana_volume volume = {{side, side, side}, {1.0, 1.0, 1.0}, NULL};
    ana_observations *rows = draw(n, n_folds, side * side * side);
    ana_centres *centres = NULL;
    ana_rdms *models = NULL;
    ana_searchlight_options options = ana_searchlight_options_default();
    ana_random random = ana_random_stream(1, "models", 0);
    stop_on(ana_centres_volume(&volume, 3.0, 1.0, &centres));
    stop_on(ana_rdms_new(1, n, &models));
    for (size_t k = 0; k < ana_rdm_n_pairs(n); k++) {
        models->values[k] = ana_random_uniform(&random);
    }
    const size_t p = centres->start[1];
    const double gram = gram_s(n, p, rows->values);
    const double compare = compare_s(ana_rdm_n_pairs(n), n_permutations);
    options.run.n_threads = 1;
    options.similarity = ANA_SEARCHLIGHT_PEARSON;
    printf("%zu centres of %zu channels, %zu conditions, %zu folds, one thread\n", centres->n, p, n,
           n_folds);
    options.n_permutations = 0;
    options.rdm.method = ANA_RDM_EUCLIDEAN;
    measure("euclidean", rows, centres, models, &options, gram);
    options.rdm.method = ANA_RDM_CROSSNOBIS;
    measure("crossnobis", rows, centres, models, &options, (double)(n_folds + 1) * gram);
    options.n_permutations = n_permutations;
    options.rdm.method = ANA_RDM_EUCLIDEAN;
    measure("euclidean, permutations", rows, centres, models, &options, gram + compare);
    ana_rdms_free(models);
    ana_centres_free(centres);
    ana_observations_free(rows);
    return 0;
}
