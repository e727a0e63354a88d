#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/event_scores.h>
#include <analysis/random.h>

#include <math.h>
#include <string.h>

static ana_intervals *make_list(size_t n, const double (*rows)[2])
{
    ana_intervals *list = NULL;
    check_ok(ana_intervals_new("events", n, &list));
    for (size_t i = 0; i < n; i++) {
        list->start[i] = rows[i][0];
        list->stop[i] = rows[i][1];
    }
    return list;
}

/* Scores of two lists, which are made and freed here. */
static ana_event_scores *score(size_t n_reference, const double (*reference)[2],
                               size_t n_hypothesis, const double (*hypothesis)[2],
                               const ana_event_score_options *options)
{
    ana_event_scores *scores = NULL;
    ana_intervals *a = make_list(n_reference, reference);
    ana_intervals *b = make_list(n_hypothesis, hypothesis);
    check_ok(ana_event_scores_compute(a, b, options, &scores));
    ana_intervals_free(a);
    ana_intervals_free(b);
    return scores;
}

/* An hour with a seizure of 60 s, one of 350 s (two pieces), and detections: early, missed, late,
 * too late. */
static void an_hour_by_hand(void **state)
{
    (void)state;
    const double reference[][2] = {{2000.0, 2350.0}, {100.0, 160.0}, {1000.0, 1020.0}};
    const double hypothesis[][2] = {
        {40.0, 75.0}, {2399.0, 2420.0}, {1080.0, 1090.0}, {3000.0, 3010.0}, {3085.0, 3100.0}};
    ana_event_score_options options = ana_event_score_options_default();
    options.duration_s = 3600.0;
    ana_event_scores *scores = score(3, reference, 5, hypothesis, &options);
    const double starts[] = {100.0, 1000.0, 2000.0, 2300.0};
    const double stops[] = {160.0, 1020.0, 2300.0, 2350.0};
    assert_int_equal(scores->reference.n, 4);
    check_all_close(4, scores->reference.start, starts, 0.0, 0.0);
    check_all_close(4, scores->reference.stop, stops, 0.0, 0.0);
    assert_true(scores->reference.matched[0] && !scores->reference.matched[1]);
    assert_true(!scores->reference.matched[2] && scores->reference.matched[3]);
    assert_int_equal(scores->hypothesis.n, 4); /* the last two are 75 s apart */
    check_close(scores->hypothesis.stop[3], 3100.0, 0.0, 0.0);
    check_close(scores->events.n_detected, 2.0, 0.0, 0.0);
    check_close(scores->events.n_false, 2.0, 0.0, 0.0); /* 1080 only touches */
    check_close(scores->events.sensitivity, 0.5, 0.0, 0.0);
    check_close(scores->events.precision, 0.5, 0.0, 0.0);
    check_close(scores->events.f1, 0.5, 0.0, 1e-15);
    check_close(scores->events.false_per_day, 48.0, 0.0, 1e-15);
    check_close(scores->events.false_per_hour, 2.0, 0.0, 1e-15);
    check_close(scores->reference.latency[0], -60.0, 0.0, 0.0);
    assert_true(isnan(scores->reference.latency[1]) && isnan(scores->reference.latency[3]));
    check_close(scores->mean_latency_s, -60.0, 0.0, 0.0);
    check_close(scores->median_latency_s, -60.0, 0.0, 0.0);
    check_close(scores->samples.n_reference, 430.0, 0.0, 0.0);
    check_close(scores->samples.n_detected, 0.0, 0.0, 0.0);
    check_close(scores->samples.n_false, 91.0, 0.0, 0.0);
    check_close(scores->samples.f1, 0.0, 0.0, 0.0);
    check_close(scores->samples.false_per_hour, 91.0, 0.0, 1e-15);
    ana_event_scores_free(scores);
}

/* 90 s apart stay two, less become one; 300 s stay one, more become two; a detection that ends 30 s
 * before, or begins 60 s after, only touches. */
static void limits_are_those_of_the_rules(void **state)
{
    (void)state;
    const double reference[][2] = {{1000.0, 1300.0}, {1390.0, 1400.0}, {1489.5, 1500.0}};
    const double touching[][2] = {{900.0, 970.0}, {1560.0, 1570.0}};
    const double reaching[][2] = {{900.0, 970.5}, {1559.5, 1570.0}};
    const ana_event_score_options options = ana_event_score_options_default();
    ana_event_scores *scores = score(3, reference, 2, touching, &options);
    assert_int_equal(scores->reference.n, 2);
    check_close(scores->events.n_detected, 0.0, 0.0, 0.0);
    check_close(scores->events.n_false, 2.0, 0.0, 0.0);
    assert_true(isnan(scores->events.false_per_hour) && isnan(scores->mean_latency_s));
    ana_event_scores_free(scores);
    scores = score(3, reference, 2, reaching, &options);
    check_close(scores->events.n_detected, 2.0, 0.0, 0.0);
    check_close(scores->events.n_false, 0.0, 0.0, 0.0);
    ana_event_scores_free(scores);
}

static void points_match_what_holds_them(void **state)
{
    (void)state;
    const double reference[][2] = {{10.0, 20.0}, {50.0, 50.0}};
    const double hypothesis[][2] = {{10.0, 10.0}, {20.0, 20.0}, {50.0, 50.0}, {49.0, 49.5}};
    ana_event_score_options options = ana_event_score_options_default();
    options.merge_s = 0.0;
    options.tolerance_before_s = 0.0;
    options.tolerance_after_s = 0.0;
    ana_event_scores *scores = score(2, reference, 4, hypothesis, &options);
    check_close(scores->events.n_detected, 2.0, 0.0, 0.0);
    check_close(scores->events.n_false, 2.0, 0.0, 0.0); /* 20 is past a half-open span */
    check_close(scores->samples.n_reference, 10.0, 0.0, 0.0);
    ana_event_scores_free(scores);
}

/* What the recording does not hold is no event of it; the peer counts it as missed and false. */
static void events_are_cut_to_the_recording(void **state)
{
    (void)state;
    const double reference[][2] = {{-50.0, -20.0}, {-10.0, 40.0}, {3500.0, 3900.0}};
    const double hypothesis[][2] = {{3550.0, 3560.0}, {3601.0, 3700.0}, {5000.0, 6000.0}};
    ana_event_score_options options = ana_event_score_options_default();
    options.duration_s = 3600.0;
    ana_event_scores *scores = score(3, reference, 3, hypothesis, &options);
    assert_int_equal(scores->reference.n, 2);
    assert_int_equal(scores->reference.n_outside, 1);
    assert_int_equal(scores->hypothesis.n_outside, 2);
    check_close(scores->reference.start[0], 0.0, 0.0, 0.0);
    check_close(scores->reference.stop[1], 3600.0, 0.0, 0.0);
    check_close(scores->events.n_detected, 1.0, 0.0, 0.0);
    check_close(scores->events.n_false, 0.0, 0.0, 0.0);
    check_close(scores->samples.n_reference, 140.0, 0.0, 0.0);
    ana_event_scores_free(scores);
    options.compat = true;
    scores = score(3, reference, 3, hypothesis, &options);
    assert_int_equal(scores->hypothesis.n, 5); /* 3550 to 3700 and four pieces of 5000 to 6000 */
    check_close(scores->events.n_false, 4.0, 0.0, 0.0);
    check_close(scores->samples.n_reference, 140.0, 0.0, 0.0);
    check_close(scores->samples.n_false, 0.0, 0.0, 0.0);
    ana_event_scores_free(scores);
}

enum {
    EVENTS = 12,
    TENTHS = 20000
};

typedef struct slow_list {
    size_t n;
    double start[200];
    double stop[200];
} slow_list;

/* The rules on a list, in tenths of a second, by marking every tenth. */
static slow_list slow_rules(const ana_intervals *list, int64_t gap, int64_t longest)
{
    static bool marks[TENTHS];
    slow_list made = {0};
    memset(marks, 0, sizeof marks);
    for (size_t i = 0; i < list->n; i++) {
        for (int64_t t = (int64_t)list->start[i]; t < (int64_t)list->stop[i]; t++) {
            marks[t] = true;
        }
    }
    int64_t last = -TENTHS;
    for (int64_t t = 0; t < TENTHS; t++) { /* gaps that are too short are filled */
        if (marks[t]) {
            for (int64_t k = last + 1; last >= 0 && t - last - 1 < gap && k < t; k++) {
                marks[k] = true;
            }
            last = t;
        }
    }
    for (int64_t t = 0; t < TENTHS; t++) {
        const bool begins = marks[t] && (t == 0 || !marks[t - 1]);
        const bool is_full = made.n > 0 && (double)t - made.start[made.n - 1] == (double)longest;
        if (begins || (marks[t] && is_full)) {
            made.start[made.n++] = (double)t;
        }
        if (marks[t]) {
            made.stop[made.n - 1] = (double)t + 1.0;
        }
    }
    return made;
}

static bool slow_overlap(const slow_list *a, size_t i, double before, double after,
                         const slow_list *b, size_t j)
{
    return a->start[i] - before < b->stop[j] && b->start[j] < a->stop[i] + after;
}

static ana_intervals *random_list(ana_random *random)
{
    double rows[EVENTS][2];
    const size_t n = (size_t)ana_random_below(random, EVENTS);
    for (size_t i = 0; i < n; i++) {
        rows[i][0] = (double)ana_random_below(random, TENTHS / 2);
        rows[i][1] = rows[i][0] + 1.0 + (double)ana_random_below(random, 900);
    }
    return make_list(n, (const double(*)[2])rows);
}

static void check_against_marks(ana_random *random)
{
    ana_event_scores *scores = NULL;
    ana_intervals *a = random_list(random);
    ana_intervals *b = random_list(random);
    ana_event_score_options options = {
        .merge_s = (double)ana_random_below(random, 300),
        .split_s = 40.0 + (double)ana_random_below(random, 400),
        .tolerance_before_s = (double)ana_random_below(random, 200),
        .tolerance_after_s = (double)ana_random_below(random, 200),
        .rate_hz = 1.0,
    };
    const slow_list slow_a = slow_rules(a, (int64_t)options.merge_s, (int64_t)options.split_s);
    const slow_list slow_b = slow_rules(b, (int64_t)options.merge_s, (int64_t)options.split_s);
    check_ok(ana_event_scores_compute(a, b, &options, &scores));
    assert_int_equal(scores->reference.n, slow_a.n);
    assert_int_equal(scores->hypothesis.n, slow_b.n);
    check_all_close(slow_a.n, scores->reference.start, slow_a.start, 0.0, 0.0);
    check_all_close(slow_b.n, scores->hypothesis.stop, slow_b.stop, 0.0, 0.0);
    for (size_t i = 0; i < slow_a.n; i++) {
        bool found = false;
        for (size_t j = 0; j < slow_b.n; j++) {
            found = found || slow_overlap(&slow_a, i, options.tolerance_before_s,
                                          options.tolerance_after_s, &slow_b, j);
        }
        assert_int_equal(scores->reference.matched[i], found);
    }
    for (size_t j = 0; j < slow_b.n; j++) {
        bool found = false;
        for (size_t i = 0; i < slow_a.n; i++) {
            found = found || slow_overlap(&slow_a, i, options.tolerance_before_s,
                                          options.tolerance_after_s, &slow_b, j);
        }
        assert_int_equal(scores->hypothesis.matched[j], found);
    }
    ana_event_scores_free(scores);
    ana_intervals_free(a);
    ana_intervals_free(b);
}

static void every_match_is_that_of_marked_times(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(11, "events", 0);
    for (size_t trial = 0; trial < 300; trial++) {
        check_against_marks(&random);
    }
}

/* Of samples, lists changed over change sensitivity and precision over. */
static void samples_are_counted_as_marks(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(12, "samples", 0);
    const ana_event_score_options options = ana_event_score_options_default();
    for (size_t trial = 0; trial < 100; trial++) {
        ana_event_scores *scores = NULL;
        ana_event_scores *turned = NULL;
        ana_intervals *a = random_list(&random);
        ana_intervals *b = random_list(&random);
        double n_reference = 0.0;
        double n_common = 0.0;
        for (size_t t = 0; t < TENTHS; t++) {
            bool in[2] = {false, false};
            for (size_t i = 0; i < a->n; i++) {
                in[0] = in[0] || ((double)t >= a->start[i] && (double)t < a->stop[i]);
            }
            for (size_t j = 0; j < b->n; j++) {
                in[1] = in[1] || ((double)t >= b->start[j] && (double)t < b->stop[j]);
            }
            n_reference += in[0] ? 1.0 : 0.0;
            n_common += in[0] && in[1] ? 1.0 : 0.0;
        }
        check_ok(ana_event_scores_compute(a, b, &options, &scores));
        check_ok(ana_event_scores_compute(b, a, &options, &turned));
        check_close(scores->samples.n_reference, n_reference, 0.0, 0.0);
        check_close(scores->samples.n_detected, n_common, 0.0, 0.0);
        check_close(scores->samples.sensitivity, turned->samples.precision, 0.0, 0.0);
        check_close(scores->samples.f1, turned->samples.f1, 0.0, 1e-15);
        ana_event_scores_free(scores);
        ana_event_scores_free(turned);
        ana_intervals_free(a);
        ana_intervals_free(b);
    }
}

static void empty_lists_have_no_scores(void **state)
{
    (void)state;
    const double one[][2] = {{10.0, 20.0}};
    const ana_event_score_options options = ana_event_score_options_default();
    ana_event_scores *scores = score(0, NULL, 0, NULL, &options);
    assert_true(isnan(scores->events.sensitivity) && isnan(scores->events.precision));
    assert_true(isnan(scores->events.f1) && isnan(scores->median_latency_s));
    ana_event_scores_free(scores);
    scores = score(1, one, 0, NULL, &options);
    check_close(scores->events.sensitivity, 0.0, 0.0, 0.0);
    assert_true(isnan(scores->events.precision) && isnan(scores->events.f1));
    ana_event_scores_free(scores);
    ana_event_scores_free(NULL);
}

static void refuse(double start, double stop, const ana_event_score_options *options,
                   const char *piece)
{
    const double good[][2] = {{10.0, 20.0}, {30.0, 40.0}};
    const double wrong[][2] = {{10.0, 20.0}, {start, stop}};
    ana_event_scores *scores = NULL;
    ana_intervals *a = make_list(2, good);
    ana_intervals *b = make_list(2, wrong);
    check_fails(ana_event_scores_compute(a, b, options, &scores), ANA_ERR_VALUE, piece);
    assert_null(scores);
    ana_intervals_free(a);
    ana_intervals_free(b);
}

static void wrong_events_and_options_are_named(void **state)
{
    (void)state;
    ana_event_score_options options = ana_event_score_options_default();
    refuse((double)NAN, 50.0, &options, "event 1 of the hypothesis");
    refuse(30.0, (double)INFINITY, &options, "event 1 of the hypothesis");
    refuse(50.0, 30.0, &options, "before it starts");
    refuse(0.0, 1e300, &options, "too far out");
    options.split_s = 1e-6;
    refuse(0.0, 1e6, &options, "choose a longer --split");
    options.split_s = -1.0;
    refuse(50.0, 60.0, &options, "split");
}

static void a_record_shows_what_was_missed_and_made_up(void **state)
{
    (void)state;
    const double reference[][2] = {{100.0, 160.0}, {1000.0, 1020.0}};
    const double hypothesis[][2] = {{110.0, 175.0}, {3000.0, 3010.0}};
    ana_event_score_options options = ana_event_score_options_default();
    options.duration_s = 3600.0;
    ana_event_scores *scores = score(2, reference, 2, hypothesis, &options);
    ana_record *record = NULL;
    ana_shape shape = {.n_axes = 2};
    const double *y = NULL;
    const int64_t *kind = NULL;
    double number = 0.0;
    size_t n = 0;
    const char *const *outcomes = NULL;
    check_ok(ana_event_scores_to_record(scores, &record));
    check_ok(ana_record_check(record));
    check_ok(ana_record_get_double(record, "by_events/sensitivity", &number));
    check_close(number, 0.5, 0.0, 0.0);
    check_ok(ana_record_get_double(record, "by_events/false_per_hour", &number));
    check_close(number, 1.0, 0.0, 1e-15);
    check_ok(ana_record_get_double(record, "mean_latency", &number));
    check_close(number, 10.0, 0.0, 0.0);
    check_ok(ana_record_get_texts(record, "reference/outcome", &n, &outcomes));
    assert_string_equal(outcomes[0], "detected");
    assert_string_equal(outcomes[1], "missed");
    check_ok(ana_record_get_doubles(record, "lanes/y", &shape, &y));
    assert_int_equal(shape.n[0], 4);
    assert_int_equal(shape.n[1], 15);
    /* 100 105 110 135 160 167.5 175 ...: the true event up to 160, its detection from 110 */
    check_close(y[4], 1.0, 0.0, 0.0);
    assert_true(isnan(y[5]) && isnan(y[2 * 15 + 1]));
    check_close(y[2 * 15 + 2], 1.0, 0.0, 0.0);
    shape = (ana_shape){.n_axes = 1};
    check_ok(ana_record_get_ints(record, "lanes/span_kind", &shape, &kind));
    assert_int_equal(shape.n[0], 2);
    assert_true(kind[0] == 1 && kind[1] == 3);
    ana_record_free(record);
    ana_event_scores_free(scores);
    scores = score(0, NULL, 0, NULL, &options);
    check_ok(ana_event_scores_to_record(scores, &record));
    check_ok(ana_record_check(record));
    assert_null(ana_record_find(record, "lanes"));
    ana_record_free(record);
    ana_event_scores_free(scores);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    const double rows[][2] = {{100.0, 160.0}, {1000.0, 1020.0}};
    const double others[][2] = {{110.0, 175.0}, {3000.0, 3010.0}};
    const ana_event_score_options options = ana_event_score_options_default();
    ana_intervals *a = make_list(2, rows);
    ana_intervals *b = make_list(2, others);
    ana_event_scores *scores = NULL;
    ana_record *record = NULL;
    ALLOCATION_TEST(ana_event_scores_compute, (a, b, &options, &scores),
                    ana_event_scores_free(scores));
    check_ok(ana_event_scores_compute(a, b, &options, &scores));
    ALLOCATION_TEST(ana_event_scores_to_record, (scores, &record), ana_record_free(record));
    ana_event_scores_free(scores);
    ana_intervals_free(a);
    ana_intervals_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_hour_by_hand),
        cmocka_unit_test(limits_are_those_of_the_rules),
        cmocka_unit_test(points_match_what_holds_them),
        cmocka_unit_test(events_are_cut_to_the_recording),
        cmocka_unit_test(every_match_is_that_of_marked_times),
        cmocka_unit_test(samples_are_counted_as_marks),
        cmocka_unit_test(empty_lists_have_no_scores),
        cmocka_unit_test(wrong_events_and_options_are_named),
        cmocka_unit_test(a_record_shows_what_was_missed_and_made_up),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
