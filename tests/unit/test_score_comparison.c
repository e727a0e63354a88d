/* Intervals and tests of scores: by hand, by all sign flips, and scipy's. */
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"

#include <analysis/classification_scores.h>
#include <analysis/random.h>
#include <analysis/score_comparison.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    N = 60
};

/* Trials of two classes in blocks of ten; right with that probability, scores to match. */
typedef struct answers {
    size_t truth[N];
    size_t predicted[N];
    size_t blocks[N];
    double scores[2 * N];
} answers;

static void draw(uint64_t seed, double p, answers *out)
{
    ana_random random = ana_random_stream(seed, "test.score_comparison", 0);
    for (size_t i = 0; i < N; i++) {
        const bool right = ana_random_uniform(&random) < p;
        out->truth[i] = i % 2;
        out->predicted[i] = right ? i % 2 : 1 - i % 2;
        out->blocks[i] = 100 + i / 10;
        out->scores[2 * i] = 0.0;
        out->scores[2 * i + 1] =
            (out->predicted[i] == 1 ? 1.0 : -1.0) * ana_random_uniform(&random);
    }
}

static ana_scored_trials trials_of(const answers *from)
{
    return (ana_scored_trials){N, 2, from->truth, from->predicted, from->scores, from->blocks};
}

static ana_score_options quick(void)
{
    ana_score_options options = ana_score_options_default();
    options.n_resamples = 800;
    return options;
}

static void many_subjects_are_resampled_and_few_are_not(void **state)
{
    (void)state;
    const double scores[8] = {0.71, 0.83, 0.64, 0.92, 0.58, 0.77, 0.81, 0.69};
    answers from;
    ana_score_interval interval;
    const ana_score_options options = quick();
    draw(1, 0.8, &from);
    const ana_scored_trials trials = trials_of(&from);
    check_ok(ana_score_interval_find(8, scores, NULL, ANA_SCORE_ACCURACY, &options, &interval));
    assert_string_equal(ana_score_unit_names[interval.unit], "subjects");
    assert_int_equal(interval.n_units, 8);
    check_close(interval.estimate, 0.74375, 0.0, 1e-14);
    assert_true(interval.is_bca);
    /* sd / sqrt(8) of the mean, with divisor 8: .0374 */
    check_close(interval.standard_error, 0.0374, 0.004, 0.0);
    assert_true(interval.low > 0.64 && interval.low < 0.70);
    assert_true(interval.high > 0.78 && interval.high < 0.85);
    check_ok(ana_score_interval_find(5, scores, &trials, ANA_SCORE_ACCURACY, &options, &interval));
    assert_string_equal(ana_score_unit_names[interval.unit], "trial blocks");
    assert_int_equal(interval.n_units, 6);
    double accuracy = 0.0;
    check_ok(ana_score_trials(&trials, ANA_SCORE_ACCURACY, &accuracy));
    check_close(interval.estimate, accuracy, 0.0, 0.0);
    assert_true(interval.low < accuracy && accuracy < interval.high);
    check_fails(ana_score_interval_find(5, scores, NULL, ANA_SCORE_ACCURACY, &options, &interval),
                ANA_ERR_VALUE, "over 5 subjects; 6 are needed");
}

static void every_metric_has_an_interval_about_it(void **state)
{
    (void)state;
    answers from;
    const ana_score_options options = quick();
    draw(2, 0.7, &from);
    ana_scored_trials trials = trials_of(&from);
    trials.blocks = NULL; /* trials by themselves */
    for (int m = 0; m <= ANA_SCORE_MATTHEWS; m++) {
        ana_score_interval interval;
        double score = 0.0;
        size_t table[4];
        check_ok(ana_score_trials(&trials, (ana_score_metric)m, &score));
        check_ok(ana_classification_confusion(N, from.truth, from.predicted, 2, table));
        if (m == ANA_SCORE_KAPPA) {
            check_close(score, ana_classification_kappa(2, table), 0.0, 0.0);
        }
        check_ok(
            ana_score_interval_find(0, NULL, &trials, (ana_score_metric)m, &options, &interval));
        assert_string_equal(ana_score_unit_names[interval.unit], "trials");
        assert_int_equal(interval.n_units, N);
        check_close(interval.estimate, score, 0.0, 0.0);
        assert_true(interval.low < score && score < interval.high);
    }
}

/* A block that holds all of a class: resamples without it have no area, and are left out. */
static void resamples_without_a_class_are_left_out(void **state)
{
    (void)state;
    const size_t truth[6] = {0, 0, 0, 0, 1, 1};
    const size_t predicted[6] = {0, 1, 0, 0, 1, 0};
    const size_t blocks[6] = {1, 1, 2, 2, 3, 3};
    const double scores[12] = {0, 0.1, 0, 0.6, 0, 0.2, 0, 0.3, 0, 0.9, 0, 0.4};
    const ana_scored_trials trials = {6, 2, truth, predicted, scores, blocks};
    const ana_score_options options = quick();
    ana_score_interval interval;
    check_ok(ana_score_interval_find(0, NULL, &trials, ANA_SCORE_AREA, &options, &interval));
    assert_false(interval.is_bca);
    assert_true(interval.low >= 0.5 && interval.high <= 1.0 && interval.low < interval.high);
}

static void same_seed_same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    answers a;
    answers b;
    draw(3, 0.8, &a);
    draw(4, 0.6, &b);
    memcpy(b.truth, a.truth, sizeof a.truth);
    const ana_scored_trials first = trials_of(&a);
    const ana_scored_trials second = trials_of(&b);
    ana_scored_trials alone[2] = {first, second};
    ana_score_interval intervals[2];
    ana_score_test tests[2];
    alone[0].blocks = NULL;
    alone[1].blocks = NULL;
    memset(intervals, 0, sizeof intervals);
    memset(tests, 0, sizeof tests);
    for (size_t t = 0; t < 2; t++) {
        ana_score_options options = quick();
        options.run.n_threads = 1 + 2 * t;
        check_ok(ana_score_interval_find(0, NULL, &first, ANA_SCORE_AREA, &options, &intervals[t]));
        check_ok(ana_score_test_trials(&alone[0], &alone[1], ANA_SCORE_AREA, &options, &tests[t]));
        assert_false(tests[t].exhaustive);
    }
    assert_memory_equal(&intervals[0], &intervals[1], sizeof intervals[0]);
    assert_true(tests[0].p == tests[1].p && tests[0].p_greater == tests[1].p_greater);
}

static void sign_flips_of_few_subjects_are_all_there_are(void **state)
{
    (void)state;
    reference *from = reference_open("scores.json");
    for (size_t c = 0; c < 6; c++) {
        char path[64];
        size_t n = 0;
        ana_score_test test;
        snprintf(path, sizeof path, "tests/case %zu/a", c);
        const double *a = reference_doubles(from, path, &n);
        snprintf(path, sizeof path, "tests/case %zu/b", c);
        const double *b = reference_doubles(from, path, NULL);
        check_ok(ana_score_test_subjects(n, a, b, NULL, &test));
        assert_true(test.exhaustive);
        assert_int_equal(test.n_resamples, (size_t)1 << n);
        snprintf(path, sizeof path, "tests/case %zu/p", c);
        check_close(test.p, reference_number(from, path), 0.0, 1e-12);
        snprintf(path, sizeof path, "tests/case %zu/greater", c);
        check_close(test.p_greater, reference_number(from, path), 0.0, 1e-12);
        snprintf(path, sizeof path, "tests/case %zu/effect", c);
        check_close(test.effect, reference_number(from, path), 0.0, 1e-12);
    }
    reference_close(from);
}

static void drawn_flips_come_near_all_flips(void **state)
{
    (void)state;
    const double a[9] = {0.8, 0.7, 0.9, 0.6, 0.75, 0.85, 0.5, 0.65, 0.7};
    const double b[9] = {0.7, 0.72, 0.8, 0.5, 0.78, 0.7, 0.45, 0.7, 0.6};
    ana_score_options options = quick();
    ana_score_test all;
    ana_score_test some;
    check_ok(ana_score_test_subjects(9, a, b, &options, &all));
    assert_true(all.exhaustive);
    options.n_resamples = 500;
    check_ok(ana_score_test_subjects(9, a, b, &options, &some));
    assert_false(some.exhaustive);
    check_close(some.p, all.p, 0.04, 0.0); /* sqrt(.1 * .9 / 500) = .013 */
    check_close(some.p_greater, all.p_greater, 0.04, 0.0);
    check_close(some.difference, all.difference, 0.0, 0.0);
}

/* Three trials differ, all for A: of 2^3 ways to exchange them two are as extreme. */
static void pipelines_exchange_their_answers_trial_by_trial(void **state)
{
    (void)state;
    const size_t truth[8] = {0, 1, 0, 1, 0, 1, 0, 1};
    const size_t a[8] = {0, 1, 0, 1, 0, 1, 1, 0};
    const size_t b[8] = {1, 0, 1, 1, 0, 1, 1, 0};
    const ana_scored_trials first = {8, 2, truth, a, NULL, NULL};
    const ana_scored_trials second = {8, 2, truth, b, NULL, NULL};
    ana_score_test test;
    check_ok(ana_score_test_trials(&first, &second, ANA_SCORE_ACCURACY, NULL, &test));
    assert_string_equal(ana_score_unit_names[test.unit], "trials");
    assert_true(test.exhaustive);
    check_close(test.difference, 0.375, 0.0, 1e-15);
    check_close(test.p, 0.25, 0.0, 1e-15);
    check_close(test.p_greater, 0.125, 0.0, 1e-15);
    check_close(test.effect, 0.375 / sqrt((3.0 - 9.0 / 8.0) / 7.0), 0.0, 1e-14);
    check_ok(ana_score_test_trials(&second, &first, ANA_SCORE_ACCURACY, NULL, &test));
    check_close(test.p_greater, 1.0, 0.0, 1e-15);
}

static void scores_on_other_scales_are_the_same_pipeline(void **state)
{
    (void)state;
    answers a;
    answers b;
    answers large;
    draw(5, 0.8, &a);
    draw(6, 0.6, &b);
    large = b;
    for (size_t i = 0; i < N; i++) {
        large.scores[2 * i + 1] = exp(7.0 * b.scores[2 * i + 1]) * 1e3;
    }
    const ana_scored_trials first = trials_of(&a);
    const ana_scored_trials second = trials_of(&b);
    const ana_scored_trials third = trials_of(&large);
    ana_score_test tests[2];
    check_ok(ana_score_test_trials(&first, &second, ANA_SCORE_AREA, NULL, &tests[0]));
    check_ok(ana_score_test_trials(&first, &third, ANA_SCORE_AREA, NULL, &tests[1]));
    assert_string_equal(ana_score_unit_names[tests[0].unit], "trial blocks");
    assert_int_equal(tests[0].n_units, 6);
    assert_int_equal(tests[0].n_resamples, 64);
    check_close(tests[1].difference, tests[0].difference, 0.0, 1e-14);
    check_close(tests[1].p, tests[0].p, 0.0, 1e-14);
    assert_true(isnan(tests[0].effect));
}

static void tests_are_combined_as_stouffer_did(void **state)
{
    (void)state;
    reference *from = reference_open("scores.json");
    const double *p = reference_doubles(from, "tests/stouffer/p", NULL);
    const size_t *n = reference_sizes(from, "tests/stouffer/n", NULL);
    ana_score_test tests[4];
    ana_score_meta meta;
    for (size_t i = 0; i < 4; i++) {
        tests[i] = (ana_score_test){.n_units = n[i], .p_greater = p[i], .effect = (double)i};
    }
    check_ok(ana_score_combine(4, tests, &meta));
    check_close(meta.z, reference_number(from, "tests/stouffer/z"), 0.0, 1e-10);
    check_close(meta.p_greater, reference_number(from, "tests/stouffer/combined"), 0.0, 1e-10);
    check_close(meta.p, 2.0 * meta.p_greater, 0.0, 1e-12);
    const double w[4] = {3.0, sqrt(12.0), sqrt(20.0), sqrt(54.0)};
    check_close(meta.effect, (w[1] + 2.0 * w[2] + 3.0 * w[3]) / (w[0] + w[1] + w[2] + w[3]), 0.0,
                1e-14);
    tests[0].p_greater = 1.0; /* clipped: it does not decide alone */
    check_ok(ana_score_combine(4, tests, &meta));
    assert_true(isfinite(meta.z));
    reference_close(from);
}

static void what_cannot_be_compared_is_refused(void **state)
{
    (void)state;
    answers a;
    answers b;
    draw(7, 0.8, &a);
    draw(8, 0.6, &b);
    const ana_scored_trials first = trials_of(&a);
    ana_scored_trials second = trials_of(&b);
    const double scores[6] = {0.5, 0.6, NAN, 0.7, 0.8, 0.9};
    ana_score_interval interval;
    ana_score_options options = quick();
    ana_score_test test;
    ana_score_meta meta;
    second.n = N - 1;
    check_fails(ana_score_test_trials(&first, &second, ANA_SCORE_ACCURACY, NULL, &test),
                ANA_ERR_SHAPE, "60 trials of 2 classes against 59");
    second.n = N;
    b.truth[3] = 0;
    check_fails(ana_score_test_trials(&first, &second, ANA_SCORE_ACCURACY, NULL, &test),
                ANA_ERR_SHAPE, "trial 3 has another class");
    b.truth[3] = 1;
    second.scores = NULL;
    check_fails(ana_score_test_trials(&first, &second, ANA_SCORE_AREA, NULL, &test), ANA_ERR_VALUE,
                "scores of both pipelines");
    double score = 0.0;
    check_fails(ana_score_trials(&second, ANA_SCORE_AREA, &score), ANA_ERR_VALUE,
                "needs the scores of the classes");
    check_fails(ana_score_interval_find(6, scores, NULL, ANA_SCORE_ACCURACY, NULL, &interval),
                ANA_ERR_VALUE, "subject 2 is nan");
    check_fails(ana_score_test_subjects(6, scores, scores, NULL, &test), ANA_ERR_VALUE,
                "of subject 2");
    check_fails(ana_score_test_subjects(0, scores, scores, NULL, &test), ANA_ERR_VALUE,
                "no subjects");
    for (size_t i = 0; i < N; i++) {
        b.blocks[i] = 1;
    }
    check_fails(ana_score_interval_find(0, NULL, &second, ANA_SCORE_ACCURACY, NULL, &interval),
                ANA_ERR_VALUE, "60 trials in 1 blocks");
    options.level = 1.0;
    check_fails(ana_score_interval_find(6, scores, NULL, ANA_SCORE_ACCURACY, &options, &interval),
                ANA_ERR_VALUE, "level");
    check_fails(ana_score_combine(0, &test, &meta), ANA_ERR_VALUE, "no tests");
    test = (ana_score_test){.n_units = 3, .p_greater = 0.0}; /* clipped, as 1 is */
    check_ok(ana_score_combine(1, &test, &meta));
    check_close(meta.p_greater, 1e-10, 0.0, 1e-6);
    test = (ana_score_test){.n_units = 3, .p_greater = NAN};
    check_fails(ana_score_combine(1, &test, &meta), ANA_ERR_VALUE, "test 0 has p = nan");
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    answers a;
    draw(9, 0.8, &a);
    const ana_scored_trials trials = trials_of(&a);
    ana_score_options options = ana_score_options_default();
    ana_score_interval interval;
    ana_score_test test;
    double score = 0.0;
    options.n_resamples = 2;
    options.run.n_threads = 1;
    ALLOCATION_TEST(ana_score_trials, (&trials, ANA_SCORE_AREA, &score), (void)0);
    ALLOCATION_TEST(ana_score_interval_find,
                    (0, NULL, &trials, ANA_SCORE_ACCURACY, &options, &interval), (void)0);
    ALLOCATION_TEST(ana_score_test_trials, (&trials, &trials, ANA_SCORE_ACCURACY, &options, &test),
                    (void)0);
    const double x[6] = {0.1, 0.2, 0.4, 0.3, 0.6, 0.5};
    const double y[6] = {0.2, 0.1, 0.3, 0.3, 0.5, 0.2};
    ALLOCATION_TEST(ana_score_test_subjects, (6, x, y, &options, &test), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_subjects_are_resampled_and_few_are_not),
        cmocka_unit_test(every_metric_has_an_interval_about_it),
        cmocka_unit_test(resamples_without_a_class_are_left_out),
        cmocka_unit_test(same_seed_same_bits_for_any_number_of_threads),
        cmocka_unit_test(sign_flips_of_few_subjects_are_all_there_are),
        cmocka_unit_test(drawn_flips_come_near_all_flips),
        cmocka_unit_test(pipelines_exchange_their_answers_trial_by_trial),
        cmocka_unit_test(scores_on_other_scales_are_the_same_pipeline),
        cmocka_unit_test(tests_are_combined_as_stouffer_did),
        cmocka_unit_test(what_cannot_be_compared_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("score comparison", tests, NULL, NULL);
}
