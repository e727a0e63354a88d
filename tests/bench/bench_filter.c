/* Speed and memory of a zero-phase FIR filter, 1-40 Hz: bench_filter [channels] [seconds] [rate]
 * [threads]. Prints nanoseconds for each sample of each channel, in memory (two channels) and
 * streaming through a series whose samples are made as they are read, and the largest resident
 * memory. `bench_filter.py` holds the first against scipy's fftconvolve in one run. */
#include "bench.h"

#include <analysis/filter.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

typedef struct setup {
    size_t n_channels;
    size_t n_times;
    double rate;
    ana_run run;
} filter_setup;

static void must(ana_status status)
{
    if (status != ANA_OK) {
        fprintf(stderr, "%s\n", ana_last_error());
        exit(EXIT_FAILURE);
    }
}

/* White noise by a multiplicative hash of channel and time: a recording that takes no memory. */
static double sample(size_t channel, size_t t)
{
    uint64_t hash = (t + 1) * 0x9E3779B97F4A7C15u + channel * 0xD1B54A32D192ED03u;
    hash ^= hash >> 29;
    hash *= 0xBF58476D1CE4E5B9u;
    return (double)(int16_t)(hash >> 48);
}

static ana_status read_noise(void *self, const ana_window *window, double *out)
{
    (void)self;
    for (size_t i = 0; i < window->n_channels; i++) {
        for (size_t t = 0; t < window->n_times; t++) {
            out[i * window->n_times + t] = sample(window->channels[i], window->first + t);
        }
    }
    return ANA_OK;
}

static ana_status read_noise_stored(void *self, const ana_window *window, void *out)
{
    return read_noise(self, window, out);
}

static void free_nothing(void *self)
{
    (void)self;
}

static ana_series *noise_series(const filter_setup *setup)
{
    static const ana_source_operations operations = {read_noise, read_noise_stored, free_nothing};
    ana_series *series = NULL;
    must(ana_series_new("noise", setup->n_channels, &series));
    series->rate = setup->rate;
    series->type = ANA_FLOAT64;
    must(ana_series_add_segment(series, setup->n_times, 0.0));
    must(ana_source_new(&operations, NULL, &series->source));
    return series;
}

/* The walk itself: what is measured must be used. */
static ana_status add_up(void *user, const ana_block *block)
{
    double *sum = user;
    *sum += block->values[0];
    return ANA_OK;
}

static double walk(const filter_setup *setup, const ana_series *series)
{
    double sum = 0.0;
    double start = wall_seconds();
    must(ana_series_blocks(series, NULL, &setup->run, add_up, &sum));
    double seconds = wall_seconds() - start;
    printf("  (first values add up to %g)\n", sum);
    return seconds * 1e9 / (double)(series->n_channels * series->n_times);
}

static double in_memory(const filter_setup *setup, const ana_fir *fir)
{
    const size_t n_channels = 2;
    double *x = malloc(n_channels * setup->n_times * sizeof *x);
    double *y = malloc(n_channels * setup->n_times * sizeof *y);
    if (x == NULL || y == NULL) {
        exit(EXIT_FAILURE);
    }
    for (size_t i = 0; i < n_channels * setup->n_times; i++) {
        x[i] = sample(0, i);
        y[i] = 0.0;
    }
    double start = wall_seconds();
    must(ana_fir_apply(fir, ANA_PHASE_ZERO, n_channels, setup->n_times, x, &setup->run, y));
    double seconds = wall_seconds() - start;
    free(x);
    free(y);
    return seconds * 1e9 / (double)(n_channels * setup->n_times);
}

static double argument(int argc, char **argv, int i, double otherwise)
{
    return argc > i ? strtod(argv[i], NULL) : otherwise;
}

int main(int argc, char **argv)
{
    filter_setup setup = {.n_channels = (size_t)argument(argc, argv, 1, 64.0),
                          .rate = argument(argc, argv, 3, 1000.0),
                          .run = ana_run_default()};
    setup.n_times = (size_t)(argument(argc, argv, 2, 3600.0) * setup.rate);
    setup.run.n_threads = (size_t)argument(argc, argv, 4, 1.0);
    ana_filter_options options = ana_filter_options_default();
    options.high_pass_hz = 1.0;
    options.low_pass_hz = 40.0;
    options.run = setup.run;
    ana_fir *fir = NULL;
    must(ana_fir_design(&options, setup.rate, &fir));
    printf("%zu taps, %zu samples, %zu threads\n", fir->n_taps, setup.n_times, setup.run.n_threads);

    ana_series *series = noise_series(&setup);
    ana_series *filtered = NULL;
    must(ana_series_filter(series, &options, &filtered));
    double reading = walk(&setup, series);
    double streaming = walk(&setup, filtered);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("streaming_ns_per_sample %.3f\n", streaming);
    printf("reading_ns_per_sample %.3f\n", reading);
    printf("streaming_resident_MiB %.0f\n", (double)usage.ru_maxrss / 1024.0);
    printf("memory_ns_per_sample %.3f\n", in_memory(&setup, fir));
    ana_series_free(filtered);
    ana_series_free(series);
    ana_fir_free(fir);
    return EXIT_SUCCESS;
}
