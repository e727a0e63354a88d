/* FIF: samples of every channel, when it was measured, lists of events. */
#include "formats.h"

#include <analysis/formats/reader.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void compare_channels(const format_case *c, const ana_series *series)
{
    const json_t *channels = json_object_get(c->truth, "channels");
    for (size_t i = 0; i < json_array_size(channels); i++) {
        const json_t *truth = json_array_get(channels, i);
        const char *name = json_string_value(json_object_get(truth, "name"));
        compare_text(c, "name", json_object_get(truth, "name"), series->channels[i].name);
        double *values = read_physical(c, series, i);
        if (values != NULL) { /* calibrations are float32 */
            compare_values(c, name, truth, series->n_times, values, 1.0, 1e-6);
        }
        free(values);
    }
}

/* "2013-11-14 06:02:08.815463+00:00" and ours, without the zone. */
static void compare_date(const format_case *c, const char *ours)
{
    char wanted[64];
    const char *truth = json_string_value(json_object_get(c->truth, "meas_date"));
    if (truth == NULL || strcmp(truth, "None") == 0) {
        return;
    }
    snprintf(wanted, sizeof wanted, "%.10sT%.*s", truth, (int)strcspn(truth + 11, "+"), truth + 11);
    tally_that(c->tally, ours != NULL && strcmp(ours, wanted) == 0, "begins %s, wanted %s",
               ours != NULL ? ours : "unknown", wanted);
}

static void compare_events(const format_case *c, const json_t *truth, const ana_table *ours)
{
    static const char *const names[] = {"sample", "code_before", "code"};
    const size_t n = json_array_size(truth);
    if (!tally_that(c->tally, ours != NULL && ours->n_rows == n, "%zu events", n)) {
        return;
    }
    for (size_t k = 0; k < 3; k++) {
        const ana_column *column = ana_table_find(ours, names[k]);
        for (size_t i = 0; i < n; i++) {
            const json_int_t wanted =
                json_integer_value(json_array_get(json_array_get(truth, i), k));
            tally_that(c->tally, column->ints[i] == wanted, "event %zu: %s", i, names[k]);
        }
    }
}

void compare_fif(const format_case *c)
{
    const json_t *events = json_object_get(c->truth, "events");
    if (json_object_get(c->truth, "data") != NULL) { /* a covariance */
        ana_recording *none = NULL;
        tally_that(c->tally, ana_recording_read(c->path, NULL, &none) == ANA_ERR_UNSUPPORTED,
                   "a covariance is no recording");
        ana_recording_free(none);
        return;
    }
    ana_recording *recording = open_case(c);
    if (recording == NULL) {
        return;
    }
    if (events != NULL) {
        compare_events(c, events, ana_recording_find_table(recording, "events"));
    } else {
        const ana_series *series = recording->series[0];
        const double first = truth_number(json_object_get(c->truth, "first_samp"));
        const double rate = truth_number(json_object_get(c->truth, "sfreq"));
        tally_number(c->tally, series->rate, rate, 0.0, 1e-7, "rate");
        tally_number(c->tally, series->segments[0].start, first / rate, 1e-9, 0.0, "first sample");
        compare_channels(c, series);
        compare_date(c, recording->start_time);
    }
    ana_recording_free(recording);
}
