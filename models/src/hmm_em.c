#include "hmm_em.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

ana_hmm_em_buffers ana_hmm_em_buffers_new(ana_workspace *workspace, const ana_hmm_data *data)
{
    const size_t n_states = data->n_states;
    ana_hmm_em_buffers buffers = {
        .scratch = ana_hmm_scratch_new(workspace, data->longest, n_states),
        .log_emission = ana_workspace_doubles(workspace, data->longest, n_states),
        .posterior = ana_workspace_doubles(workspace, data->longest, n_states),
        .rates = ana_hmm_rates_new(workspace, n_states, data->n_features),
        .first = ana_workspace_doubles(workspace, n_states, 1),
        .occupancy = ana_workspace_doubles(workspace, n_states, 1),
        .weighted_counts = ana_workspace_doubles(workspace, data->n_features, n_states),
        .missing = ana_workspace_doubles(workspace, data->n_features, n_states),
    };
    return buffers;
}

static void clear_sums(const ana_hmm_data *data, const ana_hmm_em_buffers *buffers)
{
    const size_t n_states = data->n_states;
    const size_t bytes = data->n_features * n_states * sizeof(double);
    memset(buffers->first, 0, n_states * sizeof(double));
    memset(buffers->occupancy, 0, n_states * sizeof(double));
    memset(buffers->weighted_counts, 0, bytes);
    memset(buffers->missing, 0, bytes);
    memset(buffers->scratch.sums, 0, n_states * n_states * sizeof(double));
}

/* Adds the posteriors of rows first ... first + n - 1 to the sums, event by event. */
static void add_sums(const ana_hmm_data *data, size_t first, size_t n,
                     const ana_hmm_em_buffers *buffers)
{
    const size_t n_states = data->n_states;
    const ana_hmm_counts *counts = &data->counts;
    for (size_t k = 0; k < n_states; k++) {
        buffers->first[k] += buffers->posterior[k];
    }
    for (size_t t = first; t < first + n; t++) {
        const double *posterior = buffers->posterior + (t - first) * n_states;
        for (size_t k = 0; k < n_states; k++) {
            buffers->occupancy[k] += posterior[k];
        }
        for (size_t e = counts->event_start[t]; e < counts->event_start[t + 1]; e++) {
            double *sums = buffers->weighted_counts + counts->events[e].feature * n_states;
            const double y = (double)counts->events[e].count;
            for (size_t k = 0; k < n_states; k++) {
                sums[k] += posterior[k] * y;
            }
        }
        for (size_t m = counts->missing_start[t]; m < counts->missing_start[t + 1]; m++) {
            double *sums = buffers->missing + counts->missing[m] * n_states;
            for (size_t k = 0; k < n_states; k++) {
                sums[k] += posterior[k];
            }
        }
    }
}

ana_status ana_hmm_expect(const ana_hmm_data *data, const ana_hmm_restart *restart,
                          const ana_hmm_em_buffers *buffers, double *log_likelihood)
{
    const size_t n_states = data->n_states;
    const ana_hmm_chain chain = {n_states, restart->initial, restart->transition, 0};
    const size_t *start = data->observations->sequence_start;
    ana_hmm_rates_set(&buffers->rates, restart->rates);
    clear_sums(data, buffers);
    double total = 0.0;
    for (size_t s = 0; s < data->observations->n_sequences; s++) {
        size_t n = start[s + 1] - start[s];
        double part = 0.0;
        if (n == 0) {
            continue;
        }
        ana_hmm_emissions(&data->counts, start[s], n, &buffers->rates, buffers->log_emission);
        ana_status status = ana_hmm_smooth_in(&chain, n, buffers->log_emission, &buffers->scratch,
                                              buffers->posterior, &part);
        if (status != ANA_OK) {
            return ana_fail_in(status, "sequence %zu: ", s);
        }
        total += part;
        add_sums(data, start[s], n, buffers);
    }
    *log_likelihood = total;
    return ANA_OK;
}

/* The mode of the Dirichlet posterior; a row without any weight keeps what it was. */
static void maximise_row(size_t n, const double *weights, double *row)
{
    double sum = 0.0;
    for (size_t j = 0; j < n; j++) {
        sum += weights[j] > 0.0 ? weights[j] : 0.0;
    }
    if (!(sum > 0.0)) {
        return;
    }
    for (size_t j = 0; j < n; j++) {
        row[j] = weights[j] > 0.0 ? weights[j] / sum : 0.0;
    }
}

void ana_hmm_maximise(const ana_hmm_data *data, const ana_hmm_options *options,
                      const ana_hmm_em_buffers *buffers, ana_hmm_restart *restart)
{
    const size_t n_states = data->n_states;
    maximise_row(n_states, buffers->first, restart->initial);
    for (size_t i = 0; i < n_states; i++) {
        double *weights = buffers->scratch.sums + i * n_states;
        for (size_t j = 0; j < n_states; j++) {
            weights[j] += options->concentration - 1.0 + (i == j ? options->stickiness : 0.0);
        }
        maximise_row(n_states, weights, restart->transition + i * n_states);
    }
    for (size_t f = 0; f < data->n_features; f++) {
        for (size_t k = 0; k < n_states; k++) {
            size_t j = f * n_states + k;
            double rows = buffers->occupancy[k] - buffers->missing[j] + options->rate_bins;
            double count = buffers->weighted_counts[j] + options->rate_shape - 1.0;
            if (rows > 0.0) {
                restart->rates[k * data->n_features + f] = count > 0.0 ? count / rows : 0.0;
            }
        }
    }
}

double ana_hmm_log_prior(const ana_hmm_data *data, const ana_hmm_options *options,
                         const ana_hmm_restart *restart)
{
    const size_t n_states = data->n_states;
    double sum = 0.0;
    for (size_t i = 0; i < n_states; i++) {
        for (size_t j = 0; j < n_states; j++) {
            double power = options->concentration - 1.0 + (i == j ? options->stickiness : 0.0);
            if (power != 0.0) {
                sum += power * log(restart->transition[i * n_states + j]);
            }
        }
    }
    for (size_t j = 0; j < n_states * data->n_features; j++) {
        if (options->rate_shape != 1.0) {
            sum += (options->rate_shape - 1.0) * log(restart->rates[j]);
        }
        sum -= options->rate_bins * restart->rates[j];
    }
    return sum;
}

static bool has_converged(const ana_hmm_options *options, const ana_hmm_restart *restart)
{
    if (options->tolerance <= 0.0 || restart->n_trace < 2) {
        return false;
    }
    double now = restart->trace[restart->n_trace - 1];
    double before = restart->trace[restart->n_trace - 2];
    return fabs(now - before) < options->tolerance * fabs(now);
}

bool ana_hmm_watch_goes_on(ana_hmm_watch *watch)
{
    bool cancelled = false;
#pragma omp critical(ana_hmm_watch)
    {
        if (!watch->cancelled &&
            ana_run_progress(watch->run, "hmm fit: restarts", watch->n_done, watch->n) != ANA_OK) {
            watch->cancelled = true;
        }
        cancelled = watch->cancelled;
    }
    return !cancelled;
}

void ana_hmm_em(const ana_hmm_data *data, const ana_hmm_options *options,
                const ana_hmm_em_buffers *buffers, ana_hmm_watch *watch, ana_hmm_restart *restart)
{
    restart->n_trace = 0;
    restart->converged = false;
    for (;;) {
        restart->status = ana_hmm_expect(data, restart, buffers, &restart->log_likelihood);
        if (restart->status != ANA_OK) {
            snprintf(restart->error, sizeof restart->error, "%s", ana_last_error());
            restart->objective = -INFINITY;
            return;
        }
        restart->objective = restart->log_likelihood + ana_hmm_log_prior(data, options, restart);
        restart->trace[restart->n_trace++] = restart->objective;
        restart->converged = has_converged(options, restart);
        if (restart->converged || restart->n_trace > options->max_iterations ||
            !ana_hmm_watch_goes_on(watch)) {
            break;
        }
        ana_hmm_maximise(data, options, buffers, restart);
    }
    memcpy(restart->occupancy, buffers->occupancy, data->n_states * sizeof(double));
}
