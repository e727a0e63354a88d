#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/forecast_scores.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ana_intervals *points(size_t n, const double *times)
{
    ana_intervals *intervals = NULL;
    check_ok(ana_intervals_new("points", n, &intervals));
    for (size_t i = 0; i < n; i++) {
        intervals->start[i] = times[i];
        intervals->stop[i] = times[i];
    }
    return intervals;
}

static ana_forecast_options choose(double horizon, double period, double duration)
{
    ana_forecast_options options = ana_forecast_options_default();
    options.horizon_s = horizon;
    options.period_s = period;
    options.duration_s = duration;
    return options;
}

/* Warnings of 100 s, 10 s after the alarm, in an hour. */
static const double event_times[] = {5.0, 300.0, 1000.0, 2000.0, 4000.0};
static const double alarm_times[] = {3550.0, 950.0, 980.0, 1890.0, 200.0, 2500.0, -1.0};

static void five_events_and_seven_alarms_by_hand(void **state)
{
    (void)state;
    ana_intervals *events = points(5, event_times);
    ana_intervals *alarms = points(7, alarm_times);
    const ana_forecast_options options = choose(10.0, 100.0, 3600.0);
    ana_forecast_scores *s = NULL;
    check_ok(ana_forecast_scores_compute(events, alarms, &options, &s));
    assert_true(s->n_events == 3 && s->n_early == 1 && s->n_outside == 2 && s->n_followed == 0);
    /* 200 warns from 210 to 310, 950 to 1060 and 980 to 1090, 1890 from 1900 to 2000 (both
     * included); 2500 is false; 3550 ends beyond the recording. */
    assert_true(s->n_predicted == 3 && s->n_alarms == 6 && s->n_true == 4);
    assert_true(s->n_false == 1 && s->n_undecided == 1 && s->sensitivity == 1.0);
    check_close(s->ahead[0], 100.0, 1e-12, 0.0);
    check_close(s->ahead[1], 50.0, 1e-12, 0.0);
    check_close(s->ahead[2], 110.0, 1e-12, 0.0);
    check_close(s->time_in_warning, (100.0 + 130.0 + 100.0 + 100.0 + 40.0) / 3590.0, 0.0, 1e-13);
    /* of 3490 s three times 100 before events */
    check_close(s->hours_false, 3190.0 / 3600.0, 0.0, 1e-13);
    check_close(s->false_per_hour, 3600.0 / 3190.0, 0.0, 1e-13);
    check_close(s->by_time.p, pow(s->time_in_warning, 3.0), 0.0, 1e-12);
    check_close(s->by_rate.sensitivity, 1.0 - exp(-100.0 / 3190.0), 0.0, 1e-12);
    check_close(s->by_rate.p, pow(s->by_rate.sensitivity, 3.0), 0.0, 1e-12);
    assert_true(s->by_turn.p < 0.02 && s->by_turn.sensitivity > 0.05 &&
                s->by_turn.sensitivity < 0.2);
    static const int outcomes[] = {1, 1, 1, 1, 0, 2};
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(s->outcome[i], outcomes[i]);
    }
    ana_forecast_scores_free(s);
    ana_intervals_free(events);
    ana_intervals_free(alarms);
}

static void events_that_follow_others_are_left_out(void **state)
{
    (void)state;
    static const double times[] = {1000.0, 1400.0, 2000.0};
    static const double alarm[] = {1350.0};
    ana_intervals *events = points(3, times);
    ana_intervals *alarms = points(1, alarm);
    ana_forecast_options options = choose(0.0, 100.0, 3600.0);
    ana_forecast_scores *s = NULL;
    events->stop[0] = 1100.0;
    events->stop[1] = NAN; /* not known: as its start */
    options.lead_s = 500.0;
    check_ok(ana_forecast_scores_compute(events, alarms, &options, &s));
    assert_true(s->n_events == 2 && s->n_followed == 1 && s->n_predicted == 0);
    assert_true(s->n_true == 1 && s->n_false == 0); /* an event came, though it does not count */
    assert_true(s->by_time.p == 1.0 && s->by_turn.p == 1.0);
    ana_forecast_scores_free(s);
    events->start[0] = 0.25;  /* the first second is within */
    events->stop[0] = 1500.0; /* beyond the second, which counts all the same */
    options.lead_s = 0.0;
    options.n_turns = 0;
    check_ok(ana_forecast_scores_compute(events, alarms, &options, &s));
    assert_true(s->n_events == 3 && s->n_predicted == 1 && isnan(s->by_turn.p));
    const double p = 100.0 / 3600.0;
    check_close(s->by_time.p, 1.0 - pow(1.0 - p, 3.0), 0.0, 1e-12);
    ana_forecast_scores_free(s);
    ana_intervals_free(events);
    ana_intervals_free(alarms);
}

static ana_intervals *random_points(ana_random *random, size_t n, double duration)
{
    double times[64];
    for (size_t i = 0; i < n; i++) {
        times[i] = duration * ana_random_uniform(random);
    }
    return points(n, times);
}

/* Events and alarms that know nothing of each other: P(p <= a) is a wherever p can be a (by time,
 * given the alarms), and never more than that (by turns). */
static void probabilities_of_a_random_predictor_are_uniform(void **state)
{
    (void)state;
    enum {
        REPEATS = 2000,
        EVENTS = 8
    };
    ana_random random = ana_random_stream(21, "test.forecast", 0);
    ana_forecast_options options = choose(0.0, 600.0, 36000.0);
    ana_intervals *alarms = random_points(&random, 20, 36000.0);
    size_t times_least[EVENTS + 1] = {0};
    double p_of[EVENTS + 1];
    size_t n_small = 0;
    options.n_turns = 99;
    options.run = run_of(1, 0);
    for (size_t r = 0; r < REPEATS; r++) {
        ana_intervals *events = random_points(&random, EVENTS, 36000.0);
        ana_forecast_scores *s = NULL;
        options.run.seed = r;
        check_ok(ana_forecast_scores_compute(events, alarms, &options, &s));
        p_of[s->n_predicted] = s->by_time.p;
        for (size_t k = 0; k <= s->n_predicted; k++) {
            times_least[k]++; /* p is at most that of k */
        }
        n_small += s->by_turn.p <= 0.1 ? 1 : 0;
        ana_forecast_scores_free(s);
        ana_intervals_free(events);
    }
    for (size_t k = 1; k < 5; k++) { /* standard error at most .5 / sqrt(2000) = .011 */
        check_close((double)times_least[k] / REPEATS, p_of[k], 0.045, 0.0);
    }
    assert_true(p_of[4] > 0.02 && p_of[4] < 0.6);
    assert_true((double)n_small / REPEATS < 0.13 && n_small > 20);
    ana_intervals_free(alarms);
}

/* Every alarm and every second: turned alarms by their definition. */
static void turns_agree_with_moving_the_alarms(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(22, "test.forecast", 0);
    ana_intervals *events = random_points(&random, 12, 5000.0);
    ana_intervals *alarms = random_points(&random, 7, 5000.0);
    ana_forecast_options options = choose(60.0, 300.0, 5000.0);
    ana_forecast_scores *s = NULL;
    double sum = 0.0;
    options.n_turns = 50;
    options.run.seed = 4;
    options.run.n_threads = 2;
    check_ok(ana_forecast_scores_compute(events, alarms, &options, &s));
    for (size_t i = 0; i < 50; i++) {
        ana_random turn = ana_random_stream(4, "forecast turns", i);
        const double by = 5000.0 * ana_random_uniform(&turn);
        for (size_t e = 0; e < s->n_events; e++) {
            bool predicted = false;
            for (size_t a = 0; a < 7; a++) {
                const double time = fmod(alarms->start[a] + by, 5000.0);
                const double ahead = s->onset[e] - time;
                predicted = predicted || (ahead >= 60.0 && ahead <= 360.0);
            }
            sum += predicted ? 1.0 : 0.0;
        }
    }
    check_close(s->by_turn.sensitivity, sum / 50.0 / (double)s->n_events, 0.0, 1e-13);
    ana_forecast_scores_free(s);
    ana_intervals_free(events);
    ana_intervals_free(alarms);
}

static void nothing_at_all_has_no_scores(void **state)
{
    (void)state;
    static const double one[] = {50.0};
    ana_intervals *none = points(0, one);
    ana_intervals *single = points(1, one);
    const ana_forecast_options options = choose(0.0, 10.0, 100.0);
    ana_forecast_scores *s = NULL;
    ana_record *record = NULL;
    check_ok(ana_forecast_scores_compute(none, single, &options, &s));
    assert_true(isnan(s->sensitivity) && isnan(s->by_time.p) && s->n_false == 1);
    check_ok(ana_forecast_scores_to_record(s, &record));
    check_ok(ana_record_check(record));
    ana_record_free(record);
    ana_forecast_scores_free(s);
    check_ok(ana_forecast_scores_compute(single, none, &options, &s));
    assert_true(s->sensitivity == 0.0 && s->time_in_warning == 0.0 && s->by_time.p == 1.0);
    ana_forecast_scores_free(s);
    check_ok(ana_forecast_scores_compute(none, none, &options, &s));
    check_ok(ana_forecast_scores_to_record(s, &record));
    check_ok(ana_record_check(record));
    ana_record_free(record);
    ana_forecast_scores_free(s);
    ana_forecast_scores_free(NULL);
    ana_intervals_free(none);
    ana_intervals_free(single);
}

static void wrong_use_is_named(void **state)
{
    (void)state;
    static const double bad[] = {1.0, NAN};
    ana_intervals *events = points(2, bad);
    ana_intervals *fine = points(1, bad);
    ana_forecast_options options = choose(10.0, 100.0, 3600.0);
    ana_forecast_scores *s = NULL;
    check_fails(ana_forecast_scores_compute(events, fine, &options, &s), ANA_ERR_VALUE,
                "event 1 begins at nan s");
    check_fails(ana_forecast_scores_compute(fine, events, &options, &s), ANA_ERR_VALUE,
                "alarm 1 begins at nan s");
    options.duration_s = 110.0;
    check_fails(ana_forecast_scores_compute(fine, fine, &options, &s), ANA_ERR_VALUE,
                "a recording of 110 s");
    check_fails(ana_forecast_scores_compute(fine, fine, NULL, &s), ANA_ERR_VALUE,
                "a recording of 0 s");
    options.period_s = 0.0;
    check_fails(ana_forecast_scores_compute(fine, fine, &options, &s), ANA_ERR_VALUE, "period");
    ana_intervals_free(events);
    ana_intervals_free(fine);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    ana_intervals *events = points(5, event_times);
    ana_intervals *alarms = points(7, alarm_times);
    const ana_forecast_options options = choose(10.0, 100.0, 3600.0);
    ana_forecast_scores *s = NULL;
    ana_record *record = NULL;
    ALLOCATION_TEST(ana_forecast_scores_compute, (events, alarms, &options, &s),
                    ana_forecast_scores_free(s));
    check_ok(ana_forecast_scores_compute(events, alarms, &options, &s));
    ALLOCATION_TEST(ana_forecast_scores_to_record, (s, &record), ana_record_free(record));
    ana_forecast_scores_free(s);
    ana_intervals_free(events);
    ana_intervals_free(alarms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_events_and_seven_alarms_by_hand),
        cmocka_unit_test(events_that_follow_others_are_left_out),
        cmocka_unit_test(probabilities_of_a_random_predictor_are_uniform),
        cmocka_unit_test(turns_agree_with_moving_the_alarms),
        cmocka_unit_test(nothing_at_all_has_no_scores),
        cmocka_unit_test(wrong_use_is_named),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
