/* Autoregressive models of signal.h5. */
#include "bci.h"
#include "support/check.h"

#include <analysis/autoregression.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values and the accuracy asked of them, relative to the largest. */
static void compare(const h5_reference *file, tally *counts, const char *path, size_t n,
                    const double *values, double accuracy)
{
    h5_doubles wanted = h5_reference_doubles(file, path);
    counts->n_cases++;
    if (tally_that(counts, wanted.n == n, "%s: %zu values, computed %zu", path, wanted.n, n)) {
        double largest = 0.0;
        for (size_t i = 0; i < n; i++) {
            largest = fmax(largest, fabs(wanted.values[i]));
        }
        for (size_t i = 0; i < n; i++) {
            tally_number(counts, values[i], wanted.values[i], accuracy * largest, 0.0, "%s[%zu]",
                         path, i);
        }
    }
    h5_doubles_free(&wanted);
}

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
    compare(file, counts, path, n_channels * order, coefficients, 1e-12);
    snprintf(path, sizeof path, "burg/sigma2_%zu", order);
    compare(file, counts, path, n_channels, variance, 1e-12);
    snprintf(path, sizeof path, "burg/psd_%zu_0to40Hz", order);
    compare(file, counts, path, n_channels * FREQUENCIES, density, 1e-12);
}

void compare_burg(const h5_reference *file, tally *counts)
{
    h5_doubles x = h5_reference_doubles(file, "in/x");
    compare_order(file, counts, &x, 6);
    compare_order(file, counts, &x, 19);
    h5_doubles_free(&x);
}
