#include "bci_input.h"

#include "bci_events.h"
#include "try.h"

#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
     "{subject}_{session}_{run}; {any} is passed over (default: BIDS names, S001R04, or what the "
     "files "
     "say, else each file is a session of one subject)",
     false},
    ANA_OPTION_END,
};

bci_input_options bci_input_options_default(void)
{
    return (bci_input_options){.to_s = NAN};
}

/* The end of trials: as given, or the length of the shortest event. */
static ana_status end_of_trials(const ana_recording *recording, const ana_intervals *events,
                                const bci_input_options *options, double *to_s)
{
    *to_s = options->to_s;
    if (!isnan(options->to_s)) {
        return ANA_OK;
    }
    const ana_column *labels = bci_event_labels(events);
    double least = INFINITY;
    for (size_t i = 0; i < events->n; i++) {
        if (!bci_event_is_bad(labels->texts[i])) {
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

/* Trials need one rate: says how the rows lie in time instead. */
static ana_status refuse_stamps(const ana_recording *recording, const ana_series *series)
{
    ana_status status = ANA_OK;
    double *times = calloc(series->n_times + 1, sizeof *times);
    if (times == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "%s: no memory for its times", recording->path);
    }
    ANA_TRY(ana_series_times(series, 0, series->n_times, times));
    double least = INFINITY;
    double most = -INFINITY;
    for (size_t i = 0; i + 1 < series->n_times; i++) {
        times[i] = times[i + 1] - times[i];
        least = fmin(least, times[i]);
        most = fmax(most, times[i]);
    }
    const double middle =
        series->n_times > 1 ? ana_stats_median_in_place(series->n_times - 1, times) : (double)NAN;
    status = ana_fail(
        ANA_ERR_VALUE,
        "%s: series \"%s\" is time-stamped in steps of %.4g to %.4g s (median %.4g), and trials "
        "are cut at one rate; where its rows are samples of a steady clock, --rate HZ reads them "
        "as such and leaves the stamps aside",
        recording->path, series->name, least, most, middle);
done:
    free(times);
    return status;
}

static ana_status check_words(command_job *job, const bci_input_options *options)
{
    if (options->events != NULL && !bci_events_are_right(options->events)) {
        return job_refuse(job,
                          "--events \"%s\": give LABEL or LABEL=CLASS, with commas between, as in "
                          "769=left,770=right",
                          options->events);
    }
    if (options->names != NULL && !bci_names_pattern_is_right(options->names)) {
        return job_refuse(job,
                          "--names \"%s\": its fields are {subject}, {session}, {run} and {any}, "
                          "as in {subject}_{session}_{run}",
                          options->names);
    }
    return ANA_OK;
}

/* Whether the names, with commas between, hold this one. */
static bool names_channel(const char *list, const char *name)
{
    const size_t n = strlen(name);
    while (*list != '\0') {
        const size_t length = strcspn(list, ",");
        if (length == n && strncmp(list, name, n) == 0) {
            return true;
        }
        list += length + (list[length] == ',' ? 1 : 0);
    }
    return false;
}

/* The recording as --channels and the like ask for it, and with the channel of codes. */
static ana_status load_with_codes(const command_job *job, const char *path,
                                  const bci_input_options *options, ana_recording **out)
{
    input_options input = job->input;
    const char *channels = input.selection.channels;
    char *both = NULL;
    if (channels != NULL && options->event_channel != NULL &&
        !names_channel(channels, options->event_channel)) {
        const size_t size = strlen(channels) + strlen(options->event_channel) + 2;
        both = malloc(size);
        if (both == NULL) {
            ana_fail(ANA_ERR_MEMORY, "%s: no memory for the names of channels", path);
            return ANA_ERR_MEMORY;
        }
        snprintf(both, size, "%s,%s", channels, options->event_channel);
        input.selection.channels = both;
    }
    const ana_status status = load_recording(path, &input, &job->console, out);
    free(both);
    return status;
}

ana_status bci_input_open_signals(command_job *job, size_t which, const bci_input_options *options,
                                  bci_opened *out)
{
    ana_status status = ANA_OK;
    const char *name = job->input.selection.series;
    *out = (bci_opened){.events = NULL};
    ANA_TRY(check_words(job, options));
    ANA_TRY(load_with_codes(job, job->arguments.inputs[which], options, &out->recording));
    const ana_series *series = ana_recording_find_series(out->recording, name);
    if (series == NULL) {
        status = load_refuse(out->recording, "series", name);
        goto done;
    }
    if (!(series->rate > 0.0)) {
        status = refuse_stamps(out->recording, series);
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
    if (options->to_s <= options->from_s) {
        return ana_fail(ANA_ERR_VALUE,
                        "--window-from %g --window-to %g: a trial ends after it begins",
                        options->from_s, options->to_s);
    }
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
    status = ana_bci_trials_cut(opened.picked->series[0], opened.events, &epochs, bank, &source,
                                &n_dropped, out);
    if (status != ANA_OK) {
        ana_fail_in(status, "%s: ", path);
        goto done;
    }
    if (n_dropped > 0) {
        console_warn("%s: %zu of %zu events give no trial (outside, across a gap, marked BAD, "
                     "missing samples, or beyond --reject)",
                     path, n_dropped, n_dropped + (*out)->n_trials);
    }
done:
    bci_input_close(&opened);
    return status;
}

/* The same recording twice would be learned from and asked at once. */
static ana_status refuse_twice(command_job *job, size_t first)
{
    const char *const *paths = (const char *const *)job->arguments.inputs;
    for (size_t k = first; k < job->arguments.n_inputs; k++) {
        struct stat seen;
        const bool there = stat(paths[k], &seen) == 0;
        for (size_t i = first; there && i < k; i++) {
            struct stat other;
            if (stat(paths[i], &other) == 0 && other.st_dev == seen.st_dev &&
                other.st_ino == seen.st_ino) {
                return job_refuse(job,
                                  "%s and %s are the same recording: its trials would be learned "
                                  "from and tested at once",
                                  paths[i], paths[k]);
            }
        }
    }
    return ANA_OK;
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
    ANA_TRY(refuse_twice(job, first));
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
