/* Autoregressive models and connectivity of the signals of signal.h5. */
#include "bci.h"
#include "support/check.h"

#include <analysis/autoregression.h>
#include <analysis/connectivity.h>
#include <analysis/filter.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first n samples of channel c less their mean. */
static void beginning(const h5_doubles *x, size_t c, size_t n, double *out)
{
    double mean = 0.0;
    for (size_t t = 0; t < n; t++) {
        mean += x->values[c * x->shape[1] + t] / (double)n;
    }
    for (size_t t = 0; t < n; t++) {
        out[t] = x->values[c * x->shape[1] + t] - mean;
    }
}

/* Of the first five seconds of each channel; densities at 0, 1, ... 40 Hz. */
static void compare_order(const h5_reference *file, tally *counts, const h5_doubles *x,
                          size_t order)
{
    enum {
        N = 800,
        FREQUENCIES = 41,
        MOST = 32,
        CHANNELS = 8
    };
    const double rate = h5_reference_attribute(file, "in/x", "fs", 0.0);
    const size_t n_channels = x->shape[0];
    double samples[N];
    double frequencies[FREQUENCIES];
    double coefficients[CHANNELS * MOST];
    double variance[CHANNELS];
    double density[CHANNELS * FREQUENCIES];
    char path[64];
    assert_true(n_channels <= CHANNELS && order <= MOST && x->shape[1] >= N);
    for (size_t i = 0; i < FREQUENCIES; i++) {
        frequencies[i] = (double)i;
    }
    for (size_t c = 0; c < n_channels; c++) {
        beginning(x, c, N, samples);
        check_ok(ana_burg(N, samples, order, coefficients + c * order, &variance[c]));
        ana_autoregression_density(order, coefficients + c * order, variance[c], rate, FREQUENCIES,
                                   frequencies, density + c * FREQUENCIES);
    }
    snprintf(path, sizeof path, "burg/a_%zu", order);
    compare_to_largest(file, path, n_channels * order, coefficients, 1e-12, counts);
    snprintf(path, sizeof path, "burg/sigma2_%zu", order);
    compare_to_largest(file, path, n_channels, variance, 1e-12, counts);
    snprintf(path, sizeof path, "burg/psd_%zu_0to40Hz", order);
    compare_to_largest(file, path, n_channels * FREQUENCIES, density, 1e-12, counts);
}

void compare_burg(const h5_reference *file, tally *counts)
{
    h5_doubles x = h5_reference_doubles(file, "in/x");
    compare_order(file, counts, &x, 6);
    compare_order(file, counts, &x, 19);
    h5_doubles_free(&x);
}

enum {
    CONNECTED = 1600 /* samples: ten seconds */
};

/* x of the first ten seconds, n_channels x CONNECTED; to be freed. */
static double *first_seconds(const h5_doubles *x, const double *values)
{
    double *out = calloc(x->shape[0] * CONNECTED, sizeof *out);
    assert_true(out != NULL && x->shape[1] >= CONNECTED);
    for (size_t c = 0; c < x->shape[0]; c++) {
        memcpy(out + c * CONNECTED, values + c * x->shape[1], CONNECTED * sizeof *out);
    }
    return out;
}

/* Windows of a second, half of which the next shares, from 4 to 40 Hz. */
static void compare_windows(const h5_reference *file, tally *counts, const h5_doubles *x)
{
    static const struct {
        const char *path;
        ana_connectivity_measure measure;
    } measures[] = {{"conn/msc", ANA_CONNECTIVITY_COHERENCE},
                    {"conn/imcoh", ANA_CONNECTIVITY_IMAGINARY},
                    {"conn/coherency_re", ANA_CONNECTIVITY_COHERENCY_REAL},
                    {"conn/coherency_im", ANA_CONNECTIVITY_COHERENCY_IMAGINARY},
                    {"conn/plv", ANA_CONNECTIVITY_PLV},
                    {"conn/pli", ANA_CONNECTIVITY_PLI},
                    {"conn/wpli", ANA_CONNECTIVITY_WPLI}};
    const double rate = h5_reference_attribute(file, "in/x", "fs", 0.0);
    double *samples = first_seconds(x, x->values);
    for (size_t i = 0; i < sizeof measures / sizeof measures[0]; i++) {
        ana_connectivity_options options = ana_connectivity_options_default();
        ana_matrix *found = NULL;
        options.measure = measures[i].measure;
        options.min_hz = 4.0;
        options.max_hz = 40.0;
        check_ok(ana_connectivity(&options, rate, x->shape[0], CONNECTED, samples, NULL, &found));
        compare_to_largest(file, measures[i].path, ana_matrix_size(found), found->values, 1e-12,
                           counts);
        if (measures[i].measure == ANA_CONNECTIVITY_IMAGINARY) {
            ana_matrix *strength = NULL;
            check_ok(ana_node_strength(found, &strength));
            compare_to_largest(file, "conn/node_strength_imcoh", ana_matrix_size(strength),
                               strength->values, 1e-12, counts);
            compare_to_largest(file, "conn/freqs", found->axes[2].n, found->axes[2].coordinates,
                               0.0, counts);
            ana_matrix_free(strength);
        }
        ana_matrix_free(found);
    }
    free(samples);
}

static ana_series *series_of_signals(const h5_reference *file, const h5_doubles *x)
{
    ana_series *series = NULL;
    check_ok(ana_series_new("signals", x->shape[0], &series));
    series->rate = h5_reference_attribute(file, "in/x", "fs", 0.0);
    series->type = ANA_FLOAT64;
    check_ok(ana_series_add_segment(series, x->shape[1], 0.0));
    check_ok(ana_source_from_memory(ANA_FLOAT64, x->shape[0], x->shape[1], true, x->values,
                                    &series->source));
    return series;
}

/* Filtered as a whole, of which the first ten seconds count. */
static void compare_band(const h5_reference *file, tally *counts, const h5_doubles *x)
{
    ana_series *series = series_of_signals(file, x);
    ana_series *filtered = NULL;
    ana_matrix *found = NULL;
    ana_filter_options band = ana_filter_options_default();
    ana_connectivity_options options = ana_connectivity_options_default();
    double *y = calloc(x->n, sizeof *y);
    assert_non_null(y);
    band.high_pass_hz = 8.0;
    band.low_pass_hz = 13.0;
    check_ok(ana_series_filter(series, &band, &filtered));
    check_ok(ana_series_read(filtered, 0, NULL, 0, x->shape[1], y));
    double *samples = first_seconds(x, y);
    options.measure = ANA_CONNECTIVITY_PLV;
    check_ok(ana_connectivity_of_band(&options, x->shape[0], CONNECTED, samples, &found));
    compare_to_largest(file, "conn/plv_hilbert_8_13", ana_matrix_size(found), found->values, 1e-12,
                       counts);
    ana_matrix_free(found);
    ana_series_free(filtered);
    ana_series_free(series);
    free(samples);
    free(y);
}

void compare_connectivity(const h5_reference *file, tally *counts)
{
    h5_doubles x = h5_reference_doubles(file, "in/x");
    compare_windows(file, counts, &x);
    compare_band(file, counts, &x);
    h5_doubles_free(&x);
}
