#include "labelled_signals.h"

#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

ana_status labelled_signals_check(const ana_labelled_signals *known, const char *what)
{
    if (known->n_classes == 0 || known->n_times < 2) {
        return ana_fail(ANA_ERR_VALUE, "%s: %zu classes and %zu samples; one and two at least",
                        what, known->n_classes, known->n_times);
    }
    for (size_t c = 0; c < known->n_classes; c++) {
        size_t n_own = 0;
        for (size_t i = 0; i < known->n_trials; i++) {
            n_own += known->classes[i] == c ? 1 : 0;
            if (known->classes[i] >= known->n_classes) {
                return ana_fail(ANA_ERR_VALUE, "%s: trial %zu is of class %zu of %zu", what, i,
                                known->classes[i], known->n_classes);
            }
        }
        if (n_own == 0) {
            return ana_fail(ANA_ERR_VALUE, "%s: no trial of class %zu; one of each is needed", what,
                            c);
        }
    }
    for (size_t row = 0; row < known->n_trials * known->n; row++) {
        for (size_t t = 0; t < known->n_times; t++) {
            if (!isfinite(known->values[row * known->n_times + t])) {
                return ana_fail(ANA_ERR_VALUE,
                                "%s: sample %zu of trial %zu, channel %zu is not finite", what, t,
                                row / known->n, row % known->n);
            }
        }
    }
    return ANA_OK;
}

void labelled_signals_average(const ana_labelled_signals *known, size_t c, double *mean)
{
    const size_t size = known->n * known->n_times;
    double n_own = 0.0;
    memset(mean, 0, size * sizeof *mean);
    for (size_t i = 0; i < known->n_trials; i++) {
        for (size_t e = 0; e < size && known->classes[i] == c; e++) {
            mean[e] += known->values[i * size + e];
        }
        n_own += known->classes[i] == c ? 1.0 : 0.0;
    }
    for (size_t e = 0; e < size; e++) {
        mean[e] /= n_own;
    }
}

/* The mean of each channel over all trials. */
static void find_centre(const ana_labelled_signals *known, double *centre)
{
    const double n_samples = (double)known->n_trials * (double)known->n_times;
    for (size_t row = 0; row < known->n_trials * known->n; row++) {
        double sum = 0.0;
        for (size_t t = 0; t < known->n_times; t++) {
            sum += known->values[row * known->n_times + t];
        }
        centre[row % known->n] += sum / n_samples;
    }
}

ana_status labelled_signals_covariance(const ana_labelled_signals *known, const char *what,
                                       double *covariance)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = known->n;
    const size_t n_times = known->n_times;
    double *centre = ana_workspace_doubles(&workspace, n, 1);
    double *centred = ana_workspace_doubles(&workspace, n, n_times);
    double *own = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, what));
    find_centre(known, centre);
    memset(covariance, 0, n * n * sizeof *covariance);
    for (size_t i = 0; i < known->n_trials; i++) {
        for (size_t row = 0; row < n; row++) {
            const double *from = known->values + (i * n + row) * n_times;
            for (size_t t = 0; t < n_times; t++) {
                centred[row * n_times + t] = from[t] - centre[row];
            }
        }
        ANA_TRY(ana_linalg_gram_rows(n, n_times, centred, own));
        for (size_t e = 0; e < n * n; e++) {
            covariance[e] += own[e];
        }
    }
    for (size_t e = 0; e < n * n; e++) {
        covariance[e] /= (double)known->n_trials * (double)n_times - 1.0;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
