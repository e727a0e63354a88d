/* The published pipeline's functions, for comparison. */
#include "checked.h"
#include "homogenise_parts.h"
#include "memory.h"
#include "try.h"

#include <analysis/models/homogenise_compat.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_status ana_compat_gradient(size_t n_times, size_t n_traces, const double *times,
                               const double *x, double *out)
{
    if (n_times < 2) {
        return ana_fail(ANA_ERR_VALUE, "gradient: %zu times; at least 2 are wanted", n_times);
    }
    for (size_t t = 0; t + 1 < n_times; t++) {
        if (times[t + 1] == times[t]) {
            return ana_fail(ANA_ERR_VALUE, "gradient: times %zu and %zu are equal", t, t + 1);
        }
    }
    for (size_t t = 0; t < n_times; t++) {
        const size_t low = t > 0 ? t - 1 : 0;
        const size_t high = t + 1 < n_times ? t + 1 : t;
        const double before = times[t] - times[low];
        const double after = times[high] - times[t];
        for (size_t i = 0; i < n_traces; i++) {
            const double a = x[low * n_traces + i];
            const double b = x[t * n_traces + i];
            const double c = x[high * n_traces + i];
            const bool inner = low < t && high > t;
            out[t * n_traces + i] = inner ? -after / (before * (before + after)) * a +
                                                (after - before) / (before * after) * b +
                                                before / (after * (before + after)) * c
                                          : (c - a) / (before + after);
        }
    }
    return ANA_OK;
}

static double moving_mean(size_t half, size_t n_traces, const double *x, size_t t)
{
    const size_t first = t > half ? t - half : 0;
    double sum = 0.0;
    for (size_t k = first; k <= t; k++) {
        sum += x[k * n_traces];
    }
    return sum / (double)(t - first + 1);
}

static double gaussian_mean(double width, size_t n_traces, const double *x, size_t t)
{
    double sum = 0.0;
    double total = 0.0;
    for (size_t k = t + 1; k-- > 0;) {
        const double distance = (double)(t - k);
        const double weight = exp(-distance * distance / (2.0 * width * width));
        if (weight == 0.0) {
            break;
        }
        sum += weight * x[k * n_traces];
        total += weight;
    }
    return (float)(sum / total);
}

ana_status ana_compat_smooth(ana_worm_smoothing smoothing, double width, size_t n_times,
                             size_t n_traces, const double *x, double *out)
{
    const bool share = smoothing == ANA_WORM_SMOOTH_EXPONENTIAL;
    if (smoothing != ANA_WORM_SMOOTH_NONE && !(width > 0.0 && width <= (share ? 1.0 : 1e9))) {
        return ana_fail(ANA_ERR_VALUE, "smooth: a width of this kind is above 0%s",
                        share ? " and at most 1" : "");
    }
    for (size_t k = 0; k < n_times * n_traces; k++) {
        const size_t t = k / n_traces;
        const double *trace = x + k % n_traces;
        switch (smoothing) {
        case ANA_WORM_SMOOTH_MOVING:
            out[k] = moving_mean((size_t)width / 2, n_traces, trace, t);
            break;
        case ANA_WORM_SMOOTH_GAUSSIAN:
            out[k] = gaussian_mean(width, n_traces, trace, t);
            break;
        case ANA_WORM_SMOOTH_EXPONENTIAL:
            out[k] = (float)(t == 0 ? x[k] : width * x[k] + (1.0 - width) * out[k - n_traces]);
            break;
        case ANA_WORM_SMOOTH_NONE:
            out[k] = x[k];
            break;
        }
    }
    return ANA_OK;
}

/* numpy.interp of each trace at the grid first + k step. */
static void interpolate(double step, size_t n_grid, size_t n_times, size_t n_traces,
                        const double *times, const double *x, double *out)
{
    size_t j = 0;
    for (size_t k = 0; k < n_grid; k++) {
        const double time = times[0] + (double)k * step;
        while (j + 2 < n_times && times[j + 1] <= time) {
            j++;
        }
        const double gap = times[j + 1] - times[j];
        const double share = fmin((time - times[j]) / gap, 1.0);
        for (size_t i = 0; i < n_traces; i++) {
            const double left = x[j * n_traces + i];
            out[k * n_traces + i] = left + share * (x[(j + 1) * n_traces + i] - left);
        }
    }
}

/* How many rows, and of how many points of the grid each is the mean. */
typedef struct published_rows {
    double step;
    size_t n_grid;
    size_t each;
    size_t n;
} published_rows;

static ana_status plan_rows(double dt_s, size_t n_times, const double *times,
                            ana_workspace *workspace, published_rows *rows)
{
    ana_status status = ANA_OK;
    if (!(dt_s > 0.0) || n_times < 2) {
        return ana_fail(ANA_ERR_VALUE, "resample: a spacing above 0 and 2 times are wanted");
    }
    double *steps = ana_workspace_doubles(workspace, n_times - 1, 1);
    ANA_TRY(ana_workspace_check(workspace, "resample"));
    for (size_t t = 0; t + 1 < n_times; t++) {
        steps[t] = times[t + 1] - times[t];
        if (!(steps[t] > 0.0)) {
            return ana_fail(ANA_ERR_VALUE, "resample: times do not ascend at %zu", t + 1);
        }
    }
    rows->each = dt_s < ana_stats_median_in_place(n_times - 1, steps) ? 1 : 6;
    rows->step = dt_s / (double)rows->each;
    const double n_grid = ceil((times[n_times - 1] - times[0]) / rows->step);
    if (!(n_grid < 1e12)) {
        return ana_fail(ANA_ERR_LIMIT, "resample: more than 1e12 rows");
    }
    rows->n_grid = (size_t)n_grid;
    rows->n = rows->n_grid / rows->each;
    if (rows->n == 0) {
        return ana_fail(ANA_ERR_VALUE, "resample: the recording is shorter than a row");
    }
done:
    return status;
}

ana_status ana_compat_resample(double dt_s, size_t n_times, size_t n_traces, const double *times,
                               const double *x, ana_compat_rows *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    published_rows rows = {0};
    ana_compat_rows made = {0};
    ANA_TRY(plan_rows(dt_s, n_times, times, &workspace, &rows));
    double *fine = ana_workspace_doubles(&workspace, rows.n_grid, n_traces);
    ANA_TRY(ana_workspace_check(&workspace, "resample"));
    made.n = rows.n;
    ANA_TRY(ana_allocate(rows.n, sizeof *made.times, "resample", (void *)&made.times));
    ANA_TRY(ana_allocate(rows.n * n_traces, sizeof *made.values, "resample", (void *)&made.values));
    interpolate(rows.step, rows.n_grid, n_times, n_traces, times, x, fine);
    for (size_t k = 0; k < rows.n; k++) {
        made.times[k] = times[0] + (double)k * dt_s;
        for (size_t i = 0; i < n_traces; i++) {
            double sum = 0.0;
            for (size_t p = 0; p < rows.each; p++) {
                sum += fine[(k * rows.each + p) * n_traces + i];
            }
            made.values[k * n_traces + i] = (float)(sum / (double)rows.each);
        }
    }
    *out = made;
    made = (ana_compat_rows){0};
done:
    ana_compat_rows_release(&made);
    ana_workspace_release(&workspace);
    return status;
}

void ana_compat_rows_release(ana_compat_rows *rows)
{
    free(rows->times);
    free(rows->values);
    *rows = (ana_compat_rows){0};
}

static void standard_trace(size_t n_times, size_t n_traces, const double *x, double *out)
{
    double mean = 0.0;
    double squares = 0.0;
    for (size_t t = 0; t < n_times; t++) {
        mean += x[t * n_traces] / (double)n_times;
    }
    for (size_t t = 0; t < n_times; t++) {
        const double distance = x[t * n_traces] - mean;
        squares += distance * distance / (double)n_times;
    }
    const double deviation = squares > 0.0 ? sqrt(squares) : 1.0;
    for (size_t t = 0; t < n_times; t++) {
        out[t * n_traces] = (x[t * n_traces] - mean) / deviation;
    }
}

/* The sums in single precision, as theirs are. */
static void causal_trace(size_t n_times, size_t n_traces, const double *x, double *out)
{
    float sum = 0.0F;
    float squares = 0.0F;
    for (size_t t = 0; t < n_times; t++) {
        const float value = (float)x[t * n_traces];
        sum += value;
        squares += value * value;
        const double mean = (double)sum / (double)(t + 1);
        const double variance = (double)squares / (double)(t + 1) - mean * mean;
        out[t * n_traces] = ((double)value - mean) / sqrt(fmax(variance, 1e-8));
    }
}

ana_status ana_compat_normalise(ana_worm_scale scale, size_t n_times, size_t n_traces,
                                const double *x, double *out)
{
    if (scale != ANA_WORM_SCALE_STANDARD && scale != ANA_WORM_SCALE_CAUSAL) {
        return ana_fail(ANA_ERR_VALUE, "the published scales are standard and causal");
    }
    for (size_t i = 0; i < n_traces; i++) {
        if (scale == ANA_WORM_SCALE_STANDARD) {
            standard_trace(n_times, n_traces, x + i, out + i);
        } else {
            causal_trace(n_times, n_traces, x + i, out + i);
        }
    }
    return ANA_OK;
}

/* Traces in which nothing is missing, side by side: time x trace; `which` lists them. */
static size_t gather_complete(const worm_clock *clock, const double *x, size_t n_traces,
                              size_t *which, double *out)
{
    size_t n = 0;
    for (size_t i = 0; i < n_traces; i++) {
        if (ana_stats_count(clock->n, x + i * clock->n) == clock->n) {
            which[n++] = i;
        }
    }
    for (size_t t = 0; t < clock->n; t++) {
        for (size_t k = 0; k < n; k++) {
            out[t * n + k] = x[which[k] * clock->n + t];
        }
    }
    return n;
}

static double published_width(ana_worm_smoothing smoothing)
{
    static const double widths[] = {1.0, 15.0, 5.0, 0.5};
    return widths[smoothing];
}

/* Their columns into those of the worm; the others stay missing. */
static void scatter(size_t n, const size_t *which, const double *values, const ana_worm *worm,
                    double *out)
{
    for (size_t k = 0; k < worm->n_times * worm->n_traces; k++) {
        out[k] = NAN;
    }
    for (size_t t = 0; t < worm->n_times; t++) {
        for (size_t k = 0; k < n; k++) {
            out[t * worm->n_traces + which[k]] = values[t * n + k];
        }
    }
}

/* Smoothed and resampled. */
static ana_status publish(const ana_homogenise_options *options, double dt_s,
                          const worm_clock *clock, size_t n, const double *x, double *room,
                          ana_compat_rows *out)
{
    ana_status status =
        ana_compat_smooth(options->smooth, published_width(options->smooth), clock->n, n, x, room);
    return status == ANA_OK ? ana_compat_resample(dt_s, clock->n, n, clock->times, room, out)
                            : status;
}

static ana_status finish(const ana_homogenise_options *options, size_t n, const size_t *which,
                         const double *rows, ana_worm *worm)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *scaled = ana_workspace_doubles(&workspace, worm->n_times, n);
    ANA_TRY(ana_workspace_check(&workspace, worm->name));
    ANA_TRY(ana_allocate(worm->n_times * worm->n_traces, sizeof *worm->calcium, worm->name,
                         (void *)&worm->calcium));
    if (options->normalise == ANA_WORM_SCALE_NONE) {
        scatter(n, which, rows, worm, worm->calcium);
    } else {
        ANA_TRY(ana_compat_normalise(options->normalise, worm->n_times, n, rows, scaled));
        scatter(n, which, scaled, worm, worm->calcium);
    }
    for (size_t k = 0; k < n; k++) {
        for (size_t t = 1; t < worm->n_times && !worm->mask[which[k]]; t++) {
            worm->mask[which[k]] = rows[t * n + k] != rows[k];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status worm_homogenise_as_published(const ana_homogenise_options *options, double dt_s,
                                        const worm_clock *clock, const double *x, ana_worm *worm)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_compat_rows rows = {0};
    ana_compat_rows slopes = {0};
    size_t *which = ana_workspace_sizes(&workspace, worm->n_traces, 1);
    double *whole = ana_workspace_doubles(&workspace, clock->n, worm->n_traces);
    double *slope = ana_workspace_doubles(&workspace, clock->n, worm->n_traces);
    double *room = ana_workspace_doubles(&workspace, clock->n, worm->n_traces);
    ANA_TRY(ana_workspace_check(&workspace, worm->name));
    const size_t n = gather_complete(clock, x, worm->n_traces, which, whole);
    ANA_TRY(publish(options, dt_s, clock, n, whole, room, &rows));
    worm->n_times = rows.n;
    worm->start_s = clock->times[0];
    ANA_TRY(finish(options, n, which, rows.values, worm));
    if (options->derivative) {
        ANA_TRY(ana_compat_gradient(clock->n, n, clock->times, whole, slope));
        ANA_TRY(publish(options, dt_s, clock, n, slope, room, &slopes));
        ANA_TRY(ana_allocate(worm->n_times * worm->n_traces, sizeof *worm->derivative, worm->name,
                             (void *)&worm->derivative));
        scatter(n, which, slopes.values, worm, worm->derivative);
    }
done:
    ana_compat_rows_release(&rows);
    ana_compat_rows_release(&slopes);
    ana_workspace_release(&workspace);
    return status;
}
