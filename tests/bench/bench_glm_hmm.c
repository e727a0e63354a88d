/* E-step and iterations of the coupled GLM-HMM against the matrix products and link functions that
 * they cannot do without, in one run.
 *   bench_glm_hmm [rows] [units] [states] [lags] [threads] [iterations]   default 50000 100 5 5 1 5
 * The scale run: bench_glm_hmm 360000 300 3 5 2 1. Times are of the processor with one thread and
 * of the clock with more. The floor has as many threads as the fits. */
#include "bench.h"

#include <analysis/linalg.h>
#include <analysis/models/glm_hmm.h>
#include <analysis/models/hmm_messages.h>
#include <analysis/random.h>

#include <math.h>
#include <omp.h>
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

/* What one thread of the floor works on. */
typedef struct bench_room {
    double *panel;
    double *eta;
    double *value;
} bench_room;

static bench_room new_room(size_t n_columns, size_t n_units)
{
    const bench_room room = {.panel = calloc(BLOCK * n_columns, sizeof(double)),
                             .eta = calloc(BLOCK * n_units, sizeof(double)),
                             .value = calloc(BLOCK * n_units, sizeof(double))};
    for (size_t i = 0; i < BLOCK * n_columns; i++) {
        room.panel[i] = 0.01 * (double)(i % 13);
    }
    return room;
}

/* Products of panels that are there, and with `link` log-likelihoods of what comes out: as many as
 * an E-step needs, on as many threads as the fits have. */
static double floor_of(const ana_observations *counts, size_t n_columns, size_t n_states,
                       int n_threads, bool link)
{
    const size_t n_units = counts->n_features;
    const size_t n_blocks = counts->n_times / BLOCK;
    const ana_glm_family family = {ANA_GLM_POISSON, ANA_GLM_SOFTPLUS, 1.0, 0};
    const ana_gemm shape = {.n_rows = BLOCK,
                            .n_inner = n_columns,
                            .n_columns = n_units,
                            .transpose_b = true,
                            .alpha = 1.0};
    double *weights = calloc(n_states * n_units * n_columns, sizeof *weights);
    bench_room *rooms = calloc((size_t)n_threads, sizeof *rooms);
    for (size_t i = 0; i < n_states * n_units * n_columns; i++) {
        weights[i] = 0.01 * (double)(i % 7) - 0.03;
    }
    for (int i = 0; i < n_threads; i++) {
        rooms[i] = new_room(n_columns, n_units);
    }
    const double begun = now();
#pragma omp parallel for default(none) schedule(dynamic, 1) num_threads(n_threads)                 \
    shared(counts, n_columns, n_states, link, n_units, n_blocks, family, shape, weights, rooms)
    for (size_t b = 0; b < n_blocks; b++) {
        const bench_room *room = rooms + omp_get_thread_num();
        for (size_t k = 0; k < n_states; k++) {
            stop_on(
                ana_linalg_gemm(&shape, room->panel, weights + k * n_units * n_columns, room->eta));
            if (link) {
                ana_glm_kernel(&family, true, BLOCK * n_units, counts->values + b * BLOCK * n_units,
                               room->eta, (ana_glm_outputs){.log_likelihood = room->value});
            }
        }
    }
    const double seconds = now() - begun;
    for (int i = 0; i < n_threads; i++) {
        free(rooms[i].panel);
        free(rooms[i].eta);
        free(rooms[i].value);
    }
    free(rooms);
    free(weights);
    return seconds;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

/* Bin by bin, as they would arrive: what one step takes, and how far it is from the batch filter.
 */
static void time_stream(const ana_glm_hmm *model, const ana_glm_hmm_data *data, const double *rows)
{
    const ana_observations *counts = data->responses;
    const size_t n = counts->n_times < 20000 ? counts->n_times : 20000;
    const size_t n_states = model->n_states;
    const ana_hmm_chain chain = {n_states, model->initial, model->transition, 0};
    ana_glm_hmm_stream *stream = NULL;
    double *filtered = calloc(n * n_states, sizeof *filtered);
    double *batch = calloc(n * n_states, sizeof *batch);
    double *seconds = calloc(n, sizeof *seconds);
    double sum = 0.0;
    double off = 0.0;
    double ignored = 0.0;
    stop_on(ana_hmm_filter(&chain, n, rows, batch, &ignored));
    stop_on(ana_glm_hmm_stream_new(model, &stream));
    for (size_t t = 0; t < n; t++) {
        const double begun = now();
        stop_on(ana_glm_hmm_step(stream, counts->values + t * model->n_units, NULL,
                                 filtered + t * n_states, NULL));
        seconds[t] = now() - begun;
        sum += seconds[t];
    }
    for (size_t i = 0; i < n * n_states; i++) {
        off = fmax(off, fabs(filtered[i] - batch[i]));
    }
    qsort(seconds, n, sizeof *seconds, compare_doubles);
    printf("online       %8.1f us a bin, median %.1f, 99 of 100 within %.1f, all within %.1f; %.1g "
           "from the batch filter at most\n",
           1e6 * sum / (double)n, 1e6 * seconds[n / 2], 1e6 * seconds[n * 99 / 100],
           1e6 * seconds[n - 1], off);
    ana_glm_hmm_stream_free(stream);
    free(filtered);
    free(batch);
    free(seconds);
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
    const size_t n_iterations = argument(argc, argv, 6, 5);
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
    const int n_threads = (int)options.run.n_threads;
    const double gemm = floor_of(counts, n_columns, n_states, n_threads, false);
    const double least = floor_of(counts, n_columns, n_states, n_threads, true);
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
    const double all = fit_for(&data, start, options, 1 + n_iterations, &second);
    const double iteration = (all - one) / (double)n_iterations;
    getrusage(RUSAGE_SELF, &after);
    printf("%zu rows, %zu units, %zu states, %zu columns, %zu threads\n", n_times, n_units,
           n_states, n_columns, options.run.n_threads);
    printf("floor        %8.2f s  of which products %.2f s, %.1f Gflop/s\n", least, gemm,
           2e-9 * (double)(n_times * n_columns * n_units * n_states) / gemm);
    printf("E-step       %8.2f s  %.2f of the floor\n", expected, expected / least);
    printf("iteration    %8.2f s  %.2f of the floor\n", iteration, iteration / least);
    printf("first fit    %8.2f s  2 iterations with pooled start and screening\n", whole);
    printf("gain         %8.2f    nats a row in %zu iterations\n",
           (second->info.trace[second->info.n_trace - 1] - second->info.trace[1]) / (double)n_times,
           n_iterations);
    stop_on(ana_glm_hmm_log_emission(second, &data, &options.run, rows));
    time_stream(second, &data, rows);
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
