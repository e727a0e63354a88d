/* Codes of a trigger channel as events. */
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/trigger_events.h>

#include <math.h>

static void changes_of_code_are_events(void **state)
{
    (void)state;
    static const size_t lengths[] = {8, 4};
    /* a held code, one after another without rest, a missing sample, one across the gap */
    static const double x[] = {0, 1, 1, 2, 0, (double)NAN, 769, 5, 5, 5, 0, -3};
    static const char *const labels[] = {"1", "2", "769", "5", "5", "-3"};
    static const double start[] = {2.6, 2.8, 3.1, 3.2, 13.3, 13.6};
    static const double stop[] = {2.8, 2.9, 3.2, 3.3, 13.5, 13.7};
    ana_series *series = series_of(10.0, 1, 2, lengths, x);
    const ana_run run = ana_run_default();
    ana_intervals *events = NULL;
    check_ok(ana_trigger_events(series, 0, &run, &events));
    check_ok(ana_intervals_check(events));
    assert_int_equal(events->n, 6);
    assert_string_equal(events->name, "c0");
    for (size_t i = 0; i < 6; i++) {
        assert_true(ana_intervals_has_label(events, i, labels[i]));
    }
    check_all_close(6, events->start, start, 1e-12, 0.0);
    check_all_close(6, events->stop, stop, 1e-12, 0.0);
    ana_intervals_free(events);
    ALLOCATION_TEST(ana_trigger_events, (series, 0, &run, &events), ana_intervals_free(events));
    ana_series_free(series);
}

static void a_channel_at_rest_has_none(void **state)
{
    (void)state;
    static const size_t lengths[] = {3};
    static const double x[] = {0, 0, 0};
    ana_series *series = series_of(10.0, 1, 1, lengths, x);
    const ana_run run = ana_run_default();
    ana_intervals *events = NULL;
    check_ok(ana_trigger_events(series, 0, &run, &events));
    assert_int_equal(events->n, 0);
    ana_intervals_free(events);
    ana_series_free(series);
}

static void a_signal_is_refused(void **state)
{
    (void)state;
    static const size_t lengths[] = {3};
    static const double wrong[][3] = {{0, 1, 0.4}, {0, 1, 2147483648.0}, {0, 1, (double)INFINITY}};
    for (size_t k = 0; k < 3; k++) {
        ana_series *series = series_of(10.0, 1, 1, lengths, wrong[k]);
        const ana_run run = ana_run_default();
        ana_intervals *events = NULL;
        check_fails(ana_trigger_events(series, 0, &run, &events), ANA_ERR_VALUE,
                    "at 2.7 s is not a code");
        ana_series_free(series);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_of_code_are_events),
        cmocka_unit_test(a_channel_at_rest_has_none),
        cmocka_unit_test(a_signal_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
