/* What tells two classes of trials apart, as a record with its figures. */
#include "memory.h"
#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <analysis/class_maps.h>
#include <analysis/classification_scores.h>
#include <analysis/models/trial_features.h>
#include <analysis/montage.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MIN_PLACES = 4 /* of a topography */
};

/* What is drawn. */
typedef struct drawing {
    const ana_trial_features *of;
    const ana_bci_trials *trials;
    const ana_feature_selection *selection;
    size_t classes[2];
    const char *what; /* "power (dB)" */
    char versus[128]; /* "left against right" */
    ana_class_maps *maps;
    double *signed_r2; /* of the first class less the second */
    size_t best;       /* feature of the largest r2 */
    ana_record *record;
} drawing;

static const char *name_of(ana_trial_feature feature, const ana_trial_feature_options *options)
{
    if (feature == ANA_TRIAL_COMPLEXITY) {
        return "complexity";
    }
    if (feature == ANA_TRIAL_CONNECTIVITY) {
        return "node strength";
    }
    return options->linear ? "power" : "power (dB)";
}

/* "10 Hz", or nothing where there are no frequencies. */
static void write_frequency(const drawing *d, size_t bin, char *text, size_t size)
{
    if (d->of->frequencies != NULL) {
        snprintf(text, size, "%g Hz", d->of->frequencies[bin]);
    } else {
        snprintf(text, size, "%s", d->what);
    }
}

static ana_status compute_maps(drawing *d, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    const size_t p = d->of->n_channels * d->of->n_bins;
    int64_t *labels = ana_workspace_bytes(workspace, d->of->n_trials, 1, sizeof *labels);
    d->signed_r2 = ana_workspace_doubles(workspace, p, 1);
    ANA_TRY(ana_workspace_check(workspace, "trial features"));
    for (size_t i = 0; i < d->of->n_trials; i++) {
        labels[i] = (int64_t)d->trials->labels[i];
    }
    ANA_TRY(ana_class_maps_compute(d->of->n_trials, p, d->of->values, labels,
                                   (int64_t)d->classes[0], (int64_t)d->classes[1], &d->maps));
    for (size_t f = 0; f < p; f++) {
        d->signed_r2[f] = -d->maps->signed_r2[f];
        const double best = d->maps->r2[d->best];
        d->best = d->maps->r2[f] > best || isnan(best) ? f : d->best;
    }
done:
    return status;
}

/* One map of channel x frequency. */
static ana_status add_map(const drawing *d, const char *name, const char *title,
                          const char *value_title, const double *values)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const ana_picture_words words = {
        .title = title,
        .caption = "Above 0: more in the first class. All trials of both classes count. Features "
                   "picked by a map need folds to be scored.",
        .x_title = d->of->frequencies != NULL ? "frequency" : "feature",
        .y_title = "channel",
        .value_title = value_title};
    ANA_TRY(ana_record_add_picture(d->record, name, ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "colours", "diverging"));
    ANA_TRY(ana_record_add_doubles(
        figure, "values", ana_shape_2(d->of->n_channels, "channel", d->of->n_bins, "frequency"),
        values, NULL));
    if (d->of->frequencies != NULL) {
        ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(d->of->n_bins, "frequency"),
                                       d->of->frequencies, "Hz"));
    }
    ANA_TRY(ana_record_add_texts(figure, "row_labels", d->of->n_channels,
                                 (const char *const *)d->trials->channel_names));
done:
    return status;
}

static ana_status add_maps(const drawing *d)
{
    ana_status status = ANA_OK;
    char title[256];
    snprintf(title, sizeof title, "Share of the variance (r2) of %s, %s", d->what, d->versus);
    ANA_TRY(add_map(d, "signed_r2", title, "signed r2", d->signed_r2));
    snprintf(title, sizeof title, "Rank sum (z) of %s, %s", d->what, d->versus);
    ANA_TRY(add_map(d, "rank_sum", title, "z", d->maps->z));
    snprintf(title, sizeof title, "Welch's t of %s, %s", d->what, d->versus);
    ANA_TRY(add_map(d, "welch_t", title, "t", d->maps->t));
done:
    return status;
}

static ana_status add_topography(const drawing *d)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t bin = d->best % d->of->n_bins;
    char when[32];
    char title[256];
    size_t n = 0;
    bool measured = false;
    double *all = ana_workspace_doubles(&workspace, d->of->n_channels, 2);
    double *places = ana_workspace_doubles(&workspace, d->of->n_channels, 2);
    double *values = ana_workspace_doubles(&workspace, d->of->n_channels, 1);
    const char **labels = ana_workspace_bytes(&workspace, d->of->n_channels, 1, sizeof *labels);
    ANA_TRY(ana_workspace_check(&workspace, "trial features"));
    ANA_TRY(ana_montage_places(d->of->n_channels, (const char *const *)d->trials->channel_names,
                               d->trials->positions, all, &measured));
    for (size_t c = 0; c < d->of->n_channels; c++) {
        const double value = d->signed_r2[c * d->of->n_bins + bin];
        if (!isnan(value) && !isnan(all[2 * c])) {
            memcpy(places + 2 * n, all + 2 * c, 2 * sizeof *places);
            labels[n] = d->trials->channel_names[c];
            values[n++] = value;
        }
    }
    if (n < MIN_PLACES) {
        goto done;
    }
    write_frequency(d, bin, when, sizeof when);
    snprintf(title, sizeof title, "Signed r2 at %s, %s", when, d->versus);
    const ana_picture_words words = {
        .title = title,
        .caption = measured ? "At the positions that the recording has; the frequency of the "
                              "largest r2."
                            : "At the places that the channels' names have in the 10-10 system; "
                              "the frequency of the largest r2.",
        .value_title = "signed r2"};
    ANA_TRY(ana_record_add_picture(d->record, "topography", ANA_HINT_TOPOGRAPHY, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "colours", "diverging"));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_1(n, "channel"), values, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "position", ana_shape_2(n, "channel", 2, NULL), places,
                                   NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Mean over the trials of a class at one channel, those without a value left out. */
static void class_mean(const drawing *d, size_t label, size_t channel, double *mean)
{
    const size_t n_bins = d->of->n_bins;
    for (size_t f = 0; f < n_bins; f++) {
        double sum = 0.0;
        size_t n = 0;
        for (size_t i = 0; i < d->of->n_trials; i++) {
            const double value = d->of->values[(i * d->of->n_channels + channel) * n_bins + f];
            const bool counts = d->trials->labels[i] == label && !isnan(value);
            sum += counts ? value : 0.0;
            n += counts ? 1 : 0;
        }
        mean[f] = n > 0 ? sum / (double)n : (double)NAN;
    }
}

/* Both classes at the channel of the best feature; complexity has one number a channel. */
static ana_status add_best(const drawing *d)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n_bins = d->of->n_bins;
    const size_t channel = d->best / n_bins;
    const char *const labels[] = {d->trials->classes[d->classes[0]],
                                  d->trials->classes[d->classes[1]]};
    char title[256];
    double *means = ana_workspace_doubles(&workspace, 2, n_bins);
    ANA_TRY(ana_workspace_check(&workspace, "trial features"));
    if (n_bins < 2) {
        goto done;
    }
    class_mean(d, d->classes[0], channel, means);
    class_mean(d, d->classes[1], channel, means + n_bins);
    snprintf(title, sizeof title, "Mean %s of both classes at %s", d->what,
             d->trials->channel_names[channel]);
    const ana_picture_words words = {.title = title,
                                     .caption = "The channel of the largest r2.",
                                     .x_title = "frequency",
                                     .y_title = d->what};
    ANA_TRY(ana_record_add_picture(d->record, "best", ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "y", ana_shape_2(2, "class", n_bins, "frequency"), means,
                                   NULL));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(n_bins, "frequency"),
                                   d->of->frequencies, "Hz"));
    ANA_TRY(ana_record_add_texts(figure, "labels", 2, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

static size_t features_picked(const drawing *d, size_t *features)
{
    size_t n = 0;
    for (size_t times = d->selection->n_folds; times > 0; times--) {
        for (size_t f = 0; f < d->of->n_channels * d->of->n_bins; f++) {
            if (d->selection->times_picked[f] == times) {
                features[n++] = f;
            }
        }
    }
    return n;
}

/* One row a feature that a fold has picked, those of most folds first. */
static ana_status add_picked(const drawing *d)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t p = d->of->n_channels * d->of->n_bins;
    size_t *features = ana_workspace_sizes(&workspace, p, 1);
    size_t *times = ana_workspace_sizes(&workspace, p, 1);
    double *frequencies = ana_workspace_doubles(&workspace, p, 1);
    double *r2 = ana_workspace_doubles(&workspace, p, 1);
    const char **channels = ana_workspace_bytes(&workspace, p, 1, sizeof *channels);
    ANA_TRY(ana_workspace_check(&workspace, "trial features"));
    const size_t n = features_picked(d, features);
    for (size_t i = 0; i < n; i++) {
        channels[i] = d->trials->channel_names[features[i] / d->of->n_bins];
        frequencies[i] = d->of->frequencies != NULL
                             ? d->of->frequencies[features[i] % d->of->n_bins]
                             : (double)NAN;
        times[i] = d->selection->times_picked[features[i]];
        r2[i] = d->signed_r2[features[i]];
    }
    ANA_TRY(ana_record_add_group(d->record, "picked", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Features picked inside the folds"));
    ANA_TRY(ana_record_add_texts(table, "channel", n, channels));
    ANA_TRY(
        ana_record_add_doubles(table, "frequency", ana_shape_1(n, "feature"), frequencies, "Hz"));
    ANA_TRY(ana_record_add_sizes(table, "folds", ana_shape_1(n, "feature"), times, NULL));
    ANA_TRY(ana_record_add_doubles(table, "signed_r2_of_all_trials", ana_shape_1(n, "feature"), r2,
                                   NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* What guessing scores: the name of the larger class every time. */
static ana_status add_chance(const ana_feature_selection *of, ana_record *group)
{
    ana_status status = ANA_OK;
    char note[200];
    const size_t fewer = of->n_first < of->n_second ? of->n_first : of->n_second;
    const double share = (double)(of->n_trials - fewer) / (double)of->n_trials;
    const double bound = ana_classification_chance_bound(of->n_trials, share, 0.95);
    ANA_TRY(ana_record_add_double(group, "chance", share, NULL));
    ANA_TRY(ana_record_add_double(group, "chance_bound", bound, NULL));
    snprintf(note, sizeof note,
             "accuracy %.3g (the larger class of %zu and %zu trials), of 100 guessers 95 "
             "at most %.3g; balanced accuracy and area 0.5",
             share, of->n_first, of->n_second, bound);
    ANA_TRY(ana_record_add_text(group, "guessing", note));
done:
    return status;
}

static ana_status add_selection(const drawing *d)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    const ana_feature_selection *of = d->selection;
    if (of == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_record_add_group(d->record, "selection", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_text(group, "title", "Held-out score of the best features"));
    ANA_TRY(ana_record_add_text(group, "scored",
                                "on trials that had no part in picking features or fitting the "
                                "discriminant"));
    ANA_TRY(ana_record_add_int(group, "n_best", (int64_t)of->n_best, NULL));
    ANA_TRY(ana_record_add_int(group, "n_features", (int64_t)of->n_features, NULL));
    ANA_TRY(ana_record_add_int(group, "n_folds", (int64_t)of->n_folds, NULL));
    ANA_TRY(ana_record_add_int(group, "n_trials", (int64_t)of->n_trials, NULL));
    ANA_TRY(ana_record_add_int(group, "n_right", (int64_t)of->n_right, NULL));
    ANA_TRY(ana_record_add_double(group, "accuracy", of->accuracy, NULL));
    ANA_TRY(add_chance(of, group));
    ANA_TRY(ana_record_add_double(group, "balanced_accuracy", of->balanced, NULL));
    ANA_TRY(ana_record_add_double(group, "auc", of->auc, NULL));
    ANA_TRY(ana_record_add_doubles(group, "score", ana_shape_1(d->of->n_trials, "trial"), of->score,
                                   NULL));
    ANA_TRY(add_picked(d));
done:
    return status;
}

static ana_status add_features(const drawing *d)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *group = NULL;
    const size_t n = d->of->n_trials;
    const ana_shape shape = {
        3, {n, d->of->n_channels, d->of->n_bins}, {"trial", "channel", "frequency"}};
    const char **labels = ana_workspace_bytes(&workspace, n, 1, sizeof *labels);
    ANA_TRY(ana_workspace_check(&workspace, "trial features"));
    for (size_t i = 0; i < n; i++) {
        labels[i] = d->trials->classes[d->trials->labels[i]];
    }
    ANA_TRY(ana_record_add_group(d->record, "features", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_text(group, "feature", d->what));
    ANA_TRY(ana_record_add_doubles(group, "values", shape, d->of->values, NULL));
    ANA_TRY(ana_record_add_texts(group, "label", n, labels));
    ANA_TRY(ana_record_add_texts(group, "channel", d->of->n_channels,
                                 (const char *const *)d->trials->channel_names));
    if (d->of->frequencies != NULL) {
        ANA_TRY(ana_record_add_doubles(group, "frequency", ana_shape_1(d->of->n_bins, "frequency"),
                                       d->of->frequencies, "Hz"));
    }
    ANA_TRY(ana_record_add_doubles(
        group, "rank_sum_p", ana_shape_2(d->of->n_channels, "channel", d->of->n_bins, "frequency"),
        d->maps->z_p, NULL));
    ANA_TRY(ana_record_add_doubles(
        group, "welch_p", ana_shape_2(d->of->n_channels, "channel", d->of->n_bins, "frequency"),
        d->maps->t_p, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_heading(const drawing *d)
{
    ana_status status = ANA_OK;
    char title[256];
    char when[32];
    snprintf(title, sizeof title, "What tells trials apart: %s", d->versus);
    write_frequency(d, d->best % d->of->n_bins, when, sizeof when);
    ANA_TRY(ana_record_add_text(d->record, "schema", "trial features"));
    ANA_TRY(ana_record_add_text(d->record, "title", title));
    ANA_TRY(ana_record_add_text(d->record, "first_class", d->trials->classes[d->classes[0]]));
    ANA_TRY(ana_record_add_text(d->record, "second_class", d->trials->classes[d->classes[1]]));
    ANA_TRY(ana_record_add_int(d->record, "n_first", (int64_t)d->maps->n_first, NULL));
    ANA_TRY(ana_record_add_int(d->record, "n_second", (int64_t)d->maps->n_second, NULL));
    ANA_TRY(ana_record_add_text(d->record, "largest_r2_at_channel",
                                d->trials->channel_names[d->best / d->of->n_bins]));
    ANA_TRY(ana_record_add_text(d->record, "largest_r2_at", when));
    ANA_TRY(ana_record_add_double(d->record, "largest_r2", d->maps->r2[d->best], NULL));
done:
    return status;
}

ana_status ana_trial_features_to_record(const ana_trial_features *features,
                                        const ana_bci_trials *trials, size_t first, size_t second,
                                        const ana_feature_selection *selection, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    drawing d = {.of = features,
                 .trials = trials,
                 .selection = selection,
                 .classes = {first, second},
                 .what = name_of(features->options.feature, &features->options)};
    snprintf(d.versus, sizeof d.versus, "%.50s against %.50s", trials->classes[first],
             trials->classes[second]);
    ANA_TRY(compute_maps(&d, &workspace));
    ANA_TRY(ana_record_new(&d.record));
    ANA_TRY(add_heading(&d));
    ANA_TRY(add_selection(&d));
    ANA_TRY(add_maps(&d));
    ANA_TRY(add_topography(&d));
    ANA_TRY(add_best(&d));
    ANA_TRY(add_features(&d));
    *out = d.record;
    d.record = NULL;
done:
    ana_record_free(d.record);
    ana_class_maps_free(d.maps);
    ana_workspace_release(&workspace);
    return status;
}
