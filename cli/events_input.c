#include "events_input.h"

#include "try.h"

#include <analysis/formats/table_io.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const ana_option events_input_option_table[] = {
    {"intervals", ANA_OPTION_TEXT, offsetof(events_input_options, intervals), 0, 0, NULL, "NAME",
     "which intervals of recordings are the events; default: the only ones they have", false},
    {"events", ANA_OPTION_TEXT, offsetof(events_input_options, events), 0, 0, NULL, "LABEL",
     "label of the events that count (\"sz*\": all that begin so), of lists that have labels; "
     "default: all but \"bckg\"",
     false},
    ANA_OPTION_END,
};

/* How the files of SzCORE call time without events. */
static const char background[] = "bckg";

static bool is_table(const char *path)
{
    static const char *const endings[] = {".tsv", ".csv", ".txt", ".json"};
    const size_t length = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const size_t n = strlen(endings[i]);
        if (length > n && strcasecmp(path + length - n, endings[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The first of these columns that the table has; NULL: none. */
static const ana_column *find_either(const ana_table *table, const char *first, const char *second,
                                     const char *third)
{
    const char *const names[] = {first, second, third};
    const ana_column *column = NULL;
    for (size_t i = 0; i < 3 && column == NULL; i++) {
        column = names[i] != NULL ? ana_table_find(table, names[i]) : NULL;
    }
    return column;
}

static bool holds_numbers(const ana_column *column, size_t n_rows)
{
    return column->row_start == NULL && (column->type == ANA_COLUMN_DOUBLE || n_rows == 0);
}

static ana_status find_times(const ana_table *table, const char *path, const ana_column *times[2],
                             bool *is_duration)
{
    times[0] = find_either(table, "onset", "start", NULL);
    times[1] = find_either(table, "duration", "stop", "end");
    if (times[0] == NULL || times[1] == NULL) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: has no column %s; onset and duration (or start and stop), in seconds, "
                        "are wanted",
                        path, times[0] == NULL ? "onset" : "duration");
    }
    for (size_t k = 0; k < 2; k++) {
        if (!holds_numbers(times[k], table->n_rows)) {
            return ana_fail(ANA_ERR_FORMAT, "%s: column %s holds other things than numbers", path,
                            times[k]->name);
        }
    }
    *is_duration = strcmp(times[1]->name, "duration") == 0;
    return ANA_OK;
}

static ana_status fill_times(const ana_table *table, const char *path, ana_intervals *events)
{
    ana_status status = ANA_OK;
    const ana_column *times[2] = {NULL, NULL};
    bool is_duration = false;
    ANA_TRY(find_times(table, path, times, &is_duration));
    for (size_t i = 0; i < table->n_rows; i++) {
        const double start = times[0]->doubles[i];
        const double second = times[1]->doubles[i];
        const double stop = is_duration ? start + second : second;
        if (!isfinite(start) || !isfinite(stop) || stop < start) {
            return ana_fail(ANA_ERR_FORMAT,
                            "%s: row %zu: %s %g and %s %g are no event; known times are wanted, "
                            "the end not before the start",
                            path, i + 1, times[0]->name, start, times[1]->name, second);
        }
        events->start[i] = start;
        events->stop[i] = stop;
    }
done:
    return status;
}

static ana_status fill_labels(const ana_table *table, ana_intervals *events)
{
    const ana_column *labels = find_either(table, "eventType", "trial_type", "label");
    if (labels == NULL || labels->type != ANA_COLUMN_TEXT || labels->row_start != NULL) {
        return ANA_OK;
    }
    return ana_table_add_texts(events->table, "label", (const char *const *)labels->texts);
}

static ana_status events_of_table(const char *path, const ana_run *run, ana_intervals **out,
                                  double *duration)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    ana_intervals *events = NULL;
    ANA_TRY(ana_table_read(path, run, &table));
    ANA_TRY(ana_intervals_new("events", table->n_rows, &events));
    ANA_TRY(fill_times(table, path, events));
    ANA_TRY(fill_labels(table, events));
    const ana_column *length = ana_table_find(table, "recordingDuration");
    if (length != NULL && length->type == ANA_COLUMN_DOUBLE && length->row_start == NULL &&
        table->n_rows > 0 && length->doubles[0] > 0.0) {
        *duration = length->doubles[0];
    }
    *out = events;
    events = NULL;
done:
    ana_intervals_free(events);
    ana_table_free(table);
    return status;
}

static ana_status events_of_recording(const char *path, const char *name, const command_job *job,
                                      ana_intervals **out, double *duration)
{
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    size_t *rows = NULL;
    ANA_TRY(load_recording(path, &job->input, &job->console, &recording));
    const bool any = name == NULL && recording->n_intervals > 0;
    const ana_intervals *events =
        any ? recording->intervals[0]
            : ana_recording_find_intervals(recording, name != NULL ? name : "");
    if (events == NULL) {
        status = load_refuse(recording, "intervals", name);
        goto done;
    }
    if (any && recording->n_intervals > 1) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "%s: holds %zu lists of intervals, \"%s\", \"%s\", ...: --intervals NAME "
                         "says which are the events",
                         path, recording->n_intervals, events->name,
                         recording->intervals[1]->name));
    }
    rows = calloc(events->n + 1, sizeof *rows);
    if (rows == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "%s: no memory for %zu events", path, events->n);
        goto done;
    }
    for (size_t i = 0; i < events->n; i++) {
        rows[i] = i;
    }
    ANA_TRY(ana_recording_duration(recording, duration));
    ANA_TRY(ana_intervals_take(events, events->n, rows, out));
done:
    free(rows);
    ana_recording_free(recording);
    return status;
}

/* The rows with that label; all of a list without labels. */
static ana_status keep_label(const char *path, const char *label, const command_job *job,
                             ana_intervals **events)
{
    ana_status status = ANA_OK;
    ana_intervals *kept = NULL;
    size_t n = 0;
    if (*events == NULL || ana_table_find((*events)->table, "label") == NULL) {
        return ANA_OK;
    }
    size_t *rows = calloc((*events)->n + 1, sizeof *rows);
    if (rows == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "%s: no memory for %zu events", path, (*events)->n);
    }
    for (size_t i = 0; i < (*events)->n; i++) {
        const char *without = label != NULL ? label : background;
        const bool has = ana_intervals_has_label(*events, i, without);
        if (has == (label != NULL)) {
            rows[n++] = i;
        }
    }
    if (n < (*events)->n) {
        console_say(&job->console, "%s: %zu of %zu events count, the others are labelled %s%s",
                    path, n, (*events)->n, label != NULL ? "otherwise than " : "",
                    label != NULL ? label : background);
        ANA_TRY(ana_intervals_take(*events, n, rows, &kept));
        ana_intervals_free(*events);
        *events = kept;
    }
done:
    free(rows);
    return status;
}

ana_status load_events(const char *path, const events_input_options *options,
                       const command_job *job, ana_intervals **out, double *duration)
{
    ana_status status = ANA_OK;
    ana_intervals *events = NULL;
    *duration = 0.0;
    if (is_table(path)) {
        ANA_TRY(events_of_table(path, &job->run, &events, duration));
    } else {
        ANA_TRY(events_of_recording(path, options->intervals, job, &events, duration));
    }
    ANA_TRY(keep_label(path, options->events, job, &events));
    *out = events;
    events = NULL;
done:
    ana_intervals_free(events);
    return status;
}
