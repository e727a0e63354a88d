#include "bca.h"
#include "order.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/distributions.h>
#include <analysis/resampling.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Values this near to the observed one, relatively, are the same value summed in another order. */
static const double same = 1e-12;

/* How extreme a value is: the larger, the more it speaks against chance. */
static double extremeness(double value, ana_tail tail)
{
    return tail == ANA_TAIL_TWO_SIDED ? fabs(value) : tail == ANA_TAIL_LESS ? -value : value;
}

static ana_status check_numbers(size_t n_resamples, size_t n_values, const double *observed,
                                const double *resampled)
{
    for (size_t k = 0; k < n_values; k++) {
        if (isnan(observed[k])) {
            return ana_fail(ANA_ERR_VALUE, "p-values: observed value %zu is NaN", k);
        }
    }
    for (size_t i = 0; i < n_resamples; i++) {
        for (size_t k = 0; k < n_values; k++) {
            if (isnan(resampled[i * n_values + k])) {
                return ana_fail(ANA_ERR_VALUE,
                                "p-values: value %zu of resample %zu is NaN: undefined, or of a "
                                "shard that is missing",
                                k, i);
            }
        }
    }
    return ANA_OK;
}

/* (1 + how many of the n values, `stride` apart, reach the limit) / (1 + n). */
static double share_reaching(size_t n, const double *values, size_t stride, ana_tail tail,
                             double observed)
{
    double limit = extremeness(observed, tail);
    limit -= isfinite(limit) ? same * fabs(limit) : 0.0;
    size_t reached = 0;
    for (size_t i = 0; i < n; i++) {
        reached += extremeness(values[i * stride], tail) >= limit;
    }
    return (double)(1 + reached) / (double)(1 + n);
}

/* The most extreme value of each resample. */
static void find_most_extreme(size_t n_resamples, size_t n_values, const double *resampled,
                              ana_tail tail, double *most)
{
    for (size_t i = 0; i < n_resamples; i++) {
        const double *row = resampled + i * n_values;
        most[i] = n_values > 0 ? row[0] : 0.0;
        for (size_t k = 1; k < n_values; k++) {
            most[i] = extremeness(row[k], tail) > extremeness(most[i], tail) ? row[k] : most[i];
        }
    }
}

ana_status ana_resampling_p_values(size_t n_resamples, size_t n_values, const double *observed,
                                   const double *resampled, ana_tail tail, double *p, double *p_max)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *most = ana_workspace_doubles(&workspace, n_resamples, 1);
    ANA_TRY(ana_workspace_check(&workspace, "p-values"));
    ANA_TRY(check_numbers(n_resamples, n_values, observed, resampled));
    find_most_extreme(n_resamples, n_values, resampled, tail, most);
    for (size_t k = 0; k < n_values; k++) {
        if (p != NULL) {
            p[k] = share_reaching(n_resamples, resampled + k, n_values, tail, observed[k]);
        }
        if (p_max != NULL) {
            p_max[k] = share_reaching(n_resamples, most, 1, tail, observed[k]);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_level(double level)
{
    if (!(level > 0.0 && level < 1.0)) {
        return ana_fail(ANA_ERR_VALUE, "interval: the level %s is not between 0 and 1",
                        ana_number(level).text);
    }
    return ANA_OK;
}

ana_status ana_resampling_percentile(size_t n, const double *resampled, double level,
                                     double interval[2])
{
    const double ends[2] = {0.5 - 0.5 * level, 0.5 + 0.5 * level};
    ana_status status = check_level(level);
    return status != ANA_OK ? status : ana_stats_quantiles(n, resampled, 2, ends, interval);
}

double ana_bca_bias(size_t n, const double *resampled, double estimate)
{
    double below = 0.0;
    for (size_t i = 0; i < n; i++) {
        below += resampled[i] < estimate ? 1.0 : resampled[i] == estimate ? 0.5 : 0.0;
    }
    return ana_normal_quantile(below / (double)n);
}

double ana_bca_acceleration(size_t n, const double *jackknife)
{
    double mean = ana_stats_mean(n, jackknife);
    double squares = 0.0;
    double cubes = 0.0;
    for (size_t i = 0; i < n; i++) {
        double d = mean - jackknife[i];
        squares += d * d;
        cubes += d * d * d;
    }
    return squares == 0.0 ? 0.0 : cubes / (6.0 * squares * sqrt(squares));
}

ana_status ana_resampling_bca(size_t n, const double *resampled, double estimate,
                              size_t n_jackknife, const double *jackknife, double level,
                              double interval[2])
{
    ana_status status = check_level(level);
    if (status != ANA_OK) {
        return status;
    }
    double bias = ana_bca_bias(n, resampled, estimate);
    double accelerated = ana_bca_acceleration(n_jackknife, jackknife);
    double ends[2];
    for (size_t end = 0; end < 2; end++) {
        double z = bias + ana_normal_quantile(end == 0 ? 0.5 - 0.5 * level : 0.5 + 0.5 * level);
        ends[end] = ana_normal_cdf(bias + z / (1.0 - accelerated * z));
    }
    if (!isfinite(bias) || isnan(ends[0]) || isnan(ends[1]) || ana_stats_count(n, resampled) < n) {
        return ana_fail(
            ANA_ERR_NUMERIC,
            "interval: no BCa interval: %zu resamples about the estimate %s have bias %s "
            "and acceleration %s",
            n, ana_number(estimate).text, ana_number(bias).text, ana_number(accelerated).text);
    }
    return ana_stats_quantiles(n, resampled, 2, ends, interval);
}

/* The p-values that count, ascending; *n_kept of them. */
static ana_status rank(size_t n, const double *p, ana_placed *sorted, size_t *n_kept)
{
    *n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < 0.0 || p[i] > 1.0) {
            return ana_fail(ANA_ERR_VALUE, "correction: p-value %zu is %s", i,
                            ana_number(p[i]).text);
        }
        if (!isnan(p[i])) {
            sorted[(*n_kept)++] = (ana_placed){p[i], i};
        }
    }
    qsort(sorted, *n_kept, sizeof *sorted, ana_compare_rising);
    return ANA_OK;
}

/* From the smallest up: none may be below the one before. */
static void step_down(size_t n, ana_placed *sorted)
{
    double least = 0.0;
    for (size_t i = 0; i < n; i++) {
        least = fmax(least, fmin(1.0, sorted[i].value * (double)(n - i)));
        sorted[i].value = least;
    }
}

/* From the largest down: none may be above the one after. */
static void step_up(size_t n, double factor, ana_placed *sorted)
{
    double most = 1.0;
    for (size_t i = n; i-- > 0;) {
        most = fmin(most, sorted[i].value * factor * (double)n / (double)(i + 1));
        sorted[i].value = most;
    }
}

static double harmonic(size_t n)
{
    double sum = 0.0;
    for (size_t i = n; i > 0; i--) { /* smallest first */
        sum += 1.0 / (double)i;
    }
    return sum;
}

ana_status ana_resampling_adjust(size_t n, const double *p, ana_correction method, double *adjusted)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t n_kept = 0;
    ana_placed *sorted = ana_workspace_bytes(&workspace, n, 1, sizeof *sorted);
    ANA_TRY(ana_workspace_check(&workspace, "correction"));
    ANA_TRY(rank(n, p, sorted, &n_kept));
    switch (method) {
    case ANA_CORRECTION_BONFERRONI:
        for (size_t i = 0; i < n_kept; i++) {
            sorted[i].value = fmin(1.0, sorted[i].value * (double)n_kept);
        }
        break;
    case ANA_CORRECTION_HOLM:
        step_down(n_kept, sorted);
        break;
    case ANA_CORRECTION_BENJAMINI_HOCHBERG:
        step_up(n_kept, 1.0, sorted);
        break;
    case ANA_CORRECTION_BENJAMINI_YEKUTIELI:
        step_up(n_kept, harmonic(n_kept), sorted);
        break;
    }
    if (adjusted != p) {
        memcpy(adjusted, p, n * sizeof *adjusted); /* NaN stays */
    }
    for (size_t i = 0; i < n_kept; i++) {
        adjusted[sorted[i].index] = sorted[i].value;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
