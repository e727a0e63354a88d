/* Windows of a replayed recording against its events. */
#include "lists.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <analysis/models/bci_pseudo_online.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

const ana_option ana_bci_idle_option_table[] = {
    {"idle", ANA_OPTION_TEXT, offsetof(ana_bci_idle_options, idle), 0, 0, NULL, "CLASS",
     "the class of no event, where the model has one of that name", false},
    {"idle-below", ANA_OPTION_DOUBLE, offsetof(ana_bci_idle_options, idle_below), -1e300, 1e300,
     NULL, "SCORE", "a window whose highest score is below is answered as idle; 0: none", false},
    {"event-length", ANA_OPTION_DOUBLE, offsetof(ana_bci_idle_options, event_s), 0, 1e9, NULL,
     "SECONDS",
     "length of events that have none; 0: to the end of a trial, as the model learned from", false},
    ANA_OPTION_END,
};

ana_bci_idle_options ana_bci_idle_options_default(void)
{
    return (ana_bci_idle_options){.idle = "idle"};
}

void ana_bci_windows_free(ana_bci_windows *windows)
{
    if (windows != NULL) {
        ana_free_texts(windows->n_classes, windows->classes);
        free(windows->stops);
        free(windows->chosen);
        free(windows->scores);
        free(windows->z);
        free(windows->p);
        free(windows->truth);
        free(windows->events);
        free(windows);
    }
}

/* The number of the class of that name; n: none. */
static size_t class_named(size_t n, char *const *classes, const char *name)
{
    size_t c = 0;
    while (c < n && strcmp(classes[c], name) != 0) {
        c++;
    }
    return c;
}

ana_status ana_bci_windows_new(const ana_bci_stream *stream, double begin_s,
                               const ana_bci_idle_options *options, ana_bci_windows **out)
{
    ana_status status = ANA_OK;
    const ana_bci_lesson *lesson = ana_bci_stream_lesson(stream);
    ana_bci_windows *windows = NULL;
    *out = NULL;
    ANA_TRY(ana_allocate(1, sizeof *windows, "pseudo-online", &windows));
    windows->options = options != NULL ? *options : ana_bci_idle_options_default();
    windows->n_model = lesson->n_classes;
    windows->idle = class_named(lesson->n_classes, lesson->classes, windows->options.idle);
    const size_t n = lesson->n_classes + (windows->idle == lesson->n_classes ? 1 : 0);
    ANA_TRY(ana_allocate(n, sizeof *windows->classes, "pseudo-online", &windows->classes));
    windows->n_classes = n;
    for (size_t c = 0; c < n; c++) {
        const char *name = c < lesson->n_classes ? lesson->classes[c] : windows->options.idle;
        ANA_TRY(ana_copy_text(name, &windows->classes[c]));
    }
    windows->begin_s = begin_s;
    windows->rate = lesson->rate;
    windows->window_s = (double)lesson->n_times / lesson->rate;
    windows->trial_stop_s = lesson->from_s + windows->window_s;
    *out = windows;
    windows = NULL;
done:
    ana_bci_windows_free(windows);
    return status;
}

/* Room for one more window. */
static ana_status make_room(ana_bci_windows *windows)
{
    ana_status status = ANA_OK;
    const size_t wanted = windows->n + 1;
    size_t capacities[6];
    for (size_t k = 0; k < 6; k++) {
        capacities[k] = windows->capacity;
    }
    ANA_TRY(ana_grow(&windows->stops, &capacities[0], wanted, sizeof(double), "pseudo-online"));
    ANA_TRY(ana_grow(&windows->chosen, &capacities[1], wanted, sizeof(size_t), "pseudo-online"));
    ANA_TRY(ana_grow(&windows->truth, &capacities[2], wanted, sizeof(size_t), "pseudo-online"));
    ANA_TRY(ana_grow(&windows->z, &capacities[3], wanted, sizeof(double), "pseudo-online"));
    ANA_TRY(ana_grow(&windows->p, &capacities[5], wanted, sizeof(double), "pseudo-online"));
    ANA_TRY(ana_grow(&windows->scores, &capacities[4], wanted, windows->n_model * sizeof(double),
                     "pseudo-online"));
    windows->capacity = capacities[0];
done:
    return status;
}

ana_status ana_bci_windows_note(ana_bci_windows *windows, const ana_bci_answer *answer)
{
    ana_status status = ANA_OK;
    double highest = -INFINITY;
    if (answer->kind == ANA_BCI_GAP) {
        return ANA_OK;
    }
    ANA_TRY(make_room(windows));
    const size_t i = windows->n++;
    windows->stops[i] = windows->begin_s + answer->time_s;
    windows->z[i] = answer->z;
    windows->p[i] = answer->p;
    windows->truth[i] = ANA_BCI_NO_CLASS;
    windows->chosen[i] = ANA_BCI_NO_CLASS;
    for (size_t c = 0; c < windows->n_model; c++) {
        const double score = answer->scores != NULL ? answer->scores[c] : (double)NAN;
        windows->scores[i * windows->n_model + c] = score;
        highest = fmax(highest, score);
    }
    if (answer->kind == ANA_BCI_DECISION) {
        const double limit = windows->options.idle_below;
        windows->chosen[i] = limit != 0.0 && highest < limit ? windows->idle : answer->chosen;
    }
done:
    return status;
}

static const ana_column *labels_of(const ana_intervals *events)
{
    const ana_column *labels = ana_table_find(events->table, "label");
    const bool usable =
        labels != NULL && labels->type == ANA_COLUMN_TEXT && labels->row_start == NULL;
    return usable ? labels : NULL;
}

/* Whether the interval is an event; *event of it, of class n_classes where the model has none. */
static bool read_event(const ana_bci_windows *windows, const ana_intervals *events, size_t i,
                       ana_bci_live_event *event)
{
    const ana_column *labels = labels_of(events);
    const char *label = labels != NULL ? labels->texts[i] : NULL;
    if (label == NULL || ana_text_starts_with(label, "BAD") ||
        strcmp(label, windows->options.idle) == 0) {
        return false;
    }
    const double given = windows->options.event_s;
    const double usual = given > 0.0 ? given : windows->trial_stop_s;
    *event = (ana_bci_live_event){
        .class_number = class_named(windows->n_model, windows->classes, label),
        .start = events->start[i],
        .stop = events->stop[i] > events->start[i] ? events->stop[i] : events->start[i] + usual,
        .latency_s = NAN};
    return true;
}

/* Windows that lie within the event are of its class; others that meet it are not scored. */
static void mark(ana_bci_windows *windows, const ana_bci_live_event *event)
{
    const double tiny = 1e-6 / windows->rate;
    const bool known = event->class_number < windows->n_model;
    for (size_t i = 0; i < windows->n; i++) {
        const double stop = windows->stops[i] + 1.0 / windows->rate;
        const double start = stop - windows->window_s;
        if (stop <= event->start + tiny || start >= event->stop - tiny) {
            continue;
        }
        const bool within = start >= event->start - tiny && stop <= event->stop + tiny;
        windows->truth[i] = within && known ? event->class_number : ANA_BCI_NO_CLASS;
    }
}

static void find_latency(const ana_bci_windows *windows, ana_bci_live_event *event)
{
    for (size_t i = 0; i < windows->n && isnan(event->latency_s); i++) {
        const double stop = windows->stops[i] + 1.0 / windows->rate;
        if (stop > event->start && stop <= event->stop + 1e-6 / windows->rate &&
            windows->chosen[i] == event->class_number) {
            event->latency_s = stop - event->start;
        }
    }
}

static ana_status refuse_events(const ana_bci_windows *windows)
{
    return ana_fail(ANA_ERR_VALUE,
                    "pseudo-online: no event is of a class of the model (%s, %s%s); events are "
                    "called as the classes are",
                    windows->classes[0], windows->classes[1], windows->n_model > 2 ? ", ..." : "");
}

/* Without a window within an event there would be idle ones alone to score. */
static ana_status check_within(const ana_bci_windows *windows)
{
    double longest = 0.0;
    for (size_t i = 0; i < windows->n; i++) {
        if (windows->truth[i] != ANA_BCI_NO_CLASS && windows->truth[i] != windows->idle) {
            return ANA_OK;
        }
    }
    for (size_t e = 0; e < windows->n_events; e++) {
        longest = fmax(longest, windows->events[e].stop - windows->events[e].start);
    }
    return ana_fail(ANA_ERR_VALUE,
                    "pseudo-online: no window lies within an event: windows last %s s, the longest "
                    "event %s s; learn from shorter trials, or say how long events are that have "
                    "no length (--event-length)",
                    ana_number(windows->window_s).text, ana_number(rint(1e6 * longest) / 1e6).text);
}

ana_status ana_bci_windows_label(ana_bci_windows *windows, const ana_intervals *events)
{
    ana_status status = ANA_OK;
    free(windows->events);
    windows->events = NULL;
    windows->n_events = 0;
    ANA_TRY(ana_allocate(events->n, sizeof *windows->events, "pseudo-online", &windows->events));
    for (size_t i = 0; i < windows->n; i++) {
        windows->truth[i] = windows->idle;
    }
    for (size_t i = 0; i < events->n; i++) {
        ana_bci_live_event event;
        if (read_event(windows, events, i, &event)) {
            mark(windows, &event);
            if (event.class_number < windows->n_model) {
                find_latency(windows, &event);
                windows->events[windows->n_events++] = event;
            }
        }
    }
    if (windows->n_events == 0) {
        status = refuse_events(windows);
    }
done:
    return status;
}

ana_status ana_bci_windows_score(const ana_bci_windows *windows, ana_classification_scores **out)
{
    ana_status status = ANA_OK;
    size_t *truth = NULL;
    size_t *chosen = NULL;
    size_t n = 0;
    *out = NULL;
    ANA_TRY(ana_allocate(windows->n, sizeof *truth, "pseudo-online", &truth));
    ANA_TRY(ana_allocate(windows->n, sizeof *chosen, "pseudo-online", &chosen));
    for (size_t i = 0; i < windows->n; i++) {
        if (windows->truth[i] != ANA_BCI_NO_CLASS && windows->chosen[i] != ANA_BCI_NO_CLASS) {
            truth[n] = windows->truth[i];
            chosen[n++] = windows->chosen[i];
        }
    }
    if (n == 0) {
        ana_fail(ANA_ERR_VALUE,
                 "pseudo-online: none of the %zu windows has both a class and an answer; events "
                 "last %s s at least, to hold a window",
                 windows->n, ana_number(windows->window_s).text);
        status = ANA_ERR_VALUE;
        goto done;
    }
    ANA_TRY(check_within(windows));
    ANA_TRY(ana_classification_scores_compute(n, truth, chosen, windows->n_classes, NULL,
                                              windows->window_s, out));
done:
    free(truth);
    free(chosen);
    return status;
}

static ana_status note_answer(void *user, const ana_bci_answer *answer)
{
    return ana_bci_windows_note(user, answer);
}

ana_status ana_bci_pseudo_online(ana_bci_pipeline *pipeline, const ana_series *series,
                                 const ana_intervals *events, const ana_bci_stream_options *options,
                                 const ana_bci_idle_options *idle, ana_bci_windows **out)
{
    ana_status status = ANA_OK;
    ana_bci_stream *stream = NULL;
    ana_bci_windows *windows = NULL;
    *out = NULL;
    const double begin_s = series->n_segments > 0 ? series->segments[0].start : 0.0;
    ANA_TRY(ana_bci_stream_new(pipeline, options, &stream));
    ANA_TRY(ana_bci_windows_new(stream, begin_s, idle, &windows));
    const ana_bci_audience audience = {.listener = note_answer, .user = windows};
    ANA_TRY(ana_bci_stream_replay(stream, series, &audience));
    ANA_TRY(ana_bci_windows_label(windows, events));
    (void)ana_bci_stream_advise(stream, windows->warning);
    *out = windows;
    windows = NULL;
done:
    ana_bci_windows_free(windows);
    ana_bci_stream_free(stream);
    return status;
}
