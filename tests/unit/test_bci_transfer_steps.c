/* Steps that bring sessions together: recentre, rescale, rotate, mdwm; and the gate of artefacts.
 */
#include "bci_domains.h"
#include "bci_parts.h"
#include "support/bci_data.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/bci_pipeline.h>
#include <analysis/models/riemannian_potato.h>

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
    const char *note = NULL;
    const double *spread = NULL;
    bci_batch batch = {.n_items = 0};
    ana_potato *potato = NULL;
    ana_shape shape = {.n_axes = 1, .n = {3}};
    check_ok(ana_record_get_text(record, "steps/2 potato/note", &note));
    assert_string_equal(note, "3 of 80 training trials left out as artefacts");
    check_ok(ana_bci_prepare(gated, trials, N - EACH, items, &run, &batch));
    const ana_spd_set set = ana_bci_batch_set(&batch);
    check_ok(ana_potato_fit(&set, NULL, NULL, NULL, &potato));
    check_ok(ana_record_get_doubles(record, "steps/2 potato/spread", &shape, &spread));
    check_close(spread[0], potato->mean, 1e-12, 0.0);
    check_close(spread[1], potato->deviation, 1e-12, 0.0);
    assert_true(spread[2] == 3.0);
    ana_potato_free(potato);
    ana_bci_batch_release(&batch);
    ana_record_free(record);
    ana_bci_outputs_free(outputs[0]);
    ana_bci_outputs_free(outputs[1]);
    ana_bci_pipeline_free(gated);
    ana_bci_pipeline_free(clean);
    ana_bci_trials_free(trials);
}

/* A step of a pipeline that has learned from all trials but the last session's, and what it makes
 * of the same: as training trials (with labels), or as new ones. */
typedef struct one_step {
    ana_bci_pipeline *pipeline;
    bci_batch in;
    bci_batch out;
    ana_domains domains;
} one_step;

static one_step apply_last(const char *text, const ana_bci_trials *trials, bool training)
{
    one_step made = {.domains = {SESSIONS, trials->sessions, NULL}};
    const ana_run run = one_thread();
    size_t items[N];
    for (size_t i = 0; i < N; i++) {
        items[i] = i;
    }
    const bci_teacher teacher = {.run = &run,
                                 .labels = training ? trials->labels : NULL,
                                 .n_classes = trials->n_classes,
                                 .domains = trials->sessions,
                                 .n_domains = trials->n_sessions};
    check_ok(ana_bci_pipeline_parse(text, &made.pipeline));
    check_ok(ana_bci_pipeline_fit(made.pipeline, trials, N, items, &run));
    check_ok(ana_bci_prepare(made.pipeline, trials, N, items, &run, &made.in));
    check_ok(ana_bci_step_forward(&made.pipeline->steps[1], &made.in, &teacher, &made.out));
    return made;
}

static void release_step(one_step *made)
{
    ana_bci_batch_release(&made->in);
    ana_bci_batch_release(&made->out);
    ana_bci_pipeline_free(made->pipeline);
}

/* Mean squared distance of what the step gave from its centre, in each domain. */
static void find_dispersions(const one_step *made, const ana_domains *domains, double *out)
{
    const ana_spd_set set = ana_bci_batch_set(&made->out);
    ana_spd_mean_options options = ana_spd_mean_options_default();
    double centres[SESSIONS * 16];
    options.tolerance = 1e-12;
    check_ok(ana_domain_centres(&set, domains, &options, centres));
    check_ok(ana_domain_dispersions(&set, domains, centres, NULL, out));
}

static void trials_are_as_far_spread_as_rescale_was_told(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    const size_t together[N] = {0};
    const ana_domains one = {1, together, NULL};
    double spread[SESSIONS];
    make_bci_trials(N, 2, SESSIONS, 4, 100, 2.0, 1.5, &trials);
    for (size_t k = 0; k < 3; k++) { /* own sessions, but of new trials when calibrated */
        one_step made = apply_last(k == 0 ? "cov | rescale dispersion=2.5 | mdm"
                                          : "cov | rescale calibrated dispersion=2.5 | mdm",
                                   trials, k == 1);
        find_dispersions(&made, k == 2 ? &one : &made.domains, spread);
        for (size_t d = 0; d < (k == 2 ? 1 : SESSIONS); d++) {
            check_close(spread[d], 2.5, 1e-6, 0.0);
        }
        release_step(&made);
    }
    ana_bci_trials_free(trials);
}

/* Sum over the classes of the squared distance of a session's means from those of the last. */
static double distance_to_last(const ana_spd_set *set, const ana_bci_trials *trials, size_t session)
{
    size_t of[N];
    double means[2 * SESSIONS * 16];
    double sum = 0.0;
    for (size_t i = 0; i < N; i++) {
        of[i] = 2 * trials->sessions[i] + trials->labels[i];
    }
    const ana_domains classes = {2 * SESSIONS, of, NULL};
    check_ok(ana_domain_centres(set, &classes, NULL, means));
    for (size_t c = 0; c < 2; c++) {
        for (size_t e = 0; e < 16; e++) {
            const double from =
                means[(2 * session + c) * 16 + e] - means[(2 * (SESSIONS - 1) + c) * 16 + e];
            sum += from * from;
        }
    }
    return sum;
}

static void rotate_turns_each_earlier_session_and_nothing_new(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    make_bci_trials(N, 2, SESSIONS, 4, 100, 2.0, 1.5, &trials);
    one_step made = apply_last("cov | rotate | mdm", trials, true);
    const ana_spd_set before = ana_bci_batch_set(&made.in);
    const ana_spd_set after = ana_bci_batch_set(&made.out);
    for (size_t d = 0; d + 1 < SESSIONS; d++) {
        const double turned = distance_to_last(&after, trials, d);
        assert_true(turned < distance_to_last(&before, trials, d));
    }
    for (size_t i = 0; i < N; i++) { /* turned, neither stretched nor sheared */
        double trace[2] = {0.0, 0.0};
        for (size_t c = 0; c < 4; c++) {
            trace[0] += made.in.values[16 * i + 5 * c];
            trace[1] += made.out.values[16 * i + 5 * c];
        }
        check_close(trace[1], trace[0], 0.0, 1e-10);
        assert_int_equal(
            memcmp(made.in.values + 16 * i, made.out.values + 16 * i, 16 * sizeof(double)) == 0,
            trials->sessions[i] + 1 == SESSIONS);
    }
    release_step(&made);
    made = apply_last("cov | rotate | mdm", trials, false);
    assert_memory_equal(made.out.values, made.in.values, sizeof(double) * N * 16);
    release_step(&made);
    ana_bci_trials_free(trials);
}

/* Training trials by their own centre, whatever new ones are whitened by; by the mean that was
 * asked for. */
static void training_trials_are_whitened_by_their_own_session(void **state)
{
    (void)state;
    static const char *const texts[] = {"cov | recentre calibrated mean=euclidean | mdm",
                                        "cov | recentre mean=euclidean | mdm",
                                        "cov | recentre streaming mean=euclidean | mdm"};
    ana_bci_trials *trials = NULL;
    make_bci_trials(N, 2, SESSIONS, 4, 100, 2.0, 1.5, &trials);
    for (size_t k = 0; k < 3; k++) {
        one_step made = apply_last(texts[k], trials, true);
        const ana_spd_set set = ana_bci_batch_set(&made.out);
        ana_spd_mean_options options = ana_spd_mean_options_default();
        double centres[SESSIONS * 16];
        options.method = ANA_SPD_MEAN_EUCLIDEAN;
        check_ok(ana_domain_centres(&set, &made.domains, &options, centres));
        for (size_t e = 0; e < SESSIONS * 16; e++) {
            check_close(centres[e], e % 16 % 5 == 0 ? 1.0 : 0.0, 1e-10, 0.0);
        }
        release_step(&made);
    }
    ana_bci_trials_free(trials);
}

/* New trials by the mean of the sessions' centres, each session counting once. */
static void calibrated_recentring_is_by_the_mean_of_the_centres(void **state)
{
    (void)state;
    const size_t together[N] = {0};
    const ana_domains one = {1, together, NULL};
    ana_bci_trials *trials = NULL;
    double centres[SESSIONS * 16];
    double mean[16] = {0.0};
    double *wanted = calloc((size_t)N * 16, sizeof *wanted);
    assert_non_null(wanted);
    make_bci_trials(N, 2, SESSIONS, 4, 100, 2.0, 1.5, &trials);
    one_step made = apply_last("cov | recentre calibrated mean=euclidean | mdm", trials, false);
    const ana_spd_set set = ana_bci_batch_set(&made.in);
    ana_spd_mean_options options = ana_spd_mean_options_default();
    options.method = ANA_SPD_MEAN_EUCLIDEAN;
    check_ok(ana_domain_centres(&set, &made.domains, &options, centres));
    for (size_t e = 0; e < SESSIONS * 16; e++) {
        mean[e % 16] += centres[e] / SESSIONS;
    }
    check_ok(ana_domain_recentre(&set, &one, mean, NULL, wanted));
    check_all_close((size_t)N * 16, made.out.values, wanted, 1e-10, 0.0);
    release_step(&made);
    free(wanted);
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
        cmocka_unit_test(trials_are_as_far_spread_as_rescale_was_told),
        cmocka_unit_test(rotate_turns_each_earlier_session_and_nothing_new),
        cmocka_unit_test(training_trials_are_whitened_by_their_own_session),
        cmocka_unit_test(calibrated_recentring_is_by_the_mean_of_the_centres),
        cmocka_unit_test(what_cannot_be_brought_together_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("bci transfer steps", tests, NULL, NULL);
}
