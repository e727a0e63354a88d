/* Time bases of series that were read with a column of times, or with none. */
#include "arrays.h"

#include <analysis/stats.h>

#include <math.h>

enum {
    LEAST_STAMPS = 64 /* of a stretch, on average */
};

bool ana_times_are_regular(size_t n, const double *times, double *rate)
{
    if (n < 2 || !(times[n - 1] > times[0])) {
        return false;
    }
    double period = (times[n - 1] - times[0]) / (double)(n - 1);
    double whole_rate = round(1.0 / period);
    if (fabs(whole_rate * period - 1.0) < 1e-9) {
        *rate = whole_rate;
    } else if (fabs(round(period) - period) < 1e-9 * period) {
        *rate = 1.0 / round(period);
    } else {
        *rate = 1.0 / period;
    }
    for (size_t i = 0; i < n; i++) {
        if (!(fabs((times[i] - times[0]) * *rate - (double)i) <= 1e-3)) {
            return false;
        }
    }
    return isfinite(*rate);
}

/* The end of the stretch that begins at `first`: the next step is longer than `longest`. */
static size_t end_of_stretch(size_t n, const double *times, size_t first, double longest)
{
    size_t end = first + 1;
    while (end < n && times[end] - times[end - 1] <= longest) {
        end++;
    }
    return end;
}

/* The time of the first sample of a stretch, by the line of this period through its stamps. */
static double line_start(const double *times, size_t first, size_t end, double period)
{
    const size_t n = end - first;
    double sum = 0.0;
    for (size_t i = first; i < end; i++) {
        sum += times[i] - times[first];
    }
    return times[first] + sum / (double)n - period * (double)(n - 1) / 2.0;
}

/* Period of the lines of one slope through all stretches, by least squares. */
static double fit_period(size_t n, const double *times, double longest)
{
    double products = 0.0;
    double squares = 0.0;
    size_t end = 0;
    for (size_t first = 0; first < n; first = end) {
        end = end_of_stretch(n, times, first, longest);
        const double centre = (double)(end - first - 1) / 2.0;
        for (size_t i = first; i < end; i++) {
            const double x = (double)(i - first) - centre;
            products += x * (times[i] - times[first]);
            squares += x * x;
        }
    }
    return squares > 0.0 ? products / squares : 0.0;
}

/* The largest distance of a stamp from its line, in samples; infinite when a step within a stretch
 * or a gap between two is not what it should be. Counts stretches and missing samples. */
static double largest_distance(size_t n, const double *times, ana_jittered_times *fit)
{
    const double period = 1.0 / fit->rate;
    double largest = 0.0;
    double next = (double)-INFINITY; /* where a sample after the last stretch would be */
    size_t end = 0;
    fit->n_segments = 0;
    fit->n_missing = 0;
    for (size_t first = 0; first < n; first = end) {
        end = end_of_stretch(n, times, first, fit->longest);
        const double start = line_start(times, first, end, period);
        const double gap = (start - next) / period;
        if (fit->n_segments > 0 && !(gap > 0.5 && gap < 1e15)) {
            return (double)INFINITY;
        }
        for (size_t i = first; i < end; i++) {
            const double step = i > first ? (times[i] - times[i - 1]) / period : 1.0;
            if (!(step >= 0.5 && step <= 1.5)) {
                return (double)INFINITY;
            }
            largest = fmax(largest, fabs((times[i] - start) / period - (double)(i - first)));
        }
        next = start + period * (double)(end - first);
        fit->n_missing += fit->n_segments > 0 ? (size_t)round(gap) : 0;
        fit->n_segments++;
    }
    return largest;
}

bool ana_times_are_jittered(size_t n, const double *times, double *room, ana_jittered_times *fit)
{
    if (n < LEAST_STAMPS) {
        return false;
    }
    for (size_t i = 1; i < n; i++) {
        room[i - 1] = times[i] - times[i - 1];
        if (!(room[i - 1] > 0.0 && isfinite(room[i - 1]))) {
            return false;
        }
    }
    fit->longest = 1.5 * ana_stats_median_in_place(n - 1, room);
    fit->rate = 1.0 / fit_period(n, times, fit->longest);
    if (!(fit->rate > 0.0 && isfinite(fit->rate))) {
        return false;
    }
    fit->largest = largest_distance(n, times, fit);
    ana_jittered_times whole = {.rate = round(fit->rate), .longest = fit->longest};
    whole.largest = whole.rate > 0.0 ? largest_distance(n, times, &whole) : (double)INFINITY;
    if (whole.largest <= 1.1 * fit->largest + 1e-3) {
        *fit = whole;
    }
    return fit->largest < 0.5 && fit->n_segments <= n / LEAST_STAMPS;
}

ana_status ana_series_set_jittered(ana_series *series, size_t n_times, const double *times,
                                   const ana_jittered_times *fit)
{
    ana_status status = ANA_OK;
    size_t first = 0;
    series->rate = fit->rate;
    while (first < n_times && status == ANA_OK) {
        const size_t end = end_of_stretch(n_times, times, first, fit->longest);
        status = ana_series_add_segment(series, end - first,
                                        line_start(times, first, end, 1.0 / fit->rate));
        first = end;
    }
    return status;
}

ana_status ana_series_stamp(ana_series *series, size_t n_times, const double *times)
{
    series->timestamps_ascend = true;
    for (size_t i = 0; i < n_times; i++) {
        if (!isfinite(times[i])) {
            return ana_fail(ANA_ERR_FORMAT, "series \"%s\": the time of sample %zu is not finite",
                            series->name, i);
        }
        series->timestamps_ascend =
            series->timestamps_ascend && (i == 0 || times[i] >= times[i - 1]);
    }
    ana_status status =
        ana_source_from_memory(ANA_FLOAT64, 1, n_times, true, times, &series->timestamps);
    return status == ANA_OK ? ana_series_add_segment(series, n_times, n_times > 0 ? times[0] : 0.0)
                            : status;
}

ana_status ana_series_set_times(ana_series *series, size_t n_times, double rate,
                                const double *times)
{
    if (rate > 0.0) {
        series->rate = rate;
        return ana_series_add_segment(series, n_times, 0.0);
    }
    if (times != NULL && ana_times_are_regular(n_times, times, &series->rate)) {
        return ana_series_add_segment(series, n_times, times[0]);
    }
    series->rate = 0.0;
    if (times != NULL) {
        return ana_series_stamp(series, n_times, times);
    }
    series->timestamps_ascend = true;
    ana_status status = ana_source_counting(&series->timestamps);
    return status == ANA_OK ? ana_series_add_segment(series, n_times, 0.0) : status;
}
