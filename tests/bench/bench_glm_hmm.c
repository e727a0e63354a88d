/* E-step and iterations of the coupled GLM-HMM against the matrix products and link functions that
 * they cannot do without, in one run.
 *   bench_glm_hmm [rows] [units] [states] [lags] [threads]   default 50000 100 5 5 1
 * The scale run: bench_glm_hmm 360000 300 3 5 2. Times are of the processor with one thread and of
 * the clock with more. */
#include <analysis/linalg.h>
#include <analysis/models/glm_hmm.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum {
    BLOCK = 256
};

static clockid_t timer = CLOCK_PROCESS_CPUTIME_ID;

static double now(void)
{
    struct timespec t;
    clock_gettime(timer, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void stop_on(ana_status status)
{
    if (status != ANA_OK) {
        fprintf(stderr, "%s\n", ana_last_error());
        exit(1);
    }
}

/* Counts of about 0.3 a bin; in each state another group of units drives another. */
static ana_observations *draw_counts(size_t n_times, size_t n_units, size_t n_states)
{
    ana_observations *counts = NULL;
    ana_random random = ana_random_stream(1, "bench", 0);
    stop_on(ana_observations_new(n_times, n_units, &counts));
    size_t state = 0;
    for (size_t t = 0; t < n_times; t++) {
        if (ana_random_uniform(&random) < 0.02) {
            state = (size_t)ana_random_below(&random, n_states);
        }
        const double *before = t > 0 ? counts->values + (t - 1) * n_units : NULL;
        for (size_t n = 0; n < n_units; n++) {
            const size_t from = (n + 7 * (state + 1)) % n_units;
            const double sign = (n + state) % 3 == 0 ? -0.8 : 0.8;
            const double eta = -1.2 + (before != NULL ? sign * before[from] : 0.0);
            counts->values[t * n_units + n] = (double)ana_random_poisson(&random, log1p(exp(eta)));
        }
    }
    counts->bin_s = 0.01;
    return counts;
}

/* Products of panels that are there, and log-likelihoods of what comes out: as many as an E-step
 * needs. *gemm of it is for the products. */
static double floor_of(const ana_observations *counts, size_t n_columns, size_t n_states,
                       double *gemm)
{
    const size_t n_units = counts->n_features;
    const ana_glm_family family = {ANA_GLM_POISSON, ANA_GLM_SOFTPLUS, 1.0, 0};
    const ana_gemm shape = {.n_rows = BLOCK,
                            .n_inner = n_columns,
                            .n_columns = n_units,
                            .transpose_b = true,
                            .alpha = 1.0};
    double *panel = calloc(BLOCK * n_columns, sizeof *panel);
    double *weights = calloc(n_states * n_units * n_columns, sizeof *weights);
    double *eta = calloc(BLOCK * n_units, sizeof *eta);
    double *value = calloc(BLOCK * n_units, sizeof *value);
    for (size_t i = 0; i < BLOCK * n_columns; i++) {
        panel[i] = 0.01 * (double)(i % 13);
    }
    for (size_t i = 0; i < n_states * n_units * n_columns; i++) {
        weights[i] = 0.01 * (double)(i % 7) - 0.03;
    }
    const double begun = now();
    double products = 0.0;
    for (size_t t = 0; t + BLOCK <= counts->n_times; t += BLOCK) {
        for (size_t k = 0; k < n_states; k++) {
            const double before = now();
            stop_on(ana_linalg_gemm(&shape, panel, weights + k * n_units * n_columns, eta));
            products += now() - before;
            ana_glm_kernel(&family, true, BLOCK * n_units, counts->values + t * n_units, eta,
                           (ana_glm_outputs){.log_likelihood = value});
        }
    }
    const double seconds = now() - begun;
    free(panel);
    free(weights);
    free(eta);
    free(value);
    *gemm = products;
    return seconds;
}

static double fit_for(const ana_glm_hmm_data *data, const ana_glm_hmm *start,
                      ana_glm_hmm_options options, size_t n_iterations, ana_glm_hmm **out)
{
    options.max_iterations = n_iterations;
    const double begun = now();
    stop_on(ana_glm_hmm_fit_from(data, start, &options, out));
    return now() - begun;
}

static size_t argument(int argc, char **argv, int i, size_t otherwise)
{
    return argc > i ? (size_t)strtoull(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    const size_t n_times = argument(argc, argv, 1, 50000);
    const size_t n_units = argument(argc, argv, 2, 100);
    const size_t n_states = argument(argc, argv, 3, 5);
    const size_t n_lags = argument(argc, argv, 4, 5);
    ana_glm_hmm_options options = ana_glm_hmm_options_default();
    ana_basis_options basis_options = ana_basis_options_default();
    ana_basis *basis = NULL;
    ana_design *design = NULL;
    ana_glm_hmm *start = NULL;
    ana_glm_hmm *first = NULL;
    ana_glm_hmm *second = NULL;
    struct rusage before;
    struct rusage after;
    options.n_states = n_states;
    options.run.n_threads = argument(argc, argv, 5, 1);
    timer = options.run.n_threads > 1 ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID;
    ana_observations *counts = draw_counts(n_times, n_units, n_states);
    basis_options.family = ANA_BASIS_LAGS;
    basis_options.n_functions = n_lags;
    basis_options.n_lags = n_lags;
    stop_on(ana_basis_new(&basis_options, &basis));
    const ana_design_source source = {.history = counts, .basis = basis};
    stop_on(ana_design_new(&source, &design));
    const ana_glm_hmm_data data = {.responses = counts, .design = design};
    const size_t n_columns = ana_design_n_columns(design);
    getrusage(RUSAGE_SELF, &before);
    double gemm = 0.0;
    const double least = floor_of(counts, n_columns, n_states, &gemm);
    options.n_restarts = 1;
    options.n_moves = 0;
    options.tolerance = 0.0;
    options.max_iterations = 2;
    double begun = now();
    stop_on(ana_glm_hmm_fit(&data, &options, &start));
    const double whole = now() - begun;
    double *rows = calloc(n_times * n_states, sizeof *rows);
    begun = now();
    stop_on(ana_glm_hmm_log_emission(start, &data, &options.run, rows));
    const double expected = now() - begun;
    const double one = fit_for(&data, start, options, 1, &first);
    const double six = fit_for(&data, start, options, 6, &second);
    const double iteration = (six - one) / 5.0;
    getrusage(RUSAGE_SELF, &after);
    printf("%zu rows, %zu units, %zu states, %zu columns, %zu threads\n", n_times, n_units,
           n_states, n_columns, options.run.n_threads);
    printf("floor        %8.2f s  of which products %.2f s, %.1f Gflop/s\n", least, gemm,
           2e-9 * (double)(n_times * n_columns * n_units * n_states) / gemm);
    printf("E-step       %8.2f s  %.2f of the floor\n", expected, expected / least);
    printf("iteration    %8.2f s  %.2f of the floor\n", iteration, iteration / least);
    printf("first fit    %8.2f s  2 iterations with pooled start and screening\n", whole);
    printf("gain         %8.2f    nats a row in 5 iterations\n",
           (second->info.trace[second->info.n_trace - 1] - second->info.trace[1]) /
               (double)n_times);
    printf("memory       %8.1f MB at most, %.1f before the fit\n", (double)after.ru_maxrss / 1024.0,
           (double)before.ru_maxrss / 1024.0);
    free(rows);
    ana_glm_hmm_free(start);
    ana_glm_hmm_free(first);
    ana_glm_hmm_free(second);
    ana_design_free(design);
    ana_basis_free(basis);
    ana_observations_free(counts);
    return 0;
}
