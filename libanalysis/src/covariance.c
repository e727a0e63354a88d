#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/covariance.h>
#include <analysis/stats.h>

#include <stdlib.h>
#include <string.h>

static const char *const estimator_words[] = {"empirical", "second-moment",     "ledoit-wolf",
                                              "oas",       "schaefer-strimmer", NULL};

const ana_option ana_covariance_option_table[] = {
    {"covariance", ANA_OPTION_CHOICE, offsetof(ana_covariance_options, estimator), 0, 0,
     estimator_words, "ESTIMATOR", "how each epoch's covariance is estimated", false},
    ANA_OPTION_END,
};

ana_covariance_options ana_covariance_options_default(void)
{
    ana_covariance_options options = {.run = ana_run_default(),
                                      .estimator = ANA_COVARIANCE_LEDOIT_WOLF};
    return options;
}

/* About zero, divisor n. The limit is n_times n_channels^2 flops; blocks of epochs fit the cache.
 */
static void second_moment(size_t n_channels, size_t n_times, const double *x, double *out)
{
    for (size_t i = 0; i < n_channels; i++) {
        for (size_t j = 0; j <= i; j++) {
            const double *a = x + i * n_times;
            const double *b = x + j * n_times;
            double sum = 0.0;
            for (size_t t = 0; t < n_times; t++) {
                sum += a[t] * b[t];
            }
            out[i * n_channels + j] = sum / (double)n_times;
            out[j * n_channels + i] = out[i * n_channels + j];
        }
    }
}

static ana_status estimate(ana_covariance_estimator estimator, size_t n_channels, size_t n_times,
                           const double *rows, double *out)
{
    switch (estimator) {
    case ANA_COVARIANCE_LEDOIT_WOLF:
        return ana_stats_shrunk_covariance(n_times, n_channels, rows, ANA_SHRINKAGE_LEDOIT_WOLF,
                                           out, NULL);
    case ANA_COVARIANCE_OAS:
        return ana_stats_shrunk_covariance(n_times, n_channels, rows, ANA_SHRINKAGE_OAS, out, NULL);
    case ANA_COVARIANCE_SCHAEFER_STRIMMER:
        return ana_stats_shrunk_covariance(n_times, n_channels, rows,
                                           ANA_SHRINKAGE_SCHAEFER_STRIMMER, out, NULL);
    case ANA_COVARIANCE_EMPIRICAL:
    case ANA_COVARIANCE_SECOND_MOMENT:
        break;
    }
    return ana_stats_covariance(n_times, n_channels, rows, 1, NULL, out);
}

ana_status ana_covariance_compute(ana_covariance_estimator estimator, size_t n_channels,
                                  size_t n_times, const double *x, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    if (n_times < 2 || n_channels == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "covariance: %zu samples of %zu channels; at least two of one", n_times,
                        n_channels);
    }
    if (estimator == ANA_COVARIANCE_SECOND_MOMENT) {
        second_moment(n_channels, n_times, x, out);
        return ANA_OK;
    }
    double *rows = ana_workspace_doubles(&workspace, n_times, n_channels);
    ANA_TRY(ana_workspace_check(&workspace, "covariance"));
    for (size_t c = 0; c < n_channels; c++) {
        for (size_t t = 0; t < n_times; t++) {
            rows[t * n_channels + c] = x[c * n_times + t];
        }
    }
    ANA_TRY(estimate(estimator, n_channels, n_times, rows, out));
    for (size_t i = 0; i < n_channels; i++) {
        for (size_t j = 0; j < i; j++) {
            out[j * n_channels + i] = out[i * n_channels + j];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* One trial after the other: each is small, and what it calls allocates. */
ana_status ana_covariance_of_epochs(const ana_epochs *epochs, const ana_covariance_options *given,
                                    ana_matrix **out)
{
    static const char *const axes[] = {"trial", "channel", "channel"};
    ana_status status = ANA_OK;
    ana_covariance_options options = given != NULL ? *given : ana_covariance_options_default();
    const size_t n = epochs->n_channels;
    const size_t lengths[] = {epochs->n_trials, n, n};
    ana_matrix *matrix = NULL;
    ANA_TRY(ana_options_check(ana_covariance_option_table, &options, "covariance"));
    ANA_TRY(ana_matrix_new(3, axes, lengths, &matrix));
    for (size_t trial = 0; trial < epochs->n_trials; trial++) {
        const double *x = epochs->values + trial * n * epochs->n_times;
        ANA_TRY(ana_covariance_compute(options.estimator, n, epochs->n_times, x,
                                       matrix->values + trial * n * n));
        ANA_TRY(ana_run_progress(&options.run, "covariance: trials", trial + 1, epochs->n_trials));
    }
    ANA_TRY(ana_matrix_set_labels(matrix, 1, (const char *const *)epochs->channel_names));
    ANA_TRY(ana_matrix_set_labels(matrix, 2, (const char *const *)epochs->channel_names));
    *out = matrix;
    matrix = NULL;
done:
    ana_matrix_free(matrix);
    return status;
}
