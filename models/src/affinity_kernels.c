#include "affinity_kernels.h"

#include <math.h>
#include <stddef.h>

const char *const ana_affinity_kernel_names[] = {"geom", "prod", "min", "rise", "pearson-positive",
                                                 NULL};

static double up(double v)
{
    return v > 0.0 ? v : 0.0;
}

static double down(double v)
{
    return v < 0.0 ? -v : 0.0;
}

static double root_up(double v)
{
    return sqrt(up(v));
}

static double root_down(double v)
{
    return sqrt(down(v));
}

static double nothing(double v)
{
    (void)v;
    return 0.0;
}

static void slice_factored(const ana_affinity *affinity, size_t t, double *out)
{
    const size_t n = affinity->n_neurons;
    const double *r = affinity->rising + t * n;
    const double *s = affinity->falling + t * n;
    const double *seen = affinity->observed != NULL ? affinity->observed + t * n : NULL;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            const bool missing = seen != NULL && (seen[i] == 0.0 || seen[j] == 0.0);
            out[i * n + j] = missing ? (double)NAN : r[i] * r[j] + s[i] * s[j];
        }
    }
}

static void slice_min(const ana_affinity *affinity, size_t t, double *out)
{
    const size_t n = affinity->n_neurons;
    const double *v = affinity->unit_derivative + t * n;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            const bool missing = isnan(v[i]) || isnan(v[j]);
            out[i * n + j] =
                missing ? (double)NAN : fmin(up(v[i]), up(v[j])) + fmin(down(v[i]), down(v[j]));
        }
    }
}

/* Of a column from row `first` on; NaN where a row is missing. */
static double column_mean(const ana_affinity *affinity, size_t i, size_t first, size_t stop)
{
    double sum = 0.0;
    for (size_t t = first; t < stop; t++) {
        sum += affinity->scaled[t * affinity->n_neurons + i];
    }
    return sum / (double)(stop - first);
}

static double product(const ana_affinity *affinity, size_t i, size_t j, size_t first, size_t stop)
{
    const size_t n = affinity->n_neurons;
    const double mean_i = column_mean(affinity, i, first, stop);
    const double mean_j = column_mean(affinity, j, first, stop);
    double sum = 0.0;
    for (size_t t = first; t < stop; t++) {
        const double *row = affinity->scaled + t * n;
        sum += (row[i] - mean_i) * (row[j] - mean_j);
    }
    return sum;
}

static void slice_pearson(const ana_affinity *affinity, size_t t, double *out)
{
    const size_t n = affinity->n_neurons;
    const size_t half = affinity->half_window;
    const size_t first = t - affinity->first[t] > half ? t - half : affinity->first[t];
    const size_t stop = affinity->stop[t] - t > half + 1 ? t + half + 1 : affinity->stop[t];
    for (size_t i = 0; i < n; i++) {
        out[i * n + i] = product(affinity, i, i, first, stop);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            const double scale = sqrt(out[i * n + i]) * sqrt(out[j * n + j]);
            const double sum = product(affinity, i, j, first, stop);
            double value = scale > 0.0 ? sum / scale : 0.0;
            value = isnan(scale) ? (double)NAN : value > 0.0 ? value : 0.0;
            out[i * n + j] = value;
            out[j * n + i] = value;
        }
    }
}

static const ana_affinity_rule rules[] = {
    {root_up, root_down, slice_factored}, {up, down, slice_factored},  {NULL, NULL, slice_min},
    {root_up, nothing, slice_factored},   {NULL, NULL, slice_pearson},
};

const ana_affinity_rule *ana_affinity_rule_of(ana_affinity_kernel kernel)
{
    return &rules[kernel];
}
