#include <analysis/diagnostics.h>

#include <math.h>
#include <stdbool.h>

/* The halves of all chains: half h begins at `begin` of its chain and has n draws. */
typedef struct halves {
    size_t n_halves;
    size_t n;
    size_t n_draws;
    const double *draws;
} halves;

static const double *half_of(const halves *all, size_t h)
{
    const double *chain = all->draws + h / 2 * all->n_draws;
    return h % 2 == 0 ? chain : chain + (all->n_draws - all->n);
}

static double mean_of(const halves *all, size_t h)
{
    const double *x = half_of(all, h);
    double sum = 0.0;
    for (size_t t = 0; t < all->n; t++) {
        sum += x[t];
    }
    return sum / (double)all->n;
}

static ana_status cut(size_t n_chains, size_t n_draws, const double *draws, halves *out)
{
    if (n_chains == 0 || n_draws < 4) {
        return ana_fail(ANA_ERR_VALUE,
                        "diagnostics: %zu chains of %zu draws; at least one of at least 4",
                        n_chains, n_draws);
    }
    for (size_t j = 0; j < n_chains * n_draws; j++) {
        if (!isfinite(draws[j])) {
            return ana_fail(ANA_ERR_VALUE, "diagnostics: draw %zu of chain %zu is not finite",
                            j % n_draws, j / n_draws);
        }
    }
    *out = (halves){2 * n_chains, n_draws / 2, n_draws, draws};
    return ANA_OK;
}

/* Mean over halves of sum_t (x_t - mean)(x_(t + lag) - mean) / n. */
static double autocovariance(const halves *all, size_t lag)
{
    double total = 0.0;
    for (size_t h = 0; h < all->n_halves; h++) {
        const double *x = half_of(all, h);
        const double mean = mean_of(all, h);
        double sum = 0.0;
        for (size_t t = lag; t < all->n; t++) {
            sum += (x[t] - mean) * (x[t - lag] - mean);
        }
        total += sum / (double)all->n;
    }
    return total / (double)all->n_halves;
}

/* *within = W, *all_variance = (n - 1) / n W + B / n. */
static void variances(const halves *all, double *within, double *all_variance)
{
    const double n = (double)all->n;
    double mean = 0.0;
    double between = 0.0;
    for (size_t h = 0; h < all->n_halves; h++) {
        mean += mean_of(all, h) / (double)all->n_halves;
    }
    for (size_t h = 0; h < all->n_halves; h++) {
        const double off = mean_of(all, h) - mean;
        between += off * off / (double)(all->n_halves - 1);
    }
    *within = autocovariance(all, 0) * n / (n - 1.0);
    *all_variance = (n - 1.0) / n * *within + between;
}

ana_status ana_diagnostics_split_rhat(size_t n_chains, size_t n_draws, const double *draws,
                                      double *rhat)
{
    halves all = {0};
    double within = 0.0;
    double variance = 0.0;
    ana_status status = cut(n_chains, n_draws, draws, &all);
    if (status != ANA_OK) {
        return status;
    }
    variances(&all, &within, &variance);
    if (within > 0.0) {
        *rhat = sqrt(variance / within);
    } else {
        *rhat = variance > 0.0 ? (double)INFINITY : 1.0;
    }
    return ANA_OK;
}

ana_status ana_diagnostics_effective_size(size_t n_chains, size_t n_draws, const double *draws,
                                          double *effective)
{
    halves all = {0};
    double within = 0.0;
    double variance = 0.0;
    ana_status status = cut(n_chains, n_draws, draws, &all);
    if (status != ANA_OK) {
        return status;
    }
    const double n = (double)(all.n_halves * all.n);
    variances(&all, &within, &variance);
    if (!(variance > 0.0)) {
        *effective = (double)(n_chains * n_draws);
        return ANA_OK;
    }
    /* tau = -1 + 2 sum of pairs of autocorrelations, each pair at most the one before. */
    double tau = -1.0;
    double least = INFINITY;
    for (size_t lag = 0; lag + 1 < all.n; lag += 2) {
        double pair = 0.0;
        for (size_t l = lag; l <= lag + 1; l++) {
            /* Stan's estimate: 1 - (W - autocovariance) / variance */
            pair += l == 0 ? 1.0 : 1.0 - (within - autocovariance(&all, l)) / variance;
        }
        if (pair <= 0.0) {
            break;
        }
        least = fmin(least, pair);
        tau += 2.0 * least;
    }
    *effective = n / fmax(tau, 1.0 / log10(n));
    return ANA_OK;
}
