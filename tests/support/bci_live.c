#include "support/bci_live.h"

#include "support/check.h"
#include "support/signals.h"

#include <analysis/random.h>

#include <stdlib.h>

enum {
    EVENT = 512, /* samples from one event to the next */
    ON = 256     /* of them the event */
};

static ana_intervals *make_events(const live_world *world)
{
    ana_intervals *events = NULL;
    ana_column *labels = NULL;
    check_ok(ana_intervals_new("events", world->n_events, &events));
    check_ok(ana_table_add(events->table, "label", ANA_COLUMN_TEXT, NULL, &labels));
    for (size_t i = 0; i < world->n_events; i++) {
        double time = 0.0;
        check_ok(ana_series_times(world->series, i * EVENT + ON, 1, &time));
        events->start[i] = time;
        events->stop[i] = time + (double)ON / 128.0;
        check_ok(ana_column_set_text(labels, i, i % 2 == 0 ? "left" : "right"));
    }
    return events;
}

live_world make_live_world(size_t n_channels, size_t n_events, size_t n_segments, double contrast,
                           unsigned seed)
{
    live_world world = {.n_channels = n_channels, .n_events = n_events};
    const size_t n_times = (n_events * EVENT + ON) / n_segments * n_segments;
    size_t lengths[8];
    double *mixing = calloc(n_channels * n_channels, sizeof *mixing);
    double *sources = calloc(n_channels, sizeof *sources);
    ana_random random = ana_random_stream(seed, "live", 0);
    ana_random fixed = ana_random_stream(5, "live mixing", 0);
    world.values = calloc(n_channels * n_times, sizeof *world.values);
    assert_true(mixing != NULL && sources != NULL && world.values != NULL && n_segments <= 8);
    for (size_t k = 0; k < n_channels * n_channels; k++) {
        mixing[k] = 0.3 * ana_random_normal(&fixed) + (k % (n_channels + 1) == 0 ? 1.0 : 0.0);
    }
    for (size_t t = 0; t < n_times; t++) {
        const size_t event = t % EVENT >= ON ? t / EVENT % 2 : 2;
        for (size_t s = 0; s < n_channels; s++) {
            sources[s] = ana_random_normal(&random) * (s == event ? contrast : 1.0);
        }
        for (size_t c = 0; c < n_channels; c++) {
            double *value = &world.values[c * n_times + t];
            for (size_t s = 0; s < n_channels; s++) {
                *value += mixing[c * n_channels + s] * sources[s];
            }
        }
    }
    for (size_t s = 0; s < n_segments; s++) {
        lengths[s] = n_times / n_segments;
    }
    world.series = series_of(128.0, n_channels, n_segments, lengths, world.values);
    world.events = make_events(&world);
    free(mixing);
    free(sources);
    return world;
}

void free_live_world(live_world *world)
{
    ana_series_free(world->series);
    ana_intervals_free(world->events);
    free(world->values);
}

ana_bci_trials *cut_live_trials_by(const live_world *world, const ana_bci_bank *bank)
{
    const ana_bci_source source = {.subject = "a", .session = "1", .run = "live"};
    ana_epoch_options epochs = ana_epoch_options_default();
    ana_bci_trials *trials = NULL;
    epochs.from_s = 0.25;
    epochs.to_s = 0.25 + 191.0 / 128.0;
    check_ok(
        ana_bci_trials_cut(world->series, world->events, &epochs, bank, &source, NULL, &trials));
    return trials;
}

ana_bci_trials *cut_live_trials(const live_world *world, const ana_bci_pipeline *pipeline)
{
    ana_bci_bank bank;
    ana_bci_pipeline_bank(pipeline, &bank);
    return cut_live_trials_by(world, &bank);
}

ana_bci_pipeline *teach_live(const live_world *world, const char *text)
{
    ana_bci_pipeline *pipeline = NULL;
    const ana_run run = ana_run_default();
    check_ok(ana_bci_pipeline_parse(text, &pipeline));
    ana_bci_trials *trials = cut_live_trials(world, pipeline);
    check_ok(ana_bci_pipeline_fit(pipeline, trials, 0, NULL, &run));
    ana_bci_trials_free(trials);
    return pipeline;
}
