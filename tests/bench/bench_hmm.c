/* Iterations of the Poisson HMM against reading its data once, in one run.
 *   bench_hmm [rows] [units] [states]   default 50000 100 5 */
#include <analysis/models/hmm.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void stop_on(ana_status status)
{
    if (status != ANA_OK) {
        fprintf(stderr, "%s\n", ana_last_error());
        exit(1);
    }
}

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
    double start = now();
    for (size_t i = 0; i < observations->n_times * observations->n_features; i++) {
        sum += observations->values[i];
    }
    double seconds = now() - start;
    return sum >= 0.0 ? seconds : 0.0;
}

int main(int argc, char **argv)
{
    enum {
        N_ITERATIONS = 20
    };
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
    double start = now();
    stop_on(ana_hmm_fit_from(counts, truth, &options, &hmm));
    double seconds = (now() - start) / (N_ITERATIONS + 1);
    printf("poisson, %zu rows, %zu units, %zu states: %.4f s an iteration, %.2f times one sum over "
           "the counts\n",
           n_times, n_units, n_states, seconds, seconds / floor);
    ana_hmm_free(hmm);
    options = ana_hmm_options_default();
    options.n_states = n_states;
    options.max_iterations = N_ITERATIONS;
    options.tolerance = 0.0;
    options.n_restarts = 4;
    start = now();
    stop_on(ana_hmm_fit(counts, &options, &hmm));
    printf("poisson, 4 restarts with their starts: %.3f s, log-likelihood %.17g\n", now() - start,
           hmm->log_likelihood);
    ana_hmm_free(hmm);
    ana_hmm_free(truth);
    ana_observations_free(counts);
    return 0;
}
