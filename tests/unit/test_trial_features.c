#include "constants.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/class_maps.h>
#include <analysis/complexity.h>
#include <analysis/models/trial_features.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_TRIALS = 21, /* 9 of the first class, 12 of the second */
    N_FIRST = 9,
    N_CHANNELS = 4,
    N_TIMES = 240
};
static const double rate = 80.0;

/* Trials of noise; those of the second class have 12 Hz in channel 2, a little of it in 3. The
 * classes alternate as long as both last. */
static ana_bci_trials *make_trials(double gain)
{
    const size_t size = (size_t)N_CHANNELS * N_TIMES;
    double *values = calloc(N_TRIALS * size, sizeof *values);
    const char *labels[N_TRIALS];
    ana_random random = ana_random_stream(5, "test.trial_features", 0);
    assert_non_null(values);
    for (size_t i = 0; i < N_TRIALS; i++) {
        const bool second = i % 2 == 1 || i >= 2 * (size_t)N_FIRST;
        labels[i] = second ? "right" : "left";
        for (size_t k = 0; k < size; k++) {
            const size_t channel = k / N_TIMES;
            const double height = channel == 2 ? 1.2 : (channel == 3 ? 0.3 : 0.0);
            const double wave = sin(2.0 * ANA_PI * 12.0 * (double)(k % N_TIMES) / rate + (double)i);
            values[i * size + k] =
                gain * (ana_random_normal(&random) + (second ? height * wave : 0.0));
        }
    }
    const ana_bci_array array = {N_TRIALS, N_CHANNELS, N_TIMES, rate, values, labels};
    const ana_bci_source source = {"1", "1", "1"};
    ana_bci_trials *trials = NULL;
    check_ok(ana_bci_trials_new(&array, &source, &trials));
    free(values);
    return trials;
}

static ana_trial_features *compute(const ana_bci_trials *trials, ana_trial_feature feature)
{
    ana_trial_feature_options options = ana_trial_feature_options_default();
    options.run = run_of(1, 0);
    ana_trial_features *features = NULL;
    options.feature = feature;
    check_ok(ana_trial_features_compute(trials, &options, &features));
    return features;
}

static void powers_are_those_of_each_trial_alone(void **state)
{
    (void)state;
    ana_bci_trials *trials = make_trials(1.0);
    static const ana_spectrum_method methods[] = {ANA_SPECTRUM_WELCH, ANA_SPECTRUM_MULTITAPER,
                                                  ANA_SPECTRUM_BURG};
    for (size_t m = 0; m < 3; m++) {
        ana_trial_feature_options options = ana_trial_feature_options_default();
        options.run = run_of(1, 0);
        ana_spectrum_options spectrum = ana_spectrum_options_default();
        ana_trial_features *features = NULL;
        ana_trial_features *linear = NULL;
        options.spectrum = spectrum.method = methods[m];
        spectrum.window_s = 1.0;
        spectrum.min_hz = 4.0;
        spectrum.max_hz = 40.0;
        check_ok(ana_trial_features_compute(trials, &options, &features));
        options.linear = true;
        check_ok(ana_trial_features_compute(trials, &options, &linear));
        assert_true(features->n_trials == N_TRIALS && features->n_channels == N_CHANNELS &&
                    features->n_bins == 37 && features->frequencies[8] == 12.0);
        const size_t n = features->n_channels * features->n_bins;
        for (size_t i = 0; i < N_TRIALS; i += 7) {
            ana_matrix *one = NULL;
            check_ok(ana_spectrum(&spectrum, rate, N_CHANNELS, N_TIMES,
                                  trials->values + i * ana_bci_trial_size(trials), NULL, &one));
            for (size_t k = 0; k < n; k++) {
                check_close(linear->values[i * n + k], one->values[k], 0.0, 0.0);
                check_close(features->values[i * n + k], 10.0 * log10(one->values[k]), 0.0, 1e-15);
            }
            ana_matrix_free(one);
        }
        ana_trial_features_free(features);
        ana_trial_features_free(linear);
    }
    ana_bci_trials_free(trials);
}

static void strengths_and_complexities_are_those_of_each_trial_alone(void **state)
{
    (void)state;
    ana_bci_trials *trials = make_trials(1.0);
    ana_trial_features *strength = compute(trials, ANA_TRIAL_CONNECTIVITY);
    ana_trial_features *complexity = compute(trials, ANA_TRIAL_COMPLEXITY);
    const double *x = trials->values + 3 * ana_bci_trial_size(trials);
    ana_connectivity_options options = ana_connectivity_options_default();
    ana_matrix *pairs = NULL;
    ana_matrix *wanted = NULL;
    options.measure = ANA_CONNECTIVITY_IMAGINARY;
    options.min_hz = 4.0;
    options.max_hz = 40.0;
    check_ok(ana_connectivity(&options, rate, N_CHANNELS, N_TIMES, x, NULL, &pairs));
    check_ok(ana_node_strength(pairs, &wanted));
    check_same_bits(ana_matrix_size(wanted), strength->values + 3 * ana_matrix_size(wanted),
                    wanted->values);
    assert_true(complexity->n_bins == 1 && complexity->frequencies == NULL);
    for (size_t c = 0; c < N_CHANNELS; c++) {
        int64_t symbols[N_TIMES];
        double median = 0.0;
        size_t count = 0;
        check_ok(ana_stats_median(N_TIMES, x + c * N_TIMES, &median));
        check_ok(ana_complexity_binarise(N_TIMES, x + c * N_TIMES, median, symbols));
        check_ok(ana_complexity_lz76(N_TIMES, symbols, &count));
        check_close(complexity->values[3 * N_CHANNELS + c], (double)count * log2(N_TIMES) / N_TIMES,
                    0.0, 1e-13);
    }
    ana_matrix_free(pairs);
    ana_matrix_free(wanted);
    ana_trial_features_free(strength);
    ana_trial_features_free(complexity);
    ana_bci_trials_free(trials);
}

static void a_silent_channel_has_no_decibels_and_a_short_trial_one_window(void **state)
{
    (void)state;
    ana_bci_trials *trials = make_trials(1.0);
    ana_trial_feature_options options = ana_trial_feature_options_default();
    ana_trial_features *whole = NULL;
    ana_trial_features *features = NULL;
    memset(trials->values + N_TIMES, 0, N_TIMES * sizeof *trials->values);
    options.run = run_of(1, 0);
    options.segment_s = N_TIMES / rate;
    check_ok(ana_trial_features_compute(trials, &options, &whole));
    options.segment_s = 5.0;
    check_ok(ana_trial_features_compute(trials, &options, &features));
    check_same_bits(features->n_trials * N_CHANNELS * features->n_bins, features->values,
                    whole->values);
    assert_true(isnan(features->values[features->n_bins + 3]));
    ana_trial_features_free(features);
    ana_trial_features_free(whole);
    options.feature = ANA_TRIAL_COMPLEXITY; /* which does not look at it */
    options.overlap = 2.0;
    check_fails(ana_trial_features_compute(trials, &options, &features), ANA_ERR_VALUE,
                "trial features: --overlap 2");
    ana_bci_trials_free(trials);
}

static ana_folds *make_folds(const ana_bci_trials *trials)
{
    ana_folds_options options = ana_folds_options_default();
    ana_folds *folds = NULL;
    options.shuffle = false;
    options.n_folds = 3;
    check_ok(ana_folds_stratified(trials->n_trials, trials->labels, &options, &folds));
    return folds;
}

static void the_planted_rhythm_is_picked_in_every_fold(void **state)
{
    (void)state;
    ana_bci_trials *trials = make_trials(1.0);
    ana_bci_trials *volts = make_trials(1e-6);
    ana_trial_features *features = compute(trials, ANA_TRIAL_POWER);
    ana_trial_features *small = compute(volts, ANA_TRIAL_POWER);
    ana_folds *folds = make_folds(trials);
    ana_feature_selection *selection = NULL;
    ana_feature_selection *same = NULL;
    check_ok(ana_feature_selection_score(features, trials->labels, 0, 1, 3, folds, &selection));
    check_ok(ana_feature_selection_score(small, trials->labels, 0, 1, 3, folds, &same));
    assert_true(selection->n_features == 4 * 37 && selection->n_trials == N_TRIALS);
    for (size_t k = 0; k < 3; k++) {
        assert_int_equal(selection->picked[3 * k], 2 * 37 + 8);
    }
    assert_int_equal(selection->times_picked[2 * 37 + 8], 3);
    assert_true(selection->n_right == N_TRIALS && selection->accuracy == 1.0);
    assert_true(selection->balanced == 1.0 && selection->auc == 1.0);
    check_all_close(N_TRIALS, same->score, selection->score, 1e-9, 1e-9); /* of decibels */
    ana_feature_selection_free(selection);
    ana_feature_selection_free(same);
    ana_folds_free(folds);
    ana_trial_features_free(features);
    ana_trial_features_free(small);
    ana_bci_trials_free(trials);
    ana_bci_trials_free(volts);
}

/* Features of noise alone: n_trials x p normal numbers. */
static ana_trial_features *noise_features(uint64_t item, size_t n_trials, size_t p)
{
    ana_trial_features *features = calloc(1, sizeof *features);
    ana_random random = ana_random_stream(5, "test.trial_features.noise", item);
    assert_non_null(features);
    features->n_trials = n_trials;
    features->n_channels = p;
    features->n_bins = 1;
    features->values = calloc(n_trials * p, sizeof *features->values);
    assert_non_null(features->values);
    for (size_t i = 0; i < n_trials * p; i++) {
        features->values[i] = ana_random_normal(&random);
    }
    return features;
}

/* The best five of all trials, whose columns alone are given to the folds: what is not offered. */
static ana_trial_features *peek(const ana_trial_features *of, const size_t *labels)
{
    ana_trial_features *kept = noise_features(0, of->n_trials, 5);
    int64_t named[64];
    ana_class_maps *maps = NULL;
    for (size_t i = 0; i < of->n_trials; i++) {
        named[i] = (int64_t)labels[i];
    }
    check_ok(ana_class_maps_compute(of->n_trials, of->n_channels, of->values, named, 0, 1, &maps));
    for (size_t k = 0; k < 5; k++) {
        size_t best = 0;
        for (size_t f = 0; f < of->n_channels; f++) {
            best = maps->r2[f] > maps->r2[best] ? f : best;
        }
        maps->r2[best] = -1.0;
        for (size_t i = 0; i < of->n_trials; i++) {
            kept->values[i * 5 + k] = of->values[i * of->n_channels + best];
        }
    }
    ana_class_maps_free(maps);
    return kept;
}

static void noise_scores_chance_unless_features_are_picked_on_all_trials(void **state)
{
    (void)state;
    enum {
        REPEATS = 30,
        N = 40,
        P = 500
    };
    size_t labels[N];
    double inside = 0.0;
    double outside = 0.0;
    ana_folds *folds = NULL;
    ana_folds_options options = ana_folds_options_default();
    for (size_t i = 0; i < N; i++) {
        labels[i] = i % 2;
    }
    check_ok(ana_folds_stratified(N, labels, &options, &folds));
    for (uint64_t r = 0; r < REPEATS; r++) {
        ana_trial_features *features = noise_features(1 + r, N, P);
        ana_trial_features *kept = peek(features, labels);
        ana_feature_selection *selection = NULL;
        check_ok(ana_feature_selection_score(features, labels, 0, 1, 5, folds, &selection));
        inside += selection->auc / REPEATS;
        ana_feature_selection_free(selection);
        check_ok(ana_feature_selection_score(kept, labels, 0, 1, 5, folds, &selection));
        outside += selection->auc / REPEATS;
        ana_feature_selection_free(selection);
        ana_trial_features_free(features);
        ana_trial_features_free(kept);
    }
    check_close(inside, 0.5, 0.06, 0.0); /* standard error .1 / sqrt(30) = .02 */
    assert_true(outside > 0.85);
    ana_folds_free(folds);
}

/* The first class has 4 trials, the second 6: a map of the first 4 of each is another. */
static void trials_beyond_the_smaller_class_count_in_the_maps(void **state)
{
    (void)state;
    static const size_t kept[] = {0, 1, 2, 3, 4, 5, 6, 7};
    ana_trial_features *features = noise_features(99, 10, 1);
    int64_t labels[10] = {0, 1, 0, 1, 0, 1, 0, 1, 1, 1};
    ana_class_maps *all = NULL;
    ana_class_maps *paired = NULL;
    check_ok(ana_class_maps_compute(10, 1, features->values, labels, 0, 1, &all));
    check_ok(ana_class_maps_compute(sizeof kept / sizeof kept[0], 1, features->values, labels, 0, 1,
                                    &paired));
    assert_true(all->n_second == 6 && paired->n_second == 4);
    double s1 = 0.0;
    double s2 = 0.0;
    double squares = 0.0;
    for (size_t i = 0; i < 10; i++) {
        const double x = features->values[i];
        s1 += labels[i] == 0 ? x : 0.0;
        s2 += labels[i] == 1 ? x : 0.0;
        squares += x * x;
    }
    const double g = (s1 + s2) * (s1 + s2) / 10.0; /* as HappyFeat writes it, with n1 and n2 */
    check_close(all->r2[0], (s1 * s1 / 4.0 + s2 * s2 / 6.0 - g) / (squares - g), 0.0, 1e-12);
    assert_true(fabs(all->r2[0] - paired->r2[0]) > 1e-6);
    ana_class_maps_free(all);
    ana_class_maps_free(paired);
    ana_trial_features_free(features);
}

static void a_channel_without_samples_is_not_picked(void **state)
{
    (void)state;
    ana_bci_trials *trials = make_trials(1.0);
    for (size_t t = 0; t < N_TIMES; t++) { /* in one trial alone */
        trials->values[4 * ana_bci_trial_size(trials) + 2 * (size_t)N_TIMES + t] = NAN;
    }
    for (int feature = 0; feature < 3; feature++) {
        ana_trial_features *features = compute(trials, (ana_trial_feature)feature);
        ana_folds *folds = make_folds(trials);
        ana_feature_selection *selection = NULL;
        ana_record *record = NULL;
        check_ok(ana_feature_selection_score(features, trials->labels, 0, 1, 2, folds, &selection));
        for (size_t k = 0; k < 6; k++) {
            assert_true(selection->picked[k] / features->n_bins != 2);
        }
        check_ok(ana_trial_features_to_record(features, trials, 0, 1, selection, &record));
        check_ok(ana_record_check(record));
        ana_record_free(record);
        ana_feature_selection_free(selection);
        ana_folds_free(folds);
        ana_trial_features_free(features);
    }
    ana_bci_trials_free(trials);
}

static void a_record_has_maps_topography_and_what_was_picked(void **state)
{
    (void)state;
    static const char *const names[] = {"C3", "C4", "Fz", "Pz"};
    static const char *const parts[] = {"signed_r2", "rank_sum", "welch_t",         "topography",
                                        "best",      "picked",   "selection/score", "features"};
    ana_bci_trials *trials = make_trials(1.0);
    for (size_t c = 0; c < N_CHANNELS; c++) {
        free(trials->channel_names[c]);
        trials->channel_names[c] = strdup(names[c]);
    }
    ana_trial_features *features = compute(trials, ANA_TRIAL_POWER);
    ana_folds *folds = make_folds(trials);
    ana_feature_selection *selection = NULL;
    ana_record *record = NULL;
    check_ok(ana_feature_selection_score(features, trials->labels, 0, 1, 3, folds, &selection));
    check_ok(ana_trial_features_to_record(features, trials, 0, 1, selection, &record));
    check_ok(ana_record_check(record));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        assert_non_null(ana_record_find(record, parts[i]));
    }
    const ana_record *map = ana_record_find(record, "signed_r2/values");
    assert_true(map->doubles[2 * 37 + 8] < -0.5); /* less in the first class */
    assert_true(ana_record_find(record, "rank_sum/values")->doubles[2 * 37 + 8] < -3.0);
    assert_string_equal(ana_record_find(record, "largest_r2_at_channel")->text, "Fz");
    assert_string_equal(ana_record_find(record, "largest_r2_at")->text, "12 Hz");
    ana_record_free(record);
    ALLOCATION_TEST(ana_trial_features_to_record, (features, trials, 0, 1, selection, &record),
                    ana_record_free(record));
    ana_feature_selection_free(selection);
    ALLOCATION_TEST(ana_feature_selection_score,
                    (features, trials->labels, 0, 1, 3, folds, &selection),
                    ana_feature_selection_free(selection));
    ana_folds_free(folds);
    ana_trial_features_free(features);
    ana_bci_trials_free(trials);
}

static void wrong_use_is_named(void **state)
{
    (void)state;
    ana_bci_trials *trials = make_trials(1.0);
    ana_trial_features *features = compute(trials, ANA_TRIAL_COMPLEXITY);
    ana_trial_features *other = NULL;
    ana_folds *folds = make_folds(trials);
    ana_feature_selection *selection = NULL;
    ana_trial_feature_options options = ana_trial_feature_options_default();
    options.run = run_of(1, 0);
    check_fails(ana_feature_selection_score(features, trials->labels, 0, 1, 5, folds, &selection),
                ANA_ERR_VALUE, "the best 5 of 4 features");
    check_fails(ana_feature_selection_score(features, trials->labels, 0, 1, 0, folds, &selection),
                ANA_ERR_VALUE, "1 to that many");
    folds->n_items--;
    check_fails(ana_feature_selection_score(features, trials->labels, 0, 1, 1, folds, &selection),
                ANA_ERR_VALUE, "folds of 20 trials for 21");
    folds->n_items++;
    check_fails(ana_feature_selection_score(features, trials->labels, 0, 7, 1, folds, &selection),
                ANA_ERR_VALUE, "fold 0 trains on 6 and 0 trials");
    options.min_hz = 39.5;
    options.max_hz = 39.9;
    check_fails(ana_trial_features_compute(trials, &options, &other), ANA_ERR_VALUE,
                "no frequency");
    options.overlap = 2.0;
    check_fails(ana_trial_features_compute(trials, &options, &other), ANA_ERR_VALUE, "overlap");
    options = ana_trial_feature_options_default();
    options.feature = ANA_TRIAL_CONNECTIVITY;
    options.segment_s = 4.0;
    check_fails(ana_trial_features_compute(trials, &options, &other), ANA_ERR_VALUE,
                "windows of 320 samples in a signal of 240");
    trials->n_bands = 2;
    check_fails(ana_trial_features_compute(trials, NULL, &other), ANA_ERR_VALUE,
                "a bank of 2 bands");
    trials->n_bands = 1;
    ana_folds_free(folds);
    ana_trial_features_free(features);
    for (int feature = 0; feature < 3; feature++) {
        options = ana_trial_feature_options_default();
        options.feature = (ana_trial_feature)feature;
        trials->n_trials = 2;
        ALLOCATION_TEST(ana_trial_features_compute, (trials, &options, &features),
                        ana_trial_features_free(features));
        trials->n_trials = N_TRIALS;
    }
    ana_bci_trials_free(trials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers_are_those_of_each_trial_alone),
        cmocka_unit_test(strengths_and_complexities_are_those_of_each_trial_alone),
        cmocka_unit_test(a_silent_channel_has_no_decibels_and_a_short_trial_one_window),
        cmocka_unit_test(the_planted_rhythm_is_picked_in_every_fold),
        cmocka_unit_test(noise_scores_chance_unless_features_are_picked_on_all_trials),
        cmocka_unit_test(trials_beyond_the_smaller_class_count_in_the_maps),
        cmocka_unit_test(a_channel_without_samples_is_not_picked),
        cmocka_unit_test(a_record_has_maps_topography_and_what_was_picked),
        cmocka_unit_test(wrong_use_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
