/* Encoding models against the decompositions and products they cannot do without, in the same run.
 *   bench_encoding [stimuli] [features] [units]   default 1000 2048 500; 20 penalties, 5 folds */
#include "bench.h"

#include <analysis/linalg.h>
#include <analysis/models/encoding.h>
#include <analysis/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_FOLDS = 5,
    N_PENALTIES = 20
};

static double *draw(size_t n, size_t m, uint64_t item)
{
    ana_random random = ana_random_stream(1, "bench", item);
    double *x = malloc(n * m * sizeof *x);
    for (size_t i = 0; x != NULL && i < n * m; i++) {
        x[i] = ana_random_normal(&random);
    }
    return x;
}

/* Units are sums of features, in noise. */
static ana_responses *new_responses(const char *name, size_t n, size_t m, uint64_t item)
{
    ana_responses *made = NULL;
    double *x = draw(n, m, item);
    stop_on(ana_responses_new(name, n, m, &made));
    memcpy(made->values, x, n * m * sizeof *x);
    free(x);
    return made;
}

/* The smaller product of features once (or in each fold, where it is of features), one symmetric
 * decomposition in each fold, and the product of each penalty's fit and of the predictions. */
static double ridge_floor(size_t n, size_t p, size_t q, const double *x)
{
    const size_t train = n - n / N_FOLDS;
    const size_t side = p < train ? p : train;
    double *gram = malloc(n * n * sizeof *gram + p * side * sizeof *gram);
    double *values = malloc(side * sizeof *values);
    double *vectors = malloc(side * side * sizeof *vectors);
    double *y = draw(side, q, 7);
    double *fitted = malloc(n * q * sizeof *fitted);
    double *basis = draw(train, side, 8);
    const double began = cpu_seconds();
    for (size_t f = 0; f < (p < train ? N_FOLDS : 1); f++) {
        stop_on(p < train ? ana_linalg_gram(train, p, x, gram)
                          : ana_linalg_gram_rows(n, p, x, gram));
    }
    for (size_t f = 0; f < N_FOLDS; f++) {
        stop_on(ana_linalg_eigen_symmetric(side, gram, values, vectors));
        for (size_t a = 0; a < N_PENALTIES; a++) {
            stop_on(ana_linalg_multiply(train, side, q, basis, y, fitted));
        }
        stop_on(ana_linalg_multiply(n - train, side, q, basis, y, fitted));
    }
    const double seconds = cpu_seconds() - began;
    free(gram);
    free(values);
    free(vectors);
    free(y);
    free(fitted);
    free(basis);
    return seconds;
}

static double time_map(ana_responses *features, const ana_responses *units, ana_encoding_map map,
                       size_t n_inner)
{
    ana_encoding_options options = ana_encoding_options_default();
    ana_encoding *encoding = NULL;
    options.run.n_threads = 1;
    options.map = map;
    options.n_inner = n_inner;
    const double began = cpu_seconds();
    stop_on(ana_encoding_compute(1, &features, units, NULL, &options, &encoding));
    const double seconds = cpu_seconds() - began;
    ana_encoding_free(encoding);
    return seconds;
}

int main(int argc, char **argv)
{
    const size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
    const size_t p = argc > 2 ? strtoul(argv[2], NULL, 10) : 2048;
    const size_t q = argc > 3 ? strtoul(argv[3], NULL, 10) : 500;
    ana_responses *features = new_responses("features", n, p, 1);
    ana_responses *units = new_responses("units", n, q, 2);
    const double least = ridge_floor(n, p, q, features->values);
    printf("%zu stimuli, %zu features, %zu units, %d penalties, %d folds, one thread\n", n, p, q,
           N_PENALTIES, N_FOLDS);
    printf("floor: decompositions and products  %7.3f s\n", least);
    const double ridge = time_map(features, units, ANA_ENCODING_RIDGE, 0);
    printf("ridge, leave one out                %7.3f s  %.2f of the floor\n", ridge,
           ridge / least);
    const double folds = time_map(features, units, ANA_ENCODING_RIDGE, 5);
    printf("ridge, 5 inner folds                %7.3f s\n", folds);
    const double pls = time_map(features, units, ANA_ENCODING_PLS, 0);
    printf("pls, 25 components                  %7.3f s\n", pls);
    const double unit = time_map(features, units, ANA_ENCODING_BEST_UNIT, 0);
    printf("best unit                           %7.3f s\n", unit);
    ana_responses_free(features);
    ana_responses_free(units);
    return 0;
}
