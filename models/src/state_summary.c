#include "try.h"
#include "workspace.h"

#include <analysis/distributions.h>
#include <analysis/models/state_summary.h>

#include <math.h>

/* Sum of a unit's counts that are not missing, and how many those are. */
static double count_unit(const ana_observations *observations, size_t unit, double *n_bins)
{
    double sum = 0.0;
    *n_bins = 0.0;
    for (size_t t = 0; t < observations->n_times; t++) {
        const double y = observations->values[t * observations->n_features + unit];
        if (!isnan(y)) {
            sum += y;
            *n_bins += 1.0;
        }
    }
    return sum;
}

double ana_mean_count_log_likelihood(const ana_observations *observations)
{
    double total = 0.0;
    for (size_t n = 0; n < observations->n_features; n++) {
        double n_bins = 0.0;
        const double sum = count_unit(observations, n, &n_bins);
        for (size_t t = 0; t < observations->n_times; t++) {
            const double y = observations->values[t * observations->n_features + n];
            if (!isnan(y)) {
                total += ana_poisson_log_pmf((uint64_t)y, sum / n_bins);
            }
        }
    }
    return total;
}

static double bits_per_spike(const ana_state_summary *summary)
{
    double spikes = 0.0;
    for (size_t n = 0; n < summary->observations->n_features; n++) {
        double n_bins = 0.0;
        spikes += count_unit(summary->observations, n, &n_bins);
    }
    return (summary->log_likelihood - ana_mean_count_log_likelihood(summary->observations)) /
           (spikes * log(2.0));
}

ana_status ana_state_summary_to_record(const ana_state_summary *summary, ana_record *group)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *added = NULL;
    const ana_observations *rows = summary->observations;
    const ana_fit_info *info = summary->info;
    const size_t n_states = summary->decoding->n_states;
    const ana_shape states = ana_shape_1(n_states, "state");
    const double step = rows->bin_s > 0.0 ? rows->bin_s : 1.0;
    double *dwell = ana_workspace_doubles(&workspace, n_states, 1);
    ANA_TRY(ana_workspace_check(&workspace, "summary"));
    for (size_t k = 0; k < n_states; k++) {
        dwell[k] = summary->decoding->mean_dwell[k] * step;
    }
    ANA_TRY(ana_record_add_group(group, "summary", ANA_HINT_NONE, &added));
    ANA_TRY(ana_record_add_double(added, "log_likelihood", summary->log_likelihood, NULL));
    ANA_TRY(ana_record_add_double(added, "log_likelihood_per_bin",
                                  summary->log_likelihood / (double)rows->n_times, NULL));
    if (summary->are_counts) {
        ANA_TRY(ana_record_add_double(added, "bits_per_spike", bits_per_spike(summary), NULL));
    }
    ANA_TRY(ana_record_add_double(added, "bic", summary->bic, NULL));
    ANA_TRY(ana_record_add_doubles(added, "occupancy", states, summary->decoding->occupancy, NULL));
    ANA_TRY(ana_record_add_doubles(added, "dwell_s", states, dwell, NULL));
    ANA_TRY(ana_record_add_int(added, "n_iter", (int64_t)info->n_iterations, NULL));
    ANA_TRY(ana_record_add_bool(added, "converged", info->converged));
    ANA_TRY(ana_record_add_doubles(added, "restarts", ana_shape_1(info->n_restarts, "restart"),
                                   info->restart_objective, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}
