#include "picture.h"
#include "state_names.h"
#include "try.h"
#include "workspace.h"

#include <analysis/distributions.h>
#include <analysis/models/state_summary.h>

#include <math.h>
#include <string.h>

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

/* Mean posterior over the rows of each label. */
static void share_labels(const ana_state_summary *summary, double *shares, double *rows)
{
    const ana_observations *from = summary->observations;
    const size_t k = summary->decoding->n_states;
    for (size_t t = 0; t < from->n_times; t++) {
        if (from->labels[t] < 0) {
            continue;
        }
        const size_t label = (size_t)from->labels[t];
        rows[label] += 1.0;
        for (size_t s = 0; s < k; s++) {
            shares[label * k + s] += summary->decoding->posterior[t * k + s];
        }
    }
    for (size_t i = 0; i < from->n_labels * k; i++) {
        shares[i] /= rows[i / k]; /* NaN for a label without rows */
    }
}

/* Which states the rows of each label (an animal, a condition) are in. */
static ana_status add_labels(const ana_state_summary *summary, ana_record *record)
{
    static const ana_picture_words words = {
        "States by label", "Share of the rows of each label that the states take; a row sums to 1.",
        "state", "label", "share"};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const ana_observations *from = summary->observations;
    const size_t k = summary->decoding->n_states;
    if (from->labels == NULL || from->n_labels < 2) {
        return ANA_OK;
    }
    double *shares = ana_workspace_doubles(&workspace, from->n_labels, k);
    double *rows = ana_workspace_doubles(&workspace, from->n_labels, 1);
    const char *const *states = ana_state_names(&workspace, k);
    const char **names = ana_workspace_bytes(&workspace, from->n_labels, 1, sizeof *names);
    size_t n = 0;
    ANA_TRY(ana_workspace_check(&workspace, "summary"));
    share_labels(summary, shares, rows);
    for (size_t l = 0; l < from->n_labels; l++) { /* numbers that are no label have no rows */
        if (rows[l] > 0.0) {
            memmove(shares + n * k, shares + l * k, k * sizeof *shares);
            names[n++] = from->label_names[l];
        }
    }
    ANA_TRY(ana_record_add_picture(record, "states_by_label", ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "label", k, "state"), shares,
                                   NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", n, names));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", k, states));
done:
    ana_workspace_release(&workspace);
    return status;
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
    ANA_TRY(add_labels(summary, group));
done:
    ana_workspace_release(&workspace);
    return status;
}
