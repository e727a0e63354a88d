/* Time bases of series that were read with a column of times, or with none. */
#include "arrays.h"

#include <math.h>

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
