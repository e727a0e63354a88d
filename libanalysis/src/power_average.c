#include "checked.h"
#include "memory.h"
#include "order.h"
#include "spectra.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

ana_status ana_power_average_new(const ana_spectrum_options *options, size_t n_channels,
                                 const ana_window_power *power, ana_power_average *average)
{
    ana_status status = ANA_OK;
    const bool median = options->average == ANA_SPECTRUM_MEDIAN;
    const size_t n_bins = ana_window_power_bins(power);
    *average = (ana_power_average){.n_channels = n_channels,
                                   .n_bins = n_bins,
                                   .n_times = ana_window_power_times(power),
                                   .median = median,
                                   .run = options->run};
    size_t bytes = 0;
    if (!ana_multiply(n_bins, sizeof *average->sums, &bytes) ||
        !ana_multiply(bytes, n_channels, &bytes)) {
        bytes = SIZE_MAX;
    }
    ANA_TRY(ana_allocate(n_channels, sizeof *average->n, "spectrum", &average->n));
    if (median) {
        ANA_TRY(ana_allocate(n_channels, sizeof(size_t), "spectrum", &average->capacity));
        ANA_TRY(ana_allocate(n_channels, sizeof(double *), "spectrum", &average->kept));
    } else {
        ANA_TRY(ana_run_check_memory(&options->run, bytes, "spectrum"));
        ANA_TRY(ana_allocate(bytes, 1, "spectrum", &average->sums));
    }
done:
    return status;
}

void ana_power_average_release(ana_power_average *average)
{
    for (size_t c = 0; average->kept != NULL && c < average->n_channels; c++) {
        free(average->kept[c]);
    }
    free(average->n);
    free(average->sums);
    free(average->capacity);
    free(average->kept);
    *average = (ana_power_average){0};
}

void ana_power_average_restart(ana_power_average *average)
{
    memset(average->n, 0, average->n_channels * sizeof *average->n);
    if (!average->median) {
        memset(average->sums, 0, average->n_channels * average->n_bins * sizeof *average->sums);
    }
}

ana_status ana_power_average_reserve(ana_power_average *average, size_t n)
{
    ana_status status = ANA_OK;
    if (!average->median) {
        return ANA_OK;
    }
    size_t most = 0;
    size_t bytes = 0;
    for (size_t c = 0; c < average->n_channels; c++) {
        most = average->n[c] > most ? average->n[c] : most;
    }
    if (!ana_multiply(most + n, average->n_bins * sizeof(double), &bytes) ||
        !ana_multiply(bytes, average->n_channels, &bytes)) {
        bytes = SIZE_MAX;
    }
    ANA_TRY(ana_run_check_memory(&average->run, bytes, "median of all windows' spectra"));
    for (size_t c = 0; c < average->n_channels; c++) {
        ANA_TRY(ana_grow(&average->kept[c], &average->capacity[c], average->n[c] + n,
                         average->n_bins * sizeof(double), "spectrum"));
    }
done:
    return status;
}

static void add(ana_power_average *average, size_t channel, const double *powers)
{
    const size_t n_bins = average->n_bins;
    if (average->median) {
        memcpy(average->kept[channel] + average->n[channel] * n_bins, powers,
               n_bins * sizeof *powers);
    } else {
        for (size_t f = 0; f < n_bins; f++) {
            ana_compensated_add(&average->sums[channel * n_bins + f], powers[f]);
        }
    }
    average->n[channel]++;
}

size_t ana_power_average_scratch(const ana_window_power *power)
{
    return ana_window_power_scratch(power) + (ana_window_power_bins(power) + 7) / 8 * 8;
}

bool ana_power_average_window(ana_power_average *average, const ana_window_power *power,
                              size_t channel, const double *x, double *scratch)
{
    size_t n_missing = 0;
    for (size_t t = 0; t < average->n_times; t++) {
        n_missing += isfinite(x[t]) ? 0 : 1;
    }
    if (n_missing > 0) {
        return true;
    }
    double *powers = scratch + ana_window_power_scratch(power);
    const bool converged = ana_window_power_run(power, x, scratch, powers);
    add(average, channel, powers);
    return converged;
}

/* How much larger the mean of n exponential variables is than their median: Allen et al. (2012),
 * Phys. Rev. D 85, app. B. */
static double median_bias(size_t n)
{
    double bias = 1.0;
    for (size_t i = 1; i <= (n - 1) / 2; i++) {
        bias += 1.0 / (2.0 * (double)i + 1.0) - 1.0 / (2.0 * (double)i);
    }
    return bias;
}

static double median_of(const ana_power_average *average, size_t channel, size_t f, double *sorted)
{
    const size_t n = average->n[channel];
    for (size_t i = 0; i < n; i++) {
        sorted[i] = average->kept[channel][i * average->n_bins + f];
    }
    qsort(sorted, n, sizeof *sorted, ana_compare_doubles);
    const double middle = 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]);
    return middle / median_bias(n);
}

static double average_of(const ana_power_average *average, size_t channel, size_t f, double *sorted)
{
    if (average->n[channel] == 0) {
        return (double)NAN;
    }
    if (average->median) {
        return median_of(average, channel, f, sorted);
    }
    return ana_compensated_total(&average->sums[channel * average->n_bins + f]) /
           (double)average->n[channel];
}

static bool is_wanted(const ana_spectrum_options *options, double frequency)
{
    return frequency >= options->min_hz && (options->max_hz == 0.0 || frequency <= options->max_hz);
}

static ana_status new_matrix(const ana_power_average *average, const ana_window_power *power,
                             size_t first, size_t n, ana_matrix **out)
{
    static const char *const names[] = {"channel", "frequency"};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_matrix *matrix = NULL;
    const size_t lengths[] = {average->n_channels, n};
    double *frequencies = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "spectrum"));
    for (size_t f = 0; f < n; f++) {
        frequencies[f] = ana_window_power_frequency(power, first + f);
    }
    ANA_TRY(ana_matrix_new(2, names, lengths, &matrix));
    ANA_TRY(ana_matrix_set_coordinates(matrix, 1, frequencies, "Hz"));
    *out = matrix;
    matrix = NULL;
done:
    ana_matrix_free(matrix);
    ana_workspace_release(&workspace);
    return status;
}

/* Frequencies first ... first + n - 1 are wanted. */
static ana_status choose_bins(const ana_power_average *average, const ana_window_power *power,
                              const ana_spectrum_options *options, size_t *first, size_t *n)
{
    *first = 0;
    *n = 0;
    while (*first < average->n_bins &&
           !is_wanted(options, ana_window_power_frequency(power, *first))) {
        (*first)++;
    }
    while (*first + *n < average->n_bins &&
           is_wanted(options, ana_window_power_frequency(power, *first + *n))) {
        (*n)++;
    }
    if (*n == 0) {
        const double last = ana_window_power_frequency(power, average->n_bins - 1);
        return ana_fail(
            ANA_ERR_VALUE,
            "spectrum: no frequency from %s to %s Hz; they are %s Hz apart, and the last is %s Hz",
            ana_number(options->min_hz).text,
            ana_number(options->max_hz > 0.0 ? options->max_hz : last).text,
            ana_number(ana_window_power_frequency(power, 1)).text, ana_number(last).text);
    }
    return ANA_OK;
}

ana_status ana_power_average_fill(const ana_power_average *average, const ana_window_power *power,
                                  const ana_spectrum_options *options, ana_matrix *matrix)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t first = 0;
    size_t n = 0;
    size_t most = 0;
    ANA_TRY(choose_bins(average, power, options, &first, &n));
    for (size_t c = 0; c < average->n_channels; c++) {
        most = average->n[c] > most ? average->n[c] : most;
    }
    double *sorted = ana_workspace_doubles(&workspace, most, 1);
    ANA_TRY(ana_workspace_check(&workspace, "spectrum"));
    for (size_t c = 0; c < average->n_channels; c++) {
        for (size_t f = 0; f < n; f++) {
            matrix->values[c * n + f] = average_of(average, c, first + f, sorted);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_power_average_read(const ana_power_average *average, const ana_window_power *power,
                                  const ana_spectrum_options *options, ana_matrix **out)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    size_t first = 0;
    size_t n = 0;
    ANA_TRY(choose_bins(average, power, options, &first, &n));
    ANA_TRY(new_matrix(average, power, first, n, &matrix));
    ANA_TRY(ana_power_average_fill(average, power, options, matrix));
    *out = matrix;
    matrix = NULL;
done:
    ana_matrix_free(matrix);
    return status;
}
