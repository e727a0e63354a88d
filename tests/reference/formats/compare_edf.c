/* EDF and BDF: every signal at its native rate, stored integers exact, annotations, record onsets.
 */
#include "formats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void compare_signal(const format_case *c, const ana_recording *recording, size_t index,
                           const json_t *truth)
{
    const ana_series *series = NULL;
    size_t k = 0;
    bool found = find_signal(recording, index, &series, &k);
    if (json_is_true(json_object_get(truth, "is_annotation"))) {
        tally_that(c->tally, !found, "annotation signal %zu is a channel", index);
        return;
    }
    const char *label = json_string_value(json_object_get(truth, "label"));
    if (!tally_that(c->tally, found, "signal %zu (\"%s\") is not there", index, label)) {
        return;
    }
    const ana_channel *channel = &series->channels[k];
    compare_text(c, "label", json_object_get(truth, "label"), channel->name);
    compare_text(c, "unit", json_object_get(truth, "unit"), channel->unit);
    compare_text(c, "transducer", json_object_get(truth, "transducer"), channel->transducer);
    compare_text(c, "filter", json_object_get(truth, "prefilter"), channel->filter);
    tally_number(c->tally, series->rate, truth_number(json_object_get(truth, "sfreq")), 0.0, 1e-15,
                 "%s, rate", label);
    void *stored = read_stored(c, series, k);
    if (stored != NULL) {
        compare_integers(c, label, json_object_get(truth, "digital"), series->n_times, series->type,
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

/* Each record of each series begins at the onset that its annotations say. */
static void compare_onsets(const format_case *c, const ana_recording *recording)
{
    const json_t *onsets = json_object_get(c->truth, "record_onsets");
    const size_t n_records = json_array_size(onsets);
    for (size_t i = 0; i < recording->n_series && n_records > 0; i++) {
        const ana_series *series = recording->series[i];
        const size_t per_record = series->n_times / n_records;
        for (size_t r = 0; r < n_records; r++) {
            double time = NAN;
            ana_status status = ana_series_times(series, r * per_record, 1, &time);
            tally_that(c->tally, status == ANA_OK, "times: %s", ana_last_error());
            tally_number(c->tally, time, truth_number(json_array_get(onsets, r)), 1e-6, 0.0,
                         "%s, onset of record %zu", series->name, r);
        }
    }
}

/* "dd.mm.yy" and "hh.mm.ss" are those of the ISO start time. */
static void compare_start(const format_case *c, const ana_recording *recording)
{
    const char *date = json_string_value(json_object_get(c->truth, "startdate"));
    const char *time = json_string_value(json_object_get(c->truth, "starttime"));
    const char *ours = recording->start_time;
    if (ours == NULL || date == NULL || time == NULL) {
        tally_that(c->tally, ours != NULL, "no start time");
        return;
    }
    char wanted[64];
    snprintf(wanted, sizeof wanted, "%.2s-%.2s-%.2sT%.2s:%.2s:%.2s", date + 6, date + 3, date, time,
             time + 3, time + 6);
    tally_that(c->tally, strlen(ours) == 19 && strcmp(ours + 2, wanted) == 0,
               "start time %s, wanted ..%s", ours, wanted);
}

static void compare_counts(const format_case *c, const ana_recording *recording)
{
    json_int_t declared = json_integer_value(json_object_get(c->truth, "n_records_header"));
    json_int_t held = json_integer_value(json_object_get(c->truth, "n_records_in_file"));
    json_int_t rest = json_integer_value(json_object_get(c->truth, "trailing_bytes"));
    tally_that(c->tally, (declared == held && rest == 0) == (recording->n_warnings == 0),
               "%zu warnings (%s), but %lld records declared, %lld held, %lld bytes over",
               recording->n_warnings, recording->n_warnings > 0 ? recording->warnings[0] : "none",
               (long long)declared, (long long)held, (long long)rest);
}

void compare_edf(const format_case *c)
{
    ana_recording *recording = open_case(c);
    if (recording == NULL) {
        return;
    }
    const json_t *signals = json_object_get(c->truth, "signals");
    for (size_t i = 0; i < json_array_size(signals); i++) {
        compare_signal(c, recording, i, json_array_get(signals, i));
    }
    compare_annotations(c, json_object_get(c->truth, "annotations"),
                        ana_recording_find_intervals(recording, "annotations"));
    compare_text(c, "patient", json_object_get(c->truth, "patient"),
                 ana_recording_find_fact(recording, "patient"));
    compare_text(c, "recording", json_object_get(c->truth, "recording"),
                 ana_recording_find_fact(recording, "recording"));
    compare_onsets(c, recording);
    compare_start(c, recording);
    compare_counts(c, recording);
    compare_round_trip(c, recording, recording->format,
                       strcmp(recording->format, "bdf") == 0 ? ".bdf" : ".edf", true);
    ana_recording_free(recording);
}
