/* Scores of detected events as a record. */
#include "order.h"
#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <analysis/event_scores.h>

#include <math.h>
#include <stdlib.h>

static ana_status add_scores(const ana_event_scores *scores, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const ana_detection_scores *e = &scores->events;
    const ana_detection_scores *s = &scores->samples;
    const struct {
        const char *name;
        double by_events, by_samples;
    } rows[] = {{"true ones", e->n_reference, s->n_reference},
                {"detected", e->n_detected, s->n_detected},
                {"false", e->n_false, s->n_false},
                {"sensitivity", e->sensitivity, s->sensitivity},
                {"precision", e->precision, s->precision},
                {"F1", e->f1, s->f1},
                {"false per 24 h", e->false_per_day, s->false_per_day},
                {"false per hour", e->false_per_hour, s->false_per_hour},
                {"mean latency (s)", scores->mean_latency_s, (double)NAN},
                {"median latency (s)", scores->median_latency_s, (double)NAN}};
    enum {
        N = sizeof rows / sizeof rows[0]
    };
    const char *names[N];
    double events[N];
    double samples[N];
    const ana_picture_words words = {
        .title = "Scores",
        .caption = "By events, widened by the tolerances, and by samples, as they are. The latency "
                   "is from a true event's start to that of the first detection that overlaps it."};
    for (size_t i = 0; i < N; i++) {
        names[i] = rows[i].name;
        events[i] = rows[i].by_events;
        samples[i] = rows[i].by_samples;
    }
    ANA_TRY(ana_record_add_picture(record, "scores", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "score", N, names));
    ANA_TRY(ana_record_add_doubles(table, "events", ana_shape_1(N, "score"), events, NULL));
    ANA_TRY(ana_record_add_doubles(table, "samples", ana_shape_1(N, "score"), samples, NULL));
done:
    return status;
}

static ana_status add_numbers(const char *name, const ana_detection_scores *of, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    ANA_TRY(ana_record_add_group(record, name, ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_double(group, "n_reference", of->n_reference, NULL));
    ANA_TRY(ana_record_add_double(group, "n_detected", of->n_detected, NULL));
    ANA_TRY(ana_record_add_double(group, "n_false", of->n_false, NULL));
    ANA_TRY(ana_record_add_double(group, "sensitivity", of->sensitivity, NULL));
    ANA_TRY(ana_record_add_double(group, "precision", of->precision, NULL));
    ANA_TRY(ana_record_add_double(group, "f1", of->f1, NULL));
    ANA_TRY(ana_record_add_double(group, "false_per_day", of->false_per_day, NULL));
    ANA_TRY(ana_record_add_double(group, "false_per_hour", of->false_per_hour, NULL));
done:
    return status;
}

static ana_status add_list(const char *name, const ana_picture_words *words, const char *matched,
                           const char *other, const ana_scored_events *events, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const ana_shape shape = ana_shape_1(events->n, "event");
    const char **outcomes = ana_workspace_bytes(&workspace, events->n, 1, sizeof *outcomes);
    ANA_TRY(ana_workspace_check(&workspace, "event scores"));
    for (size_t i = 0; i < events->n; i++) {
        outcomes[i] = events->matched[i] ? matched : other;
    }
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_TABLE, words, &table));
    ANA_TRY(ana_record_add_doubles(table, "start", shape, events->start, "s"));
    ANA_TRY(ana_record_add_doubles(table, "stop", shape, events->stop, "s"));
    ANA_TRY(ana_record_add_texts(table, "outcome", events->n, outcomes));
    if (events->latency != NULL) {
        ANA_TRY(ana_record_add_doubles(table, "latency", shape, events->latency, "s"));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

enum {
    DETECTED,
    MISSED,
    TRUE_ONE,
    FALSE_ALARM,
    N_LINES
};

/* Starts and stops of both lists in time order, and between each two the middle, so that a line can
 * end there. Returns how many: `x` has room for four times as many as there are events. */
static size_t list_places(const ana_event_scores *scores, double *x)
{
    const ana_scored_events *const lists[] = {&scores->reference, &scores->hypothesis};
    size_t n = 0;
    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < lists[l]->n; i++) {
            x[n++] = lists[l]->start[i];
            x[n++] = lists[l]->stop[i];
        }
    }
    qsort(x, n, sizeof *x, ana_compare_doubles);
    for (size_t k = n; k-- > 1;) { /* from the end, in place */
        x[2 * k] = x[k];
        x[2 * k - 1] = 0.5 * (x[k - 1] + x[k]);
    }
    return n > 0 ? 2 * n - 1 : 0;
}

/* y = 1 where an event of that outcome is, else NaN. */
static void draw_line(const ana_scored_events *events, bool matched, size_t n, const double *x,
                      double *y)
{
    size_t i = 0;
    for (size_t k = 0; k < n; k++) {
        y[k] = (double)NAN;
        while (i < events->n && events->stop[i] < x[k]) {
            i++;
        }
        for (size_t j = i; j < events->n && events->start[j] <= x[k]; j++) {
            y[k] = events->matched[j] == matched ? 1.0 : y[k];
        }
    }
}

typedef struct shades {
    size_t n;
    double *start;
    double *stop;
    int64_t *kind;
} shades;

/* What went wrong is shaded over both lanes, in the colour of its line. */
static void shade(const ana_scored_events *events, int64_t kind, shades *of)
{
    for (size_t i = 0; i < events->n; i++) {
        if (!events->matched[i]) {
            of->start[of->n] = events->start[i];
            of->stop[of->n] = events->stop[i];
            of->kind[of->n++] = kind;
        }
    }
}

static ana_status add_shades(const shades *of, const char *const *labels, ana_record *figure)
{
    ana_status status = ANA_OK;
    const ana_shape shape = ana_shape_1(of->n, NULL);
    if (of->n == 0) {
        return ANA_OK;
    }
    ANA_TRY(ana_record_add_doubles(figure, "span_start", shape, of->start, "s"));
    ANA_TRY(ana_record_add_doubles(figure, "span_stop", shape, of->stop, "s"));
    ANA_TRY(ana_record_add_ints(figure, "span_kind", shape, of->kind, NULL));
    ANA_TRY(ana_record_add_texts(figure, "span_labels", N_LINES, labels));
done:
    return status;
}

static ana_status add_lanes(const ana_event_scores *scores, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    static const char *const labels[] = {"detected", "missed", "true detection", "false alarm"};
    const ana_picture_words words = {
        .title = "Events along time",
        .caption = "The true events, detected or missed, and the detections, true or false. "
                   "Shaded: what was missed, and false alarms.",
        .x_title = "time"};
    const size_t n_events = scores->reference.n + scores->hypothesis.n;
    shades of = {0, ana_workspace_doubles(&workspace, n_events, 1),
                 ana_workspace_doubles(&workspace, n_events, 1),
                 ana_workspace_bytes(&workspace, n_events, 1, sizeof *of.kind)};
    double *x = ana_workspace_doubles(&workspace, n_events, 4);
    double *y = ana_workspace_doubles(&workspace, n_events, (size_t)4 * N_LINES);
    ANA_TRY(ana_workspace_check(&workspace, "event scores"));
    const size_t n = list_places(scores, x);
    if (n == 0) {
        goto done;
    }
    draw_line(&scores->reference, true, n, x, y + DETECTED * n);
    draw_line(&scores->reference, false, n, x, y + MISSED * n);
    draw_line(&scores->hypothesis, true, n, x, y + TRUE_ONE * n);
    draw_line(&scores->hypothesis, false, n, x, y + FALSE_ALARM * n);
    shade(&scores->reference, MISSED, &of);
    shade(&scores->hypothesis, FALSE_ALARM, &of);
    ANA_TRY(ana_record_add_picture(record, "lanes", ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "stacked"));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(n, "time"), x, "s"));
    ANA_TRY(ana_record_add_doubles(figure, "y", ana_shape_2(N_LINES, NULL, n, "time"), y, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", N_LINES, labels));
    ANA_TRY(add_shades(&of, labels, figure));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_lists(const ana_event_scores *scores, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_picture_words reference = {
        .title = "True events",
        .caption = "After merging and splitting. Latency: from the start to that of the first "
                   "detection that overlaps; negative where it came before."};
    const ana_picture_words hypothesis = {.title = "Detections",
                                          .caption = "After merging and splitting."};
    ANA_TRY(add_list("reference", &reference, "detected", "missed", &scores->reference, record));
    ANA_TRY(
        add_list("hypothesis", &hypothesis, "true", "false alarm", &scores->hypothesis, record));
done:
    return status;
}

ana_status ana_event_scores_to_record(const ana_event_scores *scores, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "event scores"));
    ANA_TRY(ana_record_add_text(record, "title", "Detected events against true ones"));
    ANA_TRY(
        ana_record_add_options(record, "options", ana_event_score_option_table, &scores->options));
    ANA_TRY(add_scores(scores, record));
    ANA_TRY(add_lanes(scores, record));
    ANA_TRY(add_lists(scores, record));
    ANA_TRY(add_numbers("by_events", &scores->events, record));
    ANA_TRY(add_numbers("by_samples", &scores->samples, record));
    ANA_TRY(ana_record_add_double(record, "mean_latency", scores->mean_latency_s, "s"));
    ANA_TRY(ana_record_add_double(record, "median_latency", scores->median_latency_s, "s"));
    ANA_TRY(ana_record_add_int(record, "n_reference_outside", (int64_t)scores->reference.n_outside,
                               NULL));
    ANA_TRY(ana_record_add_int(record, "n_hypothesis_outside",
                               (int64_t)scores->hypothesis.n_outside, NULL));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
