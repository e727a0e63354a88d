#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <analysis/correlogram.h>

#include <math.h>

/* Sum of reference[t] target[t + lag] over bins in which neither is missing. */
static double lagged_product(size_t n, const double *reference, const double *target)
{
    double sum = 0.0;
    for (size_t t = 0; t < n; t++) {
        double product = reference[t] * target[t];
        sum += isnan(product) ? 0.0 : product;
    }
    return sum;
}

/* Sums over the bins in which neither train is missing. */
typedef struct count_sums {
    double n, reference, target, reference_squared, target_squared;
} count_sums;

static count_sums sum_counts(size_t n_bins, const double *reference, const double *target)
{
    count_sums sums = {0.0, 0.0, 0.0, 0.0, 0.0};
    for (size_t t = 0; t < n_bins; t++) {
        if (isnan(reference[t]) || isnan(target[t])) {
            continue;
        }
        sums.n += 1.0;
        sums.reference += reference[t];
        sums.target += target[t];
        sums.reference_squared += reference[t] * reference[t];
        sums.target_squared += target[t] * target[t];
    }
    return sums;
}

void ana_correlogram_of_counts(size_t n_bins, const double *reference, const double *target,
                               size_t n_side, bool border, double *count, double *coefficient)
{
    count_sums sums = sum_counts(n_bins, reference, target);
    double spread_r = sums.reference_squared - sums.reference * sums.reference / sums.n;
    double spread_t = sums.target_squared - sums.target * sums.target / sums.n;
    for (size_t k = 0; k < 2 * n_side + 1; k++) {
        size_t ahead = k > n_side ? k - n_side : 0;
        size_t behind = k < n_side ? n_side - k : 0;
        size_t lag = ahead + behind;
        size_t n = lag < n_bins ? n_bins - lag : 0;
        count[k] = n > 0 ? lagged_product(n, reference + behind, target + ahead) : 0.0;
        if (border && n > 0) {
            count[k] *= (double)n_bins / (double)n;
        }
        if (coefficient != NULL) {
            coefficient[k] =
                (count[k] - sums.reference * sums.target / sums.n) / sqrt(spread_r * spread_t);
        }
    }
}

/* The counts and, where chance was estimated, what it would give: one line each, the band about the
 * second. */
static ana_status add_lines(const ana_correlogram *correlogram, ana_record *group)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    static const char *const labels[] = {"counted", "by chance"};
    const size_t n = correlogram->n_lags;
    const size_t n_lines = correlogram->predictor != NULL ? 2 : 1;
    double *y = ana_workspace_doubles(&workspace, 2, n);
    double *low = ana_workspace_doubles(&workspace, 2, n);
    double *high = ana_workspace_doubles(&workspace, 2, n);
    ANA_TRY(ana_workspace_check(&workspace, "correlogram"));
    for (size_t k = 0; k < n; k++) {
        bool band = correlogram->low != NULL;
        y[k] = correlogram->count[k];
        low[k] = y[k];
        high[k] = y[k];
        y[n + k] = n_lines == 2 ? correlogram->predictor[k] : 0.0;
        low[n + k] = band ? correlogram->low[k] : y[n + k];
        high[n + k] = band ? correlogram->high[k] : y[n + k];
    }
    ana_shape shape = ana_shape_2(n_lines, "line", n, "lag");
    ANA_TRY(ana_record_add_doubles(group, "y", shape, y, NULL));
    if (correlogram->low != NULL) {
        ANA_TRY(ana_record_add_doubles(group, "low", shape, low, NULL));
        ANA_TRY(ana_record_add_doubles(group, "high", shape, high, NULL));
    }
    ANA_TRY(ana_record_add_texts(group, "labels", n_lines, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_correlogram_to_record(const ana_correlogram *correlogram, const char *title,
                                     ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ana_record *line = NULL;
    const ana_picture_words words = {.title = "Pairs of spikes",
                                     .caption = "Pairs of spikes by the lag of the target.",
                                     .x_title = "lag",
                                     .y_title = "pairs"};
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "title", title != NULL ? title : "Correlogram"));
    ANA_TRY(ana_record_add_double(record, "bin", correlogram->bin_s, "s"));
    ANA_TRY(
        ana_record_add_int(record, "reference_spikes", (int64_t)correlogram->n_reference, NULL));
    ANA_TRY(ana_record_add_int(record, "target_spikes", (int64_t)correlogram->n_target, NULL));
    ANA_TRY(ana_record_add_int(record, "n_stretches", (int64_t)correlogram->n_stretches, NULL));
    ANA_TRY(ana_record_add_double(record, "observed", correlogram->observed_s, "s"));
    ANA_TRY(ana_record_add_picture(record, "pairs", ANA_HINT_LINE, &words, &line));
    ANA_TRY(ana_record_add_doubles(line, "x", ana_shape_1(correlogram->n_lags, "lag"),
                                   correlogram->lag, "s"));
    ANA_TRY(add_lines(correlogram, line));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
