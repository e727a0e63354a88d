/* Delay embeddings and their covariances. */
#include "checked.h"
#include "covariance_parts.h"
#include "dense.h"
#include "try.h"

#include <analysis/linalg.h>

#include <string.h>

const char *const ana_augmented_tail_names[] = {"published", "full", "circular", NULL};

ana_status ana_augmented_length(const ana_augmentation *augmentation, size_t n_times,
                                size_t *n_left)
{
    const size_t order = augmentation->order;
    const size_t lag = augmentation->lag;
    if (order == 0 || lag == 0) {
        return ana_fail(ANA_ERR_VALUE, "augmented covariance: order %zu, lag %zu; both at least 1",
                        order, lag);
    }
    size_t lost = 0;
    bool right = true;
    if (order > 1 && augmentation->tail != ANA_TAIL_CIRCULAR) {
        const size_t n_lags = augmentation->tail == ANA_TAIL_PUBLISHED ? order : order - 1;
        right = ana_multiply(n_lags, lag, &lost);
    }
    if (!right || n_times < 2 || lost > n_times - 2) {
        return ana_fail(ANA_ERR_VALUE,
                        "augmented covariance: order %zu and lag %zu leave fewer than two of %zu "
                        "samples; take a smaller order or lag, or longer trials",
                        order, lag, n_times);
    }
    *n_left = n_times - lost;
    return ANA_OK;
}

/* A plan of rows alone. */
static covariance_plan rows_of(const ana_augmentation *augmentation,
                               const ana_trial_signals *trials, size_t n_left)
{
    covariance_plan plan = {.sources = covariance_sources_of(trials),
                            .n_channels = trials->n_channels * augmentation->order,
                            .n_rows = trials->n_channels * augmentation->order,
                            .n_times = n_left};
    plan.sources.augmentation = *augmentation;
    return plan;
}

ana_status ana_augmented_signals(const ana_augmentation *augmentation,
                                 const ana_trial_signals *trials, double *out)
{
    ana_status status = ANA_OK;
    size_t n_left = 0;
    ANA_TRY(ana_augmented_length(augmentation, trials->n_times, &n_left));
    /* Complex samples are taken as pairs that move together: twice as many times. */
    const size_t step = trials->is_complex ? 2 : 1;
    ana_augmentation pairs = *augmentation;
    ana_trial_signals real = *trials;
    pairs.lag *= step;
    real.n_times *= step;
    const covariance_plan plan = rows_of(&pairs, &real, n_left * step);
    for (size_t k = 0; k < trials->n_trials; k++) {
        const double *x = trials->values + k * trials->n_channels * real.n_times;
        for (size_t r = 0; r < plan.n_rows; r++) {
            covariance_copy_row(&plan, r, x, out + (k * plan.n_rows + r) * plan.n_times);
        }
    }
done:
    return status;
}

ana_status ana_augmented_covariance(const ana_augmentation *augmentation,
                                    const ana_trial_signals *trials,
                                    const ana_covariance_options *options,
                                    ana_covariance_info *infos, double *out)
{
    ana_status status = ANA_OK;
    size_t n_left = 0;
    covariance_sources sources = covariance_sources_of(trials);
    ANA_TRY(ana_augmented_length(augmentation, trials->n_times, &n_left));
    sources.augmentation = *augmentation;
    ANA_TRY(covariance_of_sources(trials, &sources, options, infos, out));
done:
    return status;
}

bool covariance_is_lagged(const covariance_plan *plan)
{
    const ana_augmentation *augmentation = &plan->sources.augmentation;
    return augmentation->order > 1 && augmentation->tail != ANA_TAIL_CIRCULAR &&
           covariance_needs_gram_alone(plan->options->estimator) && !plan->is_complex &&
           plan->weights == NULL && plan->sources.n_fixed == 0;
}

/* sums[c] += factor * sum of n samples from `first`. */
static void add_samples(size_t n_own, size_t n, double factor, const double *first, double *sums)
{
    for (size_t t = 0; t < n; t++) {
        for (size_t c = 0; c < n_own; c++) {
            sums[c] += factor * first[t * n_own + c];
        }
    }
}

/* Means of all rows, from the samples by time. */
static void row_means(const covariance_plan *plan, const double *samples, double *means)
{
    const size_t n = plan->sources.n_own;
    const size_t lag = plan->sources.augmentation.lag;
    memset(means, 0, n * sizeof *means);
    add_samples(n, plan->n_times, 1.0, samples, means);
    for (size_t p = 1; p < plan->sources.augmentation.order; p++) {
        const double *before = samples + (p - 1) * lag * n;
        memcpy(means + p * n, means + (p - 1) * n, n * sizeof *means);
        add_samples(n, lag, -1.0, before, means + p * n);
        add_samples(n, lag, 1.0, before + plan->n_times * n, means + p * n);
    }
    for (size_t r = 0; r < plan->n_rows; r++) {
        means[r] /= (double)plan->n_times;
    }
}

/* block += factor * sum over n samples s of x(s) x(s + shift)^T. */
static ana_status add_products(size_t n_own, size_t n, size_t shift, double factor,
                               const double *samples, double *block)
{
    const ana_gemm shape = {.n_rows = n_own,
                            .n_inner = n,
                            .n_columns = n_own,
                            .transpose_a = true,
                            .alpha = factor,
                            .beta = 1.0};
    return ana_linalg_gemm(&shape, samples, samples + shift * n_own, block);
}

/* Block (p, q) of the gram and its mirror image, as means of products about the means. */
static void put_block(const covariance_plan *plan, size_t p, size_t q, const double *block,
                      const double *means, double *gram)
{
    const size_t n = plan->sources.n_own;
    const size_t m = plan->n_rows;
    const bool about_zero = plan->options->estimator == ANA_COVARIANCE_SECOND_MOMENT;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double value = block[i * n + j] / (double)plan->n_times;
            value -= about_zero ? 0.0 : means[p * n + i] * means[q * n + j];
            gram[(p * n + i) * m + q * n + j] = value;
            gram[(q * n + j) * m + p * n + i] = value;
        }
    }
}

/* From the block of one pair of copies to the next at the same lag, the first `lag` samples leave
 * and as many come in. */
static ana_status fill_lag(const covariance_plan *plan, size_t k, const covariance_room *room)
{
    ana_status status = ANA_OK;
    const size_t n = plan->sources.n_own;
    const size_t lag = plan->sources.augmentation.lag;
    double *block = room->other;
    memset(block, 0, n * n * sizeof *block);
    ANA_TRY(add_products(n, plan->n_times, k * lag, 1.0, room->scaled, block));
    put_block(plan, 0, k, block, room->times, room->gram);
    for (size_t p = 1; p + k < plan->sources.augmentation.order; p++) {
        const double *before = room->scaled + (p - 1) * lag * n;
        ANA_TRY(add_products(n, lag, k * lag, -1.0, before, block));
        ANA_TRY(add_products(n, lag, k * lag, 1.0, before + plan->n_times * n, block));
        put_block(plan, p, p + k, block, room->times, room->gram);
    }
done:
    return status;
}

ana_status covariance_lagged_gram(const covariance_plan *plan, const double *x,
                                  const covariance_room *room)
{
    ana_status status = ANA_OK;
    const ana_augmentation *augmentation = &plan->sources.augmentation;
    covariance_plan own = *plan;
    own.sources.augmentation = (ana_augmentation){.order = 1, .lag = 1};
    own.n_channels = plan->sources.n_own;
    own.n_rows = own.n_channels;
    own.n_times = plan->n_times + (augmentation->order - 1) * augmentation->lag;
    ANA_TRY(covariance_load_rows(&own, x, 0, own.n_rows, room->rows));
    ana_transpose(own.n_rows, own.n_times, room->rows, room->scaled);
    row_means(plan, room->scaled, room->times);
    for (size_t k = 0; k < augmentation->order; k++) {
        ANA_TRY(fill_lag(plan, k, room));
    }
done:
    return status;
}
