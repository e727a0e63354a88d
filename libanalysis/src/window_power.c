#include "window_power.h"

#include "burg.h"
#include "fft.h"
#include "memory.h"
#include "text.h"
#include "trend.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Adaptive weights have converged when they change by less than this, mean square over tapers, at
 * every frequency. */
static const double converged = 1e-10;
static const size_t max_iterations = 150;

struct ana_window_power {
    size_t n;
    size_t n_fft;
    double rate;
    ana_trend detrend;
    size_t order; /* of Burg's method; 0: tapers */
    size_t n_tapers;
    bool adaptive;
    double scale; /* of a one-sided power away from frequency 0 and half the rate */
    ana_fft *fft;
    ana_workspace memory; /* of what follows */
    double *tapers;       /* n_tapers x n */
    double *weights;      /* n_tapers: concentrations; 1 for Welch */
};

void ana_window_power_free(ana_window_power *power)
{
    if (power != NULL) {
        ana_fft_free(power->fft);
        ana_workspace_release(&power->memory);
        free(power);
    }
}

static ana_status make_welch(ana_window_power *power, const ana_spectrum_options *options)
{
    ana_status status = ANA_OK;
    power->n_tapers = 1;
    power->tapers = ana_workspace_doubles(&power->memory, power->n, 1);
    power->weights = ana_workspace_doubles(&power->memory, 1, 1);
    ANA_TRY(ana_workspace_check(&power->memory, "spectrum"));
    ANA_TRY(ana_taper_fill(options->taper, options->taper_beta, false, power->n, power->tapers));
    power->weights[0] = 1.0;
    double sum = 0.0;
    double squares = 0.0;
    for (size_t t = 0; t < power->n; t++) {
        sum += power->tapers[t];
        squares += power->tapers[t] * power->tapers[t];
    }
    const bool density = options->scaling == ANA_SPECTRUM_DENSITY;
    power->scale = 2.0 / (density ? power->rate * squares : sum * sum);
done:
    return status;
}

/* Leaves out the tapers that leak, the best one excepted. */
static void keep_concentrated(ana_window_power *power)
{
    size_t n_kept = 0;
    for (size_t k = 0; k < power->n_tapers; k++) {
        if (power->weights[k] > 0.9) {
            memmove(power->tapers + n_kept * power->n, power->tapers + k * power->n,
                    power->n * sizeof(double));
            power->weights[n_kept++] = power->weights[k];
        }
    }
    power->n_tapers = n_kept > 0 ? n_kept : 1;
}

static ana_status make_multitaper(ana_window_power *power, const ana_spectrum_options *options)
{
    ana_status status = ANA_OK;
    const double n = (double)power->n;
    const double half =
        options->bandwidth_hz > 0.0 ? options->bandwidth_hz * n / (2.0 * power->rate) : 4.0;
    if (!(half >= 0.5 && half < 0.5 * n)) {
        return ana_fail(ANA_ERR_VALUE,
                        "multitaper: a bandwidth of %s Hz with windows of %zu samples at %s Hz; it "
                        "must be at least %s Hz and below the rate",
                        ana_number(options->bandwidth_hz).text, power->n,
                        ana_number(power->rate).text, ana_number(power->rate / n).text);
    }
    power->n_tapers = (size_t)(2.0 * half);
    power->tapers = ana_workspace_doubles(&power->memory, power->n_tapers, power->n);
    power->weights = ana_workspace_doubles(&power->memory, power->n_tapers, 1);
    ANA_TRY(ana_workspace_check(&power->memory, "multitaper"));
    ANA_TRY(ana_dpss(power->n, half, false, power->n_tapers, power->tapers, power->weights));
    if (options->low_bias) {
        keep_concentrated(power);
    }
    power->adaptive = options->adaptive && power->n_tapers >= 3;
    if (options->adaptive && !power->adaptive) {
        ana_warn(&options->run, "multitaper: %zu tapers are too few for adaptive weights",
                 power->n_tapers);
    }
    power->scale = 2.0 / power->rate;
done:
    return status;
}

/* The order in samples: as given, or the nearest to its seconds. */
static ana_status make_burg(ana_window_power *power, const ana_spectrum_options *options)
{
    const double seconds = rint(options->order_s * power->rate);
    const double order = options->order > 0 ? (double)options->order : fmax(seconds, 1.0);
    if (!(order < (double)power->n)) {
        return ana_fail(ANA_ERR_VALUE,
                        "burg: an order of %s with windows of %zu samples; it must be below their "
                        "length",
                        ana_number(order).text, power->n);
    }
    power->order = (size_t)order;
    power->scale = 2.0 / power->rate;
    if (power->n_fft <= power->order) {
        return ana_fail(ANA_ERR_VALUE,
                        "burg: an order of %zu with transforms of %zu samples; they must be longer",
                        power->order, power->n_fft);
    }
    return ANA_OK;
}

/* Samples of the transform: of the window unless the options say, or, by Burg's method, which is
 * free to choose frequencies, at least a second's: they are then at most 1 Hz apart. */
static size_t transform_length(const ana_spectrum_options *options, double rate, size_t n)
{
    if (options->n_fft > 0) {
        return options->n_fft;
    }
    const double second = rint(rate);
    const bool longer = options->method == ANA_SPECTRUM_BURG && second > (double)n;
    return longer && second <= (double)ANA_FFT_MAX ? (size_t)second : n;
}

static ana_status make_method(ana_window_power *power, const ana_spectrum_options *options)
{
    switch (options->method) {
    case ANA_SPECTRUM_MULTITAPER:
        return make_multitaper(power, options);
    case ANA_SPECTRUM_BURG:
        return make_burg(power, options);
    case ANA_SPECTRUM_WELCH:
        break;
    }
    return make_welch(power, options);
}

ana_status ana_window_power_new(const ana_spectrum_options *options, double rate, size_t n,
                                ana_window_power **out)
{
    const bool cut = options->n_fft != 0 && options->n_fft < n;
    if (n == 0 || (cut && options->method != ANA_SPECTRUM_BURG)) {
        return ana_fail(ANA_ERR_VALUE, "spectrum: windows of %zu samples, transforms of %zu", n,
                        options->n_fft);
    }
    ana_status status = ANA_OK;
    ana_window_power *power = NULL;
    ANA_TRY(ana_allocate(1, sizeof *power, "spectrum", &power));
    power->n = n;
    power->n_fft = transform_length(options, rate, n);
    power->rate = rate;
    power->detrend = options->detrend;
    ANA_TRY(make_method(power, options));
    ANA_TRY(ana_fft_new(power->n_fft, &power->fft));
    *out = power;
    power = NULL;
done:
    ana_window_power_free(power);
    return status;
}

size_t ana_window_power_times(const ana_window_power *power)
{
    return power->n;
}

size_t ana_window_power_bins(const ana_window_power *power)
{
    return ana_fft_bins(power->n_fft);
}

double ana_window_power_frequency(const ana_window_power *power, size_t k)
{
    return (double)k * power->rate / (double)power->n_fft;
}

/* Scratch: the window less its trend, the tapered window, its spectrum, and with adaptive weights
 * the powers of all tapers and the weights at one frequency, new and old. Burg's method: the window
 * less its trend, the error filter, its spectrum, and room for the recursion. */
size_t ana_window_power_scratch(const ana_window_power *power)
{
    const size_t bins = ana_fft_bins(power->n_fft);
    const size_t longest = power->n > power->n_fft ? power->n : power->n_fft;
    size_t n = 2 * ana_fft_stride(longest) + ana_fft_stride(2 * bins);
    if (power->order > 0) {
        return n + ana_fft_stride(ana_burg_room(power->n, power->order));
    }
    if (power->adaptive) {
        n += ana_fft_stride((2 * power->n_tapers + 1) * bins);
    }
    return n;
}

/* powers[bins] = squared magnitudes of one tapered window; frequencies that stand for themselves
 * alone count half. */
static void taper_powers(const ana_window_power *power, size_t taper, const double *x,
                         double *tapered, double *spectrum, double *powers)
{
    const size_t bins = ana_fft_bins(power->n_fft);
    const double *weights = power->tapers + taper * power->n;
    for (size_t t = 0; t < power->n; t++) {
        tapered[t] = x[t] * weights[t];
    }
    memset(tapered + power->n, 0, (power->n_fft - power->n) * sizeof *tapered);
    ana_fft_forward(power->fft, tapered, spectrum);
    for (size_t k = 0; k < bins; k++) {
        powers[k] = spectrum[2 * k] * spectrum[2 * k] + spectrum[2 * k + 1] * spectrum[2 * k + 1];
    }
    powers[0] *= 0.5;
    if (power->n_fft % 2 == 0) {
        powers[bins - 1] *= 0.5;
    }
}

/* Mean over tapers, weighted by concentration, added up taper by taper. */
static void weighted_mean(const ana_window_power *power, const double *x, double *tapered,
                          double *spectrum, double *out)
{
    const size_t bins = ana_fft_bins(power->n_fft);
    double *powers = spectrum; /* written behind what is read */
    double sum = 0.0;
    memset(out, 0, bins * sizeof *out);
    for (size_t k = 0; k < power->n_tapers; k++) {
        taper_powers(power, k, x, tapered, spectrum, powers);
        sum += power->weights[k];
        for (size_t f = 0; f < bins; f++) {
            out[f] += power->weights[k] * powers[f];
        }
    }
    for (size_t f = 0; f < bins; f++) {
        out[f] /= sum;
    }
}

/* sum_k d_k^2 S_k / sum_k d_k^2 at frequency f, for weights d_k^2 (n of them). */
static double mean_at(size_t n, size_t bins, const double *squared_weights, const double *powers,
                      size_t f)
{
    double sum = 0.0;
    double weight = 0.0;
    for (size_t k = 0; k < n; k++) {
        sum += squared_weights[k] * powers[k * bins + f];
        weight += squared_weights[k];
    }
    return sum / weight;
}

/* One step of Thomson's iteration at every frequency: new weights from the estimate; returns the
 * largest mean square of their change. weights: bins x n_tapers. */
static double update_weights(const ana_window_power *power, double variance, const double *estimate,
                             double *weights)
{
    double largest = 0.0;
    for (size_t f = 0; f < ana_fft_bins(power->n_fft); f++) {
        double change = 0.0;
        for (size_t k = 0; k < power->n_tapers; k++) {
            const double concentration = power->weights[k];
            double weight = sqrt(concentration) * estimate[f] /
                            (concentration * estimate[f] + (1.0 - concentration) * variance);
            double *old = &weights[f * power->n_tapers + k];
            change += (weight - *old) * (weight - *old);
            *old = weight;
        }
        largest = fmax(largest, change / (double)power->n_tapers);
    }
    return largest;
}

static void update_estimate(const ana_window_power *power, const double *weights,
                            const double *powers, double *estimate)
{
    const size_t bins = ana_fft_bins(power->n_fft);
    for (size_t f = 0; f < bins; f++) {
        double sum = 0.0;
        double total = 0.0;
        for (size_t k = 0; k < power->n_tapers; k++) {
            const double weight = weights[f * power->n_tapers + k];
            sum += weight * weight * powers[k * bins + f];
            total += weight * weight;
        }
        estimate[f] = sum / total;
    }
}

/* The variance, at each of the positive frequencies alike: trapezoids under the estimate of fixed
 * weights, whose values stand for two frequencies each. */
static double variance_of(const ana_window_power *power, const double *powers)
{
    const size_t bins = ana_fft_bins(power->n_fft);
    double sum = 0.0;
    for (size_t f = 0; f < bins; f++) {
        const double end = f == 0 || f == bins - 1 ? 0.5 : 1.0;
        sum += end * mean_at(power->n_tapers, bins, power->weights, powers, f);
    }
    return 0.5 * sum / (double)bins;
}

/* Thomson (1982), eq. 5.2-5.3: weights by frequency, from the first two tapers on. */
static bool adaptive_mean(const ana_window_power *power, const double *x, double *tapered,
                          double *spectrum, double *out)
{
    const size_t bins = ana_fft_bins(power->n_fft);
    double *powers = spectrum + ana_fft_stride(2 * bins);
    double *weights = powers + power->n_tapers * bins;
    for (size_t k = 0; k < power->n_tapers; k++) {
        taper_powers(power, k, x, tapered, spectrum, powers + k * bins);
    }
    memset(weights, 0, power->n_tapers * bins * sizeof *weights);
    for (size_t f = 0; f < bins; f++) {
        out[f] = mean_at(2, bins, power->weights, powers, f);
    }
    const double variance = variance_of(power, powers);
    if (!(variance > 0.0)) {
        return true; /* a silent window: no power anywhere */
    }
    for (size_t i = 0; i < max_iterations; i++) {
        if (update_weights(power, variance, out, weights) < converged) {
            return true;
        }
        update_estimate(power, weights, powers, out);
    }
    return false;
}

/* variance / |1 + a_1 e^-iw + ...|^2, the denominator by a transform of the error filter. */
static void burg_density(const ana_window_power *power, const double *x, double *filter,
                         double *spectrum, double *out)
{
    const size_t bins = ana_fft_bins(power->n_fft);
    double *room = spectrum + ana_fft_stride(2 * bins);
    filter[0] = 1.0;
    const double variance = ana_burg_recursion(power->n, x, power->order, room, filter + 1);
    memset(filter + 1 + power->order, 0, (power->n_fft - 1 - power->order) * sizeof *filter);
    ana_fft_forward(power->fft, filter, spectrum);
    for (size_t k = 0; k < bins; k++) {
        out[k] = variance /
                 (spectrum[2 * k] * spectrum[2 * k] + spectrum[2 * k + 1] * spectrum[2 * k + 1]);
    }
}

bool ana_window_power_run(const ana_window_power *power, const double *x, double *scratch,
                          double *out)
{
    const size_t bins = ana_fft_bins(power->n_fft);
    const size_t longest = power->n > power->n_fft ? power->n : power->n_fft;
    double *level = scratch;
    double *tapered = level + ana_fft_stride(longest);
    double *spectrum = tapered + ana_fft_stride(longest);
    bool done = true;
    memcpy(level, x, power->n * sizeof *level);
    ana_detrend(power->detrend, 1, power->n, level);
    if (power->order > 0) {
        burg_density(power, level, tapered, spectrum, out);
    } else if (power->adaptive) {
        done = adaptive_mean(power, level, tapered, spectrum, out);
    } else {
        weighted_mean(power, level, tapered, spectrum, out);
    }
    for (size_t f = 0; f < bins; f++) {
        out[f] *= power->scale;
    }
    return done;
}
