/* Scores of events, complexities and class maps of signal.h5. */
#include "bci.h"
#include "support/check.h"

#include <analysis/class_maps.h>
#include <analysis/complexity.h>
#include <analysis/event_scores.h>
#include <analysis/stats.h>

#include <stdlib.h>
#include <string.h>

static ana_intervals *read_events(const h5_reference *file, const char *path)
{
    h5_doubles rows = h5_reference_doubles(file, path);
    ana_intervals *intervals = NULL;
    assert_true(rows.n_axes == 2 && rows.shape[1] == 2);
    check_ok(ana_intervals_new("events", rows.shape[0], &intervals));
    for (size_t i = 0; i < rows.shape[0]; i++) {
        intervals->start[i] = rows.values[2 * i];
        intervals->stop[i] = rows.values[2 * i + 1];
    }
    h5_doubles_free(&rows);
    return intervals;
}

/* timescoring splits an event that reaches past the recording's end as if all of it were there, and
 * counts the piece beyond, which nothing can detect, as missed, and the detection beyond as false:
 * its 4 of 5 detected and 3 false are 4 of 4 and 2. */
void compare_events(const h5_reference *file, tally *counts)
{
    ana_intervals *reference = read_events(file, "events/ref");
    ana_intervals *hypothesis = read_events(file, "events/hyp");
    ana_event_score_options options = ana_event_score_options_default();
    ana_event_scores *scores = NULL;
    options.duration_s = 3600.0;
    options.compat = true;
    check_ok(ana_event_scores_compute(reference, hypothesis, &options, &scores));
    const ana_detection_scores *e = &scores->events;
    const double by_events[] = {e->sensitivity, e->precision, e->f1,         e->false_per_day,
                                e->n_detected,  e->n_false,   e->n_reference};
    compare_values(file, "events/event_scores", 7, by_events, 1e-15, counts);
    ana_event_scores_free(scores);
    options.compat = false;
    check_ok(ana_event_scores_compute(reference, hypothesis, &options, &scores));
    const ana_detection_scores *s = &scores->samples;
    const double by_samples[] = {s->sensitivity, s->precision, s->f1, s->false_per_day};
    compare_values(file, "events/sample_scores", 4, by_samples, 1e-15, counts);
    tally_number(counts, scores->events.n_reference, 4.0, 0.0, 0.0, "events of the recording");
    tally_number(counts, scores->events.n_detected, 4.0, 0.0, 0.0, "of them detected");
    tally_number(counts, scores->events.n_false, 2.0, 0.0, 0.0, "false within the recording");
    ana_event_scores_free(scores);
    ana_intervals_free(reference);
    ana_intervals_free(hypothesis);
}

/* Of the first 1,000 samples of each channel, above the median of the whole channel. */
void compare_complexity(const h5_reference *file, tally *counts)
{
    enum {
        N = 1000
    };
    int64_t symbols[N];
    h5_doubles x = h5_reference_doubles(file, "in/x");
    const size_t n_channels = x.shape[0];
    const size_t n_times = x.shape[1];
    double *found = calloc(3 * n_channels, sizeof *found);
    assert_true(found != NULL && n_times >= N);
    for (size_t c = 0; c < n_channels; c++) {
        double median = 0.0;
        size_t lz76 = 0;
        size_t lz78 = 0;
        check_ok(ana_stats_median(n_times, x.values + c * n_times, &median));
        check_ok(ana_complexity_binarise(N, x.values + c * n_times, median, symbols));
        check_ok(ana_complexity_lz76(N, symbols, &lz76));
        check_ok(ana_complexity_lz78(N, symbols, &lz78));
        found[c] = (double)lz76;
        found[n_channels + c] = ana_complexity_normalise(lz76, N, 2);
        found[2 * n_channels + c] = (double)lz78;
    }
    compare_values(file, "lz/lz76_count", n_channels, found, 0.0, counts);
    compare_values(file, "lz/lz76_norm", n_channels, found + n_channels, 1e-14, counts);
    compare_values(file, "lz/lz78_count", n_channels, found + 2 * n_channels, 0.0, counts);
    free(found);
    h5_doubles_free(&x);
}

/* p-values far out in the tail ask for the digits of the exponent; t and z have lost a few to the
 * difference of means. */
void compare_class_maps(const h5_reference *file, tally *counts)
{
    h5_doubles first = h5_reference_doubles(file, "r2/g1");
    h5_doubles second = h5_reference_doubles(file, "r2/g2");
    const size_t n1 = first.shape[0];
    const size_t n = n1 + second.shape[0];
    const size_t n_features = first.n / n1;
    double *values = calloc(n * n_features, sizeof *values);
    int64_t *labels = calloc(n, sizeof *labels);
    ana_class_maps *maps = NULL;
    assert_true(values != NULL && labels != NULL && second.n == (n - n1) * n_features);
    memcpy(values, first.values, first.n * sizeof *values);
    memcpy(values + first.n, second.values, second.n * sizeof *values);
    for (size_t i = n1; i < n; i++) {
        labels[i] = 1;
    }
    check_ok(ana_class_maps_compute(n, n_features, values, labels, 0, 1, &maps));
    compare_values(file, "r2/r2", n_features, maps->r2, 1e-10, counts);
    compare_values(file, "r2/signed", n_features, maps->signed_r2, 1e-10, counts);
    compare_values(file, "r2/welch_t", n_features, maps->t, 1e-10, counts);
    compare_values(file, "r2/welch_p", n_features, maps->t_p, 1e-10, counts);
    compare_values(file, "r2/ranksum_z", n_features, maps->z, 1e-13, counts);
    compare_values(file, "r2/ranksum_p", n_features, maps->z_p, 1e-11, counts);
    ana_class_maps_free(maps);
    free(values);
    free(labels);
    h5_doubles_free(&first);
    h5_doubles_free(&second);
}
