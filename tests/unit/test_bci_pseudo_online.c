#include "support/bci_live.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/models/bci_pseudo_online.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const text = "band 8-32 phase=causal | cov oas | mdm";

enum {
    LEFT,
    RIGHT,
    IDLE
};

/* Windows by hand: at those ends, 1 s long at 128 Hz, of a model of left and right. */
static ana_bci_windows *windows_of(const ana_bci_stream *stream, size_t n, const double *ends,
                                   const size_t *chosen, const double *highest,
                                   const ana_bci_idle_options *options)
{
    ana_bci_windows *windows = NULL;
    check_ok(ana_bci_windows_new(stream, 100.0, options, &windows));
    for (size_t i = 0; i < n; i++) {
        const double scores[2] = {chosen[i] == LEFT ? highest[i] : -9.0,
                                  chosen[i] == RIGHT ? highest[i] : -9.0};
        const bool gated = chosen[i] == ANA_BCI_NO_CLASS;
        const ana_bci_answer answer = {.kind = gated ? ANA_BCI_GATED : ANA_BCI_DECISION,
                                       .time_s = ends[i] - 100.0 - 1.0 / 128.0,
                                       .chosen = gated ? 0 : chosen[i],
                                       .scores = gated ? NULL : scores,
                                       .z = (double)i};
        check_ok(ana_bci_windows_note(windows, &answer));
    }
    check_ok(ana_bci_windows_note(windows, &(ana_bci_answer){.kind = ANA_BCI_GAP}));
    return windows;
}

typedef struct event {
    const char *label;
    double start;
    double stop;
} event;

static ana_intervals *events_of(size_t n, const event *list)
{
    ana_intervals *events = NULL;
    ana_column *labels = NULL;
    check_ok(ana_intervals_new("events", n, &events));
    check_ok(ana_table_add(events->table, "label", ANA_COLUMN_TEXT, NULL, &labels));
    for (size_t i = 0; i < n; i++) {
        events->start[i] = list[i].start;
        events->stop[i] = list[i].stop;
        check_ok(ana_column_set_text(labels, i, list[i].label));
    }
    return events;
}

/* A model whose windows are 1.5 s long. */
static ana_bci_stream *open_stream(ana_bci_pipeline **pipeline)
{
    live_world world = make_live_world(3, 6, 1, 4.0, 1);
    ana_bci_stream *stream = NULL;
    *pipeline = teach_live(&world, text);
    check_ok(ana_bci_stream_new(*pipeline, NULL, &stream));
    free_live_world(&world);
    return stream;
}

enum {
    N = 9
};

static const double ends[N] = {101.5, 102.5, 103.5, 104.5, 105.5, 107.5, 111.5, 113.5, 121.5};
static const size_t answers[N] = {RIGHT, RIGHT, LEFT, RIGHT,           LEFT,
                                  RIGHT, LEFT,  LEFT, ANA_BCI_NO_CLASS};
static const double highest[N] = {0.4, 0.9, 0.9, 0.9, 0.9, 0.3, 0.9, 0.9, 0.0};

static void truths_latencies_and_scores_are_those_by_hand(void **state)
{
    (void)state;
    static const event list[] = {{"left", 102.0, 105.5},
                                 {"feet", 110.0, 112.0},
                                 {"BAD", 100.0, 103.0},
                                 {"right", 112.0, 113.6},
                                 {"idle", 120.0, 122.0}};
    /* 1.5 s before each end: 100, 101, 102, 103, 104, 106, 110, 112, 120 */
    static const size_t truth[N] = {IDLE, ANA_BCI_NO_CLASS, LEFT,  LEFT, LEFT,
                                    IDLE, ANA_BCI_NO_CLASS, RIGHT, IDLE};
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_stream *stream = open_stream(&pipeline);
    ana_intervals *events = events_of(5, list);
    ana_bci_idle_options options = ana_bci_idle_options_default();
    options.idle_below = 0.5;
    ana_bci_windows *windows = windows_of(stream, N, ends, answers, highest, &options);
    ana_classification_scores *scores = NULL;
    check_ok(ana_bci_windows_label(windows, events));
    assert_int_equal(windows->n, N);
    assert_int_equal(windows->n_classes, 3);
    assert_string_equal(windows->classes[windows->idle], "idle");
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(windows->truth[i], truth[i]);
        check_close(windows->stops[i], ends[i] - 1.0 / 128.0, 1e-12, 0.0);
    }
    assert_int_equal(windows->chosen[0], IDLE);
    assert_int_equal(windows->chosen[1], RIGHT);
    assert_int_equal(windows->chosen[8], ANA_BCI_NO_CLASS);
    assert_true(isnan(windows->scores[2 * 8]));
    assert_int_equal(windows->n_events, 2);
    check_close(windows->events[0].latency_s, 1.5, 1e-9, 0.0);
    assert_true(isnan(windows->events[1].latency_s));
    check_ok(ana_bci_windows_score(windows, &scores));
    /* idle idle, left left, left right, left left, idle idle, right left */
    assert_int_equal(scores->n, 6);
    check_close(scores->accuracy, 4.0 / 6.0, 0.0, 1e-15);
    assert_int_equal(scores->confusion[LEFT * 3 + LEFT], 2);
    assert_int_equal(scores->confusion[LEFT * 3 + RIGHT], 1);
    assert_int_equal(scores->confusion[RIGHT * 3 + LEFT], 1);
    assert_int_equal(scores->confusion[IDLE * 3 + IDLE], 2);
    check_close(scores->bits_per_minute, scores->bits * 60.0 / 1.5, 0.0, 1e-12);
    ana_classification_scores_free(scores);
    ana_bci_windows_free(windows);
    ana_intervals_free(events);
    ana_bci_stream_free(stream);
    ana_bci_pipeline_free(pipeline);
}

static void a_score_at_the_limit_is_no_idling_and_p_is_kept(void **state)
{
    (void)state;
    static const event list[] = {{"left", 102.0, 105.5}};
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_stream *stream = open_stream(&pipeline);
    ana_intervals *events = events_of(1, list);
    ana_bci_idle_options options = ana_bci_idle_options_default();
    options.idle_below = 0.5;
    for (size_t k = 0; k < 2; k++) { /* a field as the gate; a potato */
        const double scores[2] = {0.5, 0.25};
        ana_bci_windows *windows = NULL;
        ana_record *record = NULL;
        check_ok(ana_bci_windows_new(stream, 100.0, &options, &windows));
        for (size_t i = 0; i < 2; i++) {
            const ana_bci_answer answer = {.kind = ANA_BCI_DECISION,
                                           .time_s = 4.0 + (double)i,
                                           .scores = scores,
                                           .z = 1.5,
                                           .p = k == 0 ? 0.25 + (double)i : (double)NAN};
            check_ok(ana_bci_windows_note(windows, &answer));
            assert_int_equal(windows->chosen[i], LEFT);
        }
        assert_true(k == 0 ? windows->p[0] == 0.25 && windows->p[1] == 1.25 : isnan(windows->p[1]));
        check_ok(ana_bci_windows_label(windows, events));
        snprintf(windows->warning, sizeof windows->warning, k == 0 ? "" : "heed this");
        check_ok(ana_bci_windows_to_record(windows, &record));
        assert_int_equal(ana_record_find(record, "windows/p") != NULL, k == 0);
        assert_int_equal(ana_record_find(record, "warning") != NULL, k == 1);
        ana_record_free(record);
        ana_bci_windows_free(windows);
    }
    ana_intervals_free(events);
    ana_bci_stream_free(stream);
    ana_bci_pipeline_free(pipeline);
}

static void events_without_length_last_as_long_as_told(void **state)
{
    (void)state;
    static const event list[] = {{"left", 102.0, 102.0}, {"right", 112.0, NAN}};
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_stream *stream = open_stream(&pipeline);
    ana_intervals *events = events_of(2, list);
    ana_bci_idle_options options = ana_bci_idle_options_default();
    ana_bci_windows *windows = windows_of(stream, N, ends, answers, highest, &options);
    check_ok(ana_bci_windows_label(windows, events));
    assert_true(windows->events[0].stop == 103.75); /* a trial is from 0.25 s on, 1.5 s long */
    assert_true(windows->events[1].stop == 113.75);
    assert_int_equal(windows->truth[2], LEFT);
    assert_int_equal(windows->truth[3], ANA_BCI_NO_CLASS);
    ana_bci_windows_free(windows);
    options.event_s = 2.5;
    windows = windows_of(stream, N, ends, answers, highest, &options);
    check_ok(ana_bci_windows_label(windows, events));
    assert_int_equal(windows->truth[3], LEFT);
    assert_int_equal(windows->truth[4], ANA_BCI_NO_CLASS);
    assert_int_equal(windows->chosen[0], RIGHT); /* nothing is idle */
    ana_bci_windows_free(windows);
    ana_intervals_free(events);
    ana_bci_stream_free(stream);
    ana_bci_pipeline_free(pipeline);
}

static void an_idle_class_of_the_model_is_used(void **state)
{
    (void)state;
    static const event list[] = {{"left", 102.0, 105.5}};
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_stream *stream = open_stream(&pipeline);
    ana_intervals *events = events_of(1, list);
    ana_bci_idle_options options = ana_bci_idle_options_default();
    options.idle = "right";
    ana_bci_windows *windows = windows_of(stream, N, ends, answers, highest, &options);
    check_ok(ana_bci_windows_label(windows, events));
    assert_int_equal(windows->n_classes, 2);
    assert_int_equal(windows->truth[0], RIGHT);
    assert_int_equal(windows->truth[2], LEFT);
    ana_bci_windows_free(windows);
    ana_intervals_free(events);
    ana_bci_stream_free(stream);
    ana_bci_pipeline_free(pipeline);
}

static void what_cannot_be_scored_is_said(void **state)
{
    (void)state;
    static const event feet[] = {{"feet", 102.0, 105.5}};
    static const event whole[] = {{"left", 90.0, 101.0}};
    const double one = 101.5;
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_stream *stream = open_stream(&pipeline);
    ana_bci_windows *windows = windows_of(stream, 1, &one, answers, highest, NULL);
    ana_intervals *events = events_of(1, feet);
    ana_classification_scores *scores = NULL;
    ana_record *record = NULL;
    check_fails(ana_bci_windows_label(windows, events), ANA_ERR_VALUE,
                "no event is of a class of the model (left, right)");
    ana_intervals_free(events);
    events = events_of(1, whole);
    check_ok(ana_bci_windows_label(windows, events)); /* the window reaches beyond the event */
    check_fails(ana_bci_windows_score(windows, &scores), ANA_ERR_VALUE,
                "none of the 1 windows has both a class and an answer; events last 1.5 s");
    check_fails(ana_bci_windows_to_record(windows, &record), ANA_ERR_VALUE, "none of the 1");
    assert_null(record);
    ana_bci_windows_free(windows);
    ana_intervals_free(events);
    static const event brief[] = {{"left", 102.0, 103.0}};
    events = events_of(1, brief); /* the window before it is idle; none is as short as the event */
    windows = windows_of(stream, 1, &one, answers, highest, NULL);
    check_ok(ana_bci_windows_label(windows, events));
    check_fails(ana_bci_windows_score(windows, &scores), ANA_ERR_VALUE,
                "no window lies within an event: windows last 1.5 s, the longest event 1 s");
    ana_bci_windows_free(windows);
    ana_intervals_free(events);
    ana_bci_stream_free(stream);
    ana_bci_pipeline_free(pipeline);
}

/* What a listener heard. */
typedef struct heard {
    size_t n;
    size_t chosen[2000];
    double scores[4000];
} heard;

static ana_status hear(void *user, const ana_bci_answer *answer)
{
    heard *h = user;
    if (answer->kind == ANA_BCI_DECISION) {
        assert_true(h->n < 2000);
        memcpy(h->scores + 2 * h->n, answer->scores, 2 * sizeof h->scores[0]);
        h->chosen[h->n++] = answer->chosen;
    }
    return ANA_OK;
}

static void a_replay_has_the_bits_of_the_live_stream(void **state)
{
    (void)state;
    live_world taught = make_live_world(4, 12, 1, 5.0, 2);
    live_world shown = make_live_world(4, 12, 2, 5.0, 3);
    live_world live = make_live_world(4, 12, 1, 5.0, 3);
    ana_bci_pipeline *pipeline = teach_live(&taught, text);
    ana_bci_windows *windows = NULL;
    ana_bci_stream *stream = NULL;
    ana_classification_scores *scores = NULL;
    ana_record *record = NULL;
    heard *h = calloc(1, sizeof *h);
    double rest[4 * 13];
    assert_non_null(h);
    check_ok(ana_bci_pseudo_online(pipeline, shown.series, shown.events, NULL, NULL, &windows));
    check_ok(ana_bci_stream_new(pipeline, NULL, &stream));
    const size_t n_times = live.series->n_times;
    for (size_t t = 0; t < n_times; t++) { /* sample by sample, as an amplifier gives them */
        if (t == n_times / 2) {
            check_ok(ana_bci_stream_skip(stream, 1280, hear, h));
        }
        for (size_t c = 0; c < 4; c++) {
            rest[c] = live.values[c * n_times + t];
        }
        check_ok(ana_bci_stream_push(stream, 1, rest, hear, h));
    }
    assert_int_equal(h->n, windows->n);
    assert_memory_equal(h->chosen, windows->chosen, h->n * sizeof h->chosen[0]);
    check_same_bits(2 * h->n, h->scores, windows->scores);
    check_ok(ana_bci_windows_score(windows, &scores));
    assert_true(scores->confusion[LEFT * 3 + LEFT] > 9 * scores->confusion[LEFT * 3 + RIGHT]);
    assert_true(scores->confusion[RIGHT * 3 + RIGHT] > 9 * scores->confusion[RIGHT * 3 + LEFT]);
    check_ok(ana_bci_windows_to_record(windows, &record));
    check_ok(ana_record_check(record));
    double value = 0.0;
    check_ok(ana_record_get_double(record, "normalised_mcc", &value));
    check_close(value, scores->normalised_matthews, 0.0, 0.0);
    assert_non_null(ana_record_find(record, "windows/answer"));
    ana_record_free(record);
    ana_classification_scores_free(scores);
    ana_bci_windows_free(windows);
    ana_bci_stream_free(stream);
    free(h);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&taught);
    free_live_world(&shown);
    free_live_world(&live);
}

typedef struct work {
    live_world world;
    ana_bci_pipeline *pipeline;
} work;

static ana_status do_work(void *user)
{
    work *w = user;
    ana_bci_windows *windows = NULL;
    ana_record *record = NULL;
    ana_status status =
        ana_bci_pseudo_online(w->pipeline, w->world.series, w->world.events, NULL, NULL, &windows);
    if (status == ANA_OK) {
        status = ana_bci_windows_to_record(windows, &record);
    }
    ana_record_free(record);
    ana_bci_windows_free(windows);
    return status;
}

static void each_allocation_that_fails_is_told(void **state)
{
    (void)state;
    work w = {.world = make_live_world(3, 4, 1, 3.0, 4)};
    w.pipeline = teach_live(&w.world, text);
    assert_true(check_each_allocation(do_work, &w, 0) > 50);
    ana_bci_pipeline_free(w.pipeline);
    free_live_world(&w.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truths_latencies_and_scores_are_those_by_hand),
        cmocka_unit_test(a_score_at_the_limit_is_no_idling_and_p_is_kept),
        cmocka_unit_test(events_without_length_last_as_long_as_told),
        cmocka_unit_test(an_idle_class_of_the_model_is_used),
        cmocka_unit_test(what_cannot_be_scored_is_said),
        cmocka_unit_test(a_replay_has_the_bits_of_the_live_stream),
        cmocka_unit_test(each_allocation_that_fails_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
