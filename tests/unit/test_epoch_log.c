/* Which epochs are dropped, and in which words, against MNE's drop log. */
#include "support/check.h"
#include "support/reference_json.h"
#include "support/signals.h"

#include <analysis/epoch.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct fixture {
    reference *root;
    ana_series *series;
    ana_intervals *intervals;
} fixture;

static void add_rows(fixture *f, ana_column *labels, size_t first, size_t n, const double *start,
                     const double *stop, bool bad)
{
    for (size_t i = 0; i < n; i++) {
        char path[32];
        f->intervals->start[first + i] = start[i];
        f->intervals->stop[first + i] = stop[i];
        snprintf(path, sizeof path, "epochs/label/%02zu", i);
        check_ok(ana_column_set_text(labels, first + i,
                                     bad ? "BAD blink" : reference_text(f->root, path)));
    }
}

static int begin(void **state)
{
    static fixture f;
    size_t n_events = 0;
    size_t n_bad = 0;
    ana_column *labels = NULL;
    f.root = reference_open("signal.json");
    const double *x = reference_doubles(f.root, "epochs/data", NULL);
    const size_t n = reference_axis(f.root, "epochs/data", 1);
    f.series = series_of(reference_number(f.root, "epochs/rate"), 4, 1, &n, x);
    f.series->segments[0].start = 0.0;
    f.series->channels[3].bad = true;
    for (size_t c = 0; c < 4; c++) { /* the names in the drop log */
        f.series->channels[c].name[0] = (char)('a' + c);
        f.series->channels[c].name[1] = '\0';
    }
    const double *onset = reference_doubles(f.root, "epochs/onset", &n_events);
    const double *start = reference_doubles(f.root, "epochs/bad_start", &n_bad);
    const double *stop = reference_doubles(f.root, "epochs/bad_stop", NULL);
    check_ok(ana_intervals_new("annotations", n_events + n_bad, &f.intervals));
    check_ok(ana_table_add(f.intervals->table, "label", ANA_COLUMN_TEXT, NULL, &labels));
    add_rows(&f, labels, 0, n_events, onset, onset, false);
    add_rows(&f, labels, n_events, n_bad, start, stop, true);
    *state = &f;
    return 0;
}

static int end(void **state)
{
    fixture *f = *state;
    ana_series_free(f->series);
    ana_intervals_free(f->intervals);
    reference_close(f->root);
    return 0;
}

static double number(const fixture *f, const char *name, const char *key)
{
    char path[64];
    snprintf(path, sizeof path, "epochs/%s/%s", name, key);
    return reference_number(f->root, path);
}

static const double *array(const fixture *f, const char *name, const char *key, size_t *n)
{
    char path[64];
    snprintf(path, sizeof path, "epochs/%s/%s", name, key);
    return reference_doubles(f->root, path, n);
}

static ana_epoch_options options_of(const fixture *f, const char *name)
{
    ana_epoch_options options = ana_epoch_options_default();
    const double *baseline = array(f, name, "baseline", NULL);
    options.events = number(f, name, "only_left") == 1.0 ? "left" : NULL;
    options.from_s = number(f, name, "tmin");
    options.to_s = number(f, name, "tmax");
    options.baseline = !isnan(baseline[1]);
    options.baseline_from_s = baseline[0];
    options.baseline_to_s = options.baseline ? baseline[1] : 0.0;
    options.reject = number(f, name, "reject");
    options.flat = number(f, name, "flat");
    options.keep_bad = number(f, name, "by_annotation") == 0.0;
    return options;
}

/* "a b" of the drop log names the channels that our "a: ..., b: ..." names. */
static void check_reason(const char *reason, const char *wanted)
{
    if (wanted[0] == '\0') {
        assert_null(reason);
        return;
    }
    assert_non_null(reason);
    if (strcmp(wanted, "NO_DATA") == 0 || strcmp(wanted, "TOO_SHORT") == 0) {
        assert_string_equal(reason, "outside");
    } else if (strncmp(wanted, "BAD", 3) == 0) {
        assert_string_equal(reason, wanted);
    } else {
        char names[32] = "";
        for (const char *at = reason; at != NULL; at = strchr(at, ',')) {
            at += at[0] == ',' ? 2 : 0;
            strncat(names, names[0] != '\0' ? " " : "", 2);
            strncat(names, at, 1);
        }
        assert_string_equal(names, wanted);
    }
}

static void the_drop_log_is_that_of_mne(void **state)
{
    const fixture *f = *state;
    static const char *const names[] = {"plain", "left", "thresholds"};
    for (size_t i = 0; i < 3; i++) {
        size_t n = 0;
        ana_epochs *epochs = NULL;
        ana_epoch_options options = options_of(f, names[i]);
        check_ok(ana_epochs_read(f->series, f->intervals, &options, &epochs));
        const double *kept = array(f, names[i], "kept", &n);
        assert_int_equal(epochs->n_trials, n);
        for (size_t trial = 0; trial < n; trial++) {
            assert_int_equal(epochs->events[epochs->event_of[trial]].row, kept[trial]);
        }
        for (size_t e = 0; e < epochs->n_events; e++) {
            char path[64];
            snprintf(path, sizeof path, "epochs/%s/drop_log/%02zu", names[i],
                     epochs->events[e].row);
            check_reason(epochs->events[e].reason, reference_text(f->root, path));
        }
        const double *times = array(f, names[i], "times", &n);
        assert_int_equal(epochs->n_times, n);
        check_all_close(n, epochs->times, times, 1e-15, 0.0);
        const double *first = array(f, names[i], "first", &n);
        check_all_close(n, epochs->values, first, 1e-12, 0.0);
        const double *sums = array(f, names[i], "sums", &n);
        for (size_t row = 0; row < n; row++) {
            double sum = 0.0;
            for (size_t t = 0; t < epochs->n_times; t++) {
                sum += epochs->values[row * epochs->n_times + t];
            }
            check_close(sum, sums[row], 1e-10, 0.0);
        }
        ana_epochs_free(epochs);
    }
}

static void every_channel_at_fault_is_named_and_no_other(void **state)
{
    (void)state;
    double x[4 * 30];
    const size_t n = 30;
    fill_noise(1, (size_t)4 * 30, x);
    x[10] = 500.0;            /* c0: too large */
    x[60 + 12] = (double)NAN; /* c2: missing */
    for (size_t t = 0; t < 30; t++) {
        x[30 + t] = 2.0;                /* c1: flat */
        x[90 + t] = t == 9 ? 1e6 : 0.0; /* c3: a code */
    }
    ana_series *series = series_of(10.0, 4, 1, &n, x);
    series->channels[3].kind = ANA_KIND_TRIGGER;
    ana_intervals *events = NULL;
    ana_epochs *epochs = NULL;
    ana_epoch_options options = ana_epoch_options_default();
    options.reject = 100.0;
    options.flat = 0.25;
    check_ok(ana_intervals_new("events", 1, &events));
    events->start[0] = series->segments[0].start + 1.0;
    events->stop[0] = events->start[0];
    check_ok(ana_epochs_read(series, events, &options, &epochs));
    const char *reason = epochs->events[0].reason;
    assert_non_null(strstr(reason, "c0: "));
    assert_non_null(strstr(reason, " is above the limit, c1: 0 is below the limit, c2: missing"));
    assert_null(strstr(reason, "c3"));
    ana_epochs_free(epochs);
    for (size_t c = 0; c < 3; c++) {
        series->channels[c].bad = true;
    }
    check_ok(ana_epochs_read(series, events, &options, &epochs));
    assert_int_equal(epochs->n_trials, 1);
    ana_epochs_free(epochs);
    ana_intervals_free(events);
    ana_series_free(series);
}

static void bad_spans_count_to_the_sample(void **state)
{
    (void)state;
    enum {
        N = 100
    };
    double x[N];
    const size_t n = N;
    fill_noise(1, N, x);
    ana_series *series = series_of(10.0, 1, 1, &n, x);
    series->segments[0].start = 0.0;
    ana_epoch_options options = ana_epoch_options_default();
    options.from_s = 0.0;
    options.to_s = 0.9; /* samples 30 ... 39 of an event at 3 s: [3, 4) s */
    static const struct {
        double start;
        double stop;
        bool dropped;
    } spans[] = {{2.0, 3.0, false}, {2.0, 3.05, true}, {3.95, 9.0, true},        {4.0, 9.0, false},
                 {3.0, 3.0, true},  {4.0, 4.0, false}, {3.5, (double)NAN, true}, {2.0, 9.0, true}};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        ana_intervals *rows = NULL;
        ana_epochs *epochs = NULL;
        static const char *const labels[] = {"go", "Bad_segment"};
        check_ok(ana_intervals_new("rows", 2, &rows));
        check_ok(ana_table_add_texts(rows->table, "label", labels));
        rows->start[0] = 3.0;
        rows->stop[0] = 3.0;
        rows->start[1] = spans[i].start;
        rows->stop[1] = spans[i].stop;
        check_ok(ana_epochs_read(series, rows, &options, &epochs));
        assert_int_equal(epochs->n_events, 1);
        assert_int_equal(epochs->n_trials, spans[i].dropped ? 0 : 1);
        ana_epochs_free(epochs);
        ana_intervals_free(rows);
    }
    ana_series_free(series);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_drop_log_is_that_of_mne),
        cmocka_unit_test(every_channel_at_fault_is_named_and_no_other),
        cmocka_unit_test(bad_spans_count_to_the_sample),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
