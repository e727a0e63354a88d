/* Patterns of conditions from trials, and what is made of them before they are compared. */
#include "rdm_parts.h"
#include "try.h"

#include <analysis/stats.h>

#include <math.h>
#include <string.h>

void ana_rdm_remove_mean(size_t n, size_t p, double *x)
{
    for (size_t i = 0; i < n; i++) {
        double *row = x + i * p;
        double sum = 0.0;
        double count = 0.0;
        for (size_t j = 0; j < p; j++) {
            sum += isnan(row[j]) ? 0.0 : row[j];
            count += isnan(row[j]) ? 0.0 : 1.0;
        }
        for (size_t j = 0; j < p; j++) {
            row[j] -= count > 0.0 ? sum / count : 0.0;
        }
    }
}

/* Sums of finite values, and how many each is of where some are missing. */
static void add_rows(const ana_observations *from, size_t first, size_t stop, ana_patterns *to,
                     size_t set, double *finite)
{
    const size_t p = to->p;
    for (size_t t = first; t < stop; t++) {
        if (from->labels[t] < 0) {
            continue;
        }
        const size_t c = (size_t)from->labels[t];
        const double *row = from->values + t * p;
        double *sum = to->means + (set * to->n + c) * p;
        to->n_trials[set * to->n + c] += 1.0;
        for (size_t j = 0; j < p && finite == NULL; j++) {
            sum[j] += row[j];
        }
        for (size_t j = 0; j < p && finite != NULL; j++) {
            const bool there = !isnan(row[j]);
            sum[j] += there ? row[j] : 0.0;
            finite[c * p + j] += there ? 1.0 : 0.0;
        }
    }
}

/* Sums to means; absent conditions stay 0, channels without a value become NaN. */
static void divide(ana_patterns *to, size_t set, double *finite)
{
    const size_t p = to->p;
    for (size_t c = 0; c < to->n; c++) {
        const double n_trials = to->n_trials[set * to->n + c];
        double *mean = to->means + (set * to->n + c) * p;
        to->balanced = to->balanced && n_trials > 0.0;
        for (size_t j = 0; j < p && finite == NULL && n_trials > 1.0; j++) {
            mean[j] /= n_trials;
        }
        for (size_t j = 0; j < p && finite != NULL && n_trials > 0.0; j++) {
            const double n = finite[c * p + j];
            mean[j] = n > 0.0 ? mean[j] / n : (double)NAN;
            to->whole = to->whole && n > 0.0;
            finite[c * p + j] = 0.0;
        }
    }
}

static bool has_missing(const ana_observations *from)
{
    for (size_t i = 0; i < from->n_times * from->n_features; i++) {
        if (isnan(from->values[i])) {
            return true;
        }
    }
    return false;
}

ana_status ana_patterns_find(const ana_observations *observations, bool by_fold, bool mean_away,
                             ana_workspace *workspace, ana_patterns *patterns)
{
    const size_t n = observations->n_labels;
    const size_t p = observations->n_features;
    const size_t n_sets = by_fold ? observations->n_sequences : 1;
    double *finite = has_missing(observations) ? ana_workspace_doubles(workspace, n, p) : NULL;
    *patterns = (ana_patterns){.n_sets = n_sets, .n = n, .p = p, .whole = true, .balanced = true};
    patterns->means = ana_workspace_doubles(workspace, n_sets * n, p);
    patterns->n_trials = ana_workspace_doubles(workspace, n_sets, n);
    ana_status status = ana_workspace_check(workspace, "rdm");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t set = 0; set < n_sets; set++) {
        const size_t first = by_fold ? observations->sequence_start[set] : 0;
        const size_t stop = by_fold ? observations->sequence_start[set + 1] : observations->n_times;
        add_rows(observations, first, stop, patterns, set, finite);
        divide(patterns, set, finite);
    }
    if (mean_away) {
        ana_rdm_remove_mean(n_sets * n, p, patterns->means);
    }
    return ANA_OK;
}

ana_status ana_rdm_add_prior(const ana_rdm_options *options, size_t n, size_t p, const char *what,
                             double *x)
{
    const double prior = options->prior_rate * options->prior_weight;
    for (size_t i = 0; i < n * p; i++) {
        if (x[i] < 0.0) {
            return ana_fail(ANA_ERR_VALUE,
                            "rdm: %s %zu has %g in channel %zu; Poisson dissimilarities are of "
                            "counts or rates, which are not negative",
                            what, i / p, x[i], i % p);
        }
        x[i] = (x[i] + prior) / (1.0 + options->prior_weight);
        if (x[i] == 0.0) {
            return ana_fail(ANA_ERR_VALUE,
                            "rdm: %s %zu never responds in channel %zu, and without a prior (rate "
                            "and weight above 0) its logarithm is infinite",
                            what, i / p, i % p);
        }
    }
    return ANA_OK;
}

enum {
    LANES = 8 /* sums kept apart, so that they need not wait for one another */
};

static double sum_of(const double *lane)
{
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
           ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

double ana_rdm_mean(size_t p, const double *row)
{
    double lane[LANES] = {0.0};
    for (size_t j = 0; j < p; j++) {
        lane[j % LANES] += row[j] - row[0];
    }
    return row[0] + sum_of(lane) / (double)p;
}

/* About its mean where asked, of length 1. */
static void make_direction(const ana_rdm_options *options, size_t p, double *row)
{
    const double mean = options->method == ANA_RDM_COSINE ? 0.0 : ana_rdm_mean(p, row);
    double square[LANES] = {0.0};
    double before[LANES] = {0.0};
    for (size_t j = 0; j < p; j++) {
        before[j % LANES] += row[j] * row[j];
        row[j] -= mean;
        square[j % LANES] += row[j] * row[j];
    }
    const double length = sqrt(sum_of(square));
    const double size = sqrt(sum_of(before));
    double divisor = length;
    if (length <= 1e-15 * size) { /* what rounding leaves of a constant */
        memset(row, 0, p * sizeof *row);
        divisor = options->constant_apart ? 1.0 : (double)NAN;
    }
    for (size_t j = 0; j < p; j++) {
        row[j] /= divisor;
    }
}

ana_status ana_rdm_directions(const ana_rdm_options *options, size_t n, size_t p, double *x)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *ranks = ana_workspace_doubles(&workspace, p, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    for (size_t i = 0; i < n; i++) {
        double *row = x + i * p;
        if (options->method == ANA_RDM_SPEARMAN) {
            ANA_TRY(ana_stats_ranks(p, row, ranks));
            for (size_t j = 0; j < p; j++) {
                row[j] = ranks[j];
            }
        }
        make_direction(options, p, row);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
