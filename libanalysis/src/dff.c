#include "dff.h"

#include "memory.h"
#include "order.h"
#include "simd.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ana_dff_kernel_free(ana_dff_kernel *kernel)
{
    if (kernel == NULL) {
        return;
    }
    free(kernel->weights);
    free(kernel);
}

/* Half a Gaussian, cut at four standard deviations; the whole sums to 1. */
static void fill_gaussian(size_t radius, double sigma, double *weights)
{
    double sum = 0.0;
    for (size_t k = 0; k <= radius; k++) {
        double x = sigma > 0.0 ? (double)k / sigma : 0.0;
        weights[k] = exp(-0.5 * x * x);
        sum += (k > 0 ? 2.0 : 1.0) * weights[k];
    }
    for (size_t k = 0; k <= radius; k++) {
        weights[k] /= sum;
    }
}

ana_status ana_dff_kernel_new(const ana_calcium_options *options, double rate, ana_dff_kernel **out)
{
    ana_status status = ANA_OK;
    ana_dff_kernel *kernel = NULL;
    double window = floor(options->window_s * rate + 1e-9);
    double radius = floor(4.0 * options->smooth_samples + 0.5);
    bool smooth = options->baseline == ANA_BASELINE_MAXIMIN;
    if (!(window < 0x1p40 && radius < 0x1p40)) {
        return ana_fail(ANA_ERR_VALUE, "dff: a window of so many samples cannot be held");
    }
    ANA_TRY(ana_allocate(1, sizeof *kernel, "dff", &kernel));
    kernel->kind = options->baseline;
    kernel->percentile = options->percentile;
    kernel->ratio = options->ratio;
    kernel->window = window > 1.0 ? (size_t)window : 1;
    kernel->radius = smooth ? (size_t)radius : 0;
    ANA_TRY(ana_allocate(kernel->radius + 1, sizeof *kernel->weights, "dff", &kernel->weights));
    fill_gaussian(kernel->radius, options->smooth_samples, kernel->weights);
    *out = kernel;
    kernel = NULL;
done:
    ana_dff_kernel_free(kernel);
    return status;
}

/* `wanted` and so many samples before and after it, within the segment. */
static ana_run_of_samples widen(size_t n_times, ana_run_of_samples wanted, size_t before,
                                size_t after)
{
    size_t stop = wanted.first + wanted.n;
    ana_run_of_samples wide = {wanted.first > before ? wanted.first - before : 0, 0};
    size_t wide_stop = n_times - stop > after ? stop + after : n_times;
    wide.n = wide_stop - wide.first;
    return wide;
}

static size_t samples_before(const ana_dff_kernel *kernel)
{
    return kernel->window / 2;
}

static size_t samples_after(const ana_dff_kernel *kernel)
{
    return kernel->window - 1 - kernel->window / 2;
}

ana_run_of_samples ana_dff_reach(const ana_dff_kernel *kernel, size_t n_times,
                                 ana_run_of_samples wanted)
{
    size_t passes = kernel->kind == ANA_BASELINE_MAXIMIN ? 2 : 1;
    return widen(n_times, wanted, passes * samples_before(kernel) + kernel->radius,
                 passes * samples_after(kernel) + kernel->radius);
}

/* Values of the widest stretch a stage works on, with its extension. */
static size_t buffer_size(const ana_dff_kernel *kernel, size_t n)
{
    return n + 3 * kernel->window + 2 * kernel->radius;
}

size_t ana_dff_scratch(const ana_dff_kernel *kernel, size_t n)
{
    return 5 * buffer_size(kernel, n);
}

/* out = values at wanted.first - before ... wanted.first + wanted.n + after - 1, where beyond its
 * ends the segment is reflected: c b a | a b c | c b a. `values` are those of `at_hand`. */
static void extend(size_t n_times, ana_run_of_samples at_hand, const double *values,
                   ana_run_of_samples wanted, size_t before, size_t after, double *out)
{
    size_t period = 2 * n_times;
    /* Counted from a whole number of periods before the segment, so that it is never negative. */
    size_t shift = (before / period + 1) * period;
    size_t from = shift + wanted.first - before;
    for (size_t i = 0; i < before + wanted.n + after; i++) {
        size_t t = (from + i) % period;
        t = t < n_times ? t : period - 1 - t;
        out[i] = values[t - at_hand.first];
    }
}

/* Weighed mean of the values present around each of n places; `values` has 2 radius more. */
ANA_CLONES static void convolve(size_t n, size_t radius, const double *weights,
                                const double *values, double *seen, double *out)
{
    memset(out, 0, n * sizeof *out);
    memset(seen, 0, n * sizeof *seen);
    for (size_t k = 0; k <= 2 * radius; k++) {
        double weight = weights[k > radius ? k - radius : radius - k];
        const double *from = values + k;
#pragma omp simd
        for (size_t t = 0; t < n; t++) {
            bool there = from[t] == from[t];
            out[t] += there ? weight * from[t] : 0.0;
            seen[t] += there ? weight : 0.0;
        }
    }
    for (size_t t = 0; t < n; t++) {
        out[t] = seen[t] > 0.0 ? out[t] / seen[t] : (double)NAN;
    }
}

static double lesser(double a, double b)
{
    return a < b ? a : b;
}

/* Least (sign 1) or greatest (sign -1) value present in each window: two running minima, from the
 * left and from the right edge of blocks one window long (van Herk 1992; Gil & Werman 1993).
 * `values` has window - 1 more than the n of out; `left` and `right` as many. */
static void extremes(size_t n, size_t window, double sign, const double *values, double *left,
                     double *right, double *out)
{
    size_t n_values = n + window - 1;
    for (size_t i = 0; i < n_values; i++) {
        double value = isnan(values[i]) ? (double)INFINITY : sign * values[i];
        left[i] = i % window == 0 ? value : lesser(left[i - 1], value);
        right[i] = value;
    }
    for (size_t i = n_values - 1; i-- > 0;) {
        if (i % window != window - 1) {
            right[i] = lesser(right[i], right[i + 1]);
        }
    }
    for (size_t i = 0; i < n; i++) {
        double value = lesser(right[i], left[i + window - 1]);
        out[i] = isinf(value) ? (double)NAN : sign * value;
    }
}

static void maximin(const ana_dff_kernel *kernel, size_t n_times, ana_run_of_samples at_hand,
                    const double *f, ana_run_of_samples wanted, double *scratch, double *f0)
{
    const size_t before = samples_before(kernel);
    const size_t after = samples_after(kernel);
    const size_t size = buffer_size(kernel, wanted.n);
    double *extended = scratch;
    double *left = scratch + size;
    double *right = scratch + 2 * size;
    double *smooth = scratch + 3 * size;
    double *least = scratch + 4 * size;
    ana_run_of_samples lowest = widen(n_times, wanted, before, after);
    ana_run_of_samples smoothed = widen(n_times, lowest, before, after);
    extend(n_times, at_hand, f, smoothed, kernel->radius, kernel->radius, extended);
    convolve(smoothed.n, kernel->radius, kernel->weights, extended, left, smooth);
    extend(n_times, smoothed, smooth, lowest, before, after, extended);
    extremes(lowest.n, kernel->window, 1.0, extended, left, right, least);
    extend(n_times, lowest, least, wanted, before, after, extended);
    extremes(wanted.n, kernel->window, -1.0, extended, left, right, f0);
}

/* First place in the n ascending values that is not below `value`. */
static size_t place_of(size_t n, const double *sorted, double value)
{
    size_t low = 0;
    while (n > 0) {
        size_t half = n / 2;
        bool below = sorted[low + half] < value;
        low += below ? half + 1 : 0;
        n = below ? n - half - 1 : half;
    }
    return low;
}

/* Take one value out of the n ascending ones and put another in; either may be missing. Only what
 * lies between the two moves: little, in a trace that changes slowly. Returns how many there are.
 */
static size_t replace(size_t n, double *sorted, double leaving, double entering)
{
    size_t gap = n; /* where there is room */
    if (!isnan(leaving)) {
        gap = place_of(n, sorted, leaving);
        n--;
    }
    if (isnan(entering)) {
        memmove(sorted + gap, sorted + gap + 1, (n - gap) * sizeof *sorted);
        return n;
    }
    size_t place = place_of(gap, sorted, entering);
    if (place < gap) {
        memmove(sorted + place + 1, sorted + place, (gap - place) * sizeof *sorted);
    } else {
        place = gap + place_of(n - gap, sorted + gap + 1, entering);
        memmove(sorted + gap, sorted + gap + 1, (place - gap) * sizeof *sorted);
    }
    sorted[place] = entering;
    return n + 1;
}

static double at_percentile(size_t n, const double *sorted, double percentile)
{
    if (n == 0) {
        return NAN;
    }
    size_t rank = (size_t)((double)n * percentile / 100.0);
    return sorted[rank < n ? rank : n - 1];
}

static void sliding_percentile(const ana_dff_kernel *kernel, size_t n_times,
                               ana_run_of_samples at_hand, const double *f,
                               ana_run_of_samples wanted, double *scratch, double *f0)
{
    const size_t window = kernel->window;
    double *extended = scratch;
    double *sorted = scratch + buffer_size(kernel, wanted.n);
    extend(n_times, at_hand, f, wanted, samples_before(kernel), samples_after(kernel), extended);
    size_t n = 0;
    for (size_t i = 0; i < window; i++) {
        sorted[n] = extended[i];
        n += isnan(extended[i]) ? 0 : 1;
    }
    qsort(sorted, n, sizeof *sorted, ana_compare_doubles);
    for (size_t t = 0; t < wanted.n; t++) {
        f0[t] = at_percentile(n, sorted, kernel->percentile);
        if (t + 1 < wanted.n) {
            n = replace(n, sorted, extended[t], extended[t + window]);
        }
    }
}

void ana_dff_baseline(const ana_dff_kernel *kernel, size_t n_times, ana_run_of_samples at_hand,
                      const double *f, ana_run_of_samples wanted, double *scratch, double *f0)
{
    if (kernel->kind == ANA_BASELINE_MAXIMIN) {
        maximin(kernel, n_times, at_hand, f, wanted, scratch, f0);
    } else {
        sliding_percentile(kernel, n_times, at_hand, f, wanted, scratch, f0);
    }
}

size_t ana_calcium_dff(size_t n, const double *f, const double *f0, bool ratio, double *dff)
{
    size_t n_without = 0;
    for (size_t t = 0; t < n; t++) {
        double above = f[t] - f0[t];
        bool defined = !ratio || f0[t] > 0.0;
        n_without += !defined && !isnan(above) ? 1 : 0;
        dff[t] = defined ? above / (ratio ? f0[t] : 1.0) : (double)NAN;
    }
    return n_without;
}
