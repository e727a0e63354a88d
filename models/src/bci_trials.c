#include "bci_parts.h"
#include "checked.h"
#include "lists.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <analysis/models/bci_trials.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ana_bci_bank_equal(const ana_bci_bank *a, const ana_bci_bank *b)
{
    if (a->n_bands != b->n_bands) {
        return false;
    }
    for (size_t k = 0; k < 2 * a->n_bands; k++) {
        if (a->bands_hz[k] != b->bands_hz[k]) {
            return false;
        }
    }
    return a->n_bands == 0 || (a->order == b->order && a->phase == b->phase);
}

size_t ana_bci_trial_size(const ana_bci_trials *trials)
{
    return trials->n_bands * trials->n_channels * trials->n_times;
}

void ana_bci_trials_free(ana_bci_trials *trials)
{
    if (trials == NULL) {
        return;
    }
    free(trials->values);
    free(trials->labels);
    ana_free_texts(trials->n_classes, trials->classes);
    free(trials->sessions);
    ana_free_texts(trials->n_sessions, trials->session_names);
    free(trials->session_subjects);
    ana_free_texts(trials->n_subjects, trials->subject_names);
    free(trials->runs);
    ana_free_texts(trials->n_runs, trials->run_names);
    free(trials->onsets);
    ana_free_texts(trials->n_channels, trials->channel_names);
    free(trials->positions);
    free(trials->unit);
    free(trials);
}

/* Trials of those sizes, every list there; names but of channels are still NULL. */
static ana_status make_room(size_t n_trials, size_t n_channels, size_t n_bands, size_t n_times,
                            ana_bci_trials **out)
{
    ana_status status = ANA_OK;
    ana_bci_trials *trials = NULL;
    size_t size = 0;
    *out = NULL;
    if (n_trials == 0 || n_channels == 0 || n_times == 0) {
        ana_fail(ANA_ERR_SHAPE, "trials: %zu trials of %zu channels x %zu samples", n_trials,
                 n_channels, n_times);
        return ANA_ERR_SHAPE;
    }
    if (!ana_multiply(n_channels, n_times, &size) || !ana_multiply(size, n_bands, &size) ||
        !ana_multiply(size, n_trials, &size)) {
        ana_fail(ANA_ERR_LIMIT, "trials: %zu of %zu channels x %zu samples are too many", n_trials,
                 n_channels, n_times);
        return ANA_ERR_LIMIT;
    }
    ANA_TRY(ana_allocate(1, sizeof *trials, "trials", &trials));
    trials->n_trials = n_trials;
    trials->n_channels = n_channels;
    trials->n_bands = n_bands;
    trials->n_times = n_times;
    ANA_TRY(ana_allocate(size, sizeof *trials->values, "trials", &trials->values));
    ANA_TRY(ana_allocate(n_trials, sizeof *trials->labels, "trials", &trials->labels));
    ANA_TRY(ana_allocate(n_trials, sizeof *trials->sessions, "trials", &trials->sessions));
    ANA_TRY(ana_allocate(n_trials, sizeof *trials->runs, "trials", &trials->runs));
    ANA_TRY(ana_allocate(n_trials, sizeof *trials->onsets, "trials", &trials->onsets));
    ANA_TRY(
        ana_allocate(n_channels, sizeof *trials->channel_names, "trials", &trials->channel_names));
    ANA_TRY(ana_allocate(3 * n_channels, sizeof *trials->positions, "trials", &trials->positions));
    for (size_t k = 0; k < 3 * n_channels; k++) {
        trials->positions[k] = NAN;
    }
    *out = trials;
    trials = NULL;
done:
    ana_bci_trials_free(trials);
    return status;
}

static ana_status append_name(size_t *n, char ***names, const char *name)
{
    ana_status status = ANA_OK;
    char **grown = realloc(*names, (*n + 1) * sizeof *grown);
    if (grown == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "trials: no memory for names");
    }
    *names = grown;
    ANA_TRY(ana_copy_text(name, &grown[*n]));
    (*n)++;
done:
    return status;
}

/* Adds a name to a list where it is not there yet; *place is where. */
static ana_status add_name(size_t *n, char ***names, const char *name, size_t *place)
{
    for (*place = 0; *place < *n; (*place)++) {
        if (strcmp((*names)[*place], name) == 0) {
            return ANA_OK;
        }
    }
    return append_name(n, names, name);
}

/* A session is its name and its subject's. */
static ana_status add_session(ana_bci_trials *trials, const char *subject, const char *session,
                              size_t *place)
{
    ana_status status = ANA_OK;
    size_t whose = 0;
    ANA_TRY(add_name(&trials->n_subjects, &trials->subject_names, subject, &whose));
    for (*place = 0; *place < trials->n_sessions; (*place)++) {
        if (trials->session_subjects[*place] == whose &&
            strcmp(trials->session_names[*place], session) == 0) {
            return ANA_OK;
        }
    }
    const size_t n = trials->n_sessions + 1;
    size_t *subjects = realloc(trials->session_subjects, n * sizeof *subjects);
    if (subjects == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "trials: no memory for sessions");
    }
    trials->session_subjects = subjects;
    char **names = realloc(trials->session_names, n * sizeof *names);
    if (names == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "trials: no memory for sessions");
    }
    trials->session_names = names;
    ANA_TRY(ana_copy_text(session, &names[n - 1]));
    subjects[n - 1] = whose;
    trials->n_sessions = n;
done:
    return status;
}

/* Numbers by their value and before names, names by their letters. */
static int compare_names(const char *a, const char *b)
{
    double x = 0.0;
    double y = 0.0;
    const bool a_is_number = ana_parse_double(a, strlen(a), &x);
    const bool b_is_number = ana_parse_double(b, strlen(b), &y);
    if (a_is_number != b_is_number) {
        return a_is_number ? -1 : 1;
    }
    return a_is_number && x != y ? (x < y ? -1 : 1) : strcmp(a, b);
}

/* Classes in their order, and the labels with them. */
static ana_status sort_classes(ana_bci_trials *trials)
{
    ana_status status = ANA_OK;
    size_t *place = NULL;
    char **sorted = NULL;
    const size_t n = trials->n_classes;
    ANA_TRY(ana_allocate(n, sizeof *place, "trials", &place));
    ANA_TRY(ana_allocate(n, sizeof *sorted, "trials", &sorted));
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            place[a] += compare_names(trials->classes[b], trials->classes[a]) < 0;
        }
        sorted[place[a]] = trials->classes[a];
    }
    memcpy(trials->classes, sorted, n * sizeof *sorted);
    for (size_t i = 0; i < trials->n_trials; i++) {
        trials->labels[i] = place[trials->labels[i]];
    }
done:
    free(place);
    free(sorted);
    return status;
}

ana_status ana_bci_trials_new(const ana_bci_array *array, const ana_bci_source *source,
                              ana_bci_trials **out)
{
    ana_status status = ANA_OK;
    ana_bci_trials *trials = NULL;
    size_t place = 0;
    *out = NULL;
    if (!(array->rate > 0.0 && isfinite(array->rate))) {
        return ana_fail(ANA_ERR_VALUE, "trials: a rate of %s Hz", ana_number(array->rate).text);
    }
    ANA_TRY(make_room(array->n_trials, array->n_channels, 1, array->n_times, &trials));
    trials->rate = array->rate;
    memcpy(trials->values, array->values,
           array->n_trials * ana_bci_trial_size(trials) * sizeof *trials->values);
    for (size_t i = 0; i < array->n_trials; i++) {
        ANA_TRY(
            add_name(&trials->n_classes, &trials->classes, array->labels[i], &trials->labels[i]));
        trials->onsets[i] = (double)i * (double)array->n_times / array->rate;
    }
    ANA_TRY(sort_classes(trials));
    ANA_TRY(add_session(trials, source->subject, source->session, &place));
    ANA_TRY(add_name(&trials->n_runs, &trials->run_names, source->run, &place));
    for (size_t c = 0; c < array->n_channels; c++) {
        char name[32];
        ana_format_double((double)(c + 1), name);
        ANA_TRY(ana_copy_text(name, &trials->channel_names[c]));
    }
    *out = trials;
    trials = NULL;
done:
    ana_bci_trials_free(trials);
    return status;
}

bool ana_bci_same_rate(double a, double b)
{
    return fabs(a - b) <= 1e-3 * b;
}

/* "run R04 (S001, 1)": of whom, and of which session. */
static void name_part(const ana_bci_trials *part, char out[160])
{
    snprintf(out, 160, "run %.50s (%.50s, %.50s)", part->run_names[0], part->subject_names[0],
             part->session_names[0]);
}

/* The part has the channels, the rate, the bands and the length of the first. */
static ana_status check_alike(const ana_bci_trials *first, const ana_bci_trials *part)
{
    char a[160];
    char b[160];
    name_part(first, a);
    name_part(part, b);
    if (part->n_channels != first->n_channels) {
        return ana_fail(ANA_ERR_SHAPE, "trials: %s has %zu channels, but %s has %zu", b,
                        part->n_channels, a, first->n_channels);
    }
    if (!ana_bci_same_rate(part->rate, first->rate)) {
        return ana_fail(ANA_ERR_SHAPE,
                        "trials: %s has %s Hz, but %s has %s Hz; resample them with "
                        "ana preprocess first",
                        b, ana_number(part->rate).text, a, ana_number(first->rate).text);
    }
    if (part->n_bands != first->n_bands || part->n_times != first->n_times) {
        return ana_fail(ANA_ERR_SHAPE,
                        "trials: those of %s have %zu samples in %zu band%s, but those of %s %zu "
                        "in %zu",
                        b, part->n_times, part->n_bands, part->n_bands == 1 ? "" : "s", a,
                        first->n_times, first->n_bands);
    }
    for (size_t c = 0; c < first->n_channels; c++) {
        if (strcmp(part->channel_names[c], first->channel_names[c]) != 0) {
            return ana_fail(ANA_ERR_SHAPE, "trials: channel %zu of %s is %s, but %s of %s", c, b,
                            part->channel_names[c], first->channel_names[c], a);
        }
    }
    if ((part->unit == NULL) != (first->unit == NULL) ||
        (part->unit != NULL && strcmp(part->unit, first->unit) != 0)) {
        return ana_fail(ANA_ERR_SHAPE, "trials: %s is in %s, but %s in %s", b,
                        part->unit != NULL ? part->unit : "no unit", a,
                        first->unit != NULL ? first->unit : "no unit");
    }
    return ANA_OK;
}

/* Copies a part behind the `first` trials that are there; its names become those of the whole. */
static ana_status append_part(const ana_bci_trials *part, size_t first, ana_bci_trials *all)
{
    ana_status status = ANA_OK;
    const size_t size = ana_bci_trial_size(part);
    const size_t first_run = all->n_runs;
    for (size_t r = 0; r < part->n_runs; r++) {
        ANA_TRY(append_name(&all->n_runs, &all->run_names, part->run_names[r]));
    }
    memcpy(all->values + first * size, part->values, part->n_trials * size * sizeof *all->values);
    for (size_t i = 0; i < part->n_trials; i++) {
        const size_t session = part->sessions[i];
        const size_t subject = part->session_subjects[session];
        ANA_TRY(add_name(&all->n_classes, &all->classes, part->classes[part->labels[i]],
                         &all->labels[first + i]));
        ANA_TRY(add_session(all, part->subject_names[subject], part->session_names[session],
                            &all->sessions[first + i]));
        all->runs[first + i] = first_run + part->runs[i];
        all->onsets[first + i] = part->onsets[i];
    }
done:
    return status;
}

/* Positions of channels that have none yet. */
static void take_positions(const ana_bci_trials *part, ana_bci_trials *all)
{
    for (size_t c = 0; c < all->n_channels; c++) {
        const double *own = part->positions + 3 * c;
        if (isnan(all->positions[3 * c]) && isfinite(own[0] + own[1] + own[2])) {
            memcpy(all->positions + 3 * c, own, 3 * sizeof *own);
        }
    }
}

ana_status ana_bci_trials_join(size_t n, ana_bci_trials *const *parts, ana_bci_trials **out)
{
    ana_status status = ANA_OK;
    ana_bci_trials *all = NULL;
    size_t n_trials = 0;
    *out = NULL;
    if (n == 0) {
        return ana_fail(ANA_ERR_SHAPE, "trials: no recordings");
    }
    for (size_t k = 0; k < n; k++) {
        ANA_TRY(check_alike(parts[0], parts[k]));
        n_trials += parts[k]->n_trials;
    }
    const ana_bci_trials *like = parts[0];
    ANA_TRY(make_room(n_trials, like->n_channels, like->n_bands, like->n_times, &all));
    all->rate = like->rate;
    all->from_s = like->from_s;
    ANA_TRY(ana_copy_text(like->unit, &all->unit));
    for (size_t c = 0; c < like->n_channels; c++) {
        ANA_TRY(ana_copy_text(like->channel_names[c], &all->channel_names[c]));
    }
    for (size_t k = 0; k < n; k++) {
        take_positions(parts[k], all);
    }
    size_t first = 0;
    for (size_t k = 0; k < n; k++) {
        ANA_TRY(append_part(parts[k], first, all));
        first += parts[k]->n_trials;
    }
    ANA_TRY(sort_classes(all));
    *out = all;
    all = NULL;
done:
    ana_bci_trials_free(all);
    return status;
}

/* What the epochs say of their channels and events. */
static ana_status describe(const ana_series *series, const ana_epochs *epochs,
                           const ana_bci_source *source, ana_bci_trials *trials)
{
    ana_status status = ANA_OK;
    size_t place = 0;
    trials->rate = epochs->rate;
    trials->from_s = epochs->times[0];
    ANA_TRY(ana_copy_text(epochs->unit, &trials->unit));
    for (size_t c = 0; c < trials->n_channels; c++) {
        ANA_TRY(ana_copy_text(epochs->channel_names[c], &trials->channel_names[c]));
        if (series->channels[c].kind == ANA_KIND_EEG) {
            memcpy(trials->positions + 3 * c, series->channels[c].position,
                   3 * sizeof *trials->positions);
        }
    }
    ANA_TRY(add_session(trials, source->subject, source->session, &place));
    ANA_TRY(add_name(&trials->n_runs, &trials->run_names, source->run, &place));
    for (size_t i = 0; i < trials->n_trials; i++) {
        const ana_epoch_event *event = &epochs->events[epochs->event_of[i]];
        const char *label =
            event->label < epochs->n_labels ? epochs->labels[event->label] : "event";
        ANA_TRY(add_name(&trials->n_classes, &trials->classes, label, &trials->labels[i]));
        trials->onsets[i] = event->time;
    }
    ANA_TRY(sort_classes(trials));
done:
    return status;
}

/* Some trials are left, or why none is. */
static ana_status check_some(const ana_epochs *epochs, const ana_bci_source *source)
{
    if (epochs->n_trials > 0) {
        return ANA_OK;
    }
    for (size_t i = 0; i < epochs->n_events; i++) {
        const char *reason = epochs->events[i].reason;
        if (reason != NULL) {
            const bool outside = strcmp(reason, "outside") == 0;
            return ana_fail(ANA_ERR_VALUE,
                            "%s: none of its events (%zu) gives a trial; the first, at %s s, is "
                            "dropped: %.120s%s",
                            source->run, epochs->n_events, ana_number(epochs->events[i].time).text,
                            outside ? "its window reaches outside the recording" : reason,
                            strlen(reason) > 120 ? " ..." : "");
        }
    }
    return ana_fail(ANA_ERR_VALUE, "%s: no event of the labels asked for", source->run);
}

/* The trials of band `b` into their rows; the first band makes the room. */
static ana_status cut_band(const ana_series *series, const ana_intervals *events,
                           const ana_epoch_options *options, const ana_bci_bank *bank, size_t b,
                           ana_epochs **out)
{
    ana_status status = ANA_OK;
    ana_series *filtered = NULL;
    ana_filter_options filter = ana_filter_options_default();
    if (bank->n_bands > 0) {
        filter.run = options->run;
        filter.method = ANA_FILTER_BUTTERWORTH;
        filter.phase = bank->phase;
        filter.order = bank->order;
        filter.high_pass_hz = bank->bands_hz[2 * b];
        filter.low_pass_hz = bank->bands_hz[2 * b + 1];
        ANA_TRY(ana_series_filter(series, &filter, &filtered));
    }
    ANA_TRY(ana_epochs_read(filtered != NULL ? filtered : series, events, options, out));
done:
    ana_series_free(filtered);
    return status;
}

static void copy_band(const ana_epochs *epochs, size_t b, ana_bci_trials *trials)
{
    const size_t block = trials->n_channels * trials->n_times;
    for (size_t i = 0; i < trials->n_trials; i++) {
        memcpy(trials->values + (i * trials->n_bands + b) * block, epochs->values + i * block,
               block * sizeof *trials->values);
    }
}

ana_status ana_bci_trials_cut(const ana_series *series, const ana_intervals *events,
                              const ana_epoch_options *epochs, const ana_bci_bank *bank,
                              const ana_bci_source *source, size_t *n_dropped, ana_bci_trials **out)
{
    ana_status status = ANA_OK;
    ana_epochs *cut = NULL;
    ana_bci_trials *trials = NULL;
    const size_t n_bands = bank->n_bands > 0 ? bank->n_bands : 1;
    *out = NULL;
    for (size_t b = 0; b < n_bands; b++) {
        ana_epochs_free(cut);
        cut = NULL;
        ANA_TRY(cut_band(series, events, epochs, bank, b, &cut));
        ANA_TRY(check_some(cut, source));
        if (trials == NULL) {
            ANA_TRY(make_room(cut->n_trials, cut->n_channels, n_bands, cut->n_times, &trials));
            ANA_TRY(describe(series, cut, source, trials));
        }
        if (cut->n_trials != trials->n_trials) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE,
                             "%s: the bands do not keep the same trials; reject "
                             "trials before filtering",
                             source->run));
        }
        copy_band(cut, b, trials);
    }
    if (n_dropped != NULL) {
        *n_dropped = cut->n_events - cut->n_trials;
    }
    *out = trials;
    trials = NULL;
done:
    ana_epochs_free(cut);
    ana_bci_trials_free(trials);
    return status;
}
