/* Fits of a coupled population against the matrix products they cannot do without, in one run.
 * Times are the processor's, which other work on the machine does not lengthen; with several
 * threads they are summed. bench_glm [rows] [units] [threads]   default 50000 100 1; 5 lags: 5
 * units + 1 columns */
#include "bench.h"

#include <analysis/linalg.h>
#include <analysis/models/glm.h>
#include <analysis/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum {
    LAGS = 5,
    ROWS = 256
};

/* Counts that follow their own past a little, so that there is something to find. */
static ana_observations *draw(size_t n_times, size_t n_units)
{
    ana_random random = ana_random_stream(1, "bench", 0);
    ana_observations *made = NULL;
    stop_on(ana_observations_new(n_times, n_units, &made));
    for (size_t t = 0; t < n_times; t++) {
        for (size_t u = 0; u < n_units; u++) {
            const double before = t > 0 ? made->values[(t - 1) * n_units + (u + 1) % n_units] : 0.0;
            const double mean = 0.02 + 0.13 * (double)(u % 7) / 6.0 + 0.05 * (before > 0.0);
            made->values[t * n_units + u] = (double)ana_random_poisson(&random, mean);
        }
    }
    return made;
}

/* One product forth and one back with panels of the design's size, for all rows: what a pass over
 * the data costs at least. */
static double products_floor(size_t n_times, size_t n_units, size_t n_columns)
{
    double *panel = calloc(ROWS * n_columns, sizeof *panel);
    double *weights = calloc(n_units * n_columns, sizeof *weights);
    double *eta = calloc(n_units * ROWS, sizeof *eta);
    const ana_gemm ahead = {n_units, n_columns, ROWS, false, true, 1.0, 0.0};
    const ana_gemm back = {n_units, ROWS, n_columns, false, false, 1.0, 0.0};
    for (size_t i = 0; i < ROWS * n_columns; i++) {
        panel[i] = (double)(i % 13);
    }
    double start = cpu_seconds();
    for (size_t first = 0; first < n_times; first += ROWS) {
        stop_on(ana_linalg_gemm(&ahead, weights, panel, eta));
        stop_on(ana_linalg_gemm(&back, eta, panel, weights));
    }
    double seconds = cpu_seconds() - start;
    free(panel);
    free(weights);
    free(eta);
    return seconds;
}

/* A Gram matrix of each unit: what an exact Newton step costs at least. */
static double grams_floor(size_t n_times, size_t n_units, size_t n_columns)
{
    double *panel = calloc(ROWS * n_columns, sizeof *panel);
    double *gram = calloc(n_columns * n_columns, sizeof *gram);
    for (size_t i = 0; i < ROWS * n_columns; i++) {
        panel[i] = (double)(i % 13);
    }
    double start = cpu_seconds();
    for (size_t first = 0; first < n_times; first += ROWS) {
        for (size_t u = 0; u < n_units; u++) {
            stop_on(ana_linalg_gram(ROWS, n_columns, panel, gram));
        }
    }
    double seconds = cpu_seconds() - start;
    free(panel);
    free(gram);
    return seconds;
}

static void fit(size_t n_times, size_t n_units, ana_glm_solver solver, size_t n_threads)
{
    ana_observations *counts = draw(n_times, n_units);
    ana_basis_options basis_options = ana_basis_options_default();
    ana_glm_options options = ana_glm_options_default();
    ana_basis *basis = NULL;
    ana_design *design = NULL;
    ana_glm *glm = NULL;
    struct rusage used;
    basis_options.family = ANA_BASIS_LAGS;
    basis_options.n_lags = LAGS;
    stop_on(ana_basis_new(&basis_options, &basis));
    const ana_design_source source = {.history = counts, .basis = basis};
    stop_on(ana_design_new(&source, &design));
    const ana_glm_data data = {.responses = counts, .design = design};
    const size_t p = ana_design_n_columns(design);
    const bool exact = solver == ANA_GLM_SOLVER_NEWTON;
    const double floor =
        exact ? grams_floor(n_times, n_units, p) : products_floor(n_times, n_units, p);
    options.solver = solver;
    options.run.n_threads = n_threads;
    double start = cpu_seconds();
    stop_on(ana_glm_fit(&data, &options, &glm));
    double seconds = cpu_seconds() - start;
    getrusage(RUSAGE_SELF, &used);
    printf("%s, %zu rows, %zu units, %zu columns: %.2f s, %.1f times its floor (%s: %.3f s), "
           "%zu steps, %.0f MiB at most\n",
           exact ? "exact" : "conjugate gradients", n_times, n_units, p, seconds, seconds / floor,
           exact ? "one Gram matrix of each unit" : "two products with all columns", floor,
           glm->info.n_iterations, (double)used.ru_maxrss / 1024.0);
    ana_glm_free(glm);
    ana_design_free(design);
    ana_basis_free(basis);
    ana_observations_free(counts);
}

int main(int argc, char **argv)
{
    const size_t n_times = argc > 1 ? strtoul(argv[1], NULL, 10) : 50000;
    const size_t n_units = argc > 2 ? strtoul(argv[2], NULL, 10) : 100;
    const size_t n_threads = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
    fit(n_times, n_units / 5, ANA_GLM_SOLVER_NEWTON, n_threads);
    fit(n_times, n_units, ANA_GLM_SOLVER_PCG, n_threads);
    return 0;
}
