#include "bci_overview.h"

#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ana_status bci_overview_recording(const bci_opened *opened, const bci_names *whose,
                                  const char *path, bci_overview_row *row, ana_record *group)
{
    ana_status status = ANA_OK;
    const ana_series *series = opened->picked->series[0];
    const char **names = calloc(series->n_channels + 1, sizeof *names);
    if (names == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "%s: no memory for its channels", path);
    }
    for (size_t c = 0; c < series->n_channels; c++) {
        names[c] = series->channels[c].name;
    }
    const char *slash = strrchr(path, '/');
    const char *file = slash != NULL && slash[1] != '\0' ? slash + 1 : path;
    snprintf(row->file, sizeof row->file, "%.255s", file);
    row->names = *whose;
    row->n_channels = series->n_channels;
    row->rate = series->rate;
    row->duration = series->rate > 0.0 ? (double)series->n_times / series->rate : (double)NAN;
    ANA_TRY(ana_record_add_text(group, "title", row->file));
    ANA_TRY(ana_record_add_text(group, "path", path));
    ANA_TRY(ana_record_add_text(group, "subject", row->names.subject));
    ANA_TRY(ana_record_add_text(group, "session", row->names.session));
    ANA_TRY(ana_record_add_text(group, "run", row->names.run));
    ANA_TRY(ana_record_add_text(group, "series", series->name));
    ANA_TRY(ana_record_add_double(group, "rate", series->rate, "Hz"));
    ANA_TRY(ana_record_add_double(group, "duration", row->duration, "s"));
    ANA_TRY(ana_record_add_text(group, "unit", series->channels[0].unit));
    ANA_TRY(ana_record_add_int(group, "n_channels", (int64_t)series->n_channels, NULL));
    ANA_TRY(ana_record_add_texts(group, "channel_names", series->n_channels, names));
done:
    free(names);
    return status;
}

/* Counts and lengths of the events of one label. */
typedef struct label_counts {
    const char **labels;
    size_t *events;
    size_t *trials;
    double *shortest;
    double *longest;
    size_t n;
} label_counts;

static ana_status make_counts(size_t n, label_counts *out)
{
    *out = (label_counts){.labels = calloc(n + 1, sizeof *out->labels),
                          .events = calloc(n + 1, sizeof *out->events),
                          .trials = calloc(n + 1, sizeof *out->trials),
                          .shortest = calloc(n + 1, sizeof *out->shortest),
                          .longest = calloc(n + 1, sizeof *out->longest)};
    if (out->labels == NULL || out->events == NULL || out->trials == NULL ||
        out->shortest == NULL || out->longest == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for labels of events");
    }
    return ANA_OK;
}

static void release_counts(label_counts *counts)
{
    free(counts->labels);
    free(counts->events);
    free(counts->trials);
    free(counts->shortest);
    free(counts->longest);
}

/* The place of a label in the counts; a new one at the end. */
static size_t place_of(label_counts *counts, const char *label)
{
    for (size_t k = 0; k < counts->n; k++) {
        if (strcmp(counts->labels[k], label) == 0) {
            return k;
        }
    }
    counts->labels[counts->n] = label;
    counts->shortest[counts->n] = INFINITY;
    counts->longest[counts->n] = -INFINITY;
    return counts->n++;
}

static void count_event(const ana_intervals *events, size_t i, const char *name, bool kept,
                        label_counts *counts)
{
    const size_t k = place_of(counts, name);
    const double length = events->stop[i] - events->start[i];
    counts->events[k]++;
    counts->trials[k] += kept;
    counts->shortest[k] = fmin(counts->shortest[k], length);
    counts->longest[k] = fmax(counts->longest[k], length);
}

static ana_status add_counts(const label_counts *counts, ana_record *group)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const ana_shape shape = ana_shape_1(counts->n, "class");
    for (size_t k = 0; k < counts->n; k++) {
        counts->shortest[k] = isfinite(counts->shortest[k]) ? counts->shortest[k] : (double)NAN;
        counts->longest[k] = isfinite(counts->longest[k]) ? counts->longest[k] : (double)NAN;
    }
    ANA_TRY(ana_record_add_group(group, "events", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Events that begin trials"));
    ANA_TRY(ana_record_add_texts(table, "class", counts->n, counts->labels));
    ANA_TRY(ana_record_add_sizes(table, "events", shape, counts->events, NULL));
    ANA_TRY(ana_record_add_sizes(table, "trials", shape, counts->trials, NULL));
    ANA_TRY(ana_record_add_doubles(table, "shortest", shape, counts->shortest, "s"));
    ANA_TRY(ana_record_add_doubles(table, "longest", shape, counts->longest, "s"));
done:
    return status;
}

/* Every event without a trial, and why. */
static ana_status add_dropped(const ana_epochs *epochs, ana_record *group)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    size_t n = 0;
    const char **labels = calloc(epochs->n_events + 1, sizeof *labels);
    const char **reasons = calloc(epochs->n_events + 1, sizeof *reasons);
    double *times = calloc(epochs->n_events + 1, sizeof *times);
    if (labels == NULL || reasons == NULL || times == NULL) {
        ana_fail(ANA_ERR_MEMORY, "no memory for events");
        status = ANA_ERR_MEMORY;
        goto done;
    }
    for (size_t i = 0; i < epochs->n_events; i++) {
        const ana_epoch_event *event = &epochs->events[i];
        if (event->reason != NULL) {
            times[n] = event->time;
            reasons[n] = event->reason;
            labels[n++] = event->label < epochs->n_labels ? epochs->labels[event->label] : "";
        }
    }
    if (n > 0) {
        ANA_TRY(ana_record_add_group(group, "dropped", ANA_HINT_TABLE, &table));
        ANA_TRY(ana_record_add_text(table, "title", "Events without a trial"));
        ANA_TRY(ana_record_add_doubles(table, "time", ana_shape_1(n, "event"), times, "s"));
        ANA_TRY(ana_record_add_texts(table, "class", n, labels));
        ANA_TRY(ana_record_add_texts(table, "reason", n, reasons));
    }
done:
    free(labels);
    free(reasons);
    free(times);
    return status;
}

ana_status bci_overview_labels(const ana_intervals *events, ana_record *group)
{
    ana_status status = ANA_OK;
    label_counts counts = {.n = 0};
    const ana_column *labels = ana_table_find(events->table, "label");
    ANA_TRY(make_counts(events->n, &counts));
    for (size_t i = 0; i < events->n; i++) {
        count_event(events, i, labels->texts[i], false, &counts);
    }
    ANA_TRY(add_counts(&counts, group));
done:
    release_counts(&counts);
    return status;
}

ana_status bci_overview_events(const ana_intervals *events, const ana_epochs *epochs,
                               bci_overview_row *row, ana_record *group)
{
    ana_status status = ANA_OK;
    label_counts counts = {.n = 0};
    ANA_TRY(make_counts(epochs->n_events, &counts));
    for (size_t i = 0; i < epochs->n_events; i++) {
        const ana_epoch_event *event = &epochs->events[i];
        const char *name = event->label < epochs->n_labels ? epochs->labels[event->label] : "event";
        count_event(events, event->row, name, event->reason == NULL, &counts);
    }
    row->n_trials = epochs->n_trials;
    row->n_dropped = epochs->n_events - epochs->n_trials;
    if (epochs->n_trials == 0) {
        snprintf(row->note, sizeof row->note, "no event gives a trial: %.400s",
                 epochs->n_events > 0 ? epochs->events[0].reason : "there is none");
    }
    ANA_TRY(ana_record_add_double(group, "window_from", epochs->times[0], "s"));
    ANA_TRY(ana_record_add_double(group, "window_to", epochs->times[epochs->n_times - 1], "s"));
    ANA_TRY(ana_record_add_int(group, "n_trials", (int64_t)row->n_trials, NULL));
    ANA_TRY(ana_record_add_int(group, "n_dropped", (int64_t)row->n_dropped, NULL));
    ANA_TRY(add_counts(&counts, group));
    ANA_TRY(add_dropped(epochs, group));
done:
    release_counts(&counts);
    return status;
}

/* One more clause of the note, as far as there is room. */
static void add_clause(bci_overview_row *row, const char *before, const char *text)
{
    const size_t n = strlen(row->note);
    const char *between = n > 0 ? "; " : "";
    snprintf(row->note + n, sizeof row->note - n, "%s%s%s", between, before, text);
}

void bci_overview_note(const ana_bci_check *check, const ana_bci_trials *trials,
                       bci_overview_row *row)
{
    row->rank = check->rank;
    row->n_artefacts = check->n_artefacts;
    if (check->rank < check->n_channels) {
        add_clause(row, "", check->rank_sentence);
    }
    for (size_t c = 0; c < check->n_channels; c++) {
        if (check->states[c] != ANA_BCI_CHANNEL_GOOD) {
            char text[256];
            snprintf(text, sizeof text, "%.60s: %.180s", trials->channel_names[c],
                     check->notes[c] != NULL ? check->notes[c] : "");
            add_clause(row, "channel ", text);
        }
    }
    if (check->unjudged != NULL) {
        add_clause(row, "trials not judged: ", check->unjudged);
    }
}

/* The first columns of a table, which are texts: the recording, and whose it is. */
static ana_status add_texts(size_t n, const bci_overview_row *rows, size_t n_columns,
                            ana_record *table)
{
    ana_status status = ANA_OK;
    static const char *const names[] = {"recording", "subject", "session", "run"};
    const char **texts = calloc(n + 1, sizeof *texts);
    if (texts == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for a table");
    }
    for (size_t column = 0; column < n_columns; column++) {
        for (size_t k = 0; k < n; k++) {
            const char *const all[] = {rows[k].file, rows[k].names.subject, rows[k].names.session,
                                       rows[k].names.run};
            texts[k] = all[column];
        }
        ANA_TRY(ana_record_add_texts(table, names[column], n, texts));
    }
done:
    free(texts);
    return status;
}

/* What is wrong stands in a table of its own: a sentence has no room beside ten columns. */
static ana_status add_notes(size_t n, const bci_overview_row *rows, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    size_t n_notes = 0;
    const char **texts = calloc(2 * n + 1, sizeof *texts);
    if (texts == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for a table");
    }
    for (size_t k = 0; k < n; k++) {
        if (rows[k].note[0] != '\0') {
            texts[n_notes] = rows[k].file;
            texts[n + n_notes++] = rows[k].note;
        }
    }
    if (n_notes > 0) {
        ANA_TRY(ana_record_add_group(record, "notes", ANA_HINT_TABLE, &table));
        ANA_TRY(ana_record_add_text(table, "title", "What to look at"));
        ANA_TRY(ana_record_add_texts(table, "recording", n_notes, texts));
        ANA_TRY(ana_record_add_texts(table, "note", n_notes, texts + n));
    }
done:
    free(texts);
    return status;
}

ana_status bci_overview_table(size_t n, const bci_overview_row *rows, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    static const char *const names[] = {"channels", "trials", "dropped", "rank", "artefacts"};
    const ana_shape shape = ana_shape_1(n, "recording");
    size_t n_trials = 0;
    size_t *counts = calloc(n + 1, sizeof *counts);
    double *numbers = calloc(n + 1, sizeof *numbers);
    if (counts == NULL || numbers == NULL) {
        ana_fail(ANA_ERR_MEMORY, "no memory for a table");
        status = ANA_ERR_MEMORY;
        goto done;
    }
    for (size_t k = 0; k < n; k++) {
        n_trials += rows[k].n_trials;
    }
    ANA_TRY(ana_record_add_int(record, "n_trials", (int64_t)n_trials, NULL));
    ANA_TRY(ana_record_add_group(record, "overview", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Recordings"));
    ANA_TRY(add_texts(n, rows, 4, table));
    for (size_t k = 0; k < n; k++) {
        numbers[k] = rows[k].rate;
    }
    ANA_TRY(ana_record_add_doubles(table, "rate", shape, numbers, "Hz"));
    for (size_t k = 0; k < n; k++) {
        numbers[k] = rows[k].duration;
    }
    ANA_TRY(ana_record_add_doubles(table, "duration", shape, numbers, "s"));
    for (size_t column = 0; column < 5; column++) {
        if (column == 1) { /* a table of its own: together they are wider than a page */
            ANA_TRY(ana_record_add_group(record, "trials", ANA_HINT_TABLE, &table));
            ANA_TRY(ana_record_add_text(table, "title", "Trials"));
            ANA_TRY(add_texts(n, rows, 1, table));
        }
        for (size_t k = 0; k < n; k++) {
            const size_t all[] = {rows[k].n_channels, rows[k].n_trials, rows[k].n_dropped,
                                  rows[k].rank, rows[k].n_artefacts};
            counts[k] = all[column];
        }
        ANA_TRY(ana_record_add_sizes(table, names[column], shape, counts, NULL));
    }
    ANA_TRY(add_notes(n, rows, record));
done:
    free(counts);
    free(numbers);
    return status;
}
