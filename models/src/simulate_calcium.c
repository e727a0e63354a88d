#include "constants.h"
#include "memory.h"
#include "simulate_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double rate = 30.0;
static const double decay_s = 0.7;
static const double neuropil_share = 0.7;
enum {
    N_GROUPS = 3
};

/* Bursts of each group: probability of a burst beginning in a frame, about one in 12 s. */
static void draw_bursts(uint64_t seed, size_t group, size_t n_times, double *intensity)
{
    ana_random random = ana_random_stream(seed, "simulate.bursts", group);
    double left_s = 0.0;
    for (size_t t = 0; t < n_times; t++) {
        if (left_s <= 0.0 && ana_random_uniform(&random) < 1.0 / (12.0 * rate)) {
            left_s = 1.0 + ana_random_exponential(&random);
        }
        intensity[t] = left_s > 0.0 ? 3.0 : 0.0;
        left_s -= 1.0 / rate;
    }
}

/* Slow common brightness of the neuropil, about 200. */
static void fill_neuropil(uint64_t seed, size_t region, size_t n_times, double *out)
{
    ana_random random = ana_random_stream(seed, "simulate.neuropil", region);
    double base = 200.0 * exp(0.15 * ana_random_normal(&random));
    double phase = 2.0 * ANA_PI * ana_random_uniform(&random);
    double slow = 0.0;
    for (size_t t = 0; t < n_times; t++) {
        slow += (ana_random_normal(&random) - slow / 4.0) / sqrt(rate);
        double drift = 8.0 * sin(2.0 * ANA_PI * (double)t / (rate * 90.0) + phase);
        out[t] = base + drift + 4.0 * slow + 2.0 * ana_random_normal(&random);
    }
}

/* One region: events, and its fluorescence with the neuropil in it. */
static void fill_region(uint64_t seed, size_t region, size_t n_times, const double *intensity,
                        const double *neuropil, float *fluorescence, float *events)
{
    ana_random random = ana_random_stream(seed, "simulate.region", region);
    double baseline = 300.0 * exp(0.2 * ana_random_normal(&random));
    double amplitude = 90.0 * exp(0.25 * ana_random_normal(&random));
    double decay = exp(-1.0 / (rate * decay_s));
    double calcium = 0.0;
    for (size_t t = 0; t < n_times; t++) {
        double expected = (0.05 + intensity[t]) / rate;
        double n_events = (double)ana_random_poisson(&random, expected);
        calcium = decay * calcium + n_events;
        events[t] = (float)n_events;
        fluorescence[t] = (float)(baseline + amplitude * calcium + neuropil_share * neuropil[t] +
                                  20.0 * ana_random_normal(&random));
    }
}

static ana_status add_series(const char *name, const char *description, size_t n_regions,
                             size_t n_times, const float *samples, ana_recording *recording)
{
    ana_status status = ANA_OK;
    ana_series *series = NULL;
    ANA_TRY(ana_series_new(name, n_regions, &series));
    ANA_TRY(ana_copy_text(description, &series->description));
    series->rate = rate;
    series->type = ANA_FLOAT32;
    for (size_t c = 0; c < n_regions; c++) {
        char label[32];
        snprintf(label, sizeof label, "roi%zu", c);
        ANA_TRY(ana_copy_text(label, &series->channels[c].name));
        series->channels[c].kind = ANA_KIND_ROI;
        series->channels[c].file_index = c;
    }
    ANA_TRY(ana_series_add_segment(series, n_times, 0.0));
    ANA_TRY(
        ana_source_from_memory(ANA_FLOAT32, n_regions, n_times, true, samples, &series->source));
    status = ana_recording_add_series(recording, series);
    series = NULL;
done:
    ana_series_free(series);
    return status;
}

/* Every tenth region is no cell, as a classifier would find. */
static ana_status add_regions(size_t n_regions, ana_recording *recording)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    ana_column *cell = NULL;
    ana_column *probability = NULL;
    ANA_TRY(ana_table_new(n_regions, &table));
    ANA_TRY(ana_table_add(table, "iscell", ANA_COLUMN_BOOL, NULL, &cell));
    for (size_t i = 0; i < n_regions; i++) {
        cell->bools[i] = i % 10 != 9;
    }
    ANA_TRY(ana_table_add(table, "probability", ANA_COLUMN_DOUBLE, NULL, &probability));
    for (size_t i = 0; i < n_regions; i++) {
        probability->doubles[i] = i % 10 != 9 ? 0.9 : 0.2;
    }
    status = ana_recording_add_table(recording, "rois", table);
    table = NULL;
done:
    ana_table_free(table);
    return status;
}

/* Room for everything, n_regions x n_times unless said. */
typedef struct calcium_room {
    double *intensity; /* groups x times */
    double *neuropil;  /* one region */
    float *fluorescence;
    float *surround;
    float *events;
} calcium_room;

static calcium_room make_room(ana_workspace *workspace, size_t n_regions, size_t n_times)
{
    calcium_room room = {
        .intensity = ana_workspace_doubles(workspace, N_GROUPS, n_times),
        .neuropil = ana_workspace_doubles(workspace, n_times, 1),
        .fluorescence = ana_workspace_bytes(workspace, n_regions, n_times, sizeof(float)),
        .surround = ana_workspace_bytes(workspace, n_regions, n_times, sizeof(float)),
        .events = ana_workspace_bytes(workspace, n_regions, n_times, sizeof(float)),
    };
    return room;
}

ana_status ana_simulate_calcium(const ana_simulate_options *given, ana_recording **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_recording *recording = NULL;
    ana_simulate_options options;
    ANA_TRY(ana_simulate_start(given, &options, "simulated calcium fluorescence", &recording));
    const uint64_t seed = options.run.seed;
    const size_t n = options.n_units;
    const size_t n_times = (size_t)(options.duration_s * rate);
    ANA_TRY(ana_run_check_memory(&options.run, n * n_times * 2 * 3 * sizeof(float),
                                 "simulate calcium"));
    calcium_room room = make_room(&workspace, n, n_times);
    ANA_TRY(ana_workspace_check(&workspace, "simulate calcium"));
    for (size_t g = 0; g < N_GROUPS; g++) {
        draw_bursts(seed, g, n_times, room.intensity + g * n_times);
    }
    for (size_t i = 0; i < n; i++) {
        fill_neuropil(seed, i, n_times, room.neuropil);
        fill_region(seed, i, n_times, room.intensity + i % N_GROUPS * n_times, room.neuropil,
                    room.fluorescence + i * n_times, room.events + i * n_times);
        for (size_t t = 0; t < n_times; t++) {
            room.surround[i * n_times + t] = (float)room.neuropil[t];
        }
    }
    ANA_TRY(
        add_series("F", "fluorescence of each region", n, n_times, room.fluorescence, recording));
    ANA_TRY(
        add_series("Fneu", "neuropil around each region", n, n_times, room.surround, recording));
    ANA_TRY(add_series("spks", "true events of each region", n, n_times, room.events, recording));
    ANA_TRY(add_regions(n, recording));
    *out = recording;
    recording = NULL;
done:
    ana_recording_free(recording);
    ana_workspace_release(&workspace);
    return status;
}
