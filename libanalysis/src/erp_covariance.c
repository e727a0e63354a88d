/* Covariances of trials below the mean trial of each class. */
#include "covariance_parts.h"
#include "try.h"

#include <analysis/erp_covariance.h>
#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

/* The mean of the trials of one class, `size` numbers each. */
static ana_status mean_trial(const ana_trial_signals *trials, const size_t *labels, size_t label,
                             double *mean)
{
    const size_t length = trials->n_times * (trials->is_complex ? 2 : 1);
    const size_t size = trials->n_channels * length;
    size_t n = 0;
    memset(mean, 0, size * sizeof *mean);
    for (size_t k = 0; k < trials->n_trials; k++) {
        for (size_t i = 0; i < size && labels[k] == label; i++) {
            mean[i] += trials->values[k * size + i];
        }
        n += labels[k] == label ? 1 : 0;
    }
    if (n == 0) {
        return ana_fail(ANA_ERR_VALUE, "prototypes: class %zu has no trial", label);
    }
    for (size_t i = 0; i < size; i++) {
        mean[i] /= (double)n;
        if (!isfinite(mean[i])) {
            return ana_fail(ANA_ERR_VALUE,
                            "prototypes: channel %zu has a missing or infinite sample in a trial "
                            "of class %zu",
                            i / length, label);
        }
    }
    return ANA_OK;
}

/* out (k x n_times) = U_k^T M of the mean (n_channels x n_times). */
static ana_status take_components(const ana_trial_signals *trials, size_t k, const double *mean,
                                  double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = trials->n_channels;
    const size_t length = trials->n_times;
    const size_t rank = n < length ? n : length;
    double *u = ana_workspace_doubles(&workspace, n, rank);
    double *s = ana_workspace_doubles(&workspace, rank, 1);
    double *vt = ana_workspace_doubles(&workspace, rank, length);
    ANA_TRY(ana_workspace_check(&workspace, "prototypes"));
    ANA_TRY(ana_linalg_svd(n, length, mean, u, s, vt));
    for (size_t r = 0; r < k; r++) {
        for (size_t t = 0; t < length; t++) {
            out[r * length + t] = r < rank ? s[r] * vt[r * length + t] : 0.0;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_components(const ana_trial_signals *trials, size_t n_components)
{
    if (n_components > trials->n_channels) {
        return ana_fail(ANA_ERR_VALUE, "prototypes: %zu components of %zu channels", n_components,
                        trials->n_channels);
    }
    if (n_components > 0 && trials->is_complex) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "prototypes: components are of real signals; of "
                                             "complex ones all channels are taken (0)");
    }
    return ANA_OK;
}

ana_status ana_erp_prototypes(const ana_trial_signals *trials, const size_t *labels,
                              size_t n_classes, size_t n_components, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t length = trials->n_times * (trials->is_complex ? 2 : 1);
    const size_t n_kept = n_components > 0 ? n_components : trials->n_channels;
    double *mean = ana_workspace_doubles(&workspace, trials->n_channels, length);
    ANA_TRY(ana_workspace_check(&workspace, "prototypes"));
    ANA_TRY(check_components(trials, n_components));
    for (size_t label = 0; label < n_classes; label++) {
        double *rows = out + label * n_kept * length;
        ANA_TRY(mean_trial(trials, labels, label, mean));
        if (n_components > 0) {
            ANA_TRY(take_components(trials, n_components, mean, rows));
        } else {
            memcpy(rows, mean, n_kept * length * sizeof *rows);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_erp_covariance(const ana_trial_signals *trials, size_t n_prototypes,
                              const double *prototypes, const ana_covariance_options *options,
                              ana_covariance_info *infos, double *out)
{
    covariance_sources sources = covariance_sources_of(trials);
    sources.n_fixed = n_prototypes;
    sources.fixed = prototypes;
    return covariance_of_sources(trials, &sources, options, infos, out);
}
