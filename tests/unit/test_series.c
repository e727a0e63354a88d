#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/random.h>
#include <analysis/series.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Three channels in two segments with a gap between them, int16, irregular values. */
enum {
    N_CHANNELS = 3,
    N_TIMES = 50,
    FIRST_SEGMENT = 20
};

static int16_t stored(size_t c, size_t t)
{
    return (int16_t)((int)((c * 7919 + t * 104729 + t * t * 31) % 65536) - 32768);
}

static double physical(const ana_series *series, size_t c, size_t t)
{
    return (double)stored(c, t) * series->channels[c].gain + series->channels[c].offset;
}

static ana_series *make_series(void)
{
    static const char *const names[] = {"Fz", "Cz", "Pz"};
    static const char *const units[] = {"uV", "mV", "V"};
    int16_t samples[N_CHANNELS * N_TIMES];
    ana_series *series = NULL;
    for (size_t i = 0; i < N_CHANNELS * N_TIMES; i++) {
        samples[i] = stored(i / N_TIMES, i % N_TIMES);
    }
    check_ok(ana_series_new("eeg", N_CHANNELS, &series));
    series->rate = 250.0;
    series->type = ANA_INT16;
    check_ok(ana_series_add_segment(series, FIRST_SEGMENT, 1.5));
    check_ok(ana_series_add_segment(series, N_TIMES - FIRST_SEGMENT, 7.25));
    check_ok(
        ana_source_from_memory(ANA_INT16, N_CHANNELS, N_TIMES, true, samples, &series->source));
    for (size_t c = 0; c < N_CHANNELS; c++) {
        series->channels[c].name = strdup(names[c]);
        series->channels[c].unit = strdup(units[c]);
        series->channels[c].gain = 0.1 + 0.3 * (double)c;
        series->channels[c].offset = (double)c - 0.7;
    }
    check_ok(ana_series_check(series));
    return series;
}

/* Two channels at given times. */
static ana_series *make_stamped(size_t n, const double *times)
{
    ana_series *series = NULL;
    double *values = calloc(2 * n + 1, sizeof *values);
    check_ok(ana_series_new("pupil", 2, &series));
    series->type = ANA_FLOAT64;
    series->channels[0].name = strdup("x");
    series->channels[1].name = strdup("y");
    check_ok(ana_source_from_memory(ANA_FLOAT64, 2, n, true, values, &series->source));
    check_ok(ana_source_from_memory(ANA_FLOAT64, 1, n, true, times, &series->timestamps));
    check_ok(ana_series_add_segment(series, n, n > 0 ? times[0] : 0.0));
    free(values);
    check_ok(ana_series_check(series));
    return series;
}

static void a_new_series_knows_nothing_yet(void **state)
{
    (void)state;
    ana_series *series = NULL;
    check_ok(ana_series_new("eeg", 2, &series));
    assert_string_equal(series->name, "eeg");
    assert_int_equal(series->n_channels, 2);
    assert_int_equal(series->n_times, 0);
    for (size_t c = 0; c < 2; c++) {
        const ana_channel *channel = &series->channels[c];
        assert_true(channel->gain == 1.0 && channel->offset == 0.0);
        assert_true(isnan(channel->high_pass_hz) && isnan(channel->low_pass_hz));
        assert_true(isnan(channel->notch_hz) && isnan(channel->position[2]));
        assert_int_equal(channel->file_index, c);
        assert_null(channel->name);
    }
    double stop = 1.0;
    check_ok(ana_series_stop(series, &stop));
    assert_true(stop == 0.0);
    assert_int_equal(ana_series_sample_at(series, 0.0), 0);
    ana_series_free(series);
    ana_series_free(NULL);
}

static void any_window_of_any_channels_reads_as_physical_values(void **state)
{
    (void)state;
    ana_series *series = make_series();
    ana_random random = ana_random_stream(1, "test.series", 0);
    for (int trial = 0; trial < 200; trial++) {
        size_t channels[4];
        double out[4 * N_TIMES];
        int16_t raw[4 * N_TIMES];
        size_t n_channels = ana_random_below(&random, 5);
        size_t first = ana_random_below(&random, N_TIMES + 1);
        size_t n = ana_random_below(&random, N_TIMES + 1 - first);
        for (size_t i = 0; i < n_channels; i++) {
            channels[i] = ana_random_below(&random, N_CHANNELS);
        }
        check_ok(ana_series_read(series, n_channels, channels, first, n, out));
        check_ok(ana_series_read_stored(series, n_channels, channels, first, n, raw));
        for (size_t i = 0; i < n_channels * n; i++) {
            size_t c = channels[i / n];
            size_t t = first + i % n;
            assert_true(out[i] == physical(series, c, t));
            assert_int_equal(raw[i], stored(c, t));
        }
    }
    ana_series_free(series);
}

static void without_a_list_all_channels_are_read(void **state)
{
    (void)state;
    ana_series *series = make_series();
    double out[N_CHANNELS * 2];
    check_ok(ana_series_read(series, 0, NULL, 19, 2, out));
    assert_true(out[0] == physical(series, 0, 19));
    assert_true(out[3] == physical(series, 1, 20));
    memset(out, 0, sizeof out);
    check_ok(ana_series_read(series, N_CHANNELS, NULL, 19, 2, out));
    assert_true(out[5] == physical(series, 2, 20));
    check_fails(ana_series_read(series, 2, NULL, 0, 1, out), ANA_ERR_SHAPE, "which of the 3");
    ana_series_free(series);
}

static void si_values_are_the_physical_ones_times_the_unit(void **state)
{
    (void)state;
    static const double factor[] = {1e-6, 1e-3, 1.0};
    ana_series *series = make_series();
    double out[N_CHANNELS * N_TIMES];
    check_ok(ana_series_read_si(series, 0, NULL, 0, N_TIMES, out));
    for (size_t i = 0; i < N_CHANNELS * N_TIMES; i++) {
        double wanted = physical(series, i / N_TIMES, i % N_TIMES) * factor[i / N_TIMES];
        check_close(out[i], wanted, 1e-20, 4e-16); /* two roundings of 2^-53 */
    }
    free(series->channels[1].unit);
    series->channels[1].unit = strdup("arbitrary");
    check_fails(ana_series_read_si(series, 0, NULL, 0, 1, out), ANA_ERR_VALUE, "arbitrary");
    static const size_t others[] = {0, 2};
    check_ok(ana_series_read_si(series, 2, others, 0, 1, out));
    free(series->channels[1].unit);
    series->channels[1].unit = NULL;
    check_fails(ana_series_read_si(series, 0, NULL, 0, 1, out), ANA_ERR_VALUE, "\"Cz\"");
    ana_series_free(series);
}

static void windows_that_leave_the_series_are_refused(void **state)
{
    (void)state;
    static const size_t beyond[] = {0, 3};
    ana_series *series = make_series();
    double out[2 * N_TIMES];
    check_fails(ana_series_read(series, 2, beyond, 0, 1, out), ANA_ERR_SHAPE, "channel 3");
    check_fails(ana_series_read(series, 1, beyond, 40, 11, out), ANA_ERR_SHAPE, "there are 50");
    check_fails(ana_series_read(series, 1, beyond, 51, 0, out), ANA_ERR_SHAPE, "from 51");
    check_fails(ana_series_read(series, 1, beyond, 2, SIZE_MAX, out), ANA_ERR_SHAPE, "from 2");
    check_fails(ana_series_read_stored(series, 1, beyond, 50, 1, out), ANA_ERR_SHAPE, "from 50");
    check_fails(ana_series_times(series, 49, 2, out), ANA_ERR_SHAPE, "from 49");
    ana_series_free(series);
}

static void times_follow_the_segments(void **state)
{
    (void)state;
    ana_series *series = make_series();
    double times[N_TIMES];
    double some[7];
    double stop = 0.0;
    check_ok(ana_series_times(series, 0, N_TIMES, times));
    for (size_t t = 0; t < N_TIMES; t++) {
        double wanted = t < FIRST_SEGMENT ? 1.5 + (double)t / 250.0
                                          : 7.25 + (double)(t - FIRST_SEGMENT) / 250.0;
        assert_true(times[t] == wanted);
        assert_int_equal(ana_series_segment_of(series, t), t < FIRST_SEGMENT ? 0 : 1);
    }
    check_ok(ana_series_times(series, 17, 7, some));
    assert_memory_equal(some, times + 17, sizeof some);
    check_ok(ana_series_times(series, N_TIMES, 0, some));
    check_ok(ana_series_stop(series, &stop));
    assert_true(stop == 7.25 + 30.0 / 250.0);
    ana_series_free(series);
}

static void time_stamped_samples_have_their_own_times(void **state)
{
    (void)state;
    const double times[] = {0.5, 0.75, 3.0, 2.9, 10.0};
    ana_series *series = make_stamped(5, times);
    ana_series *empty = make_stamped(0, times);
    double out[3];
    double stop = 0.0;
    check_ok(ana_series_times(series, 2, 3, out));
    assert_memory_equal(out, times + 2, sizeof out);
    check_ok(ana_series_stop(series, &stop));
    assert_true(stop == 10.0);
    assert_int_equal(empty->n_segments, 0);
    check_ok(ana_series_stop(empty, &stop));
    assert_true(stop == 0.0);
    check_ok(ana_series_read(empty, 0, NULL, 0, 0, out));
    ana_series_free(empty);
    ana_series_free(series);
}

static void segments_that_continue_are_joined(void **state)
{
    (void)state;
    ana_series *series = NULL;
    check_ok(ana_series_new("joined", 0, &series));
    series->rate = 100.0;
    check_ok(ana_series_add_segment(series, 10, NAN)); /* at 0 */
    check_ok(ana_series_add_segment(series, 10, NAN)); /* at 0.1 */
    check_ok(ana_series_add_segment(series, 10, 0.2049));
    check_ok(ana_series_add_segment(series, 10, 0.2951));
    check_ok(ana_series_add_segment(series, 0, 99.0)); /* nothing is added */
    assert_int_equal(series->n_segments, 1);
    assert_int_equal(series->n_times, 40);
    check_ok(ana_series_add_segment(series, 10, 0.4051)); /* more than half a sample late */
    check_ok(ana_series_add_segment(series, 5, 0.4999));  /* as much early */
    assert_int_equal(series->n_segments, 3);
    assert_int_equal(series->segments[1].first, 40);
    assert_true(series->segments[1].start == 0.4051);
    assert_int_equal(series->segments[2].first, 50);
    assert_int_equal(series->segments[2].n_times, 5);
    assert_int_equal(series->n_times, 55);
    check_fails(ana_series_add_segment(series, 5, 0.1), ANA_ERR_VALUE, "starts before");
    check_fails(ana_series_add_segment(series, 5, 0.4999), ANA_ERR_VALUE,
                "segment 3 starts before segment 2");
    check_fails(ana_series_add_segment(series, 5, INFINITY), ANA_ERR_VALUE, "infinite");
    check_fails(ana_series_add_segment(series, SIZE_MAX, 9.0), ANA_ERR_SHAPE, "overflow");
    assert_int_equal(series->n_times, 55);
    ana_series_free(series);
}

static void a_time_stamped_series_stays_one_segment(void **state)
{
    (void)state;
    ana_series *series = NULL;
    check_ok(ana_series_new("stamped", 0, &series));
    check_ok(ana_series_add_segment(series, 3, 1.0));
    check_ok(ana_series_add_segment(series, 2, 50.0));
    check_ok(ana_series_add_segment(series, 4, NAN));
    assert_int_equal(series->n_segments, 1);
    assert_int_equal(series->segments[0].n_times, 9);
    assert_true(series->segments[0].start == 1.0);
    ana_series_free(series);
}

/* A series of random segments; returns its length. Nothing is read of it. */
static ana_series *make_random_segments(ana_random *random)
{
    static const double rates[] = {100.0, 256.0, 1.0 / 3.0, 30000.0, 487.5};
    ana_series *series = NULL;
    check_ok(ana_series_new("random", 0, &series));
    series->rate = rates[ana_random_below(random, 5)];
    double start = 0.37 * (double)ana_random_below(random, 1000) - 100.0;
    for (size_t s = ana_random_below(random, 6); s < 6; s++) {
        size_t n = 1 + ana_random_below(random, 30);
        check_ok(ana_series_add_segment(series, n, start));
        start += ((double)n + 0.6 + 20.0 * ana_random_uniform(random)) / series->rate;
    }
    return series;
}

static void the_sample_at_a_time_is_the_first_not_before_it(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(9, "test.series.at", 0);
    for (int trial = 0; trial < 200; trial++) {
        ana_series *series = make_random_segments(&random);
        double *times = calloc(series->n_times, sizeof *times);
        check_ok(ana_series_times(series, 0, series->n_times, times));
        for (size_t t = 0; t < series->n_times; t++) {
            size_t s = ana_series_segment_of(series, t);
            assert_true(series->segments[s].first <= t);
            assert_true(t < series->segments[s].first + series->segments[s].n_times);
            /* the time itself, however it was rounded, and times a little after and before */
            assert_int_equal(ana_series_sample_at(series, times[t]), t);
            assert_int_equal(ana_series_sample_at(series, nextafter(times[t], HUGE_VAL)), t);
            assert_int_equal(ana_series_sample_at(series, nextafter(times[t], -HUGE_VAL)), t);
            assert_int_equal(ana_series_sample_at(series, times[t] + 1e-3 / series->rate), t + 1);
            assert_int_equal(ana_series_sample_at(series, times[t] - 1e-3 / series->rate), t);
        }
        for (int probe = 0; probe < 50; probe++) {
            double span = times[series->n_times - 1] - times[0];
            double time = times[0] + (1.2 * ana_random_uniform(&random) - 0.1) * (span + 1.0);
            size_t wanted = 0;
            while (wanted < series->n_times && times[wanted] < time) {
                wanted++;
            }
            assert_int_equal(ana_series_sample_at(series, time), wanted);
        }
        assert_int_equal(ana_series_sample_at(series, -HUGE_VAL), 0);
        assert_int_equal(ana_series_sample_at(series, HUGE_VAL), series->n_times);
        assert_int_equal(ana_series_sample_at(series, NAN), series->n_times);
        free(times);
        ana_series_free(series);
    }
}

static void a_tick_stays_a_tick_hours_into_a_fast_recording(void **state)
{
    (void)state;
    ana_series *series = NULL;
    const size_t n = (size_t)30000 * 3600 * 24;
    check_ok(ana_series_new("long", 0, &series));
    series->rate = 30000.0;
    check_ok(ana_series_add_segment(series, n, 0.1));
    for (size_t t = 1; t < n; t += n / 1000) {
        double time = 0.1 + (double)t * (1.0 / 30000.0); /* as a careless caller has it */
        assert_int_equal(ana_series_sample_at(series, time), t);
    }
    ana_series_free(series);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_series_knows_nothing_yet),
        cmocka_unit_test(any_window_of_any_channels_reads_as_physical_values),
        cmocka_unit_test(without_a_list_all_channels_are_read),
        cmocka_unit_test(si_values_are_the_physical_ones_times_the_unit),
        cmocka_unit_test(windows_that_leave_the_series_are_refused),
        cmocka_unit_test(times_follow_the_segments),
        cmocka_unit_test(time_stamped_samples_have_their_own_times),
        cmocka_unit_test(segments_that_continue_are_joined),
        cmocka_unit_test(a_time_stamped_series_stays_one_segment),
        cmocka_unit_test(the_sample_at_a_time_is_the_first_not_before_it),
        cmocka_unit_test(a_tick_stays_a_tick_hours_into_a_fast_recording),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
