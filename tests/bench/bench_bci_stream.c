/* How long a decision of a live classifier takes, from the last sample to the answer.
 *   bench_bci_stream [channels] [decisions]   default 64 2000
 * Windows of 1 s at 250 Hz behind a causal band-pass of order 4, a decision a 25 samples, with a
 * gate; one thread. The floor: operations of the covariance (2 n^2 T), the gate (5 n^3), and of a
 * distance for each class (5 n^3) or the tangent vector (16 n^3) and the scores, at the speed of a
 * matrix product of the same run, its shortest of 200. */
#include "bench.h"

#include <analysis/linalg.h>
#include <analysis/models/bci_stream.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_TIMES = 250,
    N_TRIALS = 120,
    STEP = 25
};

typedef struct latencies {
    size_t n;
    size_t most;
    double began;
    double *seconds;
} latencies;

static ana_status hear(void *user, const ana_bci_answer *answer)
{
    latencies *l = user;
    if (answer->kind != ANA_BCI_GAP && l->n < l->most) {
        l->seconds[l->n++] = wall_seconds() - l->began;
    }
    return ANA_OK;
}

static void draw(ana_random *random, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = ana_random_normal(random);
    }
}

/* A pipeline that has learned from noise. */
static ana_bci_pipeline *teach(const char *text, size_t n_channels)
{
    double *values = bench_doubles(N_TRIALS * n_channels * N_TIMES);
    const char *labels[N_TRIALS];
    const ana_bci_source source = {.subject = "a", .session = "1", .run = "bench"};
    const ana_run run = ana_run_default();
    ana_bci_trials *trials = NULL;
    ana_bci_pipeline *pipeline = NULL;
    ana_random random = ana_random_stream(1, "bench", 0);
    draw(&random, N_TRIALS * n_channels * N_TIMES, values);
    for (size_t i = 0; i < N_TRIALS; i++) {
        labels[i] = i % 2 == 0 ? "left" : "right";
    }
    const ana_bci_array array = {.n_trials = N_TRIALS,
                                 .n_channels = n_channels,
                                 .n_times = N_TIMES,
                                 .rate = 250.0,
                                 .values = values,
                                 .labels = labels};
    stop_on(ana_bci_trials_new(&array, &source, &trials));
    stop_on(ana_bci_pipeline_parse(text, &pipeline));
    stop_on(ana_bci_pipeline_fit(pipeline, trials, 0, NULL, &run));
    stop_on(ana_bci_gate_fit(pipeline, trials, 0, NULL, NULL));
    ana_bci_trials_free(trials);
    free(values);
    return pipeline;
}

/* Seconds of an operation of a matrix product. */
static double measure_operation(size_t n)
{
    double *a = bench_doubles(2 * n * n);
    ana_random random = ana_random_stream(1, "bench", 1);
    draw(&random, n * n, a);
    double seconds = INFINITY;
    for (size_t k = 0; k < 200; k++) {
        const double start = wall_seconds();
        stop_on(ana_linalg_multiply(n, n, n, a, a, a + n * n));
        seconds = fmin(seconds, wall_seconds() - start);
    }
    free(a);
    return seconds / (2.0 * (double)(n * n * n));
}

static void measure(const char *text, size_t n_channels, size_t n_decisions, double operations)
{
    ana_bci_pipeline *pipeline = teach(text, n_channels);
    ana_bci_stream_options options = ana_bci_stream_options_default();
    ana_bci_stream *stream = NULL;
    latencies l = {.most = n_decisions, .seconds = bench_doubles(n_decisions)};
    double *block = bench_doubles(n_channels * STEP);
    options.gate_z = 1e6;
    ana_random random = ana_random_stream(1, "bench", 2);
    stop_on(ana_bci_stream_new(pipeline, &options, &stream));
    while (l.n < n_decisions) {
        draw(&random, n_channels * STEP, block);
        l.began = wall_seconds();
        stop_on(ana_bci_stream_push(stream, STEP, block, hear, &l));
    }
    const double q[] = {0.5, 0.99, 1.0};
    double out[3];
    const double floor_s = operations * measure_operation(n_channels);
    stop_on(ana_stats_quantiles(l.n, l.seconds, 3, q, out));
    printf("%-60s median %6.3f  99 %% %6.3f  most %6.3f ms  floor %6.3f ms  %5.1f\n", text,
           1e3 * out[0], 1e3 * out[1], 1e3 * out[2], 1e3 * floor_s, out[0] / floor_s);
    ana_bci_stream_free(stream);
    ana_bci_pipeline_free(pipeline);
    free(block);
    free(l.seconds);
}

int main(int argc, char **argv)
{
    const size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 64;
    const size_t n_decisions = argc > 2 ? strtoul(argv[2], NULL, 10) : 2000;
    const double cube = (double)(n * n * n);
    const double covariances = 4.0 * (double)(n * n * N_TIMES);
    printf("%zu channels, %zu decisions, one thread\n", n, n_decisions);
    measure("band 8-32 phase=causal | cov lwf | mdm", n, n_decisions,
            covariances + 5.0 * cube + 10.0 * cube);
    measure("band 8-32 phase=causal | cov lwf | tangent | logistic", n, n_decisions,
            covariances + 5.0 * cube + 16.0 * cube);
    measure("band 8-32 phase=causal | cov lwf | recentre | tangent | lda", n, n_decisions,
            covariances + 5.0 * cube + 16.0 * cube + 30.0 * cube);
    return 0;
}
