/* Steps that bring sessions together: recentre, rescale, rotate, mdwm; and the gate of artefacts.
 */
#include "support/bci_data.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/bci_pipeline.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SESSIONS = 3,
    EACH = 40,
    N = SESSIONS * EACH
};

/* Many small fits: threads would wait for each other more than they work. */
static ana_run one_thread(void)
{
    ana_run run = ana_run_default();
    run.n_threads = 1;
    return run;
}

/* Learned from the first sessions; the share of the last one's trials that is answered right. */
static double learn_and_answer(const char *text, const ana_bci_trials *trials,
                               ana_bci_outputs **kept)
{
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_pipeline *again = NULL;
    ana_bci_outputs *outputs = NULL;
    ana_bci_outputs *same = NULL;
    ana_record *record = NULL;
    const ana_run run = one_thread();
    size_t items[N];
    double right = 0.0;
    for (size_t i = 0; i < N; i++) {
        items[i] = i;
    }
    check_ok(ana_bci_pipeline_parse(text, &pipeline));
    check_ok(ana_bci_pipeline_fit(pipeline, trials, N - EACH, items, &run));
    check_ok(ana_bci_pipeline_predict(pipeline, trials, EACH, items + N - EACH, &run, &outputs));
    for (size_t i = 0; i < EACH; i++) {
        right += outputs->chosen[i] == trials->labels[N - EACH + i] ? 1.0 : 0.0;
    }
    check_ok(ana_bci_pipeline_to_record(pipeline, &record)); /* what is saved answers the same */
    check_ok(ana_bci_pipeline_from_record(record, &again));
    check_ok(ana_bci_pipeline_predict(again, trials, EACH, items + N - EACH, &run, &same));
    assert_memory_equal(same->scores, outputs->scores,
                        EACH * outputs->n_classes * sizeof *same->scores);
    ana_bci_outputs_free(same);
    ana_record_free(record);
    ana_bci_pipeline_free(again);
    ana_bci_pipeline_free(pipeline);
    if (kept != NULL) {
        *kept = outputs;
    } else {
        ana_bci_outputs_free(outputs);
    }
    return right / EACH;
}

static void recentring_undoes_the_drift_of_sessions(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    make_bci_trials(N, 2, SESSIONS, 4, 100, 2.0, 1.5, &trials);
    assert_int_equal(trials->n_sessions, SESSIONS);
    const double raw = learn_and_answer("cov | mdm", trials, NULL);
    const double whole = learn_and_answer("cov | recentre | mdm", trials, NULL);
    const double live = learn_and_answer("cov | recentre streaming | mdm", trials, NULL);
    const double euclidean = learn_and_answer("cov | recentre mean=euclidean | mdm", trials, NULL);
    assert_true(whole >= raw + 0.05);
    assert_true(live >= raw && euclidean >= raw);
    assert_true(whole >= 0.8);
    ana_bci_trials_free(trials);
}

static void rotation_and_spread_follow_recentring(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    make_bci_trials(N, 3, SESSIONS, 4, 100, 2.0, 1.5, &trials);
    const double raw = learn_and_answer("cov | mdm", trials, NULL);
    static const char *const texts[] = {
        "cov | recentre | rescale | mdm", "cov | recentre | rescale calibrated | mdm",
        "cov | recentre | rescale | rotate | mdm", "cov | recentre | rotate riemann | mdm",
        "cov | recentre | mdwm 0.7"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_true(learn_and_answer(texts[i], trials, NULL) >= raw);
    }
    ana_bci_trials_free(trials);
}

static void a_pipeline_says_whether_it_looks_ahead(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ahead;
    } known[] = {{"cov | mdm", false},
                 {"cov | recentre | mdm", true},
                 {"cov | recentre streaming rate=0.1 | mdm", false},
                 {"cov | recentre calibrated | mdm", false},
                 {"cov | recentre calibrated | rescale | mdm", true},
                 {"cov | recentre streaming | rescale calibrated | rotate | mdwm", false},
                 {"cov | potato | mdm", false}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        ana_bci_pipeline *pipeline = NULL;
        check_ok(ana_bci_pipeline_parse(known[i].text, &pipeline));
        assert_int_equal(ana_bci_pipeline_is_transductive(pipeline), known[i].ahead);
        ana_bci_pipeline_free(pipeline);
    }
}

/* Without the later trials of a session, streaming answers of the first are the same; transductive
 * ones are not. */
static void streaming_answers_do_not_see_later_trials(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    const ana_run run = one_thread();
    size_t items[N];
    static const char *const texts[] = {"cov | recentre streaming before=10 | mdm",
                                        "cov | recentre | mdm"};
    make_bci_trials(N, 2, SESSIONS, 4, 100, 2.0, 1.0, &trials);
    for (size_t i = 0; i < N; i++) {
        items[i] = i;
    }
    for (size_t t = 0; t < 2; t++) {
        ana_bci_pipeline *pipeline = NULL;
        ana_bci_outputs *all = NULL;
        ana_bci_outputs *some = NULL;
        check_ok(ana_bci_pipeline_parse(texts[t], &pipeline));
        check_ok(ana_bci_pipeline_fit(pipeline, trials, N - EACH, items, &run));
        check_ok(ana_bci_pipeline_predict(pipeline, trials, EACH, items + N - EACH, &run, &all));
        check_ok(ana_bci_pipeline_predict(pipeline, trials, 7, items + N - EACH, &run, &some));
        assert_int_equal(
            memcmp(all->scores, some->scores, 7 * all->n_classes * sizeof *all->scores) == 0,
            t == 0);
        ana_bci_outputs_free(all);
        ana_bci_outputs_free(some);
        ana_bci_pipeline_free(pipeline);
    }
    ana_bci_trials_free(trials);
}

/* Three trials of training a thousand times as strong: without them all is as if they were not. */
static void artefacts_do_not_teach_what_comes_after_the_potato(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_bci_pipeline *gated = NULL;
    ana_bci_pipeline *clean = NULL;
    ana_bci_outputs *outputs[2] = {NULL, NULL};
    ana_record *record = NULL;
    const ana_run run = one_thread();
    size_t items[N];
    size_t chosen[N];
    size_t n = 0;
    make_bci_trials(N, 2, 1, 4, 100, 2.0, 0.0, &trials);
    for (size_t i = 0; i < N; i++) {
        items[i] = i;
        const bool artefact = i == 5 || i == 32 || i == 57;
        for (size_t e = 0; e < ana_bci_trial_size(trials) && artefact; e++) {
            trials->values[i * ana_bci_trial_size(trials) + e] *= 1000.0;
        }
        if (!artefact && i < N - EACH) {
            chosen[n++] = i;
        }
    }
    check_ok(ana_bci_pipeline_parse("cov | potato | mdm", &gated));
    check_ok(ana_bci_pipeline_parse("cov | mdm", &clean));
    check_ok(ana_bci_pipeline_fit(gated, trials, N - EACH, items, &run));
    check_ok(ana_bci_pipeline_fit(clean, trials, n, chosen, &run));
    check_ok(ana_bci_pipeline_predict(gated, trials, EACH, items + N - EACH, &run, &outputs[0]));
    check_ok(ana_bci_pipeline_predict(clean, trials, EACH, items + N - EACH, &run, &outputs[1]));
    assert_memory_equal(outputs[0]->scores, outputs[1]->scores,
                        EACH * outputs[0]->n_classes * sizeof(double));
    check_ok(ana_bci_pipeline_to_record(gated, &record));
    ana_record_free(record);
    ana_bci_outputs_free(outputs[0]);
    ana_bci_outputs_free(outputs[1]);
    ana_bci_pipeline_free(gated);
    ana_bci_pipeline_free(clean);
    ana_bci_trials_free(trials);
}

static void what_cannot_be_brought_together_is_refused(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_bci_pipeline *pipeline = NULL;
    const ana_run run = one_thread();
    size_t items[EACH + 6];
    size_t n = 0;
    make_bci_trials(N, 2, SESSIONS, 4, 100, 2.0, 0.5, &trials);
    for (size_t i = 0; i < EACH + 12; i++) { /* of the second session one class alone */
        if (i < EACH || trials->labels[i] == 1) {
            items[n++] = i;
        }
    }
    check_ok(ana_bci_pipeline_parse("cov | rotate | mdm", &pipeline));
    check_fails(ana_bci_pipeline_fit(pipeline, trials, n, items, &run), ANA_ERR_VALUE,
                "step rotate: session 2 of training");
    ana_bci_pipeline_free(pipeline);
    check_ok(ana_bci_pipeline_parse("cov | mdwm", &pipeline));
    check_ok(ana_bci_pipeline_fit(pipeline, trials, n, items, &run)); /* that class: the source's */
    ana_bci_pipeline_free(pipeline);
    const size_t four[4] = {0, 1, 2, EACH};
    check_ok(ana_bci_pipeline_parse("cov | rescale | mdm", &pipeline));
    check_fails(ana_bci_pipeline_fit(pipeline, trials, 4, four, &run), ANA_ERR_VALUE,
                "domain 1 has dispersion");
    ana_bci_pipeline_free(pipeline);
    const size_t two[2] = {0, 1};
    check_ok(ana_bci_pipeline_parse("cov | potato | mdm", &pipeline));
    check_fails(ana_bci_pipeline_fit(pipeline, trials, 2, two, &run), ANA_ERR_VALUE,
                "2 of 2 matrices are left");
    ana_bci_pipeline_free(pipeline);
    check_fails(ana_bci_pipeline_parse("cov | recentre never | mdm", &pipeline), ANA_ERR_VALUE,
                "step recentre: use cannot be \"never\"");
    ana_bci_trials_free(trials);
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    const ana_run run = one_thread();
    size_t items[16];
    static const char *const texts[] = {
        "cov | potato | recentre | rescale | rotate iterations=10000 | mdwm",
        "cov | recentre streaming | rescale calibrated | mdm"};
    make_bci_trials(N, 2, SESSIONS, 2, 100, 2.0, 0.5, &trials);
    for (size_t i = 0; i < 16; i++) {
        items[i] = i < 8 ? i : EACH + i;
    }
    for (size_t t = 0; t < 2; t++) {
        ana_bci_pipeline *pipeline = NULL;
        ana_bci_outputs *outputs = NULL;
        check_ok(ana_bci_pipeline_parse(texts[t], &pipeline));
        TOLERANT_ALLOCATION_TEST(ana_bci_pipeline_fit, (pipeline, trials, 16, items, &run),
                                 (void)0);
        check_ok(ana_bci_pipeline_fit(pipeline, trials, 16, items, &run));
        ALLOCATION_TEST(ana_bci_pipeline_predict, (pipeline, trials, 4, items, &run, &outputs),
                        ana_bci_outputs_free(outputs));
        ana_bci_pipeline_free(pipeline);
    }
    ana_bci_trials_free(trials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recentring_undoes_the_drift_of_sessions),
        cmocka_unit_test(rotation_and_spread_follow_recentring),
        cmocka_unit_test(a_pipeline_says_whether_it_looks_ahead),
        cmocka_unit_test(streaming_answers_do_not_see_later_trials),
        cmocka_unit_test(artefacts_do_not_teach_what_comes_after_the_potato),
        cmocka_unit_test(what_cannot_be_brought_together_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("bci transfer steps", tests, NULL, NULL);
}
