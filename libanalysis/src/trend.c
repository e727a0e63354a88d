#include "trend.h"

#include <math.h>

static double middle_of(size_t n_times)
{
    return 0.5 * ((double)n_times - 1.0);
}

void ana_trend_fit_add(ana_trend_fit *fit, size_t n_times, size_t first, size_t n, const double *x)
{
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i])) {
            continue;
        }
        if (fit->n == 0) {
            fit->origin = x[i];
        }
        const double place = (double)(first + i) - middle_of(n_times);
        const double value = x[i] - fit->origin;
        fit->n++;
        ana_compensated_add(&fit->values, value);
        ana_compensated_add(&fit->places, place);
        ana_compensated_add(&fit->squares, place * place);
        ana_compensated_add(&fit->products, place * value);
    }
}

ana_line ana_trend_fit_line(const ana_trend_fit *fit, ana_trend trend)
{
    ana_line line = {0.0, 0.0};
    if (fit->n == 0 || trend == ANA_TREND_NONE) {
        return line;
    }
    const double n = (double)fit->n;
    const double mean = ana_compensated_total(&fit->values) / n;
    const double mean_place = ana_compensated_total(&fit->places) / n;
    const double spread = ana_compensated_total(&fit->squares) - n * mean_place * mean_place;
    if (trend == ANA_TREND_LINEAR && fit->n > 1 && spread > 0.0) {
        line.slope = (ana_compensated_total(&fit->products) - n * mean_place * mean) / spread;
    }
    line.level = fit->origin + mean - line.slope * mean_place;
    return line;
}

void ana_line_subtract(ana_line line, size_t n_times, size_t first, size_t n, const double *x,
                       double *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] - (line.level + line.slope * ((double)(first + i) - middle_of(n_times)));
    }
}

void ana_detrend(ana_trend trend, size_t n_channels, size_t n_times, double *x)
{
    for (size_t c = 0; c < n_channels && trend != ANA_TREND_NONE; c++) {
        ana_trend_fit fit = {0};
        ana_trend_fit_add(&fit, n_times, 0, n_times, x + c * n_times);
        ana_line_subtract(ana_trend_fit_line(&fit, trend), n_times, 0, n_times, x + c * n_times,
                          x + c * n_times);
    }
}
