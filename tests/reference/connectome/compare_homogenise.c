/* The published pipeline's functions, on a real set of traces: all 16 datasets. Theirs are rounded
 * to single precision, whose numbers near 7 lie 5e-7 apart: 1e-6 of the largest values. And real
 * animals, where they are on this machine. */
#include "connectome.h"
#include "support/check.h"
#include "support/shared.h"

#include <analysis/formats/reader.h>
#include <analysis/models/homogenise_compat.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void compare_array(const h5_reference *file, const char *name, size_t n,
                          const double *values, tally *counts)
{
    h5_doubles wanted = h5_reference_doubles(file, name);
    tally_that(counts, wanted.n == n, "%s has %zu numbers, not %zu", name, n, wanted.n);
    for (size_t k = 0; k < wanted.n && wanted.n == n; k++) {
        tally_number(counts, values[k], wanted.values[k], 1e-6, 1e-6, "%s[%zu]", name, k);
    }
    h5_doubles_free(&wanted);
    counts->n_cases++;
}

static void compare_smoothing(const h5_reference *file, const h5_doubles *x, double *out,
                              tally *counts)
{
    static const struct {
        const char *name;
        ana_worm_smoothing kind;
        double width;
    } cases[] = {{"smooth_none", ANA_WORM_SMOOTH_NONE, 1.0},
                 {"smooth_exponential0.5", ANA_WORM_SMOOTH_EXPONENTIAL, 0.5},
                 {"smooth_gaussian5", ANA_WORM_SMOOTH_GAUSSIAN, 5.0},
                 {"smooth_moving15", ANA_WORM_SMOOTH_MOVING, 15.0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_ok(ana_compat_smooth(cases[i].kind, cases[i].width, x->shape[0], x->shape[1],
                                   x->values, out));
        compare_array(file, cases[i].name, x->n, out, counts);
    }
}

/* Their scaled rows from their own rows: the causal variance is a small difference of sums in
 * single precision, so that a last digit of a row is the fourth of an answer. */
static void compare_scales(const h5_reference *file, const char *dt, tally *counts)
{
    char name[64];
    snprintf(name, sizeof name, "resampled_dt%s", dt);
    h5_doubles rows = h5_reference_doubles(file, name);
    double *scaled = calloc(rows.n, sizeof *scaled);
    assert_non_null(scaled);
    check_ok(ana_compat_normalise(ANA_WORM_SCALE_STANDARD, rows.shape[0], rows.shape[1],
                                  rows.values, scaled));
    snprintf(name, sizeof name, "standard_dt%s", dt);
    compare_array(file, name, rows.n, scaled, counts);
    check_ok(ana_compat_normalise(ANA_WORM_SCALE_CAUSAL, rows.shape[0], rows.shape[1], rows.values,
                                  scaled));
    snprintf(name, sizeof name, "causal_dt%s", dt);
    compare_array(file, name, rows.n, scaled, counts);
    free(scaled);
    h5_doubles_free(&rows);
}

/* `smooth`: the moving mean of the traces, of which theirs is made. */
static void compare_rows(const h5_reference *file, const char *dt, const h5_doubles *x,
                         const double *times, const double *smooth, tally *counts)
{
    char name[64];
    ana_compat_rows rows = {0};
    check_ok(ana_compat_resample(atof(dt), x->shape[0], x->shape[1], times, smooth, &rows));
    snprintf(name, sizeof name, "resampled_dt%s", dt);
    compare_array(file, name, rows.n * x->shape[1], rows.values, counts);
    snprintf(name, sizeof name, "resampled_dt%s_time", dt);
    compare_array(file, name, rows.n, rows.times, counts);
    ana_compat_rows_release(&rows);
    compare_scales(file, dt, counts);
}

/* The labels are neurons of the list, by the same name. */
static void compare_labels(const h5_reference *file, size_t n_traces, tally *counts)
{
    h5_names labels = h5_reference_texts(file, "labels");
    tally_that(counts, labels.n == n_traces, "labels");
    for (size_t i = 0; i < labels.n; i++) {
        ana_label_rule rule = ANA_LABEL_NONE;
        const int slot = ana_worm_neuron_find(labels.names[i], &rule);
        tally_that(counts, slot >= 0 && rule == ANA_LABEL_NAMED, "label %s", labels.names[i]);
    }
    h5_names_free(&labels);
    counts->n_cases++;
}

/* The labels of the seven animals of Dag et al. 2023, and how many are neurons of the list: counted
 * by another program. */
static void compare_animals(const ana_recording *recording, tally *counts)
{
    static const size_t n_labelled[] = {99, 87, 100, 87, 107, 101, 105};
    ana_worm_source *sources = NULL;
    ana_worms *worms = NULL;
    size_t n = 0;
    check_ok(ana_worm_sources(recording, &n, &sources));
    check_ok(ana_homogenise(n, sources, NULL, &worms));
    tally_that(counts, worms->n == 7 && worms->n_excluded == 0, "%zu animals", worms->n);
    for (size_t w = 0; w < worms->n && w < 7; w++) {
        const ana_worm *worm = &worms->items[w];
        size_t n_missing = 0;
        for (size_t k = 0; k < worm->n_times * worm->n_traces; k++) {
            n_missing += isnan(worm->calcium[k]) ? 1 : 0;
        }
        tally_that(counts, worm->n_labelled == n_labelled[w], "%s: %zu labelled", worm->name,
                   worm->n_labelled);
        tally_that(counts, n_missing == 0, "%s: %zu missing", worm->name, n_missing);
        tally_that(counts, fabs(worm->source_dt_s - 0.6) < 1e-4, "%s: spacing", worm->name);
    }
    ana_worms_free(worms);
    free(sources);
    counts->n_cases++;
}

/* The compact copy and the original of one animal hold the same: single precision of F/F20. */
static void compare_original(const ana_recording *recording, const ana_recording *original,
                             tally *counts)
{
    const ana_series *wanted = original->series[0];
    const ana_series *series = ana_recording_find_series(recording, wanted->name);
    if (!tally_that(counts,
                    series != NULL && series->n_times == wanted->n_times &&
                        series->n_channels == wanted->n_channels,
                    "%s", wanted->name)) {
        return;
    }
    const size_t n = series->n_times * series->n_channels;
    double *values = calloc(2 * n, sizeof *values);
    assert_non_null(values);
    check_ok(ana_series_read(series, 0, NULL, 0, series->n_times, values));
    check_ok(ana_series_read(wanted, 0, NULL, 0, series->n_times, values + n));
    for (size_t k = 0; k < n; k++) {
        tally_number(counts, values[k], values[n + k], 0.0, 1.2e-7, "%s[%zu]", wanted->name, k);
    }
    free(values);
    counts->n_cases++;
}

static void compare_recordings(tally *counts)
{
    char compact[512];
    char raw[512];
    ana_recording *recording = NULL;
    ana_recording *original = NULL;
    if (!shared_path("data/connectome/celegans_calcium/dag2023_swf702_7worms.h5", compact,
                     sizeof compact) ||
        !shared_path("data/connectome/celegans_calcium/raw_h5/2022-08-02-38-data.h5", raw,
                     sizeof raw)) {
        return;
    }
    check_ok(ana_recording_read(compact, NULL, &recording));
    check_ok(ana_recording_read(raw, NULL, &original));
    compare_animals(recording, counts);
    compare_original(recording, original, counts);
    ana_recording_free(recording);
    ana_recording_free(original);
}

void compare_homogenise(const h5_reference *file, tally *counts)
{
    h5_doubles x = h5_reference_doubles(file, "x");
    h5_doubles times = h5_reference_doubles(file, "time");
    double *out = calloc(x.n, sizeof *out);
    assert_non_null(out);
    assert_int_equal(times.n, x.shape[0]);
    check_ok(ana_compat_gradient(x.shape[0], x.shape[1], times.values, x.values, out));
    compare_array(file, "residual", x.n, out, counts);
    compare_smoothing(file, &x, out, counts); /* the last is the moving mean */
    compare_rows(file, "0.333", &x, times.values, out, counts);
    compare_rows(file, "1.0", &x, times.values, out, counts);
    compare_labels(file, x.shape[1], counts);
    compare_recordings(counts);
    counts->n_cases += 2; /* x and time, which all others are made of */
    free(out);
    h5_doubles_free(&x);
    h5_doubles_free(&times);
}
