/* Pipelines compared, of an evaluation made by hand: who is asked, in which fold, and what the
 * tables hold. */
#include "bci_evaluation_parts.h"
#include "support/check.h"

#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    PIPELINES = 3,
    MOST_SUBJECTS = 7,
    MOST_SESSIONS = 2 * MOST_SUBJECTS,
    EACH = 10, /* trials of a session */
    MOST_TRIALS = MOST_SESSIONS * EACH
};

typedef struct world {
    ana_bci_evaluation all;
    ana_bci_evaluated evaluated[PIPELINES];
    ana_bci_performance performances[PIPELINES];
    char *classes[2];
    size_t labels[MOST_TRIALS];
    size_t sessions[MOST_TRIALS];
    size_t subjects[MOST_SESSIONS];
    size_t fold_of[MOST_TRIALS];
    double scores[PIPELINES][2 * MOST_TRIALS];
    size_t chosen[PIPELINES][MOST_TRIALS];
    double session_scores[PIPELINES][MOST_SESSIONS];
} world;

/* Two sessions of each subject, of which the last subject's were never tested. The first session
 * has two folds, others one; every fold has scores of another size. */
static void make_world(size_t n_subjects, world *out)
{
    static char names[PIPELINES][8] = {"first", "second", "third"};
    static char classes[2][8] = {"left", "right"};
    static const double quality[PIPELINES] = {2.0, 0.4, 1.0};
    ana_random random = ana_random_stream(n_subjects, "test.bci_comparison", 0);
    const size_t n_sessions = 2 * n_subjects;
    const size_t n_tested = n_sessions - 2;
    *out = (world){.all = {.metric = ANA_BCI_METRIC_AREA,
                           .n_trials = n_sessions * EACH,
                           .n_classes = 2,
                           .classes = out->classes,
                           .labels = out->labels,
                           .sessions = out->sessions,
                           .n_sessions = n_sessions,
                           .session_subjects = out->subjects,
                           .n_subjects = n_subjects,
                           .n_folds = {n_tested + 1},
                           .fold_of = {out->fold_of},
                           .n_pipelines = PIPELINES,
                           .pipelines = out->evaluated},
                   .classes = {classes[0], classes[1]}};
    for (size_t i = 0; i < out->all.n_trials; i++) {
        const size_t session = i / EACH;
        out->labels[i] = i % 2;
        out->sessions[i] = session;
        out->subjects[session] = session / 2;
        out->fold_of[i] = i < EACH / 2 || session >= n_tested ? n_tested : session;
        out->fold_of[i] += session >= n_tested ? 1 : 0;
        for (size_t p = 0; p < PIPELINES; p++) {
            const double sure =
                ana_random_normal(&random) + (i % 2 == 1 ? quality[p] : -quality[p]);
            out->scores[p][2 * i + 1] = (sure + 3.0) * pow(10.0, (double)out->fold_of[i]);
            out->scores[p][2 * i] = -out->scores[p][2 * i + 1];
            out->chosen[p][i] = sure > 0.0 ? 1 : 0;
            out->session_scores[p][session] =
                session >= n_tested || session == 1 ? (double)NAN : quality[p] + 0.1 * sure;
        }
    }
    for (size_t p = 0; p < PIPELINES; p++) {
        out->performances[p] = (ana_bci_performance){.scores = out->scores[p],
                                                     .chosen = out->chosen[p],
                                                     .session_scores = out->session_scores[p],
                                                     .mean = 0.5 + 0.1 * (double)p,
                                                     .sd = 0.05 + 0.01 * (double)p,
                                                     .seconds = 3.0 + (double)p};
        out->evaluated[p].name = names[p];
        out->evaluated[p].performances[0] = &out->performances[p];
    }
}

/* What one pipeline answered to tested trials of a subject (SIZE_MAX: of all), ranked in folds. */
typedef struct answers {
    size_t truth[MOST_TRIALS];
    size_t predicted[MOST_TRIALS];
    double ranks[2 * MOST_TRIALS];
    ana_scored_trials trials;
} answers;

static void take(const world *from, size_t p, size_t subject, answers *out)
{
    const ana_bci_evaluation *all = &from->all;
    size_t n = 0;
    for (size_t i = 0; i < all->n_trials; i++) {
        if (from->fold_of[i] == all->n_folds[0] ||
            (subject != SIZE_MAX && from->subjects[from->sessions[i]] != subject)) {
            continue;
        }
        out->truth[n] = from->labels[i];
        out->predicted[n] = from->chosen[p][i];
        for (size_t c = 0; c < 2; c++) {
            double below = 0.0;
            double beside = 0.0;
            for (size_t k = 0; k < all->n_trials; k++) {
                const bool same_fold = from->fold_of[k] == from->fold_of[i];
                beside += same_fold ? 1.0 : 0.0;
                below += !same_fold                                                 ? 0.0
                         : from->scores[p][2 * k + c] < from->scores[p][2 * i + c]  ? 1.0
                         : from->scores[p][2 * k + c] == from->scores[p][2 * i + c] ? 0.5
                                                                                    : 0.0;
            }
            out->ranks[2 * n + c] = below / beside;
        }
        n++;
    }
    out->trials = (ana_scored_trials){.n = n,
                                      .n_classes = 2,
                                      .truth = out->truth,
                                      .predicted = out->predicted,
                                      .scores = out->ranks};
}

static ana_score_options few_resamples(void)
{
    ana_score_options options = ana_score_options_default();
    options.n_resamples = 60;
    return options;
}

static void two_subjects_are_tested_each_by_itself_by_ranks_in_folds(void **state)
{
    (void)state;
    static world all;
    static answers first;
    static answers second;
    const ana_score_options options = few_resamples();
    ana_bci_comparison *found = NULL;
    double area = NAN;
    make_world(3, &all);
    check_ok(ana_bci_compare(&all.all, ANA_BCI_WITHIN_SESSION, &options, &found));
    for (size_t a = 0; a < PIPELINES; a++) {
        take(&all, a, SIZE_MAX, &first);
        assert_int_equal(first.trials.n, 4 * EACH);
        check_ok(ana_score_trials(&first.trials, ANA_SCORE_AREA, &area));
        check_close(found->intervals[a].estimate, area, 1e-12, 0.0);
        assert_int_equal(found->intervals[a].unit, ANA_SCORE_BLOCKS);
        assert_int_equal(found->intervals[a].n_units, 5);
        for (size_t b = a + 1; b < PIPELINES; b++) {
            ana_score_test tests[2];
            ana_score_meta wanted;
            const ana_score_meta *both = &found->combined[a * PIPELINES + b];
            for (size_t s = 0; s < 2; s++) {
                take(&all, a, s, &first);
                take(&all, b, s, &second);
                check_ok(ana_score_test_trials(&first.trials, &second.trials, ANA_SCORE_AREA,
                                               &options, &tests[s]));
            }
            check_ok(ana_score_combine(2, tests, &wanted));
            assert_int_equal(both->n_tests, 2);
            assert_true(both->z == wanted.z && both->p == wanted.p);
            assert_true(found->p[a * PIPELINES + b] == wanted.p);
            const ana_score_meta *turned = &found->combined[b * PIPELINES + a];
            check_close(turned->z, -wanted.z, 0.0, 0.0);
            check_close(turned->p_greater, 1.0 - wanted.p_greater, 1e-15, 0.0);
            check_close(found->tests[b * PIPELINES + a].p_greater,
                        1.0 - found->tests[a * PIPELINES + b].p_greater, 1e-15, 0.0);
        }
    }
    ana_bci_comparison_free(found);
}

/* Of the first, one session was tested; of the last, none. */
static void subjects_are_the_means_of_their_tested_sessions(void **state)
{
    (void)state;
    static world all;
    const ana_score_options options = few_resamples();
    ana_bci_comparison *found = NULL;
    make_world(MOST_SUBJECTS, &all);
    check_ok(ana_bci_compare(&all.all, ANA_BCI_WITHIN_SESSION, &options, &found));
    double means[2] = {0.0, 0.0};
    for (size_t p = 0; p < 2; p++) {
        const double *of = all.session_scores[p];
        means[p] = of[0] / 6.0;
        for (size_t s = 1; s < 6; s++) {
            means[p] += 0.5 * (of[2 * s] + of[2 * s + 1]) / 6.0;
        }
        check_close(found->intervals[p].estimate, means[p], 1e-14, 0.0);
    }
    assert_null(found->combined);
    assert_int_equal(found->tests[1].unit, ANA_SCORE_SUBJECTS);
    assert_int_equal(found->tests[1].n_units, 6);
    check_close(found->tests[1].difference, means[0] - means[1], 1e-14, 0.0);
    check_close(found->tests[PIPELINES].effect, -found->tests[1].effect, 0.0, 0.0);
    ana_bci_comparison_free(found);
}

/* Five subjects with scores of all pipelines are too few to be the units. */
static void a_subject_without_a_score_of_one_pipeline_is_in_no_pair(void **state)
{
    (void)state;
    static world all;
    const ana_score_options options = few_resamples();
    ana_bci_comparison *found = NULL;
    make_world(MOST_SUBJECTS, &all);
    all.session_scores[1][4] = (double)NAN;
    all.session_scores[1][5] = (double)NAN;
    check_ok(ana_bci_compare(&all.all, ANA_BCI_WITHIN_SESSION, &options, &found));
    assert_int_equal(found->tests[1].unit, ANA_SCORE_TRIALS);
    assert_int_equal(found->tests[2].unit, ANA_SCORE_TRIALS);
    ana_bci_comparison_free(found);
}

static void check_column(const ana_record *record, const char *path, size_t n, const double *wanted)
{
    const double *values = NULL;
    ana_shape shape = ana_shape_1(n, NULL);
    check_ok(ana_record_get_doubles(record, path, &shape, &values));
    for (size_t k = 0; k < n; k++) {
        assert_true(values[k] == wanted[k] || (isnan(values[k]) && isnan(wanted[k])));
    }
}

/* A row for each pipeline and for each pair, in their order. */
static void check_tables(const world *all, const ana_bci_comparison *found)
{
    static const size_t pairs[3][2] = {{0, 1}, {0, 2}, {1, 2}};
    ana_record *record = NULL;
    const char *const *names[2] = {NULL, NULL};
    double summary[5][PIPELINES];
    double tests[4][3];
    size_t n = 0;
    check_ok(ana_record_new(&record));
    check_ok(ana_bci_add_summary(&all->all, 0, found, record));
    check_ok(ana_bci_add_tests(&all->all, 0, found, record));
    check_ok(ana_record_get_texts(record, "tests_within/first", &n, &names[0]));
    assert_int_equal(n, 3);
    check_ok(ana_record_get_texts(record, "tests_within/second", &n, &names[1]));
    for (size_t k = 0; k < 3; k++) {
        const ana_bci_performance *one = &all->performances[k];
        summary[0][k] = one->mean;
        summary[1][k] = one->sd;
        summary[2][k] = found->intervals[k].low;
        summary[3][k] = found->intervals[k].high;
        summary[4][k] = one->seconds;
        const size_t place = pairs[k][0] * PIPELINES + pairs[k][1];
        assert_string_equal(names[0][k], all->evaluated[pairs[k][0]].name);
        assert_string_equal(names[1][k], all->evaluated[pairs[k][1]].name);
        tests[0][k] = found->tests[place].difference;
        tests[1][k] =
            found->combined != NULL ? found->combined[place].effect : found->tests[place].effect;
        tests[2][k] = found->p[place];
        tests[3][k] = found->p_corrected[place];
    }
    check_column(record, "summary_within/mean", 3, summary[0]);
    check_column(record, "summary_within/sd", 3, summary[1]);
    check_column(record, "summary_within/low", 3, summary[2]);
    check_column(record, "summary_within/high", 3, summary[3]);
    check_column(record, "summary_within/seconds", 3, summary[4]);
    check_column(record, "tests_within/difference", 3, tests[0]);
    check_column(record, "tests_within/effect", 3, tests[1]);
    check_column(record, "tests_within/p", 3, tests[2]);
    check_column(record, "tests_within/p_corrected", 3, tests[3]);
    const double guessing[3] = {0.5, 0.5, 0.5};
    check_column(record, "summary_within/chance", 3, guessing);
    const char *caption = NULL;
    size_t n_tested[2] = {0, 0};
    char counts[80];
    for (size_t i = 0; i < all->all.n_trials; i++) {
        n_tested[all->labels[i]] += all->fold_of[i] < all->all.n_folds[0];
    }
    snprintf(counts, sizeof counts, "Tested: %zu left, %zu right.", n_tested[0], n_tested[1]);
    check_ok(ana_record_get_text(record, "summary_within/caption", &caption));
    assert_non_null(strstr(caption, counts));
    check_ok(ana_record_get_text(record, "tests_within/caption", &caption));
    assert_true((strstr(caption, "Stouffer") != NULL) == (found->combined != NULL));
    ana_record_free(record);
}

static void tables_have_a_row_for_each_pipeline_and_pair(void **state)
{
    (void)state;
    static world all;
    const ana_score_options options = few_resamples();
    static const size_t n_subjects[] = {3, MOST_SUBJECTS};
    for (size_t k = 0; k < 2; k++) {
        ana_bci_comparison *found = NULL;
        make_world(n_subjects[k], &all);
        check_ok(ana_bci_compare(&all.all, ANA_BCI_WITHIN_SESSION, &options, &found));
        check_tables(&all, found);
        ana_bci_comparison_free(found);
    }
}

static void what_was_not_tested_is_refused(void **state)
{
    (void)state;
    static world all;
    const ana_score_options options = few_resamples();
    ana_bci_comparison *found = NULL;
    make_world(3, &all);
    check_fails(ana_bci_compare(&all.all, ANA_BCI_CROSS_SESSION, &options, &found), ANA_ERR_VALUE,
                "cross_session was not evaluated");
    for (size_t i = 0; i < all.all.n_trials; i++) {
        all.fold_of[i] = all.all.n_folds[0];
    }
    check_fails(ana_bci_compare(&all.all, ANA_BCI_WITHIN_SESSION, &options, &found), ANA_ERR_VALUE,
                "no trial was tested");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_subjects_are_tested_each_by_itself_by_ranks_in_folds),
        cmocka_unit_test(subjects_are_the_means_of_their_tested_sessions),
        cmocka_unit_test(a_subject_without_a_score_of_one_pipeline_is_in_no_pair),
        cmocka_unit_test(tables_have_a_row_for_each_pipeline_and_pair),
        cmocka_unit_test(what_was_not_tested_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
