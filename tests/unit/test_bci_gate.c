#include "bci_gate_parts.h"
#include "support/bci_heard.h"
#include "support/check.h"
#include "support/signals.h"

#include <analysis/covariance.h>
#include <analysis/models/bci_gate.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char plain_text[] = "band 8-32 phase=causal | cov oas | mdm";

/* The world with a burst that no trial has. */
static void add_burst(live_world *world, size_t first, size_t end)
{
    const size_t n_times = world->series->n_times;
    for (size_t t = first; t < end; t++) {
        for (size_t c = 0; c < world->n_channels; c++) {
            world->values[c * n_times + t] += 200.0 * sin(0.8 * (double)t);
        }
    }
}

static ana_bci_pipeline *teach_with_gate(const live_world *world, double threshold)
{
    ana_bci_pipeline *pipeline = teach_live(world, plain_text);
    ana_bci_trials *trials = cut_live_trials(world, pipeline);
    ana_potato_options options = ana_potato_options_default();
    options.threshold = threshold;
    check_ok(ana_bci_gate_fit(pipeline, trials, 0, NULL, &options));
    ana_bci_trials_free(trials);
    return pipeline;
}

static void the_gate_sets_artefacts_aside_and_nothing_else(void **state)
{
    (void)state;
    live_world world = make_live_world(4, 24, 1, 1.5, 6);
    ana_bci_pipeline *plain = teach_live(&world, plain_text);
    ana_bci_pipeline *gated = teach_with_gate(&world, 4.0);
    add_burst(&world, 4000, 4100);
    heard *all = push_all(plain, &world, NULL);
    heard *clean = push_all(gated, &world, NULL);
    assert_int_equal(all->n, clean->n);
    size_t n_outside = 0;
    for (size_t i = 0; i < all->n; i++) {
        const bool meets = all->samples[i] >= 4000 && all->samples[i] < 4100 + 191;
        if (meets && all->samples[i] > 4020) {
            assert_int_equal(clean->kinds[i], ANA_BCI_GATED);
            assert_true(clean->z[i] > 4.0);
        }
        n_outside += !meets && clean->kinds[i] == ANA_BCI_GATED;
        if (clean->kinds[i] == ANA_BCI_DECISION) {
            check_same_bits(HEARD_CLASSES, clean->scores + HEARD_CLASSES * i,
                            all->scores + HEARD_CLASSES * i);
        }
        assert_true(isnan(all->z[i]) && !isnan(clean->z[i]));
    }
    assert_true((double)n_outside < 0.1 * (double)all->n);
    /* With another threshold, that one counts. */
    ana_bci_stream_options options = ana_bci_stream_options_default();
    options.gate_z = 1e6;
    heard *open = push_all(gated, &world, &options);
    assert_int_equal(count_heard(open, ANA_BCI_GATED), 0);
    free(all);
    free(clean);
    free(open);
    ana_bci_pipeline_free(plain);
    ana_bci_pipeline_free(gated);
    free_live_world(&world);
}

static void a_gate_that_adapts_moves_by_clean_windows_alone(void **state)
{
    (void)state;
    live_world world = make_live_world(4, 12, 1, 1.5, 7);
    ana_bci_pipeline *pipeline = teach_with_gate(&world, 3.0);
    ana_bci_stream_options options = ana_bci_stream_options_default();
    const double before = ana_bci_pipeline_gate(pipeline)->parts[0].potato->mean;
    free(push_all(pipeline, &world, &options));
    assert_true(ana_bci_pipeline_gate(pipeline)->parts[0].potato->mean == before);
    options.gate_rate = 0.05;
    options.gate_z = 1e-6; /* nothing but the nearest half is clean */
    free(push_all(pipeline, &world, &options));
    assert_true(ana_bci_pipeline_gate(pipeline)->parts[0].potato->mean < before);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
}

static void the_gate_is_saved_with_the_pipeline(void **state)
{
    (void)state;
    live_world world = make_live_world(4, 12, 1, 1.5, 8);
    ana_bci_pipeline *pipeline = teach_with_gate(&world, 2.5);
    ana_bci_pipeline *back = NULL;
    ana_record *record = save_and_compare(pipeline, &world);
    ana_record *gate = (ana_record *)(uintptr_t)ana_record_find(record, "gate/deviation");
    gate->number = -1.0;
    check_fails(ana_bci_pipeline_from_record(record, &back), ANA_ERR_FORMAT, "above 0");
    gate->number = 1.0;
    gate = (ana_record *)(uintptr_t)ana_record_find(record, "gate/centre");
    gate->doubles[0] = -1.0;
    check_fails(ana_bci_pipeline_from_record(record, &back), ANA_ERR_FORMAT,
                "not positive definite");
    gate->doubles[0] = NAN;
    check_fails(ana_bci_pipeline_from_record(record, &back), ANA_ERR_FORMAT, "not finite");
    gate->shape[0] = 3;
    check_fails(ana_bci_pipeline_from_record(record, &back), ANA_ERR_FORMAT,
                "gate: record: axis 0 of \"centre\"");
    ana_record_free(record);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
}

static void z_at_the_limit_is_set_aside_and_p_is_not(void **state)
{
    (void)state;
    char text[] = "1-2";
    double z[1] = {3.0};
    ana_potato potato = {.threshold = 3.0};
    ana_bci_gate_part part = {.potato = &potato};
    ana_bci_gate gate = {.n_parts = 1, .parts = &part, .p = 0.01};
    bci_gate_work work = {.z = z, .p = 0.01};
    assert_true(bci_gate_decide(&gate, 0.0, &work));
    assert_false(bci_gate_decide(&gate, 3.5, &work));
    assert_true(bci_gate_decide(&gate, 2.5, &work));
    z[0] = 2.999;
    assert_false(bci_gate_decide(&gate, 0.0, &work));
    gate.text = text;
    assert_false(bci_gate_decide(&gate, 0.0, &work));
    assert_true(bci_gate_decide(&gate, 0.02, &work));
    assert_false(bci_gate_decide(&gate, 0.005, &work));
    work.p = 0.00999;
    assert_true(bci_gate_decide(&gate, 0.0, &work));
    assert_int_equal(work.n_judged, 8);
    assert_int_equal(work.n_aside, 4);
}

static void a_gate_of_another_day_is_told(void **state)
{
    (void)state;
    live_world world = make_live_world(3, 10, 1, 1.5, 42);
    ana_bci_pipeline *pipeline = teach_with_gate(&world, 3.0);
    const ana_bci_gate *gate = ana_bci_pipeline_gate(pipeline);
    char advice[ANA_BCI_ADVICE] = "";
    ana_bci_stream *stream = NULL;
    heard *h = calloc(1, sizeof *h);
    assert_non_null(h);
    check_ok(ana_bci_stream_new(pipeline, NULL, &stream));
    push_pieces(stream, &world, 0, world.series->n_times, h);
    assert_false(ana_bci_stream_advise(stream, advice));
    ana_bci_stream_free(stream);
    for (size_t k = 0; k < 3 * world.series->n_times; k++) {
        world.values[k] *= 5.0; /* another gain on another day */
    }
    check_ok(ana_bci_stream_new(pipeline, NULL, &stream));
    h->n = 0;
    push_pieces(stream, &world, 0, world.series->n_times, h);
    assert_true(ana_bci_stream_advise(stream, advice));
    char count[64];
    snprintf(count, sizeof count, "set %zu of %zu windows aside", count_heard(h, ANA_BCI_GATED),
             h->n);
    assert_non_null(strstr(advice, count));
    /* The limit it names lets half through. */
    const char *named = strstr(advice, "(--gate-z ");
    assert_non_null(named);
    const double limit = strtod(named + 10, NULL);
    size_t n_through = 0;
    size_t n_nearer = 0;
    for (size_t i = 0; i < h->n; i++) {
        n_through += h->z[i] < limit;
        n_nearer += h->z[i] < limit - 0.1;
    }
    assert_true(2 * n_through >= h->n && 2 * n_nearer < h->n);
    ana_bci_stream_free(stream);
    free(h);
    assert_false(bci_gate_advise(gate, NAN, 9, 9, advice)); /* too few to tell */
    assert_false(bci_gate_advise(gate, NAN, 5, 10, advice));
    assert_true(bci_gate_advise(gate, NAN, 6, 10, advice));
    assert_non_null(strstr(advice, "(--gate-z) lets more of them through"));
    assert_false(bci_gate_advise(NULL, NAN, 6, 10, advice));
    char text[] = "1-2";
    ana_bci_gate_part part = {.text = text};
    const ana_bci_gate field = {.text = text, .n_parts = 1, .parts = &part};
    bci_gate_work work = {.p = 1e-3};
    assert_true(isnan(bci_gate_half(&field, &work)));
    for (size_t i = 0; i < 4; i++) {
        assert_true(bci_gate_decide(&field, 0.01, &work) == (i < 3));
        work.p = i < 2 ? 1e-7 : 0.02;
    }
    assert_int_equal(work.n_judged, 4);
    assert_int_equal(work.n_aside, 3);
    assert_true(bci_gate_half(&field, &work) <= 1e-3 && bci_gate_half(&field, &work) > 1e-5);
    assert_true(bci_gate_advise(&field, 1e-4, 6, 10, advice));
    assert_non_null(strstr(advice, "(--gate-p 0.0001) lets half"));
    assert_non_null(strstr(advice, "--gate-field"));
    work.p = 0.0; /* beyond what is counted apart */
    for (size_t i = 0; i < 6; i++) {
        assert_true(bci_gate_decide(&field, 0.01, &work));
    }
    assert_true(isnan(bci_gate_half(&field, &work)));
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
}

/* Some trials alone teach the gate. */
static void a_gate_is_learned_from_the_items_given(void **state)
{
    (void)state;
    live_world world = make_live_world(3, 16, 1, 1.5, 45);
    ana_bci_pipeline *pipeline = teach_live(&world, plain_text);
    ana_bci_trials *trials = cut_live_trials(&world, pipeline);
    const size_t items[] = {15, 3, 4, 8, 9, 11, 12};
    double covariances[7 * 9];
    ana_potato *potato = NULL;
    for (size_t i = 0; i < 7; i++) {
        check_ok(ana_covariance_compute(ANA_COVARIANCE_LEDOIT_WOLF, 3, 192,
                                        trials->values + items[i] * ana_bci_trial_size(trials),
                                        covariances + 9 * i));
    }
    const ana_spd_set set = {3, false, 7, covariances};
    check_ok(ana_potato_fit(&set, NULL, NULL, NULL, &potato));
    check_ok(ana_bci_gate_fit(pipeline, trials, 7, items, NULL));
    const ana_potato *gate = ana_bci_pipeline_gate(pipeline)->parts[0].potato;
    check_same_bits(9, gate->centre, potato->centre);
    assert_true(gate->mean == potato->mean && gate->n_clean == potato->n_clean);
    ana_potato_free(potato);
    ana_bci_trials_free(trials);
    ana_bci_pipeline_free(pipeline);
    free_live_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gate_sets_artefacts_aside_and_nothing_else),
        cmocka_unit_test(a_gate_that_adapts_moves_by_clean_windows_alone),
        cmocka_unit_test(the_gate_is_saved_with_the_pipeline),
        cmocka_unit_test(z_at_the_limit_is_set_aside_and_p_is_not),
        cmocka_unit_test(a_gate_of_another_day_is_told),
        cmocka_unit_test(a_gate_is_learned_from_the_items_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
