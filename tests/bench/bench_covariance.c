/* Covariances of trials against the products they are made of, at the speed of these in the same
 * run.
 *   bench_covariance [trials] [channels] [samples]   default 1000 64 256
 * The floor: one product X X^T (syrk) a trial. Of augmented ones (order 8, lag 2, a third of the
 * channels): the product of the embedding. */
#include "bench.h"

#include <analysis/augmented_covariance.h>
#include <analysis/covariance_stream.h>
#include <analysis/erp_covariance.h>
#include <analysis/linalg.h>
#include <analysis/random.h>

#include <stdio.h>
#include <stdlib.h>

static void print_row(const char *what, double seconds, double floor_s)
{
    printf("%-28s %8.4f s  floor %7.4f s  %5.2f\n", what, seconds, floor_s, seconds / floor_s);
}

/* Seconds of the products of trials of m rows, the best of three. */
static double measure_floor(const ana_trial_signals *trials, size_t m, size_t n_times)
{
    double *out = bench_doubles(m * m);
    double best = 1e30;
    for (size_t i = 0; i < 3; i++) {
        const double start = cpu_seconds();
        for (size_t k = 0; k < trials->n_trials; k++) {
            stop_on(ana_linalg_gram_rows(
                m, n_times, trials->values + k * trials->n_channels * trials->n_times, out));
        }
        const double seconds = cpu_seconds() - start;
        best = seconds < best ? seconds : best;
    }
    free(out);
    return best;
}

static void measure_estimators(const ana_trial_signals *trials, double *out)
{
    const double floor_s = measure_floor(trials, trials->n_channels, trials->n_times);
    for (int estimator = 0; estimator <= ANA_COVARIANCE_SHRUNK; estimator++) {
        double best = 1e30;
        ana_covariance_options options = ana_covariance_options_default();
        options.estimator = (ana_covariance_estimator)estimator;
        options.run.n_threads = 1;
        for (size_t i = 0; i < 3; i++) {
            const double start = cpu_seconds();
            stop_on(ana_covariance_of_trials(trials, &options, NULL, out));
            const double seconds = cpu_seconds() - start;
            best = seconds < best ? seconds : best;
        }
        print_row(ana_covariance_estimator_names[estimator], best, floor_s);
    }
}

/* The values of the trials, read as fewer channels and as long, and as the embedding's rows. */
static void measure_augmented(const ana_trial_signals *all)
{
    const ana_augmentation pair = {.order = 8, .lag = 2, .tail = ANA_TAIL_FULL};
    ana_trial_signals trials = *all;
    trials.n_channels = all->n_channels / 3;
    trials.n_trials = all->n_trials / 4;
    const size_t m = trials.n_channels * pair.order;
    size_t n_left = 0;
    stop_on(ana_augmented_length(&pair, trials.n_times, &n_left));
    double *embedded = bench_doubles(trials.n_trials * m * n_left);
    double *out = bench_doubles(trials.n_trials * m * m);
    stop_on(ana_augmented_signals(&pair, &trials, embedded));
    const ana_trial_signals rows = {
        .n_trials = trials.n_trials, .n_channels = m, .n_times = n_left, .values = embedded};
    const double floor_s = measure_floor(&rows, m, n_left);
    ana_covariance_options options = ana_covariance_options_default();
    options.run.n_threads = 1;
    options.estimator = ANA_COVARIANCE_EMPIRICAL;
    double start = cpu_seconds();
    stop_on(ana_covariance_of_trials(&rows, &options, NULL, out));
    print_row("order 8, embedded", cpu_seconds() - start, floor_s);
    start = cpu_seconds();
    stop_on(ana_augmented_covariance(&pair, &trials, &options, NULL, out));
    print_row("order 8, lagged products", cpu_seconds() - start, floor_s);
    free(out);
    free(embedded);
}

/* Prototypes of two classes: twice the channels, of which the products are the same in every trial.
 * The floor is the product of all rows. */
static void measure_potentials(const ana_trial_signals *all)
{
    ana_trial_signals trials = *all;
    trials.n_channels = all->n_channels / 3;
    trials.n_trials = all->n_trials / 4;
    const size_t m = 3 * trials.n_channels;
    double *out = bench_doubles(trials.n_trials * m * m);
    ana_covariance_options options = ana_covariance_options_default();
    options.run.n_threads = 1;
    options.estimator = ANA_COVARIANCE_OAS;
    ana_trial_signals stacked = trials;
    stacked.n_channels = m; /* as many rows; which they are does not matter here */
    const double floor_s = measure_floor(&stacked, m, trials.n_times);
    double start = cpu_seconds();
    stop_on(ana_covariance_of_trials(&stacked, &options, NULL, out));
    print_row("all rows of a trial", cpu_seconds() - start, floor_s);
    start = cpu_seconds();
    stop_on(ana_erp_covariance(&trials, 2 * trials.n_channels, all->values, &options, NULL, out));
    print_row("below prototypes", cpu_seconds() - start, floor_s);
    free(out);
}

/* Three sums of n (n + 1) / 2 products a sample. */
static void measure_stream(const ana_trial_signals *trials, double *out)
{
    ana_covariance_stream *stream = NULL;
    const size_t n = trials->n_channels;
    stop_on(ana_covariance_stream_new(n, NULL, &stream));
    double start = cpu_seconds();
    for (size_t k = 0; k < trials->n_trials; k++) {
        stop_on(ana_covariance_stream_push(stream, trials->n_times,
                                           trials->values + k * n * trials->n_times));
    }
    const double n_samples = (double)trials->n_trials * (double)trials->n_times;
    printf("stream: %.2f us a sample", (cpu_seconds() - start) / n_samples * 1e6);
    start = cpu_seconds();
    for (size_t k = 0; k < 100; k++) {
        stop_on(ana_covariance_stream_read(stream, NULL, out));
    }
    printf(", %.1f us a reading\n", (cpu_seconds() - start) * 1e4);
    ana_covariance_stream_free(stream);
}

int main(int argc, char **argv)
{
    const size_t n_trials = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
    const size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 64;
    const size_t n_times = argc > 3 ? strtoul(argv[3], NULL, 10) : 256;
    double *x = bench_doubles(n_trials * n * n_times);
    double *out = bench_doubles(n_trials * n * n);
    ana_random random = ana_random_stream(1, "bench", 0);
    for (size_t i = 0; i < n_trials * n * n_times; i++) {
        x[i] = ana_random_normal(&random) + 3.0;
    }
    const ana_trial_signals trials = {
        .n_trials = n_trials, .n_channels = n, .n_times = n_times, .values = x};
    printf("%zu trials of %zu channels, %zu samples\n", n_trials, n, n_times);
    measure_estimators(&trials, out);
    measure_augmented(&trials);
    measure_potentials(&trials);
    measure_stream(&trials, out);
    free(out);
    free(x);
    return 0;
}
