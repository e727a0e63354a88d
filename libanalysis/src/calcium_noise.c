#include "constants.h"
#include "fft.h"
#include "try.h"
#include "workspace.h"

#include <analysis/calcium.h>
#include <analysis/stats.h>

#include <math.h>

/* Samples of a spectrum's window, and the least with which one is tried. */
static const size_t spectrum_window = 256;
static const size_t least_window = 16;

/* Median distance of the differences from their median, as the standard deviation of white noise
 * that has it. `room` has n doubles. */
static double noise_of_differences(size_t n, const double *x, double *room)
{
    size_t n_present = 0;
    for (size_t t = 0; t + 1 < n; t++) {
        double difference = x[t + 1] - x[t];
        room[n_present] = difference;
        n_present += isnan(difference) ? 0 : 1;
    }
    if (n_present < 3) {
        return NAN;
    }
    return ana_stats_mad_in_place(n_present, room) / (0.6744897501960817 * sqrt(2.0));
}

/* One window without its mean, tapered; false when a sample is missing. */
static bool taper_window(size_t n, const double *x, const double *taper, double *out)
{
    double sum = 0.0;
    for (size_t t = 0; t < n; t++) {
        sum += x[t];
    }
    double mean = sum / (double)n;
    for (size_t t = 0; t < n; t++) {
        out[t] = taper[t] * (x[t] - mean);
    }
    return !isnan(sum);
}

/* Arrays of one spectrum. */
typedef struct spectrum {
    size_t window;
    const double *taper;
    double *tapered;
    double *transform;
    double *power; /* between a quarter and half of the rate, both excluded */
    size_t first;  /* frequency of power[0] */
    size_t n;
} spectrum;

/* Mean power over the windows without a missing sample, per sample of white noise: 1 for noise of
 * variance 1. Returns the number of windows. */
static size_t average_power(const ana_fft *fft, const spectrum *s, size_t n, const double *x)
{
    double squares = 0.0;
    for (size_t t = 0; t < s->window; t++) {
        squares += s->taper[t] * s->taper[t];
    }
    size_t n_windows = 0;
    for (size_t start = 0; start + s->window <= n; start += s->window - s->window / 2) {
        if (!taper_window(s->window, x + start, s->taper, s->tapered)) {
            continue;
        }
        ana_fft_forward(fft, s->tapered, s->transform);
        for (size_t k = 0; k < s->n; k++) {
            const double *value = s->transform + 2 * (s->first + k);
            s->power[k] += (value[0] * value[0] + value[1] * value[1]) / squares;
        }
        n_windows++;
    }
    for (size_t k = 0; k < s->n && n_windows > 0; k++) {
        s->power[k] /= (double)n_windows;
    }
    return n_windows;
}

static double noise_of_power(size_t n, double *power, ana_calcium_noise_kind kind)
{
    if (kind == ANA_NOISE_PSD_MEDIAN) {
        return sqrt(ana_stats_median_in_place(n, power));
    }
    if (kind == ANA_NOISE_PSD_MEAN) {
        return sqrt(ana_stats_mean(n, power));
    }
    for (size_t k = 0; k < n; k++) {
        power[k] = log(power[k]);
    }
    return sqrt(exp(ana_stats_mean(n, power)));
}

ana_status ana_calcium_noise(size_t n, const double *x, ana_calcium_noise_kind kind, double *sd)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_fft *fft = NULL;
    const size_t window = n < spectrum_window ? n : spectrum_window;
    double *room = ana_workspace_doubles(&workspace, n, 1);
    double *taper = ana_workspace_doubles(&workspace, window, 1);
    spectrum s = {.window = window, .taper = taper, .first = window / 4 + 1};
    s.n = window >= least_window ? (window + 1) / 2 - s.first : 0;
    s.tapered = ana_workspace_doubles(&workspace, window, 1);
    s.transform = ana_workspace_doubles(&workspace, window + 2, 1);
    s.power = ana_workspace_doubles(&workspace, s.n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "noise"));
    size_t n_windows = 0;
    if (kind != ANA_NOISE_DIFFERENCE && s.n > 0) {
        for (size_t t = 0; t < window; t++) {
            taper[t] = 0.5 - 0.5 * cos(2.0 * ANA_PI * (double)t / (double)window);
        }
        ANA_TRY(ana_fft_new(window, &fft));
        n_windows = average_power(fft, &s, n, x);
    }
    *sd = n_windows > 0 ? noise_of_power(s.n, s.power, kind) : noise_of_differences(n, x, room);
done:
    ana_fft_free(fft);
    ana_workspace_release(&workspace);
    return status;
}
