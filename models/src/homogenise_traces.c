/* One trace: smoothed in seconds, at the common spacing, on a common scale. */
#include "homogenise_parts.h"

#include <analysis/stats.h>

#include <math.h>

/* Of a spacing that differs by rounding. */
static const double rounding = 1e-9;
/* Rows longer than this many samples are means over blocks. */
static const double block_from = 1.1;

void worm_clock_set_rows(double dt_s, worm_clock *clock)
{
    const double length = clock->times[clock->n - 1] - clock->times[0];
    clock->dt_s = dt_s;
    clock->blocks = dt_s > block_from * clock->median_s;
    clock->first = clock->blocks ? 1 : 0;
    const double last = floor((clock->blocks ? length / dt_s - 0.5 : length / dt_s) + rounding);
    clock->n_rows = last >= (double)clock->first ? (size_t)last - clock->first + 1 : 0;
}

/* Weight of a sample at distance d >= 0; below 0: beyond the kernel. */
static double weight_at(const ana_homogenise_options *options, double d)
{
    const double w = options->smooth_s;
    switch (options->smooth) {
    case ANA_WORM_SMOOTH_GAUSSIAN:
        return d <= 5.0 * w ? exp(-d * d / (2.0 * w * w)) : -1.0;
    case ANA_WORM_SMOOTH_EXPONENTIAL:
        return d <= 15.0 * w ? exp(-d / w) : -1.0;
    case ANA_WORM_SMOOTH_MOVING:
    case ANA_WORM_SMOOTH_NONE:
        break;
    }
    const bool within =
        options->causal ? d < w * (1.0 - rounding) : d <= 0.5 * w * (1.0 + rounding);
    return within || d == 0.0 ? 1.0 : -1.0;
}

/* Adds the samples after (or before) sample i, from the nearest on, up to a gap or the end of the
 * kernel. */
static void add_side(const worm_clock *clock, const ana_homogenise_options *options,
                     const double *x, size_t i, bool after, double sums[2])
{
    size_t j = i;
    while (after ? j + 1 < clock->n : j > 0) {
        const size_t next = after ? j + 1 : j - 1;
        if (fabs(clock->times[next] - clock->times[j]) > clock->max_gap_s) {
            return;
        }
        const double weight = weight_at(options, fabs(clock->times[next] - clock->times[i]));
        if (weight < 0.0) {
            return;
        }
        if (!isnan(x[next])) {
            sums[0] += weight * x[next];
            sums[1] += weight;
        }
        j = next;
    }
}

void worm_smooth(const worm_clock *clock, const ana_homogenise_options *options, const double *x,
                 double *out)
{
    for (size_t i = 0; i < clock->n; i++) {
        double sums[2] = {x[i], 1.0};
        if (!isnan(x[i]) && options->smooth != ANA_WORM_SMOOTH_NONE) {
            add_side(clock, options, x, i, false, sums);
            if (!options->causal) {
                add_side(clock, options, x, i, true, sums);
            }
        }
        out[i] = sums[0] / sums[1];
    }
}

/* The observed samples of a trace. */
typedef struct observed {
    size_t n;
    double *times;
    double *values;
    double max_gap_s;
    double slack_s; /* what counts as the same time */
} observed;

/* Value at `time`, which lies between samples j and j + 1. */
static double on_line(const observed *seen, size_t j, double time)
{
    const double *t = seen->times + j;
    const double share = (time - t[0]) / (t[1] - t[0]);
    return seen->values[j] + share * (seen->values[j + 1] - seen->values[j]);
}

/* `*j`: a sample before `time`, moved on to the last one that is not after it. */
static double point_at(const observed *seen, double time, size_t *j)
{
    while (*j + 1 < seen->n && seen->times[*j + 1] <= time) {
        (*j)++;
    }
    if (seen->n == 0) {
        return NAN;
    }
    if (fabs(seen->times[*j] - time) <= seen->slack_s) {
        return seen->values[*j];
    }
    if (*j + 1 == seen->n || time < seen->times[*j]) {
        return NAN;
    }
    if (fabs(seen->times[*j + 1] - time) <= seen->slack_s) {
        return seen->values[*j + 1];
    }
    return seen->times[*j + 1] - seen->times[*j] > seen->max_gap_s ? (double)NAN
                                                                   : on_line(seen, *j, time);
}

/* Mean of the lines between from and to; missing where a part of it is. */
static double mean_over(const observed *seen, double from, double to, size_t *j)
{
    double sum = 0.0;
    while (*j + 1 < seen->n && seen->times[*j + 1] <= from) {
        (*j)++;
    }
    if (seen->n < 2 || from < seen->times[0] - seen->slack_s ||
        to > seen->times[seen->n - 1] + seen->slack_s) {
        return NAN;
    }
    for (size_t k = *j; k + 1 < seen->n && seen->times[k] < to; k++) {
        const double left = fmax(seen->times[k], from);
        const double right = fmin(seen->times[k + 1], to);
        if (right <= left) {
            continue;
        }
        if (right - left > seen->slack_s && seen->times[k + 1] - seen->times[k] > seen->max_gap_s) {
            return NAN;
        }
        sum += (right - left) * 0.5 * (on_line(seen, k, left) + on_line(seen, k, right));
    }
    return sum / (fmin(to, seen->times[seen->n - 1]) - fmax(from, seen->times[0]));
}

void worm_resample(const worm_clock *clock, const double *x, double *room, double *out)
{
    double *times = room;
    double *values = room + clock->n;
    observed seen = {.times = times,
                     .values = values,
                     .max_gap_s = clock->max_gap_s,
                     .slack_s = 1e-6 * clock->dt_s};
    size_t j = 0;
    for (size_t i = 0; i < clock->n; i++) {
        if (!isnan(x[i])) {
            seen.times[seen.n] = clock->times[i];
            seen.values[seen.n++] = x[i];
        }
    }
    for (size_t k = 0; k < clock->n_rows; k++) {
        const double time = clock->times[0] + (double)(clock->first + k) * clock->dt_s;
        const double half = 0.5 * clock->dt_s;
        out[k] = clock->blocks ? mean_over(&seen, time - half, time + half, &j)
                               : point_at(&seen, time, &j);
    }
}

void worm_derive(size_t n, double dt_s, const double *x, double *out)
{
    for (size_t k = 0; k < n; k++) {
        const bool before = k > 0 && !isnan(x[k - 1]);
        const bool after = k + 1 < n && !isnan(x[k + 1]);
        const double low = before ? x[k - 1] : x[k];
        const double high = after ? x[k + 1] : x[k];
        const double rows = (before ? 1.0 : 0.0) + (after ? 1.0 : 0.0);
        out[k] = isnan(x[k]) || rows == 0.0 ? (double)NAN : (high - low) / (rows * dt_s);
    }
}

/* Each row by the mean and deviation of those up to it. */
static void scale_by_the_past(size_t n, double *x)
{
    double mean = 0.0;
    double squares = 0.0;
    double seen = 0.0;
    for (size_t k = 0; k < n; k++) {
        if (isnan(x[k])) {
            continue;
        }
        seen += 1.0;
        const double distance = x[k] - mean;
        mean += distance / seen;
        squares += distance * (x[k] - mean);
        const double deviation = sqrt(squares / seen);
        x[k] = deviation > 0.0 ? (x[k] - mean) / deviation : (double)NAN;
    }
}

static void scale_to_unit(size_t n, double low, double high, double *x)
{
    for (size_t k = 0; k < n; k++) {
        x[k] = (x[k] - low) / (high - low);
    }
}

bool worm_scale(ana_worm_scale scale, size_t n, double *x)
{
    double low = INFINITY;
    double high = -INFINITY;
    for (size_t k = 0; k < n; k++) {
        low = x[k] < low ? x[k] : low;
        high = x[k] > high ? x[k] : high;
    }
    const bool varies = high > low && isfinite(high - low);
    for (size_t k = 0; !varies && scale != ANA_WORM_SCALE_NONE && k < n; k++) {
        x[k] = NAN;
    }
    if (!varies) {
        return false;
    }
    switch (scale) {
    case ANA_WORM_SCALE_STANDARD:
        ana_stats_zscore(n, x, 0, x);
        break;
    case ANA_WORM_SCALE_CAUSAL:
        scale_by_the_past(n, x);
        break;
    case ANA_WORM_SCALE_MIN_MAX:
        scale_to_unit(n, low, high, x);
        break;
    case ANA_WORM_SCALE_NONE:
        break;
    }
    return true;
}
