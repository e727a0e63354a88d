#include "order.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 1 / the 0.75 quantile of the normal distribution. */
static const double normal_scale = 1.482602218505602;

static void swap(double *a, double *b)
{
    double kept = *a;
    *a = *b;
    *b = kept;
}

/* NaN to the end; the number of others. */
static size_t gather(size_t n, double *values)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(values[i])) {
            swap(&values[count++], &values[i]);
        }
    }
    return count;
}

static void sift_down(double *values, size_t root, size_t n)
{
    while (2 * root + 1 < n) {
        size_t child = 2 * root + 1;
        child += child + 1 < n && values[child] < values[child + 1];
        if (values[root] >= values[child]) {
            return;
        }
        swap(&values[root], &values[child]);
        root = child;
    }
}

static void heap_sort(double *values, size_t n)
{
    for (size_t root = n / 2; root > 0; root--) {
        sift_down(values, root - 1, n);
    }
    for (size_t end = n; end > 1; end--) {
        swap(&values[0], &values[end - 1]);
        sift_down(values, 0, end - 1);
    }
}

static double middle_of_three(double a, double b, double c)
{
    return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

/* Hoare's quickselect: values[k] becomes what sorting would put there, smaller ones before it and
 * larger ones behind. After too many uneven cuts the rest is sorted, which bounds the time of any
 * input by n log n. */
static void select_in_place(double *values, size_t n, size_t k)
{
    ptrdiff_t wanted = (ptrdiff_t)k;
    ptrdiff_t first = 0;
    ptrdiff_t last = (ptrdiff_t)n - 1;
    size_t cuts_left = 8;
    for (size_t size = n; size > 0; size /= 2) {
        cuts_left += 2;
    }
    while (first < last) {
        if (cuts_left-- == 0) {
            heap_sort(values + first, (size_t)(last - first + 1));
            return;
        }
        double pivot =
            middle_of_three(values[first], values[first + (last - first) / 2], values[last]);
        ptrdiff_t i = first;
        ptrdiff_t j = last;
        while (i <= j) {
            while (values[i] < pivot) {
                i++;
            }
            while (values[j] > pivot) {
                j--;
            }
            if (i <= j) {
                swap(&values[i++], &values[j--]);
            }
        }
        if (wanted <= j) {
            last = j;
        } else if (wanted >= i) {
            first = i;
        } else {
            return;
        }
    }
}

/* Between two order statistics; equal ones are returned as they are, also when infinite. Half way
 * is their mean, to the last bit. */
static double between(double below, double above, double fraction)
{
    if (fraction == 0.0 || below == above) {
        return below;
    }
    return fraction == 0.5 ? 0.5 * below + 0.5 * above : below + fraction * (above - below);
}

double ana_stats_quantile_in_place(size_t n, double *values, double q)
{
    size_t count = gather(n, values);
    if (count == 0 || !(q >= 0.0 && q <= 1.0)) {
        return NAN;
    }
    double position = (double)(count - 1) * q;
    size_t below = (size_t)position;
    select_in_place(values, count, below);
    double next = values[below];
    for (size_t i = below + 1; i < count; i++) { /* the least of those behind */
        next = i == below + 1 || values[i] < next ? values[i] : next;
    }
    return between(values[below], next, position - (double)below);
}

double ana_stats_median_in_place(size_t n, double *values)
{
    return ana_stats_quantile_in_place(n, values, 0.5);
}

double ana_stats_mad_in_place(size_t n, double *values)
{
    double median = ana_stats_median_in_place(n, values);
    for (size_t i = 0; i < n; i++) {
        values[i] = fabs(values[i] - median);
    }
    return ana_stats_median_in_place(n, values);
}

static ana_status check_levels(size_t n, const double *q)
{
    for (size_t i = 0; i < n; i++) {
        if (!(q[i] >= 0.0 && q[i] <= 1.0)) {
            return ana_fail(ANA_ERR_VALUE, "quantiles: %s is not between 0 and 1",
                            ana_number(q[i]).text);
        }
    }
    return ANA_OK;
}

ana_status ana_stats_quantiles(size_t n, const double *x, size_t n_q, const double *q, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *values = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "quantiles"));
    ANA_TRY(check_levels(n_q, q));
    memcpy(values, x, n * sizeof *values);
    size_t count = gather(n, values);
    qsort(values, count, sizeof *values, ana_compare_doubles);
    for (size_t i = 0; i < n_q; i++) {
        double position = count > 0 ? (double)(count - 1) * q[i] : 0.0;
        size_t below = (size_t)position;
        size_t above = below + 1 < count ? below + 1 : below;
        out[i] = count > 0 ? between(values[below], values[above], position - (double)below)
                           : (double)NAN;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_stats_median(size_t n, const double *x, double *median)
{
    return ana_stats_robust_scale(n, x, median, NULL);
}

ana_status ana_stats_robust_scale(size_t n, const double *x, double *median, double *scale)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *values = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "median"));
    memcpy(values, x, n * sizeof *values);
    if (median != NULL) {
        *median = ana_stats_median_in_place(n, values);
    }
    if (scale != NULL) {
        *scale = normal_scale * ana_stats_mad_in_place(n, values);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_stats_robust_zscore(size_t n, const double *x, double *out)
{
    double median = 0.0;
    double scale = 0.0;
    ana_status status = ana_stats_robust_scale(n, x, &median, &scale);
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        double distance = x[i] - median;
        out[i] = distance == 0.0 ? 0.0 : distance / scale;
    }
    return status;
}

ana_status ana_stats_ranks(size_t n, const double *x, double *ranks)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_placed *sorted = ana_workspace_bytes(&workspace, n, 1, sizeof *sorted);
    ANA_TRY(ana_workspace_check(&workspace, "ranks"));
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i])) {
            ranks[i] = NAN;
        } else {
            sorted[count++] = (ana_placed){x[i], i};
        }
    }
    qsort(sorted, count, sizeof *sorted, ana_compare_rising);
    for (size_t first = 0; first < count;) {
        size_t end = first + 1;
        while (end < count && sorted[end].value == sorted[first].value) {
            end++;
        }
        for (size_t i = first; i < end; i++) {
            ranks[sorted[i].index] = 0.5 * (double)(first + 1 + end);
        }
        first = end;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
