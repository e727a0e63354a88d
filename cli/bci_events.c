/* Which events of a recording begin trials, and of which class. */
#include "bci_events.h"

#include "try.h"

#include <analysis/trigger_events.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

bool bci_events_are_right(const char *events)
{
    for (const char *one = events;; one++) {
        const size_t length = strcspn(one, ",");
        const char *equals = memchr(one, '=', length);
        if (length == 0 || equals == one || equals == one + length - 1) {
            return false;
        }
        one += length;
        if (*one == '\0') {
            return true;
        }
    }
}

bool bci_event_is_bad(const char *label)
{
    return (label[0] == 'B' || label[0] == 'b') && (label[1] == 'A' || label[1] == 'a') &&
           (label[2] == 'D' || label[2] == 'd');
}

/* Whether the interval begins a trial, and its class. */
static bool is_wanted(const bci_input_options *options, const ana_column *labels, size_t i,
                      char class[128])
{
    const char *label = labels->texts[i];
    if (label == NULL || bci_event_is_bad(label)) {
        return false;
    }
    if (options->events == NULL) {
        snprintf(class, 128, "%s", label);
        return true;
    }
    return class_of(options->events, label, class);
}

const ana_column *bci_event_labels(const ana_intervals *intervals)
{
    const ana_column *labels = intervals != NULL ? ana_table_find(intervals->table, "label") : NULL;
    const bool usable =
        labels != NULL && labels->type == ANA_COLUMN_TEXT && labels->row_start == NULL;
    return usable ? labels : NULL;
}

/* Whether the names, with commas between, hold this one whole. */
static bool is_listed(const char *names, const char *one)
{
    const size_t length = strlen(one);
    const char *at = strstr(names, one);
    while (at != NULL) {
        const bool begins = at == names || (at >= names + 2 && at[-2] == ',' && at[-1] == ' ');
        if (begins && (at[length] == '\0' || strncmp(at + length, ", ", 2) == 0)) {
            return true;
        }
        at = strstr(at + 1, one);
    }
    return false;
}

/* The labels that the events of lists have, with commas between, as far as there is room. */
static void list_labels(size_t n_lists, ana_intervals *const *lists, size_t size, char *known)
{
    size_t n = 0;
    bool all = true;
    known[0] = '\0';
    for (size_t k = 0; k < n_lists; k++) {
        const ana_column *labels = bci_event_labels(lists[k]);
        for (size_t i = 0; labels != NULL && i < lists[k]->n && all; i++) {
            const char *one = labels->texts[i];
            if (one == NULL || one[0] == '\0' || is_listed(known, one)) {
                continue;
            }
            all = n + strlen(one) + sizeof ", " + sizeof ", ..." < size;
            n +=
                (size_t)snprintf(known + n, size - n, "%s%s", n > 0 ? ", " : "", all ? one : "...");
        }
    }
}

/* Whether a channel is one of codes, by its kind or its name. */
static bool may_hold_codes(const ana_channel *channel)
{
    static const char *const words[] = {"marker", "trigger", "stim",    "status",
                                        "event",  "sti 014", "sti 101", "trig"};
    bool named = false;
    for (size_t k = 0; k < sizeof words / sizeof words[0]; k++) {
        named = named || strncasecmp(channel->name, words[k], strlen(words[k])) == 0;
    }
    return named || channel->kind == ANA_KIND_TRIGGER;
}

static const char *find_codes(const ana_recording *recording)
{
    for (size_t s = 0; s < recording->n_series; s++) {
        for (size_t c = 0; c < recording->series[s]->n_channels; c++) {
            if (may_hold_codes(&recording->series[s]->channels[c])) {
                return recording->series[s]->channels[c].name;
            }
        }
    }
    return NULL;
}

static void refuse_events(const ana_recording *recording, size_t n_lists,
                          ana_intervals *const *lists, const bci_input_options *options)
{
    char known[512];
    list_labels(n_lists, lists, sizeof known, known);
    if (known[0] != '\0') {
        ana_fail(ANA_ERR_VALUE, "%s: no event of %s; it has %s", recording->path,
                 options->events != NULL ? options->events : "any label", known);
        return;
    }
    const char *codes = find_codes(recording);
    if (options->event_channel != NULL) {
        ana_fail(ANA_ERR_VALUE, "%s: --event-channel %s: it has no code other than 0",
                 recording->path, options->event_channel);
    } else {
        ana_fail(ANA_ERR_VALUE,
                 "%s: it has no labelled events; --event-channel takes the codes of a channel%s%s",
                 recording->path, codes != NULL ? ", such as " : "", codes != NULL ? codes : "");
    }
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
                const ana_status status = ana_trigger_events(series, c, &run, out);
                return status == ANA_OK
                           ? ANA_OK
                           : ana_fail_in(status, "%s: --event-channel: ", recording->path);
            }
        }
    }
    ana_fail(ANA_ERR_VALUE, "%s: --event-channel %s: it has no such channel", recording->path,
             name);
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
        const ana_column *labels = bci_event_labels(one);
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
            if (wanted || (labels->texts[i] != NULL && bci_event_is_bad(labels->texts[i]))) {
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

/* Whether a label is what rest is called in many recordings. */
static bool is_rest(const char *label)
{
    static const char *const names[] = {"T0",       "rest", "resting", "idle", "relax",
                                        "baseline", "none", "nothing", "pause"};
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
        if (strcasecmp(label, names[k]) == 0) {
            return true;
        }
    }
    return false;
}

/* "T0 (15 trials), T1 (8), ...", and the classes that are not rest, with commas between, as far as
 * there is room. Returns a class called as rest is; n_classes: none is. */
static size_t describe_classes(const ana_bci_trials *trials, const size_t *counts, char all[512],
                               char others[512])
{
    enum {
        SIZE = 512,
        SPARED = 32
    };
    size_t rest = trials->n_classes;
    size_t n = 0;
    size_t n_others = 0;
    for (size_t c = 0; c < trials->n_classes; c++) {
        const char *name = trials->classes[c];
        const size_t length = strlen(name);
        if (n + length + SPARED > SIZE) {
            snprintf(all + n, SIZE - n, " and %zu more", trials->n_classes - c);
            break;
        }
        n += (size_t)snprintf(all + n, SIZE - n, "%s%s (%zu%s)", c > 0 ? ", " : "", name, counts[c],
                              c > 0            ? ""
                              : counts[c] == 1 ? " trial"
                                               : " trials");
        if (is_rest(name)) {
            rest = c;
        } else {
            n_others += (size_t)snprintf(others + n_others, SIZE - n_others, "%s%s",
                                         n_others > 0 ? "," : "", name);
        }
    }
    return rest;
}

void bci_events_tell_classes(const command_job *job, const bci_input_options *options,
                             const ana_bci_trials *trials)
{
    char all[512];
    char others[512] = "";
    size_t most = 0;
    size_t least = SIZE_MAX;
    size_t *counts = calloc(trials->n_classes + 1, sizeof *counts);
    if (counts == NULL || options->events != NULL) {
        free(counts);
        return;
    }
    for (size_t i = 0; i < trials->n_trials; i++) {
        counts[trials->labels[i]]++;
    }
    for (size_t c = 0; c < trials->n_classes; c++) {
        most = counts[c] > most ? counts[c] : most;
        least = counts[c] < least ? counts[c] : least;
    }
    const size_t rest = describe_classes(trials, counts, all, others);
    if (rest < trials->n_classes) {
        console_say(&job->console,
                    "without --events every label is a class: %s; %s is often rest: --events %s "
                    "leaves it out",
                    all, trials->classes[rest], others);
    } else if (trials->n_classes > 2 || most / 2 >= least) {
        console_say(&job->console,
                    "without --events every label is a class: %s; --events LABEL[=CLASS],... says "
                    "which are meant",
                    all);
    }
    free(counts);
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

void bci_events_tell_sessions(const command_job *job, const bci_input_options *options,
                              const ana_bci_trials *trials)
{
    if (options->names == NULL && job->arguments.n_inputs > 1) {
        console_say(&job->console,
                    "the recordings are taken for %zu subject%s, %zu session%s and %zu run%s, by "
                    "their names and what they say of themselves; --names says it otherwise",
                    trials->n_subjects, plural(trials->n_subjects), trials->n_sessions,
                    plural(trials->n_sessions), trials->n_runs, plural(trials->n_runs));
    }
}
