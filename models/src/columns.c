#include "columns.h"

#include <math.h>
#include <string.h>

/* Sums of what is left of a and b beyond means, over the complete pairs of each column. */
static void add_rests(size_t n, size_t m, const double *a, const double *b, const double *means,
                      double *sums)
{
    for (size_t i = 0; i < n * m; i += m) {
        for (size_t j = 0; j < m; j++) {
            const double x = a[i + j] - means[j];
            const double y = b[i + j] - means[m + j];
            const double there = isnan(x + y) ? 0.0 : 1.0;
            sums[j] += there > 0.0 ? x : 0.0;
            sums[m + j] += there > 0.0 ? y : 0.0;
            sums[2 * m + j] += there;
        }
    }
}

/* room: means of a and of b (2 m), then sums (3 m), the last m of which are the counts. */
static void pair_means(size_t n, size_t m, const double *a, const double *b, double *room)
{
    double *means = room;
    double *sums = room + 2 * m;
    memset(means, 0, 2 * m * sizeof *means);
    for (size_t pass = 0; pass < 2; pass++) {
        memset(sums, 0, 3 * m * sizeof *sums);
        add_rests(n, m, a, b, means, sums);
        for (size_t j = 0; j < m; j++) {
            const double count = sums[2 * m + j];
            means[j] += count > 0.0 ? sums[j] / count : 0.0;
            means[m + j] += count > 0.0 ? sums[m + j] / count : 0.0;
        }
    }
}

/* Whether a sum of squared deviations is more than the rounding of values of that size. */
static int varies(double count, double mean, double squares)
{
    const double rounding = 4.0 * 2.220446049250313e-16 * fabs(mean);
    return squares > count * rounding * rounding;
}

void columns_pearson(size_t n, size_t m, const double *a, const double *b, double *room, double *r)
{
    const double *mean_a = room;
    const double *mean_b = room + m;
    double *square_a = room + 2 * m;
    double *square_b = room + 3 * m;
    const double *count = room + 4 * m;
    double *product = room + 5 * m;
    pair_means(n, m, a, b, room);
    memset(square_a, 0, 2 * m * sizeof *square_a);
    memset(product, 0, m * sizeof *product);
    for (size_t i = 0; i < n * m; i += m) {
        for (size_t j = 0; j < m; j++) {
            const double x = a[i + j] - mean_a[j];
            const double y = b[i + j] - mean_b[j];
            const int there = !isnan(x + y);
            square_a[j] += there ? x * x : 0.0;
            square_b[j] += there ? y * y : 0.0;
            product[j] += there ? x * y : 0.0;
        }
    }
    for (size_t j = 0; j < m; j++) {
        const double value = product[j] / (sqrt(square_a[j]) * sqrt(square_b[j]));
        r[j] = fmax(-1.0, fmin(1.0, value));
        r[j] = varies(count[j], mean_a[j], square_a[j]) ? r[j] : 0.0;
        r[j] = count[j] > 1.0 && varies(count[j], mean_b[j], square_b[j]) ? r[j] : (double)NAN;
    }
}

void columns_mean(size_t n, size_t m, const double *x, double *room, double *mean)
{
    memset(mean, 0, m * sizeof *mean);
    for (size_t pass = 0; pass < 2; pass++) {
        memset(room, 0, m * sizeof *room);
        for (size_t i = 0; i < n * m; i += m) {
            for (size_t j = 0; j < m; j++) {
                room[j] += x[i + j] - mean[j];
            }
        }
        for (size_t j = 0; j < m; j++) {
            mean[j] += room[j] / (double)n;
        }
    }
}
