#include "support/bci_data.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/bci_comparison.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ana_status same_trials(void *user, const ana_bci_bank *bank, const ana_bci_trials **out)
{
    (void)bank;
    *out = user;
    return ANA_OK;
}

static size_t count_class(const ana_bci_trials *trials, size_t n, const size_t *items, size_t c)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += trials->labels[items[i]] == c;
    }
    return count;
}

static void folds_within_a_session_are_stretches_of_each_class(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_folds *folds = NULL;
    const ana_bci_fold_options options = ana_bci_fold_options_default();
    make_bci_trials(60, 3, 2, 3, 10, 1.0, 0.0, &trials);
    check_ok(ana_bci_folds_make(trials, ANA_BCI_WITHIN_SESSION, &options, &folds));
    check_ok(ana_folds_check(folds));
    assert_int_equal(folds->n_folds, 10);
    for (size_t f = 0; f < 10; f++) {
        const ana_fold *fold = &folds->folds[f];
        assert_int_equal(fold->n_test, 6);
        assert_int_equal(fold->n_train, 24);
        for (size_t c = 0; c < 3; c++) {
            assert_int_equal(count_class(trials, 6, fold->test, c), 2);
        }
        /* two rounds of the three classes, one after the other */
        for (size_t k = 0; k < 6; k++) {
            assert_int_equal(fold->test[k], f / 5 * 30 + f % 5 * 6 + k);
        }
        for (size_t k = 0; k < 24; k++) {
            assert_int_equal(trials->sessions[fold->train[k]], f / 5);
        }
    }
    ana_folds_free(folds);
    ana_bci_trials_free(trials);
}

static void another_session_tests_and_all_others_of_the_subject_train(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_folds *folds = NULL;
    const ana_bci_fold_options options = ana_bci_fold_options_default();
    make_bci_trials(30, 2, 3, 2, 10, 1.0, 0.0, &trials);
    check_ok(ana_bci_folds_make(trials, ANA_BCI_CROSS_SESSION, &options, &folds));
    assert_int_equal(folds->n_folds, 3);
    for (size_t f = 0; f < 3; f++) {
        assert_int_equal(folds->folds[f].n_test, 10);
        assert_int_equal(folds->folds[f].n_train, 20);
        assert_int_equal(trials->sessions[folds->folds[f].test[0]], f);
    }
    ana_folds_free(folds);
    assert_false(ana_bci_protocol_fits(trials, ANA_BCI_CROSS_SUBJECT));
    check_fails(ana_bci_folds_make(trials, ANA_BCI_CROSS_SUBJECT, &options, &folds), ANA_ERR_VALUE,
                "cross_subject needs two subjects");
    ana_bci_trials_free(trials);
}

static void runs_are_left_out_in_turn(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_folds *folds = NULL;
    ana_bci_fold_options options = ana_bci_fold_options_default();
    make_bci_trials(30, 2, 3, 2, 10, 1.0, 0.0, &trials);
    for (size_t i = 0; i < 30; i++) { /* three sessions become three runs of one */
        trials->sessions[i] = 0;
    }
    trials->n_sessions = 1;
    check_ok(ana_bci_folds_make(trials, ANA_BCI_WITHIN_SESSION, &options, &folds));
    assert_int_equal(folds->n_folds, 3);
    for (size_t f = 0; f < 3; f++) {
        assert_int_equal(trials->runs[folds->folds[f].test[0]], f);
        assert_int_equal(folds->folds[f].n_test, 10);
    }
    ana_folds_free(folds);
    for (size_t i = 20; i < 30; i++) { /* two runs: by themselves only when that is asked for */
        trials->runs[i] = 0;
    }
    check_ok(ana_bci_folds_make(trials, ANA_BCI_WITHIN_SESSION, &options, &folds));
    assert_int_equal(folds->n_folds, options.n_folds);
    ana_folds_free(folds);
    options.split = ANA_BCI_SPLIT_RUNS;
    check_ok(ana_bci_folds_make(trials, ANA_BCI_WITHIN_SESSION, &options, &folds));
    assert_int_equal(folds->n_folds, 2);
    assert_int_equal(folds->folds[0].n_test, 20);
    ana_folds_free(folds);
    options.split = ANA_BCI_SPLIT_CONTIGUOUS;
    options.n_folds = 16;
    check_fails(ana_bci_folds_make(trials, ANA_BCI_WITHIN_SESSION, &options, &folds), ANA_ERR_VALUE,
                "session s1: folds: 15 trials of class 1 are too few for 16 folds");
    trials->n_sessions = 3;
    ana_bci_trials_free(trials);
}

static void folds_are_saved_with_their_trials_and_refused_for_others(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_folds *folds[ANA_BCI_N_PROTOCOLS] = {NULL};
    ana_folds *again[ANA_BCI_N_PROTOCOLS] = {NULL};
    ana_record *record = NULL;
    const ana_bci_fold_options options = ana_bci_fold_options_default();
    make_bci_trials(40, 2, 2, 2, 10, 1.0, 0.0, &trials);
    check_ok(ana_bci_folds_make(trials, ANA_BCI_WITHIN_SESSION, &options, &folds[0]));
    check_ok(ana_bci_folds_make(trials, ANA_BCI_CROSS_SESSION, &options, &folds[1]));
    check_ok(ana_bci_folds_to_record(trials, (const ana_folds *const *)folds, &record));
    check_ok(ana_bci_folds_from_record(record, trials, again));
    for (size_t p = 0; p < 2; p++) {
        assert_int_equal(again[p]->n_folds, folds[p]->n_folds);
        for (size_t f = 0; f < folds[p]->n_folds; f++) {
            const ana_fold *a = &folds[p]->folds[f];
            const ana_fold *b = &again[p]->folds[f];
            assert_int_equal(a->n_test, b->n_test);
            assert_memory_equal(a->test, b->test, a->n_test * sizeof *a->test);
            assert_int_equal(a->n_train, b->n_train);
            assert_memory_equal(a->train, b->train, a->n_train * sizeof *a->train);
        }
        ana_folds_free(folds[p]);
        ana_folds_free(again[p]);
    }
    assert_null(again[2]);
    trials->onsets[7] += 1.0;
    check_fails(ana_bci_folds_from_record(record, trials, again), ANA_ERR_VALUE,
                "their trial 7 is of s1 at");
    ana_record_free(record);
    ana_bci_trials_free(trials);
}

static void a_metric_is_that_of_its_answers(void **state)
{
    (void)state;
    const size_t labels[] = {0, 0, 1, 1, 1};
    const size_t chosen[] = {0, 1, 1, 1, 0};
    const double scores[] = {0.9, 0.1, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.6, 0.4};
    double value = 0.0;
    check_ok(ana_bci_metric_of(ANA_BCI_METRIC_AUTO, 5, 2, labels, chosen, scores, &value));
    check_close(value, 5.0 / 6.0, 1e-15, 0.0); /* one of six pairs is in the wrong order */
    check_ok(ana_bci_metric_of(ANA_BCI_METRIC_ACCURACY, 5, 2, labels, chosen, scores, &value));
    check_close(value, 0.6, 1e-15, 0.0);
    check_ok(
        ana_bci_metric_of(ANA_BCI_METRIC_BALANCED_ACCURACY, 5, 2, labels, chosen, scores, &value));
    check_close(value, (0.5 + 2.0 / 3.0) / 2.0, 1e-15, 0.0);
    check_ok(ana_bci_metric_of(ANA_BCI_METRIC_KAPPA, 5, 2, labels, chosen, scores, &value));
    check_close(value, (0.6 - 0.52) / 0.48, 1e-12, 0.0);
    check_ok(ana_bci_metric_of(ANA_BCI_METRIC_MATTHEWS, 5, 2, labels, chosen, scores, &value));
    check_close(value, 1.0 / 6.0, 1e-12, 0.0); /* (2 * 1 - 1 * 1) / sqrt(3 * 3 * 2 * 2) */
    check_fails(ana_bci_metric_of(ANA_BCI_METRIC_AREA, 5, 2, labels, chosen, NULL, &value),
                ANA_ERR_VALUE, "needs the scores");
    check_fails(ana_bci_metric_of(ANA_BCI_METRIC_KAPPA, 5, 1, labels, chosen, scores, &value),
                ANA_ERR_VALUE, "was given 1; there are 1");
}

/* Evaluates pipelines on trials of two sessions. */
static void evaluate(ana_bci_trials *trials, size_t n, const char *const *texts,
                     const ana_bci_evaluation_options *options, ana_folds **folds,
                     ana_bci_evaluation **out)
{
    const ana_bci_task task = {.trials_of = same_trials,
                               .user = trials,
                               .folds = {folds[0], folds[1], folds[2]},
                               .n_pipelines = n,
                               .names = texts,
                               .texts = texts};
    check_ok(ana_bci_evaluate(&task, options, out));
}

static void make_all_folds(const ana_bci_trials *trials, ana_folds **folds)
{
    ana_bci_fold_options options = ana_bci_fold_options_default();
    options.n_folds = 3;
    check_ok(ana_bci_folds_make(trials, ANA_BCI_WITHIN_SESSION, &options, &folds[0]));
    check_ok(ana_bci_folds_make(trials, ANA_BCI_CROSS_SESSION, &options, &folds[1]));
}

static void free_folds(ana_folds **folds)
{
    for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
        ana_folds_free(folds[p]);
        folds[p] = NULL;
    }
}

static void every_answer_is_that_of_a_pipeline_taught_by_hand(void **state)
{
    (void)state;
    static const char *const texts[] = {"cov | mdm", "cov oas | tangent | lda shrunk"};
    ana_bci_trials *trials = NULL;
    ana_folds *folds[ANA_BCI_N_PROTOCOLS] = {NULL};
    ana_bci_evaluation *all = NULL;
    const ana_run run = ana_run_default();
    const ana_bci_evaluation_options options = ana_bci_evaluation_options_default();
    make_bci_trials(48, 2, 2, 3, 60, 1.6, 0.1, &trials);
    make_all_folds(trials, folds);
    evaluate(trials, 2, texts, &options, folds, &all);
    assert_int_equal(all->n_pipelines, 3);
    for (size_t k = 0; k < 2; k++) {
        for (size_t p = 0; p < 2; p++) {
            const ana_bci_performance *one = all->pipelines[k].performances[p];
            for (size_t f = 0; f < folds[p]->n_folds; f++) {
                const ana_fold *fold = &folds[p]->folds[f];
                ana_bci_pipeline *pipeline = NULL;
                ana_bci_outputs *outputs = NULL;
                check_ok(ana_bci_pipeline_parse(texts[k], &pipeline));
                check_ok(ana_bci_pipeline_fit(pipeline, trials, fold->n_train, fold->train, &run));
                check_ok(ana_bci_pipeline_predict(pipeline, trials, fold->n_test, fold->test, &run,
                                                  &outputs));
                for (size_t i = 0; i < fold->n_test; i++) {
                    assert_memory_equal(outputs->scores + 2 * i, one->scores + 2 * fold->test[i],
                                        2 * sizeof(double));
                    assert_int_equal(outputs->chosen[i], one->chosen[fold->test[i]]);
                }
                ana_bci_outputs_free(outputs);
                ana_bci_pipeline_free(pipeline);
            }
            assert_true(one->mean > 0.6);
            check_close(one->mean, (one->session_scores[0] + one->session_scores[1]) / 2.0, 1e-15,
                        0.0);
        }
    }
    ana_bci_evaluation_free(all);
    free_folds(folds);
    ana_bci_trials_free(trials);
}

/* Inner scores of a fold by hand: the same members learn from the inner training sets alone. */
static void a_family_chooses_by_its_training_trials_alone(void **state)
{
    (void)state;
    static const char *const texts[] = {"cov | mdm {riemann,euclidean}",
                                        "cov | tangent | logistic"};
    ana_bci_trials *trials = NULL;
    ana_folds *folds[ANA_BCI_N_PROTOCOLS] = {NULL};
    ana_bci_evaluation *all = NULL;
    ana_bci_evaluation *changed = NULL;
    const ana_bci_evaluation_options options = ana_bci_evaluation_options_default();
    make_bci_trials(48, 2, 2, 3, 40, 1.3, 0.2, &trials);
    make_all_folds(trials, folds);
    evaluate(trials, 2, texts, &options, folds, &all);
    assert_int_equal(all->pipelines[0].family->n, 2);
    assert_int_equal(all->pipelines[2].family->n, 3);
    assert_string_equal(all->pipelines[2].name, "chosen");
    for (size_t p = 0; p < 2; p++) {
        const ana_bci_performance *one = all->pipelines[2].performances[p];
        for (size_t f = 0; f < folds[p]->n_folds; f++) {
            const size_t m = one->fold_members[f];
            for (size_t k = 0; k < 3; k++) {
                assert_true(one->inner_scores[f * 3 + k] <= one->inner_scores[f * 3 + m]);
            }
            /* The answers are those of the member itself. */
            const size_t i = folds[p]->folds[f].test[0];
            const ana_bci_performance *source = all->pipelines[m < 2 ? 0 : 1].performances[p];
            if (m == 2 || source->fold_members[f] == m) {
                assert_memory_equal(one->scores + 2 * i, source->scores + 2 * i,
                                    2 * sizeof(double));
            }
        }
    }
    /* Whatever the test trials are, the choice of their fold stays. */
    const ana_fold *fold = &folds[0]->folds[2];
    for (size_t i = 0; i < fold->n_test; i++) {
        trials->labels[fold->test[i]] = 1 - trials->labels[fold->test[i]];
    }
    evaluate(trials, 2, texts, &options, folds, &changed);
    assert_memory_equal(all->pipelines[2].performances[0]->inner_scores + 6,
                        changed->pipelines[2].performances[0]->inner_scores + 6,
                        3 * sizeof(double));
    ana_bci_evaluation_free(changed);
    ana_bci_evaluation_free(all);
    free_folds(folds);
    ana_bci_trials_free(trials);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    static const char *const texts[] = {"cov | mdm", "cov | tangent | svm rbf"};
    ana_bci_trials *trials = NULL;
    ana_folds *folds[ANA_BCI_N_PROTOCOLS] = {NULL};
    ana_bci_evaluation *all[2] = {NULL};
    ana_bci_evaluation_options options = ana_bci_evaluation_options_default();
    make_bci_trials(36, 3, 2, 4, 40, 1.5, 0.1, &trials);
    make_all_folds(trials, folds);
    for (size_t k = 0; k < 2; k++) {
        options.run.n_threads = k + 1;
        evaluate(trials, 2, texts, &options, folds, &all[k]);
    }
    assert_int_equal(all[0]->metric, ANA_BCI_METRIC_ACCURACY);
    for (size_t k = 0; k < 3; k++) {
        assert_memory_equal(all[0]->pipelines[k].performances[0]->scores,
                            all[1]->pipelines[k].performances[0]->scores, 36 * 3 * sizeof(double));
    }
    ana_bci_evaluation_free(all[0]);
    ana_bci_evaluation_free(all[1]);
    free_folds(folds);
    ana_bci_trials_free(trials);
}

/* Folds of any maker: their training lists may be left out, where all others train. */
static void folds_without_training_lists_train_on_the_rest(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b"};
    static const char *const texts[] = {"cov | mdm {riemann,euclidean}",
                                        "cov oas | tangent | lda shrunk"};
    ana_bci_trials *trials = NULL;
    ana_folds *folds[ANA_BCI_N_PROTOCOLS] = {NULL};
    ana_folds *written[ANA_BCI_N_PROTOCOLS] = {NULL};
    ana_record *record = NULL;
    ana_bci_evaluation *all[2] = {NULL};
    ana_bci_task task = {
        .trials_of = same_trials, .n_pipelines = 2, .names = names, .texts = texts};
    make_bci_trials(24, 2, 1, 3, 40, 1.4, 0.1, &trials);
    task.user = trials;
    check_ok(ana_folds_stratified(24, trials->labels, NULL, &folds[0]));
    assert_null(folds[0]->folds[0].train);
    check_ok(ana_bci_folds_to_record(trials, (const ana_folds *const *)folds, &record));
    check_ok(ana_bci_folds_from_record(record, trials, written));
    assert_int_equal(written[0]->folds[0].n_train + written[0]->folds[0].n_test, 24);
    task.folds[0] = folds[0];
    check_ok(ana_bci_evaluate(&task, NULL, &all[0]));
    task.folds[0] = written[0];
    check_ok(ana_bci_evaluate(&task, NULL, &all[1]));
    for (size_t k = 0; k < 3; k++) {
        assert_memory_equal(all[0]->pipelines[k].performances[0]->scores,
                            all[1]->pipelines[k].performances[0]->scores, 48 * sizeof(double));
    }
    ana_bci_evaluation_free(all[0]);
    ana_bci_evaluation_free(all[1]);
    ana_record_free(record);
    free_folds(folds);
    free_folds(written);
    ana_bci_trials_free(trials);
}

static void fold_options_out_of_range_are_refused(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_folds *folds = NULL;
    const size_t items[] = {0, 1, 2, 3};
    ana_bci_fold_options options = ana_bci_fold_options_default();
    make_bci_trials(12, 2, 1, 2, 10, 1.0, 0.0, &trials);
    options.n_folds = 1; /* nothing would be left to learn from */
    check_fails(ana_bci_folds_make(trials, ANA_BCI_WITHIN_SESSION, &options, &folds), ANA_ERR_VALUE,
                "folds");
    check_fails(ana_bci_folds_inner(trials, 4, items, &options, &folds), ANA_ERR_VALUE, "folds");
    options.n_folds = 2;
    options.split = ANA_BCI_SPLIT_SHUFFLED;
    options.seed = (uint64_t)1 << 32;
    check_fails(ana_bci_folds_make(trials, ANA_BCI_WITHIN_SESSION, &options, &folds), ANA_ERR_VALUE,
                "32 bits");
    check_ok(ana_bci_folds_make(trials, ANA_BCI_WITHIN_SESSION, NULL, &folds));
    assert_int_equal(folds->n_folds, 5);
    ana_folds_free(folds);
    ana_bci_trials_free(trials);
}

/* Six sessions, each of a subject when `n_subjects` is 6, else all of one. */
static void compare(size_t n_subjects, ana_bci_evaluation **all, ana_bci_comparison **out)
{
    static const char *const texts[] = {"cov | mdm", "cov cov | mdm riemann",
                                        "cov | tangent | lda"};
    ana_bci_trials *trials = NULL;
    ana_folds *folds[ANA_BCI_N_PROTOCOLS] = {NULL};
    ana_bci_evaluation_options options = ana_bci_evaluation_options_default();
    ana_bci_fold_options fold_options = ana_bci_fold_options_default();
    ana_score_options scores = ana_score_options_default();
    options.choose = false;
    scores.n_resamples = 500;
    fold_options.n_folds = 2;
    make_bci_trials(72, 2, 6, 3, 30, 1.4, 0.0, &trials);
    check_ok(ana_bci_folds_make(trials, ANA_BCI_WITHIN_SESSION, &fold_options, &folds[0]));
    evaluate(trials, 3, texts, &options, folds, all);
    for (size_t s = 0; s < 6; s++) {
        (*all)->session_subjects[s] = s % n_subjects;
    }
    (*all)->n_subjects = n_subjects;
    check_ok(ana_bci_compare(*all, ANA_BCI_WITHIN_SESSION, &scores, out));
    (*all)->n_subjects = 1;
    free_folds(folds);
    ana_bci_trials_free(trials);
}

static void pipelines_are_compared_over_subjects_where_there_are_six(void **state)
{
    (void)state;
    const struct {
        size_t n_subjects;
        ana_score_unit of_tests;
        ana_score_unit of_intervals;
        bool combined;
    } cases[] = {{6, ANA_SCORE_SUBJECTS, ANA_SCORE_SUBJECTS, false},
                 {3, ANA_SCORE_TRIALS, ANA_SCORE_BLOCKS, true},
                 {1, ANA_SCORE_TRIALS, ANA_SCORE_BLOCKS, false}};
    for (size_t k = 0; k < 3; k++) {
        ana_bci_evaluation *all = NULL;
        ana_bci_comparison *comparison = NULL;
        compare(cases[k].n_subjects, &all, &comparison);
        assert_int_equal(comparison->tests[1].unit, cases[k].of_tests);
        assert_int_equal(comparison->intervals[0].unit, cases[k].of_intervals);
        assert_int_equal(comparison->combined != NULL, cases[k].combined);
        for (size_t a = 0; a < 3; a++) {
            const ana_score_interval *interval = &comparison->intervals[a];
            assert_true(interval->low <= interval->estimate &&
                        interval->estimate <= interval->high);
            if (cases[k].n_subjects == 6) {
                check_close(interval->estimate, all->pipelines[a].performances[0]->mean, 1e-12,
                            0.0);
            }
            for (size_t b = 0; b < 3; b++) {
                const size_t place = 3 * a + b;
                const size_t turned = 3 * b + a;
                assert_true(comparison->p[place] == comparison->p[turned]);
                assert_true(comparison->p_corrected[place] >= comparison->p[place]);
                assert_true(comparison->p[place] > 0.0 && comparison->p[place] <= 1.0);
                assert_true(comparison->tests[place].difference ==
                            -comparison->tests[turned].difference);
            }
        }
        ana_bci_comparison_free(comparison);
        ana_bci_evaluation_free(all);
    }
}

static void a_pipeline_is_no_better_than_itself(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b"};
    static const char *const texts[] = {"cov | mdm", "cov | mdm"};
    ana_bci_trials *trials = NULL;
    ana_folds *folds[ANA_BCI_N_PROTOCOLS] = {NULL};
    ana_bci_evaluation *all = NULL;
    ana_bci_comparison *comparison = NULL;
    const ana_bci_evaluation_options options = ana_bci_evaluation_options_default();
    ana_score_options scores = ana_score_options_default();
    scores.n_resamples = 200;
    make_bci_trials(48, 2, 2, 3, 30, 1.4, 0.0, &trials);
    make_all_folds(trials, folds);
    const ana_bci_task task = {.trials_of = same_trials,
                               .user = trials,
                               .folds = {folds[0]},
                               .n_pipelines = 2,
                               .names = names,
                               .texts = texts};
    check_ok(ana_bci_evaluate(&task, &options, &all));
    check_ok(ana_bci_compare(all, ANA_BCI_WITHIN_SESSION, &scores, &comparison));
    assert_true(comparison->tests[1].difference == 0.0);
    assert_true(comparison->p[1] == 1.0);
    ana_bci_comparison_free(comparison);
    check_fails(ana_bci_compare(all, ANA_BCI_CROSS_SESSION, &scores, &comparison), ANA_ERR_VALUE,
                "cross_session was not evaluated");
    ana_bci_evaluation_free(all);
    free_folds(folds);
    ana_bci_trials_free(trials);
}

static void wrong_tasks_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "a"};
    static const char *const texts[] = {"cov | mdm", "cov oas | mdm"};
    ana_bci_trials *trials = NULL;
    ana_folds *folds[ANA_BCI_N_PROTOCOLS] = {NULL};
    ana_bci_evaluation *all = NULL;
    const ana_bci_evaluation_options options = ana_bci_evaluation_options_default();
    make_bci_trials(24, 2, 2, 3, 20, 1.5, 0.0, &trials);
    make_all_folds(trials, folds);
    ana_bci_task task = {.trials_of = same_trials,
                         .user = trials,
                         .folds = {folds[0]},
                         .n_pipelines = 2,
                         .names = names,
                         .texts = texts};
    check_fails(ana_bci_evaluate(&task, &options, &all), ANA_ERR_VALUE,
                "two pipelines are called a");
    task.n_pipelines = 0;
    check_fails(ana_bci_evaluate(&task, &options, &all), ANA_ERR_VALUE, "no pipelines");
    task.n_pipelines = 1;
    task.texts = (const char *const[]){"acm 30,1 | cov | mdm"};
    check_fails(ana_bci_evaluate(&task, &options, &all), ANA_ERR_SHAPE, "a: pipeline: acm 30,1");
    size_t labels[24];
    char sentence[160];
    memcpy(labels, trials->labels, sizeof labels);
    for (size_t i = 0; i < 24; i++) { /* the first session has one class alone */
        trials->labels[i] = trials->sessions[i] == 0 ? 0 : labels[i];
    }
    task.texts = texts;
    snprintf(sentence, sizeof sentence, "tests session %s: no trial of class %s",
             trials->session_names[0], trials->classes[1]);
    check_fails(ana_bci_evaluate(&task, &options, &all), ANA_ERR_VALUE, sentence);
    memcpy(trials->labels, labels, sizeof labels);
    folds[0]->folds[0].test[0] = 20; /* of the other session */
    folds[0]->folds[0].n_train = 1;
    task.texts = texts;
    check_fails(ana_bci_evaluate(&task, &options, &all), ANA_ERR_VALUE, "");
    free_folds(folds);
    ana_bci_trials_free(trials);
}

static ana_status evaluate_and_tell(void *user)
{
    static const char *const texts[] = {"cov | mdm {riemann,euclidean}"};
    const ana_bci_trials *trials = user;
    const ana_bci_fold_options fold_options = {.split = ANA_BCI_SPLIT_SHUFFLED, .n_folds = 2};
    ana_bci_evaluation_options options = ana_bci_evaluation_options_default();
    ana_folds *folds = NULL;
    ana_bci_evaluation *all = NULL;
    ana_record *record = NULL;
    options.n_inner_folds = 2;
    options.run.n_threads = 1;
    ana_status status = ana_bci_folds_make(trials, ANA_BCI_WITHIN_SESSION, &fold_options, &folds);
    const ana_bci_task task = {.trials_of = same_trials,
                               .user = user,
                               .folds = {folds},
                               .n_pipelines = 1,
                               .names = texts,
                               .texts = texts};
    status = status != ANA_OK ? status : ana_bci_evaluate(&task, &options, &all);
    ana_bci_comparison *comparisons[ANA_BCI_N_PROTOCOLS] = {NULL};
    ana_score_options scores = ana_score_options_default();
    scores.n_resamples = 50;
    scores.run.n_threads = 1;
    status = status != ANA_OK
                 ? status
                 : ana_bci_compare(all, ANA_BCI_WITHIN_SESSION, &scores, &comparisons[0]);
    status = status != ANA_OK ? status
                              : ana_bci_evaluation_to_record(
                                    all, (const ana_bci_comparison *const *)comparisons, &record);
    if (status == ANA_OK) { /* who calls all trials of a class has all hits: the curve ends at 1 */
        const ana_record *hits = ana_record_find(record, "roc_within/y");
        assert_non_null(hits);
        assert_true(hits->shape[0] == all->n_pipelines + 1);
        check_close(hits->doubles[hits->shape[1] - 1], 1.0, 1e-15, 0.0);
        check_close(hits->doubles[2 * hits->shape[1] - 1], 1.0, 1e-15, 0.0);
    }
    ana_bci_comparison_free(comparisons[0]);
    ana_folds_free(folds);
    ana_bci_evaluation_free(all);
    ana_record_free(record);
    return status;
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    make_bci_trials(8, 2, 1, 2, 12, 2.0, 0.0, &trials);
    check_each_allocation(evaluate_and_tell, trials, 0);
    ana_bci_trials_free(trials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_within_a_session_are_stretches_of_each_class),
        cmocka_unit_test(another_session_tests_and_all_others_of_the_subject_train),
        cmocka_unit_test(runs_are_left_out_in_turn),
        cmocka_unit_test(folds_are_saved_with_their_trials_and_refused_for_others),
        cmocka_unit_test(a_metric_is_that_of_its_answers),
        cmocka_unit_test(every_answer_is_that_of_a_pipeline_taught_by_hand),
        cmocka_unit_test(a_family_chooses_by_its_training_trials_alone),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(folds_without_training_lists_train_on_the_rest),
        cmocka_unit_test(fold_options_out_of_range_are_refused),
        cmocka_unit_test(pipelines_are_compared_over_subjects_where_there_are_six),
        cmocka_unit_test(a_pipeline_is_no_better_than_itself),
        cmocka_unit_test(wrong_tasks_are_refused),
        cmocka_unit_test(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
