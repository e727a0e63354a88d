#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/calcium_summary.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_ROIS = 3,
    N_TIMES = 3000
};

/* Region c has about 12 c transients; two segments of 2000 and 1000 samples at 20 Hz. */
static ana_series *fluorescence_from_seed(uint64_t seed, size_t n_times)
{
    double *f = calloc(N_ROIS * n_times, sizeof *f);
    ana_random random = ana_random_stream(seed, "test.calcium_summary", 0);
    for (size_t c = 0; c < N_ROIS; c++) {
        double calcium = 0.0;
        for (size_t t = 0; t < n_times; t++) {
            calcium = 0.95 * calcium + (ana_random_below(&random, 250) < c ? 60.0 : 0.0);
            f[c * n_times + t] = 100.0 + calcium + 3.0 * ana_random_normal(&random);
        }
    }
    f[5] = NAN;
    ana_series *series = NULL;
    check_ok(ana_series_new("roi", N_ROIS, &series));
    series->rate = 20.0;
    series->type = ANA_FLOAT64;
    check_ok(ana_series_add_segment(series, n_times / 3 * 2, 0.0));
    check_ok(ana_series_add_segment(series, n_times - n_times / 3 * 2, 500.0));
    check_ok(ana_source_from_memory(ANA_FLOAT64, N_ROIS, n_times, true, f, &series->source));
    for (size_t c = 0; c < N_ROIS; c++) {
        series->channels[c].name = calloc(32, 1);
        snprintf(series->channels[c].name, 32, "roi%zu", c);
    }
    free(f);
    return series;
}

static const ana_record *child(const ana_record *record, const char *path)
{
    const ana_record *found = ana_record_find(record, path);
    if (found == NULL) {
        fail_msg("no %s in the record", path);
    }
    return found;
}

static void summary_holds_what_the_steps_say(void **state)
{
    (void)state;
    ana_series *f = fluorescence_from_seed(1, N_TIMES);
    ana_series *neuropil = fluorescence_from_seed(2, N_TIMES);
    ana_calcium_options options = ana_calcium_options_default();
    options.coefficient = 0.2;
    options.window_s = 30.0;
    ana_oasis_options oasis = ana_oasis_options_default();
    ana_record *record = NULL;
    check_ok(ana_calcium_to_record(f, neuropil, &options, &oasis, &record));
    check_ok(ana_record_check(record));

    ana_series *corrected = NULL;
    ana_series *dff = NULL;
    ana_intervals *events = NULL;
    ana_oasis_result *result = NULL;
    check_ok(ana_series_neuropil(f, neuropil, &options, NULL, &corrected));
    check_ok(ana_series_dff(corrected, &options, &dff));
    check_ok(ana_calcium_events(dff, &options, &events));
    check_ok(ana_oasis_series(dff, &oasis, &result));
    double *x = calloc((size_t)N_ROIS * N_TIMES, sizeof *x);
    check_ok(ana_series_read(dff, N_ROIS, NULL, 0, N_TIMES, x));

    /* 3000 samples in pieces of 4: 500 of the first segment, a gap, 250 of the second. */
    const ana_record *map = child(record, "signal/values");
    assert_int_equal(map->shape[0], N_ROIS);
    assert_int_equal(map->shape[1], 751);
    for (size_t c = 0; c < N_ROIS; c++) {
        const double *row = map->doubles + c * 751;
        const double *activity = child(record, "activity/values")->doubles + c * 751;
        const double *s = result->spikes + c * N_TIMES;
        double noise = 0.0;
        check_ok(ana_calcium_noise(2000, x + c * N_TIMES, options.noise, &noise));
        check_close(row[3], ana_stats_mean(4, x + c * N_TIMES + 12) / noise, 0.0, 1e-15);
        check_close(row[500], NAN, 0.0, 0.0);
        check_close(row[501], ana_stats_mean(4, x + c * N_TIMES + 2000) / noise, 0.0, 1e-15);
        check_close(activity[9], s[36] + s[37] + s[38] + s[39], 1e-15, 1e-14);
        check_close(activity[500], NAN, 0.0, 0.0);
        check_close(child(record, "rois/noise")->doubles[c], noise, 0.0, 0.0);
        check_close(child(record, "rois/coefficient")->doubles[c], 0.2, 0.0, 0.0);
        check_close(child(record, "rois/decay")->doubles[c], result->fits[2 * c].decay_s, 0.0, 0.0);
        assert_int_equal(child(record, "rois/n_missing")->ints[c], c == 0);
        size_t n_own = 0;
        for (size_t i = 0; i < events->n; i++) {
            n_own += ana_table_find(events->table, "channel")->ints[i] == (int64_t)c;
        }
        assert_int_equal(child(record, "rois/n_events")->ints[c], n_own);
    }
    check_close(child(record, "signal/x")->doubles[0], 1.5 / 20.0, 0.0, 1e-15);
    check_close(child(record, "signal/x")->doubles[501], 500.0 + 1.5 / 20.0, 0.0, 1e-15);
    const int64_t *n_events = child(record, "rois/n_events")->ints;
    size_t most = n_events[1] > n_events[0] ? 1 : 0;
    most = n_events[2] > n_events[most] ? 2 : most;
    assert_string_equal(child(record, "traces/labels")->texts[0], f->channels[most].name);
    assert_int_equal(child(record, "events/times")->shape[0], events->n);
    free(x);
    ana_oasis_result_free(result);
    ana_intervals_free(events);
    ana_series_free(dff);
    ana_series_free(corrected);
    ana_record_free(record);
    ana_series_free(neuropil);
    ana_series_free(f);
}

static void parts_not_asked_for_are_not_there(void **state)
{
    (void)state;
    ana_series *f = fluorescence_from_seed(3, 300);
    ana_record *record = NULL;
    check_ok(ana_calcium_to_record(f, NULL, NULL, NULL, &record));
    check_ok(ana_record_check(record));
    assert_null(ana_record_find(record, "activity"));
    assert_null(ana_record_find(record, "rois/coefficient"));
    assert_null(ana_record_find(record, "rois/decay"));
    assert_int_equal(child(record, "signal/values")->shape[1],
                     301); /* each sample its own column */
    ana_record_free(record);

    ana_calcium_options options = ana_calcium_options_default();
    options.run.max_memory = 100;
    record = NULL;
    check_fails(ana_calcium_to_record(f, NULL, &options, NULL, &record), ANA_ERR_LIMIT,
                "one segment");
    options.percentile = -1.0;
    check_fails(ana_calcium_to_record(f, NULL, &options, NULL, &record), ANA_ERR_VALUE,
                "--percentile");
    assert_null(record);
    ana_series_free(f);
}

static void keep_warning(void *user, const char *sentence)
{
    snprintf(user, 200, "%s", sentence);
}

/* With all of the neuropil taken off, twice over, nothing is left to divide by. */
static void regions_without_a_baseline_are_said(void **state)
{
    (void)state;
    char warning[200] = "";
    ana_series *f = fluorescence_from_seed(3, 300);
    ana_calcium_options options = ana_calcium_options_default();
    options.coefficient = 2.0;
    options.run.warn = keep_warning;
    options.run.user = warning;
    ana_record *record = NULL;
    check_ok(ana_calcium_to_record(f, f, &options, NULL, &record));
    check_ok(ana_record_check(record));
    assert_non_null(strstr(warning, "3 of 3 regions"));
    assert_int_equal(child(record, "rois/n_undefined")->ints[0], 299);
    assert_int_equal(child(record, "rois/n_missing")->ints[0], 1);
    ana_record_free(record);
    options.ratio = false;
    warning[0] = '\0';
    check_ok(ana_calcium_to_record(f, f, &options, NULL, &record));
    assert_string_equal(warning, "");
    assert_int_equal(child(record, "rois/n_undefined")->ints[0], 0);
    ana_record_free(record);
    ana_series_free(f);
}

static ana_status summarise(void *user)
{
    ana_calcium_options options = ana_calcium_options_default();
    ana_oasis_options oasis = ana_oasis_options_default();
    ana_record *record = NULL;
    options.window_s = 1.0;
    options.run.n_threads = 1;
    oasis.run.n_threads = 1;
    ana_status status = ana_calcium_to_record(user, user, &options, &oasis, &record);
    ana_record_free(record);
    return status;
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    ana_series *f = fluorescence_from_seed(4, 300);
    assert_true(check_each_allocation(summarise, f, 0) > 100);
    ana_series_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summary_holds_what_the_steps_say),
        cmocka_unit_test(parts_not_asked_for_are_not_there),
        cmocka_unit_test(regions_without_a_baseline_are_said),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
