/* GDF: every signal at its native rate, stored and physical, and the table of events. */
#include "formats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void compare_signal(const format_case *c, const ana_recording *recording, size_t index,
                           const json_t *truth)
{
    const ana_series *series = NULL;
    size_t k = 0;
    const char *label = json_string_value(json_object_get(truth, "label"));
    if (!tally_that(c->tally, find_signal(recording, index, &series, &k), "signal %zu (%s)", index,
                    label)) {
        return;
    }
    compare_text(c, "label", json_object_get(truth, "label"), series->channels[k].name);
    tally_number(c->tally, series->rate, truth_number(json_object_get(truth, "sfreq")), 0.0, 1e-15,
                 "%s, rate", label);
    void *stored = read_stored(c, series, k);
    if (stored != NULL) {
        compare_numbers(c, label, json_object_get(truth, "stored"), series->n_times, series->type,
                        stored);
    }
    free(stored);
    double *values = read_physical(c, series, k);
    if (values != NULL) {
        compare_values(c, label, json_object_get(truth, "physical"), series->n_times, values, 1.0,
                       1e-12);
    }
    free(values);
}

static void compare_events(const format_case *c, const json_t *truth, const ana_intervals *ours)
{
    const json_t *positions = json_object_get(truth, "pos_1based");
    const json_t *types = json_object_get(truth, "typ");
    const json_t *durations = json_object_get(truth, "dur");
    const double rate = truth_number(json_object_get(truth, "sr"));
    const size_t n = json_array_size(positions);
    if (!tally_that(c->tally, (ours != NULL ? ours->n : 0) == n, "%zu events", n) || n == 0) {
        return;
    }
    const ana_column *code = ana_table_find(ours->table, "code");
    for (size_t i = 0; i < n; i++) {
        const double start = (truth_number(json_array_get(positions, i)) - 1.0) / rate;
        const double duration =
            durations != NULL ? truth_number(json_array_get(durations, i)) / rate : 0.0;
        tally_number(c->tally, ours->start[i], start, 1e-9, 0.0, "event %zu", i);
        tally_number(c->tally, ours->stop[i], start + duration, 1e-9, 0.0, "event %zu", i);
        tally_that(c->tally, code->ints[i] == json_integer_value(json_array_get(types, i)),
                   "event %zu has another code", i);
    }
}

void compare_gdf(const format_case *c)
{
    ana_recording *recording = open_case(c);
    if (recording == NULL) {
        return;
    }
    const json_t *channels = json_object_get(c->truth, "channels");
    for (size_t i = 0; i < json_array_size(channels); i++) {
        compare_signal(c, recording, i, json_array_get(channels, i));
    }
    compare_events(c, json_object_get(c->truth, "events"),
                   ana_recording_find_intervals(recording, "events"));
    ana_recording_free(recording);
}
