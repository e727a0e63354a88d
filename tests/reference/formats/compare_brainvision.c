/* BrainVision: the truths are in volts, with the file's own unit and the stored integers beside. */
#include "formats.h"

#include <stdlib.h>
#include <string.h>

static void compare_channel(const format_case *c, const ana_series *series, size_t k,
                            const json_t *truth)
{
    const ana_channel *channel = &series->channels[k];
    const char *name = channel->name;
    const json_t *scale = json_object_get(truth, "file_unit_per_volt");
    const json_t *digital = json_object_get(truth, "digital");
    compare_text(c, "channel", json_object_get(truth, "name"), name);
    compare_text(c, "unit", json_object_get(truth, "unit"), channel->unit);
    tally_number(c->tally, channel->gain, truth_number(json_object_get(truth, "resolution")), 0.0,
                 1e-15, "%s, resolution", name);
    if (digital != NULL) {
        void *stored = read_stored(c, series, k);
        if (stored != NULL) {
            compare_integers(c, name, digital, series->n_times, series->type, stored);
        }
        free(stored);
    }
    double *values = read_physical(c, series, k);
    if (values != NULL && scale != NULL) {
        compare_values(c, name, truth, series->n_times, values, 1.0 / truth_number(scale),
                       series->type == ANA_FLOAT32 ? 1e-6 : 1e-12);
    }
    free(values);
}

/* "2013-11-13 16:14:03.794232+00:00" is ours with a T and without the zone that the file lacks. */
static void compare_start(const format_case *c, const char *ours)
{
    const char *date = json_string_value(json_object_get(c->truth, "meas_date"));
    if (date == NULL || strcmp(date, "None") == 0) {
        tally_that(c->tally, ours == NULL, "start time %s, wanted none", ours);
        return;
    }
    size_t n = strcspn(date, "+");
    bool same = ours != NULL && strlen(ours) == n && strncmp(ours, date, 10) == 0 &&
                ours[10] == 'T' && strncmp(ours + 11, date + 11, n - 11) == 0;
    tally_that(c->tally, same, "start time %s, wanted %s", ours != NULL ? ours : "none", date);
}

void compare_brainvision(const format_case *c)
{
    ana_recording *recording = open_case(c);
    if (recording == NULL) {
        return;
    }
    const ana_series *series = ana_recording_find_series(recording, NULL);
    const json_t *channels = json_object_get(c->truth, "channels");
    if (tally_that(c->tally, series != NULL && series->n_channels == json_array_size(channels),
                   "%zu channels wanted", json_array_size(channels))) {
        tally_number(c->tally, series->rate, truth_number(json_object_get(c->truth, "sfreq")), 0.0,
                     1e-12, "rate");
        tally_number(c->tally, (double)series->n_times,
                     truth_number(json_object_get(c->truth, "n_samples")), 0.0, 0.0, "samples");
        for (size_t k = 0; k < series->n_channels; k++) {
            compare_channel(c, series, k, json_array_get(channels, k));
        }
    }
    compare_annotations(c, json_object_get(c->truth, "annotations"),
                        ana_recording_find_intervals(recording, "annotations"));
    compare_start(c, recording->start_time);
    /* 64-bit floats, as ASCII data become, are rounded to 32 bits. */
    bool exact = series != NULL && series->type != ANA_FLOAT64;
    compare_round_trip(c, recording, "brainvision", ".vhdr", exact);
    ana_recording_free(recording);
}
