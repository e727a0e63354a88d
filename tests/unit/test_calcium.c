#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"

#include <analysis/calcium.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bright transients on a drift, with noise; every tenth sample missing when asked. */
static void trace_from_seed(uint64_t seed, size_t n, bool missing, double *f)
{
    ana_random random = ana_random_stream(seed, "test.calcium", 0);
    double calcium = 0.0;
    for (size_t t = 0; t < n; t++) {
        calcium *= 0.95;
        calcium += ana_random_below(&random, 60) == 0 ? 30.0 * ana_random_uniform(&random) : 0.0;
        f[t] = 100.0 + 8.0 * sin((double)t / 170.0) + calcium + 2.0 * ana_random_normal(&random);
        if (missing && ana_random_below(&random, 10) == 0) {
            f[t] = NAN;
        }
    }
}

/* Channels of one rate; segments of the given lengths. */
static ana_series *series_of(size_t n_channels, size_t n_segments, const size_t *lengths,
                             const double *values, double rate)
{
    ana_series *series = NULL;
    check_ok(ana_series_new("roi", n_channels, &series));
    series->rate = rate;
    series->type = ANA_FLOAT64;
    double start = 3.0;
    for (size_t s = 0; s < n_segments; s++) {
        check_ok(ana_series_add_segment(series, lengths[s], start));
        start += (double)lengths[s] / rate + 10.0;
    }
    check_ok(ana_source_from_memory(ANA_FLOAT64, n_channels, series->n_times, true, values,
                                    &series->source));
    for (size_t c = 0; c < n_channels; c++) {
        series->channels[c].name = calloc(32, 1);
        snprintf(series->channels[c].name, 32, "roi%zu", c);
        series->channels[c].kind = ANA_KIND_ROI;
    }
    check_ok(ana_series_check(series));
    return series;
}

static void baselines_are_those_of_scipy(void **state)
{
    (void)state;
    reference *root = reference_open("spikes.json");
    static const char *const cases[] = {"odd", "even", "short"};
    static const double percents[] = {0, 8, 50, 100};
    for (size_t i = 0; i < 3; i++) {
        char path[64];
        size_t n = 0;
        snprintf(path, sizeof path, "baseline/%s/f", cases[i]);
        const double *f = reference_doubles(root, path, &n);
        double *f0 = calloc(n, sizeof *f0);
        ana_calcium_options options = ana_calcium_options_default();
        snprintf(path, sizeof path, "baseline/%s/window", cases[i]);
        options.window_s = reference_number(root, path) / 10.0;
        snprintf(path, sizeof path, "baseline/%s/sigma", cases[i]);
        options.smooth_samples = reference_number(root, path);
        for (size_t p = 0; p < 4; p++) {
            options.percentile = percents[p];
            check_ok(ana_calcium_baseline(n, f, 10.0, &options, f0));
            snprintf(path, sizeof path, "baseline/%s/percentile_%.0f", cases[i], percents[p]);
            check_all_close(n, f0, reference_doubles(root, path, NULL), 0.0, 0.0);
        }
        options.baseline = ANA_BASELINE_MAXIMIN;
        check_ok(ana_calcium_baseline(n, f, 10.0, &options, f0));
        snprintf(path, sizeof path, "baseline/%s/maximin", cases[i]);
        check_all_close(n, f0, reference_doubles(root, path, NULL), 0.0, 1e-13);
        free(f0);
    }
    reference_close(root);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sample t of a trace that is reflected for ever. */
static double reflected(const double *f, size_t n, ptrdiff_t t)
{
    while (t < 0 || t >= (ptrdiff_t)n) {
        t = t < 0 ? -t - 1 : 2 * (ptrdiff_t)n - 1 - t;
    }
    return f[t];
}

static void percentile_leaves_missing_samples_out(void **state)
{
    (void)state;
    enum {
        N = 150,
        WINDOW = 16
    };
    for (uint64_t seed = 0; seed < 5; seed++) {
        double f[N];
        double f0[N];
        trace_from_seed(seed, N, true, f);
        for (size_t t = 60; t < 60 + WINDOW; t++) {
            f[t] = NAN; /* one window with nothing in it */
        }
        ana_calcium_options options = ana_calcium_options_default();
        options.window_s = WINDOW;
        options.percentile = 23.0;
        check_ok(ana_calcium_baseline(N, f, 1.0, &options, f0));
        for (size_t t = 0; t < N; t++) {
            double present[WINDOW];
            size_t n = 0;
            for (ptrdiff_t k = -WINDOW / 2; k < WINDOW / 2; k++) {
                double value = reflected(f, N, (ptrdiff_t)t + k);
                present[n] = value;
                n += isnan(value) ? 0 : 1;
            }
            qsort(present, n, sizeof *present, compare_doubles);
            double wanted = n > 0 ? present[(size_t)((double)n * 0.23)] : (double)NAN;
            check_close(f0[t], wanted, 0.0, 0.0);
        }
        check_close(f0[60 + WINDOW / 2], NAN, 0.0, 0.0);
    }
}

/* A constant is its own baseline, wherever samples are missing; scaling a trace scales it. */
static void baselines_follow_scale_and_constants(void **state)
{
    (void)state;
    enum {
        N = 400
    };
    static const ana_calcium_baseline_kind kinds[] = {ANA_BASELINE_PERCENTILE,
                                                      ANA_BASELINE_MAXIMIN};
    for (size_t k = 0; k < 2; k++) {
        double f[N];
        double scaled[N];
        double f0[N];
        double f0_scaled[N];
        trace_from_seed(3, N, true, f);
        ana_calcium_options options = ana_calcium_options_default();
        options.baseline = kinds[k];
        options.window_s = 4.0;
        for (size_t t = 0; t < N; t++) {
            scaled[t] = 4.0 * f[t];
        }
        check_ok(ana_calcium_baseline(N, f, 10.0, &options, f0));
        check_ok(ana_calcium_baseline(N, scaled, 10.0, &options, f0_scaled));
        for (size_t t = 0; t < N; t++) {
            check_close(f0_scaled[t], 4.0 * f0[t], 0.0, 0.0); /* a power of two */
            f[t] = isnan(f[t]) ? (double)NAN : 7.0;
        }
        check_ok(ana_calcium_baseline(N, f, 10.0, &options, f0));
        for (size_t t = 0; t < N; t++) {
            check_close(f0[t], 7.0, 0.0, 1e-15);
        }
    }
}

static void dff_is_the_share_above_baseline(void **state)
{
    (void)state;
    const double f[] = {3.0, NAN, 5.0, 2.0, 1.0};
    const double f0[] = {2.0, 2.0, 0.0, -1.0, NAN};
    double dff[5];
    assert_int_equal(ana_calcium_dff(5, f, f0, true, dff), 2);
    check_all_close(5, dff, ((const double[]){0.5, NAN, NAN, NAN, NAN}), 0.0, 0.0);
    assert_int_equal(ana_calcium_dff(5, f, f0, false, dff), 0);
    check_all_close(5, dff, ((const double[]){1.0, NAN, 5.0, 3.0, NAN}), 0.0, 0.0);
}

enum {
    N_CHANNELS = 3,
    N_TIMES = 70000
};

/* Windows of odd sizes, anywhere, have the bits of the whole segment in memory. */
static void dff_of_any_window_has_the_bits_of_memory(void **state)
{
    (void)state;
    const size_t lengths[] = {40000, 1, 29900, 99};
    double *f = calloc((size_t)N_CHANNELS * N_TIMES, sizeof *f);
    double *wanted = calloc((size_t)N_CHANNELS * N_TIMES, sizeof *wanted);
    double *out = calloc((size_t)N_CHANNELS * N_TIMES, sizeof *out);
    for (size_t c = 0; c < N_CHANNELS; c++) {
        trace_from_seed(c, N_TIMES, c == 1, f + c * N_TIMES);
    }
    ana_series *series = series_of(N_CHANNELS, 4, lengths, f, 30.0);
    for (size_t k = 0; k < 2; k++) {
        ana_calcium_options options = ana_calcium_options_default();
        options.baseline = k == 0 ? ANA_BASELINE_PERCENTILE : ANA_BASELINE_MAXIMIN;
        options.window_s = 10.0;
        ana_series *dff = NULL;
        check_ok(ana_series_dff(series, &options, &dff));
        check_ok(ana_series_check(dff));
        assert_string_equal(dff->channels[1].unit, "1");
        assert_string_equal(dff->channels[1].name, "roi1");
        for (size_t i = 0; i < (size_t)N_CHANNELS * 4; i++) {
            const ana_segment *s = &series->segments[i % 4];
            size_t at = i / 4 * N_TIMES + s->first;
            check_ok(ana_calcium_baseline(s->n_times, f + at, 30.0, &options, wanted + at));
            ana_calcium_dff(s->n_times, f + at, wanted + at, true, wanted + at);
        }
        check_ok(ana_series_read(dff, N_CHANNELS, NULL, 0, N_TIMES, out));
        assert_memory_equal(out, wanted, (size_t)N_CHANNELS * N_TIMES * sizeof *out);
        ana_series_free(dff);
        check_ok(ana_series_dff(series, &options, &dff));
        ana_random random = ana_random_stream(k, "test.windows", 0);
        for (size_t i = 0; i < 40; i++) {
            size_t first = (size_t)ana_random_below(&random, N_TIMES);
            size_t n = 1 + (size_t)ana_random_below(&random, i < 30 ? 777 : N_TIMES);
            n = n < N_TIMES - first ? n : N_TIMES - first;
            size_t channel = i % N_CHANNELS;
            check_ok(ana_series_read(dff, 1, &channel, first, n, out));
            assert_memory_equal(out, wanted + channel * N_TIMES + first, n * sizeof *out);
        }
        ana_series_free(dff);
    }
    ana_series_free(series);
    free(f);
    free(wanted);
    free(out);
}

static void robust_line_is_that_of_numpy(void **state)
{
    (void)state;
    reference *root = reference_open("spikes.json");
    size_t n = 0;
    const double *f = reference_doubles(root, "neuropil/f", &n);
    const double *g = reference_doubles(root, "neuropil/g", NULL);
    ana_neuropil_fit fit;
    check_ok(ana_calcium_fit_neuropil(n, f, g, &fit));
    assert_true(fit.converged);
    assert_int_equal(fit.n, n);
    /* Both stop within 1e-10 of a scale of about 8; slopes are of values up to 200. */
    check_close(fit.slope, reference_number(root, "neuropil/slope"), 1e-9, 0.0);
    check_close(fit.intercept, reference_number(root, "neuropil/intercept"), 1e-7, 0.0);
    check_close(fit.scale, reference_number(root, "neuropil/scale"), 1e-8, 0.0);
    reference_close(root);
}

/* A third of the samples far above the line do not move it; missing pairs have no say. */
static void robust_line_ignores_transients(void **state)
{
    (void)state;
    enum {
        N = 600
    };
    double f[N];
    double g[N];
    ana_random random = ana_random_stream(5, "test.neuropil", 0);
    for (size_t t = 0; t < N; t++) {
        g[t] = 40.0 + 10.0 * ana_random_normal(&random);
        f[t] = 12.0 + 0.8 * g[t] + 0.1 * ana_random_normal(&random);
        f[t] += t % 3 == 0 ? 50.0 * (1.0 + ana_random_uniform(&random)) : 0.0;
        f[t] = t % 50 == 0 ? (double)NAN : f[t];
    }
    ana_neuropil_fit fit;
    check_ok(ana_calcium_fit_neuropil(N, f, g, &fit));
    check_close(fit.slope, 0.8, 0.005, 0.0);
    check_close(fit.intercept, 12.0, 0.2, 0.0);
    assert_int_equal(fit.n, N - 12);
    for (size_t t = 0; t < N; t++) {
        f[t] = 2.0 + 0.5 * g[t]; /* nothing but the line */
    }
    check_ok(ana_calcium_fit_neuropil(N, f, g, &fit));
    check_close(fit.slope, 0.5, 1e-12, 0.0);
    check_fails(ana_calcium_fit_neuropil(2, f, g, &fit), ANA_ERR_NUMERIC, "2 samples");
    check_fails(ana_calcium_fit_neuropil(4, f, (const double[]){1, 1, 1, 1}, &fit), ANA_ERR_NUMERIC,
                "hardly vary");
}

static void neuropil_is_taken_off_channel_by_channel(void **state)
{
    (void)state;
    enum {
        N = 500
    };
    const size_t lengths[] = {300, 200};
    double f[2 * N];
    double g[2 * N];
    ana_random random = ana_random_stream(6, "test.neuropil", 0);
    for (size_t i = 0; i < 2 * N; i++) {
        g[i] = 50.0 + 5.0 * ana_random_normal(&random);
        f[i] = 10.0 + (i < N ? 0.6 : -0.3) * g[i] + ana_random_normal(&random);
    }
    f[7] = NAN;
    ana_series *fluorescence = series_of(2, 2, lengths, f, 30.0);
    ana_series *neuropil = series_of(2, 2, lengths, g, 30.0);
    fluorescence->channels[1].gain = 2.0;
    ana_series *corrected = NULL;
    double out[2 * N];
    check_ok(ana_series_neuropil(fluorescence, neuropil, NULL, NULL, &corrected));
    check_ok(ana_series_check(corrected));
    check_ok(ana_series_read(corrected, 2, NULL, 0, N, out));
    for (size_t i = 0; i < 2 * N; i++) {
        check_close(out[i], (i < N ? 1.0 : 2.0) * f[i] - 0.7 * g[i], 1e-13, 0.0);
    }
    const size_t channels[] = {1, 0};
    check_ok(ana_series_read(corrected, 2, channels, 250, 100, out));
    check_close(out[199], f[349] - 0.7 * g[349], 1e-13, 0.0);
    ana_series_free(corrected);

    ana_calcium_options options = ana_calcium_options_default();
    options.neuropil = ANA_NEUROPIL_ROBUST;
    double coefficients[2];
    ana_neuropil_fit fit;
    check_ok(ana_series_neuropil(fluorescence, neuropil, &options, coefficients, &corrected));
    check_ok(ana_calcium_fit_neuropil(N, f, g, &fit));
    check_close(coefficients[0], fit.slope, 0.0, 0.0);
    check_close(coefficients[1], 0.0, 0.0, 0.0); /* the fitted slope is negative */
    check_ok(ana_series_read(corrected, 2, NULL, 0, N, out));
    check_close(out[9], f[9] - fit.slope * g[9], 1e-13, 0.0);
    ana_series_free(corrected);

    options.run.max_memory = 1000;
    check_fails(ana_series_neuropil(fluorescence, neuropil, &options, NULL, &corrected),
                ANA_ERR_LIMIT, "one channel");
    options.coefficient = -1.0;
    check_fails(ana_series_neuropil(fluorescence, neuropil, &options, NULL, &corrected),
                ANA_ERR_VALUE, "--coefficient");
    neuropil->rate = 31.0;
    check_fails(ana_series_neuropil(fluorescence, neuropil, NULL, NULL, &corrected), ANA_ERR_SHAPE,
                "not sampled together");
    ana_series_free(fluorescence);
    ana_series_free(neuropil);
}

static void noise_is_that_of_scipy(void **state)
{
    (void)state;
    reference *root = reference_open("spikes.json");
    static const char *const cases[] = {"long", "one", "short", "odd"};
    static const struct {
        const char *name;
        ana_calcium_noise_kind kind;
    } kinds[] = {
        {"psd_mean", ANA_NOISE_PSD_MEAN},
        {"psd_median", ANA_NOISE_PSD_MEDIAN},
        {"psd_logmexp", ANA_NOISE_PSD_LOGMEXP},
        {"difference", ANA_NOISE_DIFFERENCE},
    };
    for (size_t i = 0; i < 4; i++) {
        char path[64];
        size_t n = 0;
        snprintf(path, sizeof path, "noise/%s/x", cases[i]);
        const double *x = reference_doubles(root, path, &n);
        for (size_t k = 0; k < 4; k++) {
            double sd = 0.0;
            check_ok(ana_calcium_noise(n, x, kinds[k].kind, &sd));
            snprintf(path, sizeof path, "noise/%s/%s", cases[i], kinds[k].name);
            check_close(sd, reference_number(root, path), 0.0, 1e-12);
        }
        double *room = calloc(n, sizeof *room);
        snprintf(path, sizeof path, "noise/%s/level", cases[i]);
        check_close(ana_calcium_noise_level(n, x, 30.0, room), reference_number(root, path), 0.0,
                    1e-13);
        free(room);
    }
    reference_close(root);
}

/* White noise of standard deviation 3 under slow transients, with and without gaps. */
static void noise_is_found_under_transients(void **state)
{
    (void)state;
    enum {
        N = 20000
    };
    static const ana_calcium_noise_kind kinds[] = {ANA_NOISE_PSD_MEAN, ANA_NOISE_PSD_MEDIAN,
                                                   ANA_NOISE_PSD_LOGMEXP, ANA_NOISE_DIFFERENCE};
    double *x = calloc(N, sizeof *x);
    ana_random random = ana_random_stream(8, "test.noise", 0);
    double slow = 0.0;
    for (size_t t = 0; t < N; t++) {
        slow = 0.999 * slow + (ana_random_below(&random, 500) == 0 ? 20.0 : 0.0);
        x[t] = slow + 3.0 * ana_random_normal(&random);
        x[t] = t % 700 == 0 ? (double)NAN : x[t];
    }
    for (size_t k = 0; k < 4; k++) {
        double sd = 0.0;
        check_ok(ana_calcium_noise(N, x, kinds[k], &sd));
        check_close(sd, 3.0, 0.1, 0.0);
    }
    /* No whole window is left: the differences are taken. */
    double by_spectrum = 0.0;
    double by_difference = 0.0;
    x[300] = NAN;
    x[100] = NAN;
    check_ok(ana_calcium_noise(500, x, ANA_NOISE_PSD_MEAN, &by_spectrum));
    check_ok(ana_calcium_noise(500, x, ANA_NOISE_DIFFERENCE, &by_difference));
    check_close(by_spectrum, by_difference, 0.0, 0.0);
    check_ok(ana_calcium_noise(3, x + 1, ANA_NOISE_PSD_MEAN, &by_spectrum));
    check_close(by_spectrum, NAN, 0.0, 0.0);
    check_close(ana_calcium_noise_level(1, x, 30.0, NULL), NAN, 0.0, 0.0);
    free(x);
}

static void events_are_those_of_numpy(void **state)
{
    (void)state;
    reference *root = reference_open("spikes.json");
    size_t n = 0;
    const double *x = reference_doubles(root, "events/x", &n);
    const double *wanted = reference_doubles(root, "events/events", NULL);
    size_t n_events = reference_axis(root, "events/events", 0);
    ana_calcium_options options = ana_calcium_options_default();
    options.min_duration_s = reference_number(root, "events/min_duration");
    ana_series *series = series_of(1, 1, &n, x, reference_number(root, "events/rate"));
    ana_intervals *events = NULL;
    check_ok(ana_calcium_events(series, &options, &events));
    check_ok(ana_intervals_check(events));
    assert_int_equal(events->n, n_events);
    for (size_t i = 0; i < n_events; i++) {
        check_close(events->start[i], 3.0 + wanted[4 * i], 1e-12, 0.0);
        check_close(events->stop[i], 3.0 + wanted[4 * i + 1], 1e-12, 0.0);
        check_close(ana_table_find(events->table, "peak")->doubles[i], wanted[4 * i + 2], 0.0, 0.0);
        check_close(ana_table_find(events->table, "peak_time")->doubles[i], 3.0 + wanted[4 * i + 3],
                    1e-12, 0.0);
        assert_string_equal(ana_table_find(events->table, "channels")->texts[i], "roi0");
    }
    ana_intervals_free(events);
    ana_series_free(series);
    reference_close(root);
}

static void events_by_hand(void **state)
{
    (void)state;
    /* Median 1, median distance 2: the threshold is 3.97, the release 1.3. */
    const double x[] = {0, -1, 1, 0, 2, 6, 6, 0, -1, 1, 5, NAN, 5, 4, 0, -1, 1, 2, 3, -1, 9};
    const size_t n = sizeof x / sizeof x[0];
    ana_series *series = series_of(1, 1, &n, x, 10.0);
    ana_calcium_options options = ana_calcium_options_default();
    options.threshold = 1.0;
    options.release = 0.1;
    options.min_duration_s = 0.2;
    ana_intervals *events = NULL;
    check_ok(ana_calcium_events(series, &options, &events));
    assert_int_equal(events->n, 2); /* not the one cut by the missing sample, nor the last sample */
    check_close(events->start[0], 3.4, 1e-14, 0.0);
    check_close(events->stop[0], 3.7, 1e-14, 0.0);
    check_close(events->start[1], 4.2, 1e-14, 0.0);
    check_close(ana_table_find(events->table, "peak")->doubles[0], 6.0, 0.0, 0.0);
    check_close(ana_table_find(events->table, "peak_time")->doubles[0], 3.5, 1e-14, 0.0);
    ana_intervals_free(events);
    options.min_duration_s = 0.0;
    check_ok(ana_calcium_events(series, &options, &events));
    assert_int_equal(events->n, 4);
    ana_intervals_free(events);
    options.run.max_memory = 100;
    check_fails(ana_calcium_events(series, &options, &events), ANA_ERR_LIMIT, "one segment");
    options.threshold = -1.0;
    check_fails(ana_calcium_events(series, &options, &events), ANA_ERR_VALUE, "--threshold");
    series->rate = 0.0;
    check_fails(ana_calcium_events(series, NULL, &events), ANA_ERR_VALUE, "no regular rate");
    check_fails(ana_series_dff(series, NULL, &series), ANA_ERR_VALUE, "rate");
    ana_series_free(series);
}

static void bad_requests_are_refused(void **state)
{
    (void)state;
    double x[2] = {1.0, 2.0};
    ana_calcium_options options = ana_calcium_options_default();
    options.percentile = 101.0;
    check_fails(ana_calcium_baseline(2, x, 1.0, &options, x), ANA_ERR_VALUE, "--percentile");
    options = ana_calcium_options_default();
    options.window_s = 1e9;
    check_fails(ana_calcium_baseline(2, x, 1e9, &options, x), ANA_ERR_VALUE, "cannot be held");
}

static ana_status compute_everything(void *user)
{
    const ana_series *const *series = user;
    ana_calcium_options options = ana_calcium_options_default();
    options.neuropil = ANA_NEUROPIL_ROBUST;
    options.window_s = 1.0;
    options.run.n_threads = 1;
    double x[64];
    double sd = 0.0;
    ana_series *corrected = NULL;
    ana_series *dff = NULL;
    ana_intervals *events = NULL;
    ana_status status = ana_series_neuropil(series[0], series[1], &options, NULL, &corrected);
    if (status == ANA_OK) {
        status = ana_series_dff(corrected, &options, &dff);
    }
    if (status == ANA_OK) {
        status = ana_calcium_events(dff, &options, &events);
    }
    if (status == ANA_OK) {
        status = ana_series_read(dff, 1, NULL, 0, 64, x);
    }
    if (status == ANA_OK) {
        status = ana_calcium_noise(64, x, ANA_NOISE_PSD_MEAN, &sd);
    }
    if (status == ANA_OK) {
        status = ana_calcium_baseline(64, x, 30.0, &options, x);
    }
    ana_intervals_free(events);
    ana_series_free(dff);
    ana_series_free(corrected);
    return status;
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    enum {
        N = 300
    };
    const size_t n = N;
    double f[N];
    double g[N];
    trace_from_seed(1, N, false, f);
    trace_from_seed(2, N, false, g);
    ana_series *series[] = {series_of(1, 1, &n, f, 30.0), series_of(1, 1, &n, g, 30.0)};
    assert_true(check_each_allocation(compute_everything, series, 0) > 50);
    ana_series_free(series[0]);
    ana_series_free(series[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(baselines_are_those_of_scipy),
        cmocka_unit_test(percentile_leaves_missing_samples_out),
        cmocka_unit_test(baselines_follow_scale_and_constants),
        cmocka_unit_test(dff_is_the_share_above_baseline),
        cmocka_unit_test(dff_of_any_window_has_the_bits_of_memory),
        cmocka_unit_test(robust_line_is_that_of_numpy),
        cmocka_unit_test(robust_line_ignores_transients),
        cmocka_unit_test(neuropil_is_taken_off_channel_by_channel),
        cmocka_unit_test(noise_is_that_of_scipy),
        cmocka_unit_test(noise_is_found_under_transients),
        cmocka_unit_test(events_are_those_of_numpy),
        cmocka_unit_test(events_by_hand),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
