#include "support/check.h"
#include "support/fail_nth.h"
#include "support/spike_trains.h"

#include <analysis/spike_stats.h>
#include <analysis/spike_summary.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_UNITS = 5
};

static const ana_record *child(const ana_record *record, const char *path)
{
    const ana_record *found = ana_record_find(record, path);
    if (found == NULL) {
        fail_msg("no %s in the record", path);
    }
    return found;
}

static void summary_holds_what_the_measures_say(void **state)
{
    (void)state;
    ana_spikes *spikes = spikes_from_seed(5, N_UNITS, 30.0);
    ana_record *record = NULL;
    check_ok(ana_spikes_summary_to_record(spikes, NULL, &record));
    check_ok(ana_record_check(record));
    double *isi = calloc(spikes->n_spikes, sizeof *isi);
    bool *follows = calloc(spikes->n_spikes, sizeof *follows);
    for (size_t u = 0; u < N_UNITS; u++) {
        size_t n = ana_spike_isi(spikes, u, isi, follows);
        ana_isi_stats stats = ana_isi_measure(n, isi, follows, 0.005);
        double fano = 0.0;
        check_ok(ana_spike_fano(spikes, u, 1.0, &fano));
        check_close(child(record, "units/rate")->doubles[u], ana_spike_rate(spikes, u), 0.0, 0.0);
        check_close(child(record, "units/cv")->doubles[u], stats.cv, 0.0, 0.0);
        check_close(child(record, "units/lvr")->doubles[u], stats.lvr, 0.0, 0.0);
        check_close(child(record, "units/fano")->doubles[u], fano, 0.0, 0.0);
        assert_int_equal(child(record, "units/n_spikes")->ints[u],
                         spikes->unit_start[u + 1] - spikes->unit_start[u]);
        assert_string_equal(child(record, "units/quality")->texts[u], u % 2 == 0 ? "good" : "mua");
        double rate = child(record, "rates/values")->doubles[u];
        double high = child(record, "rates/high")->doubles[u];
        check_close(high - rate, sqrt(rate / ana_spikes_observed_s(spikes, u)), 1e-12, 0.0);
    }
    /* Busiest first: unit 4 fires most. Shares are of all intervals, also those too long to show.
     */
    assert_string_equal(child(record, "intervals/labels")->texts[0], "4");
    size_t n = ana_spike_isi(spikes, 4, isi, NULL);
    double within = 0.0;
    for (size_t i = 0; i < n; i++) {
        within += isi[i] < 0.1;
    }
    double sum = 0.0;
    for (size_t b = 0; b < 100; b++) {
        sum += child(record, "intervals/y")->doubles[b];
    }
    check_close(sum, within / (double)n, 1e-12, 0.0);
    double tiling = 0.0;
    check_ok(ana_sttc(spikes, 4, 3, 0.01, &tiling));
    check_close(child(record, "tiling/values")->doubles[1], tiling, 0.0, 1e-12);
    check_close(child(record, "tiling/values")->doubles[0], NAN, 0.0, 0.0);
    assert_int_equal(child(record, "correlograms")->n_children, 6);
    assert_non_null(child(record, "correlograms/4 then 3/pairs"));
    free(isi);
    free(follows);
    ana_record_free(record);
    ana_spikes_free(spikes);
}

static void raster_is_as_long_as_the_spikes_allow(void **state)
{
    (void)state;
    ana_spikes *spikes = spikes_from_seed(6, N_UNITS, 30.0);
    ana_spikes_summary_options options = ana_spikes_summary_options_default();
    ana_record *record = NULL;
    options.n_raster = 100;
    options.raster_start = 10.0;
    check_ok(ana_spikes_summary_to_record(spikes, &options, &record));
    check_ok(ana_record_check(record));
    const ana_record *times = child(record, "raster/times");
    assert_int_equal(times->shape[0], 100);
    double last = 0.0;
    for (size_t i = 0; i < 100; i++) {
        assert_true(times->doubles[i] >= 10.0);
        last = fmax(last, times->doubles[i]);
    }
    double stop = 0.0;
    check_ok(ana_record_get_double(record, "raster_stop", &stop));
    assert_true(last < stop);
    size_t n_within = 0;
    for (size_t i = 0; i < spikes->n_spikes; i++) {
        n_within += spikes->times[i] >= 10.0 && spikes->times[i] <= stop;
    }
    assert_true(n_within <= 101); /* one more spike, at the end itself, would have been too many */
    ana_record_free(record);
    options.raster_start = 1000.0;
    check_ok(ana_spikes_summary_to_record(spikes, &options, &record));
    assert_null(ana_record_find(record, "raster"));
    ana_record_free(record);
    ana_spikes_free(spikes);
}

static void units_apart_have_no_pairs(void **state)
{
    (void)state;
    const double times[] = {0.5, 1.5, 5.5};
    ana_spikes *spikes = spikes_by_hand(2, (const size_t[]){2, 1}, times, 0.0, 1.0);
    const size_t row[] = {0, 1, 2};
    const double start[] = {0.0, 5.0};
    const double stop[] = {2.0, 6.0};
    check_ok(ana_spikes_observe_each(spikes, row, start, stop));
    ana_record *record = NULL;
    check_ok(ana_spikes_summary_to_record(spikes, NULL, &record));
    check_ok(ana_record_check(record));
    assert_int_equal(child(record, "correlograms")->n_children, 0);
    ana_record_free(record);
    ana_spikes_free(spikes);

    spikes = spikes_by_hand(0, NULL, NULL, 0.0, 1.0);
    check_ok(ana_spikes_summary_to_record(spikes, NULL, &record));
    check_ok(ana_record_check(record));
    assert_null(ana_record_find(record, "units"));
    ana_record_free(record);
    ana_spikes_free(spikes);
}

static void bad_requests_are_refused(void **state)
{
    (void)state;
    ana_spikes *spikes = spikes_from_seed(6, 2, 3.0);
    ana_spikes_summary_options options = ana_spikes_summary_options_default();
    ana_record *record = NULL;
    options.fano_window_s = 0.0;
    check_fails(ana_spikes_summary_to_record(spikes, &options, &record), ANA_ERR_VALUE,
                "--fano-window");
    options = ana_spikes_summary_options_default();
    options.interval_max_s = 1e-4;
    check_fails(ana_spikes_summary_to_record(spikes, &options, &record), ANA_ERR_VALUE,
                "interval-bins");
    options = ana_spikes_summary_options_default();
    options.correlogram.correction = ANA_CORRELOGRAM_SHIFT;
    check_fails(ana_spikes_summary_to_record(spikes, &options, &record), ANA_ERR_VALUE, "trials");
    spikes->times[0] = NAN;
    check_fails(ana_spikes_summary_to_record(spikes, NULL, &record), ANA_ERR_VALUE, "finite");
    assert_null(record);
    ana_spikes_free(spikes);
}

static ana_status summarise(void *user)
{
    ana_record *record = NULL;
    ana_spikes_summary_options options = ana_spikes_summary_options_default();
    options.n_pairs = 1;
    ana_status status = ana_spikes_summary_to_record(user, &options, &record);
    ana_record_free(record);
    return status;
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    ana_spikes *spikes = spikes_from_seed(6, 2, 3.0);
    assert_true(check_each_allocation(summarise, spikes, 0) > 100);
    ana_spikes_free(spikes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summary_holds_what_the_measures_say),
        cmocka_unit_test(raster_is_as_long_as_the_spikes_allow),
        cmocka_unit_test(units_apart_have_no_pairs),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
