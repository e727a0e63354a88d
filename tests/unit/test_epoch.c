#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"

#include <analysis/covariance.h>
#include <analysis/epoch.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct fixture {
    reference *reference;
    ana_series *series;
    ana_intervals *intervals;
} fixture;

static ana_series *make_series(size_t n_channels, size_t n_times, double rate, const double *x,
                               size_t n_segments, const size_t *lengths, const double *starts)
{
    ana_series *series = NULL;
    check_ok(ana_series_new("eeg", n_channels, &series));
    series->rate = rate;
    series->type = ANA_FLOAT64;
    for (size_t c = 0; c < n_channels; c++) {
        char name[2] = {(char)('a' + c), '\0'};
        series->channels[c].name = strdup(name);
    }
    for (size_t s = 0; s < n_segments; s++) {
        check_ok(ana_series_add_segment(series, lengths[s], starts[s]));
    }
    check_ok(ana_source_from_memory(ANA_FLOAT64, n_channels, n_times, true, x, &series->source));
    return series;
}

static int begin(void **state)
{
    static const char *const names[] = {"left", "right", "BAD blink"};
    static fixture f;
    size_t n = 0;
    f.reference = reference_open("epochs.json");
    const double *x = reference_doubles(f.reference, "x", &n);
    const size_t length = n / 3;
    const double start = 0.0;
    f.series = make_series(3, length, reference_number(f.reference, "rate"), x, 1, &length, &start);
    const double *onset = reference_doubles(f.reference, "onset", &n);
    const double *duration = reference_doubles(f.reference, "duration", NULL);
    const size_t *label = reference_sizes(f.reference, "label", NULL);
    ana_column *labels = NULL;
    check_ok(ana_intervals_new("annotations", n, &f.intervals));
    check_ok(ana_table_add(f.intervals->table, "label", ANA_COLUMN_TEXT, NULL, &labels));
    for (size_t i = 0; i < n; i++) {
        f.intervals->start[i] = onset[i];
        f.intervals->stop[i] = onset[i] + duration[i];
        check_ok(ana_column_set_text(labels, i, names[label[i]]));
    }
    *state = &f;
    return 0;
}

static int end(void **state)
{
    fixture *f = *state;
    ana_series_free(f->series);
    ana_intervals_free(f->intervals);
    reference_close(f->reference);
    return 0;
}

static ana_epoch_options options_of(const char *name)
{
    ana_epoch_options options = ana_epoch_options_default();
    bool inner = strcmp(name, "inner_baseline") == 0;
    options.from_s = inner ? -0.2 : -0.1;
    options.to_s = inner ? 0.3 : 0.5;
    options.baseline = strstr(name, "baseline") != NULL;
    options.baseline_from_s = inner ? -0.15 : (double)NAN;
    options.baseline_to_s = inner ? -0.05 : 0.0;
    options.reject = strcmp(name, "reject") == 0 ? 60.0 : 0.0;
    options.flat = strcmp(name, "reject") == 0 ? 0.5 : 0.0;
    return options;
}

static void epochs_are_those_of_mne(void **state)
{
    fixture *f = *state;
    static const char *const names[] = {"plain", "baseline", "inner_baseline", "reject"};
    for (size_t i = 0; i < 4; i++) {
        char path[64];
        size_t n = 0;
        ana_epoch_options options = options_of(names[i]);
        ana_epochs *epochs = NULL;
        ana_matrix *average = NULL;
        check_ok(ana_epochs_read(f->series, f->intervals, &options, &epochs));
        snprintf(path, sizeof path, "%s/kept", names[i]);
        const size_t *kept = reference_sizes(f->reference, path, &n);
        assert_int_equal(epochs->n_trials, n);
        assert_memory_equal(epochs->event_of, kept, n * sizeof *kept);
        snprintf(path, sizeof path, "%s/n_dropped", names[i]);
        assert_int_equal(epochs->n_events - epochs->n_trials, reference_size(f->reference, path));
        snprintf(path, sizeof path, "%s/times", names[i]);
        const double *times = reference_doubles(f->reference, path, &n);
        assert_int_equal(epochs->n_times, n);
        check_all_close(n, epochs->times, times, 1e-13, 0.0);
        snprintf(path, sizeof path, "%s/values", names[i]);
        const double *values = reference_doubles(f->reference, path, &n);
        check_all_close(n, epochs->values, values, 1e-12, 0.0);
        snprintf(path, sizeof path, "%s/average", names[i]);
        values = reference_doubles(f->reference, path, &n);
        check_ok(ana_epochs_average(epochs, SIZE_MAX, &average));
        check_all_close(n, average->values, values, 1e-12, 0.0);
        ana_matrix_free(average);
        ana_epochs_free(epochs);
    }
}

static void each_drop_has_its_reason(void **state)
{
    fixture *f = *state;
    ana_epoch_options options = options_of("reject");
    ana_epochs *epochs = NULL;
    size_t n_bad = 0;
    size_t n_outside = 0;
    size_t n_range = 0;
    check_ok(ana_epochs_read(f->series, f->intervals, &options, &epochs));
    for (size_t i = 0; i < epochs->n_events; i++) {
        const char *reason = epochs->events[i].reason;
        n_bad += reason != NULL && strcmp(reason, "BAD blink") == 0 ? 1 : 0;
        n_outside += reason != NULL && strcmp(reason, "outside") == 0 ? 1 : 0;
        n_range += reason != NULL && strstr(reason, "the limit") != NULL ? 1 : 0;
    }
    assert_int_equal(n_outside, 2);
    assert_int_equal(n_range, 2);
    assert_int_equal(n_bad, 2);
    ana_epochs_free(epochs);
    options.keep_bad = true;
    check_ok(ana_epochs_read(f->series, f->intervals, &options, &epochs));
    for (size_t i = 0; i < epochs->n_events; i++) {
        assert_true(epochs->events[i].reason == NULL ||
                    strstr(epochs->events[i].reason, "BAD") == NULL);
    }
    ana_epochs_free(epochs);
}

static void events_are_chosen_by_label(void **state)
{
    fixture *f = *state;
    ana_epoch_options options = options_of("plain");
    ana_epochs *epochs = NULL;
    options.events = "right,nobody";
    check_ok(ana_epochs_read(f->series, f->intervals, &options, &epochs));
    assert_int_equal(epochs->n_labels, 1);
    assert_string_equal(epochs->labels[0], "right");
    assert_int_equal(epochs->n_events, 4);
    ana_epochs_free(epochs);
}

/* Collects what the stream hands out. */
typedef struct collected {
    size_t n;
    size_t n_each;
    double values[20 * 3 * 200];
} collected;

static ana_status collect(void *user, size_t event, const double *values)
{
    collected *all = user;
    (void)event;
    memcpy(all->values + all->n * all->n_each, values, all->n_each * sizeof *values);
    all->n++;
    return ANA_OK;
}

static void the_stream_gives_the_same_bits(void **state)
{
    fixture *f = *state;
    static collected all;
    ana_epoch_options options = options_of("baseline");
    ana_epochs *epochs = NULL;
    memset(&all, 0, sizeof all);
    check_ok(ana_epochs_read(f->series, f->intervals, &options, &epochs));
    all.n_each = epochs->n_channels * epochs->n_times;
    check_ok(ana_epochs_stream(f->series, f->intervals, &options, collect, &all, NULL));
    assert_int_equal(all.n, epochs->n_trials);
    assert_memory_equal(all.values, epochs->values, all.n * all.n_each * sizeof(double));
    ana_epochs_free(epochs);
}

static void no_epoch_crosses_a_gap(void **state)
{
    (void)state;
    double x[40];
    for (size_t i = 0; i < 40; i++) {
        x[i] = (double)i;
    }
    const size_t lengths[2] = {20, 20};
    const double starts[2] = {0.0, 5.0};
    ana_series *series = make_series(1, 40, 10.0, x, 2, lengths, starts);
    ana_intervals *events = NULL;
    ana_epochs *epochs = NULL;
    ana_epoch_options options = ana_epoch_options_default();
    options.from_s = -0.2;
    options.to_s = 0.3;
    check_ok(ana_intervals_new("events", 5, &events));
    const double times[5] = {1.0, 1.9, 3.0, 5.1, 5.2};
    for (size_t i = 0; i < 5; i++) {
        events->start[i] = times[i];
        events->stop[i] = times[i];
    }
    check_ok(ana_epochs_read(series, events, &options, &epochs));
    assert_int_equal(epochs->n_trials, 2);
    assert_true(epochs->values[0] == 8.0 && epochs->values[5] == 13.0);
    assert_true(epochs->values[6] == 20.0);
    assert_string_equal(epochs->events[1].reason, "gap");
    assert_string_equal(epochs->events[2].reason, "outside");
    assert_string_equal(epochs->events[3].reason, "gap");
    ana_epochs_free(epochs);
    x[8] = (double)NAN;
    ana_series_free(series);
    series = make_series(1, 40, 10.0, x, 2, lengths, starts);
    check_ok(ana_epochs_read(series, events, &options, &epochs));
    assert_string_equal(epochs->events[0].reason, "a: missing");
    ana_epochs_free(epochs);
    ana_series_free(series);
    ana_intervals_free(events);
}

static void covariances_are_those_of_numpy(void **state)
{
    fixture *f = *state;
    ana_epoch_options options = options_of("plain");
    ana_epochs *epochs = NULL;
    ana_covariance_options estimator = ana_covariance_options_default();
    ana_matrix *covariance = NULL;
    size_t n = 0;
    check_ok(ana_epochs_read(f->series, f->intervals, &options, &epochs));
    estimator.estimator = ANA_COVARIANCE_EMPIRICAL;
    check_ok(ana_covariance_of_epochs(epochs, &estimator, &covariance));
    const double *wanted = reference_doubles(f->reference, "plain/covariance", &n);
    check_all_close(n, covariance->values, wanted, 1e-11, 1e-12);
    ana_matrix_free(covariance);
    estimator.estimator = ANA_COVARIANCE_SECOND_MOMENT;
    check_ok(ana_covariance_of_epochs(epochs, &estimator, &covariance));
    wanted = reference_doubles(f->reference, "plain/second_moment", &n);
    check_all_close(n, covariance->values, wanted, 1e-11, 1e-12);
    ana_matrix_free(covariance);
    /* Shrinkage keeps the trace, and every estimate is symmetric to the last bit. */
    for (int i = 0; i <= ANA_COVARIANCE_SCHAEFER_STRIMMER; i++) {
        estimator.estimator = (ana_covariance_estimator)i;
        check_ok(ana_covariance_of_epochs(epochs, &estimator, &covariance));
        for (size_t a = 0; a < 3; a++) {
            for (size_t b = 0; b < 3; b++) {
                assert_true(covariance->values[a * 3 + b] == covariance->values[b * 3 + a]);
            }
        }
        ana_matrix_free(covariance);
    }
    ana_epochs_free(epochs);
}

/* However many threads there are, and one epoch at a time as they are cut. */
static void each_covariance_is_that_of_its_epoch_alone(void **state)
{
    fixture *f = *state;
    ana_epoch_options options = options_of("plain");
    ana_epochs *epochs = NULL;
    ana_covariance_options estimator = ana_covariance_options_default();
    check_ok(ana_epochs_read(f->series, f->intervals, &options, &epochs));
    const size_t n = epochs->n_channels;
    double *one = malloc(n * n * sizeof *one);
    for (int i = 0; i <= ANA_COVARIANCE_SCHAEFER_STRIMMER; i++) {
        estimator.estimator = (ana_covariance_estimator)i;
        for (estimator.run.n_threads = 1; estimator.run.n_threads < 4; estimator.run.n_threads++) {
            ana_matrix *covariance = NULL;
            check_ok(ana_covariance_of_epochs(epochs, &estimator, &covariance));
            for (size_t trial = 0; trial < epochs->n_trials; trial++) {
                check_ok(ana_covariance_compute(estimator.estimator, n, epochs->n_times,
                                                epochs->values + trial * n * epochs->n_times, one));
                assert_memory_equal(one, covariance->values + trial * n * n, n * n * sizeof *one);
            }
            ana_matrix_free(covariance);
        }
    }
    free(one);
    estimator.estimator = ANA_COVARIANCE_OAS;
    ana_matrix *covariance = NULL;
    epochs->values[(epochs->n_trials - 1) * n * epochs->n_times + 3] = NAN;
    check_fails(ana_covariance_of_epochs(epochs, &estimator, &covariance), ANA_ERR_VALUE,
                "channel 0 (a) has a missing sample");
    ana_epochs_free(epochs);
}

static void what_cannot_be_cut_is_refused(void **state)
{
    fixture *f = *state;
    ana_epochs *epochs = NULL;
    ana_matrix *matrix = NULL;
    ana_epoch_options options = options_of("plain");
    options.to_s = -0.5;
    check_fails(ana_epochs_read(f->series, f->intervals, &options, &epochs), ANA_ERR_VALUE,
                "before its beginning");
    options = options_of("baseline");
    options.baseline_to_s = 0.7;
    check_fails(ana_epochs_read(f->series, f->intervals, &options, &epochs), ANA_ERR_VALUE,
                "within the epoch");
    options = options_of("plain");
    options.run.max_memory = 4000;
    check_fails(ana_epochs_read(f->series, f->intervals, &options, &epochs), ANA_ERR_LIMIT,
                "--max-memory");
    options = options_of("plain");
    options.events = "nobody";
    check_ok(ana_epochs_read(f->series, f->intervals, &options, &epochs));
    assert_int_equal(epochs->n_trials, 0);
    check_fails(ana_epochs_average(epochs, SIZE_MAX, &matrix), ANA_ERR_VALUE, "none is left");
    ana_epochs_free(epochs);
    double one[3] = {1.0, 2.0, 3.0};
    double out[9];
    check_fails(ana_covariance_compute(ANA_COVARIANCE_OAS, 3, 1, one, out), ANA_ERR_VALUE,
                "at least two");
}

static ana_status cut_and_average(void *user)
{
    fixture *f = user;
    ana_epoch_options options = options_of("reject");
    ana_epochs *epochs = NULL;
    ana_matrix *matrix = NULL;
    ana_status status = ana_epochs_read(f->series, f->intervals, &options, &epochs);
    if (status == ANA_OK) {
        status = ana_epochs_average(epochs, SIZE_MAX, &matrix);
    }
    ana_matrix_free(matrix);
    matrix = NULL;
    if (status == ANA_OK) {
        status = ana_covariance_of_epochs(epochs, NULL, &matrix);
    }
    ana_matrix_free(matrix);
    ana_epochs_free(epochs);
    return status;
}

static void without_memory_nothing_is_left_behind(void **state)
{
    assert_true(check_each_allocation(cut_and_average, *state, 0) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(epochs_are_those_of_mne),
        cmocka_unit_test(each_drop_has_its_reason),
        cmocka_unit_test(events_are_chosen_by_label),
        cmocka_unit_test(the_stream_gives_the_same_bits),
        cmocka_unit_test(no_epoch_crosses_a_gap),
        cmocka_unit_test(covariances_are_those_of_numpy),
        cmocka_unit_test(each_covariance_is_that_of_its_epoch_alone),
        cmocka_unit_test(what_cannot_be_cut_is_refused),
        cmocka_unit_test(without_memory_nothing_is_left_behind),
    };
    return cmocka_run_group_tests_name("epoch", tests, begin, end);
}
