/* Products of channels at distances in time, and the augmented covariances made of them. */
#include "checked.h"
#include "lag_parts.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

lag_embedding lag_embedding_of(size_t order, size_t lag, ana_lag_tail tail, size_t max_order)
{
    if (order == 1) {
        return (lag_embedding){1, 0, 0};
    }
    const size_t span = tail == ANA_LAG_FULL      ? order - 1
                        : tail == ANA_LAG_ALIGNED ? max_order
                                                  : order;
    return (lag_embedding){order, lag, span};
}

size_t lag_window(const ana_lag_products *products, lag_embedding at)
{
    const size_t lost = at.span * at.lag;
    return products->n_times > lost ? products->n_times - lost : 0;
}

bool lag_fits(const ana_lag_products *products, lag_embedding at, ana_lag_estimator estimator)
{
    const size_t window = lag_window(products, at);
    const size_t rows = at.order * products->n_channels;
    return window >= 2 && (estimator != ANA_LAG_COVARIANCE || window > rows);
}

size_t lag_room_size(const ana_lag_products *products, size_t order)
{
    return (products->n_channels + order) * products->n_channels;
}

static const double *sample(const ana_lag_products *products, size_t trial, size_t time)
{
    return products->samples + (trial * products->n_times + time) * products->n_channels;
}

/* w += sign * sum of x[s] x[s + shift] over n samples from s = first */
static ana_status add_slab(const ana_lag_products *products, const double *first, size_t n,
                           size_t shift, double sign, double *w)
{
    const size_t c = products->n_channels;
    const ana_gemm shape = {c, n, c, true, false, sign, 1.0};
    return n > 0 ? ana_linalg_gemm(&shape, first, first + shift * c, w) : ANA_OK;
}

/* means[p] = mean of the window that begins p lags late: order x channels */
static void find_means(const ana_lag_products *products, size_t trial, lag_embedding at,
                       double *means)
{
    const size_t c = products->n_channels;
    const size_t window = lag_window(products, at);
    memset(means, 0, at.order * c * sizeof *means);
    for (size_t p = 0; p < at.order; p++) {
        const double *x = sample(products, trial, p * at.lag);
        double *mean = means + p * c;
        for (size_t t = 0; t < window; t++) {
            for (size_t i = 0; i < c; i++) {
                mean[i] += x[t * c + i];
            }
        }
        for (size_t i = 0; i < c; i++) {
            mean[i] /= (double)window;
        }
    }
}

/* The blocks (p, q) and (q, p) of the covariance, from the products w of their windows. */
static void put_block(const ana_lag_products *products, lag_embedding at, const size_t block[2],
                      const double *w, const double *means, double *out)
{
    const size_t c = products->n_channels;
    const size_t n = at.order * c;
    const double window = (double)lag_window(products, at);
    for (size_t i = 0; i < c; i++) {
        const double first = means[block[0] * c + i];
        const size_t stop = block[0] == block[1] ? i + 1 : c; /* one half: symmetric to the bit */
        for (size_t j = 0; j < stop; j++) {
            const double both = window * first * means[block[1] * c + j];
            const double value = (w[i * c + j] - both) / (window - 1.0);
            const size_t row = block[0] * c + i;
            const size_t column = block[1] * c + j;
            out[row * n + column] = out[column * n + row] = value;
        }
    }
}

/* The window of block (0, m) is what all samples have but the last; each later block along the
 * diagonal loses `lag` samples in front and gains as many behind. */
ana_status lag_assemble(const ana_lag_products *products, size_t trial, lag_embedding at,
                        double *room, double *out)
{
    ana_status status = ANA_OK;
    const size_t c = products->n_channels;
    const size_t window = lag_window(products, at);
    double *means = room + c * c;
    find_means(products, trial, at, means);
    for (size_t m = 0; m < at.order; m++) {
        const size_t shift = m * at.lag;
        const size_t place = trial * products->n_shifts + products->slot[shift];
        memcpy(room, products->sums + place * c * c, c * c * sizeof *room);
        ANA_TRY(add_slab(products, sample(products, trial, window),
                         products->n_times - window - shift, shift, -1.0, room));
        for (size_t p = 0; p + m < at.order; p++) {
            if (p > 0) {
                const size_t lost = (p - 1) * at.lag;
                ANA_TRY(
                    add_slab(products, sample(products, trial, lost), at.lag, shift, -1.0, room));
                ANA_TRY(add_slab(products, sample(products, trial, lost + window), at.lag, shift,
                                 1.0, room));
            }
            put_block(products, at, (const size_t[2]){p, p + m}, room, means, out);
        }
    }
done:
    return status;
}

void ana_lag_products_free(ana_lag_products *products)
{
    if (products != NULL) {
        free(products->classes);
        free(products->samples);
        free(products->slot);
        free(products->sums);
        free(products->embedded);
        free(products->order);
        free(products->lag);
        free(products);
    }
}

static ana_status check_trials(const ana_lag_trials *trials)
{
    const size_t most = (size_t)INT32_MAX;
    size_t n = 0;
    if (trials->n_trials == 0 || trials->n_channels == 0 || trials->n_times < 2) {
        return ana_fail(ANA_ERR_VALUE,
                        "lags: %zu trials of %zu channels and %zu samples; at least one of each, "
                        "and two samples, are needed",
                        trials->n_trials, trials->n_channels, trials->n_times);
    }
    if (!ana_multiply(trials->n_trials, trials->n_channels, &n) ||
        !ana_multiply(n, trials->n_times, &n) || trials->n_times > most ||
        trials->n_channels > most) {
        return ana_fail(ANA_ERR_SHAPE, "lags: %zu trials of %zu channels and %zu samples",
                        trials->n_trials, trials->n_channels, trials->n_times);
    }
    for (size_t e = 0; e < n; e++) {
        if (!isfinite(trials->values[e])) {
            const size_t row = e / trials->n_times;
            return ana_fail(ANA_ERR_VALUE,
                            "lags: sample %zu of channel %zu in trial %zu is not finite; leave the "
                            "channel or the trial out",
                            e % trials->n_times, row % trials->n_channels,
                            row / trials->n_channels);
        }
    }
    return ANA_OK;
}

/* Distances that some pair needs: each product of a lag and a number below the order. */
static void number_shifts(ana_lag_products *products)
{
    const size_t n = (products->max_order - 1) * products->max_lag + 1;
    for (size_t shift = 0; shift < n; shift++) {
        products->slot[shift] = SIZE_MAX;
    }
    for (size_t m = 0; m < products->max_order; m++) {
        for (size_t lag = 1; lag <= products->max_lag; lag++) {
            if (m * lag < products->n_times && products->slot[m * lag] == SIZE_MAX) {
                products->slot[m * lag] = products->n_shifts++;
            }
        }
    }
}

/* time x channel, about the mean of the trial: what is far from 0 would cost digits. */
static void take_samples(const ana_lag_trials *trials, size_t trial, double *out)
{
    for (size_t i = 0; i < trials->n_channels; i++) {
        const double *x = trials->values + (trial * trials->n_channels + i) * trials->n_times;
        double mean = 0.0;
        for (size_t t = 0; t < trials->n_times; t++) {
            mean += x[t] / (double)trials->n_times;
        }
        for (size_t t = 0; t < trials->n_times; t++) {
            out[t * trials->n_channels + i] = x[t] - mean;
        }
    }
}

static ana_status sum_products(const ana_lag_products *products, size_t trial)
{
    ana_status status = ANA_OK;
    const size_t c = products->n_channels;
    const size_t n_slots = (products->max_order - 1) * products->max_lag + 1;
    for (size_t shift = 0; shift < n_slots && status == ANA_OK; shift++) {
        if (products->slot[shift] != SIZE_MAX) {
            double *w =
                products->sums + (trial * products->n_shifts + products->slot[shift]) * c * c;
            status = add_slab(products, sample(products, trial, 0), products->n_times - shift,
                              shift, 1.0, w);
        }
    }
    return status;
}

static void sum_trials(const ana_lag_trials *trials, int n_threads, ana_status *statuses,
                       ana_lag_products *products)
{
    const size_t n = trials->n_trials;
#pragma omp parallel for default(none) schedule(static) num_threads(n_threads)                     \
    shared(trials, products, statuses, n)
    for (size_t k = 0; k < n; k++) {
        take_samples(trials, k, products->samples + k * products->n_times * products->n_channels);
        statuses[k] = sum_products(products, k);
    }
}

static ana_status sum_all(const ana_lag_trials *trials, const ana_run *run,
                          ana_lag_products *products)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_status *statuses = ana_workspace_bytes(&workspace, trials->n_trials, 1, sizeof *statuses);
    ANA_TRY(ana_workspace_check(&workspace, "lags"));
    sum_trials(trials, ana_run_threads(run, trials->n_trials), statuses, products);
    for (size_t k = 0; k < trials->n_trials; k++) {
        ANA_TRY(statuses[k]);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status make_room(const ana_lag_trials *trials, const ana_run *run,
                            ana_lag_products *products)
{
    static const char what[] = "lags";
    ana_status status = ANA_OK;
    const size_t n = trials->n_trials;
    const size_t c = trials->n_channels;
    const size_t n_slots = (products->max_order - 1) * products->max_lag + 1;
    const double matrix = (double)c * (double)c;
    ANA_TRY(ana_allocate(n_slots, sizeof(size_t), what, (void *)&products->slot));
    number_shifts(products);
    const double numbers =
        (double)n * ((double)products->n_shifts * matrix + (double)c * (double)trials->n_times);
    ANA_TRY(ana_run_check_memory(run, numbers < 1e17 ? (size_t)(8.0 * numbers) : SIZE_MAX,
                                 "products of channels at each lag"));
    ANA_TRY(ana_allocate(n, sizeof(size_t), what, (void *)&products->classes));
    ANA_TRY(
        ana_allocate(n * c * trials->n_times, sizeof(double), what, (void *)&products->samples));
    ANA_TRY(ana_allocate(n * products->n_shifts * c * c, sizeof(double), what,
                         (void *)&products->sums));
    ANA_TRY(ana_allocate(n, sizeof(bool), what, (void *)&products->embedded));
    ANA_TRY(ana_allocate(n, sizeof(size_t), what, (void *)&products->order));
    ANA_TRY(ana_allocate(n, sizeof(double), what, (void *)&products->lag));
done:
    return status;
}

ana_status ana_lag_products_new(const ana_lag_trials *trials, const ana_lag_options *options,
                                ana_lag_products **out)
{
    ana_status status = ANA_OK;
    ana_lag_products *products = NULL;
    const ana_lag_options chosen = options != NULL ? *options : ana_lag_options_default();
    ANA_TRY(ana_options_check(ana_lag_option_table, &chosen, "lags"));
    ANA_TRY(check_trials(trials));
    ANA_TRY(ana_allocate(1, sizeof *products, "lags", (void *)&products));
    products->n_trials = trials->n_trials;
    products->n_channels = trials->n_channels;
    products->n_times = trials->n_times;
    products->max_order = chosen.max_order;
    products->max_lag = chosen.max_lag;
    ANA_TRY(make_room(trials, &chosen.run, products));
    memcpy(products->classes, trials->classes, trials->n_trials * sizeof *products->classes);
    ANA_TRY(sum_all(trials, &chosen.run, products));
    *out = products;
    products = NULL;
done:
    ana_lag_products_free(products);
    return status;
}
