#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"
#include "support/signals.h"

#include <analysis/preprocess.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_TIMES = 700,
    N_CHANNELS = 4,
    LONG_TIMES = 12000 + 1 + 5000
};
static const double rate = 160.0;
static const size_t long_segments[] = {12000, 1, 5000};

static ana_series *long_series(double **x)
{
    *x = calloc((size_t)N_CHANNELS * LONG_TIMES, sizeof **x);
    assert_non_null(*x);
    for (size_t c = 0; c < N_CHANNELS; c++) {
        fill_noise(c, LONG_TIMES, *x + c * LONG_TIMES);
    }
    return series_of(rate, N_CHANNELS, 3, long_segments, *x);
}

static void trends_agree_with_scipy(void **state)
{
    reference *root = *state;
    const double *x = reference_doubles(root, "x", NULL);
    static const char *const names[] = {"detrend/constant", "detrend/linear"};
    for (size_t i = 0; i < 2; i++) {
        double y[2 * 97];
        memcpy(y, x, 97 * sizeof *y);
        memcpy(y + 97, x + N_TIMES, 97 * sizeof *y);
        ana_detrend(i == 0 ? ANA_TREND_CONSTANT : ANA_TREND_LINEAR, 2, 97, y);
        check_all_close((size_t)2 * 97, y, reference_doubles(root, names[i], NULL), 1e-13, 0.0);
    }
}

static void a_line_is_taken_away_whole_whatever_is_missing(void **state)
{
    (void)state;
    double x[400];
    for (size_t t = 0; t < 400; t++) {
        x[t] = t % 7 == 3 || t < 50 ? (double)NAN : 1e9 - 12.25 * (double)t;
    }
    ana_detrend(ANA_TREND_LINEAR, 1, 400, x);
    for (size_t t = 0; t < 400; t++) {
        assert_int_equal(isnan(x[t]), t % 7 == 3 || t < 50);
        assert_true(isnan(x[t]) || fabs(x[t]) < 1e-5); /* 1e9 has 7 digits after the point */
    }
}

static void nothing_is_taken_from_nothing(void **state)
{
    (void)state;
    double one = 4.5;
    double missing[2] = {NAN, NAN};
    ana_detrend(ANA_TREND_NONE, 1, 1, &one);
    assert_true(one == 4.5);
    ana_detrend(ANA_TREND_LINEAR, 1, 1, &one);
    assert_true(one == 0.0);
    ana_detrend(ANA_TREND_LINEAR, 1, 2, missing);
    assert_true(isnan(missing[0]) && isnan(missing[1]));
}

static void detrended_series_have_the_bits_of_memory(void **state)
{
    (void)state;
    double *x = NULL;
    ana_series *series = long_series(&x);
    series->channels[3].kind = ANA_KIND_TRIGGER;
    x[77] = NAN; /* the series holds a copy: made anew below */
    ana_series_free(series);
    series = series_of(rate, N_CHANNELS, 3, long_segments, x);
    series->channels[3].kind = ANA_KIND_TRIGGER;
    for (int trend = ANA_TREND_CONSTANT; trend <= ANA_TREND_LINEAR; trend++) {
        ana_series *out = NULL;
        check_ok(ana_series_detrend(series, (ana_trend)trend, NULL, &out));
        double *y = read_whole(out);
        for (size_t s = 0; s < 3; s++) {
            const ana_segment *segment = &series->segments[s];
            double *part = calloc(segment->n_times, sizeof *part);
            for (size_t c = 0; c < N_CHANNELS; c++) {
                const size_t at = c * LONG_TIMES + segment->first;
                memcpy(part, x + at, segment->n_times * sizeof *part);
                ana_detrend(c == 3 ? ANA_TREND_NONE : (ana_trend)trend, 1, segment->n_times, part);
                check_same_bits(segment->n_times, y + at, part);
            }
            free(part);
        }
        check_any_window(out, y);
        free(y);
        ana_series_free(out);
    }
    ana_series_free(series);
    free(x);
}

static void a_reference_in_memory_is_the_mean_of_the_listed(void **state)
{
    (void)state;
    static const double x[3][2] = {{1.0, 5.0}, {2.5, -4.0}, {-3.0, 11.0}};
    static const size_t both[] = {0, 2};
    double y[3][2];
    memcpy(y, x, sizeof y);
    check_ok(ana_rereference(3, 2, y[0], 2, both));
    for (size_t c = 0; c < 3; c++) {
        for (size_t t = 0; t < 2; t++) {
            check_close(y[c][t], x[c][t] - 0.5 * (x[0][t] + x[2][t]), 1e-15, 0.0);
        }
    }
    static const size_t wrong[] = {3};
    check_fails(ana_rereference(3, 2, y[0], 1, wrong), ANA_ERR_VALUE, "channel 3 of 3");
    check_fails(ana_rereference(3, 2, y[0], 0, wrong), ANA_ERR_VALUE, "no channel");
}

static void an_average_reference_leaves_a_mean_of_zero(void **state)
{
    (void)state;
    double *x = NULL;
    ana_series *series = long_series(&x);
    ana_preprocess_options options = ana_preprocess_options_default();
    ana_series *out = NULL;
    series->channels[1].bad = true;
    series->channels[3].kind = ANA_KIND_EOG;
    options.reference = "average";
    check_ok(ana_series_preprocess(series, &options, &out));
    check_ok(ana_series_check(out));
    double *y = read_whole(out);
    for (size_t t = 0; t < LONG_TIMES; t++) {
        const double mean = 0.5 * (x[t] + x[2 * LONG_TIMES + t]);
        check_close(y[t] + y[2 * LONG_TIMES + t], 0.0, 1e-12, 0.0);
        check_close(y[LONG_TIMES + t], x[LONG_TIMES + t] - mean, 1e-13, 0.0); /* bad ones too */
        assert_true(y[3 * LONG_TIMES + t] == x[3 * LONG_TIMES + t]);
    }
    assert_string_equal(out->channels[0].reference, "c0,c2");
    assert_null(out->channels[3].reference);
    check_any_window(out, y);
    free(y);
    ana_series_free(out);
    ana_series_free(series);
    free(x);
}

static void pairs_are_differences_with_both_names(void **state)
{
    (void)state;
    double *x = NULL;
    ana_series *series = long_series(&x);
    ana_preprocess_options options = ana_preprocess_options_default();
    ana_series *out = NULL;
    free(series->channels[1].name);
    series->channels[1].name = strdup("c1-ref"); /* a name with the sign in it */
    series->channels[1].bad = true;
    options.bipolar = "c3-c0,c1-ref-c2";
    check_ok(ana_series_preprocess(series, &options, &out));
    assert_int_equal(out->n_channels, 2);
    assert_string_equal(out->channels[0].name, "c3-c0");
    assert_string_equal(out->channels[1].name, "c1-ref-c2");
    assert_true(!out->channels[0].bad && out->channels[1].bad);
    double *y = read_whole(out);
    for (size_t t = 0; t < LONG_TIMES; t++) {
        assert_true(y[t] == x[3 * LONG_TIMES + t] - x[t]);
        assert_true(y[LONG_TIMES + t] == x[LONG_TIMES + t] - x[2 * LONG_TIMES + t]);
    }
    check_any_window(out, y);
    free(y);
    ana_series_free(out);
    ana_series_free(series);
    free(x);
}

static void without_options_the_series_stays_as_it_is(void **state)
{
    (void)state;
    double *x = NULL;
    ana_series *series = long_series(&x);
    ana_series *out = NULL;
    check_ok(ana_series_preprocess(series, NULL, &out));
    ana_series_free(series);
    double *y = read_whole(out);
    check_same_bits((size_t)N_CHANNELS * LONG_TIMES, y, x);
    free(y);
    ana_series_free(out);
    free(x);
}

static void all_steps_together_are_one_after_the_other(void **state)
{
    (void)state;
    double *x = NULL;
    ana_series *series = long_series(&x);
    ana_preprocess_options options = ana_preprocess_options_default();
    ana_series *out = NULL;
    options.detrend = ANA_TREND_LINEAR;
    options.reference = "c2";
    options.bipolar = "c0-c1";
    check_ok(ana_series_preprocess(series, &options, &out));
    double *y = read_whole(out);
    for (size_t c = 0; c < 2; c++) {
        ana_detrend(ANA_TREND_LINEAR, 1, 12000, x + c * LONG_TIMES);
    }
    for (size_t t = 0; t < 12000; t++) {
        check_close(y[t], x[t] - x[LONG_TIMES + t], 1e-13, 0.0);
    }
    free(y);
    ana_series_free(out);
    ana_series_free(series);
    free(x);
}

static void what_cannot_be_subtracted_is_refused(void **state)
{
    (void)state;
    double *x = NULL;
    ana_series *series = long_series(&x);
    ana_preprocess_options options = ana_preprocess_options_default();
    ana_series *out = NULL;
    static const size_t wrong[] = {1, 4};
    check_fails(ana_series_rereference(series, 0, wrong, &out), ANA_ERR_VALUE, "no channel");
    check_fails(ana_series_rereference(series, 2, wrong, &out), ANA_ERR_VALUE, "channel 4 of 4");
    check_fails(ana_series_bipolar(series, 0, wrong, &out), ANA_ERR_VALUE, "no pair");
    check_fails(ana_series_bipolar(series, 1, wrong, &out), ANA_ERR_VALUE, "channel 4 of 4");
    options.reference = "c1,nose";
    check_fails(ana_series_preprocess(series, &options, &out), ANA_ERR_VALUE,
                "no \"nose\" in series \"test\", which has c0, c1, c2, c3");
    options.reference = "";
    check_fails(ana_series_preprocess(series, &options, &out), ANA_ERR_VALUE, "no channel");
    options.reference = NULL;
    options.bipolar = "c0-c9";
    check_fails(ana_series_preprocess(series, &options, &out), ANA_ERR_VALUE, "no \"c0-c9\"");
    free(series->channels[1].unit);
    series->channels[1].unit = strdup("mV");
    options.bipolar = "c0-c1";
    check_fails(ana_series_preprocess(series, &options, &out), ANA_ERR_VALUE, "\"mV\"");
    options.bipolar = NULL;
    options.reference = "c0,c1";
    check_fails(ana_series_preprocess(series, &options, &out), ANA_ERR_VALUE, "\"mV\"");
    options.reference = "c0";
    check_fails(ana_series_preprocess(series, &options, &out), ANA_ERR_VALUE, "\"mV\"");
    series->rate = 0.0;
    check_fails(ana_series_detrend(series, ANA_TREND_LINEAR, NULL, &out), ANA_ERR_VALUE,
                "no regular rate");
    ana_series_free(series);
    free(x);
}

static ana_status preprocess_and_read(void *user)
{
    const ana_series *series = user;
    ana_preprocess_options options = ana_preprocess_options_default();
    double y[300];
    ana_series *out = NULL;
    options.detrend = ANA_TREND_LINEAR;
    options.reference = "average";
    options.bipolar = "c0-c1";
    ana_status status = ana_series_preprocess(series, &options, &out);
    if (status == ANA_OK) {
        status = ana_series_read(out, 0, NULL, 0, 300, y);
    }
    ana_series_free(out);
    return status;
}

static void a_failed_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    const size_t n = 300;
    double x[600];
    fill_noise(4, 600, x);
    ana_series *series = series_of(rate, 2, 1, &n, x);
    assert_true(check_each_allocation(preprocess_and_read, series, 0) > 40);
    ana_series_free(series);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trends_agree_with_scipy),
        cmocka_unit_test(a_line_is_taken_away_whole_whatever_is_missing),
        cmocka_unit_test(nothing_is_taken_from_nothing),
        cmocka_unit_test(detrended_series_have_the_bits_of_memory),
        cmocka_unit_test(a_reference_in_memory_is_the_mean_of_the_listed),
        cmocka_unit_test(an_average_reference_leaves_a_mean_of_zero),
        cmocka_unit_test(pairs_are_differences_with_both_names),
        cmocka_unit_test(without_options_the_series_stays_as_it_is),
        cmocka_unit_test(all_steps_together_are_one_after_the_other),
        cmocka_unit_test(what_cannot_be_subtracted_is_refused),
        cmocka_unit_test(a_failed_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, open_signal_reference, close_reference);
}
