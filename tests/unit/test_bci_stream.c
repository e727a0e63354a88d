#include "support/bci_heard.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/models/bci_stream.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const texts[] = {"band 8-32 phase=causal | cov oas | mdm",
                                    "band 8-16,16-32 phase=causal order=2 | cov | tangent | lda",
                                    "acm 2,1 | cov lwf | tangent | logistic",
                                    "cov | tangent | svm rbf",
                                    "cov oas | potato 4 | fgmdm",
                                    "band 8-32 phase=causal | cov | recentre calibrated | mdm",
                                    "band 8-32 phase=causal | cov lwf | csp 2 | lda"};

/* A trial that begins where a window does, filtered and cut by the functions of recordings. */
static void check_window(const ana_bci_pipeline *pipeline, const live_world *world, size_t last,
                         const double *scores)
{
    live_world one = *world;
    ana_column *labels = NULL;
    ana_bci_outputs *outputs = NULL;
    double time = 0.0;
    check_ok(ana_series_times(world->series, last - 191, 1, &time));
    check_ok(ana_intervals_new("window", 1, &one.events));
    check_ok(ana_table_add(one.events->table, "label", ANA_COLUMN_TEXT, NULL, &labels));
    check_ok(ana_column_set_text(labels, 0, "left"));
    one.events->start[0] = one.events->stop[0] = time - 0.25;
    ana_bci_trials *trials = cut_live_trials(&one, pipeline);
    check_ok(
        ana_bci_pipeline_predict(pipeline, trials, 0, NULL, &(ana_run){.n_threads = 1}, &outputs));
    if (strstr(ana_bci_pipeline_text(pipeline), "recentre") == NULL) {
        check_same_bits(HEARD_CLASSES, scores, outputs->scores);
    } else { /* whitened one by one, not together */
        check_all_close(HEARD_CLASSES, scores, outputs->scores, 1e-11, 0.0);
    }
    ana_bci_outputs_free(outputs);
    ana_bci_trials_free(trials);
    ana_intervals_free(one.events);
}

static void a_window_has_the_answer_of_the_trial_in_its_place(void **state)
{
    (void)state;
    live_world world = make_live_world(4, 20, 1, 4.0, 1);
    for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
        ana_bci_pipeline *pipeline = teach_live(&world, texts[k]);
        heard *h = replay_heard(pipeline, world.series, NULL);
        assert_true(h->n > 600 && count_heard(h, ANA_BCI_DECISION) == h->n);
        for (size_t i = 0; i < h->n; i += 97) {
            assert_int_equal((h->samples[i] + 1) % 13, 0);
            check_window(pipeline, &world, h->samples[i], h->scores + HEARD_CLASSES * i);
        }
        free(h);
        ana_bci_pipeline_free(pipeline);
    }
    free_live_world(&world);
}

static void windows_of_an_event_are_told_right(void **state)
{
    (void)state;
    live_world taught = make_live_world(4, 20, 1, 4.0, 1);
    live_world shown = make_live_world(4, 20, 1, 4.0, 2);
    ana_bci_pipeline *pipeline = teach_live(&taught, texts[0]);
    heard *h = replay_heard(pipeline, shown.series, NULL);
    size_t n = 0;
    size_t n_right = 0;
    for (size_t i = 0; i < h->n; i++) {
        const size_t phase = h->samples[i] % 512;
        if (phase >= 256 + 191) { /* the whole window lies in an event */
            n++;
            n_right += h->chosen[i] == h->samples[i] / 512 % 2;
        }
    }
    assert_true(n >= 80);
    assert_true((double)n_right > 0.95 * (double)n);
    free(h);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&taught);
    free_live_world(&shown);
}

static void any_pieces_give_the_same_bits(void **state)
{
    (void)state;
    live_world world = make_live_world(5, 8, 1, 4.0, 3);
    for (size_t k = 0; k < 2; k++) {
        ana_bci_pipeline *pipeline = teach_live(&world, texts[k]);
        heard *whole = replay_heard(pipeline, world.series, NULL);
        heard *pieces = calloc(1, sizeof *pieces);
        ana_bci_stream *stream = NULL;
        assert_non_null(pieces);
        check_ok(ana_bci_stream_new(pipeline, NULL, &stream));
        push_pieces(stream, &world, 0, world.series->n_times, pieces);
        assert_int_equal(ana_bci_stream_n_samples(stream), world.series->n_times);
        assert_int_equal(ana_bci_stream_n_missing(stream), 0);
        same_heard(whole, pieces);
        ana_bci_stream_free(stream);
        free(whole);
        free(pieces);
        ana_bci_pipeline_free(pipeline);
    }
    free_live_world(&world);
}

/* The world without its samples from `first` to `end`, by NaN of one channel or as what is lost. */
static heard *with_gap(ana_bci_pipeline *pipeline, const live_world *world, size_t first,
                       size_t end, bool lost)
{
    heard *h = calloc(1, sizeof *h);
    ana_bci_stream *stream = NULL;
    const size_t n_times = world->series->n_times;
    assert_non_null(h);
    check_ok(ana_bci_stream_new(pipeline, NULL, &stream));
    push_pieces(stream, world, 0, first, h);
    if (lost) {
        check_ok(ana_bci_stream_skip(stream, 0, hear_answer, h));
        check_ok(ana_bci_stream_skip(stream, end - first - 1, hear_answer, h));
        check_ok(ana_bci_stream_skip(stream, 1, hear_answer, h));
    } else {
        live_world holed = *world;
        holed.values = malloc(world->n_channels * n_times * sizeof *holed.values);
        assert_non_null(holed.values);
        memcpy(holed.values, world->values, world->n_channels * n_times * sizeof *holed.values);
        for (size_t t = first; t < end; t++) {
            holed.values[2 * n_times + t] = t % 2 == 0 ? (double)NAN : (double)INFINITY;
        }
        push_pieces(stream, &holed, first, end, h);
        free(holed.values);
    }
    push_pieces(stream, world, end, n_times, h);
    assert_int_equal(ana_bci_stream_n_missing(stream), end - first);
    ana_bci_stream_free(stream);
    return h;
}

/* Windows cut from the recording as the trials of one session, in their order. */
static ana_bci_trials *cut_windows(const ana_bci_pipeline *pipeline, const live_world *world,
                                   const heard *h)
{
    live_world all = *world;
    ana_column *labels = NULL;
    check_ok(ana_intervals_new("windows", h->n, &all.events));
    check_ok(ana_table_add(all.events->table, "label", ANA_COLUMN_TEXT, NULL, &labels));
    for (size_t i = 0; i < h->n; i++) {
        check_ok(ana_series_times(world->series, h->samples[i] - 191, 1, &all.events->start[i]));
        all.events->start[i] -= 0.25;
        all.events->stop[i] = all.events->start[i];
        check_ok(ana_column_set_text(labels, i, "left"));
    }
    ana_bci_trials *trials = cut_live_trials(&all, pipeline);
    ana_intervals_free(all.events);
    return trials;
}

static void a_centre_goes_along_as_streaming_recentring_does(void **state)
{
    (void)state;
    static const char *const kinds[] = {"streaming before=7", "streaming rate=0.1 before=1",
                                        "streaming", "calibrated"};
    live_world taught = make_live_world(4, 8, 1, 3.0, 21);
    live_world shown = make_live_world(4, 8, 1, 3.0, 22);
    ana_bci_stream_options options = ana_bci_stream_options_default();
    options.step_s = 0.7;
    for (size_t k = 0; k < 4; k++) {
        char text[128];
        ana_bci_outputs *outputs = NULL;
        snprintf(text, sizeof text, "band 8-32 phase=causal | cov oas | recentre %s | mdm",
                 kinds[k]);
        ana_bci_pipeline *pipeline = teach_live(&taught, text);
        ana_bci_pipeline *again = teach_live(&taught, text);
        heard *h = replay_heard(pipeline, shown.series, &options);
        ana_bci_trials *trials = cut_windows(again, &shown, h);
        check_ok(
            ana_bci_pipeline_predict(again, trials, 0, NULL, &(ana_run){.n_threads = 1}, &outputs));
        assert_true(h->n > 20);
        assert_int_equal(outputs->n_trials, h->n);
        /* Eigenvalues of one matrix alone are LAPACK's, of many ours: the last digits differ. */
        check_all_close(HEARD_CLASSES * h->n, h->scores, outputs->scores, 1e-10, 0.0);
        ana_bci_outputs_free(outputs);
        ana_bci_trials_free(trials);
        free(h);
        ana_bci_pipeline_free(pipeline);
        ana_bci_pipeline_free(again);
    }
    free_live_world(&taught);
    free_live_world(&shown);
}

static void recentring_by_all_trials_goes_along_live(void **state)
{
    (void)state;
    live_world world = make_live_world(4, 12, 1, 3.0, 23);
    live_world scaled = make_live_world(4, 12, 1, 3.0, 24);
    const size_t n = scaled.n_channels * scaled.series->n_times;
    for (size_t k = 0; k < n; k++) {
        scaled.values[k] *= 7.0; /* another gain on another day */
    }
    ana_bci_stream_options options = ana_bci_stream_options_default();
    options.centre_rate = 0.02;
    ana_bci_pipeline *pipeline = teach_live(&world, "cov | recentre | mdm");
    ana_record *before = NULL;
    ana_record *after = NULL;
    char where[256];
    check_ok(ana_bci_pipeline_to_record(pipeline, &before));
    heard *h = push_all(pipeline, &scaled, &options);
    check_ok(ana_bci_pipeline_to_record(pipeline, &after));
    assert_false(ana_record_equal(before, after, where, sizeof where));
    const ana_record *old = ana_record_find(before, "steps/2 recentre/centre");
    const ana_record *new = ana_record_find(after, "steps/2 recentre/centre");
    assert_true(old != NULL && new != NULL);
    double ratio = 0.0; /* of the channels, as logarithms; rest is part of it, which is weaker */
    for (size_t c = 0; c < 4; c++) {
        ratio += 0.25 * log(new->doubles[5 * c] / old->doubles[5 * c]);
    }
    check_close(exp(ratio), 49.0, 33.0, 0.0);
    size_t n_left = 0;
    for (size_t i = h->n / 2; i < h->n; i++) {
        n_left += h->chosen[i] == 0;
    }
    assert_true(n_left > h->n / 10 && n_left < 4 * h->n / 10); /* not all of one class */
    free(h);
    ana_record_free(before);
    ana_record_free(after);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
    free_live_world(&scaled);
}

static void behind_a_gap_the_stream_begins_anew(void **state)
{
    (void)state;
    live_world world = make_live_world(4, 8, 1, 4.0, 4);
    ana_bci_pipeline *pipeline = teach_live(&world, texts[0]);
    heard *whole = replay_heard(pipeline, world.series, NULL);
    heard *missing = with_gap(pipeline, &world, 1300, 1456, false);
    heard *lost = with_gap(pipeline, &world, 1300, 1456, true);
    same_heard(missing, lost);
    assert_int_equal(count_heard(lost, ANA_BCI_GAP), 1);
    size_t gap = 0;
    while (lost->kinds[gap] != ANA_BCI_GAP) {
        assert_int_equal(lost->samples[gap], whole->samples[gap]);
        gap++;
    }
    assert_int_equal(lost->samples[gap], 1300);
    /* From the gap on it takes as long to the first answer as from the beginning, up to a step. */
    assert_true(lost->samples[gap + 1] - 1456 >= whole->samples[0] - 12);
    assert_true(lost->samples[gap + 1] - 1456 <= whole->samples[0] + 12);
    assert_true(lost->scores[HEARD_CLASSES * (gap + 1)] !=
                whole->scores[HEARD_CLASSES * (gap + 1 + (1456 - 1300) / 13)]);
    free(whole);
    free(missing);
    free(lost);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
}

static void segments_of_a_recording_are_gaps(void **state)
{
    (void)state;
    live_world world = make_live_world(4, 9, 2, 4.0, 5);
    live_world whole = make_live_world(4, 9, 1, 4.0, 5);
    ana_bci_pipeline *pipeline = teach_live(&whole, texts[0]);
    heard *h = replay_heard(pipeline, world.series, NULL);
    size_t gap = 0;
    assert_int_equal(count_heard(h, ANA_BCI_GAP), 1);
    while (h->kinds[gap] != ANA_BCI_GAP) {
        gap++;
    }
    const size_t half = world.series->n_times / 2;
    assert_int_equal(h->samples[gap], half);
    assert_true(h->samples[h->n - 1] > world.series->n_times + 1280 - 14); /* 10 s are lost */
    free(h);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
    free_live_world(&whole);
}

/* What is told before samples are pushed: of which time the last of them is. */
typedef struct paced {
    heard h;
    double last_s;
} paced;

static ana_status note_pace(void *user, double time_s)
{
    paced *p = user;
    assert_true(time_s > p->last_s);
    p->last_s = time_s;
    return ANA_OK;
}

static ana_status hear_in_time(void *user, const ana_bci_answer *answer)
{
    paced *p = user;
    assert_true(answer->kind == ANA_BCI_GAP || answer->time_s == p->last_s);
    return hear_answer(&p->h, answer);
}

/* Segments 10 s apart, and such as overlap by 10 s, or meet: a sample at least is lost. */
static void what_lies_between_segments_is_missing(void **state)
{
    (void)state;
    static const double nearer[3] = {0.0, 10.0, 20.0};
    static const size_t missing[3] = {1280, 1, 1};
    live_world whole = make_live_world(4, 9, 1, 4.0, 5);
    ana_bci_pipeline *pipeline = teach_live(&whole, texts[0]);
    paced *p = calloc(1, sizeof *p);
    assert_non_null(p);
    for (size_t k = 0; k < 3; k++) {
        live_world world = make_live_world(4, 9, 2, 4.0, 5);
        ana_bci_stream *stream = NULL;
        const ana_bci_audience audience = {note_pace, hear_in_time, p};
        world.series->segments[1].start -= nearer[k];
        *p = (paced){.last_s = -1.0};
        check_ok(ana_bci_stream_new(pipeline, NULL, &stream));
        check_ok(ana_bci_stream_replay(stream, world.series, &audience));
        assert_int_equal(ana_bci_stream_n_missing(stream), missing[k]);
        assert_int_equal(count_heard(&p->h, ANA_BCI_GAP), 1);
        const size_t n = ana_bci_stream_n_samples(stream);
        assert_int_equal(n, world.series->n_times + missing[k]);
        assert_true(p->last_s == (double)(n - 1) / 128.0);
        ana_bci_stream_free(stream);
        free_live_world(&world);
    }
    free(p);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&whole);
}

static void a_window_with_a_constant_channel_is_an_artefact(void **state)
{
    (void)state;
    live_world world = make_live_world(4, 8, 1, 4.0, 9);
    ana_bci_pipeline *pipeline = teach_live(&world, "cov | mdm");
    const size_t n_times = world.series->n_times;
    for (size_t t = 1004; t < 1400; t++) {   /* a window of it ends with a step's last sample */
        world.values[3 * n_times + t] = 7.0; /* an electrode has come off */
    }
    heard *h = push_all(pipeline, &world, NULL);
    assert_int_equal(h->n_reasons, count_heard(h, ANA_BCI_GATED));
    for (size_t i = 0; i < h->n; i++) {
        const bool flat = h->samples[i] >= 1195 && h->samples[i] < 1400;
        assert_int_equal(h->kinds[i], flat ? ANA_BCI_GATED : ANA_BCI_DECISION);
        assert_true(!flat || isinf(h->z[i]));
    }
    free(h);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
}

static void what_no_live_signal_can_have_is_refused(void **state)
{
    (void)state;
    live_world world = make_live_world(4, 8, 1, 4.0, 10);
    ana_bci_stream *stream = NULL;
    ana_bci_pipeline *pipeline = teach_live(&world, "band 8-32 | cov | mdm");
    check_fails(ana_bci_stream_new(pipeline, NULL, &stream), ANA_ERR_VALUE,
                "learn with \"band 8-32 phase=causal\"");
    assert_null(stream);
    ana_bci_pipeline_free(pipeline);
    pipeline = teach_live(&world, "cov | recentre | rescale | mdm");
    check_fails(ana_bci_stream_new(pipeline, NULL, &stream), ANA_ERR_VALUE,
                "step rescale of \"cov lwf | recentre");
    ana_bci_pipeline_free(pipeline);
    check_ok(ana_bci_pipeline_parse(texts[0], &pipeline));
    check_fails(ana_bci_stream_new(pipeline, NULL, &stream), ANA_ERR_VALUE, "not learned");
    ana_bci_trials *trials = cut_live_trials(&world, pipeline);
    check_fails(ana_bci_gate_fit(pipeline, trials, 0, NULL, NULL), ANA_ERR_VALUE, "not learned");
    check_ok(ana_bci_pipeline_fit(pipeline, trials, 0, NULL, &(ana_run){.n_threads = 1}));
    const size_t two[] = {0, 1};
    check_fails(ana_bci_gate_fit(pipeline, trials, 2, two, NULL), ANA_ERR_VALUE,
                "gate of artefacts: ");
    trials->n_times--;
    check_fails(ana_bci_gate_fit(pipeline, trials, 0, NULL, NULL), ANA_ERR_SHAPE, "192");
    assert_null(ana_bci_pipeline_gate(pipeline));
    trials->n_times++;
    ana_bci_stream_options options = ana_bci_stream_options_default();
    options.step_s = -1.0;
    check_fails(ana_bci_stream_new(pipeline, &options, &stream), ANA_ERR_VALUE, "step");
    options = ana_bci_stream_options_default();
    options.run.max_memory = 1000;
    check_fails(ana_bci_stream_new(pipeline, &options, &stream), ANA_ERR_LIMIT, "stream");
    ana_bci_trials_free(trials);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
}

static void channels_are_found_by_name_and_rates_and_units_compared(void **state)
{
    (void)state;
    live_world world = make_live_world(3, 8, 1, 4.0, 11);
    ana_bci_pipeline *pipeline = teach_live(&world, texts[0]);
    ana_bci_stream *stream = NULL;
    size_t places[3];
    const char *const names[] = {"c2", "x", "c1", "c0"};
    check_ok(ana_bci_stream_new(pipeline, NULL, &stream));
    assert_int_equal(ana_bci_stream_lesson(stream)->n_channels, 3);
    check_ok(ana_bci_stream_match(stream, 4, names, 128.0, places));
    assert_true(places[0] == 3 && places[1] == 2 && places[2] == 0);
    check_ok(ana_bci_stream_match(stream, 4, names, NAN, places));
    check_fails(ana_bci_stream_match(stream, 3, names, 128.0, places), ANA_ERR_SHAPE,
                "channel c0, which is not among the 3");
    const ana_bci_audience nobody = {.listener = NULL};
    free(world.series->channels[1].unit);
    world.series->channels[1].unit = strdup("mV");
    check_fails(ana_bci_stream_replay(stream, world.series, &nobody), ANA_ERR_SHAPE,
                "c1 is in mV, but the model learned from uV");
    check_fails(ana_bci_stream_match(stream, 4, names, 256.0, places), ANA_ERR_SHAPE, "256 Hz");
    check_fails(ana_bci_stream_match(stream, 4, names, 128.001, places), ANA_ERR_SHAPE,
                "128.001 Hz");
    check_ok(ana_bci_stream_match(stream, 4, names, 128.0 + 1e-10, places));
    ana_bci_stream_free(stream);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
}

static void a_listener_ends_the_push_and_the_step_and_settling_are_as_told(void **state)
{
    (void)state;
    live_world world = make_live_world(4, 8, 1, 4.0, 12);
    ana_bci_pipeline *pipeline = teach_live(&world, texts[0]);
    ana_bci_stream_options options = ana_bci_stream_options_default();
    ana_bci_stream *stream = NULL;
    heard *h = calloc(1, sizeof *h);
    assert_non_null(h);
    options.step_s = 0.5;
    options.settle_s = 1.0;
    check_ok(ana_bci_stream_new(pipeline, &options, &stream));
    assert_int_equal(ana_bci_stream_step(stream), 64);
    h->stop_after = 3;
    const ana_bci_audience audience = {.listener = hear_answer, .user = h};
    check_fails(ana_bci_stream_replay(stream, world.series, &audience), ANA_ERR_CANCELLED,
                "enough");
    assert_int_equal(h->n, 3);
    assert_int_equal(h->samples[0] + 1, 320); /* 192 + 128 */
    assert_int_equal(h->samples[1] + 1, 384);
    ana_bci_stream_free(stream);
    options.settle_s = 1.001; /* up to the next sample */
    check_ok(ana_bci_stream_new(pipeline, &options, &stream));
    h->n = 0;
    h->stop_after = 1;
    check_fails(ana_bci_stream_replay(stream, world.series, &audience), ANA_ERR_CANCELLED,
                "enough");
    assert_int_equal(h->samples[0] + 1, 384);
    ana_bci_stream_free(stream);
    free(h);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
}

static void after_the_first_decision_nothing_is_allocated(void **state)
{
    (void)state;
    live_world world = make_live_world(6, 12, 1, 3.0, 13);
    ana_bci_stream_options options = ana_bci_stream_options_default();
    options.gate_rate = 0.01;
    options.centre_rate = 0.02;
    for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
        ana_bci_pipeline *pipeline = teach_live(&world, texts[k]);
        ana_bci_trials *trials = cut_live_trials(&world, pipeline);
        check_ok(ana_bci_gate_fit(pipeline, trials, 0, NULL, NULL));
        ana_bci_trials_free(trials);
        assert_true(decide_without_allocation(pipeline, &world, &options) > 200);
        ana_bci_pipeline_free(pipeline);
    }
    free_live_world(&world);
}

/* A gate, and a stream as far as a second decision. */
static ana_status do_work(void *user)
{
    live_work *w = user;
    ana_bci_stream *stream = NULL;
    const ana_bci_audience audience = {.listener = hear_answer, .user = w->h};
    w->h->n = 0;
    w->h->stop_after = 0;
    ana_status status = ana_bci_gate_fit(w->pipeline, w->trials, 0, NULL, NULL);
    if (status == ANA_OK) {
        status = ana_bci_stream_new(w->pipeline, NULL, &stream);
    }
    if (status == ANA_OK) {
        status = ana_bci_stream_replay(stream, w->world.series, &audience);
    }
    ana_bci_stream_free(stream);
    return status;
}

static void each_allocation_that_fails_is_told(void **state)
{
    (void)state;
    live_work w = make_live_work(3, 14, texts[0]);
    assert_true(check_each_allocation(do_work, &w, 0) > 20);
    free_live_work(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_has_the_answer_of_the_trial_in_its_place),
        cmocka_unit_test(windows_of_an_event_are_told_right),
        cmocka_unit_test(any_pieces_give_the_same_bits),
        cmocka_unit_test(a_centre_goes_along_as_streaming_recentring_does),
        cmocka_unit_test(recentring_by_all_trials_goes_along_live),
        cmocka_unit_test(behind_a_gap_the_stream_begins_anew),
        cmocka_unit_test(segments_of_a_recording_are_gaps),
        cmocka_unit_test(what_lies_between_segments_is_missing),
        cmocka_unit_test(a_window_with_a_constant_channel_is_an_artefact),
        cmocka_unit_test(what_no_live_signal_can_have_is_refused),
        cmocka_unit_test(channels_are_found_by_name_and_rates_and_units_compared),
        cmocka_unit_test(a_listener_ends_the_push_and_the_step_and_settling_are_as_told),
        cmocka_unit_test(after_the_first_decision_nothing_is_allocated),
        cmocka_unit_test(each_allocation_that_fails_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
