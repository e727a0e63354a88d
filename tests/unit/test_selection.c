#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/random.h>
#include <analysis/recording.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An EEG series of two segments (1.5 s to 2.3 s, 7.25 s to 8.45 s) at 25 Hz, a faster LFP, samples
 * with times of their own, spikes, and two sets of intervals. */
static ana_series *new_series(const char *name, double rate, size_t n, const char *const *channels)
{
    ana_series *series = NULL;
    check_ok(ana_series_new(name, n, &series));
    series->rate = rate;
    series->type = ANA_INT32;
    series->description = strdup("made");
    for (size_t c = 0; c < n; c++) {
        series->channels[c].name = strdup(channels[c]);
        series->channels[c].unit = strdup("uV");
        series->channels[c].gain = 0.5;
        series->channels[c].offset = (double)c;
        series->channels[c].filter = strdup("HP 0.1");
        series->channels[c].reference = strdup("ear");
        series->channels[c].transducer = strdup("cup");
        series->channels[c].bad = c == 1;
        series->channels[c].file_index = 10 + c;
    }
    return series;
}

/* Samples that tell channel and place: channel * 100000 + sample. */
static void fill_series(ana_series *series)
{
    const size_t n = series->n_channels * series->n_times;
    int32_t *samples = calloc(n, sizeof *samples);
    for (size_t i = 0; i < n; i++) {
        samples[i] = (int32_t)(i / series->n_times * 100000 + i % series->n_times);
    }
    check_ok(ana_source_from_memory(ANA_INT32, series->n_channels, series->n_times, true, samples,
                                    &series->source));
    free(samples);
}

static const double stamps[] = {0.5, 1.5, 1.75, 2.5, 2.25, 8.0, 9.0};

static ana_series *new_stamped(void)
{
    static const char *const names[] = {"x", "y"};
    ana_series *series = new_series("pupil", 0.0, 2, names);
    check_ok(ana_series_add_segment(series, 7, stamps[0]));
    check_ok(ana_source_from_memory(ANA_FLOAT64, 1, 7, true, stamps, &series->timestamps));
    fill_series(series);
    return series;
}

static ana_spikes *new_spikes(void)
{
    static const size_t n[] = {4, 3};
    static const double times[] = {0.5, 1.6, 2.0, 8.0, 1.5, 7.5, 9.0};
    static const double start[] = {0.0, 7.0};
    static const double stop[] = {2.5, 9.5};
    ana_spikes *spikes = NULL;
    check_ok(ana_spikes_new("units", 2, n, &spikes));
    memcpy(spikes->times, times, sizeof times);
    spikes->units->columns[0].ints[0] = 12;
    spikes->units->columns[0].ints[1] = 120;
    check_ok(ana_spikes_observe(spikes, 2, start, stop));
    return spikes;
}

static ana_intervals *new_intervals(const char *name, size_t n, const double *start,
                                    const double *stop, const char *const *labels)
{
    ana_intervals *intervals = NULL;
    check_ok(ana_intervals_new(name, n, &intervals));
    memcpy(intervals->start, start, n * sizeof *start);
    memcpy(intervals->stop, stop, n * sizeof *stop);
    check_ok(ana_table_add_texts(intervals->table, "label", labels));
    return intervals;
}

static ana_recording *make_recording(void)
{
    static const char *const eeg_channels[] = {"Fz", "Cz", "Pz"};
    static const char *const lfp_channels[] = {"CA1-1", "CA1-2", "CA3-1"};
    static const double trial_start[] = {1.0, 1.9, 7.0, 8.2};
    static const double trial_stop[] = {1.7, 2.1, 7.5, 8.2};
    static const double sleep_start[] = {1.6, 7.4, 8.4};
    static const double sleep_stop[] = {2.0, 7.6, NAN};
    ana_recording *recording = NULL;
    check_ok(ana_recording_new(&recording));
    recording->format = strdup("made");
    recording->path = strdup("nowhere");
    recording->start_time = strdup("2024-02-29T12:00:00Z");
    ana_series *eeg = new_series("eeg", 25.0, 3, eeg_channels);
    check_ok(ana_series_add_segment(eeg, 20, 1.5));
    check_ok(ana_series_add_segment(eeg, 30, 7.25));
    fill_series(eeg);
    check_ok(ana_recording_add_series(recording, eeg));
    ana_series *lfp = new_series("lfp", 100.0, 3, lfp_channels);
    check_ok(ana_series_add_segment(lfp, 1000, 0.0));
    fill_series(lfp);
    check_ok(ana_recording_add_series(recording, lfp));
    check_ok(ana_recording_add_series(recording, new_stamped()));
    check_ok(ana_recording_add_spikes(recording, new_spikes()));
    check_ok(ana_recording_add_spikes(recording, new_spikes())); /* as "units_2" */
    check_ok(ana_recording_add_intervals(
        recording, new_intervals("trials", 4, trial_start, trial_stop,
                                 (const char *const[]){"go", "nogo", "go", "cue"})));
    check_ok(ana_recording_add_intervals(
        recording, new_intervals("sleep", 3, sleep_start, sleep_stop,
                                 (const char *const[]){"REM", "REM", "SWS"})));
    static const double close_start[] = {2.0, 2.505}; /* no LFP sample between them */
    static const double close_stop[] = {2.503, 3.0};
    check_ok(ana_recording_add_intervals(
        recording,
        new_intervals("close", 2, close_start, close_stop, (const char *const[]){"near", "near"})));
    ana_table *electrodes = NULL;
    check_ok(ana_table_new(2, &electrodes));
    check_ok(ana_table_add_texts(electrodes, "region", (const char *const[]){"CA1", NULL}));
    check_ok(ana_recording_add_table(recording, "electrodes", electrodes));
    check_ok(ana_recording_add_fact(recording, "subject", "M7"));
    ana_recording_warn(recording, "made by hand");
    check_ok(ana_recording_check(recording));
    return recording;
}

/* Whether [start, stop) or one of the labelled spans, where asked for, holds the time. */
static bool is_wanted(const ana_recording *recording, const ana_selection *selection, double time)
{
    if ((!isnan(selection->start) && time < selection->start - 1e-9) ||
        (!isnan(selection->stop) && time >= selection->stop - 1e-9)) {
        return false;
    }
    if (selection->labels == NULL) {
        return true;
    }
    for (size_t i = 0; i < recording->n_intervals; i++) {
        const ana_intervals *intervals = recording->intervals[i];
        for (size_t row = 0; row < intervals->n; row++) {
            for (size_t k = 0; selection->labels[k] != NULL; k++) {
                if (ana_intervals_has_label(intervals, row, selection->labels[k]) &&
                    time >= intervals->start[row] - 1e-9 && time < intervals->stop[row] - 1e-9) {
                    return true;
                }
            }
        }
    }
    return false;
}

/* The selected series holds exactly the wanted samples, at their old times and values, in segments
 * that are not closed over what was left out. */
static void check_series(const ana_recording *recording, const ana_selection *selection,
                         const ana_series *from, const ana_series *to)
{
    double *old_times = calloc(from->n_times, sizeof *old_times);
    double *times = calloc(to->n_times + 1, sizeof *times);
    double *values = calloc(to->n_times + 1, sizeof *values);
    check_ok(ana_series_check(to));
    assert_int_equal(to->type, from->type);
    check_ok(ana_series_times(from, 0, from->n_times, old_times));
    check_ok(ana_series_times(to, 0, to->n_times, times));
    check_ok(ana_series_read(to, 1, (const size_t[]){0}, 0, to->n_times, values));
    double channel = (double)(to->channels[0].file_index - 10);
    size_t k = 0;
    size_t last = SIZE_MAX;
    for (size_t t = 0; t < from->n_times; t++) {
        if (!is_wanted(recording, selection, old_times[t])) {
            continue;
        }
        assert_true(k < to->n_times);
        check_close(times[k], old_times[t], 1e-12, 0.0);
        assert_true(values[k] == 0.5 * (channel * 100000.0 + (double)t) + channel);
        bool neighbours =
            last + 1 == t && (from->rate <= 0.0 ||
                              ana_series_segment_of(from, last) == ana_series_segment_of(from, t));
        if (k > 0 && from->rate > 0.0) {
            bool same = ana_series_segment_of(to, k) == ana_series_segment_of(to, k - 1);
            assert_int_equal(same, neighbours);
        }
        last = t;
        k++;
    }
    assert_int_equal(k, to->n_times);
    free(values);
    free(times);
    free(old_times);
}

static void check_selected(const ana_recording *recording, const ana_selection *selection)
{
    ana_recording *selected = NULL;
    check_ok(ana_recording_select(recording, selection, &selected));
    check_ok(ana_recording_check(selected));
    for (size_t i = 0; i < selected->n_series; i++) {
        const ana_series *from = ana_recording_find_series(recording, selected->series[i]->name);
        check_series(recording, selection, from, selected->series[i]);
    }
    for (size_t i = 0; i < selected->n_spikes; i++) {
        const ana_spikes *from = recording->spikes[i];
        const ana_spikes *to = selected->spikes[i];
        for (size_t u = 0; u < to->n_units; u++) {
            size_t k = to->unit_start[u];
            for (size_t s = from->unit_start[u]; s < from->unit_start[u + 1]; s++) {
                if (is_wanted(recording, selection, from->times[s])) {
                    assert_true(to->times[k++] == from->times[s]);
                }
            }
            assert_int_equal(k, to->unit_start[u + 1]);
        }
    }
    ana_recording_free(selected);
}

static void nothing_asked_for_is_everything(void **state)
{
    ana_recording *recording = *state;
    ana_recording *selected = NULL;
    const ana_selection selection = ana_selection_default();
    assert_true(isnan(selection.start) && isnan(selection.stop) && selection.labels == NULL);
    check_ok(ana_recording_select(recording, &selection, &selected));
    check_ok(ana_recording_check(selected));
    assert_int_equal(selected->n_series, 3);
    assert_ptr_equal(selected->series[0]->source, recording->series[0]->source); /* shared */
    assert_int_equal(selected->series[0]->n_segments, 2);
    assert_int_equal(selected->spikes[0]->n_spikes, 7);
    assert_int_equal(selected->intervals[0]->n, 4);
    assert_int_equal(selected->intervals[1]->n, 3);
    assert_string_equal(selected->format, "made");
    assert_string_equal(selected->path, "nowhere");
    assert_string_equal(selected->start_time, "2024-02-29T12:00:00Z");
    assert_string_equal(ana_recording_find_fact(selected, "subject"), "M7");
    assert_string_equal(selected->warnings[0], "made by hand");
    const ana_table *electrodes = ana_recording_find_table(selected, "electrodes");
    assert_string_equal(ana_table_find(electrodes, "region")->texts[0], "CA1");
    check_selected(recording, &selection);
    ana_recording_free(selected);
}

static void channels_keep_what_is_known_of_them(void **state)
{
    ana_recording *recording = *state;
    ana_recording *selected = NULL;
    ana_selection selection = ana_selection_default();
    selection.channels = (const char *const[]){"Cz", "CA1*", NULL};
    check_ok(ana_recording_select(recording, &selection, &selected));
    assert_int_equal(selected->n_series, 2); /* none of pupil's channels is wanted */
    const ana_series *eeg = selected->series[0];
    assert_int_equal(eeg->n_channels, 1);
    assert_string_equal(eeg->description, "made");
    assert_string_equal(eeg->channels[0].name, "Cz");
    assert_string_equal(eeg->channels[0].unit, "uV");
    assert_string_equal(eeg->channels[0].filter, "HP 0.1");
    assert_string_equal(eeg->channels[0].reference, "ear");
    assert_string_equal(eeg->channels[0].transducer, "cup");
    assert_true(eeg->channels[0].bad);
    assert_int_equal(eeg->channels[0].file_index, 11);
    assert_int_equal(selected->series[1]->n_channels, 2);
    assert_string_equal(selected->series[1]->channels[1].name, "CA1-2");
    int32_t stored[2];
    check_ok(ana_series_read_stored(selected->series[1], 0, NULL, 500, 1, stored));
    assert_int_equal(stored[0], 500);
    assert_int_equal(stored[1], 100500);
    assert_int_equal(selected->n_spikes, 2); /* of another kind: stay */
    check_selected(recording, &selection);
    ana_recording_free(selected);
}

static void series_and_units_are_chosen_by_name(void **state)
{
    ana_recording *recording = *state;
    ana_recording *selected = NULL;
    ana_selection selection = ana_selection_default();
    selection.series = (const char *const[]){"lfp", "pu*", NULL};
    selection.units = (const char *const[]){"120", NULL};
    check_ok(ana_recording_select(recording, &selection, &selected));
    assert_int_equal(selected->n_series, 2);
    assert_string_equal(selected->series[0]->name, "lfp");
    assert_string_equal(selected->series[1]->name, "pupil");
    assert_int_equal(selected->spikes[0]->n_units, 1);
    assert_int_equal(selected->spikes[0]->units->columns[0].ints[0], 120);
    assert_int_equal(selected->spikes[0]->n_spikes, 3);
    check_close(ana_spikes_observed_s(selected->spikes[0], 0), 5.0, 0.0, 1e-15);
    ana_recording_free(selected);
}

static void times_cut_at_whole_samples_and_split_segments(void **state)
{
    ana_recording *recording = *state;
    ana_recording *selected = NULL;
    ana_selection selection = ana_selection_default();
    selection.start = 1.7;
    selection.stop = 7.33;
    check_ok(ana_recording_select(recording, &selection, &selected));
    const ana_series *eeg = selected->series[0];
    assert_int_equal(eeg->n_times, 15 + 2); /* 1.7 ... 2.26 and 7.25, 7.29 */
    assert_int_equal(eeg->n_segments, 2);
    check_close(eeg->segments[0].start, 1.7, 0.0, 1e-15);
    assert_int_equal(eeg->segments[1].first, 15);
    assert_true(eeg->segments[1].start == 7.25);
    const ana_series *pupil = selected->series[2];
    assert_int_equal(pupil->n_times, 3);
    assert_int_equal(pupil->n_segments, 1);
    assert_true(pupil->segments[0].start == 1.75);
    assert_int_equal(selected->spikes[0]->n_spikes, 1);
    assert_true(selected->spikes[0]->observed_start[0] == 1.7);
    assert_true(selected->spikes[0]->observed_stop[1] == 7.33);
    assert_int_equal(selected->intervals[0]->n, 2); /* 1.9-2.1 and 7.0-7.5; 1.0-1.7 just ended */
    assert_true(selected->intervals[0]->start[1] == 7.0); /* whole */
    assert_int_equal(selected->intervals[1]->n, 1);
    check_selected(recording, &selection);
    ana_recording_free(selected);
}

static void labels_select_the_union_of_all_that_carry_them(void **state)
{
    ana_recording *recording = *state;
    ana_recording *selected = NULL;
    ana_selection selection = ana_selection_default();
    selection.labels = (const char *const[]){"go", "REM", NULL}; /* 1.0-2.0, 7.0-7.6 */
    check_ok(ana_recording_select(recording, &selection, &selected));
    assert_int_equal(selected->series[1]->n_segments, 2);
    assert_int_equal(selected->series[1]->n_times, 160);
    assert_int_equal(selected->spikes[0]->n_spikes, 3); /* 1.6 of one, 1.5 and 7.5 of the other */
    check_close(ana_spikes_observed_s(selected->spikes[0], 0), 1.6, 0.0, 1e-14);
    check_selected(recording, &selection);
    ana_recording_free(selected);
    selection.labels = (const char *const[]){"SWS", "cue", NULL}; /* no end, no length */
    check_ok(ana_recording_select(recording, &selection, &selected));
    assert_int_equal(selected->series[0]->n_times, 0);
    assert_int_equal(selected->series[2]->n_times, 0);
    assert_int_equal(selected->spikes[0]->n_spikes, 0);
    check_ok(ana_recording_check(selected));
    ana_recording_free(selected);
}

static void spans_without_a_sample_between_them_stay_one_segment(void **state)
{
    ana_recording *recording = *state;
    ana_recording *selected = NULL;
    ana_selection selection = ana_selection_default();
    selection.labels = (const char *const[]){"near", NULL};
    check_ok(ana_recording_select(recording, &selection, &selected));
    assert_int_equal(selected->series[1]->n_segments, 1);
    assert_int_equal(selected->series[1]->n_times, 100);
    ana_recording_free(selected);
    check_selected(recording, &selection);
}

static void channels_of_time_stamped_samples_keep_the_times(void **state)
{
    ana_recording *recording = *state;
    ana_recording *selected = NULL;
    ana_selection selection = ana_selection_default();
    selection.channels = (const char *const[]){"y", NULL};
    check_ok(ana_recording_select(recording, &selection, &selected));
    assert_int_equal(selected->n_series, 1);
    ana_recording_free(selected);
    check_selected(recording, &selection);
    selection.start = 1.5;
    check_selected(recording, &selection);
}

static ana_status fail_to_read(void *self, const ana_window *window, double *out)
{
    (void)self;
    (void)window;
    (void)out;
    return ana_fail(ANA_ERR_IO, "the disk is gone");
}

static void let_go(void *self)
{
    (void)self;
}

static void times_that_cannot_be_read_are_a_failure(void **state)
{
    (void)state;
    static const ana_source_operations broken = {fail_to_read, NULL, let_go};
    ana_recording *recording = NULL;
    ana_recording *selected = NULL;
    ana_selection selection = ana_selection_default();
    check_ok(ana_recording_new(&recording));
    ana_series *series = new_stamped();
    ana_source_free(series->timestamps);
    check_ok(ana_source_new(&broken, NULL, &series->timestamps));
    check_ok(ana_recording_add_series(recording, series));
    selection.start = 1.0;
    check_fails(ana_recording_select(recording, &selection, &selected), ANA_ERR_IO, "gone");
    double duration = 0.0;
    check_fails(ana_recording_duration(recording, &duration), ANA_ERR_IO, "gone");
    ana_recording_free(recording);
}

static void any_selection_holds_exactly_what_it_asks_for(void **state)
{
    ana_recording *recording = *state;
    static const char *const labels[] = {"go", "nogo", "REM", "SWS", "near", "*"};
    ana_random random = ana_random_stream(3, "test.selection", 0);
    for (int trial = 0; trial < 200; trial++) {
        const char *wanted[] = {labels[ana_random_below(&random, 6)],
                                labels[ana_random_below(&random, 6)], NULL};
        ana_selection selection = ana_selection_default();
        double a = (double)ana_random_below(&random, 1000) / 100.0; /* often on a sample */
        double b = (double)ana_random_below(&random, 1000) / 100.0;
        if (ana_random_below(&random, 3) > 0) {
            selection.start = a < b ? a : b;
        }
        if (ana_random_below(&random, 3) > 0) {
            selection.stop = a < b ? b : a;
        }
        selection.labels = ana_random_below(&random, 2) > 0 ? wanted : NULL;
        check_selected(recording, &selection);
    }
}

static void a_selection_of_a_selection_is_one_selection(void **state)
{
    ana_recording *recording = *state;
    ana_recording *once = NULL;
    ana_recording *twice = NULL;
    ana_selection selection = ana_selection_default();
    selection.start = 1.0;
    selection.stop = 9.0;
    selection.channels = (const char *const[]){"CA1-2", "CA3-1", NULL};
    check_ok(ana_recording_select(recording, &selection, &once));
    selection.start = 2.0;
    selection.channels = (const char *const[]){"CA3-1", NULL};
    check_ok(ana_recording_select(once, &selection, &twice));
    ana_recording_free(once);
    check_series(recording, &selection, recording->series[1], twice->series[0]);
    ana_recording_free(twice);
}

static void what_is_not_there_is_named_with_what_is(void **state)
{
    ana_recording *recording = *state;
    ana_recording *selected = NULL;
    ana_selection selection = ana_selection_default();
    selection.series = (const char *const[]){"lfp", "emg", NULL};
    check_fails(ana_recording_select(recording, &selection, &selected), ANA_ERR_VALUE,
                "no series \"emg\"; there is eeg, lfp, pupil");
    selection.series = (const char *const[]){"eeg", NULL};
    selection.channels = (const char *const[]){"CA1*", NULL}; /* not in this series */
    check_fails(ana_recording_select(recording, &selection, &selected), ANA_ERR_VALUE,
                "no channel \"CA1*\"; there is Fz, Cz, Pz");
    selection = ana_selection_default();
    selection.units = (const char *const[]){"1", NULL};
    check_fails(ana_recording_select(recording, &selection, &selected), ANA_ERR_VALUE,
                "no unit \"1\"; there is 12, 120");
    selection = ana_selection_default();
    selection.labels = (const char *const[]){"stop", NULL};
    check_fails(ana_recording_select(recording, &selection, &selected), ANA_ERR_VALUE,
                "\"stop\"; there is go, nogo, cue, REM, SWS, near");
    selection = ana_selection_default();
    selection.start = 2.0;
    selection.stop = 1.0;
    check_fails(ana_recording_select(recording, &selection, &selected), ANA_ERR_VALUE, "stops");
    assert_null(selected);
}

static void a_long_list_of_names_is_cut(void **state)
{
    (void)state;
    enum {
        N = 300
    };
    ana_recording *recording = NULL;
    ana_recording *selected = NULL;
    ana_series *series = NULL;
    ana_selection selection = ana_selection_default();
    check_ok(ana_recording_new(&recording));
    check_ok(ana_series_new("eeg", N, &series));
    for (size_t c = 0; c < N; c++) {
        char name[16];
        snprintf(name, sizeof name, "E%03zu", c);
        series->channels[c].name = strdup(name);
    }
    series->rate = 1.0;
    check_ok(ana_recording_add_series(recording, series));
    selection.channels = (const char *const[]){"Fz", NULL};
    check_fails(ana_recording_select(recording, &selection, &selected), ANA_ERR_VALUE,
                "E000, E001, ");
    assert_non_null(strstr(ana_last_error(), ", ..."));
    assert_true(strlen(ana_last_error()) < 700);
    selection.channels = NULL;
    selection.units = (const char *const[]){"1", NULL};
    check_fails(ana_recording_select(recording, &selection, &selected), ANA_ERR_VALUE,
                "there is none");
    ana_recording_free(recording);
}

static void without_memory_a_selection_leaves_nothing_behind(void **state)
{
    ana_recording *recording = *state;
    ana_recording *selected = NULL;
    ana_selection selection = ana_selection_default();
    selection.channels = (const char *const[]){"C*", "x", NULL};
    selection.labels = (const char *const[]){"go", "REM", NULL};
    selection.stop = 8.0;
    ALLOCATION_TEST(ana_recording_select, (recording, &selection, &selected),
                    ana_recording_free(selected));
    selection = ana_selection_default();
    ALLOCATION_TEST(ana_recording_select, (recording, &selection, &selected),
                    ana_recording_free(selected));
}

static int make(void **state)
{
    *state = make_recording();
    return 0;
}

static int release(void **state)
{
    ana_recording_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_asked_for_is_everything),
        cmocka_unit_test(channels_keep_what_is_known_of_them),
        cmocka_unit_test(series_and_units_are_chosen_by_name),
        cmocka_unit_test(times_cut_at_whole_samples_and_split_segments),
        cmocka_unit_test(labels_select_the_union_of_all_that_carry_them),
        cmocka_unit_test(spans_without_a_sample_between_them_stay_one_segment),
        cmocka_unit_test(channels_of_time_stamped_samples_keep_the_times),
        cmocka_unit_test(times_that_cannot_be_read_are_a_failure),
        cmocka_unit_test(any_selection_holds_exactly_what_it_asks_for),
        cmocka_unit_test(a_selection_of_a_selection_is_one_selection),
        cmocka_unit_test(what_is_not_there_is_named_with_what_is),
        cmocka_unit_test(a_long_list_of_names_is_cut),
        cmocka_unit_test(without_memory_a_selection_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, make, release);
}
