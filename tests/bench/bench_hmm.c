/* Iterations of the Poisson HMM against reading its data once, in one run; with "stream" the
 * smoother of a chain too long for memory.
 *   bench_hmm [rows] [units] [states]   default 50000 100 5
 *   bench_hmm stream [rows] [states]    default 100000000 2
 *   bench_hmm long [rows] [emission] [states]    default 10000000 gaussian-diagonal 3
 * The last fits one long sequence of one feature and tells what it held beside the rows. */
#include "bench.h"

#include <analysis/models/hmm.h>
#include <analysis/models/hmm_messages.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static ana_hmm *draw_model(size_t n_states, size_t n_units)
{
    ana_hmm *hmm = NULL;
    ana_random random = ana_random_stream(1, "bench", 0);
    stop_on(ana_hmm_new(n_states, n_units, &hmm));
    for (size_t i = 0; i < n_states; i++) {
        hmm->initial[i] = 1.0 / (double)n_states;
        for (size_t j = 0; j < n_states; j++) {
            double others = n_states > 1 ? 0.05 / (double)(n_states - 1) : 0.0;
            hmm->transition[i * n_states + j] = i != j ? others : n_states > 1 ? 0.95 : 1.0;
        }
    }
    for (size_t j = 0; j < n_states * n_units; j++) {
        hmm->rates[j] = 0.1 * exp(ana_random_normal(&random));
    }
    return hmm;
}

static double read_once(const ana_observations *observations)
{
    double sum = 0.0;
    double start = wall_seconds();
    for (size_t i = 0; i < observations->n_times * observations->n_features; i++) {
        sum += observations->values[i];
    }
    double seconds = wall_seconds() - start;
    return sum >= 0.0 ? seconds : 0.0;
}

/* Emissions made from the number of the row: nothing is stored. */
static ana_status make_rows(void *user, size_t first, size_t n, double *log_emission)
{
    const size_t n_states = *(const size_t *)user;
    for (size_t t = 0; t < n; t++) {
        const size_t row = first + t;
        for (size_t k = 0; k < n_states; k++) {
            const double z =
                (double)((row / 37) % n_states) - (double)k + 0.001 * (double)(row % 7);
            log_emission[t * n_states + k] = -z * z;
        }
    }
    return ANA_OK;
}

static int stream(size_t n_times, size_t n_states)
{
    ana_hmm *hmm = draw_model(n_states, 1);
    const ana_hmm_chain chain = {n_states, hmm->initial, hmm->transition, 0};
    const ana_hmm_stream ends = {make_rows, NULL, &n_states};
    struct rusage used;
    double log_likelihood = 0.0;
    double start = wall_seconds();
    stop_on(ana_hmm_smooth_stream(&chain, n_times, &ends, NULL, &log_likelihood));
    double seconds = wall_seconds() - start;
    getrusage(RUSAGE_SELF, &used);
    printf("smoother of %zu rows, %zu states: %.1f s, %.1f ns a row, %.1f MiB at most\n", n_times,
           n_states, seconds, 1e9 * seconds / (double)n_times, (double)used.ru_maxrss / 1024.0);
    ana_hmm_free(hmm);
    return 0;
}

/* An iteration with Gaussian emissions, and the rate of the arithmetic it cannot do without: N^2 /
 * 2 each for whitening and for the sums, of every row and state. */
static void time_gaussian(size_t n_times, size_t n_features, size_t n_states)
{
    enum {
        N_ITERATIONS = 5
    };
    ana_observations *rows = NULL;
    ana_hmm *hmm = NULL;
    ana_hmm_options options = ana_hmm_options_default();
    ana_random random = ana_random_stream(2, "bench", 0);
    stop_on(ana_observations_new(n_times, n_features, &rows));
    for (size_t i = 0; i < n_times * n_features; i++) {
        rows->values[i] = ana_random_normal(&random) + (double)(i / (50 * n_features) % n_states);
    }
    options.emission = ANA_HMM_GAUSSIAN;
    options.n_states = n_states;
    options.n_restarts = 1;
    options.max_iterations = N_ITERATIONS;
    options.tolerance = 0.0;
    double start = wall_seconds();
    stop_on(ana_hmm_fit(rows, &options, &hmm));
    double seconds = (wall_seconds() - start) / (N_ITERATIONS + 1);
    const double flops =
        2.0 * (double)n_times * (double)n_states * (double)(n_features * n_features);
    printf(
        "gaussian, %zu rows, %zu features, %zu states: %.3f s an iteration with its share of the "
        "start, %.2f billion multiplications and additions a second\n",
        n_times, n_features, n_states, seconds, 1e-9 * flops / seconds);
    ana_hmm_free(hmm);
    ana_observations_free(rows);
}

static double peak_mib(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)used.ru_maxrss / 1024.0;
}

static int fit_long(size_t n_times, const char *name, size_t n_states)
{
    enum {
        N_ITERATIONS = 2
    };
    static const char *const names[] = {"poisson", "gaussian", "gaussian-diagonal", "bernoulli"};
    static const ana_hmm_emission kinds[] = {ANA_HMM_POISSON, ANA_HMM_GAUSSIAN,
                                             ANA_HMM_GAUSSIAN_DIAGONAL, ANA_HMM_BERNOULLI};
    ana_observations *rows = NULL;
    ana_hmm *hmm = NULL;
    ana_hmm_options options = ana_hmm_options_default();
    ana_random random = ana_random_stream(3, "bench", 0);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        options.emission = strcmp(name, names[i]) == 0 ? (int)kinds[i] : options.emission;
    }
    const bool whole = options.emission == ANA_HMM_POISSON || options.emission == ANA_HMM_BERNOULLI;
    stop_on(ana_observations_new(n_times, 1, &rows));
    for (size_t t = 0; t < n_times; t++) {
        const double level = (double)(t / 50 % n_states);
        const double u = ana_random_uniform(&random);
        rows->values[t] = whole ? (u < 0.1 + 0.3 * level ? 1.0 : 0.0) : 2.0 * level + u;
    }
    options.n_states = n_states;
    options.n_restarts = 1;
    options.max_iterations = N_ITERATIONS;
    options.tolerance = 0.0;
    options.run.n_threads = 1;
    const double before = peak_mib();
    const double start = wall_seconds();
    stop_on(ana_hmm_fit(rows, &options, &hmm));
    const double seconds = wall_seconds() - start;
    printf("%s, %zu rows, %zu states: %.2f s an iteration with its share of the start, %.0f ns a "
           "row; %.0f MiB of rows, %.0f MiB more at most\n",
           name, n_times, n_states, seconds / (N_ITERATIONS + 1),
           1e9 * seconds / (N_ITERATIONS + 1) / (double)n_times, before, peak_mib() - before);
    ana_hmm_free(hmm);
    ana_observations_free(rows);
    return 0;
}

int main(int argc, char **argv)
{
    enum {
        N_ITERATIONS = 20
    };
    if (argc > 1 && strcmp(argv[1], "stream") == 0) {
        return stream(argc > 2 ? strtoul(argv[2], NULL, 10) : 100000000,
                      argc > 3 ? strtoul(argv[3], NULL, 10) : 2);
    }
    if (argc > 1 && strcmp(argv[1], "long") == 0) {
        return fit_long(argc > 2 ? strtoul(argv[2], NULL, 10) : 10000000,
                        argc > 3 ? argv[3] : "gaussian-diagonal",
                        argc > 4 ? strtoul(argv[4], NULL, 10) : 3);
    }
    size_t n_times = argc > 1 ? strtoul(argv[1], NULL, 10) : 50000;
    size_t n_units = argc > 2 ? strtoul(argv[2], NULL, 10) : 100;
    size_t n_states = argc > 3 ? strtoul(argv[3], NULL, 10) : 5;
    ana_hmm *truth = draw_model(n_states, n_units);
    ana_observations *counts = NULL;
    ana_hmm *hmm = NULL;
    ana_hmm_options options = ana_hmm_options_default();
    options.max_iterations = N_ITERATIONS;
    options.tolerance = 0.0;
    options.run.n_threads = 1;
    stop_on(ana_hmm_simulate(truth, 1, &n_times, 1, &counts));
    double floor = read_once(counts);
    double start = wall_seconds();
    stop_on(ana_hmm_fit_from(counts, truth, &options, &hmm));
    double seconds = (wall_seconds() - start) / (N_ITERATIONS + 1);
    printf("poisson, %zu rows, %zu units, %zu states: %.4f s an iteration, %.2f times one sum over "
           "the counts\n",
           n_times, n_units, n_states, seconds, seconds / floor);
    ana_hmm_free(hmm);
    options = ana_hmm_options_default();
    options.n_states = n_states;
    options.max_iterations = N_ITERATIONS;
    options.tolerance = 0.0;
    options.n_restarts = 4;
    start = wall_seconds();
    stop_on(ana_hmm_fit(counts, &options, &hmm));
    printf("poisson, 4 restarts with their starts: %.3f s, log-likelihood %.17g\n",
           wall_seconds() - start, hmm->log_likelihood);
    ana_hmm_free(hmm);
    ana_hmm_free(truth);
    ana_observations_free(counts);
    time_gaussian(50000, 30, 5);
    return 0;
}
