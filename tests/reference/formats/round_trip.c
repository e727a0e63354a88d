/* What our writers make of a recording reads back as the same one. */
#include "formats.h"

#include <analysis/formats/reader.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The series and channel that stand for signal `index` of the file. */
static const ana_series *find_channel(const ana_recording *recording, const ana_series *like,
                                      size_t k, size_t *found)
{
    for (size_t i = 0; i < recording->n_series; i++) {
        const ana_series *series = recording->series[i];
        for (size_t j = 0; j < series->n_channels && series->n_times == like->n_times; j++) {
            if (series->channels[j].file_index == like->channels[k].file_index &&
                strcmp(series->channels[j].name, like->channels[k].name) == 0) {
                *found = j;
                return series;
            }
        }
    }
    return NULL;
}

static void compare_channel(const format_case *c, const ana_series *a, size_t i,
                            const ana_series *b, size_t j, bool exact)
{
    const ana_channel *before = &a->channels[i];
    const ana_channel *after = &b->channels[j];
    double *values = read_physical(c, a, i);
    double *again = read_physical(c, b, j);
    double most = 0.0;
    double worst = 0.0;
    for (size_t t = 0; values != NULL && again != NULL && t < a->n_times; t++) {
        most = fmax(most, fabs(values[t]));
        worst = fmax(worst, fabs(values[t] - again[t]));
    }
    tally_that(c->tally,
               strcmp(before->unit != NULL ? before->unit : "",
                      after->unit != NULL ? after->unit : "") == 0 ||
                   !exact,
               "%s: unit %s after writing", before->name, after->unit);
    tally_number(c->tally, b->rate, a->rate, 0.0, 1e-12, "%s: rate after writing", before->name);
    if (exact) {
        tally_number(c->tally, after->gain, before->gain, 0.0, 1e-12, "%s: gain after writing",
                     before->name);
        tally_number(c->tally, worst, 0.0, 1e-12 * most, 0.0, "%s: samples after writing",
                     before->name);
    }
    free(values);
    free(again);
    if (exact && ana_sample_is_integer(a->type)) {
        void *stored = read_stored(c, a, i);
        void *stored_again = read_stored(c, b, j);
        if (tally_that(c->tally, a->type == b->type && stored != NULL && stored_again != NULL,
                       "%s: stored as %s after writing", before->name,
                       ana_sample_type_name(b->type))) {
            tally_that(c->tally,
                       memcmp(stored, stored_again, a->n_times * ana_sample_size(a->type)) == 0,
                       "%s: other stored integers after writing", before->name);
        }
        free(stored);
        free(stored_again);
    }
}

static void compare_series(const format_case *c, const ana_recording *before,
                           const ana_recording *after, bool exact)
{
    for (size_t i = 0; i < before->n_series; i++) {
        const ana_series *a = before->series[i];
        for (size_t k = 0; k < a->n_channels; k++) {
            size_t j = 0;
            const ana_series *b = find_channel(after, a, k, &j);
            if (!tally_that(c->tally, b != NULL, "%s is not there after writing",
                            a->channels[k].name)) {
                continue;
            }
            compare_channel(c, a, k, b, j, exact);
            if (k == 0 && tally_that(c->tally, a->n_segments == b->n_segments,
                                     "%zu segments after writing", b->n_segments)) {
                for (size_t s = 0; s < a->n_segments; s++) {
                    tally_number(c->tally, b->segments[s].start, a->segments[s].start, 1e-6, 0.0,
                                 "start of segment %zu after writing", s);
                }
            }
        }
    }
}

static void compare_rows(const format_case *c, const ana_intervals *a, const ana_intervals *b)
{
    if (!tally_that(c->tally, a->n == b->n, "%zu annotations after writing, wanted %zu", b->n,
                    a->n)) {
        return;
    }
    const ana_column *labels = ana_table_find(a->table, "label");
    const ana_column *again = ana_table_find(b->table, "label");
    for (size_t i = 0; i < a->n; i++) {
        tally_number(c->tally, b->start[i], a->start[i], 1e-6, 0.0, "annotation %zu after writing",
                     i);
        tally_number(c->tally, b->stop[i], a->stop[i], 2e-6, 0.0, "annotation %zu after writing",
                     i);
        tally_that(c->tally, strcmp(labels->texts[i], again->texts[i]) == 0,
                   "annotation %zu is \"%s\" after writing", i, again->texts[i]);
    }
}

void compare_round_trip(const format_case *c, const ana_recording *recording, const char *format,
                        const char *ending, bool exact)
{
    char folder[] = "/tmp/reference_formats_XXXXXX";
    char path[128];
    ana_recording *again = NULL;
    char *losses = NULL;
    if (!tally_that(c->tally, mkdtemp(folder) != NULL, "no folder to write to")) {
        return;
    }
    snprintf(path, sizeof path, "%s/file%s", folder, ending);
    ana_write_options options = ana_write_options_default();
    options.format = format;
    options.lossy = !exact;
    ana_status status = ana_recording_losses(recording, format, &losses);
    tally_that(c->tally, status == ANA_OK && (!exact || losses[0] == '\0'), "losses: %s",
               status == ANA_OK ? losses : ana_last_error());
    options.lossy = true;
    status = ana_recording_write(recording, path, &options);
    if (tally_that(c->tally, status == ANA_OK, "not written as %s: %s", format, ana_last_error())) {
        status = ana_recording_read(path, NULL, &again);
        tally_that(c->tally, status == ANA_OK, "not read back: %s", ana_last_error());
    }
    if (status == ANA_OK) {
        const ana_intervals *a = ana_recording_find_intervals(recording, "annotations");
        const ana_intervals *b = ana_recording_find_intervals(again, "annotations");
        tally_that(c->tally, again->n_warnings == recording->n_warnings || again->n_warnings == 0,
                   "after writing: %s", again->n_warnings > 0 ? again->warnings[0] : "");
        compare_series(c, recording, again, exact);
        if (a != NULL && tally_that(c->tally, b != NULL, "no annotations after writing")) {
            compare_rows(c, a, b);
        }
    }
    ana_recording_free(again);
    free(losses);
    remove(path);
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/file%s", folder, i == 0 ? ".eeg" : ".vmrk");
        remove(path);
    }
    tally_that(c->tally, rmdir(folder) == 0, "writing left something behind in %s", folder);
}
