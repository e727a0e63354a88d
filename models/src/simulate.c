#include "memory.h"
#include "simulate_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/simulate.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double tick_rate = 30000.0;
static const double dead_time_s = 0.002;

ana_simulate_options ana_simulate_options_default(void)
{
    ana_simulate_options options = {.run = ana_run_default(),
                                    .duration_s = 300.0,
                                    .n_units = 24,
                                    .n_states = 3,
                                    .mean_dwell_s = 4.0};
    return options;
}

const ana_option ana_simulate_option_table[] = {
    {"duration", ANA_OPTION_DOUBLE, offsetof(ana_simulate_options, duration_s), 10, 86400, NULL,
     "SECONDS", "length of the recording", false},
    {"size", ANA_OPTION_SIZE, offsetof(ana_simulate_options, n_units), 2, 2000, NULL, "N",
     "units, channels or regions of interest", false},
    {"states", ANA_OPTION_SIZE, offsetof(ana_simulate_options, n_states), 1, 64, NULL, "K",
     "states that the spikes switch between", false},
    {"dwell", ANA_OPTION_DOUBLE, offsetof(ana_simulate_options, mean_dwell_s), 0.05, 3600, NULL,
     "SECONDS", "mean stay in a state", false},
    ANA_OPTION_END,
};

/* The states' visits, in order. */
typedef struct visit_list {
    size_t n;
    size_t *state;
    double *start; /* n + 1: the last is the end */
} visit_list;

static ana_status draw_visits(const ana_simulate_options *options, ana_workspace *workspace,
                              visit_list *out)
{
    ana_random random = ana_random_stream(options->run.seed, "simulate.states", 0);
    size_t room = (size_t)(options->duration_s / options->mean_dwell_s * 4.0) + 64;
    visit_list visits = {.state = ana_workspace_sizes(workspace, room, 1),
                         .start = ana_workspace_doubles(workspace, room + 1, 1)};
    ana_status status = ana_workspace_check(workspace, "simulate spikes");
    if (status != ANA_OK) {
        return status;
    }
    double time = 0.0;
    size_t state = (size_t)ana_random_below(&random, options->n_states);
    while (time < options->duration_s && visits.n < room) {
        visits.state[visits.n] = state;
        visits.start[visits.n++] = time;
        /* At least a tenth of the mean, so that every visit can be seen. */
        double stay = 0.1 + 0.9 * ana_random_exponential(&random);
        time += options->mean_dwell_s * stay;
        if (options->n_states > 1) {
            state = (state + 1 + (size_t)ana_random_below(&random, options->n_states - 1)) %
                    options->n_states;
        }
    }
    visits.start[visits.n] = options->duration_s;
    *out = visits;
    return ANA_OK;
}

/* Renumbers the states so that state 0 fills most of the time. */
static void number_by_occupancy(size_t n_states, const visit_list *visits)
{
    double occupancy[64] = {0};
    size_t rank[64] = {0};
    for (size_t v = 0; v < visits->n; v++) {
        occupancy[visits->state[v]] += visits->start[v + 1] - visits->start[v];
    }
    for (size_t k = 0; k < n_states; k++) {
        rank[k] = 0;
        for (size_t j = 0; j < n_states; j++) {
            bool before = occupancy[j] > occupancy[k] || (j < k && occupancy[j] == occupancy[k]);
            rank[k] += before ? 1 : 0;
        }
    }
    for (size_t v = 0; v < visits->n; v++) {
        visits->state[v] = rank[visits->state[v]];
    }
}

/* One unit's spikes as ticks; at most `room` of them. Returns how many. */
static size_t fire(const ana_simulate_options *options, const visit_list *visits, size_t unit,
                   size_t room, int64_t *ticks)
{
    ana_random random = ana_random_stream(options->run.seed, "simulate.unit", unit);
    double rates[64] = {0.0};
    size_t n = 0;
    double baseline = 8.0 * exp(0.5 * ana_random_normal(&random));
    for (size_t k = 0; k < options->n_states; k++) {
        rates[k] = baseline * exp(0.8 * ana_random_normal(&random));
    }
    double ready = 0.0;
    for (size_t v = 0; v < visits->n; v++) {
        double time = fmax(visits->start[v], ready);
        for (;;) {
            time += ana_random_exponential(&random) / rates[visits->state[v]];
            if (time >= visits->start[v + 1] || n == room) {
                break;
            }
            ticks[n++] = (int64_t)floor(time * tick_rate);
            time += dead_time_s;
            ready = time;
        }
    }
    return n;
}

static ana_status add_states(const visit_list *visits, ana_recording *recording)
{
    ana_status status = ANA_OK;
    ana_intervals *intervals = NULL;
    ana_column *labels = NULL;
    ANA_TRY(ana_intervals_new("states", visits->n, &intervals));
    ANA_TRY(ana_table_add(intervals->table, "label", ANA_COLUMN_TEXT, NULL, &labels));
    for (size_t v = 0; v < visits->n; v++) {
        char name[32];
        snprintf(name, sizeof name, "state %zu", visits->state[v] + 1);
        intervals->start[v] = visits->start[v];
        intervals->stop[v] = visits->start[v + 1];
        ANA_TRY(ana_column_set_text(labels, v, name));
    }
    status = ana_recording_add_intervals(recording, intervals);
    intervals = NULL;
done:
    ana_intervals_free(intervals);
    return status;
}

static ana_status describe_units(const ana_simulate_options *options, ana_spikes *spikes)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double zero = 0.0;
    const char **quality = ana_workspace_bytes(&workspace, spikes->n_units, 1, sizeof *quality);
    double *depth = ana_workspace_doubles(&workspace, spikes->n_units, 1);
    ANA_TRY(ana_workspace_check(&workspace, "simulate spikes"));
    for (size_t u = 0; u < spikes->n_units; u++) {
        quality[u] = "good";
        depth[u] = 20e-6 * (double)u;
    }
    ANA_TRY(ana_table_add_texts(spikes->units, "quality", quality));
    ANA_TRY(ana_table_add_doubles(spikes->units, "depth", "m", depth));
    ANA_TRY(ana_spikes_observe(spikes, 1, &zero, &options->duration_s));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* All units' ticks, room for each, and how many there are. */
typedef struct tick_list {
    size_t room;
    int64_t *ticks;
    size_t *n;
} tick_list;

static ana_status add_spikes(const ana_simulate_options *options, const tick_list *list,
                             ana_recording *recording)
{
    ana_status status = ANA_OK;
    ana_spikes *spikes = NULL;
    ANA_TRY(ana_spikes_new("units", options->n_units, list->n, &spikes));
    ANA_TRY(ana_allocate(spikes->n_spikes, sizeof(int64_t), "simulate spikes", &spikes->ticks));
    spikes->tick_rate = tick_rate;
    for (size_t u = 0; u < options->n_units; u++) {
        for (size_t i = 0; i < list->n[u]; i++) {
            int64_t tick = list->ticks[u * list->room + i];
            spikes->ticks[spikes->unit_start[u] + i] = tick;
            spikes->times[spikes->unit_start[u] + i] = (double)tick / tick_rate;
        }
    }
    ANA_TRY(describe_units(options, spikes));
    status = ana_recording_add_spikes(recording, spikes);
    spikes = NULL;
done:
    ana_spikes_free(spikes);
    return status;
}

ana_status ana_simulate_start(const ana_simulate_options *given, ana_simulate_options *options,
                              const char *description, ana_recording **out)
{
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    *options = given != NULL ? *given : ana_simulate_options_default();
    ANA_TRY(ana_options_check(ana_simulate_option_table, options, "simulate"));
    ANA_TRY(ana_recording_new(&recording));
    ANA_TRY(ana_copy_text("2024-05-17T10:00:00+00:00", &recording->start_time));
    ANA_TRY(ana_recording_add_fact(recording, "session_description", description));
    ANA_TRY(ana_recording_add_fact(recording, "identifier", "simulated"));
    *out = recording;
    recording = NULL;
done:
    ana_recording_free(recording);
    return status;
}

ana_status ana_simulate_spikes(const ana_simulate_options *given, ana_recording **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_recording *recording = NULL;
    visit_list visits = {0};
    tick_list list = {0};
    ana_simulate_options options;
    ANA_TRY(ana_simulate_start(given, &options,
                               "simulated spikes of a population that switches between states",
                               &recording));
    ANA_TRY(draw_visits(&options, &workspace, &visits));
    number_by_occupancy(options.n_states, &visits);
    /* With its dead time no unit fires more often than this. */
    list.room = (size_t)(fmin(options.duration_s / dead_time_s, options.duration_s * 200.0)) + 1;
    ANA_TRY(ana_run_check_memory(&options.run, list.room * options.n_units * sizeof(int64_t),
                                 "simulate spikes"));
    list.ticks = ana_workspace_bytes(&workspace, list.room, options.n_units, sizeof(int64_t));
    list.n = ana_workspace_sizes(&workspace, options.n_units, 1);
    ANA_TRY(ana_workspace_check(&workspace, "simulate spikes"));
    for (size_t u = 0; u < options.n_units; u++) {
        list.n[u] = fire(&options, &visits, u, list.room, list.ticks + u * list.room);
    }
    ANA_TRY(add_spikes(&options, &list, recording));
    ANA_TRY(add_states(&visits, recording));
    *out = recording;
    recording = NULL;
done:
    ana_recording_free(recording);
    ana_workspace_release(&workspace);
    return status;
}
