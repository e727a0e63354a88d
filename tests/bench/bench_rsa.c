/* Models against subjects: bootstraps and permutations beside the matrix product or the pass over
 * memory they cannot do without, in the same run.
 *   bench_rsa [conditions] [subjects] [models] [samples]   default 92 15 5 1000 */
#include "bench.h"

#include <analysis/linalg.h>
#include <analysis/models/rsa.h>
#include <analysis/models/rsa_bootstrap.h>
#include <analysis/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ana_rdms *draw(size_t n_rdms, size_t n, uint64_t seed)
{
    ana_random random = ana_random_stream(seed, "bench", 0);
    ana_rdms *rdms = NULL;
    stop_on(ana_rdms_new(n_rdms, n, &rdms));
    for (size_t k = 0; k < n_rdms * ana_rdm_n_pairs(n); k++) {
        rdms->values[k] = 1.0 + ana_random_uniform(&random);
    }
    return rdms;
}

/* A product of a (rows x inner) and b (inner x columns), the second time. */
static double product_s(size_t rows, size_t inner, size_t columns)
{
    double *a = calloc(rows * inner, sizeof *a);
    double *b = calloc(inner * columns, sizeof *b);
    double *c = calloc(rows * columns, sizeof *c);
    double seconds = 0.0;
    if (a == NULL || b == NULL || c == NULL) {
        exit(1);
    }
    for (size_t k = 0; k < 2; k++) {
        const double start = cpu_seconds();
        stop_on(ana_linalg_multiply(rows, inner, columns, a, b, c));
        seconds = cpu_seconds() - start;
    }
    free(a);
    free(b);
    free(c);
    return seconds;
}

static void bootstrap(const char *name, const ana_rdms *subjects, const ana_rdms *models,
                      ana_rdm_similarity similarity, ana_rsa_resampled over, size_t n_samples,
                      double floor_s)
{
    ana_rsa_bootstrap_options options = ana_rsa_bootstrap_options_default();
    ana_rsa_bootstrap *b = NULL;
    options.compare.similarity = similarity;
    options.over = over;
    options.n_samples = n_samples;
    options.percentile = true;
    options.run.n_threads = 1;
    const double start = cpu_seconds();
    stop_on(ana_rsa_bootstrap_compute(subjects, models, NULL, &options, &b));
    const double seconds = cpu_seconds() - start;
    printf("  %-28s %8.3f s   %6.1f of the product, %.4f s\n", name, seconds, seconds / floor_s,
           floor_s);
    ana_rsa_bootstrap_free(b);
}

/* The sum over pairs of a target and a gathered value: what a permutation is. */
static double gathers_s(size_t n, size_t n_permutations)
{
    ana_random random = ana_random_stream(1, "bench", 0);
    double *square = calloc(n * n, sizeof *square);
    size_t *order = calloc(n, sizeof *order);
    double sum = 0.0;
    if (square == NULL || order == NULL) {
        exit(1);
    }
    ana_random_permutation(&random, n, order);
    const double start = cpu_seconds();
    for (size_t p = 0; p < n_permutations; p++) {
        for (size_t i = 0; i < n; i++) {
            const double *row = square + order[(i + p) % n] * n;
            for (size_t j = i + 1; j < n; j++) {
                sum += row[order[j]];
            }
        }
    }
    const double seconds = cpu_seconds() - start + 0.0 * sum;
    free(square);
    free(order);
    return seconds;
}

static void permute(const char *name, ana_rdm_similarity similarity, size_t n, size_t n_models,
                    double floor_s)
{
    ana_rsa_options options = ana_rsa_options_default();
    ana_rsa *rsa = NULL;
    ana_rdms *subjects = draw(1, n, 1);
    ana_rdms *models = draw(n_models, n, 2);
    options.compare.similarity = similarity;
    options.n_bootstraps = 0;
    options.run.n_threads = 1;
    options.compare.run.n_threads = 1;
    const double start = cpu_seconds();
    stop_on(ana_rsa_compute(subjects, models, NULL, &options, &rsa));
    const double seconds = cpu_seconds() - start;
    printf("  %-28s %8.3f s   %6.1f of its gathers, %.4f s\n", name, seconds, seconds / floor_s,
           floor_s);
    ana_rsa_free(rsa);
    ana_rdms_free(subjects);
    ana_rdms_free(models);
}

int main(int argc, char **argv)
{
    const size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 92;
    const size_t n_subjects = argc > 2 ? strtoul(argv[2], NULL, 10) : 15;
    const size_t n_models = argc > 3 ? strtoul(argv[3], NULL, 10) : 5;
    const size_t n_samples = argc > 4 ? strtoul(argv[4], NULL, 10) : 1000;
    ana_rdms *subjects = draw(n_subjects, n, 1);
    ana_rdms *models = draw(n_models, n, 2);
    const size_t n_products = (n_subjects + 1) * (n_subjects + 2) / 2 + n_models * (n_subjects + 2);
    const double floor_s = product_s(n_products, ana_rdm_n_pairs(n), n_samples);
    printf("%zu bootstraps of %zu conditions, %zu subjects, %zu models, one thread\n", n_samples, n,
           n_subjects, n_models);
    bootstrap("cosine, both", subjects, models, ANA_RDM_SIM_COSINE, ANA_RSA_BOTH, n_samples,
              floor_s);
    bootstrap("pearson, both", subjects, models, ANA_RDM_SIM_PEARSON, ANA_RSA_BOTH, n_samples,
              floor_s);
    bootstrap("pearson, dual", subjects, models, ANA_RDM_SIM_PEARSON, ANA_RSA_DUAL, n_samples,
              floor_s);
    bootstrap("rho-a, both", subjects, models, ANA_RDM_SIM_RHO_A, ANA_RSA_BOTH, n_samples, floor_s);
    bootstrap("tau-a, both", subjects, models, ANA_RDM_SIM_TAU_A, ANA_RSA_BOTH, n_samples, floor_s);
    bootstrap("whitened-cosine, both", subjects, models, ANA_RDM_SIM_WHITENED_COSINE, ANA_RSA_BOTH,
              n_samples, floor_s);
    ana_rdms_free(subjects);
    ana_rdms_free(models);
    printf("1000 permutations of 500 conditions\n");
    const double gathers = gathers_s(500, 1000);
    permute("pearson, 1 model", ANA_RDM_SIM_PEARSON, 500, 1, gathers);
    permute("spearman, 1 model", ANA_RDM_SIM_SPEARMAN, 500, 1, gathers);
    permute("whitened-cosine, 1 model", ANA_RDM_SIM_WHITENED_COSINE, 500, 1, gathers);
    permute("pearson, 5 models", ANA_RDM_SIM_PEARSON, 500, 5, 5.0 * gathers);
    return 0;
}
