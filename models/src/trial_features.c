/* Features of each trial by itself. */
#include "memory.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/complexity.h>
#include <analysis/models/trial_features.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char *const feature_names[] = {"power", "connectivity", "complexity", NULL};
static const char *const spectrum_names[] = {"welch", "multitaper", "burg", NULL};

const ana_option ana_trial_feature_option_table[] = {
    {"feature", ANA_OPTION_CHOICE, offsetof(ana_trial_feature_options, feature), 0, 0,
     feature_names, "FEATURE",
     "power: at each frequency; connectivity: node strength at each; complexity: Lempel and Ziv's",
     false},
    {"spectrum", ANA_OPTION_CHOICE, offsetof(ana_trial_feature_options, spectrum), 0, 0,
     spectrum_names, "METHOD", "of powers: welch, multitaper or burg (autoregressive)", false},
    {"measure", ANA_OPTION_CHOICE, offsetof(ana_trial_feature_options, measure), 0, 0,
     ana_connectivity_names, "MEASURE", "of connectivity, as ana connectivity", false},
    {"segment", ANA_OPTION_DOUBLE, offsetof(ana_trial_feature_options, segment_s), 0.001, 1e6, NULL,
     "SECONDS", "length of the windows within a trial", false},
    {"overlap", ANA_OPTION_DOUBLE, offsetof(ana_trial_feature_options, overlap), 0, 0.99, NULL,
     "PART", "part of a window that the next one shares", false},
    {"order-seconds", ANA_OPTION_DOUBLE, offsetof(ana_trial_feature_options, order_s), 0, INFINITY,
     NULL, "SECONDS", "order of the model of burg, to the nearest sample", false},
    {"linear", ANA_OPTION_BOOL, offsetof(ana_trial_feature_options, linear), 0, 0, NULL, NULL,
     "powers as they are, not in decibels", false},
    {"min-frequency", ANA_OPTION_DOUBLE, offsetof(ana_trial_feature_options, min_hz), 0, INFINITY,
     NULL, "HZ", "lowest frequency", false},
    {"max-frequency", ANA_OPTION_DOUBLE, offsetof(ana_trial_feature_options, max_hz), 0, INFINITY,
     NULL, "HZ", "highest frequency; 0: half the rate", false},
    ANA_OPTION_END,
};

ana_trial_feature_options ana_trial_feature_options_default(void)
{
    return (ana_trial_feature_options){.run = ana_run_default(),
                                       .measure = ANA_CONNECTIVITY_IMAGINARY,
                                       .segment_s = 1.0,
                                       .overlap = 0.5,
                                       .order_s = 0.038,
                                       .min_hz = 4.0,
                                       .max_hz = 40.0};
}

static ana_status power_of(const ana_bci_trials *trials, const ana_trial_feature_options *options,
                           const double *x, ana_matrix **out)
{
    ana_spectrum_options spectrum = ana_spectrum_options_default();
    const double length = (double)trials->n_times / trials->rate;
    spectrum.run = options->run;
    spectrum.method = options->spectrum;
    spectrum.window_s = fmin(options->segment_s, length);
    spectrum.overlap = options->overlap;
    spectrum.order_s = options->order_s;
    spectrum.min_hz = options->min_hz;
    spectrum.max_hz = options->max_hz;
    const ana_status status =
        ana_spectrum(&spectrum, trials->rate, trials->n_channels, trials->n_times, x, NULL, out);
    for (size_t i = 0; status == ANA_OK && !options->linear && i < ana_matrix_size(*out); i++) {
        double *value = &(*out)->values[i];
        *value = *value > 0.0 ? 10.0 * log10(*value) : (double)NAN;
    }
    return status;
}

static ana_status strength_of(const ana_bci_trials *trials,
                              const ana_trial_feature_options *options, const double *x,
                              ana_matrix **out)
{
    ana_connectivity_options connectivity = ana_connectivity_options_default();
    ana_matrix *pairs = NULL;
    connectivity.run = options->run;
    connectivity.measure = options->measure;
    connectivity.window_s = options->segment_s;
    connectivity.overlap = options->overlap;
    connectivity.min_hz = options->min_hz;
    connectivity.max_hz = options->max_hz;
    ana_status status = ana_connectivity(&connectivity, trials->rate, trials->n_channels,
                                         trials->n_times, x, NULL, &pairs);
    if (status == ANA_OK) {
        status = ana_node_strength(pairs, out);
    }
    ana_matrix_free(pairs);
    return status;
}

/* One number a channel; NaN for a channel with a missing sample. */
static ana_status complexity_of(const ana_bci_trials *trials, const double *x, ana_matrix **out)
{
    static const char *const names[] = {"channel", "frequency"};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_matrix *matrix = NULL;
    const size_t n = trials->n_times;
    const size_t lengths[] = {trials->n_channels, 1};
    int64_t *symbols = ana_workspace_bytes(&workspace, n, 1, sizeof *symbols);
    ANA_TRY(ana_workspace_check(&workspace, "trial features"));
    ANA_TRY(ana_matrix_new(2, names, lengths, &matrix));
    for (size_t c = 0; c < trials->n_channels; c++) {
        const double *channel = x + c * n;
        double median = 0.0;
        size_t count = 0;
        bool is_whole = n > 0;
        for (size_t t = 0; t < n; t++) {
            is_whole = is_whole && isfinite(channel[t]);
        }
        matrix->values[c] = (double)NAN;
        if (is_whole) {
            ANA_TRY(ana_stats_median(n, channel, &median));
            ANA_TRY(ana_complexity_binarise(n, channel, median, symbols));
            ANA_TRY(ana_complexity_lz76(n, symbols, &count));
            matrix->values[c] = ana_complexity_normalise(count, n, 2);
        }
    }
    *out = matrix;
    matrix = NULL;
done:
    ana_matrix_free(matrix);
    ana_workspace_release(&workspace);
    return status;
}

/* channel x frequency of one trial. */
static ana_status features_of(const ana_bci_trials *trials,
                              const ana_trial_feature_options *options, size_t trial,
                              ana_matrix **out)
{
    const double *x = trials->values + trial * ana_bci_trial_size(trials);
    switch (options->feature) {
    case ANA_TRIAL_CONNECTIVITY:
        return strength_of(trials, options, x, out);
    case ANA_TRIAL_COMPLEXITY:
        return complexity_of(trials, x, out);
    case ANA_TRIAL_POWER:
        break;
    }
    return power_of(trials, options, x, out);
}

/* Room by the first trial's features. */
static ana_status make_room(ana_trial_features *features, const ana_matrix *first)
{
    ana_status status = ANA_OK;
    const double *frequencies = first->axes[1].coordinates;
    features->n_channels = first->axes[0].n;
    features->n_bins = first->axes[1].n;
    ANA_TRY(ana_allocate(features->n_trials, ana_matrix_size(first) * sizeof(double),
                         "trial features", &features->values));
    if (frequencies != NULL) {
        ANA_TRY(ana_allocate(features->n_bins, sizeof(double), "trial features",
                             &features->frequencies));
        memcpy(features->frequencies, frequencies, features->n_bins * sizeof(double));
    }
done:
    return status;
}

static ana_status add_trial(const ana_bci_trials *trials, size_t trial,
                            ana_trial_features *features)
{
    ana_status status = ANA_OK;
    ana_matrix *one = NULL;
    ANA_TRY(features_of(trials, &features->options, trial, &one));
    if (trial == 0) {
        ANA_TRY(make_room(features, one));
    }
    memcpy(features->values + trial * ana_matrix_size(one), one->values,
           ana_matrix_size(one) * sizeof(double));
    ANA_TRY(ana_run_progress(&features->options.run, "trials", trial + 1, trials->n_trials));
done:
    ana_matrix_free(one);
    return status;
}

ana_status ana_trial_features_compute(const ana_bci_trials *trials,
                                      const ana_trial_feature_options *options,
                                      ana_trial_features **out)
{
    ana_status status = ANA_OK;
    ana_trial_features *features = NULL;
    const ana_trial_feature_options chosen =
        options != NULL ? *options : ana_trial_feature_options_default();
    ANA_TRY(ana_options_check(ana_trial_feature_option_table, &chosen, "trial features"));
    if (trials->n_bands != 1) {
        return ana_fail(ANA_ERR_VALUE,
                        "trial features: trials of a bank of %zu bands; they have frequencies of "
                        "their own and take signals as they are",
                        trials->n_bands);
    }
    ANA_TRY(ana_allocate(1, sizeof *features, "trial features", &features));
    features->options = chosen;
    features->n_trials = trials->n_trials;
    for (size_t i = 0; i < trials->n_trials; i++) {
        ANA_TRY(add_trial(trials, i, features));
    }
    *out = features;
    features = NULL;
done:
    ana_trial_features_free(features);
    return status;
}

void ana_trial_features_free(ana_trial_features *features)
{
    if (features != NULL) {
        free(features->values);
        free(features->frequencies);
        free(features);
    }
}
