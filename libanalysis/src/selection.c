#include "lists.h"
#include "memory.h"
#include "spans.h"
#include "table_rows.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/recording.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ana_selection ana_selection_default(void)
{
    return (ana_selection){.start = NAN, .stop = NAN};
}

/* One selection being carried out: what is asked for, from what, and what was found so far. */
typedef struct select_work {
    const ana_recording *from;
    const ana_selection *selection;
    const ana_spans *spans; /* NULL: all times */
    ana_recording *to;
    ana_workspace *workspace;
} select_work;

static bool any_matches(const char *const *patterns, const char *name)
{
    for (; *patterns != NULL; patterns++) {
        if (ana_text_matches(name, *patterns)) {
            return true;
        }
    }
    return false;
}

/* Tells each name of one kind (series, channels, units, labels) to `visit` until it returns true.
 */
typedef bool (*visit_function)(void *user, const char *name);
typedef bool (*each_function)(const select_work *work, visit_function visit, void *user);

static bool each_series(const select_work *work, visit_function visit, void *user)
{
    for (size_t i = 0; i < work->from->n_series; i++) {
        if (visit(user, work->from->series[i]->name)) {
            return true;
        }
    }
    return false;
}

static bool wants_series(const select_work *work, const ana_series *series)
{
    const char *const *wanted = work->selection->series;
    return wanted == NULL || any_matches(wanted, series->name);
}

static bool each_channel(const select_work *work, visit_function visit, void *user)
{
    for (size_t i = 0; i < work->from->n_series; i++) {
        const ana_series *series = work->from->series[i];
        for (size_t c = 0; wants_series(work, series) && c < series->n_channels; c++) {
            if (visit(user, series->channels[c].name)) {
                return true;
            }
        }
    }
    return false;
}

/* Long enough for any id that a person would type. */
enum {
    ID_SIZE = 256
};

static bool each_unit(const select_work *work, visit_function visit, void *user)
{
    char id[ID_SIZE];
    for (size_t i = 0; i < work->from->n_spikes; i++) {
        for (size_t u = 0; u < work->from->spikes[i]->n_units; u++) {
            ana_spikes_unit_name(work->from->spikes[i], u, id, sizeof id);
            if (visit(user, id)) {
                return true;
            }
        }
    }
    return false;
}

static bool each_label(const select_work *work, visit_function visit, void *user)
{
    for (size_t i = 0; i < work->from->n_intervals; i++) {
        const ana_column *label = ana_table_find(work->from->intervals[i]->table, "label");
        if (label == NULL || label->type != ANA_COLUMN_TEXT) {
            continue;
        }
        for (size_t e = 0; e < label->n_elements; e++) {
            if (label->texts[e] != NULL && visit(user, label->texts[e])) {
                return true;
            }
        }
    }
    return false;
}

static bool matches_pattern(void *user, const char *name)
{
    const char *const *pattern = user;
    return ana_text_matches(name, *pattern);
}

/* Collects names for the sentence of an error: each once, as many as a sentence bears. */
typedef struct name_list {
    ana_text text;
} name_list;

/* Whether the list, "a, b, c", has the name already: labels repeat themselves. */
static bool is_listed(const ana_text *list, const char *name)
{
    const size_t n = strlen(name);
    const char *text = list->bytes != NULL ? list->bytes : "";
    for (const char *at = strstr(text, name); at != NULL && n > 0; at = strstr(at + 1, name)) {
        bool begins = at == text || (at - text >= 2 && strncmp(at - 2, ", ", 2) == 0);
        if (begins && (at[n] == '\0' || strncmp(at + n, ", ", 2) == 0)) {
            return true;
        }
    }
    return false;
}

static bool add_to_list(void *user, const char *name)
{
    enum {
        ENOUGH = 500
    };
    name_list *list = user;
    if (is_listed(&list->text, name)) {
        return false;
    }
    if (list->text.n > ENOUGH) {
        return true;
    }
    ana_text_append(&list->text, list->text.n > 0 ? ", " : "");
    ana_text_append(&list->text, name);
    return false;
}

/* Every wanted name (or pattern) is that of at least one thing there is. */
static ana_status check_wanted(const select_work *work, const char *kind, const char *const *wanted,
                               each_function each)
{
    for (; wanted != NULL && *wanted != NULL; wanted++) {
        const char *pattern = *wanted;
        if (each(work, matches_pattern, &pattern)) {
            continue;
        }
        name_list list = {0};
        bool more = each(work, add_to_list, &list);
        ana_status status = ana_fail(
            ANA_ERR_VALUE, "selection: there is no %s \"%s\"; there is %s%s", kind, pattern,
            list.text.bytes != NULL ? list.text.bytes : "none", more ? ", ..." : "");
        ana_text_release(&list.text);
        return status;
    }
    return ANA_OK;
}

static bool carries_a_label(const ana_intervals *intervals, size_t row, const char *const *labels)
{
    for (; *labels != NULL; labels++) {
        if (ana_intervals_has_label(intervals, row, *labels)) {
            return true;
        }
    }
    return false;
}

static double bounded(double time, double low, double high)
{
    return time < low ? low : time > high ? high : time;
}

/* The spans of the labelled intervals within [start, stop), joined. */
static ana_status spans_of_labels(const select_work *work, double start, double stop,
                                  ana_spans *out)
{
    ana_status status = ANA_OK;
    size_t n = 0;
    for (size_t i = 0; i < work->from->n_intervals; i++) {
        n += work->from->intervals[i]->n;
    }
    ana_span *spans = ana_workspace_bytes(work->workspace, n, 1, sizeof *spans);
    ANA_TRY(ana_workspace_check(work->workspace, "selection"));
    n = 0;
    for (size_t i = 0; i < work->from->n_intervals; i++) {
        const ana_intervals *intervals = work->from->intervals[i];
        for (size_t row = 0; row < intervals->n; row++) {
            if (carries_a_label(intervals, row, work->selection->labels)) {
                spans[n].start = bounded(intervals->start[row], start, stop);
                spans[n++].stop = bounded(intervals->stop[row], start, stop);
            }
        }
    }
    *out = (ana_spans){ana_spans_unite(n, spans), spans};
done:
    return status;
}

/* The times that are wanted, in `spans` and work->spans, which stays NULL for all times. */
static ana_status find_spans(select_work *work, ana_span *only, ana_spans *spans)
{
    ana_status status = ANA_OK;
    const ana_selection *selection = work->selection;
    only->start = isnan(selection->start) ? -HUGE_VAL : selection->start;
    only->stop = isnan(selection->stop) ? HUGE_VAL : selection->stop;
    if (only->stop < only->start) {
        return ana_fail(ANA_ERR_VALUE, "selection: it stops before it starts");
    }
    if (selection->labels != NULL) {
        ANA_TRY(spans_of_labels(work, only->start, only->stop, spans));
        work->spans = spans;
    } else if (!isnan(selection->start) || !isnan(selection->stop)) {
        *spans = (ana_spans){ana_spans_unite(1, only), only};
        work->spans = spans;
    }
done:
    return status;
}

static ana_status select_series(const select_work *work, const ana_series *series)
{
    ana_status status = ANA_OK;
    const char *const *wanted = work->selection->channels;
    ana_series *cut = NULL;
    size_t n = 0;
    size_t *channels = ana_workspace_sizes(work->workspace, series->n_channels, 1);
    ANA_TRY(ana_workspace_check(work->workspace, "selection"));
    for (size_t c = 0; c < series->n_channels; c++) {
        if (wanted != NULL && any_matches(wanted, series->channels[c].name)) {
            channels[n++] = c;
        }
    }
    if (!wants_series(work, series) || (wanted != NULL && n == 0)) {
        return ANA_OK; /* nothing of this series is wanted */
    }
    ANA_TRY(ana_series_cut(series, n, wanted != NULL ? channels : NULL, work->spans, &cut));
    ANA_TRY(ana_recording_add_series(work->to, cut));
done:
    return status;
}

/* *out = the wanted units of `spikes`; NULL when none is. */
static ana_status select_units(const select_work *work, const ana_spikes *spikes, ana_spikes **out)
{
    ana_status status = ANA_OK;
    const char *const *wanted = work->selection->units;
    char id[ID_SIZE];
    size_t n = 0;
    *out = NULL;
    size_t *units = ana_workspace_sizes(work->workspace, spikes->n_units, 1);
    ANA_TRY(ana_workspace_check(work->workspace, "selection"));
    for (size_t u = 0; u < spikes->n_units; u++) {
        ana_spikes_unit_name(spikes, u, id, sizeof id);
        if (wanted == NULL || any_matches(wanted, id)) {
            units[n++] = u;
        }
    }
    if (n > 0 || wanted == NULL) {
        ANA_TRY(ana_spikes_take(spikes, n, units, out));
    }
done:
    return status;
}

static ana_status select_spikes(const select_work *work, const ana_spikes *spikes)
{
    ana_status status = ANA_OK;
    ana_spikes *taken = NULL;
    ANA_TRY(select_units(work, spikes, &taken));
    if (taken != NULL && work->spans != NULL) {
        ana_spikes *cut = NULL;
        ANA_TRY(ana_spikes_cut(taken, work->spans, &cut));
        ana_spikes_free(taken);
        taken = cut;
    }
    if (taken != NULL) {
        ana_spikes *given = taken;
        taken = NULL; /* freed by the recording on failure */
        ANA_TRY(ana_recording_add_spikes(work->to, given));
    }
done:
    ana_spikes_free(taken);
    return status;
}

/* Whether a row lasts into a span, or, as a point (or of unknown end), stands in one. */
static bool row_is_within(const ana_intervals *intervals, size_t row, const ana_spans *spans)
{
    if (spans == NULL) {
        return true;
    }
    size_t s = ana_spans_after(spans, intervals->start[row]);
    return s < spans->n && (spans->spans[s].start <= intervals->start[row] ||
                            spans->spans[s].start < intervals->stop[row]);
}

static ana_status select_intervals(const select_work *work, const ana_intervals *intervals)
{
    ana_status status = ANA_OK;
    ana_intervals *taken = NULL;
    size_t n = 0;
    size_t *rows = ana_workspace_sizes(work->workspace, intervals->n, 1);
    ANA_TRY(ana_workspace_check(work->workspace, "selection"));
    for (size_t row = 0; row < intervals->n; row++) {
        if (row_is_within(intervals, row, work->spans)) {
            rows[n++] = row;
        }
    }
    ANA_TRY(ana_intervals_take(intervals, n, rows, &taken));
    ANA_TRY(ana_recording_add_intervals(work->to, taken));
done:
    return status;
}

static ana_status copy_table(const select_work *work, const ana_named_table *named)
{
    ana_table *copy = NULL;
    ana_status status = ana_table_copy(named->table, &copy);
    return status != ANA_OK ? status : ana_recording_add_table(work->to, named->name, copy);
}

/* What is not cut: the heading, tables, facts and warnings. */
static ana_status copy_rest(const select_work *work)
{
    ana_status status = ANA_OK;
    const ana_recording *from = work->from;
    ana_recording *to = work->to;
    ANA_TRY(ana_copy_text(from->format, &to->format));
    ANA_TRY(ana_copy_text(from->path, &to->path));
    ANA_TRY(ana_copy_text(from->start_time, &to->start_time));
    for (size_t i = 0; i < from->n_tables; i++) {
        ANA_TRY(copy_table(work, &from->tables[i]));
    }
    for (size_t i = 0; i < from->n_facts; i++) {
        ANA_TRY(ana_recording_add_fact(to, from->facts[i].name, from->facts[i].value));
    }
    if (from->n_warnings > 0) {
        ANA_TRY(
            ana_copy_texts(from->n_warnings, (const char *const *)from->warnings, &to->warnings));
        to->n_warnings = from->n_warnings;
    }
done:
    return status;
}

static ana_status check_selection(const select_work *work)
{
    ana_status status = ANA_OK;
    const ana_selection *selection = work->selection;
    ANA_TRY(check_wanted(work, "series", selection->series, each_series));
    ANA_TRY(check_wanted(work, "channel", selection->channels, each_channel));
    ANA_TRY(check_wanted(work, "unit", selection->units, each_unit));
    ANA_TRY(check_wanted(work, "interval with the label", selection->labels, each_label));
done:
    return status;
}

ana_status ana_recording_select(const ana_recording *recording, const ana_selection *selection,
                                ana_recording **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_span only = {0.0, 0.0};
    ana_spans spans = {0, NULL};
    select_work work = {recording, selection, NULL, NULL, &workspace};
    ANA_TRY(check_selection(&work));
    ANA_TRY(find_spans(&work, &only, &spans));
    ANA_TRY(ana_recording_new(&work.to));
    for (size_t i = 0; i < recording->n_series; i++) {
        ANA_TRY(select_series(&work, recording->series[i]));
    }
    for (size_t i = 0; i < recording->n_spikes; i++) {
        ANA_TRY(select_spikes(&work, recording->spikes[i]));
    }
    for (size_t i = 0; i < recording->n_intervals; i++) {
        ANA_TRY(select_intervals(&work, recording->intervals[i]));
    }
    ANA_TRY(copy_rest(&work));
    *out = work.to;
    work.to = NULL;
done:
    ana_recording_free(work.to);
    ana_workspace_release(&workspace);
    return status;
}
