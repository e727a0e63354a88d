/* Signals as rows of length 1, so that similarities are their products. */
#include "functional_parts.h"
#include "try.h"

#include <analysis/linalg.h>
#include <analysis/stats.h>

#include <math.h>
#include <string.h>

static const char *const measure_names[] = {"pearson", "partial", "lagged", "distance", NULL};
static const char *const missing_names[] = {"refuse", "pairwise", NULL};
static const char *const sign_names[] = {"either", "positive", "negative", NULL};

ana_functional_options ana_functional_options_default(void)
{
    return (ana_functional_options){.run = ana_run_default(), .threshold = 0.5, .max_lag = 1};
}

const ana_option ana_functional_option_table[] = {
    {"measure", ANA_OPTION_CHOICE, offsetof(ana_functional_options, measure), 0, 0, measure_names,
     "MEASURE", "how two signals are compared: pearson, partial, lagged or distance", false},
    {"missing", ANA_OPTION_CHOICE, offsetof(ana_functional_options, missing), 0, 0, missing_names,
     "HOW",
     "signals that miss samples: refuse, or (pairwise, pearson) compare two over the sessions in "
     "which neither misses any",
     false},
    {"sign", ANA_OPTION_CHOICE, offsetof(ana_functional_options, sign), 0, 0, sign_names, "SIGN",
     "which similarities count: either, positive or negative", false},
    {"threshold", ANA_OPTION_DOUBLE, offsetof(ana_functional_options, threshold), 0, 1, NULL, "R",
     "similarity above which two signals are connected", false},
    {"density", ANA_OPTION_DOUBLE, offsetof(ana_functional_options, density), 0, 1, NULL, "SHARE",
     "share of the possible edges to keep, instead of the threshold; 0: by threshold", false},
    {"max-lag", ANA_OPTION_SIZE, offsetof(ana_functional_options, max_lag), 1, 1e6, NULL, "SAMPLES",
     "lagged: longest delay", false},
    ANA_OPTION_END,
};

/* One signal, centred within each sequence and scaled; false when it is constant. */
static bool scale_signal(const ana_observations *observations, size_t i, double *row)
{
    const size_t n_times = observations->n_times;
    double length = 0.0;
    double size = 0.0;
    for (size_t t = 0; t < n_times; t++) {
        row[t] = observations->values[t * observations->n_features + i];
        size = fmax(size, fabs(row[t]));
    }
    for (size_t s = 0; s < observations->n_sequences; s++) {
        const size_t first = observations->sequence_start[s];
        const size_t n = observations->sequence_start[s + 1] - first;
        const double mean = ana_stats_mean(n, row + first);
        for (size_t t = first; t < first + n; t++) {
            row[t] -= mean;
            length = hypot(length, row[t]);
        }
    }
    const bool varies = length > 1e-14 * size * sqrt((double)n_times);
    for (size_t t = 0; t < n_times; t++) {
        row[t] = varies ? row[t] / length : 0.0;
    }
    return varies;
}

/* One sequence of a signal, centred; 0 throughout where a sample is missing or nothing varies, as
 * if the sequence were not there. Returns the sum of squares. */
static double centre_known(const ana_observations *observations, size_t i, size_t s, double *row)
{
    const size_t first = observations->sequence_start[s];
    const size_t stop = observations->sequence_start[s + 1];
    double size = 0.0;
    double squares = 0.0;
    for (size_t t = first; t < stop; t++) {
        row[t] = observations->values[t * observations->n_features + i];
        size = fmax(size, fabs(row[t]));
    }
    const bool known = ana_stats_count(stop - first, row + first) == stop - first;
    const double mean = known ? ana_stats_mean(stop - first, row + first) : 0.0;
    for (size_t t = first; t < stop; t++) {
        row[t] = known ? row[t] - mean : 0.0;
        squares += row[t] * row[t];
    }
    const bool varies = sqrt(squares) > 1e-14 * size * sqrt((double)(stop - first));
    for (size_t t = first; t < stop && !varies; t++) {
        row[t] = 0.0;
    }
    return varies ? squares : 0.0;
}

/* A signal sequence by sequence, scaled over all; false when none shows it vary. */
static bool scale_known(const ana_observations *observations, size_t i, double *row, double *sizes,
                        double *there)
{
    double length = 0.0;
    for (size_t s = 0; s < observations->n_sequences; s++) {
        sizes[s] = centre_known(observations, i, s, row);
        there[s] = sizes[s] > 0.0 ? 1.0 : 0.0;
        length += sizes[s];
    }
    for (size_t t = 0; t < observations->n_times && length > 0.0; t++) {
        row[t] /= sqrt(length);
    }
    for (size_t s = 0; s < observations->n_sequences && length > 0.0; s++) {
        sizes[s] /= length;
    }
    return length > 0.0;
}

/* Pairs that no sequence shows together. */
static size_t count_apart(const similarity *self)
{
    size_t n_apart = 0;
    for (size_t i = 0; i < self->n; i++) {
        for (size_t j = 0; j < i; j++) {
            double together = 0.0;
            for (size_t s = 0; s < self->n_sequences; s++) {
                together +=
                    self->there[i * self->n_sequences + s] * self->there[j * self->n_sequences + s];
            }
            n_apart += together == 0.0 ? 1 : 0;
        }
    }
    return n_apart;
}

static ana_status scale_pairwise(const ana_observations *observations, const ana_run *run,
                                 double *rows, ana_workspace *workspace, similarity *out)
{
    ana_status status = ANA_OK;
    const size_t n_sequences = observations->n_sequences;
    double *sizes = ana_workspace_doubles(workspace, out->n, n_sequences);
    double *there = ana_workspace_doubles(workspace, out->n, n_sequences);
    ANA_TRY(ana_workspace_check(workspace, "functional network"));
    for (size_t i = 0; i < out->n; i++) {
        const bool varies = scale_known(observations, i, rows + i * observations->n_times,
                                        sizes + i * n_sequences, there + i * n_sequences);
        out->n_constant += varies ? 0 : 1;
    }
    out->n_sequences = n_sequences;
    out->sizes = sizes;
    out->there = there;
    const size_t n_apart = count_apart(out);
    if (n_apart > 0) {
        ana_warn(run, "functional network: no session shows both of %zu pairs of signals: no edge",
                 n_apart);
    }
done:
    return status;
}

/* Row i of lag k + 1 is signal i that much later, 0 where no sample of the sequence is. */
static void shift_rows(const ana_observations *observations, const double *rows, size_t n_lags,
                       double *later)
{
    const size_t n = observations->n_features;
    const size_t n_times = observations->n_times;
    for (size_t k = 0; k < n_lags * n * observations->n_sequences; k++) {
        const size_t lag = k / (n * observations->n_sequences) + 1;
        const size_t i = k / observations->n_sequences % n;
        const size_t s = k % observations->n_sequences;
        const size_t first = observations->sequence_start[s];
        const size_t stop = observations->sequence_start[s + 1];
        if (stop - first > lag) {
            memcpy(later + ((lag - 1) * n + i) * n_times + first, rows + i * n_times + first + lag,
                   (stop - first - lag) * sizeof *later);
        }
    }
}

/* -P_ij / sqrt(P_ii P_jj) of the inverse of the shrunk correlation matrix. */
static ana_status find_partial(const ana_observations *observations, const double *rows,
                               double *whole)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = observations->n_features;
    const size_t n_times = observations->n_times;
    double *columns = ana_workspace_doubles(&workspace, n_times, n);
    double *scale = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "functional network"));
    for (size_t k = 0; k < n_times * n; k++) {
        columns[k] = rows[k % n * n_times + k / n];
    }
    ANA_TRY(ana_stats_shrunk_covariance(n_times, n, columns, ANA_SHRINKAGE_SCHAEFER_STRIMMER, whole,
                                        NULL));
    /* Covariances of signals of length 1 become correlations; a constant one stands by itself. */
    for (size_t k = 0; k < n * n; k++) {
        whole[k] *= (double)n_times - 1.0;
        whole[k] = k % (n + 1) == 0 && whole[k] < 0.5 ? 1.0 : whole[k];
    }
    ANA_TRY(ana_linalg_inverse_spd(n, whole, whole));
    for (size_t i = 0; i < n; i++) {
        scale[i] = sqrt(whole[i * n + i]);
    }
    for (size_t k = 0; k < n * n; k++) {
        whole[k] = -whole[k] / (scale[k / n] * scale[k % n]);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The doubly centred distances between a signal's samples, T x T, of length 1. */
static void centre_distances(size_t n, const double *signal, double *means, double *out)
{
    double grand = 0.0;
    double length = 0.0;
    for (size_t s = 0; s < n; s++) {
        for (size_t t = 0; t < n; t++) {
            out[s * n + t] = fabs(signal[s] - signal[t]);
        }
        means[s] = ana_stats_sum(n, out + s * n) / (double)n;
    }
    grand = ana_stats_sum(n, means) / (double)n;
    for (size_t k = 0; k < n * n; k++) {
        out[k] += grand - means[k / n] - means[k % n];
        length += out[k] * out[k];
    }
    for (size_t k = 0; k < n * n; k++) {
        out[k] = length > 0.0 ? out[k] / sqrt(length) : 0.0;
    }
}

static ana_status check_observations(const ana_observations *observations,
                                     const ana_functional_options *options)
{
    const size_t n = observations->n_features;
    const bool pairwise = options->missing == ANA_FUNCTIONAL_MISSING_PAIRWISE;
    if (pairwise && options->measure != ANA_FUNCTIONAL_PEARSON) {
        return ana_fail(ANA_ERR_VALUE,
                        "functional network: missing samples are passed over pair by "
                        "pair with pearson alone");
    }
    if (observations->n_times < 2) {
        return ana_fail(ANA_ERR_SHAPE, "functional network: %zu rows; a correlation needs two",
                        observations->n_times);
    }
    for (size_t t = 0; t < observations->n_times && !pairwise; t++) {
        for (size_t f = 0; f < n; f++) {
            if (!isfinite(observations->values[t * n + f])) {
                return ana_fail(ANA_ERR_VALUE,
                                "functional network: the sample of feature %zu in row %zu is "
                                "missing; leave out one of them, or compare pairwise",
                                f, t);
            }
        }
    }
    return ANA_OK;
}

/* Doubles the rows take. */
static ana_status check_memory(const ana_observations *observations,
                               const ana_functional_options *options)
{
    const double n = (double)observations->n_features;
    const double n_times = (double)observations->n_times;
    double doubles = n * n_times;
    doubles += options->measure == ANA_FUNCTIONAL_PARTIAL ? n * n_times + 2.0 * n * n : 0.0;
    doubles +=
        options->measure == ANA_FUNCTIONAL_LAGGED ? n * n_times * (double)options->max_lag : 0.0;
    doubles += options->measure == ANA_FUNCTIONAL_DISTANCE ? n * n_times * n_times : 0.0;
    return ana_run_check_memory(&options->run,
                                doubles < 1e17 ? (size_t)doubles * sizeof(double) : SIZE_MAX,
                                "functional network");
}

static ana_status set_measure(const ana_observations *observations,
                              const ana_functional_options *options, const double *rows,
                              ana_workspace *workspace, similarity *out)
{
    ana_status status = ANA_OK;
    const size_t n = observations->n_features;
    const size_t n_times = observations->n_times;
    if (options->measure == ANA_FUNCTIONAL_PARTIAL) {
        double *whole = ana_workspace_doubles(workspace, n, n);
        ANA_TRY(ana_workspace_check(workspace, "functional network"));
        ANA_TRY(find_partial(observations, rows, whole));
        out->whole = whole;
    } else if (options->measure == ANA_FUNCTIONAL_LAGGED) {
        double *later =
            ana_workspace_bytes(workspace, n * n_times, options->max_lag, sizeof *later);
        ANA_TRY(ana_workspace_check(workspace, "functional network"));
        shift_rows(observations, rows, options->max_lag, later);
        out->later = later;
        out->n_lags = options->max_lag;
    } else if (options->measure == ANA_FUNCTIONAL_DISTANCE) {
        double *distances = ana_workspace_bytes(workspace, n * n_times, n_times, sizeof *distances);
        double *means = ana_workspace_doubles(workspace, n_times, 1);
        ANA_TRY(ana_workspace_check(workspace, "functional network"));
        for (size_t i = 0; i < n; i++) {
            centre_distances(n_times, rows + i * n_times, means, distances + i * n_times * n_times);
        }
        out->rows = distances;
        out->length = n_times * n_times;
        out->root = true;
    }
done:
    return status;
}

ana_status functional_prepare(const ana_observations *observations,
                              const ana_functional_options *options, ana_workspace *workspace,
                              similarity *out)
{
    ana_status status = ANA_OK;
    const size_t n = observations->n_features;
    const size_t n_times = observations->n_times;
    ANA_TRY(ana_options_check(ana_functional_option_table, options, "functional network"));
    ANA_TRY(check_observations(observations, options));
    ANA_TRY(check_memory(observations, options));
    double *rows = ana_workspace_doubles(workspace, n, n_times);
    ANA_TRY(ana_workspace_check(workspace, "functional network"));
    *out = (similarity){.n = n,
                        .length = n_times,
                        .rows = rows,
                        .sign = options->sign,
                        .threshold = options->threshold};
    if (options->missing == ANA_FUNCTIONAL_MISSING_PAIRWISE) {
        ANA_TRY(scale_pairwise(observations, &options->run, rows, workspace, out));
    } else {
        for (size_t i = 0; i < n; i++) {
            out->n_constant += scale_signal(observations, i, rows + i * n_times) ? 0 : 1;
        }
    }
    if (out->n_constant > 0) {
        ana_warn(&options->run, "functional network: %zu of %zu signals are constant: no edge",
                 out->n_constant, n);
    }
    ANA_TRY(set_measure(observations, options, rows, workspace, out));
    if (options->density > 0.0) {
        ANA_TRY(functional_find_threshold(out, &options->run, options->density, &out->threshold));
    }
done:
    return status;
}
