#include "sums.h"
#include "text.h"

#include <analysis/stats.h>

#include <math.h>

enum {
    LANES = 8
};

/* What a sum runs over: terms count where neither they nor `mask` are NaN. */
typedef struct sample {
    const double *x;
    const double *y;
    const double *mask;
    double x_centre;
    double y_centre;
} sample;

/* Eight running sums in a fixed pattern: the compiler keeps them in vector registers of any width
 * without changing a bit. Measured limit: the additions' latency, 0.25 ns a value with SSE2. */
static double add_lanes(const double lanes[LANES])
{
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
           ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

static double sum_values(const void *terms, size_t first, size_t n)
{
    const sample *s = terms;
    const double *x = s->x + first;
    const double *mask = s->mask + first;
    double lanes[LANES] = {0.0};
    for (size_t i = 0; i + LANES <= n; i += LANES) {
        for (size_t j = 0; j < LANES; j++) {
            double value = x[i + j] - s->x_centre;
            int present = (value == value) & (mask[i + j] == mask[i + j]);
            lanes[j] += present ? value : 0.0;
        }
    }
    for (size_t i = n / LANES * LANES; i < n; i++) {
        double value = x[i] - s->x_centre;
        lanes[i % LANES] += isnan(value) || isnan(mask[i]) ? 0.0 : value;
    }
    return add_lanes(lanes);
}

static double sum_products(const void *terms, size_t first, size_t n)
{
    const sample *s = terms;
    const double *x = s->x + first;
    const double *y = s->y + first;
    const double *mask = s->mask + first;
    double lanes[LANES] = {0.0};
    for (size_t i = 0; i + LANES <= n; i += LANES) {
        for (size_t j = 0; j < LANES; j++) {
            double value = (x[i + j] - s->x_centre) * (y[i + j] - s->y_centre);
            int present = (value == value) & (mask[i + j] == mask[i + j]);
            lanes[j] += present ? value : 0.0;
        }
    }
    for (size_t i = n / LANES * LANES; i < n; i++) {
        double value = (x[i] - s->x_centre) * (y[i] - s->y_centre);
        lanes[i % LANES] += isnan(value) || isnan(mask[i]) ? 0.0 : value;
    }
    return add_lanes(lanes);
}

static size_t count_pairs(size_t n, const double *x, const double *y)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += (x[i] == x[i]) & (y[i] == y[i]);
    }
    return count;
}

/* Mean of the x whose `mask` is present too; NaN for count 0. The second pass takes out what the
 * rounding of the first left. */
static double mean_of(size_t n, const double *x, const double *mask, size_t count)
{
    if (count == 0) {
        return NAN;
    }
    sample s = {.x = x, .mask = mask};
    s.x_centre = ana_pairwise_sum(n, sum_values, &s) / (double)count;
    if (!isfinite(s.x_centre)) {
        return s.x_centre;
    }
    return s.x_centre + ana_pairwise_sum(n, sum_values, &s) / (double)count;
}

size_t ana_stats_count(size_t n, const double *x)
{
    return count_pairs(n, x, x);
}

double ana_stats_sum(size_t n, const double *x)
{
    return ana_pairwise_sum(n, sum_values, &(sample){.x = x, .mask = x});
}

double ana_stats_mean(size_t n, const double *x)
{
    return mean_of(n, x, x, count_pairs(n, x, x));
}

double ana_stats_variance(size_t n, const double *x, size_t ddof)
{
    size_t count = count_pairs(n, x, x);
    double mean = mean_of(n, x, x, count);
    if (count <= ddof || !isfinite(mean)) {
        return NAN;
    }
    const sample s = {.x = x, .y = x, .mask = x, .x_centre = mean, .y_centre = mean};
    return ana_pairwise_sum(n, sum_products, &s) / (double)(count - ddof);
}

double ana_stats_weighted_mean(size_t n, const double *x, const double *weights)
{
    const sample products = {.x = x, .y = weights, .mask = x};
    const sample present = {.x = weights, .mask = x};
    double total = ana_pairwise_sum(n, sum_values, &present);
    return total == 0.0 ? (double)NAN : ana_pairwise_sum(n, sum_products, &products) / total;
}

void ana_stats_zscore(size_t n, const double *x, size_t ddof, double *out)
{
    double mean = ana_stats_mean(n, x);
    double deviation = sqrt(ana_stats_variance(n, x, ddof));
    for (size_t i = 0; i < n; i++) {
        double distance = x[i] - mean;
        out[i] = deviation > 0.0 ? distance / deviation : distance * deviation; /* 0, or NaN */
    }
}

double ana_stats_pearson(size_t n, const double *x, const double *y)
{
    size_t count = count_pairs(n, x, y);
    double x_mean = mean_of(n, x, y, count);
    double y_mean = mean_of(n, y, x, count);
    if (!isfinite(x_mean) || !isfinite(y_mean)) {
        return NAN;
    }
    const sample xx = {x, x, y, x_mean, x_mean};
    const sample yy = {y, y, x, y_mean, y_mean};
    const sample xy = {x, y, x, x_mean, y_mean};
    double scale =
        sqrt(ana_pairwise_sum(n, sum_products, &xx)) * sqrt(ana_pairwise_sum(n, sum_products, &yy));
    if (!(scale > 0.0)) {
        return NAN;
    }
    return fmax(-1.0, fmin(1.0, ana_pairwise_sum(n, sum_products, &xy) / scale));
}

static ana_status check_edges(size_t n_edges, const double *edges)
{
    if (n_edges < 2) {
        return ana_fail(ANA_ERR_VALUE, "histogram: %zu edges, but a bin needs two", n_edges);
    }
    for (size_t i = 1; i < n_edges; i++) {
        if (!(edges[i] > edges[i - 1])) {
            return ana_fail(ANA_ERR_VALUE, "histogram: edge %zu (%s) is not above edge %zu (%s)", i,
                            ana_number(edges[i]).text, i - 1, ana_number(edges[i - 1]).text);
        }
    }
    return ANA_OK;
}

ana_status ana_stats_histogram(size_t n, const double *x, size_t n_edges, const double *edges,
                               size_t *counts)
{
    ana_status status = check_edges(n_edges, edges);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i + 1 < n_edges; i++) {
        counts[i] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (!(x[i] >= edges[0] && x[i] <= edges[n_edges - 1])) {
            continue;
        }
        size_t low = 0; /* edges[low] <= x < edges[high], but for the last edge */
        size_t high = n_edges - 1;
        while (high - low > 1) {
            size_t middle = low + (high - low) / 2;
            *(x[i] >= edges[middle] ? &low : &high) = middle;
        }
        counts[low]++;
    }
    return ANA_OK;
}
