#include "bci_input.h"

#include "try.h"

#include <analysis/formats/texts_io.h>
#include <analysis/trigger_events.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const ana_option bci_input_option_table[] = {
    {"events", ANA_OPTION_TEXT, offsetof(bci_input_options, events), 0, 0, NULL,
     "LABEL[=CLASS],...",
     "labels of the events that begin trials, and what their class is called (default: every "
     "label, each a class)",
     false},
    {"event-channel", ANA_OPTION_TEXT, offsetof(bci_input_options, event_channel), 0, 0, NULL,
     "CHANNEL",
     "events are the changes of this trigger or marker channel to a code other than 0, labelled by "
     "the code (default: the events of the recording)",
     false},
    {"window-from", ANA_OPTION_DOUBLE, offsetof(bci_input_options, from_s), -1e9, 1e9, NULL,
     "SECONDS", "beginning of a trial, after its event", false},
    {"window-to", ANA_OPTION_DOUBLE, offsetof(bci_input_options, to_s), -1e9, 1e9, NULL, "SECONDS",
     "end of a trial, its last sample included (default: the length of the shortest event)", false},
    {"reject", ANA_OPTION_DOUBLE, offsetof(bci_input_options, reject), 0, 1e300, NULL, "RANGE",
     "leave out trials with a channel of a larger peak-to-peak range, in its unit; 0: none", false},
    {"names", ANA_OPTION_TEXT, offsetof(bci_input_options, names), 0, 0, NULL, "PATTERN",
     "how file names tell whose recordings they are, without their ending: "
     "{subject}_{session}_{run}; {any} is passed over (default: BIDS names, or what the files say, "
     "else each file is a session of one subject)",
     false},
    ANA_OPTION_END,
};

bci_input_options bci_input_options_default(void)
{
    return (bci_input_options){.to_s = NAN};
}

/* The class of a label by "label=class" or "label" in the list, commas between; an end of "*"
 * matches any rest. false: not wanted. */
static bool class_of(const char *events, const char *label, char out[128])
{
    const char *one = events;
    while (*one != '\0') {
        const size_t length = strcspn(one, ",");
        const char *equals = memchr(one, '=', length);
        size_t n = equals != NULL ? (size_t)(equals - one) : length;
        const bool open = n > 0 && one[n - 1] == '*';
        const size_t compared = open ? n - 1 : n;
        if (strncmp(one, label, compared) == 0 && (open || label[n] == '\0')) {
            const char *name = equals != NULL ? equals + 1 : label;
            const size_t size = equals != NULL ? length - n - 1 : strlen(label);
            snprintf(out, 128, "%.*s", (int)size, name);
            return true;
        }
        one += length + (one[length] == ',' ? 1 : 0);
    }
    return false;
}

static bool begins_bad(const char *label)
{
    return (label[0] == 'B' || label[0] == 'b') && (label[1] == 'A' || label[1] == 'a') &&
           (label[2] == 'D' || label[2] == 'd');
}

/* Whether the interval begins a trial, and its class. */
static bool is_wanted(const bci_input_options *options, const ana_column *labels, size_t i,
                      char class[128])
{
    const char *label = labels->texts[i];
    if (label == NULL || begins_bad(label)) {
        return false;
    }
    if (options->events == NULL) {
        snprintf(class, 128, "%s", label);
        return true;
    }
    return class_of(options->events, label, class);
}

static const ana_column *labels_of(const ana_intervals *intervals)
{
    const ana_column *labels = intervals != NULL ? ana_table_find(intervals->table, "label") : NULL;
    const bool usable =
        labels != NULL && labels->type == ANA_COLUMN_TEXT && labels->row_start == NULL;
    return usable ? labels : NULL;
}

/* The labels that the events of lists have, with commas between, as far as there is room. */
static void list_labels(size_t n_lists, ana_intervals *const *lists, size_t size, char *known)
{
    size_t n = 0;
    known[0] = '\0';
    for (size_t k = 0; k < n_lists; k++) {
        const ana_column *labels = labels_of(lists[k]);
        for (size_t i = 0; labels != NULL && i < lists[k]->n; i++) {
            const char *one = labels->texts[i];
            const size_t length = one != NULL ? strlen(one) : 0;
            if (length > 0 && strstr(known, one) == NULL && n + length + 3 < size) {
                n += (size_t)snprintf(known + n, size - n, "%s%s", n > 0 ? ", " : "", one);
            }
        }
    }
}

static void refuse_events(const ana_recording *recording, size_t n_lists,
                          ana_intervals *const *lists, const bci_input_options *options)
{
    char known[512];
    list_labels(n_lists, lists, sizeof known, known);
    ana_fail(ANA_ERR_VALUE, "%s: no event of %s%s%s", recording->path,
             options->events != NULL ? options->events : "any label",
             known[0] != '\0' ? "; it has " : "; it has no labelled events", known);
}

/* Says which labels of --events no event taken has, as after a slip of the pen. */
static void warn_absent(const ana_recording *recording, size_t n_lists, ana_intervals *const *lists,
                        const char *events, const ana_intervals *taken)
{
    char known[512];
    char class[128];
    const ana_column *labels = ana_table_find(taken->table, "label");
    const char *one = events;
    while (one != NULL && *one != '\0') {
        char label[128];
        const size_t length = strcspn(one, ",");
        bool found = false;
        snprintf(label, sizeof label, "%.*s", (int)strcspn(one, "=,"), one);
        for (size_t i = 0; i < taken->n && !found; i++) {
            found = labels->texts[i] != NULL && class_of(label, labels->texts[i], class);
        }
        if (!found) {
            list_labels(n_lists, lists, sizeof known, known);
            console_warn("%s: no event of %s; it has %s", recording->path, label, known);
        }
        one += length + (one[length] == ',' ? 1 : 0);
    }
}

/* The events of a trigger channel; none is refused with what is there. */
static ana_status read_triggers(const ana_recording *recording, const char *name,
                                ana_intervals **out)
{
    const ana_run run = ana_run_default();
    for (size_t s = 0; s < recording->n_series; s++) {
        const ana_series *series = recording->series[s];
        for (size_t c = 0; c < series->n_channels; c++) {
            if (strcmp(series->channels[c].name, name) == 0) {
                return ana_trigger_events(series, c, &run, out);
            }
        }
    }
    ana_fail(ANA_ERR_VALUE,
             "%s: --event-channel %s: it has no such channel (with --channels, list it there too)",
             recording->path, name);
    return ANA_ERR_VALUE;
}

/* Of the first of these lists that has any. */
static ana_status take_events(const ana_recording *recording, size_t n_lists,
                              ana_intervals *const *lists, const bci_input_options *options,
                              ana_intervals **out)
{
    ana_status status = ANA_OK;
    ana_intervals *taken = NULL;
    size_t *rows = NULL;
    char class[128];
    for (size_t k = 0; k < n_lists && taken == NULL; k++) {
        const ana_intervals *one = lists[k];
        const ana_column *labels = labels_of(one);
        size_t n = 0;
        size_t n_wanted = 0;
        free(rows);
        rows = calloc(one->n + 1, sizeof *rows);
        if (rows == NULL) {
            ana_fail(ANA_ERR_MEMORY, "%s: no memory for its events", recording->path);
            status = ANA_ERR_MEMORY;
            goto done;
        }
        for (size_t i = 0; labels != NULL && i < one->n; i++) {
            const bool wanted = is_wanted(options, labels, i, class);
            n_wanted += wanted;
            if (wanted || (labels->texts[i] != NULL && begins_bad(labels->texts[i]))) {
                rows[n++] = i;
            }
        }
        if (n_wanted > 0) {
            ANA_TRY(ana_intervals_take(one, n, rows, &taken));
        }
    }
    if (taken == NULL) {
        refuse_events(recording, n_lists, lists, options);
        status = ANA_ERR_VALUE;
        goto done;
    }
    ana_column *labels = (ana_column *)(uintptr_t)ana_table_find(taken->table, "label");
    warn_absent(recording, n_lists, lists, options->events, taken);
    for (size_t i = 0; i < taken->n; i++) {
        if (is_wanted(options, labels, i, class)) {
            ANA_TRY(ana_column_set_text(labels, i, class));
        }
    }
    *out = taken;
    taken = NULL;
done:
    ana_intervals_free(taken);
    free(rows);
    return status;
}

ana_status bci_input_events(const ana_recording *recording, const bci_input_options *options,
                            ana_intervals **out)
{
    ana_status status = ANA_OK;
    ana_intervals *triggers = NULL;
    if (options->event_channel == NULL) {
        return take_events(recording, recording->n_intervals, recording->intervals, options, out);
    }
    ANA_TRY(read_triggers(recording, options->event_channel, &triggers));
    ANA_TRY(take_events(recording, 1, &triggers, options, out));
done:
    ana_intervals_free(triggers);
    return status;
}

/* The end of trials: as given, or the length of the shortest event. */
static ana_status end_of_trials(const ana_recording *recording, const ana_intervals *events,
                                const bci_input_options *options, double *to_s)
{
    *to_s = options->to_s;
    if (!isnan(options->to_s)) {
        return ANA_OK;
    }
    const ana_column *labels = labels_of(events);
    double least = INFINITY;
    for (size_t i = 0; i < events->n; i++) {
        if (!begins_bad(labels->texts[i])) {
            least = fmin(least, events->stop[i] - events->start[i]);
        }
    }
    if (!(least > options->from_s) || isinf(least)) {
        return ana_fail(ANA_ERR_VALUE,
                        "%s: its events have no length; --window-to SECONDS says where trials end",
                        recording->path);
    }
    *to_s = least;
    return ANA_OK;
}

/* The channels of EEG, unless there are none or the user has chosen. */
static ana_status pick_channels(const ana_recording *recording, const ana_series *series,
                                bool chosen, const char *event_channel, ana_recording **out)
{
    ana_status status = ANA_OK;
    size_t n_eeg = 0;
    const char **names = calloc(series->n_channels + 1, sizeof *names);
    const char *const only[] = {series->name, NULL};
    ana_selection selection = ana_selection_default();
    if (names == NULL) {
        ana_fail(ANA_ERR_MEMORY, "%s: no memory for its channels", recording->path);
        return ANA_ERR_MEMORY;
    }
    for (size_t c = 0; c < series->n_channels; c++) {
        n_eeg += series->channels[c].kind == ANA_KIND_EEG;
    }
    size_t n = 0;
    for (size_t c = 0; c < series->n_channels; c++) {
        const ana_kind kind = series->channels[c].kind;
        const bool is_signal = kind != ANA_KIND_TRIGGER && kind != ANA_KIND_STIMULUS &&
                               kind != ANA_KIND_BEHAVIOUR && !series->channels[c].bad;
        if (event_channel != NULL && strcmp(series->channels[c].name, event_channel) == 0) {
            continue;
        }
        if (chosen || (n_eeg > 0 ? kind == ANA_KIND_EEG && is_signal : is_signal)) {
            names[n++] = series->channels[c].name;
        }
    }
    selection.series = only;
    selection.channels = names;
    if (n == 0) {
        ana_fail(ANA_ERR_VALUE, "%s: series %s has no channel of a signal that is not bad",
                 recording->path, series->name);
        status = ANA_ERR_VALUE;
        goto done;
    }
    ANA_TRY(ana_recording_select(recording, &selection, out));
done:
    free(names);
    return status;
}

void bci_input_close(bci_opened *opened)
{
    ana_intervals_free(opened->events);
    ana_recording_free(opened->picked);
    ana_recording_free(opened->recording);
    *opened = (bci_opened){.events = NULL};
}

ana_status bci_input_open_signals(command_job *job, size_t which, const bci_input_options *options,
                                  bci_opened *out)
{
    ana_status status = ANA_OK;
    const char *name = job->input.selection.series;
    *out = (bci_opened){.events = NULL};
    ANA_TRY(
        load_recording(job->arguments.inputs[which], &job->input, &job->console, &out->recording));
    const ana_series *series = ana_recording_find_series(out->recording, name);
    if (series == NULL) {
        status = load_refuse(out->recording, "series", name);
        goto done;
    }
    ANA_TRY(pick_channels(out->recording, series, job->input.selection.channels != NULL,
                          options->event_channel, &out->picked));
done:
    if (status != ANA_OK) {
        bci_input_close(out);
    }
    return status;
}

ana_status bci_input_open(command_job *job, size_t which, const bci_input_options *options,
                          bci_opened *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(bci_input_open_signals(job, which, options, out));
    ANA_TRY(bci_input_events(out->recording, options, &out->events));
done:
    if (status != ANA_OK) {
        bci_input_close(out);
    }
    return status;
}

ana_status bci_input_epochs(const command_job *job, const bci_opened *opened,
                            const bci_input_options *options, ana_epoch_options *epochs)
{
    *epochs = ana_epoch_options_default();
    epochs->run = job->run;
    epochs->from_s = options->from_s;
    epochs->reject = options->reject;
    return end_of_trials(opened->recording, opened->events, options, &epochs->to_s);
}

/* The trials of one recording. */
static ana_status cut_recording(command_job *job, size_t which, const bci_input_options *options,
                                const ana_bci_bank *bank, ana_bci_trials **out)
{
    ana_status status = ANA_OK;
    const char *path = job->arguments.inputs[which];
    bci_opened opened;
    ana_epoch_options epochs;
    bci_names names;
    size_t n_dropped = 0;
    ANA_TRY(bci_input_open(job, which, options, &opened));
    ANA_TRY(bci_names_of(path, options->names, opened.recording, &names));
    ANA_TRY(bci_input_epochs(job, &opened, options, &epochs));
    const ana_bci_source source = {
        .subject = names.subject, .session = names.session, .run = names.run};
    ANA_TRY(ana_bci_trials_cut(opened.picked->series[0], opened.events, &epochs, bank, &source,
                               &n_dropped, out));
    if (n_dropped > 0) {
        console_warn("%s: %zu of %zu events give no trial (outside, across a gap, marked BAD, "
                     "missing samples, or beyond --reject)",
                     path, n_dropped, n_dropped + (*out)->n_trials);
    }
done:
    bci_input_close(&opened);
    return status;
}

ana_status bci_input_trials(command_job *job, size_t first, const bci_input_options *options,
                            const ana_bci_bank *bank, ana_bci_trials **out)
{
    ana_status status = ANA_OK;
    const size_t n = job->arguments.n_inputs - first;
    ana_bci_trials **parts = calloc(n + 1, sizeof(ana_bci_trials *));
    *out = NULL;
    if (parts == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu recordings", n);
    }
    for (size_t k = 0; k < n; k++) {
        ANA_TRY(ana_run_progress(&job->run, "reading recordings", k, n));
        ANA_TRY(cut_recording(job, first + k, options, bank, &parts[k]));
    }
    ANA_TRY(ana_bci_trials_join(n, parts, out));
done:
    for (size_t k = 0; k < n; k++) {
        ana_bci_trials_free(parts[k]);
    }
    free(parts);
    return status;
}
