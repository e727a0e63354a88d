#include "support/check.h"
#include "support/fail_nth.h"
#include "support/spike_trains.h"

#include <analysis/bin.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_UNITS = 5
};

static ana_bin_options bins_of(double bin_s)
{
    ana_bin_options options = ana_bin_options_default();
    options.bin_s = bin_s;
    return options;
}

static void counts_by_hand(void **state)
{
    (void)state;
    const double times[] = {0.05, 0.1, 0.19, 0.6, 0.61, 0.75, 1.2, 0.4};
    ana_spikes *spikes = spikes_by_hand(2, (const size_t[]){7, 1}, times, 0.0, 1.0);
    ana_bin_options options = bins_of(0.25);
    ana_observations *found = NULL;
    ana_bin_report *report = NULL;
    check_ok(ana_bin_spikes(spikes, NULL, &options, &found, &report));
    const double wanted[] = {3, 0, 0, 1, 2, 0, 1, 0};
    assert_int_equal(found->n_times, 4);
    assert_int_equal(found->n_features, 2);
    check_all_close(8, found->values, wanted, 0.0, 0.0);
    check_ok(ana_observations_check(found));
    assert_string_equal(found->unit, "count");
    assert_string_equal(found->sequence_name[0], "hand");
    check_close(found->bin_s, 0.25, 0.0, 0.0);
    check_close(found->sequence_origin[0], 0.0, 0.0, 0.0);
    assert_int_equal(report->n_unobserved_spikes, 1); /* the one at 1.2 s */
    assert_int_equal(report->units[0].n_spikes, 6);
    assert_int_equal(report->n_missing, 0);
    assert_false(report->in_ticks);
    ana_bin_report_free(report);
    ana_observations_free(found);
    ana_spikes_free(spikes);
}

/* 0.3 is not three times 0.1 in doubles, yet a spike written as 0.3 s belongs to the bin that
 * starts there; and just before an edge means before it. */
static void decimal_times_fall_where_they_are_written(void **state)
{
    (void)state;
    enum {
        N = 3000
    };
    double *times = calloc(2 * N, sizeof *times);
    for (size_t k = 0; k < N; k++) {
        char text[64];
        snprintf(text, sizeof text, "%zu.%zu", k / 10, k % 10);
        times[k] = strtod(text, NULL);
        times[N + k] = times[k] + 0.1 * (1.0 - 1e-7);
    }
    ana_spikes *spikes = spikes_by_hand(2, (const size_t[]){N, N}, times, 0.0, 300.0);
    ana_bin_options options = bins_of(0.1);
    ana_observations *found = NULL;
    check_ok(ana_bin_spikes(spikes, NULL, &options, &found, NULL));
    assert_int_equal(found->n_times, N);
    for (size_t i = 0; i < 2 * N; i++) {
        check_close(found->values[i], 1.0, 0.0, 0.0);
    }
    ana_observations_free(found);
    ana_spikes_free(spikes);
    free(times);
}

/* Bins of 0.3 s, of which no whole number makes a second: each edge is rounded, and still 0.9 s
 * falls into the bin that starts there. A hundred-millionth of a bin early is on the edge, more is
 * not. */
static void edges_have_a_tolerance_of_a_hundred_millionth(void **state)
{
    (void)state;
    enum {
        N = 2000
    };
    double *times = calloc(3 * N, sizeof *times);
    for (size_t k = 0; k < N; k++) {
        char text[64];
        snprintf(text, sizeof text, "%zu.%zu", (3 * k + 1) / 10, (3 * k + 1) % 10);
        times[k] = strtod(text, NULL);
        times[N + k] = times[k] - 0.3 * 0.9e-8;
        times[2 * N + k] = times[k] + 0.3 * (1.0 - 1.2e-8);
    }
    ana_spikes *spikes = spikes_by_hand(3, (const size_t[]){N, N, N}, times, 0.0, 600.1);
    ana_bin_options options = bins_of(0.3);
    options.start = 0.1;
    ana_observations *found = NULL;
    check_ok(ana_bin_spikes(spikes, NULL, &options, &found, NULL));
    assert_int_equal(found->n_times, N);
    for (size_t i = 0; i < 3 * N; i++) {
        check_close(found->values[i], 1.0, 0.0, 0.0);
    }
    ana_observations_free(found);
    ana_spikes_free(spikes);
    free(times);
}

/* A train of n spikes on ticks three days into a recording at 30 kHz, and the first tick. */
static ana_spikes *late_ticks(size_t n, int64_t *first)
{
    ana_spikes *spikes = NULL;
    check_ok(ana_spikes_new("ticks", 1, &n, &spikes));
    spikes->ticks = calloc(n, sizeof *spikes->ticks);
    spikes->tick_rate = 30000.0;
    ana_random random = ana_random_stream(1, "ticks", 0);
    *first = (int64_t)30000 * 86400 * 3;
    int64_t tick = *first;
    for (size_t i = 0; i < n; i++) {
        tick += (int64_t)ana_random_below(&random, 7);
        spikes->ticks[i] = tick;
        spikes->times[i] = (double)tick / 30000.0;
    }
    double start = (double)*first / 30000.0;
    double stop = (double)(tick + 1000) / 30000.0;
    check_ok(ana_spikes_observe(spikes, 1, &start, &stop));
    return spikes;
}

/* Days into a recording, bins of a few ticks: integers decide, also where a whole number of bins is
 * no whole number in doubles (49 times 1/49), and the report says so. */
static void ticks_are_compared_as_integers(void **state)
{
    (void)state;
    enum {
        N = 20000
    };
    static const int64_t widths[] = {1, 3, 49, 103};
    int64_t first = 0;
    ana_spikes *spikes = late_ticks(N, &first);
    for (size_t w = 0; w < 4; w++) {
        ana_bin_options options = bins_of((double)widths[w] / 30000.0);
        ana_observations *found = NULL;
        ana_bin_report *report = NULL;
        check_ok(ana_bin_spikes(spikes, NULL, &options, &found, &report));
        assert_true(report->in_ticks);
        int64_t n_ticks = spikes->ticks[N - 1] + 1000 - first;
        assert_int_equal(found->n_times, (size_t)(n_ticks / widths[w]));
        double *wanted = calloc(found->n_times, sizeof *wanted);
        for (size_t i = 0; i < N; i++) {
            wanted[(spikes->ticks[i] - first) / widths[w]] += 1.0;
        }
        check_all_close(found->n_times, found->values, wanted, 0.0, 0.0);
        free(wanted);
        ana_bin_report_free(report);
        ana_observations_free(found);
    }
    ana_spikes_free(spikes);
}

static bool compared_in_ticks(const ana_spikes *spikes, double bin_s)
{
    ana_bin_options options = bins_of(bin_s);
    ana_bin_plan *plan = NULL;
    check_ok(ana_bin_plan_new(spikes, NULL, &options, &plan));
    bool in_ticks = ana_bin_plan_report(plan)->in_ticks;
    ana_bin_plan_free(plan);
    return in_ticks;
}

/* A bin of two and a half ticks cannot be compared in ticks, nor can times between them. */
static void ticks_are_used_only_where_they_fit(void **state)
{
    (void)state;
    int64_t first = 0;
    ana_spikes *spikes = late_ticks(100, &first);
    assert_true(compared_in_ticks(spikes, 2.0 / 30000.0));
    assert_false(compared_in_ticks(spikes, 2.5 / 30000.0));
    spikes->times[99] += 0.3 / 30000.0;
    assert_false(compared_in_ticks(spikes, 2.0 / 30000.0));
    ana_spikes_free(spikes);
}

/* A plan whose first edge lies between ticks still counts by ticks. */
static void edges_between_ticks_split_them(void **state)
{
    (void)state;
    ana_spikes *spikes = NULL;
    check_ok(ana_spikes_new("ticks", 1, (const size_t[]){4}, &spikes));
    spikes->ticks = calloc(4, sizeof *spikes->ticks);
    spikes->tick_rate = 1000.0;
    const int64_t ticks[] = {10, 11, 12, 13};
    for (size_t i = 0; i < 4; i++) {
        spikes->ticks[i] = ticks[i];
        spikes->times[i] = (double)ticks[i] / 1000.0;
    }
    double start = 0.0;
    double stop = 1.0;
    check_ok(ana_spikes_observe(spikes, 1, &start, &stop));
    ana_bin_options options = bins_of(0.002);
    options.start = 0.0105;
    options.stop = 0.0145;
    ana_observations *found = NULL;
    check_ok(ana_bin_spikes(spikes, NULL, &options, &found, NULL));
    check_all_close(2, found->values, ((const double[]){2, 1}), 0.0, 0.0);
    ana_observations_free(found);
    ana_spikes_free(spikes);
}

/* Bin k of unit u by the words of the header: slowly. */
static double count_slowly(const ana_spikes *spikes, size_t u, double start, double bin_s, size_t k)
{
    double from = start + (double)k * bin_s - 1e-8 * bin_s;
    double to = from + bin_s;
    bool observed = false;
    for (size_t i = spikes->observed_row[u]; i < spikes->observed_row[u + 1]; i++) {
        observed = observed || (from + 2e-8 * bin_s >= spikes->observed_start[i] &&
                                to <= spikes->observed_stop[i]);
    }
    double count = 0.0;
    for (size_t i = spikes->unit_start[u]; i < spikes->unit_start[u + 1]; i++) {
        count += spikes->times[i] >= from && spikes->times[i] < to;
    }
    return observed ? count : (double)NAN;
}

static void counts_agree_with_a_slow_count(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        ana_spikes *spikes = spikes_from_seed(seed, N_UNITS, 7.0);
        ana_bin_options options = bins_of(0.013 + 0.01 * (double)seed);
        options.start = 0.37;
        options.stop = 6.9;
        ana_observations *found = NULL;
        ana_bin_report *report = NULL;
        check_ok(ana_bin_spikes(spikes, NULL, &options, &found, &report));
        assert_int_equal(found->n_features, N_UNITS);
        size_t n_missing = 0;
        for (size_t t = 0; t < found->n_times; t++) {
            for (size_t u = 0; u < N_UNITS; u++) {
                double wanted = count_slowly(spikes, u, 0.37, options.bin_s, t);
                n_missing += isnan(wanted) ? 1 : 0;
                check_close(found->values[t * N_UNITS + u], wanted, 0.0, 0.0);
            }
        }
        assert_int_equal(report->n_missing, n_missing);
        assert_true(n_missing > 0);
        ana_bin_report_free(report);
        ana_observations_free(found);
        ana_spikes_free(spikes);
    }
}

static void any_window_of_a_plan_has_the_same_bits(void **state)
{
    (void)state;
    ana_spikes *spikes = spikes_from_seed(5, N_UNITS, 40.0);
    ana_intervals *trials = NULL;
    check_ok(ana_intervals_new("trials", 9, &trials));
    for (size_t i = 0; i < 9; i++) {
        trials->start[i] = 4.1 * (double)i;
        trials->stop[i] = trials->start[i] + 1.0 + 0.77 * (double)i;
    }
    for (uint64_t with_trials = 0; with_trials < 2; with_trials++) {
        ana_bin_options options = bins_of(0.011);
        const ana_intervals *cut = with_trials ? trials : NULL;
        ana_observations *whole = NULL;
        ana_bin_plan *plan = NULL;
        check_ok(ana_bin_spikes(spikes, cut, &options, &whole, NULL));
        check_ok(ana_bin_plan_new(spikes, cut, &options, &plan));
        size_t n_rows = ana_bin_plan_report(plan)->n_bins;
        assert_int_equal(n_rows, whole->n_times);
        ana_random random = ana_random_stream(2, "windows", (uint64_t)with_trials);
        for (size_t i = 0; i < 100; i++) {
            size_t first = (size_t)ana_random_below(&random, n_rows + 1);
            size_t n = ana_random_below(&random, n_rows - first + 1);
            double *window = calloc(n * N_UNITS + 1, sizeof *window);
            check_ok(ana_bin_plan_read(plan, first, n, window));
            check_all_close(n * N_UNITS, window, whole->values + first * N_UNITS, 0.0, 0.0);
            free(window);
        }
        double one = 0.0;
        check_fails(ana_bin_plan_read(plan, n_rows, 1, &one), ANA_ERR_SHAPE, "but there are");
        ana_bin_plan_free(plan);
        ana_observations_free(whole);
    }
    ana_intervals_free(trials);
    ana_spikes_free(spikes);
}

static void threads_do_not_change_the_bits(void **state)
{
    (void)state;
    ana_spikes *spikes = spikes_from_seed(6, 40, 300.0);
    ana_bin_options options = bins_of(0.01);
    ana_observations *found[3] = {NULL, NULL, NULL};
    for (size_t i = 0; i < 3; i++) {
        options.run.n_threads = i + 1;
        check_ok(ana_bin_spikes(spikes, NULL, &options, &found[i], NULL));
    }
    size_t size = found[0]->n_times * found[0]->n_features * sizeof(double);
    assert_true(size > (size_t)1 << 18); /* several pieces of work */
    assert_memory_equal(found[0]->values, found[1]->values, size);
    assert_memory_equal(found[0]->values, found[2]->values, size);
    for (size_t i = 0; i < 3; i++) {
        ana_observations_free(found[i]);
    }
    ana_spikes_free(spikes);
}

static void observed_intervals_that_touch_leave_no_gap(void **state)
{
    (void)state;
    const double times[] = {0.05, 0.45, 0.55, 0.95};
    ana_spikes *spikes = spikes_by_hand(1, (const size_t[]){4}, times, 0.0, 1.0);
    const double start[] = {0.0, 0.5, 0.7};
    const double stop[] = {0.5, 0.7, 1.0};
    check_ok(ana_spikes_observe(spikes, 3, start, stop));
    ana_bin_options options = bins_of(0.2);
    ana_observations *found = NULL;
    check_ok(ana_bin_spikes(spikes, NULL, &options, &found, NULL));
    check_all_close(5, found->values, ((const double[]){1, 0, 2, 0, 1}), 0.0, 0.0);
    ana_observations_free(found);
    const double late[] = {0.0, 0.51, 0.7};
    check_ok(ana_spikes_observe(spikes, 3, late, stop));
    check_ok(ana_bin_spikes(spikes, NULL, &options, &found, NULL));
    check_all_close(5, found->values, ((const double[]){1, 0, NAN, 0, 1}), 0.0, 0.0);
    ana_observations_free(found);
    ana_spikes_free(spikes);
}

static ana_intervals *labelled_trials(void)
{
    ana_intervals *trials = NULL;
    ana_column *label = NULL;
    check_ok(ana_intervals_new("trials", 5, &trials));
    const double start[] = {0.2, 1.0, 2.0, 3.0, 4.5};
    const double stop[] = {0.5, 1.3, NAN, 3.55, 5.2};
    const char *labels[] = {"left", "right", "left", NULL, "right"};
    memcpy(trials->start, start, sizeof start);
    memcpy(trials->stop, stop, sizeof stop);
    check_ok(ana_table_add(trials->table, "label", ANA_COLUMN_TEXT, NULL, &label));
    for (size_t i = 0; i < 5; i++) {
        check_ok(ana_column_set_text(label, i, labels[i]));
    }
    return trials;
}

static void trials_become_labelled_sequences(void **state)
{
    (void)state;
    const double times[] = {0.2, 0.31, 1.0, 1.29, 1.31, 3.5, 3.52};
    ana_spikes *spikes = spikes_by_hand(1, (const size_t[]){7}, times, 0.0, 5.0);
    ana_intervals *trials = labelled_trials();
    ana_bin_options options = bins_of(0.1);
    options.stop = 5.0;
    ana_observations *found = NULL;
    ana_bin_report *report = NULL;
    check_ok(ana_bin_spikes(spikes, trials, &options, &found, &report));
    assert_int_equal(found->n_sequences, 3);
    assert_int_equal(report->n_dropped_intervals, 2); /* one without a stop, one ending at 5.2 s */
    const size_t starts[] = {0, 3, 6, 11};
    for (size_t s = 0; s < 4; s++) {
        assert_int_equal(found->sequence_start[s], starts[s]);
    }
    check_all_close(11, found->values, ((const double[]){1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0}), 0, 0);
    assert_string_equal(found->sequence_name[0], "0 left");
    assert_string_equal(found->sequence_name[1], "1 right");
    assert_string_equal(found->sequence_name[2], "3");
    check_all_close(3, found->sequence_origin, ((const double[]){0.2, 1.0, 3.0}), 0.0, 0.0);
    assert_int_equal(found->n_labels, 2);
    assert_string_equal(found->label_names[0], "left");
    assert_int_equal(found->labels[2], 0);
    assert_int_equal(found->labels[3], 1);
    assert_int_equal(found->labels[7], -1);
    check_ok(ana_observations_check(found));
    ana_bin_report_free(report);
    ana_observations_free(found);

    /* Around the starts instead, where the recording holds it: 3.52 s is in the last bin of 3 s. */
    options.from_s = -0.1;
    options.to_s = 0.6;
    check_ok(ana_bin_spikes(spikes, trials, &options, &found, &report));
    assert_int_equal(found->n_sequences, 4);
    assert_int_equal(report->n_dropped_intervals, 1);
    check_all_close(7, found->values + 21, ((const double[]){0, 0, 0, 0, 0, 0, 2}), 0.0, 0.0);
    check_close(found->sequence_origin[3], 2.9, 0.0, 1e-15);
    ana_bin_report_free(report);
    ana_observations_free(found);
    ana_intervals_free(trials);
    ana_spikes_free(spikes);
}

static void units_dropped_are_listed_with_the_reason(void **state)
{
    (void)state;
    ana_spikes *spikes = spikes_from_seed(3, N_UNITS, 50.0);
    const size_t row[] = {0, 1, 2, 3, 4, 4};
    const double start[] = {0, 0, 0, 0};
    const double stop[] = {50, 50, 50, 50};
    check_ok(ana_spikes_observe_each(spikes, row, start, stop));
    ana_bin_options options = bins_of(0.1);
    options.quality = " good , best";
    options.min_rate_hz = 3.0;
    ana_observations *found = NULL;
    ana_bin_report *report = NULL;
    check_ok(ana_bin_spikes(spikes, NULL, &options, &found, &report));
    const char *reasons[] = {"rate", "quality", NULL, "quality", "not observed"};
    for (size_t u = 0; u < N_UNITS; u++) {
        const ana_bin_unit *unit = &report->units[u];
        assert_int_equal(unit->used, reasons[u] == NULL);
        if (reasons[u] != NULL) {
            assert_string_equal(unit->reason, reasons[u]);
        }
        assert_string_equal(unit->quality, u % 2 == 0 ? "good" : "mua");
        double n = (double)(spikes->unit_start[u + 1] - spikes->unit_start[u]);
        check_close(unit->rate_hz, u < 4 ? n / 50.0 : (double)NAN, 0.0, 1e-15);
        check_close(unit->observed_s, u < 4 ? 50.0 : 0.0, 0.0, 0.0);
    }
    assert_int_equal(report->n_used, 1);
    assert_int_equal(found->n_features, 1);
    assert_int_equal(ana_table_find(found->features, "id")->ints[0], 2);
    assert_string_equal(ana_table_find(found->features, "quality")->texts[0], "good");

    ana_record *record = NULL;
    check_ok(ana_bin_report_to_record(report, &record));
    check_ok(ana_record_check(record));
    size_t n_used = 0;
    check_ok(ana_record_get_size(record, "n_used", &n_used));
    assert_int_equal(n_used, 1);
    const ana_record *use = ana_record_find(record, "units/use");
    assert_string_equal(use->texts[0], "rate");
    assert_string_equal(use->texts[2], "used");
    ana_record_free(record);
    ana_bin_report_free(report);
    ana_observations_free(found);
    ana_spikes_free(spikes);
}

/* Rates count what lies between start and stop alone. */
static void rates_are_over_the_observed_time_between_start_and_stop(void **state)
{
    (void)state;
    const double times[] = {0.5, 1.0, 1.5, 2.5, 3.5, 4.5};
    ana_spikes *spikes = spikes_by_hand(1, (const size_t[]){6}, times, 0.0, 9.0);
    const double start[] = {0.0, 3.0};
    const double stop[] = {2.0, 9.0};
    check_ok(ana_spikes_observe(spikes, 2, start, stop));
    ana_bin_options options = bins_of(0.5);
    options.start = 1.0;
    options.stop = 4.0;
    ana_bin_plan *plan = NULL;
    check_ok(ana_bin_plan_new(spikes, NULL, &options, &plan));
    const ana_bin_report *report = ana_bin_plan_report(plan);
    assert_int_equal(report->units[0].n_spikes, 3); /* 1, 1.5, 3.5 */
    check_close(report->units[0].observed_s, 2.0, 0.0, 0.0);
    check_close(report->units[0].rate_hz, 1.5, 0.0, 0.0);
    assert_int_equal(report->n_unobserved_spikes, 1); /* 2.5 */
    ana_bin_plan_free(plan);
    ana_spikes_free(spikes);
}

static void bad_requests_are_refused_in_words(void **state)
{
    (void)state;
    ana_spikes *spikes = spikes_from_seed(4, N_UNITS, 10.0);
    ana_observations *found = NULL;
    ana_bin_options options = bins_of(0.0);
    check_fails(ana_bin_spikes(spikes, NULL, &options, &found, NULL), ANA_ERR_VALUE, "--bin");
    options = bins_of(0.1);
    options.start = 3.0;
    options.stop = 3.0;
    check_fails(ana_bin_spikes(spikes, NULL, &options, &found, NULL), ANA_ERR_VALUE, "after start");
    options = bins_of(0.1);
    options.from_s = 3.0;
    options.to_s = 2.0;
    check_fails(ana_bin_spikes(spikes, NULL, &options, &found, NULL), ANA_ERR_VALUE, "after from");
    options = bins_of(100.0);
    check_fails(ana_bin_spikes(spikes, NULL, &options, &found, NULL), ANA_ERR_VALUE,
                "no bin of 100 s");
    options = bins_of(1e-9);
    options.stop = 1e9;
    check_fails(ana_bin_spikes(spikes, NULL, &options, &found, NULL), ANA_ERR_VALUE, "more bins");
    options = bins_of(0.1);
    options.quality = "excellent";
    check_fails(ana_bin_spikes(spikes, NULL, &options, &found, NULL), ANA_ERR_VALUE,
                "none of the 5 units");
    options.quality_column = "id";
    check_fails(ana_bin_spikes(spikes, NULL, &options, &found, NULL), ANA_ERR_VALUE,
                "no column \"id\" of texts");
    options = bins_of(0.1);
    options.run.max_memory = 1000;
    check_fails(ana_bin_spikes(spikes, NULL, &options, &found, NULL), ANA_ERR_LIMIT, "max-memory");
    spikes->times[0] = NAN;
    check_fails(ana_bin_spikes(spikes, NULL, NULL, &found, NULL), ANA_ERR_VALUE, "finite");
    ana_spikes_free(spikes);

    spikes = spikes_by_hand(1, (const size_t[]){1}, (const double[]){0.5}, 0.0, 1.0);
    options = bins_of(0.1);
    options.quality = "good";
    check_fails(ana_bin_spikes(spikes, NULL, &options, &found, NULL), ANA_ERR_VALUE,
                "no column quality");
    ana_intervals *trials = labelled_trials();
    options = bins_of(20.0);
    check_fails(ana_bin_spikes(spikes, trials, &options, &found, NULL), ANA_ERR_VALUE,
                "none of the 5 intervals");
    ana_intervals_free(trials);
    check_ok(ana_spikes_observe(spikes, 0, NULL, NULL));
    check_fails(ana_bin_spikes(spikes, NULL, NULL, &found, NULL), ANA_ERR_VALUE, "never observed");
    assert_null(found);
    ana_spikes_free(spikes);
}

typedef struct everything {
    ana_spikes *spikes;
    ana_intervals *trials;
} everything;

static ana_status bin_everything(void *user)
{
    const everything *all = user;
    ana_bin_options options = bins_of(0.05);
    options.quality = "good";
    ana_observations *found = NULL;
    ana_bin_report *report = NULL;
    ana_record *record = NULL;
    ana_status status = ana_bin_spikes(all->spikes, all->trials, &options, &found, &report);
    if (status == ANA_OK) {
        status = ana_bin_report_to_record(report, &record);
    }
    ana_record_free(record);
    ana_bin_report_free(report);
    ana_observations_free(found);
    return status;
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    everything all = {spikes_from_seed(4, N_UNITS, 6.0), labelled_trials()};
    assert_true(check_each_allocation(bin_everything, &all, 0) > 30);
    ana_intervals_free(all.trials);
    all.trials = NULL;
    assert_true(check_each_allocation(bin_everything, &all, 0) > 30);
    ana_spikes_free(all.spikes);
    ana_bin_plan_free(NULL);
    ana_bin_report_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_by_hand),
        cmocka_unit_test(decimal_times_fall_where_they_are_written),
        cmocka_unit_test(edges_have_a_tolerance_of_a_hundred_millionth),
        cmocka_unit_test(ticks_are_compared_as_integers),
        cmocka_unit_test(ticks_are_used_only_where_they_fit),
        cmocka_unit_test(edges_between_ticks_split_them),
        cmocka_unit_test(counts_agree_with_a_slow_count),
        cmocka_unit_test(any_window_of_a_plan_has_the_same_bits),
        cmocka_unit_test(threads_do_not_change_the_bits),
        cmocka_unit_test(observed_intervals_that_touch_leave_no_gap),
        cmocka_unit_test(trials_become_labelled_sequences),
        cmocka_unit_test(units_dropped_are_listed_with_the_reason),
        cmocka_unit_test(rates_are_over_the_observed_time_between_start_and_stop),
        cmocka_unit_test(bad_requests_are_refused_in_words),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
