#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/recording.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ana_series *new_series(const char *name)
{
    static const double values[] = {1.0, 2.0, 3.0};
    ana_series *series = NULL;
    check_ok(ana_series_new(name, 1, &series));
    series->rate = 10.0;
    series->type = ANA_FLOAT64;
    series->channels[0].name = strdup("c");
    check_ok(ana_series_add_segment(series, 3, 1.0));
    check_ok(ana_source_from_memory(ANA_FLOAT64, 1, 3, true, values, &series->source));
    return series;
}

static ana_spikes *new_spikes(const char *name)
{
    static const size_t n = 2;
    ana_spikes *spikes = NULL;
    check_ok(ana_spikes_new(name, 1, &n, &spikes));
    spikes->times[0] = 0.5;
    spikes->times[1] = 2.5;
    return spikes;
}

static ana_intervals *new_intervals(const char *name)
{
    ana_intervals *intervals = NULL;
    check_ok(ana_intervals_new(name, 2, &intervals));
    intervals->start[1] = 1.0;
    intervals->stop[1] = 1.75;
    return intervals;
}

static ana_table *new_table(void)
{
    ana_table *table = NULL;
    check_ok(ana_table_new(2, &table));
    return table;
}

static ana_recording *new_recording(void)
{
    ana_recording *recording = NULL;
    check_ok(ana_recording_new(&recording));
    check_ok(ana_recording_add_series(recording, new_series("eeg")));
    check_ok(ana_recording_add_spikes(recording, new_spikes("units")));
    check_ok(ana_recording_add_intervals(recording, new_intervals("trials")));
    check_ok(ana_recording_add_table(recording, "electrodes", new_table()));
    check_ok(ana_recording_add_fact(recording, "subject", "M7"));
    check_ok(ana_recording_check(recording));
    return recording;
}

static void objects_are_found_by_name_or_the_first(void **state)
{
    (void)state;
    ana_recording *recording = new_recording();
    check_ok(ana_recording_add_series(recording, new_series("lfp")));
    assert_ptr_equal(ana_recording_find_series(recording, "lfp"), recording->series[1]);
    assert_ptr_equal(ana_recording_find_series(recording, NULL), recording->series[0]);
    assert_null(ana_recording_find_series(recording, "emg"));
    assert_ptr_equal(ana_recording_find_spikes(recording, "units"), recording->spikes[0]);
    assert_ptr_equal(ana_recording_find_spikes(recording, NULL), recording->spikes[0]);
    assert_null(ana_recording_find_spikes(recording, "Units"));
    assert_ptr_equal(ana_recording_find_intervals(recording, "trials"), recording->intervals[0]);
    assert_null(ana_recording_find_intervals(recording, ""));
    assert_ptr_equal(ana_recording_find_table(recording, "electrodes"), recording->tables[0].table);
    assert_null(ana_recording_find_table(recording, "rois"));
    assert_string_equal(ana_recording_find_fact(recording, "subject"), "M7");
    assert_null(ana_recording_find_fact(recording, "device"));
    ana_recording_free(recording);
    ana_recording_free(NULL);
}

static void an_empty_recording_holds_nothing(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    double duration = 1.0;
    check_ok(ana_recording_new(&recording));
    assert_null(ana_recording_find_series(recording, NULL));
    assert_null(ana_recording_find_spikes(recording, NULL));
    assert_null(ana_recording_find_intervals(recording, NULL));
    assert_null(ana_recording_find_table(recording, NULL));
    assert_null(ana_recording_find_fact(recording, NULL));
    check_ok(ana_recording_duration(recording, &duration));
    assert_true(duration == 0.0);
    check_ok(ana_recording_check(recording));
    ana_recording_free(recording);
}

static void a_name_that_is_taken_gets_a_number(void **state)
{
    (void)state;
    ana_recording *recording = new_recording();
    check_ok(ana_recording_add_series(recording, new_series("eeg_2")));
    check_ok(ana_recording_add_series(recording, new_series("eeg")));
    check_ok(ana_recording_add_series(recording, new_series("eeg")));
    assert_string_equal(recording->series[2]->name, "eeg_3");
    assert_string_equal(recording->series[3]->name, "eeg_4");
    check_ok(ana_recording_add_spikes(recording, new_spikes("units")));
    assert_string_equal(recording->spikes[1]->name, "units_2");
    check_ok(ana_recording_add_intervals(recording, new_intervals("trials")));
    assert_string_equal(recording->intervals[1]->name, "trials_2");
    check_ok(ana_recording_add_table(recording, "electrodes", new_table()));
    assert_string_equal(recording->tables[1].name, "electrodes_2");
    check_ok(ana_recording_add_series(recording, new_series("units"))); /* of another kind */
    assert_string_equal(recording->series[4]->name, "units");
    check_ok(ana_recording_check(recording));
    ana_recording_free(recording);
}

static void an_object_without_a_name_is_refused_and_freed(void **state)
{
    (void)state;
    ana_recording *recording = new_recording();
    ana_series *series = new_series("x");
    free(series->name);
    series->name = NULL;
    check_fails(ana_recording_add_series(recording, series), ANA_ERR_VALUE, "without a name");
    check_fails(ana_recording_add_table(recording, NULL, new_table()), ANA_ERR_VALUE, "name");
    assert_int_equal(recording->n_series, 1);
    ana_recording_free(recording);
}

static void empty_facts_are_not_recorded(void **state)
{
    (void)state;
    ana_recording *recording = new_recording();
    check_ok(ana_recording_add_fact(recording, "device", NULL));
    check_ok(ana_recording_add_fact(recording, "device", ""));
    assert_int_equal(recording->n_facts, 1);
    check_ok(ana_recording_add_fact(recording, "device", "probe"));
    assert_string_equal(ana_recording_find_fact(recording, "device"), "probe");
    ana_recording_free(recording);
}

static void warnings_stop_after_fifty(void **state)
{
    (void)state;
    ana_recording *recording = new_recording();
    for (int i = 0; i < 60; i++) {
        ana_recording_warn(recording, "record %d of \"%s\" is short", i, "x.edf");
    }
    assert_int_equal(recording->n_warnings, 51);
    assert_string_equal(recording->warnings[0], "record 0 of \"x.edf\" is short");
    assert_string_equal(recording->warnings[49], "record 49 of \"x.edf\" is short");
    assert_non_null(strstr(recording->warnings[50], "left out"));
    ana_recording_free(recording);
}

static void the_duration_is_the_latest_end_of_anything(void **state)
{
    (void)state;
    ana_recording *recording = new_recording();
    double duration = 0.0;
    check_ok(ana_recording_duration(recording, &duration));
    assert_true(duration == 2.5); /* the last spike */
    recording->series[0]->segments[0].start = 2.4;
    check_ok(ana_recording_duration(recording, &duration));
    check_close(duration, 2.7, 0.0, 1e-15); /* 3 samples at 10 Hz */
    check_ok(
        ana_spikes_observe(recording->spikes[0], 1, (const double[]){0.0}, (const double[]){3.0}));
    check_ok(ana_recording_duration(recording, &duration));
    assert_true(duration == 3.0);
    recording->intervals[0]->stop[1] = NAN; /* unknown: its start counts */
    recording->intervals[0]->start[1] = 4.5;
    check_ok(ana_recording_duration(recording, &duration));
    assert_true(duration == 4.5);
    recording->intervals[0]->stop[0] = 6.0;
    check_ok(ana_recording_duration(recording, &duration));
    assert_true(duration == 6.0);
    check_ok(ana_recording_add_series(recording, new_series("later")));
    recording->series[1]->segments[0].start = 7.0;
    check_ok(ana_recording_duration(recording, &duration));
    check_close(duration, 7.3, 0.0, 1e-15);
    check_ok(ana_recording_add_spikes(recording, new_spikes("later")));
    check_ok(ana_spikes_observe(recording->spikes[1], 2, (const double[]){0.0, 7.0},
                                (const double[]){1.0, 8.0}));
    check_ok(ana_recording_duration(recording, &duration));
    assert_true(duration == 8.0);
    check_ok(ana_recording_add_intervals(recording, new_intervals("later")));
    recording->intervals[1]->stop[1] = 9.0;
    check_ok(ana_recording_duration(recording, &duration));
    assert_true(duration == 9.0);
    ana_recording_free(recording);
}

static void check_finds_each_broken_invariant(void **state)
{
    (void)state;
    ana_recording *recording = new_recording();
    check_ok(ana_recording_add_series(recording, new_series("lfp")));
    check_ok(ana_recording_add_spikes(recording, new_spikes("other")));
    check_ok(ana_recording_add_intervals(recording, new_intervals("other")));
    check_ok(ana_recording_add_table(recording, "other", new_table()));
    char *name = recording->series[1]->name;
    recording->series[1]->name = recording->series[0]->name;
    check_fails(ana_recording_check(recording), ANA_ERR_VALUE, "two series are named \"eeg\"");
    recording->series[1]->name = NULL;
    check_fails(ana_recording_check(recording), ANA_ERR_VALUE, "series 1 has no name");
    recording->series[1]->name = name;
    strcpy(recording->spikes[1]->name, "units");
    check_fails(ana_recording_check(recording), ANA_ERR_VALUE, "two sets of spikes");
    strcpy(recording->spikes[1]->name, "other");
    name = recording->intervals[1]->name;
    recording->intervals[1]->name = recording->intervals[0]->name;
    check_fails(ana_recording_check(recording), ANA_ERR_VALUE, "two sets of intervals");
    recording->intervals[1]->name = name;
    name = recording->tables[1].name;
    recording->tables[1].name = recording->tables[0].name;
    check_fails(ana_recording_check(recording), ANA_ERR_VALUE, "two tables");
    recording->tables[1].name = name;
    recording->series[1]->rate = -1.0;
    check_fails(ana_recording_check(recording), ANA_ERR_VALUE, "\"lfp\"");
    recording->series[1]->rate = 10.0;
    recording->spikes[1]->times[0] = 9.0;
    check_fails(ana_recording_check(recording), ANA_ERR_VALUE, "out of order");
    recording->spikes[1]->times[0] = 0.0;
    recording->intervals[1]->stop[0] = -1.0;
    check_fails(ana_recording_check(recording), ANA_ERR_VALUE, "other");
    recording->intervals[1]->stop[0] = 0.0;
    check_ok(ana_table_add_ints(recording->tables[1].table, "x", (const int64_t[]){1, 2}));
    recording->tables[1].table->columns[0].type = ANA_COLUMN_TEXT;
    check_fails(ana_recording_check(recording), ANA_ERR_VALUE, "\"x\"");
    recording->tables[1].table->columns[0].type = ANA_COLUMN_INT;
    check_ok(ana_recording_check(recording));
    ana_recording_free(recording);
}

static ana_status warn(void *user)
{
    ana_recording *recording = user;
    ana_recording_warn(recording, "short of %s", "memory");
    return ANA_OK;
}

static void without_memory_a_warning_is_lost(void **state)
{
    (void)state;
    ana_recording *recording = new_recording();
    assert_true(check_each_allocation(warn, recording, 1) == 2);
    assert_int_equal(recording->n_warnings, 1);
    assert_string_equal(recording->warnings[0], "short of memory");
    ana_recording_free(recording);
}

static void without_memory_an_object_is_freed_and_the_rest_stays(void **state)
{
    (void)state;
    ana_recording *recording = new_recording();
    ana_recording *made = NULL;
    ana_series *series = NULL;
    ana_spikes *spikes = NULL;
    ana_intervals *intervals = NULL;
    ana_table *table = NULL;
    double duration = 0.0;
    ALLOCATION_TEST(ana_recording_new, (&made), ana_recording_free(made));
    CONSUMING_ALLOCATION_TEST(ana_recording_add_series, (recording, series),
                              series = new_series("eeg"), (void)0);
    CONSUMING_ALLOCATION_TEST(ana_recording_add_spikes, (recording, spikes),
                              spikes = new_spikes("units"), (void)0);
    CONSUMING_ALLOCATION_TEST(ana_recording_add_intervals, (recording, intervals),
                              intervals = new_intervals("trials"), (void)0);
    CONSUMING_ALLOCATION_TEST(ana_recording_add_table, (recording, "electrodes", table),
                              table = new_table(), (void)0);
    ALLOCATION_TEST(ana_recording_add_fact, (recording, "device", "probe"), (void)0);
    ALLOCATION_TEST(ana_recording_check, (recording), (void)0);
    NO_ALLOCATION_TEST(ana_recording_duration, (recording, &duration));
    assert_int_equal(recording->n_series, 2);
    assert_int_equal(recording->n_facts, 2);
    assert_string_equal(recording->tables[1].name, "electrodes_2");
    ana_recording_free(recording);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_found_by_name_or_the_first),
        cmocka_unit_test(an_empty_recording_holds_nothing),
        cmocka_unit_test(a_name_that_is_taken_gets_a_number),
        cmocka_unit_test(an_object_without_a_name_is_refused_and_freed),
        cmocka_unit_test(empty_facts_are_not_recorded),
        cmocka_unit_test(warnings_stop_after_fifty),
        cmocka_unit_test(the_duration_is_the_latest_end_of_anything),
        cmocka_unit_test(check_finds_each_broken_invariant),
        cmocka_unit_test(without_memory_a_warning_is_lost),
        cmocka_unit_test(without_memory_an_object_is_freed_and_the_rest_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
