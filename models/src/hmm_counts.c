#include "hmm_counts.h"

#include "try.h"

#include <analysis/special.h>

#include <math.h>
#include <string.h>

static const double largest_count = 16777216.0; /* 2^24: exact in a float */

static ana_status check_count(const ana_observations *observations, size_t t, size_t column)
{
    double y = observations->values[t * observations->n_features + column];
    if (isnan(y) || (y >= 0.0 && y <= largest_count && y == floor(y))) {
        return ANA_OK;
    }
    return ana_fail(ANA_ERR_VALUE,
                    "hmm: row %zu, feature %zu is %g, no count (whole numbers from 0 to 2^24, or "
                    "missing); Poisson states need spike counts, measured values --emission "
                    "gaussian",
                    t, column, y);
}

/* Sizes of the two lists. */
static ana_status count_events(const ana_observations *observations, size_t n_features,
                               const size_t *feature_of, ana_hmm_counts *counts)
{
    size_t n_events = 0;
    size_t n_missing = 0;
    for (size_t t = 0; t < observations->n_times; t++) {
        counts->event_start[t] = n_events;
        counts->missing_start[t] = n_missing;
        for (size_t f = 0; f < n_features; f++) {
            size_t column = feature_of != NULL ? feature_of[f] : f;
            ana_status status = check_count(observations, t, column);
            if (status != ANA_OK) {
                return status;
            }
            double y = observations->values[t * observations->n_features + column];
            n_missing += isnan(y) ? 1 : 0;
            n_events += y > 0.0 ? 1 : 0;
        }
    }
    counts->event_start[observations->n_times] = n_events;
    counts->missing_start[observations->n_times] = n_missing;
    counts->n_observed = observations->n_times * n_features - n_missing;
    return ANA_OK;
}

static void fill_row(const double *row, size_t n_features, const size_t *feature_of, size_t t,
                     ana_hmm_counts *counts)
{
    size_t event = counts->event_start[t];
    size_t missing = counts->missing_start[t];
    double log_factorial = 0.0;
    for (size_t f = 0; f < n_features; f++) {
        double y = row[feature_of != NULL ? feature_of[f] : f];
        if (isnan(y)) {
            counts->missing[missing++] = (uint32_t)f;
        } else if (y > 0.0) {
            counts->events[event++] = (ana_hmm_event){(uint32_t)f, (float)y};
            log_factorial += ana_special_log_factorial((uint64_t)y);
        }
    }
    counts->log_factorial[t] = log_factorial;
}

ana_status ana_hmm_counts_new(ana_workspace *workspace, const ana_observations *observations,
                              size_t n_features, const size_t *feature_of, ana_hmm_counts *out)
{
    ana_status status = ANA_OK;
    const size_t n_times = observations->n_times;
    ana_hmm_counts counts = {.n_times = n_times, .n_features = n_features};
    counts.event_start = ana_workspace_sizes(workspace, n_times + 1, 1);
    counts.missing_start = ana_workspace_sizes(workspace, n_times + 1, 1);
    counts.log_factorial = ana_workspace_doubles(workspace, n_times, 1);
    ANA_TRY(ana_workspace_check(workspace, "hmm counts"));
    ANA_TRY(count_events(observations, n_features, feature_of, &counts));
    counts.events =
        ana_workspace_bytes(workspace, counts.event_start[n_times], 1, sizeof *counts.events);
    counts.missing =
        ana_workspace_bytes(workspace, counts.missing_start[n_times], 1, sizeof *counts.missing);
    ANA_TRY(ana_workspace_check(workspace, "hmm counts"));
    for (size_t t = 0; t < n_times; t++) {
        fill_row(observations->values + t * observations->n_features, n_features, feature_of, t,
                 &counts);
    }
    *out = counts;
done:
    return status;
}

ana_hmm_rates ana_hmm_rates_new(ana_workspace *workspace, size_t n_states, size_t n_features)
{
    ana_hmm_rates rates = {.n_states = n_states,
                           .n_features = n_features,
                           .by_feature = ana_workspace_doubles(workspace, n_features, n_states),
                           .logs = ana_workspace_doubles(workspace, n_features, n_states),
                           .sums = ana_workspace_doubles(workspace, n_states, 1)};
    return rates;
}

void ana_hmm_rates_set(const ana_hmm_rates *to, const double *rates)
{
    for (size_t k = 0; k < to->n_states; k++) {
        double sum = 0.0;
        for (size_t f = 0; f < to->n_features; f++) {
            double rate = rates[k * to->n_features + f];
            sum += rate;
            to->by_feature[f * to->n_states + k] = rate;
            to->logs[f * to->n_states + k] = log(rate);
        }
        to->sums[k] = sum;
    }
}

/* The limit is the bytes of the events, 8 each, and 2 K flops for each: a recording's zero counts,
 * most of it, are never touched. */
void ana_hmm_emissions(const ana_hmm_counts *counts, size_t first, size_t n,
                       const ana_hmm_rates *rates, double *out)
{
    const size_t n_states = rates->n_states;
    for (size_t t = first; t < first + n; t++) {
        double *row = out + (t - first) * n_states;
        if (counts->missing_start[t + 1] - counts->missing_start[t] == counts->n_features) {
            memset(row, 0, n_states * sizeof *row); /* says nothing, to the last digit */
            continue;
        }
        for (size_t k = 0; k < n_states; k++) {
            row[k] = -rates->sums[k] - counts->log_factorial[t];
        }
        for (size_t m = counts->missing_start[t]; m < counts->missing_start[t + 1]; m++) {
            const double *rate = rates->by_feature + counts->missing[m] * n_states;
            for (size_t k = 0; k < n_states; k++) {
                row[k] += rate[k];
            }
        }
        for (size_t e = counts->event_start[t]; e < counts->event_start[t + 1]; e++) {
            const double *log_rate = rates->logs + counts->events[e].feature * n_states;
            const double y = (double)counts->events[e].count;
            for (size_t k = 0; k < n_states; k++) {
                row[k] += y * log_rate[k];
            }
        }
    }
}
