#include "support/signals.h"

#include "support/check.h"

#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fill_noise(uint64_t item, size_t n, double *out)
{
    ana_random random = ana_random_stream(2024, "test.noise", item);
    double level = 20.0 * ana_random_normal(&random);
    for (size_t t = 0; t < n; t++) {
        level += 0.1 * ana_random_normal(&random);
        out[t] = level + ana_random_normal(&random);
    }
}

ana_series *series_of(double rate, size_t n_channels, size_t n_segments, const size_t *lengths,
                      const double *x)
{
    ana_series *series = NULL;
    double start = 2.5;
    check_ok(ana_series_new("test", n_channels, &series));
    series->rate = rate;
    series->type = ANA_FLOAT64;
    for (size_t s = 0; s < n_segments; s++) {
        check_ok(ana_series_add_segment(series, lengths[s], start));
        start += (double)lengths[s] / rate + 10.0;
    }
    check_ok(
        ana_source_from_memory(ANA_FLOAT64, n_channels, series->n_times, true, x, &series->source));
    for (size_t c = 0; c < n_channels; c++) {
        char name[24];
        snprintf(name, sizeof name, "c%zu", c);
        series->channels[c].name = strdup(name);
        series->channels[c].unit = strdup("uV");
        series->channels[c].kind = ANA_KIND_EEG;
    }
    check_ok(ana_series_check(series));
    return series;
}

double *read_whole(const ana_series *series)
{
    double *values = calloc(series->n_channels * series->n_times + 1, sizeof *values);
    assert_non_null(values);
    check_ok(ana_series_read(series, 0, NULL, 0, series->n_times, values));
    return values;
}

void check_same_bits(size_t n, const double *values, const double *wanted)
{
    for (size_t i = 0; i < n; i++) {
        if (!(values[i] == wanted[i] || (isnan(values[i]) && isnan(wanted[i])))) {
            fail_msg("value %zu of %zu is %.17g, not %.17g", i, n, values[i], wanted[i]);
        }
    }
}

static void check_window(const ana_series *series, size_t n_channels, const size_t *channels,
                         size_t first, size_t n, const double *wanted)
{
    double *values = calloc(n_channels * n + 1, sizeof *values);
    assert_non_null(values);
    check_ok(ana_series_read(series, n_channels, channels, first, n, values));
    for (size_t i = 0; i < n_channels; i++) {
        check_same_bits(n, values + i * n, wanted + channels[i] * series->n_times + first);
    }
    free(values);
}

void check_any_window(const ana_series *series, const double *wanted)
{
    size_t *channels = calloc(series->n_channels + 1, sizeof *channels);
    assert_non_null(channels);
    for (size_t c = 0; c < series->n_channels; c++) {
        channels[c] = c;
    }
    const size_t n = series->n_times;
    static const size_t steps[] = {997, 4096, 100003};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        for (size_t at = 0; at < n; at += steps[i]) {
            check_window(series, series->n_channels, channels, at,
                         n - at < steps[i] ? n - at : steps[i], wanted);
        }
    }
    for (size_t stop = n; stop > 0; stop -= stop < 5001 ? stop : 5001) {
        size_t first = stop < 5001 ? 0 : stop - 5001;
        check_window(series, series->n_channels, channels, first, stop - first, wanted);
    }
    ana_random random = ana_random_stream(5, "test.windows", 0);
    for (size_t i = 0; i < 30; i++) {
        size_t first = ana_random_below(&random, n);
        size_t length = 1 + ana_random_below(&random, n - first < 3000 ? n - first : 3000);
        ana_random_permutation(&random, series->n_channels, channels);
        size_t n_channels = 1 + ana_random_below(&random, series->n_channels);
        check_window(series, n_channels, channels, first, length, wanted);
    }
    free(channels);
}

ana_run run_of(size_t n_threads, size_t max_memory)
{
    ana_run run = ana_run_default();
    run.n_threads = n_threads;
    run.max_memory = max_memory;
    return run;
}
