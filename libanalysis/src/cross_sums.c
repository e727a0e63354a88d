#include "cross_sums.h"

#include "checked.h"
#include "memory.h"
#include "simd.h"
#include "try.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    LANES = ANA_CROSS_LANES,
    MOST = ANA_CROSS_WINDOWS,
    STRIDE = 2 * ANA_CROSS_LANES,                 /* doubles of one window */
    ROW = 2 * ANA_CROSS_LANES * ANA_CROSS_WINDOWS /* doubles of one channel, eight frequencies */
};

/* Imaginary parts whose sizes add up to less than this part of the powers are rounding. */
static const double rounding = 1e-12;

static size_t kinds_of(ana_connectivity_measure measure)
{
    return measure == ANA_CONNECTIVITY_WPLI_DEBIASED ? 3 : 2;
}

static size_t n_pairs(const ana_cross_sums *sums)
{
    return sums->n_channels * (sums->n_channels - (sums->n_channels > 0 ? 1 : 0)) / 2;
}

/* Pairs (i, j), i < j, row by row. */
static size_t pair_of(const ana_cross_sums *sums, size_t i, size_t j)
{
    return i * (2 * sums->n_channels - i - 1) / 2 + j - i - 1;
}

static ana_status take(const ana_run *run, size_t n, size_t m, double **out)
{
    size_t bytes = 0;
    if (!ana_multiply(n, m, &bytes) || !ana_multiply(bytes, sizeof **out, &bytes)) {
        bytes = SIZE_MAX;
    }
    const ana_status status = ana_run_check_memory(run, bytes, "connectivity");
    return status == ANA_OK ? ana_allocate(bytes, 1, "connectivity", out) : status;
}

ana_status ana_cross_sums_new(const ana_connectivity_options *options, size_t n_channels,
                              size_t n_bins, ana_cross_sums *sums)
{
    ana_status status = ANA_OK;
    *sums = (ana_cross_sums){.run = options->run,
                             .measure = options->measure,
                             .n_channels = n_channels,
                             .n_bins = n_bins,
                             .n_chunks = (n_bins + LANES - 1) / LANES,
                             .n_kinds = kinds_of(options->measure)};
    size_t square = 0;
    if (!ana_multiply(n_channels, n_channels, &square)) {
        return ana_fail(ANA_ERR_LIMIT, "connectivity: %zu channels are too many", n_channels);
    }
    ANA_TRY(take(&sums->run, n_pairs(sums), sums->n_chunks * sums->n_kinds * LANES, &sums->pairs));
    ANA_TRY(take(&sums->run, n_channels, sums->n_chunks * LANES, &sums->powers));
    ANA_TRY(take(&sums->run, square, 1, &sums->n));
    ANA_TRY(take(&sums->run, n_channels, sums->n_chunks * ROW, &sums->batch));
    ANA_TRY(ana_allocate(n_channels, MOST * sizeof(bool), "connectivity", &sums->valid));
done:
    return status;
}

void ana_cross_sums_release(ana_cross_sums *sums)
{
    free(sums->pairs);
    free(sums->powers);
    free(sums->shared);
    free(sums->n);
    free(sums->batch);
    free(sums->valid);
    *sums = (ana_cross_sums){0};
}

void ana_cross_sums_restart(ana_cross_sums *sums)
{
    const size_t lanes = sums->n_chunks * LANES;
    memset(sums->pairs, 0, n_pairs(sums) * sums->n_kinds * lanes * sizeof *sums->pairs);
    memset(sums->powers, 0, sums->n_channels * lanes * sizeof *sums->powers);
    memset(sums->n, 0, sums->n_channels * sums->n_channels * sizeof *sums->n);
    free(sums->shared);
    sums->shared = NULL;
}

/* Kernels: windows of one pair of channels a and b at eight frequencies. */

ANA_CLONES static void add_products(size_t n, const double *a, const double *b, double *sums)
{
    double re[LANES];
    double im[LANES];
    memcpy(re, sums, sizeof re);
    memcpy(im, sums + LANES, sizeof im);
    for (size_t w = 0; w < n; w++, a += STRIDE, b += STRIDE) {
#pragma omp simd
        for (size_t l = 0; l < LANES; l++) {
            re[l] += a[l] * b[l] + a[LANES + l] * b[LANES + l];
            im[l] += a[LANES + l] * b[l] - a[l] * b[LANES + l];
        }
    }
    memcpy(sums, re, sizeof re);
    memcpy(sums + LANES, im, sizeof im);
}

ANA_CLONES static void add_signs(size_t n, const double *a, const double *b, double *sums)
{
    double sign[LANES];
    double size[LANES];
    memcpy(sign, sums, sizeof sign);
    memcpy(size, sums + LANES, sizeof size);
    for (size_t w = 0; w < n; w++, a += STRIDE, b += STRIDE) {
#pragma omp simd
        for (size_t l = 0; l < LANES; l++) {
            const double im = a[LANES + l] * b[l] - a[l] * b[LANES + l];
            sign[l] += (im > 0.0 ? 1.0 : 0.0) - (im < 0.0 ? 1.0 : 0.0);
            size[l] += fabs(im);
        }
    }
    memcpy(sums, sign, sizeof sign);
    memcpy(sums + LANES, size, sizeof size);
}

ANA_CLONES static void add_imaginary(size_t n, const double *a, const double *b, double *sums)
{
    double total[LANES];
    double size[LANES];
    memcpy(total, sums, sizeof total);
    memcpy(size, sums + LANES, sizeof size);
    for (size_t w = 0; w < n; w++, a += STRIDE, b += STRIDE) {
#pragma omp simd
        for (size_t l = 0; l < LANES; l++) {
            const double im = a[LANES + l] * b[l] - a[l] * b[LANES + l];
            total[l] += im;
            size[l] += fabs(im);
        }
    }
    memcpy(sums, total, sizeof total);
    memcpy(sums + LANES, size, sizeof size);
}

ANA_CLONES static void add_squares(size_t n, const double *a, const double *b, double *sums)
{
    for (size_t w = 0; w < n; w++, a += STRIDE, b += STRIDE) {
#pragma omp simd
        for (size_t l = 0; l < LANES; l++) {
            const double im = a[LANES + l] * b[l] - a[l] * b[LANES + l];
            sums[l] += im * im;
        }
    }
}

static void add_pair(ana_connectivity_measure measure, size_t n, const double *a, const double *b,
                     double *sums)
{
    if (measure == ANA_CONNECTIVITY_PLI) {
        add_signs(n, a, b, sums);
    } else if (measure == ANA_CONNECTIVITY_WPLI) {
        add_imaginary(n, a, b, sums);
    } else if (measure == ANA_CONNECTIVITY_WPLI_DEBIASED) {
        add_imaginary(n, a, b, sums);
        add_squares(n, a, b, sums + STRIDE);
    } else {
        add_products(n, a, b, sums);
    }
}

/* Powers of one channel, and where windows are missing those that channels share. */
static void add_power(ana_cross_sums *sums, size_t n, size_t chunk, size_t i)
{
    const size_t n_channels = sums->n_channels;
    const double *a = sums->batch + (chunk * n_channels + i) * ROW;
    double *power = sums->powers + (chunk * n_channels + i) * LANES;
    for (size_t w = 0; w < n; w++) {
        double own[LANES];
        for (size_t l = 0; l < LANES; l++) {
            const double re = a[w * STRIDE + l];
            const double im = a[w * STRIDE + LANES + l];
            own[l] = re * re + im * im;
            power[l] += own[l];
        }
        for (size_t j = 0; j < n_channels && sums->shared != NULL; j++) {
            double *shared = sums->shared + ((chunk * n_channels + i) * n_channels + j) * LANES;
            for (size_t l = 0; l < LANES && sums->valid[j * MOST + w]; l++) {
                shared[l] += own[l];
            }
        }
    }
}

/* Phases alone: every spectrum becomes of size 1, or stays 0. */
static void normalise(ana_cross_sums *sums, size_t n, size_t chunk, size_t i)
{
    double *a = sums->batch + (chunk * sums->n_channels + i) * ROW;
    for (size_t w = 0; w < n; w++, a += STRIDE) {
        for (size_t l = 0; l < LANES; l++) {
            const double size = sqrt(a[l] * a[l] + a[LANES + l] * a[LANES + l]);
            a[l] = size > 0.0 ? a[l] / size : 0.0;
            a[LANES + l] = size > 0.0 ? a[LANES + l] / size : 0.0;
        }
    }
}

/* From the first window on that some channels have and others lack, pairs keep powers of their
 * own, which until then were the channels'. */
static ana_status split_powers(ana_cross_sums *sums)
{
    const size_t n = sums->n_channels;
    const ana_status status = take(&sums->run, n * n, sums->n_chunks * LANES, &sums->shared);
    for (size_t row = 0; status == ANA_OK && row < sums->n_chunks * n; row++) {
        for (size_t j = 0; j < n; j++) {
            memcpy(sums->shared + (row * n + j) * LANES, sums->powers + row * LANES,
                   LANES * sizeof(double));
        }
    }
    return status;
}

static bool is_partly_missing(const ana_cross_sums *sums, size_t n)
{
    for (size_t w = 0; w < n; w++) {
        for (size_t c = 1; c < sums->n_channels; c++) {
            if (sums->valid[c * MOST + w] != sums->valid[w]) {
                return true;
            }
        }
    }
    return false;
}

static void count(ana_cross_sums *sums, size_t n)
{
    for (size_t i = 0; i < sums->n_channels; i++) {
        for (size_t j = 0; j < sums->n_channels; j++) {
            for (size_t w = 0; w < n; w++) {
                const bool both = sums->valid[i * MOST + w] && sums->valid[j * MOST + w];
                sums->n[i * sums->n_channels + j] += both ? sums->weight[w] : 0.0;
            }
        }
    }
}

/* Items are a chunk of frequencies and a channel i, with all j after it. */
ana_status ana_cross_sums_add(ana_cross_sums *sums, size_t n)
{
    ana_status status = ANA_OK;
    const size_t n_channels = sums->n_channels;
    const size_t n_items = sums->n_chunks * n_channels;
    const size_t all_pairs = n_pairs(sums);
    if (sums->shared == NULL && is_partly_missing(sums, n)) {
        ANA_TRY(split_powers(sums));
    }
    count(sums, n);
#pragma omp parallel for default(none) num_threads(ana_run_threads(&sums->run, n_items))           \
    schedule(static) shared(sums, n, n_channels, n_items)
    for (size_t item = 0; item < n_items; item++) {
        add_power(sums, n, item / n_channels, item % n_channels);
        if (sums->measure == ANA_CONNECTIVITY_PLV) {
            normalise(sums, n, item / n_channels, item % n_channels);
        }
    }
#pragma omp parallel for default(none) num_threads(ana_run_threads(&sums->run, n_items))           \
    schedule(static, 1) shared(sums, n, n_channels, n_items, all_pairs)
    for (size_t item = 0; item < n_items; item++) {
        const size_t chunk = item / n_channels;
        const size_t i = item % n_channels;
        const double *rows = sums->batch + chunk * n_channels * ROW;
        for (size_t j = i + 1; j < n_channels; j++) {
            const size_t place = chunk * all_pairs + pair_of(sums, i, j);
            add_pair(sums->measure, n, rows + i * ROW, rows + j * ROW,
                     sums->pairs + place * sums->n_kinds * LANES);
        }
    }
done:
    return status;
}

/* One pair's sums at one frequency. */
typedef struct pair_sums {
    double kinds[3];
    double power_i;
    double power_j;
    double n;
} pair_sums;

static double power_at(const ana_cross_sums *sums, size_t chunk, size_t lane, size_t i, size_t j)
{
    const size_t row = chunk * sums->n_channels + i;
    return sums->shared != NULL ? sums->shared[(row * sums->n_channels + j) * LANES + lane]
                                : sums->powers[row * LANES + lane];
}

/* Adds what is known of (i, j), i < j, at one frequency. */
static void gather(const ana_cross_sums *sums, size_t i, size_t j, size_t bin, pair_sums *of)
{
    const size_t chunk = bin / LANES;
    const size_t lane = bin % LANES;
    const size_t place = chunk * n_pairs(sums) + pair_of(sums, i, j);
    for (size_t k = 0; k < sums->n_kinds; k++) {
        of->kinds[k] += sums->pairs[(place * sums->n_kinds + k) * LANES + lane];
    }
    of->power_i += power_at(sums, chunk, lane, i, j);
    of->power_j += power_at(sums, chunk, lane, j, i);
}

static double coherence_of(ana_connectivity_measure measure, const pair_sums *of)
{
    const double size = sqrt(of->power_i) * sqrt(of->power_j);
    const double re = of->kinds[0] / size;
    const double im = of->kinds[1] / size;
    if (measure == ANA_CONNECTIVITY_IMAGINARY) {
        return fabs(im);
    }
    if (measure == ANA_CONNECTIVITY_COHERENCY_REAL) {
        return re;
    }
    if (measure == ANA_CONNECTIVITY_COHERENCY_IMAGINARY) {
        return im;
    }
    if (measure == ANA_CONNECTIVITY_LAGGED) {
        const double rest = (1.0 - re) * (1.0 + re);
        return fabs(im) > rounding && rest > 0.0 ? fmin(im * im / rest, 1.0) : 0.0;
    }
    return fmin(re * re + im * im, 1.0);
}

static double lag_of(ana_connectivity_measure measure, const pair_sums *of)
{
    const double size = of->kinds[1];
    if (size <= rounding * sqrt(of->power_i) * sqrt(of->power_j)) {
        return 0.0;
    }
    if (measure == ANA_CONNECTIVITY_PLI) {
        return fabs(of->kinds[0]) / of->n;
    }
    if (measure == ANA_CONNECTIVITY_WPLI) {
        return fabs(of->kinds[0]) / size;
    }
    const double own = of->kinds[2];
    return (of->kinds[0] * of->kinds[0] - own) / (size * size - own);
}

/* Of a channel with itself. */
static double diagonal(ana_connectivity_measure measure)
{
    const bool one = measure == ANA_CONNECTIVITY_COHERENCE || measure == ANA_CONNECTIVITY_PLV ||
                     measure == ANA_CONNECTIVITY_COHERENCY_REAL;
    return one ? 1.0 : 0.0;
}

static double value_of(ana_connectivity_measure measure, const pair_sums *of)
{
    if (!(of->n >= 2.0 && of->power_i > 0.0 && of->power_j > 0.0)) {
        return (double)NAN;
    }
    switch (measure) {
    case ANA_CONNECTIVITY_PLV:
        return fmin(hypot(of->kinds[0], of->kinds[1]) / of->n, 1.0);
    case ANA_CONNECTIVITY_PLI:
    case ANA_CONNECTIVITY_WPLI:
    case ANA_CONNECTIVITY_WPLI_DEBIASED:
        return lag_of(measure, of);
    case ANA_CONNECTIVITY_COHERENCE:
    case ANA_CONNECTIVITY_IMAGINARY:
    case ANA_CONNECTIVITY_LAGGED:
    case ANA_CONNECTIVITY_COHERENCY_REAL:
    case ANA_CONNECTIVITY_COHERENCY_IMAGINARY:
        break;
    }
    return coherence_of(measure, of);
}

double ana_cross_sums_read(const ana_cross_sums *sums, size_t i, size_t j, size_t bin, bool lanes)
{
    const size_t first = lanes ? 0 : bin;
    const size_t end = lanes ? sums->n_bins : bin + 1;
    pair_sums of = {.n = sums->n[i * sums->n_channels + j]};
    if (i == j) {
        for (size_t f = first; f < end; f++) {
            of.power_i += power_at(sums, f / LANES, f % LANES, i, i);
        }
        return of.n >= 2.0 && of.power_i > 0.0 ? diagonal(sums->measure) : (double)NAN;
    }
    for (size_t f = first; f < end; f++) {
        gather(sums, i < j ? i : j, i < j ? j : i, f, &of);
    }
    const double value = value_of(sums->measure, &of);
    return sums->measure == ANA_CONNECTIVITY_COHERENCY_IMAGINARY && i > j ? -value : value;
}
