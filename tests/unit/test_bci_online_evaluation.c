#include "support/bci_live.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/bci_online_evaluation.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_RUNS = 3
};

/* Three recordings of one subject on two days. */
typedef struct study {
    live_world worlds[N_RUNS];
    ana_bci_trials *trials;
} study;

static void make_study(study *out)
{
    static const char *const sessions[N_RUNS] = {"day1", "day1", "day2"};
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_trials *parts[N_RUNS];
    check_ok(ana_bci_pipeline_parse("band 8-32 phase=causal | cov | mdm", &pipeline));
    for (size_t r = 0; r < N_RUNS; r++) {
        out->worlds[r] = make_live_world(3, 8, 1, 4.0, (unsigned)r + 1);
        parts[r] = cut_live_trials(&out->worlds[r], pipeline);
        free(parts[r]->session_names[0]);
        parts[r]->session_names[0] = strdup(sessions[r]);
        assert_non_null(parts[r]->session_names[0]);
    }
    check_ok(ana_bci_trials_join(N_RUNS, parts, &out->trials));
    assert_int_equal(out->trials->n_runs, N_RUNS);
    for (size_t r = 0; r < N_RUNS; r++) {
        ana_bci_trials_free(parts[r]);
    }
    ana_bci_pipeline_free(pipeline);
}

static void free_study(study *of)
{
    for (size_t r = 0; r < N_RUNS; r++) {
        free_live_world(&of->worlds[r]);
    }
    ana_bci_trials_free(of->trials);
}

static ana_status trials_of(void *user, const ana_bci_bank *bank, const ana_bci_trials **out)
{
    const study *of = user;
    (void)bank;
    *out = of->trials;
    return ANA_OK;
}

static ana_status run_of(void *user, size_t run, const ana_series **series,
                         const ana_intervals **events)
{
    const study *of = user;
    *series = of->worlds[run].series;
    *events = of->worlds[run].events;
    return ANA_OK;
}

static const char *const names[] = {"MDM", "TS"};
static const char *const texts[] = {"band 8-32 phase=causal | cov oas | mdm",
                                    "band 8-32 phase=causal | cov oas | tangent | lda shrunk"};

static ana_bci_online_task task_of(study *of, size_t n)
{
    return (ana_bci_online_task){.trials_of = trials_of,
                                 .run_of = run_of,
                                 .user = of,
                                 .n_pipelines = n,
                                 .names = names,
                                 .texts = texts,
                                 .stream = ana_bci_stream_options_default(),
                                 .idle = ana_bci_idle_options_default()};
}

/* The same by hand: learned from the other recordings, replayed, scored. */
static void each_recording_is_replayed_to_what_learned_from_the_others(void **state)
{
    (void)state;
    study of;
    const ana_run run = ana_run_default();
    ana_bci_online_evaluation *evaluation = NULL;
    make_study(&of);
    ana_bci_online_task task = task_of(&of, 2);
    check_ok(ana_bci_evaluate_online(&task, &run, &evaluation));
    for (size_t k = 0; k < 2; k++) {
        double sum = 0.0;
        for (size_t r = 0; r < N_RUNS; r++) {
            const ana_bci_online_score *score = &evaluation->scores[k * N_RUNS + r];
            size_t others[64];
            size_t n = 0;
            ana_bci_pipeline *pipeline = NULL;
            ana_bci_windows *windows = NULL;
            ana_classification_scores *scores = NULL;
            for (size_t i = 0; i < of.trials->n_trials; i++) {
                if (of.trials->runs[i] != r) {
                    others[n++] = i;
                }
            }
            check_ok(ana_bci_pipeline_parse(texts[k], &pipeline));
            check_ok(ana_bci_pipeline_fit(pipeline, of.trials, n, others, &run));
            check_ok(ana_bci_pseudo_online(pipeline, of.worlds[r].series, of.worlds[r].events,
                                           &task.stream, &task.idle, &windows));
            check_ok(ana_bci_windows_score(windows, &scores));
            assert_int_equal(score->n_windows, scores->n);
            assert_true(score->normalised_matthews == scores->normalised_matthews);
            assert_true(score->accuracy == scores->accuracy);
            assert_true(score->chance == scores->chance);
            assert_int_equal(score->n_events, 8);
            assert_true(score->n_found >= 6 && score->latency_s > 0.0 && score->latency_s <= 2.0);
            sum += scores->normalised_matthews;
            ana_classification_scores_free(scores);
            ana_bci_windows_free(windows);
            ana_bci_pipeline_free(pipeline);
        }
        check_close(evaluation->mean[k], sum / N_RUNS, 1e-14, 0.0);
        double squares = 0.0;
        for (size_t r = 0; r < N_RUNS; r++) {
            const double score = evaluation->scores[k * N_RUNS + r].normalised_matthews;
            squares += (score - sum / N_RUNS) * (score - sum / N_RUNS);
        }
        check_close(evaluation->sd[k], sqrt(squares / (N_RUNS - 1)), 1e-14, 0.0);
        assert_true(evaluation->sd[k] > 0.0);
        assert_true(evaluation->mean[k] > 0.55);
    }
    assert_string_equal(evaluation->run_names[2], "a day2 live");
    ana_bci_online_evaluation_free(evaluation);
    free_study(&of);
}

/* The last recording is of another subject: its own have none of it to learn from but each other,
 * and it has all of theirs. */
static void a_subject_is_learned_from_itself_where_it_can(void **state)
{
    (void)state;
    static const bool teaches[N_RUNS][N_RUNS] = {
        {false, true, false}, {true, false, false}, {true, true, false}};
    study of;
    const ana_run run = ana_run_default();
    ana_bci_online_evaluation *evaluation = NULL;
    make_study(&of);
    ana_bci_trials *trials = of.trials;
    char **subjects = realloc(trials->subject_names, 2 * sizeof *subjects);
    assert_non_null(subjects);
    trials->subject_names = subjects;
    subjects[1] = strdup("b");
    trials->n_subjects = 2;
    trials->session_subjects[1] = 1;
    for (size_t i = 0; i < trials->n_trials; i++) { /* who learned from it would be wrong */
        trials->labels[i] = trials->runs[i] == 2 ? 1 - trials->labels[i] : trials->labels[i];
    }
    ana_bci_online_task task = task_of(&of, 1);
    task.stream.step_s = 0.5;
    check_ok(ana_bci_evaluate_online(&task, &run, &evaluation));
    for (size_t r = 0; r < N_RUNS; r++) {
        size_t items[64];
        size_t n = 0;
        ana_bci_pipeline *pipeline = NULL;
        ana_bci_windows *windows = NULL;
        ana_classification_scores *scores = NULL;
        for (size_t i = 0; i < trials->n_trials; i++) {
            if (teaches[r][trials->runs[i]]) {
                items[n++] = i;
            }
        }
        check_ok(ana_bci_pipeline_parse(texts[0], &pipeline));
        check_ok(ana_bci_pipeline_fit(pipeline, trials, n, items, &run));
        check_ok(ana_bci_pseudo_online(pipeline, of.worlds[r].series, of.worlds[r].events,
                                       &task.stream, &task.idle, &windows));
        check_ok(ana_bci_windows_score(windows, &scores));
        assert_true(evaluation->scores[r].normalised_matthews == scores->normalised_matthews);
        assert_true(evaluation->scores[r].accuracy == scores->accuracy);
        assert_true(evaluation->scores[r].chance == scores->chance);
        ana_classification_scores_free(scores);
        ana_bci_windows_free(windows);
        ana_bci_pipeline_free(pipeline);
    }
    ana_bci_online_evaluation_free(evaluation);
    free_study(&of);
}

typedef struct warned {
    size_t n;
    char last[1024];
} warned;

static void note_warning(void *user, const char *sentence)
{
    warned *w = user;
    w->n++;
    snprintf(w->last, sizeof w->last, "%s", sentence);
}

static void a_gate_is_learned_from_the_others_too(void **state)
{
    (void)state;
    study of;
    warned heard = {.n = 0};
    size_t n_unfit = 0;
    ana_run run = ana_run_default();
    run.warn = note_warning;
    run.user = &heard;
    ana_bci_online_evaluation *evaluation = NULL;
    make_study(&of);
    ana_bci_online_task task = task_of(&of, 1);
    task.stream.step_s = 0.5;
    task.gate_z = 1.5;
    check_ok(ana_bci_evaluate_online(&task, &run, &evaluation));
    for (size_t r = 0; r < N_RUNS; r++) {
        size_t others[64];
        size_t n = 0;
        size_t n_gated = 0;
        ana_bci_pipeline *pipeline = NULL;
        ana_bci_windows *windows = NULL;
        ana_potato_options gate = ana_potato_options_default();
        gate.threshold = 1.5;
        for (size_t i = 0; i < of.trials->n_trials; i++) {
            if (of.trials->runs[i] != r) {
                others[n++] = i;
            }
        }
        check_ok(ana_bci_pipeline_parse(texts[0], &pipeline));
        check_ok(ana_bci_pipeline_fit(pipeline, of.trials, n, others, &run));
        check_ok(ana_bci_gate_fit(pipeline, of.trials, n, others, &gate));
        check_ok(ana_bci_pseudo_online(pipeline, of.worlds[r].series, of.worlds[r].events,
                                       &task.stream, &task.idle, &windows));
        for (size_t i = 0; i < windows->n; i++) {
            n_gated += windows->z[i] >= 1.5;
        }
        n_unfit += 2 * n_gated > windows->n;
        assert_true(n_gated > 0 && n_gated < windows->n);
        assert_int_equal(evaluation->scores[r].n_gated, n_gated);
        check_close(evaluation->scores[r].gated, (double)n_gated / (double)windows->n, 0.0, 1e-15);
        ana_bci_windows_free(windows);
        ana_bci_pipeline_free(pipeline);
    }
    ana_bci_online_evaluation_free(evaluation);
    assert_int_equal(heard.n, n_unfit);
    heard.n = 0;
    task.stream.gate_z = 0.01;
    check_ok(ana_bci_evaluate_online(&task, &run, &evaluation));
    assert_int_equal(heard.n, N_RUNS);
    assert_non_null(strstr(heard.last, "mdm riemann, a day2 live: the gate set"));
    ana_bci_online_evaluation_free(evaluation);
    free_study(&of);
}

static void what_cannot_be_live_is_refused_with_its_name(void **state)
{
    (void)state;
    study of;
    const ana_run run = ana_run_default();
    ana_bci_online_evaluation *evaluation = NULL;
    make_study(&of);
    ana_bci_online_task task = task_of(&of, 1);
    task.texts = (const char *const[]){"band 8-32 | cov oas | mdm"};
    check_fails(ana_bci_evaluate_online(&task, &run, &evaluation), ANA_ERR_VALUE, "MDM: a day1");
    task.texts = (const char *const[]){"band 8-32 phase=causal | cov {oas,lwf} | mdm"};
    check_fails(ana_bci_evaluate_online(&task, &run, &evaluation), ANA_ERR_UNSUPPORTED, "family");
    task.n_pipelines = 0;
    check_fails(ana_bci_evaluate_online(&task, &run, &evaluation), ANA_ERR_VALUE, "no pipelines");
    for (size_t i = 0; i < of.trials->n_trials; i++) {
        of.trials->runs[i] = 0;
    }
    task = task_of(&of, 1);
    check_fails(ana_bci_evaluate_online(&task, &run, &evaluation), ANA_ERR_VALUE,
                "no other recording to learn from");
    free_study(&of);
}

static ana_status evaluate_and_tell(void *user)
{
    study *of = user;
    ana_run run = ana_run_default();
    ana_bci_online_task task = task_of(of, 1);
    ana_bci_online_evaluation *evaluation = NULL;
    ana_record *record = NULL;
    run.n_threads = 1;
    task.stream.step_s = 1.0;
    ana_status status = ana_bci_evaluate_online(&task, &run, &evaluation);
    status = status != ANA_OK ? status : ana_bci_online_evaluation_to_record(evaluation, &record);
    ana_bci_online_evaluation_free(evaluation);
    ana_record_free(record);
    return status;
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    study of;
    make_study(&of);
    check_each_allocation(evaluate_and_tell, &of, 0);
    free_study(&of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_recording_is_replayed_to_what_learned_from_the_others),
        cmocka_unit_test(a_subject_is_learned_from_itself_where_it_can),
        cmocka_unit_test(a_gate_is_learned_from_the_others_too),
        cmocka_unit_test(what_cannot_be_live_is_refused_with_its_name),
        cmocka_unit_test(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
