/* Every recording read from NWB, written as NWB and read back, is the same. */
#include "formats.h"

#include <analysis/formats/reader.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same_text(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static bool same_element(const ana_column *a, const ana_column *b, size_t i)
{
    switch (a->type) {
    case ANA_COLUMN_BOOL:
        return a->bools[i] == b->bools[i];
    case ANA_COLUMN_INT:
        return a->ints[i] == b->ints[i];
    case ANA_COLUMN_DOUBLE:
        return a->doubles[i] == b->doubles[i] ||
               (a->doubles[i] != a->doubles[i] && b->doubles[i] != b->doubles[i]);
    case ANA_COLUMN_TEXT:
    default:
        return same_text(a->texts[i], b->texts[i]);
    }
}

static void same_table(const format_case *c, const char *name, const ana_table *a,
                       const ana_table *b)
{
    if (!tally_that(c->tally, a->n_rows == b->n_rows, "%s has %zu rows after writing", name,
                    b->n_rows)) {
        return;
    }
    for (size_t k = 0; k < a->n_columns; k++) {
        const ana_column *before = &a->columns[k];
        const ana_column *after = ana_table_find(b, before->name);
        bool same = after != NULL && after->type == before->type &&
                    after->n_elements == before->n_elements &&
                    (after->row_start == NULL) == (before->row_start == NULL);
        if (!tally_that(c->tally, same, "%s: column %s is another after writing", name,
                        before->name)) {
            continue;
        }
        for (size_t r = 0; before->row_start != NULL && r <= a->n_rows; r++) {
            same = same && before->row_start[r] == after->row_start[r];
        }
        for (size_t i = 0; i < before->n_elements; i++) {
            same = same && same_element(before, after, i);
        }
        tally_that(c->tally, same, "%s: values of %s after writing", name, before->name);
    }
}

static void same_series(const format_case *c, const ana_series *a, const ana_series *b)
{
    bool same = a->n_times == b->n_times && a->n_channels == b->n_channels && a->rate == b->rate &&
                a->type == b->type && a->n_segments == b->n_segments;
    if (!tally_that(c->tally, same, "%s has another shape or type after writing", a->name)) {
        return;
    }
    size_t n = a->n_times * a->n_channels;
    double *values[2];
    double *times[2];
    void *stored[2];
    for (int k = 0; k < 2; k++) {
        const ana_series *series = k == 0 ? a : b;
        values[k] = calloc(n + 1, sizeof(double));
        times[k] = calloc(a->n_times + 1, sizeof(double));
        stored[k] = calloc(n + 1, ana_sample_size(a->type));
        bool read =
            ana_series_read(series, a->n_channels, NULL, 0, a->n_times, values[k]) == ANA_OK &&
            ana_series_read_stored(series, a->n_channels, NULL, 0, a->n_times, stored[k]) ==
                ANA_OK &&
            ana_series_times(series, 0, a->n_times, times[k]) == ANA_OK;
        tally_that(c->tally, read, "%s: %s", a->name, ana_last_error());
    }
    tally_that(c->tally, memcmp(values[0], values[1], n * sizeof(double)) == 0,
               "%s: physical values after writing", a->name);
    tally_that(c->tally, memcmp(stored[0], stored[1], n * ana_sample_size(a->type)) == 0,
               "%s: stored values after writing", a->name);
    tally_that(c->tally, memcmp(times[0], times[1], a->n_times * sizeof(double)) == 0,
               "%s: times after writing", a->name);
    for (size_t i = 0; i < a->n_channels; i++) {
        tally_that(c->tally,
                   same_text(a->channels[i].name, b->channels[i].name) &&
                       same_text(a->channels[i].unit, b->channels[i].unit),
                   "%s: channel %s (%s) is %s (%s) after writing", a->name, a->channels[i].name,
                   a->channels[i].unit, b->channels[i].name, b->channels[i].unit);
    }
    for (int k = 0; k < 2; k++) {
        free(values[k]);
        free(times[k]);
        free(stored[k]);
    }
}

static void same_spikes(const format_case *c, const ana_spikes *a, const ana_spikes *b)
{
    bool same = a->n_units == b->n_units && a->n_spikes == b->n_spikes &&
                memcmp(a->unit_start, b->unit_start, (a->n_units + 1) * sizeof(size_t)) == 0 &&
                memcmp(a->times, b->times, a->n_spikes * sizeof(double)) == 0 &&
                a->observed_inferred == b->observed_inferred &&
                memcmp(a->observed_row, b->observed_row, (a->n_units + 1) * sizeof(size_t)) == 0;
    size_t n = same ? a->observed_row[a->n_units] : 0;
    same = same && memcmp(a->observed_start, b->observed_start, n * sizeof(double)) == 0 &&
           memcmp(a->observed_stop, b->observed_stop, n * sizeof(double)) == 0;
    tally_that(c->tally, same, "spikes after writing");
    same_table(c, a->name, a->units, b->units);
}

static void same_recording(const format_case *c, const ana_recording *a, const ana_recording *b)
{
    tally_that(c->tally, same_text(a->start_time, b->start_time), "start %s after writing",
               b->start_time);
    for (size_t i = 0; i < a->n_series; i++) {
        const ana_series *after = ana_recording_find_series(b, a->series[i]->name);
        if (tally_that(c->tally, after != NULL, "series %s is lost", a->series[i]->name)) {
            same_series(c, a->series[i], after);
        }
    }
    for (size_t i = 0; i < a->n_spikes; i++) {
        const ana_spikes *after = ana_recording_find_spikes(b, a->spikes[i]->name);
        if (tally_that(c->tally, after != NULL, "spikes %s are lost", a->spikes[i]->name)) {
            same_spikes(c, a->spikes[i], after);
        }
    }
    for (size_t i = 0; i < a->n_intervals; i++) {
        const ana_intervals *before = a->intervals[i];
        const ana_intervals *after = ana_recording_find_intervals(b, before->name);
        if (tally_that(c->tally, after != NULL && after->n == before->n, "intervals %s are lost",
                       before->name)) {
            tally_that(c->tally,
                       memcmp(before->start, after->start, before->n * sizeof(double)) == 0 &&
                           memcmp(before->stop, after->stop, before->n * sizeof(double)) == 0,
                       "times of %s after writing", before->name);
            same_table(c, before->name, before->table, after->table);
        }
    }
    for (size_t i = 0; i < a->n_tables; i++) {
        const ana_table *after = ana_recording_find_table(b, a->tables[i].name);
        if (tally_that(c->tally, after != NULL, "table %s is lost", a->tables[i].name)) {
            same_table(c, a->tables[i].name, a->tables[i].table, after);
        }
    }
    for (size_t i = 0; i < a->n_facts; i++) {
        tally_that(c->tally,
                   strcmp(a->facts[i].name, "nwb_version") == 0 ||
                       same_text(a->facts[i].value, ana_recording_find_fact(b, a->facts[i].name)),
                   "fact %s after writing", a->facts[i].name);
    }
}

/* What we write keeps the rules that stand in it. */
static void is_valid(const format_case *c, const char *path)
{
    ana_findings *findings = NULL;
    ana_status status = ana_file_validate(path, NULL, &findings);
    tally_that(c->tally, status == ANA_OK && findings->n == 0, "after writing: %s: %s",
               status == ANA_OK && findings->n > 0 ? findings->items[0].where : "?",
               status == ANA_OK && findings->n > 0 ? findings->items[0].what : ana_last_error());
    ana_findings_free(findings);
}

void compare_nwb_round_trip(const format_case *c, const ana_recording *recording)
{
    static const char path[] = "reference_formats_round_trip.nwb";
    ana_recording *again = NULL;
    ana_write_options options = ana_write_options_default();
    options.lossy = true;
    options.overwrite = true;
    ana_status status = ana_recording_write(recording, path, &options);
    if (tally_that(c->tally, status == ANA_OK, "not written: %s", ana_last_error())) {
        status = ana_recording_read(path, NULL, &again);
        if (tally_that(c->tally, status == ANA_OK, "not read back: %s", ana_last_error())) {
            tally_that(c->tally, again->n_warnings == 0, "after writing: %s",
                       again->n_warnings > 0 ? again->warnings[0] : "");
            same_recording(c, recording, again);
            is_valid(c, path);
        }
    }
    ana_recording_free(again);
    remove(path);
}
