#include "bci_gate_parts.h"
#include "support/bci_heard.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/covariance.h>
#include <analysis/filter.h>
#include <analysis/models/bci_gate.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char plain_text[] = "band 8-32 phase=causal | cov oas | mdm";
static const char field_text[] = "2-20 ; 24-44:c3 , c1;24-44: c0";

static ana_bci_pipeline *teach_with_field(const live_world *world, const char *field, double p)
{
    ana_bci_pipeline *pipeline = teach_live(world, plain_text);
    ana_bci_field_options options = ana_bci_field_options_default();
    ana_bci_bank bank;
    options.p = p;
    check_ok(ana_bci_field_bank(pipeline, field, &bank));
    ana_bci_trials *trials = cut_live_trials_by(world, &bank);
    check_ok(ana_bci_field_fit(pipeline, field, trials, 0, NULL, &options));
    ana_bci_trials_free(trials);
    return pipeline;
}

static void a_field_is_its_bands_and_channels(void **state)
{
    (void)state;
    live_world world = make_live_world(4, 12, 1, 1.5, 31);
    ana_bci_pipeline *pipeline = teach_with_field(&world, field_text, 0.02);
    const ana_bci_gate *gate = ana_bci_pipeline_gate(pipeline);
    assert_string_equal(gate->text, "2-20; 24-44: c3,c1; 24-44: c0");
    assert_true(gate->p == 0.02 && gate->n_parts == 3);
    assert_true(gate->bank.n_bands == 2 && gate->bank.order == 4);
    assert_true(gate->bank.phase == ANA_PHASE_CAUSAL && gate->bank.bands_hz[3] == 44.0);
    const ana_bci_gate_part *parts = gate->parts;
    assert_true(parts[0].band == 0 && parts[0].channels == NULL && parts[0].potato->n == 4);
    assert_true(parts[1].band == 1 && parts[1].n_channels == 2 && parts[1].channels[0] == 3 &&
                parts[1].channels[1] == 1);
    assert_true(parts[2].band == 1 && parts[2].potato->n == 1);
    ana_bci_pipeline_free(pipeline);
    ana_bci_bank bank;
    check_ok(ana_bci_pipeline_parse("band 8-32 order=2 | cov | mdm", &pipeline));
    check_ok(ana_bci_field_bank(pipeline, field_text, &bank));
    assert_int_equal(bank.order, 2);
    ana_bci_pipeline_free(pipeline);
    check_ok(ana_bci_pipeline_parse("cov | mdm", &pipeline));
    check_ok(ana_bci_field_bank(pipeline, field_text, &bank));
    assert_int_equal(bank.order, 4);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
}

/* z of the window that ends with sample `last` by potato k, of the window cut from the recording.
 */
static double judge_cut(const live_world *world, const ana_bci_gate *gate, size_t k, size_t last)
{
    const ana_bci_gate_part *part = &gate->parts[k];
    live_world one = *world;
    ana_column *labels = NULL;
    double rows[4 * 192];
    double covariance[16];
    double z = 0.0;
    double time = 0.0;
    check_ok(ana_series_times(world->series, last - 191, 1, &time));
    check_ok(ana_intervals_new("window", 1, &one.events));
    check_ok(ana_table_add(one.events->table, "label", ANA_COLUMN_TEXT, NULL, &labels));
    check_ok(ana_column_set_text(labels, 0, "left"));
    one.events->start[0] = one.events->stop[0] = time - 0.25;
    ana_bci_trials *trials = cut_live_trials_by(&one, &gate->bank);
    for (size_t c = 0; c < part->n_channels; c++) {
        const size_t row = 4 * part->band + (part->channels != NULL ? part->channels[c] : c);
        memcpy(rows + 192 * c, trials->values + 192 * row, 192 * sizeof *rows);
    }
    check_ok(ana_covariance_compute(ANA_COVARIANCE_LEDOIT_WOLF, part->n_channels, 192, rows,
                                    covariance));
    const ana_spd_set set = {part->n_channels, false, 1, covariance};
    check_ok(ana_potato_scores(part->potato, &set, NULL, &z));
    ana_bci_trials_free(trials);
    ana_intervals_free(one.events);
    return z;
}

static void a_field_judges_live_windows_as_those_of_a_recording(void **state)
{
    (void)state;
    live_world world = make_live_world(4, 12, 1, 1.5, 32);
    ana_bci_pipeline *pipeline = teach_with_field(&world, field_text, 0.3);
    const ana_bci_gate *gate = ana_bci_pipeline_gate(pipeline);
    heard *h = calloc(1, sizeof *h);
    ana_bci_stream *stream = NULL;
    assert_non_null(h);
    h->n_potatoes = 3;
    check_ok(ana_bci_stream_new(pipeline, NULL, &stream));
    push_pieces(stream, &world, 0, world.series->n_times, h);
    assert_true(count_heard(h, ANA_BCI_GATED) > 10 && count_heard(h, ANA_BCI_DECISION) > 10);
    for (size_t i = 0; i < h->n; i++) {
        const double *z = h->potatoes + HEARD_POTATOES * i;
        double p = 0.0;
        check_ok(ana_potato_field(1, 3, z, &p));
        check_same_bits(1, &h->p[i], &p);
        assert_true(h->z[i] == fmax(z[0], fmax(z[1], z[2])));
        assert_int_equal(h->kinds[i], p < 0.3 ? ANA_BCI_GATED : ANA_BCI_DECISION);
        for (size_t k = 0; k < 3 && i % 41 == 0; k++) {
            const double cut = judge_cut(&world, gate, k, h->samples[i]);
            check_close(z[k], cut, 1e-11, 0.0);
        }
    }
    heard *whole = replay_heard(pipeline, world.series, NULL);
    same_heard(whole, h);
    ana_bci_stream_free(stream);
    free(whole);
    free(h);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
}

/* Windows that end in the burst and hold it for the most part: how many there are, and how many of
 * them were gated. */
static size_t count_gated(const heard *h, size_t first, size_t end, size_t *n)
{
    size_t n_gated = 0;
    *n = 0;
    for (size_t i = 0; i < h->n; i++) {
        const bool holds = h->samples[i] > first + 150 && h->samples[i] < end;
        *n += holds;
        n_gated += holds && h->kinds[i] == ANA_BCI_GATED;
    }
    return n_gated;
}

static void a_field_sees_what_is_in_one_band_of_few_channels(void **state)
{
    (void)state;
    static const char *const fields[] = {"4-24; 28-48: c3", "4-24: c0,c1", "28-48: c0,c1",
                                         "4-24: c2,c3"};
    live_world world = make_live_world(4, 20, 1, 1.2, 33);
    live_world spoilt = make_live_world(4, 20, 1, 1.2, 33);
    for (size_t t = 4000; t < 4300; t++) { /* muscle, under one electrode */
        spoilt.values[3 * world.series->n_times + t] += 12.0 * sin(1.9 * (double)t);
    }
    for (size_t k = 0; k < 4; k++) {
        ana_bci_pipeline *pipeline = teach_with_field(&world, fields[k], 0.01);
        heard *h = push_all(pipeline, &spoilt, NULL);
        size_t n = 0;
        const size_t n_gated = count_gated(h, 4000, 4300, &n);
        assert_true(n > 10);
        assert_true(k == 0 ? n_gated == n : n_gated < n / 2);
        assert_true(10 * count_heard(h, ANA_BCI_GATED) < 3 * h->n);
        free(h);
        ana_bci_pipeline_free(pipeline);
    }
    free_live_world(&world);
    free_live_world(&spoilt);
}

static void all_potatoes_of_a_field_move_by_clean_windows(void **state)
{
    (void)state;
    live_world world = make_live_world(4, 12, 1, 1.5, 34);
    live_world shown = make_live_world(4, 12, 1, 1.5, 35);
    ana_bci_stream_options options = ana_bci_stream_options_default();
    ana_bci_pipeline *pipeline = teach_with_field(&world, field_text, 0.01);
    const ana_bci_gate *gate = ana_bci_pipeline_gate(pipeline);
    double centres[3];
    double means[3];
    for (size_t k = 0; k < 3; k++) {
        centres[k] = gate->parts[k].potato->centre[0];
        means[k] = gate->parts[k].potato->mean;
    }
    free(push_all(pipeline, &shown, &options));
    options.gate_rate = 0.05;
    options.gate_p = 1.0; /* none is clean */
    heard *h = push_all(pipeline, &shown, &options);
    assert_int_equal(count_heard(h, ANA_BCI_GATED), h->n);
    for (size_t k = 0; k < 3; k++) {
        assert_true(gate->parts[k].potato->centre[0] == centres[k]);
        assert_true(gate->parts[k].potato->mean == means[k]);
    }
    free(h);
    options.gate_p = 1e-9; /* all are */
    h = push_all(pipeline, &shown, &options);
    assert_int_equal(count_heard(h, ANA_BCI_GATED), 0);
    for (size_t k = 0; k < 3; k++) {
        assert_true(gate->parts[k].potato->centre[0] != centres[k]);
        assert_true(gate->parts[k].potato->mean != means[k]);
    }
    free(h);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
    free_live_world(&shown);
}

/* A number of a saved field is another one: refused with that sentence; then as it was. */
static void check_number(ana_record *record, const char *path, double wrong, const char *sentence)
{
    ana_bci_pipeline *back = NULL;
    ana_record *node = (ana_record *)(uintptr_t)ana_record_find(record, path);
    assert_non_null(node);
    double *number = node->type == ANA_RECORD_DOUBLES ? node->doubles : &node->number;
    const double right = *number;
    *number = wrong;
    check_fails(ana_bci_pipeline_from_record(record, &back), ANA_ERR_FORMAT, sentence);
    assert_null(back);
    *number = right;
}

static void check_text(ana_record *record, const char *wrong, const char *sentence)
{
    ana_bci_pipeline *back = NULL;
    ana_record *node = (ana_record *)(uintptr_t)ana_record_find(record, "gate/field");
    char *right = node->text;
    node->text = strdup(wrong);
    check_fails(ana_bci_pipeline_from_record(record, &back), ANA_ERR_FORMAT, sentence);
    free(node->text);
    node->text = right;
}

static void a_field_is_saved_with_the_pipeline(void **state)
{
    (void)state;
    live_world world = make_live_world(4, 12, 1, 1.5, 36);
    ana_bci_pipeline *pipeline = teach_with_field(&world, field_text, 0.2);
    ana_record *record = save_and_compare(pipeline, &world);
    check_number(record, "gate/p", 0.0, "p is 0; above 0 and below 1");
    check_number(record, "gate/p", NAN, "above 0 and below 1");
    check_number(record, "gate/potato 2/deviation", 0.0, "gate/potato 2: its threshold");
    check_number(record, "gate/potato 3/mean", NAN, "gate/potato 3: its threshold");
    check_number(record, "gate/potato 1/threshold", -1.0, "gate/potato 1: its threshold");
    check_number(record, "gate/potato 2/centre", -1.0, "gate/potato 2: its centre");
    check_number(record, "gate/potato 2/centre", INFINITY, "number 0 of its centre");
    check_text(record, "2-20; 24-44: c3,c9; 24-44: c0", "gate/field: gate field, character 17");
    check_text(record, "2-20; 24-64: c3,c1; 24-44: c0", "below half the rate");
    check_text(record, "2-20; 24-44: c3; 24-44: c0", "gate/potato 2: record: axis 0");
    check_text(record, "2-20; 24-44: c3,c1; 24-44: c0; 3-4", "gate/potato 4: it is missing");
    ana_record_free(record);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
}

static void a_text_that_is_no_field_is_refused_with_the_place(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"", "character 1, \"\": a potato is missing"},
        {"1-20;", "character 6, \"\": a potato is missing"},
        {"1-20; 30", "character 7, \"30\": a potato begins with its band"},
        {"1-20: c0; 40-20", "character 11, \"40-20\": a potato begins"},
        {"0-20", "above 0"},
        {"1-nan", "\"1-nan\""},
        {"1-inf", "\"1-inf\""},
        {"c0: 1-20", "character 1, \"c0\""},
        {"1-20:", "character 6, \"\": a channel is missing"},
        {"1-20: c0,,c1", "character 10, \"\": a channel is missing"},
        {"1-20: \xC3\xA9; 1-20: c0, c1 ;1-20: c0,c1", "character 24, \"1-20: c0,c1\": the same"}};
    static const char *const unknown[][2] = {
        {"1-20: c0,c7", "character 10, \"c7\": there is no such channel; the pipeline learned from "
                        "c0, c1, c2"},
        {"1-20: c0, c1, c0", "character 15, \"c0\": the same channel stands before"},
        {"1-64", "below half the rate"}};
    live_world world = make_live_world(3, 8, 1, 1.5, 37);
    ana_bci_pipeline *pipeline = teach_live(&world, plain_text);
    ana_bci_trials *trials = cut_live_trials(&world, pipeline);
    ana_bci_bank bank;
    for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
        check_fails(ana_bci_field_bank(pipeline, wrong[k][0], &bank), ANA_ERR_VALUE, wrong[k][1]);
    }
    for (size_t k = 0; k < sizeof unknown / sizeof unknown[0]; k++) {
        check_ok(ana_bci_field_bank(pipeline, unknown[k][0], &bank));
        check_fails(ana_bci_field_fit(pipeline, unknown[k][0], trials, 0, NULL, NULL),
                    ANA_ERR_VALUE, unknown[k][1]);
    }
    char many[600] = "1-2";
    for (size_t k = 0; k < 32; k++) {
        snprintf(many + strlen(many), 16, ";%zu-%zu", k + 2, k + 3);
    }
    check_fails(ana_bci_field_bank(pipeline, many, &bank), ANA_ERR_VALUE, "32 potatoes at most");
    *strrchr(many, ';') = '\0';
    check_ok(ana_bci_field_bank(pipeline, many, &bank));
    assert_int_equal(bank.n_bands, 32);
    char named[2200] = "1-2: a";
    for (size_t k = 0; k < 512; k++) {
        strcat(named, ",a");
    }
    check_fails(ana_bci_field_bank(pipeline, named, &bank), ANA_ERR_VALUE, "512 channels at most");
    assert_null(ana_bci_pipeline_gate(pipeline));
    ana_bci_trials_free(trials);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
}

static void a_field_and_a_potato_have_each_their_own_limit(void **state)
{
    (void)state;
    live_world world = make_live_world(3, 10, 1, 1.5, 38);
    ana_bci_pipeline *pipeline = teach_live(&world, plain_text);
    ana_bci_trials *trials = cut_live_trials(&world, pipeline);
    ana_bci_stream_options options = ana_bci_stream_options_default();
    ana_bci_field_options field = ana_bci_field_options_default();
    ana_bci_stream *stream = NULL;
    options.gate_p = 0.5;
    check_fails(ana_bci_stream_new(pipeline, &options, &stream), ANA_ERR_VALUE, "has no gate");
    check_ok(ana_bci_gate_fit(pipeline, trials, 0, NULL, NULL));
    check_fails(ana_bci_stream_new(pipeline, &options, &stream), ANA_ERR_VALUE, "--gate-z");
    check_fails(ana_bci_field_fit(pipeline, "2-9; 9-20", trials, 0, NULL, &field), ANA_ERR_SHAPE,
                "trials of 1 bands, but its field has 2");
    const size_t two[] = {0, 1};
    check_fails(ana_bci_field_fit(pipeline, "8-32: c0", trials, 2, two, &field), ANA_ERR_VALUE,
                "gate of artefacts: 8-32: c0: potato: 2 of 2");
    field.p = 1.0;
    check_fails(ana_bci_field_fit(pipeline, "8-32", trials, 0, NULL, &field), ANA_ERR_VALUE,
                "p of a field is 1");
    assert_null(ana_bci_pipeline_gate(pipeline)->text); /* as it was */
    field.p = 0.1;
    check_ok(ana_bci_field_fit(pipeline, "8-32", trials, 0, NULL, &field));
    check_ok(ana_bci_stream_new(pipeline, &options, &stream));
    ana_bci_stream_free(stream);
    options.gate_z = 1.0;
    check_fails(ana_bci_stream_new(pipeline, &options, &stream), ANA_ERR_VALUE,
                "the gate is a field (8-32)");
    options = ana_bci_stream_options_default();
    options.run.max_memory = 2 * 3 * 192 * 8; /* of the steps */
    check_fails(ana_bci_stream_new(pipeline, &options, &stream), ANA_ERR_LIMIT, "stream");
    ana_bci_trials_free(trials);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
}

static void with_a_field_nothing_is_allocated_behind_the_first_decision(void **state)
{
    (void)state;
    live_world world = make_live_world(4, 12, 1, 1.5, 39);
    ana_bci_pipeline *pipeline = teach_with_field(&world, field_text, 1e-6);
    ana_bci_stream_options options = ana_bci_stream_options_default();
    options.gate_rate = 0.01;
    assert_true(decide_without_allocation(pipeline, &world, &options) > 200);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
}

/* What does not adapt behind a gap: its filters. */
static void behind_a_gap_a_field_begins_anew(void **state)
{
    (void)state;
    live_world world = make_live_world(4, 10, 1, 1.5, 40);
    ana_bci_pipeline *pipeline = teach_with_field(&world, field_text, 0.01);
    heard *h = calloc(1, sizeof *h);
    heard *late = calloc(1, sizeof *late);
    ana_bci_stream *stream = NULL;
    assert_true(h != NULL && late != NULL);
    const size_t first = 13 * 140;
    check_ok(ana_bci_stream_new(pipeline, NULL, &stream));
    push_pieces(stream, &world, 0, 1000, h);
    check_ok(ana_bci_stream_skip(stream, first - 1000, hear_answer, h));
    size_t n = h->n;
    push_pieces(stream, &world, first, world.series->n_times, h);
    ana_bci_stream_free(stream);
    check_ok(ana_bci_stream_new(pipeline, NULL, &stream));
    check_ok(ana_bci_stream_skip(stream, first, hear_answer, late));
    push_pieces(stream, &world, first, world.series->n_times, late);
    assert_int_equal(h->kinds[n - 1], ANA_BCI_GAP);
    assert_int_equal(h->n - n, late->n - 1);
    check_same_bits(late->n - 1, h->p + n, late->p + 1);
    for (size_t i = 1; i < late->n; i++) { /* and so do the filters of the steps */
        assert_int_equal(late->kinds[i], h->kinds[n + i - 1]);
        if (late->kinds[i] == ANA_BCI_DECISION) {
            check_same_bits(HEARD_CLASSES, late->scores + HEARD_CLASSES * i,
                            h->scores + HEARD_CLASSES * (n + i - 1));
        }
    }
    ana_bci_stream_free(stream);
    free(h);
    free(late);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
}

/* Samples until the filters have settled, as they are designed. */
static size_t ringing_of(double low, double high)
{
    ana_sos *sos = NULL;
    check_ok(ana_butterworth(4, low, high, 128.0, &sos));
    const size_t n = ana_sos_ringing(sos);
    ana_sos_free(sos);
    return n;
}

/* The first window begins when the slowest filter has settled, the gate's or the steps'. */
static void the_first_answer_waits_for_the_slowest_filter(void **state)
{
    (void)state;
    static const char *const bands[] = {"8-32", "6-16,16-32", "6-16,16-32", "2-30"};
    static const char *const fields[] = {"1-20; 24-44", NULL, "4-40", "4-40"};
    static const double slowest[][2] = {{1.0, 20.0}, {6.0, 16.0}, {6.0, 16.0}, {2.0, 30.0}};
    live_world world = make_live_world(3, 10, 1, 1.5, 43);
    for (size_t k = 0; k < 4; k++) {
        char text[80];
        ana_bci_bank bank;
        snprintf(text, sizeof text, "band %s phase=causal | cov oas | mdm", bands[k]);
        ana_bci_pipeline *pipeline = teach_live(&world, text);
        if (fields[k] != NULL) {
            check_ok(ana_bci_field_bank(pipeline, fields[k], &bank));
            ana_bci_trials *trials = cut_live_trials_by(&world, &bank);
            check_ok(ana_bci_field_fit(pipeline, fields[k], trials, 0, NULL, NULL));
            ana_bci_trials_free(trials);
        }
        heard *h = push_all(pipeline, &world, NULL);
        const size_t ready = 192 + ringing_of(slowest[k][0], slowest[k][1]);
        assert_int_equal(h->samples[0] + 1, (ready + 12) / 13 * 13);
        free(h);
        ana_bci_pipeline_free(pipeline);
    }
    free_live_world(&world);
}

/* All channels are one: their shrunk covariance passes a wide gate, the plain one is refused by the
 * steps, and what they refuse does not move the gate. */
static void a_window_that_a_step_refuses_does_not_move_the_gate(void **state)
{
    (void)state;
    live_world world = make_live_world(6, 10, 1, 1.5, 44);
    const size_t n_times = world.series->n_times;
    ana_bci_pipeline *pipeline = teach_live(&world, "band 8-32 phase=causal | cov scm | mdm");
    ana_bci_bank bank;
    ana_bci_stream_options options = ana_bci_stream_options_default();
    check_ok(ana_bci_field_bank(pipeline, "8-32: c0,c1; 8-32", &bank));
    ana_bci_trials *trials = cut_live_trials_by(&world, &bank);
    check_ok(ana_bci_field_fit(pipeline, "8-32: c0,c1; 8-32", trials, 0, NULL, NULL));
    const ana_potato *potato = ana_bci_pipeline_gate(pipeline)->parts[1].potato;
    const double before[2] = {potato->mean, potato->centre[0]};
    options.gate_p = 1e-300;
    options.gate_rate = 0.1;
    for (size_t c = 1; c < 6; c++) {
        memcpy(world.values + c * n_times, world.values, n_times * sizeof *world.values);
    }
    heard *h = push_all(pipeline, &world, &options);
    assert_int_equal(count_heard(h, ANA_BCI_GATED), h->n);
    assert_int_equal(h->n_reasons, h->n);
    for (size_t i = 0; i < h->n; i++) {
        assert_true(isinf(h->z[i]) && h->p[i] == 0.0);
    }
    assert_true(potato->mean == before[0] && potato->centre[0] == before[1]);
    free(h);
    ana_bci_trials_free(trials);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
}

/* What one potato cannot judge is no matter of probabilities. */
static void a_potato_without_a_covariance_is_named(void **state)
{
    (void)state;
    live_world world = make_live_world(4, 12, 1, 1.5, 46);
    ana_bci_pipeline *pipeline = teach_with_field(&world, field_text, 0.01);
    const ana_bci_gate *gate = ana_bci_pipeline_gate(pipeline);
    const ana_bci_lesson *lesson = ana_bci_pipeline_lesson(pipeline);
    double *signals = calloc(2 * 4 * 192, sizeof *signals);
    bci_gate_work work = {.z = NULL};
    assert_non_null(signals);
    memcpy(signals, world.values, 4 * 192 * sizeof *signals);
    for (size_t c = 1; c < 4; c++) { /* of the second band channel 0 stays 0 */
        memcpy(signals + (4 + c) * 192, world.values + c * 500, 192 * sizeof *signals);
    }
    check_ok(bci_gate_work_make(gate, &work));
    check_fails(bci_gate_judge(gate, lesson, signals, &work), ANA_ERR_NUMERIC,
                "the covariance of 24-44: c0 is not positive definite");
    memcpy(signals + 4 * 192, world.values, 192 * sizeof *signals);
    check_ok(bci_gate_judge(gate, lesson, signals, &work));
    bci_gate_work_release(&work);
    free(signals);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
}

/* A field, saved, read and at work as far as a second decision. */
static ana_status do_work(void *user)
{
    live_work *w = user;
    ana_bci_stream *stream = NULL;
    ana_record *record = NULL;
    ana_bci_pipeline *back = NULL;
    const ana_bci_audience audience = {.listener = hear_answer, .user = w->h};
    w->h->n = 0;
    ana_status status = ana_bci_field_fit(w->pipeline, "8-32: c1; 8-32", w->trials, 0, NULL, NULL);
    if (status == ANA_OK) {
        status = ana_bci_pipeline_to_record(w->pipeline, &record);
    }
    if (status == ANA_OK) {
        status = ana_bci_pipeline_from_record(record, &back);
    }
    if (status == ANA_OK) {
        status = ana_bci_stream_new(back, NULL, &stream);
    }
    if (status == ANA_OK) {
        status = ana_bci_stream_replay(stream, w->world.series, &audience);
    }
    ana_bci_stream_free(stream);
    ana_bci_pipeline_free(back);
    ana_record_free(record);
    return status;
}

static void each_allocation_of_a_field_that_fails_is_told(void **state)
{
    (void)state;
    live_work w = make_live_work(2, 41, plain_text);
    assert_true(check_each_allocation(do_work, &w, 0) > 60);
    free_live_work(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_field_is_its_bands_and_channels),
        cmocka_unit_test(a_field_judges_live_windows_as_those_of_a_recording),
        cmocka_unit_test(a_field_sees_what_is_in_one_band_of_few_channels),
        cmocka_unit_test(all_potatoes_of_a_field_move_by_clean_windows),
        cmocka_unit_test(a_field_is_saved_with_the_pipeline),
        cmocka_unit_test(a_text_that_is_no_field_is_refused_with_the_place),
        cmocka_unit_test(a_field_and_a_potato_have_each_their_own_limit),
        cmocka_unit_test(with_a_field_nothing_is_allocated_behind_the_first_decision),
        cmocka_unit_test(behind_a_gap_a_field_begins_anew),
        cmocka_unit_test(the_first_answer_waits_for_the_slowest_filter),
        cmocka_unit_test(a_window_that_a_step_refuses_does_not_move_the_gate),
        cmocka_unit_test(a_potato_without_a_covariance_is_named),
        cmocka_unit_test(each_allocation_of_a_field_that_fails_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
